/* The paths of the members that records have. */
#include <string.h>

#include "io/jsonl.h"

/* ---- one by one ------------------------------------------------------------------------------------------------- */

static journey_status append(jn_io_paths *paths, uint32_t parent, journey_error *err) {
  journey_status status =
      jn_base_grow(paths->context, &paths->path, &paths->capacity, paths->count + 1, sizeof *paths->path, err);
  if (status) return status;
  uint16_t depth = paths->count ? (uint16_t)(paths->path[parent].depth + 1) : 0;
  paths->path[paths->count++] = (jn_io_path){.parent = parent,
                                             .first = JN_IO_NO_PATH,
                                             .next = JN_IO_NO_PATH,
                                             .column = JN_IO_NO_PATH,
                                             .depth = depth,
                                             .used = true,
                                             .seen = -1};
  return JOURNEY_OK;
}

/* A name is looked for together with its parent's number. */
static journey_status make_key(jn_io_paths *paths, uint32_t parent, const char *name, size_t n, journey_error *err) {
  paths->key.length = 0;
  jn_base_text_add(&paths->key, (const char *)&parent, sizeof parent);
  jn_base_text_add(&paths->key, name, n);
  return paths->key.status ? jn_base_no_memory(err) : JOURNEY_OK;
}

journey_status jn_io_paths_init(jn_io_paths *paths, journey_context *context, journey_error *err) {
  uint32_t root;
  *paths = (jn_io_paths){.context = context};
  jn_base_text_init(&paths->key, context);
  journey_status status = jn_base_dictionary_new(context, &paths->keys, err);
  if (!status) status = jn_base_dictionary_add(paths->keys, "", 0, &root, err);
  if (!status) status = append(paths, 0, err);
  if (status) jn_io_paths_clear(paths);
  return status;
}

void jn_io_paths_clear(jn_io_paths *paths) {
  if (!paths->context) return;
  jn_base_dictionary_free(paths->keys);
  jn_base_text_clear(&paths->key);
  jn_base_free(paths->context, paths->path, paths->capacity, sizeof *paths->path);
  *paths = (jn_io_paths){0};
}

journey_status jn_io_paths_find(jn_io_paths *paths, uint32_t parent, const char *name, size_t n, uint32_t *out,
                                journey_error *err) {
  journey_status status = make_key(paths, parent, name, n, err);
  if (!status) *out = jn_base_dictionary_find(paths->keys, paths->key.bytes, paths->key.length);
  return status;
}

journey_status jn_io_paths_add(jn_io_paths *paths, uint32_t parent, const char *name, size_t n, uint32_t *out,
                               journey_error *err) {
  journey_status status = jn_io_paths_find(paths, parent, name, n, out, err);
  if (status || *out != JN_IO_NO_PATH) return status;
  if (paths->count == JN_IO_PATHS_MOST) {
    paths->too_many = true;
    return JOURNEY_OK;
  }
  status = jn_base_grow(paths->context, &paths->path, &paths->capacity, paths->count + 1, sizeof *paths->path, err);
  if (!status) status = jn_base_dictionary_add(paths->keys, paths->key.bytes, paths->key.length, out, err);
  return status ? status : append(paths, parent, err);
}

journey_status jn_io_paths_add_dotted(jn_io_paths *paths, const char *name, size_t n, uint32_t *out,
                                      journey_error *err) {
  uint32_t parent = 0;
  for (;;) {
    const char *dot = memchr(name, '.', n);
    size_t length = dot ? (size_t)(dot - name) : n;
    journey_status status = jn_io_paths_add(paths, parent, name, length, out, err);
    if (status || !dot || *out == JN_IO_NO_PATH) return status;
    parent = *out;
    name += length + 1;
    n -= length + 1;
  }
}

const char *jn_io_paths_name(const jn_io_paths *paths, uint32_t path, size_t *n) {
  const char *key = jn_base_dictionary_string(paths->keys, path, n);
  if (!path) return key;
  *n -= sizeof(uint32_t);
  return key + sizeof(uint32_t);
}

