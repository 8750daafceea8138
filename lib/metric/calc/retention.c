/* retention: of the customers who began in a period, how many were active in the periods after it. */
#include "journey_plugin.h"

enum { MOST_PERIODS = 5000 };

static const journey_option options[] = {
    {.name = "period",
     .value = "week",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "day|week|month",
     .help = "Length of a period, by the calendar of the study's zone"},
    {.name = "start",
     .value = "*",
     .type = JOURNEY_OPTION_STEP,
     .help = "First such event puts a customer in a cohort"},
    {.name = "returns", .value = "*", .type = JOURNEY_OPTION_STEP, .help = "Event that counts as being active"},
    {.name = "periods",
     .value = "12",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1000,
     .help = "How many periods after the first to follow"},
};

typedef struct retention {
  const journey_host *host;
  const journey_steps *start, *returns;
  journey_calendar *calendar;
  int64_t first;           /* index of the first cohort's period */
  uint32_t cohorts, width; /* width = periods + 1 */
  int64_t *active;         /* [cohort * width + periods after] */
  int64_t *size;           /* of the cohorts */
  int64_t *begins;         /* times at which the cohorts' periods begin, and one more */
} retention;

static journey_status no_memory(const retention *r, journey_error *err) {
  return r->host->fail(r->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  retention *r = state;
  journey_host_free(r->host, r->active, (size_t)r->cohorts * r->width, sizeof *r->active);
  journey_host_free(r->host, r->size, r->cohorts, sizeof *r->size);
  journey_host_free(r->host, r->begins, (size_t)r->cohorts + 1, sizeof *r->begins);
  journey_host_free(r->host, r, 1, sizeof *r);
}

/* One cohort for each period of the scope. */
static journey_status make_cohorts(retention *r, journey_error *err) {
  const journey_host *host = r->host;
  int64_t range[2], index[2] = {0, -1};
  if (host->time_range(host, &range[0], &range[1]) == JOURNEY_OK) {
    host->period_index(host, r->calendar, range, 2, index);
  }
  if (index[1] - index[0] >= MOST_PERIODS) {
    return host->fail(host, err, JOURNEY_ELIMIT, "more than 5000 periods; choose longer ones, or a shorter scope");
  }
  r->first = index[0];
  r->cohorts = (uint32_t)(index[1] - index[0] + 1);
  r->active = journey_host_alloc(host, (size_t)r->cohorts * r->width, sizeof *r->active);
  r->size = journey_host_alloc(host, r->cohorts, sizeof *r->size);
  r->begins = journey_host_alloc(host, (size_t)r->cohorts + 1, sizeof *r->begins);
  if (!r->active || !r->size || !r->begins) return no_memory(r, err);
  for (uint32_t c = 0; c <= r->cohorts; c++) r->begins[c] = host->period_start(host, r->calendar, r->first + c);
  return JOURNEY_OK;
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  static const char *const periods[] = {"day", "week", "month"};
  retention *r = journey_host_alloc(host, 1, sizeof *r);
  if (!r) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = r;
  r->host = host;
  r->width = (uint32_t)host->option_int(host, "periods") + 1;
  journey_status status = host->steps(host, "start", &r->start, err);
  if (status == JOURNEY_OK) status = host->steps(host, "returns", &r->returns, err);
  if (status == JOURNEY_OK) {
    status = host->calendar(host, periods[host->option_choice(host, "period")], NULL, &r->calendar, err);
  }
  return status == JOURNEY_OK ? make_cohorts(r, err) : status;
}

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

/* The last period that begins at `time` or before, from 0; a time outside the scope is in its first or last one. */
static uint32_t period_of(const retention *r, int64_t time) {
  uint32_t low = 0, high = r->cohorts;
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (r->begins[middle] <= time)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static int64_t find_step(const journey_steps *steps, const journey_codes *codes, int64_t i, int64_t end) {
  while (i < end && !steps->mask[journey_codes_at(codes, i)]) i++;
  return i;
}

/* Times do not decrease, so that a return is looked for from the end of the period that was counted last. */
static void feed_path(retention *r, const journey_batch *batch, const journey_codes *start,
                      const journey_codes *returns, int64_t p) {
  int64_t end = batch->end[p], i = find_step(r->start, start, batch->begin[p], end);
  if (i == end || r->cohorts == 0) return;
  uint32_t cohort = period_of(r, journey_batch_time(batch, i)), period = cohort;
  int counted = 0; /* whether `period` is */
  r->size[cohort]++;
  for (i = find_step(r->returns, returns, i, end); i < end; i = find_step(r->returns, returns, i + 1, end)) {
    int64_t time = journey_batch_time(batch, i);
    if (counted && (period + 1 == r->cohorts || time < r->begins[period + 1])) continue;
    period = period_of(r, time);
    counted = 1;
    if (period - cohort >= r->width) return;
    r->active[(size_t)cohort * r->width + (period - cohort)]++;
  }
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  retention *r = state;
  journey_codes start, returns;
  journey_status status = r->host->step_codes(r->host, r->start, batch, &start, err);
  if (status == JOURNEY_OK) status = r->host->step_codes(r->host, r->returns, batch, &returns, err);
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) feed_path(r, batch, &start, &returns, p);
  return status;
}

static journey_status merge(void *state, void *other, journey_error *err) {
  retention *r = state;
  const retention *o = other;
  (void)err;
  for (uint32_t c = 0; c < r->cohorts; c++) r->size[c] = journey_add_counts(r->size[c], o->size[c]);
  for (size_t i = 0; i < (size_t)r->cohorts * r->width; i++) {
    r->active[i] = journey_add_counts(r->active[i], o->active[i]);
  }
  return JOURNEY_OK;
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

/* Cohorts are saved by the index of their period, since another machine's scope may begin elsewhere. */
static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const retention *r = state;
  const journey_host *host = r->host;
  (void)err;
  for (uint32_t c = 0; c < r->cohorts; c++) {
    if (r->size[c] == 0) continue;
    host->save_int64(host, saver, 1);
    host->save_int64(host, saver, r->first + c);
    host->save_int64(host, saver, r->size[c]);
    for (uint32_t k = 0; k < r->width; k++) host->save_int64(host, saver, r->active[(size_t)c * r->width + k]);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  retention *r = state;
  const journey_host *host = r->host;
  while (r->cohorts > 0 && host->load_range(host, loader, 0, 1) == 1) {
    int64_t cohort = host->load_range(host, loader, r->first, r->first + r->cohorts - 1) - r->first;
    int64_t size = host->load_range(host, loader, 0, INT64_MAX / 1024);
    r->size[cohort] = journey_add_counts(r->size[cohort], size);
    for (uint32_t k = 0; k < r->width; k++) {
      int64_t *active = &r->active[cohort * r->width + k];
      *active = journey_add_counts(*active, host->load_range(host, loader, 0, size));
    }
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
  }
  if (r->cohorts == 0) host->load_range(host, loader, 0, 0);
  return host->load_status(host, loader, err);
}

/* ---- result ----------------------------------------------------------------------------------------------------------------- */

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "cohort", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "size", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "period", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "rate", JOURNEY_UNIT_SHARE);
  host->column(host, table, "complete", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->note(host, table, "method", "rate: customers / size, Wilson interval");
  host->note(host, table, "complete", "0: the events end before the period does, so its customers may still come");
}

static void put_cohort(retention *r, journey_table *table, uint32_t c, int64_t last) {
  const journey_host *host = r->host;
  char label[32];
  host->period_label(host, r->calendar, r->first + c, label);
  for (uint32_t k = 0; k < r->width && c + k < r->cohorts; k++) {
    int64_t customers = r->active[(size_t)c * r->width + k];
    host->put_text(host, table, label, SIZE_MAX);
    host->put_int64(host, table, r->size[c]);
    host->put_int64(host, table, k);
    host->put_int64(host, table, customers);
    host->put_interval(host, table, host->proportion(host, customers, r->size[c]));
    host->put_int64(host, table, host->period_start(host, r->calendar, r->first + c + k + 1) - 1 <= last);
  }
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  retention *r = state;
  int64_t first, last;
  (void)err;
  add_columns(r->host, table);
  if (r->host->time_range(r->host, &first, &last) != JOURNEY_OK) return JOURNEY_OK;
  for (uint32_t c = 0; c < r->cohorts; c++) {
    if (r->size[c] > 0) put_cohort(r, table, c, last);
  }
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_retention;

const journey_calculator jn_metric_retention = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "retention",
    .title = "Retention by cohort",
    .help = "Customers are put into cohorts by the day, week or month of their first start event; for each cohort and "
            "each period after, how many of them were active in that very period. Weeks begin on Monday.",
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
