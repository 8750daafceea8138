/* The SVG emitter. */
#include "draw/svg.h"

#include <math.h>
#include <string.h>

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

/* Two decimals are finer than any screen. */
static void put_number(jn_svg *svg, double x) {
  jn_base_text_double(&svg->out, isfinite(x) ? round(x * 100) / 100 : 0);
}

static void put(jn_svg *svg, const char *s) { jn_base_text_put(&svg->out, s); }

static void put_attribute(jn_svg *svg, const char *name, double x) {
  put(svg, name);
  put(svg, "=\"");
  put_number(svg, x);
  put(svg, "\"");
}

/* XML knows no control characters but tab and line ends; those become blanks. */
static void put_escaped(jn_svg *svg, const char *s, size_t n) {
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)s[i];
    if (c == '<') put(svg, "&lt;");
    else if (c == '>') put(svg, "&gt;");
    else if (c == '&') put(svg, "&amp;");
    else if (c == '"') put(svg, "&quot;");
    else if (c < 0x20 || c == 0x7f) put(svg, " ");
    else jn_base_text_add(&svg->out, s + i, 1);
  }
}

static void put_class(jn_svg *svg, const char *css) {
  put(svg, " class=\"");
  put(svg, css);
  put(svg, "\"");
}

static const char style[] =
    "<style>"
    ".jn-svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"
    ".jn-bg{fill:#fff}.jn-ink{fill:#1d2330}.jn-soft{fill:#576073}.jn-bold{fill:#1d2330;font-weight:600}"
    ".jn-card{fill:#f4f6fa;stroke:#d5dbe6}.jn-head{fill:#e6ecf8;stroke:#c3cfe6}.jn-rule{stroke:#d5dbe6;fill:none}"
    ".jn-bar{fill:#2563b8}.jn-rest{fill:#dbe4f3}.jn-band{fill:#2563b8;fill-opacity:.22}"
    ".jn-line{stroke:#2563b8;stroke-width:2.5;fill:none}.jn-dot{fill:#2563b8}"
    ".jn-belief{stroke:#b45309;stroke-width:2;fill:none;stroke-dasharray:5 4}.jn-belief-dot{fill:#b45309}"
    ".jn-whisker{stroke:#1d2330;stroke-width:1.25;fill:none}.jn-star{fill:#b45309}"
    ".jn-link{fill:#2563b8;fill-opacity:.28}.jn-link-exit{fill:#8a93a5;fill-opacity:.26}.jn-node{fill:#2563b8}"
    ".jn-node-exit{fill:#8a93a5}.jn-cell{fill:#2563b8}.jn-on{fill:#fff}.jn-open{stroke:#8a93a5;stroke-dasharray:3 3;"
    "fill:none}"
    "@media (prefers-color-scheme:dark){"
    ".jn-bg{fill:#14181f}.jn-ink{fill:#e8ecf4}.jn-soft{fill:#a5afc0}.jn-bold{fill:#fff}"
    ".jn-card{fill:#1d232d;stroke:#343d4c}.jn-head{fill:#22304a;stroke:#3a4d70}.jn-rule{stroke:#343d4c}"
    ".jn-bar,.jn-dot,.jn-node,.jn-cell{fill:#6ea8fe}.jn-rest{fill:#2a3446}.jn-band{fill:#6ea8fe}"
    ".jn-line{stroke:#6ea8fe}.jn-belief{stroke:#f0a94b}.jn-belief-dot,.jn-star{fill:#f0a94b}"
    ".jn-whisker{stroke:#e8ecf4}.jn-link{fill:#6ea8fe}.jn-on{fill:#0e1116}}"
    "</style>";

