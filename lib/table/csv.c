/* A table as CSV: RFC 4180 with a header. A missing cell is empty, an empty string is "". */
#include "table/internal.h"

static bool is_special(char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; }

static bool needs_quotes(const char *s, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (is_special(s[i])) return true;
  return n == 0;
}

static void put_field(jn_table_sink *sink, const char *s, size_t n) {
  if (!needs_quotes(s, n)) {
    jn_table_out(sink, s, n);
    return;
  }
  jn_table_out(sink, "\"", 1);
  for (const char *quote; n && (quote = memchr(s, '"', n)); s = quote + 1) {
    size_t upto = (size_t)(quote - s) + 1;
    jn_table_out(sink, s, upto);
    jn_table_out(sink, "\"", 1);
    n -= upto;
  }
  jn_table_out(sink, s, n);
  jn_table_out(sink, "\"", 1);
}

static void put_cell(jn_table_sink *sink, const jn_table_column *column, int64_t row) {
  if (!jn_table_has(column, row)) return;
  if (column->store != JN_TABLE_TEXT) {
    jn_table_put_raw(&sink->text, column, row);
    return;
  }
  size_t n;
  const char *s = jn_table_string(column, row, &n);
  put_field(sink, s, n);
}

static bool end_line(jn_table_sink *sink) {
  jn_table_out(sink, "\r\n", 2);
  return jn_table_row_done(sink);
}

static bool write_row(const journey_table *table, jn_table_sink *sink, int64_t row) {
  /* A line without a character is no row to many readers, so where it would be the only cell a missing one is "". */
  if (table->count == 1 && !jn_table_has(&table->columns[0], row)) put_field(sink, "", 0);
  for (int32_t i = 0; i < table->count; i++) {
    if (i) jn_table_out(sink, ",", 1);
    put_cell(sink, &table->columns[i], row);
  }
  return end_line(sink);
}

void jn_table_write_csv(const journey_table *table, jn_table_sink *sink) {
  if (!table->count) return;
  for (int32_t i = 0; i < table->count; i++) {
    if (i) jn_table_out(sink, ",", 1);
    put_field(sink, table->columns[i].name, strlen(table->columns[i].name));
  }
  if (!end_line(sink)) return;
  for (int64_t row = 0; row < table->rows; row++)
    if (!write_row(table, sink, row)) return;
}
