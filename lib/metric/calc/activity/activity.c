/* The walk over events that finds the periods in which customers were active. The calendar is asked only when the
 * periods are laid out; an event's period comes from the ticks at which they begin. */
#include "internal.h"

enum { MOST_PERIODS = 100000 };
#define LAST_TICK (UINT64_MAX - 1) /* what ends the ticks comes after all of them */

/* ---- the periods of a scope -------------------------------------------------------------------------------------- */

static journey_status no_memory(const jn_activity *a, journey_error *err) {
  return a->host->fail(a->host, err, JOURNEY_ENOMEM, "out of memory");
}

/* Periods `index` to `last`, and the time at which the last one ends. */
static journey_status lay_out(jn_activity *a, int64_t index, int64_t last) {
  for (; index <= last + 1; index++) {
    int64_t begin = a->host->period_start(a->host, a->calendar, index);
    if (journey_list_add(a->host, &a->begin, begin) != JOURNEY_OK) return JOURNEY_ENOMEM;
  }
  return JOURNEY_OK;
}

/* The same with a cut wherever a longer period begins; nothing is left before the first longer period. */
static journey_status lay_out_cut(jn_activity *a, int64_t index, int64_t last) {
  const journey_host *host = a->host;
  int64_t whole = a->first_whole, begin = host->period_start(host, a->calendar, index);
  int64_t whole_begin = host->period_start(host, a->whole_calendar, whole);
  if (whole_begin > begin) begin = whole_begin;
  while (begin <= a->last && index <= last) {
    if (journey_list_add(host, &a->begin, begin) != JOURNEY_OK) return JOURNEY_ENOMEM;
    if (journey_list_add(host, &a->whole, whole - a->first_whole) != JOURNEY_OK) return JOURNEY_ENOMEM;
    int64_t next = host->period_start(host, a->calendar, index + 1);
    whole_begin = host->period_start(host, a->whole_calendar, whole + 1);
    begin = next < whole_begin ? next : whole_begin;
    index += next == begin;
    whole += whole_begin == begin;
  }
  return journey_list_add(host, &a->begin, begin);
}

static journey_status lay_out_whole(jn_activity *a, int64_t index, int64_t last) {
  journey_status status = lay_out(a, index, last);
  for (; status == JOURNEY_OK && index <= last; index++) status = journey_list_add(a->host, &a->whole, 0);
  return status;
}

static journey_status make_periods(jn_activity *a, const char *whole, journey_error *err) {
  const journey_host *host = a->host;
  int64_t range[2] = {0, -1}, index[2] = {0, -1};
  if (host->time_range(host, &range[0], &range[1]) == JOURNEY_OK) {
    host->period_index(host, a->calendar, range, 2, index);
    if (a->whole_calendar) host->period_index(host, a->whole_calendar, range, 1, &a->first_whole);
  }
  if (index[1] - index[0] >= MOST_PERIODS) {
    return host->fail(host, err, JOURNEY_ELIMIT, "more than 100000 periods; choose longer ones, or a shorter scope");
  }
  a->first = range[0];
  a->last = range[1];
  a->first_period = index[0];
  journey_status status = JOURNEY_OK;
  if (a->whole_calendar)
    status = lay_out_cut(a, index[0], index[1]);
  else
    status = whole ? lay_out_whole(a, index[0], index[1]) : lay_out(a, index[0], index[1]);
  if (status != JOURNEY_OK) return no_memory(a, err);
  a->periods = (uint32_t)a->begin.count - 1;
  return JOURNEY_OK;
}

static int is_calendar(const char *unit) { return unit && unit[0] != 'a'; }

journey_status jn_activity_open(jn_activity *a, const journey_host *host, const char *unit, const char *whole,
                                journey_error *err) {
  a->host = host;
  a->tick_unit = 0; /* no batch has it: the first one makes the ticks */
  journey_status status = host->steps(host, "active", &a->steps, err);
  if (status == JOURNEY_OK) status = host->calendar(host, unit, NULL, &a->calendar, err);
  if (status == JOURNEY_OK && is_calendar(whole)) status = host->calendar(host, whole, NULL, &a->whole_calendar, err);
  if (status == JOURNEY_OK) status = make_periods(a, whole, err);
  if (status != JOURNEY_OK) return status;
  a->guesses = a->periods * 2 + 2;
  a->met = journey_host_alloc(host, (size_t)a->periods + 1, sizeof *a->met);
  a->tick = journey_host_alloc(host, (size_t)a->periods + 1, sizeof *a->tick);
  a->guess = journey_host_alloc(host, a->guesses, sizeof *a->guess);
  return a->met && a->tick && a->guess ? JOURNEY_OK : no_memory(a, err);
}

