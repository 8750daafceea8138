/* Counting: each path once for everything that it has between its start and its goal. */
#include <stdio.h>

#include "internal.h"

enum { PATHS_BETWEEN_LOOKS = 1 << 16 }; /* at whether somebody cancelled: a power of two */

static journey_status count_codes(const journey_host *host, tallies *all, const journey_codes *codes, int64_t begin,
                                  int64_t end, uint64_t path, int outcome) {
  for (int64_t i = begin; i < end; i++) {
    uint32_t code = journey_codes_at(codes, i);
    uint32_t at = all->slots == all->codes ? all->index[code] : 0;
    tally *t = at ? &all->item[at - 1] : jn_drivers_tally(host, all, code);
    if (!t) return JOURNEY_ENOMEM;
    t->count[outcome] += t->path != path;
    t->path = path;
  }
  return JOURNEY_OK;
}

/* Where the way to the goal ends: at the first goal, behind the window, or with the path. */
static int64_t find_end(const drivers *d, const journey_batch *batch, const journey_codes *goal, int64_t begin,
                        int64_t end, int *outcome) {
  int64_t start = journey_batch_time(batch, begin);
  *outcome = FAILED;
  for (int64_t i = begin; i < end; i++) {
    if (d->window < INT64_MAX && journey_elapsed(start, journey_batch_time(batch, i)) > d->window) return i;
    if (!d->goal->mask[journey_codes_at(goal, i)]) continue;
    *outcome = CONVERTED;
    return i;
  }
  return end;
}

/* Events strictly between the start and the goal; values of the start, too, which say who came. */
static journey_status count_path(drivers *d, const journey_batch *batch, const journey_codes *start,
                                 const journey_codes *goal, int64_t p) {
  int64_t begin = batch->begin[p], end = batch->end[p];
  int outcome;
  while (begin < end && !d->start->mask[journey_codes_at(start, begin)]) begin++;
  if (begin == end) return JOURNEY_OK;
  end = find_end(d, batch, goal, begin, end, &outcome);
  d->total[outcome]++;
  d->path++;
  journey_status status = count_codes(d->host, &d->events, &batch->event, begin + 1, end, d->path, outcome);
  for (uint32_t a = 0; status == JOURNEY_OK && a < d->attribute_count; a++) {
    attribute *of = &d->attributes[a];
    const journey_codes *codes = &batch->attribute[of->index].code;
    status = count_codes(d->host, &of->tallies, codes, begin, end, d->path, outcome);
  }
  return status;
}

static journey_status check_attributes(const drivers *d, journey_error *err) {
  char message[256];
  for (uint32_t a = 0; a < d->attribute_count; a++) {
    if (d->attributes[a].values) continue;
    snprintf(message, sizeof message, "option values_of: \"%.200s\" holds numbers, not names", d->attributes[a].name);
    return d->host->fail(d->host, err, JOURNEY_EINVAL, message);
  }
  return JOURNEY_OK;
}

journey_status jn_drivers_feed(void *state, const journey_batch *batch, journey_error *err) {
  drivers *d = state;
  journey_codes start, goal;
  journey_status status = check_attributes(d, err);
  if (status == JOURNEY_OK) status = d->host->step_codes(d->host, d->start, batch, &start, err);
  if (status == JOURNEY_OK) status = d->host->step_codes(d->host, d->goal, batch, &goal, err);
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) {
    if (count_path(d, batch, &start, &goal, p) != JOURNEY_OK) return jn_drivers_no_memory(d, err);
    if (p % PATHS_BETWEEN_LOOKS == PATHS_BETWEEN_LOOKS - 1) status = d->host->cancelled(d->host, err);
  }
  return status;
}
