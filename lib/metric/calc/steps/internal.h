/* What the files of `steps` and `step_matrix` share: the view, which takes out of each path a window of numbered
 * positions with a node at each; tables of counts; and the log of windows that must be kept as they are. */
#ifndef JN_STEPS_INTERNAL_H
#define JN_STEPS_INTERNAL_H

#include "journey_plugin.h"

enum { JN_STEPS_MOST_DEPTH = 100, JN_STEPS_MOST_SLOTS = 2 * JN_STEPS_MOST_DEPTH + 1 };

/* A node is the code of an event name, or after those a label of --group, or after those, from view.names on, one of
 * these, which are no names. */
enum { JN_STEPS_EXIT, JN_STEPS_END, JN_STEPS_START, JN_STEPS_MIDDLE, JN_STEPS_OTHER, JN_STEPS_SPECIALS };

#define JN_STEPS_LEFT_OUT UINT32_MAX /* the node of an event that --without leaves out */

/* ---- view.c: which part of a path is looked at ------------------------------------------------------------------- */

/* A slot is a position counted from 0: slot s of the view is position view.first + s. A window fills the slots `low` to
 * `high`; if low > 0 the path begins there, and if high is not the last slot the path ends there. */
typedef struct jn_steps_window {
  int32_t low, high;
  uint32_t node[JN_STEPS_MOST_SLOTS];
  int64_t event[JN_STEPS_MOST_SLOTS]; /* index into the batch: the event at whose time the node was reached */
} jn_steps_window;

/* Patterns that options give. */
enum { JN_STEPS_FROM, JN_STEPS_TO, JN_STEPS_AROUND, JN_STEPS_WITHOUT, JN_STEPS_GROUP, JN_STEPS_PATTERNS };

typedef struct jn_steps_view {
  const journey_host *host;
  const journey_steps *pattern[JN_STEPS_PATTERNS]; /* NULL: not asked for */
  journey_codes code[JN_STEPS_PATTERNS];           /* of the batch */
  uint32_t *label;    /* by step of --group: its node */
  const char **title; /* of the nodes from `events` to `names` */
  uint32_t events, names;
  int32_t first, slots, collapse, latest;
  /* By event code when all patterns are decided by names, otherwise by event of the path, from `base` on. */
  uint32_t *node;
  uint8_t *is; /* bit p: satisfies pattern p */
  size_t node_capacity, is_capacity;
  int32_t by_name, known; /* known: by_name, and all is filled in */
  int64_t base;
} jn_steps_view;

/* All members are as jn_steps_view_free() wants them even when this fails. least: fewest positions. */
journey_status jn_steps_view_new(jn_steps_view *view, const journey_host *host, int32_t least, journey_error *err);
void jn_steps_view_free(jn_steps_view *view);
journey_status jn_steps_view_open(jn_steps_view *view, const journey_batch *batch, journey_error *err);
/* JOURNEY_OK with window->high < 0 for a path that is left out. */
journey_status jn_steps_view_take(jn_steps_view *view, const journey_batch *batch, int64_t p, jn_steps_window *window);
const char *jn_steps_view_name(const jn_steps_view *view, uint32_t node);
/* By name; nodes of one name, as an event may be called "(exit)", have an order, too. */
int jn_steps_view_compare(const jn_steps_view *view, uint32_t a, uint32_t b);
/* What follows a window that does not reach the last slot. */
static inline uint32_t jn_steps_view_ending(const jn_steps_view *view) {
  return view->names + (view->pattern[JN_STEPS_FROM] && view->pattern[JN_STEPS_TO] ? JN_STEPS_END : JN_STEPS_EXIT);
}
void jn_steps_save_node(const jn_steps_view *view, journey_saver *saver, uint32_t node);
uint32_t jn_steps_load_node(const jn_steps_view *view, journey_loader *loader);

/* ---- table.c: counts --------------------------------------------------------------------------------------------- */

/* An edge from node `from` at slot `level` to node `to` at the next one; or a node at a slot, with `to` 0. */
typedef struct jn_steps_entry {
  uint32_t level, from, to;
  uint32_t last; /* the customer counted last, from 1 on */
  int64_t count, customers;
} jn_steps_entry;

