/* A program with the library built in. It takes events from its own data instead of a file, and asks who came back. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "journey.h"

/* What a shop's own database might hold. */
static const struct {
  const char *customer, *what, *when;
} orders[] = {
    {"anna", "visit", "2025-01-06"}, {"anna", "order", "2025-01-07"}, {"ben", "visit", "2025-01-06"},
    {"carla", "visit", "2025-01-08"}, {"anna", "visit", "2025-01-14"}, {"carla", "order", "2025-01-16"},
};

static journey_status add_all(journey_builder *builder, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < sizeof orders / sizeof *orders; i++) {
    journey_event event = {.struct_size = sizeof event, .value = NAN};
    event.customer = orders[i].customer;
    event.customer_length = strlen(event.customer);
    event.name = orders[i].what;
    event.name_length = strlen(event.name);
    status = journey_time_parse(orders[i].when, strlen(orders[i].when), NULL, &event.time, err);
    if (status == JOURNEY_OK) status = journey_builder_add(builder, &event, err);
  }
  return status;
}

static journey_status print(void *user, const char *bytes, size_t n) {
  return fwrite(bytes, 1, n, user) == n ? JOURNEY_OK : JOURNEY_EIO;
}

int main(void) {
  journey_context *context = NULL;
  journey_builder *builder = NULL;
  journey_stream *stream = NULL;
  journey_study *study = NULL;
  journey_table *table = NULL;
  journey_error err;
  journey_status status = journey_context_new(NULL, &context, &err);
  if (status == JOURNEY_OK) status = journey_builder_new(context, &builder, &err);
  if (status == JOURNEY_OK) status = add_all(builder, &err);
  if (status == JOURNEY_OK) status = journey_builder_finish(builder, &stream, &err);
  if (status == JOURNEY_OK) status = journey_study_new(stream, NULL, NULL, &study, &err);
  if (status == JOURNEY_OK) status = journey_measure(study, "retention", NULL, 0, &table, &err);
  if (status == JOURNEY_OK) status = journey_table_write(table, JOURNEY_FORMAT_TEXT, print, stdout, &err);
  if (status != JOURNEY_OK) fprintf(stderr, "loyal: %s\n", err.message);
  journey_table_free(table);
  journey_study_free(study);
  journey_stream_free(stream);
  journey_builder_free(builder);
  journey_context_free(context);
  return status == JOURNEY_OK ? 0 : 1;
}
