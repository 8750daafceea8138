/* For the suites of the room `time`: random numbers, and dates by counting days one by one. */
#ifndef TIME_HELP_H
#define TIME_HELP_H

#include <stdint.h>

#include "journey/time.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

/* For millions of them: ck_assert and ck_assert_msg write to a file each time. */
#define quick_assert(x) quick_assert_msg(x, "%s", #x)
#define quick_assert_msg(x, ...) ((x) ? (void)0 : ck_abort_msg(__VA_ARGS__))

/* Repeats itself in every run (splitmix64). */
uint64_t test_random(void);
/* From least to most, both included. */
int64_t test_between(int64_t least, int64_t most);
/* Of all sizes: as many small ones as large ones. */
int64_t test_any_int64(void);

typedef struct test_date {
  int64_t day; /* since 1970-01-01 */
  int32_t year, month, of_month, weekday; /* Monday is 0 */
} test_date;

/* The next day, by the rules a child knows. */
void test_tomorrow(test_date *date);
/* Looked up in a table that test_tomorrow has filled: years 0 to 9999. Made before tests fork, they share it. */
void test_dates_init(void);
test_date test_date_of(int64_t day);
int64_t test_day_of(int32_t year, int32_t month, int32_t of_month);

/* A context with the system's memory; and a zone that must be there. */
journey_context *test_context(void);
journey_zone *test_zone(journey_context *context, const char *name);
/* Whether the system has time zone files; if not, says that the test is skipped. */
int test_have_zones(void);

#endif
