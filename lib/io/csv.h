/* What the files of the CSV reader share.
 *
 * The dialect is RFC 4180 with what real files add: a quote opens a quoted field only as its first byte, elsewhere in
 * an unquoted field it is a character like others; in a quoted field two quotes are one; after the closing quote comes
 * the separator or the end of the line. So where a byte stands is known from four states, and a record ends at a
 * newline outside quotes. */
#ifndef JN_IO_CSV_H
#define JN_IO_CSV_H

#include "io/blocks.h"
#include "io/columns.h"
#include "io/scan.h"
#include "time/time.h"

/* ---- records (csv_split.c) -------------------------------------------------------------------------------------- */

enum { JN_IO_CSV_FINE, JN_IO_CSV_OPEN_QUOTE, JN_IO_CSV_AFTER_QUOTE };

/* Splits a text into records and those into fields. */
typedef struct jn_io_csv_splitter {
  journey_context *context;
  char separator, newline;
  uint32_t columns;        /* fields that are kept */
  jn_stream_string *field; /* room for these and one more, which is always empty */
  char *scratch;           /* holds fields in which two quotes became one */
  size_t scratch_n, scratch_capacity;
  const char *chunk, *end; /* 64 bytes that are looked through; the end of the text */
  uint64_t mask;           /* separators and newlines from here on in the chunk */
  bool any_quoted;         /* a field of the text was quoted, so a record may have many lines */
  /* of the last record */
  uint32_t fields; /* how many there were */
  bool quoted;     /* one of them was quoted */
  int problem;     /* JN_IO_CSV_...: the first thing wrong with it ... */
  uint32_t problem_field;
  const char *problem_at; /* ... and where */
  bool no_memory;
} jn_io_csv_splitter;

journey_status jn_io_csv_splitter_init(jn_io_csv_splitter *splitter, journey_context *context, char separator,
                                       char newline, uint32_t columns, journey_error *err);
void jn_io_csv_splitter_clear(jn_io_csv_splitter *splitter);
/* A text of whole records with JN_IO_PAD readable bytes behind it. */
void jn_io_csv_split_begin(jn_io_csv_splitter *splitter, const char *text, size_t n);
/* Splits the record at p and returns where the next one begins. Fields live until the next jn_io_csv_split_begin. */
const char *jn_io_csv_split(jn_io_csv_splitter *splitter, const char *p);
/* An empty line is no record. */
static inline bool jn_io_csv_is_empty(const jn_io_csv_splitter *splitter) {
  return splitter->fields == 1 && !splitter->quoted && !splitter->field[0].length;
}

/* ---- the reader ------------------------------------------------------------------------------------------------- */

typedef struct jn_io_csv_worker {
  jn_io_csv_splitter splitter;
  const jn_stream_string *part_field[JN_IO_ROLES]; /* the splitter's field of each part's first candidate */
  jn_stream_writer *writer;
  jn_time_parser time;
  jn_stream_row *row; /* waiting for the stream, at most a batch */
  size_t rows;
  jn_stream_cell *cell; /* of each of these rows, one for each attribute of the builder */
  /* of the text that is being parsed */
  const jn_io_text *text;
  jn_io_part *part;
  const char *counted; /* up to here `lines` newlines were counted */
  int64_t lines;
  bool check_bytes; /* somewhere in the text is a NUL or a byte that is not UTF-8 */
} jn_io_csv_worker;

typedef struct jn_io_csv {
  jn_io_job *job;
  char separator, newline;
  char *sample; /* the beginning of the input, which the names point into */
  size_t sample_n, sample_capacity;
  size_t body;               /* where the rows begin */
  int64_t body_lines;        /* lines before that */
  jn_io_csv_splitter header; /* its fields are the names of the columns */
  jn_io_columns columns;
  uint32_t first[JN_IO_ROLES]; /* the first candidate, or columns.count, whose field is empty */
  uint32_t many;               /* 1 << part for those with more candidates */
  jn_stream_string event;      /* the name of all events, empty when a column has it */
  size_t cells, batch;         /* attributes of the builder; rows that are handed to the stream at once */
  int64_t sequence;            /* of the first block */
  journey_zone *zone;
  jn_io_csv_worker *worker;
  bool rereadable;
  atomic_bool again;    /* a column is of another type than it seemed: read again */
  atomic_bool *is_text; /* by attribute: it has a cell that is no number */
} jn_io_csv;

/* The header (csv_header.c): newline, separator, names, what the columns are for, and the types of attributes. */
journey_status jn_io_csv_read_header(jn_io_csv *csv, journey_error *err);
journey_status jn_io_csv_guess_types(jn_io_csv *csv, journey_error *err);

/* Finding the ends of records (csv_cut.c). */
uint32_t jn_io_csv_look(void *csv, const char *bytes, size_t n);
size_t jn_io_csv_cut(void *csv, uint32_t look, const char *bytes, size_t n, uint32_t *state);
/* Number of the field that holds a byte of a record, from 1. */
uint32_t jn_io_csv_field_at(const jn_io_csv *csv, const char *record, const char *at);

/* Rows to events (csv_rows.c). */
void jn_io_csv_parse(void *csv, uint32_t worker, const jn_io_text *text, jn_io_part *part);
/* A number that is worth keeping as one: "007" and ids of 16 digits and more are texts. */
bool jn_io_csv_attribute_number(const char *s, size_t n, double *out);

#endif
