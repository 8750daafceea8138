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

/* A class is its event name, which stays, and the steps it satisfies so far. */
typedef struct class {
  uint64_t mask;
  uint32_t event, split; /* split: the class of those for whom the predicate holds, once somebody is in it */
} class;

static journey_status begin(jn_study_cursor *cursor, jn_study_codes *codes, journey_error *err) {
  uint32_t names = cursor->study->events.count;
  int64_t most = (int64_t)names + cursor->events; /* a new class has an event of its own */
  if (most >= UNKNOWN) return jn_base_fail(err, JOURNEY_ELIMIT, "steps: a path of 2^32 events or more");
  journey_status status = jn_study_cursor_room(cursor, &codes->code, cursor->events, sizeof(uint32_t), err);
  if (!status) status = jn_study_cursor_room(cursor, &codes->split, most, sizeof(class), err);
  if (!status) status = jn_study_cursor_room(cursor, &codes->mask, most, sizeof(uint64_t), err);
  if (status) return status;
  class *all = codes->split.data;
  for (uint32_t c = 0; c < names; c++) all[c] = (class){codes->steps->mask[c], c, UNKNOWN};
  uint32_t *code = codes->code.data;
  const journey_codes *event = &cursor->batch.event;
  for (int64_t i = 0; i < cursor->events; i++) code[i] = jn_study_code(event->data, event->width, i);
  codes->count = names;
  return JOURNEY_OK;
}

static void split(const jn_study_cursor *cursor, jn_study_codes *codes, const uint64_t *bits, const uint8_t *hit) {
  class *all = codes->split.data;
  uint32_t *code = codes->code.data;
  for (uint32_t c = 0; c < codes->count; c++) all[c].split = UNKNOWN;
  for (int64_t i = 0; i < cursor->events; i++) {
    if (!hit[cursor->index ? cursor->index[i] : i]) continue;
    class *from = &all[code[i]];
    uint64_t mask = from->mask | bits[from->event];
    if (mask == from->mask) continue;
    if (from->split == UNKNOWN) {
      from->split = codes->count++;
      all[from->split] = (class){mask, from->event, UNKNOWN};
    }
    code[i] = from->split;
  }
}

static journey_status narrow(jn_study_cursor *cursor, jn_study_codes *codes, journey_error *err) {
  const class *all = codes->split.data;
  const uint32_t *code = codes->code.data;
  uint64_t *mask = codes->mask.data;
  for (uint32_t c = 0; c < codes->count; c++) mask[c] = all[c].mask;
  if (codes->count > 65536) return JOURNEY_OK;
  journey_status status = jn_study_cursor_room(cursor, &codes->narrow, cursor->events, 2, err);
  if (status) return status;
  uint8_t *one = codes->narrow.data;
  uint16_t *two = codes->narrow.data;
  if (codes->count <= 256) {
    for (int64_t i = 0; i < cursor->events; i++) one[i] = (uint8_t)code[i];
  } else {
    for (int64_t i = 0; i < cursor->events; i++) two[i] = (uint16_t)code[i];
  }
  return JOURNEY_OK;
}

static journey_status make(jn_study_cursor *cursor, jn_study_codes *codes, journey_error *err) {
  const jn_study_steps *steps = codes->steps;
  codes->chunk = 0;
  journey_status status = begin(cursor, codes, err);
  if (!status) status = jn_study_cursor_room(cursor, &cursor->keep, cursor->raw, 1, err);
  for (uint32_t g = 0; !status && g < steps->guards; g++) {
    status = jn_study_evaluate(&cursor->evaluator, &steps->guard[g].program, cursor->base, cursor->raw,
                               cursor->keep.data, err);
    if (!status) split(cursor, codes, steps->guard[g].bits, cursor->keep.data);
  }
  if (!status) status = narrow(cursor, codes, err);
  if (!status) codes->chunk = cursor->chunk;
  return status;
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
