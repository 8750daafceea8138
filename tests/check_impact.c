/* impact against plain loops over small random paths, its identities, and the interval of its differences. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "metric_model.h"

enum { CUSTOMERS = 40, MOST_PATH = 12, ROUNDS = 10 };
#define SECOND INT64_C(1000000)

static journey_context *context;
static plain_events events;
static plain_event path[CUSTOMERS][MOST_PATH];
static int length[CUSTOMERS];
static journey_study *study;
static int64_t first, last; /* of the events */

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static void open_round(int round) {
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = 2 + round % (MOST_PATH - 1),
                       .names = 2 + round % 7,
                       .ticks = 2 + round * 6,
                       .tick = SECOND,
                       .base = INT64_C(1700000000000000)};
  model_random random = {.state = 300 + (uint64_t)round};
  plain_new(&events, &random, &shape);
  study = plain_study(&events, context, -1, NULL, NULL);
  first = INT64_MAX;
  last = INT64_MIN;
  for (int c = 0; c < CUSTOMERS; c++) length[c] = plain_path(&events, c, path[c]);
  for (int i = 0; i < events.count; i++) {
    if (events.event[i].time < first) first = events.event[i].time;
    if (events.event[i].time > last) last = events.event[i].time;
  }
}

static void close_round(void) {
  journey_study_free(study);
  plain_free(&events);
}

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * (1 + fabs(a)); }

/* ---- what the words mean ----------------------------------------------------------------------------------------- */

typedef struct question {
  int treatment, outcome; /* names; outcome -1: any */
  int64_t length;
  int periods;
} question;

static int treatment[CUSTOMERS]; /* index of each customer's first one; -1: none */

static void find_treatments(const question *q) {
  for (int c = 0; c < CUSTOMERS; c++) {
    treatment[c] = -1;
    for (int i = length[c] - 1; i >= 0; i--) {
      if (path[c][i].name == q->treatment) treatment[c] = i;
    }
  }
}

/* Ends of period j, as [from, to), told from the treatment. */
static void ends_of(const question *q, int c, int j, int64_t *from, int64_t *to) {
  *from = path[c][treatment[c]].time + (j > 0 ? j - 1 : j) * q->length;
  *to = *from + q->length;
}

static bool is_covered(const question *q, int c, int j) {
  int64_t from, to;
  ends_of(q, c, j, &from, &to);
  return from >= first && to - 1 <= last;
}

/* Outcomes of a customer in the periods [low, high], without 0. */
static int64_t count_outcomes(const question *q, int c, int low, int high, double *value) {
  int64_t n = 0;
  *value = 0;
  for (int j = low; j <= high; j++) {
    int64_t from, to;
    if (j == 0) continue;
    ends_of(q, c, j, &from, &to);
    for (int i = 0; i < length[c]; i++) {
      bool outcome = q->outcome < 0 || path[c][i].name == q->outcome;
      if (!outcome || i == treatment[c] || path[c][i].time < from || path[c][i].time >= to) continue;
      n++;
      if (!isnan(path[c][i].value)) *value += path[c][i].value;
    }
  }
  return n;
}

