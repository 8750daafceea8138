/* The fast way for steps in order under any mode: short paths, few steps, narrow codes, and no two events at one time where
 * that could matter.
 *
 * Each step has a bit mask of the path's events that satisfy it, made eight events at a time. A chain's next step is then found
 * by counting zeros. Of the chains with one start the first event of each step is enough, and of all chains that are at hand the
 * one that started latest: that of the latest event kept for the step before. */
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "internal.h"

enum { MOST_EVENTS = 64 };

typedef struct race {
  const uint8_t *code;
  const uint32_t *tick;
  uint32_t window;
  int n;                             /* events */
  uint64_t company;                  /* events that are not alone at their time */
  uint64_t step[MOST_FAST_STEPS];    /* events that satisfy each step */
  uint64_t reached[MOST_FAST_STEPS]; /* those of them that chains reach, of each chain the first */
  uint8_t start[MOST_FAST_STEPS][MOST_EVENTS]; /* the first event of that chain */
} race;

static int lowest(uint64_t bits) { return bits ? __builtin_ctzll(bits) : MOST_EVENTS; }
static uint64_t from(int i) { return i < MOST_EVENTS ? UINT64_MAX << i : 0; }
static uint64_t above(int i) { return i < MOST_EVENTS - 1 ? UINT64_MAX << (i + 1) : 0; }

/* ---- masks ------------------------------------------------------------------------------------------------------------- */

/* The bit `step` of eight bytes, as the bits of one. */
static inline uint64_t gather(uint64_t bytes, uint32_t step) {
  return ((bytes >> step & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080)) >> 56;
}

/* By table, eight events at a time: on any machine, and for any number of codes. */
static void look_up(race *x, const fast *f) {
  uint64_t ties = 0;
  memset(x->step, 0, sizeof x->step);
  for (int i = 0; i < x->n; i += 8) {
    uint64_t bytes = 0;
    for (int k = 0; k < 8 && i + k < x->n; k++) bytes |= (uint64_t)f->bits[x->code[i + k]] << 8 * k;
    for (uint32_t s = 0; s < f->rules->count; s++) x->step[s] |= gather(bytes, s) << i;
  }
  for (int i = 0; i + 1 < x->n; i++) ties |= (uint64_t)(x->tick[i] == x->tick[i + 1]) << i;
  x->company = ties | ties << 1;
}

#ifdef __x86_64__
/* Of thirty-two events those at the time of the next one. */
__attribute__((target("avx2"))) static inline uint64_t compare_ticks(const uint32_t *tick) {
  uint64_t ties = 0;
  for (int i = 0; i < 32; i += 8) {
    __m256i now = _mm256_loadu_si256((const __m256i *)(tick + i));
    __m256i next = _mm256_loadu_si256((const __m256i *)(tick + i + 1));
    ties |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(now, next))) << i;
  }
  return ties;
}

/* Thirty-two codes at a time are compared with each of a step's, and their times with the next; beyond the path's end too,
 * for there is more to read. */
__attribute__((target("avx2"))) static void compare(race *x, const fast *f) {
  uint64_t ties = 0, inside = ~from(x->n);
  memset(x->step, 0, sizeof x->step);
  for (int i = 0; i < x->n; i += 32) {
    __m256i codes = _mm256_loadu_si256((const __m256i *)(x->code + i));
    for (uint32_t s = 0; s < f->rules->count; s++) {
      __m256i equal = _mm256_cmpeq_epi8(codes, _mm256_set1_epi8((char)f->code[s][0]));
      for (uint32_t k = 1; k < f->codes[s]; k++) {
        equal = _mm256_or_si256(equal, _mm256_cmpeq_epi8(codes, _mm256_set1_epi8((char)f->code[s][k])));
      }
      x->step[s] |= ((uint64_t)(uint32_t)_mm256_movemask_epi8(equal) << i) & inside;
    }
    ties |= compare_ticks(x->tick + i) << i;
  }
  ties &= inside >> 1;
  x->company = ties | ties << 1;
}

static bool can_compare(void) { return __builtin_cpu_supports("avx2"); }
#else
static void compare(race *x, const fast *f) { look_up(x, f); }
static bool can_compare(void) { return false; }
#endif

