/* The context: options, memory counted to the byte, references, slots, callbacks, two threads; checked arithmetic. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "base/base.h"
#include "check_main.h"

static uint64_t state = 1;

/* splitmix64 */
static uint64_t next(void) {
  uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static journey_context *make(const journey_context_options *options) {
  journey_context *context;
  journey_error err = {0};
  ck_assert_msg(!journey_context_new(options, &context, &err), "%s", err.message);
  return context;
}

static int64_t used_by(const journey_context *context) {
  int64_t used;
  journey_context_memory(context, &used, NULL);
  return used;
}

/* ---- versions and codes ---- */

START_TEST(versions_and_names) {
  char version[32];
  int32_t v = journey_version();
  snprintf(version, sizeof version, "%d.%d.%d", v / 1000000, v / 1000 % 1000, v % 1000);
  ck_assert_str_eq(journey_version_string(), version);
  ck_assert_uint_eq(journey_error_size(), sizeof(journey_error));
  ck_assert_uint_eq(sizeof(journey_error), 512);
  ck_assert_str_eq(journey_status_name(JOURNEY_OK), "JOURNEY_OK");
  ck_assert_str_eq(journey_status_name(JOURNEY_ENOMEM), "JOURNEY_ENOMEM");
  ck_assert_str_eq(journey_status_name(JOURNEY_EINVAL), "JOURNEY_EINVAL");
  ck_assert_str_eq(journey_status_name(JOURNEY_EIO), "JOURNEY_EIO");
  ck_assert_str_eq(journey_status_name(JOURNEY_EPARSE), "JOURNEY_EPARSE");
  ck_assert_str_eq(journey_status_name(JOURNEY_ELIMIT), "JOURNEY_ELIMIT");
  ck_assert_str_eq(journey_status_name(JOURNEY_ENOTFOUND), "JOURNEY_ENOTFOUND");
  ck_assert_str_eq(journey_status_name(JOURNEY_EEXIST), "JOURNEY_EEXIST");
  ck_assert_str_eq(journey_status_name(JOURNEY_EUNSUPPORTED), "JOURNEY_EUNSUPPORTED");
  ck_assert_str_eq(journey_status_name(JOURNEY_ECANCELLED), "JOURNEY_ECANCELLED");
  ck_assert_str_eq(journey_status_name(JOURNEY_ESTATE), "JOURNEY_ESTATE");
  ck_assert_str_eq(journey_status_name(JOURNEY_EUSER), "JOURNEY_EUSER");
  static const journey_status unknown[] = {1, -11, -12, -99, -101, INT32_MIN, INT32_MAX};
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
    ck_assert_str_eq(journey_status_name(unknown[i]), "JOURNEY_E?");
}
END_TEST

/* ---- options ---- */

/* The rule by definition, over structs of every size: too small, known in part, as known, larger by zeros or not. */
START_TEST(options_of_any_size) {
  enum { LEAST = 12, KNOWN = 40, MOST = 100 };
  for (uint32_t size = 0; size < MOST; size++)
    for (size_t set = 4; set <= MOST; set++) { /* the one byte that is not 0, beyond the end at last */
      unsigned char *options = calloc(1, MOST + 1), out[KNOWN] = {0}, before[KNOWN] = {0};
      memcpy(options, &size, sizeof size);
      options[set] = 1;
      journey_error err = {0};
      bool good = size >= LEAST && !(set >= KNOWN && set < size);
      options = realloc(options, size > 4 ? size : 4); /* reads nothing behind its end: sanitizers watch */
      journey_status status = jn_base_options(options, LEAST, KNOWN, out, "thing", &err);
      ck_assert_int_eq(status, good ? JOURNEY_OK : JOURNEY_EINVAL);
      ck_assert_int_eq(err.code, status);
      if (good)
        memcpy(before, options, size < KNOWN ? size : KNOWN);
      else
        ck_assert_mem_eq(err.message, "thing: ", 7);
      ck_assert_mem_eq(out, before, KNOWN);
      free(options);
    }
}
END_TEST

START_TEST(options_of_garbage_size) {
  uint32_t sizes[] = {65537, 1u << 31, UINT32_MAX}; /* refused without reading so far */
  for (size_t i = 0; i < 3; i++) {
    char out[4] = {0};
    ck_assert_int_eq(jn_base_options(&sizes[i], 4, 4, out, "x", NULL), JOURNEY_EINVAL);
  }
  char out[4] = {1, 2, 3, 4};
  ck_assert_int_eq(jn_base_options(NULL, 4, 4, out, "x", NULL), JOURNEY_OK);
  ck_assert_mem_eq(out, "\1\2\3\4", 4);
}
END_TEST

static journey_status run_nothing(void *user, int64_t n, journey_task task, void *work) {
  (void)user, (void)n, (void)task, (void)work;
  return JOURNEY_OK;
}

static void *no_memory(void *user, void *block, size_t old_size, size_t new_size) {
  (void)user, (void)block, (void)old_size, (void)new_size;
  return NULL;
}

START_TEST(wrong_context_options) {
  const journey_context_options good = {.struct_size = sizeof good};
  journey_context_options wrong[10];
  for (int i = 0; i < 10; i++) wrong[i] = good;
  wrong[0].struct_size = 8;
  wrong[1].threads = -1;
  wrong[2].threads = 100000;
  wrong[3].memory_limit = -1;
  wrong[4].allocator.struct_size = sizeof(journey_allocator); /* and no function */
  wrong[5].allocator = (journey_allocator){.struct_size = 7, .reallocate = no_memory};
  wrong[6].allocator.reserved = 1;
  wrong[7].executor = (journey_executor){.struct_size = sizeof(journey_executor), .run = run_nothing};
  wrong[8].executor = (journey_executor){.struct_size = sizeof(journey_executor), .threads = 3};
  wrong[9].executor = (journey_executor){.struct_size = 9, .threads = 3, .run = run_nothing};
  for (int i = 0; i < 10; i++) {
    journey_context *context = (journey_context *)&context;
    journey_error err = {0};
    ck_assert_msg(journey_context_new(&wrong[i], &context, &err) == JOURNEY_EINVAL, "options %d", i);
    ck_assert_ptr_null(context);
    ck_assert_int_eq(err.code, JOURNEY_EINVAL);
    ck_assert_msg(strlen(err.message) > 20, "%s", err.message);
  }
}
END_TEST

START_TEST(defaults_are_filled_in) {
  journey_context *context = make(NULL);
  const journey_context_options *options = jn_base_context_options(context);
  ck_assert_int_ge(options->threads, 1);
  ck_assert_uint_eq(options->executor.struct_size, 0);
  ck_assert_uint_ne(jn_base_seed(context), 0);
  journey_context *other = make(NULL);
  ck_assert_uint_ne(jn_base_seed(context), jn_base_seed(other)); /* one time in 2^64 they may be equal */
  journey_context_free(other);
  journey_context_free(context);
  journey_context_options own = {.struct_size = sizeof own, .threads = 9, .hash_seed = 77};
  own.executor = (journey_executor){.struct_size = sizeof own.executor, .threads = 5, .run = run_nothing};
  context = make(&own);
  ck_assert_int_eq(jn_base_context_options(context)->threads, 5);
  ck_assert_uint_eq(jn_base_seed(context), 77);
  journey_context_free(context);
}
END_TEST

/* ---- memory ---- */

/* Random blocks made, resized and freed: what the context counts is what the allocator gave. */
START_TEST(memory_is_counted_to_the_byte) {
  enum { BLOCKS = 50 };
  test_memory memory;
  test_memory_init(&memory, -1);
  journey_context_options options = {.struct_size = sizeof options, .allocator = test_memory_allocator(&memory)};
  journey_context *context = make(&options);
  int64_t used, peak, most = used_by(context), first = most;
  ck_assert_int_eq(first, atomic_load(&memory.live_bytes));
  struct {
    unsigned char *bytes;
    size_t size;
  } blocks[BLOCKS] = {{0}};
  for (int i = 0; i < 20000; i++) {
    size_t b = next() % BLOCKS, size = next() % 3 ? next() % 1000 : 0, old = blocks[b].size;
    unsigned char *block = jn_base_reallocate(context, blocks[b].bytes, old, size);
    ck_assert((block != NULL) == (size != 0));
    for (size_t j = 0; j < old && j < size; j++) ck_assert_uint_eq(block[j], b);
    if (size) memset(block, (int)b, size);
    blocks[b].bytes = block, blocks[b].size = size;
    journey_context_memory(context, &used, &peak);
    ck_assert_int_eq(used, atomic_load(&memory.live_bytes));
    if (used > most) most = used;
    ck_assert_int_eq(peak, most);
  }
  for (int b = 0; b < BLOCKS; b++) jn_base_free(context, blocks[b].bytes, blocks[b].size, 1);
  ck_assert_int_eq(used_by(context), first);
  journey_context_free(context);
  test_memory_check(&memory);
}
END_TEST

/* A refused request leaves the block as it was and is not counted. */
START_TEST(refused_memory_is_not_counted) {
  test_memory memory;
  test_memory_init(&memory, -1);
  journey_context_options options = {.struct_size = sizeof options, .allocator = test_memory_allocator(&memory)};
  journey_context *context = make(&options);
  char *block = jn_base_alloc(context, 100, 1);
  int64_t before = used_by(context), peak;
  atomic_store(&memory.allowed, 0);
  ck_assert_ptr_null(jn_base_alloc(context, 1000, 1));
  ck_assert_ptr_null(jn_base_reallocate(context, block, 100, 1000));
  journey_context_memory(context, NULL, &peak);
  ck_assert_int_eq(used_by(context), before);
  ck_assert_int_eq(peak, before);
  jn_base_free(context, block, 100, 1);
  ck_assert_int_eq(used_by(context), atomic_load(&memory.live_bytes));
  journey_context_free(context);
  test_memory_check(&memory);
}
END_TEST

START_TEST(empty_and_overflowing_blocks) {
  journey_context *context = make(NULL);
  int64_t first = used_by(context);
  void *empty = jn_base_alloc(context, 0, 8), *also = jn_base_zalloc(context, 5, 0);
  ck_assert_ptr_nonnull(empty);
  ck_assert_ptr_nonnull(also);
  ck_assert_int_eq(used_by(context), first + 2);
  jn_base_free(context, empty, 0, 8);
  jn_base_free(context, also, 5, 0);
  jn_base_free(context, NULL, 3, 8);
  ck_assert_ptr_null(jn_base_alloc(context, SIZE_MAX / 2, 3));
  ck_assert_ptr_null(jn_base_zalloc(context, SIZE_MAX / 2 + 2, 2));
  ck_assert_ptr_null(jn_base_alloc(context, SIZE_MAX, 1));
  ck_assert_ptr_null(jn_base_reallocate(context, NULL, 0, 0));
  ck_assert_int_eq(used_by(context), first);
  unsigned char *zeros = jn_base_zalloc(context, 100, 10);
  for (int i = 0; i < 1000; i++) ck_assert_int_eq(zeros[i], 0);
  jn_base_free(context, zeros, 100, 10);
  journey_context_free(context);
}
END_TEST

START_TEST(the_limit_holds) {
  journey_context *context = make(NULL);
  int64_t own = used_by(context), peak;
  journey_context_free(context);
  journey_context_options options = {.struct_size = sizeof options, .memory_limit = own - 1};
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_ENOMEM);
  options.memory_limit = own + 100;
  context = make(&options);
  ck_assert_ptr_null(jn_base_alloc(context, 101, 1));
  char *block = jn_base_alloc(context, 99, 1);
  ck_assert_ptr_nonnull(block);
  block[98] = 7;
  ck_assert_ptr_null(jn_base_reallocate(context, block, 99, 101));
  ck_assert_ptr_null(jn_base_alloc(context, 2, 1));
  ck_assert_int_eq(block[98], 7);
  block = jn_base_reallocate(context, block, 99, 100);
  ck_assert_ptr_nonnull(block);
  journey_context_memory(context, NULL, &peak);
  ck_assert_int_eq(peak, own + 100); /* what was refused is not in the peak */
  jn_base_free(context, block, 100, 1);
  ck_assert_int_eq(used_by(context), own);
  journey_context_free(context);
}
END_TEST

