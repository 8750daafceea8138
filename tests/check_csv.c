/* CSV that is right: tables written in all the ways that CSV allows are read back equal, wherever blocks end and
 * however many threads read them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "journey/time.h"
#include "read_back.h"

/* ---- random tables ---------------------------------------------------------------------------------------------- */

enum { ROWS = 40, TEXTS = 3, NUMBERS = 2, LONGEST = 24 };

typedef struct table {
  int rows, texts, numbers;
  char customer[ROWS][LONGEST + 8], name[ROWS][LONGEST], text[TEXTS][ROWS][LONGEST];
  int64_t time[ROWS];
  double value[ROWS], number[NUMBERS][ROWS];
} table;

typedef struct written {
  char bytes[ROWS * 400 + 1000];
  size_t n, header;
  char separator, newline[3];
} written;

static uint64_t state;

static uint32_t below(uint32_t n) {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((state >> 33) % n);
}

static void random_text(char *out, size_t least) {
  static const char *const parts[] = {"a",    "b",  "\"",       "\"\"",         ",",
                                      ";",    "\t", "|",        "\n",           "\r",
                                      "\r\n", " ",  "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80",
                                      "7",    "-",  "x,y"};
  size_t n = 0, parts_n = least + below(6);
  out[0] = 0;
  for (size_t i = 0; i < parts_n; i++) {
    const char *part = parts[below(sizeof parts / sizeof parts[0])];
    if (n + strlen(part) + 1 >= LONGEST) break;
    n += (size_t)snprintf(out + n, LONGEST - n, "%s", part);
  }
}

static double random_number(void) {
  if (below(3) == 0) return __builtin_nan("");
  return (double)((int32_t)below(200001) - 100000) / (double)(1 << below(5));
}

static void random_table(table *t) {
  t->rows = 1 + (int)below(ROWS);
  t->texts = (int)below(TEXTS + 1);
  t->numbers = (int)below(NUMBERS + 1);
  for (int i = 0; i < t->rows; i++) {
    int n = snprintf(t->customer[i], sizeof t->customer[i], "r%d-", i);
    random_text(t->customer[i] + n, 0);
    random_text(t->name[i], 1);
    t->time[i] = ((int64_t)below(2000000000) - 300000000) * 1000000 + (below(2) ? below(1000000) : 0);
    t->value[i] = random_number();
    for (int k = 0; k < t->texts; k++) random_text(t->text[k][i], 0);
    for (int k = 0; k < t->numbers; k++) t->number[k][i] = random_number();
  }
  for (int k = 0; k < t->texts; k++) strcpy(t->text[k][below((uint32_t)t->rows)], "so it is text");
}

/* ---- writing them ----------------------------------------------------------------------------------------------- */

static void put(written *w, const char *s) {
  size_t n = strlen(s);
  ck_assert_uint_lt(w->n + n, sizeof w->bytes);
  memcpy(w->bytes + w->n, s, n + 1);
  w->n += n;
}

static void put_field(written *w, const char *s) {
  char special[] = {w->separator, '\n', '\r', 0}, one[2] = {0};
  if (!strpbrk(s, special) && s[0] != '"' && below(3)) {
    put(w, s);
    return;
  }
  put(w, "\"");
  for (; *s; s++) {
    if (*s == '"') put(w, "\"");
    one[0] = *s;
    put(w, one);
  }
  put(w, "\"");
}

static void put_number(written *w, double x) {
  char text[64];
  snprintf(text, sizeof text, "%.10g", x);
  put_field(w, x == x ? text : "");
}

static void put_time(written *w, int64_t time) {
  char text[JOURNEY_TIME_SIZE];
  ck_assert_int_eq(journey_time_format(time, NULL, text, sizeof text, NULL), JOURNEY_OK);
  put_field(w, text);
}

static void put_separator(written *w) {
  char separator[2] = {w->separator, 0};
  put(w, separator);
}

static const char *const text_names[] = {"t \"1\"", "t,2;\t|", "\xc3\xa9"}, *const number_names[] = {"n", "\"m"};

static void put_header(written *w, const table *t) {
  if (below(4) == 0) put(w, "\xef\xbb\xbf");
  put_field(w, "customer_id"), put_separator(w);
  put_field(w, "timestamp"), put_separator(w);
  put_field(w, "event"), put_separator(w);
  put_field(w, "value");
  for (int k = 0; k < t->texts; k++) put_separator(w), put_field(w, text_names[k]);
  for (int k = 0; k < t->numbers; k++) put_separator(w), put_field(w, number_names[k]);
}

