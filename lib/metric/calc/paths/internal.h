/* Private to the calculator `paths`: paths that are changed before they are counted, and the table of distinct ones. */
#ifndef JN_PATHS_INTERNAL_H
#define JN_PATHS_INTERNAL_H

#include "journey_plugin.h"

/* ---- changing a path ---------------------------------------------------------------------------------------------------- */

/* An event of a path that is changed. */
typedef struct jn_paths_event {
  int64_t at;     /* its index in the batch */
  uint32_t code;  /* its name */
  uint32_t times; /* how often the name occurs, when that is said; otherwise 0 */
} jn_paths_event;

/* One change. */
typedef struct jn_paths_transform {
  int32_t kind;
  int64_t n;                  /* of head and tail */
  const journey_steps *steps; /* of without and without_last */
  journey_codes codes;        /* their step codes, of the batch at hand */
} jn_paths_transform;

enum { JN_PATHS_TRANSFORMS = 32 };

/* Changes, one after the other, and the path at hand. Nothing here is the business of `paths` alone. */
typedef struct jn_paths_transforms {
  const journey_host *host;
  jn_paths_transform list[JN_PATHS_TRANSFORMS];
  int32_t count;
  int32_t counted; /* frequency is among them: events say how often their names occur */
  jn_paths_event *event;
  size_t capacity;
  uint32_t *place; /* by name: index + 1 among the events that are kept; all 0 between paths */
} jn_paths_transforms;

/* Reads the text of the option "transform"; with `collapse` that change is made before all others. */
journey_status jn_paths_transforms_init(jn_paths_transforms *t, const journey_host *host, int32_t collapse,
                                        journey_error *err);
void jn_paths_transforms_free(jn_paths_transforms *t);
journey_status jn_paths_transform_batch(jn_paths_transforms *t, const journey_batch *batch, journey_error *err);
/* The events that are left of a path are event[0] to event[*n - 1]. JOURNEY_ENOMEM without a message. */
journey_status jn_paths_transform_path(jn_paths_transforms *t, const journey_batch *batch, int64_t p, int64_t *n);

/* ---- distinct paths ------------------------------------------------------------------------------------------------------ */

/* A distinct path: its bytes lie in jn_paths_table.bytes. */
typedef struct jn_paths_distinct {
  size_t at, size;
  int64_t count;
} jn_paths_distinct;

/* A slot of the hash table: the path's hash, and its index + 1 in `list`; 0: free. */
typedef struct jn_paths_slot {
  uint32_t hash, path;
} jn_paths_slot;

typedef struct jn_paths_table {
  const journey_host *host;
  uint64_t seed;
  jn_paths_distinct *list;
  size_t count, list_capacity;
  uint8_t *bytes;
  size_t used, byte_capacity;
  jn_paths_slot *slot; /* open addressing; a power of two of them, which the lower bits of the hash choose from */
  size_t slots;
} jn_paths_table;

journey_status jn_paths_table_init(jn_paths_table *t, const journey_host *host);
void jn_paths_table_free(jn_paths_table *t);
uint32_t jn_paths_hash(const jn_paths_table *t, const uint8_t *bytes, size_t n);
/* Counts a path `count` times more. JOURNEY_ENOMEM without a message. */
journey_status jn_paths_count(jn_paths_table *t, const uint8_t *bytes, size_t n, uint32_t hash, int64_t count);

/* Fetches what jn_paths_count() will look at first. */
static inline void jn_paths_fetch(const jn_paths_table *t, uint32_t hash) {
  __builtin_prefetch(&t->slot[hash & (t->slots - 1)]);
}

#endif
