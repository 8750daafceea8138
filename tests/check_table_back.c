/* Random tables written as CSV, JSON and JSON Lines, and read back cell by cell with readers that owe nothing to the
 * library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "table_sample.h"

typedef struct cursor {
  const char *at, *end;
} cursor;

/* A cell that was read back. */
typedef struct field {
  char text[512];
  size_t length;
  bool missing, quoted;
} field;

static void keep(field *into, char c) {
  ck_assert_uint_lt(into->length, sizeof into->text - 1);
  into->text[into->length++] = c;
  into->text[into->length] = '\0';
}

static void expect(cursor *from, const char *what) {
  size_t n = strlen(what);
  ck_assert_uint_ge((size_t)(from->end - from->at), n);
  ck_assert_mem_eq(from->at, what, n);
  from->at += n;
}

/* A field as in the grammar of RFC 4180, without what separates it from the next. */
static field csv_field(cursor *from) {
  field read = {.text = ""};
  read.quoted = from->at < from->end && *from->at == '"';
  if (read.quoted) {
    for (from->at++; from->at < from->end; from->at++) {
      if (*from->at == '"' && (from->at + 1 == from->end || *++from->at != '"')) break;
      keep(&read, *from->at);
    }
  } else {
    while (from->at < from->end && !strchr(",\"\r\n", *from->at)) keep(&read, *from->at++);
  }
  read.missing = !read.quoted && read.length == 0;
  return read;
}

/* A string, number or null of JSON. */
static field json_field(cursor *from) {
  static const char *const letters = "bfnrt\"\\/", *const plain = "\b\f\n\r\t\"\\/";
  field read = {.text = ""};
  read.quoted = *from->at == '"';
  if (!read.quoted) {
    while (!strchr(",]}", *from->at)) keep(&read, *from->at++);
    read.missing = strcmp(read.text, "null") == 0;
    return read;
  }
  for (from->at++; *from->at != '"'; from->at++) {
    ck_assert_int_ge((unsigned char)*from->at, 0x20);
    if (*from->at != '\\') {
      keep(&read, *from->at);
      continue;
    }
    const char *letter = strchr(letters, *++from->at);
    if (letter) {
      keep(&read, plain[letter - letters]);
      continue;
    }
    char digits[5] = "";
    ck_assert_int_eq(*from->at, 'u');
    memcpy(digits, from->at + 1, 4);
    from->at += 4;
    long code = strtol(digits, NULL, 16);
    ck_assert_int_lt(code, 0x20);
    keep(&read, (char)code);
  }
  from->at++;
  return read;
}

static int64_t microseconds(const char *seconds) {
  char *end;
  bool negative = *seconds == '-';
  unsigned long long whole = strtoull(seconds + negative, &end, 10);
  unsigned long long micros = whole * 1000000, unit = 1000000;
  for (end += *end == '.'; *end; end++) micros += (unsigned long long)(*end - '0') * (unit /= 10);
  return negative ? (int64_t)-micros : (int64_t)micros;
}

/* Days of the civil calendar counted the slow way, which owes nothing to the library. */
static int64_t time_of(const char *s) {
  int year, month, day, hour, minute, second, used = 0;
  ck_assert_int_eq(sscanf(s, "%d-%d-%dT%d:%d:%d%n", &year, &month, &day, &hour, &minute, &second, &used), 6);
  int64_t days = day - 1;
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (int y = 1970; y <= year; y++)
    for (int m = 1; m <= (y < year ? 12 : month - 1); m++)
      days += lengths[m - 1] + (m == 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0));
  char fraction[16] = "0";
  if (s[used] == '.') snprintf(fraction, sizeof fraction, "0%.*s", (int)strcspn(s + used, "Z"), s + used);
  ck_assert_str_eq(s + strlen(s) - 1, "Z");
  return (days * 86400 + hour * 3600 + minute * 60 + second) * 1000000 + microseconds(fraction);
}

