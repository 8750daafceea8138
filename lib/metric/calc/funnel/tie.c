/* Events of one time: they are gathered first, because steps are taken in their own order and not in that of arrival. */
#include "walk.h"

/* ---- steps that count the first time alone ------------------------------------------------------------------------------ */

void jn_funnel_begin_firsts(walk *w) {
  if (!w->last_path || ++w->path) return;
  for (uint32_t i = 0; i < w->rules->host->events->count; i++) w->last_path[i] = 0; /* the number came round */
  w->path = 1;
}

/* first_matching: the first event that satisfies the step. first_ever: the first event of its name, if that satisfies it. */
static uint64_t only_firsts(walk *w, int64_t event, uint64_t mask) {
  const rules *r = w->rules;
  mask &= ~(w->seen & r->first_matching);
  w->seen |= mask;
  if (!w->last_path) return mask;
  uint32_t *last = &w->last_path[journey_codes_at(&w->view->batch->event, event)];
  if (*last == w->path) mask &= ~r->first_ever;
  *last = w->path;
  return mask;
}

uint64_t jn_funnel_mask(walk *w, int64_t event) {
  uint64_t mask = w->view->mask[journey_codes_at(&w->view->codes, event)];
  return (w->rules->first_matching | w->rules->first_ever) ? only_firsts(w, event, mask) : mask;
}

/* ---- gathering ------------------------------------------------------------------------------------------------------------ */

/* Of the events that satisfy a step no more can be of use than there are steps, and one that repeats it. */
static void keep_row(walk *w, int64_t event, uint64_t mask) {
  bool useful = false;
  for (uint64_t bits = mask; bits; bits &= bits - 1) {
    uint32_t *count = &w->row_count[__builtin_ctzll(bits)];
    useful = useful || *count <= w->rules->count;
    if (*count < UINT32_MAX) ++*count;
  }
  if (!useful) return;
  w->row_mask[w->tie.rows] = mask;
  w->row_event[w->tie.rows++] = event;
}

static void begin_tie(walk *w, uint64_t tick, int64_t event) {
  tie *t = &w->tie;
  t->tick = tick;
  t->any = t->twice = t->excluded = 0;
  t->stray = t->exclusion = -1;
  t->rows = 0;
  t->session = w->view->batch->session ? w->view->batch->session[event] : 0;
  for (uint32_t i = 0; w->row_mask && i < w->rules->count; i++) w->row_count[i] = 0;
}

static void add_event(walk *w, int64_t event, uint64_t mask, uint64_t excluded) {
  tie *t = &w->tie;
  uint64_t again = t->any & mask & ~t->twice, first = mask & ~t->any;
  t->twice |= again;
  t->any |= mask;
  for (; again; again &= again - 1) t->again[__builtin_ctzll(again)] = event;
  for (; first; first &= first - 1) t->event[__builtin_ctzll(first)] = event;
  if (excluded && t->exclusion < 0) t->exclusion = event;
  if (!mask && t->stray < 0) t->stray = event;
  t->excluded |= excluded;
  if (w->row_mask && mask) keep_row(w, event, mask);
}

bool jn_funnel_next_tie(walk *w, int64_t *at) {
  const view *v = w->view;
  const rules *r = w->rules;
  bool any = false, all = (r->modes & STRICT_ORDER) != 0, firsts = (r->first_matching | r->first_ever) != 0;
  for (; *at < v->end; ++*at) {
    int64_t event = view_event(v, *at);
    if (firsts && any && journey_batch_tick(v->batch, event) != w->tie.tick) break; /* its mask is asked for once */
    uint64_t mask = jn_funnel_mask(w, event);
    uint64_t excluded = r->exclusions ? v->exclude[journey_codes_at(&v->excluded, event)] : 0;
    if (!mask && !excluded && !all) continue;
    uint64_t tick = journey_batch_tick(v->batch, event);
    if (any && tick != w->tie.tick) break;
    if (!any) begin_tie(w, tick, event);
    if (!any) w->tie.begin = *at;
    any = true;
    add_event(w, event, mask, excluded);
  }
  return any;
}
