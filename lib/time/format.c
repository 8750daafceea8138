/* Times as ISO 8601 text. */
#include <stdio.h>

#include "time/internal.h"

char *jn_time_put_two(char *p, int64_t x) {
  p[0] = (char)('0' + x / 10);
  p[1] = (char)('0' + x % 10);
  return p + 2;
}

static char *put_three(char *p, int64_t x) {
  p[0] = (char)('0' + x / 100);
  return jn_time_put_two(p + 1, x % 100);
}

char *jn_time_put_year(char *p, int64_t year) {
  if (year < 0 || year > 9999) return p + sprintf(p, "%+07lld", (long long)year);
  return jn_time_put_two(jn_time_put_two(p, year / 100), year % 100);
}

char *jn_time_put_date(char *p, int64_t days) {
  jn_time_date date = jn_time_date_of(days);
  p = jn_time_put_year(p, date.year);
  *p++ = '-';
  p = jn_time_put_two(p, date.month);
  *p++ = '-';
  return jn_time_put_two(p, date.day);
}

char *jn_time_put_minutes(char *p, int64_t second_of_day) {
  p = jn_time_put_two(p, second_of_day / 3600);
  *p++ = ':';
  return jn_time_put_two(p, second_of_day / 60 % 60);
}

static char *put_fraction(char *p, int64_t micros) {
  if (micros == 0) return p;
  *p++ = '.';
  p = put_three(p, micros / 1000);
  return micros % 1000 ? put_three(p, micros % 1000) : p;
}

char *jn_time_put_offset(char *p, const journey_zone *zone, int32_t offset) {
  bool utc = !zone || (zone->count == 1 && offset == 0);
  int32_t size = offset < 0 ? -offset : offset;
  *p++ = utc ? 'Z' : offset < 0 ? '-' : '+';
  if (utc) return p;
  p = jn_time_put_minutes(p, size);
  if (size % 60 == 0) return p;
  *p++ = ':'; /* local mean time, from before there were zones */
  return jn_time_put_two(p, size % 60);
}

size_t jn_time_format(int64_t time, const journey_zone *zone, char out[JOURNEY_TIME_SIZE]) {
  int64_t second = jn_time_second(time), micros = jn_time_micros(time);
  int32_t offset = zone ? jn_time_zone_span(zone, second).offset : 0;
  int64_t local = second + offset, day = jn_time_floor(local, JN_DAY);
  char *p = jn_time_put_date(out, day);
  *p++ = 'T';
  p = jn_time_put_minutes(p, local - day * JN_DAY);
  *p++ = ':';
  p = jn_time_put_two(p, (local - day * JN_DAY) % 60);
  p = put_fraction(p, micros);
  p = jn_time_put_offset(p, zone, offset);
  *p = '\0';
  return (size_t)(p - out);
}

size_t journey_time_size(void) { return JOURNEY_TIME_SIZE; }

journey_status journey_time_format(int64_t time, const journey_zone *zone, char *out, size_t size, journey_error *err) {
  if (size < JOURNEY_TIME_SIZE)
    return jn_base_fail(err, JOURNEY_EINVAL, "a time needs a buffer of %d bytes, not %zu", JOURNEY_TIME_SIZE, size);
  jn_time_format(time, zone, out);
  return JOURNEY_OK;
}
