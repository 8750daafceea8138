/* The calculator similar against plain loops over all customers: what it says of its clusters is true of them, its
 * medoids cannot be bettered one by one, planted clusters are found, and the answer depends on the data alone. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "journey/stat.h"
#include "metric_model.h"

enum { MOST_CUSTOMERS = 90, MOST_PATH = 12, ROUNDS = 8, FAR = 1000000, FEATURES = PLAIN_NAMES * (PLAIN_NAMES + 1) };

static journey_context *context;
static plain_events events;

static void setup(void) { ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK); }
static void teardown(void) { journey_context_free(context); }

/* ---- the model --------------------------------------------------------------------------------------------------- */

static struct {
  int name[MOST_PATH], length; /* collapsed and cut */
  int feature[FEATURES];       /* how often it has each name, and each pair of names */
  int same;                    /* customers with this path, this one included */
  bool is_first, clustered, converted;
  int events, cluster, distance;
  int64_t duration;
} customer[MOST_CUSTOMERS];
static int customers, medoid[MOST_CUSTOMERS], clusters; /* medoids: customers with that path */

typedef struct plain_options {
  bool collapse, counts, pairs;
  int length, most_paths;
} plain_options;

static void take_customer(int c, const plain_options *o) {
  plain_event path[MOST_PATH];
  int n = 0, count = plain_path(&events, c, path);
  memset(&customer[c], 0, sizeof *customer);
  for (int i = 0; i < count; i++) {
    int name = path[i].name;
    customer[c].converted |= name == 4;
    if (n == o->length || (o->collapse && n > 0 && customer[c].name[n - 1] == name)) continue;
    customer[c].feature[name]++;
    if (o->pairs && n > 0) customer[c].feature[PLAIN_NAMES * (1 + customer[c].name[n - 1]) + name]++;
    customer[c].name[n++] = name;
  }
  for (int f = 0; !o->counts && f < FEATURES; f++) customer[c].feature[f] = customer[c].feature[f] > 0;
  customer[c].length = n;
  customer[c].events = count;
  customer[c].duration = path[count - 1].time - path[0].time;
}

static int compare_paths(int a, int b) {
  if (customer[a].length != customer[b].length) return customer[a].length - customer[b].length;
  for (int i = 0; i < customer[a].length; i++) {
    int order = strcmp(plain_names[customer[a].name[i]], plain_names[customer[b].name[i]]);
    if (order) return order;
  }
  return 0;
}

static bool ranks_before(int a, int b) {
  if (customer[a].same != customer[b].same) return customer[a].same > customer[b].same;
  return compare_paths(a, b) < 0;
}

static void take_customers(const plain_options *o) {
  customers = events.customers;
  for (int c = 0; c < customers; c++) take_customer(c, o);
  for (int c = 0; c < customers; c++) {
    customer[c].is_first = true;
    for (int b = 0; b < customers; b++) {
      bool same = compare_paths(b, c) == 0;
      customer[c].same += same;
      customer[c].is_first &= !same || b >= c;
    }
  }
  for (int c = 0; c < customers; c++) {
    int before = 0;
    for (int b = 0; b < customers; b++) before += customer[b].is_first && ranks_before(b, c);
    customer[c].clustered = before < o->most_paths;
  }
}

static int distance(int a, int b) {
  int64_t shared = 0, all = 0;
  for (int f = 0; f < FEATURES; f++) {
    int x = customer[a].feature[f], y = customer[b].feature[f];
    shared += x < y ? x : y;
    all += x > y ? x : y;
  }
  return (int)(((all - shared) * FAR + all / 2) / all);
}

/* Sum of the distances of the customers who have a say to the nearest of some medoids. */
static int64_t cost_of(const int *medoids, int n) {
  int64_t cost = 0;
  for (int c = 0; c < customers; c++) {
    int least = FAR + 1;
    for (int m = 0; customer[c].clustered && m < n; m++) {
      int d = distance(c, medoids[m]);
      if (d < least) least = d;
    }
    cost += customer[c].clustered ? least : 0;
  }
  return cost;
}

