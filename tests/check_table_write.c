/* Tables as text, CSV, JSON and JSON Lines: known bytes, hostile cells, receivers that fail. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "table/table.h"
#include "table_sample.h"

static const int32_t formats[] = {JOURNEY_FORMAT_TEXT, JOURNEY_FORMAT_CSV, JOURNEY_FORMAT_JSON, JOURNEY_FORMAT_JSONL,
                                  JOURNEY_FORMAT_ARROW};
enum { FORMATS = sizeof formats / sizeof *formats };

static void check_written(const journey_table *table, int32_t format, const char *expected) {
  table_output output = {0};
  ck_assert_int_eq(journey_table_write(table, format, table_receive, &output, NULL), JOURNEY_OK);
  ck_assert_str_eq(output.bytes ? output.bytes : "", expected);
  ck_assert_uint_eq(output.length, strlen(expected));
  table_output_free(&output);
}

static journey_table *sample(journey_context *context) {
  journey_table *table = NULL;
  ck_assert_int_eq(table_sample(context, &table), JOURNEY_OK);
  return table;
}

/* A table of one column. */
static journey_table *single(journey_context *context, int32_t type, int32_t unit) {
  journey_table *table = NULL;
  ck_assert_int_eq(journey_table_new(context, "t", &table, NULL), JOURNEY_OK);
  journey_table_add_column(table, "c", type, unit);
  return table;
}

static void drop(journey_table *table, journey_context *context) {
  journey_table_free(table);
  journey_context_free(context);
}

/* ---- known bytes ------------------------------------------------------------------------------------------------- */

static const char text[] =
    "step                                 n      rate   wait    nps     mean  at                                    "
    "took\n"
    "----------------  --------------------  --------  -----  -----  -------  ---------------------------  "
    "-------------\n"
    "catalog                           3611   17.41 %  3d 4h  -12.3  123.457  2023-11-14T22:13:20.123456Z          1d "
    "1h\n"
    "-                                    -         -      -      -        -  -                                        "
    "-\n"
    "a,\"b\"\\r\\nc\\u001b  -9223372036854775808  100.00 %  250ms    0.0      inf  1970-01-01T00:00:00Z         "
    "106751991d 4h\n"
    "note: method: Wilson 95 %\n"
    "note: note \"2\": a\\nb\n";

static const char csv[] =
    "step,n,rate,wait,nps,mean,at,took\r\n"
    "catalog,3611,0.174087,273600,-12.34,123.456789,2023-11-14T22:13:20.123456Z,90061.5\r\n"
    ",,,,,,,\r\n"
    "\"a,\"\"b\"\"\r\nc\x1B\",-9223372036854775808,1,0.25,0,inf,1970-01-01T00:00:00Z,9223372036854.775807\r\n";

static const char json[] =
    "{\"name\": \"sample\",\n"
    "\"notes\": {\n"
    "  \"method\": \"Wilson 95 %\",\n"
    "  \"note \\\"2\\\"\": \"a\\nb\"},\n"
    "\"columns\": [\n"
    "  {\"name\": \"step\", \"type\": \"string\", \"unit\": \"none\"},\n"
    "  {\"name\": \"n\", \"type\": \"int64\", \"unit\": \"none\"},\n"
    "  {\"name\": \"rate\", \"type\": \"float64\", \"unit\": \"share\"},\n"
    "  {\"name\": \"wait\", \"type\": \"float64\", \"unit\": \"seconds\"},\n"
    "  {\"name\": \"nps\", \"type\": \"float64\", \"unit\": \"score\"},\n"
    "  {\"name\": \"mean\", \"type\": \"float64\", \"unit\": \"none\"},\n"
    "  {\"name\": \"at\", \"type\": \"time\", \"unit\": \"none\"},\n"
    "  {\"name\": \"took\", \"type\": \"duration\", \"unit\": \"none\"}],\n"
    "\"rows\": [\n"
    "  [\"catalog\", 3611, 0.174087, 273600, -12.34, 123.456789, \"2023-11-14T22:13:20.123456Z\", 90061.5],\n"
    "  [null, null, null, null, null, null, null, null],\n"
    "  [\"a,\\\"b\\\"\\r\\nc\\u001b\", -9223372036854775808, 1, 0.25, 0, 1e999, \"1970-01-01T00:00:00Z\", "
    "9223372036854.775807]]}\n";

