/* Tests of running tasks: every task once, started in order, the lowest failure back, nested calls, foreign executors. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "exec/exec.h"

static const int32_t thread_counts[] = {1, 2, 3, 7};
enum { THREAD_COUNTS = sizeof thread_counts / sizeof *thread_counts, MOST = 5000 };

static journey_context *make_context(int32_t threads, const journey_executor *executor) {
  journey_context_options options = {.struct_size = sizeof options, .threads = threads};
  if (executor) options.executor = *executor;
  journey_context *context;
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  return context;
}

/* ---- every task once, in order --------------------------------------------------------------------------------------- */

/* Assertions belong to the main thread; tasks count what they see. */
typedef struct ledger {
  atomic_int times[MOST];
  atomic_int started;
  atomic_int early; /* tasks that began although too few of the lower ones had */
  int32_t threads;
} ledger;

static journey_status enter_ledger(void *work, int64_t index, journey_error *err) {
  (void)err;
  ledger *at = work;
  int before = atomic_fetch_add(&at->started, 1);
  if (before < index - (at->threads - 1)) atomic_fetch_add(&at->early, 1);
  atomic_fetch_add(&at->times[index], 1);
  return JOURNEY_OK;
}

START_TEST(runs_each_task_once_from_the_lowest) {
  static const int64_t counts[] = {0, 1, 2, 3, 50, MOST};
  ledger *at = malloc(sizeof *at);
  journey_context *context = make_context(thread_counts[_i], NULL);
  for (int round = 0; round < 5; round++)
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
      memset(at, 0, sizeof *at);
      at->threads = thread_counts[_i];
      ck_assert_int_eq(jn_exec_run(context, counts[c], enter_ledger, at, NULL), JOURNEY_OK);
      int wrong = 0;
      for (int64_t i = 0; i < MOST; i++) wrong += at->times[i] != (i < counts[c]);
      ck_assert_int_eq(wrong, 0);
      ck_assert_int_eq(at->early, 0);
    }
  journey_context_free(context);
  free(at);
}
END_TEST

typedef struct meeting {
  pthread_barrier_t barrier;
  pthread_t caller;
  atomic_int caller_came;
} meeting;

static journey_status meet(void *work, int64_t index, journey_error *err) {
  (void)index, (void)err;
  meeting *at = work;
  if (pthread_equal(pthread_self(), at->caller)) atomic_fetch_add(&at->caller_came, 1);
  pthread_barrier_wait(&at->barrier);
  return JOURNEY_OK;
}

START_TEST(runs_as_many_at_once_as_threads_the_caller_among_them) {
  int32_t threads = thread_counts[_i];
  journey_context *context = make_context(threads, NULL);
  meeting at = {.caller = pthread_self()};
  pthread_barrier_init(&at.barrier, NULL, (unsigned)threads);
  ck_assert_int_eq(jn_exec_threads(context), threads);
  for (int round = 0; round < 20; round++)
    ck_assert_int_eq(jn_exec_run(context, threads, meet, &at, NULL), JOURNEY_OK);
  ck_assert_int_eq(at.caller_came, 20);
  pthread_barrier_destroy(&at.barrier);
  journey_context_free(context);
}
END_TEST

static journey_status look_at_mask(void *work, int64_t index, journey_error *err) {
  (void)index, (void)err;
  meeting *at = work;
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  if (!pthread_equal(pthread_self(), at->caller) && sigismember(&mask, SIGUSR1)) atomic_fetch_add(&at->caller_came, 1);
  pthread_barrier_wait(&at->barrier);
  return JOURNEY_OK;
}

START_TEST(threads_leave_signals_to_the_application) {
  journey_context *context = make_context(3, NULL);
  meeting at = {.caller = pthread_self()};
  pthread_barrier_init(&at.barrier, NULL, 3);
  ck_assert_int_eq(jn_exec_run(context, 3, look_at_mask, &at, NULL), JOURNEY_OK);
  ck_assert_int_eq(at.caller_came, 2);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  ck_assert(!sigismember(&mask, SIGUSR1));
  pthread_barrier_destroy(&at.barrier);
  journey_context_free(context);
}
END_TEST

