/* Writes the CSV that benchmarks read: the same for all who are compared, and always the same for the same N.
 *
 *   generate N [ms] >events.csv
 *
 * N events of N * 0.0527 customers in order of time over 90 days: a customer's id of 7 digits, a time in seconds (or, with
 * `ms`, in milliseconds), one of 20 names, the first far more often than the last. About 37 bytes a row. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  int weight; /* of 1000 */
} names[20] = {{"page_view", 260}, {"site_search", 140}, {"catalog", 120}, {"product", 110}, {"cart", 70},
               {"ad_click", 60},   {"login", 50},        {"checkout", 40}, {"delivery", 30}, {"payment", 25},
               {"purchase", 22},   {"wishlist", 18},     {"review", 13},   {"share", 11},    {"coupon", 9},
               {"support", 7},     {"return", 5},        {"refund", 4},    {"survey", 3},    {"unsubscribe", 3}};

/* splitmix64 */
static uint64_t draw(uint64_t *state) {
  uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}

/* Even below 2^32. */
static uint32_t below(uint64_t *state, uint32_t n) { return (uint32_t)((draw(state) >> 32) * n >> 32); }

static void fill_names(const char *table[1000]) {
  int at = 0;
  for (int i = 0; i < 20; i++) {
    for (int k = 0; k < names[i].weight; k++) table[at++] = names[i].name;
  }
}

static char *digits(char *out, int width, uint32_t n) {
  for (int i = width; i-- > 0; n /= 10) out[i] = (char)('0' + n % 10);
  return out + width;
}

/* 2024-01-01 00:00:00 and later; 90 days are January (31), February (29) and 30 days of March. */
static char *write_time(char *out, int64_t ms, int fraction) {
  uint32_t second = (uint32_t)(ms / 1000 % 86400), day = (uint32_t)(ms / 86400000);
  uint32_t month = day < 31 ? 1 : day < 60 ? 2 : 3, first[] = {0, 0, 31, 60};
  memcpy(out, "2024-", 5);
  out = digits(out + 5, 2, month), *out++ = '-';
  out = digits(out, 2, day - first[month] + 1), *out++ = ' ';
  out = digits(out, 2, second / 3600), *out++ = ':';
  out = digits(out, 2, second / 60 % 60), *out++ = ':';
  out = digits(out, 2, second % 60);
  if (!fraction) return out;
  *out++ = '.';
  return digits(out, 3, (uint32_t)(ms % 1000));
}

int main(int argc, char **argv) {
  char *end = NULL, line[128];
  int64_t n = argc > 1 ? strtoll(argv[1], &end, 10) : 0;
  int fraction = argc > 2 && !strcmp(argv[2], "ms");
  if (n < 1 || n > INT64_C(2000000000) || *end || argc > 3 || (argc > 2 && !fraction)) {
    fprintf(stderr, "usage: generate N [ms] >events.csv\n");
    return 2;
  }
  const char *table[1000];
  uint64_t state = 1;
  uint32_t customers = (uint32_t)(n * 527 / 10000) + 1;
  static char buffer[1 << 16];
  fill_names(table);
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  puts("customer_id,timestamp,event");
  for (int64_t i = 0; i < n; i++) {
    /* 7919 and 9000000 have no common factor, so different customers have different ids while there are that many */
    uint64_t customer = below(&state, customers);
    uint64_t id = customers <= 9000000 ? 1000000 + customer * 7919 % 9000000 : 1000000000 + customer;
    char *p = line + sprintf(line, "%" PRIu64 ",", id);
    p = write_time(p, (int64_t)((double)i / (double)n * 90 * 86400000), fraction);
    *p++ = ',';
    const char *name = table[below(&state, 1000)];
    size_t length = strlen(name);
    memcpy(p, name, length);
    p[length] = '\n';
    fwrite(line, 1, (size_t)(p - line) + length + 1, stdout);
  }
  return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
