/* funnel: how far customers get along ordered steps. funnel_customers: the same for each customer, with the reason.
 *
 * The level of a path is the greatest k such that there are events e1, ..., ek of it that satisfy the first k steps,
 * with times t1 <= ... <= tk and tk - t1 <= window. One event may serve several steps, and events of equal time serve
 * in step order, whatever their order of arrival.
 *
 * One chain a level is enough: of all chains that have reached level l, the one with the latest start can do all that
 * the others can. So a chain is no more than its start, and a later start takes the place of an earlier one. */
#include <string.h>

#include "journey_plugin.h"

enum { MOST_STEPS = 64, HITS = 1024 };

static const journey_option options[] = {
    {.name = "steps", .value = "auto", .type = JOURNEY_OPTION_STEPS, .help = "Steps of the funnel, in order"},
    {.name = "window",
     .value = "none",
     .type = JOURNEY_OPTION_DURATION,
     .help = "Longest time from the first step to the last, its end included"},
};

/* How a path went: its level, and the times of the chain that reached it first. */
typedef struct outcome {
  uint32_t level;
  int64_t start; /* the first event of the path at the time of that chain's start */
  int64_t time[MOST_STEPS];
} outcome;

/* The chains of the path at hand, by the level that they have reached, as far as any has: the time of the start, in
 * ticks, and the first event of the path at that time. A chain of level 0 starts at the events at hand. */
typedef struct chains {
  uint64_t tick[MOST_STEPS + 1];
  int64_t event[MOST_STEPS + 1];
} chains;

/* A growing list of times. */
typedef struct times {
  int64_t *item;
  size_t count, capacity;
} times;

/* Why a chain went no further, for funnel_customers. */
enum { COMPLETE, NO_START, PATH_END, WINDOW };

typedef struct ending {
  int32_t rule;
  uint32_t event; /* code, of PATH_END and WINDOW and COMPLETE */
  int64_t time;
} ending;

typedef struct customer {
  uint32_t level;
  ending end;
  size_t id, id_length; /* in ids */
} customer;

typedef struct funnel {
  const journey_host *host;
  const journey_steps *steps;
  uint64_t window; /* microseconds, and for the batch at hand ticks */
  uint64_t ticks;
  int32_t detailed; /* funnel_customers */
  int64_t paths, reached[MOST_STEPS];
  times lap[MOST_STEPS]; /* time from the step before, of those who reached the step */
  customer *customers;
  size_t count, customer_capacity;
  times stamps; /* step times of the customers, level after level */
  char *ids;
  size_t id_bytes, id_capacity;
  uint8_t wanted[256]; /* by step code: whether it satisfies any step */
  chains chain;
} funnel;

static journey_status no_memory(const funnel *f, journey_error *err) {
  return f->host->fail(f->host, err, JOURNEY_ENOMEM, "out of memory");
}

static journey_status add_time(funnel *f, times *list, int64_t time) {
  journey_status status = JOURNEY_OK;
  if (list->count == list->capacity) {
    status = journey_host_grow(f->host, &list->item, &list->capacity, list->count + 1, sizeof *list->item);
  }
  if (status == JOURNEY_OK) list->item[list->count++] = time;
  return status;
}

/* ---- matching -------------------------------------------------------------------------------------------------------- */

/* Takes the steps that the events of one time satisfy, the first step first. What comes next is anybody's guess, so there
 * is no branch on it. */
static inline void take_steps(const funnel *f, chains *c, uint64_t mask, outcome *out) {
  uint64_t now = c->tick[0];
  for (; mask; mask &= mask - 1) {
    uint32_t l = (uint32_t)__builtin_ctzll(mask);
    uint64_t taken = -(uint64_t)(l <= out->level && now - c->tick[l] <= f->ticks);
    uint64_t first = taken & -(uint64_t)(l == out->level);
    c->tick[l + 1] ^= (c->tick[l + 1] ^ c->tick[l]) & taken;
    c->event[l + 1] ^= (c->event[l + 1] ^ c->event[l]) & (int64_t)taken;
    out->level += first & 1;
    out->start ^= (out->start ^ c->event[l]) & (int64_t)first;
  }
}

