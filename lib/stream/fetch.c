/* Writes the columns that are not in the words: each event's cells are fetched from its row, column after column, and
 * the rows' columns are freed as they are used up. */
#include "stream/emit.h"

enum { CHUNK = JN_STREAM_CHUNK };

static size_t segment_of(uint64_t place) { return (size_t)(place >> JN_STREAM_ROW_BITS); }
static size_t row_of(uint64_t place) { return place & (JN_STREAM_SEGMENT_ROWS - 1); }

/* ---- codes --------------------------------------------------------------------------------------------------------- */

static void map_codes(const jn_stream_emission *e, size_t n, const uint64_t *place, uint32_t *code) {
  for (size_t i = 0; i < n; i++) {
    const uint32_t *map = e->source[segment_of(place[i])].map;
    if (map && code[i] >= e->missing) code[i] = map[code[i] - e->missing] + e->missing;
  }
}

static void codes_chunk(const jn_stream_emission *e, int64_t first, size_t n) {
  const uint64_t *place = e->work->place + first;
  uint32_t code[CHUNK];
  for (size_t i = 0; i < n; i++) code[i] = jn_stream_code_at(&e->source[segment_of(place[i])].codes, row_of(place[i]));
  map_codes(e, n, place, code);
  jn_stream_store(&e->codes, (size_t)first, code, n);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------- */

static uint64_t has_number(const jn_stream_numbers *from, size_t row) {
  return from && from->bits ? from->bits[row / 64] >> (row & 63) & 1 : 0;
}

static void bits_chunk(const jn_stream_emission *e, int64_t first, size_t n) {
  const uint64_t *place = e->work->place + first;
  uint64_t *bits = e->bits + first / 64;
  for (size_t w = 0; w * 64 < n; w++) {
    size_t end = n - w * 64 < 64 ? n - w * 64 : 64;
    bits[w] = 0;
    for (size_t i = 0; i < end; i++) {
      uint64_t at = place[w * 64 + i];
      bits[w] |= has_number(e->source[segment_of(at)].numbers, row_of(at)) << i;
    }
    e->rank[first / 64 + (int64_t)w] = __builtin_popcountll(bits[w]);
  }
}

static double number_at(const jn_stream_numbers *from, size_t row) {
  uint64_t below = from->bits[row / 64] & ((UINT64_C(1) << (row & 63)) - 1);
  return from->number[from->rank[row / 64] + (uint32_t)__builtin_popcountll(below)];
}

static void numbers_chunk(const jn_stream_emission *e, int64_t first, size_t n) {
  double *to = e->number + e->rank[first / 64];
  for (size_t w = 0; w * 64 < n; w++) {
    const uint64_t *place = e->work->place + first + w * 64;
    for (uint64_t bits = e->bits[first / 64 + (int64_t)w]; bits; bits &= bits - 1) {
      uint64_t at = place[__builtin_ctzll(bits)];
      *to++ = number_at(e->source[segment_of(at)].numbers, row_of(at));
    }
  }
}

static journey_status rank_rows(journey_context *context, jn_stream_numbers *numbers, const jn_stream_segment *in,
                                journey_error *err) {
  size_t words = ((size_t)in->capacity + 63) / 64;
  numbers->rank = jn_base_alloc(context, words, sizeof *numbers->rank);
  if (!numbers->rank) return jn_base_no_memory(err);
  for (size_t w = 0, rank = 0; w < words; w++) {
    numbers->rank[w] = (uint32_t)rank;
    rank += (size_t)__builtin_popcountll(numbers->bits[w]);
  }
  return JOURNEY_OK;
}

static journey_status rank_all(const jn_stream_emission *e, bool *any, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; !status && i < e->work->segments; i++) {
    jn_stream_numbers *numbers = e->source[i].numbers;
    if (!numbers || !numbers->bits) continue;
    status = rank_rows(e->work->context, numbers, e->work->segment[i], err);
    *any = true;
  }
  return status;
}

/* From the number of each word to the number before it; returns that of all. */
static int64_t sum_up(int64_t *rank, int64_t words) {
  int64_t sum = 0;
  for (int64_t w = 0; w < words; w++) {
    int64_t n = rank[w];
    rank[w] = sum;
    sum += n;
  }
  return sum;
}

