/* Maps: elements by their field tables, documents there and back, checks, differences with exact inverses, bad documents. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "journey/study.h"
#include "map/map.h"

static journey_context *context;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

static unsigned state;
static unsigned draw(unsigned n) {
  state = state * 1664525u + 1013904223u;
  return (state >> 8) % n;
}

/* ---- generated maps ---------------------------------------------------------------------------------------------------- */

static const char *draw_text(char *out) {
  static const char *const pieces[] = {"cart", " ", "\"q\"", "\xc3\xa4", "\\", "\n", "<b>", "x", "\xf0\x9f\x98\x80"};
  out[0] = '\0';
  for (unsigned i = draw(6); i-- > 0;) strcat(out, pieces[draw(9)]);
  return out;
}

/* A choice among "a|b|c". */
static const char *draw_choice(const char *choices, char *out) {
  unsigned n = 1;
  for (const char *c = choices; *c; c++) n += *c == '|';
  for (unsigned skip = draw(n); skip > 0; skip--) choices = strchr(choices, '|') + 1;
  sprintf(out, "%.*s", (int)strcspn(choices, "|"), choices);
  return out;
}

/* Sets a field at random, or leaves it. */
static void fill_field(journey_element *element, const journey_field *field) {
  char text[80];
  double number = (double)draw(1000) / 1000 * (field->maximum - field->minimum) + field->minimum;
  if (draw(3) == 0) return;
  switch (field->type) {
    case JOURNEY_FIELD_TEXTS:
    case JOURNEY_FIELD_REFS:
      ck_assert_int_eq(journey_element_add_text(element, field->name, NULL, NULL), JOURNEY_OK);
      for (unsigned i = draw(4); i-- > 0;) {
        ck_assert_int_eq(journey_element_add_text(element, field->name, draw_text(text), NULL), JOURNEY_OK);
      }
      break;
    case JOURNEY_FIELD_NUMBER: ck_assert_int_eq(journey_element_set_number(element, field->name, number, NULL), JOURNEY_OK); break;
    case JOURNEY_FIELD_FLAG: ck_assert_int_eq(journey_element_set_number(element, field->name, draw(2), NULL), JOURNEY_OK); break;
    default:
      if (field->choices) draw_choice(field->choices, text);
      else draw_text(text);
      ck_assert_int_eq(journey_element_set_text(element, field->name, text, NULL), JOURNEY_OK);
  }
}

static void fill(journey_element *element) {
  const journey_field *field;
  for (int32_t i = 0; (field = journey_map_field(journey_element_kind(element), i)) != NULL; i++) fill_field(element, field);
}

static journey_map *make_map(unsigned seed) {
  journey_map *map;
  const char *kind;
  char id[32];
  state = seed * 2654435761u + 1;
  ck_assert_int_eq(journey_map_new(context, &map, NULL), JOURNEY_OK);
  fill(journey_map_root(map));
  for (int32_t k = 1; (kind = journey_map_kind(k)) != NULL; k++) {
    unsigned start = draw(7);
    for (unsigned i = 0, n = draw(5); i < n; i++) {
      journey_element *element;
      sprintf(id, "%s %u", kind, (start + i * 3) % 7);
      ck_assert_int_eq(journey_map_add(map, kind, id, &element, NULL), JOURNEY_OK);
      fill(element);
    }
  }
  return map;
}

/* ---- documents --------------------------------------------------------------------------------------------------------- */

static journey_status append(void *user, const char *bytes, size_t n) {
  jn_base_text_add(user, bytes, n);
  return JOURNEY_OK;
}

static void write_map(const journey_map *map, jn_base_text *out) {
  jn_base_text_init(out, context);
  ck_assert_int_eq(journey_map_write_json(map, append, out, NULL), JOURNEY_OK);
}

static int64_t count_changes(const journey_map *a, const journey_map *b) {
  journey_table *table;
  ck_assert_int_eq(journey_map_diff(a, b, &table, NULL), JOURNEY_OK);
  int64_t rows = journey_table_rows(table);
  journey_table_free(table);
  return rows;
}

