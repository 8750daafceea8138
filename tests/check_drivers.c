/* drivers against what its words mean: counted by plain loops over small random paths, p-values by adding up all
 * tables, corrections by their definitions; tables computed by hand; and intervals that hold 1 as often as they say
 * where nothing drives anything. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "metric_model.h"

enum { CUSTOMERS = 60, MOST_PATH = 10, MOST_DRIVERS = PLAIN_NAMES + 3, SECOND = 1000000 };
enum { HOLM, BH, NONE };

/* What is asked, as the settings say it and as the loops below read it. */
typedef struct question {
  const char *settings;
  int goal, start; /* names; -1: any */
  int window;      /* seconds; -1: none */
  bool values;     /* of channel, too */
  int correction, least;
  double least_share;
} question;

static const question cases[] = {
    {"goal=pay, least=1", 4, -1, -1, false, HOLM, 1, 0.02},
    {"goal=pay, least=12, least_share=1, values_of=channel, correction=bh", 4, -1, -1, true, BH, 12, 1},
    {"goal=item, start=list, window=9s, values-of=channel;channel, correction=none", 2, 1, 9, true, NONE, 25, 0.02},
    {"goal=list, start=home, values_of=channel, least_share=0.2", 1, 0, -1, true, HOLM, 25, 0.2},
    {"goal=home, start=home, values_of=channel", 0, 0, -1, true, HOLM, 25, 0.02}, /* all convert at once */
    {"goal=cart, start=home, window=4s, correction=bh, least=3", 3, 0, 4, false, BH, 3, 0.02},
};
enum { CASES = sizeof cases / sizeof *cases };

static journey_context *context;
static plain_events events;
static journey_study *study;
static plain_event path[CUSTOMERS][MOST_PATH];
static int length[CUSTOMERS];

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static void open_round(int round) {
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = 3 + round % 8,
                       .names = 3 + round % 6,
                       .ticks = 4 + round,
                       .tick = SECOND,
                       .base = INT64_C(1700000000000000),
                       .parts = 3};
  model_random random = {.state = 700 + (uint64_t)round};
  plain_new(&events, &random, &shape);
  study = plain_study(&events, context, -1, NULL, NULL);
  for (int c = 0; c < CUSTOMERS; c++) length[c] = plain_path(&events, c, path[c]);
}

static void close_round(void) {
  journey_study_free(study);
  plain_free(&events);
}

/* ---- what is to be found ----------------------------------------------------------------------------------------- */

typedef struct driver {
  const char *kind;
  char name[32];
  int with[2];
  double p, adjusted;
} driver;
static driver found[MOST_DRIVERS];
static int found_count, left_out, total[2];

static void count_customer(const question *asked, const plain_event *event, int n) {
  bool has[MOST_DRIVERS] = {false};
  int first = 0, end, converted = 0;
  while (first < n && asked->start >= 0 && event[first].name != asked->start) first++;
  if (first == n) return;
  for (end = first; end < n && !converted; end++) {
    if (asked->window >= 0 && event[end].time > event[first].time + asked->window * (int64_t)SECOND) break;
    if (event[end].name == asked->goal) converted = 1;
  }
  end -= converted;
  for (int i = first; i < end; i++) {
    if (i > first) has[event[i].name] = true;
    if (asked->values && event[i].channel >= 0) has[PLAIN_NAMES + event[i].channel] = true;
  }
  total[converted]++;
  for (int k = 0; k < MOST_DRIVERS; k++) found[k].with[converted] += has[k];
}

/* Chances of all tables with these margins, by the definition. */
static double exact_p(const int with[2], const int all[2]) {
  int n = with[0] + with[1], least = n > all[0] ? n - all[0] : 0, most = n < all[1] ? n : all[1];
  long double chance[1024], p = 0, sum = 0;
  for (int x = least; x <= most; x++) {
    long double log_chance = lgammal(all[1] + 1) - lgammal(x + 1) - lgammal(all[1] - x + 1) + lgammal(all[0] + 1) -
                             lgammal(n - x + 1) - lgammal(all[0] - n + x + 1);
    chance[x] = expl(log_chance);
    sum += chance[x];
  }
  for (int x = least; x <= most; x++) p += chance[x] <= chance[with[1]] * (1 + 1e-7L) ? chance[x] : 0;
  return (double)(p / sum);
}

