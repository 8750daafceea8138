/* Finds in which periods each customer returned.
 *
 * The plain question (the first start, periods of the calendar, one return is enough) takes a few instructions an event
 * and no branch that depends on it. All else goes over a list of the path's returns, from period to period by search. */
#include "internal.h"

enum { SOME_VALUES = 64 };

/* A batch with what it takes to read it. */
typedef struct scan {
  const journey_batch *batch;
  journey_codes start, returns;
  int narrow;                          /* codes of one byte, times of four, and so few periods that a word holds them */
  int all;                             /* every event is a return */
  uint8_t started[256], returned[256]; /* by step code of a byte: whether it is a start, a return */
} scan;

static int is_step(const journey_steps *steps, const journey_codes *codes, int64_t i) {
  return steps->mask[journey_codes_at(codes, i)] != 0;
}

static void fill_table(const journey_steps *steps, const journey_codes *codes, uint8_t table[256]) {
  for (uint32_t c = 0; codes->width == 1 && c < codes->count; c++) table[c] = steps->mask[c] != 0;
}

static journey_status open_batch(jn_retention *r, const journey_batch *batch, scan *s, journey_error *err) {
  const journey_host *host = r->host;
  s->batch = batch;
  journey_status status = host->step_codes(host, r->start, batch, &s->start, err);
  if (status == JOURNEY_OK) status = host->step_codes(host, r->returns, batch, &s->returns, err);
  if (status == JOURNEY_OK) status = jn_retention_set_clock(r, batch, err);
  if (status != JOURNEY_OK) return status;
  s->narrow = s->start.width == 1 && s->returns.width == 1 && batch->time_high_width == 0 && r->width < 64 &&
              r->clock.sharp && r->clock.shift < 32;
  fill_table(r->start, &s->start, s->started);
  fill_table(r->returns, &s->returns, s->returned);
  s->all = s->narrow;
  for (uint32_t c = 0; s->all && c < s->returns.count; c++) s->all = s->returned[c];
  return JOURNEY_OK;
}

/* ---- the plain question ------------------------------------------------------------------------------------------------- */

static inline uint64_t gather_word(const jn_retention *r, const scan *s, int64_t i, int64_t end, uint32_t cohort) {
  const uint8_t *code = s->returns.data, *returned = s->returned;
  const uint32_t *tick = s->batch->time_low;
  const jn_retention_guess *guess = r->clock.guess;
  uint32_t low = (uint32_t)r->clock.low, shift = r->clock.shift, most = r->clock.buckets - 1, width = r->width;
  uint64_t bits = 0;
  for (; i < end; i++) {
    uint32_t bucket = (tick[i] - low) >> shift;
    const jn_retention_guess *g = &guess[bucket < most ? bucket : most];
    uint32_t after = (uint32_t)g->period + (tick[i] >= g->next) - cohort;
    bits |= (uint64_t)returned[code[i]] << (after < width ? after : width);
  }
  return bits;
}

/* Paths of narrow columns. */
static void feed_narrow(jn_retention *r, const scan *s) {
  const uint8_t *code = s->start.data;
  for (int64_t p = 0; p < s->batch->paths; p++) {
    int64_t i = s->batch->begin[p], end = s->batch->end[p];
    while (i < end && !s->started[code[i]]) i++;
    if (i == end) continue;
    uint32_t cohort = jn_retention_period(&r->clock, s->batch->time_low[i]);
    uint64_t bits = gather_word(r, s, i, end, cohort);
    jn_retention_count(r, cohort, &bits);
  }
}

static void gather_words(const jn_retention *r, const scan *s, int64_t i, int64_t end, uint32_t cohort,
                         uint64_t *bits) {
  for (; i < end; i++) {
    if (!is_step(r->returns, &s->returns, i)) continue;
    uint32_t after = jn_retention_period(&r->clock, journey_batch_tick(s->batch, i)) - cohort;
    if (after > r->width) after = r->width;
    bits[after >> 6] |= UINT64_C(1) << (after & 63);
  }
}

