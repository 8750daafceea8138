/* Finds out which members the records of an input have, and which of them play which part. */
#include <string.h>

#include "io/jsonl.h"

/* ---- the sample ------------------------------------------------------------------------------------------------- */

static bool is_blank(const char *s, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r') return false;
  }
  return true;
}

/* Looks at whole lines; the last may lack its end only when nothing comes after the sample. */
static journey_status look_at(jn_io_jsonl *jsonl, jn_io_jsonl_record *record, const char *text, size_t n,
                              int64_t *records, journey_error *err) {
  const char *p = text, *end = text + n, *newline;
  jn_io_jsonl_record_begin(record, text, n, (int64_t)jsonl->mark);
  for (int64_t line = 1; p < end; line++, p = newline + 1) {
    newline = memchr(p, '\n', (size_t)(end - p));
    if (!newline && !jsonl->whole) break;
    if (!newline) newline = end;
    if (is_blank(p, (size_t)(newline - p))) continue;
    ++*records;
    jn_io_jsonl_outcome outcome = jn_io_jsonl_take(record, p, (size_t)(newline - p));
    if (record->status) return jn_base_no_memory(err);
    if (!outcome || jsonl->first.code) continue;
    jn_io_jsonl_explain(record, outcome, p, &jsonl->first);
    jsonl->first.row = line;
    jsonl->first.offset += (int64_t)jsonl->mark + (p - text);
  }
  return JOURNEY_OK;
}

/* "[": the whole file is one array. */
static journey_status check_beginning(const jn_io_jsonl *jsonl, const char *text, size_t n, journey_error *err) {
  size_t i = 0;
  while (i < n && text[i] && strchr(" \t\r\n", text[i])) i++;
  if (i == n && jsonl->whole) {
    return jn_base_fail(err, JOURNEY_EPARSE, n ? "the file has nothing but line ends" : "the file is empty");
  }
  if (i == n || text[i] != '[') return JOURNEY_OK;
  return jn_base_fail_at(err, JOURNEY_EPARSE, 1, 0, (int64_t)i,
                         "this is one JSON array: write each record as an object in a line of its own");
}

journey_status jn_io_jsonl_look(jn_io_jsonl *jsonl, journey_error *err) {
  const char *text;
  size_t n, want = jsonl->job->sample;
  int64_t records = 0;
  jn_io_jsonl_record record;
  jn_io_paths *found = &record.paths;
  journey_status status = jn_io_source_peek(jsonl->job->source, want < 3 ? 3 : want, &text, &n, err);
  if (status) return status;
  jsonl->whole = n < want;
  jsonl->mark = n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
  status = check_beginning(jsonl, text + jsonl->mark, n - jsonl->mark, err);
  if (!status) status = jn_io_paths_init(&jsonl->paths, jsonl->job->context, err);
  if (status) return status;
  status = jn_io_jsonl_record_init(&record, &jsonl->paths, true, err);
  if (!status) status = look_at(jsonl, &record, text + jsonl->mark, n - jsonl->mark, &records, err);
  if (!status) status = jn_io_paths_merge(&jsonl->paths, &found, 1, err);
  jn_io_jsonl_record_clear(&record);
  if (status || records || jsonl->whole || jsonl->rereadable) return status;
  return jn_base_fail_at(err, JOURNEY_ELIMIT, 1, 0, 0,
                         "no line ends in the first %zu bytes, and a pipe cannot be read "
                         "again",
                         want);
}

/* ---- columns ---------------------------------------------------------------------------------------------------- */

