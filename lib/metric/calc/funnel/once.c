/* strict_once among events of one time: which steps can they serve, one step each?
 *
 * Steps a to b can follow each other at one time when each has an event of its own: a matching of steps with events, found by
 * augmenting paths (Kuhn 1955). When steps a to b have one, so have a + 1 to b. Therefore one window of steps slides over
 * them: each step is added to the matching once and leaves it once. */
#include <string.h>

#include "walk.h"

typedef struct matching {
  const walk *walk;
  int32_t row[MOST_STEPS];            /* of each step; -1: none */
  int32_t step[MOST_ROWS];  /* of each row; -1: free */
  uint64_t tried[MOST_ROWS / 64]; /* rows that this search has been to, as bits */
  uint32_t without;                   /* a row that may not be used; UINT32_MAX: none */
} matching;

static void clear(matching *m, const walk *w) {
  m->walk = w;
  m->without = UINT32_MAX;
  for (uint32_t i = 0; i < w->rules->count; i++) m->row[i] = -1;
  for (uint32_t i = 0; i < w->tie.rows; i++) m->step[i] = -1;
}

/* As deep as there are steps at most, for each step but the first gives up a row. */
static bool find_row(matching *m, uint32_t step) {
  const walk *w = m->walk;
  for (uint32_t i = 0; i < w->tie.rows; i++) {
    if (!(w->row_mask[i] >> step & 1) || i == m->without || m->tried[i / 64] >> (i % 64) & 1) continue;
    m->tried[i / 64] |= UINT64_C(1) << (i % 64);
    if (m->step[i] >= 0 && !find_row(m, (uint32_t)m->step[i])) continue;
    m->step[i] = (int32_t)step;
    m->row[step] = (int32_t)i;
    return true;
  }
  return false;
}

static bool add(matching *m, uint32_t step) {
  memset(m->tried, 0, (m->walk->tie.rows + 63) / 64 * sizeof *m->tried);
  return find_row(m, step);
}

static void drop(matching *m, uint32_t step) {
  if (m->row[step] >= 0) m->step[m->row[step]] = -1;
  m->row[step] = -1;
}

uint32_t jn_funnel_share_from(walk *w, uint32_t step, int64_t event[MOST_STEPS]) {
  matching m;
  uint32_t at = step;
  clear(&m, w);
  while (at < w->rules->count && (w->tie.any >> at & 1) && add(&m, at)) at++;
  for (uint32_t i = step; i < at; i++) event[i] = w->row_event[m.row[i]];
  return at - step;
}

/* ---- the stopping rule -------------------------------------------------------------------------------------------------------- */

/* strict_deduplication: the events that satisfy a step are taken as they came. The first of them that can end a chain makes
 * the step reached, and the next one repeats it. Returns that one; -1: there is none. */
static int64_t find_repetition(const walk *w, uint32_t from, uint32_t step) {
  matching m;
  bool reached = false;
  for (uint32_t i = 0; i < w->tie.rows; i++) {
    if (!(w->row_mask[i] >> step & 1)) continue;
    if (reached) return w->row_event[i];
    clear(&m, w);
    m.without = i;
    reached = true;
    for (uint32_t at = from; reached && at < step; at++) reached = add(&m, at);
  }
  return -1;
}

/* ---- all steps ----------------------------------------------------------------------------------------------------------------- */

/* The step after the last one of the longest chain that may go on here: the fewest steps to take at this time. */
static uint32_t shortest_from(const walk *w, uint32_t step) {
  while (step > 0 && !jn_funnel_may_go_on(w, &w->slot[step - 1])) step--;
  return step;
}

/* The chain that started latest, of those that need no step before `low`: with the steps of this time it reaches `step`. */
static void reach(walk *w, const matching *m, uint32_t low, uint32_t step) {
  uint32_t from = low;
  slot start = jn_funnel_start(w);
  const slot *source = &start;
  while (from > 0 && from <= step && !jn_funnel_may_go_on(w, &w->slot[from - 1])) from++;
  if (from > step) return;
  if (from > 0) source = &w->slot[from - 1];
  else start.start = w->row_event[m->row[0]];
  int32_t list = from > 0 ? source->last : -1;
  int32_t before = -1;
  for (uint32_t at = from; at <= step; at++) {
    list = jn_funnel_new_node(w, list, at, w->row_event[m->row[at]]);
    if (before >= 0) w->node[before].users--; /* the next one holds it */
    before = list;
  }
  jn_funnel_place(w, step, source, list, true);
}

/* True: a rule stops the path at this step. */
static bool check_stops(walk *w, uint32_t step) {
  uint32_t modes = w->rules->modes;
  outcome *out = w->out;
  if (step == 0) return false;
  if ((modes & STRICT_DEDUPLICATION) && w->reached >> step & 1) {
    out->ended_by = REPEATED;
  } else if ((modes & STRICT_ORDER) && !(modes & ALLOW_REENTRY) && (w->reached & 1) &&
             !(w->reached >> (step - 1) & 1)) {
    out->ended_by = OUT_OF_ORDER;
  } else {
    return false;
  }
  out->ended_at = w->tie.event[step];
  return true;
}

bool jn_funnel_share_out(walk *w) {
  matching m;
  uint32_t low = 0, next = 0; /* the matching holds the steps [low, next) */
  clear(&m, w);
  for (uint64_t bits = w->tie.any; bits; bits &= bits - 1) {
    uint32_t step = (uint32_t)__builtin_ctzll(bits);
    if (check_stops(w, step)) return true;
    for (; next < step; next++) { /* no event for the step `next`: chains cannot pass it here */
      for (; low <= next; low++) drop(&m, low);
    }
    next = step + 1;
    while (!add(&m, step)) drop(&m, low++);
    bool fresh = !(w->reached >> step & 1);
    reach(w, &m, low, step);
    if (w->out->level == w->rules->count) return true;
    if (!(w->rules->modes & STRICT_DEDUPLICATION) || step == 0 || !fresh || !(w->reached >> step & 1)) continue;
    int64_t repetition = find_repetition(w, shortest_from(w, step), step);
    if (repetition < 0) continue;
    w->out->ended_by = REPEATED;
    w->out->ended_at = repetition;
    return true;
  }
  return false;
}
