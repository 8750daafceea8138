/* The main of every Check program. */
#include "check_main.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Check stops a test after 4 seconds, which a busy machine may need for an honest one. Read when a test case is made,
 * hence before main. */
__attribute__((constructor)) static void be_patient(void) { setenv("CK_DEFAULT_TIMEOUT", "600", 0); }

int check_main(Suite *suite) {
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int ran = srunner_ntests_run(runner), failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return ran > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void check_skip(const char *format, ...) {
  va_list list;
  va_start(list, format);
  printf("SKIP: ");
  vprintf(format, list);
  printf("\n");
  fflush(stdout); /* a forked test leaves without flushing */
  va_end(list);
}

bool check_shared(const char *name, char *path, size_t size) {
  const char *root = getenv("JOURNEY_SHARED");
  snprintf(path, size, "%s/%s", root ? root : "../shared", name);
  if (access(path, R_OK) == 0) return true;
  check_skip("%s is not there (JOURNEY_SHARED names the folder)", path);
  return false;
}
