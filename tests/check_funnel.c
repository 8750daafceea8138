/* The funnel against an exhaustive search over all choices of events, and its accounts of single customers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "metric_model.h"

enum { MOST_STEPS = 6, MOST_PATH = 12 };

static journey_context *context;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* ---- what a funnel means ------------------------------------------------------------------------------------------- */

typedef struct question {
  int steps;
  unsigned step[MOST_STEPS]; /* bit n: the name n satisfies it */
  int64_t window;            /* INT64_MAX: none */
  char settings[512];
} question;

static const struct {
  const char *text;
  int64_t window;
} windows[] = {{"none", INT64_MAX}, {"0s", 0},       {"1s", 1000000},
               {"3s", 3000000},     {"5s", 5000000}, {"99999d", INT64_MAX}};

static void ask(question *q, model_random *random, int names) {
  int window = model_below(random, 6), at = 0;
  q->steps = 1 + model_below(random, MOST_STEPS);
  q->window = windows[window].window;
  at += sprintf(q->settings, "window=%s, steps=", windows[window].text);
  for (int s = 0; s < q->steps; s++) {
    int alternatives = model_below(random, 4) ? 1 : 1 + model_below(random, 3);
    q->step[s] = 0;
    for (int a = 0; a < alternatives; a++) {
      int name = model_below(random, names);
      q->step[s] |= 1u << name;
      at += sprintf(q->settings + at, "%s%s", a ? "|" : s ? ";" : "", plain_names[name]);
    }
  }
}

static bool satisfies(const question *q, int step, const plain_event *event) {
  return q->step[step] >> event->name & 1;
}

/* The best of all choices: the greatest level, of that the earliest end, of that the latest start. */
typedef struct best {
  int level;
  int64_t start, end;
} best;

/* Tries every event as the next one of a chain of `level` events. */
static void search(const question *q, const plain_event *path, int n, int level, int64_t start, int64_t end, best *b) {
  bool better = level > b->level || (level == b->level && (end < b->end || (end == b->end && start > b->start)));
  if (level > 0 && better) *b = (best){level, start, end};
  if (level == q->steps) return;
  for (int i = 0; i < n; i++) {
    if (!satisfies(q, level, &path[i]) || (level && path[i].time < end)) continue;
    if (level && path[i].time - start > q->window) continue;
    search(q, path, n, level + 1, level ? start : path[i].time, path[i].time, b);
  }
}

/* ---- customer by customer --------------------------------------------------------------------------------------------- */

static int64_t first_after(const question *q, const plain_event *path, int n, int step, int64_t time, int *event) {
  for (int i = 0; i < n; i++) {
    if (path[i].time < time || !satisfies(q, step, &path[i])) continue;
    *event = i;
    return path[i].time;
  }
  *event = n - 1;
  return INT64_MAX;
}

/* From the start of the best chain each step is taken as early as it can be. */
static void check_times(const journey_table *table, int64_t row, const question *q, const plain_event *path, int n,
                        const best *b, int64_t *time) {
  int event;
  for (int s = 0; s < b->level; s++) {
    char column[24];
    sprintf(column, "time_%d", s + 1);
    time[s] = first_after(q, path, n, s, s ? time[s - 1] : b->start, &event);
    ck_assert_int_eq(plain_int(table, row, column), time[s]);
  }
  ck_assert(b->level == 0 || (time[b->level - 1] == b->end && b->end - b->start <= q->window));
  for (int s = b->level; s < q->steps; s++) {
    char column[24];
    sprintf(column, "time_%d", s + 1);
    ck_assert(plain_missing(table, row, column));
  }
}

static void check_ending(const journey_table *table, int64_t row, const question *q, const plain_event *path, int n,
                         const best *b) {
  const char *rule = b->level ? "complete" : "no_start";
  int event = n - 1;
  if (b->level == q->steps)
    first_after(q, path, n, q->steps - 1, b->end, &event);
  else if (b->level) {
    int64_t next = first_after(q, path, n, b->level, b->end, &event);
    ck_assert(next == INT64_MAX || next - b->start > q->window);
    rule = next == INT64_MAX ? "path_end" : "window";
  }
  ck_assert_str_eq(plain_text(table, row, "ended_by"), rule);
  ck_assert_str_eq(plain_text(table, row, "ended_event"), plain_names[path[event].name]);
  ck_assert_int_eq(plain_int(table, row, "ended_time"), path[event].time);
}

