/* Pictures: well-formed, no text over another, everything there once, hostile names, missing columns, no memory. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "draw/flow.h"
#include "draw_sample.h"
#include "markup.h"

static journey_context *context;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

typedef journey_status (*draw_table)(const journey_table *, const journey_draw_options *, journey_write, void *,
                                     journey_error *);

static journey_draw_options with(const char *title, int width) {
  return (journey_draw_options){.struct_size = sizeof(journey_draw_options), .title = title, .width = width};
}

/* In every width and with every kind of title it is well-formed, and no text is where another one is. */
static void look(draw_table draw, const journey_table *table) {
  static const char *const titles[] = {NULL, "", "A title <of> its own & \"more\""};
  static const int widths[] = {0, 1, 700, 1130, 3000};
  for (int i = 0; i < 5; i++) {
    markup m = {0};
    journey_error err;
    journey_draw_options options = with(titles[i % 3], widths[i]);
    ck_assert_msg(draw(table, &options, markup_write, &m, &err) == JOURNEY_OK, "%s", err.message);
    markup_check(&m, false);
    markup_check_texts(&m);
    ck_assert_int_eq(markup_count(&m, "http"), 1);
    ck_assert_int_eq(markup_count(&m, " id=\""), 0);
    markup_free(&m);
  }
}

static void look_at_map(const journey_map *map, const journey_table *numbers, int width) {
  markup m = {0};
  journey_draw_options options = with(width % 2 ? "" : NULL, width);
  ck_assert_int_eq(journey_draw_map(map, numbers, &options, markup_write, &m, NULL), JOURNEY_OK);
  markup_check(&m, false);
  markup_check_texts(&m);
  markup_free(&m);
}

START_TEST(tables_of_all_sizes) {
  for (int n = 0; n <= 12; n++) {
    journey_table *funnel = sample_funnel(context, n, n % 2 ? sample_plain : sample_hostile);
    journey_table *retention = sample_retention(context, n * 2);
    look(journey_draw_funnel, funnel);
    look(journey_draw_retention, retention);
    journey_table_free(funnel);
    journey_table_free(retention);
  }
  for (int levels = 1; levels <= 6; levels++) {
    for (int names = 1; names <= SAMPLE_HOSTILE; names += 5) {
      journey_table *flow = sample_flow(context, levels, names, names % 2 ? sample_hostile : sample_plain);
      look(journey_draw_flow, flow);
      journey_table_free(flow);
    }
  }
}
END_TEST

START_TEST(maps_of_all_sizes) {
  static const int sizes[][3] = {{0, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}, {2, 3, 12}, {21, 5, 36}, {0, 12, 500}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (int k = 0; k < 4; k++) {
      journey_map *map;
      sample_name name = k % 2 ? sample_hostile : sample_plain;
      ck_assert_int_eq(sample_map(context, sizes[i][0], sizes[i][1], sizes[i][2], name, &map), JOURNEY_OK);
      journey_table *numbers = k < 2 ? NULL : sample_numbers(context, sizes[i][2]);
      look_at_map(map, numbers, 0);
      look_at_map(map, numbers, 1);
      look_at_map(map, numbers, 1400);
      journey_table_free(numbers);
      journey_map_free(map);
    }
  }
}
END_TEST

/* ---- what is in a map's picture ---------------------------------------------------------------------------------- */

static int count_text(const markup_text *t, int n, const char *what) {
  int found = 0;
  for (int i = 0; i < n; i++) found += strcmp(t[i].text, what) == 0;
  return found;
}

