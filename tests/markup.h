/* Pages and pictures, taken down and read back: a small checker of markup, and the texts of pictures. */
#ifndef MARKUP_H
#define MARKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "journey/base.h"

/* What a writer wrote. Zeroed at first; free with markup_free(). */
typedef struct markup {
  char *bytes; /* NUL-terminated */
  size_t length;
} markup;

journey_status markup_write(void *user, const char *bytes, size_t n); /* user: a markup */
void markup_free(markup *m);

/* Fails the test unless the text is well-formed: UTF-8 without control characters, elements closed in order, quoted
 * attributes, no attribute twice, known entities, no id twice. As HTML, <meta> and the doctype are allowed, and
 * <style> holds anything. */
void markup_check(const markup *m, bool html);
/* How often `what` is in it. */
int markup_count(const markup *m, const char *what);
bool markup_has(const markup *m, const char *what);

/* A text of a picture, where it stands. */
typedef struct markup_text {
  double left, right, top, bottom;
  char text[240]; /* of a longer one the beginning */
} markup_text;

/* The texts of one picture. The caller frees them. */
markup_text *markup_texts(const markup *m, int *count);
/* Fails the test when two texts of a picture overlap, or one leaves it. */
void markup_check_texts(const markup *m);

#endif
