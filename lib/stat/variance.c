/* Mean and variance from exact sums. */
#include <math.h>

#include "stat/stat.h"

/* Adds a * b * n exactly: n may need more digits than a double has, so it goes in two halves. */
static void add_times(jn_stat_sum *sum, double a, double b, int64_t n) {
  double hi = a * b, lo = isfinite(hi) ? fma(a, b, -hi) : 0;
  double halves[2] = {(double)(n >> 32) * 0x1p32, (double)(n & UINT32_MAX)};
  for (int i = 0; i < 2; i++) {
    jn_stat_sum_add_product(sum, hi, halves[i]);
    jn_stat_sum_add_product(sum, lo, halves[i]);
  }
}

/* With the rounded mean m and the exact rest d = sum - n m, the squared distances from m add up to
 * squares - 2 m d - n m^2, and those from the true mean to d^2 / n less. All large terms cancel in the exact sum, so what
 * is rounded is the small difference. */
double jn_stat_variance(int64_t n, const jn_stat_sum *sum, const jn_stat_sum *squares) {
  if (n < 2) return NAN;
  double mean = jn_stat_mean(n, sum);
  if (!isfinite(mean)) return NAN;
  jn_stat_sum rest = *sum, total = *squares;
  add_times(&rest, -mean, 1, n);
  add_times(&total, -mean, mean, n);
  double first = jn_stat_sum_round(&rest), part = first;
  for (int i = 0; i < 3 && part != 0; i++) {
    jn_stat_sum_add_product(&total, -2 * mean, part);
    jn_stat_sum_add(&rest, -part);
    part = jn_stat_sum_round(&rest);
  }
  double distances = jn_stat_sum_round(&total) - first * (first / (double)n);
  return distances > 0 ? distances / (double)(n - 1) : distances == distances ? 0 : NAN;
}

jn_stat_interval jn_stat_mean_interval(int64_t n, const jn_stat_sum *sum, const jn_stat_sum *squares,
                                       double confidence) {
  return jn_stat_mean_t(n, jn_stat_mean(n, sum), sqrt(jn_stat_variance(n, sum, squares)), confidence);
}
