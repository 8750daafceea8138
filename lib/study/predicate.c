/* Reads predicates. The grammar, in which the words and, or, not and in may be written in capitals, too:
 *
 *   predicate  all { ("|" | "or") all }
 *   all        one { ("&" | "and") one }
 *   one        ("!" | "not") one  |  "(" predicate ")"  |  test
 *   test       name                                        there is one
 *              name ("=" | "!=" | "<" | "<=" | ">" | ">=") value
 *              name ("~" | "!~") value                     * is any text, ? one character, \ takes the next as it is
 *              name ["not"] "in" "(" value { "," value } ")"
 *   name       word | quoted        unquoted event, time, value, customer, touchpoint and stage are the event's own;
 *                                   everything else, and all that is quoted, is an attribute
 *   value      word | quoted
 *   word       bytes other than white space and ( ) [ ] , | & ! = < > ~ that do not begin with a quotation mark
 *   quoted     '...' or "...", the quotation mark doubled within
 *
 * "==", "<>", "&&" and "||" are read as "=", "!=", "&" and "|". docs/predicates.md says what it all means.
 *
 * Operators wait on a stack of fixed size for their operands; nothing recurs. */
#include <string.h>

#include "study/internal.h"

journey_status jn_study_parser_new(jn_study_parser *parser, jn_study_arena *arena, const char *what, const char *text,
                                   journey_error *err) {
  *parser = (jn_study_parser){0};
  journey_status status = jn_study_lexer_new(&parser->lexer, arena, what, text, err);
  if (status) return status;
  size_t most = parser->lexer.length + 1; /* each takes a byte at least */
  parser->node = jn_study_take(arena, most, sizeof *parser->node);
  parser->test = jn_study_take(arena, most, sizeof *parser->test);
  parser->value = jn_study_take(arena, most, sizeof *parser->value);
  return parser->node && parser->test && parser->value ? JOURNEY_OK : jn_base_no_memory(err);
}

static journey_status parse_value(jn_study_parser *parser, jn_study_test *test, const char *expected,
                                  journey_error *err) {
  if (parser->lexer.token != JN_STUDY_WORD) return jn_study_expected(&parser->lexer, expected, err);
  bool like = test->relation == JN_STUDY_LIKE || test->relation == JN_STUDY_NOT_LIKE;
  if (like && parser->lexer.word.length > JN_STUDY_MOST_PATTERN) {
    return jn_study_fail(parser->lexer.what, JOURNEY_EPARSE, parser->lexer.offset, err,
                         "the pattern at byte %zu is longer than %d bytes", parser->lexer.offset,
                         JN_STUDY_MOST_PATTERN);
  }
  parser->value[parser->values++] = parser->lexer.word;
  test->values++;
  return jn_study_lex(&parser->lexer, err);
}

/* From "(" to behind ")". */
static journey_status parse_list(jn_study_parser *parser, jn_study_test *test, journey_error *err) {
  jn_study_lexer *lexer = &parser->lexer;
  if (lexer->token != JN_STUDY_OPEN) return jn_study_expected(lexer, "'(' after in", err);
  do {
    journey_status status = jn_study_lex(lexer, err);
    if (!status) status = parse_value(parser, test, "a value of the list", err);
    if (status) return status;
  } while (lexer->token == JN_STUDY_COMMA);
  if (lexer->token != JN_STUDY_CLOSE) return jn_study_expected(lexer, "',' or ')' in the list", err);
  return jn_study_lex(lexer, err);
}

/* The negative relations are the positive ones, negated. */
static void take_relation(jn_study_test *test, int token) {
  test->negated = token == JN_STUDY_NOT_EQUAL || token == JN_STUDY_NOT_LIKE;
  test->relation = token == JN_STUDY_NOT_EQUAL ? JN_STUDY_EQUAL : token == JN_STUDY_NOT_LIKE ? JN_STUDY_LIKE : token;
}

/* What follows a name. */
static journey_status parse_relation(jn_study_parser *parser, jn_study_test *test, journey_error *err) {
  jn_study_lexer *lexer = &parser->lexer;
  journey_status status = JOURNEY_OK;
  if (lexer->token >= JN_STUDY_EQUAL && lexer->token <= JN_STUDY_NOT_LIKE) {
    take_relation(test, lexer->token);
    status = jn_study_lex(lexer, err);
    return status ? status : parse_value(parser, test, "a value", err);
  }
  test->relation = JN_STUDY_EQUAL;
  if (jn_study_keyword(lexer, "not")) {
    test->negated = true;
    status = jn_study_lex(lexer, err);
    if (!status && !jn_study_keyword(lexer, "in")) status = jn_study_expected(lexer, "in after not", err);
    if (status) return status;
  }
  if (jn_study_keyword(lexer, "in")) {
    status = jn_study_lex(lexer, err);
    return status ? status : parse_list(parser, test, err);
  }
  test->relation = JN_STUDY_PRESENT;
  return JOURNEY_OK;
}

static journey_status parse_test(jn_study_parser *parser, journey_error *err) {
  jn_study_lexer *lexer = &parser->lexer;
  if (lexer->token != JN_STUDY_WORD) return jn_study_expected(lexer, "a name, '!' or '('", err);
  if (jn_study_keyword(lexer, "and") || jn_study_keyword(lexer, "or") || jn_study_keyword(lexer, "in")) {
    return jn_study_expected(lexer, "a name, '!' or '('", err);
  }
  jn_study_test *test = &parser->test[parser->tests++];
  *test = (jn_study_test){.name = lexer->word, .value = parser->value + parser->values};
  parser->node[parser->nodes++] = (jn_study_node){JN_STUDY_TEST, test};
  journey_status status = jn_study_lex(lexer, err);
  return status ? status : parse_relation(parser, test, err);
}

