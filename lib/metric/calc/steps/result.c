/* The table of `steps`: names that are not shown become (other), rare edges are led there, and every edge gets its
 * customers and times. */
#include "internal.h"

/* `visits` are counted by slot and node, `edges` as they are shown, `level` those of one level while rare ones are
 * looked for. */
typedef struct result {
  const journey_host *host;
  jn_steps_state *steps;
  const jn_steps_view *view;
  jn_steps_table visits, edges, level, outgoing;
  size_t *order;     /* of entries */
  size_t ordered;
  uint32_t *edge_of; /* by time of the log */
  size_t *begin;     /* by edge: its first time in `sorted` */
  int64_t *sorted;
} result;

/* ---- names that are not shown ------------------------------------------------------------------------------------ */

static int is_name(const result *r, uint32_t node) { return node < r->view->names; }

static journey_status visit(result *r, uint32_t slot, uint32_t node, int64_t count) {
  return is_name(r, node) ? jn_steps_table_count(&r->visits, slot, node, 0, count) : JOURNEY_OK;
}

/* A node is a source, or at the last slot a target. */
static journey_status count_visits(result *r) {
  const jn_steps_log *log = &r->steps->log;
  const jn_steps_table *edges = &r->steps->edges;
  const uint32_t *node = log->node;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < edges->count; i++) {
    const jn_steps_entry *e = &edges->entry[i];
    status = visit(r, e->level, e->from, e->count);
    if (status == JOURNEY_OK && e->level + 1 == edges->levels) status = visit(r, e->level + 1, e->to, e->count);
  }
  for (size_t i = 0; i < log->rows; i++) {
    for (uint32_t k = 0; status == JOURNEY_OK && k < log->row[i].count; k++) {
      status = visit(r, log->row[i].low + k, *node++, 1);
    }
  }
  return status;
}

/* Slot after slot, in each the most frequent first; ties by name. */
static int more_visits(const void *state, size_t i, size_t k) {
  const result *r = state;
  const jn_steps_entry *a = &r->visits.entry[i], *b = &r->visits.entry[k];
  if (a->level != b->level) return a->level < b->level;
  if (a->count != b->count) return a->count > b->count;
  return jn_steps_view_compare(r->view, a->from, b->from) < 0;
}

static journey_status make_order(result *r, size_t count, journey_before before) {
  journey_host_free(r->host, r->order, r->ordered, sizeof *r->order);
  r->ordered = count;
  r->order = journey_host_alloc(r->host, count, sizeof *r->order);
  if (!r->order) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < count; i++) r->order[i] = i;
  journey_sort_first(r->order, count, count, before, r);
  return JOURNEY_OK;
}

/* `customers` of a visit is 1 for the names that are shown. */
static journey_status choose_names(result *r) {
  uint32_t slot = UINT32_MAX;
  int64_t rank = 0;
  if (count_visits(r) != JOURNEY_OK || make_order(r, r->visits.count, more_visits) != JOURNEY_OK) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < r->visits.count; i++) {
    jn_steps_entry *e = &r->visits.entry[r->order[i]];
    rank = e->level == slot ? rank + 1 : 0;
    slot = e->level;
    e->customers = rank < r->steps->top;
  }
  return JOURNEY_OK;
}

/* A node that nobody leaves, as a damaged saved state may have, has no visits. */
static uint32_t shown(const result *r, uint32_t slot, uint32_t node) {
  if (!is_name(r, node)) return node;
  const jn_steps_entry *visits = jn_steps_table_find(&r->visits, slot, node, 0);
  return visits && visits->customers ? node : r->view->names + JN_STEPS_OTHER;
}

/* ---- edges ------------------------------------------------------------------------------------------------------- */

static journey_status fold_edges(result *r) {
  const jn_steps_table *edges = &r->steps->edges;
  for (size_t i = 0; i < edges->count; i++) {
    const jn_steps_entry *e = &edges->entry[i];
    jn_steps_entry *to =
        jn_steps_table_at(&r->edges, e->level, shown(r, e->level, e->from), shown(r, e->level + 1, e->to));
    if (!to) return JOURNEY_ENOMEM;
    to->count = journey_add_counts(to->count, e->count);
    to->customers = journey_add_counts(to->customers, e->count); /* they have one path each */
  }
  return JOURNEY_OK;
}

static void fold_log(result *r) {
  jn_steps_log *log = &r->steps->log;
  uint32_t *node = log->node;
  for (size_t i = 0; i < log->rows; i++) {
    for (uint32_t k = 0; k < log->row[i].count; k++, node++) *node = shown(r, log->row[i].low + k, *node);
  }
}

/* The edge of a window from `level` on, as an entry of `table` made if need be; NULL with *status JOURNEY_OK when there
 * is none to a name. */
