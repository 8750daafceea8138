/**
 * @file stat.h
 * @brief Intervals for shares, differences of shares and means, as the built-in metrics compute them.
 *
 * Pure functions: they need no context and may be called from any thread.
 */
#ifndef JOURNEY_STAT_H
#define JOURNEY_STAT_H

#include "journey/base.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** An estimate and the interval around it. "No data" is NaN in all members, never 0. */
typedef struct journey_interval {
  double estimate; /**< What was measured. */
  double low;      /**< Lower end. */
  double high;     /**< Upper end. */
} journey_interval;

/** Exact sum of doubles: the order of adding does not matter. Zero it to start. */
typedef struct journey_sum {
  int64_t part[70]; /**< Private. */
} journey_sum;

/**
 * @brief Wilson's score interval of a share.
 *
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209-212.
 * No successes give low = 0 and n successes give high = 1, exactly.
 *
 * @param x Successes, 0 to n.
 * @param n Trials; 0 is "no data".
 * @param confidence Between 0 and 1, for example 0.95.
 * @param[out] out The share and its interval, all within 0 and 1.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (x, n or confidence out of range).
 * @note Thread-safe. Time complexity: O(1).
 * @since 0.1
 */
JOURNEY_API journey_status journey_stat_wilson(int64_t x, int64_t n, double confidence, journey_interval *out,
                                               journey_error *err);

/**
 * @brief Newcombe's hybrid score interval of the difference x1/n1 - x2/n2 of two independent shares.
 *
 * Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
 * methods", Statistics in Medicine 17 (1998) 873-890, method 10.
 *
 * @param x1 Successes of the first group, 0 to n1.
 * @param n1 Trials of the first group; 0 is "no data".
 * @param x2 Successes of the second group, 0 to n2.
 * @param n2 Trials of the second group; 0 is "no data".
 * @param confidence Between 0 and 1, for example 0.95.
 * @param[out] out The difference and its interval, all within -1 and 1.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (a count or confidence out of range).
 * @note Thread-safe. Time complexity: O(1).
 * @since 0.1
 */
JOURNEY_API journey_status journey_stat_newcombe(int64_t x1, int64_t n1, int64_t x2, int64_t n2, double confidence,
                                                 journey_interval *out, journey_error *err);

/**
 * @brief Mean of values and Student's t interval of it.
 *
 * NaN is a missing value and left out. Mean and standard deviation come from exact sums: the order of the values changes
 * no bit of the answer. One value has a mean and no interval (NaN ends). Source: Student, "The probable error of a mean", Biometrika 6 (1908).
 *
 * @param values n numbers; borrowed. May be NULL when n is 0.
 * @param n How many; 0 is "no data".
 * @param confidence Between 0 and 1, for example 0.95.
 * @param[out] out The mean and its interval, in the unit of the values.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (n or confidence out of range).
 * @note Thread-safe. Time complexity: O(n).
 * @since 0.1
 */
JOURNEY_API journey_status journey_stat_mean(const double *values, int64_t n, double confidence, journey_interval *out,
                                             journey_error *err);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
