/* Quantiles of unsorted numbers by selection: linear time, in place. */
#include <math.h>
#include <string.h>

#include "stat/stat.h"

/* Doubles are selected as integers of the same order, made in place; hence the alias. */
typedef int64_t key __attribute__((may_alias));

enum { SMALL_SAMPLE = 16, LARGE_SAMPLE = 64, TRUSTED_ROUNDS = 40 };

/* Moves keys <= pivot before the others and says how many they are. No branch depends on the keys, so none is guessed
 * wrong. */
static size_t split_keys(key *v, size_t n, int64_t pivot) {
  size_t front = 0;
  for (size_t i = 0; i < n; i++) {
    int64_t x = v[i];
    v[i] = v[front];
    v[front] = x;
    front += x <= pivot;
  }
  return front;
}

static void sort_keys(key *v, size_t n) {
  for (size_t i = 1; i < n; i++) {
    int64_t x = v[i];
    size_t j = i;
    for (; j > 0 && v[j - 1] > x; j--) v[j] = v[j - 1];
    v[j] = x;
  }
}

/* A key a little beyond rank k as seen from the nearer end, so that rank k is probably on the smaller side. */
static int64_t sampled_pivot(const key *v, size_t n, size_t k) {
  key sample[LARGE_SAMPLE];
  int size = n < 1000 ? SMALL_SAMPLE : LARGE_SAMPLE, beyond = n < 1000 ? 1 : 5;
  size_t step = n / (size_t)size;
  for (int i = 0; i < size; i++) sample[i] = v[step * (size_t)i + step / 2];
  sort_keys(sample, (size_t)size);
  int at = (int)((double)k / (double)n * size) + (k < n / 2 ? beyond : -beyond);
  return sample[at < 0 ? 0 : at >= size ? size - 1 : at];
}

/* Halfway between the least and the greatest key. */
static int64_t middle_pivot(const key *v, size_t n) {
  int64_t low = v[0], high = v[0];
  for (size_t i = 1; i < n; i++) {
    low = v[i] < low ? v[i] : low;
    high = v[i] > high ? v[i] : high;
  }
  return (int64_t)((uint64_t)low + ((uint64_t)high - (uint64_t)low) / 2);
}

/* Puts the key of rank k (from 0) at v[k], no greater one before it and no smaller one after it. Sampled pivots need
 * about 2 n steps. Keys arranged against the sample cannot make it slow: after some rounds the pivot halves the range of
 * the keys' values, which ends after 64 more. */
static void select_key(key *v, size_t n, size_t k) {
  for (int round = 0; n > SMALL_SAMPLE; round++) {
    int64_t pivot = round < TRUSTED_ROUNDS ? sampled_pivot(v, n, k) : middle_pivot(v, n);
    size_t front = split_keys(v, n, pivot);
    if (front == n) { /* None is greater: part those that equal the pivot from the smaller ones. */
      front = pivot > INT64_MIN ? split_keys(v, n, pivot - 1) : 0;
      if (k >= front) return;
    }
    if (k < front) {
      n = front;
    } else {
      v += front, n -= front, k -= front;
    }
  }
  sort_keys(v, n);
}

/* The two neighbours of rank h = (n - 1) p, from 0, and how far h lies between them. */
typedef struct neighbours {
  int64_t low, high;
  double fraction;
} neighbours;

static neighbours select_neighbours(key *v, size_t n, double p) {
  double h = (double)(n - 1) * p;
  size_t k = (size_t)h < n - 1 ? (size_t)h : n - 1;
  select_key(v, n, k);
  int64_t next = v[k];
  if (k + 1 < n) {
    next = v[k + 1];
    for (size_t i = k + 2; i < n; i++) next = v[i] < next ? v[i] : next;
  }
  return (neighbours){v[k], next, h - (double)k};
}

double jn_stat_quantile_int64(int64_t *values, size_t n, double p) {
  if (n == 0 || !(p >= 0 && p <= 1)) return NAN;
  neighbours at = select_neighbours(values, n, p);
  double gap = (double)((uint64_t)at.high - (uint64_t)at.low);
  return (double)at.low + at.fraction * gap;
}

/* Bits of a double to an integer of the same order, and back: the numbers below zero are turned round. */
static int64_t turn_bits(int64_t bits) { return bits ^ (int64_t)((uint64_t)(bits >> 63) >> 1); }

static double key_value(int64_t bits) {
  double x;
  bits = turn_bits(bits);
  memcpy(&x, &bits, sizeof x);
  return x;
}

double jn_stat_quantile_double(double *values, size_t n, double p) {
  bool missing = false;
  for (size_t i = 0; i < n; i++) missing |= isnan(values[i]) != 0;
  if (n == 0 || missing || !(p >= 0 && p <= 1)) return NAN;
  key *keys = (key *)values;
  for (size_t i = 0; i < n; i++) keys[i] = turn_bits(keys[i]);
  neighbours at = select_neighbours(keys, n, p);
  for (size_t i = 0; i < n; i++) keys[i] = turn_bits(keys[i]);
  double low = key_value(at.low), high = key_value(at.high);
  if (low == high || at.fraction == 0) return low;
  return (1 - at.fraction) * low + at.fraction * high; /* Not by their difference: that may overflow. */
}
