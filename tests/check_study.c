/* Scopes, groups, sessions and cursors against a plain model: whatever is handed out is exactly what should be. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "study/study.h"
#include "study_model.h"

enum { BY_NOTHING, BY_PERSONA, BY_COUNTRY, BY_ZIP, BY_SCORE, BY_KINDS, MOST_GROUPS = 32 };

static const char *const keys[BY_KINDS] = {NULL, "persona", "country", "zip code", "score"};

/* A random scope, as options and as what it means. */
typedef struct scope {
  journey_study_options options;
  model_tree *where, *customers;
  char *where_text, *customers_text, from_text[JOURNEY_TIME_SIZE], to_text[JOURNEY_TIME_SIZE], by_text[32];
  int64_t from, to;
  int by;
  bool last;
} scope;

/* What must come out. */
typedef struct expected {
  bool *in_scope;    /* by event of the model */
  int *session;      /* by event of the model, those in scope */
  int *group;        /* by customer, -1 out of scope; into `groups` */
  char (*label)[32]; /* by customer: its group's name */
  char groups[MOST_GROUPS][32];
  int group_count, overlaps;
} expected;

typedef struct fixture {
  journey_context *context;
  model m;
  model_map map;
  scope s;
  expected e;
  journey_study *study;
} fixture;

/* ---- random scopes ----------------------------------------------------------------------------------------------- */

static model_tree *random_tree(model_random *random, char **text, const char **option) {
  model_tree *tree = model_tree_new(random, 2, true);
  *option = *text = model_tree_text(tree, random);
  return tree;
}

static void random_period(scope *s, const model *m, model_random *random) {
  int64_t day = INT64_C(86400) * 1000000, time = m->event[model_below(random, m->events)].time;
  s->from = INT64_MIN;
  s->to = INT64_MAX;
  if (model_below(random, 2)) {
    s->from = time;
    s->options.from = s->from_text;
    ck_assert(!journey_time_format(time, NULL, s->from_text, sizeof s->from_text, NULL));
  }
  if (model_below(random, 2)) {
    bool whole = model_below(random, 2);
    s->to = time + model_below(random, 2) + model_below(random, 3) * day;
    if (s->to <= s->from) s->to = s->from + 1;
    if (whole) s->to -= s->to % day;
    s->options.to = s->to_text;
    ck_assert(!journey_time_format(s->to, NULL, s->to_text, sizeof s->to_text, NULL));
    if (!whole) return;
    s->to_text[10] = '\0'; /* a date alone */
    s->to += day;
  }
}

static void random_scope(scope *s, const model *m, model_random *random) {
  *s = (scope){.options.struct_size = sizeof s->options, .by = model_below(random, BY_KINDS)};
  s->last = s->by > BY_PERSONA && model_below(random, 2);
  if (!model_below(random, 3)) s->where = random_tree(random, &s->where_text, &s->options.where);
  if (!model_below(random, 3)) s->customers = random_tree(random, &s->customers_text, &s->options.customers);
  random_period(s, m, random);
  if (s->by) {
    const char *touch = s->last ? ":last" : s->by > BY_PERSONA && model_below(random, 2) ? ":first" : "";
    const char *quote = s->by > BY_PERSONA && model_below(random, 2) ? "'" : "";
    snprintf(s->by_text, sizeof s->by_text, "%s%s%s%s", quote, keys[s->by], quote, touch);
    s->options.by = s->by_text;
  }
  s->options.paths = model_below(random, 2);
  if (model_below(random, 2)) s->options.session_gap = model_below(random, 400) * INT64_C(60000000) + 1;
}

static void free_scope(scope *s) {
  model_tree_free(s->where);
  model_tree_free(s->customers);
  free(s->where_text);
  free(s->customers_text);
}

/* ---- what must come out ------------------------------------------------------------------------------------------ */

static bool any_holds(const model *m, int c, const model_tree *tree) {
  for (int i = m->offset[c]; i < m->offset[c + 1]; i++) {
    if (model_holds(tree, &m->event[i])) return true;
  }
  return false;
}

static void label_persona(fixture *f, int c) {
  int fits = 0;
  strcpy(f->e.label[c], "(unassigned)");
  for (int p = MODEL_PERSONAS - 1; p >= 0; p--) {
    if (!any_holds(&f->m, c, f->map.rule[p])) continue;
    snprintf(f->e.label[c], sizeof *f->e.label, "p%d", p);
    fits++;
  }
  f->e.overlaps += fits > 1;
}

