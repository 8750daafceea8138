/* The `journey` command: finds the verb. */
#include <errno.h>
#include <string.h>

#include "cli.h"

typedef struct verb {
  const char *name;
  int (*run)(int argc, char **argv);
} verb;

static const verb verbs[] = {
    {"report", cli_report}, {"measure", cli_measure}, {"metrics", cli_metrics},
    {"map", cli_map},       {"version", cli_version},
};

enum { VERBS = sizeof verbs / sizeof *verbs };

static bool is_one_of(const char *s, const char *a, const char *b, const char *c) {
  return strcmp(s, a) == 0 || strcmp(s, b) == 0 || strcmp(s, c) == 0;
}

int cli_version(int argc, char **argv) {
  if (argc > 0 && is_one_of(argv[0], "--help", "-h", "help")) return cli_help_verb("version");
  if (argc > 0) return cli_usage("version takes no argument");
  printf("journey %s\n", journey_version_string());
  return EXIT_DONE;
}

static int run(int argc, char **argv) {
  if (argc < 2) return cli_usage("what to do? try 'journey --help'");
  if (is_one_of(argv[1], "--help", "-h", "help")) return argc > 2 ? cli_help_verb(argv[2]) : cli_help();
  if (is_one_of(argv[1], "--version", "-V", "version")) return cli_version(argc - 2, argv + 2);
  for (int i = 0; i < VERBS; i++) {
    if (strcmp(argv[1], verbs[i].name) == 0) return verbs[i].run(argc - 2, argv + 2);
  }
  return cli_usage("there is no verb \"%s\"; try 'journey --help'", argv[1]);
}

int main(int argc, char **argv) {
  cli_signals_init();
  int result = run(argc, argv);
  bool failed = fflush(stdout) != 0 || ferror(stdout);
  return failed && result == EXIT_DONE ? cli_fail("standard output: %s", strerror(errno)) : result;
}
