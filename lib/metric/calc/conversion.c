/* conversion: how many of the customers who came to the start reached the goal, and how long it took them. */
#include "journey_plugin.h"

static const journey_option options[] = {
    {.name = "goal", .value = "auto", .type = JOURNEY_OPTION_STEP, .help = "Event that is the conversion"},
    {.name = "start", .value = "*", .type = JOURNEY_OPTION_STEP, .help = "Event that makes a visitor"},
    {.name = "window",
     .value = "none",
     .type = JOURNEY_OPTION_DURATION,
     .help = "Longest time from the first start to the goal, its end included"},
};

typedef struct conversion {
  const journey_host *host;
  const journey_steps *goal, *start;
  int64_t window;
  int64_t visitors, conversions;
  journey_list duration; /* of each converter, in microseconds */
  journey_sum value; /* of the converters' first goals */
  int64_t valued;
} conversion;

static journey_status no_memory(const conversion *c, journey_error *err) {
  return c->host->fail(c->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  conversion *c = state;
  journey_list_free(c->host, &c->duration);
  journey_host_free(c->host, c, 1, sizeof *c);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  conversion *c = journey_host_alloc(host, 1, sizeof *c);
  if (!c) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = c;
  c->host = host;
  c->window = host->option_duration(host, "window");
  journey_status status = host->steps(host, "goal", &c->goal, err);
  return status == JOURNEY_OK ? host->steps(host, "start", &c->start, err) : status;
}

static journey_status add_converter(conversion *c, const journey_batch *batch, int64_t goal, int64_t duration,
                                    journey_error *err) {
  if (journey_list_add(c->host, &c->duration, duration) != JOURNEY_OK) return no_memory(c, err);
  if (batch->value && batch->value[goal] == batch->value[goal]) {
    c->host->sum_add(c->host, &c->value, NULL, &batch->value[goal], 1);
    c->valued++;
  }
  return JOURNEY_OK;
}

/* Everything is told from the customer's first start: a visitor is one trial, however often he came. */
static journey_status feed_path(conversion *c, const journey_batch *batch, const journey_codes *start,
                                const journey_codes *goal, int64_t p, journey_error *err) {
  int64_t i = batch->begin[p], end = batch->end[p];
  while (i < end && !c->start->mask[journey_codes_at(start, i)]) i++;
  if (i == end) return JOURNEY_OK;
  int64_t first = journey_batch_time(batch, i), converted = 0;
  c->visitors++;
  for (; i < end; i++) {
    if (!c->goal->mask[journey_codes_at(goal, i)]) continue;
    int64_t duration = journey_elapsed(first, journey_batch_time(batch, i));
    if (duration > c->window) break;
    c->conversions++;
    journey_status status = converted++ ? JOURNEY_OK : add_converter(c, batch, i, duration, err);
    if (status != JOURNEY_OK) return status;
  }
  return JOURNEY_OK;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  conversion *c = state;
  journey_codes start, goal;
  journey_status status = c->host->step_codes(c->host, c->start, batch, &start, err);
  if (status == JOURNEY_OK) status = c->host->step_codes(c->host, c->goal, batch, &goal, err);
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) {
    status = feed_path(c, batch, &start, &goal, p, err);
  }
  return status;
}

static journey_status merge(void *state, void *other, journey_error *err) {
  conversion *c = state, *o = other;
  if (journey_list_append(c->host, &c->duration, &o->duration) != JOURNEY_OK) return no_memory(c, err);
  c->visitors = journey_add_counts(c->visitors, o->visitors);
  c->conversions = journey_add_counts(c->conversions, o->conversions);
  c->valued = journey_add_counts(c->valued, o->valued);
  c->host->sum_merge(c->host, &c->value, &o->value);
  return JOURNEY_OK;
}

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const conversion *c = state;
  const journey_host *host = c->host;
  (void)err;
  host->save_int64(host, saver, c->visitors);
  host->save_int64(host, saver, c->conversions);
  host->save_int64(host, saver, c->valued);
  host->save_sum(host, saver, &c->value);
  journey_list_save(host, saver, &c->duration);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  conversion *c = state;
  const journey_host *host = c->host;
  c->visitors = host->load_range(host, loader, 0, INT64_MAX);
  c->conversions = host->load_range(host, loader, 0, INT64_MAX);
  c->valued = host->load_range(host, loader, 0, INT64_MAX);
  host->load_sum(host, loader, &c->value);
  journey_status status = journey_list_load(host, loader, &c->duration, 0, err);
  if (status == JOURNEY_ENOMEM) return no_memory(c, err);
  if (status == JOURNEY_OK && (int64_t)c->duration.count > c->visitors) {
    return host->fail(host, err, JOURNEY_ESTATE, "saved state: more converters than visitors");
  }
  return status;
}

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "visitors", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "converters", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "conversions", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "rate", JOURNEY_UNIT_SHARE);
  host->column(host, table, "median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "p90_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "value", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  host->note(host, table, "method", "rate: converters / visitors, Wilson interval");
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  conversion *c = state;
  const journey_host *host = c->host;
  int64_t converters = (int64_t)c->duration.count;
  (void)err;
  add_columns(host, table);
  host->put_int64(host, table, c->visitors);
  host->put_int64(host, table, converters);
  host->put_int64(host, table, c->conversions);
  host->put_interval(host, table, host->proportion(host, converters, c->visitors));
  host->put_float64(host, table, host->quantile_int64(host, c->duration.item, c->duration.count, 0.5) / 1e6);
  host->put_float64(host, table, host->quantile_int64(host, c->duration.item, c->duration.count, 0.9) / 1e6);
  if (c->valued)
    host->put_float64(host, table, host->sum_value(host, &c->value));
  else
    host->put_null(host, table);
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_conversion;

const journey_calculator jn_metric_conversion = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "conversion",
    .title = "Conversion",
    .help = "Of the customers with a start event, how many reached the goal at the same time or later, within the "
            "window. A customer is one trial, told from his first start. The time is from that start to the first "
            "goal; the value is the sum over first goals.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME | JOURNEY_NEED_VALUE,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
