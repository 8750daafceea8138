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

/* For each element of the list the id of the one before it among those that both maps have; NULL for the first. */
static void find_places(const jn_map_list *list, const journey_map *other, const char **before) {
  const char *last = NULL;
  for (size_t i = 0; i < list->count; i++) {
    before[i] = last;
    if (find(other, list->element[i])) last = list->element[i]->id.bytes;
  }
}

static void compare_place(differ *d, const char *was, const char *is, const journey_element *y) {
  if (was == is || (was && is && strcmp(was, is) == 0)) return;
  d->before.length = d->after.length = 0;
  if (was) jn_base_text_put(&d->before, was);
  if (is) jn_base_text_put(&d->after, is);
  put_row(d, "moved", y, NULL, was != NULL, is != NULL);
}

static void compare_lists(differ *d, const journey_map *a, const journey_map *b, const jn_map_list *in_a,
                          const jn_map_list *in_b, const char **was, const char **is) {
  find_places(in_a, b, was);
  find_places(in_b, a, is);
  for (size_t i = 0; i < in_a->count; i++) {
    const journey_element *x = in_a->element[i];
    if (find(b, x)) continue;
    d->before.length = d->after.length = 0;
    put_row(d, "removed", x, NULL, false, false);
    compare_fields(d, "removed", x, NULL);
  }
  for (size_t i = 0; i < in_b->count; i++) {
    const journey_element *y = in_b->element[i], *x = find(a, y);
    size_t k = 0;
    while (x && in_a->element[k] != x) k++;
    d->before.length = d->after.length = 0;
    if (x) compare_place(d, was[k], is[i], y);
    else put_row(d, "added", y, NULL, false, false);
    compare_fields(d, x ? "changed" : "added", x, y);
  }
}

static journey_status compare_kind(differ *d, const journey_map *a, const journey_map *b, const jn_map_kind *kind,
                                   journey_error *err) {
  const jn_map_list *in_a = jn_map_list_of(a, kind->name), *in_b = jn_map_list_of(b, kind->name);
  if (!in_a || !in_b) return JOURNEY_OK;
  const char **was = jn_base_alloc(a->context, in_a->count, sizeof *was);
  const char **is = jn_base_alloc(a->context, in_b->count, sizeof *is);
  journey_status status = was && is ? JOURNEY_OK : jn_base_no_memory(err);
  if (status == JOURNEY_OK) compare_lists(d, a, b, in_a, in_b, was, is);
  jn_base_free(a->context, was, in_a->count, sizeof *was);
  jn_base_free(a->context, is, in_b->count, sizeof *is);
  return status;
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
  for (int32_t k = 0; status == JOURNEY_OK && (kind = jn_map_kind_at(k)) != NULL; k++) {
    status = compare_kind(&d, a, b, kind, err);
  }
  if (d.before.status != JOURNEY_OK || d.after.status != JOURNEY_OK) status = jn_base_no_memory(err);
  jn_base_text_clear(&d.before);
  jn_base_text_clear(&d.after);
  if (status == JOURNEY_OK) status = journey_table_finish(d.table, err);
  if (status == JOURNEY_OK) *out = d.table;
  else journey_table_free(d.table);
  return status;
}
