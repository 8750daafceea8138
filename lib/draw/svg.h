/* The SVG emitter: elements with classes, and texts that are measured, wrapped and cut so that they never overlap. */
#ifndef JN_DRAW_SVG_H
#define JN_DRAW_SVG_H

#include "base/base.h"
#include "draw/draw.h"

typedef struct jn_svg {
  jn_base_text out;
} jn_svg;

/* Begins a picture of width x height pixels with the style that all pictures share. `kind` makes ids unique on a page
 * with several pictures. */
void jn_svg_begin(jn_svg *svg, journey_context *context, const char *kind, double width, double height,
                  const char *title, const char *description);
/* Ends it and hands it out. */
journey_status jn_svg_end(jn_svg *svg, journey_write write, void *user, journey_error *err);

void jn_svg_rect(jn_svg *svg, double x, double y, double width, double height, double radius, const char *css);
/* The same with its fill at an opacity of 0 to 1. */
void jn_svg_shade(jn_svg *svg, double x, double y, double width, double height, double radius, const char *css,
                  double opacity);
void jn_svg_line(jn_svg *svg, double x1, double y1, double x2, double y2, const char *css);
void jn_svg_circle(jn_svg *svg, double x, double y, double radius, const char *css);
/* A path's data is appended with jn_svg_data between these two. */
void jn_svg_path_begin(jn_svg *svg, const char *css);
void jn_svg_data(jn_svg *svg, const char *letter, const double *number, int n);
void jn_svg_path_end(jn_svg *svg, const char *tip); /* tip: shown on hover, or NULL */
void jn_svg_tip_begin(jn_svg *svg, const char *tip, size_t n); /* a group with a title for all until jn_svg_tip_end */
void jn_svg_tip_end(jn_svg *svg);

enum { JN_SVG_START, JN_SVG_MIDDLE, JN_SVG_END };

/* Width of text at a font size: an upper estimate over common sans-serif fonts. */
double jn_svg_width(const char *s, size_t n, double size);
/* One line, cut with an ellipsis so that it is no wider than `most`. */
void jn_svg_text(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s,
                 double most);
/* At most `lines` lines of `most` width, broken at blanks, the last one cut with an ellipsis. y is the first baseline.
 * Returns the lines used. With svg NULL it only counts. */
int jn_svg_wrap(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s, double most,
                int lines);

/* The column of that name; -1 and an error when the table lacks it. */
int32_t jn_svg_column(const journey_table *table, const char *name, journey_status *status, journey_error *err);

/* The options with defaults filled in, checked. */
journey_status jn_svg_options(const journey_draw_options *given, journey_draw_options *out, journey_error *err);


#endif
