/* What the user said: common options from a table, the metric's from its own. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* An option and the member of cli_options that it fills: a text, or a flag where `flag` is true. */
typedef struct common {
  const char *name;
  size_t member;
  bool flag;
  char letter; /* "-o", or 0 */
} common;

#define TEXT(name, member) {name, offsetof(cli_options, member), false, 0}

static const common commons[] = {
    TEXT("map", map),
    TEXT("preset", preset),
    TEXT("customer", customer),
    TEXT("anonymous", anonymous),
    TEXT("time", time),
    TEXT("event", event),
    TEXT("value", value),
    TEXT("id", id),
    TEXT("attributes", attributes),
    TEXT("separator", separator),
    TEXT("where", where),
    TEXT("customers", customers),
    TEXT("from", from),
    TEXT("to", to),
    TEXT("by", by),
    TEXT("zone", zone),
    TEXT("paths", paths),
    TEXT("session-gap", session_gap),
    TEXT("confidence", confidence),
    TEXT("on-error", on_error),
    TEXT("rejects", rejects),
    TEXT("threads", threads),
    TEXT("title", title),
    {"format", offsetof(cli_options, format), false, 'f'},
    {"output", offsetof(cli_options, output), false, 'o'},
    {"quiet", offsetof(cli_options, quiet), true, 'q'},
    {"help", offsetof(cli_options, help), true, 'h'},
};

/* Options of other verbs than measure, whose metrics may have options of these names themselves. */
static const common others[] = {
    TEXT("steps", steps), TEXT("persona", persona), TEXT("width", width), TEXT("model", model),
};

enum { COMMONS = sizeof commons / sizeof *commons, OTHERS = sizeof others / sizeof *others };

/* A name ends at '=' or at the end; "_" and "-" are the same. */
static bool same_name(const char *given, const char *name) {
  for (; *name; given++, name++) {
    if ((*given == '_' ? '-' : *given) != (*name == '_' ? '-' : *name)) return false;
  }
  return *given == '\0' || *given == '=';
}

static const common *find_common(const char *name, bool with_others) {
  for (int i = 0; i < COMMONS; i++) {
    if (same_name(name, commons[i].name)) return &commons[i];
  }
  for (int i = 0; with_others && i < OTHERS; i++) {
    if (same_name(name, others[i].name)) return &others[i];
  }
  return NULL;
}

static const common *find_letter(char letter) {
  for (int i = 0; i < COMMONS; i++) {
    if (commons[i].letter == letter) return &commons[i];
  }
  return NULL;
}

static const journey_option *find_option(const journey_calculator *calculator, const char *name) {
  for (uint32_t i = 0; calculator && i < calculator->option_count; i++) {
    if (same_name(name, calculator->options[i].name)) return &calculator->options[i];
  }
  return NULL;
}

bool cli_takes_value(const char *name) {
  const common *option = find_common(name, true);
  return same_name(name, "plugin") || (option && !option->flag);
}

/* The value behind "=", or the next argument; NULL after a usage error. */
static const char *take_value(const char *given, int argc, char **argv, int *i) {
  const char *equals = strchr(given, '=');
  if (equals) return equals + 1;
  if (*i + 1 < argc) return argv[++*i];
  cli_usage("option %s needs a value", argv[*i]);
  return NULL;
}

static bool take_common(cli_options *options, const common *option, const char *given, int argc, char **argv, int *i) {
  if (option->flag) {
    *(bool *)((char *)options + option->member) = true;
    return true;
  }
  const char *value = take_value(given, argc, argv, i);
  if (value) *(const char **)((char *)options + option->member) = value;
  return value != NULL;
}

static bool take_setting(cli_args *args, const journey_option *option, const char *given, int argc, char **argv,
                         int *i) {
  const char *value = "true";
  if (option->type != JOURNEY_OPTION_FLAG || strchr(given, '=')) value = take_value(given, argc, argv, i);
  if (value) args->setting[args->settings++] = (journey_setting){option->name, value};
  return value != NULL;
}

static bool refuse(const char *given, const journey_calculator *calculator) {
  if (calculator) {
    cli_usage("metric %s has no option %s; try 'journey metrics %s'", calculator->id, given, calculator->id);
  } else {
    cli_usage("there is no option %s; try 'journey --help'", given);
  }
  return false;
}

static bool take_option(cli_args *args, const journey_calculator *calculator, int argc, char **argv, int *i) {
  const char *given = argv[*i];
  if (given[1] != '-') {
    const common *option = given[1] && !given[2] ? find_letter(given[1]) : NULL;
    return option ? take_common(&args->options, option, given, argc, argv, i) : refuse(given, calculator);
  }
  const char *name = given + 2;
  const common *option = find_common(name, calculator == NULL);
  const journey_option *own = find_option(calculator, name);
  if (own && !option) return take_setting(args, own, given, argc, argv, i);
  if (option) return take_common(&args->options, option, given, argc, argv, i);
  if (!same_name(name, "plugin")) return refuse(given, calculator);
  const char *value = take_value(given, argc, argv, i);
  if (value) args->plugin[args->plugins++] = value;
  return value != NULL;
}

bool cli_parse(int argc, char **argv, const journey_calculator *calculator, cli_args *out) {
  size_t most = (size_t)argc + 1;
  bool options_end = false;
  *out = (cli_args){0};
  out->file = calloc(most, sizeof *out->file);
  out->setting = calloc(most, sizeof *out->setting);
  out->plugin = calloc(most, sizeof *out->plugin);
  if (!out->file || !out->setting || !out->plugin) {
    cli_fail("out of memory");
    return false;
  }
  for (int i = 0; i < argc; i++) {
    if (!options_end && strcmp(argv[i], "--") == 0) options_end = true;
    else if (options_end || argv[i][0] != '-' || argv[i][1] == '\0') out->file[out->files++] = argv[i];
    else if (!take_option(out, calculator, argc, argv, &i)) return false;
  }
  return true;
}

void cli_args_free(cli_args *args) {
  free(args->file);
  free(args->setting);
  free(args->plugin);
}
