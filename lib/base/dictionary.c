/* Strings to codes: open addressing with linear probing. A short string lies in its slot, so that looking it up costs
 * one cache miss; a longer one leaves 40 bits of its hash and its place there. */
#include <inttypes.h>

#include "base/internal.h"

/* 16 bytes. The lowest byte of `head` says what it is: 0 empty, n + 1 a string of n <= 11 bytes, LONG a longer one.
 * Short: the other 88 bits are the string. Long: the top 24 bits of `head` and the top 16 of `tail` are the top 40 bits
 * of the hash, the rest of `tail` is the offset of its bytes. */
typedef struct slot {
  uint32_t code, head;
  uint64_t tail;
} slot;

enum { SHORT_MOST = 11, LONG = 0xFF, FIRST_BITS = 4, OFFSET_BITS = 48 };

struct jn_base_dictionary {
  journey_context *context;
  uint64_t seed, secrets[2];
  slot *slots;
  int bits; /* 2^bits slots; a string's first slot is the top bits of its hash */
  uint32_t count;
  uint64_t *offsets; /* string i is bytes[offsets[i]] to the NUL at bytes[offsets[i + 1] - 1] */
  size_t offsets_capacity;
  char *bytes;
  size_t bytes_capacity;
};

static inline uint64_t hash_short(const jn_base_dictionary *d, uint32_t head, uint64_t tail) {
  return jn_base_mix(tail ^ d->secrets[0], head ^ d->secrets[1]);
}

static inline uint64_t hash_of_slot(const jn_base_dictionary *d, const slot *s) {
  if ((s->head & 0xFF) != LONG) return hash_short(d, s->head, s->tail);
  return (uint64_t)(s->head >> 8) << 40 | s->tail >> OFFSET_BITS << 24; /* the top 40 bits */
}

/* What the slot of a short string looks like; equal only for equal strings, as the length is in it. */
static inline slot pack(const char *string, size_t n) {
  const unsigned char *s = (const unsigned char *)string;
  slot packed = {.head = (uint32_t)n + 1};
  if (n >= 8) {
    packed.tail = jn_base_load8(s);
    packed.head |= ((uint32_t)s[n - 3] << 16 | (uint32_t)s[n - 2] << 8 | s[n - 1]) << 8;
  } else if (n >= 4) {
    packed.tail = (uint64_t)jn_base_load4(s) << 32 | jn_base_load4(s + n - 4);
  } else if (n) {
    packed.tail = (uint64_t)s[0] << 16 | (uint64_t)s[n / 2] << 8 | s[n - 1];
  }
  return packed;
}

/* The slot of s, or the empty one where it belongs; *wanted is what to write there, but for a long one's offset. */
static inline slot *locate(const jn_base_dictionary *d, const char *s, size_t n, slot *wanted) {
  size_t mask = ((size_t)1 << d->bits) - 1;
  if (n <= SHORT_MOST) {
    *wanted = pack(s, n);
    size_t i = hash_short(d, wanted->head, wanted->tail) >> (64 - d->bits);
    for (;; i = (i + 1) & mask) {
      slot *at = &d->slots[i];
      if ((at->head == wanted->head && at->tail == wanted->tail) || !at->head) return at;
    }
  }
  uint64_t hash = jn_base_hash(s, n, d->seed);
  *wanted = (slot){.head = (uint32_t)(hash >> 40) << 8 | LONG, .tail = hash >> 24 << OFFSET_BITS};
  for (size_t i = hash >> (64 - d->bits);; i = (i + 1) & mask) {
    slot *at = &d->slots[i];
    if (!at->head) return at;
    if (at->head != wanted->head || (at->tail ^ wanted->tail) >> OFFSET_BITS) continue;
    uint64_t offset = at->tail & ((UINT64_C(1) << OFFSET_BITS) - 1);
    if (d->offsets[at->code + 1] - offset - 1 == n && !memcmp(d->bytes + offset, s, n)) return at;
  }
}

/* Twice the slots. They are filled almost in order of memory, as the order of hashes stays the same. */
static journey_status grow_slots(jn_base_dictionary *d, journey_error *err) {
  size_t old_size = (size_t)1 << d->bits, size = old_size * 2, mask = size - 1;
  slot *slots = jn_base_zalloc(d->context, size, sizeof *slots);
  if (!slots) return jn_base_no_memory(err);
  for (size_t j = 0; j < old_size; j++) {
    if (!d->slots[j].head) continue;
    size_t i = hash_of_slot(d, &d->slots[j]) >> (64 - d->bits - 1);
    while (slots[i].head) i = (i + 1) & mask;
    slots[i] = d->slots[j];
  }
  jn_base_free(d->context, d->slots, old_size, sizeof *slots);
  d->slots = slots;
  d->bits++;
  return JOURNEY_OK;
}

