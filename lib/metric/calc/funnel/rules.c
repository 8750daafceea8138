/* The rules of a funnel, read from its options; what does not go together is refused. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

static journey_status refuse(const journey_host *host, const char *message, journey_error *err) {
  return host->fail(host, err, JOURNEY_EINVAL, message);
}

/* ---- lists ---------------------------------------------------------------------------------------------------------- */

/* The next word of a list, without the spaces around it. False at the end. */
static bool next_word(const char **at, char separator, const char **word, size_t *n) {
  if (!*at) return false;
  const char *begin = *at + strspn(*at, " "), *stop = strchr(begin, separator);
  size_t length = stop ? (size_t)(stop - begin) : strlen(begin);
  *at = stop ? stop + 1 : NULL;
  while (length > 0 && begin[length - 1] == ' ') length--;
  *word = begin;
  *n = length;
  return true;
}

/* A number from 1 to most, counted from 0; -1 for anything else. */
static int read_number(const char *s, size_t n, uint32_t most) {
  uint32_t number = 0;
  if (n == 0 || n > 2) return -1;
  for (size_t i = 0; i < n; i++) {
    if (s[i] < '0' || s[i] > '9') return -1;
    number = number * 10 + (uint32_t)(s[i] - '0');
  }
  return number >= 1 && number <= most ? (int)number - 1 : -1;
}

/* "2, 4" as a mask of steps. */
static journey_status read_step_numbers(const rules *r, const char *option, const char *message, uint64_t *out,
                                        journey_error *err) {
  const char *at = r->host->option_text(r->host, option), *word;
  size_t n;
  *out = 0;
  if (!*at) return JOURNEY_OK;
  while (next_word(&at, ',', &word, &n)) {
    int step = read_number(word, n, r->count);
    if (step < 0) return refuse(r->host, message, err);
    *out |= UINT64_C(1) << step;
  }
  return JOURNEY_OK;
}

/* ---- modes ---------------------------------------------------------------------------------------------------------- */

static journey_status read_modes(rules *r, journey_error *err) {
  static const char *const names[] = {"strict_deduplication", "strict_order", "strict_increase", "strict_once",
                                      "allow_reentry"};
  const char *at = r->host->option_text(r->host, "mode"), *word;
  size_t n;
  if (strcmp(at, "none") == 0) return JOURNEY_OK;
  while (next_word(&at, '+', &word, &n)) {
    uint32_t mode = 0;
    while (mode < 5 && (strlen(names[mode]) != n || memcmp(names[mode], word, n) != 0)) mode++;
    if (mode == 5) {
      return refuse(r->host,
                    "option mode: must be none, or strict_deduplication, strict_order, strict_increase, strict_once and "
                    "allow_reentry joined by +",
                    err);
    }
    r->modes |= 1u << mode;
  }
  if ((r->modes & ALLOW_REENTRY) && !(r->modes & STRICT_ORDER)) {
    return refuse(r->host, "option mode: allow_reentry needs strict_order", err);
  }
  return JOURNEY_OK;
}

/* ---- exclusions --------------------------------------------------------------------------------------------------------- */

static bool read_between(const rules *r, const char *word, size_t n, uint8_t *from, uint8_t *to) {
  const char *dash = memchr(word, '-', n);
  size_t left = dash ? (size_t)(dash - word) : 0;
  int first = dash ? read_number(word, left, r->count) : -1;
  int second = dash ? read_number(dash + 1, n - left - 1, r->count) : -1;
  *from = (uint8_t)first;
  *to = (uint8_t)second;
  return first >= 0 && second > first;
}

/* Says which option the steps stand in. */
static journey_status name_option(const rules *r, journey_status status, journey_error *err) {
  char message[JOURNEY_ERROR_MESSAGE_SIZE + 32];
  snprintf(message, sizeof message, "option exclude: %s", err->message);
  return status == JOURNEY_ENOMEM ? status : r->host->fail(r->host, err, status, message);
}

