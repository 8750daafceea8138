/* Talking to the user: messages, tables, and files that appear only when they are complete. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

/* One line, whatever bytes the names in it have. */
static void print_line(const char *format, va_list list) {
  char line[2048];
  vsnprintf(line, sizeof line, format, list);
  for (char *c = line; *c; c++) {
    if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
  }
  cli_progress_clear();
  fprintf(stderr, "journey: %s\n", line);
}

void cli_say(const char *format, ...) {
  va_list list;
  va_start(list, format);
  print_line(format, list);
  va_end(list);
}

int cli_usage(const char *format, ...) {
  va_list list;
  va_start(list, format);
  print_line(format, list);
  va_end(list);
  return EXIT_USAGE;
}

int cli_fail(const char *format, ...) {
  va_list list;
  va_start(list, format);
  print_line(format, list);
  va_end(list);
  return EXIT_FAILED;
}

int cli_error(const journey_error *err) {
  cli_fail("%s", err->message);
  return err->code == JOURNEY_EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* What is there already: 0 when it can be replaced by a file or is none yet, else an errno. A device or a pipe is
 * written as it is: nothing can be renamed over it. */
static int look(const char *path, bool *special, mode_t *mode) {
  struct stat about;
  mode_t mask = umask(0);
  umask(mask);
  *special = false;
  *mode = 0666 & ~mask;
  if (stat(path, &about) != 0) return 0;
  if (S_ISDIR(about.st_mode)) return EISDIR;
  *special = !S_ISREG(about.st_mode);
  *mode = about.st_mode & 0777;
  return access(path, W_OK) == 0 ? 0 : errno;
}

static void forget(cli_output *output) {
  if (output->temporary) cli_signals_forget(output->temporary);
  free(output->temporary);
  free(output->target);
  output->temporary = output->target = NULL;
}

/* A file beside the target, so that it can be renamed into its place. A link keeps pointing where it does. */
static FILE *open_temporary(cli_output *output, mode_t mode) {
  output->target = realpath(output->path, NULL);
  if (!output->target) output->target = strdup(output->path);
  size_t n = output->target ? strlen(output->target) + 8 : 0;
  output->temporary = output->target ? malloc(n) : NULL;
  if (!output->temporary) return forget(output), NULL;
  snprintf(output->temporary, n, "%s.XXXXXX", output->target);
  int file = mkstemp(output->temporary);
  if (file < 0) {
    int number = errno;
    forget(output);
    errno = number;
    return NULL;
  }
  cli_signals_remember(output->temporary);
  fchmod(file, mode);
  return fdopen(file, "w");
}

bool cli_output_open(cli_output *output, const char *path) {
  bool special;
  mode_t mode;
  *output = (cli_output){.path = path};
  if (!path || strcmp(path, "-") == 0) {
    output->path = "standard output";
    output->file = stdout;
    return true;
  }
  errno = look(path, &special, &mode);
  if (errno == 0) output->file = special ? fopen(path, "w") : open_temporary(output, mode);
  if (!output->file) cli_fail("%s: %s", path, strerror(errno));
  return output->file != NULL;
}

bool cli_output_try(const char *path) {
  bool special;
  mode_t mode;
  cli_output output;
  if (!path || (look(path, &special, &mode) == 0 && special)) return true;
  if (!cli_output_open(&output, path)) return false;
  if (output.temporary) cli_output_close(&output, false);
  return true;
}

journey_status cli_output_write(void *user, const char *bytes, size_t n) {
  cli_output *output = user;
  if (fwrite(bytes, 1, n, output->file) == n) return JOURNEY_OK;
  output->number = errno;
  return JOURNEY_EIO;
}

/* Everything has to reach the disk before the old file is replaced. */
static bool flush_all(cli_output *output) {
  if (output->number == 0 && fflush(output->file) != 0) output->number = errno;
  if (output->number == 0 && output->temporary && fsync(fileno(output->file)) != 0) output->number = errno;
  return output->number == 0;
}

int cli_output_close(cli_output *output, bool keep) {
  bool flushed = flush_all(output);
  if (output->file != stdout && fclose(output->file) != 0 && output->number == 0) output->number = errno;
  if (output->temporary) {
    bool done = keep && output->number == 0;
    if (done && rename(output->temporary, output->target) != 0) output->number = errno;
    if (!done || output->number != 0) unlink(output->temporary);
    forget(output);
  }
  if (flushed && output->number == 0) return keep ? EXIT_DONE : EXIT_FAILED;
  return cli_fail("%s: %s", output->path, strerror(output->number));
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

int32_t cli_format(const char *name) {
  static const char *const names[] = {"text", "csv", "json", "jsonl", "arrow"};
  if (!name) return JOURNEY_FORMAT_TEXT;
  for (int32_t i = 0; i < 5; i++) {
    if (strcmp(name, names[i]) == 0) return JOURNEY_FORMAT_TEXT + i;
  }
  cli_usage("--format must be text, csv, json, jsonl or arrow, not \"%s\"", name);
  return 0;
}

int cli_write_table(const journey_table *table, const cli_options *options) {
  cli_output output;
  journey_error err;
  int32_t format = cli_format(options->format);
  if (format == 0) return EXIT_USAGE;
  if (!cli_output_open(&output, options->output)) return EXIT_FAILED;
  journey_status status = journey_table_write(table, format, cli_output_write, &output, &err);
  if (status != JOURNEY_OK && output.number == 0) cli_error(&err);
  return cli_output_close(&output, status == JOURNEY_OK);
}
