/* The frame of every picture: its beginning with titles and style, its end, its options; and reading tables. */
#include <math.h>
#include <string.h>

#include "draw/svg.h"

/* Colours have a contrast of at least 4.5 where they are text, on all that lies below it, in both schemes. jn-h0 to
 * jn-h6 are the steps of a heat map; jn-on is text on the strongest two. A label has a halo in the ground's colour. */
static const char style[] =
    "<style>"
    ".jn-svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"
    ".jn-bg{fill:#fff}.jn-ink,.jn-label{fill:#1d2330}.jn-soft{fill:#576073}.jn-bold{fill:#1d2330;font-weight:600}"
    ".jn-label{stroke:#fff;stroke-width:3.5;stroke-linejoin:round;paint-order:stroke}"
    ".jn-card{fill:#f4f6fa;stroke:#d5dbe6}.jn-head{fill:#e6ecf8;stroke:#c3cfe6}.jn-rule{stroke:#d5dbe6;fill:none}"
    ".jn-bar{fill:#2563b8}.jn-rest{fill:#dbe4f3}.jn-band{fill:#2563b8;fill-opacity:.22}"
    ".jn-line{stroke:#2563b8;stroke-width:2.5;fill:none}.jn-dot{fill:#2563b8}"
    ".jn-belief{stroke:#b45309;stroke-width:2;fill:none;stroke-dasharray:5 4}.jn-belief-dot,.jn-star{fill:#b45309}"
    ".jn-whisker{stroke:#1d2330;stroke-width:1.25;fill:none}"
    ".jn-link{fill:#2563b8;fill-opacity:.28}.jn-link-exit{fill:#8a93a5;fill-opacity:.26}.jn-node{fill:#2563b8}"
    ".jn-node-exit{fill:#8a93a5}.jn-open{stroke:#576073;stroke-dasharray:3 3;fill:none}.jn-on{fill:#fff}"
    ".jn-h0{fill:#f3f7fd}.jn-h1{fill:#e1ebfa}.jn-h2{fill:#c8dbf5}.jn-h3{fill:#a8c7ee}.jn-h4{fill:#86afe6}"
    ".jn-h5{fill:#2c68b8}.jn-h6{fill:#1b4a8c}"
    "@media (prefers-color-scheme:dark){"
    ".jn-bg{fill:#14181f}.jn-ink,.jn-label{fill:#e8ecf4}.jn-soft{fill:#a5afc0}.jn-bold{fill:#fff}"
    ".jn-label{stroke:#14181f}"
    ".jn-card{fill:#1d232d;stroke:#343d4c}.jn-head{fill:#22304a;stroke:#3a4d70}.jn-rule{stroke:#343d4c}"
    ".jn-bar,.jn-dot,.jn-node{fill:#6ea8fe}.jn-rest{fill:#2a3446}.jn-band{fill:#6ea8fe}"
    ".jn-line{stroke:#6ea8fe}.jn-belief{stroke:#f0a94b}.jn-belief-dot,.jn-star{fill:#f0a94b}"
    ".jn-whisker{stroke:#e8ecf4}.jn-link{fill:#6ea8fe}.jn-open{stroke:#a5afc0}.jn-on{fill:#0e1116}"
    ".jn-h0{fill:#1a212c}.jn-h1{fill:#1e2a3e}.jn-h2{fill:#213553}.jn-h3{fill:#26436b}.jn-h4{fill:#2d5488}"
    ".jn-h5{fill:#7fb0fb}.jn-h6{fill:#b5d2ff}}"
    "</style>\n";

journey_status jn_svg_options(const journey_draw_options *given, journey_draw_options *out, journey_error *err) {
  *out = (journey_draw_options){0};
  journey_status status = jn_base_options(given, sizeof *out, sizeof *out, out, "journey_draw_options", err);
  if (status == JOURNEY_OK && (out->width < 0 || out->width > 100000)) {
    status = jn_base_fail(err, JOURNEY_EINVAL, "a picture's width must be 0 to 100000 pixels, not %d", out->width);
  }
  return status;
}

