/* overlap: how sets of customers meet. Each step is a set: the customers with at least one such event. All that is
 * asked comes from how many customers are in each combination of sets, which is what is counted. */
#include "internal.h"

static const journey_option options[] = {
    {.name = "steps",
     .value = "auto",
     .type = JOURNEY_OPTION_STEPS,
     .help = "Each step is a set: the customers with at least one such event"},
    {.name = "show",
     .value = "pairs",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "sets|pairs|combinations",
     .help = "Each set, each two of them, or the customers who are in these very sets and in no other"},
    {.name = "most",
     .value = "50",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1000000,
     .help = "Combinations to show; the others are one row, (other)",
     .unit = "rows"},
};

journey_status jn_overlap_no_memory(const jn_overlap *o, journey_error *err) {
  return o->host->fail(o->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  jn_overlap *o = state;
  journey_host_free(o->host, o->found, o->capacity, sizeof *o->found);
  journey_host_free(o->host, o->slot, o->slots, sizeof *o->slot);
  journey_host_free(o->host, o, 1, sizeof *o);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  jn_overlap *o = journey_host_alloc(host, 1, sizeof *o);
  if (!o) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = o;
  o->host = host;
  o->slots = 128;
  o->slot = journey_host_alloc(host, o->slots, sizeof *o->slot);
  return o->slot ? host->steps(host, "steps", &o->steps, err) : jn_overlap_no_memory(o, err);
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static size_t home_of(const jn_overlap *o, uint64_t sets) {
  uint64_t h = sets * UINT64_C(0x9e3779b97f4a7c15);
  h = (h ^ h >> 32) * UINT64_C(0xff51afd7ed558ccd);
  return (h ^ h >> 29) & (o->slots - 1);
}

/* The slot of a combination, or the free one that it would take. */
static size_t find_slot(const jn_overlap *o, uint64_t sets) {
  size_t at = home_of(o, sets);
  while (o->slot[at] && o->found[o->slot[at] - 1].sets != sets) at = (at + 1) & (o->slots - 1);
  return at;
}

static journey_status double_slots(jn_overlap *o) {
  size_t *old = o->slot, *made = journey_host_alloc(o->host, o->slots * 2, sizeof *made);
  if (!made) return JOURNEY_ENOMEM;
  journey_host_free(o->host, old, o->slots, sizeof *old);
  o->slot = made;
  o->slots *= 2;
  for (size_t i = 0; i < o->count; i++) o->slot[find_slot(o, o->found[i].sets)] = i + 1;
  return JOURNEY_OK;
}

static journey_status add(jn_overlap *o, uint64_t sets, int64_t customers) {
  size_t at = find_slot(o, sets);
  if (o->slot[at]) {
    jn_overlap_combination *c = &o->found[o->slot[at] - 1];
    c->customers = journey_add_counts(c->customers, customers);
    return JOURNEY_OK;
  }
  if (journey_host_grow(o->host, &o->found, &o->capacity, o->count + 1, sizeof *o->found) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  o->found[o->count++] = (jn_overlap_combination){sets, customers};
  o->slot[at] = o->count;
  return o->count * 2 > o->slots ? double_slots(o) : JOURNEY_OK;
}

/* All steps that the events [i, end) satisfy. */
static uint64_t sets_of(const uint64_t *mask, const journey_codes *codes, int64_t i, int64_t end) {
  uint64_t sets = 0;
  if (codes->width == 1) {
    const uint8_t *code = codes->data;
    for (; i < end; i++) sets |= mask[code[i]];
    return sets;
  }
  for (; i < end; i++) sets |= mask[journey_codes_at(codes, i)];
  return sets;
}

/* Several paths of one customer are one customer. */
static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  jn_overlap *o = state;
  journey_codes codes;
  journey_status status = o->host->step_codes(o->host, o->steps, batch, &codes, err);
  if (status != JOURNEY_OK) return status;
  for (int64_t p = 0; p < batch->paths && status == JOURNEY_OK;) {
    uint32_t customer = batch->customer[p];
    uint64_t sets = 0;
    for (; p < batch->paths && batch->customer[p] == customer; p++) {
      sets |= sets_of(o->steps->mask, &codes, batch->begin[p], batch->end[p]);
    }
    status = add(o, sets, 1);
  }
  return status == JOURNEY_OK ? status : jn_overlap_no_memory(o, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  jn_overlap *o = state;
  const jn_overlap *from = other;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < from->count; i++) {
    status = add(o, from->found[i].sets, from->found[i].customers);
  }
  return status == JOURNEY_OK ? status : jn_overlap_no_memory(o, err);
}

/* ---- partial state ----------------------------------------------------------------------------------------------- */

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const jn_overlap *o = state;
  const journey_host *host = o->host;
  (void)err;
  for (size_t i = 0; i < o->count; i++) {
    host->save_int64(host, saver, o->found[i].customers);
    host->save_int64(host, saver, (int64_t)o->found[i].sets);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

/* Bits of steps that there are not are left out. */
static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  jn_overlap *o = state;
  const journey_host *host = o->host;
  uint64_t all = o->steps->count < 64 ? (UINT64_C(1) << o->steps->count) - 1 : UINT64_MAX;
  int64_t customers;
  while ((customers = host->load_range(host, loader, 0, INT64_MAX / 1024)) > 0) {
    uint64_t sets = (uint64_t)host->load_int64(host, loader) & all;
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    if (add(o, sets, customers) != JOURNEY_OK) return jn_overlap_no_memory(o, err);
  }
  return host->load_status(host, loader, err);
}

/* ---- result ------------------------------------------------------------------------------------------------------ */

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  static journey_status (*const put[])(const jn_overlap *, journey_table *, journey_error *) = {
      jn_overlap_put_sets, jn_overlap_put_pairs, jn_overlap_put_combinations};
  const jn_overlap *o = state;
  return put[o->host->option_choice(o->host, "show")](o, table, err);
}

extern const journey_calculator jn_metric_overlap;

const journey_calculator jn_metric_overlap = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "overlap",
    .title = "Overlap of sets of customers",
    .help =
        "Each step is a set: the customers with at least one such event. How large the sets are, how many customers "
        "each two have in common, or how many are in exactly which of them.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
