/* Partial states: what a study has measured, as bytes that another machine can join with others.
 *
 * Layout, in the numbers of state.c. First the scope, a text of its own that must be the same in all states that are
 * joined: "JNPS", version, metric, confidence, zone, by, whether there is a map, count of settings, then of each its name, its value, whether
 * it was proposed, the count of its steps and their names (all texts with their NUL). Then first and last time; the
 * names of events, of touchpoints (each with its stage), of stages, of groups (each with its rank and customers); and
 * for each group the bytes of its state, none for a group without customers. */
#include <string.h>

#include "metric/internal.h"

static void save_text(journey_saver *saver, const char *s) { jn_metric_save_bytes(saver, s, strlen(s) + 1); }

static void save_names(journey_saver *saver, const journey_names *names) {
  jn_metric_save_int64(saver, names->count);
  for (uint32_t i = 0; i < names->count; i++) jn_metric_save_bytes(saver, names->name[i], strlen(names->name[i]));
}

static void save_setting(journey_saver *saver, const char *name, const jn_metric_value *value) {
  save_text(saver, name);
  save_text(saver, value->text);
  jn_metric_save_int64(saver, value->automatic);
  jn_metric_save_int64(saver, value->names.count);
  for (uint32_t i = 0; i < value->names.count; i++) save_text(saver, value->names.name[i]);
}

static void save_scope(journey_saver *saver, const jn_metric_measurement *m) {
  jn_base_text_add(&saver->text, JN_METRIC_STATE_MAGIC, 4);
  jn_metric_save_int64(saver, JN_METRIC_STATE_VERSION);
  save_text(saver, m->calculator->id);
  jn_metric_save_float64(saver, m->confidence);
  save_text(saver, m->zone ? m->zone : "");
  save_text(saver, m->by ? m->by : "");
  jn_metric_save_int64(saver, m->touchpoint_stage != NULL);
  jn_metric_save_int64(saver, m->calculator->option_count);
  for (uint32_t i = 0; i < m->calculator->option_count; i++) {
    save_setting(saver, m->calculator->options[i].name, &m->value[i]);
  }
}

/* The name of those who are in no group goes with its NUL: a group may have the same name. */
static void save_groups(journey_saver *saver, const journey_study *study) {
  const journey_names *groups = jn_study_group_names(study);
  jn_metric_save_int64(saver, groups->count);
  for (uint32_t g = 0; g < groups->count; g++) {
    bool others = jn_study_group_rank(study, g) == INT32_MAX;
    jn_metric_save_bytes(saver, groups->name[g], strlen(groups->name[g]) + others);
  }
  for (uint32_t g = 0; g < groups->count; g++) {
    jn_metric_save_int64(saver, jn_study_group_rank(study, g));
    jn_metric_save_int64(saver, jn_study_group_customers(study, g));
  }
}

static void save_header(journey_saver *saver, const jn_metric_measurement *m) {
  journey_saver scope;
  jn_base_text_init(&scope.text, m->context);
  save_scope(&scope, m);
  if (scope.text.status != JOURNEY_OK) saver->text.status = scope.text.status;
  jn_metric_save_bytes(saver, scope.text.bytes, scope.text.length);
  jn_base_text_clear(&scope.text);
  jn_metric_save_int64(saver, m->first);
  jn_metric_save_int64(saver, m->last);
  save_names(saver, m->events);
  save_names(saver, m->touchpoints);
  for (uint32_t i = 0; i < m->touchpoints->count; i++) {
    jn_metric_save_int64(saver, m->touchpoint_stage ? m->touchpoint_stage[i] : 0);
  }
  save_names(saver, m->stages);
  save_groups(saver, m->study);
}

static journey_status save_group(journey_saver *saver, const jn_metric_measurement *m, jn_metric_state *state,
                                 journey_error *err) {
  journey_saver inner = {0};
  if (!state) {
    jn_metric_save_bytes(saver, NULL, 0);
    return JOURNEY_OK;
  }
  jn_base_text_init(&inner.text, m->context);
  jn_metric_save_int64(&inner, 1); /* so that a state is never of no bytes */
  journey_status status = jn_metric_checked(m, m->calculator->save(state->state, &inner, err), err);
  if (status == JOURNEY_OK && inner.text.status != JOURNEY_OK) status = jn_base_no_memory(err);
  if (status == JOURNEY_OK) jn_metric_save_bytes(saver, inner.text.bytes, inner.text.length);
  jn_base_text_clear(&inner.text);
  return status;
}

/* The bytes go over to the caller, with a reference on the context that frees them. */
static journey_status hand_over(jn_base_text *text, journey_bytes *out, journey_error *err) {
  if (text->status != JOURNEY_OK) return jn_base_no_memory(err);
  journey_context *context = text->context;
  uint8_t *exact = jn_base_alloc(context, text->length, 1);
  if (!exact) return jn_base_no_memory(err);
  memcpy(exact, text->bytes, text->length);
  *out = (journey_bytes){.data = exact, .size = text->length, .owner = jn_base_context_ref(context)};
  return JOURNEY_OK;
}

void journey_bytes_free(journey_bytes *bytes) {
  if (!bytes || !bytes->owner) return;
  jn_base_free(bytes->owner, bytes->data, bytes->size, 1);
  journey_context_free(bytes->owner);
  *bytes = (journey_bytes){0};
}

journey_status journey_measure_partial(journey_study *study, const char *metric, const journey_setting *settings,
                                       size_t count, journey_bytes *out, journey_error *err) {
  jn_metric_measurement m;
  jn_metric_groups groups = {0};
  journey_saver saver;
  journey_error own = {0};
  *out = (journey_bytes){0};
  jn_base_text_init(&saver.text, jn_study_context(study));
  journey_status status = jn_metric_open(study, metric, settings, count, &m, &own);
  if (status == JOURNEY_OK) status = jn_metric_run(&m, 0, &groups, &own);
  if (status == JOURNEY_OK) save_header(&saver, &m);
  for (uint32_t g = 0; status == JOURNEY_OK && g < groups.count; g++) {
    status = save_group(&saver, &m, groups.group[g], &own);
  }
  if (status == JOURNEY_OK) status = hand_over(&saver.text, out, &own);
  jn_base_text_clear(&saver.text);
  jn_metric_groups_free(&m, &groups);
  jn_metric_close(&m);
  return jn_metric_report(status, &own, err);
}
