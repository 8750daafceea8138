/* Arrow arrays made by hand: values, nulls, slices and dictionaries come back; what is broken is refused; everything is
 * released once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "read_back.h"

/* ---- arrays by hand --------------------------------------------------------------------------------------------- */

enum { COLUMNS = 6 };

static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }
static void release_array(struct ArrowArray *array) { array->release = NULL; }

/* A batch whose columns may be changed before it is read. */
typedef struct batch {
  struct ArrowSchema schema, column[COLUMNS], words_schema, *columns[COLUMNS];
  struct ArrowArray array, values[COLUMNS], words, *all[COLUMNS];
  const void *buffers[COLUMNS][4], *word_buffers[3], *none[1];
} batch;

static void set_column(batch *b, int i, const char *name, const char *format, const void *valid, const void *data,
                       const void *bytes, int64_t n) {
  b->column[i] = (struct ArrowSchema){.format = format, .name = name, .release = release_schema};
  b->buffers[i][0] = valid, b->buffers[i][1] = data, b->buffers[i][2] = bytes, b->buffers[i][3] = NULL;
  b->values[i] = (struct ArrowArray){.length = n,
                                     .null_count = valid ? -1 : 0,
                                     .n_buffers = format[0] == 'u' || format[0] == 'U' ? 3 : 2,
                                     .buffers = b->buffers[i],
                                     .release = release_array};
}

static const char ids[] = "abbccc", words[] = "startbuy";
static const int32_t id_offsets[] = {0, 1, 3, 6, 6}, word_offsets[] = {0, 5, 8};
static const int64_t times[] = {-1500, 2000, 3001, 4000};
static const int8_t codes[] = {0, 1, 1, 0};
static const uint8_t three[] = {0x07}, odd[] = {0x0a};
static const double values[] = {1.5, -2, 0, 7};
static const uint16_t halves[] = {0x3c00, 0xc000, 0x7bff, 0x0001}; /* 1, -2, 65504, 2^-24 */

/* Rows: (a, start, -1.5 s), (bb, buy, 2 s), (ccc, buy, 3.001 s). A fourth is beyond the length. */
static void make(batch *b) {
  memset(b, 0, sizeof *b);
  set_column(b, 0, "event", "c", NULL, codes, NULL, 3);
  set_column(b, 1, "user_id", "u", NULL, id_offsets, ids, 3);
  set_column(b, 2, "time", "tsm:UTC", NULL, times, NULL, 3);
  set_column(b, 3, "value", "g", three, values, NULL, 3);
  set_column(b, 4, "half", "e", NULL, halves, NULL, 3);
  set_column(b, 5, "flag", "b", three, odd, NULL, 3);
  b->words_schema = (struct ArrowSchema){.format = "u", .release = release_schema};
  b->column[0].dictionary = &b->words_schema;
  b->word_buffers[1] = word_offsets, b->word_buffers[2] = words;
  b->words = (struct ArrowArray){.length = 2, .n_buffers = 3, .buffers = b->word_buffers, .release = release_array};
  b->values[0].dictionary = &b->words;
  b->schema = (struct ArrowSchema){.format = "+s", .n_children = COLUMNS, .children = b->columns};
  b->array = (struct ArrowArray){.length = 3, .n_buffers = 1, .n_children = COLUMNS, .children = b->all};
  b->array.buffers = b->none;
  b->schema.release = release_schema, b->array.release = release_array;
  for (int i = 0; i < COLUMNS; i++) b->columns[i] = &b->column[i], b->all[i] = &b->values[i];
}

