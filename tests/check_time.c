/* Dates, and reading and writing times, against a calendar that counts days one by one. */
#include "time/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "time_help.h"

Suite *time_suite(void);

/* ---- dates ------------------------------------------------------------------------------------------------------ */

START_TEST(dates_of_ten_thousand_years) {
  /* 400 years are 146097 days, that is whole weeks: -6000-01-01 is the weekday of 2000-01-01, a Saturday. */
  test_date d = {.day = 10957 - 20 * 146097, .year = -6000, .month = 1, .of_month = 1, .weekday = 5};
  for (; d.year < 5001; test_tomorrow(&d)) {
    jn_time_date date = jn_time_date_of(d.day);
    if (date.year != d.year || date.month != d.month || date.day != d.of_month)
      ck_abort_msg("day %lld is %d-%02d-%02d", (long long)d.day, d.year, d.month, d.of_month);
    quick_assert(jn_time_days(d.year, d.month, d.of_month) == d.day);
    if (d.of_month > 1) continue;
    test_date next = d;
    while (next.month == d.month) test_tomorrow(&next);
    quick_assert(jn_time_month_days(d.year, d.month) == next.day - d.day);
  }
  quick_assert(d.day == test_day_of(5001, 1, 1));
}
END_TEST

/* The calendar repeats every 400 years, however far away. */
START_TEST(dates_repeat) {
  for (int i = 0; i < 100000; i++) {
    int64_t day = test_between(0, 146096), cycles = test_between(-1000000000, 1000000000);
    jn_time_date near = jn_time_date_of(day), far = jn_time_date_of(day + cycles * 146097);
    quick_assert(far.year == near.year + cycles * 400);
    quick_assert(far.month == near.month && far.day == near.day);
    quick_assert(jn_time_days(far.year, far.month, far.day) == day + cycles * 146097);
  }
}
END_TEST

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void expect(jn_time_parser *parser, const char *text, int64_t expected) {
  int64_t time = 0;
  size_t n = strlen(text);
  char *exact = malloc(n); /* without NUL, so that a sanitizer sees a read past the end */
  memcpy(exact, text, n);
  if (!jn_time_parse(parser, exact, n, &time)) {
    journey_error err;
    quick_assert(jn_time_parse_error(parser, exact, n, &err) == JOURNEY_EPARSE);
    ck_abort_msg("%s", err.message);
  }
  if (time != expected) ck_abort_msg("%s: %lld, not %lld", text, (long long)time, (long long)expected);
  quick_assert(jn_time_parse_error(parser, exact, n, NULL) == JOURNEY_OK);
  free(exact);
}

typedef struct form {
  const char *date, *clock; /* for sprintf; no clock: midnight */
} form;

static const form forms[] = {
    {"%04d-%02d-%02d", " %02d:%02d:%02d"}, {"%04d-%02d-%02d", "T%02d:%02d:%02d"}, {"%04d/%02d/%02d", "t%02d:%02d:%02d"},
    {"%04d%02d%02d", "T%02d%02d%02d"},     {"%04d%02d%02d", "%02d%02d%02d"},      {"%04d-%02d-%02d", " %02d%02d%02d"},
    {"%04d%02d%02d", " %02d:%02d:%02d"},
};

/* Writes a random offset as text and returns it in seconds. */
static int64_t random_offset(char *text) {
  static const char *const names[] = {"", "Z", "z", " UTC", "UTC", " Z"};
  int kind = (int)test_between(0, 9), hour = (int)test_between(0, 23), minute = (int)test_between(0, 59), second = 0;
  char sign = test_random() % 2 ? '-' : '+';
  if (kind < 6) return strcpy(text, names[kind]), 0;
  if (kind == 6) minute = 0, sprintf(text, "%c%02d", sign, hour);
  if (kind == 7) sprintf(text, " %c%02d%02d", sign, hour, minute);
  if (kind == 8) sprintf(text, "%c%02d:%02d", sign, hour, minute);
  if (kind == 9) second = (int)test_between(0, 59), sprintf(text, "%c%02d:%02d:%02d", sign, hour, minute, second);
  int64_t offset = hour * 3600 + minute * 60 + second;
  return sign == '-' ? -offset : offset;
}

