/* Writes the columns of the stream, as narrow as the data allows, from the sorted words. */
#include "stream/emit.h"

enum { CHUNK = JN_STREAM_CHUNK, SHARE = JN_STREAM_SHARE };

static journey_status emit_task(void *argument, int64_t task, journey_error *err) {
  jn_stream_emission *e = argument;
  int64_t events = e->work->stream->columns.events, shares = (events + SHARE - 1) / SHARE, share;
  (void)task;
  while ((share = atomic_fetch_add(&e->next, 1)) < shares) {
    int64_t end = share + 1 < shares ? (share + 1) * SHARE : events;
    for (int64_t i = share * SHARE; i < end; i += CHUNK) e->chunk(e, i, (size_t)(end - i < CHUNK ? end - i : CHUNK));
    journey_status status = jn_base_cancelled(e->work->context, err);
    if (status) return status;
  }
  return JOURNEY_OK;
}

journey_status jn_stream_emit_pass(jn_stream_emission *e, journey_error *err) {
  atomic_init(&e->next, 0);
  return jn_exec_run(e->work->context, jn_exec_threads(e->work->context), emit_task, e, err);
}

static void store_times(const jn_stream_emission *e, int64_t first, size_t n, const uint64_t *ticks) {
  uint32_t high[CHUNK];
  for (size_t i = 0; i < n; i++) e->low[first + (int64_t)i] = (uint32_t)ticks[i];
  if (!e->high.data) return;
  for (size_t i = 0; i < n; i++) high[i] = (uint32_t)(ticks[i] >> 32);
  jn_stream_store(&e->high, (size_t)first, high, n);
}

static void store_names(const jn_stream_emission *e, int64_t first, size_t n, const uint64_t *tails) {
  uint32_t code[CHUNK];
  for (size_t i = 0; i < n; i++) code[i] = (uint32_t)tails[i];
  jn_stream_store(&e->codes, (size_t)first, code, n);
}

static void events_chunk(const jn_stream_emission *e, int64_t first, size_t n) {
  uint64_t ticks[CHUNK], tails[CHUNK];
  if (e->work->wide)
    jn_stream_decode_wide(e->work, first, n, ticks, tails);
  else
    jn_stream_decode_narrow(e->work, first, n, ticks, tails);
  store_times(e, first, n, ticks);
  if (e->work->extras)
    memcpy(e->work->place + first, tails, n * sizeof *tails);
  else
    store_names(e, first, n, tails);
}

/* Room for the rows' places: where the words are, if those are not wider, as each chunk is read before it is written. */
static journey_status make_places(jn_stream_work *work, journey_error *err) {
  if (!work->extras) return JOURNEY_OK;
  work->place = work->wide ? jn_base_alloc(work->context, (size_t)work->rows, sizeof *work->place) : work->words;
  return work->place ? JOURNEY_OK : jn_base_no_memory(err);
}

static void free_words(jn_stream_work *work) {
  if (work->words != work->place) jn_base_free(work->context, work->words, (size_t)work->rows, work->wide ? 16 : 8);
  work->words = NULL;
}

static journey_status emit_events(jn_stream_work *work, journey_error *err) {
  jn_stream_columns *columns = &work->stream->columns;
  size_t n = (size_t)columns->events;
  jn_stream_emission e = {.work = work, .chunk = events_chunk};
  e.codes.width = jn_stream_width(work->names.count);
  e.high.width = work->tick_bits <= 32 ? 0 : work->tick_bits <= 48 ? 2 : 4;
  journey_status status = jn_stream_own(work->stream, n, sizeof *e.low, true, &e.low, err);
  if (!status && e.high.width) status = jn_stream_own(work->stream, n, e.high.width, true, &e.high.data, err);
  if (!status) status = jn_stream_own(work->stream, n, e.codes.width, true, &e.codes.data, err);
  if (!status) status = make_places(work, err);
  columns->time_base = work->least, columns->time_unit = work->unit.microseconds;
  columns->time_low = e.low, columns->time_high = e.high.data, columns->time_high_width = e.high.width;
  columns->code = e.codes.data, columns->code_width = e.codes.width;
  return status ? status : jn_stream_emit_pass(&e, err);
}

journey_status jn_stream_emit(jn_stream_work *work, journey_error *err) {
  journey_status status = emit_events(work, err);
  if (status) return status;
  free_words(work);
  return work->extras ? jn_stream_fetch_columns(work, err) : JOURNEY_OK;
}
