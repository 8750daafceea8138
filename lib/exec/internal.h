/* Private to the room `exec`: the pool that a context makes for itself. */
#ifndef JN_EXEC_INTERNAL_H
#define JN_EXEC_INTERNAL_H

#include "exec/exec.h"

/* As journey_pool_new(), with memory of a context, which must outlive the pool and is not kept alive by it. */
journey_status jn_exec_pool_new(journey_context *memory, int32_t threads, journey_pool **out, journey_error *err);

#endif
