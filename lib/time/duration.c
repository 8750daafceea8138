/* Durations as text: "1h30m". */
#include <stdio.h>

#include "time/internal.h"

typedef struct unit {
  char name[3];
  int64_t micros;
} unit;

static const unit units[] = {
    {"w", 7 * DAY * MICROS}, {"d", DAY * MICROS}, {"h", 3600 * MICROS}, {"m", 60 * MICROS},
    {"s", MICROS},           {"ms", 1000},        {"us", 1},
};
enum { UNITS = sizeof units / sizeof *units };

/* ---- reading ---------------------------------------------------------------------------------------------------- */

typedef struct reader {
  const char *s;
  size_t at, n;
  journey_error *err;
} reader;

static bool digit_at(const reader *r, size_t at) { return at < r->n && jn_time_is_digit(r->s[at]); }

static journey_status fail(const reader *r, journey_status status, size_t at, const char *why) {
  return jn_base_fail_at(r->err, status, 0, 0, (int64_t)at, "duration \"%s\": %s", jn_base_quote(r->s, r->n).text, why);
}

static journey_status read_whole(reader *r, int64_t *out) {
  size_t start = r->at;
  for (*out = 0; digit_at(r, r->at); r->at++)
    if (!jn_base_mul(*out, 10, out) || !jn_base_add(*out, r->s[r->at] - '0', out))
      return fail(r, JOURNEY_ELIMIT, start, "it does not fit into 64 bits of microseconds");
  if (r->at > start) return JOURNEY_OK;
  return fail(r, JOURNEY_EPARSE, start, "a number should be here, as in 30m or 1h30m");
}

/* .ddd as digits / scale; six digits times a week still fit. */
static journey_status read_fraction(reader *r, int64_t *digits, int64_t *scale) {
  *digits = 0, *scale = 1;
  if (r->at == r->n || r->s[r->at] != '.') return JOURNEY_OK;
  size_t start = ++r->at;
  for (; digit_at(r, r->at) && r->at - start < 6; r->at++) {
    *digits = *digits * 10 + r->s[r->at] - '0';
    *scale *= 10;
  }
  if (r->at > start && !digit_at(r, r->at)) return JOURNEY_OK;
  return fail(r, JOURNEY_EPARSE, start, "a fraction has 1 to 6 digits");
}

/* The unit that is spelled here and smaller than the one before. */
static journey_status read_unit(reader *r, int *last) {
  size_t start = r->at;
  while (r->at < r->n && !jn_time_is_digit(r->s[r->at]) && r->s[r->at] != ' ') r->at++;
  size_t n = r->at - start;
  if (n == 0) return fail(r, JOURNEY_EPARSE, start, "it has no unit; say us, ms, s, m, h, d or w (30m is half an hour)");
  for (int i = 0; i < UNITS; i++) {
    if (strlen(units[i].name) != n || memcmp(units[i].name, r->s + start, n) != 0) continue;
    if (i <= *last) return fail(r, JOURNEY_EPARSE, start, "units go from large to small, each once");
    *last = i;
    return JOURNEY_OK;
  }
  return fail(r, JOURNEY_EPARSE, start,
              "units are us, ms, s, m (minutes), h, d and w; months and years have no fixed length");
}

static journey_status read_part(reader *r, int *last, int64_t *sum) {
  size_t start = r->at;
  int64_t whole, digits, scale, micros;
  journey_status status = read_whole(r, &whole);
  if (status == JOURNEY_OK) status = read_fraction(r, &digits, &scale);
  if (status == JOURNEY_OK) status = read_unit(r, last);
  if (status != JOURNEY_OK) return status;
  int64_t fraction = digits * units[*last].micros;
  if (scale > 1 && r->at < r->n) return fail(r, JOURNEY_EPARSE, start, "only the last part may have a fraction");
  if (fraction % scale) return fail(r, JOURNEY_EPARSE, start, "it is finer than a microsecond");
  if (jn_base_mul(whole, units[*last].micros, &micros) && jn_base_add(micros, fraction / scale, &micros) &&
      jn_base_add(*sum, micros, sum))
    return JOURNEY_OK;
  return fail(r, JOURNEY_ELIMIT, start, "it does not fit into 64 bits of microseconds");
}

