/* Finds the end of the last record in a block of CSV, knowing where the block before left off. */
#include <string.h>

#include "io/csv.h"

/* Where a byte stands. At START and after a QUOTE within quotes, a quote means that what follows is quoted. */
enum { START, PLAIN, QUOTED, QUOTE };

uint32_t jn_io_csv_look(void *csv, const char *bytes, size_t n) {
  (void)csv;
  return memchr(bytes, '"', n) != NULL;
}

/* The four states, a byte at a time. `ended` gets the place after the last newline outside quotes. */
static uint32_t walk(const jn_io_csv *csv, const char *bytes, size_t from, size_t to, uint32_t state, size_t *ended) {
  for (size_t i = from; i < to; i++) {
    char c = bytes[i];
    if (state == QUOTED) {
      if (c == '"') state = QUOTE;
    } else if (c == '"') {
      if (state != PLAIN) state = QUOTED;
    } else if (c == csv->newline || c == csv->separator) {
      state = START;
      if (c == csv->newline) *ended = i + 1;
    } else {
      state = PLAIN;
    }
  }
  return state;
}

/* Bit i: an odd number of bits up to and with i is set. */
static uint64_t parity(uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

/* The same for 64 bytes at once. Every other quote opens a quoted field, provided that it stands at the start of a
 * field or just after a closing one; where one does not, it is a plain character and the bytes are walked through. */
static uint32_t stride(const jn_io_csv *csv, const char *bytes, size_t at, uint32_t state, size_t *ended) {
  jn_io_chunk chunk = jn_io_load(bytes + at);
  uint64_t quotes = jn_io_match(&chunk, '"'), newlines = jn_io_match(&chunk, csv->newline);
  uint64_t starts = newlines | jn_io_match(&chunk, csv->separator);
  uint64_t inside = parity(quotes) ^ (state == QUOTED ? ~UINT64_C(0) : 0);
  uint64_t opening = quotes & inside, closing = quotes & ~inside;
  uint64_t may_open = (starts | closing) << 1 | (state == START || state == QUOTE);
  if (opening & ~may_open) return walk(csv, bytes, at, at + 64, state, ended);
  newlines &= ~inside;
  if (newlines) *ended = at + 64 - (size_t)__builtin_clzll(newlines);
  if (inside >> 63) return QUOTED;
  if (closing >> 63) return QUOTE;
  return starts >> 63 ? START : PLAIN;
}

static size_t cut_without_quotes(const jn_io_csv *csv, const char *bytes, size_t n, uint32_t *state) {
  if (*state == QUOTED) return 0;
  char last = bytes[n - 1];
  *state = last == csv->newline || last == csv->separator ? START : PLAIN;
  const char *newline = memrchr(bytes, csv->newline, n);
  return newline ? (size_t)(newline - bytes) + 1 : 0;
}

size_t jn_io_csv_cut(void *self, uint32_t look, const char *bytes, size_t n, uint32_t *state) {
  const jn_io_csv *csv = self;
  size_t ended = 0, i = 0;
  if (!look) return cut_without_quotes(csv, bytes, n, state);
  for (; i + 64 <= n; i += 64) *state = stride(csv, bytes, i, *state, &ended);
  *state = walk(csv, bytes, i, n, *state, &ended);
  return ended;
}

uint32_t jn_io_csv_field_at(const jn_io_csv *csv, const char *record, const char *at) {
  uint32_t state = START, field = 1;
  size_t ended;
  for (const char *p = record; p < at; p++) {
    state = walk(csv, p, 0, 1, state, &ended);
    field += state == START;
  }
  return field;
}
