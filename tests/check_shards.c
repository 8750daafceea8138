/* The answer of every metric is the same, cell by cell, for any number of shards and threads, and when the customers lie
 * in several streams whose partial states are joined. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "metric_model.h"

enum { PARTS = 3 };

static const struct {
  const char *metric, *settings;
} cases[] = {
    {"summary", ""},
    {"funnel", "steps=home;list;cart|item;pay, window=6h"},
    {"funnel", "steps=home;home[channel=web];*"},
    {"funnel_customers", "steps=home;list;cart|item;pay, window=6h"},
    {"entries", ""},
    {"entries", "collapse=true, top=2"},
    {"next", "chain=item"},
    {"next", "chain=home|list;*, direction=backward, ties=name, collapse=true, top=2"},
    {"next", "base=first_match, base_step=*[channel=web]"},
    {"next_customers", "chain=item, direction=backward"},
    {"funnel_customers", "steps=home;list;item, mode=strict_order+strict_once, events=true"},
    {"funnel", "steps=home;list;item, optional=2, values=true, exclude=help, breakdown=channel, breakdown_at=last"},
    {"funnel", "steps=home;list;item, count=passes, trend=day, step_window=2h"},
    {"funnel", "steps=home;list;item, count=sessions, hold=channel, first_ever=1"},
    {"funnel", "steps=home;list;item, grace=1h"},
    {"funnel_times", "steps=home;list|cart;item|pay"},
    {"conversion", "goal=pay"},
    {"conversion", "goal=cart|pay, start=home, window=1d"},
    {"loops", "goal=pay"},
    {"loops", "goal=cart|pay, steps=home;list|item;pay, longest=2, collapse=true, most=9"},
    {"transitions", ""},
    {"transitions", "collapse=true, least=4"},
    {"transitions", "times=false, reach=false"},
    {"paths", ""},
    {"paths", "collapse=true, length=3, most=7"},
    {"paths", "transform=without:item[channel=web]|list;frequency;tail:3"},
    {"paths", "collapse=true, transform=without_last:help|nps;first"},
    {"steps", "top=2"},
    {"steps", "start=home, depth=4, top=100, collapse=false"},
    {"steps", "times=false, top=3, least=3"},
    {"steps", "times=false, end=pay, top=3, group=shelf:=list|item;help:=cart[channel=web], without=csat"},
    {"steps", "around=list|item, depth=2, least=2, occurrence=last"},
    {"steps", "start=home, end=pay, depth=3"},
    {"step_matrix", ""},
    {"step_matrix", "around=item[channel=web], depth=2, top=2, group=home:=list"},
    {"retention", "period=day"},
    {"retention", "period=week, start=home, returns=pay, periods=3"},
    {"retention", "period=month"},
    {"sessions", "goal=pay"},
    {"sessions", "entry=true, top=2"},
    {"lifecycle", "period=day"},
    {"lifecycle", "period=month, active=pay|cart"},
    {"stickiness", ""},
    {"stickiness", "interval=week, period=month, active=home"},
    {"stickiness", "period=all"},
    {"active", ""},
    {"active", "windows=calendar, active=pay"},
    {"active", "average=all"},
    {"impact", "treatment=cart, period=12h, periods=3"},
    {"impact", "treatment=home, outcome=pay|cart[channel=app], period=9d, periods=2"},
    {"overlap", "steps=home;list;pay"},
    {"overlap", "steps=home;list;cart|pay;help, show=combinations, most=5"},
    {"overlap", "steps=home;home[channel=web], show=sets"},
    {"retention", "period=day, kind=on_or_after, cohort=every, rolling=true, values=mean, least=2, average=simple"},
    {"retention", "period=day, kind=brackets, relative=previous, values=sum, average=weighted"},
    {"retention_steps", "steps=home;list;cart|item"},
    {"retention_steps", "steps=home;home[channel=web];*, ordered=true"},
    {"retention", "period=week, kind=loss, relative=previous, cohort=every, average=simple"},
    {"similar", "goal=pay, features=pairs, most_paths=9, most_clusters=4"},
    {"touchpoints", "scores=*"},
    {"csat", ""},
    {"csat", "answers=*, scale=7, per=event"},
    {"match", "pattern=home\tthen\twithin\t1d\t(list\tor\titem)\t1\tto\t3\ttimes\tthen\tcart|pay"},
    {"match", "pattern=home[channel=web]\tthen\t*\tnot\tfollowed\tby\tpay\twithin\t2h, window=6h"},
    {"match", "syntax=clickhouse, steps=home;list;pay, pattern=(?1).*(?2)(?t<=36000)(?3)"},
    {"match_customers", "pattern=home\tthen\toptionally\tlist\tthen\tafter\t1h\tpay"},
    {"nps", "answers=*, per=touchpoint"},
    {"ces", "answers=*, version=1, per=event"},
    {"ces", "answers=*"},
    {"drivers", "goal=pay, least=1"},
    {"drivers", "goal=cart|pay, start=home, window=8h, least=3, values_of=channel, correction=bh, most=3"},
    {"friction", "goal=pay, steps=home;list;cart;pay, errors=help, least=1, most=1000, waits=1, wait_least=0s"},
    {"friction", "goal=pay[channel=web], steps=home;list[channel=app];cart, errors=help|item[value>3], least=1"},
    {"friction", "goal=cart|pay, start=home, steps=home;list, pause=none, repeats=2, repeat-within=1d, least=2, waits=0"},
};
enum { CASES = sizeof cases / sizeof *cases };

static journey_context *new_context(int threads) {
  journey_context *context;
  journey_context_options options = {.struct_size = sizeof options, .threads = threads};
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
  return context;
}

/* Touchpoints with and without stages, one that nobody meets; personas of which one fits nobody in some parts. */
static journey_map *new_map(journey_context *context) {
  static const char *const elements[][4] = {
      {"stage", "before", NULL, NULL},
      {"stage", "after", NULL, NULL},
      {"touchpoint", "shop", "home|list|item", "before"},
      {"touchpoint", "never", "nothing", "after"},
      {"touchpoint", "till", "cart|pay", "after"},
      {"touchpoint", "desk", "help", NULL},
  };
  static const char *const personas[][2] = {
      {"buyer", "event=pay & channel=app"}, {"asker", "event=help"}, {"nobody", "event=nothing"}};
  journey_map *map;
  journey_element *made;
  ck_assert_int_eq(journey_map_new(context, &map, NULL), JOURNEY_OK);
  for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
    ck_assert_int_eq(journey_map_add(map, elements[i][0], elements[i][1], &made, NULL), JOURNEY_OK);
    if (elements[i][2]) ck_assert_int_eq(journey_element_set_text(made, "events", elements[i][2], NULL), JOURNEY_OK);
    if (elements[i][3]) ck_assert_int_eq(journey_element_set_text(made, "stage", elements[i][3], NULL), JOURNEY_OK);
  }
  for (int i = 0; i < 3; i++) {
    ck_assert_int_eq(journey_map_add(map, "persona", personas[i][0], &made, NULL), JOURNEY_OK);
    ck_assert_int_eq(journey_element_set_text(made, "rule", personas[i][1], NULL), JOURNEY_OK);
  }
  return map;
}

