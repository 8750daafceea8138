/**
 * @file report.h
 * @brief One self-contained HTML page out of a study.
 */
#ifndef JOURNEY_REPORT_H
#define JOURNEY_REPORT_H

#include "journey/study.h"
#include "journey/table.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** What a report holds. Zero means the default of a member. */
typedef struct journey_report_options {
  uint32_t struct_size; /**< sizeof(journey_report_options). */
  int32_t reserved;     /**< 0. */
  const char *title;    /**< NULL: the map's title, or "Customer journeys". */
  const char *source;   /**< What the events came from, for the foot of the page; NULL: nothing. */
  const char *steps;    /**< Steps of the funnel; NULL: "auto". */
} journey_report_options;

/**
 * @brief Measure what matters and write it as one HTML file without any outside reference.
 * @param study The study.
 * @param options What it holds, or NULL.
 * @param write Receives the bytes.
 * @param user Handed to write.
 * @param[out] summary The findings and key numbers as a table (finding, number, detail), or NULL where not wanted.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, what write returned, and as for journey_measure().
 * @note Thread-safe; uses the context's threads.
 * @since 0.1
 */
JOURNEY_API journey_status journey_report_write(journey_study *study, const journey_report_options *options,
                                                journey_write write, void *user, journey_table **summary,
                                                journey_error *err);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
