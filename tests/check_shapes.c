/* Streams of bad shapes: very many names, groups, values of an attribute. No metric takes memory or time out of proportion,
 * and none refuses them. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "check_main.h"
#include "metric_cases.h"
#include "metric_model.h"

enum { MOST_BYTES = 200000000, MOST_SECONDS = 30 };

/* Customers have five events each; times are a minute apart. */
typedef struct bad_shape {
  int events, names, groups;
} bad_shape;

static journey_context *context;

static void setup(void) {
  journey_context_options options = {.struct_size = sizeof options, .threads = 1, .memory_limit = MOST_BYTES};
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
}

static void teardown(void) { journey_context_free(context); }

static void add(journey_builder *builder, model_random *random, const bad_shape *shape, int i) {
  char id[24], name[24], group[24];
  int code = model_below(random, shape->names);
  journey_attribute attributes[] = {{.name = "channel", .name_length = 7, .text = group},
                                    {.name = "price", .name_length = 5, .number = i}};
  journey_event event = {.struct_size = sizeof event, .customer = id, .name = name, .time = i * INT64_C(60000000),
                         .value = i, .attributes = attributes, .attribute_count = 2};
  event.customer_length = (size_t)snprintf(id, sizeof id, "c%d", i / 5);
  snprintf(name, sizeof name, "e%d", code);
  if (code < PLAIN_NAMES) snprintf(name, sizeof name, "%s", plain_names[code]);
  event.name_length = strlen(name);
  attributes[0].text_length = (size_t)snprintf(group, sizeof group, "g%d", i / 5 % shape->groups);
  ck_assert_int_eq(journey_builder_add(builder, &event, NULL), JOURNEY_OK);
}

static journey_study *new_study(const bad_shape *shape, const char *by) {
  journey_study_options scope = {.struct_size = sizeof scope, .by = by};
  model_random random = {.state = 3};
  journey_builder *builder;
  journey_stream *stream;
  journey_study *study;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  for (int i = 0; i < shape->events; i++) add(builder, &random, shape, i);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_study_new(stream, NULL, &scope, &study, NULL), JOURNEY_OK);
  journey_builder_free(builder);
  journey_stream_free(stream);
  return study;
}

static journey_table *measure(journey_study *study, const char *metric, const char *settings) {
  clock_t begin = clock();
  journey_table *table = plain_measure(study, metric, settings, 1);
  double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
  ck_assert_msg(seconds < MOST_SECONDS, "%s %s: %g seconds", metric, settings, seconds);
  return table;
}

static void measure_all(const bad_shape *shape, const char *by) {
  journey_study *study = new_study(shape, by);
  for (int i = 0; i < METRICS; i++) journey_table_free(measure(study, metrics[i].metric, metrics[i].settings));
  journey_study_free(study);
}

START_TEST(test_many_names) { measure_all(&(bad_shape){.events = 60000, .names = 20000, .groups = 2}, NULL); }
END_TEST

START_TEST(test_many_groups) { measure_all(&(bad_shape){.events = 15000, .names = 100, .groups = 3000}, "channel"); }
END_TEST

/* Each value has an account of its own in a breakdown, and each hour in a trend. */
START_TEST(test_many_accounts) {
  static const char *const splits[] = {"breakdown=channel", "trend=hour"};
  const bad_shape shape = {.events = 300000, .names = 2, .groups = 60000};
  journey_study *study = new_study(&shape, NULL);
  for (int i = 0; i < 2; i++) {
    char settings[64];
    snprintf(settings, sizeof settings, "steps=home;list, %s", splits[i]);
    journey_table *table = measure(study, "funnel", settings);
    ck_assert_int_gt(journey_table_rows(table), i ? 9000 : 110000);
    journey_table_free(table);
  }
  journey_study_free(study);
}
END_TEST

/* Numbers have no names to break down by. */
START_TEST(test_numeric_breakdown) {
  const bad_shape shape = {.events = 100, .names = 3, .groups = 2};
  const journey_setting settings[] = {{"steps", "home,list"}, {"breakdown", "price"}};
  journey_study *study = new_study(&shape, NULL);
  journey_error err = {0};
  journey_table *table;
  ck_assert_int_eq(journey_measure(study, "funnel", settings, 2, &table, &err), JOURNEY_EINVAL);
  ck_assert_str_eq(err.message, "funnel: option breakdown: the attribute holds numbers, not names");
  journey_study_free(study);
}
END_TEST

Suite *shapes_suite(void);
Suite *shapes_suite(void) {
  Suite *suite = suite_create("shapes");
  TCase *all = tcase_create("shapes");
  tcase_set_timeout(all, 300);
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_test(all, test_many_names);
  tcase_add_test(all, test_many_groups);
  tcase_add_test(all, test_many_accounts);
  tcase_add_test(all, test_numeric_breakdown);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(shapes_suite()); }
