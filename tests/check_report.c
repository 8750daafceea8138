/* The report page: its findings against counting by hand on the shop example, what it must not hold, and what it says
 * when there is little or nothing to see. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "journey/draw.h"
#include "journey/read.h"
#include "journey/report.h"
#include "markup.h"
#include "stream/stream.h"

#define SHOP "docs/examples/shop/"

static journey_context *context;
static journey_stream *shop;
static journey_map *map;

static void setup(void) {
  journey_builder *builder;
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_read_file(builder, SHOP "events.csv", NULL, NULL, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_finish(builder, &shop, NULL), JOURNEY_OK);
  journey_builder_free(builder);
  ck_assert_int_eq(journey_map_read_file(context, SHOP "map.json", &map, NULL), JOURNEY_OK);
}

static void teardown(void) {
  journey_map_free(map);
  journey_stream_free(shop);
  journey_context_free(context);
}

/* ---- writing a report -------------------------------------------------------------------------------------------- */

typedef struct report {
  markup page;
  journey_table *summary;
} report;

static report make(journey_stream *stream, const journey_map *with, const char *where, const char *by) {
  report r = {.summary = NULL};
  journey_error err;
  journey_study *study;
  journey_study_options scope = {.struct_size = sizeof scope, .where = where, .by = by};
  ck_assert_msg(journey_study_new(stream, with, &scope, &study, &err) == JOURNEY_OK, "%s", err.message);
  ck_assert_msg(journey_report_write(study, NULL, markup_write, &r.page, &r.summary, &err) == JOURNEY_OK, "%s",
                err.message);
  journey_study_free(study);
  markup_check(&r.page, true);
  return r;
}

static void unmake(report *r) {
  markup_free(&r->page);
  journey_table_free(r->summary);
}

/* The finding whose headline holds `what`: its number, or its detail; "" for none. */
static const char *said(const report *r, const char *what, int32_t column) {
  for (int64_t row = 0; row < journey_table_rows(r->summary); row++) {
    if (strstr(journey_table_text(r->summary, row, 0, NULL), what))
      return journey_table_text(r->summary, row, column, NULL);
  }
  return "";
}

static const char *number_of(const report *r, const char *what) { return said(r, what, 1); }
static const char *detail_of(const report *r, const char *what) { return said(r, what, 2); }

static void expect_begin(const char *text, const char *begin) {
  ck_assert_msg(strncmp(text, begin, strlen(begin)) == 0, "\"%s\" begins not with \"%s\"", text, begin);
}

/* ---- counting by hand -------------------------------------------------------------------------------------------- */

static const jn_stream_columns *columns(void) { return jn_stream_get(shop); }

static const char *name_at(int64_t i) {
  const jn_stream_columns *c = columns();
  ck_assert_uint_eq(c->code_width, 1);
  return jn_base_dictionary_string(c->names, ((const uint8_t *)c->code)[i], NULL);
}

static bool is(int64_t i, const char *name) { return strcmp(name_at(i), name) == 0; }

static const char *topic_at(int64_t i) {
  const jn_stream_attribute *a = &columns()->attribute[jn_stream_find_attribute(shop, "topic", 5)];
  uint32_t code = a->width == 1 ? ((const uint8_t *)a->code)[i] : ((const uint16_t *)a->code)[i];
  return code ? jn_base_dictionary_string(a->names, code - 1, NULL) : "";
}

static void count_customers(const char *event, int64_t *with, int64_t *ending, int64_t *single) {
  const jn_stream_columns *c = columns();
  *with = *ending = *single = 0;
  for (int64_t k = 0; k < c->customers; k++) {
    bool has = false;
    for (int64_t i = c->offset[k]; i < c->offset[k + 1]; i++) has |= is(i, event);
    *with += has;
    *ending += is(c->offset[k + 1] - 1, event);
    *single += c->offset[k + 1] - c->offset[k] == 1;
  }
}

/* Weeks begin on a Monday; 1970 began on a Thursday. A week is over when the last event of all comes after it. */
static int64_t week_of(int64_t time) { return (time / INT64_C(86400000000) + 3) / 7; }

static void count_return(int64_t *size, int64_t *back) {
  const jn_stream_columns *c = columns();
  int64_t first, last;
  ck_assert_int_eq(journey_stream_time_range(shop, &first, &last), JOURNEY_OK);
  *size = *back = 0;
  for (int64_t k = 0; k < c->customers; k++) {
    int64_t begin = week_of(jn_stream_time(c, c->offset[k]));
    bool came = false;
    if (begin + 1 >= week_of(last)) continue;
    for (int64_t i = c->offset[k]; i < c->offset[k + 1]; i++) came |= week_of(jn_stream_time(c, i)) == begin + 1;
    ++*size;
    *back += came;
  }
}

