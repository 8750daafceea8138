/* step_matrix: at which name the paths are, position by position. A path that has not begun is at (start), one that has
 * ended at (exit), so that each position's shares sum to 1. */
#include "internal.h"

typedef struct matrix {
  const journey_host *host;
  jn_steps_view view;
  jn_steps_table visits;
  jn_steps_window window;
  int64_t top;
} matrix;

static journey_status no_memory(const matrix *m, journey_error *err) {
  return m->host->fail(m->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  matrix *m = state;
  jn_steps_view_free(&m->view);
  jn_steps_table_free(&m->visits);
  journey_host_free(m->host, m, 1, sizeof *m);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  matrix *m = journey_host_alloc(host, 1, sizeof *m);
  if (!m) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = m;
  m->host = m->view.host = m->visits.host = host;
  m->top = host->option_int(host, "top");
  journey_status status = jn_steps_view_new(&m->view, host, 1, err);
  m->visits.levels = (uint32_t)m->view.slots;
  m->visits.nodes = m->view.names + JN_STEPS_SPECIALS;
  m->visits.targets = 1;
  return status;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static journey_status feed_path(matrix *m, const journey_batch *batch, int64_t p) {
  jn_steps_window *w = &m->window;
  uint32_t start = m->view.names + JN_STEPS_START, ending = jn_steps_view_ending(&m->view);
  journey_status status = jn_steps_view_take(&m->view, batch, p, w);
  if (status != JOURNEY_OK || w->high < 0) return status;
  for (int32_t s = 0; status == JOURNEY_OK && s < m->view.slots; s++) {
    uint32_t node = s < w->low ? start : s > w->high ? ending : w->node[s];
    status = jn_steps_table_add(&m->visits, (uint32_t)s, node, 0);
  }
  return status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  matrix *m = state;
  journey_status status = jn_steps_view_open(&m->view, batch, err);
  if (status != JOURNEY_OK) return status;
  status = jn_steps_table_prepare(&m->visits, batch->paths);
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(m, batch, p);
  return status == JOURNEY_OK ? status : no_memory(m, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  matrix *m = state, *o = other;
  return jn_steps_table_merge(&m->visits, &o->visits) == JOURNEY_OK ? JOURNEY_OK : no_memory(m, err);
}

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  matrix *m = state;
  if (jn_steps_table_flush(&m->visits) != JOURNEY_OK) return no_memory(m, err);
  jn_steps_table_save(&m->visits, &m->view, saver);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  matrix *m = state;
  return jn_steps_table_load(&m->visits, &m->view, loader, err);
}

/* ---- result ------------------------------------------------------------------------------------------------------ */

/* The rows of each position: `total` has, at level 0, every node's visits at all positions; `cell` those of the nodes
 * that are shown, by slot. */
typedef struct result {
  const matrix *matrix;
  jn_steps_table total, cell;
  size_t *order;
  size_t shown;
} result;

/* Names with most visits first, ties by name; then what is no name. */
static int comes_before(const void *state, size_t i, size_t k) {
  const result *r = state;
  const jn_steps_view *v = &r->matrix->view;
  const jn_steps_entry *a = &r->total.entry[i], *b = &r->total.entry[k];
  int a_is_name = a->from < v->names, b_is_name = b->from < v->names;
  if (a_is_name != b_is_name) return a_is_name;
  if (!a_is_name) return a->from > b->from;
  if (a->count != b->count) return a->count > b->count;
  return jn_steps_view_compare(v, a->from, b->from) < 0;
}

static journey_status count_totals(result *r) {
  const jn_steps_table *visits = &r->matrix->visits;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < visits->count; i++) {
    status = jn_steps_table_count(&r->total, 0, visits->entry[i].from, 0, visits->entry[i].count);
  }
  return status;
}

static journey_status sort_totals(result *r) {
  r->order = journey_host_alloc(r->matrix->host, r->total.count + 1, sizeof *r->order);
  if (!r->order) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < r->total.count; i++) r->order[i] = i;
  journey_sort_first(r->order, r->total.count, r->total.count, comes_before, r);
  return JOURNEY_OK;
}

