/* The study itself: making it out of a stream, a map and options, and what it knows. */
#include <string.h>

#include "study/internal.h"

enum { CHUNK = 65536 }; /* events: their columns and scratch stay within a processor's second-level cache */

static const int64_t session_gap = INT64_C(30) * 60 * 1000000;

/* ---- making ------------------------------------------------------------------------------------------------------ */

static journey_status copy_text(journey_study *study, const char **text, journey_error *err) {
  if (!*text) return JOURNEY_OK;
  *text = jn_study_take_text(&study->arena, *text, strlen(*text));
  return *text ? JOURNEY_OK : jn_base_no_memory(err);
}

static journey_status check_options(const journey_study_options *scope, journey_error *err) {
  if (scope->paths != JOURNEY_PATHS_OF_CUSTOMERS && scope->paths != JOURNEY_PATHS_OF_SESSIONS) {
    return jn_base_fail(err, JOURNEY_EINVAL, "paths: unknown kind %d", (int)scope->paths);
  }
  if (scope->session_gap < 0) return jn_base_fail(err, JOURNEY_EINVAL, "session_gap: less than nothing");
  if (!(scope->confidence >= 0 && scope->confidence < 1)) {
    return jn_base_fail(err, JOURNEY_EINVAL, "confidence: not between 0 and 1");
  }
  return JOURNEY_OK;
}

/* Takes the options with defaults filled in, and copies of their texts. */
static journey_status take_options(journey_study *study, const journey_study_options *options, journey_error *err) {
  journey_study_options *scope = &study->scope;
  const char **const texts[] = {&scope->where, &scope->customers, &scope->from, &scope->to, &scope->by, &scope->zone};
  journey_status status =
      jn_base_options(options, offsetof(journey_study_options, confidence) + sizeof scope->confidence, sizeof *scope,
                      scope, "journey_study_options", err);
  if (status) {
    *scope = (journey_study_options){0};
    return status;
  }
  scope->struct_size = sizeof *scope;
  for (size_t i = 0; !status && i < sizeof texts / sizeof *texts; i++) status = copy_text(study, texts[i], err);
  if (!status) status = check_options(scope, err);
  if (!scope->session_gap) scope->session_gap = session_gap;
  if (scope->confidence == 0) scope->confidence = 0.95;
  return status;
}

journey_status jn_study_list(jn_study_arena *arena, const jn_base_dictionary *dictionary, journey_names *out,
                             journey_error *err) {
  uint32_t count = jn_base_dictionary_count(dictionary);
  const char **name = jn_study_take(arena, count, sizeof *name);
  if (!name) return jn_base_no_memory(err);
  for (uint32_t code = 0; code < count; code++) name[code] = jn_base_dictionary_string(dictionary, code, NULL);
  *out = (journey_names){.count = count, .name = name};
  return JOURNEY_OK;
}

static journey_status list_names(journey_study *study, journey_error *err) {
  uint32_t count = study->columns->attribute_count;
  study->attribute_names = jn_study_take(&study->arena, count, sizeof *study->attribute_names);
  if (!study->attribute_names) return jn_base_no_memory(err);
  for (uint32_t i = 0; i < count; i++) atomic_init(&study->attribute_names[i], NULL);
  return jn_study_list(&study->arena, study->columns->names, &study->events, err);
}

static journey_status make(journey_study *study, const journey_map *map, const journey_study_options *options,
                           journey_error *err) {
  journey_status status = take_options(study, options, err);
  if (!status && map) status = journey_map_copy(map, &study->map, err);
  if (!status && study->scope.zone) {
    status = journey_zone_new(study->context, study->scope.zone, strlen(study->scope.zone), &study->zone, err);
  }
  if (!status) status = list_names(study, err);
  if (!status) status = jn_study_bind(study, err);
  if (!status) status = jn_study_scope_new(study, err);
  if (!status) status = jn_study_group_new(study, err);
  return status;
}

/* ---- names of attributes' values: there may be millions, so the list is made when somebody asks ------------------ */

typedef struct jn_study_values {
  jn_study_arena arena;
  journey_names names;
} values;

static void free_values(journey_context *context, values *made) {
  if (!made) return;
  jn_study_give_back(&made->arena);
  jn_base_free(context, made, 1, sizeof *made);
}

static void free_attribute_names(journey_study *study) {
  if (!study->attribute_names) return;
  for (uint32_t i = 0; i < study->columns->attribute_count; i++) {
    free_values(study->context, atomic_load_explicit(&study->attribute_names[i], memory_order_acquire));
  }
}