/* Indices of the next events that satisfy any step, without a branch on the event. */
static int64_t find_hits(const funnel *f, const journey_codes *codes, int64_t *at, int64_t end,
                         int64_t hit[HITS]) {
  int64_t n = 0, i = *at, stop = end - i > HITS ? i + HITS : end;
  if (codes->width == 1) {
    const uint8_t *code = codes->data;
    for (; i < stop; i++) {
      hit[n] = i;
      n += f->wanted[code[i]];
    }
  } else {
    for (; i < stop; i++) {
      hit[n] = i;
      n += f->steps->mask[journey_codes_at(codes, i)] != 0;
    }
  }
  *at = stop;
  return n;
}

/* Steps of events at one time are gathered before they are taken. */
static void match_path(funnel *f, const journey_batch *batch, const journey_codes *codes, int64_t p, outcome *out) {
  chains *c = &f->chain;
  uint64_t mask = 0;
  int64_t hit[HITS]; /* not in the state: there may be as many states as groups */
  int64_t at = batch->begin[p], end = batch->end[p];
  uint32_t all = f->steps->count;
  out->level = 0;
  out->start = at;
  while (at < end && out->level < all) {
    int64_t hits = find_hits(f, codes, &at, end, hit);
    for (int64_t h = 0; h < hits && out->level < all; h++) {
      uint64_t tick = journey_batch_tick(batch, hit[h]);
      if (mask && tick != c->tick[0]) {
        take_steps(f, c, mask, out);
        mask = 0;
      }
      if (!mask) {
        c->tick[0] = tick;
        c->event[0] = hit[h];
      }
      mask |= f->steps->mask[journey_codes_at(codes, hit[h])];
    }
  }
  if (out->level < all) take_steps(f, c, mask, out);
}

/* The chain that reached the level first took each step, from its start on, as early as it could. */
static void find_times(const funnel *f, const journey_batch *batch, const journey_codes *codes, int64_t p,
                       outcome *out) {
  int64_t i = out->start, end = batch->end[p];
  for (uint32_t l = 0; l < out->level && i < end;) {
    uint64_t tick = journey_batch_tick(batch, i), mask = 0;
    int64_t time = journey_batch_time(batch, i);
    do mask |= f->steps->mask[journey_codes_at(codes, i++)];
    while (i < end && journey_batch_tick(batch, i) == tick);
    while (l < out->level && mask >> l & 1) out->time[l++] = time;
  }
}

/* ---- feeding ---------------------------------------------------------------------------------------------------------- */

static journey_status count_outcome(funnel *f, const outcome *o) {
  journey_status status = JOURNEY_OK;
  f->paths++;
  for (uint32_t l = 0; status == JOURNEY_OK && l < o->level; l++) {
    f->reached[l]++;
    if (l > 0) status = add_time(f, &f->lap[l], journey_elapsed(o->time[l - 1], o->time[l]));
  }
  return status;
}

/* What came after the chain: the next step, too late; or nothing that mattered. */
static ending find_ending(const funnel *f, const journey_batch *batch, const journey_codes *codes, int64_t p,
                          const outcome *o) {
  int64_t last = batch->end[p] - 1;
  ending end = {.rule = o->level ? PATH_END : NO_START, .event = journey_codes_at(&batch->event, last)};
  end.time = journey_batch_time(batch, last);
  uint32_t step = o->level == f->steps->count ? o->level - 1 : o->level;
  for (int64_t i = batch->begin[p]; o->level && i <= last; i++) {
    int64_t time = journey_batch_time(batch, i);
    if (time < o->time[o->level - 1] || !((f->steps->mask[journey_codes_at(codes, i)] >> step) & 1)) continue;
    end.rule = o->level == f->steps->count ? COMPLETE : WINDOW;
    end.event = journey_codes_at(&batch->event, i);
    end.time = time;
    break;
  }
  return end;
}

