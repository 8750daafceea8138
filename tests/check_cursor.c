/* Cursors in several threads, studies whose memory runs out, options that are refused, and work that is cancelled. */
#include <pthread.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "study/study.h"
#include "study_model.h"

/* ---- threads ----------------------------------------------------------------------------------------------------- */

typedef struct walk {
  journey_study *study;
  jn_study_steps *steps;
  int64_t first, last, events, hits;
} walk;

static void *run_walk(void *arg) {
  walk *w = arg;
  jn_study_cursor *cursor;
  const journey_batch *batch;
  uint32_t group;
  if (!jn_study_auto_steps(w->study)) return NULL;
  if (jn_study_cursor_new(w->study, w->first, w->last, JOURNEY_NEED_TOUCHPOINT | JOURNEY_NEED_SESSION, NULL, 0, &cursor,
                          NULL))
    return NULL;
  while (!jn_study_next(cursor, &batch, &group, NULL) && batch) {
    journey_codes codes;
    const uint64_t *mask;
    if (jn_study_step_codes(cursor, w->steps, &codes, &mask, NULL)) break;
    for (int64_t p = 0; p < batch->paths; p++) {
      w->events += batch->end[p] - batch->begin[p];
      for (int64_t i = batch->begin[p]; i < batch->end[p]; i++) w->hits += mask[journey_codes_at(&codes, i)] != 0;
    }
  }
  jn_study_cursor_free(cursor);
  return w;
}

static void walk_in(int threads, journey_study *study, jn_study_steps *steps, int64_t *events, int64_t *hits) {
  int64_t cut[8];
  walk w[7];
  pthread_t thread[7];
  jn_study_cut(study, threads, cut);
  *events = *hits = 0;
  for (int t = 0; t < threads; t++) {
    w[t] = (walk){study, steps, cut[t], cut[t + 1], 0, 0};
    ck_assert_int_eq(pthread_create(&thread[t], NULL, run_walk, &w[t]), 0);
  }
  for (int t = 0; t < threads; t++) {
    void *result;
    pthread_join(thread[t], &result);
    ck_assert_ptr_nonnull(result);
    *events += w[t].events;
    *hits += w[t].hits;
  }
}