static values *make_values(const journey_study *study, const jn_stream_attribute *attribute) {
  values *made = jn_base_zalloc(study->context, 1, sizeof *made);
  if (!made) return NULL;
  made->arena.context = study->context;
  if (!jn_study_list(&made->arena, attribute->names, &made->names, NULL)) return made;
  free_values(study->context, made);
  return NULL;
}

/* Whoever comes first makes the list that all get. */
const journey_names *jn_study_attribute_names(const journey_study *study, uint32_t i) {
  if (i >= study->columns->attribute_count) return NULL;
  const jn_stream_attribute *attribute = &study->columns->attribute[i];
  if (attribute->type == JOURNEY_ATTRIBUTE_NUMBER) return NULL;
  values *there = atomic_load_explicit(&study->attribute_names[i], memory_order_acquire);
  if (there) return &there->names;
  values *made = make_values(study, attribute);
  if (!made) return NULL;
  if (atomic_compare_exchange_strong(&study->attribute_names[i], &there, made)) return &made->names;
  free_values(study->context, made);
  return &there->names;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

journey_status journey_study_new(journey_stream *stream, const journey_map *map, const journey_study_options *options,
                                 journey_study **out, journey_error *err) {
  if (out) *out = NULL;
  if (!stream || !out) return jn_base_fail(err, JOURNEY_EINVAL, "a study needs a stream and a place for the result");
  journey_context *context = jn_stream_context(stream);
  journey_study *study = jn_base_zalloc(context, 1, sizeof *study);
  if (!study) return jn_base_no_memory(err);
  study->context = jn_base_context_ref(context);
  study->arena.context = context;
  study->stream = journey_stream_ref(stream);
  study->columns = jn_stream_get(stream);
  study->chunk = CHUNK;
  atomic_init(&study->references, 1);
  atomic_init(&study->proposal, NULL);
  journey_status status = make(study, map, options, err);
  if (status)
    journey_study_free(study);
  else
    *out = study;
  return status;
}

journey_study *journey_study_ref(journey_study *study) {
  atomic_fetch_add_explicit(&study->references, 1, memory_order_relaxed);
  return study;
}

void journey_study_free(journey_study *study) {
  if (!study || atomic_fetch_sub_explicit(&study->references, 1, memory_order_acq_rel) > 1) return;
  journey_context *context = study->context;
  jn_study_touchpoint_table *table = &study->touchpoint;
  jn_study_proposal_free(study, atomic_load_explicit(&study->proposal, memory_order_acquire));
  free_attribute_names(study);
  jn_base_reallocate(context, table->binding, table->binding_capacity * sizeof *table->binding, 0);
  jn_study_give_back(&study->arena);
  journey_zone_free(study->zone);
  journey_map_free(study->map);
  journey_stream_free(study->stream);
  jn_base_free(context, study, 1, sizeof *study);
  journey_context_free(context);
}

/* ---- what it knows ----------------------------------------------------------------------------------------------- */

journey_context *jn_study_context(const journey_study *study) { return study->context; }
const journey_stream *jn_study_stream(const journey_study *study) { return study->stream; }
const journey_map *jn_study_map(const journey_study *study) { return study->map; }
const journey_study_options *jn_study_scope(const journey_study *study) { return &study->scope; }
const journey_names *jn_study_events(const journey_study *study) { return &study->events; }
const journey_names *jn_study_touchpoints(const journey_study *study) { return &study->touchpoint.names; }
const journey_names *jn_study_stages(const journey_study *study) { return &study->touchpoint.stages; }
int64_t jn_study_group_customers(const journey_study *study, uint32_t group) {
  return study->group_customers ? study->group_customers[group] : study->columns->customers;
}

int32_t jn_study_group_rank(const journey_study *study, uint32_t group) {
  return study->group_rank ? study->group_rank[group] : 0;
}

const uint16_t *jn_study_touchpoint_stage(const journey_study *study) {
  return study->map ? study->touchpoint.stage : NULL;
}
int64_t jn_study_overlaps(const journey_study *study) { return study->overlaps; }
void jn_study_set_chunk(journey_study *study, uint32_t events) { study->chunk = events; }

const journey_names *jn_study_group_names(const journey_study *study) { return &study->groups; }
const char *jn_study_group_key(const journey_study *study) { return study->group_key; }

uint32_t journey_study_groups(const journey_study *study) { return study->groups.count; }

const char *journey_study_group(const journey_study *study, uint32_t group) {
  return group < study->groups.count ? study->groups.name[group] : NULL;
}
