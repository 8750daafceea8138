/* The ready-made pool: threads that take tasks, in the order of their indices, from a list of jobs. */
#include <pthread.h>
#include <signal.h>

#include "exec/internal.h"

/* One call of run. It lives on the caller's stack: the caller leaves when no thread is in it any more. Everybody who is
 * in it works on it, the caller too, so calls from within tasks cannot wait for each other in a ring. */
typedef struct pool_job {
  journey_task task;
  void *work;
  int64_t n;
  atomic_int_fast64_t next; /* the first index that nobody has taken */
  atomic_bool failed;
  struct pool_job *following;
  /* Under the pool's lock: */
  int64_t failed_index;
  journey_status status;
  int32_t threads; /* of the pool that are in it */
} pool_job;

struct journey_pool {
  journey_context *memory;
  bool owns_memory;
  pthread_mutex_t lock;
  pthread_cond_t wanted; /* there is a job, or the end has come */
  pthread_cond_t left;   /* the last thread has left a job */
  pool_job *jobs;        /* in order of arrival, until their tasks are all taken */
  bool ending;
  int32_t threads, room; /* running, and the length of the array */
  pthread_t thread[];
};

static size_t pool_size(int32_t room) { return sizeof(journey_pool) + (size_t)room * sizeof(pthread_t); }

/* ---- tasks ----------------------------------------------------------------------------------------------------------- */

static void note_pool_failure(journey_pool *pool, pool_job *job, int64_t index, journey_status status) {
  pthread_mutex_lock(&pool->lock);
  if (!job->status || index < job->failed_index) {
    job->failed_index = index;
    job->status = status;
  }
  pthread_mutex_unlock(&pool->lock);
  atomic_store(&job->failed, true);
}

static void take_tasks(journey_pool *pool, pool_job *job) {
  while (!atomic_load(&job->failed)) {
    int64_t index = atomic_fetch_add(&job->next, 1);
    if (index >= job->n) return;
    journey_status status = job->task(job->work, index);
    if (status) note_pool_failure(pool, job, index, status);
  }
}

static void post_job(journey_pool *pool, pool_job *job) {
  pthread_mutex_lock(&pool->lock);
  pool_job **end = &pool->jobs;
  while (*end) end = &(*end)->following;
  *end = job;
  for (int64_t i = 0; i < pool->threads && i < job->n - 1; i++) pthread_cond_signal(&pool->wanted);
  pthread_mutex_unlock(&pool->lock);
}

/* Under the lock. Another thread may have done it already. */
static void unlist_job(journey_pool *pool, pool_job *job) {
  pool_job **at = &pool->jobs;
  while (*at && *at != job) at = &(*at)->following;
  if (*at) *at = job->following;
}

static journey_status pool_run(void *user, int64_t n, journey_task task, void *work) {
  journey_pool *pool = user;
  pool_job job = {.task = task, .work = work, .n = n};
  bool alone = n <= 1 || pool->threads == 0;
  if (!alone) post_job(pool, &job);
  take_tasks(pool, &job);
  if (alone) return job.status;
  pthread_mutex_lock(&pool->lock);
  unlist_job(pool, &job);
  while (job.threads > 0) pthread_cond_wait(&pool->left, &pool->lock);
  pthread_mutex_unlock(&pool->lock);
  return job.status;
}

/* ---- threads --------------------------------------------------------------------------------------------------------- */

static void *pool_thread(void *argument) {
  journey_pool *pool = argument;
  pthread_mutex_lock(&pool->lock);
  for (;;) {
    while (!pool->jobs && !pool->ending) pthread_cond_wait(&pool->wanted, &pool->lock);
    if (pool->ending) break;
    pool_job *job = pool->jobs;
    job->threads++;
    pthread_mutex_unlock(&pool->lock);
    take_tasks(pool, job);
    pthread_mutex_lock(&pool->lock);
    unlist_job(pool, job);
    if (--job->threads == 0) pthread_cond_broadcast(&pool->left);
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

/* Threads inherit the mask of signals: those of the application are not to be handled on a thread of ours. */
static void start_threads(journey_pool *pool) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int32_t started = 0;
  while (started < pool->room && pthread_create(&pool->thread[started], NULL, pool_thread, pool) == 0) started++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pool->threads = started;
}

journey_status jn_exec_pool_new(journey_context *memory, int32_t threads, journey_pool **out, journey_error *err) {
  int32_t room = threads - 1;
  journey_pool *pool = jn_base_zalloc(memory, 1, pool_size(room));
  if (!pool) return jn_base_no_memory(err);
  pool->memory = memory;
  pool->room = room;
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->wanted, NULL);
  pthread_cond_init(&pool->left, NULL);
  start_threads(pool);
  *out = pool;
  return JOURNEY_OK;
}

/* The memory is that of a context of its own, which also checks the arguments and counts the processors. */
journey_status journey_pool_new(const journey_allocator *allocator, int32_t threads, journey_pool **out,
                                journey_error *err) {
  *out = NULL;
  journey_context_options options = {.struct_size = sizeof options, .threads = threads, .hash_seed = 1};
  if (allocator) options.allocator = *allocator;
  journey_context *memory;
  journey_status status = journey_context_new(&options, &memory, err);
  if (status) return status;
  status = jn_exec_pool_new(memory, jn_exec_threads(memory), out, err);
  if (*out)
    (*out)->owns_memory = true;
  else
    journey_context_free(memory);
  return status;
}

void journey_pool_free(journey_pool *pool) {
  if (!pool) return;
  pthread_mutex_lock(&pool->lock);
  pool->ending = true;
  pthread_cond_broadcast(&pool->wanted);
  pthread_mutex_unlock(&pool->lock);
  for (int32_t i = 0; i < pool->threads; i++) pthread_join(pool->thread[i], NULL);
  pthread_cond_destroy(&pool->left);
  pthread_cond_destroy(&pool->wanted);
  pthread_mutex_destroy(&pool->lock);
  journey_context *memory = pool->memory;
  bool owns_memory = pool->owns_memory;
  jn_base_free(memory, pool, 1, pool_size(pool->room));
  if (owns_memory) journey_context_free(memory);
}

void journey_pool_executor(journey_pool *pool, journey_executor *out) {
  *out = (journey_executor){
      .struct_size = sizeof *out, .threads = (uint32_t)pool->threads + 1, .user = pool, .run = pool_run};
}
