/* retention_steps: of the customers who did one thing, how many ever did each of some others. */
#include "journey_plugin.h"

enum { MOST_STEPS = 64 };

static const journey_option options[] = {
    {.name = "steps",
     .value = "auto",
     .type = JOURNEY_OPTION_STEPS,
     .help = "The first one is what all must have done; each other one is counted by itself"},
    {.name = "ordered",
     .value = "false",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Count a step only at the time of the customer's first first step or later"},
};

typedef struct retention_steps {
  const journey_host *host;
  const journey_steps *steps;
  int32_t ordered;
  int64_t paths, customers[MOST_STEPS];
} retention_steps;

static void destroy(void *state) {
  retention_steps *r = state;
  journey_host_free(r->host, r, 1, sizeof *r);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  retention_steps *r = journey_host_alloc(host, 1, sizeof *r);
  if (!r) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = r;
  r->host = host;
  r->ordered = host->option_flag(host, "ordered");
  journey_status status = host->steps(host, "steps", &r->steps, err);
  if (status == JOURNEY_OK && r->ordered) status = host->need(host, JOURNEY_NEED_TIME, err);
  return status;
}

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

/* The steps that the events [i, end) satisfy. */
static uint64_t gather(const retention_steps *r, const journey_codes *codes, int64_t i, int64_t end) {
  const uint64_t *mask = r->steps->mask;
  uint64_t seen = 0;
  if (codes->width == 1) {
    const uint8_t *code = codes->data;
    for (; i < end; i++) seen |= mask[code[i]];
  } else {
    for (; i < end; i++) seen |= mask[journey_codes_at(codes, i)];
  }
  return seen;
}

/* The first event at the time of the first that satisfies the first step, or the end. */
static int64_t find_first(const retention_steps *r, const journey_batch *batch, const journey_codes *codes, int64_t p) {
  int64_t begin = batch->begin[p], end = batch->end[p], i = begin;
  while (i < end && !(r->steps->mask[journey_codes_at(codes, i)] & 1)) i++;
  if (i == end) return end;
  uint64_t tick = journey_batch_tick(batch, i);
  while (i > begin && journey_batch_tick(batch, i - 1) == tick) i--;
  return i;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  retention_steps *r = state;
  journey_codes codes;
  journey_status status = r->host->step_codes(r->host, r->steps, batch, &codes, err);
  if (status != JOURNEY_OK) return status;
  r->paths += batch->paths;
  for (int64_t p = 0; p < batch->paths; p++) {
    int64_t begin = r->ordered ? find_first(r, batch, &codes, p) : batch->begin[p];
    uint64_t seen = gather(r, &codes, begin, batch->end[p]);
    if (!(seen & 1)) continue;
    for (; seen; seen &= seen - 1) r->customers[__builtin_ctzll(seen)]++;
  }
  return JOURNEY_OK;
}

static journey_status merge(void *state, void *other, journey_error *err) {
  retention_steps *r = state;
  const retention_steps *o = other;
  (void)err;
  r->paths = journey_add_counts(r->paths, o->paths);
  for (int s = 0; s < MOST_STEPS; s++) r->customers[s] = journey_add_counts(r->customers[s], o->customers[s]);
  return JOURNEY_OK;
}

/* ---- partial state --------------------------------------------------------------------------------------------------------- */

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const retention_steps *r = state;
  (void)err;
  r->host->save_int64(r->host, saver, r->paths);
  for (uint32_t s = 0; s < r->steps->count; s++) r->host->save_int64(r->host, saver, r->customers[s]);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  retention_steps *r = state;
  const journey_host *host = r->host;
  r->paths = host->load_range(host, loader, 0, INT64_MAX);
  for (uint32_t s = 0; s < r->steps->count; s++) {
    r->customers[s] = host->load_range(host, loader, 0, s > 0 ? r->customers[0] : r->paths);
  }
  return host->load_status(host, loader, err);
}

/* ---- result ------------------------------------------------------------------------------------------------------------------ */

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  const retention_steps *r = state;
  const journey_host *host = r->host;
  (void)err;
  host->column(host, table, "step", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "name", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "of_first", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "of_all", JOURNEY_UNIT_SHARE);
  host->note(host, table, "method", "shares: of the first step's customers, and of all, Wilson intervals");
  for (uint32_t s = 0; s < r->steps->count; s++) {
    host->put_int64(host, table, s + 1);
    host->put_text(host, table, r->steps->name[s], SIZE_MAX);
    host->put_int64(host, table, r->customers[s]);
    host->put_interval(host, table, host->proportion(host, r->customers[s], r->customers[0]));
    host->put_interval(host, table, host->proportion(host, r->customers[s], r->paths));
  }
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_retention_steps;

const journey_calculator jn_metric_retention_steps = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "retention_steps",
    .title = "Retention by steps",
    .help = "How many customers did the first step, and how many of them ever did each of the other steps: before it or "
            "after it, or with --ordered at the same time or after it only.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
