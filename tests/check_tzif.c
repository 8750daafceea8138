/* Zone files that are damaged or hostile: an error or a zone that answers, never a crash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "time/time.h"
#include "time_help.h"
#include "tzif_help.h"

Suite *tzif_suite(void);

/* Asks a zone all there is to ask; what any zone has to keep, it keeps. */
static void question(const journey_zone *zone) {
  for (int i = 0; i < 60; i++) {
    int64_t time = test_any_int64(), back;
    int64_t second = time / SECOND;
    jn_time_span span = jn_time_zone_span(zone, second);
    quick_assert(span.from <= second && second < span.until);
    quick_assert(abs(span.offset) <= JN_TIME_OFFSET_MAX);
    quick_assert(journey_zone_offset(zone, second * SECOND) == span.offset);
    int64_t utc = jn_time_zone_to_utc(zone, second);
    quick_assert(utc >= second - JN_TIME_OFFSET_MAX && utc <= second + JN_TIME_OFFSET_MAX);
    char text[JOURNEY_TIME_SIZE];
    jn_time_format(time, zone, text);
    quick_assert(journey_time_parse(text, strlen(text), NULL, &back, NULL) == JOURNEY_OK && back == time);
    for (int32_t unit = 0; unit < JN_TIME_UNITS; unit++) {
      jn_time_calendar calendar;
      jn_time_calendar_init(&calendar, zone, unit);
      jn_time_period(&calendar, time);
      quick_assert(calendar.from <= time && time <= calendar.until);
      quick_assert(jn_time_period_start(&calendar, calendar.index) == calendar.from);
    }
  }
}

static journey_status try(journey_context *context, const unsigned char *bytes, size_t n) {
  unsigned char *exact = malloc(n ? n : 1); /* a sanitizer sees each read past the end */
  journey_zone *zone = NULL;
  journey_error err = {0};
  memcpy(exact, bytes, n);
  journey_status status = jn_time_zone_from_tzif(context, "test", 4, exact, n, &zone, &err);
  free(exact);
  if (status == JOURNEY_OK) question(zone);
  else quick_assert(zone == NULL && err.code == status && *err.message);
  journey_zone_free(zone);
  return status;
}

/* Berlin in short: local mean time, a zone, summers of 2023, and the rule. */
static const test_tzif berlin = {
    .version = 2,
    .times = 3,
    .types = 3,
    .at = {-2422054408, 1679792400, 1698541200},
    .type = {1, 2, 1},
    .offset = {3208, 3600, 7200},
    .footer = "CET-1CEST,M3.5.0,M10.5.0/3",
};

START_TEST(a_file_made_to_order) {
  journey_context *context = test_context();
  journey_status status;
  journey_zone *zone = test_tzif_zone(context, &berlin, &status);
  ck_assert_int_eq(status, JOURNEY_OK);
  ck_assert_int_eq(journey_zone_offset(zone, INT64_MIN), 3208);
  ck_assert_int_eq(journey_zone_offset(zone, 0), 3600);
  ck_assert_int_eq(journey_zone_offset(zone, 1679792400 * SECOND), 7200);
  ck_assert_int_eq(journey_zone_offset(zone, 1679792400 * SECOND - 1), 3600);
  ck_assert_int_eq(journey_zone_offset(zone, 1720000000 * SECOND), 7200);
  journey_zone_free(zone);
  test_tzif first = berlin;
  first.version = 1;
  first.at[0] = -2000000000;
  zone = test_tzif_zone(context, &first, &status);
  ck_assert_int_eq(status, JOURNEY_OK);
  ck_assert_int_eq(journey_zone_offset(zone, INT64_MIN), 3208);
  ck_assert_int_eq(journey_zone_offset(zone, 1679792400 * SECOND), 7200);
  ck_assert_int_eq(journey_zone_offset(zone, 1720000000 * SECOND), 3600); /* version 1 has no rule */
  journey_zone_free(zone);
  journey_context_free(context);
}
END_TEST

