/* next, next_customers and entries against plain loops over small random paths, for every combination of options. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "journey.h"
#include "metric_model.h"

enum { CUSTOMERS = 30, MOST_PATH = 14, MOST_CHAIN = 4, BASES = 5, ROUNDS = 40, NOTHING = PLAIN_NAMES };

static journey_context *context;
static model_random random_numbers;
static plain_events events;
static journey_study *study;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static void open_round(int round, int ticks) {
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = 2 + round % (MOST_PATH - 1),
                       .names = 2 + round % 5,
                       .ticks = ticks,
                       .tick = 1500000,
                       .base = INT64_C(1700000000000000)};
  random_numbers.state = 500 + (uint64_t)round;
  plain_new(&events, &random_numbers, &shape);
  study = plain_study(&events, context, -1, NULL, NULL);
}

static void close_round(void) {
  journey_study_free(study);
  plain_free(&events);
}

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-12 * fabs(a); }

/* ---- what the options mean ---------------------------------------------------------------------------------------------- */

/* A step: one of these names, and this channel; -1: any. */
typedef struct plain_step {
  bool name[PLAIN_NAMES];
  int channel;
} plain_step;

typedef struct plain_chain {
  plain_step step[MOST_CHAIN], base_step;
  int steps, base;
  bool backward, by_name, collapse;
  char settings[512];
} plain_chain;

static bool satisfies(const plain_event *e, const plain_step *step) {
  return step->name[e->name] && (step->channel < 0 || e->channel == step->channel);
}

static void random_step(plain_step *step, int names, char *text) {
  *step = (plain_step){.channel = model_below(&random_numbers, 4) ? -1 : model_below(&random_numbers, 3)};
  int count = model_below(&random_numbers, 4) ? 1 + model_below(&random_numbers, 2) : names, written = 0;
  for (int i = 0; i < count; i++) step->name[count == names ? i : model_below(&random_numbers, names)] = true;
  for (int n = 0; n < names; n++) {
    if (!step->name[n]) continue;
    text += sprintf(text, "%s%s", written++ ? "|" : "", plain_names[n]);
    if (step->channel >= 0) text += sprintf(text, "[channel=%s]", plain_channels[step->channel]);
  }
}

static void random_chain(plain_chain *chain, int names, int base, bool backward) {
  static const char *const bases[BASES] = {"every", "head", "tail", "first_match", "last_match"};
  char *text = chain->settings;
  *chain = (plain_chain){.steps = 1 + model_below(&random_numbers, MOST_CHAIN), .base = base, .backward = backward};
  text += sprintf(text, "chain=");
  for (int s = 0; s < chain->steps; s++) {
    if (s) *text++ = ';';
    random_step(&chain->step[s], names, text);
    text += strlen(text);
  }
  chain->by_name = model_below(&random_numbers, 2);
  chain->collapse = model_below(&random_numbers, 3) == 0;
  text += sprintf(text, ", base=%s, direction=%s, ties=%s, collapse=%s", bases[base], backward ? "backward" : "forward",
                  chain->by_name ? "name" : "arrival", chain->collapse ? "true" : "false");
  chain->base_step.channel = -1;
  for (int n = 0; n < PLAIN_NAMES; n++) chain->base_step.name[n] = true;
  if (model_below(&random_numbers, 2)) return;
  text += sprintf(text, ", base_step=");
  random_step(&chain->base_step, names, text);
}

/* The path as the chain is looked for in it: put in order, repeats taken out, turned round. */
static int read_path(const plain_chain *chain, int customer, plain_event *path) {
  int n = plain_path(&events, customer, path), kept = 0;
  for (int i = 1; chain->by_name && i < n; i++) {
    plain_event moved = path[i];
    int at = i;
    for (; at > 0 && path[at - 1].time == moved.time; at--) {
      if (strcmp(plain_names[path[at - 1].name], plain_names[moved.name]) <= 0) break;
      path[at] = path[at - 1];
    }
    path[at] = moved;
  }
  for (int i = 0; i < n; i++) {
    if (!chain->collapse || i == 0 || path[i].name != path[kept - 1].name) path[kept++] = path[i];
  }
  for (int i = 0; chain->backward && i < kept / 2; i++) {
    plain_event moved = path[i];
    path[i] = path[kept - 1 - i];
    path[kept - 1 - i] = moved;
  }
  return kept;
}

