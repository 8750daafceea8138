/* What the files of the room `report` share: the measured tables, the findings, the page's text. */
#ifndef JN_REPORT_INTERNAL_H
#define JN_REPORT_INTERNAL_H

#include "base/base.h"
#include "map/map.h"
#include "metric/metric.h"
#include "report/report.h"
#include "study/study.h"
#include "table/table.h"

/* What a report measures; a row of the table in measure.c each. */
enum {
  JN_REPORT_SUMMARY,
  JN_REPORT_CONVERSION,
  JN_REPORT_FUNNEL,
  JN_REPORT_TOUCHPOINTS,
  JN_REPORT_STEPS,
  JN_REPORT_RETENTION,
  JN_REPORT_TRANSITIONS,
  JN_REPORT_PATHS,
  JN_REPORT_CSAT,
  JN_REPORT_NPS,
  JN_REPORT_CES,
  JN_REPORT_TABLES
};

typedef struct jn_report_tables {
  journey_table *table[JN_REPORT_TABLES];
  journey_table *groups; /* conversion of each group of the breakdown, or NULL */
} jn_report_tables;

journey_status jn_report_measure(journey_study *study, const char *steps, jn_report_tables *out, journey_error *err);
void jn_report_tables_free(jn_report_tables *tables);

/* A finding in words, with the number that it rests on. */
typedef struct jn_report_finding {
  double weight; /* the five heaviest are shown */
  char headline[200], detail[320], number[48];
} jn_report_finding;

enum { JN_REPORT_MOST_FINDINGS = 16, JN_REPORT_SHOWN_FINDINGS = 5 };

typedef struct jn_report_findings {
  jn_report_finding list[JN_REPORT_MOST_FINDINGS];
  int count;
} jn_report_findings;

/* The heaviest first. `map` may be NULL. */
void jn_report_find(const jn_report_tables *tables, const journey_map *map, jn_report_findings *out);

/* Appends a table as HTML: at most `rows` rows, numbers as people read them. */
void jn_report_put_table(jn_base_text *out, const journey_table *table, int64_t rows);
void jn_report_put_escaped(jn_base_text *out, const char *s);
void jn_report_put_head(jn_base_text *out, const char *title);

#endif
