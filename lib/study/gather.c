/* The columns of a batch: pointers into the stream where they can be, otherwise filled over the whole chunk and then
 * compressed to the events that are handed out. */
#include <string.h>

#include "study/cursor.h"

/* ---- compressing ------------------------------------------------------------------------------------------------- */

/* out[i] = in[index[i]]; in place, too, as index[i] >= i. */
void jn_study_compress(const void *in, const uint32_t *index, int64_t n, size_t width, void *out) {
  const uint8_t *in1 = in;
  const uint16_t *in2 = in;
  const uint32_t *in4 = in;
  const uint64_t *in8 = in;
  uint8_t *out1 = out;
  uint16_t *out2 = out;
  uint32_t *out4 = out;
  uint64_t *out8 = out;
  switch (width) {
  case 1:
    for (int64_t i = 0; i < n; i++) out1[i] = in1[index[i]];
    break;
  case 2:
    for (int64_t i = 0; i < n; i++) out2[i] = in2[index[i]];
    break;
  case 4:
    for (int64_t i = 0; i < n; i++) out4[i] = in4[index[i]];
    break;
  default:
    for (int64_t i = 0; i < n; i++) out8[i] = in8[index[i]];
  }
}

/* A column of the stream: *out points into it, or at its items that are handed out. */
static journey_status take_column(jn_study_cursor *cursor, const void *column, size_t width, jn_study_buffer *buffer,
                                  const void **out, journey_error *err) {
  const void *chunk = (const char *)column + (size_t)cursor->base * width;
  *out = chunk;
  if (!cursor->index) return JOURNEY_OK;
  journey_status status = jn_study_cursor_room(cursor, buffer, cursor->events, width, err);
  if (status) return status;
  jn_study_compress(chunk, cursor->index, cursor->events, width, buffer->data);
  *out = buffer->data;
  return JOURNEY_OK;
}

static void compress_own(const jn_study_cursor *cursor, jn_study_buffer *buffer, size_t width) {
  if (cursor->index) jn_study_compress(buffer->data, cursor->index, cursor->events, width, buffer->data);
}

/* ---- columns of the stream --------------------------------------------------------------------------------------- */

static journey_status take_times(jn_study_cursor *cursor, journey_error *err) {
  const jn_stream_columns *columns = cursor->study->columns;
  journey_batch *batch = &cursor->batch;
  const void *low;
  if (!(cursor->needs & JOURNEY_NEED_TIME)) return JOURNEY_OK;
  journey_status status = take_column(cursor, columns->time_low, 4, &cursor->time_low, &low, err);
  batch->time_low = low;
  if (status || !columns->time_high_width) return status;
  return take_column(cursor, columns->time_high, columns->time_high_width, &cursor->time_high, &batch->time_high, err);
}

static journey_status take_numbers(jn_study_cursor *cursor, const jn_stream_sparse *column, jn_study_buffer *buffer,
                                   const double **out, journey_error *err) {
  journey_status status = jn_study_cursor_room(cursor, buffer, cursor->raw, sizeof(double), err);
  if (status) return status;
  jn_study_dense(column, cursor->base, cursor->raw, buffer->data);
  compress_own(cursor, buffer, sizeof(double));
  *out = buffer->data;
  return JOURNEY_OK;
}

static journey_status take_value(jn_study_cursor *cursor, journey_error *err) {
  const jn_stream_sparse *value = &cursor->study->columns->value;
  if (!(cursor->needs & JOURNEY_NEED_VALUE) || !value->bits) return JOURNEY_OK;
  return take_numbers(cursor, value, &cursor->value, &cursor->batch.value, err);
}

static journey_status take_attributes(jn_study_cursor *cursor, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (uint32_t a = 0; !status && a < cursor->attributes; a++) {
    const jn_stream_attribute *attribute = &cursor->study->columns->attribute[cursor->attribute[a]];
    journey_attribute_column *column = &cursor->column[a];
    jn_study_buffer *buffer = &cursor->attribute_buffer[a];
    if (attribute->type == JOURNEY_ATTRIBUTE_NUMBER) {
      status = take_numbers(cursor, &attribute->number, buffer, &column->number, err);
    } else {
      status = take_column(cursor, attribute->code, attribute->width, buffer, &column->code.data, err);
    }
  }
  return status;
}

/* ---- columns of the study ---------------------------------------------------------------------------------------- */

