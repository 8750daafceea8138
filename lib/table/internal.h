/* What the files of the room `table` share: the table itself, and the way out for its writers. */
#ifndef JN_TABLE_INTERNAL_H
#define JN_TABLE_INTERNAL_H

#include <string.h>

#include "table/table.h"

/* How the cells of a type are kept. */
enum { JN_TABLE_NONE, JN_TABLE_WHOLE, JN_TABLE_REAL, JN_TABLE_TEXT };

/* Kept as Arrow wants it, so that an export copies nothing but the bytes of strings: in our bytes each string is
 * followed by a NUL, which the offsets do not count. String i begins at bytes + whole[i] + i. */
typedef struct jn_table_column {
  char *name;
  int32_t type, unit, store;
  union {
    int64_t *whole; /* numbers, times, durations; rows + 1 offsets of strings */
    double *real;
  };
  size_t cells; /* capacity of whole or real */
  char *bytes;
  size_t bytes_capacity;
  uint8_t *valid; /* a bit a row, 1 for a cell that is there; NULL until the first missing cell */
  size_t valid_capacity;
  int64_t missing;
} jn_table_column;

typedef struct jn_table_note {
  char *key, *value;
} jn_table_note;

struct journey_table {
  journey_context *context;
  atomic_int_fast64_t references;
  char *name;
  jn_table_column *columns;
  size_t columns_capacity;
  int32_t count;      /* columns */
  int32_t cursor;     /* column of the next cell */
  int32_t redeclared; /* columns that the current group has declared again */
  bool finished;
  int64_t rows, room; /* complete rows; rows that there is memory for */
  jn_table_note *notes;
  size_t notes_capacity, notes_count;
  char *prefix_name;   /* NULL: no groups */
  jn_base_text prefix; /* value of the current group */
  bool prefix_missing;
  int64_t groups;      /* begun so far */
  journey_error error; /* the first that stuck; code JOURNEY_OK while there is none */
};

static inline bool jn_table_stopped(const journey_table *table) { return table->finished || table->error.code; }
static inline bool jn_table_has(const jn_table_column *column, int64_t row) {
  return !column->valid || column->valid[row >> 3] >> (row & 7) & 1;
}
static inline const char *jn_table_string(const jn_table_column *column, int64_t row, size_t *n) {
  *n = (size_t)(column->whole[row + 1] - column->whole[row]);
  return column->bytes + column->whole[row] + row;
}

/* JOURNEY_EINVAL: only a finished table can be written. */
journey_status jn_table_unfinished(const journey_table *table, journey_error *err);

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Pieces of output are about this large. */
enum { JN_TABLE_PIECE = 32 * 1024 };

/* jn_base_text_add() without a call where there is room, which matters at a few bytes a cell. */
static inline void jn_table_add(jn_base_text *text, const char *s, size_t n) {
  if (n >= text->capacity - text->length) {
    jn_base_text_add(text, s, n);
    return;
  }
  memcpy(text->bytes + text->length, s, n);
  text->length += n;
  text->bytes[text->length] = '\0';
}

/* Gathers output. The first failure, also of the receiver, stays in text.status, and all further output is dropped. */
typedef struct jn_table_sink {
  jn_base_text text;
  journey_write write;
  void *user;
  const char *name; /* the table's, for messages */
  journey_error *err;
} jn_table_sink;

void jn_table_flush(jn_table_sink *sink);
void jn_table_out_large(jn_table_sink *sink, const char *s, size_t n);
/* Any number of bytes. */
static inline void jn_table_out(jn_table_sink *sink, const char *s, size_t n) {
  if (sink->text.length + n < JN_TABLE_PIECE)
    jn_table_add(&sink->text, s, n);
  else
    jn_table_out_large(sink, s, n);
}
static inline void jn_table_out_string(jn_table_sink *sink, const char *s) { jn_table_out(sink, s, strlen(s)); }
/* Call it after each row. */
static inline bool jn_table_row_done(jn_table_sink *sink) {
  if (sink->text.length >= JN_TABLE_PIECE) jn_table_flush(sink);
  return !sink->text.status;
}

/* Append a cell that is there, of a column that is not of strings: as programs read it, and for people. */
void jn_table_put_raw(jn_base_text *out, const jn_table_column *column, int64_t row);
void jn_table_put_nice(jn_base_text *out, const jn_table_column *column, int64_t row);
/* The first character of s[0..n), n > 0, and its length; s is valid UTF-8. */
size_t jn_table_decode(const char *s, size_t n, uint32_t *character);

/* One function for each format. */
void jn_table_write_text(const journey_table *table, jn_table_sink *sink);
void jn_table_write_csv(const journey_table *table, jn_table_sink *sink);
void jn_table_write_json(const journey_table *table, jn_table_sink *sink);
void jn_table_write_jsonl(const journey_table *table, jn_table_sink *sink);
void jn_table_write_ipc(const journey_table *table, jn_table_sink *sink);

/* "int64", "share" ... */
const char *jn_table_type_name(int32_t type);
const char *jn_table_unit_name(int32_t unit);

/* Keys of Arrow's metadata: the schema's (the second once for each note, its key appended), and a field's. */
#define JN_TABLE_METADATA_NAME "journey.name"
#define JN_TABLE_METADATA_NOTE "journey.note."
#define JN_TABLE_METADATA_UNIT "journey.unit"

#endif
