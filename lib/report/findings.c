/* Findings: what the tables say, in words, the weightiest first. Each rule looks at one table, and says nothing where
 * there is too little to see. */
#include <math.h>
#include <string.h>

#include "journey/stat.h"
#include "report/internal.h"

#define SAY(field, ...) jn_draw_format(field, sizeof(field), __VA_ARGS__)

jn_report_finding *jn_report_add(jn_report_findings *f, double weight) {
  jn_report_finding *finding = &f->list[f->count < JN_REPORT_MOST_FINDINGS ? f->count++ : f->count - 1];
  *finding = (jn_report_finding){.weight = weight};
  return finding;
}

/* "95 %" */
static jn_draw_word level(const jn_report_tables *t) {
  jn_draw_word word;
  double percent = t->confidence * 100;
  SAY(word.text, "%s %%", jn_draw_fixed(percent, percent == round(percent) ? 0 : 1, false).text);
  return word;
}

static const char *note(const journey_table *table, const char *key) {
  for (int32_t i = 0; i < journey_table_notes(table); i++) {
    const char *value;
    if (strcmp(journey_table_note(table, i, &value), key) == 0) return value;
  }
  return "";
}

/* "Purchase := *[stage=purchase]" is called Purchase. */
static jn_report_word goal_of(const jn_report_tables *t) {
  char goal[100];
  SAY(goal, "%s", note(t->table[JN_REPORT_CONVERSION], "goal"));
  char *pattern = strstr(goal, " := ");
  if (pattern) *pattern = '\0';
  return jn_report_clean(goal);
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

static void find_nothing(const jn_report_tables *t, jn_report_findings *f) {
  if (jn_report_whole(t->table[JN_REPORT_SUMMARY], 0, "events") > 0) return;
  jn_report_finding *finding = jn_report_add(f, 200);
  SAY(finding->headline, "There are no events");
  SAY(finding->number, "0");
  SAY(finding->detail, "Nothing could be measured: the source is empty, or filters and period leave nothing of it.");
}

static void find_conversion(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *c = t->table[JN_REPORT_CONVERSION];
  double rate = jn_report_number(c, 0, "rate");
  int64_t visitors = jn_report_whole(c, 0, "visitors");
  jn_draw_word median = jn_draw_seconds(jn_report_number(c, 0, "median_seconds"));
  if (isnan(rate) || visitors < JN_REPORT_FEW) return;
  jn_report_finding *finding = jn_report_add(f, 100);
  SAY(finding->headline, "%s of %s customers reach %s", jn_draw_percent(rate).text, jn_draw_count(visitors).text,
      goal_of(t).text);
  SAY(finding->number, "%s", jn_draw_percent(rate).text);
  SAY(finding->detail, "%s customers; the %s interval is %s to %s.%s%s%s",
      jn_draw_count(jn_report_whole(c, 0, "converters")).text, level(t).text,
      jn_draw_percent(jn_report_number(c, 0, "rate_low")).text,
      jn_draw_percent(jn_report_number(c, 0, "rate_high")).text, *median.text ? " Half of them need no more than " : "",
      median.text, *median.text ? "." : "");
}

/* Intervals widened for the number of groups, so that among many groups chance alone seldom finds two that differ. */
static journey_interval group_interval(const journey_table *g, int64_t row, double confidence) {
  journey_interval interval = {0};
  double level_each = 1 - (1 - confidence) / (double)journey_table_rows(g);
  journey_stat_wilson(jn_report_whole(g, row, "converters"), jn_report_whole(g, row, "visitors"), level_each, &interval,
                      NULL);
  return interval;
}

static void find_groups(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *g = t->groups;
  int64_t best = -1, worst = -1;
  for (int64_t row = 0; g && row < journey_table_rows(g); row++) {
    double rate = jn_report_number(g, row, "rate");
    if (isnan(rate) || jn_report_whole(g, row, "visitors") < JN_REPORT_FEW) continue;
    if (best < 0 || rate > jn_report_number(g, best, "rate")) best = row;
    if (worst < 0 || rate < jn_report_number(g, worst, "rate")) worst = row;
  }
  if (best == worst) return;
  if (group_interval(g, best, t->confidence).low <= group_interval(g, worst, t->confidence).high) return;
  const char *key = journey_table_column_name(g, 0);
  jn_report_word most = jn_report_clean(jn_report_name(t->map, key, jn_report_text(g, best, key)));
  jn_report_word least = jn_report_clean(jn_report_name(t->map, key, jn_report_text(g, worst, key)));
  double high = jn_report_number(g, best, "rate"), low = jn_report_number(g, worst, "rate");
  jn_report_finding *finding = jn_report_add(f, 96);
  SAY(finding->headline, "%s is reached more often by %s than by %s", goal_of(t).text, most.text, least.text);
  SAY(finding->number, "%s pp", jn_draw_fixed((high - low) * 100, 1, true).text);
  SAY(finding->detail, "%s of %s customers against %s of %s; the difference is greater than chance would make it.",
      jn_draw_percent(high).text, jn_draw_count(jn_report_whole(g, best, "visitors")).text, jn_draw_percent(low).text,
      jn_draw_count(jn_report_whole(g, worst, "visitors")).text);
}

static void find_largest_drop(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *funnel = t->table[JN_REPORT_FUNNEL];
  int64_t worst = -1, most = 0;
  for (int64_t row = 0; row + 1 < journey_table_rows(funnel); row++) {
    int64_t dropped = jn_report_whole(funnel, row, "dropped");
    if (dropped > most) most = dropped, worst = row;
  }
  if (worst < 0 || most < JN_REPORT_FEW) return;
  int64_t customers = jn_report_whole(funnel, worst, "customers");
  jn_report_finding *finding = jn_report_add(f, 90);
  SAY(finding->headline, "Most customers are lost between %s and %s",
      jn_report_clean(jn_report_text(funnel, worst, "name")).text,
      jn_report_clean(jn_report_text(funnel, worst + 1, "name")).text);
  SAY(finding->number, "%s", jn_draw_count(most).text);
  SAY(finding->detail, "%s of the %s who got there go no further: %s.", jn_draw_count(most).text,
      jn_draw_count(customers).text, jn_draw_percent((double)most / (double)customers).text);
}

/* Complete cohorts, all together: of their customers, how many came back in the calendar week after their first. */
static void find_return(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *r = t->table[JN_REPORT_RETENTION];
  journey_interval interval;
  int64_t size = 0, back = 0;
  for (int64_t row = 0; row < journey_table_rows(r); row++) {
    if (jn_report_whole(r, row, "period") != 1 || !jn_report_whole(r, row, "complete")) continue;
    size += jn_report_whole(r, row, "size");
    back += jn_report_whole(r, row, "customers");
  }
  if (size < JN_REPORT_FEW || journey_stat_wilson(back, size, t->confidence, &interval, NULL) != JOURNEY_OK) return;
  jn_draw_word share = jn_draw_percent((double)back / (double)size);
  jn_report_finding *finding = jn_report_add(f, 70);
  SAY(finding->headline, "%s of new customers come back in the week after", share.text);
  SAY(finding->number, "%s", share.text);
  SAY(finding->detail, "%s of %s customers whose second calendar week is over; the %s interval is %s to %s.",
      jn_draw_count(back).text, jn_draw_count(size).text, level(t).text, jn_draw_percent(interval.low).text,
      jn_draw_percent(interval.high).text);
}

/* Who ends at the goal is not lost. */
static bool is_goal(const jn_report_tables *t, int64_t row) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  jn_report_word goal = goal_of(t);
  const char *stage = jn_report_name(t->map, "stage", jn_report_text(p, row, "stage"));
  return strcmp(jn_report_clean(jn_report_text(p, row, "touchpoint")).text, goal.text) == 0 ||
         (*stage && strcmp(jn_report_clean(stage).text, goal.text) == 0);
}

