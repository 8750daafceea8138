/* Passes, one after the other: each begins at the first event of step 1 after the one before has ended, and takes each step as
 * soon as it can. It ends when it is complete, when its time is over, when an exclusion comes between, or with the path. */
#include "walk.h"

/* Whether an exclusion of this time comes between its two steps: after the first, strictly, and the second is not taken. */
static bool is_excluded(const walk *w, const outcome *out) {
  const rules *r = w->rules;
  for (uint64_t bits = w->tie.excluded; bits; bits &= bits - 1) {
    int x = __builtin_ctzll(bits);
    bool between = out->level > r->from[x] && out->level <= r->to[x];
    if (between && journey_batch_tick(w->view->batch, out->event[r->from[x]]) < w->tie.tick) return true;
  }
  return false;
}

static void take_tie(walk *w, slot *pass, outcome *out) {
  uint32_t served = jn_funnel_serve(w, out->level, out->event);
  out->level += served;
  if (served) pass->tick = w->tie.tick;
  if (out->level == w->rules->count) out->ended_by = COMPLETE;
  else if (is_excluded(w, out)) out->ended_by = EXCLUDED;
}

static bool find_start(walk *w, int64_t *at) {
  while (jn_funnel_next_tie(w, at)) {
    if (w->tie.any & 1) return true;
  }
  return false;
}

bool jn_funnel_next_pass(walk *w, const view *v, int64_t *at, outcome *out) {
  *out = (outcome){.ended_by = PATH_END, .ended_at = -1};
  w->view = v;
  w->period_known = false;
  if (!find_start(w, at)) return false;
  slot pass = jn_funnel_start(w);
  pass.last = 0; /* there is a chain */
  do {
    if (out->level && !jn_funnel_may_go_on(w, &pass)) {
      *at = w->tie.begin;
      break;
    }
    take_tie(w, &pass, out);
  } while (out->ended_by == PATH_END && jn_funnel_next_tie(w, at));
  if (out->ended_by == COMPLETE) out->ended_at = out->event[out->level - 1];
  if (out->ended_by == EXCLUDED) out->ended_at = w->tie.exclusion;
  out->taken = out->level < 64 ? (UINT64_C(1) << out->level) - 1 : UINT64_MAX;
  return true;
}
