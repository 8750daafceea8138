/* steps: what customers did first, second, third ..., as edges from each position of a path to the next: the data of a
 * Sankey diagram. For every node the edges in equal the edges out. */
#include <string.h>

#include "internal.h"

/* The first JN_STEPS_OPTIONS are those of `steps`; the last JN_STEPS_MATRIX_OPTIONS those of `step_matrix`. */
const journey_option jn_steps_options[] = {
    {.name = "depth",
     .value = "5",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = JN_STEPS_MOST_DEPTH,
     .help = "How many positions to look at; with --around: on either side of the event",
     .unit = "events"},
    {.name = "top",
     .value = "6",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1000,
     .help = "Names to show at each position; the others are one node, (other)",
     .unit = "names"},
    {.name = "least",
     .value = "1",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 9e15,
     .help = "Edges that fewer paths take lead to (other) instead",
     .unit = "paths"},
    {.name = "times",
     .value = "true",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Also measure the mean and median time of each edge: needs memory for every path"},
    {.name = "start",
     .value = "*",
     .type = JOURNEY_OPTION_STEP,
     .help = "Paths are looked at from their first such event; those without one are left out"},
    {.name = "end",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Paths are looked at up to such an event, the last positions before it unless --start is given, too; "
             "those without one are left out"},
    {.name = "around",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Paths are looked at before and after such an event; those without one are left out"},
    {.name = "occurrence",
     .value = "first",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "first|last",
     .help = "Which event of --end or --around is taken when a path has several"},
    {.name = "without",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Events to leave out, as steps: paths are looked at as if these had not happened"},
    {.name = "group",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Names to take as one, as steps: 'Product := product_*|item, Help := help[channel=phone]'"},
    {.name = "collapse",
     .value = "true",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Take consecutive events of one name as one event, at the time of the first"},
    {.name = "depth",
     .value = "10",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = JN_STEPS_MOST_DEPTH,
     .help = "How many positions to look at; with --around: on either side of the event",
     .unit = "events"},
    {.name = "top",
     .value = "20",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1000,
     .help = "Names to show, those with most visits at all positions; the others are one, (other)",
     .unit = "names"},
};
_Static_assert(sizeof jn_steps_options / sizeof *jn_steps_options == JN_STEPS_OPTIONS + 2, "the parts of the table");

static journey_status no_memory(const jn_steps_state *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  jn_steps_state *s = state;
  jn_steps_view_free(&s->view);
  jn_steps_table_free(&s->edges);
  jn_steps_log_free(&s->log);
  journey_host_free(s->host, s, 1, sizeof *s);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  jn_steps_state *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = s->view.host = s->edges.host = s->log.host = host;
  s->customer = s->logged = -1;
  s->top = host->option_int(host, "top");
  s->least = host->option_int(host, "least");
  s->log.timed = host->option_flag(host, "times");
  journey_status status = jn_steps_view_new(&s->view, host, 2, err);
  s->edges.levels = (uint32_t)s->view.slots - 1;
  s->edges.nodes = s->edges.targets = s->view.names + JN_STEPS_SPECIALS;
  return status == JOURNEY_OK && s->log.timed ? host->need(host, JOURNEY_NEED_TIME, err) : status;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static journey_status count_window(jn_steps_state *s, const jn_steps_window *w) {
  uint32_t start = s->view.names + JN_STEPS_START;
  journey_status status = JOURNEY_OK;
  if (w->low > 0) status = jn_steps_table_add(&s->edges, (uint32_t)w->low - 1, start, w->node[w->low]);
  for (int32_t i = w->low; status == JOURNEY_OK && i < w->high; i++) {
    status = jn_steps_table_add(&s->edges, (uint32_t)i, w->node[i], w->node[i + 1]);
  }
  if (status != JOURNEY_OK || w->high == s->view.slots - 1) return status;
  return jn_steps_table_add(&s->edges, (uint32_t)w->high, w->node[w->high], jn_steps_view_ending(&s->view));
}

static journey_status feed_path(jn_steps_state *s, const journey_batch *batch, int64_t p, int keep) {
  jn_steps_window *w = &s->window;
  if (jn_steps_view_take(&s->view, batch, p, w) != JOURNEY_OK) return JOURNEY_ENOMEM;
  if (w->high < 0) return JOURNEY_OK;
  if (!keep) return count_window(s, w);
  int32_t again = s->logged == batch->customer[p];
  s->logged = batch->customer[p];
  return jn_steps_log_add(&s->log, w, batch, again);
}

/* Forward from a start, with all names in one byte and all counts in an array: what most people ask. Whether an event
 * counts is no branch, because nobody could foresee it. An event that is left out is taken for a repeated one, which
 * needs `collapse`. */
static inline void count_forward(const jn_steps_state *s, const uint8_t *code, int64_t i, int64_t end, int collapse) {
  const jn_steps_view *v = &s->view;
  const uint32_t *node = v->node;
  size_t nodes = s->edges.nodes, level_cells = nodes * nodes;
  int64_t *cell = s->edges.cell, *stop = cell + level_cells * s->edges.levels;
  while (i < end && !(v->is[code[i]] >> JN_STEPS_FROM & 1)) i++;
  if (i == end) return;
  uint32_t from = node[code[i]];
  for (i++; i < end && cell != stop; i++) {
    uint32_t to = node[code[i]] == JN_STEPS_LEFT_OUT ? from : node[code[i]];
    int goes_on = !collapse || to != from;
    cell[from * nodes + to] += goes_on;
    cell += goes_on ? level_cells : 0;
    from = to;
  }
  if (cell != stop) cell[from * nodes + v->names + JN_STEPS_EXIT]++;
}

/* Whether all that count_forward() asks for is there. */
static int counts_forward(const jn_steps_state *s, const journey_batch *batch) {
  const jn_steps_view *v = &s->view;
  if (!s->edges.cell || !v->by_name || batch->event.width != 1) return 0;
  if (v->pattern[JN_STEPS_TO] || v->pattern[JN_STEPS_AROUND]) return 0;
  return v->collapse || !v->pattern[JN_STEPS_WITHOUT];
}

/* Whether another path of the same customer comes before or after: after the last one of a batch nobody knows. */
static int has_others(const jn_steps_state *s, const journey_batch *batch, int64_t p) {
  uint32_t customer = batch->customer[p];
  return s->customer == customer || p + 1 == batch->paths || batch->customer[p + 1] == customer;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  jn_steps_state *s = state;
  int keep_all = s->log.timed || s->least > 1;
  journey_status status = jn_steps_view_open(&s->view, batch, err);
  if (status != JOURNEY_OK) return status;
  if (!keep_all) status = jn_steps_table_prepare(&s->edges, batch->paths);
  int forward = counts_forward(s, batch), collapse = s->view.collapse;
  const uint8_t *code = batch->event.data;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) {
    int keep = keep_all || has_others(s, batch, p);
    s->customer = batch->customer[p];
    if (forward && !keep && collapse)
      count_forward(s, code, batch->begin[p], batch->end[p], 1);
    else if (forward && !keep)
      count_forward(s, code, batch->begin[p], batch->end[p], 0);
    else
      status = feed_path(s, batch, p, keep);
  }
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  jn_steps_state *s = state, *o = other;
  journey_status status = jn_steps_table_merge(&s->edges, &o->edges);
  if (status == JOURNEY_OK) status = jn_steps_log_merge(&s->log, &o->log);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  jn_steps_state *s = state;
  if (jn_steps_table_flush(&s->edges) != JOURNEY_OK) return no_memory(s, err);
  jn_steps_table_save(&s->edges, &s->view, saver);
  jn_steps_log_save(&s->log, &s->view, saver);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  jn_steps_state *s = state;
  journey_status status = jn_steps_table_load(&s->edges, &s->view, loader, err);
  return status == JOURNEY_OK ? jn_steps_log_load(&s->log, &s->view, loader, err) : status;
}

extern const journey_calculator jn_metric_steps;

const journey_calculator jn_metric_steps = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "steps",
    .title = "Steps: the flow from position to position",
    .help = "Edges from what customers did first to what they did second, and so on: from a start, up to an end, "
            "between the two, or around an event. (start) and (exit) are where a path begins and ends, (end) where --end does, "
            "(...) a middle that is too long, and (other) the names that are not among the most frequent of their "
            "position. Into every node goes what comes out of it.",
    .options = jn_steps_options,
    .option_count = JN_STEPS_OPTIONS,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = jn_steps_finish,
    .destroy = destroy,
};
