/* The door of the room `io`: events and map documents from files, memory and other programs.
 *
 * An input is a source of bytes (source.h) that is read in blocks by all threads (blocks.h) in one of the formats
 * below; which column plays which part is found out in columns.h. What applications call is in journey/read.h. */
#ifndef JN_IO_H
#define JN_IO_H

#include "base/base.h"
#include "journey/read.h"

/* How much is read at once; 0 means the default. Tests make it small to meet every border. */
typedef struct jn_io_tuning {
  size_t block;  /* bytes that a thread reads at once; default 1 MB */
  size_t most;   /* bytes of the longest record; default 256 MB, at least `block` */
  size_t sample; /* bytes that are looked at to find out types and columns; default 1 MB */
} jn_io_tuning;

/* journey_read_file (bytes NULL) and journey_read_memory with all knobs. */
journey_status jn_io_read(journey_builder *builder, const char *name, const char *bytes, size_t n,
                          const jn_io_tuning *tuning, const journey_read_options *options, journey_read_counts *counts,
                          journey_error *err);

#endif