/* Names (which are channels too) and numbers, each once; the curves' points and lines counted by hand. */
START_TEST(map_shows_everything_once) {
  enum { TOUCHPOINTS_OF_IT = 500, STAGES = 9 };
  journey_map *map;
  markup m = {0};
  int texts, believed = 0, measured = 0, no_data = 0;
  ck_assert_int_eq(sample_map(context, 0, STAGES, TOUCHPOINTS_OF_IT, sample_plain, &map), JOURNEY_OK);
  journey_table *numbers = sample_numbers(context, TOUCHPOINTS_OF_IT);
  ck_assert_int_eq(journey_draw_map(map, numbers, NULL, markup_write, &m, NULL), JOURNEY_OK);
  markup_text *t = markup_texts(&m, &texts);
  for (int i = STAGES + 1; i < TOUCHPOINTS_OF_IT; i++) {
    char count[32];
    snprintf(count, sizeof count, "1,%03d,%03d", (1234567 + i) / 1000 % 1000, (1234567 + i) % 1000);
    ck_assert_int_eq(count_text(t, texts, sample_plain(i)), 2);
    if (i % 7 != 6) ck_assert_msg(count_text(t, texts, count) == 1 || strlen(count) < 5, "%s", count);
  }
  for (int i = 0; i < TOUCHPOINTS_OF_IT; i++) {
    believed += i % 3 != 0;
    measured += i % 4 == 1 && i % 7 != 6;
    no_data += i % 7 == 6;
  }
  ck_assert_int_eq(markup_count(&m, "<circle class=\"jn-belief-dot\""), believed + 1); /* and one in the legend */
  ck_assert_int_eq(markup_count(&m, "<circle class=\"jn-dot\""), measured + 1);
  ck_assert_int_eq(markup_count(&m, "<rect class=\"jn-band\""), measured + 1);
  ck_assert_int_eq(count_text(t, texts, "no data"), no_data);
  ck_assert_int_eq(count_text(t, texts, "(no stage)"), 1);
  ck_assert_int_eq(markup_count(&m, "<rect class=\"jn-card\""), TOUCHPOINTS_OF_IT);
  ck_assert_int_eq(markup_count(&m, "<rect class=\"jn-head\""), STAGES + 1);
  free(t);
  markup_free(&m);
  journey_table_free(numbers);
  journey_map_free(map);
}
END_TEST

START_TEST(map_of_one_persona) {
  journey_map *map;
  markup m = {0};
  journey_error err;
  journey_draw_options options = {.struct_size = sizeof options, .persona = "p1"};
  ck_assert_int_eq(sample_map(context, 3, 1, 1, sample_plain, &map), JOURNEY_OK);
  ck_assert_int_eq(journey_draw_map(map, NULL, &options, markup_write, &m, NULL), JOURNEY_OK);
  ck_assert(markup_has(&m, "name1: ") == false && markup_has(&m, "Goals: name1; name1") && !markup_has(&m, "name2"));
  options.persona = "nobody";
  ck_assert_int_eq(journey_draw_map(map, NULL, &options, markup_write, &m, &err), JOURNEY_ENOTFOUND);
  ck_assert_str_eq(err.message, "the map has no persona \"nobody\"");
  markup_free(&m);
  journey_map_free(map);
}
END_TEST

