/* Every rule of the funnel against an exhaustive search: all choices of events are tried, and those that the rule forbids are
 * left out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "metric_model.h"

enum { MOST_STEPS = 5, MOST_PATH = 10, CUSTOMERS = 40 };
#define SECOND INT64_C(1000000)
#define NONE INT64_MAX

static journey_context *context;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* ---- what is asked ------------------------------------------------------------------------------------------------- */

typedef struct question {
  int steps, names;
  unsigned step[MOST_STEPS], excluded; /* names, as bits */
  int from, to;                        /* the exclusion's steps */
  int64_t window, step_window, grace, period, gap; /* gap: chains lie within one session; 0: no such rule */
  bool increase, once, hold, strict, any;
  unsigned optional, first_matching, first_ever; /* steps, as bits */
  char settings[512];
} question;

static void ask_steps(question *q, model_random *random) {
  int at = sprintf(q->settings, "steps=");
  q->steps = 2 + model_below(random, MOST_STEPS - 1);
  for (int s = 0; s < q->steps; s++) {
    int alternatives = 1 + (model_below(random, 3) == 0);
    q->step[s] = 0;
    for (int a = 0; a < alternatives; a++) {
      int name = model_below(random, q->names);
      q->step[s] |= 1u << name;
      at += sprintf(q->settings + at, "%s%s", a ? "|" : s ? ";" : "", plain_names[name]);
    }
  }
  q->window = q->step_window = NONE;
  if (model_below(random, 3)) {
    int seconds = model_below(random, 8);
    q->window = seconds * SECOND;
    sprintf(q->settings + at, ", window=%ds", seconds);
  }
}

static void add_setting(question *q, const char *format, int a, int b) {
  sprintf(q->settings + strlen(q->settings), format, a, b);
}

static void ask_exclusion(question *q, model_random *random) {
  int name = model_below(random, q->names);
  q->excluded = 1u << name;
  q->from = model_below(random, q->steps - 1);
  q->to = q->from + 1 + model_below(random, q->steps - q->from - 1);
  sprintf(q->settings + strlen(q->settings), ", exclude=%s, exclude_between=%d-%d", plain_names[name], q->from + 1,
          q->to + 1);
}

enum {
  PLAIN, STEP_WINDOW, INCREASE, ONCE, EXCLUDE, OPTIONAL, HOLD, GRACE, PERIOD, SESSION, FIRST_MATCHING, FIRST_EVER, STRICT,
  ANY, STEP_WINDOW_EXCLUDE, INCREASE_STEP_WINDOW, ONCE_HOLD, INCREASE_OPTIONAL, RULES
};

static void ask(question *q, model_random *random, int rule) {
  ask_steps(q, random);
  int seconds = model_below(random, 5), last = q->steps - 1, middle = 1 + model_below(random, last);
  if (rule == STEP_WINDOW || rule == STEP_WINDOW_EXCLUDE || rule == INCREASE_STEP_WINDOW) {
    q->step_window = seconds * SECOND;
    add_setting(q, ", step_window=%ds", seconds, 0);
  }
  q->increase = rule == INCREASE || rule == INCREASE_STEP_WINDOW || rule == INCREASE_OPTIONAL;
  q->once = rule == ONCE || rule == ONCE_HOLD;
  q->hold = rule == HOLD || rule == ONCE_HOLD;
  if (q->increase) strcat(q->settings, ", mode=strict_increase");
  if (q->once) strcat(q->settings, ", mode=strict_once");
  if (q->hold) strcat(q->settings, ", hold=channel");
  if (rule == EXCLUDE || rule == STEP_WINDOW_EXCLUDE) ask_exclusion(q, random);
  if (rule == OPTIONAL || rule == INCREASE_OPTIONAL) {
    q->optional = 1u << middle;
    add_setting(q, ", optional=%d", middle + 1, 0);
  }
  if (rule == GRACE) q->grace = (seconds + 1) * SECOND, add_setting(q, ", grace=%ds", seconds + 1, 0);
  if (rule == PERIOD) q->period = 3600 * SECOND, strcat(q->settings, ", within=hour");
  if (rule == SESSION) q->gap = 1800 * SECOND, strcat(q->settings, ", sessions=1");
  if (rule == FIRST_MATCHING) q->first_matching = 1u << middle, add_setting(q, ", first_matching=%d", middle + 1, 0);
  if (rule == FIRST_EVER) q->first_ever = 1u, strcat(q->settings, ", first_ever=1");
  q->strict = rule == STRICT;
  q->any = rule == ANY;
  if (q->strict) strcat(q->settings, ", order=strict");
  if (q->any) strcat(q->settings, ", order=any");
}

