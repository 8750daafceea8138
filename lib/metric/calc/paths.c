/* paths: the distinct paths with their counts. */
#include <string.h>

#include "journey_plugin.h"

static const journey_option options[] = {
    {.name = "collapse",
     .value = "false",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Take consecutive events of one name as one event"},
    {.name = "length",
     .value = "0",
     .type = JOURNEY_OPTION_INT,
     .minimum = 0,
     .maximum = 1000000,
     .help = "Look at the first so many events of a path; 0: at all of them",
     .unit = "events"},
    {.name = "most",
     .value = "100",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1e9,
     .help = "Show the so many most frequent paths; the others are one row, (other)",
     .unit = "paths"},
};

/* A distinct path: its codes lie in `codes`, as narrow as the number of event names allows. */
typedef struct distinct {
  size_t at, bytes;
  int64_t count;
} distinct;

/* A slot of the hash table: the upper half of the path's hash, and its index + 1 in `list`; 0: free. */
typedef struct slot {
  uint32_t tag, path;
} slot;

typedef struct paths {
  const journey_host *host;
  int32_t collapse;
  uint32_t width; /* bytes of a code: 1, 2 or 4 */
  uint64_t seed;
  int64_t longest, most;
  distinct *list;
  size_t count, list_capacity;
  uint8_t *codes;
  size_t used, code_capacity;
  slot *table; /* open addressing; the number of slots is a power of two */
  size_t slots;
  uint8_t *own; /* the path at hand, where the batch does not hold it as it is */
  size_t own_capacity;
} paths;

enum { AHEAD = 16 }; /* paths whose slots are fetched at once */

static journey_status no_memory(const paths *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  paths *s = state;
  journey_host_free(s->host, s->list, s->list_capacity, sizeof *s->list);
  journey_host_free(s->host, s->codes, s->code_capacity, 1);
  journey_host_free(s->host, s->table, s->slots, sizeof *s->table);
  journey_host_free(s->host, s->own, s->own_capacity, 1);
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
  s->width = host->events->count <= 256 ? 1 : host->events->count <= 65536 ? 2 : 4;
  s->seed = (uint64_t)(uintptr_t)s * UINT64_C(0x9e3779b97f4a7c15); /* changes no answer, and nobody can foresee it */
  s->table = journey_host_alloc(host, s->slots, sizeof *s->table);
  return s->table ? JOURNEY_OK : no_memory(s, err);
}

/* ---- the table of distinct paths ------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b) {
  unsigned __int128 product =
      (unsigned __int128)(a ^ UINT64_C(0xa0761d6478bd642f)) * (b ^ UINT64_C(0xe7037ed1a0b428db));
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_path(const paths *s, const uint8_t *code, size_t n) {
  uint64_t h = s->seed ^ n, word;
  for (; n >= 8; n -= 8, code += 8) {
    memcpy(&word, code, 8);
    h = mix(h, word);
  }
  word = 0;
  for (size_t i = 0; i < n; i++) word = word << 8 | code[i];
  return mix(h, word);
}

static journey_status double_slots(paths *s) {
  size_t slots = s->slots * 2;
  slot *table = journey_host_alloc(s->host, slots, sizeof *table);
  if (!table) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < s->count; i++) {
    uint64_t hash = hash_path(s, s->codes + s->list[i].at, s->list[i].bytes);
    size_t at = hash & (slots - 1);
    while (table[at].path) at = (at + 1) & (slots - 1);
    table[at] = (slot){(uint32_t)(hash >> 32), (uint32_t)i + 1};
  }
  journey_host_free(s->host, s->table, s->slots, sizeof *s->table);
  s->table = table;
  s->slots = slots;
  return JOURNEY_OK;
}

static journey_status add_distinct(paths *s, slot *to, const uint8_t *code, size_t n, uint64_t hash, int64_t count) {
  if (s->count == UINT32_MAX - 1) return JOURNEY_ENOMEM;
  if (journey_host_grow(s->host, &s->list, &s->list_capacity, s->count + 1, sizeof *s->list) != JOURNEY_OK ||
      journey_host_grow(s->host, &s->codes, &s->code_capacity, s->used + n, 1) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  s->list[s->count++] = (distinct){s->used, n, count};
  *to = (slot){(uint32_t)(hash >> 32), (uint32_t)s->count};
  memcpy(s->codes + s->used, code, n);
  s->used += n;
  return s->count * 2 > s->slots ? double_slots(s) : JOURNEY_OK;
}

static journey_status count_path(paths *s, const uint8_t *code, size_t n, uint64_t hash, int64_t count) {
  size_t at = hash & (s->slots - 1);
  for (; s->table[at].path; at = (at + 1) & (s->slots - 1)) {
    if (s->table[at].tag != (uint32_t)(hash >> 32)) continue;
    distinct *d = &s->list[s->table[at].path - 1];
    if (d->bytes != n || memcmp(s->codes + d->at, code, n) != 0) continue;
    d->count = journey_add_counts(d->count, count);
    return JOURNEY_OK;
  }
  return add_distinct(s, &s->table[at], code, n, hash, count);
}

static uint32_t code_at(const paths *s, const uint8_t *codes, size_t i) {
  journey_codes column = {codes, s->width, 0};
  return journey_codes_at(&column, (int64_t)i);
}

static journey_status put_own(paths *s, size_t i, uint32_t code) {
  if (journey_host_grow(s->host, &s->own, &s->own_capacity, (i + 1) * s->width, 1) != JOURNEY_OK) return JOURNEY_ENOMEM;
  if (s->width == 1)
    s->own[i] = (uint8_t)code;
  else if (s->width == 2)
    ((uint16_t *)(void *)s->own)[i] = (uint16_t)code;
  else
    ((uint32_t *)(void *)s->own)[i] = code;
  return JOURNEY_OK;
}

/* ---- feeding ----------------------------------------------------------------------------------------------------------- */

/* A path that is changed before it is counted. */
static journey_status feed_changed(paths *s, const journey_batch *batch, int64_t p) {
  int64_t n = 0;
  uint32_t before = UINT32_MAX;
  for (int64_t i = batch->begin[p]; i < batch->end[p] && n < s->longest; i++) {
    uint32_t code = journey_codes_at(&batch->event, i);
    if (s->collapse && n > 0 && code == before) continue;
    if (put_own(s, (size_t)n++, code) != JOURNEY_OK) return JOURNEY_ENOMEM;
    before = code;
  }
  size_t bytes = (size_t)n * s->width;
  return n ? count_path(s, s->own, bytes, hash_path(s, s->own, bytes), 1) : JOURNEY_OK;
}

/* Paths that the batch holds as they are counted: first all their slots are asked for, then they are looked at. */
static journey_status feed_plain(paths *s, const journey_batch *batch, int64_t p, int64_t stop) {
  const uint8_t *code[AHEAD];
  size_t bytes[AHEAD];
  uint64_t hash[AHEAD];
  int n = 0;
  journey_status status = JOURNEY_OK;
  for (; p < stop; p++) {
    int64_t events = batch->end[p] - batch->begin[p];
    if (events == 0) continue;
    code[n] = (const uint8_t *)batch->event.data + (size_t)batch->begin[p] * s->width;
    bytes[n] = (size_t)(events < s->longest ? events : s->longest) * s->width;
    hash[n] = hash_path(s, code[n], bytes[n]);
    __builtin_prefetch(&s->table[hash[n] & (s->slots - 1)]);
    n++;
  }
  for (int i = 0; status == JOURNEY_OK && i < n; i++) status = count_path(s, code[i], bytes[i], hash[i], 1);
  return status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  paths *s = state;
  journey_status status = JOURNEY_OK;
  int plain = !s->collapse && batch->event.width == s->width;
  int64_t step = plain ? AHEAD : 1;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p += step) {
    int64_t stop = batch->paths - p < step ? batch->paths : p + step;
    status = plain ? feed_plain(s, batch, p, stop) : feed_changed(s, batch, p);
  }
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  paths *s = state;
  const paths *o = other;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < o->count; i += AHEAD) {
    uint64_t hash[AHEAD];
    size_t n = o->count - i < AHEAD ? o->count - i : AHEAD;
    const distinct *d = &o->list[i];
    for (size_t k = 0; k < n; k++) {
      hash[k] = hash_path(s, o->codes + d[k].at, d[k].bytes);
      __builtin_prefetch(&s->table[hash[k] & (s->slots - 1)]);
    }
    for (size_t k = 0; status == JOURNEY_OK && k < n; k++) {
      status = count_path(s, o->codes + d[k].at, d[k].bytes, hash[k], d[k].count);
    }
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
    size_t length = d->bytes / s->width;
    host->save_int64(host, saver, (int64_t)length);
    for (size_t k = 0; k < length; k++) host->save_int64(host, saver, code_at(s, s->codes + d->at, k));
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
      if (put_own(s, n++, host->load_event(host, loader)) != JOURNEY_OK) return no_memory(s, err);
    }
    int64_t count = host->load_range(host, loader, 1, INT64_MAX / 1024);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    n *= s->width;
    if (count_path(s, s->own, n, hash_path(s, s->own, n), count) != JOURNEY_OK) return no_memory(s, err);
  }
  return host->load_status(host, loader, err);
}

