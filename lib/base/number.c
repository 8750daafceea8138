/* Reading numbers: whole, and decimals rounded exactly to the nearest double, ties to even. */
#include <float.h>

#include "base/internal.h"

bool jn_base_parse_int64(const char *s, size_t n, int64_t *out) {
  size_t i = n && (s[0] == '-' || s[0] == '+');
  if (i == n) return false;
  uint64_t limit = (uint64_t)INT64_MAX + (s[0] == '-'), value = 0;
  for (; i < n; i++) {
    unsigned digit = (unsigned char)s[i] - '0';
    if (digit > 9 || value > (limit - digit) / 10) return false;
    value = value * 10 + digit;
  }
  *out = s[0] == '-' ? (int64_t)-value : (int64_t)value;
  return true;
}

enum { KEPT = 19, EXPONENT_MOST = 1 << 30, TEN_MOST = 22 };

/* Takes one more digit; `places` is 1 behind the decimal point. The first 19 significant digits fit in 64 bits. */
static inline void take(jn_base_decimal *d, unsigned digit, int places) {
  if (d->kept < KEPT) {
    d->digits = d->digits * 10 + digit;
    d->kept += d->digits != 0;
    d->exponent -= places;
  } else {
    d->more |= digit != 0;
    d->exponent += 1 - places;
  }
}

/* s[0..n) is "e" or "E", a sign perhaps, and digits. Exponents beyond a thousand million count as that. */
static bool scan_exponent(const char *s, size_t n, int64_t *exponent) {
  if ((s[0] | 0x20) != 'e') return false;
  size_t i = 1 + (n > 1 && (s[1] == '-' || s[1] == '+'));
  if (i == n) return false;
  int64_t value = 0;
  for (; i < n; i++) {
    unsigned digit = (unsigned char)s[i] - '0';
    if (digit > 9) return false;
    value = value * 10 + digit;
    if (value > EXPONENT_MOST) value = EXPONENT_MOST;
  }
  *exponent += s[1] == '-' ? -value : value;
  return true;
}

static bool scan(const char *s, size_t n, jn_base_decimal *d) {
  size_t i = n && (s[0] == '-' || s[0] == '+');
  int places = 0;
  bool any = false;
  d->mantissa = s + i;
  for (; i < n; i++) {
    unsigned digit = (unsigned char)s[i] - '0';
    if (digit <= 9)
      take(d, digit, places), any = true;
    else if (s[i] == '.' && !places)
      places = 1;
    else
      break;
  }
  d->length = (size_t)(s + i - d->mantissa);
  return any && (i == n || scan_exponent(s + i, n - i, &d->exponent));
}

/* Both factors are exact, so one operation rounds once (unless the machine computes with more bits than it stores). */
static bool convert_exactly(const jn_base_decimal *d, double *out) {
  static const double tens[TEN_MOST + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                            1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  bool exact = FLT_EVAL_METHOD == 0 && d->digits <= UINT64_C(1) << DBL_MANT_DIG;
  if (!exact || d->more || d->exponent > TEN_MOST || d->exponent < -TEN_MOST) return false;
  double x = (double)d->digits;
  *out = d->exponent < 0 ? x / tens[-d->exponent] : x * tens[d->exponent];
  return true;
}

/* high.low / 2^(64 + shift), rounded to the nearest, ties down or up. */
static uint64_t rounded(uint64_t high, uint64_t low, int shift, bool tie_up) {
  if (shift > 64) return 0;
  uint64_t half = UINT64_C(1) << (shift - 1);
  uint64_t whole = shift == 64 ? 0 : high >> shift, rest = high & (half | (half - 1));
  bool tie = rest == half && !low;
  return whole + (tie ? tie_up : rest >= half);
}

/* After D. Lemire, "Number parsing at a gigabyte per second" (2021): the 128-bit power of ten gives a lower and an
 * upper bound; nearly always both round to the same double. If not, the midpoint between the two candidates decides. */
static uint64_t nearest(const jn_base_decimal *d) {
  int exponent = (int)d->exponent, zeros = __builtin_clzll(d->digits);
  jn_base_power power = jn_base_power_of_ten(exponent);
  uint64_t high, middle, carry, digits = d->digits << zeros;
  uint64_t last = jn_base_multiply(power.low, digits, &carry);
  middle = jn_base_multiply(power.high, digits, &high);
  high += __builtin_add_overflow(middle, carry, &middle);
  int shifted = !(high >> 63);
  if (shifted) high = high << 1 | middle >> 63, middle = middle << 1 | last >> 63;
  /* Cut off were: less than 1 in the power's last place, less than 1 of the product, 1 of the digits. The upper bound
   * may wrap to nearly 0: then the two differ, and the exact way finds that the lower one is right. */
  uint64_t upper_middle, upper = high + (d->more ? UINT64_C(1) << (zeros + shifted) : 0);
  upper += __builtin_add_overflow(middle, UINT64_C(2) << shifted, &upper_middle);

  int biased = jn_base_log2_of_ten(exponent) - zeros - shifted + 64 + 1023, shift = 64 - DBL_MANT_DIG;
  if (biased < 1) shift += 1 - biased, biased = 1; /* subnormal: fewer bits */
  uint64_t a = rounded(high, middle, shift, false), b = rounded(upper, upper_middle, shift, true);
  if (a != b) {
    int order = jn_base_compare_decimal(d, 2 * a + 1, biased - 1023 - DBL_MANT_DIG);
    a += order > 0 || (order == 0 && (a & 1));
  }
  return ((uint64_t)(biased - 1) << (DBL_MANT_DIG - 1)) + a; /* the hidden bit counts the exponent up */
}

bool jn_base_parse_double(const char *s, size_t n, double *out) {
  jn_base_decimal d = {0};
  if (!scan(s, n, &d)) return false;
  double x = 0;
  uint64_t bits = 0;
  if (!convert_exactly(&d, &x)) {
    if (d.digits && d.exponent > DBL_MAX_10_EXP) return false;
    if (d.digits && d.exponent >= -343) bits = nearest(&d); /* below, even 19 digits round to 0 */
    if (bits >= UINT64_C(0x7FF) << (DBL_MANT_DIG - 1)) return false;
    memcpy(&x, &bits, sizeof x);
  }
  *out = s[0] == '-' ? -x : x;
  return true;
}
