/* A cursor's parts: the chunk it stands on (cursor.c), its columns (gather.c), paths (path.c), step codes (codes.c). */
#ifndef JN_STUDY_CURSOR_H
#define JN_STUDY_CURSOR_H

#include "study/internal.h"

/* Paths as the batch has them. */
typedef struct jn_study_paths {
  jn_study_buffer begin, end, customer, group;
  int64_t count;
} jn_study_paths;

/* Step codes of the chunk, for one set of steps. */
typedef struct jn_study_codes {
  const jn_study_steps *steps;
  int64_t chunk; /* the one they were made for */
  jn_study_buffer code, narrow, split, mask;
  uint32_t count;
  struct jn_study_codes *next;
} jn_study_codes;

struct jn_study_cursor {
  journey_study *study;
  int64_t first, last, at; /* customers: all [first, last), those behind the chunk begin at `at` */
  uint32_t needs;
  const uint32_t *attribute; /* of the stream */
  uint32_t attributes;
  jn_study_arena arena;
  jn_study_evaluator evaluator;

  /* the chunk */
  int64_t chunk;         /* its number, from 1 */
  int64_t base, raw;     /* its first event in the stream, and its events there */
  int64_t events;        /* that are handed out: all of them, or those in scope */
  const uint32_t *index; /* by event handed out: its place among the raw ones; NULL: all are handed out */
  jn_study_paths paths, sorted;
  int64_t *group_end; /* by group: the end of its paths among the sorted ones */
  uint32_t group;     /* whose batch comes next */

  journey_batch batch;
  journey_attribute_column *column; /* by attribute */
  jn_study_buffer keep, places, code, time_low, time_high, value, touchpoint, stage, session;
  jn_study_buffer *attribute_buffer;
  jn_study_codes *codes;
};

/* A buffer of the cursor. */
static inline journey_status jn_study_cursor_room(jn_study_cursor *cursor, jn_study_buffer *buffer, int64_t n,
                                                  size_t size, journey_error *err) {
  return jn_study_room(cursor->study->context, buffer, (size_t)n, size, err);
}

/* path.c: the customers' paths within the period, as places among the raw events of the chunk. */
journey_status jn_study_take_paths(jn_study_cursor *cursor, int64_t last, journey_error *err);
/* Leaves events out of the paths that `where` does not hold for, and makes the index of the others. */
journey_status jn_study_filter_paths(jn_study_cursor *cursor, journey_error *err);
/* Numbers sessions without gaps, and cuts the paths into them when the scope says so. */
journey_status jn_study_cut_sessions(jn_study_cursor *cursor, journey_error *err);
/* By group, stable. */
journey_status jn_study_sort_paths(jn_study_cursor *cursor, journey_error *err);
void jn_study_paths_free(jn_study_cursor *cursor, jn_study_paths *paths);

/* gather.c: the columns of the batch over the events that are handed out. */
journey_status jn_study_fill_columns(jn_study_cursor *cursor, journey_error *err);
/* out[i] = in[index[i]] for n items of `width` bytes; in place, too, as index[i] >= i. */
void jn_study_compress(const void *in, const uint32_t *index, int64_t n, size_t width, void *out);

/* codes.c */
void jn_study_codes_free(jn_study_cursor *cursor);

#endif
