/* Predicates and step patterns: what is refused and where, and what they mean, against a plain model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "study/study.h"
#include "study_model.h"

static journey_context *context;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* ---- what is refused --------------------------------------------------------------------------------------------- */

typedef struct refusal {
  const char *text;
  int offset;
  const char *message;
} refusal;

static const refusal predicates[] = {
    {"", 0, "expected a name, '!' or '(' at byte 0, found the end"},
    {"   ", 3, "expected a name, '!' or '(' at byte 3, found the end"},
    {"a=", 2, "expected a value at byte 2, found the end"},
    {"a = & b", 4, "expected a value at byte 4, found '&'"},
    {"= 5", 0, "expected a name, '!' or '(' at byte 0, found '='"},
    {"a b", 2, "expected '&', '|' or the end at byte 2, found 'b'"},
    {"country=United States", 15, "expected '&', '|' or the end at byte 15, found 'States'"},
    {"(a", 2, "expected '&', '|' or ')' at byte 2, found the end"},
    {"a)", 1, "expected '&', '|' or the end at byte 1, found ')'"},
    {"()", 1, "expected a name, '!' or '(' at byte 1, found ')'"},
    {"a=1 &", 5, "expected a name, '!' or '(' at byte 5, found the end"},
    {"a=1 & | b", 6, "expected a name, '!' or '(' at byte 6, found '|'"},
    {"and", 0, "expected a name, '!' or '(' at byte 0, found 'and'"},
    {"a in", 4, "expected '(' after in at byte 4, found the end"},
    {"a in b", 5, "expected '(' after in at byte 5, found 'b'"},
    {"a in ()", 6, "expected a value of the list at byte 6, found ')'"},
    {"a in (b c)", 8, "expected ',' or ')' in the list at byte 8, found 'c'"},
    {"a in (b,", 8, "expected a value of the list at byte 8, found the end"},
    {"a not b", 6, "expected in after not at byte 6, found 'b'"},
    {"a='x", 2, "no closing ' for the one at byte 2"},
    {"a=\"x'", 2, "no closing \" for the one at byte 2"},
    {"a=1]", 3, "expected '&', '|' or the end at byte 3, found ']'"},
    {"[a]", 0, "expected a name, '!' or '(' at byte 0, found '['"},
    {"a=\xff", 2, "invalid UTF-8 at byte 2"},
    {"!", 1, "expected a name, '!' or '(' at byte 1, found the end"},
};

static const refusal steps[] = {
    {"", 0, "expected an event name at byte 0, found the end"},
    {"a,", 2, "expected an event name at byte 2, found the end"},
    {"a,,b", 2, "expected an event name at byte 2, found ','"},
    {"a||b", 2, "expected an event name at byte 2, found '|'"},
    {"a[", 2, "expected a name, '!' or '(' at byte 2, found the end"},
    {"a[]", 2, "expected a name, '!' or '(' at byte 2, found ']'"},
    {"a[b=1", 5, "expected '&', '|' or ']' at byte 5, found the end"},
    {"a[b=1)]", 5, "expected '&', '|' or ']' at byte 5, found ')'"},
    {"a]", 1, "expected ',', '|', '[' or the end at byte 1, found ']'"},
    {"a[b] c", 5, "expected ',', '|', '[' or the end at byte 5, found 'c'"},
    {"'a' b", 4, "expected ',', '|', '[' or the end at byte 4, found 'b'"},
    {"'a", 0, "no closing ' for the one at byte 0"},
    {"x := ", 5, "expected an event name at byte 5, found the end"},
    {":= x", 0, "expected an event name at byte 0, found ':'"},
    {"x := y := z", 7, "expected ',', '|', '[' or the end at byte 7, found ':'"},
    {"a, b, c, d", 8, "more than 3 steps"},
};

static void check_refusal(const refusal *expected, journey_status status, const journey_error *err) {
  ck_assert_msg(status == JOURNEY_EPARSE, "%s: status %d", expected->text, status);
  ck_assert_str_eq(err->message, expected->message);
  ck_assert_msg(err->offset == expected->offset, "%s: offset %d", expected->text, (int)err->offset);
}

START_TEST(refused) {
  journey_error err;
  for (size_t i = 0; i < sizeof predicates / sizeof *predicates; i++) {
    check_refusal(&predicates[i], jn_study_check_predicate(context, predicates[i].text, &err), &err);
  }
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    check_refusal(&steps[i], jn_study_check_steps(context, steps[i].text, 3, &err), &err);
  }
}
END_TEST

static char *repeat(const char *s, size_t times, const char *end) {
  size_t n = strlen(s);
  char *text = malloc(n * times + strlen(end) + 1);
  for (size_t i = 0; i < times; i++) memcpy(text + i * n, s, n);
  strcpy(text + n * times, end);
  return text;
}

static void check_long(const char *s, size_t times, const char *end, bool of_steps, journey_status expected) {
  char *text = repeat(s, times, end);
  journey_error err;
  journey_status status =
      of_steps ? jn_study_check_steps(context, text, 64, &err) : jn_study_check_predicate(context, text, &err);
  ck_assert_msg(status == expected, "%zu times %s: %d, %s", times, s, status, status ? err.message : "");
  free(text);
}

