/* Quantiles by Newton's method on a logarithm; Student's t distribution. */
#include <math.h>

#include "stat/internal.h"
#include "stat/stat.h"

/* A tangent of a concave function lies above it, so each step lands on the same side of the solution and the steps
 * converge from anywhere, doubling the digits at the end. A step into underflow (value 0) is halved. */
double jn_stat_solve(jn_stat_curve curve, const double *parameters, double target, double u) {
  double before = u;
  for (int step = 0; step < 200; step++) {
    jn_stat_slope at = curve(parameters, u);
    if (!(at.value > 0 && at.slope != 0)) {
      u = 0.5 * (u + before);
      continue;
    }
    double gap = log(at.value / target), move = gap * at.value / at.slope;
    before = u;
    u -= move;
    if (fabs(gap) < 1e-8 || fabs(move) < 1e-15 * (1 + fabs(u))) return u;
  }
  return NAN;
}

static jn_stat_slope beta_curve(const double *ab, double u) {
  double x = exp(u), y = -expm1(u);
  if (!(y > 0)) return (jn_stat_slope){0, 0};
  return (jn_stat_slope){jn_stat_beta_tails(ab[0], ab[1], x, y).lower, jn_stat_beta_density(ab[0], ab[1], x, y) / y};
}

/* Starts from the mean, or from a Wilson-like bound below it: log I is concave in log x when b >= 1. */
double jn_stat_beta_quantile(double p, double a, double b) {
  double ab[2] = {a, b}, n = a + b, z = jn_stat_normal_quantile(p);
  double root = sqrt(z * z + 4 * a * (b / n));
  double start = z < 0 ? 2 * a * (a / n) / (2 * a + z * z - z * root) : a / n;
  return exp(jn_stat_solve(beta_curve, ab, p, log(start)));
}

/* ---- Student's t ------------------------------------------------------------------------------------------------ */

/* The two-sided probabilities of |T| < t and |T| > t (Abramowitz & Stegun 26.7.1). */
static jn_stat_tails student_tails(double t, double df) {
  double r = t / sqrt(df) * t / sqrt(df);
  return jn_stat_beta_tails(0.5, 0.5 * df, r < INFINITY ? r / (1 + r) : 1, 1 / (1 + r));
}

double jn_stat_student_cdf(double t, double df) {
  if (isnan(t) || !(df > 0)) return NAN;
  if (df == INFINITY) return jn_stat_normal_cdf(t);
  jn_stat_tails tails = student_tails(t, df);
  if (t < 0) return 0.5 * tails.upper;
  return tails.lower < 0.5 ? 0.5 + 0.5 * tails.lower : 1 - 0.5 * tails.upper;
}

/* 2 t times the density: the derivative by log t of student_tails().lower. */
static double student_slope(double t, double df) {
  double r = t / sqrt(df) * t / sqrt(df);
  return 2 * jn_stat_beta_density(0.5, 0.5 * df, r / (1 + r), 1 / (1 + r));
}

static jn_stat_slope student_middle(const double *df, double u) {
  return (jn_stat_slope){student_tails(exp(u), *df).lower, student_slope(exp(u), *df)};
}

static jn_stat_slope student_tail(const double *df, double u) {
  return (jn_stat_slope){student_tails(exp(u), *df).upper, -student_slope(exp(u), *df)};
}

double jn_stat_student_quantile(double p, double df) {
  if (!(p >= 0 && p <= 1 && df > 0)) return NAN;
  if (p == 0.5) return 0;
  if (df == INFINITY || p == 0 || p == 1) return jn_stat_normal_quantile(p);
  double tail = p < 0.5 ? p : 1 - p, start = log(fabs(jn_stat_normal_quantile(p)));
  double u = tail < 0.25 ? jn_stat_solve(student_tail, &df, 2 * tail, start)
                         : jn_stat_solve(student_middle, &df, 1 - 2 * tail, start);
  return p < 0.5 ? -exp(u) : exp(u);
}
