/* For tests of readers: a context, an input read into a stream, and its events row by row. */
#ifndef READ_BACK_H
#define READ_BACK_H

#include "io/io.h"
#include "journey/read.h"
#include "stream/stream.h"

/* One reading: set what is needed, call read_back(), look, then read_back_free(). */
typedef struct read_back {
  int32_t threads; /* 0: 2 */
  jn_io_tuning tuning;
  journey_read_options options; /* struct_size is filled in */
  journey_context *context;
  journey_status status;
  journey_error err;
  journey_read_counts counts;
  journey_stream *stream; /* NULL when the reading failed */
  const jn_stream_columns *columns;
} read_back;

/* Reads bytes, or, when they are NULL, the file `name`. */
void read_back_from(read_back *r, const char *name, const char *bytes, size_t n);
void read_back_text(read_back *r, const char *text); /* NUL-terminated, called "t.csv" */
void read_back_free(read_back *r);

/* The customer's number, -1 when there is none. */
int64_t read_back_customer(const read_back *r, const char *id);
/* "name time [value] attribute=..." of each event of the customer, one a line, as they lie in the stream. */
const char *read_back_path(const read_back *r, const char *id, char *out, size_t size);
/* Name of event i, its text attribute, or "" */
const char *read_back_name(const read_back *r, int64_t i);
const char *read_back_attribute(const read_back *r, const char *attribute, int64_t i);
double read_back_number(const read_back *r, const char *attribute, int64_t i);
/* JOURNEY_ATTRIBUTE_... or 0 */
int32_t read_back_type(const read_back *r, const char *attribute);

#endif