static void find_exit(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  int64_t worst = -1;
  for (int64_t row = 0; row < journey_table_rows(p); row++) {
    if (is_goal(t, row)) continue;
    if (worst < 0 || jn_report_number(p, row, "exit") > jn_report_number(p, worst, "exit")) worst = row;
  }
  if (worst < 0 || !(jn_report_number(p, worst, "exit") > 0.1)) return;
  if (jn_report_whole(p, worst, "customers") < JN_REPORT_FEW) return;
  jn_draw_word share = jn_draw_percent(jn_report_number(p, worst, "exit"));
  jn_report_finding *finding = jn_report_add(f, 60);
  SAY(finding->headline, "%s of all journeys end at %s", share.text,
      jn_report_clean(jn_report_name(t->map, "touchpoint", jn_report_text(p, worst, "touchpoint"))).text);
  SAY(finding->number, "%s", share.text);
  SAY(finding->detail, "%s customers meet it, %s times each on average.",
      jn_draw_count(jn_report_whole(p, worst, "customers")).text,
      jn_draw_fixed(jn_report_number(p, worst, "per_customer"), 1, false).text);
}

/* The transitions are those of event names, the most frequent first. */
static void find_loop(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *e = t->table[JN_REPORT_TRANSITIONS];
  int64_t row = 0, rows = journey_table_rows(e);
  while (row < rows && strcmp(jn_report_text(e, row, "from"), jn_report_text(e, row, "to")) != 0) row++;
  if (row == rows) return;
  double share = jn_report_number(e, row, "share");
  if (!(share >= 0.1) || jn_report_whole(e, row, "customers") < JN_REPORT_FEW) return;
  jn_draw_word count = jn_draw_count(jn_report_whole(e, row, "count"));
  jn_report_finding *finding = jn_report_add(f, 50);
  SAY(finding->headline, "Customers repeat %s at once", jn_report_clean(jn_report_text(e, row, "from")).text);
  SAY(finding->number, "%s", count.text);
  SAY(finding->detail, "%s customers do it again without anything in between, %s times in all: %s of what follows it.",
      jn_draw_count(jn_report_whole(e, row, "customers")).text, count.text, jn_draw_percent(share).text);
}

