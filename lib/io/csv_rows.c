/* Rows of CSV to events: the hot path. */
#include <stdio.h>
#include <string.h>

#include "io/csv.h"

/* What is wrong is rare: its code and its records of errors stay out of the hot functions. */
#define COLD __attribute__((cold, noinline))

/* ---- where something is ----------------------------------------------------------------------------------------- */

/* Line within the text, from 1. Counts on from the last place, for texts with many bad rows. */
static int64_t line_of(jn_io_csv_worker *w, char newline, const char *at) {
  w->lines += jn_io_count(w->counted, (size_t)(at - w->counted), newline);
  w->counted = at;
  return w->lines + 1;
}

/* A bad row that begins at `row` and ends before `next`; false when it ends the reading. `at` is what is wrong in it,
 * and its line is named. */
static COLD bool bad_at(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next, const char *line,
                        const char *at, uint32_t column, journey_error *error) {
  size_t n = (size_t)(next - row);
  if (n && row[n - 1] == csv->newline) n--;
  if (n && csv->newline == '\n' && row[n - 1] == '\r') n--;
  error->row = line_of(w, csv->newline, line);
  error->column = (int32_t)column;
  error->offset = w->text->offset + (at - w->text->bytes);
  return jn_io_bad_row(csv->job, w->part, error, row, n);
}

static bool bad_row(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next, uint32_t column,
                    const char *at, journey_error *error) {
  return bad_at(csv, w, row, next, row, at, column, error);
}

static jn_base_quoted column_name(const jn_io_csv *csv, uint32_t column) {
  jn_stream_string name = csv->header.field[column];
  return jn_base_quote(name.bytes, name.length);
}

/* A field by its column's name, or by its number where there are more fields than columns. */
static COLD jn_base_quoted place_of(const jn_io_csv *csv, uint32_t field) {
  jn_base_quoted place;
  if (field < csv->header.columns) {
    snprintf(place.text, sizeof place.text, "column \"%.50s\"", column_name(csv, field).text);
  } else {
    snprintf(place.text, sizeof place.text, "field %u", field + 1);
  }
  return place;
}

/* ---- records that are none -------------------------------------------------------------------------------------- */

static COLD bool bad_quotes(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next) {
  const jn_io_csv_splitter *s = &w->splitter;
  journey_error error;
  bool open = s->problem == JN_IO_CSV_OPEN_QUOTE; /* the row may have many lines: name the one with the quote */
  jn_base_fail(&error, JOURNEY_EPARSE, "%s, in %s",
               open ? "a quote is opened and never closed" : "text after the closing quote of a field",
               place_of(csv, s->problem_field).text);
  return bad_at(csv, w, row, next, open ? s->problem_at : row, s->problem_at, s->problem_field + 1, &error);
}

static COLD bool bad_count(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next) {
  journey_error error;
  uint32_t fields = w->splitter.fields, columns = csv->header.columns;
  jn_base_fail(&error, JOURNEY_EPARSE, "%u field%s where the header has %u", fields, fields == 1 ? "" : "s", columns);
  return bad_row(csv, w, row, next, fields < columns ? fields : columns + 1, row, &error);
}

