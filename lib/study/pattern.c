/* Reads step patterns:
 *
 *   steps        step { "," step }
 *   step         [ label ":=" ] alternative { "|" alternative }
 *   alternative  name [ "[" predicate "]" ]
 *   name         quoted: this very name; or bytes other than , | [ ] and := that do not begin with a quotation mark:
 *                this very name, spaces within included, or a pattern if it holds * or ? (\ takes the next character as
 *                it is)
 *   label        as a name: what tables call the step, instead of its text
 *
 * The predicate's grammar is at the top of predicate.c. */
#include <string.h>

#include "study/internal.h"

typedef struct reader {
  jn_study_parser parser;
  jn_study_arena *arena;
  jn_study_alternative *alternative; /* room for all of the text */
  uint32_t alternatives, costly;
} reader;

static bool ends_name(const char *s) { return !*s || strchr(",|[]", *s) || (s[0] == ':' && s[1] == '='); }

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* A name into lexer->word; afterwards the lexer stands before what ends it. */
static journey_status read_name(jn_study_lexer *lexer, journey_error *err) {
  jn_study_skip(lexer);
  size_t from = lexer->offset = lexer->at, to = from;
  char c = lexer->text[from];
  if (c == '\'' || c == '"') {
    journey_status status = jn_study_lex_quoted(lexer, err);
    jn_study_skip(lexer);
    return status;
  }
  while (!ends_name(lexer->text + to)) to++;
  lexer->at = to;
  while (to > from && is_space(lexer->text[to - 1])) to--;
  if (to > from) {
    jn_study_lex_take(lexer, from, to);
    return JOURNEY_OK;
  }
  return jn_study_expected(lexer, "an event name", err);
}

/* Wildcards and predicates cost time for every event name or every event. */
static journey_status count_cost(reader *r, size_t offset, journey_error *err) {
  if (r->costly++ < JN_STUDY_MOST_COSTLY) return JOURNEY_OK;
  return jn_study_fail(r->parser.lexer.what, JOURNEY_EPARSE, offset, err, "more than %d wildcards and predicates",
                       JN_STUDY_MOST_COSTLY);
}

static journey_status take_name(reader *r, jn_study_alternative *alternative, journey_error *err) {
  const jn_study_lexer *lexer = &r->parser.lexer;
  *alternative = (jn_study_alternative){.name = lexer->word};
  alternative->wild = !lexer->word.quoted && jn_study_wild(lexer->word.bytes, lexer->word.length);
  if (!alternative->wild) return JOURNEY_OK;
  if (lexer->word.length > JN_STUDY_MOST_PATTERN) {
    return jn_study_fail(lexer->what, JOURNEY_EPARSE, lexer->offset, err,
                         "the pattern at byte %zu is longer than %d "
                         "bytes",
                         lexer->offset, JN_STUDY_MOST_PATTERN);
  }
  return count_cost(r, lexer->offset, err);
}

/* "[" predicate "]", if there is one. */
static journey_status read_guard(reader *r, jn_study_alternative *alternative, journey_error *err) {
  jn_study_lexer *lexer = &r->parser.lexer;
  if (lexer->text[lexer->at] != '[') return JOURNEY_OK;
  journey_status status = count_cost(r, lexer->at++, err);
  if (!status) status = jn_study_lex(lexer, err);
  if (!status) status = jn_study_parse_until(&r->parser, JN_STUDY_BRACKET, &alternative->predicate, err);
  alternative->guarded = true;
  jn_study_skip(lexer);
  return status;
}

