/* Help: one page for each verb, the common options once, a metric's options from its own table. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"

static const char overview[] =
    "journey measures customer journeys: a file of events goes in, tables and a\n"
    "report page come out.\n"
    "\n"
    "  journey report  EVENTS... -o OUT.html   the findings in words, and one page\n"
    "  journey measure METRIC EVENTS...        one table\n"
    "  journey metrics [METRIC]                what can be measured, with its options\n"
    "  journey map     new|check|draw|diff|convert ...\n"
    "                                          map documents\n"
    "  journey version\n"
    "\n"
    "EVENTS are CSV, TSV or JSON Lines files, perhaps gzipped, or '-' for\n"
    "standard input. 'journey VERB --help' tells more, and so does 'man journey'.\n"
    "Exit status: 0 done, 1 the data or the machine failed, 2 usage.\n";

/* ---- lines that fit the terminal --------------------------------------------------------------------------------- */

enum { LEAST = 60, MOST = 96, INDENT = 30 };

static int width(void) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col >= MOST) return MOST;
  return size.ws_col < LEAST ? LEAST : size.ws_col;
}

/* How much of the text goes on a line: up to a blank, or to one of the alternatives of a long step. */
static size_t fitting(const char *text, size_t most) {
  size_t n = strlen(text);
  if (n <= most) return n;
  for (n = most; n > 0 && text[n] != ' '; n--) {}
  if (n > 0) return n;
  for (n = most; n > 0 && text[n - 1] != '|'; n--) {}
  return n > 0 ? n : strcspn(text, " ");
}

void cli_put_wrapped(FILE *out, const char *text, int indent) {
  size_t most = (size_t)(width() - 1 - indent);
  while (*text) {
    size_t n = fitting(text, most);
    fprintf(out, "%.*s\n", (int)n, text);
    text += n;
    while (*text == ' ') text++;
    if (*text) fprintf(out, "%*s", indent, "");
  }
}

/* What to type on the left, what it means on the right, or below where the left is long. */
static void put_item(FILE *out, const char *left, const char *right) {
  int n = fprintf(out, "  %s", left);
  if (n >= INDENT) {
    fputc('\n', out);
    n = 0;
  }
  fprintf(out, "%*s", INDENT - n, "");
  cli_put_wrapped(out, right, INDENT);
}

/* A line of help: what to type, and what it means. */
typedef struct line {
  const char *option, *help;
} line;

static const line reading[] = {
    {"--customer COLUMN", "id of the customer (recognised where exports use standard names)"},
    {"--anonymous COLUMN", "id before the customer was known; both in one row link the two"},
    {"--time COLUMN", "time of the event"},
    {"--event COLUMN", "name of the event"},
    {"--value COLUMN", "value of the event"},
    {"--id COLUMN", "id of the event: exact duplicates are dropped"},
    {"--attributes LIST", "columns to keep besides: names joined by commas, all (default) or none"},
    {"--preset NAME", NULL},
    {"--separator C", ", ; | or tab (default: found in the header)"},
    {"--on-error stop|skip", "what to do at a bad row (default: stop)"},
    {"--rejects FILE", "write the rows that were skipped there, with the reason"},
};

static const line scope[] = {
    {"--map FILE", "map document: touchpoints, stages, personas"},
    {"--where EXPR", "events to look at: 'country=DE & value>=50'"},
    {"--customers EXPR", "customers to look at: those with at least one such event"},
    {"--from TIME, --to TIME", "period; a date alone as --to means its whole day"},
    {"--by KEY", "break down by persona, or by an attribute at first touch (or KEY:last)"},
    {"--paths customers|sessions", "what a path is (default: customers)"},
    {"--session-gap DURATION", "a longer gap between events ends a session (default: 30m)"},
    {"--zone ZONE", "time zone of local times and of calendars (default: UTC)"},
    {"--confidence LEVEL", "of all intervals (default: 0.95)"},
};

static const line writing[] = {
    {"-f, --format FORMAT", "text (default), csv, json, jsonl or arrow"},
    {"-o, --output FILE", "write there; the file appears only when it is complete"},
    {"--threads N", "threads to use (default: as many as processors)"},
    {"-v, --verbose", "tell what was read: the preset, what became of the rows, and how many duplicates were dropped"},
    {"-q, --quiet", "no progress bar"},
    {"-h, --help", "this"},
};

#define PUT(out, title, lines) put_lines(out, title, lines, sizeof lines / sizeof *lines)

static void put_presets(FILE *out, const char *option) {
  char help[512] = "columns of a known export (default: recognised): ";
  const char *name;
  for (int32_t i = 0; (name = journey_read_preset(i, NULL)) != NULL; i++) {
    size_t n = strlen(help);
    snprintf(help + n, sizeof help - n, "%s%s", i ? ", " : "", name);
  }
  put_item(out, option, help);
}

static void put_lines(FILE *out, const char *title, const line *lines, size_t n) {
  fprintf(out, "\n%s\n", title);
  for (size_t i = 0; i < n; i++) {
    if (lines[i].help) put_item(out, lines[i].option, lines[i].help);
    else put_presets(out, lines[i].option);
  }
}

static void put_common(FILE *out) {
  PUT(out, "Reading events:", reading);
  PUT(out, "Scope:", scope);
  PUT(out, "Output:", writing);
}

int cli_help(void) {
  fputs(overview, stdout);
  return EXIT_DONE;
}

static const line of_report[] = {
    {"--title TEXT", "heading of the page"},
    {"--steps STEPS", "steps of the funnel (default: proposed from the map or the events)"},
};

