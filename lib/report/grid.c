/* Tables as HTML. */
#include <math.h>
#include <string.h>

#include "report/internal.h"

/* What a column is called where its name, with blanks for "_", does not say it to people. */
static const struct {
  const char *column, *label;
} labels[] = {
    {"of_previous", "of the step before"},
    {"of_first", "of the first step"},
    {"median_seconds", "median time"},
    {"p90_seconds", "90 % within"},
    {"per_customer", "times each"},
    {"median_to_next_seconds", "median to next"},
    {"entry", "journeys begin"},
    {"exit", "journeys end"},
    {"n", "answers"},
    {"top_box", "satisfied"},
    {"step", "#"},
    {"scores", "scores given"},
    {"complete", "is over"},
    {"value", "total value"},
};

typedef struct grid {
  jn_base_text *out;
  const journey_table *table;
  const journey_map *map;
  int32_t columns;
} grid;

static void put(const grid *g, const char *s) { jn_base_text_put(g->out, s); }

static bool is_number(const grid *g, int32_t column) {
  return journey_table_column_type(g->table, column) != JOURNEY_TYPE_STRING;
}

static void put_label(const grid *g, const char *name) {
  for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
    if (strcmp(labels[i].column, name) == 0) name = labels[i].label;
  }
  char c[2] = "";
  for (; *name; name++) {
    *c = *name == '_' ? ' ' : *name;
    jn_report_put_escaped(g->out, c);
  }
}

/* ---- which columns are shown ------------------------------------------------------------------------------------- */

/* "rate_low" and "rate_high" stand beside "rate". */
static int32_t bound_of(const grid *g, int32_t column, const char *end) {
  char name[80];
  jn_draw_format(name, sizeof name, "%s%s", journey_table_column_name(g->table, column), end);
  return journey_table_find(g->table, name);
}

static bool is_bound(const grid *g, int32_t column) {
  char name[80];
  jn_draw_format(name, sizeof name, "%s", journey_table_column_name(g->table, column));
  char *end = strrchr(name, '_');
  if (!end || (strcmp(end, "_low") != 0 && strcmp(end, "_high") != 0)) return false;
  *end = '\0';
  return journey_table_find(g->table, name) >= 0;
}

/* Columns without any cell, or, beside such ones, of nothing but zeros ("scores given" without scores), say nothing. */
static bool is_shown(const grid *g, int32_t column) {
  bool may_be_zero = strcmp(journey_table_column_name(g->table, column), "scores") != 0;
  if (is_bound(g, column)) return false;
  for (int64_t row = 0; row < journey_table_rows(g->table); row++) {
    if (journey_table_is_null(g->table, row, column)) continue;
    if (may_be_zero || journey_table_int64(g->table, row, column) != 0) return true;
  }
  return false;
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

static void put_text(const grid *g, int64_t row, int32_t column) {
  const char *kind = journey_table_column_name(g->table, column), *s = journey_table_text(g->table, row, column, NULL);
  const char *name = s ? jn_report_name(g->map, kind, s) : NULL;
  jn_base_text cell;
  if (name != s) {
    jn_report_put_escaped(g->out, name);
    return;
  }
  jn_base_text_init(&cell, g->out->context); /* as in a terminal: control characters are made visible */
  jn_table_cell_text(g->table, row, column, &cell);
  if (cell.status == JOURNEY_OK && cell.bytes) jn_report_put_escaped(g->out, cell.bytes);
  if (cell.status != JOURNEY_OK) g->out->status = cell.status;
  jn_base_text_clear(&cell);
}

static void put_real(const grid *g, int64_t row, int32_t column) {
  double x = journey_table_float64(g->table, row, column);
  int32_t unit = journey_table_column_unit(g->table, column);
  if (isnan(x))
    put(g, "-");
  else if (unit == JOURNEY_UNIT_SHARE)
    jn_report_put_escaped(g->out, jn_draw_percent(x).text);
  else if (unit == JOURNEY_UNIT_SECONDS)
    jn_report_put_escaped(g->out, jn_draw_seconds(x).text);
  else
    put(g, jn_draw_fixed(x, unit == JOURNEY_UNIT_SCORE ? 1 : x == round(x) ? 0 : 2, false).text);
}

static void put_value(const grid *g, int64_t row, int32_t column) {
  int32_t type = journey_table_column_type(g->table, column);
  if (type == JOURNEY_TYPE_FLOAT64)
    put_real(g, row, column);
  else if (type == JOURNEY_TYPE_INT64 && strcmp(journey_table_column_name(g->table, column), "complete") == 0) {
    put(g, journey_table_int64(g->table, row, column) ? "yes" : "no");
  } else if (type == JOURNEY_TYPE_INT64 && !journey_table_is_null(g->table, row, column)) {
    put(g, jn_draw_count(journey_table_int64(g->table, row, column)).text);
  } else {
    put_text(g, row, column);
  }
}

static void put_cell(const grid *g, int64_t row, int32_t column) {
  int32_t low = bound_of(g, column, "_low"), high = bound_of(g, column, "_high");
  put(g, is_number(g, column) ? "<td class=\"n\">" : "<td class=\"t\">");
  put_value(g, row, column);
  if (low >= 0 && high >= 0 && !journey_table_is_null(g->table, row, low)) {
    put(g, "<small>");
    put_value(g, row, low);
    put(g, " to ");
    put_value(g, row, high);
    put(g, "</small>");
  }
  put(g, "</td>");
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void put_rows(const grid *g, const bool *shown, int64_t rows) {
  put(g, "<div class=\"wide\"><table><thead><tr>");
  for (int32_t c = 0; c < g->columns; c++) {
    if (!shown[c]) continue;
    put(g, is_number(g, c) ? "<th class=\"n\" scope=\"col\">" : "<th scope=\"col\">");
    put_label(g, journey_table_column_name(g->table, c));
    put(g, "</th>");
  }
  put(g, "</tr></thead>\n<tbody>\n");
  for (int64_t r = 0; r < rows; r++) {
    put(g, "<tr>");
    for (int32_t c = 0; c < g->columns; c++) {
      if (shown[c]) put_cell(g, r, c);
    }
    put(g, "</tr>\n");
  }
  put(g, "</tbody></table></div>\n");
}

static void put_notes(const grid *g) {
  for (int32_t i = 0; i < journey_table_notes(g->table); i++) {
    const char *value, *key = journey_table_note(g->table, i, &value);
    put(g, "<p class=\"soft\">");
    put_label(g, key);
    put(g, ": ");
    jn_report_put_escaped(g->out, value);
    put(g, "</p>\n");
  }
}

enum { MOST_COLUMNS = 64 }; /* no built-in metric comes near */

void jn_report_put_table(jn_base_text *out, const journey_table *table, const journey_map *map, int64_t rows) {
  bool shown[MOST_COLUMNS] = {false};
  int32_t columns = journey_table_columns(table);
  grid g = {.out = out, .table = table, .map = map, .columns = columns < MOST_COLUMNS ? columns : MOST_COLUMNS};
  int64_t all = journey_table_rows(table), most = all < rows ? all : rows;
  for (int32_t c = 0; c < g.columns; c++) shown[c] = is_shown(&g, c);
  if (all == 0)
    put(&g, "<p class=\"soft\">no data</p>\n");
  else
    put_rows(&g, shown, most);
  if (most < all) {
    jn_base_text_format(out, "<p class=\"soft\">The first %s of %s rows.</p>\n", jn_draw_count(most).text,
                        jn_draw_count(all).text);
  }
  put_notes(&g);
}
