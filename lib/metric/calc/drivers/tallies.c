/* Tallies of the codes of a column: only of those that were met, for groups are many, and codes may be, too. */
#include "internal.h"

enum { FIRST_SLOTS = 16 };

/* Codes find their own slot as soon as the index would not be smaller than that. */
static size_t first_slot(const tallies *t, uint32_t code) {
  return t->slots < t->codes ? (size_t)(code * t->factor >> 32) & (t->slots - 1) : code;
}

/* The slot of the code, or the free one where it belongs. */
static uint32_t *slot_of(const tallies *t, uint32_t code) {
  size_t at = first_slot(t, code);
  while (t->index[at] && t->item[t->index[at] - 1].code != code) at = (at + 1) & (t->slots - 1);
  return &t->index[at];
}

static journey_status widen(const journey_host *host, tallies *t) {
  tallies wider = *t;
  wider.slots = t->slots ? t->slots * 2 : FIRST_SLOTS;
  if (wider.slots >= t->codes) wider.slots = t->codes;
  wider.index = journey_host_alloc(host, wider.slots, sizeof *wider.index);
  if (!wider.index) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < t->count; i++) *slot_of(&wider, t->item[i].code) = (uint32_t)i + 1;
  journey_host_free(host, t->index, t->slots, sizeof *t->index);
  *t = wider;
  return JOURNEY_OK;
}

void jn_drivers_tallies_init(tallies *t, size_t codes) {
  *t = (tallies){.codes = codes, .factor = (uint64_t)(uintptr_t)t * UINT64_C(0x9e3779b97f4a7c15) | 1};
}

void jn_drivers_tallies_free(const journey_host *host, tallies *t) {
  journey_host_free(host, t->item, t->capacity, sizeof *t->item);
  journey_host_free(host, t->index, t->slots, sizeof *t->index);
}

tally *jn_drivers_tally(const journey_host *host, tallies *t, uint32_t code) {
  if (t->slots < t->codes && t->count * 2 >= t->slots && widen(host, t) != JOURNEY_OK) return NULL;
  uint32_t *slot = slot_of(t, code);
  if (*slot) return &t->item[*slot - 1];
  if (journey_host_grow(host, &t->item, &t->capacity, t->count + 1, sizeof *t->item) != JOURNEY_OK) return NULL;
  t->item[t->count] = (tally){.code = code};
  *slot = (uint32_t)++t->count;
  return &t->item[t->count - 1];
}

journey_status jn_drivers_tallies_merge(const journey_host *host, tallies *to, const tallies *from) {
  for (size_t i = 0; i < from->count; i++) {
    tally *t = jn_drivers_tally(host, to, from->item[i].code);
    if (!t) return JOURNEY_ENOMEM;
    for (int o = 0; o < OUTCOMES; o++) t->count[o] = journey_add_counts(t->count[o], from->item[i].count[o]);
  }
  return JOURNEY_OK;
}
