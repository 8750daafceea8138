/* paths: the distinct paths with their counts. */
#include "journey_plugin.h"

static const journey_option options[] = {
    {.name = "collapse", .value = "false", .type = JOURNEY_OPTION_FLAG,
     .help = "Take consecutive events of one name as one event"},
    {.name = "length", .value = "0", .type = JOURNEY_OPTION_INT, .minimum = 0, .maximum = 1000000,
     .help = "Look at the first so many events of a path; 0: at all of them", .unit = "events"},
    {.name = "most", .value = "100", .type = JOURNEY_OPTION_INT, .minimum = 1, .maximum = 1e9,
     .help = "Show the so many most frequent paths; the others are one row, (other)", .unit = "paths"},
};

/* A distinct path: its codes lie in `codes`, four bytes each. */
typedef struct distinct {
  uint64_t hash;
  size_t at, length;
  int64_t count;
} distinct;

typedef struct paths {
  const journey_host *host;
  int32_t collapse;
  int64_t longest, most;
  distinct *list;
  size_t count, list_capacity;
  uint32_t *codes;
  size_t used, code_capacity;
  uint64_t *slot; /* open addressing: index + 1 into list; the number of slots is a power of two */
  size_t slots;
  uint32_t *own; /* the path at hand */
  size_t own_capacity;
} paths;

static journey_status no_memory(const paths *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  paths *s = state;
  journey_host_free(s->host, s->list, s->list_capacity, sizeof *s->list);
  journey_host_free(s->host, s->codes, s->code_capacity, sizeof *s->codes);
  journey_host_free(s->host, s->slot, s->slots, sizeof *s->slot);
  journey_host_free(s->host, s->own, s->own_capacity, sizeof *s->own);
  journey_host_free(s->host, s, 1, sizeof *s);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  paths *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = host;
  s->collapse = host->option_flag(host, "collapse");
  s->longest = host->option_int(host, "length");
  s->most = host->option_int(host, "most");
  if (s->longest == 0) s->longest = INT64_MAX;
  s->slots = 1024;
  s->slot = journey_host_alloc(host, s->slots, sizeof *s->slot);
  return s->slot ? JOURNEY_OK : no_memory(s, err);
}

/* ---- the table of distinct paths ------------------------------------------------------------------------------------- */

static uint64_t hash_codes(const uint32_t *code, size_t n) {
  uint64_t h = n * UINT64_C(0x9e3779b97f4a7c15);
  for (size_t i = 0; i < n; i++) {
    h = (h ^ code[i]) * UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 32;
  }
  return h ^ h >> 29;
}

static int same_codes(const uint32_t *a, const uint32_t *b, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (a[i] != b[i]) return 0;
  }
  return 1;
}

static journey_status double_slots(paths *s) {
  size_t slots = s->slots * 2;
  uint64_t *slot = journey_host_alloc(s->host, slots, sizeof *slot);
  if (!slot) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < s->count; i++) {
    size_t at = s->list[i].hash & (slots - 1);
    while (slot[at]) at = (at + 1) & (slots - 1);
    slot[at] = i + 1;
  }
  journey_host_free(s->host, s->slot, s->slots, sizeof *s->slot);
  s->slot = slot;
  s->slots = slots;
  return JOURNEY_OK;
}

static journey_status add_distinct(paths *s, size_t at, const uint32_t *code, size_t n, uint64_t hash, int64_t count) {
  if (journey_host_grow(s->host, &s->list, &s->list_capacity, s->count + 1, sizeof *s->list) != JOURNEY_OK ||
      journey_host_grow(s->host, &s->codes, &s->code_capacity, s->used + n, sizeof *s->codes) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  s->list[s->count++] = (distinct){hash, s->used, n, count};
  s->slot[at] = s->count;
  for (size_t i = 0; i < n; i++) s->codes[s->used++] = code[i];
  return s->count * 2 > s->slots ? double_slots(s) : JOURNEY_OK;
}

static journey_status count_path(paths *s, const uint32_t *code, size_t n, int64_t count) {
  uint64_t hash = hash_codes(code, n);
  size_t at = hash & (s->slots - 1);
  for (; s->slot[at]; at = (at + 1) & (s->slots - 1)) {
    distinct *d = &s->list[s->slot[at] - 1];
    if (d->hash != hash || d->length != n || !same_codes(s->codes + d->at, code, n)) continue;
    d->count += count;
    return JOURNEY_OK;
  }
  return add_distinct(s, at, code, n, hash, count);
}

/* ---- feeding ----------------------------------------------------------------------------------------------------------- */

static journey_status feed_path(paths *s, const journey_batch *batch, int64_t p) {
  int64_t begin = batch->begin[p], end = batch->end[p];
  size_t n = 0, most = (size_t)(end - begin < s->longest ? end - begin : s->longest);
  if (most == 0) return JOURNEY_OK;
  if (journey_host_grow(s->host, &s->own, &s->own_capacity, most, sizeof *s->own) != JOURNEY_OK) return JOURNEY_ENOMEM;
  for (int64_t i = begin; i < end && n < most; i++) {
    uint32_t code = journey_codes_at(&batch->event, i);
    if (s->collapse && n > 0 && s->own[n - 1] == code) continue;
    s->own[n++] = code;
  }
  return count_path(s, s->own, n, 1);
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  paths *s = state;
  journey_status status = JOURNEY_OK;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(s, batch, p);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  paths *s = state;
  const paths *o = other;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < o->count; i++) {
    status = count_path(s, o->codes + o->list[i].at, o->list[i].length, o->list[i].count);
  }
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const paths *s = state;
  const journey_host *host = s->host;
  (void)err;
  for (size_t i = 0; i < s->count; i++) {
    const distinct *d = &s->list[i];
    host->save_int64(host, saver, (int64_t)d->length);
    for (size_t k = 0; k < d->length; k++) host->save_int64(host, saver, s->codes[d->at + k]);
    host->save_int64(host, saver, d->count);
  }
  host->save_int64(host, saver, 0); /* no path is empty */
  return JOURNEY_OK;
}

