/* Reads times that are numbers: seconds, milliseconds, microseconds or nanoseconds since 1970. */
#include "time/internal.h"

/* By the digits before the point: seconds to the year 5138, milliseconds from 1973 to 5138, microseconds from 1973 to
 * 5138, nanoseconds from 1973. Within 1980 to 2200, seconds have 9 or 10 digits, milliseconds 12 or 13, and so on. */
static int32_t kind_of(size_t digits) {
  if (digits <= 11) return JN_TIME_S;
  if (digits <= 14) return JN_TIME_MS;
  return digits <= 17 ? JN_TIME_US : JN_TIME_NS;
}

/* Continues *x with n digits; false when they do not fit. */
static bool add_digits(const char *s, size_t n, uint64_t *x) {
  for (size_t i = 0; i < n; i++)
    if (__builtin_mul_overflow(*x, 10, x) || __builtin_add_overflow(*x, (uint64_t)(s[i] - '0'), x)) return false;
  return true;
}

static bool only_zeros(const char *s, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (s[i] != '0') return false;
  return true;
}

typedef struct number {
  bool negative;
  const char *whole, *fraction; /* their digits */
  size_t whole_size, fraction_size;
} number;

static bool split(jn_time_reader *r, number *x) {
  int64_t unused;
  *x = (number){.negative = r->at < r->n && r->s[r->at] == '-'};
  r->at += x->negative;
  x->whole = r->s + r->at;
  x->whole_size = jn_time_count_digits(r, r->at);
  r->at += x->whole_size;
  if (x->whole_size == 0) return jn_time_fail(r, r->at, "it is no number");
  if (r->at == r->n) return true;
  if (r->s[r->at] != '.' && r->s[r->at] != ',') return jn_time_fail(r, r->at, "there is more after the number");
  x->fraction = r->s + r->at + 1;
  if (!jn_time_read_fraction(r, &unused)) return false;
  x->fraction_size = (size_t)(r->s + r->at - x->fraction);
  return r->at == r->n || jn_time_fail(r, r->at, "there is more after the number");
}

/* The size of a number with the point moved by `places` (6 for seconds): *cut when digits but zeros follow it. */
static bool shift(const number *x, int places, uint64_t *micros, bool *cut) {
  static const uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
  size_t back = places < 0 ? (size_t)-places : 0, forth = places > 0 ? (size_t)places : 0;
  size_t whole = x->whole_size > back ? x->whole_size - back : 0;
  size_t fraction = x->fraction_size < forth ? x->fraction_size : forth;
  *micros = 0;
  *cut = !only_zeros(x->whole + whole, x->whole_size - whole) ||
         (x->fraction_size && !only_zeros(x->fraction + fraction, x->fraction_size - fraction));
  return add_digits(x->whole, whole, micros) && (!fraction || add_digits(x->fraction, fraction, micros)) &&
         !__builtin_mul_overflow(*micros, powers[forth - fraction], micros);
}

bool jn_time_read_number(jn_time_reader *r, int32_t kind, int64_t *out) {
  static const int places[] = {[JN_TIME_S] = 6, [JN_TIME_MS] = 3, [JN_TIME_US] = 0, [JN_TIME_NS] = -3};
  const uint64_t most = (uint64_t)INT64_MAX;
  number x;
  uint64_t micros;
  bool cut;
  if (!split(r, &x)) return false;
  if (kind == JN_TIME_AUTO) {
    size_t zeros = 0;
    while (zeros < x.whole_size && x.whole[zeros] == '0') zeros++;
    kind = kind_of(x.whole_size - zeros);
  }
  bool fits = shift(&x, places[kind], &micros, &cut);
  if (x.negative && cut) fits = fits && !__builtin_add_overflow(micros, 1, &micros); /* down is away from zero here */
  if (!fits || micros > most + x.negative) return jn_time_fail(r, 0, "it does not fit into 64 bits of microseconds");
  *out = (int64_t)(x.negative ? -micros : micros);
  return true;
}
