/* The shortest decimal of a double, after R. Giulietti, "The Schubfach way to render doubles" (2020). */
#include "base/internal.h"

#define FRACTION_BITS 52
#define HIDDEN_BIT (UINT64_C(1) << FRACTION_BITS)

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
  uint64_t fraction = bits & (HIDDEN_BIT - 1);
  int exponent = (int)(bits >> FRACTION_BITS & 0x7FF);
  decimal d;
  if (exponent) d = shortest(fraction | HIDDEN_BIT, exponent - 1075, !fraction && exponent > 1);
  else d = shortest(fraction, -1074, false);
  while (d.digits % 10 == 0) d.digits /= 10, d.exponent++;
  return d;
}

/* Writes the digits of x from the left; returns how many. */
static int write_digits(uint64_t x, char *out) {
  char reversed[20];
  int n = 0;
  for (; x; x /= 10) reversed[n++] = (char)('0' + x % 10);
  for (int i = 0; i < n; i++) out[i] = reversed[n - 1 - i];
  return n;
}

/* 12300, 12.3, 0.00123. `point` is where the decimal point stands, counted from the first digit. */
static void put_plain(jn_base_text *text, const char *digits, int n, int point) {
  static const char zeros[] = "0000000000000000";
  if (point <= 0) {
    jn_base_text_add(text, "0.", 2);
    jn_base_text_add(text, zeros, (size_t)-point);
    jn_base_text_add(text, digits, (size_t)n);
  } else if (point >= n) {
    jn_base_text_add(text, digits, (size_t)n);
    jn_base_text_add(text, zeros, (size_t)(point - n));
  } else {
    jn_base_text_add(text, digits, (size_t)point);
    jn_base_text_add(text, ".", 1);
    jn_base_text_add(text, digits + point, (size_t)(n - point));
  }
}

static void put_scientific(jn_base_text *text, const char *digits, int n, int point) {
  jn_base_text_add(text, digits, 1);
  if (n > 1) jn_base_text_add(text, ".", 1);
  jn_base_text_add(text, digits + 1, (size_t)(n - 1));
  jn_base_text_format(text, "e%d", point - 1);
}

void jn_base_text_double(jn_base_text *text, double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint64_t magnitude = bits & INT64_MAX;
  if (magnitude > UINT64_C(0x7FF) << FRACTION_BITS) {
    jn_base_text_put(text, "nan");
    return;
  }
  if (bits >> 63) jn_base_text_add(text, "-", 1);
  if (magnitude == UINT64_C(0x7FF) << FRACTION_BITS) {
    jn_base_text_put(text, "inf");
  } else if (!magnitude) {
    jn_base_text_put(text, "0");
  } else {
    decimal d = decimal_of(magnitude);
    char digits[20];
    int n = write_digits(d.digits, digits), point = n + d.exponent;
    if (point > -4 && point <= 16) put_plain(text, digits, n, point);
    else put_scientific(text, digits, n, point);
  }
}
