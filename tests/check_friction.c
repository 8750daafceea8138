/* friction against what its words mean, counted by plain loops over small random paths; planted friction comes first;
 * and where none is planted, the intervals of the difference hold 0 about as often as they say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "metric_model.h"

enum { CUSTOMERS = 40, MOST_PATH = 14, MOST_WAYS = 5, SECOND = 1000000 };
enum { BACK_STEP, DROP_OFF, ERROR_EXIT, LOOP, REPEAT, WAIT, KINDS };
static const char *const kinds[KINDS] = {"back_step", "drop_off", "error_exit", "loop", "repeat", "wait"};

/* What is asked, as the settings say it and as the loops below read it. Names are home list item cart pay help. */
typedef struct question {
  const char *settings;
  int goal, start; /* names; -1: any */
  int64_t window, pause, within, wait_least;
  int step_count;
  unsigned step[MOST_WAYS]; /* sets of names */
  const char *step_name[MOST_WAYS];
  unsigned errors; /* a set of names */
  int rounds, repeats;
  double waits, late;
} question;

#define FOREVER (INT64_MAX / SECOND)
static const question cases[] = {
    {"goal=pay, steps=home;list;item;pay, errors=help, pause=4s, repeat-within=3s, wait-least=1s, waits=2, "
     "least=1, most=1000", 4, -1, FOREVER, 4, 3, 1, 4, {1, 2, 4, 16}, {"home", "list", "item", "pay"}, 1 << 5, 2, 3, 2,
     0.5},
    {"goal=cart, steps=home|item;list;item|list;list, errors=list|item, pause=none, repeat-within=0s, wait-least=0s, "
     "least=1, most=1000, repeats=2",
     3, -1, FOREVER, FOREVER, 0, 0, 4, {1 | 4, 2, 4 | 2, 2}, {"home|item", "list", "item|list", "list"}, 2 | 4, 2, 2, 5,
     0.5},
    {"goal=item, start=list, window=6s, steps=home;list;cart, errors=pay, pause=2s, rounds=3, waits=0, least=1, "
     "most=1000", 2, 1, 6, 2, 10, 600, 3, {1, 2, 8}, {"home", "list", "cart"}, 16, 3, 3, 0, 0.5},
    {"goal=help, start=home, steps=list;home, errors=nothing, repeat-within=1s, repeats=4, waits=1, wait-least=2s, "
     "least=1, most=1000", 5, 0, FOREVER, 1800, 1, 2, 2, {2, 1}, {"list", "home"}, 0, 2, 4, 1, 0.5},
    {"goal=list, steps=home;home;item, late=0, pause=0s, waits=1.5, wait-least=0s, errors=home, least=1, "
     "most=1000", 1, -1, FOREVER, 0, 10, 0, 3, {1, 1, 4}, {"home", "home", "item"}, 1, 2, 3, 1.5, 0},
    {"goal=pay, steps=home;list;item;cart;pay, late=1, pause=3s, waits=3, wait-least=1s, errors=home|help, "
     "least=1, most=1000", 4, -1, FOREVER, 3, 10, 1, 5, {1, 2, 4, 8, 16}, {"home", "list", "item", "cart", "pay"},
     1 | 1 << 5, 2, 3, 3, 1},
};
enum { CASES = sizeof cases / sizeof *cases };

static journey_context *context;
static plain_events events;
static journey_study *study;
static plain_event path[CUSTOMERS][MOST_PATH];
static int length[CUSTOMERS];

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* ---- what is to be found ----------------------------------------------------------------------------------------- */

typedef struct counts {
  int reached[2], hit[2], times;
} counts;
static counts found[KINDS][PLAIN_NAMES][PLAIN_NAMES];

/* One customer's journey: the events [0, n) of it, what comes after, and what he met. */
typedef struct journey {
  const question *asked;
  const plain_event *event;
  int n, all, converted;
  bool reached[KINDS][PLAIN_NAMES][PLAIN_NAMES];
  int times[KINDS][PLAIN_NAMES][PLAIN_NAMES];
} journey;

