/* The rows of a cohort: period 0, and then a period each or a bracket of periods each. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

static journey_status refuse(const jn_retention *r, const char *text, const char *at, journey_error *err) {
  char message[128];
  snprintf(message, sizeof message,
           "option brackets: byte %zu: expected periods from 1 to 1000 in order, such as 1,2-3,4-7", at - text);
  return r->host->fail(r->host, err, JOURNEY_EINVAL, message);
}

static const char *skip_blanks(const char *at) { return at + strspn(at, " "); }

/* Reads a number of a period; 0: there is none. */
static uint32_t read_period(const char **at) {
  const char *digit = skip_blanks(*at);
  uint32_t n = 0;
  while (*digit >= '0' && *digit <= '9' && n <= JN_RETENTION_MOST_PERIODS) n = n * 10 + (uint32_t)(*digit++ - '0');
  *at = skip_blanks(digit);
  return n <= JN_RETENTION_MOST_PERIODS ? n : 0;
}

static void add_row(jn_retention *r, uint32_t first, uint32_t last) {
  for (uint32_t k = first; k <= last; k++) r->row_of[k] = (uint16_t)r->rows;
  r->row_first[r->rows] = (uint16_t)first;
  r->row_last[r->rows] = (uint16_t)last;
  r->rows++;
  r->width = last + 1;
}

static journey_status read_brackets(jn_retention *r, journey_error *err) {
  const char *text = r->host->option_text(r->host, "brackets"), *at = text;
  for (;;) {
    const char *before = at;
    uint32_t first = read_period(&at), last = first;
    if (first && *at == '-') {
      at++;
      last = read_period(&at);
    }
    if (first < r->width || last < first) return refuse(r, text, before, err);
    add_row(r, first, last);
    if (!*at) return JOURNEY_OK;
    if (*at++ != ',') return refuse(r, text, at - 1, err);
  }
}

journey_status jn_retention_make_rows(jn_retention *r, journey_error *err) {
  uint32_t periods = (uint32_t)r->host->option_int(r->host, "periods");
  for (uint32_t k = 0; k < sizeof r->row_of / sizeof *r->row_of; k++) r->row_of[k] = JN_RETENTION_NO_ROW;
  add_row(r, 0, 0);
  if (r->kind == JN_RETENTION_BRACKETS) return read_brackets(r, err);
  for (uint32_t k = 1; k <= periods; k++) add_row(r, k, k);
  return JOURNEY_OK;
}
