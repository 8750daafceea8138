/* Times metrics on what should cost them most: one path of N events, then one twice as long. Where time is in
 * proportion to the events the ratio is 2. Prints seconds of the processor, the least of three runs, and nanoseconds
 * an event.
 *
 *   worst [N]     a million, if not said otherwise
 *
 * A line of `works` is a case; paths are equal events at one time, one a second, two a second, or of two names in turn. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "journey.h"

enum { SAME_TIME, EACH_SECOND, IN_TURN, IN_PAIRS };

typedef struct work {
  const char *what, *metric;
  int path;
  journey_setting setting[3];
  size_t settings;
} work;

/* 63 steps that every event satisfies and one that none does, so that no chain is ever complete. */
#define SEVEN "*, *, *, *, *, *, *, "
#define STEPS {"steps", SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN "never"}
#define CLICKHOUSE {"syntax", "clickhouse"}
#define THREE {"steps", "a,a,a"}

static const work works[] = {
    {"64 steps", "funnel", EACH_SECOND, {STEPS}, 1},
    {"64 steps at one time", "funnel", SAME_TIME, {STEPS}, 1},
    {"64 steps, strict_increase", "funnel", EACH_SECOND, {STEPS, {"mode", "strict_increase"}}, 2},
    {"64 steps, strict_once", "funnel", EACH_SECOND, {STEPS, {"mode", "strict_once"}}, 2},
    {"64 steps at one time, strict_once", "funnel", SAME_TIME, {STEPS, {"mode", "strict_once"}}, 2},
    {"64 steps, two at a time, strict_once", "funnel", IN_PAIRS, {STEPS, {"mode", "strict_once"}}, 2},
    {"64 steps, strict_order", "funnel", EACH_SECOND, {STEPS, {"mode", "strict_order"}}, 2},
    {"64 steps, strict_once+strict_order", "funnel", EACH_SECOND, {STEPS, {"mode", "strict_once+strict_order"}}, 2},
    {"64 steps, strict_increase+allow_reentry", "funnel", EACH_SECOND,
     {STEPS, {"mode", "strict_increase+strict_order+allow_reentry"}}, 2},
    {"64 steps, a window and step windows", "funnel", EACH_SECOND, {STEPS, {"window", "5m"}, {"step_window", "5s"}}, 3},
    {"64 steps, within an hour", "funnel", EACH_SECOND, {STEPS, {"within", "hour"}, {"mode", "strict_once"}}, 3},
    {"64 steps in any order", "funnel", EACH_SECOND, {STEPS, {"order", "any"}, {"window", "1h"}}, 3},
    {"64 steps, strictly one after the other", "funnel", EACH_SECOND, {STEPS, {"order", "strict"}}, 2},
    {"64 steps, passes of five minutes", "funnel", EACH_SECOND, {STEPS, {"count", "passes"}, {"window", "5m"}}, 3},
    {"64 steps, grace", "funnel", EACH_SECOND, {STEPS, {"grace", "10s"}}, 2},
    {"nested counts, never complete", "match", SAME_TIME,
     {{"pattern", "(((a at least 1 times) at least 1 times) at least 1 times) 2 to 4 times then after 9000d a"}}, 1},
    {"nested counts, a window", "match", EACH_SECOND,
     {{"pattern", "((a 1 to 3 times) 1 to 3 times) 1 to 3 times then after 9000d a"}, {"window", "1h"}}, 2},
    {"nested counts, complete each time", "match", SAME_TIME, {{"pattern", "((a 2 times) 3 times) 5 times"}}, 1},
    {"times from and to", "match", EACH_SECOND,
     {{"pattern", "a then after 1h within 2d a then after 1h within 2d a then after 9000d a"}}, 1},
    {"times from and to, a window", "match", EACH_SECOND,
     {{"pattern", "(a or (a then a)) then after 1h within 2d a then after 1h within 2d a then after 9000d a"},
      {"window", "9d"}}, 2},
    {"sixty-four in a row", "match", SAME_TIME, {{"pattern", "a 63 times in a row then after 9000d a"}}, 1},
    {"negations", "match", IN_TURN,
     {{"pattern", "a not followed by c then b without c then a not preceded by c then after 9000d a"}}, 1},
    {"all optional", "match", SAME_TIME,
     {{"pattern", "optionally a then optionally a then optionally a then optionally a then optionally a then "
                  "optionally a then optionally a then optionally a then optionally a then optionally a then after 9000d a"},
      {"window", "1h"}}, 2},
    {"ClickHouse, TOO_SLOW there", "match", EACH_SECOND,
     {CLICKHOUSE, THREE, {"pattern", "(?1).*(?2)(?t>=3600)(?3).*(?t==5)(?1).*(?2)(?t>99999999)(?3)"}}, 3},
    {"customers, many matches", "match_customers", EACH_SECOND, {{"pattern", "a then within 5s a then after 2s a"}}, 1},
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void stop(const char *what, const journey_error *err) {
  fprintf(stderr, "worst: %s: %s\n", what, err->message);
  exit(1);
}

static journey_study *make_study(journey_context *context, int64_t events, int path) {
  journey_builder *builder;
  journey_stream *stream;
  journey_study *study;
  journey_error err;
  if (journey_builder_new(context, &builder, &err) != JOURNEY_OK) stop("builder", &err);
  for (int64_t i = 0; i < events; i++) {
    journey_event event = {.struct_size = sizeof event, .customer = "x", .customer_length = 1, .name_length = 1};
    event.name = path == IN_TURN && i % 2 ? "b" : "a";
    event.time = path == SAME_TIME ? 0 : path == IN_PAIRS ? i / 2 * 1000000 : i * 1000000;
    event.value = __builtin_nan("");
    if (journey_builder_add(builder, &event, &err) != JOURNEY_OK) stop("event", &err);
  }
  if (journey_builder_finish(builder, &stream, &err) != JOURNEY_OK) stop("stream", &err);
  if (journey_study_new(stream, NULL, NULL, &study, &err) != JOURNEY_OK) stop("study", &err);
  journey_builder_free(builder);
  journey_stream_free(stream);
  return study;
}

static double measure(journey_study *study, const work *w) {
  journey_table *table;
  journey_error err;
  double least = 0;
  for (int run = 0; run < 3; run++) {
    double start = now();
    if (journey_measure(study, w->metric, w->setting, w->settings, &table, &err) != JOURNEY_OK) stop(w->what, &err);
    double seconds = now() - start;
    journey_table_free(table);
    if (run == 0 || seconds < least) least = seconds;
  }
  return least;
}

int main(int argc, char **argv) {
  int64_t events = argc > 1 ? atoll(argv[1]) : 1000000;
  journey_context *context;
  journey_error err;
  if (journey_context_new(NULL, &context, &err) != JOURNEY_OK) stop("context", &err);
  printf("| worst case, a path of %lld events | seconds | ns an event | twice as long | ratio |\n"
         "|---|---|---|---|---|\n",
         (long long)events);
  for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
    journey_study *one = make_study(context, events, works[i].path);
    journey_study *two = make_study(context, 2 * events, works[i].path);
    double first = measure(one, &works[i]), second = measure(two, &works[i]);
    printf("| %s: %s | %.3f | %.1f | %.3f | %.2f |\n", works[i].metric, works[i].what, first,
           first / (double)events * 1e9, second, second / first);
    fflush(stdout);
    journey_study_free(one);
    journey_study_free(two);
  }
  journey_context_free(context);
  return 0;
}
