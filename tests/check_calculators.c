/* Each calculator against what its words mean, counted by plain loops over small random paths; and its identities. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check_main.h"
#include "metric_model.h"

enum { CUSTOMERS = 40, MOST_PATH = 12, ENDS = PLAIN_NAMES, ROUNDS = 12 };

static journey_context *context;
static model_random random_numbers;
static plain_events events;
static plain_event path[CUSTOMERS][MOST_PATH];
static int length[CUSTOMERS];
static journey_study *study;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static void open_round(int round, int ticks, int64_t tick) {
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = 2 + round % (MOST_PATH - 1),
                       .names = 2 + round % 7,
                       .ticks = ticks,
                       .tick = tick,
                       .base = INT64_C(1700000000000000)};
  random_numbers.state = 1000 + (uint64_t)round;
  plain_new(&events, &random_numbers, &shape);
  study = plain_study(&events, context, -1, NULL, NULL);
  for (int c = 0; c < CUSTOMERS; c++) length[c] = plain_path(&events, c, path[c]);
}

static void close_round(void) {
  journey_study_free(study);
  plain_free(&events);
}

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-12 * fabs(a); }

/* ---- paths -------------------------------------------------------------------------------------------------------------- */

static void write_path(int c, bool collapse, int longest, char *text) {
  int n = 0, before = -1;
  *text = '\0';
  for (int i = 0; i < length[c] && n < longest; i++) {
    if (collapse && path[c][i].name == before) continue;
    before = path[c][i].name;
    if (n++) strcat(text, " > ");
    strcat(text, plain_names[before]);
  }
}

START_TEST(test_paths) {
  static const struct {
    const char *settings;
    bool collapse;
    int longest;
  } cases[] = {
      {"", false, 1000}, {"collapse=true", true, 1000}, {"length=2", false, 2}, {"collapse=true, length=3", true, 3}};
  open_round(_i, 5, 1000000);
  for (int k = 0; k < 4; k++) {
    journey_table *table = plain_measure(study, "paths", cases[k].settings, 0);
    int64_t sum = 0, counts[CUSTOMERS] = {0};
    for (int c = 0; c < CUSTOMERS; c++) {
      char text[256];
      write_path(c, cases[k].collapse, cases[k].longest, text);
      int64_t row = plain_find(table, "path", text, NULL, NULL);
      ck_assert_msg(row >= 0, "%s", text);
      counts[row]++;
    }
    for (int64_t row = 0; row < journey_table_rows(table); row++) {
      ck_assert_int_eq(plain_int(table, row, "count"), counts[row]);
      ck_assert(same(plain_float(table, row, "share"), (double)counts[row] / CUSTOMERS));
      ck_assert(row == 0 || counts[row - 1] >= counts[row]);
      sum += counts[row];
    }
    ck_assert_int_eq(sum, CUSTOMERS);
    journey_table_free(table);
  }
  close_round();
}
END_TEST

/* However few are shown, the counts are those of all paths. */
START_TEST(test_paths_other) {
  open_round(_i, 5, 1000000);
  journey_table *all = plain_measure(study, "paths", "", 0), *few = plain_measure(study, "paths", "most=3", 0);
  int64_t rest = CUSTOMERS, shown = journey_table_rows(all) < 3 ? journey_table_rows(all) : 3;
  for (int64_t row = 0; row < shown; row++) {
    ck_assert_str_eq(plain_text(all, row, "path"), plain_text(few, row, "path"));
    ck_assert_int_eq(plain_int(all, row, "count"), plain_int(few, row, "count"));
    rest -= plain_int(all, row, "count");
  }
  ck_assert_int_eq(journey_table_rows(few), shown + (rest > 0));
  if (rest > 0) {
    ck_assert_str_eq(plain_text(few, 3, "path"), "(other)");
    ck_assert_int_eq(plain_int(few, 3, "count"), rest);
    ck_assert(plain_missing(few, 3, "length"));
  }
  journey_table_free(all);
  journey_table_free(few);
  close_round();
}
END_TEST

