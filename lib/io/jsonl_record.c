/* Takes a record of JSON Lines apart: its scalars go to the fields of their columns. The hot path. */
#include <string.h>

#include "io/csv.h"
#include "io/jsonl.h"

journey_status jn_io_jsonl_record_init(jn_io_jsonl_record *record, const jn_io_paths *paths, bool grow,
                                       journey_error *err) {
  *record = (jn_io_jsonl_record){.grow = grow, .known = (uint32_t)paths->count};
  jn_io_json_init(&record->json, paths->context, "", 0);
  return jn_io_paths_copy(paths, &record->paths, err);
}

void jn_io_jsonl_record_clear(jn_io_jsonl_record *record) {
  journey_context *context = record->paths.context;
  if (!context) return;
  if (record->field) jn_base_free(context, record->field, (size_t)record->columns + 1, sizeof *record->field);
  jn_base_free(context, record->scratch, record->scratch_capacity, 1);
  jn_io_json_clear(&record->json);
  jn_io_paths_clear(&record->paths);
}

void jn_io_jsonl_record_begin(jn_io_jsonl_record *record, const char *text, size_t n, int64_t offset) {
  record->text = text;
  record->text_n = n;
  record->offset = offset;
  record->scratch_n = 0;
}

/* ---- scalars ---------------------------------------------------------------------------------------------------- */

/* A text with escapes is in memory of the JSON reader that the next token takes: keep it until the whole is done.
 * Without its escapes a text is shorter, so room for the whole is enough, and nothing moves. */
static bool keep(jn_io_jsonl_record *r, jn_stream_string *s) {
  journey_error err;
  if (!s->length || s->bytes != r->json.unescaped.bytes) return true;
  if (!r->scratch_n) r->status = jn_base_grow(r->paths.context, &r->scratch, &r->scratch_capacity, r->text_n, 1, &err);
  if (r->status) return false;
  memcpy(r->scratch + r->scratch_n, s->bytes, s->length);
  s->bytes = r->scratch + r->scratch_n;
  r->scratch_n += s->length;
  return true;
}

/* What a path without a column is, so that one can be made. */
static void note_late(jn_io_jsonl_record *r, jn_io_path *path, jn_stream_string s, bool number) {
  double x;
  if (number && jn_io_csv_attribute_number(s.bytes, s.length, &x)) {
    path->number = true;
  } else {
    path->text = true;
  }
  r->late = true;
}

static bool put(jn_io_jsonl_record *r, uint32_t number, jn_stream_string s, bool is_number) {
  jn_io_path *path = &r->paths.path[number];
  path->scalar = true;
  if (!s.length) return true;
  if (!r->field || number >= r->known || path->column == JN_IO_NO_PATH) {
    note_late(r, path, s, is_number);
    return true;
  }
  if (is_number) {
    path->number = true;
    if (path->open && !path->text) r->typed = true;
  } else {
    path->text = true;
    if (!keep(r, &s)) return false;
  }
  r->field[path->column] = (jn_io_jsonl_field){s, is_number};
  return true;
}

static jn_stream_string scalar_text(const jn_io_jsonl_record *r, int token) {
  switch (token) {
  case JN_JSON_TRUE: return (jn_stream_string){"true", 4};
  case JN_JSON_FALSE: return (jn_stream_string){"false", 5};
  case JN_JSON_NULL: return (jn_stream_string){"", 0};
  default: return (jn_stream_string){r->json.text, r->json.length};
  }
}

/* ---- members ---------------------------------------------------------------------------------------------------- */

static bool named(const jn_io_jsonl_record *r, uint32_t path, const char *name, size_t n) {
  size_t length;
  const char *its = jn_io_paths_name(&r->paths, path, &length);
  return length == n && !memcmp(its, name, n);
}

