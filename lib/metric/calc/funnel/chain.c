/* Chains of steps in order, in one pass over a path.
 *
 * Of all chains that have reached a step, the newest is enough: it started latest and took its last step latest, so it can do
 * all that the others can. So there is one slot a step. The events of one time are gathered and taken together, the first
 * step first. A slot that this time has filled serves the next step at the same time, but not
 * - in strict_increase: steps are strictly later than those before;
 * - in strict_once, where an event serves one step of a chain: several events of one time are shared out by once.c.
 * There the slots of this time stand aside (`fresh`) until all its events are taken.
 *
 * The events of a chain are a list that leads back from its last one; chains share what they have in common. */
#include "walk.h"

/* ---- lists of events -------------------------------------------------------------------------------------------------- */

static void release(walk *w, int32_t at) {
  while (at >= 0 && --w->node[at].users == 0) {
    int32_t parent = w->node[at].parent;
    w->node[at].parent = w->free;
    w->free = at;
    at = parent;
  }
}

int32_t jn_funnel_new_node(walk *w, int32_t parent, uint32_t step, int64_t event) {
  int32_t at = w->free;
  if (at >= 0) w->free = w->node[at].parent;
  else at = w->nodes++;
  w->node[at] = (node){.event = event, .parent = parent, .users = 1, .step = step};
  if (parent >= 0) w->node[parent].users++;
  return at;
}

static void clear_slot(walk *w, slot *s) {
  release(w, s->last);
  s->last = -1;
}

void jn_funnel_place(walk *w, uint32_t step, const slot *from, int32_t list, bool aside) {
  slot *to = aside ? &w->fresh[step] : &w->slot[step];
  slot made = *from;
  made.tick = w->tie.tick;
  made.last = list;
  clear_slot(w, to);
  *to = made;
  if (aside) w->filled |= UINT64_C(1) << step;
  w->reached |= UINT64_C(1) << step;
  if (step < w->out->level) return;
  w->out->level = step + 1;
  w->out->ended_by = NO_START; /* what an exclusion had ended was another chain */
  w->out->taken = 0;
  for (int32_t at = list; at >= 0; at = w->node[at].parent) {
    w->out->taken |= UINT64_C(1) << w->node[at].step;
    w->out->event[w->node[at].step] = w->node[at].event;
  }
}

static void commit(walk *w) {
  for (uint64_t bits = w->filled; bits; bits &= bits - 1) {
    int step = __builtin_ctzll(bits);
    clear_slot(w, &w->slot[step]);
    w->slot[step] = w->fresh[step];
    w->fresh[step].last = -1;
  }
  w->filled = 0;
}

/* ---- how long a chain may go on ------------------------------------------------------------------------------------------ */

/* The last tick of the calendar's period that the events of this time are in. */
static uint64_t end_of_period(walk *w) {
  const journey_host *host = w->rules->host;
  const journey_batch *batch = w->view->batch;
  if (w->tie.tick < w->period_begin || w->tie.tick > w->period_end || !w->period_known) {
    int64_t now = (int64_t)((uint64_t)batch->time_base + w->tie.tick * (uint64_t)batch->time_unit), index;
    host->period_index(host, w->rules->within, &now, 1, &index);
    int64_t next = host->period_start(host, w->rules->within, index + 1);
    w->period_begin = w->tie.tick;
    w->period_end = w->tie.tick + ((uint64_t)next - (uint64_t)now - 1) / (uint64_t)batch->time_unit;
    w->period_known = true;
  }
  return w->period_end;
}

slot jn_funnel_start(walk *w) {
  uint64_t limit = w->tie.tick + w->view->window;
  if (limit < w->tie.tick) limit = UINT64_MAX;
  if (w->rules->within) {
    uint64_t end = end_of_period(w);
    if (end < limit) limit = end;
  }
  return (slot){.limit = limit, .session = w->tie.session};
}

bool jn_funnel_may_go_on(const walk *w, const slot *s) {
  if (s->last < 0 || w->tie.tick > s->limit) return false;
  if (w->tie.tick - s->tick > w->view->step_window) return false;
  return w->tie.session - s->session < w->rules->sessions;
}

/* ---- the events of one time ------------------------------------------------------------------------------------------------ */

static bool stop(walk *w, int32_t rule, int64_t event) {
  w->out->ended_by = rule;
  w->out->ended_at = event;
  return true;
}

/* The chain that step `step` goes on from: that of the step before, or, before it, of optional ones; of several the one
 * that started latest, and of those the one that left out least. */
static const slot *find_source(const walk *w, uint32_t step) {
  const slot *best = NULL;
  for (uint32_t at = step; at-- > 0;) {
    const slot *s = &w->slot[at];
    if (jn_funnel_may_go_on(w, s) && (!best || s->start > best->start)) best = s;
    if (!(w->rules->optional >> at & 1)) break;
  }
  return best;
}

