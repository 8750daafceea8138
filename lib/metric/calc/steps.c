/* steps: what customers did first, second, third ..., as edges from each position of a path to the next: the data of a
 * Sankey diagram. For every node the edges in equal the edges out. */
#include <string.h>

#include "journey_plugin.h"

static const journey_option options[] = {
    {.name = "start",
     .value = "*",
     .type = JOURNEY_OPTION_STEP,
     .help = "Paths are looked at from their first such event; those without one are left out"},
    {.name = "depth",
     .value = "5",
     .type = JOURNEY_OPTION_INT,
     .minimum = 2,
     .maximum = 100,
     .help = "How many positions to look at",
     .unit = "events"},
    {.name = "top",
     .value = "6",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1000,
     .help = "Names to show at each position; the others are one node, (other)",
     .unit = "names"},
    {.name = "collapse",
     .value = "true",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Take consecutive events of one name as one event"},
};

#define EXIT UINT32_MAX
#define OTHER (UINT32_MAX - 1)

/* An edge from `from` at position `level` (from 0) to `to` at the next one. */
typedef struct edge {
  uint32_t level, from, to;
  int64_t count;
} edge;

typedef struct steps {
  const journey_host *host;
  const journey_steps *start;
  uint32_t depth;
  int64_t top;
  int32_t collapse;
  edge *edges;
  size_t count, capacity;
  uint64_t *slot; /* open addressing: index + 1 into edges; the number of slots is a power of two */
  size_t slots;
} steps;

static journey_status no_memory(const steps *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  steps *s = state;
  journey_host_free(s->host, s->edges, s->capacity, sizeof *s->edges);
  journey_host_free(s->host, s->slot, s->slots, sizeof *s->slot);
  journey_host_free(s->host, s, 1, sizeof *s);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  steps *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = host;
  s->depth = (uint32_t)host->option_int(host, "depth");
  s->top = host->option_int(host, "top");
  s->collapse = host->option_flag(host, "collapse");
  s->slots = 1024;
  s->slot = journey_host_alloc(host, s->slots, sizeof *s->slot);
  return s->slot ? host->steps(host, "start", &s->start, err) : no_memory(s, err);
}

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

static size_t home_of(const steps *s, uint32_t level, uint32_t from, uint32_t to) {
  uint64_t h = ((uint64_t)from << 32 | to) * UINT64_C(0x9e3779b97f4a7c15) + level;
  h = (h ^ h >> 32) * UINT64_C(0xff51afd7ed558ccd);
  return (h ^ h >> 29) & (s->slots - 1);
}

static journey_status double_slots(steps *s) {
  uint64_t *old = s->slot, *made = journey_host_alloc(s->host, s->slots * 2, sizeof *made);
  if (!made) return JOURNEY_ENOMEM;
  journey_host_free(s->host, old, s->slots, sizeof *old);
  s->slot = made;
  s->slots *= 2;
  for (size_t i = 0; i < s->count; i++) {
    size_t at = home_of(s, s->edges[i].level, s->edges[i].from, s->edges[i].to);
    while (s->slot[at]) at = (at + 1) & (s->slots - 1);
    s->slot[at] = i + 1;
  }
  return JOURNEY_OK;
}

static journey_status count_edge(steps *s, uint32_t level, uint32_t from, uint32_t to, int64_t count) {
  size_t at = home_of(s, level, from, to);
  for (; s->slot[at]; at = (at + 1) & (s->slots - 1)) {
    edge *e = &s->edges[s->slot[at] - 1];
    if (e->level != level || e->from != from || e->to != to) continue;
    e->count = journey_add_counts(e->count, count);
    return JOURNEY_OK;
  }
  if (journey_host_grow(s->host, &s->edges, &s->capacity, s->count + 1, sizeof *s->edges) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  s->edges[s->count++] = (edge){level, from, to, count};
  s->slot[at] = s->count;
  return s->count * 2 > s->slots ? double_slots(s) : JOURNEY_OK;
}

static journey_status feed_path(steps *s, const journey_batch *batch, const journey_codes *start, int64_t p) {
  int64_t i = batch->begin[p], end = batch->end[p];
  journey_status status = JOURNEY_OK;
  while (i < end && !s->start->mask[journey_codes_at(start, i)]) i++;
  if (i == end) return JOURNEY_OK;
  uint32_t from = journey_codes_at(&batch->event, i), level = 0;
  for (i++; i < end && level + 1 < s->depth && status == JOURNEY_OK; i++) {
    uint32_t to = journey_codes_at(&batch->event, i);
    if (s->collapse && to == from) continue;
    status = count_edge(s, level++, from, to, 1);
    from = to;
  }
  return status == JOURNEY_OK && level + 1 < s->depth ? count_edge(s, level, from, EXIT, 1) : status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  steps *s = state;
  journey_codes start;
  journey_status status = s->host->step_codes(s->host, s->start, batch, &start, err);
  if (status != JOURNEY_OK) return status;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(s, batch, &start, p);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  steps *s = state;
  const steps *o = other;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < o->count; i++) {
    status = count_edge(s, o->edges[i].level, o->edges[i].from, o->edges[i].to, o->edges[i].count);
  }
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const steps *s = state;
  const journey_host *host = s->host;
  (void)err;
  for (size_t i = 0; i < s->count; i++) {
    const edge *e = &s->edges[i];
    host->save_int64(host, saver, e->count);
    host->save_int64(host, saver, e->level);
    host->save_int64(host, saver, e->from);
    host->save_int64(host, saver, e->to == EXIT);
    if (e->to != EXIT) host->save_int64(host, saver, e->to);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  steps *s = state;
  const journey_host *host = s->host;
  int64_t count;
  while ((count = host->load_range(host, loader, 0, INT64_MAX / 1024)) > 0) {
    uint32_t level = (uint32_t)host->load_range(host, loader, 0, s->depth - 2);
    uint32_t from = host->load_event(host, loader), to = EXIT;
    if (host->load_range(host, loader, 0, 1) == 0) to = host->load_event(host, loader);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    if (count_edge(s, level, from, to, count) != JOURNEY_OK) return no_memory(s, err);
  }
  return host->load_status(host, loader, err);
}

/* ---- result ----------------------------------------------------------------------------------------------------------------- */

static const char *name_of(const steps *s, uint32_t node) {
  if (node == EXIT) return "(exit)";
  return node == OTHER ? "(other)" : s->host->events->name[node];
}

/* Most frequent first; ties by name. */
static int ranks_before(const steps *s, const int64_t *visits, uint32_t a, uint32_t b) {
  if (visits[a] != visits[b]) return visits[a] > visits[b];
  return strcmp(name_of(s, a), name_of(s, b)) < 0;
}

/* kept[name] is set for the `top` names with most visits. */
static void keep_top(const steps *s, const int64_t *visits, uint8_t *kept) {
  uint32_t names = s->host->events->count;
  for (uint32_t n = 0; n < names; n++) kept[n] = 0;
  for (int64_t k = 0; k < s->top; k++) {
    uint32_t best = names;
    for (uint32_t n = 0; n < names; n++) {
      if (visits[n] > 0 && !kept[n] && (best == names || ranks_before(s, visits, n, best))) best = n;
    }
    if (best == names) return;
    kept[best] = 1;
  }
}

/* Visits of each name at a position: as a source, or at the last position as a target. */
static void count_visits(const steps *s, uint32_t level, int64_t *visits) {
  for (uint32_t n = 0; n < s->host->events->count; n++) visits[n] = 0;
  for (size_t i = 0; i < s->count; i++) {
    const edge *e = &s->edges[i];
    uint32_t node = e->level == level ? e->from : e->to;
    int is_last = e->level + 1 == level && level + 1 == s->depth && e->to != EXIT;
    if (e->level == level || is_last) visits[node] = journey_add_counts(visits[node], e->count);
  }
}

/* The same edges with the names that are not kept joined into (other). */
static journey_status fold(const steps *s, steps *folded) {
  uint32_t names = s->host->events->count;
  uint8_t *kept = journey_host_alloc(s->host, (size_t)names * s->depth, 1);
  int64_t *visits = journey_host_alloc(s->host, names, sizeof *visits);
  journey_status status = kept && visits ? JOURNEY_OK : JOURNEY_ENOMEM;
  for (uint32_t level = 0; status == JOURNEY_OK && level < s->depth; level++) {
    count_visits(s, level, visits);
    keep_top(s, visits, kept + (size_t)level * names);
  }
  for (size_t i = 0; status == JOURNEY_OK && i < s->count; i++) {
    edge e = s->edges[i];
    if (!kept[(size_t)e.level * names + e.from]) e.from = OTHER;
    if (e.to != EXIT && !kept[(size_t)(e.level + 1) * names + e.to]) e.to = OTHER;
    status = count_edge(folded, e.level, e.from, e.to, e.count);
  }
  journey_host_free(s->host, kept, (size_t)names * s->depth, 1);
  journey_host_free(s->host, visits, names, sizeof *visits);
  return status;
}

/* An event may be named "(exit)", too. */
static int compare_nodes(const steps *s, uint32_t a, uint32_t b) {
  int order = strcmp(name_of(s, a), name_of(s, b));
  return order ? order : (a > b) - (a < b);
}

static int comes_before(const void *state, size_t i, size_t k) {
  const steps *s = state;
  const edge *a = &s->edges[i], *b = &s->edges[k];
  if (a->level != b->level) return a->level < b->level;
  if (a->count != b->count) return a->count > b->count;
  int order = compare_nodes(s, a->from, b->from);
  return (order ? order : compare_nodes(s, a->to, b->to)) < 0;
}

static void put_edges(const steps *s, const size_t *order, journey_table *table) {
  const journey_host *host = s->host;
  host->column(host, table, "step", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "from", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "to", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "count", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->note(host, table, "step", "an edge of step s goes from the s-th event of a path to the next");
  for (size_t i = 0; i < s->count; i++) {
    const edge *e = &s->edges[order[i]];
    host->put_int64(host, table, e->level + 1);
    host->put_text(host, table, name_of(s, e->from), SIZE_MAX);
    host->put_text(host, table, name_of(s, e->to), SIZE_MAX);
    host->put_int64(host, table, e->count);
  }
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  steps *s = state, folded = *s;
  folded.edges = NULL;
  folded.count = folded.capacity = 0;
  folded.slots = 1024;
  folded.slot = journey_host_alloc(s->host, folded.slots, sizeof *folded.slot);
  journey_status status = folded.slot ? fold(s, &folded) : JOURNEY_ENOMEM;
  size_t *order = journey_host_alloc(s->host, folded.count, sizeof *order);
  if (!order) status = JOURNEY_ENOMEM;
  if (status == JOURNEY_OK) {
    for (size_t i = 0; i < folded.count; i++) order[i] = i;
    journey_sort_first(order, folded.count, folded.count, comes_before, &folded);
    put_edges(&folded, order, table);
  }
  journey_host_free(s->host, order, folded.count, sizeof *order);
  journey_host_free(s->host, folded.edges, folded.capacity, sizeof *folded.edges);
  journey_host_free(s->host, folded.slot, folded.slots, sizeof *folded.slot);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

extern const journey_calculator jn_metric_steps;

const journey_calculator jn_metric_steps = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "steps",
    .title = "Steps: the flow from position to position",
    .help = "Edges from what customers did first to what they did second, and so on, with (exit) where a path ends and "
            "(other) for names that are not among the most frequent of their position. Into every node goes what "
            "comes out of it.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
