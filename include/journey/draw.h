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

/** Draw a map: persona header, stages, touchpoints with channels, believed and measured emotion, measured numbers.
 *  `touchpoints` is the result of the metric "touchpoints" over a study with this map, or NULL. */
JOURNEY_API journey_status journey_draw_map(const journey_map *map, const journey_table *touchpoints,
                                            const journey_draw_options *options, journey_write write, void *user,
                                            journey_error *err);
/** Draw the result of the metric "funnel". */
JOURNEY_API journey_status journey_draw_funnel(const journey_table *funnel, const journey_draw_options *options,
                                               journey_write write, void *user, journey_error *err);
/** Draw the result of the metric "steps" as a step-indexed flow (a Sankey diagram). */
JOURNEY_API journey_status journey_draw_flow(const journey_table *steps, const journey_draw_options *options,
                                             journey_write write, void *user, journey_error *err);
/** Draw the result of the metric "retention" as a heat map. */
JOURNEY_API journey_status journey_draw_retention(const journey_table *retention, const journey_draw_options *options,
                                                  journey_write write, void *user, journey_error *err);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
