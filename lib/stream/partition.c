/* Brings the rows into buckets of neighbouring customers, each bucket small enough for a processor's cache.
 *
 * Two passes over the rows in order of arrival: count each bucket's rows, then write each row, as one word, to the next
 * place in its bucket. Each task takes a run of pieces and has places of its own, so the order of arrival is kept. */
#include "stream/words.h"

enum { BUCKET_ROWS = 1 << 15, BUCKETS_MOST = 1 << 11, TASKS_PER_THREAD = 4 };

typedef struct partition {
  jn_stream_work *work;
  size_t tasks;
  size_t *begin;   /* first piece of each task, and the end */
  int64_t *cursor; /* by task and bucket: rows, then the next place */
} partition;

/* ---- the plan ------------------------------------------------------------------------------------------------------ */

static int bits_of(uint64_t count) { return count < 2 ? 0 : 64 - __builtin_clzll(count - 1); }

static void plan_unit(jn_stream_work *work) {
  int level = JN_STREAM_UNITS - 1;
  work->least = INT64_MAX, work->most = INT64_MIN;
  for (size_t i = 0; i < work->segments; i++) {
    const jn_stream_segment *s = work->segment[i];
    if (!s->rows) continue;
    if (s->least < work->least) work->least = s->least;
    if (s->most > work->most) work->most = s->most;
    if (s->unit.level < level) level = s->unit.level;
  }
  work->unit = jn_stream_unit(level);
  for (size_t i = 0; i < work->segments; i++)
    while (work->segment[i]->rows &&
           !jn_stream_divides(&work->unit, jn_stream_difference(work->segment[i]->first, work->least)))
      work->unit = jn_stream_unit(work->unit.level - 1);
  if (!work->rows) work->least = work->most = 0;
}

static journey_status plan_words(jn_stream_work *work, journey_error *err) {
  uint64_t ticks = jn_stream_ticks(&work->unit, jn_stream_difference(work->most, work->least));
  work->tick_bits = ticks ? 64 - __builtin_clzll(ticks) : 0;
  work->tail_bits = work->extras ? JN_STREAM_ROW_BITS + bits_of(work->segments) : bits_of(work->names.count);
  int bits = work->customer_bits + work->tick_bits + work->tail_bits;
  work->wide = bits > 63; /* so that no shift is by the whole width */
  return bits > 127 ? jn_base_fail(err, JOURNEY_ELIMIT, "too many events") : JOURNEY_OK;
}

journey_status jn_stream_plan(jn_stream_work *work, journey_error *err) {
  int64_t wanted = work->rows / BUCKET_ROWS;
  if (wanted > BUCKETS_MOST) wanted = BUCKETS_MOST;
  if (wanted < 1) wanted = 1;
  while (work->customers && (work->customers - 1) >> work->customer_bits >= wanted) work->customer_bits++;
  work->buckets = work->customers ? ((work->customers - 1) >> work->customer_bits) + 1 : 0;
  plan_unit(work);
  return plan_words(work, err);
}

/* ---- the passes ---------------------------------------------------------------------------------------------------- */

/* From a writer's codes of ids to customers; NULL when they are the same. */
static const uint32_t *customers_of(const jn_stream_work *work, size_t writer) {
  return work->ids.map ? work->ids.map[writer] : work->customer;
}

static void compose(jn_stream_work *work) {
  if (!work->customer || !work->ids.map) return;
  for (size_t w = 0; w < work->writers; w++)
    for (size_t code = 0; code < work->ids.map_count[w]; code++)
      work->ids.map[w][code] = work->customer[work->ids.map[w][code]];
}

/* Also puts the customers in the place of the ids. */
static void count_piece(const jn_stream_work *work, const jn_stream_piece *piece, int64_t *count) {
  uint32_t *id = piece->segment->id + piece->first;
  const uint32_t *customer = customers_of(work, piece->writer);
  for (size_t i = 0; customer && i < piece->rows; i++) id[i] = customer[id[i]];
  for (size_t i = 0; i < piece->rows; i++) count[id[i] >> work->customer_bits]++;
}

