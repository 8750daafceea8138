/* Fuzz target: numbers and UTF-8 read from any bytes; what was read as a number must read the same when written. */
#include <stdint.h>
#include <stdlib.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  double x;
  int64_t i;
  size_t at = 0;
  const char *s = (const char *)data;
  if (!jn_base_utf8(s, size, &at) && at >= size) abort();
  if (jn_base_parse_int64(s, size, &i) && !jn_base_parse_double(s, size, &x)) abort();
  if (!jn_base_parse_double(s, size, &x)) return 0;
  journey_context *context;
  if (journey_context_new(NULL, &context, NULL) != JOURNEY_OK) return 0;
  jn_base_text text;
  jn_base_text_init(&text, context);
  jn_base_text_double(&text, x);
  double again;
  if (text.status == JOURNEY_OK && (!jn_base_parse_double(text.bytes, text.length, &again) || again != x)) abort();
  jn_base_text_clear(&text);
  journey_context_free(context);
  return 0;
}
