/* The places where friction may be met: making them, joining those of two states, saving and loading them. */
#include "internal.h"

static void put_in_table(friction *f, size_t i) {
  const place *p = &f->places[i];
  size_t at = jn_friction_hash(f, p->kind, p->from, p->to) & (f->slots - 1);
  while (f->table[at]) at = (at + 1) & (f->slots - 1);
  f->table[at] = (uint32_t)i + 1;
}

/* Another table in place of the one that is there, if any. */
journey_status jn_friction_make_table(friction *f, size_t slots) {
  uint32_t *table = journey_host_alloc(f->host, slots, sizeof *table);
  if (!table) return JOURNEY_ENOMEM;
  journey_host_free(f->host, f->table, f->slots, sizeof *f->table);
  f->table = table;
  f->slots = slots;
  for (size_t i = 0; i < f->count; i++) put_in_table(f, i);
  return JOURNEY_OK;
}

place *jn_friction_make_place(friction *f, uint32_t kind, uint32_t from, uint32_t to) {
  if (f->count == UINT32_MAX - 1) return NULL;
  if (f->count * 2 >= f->slots && jn_friction_make_table(f, f->slots * 2) != JOURNEY_OK) return NULL;
  if (journey_host_grow(f->host, &f->places, &f->capacity, f->count + 1, sizeof *f->places) != JOURNEY_OK) return NULL;
  f->places[f->count] = (place){.kind = kind, .from = from, .to = to};
  put_in_table(f, f->count++);
  return &f->places[f->count - 1];
}

static void add_pair(int64_t to[2], const int64_t from[2]) {
  to[0] = journey_add_counts(to[0], from[0]);
  to[1] = journey_add_counts(to[1], from[1]);
}

/* Shards hold different customers, so their numbers of paths add up. */
static journey_status add_place(friction *f, const place *other) {
  place *p = jn_friction_place(f, other->kind, other->from, other->to);
  if (!p) return JOURNEY_ENOMEM;
  add_pair(p->reached, other->reached);
  add_pair(p->hit, other->hit);
  p->times = journey_add_counts(p->times, other->times);
  return p->kind == WAIT ? journey_list_append(f->host, &p->gaps, &other->gaps) : JOURNEY_OK;
}

journey_status jn_friction_merge(void *state, void *other, journey_error *err) {
  friction *f = state;
  const friction *o = other;
  for (size_t i = 0; i < o->count; i++) {
    if (add_place(f, &o->places[i]) != JOURNEY_OK) return jn_friction_no_memory(f, err);
  }
  for (int s = 0; s < MOST_STEPS; s++) add_pair(f->visited[s], o->visited[s]);
  for (int s = 0; s <= MOST_STEPS; s++) add_pair(f->level[s], o->level[s]);
  return JOURNEY_OK;
}

/* ---- partial state ----------------------------------------------------------------------------------------------- */

static void save_pair(const journey_host *host, journey_saver *saver, const int64_t pair[2]) {
  host->save_int64(host, saver, pair[0]);
  host->save_int64(host, saver, pair[1]);
}

/* The tallies of the steps; then each place with its kind + 1, and 0 behind the last. */
journey_status jn_friction_save(void *state, journey_saver *saver, journey_error *err) {
  const friction *f = state;
  const journey_host *host = f->host;
  (void)err;
  for (uint32_t s = 0; s < f->steps->count; s++) save_pair(host, saver, f->visited[s]);
  for (uint32_t s = 0; s <= f->steps->count; s++) save_pair(host, saver, f->level[s]);
  for (size_t i = 0; i < f->count; i++) {
    const place *p = &f->places[i];
    host->save_int64(host, saver, p->kind + 1);
    host->save_int64(host, saver, p->from);
    host->save_int64(host, saver, p->to);
    save_pair(host, saver, p->reached);
    save_pair(host, saver, p->hit);
    host->save_int64(host, saver, p->times);
    if (p->kind == WAIT) journey_list_save(host, saver, &p->gaps);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static void load_pair(const journey_host *host, journey_loader *loader, int64_t pair[2]) {
  pair[0] = host->load_range(host, loader, 0, INT64_MAX);
  pair[1] = host->load_range(host, loader, 0, INT64_MAX);
}

static uint32_t load_end(friction *f, journey_loader *loader, uint32_t kind) {
  if (kind != BACK_STEP) return f->host->load_event(f->host, loader);
  return (uint32_t)f->host->load_range(f->host, loader, 0, f->steps->count - 1);
}

static journey_status load_place(friction *f, journey_loader *loader, uint32_t kind, journey_error *err) {
  const journey_host *host = f->host;
  place p = {.kind = kind};
  p.from = load_end(f, loader, kind); /* an initialiser would not say which is loaded first */
  p.to = load_end(f, loader, kind);
  load_pair(host, loader, p.reached);
  load_pair(host, loader, p.hit);
  p.times = host->load_range(host, loader, 0, INT64_MAX);
  journey_status status = host->load_status(host, loader, err); /* the codes are only good without an error */
  if (status == JOURNEY_OK && kind == WAIT) status = journey_list_load(host, loader, &p.gaps, 0, err);
  if (status == JOURNEY_OK) status = add_place(f, &p);
  journey_list_free(host, &p.gaps);
  return status == JOURNEY_ENOMEM ? jn_friction_no_memory(f, err) : status;
}

journey_status jn_friction_load(void *state, journey_loader *loader, journey_error *err) {
  friction *f = state;
  const journey_host *host = f->host;
  uint32_t kinds = f->waits > 0 ? PLACED : PLACED - 1; /* WAIT is the last one */
  int64_t kind;
  for (uint32_t s = 0; s < f->steps->count; s++) load_pair(host, loader, f->visited[s]);
  for (uint32_t s = 0; s <= f->steps->count; s++) load_pair(host, loader, f->level[s]);
  while ((kind = host->load_range(host, loader, 0, kinds)) > 0) {
    journey_status status = load_place(f, loader, (uint32_t)kind - 1, err);
    if (status != JOURNEY_OK) return status;
  }
  return host->load_status(host, loader, err);
}
