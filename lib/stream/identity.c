/* Who is who: follows the links between ids in order of arrival, and numbers the customers. */
#include "stream/work.h"

enum { COPY_SHARE = 1 << 14, CHUNK = 256 };

/* The sets of ids, by the code of the joined dictionary. A root is the first id of its set to arrive. */
typedef struct sets {
  uint32_t count;
  uint32_t *parent;
  uint32_t *known;   /* of a root: the first known id of the set, JN_BASE_NO_CODE for none */
  uint8_t *used;     /* has events; later, of a root: the set has */
  uint64_t *refused; /* pairs */
  size_t refusals, capacity;
} sets;

static uint32_t root_of(sets *s, uint32_t id) {
  while (s->parent[id] != id) id = s->parent[id] = s->parent[s->parent[id]];
  return id;
}

static void unite(sets *s, uint32_t a, uint32_t b) {
  uint32_t root = a < b ? a : b, other = a < b ? b : a;
  s->parent[other] = root;
  if (s->known[other] < s->known[root]) s->known[root] = s->known[other];
}

/* An anonymous id stays with the first customer that it was linked to. A known id is noted when a link first names it. */
static journey_status follow(journey_context *context, sets *s, const jn_stream_linked *link, journey_error *err) {
  uint32_t a = root_of(s, link->id), b = root_of(s, link->customer);
  if (link->customer < s->known[b]) s->known[b] = link->customer;
  if (!link->anonymous && link->id < s->known[a]) s->known[a] = link->id;
  if (a == b) return JOURNEY_OK;
  if (!link->anonymous || s->known[a] == JN_BASE_NO_CODE) {
    unite(s, a, b);
    return JOURNEY_OK;
  }
  journey_status status = jn_base_grow(context, &s->refused, &s->capacity, s->refusals + 1, sizeof *s->refused, err);
  if (!status) s->refused[s->refusals++] = (uint64_t)link->id << 32 | link->customer;
  return status;
}

static journey_status make_sets(const jn_stream_work *work, sets *s, journey_error *err) {
  s->count = work->ids.count;
  s->parent = jn_base_alloc(work->context, s->count, sizeof *s->parent);
  s->known = jn_base_alloc(work->context, s->count, sizeof *s->known);
  s->used = jn_base_zalloc(work->context, s->count, sizeof *s->used);
  if (!s->parent || !s->known || !s->used) return jn_base_no_memory(err);
  memset(s->known, 0xFF, s->count * sizeof *s->known);
  for (uint32_t id = 0; id < s->count; id++) s->parent[id] = id;
  return JOURNEY_OK;
}

static void clear_sets(journey_context *context, sets *s) {
  jn_base_free(context, s->parent, s->count, sizeof *s->parent);
  jn_base_free(context, s->known, s->count, sizeof *s->known);
  jn_base_free(context, s->used, s->count, sizeof *s->used);
  jn_base_reallocate(context, s->refused, s->capacity * sizeof *s->refused, 0);
}

/* n <= CHUNK links of a writer. What they touch is asked for before the first is followed. */
static journey_status follow_chunk(const jn_stream_work *work, sets *s, size_t writer, const jn_stream_linked *link,
                                   size_t n, journey_error *err) {
  jn_stream_linked joined[CHUNK];
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; i < n; i++) {
    joined[i] = link[i];
    joined[i].id = jn_stream_joined(&work->ids, writer, link[i].id);
    joined[i].customer = jn_stream_joined(&work->ids, writer, link[i].customer);
    __builtin_prefetch(&s->parent[joined[i].id], 1);
    __builtin_prefetch(&s->parent[joined[i].customer], 1);
    __builtin_prefetch(&s->known[joined[i].customer], 1);
  }
  for (size_t i = 0; !status && i < n; i++) status = follow(work->context, s, &joined[i], err);
  return status;
}

static journey_status follow_links(const jn_stream_work *work, sets *s, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; !status && i < work->arrivals; i++) {
    const jn_stream_arrival *at = &work->arrival[i];
    const jn_stream_writer *w = work->writer[at->writer];
    size_t link = w->block[at->block].link;
    size_t end = at->block + 1 < w->blocks ? w->block[at->block + 1].link : w->links;
    for (; !status && link < end; link += CHUNK)
      status = follow_chunk(work, s, at->writer, w->link + link, end - link < CHUNK ? end - link : CHUNK, err);
    if (!status && i % 1024 == 0) status = jn_base_cancelled(work->context, err);
  }
  return status;
}

/* A link may name ids that have no events. */
typedef struct usage {
  const jn_stream_work *work;
  sets *s;
} usage;

