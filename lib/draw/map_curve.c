/* The emotion of a map: what is believed and what the scores say, below the stages. */
#include <math.h>

#include "draw/map_layout.h"

enum { EDGE = 10 };

static double valence_y(const jn_draw_layout *l, double v) {
  return l->curve + JN_DRAW_CURVE / 2.0 - v * (JN_DRAW_CURVE / 2.0 - EDGE) / 2;
}

/* A touchpoint's place on the curve: its column, and within it its row from left to right. */
static double place_x(const jn_draw_layout *l, const jn_draw_place *p) {
  double rows = (double)(l->begin[p->column + 1] - l->begin[p->column]);
  return jn_draw_column_x(l, p->column) + l->column * ((double)p->row + 0.5) / rows;
}

/* Dots of a crowded column are smaller. */
static double radius(const jn_draw_layout *l, const jn_draw_place *p) {
  double rows = (double)(l->begin[p->column + 1] - l->begin[p->column]);
  return fmin(fmax(0.4 * l->column / rows, 1.5), 4);
}

static void put_scale(jn_svg *svg, const jn_draw_layout *l) {
  for (int v = -2; v <= 2; v += 2) {
    double y = valence_y(l, v);
    jn_svg_line(svg, JN_DRAW_LEFT, y, l->width - JN_DRAW_RIGHT, y, "jn-rule");
    jn_svg_text(svg, JN_DRAW_LEFT - 7, y + 4, 11, JN_SVG_END, "jn-soft", v < 0 ? "-2" : v ? "+2" : "0", 28);
  }
  for (int64_t c = 1; c < l->columns; c++) {
    double x = jn_draw_column_x(l, c) - JN_DRAW_GAP / 2.0;
    jn_svg_line(svg, x, l->curve, x, l->curve + JN_DRAW_CURVE, "jn-rule");
  }
}

static void put_legend(jn_svg *svg, const jn_draw_layout *l) {
  double x = JN_DRAW_LEFT + 84, y = l->curve - 22;
  jn_svg_text(svg, JN_DRAW_LEFT, y + 4, 13, JN_SVG_START, "jn-bold", "Emotion", 80);
  jn_svg_line(svg, x, y, x + 26, y, "jn-belief");
  jn_svg_circle(svg, x + 13, y, 4, "jn-belief-dot");
  jn_svg_text(svg, x + 33, y + 4, 11.5, JN_SVG_START, "jn-soft", "believed", 60);
  if (!l->numbers.table) return;
  jn_svg_rect(svg, x + 118, y - 7, 8, 14, 3, "jn-band");
  jn_svg_line(svg, x + 109, y, x + 135, y, "jn-line");
  jn_svg_circle(svg, x + 122, y, 4, "jn-dot");
  jn_svg_text(svg, x + 142, y + 4, 11.5, JN_SVG_START, "jn-soft", "measured by scores of 1 to 5, with interval", 270);
}

/* ---- curves ------------------------------------------------------------------------------------------------------ */

static double believed(const jn_draw_place *p) { return journey_element_number(p->touchpoint, "emotion"); }

static double measured(const jn_draw_layout *l, const jn_draw_place *p) {
  return jn_draw_valence(&l->numbers, p->measured, l->numbers.score);
}

/* Through neighbours that both have a value. */
static void put_line(jn_svg *svg, const jn_draw_layout *l, bool of_measured) {
  double last_x = 0, last = NAN;
  for (int64_t i = 0; i < l->touchpoints; i++) {
    const jn_draw_place *p = &l->place[i];
    double x = place_x(l, p), v = of_measured ? measured(l, p) : believed(p);
    if (!isnan(v) && !isnan(last)) {
      jn_svg_line(svg, last_x, valence_y(l, last), x, valence_y(l, v), of_measured ? "jn-line" : "jn-belief");
    }
    last = v;
    last_x = x;
  }
}

/* An interval that reaches past the scale ends at its end. */
static void put_measured(jn_svg *svg, const jn_draw_layout *l, const jn_draw_place *p, double x, double v) {
  double low = jn_draw_valence(&l->numbers, p->measured, l->numbers.low);
  double high = jn_draw_valence(&l->numbers, p->measured, l->numbers.high);
  double top = valence_y(l, isnan(high) ? 2 : high), bottom = valence_y(l, isnan(low) ? -2 : low);
  bool has_interval = !journey_table_is_null(l->numbers.table, p->measured, l->numbers.low);
  if (has_interval) jn_svg_rect(svg, x - 4, top, 8, bottom - top, 3, "jn-band");
  jn_svg_circle(svg, x, valence_y(l, v), radius(l, p), "jn-dot");
}

static void put_tip(jn_svg *svg, const jn_draw_layout *l, const jn_draw_place *p, double belief, double v) {
  char tip[400], part[120] = "";
  if (!isnan(v)) {
    jn_draw_format(part, sizeof part, "; measured %s (%s answers)", jn_draw_fixed(v, 1, true).text,
                   jn_draw_count(jn_svg_whole(l->numbers.table, p->measured, l->numbers.scores)).text);
  }
  jn_draw_format(tip, sizeof tip, "%.200s: %s%s%s", jn_draw_name(p->touchpoint),
                 isnan(belief) ? "no belief" : "believed ", isnan(belief) ? "" : jn_draw_fixed(belief, 1, true).text,
                 part);
  jn_svg_tip_begin(svg, tip);
}

static void put_point(jn_svg *svg, const jn_draw_layout *l, const jn_draw_place *p) {
  double x = place_x(l, p), belief = believed(p), v = measured(l, p);
  if (isnan(belief) && isnan(v)) return;
  put_tip(svg, l, p, belief, v);
  if (!isnan(belief) && !isnan(v)) {
    jn_svg_line(svg, x, valence_y(l, belief), x, valence_y(l, v), "jn-whisker");
  }
  if (!isnan(belief)) jn_svg_circle(svg, x, valence_y(l, belief), radius(l, p), "jn-belief-dot");
  if (!isnan(v)) put_measured(svg, l, p, x, v);
  jn_svg_tip_end(svg);
}

void jn_draw_emotion(jn_svg *svg, const jn_draw_layout *l) {
  put_scale(svg, l);
  put_legend(svg, l);
  put_line(svg, l, false);
  if (l->numbers.table) put_line(svg, l, true);
  for (int64_t i = 0; i < l->touchpoints; i++) put_point(svg, l, &l->place[i]);
}
