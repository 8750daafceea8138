/* The layout of a flow: nodes in columns, the largest on top, links in the order of the nodes at their other ends, so
 * that they cross as little as that order allows. */
#include <math.h>
#include <string.h>

#include "draw/flow.h"

/* A node is at least as high as its label. More nodes than MOST are no picture. */
enum { HEIGHT = 420, PITCH = 21, SPACE = 6, MOST = 1000 };

bool jn_draw_flow_is_outside(const char *name) {
  return strcmp(name, "(exit)") == 0 || strcmp(name, "(end)") == 0 || strcmp(name, "(start)") == 0;
}

bool jn_draw_flow_is_muted(const char *name) {
  return jn_draw_flow_is_outside(name) || strcmp(name, "(other)") == 0 || strcmp(name, "(...)") == 0;
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static jn_draw_flow_node *find_node(const jn_draw_flow *f, int64_t level, const char *name) {
  for (size_t i = 0; i < f->nodes; i++) {
    if (f->node[i].level == level && strcmp(f->node[i].name, name) == 0) return &f->node[i];
  }
  return NULL;
}

static journey_status add_flow(jn_draw_flow *f, int64_t level, const char *name, int64_t in, int64_t out,
                               journey_error *err) {
  jn_draw_flow_node *found = find_node(f, level, name);
  if (!found) {
    if (f->nodes == MOST) return jn_base_fail(err, JOURNEY_ELIMIT, "a flow of more than %d nodes is no picture", MOST);
    journey_status status = jn_base_grow(f->context, &f->node, &f->node_capacity, f->nodes + 1, sizeof *f->node, err);
    if (status != JOURNEY_OK) return status;
    found = &f->node[f->nodes++];
    *found = (jn_draw_flow_node){.level = level, .name = name};
  }
  found->in = jn_base_add_clamped(found->in, in);
  found->out = jn_base_add_clamped(found->out, out);
  found->value = found->in > found->out ? found->in : found->out;
  return JOURNEY_OK;
}

/* Steps are counted from 1, or up to an event at 0. A step that no flow has ends it, as it is below all others. */
static int64_t step_of(const jn_draw_flow *f, int64_t row) {
  int64_t step = journey_table_is_null(f->table, row, f->step) ? -MOST : journey_table_int64(f->table, row, f->step);
  return step < -MOST || step > MOST ? -MOST : step;
}

/* Told from the first row's step. */
static int64_t level_of(const jn_draw_flow *f, int64_t row) { return step_of(f, row) - f->first; }

/* Rows of the first group: with the next one the steps begin anew. */
static journey_status make_nodes(jn_draw_flow *f, journey_error *err) {
  journey_status status = JOURNEY_OK;
  int64_t last = 0;
  f->first = journey_table_rows(f->table) > 0 ? step_of(f, 0) : 1;
  if (f->first > 1 || f->first == -MOST) f->first = 1;
  for (f->rows = 0; f->rows < journey_table_rows(f->table); f->rows++) {
    int64_t level = level_of(f, f->rows), count = jn_svg_whole(f->table, f->rows, f->count);
    if (level < last || level + 1 >= JN_DRAW_FLOW_LEVELS) break;
    last = level;
    status = add_flow(f, level, jn_svg_cell(f->table, f->rows, f->from), 0, count, err);
    if (status == JOURNEY_OK) status = add_flow(f, level + 1, jn_svg_cell(f->table, f->rows, f->to), count, 0, err);
    if (status != JOURNEY_OK) return status;
    if (level + 2 > f->levels) f->levels = level + 2;
  }
  return JOURNEY_OK;
}

/* Large ones first, then (other) and (...), then what is outside of the paths. */
static int rank(const jn_draw_flow_node *n) {
  return jn_draw_flow_is_outside(n->name) ? 2 : jn_draw_flow_is_muted(n->name);
}

static bool comes_before(const jn_draw_flow_node *a, const jn_draw_flow_node *b) {
  if (a->level != b->level) return a->level < b->level;
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  if (a->value != b->value) return a->value > b->value;
  return strcmp(a->name, b->name) < 0;
}

static void sort_nodes(jn_draw_flow *f) {
  for (size_t i = 1; i < f->nodes; i++) {
    jn_draw_flow_node moved = f->node[i];
    size_t k = i;
    for (; k > 0 && comes_before(&moved, &f->node[k - 1]); k--) f->node[k] = f->node[k - 1];
    f->node[k] = moved;
  }
}

static void place_nodes(jn_draw_flow *f, double top) {
  int64_t sum[JN_DRAW_FLOW_LEVELS] = {0}, most = 1;
  double y[JN_DRAW_FLOW_LEVELS];
  for (size_t i = 0; i < f->nodes; i++) {
    int64_t *of = &sum[f->node[i].level];
    *of = jn_base_add_clamped(*of, f->node[i].value);
    if (*of > most) most = *of;
  }
  f->scale = HEIGHT / (double)most;
  for (int i = 0; i < JN_DRAW_FLOW_LEVELS; i++) y[i] = top;
  for (size_t i = 0; i < f->nodes; i++) {
    jn_draw_flow_node *n = &f->node[i];
    n->y = y[n->level];
    n->height = fmax((double)n->value * f->scale, 1.5);
    y[n->level] += fmax(n->height + SPACE, PITCH);
    f->height = fmax(f->height, y[n->level] - top);
  }
}

/* ---- links ------------------------------------------------------------------------------------------------------- */

static journey_status make_links(jn_draw_flow *f, journey_error *err) {
  journey_status status = jn_base_grow(f->context, &f->link, &f->link_capacity, (size_t)f->rows, sizeof *f->link, err);
  for (int64_t row = 0; status == JOURNEY_OK && row < f->rows; row++) {
    int64_t level = level_of(f, row);
    f->link[f->links++] = (jn_draw_flow_link){
        .from = (uint32_t)(find_node(f, level, jn_svg_cell(f->table, row, f->from)) - f->node),
        .to = (uint32_t)(find_node(f, level + 1, jn_svg_cell(f->table, row, f->to)) - f->node),
        .count = jn_svg_whole(f->table, row, f->count),
    };
  }
  return status;
}

/* Link numbers ordered by the node at one end; links of one node stay in the order of `before`. */
static void order_links(const jn_draw_flow *f, bool by_from, const uint32_t *before, uint32_t *after) {
  uint32_t begin[MOST + 1] = {0};
  for (size_t i = 0; i < f->links; i++) begin[(by_from ? f->link[i].from : f->link[i].to) + 1]++;
  for (int i = 0; i < MOST; i++) begin[i + 1] += begin[i];
  for (size_t i = 0; i < f->links; i++) {
    const jn_draw_flow_link *l = &f->link[before[i]];
    after[begin[by_from ? l->from : l->to]++] = before[i];
  }
}

static journey_status place_links(jn_draw_flow *f, journey_error *err) {
  uint32_t *a = jn_base_alloc(f->context, f->links, sizeof *a), *b = jn_base_alloc(f->context, f->links, sizeof *b);
  for (uint32_t i = 0; a && i < f->links; i++) a[i] = i;
  if (a && b) {
    order_links(f, false, a, b);
    order_links(f, true, b, a);
    for (size_t i = 0; i < f->links; i++) {
      jn_draw_flow_link *l = &f->link[a[i]];
      l->leave = f->node[l->from].left;
      f->node[l->from].left += (double)l->count * f->scale;
    }
    order_links(f, false, a, b);
    for (size_t i = 0; i < f->links; i++) {
      jn_draw_flow_link *l = &f->link[b[i]];
      l->arrive = f->node[l->to].arrived;
      f->node[l->to].arrived += (double)l->count * f->scale;
    }
  }
  journey_status status = a && b ? JOURNEY_OK : jn_base_no_memory(err);
  jn_base_free(f->context, a, f->links, sizeof *a);
  jn_base_free(f->context, b, f->links, sizeof *b);
  return status;
}

journey_status jn_draw_flow_lay_out(jn_draw_flow *f, double top, journey_error *err) {
  journey_status status = make_nodes(f, err);
  if (status != JOURNEY_OK) return status;
  sort_nodes(f);
  place_nodes(f, top);
  status = make_links(f, err);
  return status == JOURNEY_OK ? place_links(f, err) : status;
}

void jn_draw_flow_free(jn_draw_flow *f) {
  jn_base_free(f->context, f->node, f->node_capacity, sizeof *f->node);
  jn_base_free(f->context, f->link, f->link_capacity, sizeof *f->link);
}
