/* Records of JSON Lines to events. */
#include <string.h>

#include "io/csv.h"
#include "io/jsonl.h"

/* ---- what is wrong ---------------------------------------------------------------------------------------------- */

static journey_status explain_twice(const jn_io_jsonl_record *record, int64_t offset, journey_error *err) {
  jn_base_text name;
  jn_base_text_init(&name, record->paths.context);
  jn_io_paths_write(&record->paths, record->twice, &name);
  if (name.status) {
    jn_base_no_memory(err);
  } else {
    jn_base_fail_at(err, JOURNEY_EPARSE, 0, 0, offset, "the member \"%s\" is there twice",
                    jn_base_quote(name.bytes, name.length).text);
  }
  jn_base_text_clear(&name);
  return err->code;
}

void jn_io_jsonl_explain(const jn_io_jsonl_record *record, jn_io_jsonl_outcome outcome, const char *line,
                         journey_error *err) {
  if (record->status) {
    jn_base_no_memory(err);
  } else if (outcome == JN_IO_JSONL_TWICE) {
    explain_twice(record, record->at - line, err);
  } else if (outcome == JN_IO_JSONL_NO_OBJECT) {
    jn_base_fail_at(err, JOURNEY_EPARSE, 0, 0, 0, "the line is JSON, but not an object");
  } else {
    jn_io_json_fail(&record->json, 1, 0, err);
  }
}

/* A line that cannot be taken, with what is wrong at `error->offset` in it; false when it ends the reading. */
static bool bad_line(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, const char *line, size_t n, journey_error *error) {
  if (error->code == JOURNEY_ENOMEM) {
    w->part->error = *error;
    return false;
  }
  if (n && line[n - 1] == '\r') n--;
  error->row = w->part->lines + 1;
  error->column = 0;
  error->offset += w->text->offset + (line - w->text->bytes);
  return jn_io_bad_row(jsonl->job, w->part, error, line, n);
}

static jn_base_quoted column_name(const jn_io_jsonl *jsonl, uint32_t column) {
  return jn_base_quote(jsonl->name[column].bytes, jsonl->name[column].length);
}

/* What one record needs on its way. */
typedef struct line {
  const char *bytes;
  size_t n;
} line;

static bool bad_value(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, line l, uint32_t column, const char *format,
                      const char *detail) {
  journey_error error;
  jn_stream_string text = w->record.field[column].text;
  bool within = text.bytes >= l.bytes && text.bytes < l.bytes + l.n;
  jn_base_fail_at(&error, JOURNEY_EPARSE, 0, 0, within ? text.bytes - l.bytes : 0, format,
                  jn_base_quote(text.bytes, text.length).text, column_name(jsonl, column).text, detail);
  return bad_line(jsonl, w, l.bytes, l.n, &error);
}

static bool no_value(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, line l, int role, const char *what) {
  journey_error error;
  const jn_io_columns *columns = &jsonl->columns;
  if (role == JN_IO_CUSTOMER && !columns->candidates[role]) role = JN_IO_ANONYMOUS;
  jn_base_fail_at(&error, JOURNEY_EPARSE, 0, 0, 0, "no %s: \"%s\" is missing or empty", what,
                  column_name(jsonl, columns->column[role][0]).text);
  return bad_line(jsonl, w, l.bytes, l.n, &error);
}

