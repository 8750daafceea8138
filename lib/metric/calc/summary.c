/* summary: what there is, in one row: customers, events, sessions, times. */
#include "journey_plugin.h"

typedef struct summary {
  const journey_host *host;
  int64_t sessions;
  int64_t first, last;
  journey_list length, span; /* of each customer: events, and microseconds from the first to the last */
  uint32_t last_customer;    /* plus 1 */
} summary;

static journey_status no_memory(const summary *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  summary *s = state;
  journey_list_free(s->host, &s->length);
  journey_list_free(s->host, &s->span);
  journey_host_free(s->host, s, 1, sizeof *s);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  summary *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = host;
  s->first = INT64_MAX;
  s->last = INT64_MIN;
  return JOURNEY_OK;
}

static journey_status add_customer(summary *s, int64_t length, int64_t span) {
  journey_status status = journey_list_add(s->host, &s->length, length);
  return status == JOURNEY_OK ? journey_list_add(s->host, &s->span, span) : status;
}

/* Where paths are sessions, the paths of a customer come one after the other and are added up. */
static journey_status feed_path(summary *s, const journey_batch *batch, int64_t p) {
  int64_t begin = batch->begin[p], end = batch->end[p];
  if (begin == end) return JOURNEY_OK;
  int64_t first = journey_batch_time(batch, begin), last = journey_batch_time(batch, end - 1);
  int same = s->last_customer == batch->customer[p] + 1;
  if (!same && add_customer(s, 0, 0) != JOURNEY_OK) return JOURNEY_ENOMEM;
  int64_t *length = &s->length.item[s->length.count - 1], *span = &s->span.item[s->span.count - 1];
  s->last_customer = batch->customer[p] + 1;
  *length += end - begin;
  *span = journey_add_counts(*span, journey_elapsed(first, last));
  s->sessions += 1 + batch->session[end - 1] - batch->session[begin];
  if (first < s->first) s->first = first;
  if (last > s->last) s->last = last;
  return JOURNEY_OK;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  summary *s = state;
  journey_status status = JOURNEY_OK;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(s, batch, p);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  summary *s = state;
  const summary *o = other;
  if (journey_list_append(s->host, &s->length, &o->length) != JOURNEY_OK) return no_memory(s, err);
  if (journey_list_append(s->host, &s->span, &o->span) != JOURNEY_OK) return no_memory(s, err);
  s->sessions = journey_add_counts(s->sessions, o->sessions);
  if (o->first < s->first) s->first = o->first;
  if (o->last > s->last) s->last = o->last;
  return JOURNEY_OK;
}

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const summary *s = state;
  const journey_host *host = s->host;
  (void)err;
  host->save_int64(host, saver, s->sessions);
  host->save_int64(host, saver, s->first);
  host->save_int64(host, saver, s->last);
  for (size_t i = 0; i < s->length.count; i++) {
    host->save_int64(host, saver, s->length.item[i]);
    host->save_int64(host, saver, s->span.item[i]);
  }
  host->save_int64(host, saver, 0); /* no customer has no event */
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  summary *s = state;
  const journey_host *host = s->host;
  int64_t length;
  s->sessions = host->load_range(host, loader, 0, INT64_MAX);
  s->first = host->load_int64(host, loader);
  s->last = host->load_int64(host, loader);
  while ((length = host->load_range(host, loader, 0, INT64_MAX / 1024)) > 0) {
    if (add_customer(s, length, host->load_range(host, loader, 0, INT64_MAX)) != JOURNEY_OK) return no_memory(s, err);
  }
  return host->load_status(host, loader, err);
}

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "events", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "sessions", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "event_names", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "first_time", JOURNEY_TYPE_TIME, JOURNEY_UNIT_NONE);
  host->column(host, table, "last_time", JOURNEY_TYPE_TIME, JOURNEY_UNIT_NONE);
  host->column(host, table, "mean_events", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "median_events", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "one_event", JOURNEY_UNIT_SHARE);
  host->column(host, table, "median_span_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->note(host, table, "method", "one_event: share of customers with a single event, Wilson interval");
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  summary *s = state;
  const journey_host *host = s->host;
  int64_t n = (int64_t)s->length.count, events = 0, single = 0;
  (void)err;
  for (size_t i = 0; i < s->length.count; i++) {
    events = journey_add_counts(events, s->length.item[i]);
    single += s->length.item[i] == 1;
  }
  add_columns(host, table);
  host->put_int64(host, table, n);
  host->put_int64(host, table, events);
  host->put_int64(host, table, s->sessions);
  host->put_int64(host, table, host->events->count);
  for (int i = 0; i < 2; i++) {
    if (n)
      host->put_int64(host, table, i ? s->last : s->first);
    else
      host->put_null(host, table);
  }
  host->put_float64(host, table, n ? (double)events / (double)n : __builtin_nan(""));
  host->put_float64(host, table, host->quantile_int64(host, s->length.item, s->length.count, 0.5));
  host->put_interval(host, table, host->proportion(host, single, n));
  host->put_float64(host, table, host->quantile_int64(host, s->span.item, s->span.count, 0.5) / 1e6);
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_summary;

const journey_calculator jn_metric_summary = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "summary",
    .title = "Summary: how much there is",
    .help = "Customers, events, sessions and event names, the period that they cover, and how long customers stay.",
    .needs = JOURNEY_NEED_TIME | JOURNEY_NEED_SESSION,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
