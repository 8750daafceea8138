/* The calculator sessions against plain loops over small random paths, for every option; and its identities. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "journey/stat.h"
#include "metric_model.h"

enum { CUSTOMERS = 60, MOST_PATH = 14, MOST_SESSIONS = CUSTOMERS * MOST_PATH, ROUNDS = 10 };
static const int64_t gap = INT64_C(1800000000);

static journey_context *context;
static plain_events events;

static struct {
  int customer, first, last; /* names */
  int length, depth;
  bool converted;
  int64_t duration, away; /* -1: the customer's first */
} session[MOST_SESSIONS];
static int sessions;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* ---- sessions by plain loops ------------------------------------------------------------------------------------- */

static void add_session(int customer, const plain_event *path, int begin, int end, int goals) {
  int s = sessions++, seen = 0;
  session[s].customer = customer;
  session[s].first = path[begin].name;
  session[s].last = path[end - 1].name;
  session[s].length = end - begin;
  session[s].duration = path[end - 1].time - path[begin].time;
  session[s].away = begin ? path[begin].time - path[begin - 1].time : -1;
  session[s].converted = false;
  for (int i = begin; i < end; i++) {
    seen |= 1 << path[i].name;
    session[s].converted |= goals >> path[i].name & 1;
  }
  session[s].depth = __builtin_popcount((unsigned)seen);
}

/* Bit n of `goals`: name n is one. */
static void cut(int64_t longest, int goals) {
  plain_event path[MOST_PATH];
  sessions = 0;
  for (int c = 0; c < CUSTOMERS; c++) {
    int n = plain_path(&events, c, path), begin = 0;
    for (int i = 1; i <= n; i++) {
      if (i < n && path[i].time - path[i - 1].time <= longest) continue;
      add_session(c, path, begin, i, goals);
      begin = i;
    }
  }
}

/* Times in ticks of ten minutes: gaps of exactly half an hour do not end a session. */
static journey_study *open_round(int round, const journey_study_options *scope) {
  model_random random = {.state = 4000 + (uint64_t)round};
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = 1 + round % MOST_PATH,
                       .names = 2 + round % 7,
                       .ticks = round % 3 ? 40 : 3,
                       .tick = 600000000,
                       .base = INT64_C(1700000000000000),
                       .parts = 3};
  plain_new(&events, &random, &shape);
  return plain_study(&events, context, -1, NULL, scope);
}

static void close_round(journey_study *study) {
  journey_study_free(study);
  plain_free(&events);
}

/* ---- what a row must say ----------------------------------------------------------------------------------------- */

typedef bool (*belongs)(int s, int what);
static bool everything(int s, int what) {
  (void)s, (void)what;
  return true;
}
static bool begins_with(int s, int name) { return session[s].first == name; }
static bool ends_with(int s, int name) { return session[s].last == name; }

static const int64_t bin_ends[] = {0, 600000000, 1200000000, 5400000000, INT64_MAX};
static bool in_bin(int s, int bin) {
  return session[s].duration >= bin_ends[bin] && session[s].duration < bin_ends[bin + 1];
}

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * fabs(a) + 1e-12; }

static void check_share(const journey_table *table, int64_t row, const char *name, int64_t x, int64_t n) {
  journey_interval expected;
  char low[64], high[64];
  ck_assert_int_eq(journey_stat_wilson(x, n, 0.95, &expected, NULL), JOURNEY_OK);
  snprintf(low, sizeof low, "%s_low", name);
  snprintf(high, sizeof high, "%s_high", name);
  ck_assert(same(expected.estimate, plain_float(table, row, name)));
  ck_assert(same(expected.low, plain_float(table, row, low)));
  ck_assert(same(expected.high, plain_float(table, row, high)));
}

