/* A heat map of retention: a row for each cohort, a column for each period after. */
#include <math.h>
#include <string.h>

#include "draw/svg.h"

enum { CELL = 26, HEADS = 44, LEFT = 190, MOST_COHORTS = 400, MOST_PERIODS = 60, STEPS = 7 };

typedef struct columns {
  int32_t cohort, size, period, rate, low, high, complete;
} columns;

/* The first group of the table. */
typedef struct extent {
  int64_t rows, cohorts, periods;
  double most; /* greatest rate after the first period */
} extent;

static journey_status find_columns(const journey_table *table, columns *c, journey_error *err) {
  journey_status status = JOURNEY_OK;
  c->cohort = jn_svg_column(table, "cohort", JOURNEY_TYPE_STRING, &status, err);
  c->size = jn_svg_column(table, "size", JOURNEY_TYPE_INT64, &status, err);
  c->period = jn_svg_column(table, "period", JOURNEY_TYPE_INT64, &status, err);
  c->rate = jn_svg_column(table, "rate", JOURNEY_TYPE_FLOAT64, &status, err);
  c->low = jn_svg_column(table, "rate_low", JOURNEY_TYPE_FLOAT64, &status, err);
  c->high = jn_svg_column(table, "rate_high", JOURNEY_TYPE_FLOAT64, &status, err);
  c->complete = jn_svg_column(table, "complete", JOURNEY_TYPE_INT64, &status, err);
  return status;
}

