/* What a calculator sees: each function of journey_host, over the rooms that do the work. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "metric/internal.h"
#include "stat/stat.h"
#include "table/table.h"

/* Steps as one state sees them: the mask moves with its cursor. */
typedef struct jn_metric_view {
  journey_steps steps;
  jn_study_steps *compiled; /* NULL when joining */
  struct jn_metric_view *next;
} jn_metric_view;

struct journey_calendar {
  jn_time_calendar calendar;
  struct journey_calendar *next;
};

static jn_metric_state *state_of(const journey_host *host) { return host->self; }
static jn_metric_measurement *measurement_of(const journey_host *host) { return state_of(host)->measurement; }

/* ---- memory, errors ------------------------------------------------------------------------------------------------ */

static void *reallocate(const journey_host *host, void *block, size_t old_size, size_t new_size) {
  return jn_base_reallocate(measurement_of(host)->context, block, old_size, new_size);
}

static journey_status fail(const journey_host *host, journey_error *err, journey_status code, const char *message) {
  return jn_base_fail(err, code, "%s: %s", measurement_of(host)->calculator->id, message);
}

static journey_status cancelled(const journey_host *host, journey_error *err) {
  return jn_base_cancelled(measurement_of(host)->context, err);
}

/* ---- options -------------------------------------------------------------------------------------------------------- */

static int64_t option_integer(const journey_host *host, const char *name, int32_t type) {
  const jn_metric_value *value = jn_metric_option(measurement_of(host), name, type);
  return value ? value->integer : 0;
}

static int64_t option_int(const journey_host *host, const char *name) {
  return option_integer(host, name, JOURNEY_OPTION_INT);
}

static int32_t option_flag(const journey_host *host, const char *name) {
  return (int32_t)option_integer(host, name, JOURNEY_OPTION_FLAG);
}

static int32_t option_choice(const journey_host *host, const char *name) {
  return (int32_t)option_integer(host, name, JOURNEY_OPTION_CHOICE);
}

static int64_t option_duration(const journey_host *host, const char *name) {
  return option_integer(host, name, JOURNEY_OPTION_DURATION);
}

static double option_float(const journey_host *host, const char *name) {
  const jn_metric_value *value = jn_metric_option(measurement_of(host), name, JOURNEY_OPTION_FLOAT);
  return value ? value->number : 0;
}

static const char *option_text(const journey_host *host, const char *name) {
  const jn_metric_value *value = jn_metric_option(measurement_of(host), name, 0);
  return value ? value->text : "";
}

/* ---- steps and attributes --------------------------------------------------------------------------------------------- */

static journey_status add_view(jn_metric_state *state, jn_study_steps *compiled, const journey_names *names,
                               const journey_steps **out, journey_error *err) {
  jn_metric_view *view = jn_base_zalloc(state->measurement->context, 1, sizeof *view);
  if (!view) return jn_base_no_memory(err);
  view->compiled = compiled;
  view->next = state->views;
  state->views = view;
  view->steps.count = names->count;
  view->steps.name = names->name;
  if (compiled) {
    view->steps.mask = jn_study_steps_mask(compiled);
    view->steps.codes = state->measurement->events->count;
  }
  *out = &view->steps;
  return JOURNEY_OK;
}

static journey_status steps(const journey_host *host, const char *option, const journey_steps **out,
                            journey_error *err) {
  jn_metric_state *state = state_of(host);
  const jn_metric_value *value = jn_metric_option(state->measurement, option, JOURNEY_OPTION_STEPS);
  if (!value) value = jn_metric_option(state->measurement, option, JOURNEY_OPTION_STEP);
  if (!value) return fail(host, err, JOURNEY_EINVAL, "asks for steps of an option that is none");
  return add_view(state, value->compiled, &value->names, out, err);
}

static journey_status add_compiled(jn_metric_measurement *m, const char *text, jn_metric_compiled **out,
                                   journey_error *err) {
  jn_metric_compiled *made = jn_base_zalloc(m->context, 1, sizeof *made);
  if (!made) return jn_base_no_memory(err);
  made->next = m->compiled;
  m->compiled = *out = made;
  made->text = jn_base_copy(m->context, text, strlen(text));
  if (!made->text) return jn_base_no_memory(err);
  if (m->study) return jn_study_steps_new(m->study, text, JN_METRIC_MOST_STEPS, &made->steps, err);
  return jn_study_steps_read(m->context, text, JN_METRIC_MOST_STEPS, &made->steps, err);
}

