/* The stream: what it owns, and the questions that it answers. */
#include "stream/internal.h"

journey_status jn_stream_new(journey_context *context, journey_stream **out, journey_error *err) {
  *out = jn_base_zalloc(context, 1, sizeof **out);
  if (!*out) return jn_base_no_memory(err);
  (*out)->context = jn_base_context_ref(context);
  atomic_init(&(*out)->references, 1);
  return JOURNEY_OK;
}

journey_status jn_stream_own(journey_stream *stream, size_t n, size_t size, bool per_event, void *out,
                             journey_error *err) {
  journey_status status = jn_base_grow(stream->context, &stream->memory, &stream->memory_capacity, stream->memories + 1,
                                       sizeof *stream->memory, err);
  if (status) return status;
  size_t bytes;
  if (!jn_base_mul_size(n, size, &bytes)) return jn_base_no_memory(err);
  if (!bytes) bytes = 1;
  void *block = jn_base_alloc(stream->context, bytes, 1);
  if (!block) return jn_base_no_memory(err);
  stream->memory[stream->memories++] = (jn_stream_memory){block, bytes};
  if (per_event) stream->event_bytes += (int64_t)bytes;
  memcpy(out, &block, sizeof block);
  return JOURNEY_OK;
}

static void destroy(journey_stream *stream) {
  journey_context *context = stream->context;
  for (uint32_t i = 0; i < stream->columns.attribute_count; i++)
    jn_base_dictionary_free((jn_base_dictionary *)stream->attribute[i].names);
  jn_base_dictionary_free(stream->names);
  for (size_t i = 0; i < stream->memories; i++)
    jn_base_free(context, stream->memory[i].block, stream->memory[i].bytes, 1);
  jn_base_reallocate(context, stream->memory, stream->memory_capacity * sizeof *stream->memory, 0);
  jn_base_free(context, stream, 1, sizeof *stream);
  journey_context_free(context);
}

journey_stream *journey_stream_ref(journey_stream *stream) {
  atomic_fetch_add_explicit(&stream->references, 1, memory_order_relaxed);
  return stream;
}

void journey_stream_free(journey_stream *stream) {
  if (stream && atomic_fetch_sub_explicit(&stream->references, 1, memory_order_acq_rel) == 1) destroy(stream);
}

const jn_stream_columns *jn_stream_get(const journey_stream *stream) { return &stream->columns; }

journey_context *jn_stream_context(const journey_stream *stream) { return stream->context; }

const char *jn_stream_customer(const journey_stream *stream, uint32_t customer, size_t *length) {
  uint64_t start = stream->id_start[customer];
  if (length) *length = (size_t)(stream->id_start[customer + 1] - start - 1);
  return stream->ids + start;
}

uint32_t jn_stream_find_attribute(const journey_stream *stream, const char *name, size_t n) {
  for (uint32_t i = 0; i < stream->columns.attribute_count; i++)
    if (strlen(stream->attribute[i].name) == n && !memcmp(stream->attribute[i].name, name, n)) return i;
  return UINT32_MAX;
}

journey_status journey_stream_get_counts(const journey_stream *stream, journey_stream_counts *counts) {
  uint32_t size = counts->struct_size;
  if (size < offsetof(journey_stream_counts, taken)) return JOURNEY_EINVAL;
  memcpy(counts, &stream->counts, size < sizeof *counts ? size : sizeof *counts);
  counts->struct_size = size;
  return JOURNEY_OK;
}

journey_status journey_stream_time_range(const journey_stream *stream, int64_t *first, int64_t *last) {
  if (!stream->columns.events) return JOURNEY_ENOTFOUND;
  *first = stream->first;
  *last = stream->last;
  return JOURNEY_OK;
}

void journey_stream_memory(const journey_stream *stream, int64_t *events, int64_t *total) {
  size_t bytes = sizeof *stream + stream->memory_capacity * sizeof *stream->memory;
  for (size_t i = 0; i < stream->memories; i++) bytes += stream->memory[i].bytes;
  bytes += jn_base_dictionary_bytes(stream->names);
  for (uint32_t i = 0; i < stream->columns.attribute_count; i++)
    if (stream->attribute[i].names) bytes += jn_base_dictionary_bytes(stream->attribute[i].names);
  if (events) *events = stream->event_bytes;
  if (total) *total = (int64_t)bytes;
}

uint32_t journey_stream_event_names(const journey_stream *stream) { return jn_base_dictionary_count(stream->names); }

const char *journey_stream_event_name(const journey_stream *stream, uint32_t code) {
  return code < journey_stream_event_names(stream) ? jn_base_dictionary_string(stream->names, code, NULL) : NULL;
}

uint32_t journey_stream_attributes(const journey_stream *stream) { return stream->columns.attribute_count; }

const char *journey_stream_attribute(const journey_stream *stream, uint32_t i, int32_t *type) {
  if (i >= stream->columns.attribute_count) return NULL;
  if (type) *type = stream->attribute[i].type;
  return stream->attribute[i].name;
}