/* One range for all exclusions, or one for each of them. */
static journey_status read_exclusions(rules *r, journey_error *err) {
  const journey_host *host = r->host;
  const char *text = host->option_text(host, "exclude"), *at = host->option_text(host, "exclude_between"), *word;
  size_t n;
  uint32_t ranges = 0;
  r->drop_customer = host->option_choice(host, "excluded") == 1;
  if (!*text) return *at ? refuse(host, "option exclude_between: there is nothing to exclude", err) : JOURNEY_OK;
  journey_status status = host->compile_steps(host, text, &r->exclusions, err);
  if (status != JOURNEY_OK) return name_option(r, status, err);
  for (uint32_t i = 0; i < r->exclusions->count; i++) r->to[i] = (uint8_t)(r->count - 1);
  while (*at && next_word(&at, ',', &word, &n)) {
    if (ranges == r->exclusions->count || !read_between(r, word, n, &r->from[ranges], &r->to[ranges])) {
      return refuse(host, "option exclude_between: must be ranges of steps such as 2-3, one for all or for each", err);
    }
    ranges++;
    if (!at) break;
  }
  for (uint32_t i = ranges; ranges == 1 && i < r->exclusions->count; i++) {
    r->from[i] = r->from[0];
    r->to[i] = r->to[0];
  }
  if (ranges > 1 && ranges < r->exclusions->count) {
    return refuse(host, "option exclude_between: must be ranges of steps such as 2-3, one for all or for each", err);
  }
  return JOURNEY_OK;
}

/* ---- attributes ------------------------------------------------------------------------------------------------------------ */

static journey_status copy_name(const rules *r, const char *word, size_t n, char name[256], journey_error *err) {
  if (n == 0 || n >= 256) return refuse(r->host, "the name of an attribute must have 1 to 255 bytes", err);
  memcpy(name, word, n);
  name[n] = '\0';
  return JOURNEY_OK;
}

static journey_status read_hold(rules *r, journey_error *err) {
  const char *at = r->host->option_text(r->host, "hold"), *word;
  char name[256];
  size_t n;
  if (!*at) return JOURNEY_OK;
  while (next_word(&at, ',', &word, &n)) {
    if (r->held == MOST_HELD) return refuse(r->host, "option hold: at most 3 attributes", err);
    journey_status status = copy_name(r, word, n, name, err);
    if (status == JOURNEY_OK) status = r->host->attribute(r->host, name, &r->hold[r->held++], err);
    if (status != JOURNEY_OK) return status;
  }
  return JOURNEY_OK;
}

static journey_status read_breakdown(rules *r, journey_error *err) {
  const journey_host *host = r->host;
  const char *name = host->option_text(host, "breakdown"), *at = host->option_text(host, "breakdown_at");
  if (!*name) {
    return strcmp(at, "first") ? refuse(host, "option breakdown_at: there is no breakdown", err) : JOURNEY_OK;
  }
  r->by_attribute = true;
  r->at = strcmp(at, "first") == 0 ? AT_FIRST : strcmp(at, "last") == 0 ? AT_LAST
                                                                         : read_number(at, strlen(at), r->count);
  if (r->at == -1 && strcmp(at, "first") != 0) {
    return refuse(host, "option breakdown_at: must be first, last or the number of a step", err);
  }
  return host->attribute(host, name, &r->attribute, err);
}

/* ---- windows --------------------------------------------------------------------------------------------------------------- */

static uint64_t duration(const journey_host *host, const char *option) {
  int64_t us = host->option_duration(host, option);
  return us == INT64_MAX ? UINT64_MAX : (uint64_t)us;
}

static journey_status read_calendar(const journey_host *host, const char *option, journey_calendar **out,
                                    journey_error *err) {
  const char *period = host->option_text(host, option);
  return strcmp(period, "none") == 0 ? JOURNEY_OK : host->calendar(host, period, NULL, out, err);
}

static journey_status read_windows(rules *r, journey_error *err) {
  const journey_host *host = r->host;
  int64_t sessions = host->option_int(host, "sessions");
  r->window = duration(host, "window");
  r->step_window = duration(host, "step_window");
  r->grace = duration(host, "grace");
  r->sessions = sessions ? (uint64_t)sessions : UINT64_MAX;
  journey_status status = read_calendar(host, "within", &r->within, err);
  return status == JOURNEY_OK ? read_calendar(host, "trend", &r->trend, err) : status;
}

