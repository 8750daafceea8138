/* Tests of the pipeline: blocks are fetched and consumed in order on any number of threads, and a bad one stops it. */
#include <unistd.h>

#include "check_main.h"
#include "exec/exec.h"

static const int32_t thread_counts[] = {1, 2, 3, 7};
enum { THREAD_COUNTS = sizeof thread_counts / sizeof *thread_counts };

static journey_context *make_context(int32_t threads, const journey_executor *executor) {
  journey_context_options options = {.struct_size = sizeof options, .threads = threads};
  if (executor) options.executor = *executor;
  journey_context *context;
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  return context;
}

typedef struct belt {
  int64_t blocks, bad; /* how many, and which one fails in stage `at` */
  int at;
  int64_t lane[64];    /* what is in each lane */
  atomic_int busy[64]; /* stages at work in each lane */
  int64_t produced, consumed;
  atomic_int wrong, producing, consuming;
} belt;

static journey_status stage_status(belt *b, int stage, int64_t block, journey_error *err) {
  if (stage != b->at || block != b->bad) return JOURNEY_OK;
  return jn_base_fail_at(err, JOURNEY_EUSER, block, 0, -1, "stage %d", stage);
}

static journey_status make_block(void *work, int32_t lane, int64_t block, bool *end, journey_error *err) {
  belt *b = work;
  if (atomic_fetch_add(&b->producing, 1) || atomic_fetch_add(&b->busy[lane], 1)) b->wrong++;
  if (block != b->produced) b->wrong++;
  *end = block == b->blocks;
  if (!*end) b->lane[lane] = b->produced++ * 3;
  b->busy[lane]--;
  b->producing--;
  return stage_status(b, 0, block, err);
}

static journey_status change_block(void *work, int32_t lane, int64_t block, journey_error *err) {
  belt *b = work;
  if (atomic_fetch_add(&b->busy[lane], 1)) b->wrong++;
  if (block % 7 == 0) usleep(100); /* later blocks overtake */
  b->lane[lane] += 1;
  b->busy[lane]--;
  return stage_status(b, 1, block, err);
}

static journey_status take_block(void *work, int32_t lane, int64_t block, journey_error *err) {
  belt *b = work;
  journey_status status = stage_status(b, 2, block, err);
  if (status) return status;
  if (atomic_fetch_add(&b->consuming, 1) || atomic_fetch_add(&b->busy[lane], 1)) b->wrong++;
  if (block != b->consumed++ || b->lane[lane] != 3 * block + 1) b->wrong++;
  b->busy[lane]--;
  b->consuming--;
  return JOURNEY_OK;
}

static const jn_exec_stages belt_stages = {make_block, change_block, take_block};

START_TEST(blocks_come_out_in_order) {
  journey_context *context = make_context(thread_counts[_i], NULL);
  for (int64_t blocks = 0; blocks < 60; blocks++) {
    belt b = {.blocks = blocks, .bad = -1};
    ck_assert_int_eq(jn_exec_pipeline(context, &belt_stages, &b, NULL), JOURNEY_OK);
    ck_assert_int_eq(b.consumed, blocks);
    ck_assert_int_eq(b.wrong, 0);
  }
  journey_context_free(context);
}
END_TEST

START_TEST(the_first_bad_block_stops_the_belt) {
  journey_context *context = make_context(thread_counts[_i], NULL);
  for (int at = 0; at < 3; at++)
    for (int64_t bad = 0; bad < 30; bad++) {
      belt b = {.blocks = 30, .bad = bad, .at = at};
      journey_error err;
      ck_assert_int_eq(jn_exec_pipeline(context, &belt_stages, &b, &err), JOURNEY_EUSER);
      ck_assert_int_eq(err.row, bad);
      ck_assert_int_eq(b.consumed, bad);
      if (at == 0) ck_assert_int_eq(b.produced, bad + 1); /* nothing is fetched after a failed fetch */
      ck_assert_int_eq(b.wrong, 0);
    }
  journey_context_cancel(context, 1);
  belt b = {.blocks = 30, .bad = -1};
  ck_assert_int_eq(jn_exec_pipeline(context, &belt_stages, &b, NULL), JOURNEY_ECANCELLED);
  journey_context_free(context);
}
END_TEST

static journey_status run_backwards(void *user, int64_t n, journey_task task, void *work) {
  (void)user;
  journey_status status = JOURNEY_OK;
  for (int64_t i = n - 1; i >= 0 && !status; i--) status = task(work, i);
  return status;
}

START_TEST(a_belt_runs_on_an_executor_that_runs_one_task_at_a_time) {
  journey_executor executor = {.struct_size = sizeof executor, .threads = 2, .run = run_backwards};
  journey_context *context = make_context(0, &executor);
  belt b = {.blocks = 30, .bad = -1};
  ck_assert_int_eq(jn_exec_pipeline(context, &belt_stages, &b, NULL), JOURNEY_OK);
  ck_assert_int_eq(b.consumed, 30);
  ck_assert_int_eq(b.wrong, 0);
  journey_context_free(context);
}
END_TEST

static Suite *pipeline_suite(void) {
  Suite *suite = suite_create("pipeline");
  TCase *tests = tcase_create("pipeline");
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, blocks_come_out_in_order, 0, THREAD_COUNTS);
  tcase_add_loop_test(tests, the_first_bad_block_stops_the_belt, 0, THREAD_COUNTS);
  tcase_add_test(tests, a_belt_runs_on_an_executor_that_runs_one_task_at_a_time);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(pipeline_suite()); }
