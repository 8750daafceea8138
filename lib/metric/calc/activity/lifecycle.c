/* lifecycle: period by period, the customers who are new, return, come back after a pause, or stay away. */
#include "internal.h"

static const journey_option options[] = {
    {.name = "period",
     .value = "week",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "hour|day|week|month|quarter|year",
     .help = "Length of a period, by the calendar of the study's zone"},
    JN_ACTIVITY_OPTION,
};

/* What a customer can be in a period. The dormant ones are not active in it. */
enum { NEW, RETURNING, RESURRECTING, DORMANT, KINDS };

typedef struct lifecycle {
  jn_activity activity;
  int64_t (*count)[KINDS]; /* by period; one more, for those who are dormant after the last one */
} lifecycle;

static size_t slots_of(const lifecycle *l) { return (size_t)l->activity.periods + 1; }

static void destroy(void *state) {
  lifecycle *l = state;
  const journey_host *host = l->activity.host;
  journey_host_free(host, l->count, slots_of(l), sizeof *l->count);
  jn_activity_close(&l->activity);
  journey_host_free(host, l, 1, sizeof *l);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  lifecycle *l = journey_host_alloc(host, 1, sizeof *l);
  if (!l) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = l;
  journey_status status = jn_activity_open(&l->activity, host, host->option_text(host, "period"), NULL, err);
  if (status != JOURNEY_OK) return status;
  l->count = journey_host_alloc(host, slots_of(l), sizeof *l->count);
  return l->count ? JOURNEY_OK : host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

/* A spell of consecutive periods begins new or resurrecting, and the period after it is dormant. */
static void visit(void *state, const uint32_t *met, uint32_t n) {
  int64_t(*count)[KINDS] = ((lifecycle *)state)->count;
  count[met[0]][NEW]++;
  for (uint32_t i = 1; i < n; i++) {
    int returns = met[i] == met[i - 1] + 1;
    count[met[i]][returns ? RETURNING : RESURRECTING]++;
    if (!returns) count[met[i - 1] + 1][DORMANT]++;
  }
  count[met[n - 1] + 1][DORMANT]++;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  lifecycle *l = state;
  return jn_activity_feed(&l->activity, batch, visit, l, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  lifecycle *l = state;
  const lifecycle *o = other;
  (void)err;
  for (size_t p = 0; p < slots_of(l); p++) {
    for (int k = 0; k < KINDS; k++) l->count[p][k] = journey_add_counts(l->count[p][k], o->count[p][k]);
  }
  return JOURNEY_OK;
}

/* ---- partial state ----------------------------------------------------------------------------------------------- */

/* By the calendar's index, since another machine's scope may begin elsewhere. */
static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const lifecycle *l = state;
  const journey_host *host = l->activity.host;
  (void)err;
  for (size_t p = 0; p < slots_of(l); p++) {
    const int64_t *count = l->count[p];
    if (!(count[NEW] | count[RETURNING] | count[RESURRECTING] | count[DORMANT])) continue;
    host->save_int64(host, saver, 1);
    host->save_int64(host, saver, l->activity.first_period + (int64_t)p);
    for (int k = 0; k < KINDS; k++) host->save_int64(host, saver, count[k]);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  lifecycle *l = state;
  const journey_host *host = l->activity.host;
  int64_t first = l->activity.first_period, last = first + l->activity.periods;
  while (host->load_range(host, loader, 0, 1) == 1) {
    int64_t *count = l->count[host->load_range(host, loader, first, last) - first];
    for (int k = 0; k < KINDS; k++) {
      count[k] = journey_add_counts(count[k], host->load_range(host, loader, 0, INT64_MAX / 1024));
    }
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
  }
  return host->load_status(host, loader, err);
}

/* ---- result ------------------------------------------------------------------------------------------------------ */

static void add_columns(const journey_host *host, journey_table *table) {
  static const char *const counts[] = {"active", "new", "returning", "resurrecting", "dormant"};
  host->column(host, table, "period", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  for (int i = 0; i < 5; i++) host->column(host, table, counts[i], JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "retained", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "pulse", JOURNEY_UNIT_NONE);
  host->column(host, table, "complete", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->note(host, table, "retained", "returning / active in the period before, Wilson interval");
  host->note(host, table, "pulse",
             "(new + resurrecting) / dormant; interval: the odds of Wilson's, of those gained among gained and lost");
  host->note(host, table, "complete", "0: the events end before the period does, so that its customers may still come");
}

/* Odds of a share: x / y for the share x / (x + y). */
static journey_interval odds_of(journey_interval share) {
  return (journey_interval){share.estimate / (1 - share.estimate), share.low / (1 - share.low),
                            share.high / (1 - share.high)};
}

static void put_pulse(const journey_host *host, journey_table *table, int64_t gained, int64_t lost) {
  if (lost > 0) {
    journey_interval pulse = odds_of(host->proportion(host, gained, journey_add_counts(gained, lost)));
    pulse.estimate = (double)gained / (double)lost;
    host->put_interval(host, table, pulse);
    return;
  }
  for (int i = 0; i < 3; i++) host->put_null(host, table);
}

static int64_t put_period(lifecycle *l, journey_table *table, uint32_t period, int64_t before) {
  const journey_host *host = l->activity.host;
  const int64_t *count = l->count[period];
  char label[32];
  int64_t gained = journey_add_counts(count[NEW], count[RESURRECTING]);
  int64_t active = journey_add_counts(gained, count[RETURNING]);
  host->period_label(host, l->activity.calendar, l->activity.first_period + period, label);
  host->put_text(host, table, label, SIZE_MAX);
  host->put_int64(host, table, active);
  for (int k = 0; k < KINDS; k++) host->put_int64(host, table, count[k]);
  host->put_interval(host, table, host->proportion(host, count[RETURNING], before));
  put_pulse(host, table, gained, count[DORMANT]);
  host->put_int64(host, table, jn_activity_complete(&l->activity, period));
  return active;
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  lifecycle *l = state;
  int64_t before = 0;
  (void)err;
  add_columns(l->activity.host, table);
  for (uint32_t p = 0; p < l->activity.periods; p++) before = put_period(l, table, p, before);
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_lifecycle;

const journey_calculator jn_metric_lifecycle = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "lifecycle",
    .title = "Life cycle: new, returning, resurrecting, dormant",
    .help =
        "For each period of the calendar: customers whose first activity it is (new), who were active in the period "
        "before (returning) or only earlier (resurrecting), and those who were active in the period before and are "
        "not in this one (dormant). Active are the first three together.",
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
