/* The flow from position to position: `steps` and `step_matrix` against plain loops over small random paths, for every
 * option; and the identities that their tables keep. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "metric_model.h"

enum { MOST_CUSTOMERS = 1500, MOST_EVENTS = 12, MOST_PATHS = MOST_CUSTOMERS * 4, MOST_SLOTS = 13 };
enum { SHELF = PLAIN_NAMES, NAMES, EXIT = NAMES, END, START, MIDDLE, OTHER, NODES, ABSENT = -1, ANY = -1, NONE = -2 };

static const char *const titles[NODES - PLAIN_NAMES] = {"shelf", "(exit)", "(end)", "(start)", "(...)", "(other)"};
static const char *title(int node) { return node < PLAIN_NAMES ? plain_names[node] : titles[node - PLAIN_NAMES]; }

/* What a test asks. */
typedef struct pattern {
  int name, channel; /* ANY, or NONE for an option that is not given */
} pattern;

typedef struct question {
  pattern start, end, around, without, group, more; /* `group` is "shelf"; `more` too, or "home" */
  bool home, latest, collapse, times, sessions;
  int depth, top, least, shards;
} question;

/* A path, and at each slot of its window the node and its time. */
typedef struct walk {
  int customer, events;
  plain_event event[MOST_EVENTS];
  int low, high; /* high < 0: left out */
  int node[MOST_SLOTS];
  int64_t time[MOST_SLOTS];
} walk;

static journey_context *context;
static model_random dice;
static plain_events events;
static question ask;
static walk walks[MOST_PATHS];
static int walk_count, slots, first;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* ---- windows ----------------------------------------------------------------------------------------------------- */

static bool fits(pattern p, const plain_event *e) {
  if (p.name == NONE || (p.name != ANY && p.name != e->name)) return false;
  return p.channel == ANY || p.channel == e->channel;
}

static int node_of(const plain_event *e) {
  if (fits(ask.group, e)) return SHELF;
  return fits(ask.more, e) ? (ask.home ? 0 : SHELF) : e->name;
}

static int find_event(const plain_event *e, int from, int n, pattern p, bool latest) {
  int found = -1;
  for (int i = from; i < n && (latest || found < 0); i++) {
    if (fits(p, &e[i])) found = i;
  }
  return found;
}

/* The nodes of events [from, to], runs joined; *at is the one that event `mark` is in. */
static int make_runs(const plain_event *e, int from, int to, int mark, int *node, int64_t *time, int *at) {
  int n = 0;
  for (int i = from; i <= to; i++) {
    int is = node_of(&e[i]);
    if (n == 0 || !ask.collapse || is != node[n - 1]) {
      node[n] = is;
      time[n++] = e[i].time;
    }
    if (i == mark) *at = n - 1;
  }
  return n;
}

/* Run `run` stands at slot `slot`. */
static void put_run(walk *w, int slot, int node, int64_t time) {
  if (slot < 0 || slot >= slots) return;
  w->node[slot] = node;
  w->time[slot] = time;
  if (w->high < 0) w->low = slot;
  w->high = slot;
}

static void put_between(walk *w, const int *node, const int64_t *time, int n) {
  int head = ask.depth / 2, tail = ask.depth - 1 - head;
  for (int k = 0; k < slots && k < n; k++) {
    int run = n <= slots || k <= head ? k : n - tail + (k - head - 1);
    put_run(w, k, n > slots && k == head ? MIDDLE : node[run], time[run]);
  }
}