/* Without a heading the title is still read out, and the picture is lower. */
START_TEST(empty_title) {
  journey_table *table = sample_funnel(context, 3, sample_plain);
  journey_draw_options none = with("", 0);
  markup a = {0}, b = {0};
  ck_assert_int_eq(journey_draw_funnel(table, NULL, markup_write, &a, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_draw_funnel(table, &none, markup_write, &b, NULL), JOURNEY_OK);
  ck_assert(markup_has(&a, "<title>Funnel</title>") && markup_has(&a, ">Funnel</text>"));
  ck_assert(markup_has(&b, "<title>Funnel</title>") && !markup_has(&b, ">Funnel</text>"));
  ck_assert(markup_has(&a, "viewBox=\"0 0 960 246\"") && markup_has(&b, "viewBox=\"0 0 960 208\""));
  markup_free(&a);
  markup_free(&b);
  journey_table_free(table);
}
END_TEST

/* ---- flow -------------------------------------------------------------------------------------------------------- */

/* Links leave and arrive side by side, in order, and fill their nodes exactly. */
START_TEST(flow_is_conserved) {
  journey_table *table = sample_flow(context, 6, 7, sample_plain);
  jn_draw_flow f = {.context = context, .table = table, .step = 0, .from = 1, .to = 2, .count = 3};
  ck_assert_int_eq(jn_draw_flow_lay_out(&f, 10, NULL), JOURNEY_OK);
  ck_assert_uint_eq(f.links, (size_t)journey_table_rows(table));
  for (size_t n = 0; n < f.nodes; n++) {
    int64_t in = 0, out = 0;
    double left = 0, arrived = 0;
    for (size_t i = 0; i < f.links; i++) {
      const jn_draw_flow_link *l = &f.link[i];
      out += l->from == n ? l->count : 0;
      in += l->to == n ? l->count : 0;
      for (size_t k = 0; k < f.links; k++) {
        const jn_draw_flow_link *o = &f.link[k];
        if (l->from == n && o->from == n && o->to < l->to) ck_assert(o->leave <= l->leave);
        if (l->to == n && o->to == n && o->from < l->from) ck_assert(o->arrive <= l->arrive);
      }
      if (l->from == n) left += (double)l->count * f.scale;
      if (l->to == n) arrived += (double)l->count * f.scale;
    }
    ck_assert_int_eq(f.node[n].in, in);
    ck_assert_int_eq(f.node[n].out, out);
    ck_assert_double_eq_tol(f.node[n].left, left, 1e-6);
    ck_assert_double_eq_tol(f.node[n].arrived, arrived, 1e-6);
    ck_assert(fmax(left, arrived) <= f.node[n].height + 1e-6);
    if (n > 0 && f.node[n].level == f.node[n - 1].level) {
      ck_assert(f.node[n].y >= f.node[n - 1].y + f.node[n - 1].height);
    }
  }
  jn_draw_flow_free(&f);
  journey_table_free(table);
}
END_TEST

/* Positions before and after an event at 0, and steps that no flow has. */
START_TEST(flow_around_an_event) {
  static const int64_t steps[] = {-2, -1, -1, 0, INT64_MIN};
  static const char *const ends[][2] = {
      {"(start)", "list"}, {"list", "cart"}, {"(start)", "cart"}, {"cart", "(exit)"}, {"cart", "pay"}};
  journey_table *t = sample_begin(context, "steps", SAMPLE_FLOW, NULL);
  for (int i = 0; i < 5; i++) {
    journey_table_put_int64(t, steps[i]);
    journey_table_put_text(t, ends[i][0], SIZE_MAX);
    journey_table_put_text(t, ends[i][1], SIZE_MAX);
    journey_table_put_int64(t, 1 + i % 3);
  }
  t = sample_end(t);
  jn_draw_flow f = {.context = context, .table = t, .step = 0, .from = 1, .to = 2, .count = 3};
  ck_assert_int_eq(jn_draw_flow_lay_out(&f, 10, NULL), JOURNEY_OK);
  ck_assert_int_eq(f.first, -2);
  ck_assert_int_eq(f.levels, 4);
  ck_assert_uint_eq(f.links, 4);
  jn_draw_flow_free(&f);
  markup m = {0};
  ck_assert_int_eq(journey_draw_flow(t, NULL, markup_write, &m, NULL), JOURNEY_OK);
  ck_assert(strstr(m.bytes, "2 before") && strstr(m.bytes, "the event") && strstr(m.bytes, "1 after"));
  markup_free(&m);
  journey_table_free(t);
}
END_TEST

START_TEST(flow_of_too_many_names) {
  journey_table *t = sample_begin(context, "steps", SAMPLE_FLOW, NULL);
  journey_error err;
  markup m = {0};
  for (int i = 0; i < 1000; i++) {
    journey_table_put_int64(t, 1);
    journey_table_put_text(t, sample_plain(i), SIZE_MAX);
    journey_table_put_text(t, "(exit)", SIZE_MAX);
    journey_table_put_int64(t, INT64_MAX); /* and sums that do not fit */
  }
  t = sample_end(t);
  ck_assert_int_eq(journey_draw_flow(t, NULL, markup_write, &m, &err), JOURNEY_ELIMIT);
  ck_assert_ptr_null(m.bytes);
  journey_table_free(t);
}
END_TEST

/* Of several groups the first is drawn. */
START_TEST(first_group) {
  journey_table *t = sample_begin(context, "funnel", SAMPLE_FUNNEL, NULL);
  markup m = {0};
  for (int i = 0; i < 4; i++) {
    journey_table_put_int64(t, 1 + i % 2);
    journey_table_put_text(t, sample_plain(i), SIZE_MAX);
    journey_table_put_int64(t, i);
    for (int k = 0; k < 5; k++) journey_table_put_float64(t, NAN);
  }
  t = sample_end(t);
  ck_assert_int_eq(journey_draw_funnel(t, NULL, markup_write, &m, NULL), JOURNEY_OK);
  ck_assert(markup_has(&m, "name0") && markup_has(&m, "name1") && !markup_has(&m, "name2"));
  markup_free(&m);
  journey_table_free(t);
}
END_TEST

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static journey_status draw_some_map(const journey_table *table, const journey_draw_options *options,
                                    journey_write write, void *user, journey_error *err) {
  journey_map *map;
  journey_status status = sample_map(context, 1, 1, 2, sample_plain, &map);
  if (status == JOURNEY_OK) status = journey_draw_map(map, table, options, write, user, err);
  journey_map_free(map);
  return status;
}

static const struct {
  draw_table draw;
  const char *columns;
} pictures[] = {{journey_draw_funnel, SAMPLE_FUNNEL},
                {journey_draw_flow, SAMPLE_FLOW},
                {journey_draw_retention, SAMPLE_RETENTION},
                {draw_some_map, SAMPLE_TOUCHPOINTS}};

START_TEST(missing_columns) {
  for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
    const char *at = pictures[i].columns;
    char name[64], type;
    for (int used; sscanf(at, " %63[^:]:%c%n", name, &type, &used) == 2; at += used) {
      journey_table *table = sample_end(sample_begin(context, "mine", pictures[i].columns, name));
      char message[200];
      journey_error err;
      markup m = {0};
      snprintf(message, sizeof message, "the table \"mine\" has no column \"%s\"", name);
      ck_assert_int_eq(pictures[i].draw(table, NULL, markup_write, &m, &err), JOURNEY_EINVAL);
      ck_assert_str_eq(err.message, message);
      ck_assert_ptr_null(m.bytes);
      journey_table_free(table);
    }
  }
}
END_TEST

