/* The room `stream` against brute force, and its properties: order, narrow columns, failure without harm. */
#include "stream/stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "stream_model.h"

/* Sanitizers are slow: then a tenth of the events will do. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SCALE = 10 };
#else
enum { SCALE = 1 };
#endif

/* Even numbers of threads are those of the ready-made pool. */
static journey_context *context_of(uint32_t threads) {
  journey_context_options options = {.struct_size = sizeof options, .threads = (int32_t)threads};
  if (threads % 2) options.executor = model_executor(threads);
  journey_context *context;
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  return context;
}

/* How random inputs are made. */
typedef struct recipe {
  uint64_t known, anonymous, names, ids, texts; /* how many different ones */
  uint64_t times;                               /* how many different ones */
  int64_t base, step;
  uint64_t links, both; /* one in how many; 0: none */
} recipe;

static bool one_in(uint64_t *seed, uint64_t n) { return n && model_random(seed, n) == 0; }

static model_op random_op(uint64_t *seed, const recipe *r) {
  model_op op = {.known = -1, .anonymous = -1, .id = -1, .text = -1, .value = NAN, .number = NAN};
  op.link = one_in(seed, r->links);
  if (op.link) {
    op.from_anonymous = model_random(seed, 3) != 0;
    op.from = (int32_t)model_random(seed, op.from_anonymous ? r->anonymous : r->known);
    op.known = (int32_t)model_random(seed, r->known);
    return op;
  }
  bool both = one_in(seed, r->both), anonymous = r->anonymous && one_in(seed, 2);
  if (both || !anonymous) op.known = (int32_t)model_random(seed, r->known);
  if (both || anonymous) op.anonymous = (int32_t)model_random(seed, r->anonymous);
  op.name = (int32_t)model_random(seed, r->names);
  if (r->ids && model_random(seed, 4)) op.id = (int32_t)model_random(seed, r->ids);
  op.time = (int64_t)((uint64_t)r->base + model_random(seed, r->times) * (uint64_t)r->step);
  if (r->texts && model_random(seed, 3)) op.text = (int32_t)model_random(seed, r->texts);
  if (r->texts && one_in(seed, 2)) op.number = (double)model_random(seed, 100) / 8;
  if (r->texts && one_in(seed, 5)) op.value = (double)model_random(seed, 1000) - 500;
  return op;
}

static model_op *random_ops(uint64_t seed, const recipe *r, size_t n) {
  model_op *op = malloc((n + 1) * sizeof *op);
  for (size_t i = 0; i < n; i++) op[i] = random_op(&seed, r);
  return op;
}

static recipe random_recipe(uint64_t *seed) {
  static const int64_t steps[] = {1, 7, 1000, 1000000, 60000000, 3600000000, 86400000000, 777600000000};
  static const uint64_t counts[] = {1, 2, 5, 20, 300};
  recipe r = {.known = counts[model_random(seed, 5)],
              .anonymous = model_random(seed, 2) ? counts[model_random(seed, 4)] : 0,
              .names = counts[model_random(seed, 5)],
              .ids = model_random(seed, 2) ? counts[model_random(seed, 5)] : 0,
              .texts = model_random(seed, 2) ? counts[model_random(seed, 5)] : 0,
              .times = counts[model_random(seed, 5)],
              .step = steps[model_random(seed, 8)]};
  r.base = (int64_t)model_random(seed, 1u << 31) * 1000003 - (INT64_C(1) << 50);
  if (one_in(seed, 8)) r.base = INT64_MIN, r.step = INT64_MAX / 150, r.times = 300;
  if (r.anonymous) r.links = model_random(seed, 2) ? 6 : 0, r.both = model_random(seed, 2) ? 4 : 0;
  return r;
}

static journey_stream *build(journey_context *context, const model_op *op, size_t n, size_t writers, size_t block,
                             uint64_t seed) {
  journey_builder *builder;
  journey_stream *stream;
  journey_error err;
  ck_assert_int_eq(journey_builder_new(context, &builder, &err), JOURNEY_OK);
  ck_assert_int_eq(model_feed(builder, op, n, writers, block, seed, &err), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, &err), JOURNEY_OK);
  journey_builder_free(builder);
  return stream;
}

