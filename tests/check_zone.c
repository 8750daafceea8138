/* Time zones against libc's, and against brute force. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "time/time.h"
#include "time_help.h"
#include "tzif_help.h"

Suite *zone_suite(void);

static const char *const names[] = {
    "Europe/Berlin",   "America/New_York", "Asia/Kolkata",  "Australia/Lord_Howe", "America/St_Johns",
    "Africa/Casablanca", "Pacific/Apia",     "UTC",           "Europe/Dublin",       "Antarctica/Troll",
    "Asia/Gaza",       "America/Nuuk",     "Africa/Monrovia", "Asia/Kathmandu",    "America/Sao_Paulo",
};
enum { NAMES = sizeof names / sizeof *names };

/* ---- against libc ----------------------------------------------------------------------------------------------- */

static void set_libc_zone(const char *name) {
  setenv("TZ", name, 1);
  tzset();
}

static void compare(const journey_zone *zone, int64_t second) {
  time_t t = (time_t)second;
  struct tm tm;
  quick_assert(localtime_r(&t, &tm));
  int32_t offset = journey_zone_offset(zone, second * SECOND);
  if (offset != tm.tm_gmtoff)
    ck_abort_msg("%s at %lld: %d, libc says %ld", journey_zone_name(zone), (long long)second, offset, tm.tm_gmtoff);
}

/* Random instants, and each side of every change. */
static void compare_range(const journey_zone *zone, int64_t from, int64_t until, int samples) {
  for (int i = 0; i < samples; i++) compare(zone, test_between(from, until));
  for (int64_t t = from; t < until;) {
    jn_time_span span = jn_time_zone_span(zone, t);
    quick_assert(span.from <= t && t < span.until);
    if (span.until >= until) break;
    for (int64_t d = -2; d <= 2; d++) compare(zone, span.until + d);
    t = span.until;
  }
}

#define YEAR_1900 INT64_C(-2208988800)
#define YEAR_1971 INT64_C(31536000)
#define YEAR_2150 INT64_C(5680281600)
#define YEAR_2900 INT64_C(29348006400)

