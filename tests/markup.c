/* Pages and pictures, taken down and read back. */
#include "markup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "check_main.h"
#include "draw/svg.h"

journey_status markup_write(void *user, const char *bytes, size_t n) {
  markup *m = user;
  m->bytes = realloc(m->bytes, m->length + n + 1);
  memcpy(m->bytes + m->length, bytes, n);
  m->length += n;
  m->bytes[m->length] = '\0';
  return JOURNEY_OK;
}

void markup_free(markup *m) {
  free(m->bytes);
  *m = (markup){0};
}

int markup_count(const markup *m, const char *what) {
  int n = 0;
  for (const char *s = m->bytes; (s = strstr(s, what)) != NULL; s += strlen(what)) n++;
  return n;
}

bool markup_has(const markup *m, const char *what) { return strstr(m->bytes, what) != NULL; }

/* ---- the checker ------------------------------------------------------------------------------------------------- */

enum { DEEPEST = 64, MOST_IDS = 256 };

typedef struct checker {
  const char *at, *start;
  bool html;
  int depth, ids;
  char open[DEEPEST][24], id[MOST_IDS][80];
} checker;

/* An assertion of Check costs a system call; there are some for each byte. */
static void require(const checker *c, bool right, const char *what) {
  if (!right) ck_abort_msg("%s at byte %ld: %.60s", what, (long)(c->at - c->start), c->at);
}

static void step_name(checker *c, char *out, size_t size) {
  size_t n = strcspn(c->at, " \t\n/>=\"'<");
  require(c, n > 0 && n < size, "a name");
  snprintf(out, size, "%.*s", (int)n, c->at);
  c->at += n;
}

static void step_entity(checker *c) {
  static const char *const known[] = {"&lt;", "&gt;", "&amp;", "&quot;"};
  for (size_t i = 0; i < 4; i++) {
    if (strncmp(c->at, known[i], strlen(known[i])) != 0) continue;
    c->at += strlen(known[i]);
    return;
  }
  require(c, false, "a known entity");
}

static void step_attribute(checker *c, char seen[][24], int count) {
  step_name(c, seen[count], 24);
  for (int i = 0; i < count; i++) require(c, strcmp(seen[i], seen[count]) != 0, "an attribute once");
  if (c->html && *c->at != '=') return; /* <details open> */
  require(c, c->at[0] == '=' && c->at[1] == '"', "a quoted value");
  const char *value = c->at += 2;
  while (*c->at && *c->at != '"') {
    require(c, *c->at != '<', "no < in a value");
    if (*c->at == '&')
      step_entity(c);
    else
      c->at++;
  }
  require(c, *c->at == '"', "the end of a value");
  if (strcmp(seen[count], "id") == 0) {
    require(c, c->ids < MOST_IDS, "not that many ids");
    snprintf(c->id[c->ids], 80, "%.*s", (int)(c->at - value), value);
    for (int i = 0; i < c->ids; i++) require(c, strcmp(c->id[i], c->id[c->ids]) != 0, "an id once");
    c->ids++;
  }
  c->at++;
}

static void step_begin(checker *c) {
  char seen[16][24];
  int count = 0;
  require(c, c->depth < DEEPEST, "not that deep");
  char *name = c->open[c->depth++];
  step_name(c, name, 24);
  for (;;) {
    size_t blanks = strspn(c->at, " \n");
    c->at += blanks;
    if (*c->at == '>' || *c->at == '/') break;
    require(c, blanks > 0 && count < 16, "a blank before an attribute");
    step_attribute(c, seen, count++);
  }
  bool closed = *c->at == '/';
  c->at += closed;
  require(c, *c->at == '>', "the end of a tag");
  c->at++;
  if (closed || (c->html && strcmp(name, "meta") == 0))
    c->depth--;
  else if (c->html && strcmp(name, "style") == 0) {
    c->at = strstr(c->at, "</style>");
    ck_assert_ptr_nonnull(c->at);
  }
}

static void step_end(checker *c) {
  char name[24];
  step_name(c, name, sizeof name);
  require(c, c->depth > 0 && strcmp(c->open[c->depth - 1], name) == 0, "the end of what was begun last");
  c->depth--;
  require(c, *c->at == '>', "the end of a tag");
  c->at++;
}

