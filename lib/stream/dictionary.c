/* A writer's own dictionary: making room, putting in, forgetting the latest. */
#include "stream/dictionary.h"

enum { FIRST_BITS = 5 };

void jn_stream_dictionary_init(jn_stream_dictionary *d, journey_context *context) {
  uint64_t seed = jn_base_seed(context);
  *d = (jn_stream_dictionary){.context = context};
  d->seed[0] = jn_base_hash("known", 5, seed);
  d->seed[1] = jn_base_hash("anonymous", 9, seed);
  d->secret = jn_base_hash("secret", 6, seed);
}

void jn_stream_dictionary_close(jn_stream_dictionary *d) {
  if (d->slot) jn_base_free(d->context, d->slot, (size_t)1 << d->bits, sizeof *d->slot);
  d->slot = NULL, d->bits = 0;
}

void jn_stream_dictionary_clear(jn_stream_dictionary *d) {
  if (!d->context) return;
  jn_stream_dictionary_close(d);
  jn_base_reallocate(d->context, d->at, d->at_capacity * sizeof *d->at, 0);
  jn_base_reallocate(d->context, d->arena, d->capacity * sizeof *d->arena, 0);
  jn_base_reallocate(d->context, d->mark, d->mark_capacity * sizeof *d->mark, 0);
  *d = (jn_stream_dictionary){0};
}

static uint64_t hash_of(const jn_stream_dictionary *d, const jn_stream_slot *slot) {
  return slot->tag >> 24 == JN_STREAM_LONG_TAG ? slot->key : jn_stream_hash_short(d, slot->key, slot->tag);
}

static jn_stream_slot *free_slot(jn_stream_slot *slots, int bits, uint64_t hash) {
  size_t mask = ((size_t)1 << bits) - 1, i = hash >> (64 - bits);
  while (slots[i].tag) i = (i + 1) & mask;
  return &slots[i];
}

/* The order of hashes is the order of slots, old and new, so this walks through memory from front to back. */
static journey_status resize(jn_stream_dictionary *d, int bits, journey_error *err) {
  jn_stream_slot *slots = jn_base_zalloc(d->context, (size_t)1 << bits, sizeof *slots);
  if (!slots) return jn_base_no_memory(err);
  for (size_t i = 0; d->slot && i < (size_t)1 << d->bits; i++)
    if (d->slot[i].tag) *free_slot(slots, bits, hash_of(d, &d->slot[i])) = d->slot[i];
  jn_stream_dictionary_close(d);
  d->slot = slots, d->bits = bits;
  return JOURNEY_OK;
}

journey_status jn_stream_reserve(jn_stream_dictionary *d, size_t strings, size_t bytes, journey_error *err) {
  size_t count = d->count + strings, units = d->used + 2 * strings + bytes / 8;
  if (count >= JN_BASE_NO_CODE)
    return jn_base_fail(err, JOURNEY_ELIMIT, "more than %u different names or ids", JN_BASE_NO_CODE - 1);
  if (units >= UINT32_MAX) return jn_base_fail(err, JOURNEY_ELIMIT, "more than 32 GiB of different names or ids");
  int bits = d->bits ? d->bits : FIRST_BITS;
  while (count > ((size_t)5 << bits) / 8) bits++; /* at most five eighths full */
  journey_status status = bits == d->bits ? JOURNEY_OK : resize(d, bits, err);
  if (!status) status = jn_base_grow(d->context, &d->at, &d->at_capacity, count, sizeof *d->at, err);
  if (!status) status = jn_base_grow(d->context, &d->arena, &d->capacity, units, sizeof *d->arena, err);
  return status;
}

uint32_t jn_stream_insert(jn_stream_dictionary *d, jn_stream_slot *slot, jn_stream_key key, const char *s, size_t n,
                          unsigned space) {
  uint32_t code = d->count++, at = (uint32_t)d->used;
  jn_stream_word *record = &d->arena[at];
  record->head.code = code, record->head.length = (uint32_t)(n << 1 | space);
  memcpy(record + 1, s, n);
  d->used += 1 + (n + 7) / 8;
  d->at[code] = at;
  *slot = (jn_stream_slot){key.key, key.tag, jn_stream_is_long(key) ? at : code};
  return code;
}

void jn_stream_truncate(jn_stream_dictionary *d, uint32_t count, size_t marks) {
  if (marks < d->marks) d->marks = marks;
  if (count >= d->count) return;
  memset(d->slot, 0, sizeof *d->slot << d->bits);
  d->used = d->at[count];
  d->count = count;
  for (uint32_t code = 0; code < count; code++) {
    jn_stream_string s = jn_stream_string_of(d, code);
    jn_stream_key key = jn_stream_key_of(d, s.bytes, s.length, jn_stream_space_of(d, code));
    uint32_t at = jn_stream_is_long(key) ? d->at[code] : code;
    *free_slot(d->slot, d->bits, key.hash) = (jn_stream_slot){key.key, key.tag, at};
  }
}

journey_status jn_stream_reserve_marks(jn_stream_dictionary *d, size_t marks, journey_error *err) {
  return jn_base_grow(d->context, &d->mark, &d->mark_capacity, marks, sizeof *d->mark, err);
}