/* Operators that wait: at most ( | & ! for each depth. */
typedef struct stack {
  uint32_t count, depth;
  uint8_t kind[4 * (JN_STUDY_MOST_DEPTH + 1)];
} stack;

static int top(const stack *waiting) { return waiting->count ? waiting->kind[waiting->count - 1] : JN_STUDY_END; }
static void push(stack *waiting, int kind) { waiting->kind[waiting->count++] = (uint8_t)kind; }

/* Operators that bind as tight as `kind` or tighter get their operands now. */
static void reduce(jn_study_parser *parser, stack *waiting, int kind) {
  for (int next = top(waiting); next >= JN_STUDY_NOT && next <= kind; next = top(waiting)) {
    parser->node[parser->nodes++] = (jn_study_node){next, NULL};
    waiting->count--;
  }
}

/* "!" and "(" as many as there are, then a test. */
static journey_status parse_operand(jn_study_parser *parser, stack *waiting, journey_error *err) {
  jn_study_lexer *lexer = &parser->lexer;
  journey_status status = JOURNEY_OK;
  for (; !status; status = jn_study_lex(lexer, err)) {
    if (lexer->token == JN_STUDY_NOT || jn_study_keyword(lexer, "not")) {
      if (top(waiting) == JN_STUDY_NOT)
        waiting->count--; /* not not x is x */
      else
        push(waiting, JN_STUDY_NOT);
    } else if (lexer->token == JN_STUDY_OPEN) {
      if (waiting->depth++ == JN_STUDY_MOST_DEPTH) {
        return jn_study_fail(lexer->what, JOURNEY_EPARSE, lexer->offset, err, "more than %d parentheses within another",
                             JN_STUDY_MOST_DEPTH);
      }
      push(waiting, JN_STUDY_OPEN);
    } else {
      return parse_test(parser, err);
    }
  }
  return status;
}

/* ")" as many as there are. */
static journey_status parse_closing(jn_study_parser *parser, stack *waiting, journey_error *err) {
  journey_status status = JOURNEY_OK;
  while (!status && parser->lexer.token == JN_STUDY_CLOSE && waiting->depth) {
    reduce(parser, waiting, JN_STUDY_OR);
    waiting->count--;
    waiting->depth--;
    status = jn_study_lex(&parser->lexer, err);
  }
  return status;
}

static int operator_of(const jn_study_lexer *lexer) {
  if (lexer->token == JN_STUDY_AND || jn_study_keyword(lexer, "and")) return JN_STUDY_AND;
  if (lexer->token == JN_STUDY_OR || jn_study_keyword(lexer, "or")) return JN_STUDY_OR;
  return JN_STUDY_END;
}

static uint32_t depth_of(const jn_study_predicate *predicate) {
  uint32_t depth = 0, most = 0;
  for (uint32_t i = 0; i < predicate->nodes; i++) {
    int kind = predicate->node[i].kind;
    depth += kind == JN_STUDY_TEST;
    depth -= kind == JN_STUDY_AND || kind == JN_STUDY_OR;
    if (depth > most) most = depth;
  }
  return most;
}

journey_status jn_study_parse_until(jn_study_parser *parser, int last, jn_study_predicate *out, journey_error *err) {
  jn_study_lexer *lexer = &parser->lexer;
  stack waiting = {0};
  uint32_t first = parser->nodes;
  for (;;) {
    journey_status status = parse_operand(parser, &waiting, err);
    if (!status) status = parse_closing(parser, &waiting, err);
    if (status) return status;
    int next = operator_of(lexer);
    if (next == JN_STUDY_END) break;
    reduce(parser, &waiting, next);
    push(&waiting, next);
    status = jn_study_lex(lexer, err);
    if (status) return status;
  }
  if (waiting.depth) return jn_study_expected(lexer, "'&', '|' or ')'", err);
  if (lexer->token != last) {
    return jn_study_expected(lexer, last == JN_STUDY_END ? "'&', '|' or the end" : "'&', '|' or ']'", err);
  }
  reduce(parser, &waiting, JN_STUDY_OR);
  *out = (jn_study_predicate){.node = parser->node + first, .nodes = parser->nodes - first};
  out->depth = depth_of(out);
  return JOURNEY_OK;
}

journey_status jn_study_parse_predicate(jn_study_arena *arena, const char *what, const char *text,
                                        jn_study_predicate *out, journey_error *err) {
  jn_study_parser parser;
  journey_status status = jn_study_parser_new(&parser, arena, what, text, err);
  if (!status) status = jn_study_lex(&parser.lexer, err);
  return status ? status : jn_study_parse_until(&parser, JN_STUDY_END, out, err);
}

journey_status jn_study_check_predicate(journey_context *context, const char *text, journey_error *err) {
  jn_study_arena arena = {.context = context};
  jn_study_predicate predicate;
  journey_status status = jn_study_parse_predicate(&arena, NULL, text, &predicate, err);
  jn_study_give_back(&arena);
  return status;
}