START_TEST(every_prefix_is_refused) {
  journey_context *context = test_context();
  unsigned char bytes[2048];
  size_t size = test_tzif_write(&berlin, bytes);
  for (size_t n = 0; n < size; n++) ck_assert_int_eq(try(context, bytes, n), JOURNEY_EPARSE);
  ck_assert_int_eq(try(context, bytes, size), JOURNEY_OK);
  journey_context_free(context);
}
END_TEST

/* Each byte of a file turned into each other; then many at once. */
static void flip(const unsigned char *bytes, size_t size, int rounds) {
  journey_context *context = test_context();
  unsigned char *copy = malloc(size);
  static const unsigned char others[] = {0, 1, 2, 0x7f, 0x80, 0xff, '\n', '9'};
  for (size_t i = 0; i < size; i++) {
    for (size_t k = 0; k < sizeof others; k++) {
      memcpy(copy, bytes, size);
      copy[i] = others[k];
      try(context, copy, size);
    }
  }
  for (int i = 0; i < rounds; i++) {
    memcpy(copy, bytes, size);
    for (int64_t k = test_between(1, 6); k > 0; k--)
      copy[test_between(0, (int64_t)size - 1)] ^= (unsigned char)(1 << test_between(0, 7));
    try(context, copy, size);
  }
  free(copy);
  journey_context_free(context);
}

START_TEST(flipped_bytes) {
  unsigned char bytes[2048];
  flip(bytes, test_tzif_write(&berlin, bytes), 3000);
}
END_TEST

START_TEST(flipped_bytes_of_real_files) {
  static const char *const names[] = {"Europe/Berlin", "Africa/Casablanca"};
  if (!test_have_zones()) return;
  char path[100];
  unsigned char bytes[8192];
  snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", names[_i]);
  FILE *file = fopen(path, "rb");
  ck_assert_ptr_nonnull(file);
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  journey_context *context = test_context();
  for (size_t n = 0; n < size; n += 1 + n / 50) ck_assert_int_eq(try(context, bytes, n), JOURNEY_EPARSE);
  journey_context_free(context);
  flip(bytes, size < 600 ? size : 600, 0); /* cut off as well, most of them */
  for (int i = 0; i < 300; i++) {
    context = test_context();
    bytes[test_between(0, (int64_t)size - 1)] ^= (unsigned char)(1 << test_between(0, 7));
    try(context, bytes, size);
    journey_context_free(context);
  }
}
END_TEST

/* ---- what a file may not say ------------------------------------------------------------------------------------ */

static void expect(const test_tzif *file, size_t at, unsigned char byte, journey_status expected) {
  journey_context *context = test_context();
  unsigned char bytes[2048];
  size_t n = test_tzif_write(file, bytes);
  if (at) bytes[at] = byte;
  ck_assert_int_eq(try(context, bytes, n), expected);
  journey_context_free(context);
}

static size_t second_part(void) {
  test_tzif first = berlin;
  unsigned char bytes[2048];
  first.version = 1;
  return test_tzif_write(&first, bytes);
}

START_TEST(bad_values_are_refused) {
  size_t header = second_part(), data = header + 44;
  test_tzif file = berlin;
  expect(&file, 0, 0, JOURNEY_OK);
  expect(&file, 1, 'z', JOURNEY_EPARSE);            /* TZif */
  expect(&file, header + 1, 'z', JOURNEY_EPARSE);   /* TZif */
  expect(&file, header + 31, 1, JOURNEY_EPARSE);    /* a leap second that is not there */
  expect(&file, header + 28, 0x80, JOURNEY_EPARSE); /* 2^31 of them */
  expect(&file, data + 3 * 8, 3, JOURNEY_EPARSE);   /* type of a change */
  expect(&file, data + 3 * 9, 0x7f, JOURNEY_EPARSE); /* an offset of 68 years */
  file.at[1] = file.at[0];
  expect(&file, 0, 0, JOURNEY_EPARSE); /* order */
  file = berlin;
  file.types = 0, file.times = 0;
  expect(&file, 0, 0, JOURNEY_EPARSE);
  file = berlin;
  file.offset[1] = JN_TIME_OFFSET_MAX;
  expect(&file, 0, 0, JOURNEY_EPARSE);
  file.offset[1] = -JN_TIME_OFFSET_MAX;
  expect(&file, 0, 0, JOURNEY_EPARSE);
  file.offset[1] = 1 - JN_TIME_OFFSET_MAX;
  expect(&file, 0, 0, JOURNEY_OK);
  file.footer = "nonsense";
  expect(&file, 0, 0, JOURNEY_EPARSE);
}
END_TEST

