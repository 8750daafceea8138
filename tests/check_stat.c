/* Tests of intervals and of tests: definitions, identities and exact enumeration. Numbers of other programs are compared
 * in test_stat.py. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "check_main.h"
#include "journey/stat.h"
#include "stat/stat.h"

static const double confidences[] = {0.5, 0.9, 0.95, 0.99, 0.9999};
enum { CONFIDENCES = sizeof confidences / sizeof *confidences };

#define assert_near(seen, expected, digits)                                                                            \
  ck_assert_double_le(fabs((seen) - (expected)), (digits)*fmax(fabs(expected), DBL_MIN))

/* Probabilities of 0 to n successes, n at most 400, each from its neighbour; from the end that is not too rare. */
static void binomial_all(int n, double p, double *probability) {
  double rare = fmin(p, 1 - p), one = pow(1 - rare, n);
  for (int k = 0; k <= n; k++) {
    probability[p <= 0.5 ? k : n - k] = one;
    one *= (double)(n - k) / (k + 1) * (rare / (1 - rare));
  }
}

static bool all_nan(jn_stat_interval i) { return isnan(i.estimate) && isnan(i.low) && isnan(i.high); }

/* ---- shares ---------------------------------------------------------------------------------------------------------- */

typedef jn_stat_interval (*share_method)(int64_t x, int64_t n, double confidence);
static const share_method methods[] = {jn_stat_wilson, jn_stat_clopper_pearson};

static void check_share(share_method method, int64_t x, int64_t n, double confidence) {
  jn_stat_interval i = method(x, n, confidence), mirror = method(n - x, n, confidence);
  ck_assert_double_eq(i.estimate, (double)x / (double)n);
  ck_assert(i.low >= 0 && i.low <= i.estimate && i.estimate <= i.high && i.high <= 1);
  ck_assert_int_eq(i.low == 0, x == 0);
  ck_assert(x < n || i.high == 1);
  assert_near(i.high, 1 - mirror.low, 1e-15);
  if (x == n) return;
  jn_stat_interval next = method(x + 1, n, confidence);
  ck_assert(next.low > i.low && (next.high > i.high || i.high > 1 - 1e-15));
}

START_TEST(shares_are_ordered_symmetric_and_exact_at_the_ends) {
  static const int64_t counts[] = {1, 2, 3, 10, 37, 200, 1000000, INT64_C(1) << 40};
  for (int m = 0; m < 2; m++)
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
      int64_t n = counts[c];
      for (int64_t x = 0; x <= n; x += n <= 200 ? 1 : n / 50 - 1) check_share(methods[m], x, n, confidences[_i]);
      check_share(methods[m], n, n, confidences[_i]);
      check_share(methods[m], n - 1, n, confidences[_i]);
    }
}
END_TEST

START_TEST(no_data_is_nan) {
  for (int m = 0; m < 2; m++) {
    ck_assert(all_nan(methods[m](0, 0, 0.95)));
    ck_assert(all_nan(methods[m](-1, 5, 0.95)));
    ck_assert(all_nan(methods[m](6, 5, 0.95)));
    ck_assert(all_nan(methods[m](1, 5, 0)));
    ck_assert(all_nan(methods[m](1, 5, 1)));
    ck_assert(all_nan(methods[m](1, 5, NAN)));
  }
  ck_assert(all_nan(jn_stat_newcombe(0, 0, 1, 2, 0.95)));
  ck_assert(all_nan(jn_stat_newcombe(1, 2, 0, 0, 0.95)));
  ck_assert(all_nan(jn_stat_mean_t(0, 1, 1, 0.95)));
  jn_stat_interval one = jn_stat_mean_t(1, 4, NAN, 0.95);
  ck_assert(one.estimate == 4 && isnan(one.low) && isnan(one.high));
  jn_stat_nps_result nps = jn_stat_nps((jn_stat_nps_counts){0, 0, 0}, 0.95);
  ck_assert(nps.n == 0 && isnan(nps.score) && isnan(nps.se) && all_nan(nps.wald) && all_nan(nps.adjusted));
  ck_assert(isnan(jn_stat_two_proportion_z(0, 0, 1, 2).p));
  ck_assert(isnan(jn_stat_quantile_ranks(0, 0.5, 0.95).coverage));
}
END_TEST