static journey_status use_task(void *argument, int64_t task, journey_error *err) {
  const usage *u = argument;
  const jn_stream_piece *p = &u->work->piece[task];
  const uint32_t *id = p->segment->id + p->first;
  for (size_t i = 0; i < p->rows; i++)
    __atomic_store_n(&u->s->used[jn_stream_joined(&u->work->ids, p->writer, id[i])], 1, __ATOMIC_RELAXED);
  return jn_base_cancelled(u->work->context, err);
}

static journey_status find_used(const jn_stream_work *work, sets *s, journey_error *err) {
  usage u = {work, s};
  journey_status status = jn_exec_run(work->context, (int64_t)work->pieces, use_task, &u, err);
  for (uint32_t id = 0; !status && id < s->count; id++)
    if (s->used[id]) s->used[root_of(s, id)] = 1;
  return status;
}

static journey_status number_customers(jn_stream_work *work, sets *s, journey_error *err) {
  work->customer = jn_base_alloc(work->context, s->count, sizeof *work->customer);
  work->display = jn_base_alloc(work->context, s->count, sizeof *work->display);
  if (!work->customer || !work->display) return jn_base_no_memory(err);
  for (uint32_t id = 0; id < s->count; id++) {
    uint32_t root = root_of(s, id);
    work->customer[id] = JN_BASE_NO_CODE;
    if (!s->used[root]) continue;
    work->linked_ids++;
    if (root != id) {
      work->customer[id] = work->customer[root];
      continue;
    }
    work->display[work->customers] = s->known[id] == JN_BASE_NO_CODE ? id : s->known[id];
    work->customer[id] = work->customers++;
  }
  work->linked_ids -= work->customers;
  return JOURNEY_OK;
}

/* Different pairs among those refused. */
static journey_status count_refused(jn_stream_work *work, sets *s, journey_error *err) {
  if (!s->refusals) return JOURNEY_OK;
  uint64_t *scratch = jn_base_alloc(work->context, s->refusals, sizeof *scratch);
  if (!scratch) return jn_base_no_memory(err);
  jn_stream_sort_numbers(s->refused, scratch, s->refusals);
  for (size_t i = 0; i < s->refusals; i++) work->shared_ids += !i || s->refused[i] != s->refused[i - 1];
  jn_base_free(work->context, scratch, s->refusals, sizeof *scratch);
  return JOURNEY_OK;
}

static bool any_links(const jn_stream_work *work) {
  for (size_t w = 0; w < work->writers; w++)
    if (work->writer[w]->links) return true;
  return false;
}

/* Sets work->customers, and customer and display where ids and customers are not the same. */
static journey_status find_customers(jn_stream_work *work, journey_error *err) {
  work->customers = work->ids.count;
  if (!any_links(work)) return JOURNEY_OK;
  sets s = {0};
  work->customers = 0;
  journey_status status = make_sets(work, &s, err);
  if (!status) status = follow_links(work, &s, err);
  if (!status) status = count_refused(work, &s, err);
  if (!status) status = find_used(work, &s, err);
  if (!status) status = number_customers(work, &s, err);
  clear_sets(work->context, &s);
  return status;
}

static jn_stream_string id_of(const jn_stream_work *work, uint32_t customer) {
  uint32_t id = work->display ? work->display[customer] : customer;
  return jn_stream_string_of(work->ids.strings, work->ids.first ? work->ids.first[id] : id);
}

/* A share of the customers' ids to their places. */
static journey_status copy_task(void *argument, int64_t task, journey_error *err) {
  const jn_stream_work *work = argument;
  const journey_stream *stream = work->stream;
  uint32_t begin = (uint32_t)task * COPY_SHARE, end = work->customers;
  if (end - begin > COPY_SHARE) end = begin + COPY_SHARE;
  for (uint32_t c = begin; c < end; c++) {
    jn_stream_string id = id_of(work, c);
    memcpy(stream->ids + stream->id_start[c], id.bytes, id.length);
    stream->ids[stream->id_start[c] + id.length] = '\0';
  }
  return jn_base_cancelled(work->context, err);
}

static journey_status copy_ids(jn_stream_work *work, journey_error *err) {
  journey_stream *stream = work->stream;
  uint64_t bytes = 0;
  journey_status status =
      jn_stream_own(stream, (size_t)work->customers + 1, sizeof(uint64_t), false, &stream->id_start, err);
  if (status) return status;
  for (uint32_t c = 0; c < work->customers; c++) {
    stream->id_start[c] = bytes;
    bytes += id_of(work, c).length + 1;
  }
  stream->id_start[work->customers] = bytes;
  status = jn_stream_own(stream, (size_t)bytes, 1, false, &stream->ids, err);
  int64_t shares = ((int64_t)work->customers + COPY_SHARE - 1) / COPY_SHARE;
  return status ? status : jn_exec_run(work->context, shares, copy_task, work, err);
}

journey_status jn_stream_identify(jn_stream_work *work, journey_error *err) {
  journey_status status = find_customers(work, err);
  return status ? status : copy_ids(work, err);
}
