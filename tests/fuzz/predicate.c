/* Fuzz target: any text as a predicate or as steps over a small stream. The first byte says which. A predicate and its
 * negation share the events out between them; steps mean the same in small chunks and in large ones; an error is one
 * line and names a byte of the text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/study.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS = 60, MOST = 4096 };

static journey_context *context;
static journey_stream *stream;
static journey_map *map;

static void need(int holds) {
  if (!holds) abort();
}

static void add_event(journey_builder *builder, int i) {
  static const char *const name[] = {"view", "cart", "Order Completed", "a*b", "5"};
  static const char *const country[] = {"", "DE", "it's", "5", "1e1"};
  char customer[2] = {(char)('a' + i * i % 11 % 7), '\0'};
  const char *where = country[i * 3 % 5];
  journey_attribute attribute[2] = {{"country", 7, where, strlen(where), 0}, {"score", 5, NULL, 0, i % 4 / 2.0}};
  journey_event event = {.struct_size = sizeof event,
                         .customer = customer,
                         .customer_length = 1,
                         .name = name[i % 5],
                         .name_length = strlen(name[i % 5]),
                         .time = i * INT64_C(3600000000),
                         .value = i % 3 ? __builtin_nan("") : i,
                         .attributes = attribute,
                         .attribute_count = 2};
  need(journey_builder_add(builder, &event, NULL) == JOURNEY_OK);
}

static void make_map(void) {
  journey_element *element;
  need(journey_map_new(context, &map, NULL) == JOURNEY_OK);
  need(journey_map_add(map, "stage", "s", &element, NULL) == JOURNEY_OK);
  need(journey_map_add(map, "touchpoint", "t", &element, NULL) == JOURNEY_OK);
  need(journey_element_set_text(element, "stage", "s", NULL) == JOURNEY_OK);
  need(journey_element_set_text(element, "events", "view|cart[value>9]", NULL) == JOURNEY_OK);
}

static void make_all(void) {
  journey_builder *builder;
  if (context) return;
  need(journey_context_new(NULL, &context, NULL) == JOURNEY_OK);
  need(journey_builder_new(context, &builder, NULL) == JOURNEY_OK);
  for (int i = 0; i < EVENTS; i++) add_event(builder, i);
  need(journey_builder_finish(builder, &stream, NULL) == JOURNEY_OK);
  journey_builder_free(builder);
  make_map();
}

static void check_error(const journey_error *err, const char *text) {
  need(err->code == JOURNEY_EPARSE || err->code == JOURNEY_ENOTFOUND);
  need(err->offset >= 0 && (size_t)err->offset <= strlen(text));
  need(*err->message && !strchr(err->message, '\n'));
}

/* Events that satisfy a predicate, or -1 when it is refused. */
static int count_events(const char *text, journey_error *err) {
  journey_study_options options = {.struct_size = sizeof options, .where = text};
  journey_study *study;
  jn_study_cursor *cursor;
  const journey_batch *batch;
  uint32_t group;
  int count = 0;
  if (journey_study_new(stream, map, &options, &study, err)) return -1;
  need(jn_study_cursor_new(study, 0, jn_stream_get(stream)->customers, 0, NULL, 0, &cursor, NULL) == JOURNEY_OK);
  while (!jn_study_next(cursor, &batch, &group, NULL) && batch) count += (int)batch->end[batch->paths - 1];
  jn_study_cursor_free(cursor);
  journey_study_free(study);
  return count;
}

static void try_predicate(const char *text) {
  static char negated[MOST + 8];
  journey_error grammar, err;
  journey_status status = jn_study_check_predicate(context, text, &grammar);
  int count = count_events(text, &err);
  if (count < 0) check_error(&err, text);
  if (status) check_error(&grammar, text);
  if (status) need(count < 0 && err.code == status && err.offset == grammar.offset);
  snprintf(negated, sizeof negated, "!(%s)", text);
  int rest = count_events(negated, &err);
  if (count >= 0 && rest >= 0) need(count + rest == EVENTS);
  if (count < 0) need(rest < 0);
}

/* A number that depends on which events satisfy which steps. */
static uint64_t sum_masks(journey_study *study, jn_study_steps *steps) {
  jn_study_cursor *cursor;
  const journey_batch *batch;
  uint32_t group;
  uint64_t sum = 0, place = 1;
  need(jn_study_cursor_new(study, 0, jn_stream_get(stream)->customers, 0, NULL, 0, &cursor, NULL) == JOURNEY_OK);
  while (!jn_study_next(cursor, &batch, &group, NULL) && batch) {
    journey_codes codes;
    const uint64_t *mask;
    need(jn_study_step_codes(cursor, steps, &codes, &mask, NULL) == JOURNEY_OK);
    for (int64_t i = 0; i < batch->end[batch->paths - 1]; i++) {
      sum += (mask[journey_codes_at(&codes, i)] + 1) * (place += 2654435761u);
    }
  }
  jn_study_cursor_free(cursor);
  return sum;
}

static void try_steps(const char *text, uint32_t most) {
  journey_error grammar, err;
  journey_study *study;
  jn_study_steps *steps;
  need(journey_study_new(stream, map, NULL, &study, NULL) == JOURNEY_OK);
  journey_status checked = jn_study_check_steps(context, text, most, &grammar);
  journey_status status = jn_study_steps_new(study, text, most, &steps, &err);
  if (checked) check_error(&grammar, text);
  if (status) check_error(&err, text);
  if (!status) {
    const journey_names *names = jn_study_steps_names(steps);
    need(names->count >= 1 && names->count <= most);
    uint64_t sum = sum_masks(study, steps);
    jn_study_set_chunk(study, 3);
    need(sum == sum_masks(study, steps));
    jn_study_steps_free(steps);
  }
  journey_study_free(study);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char text[MOST + 1];
  if (size == 0 || size > MOST) return 0;
  make_all();
  memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0';
  if (data[0] % 2)
    try_predicate(text);
  else
    try_steps(text, data[0] & 2 ? 64 : 1);
  return 0;
}
