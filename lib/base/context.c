/* The context: what its objects share, counted by references; its callbacks, and the slots of other rooms. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/internal.h"

enum { THREADS_MOST = 1024, HUGE_PAGE = 1 << 21 };

/* Large blocks on large pages, where the system offers them: random reads then wait less. It is advice only. */
static void advise(void *block, size_t size) {
#ifdef MADV_HUGEPAGE
  uintptr_t page = HUGE_PAGE, begin = ((uintptr_t)block + page - 1) & ~(page - 1);
  uintptr_t end = ((uintptr_t)block + size) & ~(page - 1);
  if (begin < end) madvise((void *)begin, end - begin, MADV_HUGEPAGE);
#else
  (void)block, (void)size;
#endif
}

static void *system_reallocate(void *user, void *block, size_t old_size, size_t new_size) {
  (void)user, (void)old_size;
  if (!new_size) {
    free(block);
    return NULL;
  }
  void *moved = realloc(block, new_size);
  if (moved && new_size >= 2 * HUGE_PAGE) advise(moved, new_size);
  return moved;
}

static int32_t clamp_threads(int64_t n) { return n < 1 ? 1 : n > THREADS_MOST ? THREADS_MOST : (int32_t)n; }

/* Never 0. Without the system's randomness, the time and an address (which the system shuffles) have to do. */
static uint64_t draw_seed(void) {
  uint64_t seed = 0;
  if (getentropy(&seed, sizeof seed) != 0) {
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t parts[] = {(uint64_t)now.tv_sec, (uint64_t)now.tv_nsec, (uintptr_t)&now, (uint64_t)getpid()};
    seed = jn_base_hash(parts, sizeof parts, 0);
  }
  return seed ? seed : 1;
}

/* The tables inside the options cannot grow, as that would move what follows them: their size says only "present". */
static journey_status check_options(const journey_context_options *options, journey_error *err) {
  const journey_allocator *allocator = &options->allocator;
  const journey_executor *executor = &options->executor;
  const char *wrong = NULL;
  if (options->threads < 0 || options->threads > THREADS_MOST) wrong = "threads must be 0 to 1024";
  if (options->memory_limit < 0) wrong = "memory_limit is negative";
  if (allocator->struct_size && allocator->struct_size != sizeof *allocator) wrong = "allocator.struct_size is wrong";
  if (allocator->struct_size && !allocator->reallocate) wrong = "allocator.reallocate is NULL";
  if (allocator->reserved) wrong = "allocator.reserved is not 0";
  if (executor->struct_size && executor->struct_size != sizeof *executor) wrong = "executor.struct_size is wrong";
  if (executor->struct_size && !executor->run) wrong = "executor.run is NULL";
  if (executor->struct_size && !executor->threads) wrong = "executor.threads is 0";
  return wrong ? jn_base_fail(err, JOURNEY_EINVAL, "journey_context_options: %s", wrong) : JOURNEY_OK;
}

static void complete(journey_context_options *options) {
  options->struct_size = sizeof *options;
  if (!options->allocator.struct_size)
    options->allocator = (journey_allocator){.struct_size = sizeof(journey_allocator), .reallocate = system_reallocate};
  if (options->executor.struct_size) options->threads = clamp_threads(options->executor.threads);
  if (!options->threads) options->threads = clamp_threads(sysconf(_SC_NPROCESSORS_ONLN));
  if (!options->hash_seed) options->hash_seed = draw_seed();
}

static void init_locks(journey_context *context) {
  pthread_mutexattr_t recursive;
  pthread_mutexattr_init(&recursive);
  pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&context->slots_lock, &recursive);
  pthread_mutex_init(&context->callbacks_lock, &recursive);
  pthread_mutexattr_destroy(&recursive);
}

journey_status journey_context_new(const journey_context_options *options, journey_context **out, journey_error *err) {
  *out = NULL;
  journey_context_options o = {0};
  journey_status status = jn_base_options(options, sizeof o, sizeof o, &o, "journey_context_options", err);
  if (!status) status = check_options(&o, err);
  if (status) return status;
  complete(&o);
  bool fits = !o.memory_limit || (int64_t)sizeof(journey_context) <= o.memory_limit;
  journey_context *context = NULL;
  if (fits) context = o.allocator.reallocate(o.allocator.user, NULL, 0, sizeof *context);
  if (!context) return jn_base_no_memory(err);
  memset(context, 0, sizeof *context);
  context->options = o;
  atomic_init(&context->references, 1);
  atomic_init(&context->used, (int64_t)sizeof *context);
  atomic_init(&context->peak, (int64_t)sizeof *context);
  atomic_init(&context->cancelled, 0);
  init_locks(context);
  *out = context;
  return JOURNEY_OK;
}

static void destroy(journey_context *context) {
  for (int i = JN_BASE_SLOTS - 1; i >= 0; i--)
    if (context->slots[i].content) context->slots[i].destroy(context, context->slots[i].content);
  pthread_mutex_destroy(&context->slots_lock);
  pthread_mutex_destroy(&context->callbacks_lock);
  journey_allocator allocator = context->options.allocator;
  allocator.reallocate(allocator.user, context, sizeof *context, 0);
}

journey_context *jn_base_context_ref(journey_context *context) {
  atomic_fetch_add_explicit(&context->references, 1, memory_order_relaxed);
  return context;
}

void journey_context_free(journey_context *context) {
  if (context && atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) == 1) destroy(context);
}

void journey_context_cancel(journey_context *context, int32_t cancel) {
  if (context) atomic_store_explicit(&context->cancelled, cancel != 0, memory_order_relaxed);
}

const journey_context_options *jn_base_context_options(const journey_context *context) { return &context->options; }

uint64_t jn_base_seed(const journey_context *context) { return context->options.hash_seed; }

journey_status jn_base_cancelled(const journey_context *context, journey_error *err) {
  if (!atomic_load_explicit(&context->cancelled, memory_order_relaxed)) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_ECANCELLED, "cancelled");
}

journey_status jn_base_progress(journey_context *context, const char *phase, int64_t done, int64_t total,
                                journey_error *err) {
  journey_status status = jn_base_cancelled(context, err);
  const journey_context_options *options = &context->options;
  if (status || !options->progress) return status;
  pthread_mutex_lock(&context->callbacks_lock);
  status = options->progress(options->progress_user, phase, done, total);
  pthread_mutex_unlock(&context->callbacks_lock);
  if (status) return jn_base_fail(err, status, "stopped by the progress callback while %s", phase);
  return JOURNEY_OK;
}

void jn_base_log(journey_context *context, const char *format, ...) {
  const journey_context_options *options = &context->options;
  if (!options->log) return;
  char line[JOURNEY_ERROR_MESSAGE_SIZE];
  va_list arguments;
  va_start(arguments, format);
  jn_base_line(line, sizeof line, format, arguments);
  va_end(arguments);
  pthread_mutex_lock(&context->callbacks_lock);
  options->log(options->log_user, line);
  pthread_mutex_unlock(&context->callbacks_lock);
}

journey_status jn_base_slot(journey_context *context, int slot, jn_base_slot_make make, jn_base_slot_free destroy_slot,
                            void **out, journey_error *err) {
  journey_status status = JOURNEY_OK;
  pthread_mutex_lock(&context->slots_lock);
  if (!context->slots[slot].content) {
    status = make(context, &context->slots[slot].content, err);
    if (status) context->slots[slot].content = NULL;
    context->slots[slot].destroy = destroy_slot;
  }
  *out = context->slots[slot].content;
  pthread_mutex_unlock(&context->slots_lock);
  return status;
}
