/* The table of `transitions`, of one group alone or against a baseline. */
#include <math.h>
#include <string.h>

#include "internal.h"

/* A row: an edge of the group, of the baseline, or of both. */
typedef struct row {
  uint32_t from, to;
  edge *own, *base; /* NULL: it never happened there */
  double p;         /* that the shares are the same; NaN: not to be compared */
} row;

typedef struct result {
  transitions *own;
  const transitions *base; /* NULL: no comparison, or the baseline itself */
  int32_t comparing;       /* the columns of a comparison are there */
  row *rows;
  size_t count, capacity;
  size_t *order;
  int64_t *own_out, *base_out; /* transitions from each node */
} result;

static size_t node_count(const result *r) { return (size_t)r->own->names + 1; }

static int64_t count_of(const edge *e) { return e ? e->count : 0; }

/* ---- rows ---------------------------------------------------------------------------------------------------------------- */

static int64_t *sum_outgoing(const transitions *t) {
  int64_t *out = journey_host_alloc(t->host, (size_t)t->names + 1, sizeof *out);
  for (size_t i = 0; out && i < t->count; i++) {
    out[t->edges[i].from] = journey_add_counts(out[t->edges[i].from], t->edges[i].count);
  }
  return out;
}

static journey_status add_row(result *r, uint32_t from, uint32_t to, edge *own, edge *base) {
  journey_status status = journey_host_grow(r->own->host, &r->rows, &r->capacity, r->count + 1, sizeof *r->rows);
  if (status == JOURNEY_OK) r->rows[r->count++] = (row){from, to, own, base, NAN};
  return status;
}

/* What happened often enough in either. *left_out says whether anything did not. */
static journey_status choose_rows(result *r, int *left_out) {
  transitions *t = r->own;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < t->count; i++) {
    edge *e = &t->edges[i], *base = r->base ? jn_transitions_find(r->base, e->from, e->to) : NULL;
    if (e->count >= t->least || count_of(base) >= t->least)
      status = add_row(r, e->from, e->to, e, base);
    else
      *left_out = 1;
  }
  for (size_t i = 0; r->base && status == JOURNEY_OK && i < r->base->count; i++) {
    edge *e = &r->base->edges[i];
    if (jn_transitions_find(t, e->from, e->to)) continue;
    if (e->count >= t->least)
      status = add_row(r, e->from, e->to, NULL, e);
    else
      *left_out = 1;
  }
  return status;
}

static const char *name_of(const result *r, uint32_t node, const char *end) {
  return node < r->own->names ? r->own->host->events->name[node] : end;
}

/* Most frequent first; ties by name, so that the order depends on nothing but the data. */
static int comes_before(const void *state, size_t a, size_t b) {
  const result *r = state;
  const row *x = &r->rows[a], *y = &r->rows[b];
  if (count_of(x->own) != count_of(y->own)) return count_of(x->own) > count_of(y->own);
  if (count_of(x->base) != count_of(y->base)) return count_of(x->base) > count_of(y->base);
  int order = strcmp(name_of(r, x->from, ""), name_of(r, y->from, ""));
  return (order ? order : strcmp(name_of(r, x->to, ""), name_of(r, y->to, ""))) < 0;
}

/* ---- the comparison ---------------------------------------------------------------------------------------------------- */

static journey_status compare(result *r) {
  const journey_host *host = r->own->host;
  if (!r->base) return JOURNEY_OK;
  double *p = journey_host_alloc(host, r->count, sizeof *p);
  if (!p) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < r->count; i++) {
    const row *at = &r->rows[i];
    p[i] = host->difference_p(host, count_of(at->own), r->own_out[at->from], count_of(at->base), r->base_out[at->from]);
  }
  host->correct(host, JOURNEY_CORRECTION_HOLM, p, r->order, r->count);
  for (size_t i = 0; i < r->count; i++) r->rows[i].p = p[i];
  journey_host_free(host, p, r->count, sizeof *p);
  return JOURNEY_OK;
}

/* ---- cells --------------------------------------------------------------------------------------------------------------- */