/* `name` without "mean_"; x in units whose millionth part the table shows when it is a time. */
static void check_measure(const journey_table *table, int64_t row, const char *name, int64_t *x, int n) {
  double value[MOST_SESSIONS], scale = strstr(name, "seconds") ? 1 : 1e6;
  journey_interval mean;
  char column[64];
  for (int i = 0; i < n; i++) value[i] = (double)x[i] / 1e6 * scale;
  ck_assert_int_eq(journey_stat_mean(value, n, 0.95, &mean, NULL), JOURNEY_OK);
  snprintf(column, sizeof column, "mean_%s", name);
  ck_assert(same(mean.estimate, plain_float(table, row, column)));
  strcat(column, "_low");
  ck_assert(same(mean.low, plain_float(table, row, column)));
  snprintf(column, sizeof column, "mean_%s_high", name);
  ck_assert(same(mean.high, plain_float(table, row, column)));
  snprintf(column, sizeof column, "median_%s", name);
  ck_assert(same(plain_quantile(x, n, 0.5) * scale, plain_float(table, row, column)));
  snprintf(column, sizeof column, "p90_%s", name);
  ck_assert(same(plain_quantile(x, n, 0.9) * scale, plain_float(table, row, column)));
}

static void check_measures(const journey_table *table, int64_t row, belongs is_in, int what) {
  int64_t length[MOST_SESSIONS], depth[MOST_SESSIONS], duration[MOST_SESSIONS];
  int n = 0;
  for (int s = 0; s < sessions; s++) {
    if (!is_in(s, what)) continue;
    length[n] = session[s].length;
    depth[n] = session[s].depth;
    duration[n++] = session[s].duration;
  }
  check_measure(table, row, "events", length, n);
  check_measure(table, row, "depth", depth, n);
  check_measure(table, row, "seconds", duration, n);
}