/* ---- failures -------------------------------------------------------------------------------------------------------- */

typedef struct trap {
  const bool *fails;
  atomic_int ran[300];
  journey_status code;
  bool silent;
} trap;

static journey_status step_on(void *work, int64_t index, journey_error *err) {
  trap *at = work;
  atomic_fetch_add(&at->ran[index], 1);
  if (!at->fails[index]) return JOURNEY_OK;
  if (index % 3 == 0) usleep(200); /* lower failures may come later */
  if (at->silent) return at->code;
  return jn_base_fail_at(err, at->code, index, 2, 5, "trap %lld", (long long)index);
}

START_TEST(brings_back_the_lowest_failure_with_its_error) {
  journey_context *context = make_context(thread_counts[_i], NULL);
  srand(5);
  for (int round = 0; round < 40; round++) {
    bool fails[300];
    int64_t first = -1;
    for (int i = 299; i >= 0; i--)
      if ((fails[i] = rand() % 60 == 0)) first = i;
    trap at = {.fails = fails, .code = round % 2 ? JOURNEY_EPARSE : JOURNEY_EUSER};
    journey_error err = {.code = 77};
    journey_status status = jn_exec_run(context, 300, step_on, &at, &err);
    if (first < 0) {
      ck_assert_int_eq(status, JOURNEY_OK);
      ck_assert_int_eq(err.code, 77); /* written on failure only */
      continue;
    }
    char message[40];
    snprintf(message, sizeof message, "trap %lld", (long long)first);
    ck_assert_int_eq(status, at.code);
    ck_assert_int_eq(err.code, at.code);
    ck_assert_int_eq(err.row, first);
    ck_assert_str_eq(err.message, message);
    for (int64_t i = 0; i <= first; i++) ck_assert_int_eq(at.ran[i], 1);
  }
  journey_context_free(context);
}
END_TEST

START_TEST(names_a_failure_that_left_no_error) {
  journey_context *context = make_context(thread_counts[_i], NULL);
  bool fails[300] = {[7] = true};
  trap at = {.fails = fails, .code = JOURNEY_EUSER, .silent = true};
  journey_error err;
  ck_assert_int_eq(jn_exec_run(context, 300, step_on, &at, &err), JOURNEY_EUSER);
  ck_assert_int_eq(err.code, JOURNEY_EUSER);
  ck_assert_str_eq(err.message, "task 7: JOURNEY_EUSER");
  ck_assert_int_eq(jn_exec_run(context, 300, step_on, &at, NULL), JOURNEY_EUSER);
  journey_context_free(context);
}
END_TEST

static journey_status wait_for_cancel(void *work, int64_t index, journey_error *err) {
  (void)index;
  journey_status status = JOURNEY_OK;
  while (!status) status = jn_base_cancelled(work, err);
  return status;
}

static void *cancel_soon(void *context) {
  usleep(2000);
  journey_context_cancel(context, 1);
  return NULL;
}

START_TEST(is_cancelled_from_another_thread) {
  journey_context *context = make_context(thread_counts[_i], NULL);
  pthread_t thread;
  ck_assert_int_eq(pthread_create(&thread, NULL, cancel_soon, context), 0);
  journey_error err;
  ck_assert_int_eq(jn_exec_run(context, 1000, wait_for_cancel, context, &err), JOURNEY_ECANCELLED);
  ck_assert_int_eq(err.code, JOURNEY_ECANCELLED);
  pthread_join(thread, NULL);
  trap at = {.fails = (bool[300]){false}};
  ck_assert_int_eq(jn_exec_run(context, 300, step_on, &at, &err), JOURNEY_ECANCELLED); /* not even begun */
  for (int i = 0; i < 300; i++) ck_assert_int_eq(at.ran[i], 0);
  journey_context_cancel(context, 0);
  ck_assert_int_eq(jn_exec_run(context, 300, step_on, &at, &err), JOURNEY_OK);
  journey_context_free(context);
}
END_TEST

typedef struct stopper {
  journey_context *context;
  atomic_int ran;
} stopper;

