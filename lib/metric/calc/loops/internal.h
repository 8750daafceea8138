/* What the files of `loops` share: the shapes that were found, and the walk along a path. */
#ifndef JN_LOOPS_INTERNAL_H
#define JN_LOOPS_INTERNAL_H

#include "journey_plugin.h"

/* A loop, by the events on it; a loop of more events than are shown, by the one it returns to; a back-step, by where it
 * goes from and to: event codes, or with `steps` positions of steps. */
enum { LOOP, LONG_LOOP, BACK_STEP, KINDS };

/* What is counted of a shape. `before`: customers who made it before they reached the goal; `converted`: of these, those
 * who reached it afterwards. */
enum { COUNT, CUSTOMERS, BEFORE, CONVERTED, NUMBERS };

enum { MOST_SHOWN = 16 }; /* events of a loop */

typedef struct shape {
  uint32_t kind, length;
  size_t at;              /* of its codes in loops.codes */
  uint32_t last_customer; /* the one counted last, plus 1 */
  int64_t number[NUMBERS];
  journey_list times; /* microseconds lost, where they can be told */
} shape;

/* A distinct name of the path at hand. */
typedef struct visit {
  uint32_t name, slot; /* of the hash table */
  uint32_t way;        /* position on the direct way + 1; 0: it is not on it */
  int64_t time;        /* of its last event */
} visit;

/* An event of the direct way, which is the path without its loops; the clock stands still in loops. */
typedef struct place {
  uint32_t visit;
  int64_t clock;
} place;

typedef struct loops {
  const journey_host *host;
  const journey_steps *goal, *steps; /* steps: NULL when back-steps are told by names */
  uint32_t longest;
  int32_t collapse, timed;
  int64_t most;
  uint64_t seed; /* of the hashes: changes no answer, and nobody can foresee it */
  int64_t customers, converted;
  /* shapes.c */
  shape *shapes;
  size_t count, capacity;
  uint32_t *codes;
  size_t used, code_capacity;
  uint32_t *table; /* open addressing: index of a shape + 1; a power of two of slots, half of them free */
  size_t slots;
  /* walk.c: the customer at hand, and his path */
  uint32_t last_customer; /* plus 1 */
  int32_t reached;        /* the goal */
  journey_list made;      /* shapes before the goal */
  visit *visits;
  size_t visited, visit_capacity;
  uint32_t *names; /* index of a visit + 1 */
  size_t name_slots;
  place *way;
  size_t way_length, way_capacity;
} loops;

/* shapes.c: the shape, a new one if need be; NULL without memory. Good until the next call. */
shape *jn_loops_shape(loops *l, uint32_t kind, const uint32_t *code, uint32_t length);
size_t jn_loops_hash(const loops *l, uint64_t a, uint64_t b);

/* walk.c */
journey_status jn_loops_feed(void *state, const journey_batch *batch, journey_error *err);

/* state.c */
journey_status jn_loops_merge(void *state, void *other, journey_error *err);
journey_status jn_loops_save(void *state, journey_saver *saver, journey_error *err);
journey_status jn_loops_load(void *state, journey_loader *loader, journey_error *err);

/* result.c */
journey_status jn_loops_finish(void *state, journey_table *table, journey_error *err);

static inline journey_status jn_loops_no_memory(const loops *l, journey_error *err) {
  return l->host->fail(l->host, err, JOURNEY_ENOMEM, "out of memory");
}

#endif
