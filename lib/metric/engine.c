/* The engine: cuts the customers into shards, feeds each shard's paths to a state for each group, merges the shards in
 * customer order, and finishes the groups into one table. */
#include <stdio.h>
#include <string.h>

#include "exec/exec.h"
#include "metric/internal.h"
#include "table/table.h"

/* ---- a measurement ------------------------------------------------------------------------------------------------ */

static void fill_measurement(jn_metric_measurement *m, journey_study *study) {
  const journey_study_options *scope = jn_study_scope(study);
  m->study = study;
  m->events = jn_study_events(study);
  m->touchpoints = jn_study_touchpoints(study);
  m->stages = jn_study_stages(study);
  m->touchpoint_stage = jn_study_touchpoint_stage(study);
  m->confidence = scope->confidence;
  m->zone = scope->zone;
  m->by = jn_study_group_key(study);
  if (jn_study_time_range(study, &m->first, &m->last) != JOURNEY_OK) {
    m->first = 0;
    m->last = -1;
  }
}

static journey_status refuse_metric(journey_context *context, const char *metric, journey_error *err) {
  char known[360] = "";
  size_t used = 0;
  const journey_calculator *calculator;
  for (int32_t i = 0; (calculator = journey_metric(context, i)) != NULL; i++) {
    size_t n = strlen(calculator->id);
    if (used + n + 8 > sizeof known) {
      memcpy(known + used, ", ...", 6);
      break;
    }
    used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", calculator->id);
  }
  return jn_base_fail(err, JOURNEY_ENOTFOUND, "there is no metric \"%s\"; there are: %s",
                      jn_base_quote(metric, strlen(metric)).text, known);
}

journey_status jn_metric_open(journey_study *study, const char *metric, const journey_setting *settings, size_t count,
                              jn_metric_measurement *m, journey_error *err) {
  *m = (jn_metric_measurement){.context = jn_study_context(study)};
  m->calculator = jn_metric_find(m->context, metric);
  if (!m->calculator) return refuse_metric(m->context, metric, err);
  fill_measurement(m, study);
  m->needs = m->calculator->needs;
  jn_metric_baseline unused;
  journey_status status = jn_metric_options_new(m, settings, count, err);
  return status == JOURNEY_OK ? jn_metric_baseline_find(m, NULL, &unused, err) : status;
}

void jn_metric_close(jn_metric_measurement *m) {
  jn_metric_compiled_free(m);
  jn_metric_options_free(m);
}

/* Calculators always find an error record, and may leave something in it although all goes well in the end. */
journey_status jn_metric_report(journey_status status, const journey_error *own, journey_error *err) {
  if (status != JOURNEY_OK && err) *err = *own;
  return status;
}

/* ---- shards --------------------------------------------------------------------------------------------------------- */

/* One range of customers, and the state of each group that has been met in it. */
typedef struct shard {
  int64_t first, last;
  jn_study_cursor *cursor;
  jn_metric_state **group;
} shard;

typedef struct run {
  jn_metric_measurement *measurement;
  shard *shards;
  int64_t count, customers;
  uint32_t groups;
  _Atomic int64_t done; /* customers, for progress */
} run;

static journey_status feed_batch(run *r, shard *s, const journey_batch *batch, uint32_t group, journey_error *err) {
  jn_metric_measurement *m = r->measurement;
  if (!s->group[group]) {
    journey_status status = jn_metric_state_new(m, s->cursor, &s->group[group], err);
    if (status != JOURNEY_OK) return status;
  }
  return jn_metric_checked(m, m->calculator->feed(s->group[group]->state, batch, err), err);
}

static journey_status report_progress(run *r, shard *s, int64_t *reported, journey_error *err) {
  int64_t done = jn_study_cursor_done(s->cursor), more = done - *reported;
  *reported = done;
  int64_t all = atomic_fetch_add(&r->done, more) + more;
  return jn_base_progress(r->measurement->context, "measuring", all, r->customers, err);
}