/* The first state has them compiled; later ones, on any thread, find the same. */
static journey_status compile_steps(const journey_host *host, const char *text, const journey_steps **out,
                                    journey_error *err) {
  jn_metric_state *state = state_of(host);
  jn_metric_measurement *m = state->measurement;
  jn_metric_compiled *found = m->compiled;
  journey_status status = JOURNEY_OK;
  while (found && strcmp(found->text, text)) found = found->next;
  if (!found && m->sealed) return fail(host, err, JOURNEY_EINVAL, "asks for other steps than its first state did");
  if (!found) status = add_compiled(m, text, &found, err);
  if (status != JOURNEY_OK) return status;
  return add_view(state, m->study ? found->steps : NULL, jn_study_steps_names(found->steps), out, err);
}

void jn_metric_compiled_free(jn_metric_measurement *m) {
  for (jn_metric_compiled *made = m->compiled, *next; made; made = next) {
    next = made->next;
    if (made->text) jn_base_free(m->context, made->text, strlen(made->text) + 1, 1);
    jn_study_steps_free(made->steps);
    jn_base_free(m->context, made, 1, sizeof *made);
  }
  m->compiled = NULL;
}

static journey_status step_codes(const journey_host *host, const journey_steps *given, const journey_batch *batch,
                                 journey_codes *out, journey_error *err) {
  jn_metric_view *view = (jn_metric_view *)(uintptr_t)given; /* its first member, made by steps() */
  jn_metric_state *state = state_of(host);
  if (jn_study_steps_plain(view->compiled)) {
    *out = batch->event;
    return JOURNEY_OK;
  }
  journey_status status = jn_study_step_codes(state->cursor, view->compiled, out, &view->steps.mask, err);
  if (status == JOURNEY_OK) view->steps.codes = out->count;
  return status;
}

static journey_status need(const journey_host *host, uint32_t needs, journey_error *err) {
  jn_metric_measurement *m = measurement_of(host);
  if (m->sealed && (needs & ~m->needs)) return fail(host, err, JOURNEY_EINVAL, "needs more than its first state did");
  if (!m->sealed) m->needs |= needs;
  return JOURNEY_OK;
}

static journey_status parse_duration(const journey_host *host, const char *text, size_t n, int64_t *out,
                                     journey_error *err) {
  (void)host;
  return journey_duration_parse(text, n, out, err);
}

/* The first state asks; later ones find the same list, which the cursors were made for. */
static journey_status attribute(const journey_host *host, const char *name, uint32_t *index, journey_error *err) {
  jn_metric_measurement *m = measurement_of(host);
  *index = 0;
  if (!m->study) return JOURNEY_OK;
  uint32_t found = jn_stream_find_attribute(jn_study_stream(m->study), name, strlen(name));
  if (found == UINT32_MAX) {
    return jn_base_fail(err, JOURNEY_ENOTFOUND, "%s: the events have no attribute \"%s\"", m->calculator->id,
                        jn_base_quote(name, strlen(name)).text);
  }
  int32_t type;
  journey_stream_attribute(jn_study_stream(m->study), found, &type);
  if (type == JOURNEY_ATTRIBUTE_TEXT && !jn_study_attribute_names(m->study, found)) return jn_base_no_memory(err);
  while (*index < m->attributes && m->attribute[*index] != found) ++*index;
  if (*index < m->attributes) return JOURNEY_OK;
  if (m->sealed || m->attributes == JN_METRIC_MOST_ATTRIBUTES) {
    return fail(host, err, JOURNEY_ELIMIT, "asks for too many attributes");
  }
  m->attribute[m->attributes++] = found;
  return JOURNEY_OK;
}

static const journey_names *attribute_names(const journey_host *host, uint32_t index) {
  const jn_metric_measurement *m = measurement_of(host);
  if (!m->study || index >= m->attributes) return NULL;
  return jn_study_attribute_names(m->study, m->attribute[index]);
}