static double mean_score(const char *topic, int64_t *n) {
  const jn_stream_columns *c = columns();
  double sum = 0;
  *n = 0;
  for (int64_t i = 0; i < c->events; i++) {
    double value = jn_stream_number(&c->value, i);
    if (!is(i, "csat") || strcmp(topic_at(i), topic) != 0 || isnan(value)) continue;
    sum += value;
    ++*n;
  }
  return sum / (double)*n;
}

/* Each number of a finding, from the events themselves. The planted truths of the example's README are 389 of 2734
 * customers with an order; 4.22 (n = 40) for the chat, 2.69 for the phone, on a scale whose middle is 3. */
START_TEST(findings_are_right) {
  report r = make(shop, map, NULL, NULL);
  int64_t with, ending, single, size, back, chats, phones, none;
  char text[200];
  count_customers("order", &with, &none, &single);
  ck_assert_int_eq(columns()->customers, 2734);
  ck_assert_int_eq(with, 389);
  snprintf(text, sizeof text, "%.1f %%", 100.0 * (double)with / 2734);
  ck_assert_str_eq(number_of(&r, "of 2734 customers reach Purchase"), text);
  expect_begin(detail_of(&r, "customers reach"), "389 customers; the 95 % interval is 13.0 % to 15.6 %.");
  snprintf(text, sizeof text, "%.1f %%", 100.0 * (double)single / 2734);
  ck_assert_str_eq(number_of(&r, "leave after a single event"), text);
  count_customers("product_view", &with, &ending, &single);
  snprintf(text, sizeof text, "%.1f %%", 100.0 * (double)ending / 2734);
  ck_assert_str_eq(number_of(&r, "of all journeys end at Product page"), text);
  count_return(&size, &back);
  snprintf(text, sizeof text, "%lld of %lld customers whose second calendar week is over", (long long)back,
           (long long)size);
  expect_begin(detail_of(&r, "come back in the week after"), text);
  double chat = mean_score("support_chat", &chats) - 3, phone = mean_score("support_phone", &phones) - 3;
  ck_assert_double_eq_tol(chat, 1.22, 0.01);
  ck_assert_double_eq_tol(phone, -0.31, 0.01);
  snprintf(text, sizeof text, "Believed emotion -1; %lld answers say %+.1f", (long long)chats, chat);
  expect_begin(detail_of(&r, "The map is wrong about Chat rating"), text);
  snprintf(text, sizeof text, "Phone rating (believed +1, measured %+.1f)", phone);
  ck_assert_ptr_nonnull(strstr(detail_of(&r, "The map is wrong about"), text));
  ck_assert_ptr_null(strstr(detail_of(&r, "The map is wrong about"), "Delivery")); /* believed +1, measured +1.0 */
  ck_assert_str_eq(number_of(&r, "Phone rating is scored lowest: 2.7 of 5"), "2.7");
  ck_assert_str_eq(number_of(&r, "Store pickup is on the map, but no event reached it"), "1");
  unmake(&r);
}
END_TEST

START_TEST(loops_and_promoters) {
  const jn_stream_columns *c = columns();
  report r = make(shop, map, NULL, NULL);
  int64_t twice = 0, customers = 0, follows = 0, answers = 0, balance = 0;
  char text[200];
  for (int64_t k = 0; k < c->customers; k++) {
    bool loops = false;
    for (int64_t i = c->offset[k]; i < c->offset[k + 1]; i++) {
      double value = jn_stream_number(&c->value, i);
      if (is(i, "nps") && !isnan(value)) answers++, balance += value >= 9 ? 1 : value <= 6 ? -1 : 0;
      if (!is(i, "product_view")) continue;
      follows++; /* another event, or the end */
      if (i + 1 < c->offset[k + 1] && is(i + 1, "product_view")) twice++, loops = true;
    }
    customers += loops;
  }
  snprintf(text, sizeof text, "%lld customers do it again without anything in between, %lld times in all: %.1f %% of",
           (long long)customers, (long long)twice, 100.0 * (double)twice / (double)follows);
  expect_begin(detail_of(&r, "Customers repeat product_view at once"), text);
  snprintf(text, sizeof text, "%+.1f", 100.0 * (double)balance / (double)answers);
  ck_assert_str_eq(number_of(&r, "The net promoter score is"), text);
  unmake(&r);
}
END_TEST

/* Of two personas one buys more: planted. That countries make no difference is planted too. */
START_TEST(groups_that_differ) {
  report personas = make(shop, map, NULL, "persona"), countries = make(shop, map, NULL, "country");
  ck_assert_str_eq(detail_of(&personas, "Purchase is reached more often by Loyal regular than by Bargain hunter"),
                   "23.2 % of 1004 customers against 8.6 % of 1474; "
                   "the difference is greater than chance would make it.");
  ck_assert_str_eq(detail_of(&countries, "more often by"), "");
  ck_assert(markup_has(&personas.page, "<h2>Conversion by group</h2>") &&
            markup_has(&personas.page, ">Loyal regular<"));
  unmake(&personas);
  unmake(&countries);
}
END_TEST

