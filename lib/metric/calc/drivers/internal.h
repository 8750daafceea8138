/* What the files of the calculator `drivers` share: what was counted for each event name and each attribute value. */
#ifndef JN_DRIVERS_INTERNAL_H
#define JN_DRIVERS_INTERNAL_H

#include "journey_plugin.h"

enum { FAILED, CONVERTED, OUTCOMES };
enum { MOST_ATTRIBUTES = 64 };

/* Paths that have it, by outcome. */
typedef struct tally {
  uint64_t path; /* counted last */
  int64_t count[OUTCOMES];
  uint32_t code;
} tally;

/* Those of the codes of a column that were met, in that order, and an index of them. */
typedef struct tallies {
  tally *item;
  size_t count, capacity;
  uint32_t *index;     /* position in `item` + 1, or 0: by code, or a hash table while that is smaller */
  size_t slots, codes; /* codes: how many there are at most */
  uint64_t factor;     /* of the hash: changes no answer, and nobody can foresee it */
} tallies;

/* An attribute whose values are counted: by code, of which 0 is "missing". */
typedef struct attribute {
  const char *name;
  uint32_t index;
  const journey_names *values; /* NULL when joining, and for a numeric one */
  tallies tallies;
} attribute;

/* A value of an attribute from a saved state, whose codes mean nothing here. */
typedef struct loaded {
  uint32_t attribute;
  char *value;
  size_t size; /* with its NUL */
  int64_t count[OUTCOMES];
} loaded;

enum { HOLM, BENJAMINI_HOCHBERG, NO_CORRECTION }; /* as the option's choices */

typedef struct drivers {
  const journey_host *host;
  const journey_steps *goal, *start;
  int64_t window, least, most;
  double least_share;
  int32_t correction;
  int64_t total[OUTCOMES]; /* paths with a start */
  uint64_t path;           /* number of the current one, from 1 */
  tallies events;
  attribute attributes[MOST_ATTRIBUTES];
  uint32_t attribute_count;
  char *text; /* the attributes' names */
  size_t text_size;
  loaded *loaded;
  size_t loaded_count, loaded_capacity;
} drivers;

/* drivers.c */
journey_status jn_drivers_no_memory(const drivers *d, journey_error *err);

/* tallies.c */
void jn_drivers_tallies_init(tallies *t, size_t codes);
void jn_drivers_tallies_free(const journey_host *host, tallies *t);
/* The tally of a code, a new one if need be; NULL without memory. Good until the next call. */
tally *jn_drivers_tally(const journey_host *host, tallies *t, uint32_t code);
journey_status jn_drivers_tallies_merge(const journey_host *host, tallies *to, const tallies *from);

/* count.c */
journey_status jn_drivers_feed(void *state, const journey_batch *batch, journey_error *err);

/* partial.c */
void jn_drivers_free_loaded(drivers *d);
journey_status jn_drivers_merge(void *state, void *other, journey_error *err);
journey_status jn_drivers_save(void *state, journey_saver *saver, journey_error *err);
journey_status jn_drivers_load(void *state, journey_loader *loader, journey_error *err);

/* rank.c */
journey_status jn_drivers_finish(void *state, journey_table *table, journey_error *err);

/* fisher.c: the chance of a table as uneven as this one, or more so, when with and without make no difference.
 * with[o] of total[o] have it. */
double jn_drivers_fisher(const int64_t with[OUTCOMES], const int64_t total[OUTCOMES]);

#endif
