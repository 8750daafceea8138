/* What the files of the calculator `friction` share: the places where friction is looked for, and what was counted. */
#ifndef JN_FRICTION_INTERNAL_H
#define JN_FRICTION_INTERNAL_H

#include "journey_plugin.h"

/* Kinds of friction, in order of their names. Those before DROP_OFF have places; drop-offs follow from the levels. */
enum { BACK_STEP, ERROR_EXIT, LOOP, REPEAT, WAIT, PLACED, DROP_OFF = PLACED, KINDS };

enum { MOST_STEPS = 64 };

/* One event (from == to), or one transition, where friction of a kind may be met. Counts are of paths, by whether they
 * converted; `reached` are those that could have met it there, `hit` those that did. */
typedef struct place {
  uint32_t kind, from, to; /* event codes; steps for BACK_STEP */
  uint32_t now;            /* whether the path counted last is among the hit ones */
  uint64_t path;           /* the path counted last */
  int64_t reached[2], hit[2], times;
  /* WAIT: every gap, packed as below; its hits follow when all gaps are known. REPEAT: times of the last `repeats` events
   * of the name in the path counted last, as a ring. */
  journey_list gaps;
  size_t at;      /* WAIT: index of the longest gap of the path counted last. REPEAT: of the oldest time. */
  uint32_t angry; /* REPEAT: whether the last event was one in anger */
} place;

/* A gap of a transition in microseconds, times 4; plus 2 when it is its path's longest of this transition; plus 1 when
 * the path converted. */
#define GAP_SHIFT 2
#define GAP_LONGEST 2
#define GAP_CONVERTED 1
#define GAP_MOST (INT64_MAX >> GAP_SHIFT)

typedef struct friction {
  const journey_host *host;
  const journey_steps *goal, *start, *steps, *errors;
  int64_t window, pause, within, wait_least, least, most;
  uint32_t rounds, repeats;
  double waits, late;
  place *places; /* in the order in which they were met */
  size_t count, capacity;
  uint32_t *table; /* open addressing: index + 1 into places; a power of two of slots, half of them free */
  size_t slots;
  uint64_t seed; /* of the hash: changes no answer, and nobody can foresee it */
  uint64_t path; /* number of the current path, from 1 */
  int converted; /* whether it converts */
  int64_t visited[MOST_STEPS][2];   /* paths that were at a step, by whether they converted */
  int64_t level[MOST_STEPS + 1][2]; /* paths that got so far through the steps, in order, and no further */
} friction;

/* friction.c */
journey_status jn_friction_no_memory(const friction *f, journey_error *err);

/* places.c */
journey_status jn_friction_make_table(friction *f, size_t slots);
place *jn_friction_make_place(friction *f, uint32_t kind, uint32_t from, uint32_t to);
journey_status jn_friction_merge(void *state, void *other, journey_error *err);
journey_status jn_friction_save(void *state, journey_saver *saver, journey_error *err);
journey_status jn_friction_load(void *state, journey_loader *loader, journey_error *err);

/* walk.c */
journey_status jn_friction_feed(void *state, const journey_batch *batch, journey_error *err);

/* findings.c */
journey_status jn_friction_finish(void *state, journey_table *table, journey_error *err);

static inline size_t jn_friction_hash(const friction *f, uint32_t kind, uint32_t from, uint32_t to) {
  unsigned __int128 product = (unsigned __int128)(((uint64_t)from << 32 | to) ^ f->seed) *
                              (UINT64_C(0xe7037ed1a0b428db) + 2 * kind);
  return (size_t)((uint64_t)product ^ (uint64_t)(product >> 64));
}

/* The place, made if need be; NULL without memory. Valid until another one is made. */
static inline place *jn_friction_place(friction *f, uint32_t kind, uint32_t from, uint32_t to) {
  size_t at = jn_friction_hash(f, kind, from, to) & (f->slots - 1);
  for (; f->table[at]; at = (at + 1) & (f->slots - 1)) {
    place *p = &f->places[f->table[at] - 1];
    if (p->from == from && p->to == to && p->kind == kind) return p;
  }
  return jn_friction_make_place(f, kind, from, to);
}

#endif
