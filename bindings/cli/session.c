/* From the options to a study: context, plug-ins, map, events. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* ---- the context -------------------------------------------------------------------------------------------------------- */

static bool read_number(const char *text, const char *option, double least, double most, double *out) {
  char *end;
  errno = 0;
  *out = strtod(text, &end);
  if (*text && !*end && errno == 0 && *out >= least && *out <= most) return true;
  cli_usage("--%s must be a number from %g to %g, not \"%s\"", option, least, most, text);
  return false;
}

int cli_session_open(cli_session *session, const cli_options *options) {
  journey_error err;
  double threads = 0;
  if (options->threads && !read_number(options->threads, "threads", 1, 1024, &threads)) return EXIT_USAGE;
  signal(SIGPIPE, SIG_IGN); /* a reader that goes away is a failed write, told as such */
  cli_progress_init(&session->progress, options->quiet);
  journey_context_options made = {
      .struct_size = sizeof made,
      .threads = (int32_t)threads,
      .progress = session->progress.shown ? cli_progress_paint : NULL,
      .progress_user = &session->progress,
  };
  if (journey_context_new(&made, &session->context, &err) != JOURNEY_OK) return cli_error(&err);
  return EXIT_DONE;
}

void cli_session_close(cli_session *session) {
  cli_progress_clear(&session->progress);
  journey_context_free(session->context);
}

int cli_load_plugins(cli_session *session, const char **plugin, int plugins) {
  journey_error err;
  for (int i = 0; i < plugins; i++) {
    if (journey_load_plugin(session->context, plugin[i], &err) != JOURNEY_OK) {
      cli_error(&err);
      return EXIT_FAILED;
    }
  }
  return EXIT_DONE;
}

/* ---- events ---------------------------------------------------------------------------------------------------------------- */

/* Rows that are left out go to --rejects as they were, behind file, line and reason. */
static journey_status write_reject(void *user, const char *file, int64_t line, const char *bytes, size_t n,
                                   const char *reason) {
  char head[1024];
  int length = snprintf(head, sizeof head, "%s:%lld: %s: ", file, (long long)line, reason);
  if (length >= (int)sizeof head) length = (int)sizeof head - 1;
  journey_status status = cli_output_write(user, head, (size_t)length);
  if (status == JOURNEY_OK) status = cli_output_write(user, bytes, n);
  bool ends = n > 0 && bytes[n - 1] == '\n';
  return status == JOURNEY_OK && !ends ? cli_output_write(user, "\n", 1) : status;
}

static bool read_choice(const char *text, const char *option, const char *zero, const char *one, int32_t *out) {
  *out = text && strcmp(text, one) == 0;
  if (!text || *out || strcmp(text, zero) == 0) return true;
  cli_usage("--%s must be %s or %s, not \"%s\"", option, zero, one, text);
  return false;
}

static bool read_separator(const char *text, int32_t *out) {
  *out = 0;
  if (!text) return true;
  if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0) *out = '\t';
  else if (strlen(text) == 1 && strchr(",;|\t", *text)) *out = *text;
  if (*out) return true;
  cli_usage("--separator must be one of , ; | tab, not \"%s\"", text);
  return false;
}

static bool fill_reading(const cli_options *options, cli_output *rejects, journey_read_options *out) {
  *out = (journey_read_options){
      .struct_size = sizeof *out,
      .preset = options->preset,
      .customer = options->customer,
      .anonymous = options->anonymous,
      .time = options->time,
      .event = options->event,
      .value = options->value,
      .id = options->id,
      .attributes = options->attributes,
      .zone = options->zone,
      .reject = options->rejects ? write_reject : NULL,
      .reject_user = rejects,
  };
  if (options->rejects && !options->on_error) out->on_error = JOURNEY_ON_ERROR_SKIP;
  else if (!read_choice(options->on_error, "on-error", "stop", "skip", &out->on_error)) return false;
  return read_separator(options->separator, &out->separator);
}

