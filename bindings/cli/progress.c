/* A progress bar on the terminal, for work that takes longer than a moment. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

enum { FIRST_PAINT = 400, NEXT_PAINT = 100, WIDTH = 30 }; /* milliseconds, milliseconds, characters */

static struct {
  bool shown;
  volatile sig_atomic_t drawn; /* also read when a signal ends the command */
  int64_t started, painted;    /* milliseconds */
} bar;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool cli_progress_init(bool quiet) {
  const char *terminal = getenv("TERM");
  bar.started = now();
  bar.shown = !quiet && isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
  return bar.shown;
}

static void paint(const char *phase, int64_t done, int64_t total) {
  char line[WIDTH + 1];
  int percent = (int)((double)done / (double)total * 100);
  if (percent > 100) percent = 100;
  memset(line, '-', WIDTH);
  memset(line, '#', (size_t)(percent * WIDTH / 100));
  line[WIDTH] = '\0';
  fprintf(stderr, "\r\033[K%-10s [%s] %3d %%", phase, line, percent);
}

journey_status cli_progress_paint(void *unused, const char *phase, int64_t done, int64_t total) {
  int64_t time = now();
  (void)unused;
  if (!bar.shown || time - bar.started < FIRST_PAINT || time - bar.painted < NEXT_PAINT) return JOURNEY_OK;
  bar.painted = time;
  bar.drawn = true;
  if (total > 0) paint(phase, done, total);
  else fprintf(stderr, "\r\033[K%-10s %lld", phase, (long long)done);
  fflush(stderr);
  return JOURNEY_OK;
}

/* With write(), so that it can be called when a signal ends the command. */
void cli_progress_clear(void) {
  static const char clear[] = "\r\033[K";
  if (bar.drawn && write(STDERR_FILENO, clear, sizeof clear - 1) < 0) bar.shown = false;
  bar.drawn = false;
}
