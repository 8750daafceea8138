/* The `journey` command: finds the verb. */
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

int cli_version(int argc, char **argv) {
  (void)argc, (void)argv;
  printf("journey %s\n", journey_version_string());
  return EXIT_DONE;
}

static bool is_one_of(const char *s, const char *a, const char *b, const char *c) {
  return strcmp(s, a) == 0 || strcmp(s, b) == 0 || strcmp(s, c) == 0;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fputs("journey: no verb; try 'journey --help'\n", stderr);
    return EXIT_USAGE;
  }
  if (is_one_of(argv[1], "--help", "-h", "help")) {
    return argc > 2 ? cli_help_verb(argv[2]) : cli_help();
  }
  if (is_one_of(argv[1], "--version", "-V", "version")) return cli_version(argc, argv);
  for (int i = 0; i < VERBS; i++) {
    if (strcmp(argv[1], verbs[i].name) == 0) return verbs[i].run(argc - 2, argv + 2);
  }
  return cli_usage("there is no verb \"%s\"; try 'journey --help'", argv[1]);
}