/* ---- the page ---------------------------------------------------------------------------------------------------- */

START_TEST(page_stands_alone) {
  report r = make(shop, map, NULL, NULL);
  ck_assert_int_eq(markup_count(&r.page, "http"), markup_count(&r.page, "xmlns=\"http://www.w3.org/2000/svg\"") + 1);
  ck_assert_int_eq(markup_count(&r.page, "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"), 1);
  ck_assert(!markup_has(&r.page, "<script") && !markup_has(&r.page, "src=") && !markup_has(&r.page, "href="));
  ck_assert(!markup_has(&r.page, "url(") && !markup_has(&r.page, "@import") && !markup_has(&r.page, "<link"));
  ck_assert_int_eq(markup_count(&r.page, "<svg "), 4);
  ck_assert_int_eq(markup_count(&r.page, "<h1>"), 1);
  ck_assert_int_eq(markup_count(&r.page, "<li>"), 5);
  ck_assert_int_ge(journey_table_rows(r.summary), 9);
  ck_assert(!markup_has(&r.page, "store_pickup") && markup_has(&r.page, ">Store pickup<"));
  ck_assert_uint_lt(r.page.length, 300000);
  unmake(&r);
}
END_TEST

/* A picture's heading is the page's. */
START_TEST(headings_once) {
  report r = make(shop, map, NULL, NULL);
  ck_assert_int_eq(markup_count(&r.page, ">Buying from an online shop<"), 3); /* title, h1, the picture's title */
  ck_assert(!markup_has(&r.page, ">Funnel</text>") && !markup_has(&r.page, ">Retention</text>"));
  ck_assert(markup_has(&r.page, "<title>Funnel</title>") && markup_has(&r.page, "<title>Retention</title>"));
  unmake(&r);
}
END_TEST

START_TEST(nothing_in_scope) {
  for (int k = 0; k < 2; k++) {
    report r = make(shop, k ? map : NULL, "country=XX", NULL);
    ck_assert_int_eq(journey_table_rows(r.summary), 1);
    ck_assert_str_eq(number_of(&r, "There are no events"), "0");
    ck_assert(markup_has(&r.page, "There are no events"));
    ck_assert_int_eq(markup_count(&r.page, "<svg "), k); /* the map, with what it believes */
    unmake(&r);
  }
}
END_TEST

/* ---- small and hostile streams ----------------------------------------------------------------------------------- */

static journey_status put_event(journey_builder *builder, int customer, const char *name, int64_t time, double value) {
  char id[16];
  journey_event e = {.struct_size = sizeof e, .customer = id, .name = name, .time = time, .value = value};
  snprintf(id, sizeof id, "c%d", customer);
  e.customer_length = strlen(id);
  e.name_length = strlen(name);
  return journey_builder_add(builder, &e, NULL);
}

/* Each customer goes through all names. */
static journey_status make_stream(journey_context *in, int customers, const char *const *name, int names,
                                  journey_stream **out) {
  journey_builder *builder;
  journey_status status = journey_builder_new(in, &builder, NULL);
  for (int c = 0; status == JOURNEY_OK && c < customers; c++) {
    for (int k = 0; status == JOURNEY_OK && k < names - c % 2; k++) {
      status = put_event(builder, c, name[k], INT64_C(86400000000) * (20000 + 3 * k + c), 1 + k % 5);
    }
  }
  if (status == JOURNEY_OK) status = journey_builder_finish(builder, out, NULL);
  journey_builder_free(builder);
  return status;
}

static const char *const few_names[] = {"view", "cart", "order", "csat", "nps"};

START_TEST(few_customers) {
  journey_stream *stream;
  ck_assert_int_eq(make_stream(context, 19, few_names, 5, &stream), JOURNEY_OK);
  report r = make(stream, NULL, NULL, NULL);
  ck_assert_int_eq(journey_table_rows(r.summary), 0);
  ck_assert(markup_has(&r.page, "There are too few customers to say anything yet."));
  unmake(&r);
  journey_stream_free(stream);
}
END_TEST

START_TEST(no_events_at_all) {
  journey_stream *stream;
  ck_assert_int_eq(make_stream(context, 0, few_names, 0, &stream), JOURNEY_OK);
  report r = make(stream, NULL, NULL, NULL);
  ck_assert_str_eq(number_of(&r, "There are no events"), "0");
  unmake(&r);
  journey_stream_free(stream);
}
END_TEST