static journey_status add_column(jn_io_jsonl *jsonl, uint32_t path, journey_error *err) {
  journey_context *context = jsonl->job->context;
  size_t n = jsonl->columns_n + 1;
  journey_status status = jn_base_grow(context, &jsonl->name, &jsonl->name_capacity, n, sizeof *jsonl->name, err);
  if (!status) status = jn_base_grow(context, &jsonl->path_of, &jsonl->path_capacity, n, sizeof *jsonl->path_of, err);
  if (status) return status;
  size_t from = jsonl->names.length;
  jn_io_paths_write(&jsonl->paths, path, &jsonl->names);
  jn_base_text_add(&jsonl->names, "", 1);
  if (jsonl->names.status) return jn_base_no_memory(err);
  jsonl->paths.path[path].column = (uint32_t)jsonl->columns_n;
  jsonl->path_of[jsonl->columns_n] = path;
  jsonl->name[jsonl->columns_n++].length = jsonl->names.length - from - 1;
  return JOURNEY_OK;
}

/* Once all names are written they stay where they are. */
static void place_names(jn_io_jsonl *jsonl) {
  const char *at = jsonl->names.bytes;
  for (size_t i = 0; i < jsonl->columns_n; i++) {
    jsonl->name[i].bytes = at;
    at += jsonl->name[i].length + 1;
  }
}

static journey_status name_columns(jn_io_jsonl *jsonl, journey_error *err) {
  journey_status status = JOURNEY_OK;
  jsonl->columns_n = 0;
  jsonl->names.length = 0;
  for (uint32_t i = 1; i < jsonl->paths.count; i++) jsonl->paths.path[i].column = JN_IO_NO_PATH;
  for (uint32_t i = 1; i < jsonl->paths.count && !status; i++) {
    if (jsonl->paths.path[i].scalar) status = add_column(jsonl, i, err);
  }
  place_names(jsonl);
  return status;
}

/* ---- columns that may come -------------------------------------------------------------------------------------- */

static const char *chosen(const journey_read_options *options, int role) {
  const char *names[JN_IO_ROLES] = {
      [JN_IO_CUSTOMER] = options->customer, [JN_IO_ANONYMOUS] = options->anonymous, [JN_IO_TIME] = options->time,
      [JN_IO_EVENT] = options->event,       [JN_IO_VALUE] = options->value,         [JN_IO_ID] = options->id};
  return names[role];
}

/* Members that the preset knows and the sample lacks: a purchase may come up late. */
static journey_status expect_role(jn_io_jsonl *jsonl, int role, journey_error *err) {
  const jn_io_preset *preset = jsonl->columns.preset;
  const char *word = preset->role[role];
  bool each_row = preset->each_row >> role & 1, twice;
  if (!word || chosen(&jsonl->job->options, role) || (!each_row && jsonl->columns.candidates[role])) return JOURNEY_OK;
  for (size_t n; *word; word += n + (word[n] == ' ')) {
    uint32_t path;
    n = strcspn(word, " ");
    if (jn_io_column_find(jsonl->name, jsonl->columns.count, word, n, true, &twice) != UINT32_MAX) continue;
    journey_status status = jn_io_paths_add_dotted(&jsonl->paths, word, n, &path, err);
    bool new = !status &&path != JN_IO_NO_PATH && jsonl->paths.path[path].column == JN_IO_NO_PATH;
    if (new) status = add_column(jsonl, path, err);
    if (status || !each_row) return status;
  }
  return JOURNEY_OK;
}

static journey_status resolve(jn_io_jsonl *jsonl, const journey_read_options *options, journey_error *err) {
  jn_io_columns_clear(&jsonl->columns);
  journey_status status = jn_io_columns_resolve(jsonl->job->context, jsonl->name, (uint32_t)jsonl->columns_n, options,
                                                &jsonl->columns, err);
  if (status && err) err->row = 0, err->column = 0; /* there is no line that has the names */
  return status;
}

static journey_status expect_more(jn_io_jsonl *jsonl, journey_error *err) {
  journey_read_options options = jsonl->job->options;
  journey_status status = JOURNEY_OK;
  size_t count = jsonl->columns_n;
  options.preset = jsonl->columns.preset->name;
  for (int role = 0; role < JN_IO_ROLES && !status; role++) {
    status = expect_role(jsonl, role, err);
    place_names(jsonl);
  }
  return status || jsonl->columns_n == count ? status : resolve(jsonl, &options, err);
}

/* ---- what they are for ------------------------------------------------------------------------------------------ */

