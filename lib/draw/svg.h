/* The SVG emitter: elements with classes, and texts that are measured, wrapped and cut so that they never overlap. */
#ifndef JN_DRAW_SVG_H
#define JN_DRAW_SVG_H

#include "draw/draw.h"
#include "table/table.h"

typedef struct jn_svg {
  jn_base_text out;
} jn_svg;

enum { JN_SVG_MARGIN = 32, JN_SVG_WIDTH = 960 };

/* ---- the picture (picture.c) ------------------------------------------------------------------------------------- */

/* The options with defaults filled in, checked. */
journey_status jn_svg_options(const journey_draw_options *given, journey_draw_options *out, journey_error *err);
/* Where the content begins, below the heading. An empty title ("") asks for a picture without one. */
double jn_svg_top(const journey_draw_options *options);
/* Begins a picture of width x height pixels: title and description for screen readers, the style that all pictures
 * share, the ground, the heading. Where options->title says nothing, `title` is taken. There are no ids in a picture,
 * so that several fit on one page. */
void jn_svg_begin(jn_svg *svg, journey_context *context, const journey_draw_options *options, const char *title,
                  const char *description, double width, double height);
/* Ends it and hands it out. */
journey_status jn_svg_end(jn_svg *svg, journey_write write, void *user, journey_error *err);

/* The column of that name and type (JOURNEY_TYPE_...). Without it: an error, unless there is one already. */
int32_t jn_svg_column(const journey_table *table, const char *name, int32_t type, journey_status *status,
                      journey_error *err);
const char *jn_svg_cell(const journey_table *table, int64_t row, int32_t column); /* "" when missing */
int64_t jn_svg_whole(const journey_table *table, int64_t row, int32_t column);    /* 0 when missing or negative */
double jn_svg_share(const journey_table *table, int64_t row, int32_t column);     /* held within 0 and 1; or NaN */

/* ---- elements (svg.c) -------------------------------------------------------------------------------------------- */

void jn_svg_put(jn_svg *svg, const char *s); /* as it is */
void jn_svg_escaped(jn_svg *svg, const char *s, size_t n);
void jn_svg_attribute(jn_svg *svg, const char *name, double x); /* ` name="x"` */
void jn_svg_rect(jn_svg *svg, double x, double y, double width, double height, double radius, const char *css);
void jn_svg_line(jn_svg *svg, double x1, double y1, double x2, double y2, const char *css);
void jn_svg_circle(jn_svg *svg, double x, double y, double radius, const char *css);
/* A path's data is appended with jn_svg_data between these two. */
void jn_svg_path_begin(jn_svg *svg, const char *css);
void jn_svg_data(jn_svg *svg, const char *letter, const double *number, int n);
void jn_svg_path_end(jn_svg *svg);
/* A group with a tip that is shown on hover, until jn_svg_tip_end(). */
void jn_svg_tip_begin(jn_svg *svg, const char *tip);
void jn_svg_tip_end(jn_svg *svg);

/* ---- texts (text.c) ---------------------------------------------------------------------------------------------- */

enum { JN_SVG_START, JN_SVG_MIDDLE, JN_SVG_END };

/* Width of text of a class at a font size: an upper estimate over common sans-serif fonts. */
double jn_svg_width(const char *css, const char *s, size_t n, double size);
/* One line, cut with an ellipsis so that it is no wider than `most`. */
void jn_svg_text(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s, double most);
/* At most `lines` lines of `most` width, broken at blanks, the last one cut with an ellipsis. y is the first baseline.
 * Returns the lines used. With svg NULL it only counts. */
int jn_svg_wrap(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s, double most,
                int lines);

#endif
