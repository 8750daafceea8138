/* retention: of the customers who began in a period, how many returned in the periods after it. */
#include <string.h>

#include "internal.h"

#define BRACKETS "1,2-3,4-7"

static const journey_option options[] = {
    {.name = "period",
     .value = "week",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "day|week|month|quarter|hour",
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
     .maximum = JN_RETENTION_MOST_PERIODS,
     .help = "How many periods after the first to follow"},
    {.name = "kind",
     .value = "on",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "on|on_or_after|on_or_before|streak|brackets|loss",
     .help = "Who counts: returned in the period, in it or later, in it or before, in every one so far, in a bracket of "
             "periods; or came back no more"},
    {.name = "brackets",
     .value = BRACKETS,
     .type = JOURNEY_OPTION_TEXT,
     .help = "For the kind brackets: ranges of periods, in order, instead of --periods"},
    {.name = "rolling",
     .value = "false",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Count periods of exactly 1 h, 24 h, 7 days, 30 days (month) or 90 days (quarter) from each customer's start"},
    {.name = "cohort",
     .value = "first",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "first|every",
     .help = "Put a customer in the cohort of his first start, or of every period in which he has one"},
    {.name = "least",
     .value = "1",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1e9,
     .help = "Returns that a customer must have within a period to be active in it"},
    {.name = "values",
     .value = "none",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "none|sum|mean",
     .help = "Also show the sum or the mean of the values of the returns"},
    {.name = "relative",
     .value = "start",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "start|previous",
     .help = "Tell the rate of the whole cohort, or of those who were counted in the row before"},
    {.name = "average",
     .value = "none",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "none|weighted|simple",
     .help = "Also show rows of all cohorts that are old enough: all their customers together, or the mean of their rates"},
};

static void destroy(void *state) {
  jn_retention *r = state;
  const journey_host *host = r->host;
  size_t cells = (size_t)r->cohorts * r->rows;
  for (uint32_t c = 0; r->value && c < r->cohorts; c++) {
    journey_host_free(host, r->value[c], r->rows, sizeof **r->value);
  }
  journey_host_free(host, r->value, r->cohorts, sizeof *r->value);
  journey_host_free(host, r->pair, cells, sizeof *r->pair);
  journey_host_free(host, r->cell, cells, sizeof *r->cell);
  journey_host_free(host, r->size, r->cohorts, sizeof *r->size);
  journey_host_free(host, r->entries, r->entry_capacity, sizeof *r->entries);
  journey_host_free(host, r->runs, r->run_capacity, sizeof *r->runs);
  journey_list_free(host, &r->visits);
  jn_retention_free_periods(r);
  journey_host_free(host, r, 1, sizeof *r);
}

static void read_options(jn_retention *r) {
  static const int64_t hours[] = {24, 7 * 24, 30 * 24, 90 * 24, 1};
  const journey_host *host = r->host;
  r->kind = host->option_choice(host, "kind");
  r->values = host->option_choice(host, "values");
  r->average = host->option_choice(host, "average");
  r->previous = host->option_choice(host, "relative");
  r->every = host->option_choice(host, "cohort");
  r->least = host->option_int(host, "least");
  if (host->option_flag(host, "rolling")) {
    r->length = hours[host->option_choice(host, "period")] * INT64_C(3600000000);
  }
}

static journey_status check_options(const jn_retention *r, journey_error *err) {
  const journey_host *host = r->host;
  if (r->kind != JN_RETENTION_BRACKETS && strcmp(host->option_text(host, "brackets"), BRACKETS) != 0) {
    return host->fail(host, err, JOURNEY_EINVAL, "option brackets: is for the kind brackets");
  }
  if (r->previous && r->kind == JN_RETENTION_ON_OR_BEFORE) {
    return host->fail(host, err, JOURNEY_EINVAL,
                      "option relative: previous says nothing of on_or_before, which keeps all of the row before");
  }
  return JOURNEY_OK;
}

static journey_status get_ready(jn_retention *r, journey_error *err) {
  static const char *const periods[] = {"day", "week", "month", "quarter", "hour"};
  const journey_host *host = r->host;
  journey_status status = host->steps(host, "start", &r->start, err);
  if (status == JOURNEY_OK) status = host->steps(host, "returns", &r->returns, err);
  if (status == JOURNEY_OK && r->values) status = host->need(host, JOURNEY_NEED_VALUE, err);
  if (status == JOURNEY_OK) {
    status = host->calendar(host, periods[host->option_choice(host, "period")], NULL, &r->calendar, err);
  }
  return status;
}

static journey_status make_counts(jn_retention *r, journey_error *err) {
  const journey_host *host = r->host;
  size_t cells = (size_t)r->cohorts * r->rows;
  int paired = r->previous && (r->kind == JN_RETENTION_ON || r->kind == JN_RETENTION_BRACKETS);
  r->size = journey_host_alloc(host, r->cohorts, sizeof *r->size);
  r->cell = journey_host_alloc(host, cells, sizeof *r->cell);
  if (paired) r->pair = journey_host_alloc(host, cells, sizeof *r->pair);
  if (r->values) r->value = journey_host_alloc(host, r->cohorts, sizeof *r->value);
  int all = r->size && r->cell && (!paired || r->pair) && (!r->values || r->value);
  return all ? JOURNEY_OK : jn_retention_no_memory(r, err);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  jn_retention *r = journey_host_alloc(host, 1, sizeof *r);
  if (!r) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = r;
  r->host = host;
  read_options(r);
  journey_status status = check_options(r, err);
  if (status == JOURNEY_OK) status = jn_retention_make_rows(r, err);
  if (status == JOURNEY_OK) status = get_ready(r, err);
  if (status == JOURNEY_OK) status = jn_retention_make_periods(r, err);
  return status == JOURNEY_OK ? make_counts(r, err) : status;
}

extern const journey_calculator jn_metric_retention;

const journey_calculator jn_metric_retention = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "retention",
    .title = "Retention by cohort",
    .help = "Customers are put into cohorts by the hour, day, week, month or quarter of their first start event, or of "
            "each that they start in; for each cohort and each period after, how many of them returned: in that very "
            "period, in it or later, in it or before, in all so far, or in a bracket of periods; or were lost. Weeks "
            "begin on Monday.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = jn_retention_feed,
    .merge = jn_retention_merge,
    .save = jn_retention_save,
    .load = jn_retention_load,
    .finish = jn_retention_finish,
    .destroy = destroy,
};
