/* A step-indexed flow (Sankey diagram): a column of nodes for each position, links as wide as the customers on them.
 * Because the positions are counted, there are no cycles. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw/svg.h"
#include "table/table.h"

enum { TOP = 76, HEIGHT = 420, NODE = 12, PITCH = 20, MOST_LEVELS = 12, LABEL = 118 };

/* A name at a position. Links leave and arrive from top to bottom, in the order of the table. */
typedef struct node {
  int64_t level, value, in, out;
  const char *name;
  double y, height, left, arrived; /* pixels of links drawn so far */
} node;

typedef struct flow {
  journey_context *context;
  const journey_table *table;
  int32_t step, from, to, count;
  int64_t rows, levels;
  node *nodes;
  size_t count_nodes, capacity;
  double scale, pitch;
} flow;

static bool is_exit(const char *name) { return strcmp(name, "(exit)") == 0; }
static bool is_muted(const char *name) { return is_exit(name) || strcmp(name, "(other)") == 0; }

/* ---- nodes ------------------------------------------------------------------------------------------------------------- */

static node *find_node(flow *f, int64_t level, const char *name) {
  for (size_t i = 0; i < f->count_nodes; i++) {
    if (f->nodes[i].level == level && strcmp(f->nodes[i].name, name) == 0) return &f->nodes[i];
  }
  return NULL;
}

static journey_status add_flow(flow *f, int64_t level, const char *name, int64_t in, int64_t out, journey_error *err) {
  node *found = find_node(f, level, name);
  if (!found) {
    journey_status status = jn_base_grow(f->context, &f->nodes, &f->capacity, f->count_nodes + 1, sizeof *f->nodes, err);
    if (status != JOURNEY_OK) return status;
    found = &f->nodes[f->count_nodes++];
    *found = (node){.level = level, .name = name};
  }
  found->in += in;
  found->out += out;
  found->value = found->in > found->out ? found->in : found->out;
  return JOURNEY_OK;
}

/* Rows of the first group: the steps begin anew with the next one. */
static journey_status make_nodes(flow *f, journey_error *err) {
  journey_status status = JOURNEY_OK;
  int64_t last = 0;
  for (f->rows = 0; status == JOURNEY_OK && f->rows < journey_table_rows(f->table); f->rows++) {
    int64_t step = journey_table_int64(f->table, f->rows, f->step);
    int64_t count = journey_table_int64(f->table, f->rows, f->count);
    if (step < last || step >= MOST_LEVELS) break;
    last = step;
    status = add_flow(f, step - 1, journey_table_text(f->table, f->rows, f->from, NULL), 0, count, err);
    if (status != JOURNEY_OK) break;
    status = add_flow(f, step, journey_table_text(f->table, f->rows, f->to, NULL), count, 0, err);
    if (step + 1 > f->levels) f->levels = step + 1;
  }
  return status;
}

/* Large ones first, then (other), then (exit). */
static int rank(const node *n) { return is_exit(n->name) ? 2 : is_muted(n->name) ? 1 : 0; }

static bool comes_before(const node *a, const node *b) {
  if (a->level != b->level) return a->level < b->level;
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  if (a->value != b->value) return a->value > b->value;
  return strcmp(a->name, b->name) < 0;
}

static void sort_nodes(flow *f) {
  for (size_t i = 1; i < f->count_nodes; i++) {
    node moved = f->nodes[i];
    size_t k = i;
    for (; k > 0 && comes_before(&moved, &f->nodes[k - 1]); k--) f->nodes[k] = f->nodes[k - 1];
    f->nodes[k] = moved;
  }
}

/* ---- layout ------------------------------------------------------------------------------------------------------------- */

/* The largest scale at which every column fits, a label's height being the least that a node takes. */
static double column_height(const flow *f, int64_t level, double scale) {
  double height = 0;
  for (size_t i = 0; i < f->count_nodes; i++) {
    if (f->nodes[i].level == level) height += fmax((double)f->nodes[i].value * scale + 6, PITCH);
  }
  return height;
}

static double lay_out(flow *f) {
  int64_t most = 1;
  double tallest = 0;
  for (int64_t level = 0; level < f->levels; level++) {
    int64_t sum = 0;
    for (size_t i = 0; i < f->count_nodes; i++) sum += f->nodes[i].level == level ? f->nodes[i].value : 0;
    if (sum > most) most = sum;
  }
  f->scale = (double)HEIGHT / (double)most;
  for (int64_t level = 0; level < f->levels; level++) {
    double y = TOP;
    for (size_t i = 0; i < f->count_nodes; i++) {
      node *n = &f->nodes[i];
      if (n->level != level) continue;
      n->y = y;
      n->height = fmax((double)n->value * f->scale, 1.5);
      y += fmax(n->height + 6, PITCH);
    }
    tallest = fmax(tallest, column_height(f, level, f->scale));
  }
  return tallest;
}

