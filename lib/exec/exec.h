/* The door of the room `exec`: runs tasks on the context's executor, or on its ready-made pool, started at first need. */
#ifndef JN_EXEC_H
#define JN_EXEC_H

#include "base/base.h"
#include "journey/exec.h"

/* How many tasks can run at once; at least 1. */
int32_t jn_exec_threads(const journey_context *context);

/* Task `index`. Leaves in *err (never NULL) what went wrong. */
typedef journey_status (*jn_exec_task)(void *work, int64_t index, journey_error *err);

/* Runs task(work, i, err) once for each i in [0, n), the calling thread among those that do. The ready-made pool starts
 * them in the order of i. Soon after a failure no later task starts, while all before it run to their end; what comes
 * back is code and error of the lowest index that failed: the same as from a plain loop. Codes come back unchanged,
 * JOURNEY_EUSER too, and JOURNEY_ECANCELLED is looked for before each task. One task, one thread, or a call from within
 * a task is a plain loop. JOURNEY_ENOMEM only when there is no room for the pool's own bookkeeping. */
journey_status jn_exec_run(journey_context *context, int64_t n, jn_exec_task task, void *work, journey_error *err);

#endif