/* A length is believed only as far as codes follow. */
static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  paths *s = state;
  const journey_host *host = s->host;
  int64_t length;
  while ((length = host->load_range(host, loader, 0, INT64_MAX)) > 0) {
    size_t n = 0;
    for (; length > 0 && host->load_status(host, loader, err) == JOURNEY_OK; length--) {
      if (journey_host_grow(host, &s->own, &s->own_capacity, n + 1, sizeof *s->own) != JOURNEY_OK) {
        return no_memory(s, err);
      }
      s->own[n++] = host->load_event(host, loader);
    }
    int64_t count = host->load_range(host, loader, 1, INT64_MAX / 1024);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    if (count_path(s, s->own, n, count) != JOURNEY_OK) return no_memory(s, err);
  }
  return host->load_status(host, loader, err);
}

/* ---- result ----------------------------------------------------------------------------------------------------------------- */

static int compare_text(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (unsigned char)*a - (unsigned char)*b;
}

/* More frequent first, then shorter, then by names: an order that depends on nothing but the data. */
static int before(const paths *s, const distinct *a, const distinct *b) {
  if (a->count != b->count) return a->count > b->count;
  if (a->length != b->length) return a->length < b->length;
  for (size_t i = 0; i < a->length; i++) {
    const char *const *name = s->host->events->name;
    int order = compare_text(name[s->codes[a->at + i]], name[s->codes[b->at + i]]);
    if (order != 0) return order < 0;
  }
  return 0;
}

static void swap(distinct *a, distinct *b) {
  distinct moved = *a;
  *a = *b;
  *b = moved;
}

/* The heap's top is the path that comes last in order. */
static void sift_down(const paths *s, distinct *heap, size_t n, size_t at) {
  for (size_t child; (child = 2 * at + 1) < n; at = child) {
    if (child + 1 < n && before(s, &heap[child], &heap[child + 1])) child++;
    if (!before(s, &heap[at], &heap[child])) return;
    swap(&heap[at], &heap[child]);
  }
}

/* Brings the first n paths in order to the front: a heap of n, over which the others are passed. */
static void select_first(const paths *s, distinct *list, size_t count, size_t n) {
  for (size_t i = n / 2; i-- > 0;) sift_down(s, list, n, i);
  for (size_t i = n; i < count; i++) {
    if (!before(s, &list[i], &list[0])) continue;
    swap(&list[i], &list[0]);
    sift_down(s, list, n, 0);
  }
  for (size_t end = n; end-- > 1;) {
    swap(&list[0], &list[end]);
    sift_down(s, list, end, 0);
  }
}

static journey_status put_text(const paths *s, journey_table *table, const distinct *d, char **text, size_t *capacity) {
  size_t n = 0;
  for (size_t i = 0; i < d->length; i++) {
    const char *name = s->host->events->name[s->codes[d->at + i]], *arrow = i ? " > " : "";
    for (int part = 0; part < 2; part++) {
      for (const char *c = part ? name : arrow; *c; c++) {
        if (n == *capacity && journey_host_grow(s->host, text, capacity, n + 1, 1) != JOURNEY_OK) return JOURNEY_ENOMEM;
        (*text)[n++] = *c;
      }
    }
  }
  s->host->put_text(s->host, table, n ? *text : "", n);
  return JOURNEY_OK;
}

static void put_numbers(const paths *s, journey_table *table, int64_t length, int64_t count, int64_t total) {
  const journey_host *host = s->host;
  if (length >= 0) host->put_int64(host, table, length);
  else host->put_null(host, table);
  host->put_int64(host, table, count);
  host->put_interval(host, table, host->proportion(host, count, total));
}

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "path", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "length", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "count", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->note(host, table, "method", "share: of all paths, Wilson interval");
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  paths *s = state;
  char *text = NULL;
  size_t capacity = 0, shown = (uint64_t)s->most < s->count ? (size_t)s->most : s->count;
  int64_t total = 0, rest = 0;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; i < s->count; i++) total += s->list[i].count;
  select_first(s, s->list, s->count, shown);
  add_columns(s->host, table);
  for (size_t i = 0; status == JOURNEY_OK && i < shown; i++) {
    status = put_text(s, table, &s->list[i], &text, &capacity);
    put_numbers(s, table, (int64_t)s->list[i].length, s->list[i].count, total);
  }
  for (size_t i = shown; i < s->count; i++) rest += s->list[i].count;
  if (rest > 0) {
    s->host->put_text(s->host, table, "(other)", SIZE_MAX);
    put_numbers(s, table, -1, rest, total);
  }
  journey_host_free(s->host, text, capacity, 1);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

extern const journey_calculator jn_metric_paths;

const journey_calculator jn_metric_paths = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "paths",
    .title = "Paths: the distinct ones, with counts",
    .help = "How often each distinct sequence of events occurs as a whole path, and its share of all paths. The counts "
            "of the rows, (other) included, add up to the number of paths.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
