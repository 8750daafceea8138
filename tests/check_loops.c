/* The calculator loops against its rules, written as plain loops over small random paths; and its identities. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "journey/stat.h"
#include "metric_model.h"

enum { CUSTOMERS = 30, MOST_PATH = 16, ROUNDS = 12, MOST_FOUND = 2000, STEPS = 4 };
static const int64_t GAP = 1800 * INT64_C(1000000);

/* "home;list|item;cart|home;pay": home is on the first and on the third, of which the last counts. */
static const char *const step_names[STEPS] = {"home", "list|item", "cart|home", "pay"};
static const int step_of[PLAIN_NAMES] = {2, 1, 1, 2, 3, -1, -1, -1};

static journey_context *context;
static model_random random_numbers;
static plain_events events;
static plain_event path[CUSTOMERS][MOST_PATH];
static int length[CUSTOMERS];

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static void new_round(int round, int64_t tick) {
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = 3 + round % (MOST_PATH - 2),
                       .names = 2 + round % 7,
                       .ticks = 2 + round * 4,
                       .tick = tick,
                       .base = INT64_C(1700000000000000)};
  random_numbers.state = 4000 + (uint64_t)round;
  plain_new(&events, &random_numbers, &shape);
  for (int c = 0; c < CUSTOMERS; c++) length[c] = plain_path(&events, c, path[c]);
}

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * fabs(a) + 1e-12; }

/* ---- the rules ----------------------------------------------------------------------------------------------------- */

typedef struct rules {
  bool collapse, sessions, steps;
  int longest, goal; /* the name that is the goal, and the one after it */
} rules;

typedef struct found {
  char kind[16], text[160];
  int64_t count, customers, before, converted;
  int last;
  int64_t time[CUSTOMERS * MOST_PATH];
  int times;
} found;

static struct {
  found found[MOST_FOUND];
  int count;
  int64_t direct, events, lost, span, on_the_way; /* for the identities */
  int64_t converted;
} expected;

static bool is_goal(const rules *r, int name) { return name == r->goal || name == r->goal + 1; }

/* The first goal of a customer, as an index of his events; past the last one: never. */
static int first_goal(const rules *r, int c) {
  int i = 0;
  while (i < length[c] && !is_goal(r, path[c][i].name)) i++;
  return i;
}

static void note(const rules *r, int c, int i, const char *kind, const char *text, int64_t time) {
  int k = 0, goal = first_goal(r, c);
  while (k < expected.count && (strcmp(expected.found[k].kind, kind) || strcmp(expected.found[k].text, text))) k++;
  found *f = &expected.found[k];
  if (k == expected.count) {
    ck_assert_int_lt(expected.count++, MOST_FOUND);
    snprintf(f->kind, sizeof f->kind, "%s", kind);
    snprintf(f->text, sizeof f->text, "%s", text);
    f->last = -1;
  }
  if (f->last != c) {
    f->customers++;
    f->before += i < goal;
    f->converted += i < goal && goal < length[c];
  }
  f->last = c;
  f->count++;
  if (time >= 0) f->time[f->times++] = time;
}

/* The events of a path, one path's, that are looked at: index[0..n). */
static int choose(const rules *r, int c, int begin, int end, int *index) {
  int n = 0;
  for (int i = begin; i < end; i++) {
    if (r->collapse && n > 0 && path[c][i].name == path[c][index[n - 1]].name) continue;
    index[n++] = i;
  }
  return n;
}

static void write_loop(const rules *r, int c, const int *way, int n, char *text) {
  *text = '\0';
  for (int k = 0; k < n && n <= r->longest; k++) strcat(strcat(text, plain_names[path[c][way[k]].name]), " > ");
  if (n > r->longest) strcat(strcat(text, plain_names[path[c][way[0]].name]), " > ... > ");
  strcat(text, plain_names[path[c][way[0]].name]);
}