static journey_status make_context(const journey_allocator *allocator, void *arg) {
  (void)arg;
  journey_context_options options = {.struct_size = sizeof options, .allocator = *allocator};
  journey_context *context = NULL;
  journey_status status = journey_context_new(&options, &context, NULL);
  journey_context_free(context);
  return status;
}

START_TEST(a_context_out_of_memory) { alloc_loop_bare(make_context, NULL); }
END_TEST

static journey_status grow_array(journey_context *context, void *arg) {
  (void)arg;
  uint32_t *items = NULL;
  size_t capacity = 0;
  journey_status status = JOURNEY_OK;
  for (size_t n = 0; n < 5000 && !status; n++) {
    uint32_t *before = items;
    size_t before_capacity = capacity;
    status = jn_base_grow(context, &items, &capacity, n + 1, sizeof *items, NULL);
    if (status)
      ck_assert(items == before && capacity == before_capacity);
    else
      items[n] = (uint32_t)n;
    for (size_t i = 0; i < n; i += 97) ck_assert_uint_eq(items[i], i);
  }
  jn_base_reallocate(context, items, capacity * sizeof *items, 0);
  return status;
}

START_TEST(arrays_grow) {
  alloc_loop(grow_array, NULL);
  journey_context *context = make(NULL);
  int64_t *items = NULL;
  size_t capacity = 0;
  ck_assert_int_eq(jn_base_grow(context, &items, &capacity, SIZE_MAX, sizeof *items, NULL), JOURNEY_ENOMEM);
  ck_assert_int_eq(jn_base_grow(context, &items, &capacity, SIZE_MAX / 8 + 1, sizeof *items, NULL), JOURNEY_ENOMEM);
  ck_assert(!items && !capacity);
  ck_assert_int_eq(jn_base_grow(context, &items, &capacity, 0, sizeof *items, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_base_grow(context, &items, &capacity, 1000, sizeof *items, NULL), JOURNEY_OK);
  ck_assert_uint_ge(capacity, 1000);
  jn_base_reallocate(context, items, capacity * sizeof *items, 0);
  journey_context_free(context);
}
END_TEST

/* ---- references and slots ---- */

START_TEST(the_last_reference_frees) {
  test_memory memory;
  test_memory_init(&memory, -1);
  journey_context_options options = {.struct_size = sizeof options, .allocator = test_memory_allocator(&memory)};
  journey_context *context = make(&options);
  ck_assert_ptr_eq(jn_base_context_ref(context), context);
  jn_base_dictionary *dictionary; /* holds a reference of its own */
  ck_assert_int_eq(jn_base_dictionary_new(context, &dictionary, NULL), JOURNEY_OK);
  journey_context_free(context);
  journey_context_free(context);
  uint32_t code;
  ck_assert_int_eq(jn_base_dictionary_add(dictionary, "still here", 10, &code, NULL), JOURNEY_OK);
  ck_assert_int_gt(atomic_load(&memory.live_blocks), 1);
  jn_base_dictionary_free(dictionary);
  test_memory_check(&memory);
  journey_context_free(NULL);
  jn_base_dictionary_free(NULL);
  journey_context_cancel(NULL, 1);
}
END_TEST

static int made, freed, freed_order[JN_BASE_SLOTS];

static journey_status make_slot(journey_context *context, void **out, journey_error *err) {
  if (++made == 1) return jn_base_fail(err, JOURNEY_EIO, "not yet");
  *out = jn_base_zalloc(context, 10, 1);
  return *out ? JOURNEY_OK : jn_base_no_memory(err);
}

static void free_slot(journey_context *context, void *content) {
  freed_order[freed++ % JN_BASE_SLOTS] = *(char *)content;
  jn_base_free(context, content, 10, 1);
}

START_TEST(slots_are_made_once_and_freed_at_the_end) {
  test_memory memory;
  test_memory_init(&memory, -1);
  made = freed = 0;
  journey_context_options options = {.struct_size = sizeof options, .allocator = test_memory_allocator(&memory)};
  journey_context *context = make(&options);
  void *content, *again;
  journey_error err;
  ck_assert_int_eq(jn_base_slot(context, JN_BASE_SLOT_POOL, make_slot, free_slot, &content, &err), JOURNEY_EIO);
  ck_assert_ptr_null(content);
  ck_assert_str_eq(err.message, "not yet");
  for (int slot = 0; slot < JN_BASE_SLOTS; slot++) {
    ck_assert_int_eq(jn_base_slot(context, slot, make_slot, free_slot, &content, NULL), JOURNEY_OK);
    ck_assert_int_eq(jn_base_slot(context, slot, make_slot, free_slot, &again, NULL), JOURNEY_OK);
    ck_assert_ptr_eq(content, again);
    *(char *)content = (char)slot;
  }
  ck_assert_int_eq(made, 1 + JN_BASE_SLOTS);
  journey_context_free(context);
  ck_assert_int_eq(freed, JN_BASE_SLOTS);
  for (int i = 0; i < JN_BASE_SLOTS; i++) ck_assert_int_eq(freed_order[i], JN_BASE_SLOTS - 1 - i);
  test_memory_check(&memory);
}
END_TEST

/* ---- callbacks ---- */

typedef struct heard {
  atomic_int inside, calls;
  int64_t done, total;
  char phase[20], line[600];
  journey_status answer;
} heard;

static journey_status hear_progress(void *user, const char *phase, int64_t done, int64_t total) {
  heard *h = user;
  ck_assert_int_eq(atomic_fetch_add(&h->inside, 1), 0); /* one thread at a time */
  h->done = done, h->total = total;
  snprintf(h->phase, sizeof h->phase, "%s", phase);
  atomic_fetch_add(&h->calls, 1);
  atomic_fetch_sub(&h->inside, 1);
  return h->answer;
}

static void hear_log(void *user, const char *line) {
  heard *h = user;
  ck_assert_int_eq(atomic_fetch_add(&h->inside, 1), 0);
  snprintf(h->line, sizeof h->line, "%s", line);
  atomic_fetch_sub(&h->inside, 1);
}

static journey_context *make_heard(heard *h) {
  journey_context_options options = {
      .struct_size = sizeof options, .progress = hear_progress, .progress_user = h, .log = hear_log, .log_user = h};
  return make(&options);
}

START_TEST(progress_log_and_cancel) {
  heard h = {0};
  journey_error err = {0};
  journey_context *context = make_heard(&h);
  ck_assert_int_eq(jn_base_progress(context, "reading", 5, -1, &err), JOURNEY_OK);
  ck_assert_str_eq(h.phase, "reading");
  ck_assert(h.done == 5 && h.total == -1 && h.calls == 1);
  h.answer = JOURNEY_EUSER;
  ck_assert_int_eq(jn_base_progress(context, "sorting", 6, 7, &err), JOURNEY_EUSER);
  ck_assert_int_eq(err.code, JOURNEY_EUSER);
  jn_base_log(context, "%s has\n%d rows", "a.csv", 3);
  ck_assert_str_eq(h.line, "a.csv has?3 rows");
  ck_assert_int_eq(jn_base_cancelled(context, &err), JOURNEY_OK);
  journey_context_cancel(context, 1);
  ck_assert_int_eq(jn_base_cancelled(context, &err), JOURNEY_ECANCELLED);
  ck_assert_int_eq(jn_base_progress(context, "sorting", 6, 7, &err), JOURNEY_ECANCELLED);
  ck_assert_int_eq(err.code, JOURNEY_ECANCELLED);
  ck_assert_int_eq(h.calls, 2);
  journey_context_cancel(context, 0);
  ck_assert_int_eq(jn_base_cancelled(context, NULL), JOURNEY_OK);
  journey_context_free(context);
  context = make(NULL); /* without callbacks */
  ck_assert_int_eq(jn_base_progress(context, "reading", 5, -1, &err), JOURNEY_OK);
  jn_base_log(context, "nobody hears");
  journey_context_free(context);
}
END_TEST

/* ---- two threads ---- */

static void *work(void *arg) {
  journey_context *context = arg;
  for (int i = 0; i < 3000; i++) {
    size_t n = 1 + (size_t)(i * 37 % 900);
    char *block = jn_base_zalloc(context, n, 1);
    ck_assert_ptr_nonnull(block);
    journey_context_free(jn_base_context_ref(context));
    ck_assert_int_eq(jn_base_progress(context, "working", i, 3000, NULL), JOURNEY_OK);
    if (i % 16 == 0) jn_base_log(context, "at %d", i);
    void *content;
    ck_assert_int_eq(jn_base_slot(context, JN_BASE_SLOT_POOL, make_slot, free_slot, &content, NULL), JOURNEY_OK);
    jn_base_free(context, block, n, 1);
  }
  journey_context_free(context); /* the last of both takes it away */
  return NULL;
}

START_TEST(two_threads_share_a_context) {
  heard h = {0};
  pthread_t threads[2];
  journey_context *context = make_heard(&h);
  made = 1;
  for (int i = 0; i < 2; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, work, jn_base_context_ref(context)), 0);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  ck_assert_int_eq(h.calls, 6000);
  ck_assert_int_eq(made, 2);
  int64_t peak;
  journey_context *fresh = make(NULL);
  journey_context_memory(context, NULL, &peak);
  ck_assert_int_eq(used_by(context), used_by(fresh) + 10); /* the slot's */
  ck_assert_int_gt(peak, used_by(context));
  journey_context_free(fresh);
  journey_context_free(context);
}
END_TEST

