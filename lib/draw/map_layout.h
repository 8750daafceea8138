/* A map, laid out: what map.c and map_curve.c draw. */
#ifndef JN_DRAW_MAP_LAYOUT_H
#define JN_DRAW_MAP_LAYOUT_H

#include "draw/svg.h"
#include "map/map.h"

enum {
  JN_DRAW_LEFT = JN_SVG_MARGIN,
  JN_DRAW_RIGHT = 24,
  JN_DRAW_GAP = 12,
  JN_DRAW_CURVE = 150,
  JN_DRAW_INSET = 10,
  JN_DRAW_NAME_MARGIN = 34
};

/* A touchpoint in its column, with its row in the table of what was measured (-1: none). */
typedef struct jn_draw_place {
  const journey_element *touchpoint;
  int64_t column, row, measured;
} jn_draw_place;

typedef struct jn_draw_numbers {
  const journey_table *table; /* NULL: nothing was measured */
  int32_t name, customers, reach, scores, score, low, high;
} jn_draw_numbers;

/* Column c is stage c; the last one holds touchpoints without a stage, if there are any. */
typedef struct jn_draw_layout {
  const journey_map *map;
  journey_context *context;
  jn_draw_numbers numbers;
  int64_t stages, columns, touchpoints, rows; /* rows: of the fullest column */
  jn_draw_place *place;                       /* column by column, in each from top to bottom */
  int64_t *begin;                             /* of column c in `place`; stages + 2 of them */
  int name_lines, stage_lines, goal_lines;    /* of a card; of the stages' heads: name and goal */
  bool emotion;                               /* whether there is any */
  double width, column, stage_top, head, cards, card, curve, height; /* pixels */
} jn_draw_layout;

/* Finds the columns of the table, if there is one, and puts the touchpoints into their columns. */
journey_status jn_draw_layout_new(jn_draw_layout *layout, const journey_map *map, const journey_table *touchpoints,
                                  journey_error *err);
void jn_draw_layout_free(jn_draw_layout *layout);
/* The widths, for a picture that wants to be `width` wide (0: as the content needs); then the heights, of all that
 * comes below `stage_top`. */
void jn_draw_layout_widths(jn_draw_layout *layout, double width);
void jn_draw_layout_heights(jn_draw_layout *layout, double stage_top);
double jn_draw_column_x(const jn_draw_layout *layout, int64_t column);
double jn_draw_card_y(const jn_draw_layout *layout, int64_t row);

/* A score from 1 to 5 as a valence from -2 to 2; NaN: others are no emotion. */
double jn_draw_valence(const jn_draw_numbers *numbers, int64_t row, int32_t column);
const char *jn_draw_name(const journey_element *element); /* its name, or else its id */

/* The cards of personas, side by side, or only the one named; the height they take at that width. With svg NULL
 * they are only measured. */
double jn_draw_personas(jn_svg *svg, const journey_map *map, const char *persona, double y, double width);
/* The emotion believed and measured. */
void jn_draw_emotion(jn_svg *svg, const jn_draw_layout *layout);

#endif
