/* What the files of the Arrow import share.
 *
 * The C data interface says nothing of how large a buffer is: what can be checked is checked (counts of children and
 * buffers, buffers that are not there, offsets that go back, indices past the dictionary), the rest is believed.
 * Offsets of text are held between the first and the last one of their array. */
#ifndef JN_IO_ARROW_H
#define JN_IO_ARROW_H

#include "io/columns.h"
#include "journey/arrow.h"
#include "time/time.h"

/* ---- types (arrow_types.c) -------------------------------------------------------------------------------------- */

enum {
  JN_IO_ARROW_UNREAD, /* a type that is not read */
  JN_IO_ARROW_NULL,
  JN_IO_ARROW_BOOL,
  JN_IO_ARROW_INT8,
  JN_IO_ARROW_UINT8,
  JN_IO_ARROW_INT16,
  JN_IO_ARROW_UINT16,
  JN_IO_ARROW_INT32,
  JN_IO_ARROW_UINT32,
  JN_IO_ARROW_INT64,
  JN_IO_ARROW_UINT64,
  JN_IO_ARROW_FLOAT16,
  JN_IO_ARROW_FLOAT32,
  JN_IO_ARROW_FLOAT64,
  JN_IO_ARROW_TEXT,       /* offsets of 4 bytes */
  JN_IO_ARROW_LARGE_TEXT, /* of 8 bytes */
  JN_IO_ARROW_VIEW_TEXT,
  JN_IO_ARROW_DATE32,
  JN_IO_ARROW_DATE64,
  JN_IO_ARROW_TIME
};

/* Values of one array: item i is at place first + i of the buffers. */
typedef struct jn_io_arrow_values {
  int32_t kind;
  const uint8_t *valid; /* NULL: all are */
  int64_t first, length;
  const void *data;    /* numbers, bits, offsets or views */
  const char *bytes;   /* of text */
  int64_t low, high;   /* bytes that the offsets may point to */
  const void **buffer; /* of views */
  const int64_t *size;
  int64_t buffers;
} jn_io_arrow_values;

typedef struct jn_io_arrow_column {
  jn_stream_string name;
  const char *what;                 /* its type, for messages */
  int32_t kind, index;              /* index: of a dictionary's indices, else JN_IO_ARROW_UNREAD */
  int64_t per_second;               /* of JN_IO_ARROW_TIME */
  bool local;                       /* its times are of no zone */
  bool plain;                       /* all of the dictionary is ASCII */
  jn_io_arrow_values values, words; /* of the batch; of its dictionary */
} jn_io_arrow_column;

void jn_io_arrow_type(const struct ArrowSchema *schema, jn_io_arrow_column *out);
/* Checks a batch's array and keeps where its values are; rows [from, from + n) are wanted. */
journey_status jn_io_arrow_bind(jn_io_arrow_column *column, const struct ArrowArray *array, int64_t from, int64_t n,
                                journey_error *err);

static inline bool jn_io_arrow_is_text(int32_t kind) {
  return kind >= JN_IO_ARROW_TEXT && kind <= JN_IO_ARROW_VIEW_TEXT;
}
static inline bool jn_io_arrow_is_number(int32_t kind) {
  return kind >= JN_IO_ARROW_INT8 && kind <= JN_IO_ARROW_FLOAT64;
}
static inline bool jn_io_arrow_is_time(int32_t kind) { return kind >= JN_IO_ARROW_DATE32; }
static inline bool jn_io_arrow_is_valid(const jn_io_arrow_values *v, int64_t i) {
  return !v->valid || (v->valid[(v->first + i) >> 3] >> ((v->first + i) & 7) & 1);
}

/* ---- values (arrow_values.c) ------------------------------------------------------------------------------------ */

enum { JN_IO_ARROW_BATCH = 64, JN_IO_ARROW_CHARS = JOURNEY_TIME_SIZE /* of a number or a time as text */ };

/* Room for what becomes text; begun anew with each batch of rows. */
typedef struct jn_io_arrow_scratch {
  char *bytes;
  size_t n, capacity;
  jn_base_text number;
  jn_time_parser time;
} jn_io_arrow_scratch;

/* Values of n rows from row `from`: missing ones are empty, NaN. Of several things wrong in several rows, any one comes
 * back: ask for one row at a time then. */
journey_status jn_io_arrow_texts(const jn_io_arrow_column *column, int64_t from, size_t n, jn_io_arrow_scratch *scratch,
                                 jn_stream_string *out, journey_error *err);
journey_status jn_io_arrow_numbers(const jn_io_arrow_column *column, int64_t from, size_t n, double *out,
                                   journey_error *err);
/* *missing is set where there is none. */
journey_status jn_io_arrow_times(const jn_io_arrow_column *column, int64_t from, size_t n, jn_io_arrow_scratch *scratch,
                                 int64_t *out, bool *missing, journey_error *err);

/* ---- rows (arrow_rows.c) ---------------------------------------------------------------------------------------- */

typedef struct jn_io_arrow_worker {
  jn_stream_writer *writer;
  jn_io_arrow_scratch scratch;
  jn_stream_row *row;
  jn_stream_cell *cell;
  int64_t events, links, skipped;
  journey_error first_skipped, error;
} jn_io_arrow_worker;

typedef struct jn_io_arrow {
  journey_context *context;
  journey_builder *builder;
  journey_read_options options;
  jn_io_arrow_column *column;
  size_t column_count;
  jn_stream_string *names;
  jn_io_columns columns;
  jn_stream_string event;
  journey_zone *zone;
  size_t cells, batch, scratch_bytes;
  jn_io_arrow_worker *worker;
  uint32_t threads;
  int64_t sequence;
  /* of the batch */
  jn_io_arrow_values rows; /* which rows are there */
  int64_t base;            /* rows before it */
  atomic_llong next;       /* range to take next */
  int64_t ranges;
  journey_read_counts counts;
} jn_io_arrow;

/* Rows [from, to) of the batch; false when the reading ends, with worker->error set. */
bool jn_io_arrow_take(jn_io_arrow *arrow, jn_io_arrow_worker *w, int64_t from, int64_t to);

#endif