static const char *customer_id(const journey_host *host, uint32_t customer, size_t *length) {
  return jn_stream_customer(jn_study_stream(measurement_of(host)->study), customer, length);
}

static journey_status time_range(const journey_host *host, int64_t *first, int64_t *last) {
  const jn_metric_measurement *m = measurement_of(host);
  if (m->first > m->last) return JOURNEY_ENOTFOUND;
  *first = m->first;
  *last = m->last;
  return JOURNEY_OK;
}

/* ---- statistics --------------------------------------------------------------------------------------------------------- */

static journey_interval proportion(const journey_host *host, int64_t count, int64_t n) {
  return jn_stat_wilson(count, n, host->confidence);
}

static journey_interval difference(const journey_host *host, int64_t count1, int64_t n1, int64_t count2, int64_t n2) {
  return jn_stat_newcombe(count1, n1, count2, n2, host->confidence);
}

static double difference_p(const journey_host *host, int64_t count1, int64_t n1, int64_t count2, int64_t n2) {
  (void)host;
  return n1 > 0 && n2 > 0 ? jn_stat_two_proportion_z(count1, n1, count2, n2).p : NAN;
}

static void correct(const journey_host *host, int32_t method, double *p, size_t *room, size_t n) {
  (void)host;
  if (method == JOURNEY_CORRECTION_HOLM) jn_stat_holm(p, room, n);
  if (method == JOURNEY_CORRECTION_BENJAMINI_HOCHBERG) jn_stat_benjamini_hochberg(p, room, n);
}

static journey_interval mean(const journey_host *host, int64_t n, const journey_sum *sum,
                             const journey_sum *squares) {
  return jn_stat_mean_interval(n, sum, squares, host->confidence);
}

static double quantile(const journey_host *host, double *x, size_t n, double q) {
  (void)host;
  return jn_stat_quantile_double(x, n, q);
}

static double quantile_int64(const journey_host *host, int64_t *x, size_t n, double q) {
  (void)host;
  return jn_stat_quantile_int64(x, n, q);
}

static void sum_add(const journey_host *host, journey_sum *sum, journey_sum *squares, const double *x, size_t n) {
  (void)host;
  jn_stat_sum_add_values(sum, squares, x, n);
}

static void sum_merge(const journey_host *host, journey_sum *sum, const journey_sum *other) {
  (void)host;
  jn_stat_sum_merge(sum, other);
}

static double sum_value(const journey_host *host, const journey_sum *sum) {
  (void)host;
  return jn_stat_sum_round(sum);
}

/* ---- calendars ------------------------------------------------------------------------------------------------------------ */

static journey_status calendar(const journey_host *host, const char *period, const char *zone_option,
                               journey_calendar **out, journey_error *err) {
  jn_metric_state *state = state_of(host);
  const jn_metric_value *value = zone_option ? jn_metric_option(state->measurement, zone_option, JOURNEY_OPTION_ZONE)
                                             : NULL;
  int32_t unit = jn_time_unit(period, strlen(period));
  if (unit < 0 || (zone_option && !value)) return fail(host, err, JOURNEY_EINVAL, "asks for an unknown calendar");
  journey_calendar *made = jn_base_zalloc(state->measurement->context, 1, sizeof *made);
  if (!made) return jn_base_no_memory(err);
  jn_time_calendar_init(&made->calendar, value ? value->zone : state->measurement->zone_handle, unit);
  made->next = state->calendars;
  state->calendars = made;
  *out = made;
  return JOURNEY_OK;
}

static void period_index(const journey_host *host, journey_calendar *made, const int64_t *time, size_t n,
                         int64_t *index) {
  (void)host;
  for (size_t i = 0; i < n; i++) index[i] = jn_time_period(&made->calendar, time[i]);
}

static int64_t period_start(const journey_host *host, journey_calendar *made, int64_t index) {
  (void)host;
  return jn_time_period_start(&made->calendar, index);
}

static void period_label(const journey_host *host, journey_calendar *made, int64_t index, char label[32]) {
  (void)host;
  jn_time_period_label(&made->calendar, index, label);
}

/* ---- the result ------------------------------------------------------------------------------------------------------------- */