static bool label_of(const model_event *event, int by, char label[32]) {
  if (by == BY_COUNTRY && event->country >= 0)
    strcpy(label, model_countries[event->country]);
  else if (by == BY_ZIP && event->zip >= 0)
    strcpy(label, model_zips[event->zip]);
  else if (by == BY_SCORE && !isnan(event->score))
    snprintf(label, 32, "%g", event->score);
  else
    return false;
  return true;
}

static void label_attribute(fixture *f, int c) {
  char label[32];
  bool found = false;
  strcpy(f->e.label[c], "(none)");
  for (int i = f->m.offset[c]; i < f->m.offset[c + 1]; i++) {
    if (!f->e.in_scope[i] || (found && !f->s.last) || !label_of(&f->m.event[i], f->s.by, label)) continue;
    found = true;
    strcpy(f->e.label[c], label);
  }
}

/* Marks the events in scope and numbers their sessions, whose gaps count between all events. */
static void expect_customer(fixture *f, int c) {
  const model *m = &f->m;
  bool chosen = !f->s.customers || any_holds(m, c, f->s.customers), any = false;
  int64_t gap = f->s.options.session_gap ? f->s.options.session_gap : INT64_C(1800000000);
  int raw = 0, raw_before = -1, number = -1;
  for (int i = m->offset[c]; i < m->offset[c + 1]; i++) {
    const model_event *event = &m->event[i];
    raw += i > m->offset[c] && event->time - m->event[i - 1].time > gap;
    f->e.in_scope[i] =
        chosen && event->time >= f->s.from && event->time < f->s.to && (!f->s.where || model_holds(f->s.where, event));
    if (!f->e.in_scope[i]) continue;
    any = true;
    number += raw != raw_before;
    raw_before = raw;
    f->e.session[i] = number;
  }
  f->e.group[c] = any ? 0 : -1;
  strcpy(f->e.label[c], "(all)");
  if (f->s.by == BY_PERSONA && any)
    label_persona(f, c);
  else if (f->s.by)
    label_attribute(f, c);
}

typedef struct tally {
  char name[32];
  int customers;
} tally;

static int by_size(const void *p, const void *q) {
  const tally *a = p, *b = q;
  bool last_a = *a->name == '(', last_b = *b->name == '(';
  if (last_a != last_b) return last_a - last_b;
  return a->customers != b->customers ? b->customers - a->customers : strcmp(a->name, b->name);
}

static int by_name(const void *p, const void *q) { /* p0, p1 ... come after "(" */
  const char *a = p, *b = q;
  return (*a == '(') != (*b == '(') ? (*a == '(') - (*b == '(') : strcmp(a, b);
}

static void expect_groups(fixture *f) {
  tally all[MOST_GROUPS] = {0};
  int n = 0;
  for (int c = 0; c < f->m.customers; c++) {
    int g = 0;
    if (f->e.group[c] < 0) continue;
    while (g < n && strcmp(all[g].name, f->e.label[c])) g++;
    strcpy(all[g].name, f->e.label[c]);
    all[g].customers++;
    if (g == n) n++;
  }
  if (!n) strcpy(all[n++].name, f->s.by == BY_PERSONA ? "(unassigned)" : f->s.by ? "(none)" : "(all)");
  qsort(all, (size_t)n, sizeof *all, f->s.by == BY_PERSONA ? by_name : by_size);
  f->e.group_count = n;
  for (int g = 0; g < n; g++) strcpy(f->e.groups[g], all[g].name);
  for (int c = 0; c < f->m.customers; c++) {
    int g = 0;
    while (f->e.group[c] >= 0 && strcmp(f->e.groups[g], f->e.label[c])) g++;
    if (f->e.group[c] >= 0) f->e.group[c] = g;
  }
}

static void expect(fixture *f) {
  f->e = (expected){0};
  f->e.in_scope = calloc((size_t)f->m.events + 1, sizeof *f->e.in_scope);
  f->e.session = calloc((size_t)f->m.events + 1, sizeof *f->e.session);
  f->e.group = calloc((size_t)f->m.customers + 1, sizeof *f->e.group);
  f->e.label = calloc((size_t)f->m.customers + 1, sizeof *f->e.label);
  for (int c = 0; c < f->m.customers; c++) expect_customer(f, c);
  expect_groups(f);
}

