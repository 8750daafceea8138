/* The built-in calculators: a declaration and a line for each one in calc/, in order of their ids. */
#include "metric/metric.h"

extern const journey_calculator jn_metric_ces, jn_metric_conversion, jn_metric_csat, jn_metric_friction,
    jn_metric_funnel, jn_metric_funnel_customers, jn_metric_nps, jn_metric_paths, jn_metric_retention, jn_metric_steps,
    jn_metric_summary, jn_metric_touchpoints, jn_metric_transitions;

static const journey_calculator *const builtin[] = {
    &jn_metric_ces,       &jn_metric_conversion, &jn_metric_csat,        &jn_metric_friction,
    &jn_metric_funnel,    &jn_metric_funnel_customers,
    &jn_metric_nps,       &jn_metric_paths,      &jn_metric_retention,   &jn_metric_steps,  &jn_metric_summary,
    &jn_metric_touchpoints, &jn_metric_transitions,
};

const journey_calculator *jn_metric_builtin(int32_t i) {
  return i >= 0 && (size_t)i < sizeof builtin / sizeof *builtin ? builtin[i] : NULL;
}
