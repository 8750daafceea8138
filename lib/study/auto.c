/* Proposes steps where nobody gave any. With a map: its stages in order, up to purchase where a stage has that phase.
 * Else the steps of a shop, where at least two of them are known by their event names (known.c). Else the five event
 * names that most customers have, by their mean place among a customer's first ones. The scope plays no part, so all
 * scopes of a stream are measured by the same steps. */
#include <string.h>

#include "study/auto.h"

typedef struct jn_study_proposal {
  jn_base_text steps, goal;
} proposal;

static journey_status out_of(const proposal *made) {
  return made->steps.status ? made->steps.status : made->goal.status;
}

/* ---- stages ------------------------------------------------------------------------------------------------------ */

/* Which stages have touchpoints that bind an event of the stream. */
static void find_bound(const journey_study *study, uint8_t *bound) {
  const jn_study_touchpoint_table *table = &study->touchpoint;
  for (uint32_t code = 0; code < study->events.count; code++) {
    uint16_t touchpoint = table->by_name[code], stage = touchpoint ? table->stage[touchpoint - 1] : 0;
    if (stage) bound[stage - 1] = 1;
  }
  for (uint32_t b = 0; b < table->bindings; b++) {
    uint16_t stage = table->stage[table->binding[b].touchpoint - 1];
    if (stage && memchr(table->binding[b].names, 1, study->events.count)) bound[stage - 1] = 1;
  }
}

static uint32_t count_bound(const uint8_t *bound, uint32_t end) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < end; i++) n += bound[i];
  return n;
}

static bool is_purchase_phase(const journey_study *study, uint32_t i) {
  const char *phase = journey_element_text(journey_map_at(study->map, "stage", i), "phase");
  return phase && !strcmp(phase, "purchase");
}

/* Behind the last bound stage of the phase "purchase", or behind all stages. */
static uint32_t find_end(const journey_study *study, const uint8_t *bound) {
  uint32_t count = study->touchpoint.stages.count;
  for (uint32_t i = count; i-- > 0;) {
    if (bound[i] && is_purchase_phase(study, i)) return i + 1;
  }
  return count;
}

/* Whoever is at the till has not bought yet: where the names of a stage's events tell the purchase itself from the
 * rest, that is the step. False when they do not. */
static bool put_purchases(const journey_study *study, uint32_t i, jn_base_text *out) {
  const jn_study_touchpoint_table *table = &study->touchpoint;
  bool any = false;
  for (uint32_t code = 0; code < study->events.count; code++) {
    uint16_t touchpoint = table->by_name[code];
    size_t n;
    const char *name = jn_base_dictionary_string(study->columns->names, code, &n);
    if (!touchpoint || table->stage[touchpoint - 1] != i + 1 || !jn_study_is_purchase(name, n)) continue;
    if (any) jn_base_text_put(out, "|");
    jn_study_put_name(out, name, n);
    any = true;
  }
  return any;
}

/* Awareness := *[stage='awareness'] */
static void put_stage(const journey_study *study, uint32_t i, jn_base_text *out) {
  const char *id = study->touchpoint.stages.name[i];
  const char *name = journey_element_text(journey_map_at(study->map, "stage", i), "name");
  if (!name || !*name) name = id;
  jn_study_put_name(out, name, strlen(name));
  jn_base_text_put(out, " := ");
  if (is_purchase_phase(study, i) && put_purchases(study, i, out)) return;
  jn_base_text_put(out, "*[stage='");
  for (; *id; id++) jn_base_text_add(out, *id == '\'' ? "''" : id, *id == '\'' ? 2 : 1);
  jn_base_text_put(out, "']");
}

static void put_stages(const journey_study *study, const uint8_t *bound, uint32_t end, proposal *out) {
  uint32_t left = count_bound(bound, end);
  for (uint32_t i = 0; i < end; i++) {
    if (!bound[i]) continue;
    left--;
    if (left >= JN_STUDY_MOST_STEPS) continue; /* the last ones matter most */
    if (out->steps.length) jn_base_text_put(&out->steps, ", ");
    put_stage(study, i, &out->steps);
    if (!left) put_stage(study, i, &out->goal);
  }
}

static journey_status propose_stages(const journey_study *study, jn_study_arena *scratch, proposal *out) {
  uint32_t count = study->touchpoint.stages.count;
  uint8_t *bound = jn_study_take(scratch, count, 1);
  if (!bound) return JOURNEY_ENOMEM;
  find_bound(study, bound);
  uint32_t end = find_end(study, bound);
  if (count_bound(bound, end) < 2) end = count;
  if (count_bound(bound, end) >= 2) put_stages(study, bound, end, out);
  return out_of(out);
}

/* ---- event names ------------------------------------------------------------------------------------------------- */

enum { MOST_PROPOSED = 5, MOST_CUSTOMERS = 10000, MOST_EVENTS = 1000 };

