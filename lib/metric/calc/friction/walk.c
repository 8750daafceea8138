/* Walking along the paths: what each event says about friction. */
#include "internal.h"

#define NOTHING UINT32_MAX

enum { EVENTS_BETWEEN_LOOKS = 1 << 20 }; /* at whether somebody cancelled: a power of two */

/* The columns of a batch that are read, and where the path is. */
typedef struct walk {
  friction *f;
  const journey_batch *batch;
  journey_codes goal, start, steps, errors;
  int64_t path_end;
  int64_t now, left;          /* times of this event, and of the one before */
  uint32_t before, two_before; /* names since the last pause, consecutive ones of one name taken as one */
  uint32_t alternating;       /* how many of them go to and fro between two names */
  uint32_t step, level;       /* NOTHING: at none since the last pause */
  uint64_t visited;
} walk;

/* ---- counting at a place ----------------------------------------------------------------------------------------- */

static void reach(friction *f, place *p) {
  if (p->path == f->path) return;
  p->path = f->path;
  p->now = 0;
  p->reached[f->converted]++;
}

static void hit(friction *f, place *p) {
  reach(f, p);
  p->times++;
  p->hit[f->converted] += !p->now;
  p->now = 1;
}

/* ---- each kind --------------------------------------------------------------------------------------------------- */

/* Whether a wait is long is known when all gaps are. The longest of a path says whether the path met a long one. */
static journey_status look_for_wait(friction *f, uint32_t from, uint32_t to, int64_t gap) {
  place *p = jn_friction_place(f, WAIT, from, to);
  if (!p) return JOURNEY_ENOMEM;
  int known = p->path == f->path;
  int64_t packed = (gap < GAP_MOST ? gap : GAP_MOST) * (1 << GAP_SHIFT) + (f->converted ? GAP_CONVERTED : 0);
  if (journey_list_add(f->host, &p->gaps, packed) != JOURNEY_OK) return JOURNEY_ENOMEM;
  reach(f, p);
  int64_t *longest = &p->gaps.item[p->at], *own = &p->gaps.item[p->gaps.count - 1];
  if (known && *own >> GAP_SHIFT <= *longest >> GAP_SHIFT) return JOURNEY_OK;
  if (known) *longest &= ~GAP_LONGEST;
  *own |= GAP_LONGEST;
  p->at = p->gaps.count - 1;
  return JOURNEY_OK;
}

/* A loop is counted once, when it has its rounds: then the event before is the one that it began with. */
static journey_status look_for_loop(walk *w, uint32_t code) {
  friction *f = w->f;
  if (code == w->before) return JOURNEY_OK;
  w->alternating = w->before == NOTHING ? 1 : w->two_before == code ? w->alternating + 1 : 2;
  if (w->before != NOTHING) {
    place *p = jn_friction_place(f, LOOP, w->before, code);
    if (!p) return JOURNEY_ENOMEM;
    reach(f, p);
    if (w->alternating == 2 * f->rounds) hit(f, p);
  }
  w->two_before = w->before;
  w->before = code;
  return JOURNEY_OK;
}

/* Keeps the times of the last `repeats` events of the name: when there are so many, the next one takes the place of the
 * oldest. */
static journey_status keep_time(friction *f, place *p, int64_t now) {
  if (p->gaps.count < f->repeats) return journey_list_add(f->host, &p->gaps, now);
  p->gaps.item[p->at] = now;
  p->at = p->at + 1 < f->repeats ? p->at + 1 : 0;
  return JOURNEY_OK;
}

static journey_status look_for_repeat(walk *w, uint32_t code) {
  friction *f = w->f;
  place *p = jn_friction_place(f, REPEAT, code, code);
  if (!p) return JOURNEY_ENOMEM;
  if (p->path != f->path) p->gaps.count = p->at = p->angry = 0;
  reach(f, p);
  if (keep_time(f, p, w->now) != JOURNEY_OK) return JOURNEY_ENOMEM;
  uint32_t angry = p->gaps.count == f->repeats && journey_elapsed(p->gaps.item[p->at], w->now) <= f->within;
  if (angry && !p->angry) hit(f, p);
  p->angry = angry;
  return JOURNEY_OK;
}

