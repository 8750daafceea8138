/* Tables through the Arrow C stream interface, consumed in C. What other libraries make of it is tested in
 * test_table_arrow.py. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "table_sample.h"

static journey_table *random_table(journey_context *context, int64_t rows) {
  journey_table *table = NULL;
  ck_assert_int_eq(table_random(context, 11, rows, &table), JOURNEY_OK);
  return table;
}

static struct ArrowArrayStream stream_of(journey_table *table) {
  struct ArrowArrayStream stream;
  ck_assert_int_eq(journey_table_arrow(table, &stream, NULL), JOURNEY_OK);
  return stream;
}

static struct ArrowSchema schema_of(struct ArrowArrayStream *stream) {
  struct ArrowSchema schema;
  ck_assert_int_eq(stream->get_schema(stream, &schema), 0);
  ck_assert_ptr_nonnull(schema.release);
  return schema;
}

static struct ArrowArray batch_of(struct ArrowArrayStream *stream) {
  struct ArrowArray batch;
  ck_assert_int_eq(stream->get_next(stream, &batch), 0);
  return batch;
}

/* ---- schema ------------------------------------------------------------------------------------------------------ */

static int32_t take_int(const char **at) {
  int32_t x;
  memcpy(&x, *at, sizeof x);
  *at += sizeof x;
  return x;
}

/* Metadata as "key=value;" for each pair. */
static void show_metadata(const char *metadata, char *out) {
  *out = '\0';
  if (!metadata) return;
  for (int32_t pairs = take_int(&metadata); pairs > 0; pairs--)
    for (int part = 0; part < 2; part++) {
      int32_t n = take_int(&metadata);
      strncat(out, metadata, (size_t)n);
      strcat(out, part ? ";" : "=");
      metadata += n;
    }
}

