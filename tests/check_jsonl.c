/* JSON Lines: random records written in all the ways that JSON allows are read back equal, wherever blocks end, however
 * many threads read them and however late a member comes up; what is wrong is named with its line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "journey/time.h"
#include "read_back.h"

/* ---- random records --------------------------------------------------------------------------------------------- */

enum { ROWS = 40, LONGEST = 24, MEMBERS = 4 };

/* Members: a text, a number, either of them (so it is text), and one that comes up late. */
static const char *const members[MEMBERS] = {"text", "in.number", "in.deep.either", "late"};

typedef struct event {
  char customer[LONGEST + 8], name[LONGEST], member[MEMBERS][LONGEST + 8];
  bool number[MEMBERS]; /* written without quotes */
  int64_t time;
} event;

static event events[ROWS];
static int rows;
static char text[ROWS * 1200];
static size_t length, first_line;
static uint64_t state;

static uint32_t below(uint32_t n) {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((state >> 33) % n);
}

static void random_text(char *out, size_t least) {
  static const char *const parts[] = {
      "a", "b", "\"", "\\", ",", "{", "}", "\n", "/", "\t", "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80", "\x7f"};
  size_t n = 0, count = least + below(6);
  out[0] = 0;
  for (size_t i = 0; i < count; i++) {
    const char *part = parts[below(sizeof parts / sizeof parts[0])];
    if (n + strlen(part) + 1 < LONGEST) n += (size_t)snprintf(out + n, LONGEST - n, "%s", part);
  }
}

static void random_member(event *e, int k, int row) {
  e->number[k] = k == 1 || (k == 2 && below(2));
  e->member[k][0] = 0;
  if (below(4) == 0 || (k == 3 && row < rows / 2)) return;
  if (e->number[k])
    sprintf(e->member[k], "%d.25", (int)below(2000) - 1000);
  else
    random_text(e->member[k], 1);
}

static void random_events(void) {
  rows = 2 + (int)below(ROWS - 1);
  for (int i = 0; i < rows; i++) {
    random_text(events[i].customer + sprintf(events[i].customer, "r%d-", i), 0);
    random_text(events[i].name, 1);
    events[i].time = ((int64_t)below(2000000000) - 300000000) * 1000000;
    for (int k = 0; k < MEMBERS; k++) random_member(&events[i], k, i);
  }
  strcpy(events[rows - 1].member[2], "text"), events[rows - 1].number[2] = false;
}

/* ---- writing them ----------------------------------------------------------------------------------------------- */

static void put(const char *s) {
  size_t n = strlen(s);
  ck_assert_uint_lt(length + n, sizeof text);
  memcpy(text + length, s, n + 1);
  length += n;
}

static void blanks(void) {
  while (below(6) == 0) put(below(2) ? " " : "\t");
}

static void put_string(const char *s) {
  char one[16];
  put("\"");
  while (*s) {
    unsigned char c = (unsigned char)*s;
    if (!strncmp(s, "\xf0\x9f\x98\x80", 4) && below(2)) {
      put("\\ud83D\\uDe00");
      s += 4;
      continue;
    }
    bool must = c == '"' || c == '\\' || c < 0x20;
    snprintf(one, sizeof one, must || (c < 0x80 && below(9) == 0) ? "\\u%04x" : "%c", c);
    if (c == '\n' && below(2)) strcpy(one, "\\n");
    if (c == '\\' && below(2)) strcpy(one, "\\\\");
    put(one);
    s++;
  }
  put("\"");
}

static void put_name(const char *name, bool *first) {
  blanks(), put(*first ? "" : ","), blanks();
  put_string(name);
  blanks(), put(":"), blanks();
  *first = false;
}

static void put_member(const event *e, int k, const char *name, bool *first) {
  if (!e->member[k][0] && below(2)) return;
  put_name(name, first);
  if (!e->member[k][0])
    put(below(2) ? "null" : "\"\"");
  else if (e->number[k])
    put(e->member[k]);
  else
    put_string(e->member[k]);
}

static void put_object(const event *e, bool *first) {
  bool inner = true, deep = true;
  put_name("in", first), put("{");
  put_member(e, 1, "number", &inner);
  put_name("list", &inner), put("[1, {\"x\": [true]}, \"]\"]");
  put_name("deep", &inner), put("{"), put_member(e, 2, "either", &deep), put("}");
  put("}");
}

