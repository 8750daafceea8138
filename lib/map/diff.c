/* What changes one map into another. An element is the same one when kind and id are equal; it has moved when another
 * element of its kind, present in both maps, comes before it now. Swapping the maps gives the inverse: "added" and
 * "removed" change places, "before" and "after" too. */
#include <string.h>

#include "map/internal.h"

typedef struct differ {
  journey_table *table;
  jn_base_text before, after;
} differ;

static void put_text_or_null(journey_table *table, const jn_base_text *text, bool set) {
  if (set) journey_table_put_text(table, text->length ? text->bytes : "", text->length);
  else journey_table_put_null(table);
}

static void put_row(differ *d, const char *change, const journey_element *element, const char *field, bool was,
                    bool is) {
  journey_table_put_text(d->table, change, SIZE_MAX);
  journey_table_put_text(d->table, journey_element_kind(element), SIZE_MAX);
  journey_table_put_text(d->table, journey_element_id(element), SIZE_MAX);
  if (field) journey_table_put_text(d->table, field, SIZE_MAX);
  else journey_table_put_null(d->table);
  put_text_or_null(d->table, &d->before, was);
  put_text_or_null(d->table, &d->after, is);
}

/* One row for each field that differs; a NULL side has no field set. */
static void compare_fields(differ *d, const char *change, const journey_element *a, const journey_element *b) {
  const journey_element *element = b ? b : a;
  for (int32_t i = 0; i < element->kind->fields; i++) {
    bool was = a && a->value[i].set, is = b && b->value[i].set;
    if (!was && !is) continue;
    if (a && b && jn_map_same_value(a, b, i)) continue;
    d->before.length = d->after.length = 0;
    if (was) jn_map_value_text(a, i, &d->before);
    if (is) jn_map_value_text(b, i, &d->after);
    put_row(d, change, element, element->kind->field[i].name, was, is);
  }
}

static const journey_element *find(const journey_map *map, const journey_element *like) {
  return journey_map_find(map, like->kind->name, like->id.bytes);
}

/* The element of `other` that comes before list->element[i] among those that both maps have; NULL for the first. */
static const char *id_before(const jn_map_list *list, size_t i, const journey_map *other) {
  while (i-- > 0) {
    if (find(other, list->element[i])) return list->element[i]->id.bytes;
  }
  return NULL;
}

static void compare_place(differ *d, const jn_map_list *in_a, const jn_map_list *in_b, const journey_element *x,
                          const journey_element *y) {
  size_t i = 0, k = 0;
  while (in_a->element[i] != x) i++;
  while (in_b->element[k] != y) k++;
  const char *was = id_before(in_a, i, y->map), *is = id_before(in_b, k, x->map);
  if (was == is || (was && is && strcmp(was, is) == 0)) return;
  d->before.length = d->after.length = 0;
  if (was) jn_base_text_put(&d->before, was);
  if (is) jn_base_text_put(&d->after, is);
  put_row(d, "moved", y, NULL, was != NULL, is != NULL);
}

static void compare_kind(differ *d, const journey_map *a, const journey_map *b, const jn_map_kind *kind) {
  const jn_map_list *in_a = jn_map_list_of(a, kind->name), *in_b = jn_map_list_of(b, kind->name);
  for (size_t i = 0; in_a && i < in_a->count; i++) {
    const journey_element *x = in_a->element[i];
    if (find(b, x)) continue;
    d->before.length = d->after.length = 0;
    put_row(d, "removed", x, NULL, false, false);
    compare_fields(d, "removed", x, NULL);
  }
  for (size_t i = 0; in_b && i < in_b->count; i++) {
    const journey_element *y = in_b->element[i], *x = find(a, y);
    d->before.length = d->after.length = 0;
    if (x) compare_place(d, in_a, in_b, x, y);
    else put_row(d, "added", y, NULL, false, false);
    compare_fields(d, x ? "changed" : "added", x, y);
  }
}

journey_status journey_map_diff(const journey_map *a, const journey_map *b, journey_table **out, journey_error *err) {
  static const char *const columns[] = {"change", "kind", "id", "field", "before", "after"};
  differ d;
  const jn_map_kind *kind;
  journey_status status = journey_table_new(a->context, "diff", &d.table, err);
  if (status != JOURNEY_OK) return status;
  jn_base_text_init(&d.before, a->context);
  jn_base_text_init(&d.after, a->context);
  for (int i = 0; i < 6; i++) journey_table_add_column(d.table, columns[i], JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  compare_fields(&d, "changed", a->root, b->root);
  for (int32_t k = 0; (kind = jn_map_kind_at(k)) != NULL; k++) compare_kind(&d, a, b, kind);
  if (d.before.status != JOURNEY_OK || d.after.status != JOURNEY_OK) status = jn_base_no_memory(err);
  jn_base_text_clear(&d.before);
  jn_base_text_clear(&d.after);
  if (status == JOURNEY_OK) status = journey_table_finish(d.table, err);
  if (status == JOURNEY_OK) *out = d.table;
  else journey_table_free(d.table);
  return status;
}
