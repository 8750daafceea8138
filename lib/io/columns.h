/* Which column of an input plays which part: from the options, a preset, or names that exports use. For CSV the columns
 * are those of the header, for JSON Lines the dotted paths that were seen. */
#ifndef JN_IO_COLUMNS_H
#define JN_IO_COLUMNS_H

#include "io/presets.h"
#include "journey/read.h"
#include "stream/stream.h"

enum { JN_IO_CHAIN = 8 }; /* candidates that a role keeps */

enum { JN_IO_TYPE_OPEN, JN_IO_TYPE_TEXT, JN_IO_TYPE_NUMBER };

/* A column that is kept as an attribute. */
typedef struct jn_io_attribute {
  uint32_t column;   /* in the names that were resolved */
  int32_t type;      /* JN_IO_TYPE_...; OPEN until the reader has looked at some values */
  bool fixed;        /* the options say the type */
  jn_base_text name; /* unlike all others: the second "x" is "x_2", one without a name is "column_3" */
  uint32_t index;    /* in the builder; set by jn_io_columns_declare */
} jn_io_attribute;

typedef struct jn_io_columns {
  journey_context *context;
  const jn_io_preset *preset;
  uint32_t count;                            /* columns there are */
  uint32_t column[JN_IO_ROLES][JN_IO_CHAIN]; /* candidates: a row takes the first that is not empty */
  uint32_t candidates[JN_IO_ROLES];          /* 0: no column plays this part */
  const char *event;                         /* name of all events, NULL when a column has it */
  jn_io_attribute *attribute;
  size_t attributes, attribute_capacity;
} jn_io_columns;

/* Resolves `count` names. JOURNEY_ENOTFOUND when a column that is needed, or named in the options, is not there;
 * JOURNEY_EPARSE when one that is used is there twice. On failure nothing is left to clear. */
journey_status jn_io_columns_resolve(journey_context *context, const jn_stream_string *names, uint32_t count,
                                     const journey_read_options *options, jn_io_columns *out, journey_error *err);
void jn_io_columns_clear(jn_io_columns *columns);

/* Declares the attributes at the builder, those still open as text. A number that an earlier input has as text becomes
 * text; a text that an earlier input has as numbers is an error. */
journey_status jn_io_columns_declare(jn_io_columns *columns, journey_builder *builder, journey_error *err);

/* Column of that name: exactly, else without regard to case; with `loose` also without regard to "_", "-" and blanks.
 * UINT32_MAX when there is none. *twice is set when another column fits as well. */
uint32_t jn_io_column_find(const jn_stream_string *names, uint32_t count, const char *name, size_t n, bool loose,
                           bool *twice);

/* The errors that name a column which is not there, or there twice. */
journey_status jn_io_no_column(const char *name, size_t n, const char *option, const jn_stream_string *names,
                               uint32_t count, journey_error *err);
journey_status jn_io_column_twice(uint32_t column, const jn_stream_string *names, journey_error *err);

/* The part of jn_io_columns_resolve that is about attributes. `wanted` is the option. */
journey_status jn_io_attributes_resolve(jn_io_columns *columns, const jn_stream_string *names, const char *wanted,
                                        journey_error *err);

#endif