static journey_status cancel_at_five(void *work, int64_t index, journey_error *err) {
  (void)err;
  stopper *at = work;
  atomic_fetch_add(&at->ran, 1);
  if (index == 5) journey_context_cancel(at->context, 1);
  while (index > 5 && !jn_base_cancelled(at->context, NULL)) usleep(10);
  return JOURNEY_OK;
}

START_TEST(cancelling_in_a_task_stops_the_rest) {
  stopper at = {.context = make_context(thread_counts[_i], NULL)};
  ck_assert_int_eq(jn_exec_run(at.context, 1000000, cancel_at_five, &at, NULL), JOURNEY_ECANCELLED);
  ck_assert_int_ge(at.ran, 6 - (thread_counts[_i] - 1)); /* lower ones may have been taken, but not begun */
  ck_assert_int_lt(at.ran, 6 + thread_counts[_i]);
  journey_context_free(at.context);
}
END_TEST

typedef struct witness {
  atomic_int inside, crowded, calls;
  int most;
  journey_context *context;
} witness;

static journey_status watch_progress(void *user, const char *phase, int64_t done, int64_t total) {
  (void)phase, (void)done, (void)total;
  witness *at = user;
  if (atomic_fetch_add(&at->inside, 1) > 0) atomic_fetch_add(&at->crowded, 1);
  int calls = atomic_fetch_add(&at->calls, 1) + 1;
  atomic_fetch_sub(&at->inside, 1);
  return calls < at->most ? JOURNEY_OK : JOURNEY_EUSER;
}

static journey_status report_progress(void *work, int64_t index, journey_error *err) {
  witness *at = work;
  return jn_base_progress(at->context, "testing", index, 200, err);
}

