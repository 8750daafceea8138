/* The ready-made pool: threads that wait for a piece of work, take its tasks one by one, and report back. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "exec/internal.h"

enum { MOST_THREADS = 1024 };

/* A piece of work: tasks are taken from `next`; it is over when no thread is inside. */
typedef struct job {
  journey_task task;
  void *work;
  int64_t n;
  _Atomic int64_t next;
  _Atomic int32_t status; /* the first failure */
} job;

struct journey_pool {
  journey_context *context; /* whose memory it is; NULL: the C library's, for a pool that belongs to no context */
  pthread_mutex_t lock, turn; /* turn: one piece of work at a time */
  pthread_cond_t begun, ended;
  job *job;
  uint64_t number; /* of the piece of work: a thread takes part in each once */
  int32_t inside;  /* threads that are at work on it */
  bool stopping;
  bool taken;
  pthread_t caller; /* who gave the piece of work, while taken */
  pthread_t *thread;
  int32_t threads, capacity; /* beside the caller's */
};

static void take_tasks(job *j) {
  int64_t i;
  while ((i = atomic_fetch_add(&j->next, 1)) < j->n) {
    int32_t expected = JOURNEY_OK;
    if (atomic_load(&j->status) != JOURNEY_OK) break;
    journey_status status = j->task(j->work, i);
    if (status != JOURNEY_OK) atomic_compare_exchange_strong(&j->status, &expected, status);
  }
}

static void *run_thread(void *user) {
  journey_pool *pool = user;
  uint64_t done = 0;
  pthread_mutex_lock(&pool->lock);
  while (!pool->stopping) {
    if (!pool->job || pool->number == done) {
      pthread_cond_wait(&pool->begun, &pool->lock);
      continue;
    }
    job *j = pool->job;
    done = pool->number;
    pool->inside++;
    pthread_mutex_unlock(&pool->lock);
    take_tasks(j);
    pthread_mutex_lock(&pool->lock);
    if (--pool->inside == 0) pthread_cond_signal(&pool->ended);
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

/* A task that runs tasks itself would wait for its own end: its tasks run on its thread instead. */
static bool is_nested(journey_pool *pool) {
  pthread_t self = pthread_self();
  pthread_mutex_lock(&pool->lock);
  bool nested = pool->taken && pthread_equal(pool->caller, self);
  for (int32_t i = 0; !nested && i < pool->threads; i++) nested = pthread_equal(pool->thread[i], self);
  pthread_mutex_unlock(&pool->lock);
  return nested;
}

static void begin_job(journey_pool *pool, job *j) {
  pthread_mutex_lock(&pool->turn);
  pthread_mutex_lock(&pool->lock);
  pool->job = j;
  pool->number++;
  pool->taken = true;
  pool->caller = pthread_self();
  pthread_cond_broadcast(&pool->begun);
  pthread_mutex_unlock(&pool->lock);
}

/* A thread that has not begun by now need not; those that have are waited for. */
static void end_job(journey_pool *pool) {
  pthread_mutex_lock(&pool->lock);
  pool->job = NULL;
  while (pool->inside > 0) pthread_cond_wait(&pool->ended, &pool->lock);
  pool->taken = false;
  pthread_mutex_unlock(&pool->lock);
  pthread_mutex_unlock(&pool->turn);
}

static journey_status run_on_pool(void *user, int64_t n, journey_task task, void *work) {
  journey_pool *pool = user;
  job j = {.task = task, .work = work, .n = n};
  bool alone = n <= 1 || is_nested(pool);
  if (!alone) begin_job(pool, &j);
  take_tasks(&j);
  if (!alone) end_job(pool);
  return atomic_load(&j.status);
}

/* ---- life -------------------------------------------------------------------------------------------------------------- */

static void *allocate(journey_context *context, size_t n, size_t size) {
  return context ? jn_base_zalloc(context, n, size) : calloc(n ? n : 1, size);
}

static void release(journey_context *context, void *block, size_t n, size_t size) {
  if (context) jn_base_free(context, block, n, size);
  else free(block);
}

/* The lock is held, so that no thread looks at the list while it grows. */
static void start_threads(journey_pool *pool, int32_t wanted) {
  pthread_mutex_lock(&pool->lock);
  while (pool->threads < wanted && pthread_create(&pool->thread[pool->threads], NULL, run_thread, pool) == 0) {
    pool->threads++;
  }
  pthread_mutex_unlock(&pool->lock);
}

static int32_t count_processors(void) {
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? 1 : n > MOST_THREADS ? MOST_THREADS : (int32_t)n;
}

journey_status jn_exec_pool_new(journey_context *context, int32_t threads, journey_pool **out, journey_error *err) {
  if (threads < 0 || threads > MOST_THREADS) {
    return jn_base_fail(err, JOURNEY_EINVAL, "a pool has 0 to %d threads, not %d", MOST_THREADS, threads);
  }
  int32_t others = (threads ? threads : count_processors()) - 1;
  journey_pool *pool = allocate(context, 1, sizeof *pool);
  if (!pool) return jn_base_no_memory(err);
  pool->context = context;
  pool->capacity = others;
  pool->thread = allocate(context, (size_t)others, sizeof *pool->thread);
  if (!pool->thread) {
    release(context, pool, 1, sizeof *pool);
    return jn_base_no_memory(err);
  }
  pthread_mutex_init(&pool->lock, NULL);
  pthread_mutex_init(&pool->turn, NULL);
  pthread_cond_init(&pool->begun, NULL);
  pthread_cond_init(&pool->ended, NULL);
  start_threads(pool, others);
  *out = pool;
  return JOURNEY_OK;
}

journey_status journey_pool_new(int32_t threads, journey_pool **out, journey_error *err) {
  return jn_exec_pool_new(NULL, threads, out, err);
}

void journey_pool_free(journey_pool *pool) {
  if (!pool) return;
  pthread_mutex_lock(&pool->lock);
  pool->stopping = true;
  pthread_cond_broadcast(&pool->begun);
  pthread_mutex_unlock(&pool->lock);
  for (int32_t i = 0; i < pool->threads; i++) pthread_join(pool->thread[i], NULL);
  pthread_cond_destroy(&pool->ended);
  pthread_cond_destroy(&pool->begun);
  pthread_mutex_destroy(&pool->turn);
  pthread_mutex_destroy(&pool->lock);
  release(pool->context, pool->thread, (size_t)pool->capacity, sizeof *pool->thread);
  release(pool->context, pool, 1, sizeof *pool);
}

journey_executor journey_pool_executor(journey_pool *pool) {
  return (journey_executor){
      .struct_size = sizeof(journey_executor),
      .threads = (uint32_t)pool->threads + 1,
      .user = pool,
      .run = run_on_pool,
  };
}
