/* Step codes of a chunk where steps have predicates. All events begin in the class of their name; each predicate splits
 * the classes whose names it matters to by its outcome. What is left are the step codes: few, and exact. */
#include <string.h>

#include "study/cursor.h"

#define UNKNOWN UINT32_MAX

void jn_study_codes_free(jn_study_cursor *cursor) {
  journey_context *context = cursor->study->context;
  for (jn_study_codes *codes = cursor->codes, *next; codes; codes = next) {
    next = codes->next;
    jn_study_room_free(context, &codes->code);
    jn_study_room_free(context, &codes->narrow);
    jn_study_room_free(context, &codes->split);
    jn_study_room_free(context, &codes->mask);
    jn_base_free(context, codes, 1, sizeof *codes);
  }
}

static jn_study_codes *find(jn_study_cursor *cursor, const jn_study_steps *steps) {
  for (jn_study_codes *codes = cursor->codes; codes; codes = codes->next) {
    if (codes->steps == steps) return codes;
  }
  jn_study_codes *codes = jn_base_zalloc(cursor->study->context, 1, sizeof *codes);
  if (!codes) return NULL;
  codes->steps = steps;
  codes->next = cursor->codes;
  cursor->codes = codes;
  return codes;
}

/* The steps that a class satisfies so far. */
typedef struct class {
  uint64_t mask;
  uint32_t split; /* the class of those for whom the predicate at hand holds, once somebody is in it */
} class;

static void widen(const journey_codes *event, int64_t n, uint32_t *code) {
  const uint8_t *narrow = event->data;
  const uint16_t *middle = event->data;
  if (event->width == 1) {
    for (int64_t i = 0; i < n; i++) code[i] = narrow[i];
  } else if (event->width == 2) {
    for (int64_t i = 0; i < n; i++) code[i] = middle[i];
  } else {
    memcpy(code, event->data, (size_t)n * sizeof *code);
  }
}

static journey_status begin(jn_study_cursor *cursor, jn_study_codes *codes, journey_error *err) {
  uint32_t names = cursor->study->events.count;
  int64_t most = (int64_t)names + cursor->events; /* a new class has an event of its own */
  if (most >= UNKNOWN) return jn_base_fail(err, JOURNEY_ELIMIT, "steps: a path of 2^32 events or more");
  journey_status status = jn_study_cursor_room(cursor, &codes->code, cursor->events, sizeof(uint32_t), err);
  if (!status) status = jn_study_cursor_room(cursor, &codes->split, most, sizeof(class), err);
  if (!status) status = jn_study_cursor_room(cursor, &codes->mask, most, sizeof(uint64_t), err);
  if (status) return status;
  class *all = codes->split.data;
  for (uint32_t c = 0; c < names; c++) all[c] = (class){codes->steps->mask[c], UNKNOWN};
  widen(&cursor->batch.event, cursor->events, codes->code.data);
  codes->count = names;
  return JOURNEY_OK;
}

/* Moves an event for which the predicate holds into the class of its class's such events. */
static inline void move(jn_study_codes *codes, class *all, uint32_t *code, uint64_t bit) {
  class *from = &all[*code];
  if (from->mask & bit) return; /* it satisfies the step anyway */
  if (from->split == UNKNOWN) {
    from->split = codes->count;
    all[codes->count++] = (class){from->mask | bit, UNKNOWN};
  }
  *code = from->split;
}

static void split(const jn_study_cursor *cursor, jn_study_codes *codes, uint64_t bit, const uint8_t *hit) {
  class *all = codes->split.data;
  uint32_t *code = codes->code.data;
  int64_t i = 0;
  for (uint32_t c = 0; c < codes->count; c++) all[c].split = UNKNOWN;
  for (; i + 8 <= cursor->events; i += 8) { /* mostly nobody is hit */
    uint64_t eight;
    memcpy(&eight, hit + i, 8);
    if (!eight) continue;
    for (int64_t k = i; k < i + 8; k++) {
      if (hit[k]) move(codes, all, &code[k], bit);
    }
  }
  for (; i < cursor->events; i++) {
    if (hit[i]) move(codes, all, &code[i], bit);
  }
}

static void narrow(const jn_study_cursor *cursor, jn_study_codes *codes) {
  const class *all = codes->split.data;
  const uint32_t *code = codes->code.data;
  uint64_t *mask = codes->mask.data;
  for (uint32_t c = 0; c < codes->count; c++) mask[c] = all[c].mask;
  uint8_t *one = codes->narrow.data;
  uint16_t *two = codes->narrow.data;
  if (codes->count <= 256) {
    for (int64_t i = 0; i < cursor->events; i++) one[i] = (uint8_t)code[i];
  } else if (codes->count <= 65536) {
    for (int64_t i = 0; i < cursor->events; i++) two[i] = (uint16_t)code[i];
  }
}

/* Whether the predicate holds for an event of one of its names, by event handed out. */
static journey_status find_hits(jn_study_cursor *cursor, const jn_study_guard *guard, jn_study_codes *codes,
                                journey_error *err) {
  const journey_codes *event = &cursor->batch.event;
  uint8_t *hit = cursor->keep.data, *named = codes->narrow.data;
  journey_status status = jn_study_evaluate(&cursor->evaluator, &guard->program, cursor->base, cursor->raw, hit, err);
  if (status) return status;
  if (cursor->index) jn_study_compress(hit, cursor->index, cursor->events, 1, hit);
  jn_study_look_up(event->data, event->width, 0, cursor->events, guard->names, named);
  for (int64_t i = 0; i < cursor->events; i++) hit[i] &= named[i];
  return JOURNEY_OK;
}

static journey_status make(jn_study_cursor *cursor, jn_study_codes *codes, journey_error *err) {
  const jn_study_steps *steps = codes->steps;
  codes->chunk = 0;
  journey_status status = begin(cursor, codes, err);
  if (!status) status = jn_study_cursor_room(cursor, &cursor->keep, cursor->raw, 1, err);
  if (!status) status = jn_study_cursor_room(cursor, &codes->narrow, cursor->events, 2, err);
  for (uint32_t g = 0; !status && g < steps->guards; g++) {
    status = find_hits(cursor, &steps->guard[g], codes, err);
    if (!status) split(cursor, codes, steps->guard[g].bit, cursor->keep.data);
  }
  if (status) return status;
  narrow(cursor, codes);
  codes->chunk = cursor->chunk;
  return JOURNEY_OK;
}

journey_status jn_study_step_codes(jn_study_cursor *cursor, jn_study_steps *steps, journey_codes *out,
                                   const uint64_t **mask, journey_error *err) {
  if (!steps->guards) {
    *out = cursor->batch.event;
    *mask = steps->mask;
    return JOURNEY_OK;
  }
  jn_study_codes *codes = find(cursor, steps);
  if (!codes) return jn_base_no_memory(err);
  journey_status status = codes->chunk == cursor->chunk ? JOURNEY_OK : make(cursor, codes, err);
  if (status) return status;
  out->width = codes->count <= 256 ? 1 : codes->count <= 65536 ? 2 : 4;
  out->data = out->width == 4 ? codes->code.data : codes->narrow.data;
  out->count = codes->count;
  *mask = codes->mask.data;
  return JOURNEY_OK;
}
