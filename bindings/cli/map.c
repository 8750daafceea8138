/* journey map new|check|draw|diff|convert */
#include <string.h>

#include "cli.h"

static int load(cli_session *session, const char *path, journey_map **out) {
  journey_error err;
  if (journey_map_read_file(session->context, path, out, &err) == JOURNEY_OK) return EXIT_DONE;
  cli_error(&err);
  return EXIT_FAILED;
}

static int write_map(const journey_map *map, const cli_options *options) {
  cli_output output;
  journey_error err;
  if (!cli_output_open(&output, options->output)) return EXIT_FAILED;
  journey_status status = journey_map_write_json(map, cli_output_write, &output, &err);
  if (status != JOURNEY_OK && output.number == 0) cli_error(&err);
  return cli_output_close(&output, status == JOURNEY_OK);
}

/* ---- new --------------------------------------------------------------------------------------------------------- */

static int list_models(void) {
  const char *name, *help;
  for (int32_t i = 0; (name = journey_stage_model(i, &help)) != NULL; i++) printf("%-14s %s\n", name, help);
  return EXIT_DONE;
}

static int map_new(cli_session *session, cli_args *args) {
  journey_map *map = NULL;
  journey_error err;
  const char *model = args->options.model ? args->options.model : "classic-5";
  const char *title = args->options.title ? args->options.title : "Customer journey";
  if (args->files > 0) return cli_usage("map new takes no file; -o MAP.json names the output");
  if (strcmp(model, "list") == 0) return list_models();
  journey_status status = journey_map_new(session->context, &map, &err);
  if (status == JOURNEY_OK) status = journey_element_set_text(journey_map_root(map), "title", title, &err);
  if (status == JOURNEY_OK) status = journey_map_add_stage_model(map, model, &err);
  int result = status == JOURNEY_OK ? write_map(map, &args->options) : EXIT_USAGE;
  if (status == JOURNEY_ENOTFOUND) cli_usage("%s; 'journey map new --model list' tells which there are", err.message);
  else if (status != JOURNEY_OK) result = cli_error(&err);
  journey_map_free(map);
  return result;
}

/* ---- check, diff, convert ---------------------------------------------------------------------------------------- */

static bool has_errors(const journey_table *findings) {
  int32_t severity = journey_table_find(findings, "severity");
  for (int64_t row = 0; row < journey_table_rows(findings); row++) {
    if (strcmp(journey_table_text(findings, row, severity, NULL), "error") == 0) return true;
  }
  return false;
}

/* Exit status 1 when the map has errors, so that scripts can tell. */
static int map_check(cli_session *session, cli_args *args) {
  journey_map *map = NULL;
  journey_table *table = NULL;
  journey_error err;
  if (args->files != 1) return cli_usage("map check takes one map");
  int result = load(session, args->file[0], &map);
  if (result != EXIT_DONE) return result;
  if (journey_study_check_map(map, &table, &err) != JOURNEY_OK) result = cli_error(&err);
  else result = cli_write_table(table, &args->options);
  if (result == EXIT_DONE && has_errors(table)) result = EXIT_FAILED;
  journey_table_free(table);
  journey_map_free(map);
  return result;
}

static int map_diff(cli_session *session, cli_args *args) {
  journey_map *a = NULL, *b = NULL;
  journey_table *table = NULL;
  journey_error err;
  if (args->files != 2) return cli_usage("map diff takes two maps");
  int result = load(session, args->file[0], &a);
  if (result == EXIT_DONE) result = load(session, args->file[1], &b);
  if (result == EXIT_DONE && journey_map_diff(a, b, &table, &err) != JOURNEY_OK) result = cli_error(&err);
  if (result == EXIT_DONE) result = cli_write_table(table, &args->options);
  journey_table_free(table);
  journey_map_free(a);
  journey_map_free(b);
  return result;
}

static int map_convert(cli_session *session, cli_args *args) {
  journey_map *map = NULL;
  if (args->files != 1) return cli_usage("map convert takes one map");
  int result = load(session, args->file[0], &map);
  if (result == EXIT_DONE) result = write_map(map, &args->options);
  journey_map_free(map);
  return result;
}

/* ---- draw -------------------------------------------------------------------------------------------------------- */

/* What the events say of each touchpoint, when there are events. */
static int measure_touchpoints(cli_session *session, cli_args *args, journey_table **out) {
  journey_study *study = NULL;
  journey_error err;
  args->options.map = args->file[0];
  int result = cli_study(session, args, 1, NULL, &study);
  if (result != EXIT_DONE) return result;
  if (journey_measure(study, "touchpoints", NULL, 0, out, &err) != JOURNEY_OK) result = cli_error(&err);
  journey_study_free(study);
  return result;
}

static int draw(const journey_map *map, const journey_table *touchpoints, const cli_options *options) {
  cli_output output;
  journey_error err;
  journey_draw_options picture = {
      .struct_size = sizeof picture,
      .title = options->title,
      .persona = options->persona,
  };
  if (options->width && !cli_read_whole(options->width, "width", 1, 100000, &picture.width)) return EXIT_USAGE;
  if (!cli_output_open(&output, options->output)) return EXIT_FAILED;
  journey_status status = journey_draw_map(map, touchpoints, &picture, cli_output_write, &output, &err);
  if (status != JOURNEY_OK && output.number == 0) cli_error(&err);
  return cli_output_close(&output, status == JOURNEY_OK);
}

static int map_draw(cli_session *session, cli_args *args) {
  journey_map *map = NULL;
  journey_table *touchpoints = NULL;
  if (args->files < 1) return cli_usage("map draw takes a map, and files of events if there are any");
  int result = load(session, args->file[0], &map);
  if (result == EXIT_DONE && args->files > 1) result = measure_touchpoints(session, args, &touchpoints);
  if (result == EXIT_DONE) result = draw(map, touchpoints, &args->options);
  journey_table_free(touchpoints);
  journey_map_free(map);
  return result;
}

/* ---- the verb ---------------------------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  cli_verb verb;
  int (*run)(cli_session *session, cli_args *args);
} works[] = {
    {"new", CLI_MAP_NEW, map_new},    {"check", CLI_MAP_CHECK, map_check},       {"draw", CLI_MAP_DRAW, map_draw},
    {"diff", CLI_MAP_DIFF, map_diff}, {"convert", CLI_MAP_CONVERT, map_convert},
};

enum { WORKS = sizeof works / sizeof *works };

static int run(int which, int argc, char **argv) {
  cli_session session;
  cli_args args;
  int result = EXIT_USAGE;
  if (!cli_parse(works[which].verb, argc, argv, NULL, &args)) result = EXIT_USAGE;
  else if (args.options.help) result = cli_help_verb("map");
  else if ((result = cli_session_open(&session, &args.options)) == EXIT_DONE) {
    if (works[which].verb != CLI_MAP_CONVERT) result = cli_check_outputs(&args, 0); /* that may replace what it reads */
    if (result == EXIT_DONE) result = works[which].run(&session, &args);
    cli_session_close(&session);
  }
  cli_args_free(&args);
  return result;
}

int cli_map(int argc, char **argv) {
  if (argc == 0) return cli_usage("map: new, check, draw, diff or convert? 'journey map --help' tells more");
  if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) return cli_help_verb("map");
  for (int i = 0; i < WORKS; i++) {
    if (strcmp(argv[0], works[i].name) == 0) return run(i, argc - 1, argv + 1);
  }
  return cli_usage("map: there is no \"%s\"; there are: new check draw diff convert", argv[0]);
}
