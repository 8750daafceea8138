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
  for (int round = 0; round < 20; round++)
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
      memset(at, 0, sizeof *at);
      at->threads = thread_counts[_i];
      ck_assert_int_eq(jn_exec_run(context, counts[c], enter_ledger, at, NULL), JOURNEY_OK);
      for (int64_t i = 0; i < MOST; i++) ck_assert_int_eq(at->times[i], i < counts[c]);
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
  for (int round = 0; round < 100; round++)
    ck_assert_int_eq(jn_exec_run(context, threads, meet, &at, NULL), JOURNEY_OK);
  ck_assert_int_eq(at.caller_came, 100);
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
  for (int round = 0; round < 200; round++) {
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
  ck_assert_int_ge(at.ran, 6);
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
  for (int round = 0; round < 20; round++) ck_assert_int_eq(jn_exec_run(at.context, 6, grow, &root, NULL), JOURNEY_OK);
  ck_assert_int_eq(at.leaves, 20 * 6 * 6 * 6);
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

/* ---- the public pool ------------------------------------------------------------------------------------------------- */

static void *run_many(void *argument) {
  journey_context *context = argument;
  ledger *at = malloc(sizeof *at);
  intptr_t wrong = 0;
  for (int round = 0; round < 100; round++) {
    memset(at, 0, sizeof *at);
    at->threads = 100;
    wrong += jn_exec_run(context, 50, enter_ledger, at, NULL) != JOURNEY_OK;
    for (int i = 0; i < 50; i++) wrong += at->times[i] != 1;
  }
  free(at);
  return (void *)wrong;
}

START_TEST(contexts_and_threads_share_a_pool) {
  journey_pool *pool;
  ck_assert_int_eq(journey_pool_new(NULL, 3, &pool, NULL), JOURNEY_OK);
  journey_executor executor;
  journey_pool_executor(pool, &executor);
  ck_assert_uint_eq(executor.threads, 3);
  journey_context *contexts[2] = {make_context(0, &executor), make_context(0, &executor)};
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) ck_assert_int_eq(pthread_create(&threads[i], NULL, run_many, contexts[i % 2]), 0);
  for (int i = 0; i < 4; i++) {
    void *wrong;
    pthread_join(threads[i], &wrong);
    ck_assert_ptr_null(wrong);
  }
  for (int i = 0; i < 2; i++) journey_context_free(contexts[i]);
  journey_pool_free(pool);
}
END_TEST

/* The bare executor, called from its own tasks. */
typedef struct bare {
  journey_executor executor;
  atomic_int leaves;
  int depth;
  struct bare *root;
} bare;

static journey_status grow_bare(void *work, int64_t index) {
  bare *from = work;
  (void)index;
  if (from->depth == 3) {
    atomic_fetch_add(&from->root->leaves, 1);
    return JOURNEY_OK;
  }
  bare here = {.executor = from->executor, .depth = from->depth + 1, .root = from->root};
  return here.executor.run(here.executor.user, 5, grow_bare, &here);
}

START_TEST(a_bare_pool_may_be_called_from_its_own_tasks) {
  journey_pool *pool;
  bare root = {.root = &root};
  ck_assert_int_eq(journey_pool_new(NULL, 4, &pool, NULL), JOURNEY_OK);
  journey_pool_executor(pool, &root.executor);
  for (int round = 0; round < 20; round++) ck_assert_int_eq(grow_bare(&root, 0), JOURNEY_OK);
  ck_assert_int_eq(root.leaves, 20 * 125);
  journey_pool_free(pool);
}
END_TEST

START_TEST(refuses_wrong_sizes_of_pools) {
  journey_pool *pool = (journey_pool *)&pool;
  journey_error err;
  ck_assert_int_eq(journey_pool_new(NULL, -1, &pool, &err), JOURNEY_EINVAL);
  ck_assert_ptr_null(pool);
  ck_assert_int_eq(journey_pool_new(NULL, 1 << 20, &pool, &err), JOURNEY_EINVAL);
  journey_allocator broken = {.struct_size = sizeof broken};
  ck_assert_int_eq(journey_pool_new(&broken, 2, &pool, &err), JOURNEY_EINVAL);
  journey_pool_free(NULL);
}
END_TEST

static journey_status run_with_memory(journey_context *context, void *arg) {
  trap at = {.fails = arg};
  return jn_exec_run(context, 300, step_on, &at, NULL);
}

static journey_status make_pool_with_memory(const journey_allocator *allocator, void *arg) {
  (void)arg;
  journey_pool *pool;
  journey_status status = journey_pool_new(allocator, 3, &pool, NULL);
  journey_pool_free(pool);
  return status;
}

START_TEST(survives_lack_of_memory) {
  bool fails[300] = {false};
  journey_context_options options = {.struct_size = sizeof options, .threads = 3};
  alloc_loop_with(&options, run_with_memory, fails);
  alloc_loop_bare(make_pool_with_memory, NULL);
}
END_TEST

/* ---- too few threads ------------------------------------------------------------------------------------------------- */

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

/* Sanitizers bring a pthread_create of their own. */
#ifdef SANITIZED
START_TEST(works_with_fewer_threads_than_asked_for) { check_skip("pthread_create cannot be replaced here"); }
END_TEST
#else
static int threads_left = -1; /* how many more the system allows; negative: any number */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (threads_left == 0) return EAGAIN;
  if (threads_left > 0) threads_left--;
  *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
  return real(thread, attributes, start, argument);
}

