/* The door of the room `metric`: the registry of calculators and the engine that feeds, merges and finishes them. */
#ifndef JN_METRIC_H
#define JN_METRIC_H

#include "base/base.h"
#include "journey/metric.h"

/* The calculator of that id, built in or registered; NULL when there is none. */
const journey_calculator *jn_metric_find(journey_context *context, const char *id);

/* As journey_measure(), over a given number of shards (0: as many as threads): for tests of the calculators' merge. */
journey_status jn_metric_measure(journey_study *study, const char *metric, const journey_setting *settings,
                                 size_t count, int64_t shards, journey_table **out, journey_error *err);

/* The built-in calculators, by id; NULL past the last. One line for each file in calc/. */
const journey_calculator *jn_metric_builtin(int32_t i);

#endif
