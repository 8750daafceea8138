/* Saved states of every metric, damaged with knowledge of their layout: numbers become extreme, go, come twice or change
 * places, and the lengths around them are put right, so that the damage reaches the calculator. What comes back is a table
 * or an error, within bounds of time and memory. JOURNEY_CASES sets how many damaged states each metric is tested with,
 * JOURNEY_SEEDS a folder where undamaged ones are written, for tests/fuzz/corpus/state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check_main.h"
#include "metric_cases.h"
#include "metric_model.h"

enum { MOST_SECONDS = 5, MOST_BYTES = 1 << 26 };

static journey_context *context;

static void setup(void) {
  journey_context_options options = {.struct_size = sizeof options, .threads = 1, .memory_limit = MOST_BYTES};
  ck_assert_int_eq(journey_context_new(&options, &context, NULL), JOURNEY_OK);
}

static void teardown(void) { journey_context_free(context); }

/* ---- bytes ------------------------------------------------------------------------------------------------------------- */

typedef struct bytes {
  uint8_t *at;
  size_t n, capacity;
} bytes;

static void add(bytes *b, const void *more, size_t n) {
  if (b->n + n > b->capacity) b->at = realloc(b->at, b->capacity = 2 * (b->n + n));
  if (n) memcpy(b->at + b->n, more, n);
  b->n += n;
}

static void add_number(bytes *b, int64_t x) {
  uint64_t rest = ((uint64_t)x << 1) ^ (uint64_t)(x >> 63);
  for (; rest >= 0x80; rest >>= 7) add(b, &(uint8_t){(uint8_t)(rest | 0x80)}, 1);
  add(b, &(uint8_t){(uint8_t)rest}, 1);
}

static int64_t read_number(const bytes *b, size_t *at) {
  uint64_t rest = 0;
  for (int shift = 0; shift < 70 && *at < b->n; shift += 7) {
    uint8_t byte = b->at[(*at)++];
    rest |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) break;
  }
  return (int64_t)((rest >> 1) ^ (~(rest & 1) + 1));
}

static void skip_bytes(const bytes *b, size_t *at) {
  int64_t n = read_number(b, at);
  *at += (size_t)n;
}

static int64_t skip_names(const bytes *b, size_t *at) {
  int64_t n = read_number(b, at);
  for (int64_t i = 0; i < n; i++) skip_bytes(b, at);
  return n;
}

static void skip_numbers(const bytes *b, size_t *at, int64_t n) {
  for (; n > 0; n--) read_number(b, at);
}

/* Where the groups' states begin: behind the scope, the times, and the names (lib/metric/partial.c). */
static size_t find_groups(const bytes *b, int64_t *groups) {
  size_t at = 0;
  skip_bytes(b, &at);
  skip_numbers(b, &at, 2);
  skip_names(b, &at);
  skip_numbers(b, &at, skip_names(b, &at));
  skip_names(b, &at);
  *groups = skip_names(b, &at);
  skip_numbers(b, &at, 2 * *groups);
  return at;
}

/* ---- damage ------------------------------------------------------------------------------------------------------------ */

static int64_t odd_number(model_random *random, int64_t was) {
  static const int64_t odd[] = {0, 1, 2, 3, -1, -2, 63, 64, 65, 255, 256, 65535, 65536, INT32_MAX, UINT32_MAX,
                                INT64_C(1) << 32, INT64_C(1) << 53, INT64_MAX / 4, INT64_MAX / 2, INT64_MAX - 1,
                                INT64_MAX, INT64_MIN, INT64_MIN + 1};
  enum { ODD = sizeof odd / sizeof *odd };
  int pick = model_below(random, ODD + 6);
  if (pick < ODD) return odd[pick];
  if (pick < ODD + 2) return was < INT64_MAX ? was + 1 : was;
  if (pick < ODD + 4) return was > INT64_MIN ? was - 1 : was;
  return was / 2;
}

/* A group's state as numbers, some of them damaged. Texts and doubles are taken for numbers, too. */
static void damage_state(model_random *random, const bytes *state, bytes *out) {
  size_t at = 0;
  int wanted = 1 + model_below(random, 3), numbers = 0;
  for (size_t i = 0; i < state->n; i++) numbers += !(state->at[i] & 0x80);
  for (int i = 0; at < state->n; i++) {
    size_t begin = at;
    int64_t x = read_number(state, &at);
    bool hit = model_below(random, numbers - i > 0 ? numbers - i : 1) < wanted;
    if (!hit) add(out, state->at + begin, at - begin);
    if (!hit) continue;
    wanted--;
    int how = model_below(random, 8);
    if (how == 0) continue; /* gone */
    if (how == 1) {         /* twice what begins here */
      size_t n = at - begin + (size_t)model_below(random, 40);
      if (n > state->n - begin) n = state->n - begin;
      add(out, state->at + begin, n);
      at = begin;
      continue;
    }
    add_number(out, odd_number(random, x));
  }
}

/* The whole state with one group damaged, and now and then the times of its scope. */
static void damage(model_random *random, const bytes *whole, bytes *out) {
  int64_t groups;
  size_t at = find_groups(whole, &groups), times = 0;
  int64_t chosen = model_below(random, (int)groups);
  out->n = 0;
  skip_bytes(whole, &times);
  add(out, whole->at, times);
  for (int i = 0; i < 2; i++) {
    int64_t time = read_number(whole, &times);
    add_number(out, model_below(random, 10) ? time : odd_number(random, time));
  }
  add(out, whole->at + times, at - times);
  for (int64_t g = 0; g < groups; g++) {
    bytes damaged = {0};
    size_t n = (size_t)read_number(whole, &at);
    const bytes state = {.at = whole->at + at, .n = n};
    if (g == chosen) damage_state(random, &state, &damaged);
    else add(&damaged, state.at, n);
    add_number(out, (int64_t)damaged.n);
    add(out, damaged.at, damaged.n);
    free(damaged.at);
    at += n;
  }
}