/* Everything that must be equal for one kind of scope. */
static void check_scope(const plain_events *events, journey_context *const context[2], bool mapped, bool mixed,
                        const journey_study_options *scope) {
  static const int shards[] = {2, 7, 0};
  journey_study *whole[2], *part[PARTS];
  for (int t = 0; t < 2; t++) {
    journey_map *map = mapped ? new_map(context[t]) : NULL;
    whole[t] = plain_study(events, context[t], -1, map, scope);
    for (int p = 0; t == 0 && p < PARTS; p++) part[p] = plain_study(events, context[t], p, map, scope);
    journey_map_free(map);
  }
  for (int i = 0; i < CASES; i++) {
    char what[256];
    const char *metric = cases[i].metric, *settings = cases[i].settings;
    snprintf(what, sizeof what, "%s %s, map %d, by %s, paths %d", metric, settings, mapped, scope->by ? scope->by : "-",
             (int)scope->paths);
    journey_table *one = plain_measure(whole[0], metric, settings, 1), *other;
    for (int s = 0; s < 3; s++) {
      for (int t = 0; t < 2; t++) {
        other = plain_measure(whole[t], metric, settings, shards[s]);
        plain_same(one, other, what);
        journey_table_free(other);
      }
    }
    bool by_customer = strstr(metric, "_customers"); /* in the order of the stream, or of the parts */
    strcat(what, ", joined");
    other = plain_join(context[0], part, PARTS, metric, settings);
    if (!by_customer || !mixed) plain_same(one, other, what);
    journey_table_free(other);
    journey_table_free(one);
  }
  for (int t = 0; t < 2; t++) journey_study_free(whole[t]);
  for (int p = 0; p < PARTS; p++) journey_study_free(part[p]);
}

