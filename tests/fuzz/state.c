/* Fuzz target: any bytes as partial states that are joined. They are cut into one or two states, or the same one is
 * joined with itself; what comes back is a table or an error, and memory stays within bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "journey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The table of a state is written, too, so that every cell is looked at. */
static journey_status take(void *user, const char *bytes, size_t n) {
  size_t *sum = user;
  for (size_t i = 0; i < n; i++) *sum += (unsigned char)bytes[i];
  return JOURNEY_OK;
}

static void join(journey_context *context, const journey_bytes *state, size_t count) {
  journey_table *table;
  journey_error err = {0};
  size_t sum = 0;
  journey_status status = journey_measure_join(context, state, count, &table, &err);
  if ((status == JOURNEY_OK) != (table != NULL)) abort();
  if (status != JOURNEY_OK && (err.code != status || !*err.message)) abort();
  if (table && journey_table_write(table, JOURNEY_FORMAT_CSV, take, &sum, &err) != JOURNEY_OK) abort();
  journey_table_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  journey_context *context;
  journey_context_options options = {.struct_size = sizeof options, .threads = 1, .memory_limit = 1 << 28};
  if (size > 1 << 16) return 0;
  if (journey_context_new(&options, &context, NULL) != JOURNEY_OK) abort();
  journey_bytes state[3] = {{.data = (uint8_t *)(uintptr_t)data, .size = size}};
  state[1] = state[2] = state[0];
  join(context, state, 1);
  join(context, state, 3);
  journey_context_free(context);
  return 0;
}
