/* impact: what customers did in the periods before and after their first treatment, such as first using a feature. */
#include "internal.h"

static const journey_option options[] = {
    {.name = "treatment",
     .value = "auto",
     .type = JOURNEY_OPTION_STEP,
     .help = "Each customer's first such event is what his periods are told from"},
    {.name = "outcome",
     .value = "*",
     .type = JOURNEY_OPTION_STEP,
     .help = "Events to compare before and after the treatment"},
    {.name = "period", .value = "7d", .type = JOURNEY_OPTION_DURATION, .help = "Length of a period"},
    {.name = "periods",
     .value = "4",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1000,
     .help = "How many periods to look at before the treatment, and as many after it"},
};

journey_status jn_impact_no_memory(const jn_impact *m, journey_error *err) {
  return m->host->fail(m->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  jn_impact *m = state;
  journey_list_free(m->host, &m->treated);
  journey_host_free(m->host, m->outcomes, m->capacity, sizeof *m->outcomes);
  journey_host_free(m->host, m, 1, sizeof *m);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  jn_impact *m = journey_host_alloc(host, 1, sizeof *m);
  if (!m) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = m;
  m->host = host;
  m->length = host->option_duration(host, "period");
  m->periods = (int32_t)host->option_int(host, "periods");
  if (m->length <= 0 || m->length == INT64_MAX) {
    return host->fail(host, err, JOURNEY_EINVAL, "option period: must be longer than 0, and not none");
  }
  journey_status status = host->steps(host, "treatment", &m->treatment, err);
  return status == JOURNEY_OK ? host->steps(host, "outcome", &m->outcome, err) : status;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

/* Outcomes of one customer come period by period: only the last one can go on. */
static journey_status add(jn_impact *m, size_t customer, int32_t period, const double *value) {
  jn_impact_outcome *last = m->count > 0 ? &m->outcomes[m->count - 1] : NULL;
  if (!last || last->customer != customer || last->period != period) {
    if (journey_host_grow(m->host, &m->outcomes, &m->capacity, m->count + 1, sizeof *m->outcomes) != JOURNEY_OK) {
      return JOURNEY_ENOMEM;
    }
    last = &m->outcomes[m->count++];
    *last = (jn_impact_outcome){.customer = customer, .period = period};
  }
  last->events++;
  if (value && *value == *value) {
    last->valued = 1;
    last->value += *value;
  }
  return JOURNEY_OK;
}

/* Period +j goes from j - 1 lengths after the treatment to j lengths after it, its end excluded; -j likewise before it.
 * 0: further away than is looked at. */
static int32_t period_of(const jn_impact *m, int64_t treatment, int64_t time) {
  int after = time >= treatment;
  int64_t apart = after ? journey_elapsed(treatment, time) : journey_elapsed(time, treatment) - 1;
  int64_t periods = apart / m->length;
  if (periods >= m->periods) return 0;
  return (int32_t)(after ? periods + 1 : -periods - 1);
}

static int64_t find_step(const journey_steps *steps, const journey_codes *codes, int64_t i, int64_t end) {
  while (i < end && !steps->mask[journey_codes_at(codes, i)]) i++;
  return i;
}

/* The treatment itself is no outcome. Times decide what is before it, not the order of arrival. */
static journey_status feed_path(jn_impact *m, const journey_batch *batch, const journey_codes *outcome, int64_t p,
                                int64_t treatment) {
  size_t customer = m->treated.count - 1;
  int64_t end = batch->end[p], start = m->treated.item[customer];
  for (int64_t i = find_step(m->outcome, outcome, batch->begin[p], end); i < end;
       i = find_step(m->outcome, outcome, i + 1, end)) {
    int64_t time = journey_batch_time(batch, i);
    int32_t period = i == treatment ? 0 : period_of(m, start, time);
    if (period == 0 && time > start) break;
    if (period == 0) continue;
    if (add(m, customer, period, batch->value ? &batch->value[i] : NULL) != JOURNEY_OK) return JOURNEY_ENOMEM;
  }
  return JOURNEY_OK;
}

/* The paths [first, last) are those of one customer. */
static journey_status feed_customer(jn_impact *m, const journey_batch *batch, const journey_codes *treatment,
                                    const journey_codes *outcome, int64_t first, int64_t last) {
  int64_t at = -1;
  for (int64_t p = first; at < 0 && p < last; p++) {
    int64_t i = find_step(m->treatment, treatment, batch->begin[p], batch->end[p]);
    if (i < batch->end[p]) at = i;
  }
  if (at < 0) return JOURNEY_OK;
  journey_status status = journey_list_add(m->host, &m->treated, journey_batch_time(batch, at));
  for (int64_t p = first; status == JOURNEY_OK && p < last; p++) status = feed_path(m, batch, outcome, p, at);
  return status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  jn_impact *m = state;
  journey_codes treatment, outcome;
  journey_status status = m->host->step_codes(m->host, m->treatment, batch, &treatment, err);
  if (status == JOURNEY_OK) status = m->host->step_codes(m->host, m->outcome, batch, &outcome, err);
  if (status != JOURNEY_OK) return status;
  for (int64_t p = 0, end; status == JOURNEY_OK && p < batch->paths; p = end) {
    for (end = p + 1; end < batch->paths && batch->customer[end] == batch->customer[p];) end++;
    status = feed_customer(m, batch, &treatment, &outcome, p, end);
  }
  return status == JOURNEY_OK ? status : jn_impact_no_memory(m, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  jn_impact *m = state;
  const jn_impact *o = other;
  size_t before = m->treated.count;
  if (journey_list_append(m->host, &m->treated, &o->treated) != JOURNEY_OK ||
      journey_host_grow(m->host, &m->outcomes, &m->capacity, m->count + o->count, sizeof *m->outcomes) != JOURNEY_OK) {
    return jn_impact_no_memory(m, err);
  }
  for (size_t i = 0; i < o->count; i++) {
    m->outcomes[m->count] = o->outcomes[i];
    m->outcomes[m->count++].customer += before;
  }
  return JOURNEY_OK;
}

/* ---- partial state ----------------------------------------------------------------------------------------------- */

/* Each customer: 1, when he was treated, his outcomes by period, and 0 for a period ends them. */
static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const jn_impact *m = state;
  const journey_host *host = m->host;
  (void)err;
  for (size_t c = 0, i = 0; c < m->treated.count; c++) {
    host->save_int64(host, saver, 1);
    host->save_int64(host, saver, m->treated.item[c]);
    for (; i < m->count && m->outcomes[i].customer == c; i++) {
      host->save_int64(host, saver, m->outcomes[i].period);
      host->save_int64(host, saver, m->outcomes[i].events);
      host->save_int64(host, saver, m->outcomes[i].valued);
      host->save_float64(host, saver, m->outcomes[i].value);
    }
    host->save_int64(host, saver, 0);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static journey_status load_outcome(jn_impact *m, journey_loader *loader, int32_t period) {
  const journey_host *host = m->host;
  if (journey_host_grow(host, &m->outcomes, &m->capacity, m->count + 1, sizeof *m->outcomes) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  jn_impact_outcome *outcome = &m->outcomes[m->count++];
  *outcome = (jn_impact_outcome){.customer = m->treated.count - 1, .period = period};
  outcome->events = host->load_range(host, loader, 1, INT64_MAX / 1024);
  outcome->valued = (int32_t)host->load_range(host, loader, 0, 1);
  outcome->value = host->load_float64(host, loader);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  jn_impact *m = state;
  const journey_host *host = m->host;
  while (host->load_range(host, loader, 0, 1) == 1) {
    int64_t period, least = -m->periods; /* his periods ascend */
    if (journey_list_add(host, &m->treated, host->load_int64(host, loader)) != JOURNEY_OK) {
      return jn_impact_no_memory(m, err);
    }
    while (host->load_status(host, loader, err) == JOURNEY_OK) {
      period = host->load_range(host, loader, least < 0 ? least : 0, m->periods);
      if (period == 0) break;
      if (period < least) return host->fail(host, err, JOURNEY_ESTATE, "periods of a saved state are not in order");
      if (load_outcome(m, loader, (int32_t)period) != JOURNEY_OK) return jn_impact_no_memory(m, err);
      least = period + 1;
    }
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
  }
  return host->load_status(host, loader, err);
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  return jn_impact_put(state, table, err);
}

extern const journey_calculator jn_metric_impact;

const journey_calculator jn_metric_impact = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "impact",
    .title = "Impact of a first treatment",
    .help =
        "What customers did in the periods before and after their first treatment event: outcome events and value for "
        "each, the share who had any, and the difference between after and before. Only customers whose period the "
        "events cover whole are counted in it.",
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