static journey_status look_for_exit(walk *w, uint32_t code, int64_t i) {
  friction *f = w->f;
  place *p = jn_friction_place(f, ERROR_EXIT, code, code);
  if (!p) return JOURNEY_ENOMEM;
  reach(f, p);
  int last = i + 1 == w->path_end;
  if (last || journey_elapsed(w->now, journey_batch_time(w->batch, i + 1)) > f->pause) hit(f, p);
  return JOURNEY_OK;
}

static journey_status look_at_steps(walk *w, uint64_t steps) {
  friction *f = w->f;
  uint32_t step = 63 - (uint32_t)__builtin_clzll(steps);
  while (w->level < f->steps->count && steps >> w->level & 1) w->level++;
  w->visited |= UINT64_C(1) << step;
  if (w->step != NOTHING && step < w->step) {
    place *p = jn_friction_place(f, BACK_STEP, w->step, step);
    if (!p) return JOURNEY_ENOMEM;
    hit(f, p);
  }
  w->step = step;
  return JOURNEY_OK;
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

static journey_status look_at_event(walk *w, int64_t i, int first, uint32_t from) {
  friction *f = w->f;
  uint32_t code = journey_codes_at(&w->batch->event, i);
  journey_status status = JOURNEY_OK;
  int64_t gap = first ? 0 : journey_elapsed(w->left, w->now);
  if (gap > f->pause) {
    w->before = w->two_before = w->step = NOTHING;
    w->alternating = 0;
  }
  if (!first && f->waits > 0) status = look_for_wait(f, from, code, gap);
  if (status == JOURNEY_OK) status = look_for_loop(w, code);
  if (status == JOURNEY_OK) status = look_for_repeat(w, code);
  if (status == JOURNEY_OK && f->errors->mask[journey_codes_at(&w->errors, i)]) status = look_for_exit(w, code, i);
  uint64_t steps = f->steps->mask[journey_codes_at(&w->steps, i)];
  return status == JOURNEY_OK && steps ? look_at_steps(w, steps) : status;
}

/* Where what is looked at ends: at the first goal, behind the window, or with the path. */
static int64_t find_end(walk *w, int64_t begin) {
  friction *f = w->f;
  int64_t i = begin, start = journey_batch_time(w->batch, begin);
  for (f->converted = 0; i < w->path_end; i++) {
    if (f->window < INT64_MAX && journey_elapsed(start, journey_batch_time(w->batch, i)) > f->window) return i;
    if (f->goal->mask[journey_codes_at(&w->goal, i)]) {
      f->converted = 1;
      return i;
    }
  }
  return i;
}

static journey_status walk_path(walk *w, int64_t p, journey_error *err) {
  friction *f = w->f;
  int64_t i = w->batch->begin[p];
  w->path_end = w->batch->end[p];
  while (i < w->path_end && !f->start->mask[journey_codes_at(&w->start, i)]) i++;
  if (i == w->path_end) return JOURNEY_OK;
  int64_t begin = i, end = find_end(w, begin);
  journey_status status = JOURNEY_OK;
  w->before = w->two_before = w->step = NOTHING;
  w->alternating = w->level = 0;
  w->visited = 0;
  f->path++;
  for (uint32_t from = NOTHING; status == JOURNEY_OK && i < end; i++) {
    w->now = journey_batch_time(w->batch, i);
    if (look_at_event(w, i, i == begin, from) != JOURNEY_OK) return jn_friction_no_memory(f, err);
    w->left = w->now;
    from = journey_codes_at(&w->batch->event, i);
    if (i % EVENTS_BETWEEN_LOOKS == 0) status = f->host->cancelled(f->host, err);
  }
  f->level[w->level][f->converted]++;
  for (uint64_t left = w->visited; left; left &= left - 1) f->visited[__builtin_ctzll(left)][f->converted]++;
  return status;
}

journey_status jn_friction_feed(void *state, const journey_batch *batch, journey_error *err) {
  friction *f = state;
  const journey_host *host = f->host;
  walk w = {.f = f, .batch = batch};
  journey_status status = host->step_codes(host, f->goal, batch, &w.goal, err);
  if (status == JOURNEY_OK) status = host->step_codes(host, f->start, batch, &w.start, err);
  if (status == JOURNEY_OK) status = host->step_codes(host, f->steps, batch, &w.steps, err);
  if (status == JOURNEY_OK) status = host->step_codes(host, f->errors, batch, &w.errors, err);
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = walk_path(&w, p, err);
  return status;
}
