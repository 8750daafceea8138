/* transitions: what directly follows what, with counts, distinct customers and times. Each path begins at "(start)" and
 * ends at "(exit)", so for every event name the transitions in equal the transitions out. */
#include <string.h>

#include "internal.h"

static const journey_option options[] = {
    {.name = "times",
     .value = "true",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Also measure the time of each transition (mean, median, 90th percentile): needs memory for every transition"},
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
    {.name = "baseline",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Group of the breakdown (--by) that the others are compared with"},
};

static void destroy(void *state) { jn_transitions_free(state); }

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  transitions *t = journey_host_alloc(host, 1, sizeof *t);
  if (!t) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = t;
  t->host = host;
  t->names = host->events->count;
  t->seed = (uint64_t)(uintptr_t)t * UINT64_C(0x9e3779b97f4a7c15);
  t->timed = host->option_flag(host, "times");
  t->distinct = host->option_flag(host, "reach");
  t->collapse = host->option_flag(host, "collapse");
  t->least = host->option_int(host, "least");
  return JOURNEY_OK;
}

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

static inline edge *edge_at(transitions *t, uint32_t from, uint32_t to) {
  uint32_t at = t->dense ? t->index[(size_t)from * ((size_t)t->names + 1) + to] : 0;
  return at ? &t->edges[at - 1] : jn_transitions_add(t, from, to);
}

static inline edge *pass(transitions *t, uint32_t from, uint32_t to, uint32_t customer) {
  edge *e = edge_at(t, from, to);
  if (!e) return NULL;
  e->count++;
  if (t->distinct) {
    e->customers += e->last != customer + 1;
    e->last = customer + 1;
  }
  return e;
}

static journey_status feed_path(transitions *t, const journey_batch *batch, int64_t p) {
  uint32_t from = t->names, customer = batch->customer[p];
  int64_t end = batch->end[p], left = 0;
  for (int64_t i = batch->begin[p]; i < end; i++) {
    uint32_t to = journey_codes_at(&batch->event, i);
    if (t->collapse && to == from) continue;
    edge *e = pass(t, from, to, customer);
    if (!e) return JOURNEY_ENOMEM;
    if (t->timed) {
      int64_t now = journey_batch_time(batch, i), took = journey_elapsed(left, now);
      if (from != t->names && journey_list_add(t->host, &e->times, took) != JOURNEY_OK) return JOURNEY_ENOMEM;
      left = now;
    }
    from = to;
  }
  return from == t->names || pass(t, from, t->names, customer) ? JOURNEY_OK : JOURNEY_ENOMEM;
}

/* Counts alone, of narrow codes: an event costs one addition. */
static void count_paths(transitions *t, const journey_batch *batch) {
  size_t names = t->names, nodes = names + 1;
  const uint8_t *code = batch->event.data;
  int64_t *tally = t->tally;
  for (int64_t p = 0; p < batch->paths; p++) {
    size_t from = names;
    for (int64_t i = batch->begin[p], end = batch->end[p]; i < end; i++) {
      size_t to = code[i];
      tally[from * nodes + to]++;
      from = to;
    }
    if (from != names) tally[from * nodes + names]++;
  }
}

static uint64_t count_events(const journey_batch *batch) {
  uint64_t events = 0;
  for (int64_t p = 0; p < batch->paths; p++) events += (uint64_t)(batch->end[p] - batch->begin[p]);
  return events;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  transitions *t = state;
  int plain = !t->timed && !t->distinct && !t->collapse && batch->event.width == 1;
  journey_status status = jn_transitions_expect(t, t->dense ? 0 : count_events(batch), plain);
  if (status == JOURNEY_OK && t->tally) {
    count_paths(t, batch);
    return JOURNEY_OK;
  }
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(t, batch, p);
  return status == JOURNEY_OK ? status : jn_transitions_no_memory(t, err);
}

static const void *extension(const char *name) {
  static const journey_baseline baseline = {.struct_size = sizeof baseline,
                                            .finish_against = jn_transitions_finish_against};
  return strcmp(name, JOURNEY_EXTENSION_BASELINE) == 0 ? &baseline : NULL;
}

extern const journey_calculator jn_metric_transitions;

const journey_calculator jn_metric_transitions = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "transitions",
    .title = "Transitions: what directly follows what",
    .help = "How often one event directly follows another, by how many customers, and after how long. Every "
            "path begins with a transition from (start) and ends with one to (exit), so the transitions into an event "
            "equal those out of it. With a breakdown, each group's shares can be compared with those of a baseline "
            "group.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = feed,
    .merge = jn_transitions_merge,
    .save = jn_transitions_save,
    .load = jn_transitions_load,
    .finish = jn_transitions_finish,
    .destroy = destroy,
    .extension = extension,
};
