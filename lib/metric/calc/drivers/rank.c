/* The result: odds ratios, their intervals and p-values, those that make the greatest difference first. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* Doubles count so far one by one. Only a saved state that lies has more, and Fisher's test might never end. */
#define MOST_COUNTED (INT64_C(1) << 52)

/* An event name, or a value of an attribute. */
typedef struct driver {
  uint32_t of; /* 0: an event, else the index of its attribute + 1 */
  const char *name;
  int64_t with[OUTCOMES];
  double ratio, strength; /* strength: the ratio or its inverse, whichever is above 1 */
  double p, adjusted;
} driver;

typedef struct ranking {
  const drivers *d;
  int64_t total[OUTCOMES];
  driver *item;
  size_t count, capacity;
  int64_t left_out;
} ranking;

/* ---- gathering --------------------------------------------------------------------------------------------------- */

static journey_status add(ranking *r, uint32_t of, const char *name, const int64_t with[OUTCOMES]) {
  if (with[FAILED] == 0 && with[CONVERTED] == 0) return JOURNEY_OK;
  journey_status status = journey_host_grow(r->d->host, &r->item, &r->capacity, r->count + 1, sizeof *r->item);
  if (status != JOURNEY_OK) return status;
  r->item[r->count++] = (driver){.of = of, .name = name, .with = {with[0], with[1]}};
  return JOURNEY_OK;
}

static journey_status gather(ranking *r) {
  const drivers *d = r->d;
  journey_status status = JOURNEY_OK;
  for (size_t e = 0; status == JOURNEY_OK && e < d->events.count; e++) {
    status = add(r, 0, d->host->events->name[d->events.item[e].code], d->events.item[e].count);
  }
  for (uint32_t a = 0; a < d->attribute_count; a++) {
    const attribute *values = &d->attributes[a];
    for (size_t v = 0; status == JOURNEY_OK && v < values->tallies.count; v++) {
      const tally *t = &values->tallies.item[v];
      if (t->code > 0) status = add(r, a + 1, values->values->name[t->code - 1], t->count);
    }
  }
  for (size_t i = 0; status == JOURNEY_OK && i < d->loaded_count; i++) {
    status = add(r, d->loaded[i].attribute + 1, d->loaded[i].value, d->loaded[i].count);
  }
  return status;
}

static int compare_names(const ranking *r, const driver *a, const driver *b) {
  if (!a->of != !b->of) return a->of ? 1 : -1;
  int order = a->of ? strcmp(r->d->attributes[a->of - 1].name, r->d->attributes[b->of - 1].name) : 0;
  return order ? order : strcmp(a->name, b->name);
}

static int by_name(const void *state, size_t a, size_t b) {
  const ranking *r = state;
  return compare_names(r, &r->item[a], &r->item[b]) < 0;
}

/* Those of one name become one. `order` is by name. */
static journey_status join_names(ranking *r, const size_t *order) {
  driver *joined = journey_host_alloc(r->d->host, r->count, sizeof *joined);
  size_t n = 0;
  if (!joined) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < r->count; i++) {
    const driver *one = &r->item[order[i]];
    if (n == 0 || compare_names(r, &joined[n - 1], one) != 0) {
      joined[n++] = *one;
      continue;
    }
    for (int o = 0; o < OUTCOMES; o++) {
      joined[n - 1].with[o] = journey_add_counts(joined[n - 1].with[o], one->with[o]);
    }
  }
  journey_host_free(r->d->host, r->item, r->capacity, sizeof *r->item);
  r->item = joined;
  r->capacity = r->count; /* as many as it was made for */
  r->count = n;
  return JOURNEY_OK;
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

static int64_t at_most(int64_t x, int64_t most) { return x < most ? x : most; }

static int64_t sum(const int64_t count[OUTCOMES]) { return count[FAILED] + count[CONVERTED]; }

/* One is added to each of the four counts: none is 0, and small ones prove little. */
static double cell(const ranking *r, const driver *one, int outcome, int with) {
  int64_t had = one->with[outcome];
  return (double)(with ? had : r->total[outcome] - had) + 1;
}

