/* What the files of the JSON Lines reader share.
 *
 * A record is an object in a line of its own. Its columns are the scalars in it and in the objects within it, called by
 * their path: "properties.revenue". Which paths there are is found out from the beginning of the input; one that comes
 * up later makes the reader begin again, if it can. Arrays are no columns, but one of objects with a "key" and a
 * "value", as GA4 and OpenTelemetry write them, is read as an object would be: "event_params.page_location". */
#ifndef JN_IO_JSONL_H
#define JN_IO_JSONL_H

#include "io/blocks.h"
#include "io/columns.h"
#include "io/json.h"
#include "time/time.h"

/* ---- paths (jsonl_paths.c) -------------------------------------------------------------------------------------- */

enum { JN_IO_PATHS_MOST = 16384, JN_IO_PATHS_DEEP = 16 };

#define JN_IO_NO_PATH UINT32_MAX

/* A member, or path 0: the record itself. `next` and `first` are guesses: members come mostly in the same order. */
typedef struct jn_io_path {
  uint32_t parent;
  uint32_t first, next; /* the member that came first in it, and after it, the last time */
  uint32_t column;      /* JN_IO_NO_PATH: none, as yet */
  uint16_t depth;
  bool used;           /* it, or what is in it, is wanted */
  bool scalar;         /* null and "" count */
  bool text, number;   /* a scalar with something in it was seen that is none, is one */
  bool open;           /* it is kept as an attribute, and no one knows yet of what type */
  int64_t seen, place; /* number of the last record that had it; where it was seen first */
  int64_t arrays;      /* how often its value was one, or was nested too deeply */
} jn_io_path;

/* The paths of an input in order of first appearance. Each thread has its own, which begin alike. */
typedef struct jn_io_paths {
  journey_context *context;
  jn_base_dictionary *keys; /* parent and name to number */
  jn_base_text key;
  jn_io_path *path;
  size_t count, capacity;
  bool too_many; /* one more was needed than there may be */
} jn_io_paths;

journey_status jn_io_paths_init(jn_io_paths *paths, journey_context *context, journey_error *err);
void jn_io_paths_clear(jn_io_paths *paths);
/* *out is JN_IO_NO_PATH where it is not there (and, in `add`, when there are too many). */
journey_status jn_io_paths_find(jn_io_paths *paths, uint32_t parent, const char *name, size_t n, uint32_t *out,
                                journey_error *err);
journey_status jn_io_paths_add(jn_io_paths *paths, uint32_t parent, const char *name, size_t n, uint32_t *out,
                               journey_error *err);
/* A path by its dotted name. */
journey_status jn_io_paths_add_dotted(jn_io_paths *paths, const char *name, size_t n, uint32_t *out,
                                      journey_error *err);
journey_status jn_io_paths_copy(const jn_io_paths *paths, jn_io_paths *out, journey_error *err);
/* Adds what threads found, in order of place, and what they saw in it. All began as copies of `paths`. */
journey_status jn_io_paths_merge(jn_io_paths *paths, jn_io_paths *const *from, uint32_t n, journey_error *err);
/* The name of a member itself, borrowed until the next addition. */
const char *jn_io_paths_name(const jn_io_paths *paths, uint32_t path, size_t *n);
/* Appends the dotted name. */
void jn_io_paths_write(const jn_io_paths *paths, uint32_t path, jn_base_text *out);

/* ---- records (jsonl_record.c) ----------------------------------------------------------------------------------- */

typedef struct jn_io_jsonl_field {
  jn_stream_string text;
  bool number; /* it was written as one */
} jn_io_jsonl_field;

typedef enum { JN_IO_JSONL_FINE, JN_IO_JSONL_BAD, JN_IO_JSONL_TWICE, JN_IO_JSONL_NO_OBJECT } jn_io_jsonl_outcome;

/* Takes records apart. */
typedef struct jn_io_jsonl_record {
  jn_io_json json;
  jn_io_paths paths;
  bool grow;                /* unknown members become paths; else they are passed over */
  uint32_t known;           /* paths below this have a place in `field` if they have a column */
  jn_io_jsonl_field *field; /* NULL: only look which paths there are */
  uint32_t columns;         /* fields, and one more that is always empty */
  char *scratch;            /* texts that had escapes */
  size_t scratch_n, scratch_capacity, text_n;
  int64_t number, offset; /* of the record; where its text begins in the input */
  const char *text;       /* the text that it is part of */
  const char *at;         /* what is wrong, for TWICE */
  uint32_t twice;
  bool late, typed; /* a value came up that has no column; that says of what type its column is */
  journey_status status;
} jn_io_jsonl_record;

journey_status jn_io_jsonl_record_init(jn_io_jsonl_record *record, const jn_io_paths *paths, bool grow,
                                       journey_error *err);
void jn_io_jsonl_record_clear(jn_io_jsonl_record *record);
/* Fields live until the next call. `offset` is that of the text in the input. */
void jn_io_jsonl_record_begin(jn_io_jsonl_record *record, const char *text, size_t n, int64_t offset);
jn_io_jsonl_outcome jn_io_jsonl_take(jn_io_jsonl_record *record, const char *line, size_t n);

/* ---- the reader ------------------------------------------------------------------------------------------------- */

typedef struct jn_io_jsonl_worker {
  jn_io_jsonl_record record;
  jn_stream_writer *writer;
  jn_time_parser time;
  jn_stream_row *row; /* waiting for the stream, at most a batch */
  size_t rows;
  jn_stream_cell *cell;
  /* of the text that is being parsed */
  const jn_io_text *text;
  jn_io_part *part;
  int64_t lost; /* values of members that came up too late */
} jn_io_jsonl_worker;

typedef struct jn_io_jsonl {
  jn_io_job *job;
  bool all, explore;      /* all members are kept; only look which there are */
  bool whole, rereadable; /* the sample is all there is; the input can be read again */
  size_t mark;            /* bytes before the first record */
  jn_io_paths paths;
  jn_base_text names;     /* of the columns ... */
  jn_stream_string *name; /* ... by column */
  uint32_t *path_of;
  size_t columns_n, name_capacity, path_capacity;
  jn_io_columns columns;
  bool resolved;
  jn_stream_string event;
  size_t cells, batch;
  int64_t sequence;
  journey_zone *zone;
  jn_io_jsonl_worker *worker;
  atomic_bool again;
  journey_error first; /* what is wrong with the first bad line of the sample */
} jn_io_jsonl;

/* Paths of the sample, and the columns that they make (jsonl_columns.c). */
journey_status jn_io_jsonl_look(jn_io_jsonl *jsonl, journey_error *err);
journey_status jn_io_jsonl_resolve(jn_io_jsonl *jsonl, journey_error *err);
/* Logs what of the records is not kept. */
journey_status jn_io_jsonl_log_lost(const jn_io_jsonl *jsonl, int64_t lost, journey_error *err);

/* Rows to events (jsonl_rows.c). */
void jn_io_jsonl_parse(void *jsonl, uint32_t worker, const jn_io_text *text, jn_io_part *part);
/* Writes what is wrong with a line; row is left out. */
void jn_io_jsonl_explain(const jn_io_jsonl_record *record, jn_io_jsonl_outcome outcome, const char *line,
                         journey_error *err);

#endif
