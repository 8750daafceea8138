/* What the suites of tables share. */
#include "table_sample.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

journey_status table_receive(void *user, const char *bytes, size_t n) {
  table_output *output = user;
  output->pieces++;
  if (output->fail_at && output->pieces > output->fail_at) output->after_fail++;
  if (output->fail_at && output->pieces >= output->fail_at) return output->say;
  output->bytes = realloc(output->bytes, output->length + n + 1);
  memcpy(output->bytes + output->length, bytes, n);
  output->length += n;
  output->bytes[output->length] = '\0';
  return JOURNEY_OK;
}

void table_output_free(table_output *output) {
  free(output->bytes);
  *output = (table_output){0};
}

journey_context *table_context(void) {
  journey_context *context = NULL;
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  return context;
}

journey_status table_finish(journey_table *table, journey_table **out) {
  journey_error err;
  journey_status status = journey_table_finish(table, &err);
  if (!status) {
    *out = table;
    return JOURNEY_OK;
  }
  ck_assert_int_eq(err.code, status);
  journey_table_free(table);
  return status;
}

static void add_sample_columns(journey_table *table) {
  static const struct {
    const char *name;
    int32_t type, unit;
  } columns[] = {
      {"step", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE},   {"n", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE},
      {"rate", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE}, {"wait", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS},
      {"nps", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SCORE},  {"mean", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE},
      {"at", JOURNEY_TYPE_TIME, JOURNEY_UNIT_NONE},       {"took", JOURNEY_TYPE_DURATION, JOURNEY_UNIT_NONE},
  };
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    journey_table_add_column(table, columns[i].name, columns[i].type, columns[i].unit);
}

static void put_sample_row(journey_table *table, const char *step, int64_t n, const double real[4], int64_t at,
                           int64_t took) {
  journey_table_put_text(table, step, SIZE_MAX);
  journey_table_put_int64(table, n);
  for (int i = 0; i < 4; i++) journey_table_put_float64(table, real[i]);
  journey_table_put_int64(table, at);
  journey_table_put_int64(table, took);
}

journey_status table_sample(journey_context *context, journey_table **out) {
  journey_table *table;
  journey_status status = journey_table_new(context, "sample", &table, NULL);
  if (status) return status;
  add_sample_columns(table);
  put_sample_row(table, "catalog", 3611, (double[]){0.174087, 273600, -12.34, 123.456789}, 1700000000123456,
                 90061500000);
  for (int i = 0; i < 8; i++) journey_table_put_null(table);
  put_sample_row(table, "a,\"b\"\r\nc\x1B", INT64_MIN, (double[]){1, 0.25, 0, INFINITY}, 0, INT64_MAX);
  journey_table_add_note(table, "method", "Wilson");
  journey_table_add_note(table, "note \"2\"", "a\nb");
  journey_table_add_note(table, "method", "Wilson 95 %");
  return table_finish(table, out);
}

/* ---- random tables ----------------------------------------------------------------------------------------------- */

/* Not rand(), so that a seed is the same table everywhere. */
static uint64_t draw(uint64_t *state) {
  *state += UINT64_C(0x9E3779B97F4A7C15);
  uint64_t x = *state;
  x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
  return x ^ x >> 31;
}

static void put_random_text(journey_table *table, uint64_t *state) {
  static const char *const bits[] = {"a",  "\"", ",",    "\n",       "\r",           "\r\n", " ",
                                     "\\", "\t", "\x01", "\xC3\xA9", "\xE6\x97\xA5", "\x7F", "\xF0\x9F\x98\x80",
                                     "=",  ";",  "null", "0",        "\xE2\x80\xA8", "}",    "purchase"};
  char text[256] = "";
  for (uint64_t n = draw(state) % 12; n > 0; n--) strcat(text, bits[draw(state) % (sizeof bits / sizeof *bits)]);
  journey_table_put_text(table, text, strlen(text));
}

static double random_double(uint64_t *state) {
  uint64_t bits = draw(state);
  double x;
  memcpy(&x, &bits, sizeof x);
  if (bits % 4 == 0) return (double)(bits >> 40) / 1000;
  return isfinite(x) ? x : 0;
}

static void put_random_cell(journey_table *table, int column, uint64_t *state) {
  uint64_t bits = draw(state);
  if (bits % 8 == 0)
    journey_table_put_null(table);
  else if (column == 0)
    put_random_text(table, state);
  else if (column == 1)
    journey_table_put_int64(table, (int64_t)draw(state) >> bits % 64);
  else if (column == 2)
    journey_table_put_float64(table, random_double(state));
  else if (column == 3)
    journey_table_put_int64(table, (int64_t)(draw(state) % UINT64_C(4000000000000000)));
  else
    journey_table_put_int64(table, (int64_t)draw(state) >> bits % 64);
}

journey_status table_random(journey_context *context, unsigned seed, int64_t rows, journey_table **out) {
  journey_table *table;
  uint64_t state = seed;
  journey_status status = journey_table_new(context, "random", &table, NULL);
  if (status) return status;
  static const char *const names[] = {"text", "whole", "real", "time", "duration"};
  static const int32_t types[] = {JOURNEY_TYPE_STRING, JOURNEY_TYPE_INT64, JOURNEY_TYPE_FLOAT64, JOURNEY_TYPE_TIME,
                                  JOURNEY_TYPE_DURATION};
  for (int i = 0; i < 5; i++) journey_table_add_column(table, names[i], types[i], JOURNEY_UNIT_NONE);
  for (int64_t row = 0; row < rows; row++)
    for (int i = 0; i < 5; i++) put_random_cell(table, i, &state);
  return table_finish(table, out);
}
