/* similar: each customer to a cluster, and the table of the clusters. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

enum { CHUNK = 256, ASK_AFTER = 1024 };

/* What is said of a cluster. */
typedef struct cluster {
  size_t medoid; /* index into the distinct paths */
  int64_t customers, clustered, converted;
  int64_t distance; /* summed over the customers */
  double silhouette;
} cluster;

typedef struct text {
  char *s;
  size_t n, capacity;
} text;

typedef struct result {
  jn_similar *s;
  const journey_host *host;
  size_t *order; /* distinct paths; the first `n` make the clusters */
  size_t n;
  uint32_t k;
  cluster cluster[JN_SIMILAR_MOST_CLUSTERS];
  size_t rank[JN_SIMILAR_MOST_CLUSTERS]; /* rows */
  uint32_t *of;                          /* by distinct path: its cluster */
  int64_t customers;
  int64_t *total, *in; /* by event: customers who had it, in all and in the cluster at hand */
  size_t *event, *mark;
  double *apart; /* by event: how much its share differs from that of the others */
  int64_t *scratch;
  text text;
} result;

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

static void join_cluster(result *r, size_t path, uint32_t m, uint32_t distance, int is_clustered) {
  const jn_similar_path *p = &r->s->list[path];
  cluster *c = &r->cluster[m];
  r->of[path] = m;
  c->customers += p->count;
  c->converted += p->converted;
  c->clustered += is_clustered ? p->count : 0;
  c->distance += p->count * (int64_t)distance;
}

/* A path that had no say goes to the nearest medoid; of two as near, to the more frequent one. */
static journey_status join_rest(result *r, jn_similar_features *f, const jn_similar_clusters *c, journey_error *err) {
  size_t begin = f->begin[r->n];
  for (size_t i = r->n; i < r->s->count; i++) {
    uint32_t best = 0, least = JN_SIMILAR_FAR + 1;
    if (i % ASK_AFTER == 0 && r->host->cancelled(r->host, err) != JOURNEY_OK) return JOURNEY_ECANCELLED;
    f->paths = r->n;
    f->begin[r->n] = begin;
    if (jn_similar_features_add(f, &r->s->list[r->order[i]])) return jn_similar_no_memory(r->host, err);
    for (uint32_t m = 0; m < c->k; m++) {
      uint32_t d = jn_similar_distance(f, r->n, c->medoid[m]);
      if (d < least) least = d, best = m;
    }
    join_cluster(r, r->order[i], best, least, 0);
  }
  return JOURNEY_OK;
}

static journey_status fill_distances(const result *r, const jn_similar_features *f, jn_similar_clusters *c,
                                     journey_error *err) {
  for (size_t a = 0; a < c->n; a++) {
    if (r->host->cancelled(r->host, err) != JOURNEY_OK) return JOURNEY_ECANCELLED;
    for (size_t b = 0; b < a; b++) {
      c->distance[a * c->n + b] = c->distance[b * c->n + a] = jn_similar_distance(f, a, b);
    }
  }
  return JOURNEY_OK;
}

static journey_status cluster_paths(result *r, jn_similar_features *f, jn_similar_clusters *c, int64_t *weight,
                                    journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < r->n; i++) {
    weight[i] = r->s->list[r->order[i]].count;
    status = jn_similar_features_add(f, &r->s->list[r->order[i]]);
  }
  if (status != JOURNEY_OK) return jn_similar_no_memory(r->host, err);
  status = fill_distances(r, f, c, err);
  if (status == JOURNEY_OK) status = jn_similar_cluster(c, r->s->clusters, r->s->most_clusters, err);
  if (status != JOURNEY_OK) return status;
  r->k = c->k;
  for (uint32_t m = 0; m < c->k; m++) {
    r->cluster[m] = (cluster){.medoid = r->order[c->medoid[m]], .silhouette = c->silhouette[m]};
  }
  for (size_t i = 0; i < r->n; i++) join_cluster(r, r->order[i], c->nearest[i], c->first[i], 1);
  return join_rest(r, f, c, err);
}

static journey_status find_clusters(result *r, journey_error *err) {
  jn_similar_features f;
  jn_similar_clusters c = {.host = r->host, .n = r->n};
  int64_t *weight = journey_host_alloc(r->host, r->n, sizeof *weight);
  journey_status status = jn_similar_features_new(r->s, &f);
  c.weight = weight;
  c.distance = journey_host_alloc(r->host, r->n * r->n, sizeof *c.distance);
  if (status != JOURNEY_OK || !weight || !c.distance)
    status = jn_similar_no_memory(r->host, err);
  else
    status = cluster_paths(r, &f, &c, weight, err);
  jn_similar_clusters_free(&c);
  jn_similar_features_free(&f);
  journey_host_free(r->host, weight, r->n, sizeof *weight);
  return status;
}

