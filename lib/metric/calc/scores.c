/* csat, nps, ces: answers to survey questions, which are events with a value. All three count how often each answer of
 * the scale was given; every number of the results follows from these counts, exactly. */
#include <string.h>

#include "journey_plugin.h"

enum { MOST_ANSWER = 10 };

#define PER                                                                                                            \
  {                                                                                                                    \
    .name = "per", .value = "all", .type = JOURNEY_OPTION_CHOICE, .choices = "all|event|touchpoint",                   \
    .help = "One row for all answers, or one for each event name or touchpoint that has any"                           \
  }

static const journey_option csat_options[] = {
    {.name = "answers", .value = "*csat*", .type = JOURNEY_OPTION_STEP, .help = "Events whose value is an answer"},
    {.name = "scale",
     .value = "5",
     .type = JOURNEY_OPTION_INT,
     .minimum = 2,
     .maximum = 10,
     .help = "Best answer of the scale, which begins at 1"},
    PER,
};

static const journey_option nps_options[] = {
    {.name = "answers", .value = "*nps*", .type = JOURNEY_OPTION_STEP, .help = "Events whose value is an answer"},
    PER,
};

static const journey_option ces_options[] = {
    {.name = "answers", .value = "*ces*", .type = JOURNEY_OPTION_STEP, .help = "Events whose value is an answer"},
    {.name = "version",
     .value = "2",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 2,
     .help = "2: \"made it easy\", 1 to 7, high is good; 1: \"how much effort\", 1 to 5, low is good"},
    PER,
};

/* Answers of one key (all, an event name or a touchpoint). */
enum { OUT_OF_SCALE = MOST_ANSWER + 1, WITHOUT_VALUE, TALLIES };

typedef struct tally {
  int64_t count[TALLIES]; /* by answer, and of what is none */
} tally;

enum { PER_ALL, PER_EVENT, PER_TOUCHPOINT };

typedef struct scores {
  const journey_host *host;
  const journey_steps *answers;
  int32_t lowest, highest, per;
  uint32_t keys;
  tally *tallies;
} scores;

/* ---- life and counting ---------------------------------------------------------------------------------------------------- */

static void destroy(void *state) {
  scores *s = state;
  journey_host_free(s->host, s->tallies, s->keys, sizeof *s->tallies);
  journey_host_free(s->host, s, 1, sizeof *s);
}

static uint32_t count_keys(const journey_host *host, int32_t per) {
  if (per == PER_EVENT) return host->events->count;
  return per == PER_TOUCHPOINT ? host->touchpoints->count + 1 : 1;
}

static journey_status create(const journey_host *host, int32_t lowest, int32_t highest, void **state,
                             journey_error *err) {
  scores *s = journey_host_alloc(host, 1, sizeof *s);
  if (!s) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = s;
  s->host = host;
  s->lowest = lowest;
  s->highest = highest;
  s->per = host->option_choice(host, "per");
  s->keys = count_keys(host, s->per);
  s->tallies = journey_host_alloc(host, s->keys, sizeof *s->tallies);
  if (!s->tallies) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  return host->steps(host, "answers", &s->answers, err);
}

static journey_status create_csat(const journey_host *host, void **state, journey_error *err) {
  return create(host, 1, (int32_t)host->option_int(host, "scale"), state, err);
}

static journey_status create_nps(const journey_host *host, void **state, journey_error *err) {
  return create(host, 0, 10, state, err);
}

static journey_status create_ces(const journey_host *host, void **state, journey_error *err) {
  return create(host, 1, host->option_int(host, "version") == 1 ? 5 : 7, state, err);
}

static uint32_t key_of(const scores *s, const journey_batch *batch, int64_t i) {
  if (s->per == PER_EVENT) return journey_codes_at(&batch->event, i);
  return s->per == PER_TOUCHPOINT && batch->touchpoint ? batch->touchpoint[i] : 0;
}

