/* CSV that is wrong: the first bad line of the file is named, whatever the threads and blocks; skipping counts and
 * hands over each row that was left out; nothing is half-read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "read_back.h"

#define HEAD "user_id,time,event,value,note\n"
#define GOOD "u,2024-01-01,a,1,x\n"

/* ---- one thing wrong -------------------------------------------------------------------------------------------- */

static const struct {
  const char *text, *attributes;
  size_t n; /* 0: up to the NUL */
  journey_status status;
  int64_t row;
  int32_t column;
  int64_t offset; /* -2: not looked at */
  const char *says;
} wrong[] = {
    {"", NULL, 0, JOURNEY_EPARSE, 0, 0, -1, "t.csv: the file is empty"},
    {"\xef\xbb\xbf", NULL, 0, JOURNEY_EPARSE, 0, 0, -1, "nothing but line ends"},
    {"\n\r\n", NULL, 0, JOURNEY_EPARSE, 0, 0, -1, "nothing but line ends"},
    {HEAD, NULL, 0, JOURNEY_EPARSE, 1, 0, -1, "t.csv:1: there is a header and no row after it"},
    {"user_id,time,event", NULL, 0, JOURNEY_EPARSE, 0, 0, -2, "there is a header and no row after it"},
    {HEAD "\n\n", NULL, 0, JOURNEY_EPARSE, 1, 0, -1, "there is a header and no row after it"},
    {HEAD GOOD "u,2024-01-01,a,1\n", NULL, 0, JOURNEY_EPARSE, 3, 4, 49, "t.csv:3: 4 fields where the header has 5"},
    {HEAD "\n" GOOD "u,2024-01-01,a,1,x,y\n", NULL, 0, JOURNEY_EPARSE, 4, 6, 50, "6 fields where the header has 5"},
    {HEAD GOOD "u\n", NULL, 0, JOURNEY_EPARSE, 3, 1, 49, "1 field where the header has 5"},
    {HEAD GOOD "u,yesterday,a,1,x\n", NULL, 0, JOURNEY_EPARSE, 3, 2, 51, "\"yesterday\" in column \"time\""},
    {HEAD GOOD "u,,a,1,x\n", NULL, 0, JOURNEY_EPARSE, 3, 2, 49, "no time: \"time\" is empty"},
    {HEAD GOOD ",2024-01-01,a,1,x\n", NULL, 0, JOURNEY_EPARSE, 3, 1, 49, "no customer: \"user_id\" is empty"},
    {HEAD GOOD "u,2024-01-01,,1,x\n", NULL, 0, JOURNEY_EPARSE, 3, 3, 49, "no event name: \"event\" is empty"},
    {HEAD GOOD "u,2024-01-01,a,1.5.0,x\n", NULL, 0, JOURNEY_EPARSE, 3, 4, 64,
     "\"1.5.0\" in column \"value\" is no number"},
    {HEAD GOOD "u,2024-01-01,a,\"1,5\",x\n", NULL, 0, JOURNEY_EPARSE, 3, 4, 65,
     "\"1,5\" in column \"value\" is no number"},
    {HEAD GOOD "u,2024-01-01,a,0x10,x\n", NULL, 0, JOURNEY_EPARSE, 3, 4, 64,
     "\"0x10\" in column \"value\" is no number"},
    {HEAD GOOD "u,2024-01-01,a,nan,x\n", NULL, 0, JOURNEY_EPARSE, 3, 4, 64, "\"nan\" in column \"value\" is no number"},
    {HEAD GOOD "u,2024-01-01,a,1,y\n", "note:number", 0, JOURNEY_EPARSE, 2, 5, 47,
     "\"x\" in column \"note\" is no number"},
    {HEAD GOOD "u,2024-01-01,a,1,\"y\n" GOOD GOOD, NULL, 0, JOURNEY_EPARSE, 3, 5, 66,
     "a quote is opened and never closed"},
    {HEAD GOOD "\"u\nv\",2024-01-01,\"a\n\n,1,x\n", NULL, 0, JOURNEY_EPARSE, 4, 3, 66,
     "a quote is opened and never closed"},
    {HEAD GOOD "u,2024-01-01,\"a\"b,1,x\n", NULL, 0, JOURNEY_EPARSE, 3, 3, 65, "text after the closing quote"},
    {HEAD GOOD "u,2024-01-01,\"a\" ,1,x\n", NULL, 0, JOURNEY_EPARSE, 3, 3, 65, "text after the closing quote"},
    {HEAD GOOD "u,2024-01-01,a\0b,1,x\n", NULL, sizeof HEAD GOOD "u,2024-01-01,a\0b,1,x\n" - 1, JOURNEY_EPARSE, 3, 3,
     63, "a NUL byte"},
    {HEAD GOOD "u,2024-01-01,a\xff,1,x\n", NULL, 0, JOURNEY_EPARSE, 3, 3, 63, "the byte 0xff is not UTF-8"},
    {HEAD GOOD "u,2024-01-01,a,1,\"x\"\"\xed\xa0\x80\"\n", NULL, 0, JOURNEY_EPARSE, 3, 5, 70,
     "the byte 0xed is not UTF-8"},
    {HEAD GOOD "u,2024-01-01,a,1,x\xc3", NULL, 0, JOURNEY_EPARSE, 3, 5, 67, "the byte 0xc3 is not UTF-8"},
    {"user_id,ti\xffme,event\n" GOOD, NULL, 0, JOURNEY_EPARSE, 1, 0, 10, "the byte 0xff in the header is not UTF-8"},
    {"user_id,ti\0me,event\n", NULL, 20, JOURNEY_EPARSE, 1, 0, 10, "a NUL byte in the header"},
    {"user_id,time,\"event\nu,2024-01-01,x\n", NULL, 0, JOURNEY_EPARSE, 1, 3, 13, "a quote that is never closed"},
    {"user_id,\"time\"x,event\n", NULL, 0, JOURNEY_EPARSE, 1, 2, 14, "text after a closing quote"},
    {"\n\nuser_id,event\nu,x\n", NULL, 0, JOURNEY_ENOTFOUND, 3, 0, -1,
     "t.csv:3: no column for the time is recognised: name one with time (--time); the columns are user_id, event"},
    {"a,b\n1,2\n", NULL, 0, JOURNEY_ENOTFOUND, 1, 0, -1, "customer (--customer); the columns are a, b"},
    {"user_id,time\nu,2024-01-01\n", NULL, 0, JOURNEY_ENOTFOUND, 1, 0, -1, "event (--event)"},
    {"user_id,time,event,time\n", NULL, 0, JOURNEY_EPARSE, 1, 2, -1, "the column \"time\" is there twice"},
    {"User_Id,USER_ID,time,event\n", NULL, 0, JOURNEY_EPARSE, 1, 1, -1, "the column \"User_Id\" is there twice"},
    {HEAD GOOD, "note,nothing", 0, JOURNEY_ENOTFOUND, 1, 0, -1, "no column \"nothing\", which the option attributes"},
    {"user_id,time,event,note,note\n" GOOD, "note", 0, JOURNEY_EPARSE, 1, 4, -1, "\"note\" is there twice"},
    {"\xff\xfeu\0s\0", NULL, 6, JOURNEY_EUNSUPPORTED, 0, 0, -1, "UTF-16"},
    {"PAR1\x15\x04", NULL, 0, JOURNEY_EUNSUPPORTED, 0, 0, -1, "Parquet"},
    {"PK\x03\x04xx", NULL, 0, JOURNEY_EUNSUPPORTED, 0, 0, -1, "spreadsheet"},
};

