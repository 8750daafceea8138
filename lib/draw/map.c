/* The map: personas, stages as columns, touchpoints as cards, and the emotion believed and measured. */
#include <math.h>
#include <string.h>

#include "draw/map_layout.h"

enum { INSET = JN_DRAW_INSET };

/* ---- stages and touchpoints -------------------------------------------------------------------------------------- */

static void put_stage(jn_svg *svg, const jn_draw_layout *l, int64_t c) {
  const journey_element *stage = journey_map_at(l->map, "stage", c);
  const char *goal = stage ? journey_element_text(stage, "goal") : NULL;
  double x = jn_draw_column_x(l, c), y = l->stage_top, most = l->column - 2 * INSET;
  jn_svg_rect(svg, x, y, l->column, l->head, 6, "jn-head");
  int lines = jn_svg_wrap(svg, x + INSET, y + 21, 13.5, JN_SVG_START, "jn-bold",
                          stage ? jn_draw_name(stage) : "(no stage)", most, 2);
  if (goal) jn_svg_wrap(svg, x + INSET, y + 21 + 17.6 * lines, 11, JN_SVG_START, "jn-soft", goal, most, 2);
}

/* "2397 customers" and "87.7 %" at the ends of one line; where it is narrow, only the numbers. */
static void put_reach(jn_svg *svg, const jn_draw_layout *l, int64_t row, double x, double y) {
  char text[80];
  double reach = row < 0 ? NAN : jn_svg_share(l->numbers.table, row, l->numbers.reach), most = l->column - 2 * INSET;
  if (isnan(reach)) {
    jn_svg_text(svg, x, y, 11, JN_SVG_START, "jn-soft", "no data", most);
    return;
  }
  jn_draw_word count = jn_draw_count(jn_svg_whole(l->numbers.table, row, l->numbers.customers));
  jn_draw_word share = jn_draw_percent(reach);
  double rest = most - jn_svg_width("jn-ink", share.text, strlen(share.text), 11) - 8;
  jn_draw_format(text, sizeof text, "%s customers", count.text);
  if (jn_svg_width("jn-ink", text, strlen(text), 11) > rest) jn_draw_format(text, sizeof text, "%s", count.text);
  jn_svg_text(svg, x, y, 11, JN_SVG_START, "jn-ink", text, rest);
  jn_svg_text(svg, x + most, y, 11, JN_SVG_END, "jn-ink", share.text, most);
  jn_svg_rect(svg, x, y + 6, most, 4, 2, "jn-rest");
  jn_svg_rect(svg, x, y + 6, most * reach, 4, 2, "jn-bar");
}

/* The channel on the left, the mean of its scores on the right. */
static void put_channel(jn_svg *svg, const jn_draw_layout *l, const jn_draw_place *p, double x, double y) {
  char score[80] = "";
  const char *channel = journey_element_text(p->touchpoint, "channel");
  double most = l->column - 2 * INSET, used = 0;
  double mean = p->measured < 0 ? NAN : journey_table_float64(l->numbers.table, p->measured, l->numbers.score);
  if (!isnan(mean)) {
    jn_draw_format(score, sizeof score, "score %s", jn_draw_fixed(mean, 1, false).text);
    used = jn_svg_width("jn-ink", score, strlen(score), 11) + 8;
  }
  if (channel) jn_svg_text(svg, x, y, 10.5, JN_SVG_START, "jn-soft", channel, most - used);
  jn_svg_text(svg, x + most, y, 11, JN_SVG_END, "jn-ink", score, most);
}

static void put_star(jn_svg *svg, double x, double y) {
  jn_svg_tip_begin(svg, "moment of truth");
  jn_svg_text(svg, x, y, 14, JN_SVG_END, "jn-star", "\xe2\x98\x85", 20);
  jn_svg_tip_end(svg);
}

static void put_touchpoint(jn_svg *svg, const jn_draw_layout *l, const jn_draw_place *p) {
  double x = jn_draw_column_x(l, p->column), y = jn_draw_card_y(l, p->row), most = l->column - JN_DRAW_NAME_MARGIN;
  jn_svg_rect(svg, x, y, l->column, l->card, 6, "jn-card");
  jn_svg_wrap(svg, x + INSET, y + 19, 12, JN_SVG_START, "jn-ink", jn_draw_name(p->touchpoint), most, l->name_lines);
  if (journey_element_number(p->touchpoint, "moment_of_truth") > 0) put_star(svg, x + l->column - 7, y + 19);
  put_channel(svg, l, p, x + INSET, y + 20 + 15.6 * l->name_lines);
  if (l->numbers.table) put_reach(svg, l, p->measured, x + INSET, y + l->card - 18);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* Without touchpoints a map still has its stages. */
static void put_columns(jn_svg *svg, const jn_draw_layout *l) {
  for (int64_t c = 0; c < l->columns; c++) put_stage(svg, l, c);
  for (int64_t i = 0; i < l->touchpoints; i++) put_touchpoint(svg, l, &l->place[i]);
  if (l->columns > 0) return;
  jn_svg_text(svg, JN_DRAW_LEFT, l->cards + 14, 13, JN_SVG_START, "jn-soft", "no stages and no touchpoints", l->width);
}

static void draw(jn_svg *svg, jn_draw_layout *l, const journey_draw_options *options) {
  char description[200];
  const journey_element *root = journey_map_root((journey_map *)(uintptr_t)l->map);
  const char *title = journey_element_text(root, "title"), *about = journey_element_text(root, "description");
  double top = jn_svg_top(options), most = l->width - JN_SVG_MARGIN - JN_DRAW_RIGHT;
  if (top < 40 || !about) about = ""; /* without a heading the page around the picture tells what it is about */
  int lines = jn_svg_wrap(NULL, 0, 0, 12, 0, "jn-soft", about, most, 2);
  double personas = top + (lines ? lines * 16 + 8 : 0);
  jn_draw_layout_heights(l, personas + jn_draw_personas(NULL, l->map, options->persona, 0, l->width));
  if (l->columns == 0) l->height += 60;
  jn_draw_format(description, sizeof description, "A journey map with %lld stages and %lld touchpoints.",
                 (long long)l->stages, (long long)l->touchpoints);
  jn_svg_begin(svg, l->context, options, title ? title : "Customer journey map", description, l->width, l->height);
  jn_svg_wrap(svg, JN_SVG_MARGIN, top + 8, 12, JN_SVG_START, "jn-soft", about, most, 2);
  jn_draw_personas(svg, l->map, options->persona, personas, l->width);
  put_columns(svg, l);
  if (l->emotion) jn_draw_emotion(svg, l);
}

journey_status journey_draw_map(const journey_map *map, const journey_table *touchpoints,
                                const journey_draw_options *given, journey_write write, void *user,
                                journey_error *err) {
  journey_draw_options options;
  jn_draw_layout l;
  jn_svg svg;
  journey_status status = jn_svg_options(given, &options, err);
  if (status == JOURNEY_OK && options.persona && !journey_map_find(map, "persona", options.persona)) {
    status = jn_base_fail(err, JOURNEY_ENOTFOUND, "the map has no persona \"%s\"",
                          jn_base_quote(options.persona, strlen(options.persona)).text);
  }
  if (status != JOURNEY_OK) return status;
  status = jn_draw_layout_new(&l, map, touchpoints, err);
  if (status == JOURNEY_OK) {
    jn_draw_layout_widths(&l, options.width);
    draw(&svg, &l, &options);
    status = jn_svg_end(&svg, write, user, err);
  }
  jn_draw_layout_free(&l);
  return status;
}
