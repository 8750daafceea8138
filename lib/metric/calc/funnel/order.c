/* Steps that follow each other directly, steps in any order, and steps that may come a little early. */
#include "walk.h"

static void begin(walk *w, const view *v, outcome *out) {
  *out = (outcome){.ended_by = NO_START, .ended_at = -1};
  w->view = v;
  w->seen = 0;
  jn_funnel_begin_firsts(w);
}

static uint64_t first_steps(uint32_t n) { return n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX; }

/* ---- strict: each step is the path's next event ------------------------------------------------------------------------ */

/* Bit s is set while the events up to the one at hand, and the s before it, satisfy the steps 1 to s + 1. Those that began too
 * long ago are the highest ones. */
static uint64_t drop_old(const view *v, uint64_t chains, int64_t k, uint64_t tick) {
  while (chains) {
    int length = 63 - __builtin_clzll(chains);
    if (tick - view_tick(v, k - length) <= v->window) break;
    chains &= ~(UINT64_C(1) << length);
  }
  return chains;
}

static void end_strict(const view *v, int64_t last, bool too_late, outcome *out) {
  if (!out->level) return;
  out->ended_by = too_late ? WINDOW_OVER : last + 1 < v->end ? OUT_OF_ORDER : PATH_END;
  out->ended_at = view_event(v, last + 1 < v->end ? last + 1 : last);
}

void jn_funnel_follow_strict(walk *w, const view *v, outcome *out) {
  uint64_t chains = 0, all = first_steps(w->rules->count);
  int64_t last = v->begin;
  bool too_late = false;
  begin(w, v, out);
  for (int64_t k = v->begin; k < v->end && out->level < w->rules->count; k++) {
    chains = (chains << 1 | 1) & jn_funnel_mask(w, view_event(v, k)) & all;
    if (!(chains >> out->level)) continue;
    uint64_t kept = drop_old(v, chains, k, view_tick(v, k));
    if (k == last + 1 && out->level && (chains & ~kept) >> out->level & 1) too_late = true;
    chains = kept;
    if (!(chains >> out->level)) continue;
    out->level = (uint32_t)(64 - __builtin_clzll(chains));
    for (uint32_t i = 0; i < out->level; i++) out->event[i] = view_event(v, k - (out->level - 1) + i);
    last = k;
    too_late = false;
  }
  out->taken = first_steps(out->level);
  end_strict(v, last, too_late, out);
  if (out->level < w->rules->count) return;
  out->ended_by = COMPLETE;
  out->ended_at = out->event[out->level - 1];
}

/* ---- any order: as many steps as the window holds ----------------------------------------------------------------------- */

/* The latest event of each step that the window still holds, in order of time. */
static uint32_t gather_latest(const walk *w, const int64_t latest[MOST_STEPS], uint64_t seen, uint64_t tick,
                              int64_t event[MOST_STEPS]) {
  uint32_t n = 0;
  for (; seen; seen &= seen - 1) {
    int64_t candidate = latest[__builtin_ctzll(seen)];
    if (tick - journey_batch_tick(w->view->batch, candidate) > w->view->window) continue;
    uint32_t at = n++;
    for (; at > 0 && event[at - 1] > candidate; at--) event[at] = event[at - 1];
    event[at] = candidate;
  }
  return n;
}

void jn_funnel_follow_any(walk *w, const view *v, outcome *out) {
  int64_t latest[MOST_STEPS], event[MOST_STEPS];
  uint64_t seen = 0;
  begin(w, v, out);
  for (int64_t k = v->begin; k < v->end && out->level < w->rules->count; k++) {
    int64_t at = view_event(v, k);
    uint64_t mask = jn_funnel_mask(w, at);
    if (!mask) continue;
    for (uint64_t bits = mask; bits; bits &= bits - 1) latest[__builtin_ctzll(bits)] = at;
    seen |= mask;
    if ((uint32_t)__builtin_popcountll(seen) <= out->level) continue;
    uint32_t n = gather_latest(w, latest, seen, journey_batch_tick(v->batch, at), event);
    if (n <= out->level) continue;
    out->level = n;
    for (uint32_t i = 0; i < n; i++) out->event[i] = event[i];
  }
  out->taken = first_steps(out->level);
  if (!out->level) return;
  out->ended_by = out->level == w->rules->count ? COMPLETE : PATH_END;
  out->ended_at = out->ended_by == COMPLETE ? out->event[out->level - 1] : view_event(v, v->end - 1);
}

/* ---- grace: a step may come a little before the one before ---------------------------------------------------------------- */

static journey_status gather_hits(walk *w, const view *v, size_t *hits) {
  *hits = 0;
  for (int64_t k = v->begin; k < v->end; k++) {
    int64_t event = view_event(v, k);
    uint64_t mask = jn_funnel_mask(w, event);
    if (!mask) continue;
    if (journey_host_grow(w->rules->host, &w->hit, &w->hit_capacity, *hits + 1, sizeof *w->hit)) return JOURNEY_ENOMEM;
    w->hit[(*hits)++] = (hit){.tick = journey_batch_tick(v->batch, event), .mask = mask, .event = event};
  }
  return JOURNEY_OK;
}

/* One step over all events: each goes on from the chain that started latest, of those whose last event is at most the grace
 * later. Returns the first event that takes the step, `hits` when none does. */
static size_t take_level(walk *w, size_t hits, uint32_t step) {
  hit *h = w->hit;
  size_t first = hits, next = 0;
  uint64_t latest = 0, grace = w->view->grace;
  for (size_t i = 0; i < hits; i++) h[i].before = h[i].start;
  for (size_t i = 0; i < hits; i++) {
    for (; step > 0 && next < hits && (h[next].tick <= h[i].tick || h[next].tick - h[i].tick <= grace); next++) {
      if (h[next].before > latest) latest = h[next].before;
    }
    uint64_t start = step > 0 ? latest : h[i].tick + 1;
    bool in_time = start && (start - 1 >= h[i].tick || h[i].tick - (start - 1) <= w->view->window);
    h[i].start = in_time && (h[i].mask >> step & 1) ? start : 0;
    if (h[i].start && first == hits) first = i;
  }
  return first;
}

/* From that start on each step as early as it can be. */
static void choose_hits(const walk *w, size_t hits, uint64_t start, outcome *out) {
  const hit *h = w->hit;
  uint64_t least = start;
  for (uint32_t step = 0; step < out->level; step++) {
    size_t i = 0, high = hits;
    while (i < high) {
      size_t middle = i + (high - i) / 2;
      if (h[middle].tick < least) i = middle + 1;
      else high = middle;
    }
    while (i < hits && !(h[i].mask >> step & 1)) i++;
    if (i == hits) return; /* cannot be: such a chain is there */
    out->event[step] = h[i].event;
    least = h[i].tick > w->view->grace ? h[i].tick - w->view->grace : 0;
  }
}

journey_status jn_funnel_follow_grace(walk *w, const view *v, outcome *out) {
  size_t hits;
  uint64_t start = 0;
  begin(w, v, out);
  if (gather_hits(w, v, &hits)) return JOURNEY_ENOMEM;
  while (out->level < w->rules->count) {
    size_t first = take_level(w, hits, out->level);
    if (first == hits) break;
    start = w->hit[first].start - 1;
    out->level++;
  }
  choose_hits(w, hits, start, out);
  out->taken = first_steps(out->level);
  if (out->level) out->ended_by = out->level == w->rules->count ? COMPLETE : PATH_END;
  if (out->ended_by == COMPLETE) out->ended_at = out->event[out->level - 1];
  return JOURNEY_OK;
}