/* Text that the error's place must not depend on, appended where it cannot mend anything. */
static void check_wrong(size_t which, size_t block, int32_t threads) {
  size_t n = wrong[which].n ? wrong[which].n : strlen(wrong[which].text);
  read_back r = {.threads = threads, .tuning = {.block = block}, .options.attributes = wrong[which].attributes};
  read_back_from(&r, "t.csv", wrong[which].text, n);
  ck_assert_msg(r.status == wrong[which].status, "case %zu: %s", which, r.err.message);
  ck_assert_msg(strstr(r.err.message, wrong[which].says), "case %zu: \"%s\" is not in \"%s\"", which, wrong[which].says,
                r.err.message);
  ck_assert_msg(!strchr(r.err.message, '\n'), "case %zu", which);
  ck_assert_msg(r.err.row == wrong[which].row || wrong[which].offset == -2, "case %zu: row %d", which, (int)r.err.row);
  ck_assert_msg(r.err.column == wrong[which].column, "case %zu: column %d", which, (int)r.err.column);
  ck_assert_msg(wrong[which].offset == -2 || r.err.offset == wrong[which].offset, "case %zu: offset %d", which,
                (int)r.err.offset);
  read_back_free(&r);
}

START_TEST(one_thing_wrong) {
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    check_wrong(i, 0, 2);
    for (size_t block = 1; block < 60; block += block < 10 ? 1 : 7) check_wrong(i, block, 1 + (int32_t)(block % 4));
  }
}
END_TEST