/* Wilson's ends are the shares q whose distance to the estimate is z standard errors of q. */
START_TEST(wilson_solves_the_score_equation) {
  double z = jn_stat_normal_z(confidences[_i]);
  for (int64_t n = 1; n < 3000; n = n * 3 / 2 + 1)
    for (int64_t x = 0; x <= n; x += 1 + n / 20) {
      jn_stat_interval i = jn_stat_wilson(x, n, confidences[_i]);
      double ends[2] = {i.low, i.high};
      for (int e = 0; e < 2; e++) {
        double q = ends[e], distance = fabs(i.estimate - q);
        if (q > 0 && q < 1) assert_near(distance, z * sqrt(q * (1 - q) / (double)n), 1e-12);
      }
    }
}
END_TEST

/* At its ends, what was seen or something further off has just half of what the confidence leaves. */
START_TEST(clopper_pearson_fits_the_binomial_tails) {
  double tail = 0.5 * (1 - confidences[_i]);
  for (int64_t n = 1; n < 3000; n = n * 3 / 2 + 1)
    for (int64_t x = 0; x <= n; x += 1 + n / 20) {
      jn_stat_interval i = jn_stat_clopper_pearson(x, n, confidences[_i]);
      if (x < n) assert_near(jn_stat_binomial_cdf(x, n, i.high), tail, 1e-10);
      if (x > 0) assert_near(jn_stat_beta((double)x, (double)(n - x + 1), i.low), tail, 1e-10);
    }
  ck_assert_double_gt(jn_stat_clopper_pearson(INT64_MAX / 2, INT64_MAX - 1, 0.95).low, 0.4999);
}
END_TEST

static double share_coverage(share_method method, int n, double p, double confidence) {
  double probability[400], covered = 0;
  binomial_all(n, p, probability);
  for (int x = 0; x <= n; x++) {
    jn_stat_interval i = method(x, n, confidence);
    if (i.low <= p && p <= i.high) covered += probability[x];
  }
  return covered;
}

/* Over all true shares, Wilson's coverage is near the nominal one on average; Clopper-Pearson's is never below it. */
START_TEST(shares_are_covered_as_often_as_promised) {
  static const int counts[] = {5, 20, 100, 300};
  for (int c = 0; c < 4; c++) {
    double sum = 0, exact_least = 1;
    int steps = 0;
    for (double p = 0.0025; p < 1; p += 0.005, steps++) {
      sum += share_coverage(jn_stat_wilson, counts[c], p, 0.95);
      exact_least = fmin(exact_least, share_coverage(jn_stat_clopper_pearson, counts[c], p, 0.95));
    }
    ck_assert_double_ge(sum / steps, 0.945);
    ck_assert_double_le(sum / steps, 0.965);
    ck_assert_double_ge(exact_least, 0.95);
  }
}
END_TEST

START_TEST(differences_are_antisymmetric_and_within_bounds) {
  for (int64_t n1 = 1; n1 < 30; n1 += 4)
    for (int64_t n2 = 1; n2 < 30; n2 += 5)
      for (int64_t x1 = 0; x1 <= n1; x1++)
        for (int64_t x2 = 0; x2 <= n2; x2++) {
          jn_stat_interval i = jn_stat_newcombe(x1, n1, x2, n2, confidences[_i]);
          jn_stat_interval swapped = jn_stat_newcombe(x2, n2, x1, n1, confidences[_i]);
          ck_assert(-1 <= i.low && i.low <= i.estimate && i.estimate <= i.high && i.high <= 1);
          ck_assert(i.low == -swapped.high && i.high == -swapped.low && i.estimate == -swapped.estimate);
        }
  ck_assert_double_eq(jn_stat_newcombe(10, 10, 0, 20, confidences[_i]).high, 1);
}
END_TEST

