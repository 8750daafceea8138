/* Reading and writing numbers: against the C library's own, over random, nasty and exhaustive input. */
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "check_main.h"

static uint64_t state = 1;
static journey_context *context;
static jn_base_text text;

static void set_up(void) {
  state = 1;
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  jn_base_text_init(&text, context);
}

static void tear_down(void) {
  jn_base_text_clear(&text);
  journey_context_free(context);
}

/* splitmix64 */
static uint64_t next(void) {
  uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static const char *write_text(double x) {
  text.length = 0;
  jn_base_text_double(&text, x);
  ck_assert_int_eq(text.status, JOURNEY_OK);
  return text.bytes;
}

/* Finite doubles of many kinds. */
static double draw(int kind) {
  uint64_t r = next();
  switch (kind % 7) {
  case 0: return from_bits(r & ~(UINT64_C(1) << 62));              /* any, below 2 */
  case 1: return from_bits((r >> 2) % (UINT64_C(0x7ff) << 52));    /* any */
  case 2: return from_bits((r >> 8) % 2047 << 52);                 /* powers of two */
  case 3: return from_bits((r >> 8) % 2047 << 52) * (1 + 0x1p-52); /* and just above */
  case 4: return from_bits(r >> 12);                               /* subnormal */
  case 5: return (double)(int64_t)(r % 20000001 - 10000000) / 100; /* amounts of money */
  default: return (double)(r >> (r % 60));                         /* whole numbers */
  }
}

/* The significant digits of a decimal in any notation, without zeros on either side. */
static int64_t digits_of(const char *s, int *count) {
  int64_t digits = 0;
  *count = 0;
  for (; *s && *s != 'e'; s++)
    if (*s >= '0' && *s <= '9') digits = digits * 10 + (*s - '0');
  while (digits && digits % 10 == 0) digits /= 10;
  for (int64_t d = digits; d; d /= 10) ++*count;
  return digits;
}

/* Brute force: of 1, 2, ... digits, the decimals around x; the first length at which one reads back as x. The nearest
 * one is not always in the interval that does: below a power of two the doubles lie closer. */
static int shortest_length(double x, int64_t *nearest) {
  for (int precision = 1; precision <= 17; precision++) {
    char s[40], near[48];
    snprintf(s, sizeof s, "%.*e", precision - 1, x);
    int exponent = atoi(strchr(s, 'e') + 1) - (precision - 1);
    int64_t digits = 0;
    for (const char *p = s; *p != 'e'; p++)
      if (*p >= '0' && *p <= '9') digits = digits * 10 + (*p - '0');
    for (int64_t add = 0; add <= 2; add++) {
      int64_t candidate = digits + (add == 2 ? -1 : add);
      snprintf(near, sizeof near, "%" PRId64 "e%d", candidate, exponent);
      if (strtod(near, NULL) != x) continue;
      *nearest = candidate;
      return precision;
    }
  }
  return 99;
}

START_TEST(doubles_read_back_and_are_shortest) {
  for (int i = 0; i < 70000; i++) {
    double x = fabs(draw(i)), again;
    if (!(x > 0 && x < INFINITY)) continue;
    const char *s = write_text(x);
    int count;
    int64_t nearest, digits = digits_of(s, &count);
    ck_assert_msg(strtod(s, NULL) == x, "%a is written %s", x, s);
    ck_assert_msg(jn_base_parse_double(s, strlen(s), &again) && again == x, "%s reads as %a", s, again);
    ck_assert_msg(count == shortest_length(x, &nearest), "%a is written %s: not the shortest", x, s);
    ck_assert_msg(digits == nearest, "%a is written %s: not the closest, which is %" PRId64, x, s, nearest);
  }
}
END_TEST

START_TEST(doubles_in_fixed_words) {
  static const struct {
    double x;
    const char *s;
  } cases[] = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {0.1 + 0.2, "0.30000000000000004"},
      {100, "100"},
      {123456789, "123456789"},
      {0.0001, "0.0001"},
      {0.00012, "0.00012"},
      {0.00001, "1e-5"},
      {1e15, "1000000000000000"},
      {9007199254740992, "9007199254740992"},
      {1e16, "1e16"},
      {-1.25e300, "-1.25e300"},
      {1e23, "1e23"},
      {9.5e-7, "9.5e-7"},
      {5e-324, "5e-324"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {1.7976931348623157e308, "1.7976931348623157e308"},
      {INFINITY, "inf"},
      {-INFINITY, "-inf"},
      {NAN, "nan"},
      {-NAN, "nan"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) ck_assert_str_eq(write_text(cases[i].x), cases[i].s);
}
END_TEST

/* Ours and strtod's must agree, to the bit; strtod gives infinity for what ours refuses. */
static void same_as_strtod(const char *s) {
  double ours = -1, theirs = strtod(s, NULL);
  bool ok = jn_base_parse_double(s, strlen(s), &ours);
  if (isinf(theirs))
    ck_assert_msg(!ok, "%s reads as %a", s, ours);
  else
    ck_assert_msg(ok && memcmp(&ours, &theirs, sizeof ours) == 0, "%s reads as %a, not %a", s, ours, theirs);
}

START_TEST(random_decimals_read_as_strtod_reads_them) {
  for (int i = 0; i < 300000; i++) {
    char s[128];
    uint64_t a = next() >> (next() % 64), b = next() >> (next() % 64);
    int exponent = (int)(next() % 700) - 370;
    switch (i % 5) {
    case 0: snprintf(s, sizeof s, "%" PRIu64 ".%" PRIu64, a, b); break;
    case 1: snprintf(s, sizeof s, "-%" PRIu64 "e%d", a, exponent); break;
    case 2: snprintf(s, sizeof s, "+%" PRIu64 ".%020" PRIu64 "E%+d", a, b, exponent); break;
    case 3: snprintf(s, sizeof s, "0.000%020" PRIu64 "%020" PRIu64, a, b); break;
    default: snprintf(s, sizeof s, "%.*g", 1 + (int)(b % 25), draw((int)(a % 7)));
    }
    same_as_strtod(s);
  }
}
END_TEST

/* The midpoint between two doubles has up to 767 digits: read it, and it with a last digit less and more. */
START_TEST(midpoints_round_to_even) {
  static char s[1400];
  for (int i = 0; i < 3000; i++) {
    double x = fabs(draw(i));
    if (!(x < 1e300)) continue;
    long double middle = ((long double)x + (long double)nextafter(x, INFINITY)) / 2;
    if (sizeof(long double) == sizeof(double) || middle == (long double)x) continue;
    snprintf(s, sizeof s, "%.1100Le", middle);
    same_as_strtod(s);
    char *end = strchr(s, 'e'), tail[16];
    snprintf(tail, sizeof tail, "%s", end);
    snprintf(end, 64, "00001%s", tail); /* behind everything that a reader may want to keep */
    same_as_strtod(s);
    char *last = end - 1;
    while (*last == '0') last--;
    if (*last == '.') continue;
    --*last;
    same_as_strtod(s);
  }
}
END_TEST

START_TEST(nasty_decimals) {
  static const char *const cases[] = {
      "0",
      "-0",
      "0.0",
      "00000",
      "0e5",
      "0e999999999999",
      "-0.000e-99999999999999999999",
      ".5",
      "5.",
      "-.5e1",
      "+5.e+1",
      "1e400",
      "-1e400",
      "1e-400",
      "1e99999999999999999999",
      "1e-99999999999999999999",
      "1e309",
      "1e308",
      "1.7976931348623157e308",
      "1.7976931348623158e308",
      "1.7976931348623159e308",
      "179769313486231580793e289",
      "2.2250738585072011e-308",
      "2.2250738585072012e-308",
      "2.225073858507201136057409796709131975934819546351645648e-308",
      "4.9406564584124654e-324",
      "2.4703282292062327e-324",
      "2.4703282292062328e-324",
      "2.5e-324",
      "1e-323",
      "9007199254740991",
      "9007199254740992",
      "9007199254740993",
      "9007199254740993.0",
      "9007199254740993.00000000000000000001",
      "9007199254740992.999999999999999999999999999999",
      "9223372036854775807",
      "18446744073709551615",
      "18446744073709551616",
      "10000000000000000000",
      "99999999999999999999",
      "0.1e1",
      "100e-2",
      "7e22",
      "7e23",
      "1e22",
      "1e23",
      "8.5e-323",
      "123456789012345678901234567890e-30",
      "6.631236846766476e-316",
      "3.2378839133029012895883524125015321748630094e-319",
      "0.00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001e104",
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) same_as_strtod(cases[i]);
}
END_TEST

/* Zeros without end on either side of the point, and a far exponent that takes them back. */
START_TEST(long_decimals) {
  enum { ZEROS = 100000 };
  char *s = malloc(ZEROS + 64);
  double x;
  memset(s, '0', ZEROS);
  snprintf(s + ZEROS, 64, "12.5");
  same_as_strtod(s);
  s[0] = '.';
  snprintf(s + ZEROS, 64, "125e%d", ZEROS + 1);
  ck_assert(jn_base_parse_double(s, strlen(s), &x) && x == 12.5);
  s[0] = '1';
  snprintf(s + ZEROS, 64, "e-%d", ZEROS - 1);
  ck_assert(jn_base_parse_double(s, strlen(s), &x) && x == 1);
  s[ZEROS - 1] = '1'; /* 1.000...1 */
  ck_assert(jn_base_parse_double(s, strlen(s), &x) && x == 1);
  free(s);
}
END_TEST

static const char *const not_numbers[] = {
    "",     " ",   "+",        "-",     ".",     "-.",  "e5",       ".e5",   "1e",    "1e+",
    "1e-",  "1 ",  " 1",       "1,5",   "1.2.3", "--1", "+-1",      "1e5.0", "0x10",  "inf",
    "-inf", "nan", "infinity", "1_000", "1f",    "1d5", "\xd9\xa1", "1\n",   "1e5e5",
};

START_TEST(what_is_no_decimal_is_refused) {
  for (size_t i = 0; i < sizeof not_numbers / sizeof *not_numbers; i++) {
    double x = 42;
    ck_assert_msg(!jn_base_parse_double(not_numbers[i], strlen(not_numbers[i]), &x), "\"%s\" is read", not_numbers[i]);
    ck_assert_double_eq(x, 42);
  }
  double x;
  ck_assert(!jn_base_parse_double("1\0002", 3, &x));
  ck_assert(jn_base_parse_double("12", 1, &x) && x == 1); /* never looks past n */
  ck_assert(jn_base_parse_double("1e5", 1, &x) && x == 1);
  ck_assert(!jn_base_parse_double("1e5", 2, &x));
}
END_TEST

START_TEST(whole_numbers) {
  static const struct {
    const char *s;
    bool ok;
    int64_t x;
  } cases[] = {
      {"0", true, 0},
      {"-0", true, 0},
      {"+7", true, 7},
      {"007", true, 7},
      {"9223372036854775807", true, INT64_MAX},
      {"9223372036854775808", false, 0},
      {"-9223372036854775808", true, INT64_MIN},
      {"-9223372036854775809", false, 0},
      {"18446744073709551616", false, 0},
      {"99999999999999999999", false, 0},
      {"-99999999999999999999", false, 0},
      {"1.0", false, 0},
      {"1e3", false, 0},
      {"", false, 0},
      {"-", false, 0},
      {"+", false, 0},
      {"+-1", false, 0},
      {" 1", false, 0},
      {"1 ", false, 0},
      {"0x1", false, 0},
      {"-1", true, -1},
      {"0000000000000000000000000000000000000001", true, 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int64_t x = 42;
    bool ok = jn_base_parse_int64(cases[i].s, strlen(cases[i].s), &x);
    ck_assert_msg(ok == cases[i].ok && x == (ok ? cases[i].x : 42), "\"%s\" reads as %" PRId64, cases[i].s, x);
  }
  for (int i = 0; i < 100000; i++) {
    char s[32];
    int64_t x = (int64_t)next() >> (next() % 64), y;
    int n = snprintf(s, sizeof s, "%" PRId64, x);
    ck_assert(jn_base_parse_int64(s, (size_t)n, &y) && x == y);
  }
}
END_TEST

START_TEST(the_locale_does_not_matter) {
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8",  "fr_FR.UTF-8",
                                      "ru_RU.UTF-8", "es_ES.UTF-8", "de_DE"};
  const char *found = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++) found = setlocale(LC_ALL, names[i]);
  if (!found || localeconv()->decimal_point[0] != ',') {
    check_skip("no locale with a decimal comma is installed");
    return;
  }
  double x;
  ck_assert_str_eq(write_text(1234.5), "1234.5");
  ck_assert(jn_base_parse_double("1234.5", 6, &x) && x == 1234.5);
  ck_assert(jn_base_parse_double("1234.50000000000000000000000001e300", 35, &x) && x == 1234.5e300);
  ck_assert(!jn_base_parse_double("1234,5", 6, &x));
  setlocale(LC_ALL, "C");
}
END_TEST

Suite *number_suite(void);
Suite *number_suite(void) {
  Suite *suite = suite_create("number");
  TCase *tests = tcase_create("number");
  tcase_add_checked_fixture(tests, set_up, tear_down);
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, doubles_read_back_and_are_shortest);
  tcase_add_test(tests, doubles_in_fixed_words);
  tcase_add_test(tests, random_decimals_read_as_strtod_reads_them);
  tcase_add_test(tests, midpoints_round_to_even);
  tcase_add_test(tests, nasty_decimals);
  tcase_add_test(tests, long_decimals);
  tcase_add_test(tests, what_is_no_decimal_is_refused);
  tcase_add_test(tests, whole_numbers);
  tcase_add_test(tests, the_locale_does_not_matter);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(number_suite()); }
