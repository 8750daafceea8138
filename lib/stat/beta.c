/* The incomplete beta function, and with it the binomial and Student's distribution. */
#include <math.h>

#include "stat/internal.h"
#include "stat/stat.h"

#define TWO_PI 6.28318530717958647693
#define TINY 1e-300
#define STEPS 1000000 /* Far more than any argument below JN_STAT_HUGE needs; only there so that no loop is endless. */

/* a - (a + b) x, from whichever of x and y is the smaller and so has the smaller rounding error. */
static double beta_lambda(double a, double b, double x, double y) {
  return x <= y ? fma(-(a + b), x, a) : fma(a + b, y, -b);
}

/* What the density loses at x against its peak; after Loader, as in gamma.c. */
static double beta_loss(double a, double b, double x, double y) {
  double n = a + b, lambda = beta_lambda(a, b, x, y);
  return jn_stat_deviance(a, n * x, lambda) + jn_stat_deviance(b, n * y, -lambda);
}

double jn_stat_beta_density(double a, double b, double x, double y) {
  double n = a + b;
  double stirling = jn_stat_stirling_error(n) - jn_stat_stirling_error(a) - jn_stat_stirling_error(b);
  return sqrt(a / TWO_PI * (b / n)) * exp(stirling - beta_loss(a, b, x, y));
}

/* The density over I_x(a, b), for x up to about the mean: the continued fraction of A. R. DiDonato and A. H. Morris,
 * "Algorithm 708", ACM TOMS 18 (1992) 360-373, by Lentz's method as modified by Thompson & Barnett (1986). */
static double beta_fraction(double a, double b, double x, double y) {
  double lambda = beta_lambda(a, b, x, y);
  double value = a * (lambda + 1) / (a + 1);
  if (fabs(value) < TINY) value = TINY;
  double c = value, d = 0;
  for (int m = 1; m < STEPS; m++) {
    double s = a + 2.0 * m - 1, w = m * (b - m) * x / s;
    double numerator = w * x * ((a + m - 1) * ((a + b + m - 1) / s));
    double denominator = m + w + (a + m) / (s + 2) * (lambda + 1 + m * (1 + y));
    d = denominator + numerator * d;
    c = denominator + numerator / c;
    if (fabs(d) < TINY) d = TINY;
    if (fabs(c) < TINY) c = TINY;
    d = 1 / d;
    value *= c * d;
    if (fabs(c * d - 1) < 4e-16) break;
  }
  return value;
}

/* N. M. Temme's uniform expansion for large a and b, first term (DLMF 8.18.9). */
static jn_stat_tails beta_large(double a, double b, double x, double y) {
  double n = a + b, lambda = beta_lambda(a, b, x, y), loss = beta_loss(a, b, x, y);
  double root = copysign(sqrt(loss), -lambda), spread = sqrt(a) * sqrt(b);
  double term = loss < 1e-6 ? (b - a) / (3 * spread) : sqrt(n / 2) / root + spread / lambda;
  double shift = exp(-loss) / sqrt(TWO_PI * n) * term;
  return (jn_stat_tails){0.5 * erfc(-root) + shift, 0.5 * erfc(root) - shift};
}

jn_stat_tails jn_stat_beta_tails(double a, double b, double x, double y) {
  if (!(a > 0 && b > 0 && a < INFINITY && b < INFINITY && x >= 0 && y >= 0)) return (jn_stat_tails){NAN, NAN};
  if (x == 0 || y == 0) return (jn_stat_tails){x > 0, y > 0};
  if (a > JN_STAT_HUGE && b > JN_STAT_HUGE) return beta_large(a, b, x, y);
  double density = jn_stat_beta_density(a, b, x, y);
  if (beta_lambda(a, b, x, y) >= 0) {
    double lower = density / beta_fraction(a, b, x, y);
    return (jn_stat_tails){lower, 1 - lower};
  }
  double upper = density / beta_fraction(b, a, y, x);
  return (jn_stat_tails){1 - upper, upper};
}

double jn_stat_beta(double a, double b, double x) { return jn_stat_beta_tails(a, b, x, 1 - x).lower; }

double jn_stat_binomial_cdf(int64_t k, int64_t n, double p) {
  if (n < 0 || !(p >= 0 && p <= 1)) return NAN;
  if (k < 0 || k >= n) return k >= 0;
  return jn_stat_beta_tails((double)k + 1, (double)(n - k), p, 1 - p).upper;
}
