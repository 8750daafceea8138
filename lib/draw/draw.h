/* The door of the room `draw`: pictures as SVG, which are public (journey/draw.h), and the way in which numbers are
 * written in them, so that a page around them writes them alike. None of this depends on the locale. */
#ifndef JN_DRAW_H
#define JN_DRAW_H

#include <stdbool.h>

#include "base/base.h"
#include "journey/draw.h"

/* A number in words, to be handed on at once: jn_draw_count(n).text. */
typedef struct jn_draw_word {
  char text[48];
} jn_draw_word;

jn_draw_word jn_draw_count(int64_t n);                       /* "9999", "12,345" */
jn_draw_word jn_draw_fixed(double x, int places, bool plus); /* "2.70", with a plus "+2.70"; NaN: "-" */
jn_draw_word jn_draw_percent(double share);                  /* 0.1741: "17.4 %" */
jn_draw_word jn_draw_seconds(double seconds);                /* "3d 4h", "35s", "1.5s"; NaN: "" */

/* As snprintf, but what does not fit, and what a precision cuts ("%.80s"), is cut between two characters. */
void jn_draw_format(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
