/* Compiled steps and their codes against a plain model; labels, proposals, and streams of many names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "study/study.h"
#include "study_model.h"

static journey_context *context;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* ---- codes ------------------------------------------------------------------------------------------------------- */

typedef struct random_steps {
  int count;
  model_step step[MODEL_MOST_STEPS];
  char *text;
} random_steps;

static void steps_new(random_steps *r, model_random *random) {
  size_t n;
  FILE *out = open_memstream(&r->text, &n);
  r->count = 1 + model_below(random, MODEL_MOST_STEPS);
  for (int s = 0; s < r->count; s++) {
    model_step_new(&r->step[s], random, true);
    char *text = model_step_text(&r->step[s], random);
    fprintf(out, "%s%s%s", s ? "," : "", model_below(random, 3) ? "" : "My step :=", text);
    free(text);
  }
  fclose(out);
}

static void steps_free(random_steps *r) {
  for (int s = 0; s < r->count; s++) model_step_free(&r->step[s]);
  free(r->text);
}

static uint64_t mask_of(const random_steps *r, const model_event *event) {
  uint64_t mask = 0;
  for (int s = 0; s < r->count; s++) mask |= (uint64_t)model_step_holds(&r->step[s], event) << s;
  return mask;
}

/* Both sets of steps on one cursor, so that neither disturbs the other; `where` leaves events out. */
static void check_codes(const model *m, journey_study *study, const random_steps r[2], const model_tree *where) {
  jn_study_steps *steps[2];
  jn_study_cursor *cursor;
  const journey_batch *batch;
  uint32_t group;
  int next = 0;
  for (int k = 0; k < 2; k++) {
    journey_error err;
    journey_status status = jn_study_steps_new(study, r[k].text, 64, &steps[k], &err);
    ck_assert_msg(status == JOURNEY_OK, "%s: %s", r[k].text, err.message);
    ck_assert_int_eq(jn_study_steps_names(steps[k])->count, r[k].count);
  }
  ck_assert_int_eq(jn_study_cursor_new(study, 0, m->customers, 0, NULL, 0, &cursor, NULL), JOURNEY_OK);
  while (!jn_study_next(cursor, &batch, &group, NULL) && batch) {
    journey_codes codes[2];
    const uint64_t *mask[2];
    for (int k = 0; k < 2; k++) {
      ck_assert_int_eq(jn_study_step_codes(cursor, steps[k], &codes[k], &mask[k], NULL), JOURNEY_OK);
      if (jn_study_steps_plain(steps[k])) ck_assert_ptr_eq(codes[k].data, batch->event.data);
    }
    for (int64_t i = 0; i < batch->end[batch->paths - 1]; i++) {
      while (where && !model_holds(where, &m->event[next])) next++;
      for (int k = 0; k < 2; k++) {
        uint32_t code = journey_codes_at(&codes[k], i);
        if (code < codes[k].count && mask[k][code] == mask_of(&r[k], &m->event[next])) continue;
        ck_abort_msg("%s: event %d", r[k].text, next);
      }
      next++;
    }
  }
  jn_study_cursor_free(cursor);
  for (int k = 0; k < 2; k++) jn_study_steps_free(steps[k]);
}

START_TEST(random_codes) {
  model_random random = {.state = (uint64_t)_i};
  model m;
  model_map map;
  model_new(&m, context, &random, _i % 4 ? 300 : 6000, 10, _i % MODEL_TIMES);
  model_map_new(&map, &m, context, &random);
  for (int i = 0; i < (_i % 4 ? 50 : 10); i++) {
    random_steps r[2];
    model_tree *where = i % 2 ? model_tree_new(&random, 1, true) : NULL;
    char *text = where ? model_tree_text(where, &random) : NULL;
    journey_study_options options = {.struct_size = sizeof options, .where = text};
    journey_study *study;
    steps_new(&r[0], &random);
    steps_new(&r[1], &random);
    ck_assert_int_eq(journey_study_new(m.stream, map.map, &options, &study, NULL), JOURNEY_OK);
    jn_study_set_chunk(study, i % 3 ? 65536 : 20);
    check_codes(&m, study, r, where);
    journey_study_free(study);
    steps_free(&r[0]);
    steps_free(&r[1]);
    model_tree_free(where);
    free(text);
  }
  model_map_free(&map);
  model_free(&m);
}
END_TEST

