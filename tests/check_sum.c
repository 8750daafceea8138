/* Tests of exact sums, variances and quantiles: any order, any sharding, any doubles. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "stat/stat.h"

static uint64_t next_random(uint64_t *state) { /* Knuth's MMIX generator, its better half */
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return *state >> 16;
}

/* Doubles of every size and sign, NaN and infinity excepted. */
static double nasty_double(uint64_t *state) {
  static const double chosen[] = {1e308, -1e308, DBL_MAX, -DBL_MAX, 5e-324, -5e-324, 1, -1, 0x1p-1022, -0.0, 0x1p53};
  uint64_t bits = next_random(state) << 32 ^ next_random(state), kind = next_random(state) % 4;
  double x;
  if (kind == 0) return chosen[bits % (sizeof chosen / sizeof *chosen)];
  if (kind == 1) return (double)(int64_t)bits * 1e-6;
  memcpy(&x, &bits, sizeof x);
  return isfinite(x) ? x : 1;
}

static jn_stat_sum sum_of(const double *x, size_t n) {
  jn_stat_sum sum = {{0}};
  for (size_t i = 0; i < n; i++) jn_stat_sum_add(&sum, x[i]);
  return sum;
}

static void shuffle(double *x, size_t n, uint64_t *state) {
  for (size_t i = n; i > 1; i--) {
    size_t j = next_random(state) % i;
    double kept = x[i - 1];
    x[i - 1] = x[j];
    x[j] = kept;
  }
}

static void assert_same_sum(const jn_stat_sum *a, const jn_stat_sum *b) {
  int64_t one[JN_STAT_SUM_WORDS], two[JN_STAT_SUM_WORDS];
  jn_stat_sum_save(a, one);
  jn_stat_sum_save(b, two);
  ck_assert_mem_eq(one, two, sizeof one);
  double x = jn_stat_sum_round(a), y = jn_stat_sum_round(b);
  ck_assert_mem_eq(&x, &y, sizeof x);
}

/* ---- sums ------------------------------------------------------------------------------------------------------------ */

enum { MANY = 5000 };

START_TEST(sums_do_not_depend_on_order_or_sharding) {
  uint64_t state = 11;
  static double x[MANY];
  for (int round = 0; round < 30; round++) {
    for (int i = 0; i < MANY; i++) x[i] = nasty_double(&state);
    jn_stat_sum all = sum_of(x, MANY);
    shuffle(x, MANY, &state);
    size_t a = next_random(&state) % MANY, b = a + next_random(&state) % (MANY - a);
    jn_stat_sum part[3] = {sum_of(x, a), sum_of(x + a, b - a), sum_of(x + b, MANY - b)};
    jn_stat_sum left = part[0], right = part[1];
    jn_stat_sum_merge(&left, &part[1]);
    jn_stat_sum_merge(&left, &part[2]);
    jn_stat_sum_merge(&right, &part[2]);
    jn_stat_sum_merge(&right, &part[0]);
    assert_same_sum(&left, &all);
    assert_same_sum(&right, &all);
  }
}
END_TEST

START_TEST(what_is_added_and_taken_away_leaves_nothing) {
  uint64_t state = 12;
  static double x[2 * MANY];
  for (int i = 0; i < MANY; i++) {
    x[i] = nasty_double(&state);
    x[i + MANY] = -x[i];
  }
  shuffle(x, (size_t)2 * MANY, &state);
  jn_stat_sum sum = sum_of(x, (size_t)2 * MANY), empty = {{0}};
  assert_same_sum(&sum, &empty);
  ck_assert(!signbit(jn_stat_sum_round(&sum)));
  ck_assert(!signbit(jn_stat_sum_round(&empty)));
}
END_TEST

typedef struct example {
  double x[5], sum;
} example;

