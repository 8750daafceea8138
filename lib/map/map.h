/* The door of the room `map`: what a business believes. Elements are described by field tables (kinds.c), and
 * everything that handles elements reads those: setting and getting, validation, JSON, diff, drawing, bindings. A new
 * kind of element is a new table. */
#ifndef JN_MAP_H
#define JN_MAP_H

#include <stdbool.h>

#include "base/base.h"
#include "journey/map.h"

/* A kind of element. Its list in a document is named `plural`; the map itself is a kind too, without a list. */
typedef struct jn_map_kind {
  const char *name, *plural;
  const journey_field *field;
  int32_t fields;
} jn_map_kind;

const jn_map_kind *jn_map_kind_at(int32_t i);
const jn_map_kind *jn_map_kind_named(const char *name, size_t n);  /* "persona"; NULL for none */
const jn_map_kind *jn_map_kind_plural(const char *name, size_t n); /* "personas"; NULL for none */
int32_t jn_map_field_index(const jn_map_kind *kind, const char *name, size_t n); /* -1 for none */

journey_context *jn_map_context(const journey_map *map);
const jn_map_kind *jn_map_element_kind(const journey_element *element);

/* Members of a document that this version does not know, kept as raw JSON in their order. */
journey_status jn_map_keep(journey_element *element, const char *name, size_t n, const char *json, size_t length,
                           journey_error *err);
int32_t jn_map_kept_count(const journey_element *element);
const char *jn_map_kept(const journey_element *element, int32_t i, const char **json);

/* Whether two elements of one kind have equal values in field i. */
bool jn_map_same_value(const journey_element *a, const journey_element *b, int32_t i);
/* The value of field i as text, lists joined by "; ": for diffs and pictures. Nothing when it is not set. */
void jn_map_value_text(const journey_element *element, int32_t i, jn_base_text *out);

#endif