static void put_row(written *w, const table *t, int i) {
  put_field(w, t->customer[i]), put_separator(w);
  put_time(w, t->time[i]), put_separator(w);
  put_field(w, t->name[i]), put_separator(w);
  put_number(w, t->value[i]);
  for (int k = 0; k < t->texts; k++) put_separator(w), put_field(w, t->text[k][i]);
  for (int k = 0; k < t->numbers; k++) put_separator(w), put_number(w, t->number[k][i]);
}

static void write_table(written *w, const table *t) {
  static const char *const newlines[] = {"\n", "\r\n", "\r"};
  w->n = 0;
  w->separator = ",;\t|"[below(4)];
  strcpy(w->newline, newlines[below(3)]);
  put_header(w, t);
  put(w, w->newline);
  w->header = w->n;
  for (int i = 0; i < t->rows; i++) {
    while (below(10) == 0) put(w, w->newline);
    put_row(w, t, i);
    if (i + 1 < t->rows || below(2)) put(w, w->newline);
  }
}

/* ---- reading them back ------------------------------------------------------------------------------------------ */

static void check_same(double a, double b) { ck_assert_msg((a != a && b != b) || a == b, "%.17g is not %.17g", a, b); }

/* A column that is empty in all rows of the sample is text, numbers or not. */
static double number_of(const read_back *r, const char *name, int64_t i) {
  if (read_back_type(r, name) == JOURNEY_ATTRIBUTE_NUMBER) return read_back_number(r, name, i);
  const char *text = read_back_attribute(r, name, i);
  return *text ? strtod(text, NULL) : __builtin_nan("");
}

static void check_row(const read_back *r, const table *t, int row, int64_t i) {
  ck_assert_str_eq(read_back_name(r, i), t->name[row]);
  ck_assert_int_eq(jn_stream_time(r->columns, i), t->time[row]);
  check_same(jn_stream_number(&r->columns->value, i), t->value[row]);
  for (int k = 0; k < t->texts; k++) ck_assert_str_eq(read_back_attribute(r, text_names[k], i), t->text[k][row]);
  for (int k = 0; k < t->numbers; k++) check_same(number_of(r, number_names[k], i), t->number[k][row]);
}

static void check_table(const read_back *r, const table *t) {
  ck_assert_msg(r->status == JOURNEY_OK, "%s", r->err.message);
  ck_assert_int_eq(r->counts.rows, t->rows);
  ck_assert_int_eq(r->counts.events, t->rows);
  ck_assert_int_eq(r->counts.skipped, 0);
  ck_assert_int_eq(r->columns->events, t->rows);
  ck_assert_int_eq(r->columns->customers, t->rows);
  for (int row = 0; row < t->rows; row++) {
    int64_t c = read_back_customer(r, t->customer[row]);
    ck_assert_msg(c >= 0, "%s", t->customer[row]);
    check_row(r, t, row, r->columns->offset[c]);
  }
}

static void read_table(const written *w, const table *t, size_t block, size_t sample, int32_t threads) {
  read_back r = {.threads = threads, .tuning = {.block = block, .sample = sample}};
  r.options.separator = below(2) ? w->separator : 0;
  /* a separator in a name may outnumber those between the names */
  if (t->texts > 1) r.options.separator = w->separator;
  read_back_from(&r, "t", w->bytes, w->n);
  check_table(&r, t);
  ck_assert_int_eq(r.counts.bytes, (int64_t)w->n);
  read_back_free(&r);
}

/* With a sample that ends soon after the header, types are guessed wrongly and everything is read again. */
START_TEST(tables_read_back) {
  static table t;
  static written w;
  for (int i = 0; i < 150; i++) {
    state = (uint64_t)i + 1;
    random_table(&t);
    write_table(&w, &t);
    read_table(&w, &t, 0, 0, 2);
    for (size_t block = 1; block < 70; block += 1 + below(9)) {
      read_table(&w, &t, block, below(3) ? 0 : w.header + 1 + below(200), 1 + (int32_t)below(4));
    }
  }
}
END_TEST

START_TEST(every_block_size) {
  static table t;
  static written w;
  state = 77;
  random_table(&t);
  write_table(&w, &t);
  for (size_t block = 1; block <= w.n + 1; block++) read_table(&w, &t, block, 0, 1 + (int32_t)(block % 4));
}
END_TEST

