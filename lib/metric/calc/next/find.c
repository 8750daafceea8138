/* Reads paths for `next` and `next_customers`, in either direction, and finds the occurrences of the chain. */
#include <string.h>

#include "internal.h"

const journey_option jn_next_options[JN_NEXT_OPTIONS] = {
    {.name = "chain",
     .value = "*",
     .type = JOURNEY_OPTION_STEPS,
     .help = "Events that directly follow each other, in the direction of reading"},
    {.name = "direction",
     .value = "forward",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "forward|backward",
     .help = "Look for what comes after the chain, or read paths from their end and look for what comes before"},
    {.name = "base",
     .value = "every",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "every|head|tail|first_match|last_match",
     .help =
         "Where the chain must begin: anywhere, at a path's first or last event, or at the first or last event that "
         "satisfies the chain's first step and the base step"},
    {.name = "base_step",
     .value = "*",
     .type = JOURNEY_OPTION_STEP,
     .help = "What the event at which the chain begins must be besides"},
    {.name = "ties",
     .value = "arrival",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "arrival|name",
     .help = "Order of events of equal time: as they arrived, or by name, as ClickHouse has it"},
    {.name = "collapse",
     .value = "false",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Take consecutive events of one name as one event, at the time of the first"},
    {.name = "top",
     .value = "20",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1e9,
     .help = "Names to show, the most frequent ones; the others are one row, (other)",
     .unit = "names"},
};

/* ---- options ----------------------------------------------------------------------------------------------------------- */

static int name_before(const void *state, size_t a, size_t b) {
  const journey_names *names = state;
  return strcmp(names->name[a], names->name[b]) < 0;
}

static journey_status rank_names(jn_next_reader *r) {
  const journey_names *names = r->host->events;
  size_t *sorted = journey_host_alloc(r->host, names->count, sizeof *sorted);
  r->rank = journey_host_alloc(r->host, names->count, sizeof *r->rank);
  if (sorted && r->rank) {
    for (size_t n = 0; n < names->count; n++) sorted[n] = n;
    journey_sort_first(sorted, names->count, names->count, name_before, names);
    for (uint32_t n = 0; n < names->count; n++) r->rank[sorted[n]] = n;
  }
  journey_status status = sorted && r->rank ? JOURNEY_OK : JOURNEY_ENOMEM;
  journey_host_free(r->host, sorted, names->count, sizeof *sorted);
  return status;
}

static journey_status check_direction(const jn_next_reader *r, journey_error *err) {
  if (r->base == JN_NEXT_HEAD && r->backward) {
    return r->host->fail(r->host, err, JOURNEY_EINVAL,
                         "option base: nothing comes before the head of a path; "
                         "with direction backward take tail, a match, or every");
  }
  if (r->base == JN_NEXT_TAIL && !r->backward) {
    return r->host->fail(r->host, err, JOURNEY_EINVAL,
                         "option base: nothing comes after the tail of a path; "
                         "with direction forward take head, a match, or every");
  }
  return JOURNEY_OK;
}

journey_status jn_next_reader_init(jn_next_reader *r, const journey_host *host, journey_error *err) {
  r->host = host;
  r->base = host->option_choice(host, "base");
  r->backward = host->option_choice(host, "direction");
  r->collapse = host->option_flag(host, "collapse");
  journey_status status = check_direction(r, err);
  if (status == JOURNEY_OK) status = host->steps(host, "chain", &r->chain, err);
  if (status == JOURNEY_OK) status = host->steps(host, "base_step", &r->base_step, err);
  if (status != JOURNEY_OK || host->option_choice(host, "ties") == 0) return status;
  return rank_names(r) == JOURNEY_OK ? JOURNEY_OK : host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
}

void jn_next_reader_free(jn_next_reader *r) {
  journey_host_free(r->host, r->rank, r->host->events->count, sizeof *r->rank);
  journey_host_free(r->host, r->order, r->order_capacity, sizeof *r->order);
}

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

journey_status jn_next_read_batch(jn_next_reader *r, const journey_batch *batch, journey_error *err) {
  r->batch = batch;
  journey_status status = r->host->step_codes(r->host, r->chain, batch, &r->chain_codes, err);
  if (status == JOURNEY_OK) status = r->host->step_codes(r->host, r->base_step, batch, &r->base_codes, err);
  if (status != JOURNEY_OK) return status;
  r->any_base = 1;
  for (uint32_t c = 0; c < r->base_step->codes; c++) r->any_base &= r->base_step->mask[c] != 0;
  return JOURNEY_OK;
}

/* By name, and events of one name as they arrived. */
static int tie_before(const void *state, size_t a, size_t b) {
  const jn_next_reader *r = state;
  uint32_t x = r->rank[journey_codes_at(&r->batch->event, (int64_t)a)];
  uint32_t y = r->rank[journey_codes_at(&r->batch->event, (int64_t)b)];
  return x == y ? a < b : x < y;
}

static void sort_ties(jn_next_reader *r) {
  for (int64_t from = 0, to; from < r->count; from = to) {
    uint64_t tick = journey_batch_tick(r->batch, (int64_t)r->order[from]);
    for (to = from + 1; to < r->count && journey_batch_tick(r->batch, (int64_t)r->order[to]) == tick;) to++;
    size_t n = (size_t)(to - from);
    if (n > 1) journey_sort_first(r->order + from, n, n, tie_before, r);
  }
}

static void join_repeats(jn_next_reader *r) {
  int64_t n = 0;
  uint32_t before = 0;
  for (int64_t i = 0; i < r->count; i++) {
    uint32_t code = journey_codes_at(&r->batch->event, (int64_t)r->order[i]);
    if (n > 0 && code == before) continue;
    r->order[n++] = r->order[i];
    before = code;
  }
  r->count = n;
}

/* Which events of the path there are to be, in which order. */
static journey_status set_order(jn_next_reader *r, int64_t begin) {
  size_t n = (size_t)r->count;
  if (journey_host_grow(r->host, &r->order, &r->order_capacity, n, sizeof *r->order) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  for (size_t i = 0; i < n; i++) r->order[i] = (size_t)begin + i;
  if (r->rank) sort_ties(r);
  if (r->collapse) join_repeats(r);
  return JOURNEY_OK;
}

journey_status jn_next_read_path(jn_next_reader *r, int64_t p) {
  int64_t begin = r->batch->begin[p];
  r->count = r->batch->end[p] - begin;
  r->ordered = r->rank || r->collapse;
  if (r->ordered && set_order(r, begin) != JOURNEY_OK) return JOURNEY_ENOMEM;
  r->first = r->ordered ? 0 : begin;
  if (r->backward) r->first += r->count - 1;
  r->step = r->backward ? -1 : 1;
  r->from = 0;
  return JOURNEY_OK;
}

/* ---- finding ----------------------------------------------------------------------------------------------------------- */

static uint64_t steps_of(const jn_next_reader *r, int64_t i) {
  return r->chain->mask[journey_codes_at(&r->chain_codes, i)];
}

static uint64_t is_base(const jn_next_reader *r, int64_t i) {
  return r->any_base || r->base_step->mask[journey_codes_at(&r->base_codes, i)];
}

/* Bit s of `state` is set when the events up to the one at hand satisfy steps 0 to s: one look at each event, however
 * long the chain is. */
static int64_t find_anywhere(jn_next_reader *r) {
  int64_t n = r->chain->count;
  uint64_t state = 0, whole = UINT64_C(1) << (n - 1);
  for (int64_t k = r->from; k < r->count; k++) {
    int64_t i = jn_next_at(r, k);
    state = (state << 1 | is_base(r, i)) & steps_of(r, i);
    if (!(state & whole)) continue;
    r->from = k + 1;
    return k + 1 - n;
  }
  r->from = r->count;
  return -1;
}

/* The same over events as they lie, of narrow codes and any base. */
static int64_t find_narrow(jn_next_reader *r) {
  const uint8_t *code = (const uint8_t *)r->chain_codes.data + r->first;
  const uint64_t *mask = r->chain->mask;
  int64_t n = r->chain->count, count = r->count, step = r->step;
  uint64_t state = 0, whole = UINT64_C(1) << (n - 1);
  for (int64_t k = r->from; k < count; k++) {
    state = (state << 1 | 1) & mask[code[k * step]];
    if (!(state & whole)) continue;
    r->from = k + 1;
    return k + 1 - n;
  }
  r->from = count;
  return -1;
}

static int64_t find_match(const jn_next_reader *r, int64_t place, int64_t stop, int64_t step) {
  for (; place != stop; place += step) {
    int64_t i = jn_next_at(r, place);
    if ((steps_of(r, i) & 1) && is_base(r, i)) return place;
  }
  return -1;
}

/* Where the chain must begin; -1: the path has no such place. Head and tail are where reading begins. */
static int64_t find_base(const jn_next_reader *r) {
  if (r->base == JN_NEXT_HEAD || r->base == JN_NEXT_TAIL) return is_base(r, jn_next_at(r, 0)) ? 0 : -1;
  int near = (r->base == JN_NEXT_FIRST) == !r->backward; /* the match that reading comes to first */
  return near ? find_match(r, 0, r->count, 1) : find_match(r, r->count - 1, -1, -1);
}

/* There is one place to look at. */
static int64_t find_at_base(jn_next_reader *r) {
  int64_t n = r->chain->count, place = find_base(r);
  r->from = r->count;
  if (place < 0 || r->count - place < n) return -1;
  for (int64_t s = 0; s < n; s++) {
    if (!(steps_of(r, jn_next_at(r, place + s)) >> s & 1)) return -1;
  }
  return place;
}

int64_t jn_next_find(jn_next_reader *r) {
  if (r->from >= r->count) return -1;
  if (r->base != JN_NEXT_EVERY) return find_at_base(r);
  return r->any_base && !r->ordered && r->chain_codes.width == 1 ? find_narrow(r) : find_anywhere(r);
}
