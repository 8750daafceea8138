/* Cuts the text of a predicate into tokens; the grammar is at the top of predicate.c. */
#include <stdio.h>
#include <string.h>

#include "study/internal.h"

/* Longer ones first. */
static const struct {
  char text[3];
  int token;
} signs[] = {
    {"==", JN_STUDY_EQUAL},         {"!=", JN_STUDY_NOT_EQUAL}, {"<>", JN_STUDY_NOT_EQUAL}, {"<=", JN_STUDY_LESS_EQUAL},
    {">=", JN_STUDY_GREATER_EQUAL}, {"!~", JN_STUDY_NOT_LIKE},  {"&&", JN_STUDY_AND},       {"||", JN_STUDY_OR},
    {"=", JN_STUDY_EQUAL},          {"<", JN_STUDY_LESS},       {">", JN_STUDY_GREATER},    {"~", JN_STUDY_LIKE},
    {"!", JN_STUDY_NOT},            {"&", JN_STUDY_AND},        {"|", JN_STUDY_OR},         {"(", JN_STUDY_OPEN},
    {")", JN_STUDY_CLOSE},          {",", JN_STUDY_COMMA},      {"]", JN_STUDY_BRACKET},
};

journey_status jn_study_fail(const char *what, journey_status code, size_t offset, journey_error *err,
                             const char *format, ...) {
  char message[JOURNEY_ERROR_MESSAGE_SIZE];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return jn_base_fail_at(err, code, 0, 0, (int64_t)offset, "%s%s%s", what ? what : "", what ? ": " : "", message);
}

journey_status jn_study_lexer_new(jn_study_lexer *lexer, jn_study_arena *arena, const char *what, const char *text,
                                  journey_error *err) {
  size_t bad, length = strlen(text);
  *lexer = (jn_study_lexer){.what = what, .text = text, .length = length};
  if (length > JN_STUDY_MOST_TEXT) {
    return jn_study_fail(what, JOURNEY_EPARSE, JN_STUDY_MOST_TEXT, err, "longer than %d bytes", JN_STUDY_MOST_TEXT);
  }
  if (!jn_base_utf8(text, length, &bad)) {
    return jn_study_fail(what, JOURNEY_EPARSE, bad, err, "invalid UTF-8 at byte %zu", bad);
  }
  lexer->pool = jn_study_take(arena, length + 1, 1); /* a word and its NUL take no more than it and what ends it */
  return lexer->pool ? JOURNEY_OK : jn_base_no_memory(err);
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool ends_word(char c) { return is_space(c) || strchr("()[],|&!=<>~", c); } /* and the NUL */

void jn_study_skip(jn_study_lexer *lexer) {
  while (is_space(lexer->text[lexer->at])) lexer->at++;
}

void jn_study_lex_take(jn_study_lexer *lexer, size_t from, size_t to) {
  memcpy(lexer->pool, lexer->text + from, to - from);
  lexer->pool[to - from] = '\0';
  lexer->word = (jn_study_word){lexer->pool, (uint32_t)(to - from), (uint32_t)from, false};
  lexer->pool += to - from + 1;
}

journey_status jn_study_lex_quoted(jn_study_lexer *lexer, journey_error *err) {
  const char *text = lexer->text;
  size_t from = lexer->at, i = from + 1;
  char quote = text[from], *to = lexer->pool;
  for (;; *to++ = text[i++]) {
    if (!text[i])
      return jn_study_fail(lexer->what, JOURNEY_EPARSE, from, err, "no closing %c for the one at byte %zu", quote,
                           from);
    if (text[i] != quote) continue;
    if (text[i + 1] != quote) break;
    i++;
  }
  *to = '\0';
  lexer->word = (jn_study_word){lexer->pool, (uint32_t)(to - lexer->pool), (uint32_t)from, true};
  lexer->pool = to + 1;
  lexer->at = i + 1;
  return JOURNEY_OK;
}

static bool take_sign(jn_study_lexer *lexer) {
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
    size_t n = strlen(signs[i].text);
    if (strncmp(lexer->text + lexer->at, signs[i].text, n)) continue;
    lexer->token = signs[i].token;
    lexer->at += n;
    return true;
  }
  return false;
}

journey_status jn_study_lex(jn_study_lexer *lexer, journey_error *err) {
  jn_study_skip(lexer);
  size_t from = lexer->offset = lexer->at;
  char c = lexer->text[from];
  lexer->token = JN_STUDY_END;
  if (!c || take_sign(lexer)) return JOURNEY_OK;
  lexer->token = c == '[' ? JN_STUDY_STRANGE : JN_STUDY_WORD;
  if (c == '[') return JOURNEY_OK;
  if (c == '\'' || c == '"') return jn_study_lex_quoted(lexer, err);
  while (!ends_word(lexer->text[lexer->at])) lexer->at++;
  jn_study_lex_take(lexer, from, lexer->at);
  return JOURNEY_OK;
}

journey_status jn_study_expected(const jn_study_lexer *lexer, const char *expected, journey_error *err) {
  size_t at = lexer->offset, end = lexer->at > at ? lexer->at : at + 1;
  if (!lexer->text[at]) {
    return jn_study_fail(lexer->what, JOURNEY_EPARSE, at, err, "expected %s at byte %zu, found the end", expected, at);
  }
  return jn_study_fail(lexer->what, JOURNEY_EPARSE, at, err, "expected %s at byte %zu, found '%s'", expected, at,
                       jn_base_quote(lexer->text + at, end - at).text);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

bool jn_study_keyword(const jn_study_lexer *lexer, const char *keyword) {
  if (lexer->token != JN_STUDY_WORD || lexer->word.quoted) return false;
  const char *s = lexer->word.bytes;
  while (*s && lower(*s) == *keyword) s++, keyword++;
  return !*s && !*keyword;
}
