/* The shapes of `loops` and the hash table in which they are found. */
#include <string.h>

#include "internal.h"

enum { FIRST_SLOTS = 64 };

size_t jn_loops_hash(const loops *l, uint64_t a, uint64_t b) {
  unsigned __int128 product =
      (unsigned __int128)(a ^ l->seed) * (b ^ UINT64_C(0xe7037ed1a0b428db));
  return (size_t)((uint64_t)product ^ (uint64_t)(product >> 64));
}

static size_t hash_shape(const loops *l, uint32_t kind, const uint32_t *code, uint32_t length) {
  size_t hash = jn_loops_hash(l, kind, length);
  for (uint32_t i = 0; i < length; i++) hash = jn_loops_hash(l, hash, code[i]);
  return hash;
}

static int is_shape(const loops *l, const shape *s, uint32_t kind, const uint32_t *code, uint32_t length) {
  return s->kind == kind && s->length == length && memcmp(l->codes + s->at, code, length * sizeof *code) == 0;
}

static journey_status double_table(loops *l) {
  size_t slots = l->slots ? l->slots * 2 : FIRST_SLOTS;
  uint32_t *table = journey_host_alloc(l->host, slots, sizeof *table);
  if (!table) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < l->count; i++) {
    const shape *s = &l->shapes[i];
    size_t at = hash_shape(l, s->kind, l->codes + s->at, s->length) & (slots - 1);
    while (table[at]) at = (at + 1) & (slots - 1);
    table[at] = (uint32_t)i + 1;
  }
  journey_host_free(l->host, l->table, l->slots, sizeof *l->table);
  l->table = table;
  l->slots = slots;
  return JOURNEY_OK;
}

static shape *add_shape(loops *l, uint32_t *slot, uint32_t kind, const uint32_t *code, uint32_t length) {
  const journey_host *host = l->host;
  if (l->count == UINT32_MAX - 1 ||
      journey_host_grow(host, &l->shapes, &l->capacity, l->count + 1, sizeof *l->shapes) != JOURNEY_OK ||
      journey_host_grow(host, &l->codes, &l->code_capacity, l->used + length, sizeof *l->codes) != JOURNEY_OK) {
    return NULL;
  }
  shape *s = &l->shapes[l->count++];
  *s = (shape){.kind = kind, .length = length, .at = l->used};
  memcpy(l->codes + l->used, code, length * sizeof *code);
  l->used += length;
  *slot = (uint32_t)l->count;
  return s;
}

shape *jn_loops_shape(loops *l, uint32_t kind, const uint32_t *code, uint32_t length) {
  if (l->count * 2 >= l->slots && double_table(l) != JOURNEY_OK) return NULL;
  size_t at = hash_shape(l, kind, code, length) & (l->slots - 1);
  for (; l->table[at]; at = (at + 1) & (l->slots - 1)) {
    shape *s = &l->shapes[l->table[at] - 1];
    if (is_shape(l, s, kind, code, length)) return s;
  }
  return add_shape(l, &l->table[at], kind, code, length);
}
