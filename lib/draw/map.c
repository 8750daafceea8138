/* The map: personas, stages as columns, touchpoints as cards, and the emotion believed and measured. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw/svg.h"
#include "map/map.h"
#include "table/table.h"

enum {
  MARGIN = 24, GAP = 12, COLUMN = 190, CARD = 74, CARD_GAP = 8, HEAD = 66, PERSONA = 118, CURVE = 150, MOST_PERSONAS = 20
};

/* What the table says of the touchpoints. */
typedef struct measured {
  const journey_table *table; /* NULL: nothing was measured */
  int32_t name, customers, reach, scores, score, low, high;
} measured;

/* Where things are. Column c is stage c; the last one holds touchpoints without a stage, if there are any. */
typedef struct layout {
  const journey_map *map;
  measured numbers;
  int64_t stages, columns, touchpoints, rows; /* rows: of the fullest column */
  double width, column, top, cards, curve, bottom; /* pixels */
} layout;

/* ---- what is measured ------------------------------------------------------------------------------------------------- */

static journey_status find_columns(const journey_table *table, measured *m, journey_error *err) {
  journey_status status = JOURNEY_OK;
  *m = (measured){.table = table};
  if (!table) return JOURNEY_OK;
  m->name = jn_svg_column(table, "touchpoint", &status, err);
  m->customers = jn_svg_column(table, "customers", &status, err);
  m->reach = jn_svg_column(table, "reach", &status, err);
  m->scores = jn_svg_column(table, "scores", &status, err);
  m->score = jn_svg_column(table, "score", &status, err);
  m->low = jn_svg_column(table, "score_low", &status, err);
  m->high = jn_svg_column(table, "score_high", &status, err);
  return status;
}

/* The row of a touchpoint, by its name or its id; -1 for none. */
static int64_t find_row(const measured *m, const journey_element *touchpoint) {
  const char *name = journey_element_text(touchpoint, "name"), *id = journey_element_id(touchpoint);
  for (int64_t row = 0; m->table && row < journey_table_rows(m->table); row++) {
    const char *own = journey_table_text(m->table, row, m->name, NULL);
    if (own && ((name && strcmp(own, name) == 0) || strcmp(own, id) == 0)) return row;
  }
  return -1;
}

/* A score from 1 to 5 as a valence from -2 to 2; others are no emotion. */
static double valence(const measured *m, int64_t row, int32_t column) {
  double score = row < 0 ? NAN : journey_table_float64(m->table, row, column);
  return score >= 1 && score <= 5 ? score - 3 : NAN;
}

/* ---- layout ------------------------------------------------------------------------------------------------------------- */

static journey_element *touchpoint_at(const layout *l, int64_t i) { return journey_map_at(l->map, "touchpoint", i); }

/* The column of a touchpoint: its stage's, or the one behind the stages. */
static int64_t column_of(const layout *l, const journey_element *touchpoint) {
  const char *stage = journey_element_text(touchpoint, "stage");
  for (int64_t c = 0; stage && c < l->stages; c++) {
    if (strcmp(journey_element_id(journey_map_at(l->map, "stage", c)), stage) == 0) return c;
  }
  return l->stages;
}

static int64_t count_in_column(const layout *l, int64_t column) {
  int64_t n = 0;
  for (int64_t i = 0; i < l->touchpoints; i++) n += column_of(l, touchpoint_at(l, i)) == column;
  return n;
}

static bool has_emotion(const layout *l) {
  for (int64_t i = 0; i < l->touchpoints; i++) {
    const journey_element *t = touchpoint_at(l, i);
    if (journey_element_has(t, "emotion")) return true;
    if (l->numbers.table && !isnan(valence(&l->numbers, find_row(&l->numbers, t), l->numbers.score))) return true;
  }
  return false;
}

static int64_t count_personas(const layout *l, const journey_draw_options *options) {
  int64_t n = journey_map_count(l->map, "persona");
  if (options->persona) return journey_map_find(l->map, "persona", options->persona) ? 1 : 0;
  return n < MOST_PERSONAS ? n : MOST_PERSONAS;
}

