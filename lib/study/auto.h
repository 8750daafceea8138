/* Between auto.c and known.c, which both propose steps. */
#ifndef JN_STUDY_AUTO_H
#define JN_STUDY_AUTO_H

#include "study/internal.h"

/* How far an event name reaches, over a sample of customers. */
typedef struct jn_study_reach {
  int64_t customers; /* who have it */
  int64_t ranks;     /* sum over them: how many other names came first */
} jn_study_reach;

/* The steps of a shop that occur, if there are at least two; otherwise both texts stay empty. */
journey_status jn_study_propose_known(const journey_study *study, jn_study_arena *scratch, const jn_study_reach *reach,
                                      jn_base_text *steps, jn_base_text *goal);

/* Whether an event of that name is a purchase. */
bool jn_study_is_purchase(const char *name, size_t n);

#endif
