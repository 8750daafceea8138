/* What the files of the room `stream` share among themselves. */
#ifndef JN_STREAM_INTERNAL_H
#define JN_STREAM_INTERNAL_H

#include <pthread.h>

#include "stream/dictionary.h"

/* ---- rows as they were written ------------------------------------------------------------------------------------ */

enum { JN_STREAM_ROW_BITS = 16, JN_STREAM_SEGMENT_ROWS = 1 << JN_STREAM_ROW_BITS, JN_STREAM_BATCH = 128 };

/* Codes of a segment's rows, 1, 2 or 4 bytes wide. */
typedef struct jn_stream_codes {
  void *data; /* NULL: all are 0 */
  uint32_t width;
} jn_stream_codes;

/* Numbers of a segment's rows. rank is filled in at the end only. */
typedef struct jn_stream_numbers {
  uint64_t *bits; /* NULL: no row has one */
  uint32_t *rank;
  double *number;
  size_t count, capacity;
} jn_stream_numbers;

typedef struct jn_stream_cells {
  jn_stream_codes code; /* 0: missing */
  jn_stream_numbers number;
} jn_stream_cells;

/* The greatest of the units us, ms, s, min, h, day that divides differences between times. */
typedef struct jn_stream_unit_of_time {
  int64_t microseconds; /* odd part << shift */
  uint64_t inverse;     /* of the odd part, modulo 2^64: times it, an exact multiple is divided */
  uint64_t most;        /* a number is a multiple if, divided so, it is at most this */
  int shift, level;
} jn_stream_unit_of_time;

/* Some rows of a writer, in order. Its columns are freed as soon as they are used up. */
typedef struct jn_stream_segment {
  uint32_t rows, capacity, number;
  uint32_t *id;
  int64_t *time;
  jn_stream_codes name;
  uint64_t (*event)[2]; /* 128 bits of hash of the event's id, 0 for none; NULL: no row has one */
  jn_stream_numbers value;
  jn_stream_cells *cells; /* by attribute */
  size_t cells_count;
  int64_t first, least, most; /* times; valid when rows > 0 */
  jn_stream_unit_of_time unit;
  atomic_uint_least32_t used; /* rows that the partition has taken */
} jn_stream_segment;

/* Rows in order of arrival that came without a row of another writer between them. */
typedef struct jn_stream_block {
  int64_t sequence;
  size_t segment, link; /* where it begins */
  uint32_t row;
} jn_stream_block;

typedef struct jn_stream_linked {
  uint32_t id, customer; /* customer: a known id */
  bool anonymous;        /* the id is */
} jn_stream_linked;

struct jn_stream_writer {
  jn_stream_writer *next; /* in the builder's list */
  jn_stream_writer *next_idle;
  journey_builder *builder;
  journey_context *context;
  jn_stream_dictionary ids, names;
  jn_stream_dictionary *texts; /* by attribute */
  size_t attributes, texts_capacity;
  jn_stream_segment **segment;
  size_t segments, segment_capacity;
  jn_stream_block *block;
  size_t blocks, block_capacity;
  jn_stream_linked *link;
  size_t links, link_capacity;
  uint32_t *partner; /* by id: the known id that it was linked to last */
  size_t partners, partner_capacity;
};

typedef struct jn_stream_declared {
  char *name;
  size_t length;
  int32_t type;
  int64_t sequence; /* blocks from here on may use it */
} jn_stream_declared;

struct journey_builder {
  journey_context *context;
  pthread_mutex_t lock; /* of the two lists */
  jn_stream_writer *writers, *idle;
  jn_stream_writer *own; /* of journey_builder_add() */
  jn_stream_declared *attribute;
  size_t attributes, attribute_capacity;
  jn_stream_cell *cell; /* of the event being added */
  size_t cell_capacity;
};