/* The first name may turn out to be a label; *label is then NUL-terminated, otherwise NULL. */
static journey_status read_alternatives(reader *r, jn_study_step *step, const char **label, journey_error *err) {
  jn_study_lexer *lexer = &r->parser.lexer;
  step->alternative = r->alternative + r->alternatives;
  for (;;) {
    journey_status status = read_name(lexer, err);
    if (status) return status;
    if (!*label && !step->alternatives && !strncmp(lexer->text + lexer->at, ":=", 2)) {
      *label = lexer->word.bytes;
      lexer->at += 2;
      continue;
    }
    jn_study_alternative *alternative = &r->alternative[r->alternatives++];
    step->alternatives++;
    status = take_name(r, alternative, err);
    if (!status) status = read_guard(r, alternative, err);
    if (status) return status;
    if (lexer->text[lexer->at] != '|') return JOURNEY_OK;
    lexer->at++;
  }
}

static journey_status read_step(reader *r, jn_study_step *step, journey_error *err) {
  jn_study_lexer *lexer = &r->parser.lexer;
  jn_study_skip(lexer);
  size_t from = lexer->at;
  const char *label = NULL;
  journey_status status = read_alternatives(r, step, &label, err);
  if (status) return status;
  size_t to = lexer->at;
  while (to > from && is_space(lexer->text[to - 1])) to--;
  step->name = label ? label : jn_study_take_text(r->arena, lexer->text + from, to - from);
  return step->name ? JOURNEY_OK : jn_base_no_memory(err);
}

static journey_status read_steps(reader *r, jn_study_step *step, uint32_t most, uint32_t *count, journey_error *err) {
  jn_study_lexer *lexer = &r->parser.lexer;
  for (*count = 0;; lexer->at++) {
    if (*count == most) {
      return jn_study_fail(lexer->what, JOURNEY_EPARSE, lexer->at, err, "more than %u step%s", (unsigned)most,
                           most == 1 ? "" : "s");
    }
    journey_status status = read_step(r, &step[(*count)++], err);
    if (status) return status;
    lexer->offset = lexer->at;
    if (!lexer->text[lexer->at]) return JOURNEY_OK;
    if (lexer->text[lexer->at] != ',') return jn_study_expected(lexer, "',', '|', '[' or the end", err);
  }
}

journey_status jn_study_parse_steps(jn_study_arena *arena, const char *what, const char *text, uint32_t most,
                                    jn_study_pattern *out, journey_error *err) {
  reader r = {.arena = arena};
  if (most > JN_STUDY_MOST_STEPS) most = JN_STUDY_MOST_STEPS;
  journey_status status = jn_study_parser_new(&r.parser, arena, what, text, err);
  if (status) return status;
  r.alternative = jn_study_take(arena, r.parser.lexer.length / 2 + 1, sizeof *r.alternative);
  jn_study_step *step = jn_study_take(arena, most, sizeof *step);
  if (!r.alternative || !step) return jn_base_no_memory(err);
  out->step = step;
  return read_steps(&r, step, most, &out->steps, err);
}

journey_status jn_study_check_steps(journey_context *context, const char *text, uint32_t most, journey_error *err) {
  jn_study_arena arena = {.context = context};
  jn_study_pattern pattern;
  journey_status status = jn_study_parse_steps(&arena, NULL, text, most, &pattern, err);
  jn_study_give_back(&arena);
  return status;
}

static bool plain(const char *name, size_t n) {
  if (!n || is_space(name[0]) || is_space(name[n - 1]) || name[0] == '\'' || name[0] == '"') return false;
  if (!strcmp(name, "auto")) return false;
  for (size_t i = 0; i < n; i++) {
    if (ends_name(name + i) || name[i] == '*' || name[i] == '?') return false;
  }
  return true;
}

void jn_study_put_name(jn_base_text *text, const char *name, size_t n) {
  if (plain(name, n)) {
    jn_base_text_add(text, name, n);
    return;
  }
  jn_base_text_add(text, "'", 1);
  for (size_t i = 0; i < n; i++) {
    if (name[i] == '\'') jn_base_text_add(text, "'", 1);
    jn_base_text_add(text, name + i, 1);
  }
  jn_base_text_add(text, "'", 1);
}
