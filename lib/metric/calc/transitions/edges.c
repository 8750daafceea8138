/* The edges of `transitions` and their index: a hash table at first, a table of all pairs when that pays. */
#include "internal.h"

enum { MOST_PAIRS = 1 << 18, FIRST_SLOTS = 64 };

static uint64_t pair_count(const transitions *t) { return ((uint64_t)t->names + 1) * ((uint64_t)t->names + 1); }

static size_t pair_of(const transitions *t, uint32_t from, uint32_t to) {
  return (size_t)from * ((size_t)t->names + 1) + to;
}

void jn_transitions_free(transitions *t) {
  const journey_host *host = t->host;
  for (size_t i = 0; i < t->count; i++) journey_list_free(host, &t->edges[i].times);
  journey_host_free(host, t->edges, t->capacity, sizeof *t->edges);
  journey_host_free(host, t->index, t->slots, sizeof *t->index);
  if (t->tally) journey_host_free(host, t->tally, t->slots, sizeof *t->tally);
  journey_host_free(host, t, 1, sizeof *t);
}

/* ---- the hash table -------------------------------------------------------------------------------------------------- */

static size_t hash_pair(const transitions *t, uint32_t from, uint32_t to) {
  uint64_t pair = ((uint64_t)from << 32 | to) ^ t->seed;
  unsigned __int128 product = (unsigned __int128)pair * UINT64_C(0xe7037ed1a0b428db);
  return (size_t)((uint64_t)product ^ (uint64_t)(product >> 64));
}

/* The slot of the edge, or the free one where it belongs. */
static uint32_t *slot_of(const transitions *t, uint32_t from, uint32_t to) {
  size_t at = hash_pair(t, from, to) & (t->slots - 1);
  for (; t->index[at]; at = (at + 1) & (t->slots - 1)) {
    const edge *e = &t->edges[t->index[at] - 1];
    if (e->from == from && e->to == to) break;
  }
  return &t->index[at];
}

/* Another index, empty; then all edges are put into it. */
static journey_status rebuild(transitions *t, size_t slots, int32_t dense) {
  uint32_t *index = journey_host_alloc(t->host, slots, sizeof *index);
  if (!index) return JOURNEY_ENOMEM;
  journey_host_free(t->host, t->index, t->slots, sizeof *t->index);
  t->index = index;
  t->slots = slots;
  t->dense = dense;
  for (size_t i = 0; i < t->count; i++) {
    const edge *e = &t->edges[i];
    *(dense ? &t->index[pair_of(t, e->from, e->to)] : slot_of(t, e->from, e->to)) = (uint32_t)i + 1;
  }
  return JOURNEY_OK;
}

/* ---- edges ------------------------------------------------------------------------------------------------------------- */

edge *jn_transitions_find(const transitions *t, uint32_t from, uint32_t to) {
  if (t->slots == 0) return NULL;
  uint32_t at = t->dense ? t->index[pair_of(t, from, to)] : *slot_of(t, from, to);
  return at ? &t->edges[at - 1] : NULL;
}

edge *jn_transitions_add(transitions *t, uint32_t from, uint32_t to) {
  edge *e = jn_transitions_find(t, from, to);
  if (e) return e;
  if (t->count == UINT32_MAX - 1) return NULL;
  int full = !t->dense && t->count * 2 >= t->slots;
  if (full && rebuild(t, t->slots ? t->slots * 2 : FIRST_SLOTS, 0) != JOURNEY_OK) return NULL;
  if (journey_host_grow(t->host, &t->edges, &t->capacity, t->count + 1, sizeof *t->edges) != JOURNEY_OK) return NULL;
  *(t->dense ? &t->index[pair_of(t, from, to)] : slot_of(t, from, to)) = (uint32_t)t->count + 1;
  e = &t->edges[t->count++];
  *e = (edge){.from = from, .to = to};
  return e;
}

/* What was seen is counted at most until the index is dense. */
journey_status jn_transitions_expect(transitions *t, uint64_t events, int32_t with_tally) {
  uint64_t pairs = pair_count(t);
  if (!t->dense) {
    t->seen += events;
    if (pairs > MOST_PAIRS || t->seen < pairs) return JOURNEY_OK;
    journey_status status = rebuild(t, (size_t)pairs, 1);
    if (status != JOURNEY_OK) return status;
  }
  if (with_tally && !t->tally) {
    t->tally = journey_host_alloc(t->host, t->slots, sizeof *t->tally);
    if (!t->tally) return JOURNEY_ENOMEM;
  }
  return JOURNEY_OK;
}

journey_status jn_transitions_settle(transitions *t) {
  size_t nodes = (size_t)t->names + 1;
  for (size_t i = 0; t->tally && i < t->slots; i++) {
    if (t->tally[i] == 0) continue;
    edge *e = jn_transitions_add(t, (uint32_t)(i / nodes), (uint32_t)(i % nodes));
    if (!e) return JOURNEY_ENOMEM;
    e->count = journey_add_counts(e->count, t->tally[i]);
  }
  if (t->tally) journey_host_free(t->host, t->tally, t->slots, sizeof *t->tally);
  t->tally = NULL;
  return JOURNEY_OK;
}
