/* Values of Arrow columns as texts, numbers and times. */
#include <math.h>
#include <string.h>

#include "io/arrow.h"
#include "io/scan.h"

static journey_status bad(const jn_io_arrow_column *column, journey_error *err, const char *what) {
  return jn_base_fail(err, JOURNEY_EPARSE, "column \"%s\": %s",
                      jn_base_quote(column->name.bytes, column->name.length).text, what);
}

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

static double half(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double x = exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
             : exponent     ? ldexp(1024 + fraction, exponent - 25)
                            : ldexp(fraction, -24);
  return bits >> 15 ? -x : x;
}

/* The integer at place i; *above when it is 2^63 and more, and the sign bit belongs to it. */
static int64_t integer_at(int32_t kind, const void *data, int64_t i, bool *above) {
  *above = false;
  switch (kind) {
  case JN_IO_ARROW_INT8: return ((const int8_t *)data)[i];
  case JN_IO_ARROW_UINT8: return ((const uint8_t *)data)[i];
  case JN_IO_ARROW_INT16: return ((const int16_t *)data)[i];
  case JN_IO_ARROW_UINT16: return ((const uint16_t *)data)[i];
  case JN_IO_ARROW_INT32:
  case JN_IO_ARROW_DATE32: return ((const int32_t *)data)[i];
  case JN_IO_ARROW_UINT32: return ((const uint32_t *)data)[i];
  case JN_IO_ARROW_UINT64: *above = ((const int64_t *)data)[i] < 0; return ((const int64_t *)data)[i];
  case JN_IO_ARROW_BOOL: return ((const uint8_t *)data)[i >> 3] >> (i & 7) & 1;
  default: return ((const int64_t *)data)[i];
  }
}

static double real_at(int32_t kind, const void *data, int64_t i) {
  if (kind == JN_IO_ARROW_FLOAT64) return ((const double *)data)[i];
  if (kind == JN_IO_ARROW_FLOAT32) return (double)((const float *)data)[i];
  return half(((const uint16_t *)data)[i]);
}

static bool is_real(int32_t kind) { return kind >= JN_IO_ARROW_FLOAT16 && kind <= JN_IO_ARROW_FLOAT64; }

/* Integers of up to 2^53 are doubles exactly, and so are some of the larger ones. */
static bool exact(int64_t whole, bool above, double *out) {
  *out = above ? (double)(uint64_t)whole : (double)whole;
  if (above) return *out < 0x1p64 && (uint64_t)*out == (uint64_t)whole;
  return *out < 0x1p63 && (int64_t)*out == whole;
}

static journey_status texts_to_numbers(const jn_io_arrow_column *column, int64_t from, size_t n, double *out,
                                       journey_error *err) {
  jn_stream_string text;
  for (size_t i = 0; i < n; i++) {
    journey_status status = jn_io_arrow_texts(column, from + (int64_t)i, 1, NULL, &text, err);
    if (status) return status;
    out[i] = (double)NAN;
    if (!text.length || jn_base_parse_double(text.bytes, text.length, &out[i])) continue;
    return jn_base_fail(err, JOURNEY_EPARSE, "\"%s\" in column \"%s\" is no number",
                        jn_base_quote(text.bytes, text.length).text,
                        jn_base_quote(column->name.bytes, column->name.length).text);
  }
  return JOURNEY_OK;
}

journey_status jn_io_arrow_numbers(const jn_io_arrow_column *column, int64_t from, size_t n, double *out,
                                   journey_error *err) {
  const jn_io_arrow_values *v = &column->values;
  bool above, real = is_real(column->kind);
  if (jn_io_arrow_is_text(column->kind)) return texts_to_numbers(column, from, n, out, err);
  for (size_t i = 0; i < n; i++) {
    int64_t place = v->first + from + (int64_t)i;
    out[i] = (double)NAN;
    if (v->kind == JN_IO_ARROW_NULL || !jn_io_arrow_is_valid(v, from + (int64_t)i)) continue;
    if (real) {
      out[i] = real_at(column->kind, v->data, place);
      if (isinf(out[i])) return bad(column, err, "the number is infinite");
      continue;
    }
    int64_t whole = integer_at(column->kind, v->data, place, &above);
    if (!exact(whole, above, &out[i])) {
      return bad(column, err, "the integer is too large for a number to hold it exactly (it could be read as text)");
    }
  }
  return JOURNEY_OK;
}

/* ---- text that is there ----------------------------------------------------------------------------------------- */

typedef struct view {
  int32_t length;
  union {
    char inlined[12];
    struct {
      char prefix[4];
      int32_t buffer, offset;
    } far;
  };
} view;

