/* Times that are refused: each reason, and random damage against the grammar as a regular expression. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "time/time.h"
#include "time_help.h"

Suite *time_refused_suite(void);

static const struct {
  const char *text;
  int64_t at;
  const char *why;
} refused[] = {
    {"", 0, "empty"},
    {"abc", 0, "a time is written"},
    {"NULL", 0, "a time is written"},
    {" 2024-01-31", 0, "a time is written"},
    {"2024-01-31 ", 11, "hour"},
    {"2024-01", 7, "a date is written"},
    {"2024-1-31", 5, "month"},
    {"2024-13-01", 5, "month"},
    {"2024-00-01", 5, "month"},
    {"2024-06-31", 8, "no such day"},
    {"2024-06-00", 8, "day is not"},
    {"2024-06-32", 8, "day is not"},
    {"2023-02-29", 8, "no such day"},
    {"1900-02-29 00:00:00", 8, "no such day"},
    {"2024-01/31", 7, "a date is written"},
    {"2024/01-31", 7, "a date is written"},
    {"2024.01.31", 7, "more after"},
    {"20240231", 6, "no such day"},
    {"99999999", 4, "month"},
    {"20240131.5", 8, "after the date"},
    {"31/01/2024", 0, "a time is written"},
    {"2024-01-31_12:00:00", 10, "after the date"},
    {"2024-01-31T", 11, "hour"},
    {"2024-01-31T12", 13, "minute"},
    {"2024-01-31T1:00", 11, "hour"},
    {"2024-01-31T25:00:00", 11, "hour"},
    {"2024-01-31T12:60:00", 14, "minute"},
    {"2024-01-31T12:00:61", 17, "second"},
    {"2024-01-31T12:00:60", 0, "leap second"},
    {"2016-12-31T23:59:60+01:00", 0, "leap second"},
    {"2024-01-31T24:00:01", 11, "hour 24"},
    {"2024-01-31T24:01:00", 11, "hour 24"},
    {"2024-01-31T24:00:00.000001", 11, "hour 24"},
    {"2024-01-31T12:00:00.", 20, "fraction"},
    {"2024-01-31T12:00:00.1234567890", 20, "fraction"},
    {"2024-01-31T12:00.5", 16, "offset"},
    {"2024-01-31T12:00:0", 17, "second"},
    {"2024-01-31T120000:00", 17, "offset"},
    {"2024-01-31T12:00:00ZZ", 19, "offset"},
    {"2024-01-31T12:00:00 GMT", 19, "offset"},
    {"2024-01-31T12:00:00  Z", 19, "offset"},
    {"2024-01-31T12:00:00 ", 19, "offset"},
    {"2024-01-31T12:00:00+1", 20, "hour of the offset"},
    {"2024-01-31T12:00:00+24:00", 20, "hour of the offset"},
    {"2024-01-31T12:00:00+01:60", 23, "minute of the offset"},
    {"2024-01-31T12:00:00+01:", 23, "minute of the offset"},
    {"2024-01-31T12:00:00+010", 22, "minute of the offset"},
    {"2024-01-31T12:00:00+01:00x", 25, "more after"},
    {"2024-01-31T12:00:00Europe/Berlin", 19, "offset"},
    {"2024-01-31Z", 10, "after the date"},
    {"-000000-01-01", 0, "year 0"},
    {"+02024-01-31", 0, "a time is written"},
    {"+002024/01/31", 0, "a time is written"},
    {"-290308-12-21T19:59:05.224191Z", 0, "64 bits"},
    {"+294247-01-10T04:00:54.775808Z", 0, "64 bits"},
    {"+999999-12-31", 0, "64 bits"},
    {"-999999-01-01", 0, "64 bits"},
    {"-", 0, "a time is written"},
    {"+1", 0, "a time is written"},
    {"--1", 0, "a time is written"},
    {"1e9", 0, "a time is written"},
    {"0x10", 0, "a time is written"},
    {"1.", 2, "fraction"},
    {".5", 0, "a time is written"},
    {"1.5.5", 3, "more after"},
    {"1706704496 ", 0, "a time is written"},
    {"9223372036854775808000", 0, "64 bits"},
    {"-9223372036854775808001", 0, "64 bits"},
    {"99999999999999999999999999999999", 0, "64 bits"},
    {"nan", 0, "a time is written"},
};

static void expect_refusal(int kind, const char *text, size_t n, journey_error *err) {
  int64_t time = 42;
  jn_time_parser parser;
  jn_time_parser_init(&parser, NULL, kind);
  quick_assert_msg(!jn_time_parse(&parser, text, n, &time), "%s as kind %d", text, kind);
  quick_assert(jn_time_parse_error(&parser, text, n, err) == JOURNEY_EPARSE);
  quick_assert(time == 42);
}

START_TEST(says_why) {
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    const char *text = refused[i].text;
    int64_t time;
    journey_error err = {0};
    expect_refusal(JN_TIME_AUTO, text, strlen(text), &err);
    ck_assert_msg(strstr(err.message, refused[i].why) != NULL, "%s", err.message);
    ck_assert_msg(err.offset == refused[i].at, "%s: at %lld", err.message, (long long)err.offset);
    ck_assert_int_eq(journey_time_parse(text, strlen(text), NULL, &time, &err), JOURNEY_EPARSE);
    ck_assert_msg(strstr(err.message, refused[i].why) && strstr(err.message, text), "%s", err.message);
  }
}
END_TEST

START_TEST(refuses_other_kinds) {
  static const char *const numbers[] = {"2024", "306", "1706704496", "1706704496123", "-1", "1706704496.5", "0"};
  static const char *const dates[] = {"2024-01-31 12:00:00", "2024-01-31", "2024-01-31T12:00:00Z",
                                      "1970-01-01 12:00:00", /* the date that is remembered at first */
                                      "20240131T120000"};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    expect_refusal(JN_TIME_ISO, numbers[i], strlen(numbers[i]), NULL);
  for (int kind = JN_TIME_S; kind <= JN_TIME_NS; kind++)
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) expect_refusal(kind, dates[i], strlen(dates[i]), NULL);
}
END_TEST

