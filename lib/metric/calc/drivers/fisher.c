/* Fisher's exact test of a table of two by two, two-sided: the sum of the chances of all tables with the same margins
 * that are no more likely than this one. Chances are computed after C. Loader, "Fast and accurate computation of
 * binomial probabilities" (2000), which does not cancel however large the counts are. */
#include <math.h>

#include "internal.h"

#define HALF_LOG_2PI 0.91893853320467274178
#define AS_LIKELY 1e-7        /* relative: what rounding makes of two equal chances; as in R's fisher.test */
#define NEGLIGIBLE 1e-17      /* share of a sum */
#define MOST_VARIANCE 1e8     /* sums take some 10^5 terms there; beyond, the normal distribution serves */

/* Urns: of `lucky` and `others` balls, n are drawn. */
typedef struct urn {
  double lucky, others, n;
} urn;

/* Stirling's series (Abramowitz & Stegun 6.1.41). */
static double stirling_error(double a) {
  if (a < 10) {
    int sign;
    return lgamma_r(a + 1, &sign) - (a + 0.5) * log(a) + a - HALF_LOG_2PI;
  }
  double s = 1 / (a * a);
  return (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s * (1.0 / 1188 - s * 691 / 360360))))) / a;
}

/* a log(a / m) + m - a, without cancellation where a is near m. */
static double deviance(double a, double m) {
  double v = (a - m) / (a + m);
  if (fabs(v) > 0.1) return a * log(a / m) + m - a;
  double sum = (a - m) * v, power = 2 * a * v;
  for (int k = 3; k < 60; k += 2) {
    power *= v * v;
    double next = sum + power / k;
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

/* Logarithm of the chance of x among n when each has the chance p and q = 1 - p, neither being 0. */
static double log_binomial(double x, double n, double p, double q) {
  if (x == 0) return n * (p < 0.5 ? log1p(-p) : log(q));
  if (x == n) return n * (q < 0.5 ? log1p(-q) : log(p));
  double rest = n - x;
  return stirling_error(n) - stirling_error(x) - stirling_error(rest) - deviance(x, n * p) -
         deviance(rest, n * q) - HALF_LOG_2PI + 0.5 * (log(n) - log(x) - log(rest));
}

/* ... of x lucky ones among those drawn. */
static double log_chance(const urn *u, double x) {
  double all = u->lucky + u->others, p = u->n / all, q = (all - u->n) / all;
  return log_binomial(x, u->lucky, p, q) + log_binomial(u->n - x, u->others, p, q) - log_binomial(u->n, all, p, q);
}

/* The chance of x + 1, in terms of that of x. */
static double up(const urn *u, double x) {
  return (u->lucky - x) * (u->n - x) / ((x + 1) * (u->others - u->n + x + 1));
}

/* The chance of x and of all that is beyond it, where chances fall. */
static double tail(const urn *u, double x, int upwards) {
  double sum = 1, term = 1, first = exp(log_chance(u, x));
  while (term > sum * NEGLIGIBLE) {
    term *= upwards ? up(u, x) : 1 / up(u, x - 1); /* 0 at either end */
    x += upwards ? 1 : -1;
    sum += term;
  }
  return first * sum;
}

/* x is not above the likeliest number. Those on the other side that are no more likely begin somewhere above it. */
static double both_tails(const urn *u, double x) {
  double most = fmin(u->lucky, u->n), own = log_chance(u, x) + AS_LIKELY, low = x, high = most + 1;
  while (high - low > 1) {
    double middle = floor(low + (high - low) / 2);
    if (log_chance(u, middle) <= own)
      high = middle;
    else
      low = middle;
  }
  double p = tail(u, x, 0) + (high <= most ? tail(u, high, 1) : 0);
  return p < 1 ? p : 1;
}

double jn_drivers_fisher(const int64_t with[OUTCOMES], const int64_t total[OUTCOMES]) {
  double x = (double)with[CONVERTED], lucky = (double)total[CONVERTED], others = (double)total[FAILED];
  double n = x + (double)with[FAILED], all = lucky + others;
  if (lucky == 0 || others == 0 || n == 0 || n == all) return 1; /* there is but one such table */
  double share = n / all, variance = lucky * share * (1 - share) * others / (all - 1);
  if (variance > MOST_VARIANCE) return erfc(fabs(x - lucky * share) / sqrt(2 * variance));
  urn u = {lucky, others, n};
  if (up(&u, x) >= 1) return both_tails(&u, x);
  u = (urn){others, lucky, n};
  return both_tails(&u, n - x);
}
