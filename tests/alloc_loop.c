/* An allocator that counts exactly and fails on demand, and the loop that drives code through every failure. */
#include "alloc_loop.h"

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TRIES = 1000000 };

/* Stands before each block, so that a wrong old_size is noticed; as wide as malloc's alignment. */
typedef union header {
  size_t size;
  max_align_t align;
} header;

static bool granted(test_memory *memory) {
  long long number = atomic_fetch_add(&memory->requests, 1), allowed = atomic_load(&memory->allowed);
  if (allowed < 0 || number < allowed) return true;
  atomic_fetch_add(&memory->refused, 1);
  return false;
}

static void *release(test_memory *memory, header *old, size_t old_size) {
  if (!old) return NULL;
  atomic_fetch_sub(&memory->live_bytes, (long long)old_size);
  atomic_fetch_sub(&memory->live_blocks, 1);
  free(old);
  return NULL;
}

/* A block always moves when it is resized: a stale pointer into it is then seen by the sanitizers. */
static void *reallocate(void *user, void *block, size_t old_size, size_t new_size) {
  test_memory *memory = user;
  header *old = block ? (header *)block - 1 : NULL;
  if (old_size != (old ? old->size : 0)) atomic_fetch_add(&memory->wrong_sizes, 1);
  old_size = old ? old->size : 0;
  if (new_size == 0) return release(memory, old, old_size);
  if (new_size > old_size && !granted(memory)) return NULL;
  header *fresh = new_size < SIZE_MAX - sizeof *fresh ? malloc(sizeof *fresh + new_size) : NULL;
  if (!fresh) return NULL;
  fresh->size = new_size;
  memset(fresh + 1, 0xA5, new_size); /* nobody may count on zeros */
  if (old) memcpy(fresh + 1, block, old_size < new_size ? old_size : new_size);
  release(memory, old, old_size);
  atomic_fetch_add(&memory->live_bytes, (long long)new_size);
  atomic_fetch_add(&memory->live_blocks, 1);
  return fresh + 1;
}

void test_memory_init(test_memory *memory, long long allowed) {
  memset(memory, 0, sizeof *memory);
  atomic_store(&memory->allowed, allowed);
}

journey_allocator test_memory_allocator(test_memory *memory) {
  return (journey_allocator){.struct_size = sizeof(journey_allocator), .user = memory, .reallocate = reallocate};
}

void test_memory_check(const test_memory *memory) {
  ck_assert_msg(memory->wrong_sizes == 0, "%lld calls of the allocator with a wrong old_size",
                (long long)memory->wrong_sizes);
  ck_assert_msg(memory->live_blocks == 0 && memory->live_bytes == 0, "%lld blocks (%lld bytes) leaked",
                (long long)memory->live_blocks, (long long)memory->live_bytes);
}

/* Judges one round; true when the loop is at its end. */
static bool round_is_last(const test_memory *memory, long long n, journey_status status) {
  test_memory_check(memory);
  if (status == JOURNEY_OK) {
    ck_assert_msg(n > 0, "succeeded without any allocation");
    ck_assert_msg(memory->refused == 0, "succeeded although an allocation was refused (n = %lld)", n);
    return true;
  }
  ck_assert_msg(status == JOURNEY_ENOMEM, "status %d, not JOURNEY_ENOMEM, at allocation %lld", (int)status, n);
  ck_assert_msg(memory->refused > 0, "JOURNEY_ENOMEM although every allocation was granted (n = %lld)", n);
  return false;
}

static journey_status in_context(const journey_context_options *options, test_memory *memory, long long n,
                                 alloc_loop_run run, void *arg) {
  journey_context_options own = *options;
  own.allocator = test_memory_allocator(memory);
  journey_context *context = NULL;
  ck_assert_int_eq(journey_context_new(&own, &context, NULL), JOURNEY_OK);
  atomic_store(&memory->requests, 0);
  atomic_store(&memory->allowed, n);
  journey_status status = run(context, arg);
  atomic_store(&memory->allowed, -1);
  journey_context_free(context);
  return status;
}

void alloc_loop_with(const journey_context_options *options, alloc_loop_run run, void *arg) {
  for (long long n = 0; n < MOST_TRIES; n++) {
    test_memory memory;
    test_memory_init(&memory, -1);
    journey_status status = in_context(options, &memory, n, run, arg);
    if (round_is_last(&memory, n, status)) return;
  }
  ck_abort_msg("never succeeded");
}

void alloc_loop(alloc_loop_run run, void *arg) {
  alloc_loop_with(&(journey_context_options){.struct_size = sizeof(journey_context_options), .threads = 1}, run, arg);
}

void alloc_loop_bare(alloc_loop_bare_run run, void *arg) {
  for (long long n = 0; n < MOST_TRIES; n++) {
    test_memory memory;
    test_memory_init(&memory, n);
    journey_allocator allocator = test_memory_allocator(&memory);
    journey_status status = run(&allocator, arg);
    if (round_is_last(&memory, n, status)) return;
  }
  ck_abort_msg("never succeeded");
}
