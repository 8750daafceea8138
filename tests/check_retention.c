/* Retention against what its words mean, by plain loops over small random paths: every kind with every option. Periods
 * are told by libc's localtime, also over days on which clocks change. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check_main.h"
#include "journey/stat.h"
#include "metric_model.h"

enum { CUSTOMERS = 30, MOST_PATH = 14, MOST_ROWS = 24, ROUNDS = 600, RUNS = 6 };
enum { DAY, WEEK, MONTH, QUARTER, HOUR, UNITS };
enum { ON, AFTER, BEFORE, STREAK, BRACKETS, LOSS, KINDS };
enum { NO_VALUES, SUM, MEAN };

static const char *const units[] = {"day", "week", "month", "quarter", "hour"};
static const char *const kinds[] = {"on", "on_or_after", "on_or_before", "streak", "brackets", "loss"};
static const char *const zones[] = {"UTC", "Europe/Berlin", "America/New_York"};
static const int64_t unit_seconds[] = {86400, 7 * 86400, 30 * 86400, 90 * 86400, 3600};

/* A question, and the data it is asked of. */
static struct question {
  int unit, kind, start, returns, periods, least, values, average, zone;
  bool rolling, every, previous;
  int rows, from[MOST_ROWS], until[MOST_ROWS]; /* periods of each row, the last one included */
} q;

static journey_context *context;
static model_random numbers;
static plain_events events;
static plain_event path[CUSTOMERS][MOST_PATH];
static int length[CUSTOMERS];
static int64_t last_time; /* of the events */

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* ---- periods ----------------------------------------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static int64_t period_of(int64_t time) {
  time_t seconds = (time_t)floor_div(time, 1000000);
  struct tm civil;
  localtime_r(&seconds, &civil);
  int64_t day = floor_div((int64_t)seconds + civil.tm_gmtoff, 86400);
  switch (q.unit) {
  case DAY: return day;
  case WEEK: return floor_div(day + 3, 7);
  case MONTH: return (int64_t)civil.tm_year * 12 + civil.tm_mon;
  case QUARTER: return (int64_t)civil.tm_year * 4 + civil.tm_mon / 3;
  default: return floor_div(seconds, 3600); /* these zones change by whole hours */
  }
}

/* The first microsecond of a period: by halves. */
static int64_t begin_of(int64_t period) {
  int64_t years = INT64_C(1000000000) * 1000000, low = last_time - years, high = last_time + years; /* 30 of them */
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    if (period_of(middle) < period)
      low = middle;
    else
      high = middle;
  }
  return high;
}

static void write_label(int64_t begin, char label[32]) {
  static const char *const formats[] = {"%Y-%m-%d", "%G-W%V", "%Y-%m"};
  time_t seconds = (time_t)floor_div(begin, 1000000);
  struct tm civil;
  localtime_r(&seconds, &civil);
  if (q.unit < QUARTER) strftime(label, 32, formats[q.unit], &civil);
  if (q.unit == QUARTER) snprintf(label, 32, "%d-Q%d", civil.tm_year + 1900, civil.tm_mon / 3 + 1);
  if (q.unit != HOUR) return;
  strftime(label, 32, "%Y-%m-%dT%H:%M", &civil);
  int minutes = (int)(civil.tm_gmtoff / 60);
  if (minutes == 0 && q.zone == 0) strcat(label, "Z");
  else sprintf(label + strlen(label), "%c%02d:%02d", minutes < 0 ? '-' : '+', abs(minutes) / 60, abs(minutes) % 60);
}

/* ---- one customer in one cohort -------------------------------------------------------------------------------------------- */

static bool is_step(int name, const plain_event *event) { return name < 0 || event->name == name; }

/* Periods after his start at event s. */
static int64_t after(int c, int s, int i) {
  if (q.rolling) return (path[c][i].time - path[c][s].time) / (unit_seconds[q.unit] * 1000000);
  return period_of(path[c][i].time) - period_of(path[c][s].time);
}

static bool returned(int c, int s, int64_t k) {
  int n = 0;
  for (int i = s; i < length[c]; i++) n += is_step(q.returns, &path[c][i]) && after(c, s, i) == k;
  return n >= q.least;
}