static void column(const journey_host *host, journey_table *table, const char *name, int32_t type, int32_t unit) {
  (void)host;
  journey_table_add_column(table, name, type, unit);
}

static void column_interval(const journey_host *host, journey_table *table, const char *name, int32_t unit) {
  static const char *const suffix[] = {"", "_low", "_high"};
  char full[128];
  (void)host;
  for (int i = 0; i < 3; i++) {
    snprintf(full, sizeof full, "%s%s", name, suffix[i]);
    journey_table_add_column(table, full, JOURNEY_TYPE_FLOAT64, unit);
  }
}

static void put_int64(const journey_host *host, journey_table *table, int64_t x) {
  (void)host;
  journey_table_put_int64(table, x);
}

static void put_float64(const journey_host *host, journey_table *table, double x) {
  (void)host;
  journey_table_put_float64(table, x);
}

static void put_text(const journey_host *host, journey_table *table, const char *s, size_t n) {
  (void)host;
  journey_table_put_text(table, s, n);
}

static void put_null(const journey_host *host, journey_table *table) {
  (void)host;
  journey_table_put_null(table);
}

static void put_interval(const journey_host *host, journey_table *table, journey_interval interval) {
  (void)host;
  journey_table_put_float64(table, interval.estimate);
  journey_table_put_float64(table, interval.low);
  journey_table_put_float64(table, interval.high);
}

static void note(const journey_host *host, journey_table *table, const char *key, const char *value) {
  (void)host;
  journey_table_add_note(table, key, value);
}

/* ---- partial states ------------------------------------------------------------------------------------------------------------ */

static void save_int64(const journey_host *host, journey_saver *saver, int64_t x) {
  (void)host;
  jn_metric_save_int64(saver, x);
}

static void save_float64(const journey_host *host, journey_saver *saver, double x) {
  (void)host;
  jn_metric_save_float64(saver, x);
}

static void save_bytes(const journey_host *host, journey_saver *saver, const void *bytes, size_t n) {
  (void)host;
  jn_metric_save_bytes(saver, bytes, n);
}

static void save_sum(const journey_host *host, journey_saver *saver, const journey_sum *sum) {
  int64_t words[JN_STAT_SUM_WORDS];
  (void)host;
  jn_stat_sum_save(sum, words);
  for (int i = 0; i < JN_STAT_SUM_WORDS; i++) jn_metric_save_int64(saver, words[i]);
}

static int64_t load_int64(const journey_host *host, journey_loader *loader) {
  (void)host;
  return jn_metric_load_int64(loader);
}

static int64_t load_range(const journey_host *host, journey_loader *loader, int64_t minimum, int64_t maximum) {
  (void)host;
  return jn_metric_load_range(loader, minimum, maximum);
}

static double load_float64(const journey_host *host, journey_loader *loader) {
  (void)host;
  return jn_metric_load_float64(loader);
}

static const void *load_bytes(const journey_host *host, journey_loader *loader, size_t *n) {
  (void)host;
  return jn_metric_load_bytes(loader, n);
}

static void load_sum(const journey_host *host, journey_loader *loader, journey_sum *sum) {
  int64_t words[JN_STAT_SUM_WORDS];
  (void)host;
  for (int i = 0; i < JN_STAT_SUM_WORDS; i++) words[i] = jn_metric_load_int64(loader);
  if (!jn_stat_sum_load(sum, words) && !loader->wrong) loader->wrong = "a sum is damaged";
}

static uint32_t load_event(const journey_host *host, journey_loader *loader) {
  (void)host;
  const jn_metric_codes *codes = &loader->codes;
  int64_t code = jn_metric_load_range(loader, 0, (int64_t)codes->events - 1);
  return code < codes->events ? codes->event[code] : 0;
}

static uint32_t load_touchpoint(const journey_host *host, journey_loader *loader) {
  (void)host;
  const jn_metric_codes *codes = &loader->codes;
  int64_t code = jn_metric_load_range(loader, 0, codes->touchpoints);
  return code > 0 ? codes->touchpoint[code - 1] + 1 : 0;
}