START_TEST(leap_seconds_are_unsupported) {
  journey_context *context = test_context();
  unsigned char bytes[2048];
  journey_zone *zone = NULL;
  test_tzif file = {.version = 1, .types = 1};
  size_t n = test_tzif_write(&file, bytes);
  bytes[31] = 1; /* one leap second, 8 bytes */
  memset(bytes + n, 0, 8);
  ck_assert_int_eq(jn_time_zone_from_tzif(context, "right", 5, bytes, n + 8, &zone, NULL), JOURNEY_EUNSUPPORTED);
  journey_context_free(context);
}
END_TEST

START_TEST(large_files_are_refused) {
  journey_context *context = test_context();
  unsigned char *bytes = calloc(70000, 1);
  test_tzif_write(&berlin, bytes);
  ck_assert_int_eq(try(context, bytes, 70000), JOURNEY_EPARSE);
  ck_assert_int_eq(try(context, bytes, 65536), JOURNEY_OK); /* bytes after the footer are nobody's */
  free(bytes);
  journey_context_free(context);
}
END_TEST

START_TEST(changes_at_the_ends_of_time_and_every_second) {
  test_tzif file = {.version = 2, .times = 64, .types = 8, .footer = ""};
  for (int i = 0; i < 8; i++) file.offset[i] = i % 2 ? 86399 - i * 20000 : i * 20000 - 86399;
  for (size_t i = 0; i < file.times; i++) file.at[i] = (int64_t)i, file.type[i] = (uint8_t)(i * 5 % 8);
  expect(&file, 0, 0, JOURNEY_OK);
  file.at[0] = INT64_MIN, file.at[1] = INT64_MIN + 1, file.at[62] = INT64_MAX - 1, file.at[63] = INT64_MAX;
  expect(&file, 0, 0, JOURNEY_OK);
  file.footer = "AAA-22BBB-23,J1/167,J365/-167";
  expect(&file, 0, 0, JOURNEY_OK);
  file.at[62] = 9000000000000, file.at[63] = 9000000000001;
  expect(&file, 0, 0, JOURNEY_OK);
  file.times = 1, file.at[0] = INT64_MIN;
  expect(&file, 0, 0, JOURNEY_OK);
}
END_TEST

static journey_status make(journey_context *context, void *file) {
  journey_status status;
  journey_zone_free(test_tzif_zone(context, file, &status));
  return status;
}

START_TEST(out_of_memory) {
  test_tzif file = berlin;
  alloc_loop(make, &file);
}
END_TEST

Suite *tzif_suite(void) {
  Suite *suite = suite_create("tzif");
  TCase *tcase = tcase_create("tzif");
  tcase_set_timeout(tcase, 300);
  tcase_add_test(tcase, a_file_made_to_order);
  tcase_add_test(tcase, every_prefix_is_refused);
  tcase_add_test(tcase, flipped_bytes);
  tcase_add_loop_test(tcase, flipped_bytes_of_real_files, 0, 2);
  tcase_add_test(tcase, bad_values_are_refused);
  tcase_add_test(tcase, leap_seconds_are_unsupported);
  tcase_add_test(tcase, large_files_are_refused);
  tcase_add_test(tcase, changes_at_the_ends_of_time_and_every_second);
  tcase_add_test(tcase, out_of_memory);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(tzif_suite()); }
