/* funnel: how far customers get along steps. funnel_customers: the same for each customer, with the reason. funnel_times: how
 * long they took. docs/metrics.md says by which rules.
 *
 * rules.c reads the options. A path is followed by fast.c where its rules are plain, else by follow.c, which calls on
 *   chain.c   steps in order, with tie.c for events of one time and once.c for sharing them out
 *   order.c   steps that follow directly, in any order, or nearly at once
 *   passes.c  one pass after the other
 *   settle.c  which events the chain consists of.
 * account.c counts, customers.c keeps accounts of each customer, tables.c shows. */
#include <string.h>

#include "internal.h"

/* The first is for funnel_customers alone, the last for funnel alone. */
static const journey_option options[] = {
    {.name = "events", .value = "false", .type = JOURNEY_OPTION_FLAG, .help = "Show the events' names too"},
    {.name = "steps", .value = "auto", .type = JOURNEY_OPTION_STEPS, .help = "Steps of the funnel, in order"},
    {.name = "window",
     .value = "none",
     .type = JOURNEY_OPTION_DURATION,
     .help = "Longest time from the first step to the last, its end included"},
    {.name = "mode",
     .value = "none",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Stricter rules joined by +: strict_increase, strict_once, strict_deduplication, strict_order, allow_reentry"},
    {.name = "order",
     .value = "steps",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "steps|strict|any",
     .help = "Steps in their order, strictly one event after the other, or in any order"},
    {.name = "step_window",
     .value = "none",
     .type = JOURNEY_OPTION_DURATION,
     .help = "Longest time from a step to the next, its end included"},
    {.name = "within",
     .value = "none",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "none|hour|day|week|month|quarter|year",
     .help = "All steps in one such period of the calendar, in the study's zone"},
    {.name = "sessions",
     .value = "0",
     .type = JOURNEY_OPTION_INT,
     .minimum = 0,
     .maximum = 1000000,
     .help = "All steps within so many sessions in a row; 0: however many",
     .unit = "sessions"},
    {.name = "optional", .value = "", .type = JOURNEY_OPTION_TEXT, .help = "Numbers of steps that may be left out"},
    {.name = "exclude",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Events that must not come between steps, written as steps are"},
    {.name = "exclude_between",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Between which steps: 2-3, for all exclusions or one for each (otherwise the first and the last)"},
    {.name = "excluded",
     .value = "pass",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "pass|customer",
     .help = "What such an event ends: the pass there, or it costs the whole customer"},
    {.name = "hold",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Attributes that must be the same in all steps, at most 3"},
    {.name = "grace",
     .value = "0s",
     .type = JOURNEY_OPTION_DURATION,
     .help = "A step may come so long before the one it follows"},
    {.name = "first_ever",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Numbers of steps that only the first event of its name can serve"},
    {.name = "first_matching",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Numbers of steps that only the first event that fits can serve"},
    {.name = "count",
     .value = "customers",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "customers|passes|sessions",
     .help = "What is counted: each customer's best pass, every pass, or each session's best"},
    {.name = "values", .value = "false", .type = JOURNEY_OPTION_FLAG, .help = "Sum up the values of the steps' events"},
    {.name = "breakdown",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Attribute to break down by, a path having one value"},
    {.name = "breakdown_at",
     .value = "first",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Where its value is read: first, last (event that has one), or the number of a step"},
    {.name = "trend",
     .value = "none",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "none|hour|day|week|month|quarter|year",
     .help = "One funnel for each such period in which passes begin"},
    {.name = "baseline",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Group of the breakdown (--by) that the others are compared with"},
};

enum { OPTIONS = sizeof options / sizeof *options };

typedef struct funnel {
  const journey_host *host;
  rules rules;
  accounts accounts;
  customers customers;
} funnel;

static journey_status no_memory(const funnel *f, journey_error *err) {
  return f->host->fail(f->host, err, JOURNEY_ENOMEM, "out of memory");
}

/* ---- feeding ---------------------------------------------------------------------------------------------------------- */

static uint64_t ticks(uint64_t us, const journey_batch *batch) {
  return us == UINT64_MAX ? us : us / (uint64_t)batch->time_unit;
}

static journey_status make_view(const funnel *f, const journey_batch *batch, view *v, journey_error *err) {
  const rules *r = &f->rules;
  *v = (view){.batch = batch};
  if (r->by_attribute && !f->host->attribute_names(f->host, r->attribute)) { /* in `create` a joined state has none either */
    return f->host->fail(f->host, err, JOURNEY_EINVAL, "option breakdown: the attribute holds numbers, not names");
  }
  v->window = ticks(r->window, batch);
  v->step_window = ticks(r->step_window, batch);
  v->grace = ticks(r->grace, batch);
  journey_status status = f->host->step_codes(f->host, r->steps, batch, &v->codes, err);
  v->mask = r->steps->mask;
  if (status != JOURNEY_OK || !r->exclusions) return status;
  status = f->host->step_codes(f->host, r->exclusions, batch, &v->excluded, err);
  v->exclude = r->exclusions->mask;
  return status;
}

static journey_status add(funnel *f, const view *v, outcome *o, uint32_t code) {
  if (jn_funnel_count(&f->rules, &f->accounts, v, o)) return JOURNEY_ENOMEM;
  if (!f->rules.detailed) return JOURNEY_OK;
  jn_funnel_find_ending(&f->rules, v, o);
  return jn_funnel_add_customer(&f->rules, &f->customers, v, o, code);
}

static journey_status follow_passes(funnel *f, walk *w, const view *v, uint32_t code) {
  outcome o;
  journey_status status = JOURNEY_OK;
  for (int64_t at = v->begin; status == JOURNEY_OK && jn_funnel_next_pass(w, v, &at, &o);) {
    status = add(f, v, &o, code);
  }
  return status;
}

static journey_status follow_path(funnel *f, walk *w, const fast *quick, const view *v, uint32_t code) {
  outcome o;
  if (jn_funnel_fast(quick, v, &o)) return add(f, v, &o, code);
  if (f->rules.counted == COUNT_PASSES) return follow_passes(f, w, v, code);
  journey_status status = jn_funnel_follow(w, v, &o);
  return status == JOURNEY_OK ? add(f, v, &o, code) : status;
}

/* A path whole, or session after session. */
static journey_status feed_path(funnel *f, walk *w, const fast *quick, view *v, int64_t p) {
  const journey_batch *batch = v->batch;
  const int64_t end = batch->end[p];
  journey_status status = JOURNEY_OK;
  v->begin = batch->begin[p];
  while (status == JOURNEY_OK && v->begin < end) {
    v->end = end;
    if (f->rules.counted == COUNT_SESSIONS) {
      for (v->end = v->begin + 1; v->end < end && batch->session[v->end] == batch->session[v->begin];) v->end++;
    }
    status = follow_path(f, w, quick, v, batch->customer[p]);
    v->begin = v->end;
  }
  return status;
}

/* The paths of a batch where only their lengths and times count. */
static journey_status feed_lengths(funnel *f, walk *w, const fast *quick, view *v) {
  int64_t p = 0, short_paths[2] = {0, 0};
  outcome o;
  int what;
  journey_status status = JOURNEY_OK;
  for (; status == JOURNEY_OK && (what = jn_funnel_fast_next(quick, v, &p, short_paths, &o)) != FAST_END; p++) {
    if (what == FAST_OUTCOME) status = jn_funnel_count(&f->rules, &f->accounts, v, &o);
    else status = feed_path(f, w, quick, v, p);
  }
  return status == JOURNEY_OK ? jn_funnel_count_short(&f->rules, &f->accounts, short_paths) : status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  funnel *f = state;
  fast quick;
  walk *w;
  view v;
  journey_status status = make_view(f, batch, &v, err);
  if (status != JOURNEY_OK) return status;
  status = jn_funnel_walk_new(&f->rules, &w);
  jn_funnel_fast_begin(&f->rules, &v, &quick);
  if (status == JOURNEY_OK && quick.possible && f->rules.lengths_alone) {
    status = feed_lengths(f, w, &quick, &v);
  } else {
    for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(f, w, &quick, &v, p);
  }
  jn_funnel_walk_free(w);
  return status == JOURNEY_OK ? status : no_memory(f, err);
}

/* ---- life -------------------------------------------------------------------------------------------------------------- */

static void destroy(void *state) {
  funnel *f = state;
  f->rules.host = f->host;
  jn_funnel_free_accounts(&f->rules, &f->accounts);
  jn_funnel_free_customers(&f->rules, &f->customers);
  journey_host_free(f->host, f, 1, sizeof *f);
}

static journey_status create_either(const journey_host *host, bool detailed, void **state, journey_error *err) {
  funnel *f = journey_host_alloc(host, 1, sizeof *f);
  if (!f) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = f;
  f->host = host;
  return jn_funnel_read_rules(host, detailed, &f->rules, err);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  return create_either(host, false, state, err);
}

static journey_status create_detailed(const journey_host *host, void **state, journey_error *err) {
  return create_either(host, true, state, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  funnel *f = state, *o = other;
  journey_status status = jn_funnel_merge_accounts(&f->rules, &f->accounts, &o->accounts);
  if (status == JOURNEY_OK) status = jn_funnel_merge_customers(&f->rules, &f->customers, &o->customers);
  return status == JOURNEY_OK ? status : no_memory(f, err);
}

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const funnel *f = state;
  (void)err;
  jn_funnel_save_accounts(&f->rules, &f->accounts, saver);
  jn_funnel_save_customers(&f->rules, &f->customers, saver);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  funnel *f = state;
  journey_status status = jn_funnel_load_accounts(&f->rules, &f->accounts, loader, err);
  if (status == JOURNEY_OK) status = jn_funnel_load_customers(&f->rules, &f->customers, loader, err);
  return status == JOURNEY_ENOMEM ? no_memory(f, err) : status;
}

/* ---- results ----------------------------------------------------------------------------------------------------------- */

typedef void (*put_rows)(const rules *, const accounts *, const accounts *, const size_t *, journey_table *);

/* Without any events there is a funnel too, of nobody. */
static journey_status complete(funnel *f) {
  bool split = f->rules.trend || f->rules.by_attribute;
  return f->accounts.count || split ? JOURNEY_OK : jn_funnel_add_empty(&f->rules, &f->accounts);
}

/* Rows of all accounts, in order. */
static journey_status finish_with(funnel *f, funnel *base, put_rows put, journey_table *table, journey_error *err) {
  if (complete(f) || (base && complete(base))) return no_memory(f, err);
  const accounts *all = &f->accounts;
  size_t *order = journey_host_alloc(f->host, all->count, sizeof *order);
  if (!order) return no_memory(f, err);
  for (size_t i = 0; i < all->count; i++) order[i] = i;
  journey_sort_first(order, all->count, all->count, jn_funnel_comes_before, &(sorted){&f->rules, all});
  put(&f->rules, all, base ? &base->accounts : NULL, order, table);
  journey_host_free(f->host, order, all->count, sizeof *order);
  return JOURNEY_OK;
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  return finish_with(state, NULL, jn_funnel_put_steps, table, err);
}

static journey_status finish_against(void *state, void *baseline, journey_table *table, journey_error *err) {
  return finish_with(state, baseline, jn_funnel_put_steps, table, err);
}

static const void *extension(const char *name) {
  static const journey_baseline baseline = {.struct_size = sizeof baseline, .finish_against = finish_against};
  return strcmp(name, JOURNEY_EXTENSION_BASELINE) == 0 ? &baseline : NULL;
}

static journey_status finish_times(void *state, journey_table *table, journey_error *err) {
  return finish_with(state, NULL, jn_funnel_put_times, table, err);
}

static journey_status finish_customers(void *state, journey_table *table, journey_error *err) {
  funnel *f = state;
  (void)err;
  jn_funnel_put_customers(&f->rules, &f->customers, table);
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_funnel, jn_metric_funnel_customers, jn_metric_funnel_times;

const journey_calculator jn_metric_funnel = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "funnel",
    .title = "Funnel: how far customers get along ordered steps",
    .help = "A customer's level is the greatest k such that some of his events satisfy the first k steps in order of "
            "time, all within the window of the first. Any start may be the best one. One event may serve several "
            "steps; events of equal time serve in step order.",
    .options = options + 1,
    .option_count = OPTIONS - 1,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
    .extension = extension,
};

const journey_calculator jn_metric_funnel_customers = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "funnel_customers",
    .title = "Funnel, customer by customer",
    .help = "For each customer the level of the funnel, the times of the chain that reached it first, and the event "
            "and the rule that ended it. The rules are those of the metric funnel.",
    .options = options,
    .option_count = OPTIONS - 1,
    .needs = JOURNEY_NEED_TIME,
    .create = create_detailed,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish_customers,
    .destroy = destroy,
};

const journey_calculator jn_metric_funnel_times = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "funnel_times",
    .title = "Funnel: how long the steps take",
    .help = "For each step a histogram of the time from the first step to it, of those who took it. The rules are those "
            "of the metric funnel.",
    .options = options + 1,
    .option_count = OPTIONS - 2,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish_times,
    .destroy = destroy,
};
