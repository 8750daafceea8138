/* similar: what its files share. */
#ifndef JN_SIMILAR_INTERNAL_H
#define JN_SIMILAR_INTERNAL_H

#include "journey_plugin.h"

/* ---- state.c: the distinct paths of the customers ---------------------------------------------------------------- */

/* A distinct path, collapsed and cut: its event codes lie in `codes`. */
typedef struct jn_similar_path {
  size_t at;
  uint32_t length;
  int64_t count, converted; /* customers who took it; those of them who reached the goal */
} jn_similar_path;

/* What a customer did. */
typedef struct jn_similar_visit {
  int64_t duration; /* microseconds from the first event to the last */
  uint32_t path;    /* index into the list of distinct ones */
  uint32_t events;  /* all of them */
} jn_similar_visit;

enum { JN_SIMILAR_EVENTS, JN_SIMILAR_COUNTS, JN_SIMILAR_PAIRS }; /* of the option features */
enum { JN_SIMILAR_MOST_CLUSTERS = 50 };

typedef struct jn_similar {
  const journey_host *host;
  const journey_steps *goal; /* NULL: none */
  int32_t collapse, features;
  uint32_t clusters, most_clusters; /* clusters 0: of 2 to most_clusters those with the best silhouette */
  int64_t most_paths, top;
  size_t longest;
  jn_similar_path *list;
  size_t count, list_capacity;
  uint32_t *codes;
  size_t used, code_capacity;
  uint32_t *slot; /* open addressing: index + 1 into list, 0: free; the number of slots is a power of two */
  size_t slots;
  uint64_t seed;
  jn_similar_visit *visit;
  size_t visits, visit_capacity;
  uint32_t *own; /* the path at hand: room for the longest */
} jn_similar;

/* More customers first, then shorter, then by names: an order that depends on nothing but the data. */
int jn_similar_comes_before(const void *state, size_t a, size_t b);

/* ---- distance.c: how unlike two paths are ------------------------------------------------------------------------ */

/* Distances are whole millionths, so that sums are exact and every machine finds the same clusters. */
#define JN_SIMILAR_FAR UINT32_C(1000000)

/* The features of some paths: those of path i are key[begin[i]] up to key[begin[i + 1]], ascending, each with the times
 * that it occurs. */
typedef struct jn_similar_features {
  const jn_similar *s;
  size_t paths, path_capacity;
  size_t *begin;
  uint64_t *key;
  uint32_t *times;
  size_t key_capacity, times_capacity;
  uint64_t *raw; /* of the path at hand */
  size_t *order;
} jn_similar_features;

journey_status jn_similar_features_new(const jn_similar *s, jn_similar_features *f);
void jn_similar_features_free(jn_similar_features *f);
journey_status jn_similar_features_add(jn_similar_features *f, const jn_similar_path *path);
/* 1 - shared / all, from 0 to JN_SIMILAR_FAR: Jaccard's distance, and with counts Ruzicka's. Both are metrics. */
uint32_t jn_similar_distance(const jn_similar_features *f, size_t a, size_t b);

/* ---- medoids.c: the clusters ------------------------------------------------------------------------------------- */

typedef struct jn_similar_clusters {
  const journey_host *host;
  size_t n;
  uint32_t *distance;     /* n * n */
  const int64_t *weight;  /* of each path: its customers */
  uint32_t k;
  size_t medoid[JN_SIMILAR_MOST_CLUSTERS]; /* ascending */
  uint32_t *nearest;      /* by path: index of its medoid; of two as near, of the first one */
  uint32_t *first, *second; /* by path: distances to the nearest medoid and to the one after */
  double silhouette[JN_SIMILAR_MOST_CLUSTERS]; /* mean of each cluster; NaN when there is one only */
} jn_similar_clusters;

/* Find clusters: `clusters` of them, or with 0 as many of 2 to `most` as have the greatest silhouette; fewer when there
 * are no more different paths. `distance`, `weight`, `host` and `n` are filled in. */
journey_status jn_similar_cluster(jn_similar_clusters *c, uint32_t clusters, uint32_t most, journey_error *err);
void jn_similar_clusters_free(jn_similar_clusters *c);

/* ---- result.c ---------------------------------------------------------------------------------------------------- */

journey_status jn_similar_put(jn_similar *s, journey_table *table, journey_error *err);

static inline journey_status jn_similar_no_memory(const journey_host *host, journey_error *err) {
  return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
}

#endif
