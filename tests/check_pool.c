/* Tests of the ready-made pool: shared by contexts, called from its own tasks, short of memory and of threads. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "exec/exec.h"

enum { TASKS = 300 };

/* Counts how often each task ran. Assertions belong to the main thread. */
static journey_status count_task(void *work, int64_t index, journey_error *err) {
  (void)err;
  atomic_int *times = work;
  atomic_fetch_add(&times[index], 1);
  return JOURNEY_OK;
}

static journey_status count_all(journey_context *context, int *wrong) {
  atomic_int times[TASKS] = {0};
  journey_status status = jn_exec_run(context, TASKS, count_task, times, NULL);
  for (int i = 0; i < TASKS; i++) *wrong += times[i] != 1;
  return status;
}

/* ---- sharing and nesting ------------------------------------------------------------------------------------------------- */

static void *run_many(void *context) {
  int wrong = 0;
  for (int round = 0; round < 100; round++)
    if (count_all(context, &wrong)) wrong++;
  return wrong ? context : NULL;
}

START_TEST(contexts_and_threads_share_a_pool) {
  journey_pool *pool;
  ck_assert_int_eq(journey_pool_new(NULL, 3, &pool, NULL), JOURNEY_OK);
  journey_executor executor;
  journey_pool_executor(pool, &executor);
  ck_assert_uint_eq(executor.threads, 3);
  journey_context_options options = {.struct_size = sizeof options, .executor = executor};
  journey_context *contexts[2];
  for (int i = 0; i < 2; i++) ck_assert_int_eq(journey_context_new(&options, &contexts[i], NULL), JOURNEY_OK);
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

static journey_status run_with_memory(journey_context *context, void *arg) { return count_all(context, arg); }

static journey_status make_pool_with_memory(const journey_allocator *allocator, void *arg) {
  (void)arg;
  journey_pool *pool;
  journey_status status = journey_pool_new(allocator, 3, &pool, NULL);
  journey_pool_free(pool);
  return status;
}

START_TEST(survives_lack_of_memory) {
  int ignored = 0;
  journey_context_options options = {.struct_size = sizeof options, .threads = 3};
  alloc_loop_with(&options, run_with_memory, &ignored);
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
    int wrong = 0;
    ck_assert_int_eq(count_all(context, &wrong), JOURNEY_OK);
    ck_assert_int_eq(wrong, 0);
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
  int wrong = 0;
  ck_assert_int_eq(count_all(context, &wrong), JOURNEY_OK);
  ck_assert_int_eq(wrong, 0);
  journey_context_memory(context, &after, NULL);
  ck_assert_int_eq(before, after);
  ck_assert_str_eq(log, "");
  journey_context_free(context);
  threads_left = -1;
}
END_TEST
#endif

static Suite *pool_suite(void) {
  Suite *suite = suite_create("pool");
  TCase *tests = tcase_create("pool");
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, contexts_and_threads_share_a_pool);
  tcase_add_test(tests, a_bare_pool_may_be_called_from_its_own_tasks);
  tcase_add_test(tests, refuses_wrong_sizes_of_pools);
  tcase_add_test(tests, survives_lack_of_memory);
  tcase_add_test(tests, works_with_fewer_threads_than_asked_for);
#ifndef SANITIZED
  tcase_add_test(tests, one_thread_starts_no_thread);
#endif
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(pool_suite()); }
