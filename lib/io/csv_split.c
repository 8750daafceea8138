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

/* Separators and newlines among the 64 bytes at p. */
static inline uint64_t ends_in(const jn_io_csv_splitter *s, const char *p) {
  jn_io_chunk chunk = jn_io_load(p);
  return jn_io_match2(&chunk, s->separator, s->newline);
}

void jn_io_csv_split_begin(jn_io_csv_splitter *s, const char *text, size_t n) {
  s->end = text + n;
  s->scratch_n = 0;
  s->any_quoted = false;
  s->chunk = text;
  s->mask = n ? ends_in(s, text) : 0;
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

/* The field that begins behind a quote; s->mask has what comes after it. False when it has no end. */
static bool quoted_field(jn_io_csv_splitter *s, const char *p, jn_stream_string *out) {
  bool doubled = false;
  s->quoted = s->any_quoted = true;
  const char *from = p, *quote = near_quote(s, p);
  if (!quote) {
    quote = closing_quote(s, p, &doubled);
    if (quote) s->chunk = quote + 1, s->mask = ends_in(s, quote + 1);
  }
  if (!quote) {
    problem(s, JN_IO_CSV_OPEN_QUOTE, from - 1);
    s->fields++;
    return false;
  }
  *out = doubled ? unquote(s, from, quote) : (jn_stream_string){from, (size_t)(quote - from)};
  p = quote + 1;
  if (*p == '\r' && s->newline == '\n' && p[1] == '\n') p++;
  if (*p != s->separator && *p != s->newline) problem(s, JN_IO_CSV_AFTER_QUOTE, p);
  return true;
}

/* The last field of a line that ends in CR LF is without the CR. */
static void cut_return(jn_io_csv_splitter *s, const char *end) {
  jn_stream_string *last = &s->field[s->fields - 1];
  if (s->newline == '\n' && s->fields <= s->columns && last->length && last->bytes + last->length == end)
    last->length--;
}

/* There is always a next separator or newline: every text ends with a newline. A quoted field ends where the first one
 * after its closing quote is, so all fields end alike. */
const char *jn_io_csv_split(jn_io_csv_splitter *s, const char *p) {
  const char *chunk = s->chunk, *end;
  uint64_t mask = s->mask;
  uint32_t fields = 0;
  s->quoted = false;
  s->problem = JN_IO_CSV_FINE;
  do {
    jn_stream_string field = {p, 0};
    bool quoted = *p == '"';
    if (quoted) {
      s->fields = fields;
      if (!quoted_field(s, p + 1, &field)) return s->end;
      chunk = s->chunk;
      mask = s->mask;
    }
    for (; !mask; mask = ends_in(s, chunk)) chunk += 64;
    end = chunk + __builtin_ctzll(mask);
    mask &= mask - 1;
    if (!quoted) field.length = (size_t)(end - p);
    if (fields < s->columns) s->field[fields] = field;
    fields++;
    p = end + 1;
  } while (*end != s->newline);
  s->fields = fields;
  s->chunk = chunk;
  s->mask = mask;
  if (end[-1] == '\r') cut_return(s, end);
  return p;
}
