/* Between scan.c, which chooses for each customer, and group.c, which makes groups of the choices. */
#ifndef JN_STUDY_SCAN_H
#define JN_STUDY_SCAN_H

#include "study/internal.h"

enum { JN_STUDY_BY_NOTHING, JN_STUDY_BY_PERSONA, JN_STUDY_BY_ATTRIBUTE };

/* A choice is a persona's index, or the place in the path of the event that has the attribute; or one of these. */
#define JN_STUDY_NOBODY UINT32_MAX        /* not in scope */
#define JN_STUDY_NOTHING (UINT32_MAX - 1) /* in scope, but no persona fits, no event has it */
#define JN_STUDY_SEVERAL (1u << 30)       /* a flag: other personas fit, too */
#define JN_STUDY_MOST_PLACE (UINT32_MAX - 2)

typedef struct jn_study_scan {
  journey_study *study;
  int by;
  bool selective; /* there is a predicate `customers` */
  jn_study_program customers;
  const jn_study_program *persona;
  uint32_t personas;
  uint32_t attribute; /* of the stream */
  bool last;          /* touch, not first */
  uint32_t *choice;   /* by customer */
} jn_study_scan;

/* Chooses for all customers, on the context's threads; counts those whom several personas fit. */
journey_status jn_study_scan_all(jn_study_scan *scan, int64_t *overlaps, journey_error *err);

#endif
