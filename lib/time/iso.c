/* Reads dates and times in the forms of ISO 8601, with care: this has the last word on what is refused, and why. */
#include "time/internal.h"

bool jn_time_fail(jn_time_reader *r, size_t at, const char *why) {
  r->at = at;
  r->why = why;
  return false;
}

size_t jn_time_count_digits(const jn_time_reader *r, size_t at) {
  size_t end = at;
  while (end < r->n && jn_time_is_digit(r->s[end])) end++;
  return end - at;
}

static bool is_at(const jn_time_reader *r, char c) { return r->at < r->n && r->s[r->at] == c; }

static bool take(jn_time_reader *r, char c) {
  bool there = is_at(r, c);
  r->at += there;
  return there;
}

/* n digits, from `least` to `most`. */
static bool read_digits(jn_time_reader *r, size_t n, int32_t least, int32_t most, int32_t *out, const char *why) {
  size_t start = r->at;
  if (jn_time_count_digits(r, start) < n) return jn_time_fail(r, start, why);
  for (*out = 0; r->at < start + n; r->at++) *out = *out * 10 + (r->s[r->at] - '0');
  return (*out >= least && *out <= most) || jn_time_fail(r, start, why);
}

/* [+-]YYYYYY-MM-DD, YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD. */
static bool read_date(jn_time_reader *r, int64_t *day) {
  static const char *const form = "a date is written 2024-01-31, 2024/01/31 or 20240131";
  bool negative = is_at(r, '-'), sign = take(r, '-') || take(r, '+');
  int32_t year, month, of_month;
  if (!read_digits(r, sign ? 6 : 4, 0, 999999, &year, form)) return false;
  if (negative && year == 0) return jn_time_fail(r, 0, "the year 0 has no sign -");
  char separator = is_at(r, '-') || sign ? '-' : is_at(r, '/') ? '/' : '\0';
  if (separator && !take(r, separator)) return jn_time_fail(r, r->at, form);
  if (!read_digits(r, 2, 1, 12, &month, "the month is not 01 to 12")) return false;
  if (separator && !take(r, separator)) return jn_time_fail(r, r->at, form);
  size_t start = r->at;
  if (!read_digits(r, 2, 1, 31, &of_month, "the day is not 01 to 31")) return false;
  if (negative) year = -year;
  if (of_month > jn_time_month_days(year, month)) return jn_time_fail(r, start, "the month has no such day");
  *day = jn_time_days(year, month, of_month);
  return true;
}

typedef struct clock {
  int32_t hour, minute, second;
  int64_t micros;
} clock;

/* HH:MM[:SS] or HHMM[SS], the seconds perhaps with a fraction. */
static bool read_clock(jn_time_reader *r, clock *c) {
  size_t start = r->at;
  *c = (clock){0};
  if (!read_digits(r, 2, 0, 24, &c->hour, "the hour is not 00 to 24")) return false;
  bool colon = take(r, ':');
  if (!read_digits(r, 2, 0, 59, &c->minute, "the minute is not 00 to 59")) return false;
  if (colon ? take(r, ':') : jn_time_count_digits(r, r->at) > 0) {
    if (!read_digits(r, 2, 0, 60, &c->second, "the second is not 00 to 59")) return false;
    if ((is_at(r, '.') || is_at(r, ',')) && !jn_time_read_fraction(r, &c->micros)) return false;
  }
  bool late = c->hour == 24 && (c->minute > 0 || c->second > 0 || c->micros > 0);
  return !late || jn_time_fail(r, start, "the only time in hour 24 is 24:00:00");
}

bool jn_time_read_fraction(jn_time_reader *r, int64_t *micros) {
  size_t start = ++r->at;
  int64_t scale = JN_MICROS / 10;
  for (*micros = 0; r->at < r->n && jn_time_is_digit(r->s[r->at]); r->at++, scale /= 10)
    *micros += (r->s[r->at] - '0') * scale;
  return (r->at > start && r->at - start <= 9) || jn_time_fail(r, start, "a fraction has 1 to 9 digits");
}

/* [+-]HH, HHMM, HH:MM or HH:MM:SS. */
static bool read_numeric_offset(jn_time_reader *r, int32_t *offset) {
  int32_t hour, minute = 0, second = 0;
  bool west = is_at(r, '-');
  r->at++;
  if (!read_digits(r, 2, 0, 23, &hour, "the hour of the offset is not 00 to 23")) return false;
  bool colon = take(r, ':');
  if ((colon || r->at < r->n) && !read_digits(r, 2, 0, 59, &minute, "the minute of the offset is not 00 to 59"))
    return false;
  if (colon && take(r, ':') && !read_digits(r, 2, 0, 59, &second, "the second of the offset is not 00 to 59"))
    return false;
  *offset = hour * 3600 + minute * 60 + second;
  if (west) *offset = -*offset;
  return r->at == r->n || jn_time_fail(r, r->at, "there is more after the offset");
}

bool jn_time_read_offset(jn_time_reader *r, int32_t *offset) {
  size_t start = r->at;
  take(r, ' ');
  size_t left = r->n - r->at;
  *offset = 0;
  if (left == 1 && (is_at(r, 'Z') || is_at(r, 'z'))) return true;
  if (left == 3 && memcmp(r->s + r->at, "UTC", 3) == 0) return true;
  if (is_at(r, '+') || is_at(r, '-')) return read_numeric_offset(r, offset);
  return jn_time_fail(r, start, "after the time there may only be an offset: Z, UTC, +02, +0200 or +02:00");
}

bool jn_time_read_iso(jn_time_reader *r, const journey_zone *zone, int64_t *out) {
  int64_t day;
  int32_t offset;
  clock c = {0};
  bool unbroken = r->n >= 14 && jn_time_count_digits(r, 0) == 14; /* YYYYMMDDHHMMSS */
  if (!read_date(r, &day)) return false;
  if (r->at < r->n) {
    if (!unbroken && !take(r, 'T') && !take(r, 't') && !take(r, ' '))
      return jn_time_fail(r, r->at, "after the date there may only be T or a space, and a time");
    if (!read_clock(r, &c)) return false;
  }
  int64_t second = day * JN_DAY + c.hour * 3600 + c.minute * 60 + c.second;
  bool local = r->at == r->n;
  if (!local && !jn_time_read_offset(r, &offset)) return false;
  second = local ? jn_time_zone_to_utc(zone, second) : second - offset;
  if (c.second == 60) c.micros = 0;
  if (c.second == 60 && second % JN_DAY)
    return jn_time_fail(r, 0, "second 60 is only that of a leap second, 23:59:60 UTC");
  return jn_time_of_second(second, c.micros, out) || jn_time_fail(r, 0, "it does not fit into 64 bits of microseconds");
}