START_TEST(documents_come_back_equal) {
  for (unsigned seed = 0; seed < 300; seed++) {
    journey_map *map = make_map(seed), *again, *copy;
    jn_base_text text, text_again;
    journey_error err;
    write_map(map, &text);
    ck_assert_msg(journey_map_read_json(context, text.bytes, text.length, &again, &err) == JOURNEY_OK, "%s", err.message);
    ck_assert_int_eq(count_changes(map, again), 0);
    write_map(again, &text_again);
    ck_assert_str_eq(text.bytes, text_again.bytes);
    ck_assert_int_eq(journey_map_copy(map, &copy, NULL), JOURNEY_OK);
    ck_assert_int_eq(count_changes(map, copy), 0);
    jn_base_text_clear(&text);
    jn_base_text_clear(&text_again);
    journey_map_free(map);
    journey_map_free(again);
    journey_map_free(copy);
  }
}
END_TEST

START_TEST(what_is_unknown_is_kept) {
  static const char text[] =
      "{\"journey_map\": 1, \"title\": \"t\", \"future\": {\"a\": [1, {\"b\": \"\\u00e9\"}]},\n"
      " \"lanes\": [], \"stages\": [{\"id\": \"s\", \"name\": \"S\", \"colour\": \"red\", \"n\": -1.50e2}]}";
  journey_map *map;
  jn_base_text out;
  ck_assert_int_eq(journey_map_read_json(context, text, sizeof text - 1, &map, NULL), JOURNEY_OK);
  write_map(map, &out);
  ck_assert_ptr_nonnull(strstr(out.bytes, "\"future\": {\"a\": [1, {\"b\": \"\\u00e9\"}]}"));
  ck_assert_ptr_nonnull(strstr(out.bytes, "\"lanes\": []"));
  ck_assert_ptr_nonnull(strstr(out.bytes, "\"colour\": \"red\""));
  ck_assert_ptr_nonnull(strstr(out.bytes, "\"n\": -1.50e2"));
  jn_base_text_clear(&out);
  journey_map_free(map);
}
END_TEST

/* Each with the path or word that the message must hold. */
static const struct {
  const char *text, *says;
} bad[] = {
    {"", "too early"},
    {"[]", "must be an object"},
    {"{}", "journey_map"},
    {"{\"journey_map\": 2}", "newer"},
    {"{\"journey_map\": \"1\"}", "version"},
    {"{\"journey_map\": 0}", "version"},
    {"{\"journey_map\": 1, \"journey_map\": 1}", "twice"},
    {"{\"journey_map\": 1} x", "after the end"},
    {"{\"journey_map\": 1, \"title\": 5}", "title: must be a text"},
    {"{\"journey_map\": 1, \"title\": \"a\", \"title\": \"b\"}", "title: stands here twice"},
    {"{\"journey_map\": 1, \"x\": 1, \"x\": 2}", "x: stands here twice"},
    {"{\"journey_map\": 1, \"stages\": {}}", "stages: must be a list"},
    {"{\"journey_map\": 1, \"stages\": [5]}", "stages[0]: must be an object"},
    {"{\"journey_map\": 1, \"stages\": [{\"name\": \"a\"}]}", "stages[0]: has no id"},
    {"{\"journey_map\": 1, \"stages\": [{\"id\": 5}]}", "stages[0].id: must be a text"},
    {"{\"journey_map\": 1, \"stages\": [{\"id\": \"a\", \"id\": \"b\"}]}", "stages[0].id: stands here twice"},
    {"{\"journey_map\": 1, \"stages\": [{\"id\": \"\"}]}", "1 to 128 bytes"},
    {"{\"journey_map\": 1, \"stages\": [{\"id\": \"a\"}, {\"id\": \"a\"}]}", "there is a stage \"a\" already"},
    {"{\"journey_map\": 1, \"stages\": [{\"id\": \"a\", \"phase\": \"x\"}]}", "stages[0].phase: phase: must be one of"},
    {"{\"journey_map\": 1, \"stages\": [{\"id\": \"a\", \"optional\": 1}]}", "stages[0].optional: must be true or false"},
    {"{\"journey_map\": 1, \"touchpoints\": [{\"id\": \"a\", \"emotion\": 3}]}", "must be from -2 to 2, not 3"},
    {"{\"journey_map\": 1, \"touchpoints\": [{\"id\": \"a\", \"emotion\": 1e999}]}", "beyond the range"},
    {"{\"journey_map\": 1, \"personas\": [{\"id\": \"a\", \"goals\": \"x\"}]}", "personas[0].goals: must be a list of texts"},
    {"{\"journey_map\": 1, \"personas\": [{\"id\": \"a\", \"goals\": [1]}]}", "personas[0].goals: must be a list of texts"},
    {"{\"journey_map\": 1, \"stages\": [{\"id\": \"a\"}], \"stages\": [{\"id\": \"b\"}]}", "stages: stands here twice"},
};