/* Erases each loop as it closes; an edge belongs to the loop that erases its later end, or closes with it. */
static void find_loops(const rules *r, int c, const int *index, int n) {
  static const char *const kinds[] = {"", "repeat", "return"};
  int way[MOST_PATH], on = 0;
  int64_t took[MOST_PATH]; /* the time of the edge to each place of the way */
  for (int k = 0; k < n; k++) {
    char text[160];
    int at = 0;
    int64_t edge = k ? path[c][index[k]].time - path[c][index[k - 1]].time : 0, lost = edge;
    while (at < on && path[c][way[at]].name != path[c][index[k]].name) at++;
    if (at == on) {
      took[on] = edge;
      way[on++] = index[k];
      continue;
    }
    for (int j = at + 1; j < on; j++) lost += took[j];
    write_loop(r, c, way + at, on - at, text);
    note(r, c, index[k], on - at > r->longest ? "long" : on - at > 2 ? "cycle" : kinds[on - at], text, lost);
    expected.lost += lost;
    on = at + 1;
  }
  for (int j = 0; j < on; j++) expected.on_the_way += took[j];
  expected.direct += on;
}

static void find_returns(const rules *r, int c, const int *index, int n) {
  for (int k = 1; k < n; k++) {
    const plain_event *e = &path[c][index[k]], *before = &path[c][index[k - 1]];
    int j = k - 1;
    char text[160];
    while (j >= 0 && path[c][index[j]].name != e->name) j--;
    if (j < 0 || e->name == before->name) continue;
    snprintf(text, sizeof text, "%s > %s", plain_names[before->name], plain_names[e->name]);
    note(r, c, index[k], "back_step", text, e->time - path[c][index[j]].time);
  }
}

static void find_back_steps(const rules *r, int c, const int *index, int n) {
  int before = -1;
  for (int k = 0; k < n; k++) {
    int step = step_of[path[c][index[k]].name], j = k - 1;
    char text[160];
    if (step < 0) continue;
    while (j >= 0 && (step_of[path[c][index[j]].name] < 0 || step_of[path[c][index[j]].name] > step)) j--;
    if (before > step) {
      snprintf(text, sizeof text, "%s > %s", step_names[before], step_names[step]);
      note(r, c, index[k], "back_step", text, j < 0 ? -1 : path[c][index[k]].time - path[c][index[j]].time);
    }
    before = step;
  }
}

static void find_in_path(const rules *r, int c, int begin, int end) {
  int index[MOST_PATH] = {0}, n = choose(r, c, begin, end, index);
  expected.events += n;
  expected.span += path[c][index[n - 1]].time - path[c][index[0]].time;
  find_loops(r, c, index, n);
  if (r->steps) find_back_steps(r, c, index, n);
  else find_returns(r, c, index, n);
}

static void find_all(const rules *r) {
  memset(&expected, 0, sizeof expected);
  for (int c = 0; c < CUSTOMERS; c++) {
    int begin = 0;
    for (int i = 1; i < length[c]; i++) {
      if (!r->sessions || path[c][i].time - path[c][i - 1].time <= GAP) continue;
      find_in_path(r, c, begin, i);
      begin = i;
    }
    find_in_path(r, c, begin, length[c]);
    expected.converted += first_goal(r, c) < length[c];
  }
}

/* ---- the table against them ------------------------------------------------------------------------------------------ */

static void check_interval(const journey_table *table, int64_t row, const char *name, const journey_interval *x) {
  char low[64], high[64];
  snprintf(low, sizeof low, "%s_low", name);
  snprintf(high, sizeof high, "%s_high", name);
  ck_assert(same(plain_float(table, row, name), x->estimate));
  ck_assert(same(plain_float(table, row, low), x->low) && same(plain_float(table, row, high), x->high));
}

static double ratio(int64_t x, int64_t n) { return n ? (double)x / (double)n : NAN; }

static void check_found(const journey_table *table, int64_t row, found *f, bool timed) {
  journey_interval share, difference = {NAN, NAN, NAN};
  int64_t others = CUSTOMERS - f->before, theirs = expected.converted - f->converted;
  ck_assert_int_eq(plain_int(table, row, "count"), f->count);
  ck_assert_int_eq(plain_int(table, row, "customers"), f->customers);
  ck_assert_int_eq(plain_int(table, row, "before_goal"), f->before);
  ck_assert_int_eq(journey_stat_wilson(f->customers, CUSTOMERS, 0.95, &share, NULL), JOURNEY_OK);
  check_interval(table, row, "share", &share);
  ck_assert(same(plain_float(table, row, "converted_with"), ratio(f->converted, f->before)));
  ck_assert(same(plain_float(table, row, "converted_without"), ratio(theirs, others)));
  if (others && f->before) journey_stat_newcombe(theirs, others, f->converted, f->before, 0.95, &difference, NULL);
  check_interval(table, row, "difference", &difference);
  ck_assert(same(timed ? plain_quantile(f->time, f->times, 0.5) : NAN, plain_float(table, row, "median_seconds")));
}

