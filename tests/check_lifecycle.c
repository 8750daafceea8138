/* lifecycle, stickiness and active against what their words mean, counted by plain loops over small random paths with
 * the C library's own calendar; and their identities. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check_main.h"
#include "metric_model.h"

enum { CUSTOMERS = 30, MOST_PATH = 14, ROUNDS = 6, KINDS = 7 };
#define HOUR INT64_C(3600000000)

static journey_context *context;
static plain_events events;
static plain_event path[CUSTOMERS][MOST_PATH];
static int length[CUSTOMERS];
static int64_t number[KINDS][CUSTOMERS][MOST_PATH]; /* period of each event */
static journey_study *study;
static int64_t first, last; /* of the scope */

/* The zone of the C library's local time is the study's; its clocks change within the times of most rounds. */
static const char *const zones[] = {"UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu"};

/* ---- the calendar of the C library ------------------------------------------------------------------------------- */

enum { HOURS, DAYS, WEEKS, MONTHS, QUARTERS, YEARS, ALL };
static const char *const kinds[] = {"hour", "day", "week", "month", "quarter", "year", "all"};

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static int64_t period_of(int kind, int64_t time) {
  time_t seconds = (time_t)floor_div(time, 1000000);
  struct tm civil;
  localtime_r(&seconds, &civil);
  int64_t past_hour = civil.tm_min * 60 + civil.tm_sec;
  if (kind == ALL) return 0;
  if (kind == HOURS) return floor_div(seconds - past_hour, 900); /* a number that grows by 4 */
  if (kind >= MONTHS) {
    int64_t month = civil.tm_year * 12 + civil.tm_mon;
    return kind == MONTHS ? month : kind == QUARTERS ? month / 3 : month / 12;
  }
  struct tm midnight = {.tm_year = civil.tm_year, .tm_mon = civil.tm_mon, .tm_mday = civil.tm_mday};
  int64_t day = timegm(&midnight) / 86400;
  return kind == DAYS ? day : (day + 3) / 7;
}

static int64_t unit_of(int kind) { return kind == HOURS ? 4 : 1; } /* by which period_of() grows */

static void label_of(int kind, int64_t time, char label[32]) {
  static const char *const formats[] = {NULL, "%Y-%m-%d", "%G-W%V", "%Y-%m", NULL, "%Y"};
  time_t seconds = (time_t)(time / 1000000);
  struct tm civil;
  localtime_r(&seconds, &civil);
  *label = '\0';
  if (formats[kind]) strftime(label, 32, formats[kind], &civil);
}

/* ---- random events ----------------------------------------------------------------------------------------------- */

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static void use_zone(const char *zone) {
  setenv("TZ", zone, 1);
  tzset();
}

static void find_range(void) {
  first = INT64_MAX;
  last = INT64_MIN;
  for (int i = 0; i < events.count; i++) {
    if (events.event[i].time < first) first = events.event[i].time;
    if (events.event[i].time > last) last = events.event[i].time;
  }
}

static void number_events(void) {
  for (int kind = 0; kind < KINDS; kind++) {
    for (int c = 0; c < CUSTOMERS; c++) {
      for (int i = 0; i < length[c]; i++) number[kind][c][i] = period_of(kind, path[c][i].time);
    }
  }
}

static void open_round(int round, int ticks, int64_t tick, const journey_study_options *scope) {
  plain_shape shape = {
      .customers = CUSTOMERS,
      .most = 2 + round * 2 % (MOST_PATH - 1),
      .names = 2 + round % 7,
      .ticks = ticks,
      .tick = tick,
      .base = INT64_C(1541000000000000), /* 31 October 2018: three days before the clocks of Sao Paulo changed */
  };
  journey_study_options in_zone = {.struct_size = sizeof in_zone, .zone = zones[round % 4]};
  model_random random = {.state = 500 + (uint64_t)round};
  if (scope) in_zone = *scope, in_zone.zone = zones[round % 4];
  use_zone(zones[round % 4]);
  plain_new(&events, &random, &shape);
  study = plain_study(&events, context, -1, NULL, &in_zone);
  for (int c = 0; c < CUSTOMERS; c++) length[c] = plain_path(&events, c, path[c]);
  number_events();
  find_range();
}

static void close_round(void) {
  journey_study_free(study);
  plain_free(&events);
}

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-12 * fabs(a); }

/* ---- what counts ------------------------------------------------------------------------------------------------- */

/* What may count as being active. */
enum { ANY, HOME, TWO, DEAR, ACTIVES };
static const char *const actives[ACTIVES] = {"*", "home", "home|item", "*[value>=3]"};