static int64_t random_fraction(char *text) {
  int digits = (int)test_between(0, 9);
  char nine[16];
  sprintf(nine, "%09d", (int)test_between(0, 999999999));
  *text = '\0';
  if (digits == 0) return 0;
  sprintf(text, "%c%.*s", test_random() % 2 ? '.' : ',', digits, nine);
  for (int i = digits; i < 6; i++) nine[i] = '0';
  nine[6] = '\0';
  return atoi(nine);
}

/* Every form of date, clock, fraction and offset that is read, on days that now and then repeat. */
START_TEST(reads_all_forms) {
  jn_time_parser parser[2];
  jn_time_parser_init(&parser[0], NULL, JN_TIME_AUTO);
  jn_time_parser_init(&parser[1], NULL, JN_TIME_ISO);
  test_date d = {0};
  for (int i = 0; i < 300000; i++) {
    char text[96], fraction[16], offset[16];
    if (i % 3 == 0) d = test_date_of(test_between(-719528, -719528 + 3652424));
    const form *f = &forms[test_between(0, sizeof forms / sizeof *forms - 1)];
    int hour = (int)test_between(0, 23), minute = (int)test_between(0, 59), second = (int)test_between(0, 59);
    int64_t micros = random_fraction(fraction), east = random_offset(offset);
    int n = sprintf(text, f->date, d.year, d.month, d.of_month);
    n += sprintf(text + n, f->clock, hour, minute, second);
    sprintf(text + n, "%s%s", fraction, offset);
    int64_t time = (d.day * 86400 + hour * 3600 + minute * 60 + second - east) * SECOND + micros;
    expect(&parser[0], text, time);
    expect(&parser[1], text, time);
  }
}
END_TEST

START_TEST(reads_dates_alone_and_minutes) {
  jn_time_parser parser;
  jn_time_parser_init(&parser, NULL, JN_TIME_AUTO);
  for (int64_t day = -719528; day < -719528 + 3652425; day += test_between(1, 40)) {
    char text[64];
    test_date d = test_date_of(day);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
      int n = sprintf(text, forms[i].date, d.year, d.month, d.of_month);
      expect(&parser, text, day * DAY);
      sprintf(text + n, " %02d%s%02d", 23, i % 2 ? ":" : "", 59);
      expect(&parser, text, day * DAY + (23 * 60 + 59) * 60 * SECOND);
    }
  }
}
END_TEST

static const struct special {
  const char *text;
  int64_t time;
} specials[] = {
    {"1970-01-01", 0},
    {"2024-01-31T24:00:00", 1706745600 * SECOND},
    {"2024-01-31T24:00:00.000000", 1706745600 * SECOND},
    {"2024-12-31 24:00", 1735689600 * SECOND},
    {"2016-12-31T23:59:60Z", 1483228800 * SECOND},
    {"2016-12-31 23:59:60", 1483228800 * SECOND},
    {"2016-12-31T23:59:60.999Z", 1483228800 * SECOND},
    {"2017-01-01T00:59:60+01:00", 1483228800 * SECOND},
    {"2017-01-01T05:29:60+0530", 1483228800 * SECOND},
    {"1969-12-31T23:59:59.9999999Z", -1},
    {"0000-02-29", -719469 * DAY},
    {"-290308-12-21T19:59:05.224192Z", INT64_MIN},
    {"+294247-01-10T04:00:54.775807Z", INT64_MAX},
    {"+002024-01-31", 1706659200 * SECOND},
    {"0", 0},
    {"-0", 0},
    {"306", 306 * SECOND},
    {"-1.5", -3 * SECOND / 2},
    {"-0.0000001", -1},
    {"1.9999999", SECOND + 999999},
    {"1706704496,25", 1706704496 * SECOND + 250000},
    {"99999999999", 99999999999 * SECOND},
    {"100000000000", 100000000 * SECOND},
    {"99999999999.5", 99999999999 * SECOND + SECOND / 2},
    {"100000000000.5", 100000000000500},
    {"-99999999999999.5", -99999999999999500},
    {"100000000000000.5", 100000000000000},
    {"99999999999999999.5", 99999999999999999},
    {"100000000000000000.5", 100000000000000},
    {"1706704496123.4567", 1706704496123456},
    {"-99999999999999", -99999999999999000},
    {"99999999999999999", 99999999999999999},
    {"1706704496123456789", 1706704496123456},
    {"-1706704496123456789", -1706704496123457},
    {"9223372036854775807999", INT64_MAX},
    {"-9223372036854775808000", INT64_MIN},
    {"0001706704496", 1706704496 * SECOND},
    {"20240131", 1706659200 * SECOND},
    {"20240131123005", 1706704205 * SECOND},
    {"20240131123005.5Z", 1706704205 * SECOND + 500000},
};