static void build_and_check(journey_context *context, const model_op *op, size_t n, size_t writers, size_t block,
                            uint64_t seed) {
  journey_stream *stream = build(context, op, n, writers, block, seed);
  model_check(stream, op, n);
  journey_stream_free(stream);
}

START_TEST(small_random_inputs) {
  uint64_t seed = 1000 * (uint64_t)_i + 1;
  journey_context *context = context_of(1 + (uint32_t)_i % 3);
  for (int round = 0; round < 250 / SCALE; round++) {
    recipe r = random_recipe(&seed);
    size_t n = model_random(&seed, one_in(&seed, 10) ? 3000 : 120);
    model_op *op = random_ops(model_random(&seed, UINT64_MAX), &r, n);
    build_and_check(context, op, n, model_random(&seed, 5), 1 + model_random(&seed, 80), seed);
    free(op);
  }
  journey_context_free(context);
}
END_TEST

/* Many buckets and segments, wide and narrow words. */
START_TEST(large_random_inputs) {
  static const recipe recipes[] = {
      {.known = 60000, .names = 20, .times = 30000000, .step = 1000000},
      {.known = 60000, .names = 300, .times = 1u << 20, .step = 1},
      {.known = 20000,
       .anonymous = 4000,
       .names = 20,
       .ids = 50000,
       .texts = 300,
       .times = 5000,
       .step = 1000,
       .both = 5000,
       .links = 10000},
      {.known = 100000, .names = 70000, .texts = 70000, .times = 1u << 31, .base = -5, .step = 999},
  };
  size_t n = (_i == 0 ? 1000000 : 700000) / SCALE;
  model_op *op = random_ops((uint64_t)_i, &recipes[_i], n);
  journey_context *context = context_of(2);
  build_and_check(context, op, n, 3, n / 20, 7);
  journey_context_free(context);
  free(op);
}
END_TEST

static void check_same(const journey_stream *a, const journey_stream *b) {
  const jn_stream_columns *x = jn_stream_get(a), *y = jn_stream_get(b);
  ck_assert(x->events == y->events && x->customers == y->customers && x->code_width == y->code_width);
  ck_assert(x->time_base == y->time_base && x->time_unit == y->time_unit && x->time_high_width == y->time_high_width);
  ck_assert_mem_eq(x->offset, y->offset, ((size_t)x->customers + 1) * 8);
  ck_assert_mem_eq(x->code, y->code, (size_t)x->events * x->code_width);
  ck_assert_mem_eq(x->time_low, y->time_low, (size_t)x->events * 4);
  for (uint32_t i = 0; i < x->attribute_count; i++)
    if (x->attribute[i].code)
      ck_assert_mem_eq(x->attribute[i].code, y->attribute[i].code, (size_t)x->events * x->attribute[i].width);
  for (uint32_t c = 0; c < x->customers; c++)
    ck_assert_str_eq(jn_stream_customer(a, c, NULL), jn_stream_customer(b, c, NULL));
}

START_TEST(same_for_any_writers_and_threads) {
  recipe r = {.known = 3000,
              .anonymous = 500,
              .names = 40,
              .ids = 9000,
              .texts = 50,
              .times = 100000,
              .step = 1000000,
              .both = 50,
              .links = 400};
  size_t n = 100000 / SCALE;
  model_op *op = random_ops(5, &r, n);
  journey_context *context = context_of(1);
  journey_stream *one = build(context, op, n, 1, n, 1);
  journey_context_free(context);
  for (uint32_t threads = 1; threads <= 7; threads += 3)
    for (size_t writers = 1; writers <= 7; writers += 3) {
      context = context_of(threads);
      journey_stream *other = build(context, op, n, writers, 5000, threads * 10 + writers);
      check_same(one, other);
      journey_stream_free(other);
      journey_context_free(context);
    }
  journey_stream_free(one);
  free(op);
}
END_TEST

/* ---- extremes ------------------------------------------------------------------------------------------------------- */

