/* What a signal that ends the command must not leave behind: half-written files, a progress bar. */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "cli.h"

enum { FILES = 4 }; /* that are written at one time, and some more */

static const char *volatile remembered[FILES];

/* Does only what a signal handler may do, and then ends the command as the signal would have. */
static void clean_up(int number) {
  for (int i = 0; i < FILES; i++) {
    if (remembered[i]) unlink(remembered[i]);
  }
  cli_progress_clear();
  raise(number); /* the default action is set again: SA_RESETHAND */
}

/* A signal that whoever started us ignores stays ignored. */
static void handle(int number) {
  struct sigaction action = {.sa_handler = clean_up, .sa_flags = (int)SA_RESETHAND}, old;
  if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(number, &action, NULL);
}

void cli_signals_init(void) {
  static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) handle(ending[i]);
  signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a failed write, told as such */
}

void cli_signals_remember(const char *path) {
  for (int i = 0; i < FILES; i++) {
    if (remembered[i]) continue;
    remembered[i] = path;
    return;
  }
}

void cli_signals_forget(const char *path) {
  for (int i = 0; i < FILES; i++) {
    if (remembered[i] == path) remembered[i] = NULL;
  }
}
