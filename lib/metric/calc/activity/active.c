/* active: customers active on each day, and in the week and the month that hold it or end with it, and their ratios:
 * what is called DAU, WAU and MAU. */
#include <math.h>

#include "internal.h"

static const journey_option options[] = {
    JN_ACTIVITY_OPTION,
    {.name = "windows",
     .value = "rolling",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "rolling|calendar",
     .help = "rolling: the 7 and the 30 days that end with the day; calendar: the week and the month that hold it"},
    {.name = "average",
     .value = "none",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "none|complete|all",
     .help = "One row of averages instead of one a day: over the days whose windows the events cover, or over all"},
};

enum { WEEK, MONTH, WINDOWS };
static const char *const units[WINDOWS] = {"week", "month"};
static const uint32_t lengths[WINDOWS] = {7, 30}; /* days of the rolling windows */
enum { LONGEST = 30 };

/* Customers in windows of one length. Rolling: how many begin to be in the windows that end with a day, and how many
 * are so no more. By the calendar: how many were active in each week, or month. */
typedef struct window {
  journey_calendar *calendar;
  int64_t first; /* the calendar's index of slot 0; rolling: of the first day */
  size_t slots;
  int64_t *gained, *lost; /* by slot; nothing is lost by the calendar */
  uint32_t *slot_of_day;  /* by the calendar: the window that holds each day */
} window;

typedef struct active {
  jn_activity activity; /* its periods are days */
  int rolling;
  int64_t *day; /* customers, by day */
  window window[WINDOWS];
} active;

