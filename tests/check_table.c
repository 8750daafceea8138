/* Tables: building them, reading every cell back, groups. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "table/table.h"
#include "table_sample.h"

static journey_table *new_table(journey_context *context, const char *name) {
  journey_table *table = NULL;
  ck_assert_int_eq(journey_table_new(context, name, &table, NULL), JOURNEY_OK);
  return table;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

START_TEST(every_type_reads_back) {
  journey_context *context = table_context();
  journey_table *table;
  ck_assert_int_eq(table_sample(context, &table), JOURNEY_OK);
  journey_context_free(context); /* the table keeps what it needs */
  ck_assert_str_eq(journey_table_name(table), "sample");
  ck_assert_int_eq(journey_table_rows(table), 3);
  ck_assert_int_eq(journey_table_columns(table), 8);
  ck_assert_str_eq(journey_table_column_name(table, 2), "rate");
  ck_assert_int_eq(journey_table_column_type(table, 6), JOURNEY_TYPE_TIME);
  ck_assert_int_eq(journey_table_column_unit(table, 3), JOURNEY_UNIT_SECONDS);
  ck_assert_int_eq(journey_table_find(table, "took"), 7);
  ck_assert_int_eq(journey_table_find(table, "tooK"), -1);
  size_t n;
  ck_assert_str_eq(journey_table_text(table, 0, 0, &n), "catalog");
  ck_assert_uint_eq(n, 7);
  ck_assert_int_eq(journey_table_int64(table, 0, 1), 3611);
  ck_assert_int_eq(journey_table_int64(table, 2, 1), INT64_MIN);
  ck_assert_double_eq(journey_table_float64(table, 0, 5), 123.456789);
  ck_assert_double_eq(journey_table_float64(table, 2, 5), INFINITY);
  ck_assert_int_eq(journey_table_int64(table, 0, 6), 1700000000123456);
  ck_assert_double_eq(journey_table_float64(table, 0, 7), 90061500000.0);
  for (int32_t i = 0; i < 8; i++) {
    ck_assert_int_eq(journey_table_is_null(table, 0, i), 0);
    ck_assert_int_eq(journey_table_is_null(table, 1, i), 1);
    ck_assert_int_eq(journey_table_int64(table, 1, i), 0);
    ck_assert(isnan(journey_table_float64(table, 1, i)));
    ck_assert_ptr_null(journey_table_text(table, 1, i, NULL));
  }
  journey_table_free(table);
}
END_TEST

START_TEST(nothing_out_of_range_or_of_another_type) {
  journey_context *context = table_context();
  journey_table *table;
  ck_assert_int_eq(table_sample(context, &table), JOURNEY_OK);
  static const struct {
    int64_t row;
    int32_t column;
  } places[] = {{-1, 1}, {3, 1}, {INT64_MAX, 1}, {INT64_MIN, 1}, {0, -1}, {0, 8}, {0, INT32_MAX}, {0, INT32_MIN}};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    size_t n = 1;
    ck_assert_int_eq(journey_table_is_null(table, places[i].row, places[i].column), 1);
    ck_assert_int_eq(journey_table_int64(table, places[i].row, places[i].column), 0);
    ck_assert(isnan(journey_table_float64(table, places[i].row, places[i].column)));
    ck_assert_ptr_null(journey_table_text(table, places[i].row, places[i].column, &n));
    ck_assert_uint_eq(n, 0);
  }
  ck_assert_ptr_null(journey_table_column_name(table, 8));
  ck_assert_int_eq(journey_table_column_type(table, -1), 0);
  ck_assert_int_eq(journey_table_column_unit(table, 8), 0);
  ck_assert_int_eq(journey_table_int64(table, 0, 2), 0);     /* a FLOAT64 */
  ck_assert(isnan(journey_table_float64(table, 0, 0)));      /* a STRING */
  ck_assert_ptr_null(journey_table_text(table, 0, 1, NULL)); /* an INT64 */
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

