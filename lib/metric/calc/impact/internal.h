/* What customers did around their first treatment, and the table that is made of it. */
#ifndef JN_IMPACT_INTERNAL_H
#define JN_IMPACT_INTERNAL_H

#include "journey_plugin.h"

/* The outcome events of a customer in one period: -1 is the last one before the treatment, 1 the first one after it. */
typedef struct jn_impact_outcome {
  size_t customer; /* index into `treated` */
  int32_t period;
  int32_t valued; /* whether an event had a value */
  int64_t events;
  double value; /* of all of them, in the order of the path */
} jn_impact_outcome;

/* Which periods the events cover is known at the end alone: partial states of other machines may reach further. Until
 * then the customers are kept one by one. */
typedef struct jn_impact {
  const journey_host *host;
  const journey_steps *treatment, *outcome;
  int64_t length;              /* of a period, microseconds */
  int32_t periods;             /* before, and after */
  journey_list treated;        /* time of each customer's first treatment */
  jn_impact_outcome *outcomes; /* by customer */
  size_t count, capacity;
} jn_impact;

journey_status jn_impact_no_memory(const jn_impact *impact, journey_error *err);
journey_status jn_impact_put(const jn_impact *impact, journey_table *table, journey_error *err);

#endif
