/* Plain events to hold the calculators against: random ones, the streams made of them, and what a test asks of the
 * tables that come back. */
#ifndef METRIC_MODEL_H
#define METRIC_MODEL_H

#include <stdbool.h>

#include "journey/metric.h"
#include "study_model.h"

enum { PLAIN_NAMES = 8 };
extern const char *const plain_names[PLAIN_NAMES]; /* the last two are "csat" and "nps" */
extern const char *const plain_channels[3];

typedef struct plain_event {
  int customer; /* its id is "c" and this */
  int name;     /* into plain_names */
  int channel;  /* of the attribute "channel"; -1: missing */
  int64_t time; /* microseconds */
  double value; /* NaN: none */
} plain_event;

/* Events in order of arrival: those of the customers of the first part, then of the second, and so on, mixed within each
 * part; or all of them mixed. */
typedef struct plain_events {
  plain_event *event;
  int count, customers, parts;
} plain_events;

/* What random events are like. */
typedef struct plain_shape {
  int customers, most; /* events of a customer: 1 to most */
  int names;           /* the first so many of plain_names */
  int ticks;           /* times are 0 to ticks - 1 ... */
  int64_t tick;        /* ... times so many microseconds, after `base` */
  int64_t base;
  int parts;
  bool mixed; /* parts arrive mixed: names, and customers, come in another order than part by part */
} plain_shape;

void plain_new(plain_events *events, model_random *random, const plain_shape *shape);
void plain_free(plain_events *events);
/* One customer's events in order of time, ties as they came; returns how many. */
int plain_path(const plain_events *events, int customer, plain_event *path);
/* The stream of one part of the customers; -1: of all. */
journey_stream *plain_stream(const plain_events *events, journey_context *context, int part);
journey_study *plain_study(const plain_events *events, journey_context *context, int part, const journey_map *map,
                           const journey_study_options *scope);

/* ---- measuring ---- */

/* Settings in one text: "steps=a;b, window=1h" is steps "a,b" and window "1h". */
enum { MOST_SETTINGS = 16 };
typedef struct plain_settings {
  char text[1024];
  journey_setting setting[MOST_SETTINGS];
  size_t count;
} plain_settings;
void plain_set(plain_settings *settings, const char *text);

/* The table of a metric, which must come without an error. shards 0: as journey_measure(). */
journey_table *plain_measure(journey_study *study, const char *metric, const char *settings, int shards);
/* Partial states of the studies, joined. */
journey_table *plain_join(journey_context *context, journey_study *const *studies, size_t n, const char *metric,
                          const char *settings);

/* ---- tables ---- */

int64_t plain_int(const journey_table *table, int64_t row, const char *column);  /* the cell must not be missing */
double plain_float(const journey_table *table, int64_t row, const char *column); /* NaN: missing */
const char *plain_text(const journey_table *table, int64_t row, const char *column);
bool plain_missing(const journey_table *table, int64_t row, const char *column);
/* The row with these texts (NULL: any) in the first columns of strings from `column` on; -1: none. */
int64_t plain_find(const journey_table *table, const char *column, const char *text, const char *column2,
                   const char *text2);
/* Fails the test unless both have the same columns, cells and notes. `what` is said. */
void plain_same(const journey_table *a, const journey_table *b, const char *what);

/* Quantile of type 7 in seconds; NaN for none. Sorts. */
double plain_quantile(int64_t *x, int n, double q);

#endif
