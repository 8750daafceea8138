/* Help: one page for each verb, the common options once, a metric's options from its own table. */
#include <string.h>

#include "cli.h"

static const char overview[] =
    "journey measures customer journeys: a file of events goes in, tables and a report page come out.\n"
    "\n"
    "  journey report  EVENTS... [--map MAP] -o OUT.html     a summary and one self-contained page\n"
    "  journey measure METRIC EVENTS... [--OPTION VALUE]...  one table\n"
    "  journey metrics [METRIC]                              what can be measured; one metric's options\n"
    "  journey map new|check|draw|diff|convert ...           map documents\n"
    "  journey version\n"
    "\n"
    "EVENTS are CSV, TSV or JSON Lines files, perhaps gzipped, or '-' for standard input.\n"
    "'journey VERB --help' tells more. Exit status: 0 done, 1 the data or the machine failed, 2 usage.\n";

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
    {"--preset NAME", "columns of a known export: segment, ga4-bigquery, mixpanel ..."},
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
    {"--plugin FILE.so", "load calculators from a shared object"},
    {"-q, --quiet", "no progress bar"},
    {"-h, --help", "this"},
};

#define PUT(out, title, lines) put_lines(out, title, lines, sizeof lines / sizeof *lines)

static void put_lines(FILE *out, const char *title, const line *lines, size_t n) {
  fprintf(out, "\n%s\n", title);
  for (size_t i = 0; i < n; i++) fprintf(out, "  %-27s %s\n", lines[i].option, lines[i].help);
}

void cli_help_common(FILE *out, const char *verb) {
  (void)verb;
  PUT(out, "Reading events:", reading);
  PUT(out, "Scope:", scope);
  PUT(out, "Output:", writing);
}

int cli_help(void) {
  fputs(overview, stdout);
  return EXIT_DONE;
}

static const struct {
  const char *verb, *text;
  bool common;
} pages[] = {
    {"report",
     "journey report EVENTS... [--map MAP] -o OUT.html\n"
     "\n"
     "Measures what matters, prints the findings, and writes one HTML page that needs nothing else.\n"
     "  --title TEXT                heading of the page\n"
     "  --steps STEPS               steps of the funnel (default: proposed from the map or the events)\n",
     true},
    {"measure",
     "journey measure METRIC EVENTS... [--OPTION VALUE]...\n"
     "\n"
     "Measures one metric and prints its table. 'journey metrics' lists the metrics, and 'journey metrics METRIC'\n"
     "tells the options of one. A step is a name, alternatives a|b, a wildcard email_*, or has a condition:\n"
     "purchase[value>=50 & country=DE]; steps are separated by commas. A duration is 30m, 7d, 2w.\n"
     "\n"
     "  journey measure funnel events.csv --steps 'view, cart, purchase' --window 7d\n"
     "  journey measure retention events.csv --period week --by channel\n",
     true},
    {"metrics",
     "journey metrics [METRIC] [--plugin FILE.so]\n"
     "\n"
     "Lists what can be measured, or tells what a metric measures and its options.\n",
     false},
    {"map",
     "journey map new [--model MODEL] [--title TEXT] [-o MAP.json]   a new map with the stages of a model\n"
     "journey map check MAP.json                                     what is wrong or weak in it\n"
     "journey map draw MAP.json [EVENTS...] [-o MAP.svg]             its picture, with measured numbers\n"
     "journey map diff OLD.json NEW.json                             what changed\n"
     "journey map convert MAP.json [-o OUT.json]                     written anew, in the format's order\n"
     "\n"
     "  --model MODEL               stage model of a new map (journey map new --model list)\n"
     "  --persona ID                draw: this persona alone in the header\n"
     "  --width PIXELS              draw: width of the picture\n"
     "  -f, --format FORMAT         check, diff: text (default), csv, json, jsonl or arrow\n"
     "  -o, --output FILE           write there; the file appears only when it is complete\n",
     false},
    {"version", "journey version\n\nPrints the version.\n", false},
};

int cli_help_verb(const char *verb) {
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
    if (strcmp(pages[i].verb, verb) != 0) continue;
    fputs(pages[i].text, stdout);
    if (pages[i].common) cli_help_common(stdout, verb);
    return EXIT_DONE;
  }
  return cli_usage("there is no verb \"%s\"; try 'journey --help'", verb);
}

/* ---- metrics ------------------------------------------------------------------------------------------------------------ */

/* Breaks text into lines of at most 96 bytes, at blanks. */
static void put_paragraph(FILE *out, const char *text) {
  enum { WIDTH = 96 };
  while (*text) {
    size_t n = strlen(text);
    if (n > WIDTH) {
      n = WIDTH;
      while (n > 0 && text[n] != ' ') n--;
      if (n == 0) n = strcspn(text, " ");
    }
    fprintf(out, "%.*s\n", (int)n, text);
    text += n;
    while (*text == ' ') text++;
  }
}

static const char *placeholder(const journey_option *option) {
  static const char *const words[] = {
      [JOURNEY_OPTION_INT] = "N",      [JOURNEY_OPTION_FLOAT] = "X",           [JOURNEY_OPTION_TEXT] = "TEXT",
      [JOURNEY_OPTION_FLAG] = "",      [JOURNEY_OPTION_CHOICE] = "",           [JOURNEY_OPTION_DURATION] = "DURATION",
      [JOURNEY_OPTION_STEPS] = "STEPS", [JOURNEY_OPTION_STEP] = "STEP",        [JOURNEY_OPTION_ZONE] = "ZONE",
  };
  return option->type == JOURNEY_OPTION_CHOICE ? option->choices : words[option->type];
}

static void put_option(FILE *out, const journey_option *option) {
  char head[128];
  int n = snprintf(head, sizeof head, "--%s %s", option->name, placeholder(option));
  for (char *c = head; *c && *c != ' '; c++) {
    if (*c == '_') *c = '-';
  }
  fprintf(out, "  %-27s%s", head, n > 27 ? "\n                              " : " ");
  fprintf(out, "%s", option->help);
  if (option->unit) fprintf(out, ", in %s", option->unit);
  if (*option->value && option->type != JOURNEY_OPTION_FLAG) fprintf(out, " (default: %s)", option->value);
  fputc('\n', out);
}

void cli_help_metric(FILE *out, const journey_calculator *calculator) {
  fprintf(out, "%s: %s\n\n", calculator->id, calculator->title);
  put_paragraph(out, calculator->help);
  if (calculator->option_count > 0) fputs("\nOptions:\n", out);
  for (uint32_t i = 0; i < calculator->option_count; i++) put_option(out, &calculator->options[i]);
  fprintf(out, "\nUsage: journey measure %s EVENTS... [--OPTION VALUE]...; 'journey measure --help' tells the rest.\n",
          calculator->id);
}
