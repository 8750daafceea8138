/**
 * @file metric.h
 * @brief Measuring: metrics by name, their options, plug-ins, partial states.
 */
#ifndef JOURNEY_METRIC_H
#define JOURNEY_METRIC_H

#include "journey/study.h"
#include "journey/table.h"
#include "journey_plugin.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** An option's value, as text: what a person would type. */
typedef struct journey_setting {
  const char *name;  /**< Name of the option, "_" or "-" between words. */
  const char *value; /**< Its value. */
} journey_setting;

/** A growing piece of bytes that the library fills and the caller frees with journey_bytes_free(). */
typedef struct journey_bytes {
  uint8_t *data; /**< The bytes. */
  size_t size;   /**< How many. */
  void *owner;   /**< Private. */
} journey_bytes;

/**
 * @brief Measure a metric over a study.
 * @param study The study.
 * @param metric Its id ("funnel").
 * @param settings Values of options; those not named have their defaults. May be NULL.
 * @param count How many settings.
 * @param[out] out The result, finished; the caller gives it back with journey_table_free().
 * @param[out] err What went wrong; may be NULL. An unknown option's message lists those there are.
 * @return JOURNEY_OK, JOURNEY_ENOTFOUND (metric, option, attribute), JOURNEY_EINVAL (a value), JOURNEY_EPARSE (steps),
 *         JOURNEY_ENOMEM, JOURNEY_ELIMIT, JOURNEY_ECANCELLED, JOURNEY_EUSER, or what a plug-in returned.
 * @note Thread-safe; uses the context's threads. Time: as the metric says, most are linear in the events.
 * @since 0.1
 */
JOURNEY_API journey_status journey_measure(journey_study *study, const char *metric, const journey_setting *settings,
                                           size_t count, journey_table **out, journey_error *err);

/**
 * @brief Measure, but stop before the end: the partial state of this study, to be joined elsewhere.
 * @param study The study; customers of several studies that are joined must be distinct.
 * @param metric The metric's id.
 * @param settings As for journey_measure(); they become part of the state.
 * @param count How many settings.
 * @param[out] out The state: the same bytes on every machine. Free it with journey_bytes_free().
 * @param[out] err What went wrong; may be NULL.
 * @return As for journey_measure().
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_measure_partial(journey_study *study, const char *metric,
                                                   const journey_setting *settings, size_t count, journey_bytes *out,
                                                   journey_error *err);

/**
 * @brief Join partial states, in the order given, and finish.
 * @param context The context.
 * @param states The states, of one metric with equal settings and scope.
 * @param count How many; at least 1.
 * @param[out] out The result; the caller gives it back with journey_table_free().
 * @param[out] err What went wrong; may be NULL; row is the state's number from 1.
 * @return JOURNEY_OK, JOURNEY_ESTATE (hostile or unequal states), and as for journey_measure().
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_measure_join(journey_context *context, const journey_bytes *states, size_t count,
                                                journey_table **out, journey_error *err);

/**
 * @brief Free what a function filled.
 * @param bytes The bytes, or NULL; emptied.
 * @since 0.1
 */
JOURNEY_API void journey_bytes_free(journey_bytes *bytes);

/**
 * @brief Register a calculator of the application's own.
 * @param context The context; register before it is shared by threads.
 * @param calculator Static; must outlive the context.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (the table is incomplete), JOURNEY_EUNSUPPORTED (a newer revision), JOURNEY_EEXIST,
 *         JOURNEY_ENOMEM.
 * @since 0.1
 */
JOURNEY_API journey_status journey_register(journey_context *context, const journey_calculator *calculator,
                                            journey_error *err);

/**
 * @brief Load a shared object and register its calculators.
 * @param context The context; the object stays loaded as long as the context lives.
 * @param path Path of the shared object.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EIO (the loader's message), and as for journey_register().
 * @since 0.1
 */
JOURNEY_API journey_status journey_load_plugin(journey_context *context, const char *path, journey_error *err);

/**
 * @brief The i-th calculator that a context knows: built-in ones by name, then registered ones.
 * @param context The context.
 * @param i From 0.
 * @return The calculator; NULL past the last.
 * @note Thread-safe once registration has ended.
 * @since 0.1
 */
JOURNEY_API const journey_calculator *journey_metric(journey_context *context, int32_t i);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