START_TEST(empty_stream) {
  journey_context *context = context_of(2);
  build_and_check(context, NULL, 0, 0, 1, 1);
  build_and_check(context, NULL, 0, 3, 1, 1);
  model_op link = {.link = true, .from_anonymous = true, .from = 1, .known = 2};
  build_and_check(context, &link, 1, 1, 1, 1);
  journey_context_free(context);
}
END_TEST

START_TEST(one_long_path) {
  recipe shuffled = {.known = 1, .names = 5, .times = 1u << 30, .step = 1000};
  recipe many_ties = {.known = 1, .names = 5, .times = 3, .step = 1000};
  recipe wide = {.known = 1, .names = 5, .times = 1u << 30, .base = INT64_MIN, .step = 17000000001};
  const recipe *recipes[] = {&shuffled, &many_ties, &wide};
  journey_context *context = context_of(2);
  size_t n = 200000 / SCALE;
  model_op *op = random_ops(3, recipes[_i], n);
  build_and_check(context, op, n, 2, n / 4, 1);
  journey_context_free(context);
  free(op);
}
END_TEST

/* A million events of one time, half of them duplicates of the others. */
START_TEST(a_million_duplicates) {
  size_t n = 1000000 / SCALE;
  journey_context *context = context_of(2);
  model_op *op = malloc(n * sizeof *op);
  for (size_t i = 0; i < n; i++)
    op[i] = (model_op){.known = 0,
                       .anonymous = -1,
                       .name = (int32_t)(i & 1),
                       .id = (int32_t)(i / 4),
                       .time = 5,
                       .value = NAN,
                       .text = -1,
                       .number = NAN};
  journey_stream *stream = build(context, op, n, 1, n, 1);
  journey_stream_counts counts = {.struct_size = sizeof counts};
  journey_stream_get_counts(stream, &counts);
  ck_assert_int_eq(counts.duplicates, (int64_t)n / 2);
  ck_assert_int_eq(counts.events, (int64_t)n / 2);
  const jn_stream_columns *c = jn_stream_get(stream);
  for (int64_t i = 0; i < c->events; i++)
    if (((const uint8_t *)c->code)[i] != (i & 1)) ck_abort_msg("name of event %d", (int)i);
  journey_stream_free(stream);
  journey_context_free(context);
  free(op);
}
END_TEST

START_TEST(every_event_another_customer) {
  recipe r = {.known = 1, .names = 2, .times = 1000, .step = 1};
  size_t n = 100000 / SCALE;
  model_op *op = random_ops(3, &r, n);
  for (size_t i = 0; i < n; i++) op[i].known = (int32_t)((i * 7919) % n);
  journey_context *context = context_of(2);
  build_and_check(context, op, n, 2, 5000, 1);
  journey_context_free(context);
  free(op);
}
END_TEST

START_TEST(all_of_time) {
  model_op op[4];
  for (int i = 0; i < 4; i++) op[i] = (model_op){.anonymous = -1, .id = -1, .text = -1, .value = NAN, .number = NAN};
  op[0].time = INT64_MAX, op[1].time = INT64_MIN, op[2].time = 0, op[3].time = INT64_MAX;
  journey_context *context = context_of(1);
  build_and_check(context, op, 4, 1, 1, 1);
  build_and_check(context, op, 1, 1, 1, 1);
  build_and_check(context, op, 2, 0, 1, 1);
  journey_context_free(context);
}
END_TEST

/* ---- memory --------------------------------------------------------------------------------------------------------- */

START_TEST(eight_bytes_an_event) {
  recipe r = {.known = 5000, .names = 20, .times = 30000000, .step = 1000000};
  size_t n = 200000;
  model_op *op = random_ops(9, &r, n);
  journey_context *context = context_of(2);
  journey_stream *stream = build(context, op, n, 2, 10000, 3);
  int64_t events, total, used;
  journey_stream_memory(stream, &events, &total);
  ck_assert_int_le(events, (int64_t)n * 5 + 5001 * 8);
  ck_assert_int_le(events, 8 * (int64_t)n);
  journey_context_memory(context, &used, NULL);
  ck_assert_int_le(total, used);
  ck_assert_int_ge(total + 4096, used); /* the context itself */
  journey_stream_free(stream);
  journey_context_free(context);
  free(op);
}
END_TEST

