/* The table of impact: a row for each period, and three that compare all before with all after. */
#include <math.h>
#include <stdio.h>

#include "internal.h"

/* What is known of the customers of a row, who have each some events (often none) and their value. */
typedef struct row {
  int64_t customers, events, active;
  journey_sum count, count_squares, value, value_squares;
} row;

/* The periods from the earliest to the last one, then these. */
enum { BEFORE, AFTER, DIFFERENCE, COMPARED };

/* Customers by whether they had any outcome before and after. */
typedef struct pairs {
  int64_t both, after_only, before_only, none;
} pairs;

typedef struct sheet {
  const jn_impact *impact;
  int64_t first, last; /* of the events */
  row *rows;           /* 2 * periods + COMPARED */
  pairs pairs;
  int valued; /* whether any outcome had a value */
} sheet;

static size_t count_rows(const jn_impact *m) { return (size_t)m->periods * 2 + COMPARED; }

static row *row_of_period(const sheet *s, int32_t period) {
  int32_t periods = s->impact->periods;
  return &s->rows[period < 0 ? period + periods : period + periods - 1];
}

static row *row_of_all(const sheet *s, int which) { return &s->rows[s->impact->periods * 2 + which]; }

/* ---- adding up --------------------------------------------------------------------------------------------------- */

/* Nothing to add for a customer without events: zeros change no sum. */
static void add(const journey_host *host, row *r, double events, double value) {
  host->sum_add(host, &r->count, &r->count_squares, &events, 1);
  host->sum_add(host, &r->value, &r->value_squares, &value, 1);
}

static void add_outcome(const journey_host *host, row *r, int64_t events, double value) {
  r->events = journey_add_counts(r->events, events);
  r->active += events > 0;
  add(host, r, (double)events, value);
}

/* How many periods before, or after, the treatment lie whole within the events. */
static int32_t covered_before(const sheet *s, int64_t treatment) {
  int64_t periods = treatment < s->first ? 0 : journey_elapsed(s->first, treatment) / s->impact->length;
  return periods < s->impact->periods ? (int32_t)periods : s->impact->periods;
}

static int32_t covered_after(const sheet *s, int64_t treatment) {
  int64_t elapsed = treatment > s->last ? -1 : journey_elapsed(treatment, s->last);
  if (elapsed < INT64_MAX) elapsed++; /* the last time is within */
  int64_t periods = elapsed / s->impact->length;
  return periods < s->impact->periods ? (int32_t)periods : s->impact->periods;
}

/* A customer who is covered from the first period to the last is compared with himself. */
static void compare(sheet *s, const jn_impact_outcome *outcome, size_t n) {
  const journey_host *host = s->impact->host;
  int64_t events[2] = {0, 0};
  double value[2] = {0, 0};
  for (size_t i = 0; i < n; i++) {
    int after = outcome[i].period > 0;
    events[after] = journey_add_counts(events[after], outcome[i].events);
    value[after] += outcome[i].value;
  }
  for (int which = 0; which < COMPARED; which++) row_of_all(s, which)->customers++;
  if (events[0] > 0) add_outcome(host, row_of_all(s, BEFORE), events[0], value[0]);
  if (events[1] > 0) add_outcome(host, row_of_all(s, AFTER), events[1], value[1]);
  add(host, row_of_all(s, DIFFERENCE), (double)events[1] - (double)events[0], value[1] - value[0]);
  if (events[0] > 0 && events[1] > 0)
    s->pairs.both++;
  else if (events[1] > 0)
    s->pairs.after_only++;
  else if (events[0] > 0)
    s->pairs.before_only++;
  else
    s->pairs.none++;
}

static void add_customer(sheet *s, int64_t treatment, const jn_impact_outcome *outcome, size_t n) {
  int32_t before = covered_before(s, treatment), after = covered_after(s, treatment);
  for (int32_t j = 1; j <= before; j++) row_of_period(s, -j)->customers++;
  for (int32_t j = 1; j <= after; j++) row_of_period(s, j)->customers++;
  for (size_t i = 0; i < n; i++) {
    s->valued |= outcome[i].valued;
    if (outcome[i].period < -before || outcome[i].period > after) continue;
    add_outcome(s->impact->host, row_of_period(s, outcome[i].period), outcome[i].events, outcome[i].value);
  }
  if (before == s->impact->periods && after == s->impact->periods) compare(s, outcome, n);
}

