/* Map documents in JSON: reading. The field tables say what belongs where; what they do not know is kept as it is.
 *
 *   {"journey_map": 1, "title": ..., "personas": [{"id": "a", "name": ...}, ...], "stages": [...], ...} */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/json.h"
#include "map/map.h"

enum { VERSION = 1, MOST_BYTES = 256 << 20 };

/* Where the reader is, for messages: "touchpoints[3].emotion". */
typedef struct reader {
  jn_io_json json;
  journey_map *map;
  const char *file;
  const char *list;
  int64_t index;
  char field[64];
  journey_error *err;
} reader;

static void print_path(const reader *r, char path[160]) {
  path[0] = '\0';
  if (r->list) snprintf(path, 160, "%s[%lld]%s", r->list, (long long)r->index, *r->field ? "." : "");
  size_t n = strlen(path);
  snprintf(path + n, 160 - n, "%s", r->field);
}

/* Fails at the last token. */
static journey_status fail(const reader *r, journey_status status, const char *what) {
  char path[160];
  int64_t line = jn_io_json_line(&r->json, r->json.start);
  print_path(r, path);
  return jn_base_fail_at(r->err, status, line, 0, r->json.start - r->json.begin, "%s:%lld: %s%s%s", r->file,
                         (long long)line, path, *path ? ": " : "", what);
}

/* What JSON itself refused, or a value of the wrong type. */
static journey_status wrong(const reader *r, int token, const char *what) {
  journey_error json;
  char path[160];
  if (token != JN_JSON_ERROR) return fail(r, JOURNEY_EPARSE, what);
  if (jn_io_json_fail(&r->json, 1, 0, &json) == JOURNEY_ENOMEM) return jn_base_no_memory(r->err);
  print_path(r, path);
  return jn_base_fail_at(r->err, JOURNEY_EPARSE, json.row, 0, json.offset, "%s:%lld: %s%s%s", r->file,
                         (long long)json.row, path, *path ? ": " : "", json.message);
}

/* Says where, around what a setter said. */
static journey_status refuse(const reader *r, journey_status status, const journey_error *why) {
  if (status == JOURNEY_OK) return status;
  return status == JOURNEY_ENOMEM ? jn_base_no_memory(r->err) : fail(r, JOURNEY_EPARSE, why->message);
}

/* ---- values -------------------------------------------------------------------------------------------------------- */

/* The reader's text, NUL-terminated: it has no NUL inside, since the reader refuses them. */
static journey_status take_text(reader *r, char **out) {
  *out = jn_base_copy(jn_map_context(r->map), r->json.text, r->json.length);
  return *out ? JOURNEY_OK : jn_base_no_memory(r->err);
}

static void drop_text(reader *r, char *text) { jn_base_free(jn_map_context(r->map), text, strlen(text) + 1, 1); }

static journey_status read_text(reader *r, journey_element *element, const journey_field *field, int token) {
  journey_error why;
  char *text;
  if (token != JN_JSON_STRING) return wrong(r, token, "must be a text");
  journey_status status = take_text(r, &text);
  if (status != JOURNEY_OK) return status;
  status = refuse(r, journey_element_set_text(element, field->name, text, &why), &why);
  drop_text(r, text);
  return status;
}

static journey_status read_texts(reader *r, journey_element *element, const journey_field *field, int token) {
  journey_error why;
  if (token != JN_JSON_ARRAY) return wrong(r, token, "must be a list of texts");
  journey_status status = refuse(r, journey_element_add_text(element, field->name, NULL, &why), &why);
  while (status == JOURNEY_OK) {
    char *text;
    token = jn_io_json_next(&r->json);
    if (token == JN_JSON_ARRAY_END) break;
    if (token != JN_JSON_STRING) return wrong(r, token, "must be a list of texts");
    status = take_text(r, &text);
    if (status != JOURNEY_OK) break;
    status = refuse(r, journey_element_add_text(element, field->name, text, &why), &why);
    drop_text(r, text);
  }
  return status;
}

static journey_status read_number(reader *r, journey_element *element, const journey_field *field, int token) {
  journey_error why;
  double number;
  if (token != JN_JSON_NUMBER) return wrong(r, token, "must be a number");
  if (!jn_base_parse_double(r->json.text, r->json.length, &number)) {
    return fail(r, JOURNEY_EPARSE, "is beyond the range of numbers");
  }
  return refuse(r, journey_element_set_number(element, field->name, number, &why), &why);
}

static journey_status read_flag(reader *r, journey_element *element, const journey_field *field, int token) {
  journey_error why;
  if (token != JN_JSON_TRUE && token != JN_JSON_FALSE) return wrong(r, token, "must be true or false");
  return refuse(r, journey_element_set_number(element, field->name, token == JN_JSON_TRUE, &why), &why);
}

typedef journey_status (*read_value)(reader *, journey_element *, const journey_field *, int);