static void put_event(const event *e) {
  char time[JOURNEY_TIME_SIZE];
  bool first = true;
  unsigned order = below(4);
  ck_assert_int_eq(journey_time_format(e->time, NULL, time, sizeof time, NULL), JOURNEY_OK);
  blanks(), put("{");
  for (unsigned i = 0; i < 4; i++) {
    switch ((i + order) % 4) {
    case 0: put_name("user_id", &first), put_string(e->customer); break;
    case 1: put_object(e, &first); break;
    case 2: put_name("timestamp", &first), put_string(time), put_member(e, 0, "text", &first); break;
    default: put_name("event", &first), put_string(e->name), put_member(e, 3, "late", &first); break;
    }
  }
  blanks(), put("}"), blanks();
}

static void write_events(void) {
  length = 0;
  text[0] = 0;
  if (below(4) == 0) put("\xef\xbb\xbf");
  for (int i = 0; i < rows; i++) {
    while (below(10) == 0) put("  \n");
    put_event(&events[i]);
    if (i + 1 < rows || below(2)) put(below(3) ? "\n" : "\r\n");
    if (!i) first_line = length;
  }
}

/* ---- reading them back ------------------------------------------------------------------------------------------ */

static void check_member(const read_back *r, const event *e, int k, int64_t i) {
  int32_t type = read_back_type(r, members[k]);
  if (type == JOURNEY_ATTRIBUTE_NUMBER) {
    double x = read_back_number(r, members[k], i);
    ck_assert(e->member[k][0] ? x == strtod(e->member[k], NULL) : x != x);
    ck_assert(e->number[k]);
  } else {
    ck_assert_str_eq(read_back_attribute(r, members[k], i), e->member[k]);
  }
}

static void check_events(const read_back *r) {
  bool any_number = false;
  ck_assert_msg(r->status == JOURNEY_OK, "%s\n%s", r->err.message, text);
  ck_assert_int_eq(r->counts.rows, rows);
  ck_assert_int_eq(r->counts.events, rows);
  ck_assert_int_eq(r->counts.bytes, (int64_t)length);
  ck_assert_int_eq(r->columns->customers, rows);
  for (int i = 0; i < rows; i++) {
    int64_t c = read_back_customer(r, events[i].customer);
    ck_assert_msg(c >= 0, "%s", events[i].customer);
    int64_t at = r->columns->offset[c];
    ck_assert_str_eq(read_back_name(r, at), events[i].name);
    ck_assert_int_eq(jn_stream_time(r->columns, at), events[i].time);
    for (int k = 0; k < MEMBERS; k++) check_member(r, &events[i], k, at);
    any_number |= events[i].member[1][0];
  }
  if (any_number) ck_assert_int_eq(read_back_type(r, "in.number"), JOURNEY_ATTRIBUTE_NUMBER);
  ck_assert_int_eq(read_back_type(r, "in.deep.either"), JOURNEY_ATTRIBUTE_TEXT);
}

static void read_events(size_t block, size_t sample, int32_t threads) {
  read_back r = {.threads = threads, .tuning = {.block = block, .sample = sample}};
  read_back_from(&r, "t.jsonl", text, length);
  check_events(&r);
  read_back_free(&r);
}

START_TEST(records_read_back) {
  for (int i = 0; i < 150; i++) {
    state = (uint64_t)i + 1;
    random_events();
    write_events();
    read_events(0, 0, 2);
    for (size_t block = 1; block < 90; block += 1 + below(15)) {
      read_events(block, below(3) ? 0 : below(2) ? first_line + below(200) : 5, 1 + (int32_t)below(4));
    }
  }
}
END_TEST

/* Attributes are in the order of the input, whoever met them first. */
START_TEST(late_members_in_order) {
  length = 0;
  put("{\"user_id\":\"u\",\"time\":1,\"event\":\"e\"}\n");
  for (int i = 0; i < 60; i++) {
    char line[100];
    sprintf(line, "{\"user_id\":\"u\",\"time\":%d,\"event\":\"e\",\"m%d\":{\"n\":%d}}\n", i, i * 7 % 60, i);
    put(line);
  }
  for (int32_t threads = 1; threads <= 4; threads++) {
    read_back r = {.threads = threads, .tuning = {.block = 100, .sample = 50}};
    read_back_from(&r, "t.jsonl", text, length);
    ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
    ck_assert_int_eq(journey_stream_attributes(r.stream), 60);
    for (int i = 0; i < 60; i++) {
      char name[20];
      int32_t type;
      sprintf(name, "m%d.n", i * 7 % 60);
      ck_assert_str_eq(journey_stream_attribute(r.stream, (uint32_t)i, &type), name);
      ck_assert_int_eq(type, JOURNEY_ATTRIBUTE_NUMBER);
    }
    read_back_free(&r);
  }
}
END_TEST