static bool has_heading(const journey_draw_options *options) { return !options->title || *options->title; }

double jn_svg_top(const journey_draw_options *options) { return has_heading(options) ? 52 : 14; }

static void put_titles(jn_svg *svg, const char *title, const char *description) {
  jn_svg_put(svg, ">\n<title>");
  jn_svg_escaped(svg, title, strlen(title));
  jn_svg_put(svg, "</title>\n<desc>");
  jn_svg_escaped(svg, description, strlen(description));
  jn_svg_put(svg, "</desc>\n");
}

/* The custom property tells a page's style how wide the picture would like to be. */
void jn_svg_begin(jn_svg *svg, journey_context *context, const journey_draw_options *options, const char *title,
                  const char *description, double width, double height) {
  const char *named = options->title && *options->title ? options->title : title;
  jn_base_text_init(&svg->out, context);
  jn_svg_put(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"jn-svg\" role=\"img\" aria-label=\"");
  jn_svg_escaped(svg, named, strlen(named));
  jn_svg_put(svg, "\" viewBox=\"0 0 ");
  jn_base_text_double(&svg->out, ceil(width));
  jn_svg_put(svg, " ");
  jn_base_text_double(&svg->out, ceil(height));
  jn_svg_put(svg, "\"");
  jn_svg_attribute(svg, "width", ceil(width));
  jn_svg_attribute(svg, "height", ceil(height));
  jn_svg_put(svg, " style=\"--jn-width:");
  jn_base_text_double(&svg->out, ceil(width));
  jn_svg_put(svg, "px\"");
  put_titles(svg, named, description);
  jn_svg_put(svg, style);
  jn_svg_rect(svg, 0, 0, ceil(width), ceil(height), 0, "jn-bg");
  if (!has_heading(options)) return;
  jn_svg_text(svg, JN_SVG_MARGIN, 36, 18, JN_SVG_START, "jn-bold", named, width - 2 * JN_SVG_MARGIN);
}

journey_status jn_svg_end(jn_svg *svg, journey_write write, void *user, journey_error *err) {
  jn_svg_put(svg, "</svg>\n");
  journey_status status = svg->out.status == JOURNEY_OK ? JOURNEY_OK : jn_base_no_memory(err);
  if (status == JOURNEY_OK) {
    status = write(user, svg->out.bytes, svg->out.length);
    if (status != JOURNEY_OK) jn_base_fail(err, status, "the picture could not be written");
  }
  jn_base_text_clear(&svg->out);
  return status;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

int32_t jn_svg_column(const journey_table *table, const char *name, int32_t type, journey_status *status,
                      journey_error *err) {
  int32_t column = journey_table_find(table, name);
  if (*status != JOURNEY_OK) return -1;
  if (column < 0) {
    *status =
        jn_base_fail(err, JOURNEY_EINVAL, "the table \"%s\" has no column \"%s\"", journey_table_name(table), name);
  } else if (journey_table_column_type(table, column) != type) {
    *status = jn_base_fail(err, JOURNEY_EINVAL, "column \"%s\" of the table \"%s\" has not the type it should have",
                           name, journey_table_name(table));
  }
  return column;
}

const char *jn_svg_cell(const journey_table *table, int64_t row, int32_t column) {
  const char *s = journey_table_text(table, row, column, NULL);
  return s ? s : "";
}

int64_t jn_svg_whole(const journey_table *table, int64_t row, int32_t column) {
  int64_t x = journey_table_int64(table, row, column);
  return x > 0 ? x : 0;
}

double jn_svg_share(const journey_table *table, int64_t row, int32_t column) {
  double x = journey_table_float64(table, row, column);
  return isnan(x) ? x : fmin(fmax(x, 0), 1);
}
