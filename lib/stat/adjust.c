/* P-values of many tests at once. */
#include <math.h>

#include "stat/stat.h"

/* Whether p[a] comes before p[b]; NaN come last. */
static bool is_before(const double *p, size_t a, size_t b) { return p[a] < p[b] || (p[a] == p[a] && p[b] != p[b]); }

static void sink(const double *p, size_t *heap, size_t n, size_t at) {
  size_t item = heap[at];
  for (size_t child; (child = 2 * at + 1) < n; at = child) {
    if (child + 1 < n && is_before(p, heap[child], heap[child + 1])) child++;
    if (!is_before(p, item, heap[child])) break;
    heap[at] = heap[child];
  }
  heap[at] = item;
}

/* The places of p in ascending order; returns how many are no NaN. */
static size_t sort(const double *p, size_t *order, size_t n) {
  size_t tests = 0;
  for (size_t i = 0; i < n; i++) {
    order[i] = i;
    tests += p[i] == p[i];
  }
  for (size_t i = n / 2; i-- > 0;) sink(p, order, n, i);
  for (size_t end = n; end > 1;) {
    size_t last = order[0];
    order[0] = order[--end];
    order[end] = last;
    sink(p, order, end, 0);
  }
  return tests;
}

void jn_stat_holm(double *p, size_t *room, size_t n) {
  size_t tests = sort(p, room, n);
  double bound = 0;
  for (size_t k = 0; k < tests; k++) {
    double *one = &p[room[k]];
    *one = bound = fmin(1, fmax(bound, *one * (double)(tests - k)));
  }
}

void jn_stat_benjamini_hochberg(double *p, size_t *room, size_t n) {
  size_t tests = sort(p, room, n);
  double bound = 1;
  for (size_t k = tests; k-- > 0;) {
    double *one = &p[room[k]];
    *one = bound = fmin(bound, *one * (double)tests / (double)(k + 1));
  }
}