/* Answers outside the scale, and between its whole numbers, are refused and counted. */
static void count_answer(const scores *s, tally *t, double value) {
  if (value != value)
    t->count[WITHOUT_VALUE]++;
  else if (value < s->lowest || value > s->highest || value != (double)(int32_t)value)
    t->count[OUT_OF_SCALE]++;
  else
    t->count[(int32_t)value]++;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  scores *s = state;
  journey_codes codes;
  journey_status status = s->host->step_codes(s->host, s->answers, batch, &codes, err);
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) {
    for (int64_t i = batch->begin[p]; i < batch->end[p]; i++) {
      if (!s->answers->mask[journey_codes_at(&codes, i)]) continue;
      double value = batch->value ? batch->value[i] : __builtin_nan("");
      count_answer(s, &s->tallies[key_of(s, batch, i)], value);
    }
  }
  return status;
}

static journey_status merge(void *state, void *other, journey_error *err) {
  scores *s = state;
  const scores *o = other;
  (void)err;
  for (uint32_t k = 0; k < s->keys; k++) {
    for (int32_t a = 0; a < TALLIES; a++) {
      s->tallies[k].count[a] = journey_add_counts(s->tallies[k].count[a], o->tallies[k].count[a]);
    }
  }
  return JOURNEY_OK;
}

static int64_t count_from(const tally *t, int32_t from, int32_t to) {
  int64_t n = 0;
  for (int32_t a = from; a <= to; a++) n = journey_add_counts(n, t->count[a]);
  return n;
}

static int64_t count_all(const scores *s, const tally *t) { return count_from(t, s->lowest, s->highest); }

static int is_used(const scores *s, const tally *t) {
  return count_all(s, t) || t->count[OUT_OF_SCALE] || t->count[WITHOUT_VALUE];
}

/* ---- partial state -------------------------------------------------------------------------------------------------------- */

