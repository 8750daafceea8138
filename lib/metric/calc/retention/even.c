/* The plainest question: every event is a return, and all periods are equally long. Periods are found by multiplication, four
 * events at a time where the machine can, and customers are added up eight rows at a time: in each lane of eight bits of a
 * word, a count of one row. */
#ifdef __x86_64__
#include <immintrin.h>
#define WIDE __attribute__((target("avx2")))
#else
#define WIDE
#endif

#include "internal.h"

enum { MOST_COHORTS = 64, MOST_LANES = 8, MOST_ADDS = 255 };

/* Periods of `length` ticks from `low` on: period = x * factor >> shift for x < 2^30 ticks after it. With n bits in the length,
 * shift = 30 + n and factor = floor(2^shift / length) + 1, the error stays below 1 / length. */
typedef struct even {
  uint32_t low, factor, shift, width;
} even;

typedef struct tally {
  uint64_t lane[MOST_LANES]; /* byte k % 8 of lane k / 8 counts row k */
  uint32_t adds;
} tally;

/* ---- periods -------------------------------------------------------------------------------------------------------- */

static int make_even(const jn_retention *r, even *e) {
  const uint64_t *begin = r->clock.begin;
  uint64_t length = r->cohorts > 2 ? begin[2] - begin[1] : 0;
  if (length == 0 || length * r->cohorts >= UINT64_C(1) << 30) return 0;
  for (uint32_t c = 1; c + 1 < r->cohorts; c++) {
    if (begin[c + 1] - begin[c] != length) return 0;
  }
  if (begin[1] - begin[0] > length) return 0;
  e->low = (uint32_t)(begin[1] - length); /* may lie before tick 0: all is counted modulo 2^32 */
  e->shift = 30 + (uint32_t)(64 - __builtin_clzll(length));
  e->factor = (uint32_t)((UINT64_C(1) << e->shift) / length + 1);
  e->width = r->width;
  return 1;
}

static inline uint32_t period_of(const even *e, uint32_t tick) {
  return (uint32_t)((uint64_t)(tick - e->low) * e->factor >> e->shift);
}

#ifdef __x86_64__
/* The periods after `cohort` in which there are events, as bits; the last bit: in any after those that are followed. */
WIDE static inline uint64_t gather(const even *e, const uint32_t *tick, int64_t n, uint32_t cohort) {
  const __m128i low = _mm_set1_epi32((int)e->low), place = _mm_setr_epi32(0, 1, 2, 3);
  const __m256i factor = _mm256_set1_epi64x(e->factor), first = _mm256_set1_epi64x(cohort);
  const __m256i width = _mm256_set1_epi64x(e->width);
  const __m128i shift = _mm_cvtsi32_si128((int)e->shift);
  __m256i bits = _mm256_setzero_si256();
  for (int64_t i = 0; i < n; i += 4) {
    __m128i inside = _mm_cmpgt_epi32(_mm_set1_epi32(n - i < 4 ? (int)(n - i) : 4), place);
    __m128i x = _mm_sub_epi32(_mm_maskload_epi32((const int *)(tick + i), inside), low);
    __m256i period = _mm256_srl_epi64(_mm256_mul_epu32(_mm256_cvtepu32_epi64(x), factor), shift);
    __m256i after = _mm256_min_epu32(_mm256_sub_epi64(period, first), width);
    __m256i one = _mm256_srli_epi64(_mm256_cvtepi32_epi64(inside), 63);
    bits = _mm256_or_si256(bits, _mm256_sllv_epi64(one, after));
  }
  __m128i half = _mm_or_si128(_mm256_castsi256_si128(bits), _mm256_extracti128_si256(bits, 1));
  return (uint64_t)_mm_cvtsi128_si64(half) | (uint64_t)_mm_extract_epi64(half, 1);
}

static int can_gather(void) { return __builtin_cpu_supports("avx2"); }
#else
static inline uint64_t gather(const even *e, const uint32_t *tick, int64_t n, uint32_t cohort) {
  uint64_t bits = 0;
  for (int64_t i = 0; i < n; i++) {
    uint32_t after = period_of(e, tick[i]) - cohort;
    bits |= UINT64_C(1) << (after < e->width ? after : e->width);
  }
  return bits;
}

static int can_gather(void) { return 1; }
#endif

/* ---- adding up ------------------------------------------------------------------------------------------------------ */

/* Bit k of eight becomes byte k of a word. */
static inline uint64_t spread(uint64_t eight) {
  uint64_t apart = eight * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
  return (apart + UINT64_C(0x7f7f7f7f7f7f7f7f)) >> 7 & UINT64_C(0x0101010101010101);
}

static void empty_tally(jn_retention *r, uint32_t cohort, tally *t) {
  r->size[cohort] += t->adds;
  for (uint32_t k = 0; k < r->width; k++) {
    r->cell[(size_t)cohort * r->rows + k] += (int64_t)(t->lane[k / 8] >> 8 * (k % 8) & 0xff);
  }
  *t = (tally){{0}, 0};
}

static inline void add(jn_retention *r, uint32_t cohort, tally *t, uint64_t bits) {
  for (uint32_t lane = 0; lane * 8 < r->width; lane++) t->lane[lane] += spread(bits >> 8 * lane & 0xff);
  if (++t->adds == MOST_ADDS) empty_tally(r, cohort, t);
}

/* ---- a batch -------------------------------------------------------------------------------------------------------- */

WIDE static void feed_paths(jn_retention *r, const even *e, const journey_batch *batch, const uint8_t *code,
                            const uint8_t started[256]) {
  tally tallies[MOST_COHORTS] = {{{0}, 0}};
  for (int64_t p = 0; p < batch->paths; p++) {
    int64_t i = batch->begin[p], end = batch->end[p];
    while (i < end && !started[code[i]]) i++;
    if (i == end) continue;
    uint32_t cohort = period_of(e, batch->time_low[i]);
    if (cohort >= r->cohorts) cohort = r->cohorts - 1;
    add(r, cohort, &tallies[cohort], gather(e, batch->time_low + i, end - i, cohort));
  }
  for (uint32_t c = 0; c < r->cohorts; c++) empty_tally(r, c, &tallies[c]);
}

int jn_retention_feed_even(jn_retention *r, const journey_batch *batch, const journey_codes *start,
                           const uint8_t started[256]) {
  even e;
  if (r->kind != JN_RETENTION_ON || r->pair || r->cohorts > MOST_COHORTS || !can_gather() || !make_even(r, &e)) return 0;
  feed_paths(r, &e, batch, start->data, started);
  return 1;
}