static void lay_out(walk *w) {
  plain_event kept[MOST_EVENTS];
  int n = 0, node[MOST_EVENTS], mark, from = 0, to, at = 0;
  int64_t time[MOST_EVENTS];
  bool start = ask.start.name != NONE, end = ask.end.name != NONE, around = ask.around.name != NONE;
  w->low = 0;
  w->high = -1;
  for (int i = 0; i < MOST_SLOTS; i++) w->node[i] = ABSENT;
  for (int i = 0; i < w->events; i++) {
    if (!fits(ask.without, &w->event[i])) kept[n++] = w->event[i];
  }
  if (start) from = find_event(kept, 0, n, ask.start, false);
  if (n == 0 || from < 0) return;
  mark = to = n - 1;
  if (end) mark = to = find_event(kept, from + start, n, ask.end, ask.latest);
  if (around) mark = find_event(kept, 0, n, ask.around, ask.latest);
  if (mark < 0) return;
  n = make_runs(kept, from, to, mark, node, time, &at);
  if (start && end) {
    put_between(w, node, time, n);
    return;
  }
  int shift = around ? ask.depth - at : end ? slots - n : 0;
  for (int k = 0; k < n; k++) put_run(w, k + shift, node[k], time[k]);
}

static void add_walk(int customer, const plain_event *event, int n) {
  walk *w = &walks[walk_count++];
  ck_assert_int_le(walk_count, MOST_PATHS);
  w->customer = customer;
  w->events = n;
  memcpy(w->event, event, (size_t)n * sizeof *event);
  lay_out(w);
}

static void make_walks(void) {
  static const int64_t gap = INT64_C(1800000000);
  bool around = ask.around.name != NONE, end = ask.end.name != NONE && ask.start.name == NONE;
  walk_count = 0;
  slots = around ? 2 * ask.depth + 1 : ask.depth;
  first = around ? -ask.depth : end ? 1 - ask.depth : 1;
  for (int c = 0; c < events.customers; c++) {
    plain_event path[MOST_EVENTS];
    int n = plain_path(&events, c, path), from = 0;
    for (int i = 1; i <= n; i++) {
      if (i < n && (!ask.sessions || path[i].time - path[i - 1].time <= gap)) continue;
      add_walk(c, path + from, i - from);
      from = i;
    }
  }
}

static int ending(void) { return ask.start.name != NONE && ask.end.name != NONE ? END : EXIT; }

/* Where a path is at a slot, whether it is in the window or not. */
static int where(const walk *w, int slot) { return slot < w->low ? START : slot > w->high ? ending() : w->node[slot]; }

/* ---- what is shown ----------------------------------------------------------------------------------------------- */

static void rename_node(int slot, int node, int to) {
  for (int i = 0; i < walk_count; i++) {
    if (walks[i].high >= slot && walks[i].node[slot] == node) walks[i].node[slot] = to;
  }
}

static int count_visits(int slot, int node) { /* slot -1: all slots */
  int visits = 0;
  for (int i = 0; i < walk_count; i++) {
    for (int s = 0; walks[i].high >= 0 && s < slots; s++) {
      visits += (slot < 0 || s == slot) && where(&walks[i], s) == node;
    }
  }
  return visits;
}

/* Names that are not among the `top` become (other): at each slot, or with slot -1 at all of them alike. */
static void fold_names(int slot) {
  int visits[NAMES];
  bool folded[NAMES];
  for (int n = 0; n < NAMES; n++) visits[n] = count_visits(slot, n);
  for (int n = 0; n < NAMES; n++) {
    int rank = 0;
    for (int o = 0; o < NAMES; o++) {
      rank += visits[o] > visits[n] || (visits[o] == visits[n] && strcmp(title(o), title(n)) < 0);
    }
    folded[n] = rank >= ask.top;
  }
  for (int n = 0; n < NAMES; n++) {
    for (int s = 0; folded[n] && s < slots; s++) {
      if (slot < 0 || s == slot) rename_node(s, n, OTHER);
    }
  }
}

/* The edge of a path at a level. */
static bool edge_of(const walk *w, int level, int *from, int *to) {
  *from = where(w, level);
  *to = where(w, level + 1);
  return w->high >= 0 && *from != ending() && *to != START && (*from != START || *to != ending());
}

