/* sessions: the table. Sessions are put into rows: one of all, one of each event that they begin or end with, or one of
 * each bin of durations. */
#include <string.h>

#include "internal.h"

typedef jn_sessions_item session;

enum { CHUNK = 256 };

/* The sessions in order of their rows; row r holds those from begin[r] to begin[r + 1]. */
typedef struct rows {
  const jn_sessions *s;
  size_t count, names;
  size_t *row_of; /* by event: its row */
  size_t *event;  /* by row: its event; the row after these is (other) */
  size_t *begin;
  size_t *order;    /* indices of sessions */
  size_t *customer; /* by session: a number of its customer */
  int64_t *scratch;
} rows;

/* ---- which row a session is in ----------------------------------------------------------------------------------- */

typedef struct ranking {
  const journey_names *names;
  const int64_t *sessions;
} ranking;

/* Most frequent first; ties by name. */
static int comes_before(const void *state, size_t a, size_t b) {
  const ranking *r = state;
  if (r->sessions[a] != r->sessions[b]) return r->sessions[a] > r->sessions[b];
  return strcmp(r->names->name[a], r->names->name[b]) < 0;
}

/* The `top` most frequent events have a row each, and the others one together. */
static journey_status rank_events(rows *r) {
  const journey_host *host = r->s->host;
  size_t used = 0, shown;
  int64_t *sessions = journey_host_alloc(host, r->names, sizeof *sessions);
  if (!sessions) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < r->s->count; i++) sessions[r->s->list[i].edge]++;
  for (size_t e = 0; e < r->names; e++) {
    if (sessions[e]) r->event[used++] = e;
  }
  shown = (uint64_t)r->s->top < used ? (size_t)r->s->top : used;
  journey_sort_first(r->event, used, shown, comes_before, &(ranking){host->events, sessions});
  for (size_t i = 0; i < used; i++) r->row_of[r->event[i]] = i < shown ? i : shown;
  r->count = shown + (used > shown);
  r->names = shown;
  journey_host_free(host, sessions, host->events->count, sizeof *sessions);
  return JOURNEY_OK;
}

static size_t bin_of(const jn_sessions *s, int64_t duration) {
  size_t bin = 0;
  while (bin < s->bins && duration >= s->bin[bin]) bin++;
  return bin;
}

static size_t row_of(const rows *r, const session *x) {
  if (r->s->bins) return bin_of(r->s, x->duration);
  return r->s->entry || r->s->exit ? r->row_of[x->edge] : 0;
}

/* Sessions of a row stay in their order, in which a customer's come one after the other. */
static void sort_into_rows(rows *r) {
  const session *list = r->s->list;
  for (size_t i = 0; i < r->s->count; i++) r->begin[row_of(r, &list[i]) + 1]++;
  for (size_t row = 0; row < r->count; row++) r->begin[row + 1] += r->begin[row];
  for (size_t i = 0, customer = 0; i < r->s->count; i++) {
    customer += list[i].away < 0;
    r->customer[i] = customer;
    r->order[r->begin[row_of(r, &list[i])]++] = i;
  }
  for (size_t row = r->count; row > 0; row--) r->begin[row] = r->begin[row - 1];
  r->begin[0] = 0;
}

static journey_status rows_new(const jn_sessions *s, rows *r) {
  const journey_host *host = s->host;
  size_t names = host->events->count;
  *r = (rows){.s = s, .count = 1 + s->bins, .names = names};
  r->row_of = journey_host_alloc(host, names, sizeof *r->row_of);
  r->event = journey_host_alloc(host, names, sizeof *r->event);
  r->order = journey_host_alloc(host, s->count, sizeof *r->order);
  r->customer = journey_host_alloc(host, s->count, sizeof *r->customer);
  r->scratch = journey_host_alloc(host, s->count, sizeof *r->scratch);
  if (!r->row_of || !r->event || !r->order || !r->customer || !r->scratch) return JOURNEY_ENOMEM;
  if ((s->entry || s->exit) && rank_events(r) != JOURNEY_OK) return JOURNEY_ENOMEM;
  r->begin = journey_host_alloc(host, r->count + 1, sizeof *r->begin);
  if (!r->begin) return JOURNEY_ENOMEM;
  sort_into_rows(r);
  return JOURNEY_OK;
}

