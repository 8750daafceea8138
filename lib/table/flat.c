/* Writing FlatBuffers from front to back. */
#include "table/flat.h"

#include <string.h>

void jn_flat_zeros(jn_base_text *out, size_t n) {
  static const char zeros[64];
  for (; n > sizeof zeros; n -= sizeof zeros) jn_base_text_add(out, zeros, sizeof zeros);
  jn_base_text_add(out, zeros, n);
}

void jn_flat_align(jn_base_text *out, size_t n) { jn_flat_zeros(out, (n - out->length % n) % n); }

void jn_flat_set(jn_base_text *out, size_t at, uint64_t value, size_t n) {
  if (out->status) return;
  for (size_t i = 0; i < n; i++) out->bytes[at + i] = (char)(value >> (8 * i) & 0xFF);
}

void jn_flat_link(jn_base_text *out, size_t at, size_t target) {
  if (target - at > INT32_MAX && !out->status) out->status = JOURNEY_ELIMIT;
  jn_flat_set(out, at, target - at, 4);
}

/* The table's own header points back to a list of where its fields are. The list comes right before the table. */
jn_flat_table jn_flat_open(jn_base_text *out, const char *sizes) {
  size_t fields = strlen(sizes), list = (out->length + 1) & ~(size_t)1;
  jn_flat_table table = {0};
  jn_flat_align(out, 2);
  jn_flat_zeros(out, 4 + 2 * fields);
  jn_flat_align(out, 8);
  table.start = out->length;
  jn_flat_zeros(out, 4);
  for (size_t i = 0; i < fields; i++) {
    size_t size = (size_t)(sizes[i] - '0');
    if (!size) continue;
    jn_flat_align(out, size);
    table.field[i] = out->length;
    jn_flat_zeros(out, size);
    jn_flat_set(out, list + 4 + 2 * i, table.field[i] - table.start, 2);
  }
  jn_flat_set(out, table.start, table.start - list, 4);
  jn_flat_set(out, list, 4 + 2 * fields, 2);
  jn_flat_set(out, list + 2, out->length - table.start, 2);
  return table;
}

size_t jn_flat_string(jn_base_text *out, const char *s, const char *end) {
  jn_flat_align(out, 4);
  size_t at = out->length, n = strlen(s) + strlen(end);
  if (n > INT32_MAX && !out->status) out->status = JOURNEY_ELIMIT;
  jn_flat_zeros(out, 4);
  jn_flat_set(out, at, n, 4);
  jn_base_text_put(out, s);
  jn_base_text_put(out, end);
  jn_flat_zeros(out, 1);
  return at;
}

size_t jn_flat_vector(jn_base_text *out, size_t n, size_t size) {
  jn_flat_align(out, 8);
  if (size > 4) jn_flat_zeros(out, 4); /* the items, not their count, are aligned */
  size_t at = out->length;
  jn_flat_zeros(out, 4 + n * size);
  jn_flat_set(out, at, n, 4);
  return at;
}