START_TEST(progress_comes_one_at_a_time_and_stops_the_work) {
  witness at = {.most = 1000};
  journey_context_options options = {
      .struct_size = sizeof options, .threads = thread_counts[_i], .progress = watch_progress, .progress_user = &at};
  ck_assert_int_eq(journey_context_new(&options, &at.context, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_exec_run(at.context, 200, report_progress, &at, NULL), JOURNEY_OK);
  ck_assert_int_eq(at.calls, 200);
  at.most = 250;
  journey_error err;
  ck_assert_int_eq(jn_exec_run(at.context, 200, report_progress, &at, &err), JOURNEY_EUSER);
  ck_assert_int_eq(err.code, JOURNEY_EUSER);
  ck_assert_int_eq(at.crowded, 0);
  journey_context_free(at.context);
}
END_TEST

/* ---- nested calls and foreign executors ------------------------------------------------------------------------------ */

typedef struct nest {
  journey_context *context;
  atomic_int leaves, strayed;
} nest;

typedef struct branch {
  nest *nest;
  pthread_t thread;
  int depth;
} branch;

static journey_status grow(void *work, int64_t index, journey_error *err) {
  branch *from = work;
  (void)index;
  if (from->depth > 0 && !pthread_equal(from->thread, pthread_self())) atomic_fetch_add(&from->nest->strayed, 1);
  branch here = {from->nest, pthread_self(), from->depth + 1};
  if (here.depth < 3) return jn_exec_run(from->nest->context, 6, grow, &here, err);
  atomic_fetch_add(&from->nest->leaves, 1);
  return JOURNEY_OK;
}

/* Runs tasks from the last to the first, one at a time; a call within a call would wait for ever, so it is noticed. */
typedef struct strange {
  atomic_int running;
  int64_t first, last; /* which of the tasks it runs */
  journey_status own;  /* what it returns */
  int nested;          /* calls within a call */
} strange;

static journey_status run_backwards(void *user, int64_t n, journey_task task, void *work) {
  strange *at = user;
  journey_status status = at->own;
  if (atomic_fetch_add(&at->running, 1) > 0) at->nested++;
  for (int64_t i = n - 1 + at->last; i >= at->first && !status; i--) status = task(work, i);
  atomic_fetch_sub(&at->running, 1);
  return status;
}

static journey_executor executor_of(strange *at) {
  return (journey_executor){.struct_size = sizeof(journey_executor), .threads = 2, .user = at, .run = run_backwards};
}

START_TEST(nested_calls_run_where_they_are) {
  strange foreign = {0};
  journey_executor executor = executor_of(&foreign);
  nest at = {.context = make_context(thread_counts[_i], _i == 0 ? &executor : NULL)};
  branch root = {.nest = &at};
  for (int round = 0; round < 5; round++) ck_assert_int_eq(jn_exec_run(at.context, 6, grow, &root, NULL), JOURNEY_OK);
  ck_assert_int_eq(at.leaves, 5 * 6 * 6 * 6);
  ck_assert_int_eq(at.strayed, 0);
  ck_assert_int_eq(foreign.nested, 0);
  journey_context_free(at.context);
}
END_TEST

START_TEST(foreign_executors_give_the_same_answers) {
  strange foreign = {0};
  journey_executor executor = executor_of(&foreign);
  journey_context *context = make_context(0, &executor);
  ck_assert_int_eq(jn_exec_threads(context), 2);
  bool fails[300] = {[20] = true, [100] = true, [299] = true};
  trap at = {.fails = fails, .code = JOURNEY_EPARSE};
  journey_error err;
  ck_assert_int_eq(jn_exec_run(context, 300, step_on, &at, &err), JOURNEY_EPARSE);
  ck_assert_str_eq(err.message, "trap 20");
  for (int i = 0; i <= 20; i++) ck_assert_int_eq(at.ran[i], 1);
  journey_context_free(context);
}
END_TEST

START_TEST(foreign_executors_that_do_it_wrong_are_told_so) {
  static const struct {
    int64_t first, last;
    journey_status own, expected;
    const char *message;
  } cases[] = {
      {0, 0, JOURNEY_OK, JOURNEY_OK, NULL},
      {1, 0, JOURNEY_OK, JOURNEY_EINVAL, "the executor ran 299 tasks instead of 300"},
      {0, 1, JOURNEY_OK, JOURNEY_EINVAL, "the executor stopped with JOURNEY_EINVAL"},
      {0, 0, JOURNEY_EUSER, JOURNEY_EUSER, "the executor stopped with JOURNEY_EUSER"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    strange foreign = {.first = cases[i].first, .last = cases[i].last, .own = cases[i].own};
    journey_executor executor = executor_of(&foreign);
    journey_context *context = make_context(0, &executor);
    trap at = {.fails = (bool[300]){false}};
    journey_error err = {.code = 0};
    ck_assert_int_eq(jn_exec_run(context, 300, step_on, &at, &err), cases[i].expected);
    if (cases[i].message) ck_assert_str_eq(err.message, cases[i].message);
    journey_context_free(context);
  }
}
END_TEST

static Suite *exec_suite(void) {
  Suite *suite = suite_create("exec");
  TCase *tests = tcase_create("exec");
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, runs_each_task_once_from_the_lowest, 0, THREAD_COUNTS);
  tcase_add_loop_test(tests, runs_as_many_at_once_as_threads_the_caller_among_them, 0, THREAD_COUNTS);
  tcase_add_test(tests, threads_leave_signals_to_the_application);
  tcase_add_loop_test(tests, brings_back_the_lowest_failure_with_its_error, 0, THREAD_COUNTS);
  tcase_add_loop_test(tests, names_a_failure_that_left_no_error, 0, THREAD_COUNTS);
  tcase_add_loop_test(tests, is_cancelled_from_another_thread, 0, THREAD_COUNTS);
  tcase_add_loop_test(tests, cancelling_in_a_task_stops_the_rest, 0, THREAD_COUNTS);
  tcase_add_loop_test(tests, progress_comes_one_at_a_time_and_stops_the_work, 0, THREAD_COUNTS);
  tcase_add_loop_test(tests, nested_calls_run_where_they_are, 0, THREAD_COUNTS);
  tcase_add_test(tests, foreign_executors_give_the_same_answers);
  tcase_add_test(tests, foreign_executors_that_do_it_wrong_are_told_so);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(exec_suite()); }