static journey_status run_shard(void *work, int64_t index, journey_error *err) {
  run *r = work;
  shard *s = &r->shards[index];
  jn_metric_measurement *m = r->measurement;
  int64_t reported = 0;
  const journey_batch *batch;
  uint32_t group;
  journey_status status = jn_study_cursor_new(m->study, s->first, s->last, m->needs, m->attribute,
                                              m->attributes, &s->cursor, err);
  while (status == JOURNEY_OK) {
    status = jn_study_next(s->cursor, &batch, &group, err);
    if (status != JOURNEY_OK || !batch) break;
    status = feed_batch(r, s, batch, group, err);
    if (status == JOURNEY_OK) status = report_progress(r, s, &reported, err);
  }
  return status;
}

static void free_shards(run *r) {
  journey_context *context = r->measurement->context;
  for (int64_t i = 0; r->shards && i < r->count; i++) {
    shard *s = &r->shards[i];
    for (uint32_t g = 0; s->group && g < r->groups; g++) jn_metric_state_free(s->group[g]);
    if (s->group) jn_base_free(context, s->group, r->groups, sizeof *s->group);
    jn_study_cursor_free(s->cursor);
  }
  if (r->shards) jn_base_free(context, r->shards, (size_t)r->count, sizeof *r->shards);
}

static journey_status make_shards(run *r, journey_error *err) {
  journey_context *context = r->measurement->context;
  int64_t *cut = jn_base_alloc(context, (size_t)r->count + 1, sizeof *cut);
  r->shards = jn_base_zalloc(context, (size_t)r->count, sizeof *r->shards);
  bool enough = cut && r->shards;
  if (enough) jn_study_cut(r->measurement->study, r->count, cut);
  for (int64_t i = 0; enough && i < r->count; i++) {
    r->shards[i].first = cut[i];
    r->shards[i].last = cut[i + 1];
    r->shards[i].group = jn_base_zalloc(context, r->groups, sizeof *r->shards[i].group);
    enough = r->shards[i].group != NULL;
  }
  if (enough) r->customers = cut[r->count] - cut[0];
  if (cut) jn_base_free(context, cut, (size_t)r->count + 1, sizeof *cut);
  return enough ? JOURNEY_OK : jn_base_no_memory(err);
}

/* The first state is made before the cursors are, because a calculator says in `create` which attributes it reads. It
 * stands for an empty study too. */
static journey_status make_first(run *r, journey_error *err) {
  jn_metric_measurement *m = r->measurement;
  jn_metric_state *first;
  journey_status status = jn_metric_state_new(m, NULL, &first, err);
  if (status != JOURNEY_OK) return status;
  jn_metric_state_free(first);
  m->sealed = true;
  return JOURNEY_OK;
}

/* Joins each group's states into the first shard that has one, in customer order. */
static journey_status merge_shards(run *r, jn_metric_state **out, journey_error *err) {
  jn_metric_measurement *m = r->measurement;
  for (int64_t i = 0; i < r->count; i++) {
    for (uint32_t g = 0; g < r->groups; g++) {
      jn_metric_state *state = r->shards[i].group[g];
      r->shards[i].group[g] = NULL;
      if (!state) continue;
      state->cursor = NULL;
      if (!out[g]) {
        out[g] = state;
        continue;
      }
      journey_status status = jn_metric_checked(m, m->calculator->merge(out[g]->state, state->state, err), err);
      jn_metric_state_free(state);
      if (status != JOURNEY_OK) return status;
    }
  }
  return JOURNEY_OK;
}

journey_status jn_metric_run(jn_metric_measurement *m, int64_t shards, jn_metric_groups *out, journey_error *err) {
  run r = {.measurement = m, .count = shards, .groups = jn_study_group_names(m->study)->count};
  if (r.count <= 0) r.count = jn_exec_threads(m->context);
  *out = (jn_metric_groups){.count = r.groups};
  out->group = jn_base_zalloc(m->context, r.groups, sizeof *out->group);
  journey_status status = out->group ? make_first(&r, err) : jn_base_no_memory(err);
  if (status == JOURNEY_OK) status = make_shards(&r, err);
  if (status == JOURNEY_OK) status = jn_exec_run(m->context, r.count, run_shard, &r, err);
  if (status == JOURNEY_OK) status = merge_shards(&r, out->group, err);
  free_shards(&r);
  if (status != JOURNEY_OK) jn_metric_groups_free(m, out);
  return status;
}

void jn_metric_groups_free(jn_metric_measurement *m, jn_metric_groups *groups) {
  if (!groups->group) return;
  for (uint32_t g = 0; g < groups->count; g++) jn_metric_state_free(groups->group[g]);
  jn_base_free(m->context, groups->group, groups->count, sizeof *groups->group);
  groups->group = NULL;
}