static void check_cell(const journey_table *table, int64_t row, int32_t column, const field *read) {
  size_t n;
  ck_assert_int_eq(read->missing, journey_table_is_null(table, row, column));
  if (read->missing) return;
  switch (journey_table_column_type(table, column)) {
  case JOURNEY_TYPE_STRING:
    ck_assert_str_eq(read->text, journey_table_text(table, row, column, &n));
    ck_assert_uint_eq(read->length, n);
    break;
  case JOURNEY_TYPE_FLOAT64:
    ck_assert_double_eq(strtod(read->text, NULL), journey_table_float64(table, row, column));
    break;
  case JOURNEY_TYPE_TIME: ck_assert_int_eq(time_of(read->text), journey_table_int64(table, row, column)); break;
  case JOURNEY_TYPE_DURATION:
    ck_assert_int_eq(microseconds(read->text), journey_table_int64(table, row, column));
    break;
  default: ck_assert_int_eq(strtoll(read->text, NULL, 10), journey_table_int64(table, row, column));
  }
}

/* How the cells of a format are read, and what stands around them. */
typedef struct grammar {
  int32_t format;
  field (*read)(cursor *from);
  const char *row_begin, *next_row_begin, *separator, *row_end, *names[5];
} grammar;

static void check_rows(const journey_table *table, const grammar *rules, cursor *from) {
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    expect(from, row ? rules->next_row_begin : rules->row_begin);
    for (int32_t column = 0; column < 5; column++) {
      if (column) expect(from, rules->separator);
      if (rules->names[column]) expect(from, rules->names[column]);
      field read = rules->read(from);
      check_cell(table, row, column, &read);
    }
    expect(from, rules->row_end);
  }
}

static void check_read_back(const grammar *rules, const char *header, const char *footer, unsigned seed) {
  journey_context *context = table_context();
  journey_table *table = NULL;
  table_output output = {0};
  ck_assert_int_eq(table_random(context, seed, 1000, &table), JOURNEY_OK);
  ck_assert_int_eq(journey_table_write(table, rules->format, table_receive, &output, NULL), JOURNEY_OK);
  ck_assert_uint_ge(output.pieces, 2);
  cursor from = {output.bytes, output.bytes + output.length};
  expect(&from, header);
  check_rows(table, rules, &from);
  expect(&from, footer);
  ck_assert_ptr_eq(from.at, from.end);
  table_output_free(&output);
  journey_table_free(table);
  journey_context_free(context);
}

START_TEST(csv_reads_back) {
  static const grammar rules = {JOURNEY_FORMAT_CSV, csv_field, "", "", ",", "\r\n", {0}};
  check_read_back(&rules, "text,whole,real,time,duration\r\n", "", (unsigned)_i);
}
END_TEST

START_TEST(json_reads_back) {
  static const grammar rules = {JOURNEY_FORMAT_JSON, json_field, "\n  [", ",\n  [", ", ", "]", {0}};
  check_read_back(&rules,
                  "{\"name\": \"random\",\n\"notes\": {},\n\"columns\": [\n"
                  "  {\"name\": \"text\", \"type\": \"string\", \"unit\": \"none\"},\n"
                  "  {\"name\": \"whole\", \"type\": \"int64\", \"unit\": \"none\"},\n"
                  "  {\"name\": \"real\", \"type\": \"float64\", \"unit\": \"none\"},\n"
                  "  {\"name\": \"time\", \"type\": \"time\", \"unit\": \"none\"},\n"
                  "  {\"name\": \"duration\", \"type\": \"duration\", \"unit\": \"none\"}],\n\"rows\": [",
                  "]}\n", (unsigned)_i);
}
END_TEST

START_TEST(jsonl_reads_back) {
  static const grammar rules = {JOURNEY_FORMAT_JSONL,
                                json_field,
                                "{",
                                "{",
                                ", ",
                                "}\n",
                                {"\"text\": ", "\"whole\": ", "\"real\": ", "\"time\": ", "\"duration\": "}};
  check_read_back(&rules, "", "", (unsigned)_i);
}
END_TEST

Suite *table_back_suite(void);
Suite *table_back_suite(void) {
  Suite *suite = suite_create("table_back");
  TCase *back = tcase_create("back");
  tcase_add_loop_test(back, csv_reads_back, 0, 5);
  tcase_add_loop_test(back, json_reads_back, 0, 5);
  tcase_add_loop_test(back, jsonl_reads_back, 0, 5);
  suite_add_tcase(suite, back);
  return suite;
}

int main(void) { return check_main(table_back_suite()); }