static void find_nps(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *n = t->table[JN_REPORT_NPS];
  if (journey_table_rows(n) == 0 || jn_report_whole(n, 0, "n") < JN_REPORT_FEW) return;
  jn_draw_word nps = jn_draw_fixed(jn_report_number(n, 0, "nps"), 1, true);
  jn_report_finding *finding = jn_report_add(f, 55);
  SAY(finding->headline, "The net promoter score is %s", nps.text);
  SAY(finding->number, "%s", nps.text);
  SAY(finding->detail, "%s answers; the %s interval is %s to %s.", jn_draw_count(jn_report_whole(n, 0, "n")).text,
      level(t).text, jn_draw_fixed(jn_report_number(n, 0, "nps_low"), 1, true).text,
      jn_draw_fixed(jn_report_number(n, 0, "nps_high"), 1, true).text);
}

static void find_single(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *s = t->table[JN_REPORT_SUMMARY];
  double share = jn_report_number(s, 0, "one_event");
  if (isnan(share) || jn_report_whole(s, 0, "customers") < JN_REPORT_FEW) return;
  jn_report_finding *finding = jn_report_add(f, 20 + share * 50);
  SAY(finding->headline, "%s of customers leave after a single event", jn_draw_percent(share).text);
  SAY(finding->number, "%s", jn_draw_percent(share).text);
  double median = jn_report_number(s, 0, "median_events");
  jn_draw_word events = jn_draw_fixed(median, median != round(median), false);
  SAY(finding->detail, "The median customer has %s events.", events.text);
}

typedef void (*rule)(const jn_report_tables *, jn_report_findings *);

static const rule rules[] = {find_nothing,
                             find_conversion,
                             find_groups,
                             find_largest_drop,
                             find_return,
                             find_exit,
                             find_loop,
                             find_nps,
                             find_single,
                             jn_report_find_scores,
                             jn_report_find_beliefs,
                             jn_report_find_unseen};

void jn_report_find(const jn_report_tables *tables, jn_report_findings *out) {
  out->count = 0;
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) rules[i](tables, out);
  for (int i = 1; i < out->count; i++) { /* insertion sort: stable, and there are few */
    jn_report_finding moved = out->list[i];
    int k = i;
    for (; k > 0 && out->list[k - 1].weight < moved.weight; k--) out->list[k] = out->list[k - 1];
    out->list[k] = moved;
  }
}
