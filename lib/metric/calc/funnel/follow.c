/* Following a path: by the way that its rules ask for; and what ended its chain. */
#include "walk.h"

/* ---- room -------------------------------------------------------------------------------------------------------------- */

static void *take(const journey_host *host, size_t n, size_t size) { return host->reallocate(host, NULL, 0, n * size); }

static void give_back(const journey_host *host, void *block, size_t n, size_t size) {
  if (block) host->reallocate(host, block, n * size, 0);
}

void jn_funnel_walk_free(walk *w) {
  if (!w) return;
  const journey_host *host = w->rules->host;
  give_back(host, w->node, w->node_capacity, sizeof *w->node);
  give_back(host, w->row_mask, w->row_capacity, sizeof *w->row_mask);
  give_back(host, w->row_event, w->row_capacity, sizeof *w->row_event);
  journey_host_free(host, w->last_path, host->events->count, sizeof *w->last_path);
  give_back(host, w->index, w->index_capacity, sizeof *w->index);
  give_back(host, w->hit, w->hit_capacity, sizeof *w->hit);
  give_back(host, w, 1, sizeof *w);
}

/* Two slots a step, each with a list as long as its step, and one list in the making. */
journey_status jn_funnel_walk_new(const rules *r, walk **out) {
  const journey_host *host = r->host;
  size_t n = r->count, rows = r->modes & STRICT_ONCE ? n * (n + 1) : 0;
  walk *w = take(host, 1, sizeof *w);
  *out = NULL;
  if (!w) return JOURNEY_ENOMEM;
  w->rules = r;
  w->node_capacity = n * (n + 1) + 2 * n;
  w->row_capacity = rows;
  w->index_capacity = w->hit_capacity = 0;
  w->index = NULL;
  w->hit = NULL;
  w->period_known = false;
  w->path = 0;
  w->node = take(host, w->node_capacity, sizeof *w->node);
  w->row_mask = rows ? take(host, rows, sizeof *w->row_mask) : NULL;
  w->row_event = rows ? take(host, rows, sizeof *w->row_event) : NULL;
  w->last_path = r->first_ever ? journey_host_alloc(host, host->events->count, sizeof *w->last_path) : NULL;
  if (w->node && (!rows || (w->row_mask && w->row_event)) && (!r->first_ever || w->last_path)) {
    *out = w;
    return JOURNEY_OK;
  }
  jn_funnel_walk_free(w);
  return JOURNEY_ENOMEM;
}

/* ---- one value of what is held ----------------------------------------------------------------------------------------- */

static journey_status follow_events(walk *w, const view *v, outcome *out) {
  w->period_known = false;
  if (w->rules->grace) return jn_funnel_follow_grace(w, v, out);
  if (w->rules->order == ORDER_STRICT) {
    jn_funnel_follow_strict(w, v, out);
  } else if (w->rules->order == ORDER_ANY) {
    jn_funnel_follow_any(w, v, out);
  } else {
    jn_funnel_follow_chains(w, v, out);
    jn_funnel_settle(w, v, out);
  }
  return JOURNEY_OK;
}

/* ---- attributes that are held -------------------------------------------------------------------------------------------- */

typedef struct held {
  const rules *rules;
  const journey_batch *batch;
} held;

static int compare_values(const held *h, int64_t a, int64_t b) {
  for (uint32_t i = 0; i < h->rules->held; i++) {
    const journey_attribute_column *column = &h->batch->attribute[h->rules->hold[i]];
    if (column->number) {
      double x = column->number[a], y = column->number[b];
      if (x != y) return x < y ? -1 : 1;
    } else {
      uint32_t x = journey_codes_at(&column->code, a), y = journey_codes_at(&column->code, b);
      if (x != y) return x < y ? -1 : 1;
    }
  }
  return 0;
}

static int comes_before(const void *state, size_t a, size_t b) {
  int order = compare_values(state, (int64_t)a, (int64_t)b);
  return order < 0 || (order == 0 && a < b);
}

static bool has_values(const held *h, int64_t event) {
  for (uint32_t i = 0; i < h->rules->held; i++) {
    const journey_attribute_column *column = &h->batch->attribute[h->rules->hold[i]];
    if (column->number ? column->number[event] != column->number[event] : !journey_codes_at(&column->code, event)) {
      return false;
    }
  }
  return true;
}

