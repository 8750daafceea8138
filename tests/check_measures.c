/* Conversion, touchpoints, summary and the three scores against plain loops, published numbers, and real data. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "journey/read.h"
#include "metric_model.h"

enum { CUSTOMERS = 60, MOST_PATH = 12, ROUNDS = 10 };

static journey_context *context;
static plain_events events;
static plain_event path[CUSTOMERS][MOST_PATH];
static int length[CUSTOMERS];
static journey_study *study;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static void open_round(int round, int64_t tick) {
  model_random random = {.state = 5000 + (uint64_t)round};
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = 2 + round,
                       .names = PLAIN_NAMES,
                       .ticks = 3 + round * round,
                       .tick = tick,
                       .base = INT64_C(1700000000000000)};
  plain_new(&events, &random, &shape);
  study = plain_study(&events, context, -1, NULL, NULL);
  for (int c = 0; c < CUSTOMERS; c++) length[c] = plain_path(&events, c, path[c]);
}

static void close_round(void) {
  journey_study_free(study);
  plain_free(&events);
}

static bool near(double a, double b, double within) { return isnan(a) ? isnan(b) : fabs(a - b) <= within; }
static bool same(double a, double b) { return near(a, b, 1e-12 * fabs(a)); }

/* ---- conversion ---------------------------------------------------------------------------------------------------------- */

static void check_conversion(const char *settings, int goal, int start, int64_t window) {
  int visitors = 0, converters = 0, conversions = 0, valued = 0;
  int64_t took[CUSTOMERS];
  double value = 0;
  for (int c = 0; c < CUSTOMERS; c++) {
    int first = 0, converted = 0;
    while (first < length[c] && start >= 0 && path[c][first].name != start) first++;
    visitors += first < length[c];
    for (int i = first; i < length[c]; i++) {
      int64_t after = path[c][i].time - path[c][first].time;
      if (path[c][i].name != goal || after > window) continue;
      conversions++;
      if (converted++) continue;
      took[converters++] = after;
      valued += !isnan(path[c][i].value);
      value += isnan(path[c][i].value) ? 0 : path[c][i].value;
    }
  }
  journey_table *table = plain_measure(study, "conversion", settings, 0);
  ck_assert_int_eq(plain_int(table, 0, "visitors"), visitors);
  ck_assert_int_eq(plain_int(table, 0, "converters"), converters);
  ck_assert_int_eq(plain_int(table, 0, "conversions"), conversions);
  ck_assert(same(visitors ? (double)converters / visitors : NAN, plain_float(table, 0, "rate")));
  ck_assert(same(plain_quantile(took, converters, 0.5), plain_float(table, 0, "median_seconds")));
  ck_assert(near(plain_quantile(took, converters, 0.9), plain_float(table, 0, "p90_seconds"), 1e-6));
  ck_assert(valued ? plain_float(table, 0, "value") == value : plain_missing(table, 0, "value"));
  journey_table_free(table);
}

START_TEST(test_conversion) {
  open_round(_i, 60000000);
  check_conversion("goal=pay", 4, -1, INT64_MAX);
  check_conversion("goal=pay, start=home", 4, 0, INT64_MAX);
  check_conversion("goal=pay, start=home, window=5m", 4, 0, 300000000);
  check_conversion("goal=pay, start=home, window=0s", 4, 0, 0);
  check_conversion("goal=home, start=home", 0, 0, INT64_MAX);
  check_conversion("goal=nothing, start=nowhere", -2, 99, INT64_MAX);
  close_round();
}
END_TEST

/* ---- touchpoints and summary ----------------------------------------------------------------------------------------------- */

static void check_touchpoint(const journey_table *table, int name) {
  int customers = 0, met = 0, entries = 0, exits = 0, scores = 0, gaps = 0;
  int64_t gap[CUSTOMERS * MOST_PATH], row = plain_find(table, "touchpoint", plain_names[name], NULL, NULL);
  double sum = 0;
  for (int c = 0; c < CUSTOMERS; c++) {
    int before = met;
    for (int i = 0; i < length[c]; i++) {
      if (path[c][i].name != name) continue;
      met++;
      entries += i == 0;
      exits += i == length[c] - 1;
      if (i + 1 < length[c]) gap[gaps++] = path[c][i + 1].time - path[c][i].time;
      if (isnan(path[c][i].value)) continue;
      scores++;
      sum += path[c][i].value;
    }
    customers += met > before;
  }
  if (row < 0) {
    ck_assert_int_eq(met, 0);
    return;
  }
  ck_assert_int_eq(plain_int(table, row, "customers"), customers);
  ck_assert(same(plain_float(table, row, "reach"), (double)customers / CUSTOMERS));
  ck_assert_int_eq(plain_int(table, row, "events"), met);
  ck_assert(same(plain_float(table, row, "per_customer"), (double)met / customers));
  ck_assert(same(plain_float(table, row, "entry"), (double)entries / CUSTOMERS));
  ck_assert(same(plain_float(table, row, "exit"), (double)exits / CUSTOMERS));
  ck_assert(same(plain_quantile(gap, gaps, 0.5), plain_float(table, row, "median_to_next_seconds")));
  ck_assert_int_eq(plain_int(table, row, "scores"), scores);
  ck_assert(same(scores ? sum / scores : NAN, plain_float(table, row, "score")));
}

