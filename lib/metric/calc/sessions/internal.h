/* sessions: what its files share. */
#ifndef JN_SESSIONS_INTERNAL_H
#define JN_SESSIONS_INTERNAL_H

#include "journey_plugin.h"

/* A session, in 32 bytes. All figures are counted over the list of them, so that quantiles and distinct customers are
 * exact. */
typedef struct jn_sessions_item {
  int64_t duration;        /* microseconds from its first event to its last */
  int64_t away;            /* since the end of the customer's session before; -1: this is the first one */
  uint32_t length, depth;  /* events, and distinct ones */
  uint32_t edge;           /* the event that it begins or ends with, whichever is asked for */
  uint32_t converted;      /* 0 or 1 */
} jn_sessions_item;

enum { JN_SESSIONS_MOST_BINS = 64 };

typedef struct jn_sessions {
  const journey_host *host;
  const journey_steps *goal; /* NULL: none */
  int32_t entry, exit;
  int64_t top;
  int64_t bin[JN_SESSIONS_MOST_BINS]; /* where bins of the histogram end; the last one has no end */
  size_t bins;                        /* 0: no histogram is wanted */
  jn_sessions_item *list;             /* by customer, then time */
  size_t count, capacity;
  uint32_t *seen, mark;   /* by event: the mark of the last session that had it */
  uint32_t last_customer; /* plus 1 */
  int64_t last_time;
} jn_sessions;

/* Add the columns and the rows. JOURNEY_OK or JOURNEY_ENOMEM. */
journey_status jn_sessions_put(const jn_sessions *s, journey_table *table);

#endif