START_TEST(bad_documents_say_where_and_what) {
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    journey_map *map = NULL;
    journey_error err;
    ck_assert_int_lt(journey_map_read_json(context, bad[i].text, strlen(bad[i].text), &map, &err), 0);
    ck_assert_msg(strstr(err.message, bad[i].says) != NULL, "%s: %s", bad[i].text, err.message);
    ck_assert_ptr_null(map);
    ck_assert_int_ge(err.row, 1);
  }
}
END_TEST

START_TEST(every_prefix_of_a_document_fails) {
  journey_map *map = make_map(7), *again;
  jn_base_text text;
  write_map(map, &text);
  for (size_t n = 0; n + 2 < text.length; n++) {
    char *exact = malloc(n + 1);
    memcpy(exact, text.bytes, n);
    ck_assert_int_eq(journey_map_read_json(context, exact, n, &again, NULL), JOURNEY_EPARSE);
    free(exact);
  }
  jn_base_text_clear(&text);
  journey_map_free(map);
}
END_TEST

START_TEST(files_fail_with_their_names) {
  journey_map *map;
  journey_error err;
  ck_assert_int_eq(journey_map_read_file(context, "/nonexistent.json", &map, &err), JOURNEY_EIO);
  ck_assert_ptr_nonnull(strstr(err.message, "/nonexistent.json"));
  ck_assert_int_eq(journey_map_read_file(context, "/", &map, &err), JOURNEY_EIO);
  ck_assert_ptr_nonnull(strstr(err.message, "directory"));
}
END_TEST

/* ---- differences --------------------------------------------------------------------------------------------------------- */

static const char *cell(const journey_table *table, int64_t row, const char *column) {
  const char *s = journey_table_text(table, row, journey_table_find(table, column), NULL);
  return s ? s : "(null)";
}

/* A row of one difference has its mirror image in the other. */
static bool has_mirror(const journey_table *table, const journey_table *other, int64_t row) {
  const char *change = cell(table, row, "change");
  const char *mirrored = strcmp(change, "added") == 0 ? "removed" : strcmp(change, "removed") == 0 ? "added" : change;
  for (int64_t r = 0; r < journey_table_rows(other); r++) {
    if (strcmp(cell(other, r, "change"), mirrored) == 0 && strcmp(cell(other, r, "kind"), cell(table, row, "kind")) == 0 &&
        strcmp(cell(other, r, "id"), cell(table, row, "id")) == 0 &&
        strcmp(cell(other, r, "field"), cell(table, row, "field")) == 0 &&
        strcmp(cell(other, r, "before"), cell(table, row, "after")) == 0 &&
        strcmp(cell(other, r, "after"), cell(table, row, "before")) == 0) {
      return true;
    }
  }
  return false;
}

START_TEST(a_difference_swapped_is_its_inverse) {
  for (unsigned seed = 0; seed < 200; seed++) {
    journey_map *a = make_map(seed), *b = make_map(seed / 2 + 1000);
    journey_table *there, *back;
    ck_assert_int_eq(journey_map_diff(a, b, &there, NULL), JOURNEY_OK);
    ck_assert_int_eq(journey_map_diff(b, a, &back, NULL), JOURNEY_OK);
    ck_assert_int_eq(journey_table_rows(there), journey_table_rows(back));
    for (int64_t row = 0; row < journey_table_rows(there); row++) ck_assert(has_mirror(there, back, row));
    journey_table_free(there);
    journey_table_free(back);
    journey_map_free(a);
    journey_map_free(b);
  }
}
END_TEST

