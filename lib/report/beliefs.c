/* Findings on what the map believes and how touchpoints are scored. */
#include <math.h>
#include <string.h>

#include "report/internal.h"

#define SAY(field, ...) jn_draw_format(field, sizeof(field), __VA_ARGS__)

static jn_report_word name_at(const jn_report_tables *t, int64_t row) {
  const char *id = jn_report_text(t->table[JN_REPORT_TOUCHPOINTS], row, "touchpoint");
  return jn_report_clean(jn_report_name(t->map, "touchpoint", id));
}

/* A mean of enough answers on a scale of 1 to 5. */
static bool is_scored(const journey_table *p, int64_t row) {
  double score = jn_report_number(p, row, "score");
  return jn_report_whole(p, row, "scores") >= JN_REPORT_FEW && score >= 1 && score <= 5;
}

/* Below the middle of the scale, interval and all, it weighs the more. */
void jn_report_find_scores(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  int64_t worst = -1, scored = 0;
  for (int64_t row = 0; row < journey_table_rows(p); row++) {
    if (!is_scored(p, row)) continue;
    scored++;
    if (worst < 0 || jn_report_number(p, row, "score") < jn_report_number(p, worst, "score")) worst = row;
  }
  if (worst < 0) return;
  double score = jn_report_number(p, worst, "score"), high = jn_report_number(p, worst, "score_high");
  jn_report_finding *finding = jn_report_add(f, high < 3 ? 95 : 40);
  SAY(finding->headline, "%s is scored %s%s of 5", name_at(t, worst).text, scored > 1 ? "lowest: " : "",
      jn_draw_fixed(score, 1, false).text);
  SAY(finding->number, "%s", jn_draw_fixed(score, 1, false).text);
  SAY(finding->detail, "Mean of %s answers; the interval is %s to %s.",
      jn_draw_count(jn_report_whole(p, worst, "scores")).text,
      jn_draw_fixed(jn_report_number(p, worst, "score_low"), 2, false).text, jn_draw_fixed(high, 2, false).text);
}

/* ---- beliefs ----------------------------------------------------------------------------------------------------- */

static double belief(const jn_report_tables *t, int64_t row) {
  const char *id = jn_report_text(t->table[JN_REPORT_TOUCHPOINTS], row, "touchpoint");
  const journey_element *touchpoint = t->map ? journey_map_find(t->map, "touchpoint", id) : NULL;
  return touchpoint ? journey_element_number(touchpoint, "emotion") : NAN;
}

/* How far a believed emotion lies outside of the measured interval; 0: it does not, or nothing is known. */
static double distance(const jn_report_tables *t, int64_t row) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  double low = jn_report_number(p, row, "score_low") - 3, high = jn_report_number(p, row, "score_high") - 3;
  double believed = is_scored(p, row) ? belief(t, row) : NAN;
  if (isnan(believed) || isnan(low) || isnan(high)) return 0;
  return fmax(fmax(low - believed, believed - high), 0);
}

/* "+1", "-0.5" */
static jn_draw_word belief_word(const jn_report_tables *t, int64_t row) {
  double believed = belief(t, row);
  return jn_draw_fixed(believed, believed != round(believed), true);
}

/* "Phone rating (believed +1, measured -0.3)" */
static void say_others(const jn_report_tables *t, int64_t but, char *out, size_t size) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  for (int64_t row = 0; row < journey_table_rows(p); row++) {
    if (row == but || distance(t, row) == 0) continue;
    size_t used = strlen(out);
    jn_draw_format(out + used, size - used, "%s %s (believed %s, measured %s)",
                   used ? "," : " Also:", name_at(t, row).text, belief_word(t, row).text,
                   jn_draw_fixed(jn_report_number(p, row, "score") - 3, 1, true).text);
  }
}

/* What contradicts the map is the best thing that it can learn. */
void jn_report_find_beliefs(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  char others[240] = "";
  int64_t worst = -1;
  for (int64_t row = 0; t->map && row < journey_table_rows(p); row++) {
    if (distance(t, row) > (worst < 0 ? 0 : distance(t, worst))) worst = row;
  }
  if (worst < 0) return;
  double score = jn_report_number(p, worst, "score") - 3;
  say_others(t, worst, others, sizeof others);
  jn_report_finding *finding = jn_report_add(f, 98);
  SAY(finding->headline, "The map is wrong about %s", name_at(t, worst).text);
  SAY(finding->number, "%s", jn_draw_fixed(score, 1, true).text);
  SAY(finding->detail, "Believed emotion %s; %s answers say %s, with an interval from %s to %s.%s%s",
      belief_word(t, worst).text, jn_draw_count(jn_report_whole(p, worst, "scores")).text,
      jn_draw_fixed(score, 1, true).text, jn_draw_fixed(jn_report_number(p, worst, "score_low") - 3, 1, true).text,
      jn_draw_fixed(jn_report_number(p, worst, "score_high") - 3, 1, true).text, others, *others ? "." : "");
}

/* ---- touchpoints without events ---------------------------------------------------------------------------------- */

static void say_unseen(const jn_report_tables *t, int64_t unseen, int64_t first, jn_report_finding *finding) {
  if (unseen == 1) {
    SAY(finding->headline, "%s is on the map, but no event reached it", name_at(t, first).text);
  } else {
    SAY(finding->headline, "%s touchpoints of the map were reached by no event", jn_draw_count(unseen).text);
  }
  SAY(finding->number, "%s", jn_draw_count(unseen).text);
  SAY(finding->detail, "%s%sEither nobody goes there, or it is not recorded, or the map binds it to the wrong events.",
      unseen > 1 ? name_at(t, first).text : "", unseen > 1 ? " is the first of them. " : "");
}

void jn_report_find_unseen(const jn_report_tables *t, jn_report_findings *f) {
  const journey_table *p = t->table[JN_REPORT_TOUCHPOINTS];
  int64_t unseen = 0, first = -1;
  if (!t->map || jn_report_whole(t->table[JN_REPORT_SUMMARY], 0, "customers") < JN_REPORT_FEW) return;
  for (int64_t row = journey_table_rows(p) - 1; row >= 0; row--) {
    if (jn_report_whole(p, row, "events") == 0) first = row, unseen++;
  }
  if (unseen > 0) say_unseen(t, unseen, first, jn_report_add(f, 65));
}