static jn_steps_entry *edge_into(const result *r, jn_steps_table *table, const jn_steps_row *row, const uint32_t *node,
                                 uint32_t level, journey_status *status) {
  if (level + 1 < row->low || level + 1 >= (uint32_t)row->low + row->count) return NULL;
  uint32_t at = level + 1 - row->low, from = at ? node[at - 1] : r->view->names + JN_STEPS_START;
  if (!is_name(r, node[at])) return NULL;
  jn_steps_entry *e = jn_steps_table_at(table, level, from, node[at]);
  if (!e) *status = JOURNEY_ENOMEM;
  return e;
}

/* Twice over the log: the edges of this level are counted, and then the rare ones led to (other). */
static journey_status lead_level(result *r, uint32_t level) {
  jn_steps_log *log = &r->steps->log;
  journey_status status = JOURNEY_OK;
  for (int pass = 0; pass < 2; pass++) {
    uint32_t *node = log->node;
    for (size_t i = 0; status == JOURNEY_OK && i < log->rows; node += log->row[i++].count) {
      jn_steps_entry *e = edge_into(r, &r->level, &log->row[i], node, level, &status);
      if (!e) continue;
      if (pass == 0)
        e->count++;
      else if (e->count < r->steps->least)
        node[level + 1 - log->row[i].low] = r->view->names + JN_STEPS_OTHER;
    }
  }
  return status;
}

/* From the first level to the last, because what was led to (other) leaves from there. */
static journey_status lead_rare(result *r, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (uint32_t level = 0; status == JOURNEY_OK && level < r->steps->edges.levels; level++) {
    status = r->host->cancelled(r->host, err);
    if (status == JOURNEY_OK && lead_level(r, level) != JOURNEY_OK) {
      status = r->host->fail(r->host, err, JOURNEY_ENOMEM, "out of memory");
    }
  }
  return status;
}

static journey_status pass(result *r, uint32_t level, uint32_t from, uint32_t to, uint32_t customer, uint32_t *edge) {
  jn_steps_entry *e = jn_steps_table_at(&r->edges, level, from, to);
  if (!e) return JOURNEY_ENOMEM;
  e->count = journey_add_counts(e->count, 1);
  e->customers = journey_add_counts(e->customers, e->last != customer);
  e->last = customer;
  if (edge) *edge = (uint32_t)(e - r->edges.entry);
  return JOURNEY_OK;
}

static journey_status count_row(result *r, const jn_steps_row *row, const uint32_t *node, uint32_t customer,
                                uint32_t *edge) {
  uint32_t start = r->view->names + JN_STEPS_START, high = row->low + row->count - 1u;
  journey_status status = row->low ? pass(r, row->low - 1u, start, *node, customer, NULL) : JOURNEY_OK;
  for (uint32_t k = 1; status == JOURNEY_OK && k < row->count; k++) {
    status = pass(r, row->low + k - 1, node[k - 1], node[k], customer, edge ? edge++ : NULL);
  }
  if (status != JOURNEY_OK || high == r->steps->edges.levels) return status;
  return pass(r, high, node[row->count - 1], jn_steps_view_ending(r->view), customer, NULL);
}

static journey_status count_log(result *r) {
  const jn_steps_log *log = &r->steps->log;
  const uint32_t *node = log->node;
  uint32_t customer = 0, *edge = r->edge_of;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < log->rows; node += log->row[i++].count) {
    customer += !log->row[i].again;
    status = count_row(r, &log->row[i], node, customer, edge);
    if (edge) edge += log->row[i].count - 1;
  }
  return status;
}

/* ---- times ------------------------------------------------------------------------------------------------------- */

/* The times of each edge, one edge after the other. */
static journey_status sort_times(result *r) {
  const jn_steps_log *log = &r->steps->log;
  size_t sum = 0;
  r->begin = journey_host_alloc(r->host, r->edges.count + 1, sizeof *r->begin);
  r->sorted = journey_host_alloc(r->host, log->times, sizeof *r->sorted);
  if (!r->begin || !r->sorted) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < log->times; i++) r->begin[r->edge_of[i]]++;
  for (size_t e = 0; e <= r->edges.count; e++) {
    size_t n = r->begin[e];
    r->begin[e] = sum;
    sum += n;
  }
  for (size_t i = 0; i < log->times; i++) r->sorted[r->begin[r->edge_of[i]]++] = log->time[i];
  for (size_t e = r->edges.count; e > 0; e--) r->begin[e] = r->begin[e - 1];
  r->begin[0] = 0;
  return JOURNEY_OK;
}

