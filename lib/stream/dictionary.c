/* A writer's own dictionary: making room, putting in, forgetting the latest. */
#include "stream/dictionary.h"

enum { FIRST_SLOTS = 32, LINE_BYTES = JN_STREAM_LINE * sizeof(jn_stream_slot) };

static size_t slots_of(const jn_stream_dictionary *d) { return d->index.slot ? d->index.mask + 1 : 0; }

/* One more than the slots take, to begin at a multiple of a line. */
static size_t lines_of(size_t slots) { return slots / JN_STREAM_LINE + 1; }

void jn_stream_dictionary_init(jn_stream_dictionary *d, journey_context *context) {
  uint64_t seed = jn_base_seed(context);
  *d = (jn_stream_dictionary){.context = context};
  d->index.seed[0] = jn_base_hash("known", 5, seed);
  d->index.seed[1] = jn_base_hash("anonymous", 9, seed);
  d->index.secret = jn_base_hash("secret", 6, seed);
}

void jn_stream_dictionary_close(jn_stream_dictionary *d) {
  if (d->lines) jn_base_free(d->context, d->lines, lines_of(slots_of(d)), LINE_BYTES);
  d->lines = NULL, d->index.slot = NULL, d->index.mask = 0;
}

void jn_stream_dictionary_clear(jn_stream_dictionary *d) {
  if (!d->context) return;
  jn_stream_dictionary_close(d);
  jn_base_reallocate(d->context, d->at, d->at_capacity * sizeof *d->at, 0);
  jn_base_reallocate(d->context, d->arena, d->capacity * sizeof *d->arena, 0);
  jn_base_reallocate(d->context, d->mark, d->mark_capacity * sizeof *d->mark, 0);
  *d = (jn_stream_dictionary){0};
}

static jn_stream_slot *free_slot(const jn_stream_index *x, uint64_t hash) {
  size_t first = hash >> x->shift, i = 0;
  while (jn_stream_slot_at(x, first, i)->tag) i++;
  return jn_stream_slot_at(x, first, i);
}

/* The order of hashes is the order of slots, old and new, so this walks through memory from front to back. */
static journey_status resize(jn_stream_dictionary *d, size_t slots, journey_error *err) {
  jn_stream_index old = d->index, wider = old;
  char *lines = jn_base_zalloc(d->context, lines_of(slots), LINE_BYTES);
  if (!lines) return jn_base_no_memory(err);
  wider.slot = (jn_stream_slot *)(lines + (-(uintptr_t)lines & (LINE_BYTES - 1)));
  wider.mask = slots - 1, wider.shift = 64 - __builtin_ctzll(slots);
  for (size_t i = 0, n = slots_of(d); i < n; i++)
    if (old.slot[i].tag) *free_slot(&wider, jn_stream_key_of_slot(&old, &old.slot[i]).hash) = old.slot[i];
  jn_stream_dictionary_close(d);
  d->lines = lines, d->index = wider;
  return JOURNEY_OK;
}

journey_status jn_stream_reserve(jn_stream_dictionary *d, size_t strings, size_t bytes, journey_error *err) {
  size_t count = d->count + strings, units = d->used + 2 * strings + bytes / 8;
  if (count >= JN_BASE_NO_CODE)
    return jn_base_fail(err, JOURNEY_ELIMIT, "more than %u different names or ids", JN_BASE_NO_CODE - 1);
  if (units >= UINT32_MAX) return jn_base_fail(err, JOURNEY_ELIMIT, "more than 32 GiB of different names or ids");
  size_t slots = d->index.slot ? slots_of(d) : FIRST_SLOTS;
  while (count > slots / 8 * 5) slots *= 2; /* at most five eighths full */
  journey_status status = slots == slots_of(d) ? JOURNEY_OK : resize(d, slots, err);
  if (!status) status = jn_base_grow(d->context, &d->at, &d->at_capacity, count, sizeof *d->at, err);
  if (!status) status = jn_base_grow(d->context, &d->arena, &d->capacity, units, sizeof *d->arena, err);
  return status;
}

uint32_t jn_stream_insert(jn_stream_dictionary *d, jn_stream_slot *slot, const char *s, size_t n, unsigned space) {
  uint32_t code = d->count++, at = (uint32_t)d->used;
  jn_stream_word *record = &d->arena[at];
  record->head.code = code, record->head.length = (uint32_t)(n << 1 | space);
  memcpy(record + 1, s, n);
  d->used += 1 + (n + 7) / 8;
  d->at[code] = at;
  slot->at = slot->tag == JN_STREAM_LONG ? at : code;
  return code;
}

void jn_stream_truncate(jn_stream_dictionary *d, uint32_t count, size_t marks) {
  if (marks < d->marks) d->marks = marks;
  if (count >= d->count) return;
  memset(d->index.slot, 0, slots_of(d) * sizeof(jn_stream_slot));
  d->used = d->at[count];
  d->count = count;
  for (uint32_t code = 0; code < count; code++) {
    jn_stream_string s = jn_stream_string_of(d, code);
    jn_stream_key key = jn_stream_key_of(&d->index, s.bytes, s.length, jn_stream_space_of(d, code));
    uint32_t at = jn_stream_is_long(key) ? d->at[code] : code;
    *free_slot(&d->index, key.hash) = (jn_stream_slot){key.key, key.tag, at};
  }
}

journey_status jn_stream_reserve_marks(jn_stream_dictionary *d, size_t marks, journey_error *err) {
  return jn_base_grow(d->context, &d->mark, &d->mark_capacity, marks, sizeof *d->mark, err);
}