/* ---- the exhaustive search --------------------------------------------------------------------------------------------- */

typedef struct search {
  const question *q;
  const plain_event *path;
  int n, session[MOST_PATH];
  int event[MOST_STEPS]; /* of the chain at hand, by step; -1: left out */
  int best;
} search;

static bool satisfies(const search *s, int step, int i) {
  const question *q = s->q;
  if (!(q->step[step] >> s->path[i].name & 1)) return false;
  for (int before = 0; before < i; before++) {
    if ((q->first_ever >> step & 1) && s->path[before].name == s->path[i].name) return false;
    if ((q->first_matching >> step & 1) && (q->step[step] >> s->path[before].name & 1)) return false;
  }
  return true;
}

/* Whether an exclusion lies strictly between the chain's event of `from` (or the last before it) and the time given. */
static bool is_excluded(const search *s, int step, int64_t time) {
  const question *q = s->q;
  int from = -1;
  if (step < q->from) return false;
  for (int k = 0; k <= q->from; k++) {
    if (s->event[k] >= 0) from = s->event[k];
  }
  for (int x = 0; x < s->n; x++) {
    bool between = s->path[x].time > s->path[from].time && s->path[x].time < time;
    if (between && (q->excluded >> s->path[x].name & 1)) return true;
  }
  return false;
}

/* Whether event i may be the step after `before`, which is event `last`. */
static bool may_follow(const search *s, int step, int last, int i) {
  const question *q = s->q;
  const plain_event *a = &s->path[last], *b = &s->path[i], *first = &s->path[s->event[0]];
  if (q->increase ? b->time <= a->time : b->time < a->time - q->grace) return false;
  if (q->window != NONE && b->time - first->time > q->window) return false;
  if (q->step_window != NONE && b->time - a->time > q->step_window) return false;
  if (q->hold && (b->channel < 0 || b->channel != first->channel)) return false;
  if (q->period && b->time / q->period != first->time / q->period) return false;
  if (q->gap && s->session[i] != s->session[s->event[0]]) return false;
  for (int k = 0; q->once && k < step; k++) {
    if (s->event[k] == i) return false;
  }
  return !(q->excluded && step > q->from && is_excluded(s, step - 1, step > q->to ? a->time : b->time));
}

/* Tries every event as the step `step`, the one before being event `last`; then leaves the step out, if that may be. */
static void try_step(search *s, int step, int last) {
  if (step == s->q->steps) return;
  for (int i = 0; i < s->n; i++) {
    if (!satisfies(s, step, i)) continue;
    if (step == 0 && s->q->hold && s->path[i].channel < 0) continue;
    s->event[step] = i;
    if (step > 0 && !may_follow(s, step, last, i)) continue;
    if (step + 1 > s->best) s->best = step + 1;
    try_step(s, step + 1, i);
  }
  s->event[step] = -1;
  if (step > 0 && (s->q->optional >> step & 1)) try_step(s, step + 1, last);
}

/* The longest run of events that follow each other directly and satisfy the first steps. */
static int longest_run(const search *s) {
  int best = 0;
  for (int i = 0; i < s->n; i++) {
    for (int k = 0; k < s->q->steps && i + k < s->n && satisfies(s, k, i + k); k++) {
      if (s->q->window != NONE && s->path[i + k].time - s->path[i].time > s->q->window) break;
      if (k + 1 > best) best = k + 1;
    }
  }
  return best;
}

