/* Fuzz target: the JSON pull reader over any bytes. It must end, stay within the text, and skip as it reads. */
#include <stdint.h>
#include <stdlib.h>

#include "io/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  journey_context *context;
  jn_io_json json, skipping;
  int token;
  if (journey_context_new(NULL, &context, NULL) != JOURNEY_OK) return 0;
  jn_io_json_init(&json, context, (const char *)data, size);
  jn_io_json_init(&skipping, context, (const char *)data, size);
  while ((token = jn_io_json_next(&json)) > JN_JSON_END) {
    if (json.start < (const char *)data || json.start > (const char *)data + size) abort();
  }
  const char *end = NULL;
  bool skipped = jn_io_json_next(&skipping) > JN_JSON_END && jn_io_json_skip(&skipping, &end) &&
                 jn_io_json_next(&skipping) == JN_JSON_END;
  if (skipped != (token == JN_JSON_END)) abort();
  jn_io_json_clear(&json);
  jn_io_json_clear(&skipping);
  journey_context_free(context);
  return 0;
}
