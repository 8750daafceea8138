/* Reading a table. Every function takes any row and column number. */
#include <math.h>

#include "table/internal.h"

static const jn_table_column *column_at(const journey_table *table, int32_t column) {
  return column >= 0 && column < table->count ? &table->columns[column] : NULL;
}

/* The column of a cell that is there and stored in this way; otherwise NULL. */
static const jn_table_column *cell(const journey_table *table, int64_t row, int32_t column, int32_t store) {
  const jn_table_column *found = column_at(table, column);
  if (!found || found->store != store || row < 0 || row >= table->rows) return NULL;
  return jn_table_has(found, row) ? found : NULL;
}

journey_context *jn_table_context(const journey_table *table) { return table->context; }

const char *journey_table_name(const journey_table *table) { return table->name; }

int64_t journey_table_rows(const journey_table *table) { return table->rows; }

int32_t journey_table_columns(const journey_table *table) { return table->count; }

const char *journey_table_column_name(const journey_table *table, int32_t column) {
  const jn_table_column *found = column_at(table, column);
  return found ? found->name : NULL;
}

int32_t journey_table_column_type(const journey_table *table, int32_t column) {
  const jn_table_column *found = column_at(table, column);
  return found ? found->type : 0;
}

int32_t journey_table_column_unit(const journey_table *table, int32_t column) {
  const jn_table_column *found = column_at(table, column);
  return found ? found->unit : 0;
}

int32_t journey_table_find(const journey_table *table, const char *name) {
  for (int32_t i = 0; i < table->count; i++)
    if (strcmp(table->columns[i].name, name) == 0) return i;
  return -1;
}

int32_t journey_table_is_null(const journey_table *table, int64_t row, int32_t column) {
  const jn_table_column *found = column_at(table, column);
  return !found || row < 0 || row >= table->rows || !jn_table_has(found, row);
}

int64_t journey_table_int64(const journey_table *table, int64_t row, int32_t column) {
  const jn_table_column *found = cell(table, row, column, JN_TABLE_WHOLE);
  return found ? found->whole[row] : 0;
}

double journey_table_float64(const journey_table *table, int64_t row, int32_t column) {
  const jn_table_column *found = cell(table, row, column, JN_TABLE_REAL);
  if (found) return found->real[row];
  found = cell(table, row, column, JN_TABLE_WHOLE);
  return found ? (double)found->whole[row] : (double)NAN;
}

const char *journey_table_text(const journey_table *table, int64_t row, int32_t column, size_t *n) {
  const jn_table_column *found = cell(table, row, column, JN_TABLE_TEXT);
  size_t length = 0;
  const char *s = found ? jn_table_string(found, row, &length) : NULL;
  if (n) *n = length;
  return s;
}

int32_t journey_table_notes(const journey_table *table) { return (int32_t)table->notes_count; }

const char *journey_table_note(const journey_table *table, int32_t i, const char **value) {
  bool there = i >= 0 && (size_t)i < table->notes_count;
  if (value) *value = there ? table->notes[i].value : NULL;
  return there ? table->notes[i].key : NULL;
}
