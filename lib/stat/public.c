/* The public functions of include/journey/stat.h: they check their arguments and say what is wrong. */
#include <math.h>

#include "base/base.h"
#include "stat/stat.h"

/* The confidence is written in whole millionths: printf's %g depends on the locale. */
static journey_status check_confidence(double confidence, journey_error *err) {
  if (confidence > 0 && confidence < 1) return JOURNEY_OK;
  if (!(fabs(confidence) < 1e9)) return jn_base_fail(err, JOURNEY_EINVAL, "confidence is not a number between 0 and 1");
  long long millionths = llround(fabs(confidence) * 1e6);
  return jn_base_fail(err, JOURNEY_EINVAL,
                      "confidence is %s%lld.%06lld, expected a number between 0 and 1, such as 0.95",
                      confidence < 0 ? "-" : "", millionths / 1000000, millionths % 1000000);
}

static journey_status check_share(int64_t x, int64_t n, journey_error *err) {
  if (n >= 0 && x >= 0 && x <= n) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_EINVAL, "%lld successes of %lld trials: expected 0 <= successes <= trials",
                      (long long)x, (long long)n);
}

journey_status journey_stat_wilson(int64_t x, int64_t n, double confidence, journey_interval *out, journey_error *err) {
  journey_status status = check_share(x, n, err);
  if (!status) status = check_confidence(confidence, err);
  if (!status) *out = jn_stat_wilson(x, n, confidence);
  return status;
}

journey_status journey_stat_newcombe(int64_t x1, int64_t n1, int64_t x2, int64_t n2, double confidence,
                                     journey_interval *out, journey_error *err) {
  journey_status status = check_share(x1, n1, err);
  if (!status) status = check_share(x2, n2, err);
  if (!status) status = check_confidence(confidence, err);
  if (!status) *out = jn_stat_newcombe(x1, n1, x2, n2, confidence);
  return status;
}

journey_status journey_stat_mean(const double *values, int64_t n, double confidence, journey_interval *out,
                                 journey_error *err) {
  if (n < 0) return jn_base_fail(err, JOURNEY_EINVAL, "%lld values", (long long)n);
  journey_status status = check_confidence(confidence, err);
  if (status) return status;
  jn_stat_sum sum = {{0}}, squares = {{0}};
  int64_t present = jn_stat_sum_add_values(&sum, &squares, values, (size_t)n);
  *out = jn_stat_mean_interval(present, &sum, &squares, confidence);
  return JOURNEY_OK;
}