static void assign(void) {
  for (int c = 0; c < customers; c++) {
    customer[c].distance = FAR + 1;
    for (int m = 0; m < clusters; m++) {
      int d = distance(c, medoid[m]);
      bool nearer = d < customer[c].distance;
      if (d == customer[c].distance) nearer = ranks_before(medoid[m], medoid[customer[c].cluster]);
      if (!nearer) continue;
      customer[c].distance = d;
      customer[c].cluster = m;
    }
  }
}

static int find_path(const char *text) {
  for (int c = 0; c < customers; c++) {
    char own[256] = "";
    for (int i = 0; i < customer[c].length; i++) {
      strcat(own, i ? " > " : "");
      strcat(own, plain_names[customer[c].name[i]]);
    }
    if (strcmp(own, text) == 0) return c;
  }
  ck_abort_msg("nobody has the path %s", text);
}

/* The medoids that a table names, and who is nearest to each. */
static void take_medoids(const journey_table *table) {
  clusters = (int)journey_table_rows(table);
  for (int m = 0; m < clusters; m++) {
    medoid[m] = find_path(plain_text(table, m, "path"));
    ck_assert(customer[medoid[m]].clustered);
    ck_assert_int_eq(plain_int(table, m, "cluster"), m + 1);
  }
  assign();
}

/* ---- what a row says --------------------------------------------------------------------------------------------- */

static bool same(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * fabs(a) + 1e-12; }

static void check_interval(const journey_table *table, int row, const char *name, const journey_interval *expected) {
  char end[64];
  ck_assert(same(expected->estimate, plain_float(table, row, name)));
  snprintf(end, sizeof end, "%s_low", name);
  ck_assert(same(expected->low, plain_float(table, row, end)));
  snprintf(end, sizeof end, "%s_high", name);
  ck_assert(same(expected->high, plain_float(table, row, end)));
}

static void check_share(const journey_table *table, int row, const char *name, int64_t x, int64_t n) {
  journey_interval expected;
  ck_assert_int_eq(journey_stat_wilson(x, n, 0.95, &expected, NULL), JOURNEY_OK);
  check_interval(table, row, name, &expected);
}

/* Over all pairs of customers who have a say. */
static double silhouette_of(int c) {
  double sum[MOST_CUSTOMERS] = {0}, least = INFINITY;
  int n[MOST_CUSTOMERS] = {0}, own = customer[c].cluster;
  for (int b = 0; b < customers; b++) {
    if (b == c || !customer[b].clustered) continue;
    sum[customer[b].cluster] += distance(b, c);
    n[customer[b].cluster]++;
  }
  if (n[own] == 0) return 0;
  for (int m = 0; m < clusters; m++) least = m != own && n[m] ? fmin(least, sum[m] / n[m]) : least;
  double inner = sum[own] / n[own];
  return inner == least ? 0 : (least - inner) / fmax(inner, least);
}

static void check_sums(const journey_table *table, int row) {
  int64_t n = 0, clustered = 0, converted = 0, duration[MOST_CUSTOMERS];
  double lengths[MOST_CUSTOMERS], far = 0, silhouette = 0;
  for (int c = 0; c < customers; c++) {
    if (customer[c].cluster != row) continue;
    lengths[n] = customer[c].events;
    duration[n++] = customer[c].duration;
    converted += customer[c].converted;
    far += customer[c].distance;
    clustered += customer[c].clustered;
    silhouette += customer[c].clustered ? silhouette_of(c) : 0;
  }
  journey_interval mean;
  ck_assert_int_eq(plain_int(table, row, "customers"), n);
  ck_assert_int_eq(plain_int(table, row, "clustered"), clustered);
  ck_assert_int_eq(plain_int(table, row, "converted"), converted);
  check_share(table, row, "share", n, customers);
  check_share(table, row, "conversion_rate", converted, n);
  ck_assert_int_eq(journey_stat_mean(lengths, n, 0.95, &mean, NULL), JOURNEY_OK);
  check_interval(table, row, "mean_events", &mean);
  ck_assert(same(plain_quantile(duration, (int)n, 0.5), plain_float(table, row, "median_seconds")));
  ck_assert(same(far / (double)n / FAR, plain_float(table, row, "distance")));
  ck_assert(same(clusters > 1 ? silhouette / (double)clustered : NAN, plain_float(table, row, "silhouette")));
}