journey_status journey_duration_parse(const char *s, size_t n, int64_t *out, journey_error *err) {
  reader r = {s, 0, n, err};
  int last = -1;
  int64_t sum = 0;
  journey_status status = JOURNEY_OK;
  bool zero = n == 1 && s[0] == '0';
  if (n > 0 && s[0] == '-') return fail(&r, JOURNEY_EPARSE, 0, "it cannot be negative");
  while (!zero && status == JOURNEY_OK && (r.at < n || r.at == 0)) {
    if (r.at > 0 && s[r.at] == ' ') r.at++;
    status = read_part(&r, &last, &sum);
  }
  if (status == JOURNEY_OK) *out = sum;
  return status;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* The size as a number that holds that of INT64_MIN too. */
static uint64_t write_sign(int64_t duration, char **p) {
  if (duration < 0) *(*p)++ = '-';
  return duration < 0 ? -(uint64_t)duration : (uint64_t)duration;
}

void jn_time_duration_exact(int64_t duration, char out[JOURNEY_TIME_SIZE]) {
  char *p = out;
  uint64_t rest = write_sign(duration, &p);
  if (rest == 0) strcpy(out, "0s");
  for (int i = 1; i < UNITS && rest; i++) { /* no weeks: 10d says more than 1w3d */
    uint64_t size = (uint64_t)units[i].micros;
    if (rest >= size) p += sprintf(p, "%llu%s", (unsigned long long)(rest / size), units[i].name);
    rest %= size;
  }
}

/* A number of `whole` and `rest` / 1000 with the zeros at the end left out. */
static void write_decimal(char *p, uint64_t whole, uint64_t rest, const char *name) {
  p += sprintf(p, "%llu", (unsigned long long)whole);
  if (rest) {
    p += sprintf(p, ".%03u", (unsigned)rest);
    while (p[-1] == '0') p--;
  }
  strcpy(p, name);
}

/* Two units of which one is 0 are one. */
static void write_pair(char *p, uint64_t large, const char *large_name, uint64_t small, const char *small_name) {
  if (large) p += sprintf(p, "%llu%s", (unsigned long long)large, large_name);
  if (small) sprintf(p, "%s%llu%s", large ? " " : "", (unsigned long long)small, small_name);
}

void jn_time_duration_short(int64_t duration, char out[JOURNEY_TIME_SIZE]) {
  /* Below `limit`, round to `step`; a larger unit comes with a coarser step, about three digits in all. */
  static const struct {
    uint64_t limit, step;
  } steps[] = {
      {1000, 1}, {MICROS, 10}, {60 * MICROS, 10000}, {3600 * MICROS, MICROS}, {DAY * MICROS, 60 * MICROS},
  };
  char *p = out;
  uint64_t x = write_sign(duration, &p), hour = 3600 * (uint64_t)MICROS;
  uint64_t step = hour;
  for (int i = 4; i >= 0; i--)
    if (x < steps[i].limit) step = steps[i].step;
  x = (x + step / 2) / step * step;
  if (x == 0) strcpy(p, "0s");
  else if (x < 1000) sprintf(p, "%lluus", (unsigned long long)x);
  else if (x < MICROS) write_decimal(p, x / 1000, x % 1000, "ms");
  else if (x < 60 * MICROS) write_decimal(p, x / MICROS, x % MICROS / 1000, "s");
  else if (x < hour) write_pair(p, x / (60 * MICROS), "m", x / MICROS % 60, "s");
  else if (x < DAY * MICROS) write_pair(p, x / hour, "h", x / (60 * MICROS) % 60, "m");
  else write_pair(p, x / (DAY * MICROS), "d", x / hour % 24, "h");
}

journey_status journey_duration_format(int64_t duration, int32_t style, char *out, size_t size, journey_error *err) {
  if (size < JOURNEY_TIME_SIZE)
    return jn_base_fail(err, JOURNEY_EINVAL, "a duration needs a buffer of %d bytes, not %zu", JOURNEY_TIME_SIZE, size);
  if (style != JOURNEY_DURATION_SHORT && style != JOURNEY_DURATION_EXACT)
    return jn_base_fail(err, JOURNEY_EINVAL, "%d is no style of a duration", style);
  if (style == JOURNEY_DURATION_SHORT) jn_time_duration_short(duration, out);
  else jn_time_duration_exact(duration, out);
  return JOURNEY_OK;
}
