/* From the periods in which a customer returned to what each kind of retention counts.
 *
 * `on` and `brackets` count a customer in any set of rows. The other kinds are known from one number of him, such as his
 * last period: his row of that number is counted, and settling adds the rows up. */
#include "internal.h"

int jn_retention_looks_beyond(const jn_retention *r) {
  return r->kind == JN_RETENTION_ON_OR_AFTER || r->kind == JN_RETENTION_LOSS;
}

/* ---- numbers of one customer ---------------------------------------------------------------------------------------- */

/* Greatest bit, at most `width`; -1: there is none. */
static int32_t last_of(const jn_retention *r, const uint64_t *bits) {
  for (uint32_t w = r->width >> 6;; w--) {
    if (bits[w]) return (int32_t)(w << 6) + 63 - __builtin_clzll(bits[w]);
    if (w == 0) return -1;
  }
}

/* Least bit from k on, or width. */
static uint32_t next_of(const jn_retention *r, const uint64_t *bits, uint32_t k) {
  for (; k < r->width; k = (k | 63) + 1) {
    uint64_t rest = bits[k >> 6] >> (k & 63);
    if (rest) return k + (uint32_t)__builtin_ctzll(rest) < r->width ? k + (uint32_t)__builtin_ctzll(rest) : r->width;
  }
  return r->width;
}

/* Periods in a row from the first on, without period 0. */
static uint32_t streak_of(const jn_retention *r, const uint64_t *bits) {
  uint32_t k = 1;
  while (k < r->width && jn_retention_bit(bits, k)) k++;
  return k - 1;
}

/* ---- counting --------------------------------------------------------------------------------------------------------- */

static void count_rows(const jn_retention *r, int64_t *cell, int64_t *pair, const uint64_t *bits) {
  uint32_t before = JN_RETENTION_NO_ROW;
  for (uint32_t w = 0; w <= r->width >> 6; w++) {
    for (uint64_t rest = bits[w]; rest; rest &= rest - 1) {
      uint32_t row = r->row_of[(w << 6) + (uint32_t)__builtin_ctzll(rest)];
      if (row == JN_RETENTION_NO_ROW || row == before) continue;
      cell[row]++;
      if (pair && row == before + 1) pair[row]++;
      before = row;
    }
  }
}

void jn_retention_count(jn_retention *r, uint32_t cohort, const uint64_t *bits) {
  size_t at = (size_t)cohort * r->rows;
  int64_t *cell = r->cell + at;
  int32_t last = last_of(r, bits), most = (int32_t)r->width - 1;
  uint32_t k;
  r->size[cohort]++;
  switch (r->kind) {
  case JN_RETENTION_ON_OR_AFTER:
    if (last >= 0) cell[last < most ? last : most]++;
    break;
  case JN_RETENTION_ON_OR_BEFORE:
    cell[0] += jn_retention_bit(bits, 0);
    k = next_of(r, bits, 1);
    if (k < r->width) cell[k]++;
    break;
  case JN_RETENTION_STREAK:
    cell[0] += jn_retention_bit(bits, 0);
    k = streak_of(r, bits);
    if (k > 0) cell[k]++;
    break;
  case JN_RETENTION_LOSS:
    if (last <= most) cell[last > 0 ? last : 0]++;
    break;
  default: count_rows(r, cell, r->pair ? r->pair + at : NULL, bits);
  }
}

uint32_t jn_retention_value_row(const jn_retention *r, const uint64_t *bits, uint32_t after) {
  switch (r->kind) {
  case JN_RETENTION_ON_OR_AFTER: return after < r->width ? after : r->width - 1;
  case JN_RETENTION_STREAK: return after <= streak_of(r, bits) ? after : JN_RETENTION_NO_ROW;
  case JN_RETENTION_LOSS:
    return (int32_t)after == last_of(r, bits) && after < r->width ? after : JN_RETENTION_NO_ROW;
  default: return r->row_of[after];
  }
}

/* ---- settling ----------------------------------------------------------------------------------------------------------- */

/* on_or_after: in row k are those whose last row is k or later; streak likewise, and on_or_before those whose first row is
 * k or before, but for period 0, which stands for itself. */
static void add_up(const jn_retention *r, jn_retention_answer *a) {
  if (r->kind == JN_RETENTION_ON_OR_BEFORE) {
    for (uint32_t k = 2; k < r->rows; k++) a[k].customers = journey_add_counts(a[k].customers, a[k - 1].customers);
  } else if (r->kind == JN_RETENTION_ON_OR_AFTER || r->kind == JN_RETENTION_STREAK) {
    for (uint32_t k = r->rows - 1; k-- > (r->kind == JN_RETENTION_STREAK);) {
      a[k].customers = journey_add_counts(a[k].customers, a[k + 1].customers);
    }
  }
}

/* The row before's customers instead of all: of those, the ones who are counted in this row too. Of losses: those who
 * were not lost before. A streak of one period has no streak before it. */
static void pair_up(const jn_retention *r, uint32_t cohort, jn_retention_answer *a) {
  for (uint32_t k = 1; k < r->rows; k++) {
    if (r->kind == JN_RETENTION_LOSS)
      a[k].of = a[k - 1].later;
    else if (r->kind != JN_RETENTION_STREAK || k > 1)
      a[k].of = a[k - 1].customers;
  }
  for (uint32_t k = 1; r->pair && k < r->rows; k++) a[k].customers = r->pair[(size_t)cohort * r->rows + k];
}

void jn_retention_settle(const jn_retention *r, uint32_t cohort, jn_retention_answer *a) {
  int64_t left = r->size[cohort];
  for (uint32_t k = 0; k < r->rows; k++) {
    int64_t customers = r->cell[(size_t)cohort * r->rows + k];
    left = customers < left ? left - customers : 0;
    a[k] = (jn_retention_answer){customers, r->size[cohort], left};
  }
  add_up(r, a);
  if (r->previous) pair_up(r, cohort, a);
  for (uint32_t k = 0; k < r->rows; k++) {
    if (a[k].customers > a[k].of) a[k].customers = a[k].of; /* of a hostile saved state only */
  }
}


/* Streaks are left as they are: their values are those of the row's own period. */
void jn_retention_settle_values(const jn_retention *r, jn_retention_value *value) {
  if (r->kind == JN_RETENTION_ON_OR_BEFORE) {
    for (uint32_t k = 2; k < r->rows; k++) jn_retention_add_value(r, &value[k], &value[k - 1]);
  } else if (r->kind == JN_RETENTION_ON_OR_AFTER) {
    for (uint32_t k = r->rows - 1; k-- > 0;) jn_retention_add_value(r, &value[k], &value[k + 1]);
  }
}