static bool returned_within(int c, int s, int64_t from, int64_t until) {
  for (int i = s; i < length[c]; i++) {
    int64_t k = after(c, s, i);
    if (k >= from && k <= until && returned(c, s, k)) return true;
  }
  return false;
}

static bool is_counted(int c, int s, int row) {
  int from = q.from[row], until = q.until[row];
  if (q.kind == AFTER) return returned_within(c, s, from, INT64_MAX);
  if (q.kind == LOSS) {
    bool later = returned_within(c, s, from + 1, INT64_MAX);
    return !later && (from == 0 || returned(c, s, from));
  }
  if (q.kind == BEFORE && row > 0) return returned_within(c, s, 1, until);
  for (int k = 1; q.kind == STREAK && k < from; k++) {
    if (!returned(c, s, k)) return false;
  }
  return returned_within(c, s, from, until);
}

static bool counts_value(int c, int s, int row, int64_t k) {
  if (!returned(c, s, k)) return false;
  if (q.kind == AFTER) return k >= row;
  if (q.kind == BEFORE && row > 0) return k >= 1 && k <= row;
  return k >= q.from[row] && k <= q.until[row] && is_counted(c, s, row);
}

/* ---- a cohort -------------------------------------------------------------------------------------------------------------- */

/* Each event may be in the cohorts of all starts of its path. */
enum { MOST_VALUES = CUSTOMERS * MOST_PATH * MOST_PATH };

typedef struct cell {
  int64_t size, customers, of, later, values;
  double value[MOST_VALUES];
} cell;
static cell here;

static void add_values(cell *to, int c, int s, int row) {
  for (int i = s; i < length[c]; i++) {
    double x = path[c][i].value;
    if (isnan(x) || !is_step(q.returns, &path[c][i]) || !counts_value(c, s, row, after(c, s, i))) continue;
    to->value[to->values++] = x;
  }
}

static void add_customer(cell *to, int c, int s, int row) {
  bool counted = is_counted(c, s, row), of = true;
  if (q.previous && row > 0) {
    if (q.kind == LOSS) of = returned_within(c, s, row, INT64_MAX);
    else if (q.kind != STREAK || row > 1) of = is_counted(c, s, row - 1);
  }
  to->size++;
  to->of += of;
  to->customers += of && counted;
  if (q.kind == LOSS) to->later += returned_within(c, s, row + 1, INT64_MAX);
  add_values(to, c, s, row);
}

/* The event by which a customer comes into the cohort; -1: he does not. */
static int find_start(int c, int64_t cohort) {
  for (int i = 0; i < length[c]; i++) {
    if (!is_step(q.start, &path[c][i])) continue;
    if (period_of(path[c][i].time) == cohort) return i;
    if (!q.every) return -1;
  }
  return -1;
}

static void count_cell(int64_t cohort, int row) {
  here.size = here.customers = here.of = here.later = here.values = 0;
  for (int c = 0; c < CUSTOMERS; c++) {
    int s = find_start(c, cohort);
    if (s >= 0) add_customer(&here, c, s, row);
  }
}

static bool has_begun(int64_t cohort, int row) {
  if (!q.rolling) return cohort + q.from[row] <= period_of(last_time);
  return begin_of(cohort) + q.from[row] * unit_seconds[q.unit] * 1000000 <= last_time;
}

static bool is_complete(int64_t cohort, int row) {
  int k = q.until[row] + (q.kind == LOSS);
  if (!q.rolling) return period_of(last_time + 1) > cohort + k;
  return begin_of(cohort + 1) + (k + 1) * unit_seconds[q.unit] * 1000000 <= last_time + 1;
}

/* ---- the table --------------------------------------------------------------------------------------------------------------- */

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * (1 + fabs(a)); }

static void check_interval(const journey_table *table, int64_t row, const char *name, journey_interval expected) {
  char low[32], high[32];
  snprintf(low, sizeof low, "%s_low", name);
  snprintf(high, sizeof high, "%s_high", name);
  ck_assert(same(plain_float(table, row, name), expected.estimate));
  ck_assert(same(plain_float(table, row, low), expected.low));
  ck_assert(same(plain_float(table, row, high), expected.high));
}