/* ---- result ----------------------------------------------------------------------------------------------------------------- */

/* More frequent first, then shorter, then by names: an order that depends on nothing but the data. */
static int comes_before(const void *state, size_t i, size_t k) {
  const paths *s = state;
  const distinct *a = &s->list[i], *b = &s->list[k];
  if (a->count != b->count) return a->count > b->count;
  if (a->bytes != b->bytes) return a->bytes < b->bytes;
  for (size_t e = 0; e < a->bytes / s->width; e++) {
    uint32_t x = code_at(s, s->codes + a->at, e), y = code_at(s, s->codes + b->at, e);
    if (x != y) return strcmp(s->host->events->name[x], s->host->events->name[y]) < 0;
  }
  return 0;
}

static journey_status add_text(const paths *s, char **text, size_t *capacity, size_t *n, const char *more) {
  size_t length = strlen(more);
  if (journey_host_grow(s->host, text, capacity, *n + length, 1) != JOURNEY_OK) return JOURNEY_ENOMEM;
  if (length) memcpy(*text + *n, more, length);
  *n += length;
  return JOURNEY_OK;
}

static journey_status put_text(const paths *s, journey_table *table, const distinct *d, char **text, size_t *capacity) {
  size_t n = 0;
  for (size_t i = 0; i < d->bytes / s->width; i++) {
    const char *name = s->host->events->name[code_at(s, s->codes + d->at, i)];
    if (i && add_text(s, text, capacity, &n, " > ") != JOURNEY_OK) return JOURNEY_ENOMEM;
    if (add_text(s, text, capacity, &n, name) != JOURNEY_OK) return JOURNEY_ENOMEM;
  }
  s->host->put_text(s->host, table, n ? *text : "", n);
  return JOURNEY_OK;
}