static const char jsonl[] =
    "{\"step\": \"catalog\", \"n\": 3611, \"rate\": 0.174087, \"wait\": 273600, \"nps\": -12.34, \"mean\": 123.456789, "
    "\"at\": \"2023-11-14T22:13:20.123456Z\", \"took\": 90061.5}\n"
    "{\"step\": null, \"n\": null, \"rate\": null, \"wait\": null, \"nps\": null, \"mean\": null, \"at\": null, "
    "\"took\": null}\n"
    "{\"step\": \"a,\\\"b\\\"\\r\\nc\\u001b\", \"n\": -9223372036854775808, \"rate\": 1, \"wait\": 0.25, \"nps\": 0, "
    "\"mean\": 1e999, \"at\": \"1970-01-01T00:00:00Z\", \"took\": 9223372036854.775807}\n";

START_TEST(the_sample_is_known) {
  journey_context *context = table_context();
  journey_table *table = sample(context);
  check_written(table, JOURNEY_FORMAT_TEXT, text);
  check_written(table, JOURNEY_FORMAT_CSV, csv);
  check_written(table, JOURNEY_FORMAT_JSON, json);
  check_written(table, JOURNEY_FORMAT_JSONL, jsonl);
  drop(table, context);
}
END_TEST

START_TEST(no_rows_and_no_columns) {
  journey_context *context = table_context();
  journey_table *table = single(context, JOURNEY_TYPE_INT64, 0);
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  check_written(table, JOURNEY_FORMAT_TEXT, "c\n-\n(no rows)\n");
  check_written(table, JOURNEY_FORMAT_CSV, "c\r\n");
  check_written(table, JOURNEY_FORMAT_JSON,
                "{\"name\": \"t\",\n\"notes\": {},\n\"columns\": [\n"
                "  {\"name\": \"c\", \"type\": \"int64\", \"unit\": \"none\"}],\n\"rows\": []}\n");
  check_written(table, JOURNEY_FORMAT_JSONL, "");
  journey_table_free(table);
  ck_assert_int_eq(journey_table_new(context, "", &table, NULL), JOURNEY_OK);
  journey_table_add_note(table, "k", "v");
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  check_written(table, JOURNEY_FORMAT_TEXT, "note: k: v\n");
  check_written(table, JOURNEY_FORMAT_CSV, "");
  check_written(table, JOURNEY_FORMAT_JSON,
                "{\"name\": \"\",\n\"notes\": {\n  \"k\": \"v\"},\n\"columns\": [],\n\"rows\": []}\n");
  check_written(table, JOURNEY_FORMAT_JSONL, "");
  drop(table, context);
}
END_TEST

/* An empty line is no row to many readers, an empty field not the same as an empty string. */
START_TEST(a_single_column_of_csv_has_no_empty_line) {
  journey_context *context = table_context();
  journey_table *table = single(context, JOURNEY_TYPE_STRING, 0);
  journey_table_put_null(table);
  journey_table_put_text(table, "", 0);
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  check_written(table, JOURNEY_FORMAT_CSV, "c\r\n\"\"\r\n\"\"\r\n");
  drop(table, context);
}
END_TEST

