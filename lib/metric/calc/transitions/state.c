/* Partial states of `transitions`: joined, saved and loaded. */
#include "internal.h"

/* Shards hold different customers, so their numbers of customers add up. */
journey_status jn_transitions_merge(void *state, void *other, journey_error *err) {
  transitions *t = state, *o = other;
  journey_status status = jn_transitions_settle(o);
  for (size_t i = 0; status == JOURNEY_OK && i < o->count; i++) {
    const edge *from = &o->edges[i];
    edge *e = jn_transitions_add(t, from->from, from->to);
    if (!e) return jn_transitions_no_memory(t, err);
    e->count = journey_add_counts(e->count, from->count);
    e->customers = journey_add_counts(e->customers, from->customers);
    status = journey_list_append(t->host, &e->times, &from->times);
  }
  return status == JOURNEY_OK ? status : jn_transitions_no_memory(t, err);
}

/* For each transition: 1, plus 1 for one from (start), plus 2 for one to (exit); the codes of the other ends; its
 * numbers; its times. 0 ends the list. */
journey_status jn_transitions_save(void *state, journey_saver *saver, journey_error *err) {
  transitions *t = state;
  const journey_host *host = t->host;
  if (jn_transitions_settle(t) != JOURNEY_OK) return jn_transitions_no_memory(t, err);
  for (size_t i = 0; i < t->count; i++) {
    const edge *e = &t->edges[i];
    host->save_int64(host, saver, 1 + (e->from == t->names) + 2 * (e->to == t->names));
    if (e->from < t->names) host->save_int64(host, saver, e->from);
    if (e->to < t->names) host->save_int64(host, saver, e->to);
    host->save_int64(host, saver, e->count);
    host->save_int64(host, saver, e->customers);
    journey_list_save(host, saver, &e->times);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static journey_status load_edge(transitions *t, journey_loader *loader, int64_t ends, journey_error *err) {
  const journey_host *host = t->host;
  uint32_t from = (ends - 1) & 1 ? t->names : host->load_event(host, loader);
  uint32_t to = (ends - 1) & 2 ? t->names : host->load_event(host, loader);
  int64_t count = host->load_range(host, loader, 1, INT64_MAX);
  int64_t customers = host->load_range(host, loader, 0, t->distinct ? count : 0);
  journey_status status = host->load_status(host, loader, err);
  if (status != JOURNEY_OK) return status; /* the codes are only good without an error */
  edge *e = jn_transitions_add(t, from, to);
  if (!e) return jn_transitions_no_memory(t, err);
  e->count = journey_add_counts(e->count, count);
  e->customers = journey_add_counts(e->customers, customers);
  status = journey_list_load(host, loader, &e->times, 0, err);
  if (status == JOURNEY_ENOMEM) return jn_transitions_no_memory(t, err);
  if (status == JOURNEY_OK && (int64_t)e->times.count > (t->timed ? e->count : 0)) {
    return host->fail(host, err, JOURNEY_ESTATE, "saved state: more times than transitions");
  }
  return status;
}

journey_status jn_transitions_load(void *state, journey_loader *loader, journey_error *err) {
  transitions *t = state;
  const journey_host *host = t->host;
  int64_t ends;
  journey_status status = JOURNEY_OK;
  while (status == JOURNEY_OK && (ends = host->load_range(host, loader, 0, 4)) > 0) {
    status = load_edge(t, loader, ends, err);
  }
  return status == JOURNEY_OK ? host->load_status(host, loader, err) : status;
}
