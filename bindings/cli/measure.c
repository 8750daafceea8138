/* journey measure METRIC EVENTS...; journey metrics [METRIC]; journey report EVENTS... */
#include <string.h>

#include "cli.h"

/* ---- measure ----------------------------------------------------------------------------------------------------- */

/* Plug-ins come before the metric is looked up, and the metric before its options can be read. */
static int find_metric(int argc, char **argv, cli_session *session, const char **metric) {
  *metric = NULL;
  for (int i = 0; i < argc; i++) {
    if (strcmp(argv[i], "--plugin") == 0 && i + 1 < argc) {
      const char *plugin = argv[++i];
      int result = cli_load_plugins(session, &plugin, 1);
      if (result != EXIT_DONE) return result;
    } else if (strncmp(argv[i], "--plugin=", 9) == 0) {
      const char *plugin = argv[i] + 9;
      int result = cli_load_plugins(session, &plugin, 1);
      if (result != EXIT_DONE) return result;
    } else if (argv[i][0] == '-') {
      if (cli_takes_next(argv[i])) i++;
    } else if (!*metric) {
      *metric = argv[i];
    }
  }
  return EXIT_DONE;
}

static const journey_calculator *find_calculator(journey_context *context, const char *id) {
  const journey_calculator *calculator;
  for (int32_t i = 0; (calculator = journey_metric(context, i)) != NULL; i++) {
    if (strcmp(calculator->id, id) == 0) return calculator;
  }
  return NULL;
}

static int refuse_metric(journey_context *context, const char *metric) {
  char names[1024] = "";
  const journey_calculator *calculator;
  for (int32_t i = 0; (calculator = journey_metric(context, i)) != NULL; i++) {
    size_t n = strlen(names);
    snprintf(names + n, sizeof names - n, " %s", calculator->id);
  }
  return cli_usage("there is no metric \"%s\"; there are:%s", metric, names);
}

static int measure(cli_session *session, const journey_calculator *calculator, const cli_args *args) {
  journey_error err;
  journey_study *study = NULL;
  journey_table *table = NULL;
  if (cli_format(args->options.format) == 0) return EXIT_USAGE;
  int result = cli_study(session, args, 1, calculator->id, &study);
  if (result != EXIT_DONE) return result;
  journey_status status = journey_measure(study, calculator->id, args->setting, (size_t)args->settings, &table, &err);
  cli_progress_clear();
  journey_study_free(study);
  if (status == JOURNEY_OK) result = cli_write_table(table, &args->options);
  else result = cli_error(&err);
  if (status == JOURNEY_EPARSE || status == JOURNEY_ENOTFOUND) result = EXIT_USAGE;
  journey_table_free(table);
  return result;
}

/* Threads and quiet are needed for the context, which is needed to read the rest. */
static void scan_early(int argc, char **argv, cli_options *early) {
  for (int i = 0; i < argc; i++) {
    if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) early->threads = argv[i + 1];
    if (strncmp(argv[i], "--threads=", 10) == 0) early->threads = argv[i] + 10;
    if (strcmp(argv[i], "--quiet") == 0 || strcmp(argv[i], "-q") == 0) early->quiet = true;
  }
}

static int measure_with(cli_session *session, int argc, char **argv, cli_args *args) {
  const char *metric;
  int result = find_metric(argc, argv, session, &metric);
  if (result != EXIT_DONE) return result;
  if (!metric) return cli_usage("which metric? 'journey metrics' lists them");
  const journey_calculator *calculator = find_calculator(session->context, metric);
  if (!calculator) return refuse_metric(session->context, metric);
  if (!cli_parse(CLI_MEASURE, argc, argv, calculator, args)) return EXIT_USAGE;
  if (!args->options.help) return measure(session, calculator, args);
  cli_help_metric(stdout, calculator);
  return EXIT_DONE;
}

int cli_measure(int argc, char **argv) {
  cli_session session;
  cli_args args = {0};
  cli_options early = {0};
  if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) return cli_help_verb("measure");
  scan_early(argc, argv, &early);
  int result = cli_session_open(&session, &early);
  if (result != EXIT_DONE) return result;
  result = measure_with(&session, argc, argv, &args);
  cli_args_free(&args);
  cli_session_close(&session);
  return result;
}

