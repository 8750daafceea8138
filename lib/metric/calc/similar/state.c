/* similar: clusters of paths by what happens in them. This file: the options, and the distinct paths with their
 * customers, which are the state. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

enum { FIRST_SLOTS = 16 };

static const journey_option options[] = {
    {.name = "clusters",
     .value = "auto",
     .type = JOURNEY_OPTION_TEXT,
     .help = "How many clusters, 1 to 50; auto: as many as have the greatest silhouette"},
    {.name = "most_clusters",
     .value = "10",
     .type = JOURNEY_OPTION_INT,
     .minimum = 2,
     .maximum = JN_SIMILAR_MOST_CLUSTERS,
     .help = "With clusters auto: try 2 to so many",
     .unit = "clusters"},
    {.name = "features",
     .value = "events",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "events|counts|pairs",
     .help = "What paths are compared by: which events they have, how often they have them, or also what directly "
             "follows what"},
    {.name = "collapse",
     .value = "true",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Take consecutive events of one name as one event, at the time of the first"},
    {.name = "length",
     .value = "30",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1000,
     .help = "Compare the first so many events of a path",
     .unit = "events"},
    {.name = "most_paths",
     .value = "1000",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 5000,
     .help = "The so many most frequent different paths make the clusters; the others join the nearest one",
     .unit = "paths"},
    {.name = "goal",
     .value = "none",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Event that is the conversion; none: conversion is left out"},
    {.name = "top",
     .value = "3",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 100,
     .help = "Show the so many events that set a cluster apart most",
     .unit = "events"},
};

static journey_status no_memory(const jn_similar *s, journey_error *err) {
  return jn_similar_no_memory(s->host, err);
}

static void destroy(void *state) {
  jn_similar *s = state;
  journey_host_free(s->host, s->list, s->list_capacity, sizeof *s->list);
  journey_host_free(s->host, s->codes, s->code_capacity, sizeof *s->codes);
  journey_host_free(s->host, s->slot, s->slots, sizeof *s->slot);
  journey_host_free(s->host, s->visit, s->visit_capacity, sizeof *s->visit);
  journey_host_free(s->host, s->own, s->longest, sizeof *s->own);
  journey_host_free(s->host, s, 1, sizeof *s);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static journey_status refuse(const jn_similar *s, journey_error *err, const char *why) {
  return s->host->fail(s->host, err, JOURNEY_EINVAL, why);
}

static journey_status read_clusters(jn_similar *s, const char *text, journey_error *err) {
  const char *at = text;
  if (strcmp(text, "auto") == 0) return JOURNEY_OK;
  while (*at >= '0' && *at <= '9' && s->clusters <= JN_SIMILAR_MOST_CLUSTERS) {
    s->clusters = s->clusters * 10 + (uint32_t)(*at++ - '0');
  }
  if (!*at && s->clusters >= 1 && s->clusters <= JN_SIMILAR_MOST_CLUSTERS) return JOURNEY_OK;
  return refuse(s, err, "option clusters: must be a whole number from 1 to 50, or auto");
}

/* A text, for without a goal nothing is proposed either. */
static journey_status read_goal(jn_similar *s, const char *text, journey_error *err) {
  if (strcmp(text, "none") == 0) return JOURNEY_OK;
  if (strcmp(text, "auto") == 0) return refuse(s, err, "option goal: must be a step, or none; not auto");
  char message[JOURNEY_ERROR_MESSAGE_SIZE];
  journey_error why = {0};
  journey_status status = s->host->compile_steps(s->host, text, &s->goal, &why);
  if (status != JOURNEY_OK) {
    snprintf(message, sizeof message, "option goal: %.400s", why.message);
    return s->host->fail(s->host, err, status, message);
  }
  if (s->goal->count == 1) return JOURNEY_OK;
  return refuse(s, err, "option goal: must be one step, or none");
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  jn_similar *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return jn_similar_no_memory(host, err);
  *state = s;
  s->host = host;
  s->collapse = host->option_flag(host, "collapse");
  s->features = host->option_choice(host, "features");
  s->most_clusters = (uint32_t)host->option_int(host, "most_clusters");
  s->most_paths = host->option_int(host, "most_paths");
  s->top = host->option_int(host, "top");
  s->longest = (size_t)host->option_int(host, "length");
  s->seed = (uint64_t)(uintptr_t)s * UINT64_C(0x9e3779b97f4a7c15); /* changes no answer, and nobody can foresee it */
  s->slots = FIRST_SLOTS;
  s->slot = journey_host_alloc(host, s->slots, sizeof *s->slot);
  s->own = journey_host_alloc(host, s->longest, sizeof *s->own);
  if (!s->slot || !s->own) return no_memory(s, err);
  journey_status status = read_clusters(s, host->option_text(host, "clusters"), err);
  return status == JOURNEY_OK ? read_goal(s, host->option_text(host, "goal"), err) : status;
}