static void feed_plain(jn_retention *r, const scan *s, int64_t i, int64_t end) {
  uint64_t bits[JN_RETENTION_WORDS];
  uint32_t cohort = jn_retention_period(&r->clock, journey_batch_tick(s->batch, i));
  for (uint32_t w = 0; w <= r->width >> 6; w++) bits[w] = 0;
  gather_words(r, s, i, end, cohort, bits);
  jn_retention_count(r, cohort, bits);
}

/* ---- every other question ------------------------------------------------------------------------------------------------- */

static journey_status add_entry(jn_retention *r, int64_t event, uint32_t cohort) {
  if (r->entry_count == r->entry_capacity) {
    void *entries = r->entries;
    journey_status status =
        journey_host_grow(r->host, &entries, &r->entry_capacity, r->entry_count + 1, sizeof *r->entries);
    if (status != JOURNEY_OK) return status;
    r->entries = entries;
  }
  r->entries[r->entry_count++] = (jn_retention_entry){event, r->visits.count, cohort};
  return JOURNEY_OK;
}

/* Lists the returns of a path from its first start on, and the first start in each period, or the very first alone. */
static journey_status list_path(jn_retention *r, const scan *s, int64_t i, int64_t end) {
  journey_status status = JOURNEY_OK;
  r->visits.count = r->entry_count = 0;
  for (; status == JOURNEY_OK && i < end; i++) {
    if ((r->every || r->entry_count == 0) && is_step(r->start, &s->start, i)) {
      uint32_t cohort = jn_retention_period(&r->clock, journey_batch_tick(s->batch, i));
      int entered = r->entry_count > 0 && r->entries[r->entry_count - 1].cohort == cohort;
      if (!entered) status = add_entry(r, i, cohort);
    }
    if (status == JOURNEY_OK && is_step(r->returns, &s->returns, i)) {
      status = journey_list_add(r->host, &r->visits, i);
    }
  }
  return status;
}

static int64_t visit_time(const jn_retention *r, const scan *s, size_t v) {
  return journey_batch_time(s->batch, r->visits.item[v]);
}

/* The first of the visits from v on that is at `time` or later: steps that double, then halves. */
static size_t find_visit(const jn_retention *r, const scan *s, size_t v, int64_t time) {
  size_t n = r->visits.count, step = 1, low = v; /* visit `low` is before */
  while (low + step < n && visit_time(r, s, low + step) < time) {
    low += step;
    step *= 2;
  }
  size_t high = low + step < n ? low + step : n;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (visit_time(r, s, middle) < time)
      low = middle;
    else
      high = middle;
  }
  return high;
}

/* The visits from v on that are in one period after the entry. */
static jn_retention_run run_of(const jn_retention *r, const scan *s, const jn_retention_entry *entry, size_t v) {
  int64_t time = visit_time(r, s, v), start = journey_batch_time(s->batch, entry->event), until;
  uint64_t after;
  if (r->length > 0) {
    after = (uint64_t)journey_elapsed(start, time) / (uint64_t)r->length;
    uint64_t end = (uint64_t)start + (after + 1) * (uint64_t)r->length;
    until = (int64_t)end < time ? INT64_MAX : (int64_t)end; /* it may lie behind all times */
  } else {
    uint32_t period = jn_retention_period(&r->clock, journey_batch_tick(s->batch, r->visits.item[v]));
    after = period - entry->cohort;
    until = period + 1 < r->cohorts ? r->begins[period + 1] : INT64_MAX;
  }
  size_t end = until == INT64_MAX ? r->visits.count : find_visit(r, s, v, until);
  return (jn_retention_run){v, end, after < r->width ? (uint32_t)after : r->width};
}

