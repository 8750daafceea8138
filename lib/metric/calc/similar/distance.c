/* similar: what paths are compared by, and how unlike two of them are. */
#include "internal.h"

journey_status jn_similar_features_new(const jn_similar *s, jn_similar_features *f) {
  *f = (jn_similar_features){.s = s};
  size_t most = 2 * s->longest; /* a pair for each event but the first, and the event itself */
  f->raw = journey_host_alloc(s->host, most, sizeof *f->raw);
  f->order = journey_host_alloc(s->host, most, sizeof *f->order);
  if (!f->raw || !f->order) return JOURNEY_ENOMEM;
  journey_status status = journey_host_grow(s->host, &f->begin, &f->path_capacity, 1, sizeof *f->begin);
  if (status == JOURNEY_OK) f->begin[0] = 0;
  return status;
}

void jn_similar_features_free(jn_similar_features *f) {
  const journey_host *host = f->s->host;
  journey_host_free(host, f->raw, 2 * f->s->longest, sizeof *f->raw);
  journey_host_free(host, f->order, 2 * f->s->longest, sizeof *f->order);
  journey_host_free(host, f->begin, f->path_capacity, sizeof *f->begin);
  journey_host_free(host, f->key, f->key_capacity, sizeof *f->key);
  journey_host_free(host, f->times, f->times_capacity, sizeof *f->times);
}

/* An event is its code; a pair has the first one's code, plus 1, in its upper half. */
static size_t list_keys(jn_similar_features *f, const jn_similar_path *path) {
  const uint32_t *code = f->s->codes + path->at;
  size_t n = 0;
  for (size_t i = 0; i < path->length; i++) {
    f->raw[n++] = code[i];
    if (f->s->features == JN_SIMILAR_PAIRS && i > 0) f->raw[n++] = ((uint64_t)code[i - 1] + 1) << 32 | code[i];
  }
  return n;
}

static int smaller_key(const void *state, size_t a, size_t b) {
  const jn_similar_features *f = state;
  return f->raw[a] < f->raw[b];
}

journey_status jn_similar_features_add(jn_similar_features *f, const jn_similar_path *path) {
  const journey_host *host = f->s->host;
  size_t n = list_keys(f, path), at = f->begin[f->paths];
  if (journey_host_grow(host, &f->begin, &f->path_capacity, f->paths + 2, sizeof *f->begin) != JOURNEY_OK ||
      journey_host_grow(host, &f->key, &f->key_capacity, at + n, sizeof *f->key) != JOURNEY_OK ||
      journey_host_grow(host, &f->times, &f->times_capacity, at + n, sizeof *f->times) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  for (size_t i = 0; i < n; i++) f->order[i] = i;
  journey_sort_first(f->order, n, n, smaller_key, f);
  for (size_t i = 0; i < n; i++) {
    uint64_t key = f->raw[f->order[i]];
    if (i > 0 && f->key[at - 1] == key) {
      f->times[at - 1] += f->s->features == JN_SIMILAR_COUNTS;
      continue;
    }
    f->key[at] = key;
    f->times[at++] = 1;
  }
  f->begin[++f->paths] = at;
  return JOURNEY_OK;
}

uint32_t jn_similar_distance(const jn_similar_features *f, size_t a, size_t b) {
  size_t i = f->begin[a], k = f->begin[b], i_end = f->begin[a + 1], k_end = f->begin[b + 1];
  uint64_t shared = 0, all = 0;
  while (i < i_end && k < k_end) {
    uint64_t x = f->key[i], y = f->key[k];
    uint32_t p = x <= y ? f->times[i++] : 0, q = y <= x ? f->times[k++] : 0;
    shared += p < q ? p : q;
    all += p > q ? p : q;
  }
  while (i < i_end) all += f->times[i++];
  while (k < k_end) all += f->times[k++];
  return (uint32_t)(((all - shared) * JN_SIMILAR_FAR + all / 2) / all);
}
