/* What a report measures. */
#include <string.h>

#include "report/internal.h"

typedef struct measurement {
  const char *metric;
  journey_setting setting[2];
  size_t settings;
} measurement;

static const measurement measurements[JN_REPORT_TABLES] = {
    [JN_REPORT_SUMMARY] = {"summary", {{0}}, 0},
    [JN_REPORT_CONVERSION] = {"conversion", {{0}}, 0},
    [JN_REPORT_FUNNEL] = {"funnel", {{"steps", "auto"}}, 1},
    [JN_REPORT_TOUCHPOINTS] = {"touchpoints", {{0}}, 0},
    [JN_REPORT_STEPS] = {"steps", {{0}}, 0},
    [JN_REPORT_RETENTION] = {"retention", {{0}}, 0},
    [JN_REPORT_TRANSITIONS] = {"transitions", {{0}}, 0},
    [JN_REPORT_PATHS] = {"paths", {{"collapse", "true"}, {"most", "20"}}, 2},
    [JN_REPORT_CSAT] = {"csat", {{"per", "touchpoint"}}, 1},
    [JN_REPORT_NPS] = {"nps", {{0}}, 0},
    [JN_REPORT_CES] = {"ces", {{0}}, 0},
};

/* The same scope without its breakdown: the page tells of all customers first. */
static journey_status plain_study(journey_study *study, journey_study **out, journey_error *err) {
  journey_study_options scope = *jn_study_scope(study);
  if (!jn_study_group_key(study)) {
    *out = journey_study_ref(study);
    return JOURNEY_OK;
  }
  scope.by = NULL;
  journey_stream *stream = (journey_stream *)(uintptr_t)jn_study_stream(study); /* references may be taken on it */
  return journey_study_new(stream, jn_study_map(study), &scope, out, err);
}

static journey_status measure_all(journey_study *study, const char *steps, jn_report_tables *out, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (int i = 0; status == JOURNEY_OK && i < JN_REPORT_TABLES; i++) {
    measurement m = measurements[i];
    if (i == JN_REPORT_FUNNEL && steps) m.setting[0].value = steps;
    status = journey_measure(study, m.metric, m.setting, m.settings, &out->table[i], err);
  }
  return status;
}

journey_status jn_report_measure(journey_study *study, const char *steps, jn_report_tables *out, journey_error *err) {
  journey_study *plain = NULL;
  *out = (jn_report_tables){.map = jn_study_map(study), .confidence = jn_study_scope(study)->confidence};
  journey_status status = plain_study(study, &plain, err);
  if (status == JOURNEY_OK) status = measure_all(plain, steps, out, err);
  if (status == JOURNEY_OK && plain != study) {
    status = journey_measure(study, "conversion", NULL, 0, &out->groups, err);
  }
  journey_study_free(plain);
  if (status != JOURNEY_OK) jn_report_tables_free(out);
  return status;
}

void jn_report_tables_free(jn_report_tables *tables) {
  for (int i = 0; i < JN_REPORT_TABLES; i++) journey_table_free(tables->table[i]);
  journey_table_free(tables->groups);
  *tables = (jn_report_tables){0};
}