static bool holds_at(const plain_chain *chain, const plain_event *path, int n, int at) {
  if (at + chain->steps > n || !satisfies(&path[at], &chain->base_step)) return false;
  for (int s = 0; s < chain->steps; s++) {
    if (!satisfies(&path[at + s], &chain->step[s])) return false;
  }
  return true;
}

/* Where occurrences begin; how many. */
static int find_occurrences(const plain_chain *chain, const plain_event *path, int n, int *where) {
  int found = 0, base = -1;
  if (chain->base == 0) {
    for (int at = 0; at < n;) {
      bool here = holds_at(chain, path, n, at);
      if (here) where[found++] = at;
      at += here ? chain->steps : 1;
    }
    return found;
  }
  for (int at = 0; at < n; at++) {
    bool match = satisfies(&path[at], &chain->step[0]) && satisfies(&path[at], &chain->base_step);
    if (chain->base <= 2)
      base = 0; /* head, read forward; tail, read backward */
    else if (match && (base < 0 || (chain->base == 3) == chain->backward))
      base = at;
  }
  if (base >= 0 && holds_at(chain, path, n, base)) where[found++] = base;
  return found;
}

/* ---- the tables ---------------------------------------------------------------------------------------------------------- */

typedef struct plain_follower {
  int64_t count, customers, gap[CUSTOMERS * MOST_PATH];
  int gaps, last;
} plain_follower;
static plain_follower followers[NOTHING + 1];
static int64_t occurrences;

static const char *end_of(const plain_chain *chain) { return chain->backward ? "(start)" : "(exit)"; }
static const char *column_of(const plain_chain *chain) { return chain->backward ? "previous" : "next"; }

/* Counts what follows, and finds each occurrence in the list of them. */
static void count_path(const plain_chain *chain, int customer, const journey_table *list) {
  plain_event path[MOST_PATH];
  int where[MOST_PATH], n = read_path(chain, customer, path), found = find_occurrences(chain, path, n, where);
  char id[16];
  snprintf(id, sizeof id, "c%d", customer);
  int64_t row = plain_find(list, "customer", id, NULL, NULL);
  ck_assert((row >= 0) == (found > 0));
  for (int o = 0; o < found; o++, row++, occurrences++) {
    int after = where[o] + chain->steps, name = after < n ? path[after].name : NOTHING;
    plain_follower *f = &followers[name];
    f->customers += f->count == 0 || f->last != customer;
    f->last = customer;
    f->count++;
    ck_assert_str_eq(plain_text(list, row, "customer"), id);
    ck_assert_int_eq(plain_int(list, row, "chain_time"), path[where[o]].time);
    ck_assert_str_eq(plain_text(list, row, column_of(chain)), name == NOTHING ? end_of(chain) : plain_names[name]);
    ck_assert(plain_missing(list, row, "seconds") == (name == NOTHING));
    if (name == NOTHING) continue;
    f->gap[f->gaps] = llabs(path[after].time - path[after - 1].time);
    ck_assert(same(plain_float(list, row, "seconds"), (double)f->gap[f->gaps++] / 1e6));
    ck_assert_int_eq(plain_int(list, row, chain->backward ? "previous_time" : "next_time"), path[after].time);
  }
}

static void check_follower(const plain_chain *chain, const journey_table *table, int name) {
  plain_follower *f = &followers[name];
  const char *text = name == NOTHING ? end_of(chain) : plain_names[name];
  int64_t row = plain_find(table, column_of(chain), text, NULL, NULL);
  ck_assert_msg((row >= 0) == (f->count > 0), "%s: %s", chain->settings, text);
  if (row < 0) return;
  journey_interval share;
  ck_assert_int_eq(journey_stat_wilson(f->count, occurrences, 0.95, &share, NULL), JOURNEY_OK);
  ck_assert_msg(plain_int(table, row, "count") == f->count, "%s: %s", chain->settings, text);
  ck_assert_int_eq(plain_int(table, row, "customers"), f->customers);
  ck_assert(same(plain_float(table, row, "share"), (double)f->count / (double)occurrences));
  ck_assert(same(plain_float(table, row, "share_low"), share.low));
  ck_assert(same(plain_float(table, row, "share_high"), share.high));
  ck_assert(same(plain_quantile(f->gap, f->gaps, 0.5), plain_float(table, row, "median_seconds")));
}

