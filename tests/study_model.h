/* A model of streams and predicates, slow and plain, to hold the study against: random events, random predicates as
 * text and as a tree, and what they mean for one event. */
#ifndef STUDY_MODEL_H
#define STUDY_MODEL_H

#include <stdbool.h>

#include "journey/map.h"
#include "journey/stream.h"

/* Random numbers; the same for the same seed. */
typedef struct model_random {
  uint64_t state;
} model_random;
uint64_t model_next(model_random *random);
int model_below(model_random *random, int n); /* 0 to n - 1 */

typedef struct model_event {
  int customer; /* its id is "c" and this */
  int name;     /* into model_names */
  int country;  /* into model_countries; -1: missing */
  int zip;      /* into model_zips; -1: missing */
  int64_t time;
  double value, score;   /* NaN: missing */
  int touchpoint, stage; /* index in the map, -1: none; filled by model_map_new() */
} model_event;

typedef struct model {
  model_event *event; /* by customer in the stream's order, then time, then arrival */
  int events, customers;
  int *offset;   /* of the stream's customer c: customers + 1 */
  int *customer; /* the model's number of the stream's customer c */
  journey_stream *stream;
} model;

extern const char *const model_names[8], *const model_countries[7], *const model_zips[5];

/* Random events, n of them, and the stream of them. `times` chooses how wide its times are. */
enum { MODEL_MINUTES, MODEL_YEAR, MODEL_CENTURY, MODEL_TIMES };
void model_new(model *m, journey_context *context, model_random *random, int n, int customers, int times);
void model_free(model *m);

/* ---- predicates -------------------------------------------------------------------------------------------------- */

typedef struct model_tree model_tree;
/* A random predicate; `bound`: it may ask for touchpoint and stage. */
model_tree *model_tree_new(model_random *random, int depth, bool bound);
void model_tree_free(model_tree *tree);
/* Its text, in one of many ways of writing it; the caller frees it. */
char *model_tree_text(const model_tree *tree, model_random *random);
bool model_holds(const model_tree *tree, const model_event *event);
/* Wildcards, tried one by one. */
bool model_like(const char *pattern, const char *s);

/* ---- step patterns ----------------------------------------------------------------------------------------------- */

enum { MODEL_MOST_STEPS = 4, MODEL_MOST_ALTERNATIVES = 3 };

typedef struct model_step {
  int alternatives;
  const char *pattern[MODEL_MOST_ALTERNATIVES]; /* a name, or with wildcards */
  bool wild[MODEL_MOST_ALTERNATIVES];
  model_tree *guard[MODEL_MOST_ALTERNATIVES]; /* or NULL */
} model_step;

void model_step_new(model_step *step, model_random *random, bool bound);
void model_step_free(model_step *step);
char *model_step_text(const model_step *step, model_random *random);
bool model_step_holds(const model_step *step, const model_event *event);

/* ---- maps -------------------------------------------------------------------------------------------------------- */

enum { MODEL_TOUCHPOINTS = 5, MODEL_STAGES = 3, MODEL_PERSONAS = 3 };

typedef struct model_map {
  model_step binding[MODEL_TOUCHPOINTS];
  int stage[MODEL_TOUCHPOINTS]; /* -1: none */
  model_tree *rule[MODEL_PERSONAS];
  journey_map *map;
} model_map;

/* A random map; the events learn their touchpoints and stages. Ids are t0 ..., s0 ..., p0 ... */
void model_map_new(model_map *map, model *m, journey_context *context, model_random *random);
void model_map_free(model_map *map);

#endif
