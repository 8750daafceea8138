/* The calculator transitions against plain loops: every option, groups against a baseline, many names and many groups. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_loop.h"
#include "check_main.h"
#include "journey/stat.h"
#include "metric_model.h"
#include "study/study.h"

enum { CUSTOMERS = 40, MOST_PATH = 12, ENDS = PLAIN_NAMES, ROUNDS = 12, EVERY = -1 };
static const int64_t SECOND = 1000000, GAP = 1800 * INT64_C(1000000);

static journey_context *context;
static model_random random_numbers;
static plain_events events;
static plain_event path[CUSTOMERS][MOST_PATH];
static int length[CUSTOMERS];

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* A customer's channel is the same in all of his events, so that everybody knows his group. */
static void new_round(int round, int ticks, int64_t tick) {
  plain_shape shape = {.customers = CUSTOMERS,
                       .most = 2 + round % (MOST_PATH - 1),
                       .names = 2 + round % 7,
                       .ticks = ticks,
                       .tick = tick,
                       .base = INT64_C(1700000000000000),
                       .parts = 2};
  random_numbers.state = 1000 + (uint64_t)round;
  plain_new(&events, &random_numbers, &shape);
  for (int i = 0; i < events.count; i++) events.event[i].channel = events.event[i].customer * 3 / CUSTOMERS;
  for (int c = 0; c < CUSTOMERS; c++) length[c] = plain_path(&events, c, path[c]);
}

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * fabs(a) + 1e-12; }

/* ---- counting by plain loops --------------------------------------------------------------------------------------- */

typedef struct edge {
  int64_t count, customers, last;
  int64_t gap[CUSTOMERS * MOST_PATH];
  int gaps;
} edge;

typedef struct flow {
  edge edge[ENDS + 1][ENDS + 1]; /* from, to: ENDS is (start) and (exit) */
  int64_t out[ENDS + 1];
} flow;

static void pass(flow *f, int from, int to, int customer, int64_t gap) {
  edge *e = &f->edge[from][to];
  e->customers += e->count == 0 || e->last != customer;
  e->last = customer;
  e->count++;
  f->out[from]++;
  if (from != ENDS && to != ENDS) e->gap[e->gaps++] = gap;
}

static void count_customer(flow *f, int c, bool collapse, bool sessions) {
  int from = ENDS;
  int64_t left = 0;
  for (int i = 0; i < length[c]; i++) {
    if (sessions && i > 0 && path[c][i].time - path[c][i - 1].time > GAP) {
      pass(f, from, ENDS, c, 0);
      from = ENDS;
    }
    if (collapse && path[c][i].name == from) continue;
    pass(f, from, path[c][i].name, c, path[c][i].time - left);
    from = path[c][i].name;
    left = path[c][i].time;
  }
  pass(f, from, ENDS, c, 0);
}

static flow *count_flow(int channel, bool collapse, bool sessions) {
  flow *f = calloc(1, sizeof *f);
  for (int c = 0; c < CUSTOMERS; c++) {
    if (channel == EVERY || path[c][0].channel == channel) count_customer(f, c, collapse, sessions);
  }
  return f;
}

/* ---- one group ------------------------------------------------------------------------------------------------------- */

static const char *node(int name, const char *end) { return name == ENDS ? end : plain_names[name]; }

static int64_t find_row(const journey_table *table, const char *group, int from, int to) {
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    if (strcmp(plain_text(table, row, "from"), node(from, "(start)")) != 0) continue;
    if (strcmp(plain_text(table, row, "to"), node(to, "(exit)")) != 0) continue;
    if (!group || !strcmp(plain_text(table, row, "channel"), group)) return row;
  }
  return -1;
}

static void check_interval(const journey_table *table, int64_t row, const char *name, const journey_interval *x) {
  char low[64], high[64];
  snprintf(low, sizeof low, "%s_low", name);
  snprintf(high, sizeof high, "%s_high", name);
  ck_assert(same(plain_float(table, row, name), x->estimate));
  ck_assert(same(plain_float(table, row, low), x->low) && same(plain_float(table, row, high), x->high));
}