/* Most frequent first, ties by name, and nothing last. */
static void check_order(const plain_chain *chain, const journey_table *table) {
  for (int64_t row = 1; row < journey_table_rows(table); row++) {
    const char *above = plain_text(table, row - 1, column_of(chain)), *here = plain_text(table, row, column_of(chain));
    int64_t a = plain_int(table, row - 1, "count"), b = plain_int(table, row, "count");
    ck_assert(!strcmp(here, end_of(chain)) || a > b || (a == b && strcmp(above, here) < 0));
  }
}

static int64_t check_chain(const plain_chain *chain) {
  journey_table *list = plain_measure(study, "next_customers", chain->settings, 0);
  journey_table *table = plain_measure(study, "next", chain->settings, 0);
  memset(followers, 0, sizeof followers);
  occurrences = 0;
  for (int c = 0; c < CUSTOMERS; c++) count_path(chain, c, list);
  ck_assert_int_eq(journey_table_rows(list), occurrences);
  for (int name = 0; name <= NOTHING; name++) check_follower(chain, table, name);
  check_order(chain, table);
  journey_table_free(list);
  journey_table_free(table);
  return occurrences;
}

START_TEST(test_every_option) {
  int64_t found = 0;
  open_round(_i, 1 + _i * _i / 3);
  for (int base = 0; base < BASES; base++) {
    for (int backward = 0; backward < 2; backward++) {
      if (base == (backward ? 1 : 2)) continue; /* tail forward, head backward */
      for (int k = 0; k < 8; k++) {
        plain_chain chain;
        random_chain(&chain, 2 + _i % 5, base, backward);
        found += check_chain(&chain);
      }
    }
  }
  ck_assert_int_gt(found, 50);
  close_round();
}
END_TEST

/* ---- identities ------------------------------------------------------------------------------------------------------------ */

static int64_t sum(const journey_table *table) {
  int64_t total = 0;
  for (int64_t row = 0; row < journey_table_rows(table); row++) total += plain_int(table, row, "count");
  return total;
}

/* After every event comes an event or the end of its path; before every one, too. */
START_TEST(test_everything) {
  open_round(_i, 9);
  for (int backward = 0; backward < 2; backward++) {
    journey_table *table = plain_measure(study, "next", backward ? "direction=backward" : "", 0);
    int64_t last = journey_table_rows(table) - 1;
    ck_assert_int_eq(sum(table), events.count);
    ck_assert_str_eq(plain_text(table, last, backward ? "previous" : "next"), backward ? "(start)" : "(exit)");
    ck_assert_int_eq(plain_int(table, last, "count"), CUSTOMERS);
    journey_table_free(table);
  }
  close_round();
}
END_TEST

/* As often as b comes after a, a comes before b. */
START_TEST(test_both_ways) {
  open_round(_i, 30);
  for (int a = 0; a < 4; a++) {
    char settings[64];
    snprintf(settings, sizeof settings, "chain=%s", plain_names[a]);
    journey_table *forward = plain_measure(study, "next", settings, 0);
    for (int b = 0; b < 4; b++) {
      snprintf(settings, sizeof settings, "chain=%s, direction=backward", plain_names[b]);
      journey_table *backward = plain_measure(study, "next", settings, 0);
      int64_t there = plain_find(forward, "next", plain_names[b], NULL, NULL);
      int64_t back = plain_find(backward, "previous", plain_names[a], NULL, NULL);
      ck_assert((there < 0) == (back < 0));
      if (there >= 0) ck_assert_int_eq(plain_int(forward, there, "count"), plain_int(backward, back, "count"));
      if (there >= 0)
        ck_assert(plain_float(forward, there, "median_seconds") == plain_float(backward, back, "median_seconds"));
      journey_table_free(backward);
    }
    journey_table_free(forward);
  }
  close_round();
}
END_TEST

