/**
 * @file study.h
 * @brief A study lays a stream over a map, within a scope.
 */
#ifndef JOURNEY_STUDY_H
#define JOURNEY_STUDY_H

#include "journey/map.h"
#include "journey/stream.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** A stream, a map and a scope. Immutable, reference-counted, safe to read from many threads. */
typedef struct journey_study journey_study;

#define JOURNEY_PATHS_OF_CUSTOMERS 0 /**< A path is all that a customer did within the scope. */
#define JOURNEY_PATHS_OF_SESSIONS 1  /**< A path is one session of a customer. */

/**
 * The scope of a study. Zero means the default of a member. All texts are copied. Predicates are written as
 * docs/predicates.md says.
 *
 * Sessions are cut where a customer did nothing at all for longer than session_gap, whatever the scope leaves out; they
 * are numbered without gaps among those that have events in scope.
 */
typedef struct journey_study_options {
  uint32_t struct_size;  /**< sizeof(journey_study_options). */
  int32_t paths;         /**< JOURNEY_PATHS_OF_... */
  const char *where;     /**< Predicate that events must satisfy ("country=DE & value>=50"); NULL: all. */
  const char *customers; /**< Predicate of which a customer must have at least one event (any event of the stream); NULL: all. */
  const char *from;      /**< First time in scope, inclusive (ISO 8601 or epoch); NULL: none. */
  const char *to;        /**< End of the scope, exclusive; a date alone means its end of day; NULL: none. */
  const char *by;        /**< "persona", or an attribute, with ":first" (default) or ":last" touch in scope; NULL: one group. A name in quotation marks is always an attribute. */
  const char *zone;      /**< Zone of from, to and calendars that name none; NULL: UTC. */
  int64_t session_gap;   /**< Microseconds without events that end a session: the next one starts when the gap is greater; 0: 30 minutes. */
  double confidence;     /**< Level of all intervals, in (0, 1); 0: 0.95. */
} journey_study_options;

/**
 * @brief Lay a stream over a map.
 *
 * With `by` "persona" a customer is in the group of the first persona of the map whose rule holds for any of the
 * customer's events in the stream. With an attribute it is in that of the value that the first (or last) event in scope
 * has, of those that have one. Groups are in the map's order, or those of more customers first and then by name, and
 * what is left ("(unassigned)", "(none)") comes last; a group without customers in scope is left out.
 *
 * @param stream The stream; the study holds a reference.
 * @param map The map, copied; NULL for none: each event name is then a touchpoint of its own.
 * @param options The scope, or NULL.
 * @param[out] out The study; the caller gives it back with journey_study_free().
 * @param[out] err What went wrong; may be NULL. For a predicate, offset is the byte in its text.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EPARSE (a predicate, a time), JOURNEY_ENOTFOUND (an attribute, a zone),
 *         JOURNEY_EINVAL (options; a period that ends before it begins; personas without a map), JOURNEY_ELIMIT (more
 *         than 65535 groups, or 65534 touchpoints), JOURNEY_ECANCELLED.
 * @note Thread-safe; uses the context's threads. Time: linear in the events with `customers` or `by`; a predicate also
 *       takes time linear in the distinct values of the attributes it asks for; otherwise constant.
 * @since 0.1
 */
JOURNEY_API journey_status journey_study_new(journey_stream *stream, const journey_map *map,
                                             const journey_study_options *options, journey_study **out,
                                             journey_error *err);

/**
 * @brief Take another reference.
 * @param study The study.
 * @return The same study.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_study *journey_study_ref(journey_study *study);

/**
 * @brief Give up a reference.
 * @param study A study or NULL.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API void journey_study_free(journey_study *study);

/**
 * @brief Number of groups of the breakdown.
 * @param study The study.
 * @return At least 1.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API uint32_t journey_study_groups(const journey_study *study);

/**
 * @brief Name of a group: a persona's id, an attribute's value, "(unassigned)", "(none)", or "(all)" without breakdown.
 * @param study The study.
 * @param group From 0.
 * @return Borrowed from the study; NULL out of range.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API const char *journey_study_group(const journey_study *study, uint32_t group);

/**
 * @brief Findings on a map as those of journey_map_check(), and whether its step patterns and rules can be read.
 * @param map The map; no study can be made with it while a row is an error.
 * @param[out] out The findings, finished: severity, rule, kind, id, field, message; the caller frees the table.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK or JOURNEY_ENOMEM.
 * @note Safe from many threads while nobody changes the map.
 * @since 0.1
 */
JOURNEY_API journey_status journey_study_check_map(const journey_map *map, journey_table **out, journey_error *err);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