/* The events with the greatest difference first, as long as it is more than chance. */
static void check_apart(const journey_table *table, int row, int top) {
  char text[1024] = "";
  int in[PLAIN_NAMES] = {0}, out[PLAIN_NAMES] = {0}, n = 0, said = 0;
  bool done[PLAIN_NAMES] = {false};
  for (int c = 0; c < customers; c++) {
    bool has[PLAIN_NAMES] = {false}, own = customer[c].cluster == row;
    for (int i = 0; i < customer[c].length; i++) has[customer[c].name[i]] = true;
    for (int e = 0; e < PLAIN_NAMES; e++) *(own ? &in[e] : &out[e]) += has[e];
    n += own;
  }
  int others = customers - n;
  while (others > 0 && said < top) {
    int best = -1;
    double most = 0;
    for (int e = 0; e < PLAIN_NAMES; e++) {
      journey_interval d;
      ck_assert_int_eq(journey_stat_newcombe(in[e], n, out[e], others, 0.95, &d, NULL), JOURNEY_OK);
      double apart = fabs((double)in[e] / n - (double)out[e] / others);
      bool better = best < 0 || apart > most || (apart == most && strcmp(plain_names[e], plain_names[best]) < 0);
      if (done[e] || !(d.low > 0 || d.high < 0) || !better) continue;
      best = e;
      most = apart;
    }
    if (best < 0) break;
    done[best] = true;
    sprintf(text + strlen(text), "%s%s %d %% (others %d %%)", said++ ? ", " : "", plain_names[best],
            (in[best] * 200 + n) / (2 * n), (out[best] * 200 + others) / (2 * others));
  }
  ck_assert(plain_missing(table, row, "apart") == (*text == '\0'));
  if (*text) ck_assert_str_eq(plain_text(table, row, "apart"), text);
}

/* No path in the place of a medoid makes the sum smaller; so no other one of a cluster is nearer to all of it. */
static void check_medoids(void) {
  int64_t cost = cost_of(medoid, clusters);
  for (int m = 0; m < clusters; m++) {
    int kept = medoid[m];
    int64_t own = 0;
    for (int c = 0; c < customers; c++) {
      own += customer[c].clustered && customer[c].cluster == m ? customer[c].distance : 0;
    }
    for (int x = 0; x < customers; x++) {
      if (!customer[x].is_first || !customer[x].clustered) continue;
      int64_t others = 0;
      for (int c = 0; c < customers; c++) {
        others += customer[c].clustered && customer[c].cluster == m ? distance(c, x) : 0;
      }
      ck_assert(customer[x].cluster != m || others >= own);
      medoid[m] = x;
      ck_assert(cost_of(medoid, clusters) >= cost);
    }
    medoid[m] = kept;
  }
}

static void check_table(const journey_table *table, int top) {
  int64_t sum = 0;
  take_medoids(table);
  for (int row = 0; row < clusters; row++) {
    check_sums(table, row);
    check_apart(table, row, top);
    sum += plain_int(table, row, "customers");
    if (row == 0) continue;
    ck_assert(plain_int(table, row - 1, "customers") >= plain_int(table, row, "customers"));
  }
  ck_assert_int_eq(sum, customers);
  check_medoids();
}

/* ---- against plain loops ----------------------------------------------------------------------------------------- */

static journey_study *open_round(int round, int of, int most, const journey_study_options *scope) {
  model_random random = {.state = 9000 + (uint64_t)round};
  plain_shape shape = {.customers = of,
                       .most = most,
                       .names = 3 + round % 6,
                       .ticks = 30,
                       .tick = 600000000,
                       .base = INT64_C(1700000000000000),
                       .parts = 3,
                       .mixed = round % 2};
  plain_new(&events, &random, &shape);
  return plain_study(&events, context, -1, NULL, scope);
}

static void close_round(journey_study *study) {
  journey_study_free(study);
  plain_free(&events);
}

