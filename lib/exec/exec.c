/* Runs tasks through an executor and brings back what a plain loop would: the first failure, with its error. */
#include <pthread.h>

#include "exec/internal.h"

/* A thread that is inside a task. */
typedef struct inside {
  pthread_t thread;
  struct inside *next;
} inside;

/* The context's slot. */
typedef struct runner {
  journey_executor executor;
  journey_pool *pool; /* NULL: the executor is the application's */
  pthread_mutex_t lock;
  inside *threads; /* under the lock */
} runner;

/* One call of jn_exec_run. */
typedef struct run_job {
  journey_context *context;
  runner *runner; /* NULL in a plain loop */
  jn_exec_task task;
  void *work;
  int64_t n;
  atomic_int_fast64_t ran;    /* tasks done or left out */
  atomic_int_fast64_t failed; /* the lowest index that failed; n while none has */
  pthread_mutex_t lock;
  journey_error error; /* of that index, under the lock */
} run_job;

int32_t jn_exec_threads(const journey_context *context) { return jn_base_context_options(context)->threads; }

/* ---- the slot -------------------------------------------------------------------------------------------------------- */

static journey_status make_pool(journey_context *context, runner *made, journey_error *err) {
  int32_t threads = jn_exec_threads(context);
  journey_status status = jn_exec_pool_new(context, threads, &made->pool, err);
  if (status) return status;
  journey_pool_executor(made->pool, &made->executor);
  int32_t started = (int32_t)made->executor.threads;
  if (started < threads) jn_base_log(context, "the system allows %d threads instead of %d", started, threads);
  return JOURNEY_OK;
}

static journey_status make_runner(journey_context *context, void **out, journey_error *err) {
  runner *made = jn_base_zalloc(context, 1, sizeof *made);
  if (!made) return jn_base_no_memory(err);
  made->executor = jn_base_context_options(context)->executor;
  journey_status status = made->executor.struct_size ? JOURNEY_OK : make_pool(context, made, err);
  if (status) {
    jn_base_free(context, made, 1, sizeof *made);
    return status;
  }
  pthread_mutex_init(&made->lock, NULL);
  *out = made;
  return JOURNEY_OK;
}

static void free_runner(journey_context *context, void *content) {
  runner *made = content;
  journey_pool_free(made->pool);
  pthread_mutex_destroy(&made->lock);
  jn_base_free(context, made, 1, sizeof *made);
}

/* ---- who is inside a task -------------------------------------------------------------------------------------------- */

/* An application's executor may have no thread left for tasks of tasks and wait for ever, so those never reach it. The
 * list stands in for thread-local data, which would be writable static data. */
static void enter_task(runner *at, inside *self) {
  self->thread = pthread_self();
  pthread_mutex_lock(&at->lock);
  self->next = at->threads;
  at->threads = self;
  pthread_mutex_unlock(&at->lock);
}

static void leave_task(runner *at, inside *self) {
  pthread_mutex_lock(&at->lock);
  inside **link = &at->threads;
  while (*link != self) link = &(*link)->next;
  *link = self->next;
  pthread_mutex_unlock(&at->lock);
}

static bool is_inside(runner *at) {
  pthread_mutex_lock(&at->lock);
  const inside *one = at->threads;
  while (one && !pthread_equal(one->thread, pthread_self())) one = one->next;
  pthread_mutex_unlock(&at->lock);
  return one != NULL;
}

/* ---- tasks ----------------------------------------------------------------------------------------------------------- */

static void note_failure(run_job *at, int64_t index, journey_status status, journey_error *error) {
  if (!error->code) jn_base_fail(error, status, "task %lld: %s", (long long)index, journey_status_name(status));
  error->code = status;
  pthread_mutex_lock(&at->lock);
  if (index < atomic_load(&at->failed)) {
    at->error = *error;
    atomic_store(&at->failed, index);
  }
  pthread_mutex_unlock(&at->lock);
}

static journey_status run_one(run_job *at, int64_t index) {
  journey_error error = {.offset = -1};
  journey_status status = jn_base_cancelled(at->context, &error);
  if (!status) status = at->task(at->work, index, &error);
  if (status) note_failure(at, index, status, &error);
  return status;
}

/* What the executor calls. The pool may stop at a failure, since it starts tasks in order. An application's executor may
 * not have begun one of a lower index, so it hears that all is well, and only tasks past the failed one are left out. */
static journey_status run_task(void *work, int64_t index) {
  run_job *at = work;
  journey_status status = JOURNEY_OK;
  if (index < 0 || index >= at->n) return JOURNEY_EINVAL;
  atomic_fetch_add_explicit(&at->ran, 1, memory_order_relaxed);
  if (index > atomic_load(&at->failed)) return JOURNEY_OK;
  inside self;
  enter_task(at->runner, &self);
  status = run_one(at, index);
  leave_task(at->runner, &self);
  return at->runner->pool ? status : JOURNEY_OK;
}

static void run_loop(run_job *at) {
  for (int64_t i = 0; i < at->n; i++)
    if (run_one(at, i)) return;
}

static journey_status run_everywhere(run_job *at, journey_error *err) {
  const journey_executor *executor = &at->runner->executor;
  journey_status status = executor->run(executor->user, at->n, run_task, at);
  long long ran = atomic_load(&at->ran), n = at->n;
  if (atomic_load(&at->failed) < n) return JOURNEY_OK; /* the task's own failure is told instead */
  if (status) return jn_base_fail(err, status, "the executor stopped with %s", journey_status_name(status));
  if (ran != n) return jn_base_fail(err, JOURNEY_EINVAL, "the executor ran %lld tasks instead of %lld", ran, n);
  return JOURNEY_OK;
}

journey_status jn_exec_run(journey_context *context, int64_t n, jn_exec_task task, void *work, journey_error *err) {
  bool own_pool = jn_base_context_options(context)->executor.struct_size == 0;
  void *slot = NULL;
  if (n > 1 && !(own_pool && jn_exec_threads(context) == 1)) {
    journey_status status = jn_base_slot(context, JN_BASE_SLOT_POOL, make_runner, free_runner, &slot, err);
    if (status) return status;
  }
  run_job at = {.context = context,
                .runner = slot,
                .task = task,
                .work = work,
                .n = n,
                .failed = n,
                .lock = PTHREAD_MUTEX_INITIALIZER};
  journey_status status = JOURNEY_OK;
  if (slot && !is_inside(slot))
    status = run_everywhere(&at, err);
  else
    run_loop(&at);
  pthread_mutex_destroy(&at.lock);
  if (atomic_load(&at.failed) >= n) return status;
  if (err) *err = at.error;
  return at.error.code;
}