void jn_svg_begin(jn_svg *svg, journey_context *context, const char *kind, double width, double height,
                  const char *title, const char *description) {
  jn_base_text_init(&svg->out, context);
  put(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"jn-svg\" role=\"img\"");
  jn_base_text_format(&svg->out, " aria-labelledby=\"jn-%s-title jn-%s-desc\" viewBox=\"0 0 ", kind, kind);
  put_number(svg, width);
  put(svg, " ");
  put_number(svg, height);
  put(svg, "\"");
  put_attribute(svg, " width", width);
  put_attribute(svg, " height", height);
  jn_base_text_format(&svg->out, ">\n<title id=\"jn-%s-title\">", kind);
  put_escaped(svg, title, strlen(title));
  jn_base_text_format(&svg->out, "</title>\n<desc id=\"jn-%s-desc\">", kind);
  put_escaped(svg, description, strlen(description));
  put(svg, "</desc>\n");
  put(svg, style);
  put(svg, "\n");
  jn_svg_rect(svg, 0, 0, width, height, 0, "jn-bg");
}

journey_status jn_svg_end(jn_svg *svg, journey_write write, void *user, journey_error *err) {
  put(svg, "</svg>\n");
  journey_status status = svg->out.status == JOURNEY_OK ? JOURNEY_OK : jn_base_no_memory(err);
  if (status == JOURNEY_OK) {
    status = write(user, svg->out.bytes, svg->out.length);
    if (status != JOURNEY_OK) jn_base_fail(err, status, "the picture could not be written");
  }
  jn_base_text_clear(&svg->out);
  return status;
}

void jn_svg_rect(jn_svg *svg, double x, double y, double width, double height, double radius, const char *css) {
  jn_svg_shade(svg, x, y, width, height, radius, css, 1);
}

void jn_svg_shade(jn_svg *svg, double x, double y, double width, double height, double radius, const char *css,
                  double opacity) {
  put(svg, "<rect");
  put_class(svg, css);
  put_attribute(svg, " x", x);
  put_attribute(svg, " y", y);
  put_attribute(svg, " width", width > 0 ? width : 0);
  put_attribute(svg, " height", height > 0 ? height : 0);
  if (radius > 0) put_attribute(svg, " rx", radius);
  if (opacity < 1) put_attribute(svg, " fill-opacity", opacity);
  put(svg, "/>\n");
}

void jn_svg_line(jn_svg *svg, double x1, double y1, double x2, double y2, const char *css) {
  put(svg, "<line");
  put_class(svg, css);
  put_attribute(svg, " x1", x1);
  put_attribute(svg, " y1", y1);
  put_attribute(svg, " x2", x2);
  put_attribute(svg, " y2", y2);
  put(svg, "/>\n");
}

void jn_svg_circle(jn_svg *svg, double x, double y, double radius, const char *css) {
  put(svg, "<circle");
  put_class(svg, css);
  put_attribute(svg, " cx", x);
  put_attribute(svg, " cy", y);
  put_attribute(svg, " r", radius);
  put(svg, "/>\n");
}

void jn_svg_path_begin(jn_svg *svg, const char *css) {
  put(svg, "<path");
  put_class(svg, css);
  put(svg, " d=\"");
}

void jn_svg_data(jn_svg *svg, const char *letter, const double *number, int n) {
  put(svg, letter);
  for (int i = 0; i < n; i++) {
    if (i > 0) put(svg, " ");
    put_number(svg, number[i]);
  }
}

void jn_svg_path_end(jn_svg *svg, const char *tip) {
  put(svg, "\">");
  if (tip) {
    put(svg, "<title>");
    put_escaped(svg, tip, strlen(tip));
    put(svg, "</title>");
  }
  put(svg, "</path>\n");
}

void jn_svg_tip_begin(jn_svg *svg, const char *tip, size_t n) {
  put(svg, "<g><title>");
  put_escaped(svg, tip, n);
  put(svg, "</title>\n");
}

void jn_svg_tip_end(jn_svg *svg) { put(svg, "</g>\n"); }

/* ---- text --------------------------------------------------------------------------------------------------------------- */

static size_t character_bytes(const char *s, size_t n) {
  unsigned char c = (unsigned char)*s;
  size_t bytes = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
  return bytes < n ? bytes : n;
}