static const struct {
  int32_t type, unit;
  double x;
  const char *shown;
} shown[] = {
    {JOURNEY_TYPE_INT64, 0, 0, "0"},
    {JOURNEY_TYPE_INT64, 0, -1234567, "-1234567"},
    {JOURNEY_TYPE_INT64, 0, 100, "100"},
    {JOURNEY_TYPE_FLOAT64, 0, 0, "0"},
    {JOURNEY_TYPE_FLOAT64, 0, -0.0, "0"},
    {JOURNEY_TYPE_FLOAT64, 0, 1, "1"},
    {JOURNEY_TYPE_FLOAT64, 0, 2.5, "2.5"},
    {JOURNEY_TYPE_FLOAT64, 0, -2.0 / 3, "-0.666667"},
    {JOURNEY_TYPE_FLOAT64, 0, 1.0 / 30, "0.0333333"},
    {JOURNEY_TYPE_FLOAT64, 0, 1.0 / 3000, "0.000333333"},
    {JOURNEY_TYPE_FLOAT64, 0, 0.00001, "1e-5"},
    {JOURNEY_TYPE_FLOAT64, 0, -4.008468722578694e-20, "-4.00847e-20"},
    {JOURNEY_TYPE_FLOAT64, 0, 9.9999996e-7, "1e-6"},
    {JOURNEY_TYPE_FLOAT64, 0, 9.999994e-7, "9.99999e-7"},
    {JOURNEY_TYPE_FLOAT64, 0, 5e-324, "4.94066e-324"},
    {JOURNEY_TYPE_FLOAT64, 0, 9.9999999, "10"},
    {JOURNEY_TYPE_FLOAT64, 0, 99999.96, "100000"},
    {JOURNEY_TYPE_FLOAT64, 0, 12345.678, "12345.7"},
    {JOURNEY_TYPE_FLOAT64, 0, 123456789.9, "123456790"},
    {JOURNEY_TYPE_FLOAT64, 0, 1e300, "1e300"},
    {JOURNEY_TYPE_FLOAT64, 0, -INFINITY, "-inf"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE, 0.1741, "17.41 %"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE, 0, "0.00 %"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE, -0.5, "-50.00 %"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE, -1e-9, "0.00 %"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE, 0.99999, "100.00 %"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE, 12, "1200.00 %"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE, INFINITY, "inf %"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SCORE, 42.25, "42.3"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SCORE, -100, "-100.0"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SCORE, -0.04, "0.0"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS, 0, "0s"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS, 273600, "3d 4h"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS, -60, "-1m"},
    {JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS, 1e300, "1e300"},
    {JOURNEY_TYPE_DURATION, 0, 273600e6, "3d 4h"},
    {JOURNEY_TYPE_TIME, 0, 1e15, "2001-09-09T01:46:40Z"},
};
enum { SHOWN = sizeof shown / sizeof *shown };

START_TEST(numbers_for_people) {
  journey_context *context = table_context();
  journey_table *table = single(context, shown[_i].type, shown[_i].unit);
  if (shown[_i].type == JOURNEY_TYPE_FLOAT64)
    journey_table_put_float64(table, shown[_i].x);
  else
    journey_table_put_int64(table, (int64_t)shown[_i].x);
  jn_base_text out;
  jn_base_text_init(&out, context);
  jn_table_cell_text(table, 0, 0, &out);
  jn_table_cell_text(table, 1, 0, &out); /* nothing */
  jn_table_cell_text(table, 0, -1, &out);
  ck_assert_str_eq(out.bytes, shown[_i].shown);
  jn_base_text_clear(&out);
  drop(table, context);
}
END_TEST

START_TEST(nothing_breaks_the_layout) {
  journey_context *context = table_context();
  journey_table *table = single(context, JOURNEY_TYPE_STRING, 0);
  journey_table_add_column(table, "n\n", JOURNEY_TYPE_INT64, 0);
  static const char *const cells[] = {"a\tb\r\n",
                                      "\x7F\x01",
                                      "\xC2\x85\xC2\x9B",
                                      "\xE2\x80\xAE"
                                      "evil",
                                      "\xE2\x80\xA8\xD8\x9C",
                                      "\xE6\x97\xA5\xE6\x9C\xAC",
                                      "e\xCC\x81",
                                      "\xF0\x9F\x98\x80"};
  for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
    journey_table_put_text(table, cells[i], SIZE_MAX);
    journey_table_put_int64(table, (int64_t)i);
  }
  journey_table_put_text(table, "x\0y", 3);
  journey_table_put_int64(table, 8);
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  check_written(table, JOURNEY_FORMAT_TEXT,
                "c             n\\n\n"
                "------------  ---\n"
                "a\\tb\\r\\n        0\n"
                "\\u007f\\u0001    1\n"
                "\\u0085\\u009b    2\n"
                "\\u202eevil      3\n"
                "\\u2028\\u061c    4\n"
                "\xE6\x97\xA5\xE6\x9C\xAC            5\n"
                "e\xCC\x81               6\n"
                "\xF0\x9F\x98\x80              7\n"
                "x\\u0000y        8\n");
  drop(table, context);
}
END_TEST