/* The most steps that some window holds. */
static int most_in_window(const search *s) {
  int best = 0;
  for (int i = 0; i < s->n; i++) {
    int steps = 0;
    for (int k = 0; k < s->q->steps; k++) {
      bool any = false;
      for (int j = i; j < s->n; j++) {
        bool in = s->q->window == NONE || s->path[j].time - s->path[i].time <= s->q->window;
        any = any || (in && (s->q->step[k] >> s->path[j].name & 1));
      }
      steps += any;
    }
    if (steps > best) best = steps;
  }
  return best;
}

static int true_level(const question *q, const plain_event *path, int n) {
  search s = {.q = q, .path = path, .n = n};
  for (int i = 1; i < n; i++) s.session[i] = s.session[i - 1] + (path[i].time - path[i - 1].time > q->gap);
  if (q->strict) return longest_run(&s);
  if (q->any) return most_in_window(&s);
  try_step(&s, 0, -1);
  return s.best;
}

/* ---- the library's account --------------------------------------------------------------------------------------------- */

/* The events that are shown must be such a chain: that of a path which consists of them and what may end it. */
static void check_shown(const journey_table *table, int64_t row, const question *q, int level) {
  int64_t before = INT64_MIN;
  for (int k = 0; k < level; k++) {
    char column[24];
    sprintf(column, "time_%d", k + 1);
    if (q->optional >> k & 1 && plain_missing(table, row, column)) continue;
    int64_t time = plain_int(table, row, column);
    ck_assert(before == INT64_MIN || time >= before - q->grace);
    ck_assert(!q->increase || time > before);
    ck_assert(q->step_window == NONE || before == INT64_MIN || time - before <= q->step_window);
    ck_assert(q->window == NONE || time - plain_int(table, row, "time_1") <= q->window);
    before = time;
  }
}

static void check_question(const plain_events *events, journey_study *study, const question *q, int shards) {
  int reached[MOST_STEPS + 1] = {0};
  journey_table *customers = plain_measure(study, "funnel_customers", q->settings, shards);
  journey_table *funnel = plain_measure(study, "funnel", q->settings, shards);
  ck_assert_int_eq(journey_table_rows(customers), events->customers);
  for (int64_t row = 0; row < events->customers; row++) {
    plain_event path[MOST_PATH];
    int n = plain_path(events, atoi(plain_text(customers, row, "customer") + 1), path);
    int level = true_level(q, path, n), told = (int)plain_int(customers, row, "level");
    ck_assert_msg(told == level, "%s: customer %s: %d, not %d", q->settings, plain_text(customers, row, "customer"),
                  told, level);
    check_shown(customers, row, q, level);
    ck_assert((level == q->steps) == !strcmp(plain_text(customers, row, "ended_by"), "complete"));
    ck_assert((level == 0) == !strcmp(plain_text(customers, row, "ended_by"), "no_start"));
    for (int k = 0; k < level; k++) {
      char column[24];
      sprintf(column, "time_%d", k + 1);
      reached[k] += !plain_missing(customers, row, column);
    }
  }
  for (int k = 0; k < q->steps; k++) ck_assert_int_eq(plain_int(funnel, k, "customers"), reached[k]);
  journey_table_free(customers);
  journey_table_free(funnel);
}

START_TEST(test_rules) {
  model_random random = {.state = 700 + (uint64_t)_i};
  for (int round = 0; round < 12; round++) {
    bool sparse = _i == PERIOD || _i == SESSION;
    plain_shape shape = {.customers = CUSTOMERS,
                         .most = 2 + model_below(&random, MOST_PATH - 2),
                         .tick = sparse ? 700 * SECOND : SECOND,
                         .names = 2 + model_below(&random, 4),
                         .ticks = 1 + model_below(&random, 10),
                         .base = INT64_C(1700000000000000)};
    plain_events events;
    plain_new(&events, &random, &shape);
    journey_study *study = plain_study(&events, context, -1, NULL, NULL);
    for (int k = 0; k < 3; k++) {
      question q = {.names = shape.names};
      ask(&q, &random, _i);
      check_question(&events, study, &q, model_below(&random, 4));
    }
    journey_study_free(study);
    plain_free(&events);
  }
}
END_TEST

