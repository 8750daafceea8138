/* What the files of the room `exec` share. */
#ifndef JN_EXEC_INTERNAL_H
#define JN_EXEC_INTERNAL_H

#include "exec/exec.h"

/* As journey_pool_new(), with memory of a context, which must outlive the pool; NULL: of the C library. */
journey_status jn_exec_pool_new(journey_context *context, int32_t threads, journey_pool **out, journey_error *err);

#endif