static void rows_free(rows *r) {
  const journey_host *host = r->s->host;
  size_t names = host->events->count;
  journey_host_free(host, r->row_of, names, sizeof *r->row_of);
  journey_host_free(host, r->event, names, sizeof *r->event);
  journey_host_free(host, r->order, r->s->count, sizeof *r->order);
  journey_host_free(host, r->customer, r->s->count, sizeof *r->customer);
  journey_host_free(host, r->scratch, r->s->count, sizeof *r->scratch);
  journey_host_free(host, r->begin, r->count + 1, sizeof *r->begin);
}

/* ---- what is measured -------------------------------------------------------------------------------------------- */

static size_t take_events(const rows *r, size_t i, size_t end) {
  for (size_t k = i; k < end; k++) r->scratch[k - i] = r->s->list[r->order[k]].length;
  return end - i;
}

static size_t take_depths(const rows *r, size_t i, size_t end) {
  for (size_t k = i; k < end; k++) r->scratch[k - i] = r->s->list[r->order[k]].depth;
  return end - i;
}

static size_t take_durations(const rows *r, size_t i, size_t end) {
  for (size_t k = i; k < end; k++) r->scratch[k - i] = r->s->list[r->order[k]].duration;
  return end - i;
}

/* Sessions of each customer who has any of the row's. */
static size_t take_customers(const rows *r, size_t i, size_t end) {
  size_t n = 0;
  for (size_t k = i; k < end; k++) {
    int same = k > i && r->customer[r->order[k]] == r->customer[r->order[k - 1]];
    if (!same) r->scratch[n++] = 0;
    r->scratch[n - 1]++;
  }
  return n;
}

static size_t take_absences(const rows *r, size_t i, size_t end) {
  size_t n = 0;
  for (size_t k = i; k < end; k++) {
    int64_t away = r->s->list[r->order[k]].away;
    if (away >= 0) r->scratch[n++] = away;
  }
  return n;
}

/* What has a mean, a median and a 90th percentile; the first three by event, too. `take` puts the numbers into the
 * scratch. */
static const struct measure {
  const char *mean, *median, *p90;
  int32_t unit;
  double scale; /* the numbers are divided by it */
  size_t (*take)(const rows *r, size_t i, size_t end);
} measures[] = {
    {"mean_events", "median_events", "p90_events", JOURNEY_UNIT_NONE, 1, take_events},
    {"mean_depth", "median_depth", "p90_depth", JOURNEY_UNIT_NONE, 1, take_depths},
    {"mean_seconds", "median_seconds", "p90_seconds", JOURNEY_UNIT_SECONDS, 1e6, take_durations},
    {"mean_per_customer", "median_per_customer", "p90_per_customer", JOURNEY_UNIT_NONE, 1, take_customers},
    {"mean_away_seconds", "median_away_seconds", "p90_away_seconds", JOURNEY_UNIT_SECONDS, 1e6, take_absences},
};

static int measures_of(const jn_sessions *s) {
  if (s->bins) return 0;
  return s->entry || s->exit ? 3 : sizeof measures / sizeof *measures;
}

static journey_interval mean_of(const journey_host *host, const int64_t *x, size_t n, double scale) {
  journey_sum sum = {{0}}, squares = {{0}};
  double chunk[CHUNK];
  for (size_t i = 0; i < n;) {
    size_t k = 0;
    for (; k < CHUNK && i < n; i++) chunk[k++] = (double)x[i] / scale;
    host->sum_add(host, &sum, &squares, chunk, k);
  }
  return host->mean(host, (int64_t)n, &sum, &squares);
}