/* Goes up at most JN_IO_PATHS_DEEP steps, but for names from options, which are as long as those. */
void jn_io_paths_write(const jn_io_paths *paths, uint32_t path, jn_base_text *out) {
  size_t n;
  if (paths->path[path].parent) {
    jn_io_paths_write(paths, paths->path[path].parent, out);
    jn_base_text_add(out, ".", 1);
  }
  const char *name = jn_io_paths_name(paths, path, &n);
  jn_base_text_add(out, name, n);
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

journey_status jn_io_paths_copy(const jn_io_paths *paths, jn_io_paths *out, journey_error *err) {
  uint32_t added;
  size_t n;
  journey_status status = jn_io_paths_init(out, paths->context, err);
  for (uint32_t i = 1; i < paths->count && !status; i++) {
    const char *name = jn_io_paths_name(paths, i, &n);
    status = jn_io_paths_add(out, paths->path[i].parent, name, n, &added, err);
  }
  if (status) {
    jn_io_paths_clear(out);
    return status;
  }
  memcpy(out->path, paths->path, paths->count * sizeof *out->path);
  for (size_t i = 0; i < out->count; i++) out->path[i].seen = -1, out->path[i].arrays = 0;
  return JOURNEY_OK;
}

static void add_seen(jn_io_path *to, const jn_io_path *from) {
  to->scalar |= from->scalar;
  to->text |= from->text;
  to->number |= from->number;
  to->arrays += from->arrays;
}

/* What threads found, each in order of place: the one that was first comes next. */
typedef struct merger {
  uint32_t *next; /* by thread: its next new path */
  uint32_t *as;   /* by thread and new path: its number in the end */
  uint32_t old;
} merger;

static uint32_t first_of(const merger *m, jn_io_paths *const *from, uint32_t n) {
  uint32_t best = n;
  for (uint32_t i = 0; i < n; i++) {
    if (m->next[i] == from[i]->count) continue;
    if (best == n || from[i]->path[m->next[i]].place < from[best]->path[m->next[best]].place) best = i;
  }
  return best;
}

static journey_status merge_new(jn_io_paths *paths, jn_io_paths *const *from, uint32_t n, merger *m,
                                journey_error *err) {
  uint32_t i;
  while ((i = first_of(m, from, n)) < n) {
    uint32_t *as = m->as + (size_t)i * JN_IO_PATHS_MOST, mine = m->next[i]++, parent = from[i]->path[mine].parent;
    size_t length;
    const char *name = jn_io_paths_name(from[i], mine, &length);
    parent = parent < m->old ? parent : as[parent];
    as[mine] = JN_IO_NO_PATH;
    if (parent == JN_IO_NO_PATH) continue;
    journey_status status = jn_io_paths_add(paths, parent, name, length, &as[mine], err);
    if (status) return status;
    if (as[mine] != JN_IO_NO_PATH) add_seen(&paths->path[as[mine]], &from[i]->path[mine]);
  }
  return JOURNEY_OK;
}

journey_status jn_io_paths_merge(jn_io_paths *paths, jn_io_paths *const *from, uint32_t n, journey_error *err) {
  size_t places = (size_t)n * JN_IO_PATHS_MOST;
  merger m = {.old = (uint32_t)paths->count};
  m.next = jn_base_alloc(paths->context, n, sizeof *m.next);
  m.as = m.next ? jn_base_alloc(paths->context, places, sizeof *m.as) : NULL;
  journey_status status = m.as ? JOURNEY_OK : jn_base_no_memory(err);
  for (uint32_t i = 0; i < n && !status; i++) {
    m.next[i] = m.old;
    paths->too_many |= from[i]->too_many;
    for (uint32_t k = 0; k < m.old; k++) add_seen(&paths->path[k], &from[i]->path[k]);
  }
  if (!status) status = merge_new(paths, from, n, &m, err);
  jn_base_free(paths->context, m.as, places, sizeof *m.as);
  jn_base_free(paths->context, m.next, n, sizeof *m.next);
  return status;
}