static journey_status add_customer(funnel *f, const outcome *o, ending end, const char *id, size_t n) {
  if (journey_host_grow(f->host, &f->customers, &f->customer_capacity, f->count + 1, sizeof *f->customers) ||
      journey_host_grow(f->host, &f->ids, &f->id_capacity, f->id_bytes + n + 1, 1)) {
    return JOURNEY_ENOMEM;
  }
  journey_status status = JOURNEY_OK;
  for (uint32_t l = 0; status == JOURNEY_OK && l < o->level; l++) status = add_time(f, &f->stamps, o->time[l]);
  f->customers[f->count++] = (customer){o->level, end, f->id_bytes, n};
  memcpy(f->ids + f->id_bytes, id, n);
  f->id_bytes += n;
  return status;
}

static journey_status feed_path(funnel *f, const journey_batch *batch, const journey_codes *codes, int64_t p) {
  outcome o;
  size_t n;
  if (batch->begin[p] == batch->end[p]) return JOURNEY_OK;
  match_path(f, batch, codes, p, &o);
  if (o.level > 1 || (o.level && f->detailed)) find_times(f, batch, codes, p, &o);
  journey_status status = count_outcome(f, &o);
  if (status != JOURNEY_OK || !f->detailed) return status;
  const char *id = f->host->customer_id(f->host, batch->customer[p], &n);
  return add_customer(f, &o, find_ending(f, batch, codes, p, &o), id, n);
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  funnel *f = state;
  journey_codes codes;
  journey_status status = f->host->step_codes(f->host, f->steps, batch, &codes, err);
  if (status != JOURNEY_OK) return status;
  f->ticks = f->window / (uint64_t)batch->time_unit;
  for (uint32_t c = 0; c < 256 && c < f->steps->codes; c++) f->wanted[c] = f->steps->mask[c] != 0;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(f, batch, &codes, p);
  return status == JOURNEY_OK ? status : no_memory(f, err);
}

/* ---- life -------------------------------------------------------------------------------------------------------------- */

static void destroy(void *state) {
  funnel *f = state;
  const journey_host *host = f->host;
  for (int l = 0; l < MOST_STEPS; l++) journey_host_free(host, f->lap[l].item, f->lap[l].capacity, sizeof(int64_t));
  journey_host_free(host, f->stamps.item, f->stamps.capacity, sizeof(int64_t));
  journey_host_free(host, f->customers, f->customer_capacity, sizeof *f->customers);
  journey_host_free(host, f->ids, f->id_capacity, 1);
  journey_host_free(host, f, 1, sizeof *f);
}

static journey_status create_either(const journey_host *host, int32_t detailed, void **state, journey_error *err) {
  funnel *f = journey_host_alloc(host, 1, sizeof *f);
  if (!f) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = f;
  f->host = host;
  f->detailed = detailed;
  f->window = (uint64_t)host->option_duration(host, "window");
  if (f->window == INT64_MAX) f->window = UINT64_MAX;
  return host->steps(host, "steps", &f->steps, err);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  return create_either(host, 0, state, err);
}

static journey_status create_detailed(const journey_host *host, void **state, journey_error *err) {
  return create_either(host, 1, state, err);
}

static journey_status merge_times(funnel *f, times *to, const times *from) {
  journey_status status =
      journey_host_grow(f->host, &to->item, &to->capacity, to->count + from->count, sizeof *to->item);
  if (status == JOURNEY_OK && from->count) memcpy(to->item + to->count, from->item, from->count * sizeof *to->item);
  if (status == JOURNEY_OK) to->count += from->count;
  return status;
}

