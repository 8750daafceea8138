/* A growing text, and copies of strings. */
#include <stdio.h>

#include "base/internal.h"

void jn_base_text_init(jn_base_text *text, journey_context *context) { *text = (jn_base_text){.context = context}; }

void jn_base_text_clear(jn_base_text *text) {
  jn_base_reallocate(text->context, text->bytes, text->capacity, 0);
  jn_base_text_init(text, text->context);
}

/* Room for n more bytes and the NUL. */
static bool make_room(jn_base_text *text, size_t n) {
  size_t need;
  if (text->status) return false;
  if (__builtin_add_overflow(text->length, n, &need) || __builtin_add_overflow(need, 1, &need))
    text->status = JOURNEY_ENOMEM;
  else
    text->status = jn_base_grow(text->context, &text->bytes, &text->capacity, need, 1, NULL);
  return !text->status;
}

void jn_base_text_add(jn_base_text *text, const char *s, size_t n) {
  if (!make_room(text, n)) return;
  if (n) memcpy(text->bytes + text->length, s, n);
  text->length += n;
  text->bytes[text->length] = '\0';
}

void jn_base_text_put(jn_base_text *text, const char *s) { jn_base_text_add(text, s, strlen(s)); }

void jn_base_text_format(jn_base_text *text, const char *format, ...) {
  if (!make_room(text, 0)) return;
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  size_t room = text->capacity - text->length;
  int n = vsnprintf(text->bytes + text->length, room, format, arguments);
  if (n < 0) text->status = JOURNEY_ELIMIT; /* longer than INT_MAX */
  if (n > 0 && (size_t)n >= room && make_room(text, (size_t)n))
    vsnprintf(text->bytes + text->length, (size_t)n + 1, format, again);
  if (!text->status) text->length += (size_t)n;
  text->bytes[text->length] = '\0';
  va_end(again);
  va_end(arguments);
}

char *jn_base_copy(journey_context *context, const char *s, size_t n) {
  if (n == SIZE_MAX) return NULL;
  char *copy = jn_base_alloc(context, n + 1, 1);
  if (!copy) return NULL;
  if (n) memcpy(copy, s, n);
  copy[n] = '\0';
  return copy;
}

static void add_json_escape(jn_base_text *text, unsigned char c) {
  static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
  const char *found = memchr(from, c, sizeof from - 1);
  if (found) jn_base_text_format(text, "\\%c", to[found - from]);
  else jn_base_text_format(text, "\\u%04x", c);
}

void jn_base_text_json(jn_base_text *text, const char *s, size_t n) {
  size_t from = 0;
  jn_base_text_add(text, "\"", 1);
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)s[i];
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    jn_base_text_add(text, s + from, i - from);
    add_json_escape(text, c);
    from = i + 1;
  }
  jn_base_text_add(text, s + from, n - from);
  jn_base_text_add(text, "\"", 1);
}