START_TEST(test_touchpoints) {
  open_round(_i, 60000000);
  journey_table *table = plain_measure(study, "touchpoints", "scores=*", 0);
  for (int n = 0; n < PLAIN_NAMES; n++) check_touchpoint(table, n);
  journey_table_free(table);
  close_round();
}
END_TEST

START_TEST(test_summary) {
  const int64_t tick = 600000000; /* three make a session's gap, which is not greater than that */
  open_round(_i, tick);
  int64_t span[CUSTOMERS], many[CUSTOMERS];
  int sessions = 0, single = 0;
  bool named[PLAIN_NAMES] = {false};
  for (int c = 0; c < CUSTOMERS; c++) {
    span[c] = path[c][length[c] - 1].time - path[c][0].time;
    many[c] = (int64_t)length[c] * 1000000;
    single += length[c] == 1;
    for (int i = 0; i < length[c]; i++) {
      sessions += i == 0 || path[c][i].time - path[c][i - 1].time > 3 * tick;
      named[path[c][i].name] = true;
    }
  }
  int names = 0;
  for (int n = 0; n < PLAIN_NAMES; n++) names += named[n];
  journey_table *table = plain_measure(study, "summary", "", 0);
  ck_assert_int_eq(journey_table_rows(table), 1);
  ck_assert_int_eq(plain_int(table, 0, "customers"), CUSTOMERS);
  ck_assert_int_eq(plain_int(table, 0, "events"), events.count);
  ck_assert_int_eq(plain_int(table, 0, "sessions"), sessions);
  ck_assert_int_eq(plain_int(table, 0, "event_names"), names);
  ck_assert(same(plain_float(table, 0, "mean_events"), (double)events.count / CUSTOMERS));
  ck_assert(same(plain_float(table, 0, "median_events"), plain_quantile(many, CUSTOMERS, 0.5)));
  ck_assert(same(plain_float(table, 0, "one_event"), (double)single / CUSTOMERS));
  ck_assert(same(plain_float(table, 0, "median_span_seconds"), plain_quantile(span, CUSTOMERS, 0.5)));
  journey_table_free(table);
  close_round();
}
END_TEST

/* ---- scores -------------------------------------------------------------------------------------------------------------------- */

typedef struct answers {
  int n, refused, missing, high, low;
  double sum, squares;
} answers;

/* Answers to `name` (-1: all events), of a scale, and how many are in two ranges. */
static answers count_answers(int name, int lowest, int highest, int high, int low) {
  answers a = {0};
  for (int i = 0; i < events.count; i++) {
    double value = events.event[i].value;
    if (name >= 0 && events.event[i].name != name) continue;
    if (isnan(value))
      a.missing++;
    else if (value < lowest || value > highest || value != floor(value))
      a.refused++;
    else {
      a.n++;
      a.high += value >= high;
      a.low += value <= low;
      a.sum += value;
      a.squares += value * value;
    }
  }
  return a;
}

static void check_answers(const journey_table *table, int64_t row, const answers *a) {
  ck_assert_int_eq(plain_int(table, row, "n"), a->n);
  ck_assert_int_eq(plain_int(table, row, "out_of_scale"), a->refused);
  ck_assert_int_eq(plain_int(table, row, "without_value"), a->missing);
}

START_TEST(test_csat) {
  static const int satisfied[] = {0, 0, 2, 3, 3, 4, 4, 5, 6, 0, 9};
  open_round(_i, 60000000);
  for (int scale = 2; scale <= 10; scale++) {
    char settings[64];
    if (scale == 9) continue; /* no published convention */
    answers a = count_answers(6, 1, scale, satisfied[scale], 0);
    snprintf(settings, sizeof settings, "scale=%d", scale);
    journey_table *table = plain_measure(study, "csat", settings, 0);
    check_answers(table, 0, &a);
    ck_assert(same(a.n ? (double)a.high / a.n : NAN, plain_float(table, 0, "top_box")));
    ck_assert(same(a.n ? a.sum / a.n : NAN, plain_float(table, 0, "mean")));
    ck_assert(same(a.n ? a.sum / a.n / scale : NAN, plain_float(table, 0, "normalised")));
    journey_table_free(table);
  }
  close_round();
}
END_TEST