static int64_t gap(const journey *j, int i) { return j->event[i].time - j->event[i - 1].time; }
static bool pauses(const journey *j, int i) {
  return j->asked->pause != FOREVER && gap(j, i) > j->asked->pause * SECOND;
}

static bool open_journey(journey *j, const question *asked, const plain_event *event, int n) {
  memset(j, 0, sizeof *j);
  j->asked = asked;
  while (n > 0 && asked->start >= 0 && event->name != asked->start) event++, n--;
  j->event = event;
  j->all = n;
  for (int i = 0; i < n; i++) {
    if (asked->window != FOREVER && event[i].time - event->time > asked->window * SECOND) return n > 0;
    if (event[i].name == asked->goal) {
      j->converted = 1;
      return true;
    }
    j->n++;
  }
  return n > 0;
}

/* Visits, without repeats of one name; each run of alternation that no longer one holds. */
static void find_loops(journey *j) {
  for (int begin = 0, end; begin < j->n; begin = end) {
    int name[MOST_PATH], n = 0;
    for (end = begin; end < j->n && (end == begin || !pauses(j, end)); end++) {
      if (n == 0 || name[n - 1] != j->event[end].name) name[n++] = j->event[end].name;
    }
    for (int i = 0; i + 1 < n; i++) {
      int k = i + 2;
      j->reached[LOOP][name[i]][name[i + 1]] = true;
      if (i > 0 && name[i - 1] == name[i + 1]) continue;
      while (k < n && name[k] == name[k - 2]) k++;
      j->times[LOOP][name[i]][name[i + 1]] += k - i >= 2 * j->asked->rounds;
    }
  }
}

static void find_repeats(journey *j) {
  for (int name = 0; name < PLAIN_NAMES; name++) {
    int64_t time[MOST_PATH];
    bool angry = false;
    int n = 0, repeats = j->asked->repeats;
    for (int i = 0; i < j->n; i++) {
      if (j->event[i].name != name) continue;
      time[n++] = j->event[i].time;
      bool now = n >= repeats && time[n - 1] - time[n - repeats] <= j->asked->within * SECOND;
      j->times[REPEAT][name][name] += now && !angry;
      angry = now;
    }
    j->reached[REPEAT][name][name] = n > 0;
  }
}

static void find_exits(journey *j) {
  for (int i = 0; i < j->n; i++) {
    int name = j->event[i].name;
    if (!(j->asked->errors >> name & 1)) continue;
    j->reached[ERROR_EXIT][name][name] = true;
    j->times[ERROR_EXIT][name][name] += i + 1 == j->all || pauses(j, i + 1);
  }
}

static int step_of(const question *asked, int name) {
  int step = asked->step_count - 1;
  while (step >= 0 && !(asked->step[step] >> name & 1)) step--;
  return step;
}

static void find_back_steps(journey *j) {
  int at = -1;
  for (int i = 0; i < j->n; i++) {
    int step = step_of(j->asked, j->event[i].name);
    if (i > 0 && pauses(j, i)) at = -1;
    if (step < 0) continue;
    if (step < at) j->times[BACK_STEP][at][step]++;
    at = step;
    for (int to = 0; to < step; to++) j->reached[BACK_STEP][step][to] = true;
  }
}

/* The greatest number of steps, from `step` on, that the events from i on hold in order. */
static int levels(const journey *j, int step, int i) {
  int best = 0;
  for (; step < j->asked->step_count && i < j->n; i++) {
    if (!(j->asked->step[step] >> j->event[i].name & 1)) continue;
    int level = 1 + levels(j, step + 1, i);
    if (level > best) best = level;
  }
  return best;
}

