/* paths: the distinct paths with their counts. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const journey_option options[] = {
    {.name = "collapse",
     .value = "false",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Take consecutive events of one name as one event, at the time of the first"},
    {.name = "length",
     .value = "0",
     .type = JOURNEY_OPTION_INT,
     .minimum = 0,
     .maximum = 1000000,
     .help = "Look at the first so many events of a path; 0: at all of them",
     .unit = "events"},
    {.name = "transform",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Changes of each path, one after the other: collapse, first, frequency, head:N, tail:N, without:STEP, "
             "without_last:STEP, separated by commas"},
    {.name = "most",
     .value = "100",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1e9,
     .help = "Show the so many most frequent paths; the others are one row, (other)",
     .unit = "paths"},
};

/* An event of a distinct path: its name, and how often it occurs, when that is said. */
typedef struct named {
  uint32_t code, times;
} named;

typedef struct paths {
  const journey_host *host;
  jn_paths_transforms change;
  jn_paths_table table;
  size_t width; /* bytes of an event in the table: 1, 2 or 4 of its code; 8 of a named */
  int64_t longest, most;
  uint8_t *own; /* the path at hand, where the batch does not hold it as it is */
  size_t own_capacity;
} paths;

enum { AHEAD = 16 }; /* paths whose slots are fetched at once */

static journey_status no_memory(const paths *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  paths *s = state;
  jn_paths_table_free(&s->table);
  jn_paths_transforms_free(&s->change);
  journey_host_free(s->host, s->own, s->own_capacity, 1);
  journey_host_free(s->host, s, 1, sizeof *s);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  paths *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = host;
  if (jn_paths_table_init(&s->table, host) != JOURNEY_OK) return no_memory(s, err);
  int64_t length = host->option_int(host, "length");
  s->longest = length ? length : INT64_MAX;
  s->most = host->option_int(host, "most");
  s->width = host->events->count <= 256 ? 1 : host->events->count <= 65536 ? 2 : 4;
  journey_status status = jn_paths_transforms_init(&s->change, host, host->option_flag(host, "collapse"), err);
  if (s->change.counted) s->width = sizeof(named);
  return status;
}

static named named_at(const paths *s, const uint8_t *bytes, size_t i) {
  named e = {0, 0};
  if (s->width == sizeof e) {
    memcpy(&e, bytes + i * sizeof e, sizeof e);
  } else {
    journey_codes column = {bytes, (uint32_t)s->width, 0};
    e.code = journey_codes_at(&column, (int64_t)i);
  }
  return e;
}

static journey_status put_own(paths *s, size_t i, named e) {
  if (journey_host_grow(s->host, &s->own, &s->own_capacity, (i + 1) * s->width, 1) != JOURNEY_OK) return JOURNEY_ENOMEM;
  if (s->width == 1)
    s->own[i] = (uint8_t)e.code;
  else if (s->width == 2)
    ((uint16_t *)(void *)s->own)[i] = (uint16_t)e.code;
  else if (s->width == 4)
    ((uint32_t *)(void *)s->own)[i] = e.code;
  else
    ((named *)(void *)s->own)[i] = e;
  return JOURNEY_OK;
}

static journey_status count_own(paths *s, size_t length, int64_t count) {
  size_t n = length * s->width;
  return jn_paths_count(&s->table, s->own, n, jn_paths_hash(&s->table, s->own, n), count);
}

/* ---- feeding ----------------------------------------------------------------------------------------------------------- */

/* A path that is changed, and shortened after that, before it is counted. */
static journey_status feed_changed(paths *s, const journey_batch *batch, int64_t p) {
  int64_t n;
  journey_status status = jn_paths_transform_path(&s->change, batch, p, &n);
  if (n > s->longest) n = s->longest;
  for (int64_t i = 0; status == JOURNEY_OK && i < n; i++) {
    status = put_own(s, (size_t)i, (named){s->change.event[i].code, s->change.event[i].times});
  }
  return status == JOURNEY_OK && n > 0 ? count_own(s, (size_t)n, 1) : status;
}