START_TEST(test_nps_and_ces) {
  open_round(_i, 60000000);
  journey_table *table = plain_measure(study, "nps", "answers=*, per=event", 0);
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    int name = 0;
    while (strcmp(plain_names[name], plain_text(table, row, "event")) != 0) name++;
    answers a = count_answers(name, 0, 10, 9, 6);
    check_answers(table, row, &a);
    ck_assert_int_eq(plain_int(table, row, "promoters"), a.high);
    ck_assert_int_eq(plain_int(table, row, "detractors"), a.low);
    ck_assert_int_eq(plain_int(table, row, "passives"), a.n - a.high - a.low);
    ck_assert(same(a.n ? 100.0 * (a.high - a.low) / a.n : NAN, plain_float(table, row, "nps")));
  }
  journey_table_free(table);
  for (int version = 1; version <= 2; version++) {
    answers a = count_answers(-1, 1, version == 1 ? 5 : 7, 5, 2);
    table = plain_measure(study, "ces", version == 1 ? "answers=*, version=1" : "answers=*", 0);
    check_answers(table, 0, &a);
    ck_assert(same((double)(version == 1 ? a.low : a.high) / a.n, plain_float(table, 0, "easy")));
    ck_assert(same(a.sum / a.n, plain_float(table, 0, "mean")));
    journey_table_free(table);
  }
  close_round();
}
END_TEST

/* A study of events "csat" or "nps" with these answers, `count` of each. */
static journey_study *ask(int name, const int *answer, const int *count, int kinds) {
  plain_event event[1024];
  plain_events all = {.event = event, .parts = 1};
  for (int k = 0; k < kinds; k++) {
    for (int i = 0; i < count[k]; i++) {
      event[all.count] = (plain_event){.customer = all.count, .name = name, .channel = -1, .value = answer[k]};
      all.count++;
    }
  }
  all.customers = all.count;
  return plain_study(&all, context, -1, NULL, NULL);
}

/* Published: R 4.2.2 for the t interval and Wilson's; Rocks 2016 (arXiv 1601.07235) for the adjusted Wald interval. */
START_TEST(test_published) {
  static const struct {
    int detractors, passives, promoters;
    double nps, low, high;
  } published[] = {{20, 30, 50, 30, 14.05113017876, 44.2012970057},
                   {1, 1, 3, 40, -29.78265878604, 79.78265878604},
                   {150, 300, 550, 40, 35.33112558547, 44.42959226099},
                   {86, 99, 65, -8.4, -17.8122715535, 1.2114810397},
                   {0, 0, 10, 100, 47.50355154479, 100},
                   {10, 0, 0, -100, -100, -47.50355154479}};
  static const int csat[] = {1, 2, 3, 4, 5}, given[] = {1, 1, 1, 4, 3}, nps[] = {6, 8, 9};
  journey_study *asked = ask(6, csat, given, 5);
  journey_table *table = plain_measure(asked, "csat", "", 0);
  ck_assert(near(plain_float(table, 0, "mean"), 3.7, 1e-12));
  ck_assert(near(plain_float(table, 0, "mean_low"), 2.743214781038, 1e-11));
  ck_assert(near(plain_float(table, 0, "mean_high"), 4.656785218962, 1e-11));
  ck_assert(near(plain_float(table, 0, "top_box"), 0.7, 1e-12));
  ck_assert(near(plain_float(table, 0, "top_box_low"), 0.39678, 5e-6));
  ck_assert(near(plain_float(table, 0, "top_box_high"), 0.89221, 5e-6));
  journey_table_free(table);
  journey_study_free(asked);
  for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
    const int count[] = {published[i].detractors, published[i].passives, published[i].promoters};
    asked = ask(7, nps, count, 3);
    table = plain_measure(asked, "nps", "", 0);
    ck_assert(near(plain_float(table, 0, "nps"), published[i].nps, 1e-9));
    ck_assert(near(plain_float(table, 0, "nps_low"), published[i].low, 1e-9));
    ck_assert(near(plain_float(table, 0, "nps_high"), published[i].high, 1e-9));
    journey_table_free(table);
    journey_study_free(asked);
  }
}
END_TEST