START_TEST(wrong_types) {
  journey_table *table = sample_end(sample_begin(context, "mine", "step:s from:s to:s count:i", NULL));
  journey_error err;
  markup m = {0};
  ck_assert_int_eq(journey_draw_flow(table, NULL, markup_write, &m, &err), JOURNEY_EINVAL);
  ck_assert_ptr_nonnull(strstr(err.message, "\"step\""));
  journey_table_free(table);
}
END_TEST

static journey_status refuse(void *user, const char *bytes, size_t n) {
  (void)user;
  (void)bytes;
  (void)n;
  return JOURNEY_EUSER;
}

START_TEST(writing_fails) {
  for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
    journey_table *table = sample_end(sample_begin(context, "mine", pictures[i].columns, NULL));
    ck_assert_int_eq(pictures[i].draw(table, NULL, refuse, NULL, NULL), JOURNEY_EUSER);
    journey_table_free(table);
  }
}
END_TEST

START_TEST(bad_options) {
  journey_table *table = sample_funnel(context, 1, sample_plain);
  journey_draw_options wide = with(NULL, 100001), negative = with(NULL, -1), small = {.struct_size = 4};
  ck_assert_int_eq(journey_draw_funnel(table, &wide, refuse, NULL, NULL), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_draw_funnel(table, &negative, refuse, NULL, NULL), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_draw_funnel(table, &small, refuse, NULL, NULL), JOURNEY_EINVAL);
  journey_table_free(table);
}
END_TEST

