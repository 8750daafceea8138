/* Plain events to hold the calculators against, and what a test asks of tables. */
#include "metric_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "metric/metric.h"

const char *const plain_names[PLAIN_NAMES] = {"home", "list", "item", "cart", "pay", "help", "csat", "nps"};
const char *const plain_channels[3] = {"web", "app", "shop"};

/* ---- events -------------------------------------------------------------------------------------------------------- */

static plain_event random_event(model_random *random, const plain_shape *shape, int customer) {
  plain_event event = {.customer = customer, .name = model_below(random, shape->names), .value = NAN};
  event.channel = model_below(random, 4) - 1;
  event.time = shape->base + model_below(random, shape->ticks) * shape->tick;
  if (model_below(random, 3)) event.value = model_below(random, 14) - 1;
  if (model_below(random, 12) == 0) event.value = 3.5;
  return event;
}

static int part_of(const plain_events *events, int customer) {
  return (int)((int64_t)customer * events->parts / events->customers);
}

static void mix(plain_event *event, int n, model_random *random) {
  for (int i = n - 1; i > 0; i--) {
    int other = model_below(random, i + 1);
    plain_event moved = event[i];
    event[i] = event[other];
    event[other] = moved;
  }
}

void plain_new(plain_events *events, model_random *random, const plain_shape *shape) {
  int mixed = 0;
  *events = (plain_events){.customers = shape->customers, .parts = shape->parts ? shape->parts : 1};
  events->event = calloc((size_t)shape->customers * (size_t)shape->most, sizeof *events->event);
  for (int c = 0; c < shape->customers; c++) {
    int n = 1 + model_below(random, shape->most);
    for (int i = 0; i < n; i++) events->event[events->count++] = random_event(random, shape, c);
    bool same = shape->mixed || part_of(events, c + 1) == part_of(events, c);
    if (c + 1 < shape->customers && same) continue;
    mix(events->event + mixed, events->count - mixed, random);
    mixed = events->count;
  }
}

void plain_free(plain_events *events) { free(events->event); }

int plain_path(const plain_events *events, int customer, plain_event *path) {
  int n = 0;
  for (int i = 0; i < events->count; i++) {
    if (events->event[i].customer != customer) continue;
    int at = n++;
    for (; at > 0 && path[at - 1].time > events->event[i].time; at--) path[at] = path[at - 1];
    path[at] = events->event[i];
  }
  return n;
}

static void add(journey_builder *builder, const plain_event *event) {
  char id[16];
  journey_attribute channel = {.name = "channel", .name_length = 7};
  journey_event e = {.struct_size = sizeof e,
                     .customer = id,
                     .name = plain_names[event->name],
                     .time = event->time,
                     .value = event->value,
                     .attributes = &channel,
                     .attribute_count = 1};
  snprintf(id, sizeof id, "c%d", event->customer);
  e.customer_length = strlen(id);
  e.name_length = strlen(e.name);
  channel.text = event->channel < 0 ? "" : plain_channels[event->channel];
  channel.text_length = strlen(channel.text);
  ck_assert_int_eq(journey_builder_add(builder, &e, NULL), JOURNEY_OK);
}

journey_stream *plain_stream(const plain_events *events, journey_context *context, int part) {
  journey_builder *builder;
  journey_stream *stream;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  for (int i = 0; i < events->count; i++) {
    if (part < 0 || part_of(events, events->event[i].customer) == part) add(builder, &events->event[i]);
  }
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  journey_builder_free(builder);
  return stream;
}

journey_study *plain_study(const plain_events *events, journey_context *context, int part, const journey_map *map,
                           const journey_study_options *scope) {
  journey_study *study;
  journey_error err = {0};
  journey_stream *stream = plain_stream(events, context, part);
  ck_assert_msg(journey_study_new(stream, map, scope, &study, &err) == JOURNEY_OK, "%s", err.message);
  journey_stream_free(stream);
  return study;
}

/* ---- measuring ------------------------------------------------------------------------------------------------------- */

void plain_set(plain_settings *settings, const char *text) {
  char *save = NULL;
  settings->count = 0;
  ck_assert(strlen(text) < sizeof settings->text);
  strcpy(settings->text, text);
  for (char *at = strtok_r(settings->text, ", ", &save); at; at = strtok_r(NULL, ", ", &save)) {
    char *value = strchr(at, '=');
    ck_assert(value && settings->count < MOST_SETTINGS);
    *value++ = '\0';
    settings->setting[settings->count++] = (journey_setting){at, value};
    for (; *value; value++) {
      if (*value == ';') *value = ',';
    }
  }
}

journey_table *plain_measure(journey_study *study, const char *metric, const char *text, int shards) {
  plain_settings settings;
  journey_error err = {0};
  journey_table *table;
  plain_set(&settings, text);
  journey_status status = jn_metric_measure(study, metric, settings.setting, settings.count, shards, &table, &err);
  ck_assert_msg(status == JOURNEY_OK, "%s %s: %s", metric, text, err.message);
  return table;
}

