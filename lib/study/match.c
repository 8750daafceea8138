/* Tests of a predicate over texts: equality with some of a list, order, wildcards. */
#include <string.h>

#include "study/internal.h"

bool jn_study_wild(const char *s, size_t n) { return memchr(s, '*', n) || memchr(s, '?', n); }

/* Bytes of the UTF-8 character at s, which has n bytes left. */
static size_t character(const char *s, size_t n) {
  size_t i = 1;
  while (i < n && ((unsigned char)s[i] & 0xC0) == 0x80) i++;
  return i;
}

/* Bytes of the pattern's item at p, and in *taken of what it takes of s: 0 when it does not match. */
static size_t match_one(const char *p, size_t m, const char *s, size_t n, size_t *taken) {
  size_t escape = *p == '\\' && m > 1;
  *taken = 0;
  if (*p == '?') {
    *taken = n ? character(s, n) : 0;
    return 1;
  }
  if (n && p[escape] == *s) *taken = 1;
  return escape + 1;
}

/* After a mismatch the last * takes a byte more: earlier ones need not be tried again. */
bool jn_study_like(const char *pattern, size_t m, const char *s, size_t n) {
  size_t p = 0, i = 0, star = SIZE_MAX, resume = 0;
  while (i < n || p < m) {
    if (p < m && pattern[p] == '*') {
      star = ++p;
      resume = i;
      continue;
    }
    size_t taken = 0, item = p < m ? match_one(pattern + p, m - p, s + i, n - i, &taken) : 0;
    if (taken) {
      p += item;
      i += taken;
      continue;
    }
    if (star == SIZE_MAX || resume == n) return false;
    p = star;
    i = resume += character(s + resume, n - resume);
  }
  return true;
}

static journey_status add_number(jn_study_matcher *matcher, double number, journey_error *err) {
  uint32_t code;
  number += 0.0; /* -0 is 0 */
  return jn_base_dictionary_add(matcher->numbers, (const char *)&number, sizeof number, &code, err);
}

/* A bare value that is a number is equal to every text that is the same number. */
static journey_status add_value(jn_study_matcher *matcher, const jn_study_word *value, journey_error *err) {
  uint32_t code;
  double number;
  journey_status status = jn_base_dictionary_add(matcher->texts, value->bytes, value->length, &code, err);
  if (status || value->quoted || !jn_base_parse_double(value->bytes, value->length, &number)) return status;
  return add_number(matcher, number, err);
}

journey_status jn_study_matcher_new(journey_context *context, const jn_study_test *test, jn_study_matcher *out,
                                    journey_error *err) {
  *out = (jn_study_matcher){.test = test};
  if (test->relation != JN_STUDY_EQUAL) {
    const jn_study_word *value = test->values ? test->value : NULL;
    out->numeric = value && !value->quoted && jn_base_parse_double(value->bytes, value->length, &out->number);
    return JOURNEY_OK;
  }
  journey_status status = jn_base_dictionary_new(context, &out->texts, err);
  if (!status) status = jn_base_dictionary_new(context, &out->numbers, err);
  for (uint32_t i = 0; !status && i < test->values; i++) status = add_value(out, &test->value[i], err);
  if (status) jn_study_matcher_free(out);
  return status;
}

void jn_study_matcher_free(jn_study_matcher *matcher) {
  if (matcher->texts) jn_base_dictionary_free(matcher->texts);
  if (matcher->numbers) jn_base_dictionary_free(matcher->numbers);
  matcher->texts = matcher->numbers = NULL;
}

static bool is_equal(const jn_study_matcher *matcher, const char *s, size_t n) {
  double number;
  if (jn_base_dictionary_find(matcher->texts, s, n) != JN_BASE_NO_CODE) return true;
  if (!jn_base_dictionary_count(matcher->numbers) || !jn_base_parse_double(s, n, &number)) return false;
  number += 0.0;
  return jn_base_dictionary_find(matcher->numbers, (const char *)&number, sizeof number) != JN_BASE_NO_CODE;
}

/* Numbers by size when the value is one (a text that is none then fails), else texts by their bytes. */
static bool compare(const jn_study_matcher *matcher, const char *s, size_t n, int *order) {
  const jn_study_word *value = matcher->test->value;
  double number;
  if (matcher->numeric) {
    if (!jn_base_parse_double(s, n, &number)) return false;
    *order = (number > matcher->number) - (number < matcher->number);
    return true;
  }
  size_t least = n < value->length ? n : value->length;
  *order = memcmp(s, value->bytes, least);
  if (!*order) *order = (n > value->length) - (n < value->length);
  return true;
}

bool jn_study_matches(const jn_study_matcher *matcher, const char *s, size_t n) {
  int relation = matcher->test->relation, order;
  if (relation == JN_STUDY_PRESENT) return true;
  if (relation == JN_STUDY_EQUAL) return is_equal(matcher, s, n);
  if (relation == JN_STUDY_LIKE) return jn_study_like(matcher->test->value->bytes, matcher->test->value->length, s, n);
  if (!compare(matcher, s, n, &order)) return false;
  if (relation == JN_STUDY_LESS) return order < 0;
  if (relation == JN_STUDY_LESS_EQUAL) return order <= 0;
  if (relation == JN_STUDY_GREATER) return order > 0;
  return order >= 0;
}
