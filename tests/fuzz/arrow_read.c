/* Fuzz target: record batches made of any bytes. Buffers are as large as what the array says needs, so that a sanitizer
 * sees each read past the end; what is in them (offsets, indices, bits, views, text) is what the input has. One thread
 * and three must agree. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "journey/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS = 5, ROWS = 200, TEXT = 256 };

static const char *const formats[] = {"u", "U",  "vu", "c", "C",    "s",       "S",    "i",      "I",
                                      "l", "L",  "e",  "f", "g",    "b",       "n",    "tdD",    "tdm",
                                      "z", "+l", "ts", "",  "tss:", "tsm:UTC", "tsu:", "tsn:UTC"};
static const char *const names[] = {"user_id", "time", "event", "value", "anonymous_id", "previousId", "x", "x", ""};

typedef struct input {
  const uint8_t *data;
  size_t n;
} input;

static unsigned take(input *in) {
  if (!in->n) return 0;
  in->n--;
  return *in->data++;
}

/* `size` bytes of the input, 0 after its end; exactly as large as asked for. */
static void *take_bytes(input *in, size_t size) {
  uint8_t *bytes = malloc(size ? size : 1);
  if (!bytes) abort();
  for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)take(in);
  return bytes;
}

typedef struct column {
  struct ArrowSchema schema, words_schema;
  struct ArrowArray array, words;
  void *buffer[5], *words_buffer[5];
} column;

static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }
static void release_array(struct ArrowArray *array) { array->release = NULL; }

static size_t width_of(const char *format) {
  static const char eight[] = "lLgU", four[] = "iIfu", two[] = "sSe";
  if (!*format) return 1;
  if (format[0] == 't') return strcmp(format, "tdD") == 0 ? 4 : 8;
  if (!strcmp(format, "vu")) return 16;
  return strchr(eight, *format) ? 8 : strchr(four, *format) ? 4 : strchr(two, *format) ? 2 : 1;
}

/* Offsets must end within the text; those between are the input's. */
static void end_offsets(uint8_t *offsets, size_t width, size_t n) {
  int64_t end = width == 4 ? ((int32_t *)(void *)offsets)[n] : ((int64_t *)(void *)offsets)[n];
  end &= TEXT - 1;
  if (width == 4)
    ((int32_t *)(void *)offsets)[n] = (int32_t)end;
  else
    ((int64_t *)(void *)offsets)[n] = end;
}

/* Small numbers come up more often: offsets and indices are mostly near each other. */
static void fill_array(input *in, const char *format, struct ArrowArray *array, void **buffer) {
  size_t offset = take(in) % 9, length = take(in) % ROWS, rows = offset + length, width = width_of(format);
  unsigned how = take(in);
  int text = !strcmp(format, "u") || !strcmp(format, "U"), view = !strcmp(format, "vu");
  buffer[0] = how & 1 ? take_bytes(in, rows / 8 + 1) : NULL;
  buffer[1] = calloc((rows + 1) * width, 1);
  if (!buffer[1]) abort();
  for (size_t i = 0; i <= rows; i++) {
    uint8_t *to = (uint8_t *)buffer[1] + i * width;
    if (how & 2) to[0] = (uint8_t)(text ? i : take(in) % 16);
    for (size_t k = 0; k < width && !(how & 2); k++) to[k] = (uint8_t)take(in);
  }
  if (text) end_offsets(buffer[1], width, rows);
  buffer[2] = text || view ? take_bytes(in, TEXT) : NULL;
  buffer[3] = calloc(1, 8);
  if (!buffer[3]) abort();
  *(int64_t *)buffer[3] = TEXT;
  *array = (struct ArrowArray){.length = (int64_t)length, .offset = (int64_t)offset, .null_count = how & 4 ? -1 : 0};
  array->n_buffers = text ? 3 : view ? 4 : 2;
  if (how & 8) array->null_count = 1;
  if (how & 16) array->n_buffers = take(in) % 5;
  if (how & 32 && take(in) % 8 == 0) array->length = -1;
  array->buffers = (const void **)buffer;
  array->release = release_array;
}

static void make_column(input *in, column *c) {
  const char *format = formats[take(in) % (sizeof formats / sizeof formats[0])];
  unsigned name = take(in);
  c->schema = (struct ArrowSchema){.format = format, .name = names[name % 9], .release = release_schema};
  fill_array(in, format, &c->array, c->buffer);
  if (!(name & 128)) return;
  const char *words = formats[take(in) % 3];
  c->words_schema = (struct ArrowSchema){.format = words, .release = release_schema};
  fill_array(in, words, &c->words, c->words_buffer);
  c->schema.dictionary = &c->words_schema;
  c->array.dictionary = &c->words;
}

static journey_status run(const struct ArrowSchema *schema, const struct ArrowArray *array, unsigned how,
                          int32_t threads, journey_error *err) {
  journey_context *context;
  journey_builder *builder;
  journey_stream *stream = NULL;
  journey_context_options options = {.struct_size = sizeof options, .threads = threads, .memory_limit = 1 << 28};
  journey_read_options read = {.struct_size = sizeof read, .on_error = how & 1};
  journey_read_counts counts = {.struct_size = sizeof counts};
  journey_stream_counts taken = {.struct_size = sizeof taken};
  read.attributes = how & 2 ? "none" : NULL;
  if (journey_context_new(&options, &context, NULL) != JOURNEY_OK) abort();
  if (journey_builder_new(context, &builder, NULL) != JOURNEY_OK) abort();
  journey_status status = journey_read_arrow_array(builder, schema, array, &read, &counts, err);
  if (journey_builder_finish(builder, &stream, NULL) != JOURNEY_OK) abort();
  if (journey_stream_get_counts(stream, &taken) != JOURNEY_OK) abort();
  if (taken.taken != (status ? 0 : counts.events)) abort();
  if (!status && counts.rows != counts.events + counts.links + counts.skipped) abort();
  if (status && !err->message[0]) abort();
  journey_stream_free(stream);
  journey_builder_free(builder);
  journey_context_free(context);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, size};
  column columns[COLUMNS];
  struct ArrowSchema *schemas[COLUMNS];
  struct ArrowArray *arrays[COLUMNS];
  const void *none[1] = {NULL};
  journey_error first = {0}, second = {0};
  if (size > 1 << 14) return 0;
  memset(columns, 0, sizeof columns);
  unsigned how = take(&in), count = 1 + take(&in) % COLUMNS, rows = take(&in) % ROWS, offset = take(&in) % 5;
  for (unsigned i = 0; i < count; i++) {
    make_column(&in, &columns[i]);
    schemas[i] = &columns[i].schema, arrays[i] = &columns[i].array;
  }
  struct ArrowSchema schema = {.format = "+s", .n_children = count, .children = schemas, .release = release_schema};
  struct ArrowArray array = {.length = rows, .offset = how & 4 ? offset : 0, .n_buffers = 1, .n_children = count};
  array.buffers = none, array.children = arrays, array.release = release_array;
  journey_status status = run(&schema, &array, how, 1, &first);
  if (run(&schema, &array, how, 3, &second) != status || strcmp(first.message, second.message) != 0) abort();
  for (unsigned i = 0; i < count; i++) {
    for (int k = 0; k < 5; k++) free(columns[i].buffer[k]), free(columns[i].words_buffer[k]);
  }
  return 0;
}
