/* The events of a chain. How far a path comes, and from which start, is known; of all chains that do so, the one whose
 * steps are each taken as early as they can be is shown. Where a chain has to avoid exclusions or gaps, that is not for the
 * asking, and the events stay those of the newest chain; likewise optional ones. */
#include "walk.h"

/* Where to begin: at the first event of the start's time; from the first of the path when places are not event numbers, or
 * what counts depends on what came before. */
static int64_t find_start(const walk *w, const view *v, int64_t start) {
  if (v->index || w->rules->first_ever || w->rules->first_matching) return v->begin;
  uint64_t tick = journey_batch_tick(v->batch, start);
  while (start > v->begin && journey_batch_tick(v->batch, start - 1) == tick) start--;
  return start;
}

void jn_funnel_settle(walk *w, const view *v, outcome *out) {
  const rules *r = w->rules;
  if (out->level < 2 || r->exclusions || r->optional || r->step_window != UINT64_MAX) return;
  uint64_t start = journey_batch_tick(v->batch, out->event[0]);
  int64_t at = find_start(w, v, out->event[0]), event[MOST_STEPS];
  uint32_t step = 0;
  w->view = v;
  w->seen = 0;
  jn_funnel_begin_firsts(w);
  while (step < out->level && jn_funnel_next_tie(w, &at)) {
    if (w->tie.tick >= start) step += jn_funnel_serve(w, step, event);
  }
  for (uint32_t i = 0; i < step && i < out->level; i++) out->event[i] = event[i];
}
