/* Finds the matches of a path, one after another.
 *
 * Only events that satisfy a condition of the pattern matter; they are picked out first, and a path without all that
 * every match needs is left at once. Then the program runs over them until a match is complete. Which one is reported,
 * of all that are complete there, is found on the way back: the program runs backwards from the end, over no more than
 * was passed since the match before, and marks from which positions the end is reached. A walk forwards along the
 * marks takes at each turn the first event that it can. So a path costs time in proportion to its events, and what is
 * reported is a match. */
#include "internal.h"

enum { ASK_EVERY = 65536 /* events between two looks at whether to go on */ };

static journey_status make_room(jn_match_finder *f, void *array, size_t *capacity, size_t need, size_t size) {
  return need <= *capacity ? JOURNEY_OK : journey_host_grow(f->host, array, capacity, need, size);
}

/* ---- what matters ------------------------------------------------------------------------------------------------ */

static uint64_t spine_of(const jn_match_finder *f, uint32_t code) {
  const jn_match_program *program = f->program;
  uint64_t satisfied = 0;
  for (uint32_t s = 0; s < program->spines; s++) {
    satisfied |= (uint64_t)((f->steps->mask[code] & program->spine[s]) != 0) << s;
  }
  return satisfied;
}

void jn_match_prepare(jn_match_finder *f, const journey_codes *codes) {
  for (uint32_t c = 0; codes->width == 1 && c < codes->count; c++) f->spine[c] = spine_of(f, c);
}

/* Whether the path holds what every match needs, in order: most do not, so this is the loop in which the time goes. */
static int holds_spine(const jn_match_finder *f, const journey_codes *codes, int64_t i, int64_t end) {
  uint32_t level = 0, all = f->program->spines;
  if (codes->width == 1) {
    const uint8_t *code = codes->data;
    for (; i < end; i++) level += (uint32_t)(f->spine[code[i]] >> (level & 63) & 1);
  } else {
    for (; i < end && level < all; i++) level += (uint32_t)(spine_of(f, journey_codes_at(codes, i)) >> level & 1);
  }
  return level >= all;
}

/* Picks out the events that satisfy any condition, without a branch on the event. */
static void find_hits(jn_match_finder *f, const journey_codes *codes, int64_t i, int64_t end) {
  const uint64_t *mask = f->steps->mask;
  uint64_t used = f->program->used;
  int64_t *found = f->found;
  size_t n = 0;
  if (codes->width == 1) {
    const uint8_t *code = codes->data;
    for (; i < end; i++) {
      found[n] = i;
      n += (mask[code[i]] & used) != 0;
    }
  } else {
    for (; i < end; i++) {
      found[n] = i;
      n += (mask[journey_codes_at(codes, i)] & used) != 0;
    }
  }
  f->hits = n;
}

static uint64_t positions_of(const jn_match_program *program, uint64_t conditions) {
  uint64_t positions = program->anything;
  for (; conditions; conditions &= conditions - 1) positions |= program->of_condition[__builtin_ctzll(conditions)];
  return positions;
}

static void fill_hits(jn_match_finder *f, const journey_batch *batch, const journey_codes *codes) {
  for (size_t h = 0; h < f->hits; h++) {
    int64_t i = f->found[h];
    uint64_t conditions = f->steps->mask[journey_codes_at(codes, i)] & f->program->used;
    f->hit[h] = (jn_match_hit){.tick = journey_batch_tick(batch, i),
                               .fits = positions_of(f->program, conditions),
                               .conditions = conditions,
                               .at = f->dense ? (int64_t)h : i,
                               .event = i};
  }
}

/* Events that are followed, or preceded, by what must not do so fit the guard's positions no more. */
static void apply_guard(jn_match_finder *f, const jn_match_guard *guard, uint64_t within) {
  uint64_t seen = 0, tick = 0;
  for (size_t n = 0; n < f->hits; n++) {
    jn_match_hit *hit = &f->hit[guard->after ? f->hits - 1 - n : n];
    uint64_t elapsed = guard->after ? tick - hit->tick : hit->tick - tick;
    if (seen && elapsed <= within) hit->fits &= ~guard->positions;
    if (!(hit->conditions >> guard->condition & 1)) continue;
    seen = 1;
    tick = hit->tick;
  }
}