START_TEST(limits) {
  check_long("(", 64, "a))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))", false, JOURNEY_OK);
  check_long("(", 65, "a", false, JOURNEY_EPARSE);
  check_long("!(a&b|", 64, "!c)", false, JOURNEY_EPARSE);
  check_long("!", 60000, "a", false, JOURNEY_OK);
  check_long("!", 60000, "", false, JOURNEY_EPARSE);
  check_long("a|", 30000, "a", false, JOURNEY_OK);
  check_long("a", 65535, "", false, JOURNEY_OK);
  check_long("a", 65536, "", false, JOURNEY_EPARSE);
  check_long("a,", 63, "a", true, JOURNEY_OK);
  check_long("a,", 64, "a", true, JOURNEY_EPARSE);
  check_long("a|", 30000, "a", true, JOURNEY_OK);
  check_long("*|", 255, "*", true, JOURNEY_OK);
  check_long("*|", 256, "*", true, JOURNEY_EPARSE);
  check_long("*", 1024, "", true, JOURNEY_OK);
  check_long("*", 1025, "", true, JOURNEY_EPARSE);
  check_long("[", 60000, "", true, JOURNEY_EPARSE);
}
END_TEST

/* ---- what they mean ---------------------------------------------------------------------------------------------- */

/* Which events a scope lets through, in the stream's order, as the number of each customer's events. */
static void check_filter(const model *m, const model_map *map, const char *text, const model_tree *tree) {
  journey_study_options options = {.struct_size = sizeof options, .where = text};
  journey_study *study;
  journey_error err;
  jn_study_cursor *cursor;
  const journey_batch *batch;
  uint32_t group;
  journey_status status = journey_study_new(m->stream, map->map, &options, &study, &err);
  ck_assert_msg(status == JOURNEY_OK, "%s: %s", text, err.message);
  int next = 0;
  ck_assert_int_eq(jn_study_cursor_new(study, 0, m->customers, JOURNEY_NEED_TIME, NULL, 0, &cursor, NULL), JOURNEY_OK);
  while (!jn_study_next(cursor, &batch, &group, NULL) && batch) {
    for (int64_t i = 0; i < batch->end[batch->paths - 1]; i++) {
      while (next < m->events && !model_holds(tree, &m->event[next])) next++;
      if (next == m->events) ck_abort_msg("%s: too many events", text);
      const char *name = jn_study_events(study)->name[journey_codes_at(&batch->event, i)];
      const model_event *event = &m->event[next++];
      if (journey_batch_time(batch, i) == event->time && !strcmp(name, model_names[event->name])) continue;
      ck_abort_msg("%s: not event %d", text, next - 1);
    }
  }
  while (next < m->events && !model_holds(tree, &m->event[next])) next++;
  ck_assert_msg(next == m->events, "%s: too few events: event %d is missing", text, next);
  jn_study_cursor_free(cursor);
  journey_study_free(study);
}

START_TEST(random_predicates) {
  for (int round = 0; round < 20; round++) {
    model_random random = {.state = (uint64_t)round};
    model m;
    model_map map;
    model_new(&m, context, &random, 1 + model_below(&random, round % 5 ? 100 : 9000), 12, round % MODEL_TIMES);
    model_map_new(&map, &m, context, &random);
    for (int i = 0; i < (round % 5 ? 200 : 20); i++) {
      model_tree *tree = model_tree_new(&random, i % 5, true);
      char *text = model_tree_text(tree, &random);
      check_filter(&m, &map, text, tree);
      free(text);
      model_tree_free(tree);
    }
    model_map_free(&map);
    model_free(&m);
  }
}
END_TEST

/* Wrong for these events, though its grammar is right. */
START_TEST(refused_by_stream) {
  static const struct {
    const char *where;
    journey_status status;
    int offset;
    const char *message;
  } wrong[] = {
      {"planet=5", JOURNEY_ENOTFOUND, 0, "where: the events have no attribute 'planet' (byte 0)"},
      {"event=view & 'event'=x", JOURNEY_ENOTFOUND, 13, "where: the events have no attribute 'event' (byte 13)"},
      {"value=DE", JOURNEY_EPARSE, 6, "where: expected a number for value at byte 6, found 'DE'"},
      {"score in (1, b)", JOURNEY_EPARSE, 13, "where: expected a number for score at byte 13, found 'b'"},
      {"value ~ 5", JOURNEY_EPARSE, 0, "where: ~ matches texts, but value is a number"},
      {"time ~ 2024*", JOURNEY_EPARSE, 0, "where: ~ matches texts, but time is a time"},
      {"time > yesterday", JOURNEY_EPARSE, 7, "where: expected a time for time at byte 7, found 'yesterday'"},
      {"country=DE &", JOURNEY_EPARSE, 12, "where: expected a name, '!' or '(' at byte 12, found the end"},
  };
  model_random random = {.state = 7};
  model m;
  model_new(&m, context, &random, 200, 5, MODEL_MINUTES);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    journey_study_options options = {.struct_size = sizeof options, .where = wrong[i].where};
    journey_study *study = (void *)&options;
    journey_error err;
    ck_assert_int_eq(journey_study_new(m.stream, NULL, &options, &study, &err), wrong[i].status);
    ck_assert_ptr_null(study);
    ck_assert_str_eq(err.message, wrong[i].message);
    ck_assert_int_eq(err.offset, wrong[i].offset);
  }
  model_free(&m);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static journey_status parse_both(journey_context *small, void *arg) {
  (void)arg;
  journey_status status = jn_study_check_predicate(small, "a=1 & (b in (2, '3') | !c ~ 'x*')", NULL);
  return status ? status : jn_study_check_steps(small, "a|'b c'[value>5], x := *_y[z]", 64, NULL);
}

START_TEST(no_memory) { alloc_loop(parse_both, NULL); }
END_TEST

Suite *predicate_suite(void);

Suite *predicate_suite(void) {
  Suite *suite = suite_create("predicate");
  TCase *tests = tcase_create("predicate");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, refused);
  tcase_add_test(tests, limits);
  tcase_add_test(tests, random_predicates);
  tcase_add_test(tests, refused_by_stream);
  tcase_add_test(tests, no_memory);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(predicate_suite()); }