static void lay_out(layout *l, const journey_draw_options *options) {
  l->stages = journey_map_count(l->map, "stage");
  l->touchpoints = journey_map_count(l->map, "touchpoint");
  l->columns = l->stages + (count_in_column(l, l->stages) > 0);
  if (l->columns == 0) l->columns = 1;
  for (int64_t c = 0; c < l->columns; c++) {
    int64_t n = count_in_column(l, c);
    if (n > l->rows) l->rows = n;
  }
  l->column = options->width ? (options->width - 2 * MARGIN + GAP) / (double)l->columns - GAP : COLUMN;
  if (l->column < 120) l->column = 120;
  l->width = 2 * MARGIN - GAP + (double)l->columns * (l->column + GAP);
  if (l->width < 560) l->width = 560;
  double per_row = floor((l->width - 2 * MARGIN + GAP) / (340 + GAP)), personas = (double)count_personas(l, options);
  l->top = 84 + ceil(personas / per_row) * (PERSONA + GAP);
  l->cards = l->top + HEAD + GAP;
  l->curve = l->cards + (double)l->rows * (CARD + CARD_GAP) + 34;
  l->bottom = has_emotion(l) ? l->curve + CURVE + 52 : l->curve - 10;
}

static double column_x(const layout *l, int64_t c) { return MARGIN + (double)c * (l->column + GAP); }

/* ---- personas and stages ------------------------------------------------------------------------------------------------- */

static void put_list(jn_svg *svg, double x, double y, const journey_element *persona, const char *field,
                     const char *label, double most) {
  char line[400];
  int used = snprintf(line, sizeof line, "%s: ", label);
  int32_t n = journey_element_count(persona, field);
  for (int32_t i = 0; i < n && used < (int)sizeof line; i++) {
    used += snprintf(line + used, sizeof line - (size_t)used, "%s%s", i ? "; " : "",
                     journey_element_item(persona, field, i));
  }
  if (n > 0) jn_svg_text(svg, x, y, 11, JN_SVG_START, "jn-soft", line, most);
}

static void put_persona(jn_svg *svg, const journey_element *persona, double x, double y, double width) {
  const char *name = journey_element_text(persona, "name"), *summary = journey_element_text(persona, "summary");
  double most = width - 24;
  jn_svg_rect(svg, x, y, width, PERSONA, 8, "jn-card");
  jn_svg_text(svg, x + 12, y + 22, 14, JN_SVG_START, "jn-bold", name ? name : journey_element_id(persona), most);
  if (summary) jn_svg_wrap(svg, x + 12, y + 40, 11.5, JN_SVG_START, "jn-ink", summary, most, 2);
  put_list(svg, x + 12, y + 74, persona, "goals", "Goals", most);
  put_list(svg, x + 12, y + 90, persona, "needs", "Needs", most);
  put_list(svg, x + 12, y + 106, persona, "pains", "Pains", most);
}

static void put_personas(jn_svg *svg, const layout *l, const journey_draw_options *options) {
  int64_t count = count_personas(l, options);
  double per_row = floor((l->width - 2 * MARGIN + GAP) / (340 + GAP)), used = fmin(per_row, (double)count);
  double width = fmin((l->width - 2 * MARGIN + GAP) / used - GAP, 560);
  for (int64_t i = 0; i < count; i++) {
    const journey_element *persona = options->persona ? journey_map_find(l->map, "persona", options->persona)
                                                      : journey_map_at(l->map, "persona", i);
    double row = floor((double)i / per_row), place = (double)i - row * per_row;
    put_persona(svg, persona, MARGIN + place * (width + GAP), 84 + row * (PERSONA + GAP), width);
  }
}

static void put_stage(jn_svg *svg, const layout *l, int64_t c) {
  const journey_element *stage = journey_map_at(l->map, "stage", c);
  double x = column_x(l, c), most = l->column - 20;
  const char *name = stage ? journey_element_text(stage, "name") : "(no stage)";
  const char *goal = stage ? journey_element_text(stage, "goal") : NULL;
  jn_svg_rect(svg, x, l->top, l->column, HEAD, 6, "jn-head");
  jn_svg_text(svg, x + 10, l->top + 21, 13.5, JN_SVG_START, "jn-bold", name ? name : journey_element_id(stage), most);
  if (goal) jn_svg_wrap(svg, x + 10, l->top + 39, 11, JN_SVG_START, "jn-soft", goal, most, 2);
}

