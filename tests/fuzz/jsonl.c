/* Fuzz target: any bytes as JSON Lines, read in small blocks and in large ones, must give the same status, counts and
 * first error; skipping must account for every record. The first bytes choose how. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct outcome {
  journey_status status;
  journey_error err;
  journey_read_counts counts;
  uint32_t attributes;
} outcome;

static void run(const uint8_t *data, size_t size, unsigned how, size_t block, int32_t threads, outcome *out) {
  journey_context *context;
  journey_builder *builder;
  journey_stream *stream = NULL;
  journey_context_options options = {.struct_size = sizeof options, .threads = threads, .memory_limit = 1 << 28};
  journey_read_options read = {.struct_size = sizeof read, .input = JOURNEY_INPUT_JSONL};
  jn_io_tuning tuning = {.block = block, .most = 1 << 16, .sample = 1 << 16};
  read.on_error = how & 1 ? JOURNEY_ON_ERROR_SKIP : JOURNEY_ON_ERROR_STOP;
  read.attributes = how & 2 ? "none" : NULL;
  memset(out, 0, sizeof *out);
  out->counts.struct_size = sizeof out->counts;
  if (how & 8) tuning.sample = 1 + how % 97;
  if (journey_context_new(&options, &context, NULL) != JOURNEY_OK) abort();
  if (journey_builder_new(context, &builder, NULL) != JOURNEY_OK) abort();
  out->status = jn_io_read(builder, "f", (const char *)data, size, &tuning, &read, &out->counts, &out->err);
  if (journey_builder_finish(builder, &stream, NULL) != JOURNEY_OK) abort();
  journey_stream_counts taken = {.struct_size = sizeof taken};
  if (journey_stream_get_counts(stream, &taken) != JOURNEY_OK) abort();
  if (taken.taken != (out->status ? 0 : out->counts.events)) abort();
  out->attributes = journey_stream_attributes(stream);
  journey_stream_free(stream);
  journey_builder_free(builder);
  journey_context_free(context);
}

static void compare(const outcome *a, const outcome *b) {
  if (a->status != b->status || a->err.row != b->err.row || a->err.offset != b->err.offset) abort();
  if (strcmp(a->err.message, b->err.message) != 0 || a->attributes != b->attributes) abort();
  if (a->counts.rows != b->counts.rows || a->counts.skipped != b->counts.skipped) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char head[] = "{\"user_id\":\"u\",\"time\":1,\"event\":\"e\"}\n";
  outcome once, again;
  if (size < 2 || size > 1 << 15) return 0;
  unsigned how = data[0], more = data[1];
  size_t n = size - 2, skip = how & 4 ? sizeof head - 1 : 0;
  char *text = malloc(n + skip + 1);
  if (!text) abort();
  memcpy(text, head, skip);
  memcpy(text + skip, data + 2, n);
  run((const uint8_t *)text, n + skip, how, 0, 1, &once);
  run((const uint8_t *)text, n + skip, how, 1 + more % 64, 1 + (int32_t)(how >> 6), &again);
  compare(&once, &again);
  if (!once.status && once.counts.rows != once.counts.events + once.counts.links + once.counts.skipped) abort();
  if (once.status && (!once.err.message[0] || strchr(once.err.message, '\n'))) abort();
  free(text);
  return 0;
}