static void correct(const question *asked) {
  for (int i = 0; i < found_count; i++) {
    found[i].adjusted = asked->correction == BH ? 1 : found[i].p;
    for (int k = 0; k < found_count; k++) {
      int below = 0, up_to = 0; /* how many p are below this one, and how many up to it */
      for (int l = 0; l < found_count; l++) below += found[l].p < found[k].p, up_to += found[l].p <= found[k].p;
      double holm = fmin(1, (found_count - below) * found[k].p), bh = found_count * found[k].p / up_to;
      if (asked->correction == HOLM && found[k].p <= found[i].p) found[i].adjusted = fmax(found[i].adjusted, holm);
      if (asked->correction == BH && found[k].p >= found[i].p) found[i].adjusted = fmin(found[i].adjusted, bh);
    }
  }
}

static void find_all(const question *asked) {
  memset(found, 0, sizeof found);
  total[0] = total[1] = found_count = left_out = 0;
  for (int c = 0; c < CUSTOMERS; c++) count_customer(asked, path[c], length[c]);
  double enough = fmin(asked->least, asked->least_share * (total[0] + total[1]));
  for (int k = 0; k < MOST_DRIVERS; k++) {
    driver *one = &found[found_count];
    int with = found[k].with[0] + found[k].with[1];
    if (with == 0) continue;
    if (with < enough) {
      left_out++;
      continue;
    }
    *one = found[k];
    one->kind = k < PLAIN_NAMES ? "event" : "attribute";
    snprintf(one->name, sizeof one->name, "%s%s", k < PLAIN_NAMES ? "" : "channel=",
             k < PLAIN_NAMES ? plain_names[k] : plain_channels[k - PLAIN_NAMES]);
    one->p = exact_p(one->with, total);
    found_count++;
  }
  correct(asked);
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * fabs(a); }

static void check_row(const journey_table *table, const driver *one) {
  int64_t row = plain_find(table, "kind", one->kind, "driver", one->name);
  int s = one->with[1], f = one->with[0], S = total[1], F = total[0];
  double ratio = (s + 1.0) * (F - f + 1) / ((S - s + 1.0) * (f + 1));
  double error = sqrt(1 / (s + 1.0) + 1 / (f + 1.0) + 1 / (S - s + 1.0) + 1 / (F - f + 1.0));
  journey_interval rate;
  ck_assert_msg(row >= 0, "%s", one->name);
  journey_stat_wilson(s, s + f, 0.95, &rate, NULL);
  ck_assert_int_eq(plain_int(table, row, "customers"), s + f);
  ck_assert_int_eq(plain_int(table, row, "converted"), s);
  ck_assert_int_eq(plain_int(table, row, "others"), S + F - s - f);
  ck_assert_int_eq(plain_int(table, row, "others_converted"), S - s);
  ck_assert(same(plain_float(table, row, "rate"), (double)s / (s + f)));
  ck_assert(same(plain_float(table, row, "rate_low"), rate.low) || rate.low == 0);
  ck_assert(same(plain_float(table, row, "rate_high"), rate.high));
  ck_assert(same(plain_float(table, row, "odds_ratio"), ratio));
  ck_assert(same(plain_float(table, row, "odds_ratio_low"), exp(log(ratio) - 1.9599639845400545 * error)));
  ck_assert(same(plain_float(table, row, "odds_ratio_high"), exp(log(ratio) + 1.9599639845400545 * error)));
  ck_assert_msg(same(plain_float(table, row, "p"), one->p), "%d of %d, %d of %d: %.17g, not %.17g", s, S, f, F,
                plain_float(table, row, "p"), one->p);
  ck_assert(same(plain_float(table, row, "p_adjusted"), one->adjusted));
  double least = fmin(s + f, S + F - s - f) * fmin(S, F) / (S + F), most = fmax(S, F);
  bool few = least < 5, lopsided = most > 10 * fmin(S, F);
  if (!few && !lopsided) ck_assert(plain_missing(table, row, "warning"));
  if (few || lopsided) {
    ck_assert_str_eq(plain_text(table, row, "warning"),
                     few ? lopsided ? "few customers, lopsided" : "few customers" : "lopsided");
  }
}