/* In units of the font size. Widths are those of a broad font, so that narrower ones leave room. */
static double character_width(const char *s, size_t bytes) {
  unsigned char c = (unsigned char)*s;
  if (bytes == 2) return 0.66;
  if (bytes == 3) return c == 0xe2 ? 0.85 : 1.05;
  if (bytes == 4) return 1.25;
  if (strchr("iljI.,:;'|! ", c)) return 0.34;
  if (strchr("ftr()[]-\"/", c)) return 0.44;
  if (strchr("mwMW@%&", c)) return 0.96;
  if (c >= 'A' && c <= 'Z') return 0.72;
  return 0.61;
}

double jn_svg_width(const char *s, size_t n, double size) {
  double width = 0;
  for (size_t i = 0, bytes; i < n; i += bytes) {
    bytes = character_bytes(s + i, n - i);
    width += character_width(s + i, bytes);
  }
  return width * size;
}

/* How many bytes of s fit into `most`. */
static size_t fit(const char *s, size_t n, double size, double most) {
  double width = 0;
  size_t i = 0;
  while (i < n) {
    size_t bytes = character_bytes(s + i, n - i);
    width += character_width(s + i, bytes) * size;
    if (width > most) break;
    i += bytes;
  }
  return i;
}

static void put_text(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s, size_t n,
                     bool cut) {
  static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  put(svg, "<text");
  put_class(svg, css);
  put_attribute(svg, " x", x);
  put_attribute(svg, " y", y);
  put_attribute(svg, " font-size", size);
  put(svg, anchors[anchor]);
  put(svg, ">");
  put_escaped(svg, s, n);
  if (cut) put(svg, "\xe2\x80\xa6");
  put(svg, "</text>\n");
}

/* Puts s[0..n) if it fits, else as much of it as fits before an ellipsis. */
static void put_fitting(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s,
                        size_t n, double most) {
  if (n == 0) return;
  bool cut = jn_svg_width(s, n, size) > most;
  if (cut) n = fit(s, n, size, most - size);
  while (cut && n > 0 && s[n - 1] == ' ') n--;
  put_text(svg, x, y, size, anchor, css, s, n, cut);
}

void jn_svg_text(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s,
                 double most) {
  put_fitting(svg, x, y, size, anchor, css, s, strlen(s), most);
}

/* The bytes of the next line: up to the last blank that fits, or as many as fit where a word is too long. */
static size_t line_bytes(const char *s, double size, double most) {
  size_t n = strlen(s), fits = fit(s, n, size, most), at = fits;
  if (fits == n) return n;
  while (at > 0 && s[at] != ' ') at--;
  if (at == 0) at = fits;
  return at > 0 ? at : character_bytes(s, n);
}

int jn_svg_wrap(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s, double most,
                int lines) {
  int used = 0;
  while (*s && used < lines) {
    size_t n = used == lines - 1 ? strlen(s) : line_bytes(s, size, most);
    if (svg) put_fitting(svg, x, y + used * size * 1.3, size, anchor, css, s, n, most);
    s += n;
    while (*s == ' ') s++;
    used++;
  }
  return used;
}

/* ---- tables and options ---------------------------------------------------------------------------------------------------- */

int32_t jn_svg_column(const journey_table *table, const char *name, journey_status *status, journey_error *err) {
  int32_t column = journey_table_find(table, name);
  if (column < 0 && *status == JOURNEY_OK) {
    *status = jn_base_fail(err, JOURNEY_EINVAL, "the table \"%s\" has no column \"%s\"", journey_table_name(table),
                           name);
  }
  return column;
}

journey_status jn_svg_options(const journey_draw_options *given, journey_draw_options *out, journey_error *err) {
  *out = (journey_draw_options){0};
  journey_status status = jn_base_options(given, sizeof *out, sizeof *out, out, "journey_draw_options", err);
  if (status == JOURNEY_OK && (out->width < 0 || out->width > 100000)) {
    status = jn_base_fail(err, JOURNEY_EINVAL, "a picture's width must be 0 to 100000 pixels, not %d", out->width);
  }
  return status;
}
