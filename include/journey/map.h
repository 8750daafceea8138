/**
 * @file map.h
 * @brief The map: what a business believes about its customers' journeys.
 */
#ifndef JOURNEY_MAP_H
#define JOURNEY_MAP_H

#include "journey/base.h"
#include "journey/table.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** A map document: elements of several kinds, each kind in document order. Mutable, one owner. */
typedef struct journey_map journey_map;
/** An element of a map: anything that has an id. Lives as long as it is in its map. */
typedef struct journey_element journey_element;

#define JOURNEY_FIELD_TEXT 1   /**< One text. */
#define JOURNEY_FIELD_TEXTS 2  /**< A list of texts. */
#define JOURNEY_FIELD_NUMBER 3 /**< A number. */
#define JOURNEY_FIELD_FLAG 4   /**< True or false. */
#define JOURNEY_FIELD_CHOICE 5 /**< One of journey_field.choices. */
#define JOURNEY_FIELD_REF 6    /**< The id of an element of the kind journey_field.refers_to. */
#define JOURNEY_FIELD_REFS 7   /**< A list of such ids. */
#define JOURNEY_FIELD_STEP 8   /**< A step pattern that binds events ("cart|add_*", "purchase[value>=50]"). */
#define JOURNEY_FIELD_RULE 9   /**< A predicate over events ("segment=bargain & value>0"). */

#define JOURNEY_FIELD_REQUIRED 1u /**< Flag: an element without it is not valid. */

/** A field of a kind of element. Static. One such table drives JSON, validation, diff, drawing and the bindings. */
typedef struct journey_field {
  const char *name;      /**< "channel". */
  const char *help;      /**< One sentence without a full stop. */
  const char *choices;   /**< For CHOICE: "before|during|after"; otherwise NULL. */
  const char *refers_to; /**< For REF and REFS: a kind; otherwise NULL. */
  double minimum;        /**< For NUMBER. */
  double maximum;        /**< For NUMBER; minimum == maximum: no bounds. */
  int32_t type;          /**< JOURNEY_FIELD_... */
  uint32_t flags;        /**< JOURNEY_FIELD_REQUIRED. */
} journey_field;

/** Make an empty map. */
JOURNEY_API journey_status journey_map_new(journey_context *context, journey_map **out, journey_error *err);
/** Free a map and its elements. */
JOURNEY_API void journey_map_free(journey_map *map);
/** Make an equal map. */
JOURNEY_API journey_status journey_map_copy(const journey_map *map, journey_map **out, journey_error *err);

/** Fields of the map itself ("title", "description", "language") are those of this element, of kind "map". */
JOURNEY_API journey_element *journey_map_root(journey_map *map);
/** Add an element at the end of its kind. JOURNEY_EEXIST when the id is taken within the kind, JOURNEY_EINVAL for a bad id. */
JOURNEY_API journey_status journey_map_add(journey_map *map, const char *kind, const char *id, journey_element **out,
                                           journey_error *err);
/** Remove an element; references to it stay and are reported by journey_map_check(). */
JOURNEY_API void journey_map_remove(journey_map *map, journey_element *element);
/** Number of elements of a kind. */
JOURNEY_API int64_t journey_map_count(const journey_map *map, const char *kind);
/** The i-th element of a kind, or NULL. */
JOURNEY_API journey_element *journey_map_at(const journey_map *map, const char *kind, int64_t i);
/** The element of a kind with that id, or NULL. */
JOURNEY_API journey_element *journey_map_find(const journey_map *map, const char *kind, const char *id);

/** Kind of an element ("persona", "stage", "touchpoint", "map"). */
JOURNEY_API const char *journey_element_kind(const journey_element *element);
/** Id of an element. */
JOURNEY_API const char *journey_element_id(const journey_element *element);
/** Set a TEXT, CHOICE, REF, STEP or RULE field; NULL unsets. The value is checked against the field's table. */
JOURNEY_API journey_status journey_element_set_text(journey_element *element, const char *field, const char *text,
                                                    journey_error *err);
/** Append to a TEXTS or REFS field. */
JOURNEY_API journey_status journey_element_add_text(journey_element *element, const char *field, const char *text,
                                                    journey_error *err);
/** Set a NUMBER field, or a FLAG field (0 or 1); NaN unsets. */
JOURNEY_API journey_status journey_element_set_number(journey_element *element, const char *field, double number,
                                                      journey_error *err);
/** Unset any field. */
JOURNEY_API journey_status journey_element_unset(journey_element *element, const char *field, journey_error *err);
/** Whether a field is set (set to an empty text or list is set). */
JOURNEY_API int32_t journey_element_has(const journey_element *element, const char *field);
/** A TEXT, CHOICE, REF, STEP or RULE field; NULL when not set. Borrowed until it is changed. */
JOURNEY_API const char *journey_element_text(const journey_element *element, const char *field);
/** Number of items of a TEXTS or REFS field. */
JOURNEY_API int32_t journey_element_count(const journey_element *element, const char *field);
/** An item of a TEXTS or REFS field; NULL out of range. */
JOURNEY_API const char *journey_element_item(const journey_element *element, const char *field, int32_t i);
/** A NUMBER or FLAG field; NaN when not set. */
JOURNEY_API double journey_element_number(const journey_element *element, const char *field);

/** The i-th kind of element ("map", "persona", "stage", "touchpoint"); NULL past the last. */
JOURNEY_API const char *journey_map_kind(int32_t i);
/** The i-th field of a kind; NULL past the last or for an unknown kind. Static. */
JOURNEY_API const journey_field *journey_map_field(const char *kind, int32_t i);

/** Findings on a map: severity ("error", "warning", "hint"), rule, kind, id, field, message. No error rows: it is valid. */
JOURNEY_API journey_status journey_map_check(const journey_map *map, journey_table **out, journey_error *err);
/** What changes a into b: change ("added", "removed", "moved", "changed"), kind, id, field, before, after. */
JOURNEY_API journey_status journey_map_diff(const journey_map *a, const journey_map *b, journey_table **out,
                                            journey_error *err);

/** Name of the i-th built-in stage model ("classic-5" ...), with what it is; NULL past the last. */
JOURNEY_API const char *journey_stage_model(int32_t i, const char **help);
/** Add the stages of a built-in model to a map. */
JOURNEY_API journey_status journey_map_add_stage_model(journey_map *map, const char *model, journey_error *err);

/** Read a map document in JSON; row and offset of err say where, the message gives the path inside the document. */
JOURNEY_API journey_status journey_map_read_json(journey_context *context, const char *bytes, size_t n,
                                                 journey_map **out, journey_error *err);
/** Read a map document from a file. */
JOURNEY_API journey_status journey_map_read_file(journey_context *context, const char *path, journey_map **out,
                                                 journey_error *err);
/** Write a map document in JSON: two spaces of indent, fields in the order of their tables, unknown fields kept. */
JOURNEY_API journey_status journey_map_write_json(const journey_map *map, journey_write write, void *user,
                                                  journey_error *err);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