/* Notes when a customer first did each thing. */
static void sample_path(const journey_study *study, int64_t customer, uint32_t stamp, uint32_t *seen,
                        jn_study_reach *reach) {
  const jn_stream_columns *columns = study->columns;
  int64_t begin = columns->offset[customer], end = columns->offset[customer + 1], rank = 0;
  if (end - begin > MOST_EVENTS) end = begin + MOST_EVENTS;
  for (int64_t i = begin; i < end; i++) {
    uint32_t code = jn_study_code(columns->code, columns->code_width, i);
    if (seen[code] == stamp) continue;
    seen[code] = stamp;
    reach[code].customers++;
    reach[code].ranks += rank++;
  }
}

static journey_status sample(const journey_study *study, jn_study_arena *scratch, jn_study_reach **out) {
  int64_t customers = study->columns->customers, stride = customers / MOST_CUSTOMERS + 1;
  uint32_t *seen = jn_study_take(scratch, study->events.count, sizeof *seen), stamp = 0;
  *out = jn_study_take(scratch, study->events.count, sizeof **out);
  if (!seen || !*out) return JOURNEY_ENOMEM;
  for (int64_t c = 0; c < customers; c += stride) sample_path(study, c, ++stamp, seen, *out);
  return JOURNEY_OK;
}

static bool reaches_more(const jn_study_reach *reach, uint32_t a, uint32_t b) {
  return reach[a].customers != reach[b].customers ? reach[a].customers > reach[b].customers : a < b;
}

/* By mean rank; sums are below 2^24, so products fit. */
static bool comes_before(const jn_study_reach *reach, uint32_t a, uint32_t b) {
  int64_t x = reach[a].ranks * reach[b].customers, y = reach[b].ranks * reach[a].customers;
  return x != y ? x < y : reaches_more(reach, a, b);
}

typedef bool (*order)(const jn_study_reach *reach, uint32_t a, uint32_t b);

/* Puts `code` into a sorted list of at most `most`. */
static uint32_t insert(const jn_study_reach *reach, order before, uint32_t code, uint32_t *list, uint32_t n,
                       uint32_t most) {
  uint32_t at = n;
  while (at > 0 && before(reach, code, list[at - 1])) at--;
  if (at == most) return n;
  if (n < most) n++;
  memmove(list + at + 1, list + at, (n - at - 1) * sizeof *list);
  list[at] = code;
  return n;
}

static journey_status propose_reached(const journey_study *study, const jn_study_reach *reach, proposal *out) {
  uint32_t most[MOST_PROPOSED], sorted[MOST_PROPOSED], n = 0, m = 0;
  for (uint32_t code = 0; code < study->events.count; code++) {
    if (reach[code].customers) n = insert(reach, reaches_more, code, most, n, MOST_PROPOSED);
  }
  for (uint32_t i = 0; i < n; i++) m = insert(reach, comes_before, most[i], sorted, m, MOST_PROPOSED);
  for (uint32_t i = 0; i < m; i++) {
    size_t length;
    const char *name = jn_base_dictionary_string(study->columns->names, sorted[i], &length);
    if (i) jn_base_text_put(&out->steps, ", ");
    jn_study_put_name(&out->steps, name, length);
    if (i + 1 == m) jn_study_put_name(&out->goal, name, length);
  }
  return out_of(out);
}

/* ---- the proposal ------------------------------------------------------------------------------------------------ */

static journey_status propose(const journey_study *study, jn_study_arena *scratch, proposal *out) {
  jn_study_reach *reach;
  journey_status status = study->map ? propose_stages(study, scratch, out) : JOURNEY_OK;
  if (status || out->steps.length) return status;
  status = sample(study, scratch, &reach);
  if (!status) status = jn_study_propose_known(study, scratch, reach, &out->steps, &out->goal);
  if (!status && !out->steps.length) status = propose_reached(study, reach, out);
  if (!status && !out->steps.length) {
    jn_base_text_put(&out->steps, "*");
    jn_base_text_put(&out->goal, "*");
    status = out_of(out);
  }
  return status;
}

static proposal *make(const journey_study *study) {
  jn_study_arena scratch = {.context = study->context};
  proposal *made = jn_base_zalloc(study->context, 1, sizeof *made);
  if (!made) return NULL;
  jn_base_text_init(&made->steps, study->context);
  jn_base_text_init(&made->goal, study->context);
  journey_status status = propose(study, &scratch, made);
  jn_study_give_back(&scratch);
  if (!status) return made;
  jn_study_proposal_free(study, made);
  return NULL;
}

void jn_study_proposal_free(const journey_study *study, proposal *made) {
  if (!made) return;
  jn_base_text_clear(&made->steps);
  jn_base_text_clear(&made->goal);
  jn_base_free(study->context, made, 1, sizeof *made);
}

/* Made at first need, by whoever comes first: all would make the same. */
static const proposal *get(const journey_study *study) {
  journey_study *own = (journey_study *)(uintptr_t)study;
  proposal *there = atomic_load_explicit(&own->proposal, memory_order_acquire);
  if (there) return there;
  proposal *made = make(study);
  if (!made || atomic_compare_exchange_strong(&own->proposal, &there, made)) return made;
  jn_study_proposal_free(study, made);
  return there;
}

const char *jn_study_auto_steps(const journey_study *study) {
  const proposal *made = get(study);
  return made ? made->steps.bytes : NULL;
}

const char *jn_study_auto_goal(const journey_study *study) {
  const proposal *made = get(study);
  return made ? made->goal.bytes : NULL;
}