START_TEST(test_same_answer) {
  static const journey_study_options scopes[] = {
      {.struct_size = sizeof *scopes},
      {.struct_size = sizeof *scopes, .by = "channel", .confidence = 0.9},
      {.struct_size = sizeof *scopes, .by = "channel:last", .where = "event!=item", .zone = "+05:30"},
      {.struct_size = sizeof *scopes, .by = "persona", .paths = JOURNEY_PATHS_OF_SESSIONS},
      {.struct_size = sizeof *scopes, .paths = JOURNEY_PATHS_OF_SESSIONS, .session_gap = 7200 * INT64_C(1000000)},
      {.struct_size = sizeof *scopes, .customers = "event=pay", .from = "2023-11-16", .to = "2023-12-20"},
  };
  journey_context *context[2] = {new_context(1), new_context(3)};
  model_random random = {.state = 77 + (uint64_t)_i};
  plain_events events;
  plain_shape shape = {.customers = 40,
                       .most = 9,
                       .names = PLAIN_NAMES,
                       .ticks = _i ? 1500 : 9,
                       .tick = 3600000000,
                       .base = INT64_C(1700000000000000),
                       .parts = PARTS,
                       .mixed = _i == 2};
  plain_new(&events, &random, &shape);
  for (size_t s = 0; s < sizeof scopes / sizeof *scopes; s++) {
    bool persona = scopes[s].by && !strcmp(scopes[s].by, "persona");
    check_scope(&events, context, true, shape.mixed, &scopes[s]);
    if (!persona) check_scope(&events, context, false, shape.mixed, &scopes[s]);
  }
  plain_free(&events);
  for (int t = 0; t < 2; t++) journey_context_free(context[t]);
}
END_TEST

/* A part without any customer, and parts that hold nothing but one. */
START_TEST(test_empty_parts) {
  journey_context *context = new_context(1);
  model_random random = {.state = 5};
  plain_events events, none = {.customers = 1, .parts = 1};
  plain_shape shape = {.customers = 3, .most = 5, .names = PLAIN_NAMES, .ticks = 50, .tick = 3600000000, .parts = 3};
  plain_new(&events, &random, &shape);
  journey_study *part[5] = {plain_study(&none, context, -1, NULL, NULL)};
  for (int p = 0; p < 3; p++) part[p + 1] = plain_study(&events, context, p, NULL, NULL);
  part[4] = plain_study(&none, context, -1, NULL, NULL);
  journey_study *whole = plain_study(&events, context, -1, NULL, NULL);
  for (int i = 0; i < CASES; i++) {
    if (strstr(cases[i].settings, "channel")) continue; /* no events, no attributes */
    journey_table *one = plain_measure(whole, cases[i].metric, cases[i].settings, 7);
    journey_table *other = plain_join(context, part, 5, cases[i].metric, cases[i].settings);
    plain_same(one, other, cases[i].metric);
    journey_table_free(one);
    journey_table_free(other);
    one = plain_measure(part[0], cases[i].metric, cases[i].settings, 7);
    other = plain_join(context, part, 1, cases[i].metric, cases[i].settings);
    plain_same(one, other, cases[i].metric);
    journey_table_free(one);
    journey_table_free(other);
  }
  for (int p = 0; p < 5; p++) journey_study_free(part[p]);
  journey_study_free(whole);
  plain_free(&events);
  journey_context_free(context);
}
END_TEST

/* ---- groups ---------------------------------------------------------------------------------------------------------- */

static double sum_of(const journey_table *table, int32_t column) {
  double sum = 0;
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    if (!journey_table_is_null(table, row, column)) sum += (double)journey_table_int64(table, row, column);
  }
  return sum;
}