static void keep_line(void *user, const char *line) { strncpy(user, line, 99); }

START_TEST(works_with_fewer_threads_than_asked_for) {
  for (int allowed = 0; allowed < 3; allowed++) {
    char log[100] = "";
    journey_context_options options = {.struct_size = sizeof options, .threads = 4, .log = keep_line, .log_user = log};
    journey_context *context;
    ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
    threads_left = allowed;
    trap at = {.fails = (bool[300]){false}};
    ck_assert_int_eq(jn_exec_run(context, 300, step_on, &at, NULL), JOURNEY_OK);
    for (int i = 0; i < 300; i++) ck_assert_int_eq(at.ran[i], 1);
    threads_left = -1;
    char expected[100];
    snprintf(expected, sizeof expected, "the system allows %d threads instead of 4", allowed + 1);
    ck_assert_str_eq(log, expected);
    journey_context_free(context);
  }
}
END_TEST

START_TEST(one_thread_starts_no_thread) {
  threads_left = 0;
  char log[100] = "";
  journey_context_options options = {.struct_size = sizeof options, .threads = 1, .log = keep_line, .log_user = log};
  journey_context *context;
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  int64_t before, after;
  journey_context_memory(context, &before, NULL);
  trap at = {.fails = (bool[300]){false}};
  ck_assert_int_eq(jn_exec_run(context, 300, step_on, &at, NULL), JOURNEY_OK);
  journey_context_memory(context, &after, NULL);
  ck_assert_int_eq(before, after);
  ck_assert_str_eq(log, "");
  journey_context_free(context);
  threads_left = -1;
}
END_TEST
#endif

/* ---- pipeline -------------------------------------------------------------------------------------------------------- */

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
      ck_assert_int_eq(b.wrong, 0);
    }
  journey_context_cancel(context, 1);
  belt b = {.blocks = 30, .bad = -1};
  ck_assert_int_eq(jn_exec_pipeline(context, &belt_stages, &b, NULL), JOURNEY_ECANCELLED);
  journey_context_free(context);
}
END_TEST

START_TEST(a_belt_runs_on_an_executor_that_runs_one_task_at_a_time) {
  strange foreign = {0};
  journey_executor executor = executor_of(&foreign);
  journey_context *context = make_context(0, &executor);
  belt b = {.blocks = 30, .bad = -1};
  ck_assert_int_eq(jn_exec_pipeline(context, &belt_stages, &b, NULL), JOURNEY_OK);
  ck_assert_int_eq(b.consumed, 30);
  ck_assert_int_eq(b.wrong, 0);
  journey_context_free(context);
}
END_TEST

static Suite *exec_suite(void) {
  Suite *suite = suite_create("exec");
  TCase *run = tcase_create("run");
  tcase_set_timeout(run, 60);
  tcase_add_loop_test(run, runs_each_task_once_from_the_lowest, 0, THREAD_COUNTS);
  tcase_add_loop_test(run, runs_as_many_at_once_as_threads_the_caller_among_them, 0, THREAD_COUNTS);
  tcase_add_test(run, threads_leave_signals_to_the_application);
  tcase_add_loop_test(run, brings_back_the_lowest_failure_with_its_error, 0, THREAD_COUNTS);
  tcase_add_loop_test(run, names_a_failure_that_left_no_error, 0, THREAD_COUNTS);
  tcase_add_loop_test(run, is_cancelled_from_another_thread, 0, THREAD_COUNTS);
  tcase_add_loop_test(run, cancelling_in_a_task_stops_the_rest, 0, THREAD_COUNTS);
  tcase_add_loop_test(run, progress_comes_one_at_a_time_and_stops_the_work, 0, THREAD_COUNTS);
  tcase_add_loop_test(run, nested_calls_run_where_they_are, 0, THREAD_COUNTS);
  tcase_add_test(run, foreign_executors_give_the_same_answers);
  tcase_add_test(run, foreign_executors_that_do_it_wrong_are_told_so);
  suite_add_tcase(suite, run);
  TCase *pool = tcase_create("pool");
  tcase_set_timeout(pool, 60);
  tcase_add_test(pool, contexts_and_threads_share_a_pool);
  tcase_add_test(pool, a_bare_pool_may_be_called_from_its_own_tasks);
  tcase_add_test(pool, refuses_wrong_sizes_of_pools);
  tcase_add_test(pool, survives_lack_of_memory);
  tcase_add_test(pool, works_with_fewer_threads_than_asked_for);
#ifndef SANITIZED
  tcase_add_test(pool, one_thread_starts_no_thread);
#endif
  suite_add_tcase(suite, pool);
  TCase *pipeline = tcase_create("pipeline");
  tcase_set_timeout(pipeline, 60);
  tcase_add_loop_test(pipeline, blocks_come_out_in_order, 0, THREAD_COUNTS);
  tcase_add_loop_test(pipeline, the_first_bad_block_stops_the_belt, 0, THREAD_COUNTS);
  tcase_add_test(pipeline, a_belt_runs_on_an_executor_that_runs_one_task_at_a_time);
  suite_add_tcase(suite, pipeline);
  return suite;
}

int main(void) { return check_main(exec_suite()); }