static journey_interval wilson(int64_t x, int64_t n) {
  journey_interval interval;
  journey_status status = journey_stat_wilson(x, n, 0.95, &interval, NULL);
  ck_assert(status == JOURNEY_OK);
  return interval;
}

static journey_interval mean(const double *value, int64_t n) {
  journey_interval interval = {NAN, NAN, NAN};
  if (n > 0) ck_assert_int_eq(journey_stat_mean(value, n, 0.95, &interval, NULL), JOURNEY_OK);
  return interval;
}

static double sum(const double *value, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; i++) total += value[i];
  return n ? total : NAN;
}

static void check_row(const journey_table *table, int64_t row, const char *label, int k, const cell *of,
                      journey_interval rate, bool complete) {
  ck_assert_msg(row < journey_table_rows(table), "no row %s %d", label, k);
  ck_assert_str_eq(plain_text(table, row, "cohort"), label);
  ck_assert_int_eq(plain_int(table, row, "period"), k);
  ck_assert_int_eq(plain_int(table, row, "size"), of->of);
  ck_assert_int_eq(plain_int(table, row, "customers"), of->customers);
  ck_assert_int_eq(plain_int(table, row, "complete"), complete);
  check_interval(table, row, "rate", rate);
  if (q.kind == LOSS) ck_assert_int_eq(plain_int(table, row, "later"), of->later);
  if (q.values) ck_assert_int_eq(plain_int(table, row, "values"), of->values);
  if (q.values == SUM) ck_assert(same(plain_float(table, row, "value"), sum(of->value, of->values)));
  if (q.values == MEAN) check_interval(table, row, "value", mean(of->value, of->values));
}

typedef struct pool {
  cell cell;
  int64_t cohorts, rates;
  double rate[MOST_VALUES];
} pool;
static pool pools[MOST_ROWS];

static void add_to_pool(pool *to) {
  to->cohorts++;
  to->cell.customers += here.customers;
  to->cell.of += here.of;
  to->cell.later += here.later;
  for (int64_t i = 0; i < here.values; i++) to->cell.value[to->cell.values++] = here.value[i];
  if (here.of > 0) to->rate[to->rates++] = (double)here.customers / (double)here.of;
}

static int64_t check_cohort(const journey_table *table, int64_t row, int64_t cohort) {
  char label[32];
  count_cell(cohort, 0);
  if (here.size == 0) return row;
  write_label(begin_of(cohort), label);
  for (int k = 0; k < q.rows && has_begun(cohort, k); k++) {
    bool complete = is_complete(cohort, k);
    count_cell(cohort, k);
    if (complete) add_to_pool(&pools[k]);
    check_row(table, row++, label, k, &here, wilson(here.customers, here.of), complete);
  }
  return row;
}

static void check_table(const journey_table *table) {
  int64_t first = INT64_MAX, last = period_of(last_time), row = 0;
  for (int i = 0; i < events.count; i++) {
    int64_t period = period_of(events.event[i].time);
    if (period < first) first = period;
  }
  memset(pools, 0, sizeof pools);
  while (q.average && row < journey_table_rows(table) && !strcmp(plain_text(table, row, "cohort"), "(all)")) row++;
  int64_t all = row;
  for (int64_t cohort = first; cohort <= last; cohort++) row = check_cohort(table, row, cohort);
  ck_assert_int_eq(row, journey_table_rows(table));
  row = 0;
  for (int k = 0; q.average && k < q.rows && pools[k].cohorts > 0; k++) {
    const pool *p = &pools[k];
    check_row(table, row++, "(all)", k, &p->cell,
              q.average == 1 ? wilson(p->cell.customers, p->cell.of) : mean(p->rate, p->rates), true);
  }
  ck_assert_int_eq(row, all);
}

/* ---- random questions ---------------------------------------------------------------------------------------------------------- */

static void write_rows(char *text) {
  int k = 1;
  q.rows = 1;
  *text = '\0';
  if (q.kind == BRACKETS) strcpy(text, ", brackets=");
  while (q.kind == BRACKETS ? q.rows < 4 : q.rows <= q.periods) {
    if (q.kind == BRACKETS) k += model_below(&numbers, 2);
    q.from[q.rows] = q.until[q.rows] = k;
    if (q.kind == BRACKETS) {
      q.until[q.rows] += model_below(&numbers, 3);
      k = q.until[q.rows];
      sprintf(text + strlen(text), q.until[q.rows] == q.from[q.rows] ? "%s%d" : "%s%d-%d", q.rows > 1 ? ";" : "",
              q.from[q.rows], k);
    }
    q.rows++;
    k++;
  }
}

