/* Runs a program over events, one by one: which positions does this event take in a partial match?
 *
 * An event can take position p when it fits p and either p may begin a match, or a gap leads to p whose rules hold
 * between this event and an earlier one that took a position at which the gap begins. So a gap keeps of the events
 * that began it what it may still need; an event costs at most a constant for each gap, whatever the events. Without a
 * window nothing of a partial match matters but its last event; with one, its start too, and of two partial matches
 * that end alike the one that started later can do all that the other can: it is the one that is kept. What is enough,
 * by kind:
 *
 * - FREE, any time between: that there was an event; with a window the latest start.
 * - NEXT, no event between: the last event.
 * - LATEST, at most so long: the latest event, because it is within reach whenever another one is. Only where no start
 *   matters, or where starts never go down from event to event: in a pattern that is a mere sequence they do not. (By
 *   induction along the pattern: of the events that the gap before allows, a span that only moves on, the latest has
 *   the latest start.)
 * - EARLIEST, at least so long, no start matters: the earliest event.
 * - QUEUE, all else with times: the events too young for `least`, in order; and of those old enough a queue in which
 *   each later event has an earlier start, for an event with both a later start and a later time makes another
 *   superfluous. What is too old for `most` leaves at the front, where the latest start is. Each event enters and
 *   leaves once.
 * - OTHER, any time but one: the event with the latest start, and that with the latest start at another time. One of
 *   them does.
 *
 * A condition that must not be satisfied between ends all that a gap keeps. */
#include <string.h>

#include "internal.h"

static journey_status add_entry(const journey_host *host, jn_match_queue *queue, jn_match_entry entry) {
  if (queue->first == queue->end) queue->first = queue->end = 0;
  if (queue->end == queue->capacity && queue->first > queue->capacity / 2) {
    queue->end -= queue->first;
    memmove(queue->item, queue->item + queue->first, queue->end * sizeof *queue->item);
    queue->first = 0;
  }
  if (queue->end == queue->capacity) {
    void *items = queue->item;
    journey_status status = journey_host_grow(host, &items, &queue->capacity, queue->end + 1, sizeof entry);
    queue->item = items;
    if (status != JOURNEY_OK) return status;
  }
  queue->item[queue->end++] = entry;
  return JOURNEY_OK;
}

/* Entries become ripe, and too old, as time goes by. */
static journey_status age(const journey_host *host, jn_match_lane *lane, const jn_match_gap *gap, uint64_t now) {
  jn_match_queue *young = &lane->young, *ripe = &lane->ripe;
  journey_status status = JOURNEY_OK;
  while (status == JOURNEY_OK && young->first < young->end && now - young->item[young->first].tick >= gap->least) {
    jn_match_entry entry = young->item[young->first++];
    while (ripe->first < ripe->end && ripe->item[ripe->end - 1].start <= entry.start) ripe->end--;
    status = add_entry(host, ripe, entry);
  }
  while (ripe->first < ripe->end && now - ripe->item[ripe->first].tick > gap->most) ripe->first++;
  return status;
}

static void keep_two(jn_match_entry two[2], jn_match_entry entry) {
  if (entry.tick == two[0].tick) {
    if (entry.start > two[0].start) two[0].start = entry.start;
  } else if (entry.start >= two[0].start) {
    two[1] = two[0];
    two[0] = entry;
  } else if (two[1].tick == two[0].tick || entry.start >= two[1].start) {
    two[1] = entry;
  }
}

/* A partial match ends here and waits for what comes after the gap. */
static journey_status begin_gap(jn_match_machine *m, uint32_t g, const jn_match_hit *hit, uint64_t start) {
  const jn_match_gap *gap = &m->course->gap[g];
  jn_match_lane *lane = &m->lane[g];
  int32_t active = m->active >> g & 1;
  m->active |= UINT64_C(1) << g;
  m->awaited |= gap->to;
  m->forbidden |= gap->link.without;
  if (gap->kind == JN_MATCH_QUEUE) {
    if (!active) lane->young.first = lane->young.end = lane->ripe.first = lane->ripe.end = 0;
    return add_entry(m->host, &lane->young, (jn_match_entry){hit->tick, start});
  }
  if (gap->kind == JN_MATCH_OTHER) {
    jn_match_entry entry = {hit->tick, start};
    if (!active) lane->two[0] = lane->two[1] = entry;
    keep_two(lane->two, entry);
    return JOURNEY_OK;
  }
  if (active && gap->kind == JN_MATCH_EARLIEST) return JOURNEY_OK;
  if (active && gap->kind == JN_MATCH_FREE && start < lane->start) return JOURNEY_OK;
  lane->tick = hit->tick;
  lane->at = hit->at;
  lane->start = start;
  return JOURNEY_OK;
}

/* Whether the gap may end at this event; *start is the latest start of a partial match that it continues. */
static inline int ends_gap(jn_match_machine *m, uint32_t g, const jn_match_hit *hit, uint64_t *start,
                           journey_status *status) {
  const jn_match_gap *gap = &m->course->gap[g];
  jn_match_lane *lane = &m->lane[g];
  uint64_t elapsed = hit->tick - lane->tick;
  *start = lane->start;
  switch (gap->kind) {
    case JN_MATCH_FREE: return 1;
    case JN_MATCH_NEXT: return hit->at == lane->at + 1 && elapsed >= gap->least && elapsed <= gap->most;
    case JN_MATCH_LATEST: return elapsed <= gap->most;
    case JN_MATCH_EARLIEST: return elapsed >= gap->least;
    case JN_MATCH_OTHER:
      elapsed = hit->tick - lane->two[0].tick;
      *start = lane->two[elapsed == gap->other].start;
      return elapsed != gap->other || lane->two[1].tick != lane->two[0].tick;
    default:
      *status = age(m->host, lane, gap, hit->tick);
      if (lane->ripe.first == lane->ripe.end) return 0;
      *start = lane->ripe.item[lane->ripe.first].start;
      return 1;
  }
}

