/* entries: with which event paths begin, with which they end, and which are a whole path: entry and exit pages. */
#include <string.h>

#include "journey_plugin.h"

static const journey_option options[] = {
    {.name = "collapse",
     .value = "false",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Take consecutive events of one name as one event, at the time of the first"},
    {.name = "top",
     .value = "100",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1e9,
     .help = "Names to show, those with the most entries; the others are one row, (other)",
     .unit = "names"},
};

/* Of one event name. */
typedef struct counts {
  int64_t events, entries, exits, single;
} counts;

typedef struct entries {
  const journey_host *host;
  int32_t collapse;
  int64_t top;
  uint32_t names;
  counts *of; /* by event code */
} entries;

static journey_status no_memory(const entries *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  entries *s = state;
  journey_host_free(s->host, s->of, s->names, sizeof *s->of);
  journey_host_free(s->host, s, 1, sizeof *s);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  entries *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = host;
  s->collapse = host->option_flag(host, "collapse");
  s->top = host->option_int(host, "top");
  s->names = host->events->count;
  s->of = journey_host_alloc(host, s->names, sizeof *s->of);
  return s->of ? JOURNEY_OK : no_memory(s, err);
}

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

static void add(counts *to, const counts *more) {
  to->events = journey_add_counts(to->events, more->events);
  to->entries = journey_add_counts(to->entries, more->entries);
  to->exits = journey_add_counts(to->exits, more->exits);
  to->single = journey_add_counts(to->single, more->single);
}

/* Counts the events of a path; returns how many there are. */
static int64_t count_events(entries *s, const journey_codes *code, int64_t begin, int64_t end) {
  if (code->width == 1 && !s->collapse) {
    const uint8_t *narrow = code->data;
    for (int64_t i = begin; i < end; i++) s->of[narrow[i]].events++;
    return end - begin;
  }
  int64_t n = 0;
  for (int64_t i = begin; i < end; i++) {
    uint32_t c = journey_codes_at(code, i);
    if (s->collapse && i > begin && c == journey_codes_at(code, i - 1)) continue;
    s->of[c].events++;
    n++;
  }
  return n;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  entries *s = state;
  (void)err;
  for (int64_t p = 0; p < batch->paths; p++) {
    int64_t begin = batch->begin[p], end = batch->end[p];
    if (begin == end) continue;
    int64_t n = count_events(s, &batch->event, begin, end);
    counts *first = &s->of[journey_codes_at(&batch->event, begin)];
    first->entries++;
    first->single += n == 1;
    s->of[journey_codes_at(&batch->event, end - 1)].exits++;
  }
  return JOURNEY_OK;
}

static journey_status merge(void *state, void *other, journey_error *err) {
  entries *s = state;
  const entries *o = other;
  (void)err;
  for (uint32_t n = 0; n < s->names; n++) add(&s->of[n], &o->of[n]);
  return JOURNEY_OK;
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

/* For each name that occurs: its events, its code, the other numbers. 0 ends the list. */
static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const entries *s = state;
  const journey_host *host = s->host;
  (void)err;
  for (uint32_t n = 0; n < s->names; n++) {
    const counts *c = &s->of[n];
    if (c->events == 0) continue;
    host->save_int64(host, saver, c->events);
    host->save_int64(host, saver, n);
    host->save_int64(host, saver, c->entries);
    host->save_int64(host, saver, c->exits);
    host->save_int64(host, saver, c->single);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

/* Each number is a part of one before it, and stays so when they are added. */
static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  entries *s = state;
  const journey_host *host = s->host;
  counts c;
  while ((c.events = host->load_range(host, loader, 0, INT64_MAX)) > 0) {
    uint32_t code = host->load_event(host, loader);
    c.entries = host->load_range(host, loader, 0, c.events);
    c.exits = host->load_range(host, loader, 0, c.events);
    c.single = host->load_range(host, loader, 0, c.entries < c.exits ? c.entries : c.exits);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break; /* the code is only good without an error */
    add(&s->of[code], &c);
  }
  return host->load_status(host, loader, err);
}

/* ---- result ----------------------------------------------------------------------------------------------------------------- */

/* The most entries first, then the most exits, then the most events; ties by name. */
static int comes_before(const void *state, size_t i, size_t k) {
  const entries *s = state;
  const counts *a = &s->of[i], *b = &s->of[k];
  if (a->entries != b->entries) return a->entries > b->entries;
  if (a->exits != b->exits) return a->exits > b->exits;
  if (a->events != b->events) return a->events > b->events;
  return strcmp(s->host->events->name[i], s->host->events->name[k]) < 0;
}

static void add_columns(const journey_host *host, journey_table *table) {
  host->column(host, table, "event", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "events", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "entries", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "entry", JOURNEY_UNIT_SHARE);
  host->column(host, table, "exits", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "exit", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "exit_rate", JOURNEY_UNIT_SHARE);
  host->column(host, table, "bounces", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "bounce_rate", JOURNEY_UNIT_SHARE);
  host->note(host, table, "method",
             "entry, exit: of all paths; exit_rate: exits / events; bounce_rate: bounces / entries; "
             "Wilson intervals");
}

static void put_row(const journey_host *host, journey_table *table, const char *name, const counts *c, int64_t paths) {
  host->put_text(host, table, name, SIZE_MAX);
  host->put_int64(host, table, c->events);
  host->put_int64(host, table, c->entries);
  host->put_interval(host, table, host->proportion(host, c->entries, paths));
  host->put_int64(host, table, c->exits);
  host->put_interval(host, table, host->proportion(host, c->exits, paths));
  host->put_interval(host, table, host->proportion(host, c->exits, c->events));
  host->put_int64(host, table, c->single);
  host->put_interval(host, table, host->proportion(host, c->single, c->entries));
}

static void put_rows(const entries *s, journey_table *table, const size_t *order, size_t n) {
  size_t shown = (uint64_t)s->top < n ? (size_t)s->top : n;
  int64_t paths = 0, left = 0; /* they are equal, unless a saved state lies */
  counts others = {0};
  for (size_t i = 0; i < n; i++) paths = journey_add_counts(paths, s->of[order[i]].entries);
  for (size_t i = 0; i < n; i++) left = journey_add_counts(left, s->of[order[i]].exits);
  if (left > paths) paths = left;
  add_columns(s->host, table);
  for (size_t i = 0; i < shown; i++) {
    put_row(s->host, table, s->host->events->name[order[i]], &s->of[order[i]], paths);
  }
  for (size_t i = shown; i < n; i++) add(&others, &s->of[order[i]]);
  if (shown < n) put_row(s->host, table, "(other)", &others, paths);
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  entries *s = state;
  size_t n = 0, *order = journey_host_alloc(s->host, s->names, sizeof *order);
  if (!order) return no_memory(s, err);
  for (uint32_t i = 0; i < s->names; i++) {
    if (s->of[i].events > 0) order[n++] = i;
  }
  journey_sort_first(order, n, n, comes_before, s);
  put_rows(s, table, order, n);
  journey_host_free(s->host, order, s->names, sizeof *order);
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_entries;

const journey_calculator jn_metric_entries = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "entries",
    .title = "Entries and exits: with what paths begin and end",
    .help = "For each event name how many paths begin with it, how many end with it, and how many consist of one such "
            "event alone; the entries and the exits each add up to the number of paths. With --paths sessions these "
            "are the entry and exit pages of a site.",
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