/* Paths that the batch holds as they are counted: first all their slots are asked for, then they are looked at. */
static journey_status feed_plain(paths *s, const journey_batch *batch, int64_t p, int64_t stop) {
  const uint8_t *code[AHEAD];
  size_t bytes[AHEAD];
  uint32_t hash[AHEAD];
  int n = 0;
  journey_status status = JOURNEY_OK;
  for (; p < stop; p++) {
    int64_t events = batch->end[p] - batch->begin[p];
    if (events == 0) continue;
    code[n] = (const uint8_t *)batch->event.data + (size_t)batch->begin[p] * s->width;
    bytes[n] = (size_t)(events < s->longest ? events : s->longest) * s->width;
    hash[n] = jn_paths_hash(&s->table, code[n], bytes[n]);
    jn_paths_fetch(&s->table, hash[n]);
    n++;
  }
  for (int i = 0; status == JOURNEY_OK && i < n; i++) status = jn_paths_count(&s->table, code[i], bytes[i], hash[i], 1);
  return status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  paths *s = state;
  journey_status status = jn_paths_transform_batch(&s->change, batch, err);
  if (status != JOURNEY_OK) return status;
  int plain = s->change.count == 0 && batch->event.width == s->width;
  int64_t step = plain ? AHEAD : 1;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p += step) {
    int64_t stop = batch->paths - p < step ? batch->paths : p + step;
    status = plain ? feed_plain(s, batch, p, stop) : feed_changed(s, batch, p);
  }
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  paths *s = state;
  const jn_paths_table *o = &((const paths *)other)->table;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < o->count; i += AHEAD) {
    uint32_t hash[AHEAD];
    size_t n = o->count - i < AHEAD ? o->count - i : AHEAD;
    const jn_paths_distinct *d = &o->list[i];
    for (size_t k = 0; k < n; k++) {
      hash[k] = jn_paths_hash(&s->table, o->bytes + d[k].at, d[k].size);
      jn_paths_fetch(&s->table, hash[k]);
    }
    for (size_t k = 0; status == JOURNEY_OK && k < n; k++) {
      status = jn_paths_count(&s->table, o->bytes + d[k].at, d[k].size, hash[k], d[k].count);
    }
  }
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const paths *s = state;
  const journey_host *host = s->host;
  (void)err;
  for (size_t i = 0; i < s->table.count; i++) {
    const jn_paths_distinct *d = &s->table.list[i];
    size_t length = d->size / s->width;
    host->save_int64(host, saver, (int64_t)length);
    for (size_t k = 0; k < length; k++) {
      named e = named_at(s, s->table.bytes + d->at, k);
      host->save_int64(host, saver, e.code);
      if (s->change.counted) host->save_int64(host, saver, e.times);
    }
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
      named e = {.code = host->load_event(host, loader)};
      if (s->change.counted) e.times = (uint32_t)host->load_range(host, loader, 1, UINT32_MAX);
      if (put_own(s, n++, e) != JOURNEY_OK) return no_memory(s, err);
    }
    int64_t count = host->load_range(host, loader, 1, INT64_MAX / 1024);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    if (count_own(s, n, count) != JOURNEY_OK) return no_memory(s, err);
  }
  return host->load_status(host, loader, err);
}

/* ---- result ----------------------------------------------------------------------------------------------------------------- */

/* More frequent first, then shorter, then by names: an order that depends on nothing but the data. */
static int comes_before(const void *state, size_t i, size_t k) {
  const paths *s = state;
  const jn_paths_distinct *a = &s->table.list[i], *b = &s->table.list[k];
  if (a->count != b->count) return a->count > b->count;
  if (a->size != b->size) return a->size < b->size;
  for (size_t e = 0; e < a->size / s->width; e++) {
    named x = named_at(s, s->table.bytes + a->at, e), y = named_at(s, s->table.bytes + b->at, e);
    if (x.code != y.code) return strcmp(s->host->events->name[x.code], s->host->events->name[y.code]) < 0;
    if (x.times != y.times) return x.times < y.times;
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

static journey_status put_text(const paths *s, journey_table *table, const jn_paths_distinct *d, char **text,
                               size_t *capacity) {
  size_t n = 0;
  char times[16];
  for (size_t i = 0; i < d->size / s->width; i++) {
    named e = named_at(s, s->table.bytes + d->at, i);
    if (i && add_text(s, text, capacity, &n, " > ") != JOURNEY_OK) return JOURNEY_ENOMEM;
    if (add_text(s, text, capacity, &n, s->host->events->name[e.code]) != JOURNEY_OK) return JOURNEY_ENOMEM;
    if (e.times == 0) continue;
    snprintf(times, sizeof times, " (%u)", (unsigned)e.times);
    if (add_text(s, text, capacity, &n, times) != JOURNEY_OK) return JOURNEY_ENOMEM;
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
  for (size_t i = 0; i < s->table.count; i++) total = journey_add_counts(total, s->table.list[i].count);
  for (size_t i = 0; status == JOURNEY_OK && i < shown; i++) {
    const jn_paths_distinct *d = &s->table.list[order[i]];
    status = put_text(s, table, d, &text, &capacity);
    put_numbers(s, table, (int64_t)(d->size / s->width), d->count, total);
  }
  for (size_t i = shown; i < s->table.count; i++) rest = journey_add_counts(rest, s->table.list[order[i]].count);
  if (rest > 0) {
    s->host->put_text(s->host, table, "(other)", SIZE_MAX);
    put_numbers(s, table, -1, rest, total);
  }
  journey_host_free(s->host, text, capacity, 1);
  return status;
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  paths *s = state;
  size_t n = s->table.count;
  size_t shown = (uint64_t)s->most < n ? (size_t)s->most : n;
  size_t *order = journey_host_alloc(s->host, n, sizeof *order);
  if (!order) return no_memory(s, err);
  for (size_t i = 0; i < n; i++) order[i] = i;
  journey_sort_first(order, n, shown, comes_before, s);
  add_columns(s->host, table);
  journey_status status = put_rows(s, table, order, shown);
  journey_host_free(s->host, order, n, sizeof *order);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

extern const journey_calculator jn_metric_paths;

const journey_calculator jn_metric_paths = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "paths",
    .title = "Paths: the distinct ones, with counts",
    .help = "How often each distinct sequence of events occurs as a whole path, and its share of all paths. The counts "
            "of the rows, (other) included, add up to the number of paths. Paths may be changed before they are "
            "compared: repeats joined, names counted, ends cut off, names left out.",
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