/* Words of a view lie in its own 12 bytes or in a buffer whose size is known. */
static const char *view_at(const jn_io_arrow_values *v, int64_t place, jn_stream_string *out) {
  const view *x = (const view *)v->data + place;
  if (x->length < 0) return "the length of a text is negative";
  *out = (jn_stream_string){x->inlined, (size_t)x->length};
  if (x->length <= 12) return NULL;
  if (x->far.buffer < 0 || x->far.buffer >= v->buffers) return "a text is in a buffer that is not there";
  const char *bytes = v->buffer[x->far.buffer];
  if (!bytes || x->far.offset < 0 || (int64_t)x->far.offset + x->length > v->size[x->far.buffer]) {
    return "a text is not within its buffer";
  }
  out->bytes = bytes + x->far.offset;
  return NULL;
}

static inline int64_t offset_at(const jn_io_arrow_values *v, int64_t place) {
  return v->kind == JN_IO_ARROW_TEXT ? ((const int32_t *)v->data)[place] : ((const int64_t *)v->data)[place];
}

/* What is wrong with text i, or NULL. */
static inline const char *text_at(const jn_io_arrow_values *v, int64_t i, jn_stream_string *out) {
  int64_t place = v->first + i;
  *out = (jn_stream_string){"", 0};
  if (!jn_io_arrow_is_valid(v, i)) return NULL;
  if (v->kind == JN_IO_ARROW_VIEW_TEXT) return view_at(v, place, out);
  int64_t from = offset_at(v, place), to = offset_at(v, place + 1);
  if (from < v->low || to > v->high || to < from) return "the offsets of a text go back";
  *out = (jn_stream_string){v->bytes + from, (size_t)(to - from)};
  return NULL;
}

static const char *check_text(jn_stream_string s) {
  if (jn_io_is_plain(s.bytes, s.length)) return NULL;
  if (memchr(s.bytes, 0, s.length)) return "a NUL byte in a text";
  return jn_base_utf8(s.bytes, s.length, NULL) ? NULL : "a text is not UTF-8";
}

/* Texts that follow each other are looked through at once. */
static bool plain_run(const jn_io_arrow_values *v, int64_t from, size_t n) {
  if (v->kind == JN_IO_ARROW_VIEW_TEXT) return false;
  int64_t begin = offset_at(v, v->first + from), end = offset_at(v, v->first + from + (int64_t)n);
  if (begin < v->low || end > v->high || end < begin) return false;
  return jn_io_is_plain(v->bytes + begin, (size_t)(end - begin));
}

static journey_status plain_texts(const jn_io_arrow_column *column, int64_t from, size_t n, jn_stream_string *out,
                                  journey_error *err) {
  bool plain = plain_run(&column->values, from, n);
  for (size_t i = 0; i < n; i++) {
    const char *wrong = text_at(&column->values, from + (int64_t)i, &out[i]);
    if (!wrong && !plain) wrong = check_text(out[i]);
    if (wrong) return bad(column, err, wrong);
  }
  return JOURNEY_OK;
}

static journey_status coded_texts(const jn_io_arrow_column *column, int64_t from, size_t n, jn_stream_string *out,
                                  journey_error *err) {
  const jn_io_arrow_values *v = &column->values, *words = &column->words;
  bool above;
  for (size_t i = 0; i < n; i++) {
    out[i] = (jn_stream_string){"", 0};
    if (!jn_io_arrow_is_valid(v, from + (int64_t)i)) continue;
    int64_t code = integer_at(v->kind, v->data, v->first + from + (int64_t)i, &above);
    if (code < 0 || code >= words->length) return bad(column, err, "an index is not in the dictionary");
    const char *wrong = text_at(words, code, &out[i]);
    if (!wrong && !column->plain) wrong = check_text(out[i]);
    if (wrong) return bad(column, err, wrong);
  }
  return JOURNEY_OK;
}

/* ---- text that is made ------------------------------------------------------------------------------------------ */

static size_t write_integer(int64_t whole, bool above, char *out) {
  char digits[20];
  size_t n = 0, length = 0;
  bool negative = whole < 0 && !above;
  uint64_t rest = negative ? -(uint64_t)whole : (uint64_t)whole;
  do digits[n++] = (char)('0' + rest % 10);
  while (rest /= 10);
  if (negative) out[length++] = '-';
  while (n) out[length++] = digits[--n];
  return length;
}

static journey_status time_at(const jn_io_arrow_column *column, int64_t place, const journey_zone *zone, int64_t *out,
                              journey_error *err);

