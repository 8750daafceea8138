/* overlap against plain loops over small random paths, and its identities. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "metric_model.h"

enum { CUSTOMERS = 40, MOST_PATH = 9, ROUNDS = 12, MOST_SETS = 64 };

static journey_context *context;
static plain_events events;
static journey_study *study;
static int sets;
static uint64_t member[CUSTOMERS]; /* bit s: in set s */

/* Steps, and what they mean. */
static const struct {
  const char *text;
  int name, other; /* one of two names; -1: any */
  double least;    /* value, NAN: any */
} steps[] = {
    {"home", 0, 0, NAN},         {"list|pay", 1, 4, NAN},  {"*[value>=10]", -1, -1, 10}, {"cart", 3, 3, NAN},
    {"item[value>=0]", 2, 2, 0}, {"help|csat", 5, 6, NAN}, {"home|list", 0, 1, NAN},
};
enum { STEPS = sizeof steps / sizeof *steps };

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static bool is_in(const plain_event *event, int step) {
  bool named = steps[step].name < 0 || event->name == steps[step].name || event->name == steps[step].other;
  return named && (isnan(steps[step].least) || event->value >= steps[step].least);
}

/* The first `count` steps, over and over; and who is in their sets. */
static void open_round(int round, int count, const journey_study_options *scope) {
  plain_shape shape = {
      .customers = CUSTOMERS, .most = 1 + round % MOST_PATH, .names = PLAIN_NAMES, .ticks = 50, .tick = 60000000};
  model_random random = {.state = 40 + (uint64_t)round};
  plain_new(&events, &random, &shape);
  study = plain_study(&events, context, -1, NULL, scope);
  sets = count;
  memset(member, 0, sizeof member);
  for (int i = 0; i < events.count; i++) {
    for (int s = 0; s < sets; s++) {
      if (is_in(&events.event[i], s % STEPS)) member[events.event[i].customer] |= UINT64_C(1) << s;
    }
  }
}

static void close_round(void) {
  journey_study_free(study);
  plain_free(&events);
}

static void write_settings(char *settings, const char *more) {
  strcpy(settings, "steps=");
  for (int s = 0; s < sets; s++) sprintf(settings + strlen(settings), "%s%s", s ? ";" : "", steps[s % STEPS].text);
  strcat(settings, more);
}

static journey_table *measure(const char *more) {
  char settings[1024];
  write_settings(settings, more);
  return plain_measure(study, "overlap", settings, 0);
}

static int64_t count_in(uint64_t all, uint64_t none) {
  int64_t n = 0;
  for (int c = 0; c < CUSTOMERS; c++) n += (member[c] & all) == all && !(member[c] & none);
  return n;
}

static bool same_share(const journey_table *table, int64_t row, const char *column, int64_t x, int64_t n) {
  char name[32];
  journey_interval share;
  if (n == 0) return plain_missing(table, row, column);
  ck_assert_int_eq(journey_stat_wilson(x, n, 0.95, &share, NULL), JOURNEY_OK);
  snprintf(name, sizeof name, "%s_low", column);
  if (plain_float(table, row, column) != share.estimate || plain_float(table, row, name) != share.low) return false;
  snprintf(name, sizeof name, "%s_high", column);
  return plain_float(table, row, name) == share.high;
}

START_TEST(test_sets) {
  open_round(_i, 1 + _i % STEPS, NULL);
  journey_table *table = measure(", show=sets");
  ck_assert_int_eq(journey_table_rows(table), sets);
  for (int s = 0; s < sets; s++) {
    uint64_t set = UINT64_C(1) << s;
    ck_assert_str_eq(plain_text(table, s, "set"), steps[s].text);
    ck_assert_int_eq(plain_int(table, s, "customers"), count_in(set, 0));
    ck_assert_int_eq(plain_int(table, s, "only"), count_in(set, ~set));
    ck_assert(same_share(table, s, "share", count_in(set, 0), CUSTOMERS));
  }
  journey_table_free(table);
  close_round();
}
END_TEST

static void check_pairs(const journey_table *table) {
  int64_t row = 0;
  for (int s = 0; s < sets; s++) {
    for (int t = s + 1; t < sets; t++, row++) {
      uint64_t a = UINT64_C(1) << s, b = UINT64_C(1) << t;
      int64_t both = count_in(a | b, 0), either = CUSTOMERS - count_in(0, a | b);
      ck_assert_str_eq(plain_text(table, row, "a"), steps[s % STEPS].text);
      ck_assert_str_eq(plain_text(table, row, "b"), steps[t % STEPS].text);
      ck_assert_int_eq(plain_int(table, row, "customers_a"), count_in(a, 0));
      ck_assert_int_eq(plain_int(table, row, "customers_b"), count_in(b, 0));
      ck_assert_int_eq(plain_int(table, row, "both"), both);
      ck_assert_int_eq(plain_int(table, row, "either"), either);
      ck_assert(same_share(table, row, "jaccard", both, either));
      ck_assert(same_share(table, row, "of_a", both, count_in(a, 0)));
      ck_assert(same_share(table, row, "of_b", both, count_in(b, 0)));
    }
  }
  ck_assert_int_eq(journey_table_rows(table), row);
}

