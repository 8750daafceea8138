/* 64 bytes at a time: bit i of a mask says whether byte i is the one looked for. */
#ifndef JN_IO_SCAN_H
#define JN_IO_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

typedef struct jn_io_chunk {
  __m128i part[4];
} jn_io_chunk;

static inline jn_io_chunk jn_io_load(const char *p) {
  const __m128i *from = (const __m128i *)(const void *)p;
  return (jn_io_chunk){
      {_mm_loadu_si128(from), _mm_loadu_si128(from + 1), _mm_loadu_si128(from + 2), _mm_loadu_si128(from + 3)}};
}

static inline uint64_t jn_io_bits(__m128i a, __m128i b, __m128i c, __m128i d) {
  uint64_t low = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
  uint64_t high = (uint32_t)_mm_movemask_epi8(c) | (uint32_t)_mm_movemask_epi8(d) << 16;
  return low | high << 32;
}

static inline uint64_t jn_io_match(const jn_io_chunk *chunk, char c) {
  __m128i x = _mm_set1_epi8(c);
  return jn_io_bits(_mm_cmpeq_epi8(chunk->part[0], x), _mm_cmpeq_epi8(chunk->part[1], x),
                    _mm_cmpeq_epi8(chunk->part[2], x), _mm_cmpeq_epi8(chunk->part[3], x));
}

static inline __m128i jn_io_either(__m128i part, __m128i x, __m128i y) {
  return _mm_or_si128(_mm_cmpeq_epi8(part, x), _mm_cmpeq_epi8(part, y));
}

static inline uint64_t jn_io_match2(const jn_io_chunk *chunk, char c, char d) {
  const __m128i x = _mm_set1_epi8(c), y = _mm_set1_epi8(d), *p = chunk->part;
  return jn_io_bits(jn_io_either(p[0], x, y), jn_io_either(p[1], x, y), jn_io_either(p[2], x, y),
                    jn_io_either(p[3], x, y));
}

/* True when all bytes are 1 to 127: neither NUL nor part of a longer UTF-8 sequence. */
static inline bool jn_io_chunk_is_plain(const jn_io_chunk *chunk) {
  const __m128i *p = chunk->part;
  __m128i least = _mm_min_epu8(_mm_min_epu8(p[0], p[1]), _mm_min_epu8(p[2], p[3]));
  __m128i any = _mm_or_si128(_mm_or_si128(p[0], p[1]), _mm_or_si128(p[2], p[3]));
  any = _mm_or_si128(any, _mm_cmpeq_epi8(least, _mm_setzero_si128()));
  return !_mm_movemask_epi8(any);
}

#else

typedef struct jn_io_chunk {
  uint64_t part[8]; /* byte 0 is the lowest */
} jn_io_chunk;

#define JN_IO_EACH UINT64_C(0x0101010101010101)

static inline jn_io_chunk jn_io_load(const char *p) {
  jn_io_chunk chunk;
  memcpy(&chunk, p, sizeof chunk);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  for (int i = 0; i < 8; i++) chunk.part[i] = __builtin_bswap64(chunk.part[i]);
#endif
  return chunk;
}

/* The top bit of each byte of x that is 0. */
static inline uint64_t jn_io_zeros(uint64_t x) {
  uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
  return ~(((x & low) + low) | x | low);
}

static inline uint64_t jn_io_match(const jn_io_chunk *chunk, char c) {
  uint64_t bits = 0;
  for (int i = 0; i < 8; i++) {
    uint64_t found = jn_io_zeros(chunk->part[i] ^ JN_IO_EACH * (unsigned char)c) >> 7;
    bits |= (found * UINT64_C(0x0102040810204080) >> 56) << (8 * i);
  }
  return bits;
}

static inline uint64_t jn_io_match2(const jn_io_chunk *chunk, char c, char d) {
  return jn_io_match(chunk, c) | jn_io_match(chunk, d);
}

static inline bool jn_io_chunk_is_plain(const jn_io_chunk *chunk) {
  uint64_t bad = 0;
  for (int i = 0; i < 8; i++) bad |= chunk->part[i] | jn_io_zeros(chunk->part[i]);
  return !(bad & JN_IO_EACH * 0x80);
}

#endif

static inline bool jn_io_is_plain(const char *s, size_t n) {
  size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    jn_io_chunk chunk = jn_io_load(s + i);
    if (!jn_io_chunk_is_plain(&chunk)) return false;
  }
  for (; i < n; i++) {
    if (!s[i] || (unsigned char)s[i] > 127) return false;
  }
  return true;
}

static inline int64_t jn_io_count(const char *s, size_t n, char c) {
  int64_t count = 0;
  size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    jn_io_chunk chunk = jn_io_load(s + i);
    count += __builtin_popcountll(jn_io_match(&chunk, c));
  }
  for (; i < n; i++) count += s[i] == c;
  return count;
}

#endif
