/* Counting: each path once for everything that it has between its start and its goal. */
#include <stdio.h>

#include "internal.h"

enum { PATHS_BETWEEN_LOOKS = 1 << 16 }; /* at whether somebody cancelled: a power of two */

static inline void count(tally *t, uint64_t path, int outcome) {
  if (t->path == path) return;
  t->path = path;
  t->count[outcome]++;
}

static void count_codes(tally *tallies, const journey_codes *codes, int64_t begin, int64_t end, uint64_t path,
                        int outcome) {
  const uint8_t *narrow = codes->width == 1 ? codes->data : NULL;
  if (narrow) {
    for (int64_t i = begin; i < end; i++) count(&tallies[narrow[i]], path, outcome);
    return;
  }
  for (int64_t i = begin; i < end; i++) count(&tallies[journey_codes_at(codes, i)], path, outcome);
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
static void count_path(drivers *d, const journey_batch *batch, const journey_codes *start, const journey_codes *goal,
                       int64_t p) {
  int64_t begin = batch->begin[p], end = batch->end[p];
  int outcome;
  while (begin < end && !d->start->mask[journey_codes_at(start, begin)]) begin++;
  if (begin == end) return;
  end = find_end(d, batch, goal, begin, end, &outcome);
  d->total[outcome]++;
  d->path++;
  count_codes(d->events, &batch->event, begin + 1, end, d->path, outcome);
  for (uint32_t a = 0; a < d->attribute_count; a++) {
    const attribute *of = &d->attributes[a];
    count_codes(of->tallies, &batch->attribute[of->index].code, begin, end, d->path, outcome);
  }
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
    count_path(d, batch, &start, &goal, p);
    if (p % PATHS_BETWEEN_LOOKS == PATHS_BETWEEN_LOOKS - 1) status = d->host->cancelled(d->host, err);
  }
  return status;
}