static journey_status save(void *state, journey_saver *saver, journey_error *err) {
  const scores *s = state;
  const journey_host *host = s->host;
  (void)err;
  for (uint32_t k = 0; k < s->keys; k++) {
    const tally *t = &s->tallies[k];
    if (!is_used(s, t)) continue;
    host->save_int64(host, saver, 1);
    if (s->per != PER_ALL) host->save_int64(host, saver, k);
    for (int32_t a = s->lowest; a <= s->highest; a++) host->save_int64(host, saver, t->count[a]);
    host->save_int64(host, saver, t->count[OUT_OF_SCALE]);
    host->save_int64(host, saver, t->count[WITHOUT_VALUE]);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

static void load_count(scores *s, journey_loader *loader, uint32_t key, int32_t answer) {
  int64_t *count = &s->tallies[key].count[answer];
  *count = journey_add_counts(*count, s->host->load_range(s->host, loader, 0, INT64_MAX / 1024));
}

static journey_status load(void *state, journey_loader *loader, journey_error *err) {
  scores *s = state;
  const journey_host *host = s->host;
  while (host->load_range(host, loader, 0, 1) == 1) {
    uint32_t key = 0;
    if (s->per == PER_EVENT) key = host->load_event(host, loader);
    if (s->per == PER_TOUCHPOINT) key = host->load_touchpoint(host, loader);
    if (host->load_status(host, loader, err) != JOURNEY_OK || key >= s->keys) break;
    for (int32_t a = s->lowest; a <= s->highest; a++) load_count(s, loader, key, a);
    load_count(s, loader, key, OUT_OF_SCALE);
    load_count(s, loader, key, WITHOUT_VALUE);
  }
  return host->load_status(host, loader, err);
}

/* ---- results ----------------------------------------------------------------------------------------------------------------- */

/* The first columns of all three: the key where there is one, and what was counted. */
static void add_first_columns(const scores *s, journey_table *table) {
  const journey_host *host = s->host;
  if (s->per != PER_ALL) {
    host->column(host, table, s->per == PER_EVENT ? "event" : "touchpoint", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  }
  host->column(host, table, "n", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "out_of_scale", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "without_value", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
}

static const char *name_of(const scores *s, size_t key) {
  if (s->per == PER_EVENT) return s->host->events->name[key];
  return s->per == PER_TOUCHPOINT && key ? s->host->touchpoints->name[key - 1] : "(none)";
}

static void put_first_cells(const scores *s, journey_table *table, uint32_t key) {
  const journey_host *host = s->host;
  const tally *t = &s->tallies[key];
  if (s->per != PER_ALL) host->put_text(host, table, name_of(s, key), SIZE_MAX);
  host->put_int64(host, table, count_all(s, t));
  host->put_int64(host, table, t->count[OUT_OF_SCALE]);
  host->put_int64(host, table, t->count[WITHOUT_VALUE]);
}

/* Mean with its t interval. The sums are whole numbers, so they are exact. */
static journey_interval mean_of(const scores *s, const tally *t) {
  journey_sum sum = {{0}}, squares = {{0}};
  double total = 0, total_squares = 0;
  for (int32_t a = s->lowest; a <= s->highest; a++) {
    total += (double)t->count[a] * a;
    total_squares += (double)t->count[a] * a * a;
  }
  s->host->sum_add(s->host, &sum, NULL, &total, 1);
  s->host->sum_add(s->host, &squares, NULL, &total_squares, 1);
  return s->host->mean(s->host, count_all(s, t), &sum, &squares);
}

static void put_share(const scores *s, journey_table *table, const tally *t, int32_t from, int32_t to) {
  int64_t n = count_all(s, t);
  s->host->put_interval(s->host, table, s->host->proportion(s->host, count_from(t, from, to), n));
}

typedef void (*put_score)(const scores *s, journey_table *table, const tally *t);

/* Most answers first, ties by name; a map's touchpoints stay in its order, behind what is on none of them. */
static int comes_before(const void *state, size_t a, size_t b) {
  const scores *s = state;
  int64_t n = count_all(s, &s->tallies[a]), m = count_all(s, &s->tallies[b]);
  if (s->per == PER_TOUCHPOINT && s->host->touchpoint_stage) return a < b;
  return n != m ? n > m : strcmp(name_of(s, a), name_of(s, b)) < 0;
}

static journey_status put_rows(scores *s, journey_table *table, put_score put, journey_error *err) {
  size_t n = 0, *order = journey_host_alloc(s->host, s->keys, sizeof *order);
  if (!order) return s->host->fail(s->host, err, JOURNEY_ENOMEM, "out of memory");
  for (size_t k = 0; k < s->keys; k++) {
    if (s->per == PER_ALL || is_used(s, &s->tallies[k])) order[n++] = k;
  }
  journey_sort_first(order, n, n, comes_before, s);
  for (size_t i = 0; i < n; i++) {
    put_first_cells(s, table, (uint32_t)order[i]);
    put(s, table, &s->tallies[order[i]]);
  }
  journey_host_free(s->host, order, s->keys, sizeof *order);
  return JOURNEY_OK;
}

/* Lowest answer that counts as satisfied, by the best answer of the scale. */
static int32_t first_satisfied(int32_t scale) {
  static const int32_t first[] = {0, 0, 2, 3, 3, 4, 4, 5, 6, 8, 9};
  return first[scale];
}

static void put_csat(const scores *s, journey_table *table, const tally *t) {
  int64_t n = count_all(s, t);
  journey_interval mean = mean_of(s, t);
  put_share(s, table, t, first_satisfied(s->highest), s->highest);
  s->host->put_interval(s->host, table, mean);
  s->host->put_float64(s->host, table, n ? mean.estimate / s->highest : __builtin_nan(""));
}

static journey_status finish_csat(void *state, journey_table *table, journey_error *err) {
  scores *s = state;
  add_first_columns(s, table);
  s->host->column_interval(s->host, table, "top_box", JOURNEY_UNIT_SHARE);
  s->host->column_interval(s->host, table, "mean", JOURNEY_UNIT_NONE);
  s->host->column(s->host, table, "normalised", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SHARE);
  s->host->note(s->host, table, "variant",
                "top_box: share of satisfied answers, Wilson interval; mean: t interval; normalised: sum / (n * best)");
  return put_rows(s, table, put_csat, err);
}

static double clamp_score(double x) { return x < -100 ? -100 : x > 100 ? 100 : x; }

/* Adjusted Wald interval (Rocks 2016, arXiv 1601.07235): three answers are added, 3/4 promoter, 3/4 detractor and 3/2
 * passive, which keeps unanimous answers from an interval of no width. */
static journey_interval nps_interval(const journey_host *host, int64_t detractors, int64_t promoters, int64_t n) {
  double nan = __builtin_nan("");
  if (n == 0) return (journey_interval){nan, nan, nan};
  double m = (double)n + 3, p = ((double)promoters + 0.75) / m, d = ((double)detractors + 0.75) / m;
  double half = host->z * 100 * __builtin_sqrt((p + d - (p - d) * (p - d)) / m), centre = 100 * (p - d);
  double score = 100 * (double)(promoters - detractors) / (double)n;
  return (journey_interval){score, clamp_score(centre - half), clamp_score(centre + half)};
}

static void put_nps(const scores *s, journey_table *table, const tally *t) {
  const journey_host *host = s->host;
  int64_t detractors = count_from(t, 0, 6), passives = count_from(t, 7, 8), promoters = count_from(t, 9, 10);
  host->put_int64(host, table, detractors);
  host->put_int64(host, table, passives);
  host->put_int64(host, table, promoters);
  host->put_interval(host, table, nps_interval(host, detractors, promoters, detractors + passives + promoters));
}

static journey_status finish_nps(void *state, journey_table *table, journey_error *err) {
  static const char *const columns[] = {"detractors", "passives", "promoters"};
  scores *s = state;
  add_first_columns(s, table);
  for (int i = 0; i < 3; i++) {
    s->host->column(s->host, table, columns[i], JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  }
  s->host->column_interval(s->host, table, "nps", JOURNEY_UNIT_SCORE);
  s->host->note(s->host, table, "method", "nps: % promoters (9, 10) - % detractors (0 to 6), adjusted Wald interval");
  return put_rows(s, table, put_nps, err);
}

static void put_ces(const scores *s, journey_table *table, const tally *t) {
  s->host->put_interval(s->host, table, mean_of(s, t));
  if (s->highest == 7)
    put_share(s, table, t, 5, 7);
  else
    put_share(s, table, t, 1, 2);
}

static journey_status finish_ces(void *state, journey_table *table, journey_error *err) {
  scores *s = state;
  add_first_columns(s, table);
  s->host->column_interval(s->host, table, "mean", JOURNEY_UNIT_NONE);
  s->host->column_interval(s->host, table, "easy", JOURNEY_UNIT_SHARE);
  s->host->note(s->host, table, "variant",
                s->highest == 7 ? "CES 2.0, 1 to 7, high is good; easy: 5 to 7, Wilson interval; mean: t interval"
                                : "CES 1, 1 to 5, low is good; easy: 1 and 2, Wilson interval; mean: t interval");
  return put_rows(s, table, put_ces, err);
}

extern const journey_calculator jn_metric_csat, jn_metric_nps, jn_metric_ces;

const journey_calculator jn_metric_csat = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "csat",
    .title = "Customer satisfaction (CSAT)",
    .help = "Share of satisfied answers and mean answer to a satisfaction question. Satisfied are 4 and 5 of 5, or the "
            "upper answers of another scale. Answers outside the scale are refused and counted.",
    .options = csat_options,
    .option_count = sizeof csat_options / sizeof *csat_options,
    .needs = JOURNEY_NEED_VALUE | JOURNEY_NEED_TOUCHPOINT,
    .create = create_csat,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish_csat,
    .destroy = destroy,
};

const journey_calculator jn_metric_nps = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "nps",
    .title = "Net promoter score (NPS)",
    .help = "Percentage of promoters (9 and 10) minus percentage of detractors (0 to 6) among answers from 0 to 10. "
            "Answers outside the scale are refused and counted.",
    .options = nps_options,
    .option_count = sizeof nps_options / sizeof *nps_options,
    .needs = JOURNEY_NEED_VALUE | JOURNEY_NEED_TOUCHPOINT,
    .create = create_nps,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish_nps,
    .destroy = destroy,
};

const journey_calculator jn_metric_ces = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "ces",
    .title = "Customer effort score (CES)",
    .help = "Mean answer and share of easy answers to an effort question, of version 2 (1 to 7, high is good) or "
            "version 1 (1 to 5, low is good). Answers outside the scale are refused and counted.",
    .options = ces_options,
    .option_count = sizeof ces_options / sizeof *ces_options,
    .needs = JOURNEY_NEED_VALUE | JOURNEY_NEED_TOUCHPOINT,
    .create = create_ces,
    .feed = feed,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish_ces,
    .destroy = destroy,
};