START_TEST(sums_are_rounded_once) {
  static const example examples[] = {
      {{1e308, 1e308, -1e308}, 1e308},
      {{1e308, 1e308}, INFINITY},
      {{-1e308, -1e308}, -INFINITY},
      {{1e100, 1, -1e100}, 1},
      {{1, 0x1p-53}, 1},                                 /* a tie goes to the even neighbour */
      {{1, 0x1p-53, 0x1p-1074}, 1 + 0x1p-52},            /* anything more does not */
      {{1 + 0x1p-52, 0x1p-53}, 1 + 0x1p-51},             /* to even again */
      {{1 + 0x1p-52, 0x1p-53, -0x1p-1074}, 1 + 0x1p-52}, /* nor anything less */
      {{-1, -0x1p-53, -0x1p-1074}, -1 - 0x1p-52},
      {{DBL_MAX, 0x1p969}, DBL_MAX}, /* below half a unit beyond the greatest */
      {{DBL_MAX, 0x1p970}, INFINITY},
      {{0x1p-1074, 0x1p-1074}, 0x1p-1073},
      {{0x1p-1022, -0x1p-1074}, 0x1p-1022 - 0x1p-1074},
      {{0.1, 0.2, 0.3, -0.6}, 0x1p-55},
      {{-0.0, -0.0}, 0.0},
      {{INFINITY, 1, -DBL_MAX}, INFINITY},
      {{-INFINITY, 1}, -INFINITY},
  };
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    jn_stat_sum sum = sum_of(examples[i].x, 5);
    ck_assert_double_eq(jn_stat_sum_round(&sum), examples[i].sum);
  }
  double undefined[2][2] = {{INFINITY, -INFINITY}, {NAN, 1}};
  for (int i = 0; i < 2; i++) {
    jn_stat_sum sum = sum_of(undefined[i], 2);
    ck_assert(isnan(jn_stat_sum_round(&sum)));
  }
}
END_TEST

START_TEST(merged_sums_remember_infinities) {
  double infinite[] = {INFINITY, -INFINITY, NAN}, one[] = {1};
  jn_stat_sum sum = sum_of(one, 1), part[3];
  for (int i = 0; i < 3; i++) part[i] = sum_of(infinite + i, 1);
  jn_stat_sum_merge(&sum, &part[0]);
  ck_assert_double_eq(jn_stat_sum_round(&sum), INFINITY);
  jn_stat_sum_merge(&sum, &part[1]);
  ck_assert(isnan(jn_stat_sum_round(&sum)));
  jn_stat_sum_merge(&part[0], &part[2]);
  ck_assert(isnan(jn_stat_sum_round(&part[0])));
}
END_TEST

/* Carries must come in time: the same large number again and again, of either sign. */
START_TEST(many_equal_values_do_not_overflow) {
  for (int sign = -1; sign <= 1; sign += 2) {
    double x = sign * (2 - 0x1p-52) * 0x1p31; /* fills its two chunks */
    jn_stat_sum sum = {{0}};
    for (int i = 0; i < 1 << 20; i++) jn_stat_sum_add(&sum, x);
    ck_assert_double_eq(jn_stat_sum_round(&sum), x * 0x1p20);
    for (int i = 0; i < 40; i++) { /* 2^60 of them by doubling */
      jn_stat_sum copy = sum;
      jn_stat_sum_merge(&sum, &copy);
    }
    ck_assert_double_eq(jn_stat_sum_round(&sum), x * 0x1p60);
    ck_assert_double_eq(jn_stat_mean(INT64_C(1) << 60, &sum), x);
  }
}
END_TEST

START_TEST(means_exist_where_sums_are_too_large) {
  double x[4] = {DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX};
  jn_stat_sum sum = sum_of(x, 4);
  ck_assert_double_eq(jn_stat_mean(4, &sum), DBL_MAX);
  ck_assert(isnan(jn_stat_mean(0, &sum)));
}
END_TEST

START_TEST(saved_sums_come_back_and_hostile_ones_are_refused) {
  uint64_t state = 13;
  double x[100];
  for (int round = 0; round < 50; round++) {
    for (int i = 0; i < 100; i++) x[i] = nasty_double(&state);
    if (round % 5 == 0) x[50] = round % 2 ? NAN : -INFINITY;
    jn_stat_sum sum = sum_of(x, 100), again;
    int64_t words[JN_STAT_SUM_WORDS];
    jn_stat_sum_save(&sum, words);
    ck_assert(jn_stat_sum_load(&again, words));
    assert_same_sum(&again, &sum);
  }
  static const struct {
    int at;
    int64_t word;
  } wrong[] = {{0, -1}, {5, INT64_C(1) << 32}, {66, INT64_MIN}, {67, INT64_C(1) << 40}, {67, INT64_MIN}, {68, 8},
               {68, -1}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    int64_t words[JN_STAT_SUM_WORDS] = {0};
    jn_stat_sum sum, empty = {{0}};
    memset(&sum, 0xff, sizeof sum);
    words[wrong[i].at] = wrong[i].word;
    ck_assert(!jn_stat_sum_load(&sum, words));
    ck_assert_mem_eq(&sum, &empty, sizeof sum);
  }
}
END_TEST

