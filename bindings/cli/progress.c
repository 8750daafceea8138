/* A progress bar on the terminal, for work that takes longer than a moment. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

enum { FIRST_PAINT = 400, NEXT_PAINT = 100, WIDTH = 30 }; /* milliseconds, milliseconds, characters */

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void cli_progress_init(cli_progress *progress, bool quiet) {
  *progress = (cli_progress){.shown = !quiet && isatty(STDERR_FILENO), .started = now()};
}

static void paint_bar(const char *phase, int64_t done, int64_t total) {
  char bar[WIDTH + 1];
  int percent = (int)((double)done / (double)total * 100), filled = percent * WIDTH / 100;
  if (percent > 100) percent = 100;
  if (filled > WIDTH) filled = WIDTH;
  memset(bar, '-', WIDTH);
  memset(bar, '#', (size_t)filled);
  bar[WIDTH] = '\0';
  fprintf(stderr, "\r\033[K%-10s [%s] %3d %%", phase, bar, percent);
}

journey_status cli_progress_paint(void *user, const char *phase, int64_t done, int64_t total) {
  cli_progress *progress = user;
  if (!progress->shown) return JOURNEY_OK;
  int64_t time = now();
  if (time - progress->started < FIRST_PAINT || time - progress->painted < NEXT_PAINT) return JOURNEY_OK;
  progress->painted = time;
  progress->drawn = true;
  if (total > 0) paint_bar(phase, done, total);
  else fprintf(stderr, "\r\033[K%-10s %lld", phase, (long long)done);
  fflush(stderr);
  return JOURNEY_OK;
}

void cli_progress_clear(cli_progress *progress) {
  if (progress->drawn) fputs("\r\033[K", stderr);
  progress->drawn = false;
}