/* ---- checked arithmetic ---- */

START_TEST(arithmetic_against_wider_numbers) {
  for (int i = 0; i < 100000; i++) {
    int64_t a = (int64_t)next() >> (next() % 64), b = (int64_t)next() >> (next() % 64), out;
    __extension__ __int128 sum = (__int128)a + b, product = (__int128)a * b;
    ck_assert(jn_base_add(a, b, &out) == (sum >= INT64_MIN && sum <= INT64_MAX));
    if (jn_base_add(a, b, &out)) ck_assert(out == sum);
    ck_assert(jn_base_mul(a, b, &out) == (product >= INT64_MIN && product <= INT64_MAX));
    if (jn_base_mul(a, b, &out)) ck_assert(out == product);
    int64_t clamped = sum > INT64_MAX ? INT64_MAX : sum < INT64_MIN ? INT64_MIN : (int64_t)sum;
    ck_assert_int_eq(jn_base_add_clamped(a, b), clamped);
  }
  size_t size;
  ck_assert(!jn_base_mul_size(SIZE_MAX, 2, &size));
  ck_assert(jn_base_mul_size(SIZE_MAX, 1, &size) && size == SIZE_MAX);
}
END_TEST

Suite *base_suite(void);
Suite *base_suite(void) {
  Suite *suite = suite_create("base");
  TCase *tests = tcase_create("base");
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, versions_and_names);
  tcase_add_test(tests, options_of_any_size);
  tcase_add_test(tests, options_of_garbage_size);
  tcase_add_test(tests, wrong_context_options);
  tcase_add_test(tests, defaults_are_filled_in);
  tcase_add_test(tests, memory_is_counted_to_the_byte);
  tcase_add_test(tests, refused_memory_is_not_counted);
  tcase_add_test(tests, empty_and_overflowing_blocks);
  tcase_add_test(tests, the_limit_holds);
  tcase_add_test(tests, a_context_out_of_memory);
  tcase_add_test(tests, arrays_grow);
  tcase_add_test(tests, the_last_reference_frees);
  tcase_add_test(tests, slots_are_made_once_and_freed_at_the_end);
  tcase_add_test(tests, progress_log_and_cancel);
  tcase_add_test(tests, two_threads_share_a_context);
  tcase_add_test(tests, arithmetic_against_wider_numbers);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(base_suite()); }