/* Rows come cohort by cohort, in order of time, and the next group begins where the cohorts begin again. */
static extent measure(const journey_table *table, const columns *c) {
  extent e = {0};
  const char *last = "";
  for (; e.rows < journey_table_rows(table); e.rows++) {
    const char *cohort = jn_svg_cell(table, e.rows, c->cohort);
    int64_t period = jn_svg_whole(table, e.rows, c->period);
    if (period == 0) {
      if (strcmp(cohort, last) <= 0 || e.cohorts == MOST_COHORTS) break;
      last = cohort;
      e.cohorts++;
    }
    if (period + 1 > e.periods && period < MOST_PERIODS) e.periods = period + 1;
    if (period > 0) e.most = fmax(e.most, jn_svg_share(table, e.rows, c->rate)); /* fmax passes over NaN */
  }
  return e;
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

/* The first period is 100 % by its nature; the others are told from their greatest. */
static int heat_of(double rate, int64_t period, double most) {
  if (period == 0) return STEPS - 1;
  return rate > 0 ? (int)fmin(1 + (STEPS - 2) * rate / most, STEPS - 2) : 0;
}

static const char *const heats[STEPS] = {"jn-h0", "jn-h1", "jn-h2", "jn-h3", "jn-h4", "jn-h5", "jn-h6"};

static void begin_tip(jn_svg *svg, const journey_table *table, const columns *c, int64_t row) {
  char tip[200];
  jn_draw_word low = jn_draw_percent(jn_svg_share(table, row, c->low));
  jn_draw_word high = jn_draw_percent(jn_svg_share(table, row, c->high));
  jn_draw_format(tip, sizeof tip, "%.60s, period %lld: %s [%s, %s]%s", jn_svg_cell(table, row, c->cohort),
                 (long long)jn_svg_whole(table, row, c->period),
                 jn_draw_percent(jn_svg_share(table, row, c->rate)).text, low.text, high.text,
                 jn_svg_whole(table, row, c->complete) ? "" : "; not over yet");
  jn_svg_tip_begin(svg, tip);
}

/* The stronger the more came back. A period that is not over is framed with dashes, since its number may still grow. */
static void put_cell(jn_svg *svg, const journey_table *table, const columns *c, int64_t row, double x, double y,
                     double width, double most) {
  double rate = jn_svg_share(table, row, c->rate);
  if (isnan(rate)) return;
  int heat = heat_of(rate, jn_svg_whole(table, row, c->period), most);
  jn_draw_word text = jn_draw_fixed(rate * 100, rate > 0 && rate < 0.0995 ? 1 : 0, false);
  begin_tip(svg, table, c, row);
  jn_svg_rect(svg, x + 1, y + 1, width - 2, CELL - 2, 3, heats[heat]);
  if (!jn_svg_whole(table, row, c->complete)) jn_svg_rect(svg, x + 2, y + 2, width - 4, CELL - 4, 3, "jn-open");
  jn_svg_text(svg, x + width / 2, y + 17, 11, JN_SVG_MIDDLE, heat > STEPS - 3 ? "jn-on" : "jn-ink", text.text, width);
  jn_svg_tip_end(svg);
}

static void put_heads(jn_svg *svg, double top, int64_t periods, double width) {
  jn_svg_text(svg, JN_SVG_MARGIN, top + 8, 11.5, JN_SVG_START, "jn-soft",
              "% of the cohort's customers who were active in the period; dashed: not over yet", 620);
  jn_svg_text(svg, JN_SVG_MARGIN, top + 34, 11.5, JN_SVG_START, "jn-soft", "cohort", 60);
  jn_svg_text(svg, LEFT - 14, top + 34, 11.5, JN_SVG_END, "jn-soft", "customers", 90);
  for (int64_t k = 0; k < periods; k++) {
    jn_svg_text(svg, LEFT + ((double)k + 0.5) * width, top + 34, 11.5, JN_SVG_MIDDLE, "jn-soft", jn_draw_count(k).text,
                width);
  }
}

static void put_cohort(jn_svg *svg, const journey_table *table, const columns *c, int64_t row, double y) {
  jn_draw_word size = jn_draw_count(jn_svg_whole(table, row, c->size));
  double used = jn_svg_width("jn-ink", size.text, strlen(size.text), 12), most = LEFT - 14 - JN_SVG_MARGIN;
  jn_svg_text(svg, JN_SVG_MARGIN, y + 17, 12, JN_SVG_START, "jn-ink", jn_svg_cell(table, row, c->cohort),
              most - used - 8);
  jn_svg_text(svg, LEFT - 14, y + 17, 12, JN_SVG_END, "jn-ink", size.text, most);
}

static void put_cells(jn_svg *svg, const journey_table *table, const columns *c, const extent *e, double top,
                      double width) {
  double y = top - CELL;
  for (int64_t row = 0; row < e->rows; row++) {
    int64_t period = jn_svg_whole(table, row, c->period);
    if (period == 0) put_cohort(svg, table, c, row, y += CELL);
    if (period < e->periods) put_cell(svg, table, c, row, LEFT + (double)period * width, y, width, e->most);
  }
}

journey_status journey_draw_retention(const journey_table *table, const journey_draw_options *given,
                                      journey_write write, void *user, journey_error *err) {
  journey_draw_options options;
  columns c;
  jn_svg svg;
  journey_status status = jn_svg_options(given, &options, err);
  if (status == JOURNEY_OK) status = find_columns(table, &c, err);
  if (status != JOURNEY_OK) return status;
  extent e = measure(table, &c);
  double width = options.width ? options.width : JN_SVG_WIDTH, top = jn_svg_top(&options);
  double cell = fmin(fmax((width - LEFT - JN_SVG_MARGIN) / fmax((double)e.periods, 1), 36), 72);
  width = fmax(fmax(width, 660), LEFT + cell * (double)e.periods + JN_SVG_MARGIN);
  jn_svg_begin(&svg, jn_table_context(table), &options, "Retention",
               "A row for each cohort; in each cell the percentage of its customers who were active in that period.",
               width, top + HEADS + (double)(e.cohorts ? e.cohorts : 1) * CELL + 16);
  put_heads(&svg, top, e.periods, cell);
  put_cells(&svg, table, &c, &e, top + HEADS, cell);
  if (e.rows == 0) jn_svg_text(&svg, JN_SVG_MARGIN, top + HEADS + 17, 13, JN_SVG_START, "jn-soft", "no data", 200);
  return jn_svg_end(&svg, write, user, err);
}
