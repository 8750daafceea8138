/* What the files of the room `base` share among themselves. */
#ifndef JN_BASE_INTERNAL_H
#define JN_BASE_INTERNAL_H

#include <pthread.h>
#include <string.h>

#include "base/base.h"

struct journey_context {
  journey_context_options options; /* complete: threads, allocator and seed are filled in */
  atomic_int_fast64_t references;
  atomic_int_fast64_t used, peak;
  atomic_int cancelled;
  pthread_mutex_t slots_lock;
  pthread_mutex_t callbacks_lock; /* recursive: a callback may do work that calls back */
  struct {
    void *content;
    jn_base_slot_free destroy;
  } slots[JN_BASE_SLOTS];
};

/* Both halves of the 128-bit product: returns the low one. */
static inline uint64_t jn_base_multiply(uint64_t a, uint64_t b, uint64_t *high) {
#ifdef __SIZEOF_INT128__
  __extension__ typedef unsigned __int128 wide;
  wide product = (wide)a * b;
  *high = (uint64_t)(product >> 64);
  return (uint64_t)product;
#else
  uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
  uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), cross = a0 * b1 + (uint32_t)middle;
  *high = a1 * b1 + (middle >> 32) + (cross >> 32);
  return cross << 32 | (uint32_t)low;
#endif
}

/* wyhash's step: the two halves of a product, folded. */
static inline uint64_t jn_base_mix(uint64_t a, uint64_t b) {
  uint64_t high, low = jn_base_multiply(a, b, &high);
  return high ^ low;
}

/* Unaligned loads in the machine's byte order; hashes are never stored, so the order does not matter. */
static inline uint64_t jn_base_load8(const void *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return word;
}

static inline uint32_t jn_base_load4(const void *bytes) {
  uint32_t word;
  memcpy(&word, bytes, 4);
  return word;
}

/* Formats into line[0..size): one clean line of UTF-8, cut between two characters if it is too long. */
size_t jn_base_line(char *line, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
/* Makes one clean line of s[0..n): control bytes and bytes that are not UTF-8 become '?'. */
void jn_base_clean(char *s, size_t n);
/* Length of s[0..n) without the beginning of a character that is cut off at its end. */
size_t jn_base_whole(const char *s, size_t n);

/* 10^exponent = (high.low) * 2^jn_base_power_exponent, high.low a 128-bit whole number with its top bit set, rounded
 * down; exact for exponents 0 to 55. */
enum { JN_BASE_POWER_MIN = -364, JN_BASE_POWER_MAX = 335 };
typedef struct jn_base_power {
  uint64_t high, low;
} jn_base_power;
jn_base_power jn_base_power_of_ten(int exponent);

/* floor(log2(10^e)) for |e| <= 1233. */
static inline int jn_base_log2_of_ten(int e) { return (e * 1741647) >> 19; }

/* A decimal as it was read: digits * 10^exponent, and a bit more where `more` says so. */
typedef struct jn_base_decimal {
  uint64_t digits; /* the first 19 significant ones */
  int64_t exponent;
  int kept;             /* how many those are */
  bool more;            /* non-zero digits follow them */
  const char *mantissa; /* its text: digits and at most one point */
  size_t length;
} jn_base_decimal;

/* The sign of d - middle * 2^exponent, exactly. Slow, for the rare doubtful case. */
int jn_base_compare_decimal(const jn_base_decimal *d, uint64_t middle, int exponent);

#endif