/* ---- touchpoints ----------------------------------------------------------------------------------------------------------- */

static void put_numbers(jn_svg *svg, const layout *l, int64_t row, double x, double y) {
  char text[120];
  if (!l->numbers.table) return;
  double reach = row < 0 ? NAN : journey_table_float64(l->numbers.table, row, l->numbers.reach);
  if (isnan(reach)) {
    snprintf(text, sizeof text, "no data");
  } else {
    snprintf(text, sizeof text, "%lld customers, %.1f %%",
             (long long)journey_table_int64(l->numbers.table, row, l->numbers.customers), reach * 100);
  }
  jn_svg_text(svg, x + 10, y + CARD - 17, 11, JN_SVG_START, "jn-ink", text, l->column - 20);
  if (isnan(reach)) return;
  jn_svg_rect(svg, x + 10, y + CARD - 11, l->column - 20, 4, 2, "jn-rest");
  jn_svg_rect(svg, x + 10, y + CARD - 11, (l->column - 20) * reach, 4, 2, "jn-bar");
}

static void put_touchpoint(jn_svg *svg, const layout *l, const journey_element *t, double x, double y) {
  const char *name = journey_element_text(t, "name"), *channel = journey_element_text(t, "channel");
  bool star = journey_element_number(t, "moment_of_truth") > 0;
  double most = l->column - (star ? 40 : 20);
  jn_svg_rect(svg, x, y, l->column, CARD, 6, "jn-card");
  jn_svg_text(svg, x + 10, y + 19, 12, JN_SVG_START, "jn-ink", name ? name : journey_element_id(t), most);
  if (star) jn_svg_text(svg, x + l->column - 10, y + 20, 14, JN_SVG_END, "jn-star", "\xe2\x98\x85", 20);
  if (channel) jn_svg_text(svg, x + 10, y + 36, 10.5, JN_SVG_START, "jn-soft", channel, l->column - 20);
  put_numbers(svg, l, find_row(&l->numbers, t), x, y);
}

static void put_column(jn_svg *svg, const layout *l, int64_t c) {
  int64_t row = 0;
  for (int64_t i = 0; i < l->touchpoints; i++) {
    const journey_element *t = touchpoint_at(l, i);
    if (column_of(l, t) != c) continue;
    put_touchpoint(svg, l, t, column_x(l, c), l->cards + (double)row++ * (CARD + CARD_GAP));
  }
}

/* ---- emotion ----------------------------------------------------------------------------------------------------------------- */

static double valence_y(const layout *l, double v) { return l->curve + CURVE / 2.0 - v * (CURVE / 2.0 - 10) / 2; }

/* A touchpoint's place on the curve: its column, and within it its row from left to right. */
static double curve_x(const layout *l, int64_t c, int64_t row, int64_t rows) {
  return column_x(l, c) + l->column * ((double)row + 0.5) / (double)rows;
}

static void put_scale(jn_svg *svg, const layout *l) {
  jn_svg_text(svg, MARGIN, l->curve - 10, 12.5, JN_SVG_START, "jn-bold", "Emotion", 90);
  for (int v = -2; v <= 2; v += 2) {
    double y = valence_y(l, v);
    jn_svg_line(svg, MARGIN, y, l->width - MARGIN, y, "jn-rule");
    jn_svg_text(svg, MARGIN - 6, y + 4, 10.5, JN_SVG_END, "jn-soft", v < 0 ? "-2" : v ? "+2" : "0", 18);
  }
  double x = MARGIN + 80, y = l->curve - 14;
  jn_svg_line(svg, x, y, x + 26, y, "jn-belief");
  jn_svg_text(svg, x + 32, y + 4, 11, JN_SVG_START, "jn-soft", "believed", 70);
  if (!l->numbers.table) return;
  jn_svg_line(svg, x + 106, y, x + 132, y, "jn-line");
  jn_svg_text(svg, x + 138, y + 4, 11, JN_SVG_START, "jn-soft", "measured, with interval; gaps: no data", 260);
}


