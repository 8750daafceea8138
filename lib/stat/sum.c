/* Exact sums of doubles in a fixed-point number wide enough for all of them, after R. M. Neal, "Fast exact summation
 * using small and large superaccumulators" (arXiv 1505.05571, 2015). */
#include <math.h>
#include <string.h>

#include "stat/stat.h"

/* part[i], i < CHUNKS, is a signed digit of weight 2^(32 i - 1074). An addition changes it by less than 2^53, so a
 * thousand of them fit beside what carrying leaves, less than 2^32. The highest double ends in chunk 65, and the sum of
 * 2^63 of them in chunk 67. */
enum { CHUNKS = JN_STAT_SUM_CHUNKS, PENDING = CHUNKS, SPECIAL, ROOM = 1000 };
enum { PLUS_INFINITY = 1, MINUS_INFINITY = 2, NOT_A_NUMBER = 4 };
_Static_assert(sizeof(journey_sum) == (SPECIAL + 1) * sizeof(int64_t), "journey_sum holds the chunks and two words");

/* Passes carries on. Afterwards all chunks but the last are in [0, 2^32), which only one such form of a sum is. */
static void carry_chunks(jn_stat_sum *sum) {
  for (int i = 0; i < CHUNKS - 1; i++) {
    int64_t carry = sum->part[i] >> 32;
    sum->part[i] &= UINT32_MAX;
    sum->part[i + 1] += carry;
  }
  sum->part[PENDING] = 0;
}

static void add_special(jn_stat_sum *sum, double x) {
  sum->part[SPECIAL] |= isnan(x) ? NOT_A_NUMBER : x > 0 ? PLUS_INFINITY : MINUS_INFINITY;
}

/* The mantissa is cut in two at a border between chunks, and each piece added or subtracted. */
static inline void add_one(jn_stat_sum *sum, double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint32_t exponent = (uint32_t)(bits >> 52) & 0x7ff;
  if (exponent == 0x7ff) {
    add_special(sum, x);
    return;
  }
  uint64_t normal = exponent != 0, mantissa = (bits & 0xfffffffffffff) | normal << 52;
  uint32_t position = exponent - (uint32_t)normal, shift = position & 31;
  int64_t sign = -(int64_t)(bits >> 63);
  int64_t low = (int64_t)(mantissa << shift & UINT32_MAX), high = (int64_t)(mantissa >> (32 - shift));
  int64_t *chunk = &sum->part[position >> 5];
  chunk[0] += (low ^ sign) - sign;
  chunk[1] += (high ^ sign) - sign;
  if (++sum->part[PENDING] >= ROOM) carry_chunks(sum);
}

void jn_stat_sum_add(jn_stat_sum *sum, double x) { add_one(sum, x); }

/* hi + lo is the product exactly, unless lo underflows; that loss depends on a and b alone, not on the order of adding. */
static inline void add_product(jn_stat_sum *sum, double a, double b) {
  double hi = a * b;
  add_one(sum, hi);
  if (isfinite(hi)) add_one(sum, fma(a, b, -hi));
}

void jn_stat_sum_add_product(jn_stat_sum *sum, double a, double b) { add_product(sum, a, b); }

int64_t jn_stat_sum_add_values(jn_stat_sum *sum, jn_stat_sum *squares, const double *x, size_t n) {
  int64_t present = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(x[i])) continue;
    present++;
    add_one(sum, x[i]);
    if (squares) add_product(squares, x[i], x[i]);
  }
  return present;
}

void jn_stat_sum_merge(jn_stat_sum *sum, const jn_stat_sum *other) {
  jn_stat_sum copy = *other;
  carry_chunks(&copy);
  carry_chunks(sum);
  for (int i = 0; i < CHUNKS; i++) sum->part[i] += copy.part[i];
  sum->part[SPECIAL] |= copy.part[SPECIAL];
  carry_chunks(sum);
}

/* ---- rounding ------------------------------------------------------------------------------------------------------ */

static double special_value(int64_t special) {
  if (special == PLUS_INFINITY) return INFINITY;
  return special == MINUS_INFINITY ? -INFINITY : NAN;
}

/* The top 64 bits of a carried, positive sum whose highest chunk is `top`. What lies below them is only hinted at by the
 * last bit, which is enough for one correct rounding to 53 bits. *exponent receives the weight of that last bit. */
static uint64_t leading_bits(const jn_stat_sum *sum, int top, int *exponent) {
  uint64_t high = (uint64_t)sum->part[top], middle = top > 0 ? (uint64_t)sum->part[top - 1] : 0;
  uint64_t low = top > 1 ? (uint64_t)sum->part[top - 2] : 0;
  uint64_t bits = high << 32 | middle;
  int shift = __builtin_clzll(bits);
  uint64_t below = low << shift & UINT32_MAX;
  for (int i = 0; i < top - 2; i++) below |= (uint64_t)sum->part[i];
  *exponent = 32 * (top - 1) - shift - 1074;
  return bits << shift | low << shift >> 32 | (below != 0);
}

/* The sum as fraction * 2^*exponent, rounded once; it may be beyond the range of a double. */
static double round_scaled(const jn_stat_sum *sum, int *exponent) {
  *exponent = 0;
  if (sum->part[SPECIAL]) return special_value(sum->part[SPECIAL]);
  jn_stat_sum digits = *sum;
  carry_chunks(&digits);
  bool negative = digits.part[CHUNKS - 1] < 0;
  if (negative) {
    for (int i = 0; i < CHUNKS; i++) digits.part[i] = -digits.part[i];
    carry_chunks(&digits);
  }
  int top = CHUNKS - 1;
  while (top >= 0 && digits.part[top] == 0) top--;
  if (top < 0) return 0;
  double fraction = (double)leading_bits(&digits, top, exponent);
  return negative ? -fraction : fraction;
}

double jn_stat_sum_round(const jn_stat_sum *sum) {
  int exponent;
  double fraction = round_scaled(sum, &exponent);
  return ldexp(fraction, exponent);
}

double jn_stat_mean(int64_t n, const jn_stat_sum *sum) {
  if (n < 1) return NAN;
  int exponent;
  double fraction = round_scaled(sum, &exponent);
  return ldexp(fraction / (double)n, exponent);
}

/* ---- saving -------------------------------------------------------------------------------------------------------- */

void jn_stat_sum_save(const jn_stat_sum *sum, int64_t words[JN_STAT_SUM_WORDS]) {
  jn_stat_sum copy = *sum;
  carry_chunks(&copy);
  memcpy(words, copy.part, CHUNKS * sizeof *words);
  words[CHUNKS] = copy.part[SPECIAL];
}

bool jn_stat_sum_load(jn_stat_sum *sum, const int64_t words[JN_STAT_SUM_WORDS]) {
  bool valid = words[CHUNKS] >= 0 && words[CHUNKS] <= (PLUS_INFINITY | MINUS_INFINITY | NOT_A_NUMBER) &&
               words[CHUNKS - 1] >= INT32_MIN && words[CHUNKS - 1] <= INT32_MAX;
  for (int i = 0; i < CHUNKS - 1; i++) valid &= words[i] >= 0 && words[i] <= UINT32_MAX;
  memset(sum, 0, sizeof *sum);
  if (!valid) return false;
  memcpy(sum->part, words, CHUNKS * sizeof *words);
  sum->part[SPECIAL] = words[CHUNKS];
  return true;
}
