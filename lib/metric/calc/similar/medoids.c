/* similar: k-medoids. The medoids are paths, each path belongs to the nearest one, and what is made small is the sum of
 * all customers' distances to their medoid.
 *
 * The best single medoid is taken first. Then, until there are enough, the path that lowers the sum most is added, and
 * medoids are exchanged for other paths, the exchange that lowers the sum most first, until none lowers it: PAM
 * (Kaufman and Rousseeuw 1987), with all exchanges for a candidate counted in one pass (Schubert and Rousseeuw 2021).
 * For a metric, a sum that no exchange lowers is at most five times the least one (Arya et al. 2004). Time: n * n for
 * each exchange. All sums are of whole numbers, so that ties are ties on every machine. */
#include <string.h>

#include "internal.h"

typedef jn_similar_clusters clusters;

enum { ASK_AFTER = 64, MOST_SWAPS = 1000 };

void jn_similar_clusters_free(clusters *c) {
  journey_host_free(c->host, c->distance, c->n * c->n, sizeof *c->distance);
  journey_host_free(c->host, c->nearest, c->n, sizeof *c->nearest);
  journey_host_free(c->host, c->first, c->n, sizeof *c->first);
  journey_host_free(c->host, c->second, c->n, sizeof *c->second);
}

/* Each path to its nearest medoid. Where there is none, or no second one, it is further than can be. */
static void assign(clusters *c) {
  for (size_t o = 0; o < c->n; o++) {
    const uint32_t *row = c->distance + o * c->n;
    c->first[o] = c->second[o] = JN_SIMILAR_FAR + 1;
    for (uint32_t m = 0; m < c->k; m++) {
      uint32_t d = row[c->medoid[m]];
      if (d < c->first[o]) {
        c->second[o] = c->first[o];
        c->first[o] = d;
        c->nearest[o] = m;
      } else if (d < c->second[o]) {
        c->second[o] = d;
      }
    }
  }
}

static void put_medoid(clusters *c, uint32_t at, size_t path) {
  for (; at > 0 && c->medoid[at - 1] > path; at--) c->medoid[at] = c->medoid[at - 1];
  for (; at + 1 < c->k && c->medoid[at + 1] < path; at++) c->medoid[at] = c->medoid[at + 1];
  c->medoid[at] = path;
  assign(c);
}

/* By how much the sum falls when a path becomes one more medoid. */
static int64_t gain_of(const clusters *c, size_t x) {
  const uint32_t *d = c->distance + x * c->n;
  int64_t gain = 0;
  for (size_t o = 0; o < c->n; o++) {
    if (d[o] < c->first[o]) gain += c->weight[o] * (int64_t)(c->first[o] - d[o]);
  }
  return gain;
}

/* Sets *added to 0 when every path lies at a medoid already. */
static journey_status add_medoid(clusters *c, int *added, journey_error *err) {
  size_t best = 0;
  int64_t most = 0;
  for (size_t x = 0; x < c->n; x++) {
    if (x % ASK_AFTER == 0 && c->host->cancelled(c->host, err) != JOURNEY_OK) return JOURNEY_ECANCELLED;
    int64_t gain = gain_of(c, x);
    if (gain > most) most = gain, best = x;
  }
  *added = most > 0;
  if (most > 0) put_medoid(c, c->k++, best);
  return JOURNEY_OK;
}

/* What the sum changes by when path x takes the place of each medoid; `without` is what it grows by when that medoid
 * only goes. Returns the best change, a negative number if any lowers the sum. */
static int64_t best_exchange(const clusters *c, size_t x, const int64_t *without, uint32_t *medoid) {
  const uint32_t *d = c->distance + x * c->n;
  int64_t change[JN_SIMILAR_MOST_CLUSTERS], shared = 0;
  memcpy(change, without, c->k * sizeof *change);
  for (size_t o = 0; o < c->n; o++) {
    if (d[o] >= c->second[o]) continue;
    int64_t w = c->weight[o];
    if (d[o] < c->first[o]) {
      shared += w * ((int64_t)d[o] - c->first[o]);
      change[c->nearest[o]] += w * ((int64_t)c->first[o] - c->second[o]);
    } else {
      change[c->nearest[o]] += w * ((int64_t)d[o] - c->second[o]);
    }
  }
  *medoid = 0;
  for (uint32_t m = 1; m < c->k; m++) {
    if (change[m] < change[*medoid]) *medoid = m;
  }
  return change[*medoid] + shared;
}