/* ---- what records mean ------------------------------------------------------------------------------------------ */

static void check_path(const read_back *r, const char *id, const char *path) {
  char out[1000];
  ck_assert_str_eq(read_back_path(r, id, out, sizeof out), path);
}

START_TEST(segment_calls) {
  read_back r = {0};
  const char *lines =
      "{\"anonymousId\":\"a1\",\"messageId\":\"1\",\"timestamp\":\"1970-01-01T00:00:01Z\",\"type\":\"page\"}\n"
      "{\"type\":\"identify\",\"userId\":\"u\",\"anonymousId\":\"a1\",\"traits\":{\"plan\":\"pro\"}}\n"
      "{\"userId\":\"u\",\"messageId\":\"2\",\"timestamp\":\"1970-01-01T00:00:02Z\",\"type\":\"track\",\"event\":"
      "\"Order\",\"properties\":{\"revenue\":\"9.5\",\"value\":3},\"context\":{\"campaign\":{\"source\":\"mail\"}}}\n"
      "{\"userId\":\"old\",\"messageId\":\"3\",\"timestamp\":\"1970-01-01T00:00:03Z\",\"type\":\"screen\",\"name\":"
      "\"Home\",\"properties\":{\"value\":4}}\n"
      "{\"type\":\"alias\",\"previousId\":\"old\",\"userId\":\"u\"}\n"
      "{\"type\":\"group\",\"groupId\":\"g\",\"userId\":\"u\"}\n";
  read_back_from(&r, "t.jsonl", lines, strlen(lines));
  ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
  ck_assert_str_eq(r.counts.preset, "segment");
  ck_assert_int_eq(r.counts.events, 3);
  ck_assert_int_eq(r.counts.links, 3);
  ck_assert_int_eq(r.columns->customers, 1);
  check_path(&r, "u", "page 1\nOrder 2 9.5\nHome 3 4\n");
  ck_assert_str_eq(read_back_attribute(&r, "context.campaign.source", 1), "mail");
  read_back_free(&r);
}
END_TEST

START_TEST(keys_and_values) {
  read_back r = {0};
  const char *lines =
      "{\"event_timestamp\":\"1000000\",\"event_name\":\"buy\",\"user_pseudo_id\":\"u\",\"event_params\":[{\"key\":"
      "\"value\",\"value\":{\"string_value\":null,\"int_value\":\"25\"}},{\"value\":{\"string_value\":\"7\"},\"key\":"
      "\"p\\u0061ge\"},{\"key\":\"n\",\"value\":{\"double_value\":1.5}},{\"key\":\"n\",\"value\":8}],\"items\":[{}]}\n";
  read_back_from(&r, "t.jsonl", lines, strlen(lines));
  ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
  ck_assert_str_eq(r.counts.preset, "ga4-bigquery");
  check_path(&r, "u", "buy 1 25\n");
  ck_assert_str_eq(read_back_attribute(&r, "event_params.page", 0), "7");
  ck_assert_double_eq(read_back_number(&r, "event_params.n", 0), 1.5);
  ck_assert_int_eq(journey_stream_attributes(r.stream), 2);
  read_back_free(&r);
}
END_TEST

/* Texts stay texts; integers that a double does not hold are texts; the options may say otherwise. */
START_TEST(types) {
  const char *lines = "{\"user_id\":7,\"time\":1,\"event\":\"e\",\"zip\":\"01234\",\"n\":1e3,\"id\":12345678901234567,"
                      "\"yes\":true}\n";
  read_back r = {0};
  read_back_from(&r, "t.jsonl", lines, strlen(lines));
  ck_assert_str_eq(read_back_attribute(&r, "zip", 0), "01234");
  ck_assert_double_eq(read_back_number(&r, "n", 0), 1000);
  ck_assert_str_eq(read_back_attribute(&r, "id", 0), "12345678901234567");
  ck_assert_str_eq(read_back_attribute(&r, "yes", 0), "true");
  ck_assert_int_eq(read_back_customer(&r, "7"), 0);
  read_back_free(&r);
  r = (read_back){.options.attributes = "zip:number,n:text"};
  read_back_from(&r, "t.jsonl", lines, strlen(lines));
  ck_assert_double_eq(read_back_number(&r, "zip", 0), 1234);
  ck_assert_str_eq(read_back_attribute(&r, "n", 0), "1e3");
  ck_assert_int_eq(journey_stream_attributes(r.stream), 2);
  read_back_free(&r);
}
END_TEST