void jn_activity_close(jn_activity *a) {
  if (!a->host) return;
  journey_list_free(a->host, &a->begin);
  journey_list_free(a->host, &a->whole);
  journey_host_free(a->host, a->met, (size_t)a->periods + 1, sizeof *a->met);
  journey_host_free(a->host, a->tick, (size_t)a->periods + 1, sizeof *a->tick);
  journey_host_free(a->host, a->guess, a->guesses, sizeof *a->guess);
}

/* ---- from ticks to periods --------------------------------------------------------------------------------------- */

/* The first tick that is at `time` or after it. */
static uint64_t tick_of(const jn_activity *a, int64_t time) {
  if (time <= a->tick_base) return 0;
  uint64_t after = (uint64_t)time - (uint64_t)a->tick_base, unit = (uint64_t)a->tick_unit;
  return after / unit + (after % unit != 0);
}

/* Guesses are about half a period apart, so that a search from one takes a step or two. */
static void make_ticks(jn_activity *a, const journey_batch *batch) {
  if (a->tick_base == batch->time_base && a->tick_unit == batch->time_unit) return;
  a->tick_base = batch->time_base;
  a->tick_unit = batch->time_unit;
  for (uint32_t p = 0; p < a->periods; p++) a->tick[p] = tick_of(a, a->begin.item[p]);
  a->tick[a->periods] = UINT64_MAX;
  uint64_t span = a->tick[a->periods - 1] - a->tick[0];
  for (a->shift = 0; span >> a->shift >= a->guesses;) a->shift++;
  for (uint32_t g = 0, p = 0; g < a->guesses; g++) {
    uint64_t from = (uint64_t)g << a->shift;
    while (p + 1 < a->periods && a->tick[p + 1] - a->tick[0] <= from) p++;
    a->guess[g] = p;
  }
}

/* A time outside the scope is in its first or its last period. One step from the guess is the rule, and taken without a
 * branch: which it is cannot be foretold. */
static inline uint32_t period_of(const jn_activity *a, uint64_t tick) {
  uint64_t from = tick > a->tick[0] ? (tick - a->tick[0]) >> a->shift : 0;
  uint32_t period = a->guess[from < a->guesses ? from : a->guesses - 1];
  period += tick >= a->tick[period + 1];
  while (tick >= a->tick[period + 1]) period++;
  return period;
}

/* ---- the walk -------------------------------------------------------------------------------------------------- */

/* Adds the periods of the events [i, end) to the n in a->met, and returns how many there are now. `width` and `high`
 * are those of the columns: as constants, they leave a loop without a question about them. A period is written each
 * time, and kept when it is another one than the last: that is cheaper than to guess whether it will be. */
static inline __attribute__((always_inline)) uint32_t walk(const jn_activity *a, const journey_batch *batch,
                                                           const journey_codes *codes, uint32_t width, uint32_t high,
                                                           uint32_t n, int64_t i, int64_t end) {
  const jn_activity local = *a; /* what is written cannot change it */
  const uint64_t *mask = a->steps->mask;
  const journey_codes column = {codes->data, width, codes->count};
  uint32_t after = n > 0 ? local.met[n - 1] + 1 : 0; /* the last period, and 1 */
  for (; i < end; i++) {
    if (!mask[journey_codes_at(&column, i)]) continue;
    uint64_t tick = high ? journey_batch_tick(batch, i) : batch->time_low[i];
    uint32_t period = period_of(&local, tick < LAST_TICK ? tick : LAST_TICK);
    local.met[n] = period;
    n += period + 1 != after;
    after = period + 1;
  }
  return n;
}

static uint32_t walk_path(const jn_activity *a, const journey_batch *batch, const journey_codes *codes, uint32_t n,
                          int64_t p) {
  int64_t i = batch->begin[p], end = batch->end[p];
  if (codes->width == 1 && !batch->time_high_width) return walk(a, batch, codes, 1, 0, n, i, end);
  return walk(a, batch, codes, codes->width, batch->time_high_width, n, i, end);
}

journey_status jn_activity_feed(jn_activity *a, const journey_batch *batch, jn_activity_visit visit, void *state,
                                journey_error *err) {
  journey_codes codes;
  journey_status status = a->host->step_codes(a->host, a->steps, batch, &codes, err);
  if (status != JOURNEY_OK || a->periods == 0) return status;
  make_ticks(a, batch);
  for (int64_t p = 0; p < batch->paths;) {
    uint32_t n = 0, customer = batch->customer[p];
    for (; p < batch->paths && batch->customer[p] == customer; p++) n = walk_path(a, batch, &codes, n, p);
    if (n > 0) visit(state, a->met, n);
  }
  return JOURNEY_OK;
}