static journey_status keep_run(jn_retention *r, jn_retention_run run) {
  if (r->run_count == r->run_capacity) {
    void *runs = r->runs;
    journey_status status = journey_host_grow(r->host, &runs, &r->run_capacity, r->run_count + 1, sizeof *r->runs);
    if (status != JOURNEY_OK) return status;
    r->runs = runs;
  }
  r->runs[r->run_count++] = run;
  return JOURNEY_OK;
}

static void add_values(jn_retention *r, const scan *s, const jn_retention_run *run, jn_retention_value *to) {
  double some[SOME_VALUES];
  size_t n = 0;
  for (size_t v = run->from; v < run->until; v++) {
    double x = s->batch->value[r->visits.item[v]];
    if (x == x) some[n++] = x;
    if (n < SOME_VALUES && v + 1 < run->until) continue;
    r->host->sum_add(r->host, &to->sum, r->values == JN_RETENTION_MEAN ? &to->squares : NULL, some, n);
    to->n += (int64_t)n;
    n = 0;
  }
}

static journey_status count_values(jn_retention *r, const scan *s, uint32_t cohort, const uint64_t *bits,
                                   journey_error *err) {
  journey_status status = jn_retention_need_values(r, cohort, err);
  for (size_t i = 0; status == JOURNEY_OK && s->batch->value && i < r->run_count; i++) {
    uint32_t row = jn_retention_value_row(r, bits, r->runs[i].after);
    if (row != JN_RETENTION_NO_ROW) add_values(r, s, &r->runs[i], &r->value[cohort][row]);
  }
  return status;
}

static journey_status feed_entry(jn_retention *r, const scan *s, const jn_retention_entry *entry, journey_error *err) {
  uint64_t bits[JN_RETENTION_WORDS] = {0};
  int valued = r->values != JN_RETENTION_NO_VALUES, beyond = jn_retention_looks_beyond(r);
  r->run_count = 0;
  for (size_t v = entry->visit; v < r->visits.count;) {
    jn_retention_run run = run_of(r, s, entry, v);
    v = run.until;
    if (run.after == r->width && !beyond) break;
    if ((int64_t)(run.until - run.from) < r->least) continue;
    bits[run.after >> 6] |= UINT64_C(1) << (run.after & 63);
    if (valued && keep_run(r, run) != JOURNEY_OK) return jn_retention_no_memory(r, err);
    if (run.after == r->width && !valued) break;
  }
  jn_retention_count(r, entry->cohort, bits);
  return valued ? count_values(r, s, entry->cohort, bits, err) : JOURNEY_OK;
}

/* A path may have thousands of starts and millions of returns. */
static journey_status feed_listed(jn_retention *r, const scan *s, int64_t i, int64_t end, journey_error *err) {
  journey_status status = list_path(r, s, i, end);
  if (status != JOURNEY_OK) return jn_retention_no_memory(r, err);
  for (size_t e = 0; status == JOURNEY_OK && e < r->entry_count; e++) {
    if (e % 64 == 63) status = r->host->cancelled(r->host, err);
    if (status == JOURNEY_OK) status = feed_entry(r, s, &r->entries[e], err);
  }
  return status;
}

journey_status jn_retention_feed(void *state, const journey_batch *batch, journey_error *err) {
  jn_retention *r = state;
  scan s;
  journey_status status = open_batch(r, batch, &s, err);
  int plain = !r->every && r->length == 0 && r->least == 1 && r->values == JN_RETENTION_NO_VALUES;
  if (status != JOURNEY_OK || r->cohorts == 0) return status;
  if (plain && s.narrow) {
    if (!s.all || !jn_retention_feed_even(r, batch, &s.start, s.started)) feed_narrow(r, &s);
    return JOURNEY_OK;
  }
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) {
    int64_t i = batch->begin[p], end = batch->end[p];
    while (i < end && !is_step(r->start, &s.start, i)) i++;
    if (i == end) continue;
    if (plain)
      feed_plain(r, &s, i, end);
    else
      status = feed_listed(r, &s, i, end, err);
  }
  return status;
}
