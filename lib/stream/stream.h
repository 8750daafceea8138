/* The door of the room `stream`: many writers fill blocks of rows in parallel, the builder makes the immutable stream.
 *
 * Life of an event: a reader thread gives it to its jn_stream_writer, which encodes its texts with dictionaries of its
 * own and appends it to the current block. journey_builder_finish() joins the dictionaries in order of first arrival,
 * follows links between ids, then partitions all rows by customer and sorts each customer's rows by time: in parallel,
 * stable, so ties keep the order of arrival, and the result does not depend on the number of writers. */
#ifndef JN_STREAM_H
#define JN_STREAM_H

#include <stdbool.h>

#include "base/base.h"
#include "journey/stream.h"

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Declares an attribute before rows are written; readers know their columns. The same name and type again gives the
 * same index; another type is JOURNEY_EINVAL. Not while writers are at work. What is declared after a mark (see
 * jn_stream_next_sequence) is forgotten by jn_stream_rollback to that mark. */
journey_status jn_stream_declare(journey_builder *builder, const char *name, size_t n, int32_t type, uint32_t *index,
                                 journey_error *err);

typedef struct jn_stream_string {
  const char *bytes;
  size_t length; /* 0: missing */
} jn_stream_string;

typedef struct jn_stream_cell {
  jn_stream_string text; /* categorical */
  double number;         /* numeric; NaN: missing */
} jn_stream_cell;

typedef struct jn_stream_row {
  jn_stream_string customer, anonymous, name, id;
  int64_t time;
  double value;               /* NaN: none */
  const jn_stream_cell *cell; /* by attribute index, for all that are declared; NULL: none */
} jn_stream_row;

/* One for each thread that reads; belongs to the builder and goes with it. A reader gives its writers back when it has
 * read its input, so that the next input finds them with dictionaries that know its strings. Both may be called from
 * any thread. */
typedef struct jn_stream_writer jn_stream_writer;
journey_status jn_stream_writer_new(journey_builder *builder, jn_stream_writer **out, journey_error *err);
void jn_stream_writer_release(jn_stream_writer *writer);

/* Starts a block. `sequence` orders the blocks of all writers: rows of a block with a lower sequence arrived earlier.
 * It is unique, and higher than that of the writer's block before (otherwise JOURNEY_EINVAL).
 * Use jn_stream_next_sequence() once before reading an input, and count on from there. */
journey_status jn_stream_begin(jn_stream_writer *writer, int64_t sequence, journey_error *err);
int64_t jn_stream_next_sequence(const journey_builder *builder);

/* Takes a row into the current block. Texts are copied; they must be valid UTF-8, which the reader has checked (this is
 * the hot path). JOURNEY_EINVAL without an id or a name; the row is then not taken. */
journey_status jn_stream_put(jn_stream_writer *writer, const jn_stream_row *row, journey_error *err);

/* The same for n rows, several times faster: look-ups in memory overlap. 256 rows at a time are best.
 * Their texts must stay where they are during the call only. Of the rows before the one that is refused all are taken:
 * *taken says how many; the next one to give after a refused row is row + *taken + 1. */
journey_status jn_stream_put_rows(jn_stream_writer *writer, const jn_stream_row *row, size_t n, size_t *taken,
                                  journey_error *err);

/* Links two ids, at the current place in the order of arrival. */
journey_status jn_stream_link(jn_stream_writer *writer, jn_stream_string id, bool anonymous, jn_stream_string customer,
                              journey_error *err);

/* Drops what the writers have taken since the last jn_stream_next_sequence() mark `sequence`: a reader that must begin
 * again (a column turned out to be text) or that failed calls it, so that nothing is half-read. */
void jn_stream_rollback(journey_builder *builder, int64_t sequence);

/* How many attributes are declared: the cells that a row has. */
size_t jn_stream_declared_count(const journey_builder *builder);
journey_context *jn_stream_builder_context(const journey_builder *builder);

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* Numbers of some events. bits has a bit for each event; numbers are packed; rank[w] counts the bits before word w. */
typedef struct jn_stream_sparse {
  const uint64_t *bits; /* NULL: no event has one */
  const int64_t *rank;
  const double *number;
} jn_stream_sparse;

typedef struct jn_stream_attribute {
  const char *name;
  int32_t type;     /* JOURNEY_ATTRIBUTE_... */
  uint32_t width;   /* of code, 1, 2 or 4 */
  const void *code; /* categorical: 0 is missing, c >= 1 is string c - 1 of names */
  const jn_base_dictionary *names;
  jn_stream_sparse number; /* numeric */
} jn_stream_attribute;

/* The columns, for the study. Customer c has the events [offset[c], offset[c + 1]). */
typedef struct jn_stream_columns {
  int64_t events, customers;
  const int64_t *offset; /* customers + 1 */
  uint32_t code_width;   /* 1, 2 or 4 */
  const void *code;      /* event name of each event */
  const uint32_t *time_low;
  const void *time_high;    /* NULL when all times fit 32 bits */
  uint32_t time_high_width; /* 0, 2 or 4 */
  int64_t time_base, time_unit;
  jn_stream_sparse value;
  uint32_t attribute_count;
  const jn_stream_attribute *attribute;
  const jn_base_dictionary *names; /* of events */
} jn_stream_columns;

const jn_stream_columns *jn_stream_get(const journey_stream *stream);
journey_context *jn_stream_context(const journey_stream *stream);
/* NUL-terminated, borrowed from the stream. */
const char *jn_stream_customer(const journey_stream *stream, uint32_t customer, size_t *length);
/* UINT32_MAX when there is no such attribute. */
uint32_t jn_stream_find_attribute(const journey_stream *stream, const char *name, size_t n);

/* Number of event i, NaN for none. */
static inline double jn_stream_number(const jn_stream_sparse *column, int64_t i) {
  if (!column->bits) return __builtin_nan("");
  uint64_t word = column->bits[i >> 6], bit = UINT64_C(1) << (i & 63);
  if (!(word & bit)) return __builtin_nan("");
  return column->number[column->rank[i >> 6] + __builtin_popcountll(word & (bit - 1))];
}

static inline int64_t jn_stream_time(const jn_stream_columns *columns, int64_t i) {
  uint64_t ticks = columns->time_low[i];
  if (columns->time_high_width == 2) ticks |= (uint64_t)((const uint16_t *)columns->time_high)[i] << 32;
  if (columns->time_high_width == 4) ticks |= (uint64_t)((const uint32_t *)columns->time_high)[i] << 32;
  return (int64_t)((uint64_t)columns->time_base + ticks * (uint64_t)columns->time_unit);
}

#endif