/* ---- the answer ----------------------------------------------------------------------------------------------------- */

/* What the engine chose for the caller is said with the answer. */
static void note_proposals(const jn_metric_measurement *m, journey_table *table) {
  for (uint32_t i = 0; i < m->calculator->option_count; i++) {
    if (m->value[i].automatic) journey_table_add_note(table, m->calculator->options[i].name, m->value[i].text);
  }
}

/* A study without customers has the rows of its first group. */
static journey_status need_one_group(jn_metric_measurement *m, jn_metric_groups *groups, journey_error *err) {
  for (uint32_t g = 0; g < groups->count; g++) {
    if (groups->group[g]) return JOURNEY_OK;
  }
  return jn_metric_state_new(m, NULL, &groups->group[0], err);
}

/* `against` is NULL when the groups are not compared. Groups that nobody in scope is in have no rows. */
static journey_status finish_groups(jn_metric_measurement *m, jn_metric_groups *groups, const journey_names *names,
                                    const journey_baseline *baseline, void *against, journey_table *table,
                                    journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (uint32_t g = 0; status == JOURNEY_OK && g < groups->count; g++) {
    if (!groups->group[g]) continue;
    void *state = groups->group[g]->state;
    if (m->by) jn_table_prefix_value(table, names->name[g], SIZE_MAX);
    status = against ? baseline->finish_against(state, against, table, err) : m->calculator->finish(state, table, err);
    status = jn_metric_checked(m, status, err);
  }
  return status;
}

/* Nobody may be in the baseline's group: an empty state stands for it then, without rows of its own. */
static journey_status fill_table(jn_metric_measurement *m, jn_metric_groups *groups, const journey_names *names,
                                 journey_table *table, journey_error *err) {
  jn_metric_baseline baseline;
  jn_metric_state *against = NULL, *empty = NULL;
  journey_status status = jn_metric_baseline_find(m, names, &baseline, err);
  if (status == JOURNEY_OK) status = need_one_group(m, groups, err);
  if (status == JOURNEY_OK && baseline.extension) {
    against = groups->group[baseline.group];
    if (!against) status = jn_metric_state_new(m, NULL, &empty, err);
    if (!against) against = empty;
  }
  if (status == JOURNEY_OK) {
    status = finish_groups(m, groups, names, baseline.extension, against ? against->state : NULL, table, err);
  }
  jn_metric_state_free(empty);
  return status;
}

journey_status jn_metric_finish(jn_metric_measurement *m, jn_metric_groups *groups, const journey_names *names,
                                journey_table **out, journey_error *err) {
  journey_table *table;
  journey_status status = journey_table_new(m->context, m->calculator->id, &table, err);
  if (status != JOURNEY_OK) return status;
  if (m->by) jn_table_set_prefix(table, m->by);
  status = fill_table(m, groups, names, table, err);
  note_proposals(m, table);
  if (status == JOURNEY_OK) status = journey_table_finish(table, err);
  if (status == JOURNEY_OK) *out = table;
  else journey_table_free(table);
  return status;
}

journey_status jn_metric_measure(journey_study *study, const char *metric, const journey_setting *settings,
                                 size_t count, int64_t shards, journey_table **out, journey_error *err) {
  jn_metric_measurement m;
  jn_metric_groups groups = {0};
  jn_metric_baseline unused;
  journey_error own = {0};
  *out = NULL;
  journey_status status = jn_metric_open(study, metric, settings, count, &m, &own);
  if (status == JOURNEY_OK) status = jn_metric_baseline_find(&m, jn_study_group_names(study), &unused, &own);
  if (status == JOURNEY_OK) status = jn_metric_run(&m, shards, &groups, &own);
  if (status == JOURNEY_OK) status = jn_metric_finish(&m, &groups, jn_study_group_names(study), out, &own);
  jn_metric_groups_free(&m, &groups);
  jn_metric_close(&m);
  return jn_metric_report(status, &own, err);
}

journey_status journey_measure(journey_study *study, const char *metric, const journey_setting *settings,
                               size_t count, journey_table **out, journey_error *err) {
  return jn_metric_measure(study, metric, settings, count, 0, out, err);
}