/* A cell wider than 80 columns is written whole, but does not make all others as wide. */
START_TEST(wide_cells_cost_only_themselves) {
  journey_context *context = table_context();
  journey_table *table = single(context, JOURNEY_TYPE_STRING, 0);
  journey_table_add_column(table, "n", JOURNEY_TYPE_INT64, 0);
  enum { WIDE = 200000 };
  char *wide = malloc(WIDE);
  memset(wide, 'w', WIDE);
  for (int i = 0; i < 100; i++) {
    journey_table_put_text(table, wide, i == 50 ? WIDE : 1);
    journey_table_put_int64(table, i);
  }
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  table_output output = {0};
  ck_assert_int_eq(journey_table_write(table, JOURNEY_FORMAT_TEXT, table_receive, &output, NULL), JOURNEY_OK);
  ck_assert_uint_eq(output.length, 2 * 85 + 99 * 85 + WIDE + 2 + 2 + 1);
  ck_assert(memmem(output.bytes, output.length, wide, WIDE));
  table_output_free(&output);
  free(wide);
  drop(table, context);
}
END_TEST

START_TEST(widths_of_text) {
  static const struct {
    const char *s;
    size_t width;
  } widths[] = {{"", 0},
                {"abc", 3},
                {"\xC3\xA9", 1},
                {"e\xCC\x81", 1},
                {"\xE6\x97\xA5", 2},
                {"\xEA\xB0\x80", 2},     /* Hangul */
                {"\xEF\xBC\xA1", 2},     /* fullwidth A */
                {"\xEF\xBD\xB1", 1},     /* halfwidth kana */
                {"\xF0\x9F\x98\x80", 2}, /* emoji */
                {"\xF0\xA0\x80\x80", 2}, /* ideograph beyond the first plane */
                {"\xE2\x80\x8B", 0},     /* zero width space */
                {"\xCD\xB0", 1}};        /* first after the combining marks */
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
    ck_assert_uint_eq(jn_table_text_width(widths[i].s, strlen(widths[i].s)), widths[i].width);
}
END_TEST

/* ---- failures ---------------------------------------------------------------------------------------------------- */

START_TEST(a_failing_receiver_stops_the_writing) {
  journey_context *context = table_context();
  journey_table *table;
  ck_assert_int_eq(table_random(context, 3, 3000, &table), JOURNEY_OK);
  table_output whole = {0};
  ck_assert_int_eq(journey_table_write(table, formats[_i], table_receive, &whole, NULL), JOURNEY_OK);
  ck_assert_uint_ge(whole.pieces, 3);
  for (size_t piece = 1; piece <= whole.pieces; piece++) {
    journey_error err;
    table_output output = {.fail_at = piece, .say = piece % 2 ? JOURNEY_EUSER : JOURNEY_EIO};
    ck_assert_int_eq(journey_table_write(table, formats[_i], table_receive, &output, &err), output.say);
    ck_assert_int_eq(err.code, output.say);
    ck_assert(strstr(err.message, "table 'random' could not be written"));
    ck_assert_uint_eq(output.after_fail, 0);
    if (output.length) ck_assert_mem_eq(output.bytes, whole.bytes, output.length);
    table_output_free(&output);
  }
  table_output_free(&whole);
  drop(table, context);
}
END_TEST