static void ask(char *settings, size_t n) {
  static const char *const values[] = {"none", "sum", "mean"}, *const averages[] = {"none", "weighted", "simple"};
  static const char *const parts[] = {"home", "list", "*"};
  char brackets[64], optional[128];
  q = (struct question){.unit = model_below(&numbers, UNITS), .kind = model_below(&numbers, KINDS)};
  q.start = model_below(&numbers, 3);
  q.returns = model_below(&numbers, 3);
  q.periods = 1 + model_below(&numbers, 9);
  q.least = model_below(&numbers, 3) ? 1 : 2 + model_below(&numbers, 2);
  q.values = model_below(&numbers, 3);
  q.average = model_below(&numbers, 3);
  q.zone = model_below(&numbers, 3);
  q.rolling = model_below(&numbers, 3) == 0;
  q.every = model_below(&numbers, 3) == 0;
  q.previous = q.kind != BEFORE && model_below(&numbers, 3) == 0;
  write_rows(brackets);
  snprintf(optional, sizeof optional, "%s%s%s", q.every ? ", cohort=every" : "", brackets,
           q.previous ? ", relative=previous" : "");
  snprintf(settings, n, "period=%s, kind=%s, start=%s, returns=%s", units[q.unit], kinds[q.kind], parts[q.start],
           parts[q.returns]);
  if (q.start == 2) q.start = -1;
  if (q.returns == 2) q.returns = -1;
  snprintf(settings + strlen(settings), n - strlen(settings), ", periods=%d, least=%d, values=%s, average=%s%s%s",
           q.periods, q.least, values[q.values], averages[q.average], optional, q.rolling ? ", rolling=true" : "");
}

/* About DST's ends in both zones; few ticks make many ties. */
static void make_events(void) {
  static const int64_t bases[] = {1698300000, 1699000000, 1711500000, 1710000000, 1700000000};
  int ticks = model_below(&numbers, 2) ? 60 : 6;
  int64_t tick = unit_seconds[q.unit] * 1000000 / (1 + model_below(&numbers, 5)) + model_below(&numbers, 2);
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = 1 + model_below(&numbers, MOST_PATH),
                       .names = 2 + model_below(&numbers, 3),
                       .ticks = ticks,
                       .tick = tick,
                       .base = bases[model_below(&numbers, 5)] * 1000000 + model_below(&numbers, 2)};
  plain_new(&events, &numbers, &shape);
  last_time = INT64_MIN;
  for (int i = 0; i < events.count; i++) {
    if (events.event[i].time > last_time) last_time = events.event[i].time;
  }
  for (int c = 0; c < CUSTOMERS; c++) length[c] = plain_path(&events, c, path[c]);
}

START_TEST(test_brute_force) {
  numbers.state = 4711 + (uint64_t)_i;
  for (int round = 0; round < ROUNDS / RUNS; round++) {
    char settings[512];
    ask(settings, sizeof settings);
    setenv("TZ", zones[q.zone], 1);
    tzset();
    make_events();
    journey_study_options scope = {.struct_size = sizeof scope, .zone = zones[q.zone]};
    journey_study *study = plain_study(&events, context, -1, NULL, &scope);
    journey_table *table = plain_measure(study, "retention", settings, 0);
    mark_point();
    check_table(table);
    journey_table_free(table);
    journey_study_free(study);
    plain_free(&events);
  }
}
END_TEST

/* ---- identities ------------------------------------------------------------------------------------------------------------------ */

static journey_study *big_study(int64_t tick, const char *by) {
  plain_shape shape = {.customers = 300, .most = 40, .names = 5, .ticks = 90, .tick = tick, .base = 1700000000000000};
  numbers.state = 99;
  plain_new(&events, &numbers, &shape);
  const journey_study_options scope = {.struct_size = sizeof scope, .by = by, .zone = "Europe/Berlin"};
  journey_study *study = plain_study(&events, context, -1, NULL, &scope);
  plain_free(&events);
  return study;
}

