/* Patterns as ClickHouse's sequenceMatch has them, made into a program:
 *
 *   pattern  { "(?" N ")" | "." | ".*" | "(?t" op n ")" }     op: <= < >= > == !=     no white space
 *
 * A time term, and ".*", skip events; "." and "(?N)" take the next one. A time is measured from the event taken last,
 * or from where the ".*" or the time term before it stopped: an event that is looked at and not taken. For such an
 * event the program has a position of its own, and the gap after it may begin and end at one event. */
#include "internal.h"

typedef struct reader {
  const journey_host *host;
  const char *text;
  size_t at;
  uint32_t steps;
  jn_match_draft *draft;
  journey_error *err;
  int32_t star, time; /* whether ".*", or a time term, came since the last position */
  int32_t looked;     /* the last position takes no event */
  int32_t open;       /* what came since the last event taken holds without any event, too */
  uint64_t taken;     /* the last position that takes an event */
  jn_match_link link; /* of the gap at hand */
} reader;

static journey_status expected(const reader *r, const char *what) {
  return jn_match_expected(r->host, r->text, r->at, what, r->err);
}

/* The gap from the last position to a new one. With none before it the pattern begins anywhere. */
static journey_status add_position(reader *r, int32_t takes, uint32_t *made) {
  jn_match_program *program = r->draft->program;
  jn_match_link link = r->link;
  if (program->positions == JN_MATCH_MOST) {
    return r->host->fail(r->host, r->err, JOURNEY_ELIMIT, "option pattern: more than 64 events");
  }
  uint32_t p = *made = program->positions++;
  link.direct = !r->star && !r->time && !r->looked;
  link.inclusive = r->looked;
  if (p > 0) {
    r->draft->gap[p - 1] = (jn_match_gap){.from = UINT64_C(1) << (p - 1), .to = UINT64_C(1) << p, .link = link};
    program->gaps = p;
  }
  r->link = jn_match_any_link;
  r->star = r->time = 0;
  r->looked = !takes;
  if (!takes) program->anything |= UINT64_C(1) << p;
  return JOURNEY_OK;
}

static journey_status look(reader *r) {
  uint32_t made;
  return add_position(r, 0, &made);
}

static journey_status take(reader *r, uint32_t condition) {
  jn_match_program *program = r->draft->program;
  uint32_t p;
  journey_status status = add_position(r, 1, &p);
  if (status != JOURNEY_OK) return status;
  r->open = 1;
  r->taken = UINT64_C(1) << p;
  if (condition == JN_MATCH_MOST) {
    program->anything |= UINT64_C(1) << p;
    return JOURNEY_OK;
  }
  program->of_condition[condition] |= UINT64_C(1) << p;
  program->spine[program->spines++] = UINT64_C(1) << condition;
  program->condition_of[program->elements] = (uint8_t)condition;
  program->element_of[p] = (uint8_t)++program->elements;
  return JOURNEY_OK;
}

/* A number that is too large is INT64_MAX. */
static journey_status read_number(reader *r, int64_t *out) {
  if (r->text[r->at] < '0' || r->text[r->at] > '9') return expected(r, "a number");
  for (*out = 0; r->text[r->at] >= '0' && r->text[r->at] <= '9'; r->at++) {
    int64_t digit = r->text[r->at] - '0';
    *out = *out > (INT64_MAX - digit) / 10 ? INT64_MAX : *out * 10 + digit;
  }
  return JOURNEY_OK;
}

static journey_status close(reader *r) {
  if (r->text[r->at] != ')') return expected(r, "')'");
  r->at++;
  return JOURNEY_OK;
}

static journey_status read_event(reader *r) {
  size_t from = r->at;
  int64_t number;
  journey_status status = read_number(r, &number);
  if (status != JOURNEY_OK) return status;
  if (number < 1 || number > r->steps) {
    r->at = from;
    return expected(r, "the number of one of the steps");
  }
  status = close(r);
  return status == JOURNEY_OK ? take(r, (uint32_t)number - 1) : status;
}

enum { AT_MOST, BELOW, AT_LEAST, ABOVE, EQUAL, OTHER };

