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
  uint32_t code;
} counts;

/* Groups are many, and names may be, too: a state has counts of the names that it met, found by a hash table, until these
 * are a good part of all names. From then on it has counts of each name, by code, and no table. */
typedef struct entries {
  const journey_host *host;
  int32_t collapse;
  int64_t top;
  uint32_t names;
  counts *of;
  size_t count, capacity;
  uint32_t *table; /* open addressing: index + 1 into `of`; NULL: `of` is by event code */
  size_t slots;    /* a power of two, half of them free */
  uint64_t factor; /* of the hash: changes no answer, and nobody can foresee it */
} entries;

enum { FIRST_SLOTS = 16 };

static journey_status no_memory(const entries *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  entries *s = state;
  journey_host_free(s->host, s->of, s->capacity, sizeof *s->of);
  journey_host_free(s->host, s->table, s->slots, sizeof *s->table);
  journey_host_free(s->host, s, 1, sizeof *s);
}

/* ---- counts of a name -------------------------------------------------------------------------------------------------- */

static journey_status take_all_names(entries *s) {
  counts *of = journey_host_alloc(s->host, s->names, sizeof *of);
  if (!of) return JOURNEY_ENOMEM;
  for (uint32_t n = 0; n < s->names; n++) of[n].code = n;
  for (size_t i = 0; i < s->count; i++) of[s->of[i].code] = s->of[i];
  journey_host_free(s->host, s->of, s->capacity, sizeof *s->of);
  journey_host_free(s->host, s->table, s->slots, sizeof *s->table);
  s->of = of;
  s->count = s->capacity = s->names;
  s->table = NULL;
  s->slots = 0;
  return JOURNEY_OK;
}

static uint32_t *slot_of(const entries *s, uint32_t code) {
  size_t at = (size_t)(code * s->factor >> 32) & (s->slots - 1);
  while (s->table[at] && s->of[s->table[at] - 1].code != code) at = (at + 1) & (s->slots - 1);
  return &s->table[at];
}

static journey_status widen(entries *s) {
  size_t slots = s->slots ? s->slots * 2 : FIRST_SLOTS;
  if (slots >= s->names) return take_all_names(s);
  uint32_t *table = journey_host_alloc(s->host, slots, sizeof *table);
  if (!table) return JOURNEY_ENOMEM;
  journey_host_free(s->host, s->table, s->slots, sizeof *s->table);
  s->table = table;
  s->slots = slots;
  for (size_t i = 0; i < s->count; i++) *slot_of(s, s->of[i].code) = (uint32_t)i + 1;
  return JOURNEY_OK;
}

/* New ones if need be; NULL without memory. Good until the next call. */
static counts *counts_of(entries *s, uint32_t code) {
  if (s->table && s->count * 2 >= s->slots && widen(s) != JOURNEY_OK) return NULL;
  if (!s->table) return &s->of[code];
  uint32_t *slot = slot_of(s, code);
  if (*slot) return &s->of[*slot - 1];
  if (journey_host_grow(s->host, &s->of, &s->capacity, s->count + 1, sizeof *s->of) != JOURNEY_OK) return NULL;
  s->of[s->count] = (counts){.code = code};
  *slot = (uint32_t)++s->count;
  return &s->of[s->count - 1];
}

/* ---- life -------------------------------------------------------------------------------------------------------------- */

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  entries *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = host;
  s->collapse = host->option_flag(host, "collapse");
  s->top = host->option_int(host, "top");
  s->names = host->events->count;
  s->factor = (uint64_t)(uintptr_t)s * UINT64_C(0x9e3779b97f4a7c15) | 1;
  return widen(s) == JOURNEY_OK ? JOURNEY_OK : no_memory(s, err);
}

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

static void add(counts *to, const counts *more) {
  to->events = journey_add_counts(to->events, more->events);
  to->entries = journey_add_counts(to->entries, more->entries);
  to->exits = journey_add_counts(to->exits, more->exits);
  to->single = journey_add_counts(to->single, more->single);
}

/* Counts the events of a path; returns how many there are, -1 without memory. */
static int64_t count_events(entries *s, const journey_codes *code, int64_t begin, int64_t end) {
  if (code->width == 1 && !s->collapse && !s->table) {
    const uint8_t *narrow = code->data;
    for (int64_t i = begin; i < end; i++) s->of[narrow[i]].events++;
    return end - begin;
  }
  int64_t n = 0;
  for (int64_t i = begin; i < end; i++) {
    uint32_t c = journey_codes_at(code, i);
    if (s->collapse && i > begin && c == journey_codes_at(code, i - 1)) continue;
    counts *of = counts_of(s, c);
    if (!of) return -1;
    of->events++;
    n++;
  }
  return n;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  entries *s = state;
  for (int64_t p = 0; p < batch->paths; p++) {
    int64_t begin = batch->begin[p], end = batch->end[p];
    if (begin == end) continue;
    int64_t n = count_events(s, &batch->event, begin, end);
    counts *first = n < 0 ? NULL : counts_of(s, journey_codes_at(&batch->event, begin));
    if (!first) return no_memory(s, err);
    first->entries++;
    first->single += n == 1;
    counts *last = counts_of(s, journey_codes_at(&batch->event, end - 1));
    if (!last) return no_memory(s, err);
    last->exits++;
  }
  return JOURNEY_OK;
}

static journey_status merge(void *state, void *other, journey_error *err) {
  entries *s = state;
  const entries *o = other;
  for (size_t i = 0; i < o->count; i++) {
    counts *of = o->of[i].events > 0 ? counts_of(s, o->of[i].code) : NULL;
    if (of) add(of, &o->of[i]);
    else if (o->of[i].events > 0) return no_memory(s, err);
  }
  return JOURNEY_OK;
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

/* For each name that occurs: its events, its code, the other numbers. 0 ends the list. */
static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const entries *s = state;
  const journey_host *host = s->host;
  (void)err;
  for (size_t i = 0; i < s->count; i++) {
    const counts *c = &s->of[i];
    if (c->events == 0) continue;
    host->save_int64(host, saver, c->events);
    host->save_int64(host, saver, c->code);
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
  counts c = {0};
  while ((c.events = host->load_range(host, loader, 0, INT64_MAX)) > 0) {
    uint32_t code = host->load_event(host, loader);
    c.entries = host->load_range(host, loader, 0, c.events);
    c.exits = host->load_range(host, loader, 0, c.events);
    c.single = host->load_range(host, loader, 0, c.entries < c.exits ? c.entries : c.exits);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break; /* the code is only good without an error */
    counts *of = counts_of(s, code);
    if (!of) return no_memory(s, err);
    add(of, &c);
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
  return strcmp(s->host->events->name[a->code], s->host->events->name[b->code]) < 0;
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
    put_row(s->host, table, s->host->events->name[s->of[order[i]].code], &s->of[order[i]], paths);
  }
  for (size_t i = shown; i < n; i++) add(&others, &s->of[order[i]]);
  if (shown < n) put_row(s->host, table, "(other)", &others, paths);
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  entries *s = state;
  size_t n = 0, *order = journey_host_alloc(s->host, s->count, sizeof *order);
  if (!order) return no_memory(s, err);
  for (size_t i = 0; i < s->count; i++) {
    if (s->of[i].events > 0) order[n++] = i;
  }
  journey_sort_first(order, n, n, comes_before, s);
  put_rows(s, table, order, n);
  journey_host_free(s->host, order, s->count, sizeof *order);
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