/* Columns of counts: everything that is a whole number and adds up. */
static const struct {
  const char *metric, *settings, *columns[8];
} counted[] = {
    {"summary", "", {"customers", "events", "sessions"}},
    {"funnel", "steps=home;list;pay", {"customers", "dropped"}},
    {"funnel_customers", "steps=home;list;pay", {"level"}},
    {"conversion", "goal=pay, start=home", {"visitors", "converters", "conversions"}},
    {"loops", "goal=pay, most=100000", {"count", "customers", "before_goal"}},
    {"retention_steps", "steps=home;list;pay", {"customers"}},
    {"transitions", "", {"count", "customers"}},
    {"paths", "most=1000", {"count"}},
    {"entries", "", {"events", "entries", "exits", "bounces"}},
    {"next", "chain=home", {"count", "customers"}},
    {"steps", "", {"count", "customers"}},
    {"step_matrix", "top=1000", {"count"}},
    {"sessions", "goal=pay", {"sessions", "customers", "bounces", "converted"}},
    {"lifecycle", "", {"active", "new", "returning", "resurrecting", "dormant"}},
    {"stickiness", "period=month", {"exactly", "at_least"}},
    {"active", "", {"dau", "wau", "mau"}},
    {"active", "windows=calendar", {"dau", "wau", "mau"}},
    {"impact", "treatment=home, period=1d", {"customers", "censored", "events", "active"}},
    {"overlap", "steps=home;list;pay", {"customers_a", "customers_b", "both", "either"}},
    {"overlap", "steps=home;list;pay, show=combinations", {"customers"}},
    {"similar", "goal=pay, clusters=3", {"customers", "clustered", "converted"}},
    {"touchpoints", "scores=*", {"customers", "events", "scores"}},
    {"csat", "answers=*", {"n", "out_of_scale", "without_value"}},
    {"match", "pattern=home\tthen\tlist", {"customers", "in_scope", "matches"}},
    {"match_customers", "pattern=home\tthen\tlist", {"step"}},
    {"nps", "answers=*", {"n", "detractors", "passives", "promoters", "out_of_scale", "without_value"}},
    {"ces", "answers=*, per=event", {"n", "out_of_scale", "without_value"}},
};

START_TEST(test_groups_add_up) {
  static const char *const by[] = {"channel", "channel:last", "persona"};
  journey_context *context = new_context(2);
  model_random random = {.state = 99};
  plain_events events;
  plain_shape shape = {.customers = 120, .most = 8, .names = PLAIN_NAMES, .ticks = 300, .tick = 3600000000};
  plain_new(&events, &random, &shape);
  journey_map *map = new_map(context);
  journey_study *whole = plain_study(&events, context, -1, map, NULL);
  for (int b = 0; b < 3; b++) {
    journey_study_options scope = {.struct_size = sizeof scope, .by = by[b]};
    journey_study *cut = plain_study(&events, context, -1, map, &scope);
    ck_assert_uint_gt(journey_study_groups(cut), 1);
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
      journey_table *all = plain_measure(whole, counted[i].metric, counted[i].settings, 0);
      journey_table *groups = plain_measure(cut, counted[i].metric, counted[i].settings, 0);
      ck_assert_int_eq(journey_table_columns(groups), journey_table_columns(all) + 1);
      for (const char *const *c = counted[i].columns; *c; c++) {
        double total = sum_of(all, journey_table_find(all, *c)), sum = sum_of(groups, journey_table_find(groups, *c));
        ck_assert_msg(total == sum && total > 0, "%s by %s: %s", counted[i].metric, by[b], *c);
      }
      journey_table_free(all);
      journey_table_free(groups);
    }
    journey_study_free(cut);
  }
  journey_study_free(whole);
  journey_map_free(map);
  plain_free(&events);
  journey_context_free(context);
}
END_TEST

Suite *shards_suite(void);
Suite *shards_suite(void) {
  Suite *suite = suite_create("shards");
  TCase *all = tcase_create("shards");
  tcase_add_loop_test(all, test_same_answer, 0, 3);
  tcase_add_test(all, test_empty_parts);
  tcase_add_test(all, test_groups_add_up);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(shards_suite()); }
