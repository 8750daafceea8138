/* A metric of your own, in a shared object: rage clicks.
 *
 * A burst is the same event over and over, nothing else between, each no later than `within` after the one before, at
 * least `repeats` times. For each event name: how many bursts there are, and which share of all customers had one.
 *
 *   cc -std=c11 -O2 -fPIC -shared -Iinclude -o rage_clicks.so docs/examples/plugin.c
 *   journey measure rage_clicks events.csv --plugin ./rage_clicks.so --repeats 4 --within 5s
 *
 * This file includes one header and links against nothing of the library: all that it needs comes through the
 * journey_host. The built-in metrics are written in the same way. */
#include <string.h>

#include "journey_plugin.h"

/* What a person may choose. The library reads the texts, checks the bounds and prints the help. */
static const journey_option options[] = {
    {.name = "repeats",
     .value = "3",
     .type = JOURNEY_OPTION_INT,
     .minimum = 2,
     .maximum = 1000,
     .help = "How often an event must come in a row",
     .unit = "events"},
    {.name = "within",
     .value = "2s",
     .type = JOURNEY_OPTION_DURATION,
     .help = "Longest time from one of them to the next"},
};

/* What is counted of an event name. */
typedef struct rage {
  int64_t bursts, customers;
  uint32_t last_customer; /* the one counted last, plus 1 */
} rage;

/* A state: what one shard of the customers has told so far. There may be many at once, so nothing is static. */
typedef struct rage_clicks {
  const journey_host *host;
  int64_t repeats, within;
  int64_t customers;
  uint32_t last_customer;
  uint32_t names;
  rage *rages; /* by event code */
} rage_clicks;

/* `*state` is set first: on failure the library calls destroy() with what there is. */
static journey_status create(const journey_host *host, void **state, journey_error *err) {
  rage_clicks *r = (rage_clicks *)journey_host_alloc(host, 1, sizeof *r);
  if (!r) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = r;
  r->host = host;
  r->repeats = host->option_int(host, "repeats");
  r->within = host->option_duration(host, "within");
  r->names = host->events->count;
  r->rages = (rage *)journey_host_alloc(host, r->names, sizeof *r->rages);
  return r->rages ? JOURNEY_OK : host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  rage_clicks *r = (rage_clicks *)state;
  journey_host_free(r->host, r->rages, r->names, sizeof *r->rages);
  journey_host_free(r->host, r, 1, sizeof *r);
}

static void count_burst(rage *at, uint32_t customer) {
  at->bursts++;
  if (at->last_customer != customer + 1) at->customers++;
  at->last_customer = customer + 1;
}

/* One path. An event that makes a run `repeats` long makes a burst; a longer run is still one. */
static void feed_path(rage_clicks *r, const journey_batch *batch, int64_t p) {
  int64_t run = 0, before = 0;
  uint32_t name = UINT32_MAX;
  for (int64_t i = batch->begin[p]; i < batch->end[p]; i++) {
    uint32_t code = journey_codes_at(&batch->event, i);
    int64_t time = journey_batch_time(batch, i);
    run = code == name && journey_elapsed(before, time) <= r->within ? run + 1 : 1;
    if (run == r->repeats) count_burst(&r->rages[code], batch->customer[p]);
    name = code;
    before = time;
  }
}

/* A batch holds thousands of paths: there is no call for each event. Where paths are sessions, a customer has several,
 * one after the other. */
static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  rage_clicks *r = (rage_clicks *)state;
  (void)err;
  for (int64_t p = 0; p < batch->paths; p++) {
    if (r->last_customer != batch->customer[p] + 1) r->customers++;
    r->last_customer = batch->customer[p] + 1;
    feed_path(r, batch, p);
  }
  return JOURNEY_OK;
}

