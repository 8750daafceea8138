/* What the files of `retention` share.
 *
 * One customer in one cohort is a set of bits: bit k says that he returned in the k-th period after his start, the last
 * bit that he did in any later one. What a kind of retention counts follows from the bits alone (count.c); feed.c finds
 * them, periods.c tells which period a time is in, and result.c makes rates of the counts. */
#ifndef JN_RETENTION_INTERNAL_H
#define JN_RETENTION_INTERNAL_H

#include "journey_plugin.h"

enum {
  JN_RETENTION_ON,
  JN_RETENTION_ON_OR_AFTER,
  JN_RETENTION_ON_OR_BEFORE,
  JN_RETENTION_STREAK,
  JN_RETENTION_BRACKETS,
  JN_RETENTION_LOSS,
};
enum { JN_RETENTION_NO_VALUES, JN_RETENTION_SUM, JN_RETENTION_MEAN };
enum { JN_RETENTION_NO_AVERAGE, JN_RETENTION_WEIGHTED, JN_RETENTION_SIMPLE };
enum { JN_RETENTION_MOST_PERIODS = 1000, JN_RETENTION_WORDS = 16, JN_RETENTION_NO_ROW = UINT16_MAX };

/* The period at the beginning of a bucket of 2^shift ticks, and the tick at which the next one begins. */
typedef struct jn_retention_guess {
  uint64_t next, period;
} jn_retention_guess;

/* Where the periods of the scope begin, in ticks of the batches, and a table that guesses the period of a tick. */
typedef struct jn_retention_clock {
  int64_t base, unit; /* of the batches that it was made for; unit 0: of none yet */
  uint64_t low;       /* begin[0] */
  uint64_t *begin;    /* [cohorts + 1]; the last one is never reached */
  jn_retention_guess *guess;
  uint32_t shift, buckets, room;
  int sharp; /* no bucket holds two beginnings: a guess is at most one period short */
} jn_retention_clock;

/* Values of the returns that a cell counts. */
typedef struct jn_retention_value {
  int64_t n;
  journey_sum sum, squares; /* squares are for means only */
} jn_retention_value;

/* What a row says: so many of so many customers, and how many of the cohort returned after it (known for losses). */
typedef struct jn_retention_answer {
  int64_t customers, of, later;
} jn_retention_answer;

/* Returns [from, until) of a path are in the period `after` of a cohort. */
typedef struct jn_retention_run {
  size_t from, until;
  uint32_t after;
} jn_retention_run;

/* A customer comes into a cohort by this event of the path; its returns begin at `visit`. */
typedef struct jn_retention_entry {
  int64_t event;
  size_t visit;
  uint32_t cohort;
} jn_retention_entry;

typedef struct jn_retention {
  const journey_host *host;
  const journey_steps *start, *returns;
  journey_calendar *calendar;
  int32_t kind, values, average, previous, every;
  int64_t least;
  int64_t length; /* microseconds of a rolling period; 0: the calendar's */

  /* Rows of a cohort: a period each, or with brackets a bracket each after period 0. */
  uint32_t width, rows; /* periods that are followed, the first included */
  uint16_t row_of[JN_RETENTION_MOST_PERIODS + 2], row_first[JN_RETENTION_MOST_PERIODS + 1],
      row_last[JN_RETENTION_MOST_PERIODS + 1];

  int64_t first;   /* index of the first cohort's period */
  uint32_t cohorts;
  int64_t *begins; /* [cohorts + 1]: times at which the cohorts' periods begin */
  jn_retention_clock clock;

  /* Counts, of which those of some kinds are to be added up over the rows in the end: jn_retention_settle(). */
  int64_t *size;                /* [cohorts] */
  int64_t *cell;                /* [cohorts * rows] */
  int64_t *pair;                /* the same, of those who are counted in the row before too; NULL: not needed */
  jn_retention_value **value;   /* [cohorts] of [rows]; NULL for cohorts without customers */

  /* Of the path at hand. */
  journey_list visits; /* its returns: indices of events */
  jn_retention_entry *entries;
  size_t entry_count, entry_capacity;
  jn_retention_run *runs;
  size_t run_count, run_capacity;
} jn_retention;

static inline journey_status jn_retention_no_memory(const jn_retention *r, journey_error *err) {
  return r->host->fail(r->host, err, JOURNEY_ENOMEM, "out of memory");
}

/* Period of a tick, from 0; outside of the scope the last one. Guessing first spares a branch that could not be foretold. */
static inline uint32_t jn_retention_period(const jn_retention_clock *clock, uint64_t tick) {
  tick -= tick == UINT64_MAX; /* which is begin[cohorts] */
  uint64_t bucket = (tick - clock->low) >> clock->shift;
  const jn_retention_guess *guess = &clock->guess[bucket < clock->buckets ? bucket : clock->buckets - 1];
  uint32_t period = (uint32_t)guess->period + (tick >= guess->next);
  while (!clock->sharp && tick >= clock->begin[period + 1]) period++;
  return period;
}

static inline void jn_retention_add_value(const jn_retention *r, jn_retention_value *to,
                                          const jn_retention_value *from) {
  to->n = journey_add_counts(to->n, from->n);
  r->host->sum_merge(r->host, &to->sum, &from->sum);
  r->host->sum_merge(r->host, &to->squares, &from->squares);
}

static inline int jn_retention_bit(const uint64_t *bits, uint32_t k) { return (int)(bits[k >> 6] >> (k & 63) & 1); }

/* rows.c: the periods or brackets that are the rows, by the options. */
journey_status jn_retention_make_rows(jn_retention *r, journey_error *err);
/* periods.c: sets begins; makes the clock fit for a batch. */
journey_status jn_retention_make_periods(jn_retention *r, journey_error *err);
journey_status jn_retention_set_clock(jn_retention *r, const journey_batch *batch, journey_error *err);
void jn_retention_free_periods(jn_retention *r);
/* feed.c */
journey_status jn_retention_feed(void *state, const journey_batch *batch, journey_error *err);
/* even.c: the plainest question on narrow columns; 0: this is another one, and nothing was counted. */
int jn_retention_feed_even(jn_retention *r, const journey_batch *batch, const journey_codes *start,
                           const uint8_t started[256]);
/* count.c: counts one customer of a cohort by his bits. */
void jn_retention_count(jn_retention *r, uint32_t cohort, const uint64_t *bits);
/* The row that the values of a period go to; JN_RETENTION_NO_ROW: none. */
uint32_t jn_retention_value_row(const jn_retention *r, const uint64_t *bits, uint32_t after);
/* Whether a kind looks at the returns after the periods that are followed. */
int jn_retention_looks_beyond(const jn_retention *r);
/* Makes the answers of a cohort's rows from what was counted. */
void jn_retention_settle(const jn_retention *r, uint32_t cohort, jn_retention_answer *answer);
void jn_retention_settle_values(const jn_retention *r, jn_retention_value *value);
/* state.c */
journey_status jn_retention_merge(void *state, void *other, journey_error *err);
journey_status jn_retention_save(void *state, journey_saver *saver, journey_error *err);
journey_status jn_retention_load(void *state, journey_loader *loader, journey_error *err);
journey_status jn_retention_need_values(jn_retention *r, uint32_t cohort, journey_error *err);
/* result.c */
journey_status jn_retention_finish(void *state, journey_table *table, journey_error *err);

#endif