/* Names past the top become (other), which stands after the names. `customers` of a node is 1 when it is shown. */
static journey_status choose_names(result *r) {
  const matrix *m = r->matrix;
  uint32_t other = m->view.names + JN_STEPS_OTHER;
  size_t had = r->total.count;
  int folded = 0;
  if (sort_totals(r) != JOURNEY_OK) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < had; i++) {
    jn_steps_entry *e = &r->total.entry[r->order[i]];
    e->customers = e->from >= m->view.names || (int64_t)i < m->top;
    folded |= !e->customers;
  }
  jn_steps_entry *rest = folded ? jn_steps_table_at(&r->total, 0, other, 0) : NULL;
  if (folded && !rest) return JOURNEY_ENOMEM;
  if (rest) rest->customers = 1;
  for (size_t i = 0; i < r->total.count; i++) r->order[i] = i;
  journey_sort_first(r->order, r->total.count, r->total.count, comes_before, r);
  for (size_t i = 0; i < r->total.count; i++) {
    if (r->total.entry[r->order[i]].customers) r->order[r->shown++] = r->order[i];
  }
  return JOURNEY_OK;
}

static journey_status fold(result *r) {
  const jn_steps_table *visits = &r->matrix->visits;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < visits->count; i++) {
    const jn_steps_entry *e = &visits->entry[i];
    int kept = jn_steps_table_find(&r->total, 0, e->from, 0)->customers != 0;
    uint32_t node = kept ? e->from : r->matrix->view.names + JN_STEPS_OTHER;
    status = jn_steps_table_count(&r->cell, e->level, node, 0, e->count);
  }
  return status;
}

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "position", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "name", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "count", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->note(host, table, "share", "of all paths, Wilson interval; those of a position sum to 1");
}

static int64_t count_of(const result *r, uint32_t slot, size_t row) {
  const jn_steps_entry *e = jn_steps_table_find(&r->cell, slot, r->total.entry[r->order[row]].from, 0);
  return e ? e->count : 0;
}

static void put_rows(const result *r, journey_table *table) {
  const matrix *m = r->matrix;
  const journey_host *host = m->host;
  for (uint32_t slot = 0; slot < m->visits.levels; slot++) {
    int64_t paths = 0;
    for (size_t i = 0; i < r->shown; i++) paths = journey_add_counts(paths, count_of(r, slot, i));
    for (size_t i = 0; i < r->shown; i++) {
      int64_t count = count_of(r, slot, i);
      host->put_int64(host, table, m->view.first + (int64_t)slot);
      host->put_text(host, table, jn_steps_view_name(&m->view, r->total.entry[r->order[i]].from), SIZE_MAX);
      host->put_int64(host, table, count);
      host->put_interval(host, table, host->proportion(host, count, paths));
    }
  }
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  matrix *m = state;
  const journey_host *host = m->host;
  result r = {.matrix = m,
              .total = jn_steps_table_direct(host, 1, m->visits.nodes, 1),
              .cell = jn_steps_table_direct(host, m->visits.levels, m->visits.nodes, 1)};
  add_columns(host, table);
  journey_status status = jn_steps_table_flush(&m->visits);
  if (status == JOURNEY_OK) status = count_totals(&r);
  size_t nodes = r.total.count + 1; /* one more for (other) */
  if (status == JOURNEY_OK) status = choose_names(&r);
  if (status == JOURNEY_OK) status = fold(&r);
  if (status == JOURNEY_OK) put_rows(&r, table);
  journey_host_free(host, r.order, nodes, sizeof *r.order);
  jn_steps_table_free(&r.total);
  jn_steps_table_free(&r.cell);
  return status == JOURNEY_OK ? status : no_memory(m, err);
}

extern const journey_calculator jn_metric_step_matrix;

const journey_calculator jn_metric_step_matrix = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "step_matrix",
    .title = "Step matrix: who is where at which step",
    .help = "The share of the paths that are at each name at each position: from a start, up to an end, between the "
            "two, or around an event. A path that has not begun is at (start), one that has ended at (exit), so that the "
            "shares of a position sum to 1.",
    .options = jn_steps_options + JN_STEPS_OPTIONS + 2 - JN_STEPS_MATRIX_OPTIONS,
    .option_count = JN_STEPS_MATRIX_OPTIONS,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