static const line of_measure[] = {
    {"--plugin FILE.so", "load metrics from a shared object"},
};

static const line of_map[] = {
    {"--model MODEL", "new: stages of this model ('journey map new --model list')"},
    {"--title TEXT", "new, draw: title"},
    {"--persona ID", "draw: this persona alone in the header"},
    {"--width PIXELS", "draw: width of the picture"},
    {"-f, --format FORMAT", "check, diff: text (default), csv, json, jsonl or arrow"},
    {"-o, --output FILE", "write there; the file appears only when it is complete"},
    {"-h, --help", "this"},
};

#define LINES(lines) lines, sizeof lines / sizeof *lines

static const struct {
  const char *verb, *text;
  const line *lines;
  size_t count;
  bool common;
} pages[] = {
    {"report",
     "journey report EVENTS... [--map MAP] -o OUT.html\n"
     "\n"
     "Measures what matters, prints the findings, and writes one HTML page that needs\n"
     "nothing else.\n",
     LINES(of_report), true},
    {"measure",
     "journey measure METRIC EVENTS... [--OPTION VALUE]...\n"
     "\n"
     "Measures one metric and prints its table. 'journey metrics' lists the metrics,\n"
     "and 'journey metrics METRIC' tells the options of one. A step is a name,\n"
     "alternatives a|b, a wildcard email_*, or has a condition, such as\n"
     "purchase[value>=50 & country=DE]; steps are separated by commas. A duration is\n"
     "30m, 7d, 2w.\n"
     "\n"
     "  journey measure funnel events.csv --steps 'view, cart, purchase' --window 7d\n"
     "  journey measure retention events.csv --period week --by channel\n"
     "  journey measure match events.csv --pattern 'view then within 1d cart'\n",
     LINES(of_measure), true},
    {"metrics",
     "journey metrics [METRIC] [--plugin FILE.so]\n"
     "\n"
     "Lists what can be measured, or tells what a metric measures and its options.\n"
     "docs/metrics.md has the rules of each, with an example.\n",
     LINES(of_measure), false},
    {"map",
     "journey map new     [-o MAP.json]                      the stages of a model\n"
     "journey map check   MAP.json                           what is wrong in it\n"
     "journey map draw    MAP.json [EVENTS...] [-o MAP.svg]  its picture, with numbers\n"
     "journey map diff    OLD.json NEW.json                  what changed\n"
     "journey map convert MAP.json [-o OUT.json]             in the format's own order\n"
     "\n"
     "With EVENTS, draw takes the options of 'journey measure' for reading and scope.\n",
     LINES(of_map), false},
    {"version", "journey version\n\nPrints the version.\n", NULL, 0, false},
};

int cli_help_verb(const char *verb) {
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
    if (strcmp(pages[i].verb, verb) != 0) continue;
    fputs(pages[i].text, stdout);
    if (pages[i].count > 0) put_lines(stdout, "Options:", pages[i].lines, pages[i].count);
    if (pages[i].common) put_common(stdout);
    return EXIT_DONE;
  }
  return cli_usage("there is no verb \"%s\"; try 'journey --help'", verb);
}

/* ---- metrics ----------------------------------------------------------------------------------------------------- */

static const char *placeholder(const journey_option *option) {
  static const char *const words[] = {
      [JOURNEY_OPTION_INT] = "N",      [JOURNEY_OPTION_FLOAT] = "X",           [JOURNEY_OPTION_TEXT] = "TEXT",
      [JOURNEY_OPTION_FLAG] = "",      [JOURNEY_OPTION_CHOICE] = "",           [JOURNEY_OPTION_DURATION] = "DURATION",
      [JOURNEY_OPTION_STEPS] = "STEPS", [JOURNEY_OPTION_STEP] = "STEP",        [JOURNEY_OPTION_ZONE] = "ZONE",
  };
  return option->type == JOURNEY_OPTION_CHOICE ? option->choices : words[option->type];
}

/* "(default: ...)", with its unit, or with how to turn off a flag that is on. */
static void describe_default(const journey_option *option, const char *name, char *out, size_t size) {
  const char *unit = option->unit ? option->unit : "";
  bool flag = option->type == JOURNEY_OPTION_FLAG;
  if (flag && strcmp(option->value, "true") == 0) snprintf(out, size, " (default: on; --%s false turns it off)", name);
  else if (!flag && *option->value) snprintf(out, size, " (%s%sdefault: %s)", unit, *unit ? "; " : "", option->value);
}

static void put_option(FILE *out, const journey_option *option) {
  char name[64], left[128], right[512], otherwise[128] = "";
  snprintf(name, sizeof name, "%s", option->name);
  for (char *c = name; *c; c++) {
    if (*c == '_') *c = '-';
  }
  describe_default(option, name, otherwise, sizeof otherwise);
  snprintf(left, sizeof left, "--%s %s", name, placeholder(option));
  snprintf(right, sizeof right, "%s%s", option->help, otherwise);
  put_item(out, left, right);
}

void cli_help_metric(FILE *out, const journey_calculator *calculator) {
  fprintf(out, "%s: %s\n\n", calculator->id, calculator->title);
  cli_put_wrapped(out, calculator->help, 0);
  if (calculator->option_count > 0) fputs("\nOptions:\n", out);
  for (uint32_t i = 0; i < calculator->option_count; i++) put_option(out, &calculator->options[i]);
  fprintf(out, "\nUsage: journey measure %s EVENTS... [--OPTION VALUE]...\n", calculator->id);
  fputs("'journey measure --help' tells the options of reading, scope and output.\n", out);
}