static void add_code(fast *f, uint32_t code, uint64_t mask) {
  f->bits[code] = (uint8_t)mask;
  for (uint64_t steps = mask; steps; steps &= steps - 1) {
    int s = __builtin_ctzll(steps);
    if (f->codes[s] == MOST_CODES) f->few = false;
    else f->code[s][f->codes[s]++] = (uint8_t)code;
  }
}

void jn_funnel_fast_begin(const rules *r, const view *v, fast *f) {
  const journey_batch *batch = v->batch;
  *f = (fast){.rules = r, .few = can_compare(), .end = batch->paths ? batch->end[batch->paths - 1] : 0};
  f->possible = jn_funnel_is_plain(r) && v->codes.width == 1 && !batch->time_high_width;
  f->same = !(r->modes & (STRICT_INCREASE | STRICT_ONCE));
  for (uint32_t code = 0; f->possible && code < 256 && code < r->steps->codes; code++) {
    if (v->mask[code]) add_code(f, code, v->mask[code]);
  }
  for (uint32_t s = 0; f->possible && s < r->count; s++) f->few = f->few && f->codes[s];
}

/* ---- chains ------------------------------------------------------------------------------------------------------------ */

/* Of `events`, the first at or after each of `starts`: a carry runs from the start through all that is none of them. */
static uint64_t first_after(uint64_t starts, uint64_t events) {
  uint64_t others = ~events;
  return ((others + (starts & others)) | starts) & events;
}

/* The events of step s that chains reach, of each chain the first. An event may serve the step before too, or not. */
static void reach(race *x, uint32_t s, bool same) {
  uint64_t before = x->reached[s - 1], kept = 0;
  for (uint64_t bits = first_after(same ? before : before << 1, x->step[s]); bits; bits &= bits - 1) {
    int i = __builtin_ctzll(bits);
    int source = MOST_EVENTS - 1 - __builtin_clzll(before & ~(same ? above(i) : from(i)));
    uint8_t start = s == 1 ? (uint8_t)source : x->start[s - 1][source];
    x->start[s][i] = start;
    kept |= (uint64_t)(x->tick[i] - x->tick[start] <= x->window) << i;
  }
  x->reached[s] = kept;
}

/* Steps that are reached at all, or -1: events of one time may matter, so this path is not for the fast way. */
static int race_through(race *x, const fast *f) {
  uint32_t s = 1, steps = f->rules->count;
  x->reached[0] = x->step[0];
  if (!x->step[0]) return 0;
  for (; s < steps; s++) {
    uint64_t first = x->reached[s - 1] & -x->reached[s - 1];
    if (x->company & (first | (x->step[s] & -first))) return -1;
    reach(x, s, f->same);
    if (!x->reached[s]) break;
  }
  return (int)s;
}

/* strict_order looks at all events from the first start on, strict_deduplication at those of all steps. No stop can take the
 * first step away. */
static int race_for_stops(race *x, const fast *f) {
  int level = race_through(x, f);
  if (level <= 0 || (level == 1 && f->rules->lengths_alone)) return level;
  if ((f->rules->modes & STRICT_ORDER) && (x->company & from(lowest(x->step[0])))) return -1;
  for (uint32_t s = (uint32_t)level; s < f->rules->count; s++) x->reached[s] = 0;
  return level;
}

/* ---- rules that stop ---------------------------------------------------------------------------------------------------- */

/* Where a path stops: at an event, before or after its steps, which are taken in order. */
typedef struct stop {
  int event, step;
} stop;

static void stop_at(stop *found, int event, int step) {
  bool earlier = event < found->event || (event == found->event && step < found->step);
  if (event < MOST_EVENTS && earlier) *found = (stop){event, step};
}

static stop find_stop(const race *x, uint32_t steps, uint32_t modes) {
  stop found = {MOST_EVENTS, 0};
  uint64_t begun = from(lowest(x->step[0])), all = x->n < MOST_EVENTS ? ~from(x->n) : UINT64_MAX, any = 0;
  for (uint32_t s = 0; s < steps; s++) any |= x->step[s];
  if (modes & STRICT_ORDER) stop_at(&found, lowest(all & ~any & begun), -1);
  for (uint32_t s = 1; s < steps; s++) {
    int reached = lowest(x->reached[s]), before = lowest(x->reached[s - 1]);
    if ((modes & STRICT_DEDUPLICATION) && x->reached[s]) stop_at(&found, lowest(x->step[s] & above(reached)), (int)s);
    if (!(modes & STRICT_ORDER) || (modes & ALLOW_REENTRY)) continue;
    int early = lowest(x->step[s] & begun);
    if (early < before) stop_at(&found, early, (int)s);
  }
  return found;
}

