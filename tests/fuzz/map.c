/* Fuzz target: any bytes as a map document. What is accepted must be written, read again and be equal. */
#include <stdint.h>
#include <stdlib.h>

#include "map/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static journey_status append(void *user, const char *bytes, size_t n) {
  jn_base_text_add(user, bytes, n);
  return JOURNEY_OK;
}

static void try_again(journey_context *context, const journey_map *map) {
  journey_map *again;
  journey_table *changes;
  jn_base_text text;
  jn_base_text_init(&text, context);
  if (journey_map_write_json(map, append, &text, NULL) != JOURNEY_OK) abort();
  if (journey_map_read_json(context, text.bytes, text.length, &again, NULL) != JOURNEY_OK) abort();
  if (journey_map_diff(map, again, &changes, NULL) != JOURNEY_OK || journey_table_rows(changes) != 0) abort();
  journey_table_free(changes);
  if (journey_map_check(again, &changes, NULL) != JOURNEY_OK) abort();
  journey_table_free(changes);
  journey_map_free(again);
  jn_base_text_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  journey_context *context;
  journey_map *map;
  if (journey_context_new(NULL, &context, NULL) != JOURNEY_OK) return 0;
  if (journey_map_read_json(context, (const char *)data, size, &map, NULL) == JOURNEY_OK) {
    try_again(context, map);
    journey_map_free(map);
  }
  journey_context_free(context);
  return 0;
}