static inline uint64_t arrive(jn_match_machine *m, uint64_t reached, uint64_t at, uint64_t start, int windowed) {
  for (uint64_t rest = windowed ? at : 0; rest; rest &= rest - 1) {
    int p = __builtin_ctzll(rest);
    if (!(reached >> p & 1) || m->start[p] < start) m->start[p] = start;
  }
  return reached | at;
}

static uint64_t latest_start(const jn_match_machine *m, uint64_t reached) {
  uint64_t latest = 0;
  for (; reached; reached &= reached - 1) {
    int p = __builtin_ctzll(reached);
    if (m->start[p] > latest) latest = m->start[p];
  }
  return latest;
}

static inline uint64_t follow_gaps(jn_match_machine *m, uint64_t gaps, const jn_match_hit *hit, uint64_t reached,
                                   int windowed, journey_status *status) {
  for (; gaps; gaps &= gaps - 1) {
    uint32_t g = (uint32_t)__builtin_ctzll(gaps);
    const jn_match_gap *gap = &m->course->gap[g];
    uint64_t start, to = hit->fits & gap->to;
    if (to && ends_gap(m, g, hit, &start, status)) reached = arrive(m, reached, to, start, windowed);
    if (gap->link.without & hit->conditions) m->active &= ~(gaps & -gaps);
  }
  return reached;
}

static inline journey_status begin_gaps(jn_match_machine *m, uint64_t gaps, const jn_match_hit *hit, uint64_t reached,
                                        int windowed) {
  journey_status status = JOURNEY_OK;
  for (; gaps && status == JOURNEY_OK; gaps &= gaps - 1) {
    uint32_t g = (uint32_t)__builtin_ctzll(gaps);
    uint64_t start = windowed ? latest_start(m, reached & m->course->gap[g].from) : 0;
    status = begin_gap(m, g, hit, start);
  }
  return status;
}

/* Inclusive gaps begin at this very event before they may end at it; they are in the order of the pattern. */
static uint64_t follow_inclusive(jn_match_machine *m, const jn_match_hit *hit, uint64_t reached, int windowed,
                                 journey_status *status) {
  for (uint64_t rest = m->course->inclusive; rest; rest &= rest - 1) {
    uint64_t gap = rest & -rest;
    if (reached & m->course->gap[__builtin_ctzll(gap)].from) *status = begin_gaps(m, gap, hit, reached, windowed);
    if (*status == JOURNEY_OK) reached = follow_gaps(m, gap & m->active, hit, reached, windowed, status);
  }
  return reached;
}

/* Partial matches that have lasted too long go no further. */
static uint64_t within_window(const jn_match_machine *m, uint64_t tick, uint64_t reached) {
  uint64_t kept = reached;
  for (; reached; reached &= reached - 1) {
    if (tick - m->start[__builtin_ctzll(reached)] > m->window) kept &= ~(reached & -reached);
  }
  return kept;
}

static inline __attribute__((always_inline)) journey_status step(jn_match_machine *m, uint64_t first,
                                                                 const jn_match_hit *hit, uint64_t *out,
                                                                 int windowed) {
  const jn_match_course *course = m->course;
  journey_status status = JOURNEY_OK;
  uint64_t gaps = 0, reached = arrive(m, 0, hit->fits & first, hit->tick, windowed);
  reached = follow_gaps(m, m->active & ~course->inclusive, hit, reached, windowed, &status);
  if (course->inclusive) reached = follow_inclusive(m, hit, reached, windowed, &status);
  if (windowed) reached = within_window(m, hit->tick, reached);
  for (uint64_t rest = reached; rest; rest &= rest - 1) gaps |= course->out[__builtin_ctzll(rest)];
  gaps &= ~course->inclusive;
  if (!windowed) gaps &= ~(course->free & m->active);
  *out = reached;
  return status == JOURNEY_OK ? begin_gaps(m, gaps, hit, reached, windowed) : status;
}

journey_status jn_match_step(jn_match_machine *m, uint64_t first, const jn_match_hit *hit, uint64_t *reached) {
  *reached = 0;
  if (!(hit->fits & (first | m->awaited)) && !(hit->conditions & m->forbidden)) return JOURNEY_OK;
  return m->windowed ? step(m, first, hit, reached, 1) : step(m, first, hit, reached, 0);
}

void jn_match_reset(jn_match_machine *m) { m->active = m->awaited = m->forbidden = 0; }

journey_status jn_match_machine_new(jn_match_machine *m, const journey_host *host, jn_match_course *course,
                                    uint32_t gaps) {
  m->host = host;
  m->course = course;
  m->gaps = gaps;
  m->lane = journey_host_alloc(host, gaps, sizeof *m->lane);
  return m->lane ? JOURNEY_OK : JOURNEY_ENOMEM;
}

void jn_match_machine_free(jn_match_machine *m) {
  for (uint32_t g = 0; m->lane && g < m->gaps; g++) {
    jn_match_lane *lane = &m->lane[g];
    journey_host_free(m->host, lane->young.item, lane->young.capacity, sizeof(jn_match_entry));
    journey_host_free(m->host, lane->ripe.item, lane->ripe.capacity, sizeof(jn_match_entry));
  }
  journey_host_free(m->host, m->lane, m->gaps, sizeof *m->lane);
}
