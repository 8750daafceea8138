/* The normal distribution, on top of libm's erf and erfc, which are exact to a unit in the last place. */
#include <math.h>

#include "stat/stat.h"

#define SQRT_HALF 0.70710678118654752440
#define INVERSE_SQRT_2PI 0.39894228040143267794

double jn_stat_normal_cdf(double x) { return 0.5 * erfc(-x * SQRT_HALF); }

double jn_stat_normal_p(double z) { return erfc(fabs(z) * SQRT_HALF); }

/* Abramowitz & Stegun, Handbook of Mathematical Functions, 26.2.23: within 4.5e-4 for 0 < tail <= 0.5. */
static double rough_quantile(double tail) {
  double t = sqrt(-2 * log(tail));
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

/* Halley's steps treble the digits, so three make 4.5e-4 as exact as erfc is. Around the middle, the distance from 1/2
 * is compared instead of the tail, so that small quantiles keep their digits. */
static double upper_quantile(double tail) {
  double z = rough_quantile(tail);
  for (int step = 0; step < 3; step++) {
    double excess = tail < 0.1 ? tail - 0.5 * erfc(z * SQRT_HALF) : 0.5 * erf(z * SQRT_HALF) - (0.5 - tail);
    double newton = excess / (INVERSE_SQRT_2PI * exp(-0.5 * z * z));
    z -= newton / (1 + 0.5 * z * newton);
  }
  return z;
}

double jn_stat_normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return NAN;
  if (p == 0 || p == 1) return p == 0 ? -INFINITY : INFINITY;
  if (p == 0.5) return 0;
  return p < 0.5 ? -upper_quantile(p) : upper_quantile(1 - p);
}

double jn_stat_normal_z(double confidence) {
  return confidence > 0 && confidence < 1 ? -jn_stat_normal_quantile(0.5 * (1 - confidence)) : NAN;
}
