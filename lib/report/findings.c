/* Findings: what the tables say, in words, the weightiest first. Each rule looks at one table, and says nothing where
 * there is too little to see. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/internal.h"
#include "time/time.h"

enum { FEW = 20 }; /* fewer customers or answers than this say nothing yet */

static jn_report_finding *add(jn_report_findings *f, double weight) {
  if (f->count == JN_REPORT_MOST_FINDINGS) return NULL;
  jn_report_finding *finding = &f->list[f->count++];
  *finding = (jn_report_finding){.weight = weight};
  return finding;
}

/* ---- reading tables ------------------------------------------------------------------------------------------------------ */

static double number(const journey_table *table, int64_t row, const char *column) {
  return journey_table_float64(table, row, journey_table_find(table, column));
}

static int64_t whole(const journey_table *table, int64_t row, const char *column) {
  return journey_table_int64(table, row, journey_table_find(table, column));
}

static const char *text(const journey_table *table, int64_t row, const char *column) {
  const char *s = journey_table_text(table, row, journey_table_find(table, column), NULL);
  return s ? s : "";
}

static const char *note(const journey_table *table, const char *key) {
  for (int32_t i = 0; i < journey_table_notes(table); i++) {
    const char *value;
    if (strcmp(journey_table_note(table, i, &value), key) == 0) return value;
  }
  return "";
}

/* Names as they are, but no longer than a line. */
#define NAME "%.80s"

/* ---- rules ---------------------------------------------------------------------------------------------------------------- */

static void find_conversion(const jn_report_tables *t, const journey_map *map, jn_report_findings *f) {
  const journey_table *c = t->table[JN_REPORT_CONVERSION];
  double rate = number(c, 0, "rate"), median = number(c, 0, "median_seconds");
  char time[JOURNEY_TIME_SIZE] = "", goal[81];
  (void)map;
  if (isnan(rate)) return;
  snprintf(goal, sizeof goal, "%s", note(c, "goal")); /* "Purchase := *[stage=purchase]" is called Purchase */
  char *pattern = strstr(goal, " := ");
  if (pattern) *pattern = '\0';
  jn_report_finding *finding = add(f, 100);
  snprintf(finding->headline, sizeof finding->headline, "%.1f %% of %lld customers reach %s", rate * 100,
           (long long)whole(c, 0, "visitors"), goal);
  snprintf(finding->number, sizeof finding->number, "%.1f %%", rate * 100);
  if (!isnan(median) && fabs(median) < 1e12) jn_time_duration_short((int64_t)(median * 1e6), time);
  snprintf(finding->detail, sizeof finding->detail,
           "%lld customers; the interval is %.1f %% to %.1f %%.%s%s%s", (long long)whole(c, 0, "converters"),
           number(c, 0, "rate_low") * 100, number(c, 0, "rate_high") * 100, *time ? " Half of them need no more than " : "",
           time, *time ? "." : "");
}

static void find_largest_drop(const jn_report_tables *t, const journey_map *map, jn_report_findings *f) {
  const journey_table *funnel = t->table[JN_REPORT_FUNNEL];
  int64_t worst = -1, most = 0;
  (void)map;
  for (int64_t row = 0; row + 1 < journey_table_rows(funnel); row++) {
    int64_t dropped = whole(funnel, row, "dropped");
    if (dropped > most) most = dropped, worst = row;
  }
  if (worst < 0 || most < FEW) return;
  double share = (double)most / (double)whole(funnel, worst, "customers");
  jn_report_finding *finding = add(f, 90);
  snprintf(finding->headline, sizeof finding->headline, "Most customers are lost between " NAME " and " NAME,
           text(funnel, worst, "name"), text(funnel, worst + 1, "name"));
  snprintf(finding->number, sizeof finding->number, "%lld", (long long)most);
  snprintf(finding->detail, sizeof finding->detail, "%lld of the %lld who got there go no further: %.1f %%.",
           (long long)most, (long long)whole(funnel, worst, "customers"), share * 100);
}