static void check_times(const journey_table *table, int64_t row, edge *e) {
  journey_interval mean = {NAN, NAN, NAN};
  double seconds[CUSTOMERS * MOST_PATH];
  for (int i = 0; i < e->gaps; i++) seconds[i] = (double)e->gap[i] / 1e6;
  if (e->gaps) ck_assert_int_eq(journey_stat_mean(seconds, e->gaps, 0.95, &mean, NULL), JOURNEY_OK);
  check_interval(table, row, "mean_seconds", &mean);
  ck_assert(same(plain_quantile(e->gap, e->gaps, 0.5), plain_float(table, row, "median_seconds")));
  ck_assert(same(plain_quantile(e->gap, e->gaps, 0.9), plain_float(table, row, "p90_seconds")));
}

static void check_row(const journey_table *table, int64_t row, edge *e, int64_t out) {
  journey_interval share = {NAN, NAN, NAN};
  ck_assert_int_eq(plain_int(table, row, "count"), e->count);
  ck_assert_int_eq(plain_int(table, row, "customers"), e->customers);
  if (out) ck_assert_int_eq(journey_stat_wilson(e->count, out, 0.95, &share, NULL), JOURNEY_OK);
  check_interval(table, row, "share", &share);
  check_times(table, row, e);
}

static void check_flow(const journey_table *table, flow *f, int64_t least) {
  int64_t rows = 0;
  for (int from = 0; from <= ENDS; from++) {
    int64_t in = 0;
    for (int to = 0; to <= ENDS; to++) {
      edge *e = &f->edge[from][to];
      int64_t row = find_row(table, NULL, from, to);
      in += f->edge[to][from].count;
      ck_assert((row >= 0) == (e->count >= least && e->count > 0));
      if (row >= 0) check_row(table, row, e, f->out[from]);
      rows += row >= 0;
    }
    ck_assert_int_eq(in, f->out[from]);
  }
  ck_assert_int_eq(journey_table_rows(table), rows);
  for (int64_t row = 1; row < rows; row++) {
    ck_assert(plain_int(table, row - 1, "count") >= plain_int(table, row, "count"));
  }
}

static void check_options(bool collapse, bool sessions, uint32_t chunk) {
  const journey_study_options scope = {.struct_size = sizeof scope, .paths = sessions};
  journey_study *study = plain_study(&events, context, -1, NULL, &scope);
  if (chunk) jn_study_set_chunk(study, chunk);
  flow *f = count_flow(EVERY, collapse, sessions);
  for (int least = 1; least < 8; least += 4) {
    char settings[64];
    snprintf(settings, sizeof settings, "collapse=%s, least=%d", collapse ? "true" : "false", least);
    journey_table *table = plain_measure(study, "transitions", settings, 0);
    check_flow(table, f, least);
    journey_table_free(table);
  }
  free(f);
  journey_study_free(study);
}

/* Small chunks: the index becomes a table of all pairs in the middle of a shard. */
START_TEST(test_options) {
  new_round(_i, 1 + _i * 3, _i % 2 ? SECOND : GAP / 2);
  for (int k = 0; k < 8; k++) check_options(k & 1, k & 2, k & 4 ? 9 : 0);
  plain_free(&events);
}
END_TEST