/* All the room that one more string of n bytes takes; after a failure nothing has changed but capacities. */
static journey_status make_room(jn_base_dictionary *d, size_t n, journey_error *err) {
  uint64_t used = d->offsets[d->count];
  if (d->count == JN_BASE_NO_CODE)
    return jn_base_fail(err, JOURNEY_ELIMIT, "a dictionary holds at most %" PRIu32 " strings", JN_BASE_NO_CODE);
  if (n >= (UINT64_C(1) << OFFSET_BITS) - 1 - used)
    return jn_base_fail(err, JOURNEY_ELIMIT, "the strings of a dictionary take more than 2^%d bytes", OFFSET_BITS);
  journey_status status = jn_base_grow(d->context, &d->bytes, &d->bytes_capacity, (size_t)used + n + 1, 1, err);
  if (!status)
    status = jn_base_grow(d->context, &d->offsets, &d->offsets_capacity, (size_t)d->count + 2, sizeof(uint64_t), err);
  return status;
}

journey_status jn_base_dictionary_new(journey_context *context, jn_base_dictionary **out, journey_error *err) {
  *out = NULL;
  jn_base_dictionary *d = jn_base_zalloc(context, 1, sizeof *d);
  if (!d) return jn_base_no_memory(err);
  d->context = jn_base_context_ref(context);
  d->seed = jn_base_seed(context);
  d->secrets[0] = jn_base_hash("short", 5, d->seed);
  d->secrets[1] = jn_base_hash("string", 6, d->seed);
  d->bits = FIRST_BITS;
  d->slots = jn_base_zalloc(context, (size_t)1 << FIRST_BITS, sizeof *d->slots);
  journey_status status = d->slots ? JOURNEY_OK : jn_base_no_memory(err);
  if (!status) status = jn_base_grow(context, &d->offsets, &d->offsets_capacity, 1, sizeof(uint64_t), err);
  if (status) {
    jn_base_dictionary_free(d);
    return status;
  }
  d->offsets[0] = 0;
  *out = d;
  return JOURNEY_OK;
}

void jn_base_dictionary_free(jn_base_dictionary *dictionary) {
  if (!dictionary) return;
  journey_context *context = dictionary->context;
  jn_base_free(context, dictionary->slots, (size_t)1 << dictionary->bits, sizeof(slot));
  jn_base_reallocate(context, dictionary->offsets, dictionary->offsets_capacity * sizeof(uint64_t), 0);
  jn_base_reallocate(context, dictionary->bytes, dictionary->bytes_capacity, 0);
  jn_base_free(context, dictionary, 1, sizeof *dictionary);
  journey_context_free(context);
}

uint32_t jn_base_dictionary_count(const jn_base_dictionary *dictionary) { return dictionary->count; }

uint32_t jn_base_dictionary_find(const jn_base_dictionary *dictionary, const char *s, size_t n) {
  slot wanted, *at = locate(dictionary, s, n, &wanted);
  return at->head ? at->code : JN_BASE_NO_CODE;
}

journey_status jn_base_dictionary_add(jn_base_dictionary *dictionary, const char *s, size_t n, uint32_t *code,
                                      journey_error *err) {
  jn_base_dictionary *d = dictionary;
  slot wanted, *at = locate(d, s, n, &wanted);
  if (at->head) {
    *code = at->code;
    return JOURNEY_OK;
  }
  journey_status status = make_room(d, n, err);
  if (status) return status;
  if (d->count >= ((uint64_t)3 << d->bits) / 4) { /* three quarters full */
    status = grow_slots(d, err);
    if (status) return status;
    at = locate(d, s, n, &wanted);
  }
  uint64_t offset = d->offsets[d->count];
  if (n) memcpy(d->bytes + offset, s, n);
  d->bytes[offset + n] = '\0';
  d->offsets[d->count + 1] = offset + n + 1;
  *at = wanted;
  if (n > SHORT_MOST) at->tail |= offset;
  *code = at->code = d->count++;
  return JOURNEY_OK;
}

const char *jn_base_dictionary_string(const jn_base_dictionary *dictionary, uint32_t code, size_t *n) {
  uint64_t offset = dictionary->offsets[code];
  if (n) *n = (size_t)(dictionary->offsets[code + 1] - offset - 1);
  return dictionary->bytes + offset;
}

size_t jn_base_dictionary_bytes(const jn_base_dictionary *dictionary) {
  return sizeof *dictionary + (sizeof(slot) << dictionary->bits) +
         dictionary->offsets_capacity * sizeof(uint64_t) + dictionary->bytes_capacity;
}
