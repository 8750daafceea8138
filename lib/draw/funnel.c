/* A funnel: a bar for each step, its share of the step before and of the first with intervals, and the time between. */
#include <math.h>

#include "draw/svg.h"

enum { ROW = 62, LEFT = 200, RIGHT = 230, MOST_STEPS = 64 };

typedef struct columns {
  int32_t step, name, customers, previous, first, first_low, first_high, median;
} columns;

static journey_status find_columns(const journey_table *table, columns *c, journey_error *err) {
  journey_status status = JOURNEY_OK;
  c->step = jn_svg_column(table, "step", JOURNEY_TYPE_INT64, &status, err);
  c->name = jn_svg_column(table, "name", JOURNEY_TYPE_STRING, &status, err);
  c->customers = jn_svg_column(table, "customers", JOURNEY_TYPE_INT64, &status, err);
  c->previous = jn_svg_column(table, "of_previous", JOURNEY_TYPE_FLOAT64, &status, err);
  c->first = jn_svg_column(table, "of_first", JOURNEY_TYPE_FLOAT64, &status, err);
  c->first_low = jn_svg_column(table, "of_first_low", JOURNEY_TYPE_FLOAT64, &status, err);
  c->first_high = jn_svg_column(table, "of_first_high", JOURNEY_TYPE_FLOAT64, &status, err);
  c->median = jn_svg_column(table, "median_seconds", JOURNEY_TYPE_FLOAT64, &status, err);
  return status;
}

/* With a breakdown the table holds several funnels, one after the other: the first is drawn. */
static int64_t count_steps(const journey_table *table, const columns *c) {
  int64_t rows = journey_table_rows(table), n = 0;
  while (n < rows && n < MOST_STEPS && journey_table_int64(table, n, c->step) == n + 1) n++;
  return n;
}

static void put_bar(jn_svg *svg, const journey_table *table, const columns *c, int64_t row, double y, double width) {
  double share = jn_svg_share(table, row, c->first);
  double low = LEFT + width * jn_svg_share(table, row, c->first_low);
  double high = LEFT + width * jn_svg_share(table, row, c->first_high);
  jn_svg_rect(svg, LEFT, y, width, 26, 4, "jn-rest");
  if (isnan(share)) return;
  jn_svg_rect(svg, LEFT, y, width * share, 26, 4, "jn-bar");
  if (row == 0 || isnan(low) || isnan(high)) return;
  jn_svg_line(svg, low, y + 31, high, y + 31, "jn-whisker");
  jn_svg_line(svg, low, y + 28, low, y + 34, "jn-whisker");
  jn_svg_line(svg, high, y + 28, high, y + 34, "jn-whisker");
}

static void put_numbers(jn_svg *svg, const journey_table *table, const columns *c, int64_t row, double x, double y) {
  char text[160];
  double previous = jn_svg_share(table, row, c->previous), first = jn_svg_share(table, row, c->first);
  jn_draw_word median = jn_draw_seconds(journey_table_float64(table, row, c->median));
  jn_draw_word count = jn_draw_count(jn_svg_whole(table, row, c->customers));
  if (isnan(first))
    jn_draw_format(text, sizeof text, "no data");
  else
    jn_draw_format(text, sizeof text, "%s, %s", count.text, jn_draw_percent(first).text);
  jn_svg_text(svg, x, y + 12, 14, JN_SVG_START, "jn-bold", text, RIGHT - 24);
  if (row == 0 || isnan(previous)) return;
  jn_draw_format(text, sizeof text, "%s of the step before", jn_draw_percent(previous).text);
  jn_svg_text(svg, x, y + 28, 11.5, JN_SVG_START, "jn-soft", text, RIGHT - 24);
  if (!*median.text) return;
  jn_draw_format(text, sizeof text, "after %s (median)", median.text);
  jn_svg_text(svg, x, y + 43, 11.5, JN_SVG_START, "jn-soft", text, RIGHT - 24);
}

static void put_step(jn_svg *svg, const journey_table *table, const columns *c, int64_t row, double y, double width) {
  const char *name = jn_svg_cell(table, row, c->name);
  int lines = jn_svg_wrap(NULL, 0, 0, 13, 0, "jn-ink", name, LEFT - 40, 2);
  jn_svg_wrap(svg, LEFT - 14, y + (lines == 1 ? 18 : 10), 13, JN_SVG_END, "jn-ink", name, LEFT - 40, 2);
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
  int64_t steps = count_steps(funnel, &c);
  double width = options.width ? options.width : JN_SVG_WIDTH, bars = fmax(width - LEFT - RIGHT, 100);
  double top = jn_svg_top(&options) + 8;
  jn_draw_format(description, sizeof description,
                 "A bar for each of %lld steps: how many customers reached it. The mark below is the interval.",
                 (long long)steps);
  jn_svg_begin(&svg, jn_table_context(funnel), &options, "Funnel", description, bars + LEFT + RIGHT,
               top + (double)(steps ? steps : 1) * ROW);
  for (int64_t row = 0; row < steps; row++) put_step(&svg, funnel, &c, row, top + (double)row * ROW, bars);
  if (steps == 0) jn_svg_text(&svg, JN_SVG_MARGIN, top + 14, 13, JN_SVG_START, "jn-soft", "no data", width);
  return jn_svg_end(&svg, write, user, err);
}
