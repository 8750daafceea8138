/* Texts of a picture, measured without a font: what is too wide is wrapped or cut. */
#include <string.h>

#include "draw/svg.h"

/* Hundredths of the font size for the characters from the blank to the tilde: of each the widest in DejaVu Sans (and so
 * Verdana) and Arial (and so Helvetica), which most others are narrower than. */
static const unsigned char ascii[95] = {
    32, 41, 46, 84, 64, 96, 78, 28, 40,  40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, /* blank to 7 */
    64, 64, 34, 34, 84, 84, 84, 56, 102, 69, 69, 73, 78, 67, 62, 78, 76, 30, 50, 67, 56, 87, 75, 79, /* 8 to O */
    67, 79, 73, 67, 62, 74, 69, 99, 69,  67, 69, 40, 34, 40, 84, 56, 50, 62, 64, 56, 64, 62, 36, 64, /* P to g */
    64, 28, 28, 58, 28, 98, 64, 62, 64,  64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84};    /* h to ~ */

static size_t character_bytes(const char *s, size_t n) {
  unsigned char c = (unsigned char)*s;
  size_t bytes = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
  return bytes < n ? bytes : n;
}

/* In units of the font size. Beyond Latin letters: as wide as the wide ones of a script. */
static double character_width(const char *s, size_t bytes) {
  unsigned char c = (unsigned char)*s;
  if (c >= 0x20 && c < 0x7f) return ascii[c - 0x20] / 100.0;
  if (bytes == 1) return 0.32;
  if (bytes == 2 && c == 0xd0) return (unsigned char)s[1] < 0xb0 ? 1.2 : 1; /* Cyrillic capitals */
  if (bytes == 2) return c <= 0xc9 ? 0.8 : c >= 0xcc && c <= 0xcd ? 0.4 : 1;
  return bytes == 3 ? 1.1 : 1.4;
}

/* Bold letters are wider. */
static double weight(const char *css) { return strcmp(css, "jn-bold") == 0 ? 1.13 : 1; }

double jn_svg_width(const char *css, const char *s, size_t n, double size) {
  double width = 0;
  for (size_t i = 0, bytes; i < n; i += bytes) {
    bytes = character_bytes(s + i, n - i);
    width += character_width(s + i, bytes);
  }
  return width * size * weight(css);
}

/* How many bytes of s fit into `most`. */
static size_t fit(const char *css, const char *s, size_t n, double size, double most) {
  double width = 0;
  size_t i = 0;
  while (i < n) {
    size_t bytes = character_bytes(s + i, n - i);
    width += character_width(s + i, bytes) * size * weight(css);
    if (width > most) break;
    i += bytes;
  }
  return i;
}

static void put_text(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s, size_t n,
                     bool cut) {
  static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  jn_svg_put(svg, "<text class=\"");
  jn_svg_put(svg, css);
  jn_svg_put(svg, "\"");
  jn_svg_attribute(svg, "x", x);
  jn_svg_attribute(svg, "y", y);
  jn_svg_attribute(svg, "font-size", size);
  jn_svg_put(svg, anchors[anchor]);
  jn_svg_put(svg, ">");
  jn_svg_escaped(svg, s, n);
  if (cut) jn_svg_put(svg, "\xe2\x80\xa6");
  jn_svg_put(svg, "</text>\n");
}

/* Puts s[0..n) if it fits, else as much of it as fits before an ellipsis. */
static void put_fitting(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s,
                        size_t n, double most) {
  if (n == 0) return;
  bool cut = jn_svg_width(css, s, n, size) > most;
  if (cut) n = fit(css, s, n, size, most - 1.25 * size);
  while (cut && n > 0 && s[n - 1] == ' ') n--;
  put_text(svg, x, y, size, anchor, css, s, n, cut);
}

void jn_svg_text(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s,
                 double most) {
  put_fitting(svg, x, y, size, anchor, css, s, strlen(s), most);
}

/* The bytes of the next line: up to the last blank that fits, or as many as fit where a word is too long. */
static size_t line_bytes(const char *css, const char *s, double size, double most) {
  size_t n = strlen(s), fits = fit(css, s, n, size, most), at = fits;
  if (fits == n) return n;
  while (at > 0 && s[at] != ' ') at--;
  if (at == 0) at = fits;
  return at > 0 ? at : character_bytes(s, n);
}

int jn_svg_wrap(jn_svg *svg, double x, double y, double size, int anchor, const char *css, const char *s, double most,
                int lines) {
  int used = 0;
  while (*s && used < lines) {
    size_t n = used == lines - 1 ? strlen(s) : line_bytes(css, s, size, most);
    if (svg) put_fitting(svg, x, y + used * size * 1.3, size, anchor, css, s, n, most);
    s += n;
    while (*s == ' ') s++;
    used++;
  }
  return used;
}