/* Fills what read_back.c's readers look at. */
static void read_batch(read_back *r, const batch *b) {
  journey_builder *builder;
  journey_context_options options = {.struct_size = sizeof options, .threads = r->threads ? r->threads : 2};
  r->options.struct_size = sizeof r->options;
  r->counts.struct_size = sizeof r->counts;
  r->stream = NULL;
  memset(&r->err, 0, sizeof r->err);
  ck_assert_int_eq(journey_context_new(&options, &r->context, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_new(r->context, &builder, NULL), JOURNEY_OK);
  r->status = journey_read_arrow_array(builder, &b->schema, &b->array, &r->options, &r->counts, &r->err);
  ck_assert_int_eq(r->status, r->err.code);
  ck_assert_int_eq(journey_builder_finish(builder, &r->stream, NULL), JOURNEY_OK);
  r->columns = jn_stream_get(r->stream);
  if (r->status) ck_assert_int_eq(r->columns->events, 0);
  journey_builder_free(builder);
}

static void check_path(const read_back *r, const char *id, const char *path) {
  char text[500];
  ck_assert_str_eq(read_back_path(r, id, text, sizeof text), path);
}

/* ---- what is right ---------------------------------------------------------------------------------------------- */

START_TEST(a_batch) {
  batch b;
  read_back r = {0};
  make(&b);
  read_batch(&r, &b);
  ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
  ck_assert_int_eq(r.counts.rows, 3);
  ck_assert_int_eq(r.counts.events, 3);
  check_path(&r, "a", "start -1 1.5\n");
  check_path(&r, "bb", "buy 2 -2\n");
  check_path(&r, "ccc", "buy 3 0\n");
  ck_assert_int_eq(jn_stream_time(r.columns, 0), -1500000);
  ck_assert_double_eq(read_back_number(&r, "half", 0), 1);
  ck_assert_double_eq(read_back_number(&r, "half", 2), 65504);
  ck_assert_str_eq(read_back_attribute(&r, "flag", 0), "false");
  ck_assert_str_eq(read_back_attribute(&r, "flag", 1), "true");
  read_back_free(&r);
}
END_TEST

/* Children that begin later, under a batch that begins later, whose dictionary begins later too. */
START_TEST(offsets_add_up) {
  batch b;
  make(&b);
  read_back r = {0};
  static const int32_t from_one[] = {77, 0, 5, 8};
  static const int64_t later[] = {9, 9, 2000, 3001};
  b.array.offset = 1, b.array.length = 2;
  b.values[2].offset = 1;
  b.buffers[2][1] = later;
  b.words.offset = 1;
  b.word_buffers[1] = from_one;
  read_batch(&r, &b);
  ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
  ck_assert_int_eq(r.counts.events, 2);
  check_path(&r, "bb", "buy 2 -2\n");
  check_path(&r, "ccc", "buy 3 0\n");
  ck_assert_str_eq(read_back_attribute(&r, "flag", 0), "true");
  read_back_free(&r);
}
END_TEST

START_TEST(nulls_are_missing) {
  batch b;
  make(&b);
  read_back r = {0};
  static const uint8_t second[] = {0x02};
  b.buffers[3][0] = second, b.buffers[5][0] = second;
  read_batch(&r, &b);
  ck_assert_int_eq(r.status, JOURNEY_OK);
  check_path(&r, "a", "start -1\n");
  check_path(&r, "bb", "buy 2 -2\n");
  ck_assert_str_eq(read_back_attribute(&r, "flag", 0), "");
  ck_assert_str_eq(read_back_attribute(&r, "flag", 1), "true");
  read_back_free(&r);
}
END_TEST

static void check_one_event(const char *customer_format, const void *data, const char *says) {
  batch b;
  char text[200], path[300];
  make(&b);
  b.array.length = 1;
  set_column(&b, 1, "user_id", customer_format, NULL, data, NULL, 1);
  read_back r = {.options.attributes = "none"};
  read_batch(&r, &b);
  ck_assert_msg(r.status == JOURNEY_OK, "%s: %s", customer_format, r.err.message);
  snprintf(path, sizeof path, "start -1 1.5\n");
  ck_assert_msg(!strcmp(read_back_path(&r, says, text, sizeof text), path), "%s: %s", customer_format, says);
  read_back_free(&r);
}

START_TEST(ids_of_every_type) {
  check_one_event("c", &(int8_t){INT8_MIN}, "-128");
  check_one_event("C", &(uint8_t){UINT8_MAX}, "255");
  check_one_event("s", &(int16_t){INT16_MIN}, "-32768");
  check_one_event("S", &(uint16_t){UINT16_MAX}, "65535");
  check_one_event("i", &(int32_t){INT32_MIN}, "-2147483648");
  check_one_event("I", &(uint32_t){UINT32_MAX}, "4294967295");
  check_one_event("l", &(int64_t){INT64_MIN}, "-9223372036854775808");
  check_one_event("L", &(uint64_t){UINT64_MAX}, "18446744073709551615");
  check_one_event("f", &(float){2.5}, "2.5");
  check_one_event("g", &(double){1234567}, "1234567");
  check_one_event("b", &(uint8_t){1}, "true");
  check_one_event("tdD", &(int32_t){1}, "1970-01-02T00:00:00Z");
}
END_TEST

static void check_time(const char *format, const void *data, const char *zone, int64_t expected) {
  batch b;
  make(&b);
  b.array.length = 1;
  set_column(&b, 2, "time", format, NULL, data, NULL, 1);
  read_back r = {.options.attributes = "none", .options.zone = zone};
  read_batch(&r, &b);
  ck_assert_msg(r.status == (expected == INT64_MIN ? JOURNEY_EPARSE : JOURNEY_OK), "%s: %s", format, r.err.message);
  if (!r.status) ck_assert_int_eq(jn_stream_time(r.columns, 0), expected);
  read_back_free(&r);
}

START_TEST(times_of_every_unit) {
  check_time("tss:", &(int64_t){-3}, NULL, -3000000);
  check_time("tsm:UTC", &(int64_t){-3}, NULL, -3000);
  check_time("tsu:Europe/Berlin", &(int64_t){-3}, "+02:00", -3);
  check_time("tsn:", &(int64_t){-3}, NULL, -1);
  check_time("tsn:", &(int64_t){2999}, NULL, 2);
  check_time("tss:", &(int64_t){7200}, "+02:00", 0);
  check_time("tdD", &(int32_t){-1}, NULL, INT64_C(-86400000000));
  check_time("tdm", &(int64_t){86400000}, "+01:00", INT64_C(82800000000));
  check_time("l", &(int64_t){1700000000}, NULL, INT64_C(1700000000000000));
  check_time("tss:", &(int64_t){INT64_MAX / 1000}, NULL, INT64_MIN);
  check_time("tsm:", &(int64_t){INT64_MIN}, NULL, INT64_MIN);
}
END_TEST

/* Text of more than 12 bytes lies elsewhere. */
START_TEST(views) {
  struct {
    int32_t length;
    char bytes[12];
  } view[3] = {{2, "hi"}, {12, "twelve bytes"}, {13, "thir"}};
  static const char far[] = "..thirteen byte";
  static const int64_t sizes[] = {15};
  const void *buffers[] = {NULL, view, far, sizes};
  batch b;
  make(&b);
  ((int32_t *)&view[2])[2] = 0;
  ((int32_t *)&view[2])[3] = 2;
  b.column[1].format = "vu";
  b.values[1].n_buffers = 4, b.values[1].buffers = buffers;
  read_back r = {0};
  read_batch(&r, &b);
  ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
  check_path(&r, "hi", "start -1 1.5\n");
  check_path(&r, "twelve bytes", "buy 2 -2\n");
  check_path(&r, "thirteen byte", "buy 3 0\n");
  read_back_free(&r);
  ((int32_t *)&view[2])[3] = 3;
  read_batch(&r, &b);
  ck_assert_int_eq(r.status, JOURNEY_EPARSE);
  ck_assert_int_eq(r.err.row, 3);
  read_back_free(&r);
}
END_TEST

/* ---- what is wrong ---------------------------------------------------------------------------------------------- */

/* What to spoil, and the status, row and words that come of it. */
static void check_wrong(const batch *b, journey_status status, int64_t row, const char *says) {
  for (int32_t threads = 1; threads <= 3; threads++) {
    read_back r = {.threads = threads};
    read_batch(&r, b);
    ck_assert_msg(r.status == status, "%s: %d %s", says, (int)r.status, r.err.message);
    ck_assert_msg(strstr(r.err.message, says), "\"%s\" is not in \"%s\"", says, r.err.message);
    ck_assert_int_eq(r.err.row, row);
    read_back_free(&r);
  }
}

#define WRONG(change, status, row, says)                                                                               \
  do {                                                                                                                 \
    batch b;                                                                                                           \
    make(&b);                                                                                                          \
    change;                                                                                                            \
    check_wrong(&b, status, row, says);                                                                                \
  } while (0)

START_TEST(broken_shapes) {
  WRONG(b.schema.release = NULL, JOURNEY_EINVAL, 0, "released");
  WRONG(b.schema.format = NULL, JOURNEY_EINVAL, 0, "not of a struct");
  WRONG(b.schema.format = "i", JOURNEY_EINVAL, 0, "not of a struct");
  WRONG(b.schema.n_children = -1, JOURNEY_EINVAL, 0, "out of range");
  WRONG(b.schema.n_children = INT64_MAX, JOURNEY_EINVAL, 0, "out of range");
  WRONG(b.schema.children = NULL, JOURNEY_EINVAL, 0, "its columns are not there");
  WRONG(b.columns[4] = NULL, JOURNEY_EINVAL, 0, "a column is not there");
  WRONG(b.column[4].release = NULL, JOURNEY_EINVAL, 0, "a column is not there");
  WRONG(b.array.release = NULL, JOURNEY_EINVAL, 0, "released");
  WRONG(b.array.n_children = 5, JOURNEY_EINVAL, 0, "number of columns");
  WRONG(b.array.children = NULL, JOURNEY_EINVAL, 0, "its columns are not there");
  WRONG(b.array.length = -1, JOURNEY_EINVAL, 0, "out of range");
  WRONG(b.array.offset = INT64_MAX, JOURNEY_EINVAL, 0, "out of range");
  WRONG(b.array.null_count = 1, JOURNEY_EINVAL, 0, "no bitmap");
  WRONG(b.array.length = 4, JOURNEY_EINVAL, 0, "shorter than the batch");
  WRONG(b.array.offset = 1, JOURNEY_EINVAL, 0, "shorter than the batch");
  WRONG(b.all[3] = NULL, JOURNEY_EINVAL, 0, "column \"value\" is broken: it is not there");
  WRONG(b.values[3].release = NULL, JOURNEY_EINVAL, 0, "released");
  WRONG(b.values[3].n_buffers = 3, JOURNEY_EINVAL, 0, "number of buffers");
  WRONG(b.values[3].buffers = NULL, JOURNEY_EINVAL, 0, "no buffers");
  WRONG(b.buffers[3][1] = NULL, JOURNEY_EINVAL, 0, "values are not there");
  WRONG((b.values[3].null_count = 2, b.buffers[3][0] = NULL), JOURNEY_EINVAL, 0, "nulls and no bitmap");
  WRONG(b.values[3].length = -3, JOURNEY_EINVAL, 0, "out of range");
  WRONG(b.values[3].offset = -3, JOURNEY_EINVAL, 0, "out of range");
  WRONG(b.buffers[1][2] = NULL, JOURNEY_EINVAL, 0, "its text is not there");
  WRONG(b.values[0].dictionary = NULL, JOURNEY_EINVAL, 0, "no dictionary");
  WRONG(b.words.release = NULL, JOURNEY_EINVAL, 0, "released");
  WRONG(b.word_buffers[1] = NULL, JOURNEY_EINVAL, 0, "values are not there");
}
END_TEST

START_TEST(types_that_are_not_read) {
  WRONG(b.column[4].format = NULL, JOURNEY_EUNSUPPORTED, 0, "column \"half\" is of an unknown type");
  WRONG(b.column[4].format = "", JOURNEY_EUNSUPPORTED, 0, "column \"half\" is of an unknown type");
  WRONG(b.column[4].format = "ts", JOURNEY_EUNSUPPORTED, 0, "column \"half\" is of an unknown type");
  WRONG(b.column[4].format = "+l", JOURNEY_EUNSUPPORTED, 0, "column \"half\" is a list");
  WRONG(b.column[4].format = "d:10,2", JOURNEY_EUNSUPPORTED, 0, "column \"half\" is a decimal");
  WRONG(b.column[3].format = "tss:", JOURNEY_EUNSUPPORTED, 0, "column \"value\" is a timestamp, which is no number");
  WRONG(b.words_schema.format = "l", JOURNEY_EUNSUPPORTED, 0, "column \"event\" is a dictionary of other things");
  WRONG(b.column[0].format = "g", JOURNEY_EUNSUPPORTED, 0, "column \"event\" is a dictionary of other things");
  WRONG(b.column[2].name = "when", JOURNEY_ENOTFOUND, 0, "no column for the time");
  WRONG(b.column[2].name = NULL, JOURNEY_ENOTFOUND, 0, "no column for the time");
  WRONG(b.column[4].name = "\xff", JOURNEY_EPARSE, 0, "the name of column 5 is not UTF-8");
  WRONG(b.column[4].name = "time", JOURNEY_EPARSE, 0, "\"time\" is there twice");
}
END_TEST

START_TEST(bad_rows) {
  static const int32_t back[] = {0, 3, 1, 6}, below[] = {-1, 1, 3, 6}, empty[] = {0, 1, 1, 6};
  static const int8_t beyond[] = {0, 2, 1}, negative[] = {0, 1, -1};
  static const int64_t large[] = {1, 1, (INT64_C(1) << 53) + 1};
  static const double infinite[] = {1, (double)__builtin_inff(), 1};
  static const uint8_t two[] = {0x03}, middle[] = {0x05};
  WRONG(b.buffers[1][1] = back, JOURNEY_EPARSE, 2, "row 2: column \"user_id\": the offsets of a text go back");
  WRONG(b.buffers[1][1] = below, JOURNEY_EINVAL, 0, "its offsets go back");
  WRONG(b.buffers[1][1] = empty, JOURNEY_EPARSE, 2, "row 2: no customer: \"user_id\" is null or empty");
  WRONG(b.buffers[1][2] = "ab\xff"
                          "cccc",
        JOURNEY_EPARSE, 2, "row 2: column \"user_id\": a text is not UTF-8");
  WRONG(b.buffers[1][2] = "abbc\0c", JOURNEY_EPARSE, 3, "a NUL byte");
  WRONG(b.buffers[0][1] = beyond, JOURNEY_EPARSE, 2, "row 2: column \"event\": an index is not in the dictionary");
  WRONG(b.buffers[0][1] = negative, JOURNEY_EPARSE, 3, "an index is not in the dictionary");
  WRONG(b.buffers[0][0] = two, JOURNEY_OK, 0, "");
  WRONG((b.buffers[0][0] = two, b.values[0].null_count = 1), JOURNEY_EPARSE, 3, "no event name");
  WRONG((b.buffers[2][0] = middle, b.values[2].null_count = -1), JOURNEY_EPARSE, 2, "no time: \"time\" is null");
  WRONG((b.column[3].format = "l", b.buffers[3][1] = large), JOURNEY_EPARSE, 3, "too large for a number to hold");
  WRONG(b.buffers[3][1] = infinite, JOURNEY_EPARSE, 2, "infinite");
  WRONG((b.none[0] = middle, b.array.null_count = 1), JOURNEY_EPARSE, 2, "the row is null");
}
END_TEST

START_TEST(skipping_counts) {
  batch b;
  static const int8_t beyond[] = {0, 2, -1};
  make(&b);
  b.buffers[0][1] = beyond;
  read_back r = {.options.on_error = JOURNEY_ON_ERROR_SKIP};
  read_batch(&r, &b);
  ck_assert_int_eq(r.status, JOURNEY_OK);
  ck_assert_int_eq(r.counts.rows, 3);
  ck_assert_int_eq(r.counts.events, 1);
  ck_assert_int_eq(r.counts.skipped, 2);
  ck_assert_int_eq(r.counts.first_skipped.row, 2);
  read_back_free(&r);
}
END_TEST

/* ---- many rows -------------------------------------------------------------------------------------------------- */

/* The first bad row of several ranges, and the order of arrival, whatever the threads. */
START_TEST(many_rows) {
  enum { N = 150000 };
  int64_t *time = calloc(N, sizeof *time), *n = calloc(N, sizeof *n);
  int8_t *code = calloc(N, 1);
  ck_assert(time && n && code);
  for (int i = 0; i < N; i++) n[i] = i, code[i] = (int8_t)(i & 1);
  for (int32_t threads = 1; threads <= 4; threads++) {
    batch b;
    make(&b);
    b.array.length = N;
    set_column(&b, 0, "event", "c", NULL, code, NULL, N);
    b.column[0].dictionary = &b.words_schema, b.values[0].dictionary = &b.words;
    set_column(&b, 1, "user_id", "c", NULL, calloc(N, 1), NULL, N);
    set_column(&b, 2, "time", "tsu:", NULL, time, NULL, N);
    set_column(&b, 3, "value", "l", NULL, n, NULL, N);
    b.array.n_children = b.schema.n_children = 4;
    read_back r = {.threads = threads};
    read_batch(&r, &b);
    ck_assert_int_eq(r.counts.events, N);
    for (int i = 0; i < N; i++) ck_assert(jn_stream_number(&r.columns->value, i) == i);
    read_back_free(&r);
    code[140000] = code[70001] = code[70002] = 9;
    read_batch(&r, &b);
    ck_assert_int_eq(r.status, JOURNEY_EPARSE);
    ck_assert_int_eq(r.err.row, 70002);
    read_back_free(&r);
    r.options.on_error = JOURNEY_ON_ERROR_SKIP;
    read_batch(&r, &b);
    ck_assert_int_eq(r.counts.skipped, 3);
    ck_assert_int_eq(r.counts.events, N - 3);
    ck_assert_int_eq(r.counts.first_skipped.row, 70002);
    read_back_free(&r);
    code[140000] = code[70001] = code[70002] = 0;
    free((void *)(uintptr_t)b.buffers[1][1]);
  }
  free(time), free(n), free(code);
}
END_TEST

/* ---- streams ---------------------------------------------------------------------------------------------------- */

/* Gives the batch `batches` times; counts what is released. */
typedef struct source {
  struct ArrowArrayStream stream;
  batch b;
  int batches, fail_at, given, schemas, schemas_released, arrays_released, released;
} source;

static void count_schema(struct ArrowSchema *schema) {
  ((source *)schema->private_data)->schemas_released++;
  schema->release = NULL;
}
static void count_array(struct ArrowArray *array) {
  ((source *)array->private_data)->arrays_released++;
  array->release = NULL;
}
static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  source *s = stream->private_data;
  if (s->fail_at < 0) return 5;
  *out = s->b.schema;
  out->private_data = s, out->release = count_schema;
  s->schemas++;
  return 0;
}
static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  source *s = stream->private_data;
  memset(out, 0, sizeof *out);
  if (s->fail_at && s->given == s->fail_at) return 22;
  if (s->given == s->batches) return 0;
  *out = s->b.array;
  out->private_data = s, out->release = count_array;
  s->given++;
  return 0;
}
static const char *last_error(struct ArrowArrayStream *stream) { return (void)stream, "the cable is cut"; }
static void release_stream(struct ArrowArrayStream *stream) {
  ((source *)stream->private_data)->released++;
  stream->release = NULL;
}

