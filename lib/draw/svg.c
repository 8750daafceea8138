/* Elements of SVG. */
#include <math.h>
#include <string.h>

#include "draw/svg.h"

void jn_svg_put(jn_svg *svg, const char *s) { jn_base_text_put(&svg->out, s); }

/* Two decimals are finer than any screen. */
static void put_number(jn_svg *svg, double x) {
  jn_base_text_double(&svg->out, isfinite(x) ? round(x * 100) / 100 : 0);
}

void jn_svg_attribute(jn_svg *svg, const char *name, double x) {
  jn_svg_put(svg, " ");
  jn_svg_put(svg, name);
  jn_svg_put(svg, "=\"");
  put_number(svg, x);
  jn_svg_put(svg, "\"");
}

/* XML knows neither control characters, but tab and line ends, nor U+FFFE and U+FFFF; those become blanks. */
static const char *entity_of(const char *s, size_t n) {
  unsigned char c = (unsigned char)*s;
  switch (c) {
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '&': return "&amp;";
  case '"': return "&quot;";
  case 0xEF: return n > 2 && (memcmp(s, "\xef\xbf\xbe", 3) == 0 || memcmp(s, "\xef\xbf\xbf", 3) == 0) ? "   " : NULL;
  default: return c < 0x20 || c == 0x7f ? " " : NULL;
  }
}

void jn_svg_escaped(jn_svg *svg, const char *s, size_t n) {
  size_t from = 0;
  for (size_t i = 0; i < n; i++) {
    const char *entity = entity_of(s + i, n - i);
    if (!entity) continue;
    jn_base_text_add(&svg->out, s + from, i - from);
    jn_svg_put(svg, entity);
    if (strlen(entity) == 3 && *entity == ' ') i += 2;
    from = i + 1;
  }
  jn_base_text_add(&svg->out, s + from, n - from);
}

static void begin(jn_svg *svg, const char *element, const char *css) {
  jn_svg_put(svg, "<");
  jn_svg_put(svg, element);
  jn_svg_put(svg, " class=\"");
  jn_svg_put(svg, css);
  jn_svg_put(svg, "\"");
}

void jn_svg_rect(jn_svg *svg, double x, double y, double width, double height, double radius, const char *css) {
  begin(svg, "rect", css);
  jn_svg_attribute(svg, "x", x);
  jn_svg_attribute(svg, "y", y);
  jn_svg_attribute(svg, "width", fmax(width, 0));
  jn_svg_attribute(svg, "height", fmax(height, 0));
  if (radius > 0) jn_svg_attribute(svg, "rx", radius);
  jn_svg_put(svg, "/>\n");
}

void jn_svg_line(jn_svg *svg, double x1, double y1, double x2, double y2, const char *css) {
  begin(svg, "line", css);
  jn_svg_attribute(svg, "x1", x1);
  jn_svg_attribute(svg, "y1", y1);
  jn_svg_attribute(svg, "x2", x2);
  jn_svg_attribute(svg, "y2", y2);
  jn_svg_put(svg, "/>\n");
}

void jn_svg_circle(jn_svg *svg, double x, double y, double radius, const char *css) {
  begin(svg, "circle", css);
  jn_svg_attribute(svg, "cx", x);
  jn_svg_attribute(svg, "cy", y);
  jn_svg_attribute(svg, "r", radius);
  jn_svg_put(svg, "/>\n");
}

void jn_svg_path_begin(jn_svg *svg, const char *css) {
  begin(svg, "path", css);
  jn_svg_put(svg, " d=\"");
}

void jn_svg_data(jn_svg *svg, const char *letter, const double *number, int n) {
  jn_svg_put(svg, letter);
  for (int i = 0; i < n; i++) {
    if (i > 0) jn_svg_put(svg, " ");
    put_number(svg, number[i]);
  }
}

void jn_svg_path_end(jn_svg *svg) { jn_svg_put(svg, "\"/>\n"); }

void jn_svg_tip_begin(jn_svg *svg, const char *tip) {
  jn_svg_put(svg, "<g><title>");
  jn_svg_escaped(svg, tip, strlen(tip));
  jn_svg_put(svg, "</title>\n");
}

void jn_svg_tip_end(jn_svg *svg) { jn_svg_put(svg, "</g>\n"); }
