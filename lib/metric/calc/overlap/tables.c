/* The tables of overlap. */
#include "internal.h"

/* ---- sets and pairs ---------------------------------------------------------------------------------------------- */

/* Customers who are in all sets of `all` and in no set of `none`. */
static int64_t count_in(const jn_overlap *o, uint64_t all, uint64_t none) {
  int64_t customers = 0;
  for (size_t i = 0; i < o->count; i++) {
    uint64_t sets = o->found[i].sets;
    if ((sets & all) == all && !(sets & none)) customers = journey_add_counts(customers, o->found[i].customers);
  }
  return customers;
}

journey_status jn_overlap_put_sets(const jn_overlap *o, journey_table *table, journey_error *err) {
  (void)err;
  const journey_host *host = o->host;
  int64_t everybody = count_in(o, 0, 0);
  host->column(host, table, "set", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->column(host, table, "only", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->note(host, table, "method", "share: of all customers, Wilson interval; only: in this set and no other");
  for (uint32_t s = 0; s < o->steps->count; s++) {
    uint64_t set = UINT64_C(1) << s;
    int64_t customers = count_in(o, set, 0);
    host->put_text(host, table, o->steps->name[s], SIZE_MAX);
    host->put_int64(host, table, customers);
    host->put_interval(host, table, host->proportion(host, customers, everybody));
    host->put_int64(host, table, count_in(o, set, ~set));
  }
  return JOURNEY_OK;
}

/* Customers who are in set s and in set t, at [s * 64 + t], for s <= t. */
static journey_status count_pairs(const jn_overlap *o, int64_t *both, journey_error *err) {
  for (size_t i = 0; i < o->count; i++) {
    const jn_overlap_combination *c = &o->found[i];
    for (uint64_t left = c->sets; left; left &= left - 1) {
      int64_t *row = both + 64 * __builtin_ctzll(left);
      for (uint64_t other = left; other; other &= other - 1) {
        int t = __builtin_ctzll(other);
        row[t] = journey_add_counts(row[t], c->customers);
      }
    }
    if (i % 65536 == 65535 && o->host->cancelled(o->host, err) != JOURNEY_OK) return JOURNEY_ECANCELLED;
  }
  return JOURNEY_OK;
}

static void put_pair(const jn_overlap *o, journey_table *table, const int64_t *count, uint32_t s, uint32_t t) {
  const journey_host *host = o->host;
  int64_t both = count[s * 64 + t], size_a = count[s * 65], size_b = count[t * 65];
  int64_t either = journey_add_counts(size_a, size_b - both);
  host->put_text(host, table, o->steps->name[s], SIZE_MAX);
  host->put_text(host, table, o->steps->name[t], SIZE_MAX);
  host->put_int64(host, table, size_a);
  host->put_int64(host, table, size_b);
  host->put_int64(host, table, both);
  host->put_int64(host, table, either);
  host->put_interval(host, table, host->proportion(host, both, either));
  host->put_interval(host, table, host->proportion(host, both, size_a));
  host->put_interval(host, table, host->proportion(host, both, size_b));
}

static void add_pair_columns(const journey_host *host, journey_table *table) {
  static const char *const counts[] = {"customers_a", "customers_b", "both", "either"};
  host->column(host, table, "a", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "b", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  for (int i = 0; i < 4; i++) host->column(host, table, counts[i], JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "jaccard", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "of_a", JOURNEY_UNIT_SHARE);
  host->column_interval(host, table, "of_b", JOURNEY_UNIT_SHARE);
  host->note(host, table, "method", "jaccard: both / either; of_a: both / customers_a; Wilson intervals");
}

journey_status jn_overlap_put_pairs(const jn_overlap *o, journey_table *table, journey_error *err) {
  int64_t *both = journey_host_alloc(o->host, 64 * 64, sizeof *both);
  journey_status status = both ? count_pairs(o, both, err) : jn_overlap_no_memory(o, err);
  add_pair_columns(o->host, table);
  for (uint32_t s = 0; s < o->steps->count && status == JOURNEY_OK; s++) {
    for (uint32_t t = s + 1; t < o->steps->count; t++) put_pair(o, table, both, s, t);
  }
  journey_host_free(o->host, both, 64 * 64, sizeof *both);
  return status;
}

/* ---- combinations ------------------------------------------------------------------------------------------------ */

/* Most customers first; then fewer sets; then those with the earlier step. */
static int comes_before(const void *state, size_t i, size_t k) {
  const jn_overlap *o = state;
  const jn_overlap_combination *a = &o->found[i], *b = &o->found[k];
  if (a->customers != b->customers) return a->customers > b->customers;
  int sets_a = __builtin_popcountll(a->sets), sets_b = __builtin_popcountll(b->sets);
  if (sets_a != sets_b) return sets_a < sets_b;
  uint64_t differ = a->sets ^ b->sets;
  return (a->sets & differ & -differ) != 0;
}

/* "visit & order": appended to a text that grows. */
typedef struct text {
  char *s;
  size_t length, capacity;
} text;

static journey_status append(const jn_overlap *o, text *to, const char *s) {
  for (; *s; s++) {
    if (to->length == to->capacity &&
        journey_host_grow(o->host, &to->s, &to->capacity, to->length + 1, 1) != JOURNEY_OK)
      return JOURNEY_ENOMEM;
    to->s[to->length++] = *s;
  }
  return JOURNEY_OK;
}

static journey_status write_names(const jn_overlap *o, text *to, uint64_t sets) {
  journey_status status = sets ? JOURNEY_OK : append(o, to, "(none)");
  for (uint32_t s = 0; s < o->steps->count && status == JOURNEY_OK; s++) {
    if (!(sets >> s & 1)) continue;
    if (to->length > 0) status = append(o, to, " & ");
    if (status == JOURNEY_OK) status = append(o, to, o->steps->name[s]);
  }
  return status;
}

static void put_row(const jn_overlap *o, journey_table *table, int64_t customers, int64_t everybody) {
  o->host->put_int64(o->host, table, customers);
  o->host->put_interval(o->host, table, o->host->proportion(o->host, customers, everybody));
}

static journey_status put_combination(const jn_overlap *o, journey_table *table, const jn_overlap_combination *c,
                                      text *names, int64_t everybody) {
  names->length = 0;
  if (write_names(o, names, c->sets) != JOURNEY_OK) return JOURNEY_ENOMEM;
  o->host->put_text(o->host, table, names->s, names->length);
  o->host->put_int64(o->host, table, __builtin_popcountll(c->sets));
  put_row(o, table, c->customers, everybody);
  return JOURNEY_OK;
}

static void put_other(const jn_overlap *o, journey_table *table, const size_t *order, size_t shown, int64_t everybody) {
  int64_t customers = 0;
  if (shown == o->count) return;
  for (size_t i = shown; i < o->count; i++) customers = journey_add_counts(customers, o->found[order[i]].customers);
  o->host->put_text(o->host, table, "(other)", SIZE_MAX);
  o->host->put_null(o->host, table);
  put_row(o, table, customers, everybody);
}

journey_status jn_overlap_put_combinations(const jn_overlap *o, journey_table *table, journey_error *err) {
  const journey_host *host = o->host;
  size_t shown = (size_t)host->option_int(host, "most");
  size_t *order = journey_host_alloc(host, o->count, sizeof *order);
  text names = {0};
  int64_t everybody = count_in(o, 0, 0);
  journey_status status = order ? JOURNEY_OK : JOURNEY_ENOMEM;
  if (shown > o->count) shown = o->count;
  host->column(host, table, "combination", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "sets", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "share", JOURNEY_UNIT_SHARE);
  host->note(host, table, "method",
             "customers in these sets and in no other; share: of all customers, Wilson interval");
  for (size_t i = 0; order && i < o->count; i++) order[i] = i;
  if (order) journey_sort_first(order, o->count, shown, comes_before, o);
  for (size_t i = 0; i < shown && status == JOURNEY_OK; i++) {
    status = put_combination(o, table, &o->found[order[i]], &names, everybody);
  }
  if (status == JOURNEY_OK) put_other(o, table, order, shown, everybody);
  journey_host_free(host, order, o->count, sizeof *order);
  journey_host_free(host, names.s, names.capacity, 1);
  return status == JOURNEY_OK ? status : jn_overlap_no_memory(o, err);
}
