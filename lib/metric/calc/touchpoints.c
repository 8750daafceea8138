/* touchpoints: for each touchpoint of the map (or each event name) how many customers meet it, how often, how they come
 * and go there, and how they score it. */
#include <string.h>

#include "journey_plugin.h"

static const journey_option options[] = {
    {.name = "scores",
     .value = "*csat*|*rating*|*score*|*satisfaction*",
     .type = JOURNEY_OPTION_STEP,
     .help = "Events whose value is a score of the touchpoint"},
};

/* What is counted of a touchpoint. */
enum { EVENTS, CUSTOMERS, ENTRIES, EXITS, SCORED, NUMBERS };

typedef struct touch {
  int64_t number[NUMBERS];
  uint32_t last_customer; /* the one counted last, plus 1 */
  journey_sum *score;     /* two: the sums of the scores and of their squares; NULL, for they are large: no score yet */
  journey_list gap;       /* microseconds to the customer's next event */
} touch;

typedef struct touchpoints {
  const journey_host *host;
  const journey_steps *scores;
  int64_t paths, customers;
  uint32_t last_customer, keys;
  touch *touches; /* by index + 1; 0 is on no touchpoint, and is not shown */
} touchpoints;

static journey_status no_memory(const touchpoints *t, journey_error *err) {
  return t->host->fail(t->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  touchpoints *t = state;
  for (uint32_t k = 0; t->touches && k < t->keys; k++) {
    journey_list_free(t->host, &t->touches[k].gap);
    journey_host_free(t->host, t->touches[k].score, 2, sizeof *t->touches[k].score);
  }
  journey_host_free(t->host, t->touches, t->keys, sizeof *t->touches);
  journey_host_free(t->host, t, 1, sizeof *t);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  touchpoints *t = journey_host_alloc(host, 1, sizeof *t);
  if (!t) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = t;
  t->host = host;
  t->keys = host->touchpoints->count + 1;
  t->touches = journey_host_alloc(host, t->keys, sizeof *t->touches);
  return t->touches ? host->steps(host, "scores", &t->scores, err) : no_memory(t, err);
}

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

static journey_status need_score(const touchpoints *t, touch *at) {
  if (!at->score) at->score = journey_host_alloc(t->host, 2, sizeof *at->score);
  return at->score ? JOURNEY_OK : JOURNEY_ENOMEM;
}

static journey_status add_score(const touchpoints *t, touch *at, const double *value) {
  if (*value != *value) return JOURNEY_OK;
  if (need_score(t, at) != JOURNEY_OK) return JOURNEY_ENOMEM;
  at->number[SCORED]++;
  t->host->sum_add(t->host, &at->score[0], &at->score[1], value, 1);
  return JOURNEY_OK;
}

static journey_status add_gap(const touchpoints *t, touch *at, const journey_batch *batch, int64_t i) {
  int64_t gap = journey_elapsed(journey_batch_time(batch, i), journey_batch_time(batch, i + 1));
  return journey_list_add(t->host, &at->gap, gap);
}

static journey_status feed_path(touchpoints *t, const journey_batch *batch, const journey_codes *scores, int64_t p) {
  int64_t begin = batch->begin[p], end = batch->end[p];
  uint32_t customer = batch->customer[p] + 1;
  journey_status status = JOURNEY_OK;
  t->paths++;
  t->customers += t->last_customer != customer;
  t->last_customer = customer;
  for (int64_t i = begin; status == JOURNEY_OK && i < end; i++) {
    touch *at = &t->touches[batch->touchpoint[i]];
    at->number[EVENTS]++;
    at->number[CUSTOMERS] += at->last_customer != customer;
    at->last_customer = customer;
    at->number[ENTRIES] += i == begin;
    at->number[EXITS] += i == end - 1;
    if (batch->value && t->scores->mask[journey_codes_at(scores, i)]) status = add_score(t, at, &batch->value[i]);
    if (status == JOURNEY_OK && i < end - 1 && batch->touchpoint[i] > 0) status = add_gap(t, at, batch, i);
  }
  return status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  touchpoints *t = state;
  journey_codes scores;
  journey_status status = t->host->step_codes(t->host, t->scores, batch, &scores, err);
  if (status != JOURNEY_OK) return status;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) {
    if (batch->begin[p] < batch->end[p]) status = feed_path(t, batch, &scores, p);
  }
  return status == JOURNEY_OK ? status : no_memory(t, err);
}

