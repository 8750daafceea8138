/* The map: lists of elements by kind, found by their ids. */
#include <string.h>

#include "map/internal.h"

journey_status journey_map_new(journey_context *context, journey_map **out, journey_error *err) {
  journey_map *map = jn_base_zalloc(context, 1, sizeof *map);
  if (!map) return jn_base_no_memory(err);
  map->context = jn_base_context_ref(context);
  journey_status status = jn_map_element_new(map, jn_map_kind_at(0), "", &map->root, err);
  if (status == JOURNEY_OK) *out = map;
  else journey_map_free(map);
  return status;
}

void journey_map_free(journey_map *map) {
  if (!map) return;
  journey_context *context = map->context;
  for (int k = 0; k < JN_MAP_MOST_KINDS; k++) {
    for (size_t i = 0; i < map->list[k].count; i++) jn_map_element_free(map->list[k].element[i]);
    jn_base_free(context, map->list[k].element, map->list[k].capacity, sizeof *map->list[k].element);
    jn_base_free(context, map->list[k].slot, map->list[k].slots, sizeof *map->list[k].slot);
  }
  jn_map_element_free(map->root);
  jn_base_free(context, map, 1, sizeof *map);
  journey_context_free(context);
}

journey_context *jn_map_context(const journey_map *map) { return map->context; }
journey_element *journey_map_root(journey_map *map) { return map->root; }

/* NULL for an unknown kind, and for the map itself, which has no list. */
jn_map_list *jn_map_list_of(const journey_map *map, const char *name) {
  const jn_map_kind *kind = name ? jn_map_kind_named(name, strlen(name)) : NULL;
  if (!kind || !kind->plural) return NULL;
  return (jn_map_list *)&map->list[kind - jn_map_kind_at(0)];
}

/* ---- ids --------------------------------------------------------------------------------------------------------------- */

/* The slot of an id, or the free one where it belongs; there always is one. */
static journey_element **locate(const journey_map *map, const jn_map_list *list, const char *id) {
  size_t at = jn_base_hash(id, strlen(id), jn_base_seed(map->context)) & (list->slots - 1);
  while (list->slot[at] && strcmp(list->slot[at]->id.bytes, id) != 0) at = (at + 1) & (list->slots - 1);
  return &list->slot[at];
}

static journey_status make_room(journey_map *map, jn_map_list *list, journey_error *err) {
  if ((list->count + 1) * 2 <= list->slots) return JOURNEY_OK;
  size_t slots = list->slots ? list->slots * 2 : 16;
  journey_element **slot = jn_base_zalloc(map->context, slots, sizeof *slot);
  if (!slot) return jn_base_no_memory(err);
  jn_base_free(map->context, list->slot, list->slots, sizeof *slot);
  list->slot = slot;
  list->slots = slots;
  for (size_t i = 0; i < list->count; i++) *locate(map, list, list->element[i]->id.bytes) = list->element[i];
  return JOURNEY_OK;
}

/* Those that follow without a gap are put again, for the free slot may have come before their own. */
static void forget(journey_map *map, jn_map_list *list, const journey_element *element) {
  size_t at = (size_t)(locate(map, list, element->id.bytes) - list->slot);
  list->slot[at] = NULL;
  while (list->slot[at = (at + 1) & (list->slots - 1)]) {
    journey_element *moved = list->slot[at];
    list->slot[at] = NULL;
    *locate(map, list, moved->id.bytes) = moved;
  }
}

/* ---- elements ----------------------------------------------------------------------------------------------------------- */

static journey_status append(journey_map *map, jn_map_list *list, journey_element *element, journey_error *err) {
  journey_status status = jn_base_grow(map->context, &list->element, &list->capacity, list->count + 1,
                                       sizeof *list->element, err);
  if (status == JOURNEY_OK) status = make_room(map, list, err);
  if (status != JOURNEY_OK) {
    jn_map_element_free(element);
    return status;
  }
  list->element[list->count++] = element;
  *locate(map, list, element->id.bytes) = element;
  return JOURNEY_OK;
}

