/* The door of the room `stat`: intervals, tests, distributions, exact sums and quantiles. Pure functions of numbers:
 * nothing here allocates, fails or keeps state. What has no answer is NaN (an undefined argument, or no data). */
#ifndef JN_STAT_H
#define JN_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journey/stat.h"

/* ---- distributions: relative error about 1e-12 or better, in the tails too --------------------------------------- */

double jn_stat_normal_cdf(double x);
double jn_stat_normal_quantile(double p);
/* z such that a standard normal lies in [-z, z] with probability `confidence`: 1.959963984540054 for 0.95. */
double jn_stat_normal_z(double confidence);
/* Two-sided p-value of a standard normal statistic. */
double jn_stat_normal_p(double z);

/* Student's t with df > 0 degrees of freedom, which need not be whole. */
double jn_stat_student_cdf(double t, double df);
double jn_stat_student_quantile(double p, double df);

/* Regularised incomplete gamma P(a, x) and Q = 1 - P; a > 0, x >= 0. A chi-square statistic c with k degrees of freedom
 * has the p-value jn_stat_gamma_q(k / 2, c / 2). */
double jn_stat_gamma_p(double a, double x);
double jn_stat_gamma_q(double a, double x);

/* Regularised incomplete beta I_x(a, b); a, b > 0, 0 <= x <= 1. */
double jn_stat_beta(double a, double b, double x);

/* P(B <= k) of a binomial B with n trials of probability p. */
double jn_stat_binomial_cdf(int64_t k, int64_t n, double p);

/* ---- intervals: 0 < confidence < 1; n = 0 gives NaN in all three members ----------------------------------------- */

typedef journey_interval jn_stat_interval;

/* A share of x among n, 0 <= x <= n. x = 0 gives low = 0 and x = n gives high = 1, exactly, by every method. */
jn_stat_interval jn_stat_wilson(int64_t x, int64_t n, double confidence);
jn_stat_interval jn_stat_clopper_pearson(int64_t x, int64_t n, double confidence);

/* The difference x1/n1 - x2/n2 of two independent shares: hybrid score, method 10 of Newcombe 1998. */
jn_stat_interval jn_stat_newcombe(int64_t x1, int64_t n1, int64_t x2, int64_t n2, double confidence);

/* A mean from n values with standard deviation sd (divisor n - 1). n = 1 has an estimate and no interval (NaN ends). */
jn_stat_interval jn_stat_mean_t(int64_t n, double mean, double sd, double confidence);

/* A test of "no difference": the statistic and its two-sided p-value. */
typedef struct jn_stat_test {
  double difference, se; /* What was seen, and its standard error if there is no difference. */
  double z, p;
  double p_yates; /* With the correction for continuity; NaN where there is none. */
} jn_stat_test;

/* Pooled z-test of two shares. Two shares that are both 0 or both 1 give z = 0, p = 1: nothing differs. */
jn_stat_test jn_stat_two_proportion_z(int64_t x1, int64_t n1, int64_t x2, int64_t n2);

/* Corrections for n tests at once: p-values are replaced by adjusted ones, NaN (no test) left out. `room` holds n. O(n log n).
 * S. Holm, "A simple sequentially rejective multiple test procedure" (1979): hardly any false finding among all. */
void jn_stat_holm(double *p, size_t *room, size_t n);
/* Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate" (1995): few false ones among the findings. */
void jn_stat_benjamini_hochberg(double *p, size_t *room, size_t n);

/* Net promoter score, -100 to 100. */
typedef struct jn_stat_nps_counts {
  int64_t detractors, passives, promoters;
} jn_stat_nps_counts;

typedef struct jn_stat_nps_result {
  int64_t n;
  double score, se;
  jn_stat_interval wald;     /* Not clamped; of width 0 when all answers fall into one class. */
  jn_stat_interval adjusted; /* Adjusted Wald, clamped to -100 and 100: the one to report. The estimate is the score. */
} jn_stat_nps_result;

jn_stat_nps_result jn_stat_nps(jn_stat_nps_counts counts, double confidence);
/* Score of a minus score of b, tested without pooling. se = 0 (both unanimous) gives NaN for z and p. */
jn_stat_test jn_stat_nps_difference(jn_stat_nps_counts a, jn_stat_nps_counts b);

/* Distribution-free interval of the p-quantile: the values of rank `low` and `high` (from 1) in ascending order enclose
 * it with probability `coverage` >= confidence, each tail being at most half of the rest. low = 0 or high = n + 1 says
 * that n values cannot bound it on that side. */
typedef struct jn_stat_ranks {
  int64_t low, high;
  double coverage;
} jn_stat_ranks;

jn_stat_ranks jn_stat_quantile_ranks(int64_t n, double p, double confidence);

/* ---- exact sums ----------------------------------------------------------------------------------------------------- */

/* The exact sum of any doubles: the same bits whatever their order and however they were split and merged. Starts as
 * all zeros. A NaN, or infinities of both signs, make it NaN. Sums may pass 1e308 on the way without harm. */
typedef journey_sum jn_stat_sum;
enum { JN_STAT_SUM_CHUNKS = 68, JN_STAT_SUM_WORDS = JN_STAT_SUM_CHUNKS + 1 };

void jn_stat_sum_add(jn_stat_sum *sum, double x);
/* Adds the values that are not NaN (NaN is "missing"), and their exact squares to `squares` unless that is NULL; returns
 * how many they were. The square of a value beyond 1e154 counts as infinite. */
int64_t jn_stat_sum_add_values(jn_stat_sum *sum, jn_stat_sum *squares, const double *x, size_t n);
/* Adds a * b without rounding it (as long as the product neither overflows nor underflows). */
void jn_stat_sum_add_product(jn_stat_sum *sum, double a, double b);
void jn_stat_sum_merge(jn_stat_sum *sum, const jn_stat_sum *other);
/* The nearest double, ties to even; an empty sum is +0. */
double jn_stat_sum_round(const jn_stat_sum *sum);
/* Equal sums save equal words. Load refuses words that no sum has (false; *sum is then empty). */
void jn_stat_sum_save(const jn_stat_sum *sum, int64_t words[JN_STAT_SUM_WORDS]);
bool jn_stat_sum_load(jn_stat_sum *sum, const int64_t words[JN_STAT_SUM_WORDS]);

/* Mean and variance of n values from exact sums of the values and of their squares: they depend on neither order nor
 * sharding, and a small spread around a large mean keeps its digits. */
double jn_stat_mean(int64_t n, const jn_stat_sum *sum); /* NaN for n = 0; finite even where the sum is not. */
/* Divisor n - 1; NaN for n < 2. */
double jn_stat_variance(int64_t n, const jn_stat_sum *sum, const jn_stat_sum *squares);
/* jn_stat_mean_t() of them. */
jn_stat_interval jn_stat_mean_interval(int64_t n, const jn_stat_sum *sum, const jn_stat_sum *squares,
                                       double confidence);

/* ---- quantiles ------------------------------------------------------------------------------------------------------ */

/* The p-quantile of n values by rule 7 of Hyndman & Fan 1996 (R's and NumPy's default): linear between the values of
 * rank floor(h) and floor(h) + 1, h = 1 + (n - 1) p; the median of an even n is the mean of the middle two.
 * O(n), and at worst 64 n; reorders the values and allocates nothing. NaN for n = 0, p outside [0, 1], or a NaN in it. */
double jn_stat_quantile_int64(int64_t *values, size_t n, double p);
double jn_stat_quantile_double(double *values, size_t n, double p);

#endif
