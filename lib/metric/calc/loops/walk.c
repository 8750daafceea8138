/* Walking along the paths: where loops close, and where steps go back. The memory of a path is a few numbers for each
 * distinct name in it. */
#include "internal.h"

#define NOWHERE UINT32_MAX

enum { FIRST_SLOTS = 32, MOST_STEPS = 64, EVENTS_BETWEEN_LOOKS = 1 << 20 };

/* The path at hand, and its steps. */
typedef struct walk {
  loops *l;
  const journey_batch *batch;
  journey_codes goal, steps;
  uint32_t before;             /* name of the event before; NOWHERE: none */
  int64_t left;                /* its time */
  uint32_t step;               /* of the last event that is on one; NOWHERE: none */
  uint64_t stepped;            /* steps that there was an event of */
  int64_t latest[MOST_STEPS];  /* time of the last event of each of them */
} walk;

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

/* A time of -1 cannot be told. */
static journey_status count(loops *l, uint32_t kind, const uint32_t *code, uint32_t length, int64_t time) {
  shape *s = jn_loops_shape(l, kind, code, length);
  if (!s) return JOURNEY_ENOMEM;
  s->number[COUNT]++;
  if (s->last_customer != l->last_customer) {
    s->last_customer = l->last_customer;
    s->number[CUSTOMERS]++;
    s->number[BEFORE] += !l->reached;
    if (!l->reached && journey_list_add(l->host, &l->made, s - l->shapes) != JOURNEY_OK) return JOURNEY_ENOMEM;
  }
  return l->timed && time >= 0 ? journey_list_add(l->host, &s->times, time) : JOURNEY_OK;
}

static void reach_goal(loops *l) {
  l->reached = 1;
  l->converted++;
  for (size_t i = 0; i < l->made.count; i++) l->shapes[l->made.item[i]].number[CONVERTED]++;
}

static void meet_customer(loops *l, uint32_t customer) {
  if (l->last_customer == customer + 1) return;
  l->last_customer = customer + 1;
  l->customers++;
  l->reached = 0;
  l->made.count = 0;
}

/* ---- the names of a path -------------------------------------------------------------------------------------------------- */

static journey_status double_names(loops *l) {
  size_t slots = l->name_slots ? l->name_slots * 2 : FIRST_SLOTS;
  uint32_t *names = journey_host_alloc(l->host, slots, sizeof *names);
  if (!names) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < l->visited; i++) {
    size_t at = jn_loops_hash(l, l->visits[i].name, 1) & (slots - 1);
    while (names[at]) at = (at + 1) & (slots - 1);
    names[at] = (uint32_t)i + 1;
    l->visits[i].slot = (uint32_t)at;
  }
  journey_host_free(l->host, l->names, l->name_slots, sizeof *l->names);
  l->names = names;
  l->name_slots = slots;
  return JOURNEY_OK;
}

/* The index of the name's visit, a new one if the path was not there yet. */
static journey_status find_visit(loops *l, uint32_t name, uint32_t *out) {
  if (l->visited * 2 >= l->name_slots && double_names(l) != JOURNEY_OK) return JOURNEY_ENOMEM;
  size_t at = jn_loops_hash(l, name, 1) & (l->name_slots - 1);
  for (; l->names[at]; at = (at + 1) & (l->name_slots - 1)) {
    *out = l->names[at] - 1;
    if (l->visits[*out].name == name) return JOURNEY_OK;
  }
  size_t need = l->visited + 1;
  journey_status status = journey_host_grow(l->host, &l->visits, &l->visit_capacity, need, sizeof *l->visits);
  if (status == JOURNEY_OK) status = journey_host_grow(l->host, &l->way, &l->way_capacity, need, sizeof *l->way);
  if (status != JOURNEY_OK) return status;
  *out = (uint32_t)l->visited;
  l->visits[l->visited++] = (visit){.name = name, .slot = (uint32_t)at};
  l->names[at] = (uint32_t)l->visited;
  return JOURNEY_OK;
}

static void forget_path(loops *l) {
  for (size_t i = 0; i < l->visited; i++) l->names[l->visits[i].slot] = 0;
  l->visited = l->way_length = 0;
}

/* ---- loops ------------------------------------------------------------------------------------------------------------------ */

/* The direct way goes on. A name is on it once, so that there is room. */
static void go_on(loops *l, uint32_t at, int64_t clock) {
  l->way[l->way_length++] = (place){at, clock};
  l->visits[at].way = (uint32_t)l->way_length;
}

