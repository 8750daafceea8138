/* Sorts the buckets, each by one thread, and closes the gaps that duplicates leave. */
#include "stream/words.h"

typedef struct sorting {
  jn_stream_work *work;
  atomic_size_t next;         /* bucket */
  atomic_int_fast64_t sorted; /* rows */
} sorting;

journey_status jn_stream_bench_fit(jn_stream_bench *bench, size_t bytes, size_t places, journey_error *err) {
  journey_context *context = bench->work->context;
  if (bytes > bench->words_bytes) {
    jn_base_free(context, bench->words, bench->words_bytes, 1);
    bench->words = jn_base_alloc(context, bytes, 1);
    bench->words_bytes = bench->words ? bytes : 0;
    if (!bench->words) return jn_base_no_memory(err);
  }
  return jn_base_grow(context, &bench->place, &bench->places, places, sizeof *bench->place, err);
}

static void clear_bench(jn_stream_bench *bench) {
  journey_context *context = bench->work->context;
  jn_base_free(context, bench->words, bench->words_bytes, 1);
  jn_base_reallocate(context, bench->place, bench->places * sizeof *bench->place, 0);
  jn_base_reallocate(context, bench->row, bench->row_capacity * sizeof *bench->row, 0);
  jn_base_reallocate(context, bench->table, bench->table_size * sizeof *bench->table, 0);
}

static journey_status sort_bucket(sorting *s, jn_stream_bench *bench, size_t bucket, journey_error *err) {
  int64_t *kept = &s->work->kept[bucket];
  return s->work->wide ? jn_stream_sort_bucket_wide(bench, bucket, kept, err)
                       : jn_stream_sort_bucket_narrow(bench, bucket, kept, err);
}

/* A thread sorts bucket after bucket. Only the first one reports, as reports come from one thread at a time. */
static journey_status sort_task(void *argument, int64_t task, journey_error *err) {
  sorting *s = argument;
  jn_stream_work *work = s->work;
  jn_stream_bench bench = {.work = work};
  journey_status status = JOURNEY_OK;
  size_t bucket;
  while (!status && (bucket = atomic_fetch_add(&s->next, 1)) < work->buckets) {
    status = sort_bucket(s, &bench, bucket, err);
    int64_t rows = work->bucket[bucket + 1] - work->bucket[bucket];
    int64_t sorted = atomic_fetch_add(&s->sorted, rows) + rows;
    if (!status && task) status = jn_base_cancelled(work->context, err);
    if (!status && !task) status = jn_base_progress(work->context, "sorting", sorted, work->rows, err);
  }
  clear_bench(&bench);
  return status;
}

static void close_gaps(jn_stream_work *work) {
  size_t size = work->wide ? 16 : 8;
  char *words = work->words;
  int64_t next = 0;
  for (size_t b = 0; b < work->buckets; b++) {
    if (next < work->bucket[b])
      memmove(words + (size_t)next * size, words + (size_t)work->bucket[b] * size, (size_t)work->kept[b] * size);
    next += work->kept[b];
  }
}

/* Leaves in words all events of the stream in their order, and in count where each customer's events end. */
journey_status jn_stream_sort(jn_stream_work *work, journey_error *err) {
  sorting s = {.work = work};
  atomic_init(&s.next, 0);
  atomic_init(&s.sorted, 0);
  journey_stream *stream = work->stream;
  int64_t *offset;
  journey_status status = jn_stream_own(stream, (size_t)work->customers + 1, sizeof *offset, true, &offset, err);
  if (status) return status;
  memset(offset, 0, ((size_t)work->customers + 1) * sizeof *offset);
  work->count = offset + 1;
  work->kept = jn_base_zalloc(work->context, work->buckets, sizeof *work->kept);
  if (!work->kept) return jn_base_no_memory(err);
  int64_t threads = jn_exec_threads(work->context), buckets = (int64_t)work->buckets;
  status = jn_exec_run(work->context, threads < buckets ? threads : buckets, sort_task, &s, err);
  if (status) return status;
  close_gaps(work);
  for (size_t c = 0; c < work->customers; c++) offset[c + 1] += offset[c];
  stream->columns.offset = offset;
  stream->columns.events = offset[work->customers];
  return JOURNEY_OK;
}
