/* The door of the room `exec`: run n tasks on the caller's executor, or on a ready-made pool of threads. */
#ifndef JN_EXEC_H
#define JN_EXEC_H

#include "base/base.h"
#include "journey/exec.h"

/* One of n tasks. Its own error record: that of the failing task with the lowest index comes back. */
typedef journey_status (*jn_exec_task)(void *work, int64_t index, journey_error *err);

/* Runs task(work, i, ...) once for each i in [0, n): the ready-made pool starts them in order of i, the caller's thread
 * takes part. Once a task has failed no further ones start. The failure of the lowest index is returned, JOURNEY_EUSER
 * unchanged. A task may call jn_exec_run itself: the inner tasks run on its own thread. */
journey_status jn_exec_run(journey_context *context, int64_t n, jn_exec_task task, void *work, journey_error *err);

/* How many tasks run at once; at least 1. */
int32_t jn_exec_threads(journey_context *context);

#endif