START_TEST(notes_keep_the_last_of_a_key) {
  journey_context *context = table_context();
  journey_table *table;
  const char *value;
  ck_assert_int_eq(table_sample(context, &table), JOURNEY_OK);
  ck_assert_int_eq(journey_table_notes(table), 2);
  ck_assert_str_eq(journey_table_note(table, 0, &value), "method");
  ck_assert_str_eq(value, "Wilson 95 %");
  ck_assert_str_eq(journey_table_note(table, 1, NULL), "note \"2\"");
  ck_assert_ptr_null(journey_table_note(table, 2, &value));
  ck_assert_ptr_null(value);
  ck_assert_ptr_null(journey_table_note(table, -1, NULL));
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

/* Every cell of many rows against arrays kept beside: growth, bits of missing cells, offsets of strings. */
START_TEST(cells_are_what_was_put) {
  enum { ROWS = 3000 };
  static int64_t whole[ROWS];
  static int kind[ROWS][3];
  journey_context *context = table_context();
  journey_table *table = new_table(context, "t");
  journey_table_add_column(table, "a", JOURNEY_TYPE_INT64, 0);
  journey_table_add_column(table, "b", JOURNEY_TYPE_FLOAT64, 0);
  journey_table_add_column(table, "c", JOURNEY_TYPE_STRING, 0);
  srand((unsigned)_i);
  for (int i = 0; i < ROWS; i++) {
    for (int k = 0; k < 3; k++) kind[i][k] = _i && rand() % (1 << _i) == 0;
    whole[i] = (int64_t)rand() * rand() - rand();
    char text[32];
    snprintf(text, sizeof text, "%.*lld", rand() % 20, (long long)whole[i]);
    if (kind[i][0])
      journey_table_put_null(table);
    else
      journey_table_put_int64(table, whole[i]);
    journey_table_put_float64(table, kind[i][1] ? (double)NAN : (double)whole[i] / 8);
    journey_table_put_text(table, kind[i][2] ? NULL : text, (size_t)rand() % 2 ? SIZE_MAX : strlen(text));
  }
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_table_rows(table), ROWS);
  for (int i = 0; i < ROWS; i++) {
    for (int k = 0; k < 3; k++) ck_assert_int_eq(journey_table_is_null(table, i, k), kind[i][k]);
    if (!kind[i][0]) ck_assert_int_eq(journey_table_int64(table, i, 0), whole[i]);
    if (!kind[i][1]) ck_assert_double_eq(journey_table_float64(table, i, 1), (double)whole[i] / 8);
    if (kind[i][2]) continue;
    size_t n;
    const char *text = journey_table_text(table, i, 2, &n);
    ck_assert_uint_eq(strlen(text), n);
    ck_assert_int_eq(strtoll(text, NULL, 10), whole[i]);
  }
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

START_TEST(strings_hold_any_utf8) {
  journey_context *context = table_context();
  journey_table *table = new_table(context, "");
  journey_table_add_column(table, "", JOURNEY_TYPE_STRING, 0);
  journey_table_put_text(table, "", 0);
  journey_table_put_text(table, "a\0b", 3);
  journey_table_put_text(table, "\xF0\x9F\x98\x80", SIZE_MAX);
  journey_table_put_text(table, NULL, 0);
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  size_t n;
  ck_assert_str_eq(journey_table_text(table, 0, 0, &n), "");
  ck_assert_uint_eq(n, 0);
  ck_assert_mem_eq(journey_table_text(table, 1, 0, &n), "a\0b", 4);
  ck_assert_uint_eq(n, 3);
  ck_assert_str_eq(journey_table_text(table, 2, 0, NULL), "\xF0\x9F\x98\x80");
  ck_assert_int_eq(journey_table_is_null(table, 3, 0), 1);
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void add_two(journey_table *table) {
  journey_table_add_column(table, "n", JOURNEY_TYPE_INT64, 0);
  journey_table_add_column(table, "name", JOURNEY_TYPE_STRING, 0);
}

static void two_rows(journey_table *table) {
  add_two(table);
  for (int i = 0; i < 2; i++) {
    journey_table_put_int64(table, i);
    journey_table_put_text(table, "x", 1);
  }
}

START_TEST(a_finished_table_stays_as_it_is) {
  journey_context *context = table_context();
  journey_table *table = new_table(context, "t");
  two_rows(table);
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  journey_table_put_int64(table, 7);
  journey_table_put_text(table, "\xFF", 1);
  journey_table_add_column(table, "c", JOURNEY_TYPE_INT64, 0);
  journey_table_add_note(table, "k", "v");
  jn_table_set_prefix(table, "p");
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_table_rows(table), 2);
  ck_assert_int_eq(journey_table_columns(table), 2);
  ck_assert_int_eq(journey_table_notes(table), 0);
  ck_assert_ptr_eq(journey_table_ref(table), table);
  journey_table_free(table);
  ck_assert_str_eq(journey_table_text(table, 1, 1, NULL), "x");
  journey_table_free(table);
  journey_table_free(NULL);
  journey_context_free(context);
}
END_TEST

START_TEST(a_name_must_be_utf8) {
  journey_context *context = table_context();
  journey_table *table = (journey_table *)1;
  journey_error err;
  ck_assert_int_eq(journey_table_new(context, "a\xFF", &table, &err), JOURNEY_EINVAL);
  ck_assert_str_eq(err.message, "the name of a table is not valid UTF-8: 'a?'");
  ck_assert_ptr_null(table);
  journey_context_free(context);
}
END_TEST

/* ---- groups ------------------------------------------------------------------------------------------------------ */

/* A calculator that knows nothing of groups; it may or may not declare its columns again. */
static void measure(journey_table *table, bool declare, int rows) {
  if (declare) add_two(table);
  for (int i = 0; i < rows; i++) {
    journey_table_put_int64(table, i);
    journey_table_put_null(table);
  }
}

START_TEST(groups_fill_the_first_column) {
  journey_context *context = table_context();
  journey_table *table = new_table(context, "t");
  jn_table_set_prefix(table, "persona");
  ck_assert_int_eq(journey_table_columns(table), 0);
  jn_table_prefix_value(table, "one and only", 3);
  measure(table, true, 2);
  jn_table_prefix_value(table, "empty", SIZE_MAX);
  measure(table, true, 0);
  jn_table_prefix_value(table, NULL, 0);
  measure(table, false, 1);
  jn_table_prefix_value(table, "", 0);
  measure(table, true, 1);
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_table_columns(table), 3);
  ck_assert_int_eq(journey_table_rows(table), 4);
  ck_assert_str_eq(journey_table_column_name(table, 0), "persona");
  ck_assert_str_eq(journey_table_text(table, 0, 0, NULL), "one");
  ck_assert_str_eq(journey_table_text(table, 1, 0, NULL), "one");
  ck_assert_int_eq(journey_table_int64(table, 1, 1), 1);
  ck_assert_int_eq(journey_table_is_null(table, 2, 0), 1);
  ck_assert_str_eq(journey_table_text(table, 3, 0, NULL), "");
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

START_TEST(a_prefix_alone_is_no_column) {
  journey_context *context = table_context();
  journey_table *table = new_table(context, "t");
  jn_table_set_prefix(table, "persona");
  jn_table_prefix_value(table, "a", 1);
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_table_columns(table), 0);
  ck_assert_int_eq(journey_table_rows(table), 0);
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static journey_status build_all(journey_context *context, void *arg) {
  (void)arg;
  journey_table *table;
  journey_status status = table_sample(context, &table);
  if (!status) journey_table_free(table);
  if (!status) status = table_random(context, 7, 200, &table);
  if (status) return status;
  journey_table_free(table);
  status = journey_table_new(context, "groups", &table, NULL);
  if (status) return status;
  jn_table_set_prefix(table, "persona");
  for (int i = 0; i < 3; i++) {
    jn_table_prefix_value(table, i ? "a somewhat longer name" : NULL, SIZE_MAX);
    measure(table, true, 50);
  }
  status = table_finish(table, &table);
  if (!status) journey_table_free(table);
  return status;
}

START_TEST(no_memory_while_building) { alloc_loop(build_all, NULL); }
END_TEST

/* An allocator that cannot make blocks smaller. */
static void *reallocate_up(void *user, void *block, size_t old_size, size_t new_size) {
  journey_allocator *below = user;
  return new_size && new_size < old_size ? NULL : below->reallocate(below->user, block, old_size, new_size);
}

START_TEST(finishing_never_needs_memory) {
  test_memory memory;
  test_memory_init(&memory, -1);
  journey_allocator below = test_memory_allocator(&memory);
  journey_context_options options = {.struct_size = sizeof options, .threads = 1};
  options.allocator = (journey_allocator){.struct_size = sizeof below, .user = &below, .reallocate = reallocate_up};
  journey_context *context;
  journey_table *table;
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(table_random(context, 1, 1000, &table), JOURNEY_OK);
  ck_assert_int_eq(journey_table_rows(table), 1000);
  journey_table_free(table);
  journey_context_free(context);
  test_memory_check(&memory);
}
END_TEST

START_TEST(finished_tables_hold_no_spare_memory) {
  journey_context *context = table_context();
  journey_table *table;
  int64_t before, after;
  journey_context_memory(context, &before, NULL);
  table = new_table(context, "t");
  journey_table_add_column(table, "n", JOURNEY_TYPE_INT64, 0);
  for (int i = 0; i < 100000; i++) journey_table_put_int64(table, i);
  ck_assert_int_eq(journey_table_finish(table, NULL), JOURNEY_OK);
  journey_context_memory(context, &after, NULL);
  ck_assert_int_le(after - before, 800000 + 4096);
  journey_table_free(table);
  journey_context_memory(context, &after, NULL);
  ck_assert_int_eq(after, before);
  journey_context_free(context);
}
END_TEST

Suite *table_suite(void);
Suite *table_suite(void) {
  Suite *suite = suite_create("table");
  TCase *reading = tcase_create("reading"), *end = tcase_create("end"), *groups = tcase_create("groups"),
        *memory = tcase_create("memory");
  tcase_add_test(reading, every_type_reads_back);
  tcase_add_test(reading, nothing_out_of_range_or_of_another_type);
  tcase_add_test(reading, notes_keep_the_last_of_a_key);
  tcase_add_loop_test(reading, cells_are_what_was_put, 0, 6);
  tcase_add_test(reading, strings_hold_any_utf8);
  tcase_add_test(end, a_finished_table_stays_as_it_is);
  tcase_add_test(end, a_name_must_be_utf8);
  tcase_add_test(groups, groups_fill_the_first_column);
  tcase_add_test(groups, a_prefix_alone_is_no_column);
  tcase_add_test(memory, no_memory_while_building);
  tcase_add_test(memory, finishing_never_needs_memory);
  tcase_add_test(memory, finished_tables_hold_no_spare_memory);
  tcase_set_timeout(memory, 60);
  suite_add_tcase(suite, reading);
  suite_add_tcase(suite, end);
  suite_add_tcase(suite, groups);
  suite_add_tcase(suite, memory);
  return suite;
}

int main(void) { return check_main(table_suite()); }
