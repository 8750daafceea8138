/* Counts of edges and of nodes: a plain array of all of them where that is small, and a hash table for the others. */
#include "internal.h"

enum { FIRST_SLOTS = 256, MOST_CELLS = 1 << 16 };

static uint64_t cells_of(const jn_steps_table *t) {
  uint64_t level_cells = (uint64_t)t->nodes * t->targets; /* both are below 2^32 */
  return level_cells > MOST_CELLS ? UINT64_MAX : level_cells * t->levels;
}

jn_steps_table jn_steps_table_direct(const journey_host *host, uint32_t levels, uint32_t nodes, uint32_t targets) {
  jn_steps_table t = {.host = host, .levels = levels, .nodes = nodes, .targets = targets};
  t.direct = cells_of(&t) <= MOST_CELLS;
  return t;
}

void jn_steps_table_free(jn_steps_table *t) {
  journey_host_free(t->host, t->entry, t->capacity, sizeof *t->entry);
  journey_host_free(t->host, t->slot, t->slots, sizeof *t->slot);
  journey_host_free(t->host, t->cell, (size_t)t->levels * t->nodes * t->targets, sizeof *t->cell);
}

journey_status jn_steps_table_prepare(jn_steps_table *t, int64_t paths) {
  uint64_t cells = cells_of(t);
  t->paths = journey_add_counts(t->paths, paths);
  if (t->cell || cells > MOST_CELLS || (uint64_t)t->paths < cells) return JOURNEY_OK;
  t->cell = journey_host_alloc(t->host, (size_t)cells, sizeof *t->cell);
  return t->cell ? JOURNEY_OK : JOURNEY_ENOMEM;
}

/* ---- the hash table ---------------------------------------------------------------------------------------------- */

static size_t home_of(const jn_steps_table *t, uint32_t level, uint32_t from, uint32_t to) {
  uint64_t h = ((uint64_t)from << 32 | to) * UINT64_C(0x9e3779b97f4a7c15) + level;
  h = (h ^ h >> 32) * UINT64_C(0xff51afd7ed558ccd);
  return (h ^ h >> 29) & (t->slots - 1);
}

/* The slot of an entry, or the free one where it belongs. */
static size_t slot_of(const jn_steps_table *t, uint32_t level, uint32_t from, uint32_t to) {
  if (t->direct) return ((size_t)level * t->nodes + from) * t->targets + to;
  size_t at = home_of(t, level, from, to);
  for (; t->slot[at]; at = (at + 1) & (t->slots - 1)) {
    const jn_steps_entry *e = &t->entry[t->slot[at] - 1];
    if (e->level == level && e->from == from && e->to == to) break;
  }
  return at;
}

static journey_status make_slots(jn_steps_table *t, size_t slots) {
  uint32_t *made = journey_host_alloc(t->host, slots, sizeof *made);
  if (!made) return JOURNEY_ENOMEM;
  journey_host_free(t->host, t->slot, t->slots, sizeof *t->slot);
  t->slot = made;
  t->slots = slots;
  for (size_t i = 0; i < t->count; i++) {
    t->slot[slot_of(t, t->entry[i].level, t->entry[i].from, t->entry[i].to)] = (uint32_t)i + 1;
  }
  return JOURNEY_OK;
}

jn_steps_entry *jn_steps_table_find(const jn_steps_table *t, uint32_t level, uint32_t from, uint32_t to) {
  size_t at = t->slots ? slot_of(t, level, from, to) : 0;
  return t->slots && t->slot[at] ? &t->entry[t->slot[at] - 1] : NULL;
}

/* A table that is half full, or still empty, gets more slots. */
static journey_status make_room(jn_steps_table *t) {
  if (t->direct) return t->slots ? JOURNEY_OK : make_slots(t, (size_t)cells_of(t));
  if (t->count * 2 < t->slots) return JOURNEY_OK;
  return make_slots(t, t->slots ? t->slots * 2 : FIRST_SLOTS);
}

jn_steps_entry *jn_steps_table_at(jn_steps_table *t, uint32_t level, uint32_t from, uint32_t to) {
  if (make_room(t) != JOURNEY_OK) return NULL;
  size_t at = slot_of(t, level, from, to);
  if (t->slot[at]) return &t->entry[t->slot[at] - 1];
  if (t->count == UINT32_MAX - 1 ||
      journey_host_grow(t->host, &t->entry, &t->capacity, t->count + 1, sizeof *t->entry) != JOURNEY_OK) {
    return NULL;
  }
  t->entry[t->count++] = (jn_steps_entry){.level = level, .from = from, .to = to};
  t->slot[at] = (uint32_t)t->count;
  return &t->entry[t->count - 1];
}

journey_status jn_steps_table_count(jn_steps_table *t, uint32_t level, uint32_t from, uint32_t to, int64_t count) {
  jn_steps_entry *e = jn_steps_table_at(t, level, from, to);
  if (!e) return JOURNEY_ENOMEM;
  e->count = journey_add_counts(e->count, count);
  return JOURNEY_OK;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

journey_status jn_steps_table_flush(jn_steps_table *t) {
  size_t level_cells = (size_t)t->nodes * t->targets, cells = t->cell ? level_cells * t->levels : 0;
  for (size_t i = 0; i < cells; i++) {
    uint32_t from = (uint32_t)(i % level_cells / t->targets), to = (uint32_t)(i % t->targets);
    if (!t->cell[i]) continue;
    if (jn_steps_table_count(t, (uint32_t)(i / level_cells), from, to, t->cell[i]) != JOURNEY_OK) return JOURNEY_ENOMEM;
    t->cell[i] = 0;
  }
  return JOURNEY_OK;
}

journey_status jn_steps_table_merge(jn_steps_table *t, jn_steps_table *other) {
  journey_status status = jn_steps_table_flush(other);
  for (size_t i = 0; status == JOURNEY_OK && i < other->count; i++) {
    const jn_steps_entry *e = &other->entry[i];
    status = jn_steps_table_count(t, e->level, e->from, e->to, e->count);
  }
  return status;
}

/* After a flush. A count of 0 ends the table; `to` is there only for edges. */
void jn_steps_table_save(const jn_steps_table *t, const jn_steps_view *view, journey_saver *saver) {
  const journey_host *host = t->host;
  for (size_t i = 0; i < t->count; i++) {
    host->save_int64(host, saver, t->entry[i].count);
    host->save_int64(host, saver, t->entry[i].level);
    jn_steps_save_node(view, saver, t->entry[i].from);
    if (t->targets > 1) jn_steps_save_node(view, saver, t->entry[i].to);
  }
  host->save_int64(host, saver, 0);
}

journey_status jn_steps_table_load(jn_steps_table *t, const jn_steps_view *view, journey_loader *loader,
                                   journey_error *err) {
  const journey_host *host = t->host;
  int64_t count;
  while ((count = host->load_range(host, loader, 0, INT64_MAX)) > 0) {
    uint32_t level = (uint32_t)host->load_range(host, loader, 0, t->levels - 1);
    uint32_t from = jn_steps_load_node(view, loader), to = t->targets > 1 ? jn_steps_load_node(view, loader) : 0;
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    if (jn_steps_table_count(t, level, from, to, count) != JOURNEY_OK) {
      return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
    }
  }
  return host->load_status(host, loader, err);
}