/* ---- metrics ----------------------------------------------------------------------------------------------------- */

static void list_metrics(journey_context *context) {
  const journey_calculator *calculator;
  for (int32_t i = 0; (calculator = journey_metric(context, i)) != NULL; i++) {
    printf("%-18s %s\n", calculator->id, calculator->title);
  }
  puts("\n'journey metrics METRIC' tells what it measures and its options.");
}

int cli_metrics(int argc, char **argv) {
  cli_session session;
  cli_args args;
  int result = EXIT_USAGE;
  if (!cli_parse(CLI_METRICS, argc, argv, NULL, &args) || args.options.help) {
    if (args.options.help) result = cli_help_verb("metrics");
    cli_args_free(&args);
    return result;
  }
  result = cli_session_open(&session, &args.options);
  if (result == EXIT_DONE) result = cli_load_plugins(&session, args.plugin, args.plugins);
  if (result == EXIT_DONE && args.files == 0) list_metrics(session.context);
  for (int i = 0; result == EXIT_DONE && i < args.files; i++) {
    const journey_calculator *calculator = find_calculator(session.context, args.file[i]);
    if (calculator) cli_help_metric(stdout, calculator);
    else result = refuse_metric(session.context, args.file[i]);
  }
  cli_args_free(&args);
  cli_session_close(&session);
  return result;
}

/* ---- report ------------------------------------------------------------------------------------------------------ */

static int write_report(const cli_args *args, journey_study *study, journey_table **summary) {
  journey_error err;
  cli_output output;
  journey_report_options options = {
      .struct_size = sizeof options,
      .title = args->options.title,
      .source = args->file[0],
      .steps = args->options.steps,
  };
  if (!cli_output_open(&output, args->options.output)) return EXIT_FAILED;
  journey_status status = journey_report_write(study, &options, cli_output_write, &output, summary, &err);
  cli_progress_clear();
  if (status != JOURNEY_OK && output.number == 0) cli_error(&err);
  return cli_output_close(&output, status == JOURNEY_OK);
}

/* The findings as a list to read; --format gives the table. */
static int put_findings(const journey_table *summary, cli_options *options) {
  int32_t finding = journey_table_find(summary, "finding"), detail = journey_table_find(summary, "detail");
  options->output = NULL;
  if (options->quiet) return EXIT_DONE;
  if (options->format || finding < 0 || detail < 0) return cli_write_table(summary, options);
  for (int64_t row = 0; row < journey_table_rows(summary); row++) {
    printf("%2lld. ", (long long)row + 1);
    cli_put_wrapped(stdout, journey_table_text(summary, row, finding, NULL), 4);
    printf("    ");
    cli_put_wrapped(stdout, journey_table_text(summary, row, detail, NULL), 4);
  }
  return EXIT_DONE; /* main sees whether it could be written */
}

static int report(cli_session *session, cli_args *args) {
  journey_study *study = NULL;
  journey_table *summary = NULL;
  if (!args->options.output) return cli_usage("where should the page go? name it: -o OUT.html");
  if (cli_format(args->options.format) == 0) return EXIT_USAGE;
  int result = cli_study(session, args, 0, NULL, &study);
  if (result == EXIT_DONE) result = write_report(args, study, &summary);
  bool page_on_stdout = strcmp(args->options.output, "-") == 0; /* and nothing after it */
  if (result == EXIT_DONE && !page_on_stdout) result = put_findings(summary, &args->options);
  journey_table_free(summary);
  journey_study_free(study);
  return result;
}

int cli_report(int argc, char **argv) {
  cli_session session;
  cli_args args;
  int result = EXIT_USAGE;
  if (!cli_parse(CLI_REPORT, argc, argv, NULL, &args)) result = EXIT_USAGE;
  else if (args.options.help) result = cli_help_verb("report");
  else if ((result = cli_session_open(&session, &args.options)) == EXIT_DONE) {
    result = report(&session, &args);
    cli_session_close(&session);
  }
  cli_args_free(&args);
  return result;
}
