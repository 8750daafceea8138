/* Joining, saving and loading. Attribute values are saved by name: a loaded state keeps them in a list, in which a
 * value may stand several times; the counts are added when the result is made. */
#include <string.h>

#include "internal.h"

void jn_drivers_free_loaded(drivers *d) {
  for (size_t i = 0; i < d->loaded_count; i++) journey_host_free(d->host, d->loaded[i].value, d->loaded[i].size, 1);
  journey_host_free(d->host, d->loaded, d->loaded_capacity, sizeof *d->loaded);
}

static void add_counts(int64_t to[OUTCOMES], const int64_t from[OUTCOMES]) {
  for (int o = 0; o < OUTCOMES; o++) to[o] = journey_add_counts(to[o], from[o]);
}

journey_status jn_drivers_merge(void *state, void *other, journey_error *err) {
  drivers *d = state, *from = other;
  size_t count = d->loaded_count + from->loaded_count;
  if (journey_host_grow(d->host, &d->loaded, &d->loaded_capacity, count, sizeof *d->loaded) != JOURNEY_OK) {
    return jn_drivers_no_memory(d, err);
  }
  for (size_t i = 0; i < from->loaded_count; i++) d->loaded[d->loaded_count++] = from->loaded[i];
  from->loaded_count = 0; /* the texts have a new owner */
  add_counts(d->total, from->total);
  journey_status status = jn_drivers_tallies_merge(d->host, &d->events, &from->events);
  for (uint32_t a = 0; status == JOURNEY_OK && a < d->attribute_count; a++) {
    status = jn_drivers_tallies_merge(d->host, &d->attributes[a].tallies, &from->attributes[a].tallies);
  }
  return status == JOURNEY_OK ? status : jn_drivers_no_memory(d, err);
}

/* ---- saving ------------------------------------------------------------------------------------------------------ */

enum { END, EVENT, VALUE }; /* what follows; VALUE + a: a value of attribute a */

static void save_counts(const journey_host *host, journey_saver *saver, const int64_t count[OUTCOMES]) {
  for (int o = 0; o < OUTCOMES; o++) host->save_int64(host, saver, count[o]);
}

static void save_value(const drivers *d, journey_saver *saver, uint32_t a, const char *value,
                       const int64_t count[OUTCOMES]) {
  d->host->save_int64(d->host, saver, VALUE + a);
  d->host->save_bytes(d->host, saver, value, strlen(value));
  save_counts(d->host, saver, count);
}

journey_status jn_drivers_save(void *state, journey_saver *saver, journey_error *err) {
  const drivers *d = state;
  const journey_host *host = d->host;
  (void)err;
  save_counts(host, saver, d->total);
  for (size_t e = 0; e < d->events.count; e++) {
    const tally *t = &d->events.item[e];
    host->save_int64(host, saver, EVENT);
    host->save_int64(host, saver, t->code);
    save_counts(host, saver, t->count);
  }
  for (uint32_t a = 0; a < d->attribute_count; a++) {
    const attribute *of = &d->attributes[a];
    for (size_t v = 0; v < of->tallies.count; v++) {
      const tally *t = &of->tallies.item[v];
      if (t->code > 0) save_value(d, saver, a, of->values->name[t->code - 1], t->count);
    }
  }
  for (size_t i = 0; i < d->loaded_count; i++) {
    save_value(d, saver, d->loaded[i].attribute, d->loaded[i].value, d->loaded[i].count);
  }
  host->save_int64(host, saver, END);
  return JOURNEY_OK;
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

static void load_counts(const journey_host *host, journey_loader *loader, int64_t count[OUTCOMES]) {
  for (int o = 0; o < OUTCOMES; o++) count[o] = host->load_range(host, loader, 0, INT64_MAX);
}

static journey_status load_event(drivers *d, journey_loader *loader, journey_error *err) {
  const journey_host *host = d->host;
  int64_t count[OUTCOMES];
  uint32_t code = host->load_event(host, loader);
  load_counts(host, loader, count);
  journey_status status = host->load_status(host, loader, err); /* the code is only good without an error */
  if (status != JOURNEY_OK) return status;
  tally *t = jn_drivers_tally(host, &d->events, code);
  if (!t) return jn_drivers_no_memory(d, err);
  add_counts(t->count, count);
  return JOURNEY_OK;
}

static journey_status load_value(drivers *d, journey_loader *loader, uint32_t a, journey_error *err) {
  const journey_host *host = d->host;
  loaded made = {.attribute = a};
  size_t n;
  const char *value = host->load_bytes(host, loader, &n);
  load_counts(host, loader, made.count);
  journey_status status = host->load_status(host, loader, err);
  if (status != JOURNEY_OK) return status;
  if (journey_host_grow(host, &d->loaded, &d->loaded_capacity, d->loaded_count + 1, sizeof *d->loaded) != JOURNEY_OK) {
    return jn_drivers_no_memory(d, err);
  }
  made.size = n + 1;
  made.value = journey_host_alloc(host, made.size, 1);
  if (!made.value) return jn_drivers_no_memory(d, err);
  memcpy(made.value, value, n);
  d->loaded[d->loaded_count++] = made;
  return JOURNEY_OK;
}

journey_status jn_drivers_load(void *state, journey_loader *loader, journey_error *err) {
  drivers *d = state;
  const journey_host *host = d->host;
  journey_status status = JOURNEY_OK;
  int64_t what;
  load_counts(host, loader, d->total);
  while (status == JOURNEY_OK && (what = host->load_range(host, loader, END, VALUE + d->attribute_count - 1)) != END) {
    status = what == EVENT ? load_event(d, loader, err) : load_value(d, loader, (uint32_t)(what - VALUE), err);
  }
  return status == JOURNEY_OK ? host->load_status(host, loader, err) : status;
}
