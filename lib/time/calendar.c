/* Calendars: the periods of a unit in a zone. */
#include <stdio.h>

#include "time/internal.h"

/* Numbers of periods are held within this, so that no sum on the way can wrap; times reach to hour 2.6 * 10^9. */
#define INDEX_MAX INT64_C(4000000000)

static const char names[JN_TIME_UNITS][8] = {"hour", "day", "week", "month", "quarter", "year"};

int32_t jn_time_unit(const char *s, size_t n) {
  for (int32_t i = 0; i < JN_TIME_UNITS; i++)
    if (strlen(names[i]) == n && memcmp(names[i], s, n) == 0) return i;
  return -1;
}

const char *jn_time_unit_name(int32_t unit) { return names[unit]; }

/* ---- periods of the local clock --------------------------------------------------------------------------------- */

/* Hours go by the minutes of the offset only: they are not stopped by clocks that change by whole hours. */
static int64_t shift_of(int32_t unit, const jn_time_span *span) {
  return unit == JN_TIME_HOUR ? span->offset - jn_time_floor(span->offset, 3600) * 3600 : span->offset;
}

/* Units are so many seconds, or so many months. */
static const int32_t seconds_of[JN_TIME_UNITS] = {3600, JN_DAY, 7 * JN_DAY};
static const int32_t months_of[JN_TIME_UNITS] = {[JN_TIME_MONTH] = 1, [JN_TIME_QUARTER] = 3, [JN_TIME_YEAR] = 12};
/* Period 0 of weeks starts on Monday, 1969-12-29. */
static const int32_t origin_of[JN_TIME_UNITS] = {[JN_TIME_WEEK] = -3 * JN_DAY};

static int64_t first_of_month(int64_t months) {
  int64_t years = jn_time_floor(months, 12);
  return jn_time_days(1970 + years, (int32_t)(months - years * 12) + 1, 1);
}

/* Second of the local clock at which a period starts. */
static int64_t local_start(int32_t unit, int64_t index) {
  if (seconds_of[unit]) return index * seconds_of[unit] + origin_of[unit];
  return first_of_month(index * months_of[unit]) * JN_DAY;
}

typedef struct period {
  int64_t index, from, until; /* seconds of the local clock */
} period;

static period period_of_months(int32_t size, int64_t day) {
  jn_time_date date = jn_time_date_of(day);
  int32_t first = date.month - (date.month - 1) % size, next = first + size;
  int64_t until = next > 12 ? jn_time_days(date.year + 1, 1, 1) : jn_time_days(date.year, next, 1);
  return (period){
      .index = ((date.year - 1970) * 12 + first - 1) / size, /* exact */
      .from = jn_time_days(date.year, first, 1) * JN_DAY,
      .until = until * JN_DAY,
  };
}

static period period_of(int32_t unit, int64_t local) {
  int32_t size = seconds_of[unit], origin = origin_of[unit];
  if (!size) return period_of_months(months_of[unit], jn_time_floor(local, JN_DAY));
  int64_t index = jn_time_floor(local - origin, size), from = index * size + origin;
  return (period){index, from, from + size};
}

/* ---- periods of time -------------------------------------------------------------------------------------------- */

/* First second at which the clock shows `local` or later. */
static int64_t first_second(const jn_time_calendar *calendar, int64_t local) {
  jn_time_span span = jn_time_zone_span(calendar->zone, local - JN_TIME_OFFSET_MAX);
  for (;;) {
    int64_t second = local - shift_of(calendar->unit, &span);
    if (second < span.from) second = span.from;
    if (second < span.until || span.until >= JN_TIME_SECOND_MAX) return second;
    span = jn_time_zone_span(calendar->zone, span.until);
  }
}

static int64_t clamp(int64_t second, int64_t micros) {
  int64_t time;
  if (jn_time_of_second(second, micros, &time)) return time;
  return second < 0 ? INT64_MIN : INT64_MAX;
}

static void set(jn_time_calendar *calendar, int64_t index, int64_t from, int64_t until) {
  calendar->index = index;
  calendar->from = clamp(from, 0);
  calendar->until = clamp(until, 0);
}

void jn_time_calendar_init(jn_time_calendar *calendar, const journey_zone *zone, int32_t unit) {
  *calendar = (jn_time_calendar){.zone = zone, .unit = unit, .span = jn_time_zone_span(zone, 0)};
  jn_time_calendar_seek(calendar, 0);
}