START_TEST(threads) {
  journey_context *context;
  model_random random = {.state = 5};
  model m;
  model_map map;
  journey_study_options options = {
      .struct_size = sizeof options, .where = "country != FR & touchpoint", .by = "country"};
  journey_study *study;
  jn_study_steps *steps;
  int64_t events[3], hits[3];
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  model_new(&m, context, &random, 20000, 300, MODEL_MINUTES);
  model_map_new(&map, &m, context, &random);
  ck_assert_int_eq(journey_study_new(m.stream, map.map, &options, &study, NULL), JOURNEY_OK);
  jn_study_set_chunk(study, 500);
  ck_assert_int_eq(jn_study_steps_new(study, "view[value>0]|cart[touchpoint=t1]", 64, &steps, NULL), JOURNEY_OK);
  walk_in(1, study, steps, &events[0], &hits[0]);
  walk_in(2, study, steps, &events[1], &hits[1]);
  walk_in(7, study, steps, &events[2], &hits[2]);
  for (int i = 1; i < 3; i++) ck_assert(events[i] == events[0] && hits[i] == hits[0]);
  jn_study_steps_free(steps);
  journey_study_free(study);
  model_map_free(&map);
  model_free(&m);
  journey_context_free(context);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static journey_status walk_all(journey_study *study) {
  jn_study_steps *steps;
  jn_study_cursor *cursor;
  const journey_batch *batch;
  uint32_t group;
  journey_status status = jn_study_steps_new(study, "a[value>0], b|c[country=DE & time>2000-01-01]", 64, &steps, NULL);
  if (status) return status;
  status = jn_study_cursor_new(study, 0, 3, 31, &(uint32_t){0}, 1, &cursor, NULL);
  if (!status) {
    status = jn_study_next(cursor, &batch, &group, NULL);
    while (!status && batch) {
      journey_codes codes;
      const uint64_t *mask;
      status = jn_study_step_codes(cursor, steps, &codes, &mask, NULL);
      if (!status) status = jn_study_next(cursor, &batch, &group, NULL);
    }
    jn_study_cursor_free(cursor);
  }
  jn_study_steps_free(steps);
  if (status) return status;
  return jn_study_auto_steps(study) && jn_study_attribute_names(study, 0) ? JOURNEY_OK : JOURNEY_ENOMEM;
}

static journey_status add_event(journey_builder *builder, const char *customer, const char *name, int64_t time) {
  journey_attribute attribute[] = {{"country", 7, "DE", 2, 0}, {"score", 5, NULL, 0, (double)time / 2}};
  journey_event e = {.struct_size = sizeof e,
                     .customer = customer,
                     .customer_length = 1,
                     .name = name,
                     .name_length = 1,
                     .time = time,
                     .value = (double)time,

                     .attributes = attribute,
                     .attribute_count = 2};
  return journey_builder_add(builder, &e, NULL);
}

static journey_status make_stream(journey_context *small, journey_stream **out) {
  journey_builder *builder;
  journey_status status = journey_builder_new(small, &builder, NULL);
  if (status) return status;
  for (int i = 0; !status && i < 6; i++) status = add_event(builder, &"xyz"[i % 3], &"abc"[i / 2], i);
  if (!status) status = journey_builder_finish(builder, out, NULL);
  journey_builder_free(builder);
  return status;
}

static journey_status set_text(journey_map *map, const char *kind, const char *id, const char *field,
                               const char *text) {
  journey_element *made;
  journey_status status = journey_map_add(map, kind, id, &made, NULL);
  return status ? status : journey_element_set_text(made, field, text, NULL);
}

static journey_status make_map(journey_context *small, journey_map **out) {
  journey_status status = journey_map_new(small, out, NULL);
  if (status) return status;
  status = set_text(*out, "persona", "p", "rule", "country=DE");
  if (!status) status = set_text(*out, "touchpoint", "t", "events", "a|b[value>1]");
  if (!status) status = set_text(*out, "stage", "s", "name", "S");
  if (!status) return JOURNEY_OK;
  journey_map_free(*out);
  return status;
}

static journey_status study_all(journey_context *small, void *arg) {
  journey_stream *stream;
  journey_map *map;
  journey_study *study;
  journey_status status = make_stream(small, &stream);
  if (status) return status;
  status = make_map(small, &map);
  if (!status) {
    status = journey_study_new(stream, map, arg, &study, NULL);
    if (!status) {
      status = walk_all(study);
      journey_study_free(study);
    }
    journey_map_free(map);
  }
  journey_stream_free(stream);
  return status;
}

START_TEST(no_memory) {
  journey_study_options options[] = {
      {.struct_size = sizeof *options, .where = "value>=0 | touchpoint=t", .by = "persona", .zone = "+02:00"},
      {.struct_size = sizeof *options, .customers = "event in (a, b)", .by = "country:last", .from = "1970-01-01"},
      {.struct_size = sizeof *options, .paths = JOURNEY_PATHS_OF_SESSIONS, .to = "2000-01-01", .session_gap = 1},
      {.struct_size = sizeof *options, .by = "score"},
  };
  for (int i = 0; i < 4; i++) alloc_loop(study_all, &options[i]);
}
END_TEST

/* ---- options ----------------------------------------------------------------------------------------------------- */

static journey_status try_options(journey_context *context, const journey_study_options *options, journey_error *err) {
  journey_stream *stream;
  journey_study *study;
  ck_assert_int_eq(make_stream(context, &stream), JOURNEY_OK);
  journey_status status = journey_study_new(stream, NULL, options, &study, err);
  if (status) ck_assert_ptr_null(study);
  journey_study_free(study);
  journey_stream_free(stream);
  return status;
}

START_TEST(refused_options) {
  const struct {
    journey_study_options options;
    journey_status status;
    const char *message;
  } wrong[] = {
      {{.paths = 2}, JOURNEY_EINVAL, "paths: unknown kind 2"},
      {{.session_gap = -1}, JOURNEY_EINVAL, "session_gap: less than nothing"},
      {{.confidence = 1}, JOURNEY_EINVAL, "confidence: not between 0 and 1"},
      {{.confidence = __builtin_nan("")}, JOURNEY_EINVAL, "confidence: not between 0 and 1"},
      {{.by = "persona"}, JOURNEY_EINVAL, "by: persona needs a map"},
      {{.by = "planet"}, JOURNEY_ENOTFOUND, "by: the events have no attribute 'planet'"},
      {{.by = "country:middle"}, JOURNEY_ENOTFOUND, "by: the events have no attribute 'country:middle'"},
      {{.by = "'country':middle"}, JOURNEY_EPARSE, "by: expected :first, :last or the end, found ':middle'"},
      {{.by = "'country"}, JOURNEY_EPARSE, "by: no closing ' for the one at byte 0"},
      {{.from = "2024-01-02", .to = "2024-01-01"}, JOURNEY_EINVAL, "from: '2024-01-02' is not before to: '2024-01-01'"},
      {{.from = "soon"}, JOURNEY_EPARSE, NULL},
      {{.zone = "Nowhere/Town"}, JOURNEY_ENOTFOUND, NULL},
  };
  journey_context *context;
  journey_error err;
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    journey_study_options options = wrong[i].options;
    options.struct_size = sizeof options;
    ck_assert_int_eq(try_options(context, &options, &err), wrong[i].status);
    if (wrong[i].message) ck_assert_str_eq(err.message, wrong[i].message);
  }
  journey_context_free(context);
}
END_TEST

