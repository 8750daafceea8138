/* Blocks through three stages: fetched in order, processed many at once, consumed in order. */
#include <pthread.h>

#include "exec/exec.h"

typedef struct pipeline {
  journey_context *context;
  const jn_exec_stages *stages;
  void *work;
  pthread_mutex_t source; /* for the next two */
  int64_t fetched;
  bool ended;
  pthread_mutex_t order; /* for the next three */
  pthread_cond_t turned;
  int64_t turn; /* the block to be consumed next */
  bool stopped; /* it failed */
} pipeline;

/* The next block, or *end. A failed block is the last one. */
static journey_status fetch_block(pipeline *at, int32_t lane, int64_t *block, bool *end, journey_error *err) {
  journey_status status = JOURNEY_OK;
  pthread_mutex_lock(&at->source);
  *end = at->ended;
  if (!*end) {
    *block = at->fetched++;
    status = jn_base_cancelled(at->context, err);
    if (!status) status = at->stages->produce(at->work, lane, *block, end, err);
    at->ended = *end || status;
  }
  pthread_mutex_unlock(&at->source);
  return status;
}

/* A block that failed waits for its turn like the others, so that those before it are consumed, or fail, first. */
static journey_status consume_block(pipeline *at, int32_t lane, int64_t block, journey_status status,
                                    journey_error *err) {
  pthread_mutex_lock(&at->order);
  while (at->turn != block && !at->stopped) pthread_cond_wait(&at->turned, &at->order);
  if (at->stopped)
    status = JOURNEY_OK; /* the failure of an earlier block comes back from its own lane */
  else if (!status)
    status = at->stages->consume(at->work, lane, block, err);
  if (status) at->stopped = true;
  at->turn++;
  pthread_cond_broadcast(&at->turned);
  pthread_mutex_unlock(&at->order);
  return status;
}

static bool has_stopped(pipeline *at) {
  pthread_mutex_lock(&at->order);
  bool stopped = at->stopped;
  pthread_mutex_unlock(&at->order);
  return stopped;
}

static journey_status run_lane(void *work, int64_t index, journey_error *err) {
  pipeline *at = work;
  int32_t lane = (int32_t)index;
  while (!has_stopped(at)) {
    int64_t block = 0;
    bool end = false;
    journey_status status = fetch_block(at, lane, &block, &end, err);
    if (end && !status) break;
    if (!status) status = at->stages->process(at->work, lane, block, err);
    status = consume_block(at, lane, block, status, err);
    if (status) return status;
  }
  return JOURNEY_OK;
}

journey_status jn_exec_pipeline(journey_context *context, const jn_exec_stages *stages, void *work,
                                journey_error *err) {
  pipeline at = {.context = context,
                 .stages = stages,
                 .work = work,
                 .source = PTHREAD_MUTEX_INITIALIZER,
                 .order = PTHREAD_MUTEX_INITIALIZER,
                 .turned = PTHREAD_COND_INITIALIZER};
  journey_status status = jn_exec_run(context, jn_exec_threads(context), run_lane, &at, err);
  pthread_cond_destroy(&at.turned);
  pthread_mutex_destroy(&at.order);
  pthread_mutex_destroy(&at.source);
  return status;
}