static journey_table *measure_kind(journey_study *study, int kind, const char *more) {
  char settings[256];
  snprintf(settings, sizeof settings, "kind=%s, %s", kinds[kind], more);
  return plain_measure(study, "retention", settings, 0);
}

static void check_identities(journey_table *const *of) {
  int64_t size = 0, lost = 0;
  for (int64_t row = 0; row < journey_table_rows(of[ON]); row++) {
    int64_t k = plain_int(of[ON], row, "period"), n[KINDS];
    for (int kind = 0; kind < KINDS; kind++) n[kind] = kind == BRACKETS ? 0 : plain_int(of[kind], row, "customers");
    ck_assert(n[STREAK] <= n[ON] && n[ON] <= n[AFTER] && n[ON] <= n[BEFORE]);
    if (k > 0) ck_assert(n[AFTER] <= plain_int(of[AFTER], row - 1, "customers"));
    if (k > 1) ck_assert(n[BEFORE] >= plain_int(of[BEFORE], row - 1, "customers"));
    if (k > 1) ck_assert(n[STREAK] <= plain_int(of[STREAK], row - 1, "customers"));
    if (k == 1) ck_assert(n[STREAK] == n[ON] && n[BEFORE] == n[ON]);
    if (k == 0) lost = 0, size = plain_int(of[LOSS], row, "size");
    lost += n[LOSS];
    ck_assert_int_eq(lost + plain_int(of[LOSS], row, "later"), size);
    if (k > 0) ck_assert_int_eq(plain_int(of[LOSS], row - 1, "later"), n[AFTER]);
  }
}

START_TEST(test_identities) {
  static const char *const more[] = {"period=day, periods=70, start=home, returns=list",
                                     "period=day, periods=20, cohort=every, least=2",
                                     "period=week, rolling=true, start=home",
                                     "period=hour, periods=500, cohort=every, start=home"};
  journey_study *study = big_study(INT64_C(43200000001) / (_i == 3 ? 12 : 1), NULL);
  journey_table *of[KINDS];
  for (int kind = 0; kind < KINDS; kind++) of[kind] = measure_kind(study, kind, more[_i]);
  check_identities(of);
  for (int kind = 0; kind < KINDS; kind++) journey_table_free(of[kind]);
  journey_study_free(study);
}
END_TEST

/* Sums over the rows of a cohort and period, in the groups and in the whole. */
START_TEST(test_groups_add_up) {
  const char *more = "period=day, periods=5, values=sum, cohort=every, brackets=1;3-5";
  journey_study *whole = big_study(INT64_C(86400000000), NULL), *cut = big_study(INT64_C(86400000000), "channel");
  journey_table *all = measure_kind(whole, BRACKETS, more), *groups = measure_kind(cut, BRACKETS, more);
  ck_assert_int_gt(journey_table_rows(all), 0);
  for (int64_t row = 0; row < journey_table_rows(all); row++) {
    int64_t size = 0, customers = 0, values = 0;
    for (int64_t other = 0; other < journey_table_rows(groups); other++) {
      if (strcmp(plain_text(all, row, "cohort"), plain_text(groups, other, "cohort")) != 0) continue;
      if (plain_int(all, row, "period") != plain_int(groups, other, "period")) continue;
      size += plain_int(groups, other, "size");
      customers += plain_int(groups, other, "customers");
      values += plain_int(groups, other, "values");
    }
    ck_assert_int_eq(size, plain_int(all, row, "size"));
    ck_assert_int_eq(customers, plain_int(all, row, "customers"));
    ck_assert_int_eq(values, plain_int(all, row, "values"));
  }
  journey_table_free(all);
  journey_table_free(groups);
  journey_study_free(whole);
  journey_study_free(cut);
}
END_TEST

/* ---- retention_steps --------------------------------------------------------------------------------------------------------------- */

static bool did(int c, int step, int64_t since) {
  for (int i = 0; i < length[c]; i++) {
    if (path[c][i].name == step && path[c][i].time >= since) return true;
  }
  return false;
}

static int64_t first_time(int c, int step) {
  for (int i = 0; i < length[c]; i++) {
    if (path[c][i].name == step) return path[c][i].time;
  }
  return INT64_MAX;
}

