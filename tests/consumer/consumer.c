/* An application as its author would write it: five events, a study, a metric. Valid C99 and valid C++17. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "journey.h"

static const struct {
  const char *customer, *name;
  int64_t seconds;
} events[] = {{"ann", "visit", 1}, {"ann", "order", 2}, {"bob", "visit", 1}, {"bob", "visit", 5}, {"bob", "leave", 9}};

static journey_status fill(journey_builder *builder, journey_error *err) {
  journey_status status = JOURNEY_OK;
  size_t i;
  for (i = 0; i < sizeof events / sizeof events[0] && status == JOURNEY_OK; i++) {
    journey_event event;
    memset(&event, 0, sizeof event);
    event.struct_size = sizeof event;
    event.customer = events[i].customer;
    event.customer_length = strlen(events[i].customer);
    event.name = events[i].name;
    event.name_length = strlen(events[i].name);
    event.time = events[i].seconds * 1000000;
    event.value = NAN;
    status = journey_builder_add(builder, &event, err);
  }
  return status;
}

static journey_status make_stream(journey_context *context, journey_stream **out, journey_error *err) {
  journey_builder *builder = NULL;
  journey_status status = journey_builder_new(context, &builder, err);
  if (status == JOURNEY_OK) status = fill(builder, err);
  if (status == JOURNEY_OK) status = journey_builder_finish(builder, out, err);
  journey_builder_free(builder);
  return status;
}

static journey_status print(void *user, const char *bytes, size_t n) {
  return fwrite(bytes, 1, n, (FILE *)user) == n ? JOURNEY_OK : JOURNEY_EIO;
}

static journey_status measure(journey_context *context, const char *metric, journey_error *err) {
  journey_stream *stream = NULL;
  journey_study *study = NULL;
  journey_table *table = NULL;
  journey_status status = make_stream(context, &stream, err);
  if (status == JOURNEY_OK) status = journey_study_new(stream, NULL, NULL, &study, err);
  if (status == JOURNEY_OK) status = journey_measure(study, metric, NULL, 0, &table, err);
  if (status == JOURNEY_OK) status = journey_table_write(table, JOURNEY_FORMAT_CSV, print, stdout, err);
  journey_table_free(table);
  journey_study_free(study);
  journey_stream_free(stream);
  return status;
}

/* usage: consumer METRIC [PLUG-IN] */
int main(int argc, char **argv) {
  journey_context *context = NULL;
  journey_error err;
  journey_status status;
  if (argc < 2) return 2;
  status = journey_context_new(NULL, &context, &err);
  if (status == JOURNEY_OK && argc > 2) status = journey_load_plugin(context, argv[2], &err);
  if (status == JOURNEY_OK) status = measure(context, argv[1], &err);
  if (status != JOURNEY_OK) fprintf(stderr, "consumer: %s: %s\n", journey_status_name(status), err.message);
  journey_context_free(context);
  return status == JOURNEY_OK && journey_version() >= 1000 ? 0 : 1;
}
