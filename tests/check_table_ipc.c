/* The frames of the Arrow IPC stream. What other libraries make of it is tested in test_table_arrow.py. */
#include "check_main.h"
#include "table_sample.h"

static uint64_t number_at(const char *at, int n) { /* low byte first */
  uint64_t x = 0;
  while (n-- > 0) x = x << 8 | (unsigned char)at[n];
  return x;
}

/* Where the field of a FlatBuffers table is, or NULL. */
static const char *flat_field(const char *table, int field) {
  const char *list = table - (int32_t)number_at(table, 4);
  if (4 + 2 * field >= (int)number_at(list, 2)) return NULL;
  uint64_t offset = number_at(list + 4 + 2 * field, 2);
  return offset ? table + offset : NULL;
}

static const char *flat_follow(const char *at) { return at + number_at(at, 4); }

typedef struct frame {
  int type; /* 1: schema, 3: batch */
  int64_t rows;
  uint64_t size; /* of all of it */
} frame;

static frame read_frame(const char *at) {
  frame read = {0};
  uint64_t metadata = number_at(at + 4, 4);
  ck_assert_uint_eq(metadata % 8, 0);
  const char *message = flat_follow(at + 8), *body = flat_field(message, 3);
  uint64_t body_size = body ? number_at(body, 8) : 0;
  ck_assert_uint_eq(body_size % 8, 0);
  ck_assert_uint_eq(number_at(flat_field(message, 0), 2), 4);
  read.type = (int)number_at(flat_field(message, 1), 1);
  read.size = 8 + metadata + body_size;
  if (read.type != 3) return read;
  const char *batch = flat_follow(flat_field(message, 2));
  read.rows = (int64_t)number_at(flat_field(batch, 0), 8);
  for (int i = 1; i <= 2; i++) /* the pairs of int64 in its vectors */
    ck_assert_int_eq((flat_follow(flat_field(batch, i)) + 4 - at) % 8, 0);
  return read;
}

START_TEST(frames_of_the_ipc_stream) {
  static const int64_t rows[] = {0, 1, 65535, 65536, 65537, 150000};
  journey_context *context = table_context();
  journey_table *table = NULL;
  table_output output = {0};
  ck_assert_int_eq(table_random(context, 11, rows[_i], &table), JOURNEY_OK);
  ck_assert_int_eq(journey_table_write(table, JOURNEY_FORMAT_ARROW, table_receive, &output, NULL), JOURNEY_OK);
  const char *at = output.bytes, *end = output.bytes + output.length;
  int64_t seen = 0;
  for (int i = 0;; i++) {
    ck_assert_int_ge(end - at, 8);
    ck_assert_uint_eq(number_at(at, 4), 0xFFFFFFFF);
    if (number_at(at + 4, 4) == 0) break;
    frame read = read_frame(at);
    ck_assert_int_eq(read.type, i ? 3 : 1);
    ck_assert_uint_le(read.size, (uint64_t)(end - at));
    if (i && seen + read.rows < rows[_i]) ck_assert_int_eq(read.rows, 65536);
    seen += read.rows;
    at += read.size;
  }
  ck_assert_ptr_eq(at + 8, end);
  ck_assert_int_eq(seen, rows[_i]);
  table_output_free(&output);
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

Suite *table_ipc_suite(void);
Suite *table_ipc_suite(void) {
  Suite *suite = suite_create("table_ipc");
  TCase *frames = tcase_create("frames");
  tcase_add_loop_test(frames, frames_of_the_ipc_stream, 0, 6);
  suite_add_tcase(suite, frames);
  return suite;
}

int main(void) { return check_main(table_ipc_suite()); }
