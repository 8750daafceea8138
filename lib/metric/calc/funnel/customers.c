/* Customer by customer: how far each came, by which events, and what ended it. */
#include <string.h>

#include "internal.h"

void jn_funnel_free_customers(const rules *r, customers *all) {
  journey_list_free(r->host, &all->stamps);
  journey_host_free(r->host, all->item, all->capacity, sizeof *all->item);
  journey_host_free(r->host, all->ids, all->id_capacity, 1);
  *all = (customers){0};
}

/* ---- adding ------------------------------------------------------------------------------------------------------------- */

static journey_status make_room(const rules *r, customers *all, size_t rows, size_t bytes) {
  journey_status status =
      journey_host_grow(r->host, &all->item, &all->capacity, all->count + rows, sizeof *all->item);
  if (status == JOURNEY_OK) {
    status = journey_host_grow(r->host, &all->ids, &all->id_capacity, all->id_bytes + bytes + 1, 1);
  }
  return status;
}

static journey_status add_row(const rules *r, customers *all, customer c, const char *id, size_t n) {
  if (make_room(r, all, 1, n)) return JOURNEY_ENOMEM;
  c.id = all->id_bytes;
  c.id_length = n;
  if (n) memcpy(all->ids + all->id_bytes, id, n);
  all->id_bytes += n;
  all->item[all->count++] = c;
  return JOURNEY_OK;
}

journey_status jn_funnel_add_customer(const rules *r, customers *all, const view *v, const outcome *o, uint32_t code) {
  customer c = {.level = o->level, .taken = o->taken, .ended_by = o->ended_by};
  c.ended_event = journey_codes_at(&v->batch->event, o->ended_at);
  c.ended_time = journey_batch_time(v->batch, o->ended_at);
  for (uint64_t bits = o->taken; bits; bits &= bits - 1) {
    int64_t event = o->event[__builtin_ctzll(bits)];
    if (journey_list_add(r->host, &all->stamps, journey_batch_time(v->batch, event))) return JOURNEY_ENOMEM;
    if (journey_list_add(r->host, &all->stamps, journey_codes_at(&v->batch->event, event))) return JOURNEY_ENOMEM;
  }
  size_t n;
  const char *id = r->host->customer_id(r->host, code, &n);
  return add_row(r, all, c, id, n);
}

journey_status jn_funnel_merge_customers(const rules *r, customers *to, const customers *from) {
  if (make_room(r, to, from->count, from->id_bytes)) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < from->count; i++) {
    customer c = from->item[i];
    c.id += to->id_bytes;
    to->item[to->count++] = c;
  }
  if (from->id_bytes) memcpy(to->ids + to->id_bytes, from->ids, from->id_bytes);
  to->id_bytes += from->id_bytes;
  return journey_list_append(r->host, &to->stamps, &from->stamps);
}

/* ---- partial states ------------------------------------------------------------------------------------------------------ */

void jn_funnel_save_customers(const rules *r, const customers *all, journey_saver *saver) {
  const journey_host *host = r->host;
  const int64_t *stamp = all->stamps.item;
  host->save_int64(host, saver, (int64_t)all->count);
  for (size_t i = 0; i < all->count; i++) {
    const customer *c = &all->item[i];
    host->save_bytes(host, saver, all->ids + c->id, c->id_length);
    host->save_int64(host, saver, c->level);
    host->save_int64(host, saver, (int64_t)c->taken);
    host->save_int64(host, saver, c->ended_by);
    host->save_int64(host, saver, c->ended_event);
    host->save_int64(host, saver, c->ended_time);
    for (int n = 2 * __builtin_popcountll(c->taken); n > 0; n--) host->save_int64(host, saver, *stamp++);
  }
}

/* Steps that a chain of this level may have taken: its last one, and none after it. */
static bool may_take(uint32_t level, uint64_t taken) {
  if (level == 0) return taken == 0;
  return (taken >> (level - 1)) == 1;
}

