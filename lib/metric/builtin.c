/* The built-in calculators: a declaration and a line for each one in calc/, in order of their ids. */
#include "metric/metric.h"

extern const journey_calculator jn_metric_active;
extern const journey_calculator jn_metric_ces;
extern const journey_calculator jn_metric_conversion;
extern const journey_calculator jn_metric_csat;
extern const journey_calculator jn_metric_drivers;
extern const journey_calculator jn_metric_entries;
extern const journey_calculator jn_metric_friction;
extern const journey_calculator jn_metric_funnel;
extern const journey_calculator jn_metric_funnel_customers;
extern const journey_calculator jn_metric_funnel_times;
extern const journey_calculator jn_metric_impact;
extern const journey_calculator jn_metric_lifecycle;
extern const journey_calculator jn_metric_loops;
extern const journey_calculator jn_metric_match;
extern const journey_calculator jn_metric_match_customers;
extern const journey_calculator jn_metric_next;
extern const journey_calculator jn_metric_next_customers;
extern const journey_calculator jn_metric_nps;
extern const journey_calculator jn_metric_overlap;
extern const journey_calculator jn_metric_paths;
extern const journey_calculator jn_metric_retention;
extern const journey_calculator jn_metric_retention_steps;
extern const journey_calculator jn_metric_sessions;
extern const journey_calculator jn_metric_similar;
extern const journey_calculator jn_metric_step_matrix;
extern const journey_calculator jn_metric_steps;
extern const journey_calculator jn_metric_stickiness;
extern const journey_calculator jn_metric_summary;
extern const journey_calculator jn_metric_touchpoints;
extern const journey_calculator jn_metric_transitions;

static const journey_calculator *const builtin[] = {
    &jn_metric_active,
    &jn_metric_ces,
    &jn_metric_conversion,
    &jn_metric_csat,
    &jn_metric_drivers,
    &jn_metric_entries,
    &jn_metric_friction,
    &jn_metric_funnel,
    &jn_metric_funnel_customers,
    &jn_metric_funnel_times,
    &jn_metric_impact,
    &jn_metric_lifecycle,
    &jn_metric_loops,
    &jn_metric_match,
    &jn_metric_match_customers,
    &jn_metric_next,
    &jn_metric_next_customers,
    &jn_metric_nps,
    &jn_metric_overlap,
    &jn_metric_paths,
    &jn_metric_retention,
    &jn_metric_retention_steps,
    &jn_metric_sessions,
    &jn_metric_similar,
    &jn_metric_step_matrix,
    &jn_metric_steps,
    &jn_metric_stickiness,
    &jn_metric_summary,
    &jn_metric_touchpoints,
    &jn_metric_transitions,
};

const journey_calculator *jn_metric_builtin(int32_t i) {
  return i >= 0 && (size_t)i < sizeof builtin / sizeof *builtin ? builtin[i] : NULL;
}