static journey_status add_up(sheet *s, journey_error *err) {
  const jn_impact *m = s->impact;
  for (size_t c = 0, i = 0; c < m->treated.count; c++) {
    size_t begin = i;
    while (i < m->count && m->outcomes[i].customer == c) i++;
    add_customer(s, m->treated.item[c], &m->outcomes[begin], i - begin);
    if (c % 65536 == 65535 && m->host->cancelled(m->host, err) != JOURNEY_OK) return JOURNEY_ECANCELLED;
  }
  return JOURNEY_OK;
}

/* ---- a difference of paired shares ------------------------------------------------------------------------------- */

/* Correlation of the pairs, with the continuity correction that the method asks for. */
static double correlation(const pairs *p) {
  double both = (double)p->both, after = (double)p->after_only, before = (double)p->before_only, none = (double)p->none;
  double below = (both + after) * (before + none) * (both + before) * (after + none);
  double above = both * none - after * before, half = (both + after + before + none) / 2;
  if (below == 0) return 0;
  if (above > 0) above = above > half ? above - half : 0;
  return above / sqrt(below);
}

static double distance(double a, double b, double correlation) {
  double square = a * a - 2 * correlation * a * b + b * b;
  return square > 0 ? sqrt(square) : 0;
}

/* R. G. Newcombe, "Improved confidence intervals for the difference between binomial proportions based on paired data",
 * Statistics in Medicine 17 (1998) 2635-2650, method 10. */
static journey_interval paired_difference(const journey_host *host, const pairs *p) {
  int64_t n = p->both + p->after_only + p->before_only + p->none;
  journey_interval a = host->proportion(host, p->both + p->after_only, n);
  journey_interval b = host->proportion(host, p->both + p->before_only, n);
  double r = correlation(p), difference = ((double)p->after_only - (double)p->before_only) / (double)n;
  return (journey_interval){
      n > 0 ? difference : NAN,
      difference - distance(a.estimate - a.low, b.high - b.estimate, r),
      difference + distance(a.high - a.estimate, b.estimate - b.low, r),
  };
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "period", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "censored", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "events", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "mean_events", JOURNEY_UNIT_NONE);
  host->column(host, table, "active", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "active_share", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "mean_value", JOURNEY_UNIT_NONE);
  host->note(
      host, table, "method",
      "means: a customer's, t interval; active_share: Wilson interval; its difference: Newcombe interval for pairs");
  host->note(host, table, "censored",
             "treated customers whose period the events do not cover whole: not counted in it");
  host->note(host, table, "compared", "customers whose periods are all covered; difference: after - before");
}

static void put_row(const sheet *s, journey_table *table, const char *label, const row *r, int64_t events,
                    int64_t active, journey_interval share) {
  const journey_host *host = s->impact->host;
  const journey_interval none = {NAN, NAN, NAN};
  host->put_text(host, table, label, SIZE_MAX);
  host->put_int64(host, table, r->customers);
  host->put_int64(host, table, (int64_t)s->impact->treated.count - r->customers);
  host->put_int64(host, table, events);
  host->put_interval(host, table, host->mean(host, r->customers, &r->count, &r->count_squares));
  host->put_int64(host, table, active);
  host->put_interval(host, table, share);
  host->put_interval(host, table, s->valued ? host->mean(host, r->customers, &r->value, &r->value_squares) : none);
}

static void put_counted(const sheet *s, journey_table *table, const char *label, const row *r) {
  journey_interval share = s->impact->host->proportion(s->impact->host, r->active, r->customers);
  put_row(s, table, label, r, r->events, r->active, share);
}

static void put_rows(const sheet *s, journey_table *table) {
  const row *before = row_of_all(s, BEFORE), *after = row_of_all(s, AFTER);
  char label[16];
  for (int32_t j = -s->impact->periods; j <= s->impact->periods; j++) {
    snprintf(label, sizeof label, "%s%d", j > 0 ? "+" : "", (int)j);
    if (j != 0) put_counted(s, table, label, row_of_period(s, j));
  }
  put_counted(s, table, "before", before);
  put_counted(s, table, "after", after);
  put_row(s, table, "difference", row_of_all(s, DIFFERENCE), after->events - before->events,
          after->active - before->active, paired_difference(s->impact->host, &s->pairs));
}

journey_status jn_impact_put(const jn_impact *m, journey_table *table, journey_error *err) {
  const journey_host *host = m->host;
  sheet s = {.impact = m, .first = 0, .last = -1};
  add_columns(host, table);
  host->time_range(host, &s.first, &s.last);
  s.rows = journey_host_alloc(host, count_rows(m), sizeof *s.rows);
  journey_status status = s.rows ? add_up(&s, err) : jn_impact_no_memory(m, err);
  if (status == JOURNEY_OK) put_rows(&s, table);
  journey_host_free(host, s.rows, count_rows(m), sizeof *s.rows);
  return status;
}
