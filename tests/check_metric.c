/* The room metric: options, the registry, plug-ins, callbacks that stop, saved states that lie, and no memory. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "metric/metric.h"
#include "metric_cases.h"
#include "metric_model.h"

static journey_context *context;
static journey_study *study;
static plain_events events;

static void setup(void) {
  model_random random = {.state = 11};
  plain_shape shape = {.customers = 12,
                       .most = 7,
                       .names = PLAIN_NAMES,
                       .ticks = 60,
                       .tick = 3600000000,
                       .base = INT64_C(1700000000000000),
                       .parts = 2};
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  plain_new(&events, &random, &shape);
  study = plain_study(&events, context, -1, NULL, NULL);
}

static void teardown(void) {
  journey_study_free(study);
  plain_free(&events);
  journey_context_free(context);
}

/* ---- a calculator that tells what it was given --------------------------------------------------------------------- */

static const journey_option probe_options[] = {
    {.name = "whole", .value = "5", .type = JOURNEY_OPTION_INT, .minimum = -3, .maximum = 9, .help = "h"},
    {.name = "any_whole", .value = "0", .type = JOURNEY_OPTION_INT, .help = "h"},
    {.name = "real", .value = "0.5", .type = JOURNEY_OPTION_FLOAT, .minimum = 0, .maximum = 1, .help = "h"},
    {.name = "words", .value = "a b", .type = JOURNEY_OPTION_TEXT, .help = "h"},
    {.name = "flag", .value = "false", .type = JOURNEY_OPTION_FLAG, .help = "h"},
    {.name = "choice", .value = "day", .type = JOURNEY_OPTION_CHOICE, .choices = "day|week|month", .help = "h"},
    {.name = "time_out", .value = "none", .type = JOURNEY_OPTION_DURATION, .help = "h"},
    {.name = "steps", .value = "home,list", .type = JOURNEY_OPTION_STEPS, .help = "h"},
    {.name = "step", .value = "home", .type = JOURNEY_OPTION_STEP, .help = "h"},
    {.name = "zone", .value = "", .type = JOURNEY_OPTION_ZONE, .help = "h"},
};

static char told[512];

static journey_status probe_create(const journey_host *host, void **state, journey_error *err) {
  const journey_steps *steps;
  *state = (void *)(uintptr_t)host;
  journey_status status = host->steps(host, "steps", &steps, err);
  if (status != JOURNEY_OK) return status;
  snprintf(told, sizeof told, "%lld %lld %g %s %d %d %lld %u", (long long)host->option_int(host, "whole"),
           (long long)host->option_int(host, "any_whole"), host->option_float(host, "real"),
           host->option_text(host, "words"), (int)host->option_flag(host, "flag"),
           (int)host->option_choice(host, "choice"), (long long)host->option_duration(host, "time_out"),
           (unsigned)steps->count);
  return JOURNEY_OK;
}

static journey_status probe_feed(void *state, const journey_batch *batch, journey_error *err) {
  (void)state, (void)batch, (void)err;
  return JOURNEY_OK;
}
static journey_status probe_merge(void *state, void *other, journey_error *err) {
  (void)state, (void)other, (void)err;
  return JOURNEY_OK;
}
static journey_status probe_save(void *state, journey_saver *saver, journey_error *err) {
  (void)state, (void)saver, (void)err;
  return JOURNEY_OK;
}
static journey_status probe_load(void *state, journey_loader *loader, journey_error *err) {
  (void)state, (void)loader, (void)err;
  return JOURNEY_OK;
}
static journey_status probe_finish(void *state, journey_table *table, journey_error *err) {
  const journey_host *host = state;
  (void)err;
  host->column(host, table, "x", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  return JOURNEY_OK;
}
static void probe_destroy(void *state) { (void)state; }

static journey_calculator probe(void) {
  return (journey_calculator){.struct_size = sizeof(journey_calculator),
                              .revision = JOURNEY_CALCULATOR_REVISION,
                              .id = "probe",
                              .title = "t",
                              .help = "h",
                              .options = probe_options,
                              .option_count = sizeof probe_options / sizeof *probe_options,
                              .create = probe_create,
                              .feed = probe_feed,
                              .merge = probe_merge,
                              .save = probe_save,
                              .load = probe_load,
                              .finish = probe_finish,
                              .destroy = probe_destroy};
}

/* ---- options ----------------------------------------------------------------------------------------------------------- */

START_TEST(test_options) {
  static const struct {
    const char *settings, *told;
  } cases[] = {
      {"", "5 0 0.5 a b 0 0 9223372036854775807 2"},
      {"whole=-3, any-whole=-9223372036854775808, real=1", "-3 -9223372036854775808 1 a b 0 0 9223372036854775807 2"},
      {"words=x, flag=true, choice=month, time-out=90m, steps=a;b|c;d", "5 0 0.5 x 1 2 5400000000 3"},
      {"time_out=0s, whole=1, whole=2, choice=week, zone=+02:00", "2 0 0.5 a b 0 1 0 2"},
  };
  journey_calculator calculator = probe();
  ck_assert_int_eq(journey_register(context, &calculator, NULL), JOURNEY_OK);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    journey_table_free(plain_measure(study, "probe", cases[i].settings, 0));
    ck_assert_str_eq(told, cases[i].told);
  }
}
END_TEST