void jn_time_calendar_seek(jn_time_calendar *calendar, int64_t time) {
  int64_t second = jn_time_second(time);
  if (second < calendar->span.from || second >= calendar->span.until)
    calendar->span = jn_time_zone_span(calendar->zone, second);
  const jn_time_span *span = &calendar->span;
  int64_t shift = shift_of(calendar->unit, span);
  period p = period_of(calendar->unit, second + shift);
  /* Far enough from changes of the offset no other clock reading comes in. */
  if (p.from - shift >= span->from + 2 * JN_TIME_OFFSET_MAX && p.until - shift < span->until) {
    set(calendar, p.index, p.from - shift, p.until - shift);
    return;
  }
  int64_t from = first_second(calendar, p.from), until = first_second(calendar, p.until);
  while (until <= second) { /* the clock went back over the start of a period, which has begun nevertheless */
    p.index++;
    from = until;
    until = first_second(calendar, local_start(calendar->unit, p.index + 1));
  }
  set(calendar, p.index, from, until);
}

static int64_t hold(int64_t index) {
  if (index > INDEX_MAX) return INDEX_MAX;
  return index < -INDEX_MAX ? -INDEX_MAX : index;
}

int64_t jn_time_period_start(const jn_time_calendar *calendar, int64_t index) {
  return clamp(first_second(calendar, local_start(calendar->unit, hold(index))), 0);
}

/* ---- adding ----------------------------------------------------------------------------------------------------- */

static int64_t add_months(int64_t day, int64_t n) {
  jn_time_date date = jn_time_date_of(day);
  int64_t months = (date.year - 1970) * 12 + date.month - 1 + n, first = first_of_month(months);
  int64_t days = first_of_month(months + 1) - first;
  return first + (date.day < days ? date.day : days) - 1;
}

int64_t jn_time_add(const jn_time_calendar *calendar, int64_t time, int64_t n) {
  int32_t unit = calendar->unit;
  int64_t second = jn_time_second(time), micros = jn_time_micros(time);
  n = hold(n);
  if (n == 0) return time;
  if (unit == JN_TIME_HOUR) {
    second += n * 3600;
  } else {
    int64_t local = second + jn_time_zone_span(calendar->zone, second).offset;
    int64_t day = jn_time_floor(local, JN_DAY), of_day = local - day * JN_DAY;
    day = months_of[unit] ? add_months(day, n * months_of[unit]) : day + n * (seconds_of[unit] / JN_DAY);
    second = jn_time_zone_to_utc(calendar->zone, day * JN_DAY + of_day);
  }
  return clamp(second, micros);
}

/* ---- labels ----------------------------------------------------------------------------------------------------- */

/* The week is of the year that its Thursday is in. */
static char *put_week(char *p, int64_t monday) {
  int64_t thursday = monday + 3, year = jn_time_date_of(thursday).year;
  p = jn_time_put_year(p, year);
  *p++ = '-';
  *p++ = 'W';
  return jn_time_put_two(p, (thursday - jn_time_days(year, 1, 1)) / 7 + 1);
}

static char *put_hour(char *p, const jn_time_calendar *calendar, int64_t index) {
  int64_t second = first_second(calendar, local_start(JN_TIME_HOUR, index));
  int32_t offset = jn_time_zone_span(calendar->zone, second).offset;
  int64_t local = second + offset, day = jn_time_floor(local, JN_DAY);
  p = jn_time_put_date(p, day);
  *p++ = 'T';
  p = jn_time_put_minutes(p, local - day * JN_DAY);
  return jn_time_put_offset(p, calendar->zone, offset);
}

size_t jn_time_period_label(const jn_time_calendar *calendar, int64_t index, char out[JN_TIME_LABEL_SIZE]) {
  char *p = out;
  index = hold(index);
  int64_t day = local_start(calendar->unit, index) / JN_DAY; /* exact but for hours, which do not use it */
  int64_t year = 1970 + jn_time_floor(index, calendar->unit == JN_TIME_MONTH ? 12 : 4);
  switch (calendar->unit) {
  case JN_TIME_HOUR: p = put_hour(p, calendar, index); break;
  case JN_TIME_DAY: p = jn_time_put_date(p, day); break;
  case JN_TIME_WEEK: p = put_week(p, day); break;
  case JN_TIME_MONTH:
    p = jn_time_put_year(p, year);
    *p++ = '-';
    p = jn_time_put_two(p, index - (year - 1970) * 12 + 1);
    break;
  case JN_TIME_QUARTER:
    p = jn_time_put_year(p, year);
    *p++ = '-';
    *p++ = 'Q';
    *p++ = (char)('1' + index - (year - 1970) * 4);
    break;
  default: p = jn_time_put_year(p, 1970 + index);
  }
  *p = '\0';
  return (size_t)(p - out);
}