static void check_counts(const journey_table *table, int64_t row, belongs is_in, int what, bool goal) {
  int64_t n = 0, customers = 0, bounces = 0, converted = 0;
  int last = -1;
  for (int s = 0; s < sessions; s++) {
    if (!is_in(s, what)) continue;
    n++;
    customers += session[s].customer != last;
    last = session[s].customer;
    bounces += session[s].length == 1;
    converted += session[s].converted;
  }
  ck_assert_int_eq(plain_int(table, row, "sessions"), n);
  ck_assert_int_eq(plain_int(table, row, "customers"), customers);
  ck_assert_int_eq(plain_int(table, row, "bounces"), bounces);
  check_share(table, row, "bounce_rate", bounces, n);
  ck_assert(goal == (journey_table_find(table, "converted") >= 0));
  if (!goal) return;
  ck_assert_int_eq(plain_int(table, row, "converted"), converted);
  check_share(table, row, "conversion_rate", converted, n);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

START_TEST(test_whole) {
  static const int64_t gaps[] = {0, INT64_C(1200000000)};
  for (int g = 0; g < 2; g++) {
    for (int of_sessions = 0; of_sessions < 2; of_sessions++) {
      journey_study_options scope = {.struct_size = sizeof scope, .session_gap = gaps[g], .paths = of_sessions};
      journey_study *study = open_round(_i, &scope);
      int64_t count[CUSTOMERS] = {0}, away[MOST_SESSIONS];
      int n = 0;
      cut(g ? gaps[g] : gap, 1 << 1);
      journey_table *table = plain_measure(study, "sessions", g ? "goal=list" : "", 0);
      ck_assert_int_eq(journey_table_rows(table), 1);
      check_counts(table, 0, everything, 0, g);
      check_measures(table, 0, everything, 0);
      for (int s = 0; s < sessions; s++) {
        count[session[s].customer]++;
        if (session[s].away >= 0) away[n++] = session[s].away;
      }
      check_measure(table, 0, "per_customer", count, CUSTOMERS);
      check_measure(table, 0, "away_seconds", away, n);
      journey_table_free(table);
      close_round(study);
    }
  }
}
END_TEST

static int rank_of(const int64_t *count, int name) {
  int rank = 0;
  for (int n = 0; n < PLAIN_NAMES; n++) {
    bool ties_before = count[n] == count[name] && strcmp(plain_names[n], plain_names[name]) < 0;
    rank += count[n] > count[name] || ties_before;
  }
  return rank;
}

static int64_t top_count[PLAIN_NAMES]; /* sessions that begin, or end, with each name */
static bool begins_otherwise(int s, int from) { return rank_of(top_count, session[s].first) >= from; }
static bool ends_otherwise(int s, int from) { return rank_of(top_count, session[s].last) >= from; }

/* Rows of the first events (or the last ones), which add up to all sessions. */
static void check_edges(journey_study *study, bool entry, int top) {
  char settings[64];
  int64_t sum = 0;
  int used = 0;
  memset(top_count, 0, sizeof top_count);
  for (int s = 0; s < sessions; s++) top_count[entry ? session[s].first : session[s].last]++;
  for (int n = 0; n < PLAIN_NAMES; n++) used += top_count[n] > 0;
  int top_shown = top < used ? top : used;
  snprintf(settings, sizeof settings, "%s=true, top=%d, goal=home|cart", entry ? "entry" : "exit", top);
  journey_table *table = plain_measure(study, "sessions", settings, 0);
  ck_assert_int_eq(journey_table_rows(table), top_shown + (used > top_shown));
  for (int n = 0; n < PLAIN_NAMES; n++) {
    int rank = rank_of(top_count, n);
    if (!top_count[n] || rank >= top_shown) continue;
    ck_assert_str_eq(plain_text(table, rank, entry ? "entry" : "exit"), plain_names[n]);
    check_counts(table, rank, entry ? begins_with : ends_with, n, true);
    check_measures(table, rank, entry ? begins_with : ends_with, n);
    check_share(table, rank, "share", top_count[n], sessions);
  }
  if (used > top_shown) {
    ck_assert_str_eq(plain_text(table, top_shown, entry ? "entry" : "exit"), "(other)");
    check_counts(table, top_shown, entry ? begins_otherwise : ends_otherwise, top_shown, true);
    check_measures(table, top_shown, entry ? begins_otherwise : ends_otherwise, top_shown);
  }
  for (int64_t row = 0; row < journey_table_rows(table); row++) sum += plain_int(table, row, "sessions");
  ck_assert_int_eq(sum, sessions);
  journey_table_free(table);
}

START_TEST(test_edges) {
  journey_study *study = open_round(_i, NULL);
  cut(gap, 1 << 0 | 1 << 3);
  for (int top = 1; top < 10; top += top == 3 ? 5 : 1) {
    check_edges(study, true, top);
    check_edges(study, false, top);
  }
  close_round(study);
}
END_TEST

START_TEST(test_histogram) {
  static const double ends[] = {0, 600, 1200, 5400, NAN};
  journey_study *study = open_round(_i, NULL);
  int64_t sum = 0;
  cut(gap, 1 << 1);
  journey_table *table = plain_measure(study, "sessions", "histogram=10m;20m;90m, goal=list", 0);
  ck_assert_int_eq(journey_table_rows(table), 4);
  for (int bin = 0; bin < 4; bin++) {
    check_counts(table, bin, in_bin, bin, true);
    check_share(table, bin, "share", plain_int(table, bin, "sessions"), sessions);
    ck_assert(same(plain_float(table, bin, "from_seconds"), ends[bin]));
    ck_assert(same(ends[bin + 1], plain_float(table, bin, "to_seconds")));
    sum += plain_int(table, bin, "sessions");
  }
  ck_assert_int_eq(sum, sessions);
  journey_table_free(table);
  table = plain_measure(study, "sessions", "histogram=auto", 0);
  ck_assert_int_eq(journey_table_rows(table), 8);
  journey_table_free(table);
  close_round(study);
}
END_TEST

static const char *const all_settings[] = {
    "", "goal=pay|cart", "entry=true, goal=pay", "entry=true, top=2", "exit=true, top=1", "histogram=1m;2h, goal=*"};
enum { SETTINGS = sizeof all_settings / sizeof *all_settings };

/* The same for any shards and threads, and for joined states; where paths are sessions, too. */
START_TEST(test_same_answer) {
  static const int shards[] = {2, 7, 0};
  journey_context_options three = {.struct_size = sizeof three, .threads = 3};
  journey_context *other;
  ck_assert_int_eq(journey_context_new(&three, &other, NULL), JOURNEY_OK);
  journey_study_options scope = {
      .struct_size = sizeof scope, .paths = _i & 1, .by = _i & 2 ? "channel" : NULL, .where = "event!=item"};
  journey_study *study = open_round(9, &scope), *part[3], *again = plain_study(&events, other, -1, NULL, &scope);
  for (int p = 0; p < 3; p++) part[p] = plain_study(&events, context, p, NULL, &scope);
  for (int i = 0; i < SETTINGS; i++) {
    journey_table *one = plain_measure(study, "sessions", all_settings[i], 1), *two;
    for (int s = 0; s < 3; s++) {
      two = plain_measure(again, "sessions", all_settings[i], shards[s]);
      plain_same(one, two, all_settings[i]);
      journey_table_free(two);
    }
    two = plain_join(context, part, 3, "sessions", all_settings[i]);
    plain_same(one, two, all_settings[i]);
    journey_table_free(two);
    journey_table_free(one);
  }
  for (int p = 0; p < 3; p++) journey_study_free(part[p]);
  journey_study_free(again);
  close_round(study);
  journey_context_free(other);
}
END_TEST

START_TEST(test_refused) {
  static const char *const cases[][3] = {
      {"goal", "auto", "sessions: option goal: must be a step, or none; not auto"},
      {"goal", "home,list", "sessions: option goal: must be one step, or none"},
      {"histogram", "", "sessions: option histogram: not a list of durations (10s, 1m, 1h)"},
      {"histogram", "1m,", "sessions: option histogram: not a list of durations (10s, 1m, 1h)"},
      {"histogram", "1m,1m",
       "sessions: option histogram: each duration must be longer than the one before, and than nothing"},
      {"histogram", "0s",
       "sessions: option histogram: each duration must be longer than the one before, and than nothing"},
      {"histogram", "1m,none", "sessions: option histogram: not a list of durations (10s, 1m, 1h)"},
  };
  journey_study *study = open_round(3, NULL);
  journey_table *table;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    journey_setting setting = {cases[i][0], cases[i][1]};
    journey_error err = {0};
    ck_assert_int_eq(journey_measure(study, "sessions", &setting, 1, &table, &err), JOURNEY_EINVAL);
    ck_assert_str_eq(err.message, cases[i][2]);
  }
  const journey_setting both[] = {{"entry", "true"}, {"exit", "true"}};
  ck_assert_int_eq(journey_measure(study, "sessions", both, 2, &table, NULL), JOURNEY_EINVAL);
  close_round(study);
}
END_TEST

/* Nobody at all: no data, and never 0. */
START_TEST(test_no_data) {
  journey_study_options scope = {.struct_size = sizeof scope, .where = "event=nothing"};
  journey_study *study = open_round(3, &scope);
  journey_table *table = plain_measure(study, "sessions", "goal=home", 0);
  ck_assert_int_eq(plain_int(table, 0, "sessions"), 0);
  ck_assert(plain_missing(table, 0, "bounce_rate") && plain_missing(table, 0, "conversion_rate"));
  ck_assert(plain_missing(table, 0, "mean_events") && plain_missing(table, 0, "median_seconds"));
  journey_table_free(table);
  close_round(study);
}
END_TEST

Suite *sessions_suite(void);
Suite *sessions_suite(void) {
  Suite *suite = suite_create("sessions");
  TCase *all = tcase_create("sessions");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_whole, 0, ROUNDS);
  tcase_add_loop_test(all, test_edges, 0, ROUNDS);
  tcase_add_loop_test(all, test_histogram, 0, ROUNDS);
  tcase_add_loop_test(all, test_same_answer, 0, 4);
  tcase_add_test(all, test_refused);
  tcase_add_test(all, test_no_data);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(sessions_suite()); }
