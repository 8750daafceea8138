/* Durations as text: "1h30m". */
#include <stdio.h>

#include "time/internal.h"

#define SECOND JN_MICROS
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define A_DAY (24 * HOUR)
#define WEEK (7 * A_DAY)

typedef struct unit {
  char name[3];
  int64_t micros;
} unit;

static const unit units[] = {
    {"w", WEEK}, {"d", A_DAY}, {"h", HOUR}, {"m", MINUTE}, {"s", SECOND}, {"ms", 1000}, {"us", 1},
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
  if (n == 0) return fail(r, JOURNEY_EPARSE, start, "it has no unit: us, ms, s, m, h, d or w, as in 30m");
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

/* Sizes below `limit` are rounded to `step` and written in `unit`: with the rest in `small` units, or as a fraction. */
typedef struct form {
  uint64_t limit, step, unit;
  const char *name;
  uint64_t small;
  const char *small_name;
} form;

static const form forms[] = {
    {1000, 1, 1, "us", 0, NULL},
    {SECOND, 10, 1000, "ms", 0, NULL},
    {MINUTE, 10000, SECOND, "s", 0, NULL},
    {HOUR, SECOND, MINUTE, "m", SECOND, "s"},
    {A_DAY, MINUTE, HOUR, "h", MINUTE, "m"},
    {UINT64_MAX, HOUR, A_DAY, "d", HOUR, "h"},
};

static const form *form_of(uint64_t size) {
  const form *f = forms;
  while (size >= f->limit) f++;
  return f;
}

/* .5 for 500 thousandths. */
static char *write_fraction(char *p, uint64_t thousandths) {
  if (thousandths == 0) return p;
  p += sprintf(p, ".%03u", (unsigned)thousandths);
  while (p[-1] == '0') p--;
  return p;
}

void jn_time_duration_short(int64_t duration, char out[JOURNEY_TIME_SIZE]) {
  char *p = out;
  uint64_t size = write_sign(duration, &p), step = form_of(size)->step;
  size = (size + step / 2) / step * step;
  const form *f = form_of(size); /* rounding may have made it the next larger */
  uint64_t rest = size % f->unit;
  if (size == 0) f = form_of(SECOND);
  p += sprintf(p, "%llu", (unsigned long long)(size / f->unit));
  if (!f->small) p = write_fraction(p, rest * 1000 / f->unit);
  p += sprintf(p, "%s", f->name);
  if (f->small && rest) sprintf(p, " %llu%s", (unsigned long long)(rest / f->small), f->small_name);
}

journey_status journey_duration_format(int64_t duration, int32_t style, char *out, size_t size, journey_error *err) {
  if (size < JOURNEY_TIME_SIZE)
    return jn_base_fail(err, JOURNEY_EINVAL, "a duration needs a buffer of %d bytes, not %zu", JOURNEY_TIME_SIZE, size);
  if (style != JOURNEY_DURATION_SHORT && style != JOURNEY_DURATION_EXACT)
    return jn_base_fail(err, JOURNEY_EINVAL, "%d is no style of a duration", style);
  if (style == JOURNEY_DURATION_SHORT)
    jn_time_duration_short(duration, out);
  else
    jn_time_duration_exact(duration, out);
  return JOURNEY_OK;
}