journey_table *plain_join(journey_context *context, journey_study *const *studies, size_t n, const char *metric,
                          const char *text) {
  plain_settings settings;
  journey_error err = {0};
  journey_table *table;
  journey_bytes *state = calloc(n, sizeof *state);
  plain_set(&settings, text);
  for (size_t i = 0; i < n; i++) {
    journey_status status =
        journey_measure_partial(studies[i], metric, settings.setting, settings.count, &state[i], &err);
    ck_assert_msg(status == JOURNEY_OK, "%s %s: %s", metric, text, err.message);
  }
  journey_status status = journey_measure_join(context, state, n, &table, &err);
  ck_assert_msg(status == JOURNEY_OK, "%s %s: %s", metric, text, err.message);
  for (size_t i = 0; i < n; i++) journey_bytes_free(&state[i]);
  free(state);
  return table;
}

/* ---- tables ------------------------------------------------------------------------------------------------------------ */

static int32_t find_column(const journey_table *table, const char *name) {
  int32_t column = journey_table_find(table, name);
  ck_assert_msg(column >= 0, "%s has no column %s", journey_table_name(table), name);
  return column;
}

bool plain_missing(const journey_table *table, int64_t row, const char *column) {
  return journey_table_is_null(table, row, find_column(table, column));
}

int64_t plain_int(const journey_table *table, int64_t row, const char *column) {
  int32_t at = find_column(table, column);
  ck_assert_msg(!journey_table_is_null(table, row, at), "row %d, %s: missing", (int)row, column);
  ck_assert_int_ne(journey_table_column_type(table, at), JOURNEY_TYPE_FLOAT64);
  return journey_table_int64(table, row, at);
}

double plain_float(const journey_table *table, int64_t row, const char *column) {
  int32_t at = find_column(table, column);
  ck_assert_int_eq(journey_table_column_type(table, at), JOURNEY_TYPE_FLOAT64);
  return journey_table_float64(table, row, at);
}

const char *plain_text(const journey_table *table, int64_t row, const char *column) {
  return journey_table_text(table, row, find_column(table, column), NULL);
}

int64_t plain_find(const journey_table *table, const char *column, const char *text, const char *column2,
                   const char *text2) {
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    if (strcmp(plain_text(table, row, column), text) != 0) continue;
    if (!column2 || strcmp(plain_text(table, row, column2), text2) == 0) return row;
  }
  return -1;
}

static bool same_cell(const journey_table *a, const journey_table *b, int64_t row, int32_t column) {
  int32_t type = journey_table_column_type(a, column);
  if (journey_table_is_null(a, row, column) || journey_table_is_null(b, row, column)) {
    return journey_table_is_null(a, row, column) && journey_table_is_null(b, row, column);
  }
  if (type == JOURNEY_TYPE_STRING) {
    return !strcmp(journey_table_text(a, row, column, NULL), journey_table_text(b, row, column, NULL));
  }
  if (type != JOURNEY_TYPE_FLOAT64) return journey_table_int64(a, row, column) == journey_table_int64(b, row, column);
  double x = journey_table_float64(a, row, column), y = journey_table_float64(b, row, column);
  return memcmp(&x, &y, sizeof x) == 0;
}

static void same_columns(const journey_table *a, const journey_table *b, const char *what) {
  ck_assert_msg(journey_table_columns(a) == journey_table_columns(b), "%s: other columns", what);
  for (int32_t c = 0; c < journey_table_columns(a); c++) {
    ck_assert_msg(!strcmp(journey_table_column_name(a, c), journey_table_column_name(b, c)) &&
                      journey_table_column_type(a, c) == journey_table_column_type(b, c) &&
                      journey_table_column_unit(a, c) == journey_table_column_unit(b, c),
                  "%s: column %d differs", what, (int)c);
  }
  ck_assert_msg(journey_table_notes(a) == journey_table_notes(b), "%s: other notes", what);
  for (int32_t i = 0; i < journey_table_notes(a); i++) {
    const char *x, *y, *key = journey_table_note(a, i, &x);
    ck_assert_msg(!strcmp(key, journey_table_note(b, i, &y)) && !strcmp(x, y), "%s: note %s differs", what, key);
  }
}

void plain_same(const journey_table *a, const journey_table *b, const char *what) {
  ck_assert_msg(!strcmp(journey_table_name(a), journey_table_name(b)), "%s: other names", what);
  same_columns(a, b, what);
  ck_assert_msg(journey_table_rows(a) == journey_table_rows(b), "%s: %lld and %lld rows", what,
                (long long)journey_table_rows(a), (long long)journey_table_rows(b));
  for (int64_t row = 0; row < journey_table_rows(a); row++) {
    for (int32_t c = 0; c < journey_table_columns(a); c++) {
      ck_assert_msg(same_cell(a, b, row, c), "%s: row %lld, column %s differs", what, (long long)row,
                    journey_table_column_name(a, c));
    }
  }
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

double plain_quantile(int64_t *x, int n, double q) {
  if (n == 0) return NAN;
  qsort(x, (size_t)n, sizeof *x, compare);
  double place = (n - 1) * q;
  int below = (int)place, above = below + 1 < n ? below + 1 : below;
  return ((double)x[below] + (place - below) * (double)(x[above] - x[below])) / 1e6;
}
