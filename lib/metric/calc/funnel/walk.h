/* What follows a path keeps while it does, for the files that follow paths. */
#ifndef JN_FUNNEL_WALK_H
#define JN_FUNNEL_WALK_H

#include "internal.h"

enum { MOST_ROWS = MOST_STEPS * (MOST_STEPS + 1) };

/* A chain's event, and the one before: shared by the chains that go on from it. */
typedef struct node {
  int64_t event;
  int32_t parent; /* -1: the first; of a free node the next free one */
  uint32_t users, step;
} node;

/* The newest chain that has reached a step. */
typedef struct slot {
  uint64_t limit; /* the last tick at which it may go on */
  uint64_t tick;  /* of its last step */
  int64_t start;  /* its first event */
  uint32_t session;
  int32_t last; /* node of its last event; -1: there is no chain */
} slot;

/* The events of one time that matter. */
typedef struct tie {
  uint64_t tick;
  int64_t begin;       /* place of the first in the view */
  uint64_t any, twice; /* steps that one of them, that several of them satisfy */
  uint64_t excluded;
  int64_t event[MOST_STEPS], again[MOST_STEPS]; /* the first and the second that satisfy a step */
  int64_t exclusion, stray;                     /* the first exclusion; the first that satisfies no step; -1: none */
  uint32_t session;
  uint32_t rows; /* strict_once: events that satisfy steps, as many of them as may be of use */
} tie;

/* grace: an event, and the latest start of a chain that has taken the step before, the step at hand, with it; 0: none. */
typedef struct hit {
  uint64_t tick, mask, before, start; /* starts are ticks + 1 */
  int64_t event;
} hit;

struct jn_funnel_walk {
  const rules *rules;
  const view *view;
  outcome *out;
  tie tie;
  slot slot[MOST_STEPS], fresh[MOST_STEPS];
  uint64_t filled, reached;
  node *node; /* room for all that two slots a step can hold */
  int32_t nodes, free;
  size_t node_capacity;
  uint64_t period_begin, period_end; /* ticks that are known to lie in one period */
  bool period_known;
  uint64_t *row_mask; /* strict_once: the events of the tie, and how many satisfy each step, up to enough */
  int64_t *row_event;
  size_t row_capacity;
  uint32_t row_count[MOST_STEPS];
  uint64_t seen;       /* first_matching: steps that were satisfied */
  uint32_t *last_path; /* first_ever: by event code, the number of the path that it was last met in */
  uint32_t path;
  int64_t *index; /* hold: the path's events by value */
  size_t index_capacity;
  hit *hit; /* grace: the path's events that satisfy steps */
  size_t hit_capacity;
};

/* chain.c */
void jn_funnel_follow_chains(walk *w, const view *v, outcome *out);
int32_t jn_funnel_new_node(walk *w, int32_t parent, uint32_t step, int64_t event);
/* Puts a chain that goes on from `from` (or starts) into a step's slot. */
void jn_funnel_place(walk *w, uint32_t step, const slot *from, int32_t list, bool aside);
slot jn_funnel_start(walk *w);
bool jn_funnel_may_go_on(const walk *w, const slot *s);

/* How many steps from `step` on the events of this time can serve in one chain, and which events do. */
uint32_t jn_funnel_serve(walk *w, uint32_t step, int64_t event[MOST_STEPS]);

/* tie.c: gathers the events of the next time; false at the end. */
bool jn_funnel_next_tie(walk *w, int64_t *at);
void jn_funnel_begin_firsts(walk *w);
/* The steps that an event counts for. Call it once for each event of a path, in order. */
uint64_t jn_funnel_mask(walk *w, int64_t event);

/* once.c */
bool jn_funnel_share_out(walk *w);
uint32_t jn_funnel_share_from(walk *w, uint32_t step, int64_t event[MOST_STEPS]);

/* settle.c: of the chains with this start and level, the one that took each step first. */
void jn_funnel_settle(walk *w, const view *v, outcome *out);

/* order.c */
void jn_funnel_follow_strict(walk *w, const view *v, outcome *out);
void jn_funnel_follow_any(walk *w, const view *v, outcome *out);
journey_status jn_funnel_follow_grace(walk *w, const view *v, outcome *out);

#endif
