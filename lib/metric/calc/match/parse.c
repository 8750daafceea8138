/* Reads the pattern language into a tree:
 *
 *   pattern   element { link element }
 *   link      { "without" step } ( "then" | "," ) [ "directly" ] { "within" time | "after" [ "at least" ] time }
 *   element   [ "optionally" ] choice { "not followed by" step [ "within" time ]
 *                                     | "not preceded by" step [ "within" time ] }
 *   choice    unit { "or" unit }
 *   unit      ( step | "(" pattern ")" ) [ count [ "in a row" | "each" { "within" time | "after" time } ] ]
 *   count     N "times" | N "to" N "times" | "at least" N "times"
 *
 * A step is written as everywhere; its name ends before a word of this grammar, unless it is quoted. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

enum { MOST_TEXT = 65535, MOST_DEPTH = 32 };

typedef struct reader {
  const journey_host *host;
  const char *text;
  size_t at;
  jn_match_tree *tree;
  journey_error *err;
  int depth;
} reader;

static int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static int is_digit(char c) { return c >= '0' && c <= '9'; }
static int ends_word(char c) { return !c || is_space(c) || strchr("(),[]|", c); }
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static void skip_space(reader *r) {
  while (is_space(r->text[r->at])) r->at++;
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* The length of what to quote: a word, cut between characters. */
static int word_length(const char *s) {
  int n = 1;
  while (n < 40 && !ends_word(s[n])) n++;
  while (n < 48 && (s[n] & 0xc0) == 0x80) n++;
  return n;
}

static journey_status fail_at(const journey_host *host, journey_status code, size_t at, const char *message,
                              journey_error *err) {
  host->fail(host, err, code, message);
  if (err) err->offset = (int64_t)at;
  return code;
}

journey_status jn_match_expected(const journey_host *host, const char *text, size_t at, const char *what,
                                 journey_error *err) {
  char message[256];
  int n = snprintf(message, sizeof message, "option pattern: expected %s at byte %zu, found ", what, at);
  if (n < 0 || (size_t)n >= sizeof message) n = 0;
  if (text[at])
    snprintf(message + n, sizeof message - (size_t)n, "'%.*s'", word_length(text + at), text + at);
  else
    snprintf(message + n, sizeof message - (size_t)n, "the end");
  return fail_at(host, JOURNEY_EPARSE, at, message, err);
}

static journey_status expected(reader *r, const char *what) {
  skip_space(r);
  return jn_match_expected(r->host, r->text, r->at, what, r->err);
}

static journey_status too_many(reader *r, const char *what) {
  return fail_at(r->host, JOURNEY_ELIMIT, r->at, what, r->err);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

/* Where the words of a phrase at `at` end, in capitals or not; 0: they do not stand there. "#" is a number. */
static size_t find_phrase(const char *text, size_t at, const char *phrase) {
  for (;;) {
    size_t from = at;
    while (*phrase == '#' ? is_digit(text[at]) : lower(text[at]) == *phrase && *phrase && *phrase != ' ') {
      at++;
      phrase += *phrase != '#';
    }
    if (*phrase == '#' && at > from) phrase++;
    if (at == from || (*phrase && *phrase != ' ') || !ends_word(text[at])) return 0;
    if (!*phrase) return at;
    phrase++;
    while (is_space(text[at])) at++;
  }
}

static int accept(reader *r, const char *phrase) {
  skip_space(r);
  size_t end = find_phrase(r->text, r->at, phrase);
  if (end) r->at = end;
  return end > 0;
}

static int accept_sign(reader *r, char sign) {
  skip_space(r);
  if (r->text[r->at] != sign) return 0;
  r->at++;
  return 1;
}

/* What ends a name. */
static int at_keyword(const char *text, size_t at) {
  static const char *const phrases[] = {"then",         "or",      "without",         "within",         "optionally",
                                        "# to # times", "# times", "not followed by", "not preceded by",
                                        "at least # times"};
  for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
    if (find_phrase(text, at, phrases[i])) return 1;
  }
  return 0;
}

static uint32_t read_number(reader *r) {
  uint32_t number = 0;
  skip_space(r);
  for (; is_digit(r->text[r->at]); r->at++) {
    if (number <= JN_MATCH_MOST) number = number * 10 + (uint32_t)(r->text[r->at] - '0');
  }
  return number;
}

/* "1d 12h": words of digits and a unit. */
static size_t duration_end(const char *text, size_t at) {
  size_t end = at;
  for (;;) {
    size_t i = at;
    while (is_digit(text[i]) || (text[i] == '.' && i > at)) i++;
    if (i == at || ends_word(text[i])) return end;
    while (!ends_word(text[i])) i++;
    end = at = i;
    while (is_space(text[at])) at++;
  }
}

