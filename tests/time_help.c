/* For the suites of the room `time`: random numbers, and dates by counting days one by one. */
#include "time_help.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"

static uint64_t state = 20240131;

uint64_t test_random(void) {
  uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

int64_t test_between(int64_t least, int64_t most) {
  uint64_t range = (uint64_t)most - (uint64_t)least + 1;
  return (int64_t)((uint64_t)least + (range ? test_random() % range : test_random()));
}

int64_t test_any_int64(void) {
  int bits = (int)test_between(0, 63);
  int64_t x = (int64_t)(test_random() >> (63 - bits) >> 1);
  return test_random() % 2 ? x : -x - 1;
}

void test_tomorrow(test_date *d) {
  static const int length[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int leap = (d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;
  int last = d->month == 2 && leap ? 29 : length[d->month];
  d->day++;
  d->weekday = (d->weekday + 1) % 7;
  if (++d->of_month <= last) return;
  d->of_month = 1;
  if (++d->month <= 12) return;
  d->month = 1;
  d->year++;
}

enum { YEARS = 10000, DAYS = 3652425 };
static const int64_t first_day = -719528; /* 0000-01-01, a Saturday */
static test_date *table;
static int64_t year_index[YEARS];

void test_dates_init(void) {
  if (table) return;
  test_date date = {.day = first_day, .year = 0, .month = 1, .of_month = 1, .weekday = 5};
  table = calloc(DAYS, sizeof *table);
  if (!table) abort();
  for (int64_t i = 0; i < DAYS; i++, test_tomorrow(&date)) {
    table[i] = date;
    if (date.month == 1 && date.of_month == 1) year_index[date.year] = i;
  }
}

test_date test_date_of(int64_t day) {
  test_dates_init();
  quick_assert(day >= first_day && day < first_day + DAYS);
  return table[day - first_day];
}

int64_t test_day_of(int32_t year, int32_t month, int32_t of_month) {
  test_dates_init();
  const test_date *date = &table[year_index[year]];
  while (date->month != month || date->of_month != of_month) date++;
  quick_assert(date->year == year);
  return date->day;
}

journey_context *test_context(void) {
  journey_context *context;
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  return context;
}

journey_zone *test_zone(journey_context *context, const char *name) {
  journey_zone *zone;
  journey_error err = {0};
  journey_status status = journey_zone_new(context, name, strlen(name), &zone, &err);
  ck_assert_msg(status == JOURNEY_OK, "%s", err.message);
  return zone;
}

int test_have_zones(void) {
  if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0) return 1;
  check_skip("no time zone files (package tzdata)");
  return 0;
}
