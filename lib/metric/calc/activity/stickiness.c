/* stickiness: in how many days (or other intervals) of a week (or another period) customers were active. */
#include "internal.h"

static const journey_option options[] = {
    {.name = "interval",
     .value = "day",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "hour|day|week|month",
     .help = "What is counted: intervals in which a customer was active at least once"},
    {.name = "period",
     .value = "week",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "day|week|month|quarter|year|all",
     .help = "Within which longer period they are counted; all: the whole scope"},
    JN_ACTIVITY_OPTION,
};

typedef struct stickiness {
  jn_activity activity; /* its periods are the intervals, each in one longer period */
  uint32_t periods;     /* the longer ones */
  uint32_t *intervals;  /* of each of them, as far as it is in scope */
  uint32_t width;       /* the most of these, and one more */
  int64_t *customers;   /* [period * width + k]: active in exactly k intervals of it */
  int64_t first_period; /* the calendar's index of period 0 */
} stickiness;

static journey_status no_memory(const stickiness *s, journey_error *err) {
  return s->activity.host->fail(s->activity.host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  stickiness *s = state;
  const journey_host *host = s->activity.host;
  journey_host_free(host, s->intervals, s->periods, sizeof *s->intervals);
  journey_host_free(host, s->customers, (size_t)s->periods * s->width, sizeof *s->customers);
  jn_activity_close(&s->activity);
  journey_host_free(host, s, 1, sizeof *s);
}

static journey_status count_intervals(stickiness *s, journey_error *err) {
  const journey_list *whole = &s->activity.whole;
  const journey_host *host = s->activity.host;
  s->width = 1;
  s->periods = whole->count > 0 ? (uint32_t)whole->item[whole->count - 1] + 1 : 0;
  s->intervals = journey_host_alloc(host, s->periods, sizeof *s->intervals);
  if (!s->intervals) return no_memory(s, err);
  for (size_t i = 0; i < whole->count; i++) {
    uint32_t intervals = ++s->intervals[whole->item[i]];
    if (intervals >= s->width) s->width = intervals + 1;
  }
  s->customers = journey_host_alloc(host, (size_t)s->periods * s->width, sizeof *s->customers);
  return s->customers ? JOURNEY_OK : no_memory(s, err);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  stickiness *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->activity.host = host;
  /* The choices are in order of length: hour, and then the same from day on. */
  if (host->option_choice(host, "interval") > host->option_choice(host, "period")) {
    return host->fail(host, err, JOURNEY_EINVAL, "option interval: must be shorter than the period");
  }
  const char *period = host->option_text(host, "period");
  journey_status status = jn_activity_open(&s->activity, host, host->option_text(host, "interval"), period, err);
  s->first_period = s->activity.first_whole;
  return status == JOURNEY_OK ? count_intervals(s, err) : status;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static void visit(void *state, const uint32_t *met, uint32_t n) {
  stickiness *s = state;
  const int64_t *whole = s->activity.whole.item;
  for (uint32_t i = 0; i < n;) {
    int64_t period = whole[met[i]];
    uint32_t begin = i;
    while (i < n && whole[met[i]] == period) i++;
    s->customers[(size_t)period * s->width + (i - begin)]++;
  }
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  stickiness *s = state;
  return jn_activity_feed(&s->activity, batch, visit, s, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  stickiness *s = state;
  const stickiness *o = other;
  (void)err;
  for (size_t i = 0; i < (size_t)s->periods * s->width; i++) {
    s->customers[i] = journey_add_counts(s->customers[i], o->customers[i]);
  }
  return JOURNEY_OK;
}

/* ---- partial state ----------------------------------------------------------------------------------------------- */

/* Period, intervals and customers of each count that is not 0: another machine's scope may be wider. */
static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const stickiness *s = state;
  const journey_host *host = s->activity.host;
  (void)err;
  for (size_t i = 0; i < (size_t)s->periods * s->width; i++) {
    if (s->customers[i] == 0) continue;
    host->save_int64(host, saver, s->customers[i]);
    host->save_int64(host, saver, s->first_period + (int64_t)(i / s->width));
    host->save_int64(host, saver, (int64_t)(i % s->width));
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  stickiness *s = state;
  const journey_host *host = s->activity.host;
  int64_t customers, most = s->periods > 0 ? INT64_MAX / 1024 : 0;
  while ((customers = host->load_range(host, loader, 0, most)) > 0) {
    int64_t period = host->load_range(host, loader, s->first_period, s->first_period + s->periods - 1);
    size_t at = (size_t)(period - s->first_period);
    int64_t *count = &s->customers[at * s->width + (size_t)host->load_range(host, loader, 1, s->intervals[at])];
    *count = journey_add_counts(*count, customers);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
  }
  return host->load_status(host, loader, err);
}

/* ---- result ------------------------------------------------------------------------------------------------------ */

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "period", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "active", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "intervals", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "exactly", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "exactly_share", JOURNEY_UNIT_SHARE);
  host->column(host, table, "at_least", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "at_least_share", JOURNEY_UNIT_SHARE);
  host->column(host, table, "complete", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->note(host, table, "method", "shares: of the customers active in the period, Wilson interval");
  host->note(host, table, "complete", "0: the events end before the period does, so that its numbers may still change");
}

/* Whether the events cover a longer period to its end: with "all", the scope ends where they do. */
static int is_complete(const stickiness *s, uint32_t period) {
  const jn_activity *a = &s->activity;
  if (!a->whole_calendar) return 1;
  return a->host->period_start(a->host, a->whole_calendar, s->first_period + period + 1) - 1 <= a->last;
}

static void put_period(stickiness *s, journey_table *table, uint32_t period) {
  const journey_host *host = s->activity.host;
  const int64_t *customers = &s->customers[(size_t)period * s->width];
  int64_t active = 0;
  char label[32] = "(all)";
  for (uint32_t k = 1; k <= s->intervals[period]; k++) active = journey_add_counts(active, customers[k]);
  if (active == 0) return;
  if (s->activity.whole_calendar) {
    host->period_label(host, s->activity.whole_calendar, s->first_period + period, label);
  }
  int64_t at_least = active;
  for (uint32_t k = 1; k <= s->intervals[period]; k++) {
    host->put_text(host, table, label, SIZE_MAX);
    host->put_int64(host, table, active);
    host->put_int64(host, table, k);
    host->put_int64(host, table, customers[k]);
    host->put_interval(host, table, host->proportion(host, customers[k], active));
    host->put_int64(host, table, at_least);
    host->put_interval(host, table, host->proportion(host, at_least, active));
    host->put_int64(host, table, is_complete(s, period));
    at_least = at_least > customers[k] ? at_least - customers[k] : 0;
  }
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  stickiness *s = state;
  (void)err;
  add_columns(s->activity.host, table);
  for (uint32_t p = 0; p < s->periods; p++) put_period(s, table, p);
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_stickiness;

const journey_calculator jn_metric_stickiness = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "stickiness",
    .title = "Stickiness: active in how many intervals",
    .help =
        "Of the customers who were active in a period of the calendar, how many were so in exactly, and in at least, "
        "1, 2, 3 ... of its shorter intervals: on how many days of a week, for example.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
