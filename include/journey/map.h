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

/**
 * @brief Make an empty map.
 * @param context Where memory comes from.
 * @param[out] out The map; the caller frees it with journey_map_free().
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK or JOURNEY_ENOMEM.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_map_new(journey_context *context, journey_map **out, journey_error *err);
/**
 * @brief Free a map and its elements.
 * @param map A map or NULL.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API void journey_map_free(journey_map *map);
/**
 * @brief Make an equal map.
 * @param map The map.
 * @param[out] out The copy; the caller frees it.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK or JOURNEY_ENOMEM.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API journey_status journey_map_copy(const journey_map *map, journey_map **out, journey_error *err);

/**
 * @brief The map itself as an element, of kind "map": its fields are "title", "description", "language" and others.
 * @param map The map.
 * @return Borrowed from the map; never NULL.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API journey_element *journey_map_root(journey_map *map);
/**
 * @brief Add an element at the end of its kind.
 * @param map The map.
 * @param kind "persona", "stage", "touchpoint".
 * @param id 1 to 128 bytes of UTF-8 without control characters, unique within the kind; copied.
 * @param[out] out The element, borrowed from the map; may be NULL.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOTFOUND (kind), JOURNEY_EINVAL (id), JOURNEY_EEXIST, JOURNEY_ELIMIT (16384 of a kind), JOURNEY_ENOMEM.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API journey_status journey_map_add(journey_map *map, const char *kind, const char *id, journey_element **out,
                                           journey_error *err);
/**
 * @brief Remove an element; references to it stay and are reported by journey_map_check().
 * @param map The map.
 * @param element An element of this map, or NULL; gone afterwards.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API void journey_map_remove(journey_map *map, journey_element *element);
/**
 * @brief Number of elements of a kind.
 * @param map The map.
 * @param kind "persona", "stage", "touchpoint".
 * @return 0 or more; 0 for an unknown kind.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API int64_t journey_map_count(const journey_map *map, const char *kind);
/**
 * @brief The i-th element of a kind, in document order.
 * @param map The map.
 * @param kind "persona", "stage", "touchpoint".
 * @param i From 0.
 * @return Borrowed from the map; NULL out of range.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API journey_element *journey_map_at(const journey_map *map, const char *kind, int64_t i);
/**
 * @brief The element of a kind with an id.
 * @param map The map.
 * @param kind "persona", "stage", "touchpoint".
 * @param id The id.
 * @return Borrowed from the map; NULL when there is none.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API journey_element *journey_map_find(const journey_map *map, const char *kind, const char *id);

/**
 * @brief Kind of an element.
 * @param element The element.
 * @return "persona", "stage", "touchpoint" or "map"; static.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API const char *journey_element_kind(const journey_element *element);
/**
 * @brief Id of an element.
 * @param element The element.
 * @return Borrowed from the element; "" for the map itself.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API const char *journey_element_id(const journey_element *element);
/**
 * @brief Set a TEXT, CHOICE, REF, STEP or RULE field.
 * @param element The element.
 * @param field Name of the field.
 * @param text UTF-8, copied, checked against the field's table; NULL unsets.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOTFOUND (field), JOURNEY_EINVAL (type or value), JOURNEY_ENOMEM.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API journey_status journey_element_set_text(journey_element *element, const char *field, const char *text,
                                                    journey_error *err);
/**
 * @brief Append to a TEXTS or REFS field.
 * @param element The element.
 * @param field Name of the field.
 * @param text UTF-8, copied; NULL makes the field an empty list if it is not set.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOTFOUND (field), JOURNEY_EINVAL (type or value), JOURNEY_ENOMEM.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API journey_status journey_element_add_text(journey_element *element, const char *field, const char *text,
                                                    journey_error *err);
/**
 * @brief Set a NUMBER or FLAG field.
 * @param element The element.
 * @param field Name of the field.
 * @param number Within the field's bounds; 0 or 1 for a FLAG; NaN unsets.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOTFOUND (field), JOURNEY_EINVAL (type or value).
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API journey_status journey_element_set_number(journey_element *element, const char *field, double number,
                                                      journey_error *err);
/**
 * @brief Unset a field of any type.
 * @param element The element.
 * @param field Name of the field.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK or JOURNEY_ENOTFOUND (field).
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API journey_status journey_element_unset(journey_element *element, const char *field, journey_error *err);
/**
 * @brief Whether a field is set; an empty text or list is set.
 * @param element The element.
 * @param field Name of the field.
 * @return 1 when set, else 0.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API int32_t journey_element_has(const journey_element *element, const char *field);
/**
 * @brief A TEXT, CHOICE, REF, STEP or RULE field.
 * @param element The element.
 * @param field Name of the field.
 * @return Borrowed until the field is changed; NULL when not set or of another type.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API const char *journey_element_text(const journey_element *element, const char *field);
/**
 * @brief Number of items of a TEXTS or REFS field.
 * @param element The element.
 * @param field Name of the field.
 * @return 0 when not set or of another type.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API int32_t journey_element_count(const journey_element *element, const char *field);
/**
 * @brief An item of a TEXTS or REFS field.
 * @param element The element.
 * @param field Name of the field.
 * @param i From 0.
 * @return Borrowed until the field is changed; NULL out of range.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API const char *journey_element_item(const journey_element *element, const char *field, int32_t i);
/**
 * @brief A NUMBER or FLAG field.
 * @param element The element.
 * @param field Name of the field.
 * @return NaN when not set or of another type.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API double journey_element_number(const journey_element *element, const char *field);

/**
 * @brief The i-th kind of element: "map", "persona", "stage", "touchpoint".
 * @param i From 0.
 * @return Static; NULL past the last.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API const char *journey_map_kind(int32_t i);
/**
 * @brief The i-th field of a kind.
 * @param kind A kind.
 * @param i From 0.
 * @return Static; NULL past the last, or for an unknown kind.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API const journey_field *journey_map_field(const char *kind, int32_t i);

/**
 * @brief Findings on a map: severity ("error", "warning", "hint"), rule, kind, id, field, message.
 * @param map The map; valid when no row is an error.
 * @param[out] out The findings, finished; the caller frees the table.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK or JOURNEY_ENOMEM.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API journey_status journey_map_check(const journey_map *map, journey_table **out, journey_error *err);
/**
 * @brief What changes one map into another: change ("added", "removed", "moved", "changed"), kind, id, field, before, after.
 * @param a The map before.
 * @param b The map after.
 * @param[out] out The changes, finished; the caller frees the table. Those from b to a are the inverse.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK or JOURNEY_ENOMEM.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API journey_status journey_map_diff(const journey_map *a, const journey_map *b, journey_table **out,
                                            journey_error *err);

/**
 * @brief The i-th built-in stage model.
 * @param i From 0.
 * @param[out] help What it is; may be NULL.
 * @return Its name, static; NULL past the last.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API const char *journey_stage_model(int32_t i, const char **help);
/**
 * @brief Add the stages of a built-in model to a map: all of them, or none on failure.
 * @param map The map.
 * @param model Name of the model.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOTFOUND (model), JOURNEY_EEXIST (a stage id is taken), JOURNEY_ENOMEM.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API journey_status journey_map_add_stage_model(journey_map *map, const char *model, journey_error *err);

/**
 * @brief Read a map document in JSON.
 * @param context Where memory comes from.
 * @param bytes The document.
 * @param n Its bytes.
 * @param[out] out The map; the caller frees it.
 * @param[out] err row is the line, offset the byte; the message gives the path inside the document. May be NULL.
 * @return JOURNEY_OK, JOURNEY_EPARSE, JOURNEY_EUNSUPPORTED (a newer format), JOURNEY_ENOMEM.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_map_read_json(journey_context *context, const char *bytes, size_t n,
                                                 journey_map **out, journey_error *err);
/**
 * @brief Read a map document from a file.
 * @param context Where memory comes from.
 * @param path The file; "-" is standard input.
 * @param[out] out The map; the caller frees it.
 * @param[out] err As for journey_map_read_json(); may be NULL.
 * @return As for journey_map_read_json(), JOURNEY_EIO, JOURNEY_ELIMIT (larger than 256 MiB).
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_map_read_file(journey_context *context, const char *path, journey_map **out,
                                                 journey_error *err);
/**
 * @brief Write a map document in JSON: two spaces of indent, fields in the order of their tables, unknown fields kept.
 * @param map The map.
 * @param write Receives the bytes.
 * @param user Handed to write.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, or what write returned.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API journey_status journey_map_write_json(const journey_map *map, journey_write write, void *user,
                                                  journey_error *err);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