/* `cell` is all counts of a small table in a plain array, which is what makes counting fast: NULL until a state has
 * seen as many paths as it has cells. */
typedef struct jn_steps_table {
  const journey_host *host;
  jn_steps_entry *entry;
  size_t count, capacity;
  uint32_t *slot; /* open addressing: index + 1 into entry; the number of slots is a power of two, unless ... */
  size_t slots;
  int32_t direct; /* ... every possible entry has a slot of its own */
  int64_t *cell; /* [level][from][to] */
  uint32_t levels, nodes, targets;
  int64_t paths; /* seen */
} jn_steps_table;

/* A table of what one answer has, which may take more memory than one of many states. */
jn_steps_table jn_steps_table_direct(const journey_host *host, uint32_t levels, uint32_t nodes, uint32_t targets);
void jn_steps_table_free(jn_steps_table *table);
/* Before a batch of so many paths. */
journey_status jn_steps_table_prepare(jn_steps_table *table, int64_t paths);
/* The entry, made if need be; NULL without memory. Good until the next one is made. */
jn_steps_entry *jn_steps_table_at(jn_steps_table *table, uint32_t level, uint32_t from, uint32_t to);
/* NULL when there is none. */
jn_steps_entry *jn_steps_table_find(const jn_steps_table *table, uint32_t level, uint32_t from, uint32_t to);
journey_status jn_steps_table_count(jn_steps_table *table, uint32_t level, uint32_t from, uint32_t to, int64_t count);
/* Turns all cells into entries. */
journey_status jn_steps_table_flush(jn_steps_table *table);
journey_status jn_steps_table_merge(jn_steps_table *table, jn_steps_table *other);
void jn_steps_table_save(const jn_steps_table *table, const jn_steps_view *view, journey_saver *saver);
journey_status jn_steps_table_load(jn_steps_table *table, const jn_steps_view *view, journey_loader *loader,
                                   journey_error *err);

static inline journey_status jn_steps_table_add(jn_steps_table *table, uint32_t level, uint32_t from, uint32_t to) {
  if (!table->cell) return jn_steps_table_count(table, level, from, to, 1);
  table->cell[((size_t)level * table->nodes + from) * table->targets + to]++;
  return JOURNEY_OK;
}

/* ---- log.c: windows kept as they are ----------------------------------------------------------------------------- */

/* Nodes and times of all windows lie one after the other; a window of n nodes has n - 1 times. */
typedef struct jn_steps_row {
  uint16_t low, count;
  uint16_t again; /* the window before is of the same customer */
} jn_steps_row;

typedef struct jn_steps_log {
  const journey_host *host;
  int32_t timed;
  jn_steps_row *row;
  uint32_t *node;
  int64_t *time; /* microseconds from a node to the next */
  size_t rows, row_capacity, nodes, node_capacity, times, time_capacity;
} jn_steps_log;

void jn_steps_log_free(jn_steps_log *log);
journey_status jn_steps_log_add(jn_steps_log *log, const jn_steps_window *window, const journey_batch *batch,
                                int32_t again);
journey_status jn_steps_log_merge(jn_steps_log *log, jn_steps_log *other);
void jn_steps_log_save(const jn_steps_log *log, const jn_steps_view *view, journey_saver *saver);
journey_status jn_steps_log_load(jn_steps_log *log, const jn_steps_view *view, journey_loader *loader,
                                 journey_error *err);

/* ---- the calculators --------------------------------------------------------------------------------------------- */

typedef struct jn_steps_state {
  const journey_host *host;
  jn_steps_view view;
  jn_steps_table edges; /* of windows that need not be kept */
  jn_steps_log log;     /* of the others: of customers with several paths, and all of them for times or `least` */
  jn_steps_window window;
  int64_t top, least;
  int64_t customer, logged; /* of the path fed last, and of the window kept last; -1: none */
} jn_steps_state;

/* result.c */
journey_status jn_steps_finish(void *state, journey_table *table, journey_error *err);

/* Both calculators' options, in one table of which each takes its part. */
enum { JN_STEPS_OPTIONS = 11, JN_STEPS_MATRIX_OPTIONS = 9 };
extern const journey_option jn_steps_options[];

#endif