START_TEST(test_every_option) {
  static const struct {
    const char *settings;
    plain_options options;
    int top;
  } cases[] = {
      {"clusters=1", {true, false, false, 30, 1000}, 3},
      {"clusters=2, top=1", {true, false, false, 30, 1000}, 1},
      {"clusters=3, features=counts, collapse=false", {false, true, false, 30, 1000}, 3},
      {"clusters=4, features=pairs, top=8", {true, false, true, 30, 1000}, 8},
      {"clusters=5, length=3", {true, false, false, 3, 1000}, 3},
      {"clusters=3, most_paths=7", {true, false, false, 30, 7}, 3},
      {"clusters=6, most_paths=9, features=pairs, collapse=false", {false, false, true, 30, 9}, 3},
      {"features=counts", {true, true, false, 30, 1000}, 3},
      {"most_clusters=4, features=pairs, most_paths=20", {true, false, true, 30, 20}, 3},
  };
  journey_study *study = open_round(_i, 50 + 5 * _i, 3 + _i, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char settings[128];
    snprintf(settings, sizeof settings, "%s, goal=pay", cases[i].settings);
    journey_table *table = plain_measure(study, "similar", settings, 0);
    take_customers(&cases[i].options);
    check_table(table, cases[i].top);
    journey_table_free(table);
  }
  close_round(study);
}
END_TEST

/* auto is the number with the greatest silhouette, and of two with the same the smaller one. */
START_TEST(test_auto) {
  journey_study *study = open_round(_i, 60, 6, NULL);
  double best = -2;
  int k = 0;
  for (int n = 2; n <= 7; n++) {
    char settings[64];
    double sum = 0;
    snprintf(settings, sizeof settings, "clusters=%d", n);
    journey_table *table = plain_measure(study, "similar", settings, 0);
    ck_assert_int_eq(journey_table_rows(table), n);
    for (int row = 0; row < n; row++) {
      sum += (double)plain_int(table, row, "customers") * plain_float(table, row, "silhouette");
    }
    if (sum / events.customers > best + 1e-12) best = sum / events.customers, k = n;
    journey_table_free(table);
  }
  journey_table *table = plain_measure(study, "similar", "most_clusters=7", 0);
  ck_assert_int_eq(journey_table_rows(table), k);
  journey_table_free(table);
  close_round(study);
}
END_TEST

/* Against all choices of medoids: never more than five times the least sum, and nearly always the least. */
START_TEST(test_nearly_best) {
  const plain_options options = {true, false, false, 30, 1000};
  int exact = 0, measured = 0;
  for (int round = 0; round < 60; round++) {
    journey_study *study = open_round(100 + round, 10, 5, NULL);
    for (int k = 1; k <= 4; k++) {
      char settings[64];
      int64_t least = INT64_MAX;
      snprintf(settings, sizeof settings, "clusters=%d", k);
      journey_table *table = plain_measure(study, "similar", settings, 0);
      take_customers(&options);
      take_medoids(table);
      int64_t cost = cost_of(medoid, clusters);
      for (int set = 1; set < 1 << 10; set++) {
        int chosen[10], n = 0;
        for (int c = 0; c < 10; c++) {
          if (set >> c & 1) chosen[n++] = c;
        }
        int64_t other = n == k ? cost_of(chosen, n) : least;
        if (other < least) least = other;
      }
      ck_assert(cost >= least && cost <= 5 * least);
      exact += cost == least;
      measured++;
      journey_table_free(table);
    }
    close_round(study);
  }
  ck_assert_msg(exact * 100 >= measured * 95, "%d of %d are the least", exact, measured);
}
END_TEST

/* ---- planted clusters -------------------------------------------------------------------------------------------- */

/* Customers of kind k meet only the events of that kind, at random. */
static void plant(model_random *random, int kinds, int *kind) {
  static const int first[] = {0, 3, 6, PLAIN_NAMES};
  events = (plain_events){.customers = MOST_CUSTOMERS, .parts = 3};
  events.event = calloc(MOST_CUSTOMERS * MOST_PATH, sizeof *events.event);
  for (int c = 0; c < MOST_CUSTOMERS; c++) {
    kind[c] = model_below(random, kinds);
    for (int i = 0; i < MOST_PATH; i++) {
      int name = first[kind[c]] + model_below(random, first[kind[c] + 1] - first[kind[c]]);
      events.event[events.count++] =
          (plain_event){.customer = c, .name = name, .channel = -1, .time = 1000000 * i, .value = NAN};
    }
  }
}