/* Names past the top are one row with all their times, and the counts are those of everything. */
START_TEST(test_top) {
  open_round(_i, 50);
  plain_chain chain = {.steps = 1, .settings = "chain=*, top=2", .base_step.channel = -1, .step[0].channel = -1};
  for (int n = 0; n < PLAIN_NAMES; n++) chain.base_step.name[n] = chain.step[0].name[n] = true;
  journey_table *all = plain_measure(study, "next", "chain=*", 0),
                *few = plain_measure(study, "next", "chain=*, top=2", 0);
  ck_assert_int_eq(sum(all), sum(few));
  int64_t rest = 0;
  for (int64_t row = 0; row < journey_table_rows(all) - 1; row++) {
    if (row < 2) ck_assert_str_eq(plain_text(all, row, "next"), plain_text(few, row, "next"));
    if (row < 2) ck_assert_int_eq(plain_int(all, row, "count"), plain_int(few, row, "count"));
    if (row >= 2) rest += plain_int(all, row, "count");
  }
  int64_t other = plain_find(few, "next", "(other)", NULL, NULL);
  ck_assert((other >= 0) == (rest > 0));
  if (rest > 0) {
    plain_follower joined = {0};
    journey_table *list = plain_measure(study, "next_customers", "chain=*", 0);
    memset(followers, 0, sizeof followers);
    for (int c = 0; c < CUSTOMERS; c++) count_path(&chain, c, list);
    for (int n = 0; n < PLAIN_NAMES; n++) {
      bool shown = plain_find(few, "next", plain_names[n], NULL, NULL) >= 0;
      for (int g = 0; !shown && g < followers[n].gaps; g++) joined.gap[joined.gaps++] = followers[n].gap[g];
    }
    ck_assert_int_eq(other, 2);
    ck_assert_int_eq(plain_int(few, other, "count"), rest);
    ck_assert(plain_missing(few, other, "customers"));
    ck_assert(same(plain_quantile(joined.gap, joined.gaps, 0.5), plain_float(few, other, "median_seconds")));
    journey_table_free(list);
  }
  journey_table_free(all);
  journey_table_free(few);
  close_round();
}
END_TEST

START_TEST(test_none) {
  open_round(1, 9);
  journey_table *table = plain_measure(study, "next", "chain=nobody", 0);
  journey_table *list = plain_measure(study, "next_customers", "chain=nobody", 0);
  ck_assert_int_eq(journey_table_rows(table), 0);
  ck_assert_int_eq(journey_table_rows(list), 0);
  journey_table_free(table);
  journey_table_free(list);
  close_round();
}
END_TEST

START_TEST(test_refused) {
  static const struct {
    const char *settings, *message;
  } cases[] = {
      {"base=head, direction=backward", "option base: nothing comes before the head of a path; with direction backward "
                                        "take tail, a match, or every"},
      {"base=tail", "option base: nothing comes after the tail of a path; with direction forward take head, a match, "
                    "or every"},
  };
  open_round(1, 9);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int m = 0; m < 2; m++) {
      plain_settings settings;
      journey_error err = {0};
      journey_table *table;
      const char *metric = m ? "next_customers" : "next";
      plain_set(&settings, cases[i].settings);
      ck_assert_int_eq(journey_measure(study, metric, settings.setting, settings.count, &table, &err), JOURNEY_EINVAL);
      ck_assert_msg(strstr(err.message, cases[i].message), "%s", err.message);
    }
  }
  close_round();
}
END_TEST

/* One customer, 60000 events of one time and one name: the greatest chain, the longest run of ties. */
START_TEST(test_long) {
  enum { LONG = 60000 };
  plain_event *event = calloc(LONG, sizeof *event);
  for (int i = 0; i < LONG; i++) event[i] = (plain_event){.name = i % 2, .channel = -1, .value = NAN};
  events = (plain_events){.event = event, .count = LONG, .customers = 1, .parts = 1};
  study = plain_study(&events, context, -1, NULL, NULL);
  char settings[256] = "chain=*";
  for (int s = 1; s < 64; s++) strcat(settings, ";*");
  journey_table *table = plain_measure(study, "next", settings, 0);
  ck_assert_int_eq(sum(table), LONG / 64); /* the last 32 events are no whole chain */
  journey_table_free(table);
  table = plain_measure(study, "next", "chain=home, ties=name", 0);
  ck_assert_int_eq(plain_int(table, plain_find(table, "next", "home", NULL, NULL), "count"), LONG / 2 - 1);
  ck_assert_int_eq(plain_int(table, plain_find(table, "next", "list", NULL, NULL), "count"), 1);
  ck_assert_int_eq(journey_table_rows(table), 2);
  journey_table_free(table);
  close_round();
}
END_TEST

/* ---- entries --------------------------------------------------------------------------------------------------------------- */

typedef struct plain_ends {
  int64_t events, entries, exits, single;
} plain_ends;