static const read_value readers[] = {
    [JOURNEY_FIELD_TEXT] = read_text,     [JOURNEY_FIELD_TEXTS] = read_texts, [JOURNEY_FIELD_NUMBER] = read_number,
    [JOURNEY_FIELD_FLAG] = read_flag,     [JOURNEY_FIELD_CHOICE] = read_text, [JOURNEY_FIELD_REF] = read_text,
    [JOURNEY_FIELD_REFS] = read_texts,    [JOURNEY_FIELD_STEP] = read_text,   [JOURNEY_FIELD_RULE] = read_text,
};

static bool is_kept(const journey_element *element, const char *name) {
  const char *json;
  for (int32_t i = 0; i < jn_map_kept_count(element); i++) {
    if (strcmp(jn_map_kept(element, i, &json), name) == 0) return true;
  }
  return false;
}

/* A member that this version does not know survives as raw JSON. */
static journey_status keep(reader *r, journey_element *element, int token) {
  const char *from = r->json.start, *end;
  if (token == JN_JSON_ERROR) return wrong(r, token, "");
  if (is_kept(element, r->field)) return fail(r, JOURNEY_EPARSE, "stands here twice");
  if (!jn_io_json_skip(&r->json, &end)) return wrong(r, JN_JSON_ERROR, "");
  return jn_map_keep(element, r->field, strlen(r->field), from, (size_t)(end - from), r->err);
}

/* r->field is the member's name; its value is next. */
static journey_status read_member(reader *r, journey_element *element) {
  const jn_map_kind *kind = jn_map_element_kind(element);
  int32_t i = jn_map_field_index(kind, r->field, strlen(r->field));
  int token = jn_io_json_next(&r->json);
  if (i < 0) return keep(r, element, token);
  if (journey_element_has(element, r->field)) return fail(r, JOURNEY_EPARSE, "stands here twice");
  if (token == JN_JSON_NULL) return JOURNEY_OK;
  return readers[kind->field[i].type](r, element, &kind->field[i], token);
}

/* Takes the name of the next member into r->field; false at the object's end. */
static journey_status next_member(reader *r, bool *more) {
  int token = jn_io_json_next(&r->json);
  *more = token == JN_JSON_NAME;
  if (token == JN_JSON_OBJECT_END) return JOURNEY_OK;
  if (token != JN_JSON_NAME) return wrong(r, token, "");
  if (r->json.length >= sizeof r->field) return fail(r, JOURNEY_EPARSE, "a member's name is too long");
  memcpy(r->field, r->json.text, r->json.length);
  r->field[r->json.length] = '\0';
  return JOURNEY_OK;
}

/* ---- elements ------------------------------------------------------------------------------------------------------ */

/* Looks through the object for its id, wherever it stands, and comes back to the object's beginning. */
static journey_status find_id(reader *r, char **id) {
  jn_io_json_mark mark = jn_io_json_tell(&r->json);
  bool more = true;
  *id = NULL;
  for (;;) {
    journey_status status = next_member(r, &more);
    if (status == JOURNEY_OK && !more) break;
    int token = status == JOURNEY_OK ? jn_io_json_next(&r->json) : JN_JSON_ERROR;
    if (status == JOURNEY_OK && strcmp(r->field, "id") == 0) {
      if (token != JN_JSON_STRING) status = wrong(r, token, "must be a text");
      else if (*id) status = fail(r, JOURNEY_EPARSE, "stands here twice");
      else status = take_text(r, id);
    } else if (status == JOURNEY_OK && !jn_io_json_skip(&r->json, NULL)) {
      status = wrong(r, JN_JSON_ERROR, "");
    }
    if (status == JOURNEY_OK) continue;
    if (*id) drop_text(r, *id);
    return status;
  }
  r->field[0] = '\0';
  if (!*id) return fail(r, JOURNEY_EPARSE, "has no id");
  jn_io_json_return(&r->json, mark);
  return JOURNEY_OK;
}

static journey_status read_element(reader *r, const jn_map_kind *kind) {
  journey_element *element;
  journey_error why;
  char *id;
  bool more = true;
  journey_status status = find_id(r, &id);
  if (status != JOURNEY_OK) return status;
  status = refuse(r, journey_map_add(r->map, kind->name, id, &element, &why), &why);
  drop_text(r, id);
  while (status == JOURNEY_OK && (status = next_member(r, &more)) == JOURNEY_OK && more) {
    if (strcmp(r->field, "id") == 0) jn_io_json_next(&r->json);
    else status = read_member(r, element);
  }
  r->field[0] = '\0';
  return status;
}

static journey_status read_list(reader *r, const jn_map_kind *kind) {
  journey_status status = JOURNEY_OK;
  int token = jn_io_json_next(&r->json);
  if (token != JN_JSON_ARRAY) return wrong(r, token, "must be a list");
  if (journey_map_count(r->map, kind->name) > 0) return fail(r, JOURNEY_EPARSE, "stands here twice");
  r->list = kind->plural;
  r->field[0] = '\0';
  for (r->index = 0; status == JOURNEY_OK; r->index++) {
    token = jn_io_json_next(&r->json);
    if (token == JN_JSON_ARRAY_END) break;
    status = token == JN_JSON_OBJECT ? read_element(r, kind) : wrong(r, token, "must be an object");
  }
  r->list = NULL;
  return status;
}