/* The path of a member; `before` is that of the member before it, JN_IO_NO_PATH for the first. */
static bool find_member(jn_io_jsonl_record *r, uint32_t parent, uint32_t before, const char *name, size_t n,
                        uint32_t *out) {
  journey_error err;
  jn_io_paths *paths = &r->paths;
  uint32_t guess = before == JN_IO_NO_PATH ? paths->path[parent].first : paths->path[before].next;
  *out = guess;
  if (guess != JN_IO_NO_PATH && named(r, guess, name, n)) return true;
  size_t count = paths->count;
  r->status = r->grow ? jn_io_paths_add(paths, parent, name, n, out, &err)
                      : jn_io_paths_find(paths, parent, name, n, out, &err);
  if (r->status || *out == JN_IO_NO_PATH) return !r->status;
  if (paths->count > count) paths->path[*out].place = r->offset + (r->json.start - r->text);
  *(before == JN_IO_NO_PATH ? &paths->path[parent].first : &paths->path[before].next) = *out;
  return true;
}

static jn_io_jsonl_outcome skip(jn_io_jsonl_record *r) {
  return jn_io_json_skip(&r->json, NULL) ? JN_IO_JSONL_FINE : JN_IO_JSONL_BAD;
}

/* ---- arrays of keys and values ---------------------------------------------------------------------------------- */

static bool starts_with(const char *s, size_t n, const char *word) {
  return n >= strlen(word) && !memcmp(s, word, strlen(word));
}

/* {"int_value": "7"}: the first that is not null. Integers come as texts there. */
static jn_io_jsonl_outcome take_typed(jn_io_jsonl_record *r, uint32_t path) {
  bool done = false, number, fine = true;
  double x;
  int token;
  while ((token = jn_io_json_next(&r->json)) == JN_JSON_NAME && fine) {
    const char *name = r->json.text;
    size_t n = r->json.length;
    number = starts_with(name, n, "int") || starts_with(name, n, "float") || starts_with(name, n, "double");
    token = jn_io_json_next(&r->json);
    if (token == JN_JSON_OBJECT || token == JN_JSON_ARRAY) fine = jn_io_json_skip(&r->json, NULL);
    if (done || token == JN_JSON_NULL || token < JN_JSON_STRING) continue;
    jn_stream_string s = scalar_text(r, token);
    number = token == JN_JSON_NUMBER || (number && jn_io_csv_attribute_number(s.bytes, s.length, &x));
    fine = put(r, path, s, number);
    done = true;
  }
  return fine && token == JN_JSON_OBJECT_END ? JN_IO_JSONL_FINE : JN_IO_JSONL_BAD;
}

static jn_io_jsonl_outcome take_value(jn_io_jsonl_record *r, uint32_t array, jn_stream_string key) {
  uint32_t path;
  if (!find_member(r, array, JN_IO_NO_PATH, key.bytes, key.length, &path)) return JN_IO_JSONL_BAD;
  int token = jn_io_json_next(&r->json);
  if (path == JN_IO_NO_PATH || !r->paths.path[path].used) return JN_IO_JSONL_FINE;
  jn_io_path *p = &r->paths.path[path];
  if (p->seen == r->number || token == JN_JSON_ARRAY) { /* of a key that comes twice, the first is taken */
    p->arrays++;
    return JN_IO_JSONL_FINE;
  }
  p->seen = r->number;
  if (token == JN_JSON_OBJECT) return take_typed(r, path);
  return put(r, path, scalar_text(r, token), token == JN_JSON_NUMBER) ? JN_IO_JSONL_FINE : JN_IO_JSONL_BAD;
}

/* An element: its value is looked at once its key is known. *pair is left as it is when it has neither. */
static jn_io_jsonl_outcome take_pair(jn_io_jsonl_record *r, uint32_t array, bool *pair) {
  jn_stream_string key = {NULL, 0};
  jn_io_json_mark value = {0}, end;
  bool has_key = false, has_value = false;
  int token;
  while ((token = jn_io_json_next(&r->json)) == JN_JSON_NAME) {
    bool is_key = r->json.length == 3 && !memcmp(r->json.text, "key", 3);
    bool is_value = r->json.length == 5 && !memcmp(r->json.text, "value", 5);
    if (is_value && !has_value) value = jn_io_json_tell(&r->json);
    has_value |= is_value;
    token = jn_io_json_next(&r->json);
    if (is_key && token == JN_JSON_STRING && !has_key) {
      key = (jn_stream_string){r->json.text, r->json.length};
      has_key = true;
      if (!keep(r, &key)) return JN_IO_JSONL_BAD;
    }
    if (!jn_io_json_skip(&r->json, NULL)) return JN_IO_JSONL_BAD;
  }
  if (token != JN_JSON_OBJECT_END) return JN_IO_JSONL_BAD;
  if (!has_key || !has_value) return JN_IO_JSONL_FINE;
  *pair = true;
  end = jn_io_json_tell(&r->json);
  jn_io_json_return(&r->json, value);
  jn_io_jsonl_outcome outcome = take_value(r, array, key);
  if (!outcome) jn_io_json_return(&r->json, end);
  return outcome;
}

