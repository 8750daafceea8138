/**
 * @file draw.h
 * @brief Pictures as SVG: the map, a funnel, a flow, a heat map.
 *
 * Every picture is one well-formed SVG document without outside references, with a title and a description for screen
 * readers, readable on light and on dark ground (prefers-color-scheme).
 */
#ifndef JOURNEY_DRAW_H
#define JOURNEY_DRAW_H

#include "journey/map.h"
#include "journey/table.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** How a picture is drawn. Zero means the default of a member. */
typedef struct journey_draw_options {
  uint32_t struct_size; /**< sizeof(journey_draw_options). */
  int32_t width;        /**< In pixels, at least what the content needs; 0: as the content needs, about 960. */
  const char *title;    /**< Heading of the picture; NULL: from the content; "": none, for a page with its own. */
  const char *persona;  /**< For a map: id of the persona in the header; NULL: all of them. */
} journey_draw_options;

/**
 * @brief Draw a map: personas, stages, touchpoints with channels, the emotion believed and measured, measured numbers.
 * @param map The map.
 * @param touchpoints Result of the metric "touchpoints" over a study with this map, or NULL: only what is believed.
 * @param options How it is drawn, or NULL.
 * @param write Receives the picture.
 * @param user Handed to write.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (the table lacks a column), JOURNEY_ENOTFOUND (the persona), or what
 *         write returned.
 * @note Thread-safe while nobody changes the map. Time: linear in the map and the table.
 * @since 0.1
 */
JOURNEY_API journey_status journey_draw_map(const journey_map *map, const journey_table *touchpoints,
                                            const journey_draw_options *options, journey_write write, void *user,
                                            journey_error *err);

/**
 * @brief Draw the result of the metric "funnel": of several groups the first one, and at most 64 steps.
 * @param funnel The table.
 * @param options How it is drawn, or NULL.
 * @param write Receives the picture.
 * @param user Handed to write.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (the table lacks a column), or what write returned.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_draw_funnel(const journey_table *funnel, const journey_draw_options *options,
                                               journey_write write, void *user, journey_error *err);

/**
 * @brief Draw the result of the metric "steps" as a step-indexed flow (a Sankey diagram): of several groups the first
 *        one, and at most 12 positions.
 * @param steps The table.
 * @param options How it is drawn, or NULL.
 * @param write Receives the picture.
 * @param user Handed to write.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (the table lacks a column), JOURNEY_ELIMIT (more than 1000 nodes),
 *         or what write returned.
 * @note Thread-safe. Time: rows times nodes.
 * @since 0.1
 */
JOURNEY_API journey_status journey_draw_flow(const journey_table *steps, const journey_draw_options *options,
                                             journey_write write, void *user, journey_error *err);

/**
 * @brief Draw the result of the metric "retention" as a heat map: of several groups the first one, at most 400 cohorts
 *        and 60 periods.
 * @param retention The table.
 * @param options How it is drawn, or NULL.
 * @param write Receives the picture.
 * @param user Handed to write.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (the table lacks a column), or what write returned.
 * @note Thread-safe. Time: linear in the table.
 * @since 0.1
 */
JOURNEY_API journey_status journey_draw_retention(const journey_table *retention, const journey_draw_options *options,
                                                  journey_write write, void *user, journey_error *err);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
