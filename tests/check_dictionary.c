/* The dictionary and its hash: against a plain list, with keys that are made to trouble it, and out of memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "base/base.h"
#include "check_main.h"

static uint64_t state = 1;
static journey_context *context;
static jn_base_dictionary *dictionary;

static void set_up(void) {
  state = 1;
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(jn_base_dictionary_new(context, &dictionary, NULL), JOURNEY_OK);
}

static void tear_down(void) {
  jn_base_dictionary_free(dictionary);
  journey_context_free(context);
}

/* splitmix64 */
static uint64_t next(void) {
  uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

enum { KEYS = 3000, LONGEST = 80 };
typedef struct key {
  size_t n;
  char bytes[LONGEST];
} key;
static key keys[KEYS];

/* Few letters (one of them NUL) and many lengths: lots of prefixes, equal beginnings and equal ends. */
static void draw_key(key *k) {
  k->n = next() % 3 ? next() % 20 : next() % LONGEST;
  for (size_t i = 0; i < k->n; i++) k->bytes[i] = "ab\0"[next() % 16 ? 0 : next() % 3];
}

/* Index of the first equal key among the first n: brute force. */
static uint32_t search(uint32_t n, const key *k) {
  for (uint32_t i = 0; i < n; i++)
    if (keys[i].n == k->n && !memcmp(keys[i].bytes, k->bytes, k->n)) return i;
  return JN_BASE_NO_CODE;
}

/* The dictionary knows keys[0..count) by these codes. */
static void same_as_list(uint32_t count) {
  ck_assert_uint_eq(jn_base_dictionary_count(dictionary), count);
  for (uint32_t i = 0; i < count; i++) {
    size_t n;
    const char *s = jn_base_dictionary_string(dictionary, i, &n);
    ck_assert_uint_eq(n, keys[i].n);
    ck_assert_mem_eq(s, keys[i].bytes, n);
    ck_assert_int_eq(s[n], '\0');
    ck_assert_uint_eq(jn_base_dictionary_find(dictionary, keys[i].bytes, keys[i].n), i);
  }
}

START_TEST(one_by_one_as_a_list) {
  uint32_t count = 0;
  for (int i = 0; i < 20000 && count < KEYS - 1; i++) {
    key *k = &keys[count];
    draw_key(k);
    uint32_t known = search(count, k), code = 99;
    ck_assert_uint_eq(jn_base_dictionary_find(dictionary, k->bytes, k->n), known);
    ck_assert_int_eq(jn_base_dictionary_add(dictionary, k->bytes, k->n, &code, NULL), JOURNEY_OK);
    ck_assert_uint_eq(code, known == JN_BASE_NO_CODE ? count : known);
    count += known == JN_BASE_NO_CODE;
  }
  ck_assert_uint_gt(count, 500);
  same_as_list(count);
}
END_TEST

START_TEST(many_at_once_as_a_list) {
  static key drawn[150];
  const char *strings[150];
  size_t lengths[150];
  uint32_t codes[150], count = 0;
  for (int round = 0; round < 100 && count < KEYS - 150; round++) {
    size_t n = next() % 150;
    for (size_t i = 0; i < n; i++) {
      draw_key(&drawn[i]);
      strings[i] = drawn[i].bytes, lengths[i] = drawn[i].n;
    }
    ck_assert_int_eq(jn_base_dictionary_add_many(dictionary, strings, lengths, n, codes, NULL), JOURNEY_OK);
    for (size_t i = 0; i < n; i++) {
      uint32_t known = search(count, &drawn[i]);
      ck_assert_uint_eq(codes[i], known == JN_BASE_NO_CODE ? count : known);
      if (known == JN_BASE_NO_CODE) keys[count++] = drawn[i];
    }
  }
  ck_assert_uint_gt(count, 500);
  same_as_list(count);
}
END_TEST

/* Enough to grow many times: numbers, short and long, that are not neighbours in the table. */
START_TEST(half_a_million) {
  enum { N = 500000 };
  for (uint32_t i = 0; i < N; i++) {
    char s[40];
    uint32_t code;
    int n = snprintf(s, sizeof s, i % 3 ? "%u" : "customer-%020u", i * 7);
    ck_assert_int_eq(jn_base_dictionary_add(dictionary, s, (size_t)n, &code, NULL), JOURNEY_OK);
    ck_assert_uint_eq(code, i);
  }
  for (uint32_t i = 0; i < N; i++) {
    char s[40];
    int n = snprintf(s, sizeof s, i % 3 ? "%u" : "customer-%020u", i * 7);
    ck_assert_uint_eq(jn_base_dictionary_find(dictionary, s, (size_t)n), i);
    ck_assert_str_eq(jn_base_dictionary_string(dictionary, i, NULL), s);
    n = snprintf(s, sizeof s, i % 3 ? "%u" : "customer-%020u", i * 7 + 1);
    ck_assert_uint_eq(jn_base_dictionary_find(dictionary, s, (size_t)n), JN_BASE_NO_CODE);
  }
  int64_t used;
  journey_context_memory(context, &used, NULL);
  ck_assert_uint_lt(jn_base_dictionary_bytes(dictionary), used);
}
END_TEST

START_TEST(a_large_string_and_one_that_is_too_long) {
  enum { LARGE = 3000000 };
  char *s = malloc(LARGE);
  uint32_t code;
  journey_error err;
  for (int i = 0; i < LARGE; i++) s[i] = (char)next();
  for (uint32_t i = 0; i < 4; i++) {
    ck_assert_int_eq(jn_base_dictionary_add(dictionary, s, LARGE - i, &code, NULL), JOURNEY_OK);
    ck_assert_uint_eq(code, i);
  }
  for (uint32_t i = 0; i < 4; i++) ck_assert_uint_eq(jn_base_dictionary_find(dictionary, s, LARGE - i), i);
  s[LARGE / 2]++;
  ck_assert_uint_eq(jn_base_dictionary_find(dictionary, s, LARGE), JN_BASE_NO_CODE);
  size_t huge = (size_t)UINT32_MAX + 1;
  ck_assert_int_eq(jn_base_dictionary_add(dictionary, s, huge, &code, &err), JOURNEY_ELIMIT);
  ck_assert_int_eq(jn_base_dictionary_add_many(dictionary, (const char *[]){s}, &huge, 1, &code, &err), JOURNEY_ELIMIT);
  ck_assert_uint_eq(jn_base_dictionary_count(dictionary), 4);
  free(s);
}
END_TEST

/* A dictionary is made, filled past several growths by both ways of adding, and checked. */
static journey_status fill(journey_context *in, void *arg) {
  (void)arg;
  const char *strings[20];
  char texts[20][40];
  size_t lengths[20];
  uint32_t codes[20];
  jn_base_dictionary *d;
  journey_error err = {0};
  journey_status status = jn_base_dictionary_new(in, &d, &err);
  for (uint32_t i = 0; i < 400 && !status; i += 20) {
    for (uint32_t j = 0; j < 20; j++) {
      lengths[j] = (size_t)snprintf(texts[j], sizeof texts[j], j % 2 ? "%u" : "a long one %020u", i + j);
      strings[j] = texts[j];
    }
    uint32_t before = jn_base_dictionary_count(d);
    if (i % 40)
      status = jn_base_dictionary_add_many(d, strings, lengths, 20, codes, &err);
    else
      for (uint32_t j = 0; j < 20 && !status; j++)
        status = jn_base_dictionary_add(d, strings[j], lengths[j], &codes[j], &err);
    for (uint32_t j = 0; j < 20 && !status; j++) ck_assert_uint_eq(codes[j], before + j);
    uint32_t count = jn_base_dictionary_count(d); /* after a failure too, what is in it is whole */
    for (uint32_t j = 0; before + j < count; j++)
      ck_assert_str_eq(jn_base_dictionary_string(d, before + j, NULL), texts[j]);
    for (uint32_t j = 0; j < 20; j++)
      ck_assert_uint_eq(jn_base_dictionary_find(d, strings[j], lengths[j]),
                        before + j < count ? before + j : JN_BASE_NO_CODE);
  }
  ck_assert_int_eq(status, err.code);
  jn_base_dictionary_free(d);
  return status;
}

START_TEST(out_of_memory) { alloc_loop(fill, NULL); }
END_TEST

START_TEST(the_seed_changes_no_code) {
  for (uint64_t seed = 1; seed < 50; seed++) {
    journey_context_options options = {.struct_size = sizeof options, .hash_seed = seed};
    journey_context *other;
    ck_assert_int_eq(journey_context_new(&options, &other, NULL), JOURNEY_OK);
    ck_assert_int_eq(fill(other, NULL), JOURNEY_OK);
    journey_context_free(other);
  }
}
END_TEST

/* ---- the hash ---- */

/* Each bit of input changes each bit of output in about half of all cases: 4000 draws have a deviation of 0.8 %, and
 * the worst of a million pairs of bits is not beyond 6 of them. */
START_TEST(every_bit_of_input_moves_every_bit_of_output) {
  static const size_t lengths[] = {1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 31, 32, 33, 48, 49, 64, 65};
  enum { DRAWS = 4000 };
  for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
    size_t n = lengths[l];
    for (size_t bit = 0; bit < 8 * n; bit += 1 + n / 8) {
      int changed[64] = {0};
      for (int i = 0; i < DRAWS; i++) {
        unsigned char bytes[80];
        for (size_t j = 0; j < n; j++) bytes[j] = (unsigned char)next();
        uint64_t seed = next(), before = jn_base_hash(bytes, n, seed);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        uint64_t difference = before ^ jn_base_hash(bytes, n, seed);
        for (int k = 0; k < 64; k++) changed[k] += (int)(difference >> k & 1);
      }
      for (int k = 0; k < 64; k++)
        ck_assert_msg(abs(changed[k] - DRAWS / 2) < 6 * 32, "length %zu, bit %zu moves bit %d in %d of %d", n, bit, k,
                      changed[k], DRAWS);
    }
  }
}
END_TEST