/* ---- the first and the others ------------------------------------------------------------------------------------ */

/* The first of two bad lines is named, though the second is read sooner. */
START_TEST(the_first_of_many) {
  enum { ROWS = 3000 };
  static char text[ROWS * 32 + 100];
  for (int bad = 0; bad < ROWS; bad += 117) {
    size_t n = (size_t)sprintf(text, "user_id,time,event\n");
    for (int i = 0; i < ROWS; i++) n += (size_t)sprintf(text + n, i < bad ? "u,2024-01-01,x\n" : "u,20240101T,x\n");
    read_back r = {.threads = 4, .tuning = {.block = 200}};
    read_back_from(&r, "t", text, n);
    ck_assert_int_eq(r.status, JOURNEY_EPARSE);
    ck_assert_int_eq(r.err.row, bad + 2);
    ck_assert_int_eq(r.counts.rows, bad + 1);
    read_back_free(&r);
  }
}
END_TEST

/* ---- callbacks -------------------------------------------------------------------------------------------------- */

static journey_status refuse(void *user, const char *file, int64_t line, const char *bytes, size_t n,
                             const char *reason) {
  (void)file, (void)bytes, (void)n, (void)reason;
  *(int64_t *)user = line;
  return JOURNEY_EUSER;
}

static journey_status note_line(void *user, const char *file, int64_t line, const char *bytes, size_t n,
                                const char *reason) {
  (void)file, (void)bytes, (void)n, (void)reason;
  sprintf((char *)user + strlen(user), "%d ", (int)line);
  return JOURNEY_OK;
}

/* A column that turns out to be text is read again from the start; each bad row is handed over once all the same. */
START_TEST(handed_over_once) {
  char lines[100] = "";
  read_back r = {.threads = 3, .tuning = {.block = 30, .sample = 60}};
  r.options = (journey_read_options){.on_error = JOURNEY_ON_ERROR_SKIP, .reject = note_line, .reject_user = lines};
  read_back_text(&r,
                 "user_id,time,event,n\nu,2024-01-01,a,1\nbad\nu,2024-01-01,a,2\nu,no,a,3\nu,2024-01-01,a,text\nbad\n");
  ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
  ck_assert_str_eq(lines, "3 5 7 ");
  ck_assert_int_eq(r.counts.skipped, 3);
  ck_assert_int_eq(r.counts.rows, 6);
  ck_assert_int_eq(read_back_type(&r, "n"), JOURNEY_ATTRIBUTE_TEXT);
  ck_assert_str_eq(read_back_attribute(&r, "n", 1), "2");
  read_back_free(&r);
}
END_TEST

START_TEST(the_receiver_stops) {
  int64_t line = 0;
  read_back r = {.tuning = {.block = 9}};
  r.options.on_error = JOURNEY_ON_ERROR_SKIP;
  r.options.reject = refuse;
  r.options.reject_user = &line;
  read_back_text(&r, HEAD GOOD GOOD "bad\n" GOOD "bad\n" GOOD);
  ck_assert_int_eq(r.status, JOURNEY_EUSER);
  ck_assert_int_eq(line, 4);
  read_back_free(&r);
}
END_TEST