/* A date alone as the end is the whole day of the study's zone. */
START_TEST(period) {
  journey_study_options options = {
      .struct_size = sizeof options, .from = "2024-03-31", .to = "2024-03-31", .zone = "+02:00"};
  int64_t first, last, midnight = INT64_C(1711836000000000); /* 2024-03-30T22:00Z */
  journey_context *context;
  journey_stream *stream;
  journey_study *study;
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(make_stream(context, &stream), JOURNEY_OK);
  ck_assert_int_eq(journey_study_new(stream, NULL, &options, &study, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_study_time_range(study, &first, &last), JOURNEY_OK);
  ck_assert_int_eq(first, midnight);
  ck_assert_int_eq(last, midnight + INT64_C(86400000000) - 1);
  journey_study_free(study);
  journey_stream_free(stream);
  journey_context_free(context);
}
END_TEST

START_TEST(cancelled) {
  journey_study_options options = {.struct_size = sizeof options, .by = "country"};
  journey_context *context;
  journey_stream *stream;
  journey_study *study;
  jn_study_cursor *cursor;
  const journey_batch *batch;
  uint32_t group;
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(make_stream(context, &stream), JOURNEY_OK);
  ck_assert_int_eq(journey_study_new(stream, NULL, NULL, &study, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_study_cursor_new(study, 0, 3, 0, NULL, 0, &cursor, NULL), JOURNEY_OK);
  journey_context_cancel(context, 1);
  ck_assert_int_eq(jn_study_next(cursor, &batch, &group, NULL), JOURNEY_ECANCELLED);
  ck_assert_ptr_null(batch);
  jn_study_cursor_free(cursor);
  journey_study_free(study);
  ck_assert_int_eq(journey_study_new(stream, NULL, &options, &study, NULL), JOURNEY_ECANCELLED);
  journey_stream_free(stream);
  journey_context_free(context);
}
END_TEST

Suite *cursor_suite(void);

Suite *cursor_suite(void) {
  Suite *suite = suite_create("cursor");
  TCase *tests = tcase_create("cursor");
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, threads);
  tcase_add_test(tests, no_memory);
  tcase_add_test(tests, refused_options);
  tcase_add_test(tests, period);
  tcase_add_test(tests, cancelled);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(cursor_suite()); }