static journey_status merge_customers(funnel *f, const funnel *o) {
  if (journey_host_grow(f->host, &f->customers, &f->customer_capacity, f->count + o->count, sizeof *f->customers) ||
      journey_host_grow(f->host, &f->ids, &f->id_capacity, f->id_bytes + o->id_bytes, 1)) {
    return JOURNEY_ENOMEM;
  }
  for (size_t i = 0; i < o->count; i++) {
    customer c = o->customers[i];
    c.id += f->id_bytes;
    f->customers[f->count++] = c;
  }
  if (o->id_bytes) memcpy(f->ids + f->id_bytes, o->ids, o->id_bytes);
  f->id_bytes += o->id_bytes;
  return merge_times(f, &f->stamps, &o->stamps);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  funnel *f = state, *o = other;
  journey_status status = merge_customers(f, o);
  f->paths = journey_add_counts(f->paths, o->paths);
  for (uint32_t l = 0; status == JOURNEY_OK && l < f->steps->count; l++) {
    f->reached[l] = journey_add_counts(f->reached[l], o->reached[l]);
    status = merge_times(f, &f->lap[l], &o->lap[l]);
  }
  return status == JOURNEY_OK ? status : no_memory(f, err);
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

static void save_times(const funnel *f, journey_saver *saver, const times *list) {
  f->host->save_int64(f->host, saver, (int64_t)list->count);
  for (size_t i = 0; i < list->count; i++) f->host->save_int64(f->host, saver, list->item[i]);
}

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const funnel *f = state;
  const journey_host *host = f->host;
  (void)err;
  host->save_int64(host, saver, f->paths);
  for (uint32_t l = 0; l < f->steps->count; l++) host->save_int64(host, saver, f->reached[l]);
  for (uint32_t l = 0; l < f->steps->count; l++) save_times(f, saver, &f->lap[l]);
  save_times(f, saver, &f->stamps);
  host->save_int64(host, saver, (int64_t)f->count);
  for (size_t i = 0; i < f->count; i++) {
    const customer *c = &f->customers[i];
    host->save_int64(host, saver, c->level);
    host->save_int64(host, saver, c->end.rule);
    host->save_int64(host, saver, c->end.event);
    host->save_int64(host, saver, c->end.time);
    host->save_bytes(host, saver, f->ids + c->id, c->id_length);
  }
  return JOURNEY_OK;
}

/* A count is believed only as far as numbers follow. */
static journey_status load_times(funnel *f, journey_loader *loader, times *list, int64_t least, journey_error *err) {
  int64_t n = f->host->load_range(f->host, loader, 0, INT64_MAX);
  while (n-- > 0 && f->host->load_status(f->host, loader, err) == JOURNEY_OK) {
    if (add_time(f, list, f->host->load_range(f->host, loader, least, INT64_MAX)) != JOURNEY_OK) {
      return no_memory(f, err);
    }
  }
  return f->host->load_status(f->host, loader, err);
}

static journey_status load_customers(funnel *f, journey_loader *loader, journey_error *err) {
  const journey_host *host = f->host;
  int64_t n = host->load_range(host, loader, 0, f->paths);
  size_t stamps = f->stamps.count;
  while (n-- > 0 && host->load_status(host, loader, err) == JOURNEY_OK) {
    outcome none = {0};
    ending end;
    size_t length;
    uint32_t level = (uint32_t)host->load_range(host, loader, 0, f->steps->count);
    end.rule = (int32_t)host->load_range(host, loader, COMPLETE, WINDOW);
    end.event = host->load_event(host, loader);
    end.time = host->load_int64(host, loader);
    const char *id = host->load_bytes(host, loader, &length);
    if (level > stamps) return host->fail(host, err, JOURNEY_ESTATE, "saved state: times of steps are missing");
    stamps -= level;
    if (add_customer(f, &none, end, id, length) != JOURNEY_OK) return no_memory(f, err);
    f->customers[f->count - 1].level = level;
  }
  return host->load_status(host, loader, err);
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  funnel *f = state;
  const journey_host *host = f->host;
  journey_status status = JOURNEY_OK;
  f->paths = host->load_range(host, loader, 0, INT64_MAX);
  for (uint32_t l = 0; l < f->steps->count; l++) {
    f->reached[l] = host->load_range(host, loader, 0, l ? f->reached[l - 1] : f->paths);
  }
  for (uint32_t l = 0; status == JOURNEY_OK && l < f->steps->count; l++) {
    status = load_times(f, loader, &f->lap[l], 0, err);
  }
  if (status == JOURNEY_OK) status = load_times(f, loader, &f->stamps, INT64_MIN, err);
  return status == JOURNEY_OK ? load_customers(f, loader, err) : status;
}

