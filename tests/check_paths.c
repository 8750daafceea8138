/* The changes that `paths` can make: worked examples, and random chains of them against plain loops. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "journey.h"
#include "metric_model.h"

enum { CUSTOMERS = 60, MOST_PATH = 12, MOST_TEXT = 512 };

static journey_context *context;
static model_random random_numbers;
static plain_events events;
static journey_study *study;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static void close_study(void) {
  journey_study_free(study);
  plain_free(&events);
}

/* ---- worked examples ----------------------------------------------------------------------------------------------------- */

/* One customer with the events of these names, A being home, and of the channels "web" and "app" by turns. */
static void open_path(const char *letters) {
  events = (plain_events){.event = calloc(strlen(letters), sizeof *events.event), .customers = 1, .parts = 1};
  for (; *letters; letters++, events.count++) {
    events.event[events.count] =
        (plain_event){.name = *letters - 'A', .channel = events.count % 2, .time = events.count};
  }
  study = plain_study(&events, context, -1, NULL, NULL);
}

/* The one path that there is, with letters for names. */
static void check_path(const char *settings, const char *expected) {
  char text[MOST_TEXT] = "";
  journey_table *table = plain_measure(study, "paths", settings, 0);
  ck_assert_int_eq(journey_table_rows(table), 1);
  ck_assert_int_eq(plain_int(table, 0, "count"), 1);
  int events_left = 0;
  for (const char *at = plain_text(table, 0, "path"); *at; events_left++) {
    for (int n = 0; n < PLAIN_NAMES; n++) {
      size_t length = strlen(plain_names[n]);
      if (strncmp(at, plain_names[n], length) || (at[length] && at[length] != ' ')) continue;
      sprintf(text + strlen(text), "%c", 'A' + n);
      at += length;
      break;
    }
    while (*at && strncmp(at, " > ", 3)) strncat(text, at++, 1);
    if (*at) strncat(text, at, 3), at += 3;
  }
  ck_assert_msg(strcmp(text, expected) == 0, "%s: %s, not %s", settings, text, expected);
  ck_assert_int_eq(plain_int(table, 0, "length"), events_left);
  journey_table_free(table);
}