void markup_check(const markup *m, bool html) {
  checker *c = calloc(1, sizeof *c);
  size_t bad = 0;
  if (!jn_base_utf8(m->bytes, m->length, &bad)) {
    ck_abort_msg("UTF-8 at byte %zu: %.100s", bad, m->bytes + (bad > 60 ? bad - 60 : 0));
  }
  ck_assert_uint_eq(strlen(m->bytes), m->length);
  for (size_t i = 0; i < m->length; i++) {
    if (m->bytes[i] != '\n' && (unsigned char)m->bytes[i] < ' ') ck_abort_msg("a control character at byte %zu", i);
  }
  c->at = c->start = m->bytes;
  c->html = html;
  if (html && strncmp(c->at, "<!DOCTYPE html>\n", 16) == 0) c->at += 16;
  while (*c->at) {
    if (*c->at == '&')
      step_entity(c);
    else if (*c->at == '<' && c->at[1] == '/')
      c->at += 2, step_end(c);
    else if (*c->at == '<')
      c->at++, step_begin(c);
    else {
      require(c, *c->at != '>' && (c->depth > 0 || *c->at == '\n'), "no text here");
      c->at++;
    }
  }
  require(c, c->depth == 0, "all elements closed");
  free(c);
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static double number(const char *tag, const char *name) {
  char key[24];
  snprintf(key, sizeof key, " %s=\"", name);
  const char *s = strstr(tag, key);
  ck_assert_msg(s != NULL, "%s in %.80s", name, tag);
  return strtod(s + strlen(key), NULL);
}

static void decode(const char *s, size_t n, char *out) {
  static const char *const entity[] = {"&lt;", "&gt;", "&amp;", "&quot;"};
  for (size_t i = 0; i < n;) {
    size_t k = 0;
    while (k < 4 && strncmp(s + i, entity[k], strlen(entity[k])) != 0) k++;
    *out++ = k < 4 ? "<>&\""[k] : s[i];
    i += k < 4 ? strlen(entity[k]) : 1;
  }
  *out = '\0';
}

static const char *read_text(const char *tag, markup_text *t) {
  char css[32], text[1200];
  const char *begin = strchr(tag, '>') + 1, *end = strstr(begin, "</text>");
  ck_assert(end && end - begin < 1200);
  snprintf(css, sizeof css, "%.*s", (int)strcspn(tag + 13, "\""), tag + 13); /* <text class="... */
  decode(begin, (size_t)(end - begin), text);
  double x = number(tag, "x"), y = number(tag, "y"), size = number(tag, "font-size");
  double width = jn_svg_width(css, text, strlen(text), size);
  bool at_end = memmem(tag, (size_t)(begin - tag), "\"end\"", 5) != NULL;
  bool in_middle = memmem(tag, (size_t)(begin - tag), "\"middle\"", 8) != NULL;
  double before = at_end ? width : in_middle ? width / 2 : 0;
  *t = (markup_text){.left = x - before, .right = x - before + width, .top = y - 0.8 * size, .bottom = y + 0.22 * size};
  snprintf(t->text, sizeof t->text, "%.*s", (int)sizeof t->text - 1, text);
  return end;
}

markup_text *markup_texts(const markup *m, int *count) {
  int most = markup_count(m, "<text ");
  markup_text *texts = calloc((size_t)most + 1, sizeof *texts);
  const char *at = m->bytes;
  *count = 0;
  while ((at = strstr(at, "<text ")) != NULL) at = read_text(at, &texts[(*count)++]);
  ck_assert_int_eq(*count, most);
  return texts;
}

void markup_check_texts(const markup *m) {
  int n;
  markup_text *t = markup_texts(m, &n);
  double width = number(m->bytes, "width"), height = number(m->bytes, "height");
  for (int i = 0; i < n; i++) {
    ck_assert_msg(t[i].left >= 0 && t[i].right <= width + 0.01 && t[i].top >= 0 && t[i].bottom <= height + 0.01,
                  "\"%s\" leaves the picture: %g to %g of %g, %g to %g of %g", t[i].text, t[i].left, t[i].right, width,
                  t[i].top, t[i].bottom, height);
    for (int k = 0; k < i; k++) {
      bool apart = t[i].right <= t[k].left + 0.02 || t[k].right <= t[i].left + 0.02 || t[i].bottom <= t[k].top + 0.02 ||
                   t[k].bottom <= t[i].top + 0.02;
      if (apart) continue;
      ck_abort_msg("\"%s\" (%g, %g) and \"%s\" (%g, %g) overlap", t[i].text, t[i].left, t[i].top, t[k].text, t[k].left,
                   t[k].top);
    }
  }
  free(t);
}