static bool counts(const plain_event *event, int active) {
  if (active == HOME) return event->name == 0;
  if (active == TWO) return event->name == 0 || event->name == 2;
  return active == ANY || event->value >= 3;
}

static bool active_in(int c, int kind, int active, int64_t period) {
  for (int i = 0; i < length[c]; i++) {
    if (number[kind][c][i] == period && counts(&path[c][i], active)) return true;
  }
  return false;
}

static bool active_before(int c, int kind, int active, int64_t period) {
  for (int i = 0; i < length[c]; i++) {
    if (number[kind][c][i] < period && counts(&path[c][i], active)) return true;
  }
  return false;
}

/* ---- lifecycle --------------------------------------------------------------------------------------------------- */

static void check_kinds(const journey_table *table, int64_t row, int kind, int active, int64_t period) {
  int64_t is_new = 0, returning = 0, resurrecting = 0, dormant = 0, before = 0, unit = unit_of(kind);
  for (int c = 0; c < CUSTOMERS; c++) {
    bool now = active_in(c, kind, active, period), then = active_in(c, kind, active, period - unit);
    bool ever = active_before(c, kind, active, period);
    is_new += now && !ever;
    returning += now && then;
    resurrecting += now && ever && !then;
    dormant += !now && then;
    before += then;
  }
  ck_assert_int_eq(plain_int(table, row, "new"), is_new);
  ck_assert_int_eq(plain_int(table, row, "returning"), returning);
  ck_assert_int_eq(plain_int(table, row, "resurrecting"), resurrecting);
  ck_assert_int_eq(plain_int(table, row, "dormant"), dormant);
  ck_assert_int_eq(plain_int(table, row, "active"), is_new + returning + resurrecting);
  ck_assert_int_eq(plain_int(table, row, "complete"), period_of(kind, last + 1) > period);
  ck_assert(same(plain_float(table, row, "retained"), before ? (double)returning / (double)before : NAN));
  double pulse = (double)(is_new + resurrecting) / (double)dormant;
  ck_assert(same(plain_float(table, row, "pulse"), dormant ? pulse : NAN));
  if (dormant == 0) return;
  ck_assert(plain_float(table, row, "pulse_low") <= pulse && plain_float(table, row, "pulse_high") > pulse);
  ck_assert((pulse == 0) == (plain_float(table, row, "pulse_low") == 0));
}

/* Customers who were once active are new once; spells begin as often as they end, or go on to the end. */
static void check_lifecycle_identities(const journey_table *table, int active) {
  int64_t ever = 0, begun = 0, ended = 0, rows = journey_table_rows(table);
  for (int64_t row = 0; row < rows; row++) {
    ever += plain_int(table, row, "new");
    begun += plain_int(table, row, "new") + plain_int(table, row, "resurrecting");
    ended += plain_int(table, row, "dormant");
    if (row == 0) continue;
    ck_assert_int_eq(plain_int(table, row, "dormant"),
                     plain_int(table, row - 1, "active") - plain_int(table, row, "returning"));
  }
  for (int c = 0; c < CUSTOMERS; c++) ever -= active_before(c, DAYS, active, INT64_MAX);
  ck_assert_int_eq(ever, 0);
  if (rows > 0) ck_assert_int_eq(begun - ended, plain_int(table, rows - 1, "active"));
}

static void check_lifecycle(int kind, int active) {
  char settings[128], label[32];
  snprintf(settings, sizeof settings, "period=%s, active=%s", kinds[kind], actives[active]);
  journey_table *table = plain_measure(study, "lifecycle", settings, 0);
  int64_t from = period_of(kind, first), to = period_of(kind, last), unit = unit_of(kind);
  ck_assert_int_eq(journey_table_rows(table), (to - from) / unit + 1);
  for (int64_t row = 0; row <= (to - from) / unit; row++) check_kinds(table, row, kind, active, from + row * unit);
  for (int i = 0; i < events.count; i++) {
    label_of(kind, events.event[i].time, label);
    int64_t row = (period_of(kind, events.event[i].time) - from) / unit;
    if (*label && row >= 0 && row < journey_table_rows(table))
      ck_assert_str_eq(plain_text(table, row, "period"), label);
  }
  check_lifecycle_identities(table, active);
  journey_table_free(table);
}

START_TEST(test_lifecycle) {
  for (int kind = DAYS; kind <= YEARS; kind++) {
    open_round(_i, 300, kind <= WEEKS ? HOUR * 7 + 1 : HOUR * 60, NULL);
    for (int active = 0; active < ACTIVES; active++) check_lifecycle(kind, active);
    close_round();
  }
}
END_TEST

