/* A step-indexed flow, laid out: what flow.c draws and layout.c makes. */
#ifndef JN_DRAW_FLOW_H
#define JN_DRAW_FLOW_H

#include "draw/svg.h"

enum { JN_DRAW_FLOW_NODE = 12, JN_DRAW_FLOW_LEVELS = 12 };

/* A name at a position of the paths. */
typedef struct jn_draw_flow_node {
  int64_t level, value, in, out;   /* customers; value is the greater of in and out */
  const char *name;                /* borrowed from the table */
  double y, height, left, arrived; /* pixels; of links that leave and arrive, so far */
} jn_draw_flow_node;

typedef struct jn_draw_flow_link {
  uint32_t from, to; /* nodes */
  int64_t count;
  double leave, arrive; /* pixels from the nodes' upper ends */
} jn_draw_flow_link;

typedef struct jn_draw_flow {
  journey_context *context;
  const journey_table *table;
  int32_t step, from, to, count; /* columns */
  int64_t rows, levels;          /* of the table's first group; columns of nodes */
  int64_t first;                 /* position of the first column of nodes: 1, or 0 or less when the event at 0 is */
  jn_draw_flow_node *node;       /* by level, in each from top to bottom */
  jn_draw_flow_link *link;
  size_t nodes, node_capacity, links, link_capacity;
  double scale, height; /* pixels a customer; of the tallest column */
} jn_draw_flow;

bool jn_draw_flow_is_outside(const char *name); /* "(start)", "(exit)", "(end)" */
bool jn_draw_flow_is_muted(const char *name);   /* those, "(other)" and "(...)" */

/* Reads the table and lays the nodes out below `top`. */
journey_status jn_draw_flow_lay_out(jn_draw_flow *flow, double top, journey_error *err);
void jn_draw_flow_free(jn_draw_flow *flow);

#endif
