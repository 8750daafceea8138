/* transitions: what directly follows what, with counts, distinct customers and times. Each path begins at "(start)" and
 * ends at "(exit)", so for every event name the transitions in equal the transitions out. */
#include <string.h>

#include "journey_plugin.h"

static const journey_option options[] = {
    {.name = "times",
     .value = "true",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Also measure the median time of each transition: needs memory for every transition"},
    {.name = "reach",
     .value = "true",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Also count the distinct customers of each transition"},
    {.name = "collapse",
     .value = "false",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Take consecutive events of one name as one event, at the time of the first"},
    {.name = "least",
     .value = "1",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 9e15,
     .help = "Leave out transitions that happened less often"},
};

/* Times of one transition. */
typedef struct times {
  int64_t *item;
  size_t count, capacity;
} times;

/* Nodes are event codes; node `names` is (start) as a source and (exit) as a target. Pair from * nodes + to indexes all
 * tables: a table of all pairs is what makes counting fast. */
typedef struct transitions {
  const journey_host *host;
  uint32_t names, nodes; /* nodes = names + 1 */
  int32_t timed, distinct, collapse;
  int64_t least;
  int64_t *count;
  int64_t *customers; /* with `last`: when they are counted; `timing`: when times are measured */
  uint32_t *last;     /* the customer counted last, plus 1: a customer's paths come one after the other */
  uint32_t *timing;   /* index + 1 into lists */
  times *lists;
  size_t list_count, list_capacity;
} transitions;

enum { MOST_NAMES = 2048 };

static journey_status no_memory(const transitions *t, journey_error *err) {
  return t->host->fail(t->host, err, JOURNEY_ENOMEM, "out of memory");
}

static size_t pair_count(const transitions *t) { return (size_t)t->nodes * t->nodes; }

static void destroy(void *state) {
  transitions *t = state;
  const journey_host *host = t->host;
  for (size_t i = 0; i < t->list_count; i++) {
    journey_host_free(host, t->lists[i].item, t->lists[i].capacity, sizeof(int64_t));
  }
  journey_host_free(host, t->lists, t->list_capacity, sizeof *t->lists);
  journey_host_free(host, t->count, pair_count(t), sizeof *t->count);
  journey_host_free(host, t->customers, pair_count(t), sizeof *t->customers);
  journey_host_free(host, t->last, pair_count(t), sizeof *t->last);
  journey_host_free(host, t->timing, pair_count(t), sizeof *t->timing);
  journey_host_free(host, t, 1, sizeof *t);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  if (host->events->count > MOST_NAMES) {
    return host->fail(host, err, JOURNEY_ELIMIT, "more than 2048 event names; narrow the events with --where");
  }
  transitions *t = journey_host_alloc(host, 1, sizeof *t);
  if (!t) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = t;
  t->host = host;
  t->names = host->events->count;
  t->nodes = t->names + 1;
  t->timed = host->option_flag(host, "times");
  t->distinct = host->option_flag(host, "reach");
  t->collapse = host->option_flag(host, "collapse");
  t->least = host->option_int(host, "least");
  t->count = journey_host_alloc(host, pair_count(t), sizeof *t->count);
  if (t->distinct) t->customers = journey_host_alloc(host, pair_count(t), sizeof *t->customers);
  if (t->distinct) t->last = journey_host_alloc(host, pair_count(t), sizeof *t->last);
  if (t->timed) t->timing = journey_host_alloc(host, pair_count(t), sizeof *t->timing);
  int counted = !t->distinct || (t->customers && t->last);
  return t->count && counted && (!t->timed || t->timing) ? JOURNEY_OK : no_memory(t, err);
}

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

static void pass(transitions *t, size_t pair, uint32_t customer) {
  t->count[pair]++;
  if (!t->distinct) return;
  t->customers[pair] += t->last[pair] != customer + 1;
  t->last[pair] = customer + 1;
}

static journey_status add_time(transitions *t, size_t pair, int64_t time) {
  if (t->timing[pair] == 0) {
    if (journey_host_grow(t->host, &t->lists, &t->list_capacity, t->list_count + 1, sizeof *t->lists) != JOURNEY_OK) {
      return JOURNEY_ENOMEM;
    }
    t->lists[t->list_count++] = (times){0};
    t->timing[pair] = (uint32_t)t->list_count;
  }
  times *list = &t->lists[t->timing[pair] - 1];
  if (list->count == list->capacity &&
      journey_host_grow(t->host, &list->item, &list->capacity, list->count + 1, sizeof *list->item) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  list->item[list->count++] = time;
  return JOURNEY_OK;
}

static journey_status feed_path(transitions *t, const journey_batch *batch, int64_t p) {
  uint32_t from = t->names, customer = batch->customer[p];
  int64_t end = batch->end[p], left = 0;
  for (int64_t i = batch->begin[p]; i < end; i++) {
    uint32_t to = journey_codes_at(&batch->event, i);
    size_t pair = (size_t)from * t->nodes + to;
    if (t->collapse && to == from) continue;
    pass(t, pair, customer);
    if (t->timed) {
      int64_t now = journey_batch_time(batch, i);
      if (from != t->names && add_time(t, pair, journey_elapsed(left, now)) != JOURNEY_OK) return JOURNEY_ENOMEM;
      left = now;
    }
    from = to;
  }
  if (from != t->names) pass(t, (size_t)from * t->nodes + t->names, customer);
  return JOURNEY_OK;
}

/* Counts alone, of narrow codes: an event costs one addition. */
static void count_path(transitions *t, const uint8_t *code, int64_t begin, int64_t end) {
  size_t nodes = t->nodes, from = t->names;
  int64_t *count = t->count;
  for (int64_t i = begin; i < end; i++) {
    size_t to = code[i];
    count[from * nodes + to]++;
    from = to;
  }
  if (end > begin) count[from * nodes + t->names]++;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  transitions *t = state;
  journey_status status = JOURNEY_OK;
  int plain = !t->timed && !t->distinct && !t->collapse && batch->event.width == 1;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) {
    if (plain)
      count_path(t, batch->event.data, batch->begin[p], batch->end[p]);
    else
      status = feed_path(t, batch, p);
  }
  return status == JOURNEY_OK ? status : no_memory(t, err);
}

/* Shards hold different customers, so their numbers of customers add up. */
static journey_status merge(void *state, void *other, journey_error *err) {
  transitions *t = state;
  const transitions *o = other;
  for (size_t i = 0; i < pair_count(t); i++) {
    const times *list = t->timed && o->timing[i] ? &o->lists[o->timing[i] - 1] : NULL;
    t->count[i] = journey_add_counts(t->count[i], o->count[i]);
    if (t->distinct) t->customers[i] = journey_add_counts(t->customers[i], o->customers[i]);
    for (size_t k = 0; list && k < list->count; k++) {
      if (add_time(t, i, list->item[k]) != JOURNEY_OK) return no_memory(t, err);
    }
  }
  return JOURNEY_OK;
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

/* For each transition: 1, plus 1 for one from (start), plus 2 for one to (exit); the codes of the other ends; its
 * numbers; its times. 0 ends the list. */
static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const transitions *t = state;
  const journey_host *host = t->host;
  (void)err;
  for (size_t i = 0; i < pair_count(t); i++) {
    uint32_t from = (uint32_t)(i / t->nodes), to = (uint32_t)(i % t->nodes);
    const times none = {0}, *list = t->timed && t->timing[i] ? &t->lists[t->timing[i] - 1] : &none;
    if (t->count[i] == 0) continue;
    host->save_int64(host, saver, 1 + (from == t->names) + 2 * (to == t->names));
    if (from < t->names) host->save_int64(host, saver, from);
    if (to < t->names) host->save_int64(host, saver, to);
    host->save_int64(host, saver, t->count[i]);
    host->save_int64(host, saver, t->distinct ? t->customers[i] : 0);
    host->save_int64(host, saver, (int64_t)list->count);
    for (size_t k = 0; k < list->count; k++) host->save_int64(host, saver, list->item[k]);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static journey_status load_pair(transitions *t, journey_loader *loader, int64_t ends, journey_error *err) {
  const journey_host *host = t->host;
  uint32_t from = (ends - 1) & 1 ? t->names : host->load_event(host, loader);
  uint32_t to = (ends - 1) & 2 ? t->names : host->load_event(host, loader);
  int64_t count = host->load_range(host, loader, 1, INT64_MAX);
  int64_t customers = host->load_range(host, loader, 0, count);
  int64_t left = host->load_range(host, loader, 0, t->timed ? count : 0);
  journey_status status = host->load_status(host, loader, err);
  if (status != JOURNEY_OK) return status; /* the codes are only good without an error */
  size_t pair = (size_t)from * t->nodes + to;
  t->count[pair] = journey_add_counts(t->count[pair], count);
  if (t->distinct) t->customers[pair] = journey_add_counts(t->customers[pair], customers);
  while (left-- > 0 && host->load_status(host, loader, err) == JOURNEY_OK) {
    if (add_time(t, pair, host->load_range(host, loader, 0, INT64_MAX)) != JOURNEY_OK) return no_memory(t, err);
  }
  return host->load_status(host, loader, err);
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  transitions *t = state;
  const journey_host *host = t->host;
  int64_t ends;
  journey_status status = JOURNEY_OK;
  while (status == JOURNEY_OK && (ends = host->load_range(host, loader, 0, 4)) > 0) {
    status = load_pair(t, loader, ends, err);
  }
  return status == JOURNEY_OK ? host->load_status(host, loader, err) : status;
}

/* ---- result ----------------------------------------------------------------------------------------------------------------- */

static const char *name_of(const transitions *t, uint32_t node, const char *end) {
  return node < t->names ? t->host->events->name[node] : end;
}

/* Most frequent first; ties by name, so that the order depends on nothing but the data. */
static int comes_before(const void *state, size_t a, size_t b) {
  const transitions *t = state;
  if (t->count[a] != t->count[b]) return t->count[a] > t->count[b];
  int order = strcmp(name_of(t, (uint32_t)(a / t->nodes), ""), name_of(t, (uint32_t)(b / t->nodes), ""));
  if (order == 0) order = strcmp(name_of(t, (uint32_t)(a % t->nodes), ""), name_of(t, (uint32_t)(b % t->nodes), ""));
  return order < 0;
}

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "from", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "to", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "count", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "share", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE);
  host->column(host, table, "median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->note(host, table, "share", "of all transitions from the same event");
}

static void put_pair(const transitions *t, journey_table *table, size_t i, const int64_t *outgoing) {
  const journey_host *host = t->host;
  uint32_t from = (uint32_t)(i / t->nodes), to = (uint32_t)(i % t->nodes);
  times none = {0}, *list = t->timed && t->timing[i] ? &t->lists[t->timing[i] - 1] : &none;
  host->put_text(host, table, name_of(t, from, "(start)"), SIZE_MAX);
  host->put_text(host, table, name_of(t, to, "(exit)"), SIZE_MAX);
  host->put_int64(host, table, t->count[i]);
  if (t->distinct)
    host->put_int64(host, table, t->customers[i]);
  else
    host->put_null(host, table);
  host->put_float64(host, table, (double)t->count[i] / (double)outgoing[from]);
  host->put_float64(host, table, host->quantile_int64(host, list->item, list->count, 0.5) / 1e6);
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  transitions *t = state;
  const journey_host *host = t->host;
  size_t n = 0, pairs = pair_count(t), *shown = journey_host_alloc(host, pairs, sizeof *shown);
  int64_t *outgoing = journey_host_alloc(host, t->nodes, sizeof *outgoing), left_out = 0;
  add_columns(host, table);
  for (size_t i = 0; shown && outgoing && i < pairs; i++) {
    outgoing[i / t->nodes] = journey_add_counts(outgoing[i / t->nodes], t->count[i]);
    if (t->count[i] >= t->least)
      shown[n++] = i;
    else
      left_out |= t->count[i];
  }
  if (shown && outgoing) journey_sort_first(shown, n, n, comes_before, t);
  for (size_t i = 0; i < n; i++) put_pair(t, table, shown[i], outgoing);
  if (left_out > 0) host->note(host, table, "left_out", "transitions that happened less often than --least asks");
  journey_host_free(host, outgoing, t->nodes, sizeof *outgoing);
  journey_host_free(host, shown, pairs, sizeof *shown);
  return shown && outgoing ? JOURNEY_OK : no_memory(t, err);
}

extern const journey_calculator jn_metric_transitions;

const journey_calculator jn_metric_transitions = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "transitions",
    .title = "Transitions: what directly follows what",
    .help = "How often one event directly follows another, by how many customers, and after how long (median). Every "
            "path begins with a transition from (start) and ends with one to (exit), so the transitions into an event "
            "equal those out of it.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