typedef struct loop_input {
  model_op *op;
  size_t n, writers;
} loop_input;

static journey_status loop_run(journey_context *context, void *arg) {
  const loop_input *input = arg;
  journey_builder *builder = NULL;
  journey_stream *stream = NULL;
  journey_status status = journey_builder_new(context, &builder, NULL);
  if (!status) status = model_feed(builder, input->op, input->n, input->writers, 10, 4, NULL);
  if (!status) status = journey_builder_finish(builder, &stream, NULL);
  if (!status) model_check(stream, input->op, input->n);
  journey_stream_free(stream);
  journey_builder_free(builder);
  return status;
}

START_TEST(out_of_memory) {
  recipe r = {.known = 20,
              .anonymous = 10,
              .names = 5,
              .ids = 10,
              .texts = 300,
              .times = 100,
              .step = 5,
              .both = 3,
              .links = 5};
  loop_input input = {.n = 600, .writers = (size_t)_i};
  input.op = random_ops(1, &r, input.n);
  alloc_loop(loop_run, &input);
  free(input.op);
}
END_TEST

/* An event that is refused for want of memory leaves no trace. */
static bool refuse_now;
static void *refusing(void *user, void *block, size_t old_size, size_t new_size) {
  (void)user, (void)old_size;
  if (!new_size) return free(block), NULL;
  return refuse_now && new_size > old_size ? NULL : realloc(block, new_size);
}

START_TEST(refused_event_leaves_no_trace) {
  journey_context_options options = {.struct_size = sizeof options, .threads = 1};
  options.allocator = (journey_allocator){.struct_size = sizeof options.allocator, .reallocate = refusing};
  options.executor = model_executor(1);
  journey_context *context;
  journey_builder *builder;
  journey_stream *stream;
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  recipe r = {.known = 500,
              .anonymous = 100,
              .names = 400,
              .ids = 100,
              .texts = 500,
              .times = 100,
              .step = 5,
              .both = 3,
              .links = 20};
  size_t n = 2000, taken = 0;
  model_op *op = random_ops(11, &r, n);
  for (size_t i = 0; i < n; i++) {
    refuse_now = i % 3 != 0;
    journey_status status = model_feed(builder, &op[i], 1, 0, 1, 1, NULL);
    ck_assert(status == JOURNEY_OK || status == JOURNEY_ENOMEM);
    if (!status) op[taken++] = op[i];
  }
  refuse_now = false;
  ck_assert_uint_lt(taken, n);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  model_check(stream, op, taken);
  journey_stream_free(stream);
  journey_builder_free(builder);
  journey_context_free(context);
  free(op);
}
END_TEST

/* ---- taking back ---------------------------------------------------------------------------------------------------- */

START_TEST(rollback_restores) {
  uint64_t seed = (uint64_t)_i * 77 + 5;
  journey_context *context = context_of(1);
  for (int round = 0; round < 100; round++) {
    recipe r = random_recipe(&seed);
    size_t n = model_random(&seed, 500), kept = model_random(&seed, n + 1), lost = model_random(&seed, 700);
    model_op *op = random_ops(seed, &r, n), *bad = random_ops(seed + 1, &r, lost);
    journey_builder *builder;
    journey_stream *stream;
    size_t writers = model_random(&seed, 4);
    uint32_t index;
    ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
    ck_assert_int_eq(model_feed(builder, op, kept, writers, 50, seed, NULL), JOURNEY_OK);
    int64_t mark = jn_stream_next_sequence(builder);
    ck_assert_int_eq(model_feed(builder, bad, lost, 1 + model_random(&seed, 4), 50, seed, NULL), JOURNEY_OK);
    ck_assert_int_eq(jn_stream_declare(builder, "other", 5, JOURNEY_ATTRIBUTE_TEXT, &index, NULL), JOURNEY_OK);
    jn_stream_rollback(builder, mark);
    ck_assert_int_eq(jn_stream_next_sequence(builder), mark);
    ck_assert_int_eq(model_feed(builder, op + kept, n - kept, writers, 50, seed, NULL), JOURNEY_OK);
    ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
    model_check(stream, op, n);
    ck_assert_uint_eq(jn_stream_find_attribute(stream, "other", 5), UINT32_MAX);
    journey_stream_free(stream);
    journey_builder_free(builder);
    free(op), free(bad);
  }
  journey_context_free(context);
}
END_TEST