static double strength(const journey_table *table, int64_t row) {
  return fabs(log(plain_float(table, row, "odds_ratio")));
}

static void check_order(const journey_table *table) {
  for (int64_t row = 1; row < journey_table_rows(table); row++) {
    double gap = strength(table, row - 1) - strength(table, row);
    ck_assert(gap >= -1e-12);
    if (gap > 1e-12) continue;
    int order = -strcmp(plain_text(table, row - 1, "kind"), plain_text(table, row, "kind"));
    if (order == 0) order = strcmp(plain_text(table, row - 1, "driver"), plain_text(table, row, "driver"));
    ck_assert(order < 0);
  }
}

static const char *note_of(const journey_table *table, const char *key) {
  for (int32_t i = 0; i < journey_table_notes(table); i++) {
    const char *value, *own = journey_table_note(table, i, &value);
    if (!strcmp(own, key)) return value;
  }
  return "0";
}

/* As many visitors and converters as the metric conversion finds. */
static void check_totals(const question *asked) {
  char settings[128];
  int n = snprintf(settings, sizeof settings, "goal=%s", plain_names[asked->goal]);
  size_t room = sizeof settings - (size_t)n;
  if (asked->start >= 0 && asked->window < 0) snprintf(settings + n, room, ", start=%s", plain_names[asked->start]);
  if (asked->start >= 0 && asked->window >= 0) {
    snprintf(settings + n, room, ", start=%s, window=%ds", plain_names[asked->start], asked->window);
  }
  journey_table *table = plain_measure(study, "conversion", settings, 1);
  ck_assert_int_eq(plain_int(table, 0, "visitors"), total[0] + total[1]);
  ck_assert_int_eq(plain_int(table, 0, "converters"), total[1]);
  journey_table_free(table);
}

START_TEST(test_plain_loops) {
  int rows = 0;
  for (int round = 0; round < 40; round++) {
    open_round(round);
    journey_table *table = plain_measure(study, "drivers", cases[_i].settings, 1 + round % 3);
    find_all(&cases[_i]);
    check_totals(&cases[_i]);
    for (int k = 0; k < found_count; k++) check_row(table, &found[k]);
    ck_assert_int_eq(journey_table_rows(table), found_count);
    ck_assert_int_eq(atoi(note_of(table, "left_out")), left_out);
    check_order(table);
    rows += found_count;
    journey_table_free(table);
    close_round();
  }
  ck_assert(cases[_i].goal == cases[_i].start ? rows == 0 : rows > 50);
}
END_TEST

START_TEST(test_most) {
  open_round(9);
  journey_table *all = plain_measure(study, "drivers", "goal=pay, least=1, values_of=channel", 1);
  journey_table *few = plain_measure(study, "drivers", "goal=pay, least=1, values_of=channel, most=2", 1);
  ck_assert_int_eq(journey_table_rows(few), 2);
  ck_assert_int_eq(atoi(note_of(few, "not_shown")), journey_table_rows(all) - 2);
  for (int64_t row = 0; row < 2; row++) {
    ck_assert_str_eq(plain_text(all, row, "driver"), plain_text(few, row, "driver"));
    ck_assert(plain_float(all, row, "p_adjusted") == plain_float(few, row, "p_adjusted"));
  }
  journey_table_free(all);
  journey_table_free(few);
  close_round();
}
END_TEST

START_TEST(test_shards_and_joined) {
  static const int shards[] = {2, 7, 0};
  open_round(6);
  journey_table *one = plain_measure(study, "drivers", cases[_i].settings, 1), *other;
  for (int s = 0; s < 3; s++) {
    other = plain_measure(study, "drivers", cases[_i].settings, shards[s]);
    plain_same(one, other, cases[_i].settings);
    journey_table_free(other);
  }
  journey_study *part[3];
  for (int p = 0; p < 3; p++) part[p] = plain_study(&events, context, p, NULL, NULL);
  other = plain_join(context, part, 3, "drivers", cases[_i].settings);
  plain_same(one, other, "joined");
  journey_table_free(other);
  journey_table_free(one);
  for (int p = 0; p < 3; p++) journey_study_free(part[p]);
  close_round();
}
END_TEST

