/* match and match_customers against exhaustive search: random patterns, written as text, over small random paths with
 * many equal times. A pattern stands for words (sequences of steps with links and guards between); each word is tried
 * on each choice of events. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "metric_model.h"

enum { CUSTOMERS = 60, MOST_PATH = 7, MOST_NODES = 64, MOST_WORD = 8, MOST_WORDS = 3000, MOST_MATCHES = 2000 };
#define SECOND INT64_C(1000000)
#define NEVER INT64_MAX

static journey_context *context;
static model_random dice;
static plain_events events;
static plain_event path[MOST_PATH];
static int length;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static int roll(int n) { return (int)(model_next(&dice) % (uint64_t)n); }

/* ---- patterns ---------------------------------------------------------------------------------------------------- */

static const struct {
  const char *text;
  unsigned names; /* bits into plain_names */
} steps[] = {{"home", 1}, {"list", 2}, {"item", 4}, {"home|item", 5}, {"*", 255}, {"'list'", 2}, {"lis? | home", 3}};
enum { STEPS = sizeof steps / sizeof *steps };

typedef struct link {
  int64_t least, most;
  unsigned without;
  bool direct;
} link;
static const link any_link = {.most = NEVER};

enum { STEP, THEN, OR, REPEAT, GUARD };
typedef struct node {
  int kind, left, right, step, element, minimum, limit; /* limit 0: none */
  bool after;
  int64_t within;
  link link;
} node;
static node nodes[MOST_NODES];
static int count, elements;
static char text[4096];

static void add(const char *s) {
  ck_assert_uint_lt(strlen(text) + strlen(s) + 2, sizeof text);
  strcat(text, s);
  strcat(text, roll(8) ? " " : "  ");
}

static void add_seconds(const char *word, int64_t *time) {
  char s[32];
  *time = roll(4);
  snprintf(s, sizeof s, "%s %ds", word, (int)*time);
  *time *= SECOND;
  add(s);
}

static link write_times(link made) {
  if (roll(3) == 0) add_seconds("within", &made.most);
  if (roll(4) == 0 && made.most == NEVER) add_seconds(roll(2) ? "after" : "after at least", &made.least);
  if (made.most != NEVER && made.most >= 2 * SECOND && roll(2)) add("after 1s"), made.least = SECOND;
  return made;
}

static link write_link(void) {
  link made = any_link;
  while (roll(5) == 0) {
    int step = roll(STEPS);
    add("without");
    add(steps[step].text);
    made.without |= steps[step].names;
  }
  if (roll(4) == 0) {
    add(",");
  } else {
    add(roll(6) ? "then" : "THEN");
  }
  if (roll(5) == 0) add("directly"), made.direct = true;
  return write_times(made);
}

static int new_node(node made) {
  ck_assert_int_lt(count, MOST_NODES);
  nodes[count] = made;
  return count++;
}

static int write_pattern(int depth);

static int write_unit(int depth) {
  int unit;
  if (depth > 0 && roll(3) == 0) {
    add("(");
    unit = write_pattern(depth - 1);
    add(")");
  } else {
    int step = roll(STEPS);
    add(steps[step].text);
    unit = new_node((node){.kind = STEP, .step = step, .element = ++elements});
  }
  if (roll(5)) return unit;
  char s[40];
  node made = {.kind = REPEAT, .left = unit, .minimum = 1 + roll(2), .link = any_link};
  made.limit = roll(3) ? made.minimum + roll(2) : 0;
  if (roll(6) == 0 && made.limit) made.minimum = 0;
  if (!made.limit)
    snprintf(s, sizeof s, "at least %d times", made.minimum);
  else if (made.limit == made.minimum)
    snprintf(s, sizeof s, "%d times", made.limit);
  else
    snprintf(s, sizeof s, "%d to %d times", made.minimum, made.limit);
  add(s);
  if (roll(3) == 0) add("in a row"), made.link.direct = true;
  if (roll(3) == 0) {
    add("each");
    add_seconds("within", &made.link.most);
    if (made.link.most >= 2 * SECOND && roll(2)) add("after 1s"), made.link.least = SECOND;
  }
  return new_node(made);
}

