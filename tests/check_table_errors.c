/* What goes wrong while a table is built: the first error sticks, and the end says where it was. */
#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "table/table.h"
#include "table_sample.h"

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

static void text_into_int(journey_table *table) {
  two_rows(table);
  journey_table_put_text(table, "x", 1);
}
static void real_into_text(journey_table *table) {
  two_rows(table);
  journey_table_put_int64(table, 1);
  journey_table_put_float64(table, 1);
}
static void whole_into_real(journey_table *table) {
  journey_table_add_column(table, "share", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE);
  journey_table_put_int64(table, 1);
}
static void broken_text(journey_table *table) {
  two_rows(table);
  journey_table_put_int64(table, 1);
  journey_table_put_text(table, "ab\xFFyz", 5);
}
static void incomplete_row(journey_table *table) {
  two_rows(table);
  journey_table_put_int64(table, 1);
  journey_table_finish(table, NULL);
}
static void column_twice(journey_table *table) {
  add_two(table);
  journey_table_add_column(table, "n", JOURNEY_TYPE_STRING, 0);
}
static void column_too_late(journey_table *table) {
  two_rows(table);
  journey_table_add_column(table, "late", JOURNEY_TYPE_STRING, 0);
}
static void column_broken_name(journey_table *table) {
  journey_table_add_column(table, "\xC3(", JOURNEY_TYPE_STRING, 0);
}
static void no_such_type(journey_table *table) { journey_table_add_column(table, "c", 6, 0); }
static void negative_type(journey_table *table) { journey_table_add_column(table, "c", -1, 0); }
static void no_such_unit(journey_table *table) { journey_table_add_column(table, "c", JOURNEY_TYPE_FLOAT64, 4); }
static void unit_of_text(journey_table *table) {
  journey_table_add_column(table, "c", JOURNEY_TYPE_STRING, JOURNEY_UNIT_SHARE);
}
static void cell_without_column(journey_table *table) { journey_table_put_null(table); }
static void broken_note(journey_table *table) { journey_table_add_note(table, "k", "\x80"); }
static void many_columns(journey_table *table) {
  for (int i = 0; i < 10001; i++) {
    char name[16];
    snprintf(name, sizeof name, "c%d", i);
    journey_table_add_column(table, name, JOURNEY_TYPE_INT64, 0);
  }
}
static void group_without_column(journey_table *table) { jn_table_prefix_value(table, "a", 1); }
static void group_column_late(journey_table *table) {
  add_two(table);
  jn_table_set_prefix(table, "group");
}
static void group_column_twice(journey_table *table) {
  jn_table_set_prefix(table, "n");
  add_two(table);
}
static void group_broken_name(journey_table *table) {
  jn_table_set_prefix(table, "group");
  jn_table_prefix_value(table, "\xED\xA0\x80", 3);
}
static void group_incomplete(journey_table *table) {
  jn_table_set_prefix(table, "group");
  jn_table_prefix_value(table, "a", 1);
  add_two(table);
  journey_table_put_int64(table, 1);
  jn_table_prefix_value(table, "b", 1);
}
static void group_of_other_columns(journey_table *table) {
  jn_table_set_prefix(table, "group");
  jn_table_prefix_value(table, "a", 1);
  add_two(table);
  jn_table_prefix_value(table, "b", 1);
  journey_table_add_column(table, "n", JOURNEY_TYPE_FLOAT64, 0);
}
static void group_of_more_columns(journey_table *table) {
  jn_table_set_prefix(table, "group");
  jn_table_prefix_value(table, "a", 1);
  add_two(table);
  jn_table_prefix_value(table, "b", 1);
  add_two(table);
  journey_table_add_column(table, "more", JOURNEY_TYPE_FLOAT64, 0);
}

