/* The fast way for steps in order under any mode: short paths, few steps, narrow codes, and no two events at one time where
 * that could matter.
 *
 * Each step has a bit mask of the path's events that satisfy it, made eight events at a time. A chain's next step is then found
 * by counting zeros. Of each step's events those are kept that a chain reaches in time: the chain that started latest is that
 * of the latest event kept for the step before. */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "internal.h"

enum { MOST_EVENTS = 64 };

typedef struct race {
  const uint32_t *tick;
  uint32_t window;
  int n;                             /* events */
  uint64_t step[MOST_FAST_STEPS];    /* events that satisfy each step */
  uint64_t reached[MOST_FAST_STEPS]; /* those of them that a chain reaches */
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

static void look_up(race *x, const fast *f, const uint8_t *code) {
  for (int i = 0; i < x->n; i += 8) {
    uint64_t bytes = 0;
    for (int k = 0; k < 8 && i + k < x->n; k++) bytes |= (uint64_t)f->bits[code[i + k]] << 8 * k;
    for (uint32_t s = 0; s < f->rules->count; s++) x->step[s] |= gather(bytes, s) << i;
  }
}

#ifdef __SSE2__
/* Sixteen codes at a time are compared with each of a step's. */
static inline uint64_t compare(const fast *f, uint32_t s, __m128i codes) {
  __m128i equal = _mm_cmpeq_epi8(codes, _mm_load_si128((const __m128i *)f->code[s][0]));
  for (uint32_t k = 1; k < f->codes[s]; k++) {
    equal = _mm_or_si128(equal, _mm_cmpeq_epi8(codes, _mm_load_si128((const __m128i *)f->code[s][k])));
  }
  return f->codes[s] ? (uint64_t)(uint32_t)_mm_movemask_epi8(equal) : 0;
}

/* The last sixteen may reach into the next path, but not beyond the batch: false. */
static bool compare_all(race *x, const fast *f, const uint8_t *code, int64_t left) {
  if (!f->few || (x->n + 15) / 16 * 16 > left) return false;
  for (int i = 0; i < x->n; i += 16) {
    __m128i codes = _mm_loadu_si128((const __m128i *)(code + i));
    for (uint32_t s = 0; s < f->rules->count; s++) x->step[s] |= compare(f, s, codes) << i;
  }
  for (uint32_t s = 0; s < f->rules->count; s++) x->step[s] &= ~from(x->n);
  return true;
}
#else
static bool compare_all(race *x, const fast *f, const uint8_t *code, int64_t left) {
  (void)x, (void)f, (void)code, (void)left;
  return false;
}
#endif

/* ---- chains ------------------------------------------------------------------------------------------------------------ */

/* Whether another event is at the same time as event i. */
static inline uint32_t has_company(const race *x, int i) {
  uint32_t now = x->tick[i];
  return (uint32_t)(i > 0 && x->tick[i - 1] == now) | (uint32_t)(i + 1 < x->n && x->tick[i + 1] == now);
}

/* The events of step s that chains reach. `same`: an event may serve the step before too. True: two events at one time. */
static bool reach(race *x, uint32_t s, bool same) {
  uint64_t before = x->reached[s - 1], kept = 0;
  int first = lowest(before);
  uint32_t company = has_company(x, first);
  for (uint64_t bits = x->step[s] & from(first); bits; bits &= bits - 1) {
    int i = __builtin_ctzll(bits);
    uint64_t sources = before & ~(same ? above(i) : from(i));
    int source = sources ? MOST_EVENTS - 1 - __builtin_clzll(sources) : i;
    uint8_t start = s == 1 ? (uint8_t)source : x->start[s - 1][source];
    x->start[s][i] = start;
    kept |= (uint64_t)(sources && x->tick[i] - x->tick[start] <= x->window) << i;
    company |= has_company(x, i);
  }
  x->reached[s] = kept;
  return company;
}

/* Steps that are reached at all, or -1: this path is not for the fast way. */
static int race_through(race *x, uint32_t steps, bool same) {
  uint32_t s = 1;
  x->reached[0] = x->step[0];
  if (!x->step[0]) return 0;
  for (; s < steps; s++) {
    if (reach(x, s, same)) return -1;
    if (!x->reached[s]) break;
  }
  for (uint32_t rest = s; rest < steps; rest++) x->reached[rest] = 0;
  return (int)s;
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

/* After the start every two events at one time may matter to strict_order. */
static bool has_ties(const race *x) {
  for (int i = lowest(x->step[0]); i < x->n; i++) {
    if (has_company(x, i)) return true;
  }
  return false;
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
  const uint8_t *code = (const uint8_t *)v->codes.data + v->begin;
  x.tick = v->batch->time_low + v->begin;
  x.window = v->window > UINT32_MAX ? UINT32_MAX : (uint32_t)v->window;
  x.n = (int)n;
  memset(x.step, 0, sizeof x.step);
  if (!compare_all(&x, f, code, f->end - v->begin)) look_up(&x, f, code);
  int level = race_through(&x, r->count, f->same);
  if (level < 0 || ((r->modes & STRICT_ORDER) && has_ties(&x))) return false;
  stop at = {MOST_EVENTS, 0};
  if (level && (r->modes & (STRICT_DEDUPLICATION | STRICT_ORDER))) {
    at = find_stop(&x, r->count, r->modes);
    level = level_at(&x, level, at);
  }
  out->level = (uint32_t)level;
  out->taken = (UINT64_C(1) << level) - 1;
  out->dropped = false;
  out->ended_by = !level ? NO_START : (uint32_t)level == r->count ? COMPLETE : PATH_END;
  out->ended_at = -1;
  if (level) choose(&x, v->begin, f->same, out);
  if (out->ended_by == COMPLETE) out->ended_at = out->event[level - 1];
  tell_stop(&x, r, at, v->begin, out);
  return true;
}
