/* next_customers: the occurrences of the chain that `next` counts, one by one. */
#include <string.h>

#include "internal.h"

/* An occurrence: when the chain began, as it is read, and what followed. */
typedef struct occurrence {
  size_t id, id_length; /* of the customer, in ids */
  uint32_t code;        /* the number of names: nothing followed */
  int64_t began, ended, followed;
} occurrence;

typedef struct customers {
  const journey_host *host;
  jn_next_reader reader;
  uint32_t names;
  occurrence *list;
  size_t count, capacity;
  char *ids;
  size_t id_bytes, id_capacity;
} customers;

static journey_status no_memory(const customers *s, journey_error *err) {
  return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  customers *s = state;
  journey_host_free(s->host, s->list, s->capacity, sizeof *s->list);
  journey_host_free(s->host, s->ids, s->id_capacity, 1);
  if (s->reader.host) jn_next_reader_free(&s->reader);
  journey_host_free(s->host, s, 1, sizeof *s);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  customers *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = host;
  s->names = host->events->count;
  return jn_next_reader_init(&s->reader, host, err);
}

/* ---- listing ----------------------------------------------------------------------------------------------------------- */

static journey_status add_id(customers *s, const char *id, size_t n, size_t *at) {
  if (journey_host_grow(s->host, &s->ids, &s->id_capacity, s->id_bytes + n + 1, 1) != JOURNEY_OK) return JOURNEY_ENOMEM;
  if (n) memcpy(s->ids + s->id_bytes, id, n);
  *at = s->id_bytes;
  s->id_bytes += n;
  return JOURNEY_OK;
}

static journey_status add(customers *s, const occurrence *o) {
  if (journey_host_grow(s->host, &s->list, &s->capacity, s->count + 1, sizeof *s->list) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  s->list[s->count++] = *o;
  return JOURNEY_OK;
}

static void describe(const customers *s, const journey_batch *batch, int64_t place, occurrence *o) {
  const jn_next_reader *r = &s->reader;
  int64_t after = place + r->chain->count;
  o->code = s->names;
  o->began = journey_batch_time(batch, jn_next_at(r, place));
  o->ended = o->followed = journey_batch_time(batch, jn_next_at(r, after - 1));
  if (after >= r->count) return;
  o->code = journey_codes_at(&batch->event, jn_next_at(r, after));
  o->followed = journey_batch_time(batch, jn_next_at(r, after));
}

static journey_status feed_path(customers *s, const journey_batch *batch, int64_t p) {
  occurrence o = {0};
  journey_status status = jn_next_read_path(&s->reader, p);
  int64_t place = status == JOURNEY_OK ? jn_next_find(&s->reader) : -1;
  if (place < 0) return status;
  const char *id = s->host->customer_id(s->host, batch->customer[p], &o.id_length);
  status = add_id(s, id, o.id_length, &o.id);
  for (; status == JOURNEY_OK && place >= 0; place = jn_next_find(&s->reader)) {
    describe(s, batch, place, &o);
    status = add(s, &o);
  }
  return status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  customers *s = state;
  journey_status status = jn_next_read_batch(&s->reader, batch, err);
  if (status != JOURNEY_OK) return status;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(s, batch, p);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

static journey_status merge(void *state, void *other, journey_error *err) {
  customers *s = state;
  const customers *o = other;
  size_t before = s->id_bytes, at;
  journey_status status = o->id_bytes ? add_id(s, o->ids, o->id_bytes, &at) : JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < o->count; i++) {
    occurrence moved = o->list[i];
    moved.id += before;
    status = add(s, &moved);
  }
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const customers *s = state;
  const journey_host *host = s->host;
  (void)err;
  host->save_int64(host, saver, (int64_t)s->count);
  for (size_t i = 0; i < s->count; i++) {
    const occurrence *o = &s->list[i];
    host->save_bytes(host, saver, s->ids + o->id, o->id_length);
    host->save_int64(host, saver, o->code < s->names);
    if (o->code < s->names) host->save_int64(host, saver, o->code);
    host->save_int64(host, saver, o->began);
    host->save_int64(host, saver, o->ended);
    host->save_int64(host, saver, o->followed);
  }
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  customers *s = state;
  const journey_host *host = s->host;
  int64_t n = host->load_range(host, loader, 0, INT64_MAX);
  while (n-- > 0 && host->load_status(host, loader, err) == JOURNEY_OK) {
    occurrence o = {.code = s->names};
    const char *id = host->load_bytes(host, loader, &o.id_length);
    if (host->load_range(host, loader, 0, 1)) o.code = host->load_event(host, loader);
    o.began = host->load_int64(host, loader);
    o.ended = host->load_int64(host, loader);
    o.followed = host->load_int64(host, loader);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    if (add_id(s, id, o.id_length, &o.id) != JOURNEY_OK || add(s, &o) != JOURNEY_OK) return no_memory(s, err);
  }
  return host->load_status(host, loader, err);
}

/* ---- result ----------------------------------------------------------------------------------------------------------------- */

static void put_row(const customers *s, journey_table *table, const occurrence *o) {
  const journey_host *host = s->host;
  int named = o->code < s->names;
  host->put_text(host, table, s->ids + o->id, o->id_length);
  host->put_int64(host, table, o->began);
  if (named) {
    host->put_text(host, table, host->events->name[o->code], SIZE_MAX);
    host->put_int64(host, table, o->followed);
    int backward = o->followed < o->ended;
    int64_t seconds = backward ? journey_elapsed(o->followed, o->ended) : journey_elapsed(o->ended, o->followed);
    host->put_float64(host, table, (double)seconds / 1e6);
  } else {
    host->put_text(host, table, s->reader.backward ? "(start)" : "(exit)", SIZE_MAX);
    host->put_null(host, table);
    host->put_null(host, table);
  }
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  const customers *s = state;
  const journey_host *host = s->host;
  (void)err;
  host->column(host, table, "customer", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "chain_time", JOURNEY_TYPE_TIME, JOURNEY_UNIT_NONE);
  host->column(host, table, s->reader.backward ? "previous" : "next", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, s->reader.backward ? "previous_time" : "next_time", JOURNEY_TYPE_TIME, JOURNEY_UNIT_NONE);
  host->column(host, table, "seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->note(host, table, "chain_time", "of the event that satisfies the chain's first step");
  for (size_t i = 0; i < s->count; i++) put_row(s, table, &s->list[i]);
  return JOURNEY_OK;
}

extern const journey_calculator jn_metric_next_customers;

const journey_calculator jn_metric_next_customers = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "next_customers",
    .title = "Next, customer by customer",
    .help =
        "Each occurrence of the chain with its customer, the time at which it begins, and the event that follows it "
        "or comes before it, in the order of the customers and of reading. The rules are those of the metric next.",
    .options = jn_next_options,
    .option_count = JN_NEXT_OPTIONS - 1,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