static journey_status copy_list(journey_map *to, const journey_map *from, int k, journey_error *err) {
  for (size_t i = 0; i < from->list[k].count; i++) {
    journey_element *element;
    journey_status status = jn_map_element_copy(to, from->list[k].element[i], &element, err);
    if (status == JOURNEY_OK) status = append(to, &to->list[k], element, err);
    if (status != JOURNEY_OK) return status;
  }
  return JOURNEY_OK;
}

journey_status journey_map_copy(const journey_map *map, journey_map **out, journey_error *err) {
  journey_map *copy = jn_base_zalloc(map->context, 1, sizeof *copy);
  if (!copy) return jn_base_no_memory(err);
  copy->context = jn_base_context_ref(map->context);
  journey_status status = jn_map_element_copy(copy, map->root, &copy->root, err);
  for (int k = 0; status == JOURNEY_OK && k < JN_MAP_MOST_KINDS; k++) status = copy_list(copy, map, k, err);
  if (status == JOURNEY_OK) *out = copy;
  else journey_map_free(copy);
  return status;
}

/* An id is 1 to 128 bytes of UTF-8 without control characters. */
static bool is_id(const char *id) {
  size_t n = id ? strlen(id) : 0, bad;
  if (n == 0 || n > 128 || !jn_base_utf8(id, n, &bad)) return false;
  for (size_t i = 0; i < n; i++) {
    if ((unsigned char)id[i] < 0x20 || id[i] == 0x7f) return false;
  }
  return true;
}

journey_status journey_map_add(journey_map *map, const char *kind, const char *id, journey_element **out,
                               journey_error *err) {
  jn_map_list *list = jn_map_list_of(map, kind);
  journey_element *element;
  if (!list) return jn_base_fail(err, JOURNEY_ENOTFOUND, "there is no kind of element \"%s\"", kind ? kind : "");
  if (!is_id(id)) {
    return jn_base_fail(err, JOURNEY_EINVAL, "a %s's id must be 1 to 128 bytes without control characters, not \"%s\"",
                        kind, jn_base_quote(id ? id : "", id ? strlen(id) : 0).text);
  }
  if (journey_map_find(map, kind, id)) {
    return jn_base_fail(err, JOURNEY_EEXIST, "there is a %s \"%s\" already", kind, jn_base_quote(id, strlen(id)).text);
  }
  if (list->count == JN_MAP_MOST_ELEMENTS) {
    return jn_base_fail(err, JOURNEY_ELIMIT, "a map holds at most %d elements of a kind", JN_MAP_MOST_ELEMENTS);
  }
  journey_status status = jn_map_element_new(map, jn_map_kind_named(kind, strlen(kind)), id, &element, err);
  if (status == JOURNEY_OK) status = append(map, list, element, err);
  if (status == JOURNEY_OK && out) *out = element;
  return status;
}

void journey_map_remove(journey_map *map, journey_element *element) {
  jn_map_list *list = element ? jn_map_list_of(map, element->kind->name) : NULL;
  for (size_t i = 0; list && i < list->count; i++) {
    if (list->element[i] != element) continue;
    memmove(&list->element[i], &list->element[i + 1], (list->count - i - 1) * sizeof *list->element);
    list->count--;
    forget(map, list, element);
    jn_map_element_free(element);
    return;
  }
}

int64_t journey_map_count(const journey_map *map, const char *kind) {
  const jn_map_list *list = jn_map_list_of(map, kind);
  return list ? (int64_t)list->count : 0;
}

journey_element *journey_map_at(const journey_map *map, const char *kind, int64_t i) {
  const jn_map_list *list = jn_map_list_of(map, kind);
  return list && i >= 0 && (uint64_t)i < list->count ? list->element[i] : NULL;
}

journey_element *journey_map_find(const journey_map *map, const char *kind, const char *id) {
  const jn_map_list *list = jn_map_list_of(map, kind);
  return list && id && list->slots ? *locate(map, list, id) : NULL;
}