/* segment.c */
uint32_t jn_stream_width(uint64_t count); /* bytes of codes below count */
void jn_stream_store(const jn_stream_codes *column, size_t at, const uint32_t *codes, size_t n);
void jn_stream_load(const jn_stream_codes *column, size_t at, uint32_t *codes, size_t n);
static inline uint32_t jn_stream_code_at(const jn_stream_codes *column, size_t at) {
  if (!column->data) return 0;
  if (column->width == 1) return ((const uint8_t *)column->data)[at];
  if (column->width == 2) return ((const uint16_t *)column->data)[at];
  return ((const uint32_t *)column->data)[at];
}
journey_status jn_stream_segment_new(journey_context *context, uint32_t capacity, jn_stream_segment **out,
                                     journey_error *err);
void jn_stream_segment_free(journey_context *context, jn_stream_segment *segment);
void jn_stream_segment_cut(journey_context *context, jn_stream_segment *segment, uint32_t rows, size_t attributes);
/* Sees to it that the column is there and holds codes below count. */
journey_status jn_stream_codes_reserve(journey_context *context, jn_stream_codes *codes, const jn_stream_segment *in,
                                       uint64_t count, journey_error *err);
void jn_stream_codes_free(journey_context *context, jn_stream_codes *codes, const jn_stream_segment *in);
journey_status jn_stream_numbers_reserve(journey_context *context, jn_stream_numbers *numbers,
                                         const jn_stream_segment *in, size_t more, journey_error *err);
void jn_stream_cells_free(journey_context *context, jn_stream_cells *cells, const jn_stream_segment *in);
void jn_stream_numbers_free(journey_context *context, jn_stream_numbers *numbers, const jn_stream_segment *in);
/* Notes the n times that were put behind the rows. */
void jn_stream_note_times(jn_stream_segment *segment, size_t n);

/* unit.c */
enum { JN_STREAM_UNITS = 6 };
jn_stream_unit_of_time jn_stream_unit(int level);
static inline uint64_t jn_stream_difference(int64_t a, int64_t b) {
  return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}
static inline bool jn_stream_divides(const jn_stream_unit_of_time *unit, uint64_t difference) {
  uint64_t odd = difference * unit->inverse;
  uint64_t turned = unit->shift ? odd >> unit->shift | odd << (64 - unit->shift) : odd;
  return turned <= unit->most;
}
static inline uint64_t jn_stream_ticks(const jn_stream_unit_of_time *unit, uint64_t difference) {
  return (difference >> unit->shift) * unit->inverse;
}

/* writer.c */
enum { JN_STREAM_LENGTH_MOST = INT32_MAX }; /* of a string */
journey_status jn_stream_reserve_links(jn_stream_writer *writer, size_t links, size_t ids, journey_error *err);
/* Links anonymous ids to known ones; id[i] may be JN_BASE_NO_CODE for none. Room was reserved. */
void jn_stream_add_links(jn_stream_writer *writer, const uint32_t *id, const uint32_t *customer, size_t n);
void jn_stream_writer_free(jn_stream_writer *writer);
void jn_stream_writer_cut(jn_stream_writer *writer, int64_t sequence, size_t attributes);

/* builder.c */
void jn_stream_builder_empty(journey_builder *builder);

/* ---- the stream ---------------------------------------------------------------------------------------------------- */

typedef struct jn_stream_memory {
  void *block;
  size_t bytes;
} jn_stream_memory;

struct journey_stream {
  journey_context *context;
  atomic_int_fast64_t references;
  jn_stream_columns columns;
  jn_stream_attribute *attribute;
  jn_base_dictionary *names;
  char *ids;          /* of customers, each with its NUL */
  uint64_t *id_start; /* customers + 1 */
  int64_t first, last;
  journey_stream_counts counts;
  jn_stream_memory *memory; /* all that is to be freed with the stream but the dictionaries */
  size_t memories, memory_capacity;
  int64_t event_bytes;
};

journey_status jn_stream_new(journey_context *context, journey_stream **out, journey_error *err);
/* n * size bytes that belong to the stream; per_event: counted as columns of events. */
journey_status jn_stream_own(journey_stream *stream, size_t n, size_t size, bool per_event, void *out,
                             journey_error *err);

#endif