/* Back at a place of the direct way: what came after it was a loop, and is forgotten. */
static journey_status close_loop(loops *l, uint32_t at, int64_t clock) {
  uint32_t code[MOST_SHOWN], back = l->visits[at].way - 1, length = (uint32_t)l->way_length - back;
  int64_t lost = clock - l->way[back].clock;
  for (uint32_t i = 0; i < length; i++) {
    uint32_t on = l->way[back + i].visit;
    if (i < l->longest) code[i] = l->visits[on].name;
    if (i > 0) l->visits[on].way = 0;
  }
  l->way_length = back + 1;
  return length <= l->longest ? count(l, LOOP, code, length, lost) : count(l, LONG_LOOP, code, 1, lost);
}

static journey_status look_for_loop(walk *w, uint32_t at, int64_t now) {
  loops *l = w->l;
  int64_t clock = 0;
  if (l->way_length > 0) clock = journey_add_counts(l->way[l->way_length - 1].clock, journey_elapsed(w->left, now));
  if (l->visits[at].way > 0) return close_loop(l, at, clock);
  go_on(l, at, clock);
  return JOURNEY_OK;
}

/* ---- back-steps ---------------------------------------------------------------------------------------------------------------- */

/* By names: another name than the one before, and the path was there already. */
static journey_status look_for_return(walk *w, const visit *v, int known, int64_t now) {
  const uint32_t code[] = {w->before, v->name};
  if (!known || v->name == w->before) return JOURNEY_OK;
  return count(w->l, BACK_STEP, code, 2, journey_elapsed(v->time, now));
}

/* The time since the path was at this step, or at an earlier one; -1 when it never was. */
static int64_t time_since(const walk *w, uint32_t step, int64_t now) {
  int64_t since = -1;
  for (uint32_t s = 0; s <= step; s++) {
    if (!(w->stepped >> s & 1)) continue;
    int64_t elapsed = journey_elapsed(w->latest[s], now);
    if (since < 0 || elapsed < since) since = elapsed;
  }
  return since;
}

static journey_status look_at_step(walk *w, uint64_t mask, int64_t now) {
  if (mask == 0) return JOURNEY_OK;
  uint32_t step = 63 - (uint32_t)__builtin_clzll(mask);
  const uint32_t code[] = {w->step, step};
  journey_status status = JOURNEY_OK;
  if (w->step != NOWHERE && step < w->step) status = count(w->l, BACK_STEP, code, 2, time_since(w, step, now));
  w->step = step;
  w->stepped |= UINT64_C(1) << step;
  w->latest[step] = now;
  return status;
}

/* ---- paths ---------------------------------------------------------------------------------------------------------------------- */

/* The goal comes first: a loop that ends at the goal is none before it. */
static journey_status look_at(walk *w, int64_t i, uint32_t name) {
  loops *l = w->l;
  uint32_t at;
  int64_t now = journey_batch_time(w->batch, i);
  size_t visited = l->visited;
  if (!l->reached && l->goal->mask[journey_codes_at(&w->goal, i)]) reach_goal(l);
  if (find_visit(l, name, &at) != JOURNEY_OK) return JOURNEY_ENOMEM;
  journey_status status = look_for_loop(w, at, now);
  if (status == JOURNEY_OK && l->steps) status = look_at_step(w, l->steps->mask[journey_codes_at(&w->steps, i)], now);
  if (status == JOURNEY_OK && !l->steps) status = look_for_return(w, &l->visits[at], visited == l->visited, now);
  l->visits[at].time = now;
  w->before = name;
  w->left = now;
  return status;
}

static journey_status feed_path(walk *w, int64_t p, journey_error *err) {
  const journey_batch *batch = w->batch;
  journey_status status = JOURNEY_OK;
  if (batch->begin[p] == batch->end[p]) return JOURNEY_OK;
  meet_customer(w->l, batch->customer[p]);
  w->before = w->step = NOWHERE;
  w->stepped = 0;
  for (int64_t i = batch->begin[p]; status == JOURNEY_OK && i < batch->end[p]; i++) {
    uint32_t name = journey_codes_at(&batch->event, i);
    if (w->l->collapse && name == w->before) continue;
    status = look_at(w, i, name);
    if (status == JOURNEY_ENOMEM) return jn_loops_no_memory(w->l, err);
    if ((i & (EVENTS_BETWEEN_LOOKS - 1)) == 0) status = w->l->host->cancelled(w->l->host, err);
  }
  forget_path(w->l);
  return status;
}

journey_status jn_loops_feed(void *state, const journey_batch *batch, journey_error *err) {
  loops *l = state;
  walk w = {.l = l, .batch = batch};
  journey_status status = l->host->step_codes(l->host, l->goal, batch, &w.goal, err);
  if (status == JOURNEY_OK && l->steps) status = l->host->step_codes(l->host, l->steps, batch, &w.steps, err);
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(&w, p, err);
  return status;
}