/* Hours by the minutes, and so through the hours that clocks repeat or leave out: four days around a change. */
START_TEST(test_lifecycle_of_hours) {
  open_round(_i, 400, 15 * 60000000, NULL);
  for (int active = 0; active < ACTIVES; active++) check_lifecycle(HOURS, active);
  close_round();
}
END_TEST

/* A period says where the rows begin and end, and which events there are. */
START_TEST(test_lifecycle_of_a_period) {
  const journey_study_options scope = {.struct_size = sizeof scope, .from = "2018-11-03", .to = "2019-02-20"};
  open_round(_i, 300, HOUR * 7, &scope);
  struct tm begin = {.tm_year = 118, .tm_mon = 10, .tm_mday = 3, .tm_isdst = -1};
  struct tm end = {.tm_year = 119, .tm_mon = 1, .tm_mday = 21, .tm_isdst = -1};
  first = mktime(&begin) * INT64_C(1000000);
  last = mktime(&end) * INT64_C(1000000) - 1;
  for (int c = 0; c < CUSTOMERS; c++) {
    int kept = 0;
    for (int i = 0; i < length[c]; i++) {
      if (path[c][i].time >= first && path[c][i].time <= last) path[c][kept++] = path[c][i];
    }
    length[c] = kept;
  }
  number_events();
  for (int kind = DAYS; kind <= MONTHS; kind++) check_lifecycle(kind, ANY);
  close_round();
}
END_TEST

/* ---- stickiness -------------------------------------------------------------------------------------------------- */

/* Different intervals of a period in which a customer was active. */
static int intervals_met(int c, int interval, int kind, int active, int64_t period) {
  int64_t seen[MOST_PATH];
  int met = 0;
  for (int i = 0; i < length[c]; i++) {
    int64_t at = number[interval][c][i];
    if (!counts(&path[c][i], active) || number[kind][c][i] != period) continue;
    if (met == 0 || seen[met - 1] != at) seen[met++] = at;
  }
  return met;
}

/* Intervals that a period has within the scope, found by going through it in steps of a quarter of an hour. */
static int intervals_of(int interval, int kind, int64_t period) {
  int n = 0;
  int64_t before = INT64_MIN;
  for (int64_t time = first; time <= last + HOUR / 4; time += HOUR / 4) {
    int64_t at = time < last ? time : last;
    if (period_of(kind, at) != period || period_of(interval, at) == before) continue;
    before = period_of(interval, at);
    n++;
  }
  return n;
}

static void check_sticky_row(const journey_table *table, int64_t row, int interval, int kind, int active,
                             int64_t period) {
  int64_t k = plain_int(table, row, "intervals"), exactly = 0, at_least = 0, all = 0;
  for (int c = 0; c < CUSTOMERS; c++) {
    int met = intervals_met(c, interval, kind, active, period);
    exactly += met == k;
    at_least += met >= k;
    all += met > 0;
  }
  ck_assert_int_eq(plain_int(table, row, "active"), all);
  ck_assert_int_eq(plain_int(table, row, "exactly"), exactly);
  ck_assert_int_eq(plain_int(table, row, "at_least"), at_least);
  ck_assert(same(plain_float(table, row, "exactly_share"), (double)exactly / (double)all));
  ck_assert(same(plain_float(table, row, "at_least_share"), (double)at_least / (double)all));
  ck_assert_int_eq(plain_int(table, row, "complete"), kind == ALL || period_of(kind, last + 1) > period);
}

static void check_stickiness(int interval, int kind, int active) {
  char settings[128], label[32];
  snprintf(settings, sizeof settings, "interval=%s, period=%s, active=%s", kinds[interval], kinds[kind],
           actives[active]);
  journey_table *table = plain_measure(study, "stickiness", settings, 0);
  int64_t row = 0;
  for (int64_t period = period_of(kind, first); period <= period_of(kind, last); period++) {
    int64_t all = 0, sum = 0, begin = row;
    for (int c = 0; c < CUSTOMERS; c++) all += active_in(c, kind, active, period);
    if (all == 0) continue;
    int intervals = intervals_of(interval, kind, period);
    for (int k = 1; k <= intervals; k++, row++) {
      ck_assert_int_eq(plain_int(table, row, "intervals"), k);
      check_sticky_row(table, row, interval, kind, active, period);
      sum += plain_int(table, row, "exactly");
    }
    ck_assert_int_eq(sum, all);
    for (int i = 0; i < events.count; i++) {
      if (period_of(kind, events.event[i].time) != period) continue;
      if (kind == ALL)
        strcpy(label, "(all)");
      else
        label_of(kind, events.event[i].time, label);
      if (*label) ck_assert_str_eq(plain_text(table, begin, "period"), label);
    }
  }
  ck_assert_int_eq(journey_table_rows(table), row);
  journey_table_free(table);
}

