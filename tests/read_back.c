/* Reads an input for a test and looks at what came of it. */
#include "read_back.h"

#include <stdio.h>
#include <string.h>

#include "check_main.h"

void read_back_from(read_back *r, const char *name, const char *bytes, size_t n) {
  journey_builder *builder;
  journey_context_options options = {.struct_size = sizeof options, .threads = r->threads ? r->threads : 2};
  r->options.struct_size = sizeof r->options;
  r->counts.struct_size = sizeof r->counts;
  r->stream = NULL;
  ck_assert_int_eq(journey_context_new(&options, &r->context, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_new(r->context, &builder, NULL), JOURNEY_OK);
  memset(&r->err, 0, sizeof r->err);
  r->status = jn_io_read(builder, name, bytes, n, &r->tuning, &r->options, &r->counts, &r->err);
  ck_assert_int_eq(r->status, r->err.code);
  if (!r->status) ck_assert_int_eq(journey_builder_finish(builder, &r->stream, NULL), JOURNEY_OK);
  if (r->stream) r->columns = jn_stream_get(r->stream);
  journey_builder_free(builder);
}

void read_back_text(read_back *r, const char *text) { read_back_from(r, "t.csv", text, strlen(text)); }

void read_back_free(read_back *r) {
  journey_stream_free(r->stream);
  journey_context_free(r->context);
  r->stream = NULL;
  r->context = NULL;
}

int64_t read_back_customer(const read_back *r, const char *id) {
  for (int64_t c = 0; c < r->columns->customers; c++) {
    size_t n;
    const char *name = jn_stream_customer(r->stream, (uint32_t)c, &n);
    if (n == strlen(id) && !memcmp(name, id, n)) return c;
  }
  return -1;
}

static uint32_t code_at(const void *codes, uint32_t width, int64_t i) {
  if (width == 1) return ((const uint8_t *)codes)[i];
  return width == 2 ? ((const uint16_t *)codes)[i] : ((const uint32_t *)codes)[i];
}

const char *read_back_name(const read_back *r, int64_t i) {
  return jn_base_dictionary_string(r->columns->names, code_at(r->columns->code, r->columns->code_width, i), NULL);
}

static const jn_stream_attribute *find(const read_back *r, const char *attribute) {
  uint32_t i = jn_stream_find_attribute(r->stream, attribute, strlen(attribute));
  return i == UINT32_MAX ? NULL : &r->columns->attribute[i];
}

int32_t read_back_type(const read_back *r, const char *attribute) {
  const jn_stream_attribute *a = find(r, attribute);
  return a ? a->type : 0;
}

const char *read_back_attribute(const read_back *r, const char *attribute, int64_t i) {
  const jn_stream_attribute *a = find(r, attribute);
  uint32_t code = a && a->code ? code_at(a->code, a->width, i) : 0;
  return code ? jn_base_dictionary_string(a->names, code - 1, NULL) : "";
}

double read_back_number(const read_back *r, const char *attribute, int64_t i) {
  const jn_stream_attribute *a = find(r, attribute);
  return a ? jn_stream_number(&a->number, i) : __builtin_nan("");
}

const char *read_back_path(const read_back *r, const char *id, char *out, size_t size) {
  int64_t c = read_back_customer(r, id);
  size_t used = 0;
  out[0] = 0;
  if (c < 0) return out;
  for (int64_t i = r->columns->offset[c]; i < r->columns->offset[c + 1] && used < size; i++) {
    double value = jn_stream_number(&r->columns->value, i);
    used += (size_t)snprintf(out + used, size - used, "%s %lld", read_back_name(r, i),
                             (long long)jn_stream_time(r->columns, i) / 1000000);
    if (value == value && used < size) used += (size_t)snprintf(out + used, size - used, " %g", value);
    if (used < size) used += (size_t)snprintf(out + used, size - used, "\n");
  }
  return out;
}