static void find_drop_off(journey *j) {
  int level = levels(j, 0, 0);
  for (int k = 1; k <= j->asked->step_count; k++) {
    if (!(k > j->asked->late * j->asked->step_count)) continue;
    j->reached[DROP_OFF][k - 1][k - 1] = level >= k;
    j->times[DROP_OFF][k - 1][k - 1] = level == k && !j->converted;
  }
}

static void find_waits(journey *j, double usual[PLAIN_NAMES][PLAIN_NAMES]) {
  for (int i = 1; j->asked->waits > 0 && i < j->n; i++) {
    int from = j->event[i - 1].name, to = j->event[i].name;
    bool is_long = gap(j, i) > j->asked->wait_least * SECOND && (double)gap(j, i) > j->asked->waits * usual[from][to];
    j->reached[WAIT][from][to] = true;
    j->times[WAIT][from][to] += is_long;
  }
}

static void find_usual(const question *asked, double usual[PLAIN_NAMES][PLAIN_NAMES]) {
  static journey j;
  for (int from = 0; from < PLAIN_NAMES; from++) {
    for (int to = 0; to < PLAIN_NAMES; to++) {
      int64_t gaps[CUSTOMERS * MOST_PATH];
      int n = 0;
      for (int c = 0; c < CUSTOMERS; c++) {
        if (!open_journey(&j, asked, path[c], length[c])) continue;
        for (int i = 1; i < j.n; i++) {
          if (j.event[i - 1].name == from && j.event[i].name == to) gaps[n++] = gap(&j, i);
        }
      }
      usual[from][to] = plain_quantile(gaps, n, 0.5) * 1e6;
    }
  }
}

static void find_all(const question *asked) {
  static journey j;
  double usual[PLAIN_NAMES][PLAIN_NAMES];
  memset(found, 0, sizeof found);
  find_usual(asked, usual);
  for (int c = 0; c < CUSTOMERS; c++) {
    if (!open_journey(&j, asked, path[c], length[c])) continue;
    find_loops(&j), find_repeats(&j), find_exits(&j), find_back_steps(&j), find_drop_off(&j), find_waits(&j, usual);
    for (int k = 0; k < KINDS * PLAIN_NAMES * PLAIN_NAMES; k++) {
      counts *to = &found[0][0][0] + k;
      int times = (&j.times[0][0][0])[k];
      to->times += times;
      to->hit[j.converted] += times > 0;
      to->reached[j.converted] += (&j.reached[0][0][0])[k];
    }
  }
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * (1 + fabs(a)); }
static double rate(int count, int n) { return n ? (double)count / n : NAN; }

static void name_place(const question *asked, int kind, int from, int to, char text[64]) {
  bool step = kind == BACK_STEP || kind == DROP_OFF, one = kind == DROP_OFF || kind == ERROR_EXIT || kind == REPEAT;
  const char *a = step ? asked->step_name[from] : plain_names[from];
  const char *b = step ? asked->step_name[to] : plain_names[to];
  snprintf(text, 64, one ? "%s" : "%s > %s", a, b);
}

/* Steps may have the same name: any row that says the same will do, as the number of rows is compared, too. */
static bool row_says(const journey_table *table, int64_t row, const char *kind, const char *place, const counts *c) {
  int reached = c->reached[0] + c->reached[1], hit = c->hit[0] + c->hit[1];
  if (strcmp(plain_text(table, row, "kind"), kind) != 0 || strcmp(plain_text(table, row, "place"), place) != 0) {
    return false;
  }
  double with = rate(c->hit[1], hit), without = rate(c->reached[1] - c->hit[1], reached - hit);
  journey_interval share, difference;
  journey_stat_wilson(hit, reached, 0.95, &share, NULL);
  journey_stat_newcombe(c->reached[1] - c->hit[1], reached - hit, c->hit[1], hit, 0.95, &difference, NULL);
  return plain_int(table, row, "reached") == reached && plain_int(table, row, "customers") == hit &&
         plain_int(table, row, "count") == c->times && same(plain_float(table, row, "share"), rate(hit, reached)) &&
         same(plain_float(table, row, "share_low"), share.low) &&
         same(plain_float(table, row, "share_high"), share.high) &&
         same(plain_float(table, row, "converted_with"), with) &&
         same(plain_float(table, row, "converted_without"), without) &&
         same(plain_float(table, row, "difference"), without - with) &&
         same(plain_float(table, row, "difference_low"), difference.low) &&
         same(plain_float(table, row, "difference_high"), difference.high) &&
         same(plain_float(table, row, "lost"), (without - with) * hit);
}