/* ---- steps --------------------------------------------------------------------------------------------------------------- */

static const char *node(int name, const char *end) { return name == ENDS ? end : plain_names[name]; }

enum { DEPTH = 4 };
static int64_t flow[DEPTH][PLAIN_NAMES][PLAIN_NAMES + 1];

static int count_flow(int start, bool collapse) {
  int paths = 0;
  memset(flow, 0, sizeof flow);
  for (int c = 0; c < CUSTOMERS; c++) {
    int i = 0, level = 0;
    while (i < length[c] && path[c][i].name != start) i++;
    if (i == length[c]) continue;
    paths++;
    int from = path[c][i].name;
    for (i++; i < length[c] && level < DEPTH - 1; i++) {
      if (collapse && path[c][i].name == from) continue;
      flow[level++][from][path[c][i].name]++;
      from = path[c][i].name;
    }
    if (level < DEPTH - 1) flow[level][from][ENDS]++;
  }
  return paths;
}

static void check_flow(const journey_table *table) {
  int64_t edges_found = 0;
  for (int level = 0; level < DEPTH - 1; level++) {
    for (int from = 0; from < PLAIN_NAMES; from++) {
      for (int to = 0; to <= ENDS; to++) {
        if (!flow[level][from][to]) continue;
        edges_found++;
        int64_t row = 0, rows = journey_table_rows(table);
        for (; row < rows; row++) {
          if (plain_int(table, row, "step") == level + 1 &&
              !strcmp(plain_text(table, row, "from"), plain_names[from]) &&
              !strcmp(plain_text(table, row, "to"), node(to, "(exit)")))
            break;
        }
        ck_assert(row < rows && plain_int(table, row, "count") == flow[level][from][to]);
      }
    }
  }
  ck_assert_int_eq(journey_table_rows(table), edges_found);
}

/* Visits of a node: what comes in at a position, and what goes out. */
static int64_t visits(const journey_table *table, int64_t step, const char *column, const char *name) {
  int64_t sum = 0;
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    if (plain_int(table, row, "step") == step && !strcmp(plain_text(table, row, column), name)) {
      sum += plain_int(table, row, "count");
    }
  }
  return sum;
}

static void check_balance(const journey_table *table, int paths, int top) {
  int64_t first = 0;
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    const char *to = plain_text(table, row, "to");
    int64_t step = plain_int(table, row, "step");
    if (step == 1) first += plain_int(table, row, "count");
    if (!strcmp(to, "(exit)") || step == DEPTH - 1) continue;
    ck_assert_int_eq(visits(table, step, "to", to), visits(table, step + 1, "from", to));
  }
  ck_assert_int_eq(first, paths);
  for (int64_t step = 1; step < DEPTH; step++) {
    int kept = 0;
    int64_t least = INT64_MAX, most = 0; /* of those kept, and of those in (other) */
    for (int n = 0; n < PLAIN_NAMES; n++) {
      int64_t true_visits = 0, shown = visits(table, step, "from", plain_names[n]);
      for (int to = 0; to <= ENDS; to++) true_visits += flow[step - 1][n][to];
      ck_assert(shown == 0 || shown == true_visits);
      kept += shown > 0;
      if (shown && shown < least) least = shown;
      if (!shown && true_visits > most) most = true_visits;
    }
    ck_assert(kept <= top && least >= most);
  }
}

START_TEST(test_steps) {
  open_round(_i, 20, 1000000);
  for (int collapse = 0; collapse < 2; collapse++) {
    int start = _i % 2, paths = count_flow(start, collapse);
    for (int top = 1; top <= 9; top += top == 3 ? 6 : 1) {
      char settings[128];
      snprintf(settings, sizeof settings, "start=%s, depth=%d, top=%d, collapse=%s", plain_names[start], DEPTH, top,
               collapse ? "true" : "false");
      journey_table *table = plain_measure(study, "steps", settings, 0);
      if (top == 9) check_flow(table);
      check_balance(table, paths, top);
      journey_table_free(table);
    }
  }
  close_round();
}
END_TEST

