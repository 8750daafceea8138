/* The incomplete gamma function, and Loader's way of writing gamma-like densities without cancellation. */
#include <math.h>

#include "stat/internal.h"
#include "stat/stat.h"

#define HALF_LOG_2PI 0.91893853320467274178
#define TWO_PI 6.28318530717958647693
#define TINY 1e-300
#define PRECISION 1e-16
#define STEPS 1000000 /* Far more than any argument below JN_STAT_HUGE needs; only there so that no loop is endless. */

/* Stirling's series (Abramowitz & Stegun 6.1.41); its first omitted term is below 1e-15 from 10 on. */
double jn_stat_stirling_error(double a) {
  if (a < 10) {
    int sign;
    return lgamma_r(a + 1, &sign) - (a + 0.5) * log(a) + a - HALF_LOG_2PI;
  }
  double s = 1 / (a * a);
  return (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s * (1.0 / 1188 - s * 691 / 360360))))) / a;
}

/* After C. Loader, "Fast and accurate computation of binomial probabilities" (2000). With v = d / (a + m) the logarithm
 * is 2 (v + v^3/3 + v^5/5 + ...), of whose first term only d v is left when d has been taken off. */
double jn_stat_deviance(double a, double m, double d) {
  double v = d / (a + m);
  if (fabs(v) > 0.1) return a * log(a / m) - d;
  double sum = d * v, power = 2 * a * v;
  for (int k = 3; k < 60; k += 2) {
    power *= v * v;
    double next = sum + power / k;
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

/* x^a e^-x / Gamma(a + 1) */
static double gamma_density(double a, double x) {
  return exp(-jn_stat_stirling_error(a) - jn_stat_deviance(a, x, a - x)) / sqrt(TWO_PI * a);
}

/* P(a, x) over the density: 1 + x/(a+1) + x^2/((a+1)(a+2)) + ... (Abramowitz & Stegun 6.5.29). */
static double gamma_series(double a, double x) {
  double sum = 1, term = 1;
  for (int k = 1; k < STEPS && term > sum * PRECISION; k++) sum += term *= x / (a + k);
  return sum;
}

/* Q(a, x) over a times the density: the fraction 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- ...))) of Abramowitz & Stegun
 * 6.5.31, contracted, by Lentz's method as modified by Thompson & Barnett (1986). */
static double gamma_fraction(double a, double x) {
  double b = x + 1 - a, c = 1 / TINY, d = 1 / b, value = d;
  for (int k = 1; k < STEPS; k++) {
    double numerator = k * (a - k);
    b += 2;
    d = numerator * d + b;
    c = b + numerator / c;
    if (fabs(d) < TINY) d = TINY;
    if (fabs(c) < TINY) c = TINY;
    d = 1 / d;
    value *= c * d;
    if (fabs(c * d - 1) < PRECISION * 4) break;
  }
  return value;
}

/* N. M. Temme, "The asymptotic expansion of the incomplete gamma functions", SIAM J. Math. Anal. 10 (1979): first term
 * (DLMF 8.12.3, 8.12.7). */
static jn_stat_tails gamma_large(double a, double x) {
  double loss = jn_stat_deviance(a, x, a - x);
  double root = copysign(sqrt(loss), x - a);
  double term = loss < 1e-6 ? -1.0 / 3 : a / (x - a) - sqrt(a / 2) / root;
  double shift = exp(-loss) / sqrt(TWO_PI * a) * term;
  return (jn_stat_tails){0.5 * erfc(-root) - shift, 0.5 * erfc(root) + shift};
}

static jn_stat_tails gamma_tails(double a, double x) {
  if (!(a > 0 && a < INFINITY && x >= 0)) return (jn_stat_tails){NAN, NAN};
  if (x == 0) return (jn_stat_tails){0, 1};
  if (x == INFINITY) return (jn_stat_tails){1, 0};
  if (a > JN_STAT_HUGE) return gamma_large(a, x);
  double density = gamma_density(a, x);
  if (x < a + 1) {
    double lower = density * gamma_series(a, x);
    return (jn_stat_tails){lower, 1 - lower};
  }
  double upper = density * a * gamma_fraction(a, x);
  return (jn_stat_tails){1 - upper, upper};
}

double jn_stat_gamma_p(double a, double x) { return gamma_tails(a, x).lower; }

double jn_stat_gamma_q(double a, double x) { return gamma_tails(a, x).upper; }
