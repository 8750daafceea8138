/* Joining partial states (partial.c says how they look). The names of all states become one dictionary first; each
 * state is then loaded with its codes translated, and merged in the order given. States may be hostile: nothing is
 * believed, and no count can ask for more memory than the state has bytes. */
#include <string.h>

#include "metric/internal.h"

/* One saved state while it is read; what comes before its groups has been read by read_header(). */
typedef struct part {
  journey_loader loader;
  uint32_t *event, *touchpoint, *stage, *group; /* its names as indices of the joined lists */
  uint32_t events, touchpoints, stages, groups;
} part;

/* What decides where a group's rows come. */
typedef struct standing {
  int64_t rank, customers;
} standing;

typedef struct join {
  jn_metric_measurement measurement;
  jn_metric_list events, touchpoints, stages, groups;
  uint16_t *touchpoint_stage;
  size_t stage_capacity;
  bool mapped;
  standing *standings; /* by group */
  size_t standing_capacity;
  jn_metric_groups states;
  part *parts;
  size_t count;
} join;

static journey_status refuse(size_t i, const char *what, journey_error *err) {
  return jn_base_fail_at(err, JOURNEY_ESTATE, (int64_t)i + 1, 0, -1, "saved state %zu: %s", i + 1, what);
}

/* ---- the scope, from the first state ------------------------------------------------------------------------------ */

/* A text that was saved with its NUL: borrowed from the state. */
static const char *load_text(journey_loader *loader) {
  size_t n;
  const char *s = jn_metric_load_bytes(loader, &n);
  if (n > 0 && !memchr(s, 0, n - 1) && s[n - 1] == '\0') return s;
  if (!loader->wrong) loader->wrong = "a text is damaged";
  return "";
}

static journey_status load_step_names(jn_metric_measurement *m, jn_metric_value *value, journey_loader *loader,
                                      journey_error *err) {
  value->names.count = (uint32_t)jn_metric_load_range(loader, 0, JN_METRIC_MOST_STEPS);
  value->joined = jn_base_zalloc(m->context, value->names.count, sizeof *value->joined);
  if (!value->joined) return jn_base_no_memory(err);
  value->names.name = value->joined;
  for (uint32_t i = 0; i < value->names.count; i++) value->joined[i] = load_text(loader);
  return JOURNEY_OK;
}

static bool has_steps(const journey_option *option) {
  return option->type == JOURNEY_OPTION_STEPS || option->type == JOURNEY_OPTION_STEP;
}

/* Twice over the settings: their texts make the values, then the steps' names go to their values. */
static journey_status load_settings(jn_metric_measurement *m, journey_loader *loader, journey_error *err) {
  enum { MOST = 256 };
  journey_setting setting[MOST] = {{NULL, NULL}};
  uint32_t count = (uint32_t)jn_metric_load_range(loader, 0, MOST);
  size_t begin = loader->at;
  if (count != m->calculator->option_count) return refuse(0, "its settings are those of another version", err);
  for (uint32_t i = 0; i < count; i++) {
    setting[i].name = load_text(loader);
    setting[i].value = load_text(loader);
    jn_metric_load_range(loader, 0, 1);
    int64_t names = jn_metric_load_range(loader, 0, JN_METRIC_MOST_STEPS);
    for (int64_t k = 0; k < names; k++) load_text(loader);
    if (!loader->wrong && strcmp(setting[i].name, m->calculator->options[i].name) != 0) {
      return refuse(0, "its settings are those of another version", err);
    }
  }
  if (loader->wrong) return refuse(0, loader->wrong, err);
  journey_status status = jn_metric_options_new(m, setting, count, err);
  loader->at = begin;
  for (uint32_t i = 0; status == JOURNEY_OK && i < count; i++) {
    load_text(loader);
    load_text(loader);
    m->value[i].automatic = jn_metric_load_range(loader, 0, 1) != 0;
    status = load_step_names(m, &m->value[i], loader, err);
    if (status == JOURNEY_OK && has_steps(&m->calculator->options[i]) != (m->value[i].names.count > 0)) {
      status = refuse(0, "its steps are damaged", err);
    }
  }
  return status;
}

static journey_status load_scope(join *j, journey_loader *loader, journey_error *err) {
  jn_metric_measurement *m = &j->measurement;
  if (loader->size < 4 || memcmp(loader->bytes, JN_METRIC_STATE_MAGIC, 4) != 0) {
    return refuse(0, "these bytes are no saved state", err);
  }
  loader->at = 4;
  if (jn_metric_load_int64(loader) != JN_METRIC_STATE_VERSION) return refuse(0, "of another version", err);
  const char *metric = load_text(loader);
  m->calculator = jn_metric_find(m->context, metric);
  if (!m->calculator) {
    return jn_base_fail(err, JOURNEY_ENOTFOUND, "saved state 1: there is no metric \"%s\"",
                        jn_base_quote(metric, strlen(metric)).text);
  }
  m->confidence = jn_metric_load_float64(loader);
  m->zone = load_text(loader);
  m->by = load_text(loader);
  j->mapped = jn_metric_load_range(loader, 0, 1) != 0;
  if (*m->zone == '\0') m->zone = NULL;
  if (*m->by == '\0') m->by = NULL;
  if (loader->wrong || !(m->confidence > 0 && m->confidence < 1)) return refuse(0, "its scope is damaged", err);
  return load_settings(m, loader, err);
}

