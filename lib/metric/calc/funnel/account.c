/* What is counted: how far paths came and how long it took them, for each period or value of a breakdown. */
#include <string.h>

#include "internal.h"

enum { FIRST_SLOTS = 4 };

/* ---- accounts ------------------------------------------------------------------------------------------------------------ */

static void free_account(const rules *r, account *a) {
  for (uint32_t i = 0; a->step && i < r->count; i++) {
    journey_list_free(r->host, &a->step[i].lap);
    journey_list_free(r->host, &a->step[i].whole);
  }
  journey_host_free(r->host, a->step, r->count, sizeof *a->step);
  journey_host_free(r->host, a->ended, (size_t)r->count + 1, sizeof *a->ended);
  journey_host_free(r->host, a->name, a->length + 1, 1);
  journey_host_free(r->host, a->sum, 2 * (size_t)r->count, sizeof *a->sum);
}

void jn_funnel_free_accounts(const rules *r, accounts *all) {
  for (size_t i = 0; i < all->count; i++) free_account(r, &all->item[i]);
  journey_host_free(r->host, all->item, all->capacity, sizeof *all->item);
  journey_host_free(r->host, all->table, all->slots, sizeof *all->table);
  *all = (accounts){0};
}

/* A new account at the end; NULL without memory. */
static account *add_account(const rules *r, accounts *all, int64_t period, const char *name, size_t n) {
  if (journey_host_grow(r->host, &all->item, &all->capacity, all->count + 1, sizeof *all->item)) return NULL;
  account *a = &all->item[all->count];
  *a = (account){.period = period, .length = n};
  if (name) a->name = journey_host_alloc(r->host, n + 1, 1);
  if (r->values) a->sum = journey_host_alloc(r->host, 2 * (size_t)r->count, sizeof *a->sum);
  a->step = journey_host_alloc(r->host, r->count, sizeof *a->step);
  a->ended = journey_host_alloc(r->host, (size_t)r->count + 1, sizeof *a->ended);
  if (!a->step || !a->ended || (name && !a->name) || (r->values && !a->sum)) {
    free_account(r, a);
    return NULL;
  }
  if (name) memcpy(a->name, name, n);
  all->count++;
  return a;
}

static bool is_same(const account *a, int64_t period, const char *name, size_t n) {
  if (!name || !a->name) return a->period == period && !name == !a->name;
  return a->length == n && memcmp(a->name, name, n) == 0;
}

/* The seed is an address: it changes no answer, and nobody can foresee it. */
static size_t hash_key(const rules *r, int64_t period, const char *name, size_t n) {
  uint64_t hash = (uint64_t)(uintptr_t)r ^ (uint64_t)period;
  for (size_t i = 0; i <= n; i++) {
    unsigned __int128 product = (unsigned __int128)(hash ^ (name && i < n ? (unsigned char)name[i] : 0x100)) *
                                UINT64_C(0xe7037ed1a0b428db);
    hash = (uint64_t)product ^ (uint64_t)(product >> 64);
  }
  return (size_t)hash;
}

/* The slot of the account, or the free one where it belongs. */
static uint32_t *slot_of(const rules *r, const accounts *all, int64_t period, const char *name, size_t n) {
  size_t at = hash_key(r, period, name, n) & (all->slots - 1);
  while (all->table[at] && !is_same(&all->item[all->table[at] - 1], period, name, n)) at = (at + 1) & (all->slots - 1);
  return &all->table[at];
}

static journey_status double_table(const rules *r, accounts *all) {
  accounts wider = {.item = all->item, .slots = all->slots ? all->slots * 2 : FIRST_SLOTS};
  wider.table = journey_host_alloc(r->host, wider.slots, sizeof *wider.table);
  if (!wider.table) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < all->count; i++) {
    const account *a = &all->item[i];
    *slot_of(r, &wider, a->period, a->name, a->length) = (uint32_t)i + 1;
  }
  journey_host_free(r->host, all->table, all->slots, sizeof *all->table);
  all->table = wider.table;
  all->slots = wider.slots;
  return JOURNEY_OK;
}

/* The account, a new one if need be; NULL without memory. Valid until the next call. */
static account *find_account(const rules *r, accounts *all, int64_t period, const char *name, size_t n) {
  if (all->count == UINT32_MAX - 1 || (all->count * 2 >= all->slots && double_table(r, all) != JOURNEY_OK)) return NULL;
  uint32_t *slot = slot_of(r, all, period, name, n);
  if (*slot) return &all->item[*slot - 1];
  account *a = add_account(r, all, period, name, n);
  if (a) *slot = (uint32_t)all->count;
  return a;
}

/* ---- whose account ------------------------------------------------------------------------------------------------------- */