static void lead_rare(int level) {
  int count[NODES][NODES] = {{0}}, from, to;
  for (int i = 0; i < walk_count; i++) {
    if (edge_of(&walks[i], level, &from, &to)) count[from][to]++;
  }
  for (int i = 0; i < walk_count; i++) {
    if (!edge_of(&walks[i], level, &from, &to) || to >= NAMES || count[from][to] >= ask.least) continue;
    walks[i].node[level + 1] = OTHER;
  }
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static void write_pattern(char *out, size_t size, pattern p) {
  int n = snprintf(out, size, "%s", p.name == ANY ? "*" : plain_names[p.name]);
  if (p.channel != ANY) snprintf(out + n, size - (size_t)n, "[channel=%s]", plain_channels[p.channel]);
}

static void add_setting(char *text, size_t size, const char *name, pattern p, const char *more) {
  char step[64];
  size_t n = strlen(text);
  if (p.name == NONE) return;
  write_pattern(step, sizeof step, p);
  snprintf(text + n, size - n, ", %s%s", name, step);
  n = strlen(text);
  if (more) snprintf(text + n, size - n, "%s", more);
}

static void write_settings(char *text, size_t size, bool matrix) {
  static const char *const word[] = {"false", "true"};
  char more[96] = "", step[64];
  snprintf(text, size, "depth=%d, top=%d, collapse=%s, occurrence=%s", ask.depth, ask.top, word[ask.collapse],
           ask.latest ? "last" : "first");
  size_t n = strlen(text);
  if (!matrix) snprintf(text + n, size - n, ", least=%d, times=%s", ask.least, word[ask.times]);
  add_setting(text, size, "start=", ask.start, NULL);
  add_setting(text, size, "end=", ask.end, NULL);
  add_setting(text, size, "around=", ask.around, NULL);
  add_setting(text, size, "without=", ask.without, NULL);
  if (ask.more.name != NONE) {
    write_pattern(step, sizeof step, ask.more);
    snprintf(more, sizeof more, ";%s:=%s", ask.home ? "home" : "shelf", step);
  }
  add_setting(text, size, "group=shelf:=", ask.group, more);
}

static pattern random_pattern(int chance) {
  pattern none = {NONE, ANY};
  if (model_below(&dice, chance)) return none;
  return (pattern){model_below(&dice, 5), model_below(&dice, 3) ? ANY : model_below(&dice, 3)};
}

static void random_question(void) {
  ask = (question){.without = random_pattern(4), .group = random_pattern(3), .more = {NONE, ANY}};
  pattern none = {NONE, ANY};
  int kind = model_below(&dice, 5); /* forward from all or from a start, back from an end, between, around */
  ask.start = kind == 1 || kind == 3 ? random_pattern(1) : none;
  ask.end = kind == 2 || kind == 3 ? random_pattern(1) : none;
  ask.around = kind == 4 ? random_pattern(1) : none;
  if (ask.group.name != NONE && model_below(&dice, 2)) ask.more = random_pattern(1);
  ask.home = model_below(&dice, 2);
  ask.latest = model_below(&dice, 2);
  ask.collapse = model_below(&dice, 3) > 0;
  ask.times = model_below(&dice, 2);
  ask.sessions = model_below(&dice, 3) == 0;
  ask.depth = 3 - (kind != 3) + model_below(&dice, 5);
  ask.top = model_below(&dice, 2) ? 9 : 1 + model_below(&dice, 5);
  ask.least = model_below(&dice, 2) ? 1 : 1 + model_below(&dice, 6);
  ask.shards = model_below(&dice, 8);
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * fabs(a); }

typedef struct sums {
  int64_t count, customers, leaving, gap[MOST_PATHS];
  int gaps;
} sums;

static void count_edge(int level, int from, int to, sums *e) {
  int last = -1, f, t;
  e->count = e->customers = e->leaving = e->gaps = 0;
  for (int i = 0; i < walk_count; i++) {
    const walk *w = &walks[i];
    if (!edge_of(w, level, &f, &t) || f != from) continue;
    e->leaving++;
    if (t != to) continue;
    e->count++;
    e->customers += w->customer != last;
    last = w->customer;
    if (from != START && to != ending()) e->gap[e->gaps++] = w->time[level + 1] - w->time[level];
  }
}

/* The rows of a table of edges, read once: asking Check for every cell would take most of the time. */
typedef struct cached {
  int64_t step, count;
  int from, to;
} cached;
static cached cells[MOST_SLOTS * NODES * NODES];
static int cell_count;

static int node_named(const char *name) {
  int node = 0;
  while (node < NODES && strcmp(name, title(node)) != 0) node++;
  return node;
}

static void read_rows(const journey_table *table) {
  cell_count = (int)journey_table_rows(table);
  ck_assert_int_le(cell_count, MOST_SLOTS * NODES * NODES);
  for (int row = 0; row < cell_count; row++) {
    cells[row].step = plain_int(table, row, "step");
    cells[row].count = plain_int(table, row, "count");
    cells[row].from = node_named(plain_text(table, row, "from"));
    cells[row].to = node_named(plain_text(table, row, "to"));
  }
}

static int find_row(int level, int from, int to) {
  for (int row = 0; row < cell_count; row++) {
    if (cells[row].step == first + level && cells[row].from == from && cells[row].to == to) return row;
  }
  return -1;
}

static void check_times(const journey_table *table, int64_t row, sums *e) {
  double mean = NAN;
  for (int i = 0; i < e->gaps; i++) mean = (i ? mean : 0) + (double)e->gap[i] / 1e6 / e->gaps;
  if (!ask.times) e->gaps = 0, mean = NAN;
  ck_assert(same(mean, plain_float(table, row, "mean_seconds")));
  ck_assert(same(plain_quantile(e->gap, e->gaps, 0.5), plain_float(table, row, "median_seconds")));
  if (e->gaps > 1) {
    double low = plain_float(table, row, "mean_seconds_low"), high = plain_float(table, row, "mean_seconds_high");
    ck_assert(low <= mean && mean <= high);
  }
}

static int check_edge(const journey_table *table, int level, int from, int to, const char *what) {
  static sums e;
  count_edge(level, from, to, &e);
  int row = find_row(level, from, to);
  int64_t count = row < 0 ? 0 : cells[row].count;
  if (row < 0 && e.count == 0) return 0;
  ck_assert_msg(count == e.count, "%s: step %d, %s to %s: %d, not %d", what, first + level, title(from), title(to),
                (int)count, (int)e.count);
  ck_assert_msg(plain_int(table, row, "customers") == e.customers, "%s: customers", what);
  double share = plain_float(table, row, "share");
  ck_assert(same((double)e.count / (double)e.leaving, share));
  ck_assert(plain_float(table, row, "share_low") <= share && share <= plain_float(table, row, "share_high"));
  check_times(table, row, &e);
  return 1;
}

static void check_order(void) {
  for (int row = 1; row < cell_count; row++) {
    const cached *a = &cells[row - 1], *b = &cells[row];
    ck_assert(a->step < b->step || (a->step == b->step && a->count >= b->count));
  }
}

static void check_steps(const journey_table *table, const char *what) {
  int rows = 0;
  read_rows(table);
  for (int level = 0; level + 1 < slots; level++) {
    for (int from = 0; from < NODES; from++) {
      for (int to = 0; to < NODES; to++) rows += check_edge(table, level, from, to, what);
    }
  }
  ck_assert_msg(journey_table_rows(table) == rows, "%s: %d rows, not %d", what, (int)journey_table_rows(table), rows);
  check_order();
}

static int64_t sum_from(int64_t step, int node) { /* node ANY: all */
  int64_t sum = 0;
  for (int row = 0; row < cell_count; row++) {
    if (cells[row].step == step && (node == ANY || cells[row].from == node)) sum += cells[row].count;
  }
  return sum;
}

static int64_t sum_to(int64_t step, int node) {
  int64_t sum = 0;
  for (int row = 0; row < cell_count; row++) {
    if (cells[row].step == step && cells[row].to == node) sum += cells[row].count;
  }
  return sum;
}

/* What goes into a node goes out of it; and a level has all paths, but those that have not begun or have ended. */
static void check_balance(void) {
  int64_t paths = 0, begun = 0, ended = 0;
  for (int i = 0; i < walk_count; i++) paths += walks[i].high >= 0;
  for (int i = 0; i < walk_count; i++) begun += walks[i].high >= 0 && walks[i].low == 0; /* these have no edge in */
  for (int64_t step = first; step < first + slots - 1; step++) {
    begun += sum_from(step, START);
    ck_assert_int_eq(sum_from(step, ANY), begun - ended);
    ended += sum_to(step, EXIT) + sum_to(step, END);
    for (int node = 0; node < NODES && step < first + slots - 2; node++) {
      if (node == START || node == EXIT || node == END) continue;
      ck_assert_int_eq(sum_to(step, node), sum_from(step + 1, node));
    }
  }
  ck_assert_int_eq(begun, paths);
}

static void check_matrix(const journey_table *table, const char *what) {
  int64_t paths = 0, row = 0;
  int visits[NODES], shown = 0, before;
  for (int i = 0; i < walk_count; i++) paths += walks[i].high >= 0;
  for (int n = 0; n < NODES; n++) shown += (visits[n] = count_visits(-1, n)) > 0;
  ck_assert_msg(journey_table_rows(table) == (paths ? shown * slots : 0), "%s: rows", what);
  for (int slot = 0; paths && slot < slots; slot++) {
    int64_t sum = 0;
    before = INT32_MAX;
    for (int k = 0; k < shown; k++, row++) {
      int node = node_named(plain_text(table, row, "name"));
      int64_t count = plain_int(table, row, "count");
      ck_assert_int_eq(plain_int(table, row, "position"), first + slot);
      ck_assert_msg(node < NODES && count == count_visits(slot, node), "%s: position %d", what, first + slot);
      ck_assert(same((double)count / (double)paths, plain_float(table, row, "share")));
      ck_assert(node >= NAMES || visits[node] <= before);
      if (node < NAMES) before = visits[node];
      sum += count;
    }
    ck_assert_int_eq(sum, paths);
  }
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static journey_study *open_study(const char *by) {
  journey_study_options scope = {.struct_size = sizeof scope, .by = by};
  if (ask.sessions) scope.paths = JOURNEY_PATHS_OF_SESSIONS;
  return plain_study(&events, context, -1, NULL, &scope);
}

static void open_events(int seed, int customers, int ticks) {
  plain_shape shape = {.customers = customers,
                       .most = 2 + seed % (MOST_EVENTS - 1),
                       .names = 2 + seed % 7,
                       .ticks = ticks,
                       .tick = INT64_C(250000000),
                       .base = INT64_C(1700000000000000)};
  dice.state = 5000 + (uint64_t)seed;
  plain_new(&events, &dice, &shape);
}

static void check_question(const char *metric) {
  char settings[512];
  bool matrix = metric[4] == '_';
  write_settings(settings, sizeof settings, matrix);
  journey_study *study = open_study(NULL);
  journey_table *table = plain_measure(study, metric, settings, ask.shards);
  make_walks();
  if (matrix) {
    fold_names(-1);
    check_matrix(table, settings);
  } else {
    for (int slot = 0; slot < slots; slot++) fold_names(slot);
    for (int level = 0; level + 1 < slots; level++) lead_rare(level);
    check_steps(table, settings);
    check_balance();
  }
  journey_table_free(table);
  journey_study_free(study);
}

/* Times are often equal: 1 to 60 ticks for up to 12 events. */
START_TEST(test_questions) {
  open_events(_i, 40, 1 + _i % 60);
  for (int k = 0; k < 10; k++) {
    random_question();
    check_question("steps");
    check_question("step_matrix");
  }
  plain_free(&events);
}
END_TEST

/* So many paths that they are counted in an array. */
START_TEST(test_many_paths) {
  open_events(6 + 11 * _i, MOST_CUSTOMERS, 200);
  for (int k = 0; k < 3; k++) {
    random_question();
    ask.shards = k + 1;
    ask.times = ask.sessions = false;
    ask.least = 1;
    if (k == 0) ask.start = ask.end = ask.around = ask.without = ask.group = (pattern){NONE, ANY};
    if (k == 0) ask.more = ask.group;
    if (k == 1) ask.without = (pattern){1, ANY}, ask.collapse = true;
    check_question("steps");
    check_question("step_matrix");
  }
  plain_free(&events);
}
END_TEST

/* Every edge of the whole is the sum of the groups' edges. */
START_TEST(test_groups) {
  open_events(50 + _i, 200, 40);
  for (int k = 0; k < 6; k++) {
    char settings[512];
    random_question();
    ask.top = 1000;
    ask.least = 1;
    write_settings(settings, sizeof settings, false);
    journey_study *whole = open_study(NULL), *cut = open_study("channel");
    journey_table *all = plain_measure(whole, "steps", settings, 0), *groups = plain_measure(cut, "steps", settings, 3);
    int64_t total[MOST_SLOTS][NODES][NODES] = {{{0}}};
    for (int side = 0; side < 2; side++) {
      read_rows(side ? groups : all);
      for (int row = 0; row < cell_count; row++) {
        const cached *c = &cells[row];
        total[c->step + MOST_SLOTS / 2][c->from][c->to] += side ? -c->count : c->count;
      }
    }
    for (int i = 0; i < MOST_SLOTS * NODES * NODES; i++) ck_assert_int_eq((&total[0][0][0])[i], 0);
    journey_table_free(all);
    journey_table_free(groups);
    journey_study_free(whole);
    journey_study_free(cut);
  }
  plain_free(&events);
}
END_TEST

START_TEST(test_refused) {
  static const struct {
    const char *metric, *settings, *message; /* NULL: any words */
  } cases[] = {
      {"steps", "around=home, end=pay", "steps: option around: goes with neither start nor end"},
      {"step_matrix", "around=home, start=pay", "step_matrix: option around: goes with neither start nor end"},
      {"steps", "depth=1", "steps: option depth: must be at least 2"},
      {"steps", "start=home, end=pay, depth=2", "steps: option depth: must be at least 3 with start and end"},
      {"steps", "end=pay;home", "steps: option end: takes one step, not several"},
      {"steps", "without=pay[", NULL},
      {"step_matrix", "group=a:=", NULL},
      {"step_matrix", "occurrence=second", NULL},
  };
  ask.sessions = false;
  open_events(3, 4, 9);
  journey_study *study = open_study(NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    journey_table *table = NULL;
    journey_error err = {0};
    plain_settings settings;
    plain_set(&settings, cases[i].settings);
    const journey_setting *setting = settings.setting;
    ck_assert_int_ne(journey_measure(study, cases[i].metric, setting, settings.count, &table, &err), JOURNEY_OK);
    ck_assert(!table && *err.message);
    if (cases[i].message) ck_assert_str_eq(err.message, cases[i].message);
  }
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

Suite *flow_suite(void);
Suite *flow_suite(void) {
  Suite *suite = suite_create("flow");
  TCase *all = tcase_create("flow");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_questions, 0, 33);
  tcase_add_loop_test(all, test_many_paths, 0, 3);
  tcase_add_loop_test(all, test_groups, 0, 3);
  tcase_add_test(all, test_refused);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(flow_suite()); }