static journey_status emit_numbers(jn_stream_emission *e, jn_stream_sparse *out, journey_error *err) {
  journey_stream *stream = e->work->stream;
  int64_t words = (stream->columns.events + 63) / 64;
  bool any = false;
  journey_status status = rank_all(e, &any, err);
  if (status || !any) return status;
  status = jn_stream_own(stream, (size_t)words, sizeof *e->bits, false, &e->bits, err);
  if (!status) status = jn_stream_own(stream, (size_t)words, sizeof *e->rank, false, &e->rank, err);
  e->chunk = bits_chunk;
  if (!status) status = jn_stream_emit_pass(e, err);
  if (status) return status;
  size_t count = (size_t)sum_up(e->rank, words);
  status = jn_stream_own(stream, count, sizeof *e->number, false, &e->number, err);
  e->chunk = numbers_chunk;
  if (!status) status = jn_stream_emit_pass(e, err);
  *out = (jn_stream_sparse){e->bits, e->rank, e->number};
  return status;
}

/* ---- columns ------------------------------------------------------------------------------------------------------- */

static const uint32_t *map_of(const jn_stream_work *work, const jn_stream_join *join, size_t segment) {
  return join->map ? join->map[work->segment_writer[segment]] : NULL;
}

static journey_status fetch_names(jn_stream_emission *e, journey_error *err) {
  jn_stream_work *work = e->work;
  for (size_t i = 0; i < work->segments; i++)
    e->source[i] = (jn_stream_source){.codes = work->segment[i]->name, .map = map_of(work, &work->names, i)};
  e->missing = 0;
  e->chunk = codes_chunk;
  e->codes = (jn_stream_codes){(void *)work->stream->columns.code, work->stream->columns.code_width};
  journey_status status = jn_stream_emit_pass(e, err);
  for (size_t i = 0; i < work->segments; i++)
    jn_stream_codes_free(work->context, &work->segment[i]->name, work->segment[i]);
  return status;
}

static journey_status fetch_values(jn_stream_emission *e, journey_error *err) {
  jn_stream_work *work = e->work;
  for (size_t i = 0; i < work->segments; i++) e->source[i] = (jn_stream_source){.numbers = &work->segment[i]->value};
  journey_status status = emit_numbers(e, &work->stream->columns.value, err);
  for (size_t i = 0; i < work->segments; i++)
    jn_stream_numbers_free(work->context, &work->segment[i]->value, work->segment[i]);
  return status;
}

static journey_status fetch_texts(jn_stream_emission *e, size_t attribute, journey_error *err) {
  jn_stream_work *work = e->work;
  jn_stream_attribute *out = &work->stream->attribute[attribute];
  uint32_t width = jn_stream_width((uint64_t)work->texts[attribute].count + 1);
  e->codes = (jn_stream_codes){.width = width};
  journey_status status =
      jn_stream_own(work->stream, (size_t)work->stream->columns.events, width, false, &e->codes.data, err);
  out->code = e->codes.data, out->width = width;
  e->missing = 1;
  e->chunk = codes_chunk;
  return status ? status : jn_stream_emit_pass(e, err);
}

static journey_status fetch_attribute(jn_stream_emission *e, size_t attribute, journey_error *err) {
  jn_stream_work *work = e->work;
  jn_stream_attribute *out = &work->stream->attribute[attribute];
  for (size_t i = 0; i < work->segments; i++) {
    jn_stream_segment *s = work->segment[i];
    e->source[i] = (jn_stream_source){.map = map_of(work, &work->texts[attribute], i)};
    if (attribute >= s->cells_count) continue;
    e->source[i].codes = s->cells[attribute].code;
    e->source[i].numbers = &s->cells[attribute].number;
  }
  bool texts = out->type == JOURNEY_ATTRIBUTE_TEXT;
  journey_status status = texts ? fetch_texts(e, attribute, err) : emit_numbers(e, &out->number, err);
  for (size_t i = 0; i < work->segments; i++) {
    jn_stream_segment *s = work->segment[i];
    if (attribute < s->cells_count) jn_stream_cells_free(work->context, &s->cells[attribute], s);
  }
  return status;
}

journey_status jn_stream_fetch_columns(jn_stream_work *work, journey_error *err) {
  jn_stream_emission e = {.work = work};
  e.source = jn_base_zalloc(work->context, work->segments, sizeof *e.source);
  journey_status status = e.source ? fetch_names(&e, err) : jn_base_no_memory(err);
  if (!status) status = fetch_values(&e, err);
  for (size_t i = 0; !status && i < work->attributes; i++) status = fetch_attribute(&e, i, err);
  jn_base_free(work->context, e.source, work->segments, sizeof *e.source);
  return status;
}