/* ---- results ----------------------------------------------------------------------------------------------------------------- */

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "step", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "name", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "dropped", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "of_previous", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "of_first", JOURNEY_UNIT_SHARE);
  host->column(host, table, "median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "p90_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->note(host, table, "method", "shares: Wilson interval; seconds: from the step before");
}

/* dropped: reached the step and not the next one. The first step's share is of all customers in scope. */
static journey_status finish(void *state, journey_table *table, journey_error *err) {
  funnel *f = state;
  const journey_host *host = f->host;
  uint32_t steps = f->steps->count;
  (void)err;
  add_columns(host, table);
  for (uint32_t l = 0; l < steps; l++) {
    int64_t next = l + 1 < steps ? f->reached[l + 1] : f->reached[l];
    host->put_int64(host, table, l + 1);
    host->put_text(host, table, f->steps->name[l], SIZE_MAX);
    host->put_int64(host, table, f->reached[l]);
    host->put_int64(host, table, f->reached[l] - next);
    host->put_interval(host, table, host->proportion(host, f->reached[l], l ? f->reached[l - 1] : f->paths));
    host->put_interval(host, table, host->proportion(host, f->reached[l], f->reached[0]));
    host->put_float64(host, table, host->quantile_int64(host, f->lap[l].item, f->lap[l].count, 0.5) / 1e6);
    host->put_float64(host, table, host->quantile_int64(host, f->lap[l].item, f->lap[l].count, 0.9) / 1e6);
  }
  return JOURNEY_OK;
}

static void add_detailed_columns(const funnel *f, journey_table *table) {
  const journey_host *host = f->host;
  host->column(host, table, "customer", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "level", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  for (uint32_t l = 0; l < f->steps->count; l++) {
    char name[16] = "time_";
    uint32_t n = 5;
    if (l >= 9) name[n++] = (char)('0' + (l + 1) / 10);
    name[n] = (char)('0' + (l + 1) % 10);
    host->column(host, table, name, JOURNEY_TYPE_TIME, JOURNEY_UNIT_NONE);
  }
  host->column(host, table, "ended_by", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "ended_event", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "ended_time", JOURNEY_TYPE_TIME, JOURNEY_UNIT_NONE);
  host->note(host, table, "ended_by",
             "complete: the last step; window: the next step came too late; path_end: it never came; no_start");
}

static journey_status finish_detailed(void *state, journey_table *table, journey_error *err) {
  static const char *const rules[] = {"complete", "no_start", "path_end", "window"};
  funnel *f = state;
  const journey_host *host = f->host;
  const int64_t *stamp = f->stamps.item;
  (void)err;
  add_detailed_columns(f, table);
  for (size_t i = 0; i < f->count; i++) {
    const customer *c = &f->customers[i];
    host->put_text(host, table, f->ids + c->id, c->id_length);
    host->put_int64(host, table, c->level);
    for (uint32_t l = 0; l < f->steps->count; l++) {
      if (l < c->level)
        host->put_int64(host, table, *stamp++);
      else
        host->put_null(host, table);
    }
    host->put_text(host, table, rules[c->end.rule], SIZE_MAX);
    host->put_text(host, table, host->events->name[c->end.event], SIZE_MAX);
    host->put_int64(host, table, c->end.time);
  }
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_funnel, jn_metric_funnel_customers;

const journey_calculator jn_metric_funnel = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "funnel",
    .title = "Funnel: how far customers get along ordered steps",
    .help = "A customer's level is the greatest k such that some of his events satisfy the first k steps in order of "
            "time, all within the window of the first. Any start may be the best one. One event may serve several "
            "steps; events of equal time serve in step order.",
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

const journey_calculator jn_metric_funnel_customers = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "funnel_customers",
    .title = "Funnel, customer by customer",
    .help = "For each customer the level of the funnel, the times of the chain that reached it first, and the event "
            "and the rule that ended it. The rules are those of the metric funnel.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create_detailed,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish_detailed,
    .destroy = destroy,
};