/* Without times and customers, which is another loop, the rest is the same. */
START_TEST(test_counts_alone) {
  new_round(_i, 9, SECOND);
  journey_study *study = plain_study(&events, context, -1, NULL, NULL);
  for (int k = 0; k < 4; k++) {
    const char *collapse = k & 2 ? "collapse=true" : "collapse=false";
    char settings[64];
    snprintf(settings, sizeof settings, "times=false, reach=false, %s", collapse);
    if (k & 1) jn_study_set_chunk(study, 9);
    journey_table *all = plain_measure(study, "transitions", collapse, 0);
    journey_table *few = plain_measure(study, "transitions", settings, 3);
    ck_assert_int_eq(journey_table_rows(all), journey_table_rows(few));
    for (int64_t row = 0; row < journey_table_rows(all); row++) {
      ck_assert_str_eq(plain_text(all, row, "from"), plain_text(few, row, "from"));
      ck_assert_str_eq(plain_text(all, row, "to"), plain_text(few, row, "to"));
      ck_assert_int_eq(plain_int(all, row, "count"), plain_int(few, row, "count"));
      ck_assert(plain_float(all, row, "share_low") == plain_float(few, row, "share_low"));
      ck_assert(plain_missing(few, row, "customers") && plain_missing(few, row, "mean_seconds"));
      ck_assert(plain_missing(few, row, "median_seconds") && plain_missing(few, row, "p90_seconds"));
    }
    journey_table_free(all);
    journey_table_free(few);
  }
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

/* ---- against a baseline ------------------------------------------------------------------------------------------------ */

/* Holm's correction, from its definition: p is rejected at a level when every smaller one is, too. */
static double corrected(const double *p, int n, double own) {
  double least = 0;
  int m = 0;
  for (int i = 0; i < n; i++) m += !isnan(p[i]);
  for (int i = 0; i < n; i++) {
    int below = 0;
    if (!(p[i] <= own)) continue;
    for (int k = 0; k < n; k++) below += p[k] < p[i];
    least = fmax(least, fmin(1, p[i] * (m - below)));
  }
  return isnan(own) ? own : least;
}

static double test_of(double x1, double n1, double x2, double n2) {
  if (n1 == 0 || n2 == 0) return NAN;
  double p = (x1 + x2) / (n1 + n2), z = (x1 / n1 - x2 / n2) / sqrt(p * (1 - p) * (1 / n1 + 1 / n2));
  return p == 0 || p == 1 ? 1 : erfc(fabs(z) / sqrt(2));
}

static void check_difference(const journey_table *table, int64_t row, const flow *f, const flow *base, int from,
                             int to) {
  int64_t x1 = f->edge[from][to].count, x2 = base->edge[from][to].count;
  journey_interval difference = {NAN, NAN, NAN};
  if (f->out[from] && base->out[from]) {
    ck_assert_int_eq(journey_stat_newcombe(x1, f->out[from], x2, base->out[from], 0.95, &difference, NULL), JOURNEY_OK);
  }
  ck_assert_int_eq(plain_int(table, row, "baseline_count"), x2);
  ck_assert(same(plain_float(table, row, "baseline_share"),
                 base->out[from] ? (double)x2 / (double)base->out[from] : NAN));
  check_interval(table, row, "difference", &difference);
}

static int check_against(const journey_table *table, int channel, flow *f, const flow *base, int64_t least) {
  double p[(ENDS + 1) * (ENDS + 1)];
  int64_t at[(ENDS + 1) * (ENDS + 1)];
  int n = 0;
  for (int from = 0; from <= ENDS; from++) {
    for (int to = 0; to <= ENDS; to++) {
      int64_t own = f->edge[from][to].count, other = base->edge[from][to].count;
      int64_t row = find_row(table, plain_channels[channel], from, to);
      ck_assert((row >= 0) == (own + other > 0 && (own >= least || other >= least)));
      if (row < 0) continue;
      check_row(table, row, &f->edge[from][to], f->out[from]);
      check_difference(table, row, f, base, from, to);
      at[n] = row;
      p[n++] = test_of((double)own, (double)f->out[from], (double)other, (double)base->out[from]);
    }
  }
  for (int i = 0; i < n; i++) ck_assert(same(plain_float(table, at[i], "p_adjusted"), corrected(p, n, p[i])));
  return n;
}

/* The baseline has its own edges, and is not compared. */
static int check_own(const journey_table *table, int channel, flow *f, int64_t least) {
  int n = 0;
  for (int from = 0; from <= ENDS; from++) {
    for (int to = 0; to <= ENDS; to++) {
      int64_t row = find_row(table, plain_channels[channel], from, to), count = f->edge[from][to].count;
      ck_assert((row >= 0) == (count > 0 && count >= least));
      if (row < 0) continue;
      n++;
      check_row(table, row, &f->edge[from][to], f->out[from]);
      ck_assert(plain_missing(table, row, "baseline_count") && plain_missing(table, row, "baseline_share"));
      ck_assert(plain_missing(table, row, "difference_low") && plain_missing(table, row, "p_adjusted"));
    }
  }
  return n;
}

START_TEST(test_baseline) {
  const journey_study_options scope = {.struct_size = sizeof scope, .by = "channel"};
  new_round(_i, 20, SECOND);
  journey_study *study = plain_study(&events, context, -1, NULL, &scope);
  flow *f[3];
  for (int c = 0; c < 3; c++) f[c] = count_flow(c, false, false);
  for (int base = 0; base < 3; base++) {
    for (int least = 1; least < 5; least += 3) {
      char settings[64];
      int rows = 0;
      snprintf(settings, sizeof settings, "baseline=%s, least=%d", plain_channels[base], least);
      journey_table *table = plain_measure(study, "transitions", settings, 0);
      for (int c = 0; c < 3; c++) {
        rows += c == base ? check_own(table, c, f[c], least) : check_against(table, c, f[c], f[base], least);
      }
      ck_assert_int_eq(journey_table_rows(table), rows);
      journey_table_free(table);
    }
  }
  for (int c = 0; c < 3; c++) free(f[c]);
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

START_TEST(test_baseline_shards) {
  static const char *const settings[] = {"baseline=web", "baseline=shop, times=false, reach=false"};
  const journey_study_options scope = {.struct_size = sizeof scope, .by = "channel"};
  new_round(_i, 20, SECOND);
  journey_study *study = plain_study(&events, context, -1, NULL, &scope);
  journey_study *part[2] = {plain_study(&events, context, 0, NULL, &scope), plain_study(&events, context, 1, NULL, &scope)};
  for (int k = 0; k < 2; k++) {
    journey_table *one = plain_measure(study, "transitions", settings[k], 1);
    for (int shards = 2; shards < 8; shards += 5) {
      journey_table *other = plain_measure(study, "transitions", settings[k], shards);
      plain_same(one, other, settings[k]);
      journey_table_free(other);
    }
    journey_table *joined = plain_join(context, part, 2, "transitions", settings[k]);
    plain_same(one, joined, "joined");
    journey_table_free(joined);
    journey_table_free(one);
  }
  for (int p = 0; p < 2; p++) journey_study_free(part[p]);
  journey_study_free(study);
  plain_free(&events);
}
END_TEST

/* ---- many names, many groups ------------------------------------------------------------------------------------------ */

/* Customer c has `each` events, of names that a small rule gives. */
static uint32_t name_of(int customer, int i, int names) {
  return (uint32_t)((customer * 7919 + i * (customer % 5 + 1) * 31) % names);
}

static journey_status add_many(journey_builder *builder, int customer, int each, int names) {
  char id[16], name[16];
  journey_status status = JOURNEY_OK;
  int n = snprintf(id, sizeof id, "c%d", customer);
  journey_attribute plan = {.name = "plan", .name_length = 4, .text = id, .text_length = (size_t)n};
  for (int i = 0; status == JOURNEY_OK && i < each; i++) {
    int k = snprintf(name, sizeof name, "n%u", (unsigned)name_of(customer, i, names));
    journey_event event = {.struct_size = sizeof event,
                           .customer = id,
                           .customer_length = (size_t)n,
                           .name = name,
                           .name_length = (size_t)k,
                           .time = i * SECOND,
                           .value = NAN,
                           .attributes = &plan,
                           .attribute_count = 1};
    status = journey_builder_add(builder, &event, NULL);
  }
  return status;
}

static journey_study *many_study(journey_context *own, int customers, int each, int names, const char *by) {
  const journey_study_options scope = {.struct_size = sizeof scope, .by = by};
  journey_builder *builder;
  journey_stream *stream;
  journey_study *study;
  ck_assert_int_eq(journey_builder_new(own, &builder, NULL), JOURNEY_OK);
  for (int c = 0; c < customers; c++) ck_assert_int_eq(add_many(builder, c, each, names), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_finish(builder, &stream, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_study_new(stream, NULL, &scope, &study, NULL), JOURNEY_OK);
  journey_stream_free(stream);
  journey_builder_free(builder);
  return study;
}

static void check_many(const journey_table *table, int customers, int each, int names) {
  int64_t total = 0;
  size_t nodes = (size_t)names + 1;
  int32_t *count = calloc(nodes * nodes, sizeof *count);
  for (int c = 0; c < customers; c++) {
    size_t from = (size_t)names;
    for (int i = 0; i < each; i++) {
      size_t to = name_of(c, i, names);
      count[from * nodes + to]++;
      from = to;
    }
    count[from * nodes + (size_t)names]++;
  }
  for (int64_t row = 0; row < journey_table_rows(table); row++) {
    const char *a = plain_text(table, row, "from"), *b = plain_text(table, row, "to");
    size_t from = *a == '(' ? (size_t)names : (size_t)atoi(a + 1), to = *b == '(' ? (size_t)names : (size_t)atoi(b + 1);
    ck_assert_int_eq(plain_int(table, row, "count"), count[from * nodes + to]);
    total += count[from * nodes + to];
    count[from * nodes + to] = 0; /* no row twice */
  }
  ck_assert_int_eq(total, (int64_t)customers * (each + 1));
  free(count);
}

/* From a table of all pairs (10) over one that large streams have (300) to hashing only (600, 3000). */
START_TEST(test_many_names) {
  static const int names[] = {10, 300, 600, 3000};
  journey_study *study = many_study(context, 400, 60, names[_i], NULL);
  journey_table *table = plain_measure(study, "transitions", "", 3);
  check_many(table, 400, 60, names[_i]);
  journey_table_free(table);
  table = plain_measure(study, "transitions", "times=false, reach=false", 3);
  check_many(table, 400, 60, names[_i]);
  journey_table_free(table);
  journey_study_free(study);
}
END_TEST

/* 2000 groups and 500 names: tables of all pairs would take 12 GB. */
START_TEST(test_many_groups) {
  journey_context *own;
  journey_context_options options = {.struct_size = sizeof options, .threads = 2, .memory_limit = 64 << 20};
  ck_assert_int_eq(journey_context_new(&options, &own, NULL), JOURNEY_OK);
  journey_study *study = many_study(own, 2000, 5, 500, "plan");
  journey_table *table = plain_measure(study, "transitions", "", 0);
  int64_t total = 0, rows = journey_table_rows(table);
  for (int64_t row = 0; row < rows; row++) total += plain_int(table, row, "count");
  ck_assert_int_eq(total, 2000 * 6);
  journey_table_free(table);
  table = plain_measure(study, "transitions", "baseline=c7", 0);
  ck_assert_int_gt(journey_table_rows(table), rows); /* the edges of c7 with every group, too */
  journey_table_free(table);
  journey_study_free(study);
  journey_context_free(own);
}
END_TEST

/* ---- no memory ------------------------------------------------------------------------------------------------------------ */

static journey_status measure_against(journey_context *own, void *arg) {
  const char *const *setting = arg;
  const journey_setting settings[] = {{"baseline", "c1"}, {"times", setting[0]}, {"reach", setting[0]}};
  const journey_study_options scope = {.struct_size = sizeof scope, .by = "plan"};
  journey_builder *builder = NULL;
  journey_stream *stream = NULL;
  journey_study *study = NULL;
  journey_table *table = NULL;
  journey_bytes state = {0};
  journey_status status = journey_builder_new(own, &builder, NULL);
  for (int c = 0; status == JOURNEY_OK && c < 2; c++) status = add_many(builder, c, 30, 4);
  if (status == JOURNEY_OK) status = journey_builder_finish(builder, &stream, NULL);
  if (status == JOURNEY_OK) status = journey_study_new(stream, NULL, &scope, &study, NULL);
  if (status == JOURNEY_OK) status = journey_measure(study, "transitions", settings, 3, &table, NULL);
  journey_table_free(table);
  table = NULL;
  if (status == JOURNEY_OK) status = journey_measure_partial(study, "transitions", settings, 3, &state, NULL);
  if (status == JOURNEY_OK) status = journey_measure_join(own, &state, 1, &table, NULL);
  journey_table_free(table);
  journey_bytes_free(&state);
  journey_study_free(study);
  journey_stream_free(stream);
  journey_builder_free(builder);
  return status;
}

START_TEST(test_no_memory) {
  static const char *const flags[] = {"true", "false"};
  alloc_loop(measure_against, (void *)(uintptr_t)&flags[_i]);
}
END_TEST

Suite *transitions_suite(void);
Suite *transitions_suite(void) {
  Suite *suite = suite_create("transitions");
  TCase *all = tcase_create("transitions");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_set_timeout(all, 120);
  tcase_add_loop_test(all, test_options, 0, ROUNDS);
  tcase_add_loop_test(all, test_counts_alone, 0, ROUNDS);
  tcase_add_loop_test(all, test_baseline, 0, ROUNDS);
  tcase_add_loop_test(all, test_baseline_shards, 0, 4);
  tcase_add_loop_test(all, test_many_names, 0, 4);
  tcase_add_test(all, test_many_groups);
  tcase_add_loop_test(all, test_no_memory, 0, 2);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(transitions_suite()); }
