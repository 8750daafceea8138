/* What the user said: common options from a table, the metric's from its own. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define BIT(verb) (1u << (verb))

enum {
  STUDIES = BIT(CLI_REPORT) | BIT(CLI_MEASURE) | BIT(CLI_MAP_DRAW),
  TABLES = BIT(CLI_REPORT) | BIT(CLI_MEASURE) | BIT(CLI_MAP_CHECK) | BIT(CLI_MAP_DIFF),
  PLUGINS = BIT(CLI_MEASURE) | BIT(CLI_METRICS),
  ALL = ~0
};

static const char *const verb_names[] = {
    [CLI_REPORT] = "report",       [CLI_MEASURE] = "measure",   [CLI_METRICS] = "metrics",   [CLI_MAP_NEW] = "map new",
    [CLI_MAP_CHECK] = "map check", [CLI_MAP_DRAW] = "map draw", [CLI_MAP_DIFF] = "map diff",
    [CLI_MAP_CONVERT] = "map convert",
};

/* An option, the verbs that have it, and the member of cli_options that it fills: a text, or a flag where `flag` is
 * true. */
typedef struct common {
  const char *name;
  unsigned verbs; /* bits */
  size_t member;
  bool flag;
  char letter; /* "-o", or 0 */
} common;

#define TEXT(name, verbs, member) {name, verbs, offsetof(cli_options, member), false, 0}

static const common commons[] = {
    TEXT("map", BIT(CLI_REPORT) | BIT(CLI_MEASURE), map),
    TEXT("preset", STUDIES, preset),
    TEXT("customer", STUDIES, customer),
    TEXT("anonymous", STUDIES, anonymous),
    TEXT("time", STUDIES, time),
    TEXT("event", STUDIES, event),
    TEXT("value", STUDIES, value),
    TEXT("id", STUDIES, id),
    TEXT("attributes", STUDIES, attributes),
    TEXT("separator", STUDIES, separator),
    TEXT("where", STUDIES, where),
    TEXT("customers", STUDIES, customers),
    TEXT("from", STUDIES, from),
    TEXT("to", STUDIES, to),
    TEXT("by", BIT(CLI_REPORT) | BIT(CLI_MEASURE), by),
    TEXT("zone", STUDIES, zone),
    TEXT("paths", STUDIES, paths),
    TEXT("session-gap", STUDIES, session_gap),
    TEXT("confidence", STUDIES, confidence),
    TEXT("on-error", STUDIES, on_error),
    TEXT("rejects", STUDIES, rejects),
    TEXT("threads", STUDIES, threads),
    TEXT("title", BIT(CLI_REPORT) | BIT(CLI_MAP_NEW) | BIT(CLI_MAP_DRAW), title),
    TEXT("steps", BIT(CLI_REPORT), steps),
    TEXT("model", BIT(CLI_MAP_NEW), model),
    TEXT("persona", BIT(CLI_MAP_DRAW), persona),
    TEXT("width", BIT(CLI_MAP_DRAW), width),
    {"format", TABLES, offsetof(cli_options, format), false, 'f'},
    {"output", ~BIT(CLI_METRICS), offsetof(cli_options, output), false, 'o'},
    {"quiet", STUDIES, offsetof(cli_options, quiet), true, 'q'},
    {"verbose", STUDIES, offsetof(cli_options, verbose), true, 'v'},
    {"help", ALL, offsetof(cli_options, help), true, 'h'},
};

enum { COMMONS = sizeof commons / sizeof *commons };

/* A name ends at '=' or at the end; "_" and "-" are the same. */
static bool same_name(const char *given, const char *name) {
  for (; *name; given++, name++) {
    if ((*given == '_' ? '-' : *given) != (*name == '_' ? '-' : *name)) return false;
  }
  return *given == '\0' || *given == '=';
}

static const common *find_common(const char *name, unsigned verbs) {
  for (int i = 0; i < COMMONS; i++) {
    if (commons[i].verbs & verbs && same_name(name, commons[i].name)) return &commons[i];
  }
  return NULL;
}

static const common *find_letter(char letter, unsigned verbs) {
  for (int i = 0; i < COMMONS; i++) {
    if (commons[i].verbs & verbs && commons[i].letter == letter) return &commons[i];
  }
  return NULL;
}

static const journey_option *find_option(const journey_calculator *calculator, const char *name) {
  for (uint32_t i = 0; calculator && i < calculator->option_count; i++) {
    if (same_name(name, calculator->options[i].name)) return &calculator->options[i];
  }
  return NULL;
}

bool cli_takes_next(const char *given) {
  bool is_long = given[1] == '-';
  const common *option = is_long ? find_common(given + 2, ALL) : find_letter(given[1], ALL);
  if (is_long ? strchr(given, '=') != NULL : given[1] && given[2]) return false;
  return (option && !option->flag) || (is_long && same_name(given + 2, "plugin"));
}