static int check_rows(const journey_table *table, const question *asked) {
  int expected = 0;
  for (int k = 0; k < KINDS * PLAIN_NAMES * PLAIN_NAMES; k++) {
    int kind = k / (PLAIN_NAMES * PLAIN_NAMES), from = k / PLAIN_NAMES % PLAIN_NAMES, to = k % PLAIN_NAMES;
    const counts *c = &found[kind][from][to];
    char place[64];
    bool seen = false;
    if (c->hit[0] + c->hit[1] == 0) continue;
    expected++;
    name_place(asked, kind, from, to, place);
    for (int64_t row = 0; row < journey_table_rows(table) && !seen; row++) {
      seen = row_says(table, row, kinds[kind], place, c);
    }
    ck_assert_msg(seen, "%s %s: reached %d + %d, hit %d + %d, %d times", kinds[kind], place, c->reached[0],
                  c->reached[1], c->hit[0], c->hit[1], c->times);
  }
  ck_assert_int_eq(journey_table_rows(table), expected);
  return expected;
}

static void check_order(const journey_table *table) {
  for (int64_t row = 1; row < journey_table_rows(table); row++) {
    double above = plain_float(table, row - 1, "lost"), below = plain_float(table, row, "lost");
    if (isnan(below) && !isnan(above)) continue;
    ck_assert(!isnan(above) || isnan(below));
    ck_assert(isnan(above) || above >= below);
    if (!isnan(above) && above > below) continue;
    int order = strcmp(plain_text(table, row - 1, "kind"), plain_text(table, row, "kind"));
    if (order == 0) order = strcmp(plain_text(table, row - 1, "place"), plain_text(table, row, "place"));
    ck_assert(order <= 0);
  }
}

static void open_round(int round) {
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = 4 + round % 11,
                       .names = 2 + round % 5,
                       .ticks = 4 + round * 5,
                       .tick = SECOND,
                       .base = INT64_C(1700000000000000),
                       .parts = 3};
  model_random random = {.state = 300 + (uint64_t)round};
  plain_new(&events, &random, &shape);
  study = plain_study(&events, context, -1, NULL, NULL);
  for (int c = 0; c < CUSTOMERS; c++) length[c] = plain_path(&events, c, path[c]);
}

static void close_round(void) {
  journey_study_free(study);
  plain_free(&events);
}

START_TEST(test_plain_loops) {
  int rows = 0;
  for (int round = 0; round < 60; round++) {
    open_round(round);
    journey_table *table = plain_measure(study, "friction", cases[_i].settings, 1 + round % 3);
    find_all(&cases[_i]);
    check_order(table);
    rows += check_rows(table, &cases[_i]);
    journey_table_free(table);
    close_round();
  }
  ck_assert_int_gt(rows, 60);
}
END_TEST

static const char *note_of(const journey_table *table, const char *key) {
  for (int32_t i = 0; i < journey_table_notes(table); i++) {
    const char *value, *own = journey_table_note(table, i, &value);
    if (!strcmp(own, key)) return value;
  }
  return NULL;
}