/* Steps that are reached before the path stops. */
static int level_at(const race *x, int level, stop at) {
  int s = 0;
  for (; s < level; s++) {
    int reached = lowest(x->reached[s]);
    if (reached > at.event || (reached == at.event && s >= at.step)) break;
  }
  return s;
}

/* ---- the chain ------------------------------------------------------------------------------------------------------------ */

/* From the start of the chain that reached the level first, each step as early as it can be; the start is the first event at
 * its time. */
static void choose(const race *x, int64_t begin, uint32_t same, outcome *out) {
  int at = lowest(x->reached[out->level - 1]);
  if (out->level > 1) at = x->start[out->level - 1][at];
  for (int i = at; i > 0 && x->tick[i - 1] == x->tick[i]; i--) {
    if (x->step[0] >> (i - 1) & 1) at = i - 1;
  }
  out->event[0] = begin + at;
  for (uint32_t s = 1; s < out->level; s++) {
    at = lowest(x->step[s] & (same ? from(at) : above(at)));
    out->event[s] = begin + at;
  }
}

/* Which rule stopped the path, if one did. */
static void tell_stop(const race *x, const rules *r, stop at, int64_t begin, outcome *out) {
  if (out->ended_by != PATH_END || at.event == MOST_EVENTS) return;
  bool again = at.step > 0 && lowest(x->reached[at.step]) < at.event;
  out->ended_by = again && (r->modes & STRICT_DEDUPLICATION) ? REPEATED : OUT_OF_ORDER;
  out->ended_at = begin + at.event;
}

/* How far the path came; -1: it is not for the fast way. *at is where it stopped. */
static int run(race *x, const fast *f, const view *v, stop *at) {
  const rules *r = f->rules;
  int64_t n = v->end - v->begin;
  if (n > MOST_EVENTS) return -1;
  x->code = (const uint8_t *)v->codes.data + v->begin;
  x->tick = v->batch->time_low + v->begin;
  x->window = v->window > UINT32_MAX ? UINT32_MAX : (uint32_t)v->window;
  x->n = (int)n;
  if (f->few && f->end - v->begin > n + 32) compare(x, f);
  else look_up(x, f);
  *at = (stop){MOST_EVENTS, 0};
  if (!(r->modes & (STRICT_DEDUPLICATION | STRICT_ORDER))) return race_through(x, f);
  int level = race_for_stops(x, f);
  if (level <= 0 || (level == 1 && r->lengths_alone)) return level;
  *at = find_stop(x, r->count, r->modes);
  return level_at(x, level, *at);
}

static void tell(const race *x, const fast *f, const view *v, int level, stop at, outcome *out) {
  out->level = (uint32_t)level;
  out->taken = (UINT64_C(1) << level) - 1;
  out->dropped = false;
  out->ended_by = !level ? NO_START : out->level == f->rules->count ? COMPLETE : PATH_END;
  out->ended_at = -1;
  if (!level) return;
  choose(x, v->begin, f->same, out);
  if (out->ended_by == COMPLETE) out->ended_at = out->event[level - 1];
  tell_stop(x, f->rules, at, v->begin, out);
}

bool jn_funnel_fast(const fast *f, const view *v, outcome *out) {
  race x;
  stop at;
  int level = f->possible ? run(&x, f, v, &at) : -1;
  if (level >= 0) tell(&x, f, v, level, at, out);
  return level >= 0;
}

int jn_funnel_fast_next(const fast *f, view *v, int64_t *p, int64_t short_paths[2], outcome *out) {
  const journey_batch *batch = v->batch;
  race x;
  stop at;
  for (; *p < batch->paths; ++*p) {
    v->begin = batch->begin[*p];
    v->end = batch->end[*p];
    int level = v->begin < v->end ? run(&x, f, v, &at) : -1;
    if (level < 0) return FAST_NOT;
    if (level > 1) {
      tell(&x, f, v, level, at, out);
      return FAST_OUTCOME;
    }
    short_paths[level]++;
  }
  return FAST_END;
}
