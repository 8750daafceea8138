/* The POSIX TZ rule in the footer of a TZif file: which offset holds after the file's last change (RFC 9636, 3.3). */
#include "time/internal.h"

typedef struct reader {
  const char *s;
  size_t at, n;
} reader;

static char peek(const reader *r) { return r->at < r->n ? r->s[r->at] : '\0'; }

static bool take(reader *r, char c) {
  if (peek(r) != c || r->at >= r->n) return false;
  r->at++;
  return true;
}

static bool read_number(reader *r, int32_t most, int32_t *out) {
  if (!jn_time_is_digit(peek(r))) return false;
  for (*out = 0; jn_time_is_digit(peek(r)); r->at++) {
    *out = *out * 10 + (peek(r) - '0');
    if (*out > most) return false;
  }
  return true;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* An abbreviation, which nobody needs: at least three letters, or <...> with digits and signs too. */
static bool skip_name(reader *r) {
  bool quoted = take(r, '<');
  size_t start = r->at;
  while (is_letter(peek(r)) || (quoted && (jn_time_is_digit(peek(r)) || peek(r) == '+' || peek(r) == '-'))) r->at++;
  return r->at - start >= 3 && (!quoted || take(r, '>'));
}

/* [+-]hh[:mm[:ss]], hours up to `most`. */
static bool read_time(reader *r, int32_t most, int32_t *seconds) {
  int32_t hour, minute = 0, second = 0;
  bool negative = take(r, '-');
  if (!negative) take(r, '+');
  if (!read_number(r, most, &hour)) return false;
  if (take(r, ':')) {
    if (!read_number(r, 59, &minute)) return false;
    if (take(r, ':') && !read_number(r, 59, &second)) return false;
  }
  *seconds = hour * 3600 + minute * 60 + second;
  if (negative) *seconds = -*seconds;
  return true;
}

/* In a rule, offsets are positive to the west. */
static bool read_offset(reader *r, int32_t *east) {
  if (!read_time(r, 23, east)) return false;
  *east = -*east;
  return true;
}

static bool read_month_week_day(reader *r, jn_time_rule_date *date) {
  return read_number(r, 12, &date->month) && date->month >= 1 && take(r, '.') && read_number(r, 5, &date->week) &&
         date->week >= 1 && take(r, '.') && read_number(r, 6, &date->day);
}

static bool read_date(reader *r, jn_time_rule_date *date) {
  *date = (jn_time_rule_date){.form = 'n', .time = 2 * 3600};
  if (!take(r, ',')) return false;
  if (peek(r) == 'M' || peek(r) == 'J') date->form = r->s[r->at++];
  bool good = date->form == 'M' ? read_month_week_day(r, date) : read_number(r, 365, &date->day);
  if (!good || (date->form == 'J' && date->day == 0)) return false;
  return !take(r, '/') || read_time(r, 167, &date->time);
}

bool jn_time_rule_parse(const char *s, size_t n, jn_time_rule *out) {
  reader r = {s, 0, n};
  *out = (jn_time_rule){0};
  if (!skip_name(&r) || !read_offset(&r, &out->standard)) return false;
  out->daylight = out->standard;
  if (r.at == n) return true;
  out->has_dst = true;
  out->daylight = out->standard + 3600;
  if (!skip_name(&r) || (peek(&r) != ',' && !read_offset(&r, &out->daylight))) return false;
  return out->daylight < JN_TIME_OFFSET_MAX && read_date(&r, &out->start) && read_date(&r, &out->end) && r.at == n;
}

static int64_t month_week_day(const jn_time_rule_date *date, int64_t year) {
  int64_t first = jn_time_days(year, date->month, 1);
  int64_t weekday = first + 4 - jn_time_floor(first + 4, 7) * 7; /* 1970-01-01 was a Thursday; Sunday is 0 */
  int64_t day = (date->day - weekday + 7) % 7 + (date->week - 1) * 7;
  if (day >= jn_time_month_days(year, date->month)) day -= 7; /* week 5 is the last, even where it is the fourth */
  return first + day;
}

/* The change in seconds of local time. */
static int64_t local_change(const jn_time_rule_date *date, int64_t year) {
  int64_t day;
  if (date->form == 'M') {
    day = month_week_day(date, year);
  } else {
    bool after_leap_day = date->form == 'J' && date->day >= 60 && jn_time_month_days(year, 2) == 29;
    day = jn_time_days(year, 1, 1) + date->day - (date->form == 'J') + after_leap_day;
  }
  return day * JN_DAY + date->time;
}

void jn_time_rule_year(const jn_time_rule *rule, int64_t year, int64_t at[2], int32_t offset[2]) {
  int64_t start = local_change(&rule->start, year) - rule->standard;
  int64_t end = local_change(&rule->end, year) - rule->daylight;
  bool south = end < start; /* of the equator, summer lasts over the end of the year */
  at[south] = start, offset[south] = rule->daylight;
  at[!south] = end, offset[!south] = rule->standard;
}