static int write_element(int depth) {
  bool optional = roll(6) == 0;
  if (optional) add("optionally");
  int element = write_unit(depth);
  if (roll(6) == 0) {
    add("or");
    int right = write_unit(depth);
    element = new_node((node){.kind = OR, .left = element, .right = right});
  }
  if (roll(6) == 0) {
    node made = {.kind = GUARD, .left = element, .after = roll(2), .step = roll(STEPS), .within = NEVER};
    add(made.after ? "not followed by" : "not preceded by");
    add(steps[made.step].text);
    if (roll(2)) add_seconds("within", &made.within);
    element = new_node(made);
  }
  if (!optional) return element;
  return new_node((node){.kind = REPEAT, .left = element, .limit = 1, .link = any_link});
}

static int write_pattern(int depth) {
  int left = write_element(depth);
  for (int more = depth > 0 ? roll(3) : roll(2); more > 0; more--) {
    link made = write_link();
    int right = write_element(depth);
    left = new_node((node){.kind = THEN, .left = left, .right = right, .link = made});
  }
  return left;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

typedef struct guard {
  unsigned names;
  bool after;
  int64_t within;
} guard;
typedef struct token {
  int step, element, guards;
  link before;
  guard guard[4];
} token;
typedef struct word {
  int n;
  token token[MOST_WORD];
} word;
typedef struct words {
  int n;
  word *word;
} words;

static bool overflown;

static void keep(words *all, const word *made) {
  if (all->n == MOST_WORDS) overflown = true;
  if (overflown) return;
  all->word = realloc(all->word, (size_t)(all->n + 1) * sizeof *all->word);
  all->word[all->n++] = *made;
}

/* Words longer than any path match nothing. */
static void keep_joined(words *all, const word *a, const word *b, link between) {
  word made = *a;
  if (a->n + b->n > MOST_PATH) return;
  for (int i = 0; i < b->n; i++) {
    made.token[made.n] = b->token[i];
    if (i == 0 && a->n) made.token[made.n].before = between;
    made.n++;
  }
  keep(all, &made);
}

static words words_of(int at);

static words join(words a, words b, link between) {
  words all = {0};
  for (int i = 0; i < a.n; i++) {
    for (int k = 0; k < b.n; k++) keep_joined(&all, &a.word[i], &b.word[k], between);
  }
  free(a.word);
  free(b.word);
  return all;
}

static void append(words *all, const words *more) {
  for (int i = 0; i < more->n; i++) keep(all, &more->word[i]);
}

static words repeated(const node *n) {
  const word nothing = {0};
  words all = {0}, so_far = {0};
  int copies = n->limit ? n->limit : MOST_PATH;
  keep(&so_far, &nothing);
  for (int k = 0; k <= copies && !overflown; k++) {
    if (k >= n->minimum) append(&all, &so_far);
    if (k == copies) break;
    so_far = join(so_far, words_of(n->left), n->link);
  }
  free(so_far.word);
  return all;
}

static words guarded(const node *n) {
  words all = words_of(n->left);
  for (int i = 0; i < all.n; i++) {
    word *w = &all.word[i];
    if (!w->n) continue;
    token *t = &w->token[n->after ? w->n - 1 : 0];
    if (t->guards == 4)
      overflown = true;
    else
      t->guard[t->guards++] = (guard){steps[n->step].names, n->after, n->within};
  }
  return all;
}

static words words_of(int at) {
  const node *n = &nodes[at];
  words all = {0};
  if (overflown) return all;
  if (n->kind == REPEAT) return repeated(n);
  if (n->kind == GUARD) return guarded(n);
  if (n->kind == STEP) {
    word made = {.n = 1, .token = {{.step = n->step, .element = n->element}}};
    keep(&all, &made);
    return all;
  }
  words left = words_of(n->left), right = words_of(n->right);
  if (n->kind == THEN) return join(left, right, n->link);
  append(&left, &right);
  free(right.word);
  return left;
}

/* ---- search ------------------------------------------------------------------------------------------------------ */

typedef struct match {
  int n;
  struct {
    int event, element;
  } at[MOST_WORD];
} match;

static bool satisfies(int event, unsigned names) { return names >> path[event].name & 1; }

static bool fits(const token *t, int event) {
  if (!satisfies(event, steps[t->step].names)) return false;
  for (int g = 0; g < t->guards; g++) {
    const guard *rule = &t->guard[g];
    for (int i = 0; i < length; i++) {
      bool there = rule->after ? i > event : i < event;
      if (there && satisfies(i, rule->names) && llabs(path[i].time - path[event].time) <= rule->within) return false;
    }
  }
  return true;
}

static bool linked(const link *l, int a, int b) {
  int64_t elapsed = path[b].time - path[a].time;
  for (int i = a + 1; i < b; i++) {
    if (l->direct || satisfies(i, l->without)) return false;
  }
  return elapsed >= l->least && elapsed <= l->most;
}

/* Which one is reported: the one complete first, then the one whose first event is earliest, and so on. */
static bool better(const match *a, const match *b) {
  if (!b->n) return true;
  int end = a->at[a->n - 1].event - b->at[b->n - 1].event;
  if (end) return end < 0;
  for (int i = 0; i < a->n && i < b->n; i++) {
    if (a->at[i].event != b->at[i].event) return a->at[i].event < b->at[i].event;
    if (a->at[i].element != b->at[i].element) return a->at[i].element < b->at[i].element;
  }
  return false;
}

static void search(const word *w, int begin, int64_t window, match *partial, match *best) {
  int k = partial->n;
  if (k == w->n) {
    if (better(partial, best)) *best = *partial;
    return;
  }
  for (int i = k ? partial->at[k - 1].event + 1 : begin; i < length; i++) {
    if (!fits(&w->token[k], i)) continue;
    if (k && !linked(&w->token[k].before, partial->at[k - 1].event, i)) continue;
    if (k && path[i].time - path[partial->at[0].event].time > window) continue;
    partial->at[k].event = i;
    partial->at[k].element = w->token[k].element;
    partial->n = k + 1;
    search(w, begin, window, partial, best);
    partial->n = k;
  }
}

static match first_match(const words *all, int begin, int64_t window) {
  match best = {0}, partial = {0};
  for (int i = 0; i < all->n; i++) search(&all->word[i], begin, window, &partial, &best);
  return best;
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

typedef struct totals {
  int64_t customers, matches, last;
  int64_t wait[CUSTOMERS * MOST_PATH];
  int waits;
} totals;
static totals total[MOST_NODES + 1]; /* 0: of whole matches */

static void count_for(totals *t, int customer, bool first_of_match) {
  t->customers += t->last != customer;
  t->matches += first_of_match;
  t->last = customer;
}

static void count_match(const match *m, int customer) {
  bool had[MOST_NODES + 1] = {false};
  count_for(&total[0], customer, true);
  total[0].wait[total[0].waits++] = path[m->at[m->n - 1].event].time - path[m->at[0].event].time;
  for (int i = 0; i < m->n; i++) {
    totals *t = &total[m->at[i].element];
    count_for(t, customer, !had[m->at[i].element]);
    had[m->at[i].element] = true;
    if (i) t->wait[t->waits++] = path[m->at[i].event].time - path[m->at[i - 1].event].time;
  }
}

/* What a test that fails says: the pattern and the path. */
static const char *told(int customer, int number) {
  static char line[8192];
  int n = snprintf(line, sizeof line, "%s: c%d, match %d, path", text, customer, number);
  for (int i = 0; i < length; i++) {
    n += snprintf(line + n, sizeof line - (size_t)n, " %s@%d", plain_names[path[i].name], (int)(path[i].time / SECOND));
  }
  return line;
}

static int64_t check_rows(const journey_table *table, int64_t row, const match *m, int customer, int number) {
  char id[16];
  snprintf(id, sizeof id, "c%d", customer);
  for (int i = 0; i < m->n; i++, row++) {
    const plain_event *e = &path[m->at[i].event];
    ck_assert_msg(row < journey_table_rows(table), "%s: lacks", told(customer, number));
    bool found = !strcmp(plain_text(table, row, "customer"), id) && plain_int(table, row, "match") == number &&
                 plain_int(table, row, "step") == m->at[i].element && plain_int(table, row, "time") == e->time &&
                 !strcmp(plain_text(table, row, "event"), plain_names[e->name]);
    ck_assert_msg(found, "%s: event %d is not step %d %s, but of %s step %d %s@%d", told(customer, number), i,
                  m->at[i].element, plain_names[e->name], plain_text(table, row, "customer"),
                  (int)plain_int(table, row, "step"), plain_text(table, row, "event"),
                  (int)(plain_int(table, row, "time") / SECOND));
  }
  return row;
}

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-12 * fabs(a); }

static void check_totals(const journey_table *table) {
  ck_assert_int_eq(journey_table_rows(table), elements + 1);
  for (int e = 0; e <= elements; e++) {
    ck_assert_int_eq(plain_int(table, e, "step"), e);
    ck_assert_int_eq(plain_int(table, e, "customers"), total[e].customers);
    ck_assert_int_eq(plain_int(table, e, "in_scope"), CUSTOMERS);
    ck_assert_int_eq(plain_int(table, e, "matches"), total[e].matches);
    ck_assert(same(plain_float(table, e, "rate"), (double)total[e].customers / CUSTOMERS));
    ck_assert(same(plain_quantile(total[e].wait, total[e].waits, 0.5), plain_float(table, e, "median_seconds")));
    ck_assert(same(plain_quantile(total[e].wait, total[e].waits, 0.9), plain_float(table, e, "p90_seconds")));
  }
}

static journey_table *measure(journey_study *study, const char *metric, int64_t window) {
  char longest[32] = "none";
  journey_error err = {0};
  journey_table *table;
  if (window != NEVER) snprintf(longest, sizeof longest, "%ds", (int)(window / SECOND));
  const journey_setting setting[] = {{"pattern", text}, {"window", longest}};
  journey_status status = journey_measure(study, metric, setting, 2, &table, &err);
  ck_assert_msg(status == JOURNEY_OK, "%s: %s", text, err.message);
  return table;
}

/* Customers in order of the stream: of their first events to arrive. */
static void find_order(int order[CUSTOMERS]) {
  bool seen[CUSTOMERS] = {false};
  int n = 0;
  for (int i = 0; i < events.count; i++) {
    int c = events.event[i].customer;
    if (!seen[c]) order[n++] = c;
    seen[c] = true;
  }
  ck_assert_int_eq(n, CUSTOMERS);
}

static void check_pattern(journey_study *study, const words *all, int64_t window) {
  journey_table *listed = measure(study, "match_customers", window), *counted = measure(study, "match", window);
  int64_t row = 0;
  int order[CUSTOMERS];
  find_order(order);
  memset(total, 0, sizeof total);
  for (int e = 0; e <= elements; e++) total[e].last = -1;
  for (int at = 0; at < CUSTOMERS; at++) {
    int number = 0, begin = 0, customer = order[at];
    length = plain_path(&events, customer, path);
    for (match m; (m = first_match(all, begin, window)).n; begin = m.at[m.n - 1].event + 1) {
      row = check_rows(listed, row, &m, customer, ++number);
      count_match(&m, customer);
    }
  }
  ck_assert_msg(row == journey_table_rows(listed), "%s: lists too much", text);
  check_totals(counted);
  journey_table_free(listed);
  journey_table_free(counted);
}

static bool matches_nothing(const words *all) {
  for (int i = 0; i < all->n; i++) {
    if (!all->word[i].n) return true;
  }
  return false;
}

START_TEST(test_patterns) {
  static const int patterns = 60;
  dice.state = 77 + (uint64_t)_i;
  plain_shape shape = {
      .customers = CUSTOMERS, .most = MOST_PATH, .names = 2 + _i % 3, .ticks = 1 + _i % 6, .tick = SECOND};
  plain_new(&events, &dice, &shape);
  journey_study *study = plain_study(&events, context, -1, NULL, NULL);
  for (int done = 0; done < patterns;) {
    count = elements = 0;
    *text = '\0';
    overflown = false;
    int root = write_pattern(done % 4 == 3 ? 2 : done % 2);
    words all = words_of(root);
    if (!overflown && !matches_nothing(&all)) {
      check_pattern(study, &all, NEVER);
      check_pattern(study, &all, roll(4) * SECOND);
      done++;
    }
    free(all.word);
  }
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

/* ---- bad patterns ------------------------------------------------------------------------------------------------ */

START_TEST(test_refused) {
  static const struct {
    const char *pattern, *syntax;
    int offset;
    const char *message;
  } cases[] = {
      {"", "journey", 0, "expected a step at byte 0, found the end"},
      {"home then", "journey", 9, "expected a step at byte 9, found the end"},
      {"home then then", "journey", 10, "expected a step at byte 10, found 'then'"},
      {"home then within list", "journey", 17, "expected a time such as 30m or 7d at byte 17, found 'list'"},
      {"home then within 3x list", "journey", 17, "option pattern: at byte 17: duration \"3x\""},
      {"home then after 2h within 1h list", "journey", 29, "expected no longer \"after\" than \"within\" at byte 29"},
      {"(home", "journey", 5, "expected 'then', 'or' or ')' at byte 5, found the end"},
      {"home) then list", "journey", 4, "expected 'then', 'or' or the end at byte 4, found ')'"},
      {"home without list", "journey", 17, "expected 'then' at byte 17, found the end"},
      {"home 3 to 2 times", "journey", 5, "expected numbers from 1 to 64, the lower first, at byte 5, found '3'"},
      {"home 2 times each then list", "journey", 18, "expected 'within' or 'after' at byte 18, found 'then'"},
      {"'home", "journey", 0, "expected a closing quotation mark for the one at byte 0"},
      {"home then list[x=1", "journey", 14, "expected a closing ']' for the one at byte 14"},
      {"home then list[nothing=1]", "journey", 15, "no attribute 'nothing' (byte 15)"},
      {"optionally home", "journey", -1, "it also matches no event at all"},
      {"(home 20 times) 4 times", "journey", -1, "more than 64 events when its repetitions are written out"},
      {"(?1", "clickhouse", 3, "expected ')' at byte 3, found the end"},
      {"(?3)", "clickhouse", 2, "expected the number of one of the steps at byte 2, found '3'"},
      {"(?0)", "clickhouse", 2, "expected the number of one of the steps at byte 2, found '0'"},
      {"(?1) (?2)", "clickhouse", 4, "expected '(?', '.' or '.*' at byte 4"},
      {"(?1)(?t=5)(?2)", "clickhouse", 7, "expected one of <= < >= > == != at byte 7, found '=5'"},
      {"(?1)(?t<5)(?t>2)", "clickhouse", 12, "expected an event between two time terms at byte 12"},
  };
  dice.state = 5;
  plain_shape shape = {.customers = 2, .most = 3, .names = 2, .ticks = 2, .tick = SECOND};
  plain_new(&events, &dice, &shape);
  journey_study *study = plain_study(&events, context, -1, NULL, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const journey_setting setting[] = {
        {"pattern", cases[i].pattern}, {"syntax", cases[i].syntax}, {"steps", "home,list"}};
    journey_error err = {0};
    journey_table *table;
    journey_status status = journey_measure(study, "match", setting, 3, &table, &err);
    ck_assert_msg(status < 0 && err.code == status, "%s is taken", cases[i].pattern);
    ck_assert_msg(strstr(err.message, cases[i].message), "%s: %s", cases[i].pattern, err.message);
    ck_assert_msg(err.offset == cases[i].offset, "%s: %s: offset %d", cases[i].pattern, err.message, (int)err.offset);
    ck_assert(strstr(err.message, "pattern") && !strchr(err.message, '\n'));
  }
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

Suite *match_suite(void);
Suite *match_suite(void) {
  Suite *suite = suite_create("match");
  TCase *patterns = tcase_create("patterns");
  tcase_add_checked_fixture(patterns, setup, teardown);
  tcase_add_loop_test(patterns, test_patterns, 0, 18);
  tcase_add_test(patterns, test_refused);
  tcase_set_timeout(patterns, 120);
  suite_add_tcase(suite, patterns);
  return suite;
}

int main(void) { return check_main(match_suite()); }
