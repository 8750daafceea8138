/* What the files of the room `report` share: the measured tables, the findings, the page's text. */
#ifndef JN_REPORT_INTERNAL_H
#define JN_REPORT_INTERNAL_H

#include "base/base.h"
#include "draw/draw.h"
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
  journey_table *groups;  /* conversion of each group of the breakdown, or NULL */
  const journey_map *map; /* the study's, or NULL */
  double confidence;      /* of the intervals */
} jn_report_tables;

journey_status jn_report_measure(journey_study *study, const char *steps, jn_report_tables *out, journey_error *err);
void jn_report_tables_free(jn_report_tables *tables);

/* ---- reading tables; a column that is not there reads as missing ------------------------------------------------- */

double jn_report_number(const journey_table *table, int64_t row, const char *column);
int64_t jn_report_whole(const journey_table *table, int64_t row, const char *column);
const char *jn_report_text(const journey_table *table, int64_t row, const char *column); /* "" when missing */
/* What people call it: the name of the map's element of that kind and id; the id itself where there is none. */
const char *jn_report_name(const journey_map *map, const char *kind, const char *id);

/* ---- findings ---------------------------------------------------------------------------------------------------- */

/* A finding in words, with the number that it rests on. */
typedef struct jn_report_finding {
  double weight; /* the five heaviest are shown */
  char headline[240], detail[480], number[48];
} jn_report_finding;

enum { JN_REPORT_MOST_FINDINGS = 16, JN_REPORT_SHOWN_FINDINGS = 5 };

typedef struct jn_report_findings {
  jn_report_finding list[JN_REPORT_MOST_FINDINGS];
  int count;
} jn_report_findings;

/* The heaviest first. */
void jn_report_find(const jn_report_tables *tables, jn_report_findings *out);
/* Room for one more; at last the least weighty gives way. For the rules in beliefs.c. */
jn_report_finding *jn_report_add(jn_report_findings *findings, double weight);
void jn_report_find_scores(const jn_report_tables *tables, jn_report_findings *out);
void jn_report_find_beliefs(const jn_report_tables *tables, jn_report_findings *out);
void jn_report_find_unseen(const jn_report_tables *tables, jn_report_findings *out);

enum { JN_REPORT_FEW = 20 }; /* fewer customers or answers than this say nothing yet */

/* A name fit to stand in a sentence: one line, no marks that turn the direction of writing, cut when it is long. */
typedef struct jn_report_word {
  char text[100];
} jn_report_word;
jn_report_word jn_report_clean(const char *name);

/* ---- the page ---------------------------------------------------------------------------------------------------- */

/* Appends a table as HTML: at most `rows` rows, numbers as people read them, intervals beside their estimates, columns
 * without any cell left out, names instead of ids where the map has them. */
void jn_report_put_table(jn_base_text *out, const journey_table *table, const journey_map *map, int64_t rows);
void jn_report_put_escaped(jn_base_text *out, const char *s);
void jn_report_put_head(jn_base_text *out, const char *title);

#endif