/* The value of the breakdown at the first, the last or a step's event: its code, 0 for none. */
static uint32_t value_code(const rules *r, const view *v, const outcome *o) {
  const journey_codes *codes = &v->batch->attribute[r->attribute].code;
  if (r->at >= 0) return o->taken >> r->at & 1 ? journey_codes_at(codes, o->event[r->at]) : 0;
  int64_t n = v->end - v->begin;
  for (int64_t i = 0; i < n; i++) {
    uint32_t code = journey_codes_at(codes, r->at == AT_FIRST ? v->begin + i : v->end - 1 - i);
    if (code) return code;
  }
  return 0;
}

static account *find_own(const rules *r, accounts *all, const view *v, const outcome *o) {
  if (r->by_attribute) {
    uint32_t code = value_code(r, v, o);
    const char *name = code ? r->host->attribute_names(r->host, r->attribute)->name[code - 1] : "(none)";
    return find_account(r, all, 0, name, strlen(name));
  }
  if (!r->trend) return all->count ? all->item : find_account(r, all, 0, NULL, 0);
  int64_t time = journey_batch_time(v->batch, o->event[__builtin_ctzll(o->taken)]), period;
  r->host->period_index(r->host, r->trend, &time, 1, &period);
  return find_account(r, all, period, NULL, 0);
}

journey_status jn_funnel_add_empty(const rules *r, accounts *all) {
  return find_account(r, all, 0, NULL, 0) ? JOURNEY_OK : JOURNEY_ENOMEM;
}

/* ---- counting ---------------------------------------------------------------------------------------------------------------- */

static journey_status add_times(const rules *r, account *a, const view *v, const outcome *o) {
  int64_t first = journey_batch_time(v->batch, o->event[0]), before = first;
  for (uint64_t bits = o->taken & ~UINT64_C(1); bits; bits &= bits - 1) {
    int step = __builtin_ctzll(bits);
    int64_t time = journey_batch_time(v->batch, o->event[step]);
    int64_t lap = time < before ? 0 : journey_elapsed(before, time); /* within the grace a step may come before */
    int64_t whole = time < first ? 0 : journey_elapsed(first, time);
    if (journey_list_add(r->host, &a->step[step].lap, lap)) return JOURNEY_ENOMEM;
    if (step > 1 && journey_list_add(r->host, &a->step[step].whole, whole)) return JOURNEY_ENOMEM;
    before = time;
  }
  return JOURNEY_OK;
}

static void add_values(const rules *r, account *a, const view *v, const outcome *o) {
  for (uint64_t bits = o->taken; v->batch->value && bits; bits &= bits - 1) {
    int step = __builtin_ctzll(bits);
    const double *x = &v->batch->value[o->event[step]];
    if (*x != *x) continue;
    r->host->sum_add(r->host, &a->sum[2 * step], &a->sum[2 * step + 1], x, 1);
    a->step[step].valued++;
  }
}

journey_status jn_funnel_count(const rules *r, accounts *all, const view *v, const outcome *o) {
  if (r->trend && !o->level) return JOURNEY_OK; /* no entry, no period */
  account *a = find_own(r, all, v, o);
  if (!a) return JOURNEY_ENOMEM;
  if (o->dropped) {
    a->dropped++;
    return JOURNEY_OK;
  }
  a->ended[o->level]++;
  for (uint64_t bits = ~o->taken & r->optional; bits; bits &= bits - 1) {
    uint32_t step = (uint32_t)__builtin_ctzll(bits);
    a->step[step].skipped += step < o->level;
  }
  if (r->values) add_values(r, a, v, o);
  return o->level > 1 ? add_times(r, a, v, o) : JOURNEY_OK;
}

journey_status jn_funnel_count_short(const rules *r, accounts *all, const int64_t short_paths[2]) {
  if (!all->count && jn_funnel_add_empty(r, all)) return JOURNEY_ENOMEM;
  all->item->ended[0] += short_paths[0];
  all->item->ended[1] += short_paths[1];
  return JOURNEY_OK;
}

int64_t jn_funnel_paths(const rules *r, const account *a) {
  int64_t paths = 0;
  for (uint32_t level = 0; level <= r->count; level++) paths = journey_add_counts(paths, a->ended[level]);
  return paths;
}

int64_t jn_funnel_reached(const rules *r, const account *a, uint32_t step) {
  int64_t paths = 0;
  for (uint32_t level = step + 1; level <= r->count; level++) paths = journey_add_counts(paths, a->ended[level]);
  return paths - a->step[step].skipped;
}

/* ---- joining ------------------------------------------------------------------------------------------------------------------- */

static journey_status merge_step(const rules *r, step_account *to, const step_account *from) {
  to->skipped = journey_add_counts(to->skipped, from->skipped);
  to->valued = journey_add_counts(to->valued, from->valued);
  journey_status status = journey_list_append(r->host, &to->lap, &from->lap);
  return status == JOURNEY_OK ? journey_list_append(r->host, &to->whole, &from->whole) : status;
}

