/* The `journey` command: a binding of the library for the shell. What its files share. */
#ifndef JOURNEY_CLI_H
#define JOURNEY_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "journey.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* ---- what the user said (args.c) --------------------------------------------------------------------------------- */

typedef enum cli_verb {
  CLI_REPORT,
  CLI_MEASURE,
  CLI_METRICS,
  CLI_MAP_NEW,
  CLI_MAP_CHECK,
  CLI_MAP_DRAW,
  CLI_MAP_DIFF,
  CLI_MAP_CONVERT
} cli_verb;

/* The common options; one row of a table each (args.c). Texts are those of argv. */
typedef struct cli_options {
  const char *map, *preset, *customer, *anonymous, *time, *event, *value, *id, *attributes, *separator;
  const char *where, *customers, *from, *to, *by, *zone, *paths, *session_gap, *confidence;
  const char *on_error, *rejects, *format, *threads, *output, *title, *steps, *persona, *width, *model;
  bool quiet, verbose, help;
} cli_options;

typedef struct cli_args {
  cli_options options;
  const char **file; /* what is no option, in order */
  int files;
  journey_setting *setting; /* options of the metric */
  int settings;
  const char **plugin;
  int plugins;
} cli_args;

/* Reads argv[0..argc) after the verb. `calculator` (may be NULL) says which further options there are. False after a
 * usage error, which has been printed. The caller frees `out` in any case. */
bool cli_parse(cli_verb verb, int argc, char **argv, const journey_calculator *calculator, cli_args *out);
void cli_args_free(cli_args *args);
/* Whether `given` ("--name", "-n", perhaps with its value) is an option whose value is the next argument. */
bool cli_takes_next(const char *given);
/* A number of an option, whole or not; false after a usage error. Does not depend on the locale. */
bool cli_read_whole(const char *text, const char *option, long least, long most, int32_t *out);
bool cli_read_share(const char *text, const char *option, double *out);

/* ---- talking (output.c) ------------------------------------------------------------------------------------------ */

/* One line on stderr, "journey: ..."; returns the exit status. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* For a failure of the library. */
int cli_error(const journey_error *err);

/* An output that becomes the file only when it is complete; path NULL or "-" is standard output. */
typedef struct cli_output {
  FILE *file;
  const char *path;
  char *temporary, *target; /* what is written, and what it becomes */
  int number;               /* errno of the first failure */
} cli_output;

bool cli_output_open(cli_output *output, const char *path); /* false after a message */
/* Whether it will be possible, said before the work begins; false after a message. */
bool cli_output_try(const char *path);
journey_status cli_output_write(void *output, const char *bytes, size_t n);
/* Ends it: keeps the file when `keep` is true and all bytes are on the disk, else removes what was written. Returns the
 * exit status. */
int cli_output_close(cli_output *output, bool keep);

/* JOURNEY_FORMAT_...; 0 after a usage error. */
int32_t cli_format(const char *name);
/* Writes a table to the output that the options name. Returns the exit status. */
int cli_write_table(const journey_table *table, const cli_options *options);

/* ---- progress (progress.c) --------------------------------------------------------------------------------------- */

/* One bar, that of the process. */
bool cli_progress_init(bool quiet); /* whether there is one */
journey_status cli_progress_paint(void *unused, const char *phase, int64_t done, int64_t total);
void cli_progress_clear(void);

/* ---- signals (signals.c) ----------------------------------------------------------------------------------------- */

/* Ctrl-C, a closed terminal or a reader that goes away end the command, but no half-written file stays behind. */
void cli_signals_init(void);
/* A file to remove then; cli_signals_forget when it has become what it should, or is gone. */
void cli_signals_remember(const char *path);
void cli_signals_forget(const char *path);

/* ---- the work (session.c) ---------------------------------------------------------------------------------------- */

/* A context with its plug-ins. */
typedef struct cli_session {
  journey_context *context;
  bool rehearsing; /* without events: what the library notes means nothing then */
  char noted[240]; /* the last note, to say it once */
} cli_session;

int cli_session_open(cli_session *session, const cli_options *options);
int cli_load_plugins(cli_session *session, const char **plugin, int plugins);
void cli_session_close(cli_session *session);
/* Refuses outputs that cannot be written, that would replace a file from `first` on or the map, or each other. Returns
 * the exit status. */
int cli_check_outputs(const cli_args *args, int first);
/* Reads the map and the files of events and makes the study; `metric`, if it is not NULL, has its options checked
 * before. Returns the exit status. */
int cli_study(cli_session *session, const cli_args *args, int first_file, const char *metric, journey_study **out);

/* ---- verbs ------------------------------------------------------------------------------------------------------- */

int cli_report(int argc, char **argv);
int cli_measure(int argc, char **argv);
int cli_metrics(int argc, char **argv);
int cli_map(int argc, char **argv);
int cli_version(int argc, char **argv);

/* help.c; all return EXIT_DONE */
int cli_help(void);
int cli_help_verb(const char *verb);
/* Breaks text at blanks to fit the terminal; the lines after the first begin with `indent` blanks, as the first does
 * already. */
void cli_put_wrapped(FILE *out, const char *text, int indent);
void cli_help_metric(FILE *out, const journey_calculator *calculator);

#endif