/* A member that the preset knows counts even when no attributes are kept and the sample has none. */
START_TEST(late_value_without_attributes) {
  const char *lines = "{\"user_id\":\"u\",\"time\":1,\"event\":\"a\"}\n{\"user_id\":\"u\",\"time\":2,\"event\":\"b\","
                      "\"value\":5,\"more\":{\"x\":1}}\n";
  read_back r = {.tuning.sample = 50, .options.attributes = "none"};
  read_back_from(&r, "t.jsonl", lines, strlen(lines));
  ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
  check_path(&r, "u", "a 1\nb 2 5\n");
  ck_assert_int_eq(journey_stream_attributes(r.stream), 0);
  read_back_free(&r);
}
END_TEST

/* When the sample lacks what is needed, all of the input is looked through. */
START_TEST(nothing_in_the_sample) {
  const char *lines =
      "{\"note\":\"the export begins here\"}\n{\"user_id\":\"u\",\"time\":2,\"event\":\"b\",\"note\":3}\n";
  for (int32_t threads = 1; threads <= 3; threads++) {
    read_back r = {.threads = threads, .tuning = {.sample = 40, .block = 20}};
    r.options.on_error = JOURNEY_ON_ERROR_SKIP;
    read_back_from(&r, "t.jsonl", lines, strlen(lines));
    ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
    ck_assert_int_eq(r.counts.skipped, 1);
    check_path(&r, "u", "b 2\n");
    ck_assert_str_eq(read_back_attribute(&r, "note", 0), "3");
    read_back_free(&r);
  }
}
END_TEST

/* ---- what is wrong ---------------------------------------------------------------------------------------------- */

#define GOOD "{\"user_id\":\"u\",\"time\":1,\"event\":\"e\",\"n\":1}\n"

static const struct {
  const char *text;
  journey_status status;
  int64_t row, offset;
  const char *says;
} wrong[] = {
    {"", JOURNEY_EPARSE, 0, -1, "t.jsonl: the file is empty"},
    {" \n\r\n", JOURNEY_EPARSE, 0, -1, "nothing but line ends"},
    {"[{\"user_id\":1}]", JOURNEY_EPARSE, 1, 0, "this is one JSON array"},
    {"{\n\"user_id\": 1}\n", JOURNEY_EPARSE, 1, 1, "JSON: "},
    {"hello\n", JOURNEY_EPARSE, 1, 0, "JSON: not a JSON value"},
    {"{\"a\":1}\n", JOURNEY_ENOTFOUND, 0, -1, "t.jsonl: no column for the customer is recognised"},
    {GOOD "x\n", JOURNEY_EPARSE, 2, 43, "t.jsonl:2: JSON: not a JSON value"},
    {GOOD "\n" GOOD "{\"user_id\":\"u\",}\n", JOURNEY_EPARSE, 4, 102, "JSON: a member's name is missing"},
    {GOOD "[1]\n", JOURNEY_EPARSE, 2, 43, "the line is JSON, but not an object"},
    {GOOD "{\"user_id\":\"u\",\"user_id\":\"v\"}\n", JOURNEY_EPARSE, 2, 58, "the member \"user_id\" is there twice"},
    {GOOD "{\"o\":{\"x\":1,\"\\u0078\":2}}\n", JOURNEY_EPARSE, 2, 55, "the member \"o.x\" is there twice"},
    {GOOD "{} {}\n", JOURNEY_EPARSE, 2, 46, "JSON: text after the end"},
    {GOOD "{\"user_id\":\"\xff\"}\n", JOURNEY_EPARSE, 2, 55, "JSON: a text is not UTF-8"},
    {GOOD "{\"user_id\":\"\\ud800\"}\n", JOURNEY_EPARSE, 2, -2, "half of a surrogate pair"},
    {GOOD "{\"user_id\":\"u\",\"time\":\"soon\",\"event\":\"e\"}\n", JOURNEY_EPARSE, 2, 66,
     "\"soon\" in \"time\" is no "
     "time"},
    {GOOD "{\"time\":1,\"event\":\"e\"}\n", JOURNEY_EPARSE, 2, 43, "no customer: \"user_id\" is missing"},
    {GOOD "{\"user_id\":\"u\",\"event\":\"e\"}\n", JOURNEY_EPARSE, 2, 43, "no time: \"time\" is missing"},
    {GOOD "{\"user_id\":\"u\",\"time\":1,\"event\":{}}\n", JOURNEY_EPARSE, 2, 43,
     "no event name: \"event\" is missing"},
    {GOOD "{\"user_id\":\"u\",\"time\":1,\"event\":\"e\",\"value\":\"x\"}\n", JOURNEY_EPARSE, 2, 88,
     "\"x\" in \"value\" is no number"},
    {GOOD "{\"user_id\":\"u\"", JOURNEY_EPARSE, 2, 57, "JSON: it ends too early"},
};

