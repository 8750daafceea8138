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
  int32_t width;        /**< In pixels; 0: as the content needs, about 960. */
  const char *title;    /**< NULL: from the content. */
  const char *persona;  /**< For a map: id of the persona in the header; NULL: all of them. */
} journey_draw_options;

/**
 * @brief Draw a map: persona header, stages, touchpoints with channels, measured numbers, emotion believed and measured.
 * @param map The map.
 * @param touchpoints Result of the metric "touchpoints" over a study with this map, or NULL.
 * @param options How, or NULL.
 * @param write Receives the SVG.
 * @param user Handed to write.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (options, a column that is missing), JOURNEY_ENOTFOUND (persona), JOURNEY_ENOMEM, or what write returned.
 * @note Thread-safe while nobody changes the map. Time: linear in what is drawn.
 * @since 0.1
 */
JOURNEY_API journey_status journey_draw_map(const journey_map *map, const journey_table *touchpoints,
                                            const journey_draw_options *options, journey_write write, void *user,
                                            journey_error *err);
/**
 * @brief Draw the result of the metric "funnel"; of a breakdown, its first group.
 * @param funnel The table.
 * @param options How, or NULL.
 * @param write Receives the SVG.
 * @param user Handed to write.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (options, a column that is missing), JOURNEY_ENOMEM, or what write returned.
 * @note Thread-safe while nobody changes the map. Time: linear in what is drawn.
 * @since 0.1
 */
JOURNEY_API journey_status journey_draw_funnel(const journey_table *funnel, const journey_draw_options *options,
                                               journey_write write, void *user, journey_error *err);
/**
 * @brief Draw the result of the metric "steps" as a step-indexed flow (a Sankey diagram); of a breakdown, its first group.
 * @param steps The table.
 * @param options How, or NULL.
 * @param write Receives the SVG.
 * @param user Handed to write.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (options, a column that is missing), JOURNEY_ENOMEM, or what write returned.
 * @note Thread-safe while nobody changes the map. Time: linear in what is drawn.
 * @since 0.1
 */
JOURNEY_API journey_status journey_draw_flow(const journey_table *steps, const journey_draw_options *options,
                                             journey_write write, void *user, journey_error *err);
/**
 * @brief Draw the result of the metric "retention" as a heat map; of a breakdown, its first group.
 * @param retention The table.
 * @param options How, or NULL.
 * @param write Receives the SVG.
 * @param user Handed to write.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (options, a column that is missing), JOURNEY_ENOMEM, or what write returned.
 * @note Thread-safe while nobody changes the map. Time: linear in what is drawn.
 * @since 0.1
 */
JOURNEY_API journey_status journey_draw_retention(const journey_table *retention, const journey_draw_options *options,
                                                  journey_write write, void *user, journey_error *err);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