/* ---- all together --------------------------------------------------------------------------------------------------------- */

typedef struct account {
  int64_t reached[MOST_STEPS];
  int64_t *lap[MOST_STEPS];
  int laps[MOST_STEPS];
} account;

static void count(account *a, int level, const int64_t *time) {
  for (int s = 0; s < level; s++) {
    a->reached[s]++;
    if (s) a->lap[s][a->laps[s]++] = time[s] - time[s - 1];
  }
}

static void check_counts(const journey_table *table, const question *q, account *a, int customers) {
  ck_assert_int_eq(journey_table_rows(table), q->steps);
  for (int s = 0; s < q->steps; s++) {
    int64_t before = s ? a->reached[s - 1] : customers, next = s + 1 < q->steps ? a->reached[s + 1] : a->reached[s];
    ck_assert_int_eq(plain_int(table, s, "step"), s + 1);
    ck_assert_int_eq(plain_int(table, s, "customers"), a->reached[s]);
    ck_assert_int_eq(plain_int(table, s, "dropped"), a->reached[s] - next);
    ck_assert(plain_missing(table, s, "of_previous") == (before == 0));
    ck_assert(before == 0 || plain_float(table, s, "of_previous") == (double)a->reached[s] / (double)before);
    ck_assert(plain_missing(table, s, "of_first") == (a->reached[0] == 0));
    for (int k = 0; k < 2; k++) {
      double seconds = plain_float(table, s, k ? "p90_seconds" : "median_seconds");
      double truth = plain_quantile(a->lap[s], a->laps[s], k ? 0.9 : 0.5);
      ck_assert(isnan(truth) ? isnan(seconds) : fabs(seconds - truth) <= 1e-9 * fabs(truth));
    }
  }
}

static void check_question(const plain_events *events, journey_study *study, const question *q, int shards) {
  account a = {{0}, {0}, {0}};
  journey_table *funnel = plain_measure(study, "funnel", q->settings, shards);
  journey_table *customers = plain_measure(study, "funnel_customers", q->settings, shards);
  for (int s = 0; s < MOST_STEPS; s++) a.lap[s] = calloc((size_t)events->customers, sizeof *a.lap[s]);
  ck_assert_int_eq(journey_table_rows(customers), events->customers);
  for (int64_t row = 0; row < events->customers; row++) {
    plain_event path[MOST_PATH];
    int64_t time[MOST_STEPS];
    best b = {0};
    int n = plain_path(events, atoi(plain_text(customers, row, "customer") + 1), path);
    search(q, path, n, 0, 0, 0, &b);
    ck_assert_msg(plain_int(customers, row, "level") == b.level, "%s: customer %s", q->settings,
                  plain_text(customers, row, "customer"));
    check_times(customers, row, q, path, n, &b, time);
    check_ending(customers, row, q, path, n, &b);
    count(&a, b.level, time);
  }
  check_counts(funnel, q, &a, events->customers);
  for (int s = 0; s < MOST_STEPS; s++) free(a.lap[s]);
  journey_table_free(funnel);
  journey_table_free(customers);
}

/* 60 streams, 3 questions each, of 80 customers: 14,400 paths. Few seconds and few names make ties and repetitions. */
START_TEST(test_exhaustive) {
  model_random random = {.state = 20 + (uint64_t)_i};
  for (int round = 0; round < 15; round++) {
    plain_events events;
    plain_shape shape = {.customers = 80,
                         .most = 2 + model_below(&random, MOST_PATH - 2),
                         .tick = 1000000,
                         .names = 2 + model_below(&random, 5),
                         .ticks = 1 + model_below(&random, 10),
                         .base = INT64_C(1700000000000000)};
    plain_new(&events, &random, &shape);
    journey_study *study = plain_study(&events, context, -1, NULL, NULL);
    for (int k = 0; k < 3; k++) {
      question q;
      ask(&q, &random, shape.names);
      check_question(&events, study, &q, model_below(&random, 4));
    }
    journey_study_free(study);
    plain_free(&events);
  }
}
END_TEST

/* ---- hard cases ------------------------------------------------------------------------------------------------------------- */

static journey_study *study_of(const plain_event *event, int n) {
  plain_events events = {.event = (plain_event *)event, .count = n, .customers = 1, .parts = 1};
  return plain_study(&events, context, -1, NULL, NULL);
}

