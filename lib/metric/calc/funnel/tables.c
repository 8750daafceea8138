/* The tables of funnels: step by step, and how long a step took. */
#include <math.h>
#include <string.h>

#include "internal.h"

/* ---- what stands before the rows ---------------------------------------------------------------------------------------- */

static void add_key_column(const rules *r, journey_table *table) {
  const journey_host *host = r->host;
  if (r->trend) host->column(host, table, "period", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  if (r->by_attribute) host->column(host, table, "breakdown", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
}

static void put_key(const rules *r, const account *a, journey_table *table) {
  char label[32];
  if (r->trend) {
    r->host->period_label(r->host, r->trend, a->period, label);
    r->host->put_text(r->host, table, label, SIZE_MAX);
  }
  if (r->by_attribute) r->host->put_text(r->host, table, a->name, a->length);
}

/* What one row is about. */
static const char *const counted[] = {[COUNT_CUSTOMERS] = "customers", [COUNT_PASSES] = "passes",
                                      [COUNT_SESSIONS] = "sessions"};

/* ---- step by step -------------------------------------------------------------------------------------------------------- */

static void add_step_columns(const rules *r, bool compared, journey_table *table) {
  const journey_host *host = r->host;
  add_key_column(r, table);
  host->column(host, table, "step", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "name", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, counted[r->counted], JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "dropped", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "of_previous", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "of_first", JOURNEY_UNIT_SHARE);
  host->column(host, table, "mean_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "p90_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "whole_median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  if (r->values) {
    host->column(host, table, "value", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
    host->column_interval(host, table, "mean_value", JOURNEY_UNIT_NONE);
  }
  if (compared) {
    host->column(host, table, "baseline_of_first", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE);
    host->column_interval(host, table, "difference", JOURNEY_UNIT_SHARE);
    host->column(host, table, "p_adjusted", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
    host->note(host, table, "difference",
               "of_first - baseline_of_first, Newcombe interval; p_adjusted: z-test, Holm's correction over the steps");
  }
  host->note(host, table, "method", "shares: Wilson interval; seconds: from the step before; whole: from the first step");
}

/* Exact: whole numbers add up without an error, in 128 bits. */
static double mean_seconds(const journey_list *list) {
  __extension__ __int128 sum = 0;
  for (size_t i = 0; i < list->count; i++) sum += list->item[i];
  return list->count ? (double)sum / (double)list->count / 1e6 : NAN;
}

static double quantile_seconds(const rules *r, const journey_list *list, double q) {
  return r->host->quantile_int64(r->host, list->item, list->count, q) / 1e6;
}

static void put_times(const rules *r, const account *a, uint32_t step, journey_table *table) {
  const journey_host *host = r->host;
  const step_account *s = &a->step[step];
  host->put_float64(host, table, mean_seconds(&s->lap));
  host->put_float64(host, table, quantile_seconds(r, &s->lap, 0.5));
  host->put_float64(host, table, quantile_seconds(r, &s->lap, 0.9));
  host->put_float64(host, table, quantile_seconds(r, step == 1 ? &s->lap : &s->whole, 0.5));
}

static void put_value(const rules *r, const account *a, uint32_t step, journey_table *table) {
  const journey_host *host = r->host;
  const journey_sum *sum = &a->sum[2 * step];
  int64_t n = a->step[step].valued;
  host->put_float64(host, table, n ? host->sum_value(host, sum) : NAN);
  host->put_interval(host, table, host->mean(host, n, sum, sum + 1));
}

/* In any order there is no first step, but a first of the steps that were taken. */
static void put_name(const rules *r, uint32_t step, journey_table *table) {
  char text[] = "00 of them";
  if (r->order != ORDER_ANY) {
    r->host->put_text(r->host, table, r->steps->name[step], SIZE_MAX);
    return;
  }
  text[0] = (char)('0' + (step + 1) / 10);
  text[1] = (char)('0' + (step + 1) % 10);
  r->host->put_text(r->host, table, step + 1 < 10 ? text + 1 : text, SIZE_MAX);
}

/* Paths that took the step before that is not optional; of the first step, all. */
static int64_t count_before(const rules *r, const account *a, uint32_t step) {
  while (step-- > 0) {
    if (!(r->optional >> step & 1)) return jn_funnel_reached(r, a, step);
  }
  return jn_funnel_paths(r, a);
}

/* dropped: went no further than the step. */
static void put_step(const rules *r, const account *a, uint32_t step, journey_table *table) {
  const journey_host *host = r->host;
  int64_t reached = jn_funnel_reached(r, a, step);
  put_key(r, a, table);
  host->put_int64(host, table, step + 1);
  put_name(r, step, table);
  host->put_int64(host, table, reached);
  host->put_int64(host, table, step + 1 < r->count ? a->ended[step + 1] : 0);
  host->put_interval(host, table, host->proportion(host, reached, count_before(r, a, step)));
  host->put_interval(host, table, host->proportion(host, reached, jn_funnel_reached(r, a, 0)));
  put_times(r, a, step, table);
  if (r->values) put_value(r, a, step, table);
}

/* The account that is compared with: the one of the same period or value. NULL: there is none. */
static const account *find_base(const accounts *base, const account *a) {
  for (size_t i = 0; base && i < base->count; i++) {
    const account *b = &base->item[i];
    bool same = a->period == b->period && a->length == b->length;
    if (same && (!a->name || memcmp(a->name, b->name, a->length) == 0)) return b;
  }
  return NULL;
}

/* The p-values of all steps but the first, which everybody who is compared has taken. */
static void compare_steps(const rules *r, const account *a, const account *b, double p[MOST_STEPS]) {
  size_t room[MOST_STEPS];
  p[0] = NAN;
  for (uint32_t step = 1; step < r->count; step++) {
    p[step] = r->host->difference_p(r->host, jn_funnel_reached(r, a, step), jn_funnel_reached(r, a, 0),
                                    jn_funnel_reached(r, b, step), jn_funnel_reached(r, b, 0));
  }
  r->host->correct(r->host, JOURNEY_CORRECTION_HOLM, p, room, r->count);
}

static void put_comparison(const rules *r, const account *a, const account *b, uint32_t step, double p,
                           journey_table *table) {
  const journey_host *host = r->host;
  if (!b || a == b) {
    for (int i = 0; i < 5; i++) host->put_null(host, table);
    return;
  }
  int64_t own = jn_funnel_reached(r, a, step), of = jn_funnel_reached(r, a, 0);
  int64_t other = jn_funnel_reached(r, b, step), base = jn_funnel_reached(r, b, 0);
  host->put_float64(host, table, base ? (double)other / (double)base : NAN);
  host->put_interval(host, table, host->difference(host, own, of, other, base));
  host->put_float64(host, table, p);
}

/* Numbers as text, for a note. */
static void note_dropped(const rules *r, const accounts *all, journey_table *table) {
  char text[24];
  size_t at = sizeof text;
  int64_t dropped = 0;
  for (size_t i = 0; i < all->count; i++) dropped = journey_add_counts(dropped, all->item[i].dropped);
  text[--at] = '\0';
  do text[--at] = (char)('0' + dropped % 10);
  while (dropped /= 10);
  r->host->note(r->host, table, "excluded", text + at);
}

void jn_funnel_put_steps(const rules *r, const accounts *all, const accounts *base, const size_t *order,
                         journey_table *table) {
  add_step_columns(r, base != NULL, table);
  for (size_t i = 0; i < all->count; i++) {
    const account *a = &all->item[order[i]], *b = find_base(base, a);
    double p[MOST_STEPS] = {0};
    if (b) compare_steps(r, a, b, p);
    for (uint32_t step = 0; step < r->count; step++) {
      put_step(r, a, step, table);
      if (base) put_comparison(r, a, b, step, p[step], table);
    }
  }
  if (r->drop_customer && r->exclusions) note_dropped(r, all, table);
}

/* ---- how long it took ----------------------------------------------------------------------------------------------------- */

enum { MOST_BINS = 60 };

/* The bins of PostHog's histograms: the cube root of the number, at most 60, of equal width, a minute wide when all times are
 * the same. */
typedef struct bins {
  int64_t first, width;
  int64_t count[MOST_BINS];
  int n;
} bins;

static int64_t cube_root_up(size_t n) {
  int64_t root = 1;
  while (root < MOST_BINS && (size_t)(root * root * root) < n) root++;
  return root;
}

static void fill_bins(const journey_list *list, bins *b) {
  int64_t least = INT64_MAX, most = 0;
  *b = (bins){0};
  for (size_t i = 0; i < list->count; i++) {
    if (list->item[i] < least) least = list->item[i];
    if (list->item[i] > most) most = list->item[i];
  }
  if (!list->count) return;
  b->n = (int)cube_root_up(list->count);
  b->first = least;
  b->width = (most - least) / b->n + ((most - least) % b->n != 0);
  if (b->width == 0) b->width = 60000000;
  for (size_t i = 0; i < list->count; i++) {
    int64_t bin = (list->item[i] - least) / b->width;
    b->count[bin < b->n ? bin : b->n - 1]++;
  }
}

static void put_bins(const rules *r, const account *a, uint32_t step, journey_table *table) {
  const journey_host *host = r->host;
  const journey_list *list = step > 1 ? &a->step[step].whole : &a->step[step].lap;
  bins b;
  fill_bins(list, &b);
  for (int i = 0; i < b.n; i++) {
    put_key(r, a, table);
    host->put_int64(host, table, step + 1);
    put_name(r, step, table);
    host->put_float64(host, table, ((double)b.first + i * (double)b.width) / 1e6);
    host->put_float64(host, table, ((double)b.first + (i + 1) * (double)b.width) / 1e6);
    host->put_int64(host, table, b.count[i]);
    host->put_interval(host, table, host->proportion(host, b.count[i], (int64_t)list->count));
  }
}

void jn_funnel_put_times(const rules *r, const accounts *all, const accounts *base, const size_t *order,
                         journey_table *table) {
  const journey_host *host = r->host;
  (void)base;
  add_key_column(r, table);
  host->column(host, table, "step", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "name", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "from_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "to_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, counted[r->counted], JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->note(host, table, "method", "times from the first step; shares of those who took the step, Wilson interval");
  for (size_t i = 0; i < all->count; i++) {
    for (uint32_t step = 1; step < r->count; step++) put_bins(r, &all->item[order[i]], step, table);
  }
}