/* ---- small streams by hand --------------------------------------------------------------------------------------- */

/* Each customer's events, one word each ("|" between customers), a minute apart. */
static journey_stream *stream_of(const char *words) {
  journey_builder *builder;
  journey_stream *stream;
  char customer[16] = "0", *copy = strdup(words), *rest = copy, *word;
  int64_t time = 0;
  int number = 0;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  while ((word = strsep(&rest, " ")) != NULL) {
    journey_event e = {.struct_size = sizeof e,
                       .customer = customer,
                       .customer_length = strlen(customer),
                       .name = word,
                       .name_length = strlen(word),
                       .time = time += 60000000,
                       .value = __builtin_nan("")};
    if (*word == '|')
      snprintf(customer, sizeof customer, "%d", ++number);
    else if (*word)
      ck_assert_int_eq(journey_builder_add(builder, &e, NULL), JOURNEY_OK);
  }
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  journey_builder_free(builder);
  free(copy);
  return stream;
}

static void check_proposal(const char *words, const journey_map *map, const char *steps, const char *goal) {
  journey_stream *stream = stream_of(words);
  journey_study *study;
  jn_study_steps *compiled;
  ck_assert_int_eq(journey_study_new(stream, map, NULL, &study, NULL), JOURNEY_OK);
  ck_assert_str_eq(jn_study_auto_steps(study), steps);
  ck_assert_str_eq(jn_study_auto_goal(study), goal);
  for (uint32_t most = 1; most <= 64; most += 63) { /* the proposals are steps */
    ck_assert_int_eq(jn_study_steps_new(study, "auto", most, &compiled, NULL), JOURNEY_OK);
    jn_study_steps_free(compiled);
  }
  journey_study_free(study);
  journey_stream_free(stream);
}

START_TEST(proposals) {
  check_proposal("", NULL, "*", "*");
  check_proposal("a", NULL, "a", "a");
  check_proposal("main catalog product1 cart | catalog cart delivery_choice | catalog payment_choice payment_done",
                 NULL, "catalog, cart, delivery_choice, payment_choice, payment_done", "payment_done");
  check_proposal("product_view cart_add | product_view product_list order", NULL, "product_view, cart_add, order",
                 "order");
  check_proposal("Product_Viewed ProductAdded | product-viewed Order-Completed", NULL,
                 "Product_Viewed|product-viewed, ProductAdded, Order-Completed", "Order-Completed");
  check_proposal("a b c d e f | a b c d e | b a c d e", NULL, "a, b, c, d, e", "e"); /* f reaches least */
  check_proposal("y x z | y x", NULL, "y, x, z", "z");
  check_proposal("auto a*b 'q' | auto a*b 'q'", NULL, "'auto', 'a*b', '''q'''", "'''q'''");
}
END_TEST

