/* Random predicates as trees: written in many ways, and evaluated one event at a time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study_model.h"

enum { AND, OR, NOT, TEST };
enum { EVENT, COUNTRY, ZIP, CUSTOMER, VALUE, SCORE, TIME, TOUCHPOINT, STAGE, SUBJECTS };
enum { EQUAL, UNEQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, LIKE, UNLIKE, IN, NOT_IN, PRESENT, RELATIONS };
enum { MOST_VALUES = 3 };

struct model_tree {
  int kind;
  model_tree *left, *right;
  int subject, relation, values;
  const char *text[MOST_VALUES]; /* as written, without quotation marks */
  bool quoted[MOST_VALUES];
};

static const char *const subjects[] = {"event", "country", "'zip code'", "customer", "value",
                                       "score", "time",    "touchpoint", "stage"};
static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">=", "~", "!~"};
static const char *const numbers[] = {"-3", "0", "1", "2.0", "1e0", ".5", "+1.5", "-0", "7", "99"};
static const char *const times[] = {"2024-01-02",
                                    "2024-01-03T12:00:00Z",
                                    "2024-01-04T00:00:00+02:00",
                                    "20240105",
                                    "2024-01-02T10:00",
                                    "1704196800",
                                    "2023-12-31",
                                    "2030-01-01"};
static const char *const patterns[] = {"*",   "?",    "*e*", "email_*", "??",   "c1*",
                                       "\\*", "a\\*", "*s*", "0*4",     "it's", "c?"};
static const char *const ids[] = {"c0", "c1", "c2", "c10", "c99", "t0", "t1", "s1", "s2"};

/* ---- making ------------------------------------------------------------------------------------------------------ */

static const char *random_value(const model_tree *tree, model_random *random) {
  if (tree->relation == LIKE || tree->relation == UNLIKE) return patterns[model_below(random, 12)];
  switch (tree->subject) {
  case EVENT: return model_names[model_below(random, 8)];
  case COUNTRY: return model_countries[model_below(random, 7)];
  case ZIP: return model_below(random, 2) ? model_zips[model_below(random, 5)] : numbers[model_below(random, 10)];
  case VALUE:
  case SCORE: return numbers[model_below(random, 10)];
  case TIME: return times[model_below(random, 8)];
  default: return ids[model_below(random, 9)];
  }
}

static void fill_test(model_tree *tree, model_random *random, bool bound) {
  tree->subject = model_below(random, bound ? SUBJECTS : TOUCHPOINT);
  do {
    tree->relation = model_below(random, RELATIONS);
  } while (tree->subject >= VALUE && tree->subject <= TIME && (tree->relation == LIKE || tree->relation == UNLIKE));
  tree->values = tree->relation == PRESENT ? 0 : tree->relation >= IN ? 1 + model_below(random, MOST_VALUES) : 1;
  for (int i = 0; i < tree->values; i++) {
    tree->text[i] = random_value(tree, random);
    tree->quoted[i] = !*tree->text[i] || strpbrk(tree->text[i], " ,|[]()&!=<>~'") || !model_below(random, 3);
  }
}

model_tree *model_tree_new(model_random *random, int depth, bool bound) {
  model_tree *tree = calloc(1, sizeof *tree);
  tree->kind = depth == 0 ? TEST : model_below(random, 4);
  if (tree->kind == TEST)
    fill_test(tree, random, bound);
  else
    tree->left = model_tree_new(random, depth - 1, bound);
  if (tree->kind < NOT) tree->right = model_tree_new(random, depth - 1, bound);
  return tree;
}

