/* A step-indexed flow (Sankey diagram): a column of nodes for each position, links as wide as the customers on them.
 * Because the positions are counted, there are no cycles. */
#include <math.h>
#include <string.h>

#include "draw/flow.h"

enum { HEADS = 30, PITCH = 136, LABEL = 120, LAST = 190 };
static const double label_size = 11.5;

static void put_link(jn_svg *svg, const jn_draw_flow *f, const jn_draw_flow_link *l, double pitch) {
  const jn_draw_flow_node *a = &f->node[l->from], *b = &f->node[l->to];
  double width = (double)l->count * f->scale;
  double x1 = JN_SVG_MARGIN + (double)a->level * pitch + JN_DRAW_FLOW_NODE,
         x2 = JN_SVG_MARGIN + (double)b->level * pitch;
  double y1 = a->y + l->leave, y2 = b->y + l->arrive, bend = (x1 + x2) / 2;
  char tip[320];
  jn_draw_format(tip, sizeof tip, "%.100s > %.100s: %s", a->name, b->name, jn_draw_count(l->count).text);
  jn_svg_tip_begin(svg, tip);
  bool outside = jn_draw_flow_is_outside(a->name) || jn_draw_flow_is_outside(b->name);
  jn_svg_path_begin(svg, outside ? "jn-link-exit" : "jn-link");
  jn_svg_data(svg, "M", (double[]){x1, y1}, 2);
  jn_svg_data(svg, "C", (double[]){bend, y1, bend, y2, x2, y2}, 6);
  jn_svg_data(svg, "L", (double[]){x2, y2 + width}, 2);
  jn_svg_data(svg, "C", (double[]){bend, y2 + width, bend, y1 + width, x1, y1 + width}, 6);
  jn_svg_data(svg, "Z", NULL, 0);
  jn_svg_path_end(svg);
  jn_svg_tip_end(svg);
}

/* The number comes last and is never cut: the name makes room for it. */
static void put_label(jn_svg *svg, const jn_draw_flow_node *n, double x, double most) {
  char count[64];
  double middle = fmax(n->y + n->height / 2, n->y + 5) + 4;
  double name = jn_svg_width("jn-label", n->name, strlen(n->name), label_size);
  jn_draw_format(count, sizeof count, " %s", jn_draw_count(n->value).text);
  double number = jn_svg_width("jn-label", count, strlen(count), label_size);
  if (name + number <= most) {
    char both[400];
    jn_draw_format(both, sizeof both, "%s%s", n->name, count);
    jn_svg_text(svg, x, middle, label_size, JN_SVG_START, "jn-label", both, most);
    return;
  }
  jn_svg_text(svg, x, middle, label_size, JN_SVG_START, "jn-label", n->name, most - number);
  jn_svg_text(svg, x + most, middle, label_size, JN_SVG_END, "jn-label", count + 1, number);
}

static void put_node(jn_svg *svg, const jn_draw_flow *f, const jn_draw_flow_node *n, double pitch, double last) {
  double x = JN_SVG_MARGIN + (double)n->level * pitch;
  jn_svg_rect(svg, x, n->y, JN_DRAW_FLOW_NODE, n->height, 2,
              jn_draw_flow_is_muted(n->name) ? "jn-node-exit" : "jn-node");
  put_label(svg, n, x + JN_DRAW_FLOW_NODE + 5,
            n->level + 1 < f->levels ? fmin(pitch - JN_DRAW_FLOW_NODE - 12, LAST) : last);
}

/* Room for the labels of the last column: as much as they need. */
static double last_labels(const jn_draw_flow *f) {
  double most = 60;
  for (size_t i = 0; i < f->nodes; i++) {
    const jn_draw_flow_node *n = &f->node[i];
    jn_draw_word count = jn_draw_count(n->value);
    if (n->level + 1 < f->levels) continue;
    most = fmax(most, jn_svg_width("jn-label", n->name, strlen(n->name), label_size) +
                          jn_svg_width("jn-label", count.text, strlen(count.text), label_size) + 6);
  }
  return fmin(ceil(most), LAST);
}

static void put_heads(jn_svg *svg, const jn_draw_flow *f, double y, double pitch) {
  char text[32];
  for (int64_t level = 0; level < f->levels; level++) {
    int64_t position = f->first + level;
    if (f->first == 1)
      jn_draw_format(text, sizeof text, "event %lld", (long long)position);
    else if (position == 0)
      jn_draw_format(text, sizeof text, "the event");
    else
      jn_draw_format(text, sizeof text, "%lld %s", (long long)(position < 0 ? -position : position),
                     position < 0 ? "before" : "after");
    jn_svg_text(svg, JN_SVG_MARGIN + (double)level * pitch, y, label_size, JN_SVG_START, "jn-soft", text, LABEL);
  }
}

static void draw(jn_svg *svg, const jn_draw_flow *f, const journey_draw_options *options, double top) {
  double width = options->width ? fmax(options->width, 300) : JN_SVG_WIDTH, last = last_labels(f);
  double rest = 2 * JN_SVG_MARGIN + JN_DRAW_FLOW_NODE + 5 + last, between = (double)(f->levels > 1 ? f->levels - 1 : 1);
  double pitch = fmax((width - rest) / between, PITCH);
  if (f->levels == 0)
    jn_svg_begin(svg, f->context, options, "Flow", "There is no data.", width, top + 40);
  else
    jn_svg_begin(svg, f->context, options, "Flow",
                 "A column for each position in the paths; links are as wide as the customers who went that way.",
                 rest + pitch * between, top + HEADS + f->height + 14);
  put_heads(svg, f, top + 14, pitch);
  for (size_t i = 0; i < f->links; i++) put_link(svg, f, &f->link[i], pitch);
  for (size_t i = 0; i < f->nodes; i++) put_node(svg, f, &f->node[i], pitch, last);
  if (f->levels == 0) jn_svg_text(svg, JN_SVG_MARGIN, top + 14, 13, JN_SVG_START, "jn-soft", "no data", width);
}

journey_status journey_draw_flow(const journey_table *steps, const journey_draw_options *given, journey_write write,
                                 void *user, journey_error *err) {
  journey_draw_options options;
  jn_svg svg;
  jn_draw_flow f = {.context = jn_table_context(steps), .table = steps};
  journey_status status = jn_svg_options(given, &options, err);
  f.step = jn_svg_column(steps, "step", JOURNEY_TYPE_INT64, &status, err);
  f.from = jn_svg_column(steps, "from", JOURNEY_TYPE_STRING, &status, err);
  f.to = jn_svg_column(steps, "to", JOURNEY_TYPE_STRING, &status, err);
  f.count = jn_svg_column(steps, "count", JOURNEY_TYPE_INT64, &status, err);
  double top = jn_svg_top(&options);
  if (status == JOURNEY_OK) status = jn_draw_flow_lay_out(&f, top + HEADS, err);
  if (status == JOURNEY_OK) {
    draw(&svg, &f, &options, top);
    status = jn_svg_end(&svg, write, user, err);
  }
  jn_draw_flow_free(&f);
  return status;
}