static void weigh(const ranking *r, driver *one) {
  double up = cell(r, one, CONVERTED, 1) * cell(r, one, FAILED, 0);
  double down = cell(r, one, CONVERTED, 0) * cell(r, one, FAILED, 1);
  one->ratio = up / down;
  one->strength = up > down ? up / down : down / up;
  one->p = jn_drivers_fisher(one->with, r->total);
}

/* Keeps those with enough customers. A saved state may say that more had it than there were. */
static journey_status measure(ranking *r, journey_error *err) {
  const drivers *d = r->d;
  double enough = fmin((double)d->least, d->least_share * (double)sum(r->total));
  journey_status status = JOURNEY_OK;
  size_t kept = 0;
  for (size_t i = 0; status == JOURNEY_OK && i < r->count; i++) {
    driver one = r->item[i];
    for (int o = 0; o < OUTCOMES; o++) one.with[o] = at_most(one.with[o], r->total[o]);
    if (sum(one.with) == 0 || (double)sum(one.with) < enough) {
      r->left_out++;
      continue;
    }
    weigh(r, &one);
    r->item[kept++] = one;
    status = d->host->cancelled(d->host, err);
  }
  r->count = kept;
  return status;
}

static journey_status correct(ranking *r, size_t *room) {
  static const int32_t methods[] = {[HOLM] = JOURNEY_CORRECTION_HOLM,
                                    [BENJAMINI_HOCHBERG] = JOURNEY_CORRECTION_BENJAMINI_HOCHBERG,
                                    [NO_CORRECTION] = JOURNEY_CORRECTION_NONE};
  const journey_host *host = r->d->host;
  double *p = journey_host_alloc(host, r->count, sizeof *p);
  if (!p) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < r->count; i++) p[i] = r->item[i].p;
  host->correct(host, methods[r->d->correction], p, room, r->count);
  for (size_t i = 0; i < r->count; i++) r->item[i].adjusted = p[i];
  journey_host_free(host, p, r->count, sizeof *p);
  return JOURNEY_OK;
}

