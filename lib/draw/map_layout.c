/* Where the touchpoints of a map stand, and how large everything is. */
#include "draw/map_layout.h"

#include <math.h>
#include <string.h>

enum { COLUMN = 168, LEAST_COLUMN = 120, CARD = 62, LINE = 15, CARD_GAP = 8, LEAST_WIDTH = 560 };

/* ---- what is measured -------------------------------------------------------------------------------------------- */

static journey_status find_columns(const journey_table *table, jn_draw_numbers *m, journey_error *err) {
  journey_status status = JOURNEY_OK;
  *m = (jn_draw_numbers){.table = table};
  if (!table) return JOURNEY_OK;
  m->name = jn_svg_column(table, "touchpoint", JOURNEY_TYPE_STRING, &status, err);
  m->customers = jn_svg_column(table, "customers", JOURNEY_TYPE_INT64, &status, err);
  m->reach = jn_svg_column(table, "reach", JOURNEY_TYPE_FLOAT64, &status, err);
  m->scores = jn_svg_column(table, "scores", JOURNEY_TYPE_INT64, &status, err);
  m->score = jn_svg_column(table, "score", JOURNEY_TYPE_FLOAT64, &status, err);
  m->low = jn_svg_column(table, "score_low", JOURNEY_TYPE_FLOAT64, &status, err);
  m->high = jn_svg_column(table, "score_high", JOURNEY_TYPE_FLOAT64, &status, err);
  return status;
}

double jn_draw_valence(const jn_draw_numbers *m, int64_t row, int32_t column) {
  double score = row < 0 ? NAN : journey_table_float64(m->table, row, column);
  return score >= 1 && score <= 5 ? score - 3 : NAN;
}

const char *jn_draw_name(const journey_element *element) {
  const char *name = journey_element_text(element, "name");
  return name ? name : journey_element_id(element);
}

/* ---- names to numbers -------------------------------------------------------------------------------------------- */

/* The n names get the codes 0 to n - 1; a name that comes again keeps its first one, and its place is taken. */
typedef const char *(*name_at)(const jn_draw_layout *l, int64_t i);

static const char *stage_id(const jn_draw_layout *l, int64_t i) {
  return journey_element_id(journey_map_at(l->map, "stage", i));
}

static const char *measured_name(const jn_draw_layout *l, int64_t i) {
  return jn_svg_cell(l->numbers.table, i, l->numbers.name);
}

/* In a table of several groups the names begin again with the second: the first group is drawn. */
static journey_status index_names(const jn_draw_layout *l, name_at name, int64_t n, jn_base_dictionary **out,
                                  journey_error *err) {
  uint32_t code;
  journey_status status = jn_base_dictionary_new(l->context, out, err);
  for (int64_t i = 0; status == JOURNEY_OK && i < n; i++) {
    status = jn_base_dictionary_add(*out, name(l, i), strlen(name(l, i)), &code, err);
    if (status == JOURNEY_OK && code != (uint32_t)i) break;
  }
  return status;
}

