/* The allocator of the tests itself: it must notice what it is there to notice. */
#include "alloc_loop.h"
#include "check_main.h"

Suite *alloc_loop_suite(void);

START_TEST(counts_exactly) {
  test_memory memory;
  test_memory_init(&memory, -1);
  journey_allocator a = test_memory_allocator(&memory);
  char *p = a.reallocate(a.user, NULL, 0, 10);
  p[9] = 'x';
  p = a.reallocate(a.user, p, 10, 1000);
  ck_assert_int_eq(p[9], 'x');
  ck_assert_int_eq(memory.live_bytes, 1000);
  ck_assert_int_eq(memory.live_blocks, 1);
  ck_assert_ptr_null(a.reallocate(a.user, p, 1000, 0));
  ck_assert_ptr_null(a.reallocate(a.user, NULL, 0, 0));
  test_memory_check(&memory);
}
END_TEST

START_TEST(notices_a_wrong_size) {
  test_memory memory;
  test_memory_init(&memory, -1);
  journey_allocator a = test_memory_allocator(&memory);
  a.reallocate(a.user, a.reallocate(a.user, NULL, 0, 10), 9, 0);
  ck_assert_int_eq(memory.wrong_sizes, 1);
  ck_assert_int_eq(memory.live_bytes, 0);
}
END_TEST

START_TEST(refuses_after_the_allowed) {
  test_memory memory;
  test_memory_init(&memory, 1);
  journey_allocator a = test_memory_allocator(&memory);
  void *p = a.reallocate(a.user, NULL, 0, 8);
  ck_assert_ptr_nonnull(p);
  ck_assert_ptr_null(a.reallocate(a.user, p, 8, 16));
  ck_assert_int_eq(memory.refused, 1);
  p = a.reallocate(a.user, p, 8, 4);
  ck_assert_ptr_nonnull(p);
  a.reallocate(a.user, p, 4, 0);
  test_memory_check(&memory);
}
END_TEST

/* Three allocations, the faults of which are chosen by the argument. */
typedef enum fault { NONE, LEAKS, IGNORES, WRONG_STATUS, NO_ALLOCATION } fault;

static void *leaked[3]; /* so that the leak detector of a sanitizer leaves the deliberate leak alone */

static journey_status three(const journey_allocator *a, void *arg) {
  fault kind = *(fault *)arg;
  void *p[3] = {NULL};
  journey_status status = JOURNEY_OK;
  for (int i = 0; i < 3 && status == JOURNEY_OK && kind != NO_ALLOCATION; i++) {
    p[i] = a->reallocate(a->user, NULL, 0, 5);
    if (!p[i] && kind != IGNORES) status = kind == WRONG_STATUS ? JOURNEY_EINVAL : JOURNEY_ENOMEM;
  }
  for (int i = 0; i < 3; i++) {
    if (kind == LEAKS && status != JOURNEY_OK) leaked[i] = p[i] ? p[i] : leaked[i];
    else if (p[i]) a->reallocate(a->user, p[i], 5, 0);
  }
  return status;
}

START_TEST(loop_passes_good_code) {
  fault kind = NONE;
  alloc_loop_bare(three, &kind);
}
END_TEST

/* Must fail for each fault: runs in a suite of its own, whose failures are counted. */
START_TEST(loop_catches_faults) {
  fault kind = (fault)_i;
  alloc_loop_bare(three, &kind);
}
END_TEST

static int failures_of_faults(void) {
  Suite *suite = suite_create("faults");
  TCase *tcase = tcase_create("faults");
  tcase_add_loop_test(tcase, loop_catches_faults, LEAKS, NO_ALLOCATION + 1);
  suite_add_tcase(suite, tcase);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_SILENT);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed;
}

static int caught;

START_TEST(every_fault_is_caught) {
  ck_assert_int_eq(caught, NO_ALLOCATION);
}
END_TEST

Suite *alloc_loop_suite(void) {
  Suite *suite = suite_create("alloc_loop");
  TCase *tcase = tcase_create("allocator");
  tcase_add_test(tcase, counts_exactly);
  tcase_add_test(tcase, notices_a_wrong_size);
  tcase_add_test(tcase, refuses_after_the_allowed);
  tcase_add_test(tcase, loop_passes_good_code);
  tcase_add_test(tcase, every_fault_is_caught);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) {
  caught = failures_of_faults(); /* a runner cannot run inside a test of another */
  return check_main(alloc_loop_suite());
}