void model_tree_free(model_tree *tree) {
  if (!tree) return;
  model_tree_free(tree->left);
  model_tree_free(tree->right);
  free(tree);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static const char *choose(model_random *random, const char *a, const char *b, const char *c) {
  int i = model_below(random, 3);
  return i == 0 ? a : i == 1 ? b : c;
}

static void put_value(FILE *out, const model_tree *tree, int i, model_random *random) {
  char mark = model_below(random, 2) ? '\'' : '"';
  if (!tree->quoted[i]) {
    fputs(tree->text[i], out);
    return;
  }
  fputc(mark, out);
  for (const char *s = tree->text[i]; *s; s++) {
    if (*s == mark) fputc(mark, out);
    fputc(*s, out);
  }
  fputc(mark, out);
}

static void put_test(FILE *out, const model_tree *tree, model_random *random) {
  const char *space = model_below(random, 2) ? " " : "";
  fputs(subjects[tree->subject], out);
  if (tree->relation == PRESENT) return;
  if (tree->relation < IN) {
    const char *sign = tree->relation == UNEQUAL && model_below(random, 2) ? "<>" : signs[tree->relation];
    fprintf(out, "%s%s%s", space, tree->relation == EQUAL && model_below(random, 2) ? "==" : sign, space);
    put_value(out, tree, 0, random);
    return;
  }
  fprintf(out, " %s%s%s(", tree->relation == NOT_IN ? "not " : "", choose(random, "in", "IN", "In"), space);
  for (int i = 0; i < tree->values; i++) {
    fputs(i ? "," : "", out);
    fputs(space, out);
    put_value(out, tree, i, random);
  }
  fputs(")", out);
}

static int tightness(const model_tree *tree) { return tree->kind == OR ? 0 : tree->kind == AND ? 1 : 2; }

static void put(FILE *out, const model_tree *tree, int least, model_random *random) {
  bool parentheses = tightness(tree) < least || !model_below(random, 4);
  fputs(parentheses ? choose(random, "(", "( ", " (") : "", out);
  if (tree->kind == TEST) {
    put_test(out, tree, random);
  } else if (tree->kind == NOT) {
    fputs(choose(random, "!", "not ", "NOT "), out);
    put(out, tree->left, 2, random);
  } else {
    put(out, tree->left, tightness(tree), random);
    fputs(tree->kind == AND ? choose(random, "&", " and ", " && ") : choose(random, "|", " or ", " || "), out);
    put(out, tree->right, tightness(tree) + model_below(random, 2), random);
  }
  fputs(parentheses ? ")" : "", out);
}

char *model_tree_text(const model_tree *tree, model_random *random) {
  char *text;
  size_t n;
  FILE *out = open_memstream(&text, &n);
  put(out, tree, 0, random);
  fclose(out);
  return text;
}

/* ---- meaning ----------------------------------------------------------------------------------------------------- */

static size_t character(const char *s) {
  size_t n = 1;
  while (((unsigned char)s[n] & 0xC0) == 0x80) n++;
  return n;
}

bool model_like(const char *pattern, const char *s) {
  if (!*pattern) return !*s;
  if (*pattern == '*') return model_like(pattern + 1, s) || (*s && model_like(pattern, s + 1));
  if (*pattern == '?') return *s && model_like(pattern + 1, s + character(s));
  if (*pattern == '\\' && pattern[1]) pattern++;
  return *pattern == *s && model_like(pattern + 1, s + 1);
}

static bool is_number(const char *s, double *x) {
  char *end;
  if (!*s || !strchr("0123456789.+-", *s)) return false;
  *x = strtod(s, &end);
  return !*end;
}

static bool in_order(int relation, int order) {
  if (relation == LESS) return order < 0;
  if (relation == LESS_EQUAL) return order <= 0;
  if (relation == GREATER) return order > 0;
  return order >= 0;
}

static bool equals(const model_tree *tree, int i, const char *s) {
  double x, y;
  if (!strcmp(tree->text[i], s)) return true;
  return !tree->quoted[i] && is_number(tree->text[i], &x) && is_number(s, &y) && x == y;
}

static bool text_holds(const model_tree *tree, const char *s) {
  double x, y;
  bool any = false;
  for (int i = 0; i < tree->values; i++) any = any || equals(tree, i, s);
  switch (tree->relation) {
  case PRESENT: return true;
  case EQUAL:
  case IN: return any;
  case UNEQUAL:
  case NOT_IN: return !any;
  case LIKE: return model_like(tree->text[0], s);
  case UNLIKE: return !model_like(tree->text[0], s);
  default:
    if (tree->quoted[0] || !is_number(tree->text[0], &x)) return in_order(tree->relation, strcmp(s, tree->text[0]));
    return is_number(s, &y) && in_order(tree->relation, (y > x) - (y < x));
  }
}

/* Order of x to the range [low, high]. */
static int order_of(double x, double low, double high) { return x < low ? -1 : x > high; }

static bool range_holds(const model_tree *tree, double x, const double *low, const double *high) {
  bool any = false;
  for (int i = 0; i < tree->values; i++) any = any || order_of(x, low[i], high[i]) == 0;
  if (tree->relation == PRESENT) return true;
  if (tree->relation == EQUAL || tree->relation == IN) return any;
  if (tree->relation == UNEQUAL || tree->relation == NOT_IN) return !any;
  return in_order(tree->relation, order_of(x, low[0], high[0]));
}

static bool number_holds(const model_tree *tree, double x) {
  double y[MOST_VALUES];
  for (int i = 0; i < tree->values; i++) is_number(tree->text[i], &y[i]);
  return !isnan(x) && range_holds(tree, x, y, y);
}

/* What `times` mean, in microseconds: first and last; doubles hold them exactly. */
static bool time_holds(const model_tree *tree, int64_t time) {
  static const double first[] = {1704153600e6, 1704283200e6, 1704319200e6, 1704412800e6,
                                 1704189600e6, 1704196800e6, 1703980800e6, 1893456000e6};
  static const bool day[] = {true, false, false, true, false, false, true, true};
  double low[MOST_VALUES], high[MOST_VALUES];
  for (int i = 0; i < tree->values; i++) {
    int k = 0;
    while (strcmp(times[k], tree->text[i])) k++;
    low[i] = first[k];
    high[i] = first[k] + (day[k] ? 86400e6 - 1 : 0);
  }
  return range_holds(tree, (double)time, low, high);
}

static bool element_holds(const model_tree *tree, char prefix, const char *name, int i) {
  char id[16];
  model_tree positive = *tree;
  if (i < 0) return false;
  snprintf(id, sizeof id, "%c%d", prefix, i);
  bool negative = tree->relation == UNEQUAL || tree->relation == NOT_IN || tree->relation == UNLIKE;
  if (negative) positive.relation--;
  return (text_holds(&positive, id) || text_holds(&positive, name)) != negative;
}

static bool test_holds(const model_tree *tree, const model_event *event) {
  char id[16];
  snprintf(id, sizeof id, "c%d", event->customer);
  switch (tree->subject) {
  case EVENT: return text_holds(tree, model_names[event->name]);
  case COUNTRY: return event->country >= 0 && text_holds(tree, model_countries[event->country]);
  case ZIP: return event->zip >= 0 && text_holds(tree, model_zips[event->zip]);
  case CUSTOMER: return text_holds(tree, id);
  case VALUE: return number_holds(tree, event->value);
  case SCORE: return number_holds(tree, event->score);
  case TIME: return time_holds(tree, event->time);
  case TOUCHPOINT: return element_holds(tree, 't', "Touchpoint", event->touchpoint);
  default: return element_holds(tree, 's', "Stage", event->stage);
  }
}

bool model_holds(const model_tree *tree, const model_event *event) {
  switch (tree->kind) {
  case AND: return model_holds(tree->left, event) && model_holds(tree->right, event);
  case OR: return model_holds(tree->left, event) || model_holds(tree->right, event);
  case NOT: return !model_holds(tree->left, event);
  default: return test_holds(tree, event);
  }
}
