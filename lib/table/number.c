/* Numbers, times and durations as text, for programs and for people. */
#include <math.h>

#include "table/internal.h"
#include "time/time.h"

enum { MICROSECONDS = 1000000, PLACES = 9 };

/* ---- for programs ------------------------------------------------------------------------------------------------ */

static void put_unsigned(jn_base_text *out, uint64_t x) {
  char digits[20];
  size_t i = sizeof digits;
  for (; x >= 100; x /= 100) { /* half the divisions of digit by digit */
    unsigned two = (unsigned)(x % 100);
    digits[--i] = (char)('0' + two % 10);
    digits[--i] = (char)('0' + two / 10);
  }
  if (x >= 10) digits[--i] = (char)('0' + x % 10), x /= 10;
  digits[--i] = (char)('0' + x);
  jn_table_add(out, digits + i, sizeof digits - i);
}

static uint64_t magnitude(int64_t x) { return x < 0 ? -(uint64_t)x : (uint64_t)x; }

static void put_int(jn_base_text *out, int64_t x) {
  if (x < 0) jn_table_add(out, "-", 1);
  put_unsigned(out, magnitude(x));
}

/* "." and the digits of part / 10^places; `keep` the zeros at the end or not. */
static void put_fraction(jn_base_text *out, uint64_t part, int places, bool keep) {
  char digits[PLACES + 1] = ".";
  for (int i = places; i > 0; i--, part /= 10) digits[i] = (char)('0' + part % 10);
  size_t n = (size_t)places + 1;
  while (!keep && n > 1 && digits[n - 1] == '0') n--;
  if (n > 1) jn_table_add(out, digits, n);
}

/* Seconds, exact to the microsecond. */
static void put_seconds(jn_base_text *out, int64_t duration) {
  uint64_t size = magnitude(duration);
  if (duration < 0) jn_table_add(out, "-", 1);
  put_unsigned(out, size / MICROSECONDS);
  put_fraction(out, size % MICROSECONDS, 6, false);
}

static void put_time(jn_base_text *out, int64_t time) {
  char text[JOURNEY_TIME_SIZE];
  jn_table_add(out, text, jn_time_format(time, NULL, text));
}

void jn_table_put_raw(jn_base_text *out, const jn_table_column *column, int64_t row) {
  if (column->type == JOURNEY_TYPE_FLOAT64)
    jn_base_text_double(out, column->real[row]);
  else if (column->type == JOURNEY_TYPE_TIME)
    put_time(out, column->whole[row]);
  else if (column->type == JOURNEY_TYPE_DURATION)
    put_seconds(out, column->whole[row]);
  else
    put_int(out, column->whole[row]);
}

/* ---- for people -------------------------------------------------------------------------------------------------- */

/* x rounded to `places` (at most PLACES) digits after the point; `keep` the zeros at its end or not. */
static void put_rounded(jn_base_text *out, double x, int places, bool keep) {
  static const double scales[PLACES + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
  double scaled = fabs(x) * scales[places];
  if (!(scaled < 0x1p53)) {
    jn_base_text_double(out, x);
    return;
  }
  uint64_t n = (uint64_t)scaled, one = (uint64_t)scales[places];
  n += scaled - (double)n >= 0.5;
  if (x < 0 && n) jn_table_add(out, "-", 1);
  put_unsigned(out, n / one);
  put_fraction(out, n % one, places, keep);
}

/* 1.23457e-20: six significant digits of what is near 0 and not 0. */
static void put_tiny(jn_base_text *out, double x) {
  int64_t exponent = 0;
  for (; fabs(x) < 0.9999995; x *= 10) exponent++; /* less would be rounded to less than 1 */
  put_rounded(out, x, 5, false);
  jn_table_add(out, "e-", 2);
  put_int(out, exponent);
}

/* Six significant digits, but never fewer than the whole part has. */
static void put_number(jn_base_text *out, double x) {
  double size = fabs(x), limit = 10;
  int places = 5;
  if (size > 0 && size < 1e-4) {
    put_tiny(out, x);
    return;
  }
  for (; size >= limit && places > 0; limit *= 10) places--;
  for (limit = 1; size > 0 && size < limit && places < PLACES; limit /= 10) places++;
  put_rounded(out, x, places, false);
}

static void put_duration(jn_base_text *out, int64_t duration) {
  char text[JOURNEY_TIME_SIZE];
  jn_time_duration_short(duration, text);
  jn_base_text_put(out, text);
}

static void put_real(jn_base_text *out, double x, int32_t unit) {
  if (unit == JOURNEY_UNIT_SCORE)
    put_rounded(out, x, 1, true);
  else if (unit == JOURNEY_UNIT_SECONDS && fabs(x) < 0x1p62 / MICROSECONDS)
    put_duration(out, (int64_t)round(x * MICROSECONDS));
  else
    put_number(out, x);
}

void jn_table_put_nice(jn_base_text *out, const jn_table_column *column, int64_t row) {
  if (column->type == JOURNEY_TYPE_DURATION)
    put_duration(out, column->whole[row]);
  else if (column->type != JOURNEY_TYPE_FLOAT64)
    jn_table_put_raw(out, column, row);
  else if (column->unit != JOURNEY_UNIT_SHARE)
    put_real(out, column->real[row], column->unit);
  else {
    put_rounded(out, column->real[row] * 100, 2, true);
    jn_table_add(out, " %", 2);
  }
}
