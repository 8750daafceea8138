/* How many customers are in each combination of sets, and the tables that are made of it. */
#ifndef JN_OVERLAP_INTERNAL_H
#define JN_OVERLAP_INTERNAL_H

#include "journey_plugin.h"

/* Customers who are in these very sets: bit s is set s. */
typedef struct jn_overlap_combination {
  uint64_t sets;
  int64_t customers;
} jn_overlap_combination;

typedef struct jn_overlap {
  const journey_host *host;
  const journey_steps *steps;
  jn_overlap_combination *found;
  size_t count, capacity;
  size_t *slot; /* open addressing: index + 1 into found; the number of slots is a power of two */
  size_t slots;
} jn_overlap;

journey_status jn_overlap_no_memory(const jn_overlap *o, journey_error *err);

/* The tables: each set, each two of them, or the combinations. */
journey_status jn_overlap_put_sets(const jn_overlap *o, journey_table *table, journey_error *err);
journey_status jn_overlap_put_pairs(const jn_overlap *o, journey_table *table, journey_error *err);
journey_status jn_overlap_put_combinations(const jn_overlap *o, journey_table *table, journey_error *err);

#endif
