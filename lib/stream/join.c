/* The dictionaries of all writers made one: codes in order of first arrival, whoever the writers were. */
#include "stream/work.h"

enum { AHEAD = 16 };

void jn_stream_join_clear(journey_context *context, jn_stream_join *join) {
  if (join->first) jn_base_free(context, join->first, join->count, sizeof *join->first);
  for (size_t w = 0; join->map && w < join->writers; w++)
    if (join->map[w]) jn_base_free(context, join->map[w], join->map_count[w], sizeof *join->map[w]);
  jn_base_free(context, join->map, join->writers, sizeof *join->map);
  jn_base_free(context, join->map_count, join->writers, sizeof *join->map_count);
  *join = (jn_stream_join){0};
}

static journey_status make_maps(const jn_stream_work *work, jn_stream_dictionary **d, jn_stream_join *join,
                                journey_error *err) {
  join->writers = work->writers;
  join->map = jn_base_zalloc(work->context, work->writers, sizeof *join->map);
  join->map_count = jn_base_zalloc(work->context, work->writers, sizeof *join->map_count);
  if (!join->map || !join->map_count) return jn_base_no_memory(err);
  for (size_t w = 0; w < work->writers; w++) {
    if (!d[w] || !d[w]->count) continue;
    join->map[w] = jn_base_alloc(work->context, d[w]->count, sizeof *join->map[w]);
    if (!join->map[w]) return jn_base_no_memory(err);
    join->map_count[w] = d[w]->count;
  }
  return JOURNEY_OK;
}

/* Asks for the records of a long string in a slot that will come up: first its own, then the one it may be equal to. */
static void look_ahead(const jn_stream_dictionary *into, const jn_stream_dictionary *from, size_t slot) {
  const jn_stream_slot *far = &from->index.slot[(slot + 2 * AHEAD) & from->index.mask];
  const jn_stream_slot *near = &from->index.slot[(slot + AHEAD) & from->index.mask];
  if (far->tag == JN_STREAM_LONG) __builtin_prefetch(&from->arena[far->at]);
  if (near->tag == JN_STREAM_LONG) jn_stream_fetch_record(into, jn_stream_key_of_slot(&from->index, near), 0);
}

/* Takes the strings of `from` into `into`, in the order of their slots: both tables, which are in the order of hashes,
 * are then walked from front to back, and nothing waits for memory. Short strings are all in the slots.
 * map: code in `from` to code in `into`. */
static journey_status absorb(jn_stream_dictionary *into, const jn_stream_dictionary *from, uint32_t *map,
                             journey_error *err) {
  for (size_t i = 0; i <= from->index.mask; i++) {
    const jn_stream_slot *slot = &from->index.slot[i];
    look_ahead(into, from, i);
    if (!slot->tag) continue;
    jn_stream_key key = jn_stream_key_of_slot(&from->index, slot);
    bool is_long = jn_stream_is_long(key);
    uint32_t code = is_long ? from->arena[slot->at].head.code : slot->at;
    map[code] = is_long ? JN_BASE_NO_CODE : jn_stream_find_short(&into->index, key);
    if (map[code] != JN_BASE_NO_CODE) continue;
    jn_stream_string s = jn_stream_string_of(from, code);
    journey_status status = jn_stream_reserve(into, 1, s.length, err);
    if (status) return status;
    map[code] = jn_stream_encode(into, &into->index, key, s.bytes, s.length, jn_stream_space_of(from, code));
  }
  return JOURNEY_OK;
}

/* Numbers the joined strings in order of first arrival, and the maps with them. */
static journey_status renumber(const jn_stream_work *work, jn_stream_dictionary **d, jn_stream_join *join,
                               journey_error *err) {
  uint32_t count = join->strings->count, next = 0;
  join->count = count;
  join->first = jn_base_alloc(work->context, count, sizeof *join->first);
  uint32_t *number = jn_base_alloc(work->context, count, sizeof *number);
  if (!join->first || !number) {
    jn_base_free(work->context, number, count, sizeof *number);
    return jn_base_no_memory(err);
  }
  memset(number, 0xFF, count * sizeof *number);
  for (size_t i = 0; i < work->arrivals; i++) {
    const jn_stream_arrival *at = &work->arrival[i];
    const jn_stream_dictionary *own = d[at->writer];
    if (!own || at->block >= own->marks) continue;
    size_t code = own->mark[at->block], end = join->map_count[at->writer]; /* its count before absorbing others */
    if (at->block + 1 < own->marks) end = own->mark[at->block + 1];
    for (; code < end; code++) {
      uint32_t *joined = &join->map[at->writer][code];
      if (number[*joined] == JN_BASE_NO_CODE) join->first[next] = *joined, number[*joined] = next++;
      *joined = number[*joined];
    }
  }
  jn_base_free(work->context, number, count, sizeof *number);
  return JOURNEY_OK;
}

journey_status jn_stream_join_dictionaries(const jn_stream_work *work, jn_stream_dictionary **dictionaries,
                                           jn_stream_join *join, journey_error *err) {
  size_t full = 0;
  for (size_t w = 0; w < work->writers; w++) {
    jn_stream_dictionary *d = dictionaries[w];
    if (!d || !d->count) continue;
    full++;
    if (!join->strings || d->count > join->strings->count) join->strings = d;
  }
  if (full) join->count = join->strings->count;
  if (full < 2) return JOURNEY_OK; /* its own order is the order of arrival */
  journey_status status = make_maps(work, dictionaries, join, err);
  for (size_t w = 0; !status && w < work->writers; w++) {
    if (!join->map[w]) continue;
    if (dictionaries[w] != join->strings) {
      status = absorb(join->strings, dictionaries[w], join->map[w], err);
    } else {
      for (size_t code = 0; code < join->map_count[w]; code++) join->map[w][code] = (uint32_t)code;
    }
  }
  return status ? status : renumber(work, dictionaries, join, err);
}

journey_status jn_stream_join_copy(const jn_stream_work *work, const jn_stream_join *join, jn_base_dictionary **out,
                                   journey_error *err) {
  journey_status status = jn_base_dictionary_new(work->context, out, err);
  for (uint32_t i = 0; !status && i < join->count; i++) {
    jn_stream_string s = jn_stream_string_of(join->strings, join->first ? join->first[i] : i);
    uint32_t code;
    status = jn_base_dictionary_add(*out, s.bytes, s.length, &code, err);
  }
  return status;
}
