/* The fast way for steps in order under any mode: short paths, few steps, narrow codes, and no two events at one time where
 * that could matter.
 *
 * Each step has a bit mask of the path's events that satisfy it, made eight events at a time. A chain's next step is then found
 * by counting zeros. Of the chains with one start the first event of each step is enough, and of all chains that are at hand the
 * one that started latest: that of the latest event kept for the step before. */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "internal.h"

enum { MOST_EVENTS = 64 };

typedef struct race {
  const uint8_t *code;
  const uint32_t *tick;
  uint32_t window;
  int n;                             /* events */
  bool roomy;                        /* there are sixteen more to read after them */
  uint64_t step[MOST_FAST_STEPS];    /* events that satisfy each step */
  uint64_t reached[MOST_FAST_STEPS]; /* those of them that chains reach, of each chain the first */
  uint8_t start[MOST_FAST_STEPS][MOST_EVENTS]; /* the first event of that chain */
} race;

static int lowest(uint64_t bits) { return bits ? __builtin_ctzll(bits) : MOST_EVENTS; }
static uint64_t from(int i) { return i < MOST_EVENTS ? UINT64_MAX << i : 0; }
static uint64_t above(int i) { return i < MOST_EVENTS - 1 ? UINT64_MAX << (i + 1) : 0; }

/* ---- masks ------------------------------------------------------------------------------------------------------------- */

static void add_code(fast *f, uint32_t code, uint64_t mask) {
  f->bits[code] = (uint8_t)mask;
  for (uint64_t steps = mask; steps; steps &= steps - 1) {
    int s = __builtin_ctzll(steps);
    if (f->codes[s] < MOST_CODES) memset(f->code[s][f->codes[s]], (int)code, sizeof f->code[s][0]);
    if (f->codes[s] == MOST_CODES) f->few = false;
    else f->codes[s]++;
  }
}

void jn_funnel_fast_begin(const rules *r, const view *v, fast *f) {
  const journey_batch *batch = v->batch;
  *f = (fast){.rules = r, .few = true, .end = batch->paths ? batch->end[batch->paths - 1] : 0};
  f->possible = jn_funnel_is_plain(r) && v->codes.width == 1 && !batch->time_high_width;
  f->same = !(r->modes & (STRICT_INCREASE | STRICT_ONCE));
  for (uint32_t code = 0; f->possible && code < 256 && code < r->steps->codes; code++) {
    if (v->mask[code]) add_code(f, code, v->mask[code]);
  }
}

/* The bit `step` of eight bytes, as the bits of one. */
static inline uint64_t gather(uint64_t bytes, uint32_t step) {
  return ((bytes >> step & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080)) >> 56;
}

static uint64_t look_up(const race *x, const fast *f, uint32_t s) {
  uint64_t mask = 0;
  for (int i = 0; i < x->n; i += 8) {
    uint64_t bytes = 0;
    for (int k = 0; k < 8 && i + k < x->n; k++) bytes |= (uint64_t)f->bits[x->code[i + k]] << 8 * k;
    mask |= gather(bytes, s) << i;
  }
  return mask;
}

static uint64_t look_for_ties(const race *x) {
  uint64_t ties = 0;
  for (int i = 0; i + 1 < x->n; i++) ties |= (uint64_t)(x->tick[i] == x->tick[i + 1]) << i;
  return ties;
}

#ifdef __SSE2__
/* Sixteen codes at a time are compared with each of the step's; beyond the path's end too, for there is more to read. */
static uint64_t compare_codes(const race *x, const fast *f, uint32_t s) {
  uint64_t mask = 0;
  for (int i = 0; i < x->n; i += 16) {
    __m128i codes = _mm_loadu_si128((const __m128i *)(x->code + i)), equal = _mm_setzero_si128();
    for (uint32_t k = 0; k < f->codes[s]; k++) {
      equal = _mm_or_si128(equal, _mm_cmpeq_epi8(codes, _mm_load_si128((const __m128i *)f->code[s][k])));
    }
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(equal) << i;
  }
  return mask & ~from(x->n);
}

static uint64_t compare_ticks(const race *x) {
  uint64_t ties = 0;
  for (int i = 0; i + 1 < x->n; i += 4) {
    __m128i a = _mm_loadu_si128((const __m128i *)(x->tick + i)), b = _mm_loadu_si128((const __m128i *)(x->tick + i + 1));
    ties |= (uint64_t)(uint32_t)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(a, b))) << i;
  }
  return ties & ~from(x->n - 1);
}
#else
static uint64_t compare_codes(const race *x, const fast *f, uint32_t s) { return look_up(x, f, s); }
static uint64_t compare_ticks(const race *x) { return look_for_ties(x); }
#endif

/* The events that satisfy a step. */
static uint64_t find_events(const race *x, const fast *f, uint32_t s) {
  return x->roomy && f->few ? compare_codes(x, f, s) : look_up(x, f, s);
}

/* Events that are not alone at their time. */
static uint64_t find_company(const race *x) {
  uint64_t ties = x->roomy ? compare_ticks(x) : look_for_ties(x);
  return ties | ties << 1;
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
  uint64_t company = find_company(x);
  x->reached[0] = x->step[0] = find_events(x, f, 0);
  if (!x->step[0]) return 0;
  for (; s < steps; s++) {
    x->step[s] = find_events(x, f, s);
    uint64_t first = x->reached[s - 1] & -x->reached[s - 1];
    if (company & (first | (x->step[s] & -first))) return -1;
    reach(x, s, f->same);
    if (!x->reached[s]) break;
  }
  return (int)s;
}

/* strict_order looks at all events from the first start on, strict_deduplication at those of all steps. */
static int race_for_stops(race *x, const fast *f) {
  int level = race_through(x, f);
  if (level <= 0) return level;
  if ((f->rules->modes & STRICT_ORDER) && (find_company(x) & from(lowest(x->step[0])))) return -1;
  for (uint32_t s = (uint32_t)level; s < f->rules->count; s++) {
    x->step[s] = find_events(x, f, s);
    x->reached[s] = 0;
  }
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

bool jn_funnel_fast(const fast *f, const view *v, outcome *out) {
  const rules *r = f->rules;
  race x;
  int64_t n = v->end - v->begin;
  if (!f->possible || n > MOST_EVENTS) return false;
  x.code = (const uint8_t *)v->codes.data + v->begin;
  x.tick = v->batch->time_low + v->begin;
  x.window = v->window > UINT32_MAX ? UINT32_MAX : (uint32_t)v->window;
  x.n = (int)n;
  x.roomy = f->end - v->begin >= n + 16;
  stop at = {MOST_EVENTS, 0};
  bool stops = (r->modes & (STRICT_DEDUPLICATION | STRICT_ORDER)) != 0;
  int level = stops ? race_for_stops(&x, f) : race_through(&x, f);
  if (level < 0) return false;
  if (level && stops) {
    at = find_stop(&x, r->count, r->modes);
    level = level_at(&x, level, at);
  }
  out->level = (uint32_t)level;
  out->taken = (UINT64_C(1) << level) - 1;
  out->dropped = false;
  out->ended_by = !level ? NO_START : (uint32_t)level == r->count ? COMPLETE : PATH_END;
  out->ended_at = -1;
  if (level < 2 && (!level || r->lengths_alone)) return true;
  choose(&x, v->begin, f->same, out);
  if (out->ended_by == COMPLETE) out->ended_at = out->event[level - 1];
  tell_stop(&x, r, at, v->begin, out);
  return true;
}
