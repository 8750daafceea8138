/* Any mess as CSV: which rows are good, which are bad, on which lines and with which bytes, against the plainest
 * possible reader, wherever blocks end and however many threads read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "read_back.h"

enum { RECORDS = 400, BYTES = 900, COLUMNS = 3 };

/* A record as the plainest possible reader sees it. */
typedef struct record {
  int64_t line;
  size_t from, to; /* its bytes, the line end not among them */
  char field[COLUMNS][BYTES];
  int fields;
  bool bad;
  int64_t error_line;
} record;

static record records[RECORDS];

/* The four states of RFC 4180, one byte after the other. A quote in an unquoted field is a character. */
static int reference(const char *s, size_t n, char newline) {
  enum { START, PLAIN, QUOTED, QUOTE } at = START;
  int count = 0;
  int64_t line = 2, opened = 0;
  size_t length = 0;
  record *r = &records[0];
  memset(r, 0, sizeof *r);
  r->line = line;
  for (size_t i = 0; i <= n; i++) {
    bool last = i == n;
    char c = last ? newline : s[i];
    bool cr = c == '\r' && newline == '\n' && (i + 1 >= n || s[i + 1] == '\n');
    if (last && (at == START && r->fields == 0 && length == 0 && i == r->from)) break; /* nothing after the last line */
    if (c == newline) line++;
    if (at == QUOTED) {
      if (last) {
        if (!r->bad) r->error_line = opened;
        r->bad = true;
        r->to = n - (n > r->from && s[n - 1] == newline);
        if (newline == '\n' && r->to > r->from && s[r->to - 1] == '\r') r->to--;
        return count + 1;
      }
      if (c == '"')
        at = QUOTE;
      else if (r->fields < COLUMNS)
        r->field[r->fields][length++] = c;
      continue;
    }
    if (c == '"' && at == QUOTE) {
      at = QUOTED;
      if (r->fields < COLUMNS) r->field[r->fields][length++] = c;
      continue;
    }
    if (c == '"' && at == START) {
      at = QUOTED;
      opened = line;
      continue;
    }
    if (cr) continue; /* part of the line end */
    if (c != ',' && c != newline) {
      if (at == QUOTE && !r->bad) r->bad = true, r->error_line = r->line;
      at = PLAIN;
      if (r->fields < COLUMNS) r->field[r->fields][length++] = c;
      continue;
    }
    bool empty = c == newline && r->fields == 0 && length == 0 && at == START;
    r->fields++;
    length = 0;
    at = START;
    if (c == ',') continue;
    r->to = i;
    if (newline == '\n' && r->to > r->from && s[r->to - 1] == '\r') r->to--;
    if (!empty) count++;
    r = &records[count];
    memset(r, 0, sizeof *r);
    r->line = line;
    r->from = i + 1;
  }
  return count;
}

static void judge(record *r) {
  bool values = r->fields == COLUMNS && r->field[0][0] && r->field[2][0] && !strcmp(r->field[1], "2024-01-01");
  if (!r->bad && !values) r->bad = true, r->error_line = r->line;
}

typedef struct rejects {
  const char *text;
  int next, count;
} rejects;

/* Each rejected row is the next bad record of the reference. */
static journey_status expect_reject(void *user, const char *file, int64_t line, const char *bytes, size_t n,
                                    const char *reason) {
  rejects *x = user;
  while (x->next < x->count && !records[x->next].bad) x->next++;
  ck_assert_int_lt(x->next, x->count);
  const record *r = &records[x->next++];
  ck_assert_str_eq(file, "t.csv");
  ck_assert_int_eq(line, r->error_line);
  ck_assert_msg(n == r->to - r->from, "%zu bytes of line %d of <%s>", n, (int)line, x->text);
  ck_assert_mem_eq(bytes, x->text + r->from, n);
  ck_assert_uint_gt(strlen(reason), 3);
  return JOURNEY_OK;
}

static uint64_t state;

static uint32_t below(uint32_t n) {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((state >> 33) % n);
}

/* Mostly rows, with a mess between them. */
static size_t random_mess(char *out, const char *newline) {
  static const char *const parts[] = {"\"", "\"\"", ",", "x", "y", "2024-01-01", "\r", "\"a\n,b\"", "\"q\"", "\n"};
  size_t n = 0, lines = below(12);
  for (size_t i = 0; i < lines; i++) {
    if (below(3)) n += (size_t)sprintf(out + n, "c%zu,2024-01-01,e%s", i, newline);
    for (uint32_t k = below(3) ? 0 : below(12); k; k--) n += (size_t)sprintf(out + n, "%s", parts[below(10)]);
    if (below(3) == 0) n += (size_t)sprintf(out + n, "%s", newline);
  }
  return n;
}

static void read_mess(const char *text, size_t n, size_t head, int count, size_t block, int32_t threads) {
  int bad = 0, first = -1;
  rejects x = {.text = text + head, .count = count};
  for (int i = 0; i < count; i++) {
    if (records[i].bad && first < 0) first = i;
    bad += records[i].bad;
  }
  read_back r = {.threads = threads, .tuning = {.block = block}};
  read_back_from(&r, "t.csv", text, n);
  ck_assert_int_eq(r.status, bad || !count ? JOURNEY_EPARSE : JOURNEY_OK);
  if (bad) ck_assert_int_eq(r.err.row, records[first].error_line);
  read_back_free(&r);
  r = (read_back){.threads = threads, .tuning = {.block = block}};
  r.options.on_error = JOURNEY_ON_ERROR_SKIP;
  r.options.reject = expect_reject;
  r.options.reject_user = &x;
  read_back_from(&r, "t.csv", text, n);
  ck_assert_int_eq(r.status, count ? JOURNEY_OK : JOURNEY_EPARSE);
  ck_assert_int_eq(r.counts.rows, count);
  ck_assert_int_eq(r.counts.skipped, bad);
  ck_assert_int_eq(r.counts.events, count - bad);
  ck_assert_int_eq(r.counts.first_skipped.row, bad ? records[first].error_line : 0);
  if (r.stream) ck_assert_int_eq(r.columns->events, count - bad);
  read_back_free(&r);
  while (x.next < count && !records[x.next].bad) x.next++;
  ck_assert_int_eq(x.next, count);
}

START_TEST(like_the_reference) {
  char text[BYTES * 2];
  for (int i = 0; i < 600; i++) {
    state = (uint64_t)i * 77 + 5;
    const char *newline = below(3) ? "\n" : "\r\n";
    size_t head = (size_t)sprintf(text, "user_id,time,event%s", newline), n = random_mess(text + head, newline);
    int count = reference(text + head, n, '\n');
    for (int k = 0; k < count; k++) judge(&records[k]);
    read_mess(text, head + n, head, count, 0, 2);
    for (int k = 0; k < 6; k++) read_mess(text, head + n, head, count, 1 + below(40), 1 + (int32_t)below(4));
  }
}
END_TEST

Suite *csv_reference_suite(void);
Suite *csv_reference_suite(void) {
  Suite *suite = suite_create("csv_reference");
  TCase *tcase = tcase_create("mess");
  tcase_set_timeout(tcase, 300);
  tcase_add_test(tcase, like_the_reference);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(csv_reference_suite()); }