START_TEST(reads_special_times) {
  jn_time_parser parser;
  jn_time_parser_init(&parser, NULL, JN_TIME_AUTO);
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) expect(&parser, specials[i].text, specials[i].time);
}
END_TEST

/* From 1980 to 2200 the four units are told apart, at the ends and between. */
START_TEST(tells_units_apart) {
  static const int64_t ends[] = {315532800 * SECOND, 7258118400 * SECOND - 1};
  jn_time_parser parser[2];
  jn_time_parser_init(&parser[0], NULL, JN_TIME_AUTO);
  for (int i = 0; i < 200000; i++) {
    char text[64];
    int64_t time = i < 2 ? ends[i] : test_between(ends[0], ends[1]);
    int kind = JN_TIME_S + i % 4;
    static const int64_t units[] = {[JN_TIME_S] = 1000000, [JN_TIME_MS] = 1000, [JN_TIME_US] = 1};
    int64_t unit = kind == JN_TIME_NS ? 1 : units[kind], digits = kind == JN_TIME_S ? 6 : 3;
    bool fraction = unit > 1 && test_random() % 2;
    if (!fraction) time -= time % unit;
    if (fraction) sprintf(text, "%lld.%0*lld", (long long)(time / unit), (int)digits, (long long)(time % unit));
    else if (kind == JN_TIME_NS) sprintf(text, "%lld%03d", (long long)time, (int)test_between(0, 999));
    else sprintf(text, "%lld", (long long)(time / unit));
    jn_time_parser_init(&parser[1], NULL, kind);
    expect(&parser[0], text, time);
    expect(&parser[1], text, time);
  }
}
END_TEST

/* Numbers of a known unit, over the whole range and past its ends. */
START_TEST(reads_numbers_of_a_unit) {
  static const int64_t units[] = {[JN_TIME_S] = SECOND, [JN_TIME_MS] = 1000, [JN_TIME_US] = 1};
  for (int i = 0; i < 100000; i++) {
    int kind = JN_TIME_S + i % 3;
    int64_t number = test_any_int64(), expected, time;
    char text[32];
    jn_time_parser parser;
    jn_time_parser_init(&parser, NULL, kind);
    sprintf(text, "%lld", (long long)number);
    bool fits = !__builtin_mul_overflow(number, units[kind], &expected);
    quick_assert_msg(jn_time_parse(&parser, text, strlen(text), &time) == fits, "%s as kind %d", text, kind);
    if (fits) quick_assert(time == expected);
  }
}
END_TEST

/* In a unit that is told, 8 digits are a number as well. */
START_TEST(reads_numbers_that_look_like_dates) {
  jn_time_parser parser;
  jn_time_parser_init(&parser, NULL, JN_TIME_S);
  expect(&parser, "20240131", 20240131 * SECOND);
  jn_time_parser_init(&parser, NULL, JN_TIME_MS);
  expect(&parser, "20240131123005", INT64_C(20240131123005) * 1000);
}
END_TEST

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void expect_text(int64_t time, const char *expected) {
  char text[JOURNEY_TIME_SIZE];
  quick_assert(jn_time_format(time, NULL, text) == strlen(text));
  quick_assert(strcmp(text, expected) == 0);
}

START_TEST(writes_as_few_digits_as_are_exact) {
  expect_text(0, "1970-01-01T00:00:00Z");
  expect_text(1706704205 * SECOND + 250000, "2024-01-31T12:30:05.250Z");
  expect_text(1706704205 * SECOND + 1, "2024-01-31T12:30:05.000001Z");
  expect_text(-1, "1969-12-31T23:59:59.999999Z");
  expect_text(-1000, "1969-12-31T23:59:59.999Z");
  expect_text(INT64_MIN, "-290308-12-21T19:59:05.224192Z");
  expect_text(INT64_MAX, "+294247-01-10T04:00:54.775807Z");
}
END_TEST

