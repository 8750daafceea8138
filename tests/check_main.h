/* What every Check program needs: a main, a way to say that a test was skipped, and the shared test data. */
#ifndef CHECK_MAIN_H
#define CHECK_MAIN_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

/* Runs the suite (each test in a process of its own unless CK_FORK=no), prints Check's closing line and returns the
 * exit status: 0 only when at least one test ran and all passed. */
int check_main(Suite *suite);

/* Prints "SKIP: ..." on a line of its own; the runner counts these lines. Return from the test after it. */
void check_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes the path of `name` below the shared test data ($JOURNEY_SHARED, or ../shared) into path[0..size).
 * When it is not there: says that the test is skipped and returns false. */
bool check_shared(const char *name, char *path, size_t size);

#endif
