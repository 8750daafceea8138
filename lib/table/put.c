/* Putting cells: each function stores one value and moves on; what is wrong sticks to the table. */
#include <stdio.h>

#include "table/internal.h"

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void refuse(journey_table *table, const char *what) {
  const char *name = table->columns[table->cursor].name;
  jn_base_quoted table_name = jn_base_quote(table->name, strlen(table->name));
  jn_base_fail_at(&table->error, JOURNEY_EINVAL, table->rows + 1, table->cursor + 1, -1,
                  "table '%s', row %lld, column '%s': %s", table_name.text, (long long)table->rows + 1,
                  jn_base_quote(name, strlen(name)).text, what);
}

static void refuse_type(journey_table *table, int32_t store) {
  static const char *const stores[] = {
      [JN_TABLE_WHOLE] = "a whole number", [JN_TABLE_REAL] = "a FLOAT64", [JN_TABLE_TEXT] = "a text"};
  char what[96];
  snprintf(what, sizeof what, "%s was put into a column of type %s", stores[store],
           jn_table_type_name(table->columns[table->cursor].type));
  refuse(table, what);
}

static void refuse_text(journey_table *table, const char *s, size_t n, size_t at) {
  char what[160];
  snprintf(what, sizeof what, "byte %zu of '%s' is not valid UTF-8", at + 1, jn_base_quote(s, n).text);
  refuse(table, what);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* New bits are ones, so that a cell that is there never touches them. */
static bool grow_valid(journey_table *table, jn_table_column *column, int64_t rows) {
  size_t old = column->valid_capacity, need = (size_t)(rows / 8 + 1);
  if (jn_base_grow(table->context, &column->valid, &column->valid_capacity, need, 1, &table->error)) return false;
  memset(column->valid + old, 0xFF, column->valid_capacity - old);
  return true;
}

static bool grow_column(journey_table *table, jn_table_column *column, int64_t rows) {
  bool first = !column->whole;
  if (jn_base_grow(table->context, &column->whole, &column->cells, (size_t)rows + 1, sizeof *column->whole,
                   &table->error))
    return false;
  if (first) column->whole[0] = 0; /* the first offset of strings */
  return !column->valid || grow_valid(table, column, rows);
}

/* Makes room for the next row in all columns, so that the puts need not look. */
static bool grow(journey_table *table) {
  int64_t rows = jn_base_add_clamped(table->room, table->room / 2 + 64);
  if ((uint64_t)rows >= SIZE_MAX / 2) {
    jn_base_no_memory(&table->error);
    return false;
  }
  for (int32_t i = 0; i < table->count; i++)
    if (!grow_column(table, &table->columns[i], rows)) return false;
  table->room = rows;
  return true;
}

/* Appends a string and its NUL as the row's cell. */
static bool store_text(journey_table *table, jn_table_column *column, const char *s, size_t n) {
  int64_t used = column->whole[table->rows], end;
  int64_t need = 0;
  bool fits = n <= INT64_MAX / 2 && jn_base_add(used, (int64_t)n, &end) && jn_base_add(end, table->rows + 1, &need);
  if (!fits || (uint64_t)need > SIZE_MAX) {
    jn_base_no_memory(&table->error);
    return false;
  }
  if ((size_t)need > column->bytes_capacity &&
      jn_base_grow(table->context, &column->bytes, &column->bytes_capacity, (size_t)need, 1, &table->error))
    return false;
  char *to = column->bytes + used + table->rows;
  if (n) memcpy(to, s, n);
  to[n] = '\0';
  column->whole[table->rows + 1] = end;
  return true;
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

static void advance(journey_table *table) {
  if (++table->cursor < table->count) return;
  table->cursor = 0;
  table->rows++;
}

static bool store_missing(journey_table *table, jn_table_column *column) {
  if (!column->valid && !grow_valid(table, column, table->room)) return false;
  if (column->store == JN_TABLE_TEXT && !store_text(table, column, "", 0)) return false;
  if (column->store != JN_TABLE_TEXT) column->whole[table->rows] = 0;
  column->valid[table->rows >> 3] &= (uint8_t) ~(1u << (table->rows & 7));
  column->missing++;
  return true;
}

/* What precedes the first cell of a row: memory, and the column of groups if there is one. */
static bool begin_row(journey_table *table) {
  if (!table->count) {
    jn_base_fail(&table->error, JOURNEY_EINVAL, "table '%s': a cell was put, but there are no columns",
                 jn_base_quote(table->name, strlen(table->name)).text);
    return false;
  }
  if (table->rows >= table->room && !grow(table)) return false;
  if (!table->prefix_name) return true;
  jn_table_column *column = &table->columns[0];
  bool stored = table->prefix_missing ? store_missing(table, column)
                                      : store_text(table, column, table->prefix.bytes, table->prefix.length);
  if (stored) table->cursor = 1; /* never the last column: another was added right after it */
  return stored;
}

/* The column of the next cell, whatever its type; NULL: an error stuck. */
static inline jn_table_column *next(journey_table *table) {
  if (jn_table_stopped(table)) return NULL;
  if (table->cursor == 0 && (table->rows >= table->room || table->prefix_name) && !begin_row(table)) return NULL;
  return &table->columns[table->cursor];
}

/* The same, for a cell that is stored in a certain way. */
static inline jn_table_column *next_of(journey_table *table, int32_t store) {
  jn_table_column *column = next(table);
  if (!column || column->store == store) return column;
  refuse_type(table, store);
  return NULL;
}

void journey_table_put_int64(journey_table *table, int64_t x) {
  jn_table_column *column = next_of(table, JN_TABLE_WHOLE);
  if (!column) return;
  column->whole[table->rows] = x;
  advance(table);
}

void journey_table_put_float64(journey_table *table, double x) {
  jn_table_column *column = next_of(table, JN_TABLE_REAL);
  if (!column) return;
  if (x == x)
    column->real[table->rows] = x;
  else if (!store_missing(table, column))
    return;
  advance(table);
}

void journey_table_put_text(journey_table *table, const char *s, size_t n) {
  if (!s) {
    journey_table_put_null(table);
    return;
  }
  jn_table_column *column = next_of(table, JN_TABLE_TEXT);
  if (!column) return;
  if (n == SIZE_MAX) n = strlen(s);
  size_t at;
  if (!jn_base_utf8(s, n, &at))
    refuse_text(table, s, n, at);
  else if (store_text(table, column, s, n))
    advance(table);
}

void journey_table_put_null(journey_table *table) {
  jn_table_column *column = next(table);
  if (column && store_missing(table, column)) advance(table);
}
