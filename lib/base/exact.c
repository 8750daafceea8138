/* Comparing a decimal with a binary number exactly, by whole numbers of many words. */
#include "base/internal.h"

/* A midpoint between two doubles has at most 767 significant digits, so 800 and "something follows" decide.
 * 4096 bits hold both sides: 800 digits are 2658 bits, 2^54 * 5^(343 + 800) has 2709. */
enum { DIGITS_MOST = 800, WORDS = 128 };

typedef struct whole {
  int n;
  uint32_t words[WORDS]; /* the lowest first */
} whole;

static void multiply_add(whole *x, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (int i = 0; i < x->n; i++) {
    carry += (uint64_t)x->words[i] * factor;
    x->words[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry && x->n < WORDS) x->words[x->n++] = (uint32_t)carry;
}

static void multiply_by_power_of_5(whole *x, int64_t exponent) {
  const uint32_t power13 = 1220703125;
  for (; exponent >= 13; exponent -= 13) multiply_add(x, power13, 0);
  for (; exponent > 0; exponent--) multiply_add(x, 5, 0);
}

static void shift_left(whole *x, int64_t bits) {
  for (; bits >= 31; bits -= 31) multiply_add(x, UINT32_C(1) << 31, 0);
  multiply_add(x, UINT32_C(1) << bits, 0);
}

static int compare(const whole *a, const whole *b) {
  if (a->n != b->n) return a->n < b->n ? -1 : 1;
  for (int i = a->n; i-- > 0;)
    if (a->words[i] != b->words[i]) return a->words[i] < b->words[i] ? -1 : 1;
  return 0;
}

/* All significant digits of d as one whole number (with a 1 appended for what is left out); returns the exponent. */
static int64_t gather(const jn_base_decimal *d, whole *x) {
  int64_t exponent = d->exponent + d->kept;
  int count = 0;
  bool more = false;
  for (size_t i = 0; i < d->length; i++) {
    uint32_t digit = (unsigned char)d->mantissa[i] - '0';
    if (digit > 9 || (!count && !digit)) continue;
    if (count == DIGITS_MOST) {
      more |= digit != 0;
    } else {
      multiply_add(x, 10, digit);
      count++;
    }
  }
  if (more) {
    multiply_add(x, 10, 1);
    count++;
  }
  return exponent - count;
}

int jn_base_compare_decimal(const jn_base_decimal *d, uint64_t middle, int exponent) {
  whole left = {0}, right = {.n = 2, .words = {(uint32_t)middle, (uint32_t)(middle >> 32)}};
  if (!right.words[1]) right.n = 1;
  int64_t ten = gather(d, &left), twos = ten - exponent;
  multiply_by_power_of_5(ten > 0 ? &left : &right, ten > 0 ? ten : -ten);
  shift_left(twos > 0 ? &left : &right, twos > 0 ? twos : -twos);
  return compare(&left, &right);
}