/* A column turned out to be text: the same name may then be declared with the other type. */
START_TEST(rollback_forgets_types) {
  journey_context *context = context_of(1);
  journey_builder *builder;
  journey_error err;
  uint32_t index;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  int64_t mark = jn_stream_next_sequence(builder);
  ck_assert_int_eq(jn_stream_declare(builder, "a", 1, JOURNEY_ATTRIBUTE_TEXT, &index, &err), JOURNEY_OK);
  ck_assert_int_eq(jn_stream_declare(builder, "b", 1, JOURNEY_ATTRIBUTE_NUMBER, &index, &err), JOURNEY_OK);
  ck_assert_uint_eq(index, 1);
  ck_assert_int_eq(jn_stream_declare(builder, "b", 1, JOURNEY_ATTRIBUTE_TEXT, &index, &err), JOURNEY_EINVAL);
  jn_stream_rollback(builder, mark);
  ck_assert_int_eq(jn_stream_declare(builder, "b", 1, JOURNEY_ATTRIBUTE_TEXT, &index, &err), JOURNEY_OK);
  ck_assert_uint_eq(index, 0);
  journey_builder_free(builder);
  journey_context_free(context);
}
END_TEST

/* ---- the public functions ------------------------------------------------------------------------------------------- */

static journey_event event_of(const char *customer, const char *name) {
  return (journey_event){.struct_size = sizeof(journey_event),
                         .customer = customer,
                         .customer_length = customer ? strlen(customer) : 0,
                         .name = name,
                         .name_length = name ? strlen(name) : 0,
                         .value = NAN};
}

static void expect_refusal(journey_builder *builder, const journey_event *event, const char *message) {
  journey_error err = {0};
  ck_assert_int_eq(journey_builder_add(builder, event, &err), JOURNEY_EINVAL);
  ck_assert_msg(strstr(err.message, message), "\"%s\" is not in \"%s\"", message, err.message);
}

START_TEST(wrong_events) {
  journey_context *context = context_of(1);
  journey_builder *builder;
  journey_stream *stream;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  journey_event none = event_of(NULL, "a"), nameless = event_of("c", ""), latin = event_of("c", "caf\xE9"),
                small = event_of("c", "a"), twice = event_of("c", "a"), good = event_of("c", "a");
  small.struct_size = 8;
  journey_attribute attributes[] = {{"x", 1, "1", 1, 0}, {"x", 1, "2", 1, 0}}, number = {"x", 1, NULL, 0, 5};
  twice.attributes = attributes, twice.attribute_count = 2;
  expect_refusal(builder, &none, "customer");
  expect_refusal(builder, &nameless, "name");
  expect_refusal(builder, &latin, "UTF-8");
  expect_refusal(builder, &small, "journey_event");
  expect_refusal(builder, &twice, "twice");
  good.attributes = &number, good.attribute_count = 1;
  ck_assert_int_eq(journey_builder_add(builder, &good, NULL), JOURNEY_OK);
  good.attributes = attributes;
  expect_refusal(builder, &good, "numbers and texts");
  ck_assert_int_eq(journey_builder_link(builder, "a", 1, 1, "", 0, NULL), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_builder_link(builder, "a", 1, 2, "b", 1, NULL), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  journey_stream_counts counts = {.struct_size = sizeof counts};
  ck_assert_int_eq(journey_stream_get_counts(stream, &counts), JOURNEY_OK);
  ck_assert(counts.taken == 1 && counts.customers == 1);
  counts.struct_size = 4;
  ck_assert_int_eq(journey_stream_get_counts(stream, &counts), JOURNEY_EINVAL);
  int32_t type;
  ck_assert_uint_eq(journey_stream_attributes(stream), 1);
  ck_assert_str_eq(journey_stream_attribute(stream, 0, &type), "x");
  ck_assert_int_eq(type, JOURNEY_ATTRIBUTE_NUMBER);
  ck_assert_ptr_null(journey_stream_attribute(stream, 1, NULL));
  journey_stream_free(journey_stream_ref(stream));
  journey_stream_free(stream);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK); /* it is empty now */
  ck_assert_int_eq(jn_stream_get(stream)->events, 0);
  journey_stream_free(stream);
  journey_builder_free(builder);
  journey_context_free(context);
}
END_TEST

