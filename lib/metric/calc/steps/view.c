/* The view: which events of a path are looked at, what they are called, and at which positions they stand. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* ---- options ----------------------------------------------------------------------------------------------------- */

static const char *const pattern_options[JN_STEPS_PATTERNS] = {"start", "end", "around", "without", "group"};

static journey_status no_memory(const jn_steps_view *v, journey_error *err) {
  return v->host->fail(v->host, err, JOURNEY_ENOMEM, "out of memory");
}

/* The words of an error about the text of an option say which option it is. */
static journey_status refuse(const jn_steps_view *v, int p, journey_status status, const char *why,
                             journey_error *err) {
  char message[400];
  if (status == JOURNEY_ENOMEM) return no_memory(v, err);
  snprintf(message, sizeof message, "option %s: %.380s", pattern_options[p], why);
  return v->host->fail(v->host, err, status, message);
}

static journey_status read_pattern(jn_steps_view *v, int p, journey_error *err) {
  const journey_host *host = v->host;
  const char *text = host->option_text(host, pattern_options[p]);
  journey_error why = {0};
  if (p == JN_STEPS_FROM && strcmp(text, "*") == 0) return JOURNEY_OK;
  if (p == JN_STEPS_FROM) return host->steps(host, "start", &v->pattern[p], err);
  if (*text == '\0') return JOURNEY_OK;
  journey_status status = host->compile_steps(host, text, &v->pattern[p], &why);
  if (status != JOURNEY_OK) return refuse(v, p, status, why.message, err);
  if (p > JN_STEPS_AROUND || v->pattern[p]->count == 1) return JOURNEY_OK;
  return refuse(v, p, JOURNEY_EINVAL, "takes one step, not several", err);
}

/* A label that is the name of an event is that event's node; equal labels are one node. */
static uint32_t node_of_label(jn_steps_view *v, const char *label) {
  const journey_names *events = v->host->events;
  for (uint32_t n = 0; n < v->names; n++) {
    if (strcmp(n < v->events ? events->name[n] : v->title[n - v->events], label) == 0) return n;
  }
  v->title[v->names - v->events] = label;
  return v->names++;
}

static journey_status read_labels(jn_steps_view *v, journey_error *err) {
  const journey_steps *group = v->pattern[JN_STEPS_GROUP];
  if (!group) return JOURNEY_OK;
  v->label = journey_host_alloc(v->host, group->count, sizeof *v->label);
  v->title = journey_host_alloc(v->host, group->count, sizeof *v->title);
  if (!v->label || !v->title) return no_memory(v, err);
  for (uint32_t s = 0; s < group->count; s++) v->label[s] = node_of_label(v, group->name[s]);
  return JOURNEY_OK;
}

static journey_status set_positions(jn_steps_view *v, int32_t least, journey_error *err) {
  const journey_host *host = v->host;
  int32_t depth = (int32_t)host->option_int(host, "depth");
  int from = v->pattern[JN_STEPS_FROM] != NULL, to = v->pattern[JN_STEPS_TO] != NULL;
  int around = v->pattern[JN_STEPS_AROUND] != NULL;
  if (around && (from || to)) {
    return host->fail(host, err, JOURNEY_EINVAL, "option around: goes with neither start nor end");
  }
  if (from && to) least = 3; /* both ends and the node for what lies between */
  if (!around && depth < least) {
    return host->fail(host, err, JOURNEY_EINVAL, from && to ? "option depth: must be at least 3 with start and end"
                                                            : "option depth: must be at least 2");
  }
  v->slots = around ? 2 * depth + 1 : depth;
  v->first = around ? -depth : to && !from ? 1 - depth : 1;
  return JOURNEY_OK;
}

journey_status jn_steps_view_new(jn_steps_view *v, const journey_host *host, int32_t least, journey_error *err) {
  journey_status status = JOURNEY_OK;
  *v = (jn_steps_view){.host = host, .events = host->events->count, .names = host->events->count};
  v->collapse = host->option_flag(host, "collapse");
  v->latest = host->option_choice(host, "occurrence");
  for (int p = 0; status == JOURNEY_OK && p < JN_STEPS_PATTERNS; p++) status = read_pattern(v, p, err);
  if (status == JOURNEY_OK) status = read_labels(v, err);
  return status == JOURNEY_OK ? set_positions(v, least, err) : status;
}

