/* For the suites of the room `time`: TZif files made to order. */
#ifndef TZIF_HELP_H
#define TZIF_HELP_H

#include <stddef.h>
#include <stdint.h>

#include "time/time.h"

/* A file of version 1 or 2 with the changes `at` to types `type`, of which type i has the offset `offset[i]`. */
typedef struct test_tzif {
  int version;
  size_t times, types;
  int64_t at[64];
  uint8_t type[64];
  int32_t offset[8];
  const char *footer; /* version 2; without newlines */
} test_tzif;

/* Writes the file, at most 2048 bytes, and returns its size. */
size_t test_tzif_write(const test_tzif *file, unsigned char *bytes);
/* A zone out of it, or NULL and *status. */
journey_zone *test_tzif_zone(journey_context *context, const test_tzif *file, journey_status *status);
/* A zone of a POSIX rule only, or NULL. */
journey_zone *test_rule_zone(journey_context *context, const char *rule);

#endif
