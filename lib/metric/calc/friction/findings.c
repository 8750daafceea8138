/* The result: what was found at each place, ranked by the conversions lost. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const char *const kind_names[KINDS] = {[BACK_STEP] = "back_step", [ERROR_EXIT] = "error_exit", [LOOP] = "loop",
                                              [REPEAT] = "repeat", [WAIT] = "wait", [DROP_OFF] = "drop_off"};

typedef struct finding {
  uint32_t kind, from, to;
  int64_t reached, reached_converted, customers, customers_converted, times;
  journey_interval difference;
  double lost; /* NaN when nobody can be compared */
} finding;

typedef struct findings {
  const friction *f;
  finding *item;
  size_t count, capacity;
  int64_t left_out;
} findings;

/* ---- finding ----------------------------------------------------------------------------------------------------- */

static int64_t at_most(int64_t x, int64_t most) { return x < most ? x : most; }

/* A saved state may say that more were hit than came there: nothing is counted that cannot be. */
static void compare(const journey_host *host, finding *made, const int64_t reached[2], const int64_t hit[2]) {
  int64_t lucky = at_most(reached[1], INT64_MAX / 2), others = at_most(reached[0], INT64_MAX / 2);
  made->reached = lucky + others;
  made->reached_converted = lucky;
  made->customers_converted = at_most(hit[1], lucky);
  made->customers = made->customers_converted + at_most(hit[0], others);
  made->difference =
      host->difference(host, lucky - made->customers_converted, made->reached - made->customers,
                       made->customers_converted, made->customers);
  made->lost = made->difference.estimate * (double)made->customers;
}

static journey_status add_finding(findings *all, finding made, const int64_t reached[2], const int64_t hit[2]) {
  const journey_host *host = all->f->host;
  compare(host, &made, reached, hit);
  if (made.customers < all->f->least) {
    all->left_out += made.customers > 0;
    return JOURNEY_OK;
  }
  journey_status status = journey_host_grow(host, &all->item, &all->capacity, all->count + 1, sizeof *all->item);
  if (status == JOURNEY_OK) all->item[all->count++] = made;
  return status;
}

/* Of a transition's gaps, which are longer than so many times their median? */
static journey_status find_waits(const friction *f, const place *p, int64_t hit[2], int64_t *times) {
  size_t n = p->gaps.count;
  int64_t *gap = journey_host_alloc(f->host, n, sizeof *gap);
  if (!gap) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < n; i++) gap[i] = p->gaps.item[i] >> GAP_SHIFT;
  double usual = f->host->quantile_int64(f->host, gap, n, 0.5);
  journey_host_free(f->host, gap, n, sizeof *gap);
  hit[0] = hit[1] = *times = 0;
  for (size_t i = 0; i < n; i++) {
    int64_t packed = p->gaps.item[i], length = packed >> GAP_SHIFT;
    if (length <= f->wait_least || !((double)length > f->waits * usual)) continue;
    *times += 1;
    if (packed & GAP_LONGEST) hit[packed & GAP_CONVERTED]++;
  }
  return JOURNEY_OK;
}

static journey_status add_place(findings *all, const place *p) {
  const friction *f = all->f;
  finding made = {.kind = p->kind, .from = p->from, .to = p->to, .times = p->times};
  int64_t hit[2] = {p->hit[0], p->hit[1]};
  journey_status status = p->kind == WAIT ? find_waits(f, p, hit, &made.times) : JOURNEY_OK;
  if (status != JOURNEY_OK) return status;
  return add_finding(all, made, p->kind == BACK_STEP ? f->visited[p->from] : p->reached, hit);
}

/* Who got through most of the steps, no further, and did not convert. */
static journey_status add_drop_offs(findings *all) {
  const friction *f = all->f;
  int64_t reached[2] = {0, 0};
  journey_status status = JOURNEY_OK;
  for (uint32_t level = f->steps->count; status == JOURNEY_OK && level > f->late * f->steps->count; level--) {
    const int64_t hit[2] = {f->level[level][0], 0};
    reached[0] = journey_add_counts(reached[0], f->level[level][0]);
    reached[1] = journey_add_counts(reached[1], f->level[level][1]);
    finding made = {.kind = DROP_OFF, .from = level - 1, .to = level - 1, .times = hit[0]};
    status = add_finding(all, made, reached, hit);
  }
  return status;
}

/* ---- ranking ----------------------------------------------------------------------------------------------------- */

static const char *name_of(const friction *f, const finding *one, uint32_t end) {
  int is_step = one->kind == BACK_STEP || one->kind == DROP_OFF;
  return is_step ? f->steps->name[end] : f->host->events->name[end];
}

