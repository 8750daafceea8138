/* From a builder to a stream: what the steps of the work hand to one another. */
#ifndef JN_STREAM_WORK_H
#define JN_STREAM_WORK_H

#include "exec/exec.h"
#include "stream/internal.h"

/* Dictionaries of all writers made one, codes in order of first arrival. */
typedef struct jn_stream_join {
  uint32_t count;
  jn_stream_dictionary *strings; /* where the strings are */
  uint32_t *first;               /* code in `strings` of each; NULL: the same */
  uint32_t **map;                /* by writer: from its codes; NULL: the same */
  size_t *map_count;
  size_t writers;
} jn_stream_join;

/* Rows that follow one another in a segment. */
typedef struct jn_stream_piece {
  jn_stream_segment *segment;
  uint32_t first, rows;
  size_t writer;
} jn_stream_piece;

typedef struct jn_stream_arrival {
  int64_t sequence;
  size_t writer, block;
} jn_stream_arrival;

typedef struct jn_stream_work {
  journey_context *context;
  journey_builder *builder;
  journey_stream *stream;
  jn_stream_writer **writer;
  size_t writers;
  jn_stream_arrival *arrival; /* the blocks in order of arrival */
  size_t arrivals;
  jn_stream_piece *piece; /* all rows in order of arrival */
  size_t pieces, piece_capacity;
  jn_stream_segment **segment; /* by number, and the writer of each */
  size_t *segment_writer;
  size_t segments;
  int64_t rows;
  bool extras, events_hashed; /* there is more than names and times; there are event ids */
  jn_stream_join ids, names, *texts;
  size_t attributes;

  uint32_t customers, *display; /* the id in `ids` that a customer goes by; NULL: the same */
  uint32_t *customer;           /* of each id in `ids`; NULL: the same */
  int64_t linked_ids, shared_ids;

  int64_t least, most; /* times */
  jn_stream_unit_of_time unit;
  /* A word is a row: customer within its bucket, ticks, tail. The tail is the code of the name, or, when there is more
   * to fetch, the row's place: number of the segment and row in it. */
  int customer_bits, tick_bits, tail_bits;
  bool wide; /* words of 128 bits */
  void *words;
  size_t buckets;
  int64_t *bucket; /* first word of each, and the end */
  int64_t *count;  /* events of each customer */
  uint64_t *place; /* with extras: where the row of each event of the stream is, as in a tail */
  int64_t *kept;   /* words of each bucket that are left without duplicates */
} jn_stream_work;

/* join.c */
journey_status jn_stream_join_dictionaries(const jn_stream_work *work, jn_stream_dictionary **dictionaries,
                                           jn_stream_join *join, journey_error *err);
void jn_stream_join_clear(journey_context *context, jn_stream_join *join);
/* The joined strings as a dictionary of the stream. */
journey_status jn_stream_join_copy(const jn_stream_work *work, const jn_stream_join *join, jn_base_dictionary **out,
                                   journey_error *err);
static inline uint32_t jn_stream_joined(const jn_stream_join *join, size_t writer, uint32_t code) {
  return join->map && join->map[writer] ? join->map[writer][code] : code;
}

/* identity.c */
journey_status jn_stream_identify(jn_stream_work *work, journey_error *err);

/* partition.c, sort.c, emit.c */
journey_status jn_stream_plan(jn_stream_work *work, journey_error *err);
journey_status jn_stream_partition(jn_stream_work *work, journey_error *err);
journey_status jn_stream_sort(jn_stream_work *work, journey_error *err);
void jn_stream_sort_numbers(uint64_t *number, uint64_t *scratch, size_t n);
journey_status jn_stream_emit(jn_stream_work *work, journey_error *err);

#endif
