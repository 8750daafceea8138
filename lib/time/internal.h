/* What the files of the room `time` share. */
#ifndef JN_TIME_INTERNAL_H
#define JN_TIME_INTERNAL_H

#include <string.h>

#include "time/time.h"

#define JN_MICROS INT64_C(1000000) /* in a second */
#define JN_DAY 86400               /* in seconds */
#define JN_DAYS_OF_CYCLE 146097    /* of 400 years, after which the calendar repeats, weekdays too */

/* Spans of constant offset: span i is [at[i], at[i + 1]), the first without beginning, the last without end. Where a
 * rule goes on for ever, the table covers a little more than 400 years of it, and later times are looked up whole
 * multiples of 400 years earlier, from cycle_until down to below it. */
struct journey_zone {
  journey_context *context;
  atomic_int references;
  size_t count, capacity;
  int64_t *at;         /* seconds of UTC */
  int32_t *offset;     /* seconds */
  int64_t cycle_until; /* INT64_MAX: no cycle */
  size_t name_length;
  char *name;
};

/* An empty zone with room for that many spans. */
journey_status jn_time_zone_make(journey_context *context, const char *name, size_t n, size_t spans, journey_zone **out,
                                 journey_error *err);
/* Lets the offset be `offset` from `at` on. A time not after the last one replaces that; no change is no span. */
void jn_time_zone_push(journey_zone *zone, int64_t at, int32_t offset);

/* A POSIX TZ rule, the footer of TZif files: standard time and, if has_dst, when daylight saving starts and ends. */
typedef struct jn_time_rule_date {
  char form; /* 'M': month, week (5: last), weekday; 'J': day 1 to 365, never 29 February; 'n': day 0 to 365 */
  int32_t month, week, day;
  int32_t time; /* seconds of local time after that day's midnight */
} jn_time_rule_date;
typedef struct jn_time_rule {
  int32_t standard, daylight; /* seconds east of UTC */
  bool has_dst;
  jn_time_rule_date start, end; /* of daylight saving */
} jn_time_rule;

bool jn_time_rule_parse(const char *s, size_t n, jn_time_rule *out);
/* The two changes of a year in order of time: instants, and offsets from then on. */
void jn_time_rule_year(const jn_time_rule *rule, int64_t year, int64_t at[2], int32_t offset[2]);

/* Text that is read: where, and why it is refused. */
typedef struct jn_time_reader {
  const char *s;
  size_t at, n;
  const char *why;
} jn_time_reader;

/* Each reads from `at` on; false sets `why`. Fraction: 1 to 9 digits, from the point or comma at `at`. Offset: up to
 * the end. ISO and number (of the kind JN_TIME_AUTO or S to NS) read the whole text. */
bool jn_time_fail(jn_time_reader *r, size_t at, const char *why);
size_t jn_time_count_digits(const jn_time_reader *r, size_t at);
bool jn_time_read_fraction(jn_time_reader *r, int64_t *micros);
bool jn_time_read_offset(jn_time_reader *r, int32_t *offset);
bool jn_time_read_iso(jn_time_reader *r, const journey_zone *zone, int64_t *out);
bool jn_time_read_number(jn_time_reader *r, int32_t kind, int64_t *out);

/* Text, written without NUL; each returns where the next goes. Year: four digits, else a sign and at least six.
 * Minutes: hh:mm. Offset: Z for UTC, +hh:mm, or +hh:mm:ss where it must. */
char *jn_time_put_two(char *p, int64_t x);
char *jn_time_put_year(char *p, int64_t year);
char *jn_time_put_date(char *p, int64_t days);
char *jn_time_put_minutes(char *p, int64_t second_of_day);
char *jn_time_put_offset(char *p, const journey_zone *zone, int32_t offset);

/* Quotient rounded down; b > 0. */
static inline int64_t jn_time_floor(int64_t a, int64_t b) { return a / b - (a % b < 0); }
/* Second that holds a time, and how far in that second it is. */
static inline int64_t jn_time_second(int64_t time) { return jn_time_floor(time, JN_MICROS); }
static inline int64_t jn_time_micros(int64_t time) {
  int64_t rest = time % JN_MICROS;
  return rest < 0 ? rest + JN_MICROS : rest;
}
/* And back; false when it does not fit. */
static inline bool jn_time_of_second(int64_t second, int64_t micros, int64_t *out) {
  if (second < 0) second++, micros -= JN_MICROS; /* INT64_MIN is within a second that starts before it */
  return jn_base_mul(second, JN_MICROS, out) && jn_base_add(*out, micros, out);
}
static inline bool jn_time_is_digit(char c) { return c >= '0' && c <= '9'; }

#endif