/* Complete cohorts, all together: of their customers, how many came back in the period after the first. */
static void find_return(const jn_report_tables *t, const journey_map *map, jn_report_findings *f) {
  const journey_table *r = t->table[JN_REPORT_RETENTION];
  int64_t size = 0, back = 0;
  (void)map;
  for (int64_t row = 0; row < journey_table_rows(r); row++) {
    if (whole(r, row, "period") != 1 || !whole(r, row, "complete")) continue;
    size += whole(r, row, "size");
    back += whole(r, row, "customers");
  }
  if (size < FEW) return;
  jn_report_finding *finding = add(f, 70);
  snprintf(finding->headline, sizeof finding->headline, "%.1f %% of new customers come back in the week after",
           (double)back / (double)size * 100);
  snprintf(finding->number, sizeof finding->number, "%.1f %%", (double)back / (double)size * 100);
  snprintf(finding->detail, sizeof finding->detail, "%lld of %lld customers whose second week is over.",
           (long long)back, (long long)size);
}

static void find_exit(const jn_report_tables *t, const journey_map *map, jn_report_findings *f) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  int64_t worst = -1;
  (void)map;
  for (int64_t row = 0; row < journey_table_rows(p); row++) {
    if (worst < 0 || number(p, row, "exit") > number(p, worst, "exit")) worst = row;
  }
  if (worst < 0 || !(number(p, worst, "exit") > 0.1) || whole(p, worst, "customers") < FEW) return;
  jn_report_finding *finding = add(f, 60);
  snprintf(finding->headline, sizeof finding->headline, "%.1f %% of all journeys end at " NAME,
           number(p, worst, "exit") * 100, text(p, worst, "touchpoint"));
  snprintf(finding->number, sizeof finding->number, "%.1f %%", number(p, worst, "exit") * 100);
  snprintf(finding->detail, sizeof finding->detail, "%lld customers meet it, %.1f times each on average.",
           (long long)whole(p, worst, "customers"), number(p, worst, "per_customer"));
}

static void find_loop(const jn_report_tables *t, const journey_map *map, jn_report_findings *f) {
  const journey_table *e = t->table[JN_REPORT_TRANSITIONS];
  (void)map;
  for (int64_t row = 0; row < journey_table_rows(e); row++) { /* the most frequent come first */
    if (strcmp(text(e, row, "from"), text(e, row, "to")) != 0) continue;
    if (number(e, row, "share") < 0.1 || whole(e, row, "customers") < FEW) return;
    jn_report_finding *finding = add(f, 50);
    snprintf(finding->headline, sizeof finding->headline, "Customers repeat " NAME " again and again",
             text(e, row, "from"));
    snprintf(finding->number, sizeof finding->number, "%lld", (long long)whole(e, row, "count"));
    snprintf(finding->detail, sizeof finding->detail,
             "%lld customers do it at once again, %lld times in all: %.1f %% of what follows it.",
             (long long)whole(e, row, "customers"), (long long)whole(e, row, "count"), number(e, row, "share") * 100);
    return;
  }
}

static void find_worst_score(const jn_report_tables *t, const journey_map *map, jn_report_findings *f) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  int64_t worst = -1;
  (void)map;
  for (int64_t row = 0; row < journey_table_rows(p); row++) {
    double score = number(p, row, "score");
    if (whole(p, row, "scores") < FEW || !(score >= 1 && score <= 5)) continue;
    if (worst < 0 || score < number(p, worst, "score")) worst = row;
  }
  if (worst < 0) return;
  jn_report_finding *finding = add(f, number(p, worst, "score_high") < 3 ? 95 : 40);
  snprintf(finding->headline, sizeof finding->headline, NAME " is scored lowest: %.1f", text(p, worst, "touchpoint"),
           number(p, worst, "score"));
  snprintf(finding->number, sizeof finding->number, "%.1f", number(p, worst, "score"));
  snprintf(finding->detail, sizeof finding->detail, "Mean of %lld answers; the interval is %.2f to %.2f.",
           (long long)whole(p, worst, "scores"), number(p, worst, "score_low"), number(p, worst, "score_high"));
}