static void check_wrong(size_t which, size_t block, int32_t threads) {
  read_back r = {.threads = threads, .tuning = {.block = block}};
  read_back_from(&r, "t.jsonl", wrong[which].text, strlen(wrong[which].text));
  ck_assert_msg(r.status == wrong[which].status, "case %zu: %d %s", which, (int)r.status, r.err.message);
  ck_assert_msg(strstr(r.err.message, wrong[which].says), "case %zu: %s", which, r.err.message);
  ck_assert_msg(r.err.row == wrong[which].row, "case %zu: row %d", which, (int)r.err.row);
  ck_assert_msg(wrong[which].offset == -2 || r.err.offset == wrong[which].offset, "case %zu: offset %d", which,
                (int)r.err.offset);
  read_back_free(&r);
}

START_TEST(one_thing_wrong) {
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    check_wrong(i, 0, 2);
    for (size_t block = 1; block < 60; block += block < 10 ? 1 : 7) check_wrong(i, block, 1 + (int32_t)(block % 4));
  }
}
END_TEST

/* ---- rejects ---------------------------------------------------------------------------------------------------- */

typedef struct rejects {
  char lines[4000];
  size_t n;
} rejects;

static journey_status note(void *user, const char *file, int64_t line, const char *bytes, size_t n,
                           const char *reason) {
  rejects *out = user;
  (void)file;
  out->n += (size_t)snprintf(out->lines + out->n, sizeof out->lines - out->n, "%d:%.*s:%s\n", (int)line, (int)n, bytes,
                             reason);
  return JOURNEY_OK;
}

/* In order of lines and once, although all is read twice for "late". */
START_TEST(skipping) {
  rejects out;
  char expected[4000];
  size_t n = 0;
  length = 0;
  for (int i = 1; i <= 60; i++) {
    char line[100];
    sprintf(line, i % 7 ? "{\"user_id\":\"u\",\"time\":%d,\"event\":\"e\"}" : "{\"time\":%d}", i);
    if (i == 40) strcpy(line, "{\"user_id\":\"u\",\"time\":40,\"event\":\"e\",\"late\":1}");
    if (i % 7 == 0) n += (size_t)sprintf(expected + n, "%d:%s:no customer: \"user_id\" is missing or empty\n", i, line);
    put(line), put("\n");
  }
  for (int32_t threads = 1; threads <= 4; threads++) {
    out.n = 0;
    read_back r = {.threads = threads, .tuning = {.block = 70, .sample = 60}};
    r.options.on_error = JOURNEY_ON_ERROR_SKIP, r.options.reject = note, r.options.reject_user = &out;
    read_back_from(&r, "t.jsonl", text, length);
    ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
    ck_assert_str_eq(out.lines, expected);
    ck_assert_int_eq(r.counts.skipped, 8);
    ck_assert_int_eq(r.counts.events, 52);
    ck_assert_int_eq(r.counts.first_skipped.row, 7);
    ck_assert_int_eq(read_back_type(&r, "late"), JOURNEY_ATTRIBUTE_NUMBER);
    read_back_free(&r);
  }
}
END_TEST

/* ---- too many members ------------------------------------------------------------------------------------------- */