static int64_t count_ends(bool collapse, plain_ends ends[PLAIN_NAMES]) {
  plain_chain as_it_is = {.collapse = collapse};
  int64_t total = 0;
  memset(ends, 0, PLAIN_NAMES * sizeof *ends);
  for (int c = 0; c < CUSTOMERS; c++) {
    plain_event path[MOST_PATH];
    int n = read_path(&as_it_is, c, path);
    ends[path[0].name].entries++;
    ends[path[0].name].single += n == 1;
    ends[path[n - 1].name].exits++;
    for (int i = 0; i < n; i++) ends[path[i].name].events++;
    total += n;
  }
  return total;
}

static void check_share(const journey_table *table, int64_t row, const char *column, int64_t count, int64_t n) {
  char name[32];
  journey_interval share;
  if (n == 0) {
    ck_assert(plain_missing(table, row, column));
    return;
  }
  ck_assert_int_eq(journey_stat_wilson(count, n, 0.95, &share, NULL), JOURNEY_OK);
  ck_assert(same(plain_float(table, row, column), (double)count / (double)n));
  snprintf(name, sizeof name, "%s_low", column);
  ck_assert(same(plain_float(table, row, name), share.low));
  snprintf(name, sizeof name, "%s_high", column);
  ck_assert(same(plain_float(table, row, name), share.high));
}

static void check_ends(const journey_table *table, int64_t row, const plain_ends *e) {
  ck_assert_int_eq(plain_int(table, row, "events"), e->events);
  ck_assert_int_eq(plain_int(table, row, "entries"), e->entries);
  ck_assert_int_eq(plain_int(table, row, "exits"), e->exits);
  ck_assert_int_eq(plain_int(table, row, "bounces"), e->single);
  check_share(table, row, "entry", e->entries, CUSTOMERS);
  check_share(table, row, "exit", e->exits, CUSTOMERS);
  check_share(table, row, "exit_rate", e->exits, e->events);
  check_share(table, row, "bounce_rate", e->single, e->entries);
}

START_TEST(test_entries) {
  plain_ends ends[PLAIN_NAMES];
  open_round(_i, 9);
  for (int k = 0; k < 4; k++) {
    static const char *const settings[] = {"", "collapse=true", "top=2", "collapse=true, top=1"};
    static const int tops[] = {100, 100, 2, 1};
    journey_table *table = plain_measure(study, "entries", settings[k], 0);
    int64_t total = count_ends(k % 2, ends), rows = journey_table_rows(table);
    plain_ends all = {0}, others = {0};
    int named = 0;
    for (int n = 0; n < PLAIN_NAMES; n++) {
      int64_t row = plain_find(table, "event", plain_names[n], NULL, NULL);
      named += ends[n].events > 0;
      if (row >= 0) {
        check_ends(table, row, &ends[n]);
        continue;
      }
      others.events += ends[n].events, others.entries += ends[n].entries;
      others.exits += ends[n].exits, others.single += ends[n].single;
    }
    ck_assert_int_eq(rows, named > tops[k] ? tops[k] + 1 : named);
    if (named > tops[k]) ck_assert_str_eq(plain_text(table, rows - 1, "event"), "(other)");
    if (named > tops[k]) check_ends(table, rows - 1, &others);
    for (int64_t row = 0; row < rows; row++) {
      all.events += plain_int(table, row, "events"), all.entries += plain_int(table, row, "entries");
      all.exits += plain_int(table, row, "exits");
      bool last = named > tops[k] && row == rows - 1;
      ck_assert(row == 0 || last || plain_int(table, row - 1, "entries") >= plain_int(table, row, "entries"));
    }
    ck_assert(all.entries == CUSTOMERS && all.exits == CUSTOMERS && all.events == total);
    journey_table_free(table);
  }
  close_round();
}
END_TEST

Suite *next_suite(void);
Suite *next_suite(void) {
  Suite *suite = suite_create("next");
  TCase *all = tcase_create("next");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_every_option, 0, ROUNDS);
  tcase_add_loop_test(all, test_everything, 0, 5);
  tcase_add_loop_test(all, test_both_ways, 0, 5);
  tcase_add_loop_test(all, test_top, 0, 8);
  tcase_add_test(all, test_none);
  tcase_add_test(all, test_refused);
  tcase_add_test(all, test_long);
  tcase_add_loop_test(all, test_entries, 0, 10);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(next_suite()); }
