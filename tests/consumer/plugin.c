/* A calculator outside the library: the number of events of the longest path. It links against nothing. */
#include "journey_plugin.h"

typedef struct longest {
  const journey_host *host;
  int64_t events;
} longest;

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  longest *self = (longest *)host->reallocate(host, NULL, 0, sizeof *self);
  if (!self) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  self->host = host;
  self->events = 0;
  *state = self;
  return JOURNEY_OK;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  longest *self = (longest *)state;
  int64_t path;
  (void)err;
  for (path = 0; path < batch->paths; path++) {
    int64_t events = batch->end[path] - batch->begin[path];
    if (events > self->events) self->events = events;
  }
  return JOURNEY_OK;
}

static journey_status merge(void *state, void *other, journey_error *err) {
  longest *self = (longest *)state, *later = (longest *)other;
  (void)err;
  if (later->events > self->events) self->events = later->events;
  return JOURNEY_OK;
}

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  longest *self = (longest *)state;
  (void)err;
  self->host->save_int64(self->host, saver, self->events);
  return JOURNEY_OK;
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  longest *self = (longest *)state;
  self->events = self->host->load_range(self->host, loader, 0, INT64_MAX);
  return self->host->load_status(self->host, loader, err);
}

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  longest *self = (longest *)state;
  (void)err;
  self->host->column(self->host, table, "events", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  self->host->put_int64(self->host, table, self->events);
  return JOURNEY_OK;
}

static void destroy(void *state) {
  longest *self = (longest *)state;
  self->host->reallocate(self->host, self, sizeof *self, 0);
}

static const journey_calculator calculator = {
    sizeof(journey_calculator), JOURNEY_CALCULATOR_REVISION, "longest_path", "Longest path",
    "The number of events of the longest path.", NULL, 0, 0, create, feed, merge, save, load, finish, destroy, NULL};

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const journey_calculator *journey_plugin_calculator(uint32_t revision, uint32_t i);

const journey_calculator *journey_plugin_calculator(uint32_t revision, uint32_t i) {
  return revision >= JOURNEY_CALCULATOR_REVISION && i == 0 ? &calculator : NULL;
}
