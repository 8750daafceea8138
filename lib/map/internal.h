/* What the files of the room `map` share: how a map and its elements lie in memory. */
#ifndef JN_MAP_INTERNAL_H
#define JN_MAP_INTERNAL_H

#include "map/map.h"

/* A text in memory of the context; bytes is NULL for none. */
typedef struct jn_map_text {
  char *bytes;
  size_t length;
} jn_map_text;

/* The value of a field: a text, a list of texts, or a number, as the field's type says. */
typedef struct jn_map_value {
  bool set;
  jn_map_text text;
  jn_map_text *item;
  size_t items, capacity;
  double number;
} jn_map_value;

typedef struct jn_map_unknown {
  jn_map_text name, json;
} jn_map_unknown;

struct journey_element {
  journey_map *map;
  const jn_map_kind *kind;
  jn_map_text id;
  jn_map_value *value; /* by field */
  jn_map_unknown *unknown;
  size_t unknowns, unknown_capacity;
};

/* The elements of one kind, in document order, and by id. */
typedef struct jn_map_list {
  journey_element **element;
  size_t count, capacity;
  journey_element **slot; /* open addressing by id; the number of slots is 0 or a power of two */
  size_t slots;
} jn_map_list;

enum { JN_MAP_MOST_KINDS = 32, JN_MAP_MOST_ELEMENTS = 16384 };

struct journey_map {
  journey_context *context;
  journey_element *root;
  jn_map_list list[JN_MAP_MOST_KINDS]; /* by kind */
};

journey_status jn_map_element_new(journey_map *map, const jn_map_kind *kind, const char *id, journey_element **out,
                                  journey_error *err);
void jn_map_element_free(journey_element *element);
journey_status jn_map_element_copy(journey_map *map, const journey_element *from, journey_element **out,
                                   journey_error *err);
jn_map_list *jn_map_list_of(const journey_map *map, const char *kind);

#endif
