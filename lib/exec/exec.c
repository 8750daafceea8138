/* Tasks with error records, on top of any executor. */
#include <pthread.h>

#include "exec/internal.h"

/* What the tasks of one call share. */
typedef struct run {
  journey_context *context;
  jn_exec_task task;
  void *work;
  pthread_mutex_t lock;
  int64_t failed; /* the task whose failure is kept */
  journey_status status;
  journey_error *err;
} run;

static void keep_failure(run *r, int64_t index, journey_status status, const journey_error *err) {
  pthread_mutex_lock(&r->lock);
  if (r->status == JOURNEY_OK || index < r->failed) {
    r->failed = index;
    r->status = status;
    if (r->err) *r->err = *err;
  }
  pthread_mutex_unlock(&r->lock);
}

static journey_status run_task(void *work, int64_t index) {
  run *r = work;
  journey_error err = {.code = JOURNEY_OK, .offset = -1};
  journey_status status = jn_base_cancelled(r->context, &err);
  if (status == JOURNEY_OK) status = r->task(r->work, index, &err);
  if (status != JOURNEY_OK) keep_failure(r, index, status, &err);
  return status;
}

static journey_status make_pool(journey_context *context, void **out, journey_error *err) {
  journey_pool *pool;
  journey_status status = jn_exec_pool_new(context, jn_base_context_options(context)->threads, &pool, err);
  if (status == JOURNEY_OK) *out = pool;
  return status;
}

static void free_pool(journey_context *context, void *content) {
  (void)context;
  journey_pool_free(content);
}

static journey_status find_executor(journey_context *context, journey_executor *out, journey_error *err) {
  void *pool;
  *out = jn_base_context_options(context)->executor;
  if (out->struct_size) return JOURNEY_OK;
  journey_status status = jn_base_slot(context, JN_BASE_SLOT_POOL, make_pool, free_pool, &pool, err);
  if (status == JOURNEY_OK) *out = journey_pool_executor(pool);
  return status;
}

int32_t jn_exec_threads(journey_context *context) {
  int32_t threads = jn_base_context_options(context)->threads;
  return threads < 1 ? 1 : threads;
}

static journey_status run_inline(run *r, int64_t n) {
  journey_status status = JOURNEY_OK;
  for (int64_t i = 0; status == JOURNEY_OK && i < n; i++) status = run_task(r, i);
  return status;
}

/* An executor may return any code of its own; a task's failure is more telling. */
journey_status jn_exec_run(journey_context *context, int64_t n, jn_exec_task task, void *work, journey_error *err) {
  run r = {.context = context, .task = task, .work = work, .err = err, .lock = PTHREAD_MUTEX_INITIALIZER};
  journey_executor executor;
  journey_status status;
  if (n <= 1 || jn_exec_threads(context) == 1) {
    status = run_inline(&r, n);
  } else {
    status = find_executor(context, &executor, err);
    if (status == JOURNEY_OK) status = executor.run(executor.user, n, run_task, &r);
  }
  pthread_mutex_destroy(&r.lock);
  if (r.status != JOURNEY_OK || status == JOURNEY_OK) return r.status;
  return status == JOURNEY_ENOMEM ? jn_base_no_memory(err) : jn_base_fail(err, status, "the executor failed");
}
