/**
 * @file exec.h
 * @brief A ready-made pool of threads, for applications that want several contexts to share one.
 *
 * A context without an executor has such a pool of its own, started at first need: most applications need nothing here.
 */
#ifndef JOURNEY_EXEC_H
#define JOURNEY_EXEC_H

#include "journey/base.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** Threads that wait for work. */
typedef struct journey_pool journey_pool;

/**
 * @brief Start a pool.
 * @param threads How many tasks run at once, the caller's thread included; 0: as many as processors. If the system
 *        gives fewer threads, the pool works with those.
 * @param[out] out The pool; the caller frees it with journey_pool_free().
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (negative or more than 1024), JOURNEY_ENOMEM.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_pool_new(int32_t threads, journey_pool **out, journey_error *err);

/**
 * @brief End the threads and free the pool. No context may use it any more.
 * @param pool A pool or NULL.
 * @since 0.1
 */
JOURNEY_API void journey_pool_free(journey_pool *pool);

/**
 * @brief The pool as an executor, for journey_context_options.
 * @param pool The pool; it must outlive the contexts.
 * @return An executor that runs tasks on the pool.
 * @note Thread-safe. Several contexts may run work at the same time: the pool takes one piece of work after the other.
 * @since 0.1
 */
JOURNEY_API journey_executor journey_pool_executor(journey_pool *pool);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