static void tell_skipped(const char *path, const journey_read_counts *counts) {
  if (counts->skipped == 0) return;
  fprintf(stderr, "journey: %s: %lld of %lld rows left out; the first: %s\n", path, (long long)counts->skipped,
          (long long)counts->rows, counts->first_skipped.message);
}

static int read_files(cli_session *session, const cli_args *args, int first, const journey_read_options *reading,
                      journey_builder *builder) {
  journey_error err;
  for (int i = first; i < args->files; i++) {
    journey_read_counts counts = {.struct_size = sizeof counts};
    journey_status status = journey_read_file(builder, args->file[i], reading, &counts, &err);
    cli_progress_clear(&session->progress);
    if (status != JOURNEY_OK) {
      cli_error(&err);
      return EXIT_FAILED;
    }
    tell_skipped(args->file[i], &counts);
  }
  return EXIT_DONE;
}

static int read_events(cli_session *session, const cli_args *args, int first, journey_stream **out) {
  journey_error err;
  journey_builder *builder = NULL;
  journey_read_options reading;
  cli_output rejects = {0};
  if (!fill_reading(&args->options, &rejects, &reading)) return EXIT_USAGE;
  if (args->options.rejects && !cli_output_open(&rejects, args->options.rejects)) return EXIT_FAILED;
  int result = journey_builder_new(session->context, &builder, &err) == JOURNEY_OK ? EXIT_DONE : cli_error(&err);
  if (result == EXIT_DONE) result = read_files(session, args, first, &reading, builder);
  if (result == EXIT_DONE && journey_builder_finish(builder, out, &err) != JOURNEY_OK) result = cli_error(&err);
  journey_builder_free(builder);
  if (args->options.rejects) {
    int closed = cli_output_close(&rejects, result == EXIT_DONE);
    if (result == EXIT_DONE && closed != EXIT_DONE) {
      journey_stream_free(*out);
      result = closed;
    }
  }
  return result;
}

/* ---- the study --------------------------------------------------------------------------------------------------------------- */

static bool fill_scope(const cli_options *options, journey_study_options *out) {
  journey_error err;
  *out = (journey_study_options){
      .struct_size = sizeof *out,
      .where = options->where,
      .customers = options->customers,
      .from = options->from,
      .to = options->to,
      .by = options->by,
      .zone = options->zone,
  };
  if (!read_choice(options->paths, "paths", "customers", "sessions", &out->paths)) return false;
  if (options->session_gap && journey_duration_parse(options->session_gap, strlen(options->session_gap),
                                                     &out->session_gap, &err) != JOURNEY_OK) {
    cli_usage("--session-gap: %s", err.message);
    return false;
  }
  return !options->confidence || read_number(options->confidence, "confidence", 1e-9, 1 - 1e-9, &out->confidence);
}

static int make_study(const cli_options *options, journey_stream *stream, const journey_map *map,
                      journey_study **out) {
  journey_error err;
  journey_study_options scope;
  if (!fill_scope(options, &scope)) return EXIT_USAGE;
  journey_status status = journey_study_new(stream, map, &scope, out, &err);
  if (status == JOURNEY_OK) return EXIT_DONE;
  cli_error(&err);
  return status == JOURNEY_EPARSE || status == JOURNEY_ENOTFOUND || status == JOURNEY_EINVAL ? EXIT_USAGE
                                                                                              : EXIT_FAILED;
}

int cli_study(cli_session *session, const cli_args *args, int first_file, journey_study **out) {
  journey_error err;
  journey_map *map = NULL;
  journey_stream *stream = NULL;
  int result = EXIT_DONE;
  if (first_file >= args->files) return cli_usage("no file of events; '-' reads standard input");
  if (args->options.map && journey_map_read_file(session->context, args->options.map, &map, &err) != JOURNEY_OK) {
    cli_error(&err);
    return EXIT_FAILED;
  }
  result = read_events(session, args, first_file, &stream);
  if (result == EXIT_DONE) result = make_study(&args->options, stream, map, out);
  journey_stream_free(stream);
  journey_map_free(map);
  cli_progress_clear(&session->progress);
  return result;
}
