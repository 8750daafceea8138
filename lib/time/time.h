/* The door of the room `time`: instants, durations, time zones, calendars. Times are microseconds since 1970 UTC.
 * Wherever a zone is taken, NULL is UTC. */
#ifndef JN_TIME_H
#define JN_TIME_H

#include "base/base.h"
#include "journey/time.h"

/* ---- windows ---------------------------------------------------------------------------------------------------- */

/* The end of a window of `length` that starts at `start`, and the time from `from` to `to`; both held at the ends of
 * the range, so a window without end is INT64_MAX and nothing wraps. */
static inline int64_t jn_time_window_end(int64_t start, int64_t length) { return jn_base_add_clamped(start, length); }
static inline int64_t jn_time_between(int64_t from, int64_t to) {
  int64_t difference;
  if (!__builtin_sub_overflow(to, from, &difference)) return difference;
  return to > from ? INT64_MAX : INT64_MIN;
}

/* ---- civil dates ------------------------------------------------------------------------------------------------ */

typedef struct jn_time_date {
  int64_t year;
  int32_t month, day; /* from 1 */
} jn_time_date;

/* Days since 1970-01-01 of a valid date, and back. |year| up to 10^15. */
int64_t jn_time_days(int64_t year, int32_t month, int32_t day);
jn_time_date jn_time_date_of(int64_t days);
int32_t jn_time_month_days(int64_t year, int32_t month);

/* ---- zones ------------------------------------------------------------------------------------------------------ */

/* Every second whose microseconds fit int64_t is well within these. */
#define JN_TIME_SECOND_MIN INT64_C(-10000000000000)
#define JN_TIME_SECOND_MAX INT64_C(10000000000000)
/* Every offset from UTC is smaller, in seconds: files and rules that say otherwise are refused. */
#define JN_TIME_OFFSET_MAX 86400

/* Seconds [from, until) of UTC in which the offset does not change. Open ends are JN_TIME_SECOND_MIN and _MAX. */
typedef struct jn_time_span {
  int64_t from, until;
  int32_t offset; /* seconds east of UTC */
} jn_time_span;

journey_zone *jn_time_zone_ref(journey_zone *zone);
/* A zone from the bytes of a TZif file (RFC 9636), as journey_zone_new makes it from the file of that name. */
journey_status jn_time_zone_from_tzif(journey_context *context, const char *name, size_t name_length,
                                      const unsigned char *bytes, size_t n, journey_zone **out, journey_error *err);
/* The span that holds a second. Neighbouring spans may have the same offset. */
jn_time_span jn_time_zone_span(const journey_zone *zone, int64_t second);
/* Second of UTC at which the clocks show `local` (seconds since 1970 local time). A skipped local time moves forward
 * by what was skipped; of one that comes twice it is the first. */
int64_t jn_time_zone_to_utc(const journey_zone *zone, int64_t local);

/* ---- reading and writing ---------------------------------------------------------------------------------------- */

enum { JN_TIME_AUTO, JN_TIME_ISO, JN_TIME_S, JN_TIME_MS, JN_TIME_US, JN_TIME_NS };

/* Prepared once a column, then called for every field. It remembers the last date, so each thread needs its own; a
 * plain copy does. */
typedef struct jn_time_parser {
  const journey_zone *zone;
  int32_t kind;        /* JN_TIME_AUTO ... */
  bool steady;         /* no change of the zone's offset touches the remembered date */
  uint16_t last_chars; /* characters 8 and 9 of that date */
  uint64_t chars;      /* characters 0 to 7 */
  int64_t day;         /* its midnight as if it were UTC, in microseconds */
  int64_t utc_day;     /* its midnight in the zone; when steady */
  jn_time_span span;   /* the zone's last looked up */
} jn_time_parser;

/* The zone is borrowed and must outlive the parser. */
void jn_time_parser_init(jn_time_parser *parser, const journey_zone *zone, int32_t kind);
/* Formats as at journey_time_parse(); JN_TIME_ISO refuses numbers, the kinds S to NS refuse all but numbers (8 digits
 * are then no date). *out is written on success only. */