START_TEST(offsets_are_those_of_libc) {
  if (!test_have_zones()) return;
  journey_context *context = test_context();
  journey_zone *zone = test_zone(context, names[_i]);
  set_libc_zone(names[_i]);
  compare_range(zone, YEAR_1900, YEAR_2150, 100000);
  compare_range(zone, YEAR_2150, YEAR_2900, 20000); /* the rule's table repeats after 400 years */
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

/* libc does not say where changes are; look every three hours for ones that we do not know. */
START_TEST(no_change_is_missed) {
  if (!test_have_zones()) return;
  journey_context *context = test_context();
  journey_zone *zone = test_zone(context, names[_i]);
  set_libc_zone(names[_i]);
  for (int64_t t = 0; t < INT64_C(2524608000); t += 10800) compare(zone, t);
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

/* Every file of the system's database, in one of its folders after the other. */
static int compare_folder(journey_context *context, const char *folder) {
  char path[300];
  int zones = 0;
  struct dirent *entry;
  snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", folder);
  DIR *dir = opendir(path);
  while (dir && (entry = readdir(dir))) {
    char name[300];
    journey_zone *zone;
    snprintf(name, sizeof name, "%s%s%s", folder, *folder ? "/" : "", entry->d_name);
    if (entry->d_name[0] == '.' || journey_zone_new(context, name, strlen(name), &zone, NULL) != JOURNEY_OK) continue;
    set_libc_zone(name);
    compare_range(zone, YEAR_1900, YEAR_2150, 500);
    journey_zone_free(zone);
    zones++;
  }
  if (dir) closedir(dir);
  return zones;
}

START_TEST(all_zones_of_the_system) {
  static const char *const folders[] = {"",           "Africa",  "America", "America/Argentina", "America/Indiana",
                                        "Antarctica", "Asia",    "Atlantic", "Australia",        "Europe",
                                        "Indian",     "Pacific", "Etc"};
  if (!test_have_zones()) return;
  journey_context *context = test_context();
  int zones = 0;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) zones += compare_folder(context, folders[i]);
  ck_assert_int_gt(zones, 300);
  journey_context_free(context);
}
END_TEST

/* ---- rules ------------------------------------------------------------------------------------------------------ */

static const char *const rules[] = {
    "CET-1CEST,M3.5.0,M10.5.0/3",
    "EST5EDT,M3.2.0,M11.1.0",
    "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01",
    "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "IST-1GMT0,M10.5.0,M3.5.0/1",
    "<+00>0<+02>-2,M3.5.0/1,M10.5.0/3",
    "EET-2EEST,M3.4.4/50,M10.4.4/50",
    "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
    "AAA0BBB,J60/2,J300/2",
    "AAA0BBB,59/2,299/2",
    "AAA0BBB,J1/0,J59/0",
    "AAA0BBB,0/0,365/12",
    "AAA-12:34:56BBB-13:57,M2.5.6/167,M9.1.1/-167",
    "<+0545>-5:45",
    "UTC0",
};

START_TEST(rules_are_those_of_libc) {
  journey_context *context = test_context();
  journey_zone *zone = test_rule_zone(context, rules[_i]);
  ck_assert_msg(zone != NULL, "%s", rules[_i]);
  set_libc_zone(rules[_i]);
  compare_range(zone, YEAR_1971, YEAR_2900, 100000); /* before 1970, libc does not apply rules */
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

/* RFC 9636 writes daylight saving time all year so. libc errs for three hours at each New Year. */
START_TEST(rule_of_summer_all_year) {
  journey_context *context = test_context();
  journey_zone *zone = test_rule_zone(context, "XXX3EDT4,0/0,J365/23");
  for (int i = 0; i < 10000; i++)
    quick_assert(journey_zone_offset(zone, test_between(YEAR_1971, YEAR_2900) * SECOND) == -14400);
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

static const char *const bad_rules[] = {
    "X", "XX1", "XXX", "XXX+", "XXX1:", "XXX24", "XXX-23YYY,1,2", "XXX1:60", "XXX1YY", "XXX1YYY", "XXX1YYY,",
    "XXX1YYY,M3.2.0", "XXX1YYY,M3.2.0,", "XXX1YYY,M3.2.0,M11.1.0x", "XXX1YYY,M0.2.0,M11.1.0",
    "XXX1YYY,M13.2.0,M11.1.0", "XXX1YYY,M3.0.0,M11.1.0", "XXX1YYY,M3.6.0,M11.1.0", "XXX1YYY,M3.2.7,M11.1.0",
    "XXX1YYY,M3.2,M11.1.0", "XXX1YYY,J0,J1", "XXX1YYY,J366,J1", "XXX1YYY,366,1", "XXX1YYY,1/168,2", "XXX1YYY,1/,2",
    "<XXX1", "<>1", "<+1>1", "XXX1YYY,99999999999,1", "XXX99999999999", " XXX1", "XXX1 ",
};

START_TEST(bad_rules_are_refused) {
  journey_context *context = test_context();
  for (size_t i = 0; i < sizeof bad_rules / sizeof *bad_rules; i++)
    ck_assert_msg(test_rule_zone(context, bad_rules[i]) == NULL, "%s", bad_rules[i]);
  journey_context_free(context);
}
END_TEST

/* ---- local times ------------------------------------------------------------------------------------------------ */

/* By trying all offsets that hold within two days: the first instant that shows `local`; else, in a gap, what the
 * clock before it would have made of it. */
static int64_t instant_by_trial(const journey_zone *zone, int64_t local) {
  int64_t best = INT64_MAX, before = INT64_MIN;
  for (int64_t t = local - 172800; t <= local + 172800; t += 900) {
    int32_t offset = journey_zone_offset(zone, t * SECOND);
    int64_t candidate = local - offset;
    if (journey_zone_offset(zone, candidate * SECOND) == offset && candidate < best) best = candidate;
    if (t + offset < local) before = candidate;
  }
  return best != INT64_MAX ? best : before;
}

START_TEST(local_times_as_by_trial) {
  if (!test_have_zones()) return;
  journey_context *context = test_context();
  journey_zone *zone = test_zone(context, names[_i]);
  jn_time_parser parser;
  jn_time_parser_init(&parser, zone, JN_TIME_AUTO);
  jn_time_span span = jn_time_zone_span(zone, 0);
  for (int i = 0; i < 3000; i++) {
    int64_t local = test_between(0, INT64_C(3000000000)), instant, read;
    if (i % 2 && span.until < INT64_C(3000000000)) local = span.until + span.offset + test_between(-10800, 10800);
    if (i % 60 == 1) span = jn_time_zone_span(zone, span.until < INT64_C(3000000000) ? span.until : 0);
    if (i % 4 == 3) local -= local % 1800;
    int64_t expected = instant_by_trial(zone, local);
    quick_assert(jn_time_zone_to_utc(zone, local) == expected);
    quick_assert(journey_zone_instant(zone, local * SECOND + 7, &instant, NULL) == JOURNEY_OK);
    quick_assert(instant == expected * SECOND + 7);
    char text[JOURNEY_TIME_SIZE];
    size_t n = jn_time_format(local * SECOND, NULL, text);
    quick_assert(jn_time_parse(&parser, text, n - 1, &read)); /* without the Z */
    quick_assert_msg(read == expected * SECOND, "%s in %s", text, names[_i]);
  }
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

static void expect_instant(const journey_zone *zone, const char *local, const char *utc) {
  int64_t time;
  char text[JOURNEY_TIME_SIZE];
  ck_assert_int_eq(journey_time_parse(local, strlen(local), zone, &time, NULL), JOURNEY_OK);
  jn_time_format(time, NULL, text);
  ck_assert_str_eq(text, utc);
}

START_TEST(gaps_and_overlaps) {
  journey_context *context = test_context();
  journey_zone *zone = test_rule_zone(context, rules[0]);
  expect_instant(zone, "2024-03-31 01:59:59", "2024-03-31T00:59:59Z");
  expect_instant(zone, "2024-03-31 02:30:00", "2024-03-31T01:30:00Z"); /* shows 03:30 */
  expect_instant(zone, "2024-03-31 03:00:00", "2024-03-31T01:00:00Z");
  expect_instant(zone, "2024-10-27 02:30:00", "2024-10-27T00:30:00Z"); /* the first */
  expect_instant(zone, "2024-10-27 02:30:00+01:00", "2024-10-27T01:30:00Z");
  expect_instant(zone, "2024-10-27 03:00:00", "2024-10-27T02:00:00Z");
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

START_TEST(the_ends_of_time) {
  journey_context *context = test_context();
  journey_zone *east = test_zone(context, "+02:00");
  int64_t time = 42;
  journey_error err = {0};
  ck_assert_int_eq(journey_zone_instant(east, INT64_MIN, &time, &err), JOURNEY_ELIMIT);
  ck_assert_str_ne(err.message, "");
  ck_assert_int_eq(journey_zone_instant(east, INT64_MAX, &time, NULL), JOURNEY_OK);
  ck_assert_int_eq(time, INT64_MAX - 7200 * SECOND);
  ck_assert_int_eq(journey_zone_offset(east, INT64_MIN), 7200);
  ck_assert_int_eq(journey_zone_offset(east, INT64_MAX), 7200);
  ck_assert_int_eq(journey_zone_offset(NULL, INT64_MAX), 0);
  ck_assert_int_eq(jn_time_zone_to_utc(NULL, INT64_MAX) > 0, 1);
  ck_assert_int_eq(jn_time_zone_to_utc(east, INT64_MIN) < 0, 1);
  journey_zone_free(east);
  journey_context_free(context);
}
END_TEST

/* ---- names ------------------------------------------------------------------------------------------------------ */

START_TEST(names_without_a_file) {
  static const struct {
    const char *name;
    int32_t offset;
  } good[] = {{"UTC", 0},         {"Z", 0},          {"GMT", 0},         {"Etc/UTC", 0},     {"+02:00", 7200},
              {"-0330", -12600},  {"+14", 50400},    {"UTC+2", 7200},    {"UTC-3:30", -12600}, {"UTC+05:45", 20700},
              {"UTC-12", -43200}, {"-23:59", -86340}, {"UTC+0930", 34200}};
  journey_context *context = test_context();
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    journey_zone *zone = test_zone(context, good[i].name);
    ck_assert_int_eq(journey_zone_offset(zone, test_any_int64()), good[i].offset);
    ck_assert_str_eq(journey_zone_name(zone), good[i].name);
    journey_zone_free(zone);
  }
  ck_assert_str_eq(journey_zone_name(NULL), "UTC");
  journey_zone_free(NULL);
  journey_context_free(context);
}
END_TEST

START_TEST(names_that_are_refused) {
  static const struct {
    const char *name;
    journey_status status;
  } bad[] = {
      {"", JOURNEY_EINVAL},
      {"../etc/passwd", JOURNEY_EINVAL},
      {"/etc/localtime", JOURNEY_EINVAL},
      {"Europe/../Europe/Berlin", JOURNEY_EINVAL},
      {"Europe//Berlin", JOURNEY_EINVAL},
      {"Europe/Berlin/", JOURNEY_EINVAL},
      {"Europe Berlin", JOURNEY_EINVAL},
      {"Europe\nBerlin", JOURNEY_EINVAL},
      {"./UTC", JOURNEY_EINVAL},
      {"Z\xc3\xbcrich", JOURNEY_EINVAL},
      {"zone.tab", JOURNEY_EINVAL},
      {"%s%s%s%n", JOURNEY_EINVAL},
      {"+25:00", JOURNEY_EINVAL},
      {"+2", JOURNEY_ENOTFOUND},
      {"UTC+", JOURNEY_ENOTFOUND},
      {"UTC+24", JOURNEY_ENOTFOUND},
      {"+02:60", JOURNEY_EINVAL},
      {"UTC+930", JOURNEY_ENOTFOUND},
      {"Europe", JOURNEY_ENOTFOUND}, /* a folder */
      {"Europe/Nowhere", JOURNEY_ENOTFOUND},
      {"Europe/Berlin/More", JOURNEY_ENOTFOUND},
      {"europe/berlin", JOURNEY_ENOTFOUND},
  };
  journey_context *context = test_context();
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    journey_error err = {0};
    journey_zone *zone = NULL;
    journey_status status = journey_zone_new(context, bad[i].name, strlen(bad[i].name), &zone, &err);
    ck_assert_msg(status == bad[i].status, "%s: %s", bad[i].name, err.message);
    ck_assert(zone == NULL && err.code == status && *err.message && !strchr(err.message, '\n'));
  }
  ck_assert_int_eq(journey_zone_new(context, "UTC\0x", 5, &(journey_zone *){0}, NULL), JOURNEY_EINVAL);
  char name[200];
  memset(name, 'a', sizeof name);
  ck_assert_int_eq(journey_zone_new(context, name, sizeof name, &(journey_zone *){0}, NULL), JOURNEY_EINVAL);
  journey_context_free(context);
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------------------------- */

static void *use(void *shared) {
  journey_zone *zone = jn_time_zone_ref(shared);
  jn_time_parser parser;
  jn_time_parser_init(&parser, zone, JN_TIME_AUTO);
  for (int i = 0; i < 20000; i++) {
    char text[JOURNEY_TIME_SIZE];
    int64_t local = (INT64_C(1700000000) + i * INT64_C(4000)) * SECOND, instant = 0, time = 1;
    size_t n = jn_time_format(local, NULL, text) - 1;
    if (journey_zone_instant(zone, local, &instant, NULL) != JOURNEY_OK) return shared;
    if (!jn_time_parse(&parser, text, n, &time) || time != instant) return shared;
  }
  journey_zone_free(zone);
  return NULL;
}

START_TEST(threads_share_a_zone) {
  enum { THREADS = 4 };
  journey_context *context = test_context();
  journey_zone *zone = test_rule_zone(context, rules[0]);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) ck_assert_int_eq(pthread_create(&threads[i], NULL, use, zone), 0);
  for (int i = 0; i < THREADS; i++) {
    void *failed;
    ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
    ck_assert_ptr_null(failed);
  }
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static journey_status make(journey_context *context, void *name) {
  journey_zone *zone;
  journey_status status = journey_zone_new(context, name, strlen(name), &zone, NULL);
  if (status != JOURNEY_OK) return status;
  journey_zone *again = jn_time_zone_ref(zone);
  journey_zone_free(zone);
  ck_assert_int_ge(journey_zone_offset(again, 0), 3600);
  journey_zone_free(again);
  return JOURNEY_OK;
}

START_TEST(out_of_memory) {
  char fixed[] = "UTC+2", file[] = "Europe/Berlin";
  alloc_loop(make, fixed);
  if (test_have_zones()) alloc_loop(make, file);
}
END_TEST

Suite *zone_suite(void) {
  Suite *suite = suite_create("zone");
  TCase *tcase = tcase_create("zone");
  tcase_set_timeout(tcase, 300);
  tcase_add_loop_test(tcase, offsets_are_those_of_libc, 0, NAMES);
  tcase_add_loop_test(tcase, no_change_is_missed, 0, NAMES);
  tcase_add_test(tcase, all_zones_of_the_system);
  tcase_add_loop_test(tcase, rules_are_those_of_libc, 0, sizeof rules / sizeof *rules);
  tcase_add_test(tcase, rule_of_summer_all_year);
  tcase_add_test(tcase, bad_rules_are_refused);
  tcase_add_loop_test(tcase, local_times_as_by_trial, 0, NAMES);
  tcase_add_test(tcase, gaps_and_overlaps);
  tcase_add_test(tcase, the_ends_of_time);
  tcase_add_test(tcase, names_without_a_file);
  tcase_add_test(tcase, names_that_are_refused);
  tcase_add_test(tcase, threads_share_a_zone);
  tcase_add_test(tcase, out_of_memory);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(zone_suite()); }
