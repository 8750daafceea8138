/* Walks over customers in chunks, and hands out each chunk as one batch a group. */
#include <string.h>

#include "study/cursor.h"

static void free_buffers(jn_study_cursor *cursor) {
  journey_context *context = cursor->study->context;
  jn_study_buffer *const buffers[] = {&cursor->keep,     &cursor->places,     &cursor->code,
                                      &cursor->time_low, &cursor->time_high,  &cursor->value,
                                      &cursor->stage,    &cursor->touchpoint, &cursor->session};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) jn_study_room_free(context, buffers[i]);
  if (!cursor->attribute_buffer) return;
  for (uint32_t a = 0; a < cursor->attributes; a++) jn_study_room_free(context, &cursor->attribute_buffer[a]);
}

void jn_study_cursor_free(jn_study_cursor *cursor) {
  if (!cursor) return;
  journey_study *study = cursor->study;
  free_buffers(cursor);
  jn_study_codes_free(cursor);
  jn_study_paths_free(cursor, &cursor->paths);
  jn_study_paths_free(cursor, &cursor->sorted);
  jn_study_evaluator_free(&cursor->evaluator);
  jn_study_give_back(&cursor->arena);
  jn_base_free(study->context, cursor, 1, sizeof *cursor);
  journey_study_free(study);
}

static journey_status check_needs(const jn_study_cursor *cursor, journey_error *err) {
  const journey_study *study = cursor->study;
  if (!(cursor->needs & JOURNEY_NEED_TOUCHPOINT) || study->map || study->events.count <= 65534) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_ELIMIT, "%u event names are too many touchpoints: without a map at most 65534",
                      (unsigned)study->events.count);
}

static journey_status take_lists(jn_study_cursor *cursor, const uint32_t *attribute, journey_error *err) {
  uint32_t n = cursor->attributes;
  uint32_t *copy = jn_study_take(&cursor->arena, n, sizeof *copy);
  cursor->column = jn_study_take(&cursor->arena, n, sizeof *cursor->column);
  cursor->attribute_buffer = jn_study_take(&cursor->arena, n, sizeof *cursor->attribute_buffer);
  cursor->group_end = jn_study_take(&cursor->arena, cursor->study->groups.count, sizeof *cursor->group_end);
  if (!copy || !cursor->column || !cursor->attribute_buffer || !cursor->group_end) return jn_base_no_memory(err);
  if (n) memcpy(copy, attribute, n * sizeof *copy);
  cursor->attribute = copy;
  cursor->batch.attribute = n ? cursor->column : NULL;
  return JOURNEY_OK;
}

static void fill_constants(jn_study_cursor *cursor) {
  const jn_stream_columns *columns = cursor->study->columns;
  journey_batch *batch = &cursor->batch;
  batch->struct_size = sizeof *batch;
  batch->event.width = columns->code_width;
  batch->event.count = cursor->study->events.count;
  batch->time_high_width = columns->time_high_width;
  batch->time_base = columns->time_base;
  batch->time_unit = columns->time_unit;
  for (uint32_t a = 0; a < cursor->attributes; a++) {
    const jn_stream_attribute *attribute = &columns->attribute[cursor->attribute[a]];
    if (attribute->type == JOURNEY_ATTRIBUTE_NUMBER) continue;
    cursor->column[a].code.width = attribute->width;
    cursor->column[a].code.count = jn_base_dictionary_count(attribute->names) + 1;
  }
}

journey_status jn_study_cursor_new(journey_study *study, int64_t first, int64_t last, uint32_t needs,
                                   const uint32_t *attribute, uint32_t attributes, jn_study_cursor **out,
                                   journey_error *err) {
  *out = NULL;
  jn_study_cursor *cursor = jn_base_zalloc(study->context, 1, sizeof *cursor);
  if (!cursor) return jn_base_no_memory(err);
  cursor->study = journey_study_ref(study);
  cursor->arena.context = study->context;
  cursor->evaluator.study = study;
  cursor->first = cursor->at = first;
  cursor->last = last;
  cursor->needs = needs;
  cursor->attributes = attributes;
  cursor->group = study->groups.count; /* nothing is left of the chunk before the first */
  journey_status status = check_needs(cursor, err);
  if (!status) status = take_lists(cursor, attribute, err);
  if (status) {
    jn_study_cursor_free(cursor);
    return status;
  }
  fill_constants(cursor);
  *out = cursor;
  return JOURNEY_OK;
}

static journey_status load_chunk(jn_study_cursor *cursor, journey_error *err) {
  const journey_study *study = cursor->study;
  const int64_t *offset = study->columns->offset;
  int64_t last = jn_study_chunk_end(study, cursor->at, cursor->last);
  journey_status status = jn_base_cancelled(study->context, err);
  if (status) return status;
  cursor->chunk++;
  cursor->base = offset[cursor->at];
  cursor->events = cursor->raw = offset[last] - cursor->base;
  cursor->index = NULL;
  status = jn_study_take_paths(cursor, last, err);
  cursor->at = last;
  if (status || !cursor->paths.count) return status;
  if (study->filtered) status = jn_study_filter_paths(cursor, err);
  if (status || !cursor->paths.count) return status;
  status = jn_study_fill_columns(cursor, err);
  if (!status && cursor->session.data) status = jn_study_cut_sessions(cursor, err);
  if (!status) status = jn_study_sort_paths(cursor, err);
  if (!status) cursor->group = 0;
  return status;
}

static void point_batch(jn_study_cursor *cursor, uint32_t group) {
  const jn_study_paths *paths = cursor->study->group ? &cursor->sorted : &cursor->paths;
  int64_t first = group ? cursor->group_end[group - 1] : 0;
  journey_batch *batch = &cursor->batch;
  batch->paths = cursor->group_end[group] - first;
  batch->begin = (const int64_t *)paths->begin.data + first;
  batch->end = (const int64_t *)paths->end.data + first;
  batch->customer = (const uint32_t *)paths->customer.data + first;
}

journey_status jn_study_next(jn_study_cursor *cursor, const journey_batch **batch, uint32_t *group,
                             journey_error *err) {
  uint32_t groups = cursor->study->groups.count;
  *batch = NULL;
  for (;;) {
    for (; cursor->group < groups; cursor->group++) {
      point_batch(cursor, cursor->group);
      if (!cursor->batch.paths) continue;
      *group = cursor->group++;
      *batch = &cursor->batch;
      return JOURNEY_OK;
    }
    if (cursor->at >= cursor->last) return JOURNEY_OK;
    journey_status status = load_chunk(cursor, err);
    if (status) return status;
  }
}

int64_t jn_study_cursor_done(const jn_study_cursor *cursor) { return cursor->at - cursor->first; }