static journey_status no_memory(const active *a, journey_error *err) {
  return a->activity.host->fail(a->activity.host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  active *a = state;
  const journey_host *host = a->activity.host;
  journey_host_free(host, a->day, a->activity.periods, sizeof *a->day);
  for (int w = 0; w < WINDOWS; w++) {
    window *of = &a->window[w];
    journey_host_free(host, of->gained, of->slots, sizeof *of->gained);
    journey_host_free(host, of->lost, of->slots, sizeof *of->lost);
    journey_host_free(host, of->slot_of_day, a->activity.periods, sizeof *of->slot_of_day);
  }
  jn_activity_close(&a->activity);
  journey_host_free(host, a, 1, sizeof *a);
}

static journey_status map_days(active *a, window *of, const char *unit, journey_error *err) {
  const journey_host *host = a->activity.host;
  uint32_t days = a->activity.periods;
  journey_status status = host->calendar(host, unit, NULL, &of->calendar, err);
  if (status != JOURNEY_OK) return status;
  of->slot_of_day = journey_host_alloc(host, days, sizeof *of->slot_of_day);
  if (!of->slot_of_day) return no_memory(a, err);
  for (uint32_t d = 0; d < days; d++) {
    int64_t index;
    host->period_index(host, of->calendar, &a->activity.begin.item[d], 1, &index);
    if (d == 0) of->first = index;
    of->slot_of_day[d] = (uint32_t)(index - of->first);
  }
  of->slots = days > 0 ? (size_t)of->slot_of_day[days - 1] + 1 : 0;
  return JOURNEY_OK;
}

static journey_status make_window(active *a, int w, journey_error *err) {
  const journey_host *host = a->activity.host;
  window *of = &a->window[w];
  of->first = a->activity.first_period;
  of->slots = (size_t)a->activity.periods + LONGEST;
  journey_status status = a->rolling ? JOURNEY_OK : map_days(a, of, units[w], err);
  if (status != JOURNEY_OK) return status;
  of->gained = journey_host_alloc(host, of->slots, sizeof *of->gained);
  of->lost = journey_host_alloc(host, of->slots, sizeof *of->lost);
  return of->gained && of->lost ? JOURNEY_OK : no_memory(a, err);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  active *a = journey_host_alloc(host, 1, sizeof *a);
  if (!a) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = a;
  a->rolling = host->option_choice(host, "windows") == 0;
  journey_status status = jn_activity_open(&a->activity, host, "day", NULL, err);
  if (status != JOURNEY_OK) return status;
  a->day = journey_host_alloc(host, a->activity.periods, sizeof *a->day);
  if (!a->day) return no_memory(a, err);
  for (int w = 0; status == JOURNEY_OK && w < WINDOWS; w++) status = make_window(a, w, err);
  return status;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

/* A customer is in the windows that end with an active day of his, or up to `length` - 1 days later. */
static void count_rolling(window *of, uint32_t length, const uint32_t *met, uint32_t n) {
  of->gained[met[0]]++;
  for (uint32_t i = 1; i < n; i++) {
    if (met[i] - met[i - 1] <= length) continue;
    of->lost[met[i - 1] + length]++;
    of->gained[met[i]]++;
  }
  of->lost[met[n - 1] + length]++;
}

static void count_calendar(window *of, const uint32_t *met, uint32_t n) {
  uint32_t counted = UINT32_MAX;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t slot = of->slot_of_day[met[i]];
    if (slot != counted) of->gained[slot]++;
    counted = slot;
  }
}

static void visit(void *state, const uint32_t *met, uint32_t n) {
  active *a = state;
  for (uint32_t i = 0; i < n; i++) a->day[met[i]]++;
  for (int w = 0; w < WINDOWS; w++) {
    if (a->rolling)
      count_rolling(&a->window[w], lengths[w], met, n);
    else
      count_calendar(&a->window[w], met, n);
  }
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  active *a = state;
  return jn_activity_feed(&a->activity, batch, visit, a, err);
}

static void add_all(int64_t *to, const int64_t *from, size_t n) {
  for (size_t i = 0; i < n; i++) to[i] = journey_add_counts(to[i], from[i]);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  active *a = state;
  const active *o = other;
  (void)err;
  add_all(a->day, o->day, a->activity.periods);
  for (int w = 0; w < WINDOWS; w++) {
    add_all(a->window[w].gained, o->window[w].gained, a->window[w].slots);
    add_all(a->window[w].lost, o->window[w].lost, a->window[w].slots);
  }
  return JOURNEY_OK;
}

/* ---- partial state ----------------------------------------------------------------------------------------------- */

/* Counts that are not 0, by the calendar's index: another machine's scope may begin elsewhere. */
static void save_counts(const journey_host *host, journey_saver *saver, const int64_t *count, size_t n, int64_t first) {
  for (size_t i = 0; i < n; i++) {
    if (count[i] == 0) continue;
    host->save_int64(host, saver, count[i]);
    host->save_int64(host, saver, first + (int64_t)i);
  }
  host->save_int64(host, saver, 0);
}

static journey_status load_counts(const journey_host *host, journey_loader *loader, int64_t *count, size_t n,
                                  int64_t first, journey_error *err) {
  int64_t more, most = n > 0 ? INT64_MAX / 1024 : 0;
  while ((more = host->load_range(host, loader, 0, most)) > 0) {
    int64_t *at = &count[host->load_range(host, loader, first, first + (int64_t)n - 1) - first];
    *at = journey_add_counts(*at, more);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
  }
  return host->load_status(host, loader, err);
}

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const active *a = state;
  const journey_host *host = a->activity.host;
  (void)err;
  save_counts(host, saver, a->day, a->activity.periods, a->activity.first_period);
  for (const window *of = a->window; of < a->window + WINDOWS; of++) {
    save_counts(host, saver, of->gained, of->slots, of->first);
    save_counts(host, saver, of->lost, of->slots, of->first);
  }
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  active *a = state;
  const journey_host *host = a->activity.host;
  journey_status status = load_counts(host, loader, a->day, a->activity.periods, a->activity.first_period, err);
  for (window *of = a->window; status == JOURNEY_OK && of < a->window + WINDOWS; of++) {
    status = load_counts(host, loader, of->gained, of->slots, of->first, err);
    if (status == JOURNEY_OK) status = load_counts(host, loader, of->lost, of->slots, of->first, err);
  }
  return status;
}

/* ---- result ------------------------------------------------------------------------------------------------------ */

/* Day by day: the customers, and whether the events cover the day and its windows. */
typedef struct row {
  int64_t dau, window[WINDOWS];
  int complete;
} row;

/* Customers in the window of a day, given those in the window of the day before. */
static int64_t in_window(const active *a, const window *of, uint32_t day, int64_t before) {
  if (!a->rolling) return of->gained[of->slot_of_day[day]];
  int64_t now = journey_add_counts(before, of->gained[day]);
  return now > of->lost[day] ? now - of->lost[day] : 0;
}

static int is_covered(const active *a, const window *of, int w, uint32_t day) {
  const jn_activity *activity = &a->activity;
  if (!jn_activity_complete(activity, day)) return 0;
  if (a->rolling) return day + 1 >= lengths[w];
  int64_t index = of->first + of->slot_of_day[day];
  int64_t begin = activity->host->period_start(activity->host, of->calendar, index);
  int64_t end = activity->host->period_start(activity->host, of->calendar, index + 1);
  return begin >= activity->begin.item[0] && end - 1 <= activity->last;
}

