/* The unit of times: the greatest of six that divides all differences. */
#include "stream/internal.h"

/* The inverse of an odd number modulo 2^64, by Newton's method: each round doubles the bits that are right. */
static uint64_t inverse_of(uint64_t odd) {
  uint64_t inverse = odd; /* right in 3 bits */
  for (int i = 0; i < 5; i++) inverse *= 2 - odd * inverse;
  return inverse;
}

jn_stream_unit_of_time jn_stream_unit(int level) {
  static const int64_t microseconds[JN_STREAM_UNITS] = {1, 1000, 1000000, 60000000, 3600000000, 86400000000};
  jn_stream_unit_of_time unit = {.microseconds = microseconds[level], .level = level};
  uint64_t n = (uint64_t)unit.microseconds;
  unit.most = UINT64_MAX / n;
  unit.shift = __builtin_ctzll(n);
  unit.inverse = inverse_of(n >> unit.shift);
  return unit;
}
