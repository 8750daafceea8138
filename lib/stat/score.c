/* Intervals of means and of net promoter scores. */
#include <math.h>

#include "stat/stat.h"

jn_stat_interval jn_stat_mean_t(int64_t n, double mean, double sd, double confidence) {
  if (n < 1 || !(confidence > 0 && confidence < 1)) return (jn_stat_interval){NAN, NAN, NAN};
  if (n == 1) return (jn_stat_interval){mean, NAN, NAN};
  double t = -jn_stat_student_quantile(0.5 * (1 - confidence), (double)(n - 1));
  double half = t * sd / sqrt((double)n);
  return (jn_stat_interval){mean, mean - half, mean + half};
}

/* Share of promoters less that of detractors, and its standard error, from counts that need not be whole. */
typedef struct balance {
  double score, se;
} balance;

/* An answer counts -1, 0 or 1, so its variance is p + d - (p - d)^2; written without cancellation as
 * p (1 - p) + d (1 - d) + 2 p d. */
static balance weigh_answers(double detractors, double passives, double promoters) {
  double n = detractors + passives + promoters, p = promoters / n, d = detractors / n;
  double variance = p * ((passives + detractors) / n) + d * ((passives + promoters) / n) + 2 * p * d;
  return (balance){100 * ((promoters - detractors) / n), 100 * sqrt(variance / n)};
}

static bool count_answers(jn_stat_nps_counts c, int64_t *n) {
  return c.detractors >= 0 && c.passives >= 0 && c.promoters >= 0 &&
         !__builtin_add_overflow(c.detractors, c.passives, n) && !__builtin_add_overflow(*n, c.promoters, n) && *n > 0;
}

/* B. Rocks, "Interval estimation for the Net Promoter Score", The American Statistician 70 (2016) 365-372: adds three
 * answers, 3/4 detractor, 3/2 passive, 3/4 promoter. */
jn_stat_nps_result jn_stat_nps(jn_stat_nps_counts counts, double confidence) {
  int64_t n = 0;
  const jn_stat_interval none = {NAN, NAN, NAN};
  double z = jn_stat_normal_z(confidence);
  if (!count_answers(counts, &n) || isnan(z)) return (jn_stat_nps_result){0, NAN, NAN, none, none};
  double d = (double)counts.detractors, s = (double)counts.passives, p = (double)counts.promoters;
  balance seen = weigh_answers(d, s, p), more = weigh_answers(d + 0.75, s + 1.5, p + 0.75);
  double half = z * seen.se, half_more = z * more.se;
  return (jn_stat_nps_result){n,
                              seen.score,
                              seen.se,
                              {seen.score, seen.score - half, seen.score + half},
                              {seen.score, fmax(more.score - half_more, -100), fmin(more.score + half_more, 100)}};
}

jn_stat_test jn_stat_nps_difference(jn_stat_nps_counts a, jn_stat_nps_counts b) {
  int64_t n;
  if (!count_answers(a, &n) || !count_answers(b, &n)) return (jn_stat_test){NAN, NAN, NAN, NAN, NAN};
  balance one = weigh_answers((double)a.detractors, (double)a.passives, (double)a.promoters);
  balance two = weigh_answers((double)b.detractors, (double)b.passives, (double)b.promoters);
  double difference = one.score - two.score, se = hypot(one.se, two.se);
  double z = se > 0 ? difference / se : NAN;
  return (jn_stat_test){difference, se, z, jn_stat_normal_p(z), NAN};
}