START_TEST(test_stickiness) {
  open_round(_i, 120, HOUR * 7 + 1, NULL);
  check_stickiness(HOURS, DAYS, ANY);
  for (int kind = WEEKS; kind <= ALL; kind++) check_stickiness(DAYS, kind, kind % ACTIVES);
  for (int kind = MONTHS; kind <= ALL; kind++) check_stickiness(WEEKS, kind, (kind + 1) % ACTIVES);
  for (int kind = QUARTERS; kind <= ALL; kind++) check_stickiness(MONTHS, kind, (kind + 2) % ACTIVES);
  close_round();
}
END_TEST

START_TEST(test_stickiness_refused) {
  static const char *const settings[][2] = {{"day", "day"}, {"week", "day"}, {"week", "week"}, {"month", "month"}};
  open_round(0, 20, HOUR, NULL);
  for (int i = 0; i < 4; i++) {
    journey_table *table;
    journey_error err = {0};
    const journey_setting setting[] = {{"interval", settings[i][0]}, {"period", settings[i][1]}};
    ck_assert_int_eq(journey_measure(study, "stickiness", setting, 2, &table, &err), JOURNEY_EINVAL);
    ck_assert_str_eq(err.message, "stickiness: option interval: must be shorter than the period");
  }
  close_round();
}
END_TEST

/* ---- active ------------------------------------------------------------------------------------------------------ */

static bool active_on(int c, int active, int64_t from, int64_t to) {
  for (int64_t day = from; day <= to; day++) {
    if (active_in(c, DAYS, active, day)) return true;
  }
  return false;
}

/* First and last day of the window of a day. */
static void window_of(int64_t day, int window, bool rolling, int64_t *from, int64_t *to) {
  *from = *to = day;
  if (rolling) {
    *from = day - (window == WEEKS ? 6 : 29);
  } else if (window == WEEKS) {
    while ((*from + 2) / 7 == (day + 3) / 7) --*from;
    *to = *from + 6;
  } else {
    time_t seconds = (time_t)day * 86400;
    struct tm civil;
    gmtime_r(&seconds, &civil);
    *from = day - civil.tm_mday + 1;
    civil.tm_mday = 1;
    civil.tm_mon++;
    *to = timegm(&civil) / 86400 - 1;
  }
}

static int64_t count_window(int64_t day, int window, bool rolling, int active, bool *covered) {
  int64_t from = day, to = day, customers = 0;
  if (window != DAYS) window_of(day, window, rolling, &from, &to);
  for (int c = 0; c < CUSTOMERS; c++) customers += active_on(c, active, from, to);
  *covered = *covered && from >= period_of(DAYS, first) && to < period_of(DAYS, last + 1);
  return customers;
}