START_TEST(differences_are_covered_as_often_as_promised) {
  enum { N1 = 20, N2 = 30 };
  jn_stat_interval interval[N1 + 1][N2 + 1];
  for (int x = 0; x <= N1; x++)
    for (int y = 0; y <= N2; y++) interval[x][y] = jn_stat_newcombe(x, N1, y, N2, 0.95);
  double sum = 0, least = 1;
  int steps = 0;
  for (double p = 0.025; p < 1; p += 0.05)
    for (double q = 0.0125; q < 1; q += 0.05, steps++) {
      double one[N1 + 1], two[N2 + 1], covered = 0;
      binomial_all(N1, p, one);
      binomial_all(N2, q, two);
      for (int x = 0; x <= N1; x++)
        for (int y = 0; y <= N2; y++)
          if (interval[x][y].low <= p - q && p - q <= interval[x][y].high) covered += one[x] * two[y];
      sum += covered;
      least = fmin(least, covered);
    }
  ck_assert_double_ge(sum / steps, 0.945);
  ck_assert_double_le(sum / steps, 0.97);
  ck_assert_double_ge(least, 0.85);
}
END_TEST

/* ---- tests and scores ------------------------------------------------------------------------------------------------ */

START_TEST(two_shares_are_tested_alike_from_both_sides) {
  for (int64_t x1 = 0; x1 <= 20; x1++)
    for (int64_t x2 = 0; x2 <= 30; x2++) {
      jn_stat_test t = jn_stat_two_proportion_z(x1, 20, x2, 30), swapped = jn_stat_two_proportion_z(x2, 30, x1, 20);
      ck_assert(t.z == -swapped.z && t.p == swapped.p && t.p_yates == swapped.p_yates);
      ck_assert(t.p >= 0 && t.p <= t.p_yates && t.p_yates <= 1);
      if (x1 + x2 > 0 && x1 + x2 < 50) assert_near(t.p, jn_stat_gamma_q(0.5, 0.5 * t.z * t.z), 1e-12); /* chi-square */
    }
  jn_stat_test none = jn_stat_two_proportion_z(0, 20, 0, 30), all = jn_stat_two_proportion_z(20, 20, 30, 30);
  ck_assert(none.z == 0 && none.p == 1 && all.z == 0 && all.p == 1);
}
END_TEST

/* By their definitions: Holm's is the greatest p * (tests of at least that p) up to it, Benjamini and Hochberg's the least
 * p * tests / (tests of at most that p) from it on. */
START_TEST(corrections_follow_their_definition) {
  enum { N = 40 };
  uint64_t state = 7;
  for (int round = 0; round < 200; round++) {
    double p[N], holm[N], bh[N];
    size_t room[N];
    int n = round % N + 1;
    for (int i = 0; i < n; i++) {
      state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
      p[i] = holm[i] = bh[i] = state >> 60 == 0 ? NAN : (double)(state >> 40 & 255) / 2000; /* many are equal */
    }
    jn_stat_holm(holm, room, (size_t)n);
    jn_stat_benjamini_hochberg(bh, room, (size_t)n);
    for (int i = 0; i < n; i++) {
      double most = 0, least = 1, tests = 0;
      for (int j = 0; j < n; j++) tests += p[j] == p[j];
      for (int j = 0; j < n; j++) {
        double below = 0, up_to = 0;
        for (int k = 0; k < n; k++) below += p[k] < p[j], up_to += p[k] <= p[j];
        if (p[j] <= p[i]) most = fmax(most, p[j] * (tests - below));
        if (p[j] >= p[i]) least = fmin(least, p[j] * tests / up_to);
      }
      ck_assert(isnan(p[i]) == isnan(holm[i]) && isnan(p[i]) == isnan(bh[i]));
      if (isnan(p[i])) continue;
      ck_assert_double_le(fabs(holm[i] - fmin(1, most)), 1e-15);
      ck_assert_double_le(fabs(bh[i] - least), 1e-15);
    }
  }
}
END_TEST