/* More customers first; ties in the order of the medoids, which is that of their frequency. */
static int more_customers(const void *state, size_t a, size_t b) {
  const result *r = state;
  int64_t x = r->cluster[a].customers, y = r->cluster[b].customers;
  return x != y ? x > y : a < b;
}

/* ---- what sets a cluster apart ----------------------------------------------------------------------------------- */

static void count_events(result *r, size_t path, int64_t *customers, size_t mark) {
  const jn_similar_path *p = &r->s->list[path];
  for (size_t i = 0; i < p->length; i++) {
    uint32_t code = r->s->codes[p->at + i];
    if (r->mark[code] != mark) customers[code] += p->count;
    r->mark[code] = mark;
  }
}

static int sets_apart_more(const void *state, size_t a, size_t b) {
  const result *r = state;
  if (r->apart[a] != r->apart[b]) return r->apart[a] > r->apart[b];
  return strcmp(r->host->events->name[a], r->host->events->name[b]) < 0;
}

static int is_beyond_chance(const result *r, int64_t x, int64_t n, int64_t others_x, int64_t others) {
  journey_interval difference = r->host->difference(r->host, x, n, others_x, others);
  return difference.low > 0 || difference.high < 0;
}

/* The events whose share differs from that of the other clusters by more than chance; returns how many. */
static size_t list_apart(result *r, uint32_t m) {
  size_t found = 0;
  int64_t n = r->cluster[m].customers, others = r->customers - n;
  memset(r->in, 0, r->host->events->count * sizeof *r->in);
  for (size_t i = 0; i < r->s->count; i++) {
    if (r->of[i] == m) count_events(r, i, r->in, r->s->count + 1 + i);
  }
  for (size_t e = 0; others > 0 && e < r->host->events->count; e++) {
    int64_t x = r->in[e], y = r->total[e] - x;
    double difference = (double)x / (double)n - (double)y / (double)others;
    if (r->total[e] == 0 || !is_beyond_chance(r, x, n, y, others)) continue;
    r->apart[e] = difference < 0 ? -difference : difference;
    r->event[found++] = e;
  }
  return found;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static journey_status add_text(result *r, const char *more) {
  size_t n = strlen(more);
  if (journey_host_grow(r->host, &r->text.s, &r->text.capacity, r->text.n + n + 1, 1)) return JOURNEY_ENOMEM;
  memcpy(r->text.s + r->text.n, more, n + 1);
  r->text.n += n;
  return JOURNEY_OK;
}

static journey_status write_path(result *r, const jn_similar_path *p) {
  journey_status status = JOURNEY_OK;
  r->text.n = 0;
  for (size_t i = 0; status == JOURNEY_OK && i < p->length; i++) {
    if (i > 0) status = add_text(r, " > ");
    if (status == JOURNEY_OK) status = add_text(r, r->host->events->name[r->s->codes[p->at + i]]);
  }
  return status;
}

static int percent(int64_t x, int64_t n) { return (int)((x * 200 + n) / (2 * n)); }

/* "cart 100 % (others 12 %), order 80 % (others 0 %)" */
static journey_status write_apart(result *r, uint32_t m) {
  size_t found = list_apart(r, m), shown = (uint64_t)r->s->top < found ? (size_t)r->s->top : found;
  int64_t n = r->cluster[m].customers;
  journey_status status = JOURNEY_OK;
  journey_sort_first(r->event, found, shown, sets_apart_more, r);
  r->text.n = 0;
  for (size_t i = 0; status == JOURNEY_OK && i < shown; i++) {
    size_t e = r->event[i];
    char shares[64];
    snprintf(shares, sizeof shares, " %d %% (others %d %%)", percent(r->in[e], n),
             percent(r->total[e] - r->in[e], r->customers - n));
    if (i > 0) status = add_text(r, ", ");
    if (status == JOURNEY_OK) status = add_text(r, r->host->events->name[e]);
    if (status == JOURNEY_OK) status = add_text(r, shares);
  }
  return status;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void add_columns(const result *r, journey_table *table) {
  const journey_host *host = r->host;
  host->column(host, table, "cluster", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->column(host, table, "path", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "apart", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "mean_events", JOURNEY_UNIT_NONE);
  host->column(host, table, "median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  if (r->s->goal) host->column(host, table, "converted", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  if (r->s->goal) host->column_interval(host, table, "conversion_rate", JOURNEY_UNIT_SHARE);
  host->column(host, table, "distance", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "silhouette", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "clustered", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->note(host, table, "method", "path: the medoid of k-medoids; shares: Wilson interval; mean_events: t interval");
  host->note(host, table, "clustered", "customers whose paths made the clusters; the others joined the nearest one");
}

/* Of all events that the customers of a cluster did, not only of those compared. */
static void put_events(result *r, uint32_t m, journey_table *table) {
  const journey_host *host = r->host;
  journey_sum sum = {{0}}, squares = {{0}};
  double chunk[CHUNK];
  size_t k = 0, n = 0;
  for (size_t i = 0; i < r->s->visits; i++) {
    const jn_similar_visit *v = &r->s->visit[i];
    if (r->of[v->path] != m) continue;
    r->scratch[n++] = v->duration;
    chunk[k++] = v->events;
    if (k == CHUNK) host->sum_add(host, &sum, &squares, chunk, k), k = 0;
  }
  host->sum_add(host, &sum, &squares, chunk, k);
  host->put_interval(host, table, host->mean(host, (int64_t)n, &sum, &squares));
  host->put_float64(host, table, host->quantile_int64(host, r->scratch, n, 0.5) / 1e6);
}

static journey_status put_row(result *r, size_t row, journey_table *table) {
  const journey_host *host = r->host;
  uint32_t m = (uint32_t)r->rank[row];
  const cluster *c = &r->cluster[m];
  host->put_int64(host, table, (int64_t)row + 1);
  host->put_int64(host, table, c->customers);
  host->put_interval(host, table, host->proportion(host, c->customers, r->customers));
  if (write_path(r, &r->s->list[c->medoid]) != JOURNEY_OK) return JOURNEY_ENOMEM;
  host->put_text(host, table, r->text.s, r->text.n);
  if (write_apart(r, m) != JOURNEY_OK) return JOURNEY_ENOMEM;
  if (r->text.n > 0) host->put_text(host, table, r->text.s, r->text.n);
  else host->put_null(host, table);
  put_events(r, m, table);
  if (r->s->goal) host->put_int64(host, table, c->converted);
  if (r->s->goal) host->put_interval(host, table, host->proportion(host, c->converted, c->customers));
  host->put_float64(host, table, (double)c->distance / (double)c->customers / JN_SIMILAR_FAR);
  host->put_float64(host, table, c->silhouette);
  host->put_int64(host, table, c->clustered);
  return JOURNEY_OK;
}

static journey_status result_new(jn_similar *s, result *r) {
  const journey_host *host = s->host;
  size_t names = host->events->count;
  *r = (result){.s = s, .host = host, .n = (uint64_t)s->most_paths < s->count ? (size_t)s->most_paths : s->count};
  r->order = journey_host_alloc(host, s->count, sizeof *r->order);
  r->of = journey_host_alloc(host, s->count, sizeof *r->of);
  r->total = journey_host_alloc(host, names, sizeof *r->total);
  r->in = journey_host_alloc(host, names, sizeof *r->in);
  r->event = journey_host_alloc(host, names, sizeof *r->event);
  r->mark = journey_host_alloc(host, names, sizeof *r->mark);
  r->apart = journey_host_alloc(host, names, sizeof *r->apart);
  r->scratch = journey_host_alloc(host, s->visits, sizeof *r->scratch);
  if (!r->order || !r->of || !r->total || !r->in || !r->event || !r->mark || !r->apart || !r->scratch) {
    return JOURNEY_ENOMEM;
  }
  for (size_t i = 0; i < s->count; i++) {
    r->order[i] = i;
    r->customers += s->list[i].count;
    count_events(r, i, r->total, i + 1);
  }
  journey_sort_first(r->order, s->count, r->n, jn_similar_comes_before, s);
  return JOURNEY_OK;
}

static void result_free(result *r) {
  const journey_host *host = r->host;
  size_t names = host->events->count;
  journey_host_free(host, r->order, r->s->count, sizeof *r->order);
  journey_host_free(host, r->of, r->s->count, sizeof *r->of);
  journey_host_free(host, r->total, names, sizeof *r->total);
  journey_host_free(host, r->in, names, sizeof *r->in);
  journey_host_free(host, r->event, names, sizeof *r->event);
  journey_host_free(host, r->mark, names, sizeof *r->mark);
  journey_host_free(host, r->apart, names, sizeof *r->apart);
  journey_host_free(host, r->scratch, r->s->visits, sizeof *r->scratch);
  journey_host_free(host, r->text.s, r->text.capacity, 1);
}

static journey_status put_rows(result *r, journey_table *table, journey_error *err) {
  for (uint32_t m = 0; m < r->k; m++) r->rank[m] = m;
  journey_sort_first(r->rank, r->k, r->k, more_customers, r);
  add_columns(r, table);
  for (size_t row = 0; row < r->k; row++) {
    if (put_row(r, row, table) != JOURNEY_OK) return jn_similar_no_memory(r->host, err);
  }
  return JOURNEY_OK;
}

journey_status jn_similar_put(jn_similar *s, journey_table *table, journey_error *err) {
  result r;
  journey_status status = result_new(s, &r);
  if (status != JOURNEY_OK) status = jn_similar_no_memory(s->host, err);
  if (status == JOURNEY_OK && s->count > 0) status = find_clusters(&r, err);
  if (status == JOURNEY_OK) status = put_rows(&r, table, err);
  result_free(&r);
  return status;
}