START_TEST(refused_row_of_a_batch) {
  journey_context *context = context_of(1);
  journey_builder *builder;
  jn_stream_writer *writer;
  journey_stream *stream;
  size_t taken;
  jn_stream_string c = {"c", 1}, a = {"a", 1};
  jn_stream_row row[5];
  for (int i = 0; i < 5; i++) row[i] = (jn_stream_row){.customer = c, .name = a, .value = NAN};
  row[3].customer.length = 0;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_stream_writer_new(builder, &writer, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_stream_put_rows(writer, row, 5, &taken, NULL), JOURNEY_EINVAL); /* no block yet */
  ck_assert_int_eq(jn_stream_begin(writer, 3, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_stream_begin(writer, 3, NULL), JOURNEY_EINVAL);
  ck_assert_int_eq(jn_stream_put_rows(writer, row, 5, &taken, NULL), JOURNEY_EINVAL);
  ck_assert_uint_eq(taken, 3);
  ck_assert_int_eq(jn_stream_put_rows(writer, row + 4, 1, &taken, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_stream_get(stream)->events, 4);
  journey_stream_free(stream);
  journey_builder_free(builder);
  journey_context_free(context);
}
END_TEST

/* ---- stopping ------------------------------------------------------------------------------------------------------- */

static journey_status stop(void *user, const char *phase, int64_t done, int64_t total) {
  int *calls = user;
  (void)total;
  ck_assert_str_eq(phase, "sorting");
  return done > 0 && ++*calls > 2 ? JOURNEY_EUSER : JOURNEY_OK;
}

START_TEST(stopped) {
  int calls = 0;
  journey_context_options options = {
      .struct_size = sizeof options, .progress = stop, .progress_user = &calls, .executor = model_executor(1)};
  journey_context *context;
  journey_builder *builder;
  journey_stream *stream;
  recipe r = {.known = 5000, .names = 5, .times = 1000, .step = 1};
  model_op *op = random_ops(1, &r, 200000);
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  ck_assert_int_eq(model_feed(builder, op, 200000, 2, 5000, 1, NULL), JOURNEY_OK);
  if (_i) journey_context_cancel(context, 1);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), _i ? JOURNEY_ECANCELLED : JOURNEY_EUSER);
  ck_assert_ptr_null(stream);
  journey_builder_free(builder);
  journey_context_free(context);
  free(op);
}
END_TEST

Suite *stream_suite(void);
Suite *stream_suite(void) {
  Suite *suite = suite_create("stream");
  TCase *model = tcase_create("model"), *rest = tcase_create("rest");
  tcase_set_timeout(model, 300);
  tcase_set_timeout(rest, 300);
  tcase_add_loop_test(model, small_random_inputs, 0, 12);
  tcase_add_loop_test(model, large_random_inputs, 0, 4);
  tcase_add_test(model, same_for_any_writers_and_threads);
  tcase_add_test(model, empty_stream);
  tcase_add_loop_test(model, one_long_path, 0, 3);
  tcase_add_test(model, a_million_duplicates);
  tcase_add_test(model, every_event_another_customer);
  tcase_add_test(model, all_of_time);
  tcase_add_test(rest, eight_bytes_an_event);
  tcase_add_loop_test(rest, out_of_memory, 0, 3);
  tcase_add_test(rest, refused_event_leaves_no_trace);
  tcase_add_loop_test(rest, rollback_restores, 0, 6);
  tcase_add_test(rest, rollback_forgets_types);
  tcase_add_test(rest, wrong_events);
  tcase_add_test(rest, refused_row_of_a_batch);
  tcase_add_loop_test(rest, stopped, 0, 2);
  suite_add_tcase(suite, model);
  suite_add_tcase(suite, rest);
  return suite;
}

int main(void) { return check_main(stream_suite()); }