static journey_element *element(journey_map *map, const char *kind, const char *id, const char *field,
                                const char *text) {
  journey_element *made;
  ck_assert_int_eq(journey_map_add(map, kind, id, &made, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_element_set_text(made, field, text, NULL), JOURNEY_OK);
  return made;
}

static void touchpoint(journey_map *map, const char *id, const char *stage, const char *events) {
  journey_element *made = element(map, "touchpoint", id, "events", events);
  ck_assert_int_eq(journey_element_set_text(made, "stage", stage, NULL), JOURNEY_OK);
}

START_TEST(proposed_stages) {
  journey_map *map;
  ck_assert_int_eq(journey_map_new(context, &map, NULL), JOURNEY_OK);
  element(map, "stage", "know", "name", "Know, hear");
  element(map, "stage", "it's", "name", "Look");
  journey_element *buy = element(map, "stage", "buy", "name", "Buy");
  element(map, "stage", "love", "name", "Love");
  touchpoint(map, "ad", "know", "ad_*");
  touchpoint(map, "page", "it's", "view[event=view]");
  touchpoint(map, "order", "buy", "order[value>0]|order[time>2000-01-01]");
  touchpoint(map, "review", "love", "review");
  check_proposal("ad_a view order review", map,
                 "'Know, hear' := *[stage='know'], Look := *[stage='it''s'], Buy := *[stage='buy'], "
                 "Love := *[stage='love']",
                 "Love := *[stage='love']");
  ck_assert_int_eq(journey_element_set_text(buy, "phase", "purchase", NULL), JOURNEY_OK);
  check_proposal("ad_a order review", map, "'Know, hear' := *[stage='know'], Buy := *[stage='buy']",
                 "Buy := *[stage='buy']");
  touchpoint(map, "paid", "buy", "'Order-Completed'|till");
  check_proposal("ad_a till Order-Completed", map, "'Know, hear' := *[stage='know'], Buy := Order-Completed",
                 "Buy := Order-Completed");
  check_proposal("order review", map, "Buy := *[stage='buy'], Love := *[stage='love']", "Love := *[stage='love']");
  check_proposal("view other", map, "view, other", "other"); /* one stage alone proposes nothing */
  journey_map_free(map);
}
END_TEST

START_TEST(labels) {
  static const char *const expected[] = {"a |b", "Two words", "c[ x = 1 ]", "'q,'"};
  static const char text[] = " a |b ,'Two words':= d, c[ event = 1 ] , 'q,'";
  journey_stream *stream = stream_of("a b d x");
  journey_study *study;
  jn_study_steps *steps;
  ck_assert_int_eq(journey_study_new(stream, NULL, NULL, &study, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_study_steps_new(study, text, 64, &steps, NULL), JOURNEY_OK);
  const journey_names *list = jn_study_steps_names(steps);
  ck_assert_int_eq(list->count, 4);
  for (int i = 0; i < 4; i++) {
    if (i != 2) ck_assert_str_eq(list->name[i], expected[i]);
  }
  ck_assert_str_eq(list->name[2], "c[ event = 1 ]");
  ck_assert(jn_study_steps_plain(steps)); /* a predicate over names is no predicate in the end */
  static const uint64_t masks[] = {1, 1, 2, 0};
  for (int i = 0; i < 4; i++) ck_assert_uint_eq(jn_study_steps_mask(steps)[i], masks[i]);
  jn_study_steps_free(steps);
  ck_assert_int_eq(jn_study_steps_new(study, "a, b", 1, &steps, NULL), JOURNEY_EPARSE);
  ck_assert_ptr_null(steps);
  journey_study_free(study);
  journey_stream_free(stream);
}
END_TEST

START_TEST(simple_shop) {
  char path[4096], line[512];
  if (!check_shared("data/retentioneering_simple_shop/simple-onlineshop.csv", path, sizeof path)) return;
  FILE *in = fopen(path, "r");
  journey_builder *builder;
  journey_stream *stream;
  journey_study *study;
  ck_assert_ptr_nonnull(in);
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  ck_assert_ptr_nonnull(fgets(line, sizeof line, in));
  while (fgets(line, sizeof line, in)) { /* client_id,event,timestamp */
    char *rest = line, *field[3];
    for (int i = 0; i < 3; i++) field[i] = strsep(&rest, ",\r\n");
    journey_event e = {.struct_size = sizeof e, .value = __builtin_nan("")};
    e.customer = field[0], e.customer_length = strlen(field[0]);
    e.name = field[1], e.name_length = strlen(field[1]);
    ck_assert_int_eq(journey_time_parse(field[2], strlen(field[2]), NULL, &e.time, NULL), JOURNEY_OK);
    ck_assert_int_eq(journey_builder_add(builder, &e, NULL), JOURNEY_OK);
  }
  fclose(in);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_study_new(stream, NULL, NULL, &study, NULL), JOURNEY_OK);
  ck_assert_str_eq(jn_study_auto_steps(study), "catalog, cart, delivery_choice, payment_choice, payment_done");
  journey_study_free(study);
  journey_stream_free(stream);
  journey_builder_free(builder);
}
END_TEST

/* ---- many names -------------------------------------------------------------------------------------------------- */

/* Names e0, e1, ... one after the other, attributes like them, and the number as value; twice round. */
static journey_stream *wide_stream(int names, int customers) {
  journey_builder *builder;
  journey_stream *stream;
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  for (int i = 0; i < 2 * names; i++) {
    char name[16], customer[16];
    snprintf(name, sizeof name, "e%d", i % names);
    snprintf(customer, sizeof customer, "%d", i % customers);
    journey_attribute attribute = {"like", 4, name, strlen(name), 0};
    journey_event e = {.struct_size = sizeof e, .customer = customer, .customer_length = strlen(customer)};
    e.name = name, e.name_length = strlen(name), e.time = i, e.value = i % names;
    e.attributes = &attribute, e.attribute_count = 1;
    if (journey_builder_add(builder, &e, NULL)) ck_abort_msg("an event was refused");
  }
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  journey_builder_free(builder);
  return stream;
}

/* Every 10th name is in scope; the steps are by name and by value. */
static void check_wide(int names, int customers, bool touchpoints) {
  journey_stream *stream = wide_stream(names, customers);
  journey_study_options options = {.struct_size = sizeof options, .where = "like ~ *3"};
  journey_study *study;
  jn_study_steps *steps;
  jn_study_cursor *cursor;
  const journey_batch *batch;
  uint32_t group;
  int64_t count = 0;
  ck_assert_int_eq(journey_study_new(stream, NULL, &options, &study, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_study_steps_new(study, "e3|e13, *[value < 100]", 64, &steps, NULL), JOURNEY_OK);
  ck_assert_int_eq(
      jn_study_cursor_new(study, 0, customers, JOURNEY_NEED_VALUE | JOURNEY_NEED_TIME, NULL, 0, &cursor, NULL),
      JOURNEY_OK);
  while (!jn_study_next(cursor, &batch, &group, NULL) && batch) {
    journey_codes codes;
    const uint64_t *mask;
    ck_assert_int_eq(jn_study_step_codes(cursor, steps, &codes, &mask, NULL), JOURNEY_OK);
    for (int64_t i = 0; i < batch->end[batch->paths - 1]; i++, count++) {
      int number = (int)batch->value[i];
      int name = atoi(jn_study_events(study)->name[journey_codes_at(&batch->event, i)] + 1);
      uint64_t expected = (number == 3 || number == 13) | (uint64_t)(number < 100) << 1;
      bool right = name == number && number % 10 == 3 && journey_batch_time(batch, i) % names == number;
      if (!right || mask[journey_codes_at(&codes, i)] != expected) ck_abort_msg("event e%d", number);
    }
  }
  ck_assert_int_eq(count, 2 * ((names + 6) / 10));
  jn_study_cursor_free(cursor);
  journey_status status = jn_study_cursor_new(study, 0, customers, JOURNEY_NEED_TOUCHPOINT, NULL, 0, &cursor, NULL);
  ck_assert_int_eq(status, touchpoints ? JOURNEY_OK : JOURNEY_ELIMIT);
  while (touchpoints && !jn_study_next(cursor, &batch, &group, NULL) && batch) {
    for (int64_t i = 0; i < batch->end[batch->paths - 1]; i++) {
      if (batch->touchpoint[i] != journey_codes_at(&batch->event, i) + 1) ck_abort_msg("a touchpoint");
    }
  }
  jn_study_cursor_free(cursor);
  jn_study_steps_free(steps);
  journey_study_free(study);
  journey_stream_free(stream);
}

START_TEST(many_names) {
  check_wide(200, 5, true);
  check_wide(300, 5, true);
  check_wide(65534, 1000, true);
  check_wide(66000, 1000, false);
  check_wide(70000, 1, false); /* a path longer than a chunk */
}
END_TEST

Suite *steps_suite(void);

Suite *steps_suite(void) {
  Suite *suite = suite_create("steps");
  TCase *tests = tcase_create("steps");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_set_timeout(tests, 120);
  tcase_add_loop_test(tests, random_codes, 0, 20);
  tcase_add_test(tests, labels);
  tcase_add_test(tests, proposals);
  tcase_add_test(tests, proposed_stages);
  tcase_add_test(tests, simple_shop);
  tcase_add_test(tests, many_names);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(steps_suite()); }