/* The i-th touchpoint in the order of the picture: column after column. False past the last. */
static bool point_at(const layout *l, int64_t *column, int64_t *row, const journey_element **out, double *x) {
  for (; *column < l->columns; ++*column, *row = 0) {
    int64_t rows = count_in_column(l, *column), seen = 0;
    for (int64_t i = 0; *row < rows && i < l->touchpoints; i++) {
      const journey_element *t = touchpoint_at(l, i);
      if (column_of(l, t) != *column || seen++ != *row) continue;
      *x = curve_x(l, *column, *row, rows);
      ++*row;
      *out = t;
      return true;
    }
  }
  return false;
}

/* One curve: a line through neighbours that both have a value, whiskers where there is an interval. */
static void put_curve(jn_svg *svg, const layout *l, bool is_measured) {
  int64_t column = 0, row = 0;
  const journey_element *t;
  double x, last_x = 0, last = NAN;
  while (point_at(l, &column, &row, &t, &x)) {
    int64_t found = is_measured ? find_row(&l->numbers, t) : -1;
    double v = is_measured ? valence(&l->numbers, found, l->numbers.score) : journey_element_number(t, "emotion");
    if (!isnan(v) && !isnan(last)) {
      jn_svg_line(svg, last_x, valence_y(l, last), x, valence_y(l, v), is_measured ? "jn-line" : "jn-belief");
    }
    double low = valence(&l->numbers, found, l->numbers.low), high = valence(&l->numbers, found, l->numbers.high);
    if (!isnan(v) && is_measured) {
      low = isnan(low) ? fmax(v, -2) : low;
      high = isnan(high) ? fmin(v, 2) : high;
      jn_svg_rect(svg, x - 4, valence_y(l, high), 8, valence_y(l, low) - valence_y(l, high), 3, "jn-band");
    }
    if (!isnan(v)) jn_svg_circle(svg, x, valence_y(l, v), 4, is_measured ? "jn-dot" : "jn-belief-dot");
    last = v;
    last_x = x;
  }
}

journey_status journey_draw_map(const journey_map *map, const journey_table *touchpoints,
                                const journey_draw_options *given, journey_write write, void *user,
                                journey_error *err) {
  journey_draw_options options;
  layout l = {.map = map};
  jn_svg svg;
  char description[200];
  journey_status status = jn_svg_options(given, &options, err);
  if (status == JOURNEY_OK) status = find_columns(touchpoints, &l.numbers, err);
  if (status == JOURNEY_OK && options.persona && !journey_map_find(map, "persona", options.persona)) {
    status = jn_base_fail(err, JOURNEY_ENOTFOUND, "the map has no persona \"%s\"",
                          jn_base_quote(options.persona, strlen(options.persona)).text);
  }
  if (status != JOURNEY_OK) return status;
  lay_out(&l, &options);
  const journey_element *root = journey_map_root((journey_map *)map);
  const char *title = options.title ? options.title : journey_element_text(root, "title");
  const char *about = journey_element_text(root, "description");
  if (!title) title = "Customer journey map";
  snprintf(description, sizeof description, "A journey map with %lld stages and %lld touchpoints.",
           (long long)l.stages, (long long)l.touchpoints);
  jn_svg_begin(&svg, jn_map_context(map), "map", l.width, l.bottom, title, description);
  jn_svg_text(&svg, MARGIN, 38, 20, JN_SVG_START, "jn-bold", title, l.width - 2 * MARGIN);
  if (about) jn_svg_text(&svg, MARGIN, 60, 12, JN_SVG_START, "jn-soft", about, l.width - 2 * MARGIN);
  put_personas(&svg, &l, &options);
  for (int64_t c = 0; c < l.columns; c++) {
    if (c < l.stages || count_in_column(&l, c) > 0) put_stage(&svg, &l, c);
    put_column(&svg, &l, c);
  }
  if (has_emotion(&l)) {
    put_scale(&svg, &l);
    put_curve(&svg, &l, false);
    if (l.numbers.table) put_curve(&svg, &l, true);
  }
  return jn_svg_end(&svg, write, user, err);
}
