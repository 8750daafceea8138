/* Options of a calculator: texts of a person are read by the calculator's own table, and refused by it. */
#include <stdio.h>
#include <string.h>

#include "metric/internal.h"

/* "step-window" and "step_window" are the same name. */
static bool same_name(const char *a, const char *b) {
  for (; *a && *b; a++, b++) {
    if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b)) return false;
  }
  return *a == *b;
}

static const journey_option *find_option(const journey_calculator *calculator, const char *name) {
  for (uint32_t i = 0; i < calculator->option_count; i++) {
    if (same_name(calculator->options[i].name, name)) return &calculator->options[i];
  }
  return NULL;
}

const jn_metric_value *jn_metric_option(const jn_metric_measurement *m, const char *name, int32_t type) {
  const journey_option *option = find_option(m->calculator, name);
  if (!option || (type != 0 && option->type != type)) return NULL;
  return &m->value[option - m->calculator->options];
}

static journey_status refuse(const journey_option *option, const char *text, const char *why, journey_error *err) {
  return jn_base_fail(err, JOURNEY_EINVAL, "option %s: %s: \"%s\"", option->name, why,
                      jn_base_quote(text, strlen(text)).text);
}

static journey_status check_bounds(const journey_option *option, double x, const char *text, journey_error *err) {
  if (option->minimum == option->maximum || (x >= option->minimum && x <= option->maximum)) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_EINVAL, "option %s: must be from %.15g to %.15g, not %s", option->name,
                      option->minimum, option->maximum, jn_base_quote(text, strlen(text)).text);
}

static journey_status read_int(jn_metric_measurement *m, const journey_option *option, jn_metric_value *value,
                               journey_error *err) {
  (void)m;
  if (!jn_base_parse_int64(value->text, value->length, &value->integer)) {
    return refuse(option, value->text, "not a whole number", err);
  }
  return check_bounds(option, (double)value->integer, value->text, err);
}

static journey_status read_float(jn_metric_measurement *m, const journey_option *option, jn_metric_value *value,
                                 journey_error *err) {
  (void)m;
  if (!jn_base_parse_double(value->text, value->length, &value->number)) {
    return refuse(option, value->text, "not a number", err);
  }
  return check_bounds(option, value->number, value->text, err);
}

static journey_status read_text(jn_metric_measurement *m, const journey_option *option, jn_metric_value *value,
                                journey_error *err) {
  (void)m, (void)option, (void)value, (void)err;
  return JOURNEY_OK;
}

static journey_status read_flag(jn_metric_measurement *m, const journey_option *option, jn_metric_value *value,
                                journey_error *err) {
  (void)m;
  value->integer = strcmp(value->text, "true") == 0;
  if (value->integer || strcmp(value->text, "false") == 0) return JOURNEY_OK;
  return refuse(option, value->text, "neither true nor false", err);
}

static journey_status read_choice(jn_metric_measurement *m, const journey_option *option, jn_metric_value *value,
                                  journey_error *err) {
  (void)m;
  value->integer = 0;
  for (const char *at = option->choices;; value->integer++) {
    size_t n = strcspn(at, "|");
    if (n == value->length && memcmp(at, value->text, n) == 0) return JOURNEY_OK;
    if (!at[n]) break;
    at += n + 1;
  }
  return jn_base_fail(err, JOURNEY_EINVAL, "option %s: must be one of %s, not \"%s\"", option->name, option->choices,
                      jn_base_quote(value->text, value->length).text);
}

static journey_status read_duration(jn_metric_measurement *m, const journey_option *option, jn_metric_value *value,
                                    journey_error *err) {
  (void)m;
  journey_error why;
  value->integer = INT64_MAX;
  if (strcmp(value->text, "none") == 0) return JOURNEY_OK;
  if (journey_duration_parse(value->text, value->length, &value->integer, &why) != JOURNEY_OK) {
    return jn_base_fail(err, JOURNEY_EINVAL, "option %s: %s", option->name, why.message);
  }
  return value->integer >= 0 ? JOURNEY_OK : refuse(option, value->text, "a duration cannot be negative", err);
}

/* "": the study's zone. */
static journey_status read_zone(jn_metric_measurement *m, const journey_option *option, jn_metric_value *value,
                                journey_error *err) {
  journey_error why;
  const char *name = value->length > 0 ? value->text : m->zone;
  if (!name) return JOURNEY_OK;
  journey_status status = journey_zone_new(m->context, name, strlen(name), &value->zone, &why);
  if (status == JOURNEY_OK || status == JOURNEY_ENOMEM) return status == JOURNEY_OK ? status : jn_base_no_memory(err);
  return jn_base_fail(err, status, "option %s: %s", option->name, why.message);
}

static journey_status set_text(jn_metric_measurement *m, jn_metric_value *value, const char *text,
                               journey_error *err) {
  size_t length = strlen(text);
  char *copy = jn_base_copy(m->context, text, length);
  if (!copy) return jn_base_no_memory(err);
  if (value->text) jn_base_free(m->context, value->text, value->length + 1, 1);
  value->text = copy;
  value->length = length;
  return JOURNEY_OK;
}