START_TEST(products_are_added_exactly) {
  double x = 1 + 0x1p-52;
  jn_stat_sum sum = {{0}};
  jn_stat_sum_add_product(&sum, x, x); /* 1 + 2^-51 + 2^-104 */
  jn_stat_sum_add(&sum, -1);
  jn_stat_sum_add(&sum, -0x1p-51);
  ck_assert_double_eq(jn_stat_sum_round(&sum), 0x1p-104);
  jn_stat_sum_add_product(&sum, 1e200, 1e200);
  ck_assert_double_eq(jn_stat_sum_round(&sum), INFINITY);
}
END_TEST

/* ---- variances ------------------------------------------------------------------------------------------------------- */

static double variance_of(const double *x, int64_t n) {
  jn_stat_sum sum = {{0}}, squares = {{0}};
  ck_assert_int_eq(jn_stat_sum_add_values(&sum, &squares, x, (size_t)n), n);
  return jn_stat_variance(n, &sum, &squares);
}

/* Moving all values by a whole number, exactly, moves no digit of the variance. */
START_TEST(a_small_spread_keeps_its_digits_far_from_zero) {
  uint64_t state = 14;
  double near[1000], far[1000];
  for (int i = 0; i < 1000; i++) {
    near[i] = (double)(next_random(&state) % 1000);
    far[i] = near[i] + 1.7e15; /* microseconds since 1970 */
  }
  ck_assert_double_eq(variance_of(near, 1000), variance_of(far, 1000));
  double pair[2] = {1e150, 1e150}, ulp[2] = {0x1p80, 0x1p80 + 0x1p28};
  ck_assert_double_eq(variance_of(pair, 2), 0);
  ck_assert_double_eq(variance_of(ulp, 2), 0x1p55);
}
END_TEST

START_TEST(variances_without_an_answer_are_nan_or_infinite) {
  double huge[2] = {1e200, -1e200}, one[1] = {3};
  jn_stat_sum empty = {{0}};
  ck_assert(isnan(jn_stat_variance(0, &empty, &empty)));
  ck_assert(isnan(variance_of(one, 1)));
  ck_assert(!isfinite(variance_of(huge, 2)));
  jn_stat_interval i = jn_stat_mean_interval(0, &empty, &empty, 0.95);
  ck_assert(isnan(i.estimate) && isnan(i.low) && isnan(i.high));
}
END_TEST

START_TEST(missing_values_are_not_counted) {
  double x[5] = {1, NAN, 2, NAN, 6};
  jn_stat_sum sum = {{0}}, squares = {{0}};
  ck_assert_int_eq(jn_stat_sum_add_values(&sum, NULL, x, 5), 3);
  ck_assert_int_eq(jn_stat_sum_add_values(&sum, &squares, x, 5), 3);
  ck_assert_double_eq(jn_stat_sum_round(&sum), 18);
  ck_assert_double_eq(jn_stat_sum_round(&squares), 41);
}
END_TEST

/* ---- quantiles ------------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b) {
  int64_t x, y;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return (x > y) - (x < y);
}

/* One value of arrangement `kind`; some of them are made to mislead a choice of pivots. */
static int64_t arranged(int kind, int64_t i, int64_t n, uint64_t *state) {
  int64_t random = (int64_t)next_random(state);
  switch (kind) {
  case 0: return random % 1000000;
  case 1: return i;
  case 2: return n - i;
  case 3: return 42;
  case 4: return random % 3;
  case 5: return i < n / 2 ? i : n - i;                                /* organ pipe */
  case 6: return (n > 64 && i % (n / 64) == n / 128) ? -i : i;         /* the sampled places hold the least */
  case 7: return INT64_C(1) << random % 63;                            /* very uneven */
  case 8: return random % 2 ? INT64_MIN + random : INT64_MAX - random; /* the whole range */
  default: return (int64_t)((uint64_t)random << 20);
  }
}
enum { KINDS = 10 };

