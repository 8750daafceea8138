/* What the files of `transitions` share: the edges that were met, and where each is found. */
#ifndef JN_TRANSITIONS_INTERNAL_H
#define JN_TRANSITIONS_INTERNAL_H

#include "journey_plugin.h"

/* Nodes are event codes; node `names` is (start) as a source and (exit) as a target. */
typedef struct edge {
  uint32_t from, to;
  uint32_t last; /* the customer counted last, plus 1: a customer's paths come one after the other */
  int64_t count, customers;
  journey_list times;
} edge;

/* A state holds the edges that it met and an index of them, which is a hash table first: groups are many, and names may
 * be, too. When a state has seen as many events as there are pairs of nodes, the index becomes a table of all pairs,
 * which is faster, and no longer large beside what was seen. */
typedef struct transitions {
  const journey_host *host;
  uint32_t names;
  int32_t timed, distinct, collapse;
  int64_t least;
  edge *edges; /* in the order in which they were met */
  size_t count, capacity;
  uint32_t *index; /* position in `edges` + 1, or 0 */
  size_t slots;    /* of the hash table, a power of two; or the number of all pairs */
  int32_t dense;   /* the index is by pair: from * (names + 1) + to */
  uint64_t seed;   /* of the hash: changes no answer, and nobody can foresee it */
  uint64_t seen;   /* events, while the index is not dense */
  int64_t *tally;  /* counts by pair that are not in `edges` yet; or NULL */
} transitions;

/* edges.c */
void jn_transitions_free(transitions *t);
/* The edge, a new one if need be; NULL without memory. Good until the next call. */
edge *jn_transitions_add(transitions *t, uint32_t from, uint32_t to);
/* The edge, or NULL when it was never met. */
edge *jn_transitions_find(const transitions *t, uint32_t from, uint32_t to);
/* So many events are about to be counted. */
journey_status jn_transitions_expect(transitions *t, uint64_t events, int32_t with_tally);
/* Moves the tally to the edges: before they are read, when nothing more is counted. */
journey_status jn_transitions_settle(transitions *t);

/* state.c */
journey_status jn_transitions_merge(void *state, void *other, journey_error *err);
journey_status jn_transitions_save(void *state, journey_saver *saver, journey_error *err);
journey_status jn_transitions_load(void *state, journey_loader *loader, journey_error *err);

/* result.c */
journey_status jn_transitions_finish(void *state, journey_table *table, journey_error *err);
journey_status jn_transitions_finish_against(void *state, void *baseline, journey_table *table, journey_error *err);

static inline journey_status jn_transitions_no_memory(const transitions *t, journey_error *err) {
  return t->host->fail(t->host, err, JOURNEY_ENOMEM, "out of memory");
}

#endif