static void put_measure(const rows *r, journey_table *table, const struct measure *m, size_t i, size_t end) {
  const journey_host *host = r->s->host;
  size_t n = m->take(r, i, end);
  host->put_interval(host, table, mean_of(host, r->scratch, n, m->scale));
  host->put_float64(host, table, host->quantile_int64(host, r->scratch, n, 0.5) / m->scale);
  host->put_float64(host, table, host->quantile_int64(host, r->scratch, n, 0.9) / m->scale);
}

/* ---- columns and rows -------------------------------------------------------------------------------------------- */

static void add_columns(const jn_sessions *s, journey_table *table) {
  const journey_host *host = s->host;
  int parted = s->entry || s->exit;
  if (parted) host->column(host, table, s->entry ? "entry" : "exit", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  if (s->bins) host->column(host, table, "from_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  if (s->bins) host->column(host, table, "to_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "sessions", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  if (parted || s->bins) host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "bounces", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "bounce_rate", JOURNEY_UNIT_SHARE);
  if (s->goal) host->column(host, table, "converted", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  if (s->goal) host->column_interval(host, table, "conversion_rate", JOURNEY_UNIT_SHARE);
  for (int i = 0; i < measures_of(s); i++) {
    host->column_interval(host, table, measures[i].mean, measures[i].unit);
    host->column(host, table, measures[i].median, JOURNEY_TYPE_FLOAT64, measures[i].unit);
    host->column(host, table, measures[i].p90, JOURNEY_TYPE_FLOAT64, measures[i].unit);
  }
  host->note(host, table, "method", "shares: of sessions, Wilson interval; means: t interval");
  if (s->bins) host->note(host, table, "bins", "from_seconds is within a bin, to_seconds is not");
  if (!s->bins && !parted) host->note(host, table, "away", "from the end of a session to the customer's next one");
}

static void put_label(const rows *r, journey_table *table, size_t row) {
  const jn_sessions *s = r->s;
  const journey_host *host = s->host;
  if (s->bins) {
    host->put_float64(host, table, row > 0 ? (double)s->bin[row - 1] / 1e6 : 0);
    host->put_float64(host, table, row < s->bins ? (double)s->bin[row] / 1e6 : __builtin_nan(""));
  } else if (s->entry || s->exit) {
    const char *name = row < r->names ? host->events->name[r->event[row]] : "(other)";
    host->put_text(host, table, name, SIZE_MAX);
  }
}

static void put_row(const rows *r, journey_table *table, size_t row) {
  const jn_sessions *s = r->s;
  const journey_host *host = s->host;
  size_t begin = r->begin[row], end = r->begin[row + 1];
  int64_t n = (int64_t)(end - begin), bounces = 0, converted = 0;
  for (size_t k = begin; k < end; k++) {
    bounces += s->list[r->order[k]].length == 1;
    converted += s->list[r->order[k]].converted;
  }
  put_label(r, table, row);
  host->put_int64(host, table, n);
  if (s->entry || s->exit || s->bins) host->put_interval(host, table, host->proportion(host, n, (int64_t)s->count));
  host->put_int64(host, table, (int64_t)take_customers(r, begin, end));
  host->put_int64(host, table, bounces);
  host->put_interval(host, table, host->proportion(host, bounces, n));
  if (s->goal) host->put_int64(host, table, converted);
  if (s->goal) host->put_interval(host, table, host->proportion(host, converted, n));
  for (int i = 0; i < measures_of(s); i++) put_measure(r, table, &measures[i], begin, end);
}

journey_status jn_sessions_put(const jn_sessions *s, journey_table *table) {
  rows r;
  journey_status status = rows_new(s, &r);
  if (status == JOURNEY_OK) {
    add_columns(s, table);
    for (size_t row = 0; row < r.count; row++) put_row(&r, table, row);
  }
  rows_free(&r);
  return status;
}