static void apply_guards(jn_match_finder *f, int64_t unit) {
  for (uint32_t g = 0; g < f->program->guards; g++) {
    const jn_match_guard *guard = &f->program->guard[g];
    apply_guard(f, guard, guard->within == INT64_MAX ? UINT64_MAX : (uint64_t)(guard->within / unit));
  }
}

journey_status jn_match_open(jn_match_finder *f, const journey_batch *batch, const journey_codes *codes, int64_t p,
                             int32_t *matters) {
  int64_t begin = batch->begin[p], end = batch->end[p];
  *matters = 0;
  f->hits = f->next = 0;
  if (!holds_spine(f, codes, begin, end)) return JOURNEY_OK;
  if (make_room(f, &f->found, &f->found_capacity, (size_t)(end - begin), sizeof *f->found)) return JOURNEY_ENOMEM;
  find_hits(f, codes, begin, end);
  if (make_room(f, &f->hit, &f->hit_capacity, f->hits, sizeof *f->hit)) return JOURNEY_ENOMEM;
  fill_hits(f, batch, codes);
  apply_guards(f, batch->time_unit);
  *matters = 1;
  return JOURNEY_OK;
}

/* ---- the way back ------------------------------------------------------------------------------------------------ */

/* The event as it looks from the end: time and places run the other way. */
static jn_match_hit mirror(const jn_match_hit *hit, const jn_match_hit *end) {
  jn_match_hit seen = *hit;
  seen.tick = end->tick - hit->tick;
  seen.at = end->at - hit->at;
  return seen;
}

/* Marks the events from which the end is reached; *from is the first that may begin the match. */
static journey_status mark(jn_match_finder *f, size_t begin, size_t end, uint64_t last, size_t *from) {
  const jn_match_hit *final = &f->hit[end];
  uint64_t window = f->forward.windowed ? f->forward.window : UINT64_MAX;
  *from = end;
  jn_match_reset(&f->backward);
  for (size_t h = end + 1; h-- > begin;) {
    jn_match_hit *hit = &f->hit[h], seen = mirror(hit, final);
    if (seen.tick > window) break;
    journey_status status = jn_match_step(&f->backward, h == end ? last : 0, &seen, &hit->leads);
    if (status != JOURNEY_OK) return status;
    if (hit->leads & f->program->first) *from = h;
    if (!f->backward.active) break;
  }
  return JOURNEY_OK;
}

static int fits_gap(const jn_match_gap *gap, const jn_match_hit *a, const jn_match_hit *b) {
  uint64_t elapsed = b->tick - a->tick;
  if (gap->link.direct && b->at != a->at + 1) return 0;
  if (a == b && !gap->link.inclusive) return 0;
  if (gap->link.other != INT64_MAX) return elapsed != gap->other;
  return elapsed >= gap->least && elapsed <= gap->most;
}

/* Of some positions those of the element that is first in the pattern. */
static uint64_t first_element(const jn_match_program *program, uint64_t positions) {
  uint64_t first = 0;
  uint8_t least = UINT8_MAX;
  for (; positions; positions &= positions - 1) {
    uint8_t element = program->element_of[__builtin_ctzll(positions)];
    if (element < least) first = 0;
    if (element < least) least = element;
    if (element == least) first |= positions & -positions;
  }
  return first;
}

