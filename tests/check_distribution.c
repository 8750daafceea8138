/* Tests of distributions: closed forms, sums, and quantiles that invert probabilities. */
#include <float.h>
#include <math.h>

#include "check_main.h"
#include "stat/stat.h"

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

START_TEST(normal_quantiles_invert_probabilities) {
  for (double x = -37; x <= 8; x += 0.01) {
    double p = jn_stat_normal_cdf(x);
    /* Above the middle, p itself has lost digits: the rounding of p near 1 moves x by eps / density. */
    double slack = 1e-12 + DBL_EPSILON / exp(-0.5 * x * x) * 3 * (x > 0);
    ck_assert_double_le(fabs(jn_stat_normal_quantile(p) - x), slack * fmax(1, fabs(x)));
    ck_assert_double_le(fabs(p + jn_stat_normal_cdf(-x) - 1), 1e-15);
  }
  ck_assert_double_eq(jn_stat_normal_quantile(0.5), 0);
  ck_assert(jn_stat_normal_quantile(0) == -INFINITY && jn_stat_normal_quantile(1) == INFINITY);
  ck_assert(isnan(jn_stat_normal_quantile(-0.1)) && isnan(jn_stat_normal_quantile(1.1)));
  assert_near(jn_stat_normal_z(0.95), 1.9599639845400542355, 1e-15);
  assert_near(jn_stat_normal_z(0.99), 2.5758293035489007610, 1e-15);
}
END_TEST

START_TEST(student_agrees_with_its_closed_forms) {
  for (double t = -40; t <= 40; t += 0.37) {
    assert_near(jn_stat_student_cdf(t, 1), t < 0 ? atan(-1 / t) / M_PI : 0.5 + atan(t) / M_PI, 1e-14);
    double root = sqrt(2 + t * t);
    assert_near(jn_stat_student_cdf(t, 2), t < 0 ? 1 / (root * (root - t)) : 0.5 + 0.5 * t / root, 1e-13);
    ck_assert_double_eq(jn_stat_student_cdf(t, INFINITY), jn_stat_normal_cdf(t));
    if (fabs(t) < 6) assert_near(jn_stat_student_cdf(t, 1e14), jn_stat_normal_cdf(t), 1e-11);
  }
  for (double p = 1e-9; p < 1; p += 0.003) {
    assert_near(jn_stat_student_quantile(p, 1), -1 / tan(M_PI * p), 1e-12 * (1 + 1 / fabs(p - 0.5)));
    assert_near(jn_stat_student_quantile(p, 2), (2 * p - 1) / sqrt(2 * p * (1 - p)), 1e-12 * (1 + 1 / fabs(p - 0.5)));
  }
}
END_TEST

START_TEST(student_quantiles_invert_probabilities) {
  static const double degrees[] = {1, 1.5, 2, 3, 4, 9, 30.5, 200, 12345, 1e7, 1e12};
  for (size_t d = 0; d < sizeof degrees / sizeof *degrees; d++) {
    for (double p = 1e-14; p < 0.5; p *= 1.37)
      assert_near(jn_stat_student_cdf(jn_stat_student_quantile(p, degrees[d]), degrees[d]), p, 1e-12);
    for (double p = 0.01; p < 1; p += 0.01)
      ck_assert_double_le(fabs(jn_stat_student_quantile(p, degrees[d]) + jn_stat_student_quantile(1 - p, degrees[d])),
                          1e-11 * (1 + fabs(jn_stat_student_quantile(p, degrees[d]))));
  }
  ck_assert(isnan(jn_stat_student_quantile(0.5, 0)) && isnan(jn_stat_student_cdf(NAN, 3)));
}
END_TEST

START_TEST(binomials_add_up) {
  for (int n = 1; n < 400; n = n * 2 + 1)
    for (double p = 0.01; p < 1; p += 0.07) {
      double probability[400], sum = 0;
      binomial_all(n, p, probability);
      for (int k = 0; k < n; k++) {
        sum += probability[k];
        assert_near(jn_stat_binomial_cdf(k, n, p), sum, 1e-11);
      }
    }
  ck_assert(jn_stat_binomial_cdf(-1, 5, 0.5) == 0 && jn_stat_binomial_cdf(5, 5, 0.5) == 1);
  ck_assert(jn_stat_binomial_cdf(2, 5, 0) == 1 && jn_stat_binomial_cdf(2, 5, 1) == 0);
  ck_assert(isnan(jn_stat_binomial_cdf(2, 5, 1.5)));
}
END_TEST

/* Q(n, x) is the chance of fewer than n events of a Poisson of mean x; P(1/2, x^2) is erf(x). */
START_TEST(gammas_agree_with_poisson_and_erf) {
  for (double x = 0.05; x < 60; x *= 1.3) {
    double term = exp(-x), sum = 0;
    for (int n = 1; n < 120; n++) {
      sum += term;
      term *= x / n;
      assert_near(jn_stat_gamma_q(n, x), sum, 1e-12);
      ck_assert_double_le(fabs(jn_stat_gamma_p(n, x) + jn_stat_gamma_q(n, x) - 1), 1e-15);
    }
    assert_near(jn_stat_gamma_p(0.5, x), erf(sqrt(x)), 1e-13);
    assert_near(jn_stat_gamma_q(0.5, x), erfc(sqrt(x)), 1e-13);
  }
  ck_assert(jn_stat_gamma_p(3, 0) == 0 && jn_stat_gamma_q(3, INFINITY) == 0 && isnan(jn_stat_gamma_p(0, 1)));
}
END_TEST

/* Beyond the limit another formula takes over: it must meet the first one, and the normal distribution. */
START_TEST(large_parameters_join_without_a_step) {
  for (double z = -5; z <= 5; z += 0.25) {
    double below = 0.999999999e9, above = 1.000000001e9;
    for (int share = 1; share < 4; share++) {
      double a = below * share, b = below * (4 - share), c = above * share, d = above * (4 - share);
      double p = jn_stat_beta(a, b, a / (a + b) + z * sqrt(a / (a + b) * (b / (a + b)) / (a + b)));
      double q = jn_stat_beta(c, d, c / (c + d) + z * sqrt(c / (c + d) * (d / (c + d)) / (c + d)));
      assert_near(p, q, 1e-10);
      assert_near(p, jn_stat_normal_cdf(z), 5e-3);
    }
    assert_near(jn_stat_gamma_p(below, below + z * sqrt(below)), jn_stat_gamma_p(above, above + z * sqrt(above)),
                1e-10);
  }
}
END_TEST

static Suite *distribution_suite(void) {
  Suite *suite = suite_create("distribution");
  TCase *tests = tcase_create("distribution");
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, normal_quantiles_invert_probabilities);
  tcase_add_test(tests, student_agrees_with_its_closed_forms);
  tcase_add_test(tests, student_quantiles_invert_probabilities);
  tcase_add_test(tests, binomials_add_up);
  tcase_add_test(tests, gammas_agree_with_poisson_and_erf);
  tcase_add_test(tests, large_parameters_join_without_a_step);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(distribution_suite()); }