/* One step, by the first of the events that satisfy it. True: a rule stops the path here. */
static bool take_step(walk *w, uint32_t step, bool aside) {
  int64_t event = w->tie.event[step];
  uint32_t modes = w->rules->modes;
  if (step == 0) {
    slot start = jn_funnel_start(w);
    start.start = event;
    jn_funnel_place(w, 0, &start, jn_funnel_new_node(w, -1, 0, event), aside);
    return false;
  }
  if ((modes & STRICT_DEDUPLICATION) && w->reached >> step & 1) return stop(w, REPEATED, event);
  if ((modes & STRICT_ORDER) && (w->reached & 1) && !(w->reached >> (step - 1) & 1)) {
    return modes & ALLOW_REENTRY ? false : stop(w, OUT_OF_ORDER, event);
  }
  const slot *from = find_source(w, step);
  if (from) jn_funnel_place(w, step, from, jn_funnel_new_node(w, from->last, step, event), aside);
  return false;
}

/* True: the path need not be followed further. */
static bool take_steps(walk *w, bool aside) {
  const tie *t = &w->tie;
  for (uint64_t bits = t->any; bits; bits &= bits - 1) {
    uint32_t step = (uint32_t)__builtin_ctzll(bits);
    if (take_step(w, step, aside)) return true;
    if (w->out->level == w->rules->count) return true;
    bool again = step > 0 && (t->twice >> step & 1) && (w->reached >> step & 1);
    if (again && (w->rules->modes & STRICT_DEDUPLICATION)) return stop(w, REPEATED, t->again[step]);
  }
  return false;
}

uint32_t jn_funnel_serve(walk *w, uint32_t step, int64_t event[MOST_STEPS]) {
  const tie *t = &w->tie;
  uint32_t at = step, modes = w->rules->modes;
  if ((modes & STRICT_ONCE) && !(modes & STRICT_INCREASE) && t->rows > 1) return jn_funnel_share_from(w, step, event);
  uint32_t most = (modes & (STRICT_ONCE | STRICT_INCREASE)) ? step + 1 : w->rules->count;
  for (; at < most && (t->any >> at & 1); at++) event[at] = t->event[at];
  return at - step;
}

/* ---- exclusions -------------------------------------------------------------------------------------------------------------- */

static uint64_t tick_of_step(const walk *w, const slot *s, uint32_t step) {
  for (int32_t at = s->last; at >= 0; at = w->node[at].parent) {
    if (w->node[at].step <= step) return journey_batch_tick(w->view->batch, w->node[at].event);
  }
  return UINT64_MAX;
}

/* An exclusion ends the chains that stand between its two steps: after the first, strictly, and not yet at the second. */
static bool exclude(walk *w) {
  const rules *r = w->rules;
  bool any = false;
  for (uint64_t bits = w->tie.excluded; bits; bits &= bits - 1) {
    int x = __builtin_ctzll(bits);
    for (uint32_t step = r->from[x]; step < r->to[x]; step++) {
      slot *s = &w->slot[step];
      if (!jn_funnel_may_go_on(w, s) || tick_of_step(w, s, r->from[x]) >= w->tie.tick) continue;
      clear_slot(w, s);
      any = true;
      if (step + 1 == w->out->level) stop(w, EXCLUDED, w->tie.exclusion);
    }
  }
  w->out->dropped = any && r->drop_customer;
  if (w->out->dropped) stop(w, EXCLUDED, w->tie.exclusion);
  return w->out->dropped;
}

/* ---- a path --------------------------------------------------------------------------------------------------------------------- */

static bool take_tie(walk *w) {
  const tie *t = &w->tie;
  uint32_t modes = w->rules->modes;
  bool done, once = (modes & STRICT_ONCE) && !(modes & STRICT_INCREASE);
  if (t->stray >= 0 && (modes & STRICT_ORDER) && (w->reached & 1)) return stop(w, OUT_OF_ORDER, t->stray);
  done = once && t->rows > 1 ? jn_funnel_share_out(w) : take_steps(w, (modes & (STRICT_ONCE | STRICT_INCREASE)) != 0);
  commit(w);
  return done || (t->excluded && exclude(w));
}

static void begin_path(walk *w, const view *v, outcome *out) {
  *out = (outcome){.ended_by = NO_START, .ended_at = -1};
  w->view = v;
  w->out = out;
  w->reached = w->filled = w->seen = 0;
  w->nodes = 0;
  w->free = -1;
  for (uint32_t i = 0; i < w->rules->count; i++) w->slot[i].last = w->fresh[i].last = -1;
  jn_funnel_begin_firsts(w);
}

void jn_funnel_follow_chains(walk *w, const view *v, outcome *out) {
  int64_t at = v->begin;
  begin_path(w, v, out);
  while (jn_funnel_next_tie(w, &at) && !take_tie(w)) continue;
  if (out->level == w->rules->count) stop(w, COMPLETE, out->event[out->level - 1]);
  if (out->level && out->ended_by == NO_START) out->ended_by = PATH_END;
}