/* ---- random damage ---------------------------------------------------------------------------------------------- */

#define FRACTION "([.,]([0-9]{1,9}))?"
#define OFFSET "( ?(Z|z|UTC|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9]|:[0-5][0-9]:[0-5][0-9])?))?"
#define EXTENDED "([01][0-9]|2[0-4]):[0-5][0-9](:([0-5][0-9]|60)" FRACTION ")?"
#define BASIC "([01][0-9]|2[0-4])[0-5][0-9](([0-5][0-9]|60)" FRACTION ")?"
#define MONTH "(0[1-9]|1[0-2])"
#define DATE_DAY "(0[1-9]|[12][0-9]|3[01])"
#define DATE "([0-9]{4}-" MONTH "-" DATE_DAY "|[0-9]{4}/" MONTH "/" DATE_DAY "|[0-9]{4}" MONTH DATE_DAY ")"
#define YEARS_OF_SIX "[+-][0-9]{6}-" MONTH "-" DATE_DAY
#define NUMBER "-?[0-9]+" FRACTION

/* All that is read, but for days that a month does not have, hour 24, leap seconds and the range. */
static const char grammar[] = "^((" DATE "|" YEARS_OF_SIX ")([Tt ](" EXTENDED "|" BASIC ")" OFFSET ")?"
                              "|[0-9]{4}" MONTH DATE_DAY "([01][0-9]|2[0-4])[0-5][0-9][0-5][0-9]" FRACTION OFFSET
                              "|" NUMBER ")$";

/* What the expression does not say. */
static bool is_impossible(const char *why) {
  static const char *const reasons[] = {"no such day", "hour 24", "leap second", "64 bits", "year 0"};
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
    if (strstr(why, reasons[i])) return true;
  return false;
}

/* Numbers of 8 and 14 digits are dates and nothing else. */
static bool is_date_or_nothing(const char *text) {
  size_t digits = strspn(text, "0123456789");
  return digits == 8 || digits == 14;
}