static void next_row(const active *a, uint32_t day, row *r) {
  r->dau = a->day[day];
  r->complete = 1;
  for (int w = 0; w < WINDOWS; w++) {
    r->window[w] = in_window(a, &a->window[w], day, r->window[w]);
    r->complete &= is_covered(a, &a->window[w], w, day);
  }
}

static void add_columns(const active *a, journey_table *table, int averages) {
  static const char *const counts[] = {"dau", "wau", "mau"}, *const ratios[] = {"dau_wau", "dau_mau", "wau_mau"};
  const journey_host *host = a->activity.host;
  int32_t type = averages ? JOURNEY_TYPE_FLOAT64 : JOURNEY_TYPE_INT64;
  host->column(host, table, averages ? "days" : "day", averages ? JOURNEY_TYPE_INT64 : JOURNEY_TYPE_STRING,
               JOURNEY_UNIT_NONE);
  for (int i = 0; i < 3; i++) host->column(host, table, counts[i], type, JOURNEY_UNIT_NONE);
  for (int i = 0; i < 3; i++) {
    if (averages)
      host->column(host, table, ratios[i], JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE);
    else
      host->column_interval(host, table, ratios[i], JOURNEY_UNIT_SHARE);
  }
  if (!averages) host->column(host, table, "complete", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->note(host, table, "windows",
             a->rolling
                 ? "wau: the 7 days that end with the day; mau: the 30 days that end with it"
                 : "wau: the week of the calendar, from Monday, that holds the day; mau: the month that holds it");
  host->note(host, table, "method",
             averages ? "ratios of the averages; days share customers, so that no interval is given"
                      : "Wilson interval");
  if (!averages) host->note(host, table, "complete", "0: the events do not cover the day and both windows whole");
}

/* Who is active in a week is so in the 30 days that end with it, but not in the month that its last day is in. */
static void put_day(active *a, journey_table *table, uint32_t day, const row *r) {
  const journey_host *host = a->activity.host;
  char label[32];
  host->period_label(host, a->activity.calendar, a->activity.first_period + day, label);
  host->put_text(host, table, label, SIZE_MAX);
  host->put_int64(host, table, r->dau);
  for (int w = 0; w < WINDOWS; w++) host->put_int64(host, table, r->window[w]);
  for (int w = 0; w < WINDOWS; w++) host->put_interval(host, table, host->proportion(host, r->dau, r->window[w]));
  host->put_interval(host, table, host->proportion(host, r->window[WEEK], a->rolling ? r->window[MONTH] : 0));
  host->put_int64(host, table, r->complete);
}

static double ratio(double a, double b) { return b > 0 ? a / b : NAN; }

static void put_average(active *a, journey_table *table, int only_complete) {
  const journey_host *host = a->activity.host;
  row r = {0};
  int64_t days = 0, dau = 0, wau = 0, mau = 0;
  for (uint32_t d = 0; d < a->activity.periods; d++) {
    next_row(a, d, &r);
    if (only_complete && !r.complete) continue;
    days++;
    dau = journey_add_counts(dau, r.dau);
    wau = journey_add_counts(wau, r.window[WEEK]);
    mau = journey_add_counts(mau, r.window[MONTH]);
  }
  host->put_int64(host, table, days);
  host->put_float64(host, table, ratio((double)dau, (double)days));
  host->put_float64(host, table, ratio((double)wau, (double)days));
  host->put_float64(host, table, ratio((double)mau, (double)days));
  host->put_float64(host, table, ratio((double)dau, (double)wau));
  host->put_float64(host, table, ratio((double)dau, (double)mau));
  host->put_float64(host, table, a->rolling ? ratio((double)wau, (double)mau) : NAN);
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  active *a = state;
  int32_t average = a->activity.host->option_choice(a->activity.host, "average");
  row r = {0};
  (void)err;
  add_columns(a, table, average != 0);
  if (average)
    put_average(a, table, average == 1);
  else
    for (uint32_t d = 0; d < a->activity.periods; d++) next_row(a, d, &r), put_day(a, table, d, &r);
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_active;

const journey_calculator jn_metric_active = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "active",
    .title = "Active customers by day, week and month",
    .help =
        "For each day of the calendar: distinct customers active on it (DAU), in the week (WAU) and in the month (MAU) "
        "that end with it, or that hold it, and the ratios of these; or the averages over the days.",
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