static void check_refused(const char *metric, const journey_setting *setting, size_t count, journey_status expected,
                          const char *message) {
  journey_error err = {0};
  journey_table *table;
  journey_bytes state;
  ck_assert_int_eq(journey_measure(study, metric, setting, count, &table, NULL), expected);
  ck_assert_int_eq(journey_measure_partial(study, metric, setting, count, &state, &err), expected);
  ck_assert(!table && !state.data);
  ck_assert_int_eq(err.code, expected);
  ck_assert_msg(!strcmp(err.message, message), "%s", err.message);
}

START_TEST(test_refused_options) {
  static const struct {
    const char *name, *value;
    int status;
    const char *message;
  } cases[] = {
      {"whole", "x", JOURNEY_EINVAL, "option whole: not a whole number: \"x\""},
      {"whole", "", JOURNEY_EINVAL, "option whole: not a whole number: \"\""},
      {"whole", "1.5", JOURNEY_EINVAL, "option whole: not a whole number: \"1.5\""},
      {"whole", "10", JOURNEY_EINVAL, "option whole: must be from -3 to 9, not 10"},
      {"whole", "-4", JOURNEY_EINVAL, "option whole: must be from -3 to 9, not -4"},
      {"whole", "99999999999999999999", JOURNEY_EINVAL, "option whole: not a whole number: \"99999999999999999999\""},
      {"real", "1.0001", JOURNEY_EINVAL, "option real: must be from 0 to 1, not 1.0001"},
      {"real", "nan", JOURNEY_EINVAL, "option real: not a number: \"nan\""},
      {"flag", "yes", JOURNEY_EINVAL, "option flag: neither true nor false: \"yes\""},
      {"choice", "wee", JOURNEY_EINVAL, "option choice: must be one of day|week|month, not \"wee\""},
      {"choice", "day|week", JOURNEY_EINVAL, "option choice: must be one of day|week|month, not \"day|week\""},
      {"choice", "", JOURNEY_EINVAL, "option choice: must be one of day|week|month, not \"\""},
      {"time-out", "-1s", JOURNEY_EINVAL, NULL},
      {"time-out", "soon", JOURNEY_EINVAL, NULL},
      {"steps", "a,,b", JOURNEY_EPARSE, NULL},
      {"step", "a,b", JOURNEY_ELIMIT, NULL},
      {"zone", "Nowhere/Land", JOURNEY_ENOTFOUND, NULL},
      {"wholes", "1", JOURNEY_ENOTFOUND,
       "metric probe has no option \"wholes\"; it has: whole, any_whole, real, words, flag, choice, time_out, steps, "
       "step, zone"},
      {"whol", "1", JOURNEY_ENOTFOUND,
       "metric probe has no option \"whol\"; it has: whole, any_whole, real, words, flag, choice, time_out, steps, "
       "step, zone"},
      {"whole", NULL, JOURNEY_EINVAL, "option whole: no value"},
  };
  journey_calculator calculator = probe();
  ck_assert_int_eq(journey_register(context, &calculator, NULL), JOURNEY_OK);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    journey_setting setting = {cases[i].name, cases[i].value};
    journey_error err = {0};
    journey_table *table;
    journey_status status = journey_measure(study, "probe", &setting, 1, &table, &err);
    ck_assert_msg(status < 0, "%s=%s is taken", cases[i].name, cases[i].value ? cases[i].value : "");
    if (cases[i].message) {
      check_refused("probe", &setting, 1, cases[i].status, cases[i].message);
      continue;
    }
    ck_assert_msg(strstr(err.message, cases[i].name[0] == 't' ? "time_out" : cases[i].name), "%s", err.message);
  }
  check_refused("summary", &(journey_setting){"x", "1"}, 1, JOURNEY_ENOTFOUND,
                "metric summary has no option \"x\"; it has: none");
}
END_TEST

/* The metrics that there are, in order, as many as the message has room for. */
START_TEST(test_refused_metric) {
  journey_error err = {0};
  journey_table *table;
  ck_assert_int_eq(journey_measure(study, "funnels", NULL, 0, &table, &err), JOURNEY_ENOTFOUND);
  const char *at = "there is no metric \"funnels\"; there are: ", *rest = err.message + strlen(at);
  ck_assert_msg(!strncmp(err.message, at, strlen(at)), "%s", err.message);
  for (int32_t i = 0; journey_metric(context, i); i++) {
    const char *id = journey_metric(context, i)->id;
    if (!strcmp(rest, "...")) return;
    ck_assert_msg(!strncmp(rest, id, strlen(id)), "%s: not %s", err.message, id);
    rest += strlen(id);
    rest += 2 * !strncmp(rest, ", ", 2);
  }
  ck_assert_str_eq(rest, "");
}
END_TEST