static bool has_value(const question *q) {
  for (int c = 0; c < CUSTOMERS; c++) {
    for (int i = 0; i < length[c] && treatment[c] >= 0; i++) {
      int64_t from, to, end;
      ends_of(q, c, -q->periods, &from, &end);
      ends_of(q, c, q->periods, &end, &to);
      bool outcome = (q->outcome < 0 || path[c][i].name == q->outcome) && i != treatment[c];
      if (outcome && path[c][i].time >= from && path[c][i].time < to && !isnan(path[c][i].value)) return true;
    }
  }
  return false;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

typedef struct expected {
  int64_t treated, customers, events, active;
  double count[CUSTOMERS], value[CUSTOMERS]; /* of each who counts */
} expected;

/* What is expected of the periods [low, high] together; of the difference when `low` is 0. */
static expected expect(const question *q, int low, int high) {
  expected e = {0};
  for (int c = 0; c < CUSTOMERS; c++) {
    bool covered = true;
    double value, before = 0;
    if (treatment[c] < 0) continue;
    e.treated++;
    if (low == high) {
      covered = is_covered(q, c, low);
    } else {
      for (int j = -q->periods; j <= q->periods; j++) covered = covered && (j == 0 || is_covered(q, c, j));
    }
    if (!covered) continue;
    int64_t n = count_outcomes(q, c, low ? low : 1, high, &value), was = 0;
    if (low == 0) was = count_outcomes(q, c, -high, -1, &before);
    e.events += n - was;
    e.active += (n > 0) - (was > 0);
    e.count[e.customers] = (double)(n - was);
    e.value[e.customers++] = value - before;
  }
  return e;
}

static void check_mean(const journey_table *table, int64_t row, const char *column, const double *x, int64_t n) {
  char name[32];
  journey_interval mean;
  ck_assert_int_eq(journey_stat_mean(x, n, 0.95, &mean, NULL), JOURNEY_OK);
  ck_assert(same(plain_float(table, row, column), mean.estimate));
  snprintf(name, sizeof name, "%s_low", column);
  ck_assert(same(plain_float(table, row, name), mean.low));
  snprintf(name, sizeof name, "%s_high", column);
  ck_assert(same(plain_float(table, row, name), mean.high));
}

static void check_row(const journey_table *table, int64_t row, const question *q, bool valued, const char *label,
                      int low, int high) {
  expected e = expect(q, low, high);
  journey_interval share;
  ck_assert_str_eq(plain_text(table, row, "period"), label);
  ck_assert_int_eq(plain_int(table, row, "customers"), e.customers);
  ck_assert_int_eq(plain_int(table, row, "censored"), e.treated - e.customers);
  ck_assert_int_eq(plain_int(table, row, "events"), e.events);
  ck_assert_int_eq(plain_int(table, row, "active"), e.active);
  check_mean(table, row, "mean_events", e.count, e.customers);
  if (valued)
    check_mean(table, row, "mean_value", e.value, e.customers);
  else
    ck_assert(plain_missing(table, row, "mean_value"));
  ck_assert(same(plain_float(table, row, "active_share"), e.customers ? (double)e.active / (double)e.customers : NAN));
  if (low == 0) return;
  if (e.customers == 0) return;
  ck_assert_int_eq(journey_stat_wilson(e.active, e.customers, 0.95, &share, NULL), JOURNEY_OK);
  ck_assert(same(plain_float(table, row, "active_share_low"), share.low));
  ck_assert(same(plain_float(table, row, "active_share_high"), share.high));
}

static void check_question(const question *q) {
  char settings[128], label[16];
  int64_t row = 0;
  find_treatments(q);
  bool valued = has_value(q);
  snprintf(settings, sizeof settings, "treatment=%s, outcome=%s, period=%ds, periods=%d", plain_names[q->treatment],
           q->outcome < 0 ? "*" : plain_names[q->outcome], (int)(q->length / SECOND), q->periods);
  journey_table *table = plain_measure(study, "impact", settings, 0);
  ck_assert_int_eq(journey_table_rows(table), q->periods * 2 + 3);
  for (int j = -q->periods; j <= q->periods; j++) {
    snprintf(label, sizeof label, "%+d", j);
    if (j != 0) check_row(table, row++, q, valued, label, j, j);
  }
  if (q->periods > 1) { /* expect() takes one period for a row of its own */
    check_row(table, row++, q, valued, "before", -q->periods, -1);
    check_row(table, row++, q, valued, "after", 1, q->periods);
    check_row(table, row++, q, valued, "difference", 0, q->periods);
  }
  journey_table_free(table);
}

START_TEST(test_impact) {
  open_round(_i);
  for (int name = 0; name < 2; name++) {
    for (int outcome = -1; outcome < 2; outcome++) {
      for (int length_of = 1; length_of < 12; length_of += 3) {
        for (int periods = 1; periods < 5; periods++) {
          check_question(&(question){name, outcome, length_of * SECOND, periods});
        }
      }
    }
  }
  close_round();
}
END_TEST

/* ---- single paths ------------------------------------------------------------------------------------------------ */

static void put(plain_event *list, int *n, int customer, int name, int64_t seconds, double value) {
  list[(*n)++] = (plain_event){customer, name, 0, INT64_C(1700000000000000) + seconds * SECOND, value};
}

static journey_table *measure_few(plain_event *list, int n, int customers, const char *settings) {
  plain_events few = {list, n, customers, 1};
  journey_study *of = plain_study(&few, context, -1, NULL, NULL);
  journey_table *table = plain_measure(of, "impact", settings, 0);
  journey_study_free(of);
  return table;
}

/* The ends of periods: 10 seconds before the treatment is in -1, 10 seconds after it in +2; at its time is after it,
 * whatever came first; the treatment is no outcome, and a second one is. */
START_TEST(test_ends) {
  static const int64_t times[] = {-20, -11, -10, -1, 0, 0, 0, 9, 10, 20};
  plain_event list[16];
  int n = 0;
  put(list, &n, 1, 1, -100, NAN); /* another customer, so that all is covered */
  put(list, &n, 1, 1, 100, NAN);
  for (int i = 0; i < 10; i++) put(list, &n, 0, i == 5 || i == 6 ? 0 : 1, times[i], i);
  journey_table *table = measure_few(list, n, 2, "treatment=home, period=10s, periods=2");
  static const int64_t counted[] = {2, 2, 3, 1, 4, 4, 0};
  static const double values[] = {0 + 1, 2 + 3, 4 + 6 + 7, 8, 6, 25, 19};
  for (int row = 0; row < 7; row++) {
    ck_assert_int_eq(plain_int(table, row, "events"), counted[row]);
    ck_assert(plain_float(table, row, "mean_value") == values[row]);
  }
  journey_table_free(table);
}
END_TEST

/* A scope that begins and ends with the periods, 1700000000 being 22:13:20, covers them; a second less does not. */
START_TEST(test_covered_exactly) {
  static const char *const ends[][2] = {{"2023-11-14T22:13:10Z", "2023-11-14T22:13:30Z"},
                                        {"2023-11-14T22:13:11Z", "2023-11-14T22:13:29Z"}};
  plain_event list[1];
  int n = 0;
  put(list, &n, 0, 0, 0, NAN);
  plain_events few = {list, 1, 1, 1};
  for (int i = 0; i < 2; i++) {
    const journey_study_options scope = {.struct_size = sizeof scope, .from = ends[i][0], .to = ends[i][1]};
    journey_study *of = plain_study(&few, context, -1, NULL, &scope);
    journey_table *table = plain_measure(of, "impact", "treatment=home, period=10s, periods=1", 0);
    for (int row = 0; row < 5; row++) ck_assert_int_eq(plain_int(table, row, "customers"), i == 0);
    journey_table_free(table);
    journey_study_free(of);
  }
}
END_TEST

/* The table of pairs that R. G. Newcombe prints: 36 both, 12 and 2 one alone, none neither: 0.2, 0.0569 to 0.3404. */
START_TEST(test_pairs) {
  plain_event list[300];
  int n = 0;
  put(list, &n, 50, 1, -100, NAN);
  put(list, &n, 50, 1, 100, NAN);
  for (int c = 0; c < 50; c++) {
    put(list, &n, c, 0, 0, NAN);
    if (c < 36 || c >= 48) put(list, &n, c, 1, -5, NAN);
    if (c < 48) put(list, &n, c, 1, 5, NAN);
  }
  journey_table *table = measure_few(list, n, 51, "treatment=home, outcome=list, period=10s, periods=1");
  ck_assert_int_eq(plain_int(table, 4, "customers"), 50);
  ck_assert(fabs(plain_float(table, 4, "active_share") - 0.2) < 1e-12);
  ck_assert(fabs(plain_float(table, 4, "active_share_low") - 0.0569) < 5e-5);
  ck_assert(fabs(plain_float(table, 4, "active_share_high") - 0.3404) < 5e-5);
  ck_assert(plain_missing(table, 4, "mean_value"));
  journey_table_free(table);
}
END_TEST

START_TEST(test_refused) {
  static const char *const periods[] = {"0s", "none"};
  open_round(3);
  for (int i = 0; i < 2; i++) {
    journey_table *table;
    journey_error err = {0};
    const journey_setting setting = {"period", periods[i]};
    ck_assert_int_eq(journey_measure(study, "impact", &setting, 1, &table, &err), JOURNEY_EINVAL);
    ck_assert_str_eq(err.message, "impact: option period: must be longer than 0, and not none");
  }
  close_round();
}
END_TEST

/* Periods so long that their ends do not fit: nobody is covered, and nothing wraps. */
START_TEST(test_endless_periods) {
  open_round(4);
  journey_table *table = plain_measure(study, "impact", "treatment=home, period=100000000d, periods=1000", 0);
  ck_assert_int_eq(journey_table_rows(table), 2003);
  for (int64_t row = 0; row < 2003; row++) {
    ck_assert_int_eq(plain_int(table, row, "customers"), 0);
    ck_assert_int_eq(plain_int(table, row, "events"), 0);
  }
  journey_table_free(table);
  close_round();
}
END_TEST

/* A customer is one customer, however many paths he has. */
START_TEST(test_sessions) {
  const journey_study_options scope = {
      .struct_size = sizeof scope, .paths = JOURNEY_PATHS_OF_SESSIONS, .session_gap = 2 * SECOND};
  static const char settings[] = "treatment=home, period=3s, periods=3";
  open_round(8);
  journey_study *sessions = plain_study(&events, context, -1, NULL, &scope);
  journey_table *whole = plain_measure(study, "impact", settings, 0);
  journey_table *cut = plain_measure(sessions, "impact", settings, 3);
  plain_same(whole, cut, "impact");
  journey_table_free(whole);
  journey_table_free(cut);
  journey_study_free(sessions);
  close_round();
}
END_TEST

Suite *impact_suite(void);
Suite *impact_suite(void) {
  Suite *suite = suite_create("impact");
  TCase *all = tcase_create("impact");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_impact, 0, ROUNDS);
  tcase_add_test(all, test_ends);
  tcase_add_test(all, test_covered_exactly);
  tcase_add_test(all, test_pairs);
  tcase_add_test(all, test_refused);
  tcase_add_test(all, test_endless_periods);
  tcase_add_test(all, test_sessions);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(impact_suite()); }