static COLD bool bad_byte(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next, bool *bad) {
  journey_error error;
  size_t n = (size_t)(next - row), where = 0;
  const char *at = memchr(row, 0, n);
  *bad = at || !jn_base_utf8(row, n, &where);
  if (!*bad) return true;
  if (!at) at = row + where;
  uint32_t column = jn_io_csv_field_at(csv, row, at);
  jn_base_quoted place = place_of(csv, column - 1);
  if (*at) jn_base_fail(&error, JOURNEY_EPARSE, "the byte 0x%02x is not UTF-8, in %s", (unsigned char)*at, place.text);
  else jn_base_fail(&error, JOURNEY_EPARSE, "a NUL byte in %s", place.text);
  return bad_row(csv, w, row, next, column, at, &error);
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

/* The field that plays a part in this row, and its column. Most parts have one candidate or none. */
static inline jn_stream_string field_of(const jn_io_csv *csv, const jn_io_csv_worker *w, int role, uint32_t *column) {
  jn_stream_string field = *w->part_field[role];
  *column = csv->first[role];
  if (field.length || !(csv->many >> role & 1)) return field;
  for (uint32_t i = 1; !field.length && i < csv->columns.candidates[role]; i++) {
    *column = csv->columns.column[role][i];
    field = w->splitter.field[*column];
  }
  return field;
}

static COLD bool bad_value(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next, uint32_t column,
                           const char *format, const char *detail) {
  journey_error error;
  jn_stream_string field = w->splitter.field[column];
  bool copied = field.bytes < row || field.bytes >= next; /* quotes were taken out of it */
  jn_base_fail(&error, JOURNEY_EPARSE, format, jn_base_quote(field.bytes, field.length).text,
               column_name(csv, column).text, detail);
  return bad_row(csv, w, row, next, column + 1, copied ? row : field.bytes, &error);
}

static COLD bool no_value(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next, int role,
                          const char *what) {
  journey_error error;
  uint32_t column = csv->first[role];
  if (column == csv->header.columns) column = csv->first[JN_IO_ANONYMOUS];
  jn_base_fail(&error, JOURNEY_EPARSE, "no %s: \"%s\" is empty", what, column_name(csv, column).text);
  return bad_row(csv, w, row, next, column + 1, row, &error);
}

static COLD bool bad_time(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next, uint32_t column) {
  jn_stream_string field = w->splitter.field[column];
  journey_error why = {0};
  jn_time_parse_error(&w->time, field.bytes, field.length, &why);
  return bad_value(csv, w, row, next, column, "\"%s\" in column \"%s\" is no time: %s", why.message);
}

/* ---- attributes ------------------------------------------------------------------------------------------------- */

/* A column that seemed to be numbers is not: it is text then, and all is read again, if that can be done. */
static COLD bool not_a_number(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next, size_t i) {
  const jn_io_attribute *attribute = &csv->columns.attribute[i];
  if (attribute->fixed) {
    return bad_value(csv, w, row, next, attribute->column, "\"%s\" in column \"%s\" is no number%s", "");
  }
  if (csv->rereadable) {
    atomic_store(&csv->is_text[i], true);
    atomic_store(&csv->again, true);
    return true;
  }
  jn_stream_string field = w->splitter.field[attribute->column];
  jn_base_fail_at(&w->part->error, JOURNEY_EPARSE, line_of(w, csv->newline, row), (int32_t)attribute->column + 1, -1,
                  "\"%s\" in column \"%s\", which was numbers until here; a pipe cannot be read again: say "
                  "\"all,%s:text\" in attributes, or read from a file",
                  jn_base_quote(field.bytes, field.length).text, column_name(csv, attribute->column).text,
                  column_name(csv, attribute->column).text);
  return false;
}

/* Fills the cells; *bad when the row is left out. */
static bool take_attributes(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next, bool *bad) {
  jn_stream_cell *cells = w->cell + w->rows * csv->cells;
  for (size_t i = 0; i < csv->columns.attributes; i++) {
    const jn_io_attribute *attribute = &csv->columns.attribute[i];
    jn_stream_string field = w->splitter.field[attribute->column];
    jn_stream_cell *cell = &cells[attribute->index];
    if (attribute->type == JN_IO_TYPE_TEXT) {
      cell->text = field;
    } else if (!field.length) {
      cell->number = __builtin_nan("");
    } else if (attribute->fixed ? !jn_base_parse_double(field.bytes, field.length, &cell->number)
                                : !jn_io_csv_attribute_number(field.bytes, field.length, &cell->number)) {
      *bad = attribute->fixed;
      if (!not_a_number(csv, w, row, next, i) || *bad) return !w->part->error.code;
    }
  }
  return true;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static bool is(jn_stream_string s, const char *word) {
  return s.length == strlen(word) && !memcmp(s.bytes, word, s.length);
}

/* Hands the rows that are waiting to the stream; false when that fails. */
static bool flush(jn_io_csv *csv, jn_io_csv_worker *w) {
  size_t taken, n = w->rows;
  w->rows = 0;
  if (!n || atomic_load_explicit(&csv->again, memory_order_relaxed)) return true;
  return !jn_stream_put_rows(w->writer, w->row, n, &taken, &w->part->error);
}

static bool link(jn_io_csv_worker *w, jn_stream_string id, bool anonymous, jn_stream_string customer) {
  return !id.length || !jn_stream_link(w->writer, id, anonymous, customer, &w->part->error);
}

/* Links of a row, where the preset has columns for them; *only when the row is nothing else. The rows before it go to
 * the stream first: of two customers that claim an anonymous id, the first one counts. */
static bool take_links(jn_io_csv *csv, jn_io_csv_worker *w, const jn_stream_row *row, bool *only) {
  uint32_t column;
  jn_stream_string kind = field_of(csv, w, JN_IO_KIND, &column), old = field_of(csv, w, JN_IO_PREVIOUS, &column);
  *only = is(kind, "identify") || is(kind, "alias");
  if (!row->customer.length || !(old.length || (*only && row->anonymous.length))) return true;
  if (!flush(csv, w)) return false;
  if (atomic_load_explicit(&csv->again, memory_order_relaxed)) return true;
  if (*only && !link(w, row->anonymous, true, row->customer)) return false;
  /* where anonymous ids have a column of their own, the other id may be one of those too */
  if (csv->columns.candidates[JN_IO_ANONYMOUS] && !link(w, old, true, row->customer)) return false;
  return link(w, old, false, row->customer);
}

/* False when the reading ends here. */
static bool take_row(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next) {
  jn_stream_row *event = &w->row[w->rows];
  uint32_t column;
  bool flag = false;
  event->customer = field_of(csv, w, JN_IO_CUSTOMER, &column);
  event->anonymous = field_of(csv, w, JN_IO_ANONYMOUS, &column);
  event->id = field_of(csv, w, JN_IO_ID, &column);
  if (!event->customer.length && !event->anonymous.length) {
    return no_value(csv, w, row, next, JN_IO_CUSTOMER, "customer");
  }
  if (csv->columns.candidates[JN_IO_KIND] || csv->columns.candidates[JN_IO_PREVIOUS]) {
    jn_stream_row ids = *event;
    if (!take_links(csv, w, &ids, &flag)) return false;
    w->part->links += flag;
    if (flag) return true;
    event = &w->row[w->rows]; /* the rows before may have left */
    event->customer = ids.customer, event->anonymous = ids.anonymous, event->id = ids.id;
  }
  event->name = csv->event.length ? csv->event : field_of(csv, w, JN_IO_EVENT, &column);
  if (!event->name.length) return no_value(csv, w, row, next, JN_IO_EVENT, "event name");
  jn_stream_string field = field_of(csv, w, JN_IO_TIME, &column);
  if (!field.length) return no_value(csv, w, row, next, JN_IO_TIME, "time");
  if (!jn_time_parse(&w->time, field.bytes, field.length, &event->time)) return bad_time(csv, w, row, next, column);
  field = field_of(csv, w, JN_IO_VALUE, &column);
  event->value = __builtin_nan("");
  if (field.length && !jn_base_parse_double(field.bytes, field.length, &event->value)) {
    return bad_value(csv, w, row, next, column, "\"%s\" in column \"%s\" is no number%s", "");
  }
  if (!take_attributes(csv, w, row, next, &flag)) return false;
  if (flag) return true;
  w->part->events++;
  return ++w->rows < csv->batch || flush(csv, w);
}

static bool take_record(jn_io_csv *csv, jn_io_csv_worker *w, const char *row, const char *next) {
  const jn_io_csv_splitter *s = &w->splitter;
  bool bad = false;
  w->part->rows++;
  if (s->no_memory) return !jn_base_no_memory(&w->part->error);
  if ((size_t)(next - row) > csv->job->most) {
    jn_base_fail_at(&w->part->error, JOURNEY_ELIMIT, line_of(w, csv->newline, row), 0, -1,
                    "a record is longer than %zu bytes", csv->job->most);
    return false;
  }
  if (w->check_bytes && (!bad_byte(csv, w, row, next, &bad) || bad)) return !w->part->error.code;
  if (s->problem != JN_IO_CSV_FINE) return bad_quotes(csv, w, row, next);
  if (s->fields != csv->header.columns) return bad_count(csv, w, row, next);
  return take_row(csv, w, row, next);
}

static void begin_text(jn_io_csv_worker *w, const jn_io_text *text, jn_io_part *part) {
  size_t at;
  w->text = text;
  w->part = part;
  w->counted = text->bytes;
  w->lines = 0;
  w->check_bytes = !jn_io_is_plain(text->bytes, text->n) &&
                   (memchr(text->bytes, 0, text->n) || !jn_base_utf8(text->bytes, text->n, &at));
  jn_io_csv_split_begin(&w->splitter, text->bytes, text->n);
}

void jn_io_csv_parse(void *self, uint32_t worker, const jn_io_text *text, jn_io_part *part) {
  jn_io_csv *csv = self;
  jn_io_csv_worker *w = &csv->worker[worker];
  const char *p = text->bytes, *end = p + text->n;
  begin_text(w, text, part);
  if (jn_stream_begin(w->writer, csv->sequence + text->block, &part->error)) return;
  bool go_on = true;
  for (; go_on && p < end; part->lines++) {
    const char *next = jn_io_csv_split(&w->splitter, p);
    if (!jn_io_csv_is_empty(&w->splitter)) go_on = take_record(csv, w, p, next);
    p = next;
  }
  if (go_on) go_on = flush(csv, w);
  w->rows = 0;
  if (go_on && w->splitter.any_quoted) part->lines = line_of(w, csv->newline, end) - 1;
}