/* The error record is written on failure only. */
START_TEST(test_error_untouched) {
  journey_error err = {.code = 77, .row = 5}, before = err;
  journey_table *table;
  journey_bytes state;
  ck_assert_int_eq(journey_measure(study, "summary", NULL, 0, &table, &err), JOURNEY_OK);
  journey_table_free(table);
  ck_assert_int_eq(journey_measure_partial(study, "summary", NULL, 0, &state, &err), JOURNEY_OK);
  ck_assert_int_eq(journey_measure_join(context, &state, 1, &table, &err), JOURNEY_OK);
  ck_assert(memcmp(&err, &before, sizeof err) == 0);
  journey_table_free(table);
  journey_bytes_free(&state);
  journey_bytes_free(&state);
  journey_bytes_free(NULL);
}
END_TEST

/* ---- groups against a baseline --------------------------------------------------------------------------------------- */

/* Counts paths; against a baseline also shows the baseline's count, and whether it is the same state. */
typedef struct compared {
  const journey_host *host;
  int64_t paths;
} compared;

static const journey_option compared_options[] = {
    {.name = "baseline", .value = "", .type = JOURNEY_OPTION_TEXT, .help = "h"}};

static journey_status compared_create(const journey_host *host, void **state, journey_error *err) {
  (void)err;
  compared *c = *state = journey_host_alloc(host, 1, sizeof *c);
  if (!c) return JOURNEY_ENOMEM;
  c->host = host;
  return JOURNEY_OK;
}
static journey_status compared_feed(void *state, const journey_batch *batch, journey_error *err) {
  (void)err;
  ((compared *)state)->paths += batch->paths;
  return JOURNEY_OK;
}
static journey_status compared_merge(void *state, void *other, journey_error *err) {
  (void)err;
  ((compared *)state)->paths += ((compared *)other)->paths;
  return JOURNEY_OK;
}
static journey_status compared_save(void *state, journey_saver *saver, journey_error *err) {
  compared *c = state;
  (void)err;
  c->host->save_int64(c->host, saver, c->paths);
  return JOURNEY_OK;
}
static journey_status compared_load(void *state, journey_loader *loader, journey_error *err) {
  compared *c = state;
  c->paths = c->host->load_int64(c->host, loader);
  return c->host->load_status(c->host, loader, err);
}
static journey_status compared_finish(void *state, journey_table *table, journey_error *err) {
  compared *c = state;
  (void)err;
  c->host->column(c->host, table, "paths", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  c->host->put_int64(c->host, table, c->paths);
  return JOURNEY_OK;
}
static journey_status compared_against(void *state, void *baseline, journey_table *table, journey_error *err) {
  compared *c = state, *b = baseline;
  (void)err;
  c->host->column(c->host, table, "paths", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  c->host->column(c->host, table, "baseline", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  c->host->column(c->host, table, "same", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  c->host->put_int64(c->host, table, c->paths);
  c->host->put_int64(c->host, table, b->paths);
  c->host->put_int64(c->host, table, c == b);
  return JOURNEY_OK;
}
static void compared_destroy(void *state) {
  compared *c = state;
  journey_host_free(c->host, c, 1, sizeof *c);
}

static const void *compared_extension(const char *name) {
  static const journey_baseline baseline = {.struct_size = sizeof baseline, .finish_against = compared_against};
  return strcmp(name, JOURNEY_EXTENSION_BASELINE) == 0 ? &baseline : NULL;
}

static const journey_calculator compared_calculator = {.struct_size = sizeof(journey_calculator),
                                                       .revision = JOURNEY_CALCULATOR_REVISION,
                                                       .id = "compared",
                                                       .title = "t",
                                                       .help = "h",
                                                       .options = compared_options,
                                                       .option_count = 1,
                                                       .create = compared_create,
                                                       .feed = compared_feed,
                                                       .merge = compared_merge,
                                                       .save = compared_save,
                                                       .load = compared_load,
                                                       .finish = compared_finish,
                                                       .destroy = compared_destroy,
                                                       .extension = compared_extension};

static void check_compared(const journey_table *table, const char *by, const char *baseline, int64_t paths) {
  ck_assert_int_gt(journey_table_rows(table), 1);
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    bool same = !strcmp(plain_text(table, row, by), baseline);
    ck_assert_int_eq(plain_int(table, row, "same"), same);
    ck_assert_int_eq(plain_int(table, row, "baseline"), paths);
    ck_assert(!same || plain_int(table, row, "paths") == paths);
  }
}

START_TEST(test_baseline) {
  const journey_study_options scope = {.struct_size = sizeof scope, .by = "channel"};
  journey_study *cut = plain_study(&events, context, -1, NULL, &scope);
  journey_study *part[2] = {plain_study(&events, context, 0, NULL, &scope),
                            plain_study(&events, context, 1, NULL, &scope)};
  ck_assert_int_eq(journey_register(context, &compared_calculator, NULL), JOURNEY_OK);
  journey_table *plain = plain_measure(cut, "compared", "", 2);
  ck_assert_int_eq(journey_table_find(plain, "baseline"), -1);
  for (int64_t row = 0; row < journey_table_rows(plain); row++) {
    char settings[64];
    snprintf(settings, sizeof settings, "baseline=%s", plain_text(plain, row, "channel"));
    for (int shards = 1; shards < 8; shards += 3) {
      journey_table *table = plain_measure(cut, "compared", settings, shards);
      ck_assert_int_eq(journey_table_rows(table), journey_table_rows(plain));
      check_compared(table, "channel", plain_text(plain, row, "channel"), plain_int(plain, row, "paths"));
      journey_table *joined = plain_join(context, part, 2, "compared", settings);
      plain_same(table, joined, settings);
      journey_table_free(joined);
      journey_table_free(table);
    }
  }
  journey_table_free(plain);
  for (int p = 0; p < 2; p++) journey_study_free(part[p]);
  journey_study_free(cut);
}
END_TEST

/* A saved state may know a group that nobody is in. It has no rows, and can be the baseline: of nothing. */
START_TEST(test_empty_baseline) {
  const journey_study_options scope = {.struct_size = sizeof scope, .by = "channel"};
  const journey_setting setting = {"baseline", "web"};
  plain_event three[] = {{.customer = 0, .name = 0, .channel = 0, .value = NAN},
                         {.customer = 1, .name = 0, .channel = 1, .value = NAN},
                         {.customer = 2, .name = 0, .channel = 2, .value = NAN}};
  const plain_events few = {.event = three, .count = 3, .customers = 3, .parts = 1};
  journey_study *cut = plain_study(&few, context, -1, NULL, &scope);
  journey_bytes state;
  journey_table *table;
  ck_assert_int_eq(journey_register(context, &compared_calculator, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_measure_partial(cut, "compared", &setting, 1, &state, NULL), JOURNEY_OK);
  ck_assert(memcmp(state.data + state.size - 3, "\4\2\2", 3) == 0); /* two bytes, 1 and 1: that of "web" */
  const journey_bytes without = {.data = state.data, .size = state.size - 2};
  state.data[state.size - 3] = 0;
  ck_assert_int_eq(journey_measure_join(context, &without, 1, &table, NULL), JOURNEY_OK);
  check_compared(table, "channel", "web", 0);
  ck_assert_int_eq(journey_table_rows(table), 2);
  ck_assert_int_eq(plain_find(table, "channel", "web", NULL, NULL), -1);
  journey_table_free(table);
  journey_bytes_free(&state);
  journey_study_free(cut);
}
END_TEST

START_TEST(test_refused_baseline) {
  const journey_study_options scope = {.struct_size = sizeof scope, .by = "channel"};
  const journey_setting setting = {"baseline", "tv"};
  journey_study *cut = plain_study(&events, context, -1, NULL, &scope);
  journey_error err = {0};
  journey_table *table;
  journey_bytes state;
  ck_assert_int_eq(journey_register(context, &compared_calculator, NULL), JOURNEY_OK);
  check_refused("compared", &setting, 1, JOURNEY_EINVAL,
                "option baseline: there are no groups to compare without a breakdown (by)");
  ck_assert_int_eq(journey_measure(cut, "compared", &setting, 1, &table, &err), JOURNEY_ENOTFOUND);
  const char *start = "option baseline: there is no group \"tv\"; there are: ";
  ck_assert_msg(!strncmp(err.message, start, strlen(start)), "%s", err.message);
  ck_assert_msg(strstr(err.message, "web") && strstr(err.message, "app"), "%s", err.message);
  ck_assert_int_eq(journey_measure_partial(cut, "compared", &setting, 1, &state, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_measure_join(context, &state, 1, &table, NULL), JOURNEY_ENOTFOUND); /* only all know */
  journey_bytes_free(&state);
  journey_study_free(cut);
}
END_TEST

/* ---- the registry ------------------------------------------------------------------------------------------------------- */

START_TEST(test_registry) {
  journey_calculator good = probe(), bad;
  journey_error err = {0};
  journey_context *other;
  int32_t builtin = 0, i = 0;
  while (journey_metric(context, builtin)) builtin++;
  for (i = 1; i < builtin; i++) ck_assert_str_lt(journey_metric(context, i - 1)->id, journey_metric(context, i)->id);
  ck_assert_ptr_null(journey_metric(context, -1));
  ck_assert_int_eq(journey_register(context, &good, &err), JOURNEY_OK);
  ck_assert_ptr_eq(journey_metric(context, builtin), &good);
  ck_assert_ptr_null(journey_metric(context, builtin + 1));
  ck_assert_int_eq(journey_register(context, &good, &err), JOURNEY_EEXIST);
  ck_assert_str_eq(err.message, "calculator: there is a metric \"probe\" already");
  bad = good;
  bad.id = "funnel";
  ck_assert_int_eq(journey_register(context, &bad, &err), JOURNEY_EEXIST);
  bad.id = "later";
  bad.revision = JOURNEY_CALCULATOR_REVISION + 1;
  ck_assert_int_eq(journey_register(context, &bad, &err), JOURNEY_EUNSUPPORTED);
  ck_assert_int_eq(journey_register(context, NULL, &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_context_new(NULL, &other, NULL), JOURNEY_OK);
  ck_assert_ptr_null(journey_metric(other, builtin)); /* contexts know nothing of each other */
  journey_context_free(other);
}
END_TEST

static void check_wrong(const journey_calculator *bad, const char *message) {
  journey_error err = {0};
  ck_assert_int_eq(journey_register(context, bad, &err), JOURNEY_EINVAL);
  ck_assert_str_eq(err.message, message);
}

#define CHECK_WRONG(member, value, message)                                                                            \
  do {                                                                                                                 \
    journey_calculator bad = probe();                                                                                  \
    bad.member = value;                                                                                                \
    check_wrong(&bad, message);                                                                                        \
  } while (0)

START_TEST(test_wrong_tables) {
  journey_option option = probe_options[0];
  CHECK_WRONG(struct_size, sizeof(journey_calculator) - 8, "calculator: struct_size is too small");
  CHECK_WRONG(revision, 0, "calculator: revision is 0");
  CHECK_WRONG(id, NULL, "calculator: id is not a lower-case name");
  CHECK_WRONG(id, "", "calculator: id is not a lower-case name");
  CHECK_WRONG(id, "Funnel", "calculator: id is not a lower-case name");
  CHECK_WRONG(id, "a b", "calculator: id is not a lower-case name");
  CHECK_WRONG(title, NULL, "calculator: title or help is missing");
  CHECK_WRONG(help, NULL, "calculator: title or help is missing");
  CHECK_WRONG(create, NULL, "calculator: a function is missing");
  CHECK_WRONG(feed, NULL, "calculator: a function is missing");
  CHECK_WRONG(merge, NULL, "calculator: a function is missing");
  CHECK_WRONG(save, NULL, "calculator: a function is missing");
  CHECK_WRONG(load, NULL, "calculator: a function is missing");
  CHECK_WRONG(finish, NULL, "calculator: a function is missing");
  CHECK_WRONG(destroy, NULL, "calculator: a function is missing");
  CHECK_WRONG(options, NULL, "calculator: the options are missing");
  CHECK_WRONG(option_count, 257, "calculator: more than 256 options");
  journey_calculator bad = probe();
  bad.options = &option;
  bad.option_count = 1;
  option.name = "No";
  check_wrong(&bad, "calculator: an option lacks a name, a value or a help");
  option = probe_options[0];
  option.type = 10;
  check_wrong(&bad, "calculator: an option's type is unknown");
  option.type = JOURNEY_OPTION_CHOICE;
  check_wrong(&bad, "calculator: an option lacks its choices");
}
END_TEST

/* ---- plug-ins -------------------------------------------------------------------------------------------------------------- */

static const char *variable(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value && *value ? value : otherwise;
}

static void compile(const char *source, const char *object, char path[512]) {
  char command[2048];
  snprintf(path, 512, "%s/tests/%s", variable("BUILD", "build"), object);
  snprintf(command, sizeof command, "%s -std=c11 -O1 -fPIC -shared -Iinclude -o %s %s", variable("CC", "cc"), path,
           source);
  ck_assert_msg(system(command) == 0, "%s", command);
}

/* The example against plain loops over the same paths. */
static int64_t count_bursts(int name, int64_t *customers) {
  plain_event path[16];
  int64_t bursts = 0;
  *customers = 0;
  for (int c = 0; c < events.customers; c++) {
    int n = plain_path(&events, c, path), run = 0;
    int64_t before = bursts;
    for (int i = 0; i < n; i++) {
      bool same = i > 0 && path[i].name == path[i - 1].name && path[i].time - path[i - 1].time <= 36000000000;
      run = same ? run + 1 : 1;
      bursts += run == 2 && path[i].name == name;
    }
    *customers += bursts > before;
  }
  return bursts;
}

START_TEST(test_example_plugin) {
  char path[512];
  journey_error err = {0};
  compile("docs/examples/plugin.c", "rage_clicks.so", path);
  ck_assert_msg(journey_load_plugin(context, path, &err) == JOURNEY_OK, "%s", err.message);
  ck_assert_int_eq(journey_load_plugin(context, path, &err), JOURNEY_EEXIST);
  journey_table *table = plain_measure(study, "rage_clicks", "repeats=2, within=10h", 1);
  journey_study *part[2] = {plain_study(&events, context, 0, NULL, NULL), plain_study(&events, context, 1, NULL, NULL)};
  journey_table *joined = plain_join(context, part, 2, "rage_clicks", "repeats=2, within=10h");
  plain_same(table, joined, "rage_clicks");
  int64_t rows = 0;
  for (int n = 0; n < PLAIN_NAMES; n++) {
    int64_t customers, bursts = count_bursts(n, &customers),
                       row = plain_find(table, "event", plain_names[n], NULL, NULL);
    ck_assert((row >= 0) == (bursts > 0));
    if (row < 0) continue;
    rows++;
    ck_assert_int_eq(plain_int(table, row, "bursts"), bursts);
    ck_assert_int_eq(plain_int(table, row, "customers"), customers);
  }
  ck_assert(rows > 0 && rows == journey_table_rows(table));
  for (int p = 0; p < 2; p++) journey_study_free(part[p]);
  journey_table_free(table);
  journey_table_free(joined);
}
END_TEST

START_TEST(test_no_plugins) {
  char path[512];
  journey_error err = {0};
  ck_assert_int_eq(journey_load_plugin(context, "/nowhere/x.so", &err), JOURNEY_EIO);
  ck_assert_msg(strstr(err.message, "/nowhere/x.so"), "%s", err.message);
  ck_assert_int_eq(journey_load_plugin(context, "Makefile", &err), JOURNEY_EIO);
  compile("-x c /dev/null", "no_plugin.so", path);
  ck_assert_int_eq(journey_load_plugin(context, path, &err), JOURNEY_EINVAL);
  ck_assert_msg(strstr(err.message, "has no symbol " JOURNEY_PLUGIN_SYMBOL), "%s", err.message);
}
END_TEST

/* ---- callbacks that stop --------------------------------------------------------------------------------------------------- */

static journey_status stop_now(void *user, const char *phase, int64_t done, int64_t total) {
  int *calls = user;
  if (strcmp(phase, "measuring") != 0) return JOURNEY_OK;
  ck_assert(done >= 0 && done <= total);
  return ++*calls == 2 ? JOURNEY_EUSER : JOURNEY_OK;
}

START_TEST(test_stopped) {
  for (int threads = 1; threads < 4; threads += 2) {
    int calls = 0;
    journey_context *stopping;
    journey_context_options options = {
        .struct_size = sizeof options, .threads = threads, .progress = stop_now, .progress_user = &calls};
    journey_error err = {0};
    journey_table *table;
    journey_bytes state;
    ck_assert_int_eq(journey_context_new(&options, &stopping, NULL), JOURNEY_OK);
    journey_study *own = plain_study(&events, stopping, -1, NULL, NULL);
    ck_assert_int_eq(jn_metric_measure(own, "paths", NULL, 0, 4, &table, &err), JOURNEY_EUSER);
    ck_assert_int_eq(err.code, JOURNEY_EUSER);
    journey_context_cancel(stopping, 1);
    ck_assert_int_eq(journey_measure(own, "paths", NULL, 0, &table, &err), JOURNEY_ECANCELLED);
    ck_assert_int_eq(journey_measure_partial(own, "paths", NULL, 0, &state, &err), JOURNEY_ECANCELLED);
    journey_context_cancel(stopping, 0);
    ck_assert_int_eq(journey_measure(own, "paths", NULL, 0, &table, &err), JOURNEY_OK);
    journey_table_free(table);
    journey_study_free(own);
    journey_context_free(stopping);
  }
}
END_TEST

/* What a calculator returns comes back, with a message though it left none. */
static journey_status fail_silently(void *state, const journey_batch *batch, journey_error *err) {
  (void)state, (void)batch, (void)err;
  return JOURNEY_EUSER;
}

START_TEST(test_silent_failure) {
  journey_calculator calculator = probe();
  journey_error err = {0};
  journey_table *table;
  calculator.feed = fail_silently;
  ck_assert_int_eq(journey_register(context, &calculator, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_measure(study, "probe", NULL, 0, &table, &err), JOURNEY_EUSER);
  ck_assert_int_eq(err.code, JOURNEY_EUSER);
  ck_assert_str_eq(err.message, "probe: JOURNEY_EUSER");
}
END_TEST

static struct {
  const char *function;    /* that returns something odd */
  journey_status returned; /* by it */
} odd;

static journey_status odd_or(const char *function, journey_status status) {
  return strcmp(odd.function, function) == 0 ? odd.returned : status;
}
static journey_status odd_create(const journey_host *host, void **state, journey_error *err) {
  return odd_or("create", probe_create(host, state, err));
}
static journey_status odd_feed(void *state, const journey_batch *batch, journey_error *err) {
  return odd_or("feed", probe_feed(state, batch, err));
}
static journey_status odd_merge(void *state, void *other, journey_error *err) {
  return odd_or("merge", probe_merge(state, other, err));
}
static journey_status odd_save(void *state, journey_saver *saver, journey_error *err) {
  return odd_or("save", probe_save(state, saver, err));
}
static journey_status odd_load(void *state, journey_loader *loader, journey_error *err) {
  return odd_or("load", probe_load(state, loader, err));
}
static journey_status odd_finish(void *state, journey_table *table, journey_error *err) {
  return odd_or("finish", probe_finish(state, table, err));
}

/* Measures in one go, then in two parts that are joined. */
static journey_status measure_both_ways(journey_error *err) {
  journey_table *table = NULL;
  journey_bytes state[2] = {{0}, {0}};
  journey_status status = jn_metric_measure(study, "probe", NULL, 0, 3, &table, err);
  journey_table_free(table);
  table = NULL;
  for (int i = 0; status == JOURNEY_OK && i < 2; i++) {
    status = journey_measure_partial(study, "probe", NULL, 0, &state[i], err);
  }
  if (status == JOURNEY_OK) status = journey_measure_join(context, state, 2, &table, err);
  journey_table_free(table);
  for (int i = 0; i < 2; i++) journey_bytes_free(&state[i]);
  return status;
}

/* Every function may fail without a message, or return a number that is no status. */
START_TEST(test_odd_returns) {
  static const char *const functions[] = {"create", "feed", "merge", "save", "load", "finish"};
  journey_calculator calculator = probe();
  calculator.create = odd_create;
  calculator.feed = odd_feed;
  calculator.merge = odd_merge;
  calculator.save = odd_save;
  calculator.load = odd_load;
  calculator.finish = odd_finish;
  ck_assert_int_eq(journey_register(context, &calculator, NULL), JOURNEY_OK);
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    journey_error err = {0};
    odd.function = functions[i];
    odd.returned = JOURNEY_EIO;
    ck_assert_int_eq(measure_both_ways(&err), JOURNEY_EIO);
    ck_assert_int_eq(err.code, JOURNEY_EIO);
    ck_assert_str_eq(err.message, "probe: JOURNEY_EIO");
    odd.returned = 1;
    ck_assert_int_eq(measure_both_ways(&err), JOURNEY_OK);
  }
}
END_TEST

static journey_status make_nothing(const journey_host *host, void **state, journey_error *err) {
  (void)host, (void)state, (void)err;
  return JOURNEY_OK;
}

START_TEST(test_no_state) {
  journey_calculator calculator = probe();
  journey_error err = {0};
  journey_table *table;
  calculator.create = make_nothing;
  ck_assert_int_eq(journey_register(context, &calculator, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_measure(study, "probe", NULL, 0, &table, &err), JOURNEY_EINVAL);
  ck_assert_str_eq(err.message, "probe: made no state");
}
END_TEST

/* ---- saved states that lie --------------------------------------------------------------------------------------------------- */

static journey_bytes save(journey_study *of, const char *metric, const char *text) {
  plain_settings settings;
  journey_bytes state;
  plain_set(&settings, text);
  ck_assert_int_eq(journey_measure_partial(of, metric, settings.setting, settings.count, &state, NULL), JOURNEY_OK);
  return state;
}

/* Joins a copy without a spare byte; a table, or an error that says which state. */
static journey_status try_join(const uint8_t *bytes, size_t n) {
  uint8_t *copy = malloc(n ? n : 1);
  journey_table *table;
  journey_error err = {0};
  memcpy(copy, bytes, n);
  const journey_bytes state = {.data = copy, .size = n};
  journey_status status = journey_measure_join(context, &state, 1, &table, &err);
  ck_assert((status == JOURNEY_OK) == (table != NULL));
  ck_assert(status == JOURNEY_OK || (err.code == status && *err.message));
  journey_table_free(table);
  free(copy);
  return status;
}

START_TEST(test_prefixes) {
  journey_bytes state = save(study, metrics[_i].metric, metrics[_i].settings);
  for (size_t n = 0; n < state.size; n++) ck_assert_int_ne(try_join(state.data, n), JOURNEY_OK);
  ck_assert_int_eq(try_join(state.data, state.size), JOURNEY_OK);
  uint8_t *longer = calloc(state.size + 1, 1);
  memcpy(longer, state.data, state.size);
  ck_assert_int_eq(try_join(longer, state.size + 1), JOURNEY_ESTATE);
  free(longer);
  journey_bytes_free(&state);
}
END_TEST

START_TEST(test_flipped) {
  static const uint8_t flips[] = {0x01, 0x02, 0x40, 0x80, 0xff, 0x7f};
  journey_bytes state = save(study, metrics[_i].metric, metrics[_i].settings);
  for (size_t n = 0; n < state.size; n++) {
    for (size_t f = 0; f < sizeof flips; f++) {
      state.data[n] ^= flips[f];
      try_join(state.data, state.size);
      state.data[n] ^= flips[f];
    }
  }
  journey_bytes_free(&state);
}
END_TEST

/* Every study has a group, so a table would have no columns without one. */
START_TEST(test_no_groups) {
  journey_bytes state = save(study, "paths", "");
  uint8_t *name = memmem(state.data, state.size, "(all)", 5);
  ck_assert_ptr_nonnull(name);
  name[-2] = 0; /* the count; its name's length follows */
  ck_assert_int_eq(try_join(state.data, (size_t)(name - state.data) - 1), JOURNEY_ESTATE);
  journey_bytes_free(&state);
}
END_TEST

START_TEST(test_unequal_states) {
  const journey_study_options scope = {.struct_size = sizeof scope, .confidence = 0.8};
  journey_study *narrow = plain_study(&events, context, -1, NULL, &scope);
  const journey_bytes states[] = {save(study, "paths", ""), save(study, "paths", "length=3"),
                                  save(study, "summary", ""), save(narrow, "paths", "")};
  journey_error err = {0};
  journey_table *table;
  for (int i = 1; i < 4; i++) {
    const journey_bytes both[] = {states[0], states[0], states[i]};
    ck_assert_int_eq(journey_measure_join(context, both, 3, &table, &err), JOURNEY_ESTATE);
    ck_assert_int_eq(err.row, 3);
    ck_assert_str_eq(err.message, "saved state 3: its metric, settings or scope are not those of the first");
  }
  ck_assert_int_eq(journey_measure_join(context, states, 0, &table, &err), JOURNEY_EINVAL);
  for (int i = 0; i < 4; i++) journey_bytes_free((journey_bytes *)&states[i]);
  journey_study_free(narrow);
}
END_TEST

/* ---- no memory ------------------------------------------------------------------------------------------------------------------ */

/* A stream and a study are made with the counting allocator, too: small ones. */
static journey_status small_study(journey_context *own, journey_study **out) {
  journey_builder *builder = NULL;
  journey_stream *stream = NULL;
  journey_status status = journey_builder_new(own, &builder, NULL);
  for (int i = 0; status == JOURNEY_OK && i < 9; i++) {
    static const char *const names[] = {"home", "list", "pay"};
    static const char *const ids[] = {"x", "y"};
    journey_attribute channel = {.name = "channel", .name_length = 7, .text = ids[i & 1], .text_length = 1};
    journey_event event = {.struct_size = sizeof event,
                           .customer = ids[i & 1],
                           .customer_length = 1,
                           .name = names[i % 3],
                           .name_length = strlen(names[i % 3]),
                           .time = i * INT64_C(86400000000),
                           .value = i,
                           .attributes = &channel,
                           .attribute_count = 1};
    status = journey_builder_add(builder, &event, NULL);
  }
  if (status == JOURNEY_OK) status = journey_builder_finish(builder, &stream, NULL);
  const journey_study_options scope = {.struct_size = sizeof scope, .by = "channel"};
  if (status == JOURNEY_OK) status = journey_study_new(stream, NULL, &scope, out, NULL);
  journey_stream_free(stream);
  journey_builder_free(builder);
  return status;
}

static journey_status measure_all_ways(journey_context *own, void *arg) {
  const int *i = arg;
  plain_settings settings;
  journey_study *small = NULL;
  journey_table *table = NULL;
  journey_bytes state[2] = {{0}, {0}};
  plain_set(&settings, metrics[*i].settings);
  journey_status status = small_study(own, &small);
  if (status == JOURNEY_OK) {
    status = jn_metric_measure(small, metrics[*i].metric, settings.setting, settings.count, 2, &table, NULL);
  }
  journey_table_free(table);
  table = NULL;
  for (int s = 0; status == JOURNEY_OK && s < 2; s++) {
    status = journey_measure_partial(small, metrics[*i].metric, settings.setting, settings.count, &state[s], NULL);
  }
  if (status == JOURNEY_OK) status = journey_measure_join(own, state, 2, &table, NULL);
  journey_table_free(table);
  for (int s = 0; s < 2; s++) journey_bytes_free(&state[s]);
  journey_study_free(small);
  return status;
}

START_TEST(test_no_memory) { alloc_loop(measure_all_ways, &_i); }
END_TEST

static journey_status register_two(journey_context *own, void *arg) {
  journey_calculator *calculators = arg;
  journey_status status = journey_register(own, &calculators[0], NULL);
  return status == JOURNEY_OK ? journey_register(own, &calculators[1], NULL) : status;
}

START_TEST(test_no_memory_to_register) {
  journey_calculator calculators[] = {probe(), probe()};
  calculators[1].id = "probe2";
  alloc_loop(register_two, calculators);
}
END_TEST

Suite *metric_suite(void);
Suite *metric_suite(void) {
  Suite *suite = suite_create("metric");
  TCase *all = tcase_create("metric");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_test(all, test_options);
  tcase_add_test(all, test_refused_options);
  tcase_add_test(all, test_refused_metric);
  tcase_add_test(all, test_error_untouched);
  tcase_add_test(all, test_baseline);
  tcase_add_test(all, test_empty_baseline);
  tcase_add_test(all, test_refused_baseline);
  tcase_add_test(all, test_registry);
  tcase_add_test(all, test_wrong_tables);
  tcase_add_test(all, test_example_plugin);
  tcase_add_test(all, test_no_plugins);
  tcase_add_test(all, test_stopped);
  tcase_add_test(all, test_silent_failure);
  tcase_add_test(all, test_odd_returns);
  tcase_add_test(all, test_no_state);
  tcase_add_loop_test(all, test_prefixes, 0, METRICS);
  tcase_add_loop_test(all, test_flipped, 0, METRICS);
  tcase_add_test(all, test_no_groups);
  tcase_add_test(all, test_unequal_states);
  tcase_add_loop_test(all, test_no_memory, 0, METRICS);
  tcase_add_test(all, test_no_memory_to_register);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(metric_suite()); }