static void forget(fixture *f) {
  free(f->e.in_scope);
  free(f->e.session);
  free(f->e.group);
  free(f->e.label);
}

/* ---- what comes out ---------------------------------------------------------------------------------------------- */

/* Check writes a note for each assertion that holds, which takes longer than all the rest: only what fails is told. */
static void need(bool holds, const char *what, int k) {
  if (!holds) ck_abort_msg("%s of event %d", what, k);
}

static bool same_number(double a, double b) { return isnan(a) ? isnan(b) : a == b; }

static bool same_text(const journey_study *study, uint32_t attribute, const journey_attribute_column *column, int64_t i,
                      const char *text) {
  uint32_t code = journey_codes_at(&column->code, i);
  if (code >= column->code.count) return false;
  return !strcmp(code ? jn_study_attribute_names(study, attribute)->name[code - 1] : "", text);
}

static void check_event(const fixture *f, const journey_batch *batch, int64_t i, int k, const uint32_t attribute[3]) {
  const model_event *event = &f->m.event[k];
  const journey_attribute_column *column = batch->attribute;
  uint32_t code = journey_codes_at(&batch->event, i);
  const char *country = event->country < 0 ? "" : model_countries[event->country];
  const char *zip = event->zip < 0 ? "" : model_zips[event->zip];
  need(code < batch->event.count && !strcmp(jn_study_events(f->study)->name[code], model_names[event->name]), "name",
       k);
  need(journey_batch_time(batch, i) == event->time, "time", k);
  need(batch->value ? same_number(batch->value[i], event->value) : isnan(event->value), "value", k);
  need(batch->touchpoint[i] == event->touchpoint + 1, "touchpoint", k);
  need(batch->stage[i] == event->stage + 1, "stage", k);
  need((int)batch->session[i] == f->e.session[k], "session", k);
  need(same_text(f->study, attribute[0], &column[0], i, country), "country", k);
  need(same_text(f->study, attribute[1], &column[1], i, zip), "zip code", k);
  need(same_number(column[2].number[i], event->score), "score", k);
}

/* Checks a path, which begins at event k of the model or later; returns the event after it. */
static int check_path(const fixture *f, const journey_batch *batch, int64_t p, int k, const uint32_t attribute[3]) {
  int c = (int)batch->customer[p];
  int session = -1;
  for (int64_t i = batch->begin[p]; i < batch->end[p]; i++) {
    while (k < f->m.offset[c + 1] && !f->e.in_scope[k]) k++;
    need(k < f->m.offset[c + 1], "too many: end", k);
    need(!f->s.options.paths || session < 0 || f->e.session[k] == session, "session of the path", k);
    session = f->e.session[k];
    check_event(f, batch, i, k++, attribute);
  }
  need(session >= 0, "no path is empty: that", k);
  while (k < f->m.offset[c + 1] && !f->e.in_scope[k]) k++;
  if (k == f->m.offset[c + 1]) return k;
  need(f->s.options.paths && f->e.session[k] > session, "a path ends with its customer or session: that", k);
  return k;
}

/* Where nothing is filtered the columns are the stream's own. */
static void check_pointers(const fixture *f, const journey_batch *batch) {
  const jn_stream_columns *columns = jn_stream_get(f->m.stream);
  const char *code = batch->event.data, *first = columns->code;
  if (f->s.where) return;
  need(code >= first && code < first + columns->events * columns->code_width, "place of the name", 0);
  need(batch->time_low >= columns->time_low && batch->time_low < columns->time_low + columns->events, "its time", 0);
}