START_TEST(test_examples) {
  static const struct {
    const char *path, *settings, *expected;
  } cases[] = {
      {"DABBCDCC", "", "D > A > B > B > C > D > C > C"},
      {"DABBCDCC", "transform=collapse", "D > A > B > C > D > C"},
      {"DABBCDCC", "collapse=true", "D > A > B > C > D > C"},
      {"DABBCDCC", "transform=first", "D > A > B > C"},
      {"DABBCDCC", "transform=frequency", "D (2) > A (1) > B (2) > C (3)"},
      {"DABBCDCC", "transform=collapse;frequency", "D (2) > A (1) > B (1) > C (2)"},
      {"DABBCDCC", "transform=frequency;collapse;first;frequency", "D (2) > A (1) > B (2) > C (3)"},
      {"DABBCDCC", "transform=first;frequency", "D (1) > A (1) > B (1) > C (1)"},
      {"DABBCDCC", "transform=tail:3", "D > C > C"},
      {"DABBCDCC", "transform=head:3", "D > A > B"},
      {"DABBCDCC", "transform=tail:8", "D > A > B > B > C > D > C > C"},
      {"DABBCDCC", "transform=head:9", "D > A > B > B > C > D > C > C"},
      {"DABBCDCC", "transform=head:4;tail:2", "B > B"},
      {"DABBCDCC", "transform=tail:2;head:9", "C > C"},
      {"DABBCDCC", "transform=frequency;tail:2", "B (2) > C (3)"},
      {"DABBCDCC", "transform=tail:2;frequency", "C (2)"},
      {"DABBCDCC", "transform=without:item", "D > A > B > B > D"},
      {"DABBCDCC", "transform=without:item|list", "D > A > D"},
      {"DABBCDCC", "transform=without:list;without:home;collapse", "D > C > D > C"},
      {"DABBCDCC", "transform=without_last:item", "D > A > B > B > C > D"},
      {"DABBCDCC", "transform=without_last:cart", "D > A > B > B > C > D > C > C"},
      {"DABBCDCC", "transform=without:*", "D > A > B > B > C > D > C > C"},
      {"DABBCDCC", "transform=without_last:*", "D > A > B > B > C > D > C > C"},
      {"DABBCDCC", "transform=without_last:*[channel=app]", "D > A > B > B > C > D > C"},
      {"DABBCDCC", "transform=without:*[channel=web]", "A > B > D > C"},
      {"DABBCDCC", "transform=without:*[channel=web];without:*[channel=app]", "A > B > D > C"},
      {"DABBCDCC", "transform=collapse;without:*[channel=app]", "D > B > C > C"},
      {"DABBCDCC", "transform=without:nobody", "D > A > B > B > C > D > C > C"},
      {"DABBCDCC", "length=3, transform=tail:5", "B > C > D"},
      {"DABBCDCC", "length=2, transform=frequency", "D (2) > A (1)"},
      {"DABBCDCC", "length=4, collapse=true, transform=without:home", "D > B > C > D"},
      {"A", "transform=without:home", "A"},
      {"AAA", "transform=without:home;frequency", "A (3)"},
      {"AAA", "transform=without_last:home", "A > A > A"},
      {"ABAA", "transform=without_last:home", "A > B"},
      {"AB", "transform=tail:1", "B"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    open_path(cases[i].path);
    check_path(cases[i].settings, cases[i].expected);
    close_study();
  }
}
END_TEST

static journey_status measure(const char *transform, char message[JOURNEY_ERROR_MESSAGE_SIZE]) {
  journey_error err = {0};
  journey_table *table;
  journey_setting setting = {"transform", transform};
  journey_status status = journey_measure(study, "paths", &setting, 1, &table, &err);
  if (status == JOURNEY_OK) journey_table_free(table);
  strcpy(message, err.message);
  return status;
}

START_TEST(test_refused) {
  static const struct {
    const char *transform, *message;
  } cases[] = {
      {"colapse", "\"colapse\" is none of collapse, first, frequency, head:N, tail:N, without:STEP, without_last:STEP"},
      {"collapse,,first", "\"\" is none of "},
      {"collapse,", "\"\" is none of "},
      {" ", "\"\" is none of "},
      {"Collapse", "\"Collapse\" is none of "},
      {"head", "\"head\" needs a number of events after a colon, from 1 on"},
      {"head:", "\"head:\" needs a number"},
      {"first,head:0", "\"head:0\" needs a number"},
      {"tail:-1", "\"tail:-1\" needs a number"},
      {"tail:1.5", "\"tail:1.5\" needs a number"},
      {"tail:99999999999", "\"tail:99999999999\" needs a number"},
      {"first:2", "\"first:2\" takes nothing after a colon"},
      {"without", "\"without\" needs a step after a colon"},
      {"without:", "\"without:\" needs a step after a colon"},
      {"without:home[channel=web", NULL},
      {"without:\"home, list", NULL},
  };
  char message[JOURNEY_ERROR_MESSAGE_SIZE];
  open_path("DABBCDCC");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ck_assert_msg(measure(cases[i].transform, message) < 0, "%s is taken", cases[i].transform);
    ck_assert_msg(strstr(message, "option transform: "), "%s: %s", cases[i].transform, message);
    if (cases[i].message) ck_assert_msg(strstr(message, cases[i].message), "%s", message);
  }
  char many[400] = "first";
  for (int i = 1; i < 33; i++) strcat(many, ",first");
  ck_assert_int_eq(measure(many, message), JOURNEY_ELIMIT);
  ck_assert_int_eq(measure(many + 6, message), JOURNEY_OK);
  ck_assert_int_eq(measure(" first , without: home[channel in (web, app)] | 'a,b' ,\thead:2 ", message), JOURNEY_OK);
  close_study();
}
END_TEST

/* ---- random chains --------------------------------------------------------------------------------------------------------- */

enum { COLLAPSE, FIRST, FREQUENCY, HEAD, TAIL, WITHOUT, WITHOUT_LAST, KINDS };

typedef struct plain_change {
  int kind, n, name, channel; /* channel -1: any */
} plain_change;

typedef struct plain_left {
  plain_event event[MOST_PATH];
  int times[MOST_PATH], n;
} plain_left;

static void random_change(plain_change *change, char *text) {
  static const char *const names[KINDS] = {"collapse", "first", "frequency", "head", "tail", "without", "without_last"};
  *change = (plain_change){.kind = model_below(&random_numbers, KINDS),
                           .n = 1 + model_below(&random_numbers, 6),
                           .name = model_below(&random_numbers, 4),
                           .channel = model_below(&random_numbers, 6) - 3};
  text += sprintf(text, "%s", names[change->kind]);
  if (change->channel < 0) change->channel = -1;
  if (change->kind == HEAD || change->kind == TAIL) sprintf(text, ":%d", change->n);
  if (change->kind < WITHOUT) return;
  text += sprintf(text, ":%s", plain_names[change->name]);
  if (change->channel >= 0) sprintf(text, "[channel=%s]", plain_channels[change->channel]);
}

