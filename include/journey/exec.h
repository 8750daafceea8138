/**
 * @file exec.h
 * @brief A ready-made pool of threads that several contexts can share.
 *
 * A context has such a pool of its own unless its options name an executor, so most applications do not need this.
 */
#ifndef JOURNEY_EXEC_H
#define JOURNEY_EXEC_H

#include "journey/base.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** Threads that wait for tasks. Any number of threads may run tasks on it at once, also from within a task. */
typedef struct journey_pool journey_pool;

/**
 * @brief Start a pool.
 *
 * The thread that runs tasks takes part in them, so a pool for n tasks at once starts n - 1 threads. If the system
 * refuses some of them, the pool works with fewer. The threads block all signals.
 *
 * @param allocator Where its memory comes from, or NULL for malloc; copied.
 * @param threads How many tasks can run at once, 1 to 1024; 0: as many as processors.
 * @param[out] out The pool; the caller frees it with journey_pool_free().
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (threads or allocator).
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_pool_new(const journey_allocator *allocator, int32_t threads, journey_pool **out,
                                            journey_error *err);

/**
 * @brief End the threads and free the pool.
 * @param pool A pool that runs nothing and that no living context uses, or NULL.
 * @note Not from within a task.
 * @since 0.1
 */
JOURNEY_API void journey_pool_free(journey_pool *pool);

/**
 * @brief The pool as an executor, for journey_context_options.
 *
 * It starts tasks in the order of their indices and stops at the first that fails; of several that failed, the one of
 * the lowest index gives the code. So the code does not depend on the number of threads.
 *
 * @param pool The pool; it must outlive every context that is made with the executor.
 * @param[out] out Filled.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API void journey_pool_executor(journey_pool *pool, journey_executor *out);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