static void put_numbers(const paths *s, journey_table *table, int64_t length, int64_t count, int64_t total) {
  const journey_host *host = s->host;
  if (length >= 0)
    host->put_int64(host, table, length);
  else
    host->put_null(host, table);
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

/* The first `shown` paths in order, then the others as one row. */
static journey_status put_rows(const paths *s, journey_table *table, const size_t *order, size_t shown) {
  char *text = NULL;
  size_t capacity = 0;
  int64_t total = 0, rest = 0;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; i < s->count; i++) total = journey_add_counts(total, s->list[i].count);
  for (size_t i = 0; status == JOURNEY_OK && i < shown; i++) {
    const distinct *d = &s->list[order[i]];
    status = put_text(s, table, d, &text, &capacity);
    put_numbers(s, table, (int64_t)(d->bytes / s->width), d->count, total);
  }
  for (size_t i = shown; i < s->count; i++) rest = journey_add_counts(rest, s->list[order[i]].count);
  if (rest > 0) {
    s->host->put_text(s->host, table, "(other)", SIZE_MAX);
    put_numbers(s, table, -1, rest, total);
  }
  journey_host_free(s->host, text, capacity, 1);
  return status;
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  paths *s = state;
  size_t shown = (uint64_t)s->most < s->count ? (size_t)s->most : s->count;
  size_t *order = journey_host_alloc(s->host, s->count, sizeof *order);
  if (!order) return no_memory(s, err);
  for (size_t i = 0; i < s->count; i++) order[i] = i;
  journey_sort_first(order, s->count, shown, comes_before, s);
  add_columns(s->host, table);
  journey_status status = put_rows(s, table, order, shown);
  journey_host_free(s->host, order, s->count, sizeof *order);
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