static journey_status read_choices(rules *r, journey_error *err) {
  const journey_host *host = r->host;
  r->order = host->option_choice(host, "order");
  r->counted = host->option_choice(host, "count");
  r->values = host->option_flag(host, "values") != 0;
  journey_status status = read_step_numbers(
      r, "optional", "option optional: must be numbers of steps such as 2, 4", &r->optional, err);
  if (status == JOURNEY_OK) {
    status = read_step_numbers(r, "first_ever", "option first_ever: must be numbers of steps such as 1",
                               &r->first_ever, err);
  }
  if (status == JOURNEY_OK) {
    status = read_step_numbers(r, "first_matching", "option first_matching: must be numbers of steps such as 1",
                               &r->first_matching, err);
  }
  return status;
}

/* ---- all together ------------------------------------------------------------------------------------------------------------ */

/* What has no meaning together. */
static journey_status check_together(const rules *r, journey_error *err) {
  bool ordered = r->order == ORDER_STEPS, stops = (r->modes & (STRICT_DEDUPLICATION | STRICT_ORDER)) != 0;
  bool limits = r->step_window != UINT64_MAX || r->within || r->sessions != UINT64_MAX;
  const struct {
    bool wrong;
    const char *message;
  } checks[] = {
      {!ordered && r->modes, "option mode: is for steps in order"},
      {!ordered && (r->optional || r->exclusions || r->grace || limits),
       "option order: strict and any go with a window alone"},
      {r->grace && (r->modes || r->optional || r->exclusions || limits || r->counted == COUNT_PASSES),
       "option grace: goes with a window alone"},
      {r->optional & 1, "option optional: the first step cannot be left out"},
      {r->optional && ((r->modes & ~(uint32_t)STRICT_INCREASE) || r->step_window != UINT64_MAX),
       "option optional: with no mode but strict_increase, and not with a step window"},
      {r->counted == COUNT_PASSES && (!ordered || stops || r->optional),
       "option count: passes need steps in order, and neither a mode that stops nor optional steps"},
      {r->counted == COUNT_PASSES && (r->held || r->first_ever || r->first_matching || r->drop_customer),
       "option count: passes go with none of hold, first_ever, first_matching and excluded=customer"},
      {r->exclusions && r->count < 2, "option exclude: needs two steps"},
      {r->trend && r->by_attribute, "option trend: not together with breakdown"},
  };
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    if (checks[i].wrong) return refuse(r->host, checks[i].message, err);
  }
  return JOURNEY_OK;
}

static journey_status ask_for_columns(const rules *r, journey_error *err) {
  bool sessions = r->sessions != UINT64_MAX || r->counted == COUNT_SESSIONS;
  uint32_t needs = (sessions ? JOURNEY_NEED_SESSION : 0) | (r->values ? JOURNEY_NEED_VALUE : 0);
  return r->host->need(r->host, needs, err);
}

journey_status jn_funnel_read_rules(const journey_host *host, bool detailed, rules *r, journey_error *err) {
  *r = (rules){.host = host, .detailed = detailed};
  journey_status status = host->steps(host, "steps", &r->steps, err);
  if (status != JOURNEY_OK) return status;
  r->count = r->steps->count;
  journey_status (*const parts[])(rules *, journey_error *) = {read_modes, read_windows,   read_choices,
                                                               read_hold,  read_breakdown, read_exclusions};
  for (size_t i = 0; status == JOURNEY_OK && i < sizeof parts / sizeof *parts; i++) status = parts[i](r, err);
  if (status == JOURNEY_OK) status = check_together(r, err);
  r->lengths_alone = !detailed && r->counted == COUNT_CUSTOMERS && !r->by_attribute && !r->trend && !r->values;
  return status == JOURNEY_OK ? ask_for_columns(r, err) : status;
}

bool jn_funnel_is_plain(const rules *r) {
  return r->count <= 8 && r->order == ORDER_STEPS && r->counted != COUNT_PASSES && !r->exclusions && !r->within &&
         !r->optional && !r->first_ever && !r->first_matching && !r->grace && !r->held &&
         r->step_window == UINT64_MAX && r->sessions == UINT64_MAX;
}