static journey_status merge_account(const rules *r, account *to, const account *from) {
  journey_status status = JOURNEY_OK;
  to->dropped = journey_add_counts(to->dropped, from->dropped);
  for (uint32_t i = 0; i <= r->count; i++) to->ended[i] = journey_add_counts(to->ended[i], from->ended[i]);
  for (uint32_t i = 0; status == JOURNEY_OK && i < r->count; i++) status = merge_step(r, &to->step[i], &from->step[i]);
  for (uint32_t i = 0; r->values && i < 2 * r->count; i++) r->host->sum_merge(r->host, &to->sum[i], &from->sum[i]);
  return status;
}

journey_status jn_funnel_merge_accounts(const rules *r, accounts *to, const accounts *from) {
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < from->count; i++) {
    const account *a = &from->item[i];
    account *found = find_account(r, to, a->period, a->name, a->length);
    status = found ? merge_account(r, found, a) : JOURNEY_ENOMEM;
  }
  return status;
}

/* ---- partial states ------------------------------------------------------------------------------------------------------------- */

void jn_funnel_save_accounts(const rules *r, const accounts *all, journey_saver *saver) {
  const journey_host *host = r->host;
  host->save_int64(host, saver, (int64_t)all->count);
  for (size_t k = 0; k < all->count; k++) {
    const account *a = &all->item[k];
    host->save_int64(host, saver, a->period);
    if (r->by_attribute) host->save_bytes(host, saver, a->name, a->length);
    host->save_int64(host, saver, a->dropped);
    for (uint32_t i = 0; i <= r->count; i++) host->save_int64(host, saver, a->ended[i]);
    for (uint32_t i = 0; i < r->count; i++) {
      const step_account *s = &a->step[i];
      host->save_int64(host, saver, s->skipped);
      journey_list_save(host, saver, &s->lap);
      journey_list_save(host, saver, &s->whole);
      if (!r->values) continue;
      host->save_int64(host, saver, s->valued);
      host->save_sum(host, saver, &a->sum[2 * i]);
      host->save_sum(host, saver, &a->sum[2 * i + 1]);
    }
  }
}

static journey_status load_step(const rules *r, account *a, uint32_t i, journey_loader *loader, journey_error *err) {
  const journey_host *host = r->host;
  step_account *s = &a->step[i];
  s->skipped = host->load_range(host, loader, 0, r->optional >> i & 1 ? jn_funnel_reached(r, a, i) : 0);
  journey_status status = journey_list_load(host, loader, &s->lap, 0, err);
  if (status == JOURNEY_OK) status = journey_list_load(host, loader, &s->whole, 0, err);
  if (status != JOURNEY_OK || !r->values) return status;
  s->valued = host->load_range(host, loader, 0, jn_funnel_reached(r, a, i));
  host->load_sum(host, loader, &a->sum[2 * i]);
  host->load_sum(host, loader, &a->sum[2 * i + 1]);
  return host->load_status(host, loader, err);
}

static journey_status load_account(const rules *r, accounts *all, journey_loader *loader, journey_error *err) {
  const journey_host *host = r->host;
  size_t n = 0;
  int64_t period = r->trend ? host->load_int64(host, loader) : host->load_range(host, loader, 0, 0);
  const char *name = r->by_attribute ? host->load_bytes(host, loader, &n) : NULL;
  if (name && memchr(name, 0, n)) return host->fail(host, err, JOURNEY_ESTATE, "saved state: a value is damaged");
  size_t before = all->count;
  account *a = find_account(r, all, period, name, n);
  if (!a) return JOURNEY_ENOMEM;
  if (all->count == before) return host->fail(host, err, JOURNEY_ESTATE, "saved state: an account is there twice");
  a->dropped = host->load_range(host, loader, 0, INT64_MAX);
  for (uint32_t i = 0; i <= r->count; i++) a->ended[i] = host->load_range(host, loader, 0, INT64_MAX);
  journey_status status = JOURNEY_OK;
  for (uint32_t i = 0; status == JOURNEY_OK && i < r->count; i++) status = load_step(r, a, i, loader, err);
  return status;
}

journey_status jn_funnel_load_accounts(const rules *r, accounts *all, journey_loader *loader, journey_error *err) {
  const journey_host *host = r->host;
  int64_t n = host->load_range(host, loader, 0, INT64_MAX);
  while (n-- > 0 && host->load_status(host, loader, err) == JOURNEY_OK) {
    journey_status status = load_account(r, all, loader, err);
    if (status != JOURNEY_OK) return status;
  }
  return host->load_status(host, loader, err);
}

/* Periods in their order; values by customers, the most first, then by name. */
int jn_funnel_comes_before(const void *state, size_t x, size_t y) {
  const sorted *s = state;
  const account *a = &s->all->item[x], *b = &s->all->item[y];
  int64_t more = jn_funnel_paths(s->rules, a) - jn_funnel_paths(s->rules, b);
  if (a->period != b->period) return a->period < b->period;
  if (more || !a->name || !b->name) return more > 0;
  return strcmp(a->name, b->name) < 0;
}