/* The standard error from its definition: each answer counts -100, 0 or 100. */
START_TEST(promoter_scores_follow_their_definition) {
  for (int64_t d = 0; d < 12; d++)
    for (int64_t s = 0; s < 12; s++)
      for (int64_t p = d == 0 && s == 0; p < 12; p++) {
        jn_stat_nps_result r = jn_stat_nps((jn_stat_nps_counts){d, s, p}, 0.95);
        jn_stat_nps_result mirror = jn_stat_nps((jn_stat_nps_counts){p, s, d}, 0.95);
        double n = (double)(d + s + p), score = 100 * (double)(p - d) / n;
        double squares = (double)d * pow(-100 - score, 2) + (double)s * score * score + (double)p * pow(100 - score, 2);
        ck_assert_int_eq(r.n, d + s + p);
        assert_near(r.score, score, 1e-14);
        ck_assert_double_le(fabs(r.se - sqrt(squares / n / n)), 1e-12);
        ck_assert_double_le(fabs(r.wald.low + mirror.wald.high), 1e-12);
        ck_assert_double_le(fabs(r.adjusted.low + mirror.adjusted.high), 1e-12);
        double more = n + 3, p3 = ((double)p + 0.75) / more, d3 = ((double)d + 0.75) / more;
        double half = 196 * sqrt((p3 + d3 - (p3 - d3) * (p3 - d3)) / more); /* z is about 1.96 */
        if (r.adjusted.high < 100) ck_assert_double_le(fabs(r.adjusted.high - 100 * (p3 - d3) - half), 1e-3 * half);
        ck_assert(r.adjusted.low >= -100 && r.adjusted.high <= 100 && r.adjusted.low < r.adjusted.high);
      }
  ck_assert(isnan(jn_stat_nps((jn_stat_nps_counts){-1, 5, 5}, 0.95).score));
  ck_assert(isnan(jn_stat_nps((jn_stat_nps_counts){INT64_MAX, 1, 5}, 0.95).score));
}
END_TEST

/* ---- ranks ----------------------------------------------------------------------------------------------------------- */

static double rank_coverage(const double *probability, int low, int high) {
  double sum = 0;
  for (int k = low; k < high; k++) sum += probability[k];
  return sum;
}

/* From low <= values below the quantile < high follows that it lies between them; both tails are as small as can be. */
START_TEST(ranks_around_a_quantile_leave_the_right_tails) {
  static const double quantiles[] = {0.1, 0.25, 0.5, 0.9};
  for (int n = 1; n < 120; n++)
    for (int q = 0; q < 4; q++) {
      double probability[400], tail = 0.5 * (1 - confidences[_i]);
      binomial_all(n, quantiles[q], probability);
      jn_stat_ranks r = jn_stat_quantile_ranks(n, quantiles[q], confidences[_i]);
      ck_assert(r.low >= 0 && r.low < r.high && r.high <= n + 1);
      ck_assert_double_le(rank_coverage(probability, 0, (int)r.low), tail * (1 + 1e-9));
      ck_assert_double_gt(rank_coverage(probability, 0, (int)r.low + 1), tail * (1 - 1e-9));
      ck_assert_double_le(rank_coverage(probability, (int)r.high, n + 1), tail * (1 + 1e-9));
      ck_assert_double_gt(rank_coverage(probability, (int)r.high - 1, n + 1), tail * (1 - 1e-9));
      assert_near(r.coverage, rank_coverage(probability, (int)r.low, (int)r.high), 1e-11);
      ck_assert_double_ge(r.coverage, confidences[_i] - 1e-12);
      if (quantiles[q] == 0.5) ck_assert_int_eq(r.low + r.high, n + 1);
    }
}
END_TEST

START_TEST(ranks_of_many_values_follow_the_normal_law) {
  for (int64_t n = 10000; n < INT64_MAX / 100; n *= 100) {
    jn_stat_ranks r = jn_stat_quantile_ranks(n, 0.9, 0.95);
    double half = 1.959964 * sqrt((double)n * 0.09);
    assert_near((double)(r.high - r.low) / 2, half, 0.02);
    ck_assert_double_ge(r.coverage, 0.95 - 1e-9);
  }
}
END_TEST

/* ---- public functions ------------------------------------------------------------------------------------------------ */