/* ---- the document --------------------------------------------------------------------------------------------------- */

static journey_status read_version(reader *r, bool *seen) {
  int64_t version = 0;
  int token = jn_io_json_next(&r->json);
  if (*seen) return fail(r, JOURNEY_EPARSE, "stands here twice");
  *seen = true;
  if (token != JN_JSON_NUMBER || !jn_base_parse_int64(r->json.text, r->json.length, &version) || version < 1) {
    return wrong(r, token, "must be the format's version, a whole number");
  }
  if (version > VERSION) return fail(r, JOURNEY_EUNSUPPORTED, "the document is of a newer format than this library");
  return JOURNEY_OK;
}

static journey_status read_document(reader *r) {
  bool more = true, versioned = false;
  journey_status status = JOURNEY_OK;
  int token = jn_io_json_next(&r->json);
  if (token != JN_JSON_OBJECT) return wrong(r, token, "a map document must be an object");
  while ((status = next_member(r, &more)) == JOURNEY_OK && more) {
    const jn_map_kind *kind = jn_map_kind_plural(r->field, strlen(r->field));
    if (strcmp(r->field, "journey_map") == 0) status = read_version(r, &versioned);
    else if (kind) status = read_list(r, kind);
    else status = read_member(r, journey_map_root(r->map));
    if (status != JOURNEY_OK) return status;
  }
  r->field[0] = '\0';
  if (status != JOURNEY_OK) return status;
  token = jn_io_json_next(&r->json);
  if (token != JN_JSON_END) return wrong(r, token, "text after the document");
  return versioned ? JOURNEY_OK : fail(r, JOURNEY_EPARSE, "\"journey_map\": 1 is missing: this is no map document");
}

static journey_status read_bytes(journey_context *context, const char *file, const char *bytes, size_t n,
                                 journey_map **out, journey_error *err) {
  reader r = {.file = file, .err = err};
  journey_status status = journey_map_new(context, &r.map, err);
  if (status != JOURNEY_OK) return status;
  if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) bytes += 3, n -= 3;
  jn_io_json_init(&r.json, context, bytes, n);
  status = read_document(&r);
  jn_io_json_clear(&r.json);
  if (status == JOURNEY_OK) *out = r.map;
  else journey_map_free(r.map);
  return status;
}

journey_status journey_map_read_json(journey_context *context, const char *bytes, size_t n, journey_map **out,
                                     journey_error *err) {
  return read_bytes(context, "map", bytes, n, out, err);
}

/* ---- files ------------------------------------------------------------------------------------------------------------ */

static journey_status open_file(const char *path, int *file, size_t *size, journey_error *err) {
  struct stat about;
  *file = strcmp(path, "-") == 0 ? dup(0) : open(path, O_RDONLY | O_CLOEXEC);
  if (*file < 0 || fstat(*file, &about) != 0) return jn_base_fail(err, JOURNEY_EIO, "%s: %m", path);
  if (S_ISDIR(about.st_mode)) return jn_base_fail(err, JOURNEY_EIO, "%s: is a directory", path);
  *size = about.st_size > 0 && about.st_size <= MOST_BYTES ? (size_t)about.st_size : 0;
  return about.st_size > MOST_BYTES ? jn_base_fail(err, JOURNEY_ELIMIT, "%s: larger than 256 MiB", path) : JOURNEY_OK;
}

/* Reads to the end, also where the size is not known beforehand. */
static journey_status read_all(journey_context *context, int file, const char *path, char **bytes, size_t *n,
                               size_t *capacity, journey_error *err) {
  for (;;) {
    journey_status status = jn_base_grow(context, bytes, capacity, *n + 65536, 1, err);
    if (status != JOURNEY_OK) return status;
    ssize_t got = read(file, *bytes + *n, *capacity - *n);
    if (got < 0) return jn_base_fail(err, JOURNEY_EIO, "%s: %m", path);
    if (got == 0) return JOURNEY_OK;
    *n += (size_t)got;
    if (*n > MOST_BYTES) return jn_base_fail(err, JOURNEY_ELIMIT, "%s: larger than 256 MiB", path);
  }
}

journey_status journey_map_read_file(journey_context *context, const char *path, journey_map **out,
                                     journey_error *err) {
  int file = -1;
  char *bytes = NULL;
  size_t n = 0, capacity = 0, size;
  journey_status status = open_file(path, &file, &size, err);
  if (status == JOURNEY_OK) status = jn_base_grow(context, &bytes, &capacity, size + 1, 1, err);
  if (status == JOURNEY_OK) status = read_all(context, file, path, &bytes, &n, &capacity, err);
  if (status == JOURNEY_OK) status = read_bytes(context, path, bytes, n, out, err);
  jn_base_free(context, bytes, capacity, 1);
  if (file >= 0) close(file);
  return status;
}
