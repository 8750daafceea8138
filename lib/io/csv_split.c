/* Splits CSV records into fields. */
#include <string.h>

#include "io/csv.h"

journey_status jn_io_csv_splitter_init(jn_io_csv_splitter *splitter, journey_context *context, char separator,
                                       char newline, uint32_t columns, journey_error *err) {
  *splitter = (jn_io_csv_splitter){.context = context, .separator = separator, .newline = newline, .columns = columns};
  splitter->field = jn_base_zalloc(context, (size_t)columns + 1, sizeof *splitter->field);
  return splitter->field ? JOURNEY_OK : jn_base_no_memory(err);
}

void jn_io_csv_splitter_clear(jn_io_csv_splitter *splitter) {
  if (!splitter->context) return;
  jn_base_free(splitter->context, splitter->field, (size_t)splitter->columns + 1, sizeof *splitter->field);
  jn_base_free(splitter->context, splitter->scratch, splitter->scratch_capacity, 1);
  *splitter = (jn_io_csv_splitter){0};
}

static inline void look_from(jn_io_csv_splitter *s, const char *p) {
  jn_io_chunk chunk = jn_io_load(p);
  s->chunk = p;
  s->mask = jn_io_match2(&chunk, s->separator, s->newline);
}

void jn_io_csv_split_begin(jn_io_csv_splitter *s, const char *text, size_t n) {
  s->end = text + n;
  s->scratch_n = 0;
  s->any_quoted = false;
  if (n) look_from(s, text);
}

/* The next separator or newline. There is one: every text ends with a newline. */
static inline const char *next_end(jn_io_csv_splitter *s) {
  while (!s->mask) look_from(s, s->chunk + 64);
  const char *at = s->chunk + __builtin_ctzll(s->mask);
  s->mask &= s->mask - 1;
  return at;
}

static void problem(jn_io_csv_splitter *s, int what, const char *at) {
  if (s->problem != JN_IO_CSV_FINE) return;
  s->problem = what;
  s->problem_field = s->fields;
  s->problem_at = at;
}

/* Copies a quoted field with two quotes made one. All of a text's fields fit into a scratch of the text's size, so what
 * was copied for one field stays where it is when another one comes. */
static jn_stream_string unquote(jn_io_csv_splitter *s, const char *from, const char *to) {
  size_t need = (size_t)(s->end - from);
  if (!s->scratch_n && s->scratch_capacity < need) {
    jn_base_free(s->context, s->scratch, s->scratch_capacity, 1);
    s->scratch = jn_base_alloc(s->context, need, 1);
    s->scratch_capacity = s->scratch ? need : 0;
    s->no_memory = !s->scratch;
  }
  if (s->no_memory) return (jn_stream_string){0};
  char *start = s->scratch + s->scratch_n, *out = start;
  while (from < to) {
    const char *quote = memchr(from, '"', (size_t)(to - from));
    size_t n = (size_t)((quote ? quote + 1 : to) - from);
    memcpy(out, from, n);
    out += n;
    from += n + (quote != NULL);
  }
  s->scratch_n += (size_t)(out - start);
  return (jn_stream_string){start, (size_t)(out - start)};
}

/* The closing quote of the field that begins at p, NULL when there is none. */
static const char *closing_quote(const jn_io_csv_splitter *s, const char *p, bool *doubled) {
  const char *quote;
  while ((quote = memchr(p, '"', (size_t)(s->end - p))) && quote[1] == '"') {
    *doubled = true;
    p = quote + 2;
  }
  return quote;
}

/* The same for a short field without quotes in it, which one look at 64 bytes finds together with what comes after. */
static inline const char *near_quote(jn_io_csv_splitter *s, const char *p) {
  jn_io_chunk chunk = jn_io_load(p);
  uint64_t quotes = jn_io_match(&chunk, '"');
  if (!quotes) return NULL;
  int at = __builtin_ctzll(quotes);
  if (p + at >= s->end || p[at + 1] == '"') return NULL;
  s->chunk = p;
  s->mask = jn_io_match2(&chunk, s->separator, s->newline) & ~UINT64_C(0) << at;
  return p + at;
}

/* The field that begins behind a quote; returns the separator or newline after it. */
static const char *quoted_field(jn_io_csv_splitter *s, const char *p, jn_stream_string *out) {
  bool doubled = false;
  s->quoted = s->any_quoted = true;
  const char *from = p, *quote = near_quote(s, p);
  if (!quote) {
    quote = closing_quote(s, p, &doubled);
    if (quote) look_from(s, quote + 1);
  }
  if (!quote) {
    problem(s, JN_IO_CSV_OPEN_QUOTE, from - 1);
    return s->end - 1;
  }
  *out = doubled ? unquote(s, from, quote) : (jn_stream_string){from, (size_t)(quote - from)};
  p = quote + 1;
  if (*p == '\r' && s->newline == '\n' && p[1] == '\n') p++;
  const char *end = next_end(s);
  if (end != p) problem(s, JN_IO_CSV_AFTER_QUOTE, p);
  return end;
}

const char *jn_io_csv_split(jn_io_csv_splitter *s, const char *p) {
  uint32_t fields = 0;
  const char *end;
  s->quoted = false;
  s->problem = JN_IO_CSV_FINE;
  do {
    jn_stream_string field = {0};
    if (*p == '"') {
      s->fields = fields;
      end = quoted_field(s, p + 1, &field);
    } else {
      end = next_end(s);
      field.bytes = p;
      field.length = (size_t)(end - p);
      if (field.length && *end == '\n' && end[-1] == '\r') field.length--;
    }
    if (fields < s->columns) s->field[fields] = field;
    fields++;
    p = end + 1;
  } while (*end != s->newline);
  s->fields = fields;
  return p;
}