START_TEST(test_least_and_most) {
  open_round(10);
  const char *settings = "goal=pay, steps=home;list;item;pay, errors=list, pause=9s, wait-least=0s, waits=1";
  char text[256];
  snprintf(text, sizeof text, "%s, least=1, most=1000", settings);
  journey_table *all = plain_measure(study, "friction", text, 1);
  snprintf(text, sizeof text, "%s, least=12, most=1000", settings);
  journey_table *frequent = plain_measure(study, "friction", text, 1);
  snprintf(text, sizeof text, "%s, least=1, most=3", settings);
  journey_table *few = plain_measure(study, "friction", text, 1);
  int64_t at = 0, out = 0;
  for (int64_t row = 0; row < journey_table_rows(all); row++) {
    if (plain_int(all, row, "customers") < 12) {
      out++;
      continue;
    }
    ck_assert_str_eq(plain_text(all, row, "kind"), plain_text(frequent, at, "kind"));
    ck_assert_str_eq(plain_text(all, row, "place"), plain_text(frequent, at++, "place"));
  }
  ck_assert_int_eq(at, journey_table_rows(frequent));
  ck_assert_int_eq(atoi(note_of(frequent, "left_out")), out);
  ck_assert(out > 0 && at > 0 && journey_table_rows(all) > 3);
  ck_assert_int_eq(journey_table_rows(few), 3);
  ck_assert_int_eq(atoi(note_of(few, "not_shown")), journey_table_rows(all) - 3);
  ck_assert(!note_of(all, "not_shown") && !note_of(all, "left_out"));
  for (int64_t row = 0; row < 3; row++) {
    ck_assert_str_eq(plain_text(all, row, "place"), plain_text(few, row, "place"));
    ck_assert_int_eq(plain_int(all, row, "customers"), plain_int(few, row, "customers"));
  }
  journey_table_free(all);
  journey_table_free(frequent);
  journey_table_free(few);
  close_round();
}
END_TEST

START_TEST(test_shards_and_joined) {
  static const int shards[] = {2, 7, 0};
  for (int round = 5; round < 9; round++) {
    open_round(round);
    journey_table *one = plain_measure(study, "friction", cases[_i].settings, 1), *other;
    for (int s = 0; s < 3; s++) {
      other = plain_measure(study, "friction", cases[_i].settings, shards[s]);
      plain_same(one, other, cases[_i].settings);
      journey_table_free(other);
    }
    journey_study *part[3];
    for (int p = 0; p < 3; p++) part[p] = plain_study(&events, context, p, NULL, NULL);
    other = plain_join(context, part, 3, "friction", cases[_i].settings);
    plain_same(one, other, "joined");
    journey_table_free(other);
    journey_table_free(one);
    for (int p = 0; p < 3; p++) journey_study_free(part[p]);
    close_round();
  }
}
END_TEST

/* ---- planted ----------------------------------------------------------------------------------------------------- */

enum { SHOPPERS = 600, MOST_PLANTED = SHOPPERS * 16 };
static plain_event planted[MOST_PLANTED];
static int planted_count;
static int64_t clock_of;

static void happen(int customer, const char *name, int seconds) {
  int n = 0;
  while (strcmp(plain_names[n], name) != 0) n++;
  clock_of += seconds * (int64_t)SECOND;
  planted[planted_count++] = (plain_event){customer, n, -1, clock_of, NAN};
  ck_assert_int_lt(planted_count, MOST_PLANTED);
}