START_TEST(public_functions_give_the_same_and_refuse_nonsense) {
  journey_interval out = {7, 7, 7}, inner = jn_stat_wilson(7, 50, 0.95);
  journey_error err;
  ck_assert_int_eq(journey_stat_wilson(7, 50, 0.95, &out, NULL), JOURNEY_OK);
  ck_assert_mem_eq(&out, &inner, sizeof out);
  ck_assert_int_eq(journey_stat_wilson(0, 0, 0.95, &out, NULL), JOURNEY_OK);
  ck_assert(all_nan(out));
  ck_assert_int_eq(journey_stat_newcombe(56, 70, 48, 80, 0.95, &out, NULL), JOURNEY_OK);
  inner = jn_stat_newcombe(56, 70, 48, 80, 0.95);
  ck_assert_mem_eq(&out, &inner, sizeof out);
  ck_assert_int_eq(journey_stat_wilson(51, 50, 0.95, &out, &err), JOURNEY_EINVAL);
  ck_assert_str_eq(err.message, "51 successes of 50 trials: expected 0 <= successes <= trials");
  ck_assert_int_eq(journey_stat_wilson(1, 50, 95, &out, &err), JOURNEY_EINVAL);
  ck_assert_str_eq(err.message, "confidence is 95.000000, expected a number between 0 and 1, such as 0.95");
  ck_assert_int_eq(journey_stat_wilson(1, 50, -0.5, &out, &err), JOURNEY_EINVAL);
  ck_assert_str_eq(err.message, "confidence is -0.500000, expected a number between 0 and 1, such as 0.95");
  ck_assert_int_eq(journey_stat_newcombe(1, 2, 3, 2, 0.95, &out, &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_stat_newcombe(1, 2, 1, -2, 0.95, &out, &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_stat_mean(NULL, -1, 0.95, &out, &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_stat_mean(NULL, 0, NAN, &out, &err), JOURNEY_EINVAL);
}
END_TEST

START_TEST(public_mean_leaves_out_what_is_missing) {
  static const double values[] = {5, 4, 4, 3, NAN, 5, 2, 4, 5, NAN, 1, 4};
  journey_interval out;
  ck_assert_int_eq(journey_stat_mean(values, 12, 0.95, &out, NULL), JOURNEY_OK);
  assert_near(out.estimate, 3.7, 1e-15);
  double squares = 0;
  for (int i = 0; i < 12; i++) squares += isnan(values[i]) ? 0 : pow(values[i] - 3.7, 2);
  jn_stat_interval expected = jn_stat_mean_t(10, 3.7, sqrt(squares / 9), 0.95);
  assert_near(out.low, expected.low, 1e-14);
  assert_near(out.high, expected.high, 1e-14);
  ck_assert_int_eq(journey_stat_mean(NULL, 0, 0.95, &out, NULL), JOURNEY_OK);
  ck_assert(all_nan(out));
}
END_TEST

static Suite *stat_suite(void) {
  Suite *suite = suite_create("stat");
  TCase *tests = tcase_create("stat");
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, shares_are_ordered_symmetric_and_exact_at_the_ends, 0, CONFIDENCES);
  tcase_add_test(tests, no_data_is_nan);
  tcase_add_loop_test(tests, wilson_solves_the_score_equation, 0, CONFIDENCES);
  tcase_add_loop_test(tests, clopper_pearson_fits_the_binomial_tails, 0, CONFIDENCES);
  tcase_add_test(tests, shares_are_covered_as_often_as_promised);
  tcase_add_loop_test(tests, differences_are_antisymmetric_and_within_bounds, 0, CONFIDENCES);
  tcase_add_test(tests, differences_are_covered_as_often_as_promised);
  tcase_add_test(tests, two_shares_are_tested_alike_from_both_sides);
  tcase_add_test(tests, corrections_follow_their_definition);
  tcase_add_test(tests, promoter_scores_follow_their_definition);
  tcase_add_loop_test(tests, ranks_around_a_quantile_leave_the_right_tails, 0, CONFIDENCES);
  tcase_add_test(tests, ranks_of_many_values_follow_the_normal_law);
  tcase_add_test(tests, public_functions_give_the_same_and_refuse_nonsense);
  tcase_add_test(tests, public_mean_leaves_out_what_is_missing);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(stat_suite()); }
