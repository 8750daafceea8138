/* Tests of the room `exec`: every task once, failures, nesting, cancelling, executors of the caller's own. */
#include <check.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "exec/exec.h"

enum { MANY = 10000 };

typedef struct tally {
  journey_context *context;
  _Atomic int32_t seen[MANY];
  int64_t fail_at, fail_too;
  journey_status code;
  int64_t inner;
} tally;

static journey_context *make_context(int32_t threads) {
  journey_context_options options = {.struct_size = sizeof options, .threads = threads};
  journey_context *context;
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  return context;
}

static journey_status count_task(void *work, int64_t i, journey_error *err) {
  tally *t = work;
  atomic_fetch_add(&t->seen[i], 1);
  if (i != t->fail_at && i != t->fail_too) return JOURNEY_OK;
  return jn_base_fail(err, t->code, "task %d", (int)i);
}

static const int32_t widths[] = {1, 2, 7};

START_TEST(each_task_runs_once) {
  journey_context *context = make_context(widths[_i]);
  ck_assert_int_eq(jn_exec_threads(context), widths[_i]);
  for (int64_t n = 0; n <= MANY; n = n * 3 + 1) {
    tally t = {.fail_at = -1, .fail_too = -1};
    ck_assert_int_eq(jn_exec_run(context, n, count_task, &t, NULL), JOURNEY_OK);
    for (int64_t i = 0; i < MANY; i++) ck_assert_int_eq(t.seen[i], i < n);
  }
  journey_context_free(context);
}
END_TEST

START_TEST(a_failure_stops_and_comes_back) {
  journey_context *context = make_context(widths[_i]);
  tally t = {.fail_at = 40, .fail_too = 41, .code = JOURNEY_EPARSE};
  journey_error err;
  ck_assert_int_eq(jn_exec_run(context, MANY, count_task, &t, &err), JOURNEY_EPARSE);
  ck_assert(strcmp(err.message, "task 40") == 0 || (widths[_i] > 1 && strcmp(err.message, "task 41") == 0));
  ck_assert_int_eq(err.code, JOURNEY_EPARSE);
  ck_assert_int_eq(t.seen[MANY - 1], 0);
  t = (tally){.fail_at = 3, .fail_too = 3, .code = JOURNEY_EUSER};
  ck_assert_int_eq(jn_exec_run(context, MANY, count_task, &t, NULL), JOURNEY_EUSER);
  journey_context_free(context);
}
END_TEST

static journey_status nested_task(void *work, int64_t i, journey_error *err) {
  tally *t = work, inner = {.fail_at = -1, .fail_too = -1};
  (void)i;
  journey_status status = jn_exec_run(t->context, t->inner, count_task, &inner, err);
  for (int64_t k = 0; k < t->inner; k++) atomic_fetch_add(&t->seen[k], inner.seen[k]);
  return status;
}

START_TEST(tasks_may_run_tasks) {
  journey_context *context = make_context(widths[_i]);
  tally t = {.context = context, .inner = 50};
  ck_assert_int_eq(jn_exec_run(context, 30, nested_task, &t, NULL), JOURNEY_OK);
  for (int64_t k = 0; k < 50; k++) ck_assert_int_eq(t.seen[k], 30);
  journey_context_free(context);
}
END_TEST

static journey_status cancelling_task(void *work, int64_t i, journey_error *err) {
  tally *t = work;
  (void)err;
  atomic_fetch_add(&t->seen[i], 1);
  if (i == 5) journey_context_cancel(t->context, 1);
  return JOURNEY_OK;
}

START_TEST(cancelling_stops_the_rest) {
  tally t = {.context = make_context(widths[_i])};
  journey_error err;
  ck_assert_int_eq(jn_exec_run(t.context, MANY, cancelling_task, &t, &err), JOURNEY_ECANCELLED);
  ck_assert_int_eq(t.seen[MANY - 1], 0);
  ck_assert_int_eq(err.code, JOURNEY_ECANCELLED);
  journey_context_free(t.context);
}
END_TEST

/* An executor that runs backwards, and one that refuses. */
static journey_status run_backwards(void *user, int64_t n, journey_task task, void *work) {
  journey_status status = JOURNEY_OK;
  ++*(int *)user;
  while (status == JOURNEY_OK && n > 0) status = task(work, --n);
  return status;
}

static journey_status run_nothing(void *user, int64_t n, journey_task task, void *work) {
  (void)user, (void)n, (void)task, (void)work;
  return JOURNEY_ENOMEM;
}

START_TEST(the_callers_executor_is_used) {
  int calls = 0;
  journey_context *context;
  journey_context_options options = {.struct_size = sizeof options};
  options.executor = (journey_executor){sizeof(journey_executor), 3, &calls, run_backwards};
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  tally t = {.fail_at = -1, .fail_too = -1};
  ck_assert_int_eq(jn_exec_run(context, 100, count_task, &t, NULL), JOURNEY_OK);
  ck_assert_int_eq(calls, 1);
  for (int64_t i = 0; i < 100; i++) ck_assert_int_eq(t.seen[i], 1);
  journey_context_free(context);
  options.executor.run = run_nothing;
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_exec_run(context, 100, count_task, &t, NULL), JOURNEY_ENOMEM);
  journey_context_free(context);
}
END_TEST

static void *run_from_thread(void *user) {
  tally t = {.fail_at = -1, .fail_too = -1};
  for (int i = 0; i < 50; i++) ck_assert_int_eq(jn_exec_run(user, 100, count_task, &t, NULL), JOURNEY_OK);
  for (int64_t i = 0; i < 100; i++) ck_assert_int_eq(t.seen[i], 50);
  return NULL;
}

START_TEST(a_shared_pool_serves_several_threads_and_contexts) {
  journey_pool *pool;
  journey_context *context[3];
  pthread_t thread[3];
  ck_assert_int_eq(journey_pool_new(-1, &pool, NULL), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_pool_new(3, &pool, NULL), JOURNEY_OK);
  journey_context_options options = {.struct_size = sizeof options, .executor = journey_pool_executor(pool)};
  for (int i = 0; i < 3; i++) {
    ck_assert_int_eq(journey_context_new(&options, &context[i], NULL), JOURNEY_OK);
    pthread_create(&thread[i], NULL, run_from_thread, context[i]);
  }
  for (int i = 0; i < 3; i++) {
    pthread_join(thread[i], NULL);
    journey_context_free(context[i]);
  }
  journey_pool_free(pool);
  journey_pool_free(NULL);
}
END_TEST

static Suite *exec_suite(void) {
  Suite *suite = suite_create("exec");
  TCase *tests = tcase_create("exec");
  tcase_add_loop_test(tests, each_task_runs_once, 0, 3);
  tcase_add_loop_test(tests, a_failure_stops_and_comes_back, 0, 3);
  tcase_add_loop_test(tests, tasks_may_run_tasks, 0, 3);
  tcase_add_loop_test(tests, cancelling_stops_the_rest, 0, 3);
  tcase_add_test(tests, the_callers_executor_is_used);
  tcase_add_test(tests, a_shared_pool_serves_several_threads_and_contexts);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(exec_suite()); }