/* ---- passes, sessions, breakdowns, trends -------------------------------------------------------------------------------- */

static plain_events sample(model_random *random, journey_study **study) {
  plain_events events;
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = MOST_PATH,
                       .tick = 700 * SECOND,
                       .names = 5,
                       .ticks = 300,
                       .base = INT64_C(1700000000000000)};
  plain_new(&events, random, &shape);
  *study = plain_study(&events, context, -1, NULL, NULL);
  return events;
}

/* home, list, item within six hours: each pass begins at the first home after the one before. */
static void count_passes(const plain_event *path, int n, int64_t *reached) {
  int level = 0;
  int64_t start = 0;
  for (int i = 0; i < n; i++) {
    if (level && path[i].time - start > 6 * 3600 * SECOND) level = 0;
    if (path[i].name != level) continue;
    if (level == 0) start = path[i].time;
    reached[level++]++;
    if (level == 3) level = 0;
  }
}

START_TEST(test_passes) {
  model_random random = {.state = 31};
  for (int round = 0; round < 20; round++) {
    journey_study *study;
    int64_t reached[3] = {0};
    plain_events events = sample(&random, &study);
    journey_table *table = plain_measure(study, "funnel", "steps=home;list;item, window=6h, count=passes", 2);
    for (int c = 0; c < events.customers; c++) {
      plain_event path[MOST_PATH];
      int n = plain_path(&events, c, path);
      bool tie = false;
      for (int i = 1; i < n; i++) tie = tie || path[i].time == path[i - 1].time;
      count_passes(path, n, reached);
      ck_assert(!tie || n > 0);
    }
    /* Events of one time are taken in step order, which the loop above does not do: allow for what they can add. */
    for (int k = 0; k < 3; k++) {
      ck_assert(llabs((long long)(plain_int(table, k, "passes") - reached[k])) <= 2);
      ck_assert(k == 0 || plain_int(table, k, "passes") <= plain_int(table, k - 1, "passes"));
    }
    journey_table_free(table);
    journey_study_free(study);
    plain_free(&events);
  }
}
END_TEST

