/* Looks at all events once, in parallel, to find out who is in scope, and what the breakdown chooses for each
 * customer. */
#include <string.h>

#include "exec/exec.h"
#include "study/scan.h"

typedef struct work {
  jn_study_scan *scan;
  jn_study_evaluator evaluator;
  jn_study_buffer in_scope, chosen, hit; /* by event of the chunk */
  int64_t first, last;                   /* customers of the chunk */
  int64_t base;                          /* its first event */
  int64_t overlaps;
} work;

static bool any(const uint8_t *flag, int64_t begin, int64_t end) {
  return begin < end && memchr(flag + begin, 1, (size_t)(end - begin));
}

static void path_of(const work *w, int64_t customer, int64_t *begin, int64_t *end) {
  const int64_t *offset = w->scan->study->columns->offset;
  *begin = offset[customer] - w->base;
  *end = offset[customer + 1] - w->base;
}

/* The part of a path within the period. */
static void period_of(const work *w, int64_t customer, int64_t *begin, int64_t *end) {
  const int64_t *offset = w->scan->study->columns->offset;
  *begin = offset[customer];
  *end = offset[customer + 1];
  jn_study_narrow(w->scan->study, begin, end);
  *begin -= w->base;
  *end -= w->base;
}

static journey_status evaluate(work *w, const jn_study_program *program, jn_study_buffer *out, journey_error *err) {
  const journey_study *study = w->scan->study;
  int64_t n = study->columns->offset[w->last] - w->base;
  journey_status status = jn_study_room(study->context, out, (size_t)n, 1, err);
  return status ? status : jn_study_evaluate(&w->evaluator, program, w->base, n, out->data, err);
}

/* Everybody with an event in scope who satisfies `customers` has nothing chosen yet; the others are out. */
static void mark_scope(work *w) {
  const jn_study_scan *scan = w->scan;
  for (int64_t c = w->first; c < w->last; c++) {
    int64_t begin, end;
    path_of(w, c, &begin, &end);
    bool chosen = !scan->selective || any(w->chosen.data, begin, end);
    period_of(w, c, &begin, &end);
    bool in_scope = scan->study->filtered ? any(w->in_scope.data, begin, end) : begin < end;
    scan->choice[c] = chosen && in_scope ? JN_STUDY_NOTHING : JN_STUDY_NOBODY;
  }
}

static journey_status choose_personas(work *w, journey_error *err) {
  const jn_study_scan *scan = w->scan;
  for (uint32_t p = 0; p < scan->personas; p++) {
    if (!scan->persona[p].instructions) continue; /* a persona without a rule fits nobody */
    journey_status status = evaluate(w, &scan->persona[p], &w->hit, err);
    if (status) return status;
    for (int64_t c = w->first; c < w->last; c++) {
      int64_t begin, end;
      path_of(w, c, &begin, &end);
      if (scan->choice[c] == JN_STUDY_NOBODY || !any(w->hit.data, begin, end)) continue;
      if (scan->choice[c] == JN_STUDY_NOTHING)
        scan->choice[c] = p;
      else if (!(scan->choice[c] & JN_STUDY_SEVERAL))
        scan->choice[c] |= JN_STUDY_SEVERAL, w->overlaps++;
    }
  }
  return JOURNEY_OK;
}

static bool has_attribute(const jn_stream_attribute *attribute, int64_t event) {
  if (attribute->type == JOURNEY_ATTRIBUTE_NUMBER) {
    double x = jn_stream_number(&attribute->number, event);
    return x == x;
  }
  return jn_study_code(attribute->code, attribute->width, event) != 0;
}

/* Place in the path of the first or last event in scope that has the attribute. */
static uint32_t choose_event(const work *w, int64_t customer) {
  const jn_study_scan *scan = w->scan;
  const jn_stream_attribute *attribute = &scan->study->columns->attribute[scan->attribute];
  const uint8_t *in_scope = scan->study->filtered ? w->in_scope.data : NULL;
  int64_t begin, end, start = scan->study->columns->offset[customer] - w->base;
  period_of(w, customer, &begin, &end);
  int64_t step = scan->last ? -1 : 1, i = scan->last ? end - 1 : begin;
  for (; i >= begin && i < end; i += step) {
    if (in_scope && !in_scope[i]) continue;
    if (has_attribute(attribute, w->base + i)) {
      return i - start < JN_STUDY_MOST_PLACE ? (uint32_t)(i - start) : JN_STUDY_MOST_PLACE;
    }
  }
  return JN_STUDY_NOTHING;
}

static void choose_attributes(work *w) {
  const jn_study_scan *scan = w->scan;
  for (int64_t c = w->first; c < w->last; c++) {
    if (scan->choice[c] != JN_STUDY_NOBODY) scan->choice[c] = choose_event(w, c);
  }
}

static journey_status scan_chunk(work *w, journey_error *err) {
  const jn_study_scan *scan = w->scan;
  const journey_study *study = scan->study;
  journey_status status = jn_base_cancelled(study->context, err);
  w->base = study->columns->offset[w->first];
  if (!status && study->filtered) status = evaluate(w, &study->where, &w->in_scope, err);
  if (!status && scan->selective) status = evaluate(w, &scan->customers, &w->chosen, err);
  if (status) return status;
  mark_scope(w);
  if (scan->by == JN_STUDY_BY_PERSONA) return choose_personas(w, err);
  if (scan->by == JN_STUDY_BY_ATTRIBUTE) choose_attributes(w);
  return JOURNEY_OK;
}

/* ---- all customers, in parallel ---------------------------------------------------------------------------------- */

enum { MOST_TASKS = 256, EVENTS_PER_TASK = 1 << 16 };

typedef struct tasks {
  jn_study_scan *scan;
  int64_t cut[MOST_TASKS + 1], overlaps[MOST_TASKS];
} tasks;

static journey_status scan_task(void *arg, int64_t i, journey_error *err) {
  tasks *all = arg;
  const journey_study *study = all->scan->study;
  work w = {.scan = all->scan, .evaluator.study = study};
  journey_status status = JOURNEY_OK;
  for (w.first = all->cut[i]; !status && w.first < all->cut[i + 1]; w.first = w.last) {
    w.last = jn_study_chunk_end(study, w.first, all->cut[i + 1]);
    status = scan_chunk(&w, err);
  }
  jn_study_room_free(study->context, &w.in_scope);
  jn_study_room_free(study->context, &w.chosen);
  jn_study_room_free(study->context, &w.hit);
  jn_study_evaluator_free(&w.evaluator);
  all->overlaps[i] = w.overlaps;
  return status;
}

journey_status jn_study_scan_all(jn_study_scan *scan, int64_t *overlaps, journey_error *err) {
  tasks all = {.scan = scan};
  int64_t n = scan->study->columns->events / EVENTS_PER_TASK + 1;
  if (n > MOST_TASKS) n = MOST_TASKS;
  jn_study_cut(scan->study, n, all.cut);
  journey_status status = jn_exec_run(scan->study->context, n, scan_task, &all, err);
  *overlaps = 0;
  for (int64_t i = 0; i < n; i++) *overlaps += all.overlaps[i];
  return status;
}