/* Shards hold different customers, so everything adds up. */
static void add(rage *to, int64_t bursts, int64_t customers) {
  to->bursts = journey_add_counts(to->bursts, bursts);
  to->customers = journey_add_counts(to->customers, customers);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  rage_clicks *r = (rage_clicks *)state;
  const rage_clicks *o = (const rage_clicks *)other;
  (void)err;
  r->customers = journey_add_counts(r->customers, o->customers);
  for (uint32_t n = 0; n < r->names; n++) add(&r->rages[n], o->rages[n].bursts, o->rages[n].customers);
  return JOURNEY_OK;
}

/* A saved state travels to other machines. Event codes are saved as numbers and loaded with load_event(), which
 * translates them: the other machine may have met the names in another order. */
static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const rage_clicks *r = (const rage_clicks *)state;
  const journey_host *host = r->host;
  (void)err;
  host->save_int64(host, saver, r->customers);
  for (uint32_t n = 0; n < r->names; n++) {
    if (r->rages[n].bursts == 0) continue;
    host->save_int64(host, saver, r->rages[n].bursts);
    host->save_int64(host, saver, r->rages[n].customers);
    host->save_int64(host, saver, n);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

/* The bytes may be damaged or hostile: every number is loaded with its bounds, and nothing is used before load_status()
 * has said that all was well. */
static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  rage_clicks *r = (rage_clicks *)state;
  const journey_host *host = r->host;
  int64_t bursts;
  r->customers = host->load_range(host, loader, 0, INT64_MAX);
  while ((bursts = host->load_range(host, loader, 0, INT64_MAX)) > 0) {
    int64_t customers = host->load_range(host, loader, 1, bursts);
    uint32_t name = host->load_event(host, loader);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    add(&r->rages[name], bursts, customers);
  }
  return host->load_status(host, loader, err);
}

/* Most bursts first, ties by name: the order of rows must not depend on event codes. */
static int comes_before(const void *state, size_t a, size_t b) {
  const rage_clicks *r = (const rage_clicks *)state;
  if (r->rages[a].bursts != r->rages[b].bursts) return r->rages[a].bursts > r->rages[b].bursts;
  return strcmp(r->host->events->name[a], r->host->events->name[b]) < 0;
}

static void put_rows(const rage_clicks *r, journey_table *table, const size_t *order, size_t n) {
  const journey_host *host = r->host;
  host->column(host, table, "event", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "bursts", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->note(host, table, "method", "share: of all customers, Wilson interval");
  for (size_t i = 0; i < n; i++) {
    const rage *at = &r->rages[order[i]];
    host->put_text(host, table, host->events->name[order[i]], SIZE_MAX);
    host->put_int64(host, table, at->bursts);
    host->put_int64(host, table, at->customers);
    host->put_interval(host, table, host->proportion(host, at->customers, r->customers));
  }
}

/* Called once for each group of customers; each adds its rows to the same table. */
static journey_status finish(void *state, journey_table *table, journey_error *err) {
  rage_clicks *r = (rage_clicks *)state;
  size_t n = 0, *order = (size_t *)journey_host_alloc(r->host, r->names, sizeof *order);
  if (!order) return r->host->fail(r->host, err, JOURNEY_ENOMEM, "out of memory");
  for (uint32_t name = 0; name < r->names; name++) {
    if (r->rages[name].bursts > 0) order[n++] = name;
  }
  journey_sort_first(order, n, n, comes_before, r);
  put_rows(r, table, order, n);
  journey_host_free(r->host, order, r->names, sizeof *order);
  return JOURNEY_OK;
}

static const journey_calculator calculator = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "rage_clicks",
    .title = "Rage clicks: the same event over and over",
    .help = "How often customers repeat an event many times in a row within a short time, and how many of them do.",
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

/* The one symbol that the library looks for: the i-th calculator of this object. */
const journey_calculator *journey_plugin_calculator(uint32_t revision, uint32_t i);

const journey_calculator *journey_plugin_calculator(uint32_t revision, uint32_t i) {
  return revision >= JOURNEY_CALCULATOR_REVISION && i == 0 ? &calculator : NULL;
}