bool jn_time_parse(jn_time_parser *parser, const char *s, size_t n, int64_t *out);
/* Why jn_time_parse refused s, in a few words (the message) and at which offset: JOURNEY_EPARSE. JOURNEY_OK if it does not refuse. */
journey_status jn_time_parse_error(const jn_time_parser *parser, const char *s, size_t n, journey_error *err);

/* As journey_time_format; returns the length. */
size_t jn_time_format(int64_t time, const journey_zone *zone, char out[JOURNEY_TIME_SIZE]);
/* As journey_duration_format, without its checks. */
void jn_time_duration_short(int64_t duration, char out[JOURNEY_TIME_SIZE]);
void jn_time_duration_exact(int64_t duration, char out[JOURNEY_TIME_SIZE]);

/* ---- calendars -------------------------------------------------------------------------------------------------- */

enum { JN_TIME_HOUR, JN_TIME_DAY, JN_TIME_WEEK, JN_TIME_MONTH, JN_TIME_QUARTER, JN_TIME_YEAR, JN_TIME_UNITS };

/* JN_TIME_DAY for "day" and so on; -1 for what is no unit. And back. */
int32_t jn_time_unit(const char *s, size_t n);
const char *jn_time_unit_name(int32_t unit);

/* Time cut into the periods of one unit in one zone. A period starts at the first instant at which the clocks show its
 * start or later, and lasts until the next one starts: days of 23 or 25 hours, no gap, no overlap. Period numbers
 * count: days since 1970-01-01, weeks (from Monday) since that of 1970-01-01, months, quarters and years since 1970,
 * all on the local calendar, so a day that a zone skipped is a number without time in it. Hours are real hours: both
 * of an hour that comes twice have a number; where an offset changes by part of an hour, the hour of the change is
 * longer or shorter. It remembers the last period, so each thread needs its own; a plain copy does. */
typedef struct jn_time_calendar {
  const journey_zone *zone;
  int32_t unit;
  int64_t index, from, until; /* the last period and its microseconds [from, until) */
  jn_time_span span;          /* the zone's last looked up */
} jn_time_calendar;

/* The zone is borrowed and must outlive the calendar. */
void jn_time_calendar_init(jn_time_calendar *calendar, const journey_zone *zone, int32_t unit);
void jn_time_calendar_seek(jn_time_calendar *calendar, int64_t time); /* makes its period the last one */

/* Number of the period that holds a time; calendar->from and ->until are then its ends. Differences of numbers are
 * numbers of whole periods between the starts. */
static inline int64_t jn_time_period(jn_time_calendar *calendar, int64_t time) {
  if (time < calendar->from || time >= calendar->until) jn_time_calendar_seek(calendar, time);
  return calendar->index;
}
/* Start of the period that holds a time. */
static inline int64_t jn_time_start(jn_time_calendar *calendar, int64_t time) {
  jn_time_period(calendar, time);
  return calendar->from;
}
/* Start of the period of that number, held at the ends of the range. */
int64_t jn_time_period_start(const jn_time_calendar *calendar, int64_t index);
/* The time n units later (earlier for n < 0) by the local clock: same time of day, the day of the month held at the
 * month's last; hours are real hours. Held at the ends of the range. n = 0 is the time itself. */
int64_t jn_time_add(const jn_time_calendar *calendar, int64_t time, int64_t n);

/* Bytes of a label, its NUL included. */
#define JN_TIME_LABEL_SIZE 32
/* 2024-01-31T14:00+01:00, 2024-01-31, 2024-W05 (ISO 8601 week), 2024-01, 2024-Q1 or 2024. Returns the length. */
size_t jn_time_period_label(const jn_time_calendar *calendar, int64_t index, char out[JN_TIME_LABEL_SIZE]);

#endif