static journey_status load_row(const rules *r, customers *all, journey_loader *loader, journey_error *err) {
  const journey_host *host = r->host;
  size_t n;
  const char *id = host->load_bytes(host, loader, &n);
  customer c = {.level = (uint32_t)host->load_range(host, loader, 0, r->count)};
  c.taken = (uint64_t)host->load_int64(host, loader);
  c.ended_by = (int32_t)host->load_range(host, loader, 0, ENDINGS - 1);
  c.ended_event = host->load_event(host, loader);
  c.ended_time = host->load_int64(host, loader);
  journey_status status = host->load_status(host, loader, err);
  if (status != JOURNEY_OK) return status;
  if (!may_take(c.level, c.taken)) return host->fail(host, err, JOURNEY_ESTATE, "saved state: steps are damaged");
  for (int k = __builtin_popcountll(c.taken); status == JOURNEY_OK && k > 0; k--) {
    status = journey_list_add(host, &all->stamps, host->load_int64(host, loader));
    if (status == JOURNEY_OK) status = journey_list_add(host, &all->stamps, host->load_event(host, loader));
  }
  return status == JOURNEY_OK ? add_row(r, all, c, id, n) : status;
}

journey_status jn_funnel_load_customers(const rules *r, customers *all, journey_loader *loader, journey_error *err) {
  const journey_host *host = r->host;
  int64_t n = host->load_range(host, loader, 0, INT64_MAX);
  while (n-- > 0 && host->load_status(host, loader, err) == JOURNEY_OK) {
    journey_status status = load_row(r, all, loader, err);
    if (status != JOURNEY_OK) return status;
  }
  return host->load_status(host, loader, err);
}

/* ---- the table ------------------------------------------------------------------------------------------------------------- */

static void add_numbered(const rules *r, journey_table *table, const char *word, int32_t type) {
  for (uint32_t step = 1; step <= r->count; step++) {
    char name[16];
    uint32_t n = 0;
    while (word[n]) {
      name[n] = word[n];
      n++;
    }
    if (step > 9) name[n++] = (char)('0' + step / 10);
    name[n++] = (char)('0' + step % 10);
    name[n] = '\0';
    r->host->column(r->host, table, name, type, JOURNEY_UNIT_NONE);
  }
}

static void add_columns(const rules *r, journey_table *table, bool names) {
  const journey_host *host = r->host;
  host->column(host, table, "customer", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "level", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  add_numbered(r, table, "time_", JOURNEY_TYPE_TIME);
  if (names) add_numbered(r, table, "event_", JOURNEY_TYPE_STRING);
  host->column(host, table, "ended_by", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "ended_event", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "ended_time", JOURNEY_TYPE_TIME, JOURNEY_UNIT_NONE);
}

static void put_stamps(const rules *r, const customer *c, const int64_t *stamp, bool names, journey_table *table) {
  const journey_host *host = r->host;
  for (uint32_t step = 0; step < r->count; step++) {
    bool taken = c->taken >> step & 1;
    if (!taken) host->put_null(host, table);
    else if (names) host->put_text(host, table, host->events->name[stamp[1]], SIZE_MAX);
    else host->put_int64(host, table, stamp[0]);
    if (taken) stamp += 2;
  }
}

void jn_funnel_put_customers(const rules *r, const customers *all, journey_table *table) {
  static const char *const rules_of[ENDINGS] = {
      [COMPLETE] = "complete",      [NO_START] = "no_start",  [PATH_END] = "path_end",
      [WINDOW_OVER] = "window",     [STEP_WINDOW_OVER] = "step_window",
      [PERIOD_OVER] = "within",     [SESSIONS_OVER] = "sessions", [EXCLUDED] = "exclude",
      [REPEATED] = "strict_deduplication", [OUT_OF_ORDER] = "strict_order",
  };
  const journey_host *host = r->host;
  const int64_t *stamp = all->stamps.item;
  bool names = host->option_flag(host, "events") != 0;
  add_columns(r, table, names);
  host->note(host, table, "ended_by",
             "complete: the last step; window: the next step came too late; path_end: it never came; no_start: nor did "
             "the first");
  for (size_t i = 0; i < all->count; i++) {
    const customer *c = &all->item[i];
    host->put_text(host, table, all->ids + c->id, c->id_length);
    host->put_int64(host, table, c->level);
    put_stamps(r, c, stamp, false, table);
    if (names) put_stamps(r, c, stamp, true, table);
    stamp += 2 * __builtin_popcountll(c->taken);
    host->put_text(host, table, rules_of[c->ended_by], SIZE_MAX);
    host->put_text(host, table, host->events->name[c->ended_event], SIZE_MAX);
    host->put_int64(host, table, c->ended_time);
  }
}
