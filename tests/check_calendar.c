/* Calendars: periods across changes of the clock, against the clock's own reading minute by minute. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "check_main.h"
#include "time/time.h"
#include "time_help.h"
#include "tzif_help.h"

Suite *calendar_suite(void);

/* ---- periods against the clock ---------------------------------------------------------------------------------- */

/* Number of the period of a local time, from dates that were counted day by day. */
static int64_t index_by_count(int32_t unit, int64_t local) {
  int64_t day = local >= 0 ? local / 86400 : -((-local + 86399) / 86400);
  test_date d = test_date_of(day);
  switch (unit) {
  case JN_TIME_HOUR: return day * 24 + (local - day * 86400) / 3600;
  case JN_TIME_DAY: return day;
  case JN_TIME_WEEK: return (day - d.weekday + 3) / 7; /* Monday 1969-12-29 is day -3 */
  case JN_TIME_MONTH: return (d.year - 1970) * 12 + d.month - 1;
  case JN_TIME_QUARTER: return (d.year - 1970) * 4 + (d.month - 1) / 3;
  default: return d.year - 1970;
  }
}

/* What counts for a unit in the reading of the clock: hours go by its minutes only. */
static int64_t reading(int32_t unit, const journey_zone *zone, int64_t second) {
  int32_t offset = journey_zone_offset(zone, second * SECOND);
  return second + (unit == JN_TIME_HOUR ? (offset % 3600 + 3600) % 3600 : offset);
}

/* A period begins when the clock first reads its start or later, so the period of an instant is that of the latest
 * reading so far. Walks over a change with one calendar. */
static void walk(jn_time_calendar *calendar, int64_t change) {
  int64_t latest = INT64_MIN, last = INT64_MIN;
  for (int64_t t = change - 60 * 3600; t < change + 30 * 3600; t += 60) {
    int64_t now = reading(calendar->unit, calendar->zone, t);
    if (now > latest) latest = now;
    if (t < change - 30 * 3600) continue;
    int64_t expected = index_by_count(calendar->unit, latest), index = jn_time_period(calendar, t * SECOND);
    if (index != expected)
      ck_abort_msg("%s, %s, %lld: %lld, not %lld", journey_zone_name(calendar->zone),
                   jn_time_unit_name(calendar->unit), (long long)t, (long long)index, (long long)expected);
    jn_time_calendar anew = *calendar; /* what is remembered hides a second reading of the start of a period */
    jn_time_calendar_seek(&anew, t * SECOND);
    quick_assert(anew.index == index && anew.from == calendar->from && anew.until == calendar->until);
    for (int64_t i = last + 1; last != INT64_MIN && i <= index; i++)
      quick_assert(jn_time_period_start(calendar, i) == t * SECOND);
    if (last != INT64_MIN && index > last) quick_assert(calendar->from == t * SECOND);
    last = index;
  }
}

static const char *const names[] = {
    "Europe/Berlin",     "America/New_York",  "Asia/Kolkata",     "Australia/Lord_Howe", "America/St_Johns",
    "Africa/Casablanca", "Pacific/Apia",      "UTC",              "Europe/Dublin",       "Antarctica/Troll",
    "America/Sao_Paulo", "Pacific/Kwajalein", "America/Asuncion", "Asia/Gaza",
};
enum { NAMES = sizeof names / sizeof *names };