/* ---- names and times ----------------------------------------------------------------------------------------------- */

static journey_status load_names(join *j, part *p, jn_metric_list *list, uint32_t **map, uint32_t *count,
                                 journey_error *err) {
  int64_t most = (int64_t)(p->loader.size - p->loader.at); /* each name takes a byte at least */
  *count = (uint32_t)jn_metric_load_range(&p->loader, 0, most < UINT32_MAX ? most : UINT32_MAX - 1);
  *map = jn_base_zalloc(j->measurement.context, *count, sizeof **map);
  if (!*map) return jn_base_no_memory(err);
  journey_status status = JOURNEY_OK;
  for (uint32_t i = 0; status == JOURNEY_OK && i < *count; i++) {
    size_t n, bad;
    const char *s = jn_metric_load_bytes(&p->loader, &n);
    if (p->loader.wrong) break;
    bool others = list == &j->groups && n > 0 && s[n - 1] == '\0'; /* see save_groups() */
    if (!jn_base_utf8(s, n, &bad) || memchr(s, 0, n - others))
      p->loader.wrong = "a name is damaged";
    else
      status = jn_metric_list_add(list, s, n, &(*map)[i], err);
  }
  return status;
}

/* A touchpoint's stage is that of the first state that has the touchpoint. Stages follow the touchpoints, so the
 * numbers are kept and read as stages afterwards. */
static journey_status load_stages(join *j, part *p, journey_error *err) {
  journey_context *context = j->measurement.context;
  size_t begin = p->loader.at, had = j->stage_capacity;
  size_t count = jn_base_dictionary_count(j->touchpoints.dictionary);
  for (uint32_t i = 0; i < p->touchpoints; i++) jn_metric_load_range(&p->loader, 0, UINT16_MAX);
  journey_status status = load_names(j, p, &j->stages, &p->stage, &p->stages, err);
  if (jn_base_dictionary_count(j->stages.dictionary) >= UINT16_MAX) p->loader.wrong = "too many stages";
  if (status == JOURNEY_OK) {
    status = jn_base_grow(context, &j->touchpoint_stage, &j->stage_capacity, count, sizeof *j->touchpoint_stage, err);
  }
  if (status != JOURNEY_OK || p->loader.wrong) return status;
  if (j->stage_capacity > had)
    memset(j->touchpoint_stage + had, 0, (j->stage_capacity - had) * sizeof *j->touchpoint_stage);
  journey_loader again = p->loader;
  again.at = begin;
  for (uint32_t i = 0; i < p->touchpoints; i++) {
    int64_t stage = jn_metric_load_range(&again, 0, p->stages);
    if (stage > 0 && j->touchpoint_stage[p->touchpoint[i]] == 0) {
      j->touchpoint_stage[p->touchpoint[i]] = (uint16_t)(p->stage[stage - 1] + 1);
    }
  }
  if (again.wrong) p->loader.wrong = again.wrong;
  return JOURNEY_OK;
}

static journey_status load_groups(join *j, part *p, journey_error *err) {
  journey_context *context = j->measurement.context;
  size_t had = j->standing_capacity;
  journey_status status = load_names(j, p, &j->groups, &p->group, &p->groups, err);
  if (status != JOURNEY_OK || p->loader.wrong) return status;
  if (p->groups == 0) p->loader.wrong = "it has no group"; /* a study always has one */
  size_t count = jn_base_dictionary_count(j->groups.dictionary);
  status = jn_base_grow(context, &j->standings, &j->standing_capacity, count, sizeof *j->standings, err);
  if (status != JOURNEY_OK) return status;
  if (j->standing_capacity > had) memset(j->standings + had, 0, (j->standing_capacity - had) * sizeof *j->standings);
  for (uint32_t g = 0; g < p->groups; g++) {
    standing *s = &j->standings[p->group[g]];
    s->rank = jn_metric_load_range(&p->loader, 0, INT32_MAX);
    s->customers = journey_add_counts(s->customers, jn_metric_load_range(&p->loader, 0, INT64_MAX));
  }
  return JOURNEY_OK;
}

static void widen_range(jn_metric_measurement *m, int64_t first, int64_t last) {
  if (first > last) return;
  if (m->first > m->last || first < m->first) m->first = first;
  if (m->last < first || last > m->last) m->last = last;
}

