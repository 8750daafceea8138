/* next: what follows a chain of events, or comes before it, and how soon. */
#include <string.h>

#include "internal.h"

/* A name that followed, or nothing: `code` is that of the name, or the number of names. */
typedef struct follower {
  uint32_t code;
  uint32_t last; /* the customer counted last, plus 1: a customer's paths come one after the other */
  int64_t count, customers;
  journey_list times; /* from the chain to it */
} follower;

typedef struct next {
  const journey_host *host;
  jn_next_reader reader;
  uint32_t names;
  int64_t top;
  follower *list;
  size_t count, capacity;
  uint32_t *place; /* by code: index + 1 in list. Made for the first occurrence, for there may be many groups */
} next;

static journey_status no_memory(const next *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  next *s = state;
  for (size_t i = 0; i < s->count; i++) journey_list_free(s->host, &s->list[i].times);
  journey_host_free(s->host, s->list, s->capacity, sizeof *s->list);
  journey_host_free(s->host, s->place, (size_t)s->names + 1, sizeof *s->place);
  if (s->reader.host) jn_next_reader_free(&s->reader);
  journey_host_free(s->host, s, 1, sizeof *s);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  next *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = host;
  s->names = host->events->count;
  s->top = host->option_int(host, "top");
  return jn_next_reader_init(&s->reader, host, err);
}

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