/* ---- no memory --------------------------------------------------------------------------------------------------- */

static journey_status swallow(void *user, const char *bytes, size_t n) {
  (void)user;
  (void)bytes;
  (void)n;
  return JOURNEY_OK;
}

static journey_status draw_tables(journey_context *in, void *arg) {
  int which = *(int *)arg;
  journey_table *t = which == 0   ? sample_funnel(in, 3, sample_plain)
                     : which == 1 ? sample_flow(in, 3, 4, sample_plain)
                                  : sample_retention(in, 4);
  journey_status status = t ? pictures[which].draw(t, NULL, swallow, NULL, NULL) : JOURNEY_ENOMEM;
  journey_table_free(t);
  return status;
}

static journey_status draw_map(journey_context *in, void *arg) {
  journey_map *map;
  (void)arg;
  journey_status status = sample_map(in, 1, 2, 6, sample_plain, &map);
  if (status != JOURNEY_OK) return status;
  journey_table *numbers = sample_numbers(in, 6);
  status = numbers ? journey_draw_map(map, numbers, NULL, swallow, NULL, NULL) : JOURNEY_ENOMEM;
  journey_table_free(numbers);
  journey_map_free(map);
  return status;
}

START_TEST(no_memory) {
  for (int which = 0; which < 3; which++) alloc_loop(draw_tables, &which);
  alloc_loop(draw_map, NULL);
}
END_TEST

/* ---- colours and numbers ----------------------------------------------------------------------------------------- */

/* The fill of a class: of its last rule in the dark, if there is one, or of its first. */
static bool fill_of(const char *style, const char *css, bool dark, double rgb[3]) {
  const char *night = strstr(style, "@media"), *found = NULL;
  char key[40];
  snprintf(key, sizeof key, ".%s", css);
  for (const char *at = style; (at = strstr(at, key)) != NULL; at++) {
    size_t n = strlen(key);
    bool named = at[n] == '{' || at[n] == ',', begins = at == style || strchr("},>{", at[-1]);
    const char *body = strchr(at, '{'), *fill = strstr(body, "fill:#");
    if (!named || !begins || !fill || fill > strchr(body, '}')) continue;
    if (at < night ? !found || !dark : dark) found = fill;
    if (!dark && at > night) break;
  }
  if (!found) return false;
  size_t digits = strspn(found + 6, "0123456789abcdef");
  for (int i = 0; i < 3; i++) {
    char part[3] = {found[6 + i * (int)(digits / 3)], found[6 + i * (int)(digits / 3) + (digits == 6)], '\0'};
    rgb[i] = (double)strtol(part, NULL, 16) / 255;
  }
  return true;
}

/* Relative luminance and contrast: WCAG 2.1. */
static double luminance(const double rgb[3]) {
  static const double weight[3] = {0.2126, 0.7152, 0.0722};
  double sum = 0;
  for (int i = 0; i < 3; i++)
    sum += weight[i] * (rgb[i] <= 0.03928 ? rgb[i] / 12.92 : pow((rgb[i] + 0.055) / 1.055, 2.4));
  return sum;
}

