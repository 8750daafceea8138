/* Tables and maps to be drawn, of any size, with plain and with hostile names. */
#ifndef DRAW_SAMPLE_H
#define DRAW_SAMPLE_H

#include "journey/map.h"
#include "journey/table.h"

typedef const char *(*sample_name)(int i);
const char *sample_plain(int i);   /* "name7"; good until the call after the next but one */
const char *sample_hostile(int i); /* markup, writing from right to left, control characters ... */
enum { SAMPLE_HOSTILE = 12 };

/* Columns as "name:type name:type" with the types i (whole), f (real), s (text). */
#define SAMPLE_FUNNEL                                                                                                  \
  "step:i name:s customers:i of_previous:f of_first:f of_first_low:f of_first_high:f median_seconds:f"
#define SAMPLE_FLOW "step:i from:s to:s count:i"
#define SAMPLE_RETENTION "cohort:s size:i period:i rate:f rate_low:f rate_high:f complete:i"
#define SAMPLE_TOUCHPOINTS "touchpoint:s customers:i reach:f scores:i score:f score_low:f score_high:f"

/* An unfinished table with these columns but the one `without` (NULL: all); the second finishes it. Both give NULL when
 * there is no memory, and so do the tables below. */
journey_table *sample_begin(journey_context *context, const char *name, const char *columns, const char *without);
journey_table *sample_end(journey_table *table);

journey_table *sample_funnel(journey_context *context, int steps, sample_name name);
/* Everybody at a position goes to all names of the next one, in amounts that differ. */
journey_table *sample_flow(journey_context *context, int levels, int names, sample_name name);
journey_table *sample_retention(journey_context *context, int cohorts);
/* Touchpoints "t0" ..., a seventh of them missing, scores for some. */
journey_table *sample_numbers(journey_context *context, int touchpoints);
/* A map; every stage but the last place of (i * 7) % (stages + 1) gets touchpoints, that one has no stage. */
journey_status sample_map(journey_context *context, int personas, int stages, int touchpoints, sample_name name,
                          journey_map **out);

#endif