/* From some positions of event `from` to the next event of the match, and the positions there that lead on. */
static size_t walk(const jn_match_finder *f, size_t from, size_t end, uint64_t *positions) {
  const jn_match_course *course = &f->program->forward;
  uint64_t gaps = 0;
  for (uint64_t rest = *positions; rest; rest &= rest - 1) gaps |= course->out[__builtin_ctzll(rest)];
  for (size_t h = from; h <= end; h++) {
    uint64_t to = 0;
    for (uint64_t rest = gaps; rest; rest &= rest - 1) {
      const jn_match_gap *gap = &course->gap[__builtin_ctzll(rest)];
      if ((f->hit[h].leads & gap->to) && fits_gap(gap, &f->hit[from], &f->hit[h])) to |= f->hit[h].leads & gap->to;
      if (h > from && (gap->link.without & f->hit[h].conditions)) gaps &= ~(rest & -rest);
    }
    *positions = first_element(f->program, to);
    if (to) return h;
  }
  return end + 1;
}

static journey_status take(jn_match_finder *f, size_t h, uint64_t positions) {
  uint8_t element = f->program->element_of[__builtin_ctzll(positions)];
  if (!element) return JOURNEY_OK;
  if (make_room(f, &f->taken, &f->taken_capacity, f->count + 1, sizeof *f->taken)) return JOURNEY_ENOMEM;
  f->taken[f->count++] = (jn_match_taken){f->hit[h].event, element - 1u};
  return JOURNEY_OK;
}

/* The match that ends at `end`: its first event is the earliest that begins one, its element the first in the pattern
 * for which that is so, then the second event, and so on. Several positions may stand for one element. */
static journey_status trace(jn_match_finder *f, size_t begin, size_t end, uint64_t last) {
  size_t h;
  journey_status status = mark(f, begin, end, last, &h);
  uint64_t at = first_element(f->program, f->hit[h].leads & f->program->first);
  for (f->count = 0; status == JOURNEY_OK && at;) {
    status = take(f, h, at);
    if (h == end && last & at) break;
    h = walk(f, h, end, &at); /* there is always a way: it is marked */
  }
  return status;
}

/* A match that ends with a look at an event leaves that event to the next one, unless it began there. */
static journey_status end_match(jn_match_finder *f, size_t end, uint64_t reached, int32_t *matched) {
  const jn_match_program *program = f->program;
  uint64_t last = reached & program->last;
  size_t begin = f->next;
  f->next = end + 1;
  if (last && program->lookahead && end > begin) f->next = end;
  if (!last && end + 1 == f->hits) last = reached & program->at_end;
  *matched = last != 0;
  if (*matched) return trace(f, begin, end, last);
  f->next = begin;
  return JOURNEY_OK;
}

journey_status jn_match_next(jn_match_finder *f, int32_t *matched, journey_error *err) {
  uint64_t ends = f->program->last | f->program->at_end, reached;
  *matched = 0;
  jn_match_reset(&f->forward);
  for (size_t h = f->next; h < f->hits; h++) {
    journey_status status = jn_match_step(&f->forward, f->program->first, &f->hit[h], &reached);
    if (status == JOURNEY_OK && h % ASK_EVERY == ASK_EVERY - 1) status = f->host->cancelled(f->host, err);
    if (status == JOURNEY_OK && reached & ends) status = end_match(f, h, reached, matched);
    if (status != JOURNEY_OK || *matched) return status;
  }
  f->next = f->hits;
  return JOURNEY_OK;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

journey_status jn_match_finder_new(jn_match_finder *f, const journey_host *host, const journey_steps *steps,
                                   jn_match_program *program, int32_t windowed) {
  f->host = host;
  f->steps = steps;
  f->program = program;
  f->forward.windowed = windowed;
  journey_status status = jn_match_machine_new(&f->forward, host, &program->forward, program->gaps);
  return status ? status : jn_match_machine_new(&f->backward, host, &program->backward, program->gaps);
}

void jn_match_finder_free(jn_match_finder *f) {
  if (!f->host) return;
  jn_match_machine_free(&f->forward);
  jn_match_machine_free(&f->backward);
  journey_host_free(f->host, f->found, f->found_capacity, sizeof *f->found);
  journey_host_free(f->host, f->hit, f->hit_capacity, sizeof *f->hit);
  journey_host_free(f->host, f->taken, f->taken_capacity, sizeof *f->taken);
}