static double sorted_quantile(const int64_t *sorted, size_t n, double p) {
  double h = (double)(n - 1) * p;
  size_t k = (size_t)h;
  double low = (double)sorted[k], high = (double)sorted[k + 1 < n ? k + 1 : k];
  return low + (h - (double)k) * (high - low);
}

START_TEST(quantiles_are_those_of_the_sorted_values) {
  static const double shares[] = {0.5, 0.9, 0, 1, 0.25, 0.123456789, 0.999};
  static const size_t sizes[] = {1, 2, 3, 63, 64, 65, 66, 1000, 20001};
  static int64_t values[20001], sorted[20001];
  uint64_t state = 15;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    size_t n = sizes[s];
    for (size_t i = 0; i < n; i++) sorted[i] = values[i] = arranged(_i, (int64_t)i, (int64_t)n, &state);
    qsort(sorted, n, sizeof *sorted, by_value);
    for (size_t p = 0; p < sizeof shares / sizeof *shares; p++) {
      double expected = sorted_quantile(sorted, n, shares[p]), seen = jn_stat_quantile_int64(values, n, shares[p]);
      ck_assert_double_le(fabs(seen - expected), 1e-15 * fmax(fabs((double)sorted[0]), fabs((double)sorted[n - 1])));
    }
    qsort(values, n, sizeof *values, by_value);
    ck_assert_mem_eq(values, sorted, n * sizeof *values);
  }
}
END_TEST

START_TEST(quantiles_of_doubles_know_signs_and_infinities) {
  double values[] = {3, -INFINITY, 0.5, -0.0, 1e308, -1e308, INFINITY, -2, 5e-324};
  ck_assert_double_eq(jn_stat_quantile_double(values, 9, 0), -INFINITY);
  ck_assert_double_eq(jn_stat_quantile_double(values, 9, 0.125), -1e308);
  ck_assert_double_eq(jn_stat_quantile_double(values, 9, 0.25), -2);
  ck_assert_double_eq(jn_stat_quantile_double(values, 9, 0.5), 5e-324);
  ck_assert_double_eq(jn_stat_quantile_double(values, 9, 0.875), 1e308);
  ck_assert_double_eq(jn_stat_quantile_double(values, 9, 1), INFINITY);
  double ends[2] = {1e308, -1e308}, even[4] = {4, 1, 3, 2};
  ck_assert_double_eq(jn_stat_quantile_double(ends, 2, 0.5), 0);
  ck_assert_double_eq(jn_stat_quantile_double(even, 4, 0.5), 2.5);
}
END_TEST

START_TEST(quantiles_without_an_answer_are_nan) {
  double values[3] = {1, NAN, 2};
  int64_t whole[2] = {1, 2};
  ck_assert(isnan(jn_stat_quantile_double(values, 3, 0.5)));
  ck_assert(values[0] == 1 && isnan(values[1]) && values[2] == 2);
  ck_assert(isnan(jn_stat_quantile_double(NULL, 0, 0.5)));
  ck_assert(isnan(jn_stat_quantile_int64(NULL, 0, 0.5)));
  ck_assert(isnan(jn_stat_quantile_int64(whole, 2, -0.1)));
  ck_assert(isnan(jn_stat_quantile_int64(whole, 2, NAN)));
}
END_TEST

static Suite *sum_suite(void) {
  Suite *suite = suite_create("sum");
  TCase *tests = tcase_create("sum");
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, sums_do_not_depend_on_order_or_sharding);
  tcase_add_test(tests, what_is_added_and_taken_away_leaves_nothing);
  tcase_add_test(tests, sums_are_rounded_once);
  tcase_add_test(tests, merged_sums_remember_infinities);
  tcase_add_test(tests, many_equal_values_do_not_overflow);
  tcase_add_test(tests, means_exist_where_sums_are_too_large);
  tcase_add_test(tests, saved_sums_come_back_and_hostile_ones_are_refused);
  tcase_add_test(tests, products_are_added_exactly);
  tcase_add_test(tests, a_small_spread_keeps_its_digits_far_from_zero);
  tcase_add_test(tests, variances_without_an_answer_are_nan_or_infinite);
  tcase_add_test(tests, missing_values_are_not_counted);
  tcase_add_loop_test(tests, quantiles_are_those_of_the_sorted_values, 0, KINDS);
  tcase_add_test(tests, quantiles_of_doubles_know_signs_and_infinities);
  tcase_add_test(tests, quantiles_without_an_answer_are_nan);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(sum_suite()); }