static journey_status write_value(const jn_io_arrow_column *column, int64_t place, jn_io_arrow_scratch *scratch,
                                  char *out, size_t *n, journey_error *err) {
  bool above;
  if (jn_io_arrow_is_time(column->kind)) {
    int64_t time;
    journey_status status = time_at(column, place, scratch->time.zone, &time, err);
    if (!status) *n = jn_time_format(time, NULL, out);
    return status;
  }
  if (is_real(column->kind)) {
    double x = real_at(column->kind, column->values.data, place);
    scratch->number.length = 0;
    if (x == x) jn_base_text_double(&scratch->number, x);
    if (scratch->number.status) return jn_base_no_memory(err);
    *n = scratch->number.length;
    if (*n) memcpy(out, scratch->number.bytes, *n);
    return JOURNEY_OK;
  }
  int64_t whole = integer_at(column->kind, column->values.data, place, &above);
  *n = write_integer(whole, above, out);
  if (column->kind == JN_IO_ARROW_BOOL) *n = (size_t)(stpcpy(out, whole ? "true" : "false") - out);
  return JOURNEY_OK;
}

journey_status jn_io_arrow_texts(const jn_io_arrow_column *column, int64_t from, size_t n, jn_io_arrow_scratch *scratch,
                                 jn_stream_string *out, journey_error *err) {
  const jn_io_arrow_values *v = &column->values;
  if (column->index != JN_IO_ARROW_UNREAD) return coded_texts(column, from, n, out, err);
  if (jn_io_arrow_is_text(column->kind)) return plain_texts(column, from, n, out, err);
  for (size_t i = 0; i < n; i++) {
    char *bytes = scratch->bytes + scratch->n;
    size_t length = 0;
    journey_status status = JOURNEY_OK;
    if (v->kind != JN_IO_ARROW_NULL && jn_io_arrow_is_valid(v, from + (int64_t)i)) {
      status = write_value(column, v->first + from + (int64_t)i, scratch, bytes, &length, err);
    }
    if (status) return status;
    out[i] = (jn_stream_string){bytes, length};
    scratch->n += length;
  }
  return JOURNEY_OK;
}

/* ---- times ------------------------------------------------------------------------------------------------------ */

static int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* A time of the clocks in a zone, as if it were UTC, to UTC. */
static bool from_local(const journey_zone *zone, int64_t *time) {
  int64_t second = floor_divide(*time, 1000000), rest = *time - second * 1000000, utc;
  return !zone ||
         ((utc = jn_time_zone_to_utc(zone, second)), jn_base_mul(utc, 1000000, &utc) && jn_base_add(utc, rest, time));
}

/* Microseconds; finer parts of a time are cut off, as everywhere. */
static journey_status time_at(const jn_io_arrow_column *column, int64_t place, const journey_zone *zone, int64_t *out,
                              journey_error *err) {
  bool above, local = column->kind != JN_IO_ARROW_TIME || column->local, fits = true;
  int64_t x = integer_at(column->kind == JN_IO_ARROW_DATE32 ? JN_IO_ARROW_DATE32 : JN_IO_ARROW_INT64,
                         column->values.data, place, &above);
  if (column->kind == JN_IO_ARROW_DATE32)
    fits = jn_base_mul(x, INT64_C(86400000000), out);
  else if (column->kind == JN_IO_ARROW_DATE64)
    fits = jn_base_mul(x, 1000, out);
  else if (column->per_second <= 1000000)
    fits = jn_base_mul(x, 1000000 / column->per_second, out);
  else
    *out = floor_divide(x, column->per_second / 1000000);
  if (fits && local) fits = from_local(zone, out);
  return fits ? JOURNEY_OK : bad(column, err, "the time is out of range");
}

static journey_status parse_time(const jn_io_arrow_column *column, int64_t row, jn_io_arrow_scratch *scratch,
                                 int64_t *out, bool *missing, journey_error *err) {
  jn_stream_string s;
  journey_error why = {0};
  journey_status status = jn_io_arrow_texts(column, row, 1, scratch, &s, err);
  if (status) return status;
  *missing = !s.length;
  if (*missing || jn_time_parse(&scratch->time, s.bytes, s.length, out)) return JOURNEY_OK;
  jn_time_parse_error(&scratch->time, s.bytes, s.length, &why);
  return jn_base_fail(err, JOURNEY_EPARSE, "\"%s\" in column \"%s\" is no time: %s",
                      jn_base_quote(s.bytes, s.length).text,
                      jn_base_quote(column->name.bytes, column->name.length).text, why.message);
}

journey_status jn_io_arrow_times(const jn_io_arrow_column *column, int64_t from, size_t n, jn_io_arrow_scratch *scratch,
                                 int64_t *out, bool *missing, journey_error *err) {
  const jn_io_arrow_values *v = &column->values;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; i < n && !status; i++) {
    int64_t row = from + (int64_t)i;
    if (!jn_io_arrow_is_time(column->kind)) {
      status = parse_time(column, row, scratch, &out[i], &missing[i], err);
      continue;
    }
    missing[i] = !jn_io_arrow_is_valid(v, row);
    if (!missing[i]) status = time_at(column, v->first + row, scratch->time.zone, &out[i], err);
  }
  return status;
}