static journey_status load_header(join *j, size_t i, const journey_bytes *scope, journey_error *err) {
  part *p = &j->parts[i];
  size_t n;
  const char *own = jn_metric_load_bytes(&p->loader, &n);
  if (p->loader.wrong) return refuse(i, "these bytes are no saved state", err);
  if (n != scope->size || memcmp(own, scope->data, n) != 0) {
    return refuse(i, "its metric, settings or scope are not those of the first", err);
  }
  int64_t first = jn_metric_load_int64(&p->loader), last = jn_metric_load_int64(&p->loader);
  widen_range(&j->measurement, first, last);
  journey_status status = load_names(j, p, &j->events, &p->event, &p->events, err);
  if (status == JOURNEY_OK) status = load_names(j, p, &j->touchpoints, &p->touchpoint, &p->touchpoints, err);
  if (status == JOURNEY_OK) status = load_stages(j, p, err);
  if (status == JOURNEY_OK) status = load_groups(j, p, err);
  if (status == JOURNEY_OK && p->loader.wrong) status = refuse(i, p->loader.wrong, err);
  return status;
}

/* ---- states ------------------------------------------------------------------------------------------------------------ */

static journey_status load_state(join *j, size_t i, journey_loader *loader, jn_metric_state *state,
                                 journey_error *err) {
  jn_metric_measurement *m = &j->measurement;
  jn_metric_load_range(loader, 1, 1);
  journey_status status = JOURNEY_OK;
  if (!loader->wrong) status = jn_metric_checked(m, m->calculator->load(state->state, loader, err), err);
  if (status == JOURNEY_OK && !loader->wrong && loader->at != loader->size) loader->wrong = "bytes are left over";
  if (status == JOURNEY_OK && loader->wrong) status = refuse(i, loader->wrong, err);
  return status;
}

static journey_status add_group(join *j, size_t i, uint32_t group, journey_loader *loader, journey_error *err) {
  jn_metric_measurement *m = &j->measurement;
  jn_metric_state *state;
  journey_status status = jn_metric_state_new(m, NULL, &state, err);
  if (status != JOURNEY_OK) return status;
  status = load_state(j, i, loader, state, err);
  if (status == JOURNEY_OK && j->states.group[group]) {
    status = jn_metric_checked(m, m->calculator->merge(j->states.group[group]->state, state->state, err), err);
  } else if (status == JOURNEY_OK) {
    j->states.group[group] = state;
    state = NULL;
  }
  jn_metric_state_free(state);
  return status;
}

static journey_status add_part(join *j, size_t i, journey_error *err) {
  part *p = &j->parts[i];
  journey_status status = JOURNEY_OK;
  for (uint32_t g = 0; status == JOURNEY_OK && g < p->groups; g++) {
    journey_loader loader = {.codes = {p->event, p->events, p->touchpoint, p->touchpoints, p->stage, p->stages}};
    loader.bytes = (const uint8_t *)jn_metric_load_bytes(&p->loader, &loader.size);
    if (!p->loader.wrong && loader.size > 0) status = add_group(j, i, p->group[g], &loader, err);
  }
  if (status == JOURNEY_OK && !p->loader.wrong && p->loader.at != p->loader.size) {
    p->loader.wrong = "bytes are left over";
  }
  if (status == JOURNEY_OK && p->loader.wrong) status = refuse(i, p->loader.wrong, err);
  return status;
}

/* ---- the order of groups ------------------------------------------------------------------------------------------------- */

static int comes_before(const void *state, size_t a, size_t b) {
  const join *j = state;
  const standing *x = &j->standings[a], *y = &j->standings[b];
  if (x->rank != y->rank) return x->rank < y->rank;
  if (x->customers != y->customers) return x->customers > y->customers;
  return strcmp(j->groups.names.name[a], j->groups.names.name[b]) < 0;
}

