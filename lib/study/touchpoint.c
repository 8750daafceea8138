/* Binds events to the map's touchpoints: by name through a table, by predicate where there is one. The first touchpoint
 * in the map's order wins. */
#include <stdio.h>
#include <string.h>

#include "study/internal.h"

enum { MOST = 65534 }; /* of touchpoints, and of stages: index + 1 takes two bytes, and one is for "none yet" */

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static journey_status too_many(journey_error *err, const char *what, int64_t count) {
  return jn_base_fail(err, JOURNEY_ELIMIT, "the map has %lld %s; a study takes at most %d", (long long)count, what,
                      MOST);
}

/* The ids of a kind of elements. */
static journey_status list_elements(journey_study *study, const char *kind, journey_names *out, journey_error *err) {
  int64_t count = journey_map_count(study->map, kind);
  if (count > MOST) return too_many(err, kind, count);
  const char **name = jn_study_take(&study->arena, (size_t)count, sizeof *name);
  if (!name) return jn_base_no_memory(err);
  for (int64_t i = 0; i < count; i++) name[i] = journey_element_id(journey_map_at(study->map, kind, i));
  *out = (journey_names){.count = (uint32_t)count, .name = name};
  return JOURNEY_OK;
}

static journey_status index_stages(const journey_study *study, jn_base_dictionary *index, journey_error *err) {
  const journey_names *stages = &study->touchpoint.stages;
  journey_status status = JOURNEY_OK;
  for (uint32_t i = 0; !status && i < stages->count; i++) {
    uint32_t code;
    status = jn_base_dictionary_add(index, stages->name[i], strlen(stages->name[i]), &code, err);
  }
  return status;
}

/* A reference to a stage that is not there is the map check's to report; the touchpoint then has none. */
static journey_status find_stages(journey_study *study, uint16_t *stage, journey_error *err) {
  jn_base_dictionary *index;
  journey_status status = jn_base_dictionary_new(study->context, &index, err);
  if (status) return status;
  status = index_stages(study, index, err);
  for (uint32_t i = 0; !status && i < study->touchpoint.names.count; i++) {
    const char *id = journey_element_text(journey_map_at(study->map, "touchpoint", i), "stage");
    uint32_t code = id ? jn_base_dictionary_find(index, id, strlen(id)) : JN_BASE_NO_CODE;
    stage[i] = code == JN_BASE_NO_CODE ? 0 : (uint16_t)(code + 1);
  }
  jn_base_dictionary_free(index);
  return status;
}

/* ---- bindings ---------------------------------------------------------------------------------------------------- */

typedef struct binder {
  journey_study *study;
  jn_study_compiler compiler;
  jn_study_evaluator evaluator;
  uint8_t *names, *outcome; /* scratch, by event code */
  uint16_t touchpoint;      /* index + 1 of the one at hand */
} binder;

static void bind_name(binder *b, uint32_t code) {
  uint16_t *touchpoint = &b->study->touchpoint.by_name[code];
  if (!*touchpoint) *touchpoint = b->touchpoint;
}

static journey_status add_binding(binder *b, const jn_study_program *program, journey_error *err) {
  journey_study *study = b->study;
  jn_study_touchpoint_table *table = &study->touchpoint;
  uint8_t *names = jn_study_take(&study->arena, study->events.count, 1);
  if (!names) return jn_base_no_memory(err);
  memcpy(names, b->names, study->events.count);
  journey_status status = jn_base_grow(study->context, &table->binding, &table->binding_capacity,
                                       (size_t)table->bindings + 1, sizeof *table->binding, err);
  if (!status) table->binding[table->bindings++] = (jn_study_binding){b->touchpoint, names, *program};
  return status;
}

/* A predicate over names alone is decided now; another one waits for the events. */
static journey_status bind_guarded(binder *b, const jn_study_alternative *alternative, journey_error *err) {
  uint32_t count = b->study->events.count;
  jn_study_program program;
  journey_status status = jn_study_compile(&b->compiler, &alternative->predicate, &program, err);
  if (status) return status;
  if (!program.by_name) return add_binding(b, &program, err);
  status = jn_study_evaluate_names(&b->evaluator, &program, b->outcome, err);
  for (uint32_t code = 0; !status && code < count; code++) {
    if (b->names[code] && b->outcome[code]) bind_name(b, code);
  }
  return status;
}

static journey_status bind_alternative(binder *b, const jn_study_alternative *alternative, journey_error *err) {
  const journey_study *study = b->study;
  if (!alternative->wild && !alternative->guarded) {
    uint32_t code = jn_base_dictionary_find(study->columns->names, alternative->name.bytes, alternative->name.length);
    if (code != JN_BASE_NO_CODE) bind_name(b, code);
    return JOURNEY_OK;
  }
  jn_study_match_names(study, alternative, b->names);
  if (alternative->guarded) return bind_guarded(b, alternative, err);
  for (uint32_t code = 0; code < study->events.count; code++) {
    if (b->names[code]) bind_name(b, code);
  }
  return JOURNEY_OK;
}