static void put_times(const result *r, size_t edge, journey_table *table) {
  const journey_host *host = r->host;
  journey_sum sum = {0}, squares = {0};
  double seconds[256];
  int64_t *time = r->sorted ? r->sorted + r->begin[edge] : NULL;
  size_t n = r->sorted ? r->begin[edge + 1] - r->begin[edge] : 0;
  for (size_t i = 0, k = 0; i < n; i++) {
    seconds[k++] = (double)time[i] / 1e6;
    if (k < sizeof seconds / sizeof *seconds && i + 1 < n) continue;
    host->sum_add(host, &sum, &squares, seconds, k);
    k = 0;
  }
  host->put_interval(host, table, host->mean(host, (int64_t)n, &sum, &squares));
  host->put_float64(host, table, host->quantile_int64(host, time, n, 0.5) / 1e6);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static int comes_before(const void *state, size_t i, size_t k) {
  const result *r = state;
  const jn_steps_entry *a = &r->edges.entry[i], *b = &r->edges.entry[k];
  if (a->level != b->level) return a->level < b->level;
  if (a->count != b->count) return a->count > b->count;
  int order = jn_steps_view_compare(r->view, a->from, b->from);
  return (order ? order : jn_steps_view_compare(r->view, a->to, b->to)) < 0;
}

static journey_status count_outgoing(result *r) {
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < r->edges.count; i++) {
    const jn_steps_entry *e = &r->edges.entry[i];
    status = jn_steps_table_count(&r->outgoing, e->level, e->from, 0, e->count);
  }
  return status;
}

static void add_columns(const result *r, journey_table *table) {
  const journey_host *host = r->host;
  host->column(host, table, "step", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "from", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "to", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "count", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "mean_seconds", JOURNEY_UNIT_SECONDS);
  host->column(host, table, "median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->note(host, table, "step",
             r->view->first == 1 ? "an edge of step s goes from the s-th event of a path to the next"
                                 : "an edge of step s goes from position s to the next; the event is at 0");
  host->note(host, table, "share", "of the paths at `from` in that step, Wilson interval");
}

static void put_rows(result *r, journey_table *table) {
  const journey_host *host = r->host;
  for (size_t i = 0; i < r->edges.count; i++) {
    const jn_steps_entry *e = &r->edges.entry[r->order[i]];
    host->put_int64(host, table, r->view->first + (int64_t)e->level);
    host->put_text(host, table, jn_steps_view_name(r->view, e->from), SIZE_MAX);
    host->put_text(host, table, jn_steps_view_name(r->view, e->to), SIZE_MAX);
    host->put_int64(host, table, e->count);
    host->put_int64(host, table, e->customers);
    int64_t n = jn_steps_table_find(&r->outgoing, e->level, e->from, 0)->count;
    host->put_interval(host, table, host->proportion(host, e->count, n));
    put_times(r, r->order[i], table);
  }
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static journey_status fold(result *r, journey_error *err) {
  jn_steps_state *s = r->steps;
  journey_status status = jn_steps_table_flush(&s->edges) == JOURNEY_OK ? choose_names(r) : JOURNEY_ENOMEM;
  if (status == JOURNEY_OK) status = fold_edges(r);
  if (status != JOURNEY_OK) return r->host->fail(r->host, err, status, "out of memory");
  fold_log(r);
  return s->least > 1 ? lead_rare(r, err) : JOURNEY_OK;
}

static journey_status count_all(result *r) {
  if (r->steps->log.timed) {
    r->edge_of = journey_host_alloc(r->host, r->steps->log.times, sizeof *r->edge_of);
    if (!r->edge_of) return JOURNEY_ENOMEM;
  }
  journey_status status = count_log(r);
  if (status == JOURNEY_OK) status = count_outgoing(r);
  if (status == JOURNEY_OK && r->steps->log.timed) status = sort_times(r);
  return status == JOURNEY_OK ? make_order(r, r->edges.count, comes_before) : status;
}

static void free_result(result *r) {
  size_t times = r->steps->log.times;
  jn_steps_table_free(&r->visits);
  jn_steps_table_free(&r->level);
  jn_steps_table_free(&r->outgoing);
  journey_host_free(r->host, r->order, r->ordered, sizeof *r->order);
  journey_host_free(r->host, r->edge_of, times, sizeof *r->edge_of);
  journey_host_free(r->host, r->begin, r->edges.count + 1, sizeof *r->begin);
  journey_host_free(r->host, r->sorted, times, sizeof *r->sorted);
  jn_steps_table_free(&r->edges);
}

journey_status jn_steps_finish(void *state, journey_table *table, journey_error *err) {
  jn_steps_state *s = state;
  uint32_t levels = s->edges.levels, nodes = s->edges.nodes;
  result r = {.host = s->host,
              .steps = s,
              .view = &s->view,
              .visits = jn_steps_table_direct(s->host, levels + 1, nodes, 1),
              .edges = jn_steps_table_direct(s->host, levels, nodes, nodes),
              .level = jn_steps_table_direct(s->host, levels, nodes, nodes),
              .outgoing = jn_steps_table_direct(s->host, levels, nodes, 1)};
  add_columns(&r, table);
  journey_status status = fold(&r, err);
  if (status == JOURNEY_OK) {
    status = count_all(&r);
    if (status == JOURNEY_OK)
      put_rows(&r, table);
    else
      s->host->fail(s->host, err, status, "out of memory");
  }
  free_result(&r);
  return status;
}
