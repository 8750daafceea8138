/* Which period a time is in. */
#include "internal.h"

/* Bounds of what hostile times and options may ask for: cells of all cohorts, and those that hold exact sums. */
enum { MOST_COHORTS = 100000, MOST_CELLS = 1 << 23, MOST_VALUES = 1 << 18 };

static journey_status check_size(const jn_retention *r, int64_t cohorts, journey_error *err) {
  const journey_host *host = r->host;
  int64_t most = r->values == JN_RETENTION_NO_VALUES ? MOST_CELLS : MOST_VALUES;
  if (cohorts <= MOST_COHORTS && cohorts * r->rows <= most) return JOURNEY_OK;
  return host->fail(host, err, JOURNEY_ELIMIT,
                    "too many periods; choose longer ones, fewer of them (--periods), or a shorter scope");
}

/* One cohort for each period of the scope. */
journey_status jn_retention_make_periods(jn_retention *r, journey_error *err) {
  const journey_host *host = r->host;
  int64_t range[2], index[2] = {0, -1};
  if (host->time_range(host, &range[0], &range[1]) == JOURNEY_OK) {
    host->period_index(host, r->calendar, range, 2, index);
  }
  journey_status status = check_size(r, index[1] - index[0] + 1, err);
  if (status != JOURNEY_OK) return status;
  r->first = index[0];
  r->cohorts = (uint32_t)(index[1] - index[0] + 1);
  r->begins = journey_host_alloc(host, (size_t)r->cohorts + 1, sizeof *r->begins);
  if (!r->begins) return jn_retention_no_memory(r, err);
  for (uint32_t c = 0; c <= r->cohorts; c++) r->begins[c] = host->period_start(host, r->calendar, r->first + c);
  return JOURNEY_OK;
}

/* The first tick that is not before a time. */
static uint64_t tick_of(const jn_retention_clock *clock, int64_t time) {
  if (time <= clock->base) return 0;
  uint64_t micros = (uint64_t)time - (uint64_t)clock->base, unit = (uint64_t)clock->unit;
  return micros / unit + (micros % unit != 0);
}

/* Buckets so large that there are at most four times as many as periods: hardly any holds two beginnings. */
static journey_status make_room(jn_retention *r, journey_error *err) {
  jn_retention_clock *clock = &r->clock;
  uint64_t span = clock->begin[r->cohorts - 1] - clock->low;
  clock->shift = 0;
  while (span >> clock->shift >= 4 * (uint64_t)r->cohorts) clock->shift++;
  clock->buckets = (uint32_t)(span >> clock->shift) + 1;
  if (clock->buckets <= clock->room) return JOURNEY_OK;
  journey_host_free(r->host, clock->guess, clock->room, sizeof *clock->guess);
  clock->room = 0;
  clock->guess = journey_host_alloc(r->host, clock->buckets, sizeof *clock->guess);
  if (!clock->guess) return jn_retention_no_memory(r, err);
  clock->room = clock->buckets;
  return JOURNEY_OK;
}

static void fill_guesses(jn_retention_clock *clock, uint32_t cohorts) {
  uint64_t period = 0;
  clock->sharp = 1;
  for (uint32_t b = 0; b < clock->buckets; b++) {
    uint64_t tick = clock->low + ((uint64_t)b << clock->shift), before = period;
    while (tick >= clock->begin[period + 1]) period++;
    if (b > 0 && period > before + 1) clock->sharp = 0;
    clock->guess[b] = (jn_retention_guess){clock->begin[period + 1], period};
  }
  if (period + 2 < cohorts) clock->sharp = 0; /* the last bucket holds all that is left */
}

journey_status jn_retention_set_clock(jn_retention *r, const journey_batch *batch, journey_error *err) {
  jn_retention_clock *clock = &r->clock;
  if (r->cohorts == 0 || (clock->unit == batch->time_unit && clock->base == batch->time_base)) return JOURNEY_OK;
  if (!clock->begin) clock->begin = journey_host_alloc(r->host, (size_t)r->cohorts + 1, sizeof *clock->begin);
  if (!clock->begin) return jn_retention_no_memory(r, err);
  clock->base = batch->time_base;
  clock->unit = batch->time_unit;
  for (uint32_t c = 0; c < r->cohorts; c++) clock->begin[c] = tick_of(clock, r->begins[c]);
  clock->begin[r->cohorts] = UINT64_MAX;
  clock->low = clock->begin[0];
  journey_status status = make_room(r, err);
  if (status != JOURNEY_OK) {
    clock->unit = 0;
    return status;
  }
  fill_guesses(clock, r->cohorts);
  return JOURNEY_OK;
}

void jn_retention_free_periods(jn_retention *r) {
  const journey_host *host = r->host;
  journey_host_free(host, r->begins, (size_t)r->cohorts + 1, sizeof *r->begins);
  journey_host_free(host, r->clock.begin, (size_t)r->cohorts + 1, sizeof *r->clock.begin);
  journey_host_free(host, r->clock.guess, r->clock.room, sizeof *r->clock.guess);
}