/* Most lost first, what cannot be compared last; ties by kind and names. Steps may have one name: then by number. */
static int comes_before(const void *state, size_t i, size_t k) {
  const findings *all = state;
  const finding *a = &all->item[i], *b = &all->item[k];
  int no_a = a->lost != a->lost, no_b = b->lost != b->lost;
  if (no_a != no_b) return no_b;
  if (!no_a && a->lost != b->lost) return a->lost > b->lost;
  int order = strcmp(kind_names[a->kind], kind_names[b->kind]);
  if (order == 0) order = strcmp(name_of(all->f, a, a->from), name_of(all->f, b, b->from));
  if (order == 0) order = strcmp(name_of(all->f, a, a->to), name_of(all->f, b, b->to));
  if (order != 0) return order < 0;
  return a->from != b->from ? a->from < b->from : a->to < b->to;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "kind", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "place", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "reached", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "count", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->column(host, table, "converted_with", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE);
  host->column(host, table, "converted_without", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "difference", JOURNEY_UNIT_SHARE);
  host->column(host, table, "lost", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  host->note(host, table, "method", "share: customers / reached, Wilson interval; difference: converted_without - "
                                    "converted_with, Newcombe interval; lost: difference * customers");
  host->note(host, table, "comparable", "those who came to the same place before they converted, and did not meet the "
                                        "friction there");
  host->note(host, table, "caution", "an association, not a cause: those who struggle may differ in other ways, too");
}

/* "a" or "a > b": `text` has room for it. */
static void put_place(const friction *f, journey_table *table, const finding *one, char *text) {
  const char *from = name_of(f, one, one->from), *to = name_of(f, one, one->to);
  size_t n = strlen(from);
  if (one->kind == DROP_OFF || one->kind == ERROR_EXIT || one->kind == REPEAT) {
    f->host->put_text(f->host, table, from, n);
    return;
  }
  memcpy(text, from, n);
  memcpy(text + n, " > ", 3);
  memcpy(text + n + 3, to, strlen(to));
  f->host->put_text(f->host, table, text, n + 3 + strlen(to));
}

static double rate_of(int64_t count, int64_t n) { return n ? (double)count / (double)n : __builtin_nan(""); }

static void put_finding(const friction *f, journey_table *table, const finding *one, char *text) {
  const journey_host *host = f->host;
  host->put_text(host, table, kind_names[one->kind], SIZE_MAX);
  put_place(f, table, one, text);
  host->put_int64(host, table, one->reached);
  host->put_int64(host, table, one->customers);
  host->put_int64(host, table, one->times);
  host->put_interval(host, table, host->proportion(host, one->customers, one->reached));
  host->put_float64(host, table, rate_of(one->customers_converted, one->customers));
  host->put_float64(host, table,
                    rate_of(one->reached_converted - one->customers_converted, one->reached - one->customers));
  host->put_interval(host, table, one->difference);
  host->put_float64(host, table, one->lost);
}

/* Room for the longest place that is shown. */
static size_t longest_place(const findings *all, const size_t *order, size_t shown) {
  size_t longest = 0;
  for (size_t i = 0; i < shown; i++) {
    const finding *one = &all->item[order[i]];
    size_t n = strlen(name_of(all->f, one, one->from)) + 3 + strlen(name_of(all->f, one, one->to));
    if (n > longest) longest = n;
  }
  return longest;
}

static void note_rest(const findings *all, journey_table *table, size_t shown) {
  const journey_host *host = all->f->host;
  char note[64];
  if (all->left_out > 0) {
    snprintf(note, sizeof note, "%lld that fewer customers met than --least asks", (long long)all->left_out);
    host->note(host, table, "left_out", note);
  }
  if (shown < all->count) {
    snprintf(note, sizeof note, "%zu more, which lost less; see --most", all->count - shown);
    host->note(host, table, "not_shown", note);
  }
}

static journey_status put_findings(const findings *all, journey_table *table) {
  const friction *f = all->f;
  const journey_host *host = f->host;
  size_t shown = all->count < (uint64_t)f->most ? all->count : (size_t)f->most;
  size_t *order = journey_host_alloc(host, all->count, sizeof *order);
  if (!order) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < all->count; i++) order[i] = i;
  journey_sort_first(order, all->count, shown, comes_before, all);
  size_t room = longest_place(all, order, shown);
  char *text = journey_host_alloc(host, room, 1);
  for (size_t i = 0; text && i < shown; i++) put_finding(f, table, &all->item[order[i]], text);
  note_rest(all, table, shown);
  journey_host_free(host, order, all->count, sizeof *order);
  journey_host_free(host, text, room, 1);
  return text ? JOURNEY_OK : JOURNEY_ENOMEM;
}

journey_status jn_friction_finish(void *state, journey_table *table, journey_error *err) {
  const friction *f = state;
  findings all = {.f = f};
  journey_status status = JOURNEY_OK;
  add_columns(f->host, table);
  for (size_t i = 0; status == JOURNEY_OK && i < f->count; i++) {
    status = add_place(&all, &f->places[i]);
    if (status == JOURNEY_OK) status = f->host->cancelled(f->host, err);
  }
  if (status == JOURNEY_OK) status = add_drop_offs(&all);
  if (status == JOURNEY_OK) status = put_findings(&all, table);
  journey_host_free(f->host, all.item, all.capacity, sizeof *all.item);
  return status == JOURNEY_ENOMEM ? jn_friction_no_memory(f, err) : status;
}