/* ---- drawing -------------------------------------------------------------------------------------------------------------- */

static void put_link(jn_svg *svg, flow *f, int64_t row) {
  const char *from = journey_table_text(f->table, row, f->from, NULL), *to = journey_table_text(f->table, row, f->to, NULL);
  int64_t step = journey_table_int64(f->table, row, f->step), count = journey_table_int64(f->table, row, f->count);
  node *a = find_node(f, step - 1, from), *b = find_node(f, step, to);
  double width = (double)count * f->scale, x1 = 24 + (double)(step - 1) * f->pitch + NODE, x2 = 24 + (double)step * f->pitch;
  double y1 = a->y + a->left, y2 = b->y + b->arrived, bend = (x1 + x2) / 2;
  char tip[300];
  a->left += width;
  b->arrived += width;
  snprintf(tip, sizeof tip, "%.100s > %.100s: %lld", from, to, (long long)count);
  jn_svg_path_begin(svg, is_exit(to) ? "jn-link-exit" : "jn-link");
  jn_svg_data(svg, "M", (double[]){x1, y1}, 2);
  jn_svg_data(svg, "C", (double[]){bend, y1, bend, y2, x2, y2}, 6);
  jn_svg_data(svg, "L", (double[]){x2, y2 + width}, 2);
  jn_svg_data(svg, "C", (double[]){bend, y2 + width, bend, y1 + width, x1, y1 + width}, 6);
  jn_svg_data(svg, "Z", NULL, 0);
  jn_svg_path_end(svg, tip);
}

static void put_node(jn_svg *svg, const flow *f, const node *n) {
  char label[200];
  double x = 24 + (double)n->level * f->pitch, middle = n->y + n->height / 2;
  snprintf(label, sizeof label, "%.120s %lld", n->name, (long long)n->value);
  jn_svg_rect(svg, x, n->y, NODE, n->height, 2, is_muted(n->name) ? "jn-node-exit" : "jn-node");
  jn_svg_text(svg, x + NODE + 5, fmax(middle, n->y + 5) + 4, 11.5, JN_SVG_START, is_muted(n->name) ? "jn-soft" : "jn-ink",
              label, f->pitch - NODE - 10 > LABEL ? LABEL : f->pitch - NODE - 10);
}

static void put_heads(jn_svg *svg, const flow *f) {
  char text[32];
  for (int64_t level = 0; level < f->levels; level++) {
    snprintf(text, sizeof text, "event %lld", (long long)level + 1);
    jn_svg_text(svg, 24 + (double)level * f->pitch, TOP - 14, 11.5, JN_SVG_START, "jn-soft", text, f->pitch - 10);
  }
}

journey_status journey_draw_flow(const journey_table *steps, const journey_draw_options *given, journey_write write,
                                 void *user, journey_error *err) {
  journey_draw_options options;
  jn_svg svg;
  flow f = {.context = jn_table_context(steps), .table = steps};
  journey_status status = jn_svg_options(given, &options, err);
  f.step = jn_svg_column(steps, "step", &status, err);
  f.from = jn_svg_column(steps, "from", &status, err);
  f.to = jn_svg_column(steps, "to", &status, err);
  f.count = jn_svg_column(steps, "count", &status, err);
  if (status == JOURNEY_OK) status = make_nodes(&f, err);
  if (status == JOURNEY_OK) {
    sort_nodes(&f);
    double width = options.width ? options.width : 960, tallest = lay_out(&f);
    const char *title = options.title ? options.title : "Flow";
    f.pitch = f.levels > 1 ? (width - 48 - NODE - LABEL) / (double)(f.levels - 1) : width;
    if (f.pitch < 130) f.pitch = 130, width = 48 + NODE + LABEL + 130 * (double)(f.levels - 1);
    jn_svg_begin(&svg, f.context, "flow", width, TOP + tallest + 24, title,
                 "A column for each position in the paths; links are as wide as the customers who went that way.");
    jn_svg_text(&svg, 24, 36, 18, JN_SVG_START, "jn-bold", title, width - 48);
    put_heads(&svg, &f);
    for (int64_t row = 0; row < f.rows; row++) put_link(&svg, &f, row);
    for (size_t i = 0; i < f.count_nodes; i++) put_node(&svg, &f, &f.nodes[i]);
    if (f.rows == 0) jn_svg_text(&svg, 24, TOP + 12, 13, JN_SVG_START, "jn-soft", "no data", width - 48);
    status = jn_svg_end(&svg, write, user, err);
  }
  jn_base_free(f.context, f.nodes, f.capacity, sizeof *f.nodes);
  return status;
}