static const char *const seeds[] = {
    "2024-01-31 12:30:05", "2024-01-31T12:30:05.123456", "2024-01-31 12:30:05.123", "2024-01-31T12:30:05.123Z",
    "2024/01/31 12:30:05+02:00", "2024-01-31T12:30:05 UTC", "20240131T123005Z", "20240131123005", "2024-01-31",
    "1706704496", "1706704496123", "-1706704496.25", "+012024-01-31T12:30", "2024-01-31 24:00:00",
    "2016-12-31 23:59:60", "2024-01-31T12:30:05-03:00:09",
};

static void damage(char *text) {
  static const char alphabet[] = "00112345678999-/:.,TtZz +UC";
  size_t n = strlen(text), at = (size_t)test_between(0, (int64_t)n - 1);
  char c = alphabet[test_between(0, sizeof alphabet - 2)];
  switch (test_between(0, 3)) {
  case 0: memmove(text + at, text + at + 1, n - at); break;
  case 1:
    memmove(text + at + 1, text + at, n - at + 1);
    text[at] = c;
    break;
  default: text[at] = c;
  }
}

START_TEST(reads_its_grammar_and_nothing_else) {
  regex_t expression;
  int64_t accepted = 0, refusals = 0, time;
  jn_time_parser parser;
  jn_time_parser_init(&parser, NULL, JN_TIME_AUTO);
  quick_assert(regcomp(&expression, grammar, REG_EXTENDED | REG_NOSUB) == 0);
  for (int i = 0; i < 200000; i++) {
    char text[64];
    journey_error err = {0};
    strcpy(text, seeds[test_between(0, sizeof seeds / sizeof *seeds - 1)]);
    for (int64_t k = test_between(0, 3); k > 0 && *text; k--) damage(text);
    bool match = regexec(&expression, text, 0, NULL, 0) == 0;
    bool read = jn_time_parse(&parser, text, strlen(text), &time);
    journey_status status = jn_time_parse_error(&parser, text, strlen(text), &err);
    quick_assert_msg(read == (status == JOURNEY_OK), "the two ways differ over %s", text);
    if (read && !match) ck_abort_msg("%s was read", text);
    if (!read && match && !is_impossible(err.message) && !is_date_or_nothing(text)) ck_abort_msg("%s", err.message);
    if (read) accepted++;
    else refusals++;
  }
  quick_assert(accepted > 20000 && refusals > 20000);
  regfree(&expression);
}
END_TEST

/* A byte that no form has, NUL among them, anywhere. */
START_TEST(refuses_every_foreign_byte) {
  for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
    size_t n = strlen(seeds[i]);
    for (size_t at = 0; at <= n; at++) {
      for (int c = 0; c < 256; c++) {
        char text[64];
        if (c && strchr("0123456789-/:.,TtZzUC +", c)) continue;
        memcpy(text, seeds[i], n + 1);
        text[at] = (char)c;
        expect_refusal(JN_TIME_AUTO, text, at < n ? n : n + 1, NULL);
      }
    }
  }
}
END_TEST

/* Copies of just the size, so that a sanitizer sees each read past the end; all kinds, all prefixes. */
START_TEST(reads_no_byte_too_many) {
  for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
    for (size_t n = 0; n <= strlen(seeds[i]); n++) {
      char *text = malloc(n ? n : 1);
      memcpy(text, seeds[i], n);
      for (int kind = JN_TIME_AUTO; kind <= JN_TIME_NS; kind++) {
        jn_time_parser parser;
        int64_t time;
        jn_time_parser_init(&parser, NULL, kind);
        bool read = jn_time_parse(&parser, text, n, &time);
        quick_assert(read == (jn_time_parse_error(&parser, text, n, NULL) == JOURNEY_OK));
      }
      free(text);
    }
  }
}
END_TEST

Suite *time_refused_suite(void) {
  Suite *suite = suite_create("time_refused");
  TCase *tcase = tcase_create("time_refused");
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, says_why);
  tcase_add_test(tcase, refuses_other_kinds);
  tcase_add_test(tcase, reads_its_grammar_and_nothing_else);
  tcase_add_test(tcase, refuses_every_foreign_byte);
  tcase_add_test(tcase, reads_no_byte_too_many);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(time_refused_suite()); }
