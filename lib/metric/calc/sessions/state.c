/* sessions: how long the visits of customers are, in events, in different events and in time, how often they come and
 * how long they stay away; by the event that a session begins or ends with, or as a histogram of durations. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const journey_option options[] = {
    {.name = "goal",
     .value = "none",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Event that is the conversion; none: conversion is left out"},
    {.name = "entry",
     .value = "false",
     .type = JOURNEY_OPTION_FLAG,
     .help = "A row for each event that sessions begin with, the most frequent first"},
    {.name = "exit",
     .value = "false",
     .type = JOURNEY_OPTION_FLAG,
     .help = "A row for each event that sessions end with, the most frequent first"},
    {.name = "top",
     .value = "10",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 100000,
     .help = "With entry or exit: show the so many most frequent events; the others are one row, (other)",
     .unit = "events"},
    {.name = "histogram",
     .value = "none",
     .type = JOURNEY_OPTION_TEXT,
     .help = "A row for each bin of durations, which end at these (10s, 1m, 1h); auto: 10s, 30s, 1m, 3m, 10m, 30m, 1h"},
};

typedef jn_sessions sessions;
typedef jn_sessions_item session;

static journey_status no_memory(const sessions *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static journey_status refuse(const sessions *s, journey_error *err, const char *why) {
  return s->host->fail(s->host, err, JOURNEY_EINVAL, why);
}

/* A text, for without a goal nothing is proposed either. */
static journey_status read_goal(sessions *s, const char *text, journey_error *err) {
  if (strcmp(text, "none") == 0) return JOURNEY_OK;
  if (strcmp(text, "auto") == 0) return refuse(s, err, "option goal: must be a step, or none; not auto");
  char message[JOURNEY_ERROR_MESSAGE_SIZE];
  journey_error why = {0};
  journey_status status = s->host->compile_steps(s->host, text, &s->goal, &why);
  if (status != JOURNEY_OK) {
    snprintf(message, sizeof message, "option goal: %.400s", why.message);
    return s->host->fail(s->host, err, status, message);
  }
  if (s->goal->count == 1) return JOURNEY_OK;
  return refuse(s, err, "option goal: must be one step, or none");
}

/* "10s, 1m, 1h": durations that ascend. */
static journey_status read_bins(sessions *s, const char *text, journey_error *err) {
  int64_t before = 0;
  for (;; text++) {
    text += strspn(text, " ");
    size_t n = strcspn(text, ","), kept = n;
    while (kept > 0 && text[kept - 1] == ' ') kept--;
    if (s->bins == JN_SESSIONS_MOST_BINS) return refuse(s, err, "option histogram: more than 64 durations");
    int64_t *end = &s->bin[s->bins];
    journey_status status = s->host->parse_duration(s->host, text, kept, end, err);
    if (status != JOURNEY_OK) return refuse(s, err, "option histogram: not a list of durations (10s, 1m, 1h)");
    if (*end <= before) {
      return refuse(s, err, "option histogram: each duration must be longer than the one before, and than nothing");
    }
    before = *end;
    s->bins++;
    text += n;
    if (!*text) return JOURNEY_OK;
  }
}

static journey_status read_options(sessions *s, journey_error *err) {
  const journey_host *host = s->host;
  const char *histogram = host->option_text(host, "histogram");
  s->entry = host->option_flag(host, "entry");
  s->exit = host->option_flag(host, "exit");
  s->top = host->option_int(host, "top");
  int wants_bins = strcmp(histogram, "none") != 0;
  if (s->entry + s->exit + wants_bins > 1) {
    return refuse(s, err, "options entry, exit, histogram: only one of them at a time");
  }
  journey_status status = read_goal(s, host->option_text(host, "goal"), err);
  if (status != JOURNEY_OK || !wants_bins) return status;
  return read_bins(s, strcmp(histogram, "auto") == 0 ? "10s,30s,1m,3m,10m,30m,1h" : histogram, err);
}

static void destroy(void *state) {
  sessions *s = state;
  journey_host_free(s->host, s->list, s->capacity, sizeof *s->list);
  journey_host_free(s->host, s->seen, s->host->events->count, sizeof *s->seen);
  journey_host_free(s->host, s, 1, sizeof *s);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  sessions *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = host;
  s->seen = journey_host_alloc(host, host->events->count, sizeof *s->seen);
  return s->seen ? read_options(s, err) : no_memory(s, err);
}

/* ---- feeding ----------------------------------------------------------------------------------------------------- */

static uint32_t next_mark(sessions *s) {
  if (++s->mark == 0) {
    memset(s->seen, 0, s->host->events->count * sizeof *s->seen);
    s->mark = 1;
  }
  return s->mark;
}

static uint32_t count_distinct(sessions *s, const journey_codes *event, int64_t begin, int64_t end) {
  uint32_t depth = 0, mark = next_mark(s), *seen = s->seen;
  if (event->width == 1) {
    const uint8_t *code = event->data;
    for (int64_t i = begin; i < end; i++) {
      depth += seen[code[i]] != mark;
      seen[code[i]] = mark;
    }
    return depth;
  }
  for (int64_t i = begin; i < end; i++) {
    uint32_t code = journey_codes_at(event, i);
    depth += seen[code] != mark;
    seen[code] = mark;
  }
  return depth;
}