static journey_status stop_at(void *user, const char *phase, int64_t done, int64_t total) {
  if (strcmp(phase, "reading") != 0) return JOURNEY_OK;
  ck_assert_int_le(done, total);
  return --*(int *)user ? JOURNEY_OK : JOURNEY_EUSER;
}

START_TEST(progress_stops_and_cancel_too) {
  int left = 3;
  const char *text = HEAD GOOD GOOD GOOD GOOD;
  journey_context_options options = {
      .struct_size = sizeof options, .threads = 2, .progress = stop_at, .progress_user = &left};
  jn_io_tuning tuning = {.block = 8};
  journey_context *context;
  journey_builder *builder;
  journey_stream *stream;
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_io_read(builder, "t", text, strlen(text), &tuning, NULL, NULL, NULL), JOURNEY_EUSER);
  left = 1000;
  journey_context_cancel(context, 1);
  ck_assert_int_eq(jn_io_read(builder, "t", text, strlen(text), &tuning, NULL, NULL, NULL), JOURNEY_ECANCELLED);
  journey_context_cancel(context, 0);
  ck_assert_int_eq(jn_io_read(builder, "t", text, strlen(text), &tuning, NULL, NULL, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_stream_get(stream)->events, 4); /* of the third reading only */
  journey_stream_free(stream);
  journey_builder_free(builder);
  journey_context_free(context);
}
END_TEST

/* ---- all or nothing --------------------------------------------------------------------------------------------- */

START_TEST(a_failure_leaves_the_builder) {
  journey_context *context;
  journey_builder *builder;
  journey_stream *stream;
  journey_error err;
  jn_io_tuning tuning = {.block = 20};
  const char *good = HEAD GOOD GOOD, *bad = "user_id,time,event,other\nu,2024-01-01,b,1\nu,2024-01-01,c,2\nu,no,c,2\n";
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_io_read(builder, "good", good, strlen(good), &tuning, NULL, NULL, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_io_read(builder, "bad", bad, strlen(bad), &tuning, NULL, NULL, &err), JOURNEY_EPARSE);
  ck_assert_int_eq(jn_io_read(builder, "good", good, strlen(good), &tuning, NULL, NULL, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_stream_get(stream)->events, 4);
  ck_assert_int_eq(journey_stream_attributes(stream), 1);
  ck_assert_int_eq(journey_stream_event_names(stream), 1);
  journey_stream_free(stream);
  journey_builder_free(builder);
  journey_context_free(context);
}
END_TEST

START_TEST(options_that_are_wrong) {
  journey_read_options all[] = {{.on_error = 7},        {.input = 9},         {.separator = 'x'}, {.preset = "nosuch"},
                                {.customer = "nosuch"}, {.zone = "No/Where"}, {.attributes = "x"}};
  journey_status expected[] = {JOURNEY_EINVAL,    JOURNEY_EINVAL,    JOURNEY_EINVAL,   JOURNEY_EINVAL,
                               JOURNEY_ENOTFOUND, JOURNEY_ENOTFOUND, JOURNEY_ENOTFOUND};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    read_back r = {.options = all[i]};
    read_back_text(&r, HEAD GOOD);
    ck_assert_msg(r.status == expected[i], "%zu: %s", i, r.err.message);
    read_back_free(&r);
  }
}
END_TEST

Suite *csv_errors_suite(void);
Suite *csv_errors_suite(void) {
  Suite *suite = suite_create("csv_errors");
  TCase *tcase = tcase_create("errors");
  tcase_set_timeout(tcase, 300);
  tcase_add_test(tcase, one_thing_wrong);
  tcase_add_test(tcase, the_first_of_many);
  tcase_add_test(tcase, handed_over_once);
  tcase_add_test(tcase, the_receiver_stops);
  tcase_add_test(tcase, progress_stops_and_cancel_too);
  tcase_add_test(tcase, a_failure_leaves_the_builder);
  tcase_add_test(tcase, options_that_are_wrong);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(csv_errors_suite()); }