START_TEST(the_schema_is_known) {
  static const struct {
    const char *name, *format, *metadata;
  } fields[] = {{"step", "U", ""},
                {"n", "l", ""},
                {"rate", "g", "journey.unit=share;"},
                {"wait", "g", "journey.unit=seconds;"},
                {"nps", "g", "journey.unit=score;"},
                {"mean", "g", ""},
                {"at", "tsu:UTC", ""},
                {"took", "tDu", ""}};
  journey_context *context = table_context();
  journey_table *table;
  ck_assert_int_eq(table_sample(context, &table), JOURNEY_OK);
  struct ArrowArrayStream stream = stream_of(table);
  struct ArrowSchema schema = schema_of(&stream);
  char metadata[256];
  show_metadata(schema.metadata, metadata);
  ck_assert_str_eq(metadata, "journey.name=sample;journey.note.method=Wilson 95 %;journey.note.note \"2\"=a\nb;");
  ck_assert_str_eq(schema.format, "+s");
  ck_assert_int_eq(schema.n_children, 8);
  ck_assert_ptr_null(schema.dictionary);
  for (int i = 0; i < 8; i++) {
    const struct ArrowSchema *field = schema.children[i];
    show_metadata(field->metadata, metadata);
    ck_assert_str_eq(field->name, fields[i].name);
    ck_assert_str_eq(field->format, fields[i].format);
    ck_assert_str_eq(metadata, fields[i].metadata);
    ck_assert_int_eq(field->flags, ARROW_FLAG_NULLABLE);
    ck_assert_int_eq(field->n_children, 0);
    ck_assert_ptr_null(field->dictionary);
  }
  schema.release(&schema);
  ck_assert_ptr_null(schema.release);
  stream.release(&stream);
  ck_assert_ptr_null(stream.release);
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

/* ---- cells ------------------------------------------------------------------------------------------------------- */

static bool is_there(const struct ArrowArray *column, int64_t row) {
  const uint8_t *bits = column->buffers[0];
  return !bits || bits[row / 8] >> row % 8 & 1;
}

static void check_string(const journey_table *table, int64_t row, int32_t i, const struct ArrowArray *column) {
  const int64_t *offsets = column->buffers[1];
  size_t n;
  const char *text = journey_table_text(table, row, i, &n);
  ck_assert_int_eq(offsets[row + 1] - offsets[row], (int64_t)n);
  ck_assert_mem_eq((const char *)column->buffers[2] + offsets[row], text, n);
}

static void check_column(const journey_table *table, int32_t i, const struct ArrowArray *column) {
  int32_t type = journey_table_column_type(table, i);
  int64_t missing = 0;
  ck_assert_int_eq(column->length, journey_table_rows(table));
  ck_assert_int_eq(column->offset, 0);
  ck_assert_int_eq(column->n_buffers, type == JOURNEY_TYPE_STRING ? 3 : 2);
  for (int64_t row = 0; row < column->length; row++) {
    ck_assert_int_eq(is_there(column, row), !journey_table_is_null(table, row, i));
    missing += !is_there(column, row);
    if (!is_there(column, row)) continue;
    if (type == JOURNEY_TYPE_STRING)
      check_string(table, row, i, column);
    else if (type == JOURNEY_TYPE_FLOAT64)
      ck_assert_double_eq(((const double *)column->buffers[1])[row], journey_table_float64(table, row, i));
    else
      ck_assert_int_eq(((const int64_t *)column->buffers[1])[row], journey_table_int64(table, row, i));
  }
  ck_assert_int_eq(column->null_count, missing);
}

START_TEST(the_batch_holds_every_cell) {
  static const int64_t rows[] = {1, 7, 8, 9, 64, 1000};
  journey_context *context = table_context();
  journey_table *table = random_table(context, rows[_i]);
  struct ArrowArrayStream stream = stream_of(table);
  struct ArrowArray batch = batch_of(&stream), end = batch_of(&stream);
  ck_assert_ptr_nonnull(batch.release);
  ck_assert_ptr_null(end.release);
  ck_assert_ptr_null(stream.get_last_error(&stream));
  ck_assert_int_eq(batch.length, rows[_i]);
  ck_assert_int_eq(batch.n_buffers, 1);
  ck_assert_ptr_null(batch.buffers[0]);
  ck_assert_int_eq(batch.n_children, 5);
  for (int32_t i = 0; i < 5; i++) check_column(table, i, batch.children[i]);
  batch.release(&batch);
  stream.release(&stream);
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

START_TEST(numbers_are_not_copied) {
  journey_context *context = table_context();
  journey_table *table = random_table(context, 100);
  struct ArrowArrayStream streams[] = {stream_of(table), stream_of(table)};
  struct ArrowArray batches[] = {batch_of(&streams[0]), batch_of(&streams[1])};
  for (int i = 0; i < 5; i++)
    for (int k = 0; k < 2; k++)
      ck_assert_ptr_eq(batches[0].children[i]->buffers[k], batches[1].children[i]->buffers[k]);
  for (int i = 0; i < 2; i++) {
    batches[i].release(&batches[i]);
    streams[i].release(&streams[i]);
  }
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

START_TEST(no_rows_no_batch) {
  journey_context *context = table_context();
  journey_table *table = random_table(context, 0);
  struct ArrowArrayStream stream = stream_of(table);
  struct ArrowSchema schema = schema_of(&stream);
  struct ArrowArray batch = batch_of(&stream);
  ck_assert_int_eq(schema.n_children, 5);
  ck_assert_ptr_null(batch.release);
  schema.release(&schema);
  stream.release(&stream);
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

/* ---- lifetimes --------------------------------------------------------------------------------------------------- */

/* Everything that one export hands out, children 0 and 3 moved out of their parents. */
typedef struct parts {
  journey_context *context;
  journey_table *table;
  struct ArrowArrayStream stream;
  struct ArrowSchema schema, fields[2];
  struct ArrowArray batch, columns[2];
} parts;
enum { PARTS = 9 };

static void drop_part(parts *all, int which) {
  switch (which) {
  case 0: journey_context_free(all->context); break;
  case 1: journey_table_free(all->table); break;
  case 2: all->stream.release(&all->stream); break;
  case 3: all->schema.release(&all->schema); break;
  case 4: all->batch.release(&all->batch); break;
  case 5:
  case 6: all->fields[which - 5].release(&all->fields[which - 5]); break;
  default: all->columns[which - 7].release(&all->columns[which - 7]);
  }
}

static int64_t last_offset(const struct ArrowArray *strings) {
  return ((const int64_t *)strings->buffers[1])[strings->length];
}

/* Drops the parts in an order that depends on the seed, and reads the moved ones until they go. */
START_TEST(parts_go_in_any_order) {
  static const int moved[] = {0, 3};
  test_memory memory;
  test_memory_init(&memory, -1);
  journey_context_options options = {.struct_size = sizeof options, .threads = 1};
  options.allocator = test_memory_allocator(&memory);
  parts all;
  ck_assert_int_eq(journey_context_new(&options, &all.context, NULL), JOURNEY_OK);
  all.table = random_table(all.context, 50);
  all.stream = stream_of(all.table);
  all.schema = schema_of(&all.stream);
  all.batch = batch_of(&all.stream);
  for (int i = 0; i < 2; i++) {
    all.fields[i] = *all.schema.children[moved[i]];
    all.columns[i] = *all.batch.children[moved[i]];
    all.schema.children[moved[i]]->release = NULL;
    all.batch.children[moved[i]]->release = NULL;
  }
  int64_t bytes = last_offset(&all.columns[0]);
  for (unsigned left = (1u << PARTS) - 1, step = (unsigned)_i; left;) {
    unsigned which = (step = step * 5 + 3 + step / 7) % PARTS;
    while (!(left >> which & 1)) which = (which + 1) % PARTS;
    left &= ~(1u << which);
    drop_part(&all, (int)which);
    if (left >> 5 & 1) ck_assert_str_eq(all.fields[0].name, "text");
    if (left >> 6 & 1) ck_assert_str_eq(all.fields[1].format, "tsu:UTC");
    if (left >> 7 & 1) ck_assert_int_eq(last_offset(&all.columns[0]), bytes);
    if (left >> 8 & 1) ck_assert_int_ge(((const int64_t *)all.columns[1].buffers[1])[49], 0);
  }
  test_memory_check(&memory);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static journey_status status_of(struct ArrowArrayStream *stream, int code) {
  if (!code) return JOURNEY_OK;
  ck_assert_int_eq(code, ENOMEM);
  ck_assert_str_eq(stream->get_last_error(stream), "out of memory");
  return JOURNEY_ENOMEM;
}

static journey_status consume(struct ArrowArrayStream *stream) {
  struct ArrowSchema schema;
  struct ArrowArray batch;
  journey_status status = status_of(stream, stream->get_schema(stream, &schema));
  ck_assert_int_eq(status == JOURNEY_OK, schema.release != NULL);
  if (status) return status;
  schema.release(&schema);
  status = status_of(stream, stream->get_next(stream, &batch));
  ck_assert_int_eq(status == JOURNEY_OK, batch.release != NULL);
  if (!status) batch.release(&batch);
  return status;
}

static journey_status export_sample(journey_context *context, void *arg) {
  (void)arg;
  journey_table *table;
  struct ArrowArrayStream stream;
  journey_status status = table_sample(context, &table);
  if (status) return status;
  status = journey_table_arrow(table, &stream, NULL);
  journey_table_free(table);
  if (status) return status;
  status = consume(&stream);
  stream.release(&stream);
  return status;
}

START_TEST(no_memory_while_exporting) { alloc_loop(export_sample, NULL); }
END_TEST

/* What failed for want of memory works when it is asked for again. */
START_TEST(a_failed_batch_can_be_had_later) {
  test_memory memory;
  test_memory_init(&memory, -1);
  journey_context_options options = {.struct_size = sizeof options, .threads = 1};
  options.allocator = test_memory_allocator(&memory);
  journey_context *context;
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  journey_table *table = random_table(context, 20);
  struct ArrowArrayStream stream = stream_of(table);
  struct ArrowArray batch;
  atomic_store(&memory.allowed, atomic_load(&memory.requests) + 5);
  ck_assert_int_eq(stream.get_next(&stream, &batch), ENOMEM);
  atomic_store(&memory.allowed, -1);
  ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
  ck_assert_int_eq(batch.length, 20);
  batch.release(&batch);
  stream.release(&stream);
  journey_table_free(table);
  journey_context_free(context);
  test_memory_check(&memory);
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------------------------- */

static void *use_table(void *arg) {
  journey_table *table = journey_table_ref(arg);
  for (int i = 0; i < 20; i++) {
    table_output output = {0};
    struct ArrowArrayStream stream;
    bool done = journey_table_arrow(table, &stream, NULL) == JOURNEY_OK && consume(&stream) == JOURNEY_OK &&
                journey_table_write(table, JOURNEY_FORMAT_ARROW, table_receive, &output, NULL) == JOURNEY_OK;
    stream.release(&stream);
    table_output_free(&output);
    if (!done) return arg;
  }
  journey_table_free(table);
  return NULL;
}

START_TEST(threads_share_a_table) {
  journey_context *context = table_context();
  journey_table *table = random_table(context, 500);
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) ck_assert_int_eq(pthread_create(&threads[i], NULL, use_table, table), 0);
  for (int i = 0; i < 3; i++) {
    void *failed = NULL;
    ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
    ck_assert_ptr_null(failed);
  }
  journey_table_free(table);
  journey_context_free(context);
}
END_TEST

Suite *table_arrow_suite(void);
Suite *table_arrow_suite(void) {
  Suite *suite = suite_create("table_arrow");
  TCase *stream = tcase_create("stream"), *lives = tcase_create("lifetimes");
  tcase_add_test(stream, the_schema_is_known);
  tcase_add_loop_test(stream, the_batch_holds_every_cell, 0, 6);
  tcase_add_test(stream, numbers_are_not_copied);
  tcase_add_test(stream, no_rows_no_batch);
  tcase_add_loop_test(lives, parts_go_in_any_order, 0, 100);
  tcase_add_test(lives, no_memory_while_exporting);
  tcase_add_test(lives, a_failed_batch_can_be_had_later);
  tcase_add_test(lives, threads_share_a_table);
  suite_add_tcase(suite, stream);
  suite_add_tcase(suite, lives);
  return suite;
}

int main(void) { return check_main(table_arrow_suite()); }
