/* Strings to codes: open addressing with linear probing. A short string lies in its slot, so that looking it up costs
 * one cache miss; a longer one leaves 40 bits of its hash and its place there, and costs two. */
#include <inttypes.h>

#include "base/internal.h"

/* 16 bytes. The lowest byte of `head` says what it is: 0 empty, n + 1 a string of n <= 11 bytes, LONG a longer one.
 * Short: the other 88 bits are the string. Long: the top 24 bits of `head` and the top 16 of `tail` are the top 40 bits
 * of the hash, the rest of `tail` is the offset of its bytes. */
typedef struct slot {
  uint32_t code, head;
  uint64_t tail;
} slot;

enum { SHORT_MOST = 11, LONG = 0xFF, OFFSET_BITS = 48, FIRST_BITS = 4, LENGTH = 4 };
static const uint64_t offset_mask = (UINT64_C(1) << OFFSET_BITS) - 1;

struct jn_base_dictionary {
  journey_context *context;
  uint64_t seed, secrets[2];
  slot *slots;
  int bits; /* 2^bits slots; a string's first one is the top bits of its hash */
  uint32_t count;
  uint64_t *offsets; /* where string i begins in `bytes`: before it its length in 4 bytes, behind it a NUL */
  size_t offsets_capacity;
  char *bytes;
  size_t bytes_used, bytes_capacity;
};

/* A string that is looked for: its hash, and what its slot holds in the bits of `tail` that count (and in `head`). */
typedef struct probe {
  uint64_t hash, tail, tail_mask;
  uint32_t head;
} probe;

static inline uint64_t hash_short(const jn_base_dictionary *d, uint32_t head, uint64_t tail) {
  return jn_base_mix(tail ^ d->secrets[0], head ^ d->secrets[1]);
}

/* Packs s[0..n), n <= 11, into 88 bits; with the length beside them, equal only for equal strings. */
static inline probe probe_short(const jn_base_dictionary *d, const unsigned char *s, size_t n) {
  probe p = {.head = (uint32_t)n + 1, .tail_mask = UINT64_MAX};
  if (n >= 8) {
    p.tail = jn_base_load8(s);
    p.head |= (uint32_t)s[n - 3] << 24 | (uint32_t)s[n - 2] << 16 | (uint32_t)s[n - 1] << 8;
  } else if (n >= 4) {
    p.tail = (uint64_t)jn_base_load4(s) << 32 | jn_base_load4(s + n - 4);
  } else if (n) {
    p.tail = (uint64_t)s[0] << 16 | (uint64_t)s[n / 2] << 8 | s[n - 1];
  }
  p.hash = hash_short(d, p.head, p.tail);
  return p;
}

static inline probe probe_of(const jn_base_dictionary *d, const char *s, size_t n) {
  if (n <= SHORT_MOST) return probe_short(d, (const unsigned char *)s, n);
  uint64_t hash = jn_base_hash(s, n, d->seed);
  return (probe){hash, hash >> 24 << OFFSET_BITS, ~offset_mask, (uint32_t)(hash >> 40) << 8 | LONG};
}

/* The hash again, or its top 40 bits, which are all that the table needs. */
static inline uint64_t hash_of_slot(const jn_base_dictionary *d, const slot *s) {
  if ((s->head & 0xFF) != LONG) return hash_short(d, s->head, s->tail);
  return (uint64_t)(s->head >> 8) << 40 | s->tail >> OFFSET_BITS << 24;
}

static inline bool fits(const slot *s, const probe *p) {
  return s->head == p->head && !((s->tail ^ p->tail) & p->tail_mask);
}

static inline bool same_bytes(const jn_base_dictionary *d, const slot *s, const char *string, size_t n) {
  const char *bytes = d->bytes + (s->tail & offset_mask);
  return jn_base_load4(bytes - LENGTH) == n && !memcmp(bytes, string, n);
}

/* The slot of s, or the empty one where it belongs. */
static inline slot *locate(const jn_base_dictionary *d, const probe *p, const char *s, size_t n) {
  size_t mask = ((size_t)1 << d->bits) - 1;
  for (size_t i = p->hash >> (64 - d->bits);; i = (i + 1) & mask) {
    slot *at = &d->slots[i];
    if (fits(at, p) && (n <= SHORT_MOST || same_bytes(d, at, s, n))) return at;
    if (!at->head) return at;
  }
}

static slot *first_empty(const jn_base_dictionary *d, uint64_t hash) {
  size_t mask = ((size_t)1 << d->bits) - 1, i = hash >> (64 - d->bits);
  while (d->slots[i].head) i = (i + 1) & mask;
  return &d->slots[i];
}

/* Twice the slots. They are filled almost in order of memory, as the order of hashes stays the same. */
static journey_status grow_slots(jn_base_dictionary *d, journey_error *err) {
  slot *old = d->slots, *slots = jn_base_zalloc(d->context, (size_t)2 << d->bits, sizeof *slots);
  if (!slots) return jn_base_no_memory(err);
  size_t old_size = (size_t)1 << d->bits++;
  d->slots = slots;
  for (size_t i = 0; i < old_size; i++)
    if (old[i].head) *first_empty(d, hash_of_slot(d, &old[i])) = old[i];
  jn_base_free(d->context, old, old_size, sizeof *slots);
  return JOURNEY_OK;
}