START_TEST(test_pairs) {
  open_round(_i, 1 + _i % STEPS, NULL);
  journey_table *table = measure("");
  check_pairs(table);
  journey_table_free(table);
  close_round();
}
END_TEST

/* As many sets as there may be: the last bit counts like the others. */
START_TEST(test_64_sets) {
  open_round(7, MOST_SETS, NULL);
  journey_table *table = measure(", show=pairs");
  check_pairs(table);
  journey_table_free(table);
  close_round();
}
END_TEST

/* The name of a combination, as it is written in the table. */
static void write_name(uint64_t of, char *name) {
  strcpy(name, of ? "" : "(none)");
  for (int s = 0; s < sets; s++) {
    if (of >> s & 1) sprintf(name + strlen(name), "%s%s", *name ? " & " : "", steps[s % STEPS].text);
  }
}

START_TEST(test_combinations) {
  open_round(_i, 1 + _i % STEPS, NULL);
  journey_table *table = measure(", show=combinations, most=1000"), *top = measure(", show=combinations, most=3");
  int64_t rows = 0, total = 0, shown = 0;
  for (uint64_t of = 0; of < UINT64_C(1) << sets; of++) {
    char name[256];
    write_name(of, name);
    int64_t customers = count_in(of, ~of), row = plain_find(table, "combination", name, NULL, NULL);
    ck_assert((row >= 0) == (customers > 0));
    if (row < 0) continue;
    rows++;
    total += customers;
    ck_assert_int_eq(plain_int(table, row, "customers"), customers);
    ck_assert_int_eq(plain_int(table, row, "sets"), __builtin_popcountll(of));
    ck_assert(same_share(table, row, "share", customers, CUSTOMERS));
  }
  ck_assert_int_eq(journey_table_rows(table), rows);
  ck_assert_int_eq(total, CUSTOMERS);
  for (int64_t row = 1; row < rows; row++) {
    int64_t more = plain_int(table, row - 1, "customers") - plain_int(table, row, "customers");
    ck_assert(more > 0 || (more == 0 && plain_int(table, row - 1, "sets") <= plain_int(table, row, "sets")));
  }
  ck_assert_int_eq(journey_table_rows(top), rows <= 3 ? rows : 4);
  for (int64_t row = 0; row < journey_table_rows(top); row++) {
    shown += plain_int(top, row, "customers");
    if (row == 3)
      ck_assert(!strcmp(plain_text(top, 3, "combination"), "(other)") && plain_missing(top, 3, "sets"));
    else
      ck_assert_str_eq(plain_text(top, row, "combination"), plain_text(table, row, "combination"));
  }
  ck_assert_int_eq(shown, CUSTOMERS);
  journey_table_free(table);
  journey_table_free(top);
  close_round();
}
END_TEST

/* Of equal counts and sizes the one with the earlier step comes first: here one customer each. */
START_TEST(test_ties) {
  static const int names[] = {3, 1, 0, 2};
  static const char *const order[] = {"home", "list", "item", "cart"};
  plain_event list[4];
  for (int i = 0; i < 4; i++) list[i] = (plain_event){i, names[i], 0, i, NAN};
  plain_events few = {list, 4, 4, 1};
  journey_study *of = plain_study(&few, context, -1, NULL, NULL);
  journey_table *table = plain_measure(of, "overlap", "steps=home;list;item;cart, show=combinations", 0);
  for (int i = 0; i < 4; i++) ck_assert_str_eq(plain_text(table, i, "combination"), order[i]);
  journey_table_free(table);
  journey_study_free(of);
}
END_TEST

/* A customer is one customer, however many paths he has. */
START_TEST(test_sessions) {
  const journey_study_options scope = {
      .struct_size = sizeof scope, .paths = JOURNEY_PATHS_OF_SESSIONS, .session_gap = 60000000};
  open_round(8, 5, &scope);
  journey_table *table = measure("");
  check_pairs(table);
  journey_table_free(table);
  close_round();
}
END_TEST

Suite *overlap_suite(void);
Suite *overlap_suite(void) {
  Suite *suite = suite_create("overlap");
  TCase *all = tcase_create("overlap");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_sets, 0, ROUNDS);
  tcase_add_loop_test(all, test_pairs, 0, ROUNDS);
  tcase_add_test(all, test_64_sets);
  tcase_add_loop_test(all, test_combinations, 0, ROUNDS);
  tcase_add_test(all, test_ties);
  tcase_add_test(all, test_sessions);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(overlap_suite()); }