static void fill_stages(const jn_study_cursor *cursor, const uint16_t *touchpoint, uint16_t *stage) {
  const uint16_t *of = cursor->study->touchpoint.stage;
  for (int64_t i = 0; i < cursor->events; i++) stage[i] = touchpoint[i] ? of[touchpoint[i] - 1] : 0;
}

static journey_status take_touchpoints(jn_study_cursor *cursor, journey_error *err) {
  uint32_t stages = cursor->needs & JOURNEY_NEED_STAGE;
  if (!stages && !(cursor->needs & JOURNEY_NEED_TOUCHPOINT)) return JOURNEY_OK;
  journey_status status = jn_study_cursor_room(cursor, &cursor->touchpoint, cursor->raw, sizeof(uint16_t), err);
  if (!status && stages) status = jn_study_cursor_room(cursor, &cursor->stage, cursor->raw, sizeof(uint16_t), err);
  if (status) return status;
  uint16_t *touchpoint = cursor->touchpoint.data;
  status = jn_study_touchpoints_of(&cursor->evaluator, cursor->base, cursor->raw, touchpoint, err);
  if (status) return status;
  compress_own(cursor, &cursor->touchpoint, sizeof(uint16_t));
  if (cursor->needs & JOURNEY_NEED_TOUCHPOINT) cursor->batch.touchpoint = touchpoint;
  if (!stages) return JOURNEY_OK;
  if (cursor->study->map)
    fill_stages(cursor, touchpoint, cursor->stage.data);
  else
    memset(cursor->stage.data, 0, (size_t)cursor->events * sizeof(uint16_t));
  cursor->batch.stage = cursor->stage.data;
  return JOURNEY_OK;
}

/* Sessions are cut where the customer did nothing at all for long, whatever the scope leaves out: the gaps count
 * between all events of the stream. Numbers rise within a customer; path.c closes the gaps that the scope leaves in
 * them. */
static void fill_sessions(const jn_study_cursor *cursor, uint32_t *session) {
  const jn_stream_columns *columns = cursor->study->columns;
  uint64_t gap = (uint64_t)cursor->study->scope.session_gap / (uint64_t)columns->time_unit;
  uint32_t number = 0;
  uint64_t before = jn_study_tick(columns, cursor->base);
  for (int64_t i = 0; i < cursor->raw; i++) {
    uint64_t tick = jn_study_tick(columns, cursor->base + i);
    number += tick - before > gap; /* from one customer to the next time may fall: that does not matter */
    before = tick;
    session[i] = number;
  }
}

/* The same for times of 32 bits. */
static void fill_narrow_sessions(const jn_study_cursor *cursor, uint32_t *session) {
  const jn_stream_columns *columns = cursor->study->columns;
  const uint32_t *tick = columns->time_low + cursor->base;
  uint64_t long_gap = (uint64_t)cursor->study->scope.session_gap / (uint64_t)columns->time_unit;
  uint32_t gap = long_gap > UINT32_MAX ? UINT32_MAX : (uint32_t)long_gap, number = 0;
  session[0] = 0;
  for (int64_t i = 1; i < cursor->raw; i++) session[i] = number += tick[i] - tick[i - 1] > gap;
}

static journey_status take_sessions(jn_study_cursor *cursor, journey_error *err) {
  if (cursor->study->scope.paths != JOURNEY_PATHS_OF_SESSIONS && !(cursor->needs & JOURNEY_NEED_SESSION)) {
    return JOURNEY_OK;
  }
  journey_status status = jn_study_cursor_room(cursor, &cursor->session, cursor->raw, sizeof(uint32_t), err);
  if (status) return status;
  if (cursor->study->columns->time_high_width)
    fill_sessions(cursor, cursor->session.data);
  else
    fill_narrow_sessions(cursor, cursor->session.data);
  compress_own(cursor, &cursor->session, sizeof(uint32_t));
  if (cursor->needs & JOURNEY_NEED_SESSION) cursor->batch.session = cursor->session.data;
  return JOURNEY_OK;
}

journey_status jn_study_fill_columns(jn_study_cursor *cursor, journey_error *err) {
  const jn_stream_columns *columns = cursor->study->columns;
  journey_status status =
      take_column(cursor, columns->code, columns->code_width, &cursor->code, &cursor->batch.event.data, err);
  if (!status) status = take_times(cursor, err);
  if (!status) status = take_value(cursor, err);
  if (!status) status = take_attributes(cursor, err);
  if (!status) status = take_touchpoints(cursor, err);
  if (!status) status = take_sessions(cursor, err);
  return status;
}
