/* The shortest decimal of a double, after R. Giulietti, "The Schubfach way to render doubles" (2020). */
#include "base/internal.h"

enum { FRACTION_BITS = 52, DOUBLE_LENGTH = 32 };
static const uint64_t hidden_bit = UINT64_C(1) << FRACTION_BITS, infinity = UINT64_C(0x7FF) << FRACTION_BITS;

typedef struct decimal {
  uint64_t digits;
  int exponent; /* of the last digit */
} decimal;

/* factor * power / 2^128, its lost fraction kept as a set last bit ("round to odd"). The power is at most one too large
 * in its last place; that is why a fraction of 1 counts as none. */
static uint64_t scaled(jn_base_power power, uint64_t factor) {
  uint64_t high, carry, fraction;
  jn_base_multiply(power.low, factor, &carry);
  fraction = jn_base_multiply(power.high, factor, &high);
  high += __builtin_add_overflow(fraction, carry, &fraction);
  return high | (fraction > 1);
}

/* c * 2^q, which is not 0. A decimal rounds to it when it lies between the midpoints to the two neighbours (midpoints
 * included if c is even); among the shortest such decimals this is the closest. Everything is counted in quarters. */
static decimal shortest(uint64_t c, int q, bool narrow_below) {
  int k = (q * 1262611 - (narrow_below ? 524031 : 0)) >> 22; /* floor(log10(2^q)) or floor(log10(3/4 2^q)) */
  int h = q + jn_base_log2_of_ten(-k) + 1;
  jn_base_power power = jn_base_power_of_ten(-k);
  if (-k < 0 || -k > 55) power.high += ++power.low == 0; /* rounded up where not exact */
  uint64_t odd = c & 1, value = scaled(power, 4 * c << h);
  uint64_t lower = scaled(power, (4 * c - (narrow_below ? 1 : 2)) << h) + odd;
  uint64_t upper = scaled(power, (4 * c + 2) << h) - odd;
  uint64_t s = value / 4, tens = s / 10;
  if (s >= 10) {
    bool down = lower <= 40 * tens, up = 40 * tens + 40 <= upper;
    if (down != up) return (decimal){tens + up, k + 1};
  }
  bool down = lower <= 4 * s, up = 4 * s + 4 <= upper;
  if (down != up) return (decimal){s + up, k};
  uint64_t middle = 4 * s + 2;
  return (decimal){s + (value > middle || (value == middle && (s & 1))), k};
}

static decimal decimal_of(uint64_t bits) {
  uint64_t fraction = bits & (hidden_bit - 1);
  int exponent = (int)(bits >> FRACTION_BITS & 0x7FF);
  decimal d;
  if (exponent)
    d = shortest(fraction | hidden_bit, exponent - 1075, !fraction && exponent > 1);
  else
    d = shortest(fraction, -1074, false);
  while (d.digits % 10 == 0) d.digits /= 10, d.exponent++;
  return d;
}

/* Writes the digits of x; returns how many. */
static int write_digits(uint64_t x, char *out) {
  char reversed[20];
  int n = 0;
  for (; x; x /= 10) reversed[n++] = (char)('0' + x % 10);
  for (int i = 0; i < n; i++) out[i] = reversed[n - 1 - i];
  return n;
}

/* 12300, 12.3, 0.00123: `point` is where the decimal point stands, counted from the first digit. Returns the end. */
static char *write_plain(char *out, const char *digits, int n, int point) {
  if (point <= 0) *out++ = '0', *out++ = '.';
  for (int i = point; i < 0; i++) *out++ = '0';
  for (int i = 0; i < n; i++) {
    if (i && i == point) *out++ = '.';
    *out++ = digits[i];
  }
  for (int i = n; i < point; i++) *out++ = '0';
  return out;
}

/* 1.23e-7 */
static char *write_scientific(char *out, const char *digits, int n, int point) {
  out = write_plain(out, digits, n, 1);
  *out++ = 'e';
  if (point < 1) *out++ = '-';
  return out + write_digits((uint64_t)(point < 1 ? 1 - point : point - 1), out);
}

static char *write_double(char *out, uint64_t magnitude) {
  char digits[20];
  decimal d = decimal_of(magnitude);
  int n = write_digits(d.digits, digits), point = n + d.exponent;
  return point > -4 && point <= 16 ? write_plain(out, digits, n, point) : write_scientific(out, digits, n, point);
}

void jn_base_text_double(jn_base_text *text, double x) {
  char buffer[DOUBLE_LENGTH], *out = buffer; /* the longest is -2.2250738585072014e-308: 24 */
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint64_t magnitude = bits & INT64_MAX;
  if (bits >> 63 && magnitude <= infinity) *out++ = '-';
  if (!magnitude)
    *out++ = '0';
  else if (magnitude < infinity)
    out = write_double(out, magnitude);
  else
    memcpy(out, magnitude == infinity ? "inf" : "nan", 3), out += 3;
  jn_base_text_add(text, buffer, (size_t)(out - buffer));
}