static bool bad_time(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, line l, uint32_t column) {
  jn_stream_string text = w->record.field[column].text;
  journey_error why = {0};
  jn_time_parse_error(&w->time, text.bytes, text.length, &why);
  return bad_value(jsonl, w, l, column, "\"%s\" in \"%s\" is no time: %s", why.message);
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

/* The field that plays a part in this record, and its column. */
static inline jn_stream_string field_of(const jn_io_jsonl *jsonl, const jn_io_jsonl_worker *w, int role,
                                        uint32_t *column) {
  const jn_io_jsonl_field *field = w->record.field;
  const uint32_t *candidate = jsonl->columns.column[role], n = jsonl->columns.candidates[role];
  *column = n ? candidate[0] : w->record.columns;
  for (uint32_t i = 1; !field[*column].text.length && i < n; i++) *column = candidate[i];
  return field[*column].text;
}

static bool is(jn_stream_string s, const char *word) {
  return s.length == strlen(word) && !memcmp(s.bytes, word, s.length);
}

static bool waiting_for_again(const jn_io_jsonl *jsonl) {
  return atomic_load_explicit(&jsonl->again, memory_order_relaxed);
}

/* Hands the rows that are waiting to the stream; false when that fails. */
static bool flush(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w) {
  size_t taken, n = w->rows;
  w->rows = 0;
  if (!n || waiting_for_again(jsonl)) return true;
  return !jn_stream_put_rows(w->writer, w->row, n, &taken, &w->part->error);
}

/* ---- attributes ------------------------------------------------------------------------------------------------- */

/* A member that seemed to be a number is not: it is text then, and all is read again, if that can be done. */
static bool not_a_number(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, line l, const jn_io_attribute *attribute) {
  if (attribute->fixed) return bad_value(jsonl, w, l, attribute->column, "\"%s\" in \"%s\" is no number%s", "");
  if (jsonl->rereadable) {
    w->record.paths.path[jsonl->path_of[attribute->column]].text = true;
    atomic_store(&jsonl->again, true);
    return true;
  }
  jn_stream_string text = w->record.field[attribute->column].text;
  jn_base_fail_at(&w->part->error, JOURNEY_EPARSE, w->part->lines + 1, 0, -1,
                  "\"%s\" in \"%s\", which was numbers until here; a pipe cannot be read again: say \"all,%s:text\" in "
                  "attributes, or read from a file",
                  jn_base_quote(text.bytes, text.length).text, column_name(jsonl, attribute->column).text,
                  column_name(jsonl, attribute->column).text);
  return false;
}

/* A text in quotes is a text, whatever is in it, unless the options say that it is a number. */
static bool take_number(const jn_io_attribute *attribute, const jn_io_jsonl_field *field, double *out) {
  *out = __builtin_nan("");
  if (!field->text.length) return true;
  if (attribute->fixed) return jn_base_parse_double(field->text.bytes, field->text.length, out);
  return field->number && jn_io_csv_attribute_number(field->text.bytes, field->text.length, out);
}

/* Fills the cells; *bad when the record is left out. */
static bool take_attributes(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, line l, bool *bad) {
  jn_stream_cell *cells = w->cell + w->rows * jsonl->cells;
  for (size_t i = 0; i < jsonl->columns.attributes; i++) {
    const jn_io_attribute *attribute = &jsonl->columns.attribute[i];
    const jn_io_jsonl_field *field = &w->record.field[attribute->column];
    jn_stream_cell *cell = &cells[attribute->index];
    if (attribute->type == JN_IO_TYPE_TEXT) {
      cell->text = field->text;
    } else if (!take_number(attribute, field, &cell->number)) {
      *bad = attribute->fixed;
      if (!not_a_number(jsonl, w, l, attribute) || *bad) return !w->part->error.code;
    }
  }
  return true;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

static bool link(jn_io_jsonl_worker *w, jn_stream_string id, bool anonymous, jn_stream_string customer) {
  return !id.length || !jn_stream_link(w->writer, id, anonymous, customer, &w->part->error);
}

/* Links of a record; *only when it is nothing else. The rows before it go to the stream first: of two customers that
 * claim an anonymous id, the first one counts. An id that was used before may have been an anonymous one. */
static bool take_links(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, const jn_stream_row *row, bool *only) {
  uint32_t column;
  jn_stream_string kind = field_of(jsonl, w, JN_IO_KIND, &column);
  jn_stream_string old = field_of(jsonl, w, JN_IO_PREVIOUS, &column);
  *only = is(kind, "identify") || is(kind, "alias") || is(kind, "group");
  if (!row->customer.length || !(old.length || (*only && row->anonymous.length))) return true;
  if (!flush(jsonl, w)) return false;
  if (waiting_for_again(jsonl)) return true;
  if (*only && !link(w, row->anonymous, true, row->customer)) return false;
  if (jsonl->columns.candidates[JN_IO_ANONYMOUS] && !link(w, old, true, row->customer)) return false;
  return link(w, old, false, row->customer);
}

static bool take_when_and_value(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, line l, jn_stream_row *event, bool *bad) {
  uint32_t column;
  jn_stream_string text = field_of(jsonl, w, JN_IO_TIME, &column);
  *bad = true;
  if (!text.length) return no_value(jsonl, w, l, JN_IO_TIME, "time");
  if (!jn_time_parse(&w->time, text.bytes, text.length, &event->time)) return bad_time(jsonl, w, l, column);
  text = field_of(jsonl, w, JN_IO_VALUE, &column);
  event->value = __builtin_nan("");
  if (text.length && !jn_base_parse_double(text.bytes, text.length, &event->value)) {
    return bad_value(jsonl, w, l, column, "\"%s\" in \"%s\" is no number%s", "");
  }
  *bad = false;
  return true;
}

/* False when the reading ends here. */
static bool take_event(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, line l) {
  uint32_t column;
  bool flag = false;
  jn_stream_row ids = {.customer = field_of(jsonl, w, JN_IO_CUSTOMER, &column),
                       .anonymous = field_of(jsonl, w, JN_IO_ANONYMOUS, &column),
                       .id = field_of(jsonl, w, JN_IO_ID, &column)};
  if (!ids.customer.length && !ids.anonymous.length) return no_value(jsonl, w, l, JN_IO_CUSTOMER, "customer");
  if (jsonl->columns.candidates[JN_IO_KIND] || jsonl->columns.candidates[JN_IO_PREVIOUS]) {
    if (!take_links(jsonl, w, &ids, &flag)) return false;
    w->part->links += flag;
    if (flag) return true;
  }
  jn_stream_row *event = &w->row[w->rows];
  event->customer = ids.customer, event->anonymous = ids.anonymous, event->id = ids.id;
  event->name = jsonl->event.length ? jsonl->event : field_of(jsonl, w, JN_IO_EVENT, &column);
  if (!event->name.length) return no_value(jsonl, w, l, JN_IO_EVENT, "event name");
  if (!take_when_and_value(jsonl, w, l, event, &flag) || flag) return !w->part->error.code;
  if (!take_attributes(jsonl, w, l, &flag)) return false;
  if (flag) return true;
  w->part->events++;
  return ++w->rows < jsonl->batch || flush(jsonl, w);
}

static bool take_line(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, line l) {
  journey_error error;
  if (l.n > jsonl->job->most) {
    jn_base_fail_at(&w->part->error, JOURNEY_ELIMIT, w->part->lines + 1, 0, -1, "a record is longer than %zu bytes",
                    jsonl->job->most);
    return false;
  }
  w->part->rows++;
  jn_io_jsonl_outcome outcome = jn_io_jsonl_take(&w->record, l.bytes, l.n);
  if (w->record.status) return !jn_base_no_memory(&w->part->error);
  if (jsonl->explore) return true;
  if (outcome) {
    jn_io_jsonl_explain(&w->record, outcome, l.bytes, &error);
    return bad_line(jsonl, w, l.bytes, l.n, &error);
  }
  if ((w->record.late || w->record.typed) && jsonl->rereadable) atomic_store(&jsonl->again, true);
  w->lost += w->record.late;
  return take_event(jsonl, w, l);
}

/* Only blanks: no record. */
static bool is_blank(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) p++;
  return p == end;
}

void jn_io_jsonl_parse(void *self, uint32_t worker, const jn_io_text *text, jn_io_part *part) {
  jn_io_jsonl *jsonl = self;
  jn_io_jsonl_worker *w = &jsonl->worker[worker];
  const char *p = text->bytes, *end = p + text->n, *newline;
  w->text = text;
  w->part = part;
  if (!jsonl->explore && jn_stream_begin(w->writer, jsonl->sequence + text->block, &part->error)) return;
  jn_io_jsonl_record_begin(&w->record, p, text->n, text->offset);
  bool go_on = true;
  for (; go_on && p < end; p = newline + 1, part->lines++) {
    newline = memchr(p, '\n', (size_t)(end - p));
    if (!is_blank(p, newline)) go_on = take_line(jsonl, w, (line){p, (size_t)(newline - p)});
  }
  if (go_on && !jsonl->explore) flush(jsonl, w);
  w->rows = 0;
}
