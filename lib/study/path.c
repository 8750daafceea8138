/* The paths of a chunk: taken from the stream, filtered, cut into sessions, sorted by group. */
#include <string.h>

#include "study/cursor.h"

static journey_status take_room(jn_study_cursor *cursor, jn_study_paths *paths, int64_t n, journey_error *err) {
  journey_status status = jn_study_cursor_room(cursor, &paths->begin, n, sizeof(int64_t), err);
  if (!status) status = jn_study_cursor_room(cursor, &paths->end, n, sizeof(int64_t), err);
  if (!status) status = jn_study_cursor_room(cursor, &paths->customer, n, sizeof(uint32_t), err);
  if (!status) status = jn_study_cursor_room(cursor, &paths->group, n, sizeof(uint16_t), err);
  return status;
}

void jn_study_paths_free(jn_study_cursor *cursor, jn_study_paths *paths) {
  jn_study_buffer *const buffers[] = {&paths->begin, &paths->end, &paths->customer, &paths->group};
  for (size_t i = 0; i < 4; i++) jn_study_room_free(cursor->study->context, buffers[i]);
}

static inline void put(jn_study_paths *paths, int64_t at, int64_t begin, int64_t end, uint32_t customer,
                       uint16_t group) {
  ((int64_t *)paths->begin.data)[at] = begin;
  ((int64_t *)paths->end.data)[at] = end;
  ((uint32_t *)paths->customer.data)[at] = customer;
  ((uint16_t *)paths->group.data)[at] = group;
}

journey_status jn_study_take_paths(jn_study_cursor *cursor, int64_t last, journey_error *err) {
  const journey_study *study = cursor->study;
  const int64_t *offset = study->columns->offset;
  jn_study_paths *paths = &cursor->paths;
  journey_status status = take_room(cursor, paths, last - cursor->at, err);
  if (status) return status;
  int64_t count = 0;
  for (int64_t c = cursor->at; c < last; c++) {
    uint16_t group = study->group ? study->group[c] : 0;
    int64_t begin = offset[c], end = offset[c + 1];
    if (group == JN_STUDY_OUT) continue;
    jn_study_narrow(study, &begin, &end);
    if (begin == end) continue;
    put(paths, count++, begin - cursor->base, end - cursor->base, (uint32_t)c, group);
  }
  paths->count = count;
  return JOURNEY_OK;
}

/* Writes the places of [begin, end) that are kept, and returns how many. Without a branch: they are hard to guess. */
static int64_t keep_places(const uint8_t *keep, int64_t begin, int64_t end, uint32_t *places) {
  int64_t n = 0;
  for (int64_t i = begin; i < end; i++) {
    places[n] = (uint32_t)i;
    n += keep[i];
  }
  return n;
}

journey_status jn_study_filter_paths(jn_study_cursor *cursor, journey_error *err) {
  jn_study_paths *paths = &cursor->paths;
  int64_t *begin = paths->begin.data, *end = paths->end.data, events = 0, count = 0;
  const uint32_t *customer = paths->customer.data;
  const uint16_t *group = paths->group.data;
  if (cursor->raw > UINT32_MAX) return jn_base_fail(err, JOURNEY_ELIMIT, "where: a path of 2^32 events or more");
  journey_status status = jn_study_cursor_room(cursor, &cursor->keep, cursor->raw, 1, err);
  if (!status) status = jn_study_cursor_room(cursor, &cursor->places, cursor->raw + 1, sizeof(uint32_t), err);
  if (status) return status;
  status =
      jn_study_evaluate(&cursor->evaluator, &cursor->study->where, cursor->base, cursor->raw, cursor->keep.data, err);
  uint32_t *places = cursor->places.data;
  for (int64_t p = 0; !status && p < paths->count; p++) {
    int64_t n = keep_places(cursor->keep.data, begin[p], end[p], places + events);
    if (n) put(paths, count++, events, events + n, customer[p], group[p]);
    events += n;
  }
  paths->count = count;
  cursor->events = events;
  cursor->index = places;
  return status;
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

/* The numbers within [begin, end) rise; afterwards they do so by one, from 0. Returns how many there are. */
static uint32_t renumber(uint32_t *session, int64_t begin, int64_t end) {
  uint32_t number = 0, before = session[begin];
  for (int64_t i = begin; i < end; i++) {
    number += session[i] != before;
    before = session[i];
    session[i] = number;
  }
  return number + 1;
}

static void cut(const jn_study_paths *from, int64_t p, const uint32_t *session, jn_study_paths *to) {
  int64_t begin = ((const int64_t *)from->begin.data)[p], end = ((const int64_t *)from->end.data)[p];
  uint32_t customer = ((const uint32_t *)from->customer.data)[p];
  uint16_t group = ((const uint16_t *)from->group.data)[p];
  for (int64_t i = begin + 1; i < end; i++) {
    if (session[i] == session[i - 1]) continue;
    put(to, to->count++, begin, i, customer, group);
    begin = i;
  }
  put(to, to->count++, begin, end, customer, group);
}

journey_status jn_study_cut_sessions(jn_study_cursor *cursor, journey_error *err) {
  jn_study_paths *paths = &cursor->paths, *pieces = &cursor->sorted;
  const int64_t *begin = paths->begin.data, *end = paths->end.data;
  int64_t count = 0;
  for (int64_t p = 0; p < paths->count; p++) count += renumber(cursor->session.data, begin[p], end[p]);
  if (cursor->study->scope.paths != JOURNEY_PATHS_OF_SESSIONS) return JOURNEY_OK;
  journey_status status = take_room(cursor, pieces, count, err);
  if (status) return status;
  pieces->count = 0;
  for (int64_t p = 0; p < paths->count; p++) cut(paths, p, cursor->session.data, pieces);
  jn_study_paths swap = *paths;
  *paths = *pieces;
  *pieces = swap;
  return JOURNEY_OK;
}

/* ---- groups ------------------------------------------------------------------------------------------------------ */

journey_status jn_study_sort_paths(jn_study_cursor *cursor, journey_error *err) {
  jn_study_paths *from = &cursor->paths, *to = &cursor->sorted;
  uint32_t groups = cursor->study->groups.count;
  int64_t *next = cursor->group_end, sum = 0;
  if (!cursor->study->group) {
    *next = from->count;
    return JOURNEY_OK;
  }
  journey_status status = take_room(cursor, to, from->count, err);
  if (status) return status;
  const uint16_t *group = from->group.data;
  memset(next, 0, groups * sizeof *next);
  for (int64_t p = 0; p < from->count; p++) next[group[p]]++;
  for (uint32_t g = 0; g < groups; g++) {
    int64_t n = next[g];
    next[g] = sum;
    sum += n;
  }
  for (int64_t p = 0; p < from->count; p++) {
    put(to, next[group[p]]++, ((int64_t *)from->begin.data)[p], ((int64_t *)from->end.data)[p],
        ((uint32_t *)from->customer.data)[p], group[p]);
  }
  to->count = from->count;
  return JOURNEY_OK; /* where each group began is now where it ends */
}