/* home list item cart, then pay for most; `plant` adds what makes half of those who meet it leave. */
static void shop(model_random *random, int kind, bool harmful) {
  planted_count = 0;
  for (int c = 0; c < SHOPPERS; c++) {
    bool meets = model_below(random, 3) == 0, leaves = model_below(random, 10) < (meets && harmful ? 7 : 3);
    clock_of = INT64_C(1700000000000000) + c * INT64_C(1000) * SECOND;
    happen(c, "home", 0);
    happen(c, "list", 20 + model_below(random, 20));
    for (int r = 0; kind == LOOP && meets && r < 2; r++) happen(c, "item", 15), happen(c, "list", 15);
    happen(c, "item", kind == WAIT && meets ? 1500 : 30 + model_below(random, 20));
    for (int r = 0; kind == REPEAT && meets && r < 3; r++) happen(c, "item", 1);
    if (kind == BACK_STEP && meets) happen(c, "home", 20), happen(c, "item", 20);
    if (kind == ERROR_EXIT) happen(c, "help", 5);
    if (kind == ERROR_EXIT && meets && leaves) continue;
    happen(c, "cart", 30 + model_below(random, 30));
    if (!leaves) happen(c, "pay", 40);
  }
}

static journey_table *measure_planted(const char *settings) {
  plain_events all = {.event = planted, .count = planted_count, .customers = SHOPPERS, .parts = 1};
  journey_study *own = plain_study(&all, context, -1, NULL, NULL);
  journey_table *table = plain_measure(own, "friction", settings, 0);
  journey_study_free(own);
  return table;
}

/* Those who drop off late have left, whatever the reason: they come before or after what made them do so. */
START_TEST(test_planted) {
  static const char *const places[KINDS] = {[BACK_STEP] = "item > home", [ERROR_EXIT] = "help",
                                            [LOOP] = "list > item",      [REPEAT] = "item",
                                            [WAIT] = "list > item"};
  if (_i == DROP_OFF) return;
  model_random random = {.state = 40 + (uint64_t)_i};
  shop(&random, _i, true);
  journey_table *table = measure_planted("goal=pay, steps=home;list;item;cart;pay, errors=help, waits=5, late=1");
  int64_t row = plain_find(table, "kind", kinds[_i], "place", places[_i]);
  ck_assert(row == 0 || (_i == LOOP && row == 1)); /* who goes to and fro steps back, too */
  ck_assert(plain_float(table, row, "lost") == plain_float(table, 0, "lost") && plain_float(table, 0, "lost") > 30);
  ck_assert(plain_float(table, row, "difference_low") > 0);
  journey_table_free(table);
  table = measure_planted("goal=pay, steps=home;list;item;cart;pay, errors=help, waits=5");
  ck_assert(plain_find(table, "kind", "drop_off", "place", "cart") >= 0);
  journey_table_free(table);
}
END_TEST

/* What does no harm: the interval of the difference must hold 0 in about 95 of 100 trials. */
START_TEST(test_harmless) {
  static const int tried[] = {LOOP, REPEAT, WAIT, BACK_STEP};
  model_random random = {.state = 99};
  int trials = 0, covered = 0, positive = 0;
  for (int t = 0; t < 160; t++) {
    shop(&random, tried[t % 4], false);
    journey_table *table = measure_planted("goal=pay, steps=home;list;item;cart;pay, late=1");
    int64_t row = plain_find(table, "kind", kinds[tried[t % 4]], NULL, NULL);
    ck_assert(row >= 0);
    trials++;
    positive += plain_float(table, row, "lost") > 0;
    covered += plain_float(table, row, "difference_low") <= 0 && plain_float(table, row, "difference_high") >= 0;
    journey_table_free(table);
  }
  ck_assert_msg(covered >= trials * 90 / 100 && covered < trials, "%d of %d", covered, trials);
  ck_assert_msg(positive > trials * 35 / 100 && positive < trials * 65 / 100, "%d of %d", positive, trials);
}
END_TEST

Suite *friction_suite(void);
Suite *friction_suite(void) {
  Suite *suite = suite_create("friction");
  TCase *all = tcase_create("friction");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_plain_loops, 0, CASES);
  tcase_add_test(all, test_least_and_most);
  tcase_add_loop_test(all, test_shards_and_joined, 0, CASES);
  tcase_add_loop_test(all, test_planted, 0, KINDS);
  tcase_add_test(all, test_harmless);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(friction_suite()); }
