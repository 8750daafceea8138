/* Durations: reading, refusing, writing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "time/time.h"
#include "time_help.h"

Suite *duration_suite(void);

static const struct sample {
  const char *text;
  int64_t micros;
  const char *brief, *exact;
} samples[] = {
    {"30m", 1800 * SECOND, "30m", "30m"},
    {"7d", 7 * DAY, "7d", "7d"},
    {"2w", 14 * DAY, "14d", "14d"},
    {"1h30m", 5400 * SECOND, "1h 30m", "1h30m"},
    {"1h 30m", 5400 * SECOND, "1h 30m", "1h30m"},
    {"90s", 90 * SECOND, "1m 30s", "1m30s"},
    {"500ms", SECOND / 2, "500ms", "500ms"},
    {"100us", 100, "100us", "100us"},
    {"1.5h", 5400 * SECOND, "1h 30m", "1h30m"},
    {"1.5s", 3 * SECOND / 2, "1.5s", "1s500ms"},
    {"0", 0, "0s", "0s"},
    {"0s", 0, "0s", "0s"},
    {"0w0d0h0m0s0ms0us", 0, "0s", "0s"},
    {"3d 4h", 76 * 3600 * SECOND, "3d 4h", "3d4h"},
    {"3d4h29m59s", 76 * 3600 * SECOND + 1799 * SECOND, "3d 4h", "3d4h29m59s"},
    {"12m5s", 725 * SECOND, "12m 5s", "12m5s"},
    {"0.000001s", 1, "1us", "1us"},
    {"0.001ms", 1, "1us", "1us"},
    {"1w0.5d", 15 * DAY / 2, "7d 12h", "7d12h"},
    {"999999us", 999999, "1s", "999ms999us"},
    {"59.999s", 59999000, "1m", "59s999ms"},
    {"59.99s", 59990000, "59.99s", "59s990ms"},
    {"59m59.5s", 3599500000, "1h", "59m59s500ms"},
    {"23h59m30s", DAY - 30 * SECOND, "1d", "23h59m30s"},
    {"1d23h30m", 2 * DAY - 1800 * SECOND, "2d", "1d23h30m"},
    {"1ms500us", 1500, "1.5ms", "1ms500us"},
    {"9223372036854775807us", INT64_MAX, "106751991d 4h", "106751991d4h54s775ms807us"},
    {"00000000000000000000000001s", SECOND, "1s", "1s"},
};

START_TEST(reads_and_writes_samples) {
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    const struct sample *s = &samples[i];
    char text[JOURNEY_TIME_SIZE];
    journey_error err = {0};
    int64_t micros = -1;
    ck_assert_msg(journey_duration_parse(s->text, strlen(s->text), &micros, &err) == JOURNEY_OK, "%s", err.message);
    ck_assert_msg(micros == s->micros, "%s: %lld", s->text, (long long)micros);
    ck_assert_int_eq(journey_duration_format(micros, JOURNEY_DURATION_SHORT, text, sizeof text, NULL), JOURNEY_OK);
    ck_assert_str_eq(text, s->brief);
    ck_assert_int_eq(journey_duration_format(micros, JOURNEY_DURATION_EXACT, text, sizeof text, NULL), JOURNEY_OK);
    ck_assert_str_eq(text, s->exact);
  }
}
END_TEST

static const struct refusal {
  const char *text;
  journey_status status;
  int64_t at;
  const char *why;
} refusals[] = {
    {"", JOURNEY_EPARSE, 0, "a number should be here"},
    {"30", JOURNEY_EPARSE, 2, "us, ms, s, m, h, d or w"},
    {"1.5", JOURNEY_EPARSE, 3, "no unit"},
    {"00", JOURNEY_EPARSE, 2, "no unit"},
    {"m", JOURNEY_EPARSE, 0, "a number should be here"},
    {".5h", JOURNEY_EPARSE, 0, "a number should be here"},
    {"1.h", JOURNEY_EPARSE, 2, "fraction"},
    {"1.0000001s", JOURNEY_EPARSE, 2, "fraction"},
    {"0.0001ms", JOURNEY_EPARSE, 0, "finer"},
    {"0.5us", JOURNEY_EPARSE, 0, "finer"},
    {"1,5h", JOURNEY_EPARSE, 1, "units are"},
    {"1y", JOURNEY_EPARSE, 1, "months and years"},
    {"1mo", JOURNEY_EPARSE, 1, "months and years"},
    {"1M", JOURNEY_EPARSE, 1, "units are"},
    {"1H", JOURNEY_EPARSE, 1, "units are"},
    {"1min", JOURNEY_EPARSE, 1, "units are"},
    {"5m3h", JOURNEY_EPARSE, 3, "large to small"},
    {"1h1h", JOURNEY_EPARSE, 3, "large to small"},
    {"1.5h30m", JOURNEY_EPARSE, 0, "last part"},
    {"1h  30m", JOURNEY_EPARSE, 3, "a number should be here"},
    {" 1h", JOURNEY_EPARSE, 0, "a number should be here"},
    {"1h ", JOURNEY_EPARSE, 3, "a number should be here"},
    {"1 h", JOURNEY_EPARSE, 1, "no unit"},
    {"-1h", JOURNEY_EPARSE, 0, "negative"},
    {"+1h", JOURNEY_EPARSE, 0, "a number should be here"},
    {"1h-30m", JOURNEY_EPARSE, 1, "units are"},
    {"1e3s", JOURNEY_EPARSE, 1, "units are"},
    {"PT1H", JOURNEY_EPARSE, 0, "a number should be here"},
    {"9223372036854775808us", JOURNEY_ELIMIT, 0, "64 bits"},
    {"99999999999999999999us", JOURNEY_ELIMIT, 0, "64 bits"},
    {"15250285w", JOURNEY_ELIMIT, 0, "64 bits"},
    {"9223372036854ms775808ms", JOURNEY_EPARSE, 21, "large to small"},
    {"9223372036854s776ms", JOURNEY_ELIMIT, 14, "64 bits"},
    {"9223372036854.999999s", JOURNEY_ELIMIT, 0, "64 bits"},
};

START_TEST(says_why) {
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    const struct refusal *r = &refusals[i];
    journey_error err = {0};
    int64_t micros = 42;
    ck_assert_msg(journey_duration_parse(r->text, strlen(r->text), &micros, &err) == r->status, "%s", r->text);
    ck_assert_msg(strstr(err.message, r->why) && strstr(err.message, r->text), "%s", err.message);
    ck_assert_msg(err.offset == r->at && micros == 42, "%s: at %lld", err.message, (long long)err.offset);
  }
  ck_assert_int_eq(journey_duration_parse("1\0h", 3, &(int64_t){0}, NULL), JOURNEY_EPARSE);
}
END_TEST

START_TEST(reads_back_what_it_wrote) {
  for (int i = 0; i < 200000; i++) {
    int64_t micros = test_any_int64(), back = -1;
    char text[JOURNEY_TIME_SIZE];
    jn_time_duration_exact(micros, text);
    bool negative = micros < 0;
    quick_assert((*text == '-') == negative);
    if (micros == INT64_MIN) continue;
    const char *size = text + negative;
    quick_assert_msg(journey_duration_parse(size, strlen(size), &back, NULL) == JOURNEY_OK, "%s", text);
    quick_assert(back == (negative ? -micros : micros));
  }
}
END_TEST

/* The short form is off by half of its last place at most, and reads as a duration too. */
START_TEST(short_form_is_near) {
  for (int i = 0; i < 200000; i++) {
    int64_t micros = test_any_int64() & INT64_MAX, back = -1;
    if (micros > INT64_MAX - DAY) continue;
    char text[JOURNEY_TIME_SIZE];
    jn_time_duration_short(micros, text);
    quick_assert_msg(journey_duration_parse(text, strlen(text), &back, NULL) == JOURNEY_OK, "%s", text);
    double error = fabs((double)(back - micros)), most = micros >= DAY ? 1800e6 : (double)micros / 100;
    quick_assert_msg(error <= most, "%lld is not %s", (long long)micros, text);
    ck_assert_uint_le(strlen(text), 14);
  }
}
END_TEST

START_TEST(writes_the_ends) {
  char text[JOURNEY_TIME_SIZE];
  journey_error err = {0};
  jn_time_duration_short(INT64_MIN, text);
  ck_assert_str_eq(text, "-106751991d 4h");
  jn_time_duration_exact(INT64_MIN, text);
  ck_assert_str_eq(text, "-106751991d4h54s775ms808us");
  jn_time_duration_short(-1500, text);
  ck_assert_str_eq(text, "-1.5ms");
  ck_assert_int_eq(journey_duration_format(0, JOURNEY_DURATION_SHORT, text, 47, &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_duration_format(0, 2, text, sizeof text, &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_duration_format(0, -1, text, sizeof text, NULL), JOURNEY_EINVAL);
}
END_TEST

Suite *duration_suite(void) {
  Suite *suite = suite_create("duration");
  TCase *tcase = tcase_create("duration");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, reads_and_writes_samples);
  tcase_add_test(tcase, says_why);
  tcase_add_test(tcase, reads_back_what_it_wrote);
  tcase_add_test(tcase, short_form_is_near);
  tcase_add_test(tcase, writes_the_ends);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(duration_suite()); }
