/* A heat map of retention: a row for each cohort, a column for each period after. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw/svg.h"
#include "table/table.h"

enum { CELL = 26, TOP = 84, LEFT = 190, MOST_COHORTS = 400, MOST_PERIODS = 60 };

typedef struct columns {
  int32_t cohort, size, period, rate, low, high, complete;
} columns;

static journey_status find_columns(const journey_table *table, columns *c, journey_error *err) {
  journey_status status = JOURNEY_OK;
  c->cohort = jn_svg_column(table, "cohort", &status, err);
  c->size = jn_svg_column(table, "size", &status, err);
  c->period = jn_svg_column(table, "period", &status, err);
  c->rate = jn_svg_column(table, "rate", &status, err);
  c->low = jn_svg_column(table, "rate_low", &status, err);
  c->high = jn_svg_column(table, "rate_high", &status, err);
  c->complete = jn_svg_column(table, "complete", &status, err);
  return status;
}

/* How many cohorts and periods the first group of the table has: rows come cohort by cohort, in order of time, and the
 * next group begins where the cohorts begin again. */
static void measure(const journey_table *table, const columns *c, int64_t *rows, int64_t *cohorts, int64_t *periods) {
  const char *last = "";
  *cohorts = *periods = 0;
  for (*rows = 0; *rows < journey_table_rows(table); ++*rows) {
    const char *cohort = journey_table_text(table, *rows, c->cohort, NULL);
    int64_t period = journey_table_int64(table, *rows, c->period);
    if (period == 0) {
      if (strcmp(cohort, last) <= 0 || *cohorts == MOST_COHORTS) break;
      last = cohort;
      ++*cohorts;
    }
    if (period + 1 > *periods && period < MOST_PERIODS) *periods = period + 1;
  }
}

static void put_tip(jn_svg *svg, const journey_table *table, const columns *c, int64_t row) {
  char tip[200];
  int n = snprintf(tip, sizeof tip, "%s, period %lld: %.1f %% [%.1f, %.1f]",
                   journey_table_text(table, row, c->cohort, NULL),
                   (long long)journey_table_int64(table, row, c->period), journey_table_float64(table, row, c->rate) * 100,
                   journey_table_float64(table, row, c->low) * 100, journey_table_float64(table, row, c->high) * 100);
  jn_svg_tip_begin(svg, tip, n < (int)sizeof tip ? (size_t)n : sizeof tip - 1);
}

/* The darker the more came back. A period that is not over is framed with dashes, since its number may still grow. */
static void put_cell(jn_svg *svg, const journey_table *table, const columns *c, int64_t row, double x, double y,
                     double width) {
  char text[16];
  double rate = journey_table_float64(table, row, c->rate);
  bool complete = journey_table_int64(table, row, c->complete) != 0;
  if (isnan(rate)) return;
  put_tip(svg, table, c, row);
  double strength = sqrt(rate); /* small rates are most of what there is to see */
  jn_svg_shade(svg, x + 1, y + 1, width - 2, CELL - 2, 3, "jn-cell", 0.04 + 0.9 * strength);
  if (!complete) jn_svg_rect(svg, x + 2, y + 2, width - 4, CELL - 4, 3, "jn-open");
  snprintf(text, sizeof text, rate > 0 && rate < 0.0995 ? "%.1f" : "%.0f", rate * 100);
  jn_svg_text(svg, x + width / 2, y + 17, 11, JN_SVG_MIDDLE, strength > 0.6 ? "jn-on" : "jn-ink", text, width);
  jn_svg_tip_end(svg);
}

static void put_heads(jn_svg *svg, int64_t periods, double width) {
  char text[24];
  jn_svg_text(svg, 24, TOP - 10, 11.5, JN_SVG_START, "jn-soft", "cohort", 90);
  jn_svg_text(svg, LEFT - 14, TOP - 10, 11.5, JN_SVG_END, "jn-soft", "customers", 90);
  for (int64_t k = 0; k < periods; k++) {
    snprintf(text, sizeof text, "%lld", (long long)k);
    jn_svg_text(svg, LEFT + ((double)k + 0.5) * width, TOP - 10, 11.5, JN_SVG_MIDDLE, "jn-soft", text, width);
  }
}

static void put_cohort_name(jn_svg *svg, const journey_table *table, const columns *c, int64_t row, double y) {
  char text[24];
  snprintf(text, sizeof text, "%lld", (long long)journey_table_int64(table, row, c->size));
  jn_svg_text(svg, 24, y + 17, 12, JN_SVG_START, "jn-ink", journey_table_text(table, row, c->cohort, NULL), 92);
  jn_svg_text(svg, LEFT - 14, y + 17, 12, JN_SVG_END, "jn-soft", text, 60);
}

journey_status journey_draw_retention(const journey_table *table, const journey_draw_options *given,
                                      journey_write write, void *user, journey_error *err) {
  journey_draw_options options;
  columns c;
  jn_svg svg;
  int64_t rows, cohorts, periods;
  journey_status status = jn_svg_options(given, &options, err);
  if (status == JOURNEY_OK) status = find_columns(table, &c, err);
  if (status != JOURNEY_OK) return status;
  measure(table, &c, &rows, &cohorts, &periods);
  double width = options.width ? options.width : 960, cell = periods ? (width - LEFT - 24) / (double)periods : 60;
  if (cell < 36) cell = 36;
  if (cell > 72) cell = 72;
  if (LEFT + cell * (double)periods + 24 > width) width = LEFT + cell * (double)periods + 24;
  const char *title = options.title ? options.title : "Retention";
  jn_svg_begin(&svg, jn_table_context(table), "retention", width, TOP + (double)cohorts * CELL + 40, title,
               "A row for each cohort; in each cell the percentage of its customers who were active in that period.");
  jn_svg_text(&svg, 24, 36, 18, JN_SVG_START, "jn-bold", title, width - 48);
  jn_svg_text(&svg, 24, 56, 11.5, JN_SVG_START, "jn-soft",
              "% of the cohort's customers active in the period; dashed: not over yet", width - 48);
  put_heads(&svg, periods, cell);
  double y = TOP - CELL;
  for (int64_t row = 0; row < rows; row++) {
    int64_t period = journey_table_int64(table, row, c.period);
    if (period == 0) put_cohort_name(&svg, table, &c, row, y += CELL);
    if (period < periods) put_cell(&svg, table, &c, row, LEFT + (double)period * cell, y, cell);
  }
  if (rows == 0) jn_svg_text(&svg, 24, TOP + 12, 13, JN_SVG_START, "jn-soft", "no data", width - 48);
  return jn_svg_end(&svg, write, user, err);
}