/* Without a study, when partial states are joined, the names come with the states: join.c fills them in. */
static journey_status read_steps(jn_metric_measurement *m, const journey_option *option, jn_metric_value *value,
                                 journey_error *err) {
  bool one = option->type == JOURNEY_OPTION_STEP;
  journey_error why;
  if (!m->study) return JOURNEY_OK;
  if (strcmp(value->text, "auto") == 0) {
    const char *text = one ? jn_study_auto_goal(m->study) : jn_study_auto_steps(m->study);
    journey_status status = text ? set_text(m, value, text, err) : jn_base_no_memory(err);
    if (status != JOURNEY_OK) return status;
    value->automatic = true;
  }
  journey_status status = jn_study_steps_new(m->study, value->text, one ? 1 : JN_METRIC_MOST_STEPS, &value->compiled,
                                             &why);
  if (status != JOURNEY_OK) {
    return jn_base_fail_at(err, status, 0, 0, why.offset, "option %s: %s", option->name, why.message);
  }
  value->names = *jn_study_steps_names(value->compiled);
  return JOURNEY_OK;
}

typedef journey_status (*read_option)(jn_metric_measurement *, const journey_option *, jn_metric_value *,
                                      journey_error *);

static const read_option readers[] = {
    [JOURNEY_OPTION_INT] = read_int,           [JOURNEY_OPTION_FLOAT] = read_float,
    [JOURNEY_OPTION_TEXT] = read_text,         [JOURNEY_OPTION_FLAG] = read_flag,
    [JOURNEY_OPTION_CHOICE] = read_choice,     [JOURNEY_OPTION_DURATION] = read_duration,
    [JOURNEY_OPTION_STEPS] = read_steps,       [JOURNEY_OPTION_STEP] = read_steps,
    [JOURNEY_OPTION_ZONE] = read_zone,
};

static journey_status refuse_name(const journey_calculator *calculator, const char *name, journey_error *err) {
  char known[300] = "";
  size_t used = 0;
  for (uint32_t i = 0; i < calculator->option_count; i++) {
    size_t n = strlen(calculator->options[i].name);
    if (used + n + 3 > sizeof known) break;
    used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", calculator->options[i].name);
  }
  return jn_base_fail(err, JOURNEY_ENOTFOUND, "metric %s has no option \"%s\"; it has: %s", calculator->id,
                      jn_base_quote(name, strlen(name)).text, used ? known : "none");
}

/* Defaults first, then the settings over them, so that the last of two settings of a name counts. */
static journey_status take_texts(jn_metric_measurement *m, const journey_setting *settings, size_t count,
                                 journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (uint32_t i = 0; status == JOURNEY_OK && i < m->calculator->option_count; i++) {
    status = set_text(m, &m->value[i], m->calculator->options[i].value, err);
  }
  for (size_t i = 0; status == JOURNEY_OK && i < count; i++) {
    const journey_option *option = settings[i].name ? find_option(m->calculator, settings[i].name) : NULL;
    if (!option) return refuse_name(m->calculator, settings[i].name ? settings[i].name : "", err);
    if (!settings[i].value) return jn_base_fail(err, JOURNEY_EINVAL, "option %s: no value", option->name);
    status = set_text(m, &m->value[option - m->calculator->options], settings[i].value, err);
  }
  return status;
}

journey_status jn_metric_options_new(jn_metric_measurement *m, const journey_setting *settings, size_t count,
                                     journey_error *err) {
  uint32_t options = m->calculator->option_count;
  m->value = jn_base_zalloc(m->context, options, sizeof *m->value);
  if (!m->value) return jn_base_no_memory(err);
  journey_status status = JOURNEY_OK;
  if (m->zone) status = journey_zone_new(m->context, m->zone, strlen(m->zone), &m->zone_handle, err);
  if (status == JOURNEY_OK) status = take_texts(m, settings, count, err);
  for (uint32_t i = 0; status == JOURNEY_OK && i < options; i++) {
    const journey_option *option = &m->calculator->options[i];
    status = readers[option->type](m, option, &m->value[i], err);
  }
  return status;
}

void jn_metric_options_free(jn_metric_measurement *m) {
  journey_zone_free(m->zone_handle);
  m->zone_handle = NULL;
  if (!m->value) return;
  for (uint32_t i = 0; i < m->calculator->option_count; i++) {
    jn_metric_value *value = &m->value[i];
    if (value->text) jn_base_free(m->context, value->text, value->length + 1, 1);
    jn_study_steps_free(value->compiled);
    journey_zone_free(value->zone);
    if (value->joined) jn_base_free(m->context, value->joined, value->names.count, sizeof *value->joined);
  }
  jn_base_free(m->context, m->value, m->calculator->option_count, sizeof *m->value);
  m->value = NULL;
}
