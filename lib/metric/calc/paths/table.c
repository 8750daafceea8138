/* The table of distinct paths: byte strings with counts, found by hash. */
#include <string.h>

#include "internal.h"

journey_status jn_paths_table_init(jn_paths_table *t, const journey_host *host) {
  t->host = host;
  t->seed = (uint64_t)(uintptr_t)t * UINT64_C(0x9e3779b97f4a7c15); /* changes no answer, and nobody can foresee it */
  t->slots = 1024;
  t->slot = journey_host_alloc(host, t->slots, sizeof *t->slot);
  return t->slot ? JOURNEY_OK : JOURNEY_ENOMEM;
}

void jn_paths_table_free(jn_paths_table *t) {
  journey_host_free(t->host, t->list, t->list_capacity, sizeof *t->list);
  journey_host_free(t->host, t->bytes, t->byte_capacity, 1);
  journey_host_free(t->host, t->slot, t->slots, sizeof *t->slot);
}

static uint64_t mix(uint64_t a, uint64_t b) {
  unsigned __int128 product =
      (unsigned __int128)(a ^ UINT64_C(0xa0761d6478bd642f)) * (b ^ UINT64_C(0xe7037ed1a0b428db));
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The last bytes, at most 8 of `n` in all, as one word; the length is hashed already. */
static uint64_t last_word(const uint8_t *bytes, size_t n, size_t left) {
  uint64_t word;
  uint32_t low, high;
  if (n >= 8) { /* some of them have been seen before, which does no harm */
    memcpy(&word, bytes + left - 8, 8);
    return word;
  }
  if (n >= 4) {
    memcpy(&low, bytes, 4);
    memcpy(&high, bytes + n - 4, 4);
    return (uint64_t)high << 32 | low;
  }
  return n ? (uint64_t)bytes[0] << 16 | (uint64_t)bytes[n / 2] << 8 | bytes[n - 1] : 0;
}

uint32_t jn_paths_hash(const jn_paths_table *t, const uint8_t *bytes, size_t n) {
  uint64_t h = t->seed ^ n, word;
  size_t left = n;
  for (; left > 8; left -= 8, bytes += 8) {
    memcpy(&word, bytes, 8);
    h = mix(h, word);
  }
  return (uint32_t)mix(h, last_word(bytes, n, left));
}

/* In the order of the old slots the new ones are filled from two places on: memory is not jumped about in. */
static journey_status double_slots(jn_paths_table *t) {
  size_t slots = t->slots * 2;
  jn_paths_slot *slot = journey_host_alloc(t->host, slots, sizeof *slot);
  if (!slot) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < t->slots; i++) {
    size_t at = t->slot[i].hash & (slots - 1);
    if (!t->slot[i].path) continue;
    while (slot[at].path) at = (at + 1) & (slots - 1);
    slot[at] = t->slot[i];
  }
  journey_host_free(t->host, t->slot, t->slots, sizeof *t->slot);
  t->slot = slot;
  t->slots = slots;
  return JOURNEY_OK;
}

static journey_status add(jn_paths_table *t, jn_paths_slot *to, const uint8_t *bytes, size_t n, uint32_t hash,
                          int64_t count) {
  if (t->count == UINT32_MAX / 2) return JOURNEY_ENOMEM; /* no more than half of 2^32 slots */
  if (journey_host_grow(t->host, &t->list, &t->list_capacity, t->count + 1, sizeof *t->list) != JOURNEY_OK ||
      journey_host_grow(t->host, &t->bytes, &t->byte_capacity, t->used + n, 1) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  t->list[t->count++] = (jn_paths_distinct){t->used, n, count};
  *to = (jn_paths_slot){hash, (uint32_t)t->count};
  memcpy(t->bytes + t->used, bytes, n);
  t->used += n;
  return t->count * 2 > t->slots ? double_slots(t) : JOURNEY_OK;
}

journey_status jn_paths_count(jn_paths_table *t, const uint8_t *bytes, size_t n, uint32_t hash, int64_t count) {
  size_t at = hash & (t->slots - 1);
  for (; t->slot[at].path; at = (at + 1) & (t->slots - 1)) {
    if (t->slot[at].hash != hash) continue;
    jn_paths_distinct *d = &t->list[t->slot[at].path - 1];
    if (d->size != n || memcmp(t->bytes + d->at, bytes, n) != 0) continue;
    d->count = journey_add_counts(d->count, count);
    return JOURNEY_OK;
  }
  return add(t, &t->slot[at], bytes, n, hash, count);
}