static jn_io_jsonl_outcome take_array(jn_io_jsonl_record *r, uint32_t path) {
  bool others = false;
  int token;
  while ((token = jn_io_json_next(&r->json)) != JN_JSON_ARRAY_END) {
    if (token == JN_JSON_ERROR) return JN_IO_JSONL_BAD;
    bool pair = false;
    jn_io_jsonl_outcome outcome = token == JN_JSON_OBJECT ? take_pair(r, path, &pair) : skip(r);
    if (outcome) return outcome;
    others |= !pair;
  }
  r->paths.path[path].arrays += others;
  return JN_IO_JSONL_FINE;
}

/* ---- objects ---------------------------------------------------------------------------------------------------- */

static jn_io_jsonl_outcome take_object(jn_io_jsonl_record *r, uint32_t path);

static jn_io_jsonl_outcome take_member(jn_io_jsonl_record *r, uint32_t path) {
  int token = jn_io_json_next(&r->json);
  if (token == JN_JSON_ERROR) return JN_IO_JSONL_BAD;
  if (path == JN_IO_NO_PATH || !r->paths.path[path].used) return skip(r);
  bool nested = token == JN_JSON_OBJECT || token == JN_JSON_ARRAY;
  if (nested && r->paths.path[path].depth >= JN_IO_PATHS_DEEP) {
    r->paths.path[path].arrays++;
    return skip(r);
  }
  if (nested) return token == JN_JSON_OBJECT ? take_object(r, path) : take_array(r, path);
  return put(r, path, scalar_text(r, token), token == JN_JSON_NUMBER) ? JN_IO_JSONL_FINE : JN_IO_JSONL_BAD;
}

/* As deep as JN_IO_PATHS_DEEP, no deeper. */
static jn_io_jsonl_outcome take_object(jn_io_jsonl_record *r, uint32_t path) {
  uint32_t before = JN_IO_NO_PATH, member;
  int token;
  while ((token = jn_io_json_next(&r->json)) == JN_JSON_NAME) {
    if (!find_member(r, path, before, r->json.text, r->json.length, &member)) return JN_IO_JSONL_BAD;
    if (member != JN_IO_NO_PATH) {
      if (r->paths.path[member].seen == r->number) {
        r->at = r->json.start;
        r->twice = member;
        return JN_IO_JSONL_TWICE;
      }
      r->paths.path[member].seen = r->number;
      before = member;
    }
    jn_io_jsonl_outcome outcome = take_member(r, member);
    if (outcome) return outcome;
  }
  return token == JN_JSON_OBJECT_END ? JN_IO_JSONL_FINE : JN_IO_JSONL_BAD;
}

jn_io_jsonl_outcome jn_io_jsonl_take(jn_io_jsonl_record *r, const char *line, size_t n) {
  r->number++;
  r->late = r->typed = false;
  r->at = line;
  if (r->field) memset(r->field, 0, r->columns * sizeof *r->field);
  jn_io_json_restart(&r->json, line, n);
  int token = jn_io_json_next(&r->json);
  if (token == JN_JSON_ERROR) return JN_IO_JSONL_BAD;
  if (token != JN_JSON_OBJECT) return JN_IO_JSONL_NO_OBJECT;
  jn_io_jsonl_outcome outcome = take_object(r, 0);
  if (outcome) return outcome;
  return jn_io_json_next(&r->json) == JN_JSON_END ? JN_IO_JSONL_FINE : JN_IO_JSONL_BAD;
}