/* As many as a loop of this shape takes away from the direct way. */
static int events_of(const found *f) {
  int n = 0;
  if (strcmp(f->kind, "back_step") == 0) return 0;
  for (const char *s = f->text; *s; s++) n += *s == '>';
  return n;
}

static void check_table(const rules *r, const journey_table *table, bool timed) {
  int64_t on_loops = 0;
  bool shown = true; /* every loop, event by event */
  ck_assert_int_eq(journey_table_rows(table), expected.count);
  for (int k = 0; k < expected.count; k++) {
    int64_t row = plain_find(table, "kind", expected.found[k].kind, "loop", expected.found[k].text);
    ck_assert_msg(row >= 0, "%s %s", expected.found[k].kind, expected.found[k].text);
    check_found(table, row, &expected.found[k], timed);
    ck_assert(row == 0 || plain_int(table, row - 1, "count") >= plain_int(table, row, "count"));
    on_loops += expected.found[k].count * events_of(&expected.found[k]);
    shown = shown && strcmp(expected.found[k].kind, "long") != 0;
    ck_assert(!r->collapse || strcmp(expected.found[k].kind, "repeat") != 0);
  }
  if (shown) ck_assert_int_eq(on_loops, expected.events - expected.direct);
  ck_assert_int_eq(expected.lost + expected.on_the_way, expected.span);
}

static void check_rules(const rules *r, bool timed) {
  const journey_study_options scope = {.struct_size = sizeof scope, .paths = r->sessions};
  char settings[256];
  find_all(r);
  snprintf(settings, sizeof settings, "goal=%s|%s, longest=%d, most=1000000, collapse=%s, times=%s%s",
           plain_names[r->goal], plain_names[r->goal + 1], r->longest, r->collapse ? "true" : "false",
           timed ? "true" : "false", r->steps ? ", steps=home;list|item;cart|home;pay" : "");
  journey_study *study = plain_study(&events, context, -1, NULL, &scope);
  for (int shards = 1; shards < 8; shards += 6) {
    journey_table *table = plain_measure(study, "loops", settings, shards);
    check_table(r, table, timed);
    journey_table_free(table);
  }
  journey_study_free(study);
}

START_TEST(test_rules) {
  static const int longest[] = {1, 2, 4, 16};
  new_round(_i, _i % 2 ? 1000000 : GAP / 2);
  for (int k = 0; k < 16; k++) {
    const rules r = {.collapse = k & 1, .sessions = k & 2, .steps = k & 4, .longest = longest[(_i + k) % 4], .goal = _i % 6};
    check_rules(&r, !(k & 8));
  }
  plain_free(&events);
}
END_TEST

/* The first rows of all, and a note about the others. */
START_TEST(test_most) {
  new_round(_i, 1000000);
  journey_study *study = plain_study(&events, context, -1, NULL, NULL);
  journey_table *all = plain_measure(study, "loops", "goal=pay, most=1000000", 0);
  journey_table *few = plain_measure(study, "loops", "goal=pay, most=3", 0);
  ck_assert_int_gt(journey_table_rows(all), 3);
  ck_assert_int_eq(journey_table_rows(few), 3);
  ck_assert_int_eq(journey_table_notes(few), journey_table_notes(all) + 1);
  for (int64_t row = 0; row < 3; row++) {
    ck_assert_str_eq(plain_text(all, row, "kind"), plain_text(few, row, "kind"));
    ck_assert_str_eq(plain_text(all, row, "loop"), plain_text(few, row, "loop"));
    ck_assert_int_eq(plain_int(all, row, "count"), plain_int(few, row, "count"));
  }
  journey_table_free(all);
  journey_table_free(few);
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

/* ---- examples by hand -------------------------------------------------------------------------------------------------- */

static journey_study *study_of(const char *letters) {
  journey_builder *builder;
  journey_stream *stream;
  journey_study *study;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  for (int i = 0; letters[i]; i++) {
    journey_event event = {.struct_size = sizeof event,
                           .customer = "x",
                           .customer_length = 1,
                           .name = letters + i,
                           .name_length = 1,
                           .time = i * INT64_C(1000000),
                           .value = NAN};
    ck_assert_int_eq(journey_builder_add(builder, &event, NULL), JOURNEY_OK);
  }
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_study_new(stream, NULL, NULL, &study, NULL), JOURNEY_OK);
  journey_stream_free(stream);
  journey_builder_free(builder);
  return study;
}

