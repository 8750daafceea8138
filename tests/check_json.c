/* The JSON pull reader: what RFC 8259 accepts and refuses, escapes, depth, skipping; random documents round a writer of
 * the test's own; every prefix of a document fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "io/json.h"

static journey_context *context;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* The last token: JN_JSON_END when all of the text is one value. */
static int read_all(const char *text, size_t n) {
  jn_io_json json;
  int token;
  jn_io_json_init(&json, context, text, n);
  do {
    token = jn_io_json_next(&json);
  } while (token > JN_JSON_END);
  if (token == JN_JSON_ERROR) {
    journey_error err;
    ck_assert_int_eq(jn_io_json_next(&json), JN_JSON_ERROR);
    ck_assert_int_eq(jn_io_json_fail(&json, 1, 0, &err), JOURNEY_EPARSE);
    ck_assert(err.offset >= 0 && (size_t)err.offset <= n);
    ck_assert(strncmp(err.message, "JSON: ", 6) == 0);
  }
  jn_io_json_clear(&json);
  return token;
}

static const char *const accepted[] = {
    "0", "-0", "1", "-12.5e+3", "1E9", "0.0", "true", "false", "null", "\"\"", "\"a\"", "[]", "{}", " [ ] ", "\t{ }\r\n",
    "[1,2]", "[[],[[]],{}]", "{\"a\":1}", "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"\"}", "{\"\":0}",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", "\"\\ud83d\\ude00\"", "\"\xc3\xa9\"", "\"\xf0\x9f\x98\x80\"", "\"\x7f\"",
    "[\"a long text of more than eight bytes\",\"and \\u0041nother\"]", "1e400", "-1e-400", "{\"a\":1,\"a\":2}",
};

static const char *const refused[] = {
    "", " ", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity", "tru", "nul", "True", "'a'", "\"", "\"a",
    "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u123g\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"", "\"\\u0000\"",
    "\"\n\"", "\"\t\"", "\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]",
    "]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{1:2}", "{\"a\":1]", "[1}",
    "1 2", "[] []", "{}x", "\xef\xbb\xbf[]", "[1]//c", "/**/1", "\"a\"\"b\"", "-a", "1.5.5", "--1",
};

START_TEST(the_rfc_is_kept) {
  for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
    ck_assert_msg(read_all(accepted[i], strlen(accepted[i])) == JN_JSON_END, "%s", accepted[i]);
  }
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    ck_assert_msg(read_all(refused[i], strlen(refused[i])) == JN_JSON_ERROR, "%s", refused[i]);
  }
  ck_assert_int_eq(read_all("\"a\0b\"", 5), JN_JSON_ERROR);
}
END_TEST

/* Arrays and objects of a depth each, closed: the limit is exact, and nothing recurses. */
static int read_nested(int depth) {
  char *text = malloc((size_t)depth * 6 + 2), *at = text;
  for (int i = 0; i < depth; i++) at += sprintf(at, i % 2 ? "{\"a\":" : "[");
  if (depth % 2 == 0) *at++ = '1';
  for (int i = depth; i-- > 0;) *at++ = i % 2 ? '}' : ']';
  int token = read_all(text, (size_t)(at - text));
  free(text);
  return token;
}

START_TEST(depth_has_an_exact_limit) {
  ck_assert_int_eq(read_nested(JN_JSON_MOST_DEPTH), JN_JSON_END);
  ck_assert_int_eq(read_nested(JN_JSON_MOST_DEPTH + 1), JN_JSON_ERROR);
  ck_assert_int_eq(read_nested(10001), JN_JSON_ERROR);
}
END_TEST

START_TEST(escapes_become_their_characters) {
  static const char text[] = "[\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\n\\\\x\", \"plain\"]";
  jn_io_json json;
  jn_io_json_init(&json, context, text, sizeof text - 1);
  ck_assert_int_eq(jn_io_json_next(&json), JN_JSON_ARRAY);
  ck_assert_int_eq(jn_io_json_next(&json), JN_JSON_STRING);
  ck_assert_uint_eq(json.length, 13);
  ck_assert_mem_eq(json.text, "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n\\x", 13);
  ck_assert_int_eq(jn_io_json_next(&json), JN_JSON_STRING);
  ck_assert_mem_eq(json.text, "plain", 5);
  ck_assert_ptr_eq(json.text, text + sizeof text - 1 - 7); /* no copy without escapes */
  jn_io_json_clear(&json);
}
END_TEST