/* Walks over the customers [first, last), each of which has seen its events before seen[c]. */
static void check_cursor(const fixture *f, int64_t first, int64_t last, int *seen) {
  const uint32_t needs =
      JOURNEY_NEED_TIME | JOURNEY_NEED_VALUE | JOURNEY_NEED_TOUCHPOINT | JOURNEY_NEED_STAGE | JOURNEY_NEED_SESSION;
  static const char *const names[] = {"country", "zip code", "score"};
  uint32_t attribute[3], group;
  int64_t last_customer[MOST_GROUPS];
  jn_study_cursor *cursor;
  const journey_batch *batch;
  for (int a = 0; a < 3; a++) attribute[a] = jn_stream_find_attribute(f->m.stream, names[a], strlen(names[a]));
  for (int g = 0; g < MOST_GROUPS; g++) last_customer[g] = first - 1;
  ck_assert_int_eq(jn_study_cursor_new(f->study, first, last, needs, attribute, 3, &cursor, NULL), JOURNEY_OK);
  while (!jn_study_next(cursor, &batch, &group, NULL) && batch) {
    need(batch->paths > 0, "paths", 0);
    check_pointers(f, batch);
    for (int64_t p = 0; p < batch->paths; p++) {
      int64_t c = batch->customer[p];
      need(c >= first && c < last && (int)group == f->e.group[c], "group", f->m.offset[c]);
      need(c >= last_customer[group], "order", f->m.offset[c]);
      last_customer[group] = c;
      seen[c] = check_path(f, batch, p, seen[c], attribute);
    }
  }
  ck_assert_int_eq(jn_study_cursor_done(cursor), last - first);
  jn_study_cursor_free(cursor);
}

static void check_cursors(const fixture *f, int shards) {
  int64_t cut[8];
  int *seen = calloc((size_t)f->m.customers + 1, sizeof *seen);
  memcpy(seen, f->m.offset, (size_t)f->m.customers * sizeof *seen);
  jn_study_cut(f->study, shards, cut);
  ck_assert_int_eq(cut[0], 0);
  ck_assert_int_eq(cut[shards], f->m.customers);
  for (int s = 0; s < shards; s++) {
    ck_assert_int_le(cut[s], cut[s + 1]);
    check_cursor(f, cut[s], cut[s + 1], seen);
  }
  for (int c = 0; c < f->m.customers; c++) {
    for (int k = seen[c]; k < f->m.offset[c + 1]; k++) need(!f->e.in_scope[k], "absence", k);
  }
  free(seen);
}

static void check_groups(const fixture *f) {
  ck_assert_int_eq((int)journey_study_groups(f->study), f->e.group_count);
  for (int g = 0; g < f->e.group_count; g++) {
    ck_assert_str_eq(journey_study_group(f->study, (uint32_t)g), f->e.groups[g]);
  }
  ck_assert_ptr_null(journey_study_group(f->study, (uint32_t)f->e.group_count));
  ck_assert_int_eq(jn_study_overlaps(f->study), f->e.overlaps);
  ck_assert_ptr_eq(jn_study_group_names(f->study)->name[0], journey_study_group(f->study, 0));
  if (f->s.by)
    ck_assert_str_eq(jn_study_group_key(f->study), keys[f->s.by]);
  else
    ck_assert_ptr_null(jn_study_group_key(f->study));
}

static void check_scope(fixture *f, model_random *random) {
  static const uint32_t chunks[] = {65536, 1, 3, 17, 100};
  journey_error err;
  random_scope(&f->s, &f->m, random);
  expect(f);
  journey_status status = journey_study_new(f->m.stream, f->map.map, &f->s.options, &f->study, &err);
  ck_assert_msg(status == JOURNEY_OK, "%s", err.message);
  check_groups(f);
  jn_study_set_chunk(f->study, chunks[model_below(random, 5)]);
  check_cursors(f, 1);
  check_cursors(f, 2);
  check_cursors(f, 7);
  journey_study_free(f->study);
  forget(f);
  free_scope(&f->s);
}

static void check_stream(int round) {
  model_random random = {.state = (uint64_t)round * 1000};
  fixture f = {0};
  journey_context_options options = {.struct_size = sizeof options, .threads = 3};
  ck_assert_int_eq(journey_context_new(&options, &f.context, NULL), JOURNEY_OK);
  int events = round % 10 ? 1 + model_below(&random, 300) : round ? 5000 : 150000;
  model_new(&f.m, f.context, &random, events, round % 5 ? 9 : 200, round % MODEL_TIMES);
  model_map_new(&f.map, &f.m, f.context, &random);
  for (int i = 0; i < (events < 1000 ? 40 : 4); i++) check_scope(&f, &random);
  model_map_free(&f.map);
  model_free(&f.m);
  journey_context_free(f.context);
}

START_TEST(scopes) { check_stream(_i); }
END_TEST

Suite *study_suite(void);

Suite *study_suite(void) {
  Suite *suite = suite_create("study");
  TCase *tests = tcase_create("study");
  tcase_set_timeout(tests, 120);
  tcase_add_loop_test(tests, scopes, 0, 30);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(study_suite()); }
