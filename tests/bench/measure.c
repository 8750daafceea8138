/* Times the library on a file of events: reading, then metrics on the loaded stream. One line a figure on stdout:
 * its name, and the seconds of each run. tests/bench/run.py sets them beside those of other engines.
 *
 *   measure FILE THREADS RUNS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "journey.h"

typedef struct work {
  const char *name, *metric;
  journey_setting setting[3];
  size_t settings;
} work;

#define SYNTAX {"syntax", "clickhouse"}
#define MATCH_STEPS {"steps", "catalog, product, cart, checkout"}

#define FUNNEL(mode) {{"steps", "catalog, product, cart, checkout"}, {"window", "7d"}, {"mode", mode}}, 3

static const work works[] = {
    {"funnel", "funnel", FUNNEL("none")},
    {"funnel_increase", "funnel", FUNNEL("strict_increase")},
    {"funnel_once", "funnel", FUNNEL("strict_once")},
    {"funnel_deduplication", "funnel", FUNNEL("strict_deduplication")},
    {"funnel_order", "funnel", FUNNEL("strict_order")},
    {"funnel_reentry", "funnel", FUNNEL("strict_order+allow_reentry")},
    {"transitions", "transitions", {{"times", "false"}, {"reach", "false"}}, 2},
    {"transitions_full", "transitions", {{NULL, NULL}}, 0},
    {"paths", "paths", {{NULL, NULL}}, 0},
    {"steps", "steps", {{"times", "false"}, {"top", "100"}}, 2},
    {"steps_full", "steps", {{NULL, NULL}}, 0},
    {"step_matrix", "step_matrix", {{NULL, NULL}}, 0},
    {"retention", "retention", {{NULL, NULL}}, 0},
    {"match", "match", {SYNTAX, MATCH_STEPS, {"pattern", "(?1).*(?2).*(?3).*(?4)"}}, 3},
    {"match_times", "match",
     {SYNTAX, MATCH_STEPS, {"pattern", "(?1)(?t<=604800)(?2)(?t<=604800)(?3)(?t<=604800)(?4)"}}, 3},
    {"match_words", "match", {{"pattern", "catalog then within 1d cart not followed by purchase within 7d"}}, 1},
    {"touchpoints", "touchpoints", {{NULL, NULL}}, 0},
    {"summary", "summary", {{NULL, NULL}}, 0},
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void stop(const journey_error *err) {
  fprintf(stderr, "measure: %s\n", err->message);
  exit(1);
}

static journey_context *make_context(int threads) {
  journey_context_options options = {.struct_size = sizeof options, .threads = threads};
  journey_context *context;
  journey_error err;
  if (journey_context_new(&options, &context, &err) != JOURNEY_OK) stop(&err);
  return context;
}

/* A file to a finished stream; the time of it in *seconds. */
static journey_stream *load(journey_context *context, const char *file, double *seconds) {
  journey_builder *builder;
  journey_stream *stream;
  journey_error err;
  double start = now();
  if (journey_builder_new(context, &builder, &err) != JOURNEY_OK) stop(&err);
  if (journey_read_file(builder, file, NULL, NULL, &err) != JOURNEY_OK) stop(&err);
  if (journey_builder_finish(builder, &stream, &err) != JOURNEY_OK) stop(&err);
  *seconds = now() - start;
  journey_builder_free(builder);
  return stream;
}

static double measure(journey_study *study, const work *w) {
  journey_table *table;
  journey_error err;
  double start = now();
  if (journey_measure(study, w->metric, w->setting, w->settings, &table, &err) != JOURNEY_OK) stop(&err);
  double seconds = now() - start;
  journey_table_free(table);
  return seconds;
}

/* Kilobytes of this process that are resident. */
static long resident(void) {
  char line[128];
  long kilobytes = 0;
  FILE *file = fopen("/proc/self/status", "r");
  while (file && fgets(line, sizeof line, file)) {
    if (sscanf(line, "VmRSS: %ld", &kilobytes) == 1) break;
  }
  if (file) fclose(file);
  return kilobytes;
}

static void print_memory(journey_context *context, const journey_stream *stream) {
  journey_stream_counts counts = {.struct_size = sizeof counts};
  int64_t events, total, used, peak;
  journey_stream_get_counts(stream, &counts);
  journey_stream_memory(stream, &events, &total);
  journey_context_memory(context, &used, &peak);
  double n = counts.events > 0 ? (double)counts.events : 1;
  printf("events %lld\ncustomers %lld\n", (long long)counts.events, (long long)counts.customers);
  printf("bytes_per_event_columns %.3f\nbytes_per_event_stream %.3f\n", (double)events / n, (double)total / n);
  printf("bytes_per_event_allocator %.3f\nbytes_per_event_peak %.3f\n", (double)used / n, (double)peak / n);
  printf("bytes_per_event_process %.3f\n", (double)resident() * 1024 / n);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fputs("usage: measure FILE THREADS RUNS\n", stderr);
    return 2;
  }
  int threads = atoi(argv[2]), runs = atoi(argv[3]);
  journey_stream *stream = NULL;
  journey_context *context = NULL;
  journey_study *study;
  journey_error err;
  printf("load");
  for (int i = 0; i < (runs + 1) / 2; i++) {
    double seconds;
    journey_stream_free(stream);
    journey_context_free(context);
    context = make_context(threads);
    stream = load(context, argv[1], &seconds);
    printf(" %.6f", seconds);
  }
  putchar('\n');
  print_memory(context, stream);
  if (journey_study_new(stream, NULL, NULL, &study, &err) != JOURNEY_OK) stop(&err);
  for (size_t w = 0; w < sizeof works / sizeof *works; w++) {
    printf("%s", works[w].name);
    for (int i = 0; i < runs; i++) printf(" %.6f", measure(study, &works[w]));
    putchar('\n');
  }
  journey_study_free(study);
  journey_stream_free(stream);
  journey_context_free(context);
  return 0;
}