static int compare_hashes(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* Of N random numbers of 2^40, N^2 / 2^41 pairs collide: half of one, here. More than ten would be no accident. */
START_TEST(counting_numbers_do_not_collide) {
  enum { N = 1 << 20 };
  uint64_t *hashes = malloc(N * sizeof *hashes);
  for (int kind = 0; kind < 3; kind++) {
    for (uint32_t i = 0; i < N; i++) {
      char s[64] = {0};
      size_t n = kind == 0 ? (size_t)snprintf(s, sizeof s, "%u", i) : kind == 1 ? 16 : 48;
      if (kind) memcpy(s + 8 * kind, &i, 4); /* a stranger's choice: all else is equal */
      hashes[i] = jn_base_hash(s, n, 12345) >> 24;
    }
    qsort(hashes, N, sizeof *hashes, compare_hashes);
    int equal = 0;
    for (int i = 1; i < N; i++) equal += hashes[i] == hashes[i - 1];
    ck_assert_int_le(equal, 10);
  }
  free(hashes);
}
END_TEST

START_TEST(length_and_seed_count) {
  static const char zeros[100];
  uint64_t seen[200];
  for (size_t n = 0; n < 100; n++) seen[n] = jn_base_hash(zeros, n, 7), seen[100 + n] = jn_base_hash(zeros, n, 8);
  qsort(seen, 200, sizeof *seen, compare_hashes);
  for (int i = 1; i < 200; i++) ck_assert(seen[i] != seen[i - 1]);
  for (size_t n = 0; n < 100; n++) { /* reads nothing but its n bytes (sanitizers watch), wherever they lie */
    char *exact = malloc(n ? n : 1), shifted[108];
    for (size_t i = 0; i < n; i++) exact[i] = (char)next();
    memcpy(shifted + 3, exact, n);
    ck_assert(jn_base_hash(exact, n, 9) == jn_base_hash(shifted + 3, n, 9));
    ck_assert_uint_eq(jn_base_dictionary_find(dictionary, exact, n), JN_BASE_NO_CODE);
    free(exact);
  }
}
END_TEST

Suite *dictionary_suite(void);
Suite *dictionary_suite(void) {
  Suite *suite = suite_create("dictionary");
  TCase *tests = tcase_create("dictionary");
  tcase_add_checked_fixture(tests, set_up, tear_down);
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, one_by_one_as_a_list);
  tcase_add_test(tests, many_at_once_as_a_list);
  tcase_add_test(tests, half_a_million);
  tcase_add_test(tests, a_large_string_and_one_that_is_too_long);
  tcase_add_test(tests, out_of_memory);
  tcase_add_test(tests, the_seed_changes_no_code);
  tcase_add_test(tests, every_bit_of_input_moves_every_bit_of_output);
  tcase_add_test(tests, counting_numbers_do_not_collide);
  tcase_add_test(tests, length_and_seed_count);
  suite_add_tcase(suite, tests);
  return suite;
}

int main(void) { return check_main(dictionary_suite()); }
