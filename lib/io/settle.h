/* What came of the blocks, put together in order. */
#ifndef JN_IO_SETTLE_H
#define JN_IO_SETTLE_H

#include "io/blocks.h"

typedef struct jn_io_settled {
  jn_io_job *job;
  jn_io_part *parts; /* a ring; block b is in parts[b % window] */
  uint32_t window;
  int64_t next;  /* the block to settle next */
  int64_t stop;  /* blocks from here on do not matter: one before has failed */
  int64_t lines; /* before the block `next` */
  journey_status status;
  journey_error *err;
} jn_io_settled;

/* Settles the blocks that are finished, up to the first that is not. */
void jn_io_settle(jn_io_settled *settled);
void jn_io_part_clear(const jn_io_job *job, jn_io_part *part);

#endif
