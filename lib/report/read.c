/* Reading what was measured, and names as a sentence can bear them. */
#include <string.h>

#include "report/internal.h"

double jn_report_number(const journey_table *table, int64_t row, const char *column) {
  return journey_table_float64(table, row, journey_table_find(table, column));
}

int64_t jn_report_whole(const journey_table *table, int64_t row, const char *column) {
  return journey_table_int64(table, row, journey_table_find(table, column));
}

const char *jn_report_text(const journey_table *table, int64_t row, const char *column) {
  const char *s = journey_table_text(table, row, journey_table_find(table, column), NULL);
  return s ? s : "";
}

const char *jn_report_name(const journey_map *map, const char *kind, const char *id) {
  const journey_element *element = map ? journey_map_find(map, kind, id) : NULL;
  const char *name = element ? journey_element_text(element, "name") : NULL;
  return name ? name : id;
}

/* U+061C, U+200B to U+200F, U+2028 to U+202E, U+2066 to U+2069, U+FEFF: not seen, but they break or turn a line. */
static size_t invisible(const unsigned char *s) {
  if (s[0] == 0xD8 && s[1] == 0x9C) return 2;
  if (s[0] == 0xEF && s[1] == 0xBB && s[2] == 0xBF) return 3;
  if (s[0] != 0xE2 || (s[1] != 0x80 && s[1] != 0x81)) return 0;
  if (s[1] == 0x81) return s[2] >= 0xA6 && s[2] <= 0xA9 ? 3 : 0;
  return (s[2] >= 0x8B && s[2] <= 0x8F) || (s[2] >= 0xA8 && s[2] <= 0xAE) ? 3 : 0;
}

jn_report_word jn_report_clean(const char *name) {
  jn_report_word word;
  size_t used = 0, most = sizeof word.text - 4, whole;
  const char *s = name;
  while (*s && used < most) {
    size_t skip = invisible((const unsigned char *)s);
    if (skip == 0) word.text[used++] = (unsigned char)*s < 0x20 || *s == 0x7f ? ' ' : *s;
    s += skip ? skip : 1;
  }
  if (!jn_base_utf8(word.text, used, &whole)) used = whole;
  memcpy(word.text + used, *s ? "\xe2\x80\xa6" : "", *s ? 4 : 1);
  return word;
}