/* The longer ones first. */
static const struct {
  char text[3];
  int32_t relation;
} relations[] = {{"<=", AT_MOST}, {">=", AT_LEAST}, {"==", EQUAL}, {"!=", OTHER}, {"<", BELOW}, {">", ABOVE}};

static journey_status read_relation(reader *r, int32_t *out) {
  for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
    const char *text = relations[i].text, *s = r->text + r->at;
    if (s[0] != text[0] || (text[1] && s[1] != text[1])) continue;
    *out = relations[i].relation;
    r->at += text[1] ? 2 : 1;
    return JOURNEY_OK;
  }
  return expected(r, "one of <= < >= > == !=");
}

/* Seconds become microseconds. No time is below 0 seconds: a gap of at least for ever and at most 0. */
static void set_time(jn_match_link *link, int32_t relation, int64_t seconds) {
  int64_t time = seconds > (INT64_MAX - 1) / 1000000 ? INT64_MAX - 1 : seconds * 1000000;
  if (relation == AT_MOST || relation == EQUAL) link->most = time;
  if (relation == BELOW) link->most = time > 0 ? time - 1 : 0;
  if (relation == BELOW && time == 0) link->least = INT64_MAX;
  if (relation == AT_LEAST || relation == EQUAL) link->least = time;
  if (relation == ABOVE) link->least = time + 1;
  if (relation == OTHER) link->other = time;
}

/* A time is measured from where ".*" stopped; at the very beginning that is any event. */
static journey_status read_time(reader *r) {
  int32_t relation = AT_MOST;
  int64_t seconds = 0;
  journey_status status = JOURNEY_OK;
  if (r->time) return expected(r, "an event between two time terms");
  if (r->star || r->draft->program->positions == 0) status = look(r);
  r->at++;
  if (status == JOURNEY_OK) status = read_relation(r, &relation);
  if (status == JOURNEY_OK) status = read_number(r, &seconds);
  if (status == JOURNEY_OK) status = close(r);
  if (status != JOURNEY_OK) return status;
  set_time(&r->link, relation, seconds);
  r->open &= relation == AT_MOST || relation == BELOW || (relation == AT_LEAST && seconds == 0);
  r->time = 1;
  return JOURNEY_OK;
}

/* A ".*" after a time term starts at the event that the term has reached. */
static journey_status read_star(reader *r) {
  journey_status status = r->time ? look(r) : JOURNEY_OK;
  r->at += 2;
  if (r->draft->program->positions > 0) r->star = 1;
  return status;
}

static journey_status read_item(reader *r) {
  const char *s = r->text + r->at;
  if (s[0] == '.' && s[1] == '*') return read_star(r);
  if (s[0] == '.') {
    r->at++;
    return take(r, JN_MATCH_MOST);
  }
  if (s[0] != '(' || s[1] != '?') return expected(r, "'(?', '.' or '.*'");
  r->at += 2;
  return s[2] == 't' ? read_time(r) : read_event(r);
}

/* A ".*" at the end is left out. A time term there needs an event to look at; but ClickHouse takes one that sets no
 * least time as holding, too, when no event is left. */
static journey_status finish(reader *r) {
  jn_match_program *program = r->draft->program;
  journey_status status = JOURNEY_OK;
  if (r->time) status = look(r);
  if (status == JOURNEY_OK && program->positions == 0) status = take(r, JN_MATCH_MOST);
  program->first = 1;
  program->last = program->positions ? UINT64_C(1) << (program->positions - 1) : 0;
  program->lookahead = r->looked;
  program->at_end = r->looked && r->open ? r->taken : 0;
  return status;
}

journey_status jn_match_clickhouse(const journey_host *host, const char *text, uint32_t steps, jn_match_draft *draft,
                                   journey_error *err) {
  reader r = {.host = host, .text = text, .steps = steps, .draft = draft, .err = err, .link = jn_match_any_link};
  r.open = 1;
  r.taken = 1; /* while none is, where the first look is */
  journey_status status = JOURNEY_OK;
  while (status == JOURNEY_OK && r.text[r.at]) status = read_item(&r);
  if (status == JOURNEY_OK) status = finish(&r);
  draft->program->used = steps < 64 ? (UINT64_C(1) << steps) - 1 : ~UINT64_C(0);
  return status;
}
