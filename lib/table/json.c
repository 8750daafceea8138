/* A table as JSON (RFC 8259): one object, or one object a row. */
#include <math.h>
#include <stdio.h>

#include "table/internal.h"

static void put_escape(jn_table_sink *sink, char c) {
  static const char *const plain = "\"\\\b\f\n\r\t", *const letters = "\"\\bfnrt";
  const char *found = c ? strchr(plain, c) : NULL;
  if (found) {
    jn_table_out(sink, (const char[]){'\\', letters[found - plain]}, 2);
    return;
  }
  char text[8];
  jn_table_out(sink, text, (size_t)snprintf(text, sizeof text, "\\u%04x", (unsigned)c));
}

static void put_string(jn_table_sink *sink, const char *s, size_t n) {
  size_t begin = 0;
  jn_table_out(sink, "\"", 1);
  for (size_t i = 0; i < n; i++) {
    if ((unsigned char)s[i] >= 0x20 && s[i] != '"' && s[i] != '\\') continue;
    jn_table_out(sink, s + begin, i - begin);
    put_escape(sink, s[i]);
    begin = i + 1;
  }
  jn_table_out(sink, s + begin, n - begin);
  jn_table_out(sink, "\"", 1);
}

static void put_name(jn_table_sink *sink, const char *s) { put_string(sink, s, strlen(s)); }

/* JSON has no word for infinity, but a number too large for a double is valid and read as one. */
static void put_real(jn_table_sink *sink, double x) {
  if (isinf(x))
    jn_table_out_string(sink, x < 0 ? "-1e999" : "1e999");
  else
    jn_base_text_double(&sink->text, x);
}

static void put_cell(jn_table_sink *sink, const jn_table_column *column, int64_t row) {
  size_t n;
  if (!jn_table_has(column, row)) {
    jn_table_out(sink, "null", 4);
  } else if (column->store == JN_TABLE_TEXT) {
    const char *s = jn_table_string(column, row, &n);
    put_string(sink, s, n);
  } else if (column->store == JN_TABLE_REAL) {
    put_real(sink, column->real[row]);
  } else {
    const char *quote = column->type == JOURNEY_TYPE_TIME ? "\"" : "";
    jn_table_out_string(sink, quote);
    jn_table_put_raw(&sink->text, column, row);
    jn_table_out_string(sink, quote);
  }
}

/* ---- one object -------------------------------------------------------------------------------------------------- */

static void put_member(jn_table_sink *sink, const char *before, const char *key, const char *value) {
  jn_table_out_string(sink, before);
  put_name(sink, key);
  jn_table_out(sink, ": ", 2);
  put_name(sink, value);
}

static void put_columns(const journey_table *table, jn_table_sink *sink) {
  for (int32_t i = 0; i < table->count; i++) {
    const jn_table_column *column = &table->columns[i];
    put_member(sink, i ? ",\n  {" : "\n  {", "name", column->name);
    put_member(sink, ", ", "type", jn_table_type_name(column->type));
    put_member(sink, ", ", "unit", jn_table_unit_name(column->unit));
    jn_table_out(sink, "}", 1);
  }
}

static bool put_row(const journey_table *table, jn_table_sink *sink, int64_t row) {
  jn_table_out_string(sink, row ? ",\n  [" : "\n  [");
  for (int32_t i = 0; i < table->count; i++) {
    if (i) jn_table_out(sink, ", ", 2);
    put_cell(sink, &table->columns[i], row);
  }
  jn_table_out(sink, "]", 1);
  return jn_table_row_done(sink);
}

void jn_table_write_json(const journey_table *table, jn_table_sink *sink) {
  put_member(sink, "{", "name", table->name);
  jn_table_out_string(sink, ",\n\"notes\": {");
  for (size_t i = 0; i < table->notes_count; i++)
    put_member(sink, i ? ",\n  " : "\n  ", table->notes[i].key, table->notes[i].value);
  jn_table_out_string(sink, "},\n\"columns\": [");
  put_columns(table, sink);
  jn_table_out_string(sink, "],\n\"rows\": [");
  for (int64_t row = 0; row < table->rows; row++)
    if (!put_row(table, sink, row)) return;
  jn_table_out_string(sink, "]}\n");
}

/* ---- one object a row -------------------------------------------------------------------------------------------- */

void jn_table_write_jsonl(const journey_table *table, jn_table_sink *sink) {
  for (int64_t row = 0; row < table->rows; row++) {
    for (int32_t i = 0; i < table->count; i++) {
      jn_table_out(sink, i ? ", " : "{", i ? 2 : 1);
      put_name(sink, table->columns[i].name);
      jn_table_out(sink, ": ", 2);
      put_cell(sink, &table->columns[i], row);
    }
    jn_table_out(sink, "}\n", 2);
    if (!jn_table_row_done(sink)) return;
  }
}
