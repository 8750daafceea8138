/* In which periods of the calendar each customer was active: what lifecycle, stickiness and active all begin with. */
#ifndef JN_ACTIVITY_INTERNAL_H
#define JN_ACTIVITY_INTERNAL_H

#include "journey_plugin.h"

/* The option that says which events count, the same for all of them. */
#define JN_ACTIVITY_OPTION                                                                                             \
  { .name = "active", .value = "*", .type = JOURNEY_OPTION_STEP, .help = "Event that counts as being active" }

/* The periods of a scope, none left out, numbered from 0; and what it takes to find an event's period quickly. */
typedef struct jn_activity {
  const journey_host *host;
  const journey_steps *steps; /* what counts as being active */
  journey_calendar *calendar, *whole_calendar;
  int64_t first, last;  /* times of the scope; first > last without events */
  int64_t first_period; /* the calendar's index of period 0 */
  int64_t first_whole;  /* of the first longer period, when periods are cut at the borders of longer ones */
  uint32_t periods;
  journey_list begin; /* times at which periods begin, and one more: where the last one ends */
  journey_list whole; /* the longer period that each period is in, from 0; empty when there are none */
  uint32_t *met;      /* periods in which the customer at hand was active, ascending; one slot more than periods */
  uint64_t *tick;     /* `begin` in ticks of the batches; UINT64_MAX ends them */
  uint32_t *guess;    /* by tick >> shift: the period, or one shortly before it */
  uint32_t shift, guesses;
  int64_t tick_base, tick_unit;
} jn_activity;

/* Called once for each customer who was active at all: the n periods in which he was, ascending. */
typedef void (*jn_activity_visit)(void *state, const uint32_t *met, uint32_t n);

/* Only within `create`. `unit` is a calendar's ("day"); with `whole` ("month", or "all") periods are cut at the borders
 * of those longer ones, so that each is in one of them. */
journey_status jn_activity_open(jn_activity *activity, const journey_host *host, const char *unit, const char *whole,
                                journey_error *err);
void jn_activity_close(jn_activity *activity);

/* Takes in a batch: several paths of one customer are one customer. */
journey_status jn_activity_feed(jn_activity *activity, const journey_batch *batch, jn_activity_visit visit, void *state,
                                journey_error *err);

/* Whether the events cover a period to its end. */
static inline int jn_activity_complete(const jn_activity *activity, uint32_t period) {
  return activity->begin.item[period + 1] - 1 <= activity->last;
}

#endif
