/* A table for people: aligned columns, a rule under the header, notes below. A cell can not break the layout: control
 * characters, line separators and marks that turn the direction of writing are shown as escapes. */
#include "table/internal.h"

enum { MOST_WIDTH = 80 }; /* a wider cell is written whole and shifts the rest of its row */

/* ---- one cell ---------------------------------------------------------------------------------------------------- */

static bool is_hidden(uint32_t c) {
  if (c >= 0x20 && c < 0x7F) return false; /* most are these */
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static void put_escape(jn_base_text *out, uint32_t c) {
  if (c == '\n')
    jn_base_text_put(out, "\\n");
  else if (c == '\r')
    jn_base_text_put(out, "\\r");
  else if (c == '\t')
    jn_base_text_put(out, "\\t");
  else
    jn_base_text_format(out, "\\u%04x", (unsigned)c);
}

static void put_visible(jn_base_text *out, const char *s, size_t n) {
  size_t begin = 0;
  for (size_t i = 0; i < n;) {
    uint32_t c = (unsigned char)s[i];
    size_t length = c < 0x80 ? 1 : jn_table_decode(s + i, n - i, &c);
    if (is_hidden(c)) {
      jn_base_text_add(out, s + begin, i - begin);
      put_escape(out, c);
      begin = i + length;
    }
    i += length;
  }
  jn_base_text_add(out, s + begin, n - begin);
}

static void put_cell(jn_base_text *out, const jn_table_column *column, int64_t row) {
  size_t n;
  if (!jn_table_has(column, row)) {
    jn_base_text_add(out, "-", 1);
  } else if (column->store == JN_TABLE_TEXT) {
    const char *s = jn_table_string(column, row, &n);
    put_visible(out, s, n);
  } else {
    jn_table_put_nice(out, column, row);
  }
}

void jn_table_cell_text(const journey_table *table, int64_t row, int32_t column, jn_base_text *out) {
  if (column >= 0 && column < table->count && row >= 0 && row < table->rows)
    put_cell(out, &table->columns[column], row);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

typedef struct layout {
  const journey_table *table;
  jn_table_sink *sink;
  jn_base_text cell; /* the one at hand */
  size_t *widths;    /* of the columns */
} layout;

enum { HEADER = -1 };

/* Fills layout->cell; returns its width. */
static size_t load(layout *at, int64_t row, int32_t i) {
  const jn_table_column *column = &at->table->columns[i];
  at->cell.length = 0;
  if (row == HEADER)
    put_visible(&at->cell, column->name, strlen(column->name));
  else
    put_cell(&at->cell, column, row);
  if (at->cell.status && !at->sink->text.status) at->sink->text.status = at->cell.status;
  return at->cell.status ? 0 : jn_table_text_width(at->cell.bytes, at->cell.length);
}

static void measure_row(layout *at, int64_t row) {
  for (int32_t i = 0; i < at->table->count; i++) {
    size_t width = load(at, row, i);
    if (width > MOST_WIDTH) width = MOST_WIDTH;
    if (width > at->widths[i]) at->widths[i] = width;
  }
}

static void measure(layout *at) {
  jn_base_text *text = &at->sink->text;
  for (int64_t row = HEADER; row < at->table->rows && !text->status; row++) {
    if (row % 4096 == 0) text->status = jn_base_cancelled(text->context, at->sink->err);
    if (!text->status) measure_row(at, row);
  }
}

static void repeat(jn_table_sink *sink, char c, size_t n) {
  char many[MOST_WIDTH];
  memset(many, c, sizeof many);
  jn_table_out(sink, many, n);
}

static void write_cell(layout *at, int64_t row, int32_t i) {
  const jn_table_column *column = &at->table->columns[i];
  bool right = column->store != JN_TABLE_TEXT && column->type != JOURNEY_TYPE_TIME, last = i + 1 == at->table->count;
  size_t width = load(at, row, i), space = width < at->widths[i] ? at->widths[i] - width : 0;
  if (right) repeat(at->sink, ' ', space);
  if (width) jn_table_out(at->sink, at->cell.bytes, at->cell.length);
  if (!right && !last) repeat(at->sink, ' ', space);
  jn_table_out_string(at->sink, last ? "\n" : "  ");
}

static bool write_row(layout *at, int64_t row) {
  for (int32_t i = 0; i < at->table->count; i++) write_cell(at, row, i);
  return jn_table_row_done(at->sink);
}

static void write_rule(layout *at) {
  for (int32_t i = 0; i < at->table->count; i++) {
    repeat(at->sink, '-', at->widths[i]);
    jn_table_out_string(at->sink, i + 1 == at->table->count ? "\n" : "  ");
  }
}

static void write_notes(const journey_table *table, jn_table_sink *sink) {
  for (size_t i = 0; i < table->notes_count; i++) {
    const jn_table_note *note = &table->notes[i];
    jn_table_out_string(sink, "note: ");
    put_visible(&sink->text, note->key, strlen(note->key));
    jn_table_out_string(sink, ": ");
    put_visible(&sink->text, note->value, strlen(note->value));
    jn_table_out_string(sink, "\n");
    jn_table_row_done(sink);
  }
}

static void write_rows(layout *at) {
  measure(at);
  write_row(at, HEADER);
  write_rule(at);
  for (int64_t row = 0; row < at->table->rows; row++)
    if (!write_row(at, row)) return;
  if (!at->table->rows) jn_table_out_string(at->sink, "(no rows)\n");
}

void jn_table_write_text(const journey_table *table, jn_table_sink *sink) {
  journey_context *context = table->context;
  layout at = {.table = table, .sink = sink};
  jn_base_text_init(&at.cell, context);
  size_t columns = (size_t)table->count;
  at.widths = jn_base_zalloc(context, columns, sizeof *at.widths);
  if (!at.widths)
    sink->text.status = JOURNEY_ENOMEM;
  else if (columns)
    write_rows(&at);
  write_notes(table, sink);
  jn_base_free(context, at.widths, columns, sizeof *at.widths);
  jn_base_text_clear(&at.cell);
}