static uint32_t has_goal(const sessions *s, const journey_codes *goal, int64_t begin, int64_t end) {
  for (int64_t i = begin; s->goal && i < end; i++) {
    if (s->goal->mask[journey_codes_at(goal, i)]) return 1;
  }
  return 0;
}

/* Where paths are sessions, the paths of a customer come one after the other. */
static journey_status feed_session(sessions *s, const journey_batch *batch, const journey_codes *goal,
                                   uint32_t customer, int64_t begin, int64_t end) {
  if (journey_host_grow(s->host, &s->list, &s->capacity, s->count + 1, sizeof *s->list)) return JOURNEY_ENOMEM;
  int64_t first = journey_batch_time(batch, begin), last = journey_batch_time(batch, end - 1);
  s->list[s->count++] = (session){
      .duration = journey_elapsed(first, last),
      .away = s->last_customer == customer + 1 ? journey_elapsed(s->last_time, first) : -1,
      .length = end - begin < UINT32_MAX ? (uint32_t)(end - begin) : UINT32_MAX,
      .depth = count_distinct(s, &batch->event, begin, end),
      .edge = s->entry || s->exit ? journey_codes_at(&batch->event, s->entry ? begin : end - 1) : 0,
      .converted = has_goal(s, goal, begin, end),
  };
  s->last_customer = customer + 1;
  s->last_time = last;
  return JOURNEY_OK;
}

static journey_status feed_path(sessions *s, const journey_batch *batch, const journey_codes *goal, int64_t p) {
  journey_status status = JOURNEY_OK;
  const uint32_t *number = batch->session;
  for (int64_t i = batch->begin[p], begin = i; status == JOURNEY_OK && i < batch->end[p]; begin = i) {
    while (++i < batch->end[p] && number[i] == number[begin]) continue;
    status = feed_session(s, batch, goal, batch->customer[p], begin, i);
  }
  return status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  sessions *s = state;
  journey_codes goal = {NULL, 0, 0};
  journey_status status = JOURNEY_OK;
  if (s->goal) status = s->host->step_codes(s->host, s->goal, batch, &goal, err);
  if (status != JOURNEY_OK) return status;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(s, batch, &goal, p);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

/* ---- partial state ----------------------------------------------------------------------------------------------- */

static journey_status merge(void *state, void *other, journey_error *err) {
  sessions *s = state;
  const sessions *o = other;
  if (journey_host_grow(s->host, &s->list, &s->capacity, s->count + o->count, sizeof *s->list)) {
    return no_memory(s, err);
  }
  if (o->count) memcpy(s->list + s->count, o->list, o->count * sizeof *s->list);
  s->count += o->count;
  return JOURNEY_OK;
}

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const sessions *s = state;
  const journey_host *host = s->host;
  (void)err;
  for (size_t i = 0; i < s->count; i++) {
    const session *x = &s->list[i];
    host->save_int64(host, saver, x->length);
    host->save_int64(host, saver, x->depth);
    host->save_int64(host, saver, x->duration);
    host->save_int64(host, saver, x->away);
    host->save_int64(host, saver, x->converted);
    if (s->entry || s->exit) host->save_int64(host, saver, x->edge);
  }
  host->save_int64(host, saver, 0); /* no session is empty */
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  sessions *s = state;
  const journey_host *host = s->host;
  uint32_t length;
  while ((length = (uint32_t)host->load_range(host, loader, 0, UINT32_MAX)) > 0) {
    session x = {.length = length};
    x.depth = (uint32_t)host->load_range(host, loader, 1, length);
    x.duration = host->load_range(host, loader, 0, INT64_MAX);
    x.away = host->load_range(host, loader, -1, INT64_MAX);
    x.converted = (uint32_t)host->load_range(host, loader, 0, s->goal != NULL);
    if (s->entry || s->exit) x.edge = host->load_event(host, loader);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    if (journey_host_grow(host, &s->list, &s->capacity, s->count + 1, sizeof *s->list)) return no_memory(s, err);
    s->list[s->count++] = x;
  }
  return host->load_status(host, loader, err);
}

/* ---- the calculator ---------------------------------------------------------------------------------------------- */

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  const sessions *s = state;
  return jn_sessions_put(s, table) == JOURNEY_OK ? JOURNEY_OK : no_memory(s, err);
}

extern const journey_calculator jn_metric_sessions;

const journey_calculator jn_metric_sessions = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "sessions",
    .title = "Sessions: length, depth, duration, bounce",
    .help = "How many events and how many different ones sessions have, how long they last, how many have a single "
            "event only (bounce), how often customers come and how long they stay away, and how many sessions have "
            "the goal in them. In all, or by the event that sessions begin or end with, or by duration.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME | JOURNEY_NEED_SESSION,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