static journey_status count_task(void *argument, int64_t task, journey_error *err) {
  partition *p = argument;
  int64_t *count = p->cursor + (size_t)task * p->work->buckets;
  for (size_t i = p->begin[task]; i < p->begin[task + 1]; i++) {
    count_piece(p->work, &p->work->piece[i], count);
    journey_status status = jn_base_cancelled(p->work->context, err);
    if (status) return status;
  }
  return JOURNEY_OK;
}

/* The last who reads a segment frees what no one needs any more. */
static void give_back(const jn_stream_work *work, const jn_stream_piece *piece) {
  jn_stream_segment *s = piece->segment;
  if (atomic_fetch_add(&s->used, piece->rows) + piece->rows < s->rows) return;
  jn_base_free(work->context, s->id, s->capacity, sizeof *s->id);
  jn_base_free(work->context, s->time, s->capacity, sizeof *s->time);
  s->id = NULL, s->time = NULL;
  if (!work->extras) jn_stream_codes_free(work->context, &s->name, s);
}

static journey_status scatter_task(void *argument, int64_t task, journey_error *err) {
  partition *p = argument;
  int64_t *cursor = p->cursor + (size_t)task * p->work->buckets;
  for (size_t i = p->begin[task]; i < p->begin[task + 1]; i++) {
    const jn_stream_piece *piece = &p->work->piece[i];
    if (p->work->wide)
      jn_stream_scatter_wide(p->work, piece, cursor);
    else
      jn_stream_scatter_narrow(p->work, piece, cursor);
    give_back(p->work, piece);
    journey_status status = jn_base_cancelled(p->work->context, err);
    if (status) return status;
  }
  return JOURNEY_OK;
}

/* From counts to places: bucket after bucket, in it task after task. */
static void place(partition *p) {
  int64_t next = 0;
  for (size_t b = 0; b < p->work->buckets; b++) {
    p->work->bucket[b] = next;
    for (size_t t = 0; t < p->tasks; t++) {
      int64_t *cursor = &p->cursor[t * p->work->buckets + b], rows = *cursor;
      *cursor = next;
      next += rows;
    }
  }
  p->work->bucket[p->work->buckets] = next;
}

/* Runs of pieces with about the same number of rows. */
static void share_out(partition *p) {
  int64_t done = 0, rows = p->work->rows;
  size_t piece = 0;
  for (size_t t = 0; t < p->tasks; t++) {
    p->begin[t] = piece;
    int64_t until = rows / (int64_t)p->tasks * ((int64_t)t + 1);
    while (piece < p->work->pieces && (t + 1 == p->tasks || done < until)) done += p->work->piece[piece++].rows;
  }
  p->begin[p->tasks] = piece;
}

static journey_status run(partition *p, journey_error *err) {
  jn_stream_work *work = p->work;
  size_t size = work->wide ? 16 : 8;
  share_out(p);
  journey_status status = jn_exec_run(work->context, (int64_t)p->tasks, count_task, p, err);
  if (status) return status;
  place(p);
  work->words = jn_base_alloc(work->context, (size_t)work->rows, size);
  if (!work->words) return jn_base_no_memory(err);
  return jn_exec_run(work->context, (int64_t)p->tasks, scatter_task, p, err);
}

journey_status jn_stream_partition(jn_stream_work *work, journey_error *err) {
  partition p = {.work = work, .tasks = (size_t)jn_exec_threads(work->context) * TASKS_PER_THREAD};
  if (p.tasks > work->pieces) p.tasks = work->pieces;
  if (!p.tasks) p.tasks = 1;
  compose(work);
  work->bucket = jn_base_zalloc(work->context, work->buckets + 1, sizeof *work->bucket);
  p.begin = jn_base_zalloc(work->context, p.tasks + 1, sizeof *p.begin);
  p.cursor = jn_base_zalloc(work->context, p.tasks * work->buckets, sizeof *p.cursor);
  journey_status status = work->bucket && p.begin && p.cursor ? run(&p, err) : jn_base_no_memory(err);
  jn_base_free(work->context, p.cursor, p.tasks * work->buckets, sizeof *p.cursor);
  jn_base_free(work->context, p.begin, p.tasks + 1, sizeof *p.begin);
  return status;
}
