/* Reads an input in blocks of whole records, on all threads: what CSV and JSON Lines have in common.
 *
 * A thread takes the next block of bytes, waits for its turn to learn where the last record of the block before it
 * ended, cuts its own block after its last whole record, and parses. Only the cut is done in order. What came of a
 * block (counts, bad rows, an error) is settled in order too, so messages, rejected rows and the first error do not
 * depend on the threads. A thread waits only for blocks that another running thread has taken, so any executor will
 * do. */
#ifndef JN_IO_BLOCKS_H
#define JN_IO_BLOCKS_H

#include "io/source.h"
#include "journey/read.h"
#include "stream/stream.h"

/* Readable bytes after every text that is parsed. */
enum { JN_IO_PAD = 64 };

/* One reading of one input. */
typedef struct jn_io_job {
  journey_context *context;
  journey_builder *builder;
  jn_io_source *source;
  const char *name; /* of the input, for messages */
  journey_read_options options;
  size_t block;  /* bytes that are read at once */
  size_t most;   /* bytes of the longest record */
  size_t sample; /* bytes that are looked at first */
  uint32_t threads;
  char likely; /* the separator that the name speaks for, 0 for none */
  bool handed; /* this is a second reading: rejected rows have been handed over before */
  journey_read_counts counts;
} jn_io_job;

/* Whole records: the last byte is a newline, JN_IO_PAD readable bytes follow. */
typedef struct jn_io_text {
  const char *bytes;
  size_t n;
  int64_t offset; /* of the first byte in the input, unzipped */
  int64_t block;  /* from 0 */
} jn_io_text;

typedef struct jn_io_rejected {
  int64_t line;
  size_t bytes, reason; /* lengths in `text`, the reason with its NUL */
} jn_io_rejected;

/* What came of a block. Lines are counted from 1 within the block until it is settled. */
typedef struct jn_io_part {
  int64_t lines, rows, events, links, skipped;
  journey_error error;         /* code 0: none; ends the reading */
  journey_error first_skipped; /* code 0: none */
  jn_io_rejected *rejected;    /* kept for the reject callback */
  size_t rejected_count, rejected_capacity;
  jn_base_text text;
  int64_t done; /* bytes of the input that are read when this block is, for progress */
  bool finished;
} jn_io_part;

typedef struct jn_io_format {
  void *self;
  char newline;
  /* Anything worth knowing for the cut that can be found out before its turn; may be NULL. */
  uint32_t (*look)(void *self, const char *bytes, size_t n);
  /* Bytes up to the end of the last record that ends in this block, 0 for none. *state is 0 at the first block, then
   * as the block before left it. Called in order. */
  size_t (*cut)(void *self, uint32_t look, const char *bytes, size_t n, uint32_t *state);
  /* Parses records; `worker` is below job->threads, and no two threads have the same. */
  void (*parse)(void *self, uint32_t worker, const jn_io_text *text, jn_io_part *part);
} jn_io_format;

/* Reads everything from byte `start`, before which there are `lines` lines. */
journey_status jn_io_blocks_read(jn_io_job *job, const jn_io_format *format, int64_t start, int64_t lines,
                                 journey_error *err);

/* A row that cannot be taken. `where` has code, row (line within the block), column, offset and message. True when it
 * was left out and reading goes on; false when this is the error that ends the reading. */
bool jn_io_bad_row(const jn_io_job *job, jn_io_part *part, const journey_error *where, const char *bytes, size_t n);

/* Writes "NAME:LINE: " before an error's message. */
void jn_io_place(const char *name, journey_error *err);

#endif
