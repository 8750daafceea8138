/* Memory of a context: one function of the allocator, counted to the byte and held under the context's limit. */
#include "base/internal.h"

/* Counts the bytes before they are asked for, so that threads together stay under the limit too. */
static bool reserve(journey_context *context, size_t size) {
  if (size > INT64_MAX / 2) return false;
  int64_t n = (int64_t)size, limit = context->options.memory_limit;
  int64_t used = atomic_fetch_add_explicit(&context->used, n, memory_order_relaxed) + n;
  if (limit && used > limit) {
    atomic_fetch_sub_explicit(&context->used, n, memory_order_relaxed);
    return false;
  }
  return true;
}

static void release(journey_context *context, size_t size) {
  atomic_fetch_sub_explicit(&context->used, (int64_t)size, memory_order_relaxed);
}

static void raise_peak(journey_context *context) {
  int_fast64_t used = atomic_load_explicit(&context->used, memory_order_relaxed);
  int_fast64_t peak = atomic_load_explicit(&context->peak, memory_order_relaxed);
  while (used > peak)
    if (atomic_compare_exchange_weak_explicit(&context->peak, &peak, used, memory_order_relaxed, memory_order_relaxed))
      break;
}

void *jn_base_reallocate(journey_context *context, void *block, size_t old_size, size_t new_size) {
  const journey_allocator *allocator = &context->options.allocator;
  if (!block && !new_size) return NULL;
  if (new_size > old_size && !reserve(context, new_size - old_size)) return NULL;
  void *moved = allocator->reallocate(allocator->user, block, old_size, new_size);
  if (new_size && !moved) {
    if (new_size > old_size) release(context, new_size - old_size);
    return NULL;
  }
  if (new_size < old_size)
    release(context, old_size - new_size);
  else
    raise_peak(context);
  return moved;
}

/* No empty blocks, so that NULL always means "no memory". */
static bool block_size(size_t n, size_t size, size_t *bytes) {
  if (!jn_base_mul_size(n, size, bytes)) return false;
  if (!*bytes) *bytes = 1;
  return true;
}

void *jn_base_alloc(journey_context *context, size_t n, size_t size) {
  size_t bytes;
  return block_size(n, size, &bytes) ? jn_base_reallocate(context, NULL, 0, bytes) : NULL;
}

void *jn_base_zalloc(journey_context *context, size_t n, size_t size) {
  void *block = jn_base_alloc(context, n, size);
  if (block) memset(block, 0, n * size);
  return block;
}

void jn_base_free(journey_context *context, void *block, size_t n, size_t size) {
  size_t bytes;
  if (block && block_size(n, size, &bytes)) jn_base_reallocate(context, block, bytes, 0);
}

/* `items` is the address of a pointer to any type; memcpy reads and writes it without breaking the aliasing rules. */
journey_status jn_base_grow(journey_context *context, void *items, size_t *capacity, size_t need, size_t size,
                            journey_error *err) {
  if (need <= *capacity) return JOURNEY_OK;
  size_t wanted = *capacity + *capacity / 2, bytes;
  if (wanted < need) wanted = need;
  if (wanted < 8) wanted = 8;
  if (!jn_base_mul_size(wanted, size, &bytes)) return jn_base_no_memory(err);
  void *block;
  memcpy(&block, items, sizeof block);
  block = jn_base_reallocate(context, block, *capacity * size, bytes);
  if (!block) return jn_base_no_memory(err);
  memcpy(items, &block, sizeof block);
  *capacity = wanted;
  return JOURNEY_OK;
}

void journey_context_memory(const journey_context *context, int64_t *used, int64_t *peak) {
  if (used) *used = context ? atomic_load_explicit(&context->used, memory_order_relaxed) : 0;
  if (peak) *peak = context ? atomic_load_explicit(&context->peak, memory_order_relaxed) : 0;
}
