/* Writing FlatBuffers, as far as Arrow's IPC messages need them. They are written from front to back: offsets point
 * forward, so a table is laid out with gaps first, and what its gaps point to follows and is linked.
 * The format: https://flatbuffers.dev/internals/ */
#ifndef JN_TABLE_FLAT_H
#define JN_TABLE_FLAT_H

#include "base/base.h"

enum { JN_FLAT_FIELDS = 8 }; /* most fields of a table here */

/* A table in the making: where the value of each field is, 0 for a field that is left out. */
typedef struct jn_flat_table {
  size_t start, field[JN_FLAT_FIELDS];
} jn_flat_table;

/* `sizes` has a digit for each field, in the order of the schema: its bytes, or 0 to leave it out (its default).
 * An offset takes 4. All values are zero until they are set. */
jn_flat_table jn_flat_open(jn_base_text *out, const char *sizes);
/* Sets n bytes at `at` to a whole number, low byte first. */
void jn_flat_set(jn_base_text *out, size_t at, uint64_t value, size_t n);
/* Lets the offset at `at` point to `target`, which was written later. */
void jn_flat_link(jn_base_text *out, size_t at, size_t target);
/* A string of two parts joined; its position. */
size_t jn_flat_string(jn_base_text *out, const char *s, const char *end);
/* A vector of n items of `size` bytes (4: offsets; 8 and more: structs of int64), zero until set. Its first item is at
 * the position + 4. */
size_t jn_flat_vector(jn_base_text *out, size_t n, size_t size);
void jn_flat_zeros(jn_base_text *out, size_t n);
/* Adds zeros until the length is a multiple of n. */
void jn_flat_align(jn_base_text *out, size_t n);

#endif