static double contrast(const char *style, const char *text, const char *ground, bool dark) {
  double a[3], b[3];
  ck_assert_msg(fill_of(style, text, dark, a) && fill_of(style, ground, dark, b), "%s on %s", text, ground);
  double x = luminance(a), y = luminance(b);
  return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

START_TEST(colours_have_contrast) {
  static const char *const pairs[][2] = {{"jn-ink", "jn-bg"},    {"jn-ink", "jn-card"},  {"jn-ink", "jn-h0"},
                                         {"jn-ink", "jn-h1"},    {"jn-ink", "jn-h2"},    {"jn-ink", "jn-h3"},
                                         {"jn-ink", "jn-h4"},    {"jn-on", "jn-h5"},     {"jn-on", "jn-h6"},
                                         {"jn-soft", "jn-bg"},   {"jn-soft", "jn-card"}, {"jn-soft", "jn-head"},
                                         {"jn-bold", "jn-head"}, {"jn-label", "jn-bg"},  {"jn-star", "jn-card"}};
  journey_table *table = sample_funnel(context, 1, sample_plain);
  markup m = {0};
  ck_assert_int_eq(journey_draw_funnel(table, NULL, markup_write, &m, NULL), JOURNEY_OK);
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    for (int dark = 0; dark < 2; dark++) {
      double c = contrast(strstr(m.bytes, "<style>"), pairs[i][0], pairs[i][1], dark);
      ck_assert_msg(c >= 4.5, "%s on %s (%d): %g", pairs[i][0], pairs[i][1], dark, c);
    }
  }
  double light = contrast(strstr(m.bytes, "<style>"), "jn-on", "jn-h0", false); /* the reader can tell white on white */
  ck_assert_double_lt(light, 1.2);
  markup_free(&m);
  journey_table_free(table);
}
END_TEST

START_TEST(numbers_in_words) {
  ck_assert_str_eq(jn_draw_count(0).text, "0");
  ck_assert_str_eq(jn_draw_count(9999).text, "9999");
  ck_assert_str_eq(jn_draw_count(10000).text, "10,000");
  ck_assert_str_eq(jn_draw_count(-1234567).text, "-1,234,567");
  ck_assert_str_eq(jn_draw_count(INT64_MIN).text, "-9,223,372,036,854,775,808");
  ck_assert_str_eq(jn_draw_fixed(-0.04, 1, true).text, "+0.0");
  ck_assert_str_eq(jn_draw_fixed(-0.05, 1, true).text, "-0.1");
  ck_assert_str_eq(jn_draw_fixed(NAN, 1, true).text, "-");
  ck_assert_str_eq(jn_draw_fixed(HUGE_VAL, 1, true).text, "very large");
  ck_assert_str_eq(jn_draw_percent(0.1741).text, "17.4 %");
  ck_assert_str_eq(jn_draw_percent(0).text, "0.0 %");
  ck_assert_str_eq(jn_draw_percent(0.0004).text, "< 0.1 %");
  ck_assert_str_eq(jn_draw_seconds(NAN).text, "");
  ck_assert_str_eq(jn_draw_seconds(24.31).text, "24s");
  ck_assert_str_eq(jn_draw_seconds(3600 * 76.4).text, "3d 4h");
  for (int i = -5000; i < 5000; i++) { /* as printf does it, in the locale C, but for ties */
    char text[48];
    double x = i / 37.0;
    snprintf(text, sizeof text, "%+.2f", x);
    if (strcmp(text, "-0.00") != 0) ck_assert_str_eq(jn_draw_fixed(x, 2, true).text, text);
  }
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *test) {
  TCase *tcase = tcase_create(name);
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test);
  suite_add_tcase(suite, tcase);
}

Suite *draw_suite(void);

Suite *draw_suite(void) {
  Suite *suite = suite_create("draw");
  add(suite, "sizes", tables_of_all_sizes);
  add(suite, "map sizes", maps_of_all_sizes);
  add(suite, "once", map_shows_everything_once);
  add(suite, "persona", map_of_one_persona);
  add(suite, "title", empty_title);
  add(suite, "flow", flow_is_conserved);
  add(suite, "around", flow_around_an_event);
  add(suite, "many names", flow_of_too_many_names);
  add(suite, "group", first_group);
  add(suite, "columns", missing_columns);
  add(suite, "types", wrong_types);
  add(suite, "write", writing_fails);
  add(suite, "options", bad_options);
  add(suite, "memory", no_memory);
  add(suite, "colours", colours_have_contrast);
  add(suite, "numbers", numbers_in_words);
  return suite;
}

int main(void) { return check_main(draw_suite()); }