/* ---- tables computed by hand ------------------------------------------------------------------------------------- */

static void put(journey_builder *builder, int customer, const char *name, int64_t time, const char *text,
                double number) {
  char id[16];
  journey_attribute attribute = {.name = "kind", .name_length = 4, .text = text, .number = number};
  if (text) attribute.text_length = strlen(text);
  snprintf(id, sizeof id, "%d", customer);
  journey_event event = {.struct_size = sizeof event,
                         .customer = id,
                         .customer_length = strlen(id),
                         .name = name,
                         .name_length = strlen(name),
                         .time = time,
                         .value = NAN,
                         .attributes = &attribute,
                         .attribute_count = 1};
  ck_assert_int_eq(journey_builder_add(builder, &event, NULL), JOURNEY_OK);
}

static journey_study *finish(journey_builder *builder) {
  journey_stream *stream;
  journey_study *made;
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_study_new(stream, NULL, NULL, &made, NULL), JOURNEY_OK);
  journey_builder_free(builder);
  journey_stream_free(stream);
  return made;
}

/* with[o] of all[o] customers, by whether they convert, have the event "help" between. */
static journey_study *table_study(const int with[2], const int all[2]) {
  journey_builder *builder;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  for (int o = 0, customer = 0; o < 2; o++) {
    for (int i = 0; i < all[o]; i++, customer++) {
      put(builder, customer, "home", 0, "a", 0);
      if (i < with[o]) put(builder, customer, "help", 1, "a", 0);
      if (o) put(builder, customer, "pay", 2, "a", 0);
    }
  }
  return finish(builder);
}

/* Fisher's p by exact whole numbers: of the tea taster, and of others, the last of them far out in the tail. */
START_TEST(test_by_hand) {
  static const struct {
    int with[2], all[2];
    double ratio, p;
  } tables[] = {
      {{1, 3}, {4, 4}, 4, 34.0 / 70},                       /* (4 * 4) / (2 * 2) */
      {{0, 3}, {3, 3}, 16, 2.0 / 20},                       /* (4 * 4) / (1 * 1) */
      {{2, 8}, {10, 10}, 9, 0.023014137565221155}, /* (9 * 9) / (3 * 3) */
      {{5, 5}, {10, 10}, 1, 1},
      {{0, 100}, {100, 100}, 101 * 101, 2.2087606931995028e-59}, /* 2 / C(200, 100) */
      {{30, 0}, {30, 50}, 1.0 / (51 * 31), 1.127216208323903e-22}, /* 1 / C(80, 30) */
  };
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    journey_study *own = table_study(tables[i].with, tables[i].all);
    journey_table *table = plain_measure(own, "drivers", "goal=pay, least=1", 0);
    int64_t row = plain_find(table, "driver", "help", NULL, NULL);
    ck_assert(row >= 0);
    ck_assert(same(plain_float(table, row, "odds_ratio"), tables[i].ratio));
    ck_assert_msg(same(plain_float(table, row, "p"), tables[i].p), "%d: %.17g", (int)i, plain_float(table, row, "p"));
    journey_table_free(table);
    journey_study_free(own);
  }
}
END_TEST

/* Nobody converts, or everybody does: nothing can be said, and it is not an error. */
START_TEST(test_one_outcome) {
  for (int o = 0; o < 2; o++) {
    int all[2] = {o ? 0 : 30, o ? 30 : 0}, with[2] = {all[0] / 2, all[1] / 2};
    journey_study *own = table_study(with, all);
    journey_table *table = plain_measure(own, "drivers", "goal=pay", 0);
    ck_assert_int_eq(journey_table_rows(table), 1);
    ck_assert(plain_float(table, 0, "p") == 1);
    ck_assert_str_eq(plain_text(table, 0, "warning"), "few customers, lopsided");
    journey_table_free(table);
    journey_study_free(own);
  }
}
END_TEST