/* Sessions that are counted are what paths of sessions count. */
START_TEST(test_sessions) {
  model_random random = {.state = 32};
  journey_study *study;
  plain_events events = sample(&random, &study);
  journey_study_options scope = {.struct_size = sizeof scope, .paths = JOURNEY_PATHS_OF_SESSIONS};
  journey_study *cut = plain_study(&events, context, -1, NULL, &scope);
  journey_table *a = plain_measure(study, "funnel", "steps=home;list|item;cart, count=sessions", 3);
  journey_table *b = plain_measure(cut, "funnel", "steps=home;list|item;cart", 3);
  for (int k = 0; k < 3; k++) {
    ck_assert_int_eq(plain_int(a, k, "sessions"), plain_int(b, k, "customers"));
    ck_assert_int_eq(plain_int(a, k, "dropped"), plain_int(b, k, "dropped"));
  }
  ck_assert(plain_int(a, 0, "sessions") > 0);
  journey_table_free(a);
  journey_table_free(b);
  journey_study_free(cut);
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

/* Values and periods add up to the whole, and values of steps to the sums over the events shown. */
START_TEST(test_sums) {
  static const char *const splits[] = {"breakdown=channel", "breakdown=channel, breakdown_at=last",
                                       "breakdown=channel, breakdown_at=1", "breakdown=channel, breakdown_at=3",
                                       "trend=day", "trend=hour"};
  model_random random = {.state = 33};
  journey_study *study;
  plain_events events = sample(&random, &study);
  journey_table *whole = plain_measure(study, "funnel", "steps=home;list|item;cart, values=true", 1);
  for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
    char settings[128];
    int64_t customers[3] = {0}, dropped[3] = {0};
    double value[3] = {0};
    sprintf(settings, "steps=home;list|item;cart, values=true, %s", splits[i]);
    journey_table *table = plain_measure(study, "funnel", settings, 3);
    ck_assert(journey_table_rows(table) > 3 && journey_table_rows(table) % 3 == 0);
    for (int64_t row = 0; row < journey_table_rows(table); row++) {
      customers[row % 3] += plain_int(table, row, "customers");
      dropped[row % 3] += plain_int(table, row, "dropped");
      if (!plain_missing(table, row, "value")) value[row % 3] += plain_float(table, row, "value");
    }
    for (int k = 0; k < 3; k++) {
      ck_assert_int_eq(customers[k], plain_int(whole, k, "customers"));
      ck_assert_int_eq(dropped[k], plain_int(whole, k, "dropped"));
      ck_assert(fabs(value[k] - plain_float(whole, k, "value")) < 1e-9);
    }
    journey_table_free(table);
  }
  journey_table_free(whole);
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

/* A customer whom an exclusion costs is in no step; the others are as they are without it. */
START_TEST(test_excluded_customers) {
  model_random random = {.state = 34};
  journey_study *study;
  plain_events events = sample(&random, &study);
  const char *rule = "steps=home;list|item;cart, exclude=pay, excluded=customer";
  journey_table *table = plain_measure(study, "funnel", rule, 2);
  journey_table *each = plain_measure(study, "funnel_customers", rule, 2);
  journey_table *without = plain_measure(study, "funnel_customers", "steps=home;list|item;cart", 2);
  int64_t costs = 0, reached[3] = {0};
  for (int64_t row = 0; row < journey_table_rows(each); row++) {
    bool excluded = !strcmp(plain_text(each, row, "ended_by"), "exclude");
    costs += excluded;
    if (excluded) ck_assert_str_eq(plain_text(each, row, "ended_event"), "pay");
    if (excluded) continue;
    ck_assert_int_eq(plain_int(each, row, "level"), plain_int(without, row, "level"));
    for (int64_t k = 0; k < plain_int(each, row, "level"); k++) reached[k]++;
  }
  ck_assert(costs > 0);
  for (int k = 0; k < 3; k++) ck_assert_int_eq(plain_int(table, k, "customers"), reached[k]);
  journey_table_free(table);
  journey_table_free(each);
  journey_table_free(without);
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

/* The histogram holds everybody who took the step. */
START_TEST(test_times) {
  model_random random = {.state = 35};
  journey_study *study;
  plain_events events = sample(&random, &study);
  journey_table *funnel = plain_measure(study, "funnel", "steps=home;list|item;cart", 1);
  journey_table *times = plain_measure(study, "funnel_times", "steps=home;list|item;cart", 3);
  int64_t count[4] = {0};
  double end[4] = {0};
  for (int64_t row = 0; row < journey_table_rows(times); row++) {
    int64_t step = plain_int(times, row, "step");
    if (count[step]) ck_assert(fabs(plain_float(times, row, "from_seconds") - end[step]) < 1e-6);
    end[step] = plain_float(times, row, "to_seconds");
    count[step] += plain_int(times, row, "customers");
  }
  ck_assert_int_eq(count[2], plain_int(funnel, 1, "customers"));
  ck_assert_int_eq(count[3], plain_int(funnel, 2, "customers"));
  ck_assert(count[3] > 0 && plain_float(funnel, 2, "whole_median_seconds") <= end[3]);
  journey_table_free(funnel);
  journey_table_free(times);
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

/* Each group beside one of them: the shares are those of their own rows, and the p-values are corrected. */
START_TEST(test_baseline) {
  model_random random = {.state = 37};
  plain_shape shape = {.customers = 400, .most = 6, .names = 4, .ticks = 300, .tick = SECOND, .base = SECOND};
  plain_events events;
  journey_study_options scope = {.struct_size = sizeof scope, .by = "channel"};
  plain_new(&events, &random, &shape);
  journey_study *study = plain_study(&events, context, -1, NULL, &scope);
  journey_table *alone = plain_measure(study, "funnel", "steps=home;list;item", 2);
  journey_table *table = plain_measure(study, "funnel", "steps=home;list;item, baseline=app", 2);
  int64_t base = plain_find(alone, "channel", "app", NULL, NULL);
  ck_assert(journey_table_rows(alone) == journey_table_rows(table) && base >= 0);
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    int64_t step = row % 3, first = row - step;
    bool own = !strcmp(plain_text(table, row, "channel"), "app");
    ck_assert(plain_missing(table, row, "difference") == own);
    ck_assert(plain_missing(table, row, "p_adjusted") == (own || step == 0));
    if (own) continue;
    double of_first = plain_float(alone, row, "of_first"), other = plain_float(alone, base + step, "of_first");
    ck_assert(fabs(plain_float(table, row, "difference") - (of_first - other)) < 1e-12);
    ck_assert(plain_float(table, row, "baseline_of_first") == other);
    if (step == 0) continue;
    double n1 = (double)plain_int(alone, first, "customers"), n2 = (double)plain_int(alone, base, "customers");
    double pooled = (of_first * n1 + other * n2) / (n1 + n2), se = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2));
    double p = erfc(fabs(of_first - other) / se / sqrt(2)), told = plain_float(table, row, "p_adjusted");
    ck_assert(told >= p * (1 - 1e-9) && told <= fmin(1, 2 * p) * (1 + 1e-9) + 1e-12 * (told == 1));
  }
  journey_table_free(alone);
  journey_table_free(table);
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

/* ---- what is refused -------------------------------------------------------------------------------------------------------- */

START_TEST(test_refused) {
  static const struct {
    const char *settings, *word;
  } cases[] = {
      {"steps=home;list, mode=strict", "mode"},
      {"steps=home;list, mode=allow_reentry", "strict_order"},
      {"steps=home;list, mode=strict_once+", "mode"},
      {"steps=home;list, order=any, mode=strict_once", "mode"},
      {"steps=home;list, optional=1", "optional"},
      {"steps=home;list, optional=3", "optional"},
      {"steps=home;list, optional=x", "optional"},
      {"steps=home;list;cart, optional=2, mode=strict_order", "optional"},
      {"steps=home;list, exclude_between=1-2", "exclude"},
      {"steps=home;list, exclude=pay, exclude_between=2-1", "exclude_between"},
      {"steps=home;list, exclude=pay, exclude_between=1-2;1-2", "exclude_between"},
      {"steps=home;list, exclude=pay;;cart", "option exclude"},
      {"steps=home;list, count=passes, mode=strict_deduplication", "passes"},
      {"steps=home;list, grace=1s, mode=strict_once", "grace"},
      {"steps=home;list, hold=nothing", "nothing"},
      {"steps=home;list, breakdown=channel, breakdown_at=3", "breakdown_at"},
      {"steps=home;list, breakdown=channel, trend=day", "trend"},
      {"steps=home;list, breakdown_at=last", "breakdown_at"},
  };
  model_random random = {.state = 36};
  journey_study *study;
  plain_events events = sample(&random, &study);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    plain_settings settings;
    journey_table *table;
    journey_error err = {0};
    plain_set(&settings, cases[i].settings);
    ck_assert_msg(journey_measure(study, "funnel", settings.setting, settings.count, &table, &err) < 0, "%s is taken",
                  cases[i].settings);
    ck_assert_msg(strstr(err.message, cases[i].word), "%s: %s", cases[i].settings, err.message);
  }
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

Suite *funnel_rules_suite(void);
Suite *funnel_rules_suite(void) {
  Suite *suite = suite_create("funnel_rules");
  TCase *all = tcase_create("funnel_rules");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_rules, 0, RULES);
  tcase_add_test(all, test_passes);
  tcase_add_test(all, test_sessions);
  tcase_add_test(all, test_sums);
  tcase_add_test(all, test_excluded_customers);
  tcase_add_test(all, test_times);
  tcase_add_test(all, test_baseline);
  tcase_add_test(all, test_refused);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(funnel_rules_suite()); }
