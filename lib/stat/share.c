/* Intervals and tests of shares: Wilson, Clopper-Pearson, Newcombe, the pooled z-test, and ranks around a quantile. */
#include <math.h>

#include "stat/internal.h"
#include "stat/stat.h"

static const jn_stat_interval no_interval = {NAN, NAN, NAN};

static bool valid_share(int64_t x, int64_t n, double confidence) {
  return n > 0 && x >= 0 && x <= n && confidence > 0 && confidence < 1;
}

/* The smaller root of (n + z^2) q^2 - (2 x + z^2) q + x^2 / n, without cancellation (Wilson 1927). Upper ends are 1 less
 * the lower end of the failures, which makes x = n exactly 1 and the interval exactly symmetric. */
static double wilson_low(double x, double n, double z) {
  double square = z * z;
  return x > 0 ? 2 * x * (x / n) / (2 * x + square + z * sqrt(square + 4 * x * ((n - x) / n))) : 0;
}

jn_stat_interval jn_stat_wilson(int64_t x, int64_t n, double confidence) {
  if (!valid_share(x, n, confidence)) return no_interval;
  double z = jn_stat_normal_z(confidence), trials = (double)n;
  return (jn_stat_interval){(double)x / trials, wilson_low((double)x, trials, z),
                            1 - wilson_low((double)(n - x), trials, z)};
}

/* The share at which x or more successes have probability `tail` (Clopper & Pearson, Biometrika 26 (1934) 404-413). */
static double exact_low(int64_t x, int64_t n, double tail) {
  return x > 0 ? jn_stat_beta_quantile(tail, (double)x, (double)(n - x) + 1) : 0;
}

jn_stat_interval jn_stat_clopper_pearson(int64_t x, int64_t n, double confidence) {
  if (!valid_share(x, n, confidence)) return no_interval;
  double tail = 0.5 * (1 - confidence);
  return (jn_stat_interval){(double)x / (double)n, exact_low(x, n, tail), 1 - exact_low(n - x, n, tail)};
}

jn_stat_interval jn_stat_newcombe(int64_t x1, int64_t n1, int64_t x2, int64_t n2, double confidence) {
  jn_stat_interval a = jn_stat_wilson(x1, n1, confidence), b = jn_stat_wilson(x2, n2, confidence);
  double difference = a.estimate - b.estimate;
  if (isnan(difference)) return no_interval;
  return (jn_stat_interval){difference, difference - hypot(a.estimate - a.low, b.high - b.estimate),
                            difference + hypot(a.high - a.estimate, b.estimate - b.low)};
}

/* F. Yates, "Contingency tables involving small numbers and the chi-square test" (1934): the difference shrinks by half
 * an observation on each side, but not beyond 0. */
jn_stat_test jn_stat_two_proportion_z(int64_t x1, int64_t n1, int64_t x2, int64_t n2) {
  if (!valid_share(x1, n1, 0.5) || !valid_share(x2, n2, 0.5)) return (jn_stat_test){NAN, NAN, NAN, NAN, NAN};
  double a = (double)n1, b = (double)n2, difference = (double)x1 / a - (double)x2 / b;
  double pooled = ((double)x1 + (double)x2) / (a + b), per_trial = 1 / a + 1 / b;
  double se = sqrt(pooled * (1 - pooled) * per_trial);
  if (se == 0) return (jn_stat_test){difference, se, 0, 1, 1};
  double corrected = fmax(fabs(difference) - 0.5 * per_trial, 0);
  return (jn_stat_test){difference, se, difference / se, jn_stat_normal_p(difference / se),
                        jn_stat_normal_p(corrected / se)};
}

/* ---- ranks around a quantile ----------------------------------------------------------------------------------------- */

/* P(B <= k) of a binomial of n trials with probability p = 1 - q, exact in its lower tail. */
static double binomial_below(int64_t k, int64_t n, double p, double q) {
  if (k < 0 || k >= n) return k >= 0;
  return jn_stat_beta_tails((double)(n - k), (double)k + 1, q, p).lower;
}

/* The greatest rank l such that fewer than l of n values lie below the quantile with probability `tail` at most. */
static int64_t low_rank(int64_t n, double p, double q, double tail) {
  int64_t low = 0, high = n;
  while (low < high) {
    int64_t middle = high - (high - low) / 2;
    if (binomial_below(middle - 1, n, p, q) <= tail)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

/* H. A. David & H. N. Nagaraja, Order Statistics (2003), 7.1. The high rank is the low one seen from the other end. */
jn_stat_ranks jn_stat_quantile_ranks(int64_t n, double p, double confidence) {
  if (n < 1 || n == INT64_MAX || !(p > 0 && p < 1 && confidence > 0 && confidence < 1))
    return (jn_stat_ranks){0, 0, NAN};
  double q = 1 - p, tail = 0.5 * (1 - confidence);
  int64_t low = low_rank(n, p, q, tail), from_top = low_rank(n, q, p, tail);
  double coverage = 1 - binomial_below(low - 1, n, p, q) - binomial_below(from_top - 1, n, q, p);
  return (jn_stat_ranks){low, n + 1 - from_top, coverage};
}