static int64_t code_of(const jn_base_dictionary *names, const char *name) {
  uint32_t code = name ? jn_base_dictionary_find(names, name, strlen(name)) : JN_BASE_NO_CODE;
  return code == JN_BASE_NO_CODE ? -1 : (int64_t)code;
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

static int64_t column_of(const jn_draw_layout *l, const journey_element *t, const jn_base_dictionary *stages) {
  int64_t stage = code_of(stages, journey_element_text(t, "stage"));
  return stage < 0 ? l->stages : stage;
}

/* The study calls a touchpoint by its id; tables from elsewhere may use its name. */
static int64_t measured_row(const journey_element *t, const jn_base_dictionary *rows) {
  int64_t row = code_of(rows, journey_element_id(t));
  return row >= 0 ? row : code_of(rows, journey_element_text(t, "name"));
}

/* begin[c] becomes where column c begins, begin[columns] the end. */
static void count_columns(jn_draw_layout *l, const jn_base_dictionary *stages) {
  for (int64_t i = 0; i < l->touchpoints; i++) {
    l->begin[column_of(l, journey_map_at(l->map, "touchpoint", i), stages) + 1]++;
  }
  l->columns = l->stages + (l->begin[l->stages + 1] > 0);
  for (int64_t c = 0; c <= l->stages; c++) {
    if (l->begin[c + 1] > l->rows) l->rows = l->begin[c + 1];
    l->begin[c + 1] += l->begin[c];
  }
}

/* Puts each touchpoint at the next place of its column: begin[c] moves on to where c + 1 began, and is moved back. */
static void fill_places(jn_draw_layout *l, const jn_base_dictionary *stages, const jn_base_dictionary *rows) {
  count_columns(l, stages);
  for (int64_t i = 0; i < l->touchpoints; i++) {
    const journey_element *t = journey_map_at(l->map, "touchpoint", i);
    int64_t c = column_of(l, t, stages);
    l->place[l->begin[c]++] = (jn_draw_place){.touchpoint = t, .column = c, .measured = measured_row(t, rows)};
  }
  for (int64_t c = l->stages + 1; c > 0; c--) l->begin[c] = l->begin[c - 1];
  l->begin[0] = 0;
  for (int64_t i = 0; i < l->touchpoints; i++) l->place[i].row = i - l->begin[l->place[i].column];
}

static void look_for_emotion(jn_draw_layout *l) {
  for (int64_t i = 0; i < l->touchpoints; i++) {
    const jn_draw_place *p = &l->place[i];
    if (journey_element_has(p->touchpoint, "emotion")) l->emotion = true;
    if (!isnan(jn_draw_valence(&l->numbers, p->measured, l->numbers.score))) l->emotion = true;
  }
}

journey_status jn_draw_layout_new(jn_draw_layout *l, const journey_map *map, const journey_table *touchpoints,
                                  journey_error *err) {
  jn_base_dictionary *stages = NULL, *rows = NULL;
  *l = (jn_draw_layout){.map = map, .context = jn_map_context(map)};
  l->stages = journey_map_count(map, "stage");
  l->touchpoints = journey_map_count(map, "touchpoint");
  journey_status status = find_columns(touchpoints, &l->numbers, err);
  if (status == JOURNEY_OK) status = index_names(l, stage_id, l->stages, &stages, err);
  if (status == JOURNEY_OK) {
    status = index_names(l, measured_name, touchpoints ? journey_table_rows(touchpoints) : 0, &rows, err);
  }
  if (status == JOURNEY_OK) {
    l->place = jn_base_zalloc(l->context, (size_t)l->touchpoints, sizeof *l->place);
    l->begin = jn_base_zalloc(l->context, (size_t)l->stages + 2, sizeof *l->begin);
    status = l->place && l->begin ? JOURNEY_OK : jn_base_no_memory(err);
  }
  if (status == JOURNEY_OK) fill_places(l, stages, rows);
  if (status == JOURNEY_OK) look_for_emotion(l);
  jn_base_dictionary_free(stages);
  jn_base_dictionary_free(rows);
  return status;
}

void jn_draw_layout_free(jn_draw_layout *l) {
  jn_base_free(l->context, l->place, (size_t)l->touchpoints, sizeof *l->place);
  jn_base_free(l->context, l->begin, (size_t)l->stages + 2, sizeof *l->begin);
}

/* ---- sizes ------------------------------------------------------------------------------------------------------- */

double jn_draw_column_x(const jn_draw_layout *l, int64_t column) {
  return JN_DRAW_LEFT + (double)column * (l->column + JN_DRAW_GAP);
}

static void count_lines(int *most, const char *s, double size, const char *css, double width) {
  int lines = s && *most < 2 ? jn_svg_wrap(NULL, 0, 0, size, 0, css, s, width, 2) : 0;
  if (lines > *most) *most = lines;
}

/* All cards are as high as the one with the longest name, and so are the heads of the stages. */
static void count_all_lines(jn_draw_layout *l) {
  double inner = l->column - 2 * JN_DRAW_INSET;
  l->name_lines = l->stage_lines = 1;
  l->goal_lines = 0;
  for (int64_t i = 0; i < l->touchpoints; i++) {
    count_lines(&l->name_lines, jn_draw_name(l->place[i].touchpoint), 12, "jn-ink", l->column - JN_DRAW_NAME_MARGIN);
  }
  for (int64_t c = 0; c < l->stages; c++) {
    const journey_element *stage = journey_map_at(l->map, "stage", c);
    count_lines(&l->stage_lines, jn_draw_name(stage), 13.5, "jn-bold", inner);
    count_lines(&l->goal_lines, journey_element_text(stage, "goal"), 11, "jn-soft", inner);
  }
}

void jn_draw_layout_widths(jn_draw_layout *l, double width) {
  double columns = l->columns > 0 ? (double)l->columns : 1, edges = JN_DRAW_LEFT + JN_DRAW_RIGHT;
  l->column = width > 0 ? (width - edges + JN_DRAW_GAP) / columns - JN_DRAW_GAP : COLUMN;
  l->column = fmin(fmax(l->column, LEAST_COLUMN), 2 * COLUMN);
  l->width = fmax(fmax(edges - JN_DRAW_GAP + columns * (l->column + JN_DRAW_GAP), LEAST_WIDTH), width);
}

void jn_draw_layout_heights(jn_draw_layout *l, double stage_top) {
  count_all_lines(l);
  l->card = CARD + LINE * l->name_lines - (l->numbers.table ? 0 : 18);
  l->stage_top = stage_top;
  l->head = 14 + 17.6 * l->stage_lines + 14.3 * l->goal_lines;
  l->cards = stage_top + (l->columns > 0 ? l->head + JN_DRAW_GAP : 0);
  l->curve = l->cards + (double)l->rows * (l->card + CARD_GAP) + 46;
  l->height = l->emotion ? l->curve + JN_DRAW_CURVE + 24 : l->curve - 30;
}

double jn_draw_card_y(const jn_draw_layout *l, int64_t row) { return l->cards + (double)row * (l->card + CARD_GAP); }