void jn_steps_view_free(jn_steps_view *v) {
  uint32_t labels = v->pattern[JN_STEPS_GROUP] ? v->pattern[JN_STEPS_GROUP]->count : 0;
  journey_host_free(v->host, v->label, labels, sizeof *v->label);
  journey_host_free(v->host, v->title, labels, sizeof *v->title);
  journey_host_free(v->host, v->node, v->node_capacity, sizeof *v->node);
  journey_host_free(v->host, v->is, v->is_capacity, sizeof *v->is);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static const char *const specials[JN_STEPS_SPECIALS] = {"(exit)", "(end)", "(start)", "(...)", "(other)"};

const char *jn_steps_view_name(const jn_steps_view *v, uint32_t node) {
  if (node < v->events) return v->host->events->name[node];
  return node < v->names ? v->title[node - v->events] : specials[node - v->names];
}

int jn_steps_view_compare(const jn_steps_view *v, uint32_t a, uint32_t b) {
  int order = strcmp(jn_steps_view_name(v, a), jn_steps_view_name(v, b));
  return order ? order : (a > b) - (a < b);
}

/* 0 and an event's code; or 1 and more for what is no name; or, after those, the step of a label. */
void jn_steps_save_node(const jn_steps_view *v, journey_saver *saver, uint32_t node) {
  const journey_host *host = v->host;
  int64_t step = 0;
  if (node < v->events) {
    host->save_int64(host, saver, 0);
    host->save_int64(host, saver, node);
    return;
  }
  while (node < v->names && v->label[step] != node) step++;
  host->save_int64(host, saver, node < v->names ? JN_STEPS_SPECIALS + step : 1 + node - v->names);
}

uint32_t jn_steps_load_node(const jn_steps_view *v, journey_loader *loader) {
  const journey_host *host = v->host;
  int64_t labels = v->pattern[JN_STEPS_GROUP] ? v->pattern[JN_STEPS_GROUP]->count : 0;
  int64_t kind = host->load_range(host, loader, 0, JN_STEPS_SPECIALS - 1 + labels);
  if (kind == 0) return host->load_event(host, loader);
  return kind < JN_STEPS_SPECIALS ? v->names + (uint32_t)kind - 1 : v->label[kind - JN_STEPS_SPECIALS];
}

/* ---- what each event is ------------------------------------------------------------------------------------------ */

static uint64_t mask_at(const jn_steps_view *v, int p, uint32_t code) {
  return v->pattern[p] ? v->pattern[p]->mask[code] : 0;
}

/* What an event is, from its code and its step code of each pattern. */
static void describe(jn_steps_view *v, size_t at, uint32_t event, const uint32_t code[JN_STEPS_PATTERNS]) {
  uint64_t groups = mask_at(v, JN_STEPS_GROUP, code[JN_STEPS_GROUP]);
  v->is[at] = v->pattern[JN_STEPS_FROM] ? 0 : 1 << JN_STEPS_FROM;
  v->node[at] = groups ? v->label[__builtin_ctzll(groups)] : event;
  for (int p = 0; p <= JN_STEPS_AROUND; p++) {
    if (mask_at(v, p, code[p])) v->is[at] |= (uint8_t)(1 << p);
  }
  if (!mask_at(v, JN_STEPS_WITHOUT, code[JN_STEPS_WITHOUT])) return;
  v->is[at] = 0;
  v->node[at] = JN_STEPS_LEFT_OUT;
}

static journey_status make_room(jn_steps_view *v, size_t n) {
  journey_status status = journey_host_grow(v->host, &v->node, &v->node_capacity, n, sizeof *v->node);
  return status == JOURNEY_OK ? journey_host_grow(v->host, &v->is, &v->is_capacity, n, sizeof *v->is) : status;
}

static journey_status describe_names(jn_steps_view *v) {
  uint32_t code[JN_STEPS_PATTERNS];
  if (make_room(v, v->events) != JOURNEY_OK) return JOURNEY_ENOMEM;
  for (uint32_t event = 0; event < v->events; event++) {
    for (int p = 0; p < JN_STEPS_PATTERNS; p++) code[p] = event;
    describe(v, event, event, code);
  }
  v->known = 1;
  return JOURNEY_OK;
}

static journey_status describe_path(jn_steps_view *v, const journey_batch *batch, int64_t p) {
  uint32_t code[JN_STEPS_PATTERNS] = {0};
  v->base = batch->begin[p];
  if (make_room(v, (size_t)(batch->end[p] - v->base)) != JOURNEY_OK) return JOURNEY_ENOMEM;
  for (int64_t i = v->base; i < batch->end[p]; i++) {
    for (int k = 0; k < JN_STEPS_PATTERNS; k++) {
      if (v->pattern[k]) code[k] = journey_codes_at(&v->code[k], i);
    }
    describe(v, (size_t)(i - v->base), journey_codes_at(&batch->event, i), code);
  }
  return JOURNEY_OK;
}

journey_status jn_steps_view_open(jn_steps_view *v, const journey_batch *batch, journey_error *err) {
  journey_status status = JOURNEY_OK;
  v->by_name = 1;
  for (int p = 0; status == JOURNEY_OK && p < JN_STEPS_PATTERNS; p++) {
    if (!v->pattern[p]) continue;
    status = v->host->step_codes(v->host, v->pattern[p], batch, &v->code[p], err);
    if (v->code[p].data != batch->event.data) v->by_name = 0;
  }
  if (status != JOURNEY_OK || !v->by_name || v->known) return status;
  return describe_names(v) == JOURNEY_OK ? JOURNEY_OK : no_memory(v, err);
}

/* ---- windows ----------------------------------------------------------------------------------------------------- */

static size_t place(const jn_steps_view *v, const journey_batch *batch, int64_t i) {
  return v->by_name ? journey_codes_at(&batch->event, i) : (size_t)(i - v->base);
}

/* The first or the last event of [i, end) that satisfies a pattern; -1: none. */
static int64_t find(const jn_steps_view *v, const journey_batch *batch, int64_t i, int64_t end, int pattern,
                    int latest) {
  int64_t step = latest ? -1 : 1, stop = latest ? i - 1 : end;
  for (i = latest ? end - 1 : i; i != stop; i += step) {
    if (v->is[place(v, batch, i)] >> pattern & 1) return i;
  }
  return -1;
}

/* Event i stands at `slot`, what comes after it on the slots after. Returns the slot of the last node, which lies past
 * the view's slots for a path that goes on; `whole`: all are counted, however many. */
static int64_t walk_on(const jn_steps_view *v, const journey_batch *batch, int64_t i, int64_t end, int64_t slot,
                       int whole, jn_steps_window *w) {
  uint32_t at = v->node[place(v, batch, i)], node;
  w->node[slot] = at;
  w->event[slot] = i;
  for (i++; i < end && (whole || slot < v->slots - 1); i++) {
    node = v->node[place(v, batch, i)];
    if (node == JN_STEPS_LEFT_OUT || (node == at && v->collapse)) continue;
    at = node;
    if (++slot >= v->slots) continue;
    w->node[slot] = node;
    w->event[slot] = i;
  }
  return slot;
}

/* Event i stands at `slot`, what comes before it on the slots before, down to `stop`. A node that stands for several
 * events was reached at the first of them. Returns the slot of the first node. */
static int32_t walk_back(const jn_steps_view *v, const journey_batch *batch, int64_t i, int64_t begin, int32_t slot,
                         int32_t stop, jn_steps_window *w) {
  w->node[slot] = v->node[place(v, batch, i)];
  w->event[slot] = i;
  for (i--; i >= begin; i--) {
    uint32_t node = v->node[place(v, batch, i)];
    int same = node == w->node[slot] && v->collapse;
    if (node == JN_STEPS_LEFT_OUT) continue;
    if (slot == stop && !same) break;
    if (!same) w->node[--slot] = node;
    w->event[slot] = i;
  }
  return slot;
}

/* From event i to event k: when there are more nodes than slots, those in the middle are one node. */
static void take_between(const jn_steps_view *v, const journey_batch *batch, int64_t i, int64_t k, jn_steps_window *w) {
  int64_t high = walk_on(v, batch, i, k + 1, 0, 1, w);
  int32_t last = v->slots - 1, middle = v->slots / 2;
  w->low = 0;
  w->high = high < last ? (int32_t)high : last;
  if (high <= last) return;
  w->node[middle] = v->names + JN_STEPS_MIDDLE;
  walk_back(v, batch, k, i, last, middle + 1, w);
}

static void take(const jn_steps_view *v, const journey_batch *batch, int64_t begin, int64_t end, jn_steps_window *w) {
  int32_t last = v->slots - 1;
  int64_t from = begin, to;
  w->high = -1;
  if (v->pattern[JN_STEPS_AROUND]) {
    to = find(v, batch, begin, end, JN_STEPS_AROUND, v->latest);
    if (to < 0) return;
    w->high = (int32_t)walk_on(v, batch, to, end, last / 2, 0, w);
    w->low = walk_back(v, batch, to, begin, last / 2, 0, w);
    return;
  }
  if (v->pattern[JN_STEPS_FROM] || !v->pattern[JN_STEPS_TO]) {
    from = find(v, batch, begin, end, JN_STEPS_FROM, 0);
    if (from < 0) return;
  }
  if (!v->pattern[JN_STEPS_TO]) {
    w->high = (int32_t)walk_on(v, batch, from, end, 0, 0, w);
    w->low = 0;
    return;
  }
  to = find(v, batch, v->pattern[JN_STEPS_FROM] ? from + 1 : from, end, JN_STEPS_TO, v->latest);
  if (to < 0) return;
  if (v->pattern[JN_STEPS_FROM]) {
    take_between(v, batch, from, to, w);
    return;
  }
  w->high = last;
  w->low = walk_back(v, batch, to, begin, last, 0, w);
}

journey_status jn_steps_view_take(jn_steps_view *v, const journey_batch *batch, int64_t p, jn_steps_window *window) {
  if (!v->by_name && describe_path(v, batch, p) != JOURNEY_OK) return JOURNEY_ENOMEM;
  take(v, batch, batch->begin[p], batch->end[p], window);
  return JOURNEY_OK;
}