static bool is_named(const plain_change *change, const plain_event *e) {
  return e->name == change->name && (change->channel < 0 || change->channel == e->channel);
}

/* Whether the event stays, told from the path as it was. */
static bool stays(const plain_change *change, const plain_left *was, int i) {
  bool any_other = false, other_after = false, before = false;
  for (int k = 0; k < was->n; k++) {
    bool other = !is_named(change, &was->event[k]);
    any_other |= other;
    other_after |= other && k >= i;
    before |= k < i && was->event[k].name == was->event[i].name;
  }
  switch (change->kind) {
  case COLLAPSE: return i == 0 || was->event[i - 1].name != was->event[i].name;
  case FIRST:
  case FREQUENCY: return !before;
  case HEAD: return i < change->n;
  case TAIL: return i >= was->n - change->n;
  case WITHOUT: return !any_other || !is_named(change, &was->event[i]);
  default: return !any_other || other_after;
  }
}

static void change_path(const plain_change *change, plain_left *path) {
  plain_left was = *path;
  path->n = 0;
  for (int i = 0; i < was.n; i++) {
    if (!stays(change, &was, i)) continue;
    int times = 0;
    for (int k = 0; k < was.n; k++) {
      if (was.event[k].name == was.event[i].name) times += was.times[k] ? was.times[k] : 1;
    }
    path->event[path->n] = was.event[i];
    path->times[path->n++] = change->kind == FREQUENCY ? times : was.times[i];
  }
}

static void write_path(const plain_left *path, char *text) {
  *text = '\0';
  for (int i = 0; i < path->n; i++) {
    text += sprintf(text, "%s%s", i ? " > " : "", plain_names[path->event[i].name]);
    if (path->times[i]) text += sprintf(text, " (%d)", path->times[i]);
  }
}

static void check_chain(const plain_change *change, int changes, bool collapse, int length, const char *settings) {
  static const plain_change repeats = {.kind = COLLAPSE};
  const plain_change shorten = {.kind = HEAD, .n = length};
  journey_table *table = plain_measure(study, "paths", settings, 0);
  int64_t counts[CUSTOMERS] = {0}, sum = 0;
  for (int c = 0; c < CUSTOMERS; c++) {
    char text[MOST_TEXT];
    plain_left path = {.n = 0};
    path.n = plain_path(&events, c, path.event);
    if (collapse) change_path(&repeats, &path);
    for (int i = 0; i < changes; i++) change_path(&change[i], &path);
    if (length) change_path(&shorten, &path);
    write_path(&path, text);
    int64_t row = plain_find(table, "path", text, NULL, NULL);
    ck_assert_msg(row >= 0, "%s: %s", settings, text);
    ck_assert_int_eq(plain_int(table, row, "length"), path.n);
    counts[row]++;
  }
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    ck_assert_msg(plain_int(table, row, "count") == counts[row], "%s: %s", settings, plain_text(table, row, "path"));
    sum += counts[row];
  }
  ck_assert_int_eq(sum, CUSTOMERS);
  journey_table_free(table);
}

START_TEST(test_chains) {
  plain_shape shape = {
      .customers = CUSTOMERS, .most = 2 + _i % (MOST_PATH - 1), .names = 2 + _i % 3, .ticks = 6, .tick = 1000000};
  random_numbers.state = 900 + (uint64_t)_i;
  plain_new(&events, &random_numbers, &shape);
  study = plain_study(&events, context, -1, NULL, NULL);
  for (int k = 0; k < 40; k++) {
    plain_change change[4];
    char settings[512];
    int changes = 1 + model_below(&random_numbers, 4), length = model_below(&random_numbers, 5);
    bool collapse = model_below(&random_numbers, 3) == 0;
    char *text =
        settings + sprintf(settings, "collapse=%s, length=%d, transform=", collapse ? "true" : "false", length);
    for (int i = 0; i < changes; i++) {
      if (i) *text++ = ';';
      random_change(&change[i], text);
      text += strlen(text);
    }
    check_chain(change, changes, collapse, length, settings);
  }
  close_study();
}
END_TEST

Suite *paths_suite(void);
Suite *paths_suite(void) {
  Suite *suite = suite_create("paths");
  TCase *all = tcase_create("paths");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_test(all, test_examples);
  tcase_add_test(all, test_refused);
  tcase_add_loop_test(all, test_chains, 0, 24);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(paths_suite()); }