static void add_columns(const result *r, journey_table *table) {
  const journey_host *host = r->own->host;
  host->column(host, table, "from", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "to", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "count", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "mean_seconds", JOURNEY_UNIT_SECONDS);
  host->column(host, table, "median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "p90_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->note(host, table, "method", "share: of all transitions from the same event, Wilson interval; mean: t interval");
  if (!r->comparing) return;
  host->column(host, table, "baseline_count", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "baseline_share", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "difference", JOURNEY_UNIT_SHARE);
  host->column(host, table, "p_adjusted", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  host->note(host, table, "difference",
             "share - baseline_share, Newcombe interval; p_adjusted: z-test, Holm's correction over the rows of a group");
}

/* Adds a number of 128 bits times `unit`, a power of two, exactly. */
static void add_wide(const journey_host *host, journey_sum *sum, unsigned __int128 x, double unit) {
  for (; x > 0; x >>= 32, unit *= 0x1p32) {
    double part = (double)(uint32_t)x * unit;
    host->sum_add(host, sum, NULL, &part, 1);
  }
}

/* The exact sums of whole numbers are summed as such, which is faster than exact sums of doubles. */
static journey_interval mean_of(const journey_host *host, const journey_list *times) {
  journey_sum sum = {{0}}, squares = {{0}};
  unsigned __int128 x = 0, low = 0, high = 0;
  for (size_t i = 0; i < times->count; i++) {
    uint64_t time = (uint64_t)times->item[i];
    unsigned __int128 square = (unsigned __int128)time * time;
    x += time;
    low += (uint64_t)square;
    high += (uint64_t)(square >> 64);
  }
  add_wide(host, &sum, x, 1);
  add_wide(host, &squares, low, 1);
  add_wide(host, &squares, high, 0x1p64);
  journey_interval mean = host->mean(host, (int64_t)times->count, &sum, &squares);
  return (journey_interval){mean.estimate / 1e6, mean.low / 1e6, mean.high / 1e6};
}

static void put_times(const journey_host *host, journey_table *table, const journey_list *times) {
  host->put_interval(host, table, mean_of(host, times));
  host->put_float64(host, table, host->quantile_int64(host, times->item, times->count, 0.5) / 1e6);
  host->put_float64(host, table, host->quantile_int64(host, times->item, times->count, 0.9) / 1e6);
}

static void put_comparison(const result *r, journey_table *table, const row *at) {
  const journey_host *host = r->own->host;
  if (!r->base) {
    for (int i = 0; i < 6; i++) host->put_null(host, table);
    return;
  }
  int64_t own = r->own_out[at->from], base = r->base_out[at->from];
  host->put_int64(host, table, count_of(at->base));
  host->put_float64(host, table, base ? (double)count_of(at->base) / (double)base : NAN);
  host->put_interval(host, table, host->difference(host, count_of(at->own), own, count_of(at->base), base));
  host->put_float64(host, table, at->p);
}

static void put_row(const result *r, journey_table *table, const row *at) {
  const journey_host *host = r->own->host;
  const journey_list none = {0};
  host->put_text(host, table, name_of(r, at->from, "(start)"), SIZE_MAX);
  host->put_text(host, table, name_of(r, at->to, "(exit)"), SIZE_MAX);
  host->put_int64(host, table, count_of(at->own));
  if (r->own->distinct)
    host->put_int64(host, table, at->own ? at->own->customers : 0);
  else
    host->put_null(host, table);
  host->put_interval(host, table, host->proportion(host, count_of(at->own), r->own_out[at->from]));
  put_times(host, table, at->own ? &at->own->times : &none);
  if (r->comparing) put_comparison(r, table, at);
}

/* ---- the whole ----------------------------------------------------------------------------------------------------------- */

static journey_status make_result(result *r, int *left_out) {
  const journey_host *host = r->own->host;
  journey_status status = jn_transitions_settle(r->own);
  if (status == JOURNEY_OK) status = choose_rows(r, left_out);
  r->order = journey_host_alloc(host, r->count, sizeof *r->order);
  r->own_out = sum_outgoing(r->own);
  if (r->base) r->base_out = sum_outgoing(r->base);
  if (!r->order || !r->own_out || (r->base && !r->base_out)) return JOURNEY_ENOMEM;
  return status;
}

static journey_status put_result(result *r, journey_table *table, journey_error *err) {
  const journey_host *host = r->own->host;
  int left_out = 0;
  journey_status status = make_result(r, &left_out);
  if (status == JOURNEY_OK) status = compare(r);
  if (status == JOURNEY_OK) {
    for (size_t i = 0; i < r->count; i++) r->order[i] = i;
    journey_sort_first(r->order, r->count, r->count, comes_before, r);
    add_columns(r, table);
    for (size_t i = 0; i < r->count; i++) put_row(r, table, &r->rows[r->order[i]]);
    if (left_out) host->note(host, table, "left_out", "transitions that happened less often than --least asks");
  }
  if (r->order) journey_host_free(host, r->order, r->count, sizeof *r->order);
  if (r->own_out) journey_host_free(host, r->own_out, node_count(r), sizeof *r->own_out);
  if (r->base_out) journey_host_free(host, r->base_out, node_count(r), sizeof *r->base_out);
  journey_host_free(host, r->rows, r->capacity, sizeof *r->rows);
  return status == JOURNEY_OK ? status : jn_transitions_no_memory(r->own, err);
}

journey_status jn_transitions_finish(void *state, journey_table *table, journey_error *err) {
  result r = {.own = state};
  return put_result(&r, table, err);
}

journey_status jn_transitions_finish_against(void *state, void *baseline, journey_table *table, journey_error *err) {
  result r = {.own = state, .base = baseline == state ? NULL : baseline, .comparing = 1};
  if (jn_transitions_settle(baseline) != JOURNEY_OK) return jn_transitions_no_memory(r.own, err);
  return put_result(&r, table, err);
}
