/* Private to the room `stat`: what the distributions share. */
#ifndef JN_STAT_INTERNAL_H
#define JN_STAT_INTERNAL_H

/* Both tails of a distribution, each as exact as the other. */
typedef struct jn_stat_tails {
  double lower, upper;
} jn_stat_tails;

/* From here on the parameters of gamma and beta are so large that the first term of an asymptotic series is exact to
 * 1e-13, while fractions and series would need more than 1e5 steps. */
#define JN_STAT_HUGE 1e9

/* log Gamma(a + 1) less Stirling's sqrt(2 pi a) (a / e)^a; a > 0. */
double jn_stat_stirling_error(double a);
/* a log(a / m) - d for d = a - m: what a Poisson of mean m loses at a against its peak; a, m > 0. */
double jn_stat_deviance(double a, double m, double d);

/* I_x(a, b) and its complement from x and y = 1 - x. */
jn_stat_tails jn_stat_beta_tails(double a, double b, double x, double y);
/* x^a y^b / B(a, b), the density of log x times y. */
double jn_stat_beta_density(double a, double b, double x, double y);

/* A distribution's tail at e^u and its derivative by u. */
typedef struct jn_stat_slope {
  double value, slope;
} jn_stat_slope;
typedef jn_stat_slope (*jn_stat_curve)(const double *parameters, double u);
/* Solves curve(u) = target from u, by Newton on the logarithm. The curve must be log-concave, and not 0 at the start. */
double jn_stat_solve(jn_stat_curve curve, const double *parameters, double target, double u);

/* x with I_x(a, b) = p, 0 < p < 1; b >= 1. */
double jn_stat_beta_quantile(double p, double a, double b);

#endif