/* Events of one customer at one time stay in the order of the file. */
START_TEST(order_of_arrival) {
  enum { N = 5000 };
  static char text[N * 24 + 100];
  size_t n = (size_t)sprintf(text, "user_id,time,event\n");
  for (int i = 0; i < N; i++) n += (size_t)sprintf(text + n, "u,2024-01-01,e%d\n", i);
  for (int32_t threads = 1; threads <= 4; threads++) {
    read_back r = {.threads = threads, .tuning = {.block = 100}};
    read_back_from(&r, "t", text, n);
    ck_assert_int_eq(r.columns->events, N);
    for (int i = 0; i < N; i++) ck_assert_int_eq(atoi(read_back_name(&r, i) + 1), i);
    read_back_free(&r);
  }
}
END_TEST

/* ---- long records ----------------------------------------------------------------------------------------------- */

/* A field of many blocks takes time in proportion to its length; with blocks this small, anything worse never ends. */
START_TEST(a_long_field) {
  size_t n = 32u << 20, head = 0;
  char *text = malloc(n + 200);
  ck_assert_ptr_nonnull(text);
  head = (size_t)sprintf(text, "user_id,time,event,note\nu,2024-01-01,before,\nu,2024-01-02,big,\"");
  for (size_t i = 0; i < n; i++) text[head + i] = "abc\n,d\xc3\xa9"[i % 8];
  n = head + n;
  n += (size_t)sprintf(text + n, "\"\nu,2024-01-03,after,x\n");
  read_back r = {.threads = 3, .tuning = {.block = 4096}};
  read_back_from(&r, "t", text, n);
  ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
  ck_assert_int_eq(r.counts.events, 3);
  ck_assert_uint_eq(strlen(read_back_attribute(&r, "note", 1)), 32u << 20);
  ck_assert_str_eq(read_back_name(&r, 2), "after");
  read_back_free(&r);
  free(text);
}
END_TEST

START_TEST(a_record_at_the_limit) {
  char text[400];
  for (int length = 60; length < 140; length++) {
    int n = sprintf(text, "user_id,time,event\nu,2024-01-01,a\nu,2024-01-02,\"%0*d\"\nu,2024-01-03,c\n", length, 0);
    size_t record = (size_t)length + 16;
    read_back r = {.tuning = {.block = 7, .most = 100}};
    read_back_from(&r, "t", text, (size_t)n);
    ck_assert_int_eq(r.status, record <= 100 ? JOURNEY_OK : JOURNEY_ELIMIT);
    if (r.status) ck_assert_int_eq(r.err.row, 3);
    read_back_free(&r);
  }
}
END_TEST

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static journey_status read_in(journey_context *context, void *arg) {
  const char *text = "user_id,time,event,value,n,note,note\n"
                     "a,2024-01-01,x,1,1,\"say \"\"hi\"\"\",p\nb,2024-01-02,y,,2,,\nc,2024-01-03,\"z\nz\",3,no,q,\n"
                     "bad,row\n";
  journey_builder *builder;
  journey_status status = journey_builder_new(context, &builder, NULL);
  if (status) return status;
  jn_io_tuning tuning = {.block = 16, .sample = 70};
  journey_read_options options = {.struct_size = sizeof options, .on_error = JOURNEY_ON_ERROR_SKIP};
  options.reject = *(journey_reject *)arg;
  status = jn_io_read(builder, "t", text, strlen(text), &tuning, &options, NULL, NULL);
  journey_builder_free(builder);
  return status;
}

static journey_status ignore(void *user, const char *file, int64_t line, const char *bytes, size_t n,
                             const char *reason) {
  (void)user, (void)file, (void)line, (void)bytes, (void)n, (void)reason;
  return JOURNEY_OK;
}

START_TEST(out_of_memory) {
  journey_reject reject = ignore;
  alloc_loop(read_in, &reject);
  alloc_loop_with(&(journey_context_options){.struct_size = sizeof(journey_context_options), .threads = 3}, read_in,
                  &reject);
}
END_TEST

Suite *csv_suite(void);
Suite *csv_suite(void) {
  Suite *suite = suite_create("csv");
  TCase *tables = tcase_create("tables"), *lengths = tcase_create("lengths"), *memory = tcase_create("memory");
  tcase_set_timeout(tables, 300);
  tcase_set_timeout(lengths, 300);
  tcase_add_test(tables, tables_read_back);
  tcase_add_test(tables, every_block_size);
  tcase_add_test(tables, order_of_arrival);
  tcase_add_test(lengths, a_long_field);
  tcase_add_test(lengths, a_record_at_the_limit);
  tcase_add_test(memory, out_of_memory);
  suite_add_tcase(suite, tables);
  suite_add_tcase(suite, lengths);
  suite_add_tcase(suite, memory);
  return suite;
}

int main(void) { return check_main(csv_suite()); }