static void add_numbers(touch *at, const int64_t number[NUMBERS]) {
  for (int i = 0; i < NUMBERS; i++) at->number[i] = journey_add_counts(at->number[i], number[i]);
}

static journey_status merge_scores(const touchpoints *t, touch *at, const journey_sum *score) {
  if (!score) return JOURNEY_OK;
  if (need_score(t, at) != JOURNEY_OK) return JOURNEY_ENOMEM;
  for (int i = 0; i < 2; i++) t->host->sum_merge(t->host, &at->score[i], &score[i]);
  return JOURNEY_OK;
}

static journey_status merge(void *state, void *other, journey_error *err) {
  touchpoints *t = state;
  const touchpoints *o = other;
  t->paths = journey_add_counts(t->paths, o->paths);
  t->customers = journey_add_counts(t->customers, o->customers);
  for (uint32_t k = 0; k < t->keys; k++) {
    touch *at = &t->touches[k];
    const touch *from = &o->touches[k];
    add_numbers(at, from->number);
    if (merge_scores(t, at, from->score) != JOURNEY_OK) return no_memory(t, err);
    if (journey_list_append(t->host, &at->gap, &from->gap) != JOURNEY_OK) return no_memory(t, err);
  }
  return JOURNEY_OK;
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const touchpoints *t = state;
  const journey_host *host = t->host;
  (void)err;
  host->save_int64(host, saver, t->paths);
  host->save_int64(host, saver, t->customers);
  for (uint32_t k = 0; k < t->keys; k++) {
    const touch *at = &t->touches[k];
    if (at->number[EVENTS] == 0) continue;
    host->save_int64(host, saver, 1);
    host->save_int64(host, saver, k);
    for (int i = 0; i < NUMBERS; i++) host->save_int64(host, saver, at->number[i]);
    for (int i = 0; at->number[SCORED] > 0 && i < 2; i++) host->save_sum(host, saver, &at->score[i]);
    journey_list_save(host, saver, &at->gap);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static journey_status load_scores(const touchpoints *t, touch *at, journey_loader *loader) {
  journey_sum score[2] = {{{0}}};
  for (int i = 0; i < 2; i++) t->host->load_sum(t->host, loader, &score[i]);
  return merge_scores(t, at, score);
}

static journey_status load_touch(touchpoints *t, journey_loader *loader, journey_error *err) {
  const journey_host *host = t->host;
  uint32_t key = host->load_touchpoint(host, loader);
  journey_status status = host->load_status(host, loader, err);
  if (status != JOURNEY_OK) return status;
  touch *at = &t->touches[key];
  int64_t number[NUMBERS] = {host->load_range(host, loader, 1, INT64_MAX / 1024)};
  for (int i = 1; i < NUMBERS; i++) number[i] = host->load_range(host, loader, 0, number[EVENTS]);
  add_numbers(at, number);
  if (number[SCORED] > 0 && load_scores(t, at, loader) != JOURNEY_OK) return no_memory(t, err);
  status = journey_list_load(host, loader, &at->gap, 0, err);
  if (status == JOURNEY_ENOMEM) return no_memory(t, err);
  if (status == JOURNEY_OK && (int64_t)at->gap.count > at->number[EVENTS]) {
    return host->fail(host, err, JOURNEY_ESTATE, "saved state: more times to the next event than events");
  }
  return status;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  touchpoints *t = state;
  const journey_host *host = t->host;
  journey_status status = JOURNEY_OK;
  t->paths = host->load_range(host, loader, 0, INT64_MAX);
  t->customers = host->load_range(host, loader, 0, t->paths);
  while (status == JOURNEY_OK && host->load_range(host, loader, 0, 1) == 1) status = load_touch(t, loader, err);
  return status == JOURNEY_OK ? host->load_status(host, loader, err) : status;
}

/* ---- result ----------------------------------------------------------------------------------------------------------------- */

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "touchpoint", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "stage", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "reach", JOURNEY_UNIT_SHARE);
  host->column(host, table, "events", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "per_customer", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "entry", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "exit", JOURNEY_UNIT_SHARE);
  host->column(host, table, "median_to_next_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "scores", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "score", JOURNEY_UNIT_NONE);
  host->note(host, table, "method",
             "reach: of all customers; entry, exit: of all paths; Wilson intervals; score: mean, t interval");
}

static double number_or_nan(int64_t n) { return n ? (double)n : __builtin_nan(""); }

static void put_score(const journey_host *host, journey_table *table, const touch *at) {
  static const journey_sum none[2];
  const journey_sum *score = at->score ? at->score : none;
  host->put_interval(host, table, host->mean(host, at->number[SCORED], &score[0], &score[1]));
}

static void put_touch(const touchpoints *t, journey_table *table, uint32_t k) {
  const journey_host *host = t->host;
  touch *at = &t->touches[k];
  uint16_t stage = host->touchpoint_stage ? host->touchpoint_stage[k - 1] : 0;
  host->put_text(host, table, host->touchpoints->name[k - 1], SIZE_MAX);
  if (stage)
    host->put_text(host, table, host->stages->name[stage - 1], SIZE_MAX);
  else
    host->put_null(host, table);
  host->put_int64(host, table, at->number[CUSTOMERS]);
  host->put_interval(host, table, host->proportion(host, at->number[CUSTOMERS], t->customers));
  host->put_int64(host, table, at->number[EVENTS]);
  host->put_float64(host, table, (double)at->number[EVENTS] / number_or_nan(at->number[CUSTOMERS]));
  host->put_interval(host, table, host->proportion(host, at->number[ENTRIES], t->paths));
  host->put_interval(host, table, host->proportion(host, at->number[EXITS], t->paths));
  host->put_float64(host, table, host->quantile_int64(host, at->gap.item, at->gap.count, 0.5) / 1e6);
  host->put_int64(host, table, at->number[SCORED]);
  put_score(host, table, at);
}

/* Those that most customers meet first, ties by name; a map's touchpoints stay in its order. */
static int comes_before(const void *state, size_t a, size_t b) {
  const touchpoints *t = state;
  const int64_t *x = t->touches[a].number, *y = t->touches[b].number;
  if (t->host->touchpoint_stage) return a < b;
  if (x[CUSTOMERS] != y[CUSTOMERS]) return x[CUSTOMERS] > y[CUSTOMERS];
  return strcmp(t->host->touchpoints->name[a - 1], t->host->touchpoints->name[b - 1]) < 0;
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  touchpoints *t = state;
  size_t *order = journey_host_alloc(t->host, t->keys, sizeof *order), n = t->keys - 1;
  if (!order) return no_memory(t, err);
  for (size_t i = 0; i < n; i++) order[i] = i + 1;
  journey_sort_first(order, n, n, comes_before, t);
  add_columns(t->host, table);
  for (size_t i = 0; i < n; i++) put_touch(t, table, (uint32_t)order[i]);
  if (t->touches[0].number[EVENTS] > 0) {
    t->host->note(t->host, table, "unbound", "some events are on no touchpoint of the map; they count for times only");
  }
  journey_host_free(t->host, order, t->keys, sizeof *order);
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_touchpoints;

const journey_calculator jn_metric_touchpoints = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "touchpoints",
    .title = "Touchpoints: reach, frequency, entry and exit, scores",
    .help = "For each touchpoint of the map, in its order (without a map: for each event name, the most met first): "
            "how many customers "
            "meet it, how often, how many paths begin and end there, how long until the next event, and the mean of "
            "the scores that customers give there.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME | JOURNEY_NEED_VALUE | JOURNEY_NEED_TOUCHPOINT,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