/* As a study of all customers would have them. */
static journey_status finish(join *j, journey_table **out, journey_error *err) {
  journey_context *context = j->measurement.context;
  uint32_t n = j->states.count;
  size_t *order = jn_base_alloc(context, n, sizeof *order);
  const char **name = jn_base_alloc(context, n, sizeof *name);
  jn_metric_groups sorted = {jn_base_alloc(context, n, sizeof *sorted.group), n};
  journey_names names = {.count = n, .name = name};
  journey_status status = order && name && sorted.group ? JOURNEY_OK : jn_base_no_memory(err);
  for (uint32_t g = 0; order && g < n; g++) order[g] = g;
  if (status == JOURNEY_OK) journey_sort_first(order, n, n, comes_before, j);
  for (uint32_t g = 0; status == JOURNEY_OK && g < n; g++) {
    name[g] = j->groups.names.name[order[g]];
    sorted.group[g] = j->states.group[order[g]];
    j->states.group[order[g]] = NULL;
  }
  if (status == JOURNEY_OK) {
    status = jn_metric_finish(&j->measurement, &sorted, &names, out, err);
    jn_metric_groups_free(&j->measurement, &sorted);
  } else if (sorted.group) {
    jn_base_free(context, sorted.group, n, sizeof *sorted.group);
  }
  jn_base_free(context, order, n, sizeof *order);
  jn_base_free(context, name, n, sizeof *name);
  return status;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------- */

static journey_status open_lists(join *j, journey_error *err) {
  jn_metric_list *lists[] = {&j->events, &j->touchpoints, &j->stages, &j->groups};
  journey_status status = JOURNEY_OK;
  for (int i = 0; status == JOURNEY_OK && i < 4; i++) {
    status = jn_metric_list_new(j->measurement.context, lists[i], err);
  }
  return status;
}

static journey_status seal_lists(join *j, journey_error *err) {
  jn_metric_list *lists[] = {&j->events, &j->touchpoints, &j->stages, &j->groups};
  jn_metric_measurement *m = &j->measurement;
  journey_status status = JOURNEY_OK;
  for (int i = 0; status == JOURNEY_OK && i < 4; i++) status = jn_metric_list_seal(m->context, lists[i], err);
  m->events = &j->events.names;
  m->touchpoints = &j->touchpoints.names;
  m->stages = &j->stages.names;
  m->touchpoint_stage = j->mapped ? j->touchpoint_stage : NULL;
  return status;
}

static journey_status load_all(join *j, const journey_bytes *states, journey_error *err) {
  journey_loader scope = {0};
  for (size_t i = 0; i < j->count; i++) {
    j->parts[i].loader = (journey_loader){.bytes = states[i].data, .size = states[i].size};
  }
  journey_loader first = j->parts[0].loader;
  scope.bytes = (const uint8_t *)jn_metric_load_bytes(&first, &scope.size);
  if (first.wrong) return refuse(0, "these bytes are no saved state", err);
  const journey_bytes same = {.data = (uint8_t *)(uintptr_t)scope.bytes, .size = scope.size};
  journey_status status = load_scope(j, &scope, err);
  for (size_t i = 0; status == JOURNEY_OK && i < j->count; i++) status = load_header(j, i, &same, err);
  if (status == JOURNEY_OK) status = seal_lists(j, err);
  if (status != JOURNEY_OK) return status;
  j->states.count = j->groups.names.count;
  j->states.group = jn_base_zalloc(j->measurement.context, j->states.count, sizeof *j->states.group);
  if (!j->states.group) return jn_base_no_memory(err);
  for (size_t i = 0; status == JOURNEY_OK && i < j->count; i++) status = add_part(j, i, err);
  return status;
}

static void free_join(join *j) {
  journey_context *context = j->measurement.context;
  jn_metric_groups_free(&j->measurement, &j->states);
  jn_metric_close(&j->measurement);
  for (size_t i = 0; j->parts && i < j->count; i++) {
    part *p = &j->parts[i];
    if (p->event) jn_base_free(context, p->event, p->events, sizeof *p->event);
    if (p->touchpoint) jn_base_free(context, p->touchpoint, p->touchpoints, sizeof *p->touchpoint);
    if (p->stage) jn_base_free(context, p->stage, p->stages, sizeof *p->stage);
    if (p->group) jn_base_free(context, p->group, p->groups, sizeof *p->group);
  }
  if (j->parts) jn_base_free(context, j->parts, j->count, sizeof *j->parts);
  jn_base_free(context, j->touchpoint_stage, j->stage_capacity, sizeof *j->touchpoint_stage);
  jn_base_free(context, j->standings, j->standing_capacity, sizeof *j->standings);
  jn_metric_list_free(context, &j->events);
  jn_metric_list_free(context, &j->touchpoints);
  jn_metric_list_free(context, &j->stages);
  jn_metric_list_free(context, &j->groups);
}

journey_status journey_measure_join(journey_context *context, const journey_bytes *states, size_t count,
                                    journey_table **out, journey_error *err) {
  journey_error own = {0};
  *out = NULL;
  if (count == 0) return jn_base_fail(err, JOURNEY_EINVAL, "no saved states to join");
  join j = {.measurement = {.context = context, .first = 0, .last = -1}, .count = count};
  j.parts = jn_base_zalloc(context, count, sizeof *j.parts);
  journey_status status = j.parts ? open_lists(&j, &own) : jn_base_no_memory(&own);
  if (status == JOURNEY_OK) status = load_all(&j, states, &own);
  if (status == JOURNEY_OK) status = finish(&j, out, &own);
  free_join(&j);
  return jn_metric_report(status, &own, err);
}