static void make_source(source *s, int batches, int fail_at) {
  memset(s, 0, sizeof *s);
  make(&s->b);
  s->batches = batches, s->fail_at = fail_at;
  s->stream = (struct ArrowArrayStream){get_schema, get_next, last_error, release_stream, s};
}

static void check_released(const source *s) {
  ck_assert_int_eq(s->released, 1);
  ck_assert_int_eq(s->schemas_released, s->schemas);
  ck_assert_int_eq(s->arrays_released, s->given);
}

static journey_status read_stream(journey_context *context, source *s, journey_read_counts *counts,
                                  journey_error *err) {
  journey_builder *builder;
  journey_status status = journey_builder_new(context, &builder, err);
  if (status) {
    s->stream.release(&s->stream);
    return status;
  }
  status = journey_read_arrow(builder, &s->stream, NULL, counts, err);
  journey_builder_free(builder);
  return status;
}

static void check_stream(int batches, int fail_at, int spoil, journey_status expected, int64_t row) {
  source s;
  journey_context *context;
  journey_error err = {0};
  journey_read_counts counts = {.struct_size = sizeof counts};
  static const int8_t beyond[] = {0, 1, 5};
  make_source(&s, batches, fail_at);
  if (spoil) s.b.buffers[0][1] = beyond;
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(read_stream(context, &s, &counts, &err), expected);
  check_released(&s);
  ck_assert_int_eq(err.row, row);
  if (expected == JOURNEY_EIO) ck_assert_ptr_nonnull(strstr(err.message, "the cable is cut"));
  if (!expected) ck_assert_int_eq(counts.events, 3 * batches);
  journey_context_free(context);
}