/* ---- random documents ------------------------------------------------------------------------------------------------- */

typedef struct gen {
  unsigned seed;
  jn_base_text text, tokens; /* what was written, and the tokens that it must read as */
} gen;

static unsigned draw(gen *g, unsigned n) {
  g->seed = g->seed * 1664525u + 1013904223u;
  return (g->seed >> 8) % n;
}

static void put_space(gen *g) {
  static const char *const spaces[] = {"", "", "", " ", "\n", "\t ", "\r\n"};
  jn_base_text_put(&g->text, spaces[draw(g, 7)]);
}

static void put_string(gen *g, char kind) {
  char bytes[40];
  size_t n = draw(g, 30);
  for (size_t i = 0; i < n; i++) bytes[i] = (char)(1 + draw(g, 126));
  jn_base_text_json(&g->text, bytes, n);
  jn_base_text_format(&g->tokens, "%c%zu:", kind, n);
  jn_base_text_add(&g->tokens, bytes, n);
}

static void put_value(gen *g, int depth) {
  static const char *const words[] = {"true", "false", "null", "0", "-1.5e3", "123456789012345678901"};
  static const char marks[] = "TFN000";
  unsigned what = draw(g, depth > 6 ? 7 : 10), items = draw(g, 4);
  put_space(g);
  if (what < 6) {
    jn_base_text_put(&g->text, words[what]);
    jn_base_text_add(&g->tokens, &marks[what], 1);
  } else if (what == 6) {
    put_string(g, 'S');
  } else {
    bool object = what == 9;
    jn_base_text_put(&g->text, object ? "{" : "[");
    jn_base_text_put(&g->tokens, object ? "{" : "[");
    for (unsigned i = 0; i < items; i++) {
      if (i > 0) jn_base_text_put(&g->text, ",");
      put_space(g);
      if (object) put_string(g, 'M');
      if (object) jn_base_text_put(&g->text, ":");
      put_value(g, depth + 1);
      put_space(g);
    }
    jn_base_text_put(&g->text, object ? "}" : "]");
    jn_base_text_put(&g->tokens, object ? "}" : "]");
  }
  put_space(g);
}

static void describe(const jn_io_json *json, int token, jn_base_text *out) {
  static const char marks[] = {[JN_JSON_OBJECT] = '{', [JN_JSON_OBJECT_END] = '}', [JN_JSON_ARRAY] = '[',
                               [JN_JSON_ARRAY_END] = ']', [JN_JSON_NAME] = 'M', [JN_JSON_STRING] = 'S',
                               [JN_JSON_NUMBER] = '0', [JN_JSON_TRUE] = 'T', [JN_JSON_FALSE] = 'F', [JN_JSON_NULL] = 'N'};
  jn_base_text_add(out, &marks[token], 1);
  if (token != JN_JSON_NAME && token != JN_JSON_STRING) return;
  jn_base_text_format(out, "%zu:", json->length);
  jn_base_text_add(out, json->text, json->length);
}

START_TEST(random_documents_read_as_they_were_written) {
  for (unsigned seed = 1; seed <= 3000; seed++) {
    gen g = {.seed = seed * 2654435761u};
    jn_base_text seen;
    jn_io_json json;
    int token;
    jn_base_text_init(&g.text, context);
    jn_base_text_init(&g.tokens, context);
    jn_base_text_init(&seen, context);
    put_value(&g, 0);
    jn_io_json_init(&json, context, g.text.bytes, g.text.length);
    while ((token = jn_io_json_next(&json)) > JN_JSON_END) describe(&json, token, &seen);
    ck_assert_int_eq(token, JN_JSON_END);
    ck_assert_uint_eq(seen.length, g.tokens.length);
    ck_assert_mem_eq(seen.bytes, g.tokens.bytes, seen.length);
    jn_io_json_clear(&json);
    jn_base_text_clear(&g.text);
    jn_base_text_clear(&g.tokens);
    jn_base_text_clear(&seen);
  }
}
END_TEST