static journey_status read_time(reader *r, int64_t *out) {
  skip_space(r);
  size_t from = r->at, end = duration_end(r->text, from);
  journey_error why;
  if (end == from) return expected(r, "a time such as 30m or 7d");
  r->at = end;
  journey_status status = r->host->parse_duration(r->host, r->text + from, end - from, out, &why);
  if (status == JOURNEY_OK) return status;
  char message[JOURNEY_ERROR_MESSAGE_SIZE];
  snprintf(message, sizeof message, "option pattern: at byte %zu: %.300s", from, why.message);
  return fail_at(r->host, status, from, message, r->err);
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

/* A quoted text; the mark itself is doubled within. */
static journey_status skip_quoted(reader *r) {
  size_t from = r->at;
  char quote = r->text[r->at++];
  for (; r->text[r->at]; r->at++) {
    if (r->text[r->at] != quote) continue;
    if (r->text[++r->at] != quote) return JOURNEY_OK;
  }
  r->at = from;
  return expected(r, "a closing quotation mark for the one");
}

/* "[...]": a quotation mark at the beginning of a word begins a quoted one. */
static journey_status skip_predicate(reader *r) {
  size_t from = r->at++;
  while (r->text[r->at] && r->text[r->at] != ']') {
    char c = r->text[r->at], before = r->text[r->at - 1];
    if ((c == '\'' || c == '"') && (is_space(before) || strchr("()[],|&!=<>~", before))) {
      journey_status status = skip_quoted(r);
      if (status != JOURNEY_OK) return status;
    } else {
      r->at++;
    }
  }
  if (r->text[r->at++]) return JOURNEY_OK;
  r->at = from;
  return expected(r, "a closing ']' for the one");
}

static journey_status skip_name(reader *r) {
  skip_space(r);
  if (r->text[r->at] == '\'' || r->text[r->at] == '"') return skip_quoted(r);
  size_t from = r->at;
  for (; r->text[r->at] && !strchr("(),[]|", r->text[r->at]); r->at++) {
    if (!strncmp(r->text + r->at, ":=", 2)) break;
    if ((r->at == from || is_space(r->text[r->at - 1])) && at_keyword(r->text, r->at)) break;
  }
  return r->at > from ? JOURNEY_OK : expected(r, "a step");
}

/* [ label ":=" ] name [ "[" predicate "]" ] { "|" name [ ... ] }: where it ends is all that is looked for here. */
static journey_status skip_step(reader *r) {
  for (;;) {
    journey_status status = skip_name(r);
    size_t end = r->at;
    skip_space(r);
    if (status == JOURNEY_OK && r->text[r->at] == '[') {
      status = skip_predicate(r);
      end = r->at;
      skip_space(r);
    }
    if (status != JOURNEY_OK) return status;
    if (r->text[r->at] == '|')
      r->at++;
    else if (!strncmp(r->text + r->at, ":=", 2))
      r->at += 2;
    else {
      r->at = end;
      return JOURNEY_OK;
    }
  }
}

/* The same text is the same condition. */
static journey_status read_condition(reader *r, uint32_t *out) {
  jn_match_tree *tree = r->tree;
  skip_space(r);
  size_t from = r->at;
  journey_status status = skip_step(r);
  if (status != JOURNEY_OK) return status;
  size_t to = r->at;
  while (is_space(r->text[to - 1])) to--;
  for (*out = 0; *out < tree->conditions; ++*out) {
    const jn_match_text *other = &tree->condition[*out];
    if (other->to - other->from == to - from && !memcmp(r->text + other->from, r->text + from, to - from)) {
      return JOURNEY_OK;
    }
  }
  if (tree->conditions == JN_MATCH_MOST) return too_many(r, "option pattern: more than 64 different steps");
  tree->condition[tree->conditions++] = (jn_match_text){from, to};
  return JOURNEY_OK;
}

/* ---- the grammar ------------------------------------------------------------------------------------------------- */

static journey_status add_node(reader *r, const jn_match_node *node, uint32_t *out) {
  if (r->tree->nodes == JN_MATCH_MOST_NODES) return too_many(r, "option pattern: too long");
  *out = r->tree->nodes;
  r->tree->node[r->tree->nodes++] = *node;
  return JOURNEY_OK;
}

static journey_status read_step(reader *r, uint32_t *out) {
  jn_match_tree *tree = r->tree;
  jn_match_node node = {.kind = JN_MATCH_STEP, .element = tree->elements};
  if (tree->elements == JN_MATCH_MOST) return too_many(r, "option pattern: more than 64 steps");
  journey_status status = read_condition(r, &node.condition);
  if (status != JOURNEY_OK) return status;
  tree->element[tree->elements++] = node.condition;
  return add_node(r, &node, out);
}

static journey_status read_times(reader *r, jn_match_link *link) {
  journey_status status = JOURNEY_OK;
  while (status == JOURNEY_OK) {
    size_t from = (skip_space(r), r->at);
    if (accept(r, "within")) {
      status = read_time(r, &link->most);
    } else if (accept(r, "after at least") || accept(r, "after")) {
      skip_space(r);
      if (duration_end(r->text, r->at) == r->at) { /* a name that begins with "after" */
        r->at = from;
        return status;
      }
      status = read_time(r, &link->least);
    } else {
      return link->least > link->most ? expected(r, "no longer \"after\" than \"within\"") : status;
    }
  }
  return status;
}

static journey_status read_pattern(reader *r, uint32_t *out);

static journey_status read_group(reader *r, uint32_t *out) {
  if (r->depth == MOST_DEPTH) return too_many(r, "option pattern: more than 32 parentheses within one another");
  r->depth++;
  journey_status status = read_pattern(r, out);
  r->depth--;
  if (status != JOURNEY_OK || accept_sign(r, ')')) return status;
  return expected(r, "'then', 'or' or ')'");
}

static journey_status read_bounds(reader *r, jn_match_node *node) {
  size_t from = r->at;
  int open = accept(r, "at least");
  node->minimum = read_number(r);
  node->limit = accept(r, "to") ? read_number(r) : node->minimum;
  if (node->limit < node->minimum || node->limit == 0 || node->limit > JN_MATCH_MOST) {
    r->at = from;
    return expected(r, "numbers from 1 to 64, the lower first,");
  }
  if (open) node->limit = 0;
  accept(r, "times");
  if (accept(r, "in a row")) node->link.direct = 1;
  if (!accept(r, "each")) return JOURNEY_OK;
  skip_space(r);
  from = r->at;
  journey_status status = read_times(r, &node->link);
  return status == JOURNEY_OK && r->at == from ? expected(r, "'within' or 'after'") : status;
}

static journey_status read_unit(reader *r, uint32_t *out) {
  journey_status status = accept_sign(r, '(') ? read_group(r, out) : read_step(r, out);
  if (status != JOURNEY_OK) return status;
  skip_space(r);
  if (!find_phrase(r->text, r->at, "# times") && !find_phrase(r->text, r->at, "# to # times") &&
      !find_phrase(r->text, r->at, "at least # times")) {
    return status;
  }
  jn_match_node node = {.kind = JN_MATCH_REPEAT, .left = *out, .link = jn_match_any_link};
  status = read_bounds(r, &node);
  return status == JOURNEY_OK ? add_node(r, &node, out) : status;
}

static journey_status read_choice(reader *r, uint32_t *out) {
  journey_status status = read_unit(r, out);
  while (status == JOURNEY_OK && accept(r, "or")) {
    jn_match_node node = {.kind = JN_MATCH_OR, .left = *out};
    status = read_unit(r, &node.right);
    if (status == JOURNEY_OK) status = add_node(r, &node, out);
  }
  return status;
}

static journey_status read_guard(reader *r, int32_t after, uint32_t *out) {
  jn_match_node node = {.kind = JN_MATCH_GUARD, .left = *out, .after = after, .within = INT64_MAX};
  journey_status status = read_condition(r, &node.condition);
  if (status == JOURNEY_OK && accept(r, "within")) status = read_time(r, &node.within);
  return status == JOURNEY_OK ? add_node(r, &node, out) : status;
}

static journey_status read_element(reader *r, uint32_t *out) {
  int optional = accept(r, "optionally");
  journey_status status = read_choice(r, out);
  while (status == JOURNEY_OK) {
    if (accept(r, "not followed by"))
      status = read_guard(r, 1, out);
    else if (accept(r, "not preceded by"))
      status = read_guard(r, 0, out);
    else
      break;
  }
  if (status != JOURNEY_OK || !optional) return status;
  jn_match_node node = {.kind = JN_MATCH_REPEAT, .left = *out, .limit = 1, .link = jn_match_any_link};
  return add_node(r, &node, out);
}

/* *found is 0 when there is no link. */
static journey_status read_link(reader *r, jn_match_link *link, int *found) {
  journey_status status = JOURNEY_OK;
  uint32_t condition;
  *link = jn_match_any_link;
  *found = 0;
  while (status == JOURNEY_OK && accept(r, "without")) {
    status = read_condition(r, &condition);
    if (status == JOURNEY_OK) link->without |= UINT64_C(1) << condition;
  }
  if (status != JOURNEY_OK) return status;
  *found = accept(r, "then") || accept_sign(r, ',');
  if (!*found) return link->without ? expected(r, "'then'") : status;
  link->direct = accept(r, "directly");
  return read_times(r, link);
}

static journey_status read_pattern(reader *r, uint32_t *out) {
  jn_match_node node = {.kind = JN_MATCH_THEN};
  journey_status status = read_element(r, out);
  for (int found = 1; status == JOURNEY_OK;) {
    node.left = *out;
    status = read_link(r, &node.link, &found);
    if (status != JOURNEY_OK || !found) return status;
    status = read_element(r, &node.right);
    if (status == JOURNEY_OK) status = add_node(r, &node, out);
  }
  return status;
}

journey_status jn_match_parse(const journey_host *host, const char *text, jn_match_tree *tree, journey_error *err) {
  reader r = {.host = host, .text = text, .tree = tree, .err = err};
  uint32_t root;
  tree->nodes = tree->conditions = tree->elements = 0;
  if (strlen(text) > MOST_TEXT) {
    r.at = MOST_TEXT;
    return too_many(&r, "option pattern: longer than 65535 bytes");
  }
  journey_status status = read_pattern(&r, &root);
  skip_space(&r);
  if (status == JOURNEY_OK && text[r.at]) status = expected(&r, "'then', 'or' or the end");
  return status;
}