static journey_status bind_touchpoint(binder *b, uint32_t i, journey_error *err) {
  journey_study *study = b->study;
  const char *events = journey_element_text(journey_map_at(study->map, "touchpoint", i), "events");
  if (!events) return JOURNEY_OK;
  char what[128];
  const char *id = study->touchpoint.names.name[i];
  snprintf(what, sizeof what, "events of touchpoint '%s'", jn_base_quote(id, strlen(id)).text);
  b->touchpoint = (uint16_t)(i + 1);
  b->compiler.what = what;
  jn_study_arena arena = {.context = study->context};
  jn_study_pattern pattern = {0};
  journey_status status = jn_study_parse_steps(&arena, what, events, 1, &pattern, err);
  for (uint32_t a = 0; !status && a < pattern.step[0].alternatives; a++) {
    status = bind_alternative(b, &pattern.step[0].alternative[a], err);
  }
  jn_study_give_back(&arena);
  return status;
}

static journey_status bind_all(journey_study *study, journey_error *err) {
  jn_study_arena scratch = {.context = study->context};
  binder b = {.study = study, .evaluator.study = study};
  b.compiler = (jn_study_compiler){study, &study->arena, NULL, .lenient = true, .binding = true};
  study->touchpoint.by_name = jn_study_take(&study->arena, study->events.count, sizeof(uint16_t));
  b.names = jn_study_take(&scratch, study->events.count, 1);
  b.outcome = jn_study_take(&scratch, study->events.count, 1);
  journey_status status = study->touchpoint.by_name && b.names && b.outcome ? JOURNEY_OK : jn_base_no_memory(err);
  for (uint32_t i = 0; !status && i < study->touchpoint.names.count; i++) status = bind_touchpoint(&b, i, err);
  jn_study_evaluator_free(&b.evaluator);
  jn_study_give_back(&scratch);
  return status;
}

journey_status jn_study_bind(journey_study *study, journey_error *err) {
  jn_study_touchpoint_table *table = &study->touchpoint;
  table->names = study->events;
  journey_status status = JOURNEY_OK;
  if (study->map) status = list_elements(study, "touchpoint", &table->names, err);
  if (study->map && !status) status = list_elements(study, "stage", &table->stages, err);
  if (status) return status;
  uint16_t *stage = jn_study_take(&study->arena, table->names.count, sizeof *stage);
  if (!stage) return jn_base_no_memory(err);
  table->stage = stage;
  if (!study->map) return JOURNEY_OK;
  status = find_stages(study, stage, err);
  return status ? status : bind_all(study, err);
}

/* ---- events to touchpoints --------------------------------------------------------------------------------------- */

/* Without a map: event code c is touchpoint c + 1. */
static void count_names(const jn_stream_columns *columns, int64_t first, int64_t n, uint16_t *out) {
  const uint8_t *narrow = (const uint8_t *)columns->code + first;
  if (columns->code_width == 1) {
    for (int64_t i = 0; i < n; i++) out[i] = (uint16_t)(narrow[i] + 1);
  } else {
    for (int64_t i = 0; i < n; i++) {
      out[i] = (uint16_t)(jn_study_code(columns->code, columns->code_width, first + i) + 1);
    }
  }
}

/* Where the binding's predicate holds for one of its names, its touchpoint, if it is the lesser one. */
static journey_status apply(jn_study_evaluator *evaluator, const jn_study_binding *binding, int64_t first, int64_t n,
                            uint16_t *out, journey_error *err) {
  const jn_stream_columns *columns = evaluator->study->columns;
  uint8_t hit[JN_STUDY_BLOCK], named[JN_STUDY_BLOCK];
  journey_status status = jn_study_evaluate(evaluator, &binding->program, first, n, hit, err);
  if (status) return status;
  jn_study_look_up(columns->code, columns->code_width, first, n, binding->names, named);
  for (int64_t i = 0; i < n; i++) {
    uint16_t touchpoint = (uint16_t)((hit[i] & named[i]) - 1) | (uint16_t)(binding->touchpoint - 1);
    out[i] = out[i] < touchpoint ? out[i] : touchpoint;
  }
  return JOURNEY_OK;
}

/* While predicates are applied, touchpoints are less one, so that "none" is the greatest: the least of those that bind
 * an event is the first. */
static journey_status touchpoints_of_block(jn_study_evaluator *evaluator, int64_t first, int64_t n, uint16_t *out,
                                           journey_error *err) {
  const jn_stream_columns *columns = evaluator->study->columns;
  const jn_study_touchpoint_table *table = &evaluator->study->touchpoint;
  journey_status status = JOURNEY_OK;
  if (!table->by_name) {
    count_names(columns, first, n, out);
    return JOURNEY_OK;
  }
  jn_study_look_up_wide(columns->code, columns->code_width, first, n, table->by_name, out);
  if (!table->bindings) return JOURNEY_OK;
  for (int64_t i = 0; i < n; i++) out[i]--;
  for (uint32_t b = 0; !status && b < table->bindings; b++) {
    status = apply(evaluator, &table->binding[b], first, n, out, err);
  }
  for (int64_t i = 0; i < n; i++) out[i]++;
  return status;
}

journey_status jn_study_touchpoints_of(jn_study_evaluator *evaluator, int64_t first, int64_t n, uint16_t *out,
                                       journey_error *err) {
  journey_status status = JOURNEY_OK;
  evaluator->level = 1;
  for (int64_t done = 0; !status && done < n; done += JN_STUDY_BLOCK) {
    int64_t some = n - done < JN_STUDY_BLOCK ? n - done : JN_STUDY_BLOCK;
    status = touchpoints_of_block(evaluator, first + done, some, out + done, err);
  }
  evaluator->level = 0;
  return status;
}
