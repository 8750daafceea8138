/* A segment: some rows of a writer as columns. Columns that few inputs have are made at their first use. */
#include "stream/internal.h"

uint32_t jn_stream_width(uint64_t count) { return count <= 1 << 8 ? 1 : count <= 1 << 16 ? 2 : 4; }

void jn_stream_store(const jn_stream_codes *column, size_t at, const uint32_t *codes, size_t n) {
  uint8_t *narrow = (uint8_t *)column->data + at;
  uint16_t *middle = (uint16_t *)column->data + at;
  switch (column->width) {
  case 1:
    for (size_t i = 0; i < n; i++) narrow[i] = (uint8_t)codes[i];
    return;
  case 2:
    for (size_t i = 0; i < n; i++) middle[i] = (uint16_t)codes[i];
    return;
  default: memcpy((uint32_t *)column->data + at, codes, n * sizeof *codes);
  }
}

void jn_stream_load(const jn_stream_codes *column, size_t at, uint32_t *codes, size_t n) {
  const uint8_t *narrow = (const uint8_t *)column->data + at;
  const uint16_t *middle = (const uint16_t *)column->data + at;
  switch (column->width) {
  case 1:
    for (size_t i = 0; i < n; i++) codes[i] = narrow[i];
    return;
  case 2:
    for (size_t i = 0; i < n; i++) codes[i] = middle[i];
    return;
  default: memcpy(codes, (const uint32_t *)column->data + at, n * sizeof *codes);
  }
}

journey_status jn_stream_segment_new(journey_context *context, uint32_t capacity, jn_stream_segment **out,
                                     journey_error *err) {
  jn_stream_segment *segment = jn_base_zalloc(context, 1, sizeof *segment);
  *out = NULL;
  if (!segment) return jn_base_no_memory(err);
  segment->capacity = capacity;
  segment->unit = jn_stream_unit(JN_STREAM_UNITS - 1);
  atomic_init(&segment->used, 0);
  segment->id = jn_base_alloc(context, capacity, sizeof *segment->id);
  segment->time = jn_base_alloc(context, capacity, sizeof *segment->time);
  if (!segment->id || !segment->time) {
    jn_stream_segment_free(context, segment);
    return jn_base_no_memory(err);
  }
  *out = segment;
  return JOURNEY_OK;
}

void jn_stream_segment_free(journey_context *context, jn_stream_segment *segment) {
  if (!segment) return;
  size_t n = segment->capacity;
  jn_base_free(context, segment->id, n, sizeof *segment->id);
  jn_base_free(context, segment->time, n, sizeof *segment->time);
  jn_base_free(context, segment->event, n, sizeof *segment->event);
  jn_stream_codes_free(context, &segment->name, segment);
  jn_stream_numbers_free(context, &segment->value, segment);
  for (size_t i = 0; i < segment->cells_count; i++) jn_stream_cells_free(context, &segment->cells[i], segment);
  jn_base_free(context, segment->cells, segment->cells_count, sizeof *segment->cells);
  jn_base_free(context, segment, 1, sizeof *segment);
}

void jn_stream_codes_free(journey_context *context, jn_stream_codes *codes, const jn_stream_segment *in) {
  if (codes->data) jn_base_free(context, codes->data, in->capacity, codes->width);
  *codes = (jn_stream_codes){0};
}

static void widen(const jn_stream_codes *from, const jn_stream_codes *to, size_t rows) {
  uint32_t codes[JN_STREAM_BATCH];
  for (size_t i = 0; i < rows; i += JN_STREAM_BATCH) {
    size_t n = rows - i < JN_STREAM_BATCH ? rows - i : JN_STREAM_BATCH;
    jn_stream_load(from, i, codes, n);
    jn_stream_store(to, i, codes, n);
  }
}

journey_status jn_stream_codes_reserve(journey_context *context, jn_stream_codes *codes, const jn_stream_segment *in,
                                       uint64_t count, journey_error *err) {
  uint32_t width = jn_stream_width(count);
  if (codes->data && width <= codes->width) return JOURNEY_OK;
  jn_stream_codes wider = {jn_base_alloc(context, in->capacity, width), width};
  if (!wider.data) return jn_base_no_memory(err);
  if (codes->data)
    widen(codes, &wider, in->rows);
  else
    memset(wider.data, 0, (size_t)in->rows * width);
  jn_stream_codes_free(context, codes, in);
  *codes = wider;
  return JOURNEY_OK;
}

static size_t words_of(const jn_stream_segment *segment) { return ((size_t)segment->capacity + 63) / 64; }

journey_status jn_stream_numbers_reserve(journey_context *context, jn_stream_numbers *numbers,
                                         const jn_stream_segment *in, size_t more, journey_error *err) {
  if (!numbers->bits) numbers->bits = jn_base_zalloc(context, words_of(in), sizeof *numbers->bits);
  if (!numbers->bits) return jn_base_no_memory(err);
  return jn_base_grow(context, &numbers->number, &numbers->capacity, numbers->count + more, sizeof *numbers->number,
                      err);
}

void jn_stream_numbers_free(journey_context *context, jn_stream_numbers *numbers, const jn_stream_segment *in) {
  jn_base_free(context, numbers->bits, words_of(in), sizeof *numbers->bits);
  jn_base_free(context, numbers->rank, words_of(in), sizeof *numbers->rank);
  jn_base_reallocate(context, numbers->number, numbers->capacity * sizeof *numbers->number, 0);
  *numbers = (jn_stream_numbers){0};
}

void jn_stream_cells_free(journey_context *context, jn_stream_cells *cells, const jn_stream_segment *in) {
  jn_stream_codes_free(context, &cells->code, in);
  jn_stream_numbers_free(context, &cells->number, in);
}

static void numbers_cut(jn_stream_numbers *numbers, const jn_stream_segment *in, uint32_t rows) {
  for (size_t row = rows; numbers->bits && row < in->rows; row++) {
    uint64_t bit = UINT64_C(1) << (row & 63);
    if (numbers->bits[row / 64] & bit) numbers->count--;
    numbers->bits[row / 64] &= ~bit;
  }
}

void jn_stream_note_times(jn_stream_segment *segment, size_t n) {
  const int64_t *time = segment->time + segment->rows;
  int64_t first = segment->rows ? segment->first : time[0];
  int64_t least = segment->rows ? segment->least : first, most = segment->rows ? segment->most : first;
  jn_stream_unit_of_time unit = segment->unit;
  for (size_t i = 0; i < n; i++) {
    least = time[i] < least ? time[i] : least;
    most = time[i] > most ? time[i] : most;
    uint64_t difference = jn_stream_difference(time[i], first);
    while (!jn_stream_divides(&unit, difference)) unit = jn_stream_unit(unit.level - 1);
  }
  segment->first = first, segment->least = least, segment->most = most;
  segment->unit = unit;
}

/* Keeps the first rows, as they were before later ones came. */
void jn_stream_segment_cut(journey_context *context, jn_stream_segment *segment, uint32_t rows, size_t attributes) {
  if (rows == segment->rows && segment->cells_count <= attributes) return;
  numbers_cut(&segment->value, segment, rows);
  for (size_t i = 0; i < segment->cells_count; i++) {
    jn_stream_cells *cells = &segment->cells[i];
    numbers_cut(&cells->number, segment, rows);
    if (i >= attributes) jn_stream_cells_free(context, cells, segment);
  }
  segment->rows = 0;
  segment->unit = jn_stream_unit(JN_STREAM_UNITS - 1);
  if (rows) jn_stream_note_times(segment, rows);
  segment->rows = rows;
}