START_TEST(a_move_is_seen_once_and_nothing_else) {
  journey_map *a, *b;
  journey_table *table;
  ck_assert_int_eq(journey_map_new(context, &a, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_map_add_stage_model(a, "classic-5", NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_map_copy(a, &b, NULL), JOURNEY_OK);
  journey_map_remove(b, journey_map_find(b, "stage", "purchase"));
  ck_assert_int_eq(journey_map_count(b, "stage"), 4);
  ck_assert_int_eq(journey_map_diff(a, b, &table, NULL), JOURNEY_OK);
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    ck_assert_str_eq(cell(table, row, "change"), "removed");
    ck_assert_str_eq(cell(table, row, "id"), "purchase");
  }
  journey_table_free(table);
  journey_map_free(a);
  journey_map_free(b);
}
END_TEST

/* ---- elements, checks, models ------------------------------------------------------------------------------------------------ */

START_TEST(setting_is_checked_by_the_table) {
  journey_map *map;
  journey_element *t;
  journey_error err;
  ck_assert_int_eq(journey_map_new(context, &map, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_map_add(map, "touchpoint", "t", &t, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_map_add(map, "touchpoint", "t", NULL, &err), JOURNEY_EEXIST);
  ck_assert_int_eq(journey_map_add(map, "map", "x", NULL, &err), JOURNEY_ENOTFOUND);
  ck_assert_int_eq(journey_map_add(map, "touchpoint", "a\x01", NULL, &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_element_set_text(t, "emotion", "1", &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_element_set_text(t, "nothing", "1", &err), JOURNEY_ENOTFOUND);
  ck_assert_int_eq(journey_element_set_text(t, "mode", "by air", &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_element_set_text(t, "name", "\xff", &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_element_set_number(t, "emotion", 2.5, &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_element_set_number(t, "emotion", INFINITY, &err), JOURNEY_EINVAL);
  ck_assert_int_eq(journey_element_set_number(t, "moment_of_truth", 0.5, &err), JOURNEY_EINVAL);
  ck_assert(!journey_element_has(t, "emotion") && isnan(journey_element_number(t, "emotion")));
  ck_assert_int_eq(journey_element_set_number(t, "emotion", -1.5, NULL), JOURNEY_OK);
  ck_assert_double_eq(journey_element_number(t, "emotion"), -1.5);
  ck_assert_int_eq(journey_element_set_number(t, "emotion", NAN, NULL), JOURNEY_OK);
  ck_assert(!journey_element_has(t, "emotion"));
  ck_assert_int_eq(journey_element_set_text(t, "name", "", NULL), JOURNEY_OK);
  ck_assert(journey_element_has(t, "name"));
  ck_assert_int_eq(journey_element_set_text(t, "name", NULL, NULL), JOURNEY_OK);
  ck_assert_ptr_null(journey_element_text(t, "name"));
  journey_map_free(map);
}
END_TEST

static int count_findings(const journey_map *map, const char *rule) {
  journey_table *table;
  int n = 0;
  ck_assert_int_eq(journey_map_check(map, &table, NULL), JOURNEY_OK);
  for (int64_t row = 0; row < journey_table_rows(table); row++) n += strcmp(cell(table, row, "rule"), rule) == 0;
  journey_table_free(table);
  return n;
}

/* Each rule is silent, then planted, then found once. */
START_TEST(each_rule_of_the_check_finds_what_was_planted) {
  static const char text[] =
      "{\"journey_map\":1,\"title\":\"t\","
      "\"personas\":[{\"id\":\"p\",\"name\":\"P\",\"rule\":\"a=b\",\"evidence\":\"evidence\"}],"
      "\"stages\":[{\"id\":\"s\",\"name\":\"S\"}],"
      "\"touchpoints\":[{\"id\":\"t\",\"name\":\"T\",\"stage\":\"s\",\"events\":\"e\"}]}";
  static const char *const rules[] = {"dangling_reference", "missing_field", "long_label", "same_name",
                                      "persona_without_rule", "persona_is_hypothesis", "stage_without_touchpoint",
                                      "touchpoint_without_stage", "unbound_touchpoint", "map_without_title"};
  journey_map *map;
  char label[100] = "";
  memset(label, 'x', 99);
  ck_assert_int_eq(journey_map_read_json(context, text, sizeof text - 1, &map, NULL), JOURNEY_OK);
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) ck_assert_msg(count_findings(map, rules[i]) == 0, "%s", rules[i]);
  journey_element *t = journey_map_at(map, "touchpoint", 0), *p = journey_map_at(map, "persona", 0), *more;
  journey_element_set_text(t, "stage", "nowhere", NULL);
  ck_assert_int_eq(count_findings(map, "dangling_reference"), 1);
  ck_assert_int_eq(count_findings(map, "stage_without_touchpoint"), 1);
  journey_element_unset(t, "stage", NULL);
  ck_assert_int_eq(count_findings(map, "touchpoint_without_stage"), 1);
  journey_element_unset(t, "events", NULL);
  ck_assert_int_eq(count_findings(map, "unbound_touchpoint"), 1);
  journey_element_set_text(t, "name", label, NULL);
  ck_assert_int_eq(count_findings(map, "long_label"), 1);
  journey_element_unset(t, "name", NULL);
  ck_assert_int_eq(count_findings(map, "missing_field"), 1);
  journey_element_unset(p, "rule", NULL);
  journey_element_unset(p, "evidence", NULL);
  ck_assert_int_eq(count_findings(map, "persona_without_rule"), 1);
  ck_assert_int_eq(count_findings(map, "persona_is_hypothesis"), 1);
  journey_map_add(map, "stage", "s2", &more, NULL);
  journey_element_set_text(more, "name", "S", NULL);
  ck_assert_int_eq(count_findings(map, "same_name"), 1);
  journey_element_unset(journey_map_root(map), "title", NULL);
  ck_assert_int_eq(count_findings(map, "map_without_title"), 1);
  journey_map_free(map);
}
END_TEST

/* Patterns are read by the study; all findings of the map itself are there too. */
START_TEST(bad_patterns_are_found) {
  journey_map *map;
  journey_element *t, *p;
  journey_table *findings, *plain;
  ck_assert_int_eq(journey_map_new(context, &map, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_map_add(map, "touchpoint", "t", &t, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_map_add(map, "persona", "p", &p, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_element_set_text(t, "events", "a|b[value>1]", NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_element_set_text(p, "rule", "country=DE & value>1", NULL), JOURNEY_OK);
  for (int wrong = 0; wrong < 3; wrong++) {
    if (wrong == 1) journey_element_set_text(t, "events", "a[", NULL);
    if (wrong == 2) journey_element_set_text(p, "rule", "a = ", NULL);
    ck_assert_int_eq(journey_map_check(map, &plain, NULL), JOURNEY_OK);
    ck_assert_int_eq(journey_study_check_map(map, &findings, NULL), JOURNEY_OK);
    ck_assert_int_eq(journey_table_rows(findings), journey_table_rows(plain) + wrong);
    for (int row = 0; row < wrong; row++) ck_assert_str_eq(cell(findings, row, "rule"), "bad_pattern");
    journey_table_free(findings);
    journey_table_free(plain);
  }
  journey_map_free(map);
}
END_TEST

/* As many as a map may hold, so that a search through all of them for each would take long. */
START_TEST(ids_are_found_among_many) {
  enum { MANY = 16384 };
  static journey_element *made[MANY];
  journey_map *map;
  journey_error err;
  char id[16];
  ck_assert_int_eq(journey_map_new(context, &map, NULL), JOURNEY_OK);
  ck_assert_ptr_null(journey_map_find(map, "stage", "0"));
  for (int i = 0; i < MANY; i++) {
    sprintf(id, "%d", i);
    ck_assert_int_eq(journey_map_add(map, "stage", id, &made[i], &err), JOURNEY_OK);
    ck_assert_int_eq(journey_map_add(map, "stage", id, NULL, &err), JOURNEY_EEXIST);
  }
  ck_assert_int_eq(journey_map_add(map, "stage", "more", NULL, &err), JOURNEY_ELIMIT);
  for (int i = 0; i < MANY; i++) {
    if (draw(2) == 0) continue;
    journey_map_remove(map, made[i]);
    made[i] = NULL;
  }
  for (int i = 0; i < MANY; i++) {
    sprintf(id, "%d", i);
    ck_assert_ptr_eq(journey_map_find(map, "stage", id), made[i]);
    if (!made[i]) ck_assert_int_eq(journey_map_add(map, "stage", id, NULL, &err), JOURNEY_OK);
  }
  ck_assert_int_eq(journey_map_count(map, "stage"), MANY);
  journey_map_free(map);
}
END_TEST

START_TEST(stage_models_are_whole) {
  const char *model, *help;
  int32_t models = 0;
  for (; (model = journey_stage_model(models, &help)) != NULL; models++) {
    journey_map *map;
    ck_assert_int_eq(journey_map_new(context, &map, NULL), JOURNEY_OK);
    ck_assert_int_eq(journey_map_add_stage_model(map, model, NULL), JOURNEY_OK);
    int64_t stages = journey_map_count(map, "stage");
    ck_assert_int_eq(stages, model[strlen(model) - 1] - '0'); /* the name says how many */
    for (int64_t i = 0; i < stages; i++) ck_assert(journey_element_has(journey_map_at(map, "stage", i), "phase"));
    ck_assert_int_eq(journey_map_add_stage_model(map, model, NULL), JOURNEY_EEXIST);
    ck_assert_int_eq(journey_map_count(map, "stage"), stages);
    journey_map_free(map);
  }
  ck_assert_int_eq(models, 5);
}
END_TEST

static journey_status work(journey_context *own, void *arg) {
  static const char text[] =
      "{\"journey_map\":1,\"title\":\"t\",\"new\":[1],\"personas\":[{\"id\":\"p\",\"goals\":[\"a\",\"b\\u0041\"]}],"
      "\"stages\":[{\"id\":\"s\",\"name\":\"S\",\"x\":{}}]}";
  journey_map *map = NULL, *copy = NULL;
  journey_table *table = NULL, *findings = NULL;
  jn_base_text out;
  (void)arg;
  jn_base_text_init(&out, own);
  journey_status status = journey_map_read_json(own, text, sizeof text - 1, &map, NULL);
  if (status == JOURNEY_OK) status = journey_map_copy(map, &copy, NULL);
  if (status == JOURNEY_OK) status = journey_map_add_stage_model(copy, "buyer-5", NULL);
  if (status == JOURNEY_OK) status = journey_map_diff(map, copy, &table, NULL);
  if (status == JOURNEY_OK) status = journey_study_check_map(copy, &findings, NULL);
  if (status == JOURNEY_OK) status = journey_map_write_json(copy, append, &out, NULL);
  if (status == JOURNEY_OK) status = out.status;
  jn_base_text_clear(&out);
  journey_table_free(table);
  journey_table_free(findings);
  journey_map_free(map);
  journey_map_free(copy);
  return status;
}

START_TEST(memory_may_run_out) { alloc_loop(work, NULL); }
END_TEST

static Suite *map_suite(void) {
  Suite *suite = suite_create("map");
  TCase *tests = tcase_create("map");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, documents_come_back_equal);
  tcase_add_test(tests, what_is_unknown_is_kept);
  tcase_add_test(tests, bad_documents_say_where_and_what);
  tcase_add_test(tests, every_prefix_of_a_document_fails);
  tcase_add_test(tests, files_fail_with_their_names);
  tcase_add_test(tests, a_difference_swapped_is_its_inverse);
  tcase_add_test(tests, a_move_is_seen_once_and_nothing_else);
  tcase_add_test(tests, setting_is_checked_by_the_table);
  tcase_add_test(tests, each_rule_of_the_check_finds_what_was_planted);
  tcase_add_test(tests, bad_patterns_are_found);
  tcase_add_test(tests, ids_are_found_among_many);
  tcase_add_test(tests, stage_models_are_whole);
  tcase_add_test(tests, memory_may_run_out);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(map_suite()); }
