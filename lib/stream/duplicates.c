/* Finds events that came twice: same id of the event, customer, time and name. The first to arrive stays. */
#include "stream/words.h"

enum { FEW = 8 };

typedef struct event {
  uint64_t hash[2]; /* 0, 0: without an id, never a duplicate */
  uint32_t name;
} event;

static event event_at(const jn_stream_work *work, uint64_t place) {
  size_t number = (size_t)(place >> JN_STREAM_ROW_BITS), row = place & (JN_STREAM_SEGMENT_ROWS - 1);
  const jn_stream_segment *segment = work->segment[number];
  event e = {.name =
                 jn_stream_joined(&work->names, work->segment_writer[number], jn_stream_code_at(&segment->name, row))};
  if (segment->event) memcpy(e.hash, segment->event[row], sizeof e.hash);
  return e;
}

static bool same(const event *a, const event *b) {
  return a->hash[0] == b->hash[0] && a->hash[1] == b->hash[1] && a->name == b->name;
}

static void flag_among_few(const jn_stream_work *work, uint64_t *row, size_t n) {
  event e[FEW];
  for (size_t i = 0; i < n; i++) {
    e[i] = event_at(work, row[i]);
    for (size_t j = 0; e[i].hash[0] && j < i; j++)
      if (same(&e[i], &e[j])) row[i] |= JN_STREAM_DUPLICATE;
  }
}

/* The table holds index + 1 into row, 0 for none; the ids' hashes say where. */
static void flag_among_many(jn_stream_bench *bench, size_t n, size_t mask) {
  uint64_t *row = bench->row;
  for (size_t i = 0; i < n; i++) {
    event e = event_at(bench->work, row[i]);
    if (!e.hash[0]) continue;
    size_t at = jn_stream_mix(e.hash[0] ^ e.name, e.hash[1] | 1) & mask;
    for (; bench->table[at]; at = (at + 1) & mask) {
      event other = event_at(bench->work, row[bench->table[at] - 1]);
      if (!same(&e, &other)) continue;
      row[i] |= JN_STREAM_DUPLICATE;
      break;
    }
    if (!bench->table[at]) bench->table[at] = i + 1;
  }
}

journey_status jn_stream_flag_duplicates(jn_stream_bench *bench, size_t n, journey_error *err) {
  if (n <= FEW) {
    flag_among_few(bench->work, bench->row, n);
    return JOURNEY_OK;
  }
  size_t size = 16;
  while (size < 2 * n) size *= 2;
  journey_status status =
      jn_base_grow(bench->work->context, &bench->table, &bench->table_size, size, sizeof *bench->table, err);
  if (status) return status;
  memset(bench->table, 0, size * sizeof *bench->table);
  flag_among_many(bench, n, size - 1);
  return JOURNEY_OK;
}
