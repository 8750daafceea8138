/* UTF-8 against a decoder by definition, over all short strings; the growing text; values shown in messages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "base/base.h"
#include "check_main.h"

/* The length of the character at s[0..n) by definition: decode it, then ask whether it may be written so. 0: bad. */
static size_t decode(const unsigned char *s, size_t n) {
  static const struct {
    unsigned mask, lead, least;
  } forms[] = {{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
  for (size_t length = 1; length <= 4; length++) {
    if ((s[0] & forms[length - 1].mask) != forms[length - 1].lead) continue;
    if (length > n) return 0;
    unsigned point = s[0] & ~forms[length - 1].mask & 0xFF;
    for (size_t i = 1; i < length; i++) {
      if ((s[i] & 0xC0) != 0x80) return 0;
      point = point << 6 | (s[i] & 0x3F);
    }
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < forms[length - 1].least || point > 0x10FFFF || surrogate ? 0 : length;
  }
  return 0;
}

/* Where the first bad character begins; n if there is none. */
static size_t first_bad(const unsigned char *s, size_t n) {
  for (size_t i = 0, length; i < n; i += length) {
    length = decode(s + i, n - i);
    if (!length) return i;
  }
  return n;
}

static void same_as_definition(const unsigned char *s, size_t n) {
  size_t at = SIZE_MAX, bad = first_bad(s, n);
  bool ok = jn_base_utf8((const char *)s, n, &at);
  if (ok != (bad == n) || (!ok && at != bad))
    ck_abort_msg("%02x %02x %02x %02x ...: %zu, not %zu", s[0], s[1], s[2], s[3], at, bad);
}

START_TEST(all_strings_of_up_to_three_bytes) {
  unsigned char s[4] = {0};
  for (unsigned x = 0; x < 1u << 24; x++) {
    s[0] = (unsigned char)x, s[1] = (unsigned char)(x >> 8), s[2] = (unsigned char)(x >> 16);
    same_as_definition(s, 3);
    if (x < 1u << 16) same_as_definition(s, 2);
    if (x < 1u << 8) same_as_definition(s, 1);
  }
}
END_TEST

START_TEST(all_four_byte_leads) {
  static const unsigned char last[] = {0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xFF};
  for (unsigned lead = 0xE0; lead < 0x100; lead++)
    for (unsigned second = 0; second < 0x100; second++)
      for (unsigned i = 0; i < 36; i++) {
        unsigned char s[] = {(unsigned char)lead, (unsigned char)second, last[i / 6], last[i % 6]};
        same_as_definition(s, 4);
      }
}
END_TEST

/* A bad or a good character anywhere among ASCII, around the steps of eight bytes. */
START_TEST(characters_among_ascii) {
  static const char *const some[] = {
      "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\x80", "\xFF",
      "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x7F", "\x01"};
  for (size_t c = 0; c < sizeof some / sizeof *some; c++)
    for (size_t before = 0; before < 40; before++)
      for (size_t after = 0; after < 20; after++) {
        size_t n = strlen(some[c]), size = before + n + after;
        unsigned char *s = malloc(size + 4); /* 4: what the message of a failure shows */
        memset(s, 'x', size + 4);
        memcpy(s + before, some[c], n);
        same_as_definition(s, size);
        free(s);
      }
  ck_assert(jn_base_utf8("", 0, NULL));
  ck_assert(!jn_base_utf8("\xFF", 1, NULL));
}
END_TEST

/* ---- values in messages ---- */

START_TEST(quotes_are_short_clean_and_whole) {
  ck_assert_str_eq(jn_base_quote("abc", 3).text, "abc");
  ck_assert_str_eq(jn_base_quote("", 0).text, "");
  ck_assert_str_eq(jn_base_quote("a\nb\0c\x7F\xFFz", 8).text, "a?b?c??z");
  ck_assert_str_eq(jn_base_quote("\xC3\xA4", 2).text, "\xC3\xA4");
  ck_assert_str_eq(jn_base_quote("\xC3\xA4", 1).text, "?");
  char s[200], shown[64];
  for (size_t before = 0; before < 60; before++) /* four bytes a character, from any place on */
    for (size_t n = 0; n < 100; n++) {
      memset(s, 'x', sizeof s);
      for (size_t i = before; i + 4 < sizeof s; i += 4) memcpy(s + i, "\xF0\x9F\x98\x80", 4);
      jn_base_quoted quoted = jn_base_quote(s, n);
      size_t length = strlen(quoted.text);
      ck_assert(jn_base_utf8(quoted.text, length, NULL));
      ck_assert_uint_le(length, 43);
      if (n <= 40) {
        ck_assert_uint_eq(length, n);
      } else {
        ck_assert_str_eq(quoted.text + length - 3, "...");
        ck_assert_uint_gt(length, 39);
        snprintf(shown, sizeof shown, "%.*s", (int)length - 3, s);
        ck_assert_mem_eq(quoted.text, shown, length - 3);
        ck_assert_ptr_null(strchr(quoted.text, '?'));
      }
    }
}
END_TEST

START_TEST(messages_are_one_clean_line) {
  journey_error err;
  memset(&err, 0xAA, sizeof err);
  ck_assert_int_eq(jn_base_fail(&err, JOURNEY_EINVAL, "a %s b\t%d\n", "\xFF", 7), JOURNEY_EINVAL);
  ck_assert_str_eq(err.message, "a ? b?7?");
  ck_assert_int_eq(err.code, JOURNEY_EINVAL);
  ck_assert_int_eq(err.row, 0);
  ck_assert_int_eq(err.column, 0);
  ck_assert_int_eq(err.offset, -1);
  ck_assert_int_eq(err.reserved, 0);
  ck_assert_int_eq(jn_base_fail_at(&err, JOURNEY_EPARSE, 3, 4, 55, "x"), JOURNEY_EPARSE);
  ck_assert_int_eq(err.row, 3);
  ck_assert_int_eq(err.column, 4);
  ck_assert_int_eq(err.offset, 55);
  ck_assert_int_eq(jn_base_fail(NULL, JOURNEY_EIO, "x"), JOURNEY_EIO);
  ck_assert_int_eq(jn_base_no_memory(&err), JOURNEY_ENOMEM);
  ck_assert_str_eq(err.message, "out of memory");
}
END_TEST

START_TEST(long_messages_are_cut_between_characters) {
  char s[1000];
  for (size_t before = 0; before < 8; before++) {
    memset(s, 'x', sizeof s);
    for (size_t i = before; i + 3 < sizeof s; i += 3) memcpy(s + i, "\xE2\x82\xAC", 3);
    s[sizeof s - 1] = '\0';
    journey_error err;
    jn_base_fail(&err, JOURNEY_EINVAL, "%s", s);
    size_t n = strlen(err.message);
    ck_assert_uint_ge(n, JOURNEY_ERROR_MESSAGE_SIZE - 3);
    ck_assert_uint_lt(n, JOURNEY_ERROR_MESSAGE_SIZE);
    ck_assert_mem_eq(err.message, s, n);
    ck_assert(jn_base_utf8(err.message, n, NULL));
  }
}
END_TEST

/* ---- the growing text ---- */

/* Every way to append, often enough to grow by each of them. */
static journey_status write_all(journey_context *context, void *arg) {
  (void)arg;
  static char expected[40000];
  size_t n = 0;
  jn_base_text text;
  jn_base_text_init(&text, context);
  for (int i = 0; i < 300; i++) {
    char word[128];
    memset(word, 'a' + i % 26, 100);
    word[i % 100] = '\0';
    jn_base_text_put(&text, word);
    jn_base_text_add(&text, "ab\0c", 4);
    jn_base_text_add(&text, NULL, 0);
    jn_base_text_format(&text, "%d,%s;", i, word);
    jn_base_text_format(&text, "%s", "");
    jn_base_text_double(&text, i / 8.0);
    n += (size_t)sprintf(expected + n, "%sab", word);
    memcpy(expected + n, "\0c", 2);
    n += 2;
    n += (size_t)sprintf(expected + n, "%d,%s;%.10g", i, word, i / 8.0);
    if (text.status) break;
    ck_assert_uint_eq(text.length, n);
    ck_assert_int_eq(text.bytes[n], '\0');
  }
  journey_status status = text.status;
  if (text.bytes) { /* also after a failure: what is there is right, and ended by a NUL */
    ck_assert_mem_eq(text.bytes, expected, text.length);
    ck_assert_int_eq(text.bytes[text.length], '\0');
  }
  jn_base_text_clear(&text);
  ck_assert_ptr_null(text.bytes);
  return status;
}

START_TEST(text_holds_what_was_added_or_fails_whole) { alloc_loop(write_all, NULL); }
END_TEST

static journey_status copy_some(journey_context *context, void *arg) {
  (void)arg;
  char *copy = jn_base_copy(context, "a\0b", 3), *empty = jn_base_copy(context, "", 0);
  bool both = copy && empty;
  if (copy) ck_assert_mem_eq(copy, "a\0b", 4);
  if (empty) ck_assert_str_eq(empty, "");
  jn_base_free(context, copy, 4, 1);
  jn_base_free(context, empty, 1, 1);
  ck_assert_ptr_null(jn_base_copy(context, "", SIZE_MAX));
  return both ? JOURNEY_OK : JOURNEY_ENOMEM;
}

START_TEST(copies) { alloc_loop(copy_some, NULL); }
END_TEST

Suite *text_suite(void);
Suite *text_suite(void) {
  Suite *suite = suite_create("text");
  TCase *tests = tcase_create("text");
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, all_strings_of_up_to_three_bytes);
  tcase_add_test(tests, all_four_byte_leads);
  tcase_add_test(tests, characters_among_ascii);
  tcase_add_test(tests, quotes_are_short_clean_and_whole);
  tcase_add_test(tests, messages_are_one_clean_line);
  tcase_add_test(tests, long_messages_are_cut_between_characters);
  tcase_add_test(tests, text_holds_what_was_added_or_fails_whole);
  tcase_add_test(tests, copies);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(text_suite()); }
