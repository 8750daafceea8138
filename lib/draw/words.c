/* Numbers as people read them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw/draw.h"
#include "time/time.h"

/* Four digits read well without separators; five do not. */
jn_draw_word jn_draw_count(int64_t n) {
  jn_draw_word word;
  char digits[24];
  size_t used = 0, count = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, n < 0 ? -(uint64_t)n : (uint64_t)n);
  if (n < 0) word.text[used++] = '-';
  for (size_t i = 0; i < count; i++) {
    if (i > 0 && count > 4 && (count - i) % 3 == 0) word.text[used++] = ',';
    word.text[used++] = digits[i];
  }
  word.text[used] = '\0';
  return word;
}

/* printf's %f would take the point from the locale. */
jn_draw_word jn_draw_fixed(double x, int places, bool plus) {
  static const double scales[] = {1, 10, 100, 1000};
  jn_draw_word word = {"-"};
  if (isnan(x)) return word;
  double scaled = round(fabs(x) * scales[places]);
  if (!(scaled < 1e15)) {
    snprintf(word.text, sizeof word.text, "%s", x > 0 ? "very large" : "very small");
    return word;
  }
  int64_t n = (int64_t)scaled, one = (int64_t)scales[places];
  const char *sign = x < 0 && n > 0 ? "-" : plus ? "+" : "";
  jn_draw_format(word.text, sizeof word.text, "%s%s", sign, jn_draw_count(n / one).text);
  size_t used = strlen(word.text);
  if (places > 0) jn_draw_format(word.text + used, sizeof word.text - used, ".%0*" PRId64, places, n % one);
  return word;
}

jn_draw_word jn_draw_percent(double share) {
  if (share > 0 && share < 0.0005) return (jn_draw_word){"< 0.1 %"};
  jn_draw_word word = jn_draw_fixed(share * 100, 1, false);
  if (!isnan(share)) strcat(word.text, " %");
  return word;
}

/* Nobody reads milliseconds of a median. */
jn_draw_word jn_draw_seconds(double seconds) {
  jn_draw_word word = {""};
  char time[JOURNEY_TIME_SIZE];
  if (isnan(seconds) || fabs(seconds) > 1e12) return word;
  double unit = fabs(seconds) < 10 ? 0.1 : 1, rounded = round(seconds / unit) * unit;
  jn_time_duration_short((int64_t)round((rounded == 0 ? seconds : rounded) * 1e6), time);
  snprintf(word.text, sizeof word.text, "%s", time);
  return word;
}

/* A size or a precision may cut a character in two: what is left of it goes. */
void jn_draw_format(char *out, size_t size, const char *format, ...) {
  va_list arguments;
  size_t bad;
  va_start(arguments, format);
  if (vsnprintf(out, size, format, arguments) < 0) out[0] = '\0';
  va_end(arguments);
  for (size_t n = strlen(out); !jn_base_utf8(out, n, &bad); n--) memmove(out + bad, out + bad + 1, n - bad);
}