/* The exchange that lowers the sum most. *done: there is none. */
static journey_status exchange(clusters *c, int *done, journey_error *err) {
  int64_t without[JN_SIMILAR_MOST_CLUSTERS] = {0}, best = 0;
  size_t path = 0;
  uint32_t leaves = 0, medoid;
  for (size_t o = 0; o < c->n; o++) without[c->nearest[o]] += c->weight[o] * (int64_t)(c->second[o] - c->first[o]);
  for (size_t x = 0; x < c->n; x++) {
    if (x % ASK_AFTER == 0 && c->host->cancelled(c->host, err) != JOURNEY_OK) return JOURNEY_ECANCELLED;
    int64_t change = best_exchange(c, x, without, &medoid);
    if (change < best) best = change, path = x, leaves = medoid;
  }
  *done = best == 0;
  if (best < 0) put_medoid(c, leaves, path);
  return JOURNEY_OK;
}

/* ---- silhouette -------------------------------------------------------------------------------------------------- */

/* (b - a) / max(a, b), with a a customer's mean distance to the others of the cluster and b that to the next cluster
 * (Rousseeuw 1987); 0 for one who is alone in the cluster. */
static double silhouette_of(const clusters *c, size_t o, const int64_t *size) {
  const uint32_t *d = c->distance + o * c->n;
  int64_t sum[JN_SIMILAR_MOST_CLUSTERS] = {0};
  uint32_t own = c->nearest[o];
  if (size[own] < 2) return 0;
  for (size_t i = 0; i < c->n; i++) sum[c->nearest[i]] += c->weight[i] * (int64_t)d[i];
  double a = (double)sum[own] / (double)(size[own] - 1), b = 2.0 * JN_SIMILAR_FAR;
  for (uint32_t m = 0; m < c->k; m++) {
    double mean = (double)sum[m] / (double)size[m];
    if (m != own && mean < b) b = mean;
  }
  double greater = a > b ? a : b;
  return greater > 0 ? (b - a) / greater : 0;
}

/* The mean over all customers, and over those of each cluster. */
static journey_status measure_silhouette(clusters *c, double *all, journey_error *err) {
  const journey_host *host = c->host;
  journey_sum sum[JN_SIMILAR_MOST_CLUSTERS], total = {{0}};
  int64_t size[JN_SIMILAR_MOST_CLUSTERS] = {0}, customers = 0;
  for (size_t o = 0; o < c->n; o++) size[c->nearest[o]] += c->weight[o], customers += c->weight[o];
  memset(sum, 0, sizeof sum);
  for (size_t o = 0; c->k > 1 && o < c->n; o++) {
    if (o % ASK_AFTER == 0 && host->cancelled(host, err) != JOURNEY_OK) return JOURNEY_ECANCELLED;
    double x = (double)c->weight[o] * silhouette_of(c, o, size);
    host->sum_add(host, &sum[c->nearest[o]], NULL, &x, 1);
  }
  for (uint32_t m = 0; m < c->k; m++) {
    c->silhouette[m] = c->k > 1 ? host->sum_value(host, &sum[m]) / (double)size[m] : __builtin_nan("");
    host->sum_merge(host, &total, &sum[m]);
  }
  *all = host->sum_value(host, &total) / (double)customers;
  return JOURNEY_OK;
}

/* ---- how many ---------------------------------------------------------------------------------------------------- */

static journey_status add_and_exchange(clusters *c, int *added, journey_error *err) {
  journey_status status = add_medoid(c, added, err);
  int done = !*added;
  for (int i = 0; status == JOURNEY_OK && !done && i < MOST_SWAPS; i++) status = exchange(c, &done, err);
  return status;
}

static journey_status clusters_new(clusters *c) {
  c->nearest = journey_host_alloc(c->host, c->n, sizeof *c->nearest);
  c->first = journey_host_alloc(c->host, c->n, sizeof *c->first);
  c->second = journey_host_alloc(c->host, c->n, sizeof *c->second);
  if (!c->nearest || !c->first || !c->second) return JOURNEY_ENOMEM;
  assign(c);
  return JOURNEY_OK;
}

journey_status jn_similar_cluster(clusters *c, uint32_t wanted, uint32_t most, journey_error *err) {
  size_t medoid[JN_SIMILAR_MOST_CLUSTERS] = {0};
  uint32_t k = 0;
  double best = -3, silhouette = -2; /* one cluster has none, and is less than any */
  int added = 1;
  journey_status status = clusters_new(c);
  if (status != JOURNEY_OK) return jn_similar_no_memory(c->host, err);
  while (c->k < (wanted ? wanted : most)) {
    status = add_and_exchange(c, &added, err);
    if (status == JOURNEY_OK && added && !wanted && c->k > 1) status = measure_silhouette(c, &silhouette, err);
    if (status != JOURNEY_OK || !added) break;
    if (!wanted && silhouette <= best) continue;
    best = silhouette;
    k = c->k;
    memcpy(medoid, c->medoid, sizeof medoid);
  }
  if (status != JOURNEY_OK) return status;
  c->k = k;
  memcpy(c->medoid, medoid, sizeof medoid);
  assign(c);
  return measure_silhouette(c, &silhouette, err);
}
