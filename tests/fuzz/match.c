/* Fuzz target: any text as a pattern, of either language, over a small stream. The first byte says which, and whether
 * there is a window. An error is one line and names a byte of the text; matches counted are matches listed, in order
 * of time and within the window; parentheses around a pattern change nothing. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS = 60, MOST = 2048 };
#define HOUR INT64_C(3600000000)

static journey_context *context;
static journey_study *study;
static journey_setting setting[4];

static void need(int holds) {
  if (!holds) abort();
}

static void add_event(journey_builder *builder, int i) {
  static const char *const name[] = {"view", "cart", "Order Completed", "then", "5"};
  static const char *const country[] = {"", "DE", "it's"};
  char customer[2] = {(char)('a' + i * i % 11 % 4), '\0'};
  const char *where = country[i * 5 % 3];
  journey_attribute attribute = {"country", 7, where, strlen(where), 0};
  journey_event event = {.struct_size = sizeof event,
                         .customer = customer,
                         .customer_length = 1,
                         .name = name[i * 7 % 5],
                         .name_length = strlen(name[i * 7 % 5]),
                         .time = i / 3 * HOUR,
                         .value = i,
                         .attributes = &attribute,
                         .attribute_count = 1};
  need(journey_builder_add(builder, &event, NULL) == JOURNEY_OK);
}

static void make_all(void) {
  journey_builder *builder;
  journey_stream *stream;
  if (context) return;
  need(journey_context_new(NULL, &context, NULL) == JOURNEY_OK);
  need(journey_builder_new(context, &builder, NULL) == JOURNEY_OK);
  for (int i = 0; i < EVENTS; i++) add_event(builder, i);
  need(journey_builder_finish(builder, &stream, NULL) == JOURNEY_OK);
  need(journey_study_new(stream, NULL, NULL, &study, NULL) == JOURNEY_OK);
  journey_builder_free(builder);
  journey_stream_free(stream);
}

static journey_table *measure(const char *metric, const char *text) {
  journey_table *table;
  journey_error err;
  setting[0] = (journey_setting){"pattern", text};
  journey_status status = journey_measure(study, metric, setting, 4, &table, &err);
  if (status == JOURNEY_OK) return table;
  need(status == JOURNEY_EPARSE || status == JOURNEY_ELIMIT || status == JOURNEY_ENOTFOUND || status == JOURNEY_EINVAL);
  need(err.code == status && err.offset >= -1 && err.offset <= (int64_t)strlen(text));
  need(*err.message && !strchr(err.message, '\n'));
  return NULL;
}

static int64_t cell(const journey_table *table, int64_t row, const char *column) {
  return journey_table_int64(table, row, journey_table_find(table, column));
}

/* Matches in the list, each in order of time and within the window. */
static int64_t count_listed(const journey_table *listed, int64_t window) {
  int64_t matches = 0, start = 0;
  for (int64_t row = 0; row < journey_table_rows(listed); row++) {
    const char *customer = journey_table_text(listed, row, 0, NULL);
    int begins = row == 0 || cell(listed, row, "match") != cell(listed, row - 1, "match") ||
                 strcmp(customer, journey_table_text(listed, row - 1, 0, NULL)) != 0;
    if (begins) start = cell(listed, row, "time");
    if (!begins) need(cell(listed, row, "time") >= cell(listed, row - 1, "time"));
    need(cell(listed, row, "time") - start <= window);
    matches += begins;
  }
  return matches;
}

static void check_grouped(const char *text, int64_t matches) {
  static char grouped[MOST + 8];
  snprintf(grouped, sizeof grouped, "(%s)", text);
  journey_table *table = measure("match", grouped);
  if (!table) return; /* too deep */
  need(cell(table, 0, "matches") == matches);
  journey_table_free(table);
}

static void try_pattern(const char *text, int clickhouse, int64_t window) {
  journey_table *counted = measure("match", text), *listed = measure("match_customers", text);
  need(!counted == !listed);
  if (!counted) return;
  int64_t matches = cell(counted, 0, "matches");
  need(cell(counted, 0, "customers") <= matches && cell(counted, 0, "in_scope") == 3);
  if (journey_table_rows(counted) > 1) need(count_listed(listed, window) == matches);
  for (int64_t row = 1; row < journey_table_rows(counted); row++) need(cell(counted, row, "matches") <= matches);
  if (!clickhouse && strcmp(text, "auto") != 0) check_grouped(text, matches);
  journey_table_free(counted);
  journey_table_free(listed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char text[MOST + 1];
  if (size == 0 || size > MOST) return 0;
  make_all();
  memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0';
  setting[1] = (journey_setting){"syntax", data[0] & 1 ? "clickhouse" : "journey"};
  setting[2] = (journey_setting){"window", data[0] & 2 ? "3h" : "none"};
  setting[3] = (journey_setting){"steps", "view|cart, cart, then"};
  try_pattern(text, data[0] & 1, data[0] & 2 ? 3 * HOUR : INT64_MAX);
  return 0;
}