/* ---- the table of distinct paths --------------------------------------------------------------------------------- */

static size_t hash_path(const jn_similar *s, const uint32_t *code, size_t n) {
  uint64_t h = s->seed ^ n;
  for (size_t i = 0; i < n; i++) {
    unsigned __int128 product = (unsigned __int128)(h ^ code[i] ^ UINT64_C(0xa0761d6478bd642f)) *
                                (h ^ UINT64_C(0xe7037ed1a0b428db));
    h = (uint64_t)product ^ (uint64_t)(product >> 64);
  }
  return (size_t)h;
}

static journey_status double_slots(jn_similar *s) {
  size_t slots = s->slots * 2;
  uint32_t *made = journey_host_alloc(s->host, slots, sizeof *made);
  if (!made) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < s->count; i++) {
    size_t at = hash_path(s, s->codes + s->list[i].at, s->list[i].length) & (slots - 1);
    while (made[at]) at = (at + 1) & (slots - 1);
    made[at] = (uint32_t)i + 1;
  }
  journey_host_free(s->host, s->slot, s->slots, sizeof *s->slot);
  s->slot = made;
  s->slots = slots;
  return JOURNEY_OK;
}

static journey_status add_path(jn_similar *s, size_t slot, const uint32_t *code, size_t n) {
  if (s->count == UINT32_MAX - 1 ||
      journey_host_grow(s->host, &s->list, &s->list_capacity, s->count + 1, sizeof *s->list) != JOURNEY_OK ||
      journey_host_grow(s->host, &s->codes, &s->code_capacity, s->used + n, sizeof *s->codes) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  s->list[s->count++] = (jn_similar_path){.at = s->used, .length = (uint32_t)n};
  s->slot[slot] = (uint32_t)s->count;
  memcpy(s->codes + s->used, code, n * sizeof *code);
  s->used += n;
  return s->count * 2 > s->slots ? double_slots(s) : JOURNEY_OK;
}

/* The index of a path, which is added when it is new. */
static journey_status find_path(jn_similar *s, const uint32_t *code, size_t n, uint32_t *path) {
  size_t at = hash_path(s, code, n) & (s->slots - 1);
  for (; s->slot[at]; at = (at + 1) & (s->slots - 1)) {
    const jn_similar_path *p = &s->list[*path = s->slot[at] - 1];
    if (p->length == n && memcmp(s->codes + p->at, code, n * sizeof *code) == 0) return JOURNEY_OK;
  }
  *path = (uint32_t)s->count;
  return add_path(s, at, code, n);
}

static journey_status add_visit(jn_similar *s, jn_similar_visit visit) {
  if (journey_host_grow(s->host, &s->visit, &s->visit_capacity, s->visits + 1, sizeof visit) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  s->visit[s->visits++] = visit;
  s->list[visit.path].count++;
  return JOURNEY_OK;
}

int jn_similar_comes_before(const void *state, size_t i, size_t k) {
  const jn_similar *s = state;
  const jn_similar_path *a = &s->list[i], *b = &s->list[k];
  if (a->count != b->count) return a->count > b->count;
  if (a->length != b->length) return a->length < b->length;
  for (size_t e = 0; e < a->length; e++) {
    uint32_t x = s->codes[a->at + e], y = s->codes[b->at + e];
    if (x != y) return strcmp(s->host->events->name[x], s->host->events->name[y]) < 0;
  }
  return 0;
}

/* ---- feeding ----------------------------------------------------------------------------------------------------- */

static size_t cut_path(jn_similar *s, const journey_codes *event, int64_t begin, int64_t end) {
  size_t n = 0;
  for (int64_t i = begin; i < end && n < s->longest; i++) {
    uint32_t code = journey_codes_at(event, i);
    if (s->collapse && n > 0 && s->own[n - 1] == code) continue;
    s->own[n++] = code;
  }
  return n;
}

static int reaches(const journey_steps *goal, const journey_codes *codes, int64_t begin, int64_t end) {
  for (int64_t i = begin; goal && i < end; i++) {
    if (goal->mask[journey_codes_at(codes, i)]) return 1;
  }
  return 0;
}

static journey_status feed_path(jn_similar *s, const journey_batch *batch, const journey_codes *goal, int64_t p) {
  int64_t begin = batch->begin[p], end = batch->end[p];
  if (begin == end) return JOURNEY_OK;
  jn_similar_visit visit = {
      .duration = journey_elapsed(journey_batch_time(batch, begin), journey_batch_time(batch, end - 1)),
      .events = end - begin < UINT32_MAX ? (uint32_t)(end - begin) : UINT32_MAX,
  };
  journey_status status = find_path(s, s->own, cut_path(s, &batch->event, begin, end), &visit.path);
  if (status == JOURNEY_OK) status = add_visit(s, visit);
  if (status == JOURNEY_OK) s->list[visit.path].converted += reaches(s->goal, goal, begin, end);
  return status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  jn_similar *s = state;
  journey_codes goal = {NULL, 0, 0};
  journey_status status = JOURNEY_OK;
  if (s->goal) status = s->host->step_codes(s->host, s->goal, batch, &goal, err);
  if (status != JOURNEY_OK) return status;
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(s, batch, &goal, p);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

/* ---- partial state ----------------------------------------------------------------------------------------------- */

static journey_status merge(void *state, void *other, journey_error *err) {
  jn_similar *s = state;
  const jn_similar *o = other;
  journey_status status = JOURNEY_OK;
  uint32_t *index = journey_host_alloc(s->host, o->count, sizeof *index);
  if (!index) return no_memory(s, err);
  for (size_t i = 0; status == JOURNEY_OK && i < o->count; i++) {
    status = find_path(s, o->codes + o->list[i].at, o->list[i].length, &index[i]);
    if (status == JOURNEY_OK) s->list[index[i]].converted += o->list[i].converted;
  }
  for (size_t i = 0; status == JOURNEY_OK && i < o->visits; i++) {
    const jn_similar_visit *v = &o->visit[i];
    status = add_visit(s, (jn_similar_visit){v->duration, index[v->path], v->events});
  }
  journey_host_free(s->host, index, o->count, sizeof *index);
  return status == JOURNEY_OK ? status : no_memory(s, err);
}

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const jn_similar *s = state;
  const journey_host *host = s->host;
  (void)err;
  for (size_t i = 0; i < s->count; i++) {
    host->save_int64(host, saver, s->list[i].length);
    for (size_t k = 0; k < s->list[i].length; k++) host->save_int64(host, saver, s->codes[s->list[i].at + k]);
  }
  host->save_int64(host, saver, 0); /* no path is empty */
  for (size_t i = 0; i < s->visits; i++) {
    host->save_int64(host, saver, s->visit[i].events);
    host->save_int64(host, saver, s->visit[i].path);
    host->save_int64(host, saver, s->visit[i].duration);
  }
  host->save_int64(host, saver, 0); /* nor is a customer without events */
  for (size_t i = 0; i < s->count; i++) host->save_int64(host, saver, s->list[i].converted);
  return JOURNEY_OK;
}

/* Two paths of another dictionary may be one here only if the bytes lie: then they are refused. */
static journey_status load_paths(jn_similar *s, journey_loader *loader, journey_error *err) {
  const journey_host *host = s->host;
  int64_t length;
  while ((length = host->load_range(host, loader, 0, (int64_t)s->longest)) > 0) {
    uint32_t path;
    for (int64_t i = 0; i < length; i++) s->own[i] = host->load_event(host, loader);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    size_t before = s->count;
    if (find_path(s, s->own, (size_t)length, &path) != JOURNEY_OK) return no_memory(s, err);
    if (s->count == before) return refuse(s, err, "a path is there twice");
  }
  return host->load_status(host, loader, err);
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  jn_similar *s = state;
  const journey_host *host = s->host;
  int64_t events;
  journey_status status = load_paths(s, loader, err);
  if (status != JOURNEY_OK) return status;
  while ((events = host->load_range(host, loader, 0, s->count ? UINT32_MAX : 0)) > 0) {
    jn_similar_visit visit = {.events = (uint32_t)events};
    visit.path = (uint32_t)host->load_range(host, loader, 0, (int64_t)s->count - 1);
    visit.duration = host->load_range(host, loader, 0, INT64_MAX);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    if (add_visit(s, visit) != JOURNEY_OK) return no_memory(s, err);
  }
  for (size_t i = 0; i < s->count && host->load_status(host, loader, err) == JOURNEY_OK; i++) {
    if (s->list[i].count == 0) return refuse(s, err, "a path without customers");
    s->list[i].converted = host->load_range(host, loader, 0, s->goal ? s->list[i].count : 0);
  }
  return host->load_status(host, loader, err);
}

/* ---- the calculator ---------------------------------------------------------------------------------------------- */

static journey_status finish(void *state, journey_table *table, journey_error *err) {
  return jn_similar_put(state, table, err);
}

extern const journey_calculator jn_metric_similar;

const journey_calculator jn_metric_similar = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "similar",
    .title = "Similar paths: clusters, each with a typical path",
    .help = "Puts customers into clusters by what happens in their paths, so that the paths of a cluster have as many "
            "events as possible in common with its typical path, the medoid, which is the path of a customer. Each "
            "customer is in one cluster. The same events give the same clusters, always.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