START_TEST(one_large_cell_comes_in_pieces) {
  enum { LARGE = 1000000 };
  journey_context *context = table_context();
  journey_table *table = single(context, JOURNEY_TYPE_STRING, 0);
  char *large = malloc(LARGE);
  memset(large, 'x', LARGE);
  journey_table_put_text(table, large, LARGE);
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  table_output output = {0};
  int64_t before, peak;
  journey_context_memory(context, &before, NULL);
  ck_assert_int_eq(journey_table_write(table, JOURNEY_FORMAT_CSV, table_receive, &output, NULL), JOURNEY_OK);
  journey_context_memory(context, NULL, &peak);
  ck_assert_int_le(peak - before, 100000 + LARGE / 2); /* growing the column has had its own peak */
  ck_assert_uint_eq(output.length, LARGE + 5);
  ck_assert_uint_ge(output.pieces, LARGE / 65536);
  ck_assert_mem_eq(output.bytes + 3, large, LARGE);
  table_output_free(&output);
  free(large);
  drop(table, context);
}
END_TEST

START_TEST(writing_can_be_cancelled) {
  journey_context *context = table_context();
  journey_table *table = sample(context);
  table_output output = {0};
  journey_context_cancel(context, 1);
  ck_assert_int_eq(journey_table_write(table, formats[_i], table_receive, &output, NULL), JOURNEY_ECANCELLED);
  ck_assert_uint_eq(output.pieces, 0);
  journey_context_cancel(context, 0);
  ck_assert_int_eq(journey_table_write(table, formats[_i], table_receive, &output, NULL), JOURNEY_OK);
  table_output_free(&output);
  drop(table, context);
}
END_TEST

START_TEST(a_format_must_be_known) {
  journey_context *context = table_context();
  journey_table *table = sample(context);
  static const int32_t unknown[] = {0, -1, 6, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
    journey_error err;
    ck_assert_int_eq(journey_table_write(table, unknown[i], table_receive, NULL, &err), JOURNEY_EINVAL);
    ck_assert(strstr(err.message, "JOURNEY_FORMAT_"));
  }
  drop(table, context);
}
END_TEST

static journey_status write_sample(journey_context *context, void *arg) {
  journey_table *table;
  table_output output = {0};
  journey_error err;
  journey_status status = table_sample(context, &table);
  if (status) return status;
  status = journey_table_write(table, *(const int32_t *)arg, table_receive, &output, &err);
  if (status) ck_assert_int_eq(err.code, status);
  table_output_free(&output);
  journey_table_free(table);
  return status;
}

START_TEST(no_memory_while_writing) {
  int32_t format = formats[_i];
  alloc_loop(write_sample, &format);
}
END_TEST

Suite *table_write_suite(void);
Suite *table_write_suite(void) {
  Suite *suite = suite_create("table_write");
  TCase *known = tcase_create("known"), *failures = tcase_create("failures");
  tcase_add_test(known, the_sample_is_known);
  tcase_add_test(known, no_rows_and_no_columns);
  tcase_add_test(known, a_single_column_of_csv_has_no_empty_line);
  tcase_add_loop_test(known, numbers_for_people, 0, SHOWN);
  tcase_add_test(known, nothing_breaks_the_layout);
  tcase_add_test(known, wide_cells_cost_only_themselves);
  tcase_add_test(known, widths_of_text);
  tcase_add_loop_test(failures, a_failing_receiver_stops_the_writing, 0, FORMATS);
  tcase_add_test(failures, one_large_cell_comes_in_pieces);
  tcase_add_loop_test(failures, writing_can_be_cancelled, 0, FORMATS);
  tcase_add_test(failures, a_format_must_be_known);
  tcase_add_loop_test(failures, no_memory_while_writing, 0, FORMATS);
  suite_add_tcase(suite, known);
  suite_add_tcase(suite, failures);
  return suite;
}

int main(void) { return check_main(table_write_suite()); }
