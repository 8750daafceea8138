/* The personas of a map: a card each, side by side. */
#include <math.h>
#include <string.h>

#include "draw/map_layout.h"

enum { CARD = 340, WIDEST = 760, INSET = 12, MOST_PERSONAS = 20 };

/* ---- one card ---------------------------------------------------------------------------------------------------- */

/* "Goals: this; that" in one line. */
static double put_list(jn_svg *svg, double x, double y, const journey_element *persona, const char *field,
                       const char *label, double most) {
  char line[400];
  int32_t n = journey_element_count(persona, field);
  if (n == 0) return y;
  jn_draw_format(line, sizeof line, "%s: %s", label, journey_element_item(persona, field, 0));
  for (int32_t i = 1; i < n; i++) {
    size_t used = strlen(line);
    jn_draw_format(line + used, sizeof line - used, "; %s", journey_element_item(persona, field, i));
  }
  if (svg) jn_svg_text(svg, x, y, 11, JN_SVG_START, "jn-soft", line, most);
  return y + 16;
}

static double put_quote(jn_svg *svg, double x, double y, const journey_element *persona, double most) {
  char line[400];
  const char *quote = journey_element_text(persona, "quote");
  if (!quote || !*quote) return y;
  jn_draw_format(line, sizeof line, "\xe2\x80\x9c%s\xe2\x80\x9d", quote);
  if (svg) jn_svg_text(svg, x, y, 11.5, JN_SVG_START, "jn-soft", line, most);
  return y + 18;
}

/* Texts from y on; returns where the next would stand. */
static double put_texts(jn_svg *svg, const journey_element *persona, double x, double y, double most) {
  const char *summary = journey_element_text(persona, "summary");
  if (svg) jn_svg_text(svg, x, y, 14, JN_SVG_START, "jn-bold", jn_draw_name(persona), most);
  y = put_quote(svg, x, y + 19, persona, most);
  if (summary) y += 15 * jn_svg_wrap(svg, x, y, 11.5, JN_SVG_START, "jn-ink", summary, most, 2) + 3;
  y = put_list(svg, x, y, persona, "goals", "Goals", most);
  y = put_list(svg, x, y, persona, "needs", "Needs", most);
  return put_list(svg, x, y, persona, "pains", "Pains", most);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static const journey_element *persona_at(const journey_map *map, const char *persona, int64_t i) {
  return persona ? journey_map_find(map, "persona", persona) : journey_map_at(map, "persona", i);
}

double jn_draw_personas(jn_svg *svg, const journey_map *map, const char *persona, double y, double width) {
  int64_t all = journey_map_count(map, "persona"), count = persona ? 1 : all < MOST_PERSONAS ? all : MOST_PERSONAS;
  double room = width - JN_DRAW_LEFT - JN_DRAW_RIGHT + JN_DRAW_GAP, height = 0;
  int64_t in_row = (int64_t)fmin(floor(room / (CARD + JN_DRAW_GAP)), (double)count);
  if (count == 0 || in_row < 1) return 0;
  double card = fmin(room / (double)in_row - JN_DRAW_GAP, WIDEST), most = card - 2 * INSET;
  for (int64_t i = 0; i < count; i++) {
    height = fmax(height, put_texts(NULL, persona_at(map, persona, i), 0, 23, most) - 4);
  }
  for (int64_t i = 0; svg && i < count; i++) {
    double x = JN_DRAW_LEFT + (double)(i % in_row) * (card + JN_DRAW_GAP);
    double top = y + (double)(i / in_row) * (height + JN_DRAW_GAP);
    jn_svg_rect(svg, x, top, card, height, 8, "jn-card");
    put_texts(svg, persona_at(map, persona, i), x + INSET, top + 23, most);
  }
  return (double)((count + in_row - 1) / in_row) * (height + JN_DRAW_GAP);
}