/* The adjusted Rand index is 1 when, and only when, the two partitions are the same. */
static void check_planted(const journey_table *table, int kinds, const int *kind) {
  int cluster_of[3] = {-1, -1, -1};
  take_medoids(table);
  ck_assert_int_eq(clusters, kinds);
  for (int c = 0; c < customers; c++) {
    if (cluster_of[kind[c]] < 0) cluster_of[kind[c]] = customer[c].cluster;
    ck_assert_int_eq(cluster_of[kind[c]], customer[c].cluster);
  }
  for (int a = 0; a < kinds; a++) {
    for (int b = 0; b < a; b++) ck_assert_int_ne(cluster_of[a], cluster_of[b]);
  }
}

START_TEST(test_planted) {
  const plain_options by_counts = {false, true, false, 30, 1000}, by_pairs = {true, false, true, 30, 1000};
  model_random random = {.state = 500 + (uint64_t)_i};
  int kinds = 2 + _i % 2, kind[MOST_CUSTOMERS];
  char settings[64];
  plant(&random, kinds, kind);
  journey_study *study = plain_study(&events, context, -1, NULL, NULL);
  journey_table *table = plain_measure(study, "similar", "features=counts, collapse=false", 0);
  take_customers(&by_counts);
  check_planted(table, kinds, kind);
  journey_table_free(table);
  snprintf(settings, sizeof settings, "features=pairs, clusters=%d", kinds);
  table = plain_measure(study, "similar", settings, 0);
  take_customers(&by_pairs);
  check_planted(table, kinds, kind);
  journey_table_free(table);
  close_round(study);
}
END_TEST

/* ---- the same answer --------------------------------------------------------------------------------------------- */

static const char *const all_settings[] = {
    "goal=pay", "clusters=3, features=counts", "clusters=5, most_paths=6",
    "features=pairs, length=4, collapse=false, most_clusters=5"};
enum { SETTINGS = sizeof all_settings / sizeof *all_settings };

START_TEST(test_same_answer) {
  static const int shards[] = {2, 7, 0};
  journey_context_options three = {.struct_size = sizeof three, .threads = 3};
  journey_study_options scope = {.struct_size = sizeof scope, .paths = _i & 1, .by = _i & 2 ? "channel" : NULL};
  journey_context *other;
  ck_assert_int_eq(journey_context_new(&three, &other, NULL), JOURNEY_OK);
  journey_study *study = open_round(_i, 80, 7, &scope), *part[3];
  journey_study *again = plain_study(&events, other, -1, NULL, &scope);
  for (int p = 0; p < 3; p++) part[p] = plain_study(&events, context, p, NULL, &scope);
  for (int i = 0; i < SETTINGS; i++) {
    journey_table *one = plain_measure(study, "similar", all_settings[i], 1), *two;
    for (int s = 0; s < 3; s++) {
      two = plain_measure(again, "similar", all_settings[i], shards[s]);
      plain_same(one, two, all_settings[i]);
      journey_table_free(two);
    }
    two = plain_join(context, part, 3, "similar", all_settings[i]);
    plain_same(one, two, all_settings[i]);
    journey_table_free(two);
    journey_table_free(one);
  }
  for (int p = 0; p < 3; p++) journey_study_free(part[p]);
  journey_study_free(again);
  close_round(study);
  journey_context_free(other);
}
END_TEST

/* Customers with other ids who arrive in another order, which gives the event names other codes. */
START_TEST(test_permuted) {
  journey_study *study = open_round(2 * _i, 80, 7, NULL);
  plain_event *turned = calloc((size_t)events.count, sizeof *turned);
  plain_events permuted = {.event = turned, .customers = events.customers, .parts = 1};
  for (int c = 0; c < events.customers; c++) {
    int from = (c * 37 + 11) % events.customers;
    for (int i = 0; i < events.count; i++) {
      if (events.event[i].customer != from) continue;
      turned[permuted.count] = events.event[i];
      turned[permuted.count++].customer = c;
    }
  }
  journey_study *other = plain_study(&permuted, context, -1, NULL, NULL);
  for (int i = 0; i < SETTINGS; i++) {
    journey_table *one = plain_measure(study, "similar", all_settings[i], 0);
    journey_table *two = plain_measure(other, "similar", all_settings[i], 0);
    plain_same(one, two, all_settings[i]);
    journey_table_free(one);
    journey_table_free(two);
  }
  journey_study_free(other);
  free(turned);
  close_round(study);
}
END_TEST