static void check_refused(journey_study *own, const char *values, const char *message) {
  journey_setting settings[] = {{"goal", "pay"}, {"values_of", values}};
  journey_error err = {0};
  journey_table *table;
  ck_assert_int_lt(journey_measure(own, "drivers", settings, 2, &table, &err), 0);
  ck_assert_msg(!strcmp(err.message, message), "%s", err.message);
}

START_TEST(test_refused) {
  journey_builder *builder;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  for (int c = 0; c < 5; c++) put(builder, c, "home", 0, NULL, 2.5);
  journey_study *own = finish(builder);
  check_refused(own, "color", "drivers: the events have no attribute \"color\"");
  check_refused(own, "kind", "drivers: option values_of: \"kind\" holds numbers, not names");
  check_refused(own, "kind, ,kind", "drivers: option values_of: a name is missing");
  check_refused(own, ",", "drivers: option values_of: a name is missing");
  journey_study_free(own);
}
END_TEST

/* ---- what drives, and what does not ------------------------------------------------------------------------------ */

/* "help" makes conversion likelier by half, "list" does nothing, nor does the channel. */
static journey_study *driven_study(model_random *random, int customers, bool driven) {
  journey_builder *builder;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  for (int c = 0; c < customers; c++) {
    const char *kind = plain_channels[model_below(random, 3)];
    bool help = model_below(random, 2), converts = model_below(random, 100) < (driven && help ? 60 : 40);
    put(builder, c, "home", 0, kind, 0);
    if (help) put(builder, c, "help", 1, kind, 0);
    if (model_below(random, 3) == 0) put(builder, c, "list", 2, kind, 0);
    if (converts) put(builder, c, "pay", 3, kind, 0);
  }
  return finish(builder);
}

START_TEST(test_driven) {
  model_random random = {.state = 3};
  journey_study *own = driven_study(&random, 1000, true);
  journey_table *table = plain_measure(own, "drivers", "goal=pay, values_of=kind", 0);
  ck_assert_str_eq(plain_text(table, 0, "driver"), "help");
  ck_assert(plain_float(table, 0, "odds_ratio_low") > 1 && plain_float(table, 0, "p_adjusted") < 0.001);
  for (int64_t row = 1; row < journey_table_rows(table); row++) ck_assert(plain_float(table, row, "p_adjusted") > 0.01);
  ck_assert_int_eq(journey_table_rows(table), 5);
  journey_table_free(table);
  journey_study_free(own);
}
END_TEST

/* The intervals hold 1 in about 95 of 100 trials, and Holm finds something in hardly more than 5. */
START_TEST(test_undriven) {
  model_random random = {.state = 4};
  int trials = 300, covered = 0, rows = 0, false_findings = 0;
  for (int t = 0; t < trials; t++) {
    journey_study *own = driven_study(&random, 200, false);
    journey_table *table = plain_measure(own, "drivers", "goal=pay, values_of=kind", 0);
    bool finding = false;
    for (int64_t row = 0; row < journey_table_rows(table); row++, rows++) {
      covered += plain_float(table, row, "odds_ratio_low") <= 1 && plain_float(table, row, "odds_ratio_high") >= 1;
      finding |= plain_float(table, row, "p_adjusted") < 0.05;
    }
    false_findings += finding;
    journey_table_free(table);
    journey_study_free(own);
  }
  ck_assert_msg(covered > rows * 92 / 100 && covered < rows * 99 / 100, "%d of %d", covered, rows);
  ck_assert_msg(false_findings < trials * 8 / 100, "%d of %d", false_findings, trials);
}
END_TEST

Suite *drivers_suite(void);
Suite *drivers_suite(void) {
  Suite *suite = suite_create("drivers");
  TCase *all = tcase_create("drivers");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_plain_loops, 0, CASES);
  tcase_add_test(all, test_most);
  tcase_add_loop_test(all, test_shards_and_joined, 0, CASES);
  tcase_add_test(all, test_by_hand);
  tcase_add_test(all, test_one_outcome);
  tcase_add_test(all, test_refused);
  tcase_add_test(all, test_driven);
  tcase_add_test(all, test_undriven);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(drivers_suite()); }