START_TEST(periods_across_changes) {
  if (!test_have_zones()) return;
  journey_context *context = test_context();
  journey_zone *zone = test_zone(context, names[_i]);
  for (int32_t unit = 0; unit < JN_TIME_UNITS; unit++) {
    jn_time_calendar calendar;
    jn_time_calendar_init(&calendar, zone, unit);
    jn_time_span span = jn_time_zone_span(zone, 31536000);
    walk(&calendar, INT64_C(1577836800)); /* a New Year without a change */
    for (int i = 0; i < 160 && span.until < INT64_C(2524608000); i++) {
      walk(&calendar, span.until);
      span = jn_time_zone_span(zone, span.until);
    }
  }
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

/* ---- what has to hold for any time ------------------------------------------------------------------------------ */

static void check_period(jn_time_calendar *calendar, int64_t time) {
  int64_t index = jn_time_period(calendar, time), from = calendar->from, until = calendar->until;
  quick_assert(from <= time && (time < until || (time == INT64_MAX && until == INT64_MAX)));
  quick_assert(jn_time_start(calendar, time) == from);
  quick_assert(jn_time_period_start(calendar, index) == from);
  quick_assert(jn_time_period_start(calendar, index + 1) == until);
  jn_time_calendar fresh;
  jn_time_calendar_init(&fresh, calendar->zone, calendar->unit);
  quick_assert(jn_time_period(&fresh, time) == index);
  if (from > INT64_MIN) quick_assert(jn_time_period(&fresh, from - 1) < index);
  if (until < INT64_MAX) quick_assert(jn_time_period(&fresh, until) > index);
}

START_TEST(periods_cover_all_time) {
  static const char *const rules[] = {"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
                                      "AAA-22BBB-23,J1/167,J365/-167"};
  journey_context *context = test_context();
  journey_zone *zone = _i < 4 ? test_rule_zone(context, rules[_i]) : NULL;
  for (int32_t unit = 0; unit < JN_TIME_UNITS; unit++) {
    jn_time_calendar calendar;
    jn_time_calendar_init(&calendar, zone, unit);
    check_period(&calendar, INT64_MIN);
    check_period(&calendar, INT64_MAX);
    int64_t time = 0;
    for (int i = 0; i < 20000; i++) {
      if (i % 4 == 0) time = i % 8 ? test_any_int64() : test_between(INT64_MIN, INT64_MAX);
      else time = jn_base_add_clamped(time, test_between(-40, 40) * DAY + test_between(0, DAY));
      check_period(&calendar, time);
    }
  }
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

START_TEST(far_numbers_are_held) {
  for (int32_t unit = 0; unit < JN_TIME_UNITS; unit++) {
    jn_time_calendar calendar;
    char label[JN_TIME_LABEL_SIZE];
    jn_time_calendar_init(&calendar, NULL, unit);
    ck_assert_int_eq(jn_time_period_start(&calendar, INT64_MAX), INT64_MAX);
    ck_assert_int_eq(jn_time_period_start(&calendar, INT64_MIN), INT64_MIN);
    ck_assert_int_eq(jn_time_add(&calendar, 5, INT64_MAX), INT64_MAX);
    ck_assert_int_eq(jn_time_add(&calendar, 5, INT64_MIN), INT64_MIN);
    ck_assert_int_eq(jn_time_add(&calendar, INT64_MAX, 1), INT64_MAX);
    ck_assert_int_eq(jn_time_add(&calendar, INT64_MIN, -1), INT64_MIN);
    ck_assert_int_eq(jn_time_add(&calendar, INT64_MIN, 0), INT64_MIN);
    ck_assert_uint_lt(jn_time_period_label(&calendar, INT64_MAX, label), sizeof label);
    ck_assert_uint_lt(jn_time_period_label(&calendar, INT64_MIN, label), sizeof label);
  }
}
END_TEST

/* ---- adding ----------------------------------------------------------------------------------------------------- */

static int64_t day_months_later(test_date d, int64_t months) {
  int64_t month = d.year * 12 + d.month - 1 + months;
  int32_t year = (int32_t)(month / 12), of_year = (int32_t)(month % 12) + 1;
  int64_t first = test_day_of(year, of_year, 1), day = first;
  while (day - first < d.of_month - 1 && test_date_of(day + 1).month == of_year) day++;
  return day;
}

START_TEST(adds_by_the_local_clock) {
  static const int months[JN_TIME_UNITS] = {0, 0, 0, 1, 3, 12}, days[JN_TIME_UNITS] = {0, 1, 7, 0, 0, 0};
  journey_context *context = test_context();
  journey_zone *zone = test_rule_zone(context, "CET-1CEST,M3.5.0,M10.5.0/3");
  for (int i = 0; i < 60000; i++) {
    int64_t time = test_between(-40000 * DAY, 40000 * DAY), n = test_between(-300, 300), expected;
    jn_time_calendar calendar;
    jn_time_calendar_init(&calendar, zone, i % JN_TIME_UNITS);
    int64_t local = time + journey_zone_offset(zone, time) * SECOND, day;
    day = (local - (local % DAY + DAY) % DAY) / DAY;
    int64_t of_day = local - day * DAY;
    day = months[calendar.unit] ? day_months_later(test_date_of(day), n * months[calendar.unit])
                                : day + n * days[calendar.unit];
    quick_assert(journey_zone_instant(zone, day * DAY + of_day, &expected, NULL) == JOURNEY_OK);
    if (calendar.unit == JN_TIME_HOUR) expected = time + n * 3600 * SECOND;
    if (n == 0) expected = time;
    quick_assert(jn_time_add(&calendar, time, n) == expected);
  }
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

/* ---- labels ----------------------------------------------------------------------------------------------------- */

START_TEST(labels_are_those_of_libc) {
  static const char *const formats[JN_TIME_UNITS] = {"%Y-%m-%dT%H:%MZ", "%Y-%m-%d", "%G-W%V", "%Y-%m", NULL, "%Y"};
  for (int32_t unit = 0; unit < JN_TIME_UNITS; unit++) {
    jn_time_calendar calendar;
    jn_time_calendar_init(&calendar, NULL, unit);
    for (int64_t day = -25567; day < 47847; day++) { /* 1900 to 2100 */
      char label[JN_TIME_LABEL_SIZE], expected[64];
      time_t t = (time_t)(day * 86400);
      struct tm tm;
      gmtime_r(&t, &tm);
      size_t n = jn_time_period_label(&calendar, jn_time_period(&calendar, day * DAY), label);
      if (formats[unit]) strftime(expected, sizeof expected, formats[unit], &tm);
      else sprintf(expected, "%d-Q%d", tm.tm_year + 1900, tm.tm_mon / 3 + 1);
      quick_assert(strcmp(label, expected) == 0);
      quick_assert(n == strlen(label));
    }
  }
}
END_TEST

/* The label of an hour, and of a day in UTC, reads as its start. */
START_TEST(labels_read_back) {
  journey_context *context = test_context();
  journey_zone *zone = test_rule_zone(context, "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
  jn_time_calendar hours, days;
  jn_time_calendar_init(&hours, zone, JN_TIME_HOUR);
  jn_time_calendar_init(&days, NULL, JN_TIME_DAY);
  for (int i = 0; i < 100000; i++) {
    int64_t time = test_between(INT64_MIN, INT64_MAX) >> (i % 12), back;
    char label[JN_TIME_LABEL_SIZE];
    size_t n = jn_time_period_label(&hours, jn_time_period(&hours, time), label);
    if (hours.from > INT64_MIN) {
      quick_assert_msg(journey_time_parse(label, n, NULL, &back, NULL) == JOURNEY_OK, "%s", label);
      quick_assert_msg(back == hours.from, "%s", label);
    }
    n = jn_time_period_label(&days, jn_time_period(&days, time), label);
    if (days.from == INT64_MIN) continue;
    quick_assert(journey_time_parse(label, n, NULL, &back, NULL) == JOURNEY_OK);
    quick_assert(back == days.from);
  }
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

START_TEST(units_have_names) {
  for (int32_t unit = 0; unit < JN_TIME_UNITS; unit++) {
    const char *name = jn_time_unit_name(unit);
    ck_assert_int_eq(jn_time_unit(name, strlen(name)), unit);
    ck_assert_int_eq(jn_time_unit(name, strlen(name) - 1), -1);
  }
  ck_assert_int_eq(jn_time_unit("", 0), -1);
  ck_assert_int_eq(jn_time_unit("days", 4), -1);
}
END_TEST

Suite *calendar_suite(void) {
  Suite *suite = suite_create("calendar");
  test_dates_init();
  TCase *tcase = tcase_create("calendar");
  tcase_set_timeout(tcase, 300);
  tcase_add_loop_test(tcase, periods_across_changes, 0, NAMES);
  tcase_add_loop_test(tcase, periods_cover_all_time, 0, 5);
  tcase_add_test(tcase, far_numbers_are_held);
  tcase_add_test(tcase, adds_by_the_local_clock);
  tcase_add_test(tcase, labels_are_those_of_libc);
  tcase_add_test(tcase, labels_read_back);
  tcase_add_test(tcase, units_have_names);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(calendar_suite()); }
