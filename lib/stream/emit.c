/* Writes the columns of the stream, as narrow as the data allows, from the sorted words. */
#include "stream/words.h"

enum { CHUNK = 512, SHARE = 1 << 16 }; /* a share is a multiple of 64, so that no two threads write one word of bits */

/* What a thread does with the events [first, first + n), n <= CHUNK and first a multiple of 64. */
typedef struct emission emission;
typedef void (*emit_chunk)(const emission *e, int64_t first, size_t n);

struct emission {
  jn_stream_work *work;
  emit_chunk chunk;
  atomic_int_fast64_t next; /* share */
  size_t attribute;         /* SIZE_MAX: the value */
  const jn_stream_join *join;
  jn_stream_codes codes, high;
  uint32_t *low;
  uint64_t *bits;
  int64_t *rank;
  double *number;
};

/* ---- running ------------------------------------------------------------------------------------------------------- */

static journey_status emit_task(void *argument, int64_t task, journey_error *err) {
  emission *e = argument;
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

static journey_status emit(emission *e, emit_chunk chunk, journey_error *err) {
  e->chunk = chunk;
  atomic_init(&e->next, 0);
  return jn_exec_run(e->work->context, jn_exec_threads(e->work->context), emit_task, e, err);
}

static void decode(const jn_stream_work *work, int64_t first, size_t n, uint64_t *ticks, uint64_t *tails) {
  if (work->wide) jn_stream_decode_wide(work, first, n, ticks, tails);
  else jn_stream_decode_narrow(work, first, n, ticks, tails);
}

/* ---- times and names ------------------------------------------------------------------------------------------------ */

static void store_times(const emission *e, int64_t first, size_t n, const uint64_t *ticks) {
  uint32_t high[CHUNK];
  for (size_t i = 0; i < n; i++) e->low[first + (int64_t)i] = (uint32_t)ticks[i];
  if (!e->high.data) return;
  for (size_t i = 0; i < n; i++) high[i] = (uint32_t)(ticks[i] >> 32);
  jn_stream_store(&e->high, (size_t)first, high, n);
}

static size_t segment_of(uint64_t place) { return (size_t)(place >> JN_STREAM_ROW_BITS); }
static size_t row_of(uint64_t place) { return place & (JN_STREAM_SEGMENT_ROWS - 1); }

/* In the place of the rows' places their names. */
static void fetch_names(const jn_stream_work *work, size_t n, const uint64_t *place, uint32_t *code) {
  for (size_t i = 0; i < n; i++) code[i] = jn_stream_code_at(&work->segment[segment_of(place[i])]->name, row_of(place[i]));
  for (size_t i = 0; i < n; i++)
    code[i] = jn_stream_joined(&work->names, work->segment_writer[segment_of(place[i])], code[i]);
}

static void events_chunk(const emission *e, int64_t first, size_t n) {
  uint64_t ticks[CHUNK], tails[CHUNK];
  uint32_t code[CHUNK];
  decode(e->work, first, n, ticks, tails);
  store_times(e, first, n, ticks);
  if (e->work->extras) fetch_names(e->work, n, tails, code);
  else
    for (size_t i = 0; i < n; i++) code[i] = (uint32_t)tails[i];
  jn_stream_store(&e->codes, (size_t)first, code, n);
}

static journey_status emit_events(jn_stream_work *work, journey_error *err) {
  jn_stream_columns *columns = &work->stream->columns;
  size_t n = (size_t)columns->events;
  emission e = {.work = work, .codes = {.width = jn_stream_width(work->names.count)}};
  e.high.width = work->tick_bits <= 32 ? 0 : work->tick_bits <= 48 ? 2 : 4;
  journey_status status = jn_stream_own(work->stream, n, sizeof *e.low, true, &e.low, err);
  if (!status && e.high.width) status = jn_stream_own(work->stream, n, e.high.width, true, &e.high.data, err);
  if (!status) status = jn_stream_own(work->stream, n, e.codes.width, true, &e.codes.data, err);
  columns->time_base = work->least, columns->time_unit = work->unit.microseconds;
  columns->time_low = e.low, columns->time_high = e.high.data, columns->time_high_width = e.high.width;
  columns->code = e.codes.data, columns->code_width = e.codes.width;
  return status ? status : emit(&e, events_chunk, err);
}

/* ---- attributes ---------------------------------------------------------------------------------------------------- */

static const jn_stream_cells *cells_of(const emission *e, size_t segment) {
  static const jn_stream_cells none;
  const jn_stream_segment *s = e->work->segment[segment];
  return e->attribute < s->cells_count ? &s->cells[e->attribute] : &none;
}

static void texts_chunk(const emission *e, int64_t first, size_t n) {
  const jn_stream_work *work = e->work;
  uint64_t place[CHUNK];
  uint32_t code[CHUNK];
  decode(work, first, n, NULL, place);
  for (size_t i = 0; i < n; i++) code[i] = jn_stream_code_at(&cells_of(e, segment_of(place[i]))->code, row_of(place[i]));
  for (size_t i = 0; i < n; i++)
    if (code[i]) code[i] = jn_stream_joined(e->join, work->segment_writer[segment_of(place[i])], code[i] - 1) + 1;
  jn_stream_store(&e->codes, (size_t)first, code, n);
}

static journey_status emit_texts(jn_stream_work *work, size_t attribute, journey_error *err) {
  jn_stream_attribute *out = &work->stream->attribute[attribute];
  const jn_stream_join *join = &work->texts[attribute];
  emission e = {.work = work, .attribute = attribute, .join = join};
  e.codes.width = jn_stream_width((uint64_t)join->count + 1);
  journey_status status =
      jn_stream_own(work->stream, (size_t)work->stream->columns.events, e.codes.width, false, &e.codes.data, err);
  out->code = e.codes.data, out->width = e.codes.width;
  return status ? status : emit(&e, texts_chunk, err);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------- */

static const jn_stream_numbers *numbers_of(const emission *e, size_t segment) {
  return e->attribute == SIZE_MAX ? &e->work->segment[segment]->value : &cells_of(e, segment)->number;
}

static void bits_chunk(const emission *e, int64_t first, size_t n) {
  uint64_t place[CHUNK], bits[CHUNK / 64] = {0};
  decode(e->work, first, n, NULL, place);
  for (size_t i = 0; i < n; i++) {
    const uint64_t *from = numbers_of(e, segment_of(place[i]))->bits;
    size_t row = row_of(place[i]);
    uint64_t bit = from ? from[row / 64] >> (row & 63) & 1 : 0;
    bits[i / 64] |= bit << (i & 63);
  }
  for (size_t w = 0; w < (n + 63) / 64; w++) {
    e->bits[first / 64 + (int64_t)w] = bits[w];
    e->rank[first / 64 + (int64_t)w] = __builtin_popcountll(bits[w]);
  }
}

static double number_at(const jn_stream_numbers *from, size_t row) {
  uint64_t below = from->bits[row / 64] & ((UINT64_C(1) << (row & 63)) - 1);
  return from->number[from->rank[row / 64] + (uint32_t)__builtin_popcountll(below)];
}

static void numbers_chunk(const emission *e, int64_t first, size_t n) {
  uint64_t place[CHUNK];
  decode(e->work, first, n, NULL, place);
  double *to = e->number + e->rank[first / 64];
  for (size_t w = 0; w < (n + 63) / 64; w++)
    for (uint64_t bits = e->bits[first / 64 + (int64_t)w]; bits; bits &= bits - 1) {
      uint64_t at = place[w * 64 + (size_t)__builtin_ctzll(bits)];
      *to++ = number_at(numbers_of(e, segment_of(at)), row_of(at));
    }
}

static journey_status rank_segment(journey_context *context, jn_stream_numbers *numbers, const jn_stream_segment *in,
                                   journey_error *err) {
  size_t words = ((size_t)in->capacity + 63) / 64;
  if (!numbers->bits) return JOURNEY_OK;
  numbers->rank = jn_base_alloc(context, words, sizeof *numbers->rank);
  if (!numbers->rank) return jn_base_no_memory(err);
  for (size_t w = 0, rank = 0; w < words; w++) {
    numbers->rank[w] = (uint32_t)rank;
    rank += (size_t)__builtin_popcountll(numbers->bits[w]);
  }
  return JOURNEY_OK;
}

static journey_status rank_segments(const emission *e, bool *any, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; !status && i < e->work->segments; i++) {
    jn_stream_numbers *numbers = (jn_stream_numbers *)numbers_of(e, i);
    *any |= numbers->bits != NULL;
    status = rank_segment(e->work->context, numbers, e->work->segment[i], err);
  }
  return status;
}

static journey_status emit_numbers(jn_stream_work *work, size_t attribute, jn_stream_sparse *out, journey_error *err) {
  emission e = {.work = work, .attribute = attribute};
  int64_t words = (work->stream->columns.events + 63) / 64, count = 0;
  bool any = false;
  journey_status status = rank_segments(&e, &any, err);
  if (status || !any) return status;
  status = jn_stream_own(work->stream, (size_t)words, sizeof *e.bits, false, &e.bits, err);
  if (!status) status = jn_stream_own(work->stream, (size_t)words, sizeof *e.rank, false, &e.rank, err);
  if (!status) status = emit(&e, bits_chunk, err);
  for (int64_t w = 0; !status && w < words; w++) {
    int64_t n = e.rank[w];
    e.rank[w] = count;
    count += n;
  }
  if (!status) status = jn_stream_own(work->stream, (size_t)count, sizeof *e.number, false, &e.number, err);
  if (!status) status = emit(&e, numbers_chunk, err);
  *out = (jn_stream_sparse){e.bits, e.rank, e.number};
  return status;
}

/* ---- all columns --------------------------------------------------------------------------------------------------- */

static void free_column(jn_stream_work *work, size_t attribute) {
  emission e = {.work = work, .attribute = attribute};
  for (size_t i = 0; i < work->segments; i++) {
    jn_stream_segment *segment = work->segment[i];
    if (attribute != SIZE_MAX && attribute < segment->cells_count)
      jn_stream_codes_free(work->context, &segment->cells[attribute].code, segment);
    if (attribute == SIZE_MAX || attribute < segment->cells_count)
      jn_stream_numbers_free(work->context, (jn_stream_numbers *)numbers_of(&e, i), segment);
  }
}

journey_status jn_stream_emit(jn_stream_work *work, journey_error *err) {
  journey_stream *stream = work->stream;
  journey_status status = emit_events(work, err);
  if (!status) status = emit_numbers(work, SIZE_MAX, &stream->columns.value, err);
  if (!status) free_column(work, SIZE_MAX);
  for (size_t i = 0; !status && i < work->attributes; i++) {
    bool text = stream->attribute[i].type == JOURNEY_ATTRIBUTE_TEXT;
    status = text ? emit_texts(work, i, err) : emit_numbers(work, i, &stream->attribute[i].number, err);
    if (!status) free_column(work, i);
  }
  return status;
}
