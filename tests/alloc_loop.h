/* An allocator that counts exactly and fails on demand, and the loop that drives code through every failure. */
#ifndef ALLOC_LOOP_H
#define ALLOC_LOOP_H

#include <stdatomic.h>

#include "journey/base.h"

/* Counts live bytes and blocks, checks that every old_size is right, refuses every request after `allowed` ones.
 * Thread-safe. Making a block smaller or freeing it never fails and is not counted as a request. */
typedef struct test_memory {
  atomic_llong allowed;     /* requests to grant; negative: all */
  atomic_llong requests;    /* asked for so far */
  atomic_llong refused;     /* of these */
  atomic_llong live_bytes;  /* held now */
  atomic_llong live_blocks; /* held now */
  atomic_llong wrong_sizes; /* calls whose old_size was not the block's size */
} test_memory;

void test_memory_init(test_memory *memory, long long allowed);
/* An allocator on `memory`, which must outlive it. */
journey_allocator test_memory_allocator(test_memory *memory);
/* Fails the test unless everything was given back, with the right sizes. */
void test_memory_check(const test_memory *memory);

/* The code under test: does its work in `context`, frees all it made (also when it fails), returns the status. */
typedef journey_status (*alloc_loop_run)(journey_context *context, void *arg);

/* Runs `run` with n = 0, 1, 2, ... allocations granted, each time in a fresh context of one thread whose own making is
 * not counted, until it returns JOURNEY_OK. Fails the test when another status than JOURNEY_ENOMEM comes back before,
 * when something leaks, when it succeeds at n = 0 or although an allocation was refused, and when it never succeeds. */
void alloc_loop(alloc_loop_run run, void *arg);
/* The same with options of your own (their allocator is replaced): more threads, an executor, a hash seed ... */
void alloc_loop_with(const journey_context_options *options, alloc_loop_run run, void *arg);

/* The same for code that makes its own contexts, with this allocator. */
typedef journey_status (*alloc_loop_bare_run)(const journey_allocator *allocator, void *arg);
void alloc_loop_bare(alloc_loop_bare_run run, void *arg);

#endif