/* The greatest level, of those the earliest end, of those the latest start. */
static bool is_better(const journey_batch *batch, const outcome *a, const outcome *b) {
  if (a->dropped || a->level != b->level) return a->dropped || a->level > b->level;
  if (a->level == 0) return false;
  uint64_t end_a = journey_batch_tick(batch, a->event[a->level - 1]);
  uint64_t end_b = journey_batch_tick(batch, b->event[b->level - 1]);
  if (end_a != end_b) return end_a < end_b;
  return journey_batch_tick(batch, a->event[0]) > journey_batch_tick(batch, b->event[0]);
}

/* The events with values, those of one value after those of another: each value is a path of its own. */
static journey_status follow_held(walk *w, const view *v, outcome *out) {
  const held h = {w->rules, v->batch};
  size_t count = 0;
  *out = (outcome){.ended_by = NO_START, .ended_at = -1};
  if (journey_host_grow(w->rules->host, &w->index, &w->index_capacity, (size_t)(v->end - v->begin),
                        sizeof *w->index)) {
    return JOURNEY_ENOMEM;
  }
  for (int64_t i = v->begin; i < v->end; i++) {
    if (has_values(&h, i)) w->index[count++] = i;
  }
  _Static_assert(sizeof(size_t) == sizeof(int64_t), "places are sorted as sizes");
  journey_sort_first((size_t *)w->index, count, count, comes_before, &h);
  for (size_t begin = 0, end; begin < count && !out->dropped; begin = end) {
    for (end = begin + 1; end < count && compare_values(&h, w->index[begin], w->index[end]) == 0;) end++;
    view one = *v;
    outcome found;
    one.index = w->index;
    one.begin = (int64_t)begin;
    one.end = (int64_t)end;
    if (follow_events(w, &one, &found)) return JOURNEY_ENOMEM;
    jn_funnel_find_ending(w->rules, &one, &found);
    if (is_better(v->batch, &found, out)) *out = found;
  }
  return JOURNEY_OK;
}

journey_status jn_funnel_follow(walk *w, const view *v, outcome *out) {
  return w->rules->held ? follow_held(w, v, out) : follow_events(w, v, out);
}

/* ---- what ended the chain --------------------------------------------------------------------------------------------------- */

static int64_t period_of(const rules *r, const view *v, int64_t event) {
  int64_t time = journey_batch_time(v->batch, event), index;
  r->host->period_index(r->host, r->within, &time, 1, &index);
  return index;
}

/* The rule by which an event that satisfies the next step comes too late; PATH_END: by none. */
static int32_t too_late(const rules *r, const view *v, const outcome *o, int64_t event) {
  int64_t first = o->event[__builtin_ctzll(o->taken)], last = o->event[o->level - 1];
  uint64_t tick = journey_batch_tick(v->batch, event), start = journey_batch_tick(v->batch, first);
  if (tick > start && tick - start > v->window) return WINDOW_OVER;
  if (r->within && period_of(r, v, event) != period_of(r, v, first)) return PERIOD_OVER;
  if (r->sessions != UINT64_MAX && v->batch->session[event] - v->batch->session[first] >= r->sessions) {
    return SESSIONS_OVER;
  }
  return tick - journey_batch_tick(v->batch, last) > v->step_window ? STEP_WINDOW_OVER : PATH_END;
}

/* The steps that may come next: the one after the level, and those after it while they are optional. */
static uint64_t next_steps(const rules *r, uint32_t level) {
  uint64_t next = 0;
  for (uint32_t step = level; step < r->count; step++) {
    next |= UINT64_C(1) << step;
    if (!(r->optional >> step & 1)) break;
  }
  return next;
}

void jn_funnel_find_ending(const rules *r, const view *v, outcome *o) {
  if (o->ended_at >= 0) return;
  o->ended_at = v->end > v->begin ? view_event(v, v->end - 1) : -1;
  if (o->ended_by != PATH_END || r->order != ORDER_STEPS) return;
  int64_t last = o->event[o->level - 1], k = v->index ? v->begin : last;
  uint64_t tick = journey_batch_tick(v->batch, last), next = next_steps(r, o->level);
  for (; k < v->end; k++) {
    int64_t event = view_event(v, k);
    if (!(v->mask[journey_codes_at(&v->codes, event)] & next) || journey_batch_tick(v->batch, event) < tick) continue;
    int32_t rule = too_late(r, v, o, event);
    if (rule == PATH_END) continue;
    o->ended_by = rule;
    o->ended_at = event;
    return;
  }
}