START_TEST(a_member_for_each_record) {
  enum { N = 20000 };
  char *lines = malloc(N * 80);
  size_t n = 0;
  ck_assert_ptr_nonnull(lines);
  for (int i = 0; i < N; i++) {
    n += (size_t)sprintf(lines + n, "{\"user_id\":\"u\",\"time\":1,\"event\":\"e\",\"flags\":{\"f%d\":1}}\n", i);
  }
  for (size_t sample = 100; sample < 10000000; sample *= 1000) {
    read_back r = {.threads = 3, .tuning = {.block = 10000, .sample = sample}};
    read_back_from(&r, "t.jsonl", lines, n);
    ck_assert_int_eq(r.status, JOURNEY_ELIMIT);
    ck_assert_ptr_nonnull(strstr(r.err.message, "different members"));
    read_back_free(&r);
    r = (read_back){.threads = 3, .tuning = {.block = 10000, .sample = sample}, .options.attributes = "none"};
    read_back_from(&r, "t.jsonl", lines, n);
    ck_assert_int_eq(r.status, JOURNEY_OK);
    ck_assert_int_eq(r.counts.events, N);
    read_back_free(&r);
  }
  free(lines);
}
END_TEST

/* ---- samples, memory -------------------------------------------------------------------------------------------- */

static bool shared(char *path, size_t size, const char *name) {
  const char *folder = getenv("JOURNEY_SHARED");
  snprintf(path, size, "%s/data/segment_spec_examples/%s", folder ? folder : "../shared", name);
  if (access(path, R_OK) == 0) return true;
  printf("SKIP: %s is not there (JOURNEY_SHARED)\n", path);
  return false;
}

START_TEST(segment_samples) {
  char path[500];
  if (!shared(path, sizeof path, "raw_payloads.jsonl")) return;
  read_back r = {.options.on_error = JOURNEY_ON_ERROR_SKIP};
  read_back_from(&r, path, NULL, 0);
  ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
  ck_assert_int_eq(r.counts.rows, 13);
  ck_assert_int_eq(r.counts.events, 4);
  ck_assert_int_eq(r.counts.links, 5);
  ck_assert_int_eq(r.counts.skipped, 4);
  read_back_free(&r);
  if (!shared(path, sizeof path, "track_examples.jsonl")) return;
  r = (read_back){0};
  read_back_from(&r, path, NULL, 0);
  ck_assert_int_eq(r.status, JOURNEY_ENOTFOUND);
  ck_assert_ptr_nonnull(strstr(r.err.message, "track_examples.jsonl: no column for "));
  read_back_free(&r);
}
END_TEST

static journey_status read_in(journey_context *context, void *arg) {
  const char *lines = "{\"user_id\":\"a\\n\",\"time\":1,\"event\":\"x\",\"o\":{\"n\":1}}\n"
                      "{\"user_id\":\"b\",\"time\":1,\"event\":\"y\",\"p\":[{\"key\":\"k\\t\",\"value\":2}]}\nbad\n"
                      "{\"user_id\":\"c\",\"time\":1,\"event\":\"\\u00e9\",\"o\":{\"n\":\"text\"},\"items\":[1]}\n";
  journey_builder *builder;
  journey_status status = journey_builder_new(context, &builder, NULL);
  if (status) return status;
  jn_io_tuning tuning = {.block = 16, .sample = *(size_t *)arg};
  rejects out = {.n = 0};
  journey_read_options options = {.struct_size = sizeof options, .on_error = JOURNEY_ON_ERROR_SKIP};
  options.reject = note, options.reject_user = &out;
  status = jn_io_read(builder, "t.jsonl", lines, strlen(lines), &tuning, &options, NULL, NULL);
  journey_builder_free(builder);
  return status;
}

START_TEST(out_of_memory) {
  size_t samples[] = {0, 60, 10};
  for (int i = 0; i < 3; i++) alloc_loop(read_in, &samples[i]);
}
END_TEST

Suite *jsonl_suite(void);
Suite *jsonl_suite(void) {
  const TTest *const tests[] = {records_read_back,
                                late_members_in_order,
                                segment_calls,
                                keys_and_values,
                                types,
                                late_value_without_attributes,
                                one_thing_wrong,
                                skipping,
                                nothing_in_the_sample,
                                segment_samples,
                                a_member_for_each_record,
                                out_of_memory};
  Suite *suite = suite_create("jsonl");
  TCase *all = tcase_create("all");
  tcase_set_timeout(all, 300);
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) tcase_add_test(all, tests[i]);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(jsonl_suite()); }