/* All the room that one more string of n bytes takes; after a failure nothing has changed but capacities. */
static journey_status make_room(jn_base_dictionary *d, size_t n, journey_error *err) {
  if (d->count == JN_BASE_NO_CODE)
    return jn_base_fail(err, JOURNEY_ELIMIT, "a dictionary holds at most %" PRIu32 " strings", JN_BASE_NO_CODE);
  if (d->bytes_used + n + LENGTH + 1 > offset_mask)
    return jn_base_fail(err, JOURNEY_ELIMIT, "the strings of a dictionary take at most 256 TiB together");
  journey_status status =
      jn_base_grow(d->context, &d->bytes, &d->bytes_capacity, d->bytes_used + n + LENGTH + 1, 1, err);
  if (!status)
    status = jn_base_grow(d->context, &d->offsets, &d->offsets_capacity, (size_t)d->count + 1, sizeof(uint64_t), err);
  if (!status && d->count >= ((uint64_t)3 << d->bits) / 4) status = grow_slots(d, err);
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
  if (!d->slots) {
    jn_base_dictionary_free(d);
    return jn_base_no_memory(err);
  }
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
  probe p = probe_of(dictionary, s, n);
  const slot *at = locate(dictionary, &p, s, n);
  return at->head ? at->code : JN_BASE_NO_CODE;
}

static journey_status append(jn_base_dictionary *d, const probe *p, const char *s, size_t n, uint32_t *code,
                             journey_error *err) {
  journey_status status = make_room(d, n, err);
  if (status) return status;
  uint64_t offset = d->bytes_used + LENGTH, tail = n <= SHORT_MOST ? p->tail : p->tail | offset;
  char *bytes = d->bytes + offset;
  memcpy(bytes - LENGTH, &(uint32_t){(uint32_t)n}, LENGTH);
  if (n) memcpy(bytes, s, n);
  bytes[n] = '\0';
  d->bytes_used = offset + n + 1;
  d->offsets[d->count] = offset;
  *first_empty(d, p->hash) = (slot){d->count, p->head, tail};
  *code = d->count++;
  return JOURNEY_OK;
}

static inline journey_status add(jn_base_dictionary *d, const probe *p, const char *s, size_t n, uint32_t *code,
                                 journey_error *err) {
  const slot *at = locate(d, p, s, n);
  if (!at->head) return append(d, p, s, n, code, err);
  *code = at->code;
  return JOURNEY_OK;
}

static journey_status too_long(size_t n, journey_error *err) {
  return jn_base_fail(err, JOURNEY_ELIMIT, "a string of %zu bytes is too long for a dictionary (4 GiB)", n);
}

journey_status jn_base_dictionary_add(jn_base_dictionary *dictionary, const char *s, size_t n, uint32_t *code,
                                      journey_error *err) {
  if (n > UINT32_MAX) return too_long(n, err);
  probe p = probe_of(dictionary, s, n);
  return add(dictionary, &p, s, n, code, err);
}

/* Of a long string whose slot has come into the cache: fetch what same_bytes() will read. */
static inline void prefetch_bytes(const jn_base_dictionary *d, const probe *p) {
  size_t mask = ((size_t)1 << d->bits) - 1, i = p->hash >> (64 - d->bits);
  while (d->slots[i].head && !fits(&d->slots[i], p)) i = (i + 1) & mask;
  if (d->slots[i].head) __builtin_prefetch(d->bytes + (d->slots[i].tail & offset_mask));
}

journey_status jn_base_dictionary_add_many(jn_base_dictionary *dictionary, const char *const *strings,
                                           const size_t *lengths, size_t n, uint32_t *codes, journey_error *err) {
  enum { AT_ONCE = 32 };
  probe probes[AT_ONCE];
  for (size_t first = 0; first < n; first += AT_ONCE) {
    size_t some = n - first < AT_ONCE ? n - first : AT_ONCE;
    const char *const *s = strings + first;
    const size_t *length = lengths + first;
    for (size_t i = 0; i < some; i++) {
      if (length[i] > UINT32_MAX) return too_long(length[i], err);
      probes[i] = probe_of(dictionary, s[i], length[i]);
      __builtin_prefetch(&dictionary->slots[probes[i].hash >> (64 - dictionary->bits)]);
    }
    for (size_t i = 0; i < some; i++)
      if (length[i] > SHORT_MOST) prefetch_bytes(dictionary, &probes[i]);
    for (size_t i = 0; i < some; i++) {
      journey_status status = add(dictionary, &probes[i], s[i], length[i], &codes[first + i], err);
      if (status) return status;
    }
  }
  return JOURNEY_OK;
}

const char *jn_base_dictionary_string(const jn_base_dictionary *dictionary, uint32_t code, size_t *n) {
  const char *bytes = dictionary->bytes + dictionary->offsets[code];
  if (n) *n = jn_base_load4(bytes - LENGTH);
  return bytes;
}

size_t jn_base_dictionary_bytes(const jn_base_dictionary *dictionary) {
  return sizeof *dictionary + (sizeof(slot) << dictionary->bits) + dictionary->offsets_capacity * sizeof(uint64_t) +
         dictionary->bytes_capacity;
}