static journey_status add_follower(next *s, uint32_t code) {
  if (!s->place) s->place = journey_host_alloc(s->host, (size_t)s->names + 1, sizeof *s->place);
  if (!s->place || journey_host_grow(s->host, &s->list, &s->capacity, s->count + 1, sizeof *s->list) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  s->list[s->count++] = (follower){.code = code};
  s->place[code] = (uint32_t)s->count;
  return JOURNEY_OK;
}

/* NULL: no memory. */
static follower *follower_of(next *s, uint32_t code) {
  if ((!s->place || !s->place[code]) && add_follower(s, code) != JOURNEY_OK) return NULL;
  return &s->list[s->place[code] - 1];
}

/* What follows the occurrence at a place. */
static journey_status count_follower(next *s, const journey_batch *batch, int64_t place, uint32_t customer) {
  const jn_next_reader *r = &s->reader;
  int64_t at = place + r->chain->count, i = at < r->count ? jn_next_at(r, at) : -1;
  follower *f = follower_of(s, i < 0 ? s->names : journey_codes_at(&batch->event, i));
  if (!f) return JOURNEY_ENOMEM;
  f->count++;
  f->customers += f->last != customer + 1;
  f->last = customer + 1;
  if (i < 0) return JOURNEY_OK;
  int64_t here = journey_batch_time(batch, jn_next_at(r, at - 1)), there = journey_batch_time(batch, i);
  return journey_list_add(s->host, &f->times,
                          r->backward ? journey_elapsed(there, here) : journey_elapsed(here, there));
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  next *s = state;
  journey_status status = jn_next_read_batch(&s->reader, batch, err);
  if (status != JOURNEY_OK) return status;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) {
    int64_t place;
    status = jn_next_read_path(&s->reader, p);
    while (status == JOURNEY_OK && (place = jn_next_find(&s->reader)) >= 0) {
      status = count_follower(s, batch, place, batch->customer[p]);
    }
  }
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

/* Shards hold different customers, so their numbers of customers add up. */
static journey_status merge(void *state, void *other, journey_error *err) {
  next *s = state;
  const next *o = other;
  for (size_t i = 0; i < o->count; i++) {
    const follower *from = &o->list[i];
    follower *to = follower_of(s, from->code);
    if (!to || journey_list_append(s->host, &to->times, &from->times) != JOURNEY_OK) return no_memory(s, err);
    to->count = journey_add_counts(to->count, from->count);
    to->customers = journey_add_counts(to->customers, from->customers);
  }
  return JOURNEY_OK;
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

/* For each follower: its count, whether it is a name, its code, its customers, its times. 0 ends the list. */
static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const next *s = state;
  const journey_host *host = s->host;
  (void)err;
  for (size_t i = 0; i < s->count; i++) {
    const follower *f = &s->list[i];
    host->save_int64(host, saver, f->count);
    host->save_int64(host, saver, f->code < s->names);
    if (f->code < s->names) host->save_int64(host, saver, f->code);
    host->save_int64(host, saver, f->customers);
    journey_list_save(host, saver, &f->times);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  next *s = state;
  const journey_host *host = s->host;
  int64_t count;
  while ((count = host->load_range(host, loader, 0, INT64_MAX)) > 0) {
    uint32_t code = s->names;
    if (host->load_range(host, loader, 0, 1)) code = host->load_event(host, loader);
    int64_t customers = host->load_range(host, loader, 0, count);
    journey_status status = host->load_status(host, loader, err);
    if (status != JOURNEY_OK) return status; /* the code is only good without an error */
    follower *f = follower_of(s, code);
    if (!f) return no_memory(s, err);
    f->count = journey_add_counts(f->count, count);
    f->customers = journey_add_counts(f->customers, customers);
    status = journey_list_load(host, loader, &f->times, 0, err);
    if (status != JOURNEY_OK) return status == JOURNEY_ENOMEM ? no_memory(s, err) : status;
  }
  return host->load_status(host, loader, err);
}

/* ---- result ----------------------------------------------------------------------------------------------------------------- */

/* Names before nothing; the most frequent first; ties by name. */
static int comes_before(const void *state, size_t i, size_t k) {
  const next *s = state;
  const follower *a = &s->list[i], *b = &s->list[k];
  if ((a->code < s->names) != (b->code < s->names)) return a->code < s->names;
  if (a->count != b->count) return a->count > b->count;
  return a->code < s->names && strcmp(s->host->events->name[a->code], s->host->events->name[b->code]) < 0;
}

static void add_columns(const next *s, journey_table *table) {
  const journey_host *host = s->host;
  host->column(host, table, s->reader.backward ? "previous" : "next", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "count", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->column(host, table, "median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->note(host, table, "method", "share: of all occurrences of the chain, Wilson interval");
}

static void put_row(const next *s, journey_table *table, const char *name, follower *f, int64_t total) {
  const journey_host *host = s->host;
  host->put_text(host, table, name, SIZE_MAX);
  host->put_int64(host, table, f->count);
  if (f->customers >= 0)
    host->put_int64(host, table, f->customers);
  else
    host->put_null(host, table);
  host->put_interval(host, table, host->proportion(host, f->count, total));
  host->put_float64(host, table, host->quantile_int64(host, f->times.item, f->times.count, 0.5) / 1e6);
}

/* Names past the top as one row; who is among their customers several times is not known. */
static journey_status put_others(const next *s, journey_table *table, const size_t *order, size_t from, size_t to,
                                 int64_t total) {
  follower others = {.customers = -1};
  journey_status status = JOURNEY_OK;
  for (size_t i = from; status == JOURNEY_OK && i < to; i++) {
    const follower *f = &s->list[order[i]];
    others.count = journey_add_counts(others.count, f->count);
    status = journey_list_append(s->host, &others.times, &f->times);
  }
  if (status == JOURNEY_OK && from < to) put_row(s, table, "(other)", &others, total);
  journey_list_free(s->host, &others.times);
  return status;
}

static journey_status put_rows(const next *s, journey_table *table, const size_t *order) {
  int64_t total = 0;
  for (size_t i = 0; i < s->count; i++) total = journey_add_counts(total, s->list[i].count);
  size_t named = s->count;
  if (named && s->list[order[named - 1]].code == s->names) named--;
  size_t shown = (uint64_t)s->top < named ? (size_t)s->top : named;
  for (size_t i = 0; i < shown; i++) {
    follower *f = &s->list[order[i]];
    put_row(s, table, s->host->events->name[f->code], f, total);
  }
  journey_status status = put_others(s, table, order, shown, named, total);
  if (status != JOURNEY_OK || named == s->count) return status;
  put_row(s, table, s->reader.backward ? "(start)" : "(exit)", &s->list[order[named]], total);
  return JOURNEY_OK;
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  next *s = state;
  size_t *order = journey_host_alloc(s->host, s->count, sizeof *order);
  if (!order) return no_memory(s, err);
  for (size_t i = 0; i < s->count; i++) order[i] = i;
  journey_sort_first(order, s->count, s->count, comes_before, s);
  add_columns(s, table);
  journey_status status = put_rows(s, table, order);
  journey_host_free(s->host, order, s->count, sizeof *order);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

extern const journey_calculator jn_metric_next;

const journey_calculator jn_metric_next = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "next",
    .title = "Next: what follows a chain of events, or comes before it",
    .help = "Where events that directly follow each other satisfy the steps of the chain, which event is the next, how "
            "often and how soon; (exit) where the path ends. Read backward, which event is the one before, and (start) "
            "where the path begins. Occurrences do not overlap. The counts add up to the occurrences of the chain.",
    .options = jn_next_options,
    .option_count = JN_NEXT_OPTIONS,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