/* Names that would be cut within a character at every offset, markup, and marks that turn the direction of writing. */
START_TEST(hostile_names) {
  char name[8][400];
  const char *list[8];
  for (int k = 0; k < 8; k++) {
    static const char *const parts[] = {"\xc3\xa9",      "\xe2\x82\xac", "\xf0\x9f\x8e\x89",         "<b>&\"'",
                                        "\xe2\x80\xaex", "]]>",          "</title></style><script>", "\x01\n\t"};
    memset(name[k], 'a', (size_t)k);
    name[k][k] = '\0';
    while (strlen(name[k]) < 380) strcat(name[k], parts[k]);
    list[k] = name[k];
  }
  for (int n = 1; n <= 8; n++) {
    journey_stream *stream;
    ck_assert_int_eq(make_stream(context, 50, list, n, &stream), JOURNEY_OK);
    report r = make(stream, NULL, NULL, NULL);
    ck_assert(!markup_has(&r.page, "<script") && !markup_has(&r.page, "<b>&"));
    for (int64_t row = 0; row < journey_table_rows(r.summary); row++) {
      ck_assert_ptr_null(strstr(journey_table_text(r.summary, row, 0, NULL), "\xe2\x80\xae"));
    }
    unmake(&r);
    journey_stream_free(stream);
  }
}
END_TEST

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static journey_status refuse(void *user, const char *bytes, size_t n) {
  (void)bytes;
  (void)n;
  return *(journey_status *)user;
}

START_TEST(failures_come_back) {
  journey_study *study;
  journey_table *summary;
  journey_error err;
  journey_status code = JOURNEY_EUSER;
  journey_report_options bad = {.struct_size = 1}, steps = {.struct_size = sizeof steps, .steps = "a,,b"};
  ck_assert_int_eq(journey_study_new(shop, map, NULL, &study, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_report_write(study, NULL, refuse, &code, &summary, &err), JOURNEY_EUSER);
  ck_assert_ptr_null(summary);
  ck_assert_str_eq(err.message, "the report could not be written");
  ck_assert_int_eq(journey_report_write(study, &bad, refuse, &code, NULL, NULL), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_report_write(study, &steps, refuse, &code, &summary, &err), JOURNEY_EPARSE);
  ck_assert_ptr_null(summary);
  journey_study_free(study);
}
END_TEST

static journey_status small_map(journey_context *in, journey_map **out) {
  static const char json[] =
      "{\"journey_map\":1,\"title\":\"T\",\"personas\":[{\"id\":\"p\",\"name\":\"P\",\"rule\":\"value>1\"}],"
      "\"stages\":[{\"id\":\"s\",\"name\":\"S\"}],\"touchpoints\":[{\"id\":\"t\",\"name\":\"N\",\"stage\":\"s\","
      "\"events\":\"csat\",\"emotion\":2},{\"id\":\"u\",\"name\":\"U\",\"events\":\"view|order\"}]}";
  return journey_map_read_json(in, json, sizeof json - 1, out, NULL);
}

static journey_status report_small(journey_context *in, void *arg) {
  journey_stream *stream = NULL;
  journey_study *study = NULL;
  journey_map *small = NULL;
  journey_table *summary = NULL;
  journey_status fine = JOURNEY_OK;
  journey_study_options scope = {.struct_size = sizeof scope, .by = "persona"};
  (void)arg;
  journey_status status = make_stream(in, 21, few_names, 5, &stream);
  if (status == JOURNEY_OK) status = small_map(in, &small);
  if (status == JOURNEY_OK) status = journey_study_new(stream, small, &scope, &study, NULL);
  if (status == JOURNEY_OK) status = journey_report_write(study, NULL, refuse, &fine, &summary, NULL);
  journey_table_free(summary);
  journey_study_free(study);
  journey_map_free(small);
  journey_stream_free(stream);
  return status;
}

START_TEST(no_memory) { alloc_loop(report_small, NULL); }
END_TEST

/* ---- the suite --------------------------------------------------------------------------------------------------- */

static void add(Suite *suite, const char *name, const TTest *test) {
  TCase *tcase = tcase_create(name);
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test);
  suite_add_tcase(suite, tcase);
}

Suite *report_suite(void);

Suite *report_suite(void) {
  Suite *suite = suite_create("report");
  add(suite, "findings", findings_are_right);
  add(suite, "loops", loops_and_promoters);
  add(suite, "groups", groups_that_differ);
  add(suite, "alone", page_stands_alone);
  add(suite, "headings", headings_once);
  add(suite, "nothing", nothing_in_scope);
  add(suite, "few", few_customers);
  add(suite, "empty", no_events_at_all);
  add(suite, "hostile", hostile_names);
  add(suite, "failures", failures_come_back);
  add(suite, "memory", no_memory);
  return suite;
}

int main(void) { return check_main(report_suite()); }
