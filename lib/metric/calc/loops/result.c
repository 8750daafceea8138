/* The table of `loops`. */
#include <string.h>

#include "internal.h"

/* A loop of one event is a repeat, one of two a return. */
static const char *kind_of(const shape *s) {
  static const char *const loop[] = {"", "repeat", "return", "cycle"};
  static const char *const others[KINDS] = {[LONG_LOOP] = "long", [BACK_STEP] = "back_step"};
  return s->kind == LOOP ? loop[s->length < 3 ? s->length : 3] : others[s->kind];
}

static const char *name_of(const loops *l, const shape *s, uint32_t i) {
  uint32_t code = l->codes[s->at + i];
  return s->kind == BACK_STEP && l->steps ? l->steps->name[code] : l->host->events->name[code];
}

/* More frequent first, then by kind, length and names: an order that depends on nothing but the data. */
static int comes_before(const void *state, size_t a, size_t b) {
  const loops *l = state;
  const shape *x = &l->shapes[a], *y = &l->shapes[b];
  if (x->number[COUNT] != y->number[COUNT]) return x->number[COUNT] > y->number[COUNT];
  if (x->kind != y->kind) return x->kind < y->kind;
  if (x->length != y->length) return x->length < y->length;
  int order = 0;
  for (uint32_t i = 0; order == 0 && i < x->length; i++) order = strcmp(name_of(l, x, i), name_of(l, y, i));
  return order ? order < 0 : a < b; /* two steps may have the same text: then in their order */
}

/* ---- text ---------------------------------------------------------------------------------------------------------------- */

typedef struct text {
  char *bytes;
  size_t length, capacity;
} text;

static journey_status add_text(const journey_host *host, text *t, const char *more) {
  size_t n = strlen(more);
  journey_status status = journey_host_grow(host, &t->bytes, &t->capacity, t->length + n + 1, 1);
  if (status != JOURNEY_OK) return status;
  memcpy(t->bytes + t->length, more, n);
  t->length += n;
  return JOURNEY_OK;
}

/* "a > b > a", "a > ... > a", or for a back-step "b > a". */
static journey_status put_shape(const loops *l, journey_table *table, const shape *s, text *t) {
  journey_status status = JOURNEY_OK;
  t->length = 0;
  for (uint32_t i = 0; status == JOURNEY_OK && i < s->length; i++) {
    if (i > 0) status = add_text(l->host, t, " > ");
    if (status == JOURNEY_OK) status = add_text(l->host, t, name_of(l, s, i));
  }
  if (status == JOURNEY_OK && s->kind == LONG_LOOP) status = add_text(l->host, t, " > ...");
  if (status == JOURNEY_OK && s->kind != BACK_STEP) status = add_text(l->host, t, " > ");
  if (status == JOURNEY_OK && s->kind != BACK_STEP) status = add_text(l->host, t, name_of(l, s, 0));
  if (status == JOURNEY_OK) l->host->put_text(l->host, table, t->bytes, t->length);
  return status;
}

/* ---- the table ------------------------------------------------------------------------------------------------------------ */

static void add_columns(const loops *l, journey_table *table) {
  const journey_host *host = l->host;
  host->column(host, table, "kind", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "loop", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "count", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->column(host, table, "median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "before_goal", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "converted_with", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE);
  host->column(host, table, "converted_without", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "difference", JOURNEY_UNIT_SHARE);
  host->note(host, table, "method",
             "share: of all customers, Wilson interval; seconds: lost from being there to being there again");
  host->note(host, table, "difference",
             "converted_without - converted_with, Newcombe interval; with: customers who did it before the goal");
  host->note(host, table, "caution", "an association, not a cause: those who go in circles may differ in other ways, too");
}

static void put_numbers(const loops *l, journey_table *table, const shape *s) {
  const journey_host *host = l->host;
  const int64_t *number = s->number, others = l->customers - number[BEFORE];
  const int64_t theirs = l->converted - number[CONVERTED];
  host->put_int64(host, table, number[COUNT]);
  host->put_int64(host, table, number[CUSTOMERS]);
  host->put_interval(host, table, host->proportion(host, number[CUSTOMERS], l->customers));
  host->put_float64(host, table, host->quantile_int64(host, s->times.item, s->times.count, 0.5) / 1e6);
  host->put_int64(host, table, number[BEFORE]);
  host->put_float64(host, table, host->proportion(host, number[CONVERTED], number[BEFORE]).estimate);
  host->put_float64(host, table, host->proportion(host, theirs, others).estimate);
  host->put_interval(host, table, host->difference(host, theirs, others, number[CONVERTED], number[BEFORE]));
}

static journey_status put_row(const loops *l, journey_table *table, const shape *s, text *t) {
  l->host->put_text(l->host, table, kind_of(s), SIZE_MAX);
  journey_status status = put_shape(l, table, s, t);
  if (status == JOURNEY_OK) put_numbers(l, table, s);
  return status;
}

journey_status jn_loops_finish(void *state, journey_table *table, journey_error *err) {
  loops *l = state;
  const journey_host *host = l->host;
  text t = {0};
  size_t shown = l->count < (uint64_t)l->most ? l->count : (size_t)l->most;
  size_t *order = journey_host_alloc(host, l->count, sizeof *order);
  journey_status status = order ? JOURNEY_OK : JOURNEY_ENOMEM;
  for (size_t i = 0; order && i < l->count; i++) order[i] = i;
  if (order) journey_sort_first(order, l->count, shown, comes_before, l);
  add_columns(l, table);
  for (size_t i = 0; status == JOURNEY_OK && i < shown; i++) status = put_row(l, table, &l->shapes[order[i]], &t);
  if (shown < l->count) host->note(host, table, "not_shown", "less frequent ones; see --most");
  journey_host_free(host, order, l->count, sizeof *order);
  journey_host_free(host, t.bytes, t.capacity, 1);
  return status == JOURNEY_OK ? status : jn_loops_no_memory(l, err);
}