static void check_steps(const journey_table *table, const int *step, bool ordered) {
  int64_t n[4] = {0};
  for (int c = 0; c < CUSTOMERS; c++) {
    int64_t since = first_time(c, step[0]);
    for (int s = 0; s < 4 && since != INT64_MAX; s++) n[s] += did(c, step[s], ordered ? since : INT64_MIN);
  }
  for (int s = 0; s < 4; s++) {
    ck_assert_int_eq(plain_int(table, s, "customers"), n[s]);
    check_interval(table, s, "of_first", wilson(n[s], n[0]));
    check_interval(table, s, "of_all", wilson(n[s], CUSTOMERS));
  }
}

/* With --ordered a step is one of a funnel of two steps. */
static void check_funnel(journey_study *study, const journey_table *table, const int *step) {
  for (int s = 1; s < 4; s++) {
    char settings[64];
    snprintf(settings, sizeof settings, "steps=%s;%s", plain_names[step[0]], plain_names[step[s]]);
    journey_table *funnel = plain_measure(study, "funnel", settings, 0);
    ck_assert_int_eq(plain_int(funnel, 1, "customers"), plain_int(table, s, "customers"));
    journey_table_free(funnel);
  }
}

START_TEST(test_steps) {
  for (int round = 0; round < 40; round++) {
    char settings[128];
    int step[4];
    numbers.state = 31 * (uint64_t)_i + (uint64_t)round;
    q = (struct question){.unit = HOUR};
    make_events();
    for (int s = 0; s < 4; s++) step[s] = model_below(&numbers, 4);
    snprintf(settings, sizeof settings, "steps=%s;%s;%s;%s, ordered=%s", plain_names[step[0]], plain_names[step[1]],
             plain_names[step[2]], plain_names[step[3]], _i ? "true" : "false");
    journey_study *study = plain_study(&events, context, -1, NULL, NULL);
    journey_table *table = plain_measure(study, "retention_steps", settings, 0);
    ck_assert_int_eq(journey_table_rows(table), 4);
    check_steps(table, step, _i);
    if (_i) check_funnel(study, table, step);
    journey_table_free(table);
    journey_study_free(study);
    plain_free(&events);
  }
}
END_TEST

/* ---- refusals -------------------------------------------------------------------------------------------------------------------- */

static void refuse(journey_study *study, const char *text, const char *why) {
  plain_settings settings;
  journey_table *table;
  journey_error err = {0};
  plain_set(&settings, text);
  ck_assert_msg(journey_measure(study, "retention", settings.setting, settings.count, &table, &err) < 0, "%s", text);
  ck_assert_msg(strstr(err.message, why) != NULL, "%s: %s", text, err.message);
}

START_TEST(test_refused) {
  static const char *const brackets[] = {"0", "1;0", "2;1", "1;1", "3-2", "x", "1-", "1;", ";1", "1001", "1-1001", "-1",
                                         "1-2-3", "99999999999999999999", ""};
  journey_study *study = big_study(INT64_C(864000000000), NULL);
  for (size_t i = 0; i < sizeof brackets / sizeof *brackets; i++) {
    char text[128];
    snprintf(text, sizeof text, "kind=brackets, brackets=%s", brackets[i]);
    refuse(study, text, "option brackets: byte ");
  }
  refuse(study, "kind=on, brackets=1", "is for the kind brackets");
  refuse(study, "kind=on_or_before, relative=previous", "option relative: ");
  refuse(study, "period=hour, periods=1000", "too many periods");
  refuse(study, "period=day, periods=1000, values=mean", "too many periods");
  journey_study_free(study);
}
END_TEST

Suite *retention_suite(void);
Suite *retention_suite(void) {
  Suite *suite = suite_create("retention");
  TCase *all = tcase_create("retention");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_set_timeout(all, 120);
  tcase_add_loop_test(all, test_brute_force, 0, RUNS);
  tcase_add_loop_test(all, test_identities, 0, 4);
  tcase_add_test(all, test_groups_add_up);
  tcase_add_loop_test(all, test_steps, 0, 2);
  tcase_add_test(all, test_refused);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(retention_suite()); }