/* ---- joining ------------------------------------------------------------------------------------------------------------ */

static journey_status take(void *user, const char *text, size_t n) {
  size_t *sum = user;
  for (size_t i = 0; i < n; i++) *sum += (unsigned char)text[i];
  return JOURNEY_OK;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The state with itself and with an undamaged one; the table is written, so that every cell is looked at. */
static int join(const bytes *damaged, const bytes *good, const char *what) {
  uint8_t *copy = malloc(damaged->n);
  memcpy(copy, damaged->at, damaged->n); /* without a spare byte */
  const journey_bytes states[] = {{.data = copy, .size = damaged->n},
                                  {.data = good->at, .size = good->n},
                                  {.data = copy, .size = damaged->n}};
  int joined = 0;
  double begin = seconds();
  for (size_t n = 1; n <= 3; n += 2) {
    journey_table *table;
    journey_error err = {0};
    size_t sum = 0;
    journey_status status = journey_measure_join(context, states, n, &table, &err);
    ck_assert((status == JOURNEY_OK) == (table != NULL));
    ck_assert_msg(status == JOURNEY_OK || (err.code == status && *err.message), "%s: no message", what);
    ck_assert_msg(status != JOURNEY_ENOMEM, "%s: wants more than %d bytes", what, MOST_BYTES);
    if (table) ck_assert_int_eq(journey_table_write(table, JOURNEY_FORMAT_JSON, take, &sum, &err), JOURNEY_OK);
    journey_table_free(table);
    joined += status == JOURNEY_OK;
  }
  ck_assert_msg(seconds() - begin < MOST_SECONDS, "%s: %g seconds", what, seconds() - begin);
  free(copy);
  return joined;
}

static void keep_seed(int i, const journey_bytes *state) {
  const char *folder = getenv("JOURNEY_SEEDS");
  char path[512];
  int nth = 1;
  if (!folder) return;
  for (int k = 0; k < i; k++) nth += !strcmp(metrics[k].metric, metrics[i].metric);
  snprintf(path, sizeof path, nth > 1 ? "%s/%s_%d" : "%s/%s", folder, metrics[i].metric, nth);
  FILE *file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(state->data, 1, state->size, file), state->size);
  fclose(file);
}

static void save(int i, bool by, journey_bytes *state) {
  journey_study_options scope = {.struct_size = sizeof scope, .by = by ? "channel" : NULL};
  model_random random = {.state = 11};
  plain_events events;
  plain_shape shape = {.customers = 6, .most = 6, .names = PLAIN_NAMES, .ticks = 60, .tick = 3600000000,
                       .base = INT64_C(1700000000000000)};
  plain_settings settings;
  plain_new(&events, &random, &shape);
  journey_study *study = plain_study(&events, context, -1, NULL, &scope);
  plain_set(&settings, metrics[i].settings);
  ck_assert_int_eq(
      journey_measure_partial(study, metrics[i].metric, settings.setting, settings.count, state, NULL), JOURNEY_OK);
  journey_study_free(study);
  plain_free(&events);
}

START_TEST(test_damaged) {
  const char *cases = getenv("JOURNEY_CASES");
  long n = cases ? atol(cases) : 400;
  for (int by = 0; by < 2; by++) {
    journey_bytes state;
    bytes out = {0};
    model_random random = {.state = 1000 + (uint64_t)_i};
    int joined = 0;
    save(_i, by, &state);
    if (!by) keep_seed(_i, &state);
    const bytes whole = {.at = state.data, .n = state.size};
    ck_assert_int_eq(join(&whole, &whole, metrics[_i].metric), 2);
    for (long k = 0; k < n; k++) {
      char what[200];
      snprintf(what, sizeof what, "%s %s, case %ld", metrics[_i].metric, metrics[_i].settings, k);
      damage(&random, &whole, &out);
      joined += join(&out, &whole, what);
    }
    ck_assert(joined > 0 || n < 100); /* damage goes deeper than the first look */
    free(out.at);
    journey_bytes_free(&state);
  }
}
END_TEST

/* Fisher's test sums up one by one, and there are more than doubles can tell apart. */
START_TEST(test_uncountable) {
  static const int64_t numbers[] = {1, 22, INT64_C(229603617922239306), 1, 0, 19, INT64_C(165545537775346372), 0};
  journey_bytes state;
  bytes out = {0}, group = {0};
  int64_t groups;
  int drivers = 0;
  while (strcmp(metrics[drivers].metric, "drivers")) drivers++;
  save(drivers, false, &state);
  const bytes whole = {.at = state.data, .n = state.size};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) add_number(&group, numbers[i]);
  add(&out, whole.at, find_groups(&whole, &groups));
  ck_assert_int_eq(groups, 1);
  add_number(&out, (int64_t)group.n);
  add(&out, group.at, group.n);
  ck_assert_int_eq(join(&out, &whole, "drivers"), 2);
  free(out.at);
  free(group.at);
  journey_bytes_free(&state);
}
END_TEST

Suite *states_suite(void);
Suite *states_suite(void) {
  Suite *suite = suite_create("states");
  TCase *all = tcase_create("states");
  tcase_set_timeout(all, 120);
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_damaged, 0, METRICS);
  tcase_add_test(all, test_uncountable);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(states_suite()); }