START_TEST(writes_what_a_calendar_says) {
  for (int i = 0; i < 200000; i++) {
    test_date d = test_date_of(test_between(-719528, -719528 + 3652424));
    int64_t of_day = test_between(0, DAY - 1);
    if (i % 2) of_day -= of_day % (i % 4 == 1 ? 1000 : SECOND);
    int second = (int)(of_day / SECOND), micros = (int)(of_day % SECOND);
    char text[128];
    int n = sprintf(text, "%04d-%02d-%02dT%02d:%02d:%02d", d.year, d.month, d.of_month, second / 3600, second / 60 % 60,
                    second % 60);
    if (micros % 1000) n += sprintf(text + n, ".%06d", micros);
    else if (micros) n += sprintf(text + n, ".%03d", micros / 1000);
    strcpy(text + n, "Z");
    expect_text(d.day * DAY + of_day, text);
  }
}
END_TEST

START_TEST(reads_back_what_it_wrote) {
  static const char *const names[] = {NULL, "+05:30", "-11:59", "UTC"};
  journey_context *context = test_context();
  for (int z = 0; z < 4; z++) {
    journey_zone *zone = names[z] ? test_zone(context, names[z]) : NULL;
    for (int i = 0; i < 100000; i++) {
      int64_t time = i % 2 ? test_any_int64() : test_between(INT64_MIN, INT64_MAX), back = 0;
      if (i < 2) time = i ? INT64_MIN : INT64_MAX;
      char text[JOURNEY_TIME_SIZE];
      quick_assert(journey_time_format(time, zone, text, sizeof text, NULL) == JOURNEY_OK);
      quick_assert(journey_time_parse(text, strlen(text), zone, &back, NULL) == JOURNEY_OK);
      quick_assert_msg(back == time, "%s", text);
    }
    journey_zone_free(zone);
  }
  journey_context_free(context);
}
END_TEST

START_TEST(needs_a_buffer_of_the_stated_size) {
  char text[JOURNEY_TIME_SIZE];
  journey_error err = {0};
  ck_assert_uint_eq(journey_time_size(), JOURNEY_TIME_SIZE);
  ck_assert_int_eq(journey_time_format(0, NULL, text, sizeof text - 1, &err), JOURNEY_EINVAL);
  ck_assert_str_ne(err.message, "");
}
END_TEST

/* ---- windows ---------------------------------------------------------------------------------------------------- */

START_TEST(windows_do_not_wrap) {
  ck_assert_int_eq(jn_time_window_end(5, 7), 12);
  ck_assert_int_eq(jn_time_window_end(5, INT64_MAX), INT64_MAX);
  ck_assert_int_eq(jn_time_window_end(-5, INT64_MIN), INT64_MIN);
  ck_assert_int_eq(jn_time_between(5, 12), 7);
  ck_assert_int_eq(jn_time_between(INT64_MIN, INT64_MAX), INT64_MAX);
  ck_assert_int_eq(jn_time_between(INT64_MAX, INT64_MIN), INT64_MIN);
  ck_assert_int_eq(jn_time_between(INT64_MIN, INT64_MIN), 0);
}
END_TEST

Suite *time_suite(void) {
  Suite *suite = suite_create("time");
  test_dates_init();
  TCase *tcase = tcase_create("time");
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, dates_of_ten_thousand_years);
  tcase_add_test(tcase, dates_repeat);
  tcase_add_test(tcase, reads_all_forms);
  tcase_add_test(tcase, reads_dates_alone_and_minutes);
  tcase_add_test(tcase, reads_special_times);
  tcase_add_test(tcase, tells_units_apart);
  tcase_add_test(tcase, reads_numbers_of_a_unit);
  tcase_add_test(tcase, reads_numbers_that_look_like_dates);
  tcase_add_test(tcase, writes_as_few_digits_as_are_exact);
  tcase_add_test(tcase, writes_what_a_calendar_says);
  tcase_add_test(tcase, reads_back_what_it_wrote);
  tcase_add_test(tcase, needs_a_buffer_of_the_stated_size);
  tcase_add_test(tcase, windows_do_not_wrap);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(time_suite()); }