/* ---- one argument after the other -------------------------------------------------------------------------------- */

/* Where in the arguments we are, and what they fill. */
typedef struct reader {
  cli_verb verb;
  int argc, i;
  char **argv;
  const journey_calculator *calculator;
  cli_args *args;
} reader;

/* `attached` is the value behind "=" or a letter; without it, it is the next argument. NULL after a usage error. */
static const char *take_value(reader *r, const char *attached) {
  if (attached) return attached;
  if (r->i + 1 < r->argc) return r->argv[++r->i];
  cli_usage("option %s needs a value", r->argv[r->i]);
  return NULL;
}

static bool refuse(const reader *r) {
  const char *given = r->argv[r->i], *verb = verb_names[r->verb];
  if (r->calculator) {
    cli_usage("metric %s has no option %s; try 'journey metrics %s' and 'journey measure --help'", r->calculator->id,
              given, r->calculator->id);
  } else {
    cli_usage("%s has no option %s; try 'journey %.*s --help'", verb, given, (int)strcspn(verb, " "), verb);
  }
  return false;
}

static bool take_common(reader *r, const common *option, const char *attached) {
  char *options = (char *)&r->args->options;
  if (option->flag && attached) return refuse(r);
  if (option->flag) {
    *(bool *)(options + option->member) = true;
    return true;
  }
  const char *value = take_value(r, attached);
  if (value) *(const char **)(options + option->member) = value;
  return value != NULL;
}

/* A flag alone is true; the next argument is its value only if it is one. */
static const char *take_flag(reader *r, const char *attached) {
  const char *next = r->i + 1 < r->argc ? r->argv[r->i + 1] : "";
  if (attached) return attached;
  if (strcmp(next, "true") != 0 && strcmp(next, "false") != 0) return "true";
  r->i++;
  return next;
}

static bool take_setting(reader *r, const journey_option *option, const char *attached) {
  const char *value = option->type == JOURNEY_OPTION_FLAG ? take_flag(r, attached) : take_value(r, attached);
  if (value) r->args->setting[r->args->settings++] = (journey_setting){option->name, value};
  return value != NULL;
}

static bool take_plugin(reader *r, const char *attached) {
  const char *value = take_value(r, attached);
  if (value) r->args->plugin[r->args->plugins++] = value;
  return value != NULL;
}

static bool take_long(reader *r) {
  const char *name = r->argv[r->i] + 2, *equals = strchr(name, '='), *attached = equals ? equals + 1 : NULL;
  const common *option = find_common(name, BIT(r->verb));
  const journey_option *own = find_option(r->calculator, name);
  if (option) return take_common(r, option, attached);
  if (own) return take_setting(r, own, attached);
  if (PLUGINS & BIT(r->verb) && same_name(name, "plugin")) return take_plugin(r, attached);
  return refuse(r);
}

static bool take_letter(reader *r) {
  const char *given = r->argv[r->i];
  const common *option = find_letter(given[1], BIT(r->verb));
  return option ? take_common(r, option, given[2] ? given + 2 : NULL) : refuse(r);
}

static bool take_arguments(reader *r) {
  bool options_end = false;
  for (; r->i < r->argc; r->i++) {
    const char *given = r->argv[r->i];
    if (!options_end && strcmp(given, "--") == 0) options_end = true;
    else if (options_end || given[0] != '-' || given[1] == '\0') r->args->file[r->args->files++] = given;
    else if (!(given[1] == '-' ? take_long(r) : take_letter(r))) return false;
  }
  return true;
}

bool cli_parse(cli_verb verb, int argc, char **argv, const journey_calculator *calculator, cli_args *out) {
  size_t most = (size_t)argc + 1;
  reader r = {.verb = verb, .argc = argc, .argv = argv, .calculator = calculator, .args = out};
  *out = (cli_args){0};
  out->file = calloc(most, sizeof *out->file);
  out->setting = calloc(most, sizeof *out->setting);
  out->plugin = calloc(most, sizeof *out->plugin);
  if (out->file && out->setting && out->plugin) return take_arguments(&r);
  cli_fail("out of memory");
  return false;
}

void cli_args_free(cli_args *args) {
  free(args->file);
  free(args->setting);
  free(args->plugin);
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

bool cli_read_whole(const char *text, const char *option, long least, long most, int32_t *out) {
  char *end;
  errno = 0;
  long number = strtol(text, &end, 10);
  *out = (int32_t)number;
  if (*text && !*end && errno == 0 && number >= least && number <= most) return true;
  cli_usage("--%s must be a whole number from %ld to %ld, not \"%s\"", option, least, most, text);
  return false;
}

bool cli_read_share(const char *text, const char *option, double *out) {
  char *end;
  *out = strtod(text, &end);
  if (*text && !*end && *out > 0 && *out < 1) return true;
  cli_usage("--%s must be a number between 0 and 1, such as 0.95, not \"%s\"", option, text);
  return false;
}