static void use(jn_io_jsonl *jsonl, uint32_t column) {
  jn_io_path *path = jsonl->paths.path;
  for (uint32_t i = jsonl->path_of[column]; i; i = path[i].parent) path[i].used = true;
}

static void mark_used(jn_io_jsonl *jsonl) {
  jn_io_columns *columns = &jsonl->columns;
  for (uint32_t i = 1; i < jsonl->paths.count; i++) jsonl->paths.path[i].used = jsonl->all;
  for (int role = 0; role < JN_IO_ROLES; role++) {
    for (uint32_t k = 0; k < columns->candidates[role]; k++) use(jsonl, columns->column[role][k]);
  }
  for (size_t i = 0; i < columns->attributes; i++) use(jsonl, columns->attribute[i].column);
}

/* A column is numbers when nothing else was seen in it. */
static void set_types(jn_io_jsonl *jsonl) {
  for (uint32_t i = 0; i < jsonl->paths.count; i++) jsonl->paths.path[i].open = false;
  for (size_t i = 0; i < jsonl->columns.attributes; i++) {
    jn_io_attribute *attribute = &jsonl->columns.attribute[i];
    jn_io_path *path = &jsonl->paths.path[jsonl->path_of[attribute->column]];
    if (attribute->fixed) continue;
    if (path->text || path->number) attribute->type = path->text ? JN_IO_TYPE_TEXT : JN_IO_TYPE_NUMBER;
    path->open = !path->text && !path->number;
  }
}

static bool keeps_all(const char *wanted) {
  if (!wanted) return true;
  for (size_t n; *wanted; wanted += n + (wanted[n] == ',')) {
    n = strcspn(wanted, ",");
    if (n == 3 && !memcmp(wanted, "all", 3)) return true;
  }
  return false;
}

journey_status jn_io_jsonl_resolve(jn_io_jsonl *jsonl, journey_error *err) {
  jsonl->all = keeps_all(jsonl->job->options.attributes);
  if (jsonl->all && jsonl->paths.too_many) {
    return jn_base_fail(err, JOURNEY_ELIMIT,
                        "there are more than %d different members: name those to keep with "
                        "attributes",
                        JN_IO_PATHS_MOST - 1);
  }
  journey_status status = name_columns(jsonl, err);
  if (!status) status = resolve(jsonl, &jsonl->job->options, err);
  if (!status && !jsonl->whole && !(jsonl->all && jsonl->rereadable)) status = expect_more(jsonl, err);
  if (status) return status;
  mark_used(jsonl);
  set_types(jsonl);
  return JOURNEY_OK;
}

/* ---- what is left out ------------------------------------------------------------------------------------------- */

static journey_status log_arrays(const jn_io_jsonl *jsonl, uint32_t path, journey_error *err) {
  jn_base_text name;
  jn_base_text_init(&name, jsonl->job->context);
  jn_io_paths_write(&jsonl->paths, path, &name);
  journey_status status = name.status ? jn_base_no_memory(err) : JOURNEY_OK;
  if (!status) {
    jn_base_log(jsonl->job->context, "%s: \"%s\" is an array or nested too deeply in %lld records and not kept there",
                jsonl->job->name, jn_base_quote(name.bytes, name.length).text,
                (long long)jsonl->paths.path[path].arrays);
  }
  jn_base_text_clear(&name);
  return status;
}

journey_status jn_io_jsonl_log_lost(const jn_io_jsonl *jsonl, int64_t lost, journey_error *err) {
  journey_status status = JOURNEY_OK;
  if (lost) {
    jn_base_log(jsonl->job->context,
                "%s: %lld records have members that came up after the first %zu bytes and are not kept; a file, unlike "
                "a pipe, is read again for them",
                jsonl->job->name, (long long)lost, jsonl->job->sample);
  }
  for (uint32_t i = 1; jsonl->all && i < jsonl->paths.count && !status; i++) {
    if (jsonl->paths.path[i].arrays) status = log_arrays(jsonl, i, err);
  }
  return status;
}