/* Without data there are no rates, not rates of 0. */
START_TEST(test_no_data) {
  static const struct {
    const char *metric, *settings, *missing[4];
  } cases[] = {{"summary", "", {"first_time", "mean_events", "one_event", "median_span_seconds"}},
               {"conversion", "goal=x", {"rate", "rate_low", "median_seconds", "value"}},
               {"csat", "", {"top_box", "mean_low", "normalised", "mean"}},
               {"nps", "", {"nps", "nps_low", "nps_high", "nps"}},
               {"ces", "", {"mean", "easy", "easy_high", "mean_high"}}};
  static const char *const empty[] = {"transitions", "loops",       "paths",           "steps",
                                      "retention",   "touchpoints", "funnel_customers"};
  plain_events none = {.customers = 1, .parts = 1};
  journey_study *nobody = plain_study(&none, context, -1, NULL, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    journey_table *table = plain_measure(nobody, cases[i].metric, cases[i].settings, 0);
    ck_assert_int_eq(journey_table_rows(table), 1);
    for (int k = 0; k < 4; k++) ck_assert(plain_missing(table, 0, cases[i].missing[k]));
    journey_table_free(table);
  }
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
    journey_table *table = plain_measure(nobody, empty[i], "", 0);
    ck_assert(journey_table_rows(table) == 0 && journey_table_columns(table) > 3);
    journey_table_free(table);
  }
  journey_study_free(nobody);
}
END_TEST

/* ---- real data -------------------------------------------------------------------------------------------------------------------- */

static journey_study *read_study(const char *file) {
  journey_builder *builder;
  journey_stream *stream;
  journey_study *made;
  journey_error err = {0};
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  ck_assert_msg(journey_read_file(builder, file, NULL, NULL, &err) == JOURNEY_OK, "%s", err.message);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_study_new(stream, NULL, NULL, &made, NULL), JOURNEY_OK);
  journey_builder_free(builder);
  journey_stream_free(stream);
  return made;
}

static void check_funnel(journey_study *of, const char *settings, const int64_t *count) {
  journey_table *table = plain_measure(of, "funnel", settings, 0);
  for (int s = 0; s < 5; s++) ck_assert_int_eq(plain_int(table, s, "customers"), count[s]);
  journey_table_free(table);
}

START_TEST(test_simple_shop) {
  static const int64_t funnel[] = {3611, 1924, 1356, 958, 653};
  char file[1024];
  if (!check_shared("data/retentioneering_simple_shop/simple-onlineshop.csv", file, sizeof file)) return;
  journey_study *shop = read_study(file);
  journey_table *table = plain_measure(shop, "summary", "", 0);
  ck_assert_int_eq(plain_int(table, 0, "events"), 32283);
  ck_assert_int_eq(plain_int(table, 0, "customers"), 3751);
  journey_table_free(table);
  check_funnel(shop, "steps=catalog;cart;delivery_choice;payment_choice;payment_done", funnel);
  table = plain_measure(shop, "conversion", "goal=payment_done", 0);
  ck_assert(near(plain_float(table, 0, "rate"), 0.1741, 5e-5));
  ck_assert(near(plain_float(table, 0, "rate_low"), 0.1623, 5e-5));
  ck_assert(near(plain_float(table, 0, "rate_high"), 0.1866, 5e-5));
  journey_table_free(table);
  journey_study_free(shop);
}
END_TEST

START_TEST(test_example_shop) {
  static const int64_t funnel[] = {2397, 781, 532, 444, 389};
  journey_study *shop = read_study("docs/examples/shop/events.csv");
  journey_table *table = plain_measure(shop, "summary", "", 0);
  ck_assert_int_eq(plain_int(table, 0, "customers"), 2734);
  journey_table_free(table);
  check_funnel(shop, "steps=product_view;cart_add;checkout_start;checkout_payment;order", funnel);
  journey_study_free(shop);
}
END_TEST

Suite *measures_suite(void);
Suite *measures_suite(void) {
  Suite *suite = suite_create("measures");
  TCase *all = tcase_create("measures");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_conversion, 0, ROUNDS);
  tcase_add_loop_test(all, test_touchpoints, 0, ROUNDS);
  tcase_add_loop_test(all, test_summary, 0, ROUNDS);
  tcase_add_loop_test(all, test_csat, 0, ROUNDS);
  tcase_add_loop_test(all, test_nps_and_ces, 0, ROUNDS);
  tcase_add_test(all, test_published);
  tcase_add_test(all, test_no_data);
  tcase_add_test(all, test_simple_shop);
  tcase_add_test(all, test_example_shop);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(measures_suite()); }
