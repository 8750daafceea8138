/* Partial states of `loops`: joined, saved and loaded. */
#include "internal.h"

/* Shards hold different customers, so all numbers add up. */
journey_status jn_loops_merge(void *state, void *other, journey_error *err) {
  loops *l = state;
  const loops *o = other;
  l->customers = journey_add_counts(l->customers, o->customers);
  l->converted = journey_add_counts(l->converted, o->converted);
  for (size_t i = 0; i < o->count; i++) {
    const shape *from = &o->shapes[i];
    shape *s = jn_loops_shape(l, from->kind, o->codes + from->at, from->length);
    if (!s) return jn_loops_no_memory(l, err);
    for (int n = 0; n < NUMBERS; n++) s->number[n] = journey_add_counts(s->number[n], from->number[n]);
    if (journey_list_append(l->host, &s->times, &from->times) != JOURNEY_OK) return jn_loops_no_memory(l, err);
  }
  return JOURNEY_OK;
}

/* For each shape: its kind + 1, its length, its codes, its numbers, its times. 0 ends the list. */
journey_status jn_loops_save(void *state, journey_saver *saver, journey_error *err) {
  const loops *l = state;
  const journey_host *host = l->host;
  (void)err;
  host->save_int64(host, saver, l->customers);
  host->save_int64(host, saver, l->converted);
  for (size_t i = 0; i < l->count; i++) {
    const shape *s = &l->shapes[i];
    host->save_int64(host, saver, s->kind + 1);
    host->save_int64(host, saver, s->length);
    for (uint32_t k = 0; k < s->length; k++) host->save_int64(host, saver, l->codes[s->at + k]);
    for (int n = 0; n < NUMBERS; n++) host->save_int64(host, saver, s->number[n]);
    journey_list_save(host, saver, &s->times);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static shape *load_key(loops *l, journey_loader *loader, uint32_t kind, journey_error *err) {
  const journey_host *host = l->host;
  const int64_t least[KINDS] = {1, 1, 2}, most[KINDS] = {l->longest, 1, 2};
  uint32_t code[MOST_SHOWN] = {0}, length = (uint32_t)host->load_range(host, loader, least[kind], most[kind]);
  for (uint32_t i = 0; i < length; i++) {
    int step = kind == BACK_STEP && l->steps;
    code[i] = step ? (uint32_t)host->load_range(host, loader, 0, l->steps->count - 1) : host->load_event(host, loader);
  }
  if (host->load_status(host, loader, err) != JOURNEY_OK) return NULL; /* the codes are only good without an error */
  shape *s = jn_loops_shape(l, kind, code, length);
  if (!s) jn_loops_no_memory(l, err);
  return s;
}

static journey_status load_shape(loops *l, journey_loader *loader, uint32_t kind, journey_error *err) {
  const journey_host *host = l->host;
  shape *s = load_key(l, loader, kind, err);
  journey_status status = host->load_status(host, loader, err);
  if (!s) return status == JOURNEY_OK ? JOURNEY_ENOMEM : status;
  for (int64_t n = 0, most = INT64_MAX; n < NUMBERS; n++) {
    most = host->load_range(host, loader, n == COUNT, most); /* each is a part of the one before */
    s->number[n] = journey_add_counts(s->number[n], most);
  }
  status = journey_list_load(host, loader, &s->times, 0, err);
  if (status == JOURNEY_ENOMEM) return jn_loops_no_memory(l, err);
  if (status == JOURNEY_OK && (int64_t)s->times.count > (l->timed ? s->number[COUNT] : 0)) {
    return host->fail(host, err, JOURNEY_ESTATE, "saved state: more times than loops");
  }
  return status;
}

journey_status jn_loops_load(void *state, journey_loader *loader, journey_error *err) {
  loops *l = state;
  const journey_host *host = l->host;
  int64_t kind;
  journey_status status = JOURNEY_OK;
  l->customers = host->load_range(host, loader, 0, INT64_MAX);
  l->converted = host->load_range(host, loader, 0, l->customers);
  while (status == JOURNEY_OK && (kind = host->load_range(host, loader, 0, KINDS)) > 0) {
    status = load_shape(l, loader, (uint32_t)kind - 1, err);
  }
  return status == JOURNEY_OK ? host->load_status(host, loader, err) : status;
}
