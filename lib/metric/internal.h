/* What the files of the room `metric` share: a measurement, its shards, the host behind each state, saved bytes. */
#ifndef JN_METRIC_INTERNAL_H
#define JN_METRIC_INTERNAL_H

#include "base/base.h"
#include "journey/metric.h"
#include "journey_plugin.h"
#include "metric/metric.h"
#include "study/study.h"
#include "time/time.h"

/* ---- names (names.c) ---------------------------------------------------------------------------------------------- */

/* A growing list of distinct names, of a measurement that joins saved states. */
typedef struct jn_metric_list {
  journey_names names;
  jn_base_dictionary *dictionary;
  const char **name;
  size_t capacity;
} jn_metric_list;

journey_status jn_metric_list_new(journey_context *context, jn_metric_list *list, journey_error *err);
void jn_metric_list_free(journey_context *context, jn_metric_list *list);
/* The name's index, new if need be. list->names is right after jn_metric_list_seal(). */
journey_status jn_metric_list_add(jn_metric_list *list, const char *s, size_t n, uint32_t *index, journey_error *err);
journey_status jn_metric_list_seal(journey_context *context, jn_metric_list *list, journey_error *err);

/* ---- options (options.c) ------------------------------------------------------------------------------------------- */

/* An option's value: its text, and what the text says. */
typedef struct jn_metric_value {
  char *text;
  size_t length;
  int64_t integer;            /* INT, FLAG, CHOICE (index), DURATION */
  double number;              /* FLOAT */
  journey_zone *zone;         /* ZONE */
  bool automatic;             /* STEPS and STEP: "auto" was replaced by the study's proposal */
  jn_study_steps *compiled;   /* STEPS and STEP; NULL when joining, which knows their names alone */
  journey_names names;        /* STEPS and STEP */
  const char **joined;        /* what names.name points to, when joining */
} jn_metric_value;

/* ---- a measurement -------------------------------------------------------------------------------------------------- */

enum { JN_METRIC_MOST_OPTIONS = 256, JN_METRIC_MOST_ATTRIBUTES = 64, JN_METRIC_MOST_STEPS = 64 };

/* Steps that a calculator found in a text of its own. */
typedef struct jn_metric_compiled {
  char *text;
  jn_study_steps *steps;
  struct jn_metric_compiled *next;
} jn_metric_compiled;

/* What all states of one call share. Filled before the shards run, read-only while they do. */
typedef struct jn_metric_measurement {
  journey_context *context;
  journey_study *study; /* NULL when joining */
  const journey_calculator *calculator;
  jn_metric_value *value; /* by option */
  const journey_names *events, *touchpoints, *stages;
  const uint16_t *touchpoint_stage;
  double confidence;
  const char *zone; /* of calendars that name none; NULL: UTC */
  journey_zone *zone_handle;
  const char *by;   /* the group column's name, or NULL */
  int64_t first, last; /* scope; first > last: empty */
  uint32_t attributes; /* asked for by the calculator, as stream attribute indices */
  uint32_t attribute[JN_METRIC_MOST_ATTRIBUTES];
  uint32_t needs;      /* JOURNEY_NEED_...: what the calculator always needs, and what it asked for */
  jn_metric_compiled *compiled;
  bool sealed; /* the attributes, needs and compiled steps are all there: cursors exist */
} jn_metric_measurement;

/* A state of a calculator with the host it talks to. */
typedef struct jn_metric_state {
  journey_host host;
  jn_metric_measurement *measurement;
  jn_study_cursor *cursor; /* of the shard that feeds it */
  void *state;             /* the calculator's */
  struct jn_metric_view *views; /* steps it asked for */
  journey_calendar *calendars;  /* calendars it asked for */
} jn_metric_state;

/* host.c */
/* What a calculator's function returned, as a status with a message: a positive number is no failure. */
journey_status jn_metric_checked(const jn_metric_measurement *measurement, journey_status status, journey_error *err);
journey_status jn_metric_state_new(jn_metric_measurement *measurement, jn_study_cursor *cursor, jn_metric_state **out,
                                   journey_error *err);
void jn_metric_state_free(jn_metric_state *state);

/* options.c */
journey_status jn_metric_options_new(jn_metric_measurement *measurement, const journey_setting *settings,
                                     size_t count, journey_error *err);
void jn_metric_options_free(jn_metric_measurement *measurement);
void jn_metric_compiled_free(jn_metric_measurement *measurement);
const jn_metric_value *jn_metric_option(const jn_metric_measurement *measurement, const char *name, int32_t type);

/* baseline.c: the extension with which each group is compared with one of them. */
typedef struct jn_metric_baseline {
  const journey_baseline *extension; /* NULL: groups are not compared */
  uint32_t group;
} jn_metric_baseline;
/* The group that the option names among `names`; with NULL, whether there may be one is all that is looked at. */
journey_status jn_metric_baseline_find(const jn_metric_measurement *measurement, const journey_names *names,
                                       jn_metric_baseline *out, journey_error *err);

/* engine.c: runs a calculator over a study. groups[g] is the state of group g, or NULL when nobody is in it. */
typedef struct jn_metric_groups {
  jn_metric_state **group;
  uint32_t count;
} jn_metric_groups;
journey_status jn_metric_run(jn_metric_measurement *measurement, int64_t shards, jn_metric_groups *out,
                             journey_error *err);
void jn_metric_groups_free(jn_metric_measurement *measurement, jn_metric_groups *groups);
/* Finishes every group into one table. */
journey_status jn_metric_finish(jn_metric_measurement *measurement, jn_metric_groups *groups,
                                const journey_names *group_names, journey_table **out, journey_error *err);
/* A measurement over a study, its options read. */
journey_status jn_metric_open(journey_study *study, const char *metric, const journey_setting *settings, size_t count,
                              jn_metric_measurement *out, journey_error *err);
void jn_metric_close(jn_metric_measurement *measurement);
/* Hands the error of a whole call to its caller, on failure only. */
journey_status jn_metric_report(journey_status status, const journey_error *own, journey_error *err);

/* ---- partial states (partial.c, join.c) ------------------------------------------------------------------------------ */

#define JN_METRIC_STATE_MAGIC "JNPS"
enum { JN_METRIC_STATE_VERSION = 1 };

/* ---- saved bytes (state.c) ------------------------------------------------------------------------------------------ */

struct journey_saver {
  jn_base_text text; /* binary; its status sticks */
};

/* How the codes of a saved state are read as codes of the joined measurement. */
typedef struct jn_metric_codes {
  const uint32_t *event;
  uint32_t events;
  const uint32_t *touchpoint; /* by index, without the + 1 */
  uint32_t touchpoints;
  const uint32_t *stage; /* likewise */
  uint32_t stages;
} jn_metric_codes;

struct journey_loader {
  const uint8_t *bytes;
  size_t size, at;
  const char *wrong; /* the first thing that was wrong, or NULL */
  jn_metric_codes codes;
};

void jn_metric_save_int64(journey_saver *saver, int64_t x);
void jn_metric_save_float64(journey_saver *saver, double x);
void jn_metric_save_bytes(journey_saver *saver, const void *bytes, size_t n);
int64_t jn_metric_load_int64(journey_loader *loader);
int64_t jn_metric_load_range(journey_loader *loader, int64_t minimum, int64_t maximum);
double jn_metric_load_float64(journey_loader *loader);
const char *jn_metric_load_bytes(journey_loader *loader, size_t *n);
journey_status jn_metric_load_status(const journey_loader *loader, journey_error *err);

#endif