static void check_levels(journey_study *study, const char *settings, int level) {
  journey_table *table = plain_measure(study, "funnel", settings, 0);
  for (int64_t s = 0; s < journey_table_rows(table); s++) {
    ck_assert_msg(plain_int(table, s, "customers") == (s < level), "%s: step %d", settings, (int)s + 1);
  }
  journey_table_free(table);
}

/* The documented examples: home 0, list 1, item 2, cart 3. */
START_TEST(test_examples) {
  static const plain_event late[] = {{0, 1, -1, 5, NAN}, {0, 0, -1, 5, NAN}};
  static const plain_event restart[] = {{0, 0, -1, 0, NAN}, {0, 0, -1, 9000000, NAN}, {0, 1, -1, 10000000, NAN}};
  static const plain_event one[] = {{0, 0, -1, 0, NAN}};
  static const plain_event again[] = {
      {0, 0, -1, 0, NAN}, {0, 1, -1, 4000000, NAN}, {0, 0, -1, 5000000, NAN}, {0, 2, -1, 6000000, NAN}};
  const struct {
    const plain_event *event;
    int n;
    const char *settings;
    int level;
  } cases[] = {
      {late, 2, "steps=home;list", 2},               /* equal times serve in step order */
      {restart, 3, "steps=home;list, window=1s", 2}, /* end of the window included */
      {restart, 3, "steps=home;list, window=999ms", 1},
      {restart, 3, "steps=home;home;list, window=10s", 3},
      {one, 1, "steps=home;home;home", 3}, /* one event serves several steps */
      {one, 1, "steps=list;home", 0},
      {again, 4, "steps=home;list;item, window=6s", 3}, /* a later start does not forget the earlier chain */
      {again, 4, "steps=home;list;item, window=5s", 2},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    journey_study *study = study_of(cases[i].event, cases[i].n);
    check_levels(study, cases[i].settings, cases[i].level);
    journey_study_free(study);
  }
}
END_TEST

/* Windows that end past the last instant there is. */
START_TEST(test_ends_of_time) {
  const int64_t least = -INT64_C(4000000000000000000), most = INT64_C(4000000000000000000);
  const plain_event event[] = {{0, 0, -1, least, NAN}, {0, 1, -1, most, NAN}, {0, 2, -1, most, NAN}};
  journey_study *study = study_of(event, 3);
  check_levels(study, "steps=home;list;item", 3);
  check_levels(study, "steps=list;item, window=106751991d", 2);
  check_levels(study, "steps=home;list, window=1d", 1);
  check_levels(study, "steps=list;item, window=0s", 2);
  journey_study_free(study);
}
END_TEST

/* A million events of one customer that satisfy 63 steps at once: linear, or it does not end. */
START_TEST(test_long_path) {
  enum { MANY = 1000000 };
  static char settings[700] = "window=none, steps=home";
  plain_event *event = calloc(MANY, sizeof *event);
  for (int i = 0; i < MANY; i++) event[i] = (plain_event){.name = i % 3, .channel = -1, .time = i / 2, .value = NAN};
  journey_study *study = study_of(event, MANY);
  for (int s = 1; s < 63; s++) strcat(settings, ";*");
  check_levels(study, settings, 63);
  strcat(settings, ";never");
  check_levels(study, settings, 63);
  journey_study_free(study);
  free(event);
}
END_TEST

START_TEST(test_nobody) {
  journey_study *study = study_of(NULL, 0);
  journey_table *table = plain_measure(study, "funnel", "steps=home;list", 0);
  ck_assert_int_eq(journey_table_rows(table), 2);
  for (int s = 0; s < 2; s++) {
    ck_assert_int_eq(plain_int(table, s, "customers"), 0);
    ck_assert(plain_missing(table, s, "of_previous") && plain_missing(table, s, "of_first_low"));
    ck_assert(plain_missing(table, s, "median_seconds"));
  }
  journey_table_free(table);
  table = plain_measure(study, "funnel_customers", "steps=home;list", 0);
  ck_assert_int_eq(journey_table_rows(table), 0);
  journey_table_free(table);
  journey_study_free(study);
}
END_TEST

Suite *funnel_suite(void);
Suite *funnel_suite(void) {
  Suite *suite = suite_create("funnel");
  TCase *all = tcase_create("funnel");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_exhaustive, 0, 4);
  tcase_add_test(all, test_examples);
  tcase_add_test(all, test_ends_of_time);
  tcase_add_test(all, test_long_path);
  tcase_add_test(all, test_nobody);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(funnel_suite()); }
