/* From the options to a study: context, plug-ins, map, events. */
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

/* ---- the context ------------------------------------------------------------------------------------------------- */

/* What the library has to say of its own accord, such as a step that no event has. */
static void note(void *user, const char *line) {
  cli_session *session = user;
  if (session->rehearsing || strcmp(line, session->noted) == 0) return;
  snprintf(session->noted, sizeof session->noted, "%s", line);
  cli_say("note: %s", line);
}

int cli_session_open(cli_session *session, const cli_options *options) {
  journey_error err;
  journey_context_options made = {.struct_size = sizeof made, .log = note, .log_user = session};
  *session = (cli_session){0};
  if (options->threads && !cli_read_whole(options->threads, "threads", 1, 1024, &made.threads)) return EXIT_USAGE;
  if (cli_progress_init(options->quiet)) made.progress = cli_progress_paint;
  if (journey_context_new(&made, &session->context, &err) != JOURNEY_OK) return cli_error(&err);
  return EXIT_DONE;
}

void cli_session_close(cli_session *session) {
  cli_progress_clear();
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

/* ---- events ------------------------------------------------------------------------------------------------------ */

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

static void tell_counts(const char *path, const journey_read_counts *counts, bool verbose) {
  if (verbose) {
    cli_say("%s: %lld rows as %s: %lld events, %lld links of ids, %lld left out", path, (long long)counts->rows,
            counts->preset, (long long)counts->events, (long long)counts->links, (long long)counts->skipped);
  }
  if (counts->skipped > 0) {
    cli_say("%s: %lld of %lld rows left out; the first: %s", path, (long long)counts->skipped, (long long)counts->rows,
            counts->first_skipped.message);
  }
}

static int read_files(const cli_args *args, int first, const journey_read_options *reading, journey_builder *builder) {
  journey_error err;
  const cli_output *rejects = reading->reject_user;
  for (int i = first; i < args->files; i++) {
    journey_read_counts counts = {.struct_size = sizeof counts};
    if (journey_read_file(builder, args->file[i], reading, &counts, &err) != JOURNEY_OK) {
      if (rejects->number == 0) cli_error(&err); /* else what cannot be written is told when it is closed */
      return EXIT_FAILED;
    }
    tell_counts(args->file[i], &counts, args->options.verbose);
  }
  return EXIT_DONE;
}

static void tell_stream(const journey_stream *stream) {
  journey_stream_counts counts = {.struct_size = sizeof counts};
  if (journey_stream_get_counts(stream, &counts) != JOURNEY_OK) return;
  cli_say("%lld events of %lld customers; %lld duplicates dropped, %lld ids joined to another's customer",
          (long long)counts.events, (long long)counts.customers, (long long)counts.duplicates,
          (long long)counts.linked_ids);
}

static int fill_stream(cli_session *session, const cli_args *args, int first, const journey_read_options *reading,
                       journey_stream **out) {
  journey_error err;
  journey_builder *builder = NULL;
  int result = journey_builder_new(session->context, &builder, &err) == JOURNEY_OK ? EXIT_DONE : cli_error(&err);
  if (result == EXIT_DONE) result = read_files(args, first, reading, builder);
  if (result == EXIT_DONE && journey_builder_finish(builder, out, &err) != JOURNEY_OK) result = cli_error(&err);
  if (result == EXIT_DONE && args->options.verbose) tell_stream(*out);
  journey_builder_free(builder);
  return result;
}

static int read_events(cli_session *session, const cli_args *args, int first, journey_stream **out) {
  journey_read_options reading;
  cli_output rejects = {0};
  if (!fill_reading(&args->options, &rejects, &reading)) return EXIT_USAGE;
  if (args->options.rejects && !cli_output_open(&rejects, args->options.rejects)) return EXIT_FAILED;
  int result = fill_stream(session, args, first, &reading, out);
  if (!args->options.rejects) return result;
  int closed = cli_output_close(&rejects, result == EXIT_DONE);
  return result == EXIT_DONE ? closed : result;
}

/* ---- the study --------------------------------------------------------------------------------------------------- */

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
  return !options->confidence || cli_read_share(options->confidence, "confidence", &out->confidence);
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

/* ---- before the work begins -------------------------------------------------------------------------------------- */

static bool is_preset(const char *name) {
  const char *preset;
  for (int32_t i = 0; (preset = journey_read_preset(i, NULL)) != NULL; i++) {
    if (strcmp(preset, name) == 0) return true;
  }
  return false;
}

static int check_names(const cli_session *session, const cli_options *options) {
  journey_error err;
  journey_zone *zone = NULL;
  if (options->preset && !is_preset(options->preset)) {
    return cli_usage("--preset: there is no \"%s\"; 'journey measure --help' lists them", options->preset);
  }
  if (options->zone && journey_zone_new(session->context, options->zone, strlen(options->zone), &zone, &err) < 0) {
    return cli_usage("--zone: %s", err.message);
  }
  journey_zone_free(zone);
  return EXIT_DONE;
}

static bool is_same_file(const char *a, const char *b) {
  struct stat x, y;
  if (a && b && strcmp(a, b) == 0 && strcmp(a, "-") != 0 && stat(a, &x) != 0) return true; /* neither is there yet */
  return a && b && stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
         x.st_ino == y.st_ino;
}

int cli_check_outputs(const cli_args *args, int first) {
  const char *output = args->options.output, *rejects = args->options.rejects;
  if (is_same_file(output, rejects)) return cli_usage("%s is written twice; --rejects needs a file of its own", output);
  for (int i = first; i <= args->files; i++) {
    const char *file = i < args->files ? args->file[i] : args->options.map;
    if (!is_same_file(file, output) && !is_same_file(file, rejects)) continue;
    return cli_usage("%s is read: write elsewhere", file);
  }
  return cli_output_try(output) && cli_output_try(rejects) ? EXIT_DONE : EXIT_FAILED;
}

/* Mistakes in predicates, times and options of the metric come to light with no events at all, before a long file is
 * read. What depends on the events (the name of an attribute) is told later. */
static int rehearse(cli_session *session, const cli_args *args, const journey_map *map, const char *metric) {
  journey_error err;
  journey_builder *builder = NULL;
  journey_stream *stream = NULL;
  journey_study *study = NULL;
  journey_table *table = NULL;
  journey_study_options scope;
  if (!fill_scope(&args->options, &scope)) return EXIT_USAGE;
  session->rehearsing = true;
  journey_status status = journey_builder_new(session->context, &builder, &err);
  if (status == JOURNEY_OK) status = journey_builder_finish(builder, &stream, &err);
  if (status == JOURNEY_OK) status = journey_study_new(stream, map, &scope, &study, &err);
  if (status == JOURNEY_OK && metric) {
    status = journey_measure(study, metric, args->setting, (size_t)args->settings, &table, &err);
  }
  journey_table_free(table);
  journey_study_free(study);
  journey_stream_free(stream);
  journey_builder_free(builder);
  session->rehearsing = false;
  return status == JOURNEY_EINVAL || status == JOURNEY_EPARSE ? cli_usage("%s", err.message) : EXIT_DONE;
}

static int read_map(cli_session *session, const char *path, journey_map **out) {
  journey_error err;
  return path && journey_map_read_file(session->context, path, out, &err) != JOURNEY_OK ? cli_error(&err) : EXIT_DONE;
}

int cli_study(cli_session *session, const cli_args *args, int first_file, const char *metric, journey_study **out) {
  journey_map *map = NULL;
  journey_stream *stream = NULL;
  if (first_file >= args->files) return cli_usage("no file of events; '-' reads standard input");
  int result = check_names(session, &args->options);
  if (result == EXIT_DONE) result = cli_check_outputs(args, first_file);
  if (result == EXIT_DONE) result = read_map(session, args->options.map, &map);
  if (result == EXIT_DONE) result = rehearse(session, args, map, metric);
  if (result == EXIT_DONE) result = read_events(session, args, first_file, &stream);
  if (result == EXIT_DONE) result = make_study(&args->options, stream, map, out);
  journey_stream_free(stream);
  journey_map_free(map);
  cli_progress_clear();
  return result;
}
