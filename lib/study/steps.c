/* Compiled steps: for each event name, which steps it satisfies; and what predicates add to that. */
#include <string.h>

#include "study/internal.h"

typedef struct work {
  jn_study_steps *steps;
  jn_study_compiler compiler;
  jn_study_evaluator evaluator;
  uint8_t *names, *outcome; /* scratch, by event code */
  uint32_t step;            /* the one at hand */
} work;

static journey_status add_guard(work *w, const jn_study_program *program, journey_error *err) {
  jn_study_steps *steps = w->steps;
  uint32_t count = steps->study->events.count;
  uint8_t *names = jn_study_take(&steps->arena, count, 1);
  if (!names) return jn_base_no_memory(err);
  memcpy(names, w->names, count);
  journey_status status = jn_base_grow(steps->arena.context, &steps->guard, &steps->guard_capacity,
                                       (size_t)steps->guards + 1, sizeof *steps->guard, err);
  if (!status) steps->guard[steps->guards++] = (jn_study_guard){*program, names, UINT64_C(1) << w->step};
  return status;
}

static void add_names(work *w) {
  uint64_t bit = UINT64_C(1) << w->step;
  for (uint32_t code = 0; code < w->steps->study->events.count; code++) {
    if (w->names[code]) w->steps->mask[code] |= bit;
  }
}

/* A predicate over names alone is decided now; another one waits for the events. */
static journey_status add_guarded(work *w, const jn_study_alternative *alternative, journey_error *err) {
  jn_study_program program;
  journey_status status = jn_study_compile(&w->compiler, &alternative->predicate, &program, err);
  if (status || !program.by_name) return status ? status : add_guard(w, &program, err);
  status = jn_study_evaluate_names(&w->evaluator, &program, w->outcome, err);
  if (status) return status;
  for (uint32_t code = 0; code < w->steps->study->events.count; code++) w->names[code] &= w->outcome[code];
  add_names(w);
  return JOURNEY_OK;
}

static journey_status add_alternative(work *w, const jn_study_alternative *alternative, journey_error *err) {
  const journey_study *study = w->steps->study;
  if (!alternative->wild && !alternative->guarded) {
    uint32_t code = jn_base_dictionary_find(study->columns->names, alternative->name.bytes, alternative->name.length);
    if (code != JN_BASE_NO_CODE) w->steps->mask[code] |= UINT64_C(1) << w->step;
    return JOURNEY_OK;
  }
  jn_study_match_names(study, alternative, w->names);
  if (alternative->guarded) return add_guarded(w, alternative, err);
  add_names(w);
  return JOURNEY_OK;
}

/* A step that nobody can have done may be a slip of the pen; a wildcard, such as the default of a metric, may well
 * match nothing. */
static void report_empty(const work *w, const char *name) {
  const jn_study_steps *steps = w->steps;
  if (strpbrk(name, "*?")) return;
  for (uint32_t code = 0; code < steps->study->events.count; code++) {
    if (steps->mask[code] >> w->step & 1) return;
    for (uint32_t g = 0; g < steps->guards; g++) {
      if (steps->guard[g].names[code] && steps->guard[g].bit >> w->step & 1) return;
    }
  }
  jn_base_log(steps->arena.context, "no event is named '%s'", jn_base_quote(name, strlen(name)).text);
}

static journey_status add_step(work *w, const jn_study_step *step, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (uint32_t a = 0; !status && a < step->alternatives; a++) {
    status = add_alternative(w, &step->alternative[a], err);
  }
  if (!status && w->steps->study->events.count) report_empty(w, step->name);
  return status;
}