START_TEST(test_examples) {
  static const struct {
    const char *letters, *settings, *answer; /* kind, loop, count, seconds */
  } cases[] = {
      {"a", "goal=z", ""},
      {"abc", "goal=z", ""},
      {"aaa", "goal=z", "repeat a > a 2 1.0\n"},
      {"aba", "goal=z", "return a > b > a 1 2.0\nback_step b > a 1 2.0\n"},
      {"abab", "goal=z", "return a > b > a 1 2.0\nback_step a > b 1 2.0\nback_step b > a 1 2.0\n"},
      {"abcbda", "goal=z",
       "return b > c > b 1 2.0\ncycle a > b > d > a 1 3.0\nback_step c > b 1 2.0\nback_step d > a 1 5.0\n"},
      {"abcda", "goal=z, longest=3", "long a > ... > a 1 4.0\nback_step d > a 1 4.0\n"},
      {"abxcb", "goal=z, steps=a;b;c", "cycle b > x > c > b 1 3.0\nback_step c > b 1 3.0\n"},
      {"cba", "goal=z, steps=a;b;c", "back_step b > a 1 -\nback_step c > b 1 -\n"},
      {"acb", "goal=z, steps=a;b;c", "back_step c > b 1 2.0\n"},
  };
  journey_study *study = study_of(cases[_i].letters);
  journey_table *table = plain_measure(study, "loops", cases[_i].settings, 0);
  char got[512] = "";
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    double seconds = plain_float(table, row, "median_seconds");
    size_t n = strlen(got);
    snprintf(got + n, sizeof got - n, "%s %s %d ", plain_text(table, row, "kind"), plain_text(table, row, "loop"),
             (int)plain_int(table, row, "count"));
    n = strlen(got);
    if (isnan(seconds)) strcat(got, "-\n");
    else snprintf(got + n, sizeof got - n, "%.1f\n", seconds);
  }
  ck_assert_str_eq(got, cases[_i].answer);
  journey_table_free(table);
  journey_study_free(study);
}
END_TEST

/* A million events to and fro, and round and round: linear, and no memory but for times. */
START_TEST(test_long_paths) {
  enum { EVENTS = 1000000 };
  char *letters = malloc(EVENTS + 1);
  for (int i = 0; i < EVENTS; i++) letters[i] = (char)('a' + (_i ? i % 26 : i % 2));
  letters[EVENTS] = '\0';
  journey_study *study = study_of(letters);
  journey_table *table = plain_measure(study, "loops", "goal=z, longest=16", 0);
  int64_t loops = 0;
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    if (strcmp(plain_text(table, row, "kind"), "back_step") != 0) loops += plain_int(table, row, "count");
  }
  ck_assert_int_eq(loops, _i ? (EVENTS - 1) / 26 : (EVENTS - 1) / 2);
  journey_table_free(table);
  journey_study_free(study);
  free(letters);
}
END_TEST

START_TEST(test_refused) {
  static const struct {
    const char *name, *value;
    int status;
    const char *message;
  } cases[] = {{"longest", "17", JOURNEY_EINVAL, "option longest: must be from 1 to 16"},
               {"longest", "0", JOURNEY_EINVAL, "option longest: must be from 1 to 16"},
               {"steps", "a,,b", JOURNEY_EPARSE, "option steps: expected an event name at byte 2"}};
  journey_study *study = study_of("aba");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    journey_setting setting = {cases[i].name, cases[i].value};
    journey_table *table;
    journey_error err = {0};
    ck_assert_int_eq(journey_measure(study, "loops", &setting, 1, &table, &err), cases[i].status);
    ck_assert_msg(strstr(err.message, cases[i].message), "%s", err.message);
  }
  journey_study_free(study);
}
END_TEST

Suite *loops_suite(void);
Suite *loops_suite(void) {
  Suite *suite = suite_create("loops");
  TCase *all = tcase_create("loops");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_set_timeout(all, 120);
  tcase_add_loop_test(all, test_rules, 0, ROUNDS);
  tcase_add_loop_test(all, test_most, 5, ROUNDS);
  tcase_add_loop_test(all, test_examples, 0, 10);
  tcase_add_loop_test(all, test_long_paths, 0, 2);
  tcase_add_test(all, test_refused);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(loops_suite()); }