static void check_active(bool rolling, int active) {
  char settings[128];
  snprintf(settings, sizeof settings, "windows=%s, active=%s", rolling ? "rolling" : "calendar", actives[active]);
  journey_table *table = plain_measure(study, "active", settings, 0), *average[2];
  strcat(settings, ", average=complete");
  average[1] = plain_measure(study, "active", settings, 0);
  strcpy(strrchr(settings, '=') + 1, "all");
  average[0] = plain_measure(study, "active", settings, 0);
  int64_t from = period_of(DAYS, first), days = period_of(DAYS, last) - from + 1, sum[2][4] = {{0}};
  ck_assert_int_eq(journey_table_rows(table), days);
  for (int64_t row = 0; row < days; row++) {
    bool covered = true;
    int64_t dau = count_window(from + row, DAYS, rolling, active, &covered);
    int64_t wau = count_window(from + row, WEEKS, rolling, active, &covered);
    int64_t mau = count_window(from + row, MONTHS, rolling, active, &covered);
    ck_assert_int_eq(plain_int(table, row, "dau"), dau);
    ck_assert_int_eq(plain_int(table, row, "wau"), wau);
    ck_assert_int_eq(plain_int(table, row, "mau"), mau);
    ck_assert_int_eq(plain_int(table, row, "complete"), covered);
    ck_assert(same(plain_float(table, row, "dau_wau"), wau ? (double)dau / (double)wau : NAN));
    ck_assert(same(plain_float(table, row, "dau_mau"), mau ? (double)dau / (double)mau : NAN));
    ck_assert(same(plain_float(table, row, "wau_mau"), mau && rolling ? (double)wau / (double)mau : NAN));
    for (int k = 0; k <= covered; k++) sum[k][0]++, sum[k][1] += dau, sum[k][2] += wau, sum[k][3] += mau;
  }
  for (int k = 0; k < 2; k++) {
    static const char *const columns[] = {"days", "dau", "wau", "mau"};
    double n = (double)sum[k][0];
    ck_assert_int_eq(journey_table_rows(average[k]), 1);
    ck_assert_int_eq(plain_int(average[k], 0, "days"), sum[k][0]);
    for (int i = 1; i < 4; i++) {
      ck_assert(same(plain_float(average[k], 0, columns[i]), n > 0 ? (double)sum[k][i] / n : NAN));
    }
    ck_assert(same(plain_float(average[k], 0, "dau_wau"), sum[k][2] ? (double)sum[k][1] / (double)sum[k][2] : NAN));
    ck_assert(same(plain_float(average[k], 0, "dau_mau"), sum[k][3] ? (double)sum[k][1] / (double)sum[k][3] : NAN));
    journey_table_free(average[k]);
  }
  journey_table_free(table);
}

START_TEST(test_active) {
  open_round(_i, 100, HOUR * (7 + 12 * (_i % 2)), NULL); /* a month, or more than two */
  for (int active = 0; active < ACTIVES; active++) {
    check_active(true, active);
    check_active(false, active);
  }
  close_round();
}
END_TEST

/* ---- of all three ------------------------------------------------------------------------------------------------ */

/* A customer is one customer, however many paths he has. */
START_TEST(test_sessions) {
  static const char *const metrics[][2] = {
      {"lifecycle", "period=day"}, {"stickiness", "period=month"}, {"active", ""}, {"active", "windows=calendar"}};
  const journey_study_options scope = {
      .struct_size = sizeof scope, .paths = JOURNEY_PATHS_OF_SESSIONS, .session_gap = 2 * HOUR};
  open_round(5, 100, HOUR, NULL);
  journey_study_options in_zone = scope;
  in_zone.zone = zones[5 % 4];
  journey_study *sessions = plain_study(&events, context, -1, NULL, &in_zone);
  for (int m = 0; m < 4; m++) {
    journey_table *whole = plain_measure(study, metrics[m][0], metrics[m][1], 0);
    journey_table *cut = plain_measure(sessions, metrics[m][0], metrics[m][1], 3);
    plain_same(whole, cut, metrics[m][0]);
    journey_table_free(whole);
    journey_table_free(cut);
  }
  journey_study_free(sessions);
  close_round();
}
END_TEST

START_TEST(test_too_many_periods) {
  journey_table *table;
  journey_error err = {0};
  const journey_study_options scope = {.struct_size = sizeof scope, .from = "1700-01-01", .to = "2200-01-01"};
  const journey_setting setting = {"period", "day"};
  open_round(0, 20, HOUR, &scope);
  ck_assert_int_eq(journey_measure(study, "lifecycle", &setting, 1, &table, &err), JOURNEY_ELIMIT);
  ck_assert_str_eq(err.message, "lifecycle: more than 100000 periods; choose longer ones, or a shorter scope");
  ck_assert_int_eq(journey_measure(study, "active", NULL, 0, &table, &err), JOURNEY_ELIMIT);
  table = plain_measure(study, "lifecycle", "period=week", 0);
  ck_assert_int_eq(journey_table_rows(table), 26090);
  journey_table_free(table);
  close_round();
}
END_TEST

Suite *lifecycle_suite(void);
Suite *lifecycle_suite(void) {
  Suite *suite = suite_create("lifecycle");
  TCase *all = tcase_create("lifecycle");
  tcase_set_timeout(all, 120);
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_lifecycle, 0, ROUNDS);
  tcase_add_loop_test(all, test_lifecycle_of_hours, 0, 4);
  tcase_add_loop_test(all, test_lifecycle_of_a_period, 0, 4);
  tcase_add_loop_test(all, test_stickiness, 0, ROUNDS);
  tcase_add_test(all, test_stickiness_refused);
  tcase_add_loop_test(all, test_active, 0, ROUNDS);
  tcase_add_test(all, test_sessions);
  tcase_add_test(all, test_too_many_periods);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(lifecycle_suite()); }