static journey_status compile(work *w, const jn_study_pattern *pattern, journey_error *err) {
  jn_study_steps *steps = w->steps;
  uint32_t count = steps->study->events.count;
  const char **name = jn_study_take(&steps->arena, pattern->steps, sizeof *name);
  steps->mask = jn_study_take(&steps->arena, count, sizeof *steps->mask);
  w->names = jn_study_take(&steps->arena, count, 1);
  w->outcome = jn_study_take(&steps->arena, count, 1);
  if (!name || !steps->mask || !w->names || !w->outcome) return jn_base_no_memory(err);
  steps->names = (journey_names){.count = pattern->steps, .name = name};
  journey_status status = JOURNEY_OK;
  for (w->step = 0; !status && w->step < pattern->steps; w->step++) {
    name[w->step] = pattern->step[w->step].name;
    status = add_step(w, &pattern->step[w->step], err);
  }
  return status;
}

static journey_status make(jn_study_steps *steps, const char *text, uint32_t most, journey_error *err) {
  work w = {.steps = steps, .evaluator.study = steps->study};
  jn_study_pattern pattern;
  w.compiler = (jn_study_compiler){.study = steps->study, .arena = &steps->arena};
  journey_status status = jn_study_parse_steps(&steps->arena, NULL, text, most, &pattern, err);
  if (!status) status = compile(&w, &pattern, err);
  jn_study_evaluator_free(&w.evaluator);
  return status;
}

/* "auto" stands for the proposal: where one step is wanted, for its goal. */
static journey_status resolve(const journey_study *study, const char **text, uint32_t most, journey_error *err) {
  if (strcmp(*text, "auto")) return JOURNEY_OK;
  *text = most == 1 ? jn_study_auto_goal(study) : jn_study_auto_steps(study);
  return *text ? JOURNEY_OK : jn_base_no_memory(err);
}

journey_status jn_study_steps_new(journey_study *study, const char *text, uint32_t most, jn_study_steps **out,
                                  journey_error *err) {
  *out = NULL;
  journey_status status = resolve(study, &text, most, err);
  if (status) return status;
  jn_study_steps *steps = jn_base_zalloc(study->context, 1, sizeof *steps);
  if (!steps) return jn_base_no_memory(err);
  steps->arena.context = study->context;
  steps->study = journey_study_ref(study);
  status = make(steps, text, most, err);
  if (status)
    jn_study_steps_free(steps);
  else
    *out = steps;
  return status;
}

static journey_status read_names(jn_study_steps *steps, const char *text, uint32_t most, journey_error *err) {
  jn_study_pattern pattern;
  journey_status status = jn_study_parse_steps(&steps->arena, NULL, text, most, &pattern, err);
  if (status) return status;
  const char **name = jn_study_take(&steps->arena, pattern.steps, sizeof *name);
  if (!name) return jn_base_no_memory(err);
  for (uint32_t i = 0; i < pattern.steps; i++) name[i] = pattern.step[i].name;
  steps->names = (journey_names){.count = pattern.steps, .name = name};
  return JOURNEY_OK;
}

journey_status jn_study_steps_read(journey_context *context, const char *text, uint32_t most, jn_study_steps **out,
                                   journey_error *err) {
  *out = NULL;
  jn_study_steps *steps = jn_base_zalloc(context, 1, sizeof *steps);
  if (!steps) return jn_base_no_memory(err);
  steps->arena.context = context;
  journey_status status = read_names(steps, text, most, err);
  if (status)
    jn_study_steps_free(steps);
  else
    *out = steps;
  return status;
}

void jn_study_steps_free(jn_study_steps *steps) {
  if (!steps) return;
  journey_study *study = steps->study; /* NULL: names alone */
  journey_context *context = steps->arena.context;
  jn_base_reallocate(context, steps->guard, steps->guard_capacity * sizeof *steps->guard, 0);
  jn_study_give_back(&steps->arena);
  jn_base_free(context, steps, 1, sizeof *steps);
  journey_study_free(study);
}

const journey_names *jn_study_steps_names(const jn_study_steps *steps) { return &steps->names; }
const uint64_t *jn_study_steps_mask(const jn_study_steps *steps) { return steps->mask; }
bool jn_study_steps_plain(const jn_study_steps *steps) { return steps->guards == 0; }
