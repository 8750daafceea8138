/* A seeded 64-bit hash of bytes, after wyhash: 128-bit products, folded. Fast and well spread, not cryptographic. */
#include "base/internal.h"

/* Numbers with no pattern: the fraction of pi, 64 bits at a time, made odd. */
static const uint64_t pi[] = {UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707345), UINT64_C(0xa4093822299f31d1),
                              UINT64_C(0x082efa98ec4e6c89)};

/* The first and the last bytes of s[0..n), n <= 16, such that every byte counts; equal only for equal bytes. */
static void load_short(const unsigned char *s, size_t n, uint64_t *a, uint64_t *b) {
  if (n >= 8) {
    *a = jn_base_load8(s), *b = jn_base_load8(s + n - 8);
  } else if (n >= 4) {
    *a = jn_base_load4(s), *b = jn_base_load4(s + n - 4);
  } else if (n) {
    *a = (uint64_t)s[0] << 16 | (uint64_t)s[n / 2] << 8 | s[n - 1], *b = 0;
  } else {
    *a = *b = 0;
  }
}

/* Both factors of each product hide behind a secret: a factor that a stranger can make 0 would let him choose
 * colliding keys. */
uint64_t jn_base_hash(const void *bytes, size_t n, uint64_t seed) {
  const unsigned char *s = bytes;
  uint64_t a, b, secret = jn_base_mix(seed ^ pi[0], pi[1]), state = jn_base_mix(seed ^ pi[2], pi[3]);
  if (n <= 16) {
    load_short(s, n, &a, &b);
  } else {
    size_t left = n;
    uint64_t other = ~state;
    for (; left > 32; left -= 32, s += 32) { /* two chains, to keep the multiplier busy */
      state = jn_base_mix(jn_base_load8(s) ^ secret, jn_base_load8(s + 8) ^ state);
      other = jn_base_mix(jn_base_load8(s + 16) ^ secret, jn_base_load8(s + 24) ^ other);
    }
    state ^= other;
    if (left > 16) state = jn_base_mix(jn_base_load8(s) ^ secret, jn_base_load8(s + 8) ^ state);
    a = jn_base_load8(s + left - 16), b = jn_base_load8(s + left - 8);
  }
  uint64_t high, low = jn_base_multiply(a ^ secret, b ^ state, &high);
  return jn_base_mix(low ^ pi[0] ^ n, high ^ secret);
}