START_TEST(every_prefix_is_refused) {
  static const char text[] = "{\"a\":[1,\"b\\u0041\",{\"c\":true}],\"d\":null}";
  for (size_t n = 0; n < sizeof text - 1; n++) {
    char *exact = malloc(n + 1); /* so that a read past the end is seen */
    memcpy(exact, text, n);
    ck_assert_msg(read_all(exact, n) == JN_JSON_ERROR, "%zu bytes", n);
    free(exact);
  }
  ck_assert_int_eq(read_all(text, sizeof text - 1), JN_JSON_END);
}
END_TEST

START_TEST(values_can_be_passed_over) {
  static const char text[] = "{\"a\": {\"x\":[1,{\"y\":2}]} , \"b\":[ ], \"c\":7}";
  jn_io_json json;
  const char *end;
  jn_io_json_init(&json, context, text, sizeof text - 1);
  ck_assert_int_eq(jn_io_json_next(&json), JN_JSON_OBJECT);
  static const char *const raw[] = {"{\"x\":[1,{\"y\":2}]}", "[ ]", "7"};
  for (int i = 0; i < 3; i++) {
    ck_assert_int_eq(jn_io_json_next(&json), JN_JSON_NAME);
    ck_assert_int_gt(jn_io_json_next(&json), JN_JSON_END);
    const char *start = json.start;
    ck_assert(jn_io_json_skip(&json, &end));
    ck_assert_uint_eq((size_t)(end - start), strlen(raw[i]));
    ck_assert_mem_eq(start, raw[i], strlen(raw[i]));
  }
  ck_assert_int_eq(jn_io_json_next(&json), JN_JSON_OBJECT_END);
  ck_assert_int_eq(jn_io_json_next(&json), JN_JSON_END);
  jn_io_json_clear(&json);
}
END_TEST

START_TEST(errors_say_where) {
  static const char text[] = "{\n  \"a\": 1,\n  \"b\": oops\n}";
  jn_io_json json;
  journey_error err;
  jn_io_json_init(&json, context, text, sizeof text - 1);
  while (jn_io_json_next(&json) > JN_JSON_END) continue;
  ck_assert_int_eq(jn_io_json_fail(&json, 10, 100, &err), JOURNEY_EPARSE);
  ck_assert_int_eq(err.row, 12);
  ck_assert_int_eq(err.offset, 100 + (strstr(text, "oops") - text));
  jn_io_json_clear(&json);
}
END_TEST

static journey_status read_escaped(journey_context *own, void *arg) {
  static const char text[] = "[\"\\u0041 long enough to need more room than a small buffer would have at first\"]";
  jn_io_json json;
  (void)arg;
  jn_io_json_init(&json, own, text, sizeof text - 1);
  while (jn_io_json_next(&json) > JN_JSON_END) continue;
  journey_error err;
  journey_status status = json.status == JOURNEY_OK ? JOURNEY_OK : jn_io_json_fail(&json, 1, 0, &err);
  jn_io_json_clear(&json);
  return status;
}

START_TEST(memory_may_run_out) { alloc_loop(read_escaped, NULL); }
END_TEST

static Suite *json_suite(void) {
  Suite *suite = suite_create("json");
  TCase *tests = tcase_create("json");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, the_rfc_is_kept);
  tcase_add_test(tests, depth_has_an_exact_limit);
  tcase_add_test(tests, escapes_become_their_characters);
  tcase_add_test(tests, random_documents_read_as_they_were_written);
  tcase_add_test(tests, every_prefix_is_refused);
  tcase_add_test(tests, values_can_be_passed_over);
  tcase_add_test(tests, errors_say_where);
  tcase_add_test(tests, memory_may_run_out);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(json_suite()); }