static int by_strength(const void *state, size_t a, size_t b) {
  const ranking *r = state;
  const driver *one = &r->item[a], *other = &r->item[b];
  return one->strength != other->strength ? one->strength > other->strength : compare_names(r, one, other) < 0;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void add_columns(const drivers *d, journey_table *table) {
  static const char *const corrections[] = {"Holm", "Benjamini-Hochberg", "not corrected"};
  const journey_host *host = d->host;
  host->column(host, table, "kind", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "driver", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "converted", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "rate", JOURNEY_UNIT_SHARE);
  host->column(host, table, "others", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "others_converted", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "odds_ratio", JOURNEY_UNIT_NONE);
  host->column(host, table, "p", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "p_adjusted", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "warning", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->note(host, table, "method",
             "rate: converted / customers, Wilson interval; odds_ratio: with 1 added to each count, Woolf's logit "
             "interval; p: Fisher's exact test, two-sided");
  host->note(host, table, "p_adjusted", corrections[d->correction]);
  host->note(host, table, "caution", "an association, not a cause");
}

/* Few: some expected count is below 5. Lopsided: one outcome is more than ten times as frequent as the other. */
static const char *warning_of(const ranking *r, const driver *one) {
  double all = (double)sum(r->total), with = (double)sum(one->with);
  double rare = fmin((double)r->total[FAILED], (double)r->total[CONVERTED]);
  int few = fmin(with, all - with) * rare < 5 * all, lopsided = all - rare > 10 * rare;
  if (few) return lopsided ? "few customers, lopsided" : "few customers";
  return lopsided ? "lopsided" : NULL;
}

/* Woolf (1955): the logarithm of the ratio is about normal, its variance the sum of the inverse counts. */
static journey_interval interval_of(const ranking *r, const driver *one) {
  double variance = 0;
  for (int k = 0; k < 4; k++) variance += 1 / cell(r, one, k & 1, k >> 1);
  double factor = exp(r->d->host->z * sqrt(variance));
  return (journey_interval){one->ratio, one->ratio / factor, one->ratio * factor};
}

/* "event" or "attribute=value": `text` has room for the longest. */
static void put_name(const ranking *r, journey_table *table, const driver *one, char *text) {
  const journey_host *host = r->d->host;
  const char *of = one->of ? r->d->attributes[one->of - 1].name : "";
  size_t n = strlen(of), length = strlen(one->name);
  memcpy(text, of, n);
  if (one->of) text[n++] = '=';
  memcpy(text + n, one->name, length);
  host->put_text(host, table, one->of ? "attribute" : "event", SIZE_MAX);
  host->put_text(host, table, text, n + length);
}

static void put_driver(const ranking *r, journey_table *table, const driver *one) {
  const journey_host *host = r->d->host;
  int64_t customers = sum(one->with);
  const char *warning = warning_of(r, one);
  host->put_int64(host, table, customers);
  host->put_int64(host, table, one->with[CONVERTED]);
  host->put_interval(host, table, host->proportion(host, one->with[CONVERTED], customers));
  host->put_int64(host, table, sum(r->total) - customers);
  host->put_int64(host, table, r->total[CONVERTED] - one->with[CONVERTED]);
  host->put_interval(host, table, interval_of(r, one));
  host->put_float64(host, table, one->p);
  host->put_float64(host, table, one->adjusted);
  if (warning)
    host->put_text(host, table, warning, SIZE_MAX);
  else
    host->put_null(host, table);
}

static size_t longest_name(const ranking *r) {
  size_t longest = 0;
  for (size_t i = 0; i < r->count; i++) {
    size_t n = strlen(r->item[i].name);
    if (n > longest) longest = n;
  }
  return longest + r->d->text_size + 1;
}

static journey_status put_drivers(const ranking *r, journey_table *table, const size_t *order, size_t shown) {
  const journey_host *host = r->d->host;
  size_t room = longest_name(r);
  char *text = journey_host_alloc(host, room, 1), note[80];
  for (size_t i = 0; text && i < shown; i++) {
    put_name(r, table, &r->item[order[i]], text);
    put_driver(r, table, &r->item[order[i]]);
  }
  if (r->left_out > 0) {
    snprintf(note, sizeof note, "%lld that too few customers have; see --least and --least-share",
             (long long)r->left_out);
    host->note(host, table, "left_out", note);
  }
  if (shown < r->count) {
    snprintf(note, sizeof note, "%zu more, which make less of a difference; see --most", r->count - shown);
    host->note(host, table, "not_shown", note);
  }
  journey_host_free(host, text, room, 1);
  return text ? JOURNEY_OK : JOURNEY_ENOMEM;
}

/* ---- finish ------------------------------------------------------------------------------------------------------ */

static void sort(ranking *r, size_t *order, size_t first, journey_before before) {
  for (size_t i = 0; i < r->count; i++) order[i] = i;
  journey_sort_first(order, r->count, first, before, r);
}

static journey_status rank(ranking *r, size_t *order, journey_table *table, journey_error *err) {
  sort(r, order, r->count, by_name);
  journey_status status = join_names(r, order);
  if (status == JOURNEY_OK) status = measure(r, err);
  if (status != JOURNEY_OK) return status;
  size_t shown = r->count < (uint64_t)r->d->most ? r->count : (size_t)r->d->most;
  status = correct(r, order);
  if (status != JOURNEY_OK) return status;
  sort(r, order, shown, by_strength);
  return put_drivers(r, table, order, shown);
}

journey_status jn_drivers_finish(void *state, journey_table *table, journey_error *err) {
  const drivers *d = state;
  ranking r = {.d = d};
  for (int o = 0; o < OUTCOMES; o++) r.total[o] = at_most(d->total[o], MOST_COUNTED);
  add_columns(d, table);
  journey_status status = gather(&r);
  size_t count = r.count, *order = journey_host_alloc(d->host, count, sizeof *order);
  if (!order) status = JOURNEY_ENOMEM;
  if (status == JOURNEY_OK) status = rank(&r, order, table, err);
  journey_host_free(d->host, order, count, sizeof *order);
  journey_host_free(d->host, r.item, r.capacity, sizeof *r.item);
  return status == JOURNEY_ENOMEM ? jn_drivers_no_memory(d, err) : status;
}
