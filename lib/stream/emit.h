/* What the files that write the stream's columns share. */
#ifndef JN_STREAM_EMIT_H
#define JN_STREAM_EMIT_H

#include "stream/words.h"

/* A share is what a thread takes at once: a multiple of 64 events, so that no two threads write one word of bits. */
enum { JN_STREAM_CHUNK = 512, JN_STREAM_SHARE = 1 << 16 };

/* Where the rows of one segment have a column. */
typedef struct jn_stream_source {
  jn_stream_codes codes;
  const uint32_t *map; /* from the writer's codes to the stream's; NULL: the same */
  jn_stream_numbers *numbers;
} jn_stream_source;

/* A pass over all events. */
typedef struct jn_stream_emission jn_stream_emission;
struct jn_stream_emission {
  jn_stream_work *work;
  /* Does its work for the events [first, first + n), n <= JN_STREAM_CHUNK, first a multiple of 64. */
  void (*chunk)(const jn_stream_emission *e, int64_t first, size_t n);
  atomic_int_fast64_t next; /* share */
  jn_stream_source *source; /* by number of the segment */
  uint32_t missing;         /* 1 when code 0 is "missing", 0 when all codes are the dictionary's */
  jn_stream_codes codes, high;
  uint32_t *low;
  uint64_t *bits;
  int64_t *rank;
  double *number;
};

journey_status jn_stream_emit_pass(jn_stream_emission *e, journey_error *err);
/* The columns that are fetched from the rows as they were written, by work->place. */
journey_status jn_stream_fetch_columns(jn_stream_work *work, journey_error *err);

#endif