/* ---- options and little data ------------------------------------------------------------------------------------- */

START_TEST(test_refused) {
  static const char *const wrong[] = {"0", "51", "x", "", "-1", "2x", "99999999999999999999"};
  journey_study *study = open_round(3, 10, 4, NULL);
  journey_table *table;
  journey_error err;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    journey_setting setting = {"clusters", wrong[i]};
    ck_assert_int_eq(journey_measure(study, "similar", &setting, 1, &table, &err), JOURNEY_EINVAL);
    ck_assert_str_eq(err.message, "similar: option clusters: must be a whole number from 1 to 50, or auto");
  }
  journey_setting goal = {"goal", "home,list"};
  ck_assert_int_eq(journey_measure(study, "similar", &goal, 1, &table, &err), JOURNEY_EINVAL);
  ck_assert_str_eq(err.message, "similar: option goal: must be one step, or none");
  close_round(study);
}
END_TEST

/* Fewer different paths than clusters; and nobody at all. */
START_TEST(test_little) {
  journey_study_options one_name = {.struct_size = sizeof one_name, .where = "event=home"};
  journey_study_options nothing = {.struct_size = sizeof nothing, .where = "event=nothing"};
  journey_study *study = open_round(3, 30, 4, &one_name);
  journey_table *table = plain_measure(study, "similar", "clusters=9", 0);
  ck_assert_int_eq(journey_table_rows(table), 1);
  ck_assert_str_eq(plain_text(table, 0, "path"), "home");
  ck_assert(plain_missing(table, 0, "silhouette") && plain_missing(table, 0, "apart"));
  ck_assert(plain_float(table, 0, "distance") == 0);
  journey_table_free(table);
  table = plain_measure(study, "similar", "", 0);
  ck_assert_int_eq(journey_table_rows(table), 1);
  journey_table_free(table);
  journey_study *empty = plain_study(&events, context, -1, NULL, &nothing);
  table = plain_measure(empty, "similar", "goal=home", 0);
  ck_assert_int_eq(journey_table_rows(table), 0);
  journey_table_free(table);
  journey_study_free(empty);
  close_round(study);
}
END_TEST

/* Three customers with nothing in common: two clusters are as good as three, by silhouette 0. */
START_TEST(test_tie) {
  plain_event each[3];
  events = (plain_events){.event = each, .count = 3, .customers = 3, .parts = 1};
  for (int c = 0; c < 3; c++) each[c] = (plain_event){.customer = c, .name = c, .channel = -1, .value = NAN};
  journey_study *study = plain_study(&events, context, -1, NULL, NULL);
  journey_table *table = plain_measure(study, "similar", "most_clusters=3", 0);
  ck_assert_int_eq(journey_table_rows(table), 2);
  for (int row = 0; row < 2; row++) ck_assert(plain_float(table, row, "silhouette") == 0);
  journey_table_free(table);
  journey_study_free(study);
}
END_TEST

Suite *similar_suite(void);
Suite *similar_suite(void) {
  Suite *suite = suite_create("similar");
  TCase *all = tcase_create("similar");
  tcase_set_timeout(all, 60);
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, test_every_option, 0, ROUNDS);
  tcase_add_loop_test(all, test_auto, 0, ROUNDS);
  tcase_add_test(all, test_nearly_best);
  tcase_add_loop_test(all, test_planted, 0, ROUNDS);
  tcase_add_loop_test(all, test_same_answer, 0, 4);
  tcase_add_loop_test(all, test_permuted, 0, ROUNDS);
  tcase_add_test(all, test_refused);
  tcase_add_test(all, test_little);
  tcase_add_test(all, test_tie);
  suite_add_tcase(suite, all);
  return suite;
}

int main(void) { return check_main(similar_suite()); }
