/* A strict JSON pull reader (RFC 8259) over bytes in memory. It allocates only for strings with escapes and never
 * recurses; JSON Lines records and map documents are both read with it. */
#ifndef JN_IO_JSON_H
#define JN_IO_JSON_H

#include "base/base.h"

enum {
  JN_JSON_ERROR = -1,
  JN_JSON_END, /* after the one value of the text */
  JN_JSON_OBJECT,
  JN_JSON_OBJECT_END,
  JN_JSON_ARRAY,
  JN_JSON_ARRAY_END,
  JN_JSON_NAME, /* of a member; its value is the next token */
  JN_JSON_STRING,
  JN_JSON_NUMBER, /* text holds it as it was written */
  JN_JSON_TRUE,
  JN_JSON_FALSE,
  JN_JSON_NULL
};

enum { JN_JSON_MOST_DEPTH = 512 };

typedef struct jn_io_json {
  const char *text; /* NAME, STRING (unescaped) and NUMBER: its bytes; valid until the next call */
  size_t length;
  const char *start; /* where the last token begins in the text that is read */
  /* private */
  const char *begin, *at, *end;
  jn_base_text unescaped;
  uint64_t objects[JN_JSON_MOST_DEPTH / 64]; /* bit d: level d is an object, not an array */
  int32_t depth, expect;
  journey_status status;
  const char *what; /* is wrong */
} jn_io_json;

void jn_io_json_init(jn_io_json *json, journey_context *context, const char *bytes, size_t n);
/* Begins another text, keeping memory: for the next record of JSON Lines. */
void jn_io_json_restart(jn_io_json *json, const char *bytes, size_t n);
void jn_io_json_clear(jn_io_json *json);

/* The next token. After JN_JSON_ERROR, jn_io_json_fail() says why; further calls give JN_JSON_ERROR again. */
int jn_io_json_next(jn_io_json *json);

/* Passes over the value whose first token was the last one: nothing to do but for objects and arrays. *end is then the
 * byte behind it, so [json->start before, *end) is its raw text. False on an error. */
bool jn_io_json_skip(jn_io_json *json, const char **end);

/* A place to come back to, at the same level or a higher one: after any token that opened no level deeper since. */
typedef struct jn_io_json_mark {
  const char *at;
  int32_t depth, expect;
} jn_io_json_mark;
jn_io_json_mark jn_io_json_tell(const jn_io_json *json);
void jn_io_json_return(jn_io_json *json, jn_io_json_mark mark);

/* Writes the reader's error: row is the line, offset the byte; `row` is the number of the text's first line. */
journey_status jn_io_json_fail(const jn_io_json *json, int64_t row, int64_t offset, journey_error *err);

/* Line (from 1) of a place in the text. Linear: for messages. */
int64_t jn_io_json_line(const jn_io_json *json, const char *at);

#endif
