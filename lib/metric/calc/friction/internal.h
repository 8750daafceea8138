/* What the files of the calculator `friction` share: the places where friction is looked for, and what was counted. */
#ifndef JN_FRICTION_INTERNAL_H
#define JN_FRICTION_INTERNAL_H

#include "journey_plugin.h"

/* Kinds of friction, in order of their names. Those before DROP_OFF have places; drop-offs follow from the levels. */
enum { BACK_STEP, ERROR_EXIT, LOOP, REPEAT, WAIT, PLACED, DROP_OFF = PLACED, KINDS };

enum { MOST_STEPS = 64, MOST_NAMES = 2048 };

/* One event (from == to), or one transition, where friction of a kind may be met. Counts are of paths, by whether they
 * converted; `reached` are those that could have met it there, `hit` those that did. */
typedef struct place {
  uint32_t kind, from, to; /* event codes; steps for BACK_STEP */
  uint32_t now;            /* whether the path counted last is among the hit ones */
  uint64_t path;           /* the path counted last */
  int64_t reached[2], hit[2], times;
  journey_list gaps; /* WAIT: every gap, packed as below; its hits follow when all gaps are known */
  size_t longest;    /* WAIT: index of the longest gap of the path counted last */
} place;

/* A gap of a transition in microseconds, times 4; plus 2 when it is its path's longest of this transition; plus 1 when
 * the path converted. */
#define GAP_SHIFT 2
#define GAP_LONGEST 2
#define GAP_CONVERTED 1
#define GAP_MOST (INT64_MAX >> GAP_SHIFT)

/* What is remembered of an event name within the current path, to find repeats. */
typedef struct recent {
  uint64_t path;
  uint32_t next; /* where in the ring of times the next one goes */
  uint32_t angry;
  int64_t count;
} recent;

typedef struct friction {
  const journey_host *host;
  const journey_steps *goal, *start, *steps, *errors;
  int64_t window, pause, within, wait_least, least, most;
  uint32_t rounds, repeats, names;
  double waits, late;
  uint32_t *index[PLACED]; /* by key: index + 1 into places */
  size_t keys[PLACED];
  place *places;
  size_t count, capacity;
  recent *recents; /* by event code */
  int64_t *ring;   /* `repeats` times for each event code */
  uint64_t path;   /* number of the current path, from 1 */
  int converted;   /* whether it converts */
  int64_t visited[MOST_STEPS][2];   /* paths that were at a step, by whether they converted */
  int64_t level[MOST_STEPS + 1][2]; /* paths that got so far through the steps, in order, and no further */
} friction;

/* friction.c */
journey_status jn_friction_no_memory(const friction *f, journey_error *err);

/* places.c */
place *jn_friction_make_place(friction *f, uint32_t kind, uint32_t from, uint32_t to);
journey_status jn_friction_merge(void *state, void *other, journey_error *err);
journey_status jn_friction_save(void *state, journey_saver *saver, journey_error *err);
journey_status jn_friction_load(void *state, journey_loader *loader, journey_error *err);

/* walk.c */
journey_status jn_friction_feed(void *state, const journey_batch *batch, journey_error *err);

/* findings.c */
journey_status jn_friction_finish(void *state, journey_table *table, journey_error *err);

static inline size_t jn_friction_key(const friction *f, uint32_t kind, uint32_t from, uint32_t to) {
  if (kind == BACK_STEP) return (size_t)from * MOST_STEPS + to;
  return kind == LOOP || kind == WAIT ? (size_t)from * f->names + to : from;
}

/* The place, made if need be; NULL without memory. Valid until another one is made. */
static inline place *jn_friction_place(friction *f, uint32_t kind, uint32_t from, uint32_t to) {
  uint32_t at = f->index[kind][jn_friction_key(f, kind, from, to)];
  return at ? &f->places[at - 1] : jn_friction_make_place(f, kind, from, to);
}

#endif