/* ---- retention ------------------------------------------------------------------------------------------------------------- */

static int64_t period_of(int kind, int64_t time, char label[32]) {
  static const char *const formats[] = {"%Y-%m-%d", "%G-W%V", "%Y-%m"};
  time_t seconds = (time_t)(time / 1000000);
  struct tm civil;
  gmtime_r(&seconds, &civil);
  strftime(label, 32, formats[kind], &civil);
  int64_t day = time / 86400000000;
  return kind == 0 ? day : kind == 1 ? (day + 3) / 7 : civil.tm_year * 12 + civil.tm_mon;
}

static bool active_in(int c, int kind, int returns, int64_t since, int64_t period) {
  char label[32];
  for (int i = 0; i < length[c]; i++) {
    if ((returns < 0 || path[c][i].name == returns) && path[c][i].time >= since &&
        period_of(kind, path[c][i].time, label) == period)
      return true;
  }
  return false;
}

/* Events at the time of the start that arrived before it do not come after it. */
static int find_start(int c, int start) {
  for (int i = 0; i < length[c]; i++) {
    if (start < 0 || path[c][i].name == start) return i;
  }
  return -1;
}

static void check_cell(const journey_table *table, int64_t row, int kind, int start, int returns) {
  const char *cohort = plain_text(table, row, "cohort");
  int64_t after = plain_int(table, row, "period"), size = 0, active = 0;
  for (int c = 0; c < CUSTOMERS; c++) {
    char label[32];
    int first = find_start(c, start);
    if (first < 0) continue;
    int64_t period = period_of(kind, path[c][first].time, label);
    if (strcmp(label, cohort) != 0) continue;
    size++;
    active += active_in(c, kind, returns, path[c][first].time, period + after);
  }
  ck_assert_int_eq(plain_int(table, row, "size"), size);
  ck_assert_int_eq(plain_int(table, row, "customers"), active);
  ck_assert(same(plain_float(table, row, "rate"), (double)active / (double)size));
}

START_TEST(test_retention) {
  static const char *const kinds[] = {"day", "week", "month"};
  for (int kind = 0; kind < 3; kind++) {
    open_round(_i, 400, INT64_C(61) * 3600000000 + 1); /* hardly a tie: about 2.8 years */
    for (int start = -1; start < 2; start++) {
      char settings[128];
      int returns = start == 1 ? 0 : start;
      snprintf(settings, sizeof settings, "period=%s, start=%s, returns=%s, periods=9", kinds[kind],
               start < 0 ? "*" : plain_names[start], returns < 0 ? "*" : plain_names[returns]);
      journey_table *table = plain_measure(study, "retention", settings, 0);
      int64_t members = 0, starters = 0;
      for (int64_t row = 0; row < journey_table_rows(table); row++) {
        bool first = plain_int(table, row, "period") == 0;
        check_cell(table, row, kind, start, returns);
        members += first ? plain_int(table, row, "size") : 0;
        if (first && start == returns) ck_assert(plain_float(table, row, "rate") == 1);
      }
      for (int c = 0; c < CUSTOMERS; c++) starters += find_start(c, start) >= 0;
      ck_assert_int_eq(members, starters);
      journey_table_free(table);
    }
    close_round();
  }
}
END_TEST

Suite *calculators_suite(void);
Suite *calculators_suite(void) {
  Suite *suite = suite_create("calculators");
  TCase *all = tcase_create("calculators");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_paths, 0, ROUNDS);
  tcase_add_loop_test(all, test_paths_other, 0, ROUNDS);
  tcase_add_loop_test(all, test_steps, 0, ROUNDS);
  tcase_add_loop_test(all, test_retention, 0, 4);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(calculators_suite()); }