START_TEST(streams_are_released) {
  check_stream(0, 0, 0, JOURNEY_OK, 0);
  check_stream(1, 0, 0, JOURNEY_OK, 0);
  check_stream(5, 0, 0, JOURNEY_OK, 0);
  check_stream(5, -1, 0, JOURNEY_EIO, 0);
  check_stream(5, 2, 0, JOURNEY_EIO, 0);
  check_stream(5, 0, 1, JOURNEY_EPARSE, 3);
}
END_TEST

START_TEST(no_stream) {
  source s;
  read_back r = {0};
  journey_builder *builder;
  make_source(&s, 1, 0);
  s.stream.get_next = NULL;
  ck_assert_int_eq(journey_context_new(NULL, &r.context, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_new(r.context, &builder, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_read_arrow(builder, NULL, NULL, NULL, NULL), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_read_arrow(builder, &s.stream, NULL, NULL, NULL), JOURNEY_EINVAL);
  ck_assert_int_eq(s.released, 1);
  ck_assert_int_eq(journey_read_arrow(builder, &s.stream, NULL, NULL, NULL), JOURNEY_EINVAL);
  ck_assert_int_eq(s.released, 1);
  make_source(&s, 1, 0);
  journey_read_options options = {.struct_size = 1};
  ck_assert_int_eq(journey_read_arrow(builder, &s.stream, &options, NULL, NULL), JOURNEY_EINVAL);
  check_released(&s);
  journey_builder_free(builder);
  journey_context_free(r.context);
}
END_TEST

static journey_status read_in(journey_context *context, void *arg) {
  source s;
  (void)arg;
  make_source(&s, 2, 0);
  journey_status status = read_stream(context, &s, NULL, NULL);
  check_released(&s);
  return status;
}

START_TEST(out_of_memory) { alloc_loop(read_in, NULL); }
END_TEST

Suite *arrow_read_suite(void);
Suite *arrow_read_suite(void) {
  const TTest *const tests[] = {a_batch,
                                offsets_add_up,
                                nulls_are_missing,
                                ids_of_every_type,
                                times_of_every_unit,
                                views,
                                broken_shapes,
                                types_that_are_not_read,
                                bad_rows,
                                skipping_counts,
                                many_rows,
                                streams_are_released,
                                no_stream,
                                out_of_memory};
  Suite *suite = suite_create("arrow_read");
  TCase *all = tcase_create("all");
  tcase_set_timeout(all, 120);
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) tcase_add_test(all, tests[i]);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(arrow_read_suite()); }