/* A believed emotion that lies outside of the measured interval is the best thing that a map can learn. */
static void find_wrong_belief(const jn_report_tables *t, const journey_map *map, jn_report_findings *f) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  double farthest = 0;
  int64_t worst = -1;
  for (int64_t row = 0; map && row < journey_table_rows(p); row++) {
    const journey_element *touchpoint = journey_map_find(map, "touchpoint", text(p, row, "touchpoint"));
    double believed = touchpoint ? journey_element_number(touchpoint, "emotion") : NAN;
    double low = number(p, row, "score_low") - 3, high = number(p, row, "score_high") - 3;
    if (isnan(believed) || isnan(low) || whole(p, row, "scores") < FEW || number(p, row, "score") > 5) continue;
    double away = fmax(low - believed, believed - high);
    if (away > farthest) farthest = away, worst = row;
  }
  if (worst < 0) return;
  const journey_element *touchpoint = journey_map_find(map, "touchpoint", text(p, worst, "touchpoint"));
  const char *name = journey_element_text(touchpoint, "name");
  jn_report_finding *finding = add(f, 98);
  snprintf(finding->headline, sizeof finding->headline, "The map is wrong about " NAME,
           name ? name : journey_element_id(touchpoint));
  snprintf(finding->number, sizeof finding->number, "%+.1f", number(p, worst, "score") - 3);
  snprintf(finding->detail, sizeof finding->detail,
           "Believed emotion %+.0f; %lld answers say %+.1f, with an interval from %+.2f to %+.2f.",
           journey_element_number(touchpoint, "emotion"), (long long)whole(p, worst, "scores"),
           number(p, worst, "score") - 3, number(p, worst, "score_low") - 3, number(p, worst, "score_high") - 3);
}

static void find_unseen(const jn_report_tables *t, const journey_map *map, jn_report_findings *f) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  int64_t unseen = 0, first = -1;
  for (int64_t row = 0; map && row < journey_table_rows(p); row++) {
    if (whole(p, row, "events") > 0) continue;
    if (first < 0) first = row;
    unseen++;
  }
  if (unseen == 0) return;
  jn_report_finding *finding = add(f, 65);
  if (unseen == 1) {
    snprintf(finding->headline, sizeof finding->headline, NAME " is on the map, but no event reached it",
             text(p, first, "touchpoint"));
  } else {
    snprintf(finding->headline, sizeof finding->headline, "%lld touchpoints of the map were reached by no event",
             (long long)unseen);
  }
  snprintf(finding->number, sizeof finding->number, "%lld", (long long)unseen);
  snprintf(finding->detail, sizeof finding->detail, "Either nobody goes there, or it is not recorded, or the map binds it to the wrong events.");
}

static void find_nps(const jn_report_tables *t, const journey_map *map, jn_report_findings *f) {
  const journey_table *n = t->table[JN_REPORT_NPS];
  (void)map;
  if (whole(n, 0, "n") < FEW) return;
  jn_report_finding *finding = add(f, 55);
  snprintf(finding->headline, sizeof finding->headline, "The net promoter score is %+.0f", number(n, 0, "nps"));
  snprintf(finding->number, sizeof finding->number, "%+.1f", number(n, 0, "nps"));
  snprintf(finding->detail, sizeof finding->detail, "%lld answers; the interval is %+.1f to %+.1f.",
           (long long)whole(n, 0, "n"), number(n, 0, "nps_low"), number(n, 0, "nps_high"));
}

static void find_single(const jn_report_tables *t, const journey_map *map, jn_report_findings *f) {
  const journey_table *s = t->table[JN_REPORT_SUMMARY];
  double share = number(s, 0, "one_event");
  (void)map;
  if (isnan(share) || whole(s, 0, "customers") < FEW) return;
  jn_report_finding *finding = add(f, 20 + share * 50);
  snprintf(finding->headline, sizeof finding->headline, "%.1f %% of customers do one thing and are gone", share * 100);
  snprintf(finding->number, sizeof finding->number, "%.1f %%", share * 100);
  snprintf(finding->detail, sizeof finding->detail, "The median customer has %.0f events.",
           number(s, 0, "median_events"));
}

typedef void (*rule)(const jn_report_tables *, const journey_map *, jn_report_findings *);

static const rule rules[] = {find_conversion, find_largest_drop, find_return,  find_exit, find_loop,
                             find_worst_score, find_wrong_belief, find_unseen, find_nps,  find_single};

void jn_report_find(const jn_report_tables *tables, const journey_map *map, jn_report_findings *out) {
  out->count = 0;
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) rules[i](tables, map, out);
  for (int i = 1; i < out->count; i++) { /* insertion sort: stable, and there are few */
    jn_report_finding moved = out->list[i];
    int k = i;
    for (; k > 0 && out->list[k - 1].weight < moved.weight; k--) out->list[k] = out->list[k - 1];
    out->list[k] = moved;
  }
}
