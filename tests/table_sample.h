/* What the suites of tables share: tables to write, and a receiver of what is written. */
#ifndef TABLE_SAMPLE_H
#define TABLE_SAMPLE_H

#include <stdbool.h>

#include "journey/table.h"

/* Receives output into a growing block of malloc's. */
typedef struct table_output {
  char *bytes;
  size_t length;
  size_t pieces;      /* calls so far */
  size_t fail_at;     /* the call that fails, from 1; 0: none */
  size_t after_fail;  /* calls after the one that failed */
  journey_status say; /* what the failing call returns */
} table_output;

journey_status table_receive(void *output, const char *bytes, size_t n);
void table_output_free(table_output *output);

/* A context of its own for each test; the test fails if something is wrong. */
journey_context *table_context(void);

/* Three rows with a column of every type and unit; the second row is all missing, the third extreme. */
journey_status table_sample(journey_context *context, journey_table **out);

/* Columns "text", "whole", "real", "time", "duration" and random cells, one in eight missing; strings are mean. */
journey_status table_random(journey_context *context, unsigned seed, int64_t rows, journey_table **out);

/* Ends a table: gives it back finished, or frees it and returns what went wrong. */
journey_status table_finish(journey_table *table, journey_table **out);

#endif
