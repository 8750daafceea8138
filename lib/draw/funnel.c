/* A funnel: a bar for each step, its share of the step before and of the first with intervals, and the time between. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw/svg.h"
#include "table/table.h"
#include "time/time.h"

enum { ROW = 62, TOP = 64, LEFT = 200, RIGHT = 230, MOST_STEPS = 64 };

typedef struct columns {
  int32_t name, customers, previous, previous_low, previous_high, first, first_low, first_high, median;
} columns;

static journey_status find_columns(const journey_table *table, columns *c, journey_error *err) {
  journey_status status = JOURNEY_OK;
  c->name = jn_svg_column(table, "name", &status, err);
  c->customers = jn_svg_column(table, "customers", &status, err);
  c->previous = jn_svg_column(table, "of_previous", &status, err);
  c->previous_low = jn_svg_column(table, "of_previous_low", &status, err);
  c->previous_high = jn_svg_column(table, "of_previous_high", &status, err);
  c->first = jn_svg_column(table, "of_first", &status, err);
  c->first_low = jn_svg_column(table, "of_first_low", &status, err);
  c->first_high = jn_svg_column(table, "of_first_high", &status, err);
  c->median = jn_svg_column(table, "median_seconds", &status, err);
  return status;
}

/* With a breakdown the table holds several funnels, one after the other: the first is drawn. */
static int64_t count_steps(const journey_table *table) {
  int32_t step = journey_table_find(table, "step");
  int64_t rows = journey_table_rows(table), n = 0;
  while (n < rows && n < MOST_STEPS && (step < 0 || journey_table_int64(table, n, step) == n + 1)) n++;
  return n;
}

static void put_bar(jn_svg *svg, const journey_table *table, const columns *c, int64_t row, double y, double width) {
  double share = journey_table_float64(table, row, c->first);
  double low = journey_table_float64(table, row, c->first_low), high = journey_table_float64(table, row, c->first_high);
  jn_svg_rect(svg, LEFT, y, width, 26, 4, "jn-rest");
  if (isnan(share)) return;
  jn_svg_rect(svg, LEFT, y, width * share, 26, 4, "jn-bar");
  if (row == 0 || isnan(low)) return;
  jn_svg_line(svg, LEFT + width * low, y + 31, LEFT + width * high, y + 31, "jn-whisker");
  jn_svg_line(svg, LEFT + width * low, y + 28, LEFT + width * low, y + 34, "jn-whisker");
  jn_svg_line(svg, LEFT + width * high, y + 28, LEFT + width * high, y + 34, "jn-whisker");
}

static void put_numbers(jn_svg *svg, const journey_table *table, const columns *c, int64_t row, double x, double y) {
  char text[160], time[JOURNEY_TIME_SIZE];
  double previous = journey_table_float64(table, row, c->previous), first = journey_table_float64(table, row, c->first);
  double median = journey_table_float64(table, row, c->median);
  if (isnan(first)) snprintf(text, sizeof text, "no data");
  else snprintf(text, sizeof text, "%lld, %.1f %%", (long long)journey_table_int64(table, row, c->customers), first * 100);
  jn_svg_text(svg, x, y + 12, 14, JN_SVG_START, "jn-bold", text, RIGHT - 24);
  if (row == 0 || isnan(previous)) return;
  snprintf(text, sizeof text, "%.1f %% of the step before", previous * 100);
  jn_svg_text(svg, x, y + 28, 11.5, JN_SVG_START, "jn-soft", text, RIGHT - 24);
  if (isnan(median) || fabs(median) > 1e12) return;
  jn_time_duration_short((int64_t)(median * 1e6), time);
  snprintf(text, sizeof text, "after %s (median)", time);
  jn_svg_text(svg, x, y + 43, 11.5, JN_SVG_START, "jn-soft", text, RIGHT - 24);
}

static void put_step(jn_svg *svg, const journey_table *table, const columns *c, int64_t row, double width) {
  const char *name = journey_table_text(table, row, c->name, NULL);
  double y = TOP + (double)row * ROW;
  int lines = jn_svg_wrap(NULL, 0, 0, 13, 0, "", name ? name : "", LEFT - 40, 2);
  jn_svg_wrap(svg, LEFT - 14, y + (lines == 1 ? 18 : 10), 13, JN_SVG_END, "jn-ink", name ? name : "", LEFT - 40, 2);
  put_bar(svg, table, c, row, y, width);
  put_numbers(svg, table, c, row, LEFT + width + 14, y);
}

journey_status journey_draw_funnel(const journey_table *funnel, const journey_draw_options *given, journey_write write,
                                   void *user, journey_error *err) {
  journey_draw_options options;
  columns c;
  jn_svg svg;
  char description[200];
  journey_status status = jn_svg_options(given, &options, err);
  if (status == JOURNEY_OK) status = find_columns(funnel, &c, err);
  if (status != JOURNEY_OK) return status;
  int64_t steps = count_steps(funnel);
  double width = options.width ? options.width : 960, bars = width - LEFT - RIGHT;
  if (bars < 100) bars = 100, width = bars + LEFT + RIGHT;
  snprintf(description, sizeof description, "A bar for each of %lld steps: how many customers reached it.",
           (long long)steps);
  const char *title = options.title ? options.title : "Funnel";
  jn_svg_begin(&svg, jn_table_context(funnel), "funnel", width, TOP + (double)steps * ROW + 16, title, description);
  jn_svg_text(&svg, 24, 36, 18, JN_SVG_START, "jn-bold", title, width - 48);
  for (int64_t row = 0; row < steps; row++) put_step(&svg, funnel, &c, row, bars);
  if (steps == 0) jn_svg_text(&svg, 24, TOP + 8, 13, JN_SVG_START, "jn-soft", "no data", width - 48);
  return jn_svg_end(&svg, write, user, err);
}