static uint32_t load_stage(const journey_host *host, journey_loader *loader) {
  (void)host;
  const jn_metric_codes *codes = &loader->codes;
  int64_t code = jn_metric_load_range(loader, 0, codes->stages);
  return code > 0 ? codes->stage[code - 1] + 1 : 0;
}

static journey_status load_status(const journey_host *host, journey_loader *loader, journey_error *err) {
  (void)host;
  return jn_metric_load_status(loader, err);
}

static const void *extension(const journey_host *host, const char *name) {
  (void)host, (void)name;
  return NULL;
}

/* ---- states ------------------------------------------------------------------------------------------------------------------- */

static const journey_host template = {
    .struct_size = sizeof(journey_host),
    .reallocate = reallocate,
    .fail = fail,
    .cancelled = cancelled,
    .option_int = option_int,
    .option_float = option_float,
    .option_text = option_text,
    .option_flag = option_flag,
    .option_choice = option_choice,
    .option_duration = option_duration,
    .steps = steps,
    .compile_steps = compile_steps,
    .step_codes = step_codes,
    .need = need,
    .parse_duration = parse_duration,
    .attribute = attribute,
    .attribute_names = attribute_names,
    .customer_id = customer_id,
    .time_range = time_range,
    .proportion = proportion,
    .difference = difference,
    .difference_p = difference_p,
    .correct = correct,
    .mean = mean,
    .quantile = quantile,
    .quantile_int64 = quantile_int64,
    .sum_add = sum_add,
    .sum_merge = sum_merge,
    .sum_value = sum_value,
    .calendar = calendar,
    .period_index = period_index,
    .period_start = period_start,
    .period_label = period_label,
    .column = column,
    .column_interval = column_interval,
    .put_int64 = put_int64,
    .put_float64 = put_float64,
    .put_text = put_text,
    .put_null = put_null,
    .put_interval = put_interval,
    .note = note,
    .save_int64 = save_int64,
    .save_float64 = save_float64,
    .save_bytes = save_bytes,
    .save_sum = save_sum,
    .load_int64 = load_int64,
    .load_range = load_range,
    .load_float64 = load_float64,
    .load_bytes = load_bytes,
    .load_sum = load_sum,
    .load_event = load_event,
    .load_touchpoint = load_touchpoint,
    .load_stage = load_stage,
    .load_status = load_status,
    .extension = extension,
};

/* A calculator's own failure without a message would leave the caller in the dark. */
journey_status jn_metric_checked(const jn_metric_measurement *m, journey_status status, journey_error *err) {
  if (status >= 0) return JOURNEY_OK;
  if (err && err->code != status) jn_base_fail(err, status, "%s: %s", m->calculator->id, journey_status_name(status));
  return status;
}

journey_status jn_metric_state_new(jn_metric_measurement *m, jn_study_cursor *cursor, jn_metric_state **out,
                                   journey_error *err) {
  jn_metric_state *state = jn_base_zalloc(m->context, 1, sizeof *state);
  if (!state) return jn_base_no_memory(err);
  state->host = template;
  state->host.self = state;
  state->host.events = m->events;
  state->host.touchpoints = m->touchpoints;
  state->host.stages = m->stages;
  state->host.touchpoint_stage = m->touchpoint_stage;
  state->host.confidence = m->confidence;
  state->host.z = jn_stat_normal_z(m->confidence);
  state->measurement = m;
  state->cursor = cursor;
  journey_status status = jn_metric_checked(m, m->calculator->create(&state->host, &state->state, err), err);
  if (status == JOURNEY_OK && !state->state) status = fail(&state->host, err, JOURNEY_EINVAL, "made no state");
  if (status == JOURNEY_OK) *out = state;
  else jn_metric_state_free(state);
  return status;
}

void jn_metric_state_free(jn_metric_state *state) {
  if (!state) return;
  journey_context *context = state->measurement->context;
  if (state->state) state->measurement->calculator->destroy(state->state);
  for (jn_metric_view *view = state->views, *next; view; view = next) {
    next = view->next;
    jn_base_free(context, view, 1, sizeof *view);
  }
  for (journey_calendar *made = state->calendars, *next; made; made = next) {
    next = made->next;
    jn_base_free(context, made, 1, sizeof *made);
  }
  jn_base_free(context, state, 1, sizeof *state);
}