static const struct mistake {
  void (*make)(journey_table *table);
  int64_t row;
  int32_t column;
  const char *message;
} mistakes[] = {
    {text_into_int, 3, 1, "table 't', row 3, column 'n': a text was put into a column of type int64"},
    {real_into_text, 3, 2, "table 't', row 3, column 'name': a FLOAT64 was put into a column of type string"},
    {whole_into_real, 1, 1, "table 't', row 1, column 'share': a whole number was put into a column of type float64"},
    {broken_text, 3, 2, "table 't', row 3, column 'name': byte 3 of 'ab?yz' is not valid UTF-8"},
    {incomplete_row, 3, 2, "table 't', row 3, column 'name': the row ends before this cell"},
    {column_twice, 0, 3, "table 't', column 'n': there is a column of this name already"},
    {column_too_late, 0, 3, "table 't', column 'late': a column cannot be added after the first cell"},
    {column_broken_name, 0, 1, "table 't', column '?(': the name is not valid UTF-8"},
    {no_such_type, 0, 1, "table 't', column 'c': the type is none of JOURNEY_TYPE_..."},
    {negative_type, 0, 1, "table 't', column 'c': the type is none of JOURNEY_TYPE_..."},
    {no_such_unit, 0, 1, "table 't', column 'c': the unit is none of JOURNEY_UNIT_..."},
    {unit_of_text, 0, 1, "table 't', column 'c': only a column of type FLOAT64 has a unit"},
    {cell_without_column, 0, 0, "table 't': a cell was put, but there are no columns"},
    {broken_note, 0, 0, "table 't': a note is not valid UTF-8"},
    {many_columns, 0, 10001, "table 't', column 'c10000': there are too many columns"},
    {group_without_column, 0, 0, "table 't': a group needs jn_table_set_prefix() first"},
    {group_column_late, 0, 0, "table 't': the column of groups must be set once and first"},
    {group_column_twice, 0, 2, "table 't', column 'n': there is a column of this name already"},
    {group_broken_name, 0, 0, "table 't': the name of a group is not valid UTF-8"},
    {group_incomplete, 0, 0, "table 't': the group before ends with an incomplete row"},
    {group_of_other_columns, 0, 2, "table 't', column 'n': a later group declares other columns than the first"},
    {group_of_more_columns, 0, 4, "table 't', column 'more': a later group declares other columns than the first"},
};
enum { MISTAKES = sizeof mistakes / sizeof *mistakes };

START_TEST(the_first_error_sticks) {
  const struct mistake *mistake = &mistakes[_i];
  journey_context *context = table_context();
  journey_table *table = NULL;
  ck_assert_int_eq(journey_table_new(context, "t", &table, NULL), JOURNEY_OK);
  mistake->make(table);
  int64_t rows = journey_table_rows(table);
  journey_table_put_null(table); /* neither this nor a second error changes anything */
  journey_table_put_int64(table, 1);
  journey_table_add_column(table, "", 99, 0);
  journey_table_add_note(table, "\xFF", "");
  for (int again = 0; again < 2; again++) {
    journey_error err;
    memset(&err, 0xA5, sizeof err);
    ck_assert_int_eq(journey_table_finish(table, &err), JOURNEY_EINVAL);
    ck_assert_int_eq(err.code, JOURNEY_EINVAL);
    ck_assert_str_eq(err.message, mistake->message);
    ck_assert_int_eq(err.row, mistake->row);
    ck_assert_int_eq(err.column, mistake->column);
    ck_assert_int_eq(err.offset, -1);
  }
  ck_assert_int_eq(journey_table_rows(table), rows);
  table_output output = {0};
  ck_assert_int_eq(journey_table_write(table, JOURNEY_FORMAT_CSV, table_receive, &output, NULL), JOURNEY_EINVAL);
  struct ArrowArrayStream stream;
  ck_assert_int_eq(journey_table_arrow(table, &stream, NULL), JOURNEY_EINVAL);
  ck_assert_uint_eq(output.pieces, 0);
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

Suite *table_errors_suite(void);
Suite *table_errors_suite(void) {
  Suite *suite = suite_create("table_errors");
  TCase *errors = tcase_create("errors");
  tcase_add_loop_test(errors, the_first_error_sticks, 0, MISTAKES);
  suite_add_tcase(suite, errors);
  return suite;
}

int main(void) { return check_main(table_errors_suite()); }
