/* The table: for each cohort its rows, and before them those of all cohorts. */
#include <stdio.h>

#include "internal.h"

/* A row of all cohorts that are old enough for it. */
typedef struct pool {
  jn_retention_answer answer;
  int64_t cohorts, rates;
  journey_sum rate, squares; /* of the cohorts that have one */
  jn_retention_value value;
} pool;

/* What a row of the table says. */
typedef struct line {
  const char *cohort;
  uint32_t row;
  jn_retention_answer answer;
  journey_interval rate;
  int complete;
  const jn_retention_value *value;
} line;

/* ---- what the data cover -------------------------------------------------------------------------------------------------- */

static int64_t later(int64_t time, int64_t length, int64_t periods) {
  int64_t sum;
  return __builtin_add_overflow(time, length * periods, &sum) ? INT64_MAX : sum;
}

static int has_begun(const jn_retention *r, uint32_t cohort, uint32_t row, int64_t last) {
  uint32_t k = r->row_first[row];
  if (r->length == 0) return cohort + k < r->cohorts;
  return later(r->begins[cohort], r->length, k) <= last;
}

/* Whether every customer who may be in the cohort has had all of the row's periods; a loss is known one period later. */
static int is_complete(const jn_retention *r, uint32_t cohort, uint32_t row, int64_t last) {
  const journey_host *host = r->host;
  uint32_t k = r->row_last[row] + (r->kind == JN_RETENTION_LOSS);
  int64_t end = r->length ? later(r->begins[cohort + 1], r->length, k + 1)
                          : host->period_start(host, r->calendar, r->first + cohort + k + 1);
  return end - 1 <= last;
}

/* ---- columns ---------------------------------------------------------------------------------------------------------------- */

static const char *const kind_notes[] = {
    NULL,
    "on_or_after: returned in the period or in any later one",
    "on_or_before: returned in any period from the first to this one; period 0 stands for itself",
    "streak: returned in every period from the first to this one; period 0 stands for itself",
    "brackets: returned in any period of the bracket",
    "loss: returned in the period, or never, and not after it; later: those who returned after it",
};

static void add_notes(const jn_retention *r, journey_table *table) {
  const journey_host *host = r->host;
  host->note(host, table, "method", "rate: customers / size, Wilson interval");
  host->note(host, table, "complete",
             r->kind == JN_RETENTION_LOSS
                 ? "0: the events end before the next period does, so the lost may still come"
                 : "0: the events end before the period does, so its customers may still come");
  if (kind_notes[r->kind]) host->note(host, table, "kind", kind_notes[r->kind]);
  if (r->previous) {
    host->note(host, table, "size",
               r->kind == JN_RETENTION_LOSS
                   ? "those who were not lost before"
                   : "after period 0: those counted in the row before; customers: those of them counted in this one");
  }
  if (r->length) host->note(host, table, "rolling", "periods of 1 h, 24 h, 7, 30 or 90 days from each start");
  if (r->every) host->note(host, table, "cohort", "a customer is in one for each period with a start of his");
  if (r->average == JN_RETENTION_WEIGHTED) host->note(host, table, "(all)", "all customers of complete cohorts");
  if (r->average == JN_RETENTION_SIMPLE) {
    host->note(host, table, "(all)", "mean of the rates of complete cohorts, t interval");
  }
  if (r->values == JN_RETENTION_MEAN) host->note(host, table, "value", "mean over returns, t interval");
}

static void add_columns(const jn_retention *r, journey_table *table) {
  const journey_host *host = r->host;
  host->column(host, table, "cohort", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "size", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "period", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "rate", JOURNEY_UNIT_SHARE);
  host->column(host, table, "complete", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  if (r->kind == JN_RETENTION_BRACKETS) {
    host->column(host, table, "bracket", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  }
  if (r->kind == JN_RETENTION_LOSS) host->column(host, table, "later", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  if (r->values != JN_RETENTION_NO_VALUES) {
    host->column(host, table, "values", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  }
  if (r->values == JN_RETENTION_SUM) host->column(host, table, "value", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_NONE);
  if (r->values == JN_RETENTION_MEAN) host->column_interval(host, table, "value", JOURNEY_UNIT_NONE);
  add_notes(r, table);
}

/* ---- rows ------------------------------------------------------------------------------------------------------------------- */

static void put_bracket(const jn_retention *r, journey_table *table, uint32_t row) {
  char text[16];
  unsigned first = r->row_first[row], last = r->row_last[row];
  snprintf(text, sizeof text, first == last ? "%u" : "%u-%u", first, last);
  r->host->put_text(r->host, table, text, SIZE_MAX);
}

static void put_values(const jn_retention *r, journey_table *table, const jn_retention_value *value) {
  const journey_host *host = r->host;
  host->put_int64(host, table, value->n);
  if (r->values == JN_RETENTION_MEAN)
    host->put_interval(host, table, host->mean(host, value->n, &value->sum, &value->squares));
  else if (value->n > 0)
    host->put_float64(host, table, host->sum_value(host, &value->sum));
  else
    host->put_null(host, table);
}

static void put_line(const jn_retention *r, journey_table *table, const line *l) {
  const journey_host *host = r->host;
  host->put_text(host, table, l->cohort, SIZE_MAX);
  host->put_int64(host, table, l->answer.of);
  host->put_int64(host, table, l->row);
  host->put_int64(host, table, l->answer.customers);
  host->put_interval(host, table, l->rate);
  host->put_int64(host, table, l->complete);
  if (r->kind == JN_RETENTION_BRACKETS) put_bracket(r, table, l->row);
  if (r->kind == JN_RETENTION_LOSS) host->put_int64(host, table, l->answer.later);
  if (r->values != JN_RETENTION_NO_VALUES) put_values(r, table, l->value);
}

static void put_cohort(const jn_retention *r, journey_table *table, uint32_t c, int64_t last,
                       const jn_retention_answer *answer) {
  const journey_host *host = r->host;
  char label[32];
  host->period_label(host, r->calendar, r->first + c, label);
  for (uint32_t k = 0; k < r->rows && has_begun(r, c, k, last); k++) {
    line l = {.cohort = label, .row = k, .answer = answer[k], .complete = is_complete(r, c, k, last)};
    l.rate = host->proportion(host, answer[k].customers, answer[k].of);
    if (r->value) l.value = &r->value[c][k];
    put_line(r, table, &l);
  }
}

/* ---- all cohorts -------------------------------------------------------------------------------------------------------------- */

static void add_to_pool(const jn_retention *r, pool *p, const jn_retention_answer *answer,
                        const jn_retention_value *value) {
  double rate = (double)answer->customers / (double)answer->of;
  p->cohorts++;
  p->answer.customers = journey_add_counts(p->answer.customers, answer->customers);
  p->answer.of = journey_add_counts(p->answer.of, answer->of);
  p->answer.later = journey_add_counts(p->answer.later, answer->later);
  if (answer->of > 0) {
    r->host->sum_add(r->host, &p->rate, &p->squares, &rate, 1);
    p->rates++;
  }
  if (value) jn_retention_add_value(r, &p->value, value);
}

static void pool_cohort(const jn_retention *r, pool *pools, uint32_t c, int64_t last,
                        const jn_retention_answer *answer) {
  for (uint32_t k = 0; k < r->rows && has_begun(r, c, k, last); k++) {
    if (is_complete(r, c, k, last)) add_to_pool(r, &pools[k], &answer[k], r->value ? &r->value[c][k] : NULL);
  }
}

static void put_pools(const jn_retention *r, journey_table *table, const pool *pools) {
  const journey_host *host = r->host;
  for (uint32_t k = 0; k < r->rows && pools[k].cohorts > 0; k++) {
    const pool *p = &pools[k];
    line l = {.cohort = "(all)", .row = k, .answer = p->answer, .complete = 1, .value = &p->value};
    l.rate = r->average == JN_RETENTION_SIMPLE ? host->mean(host, p->rates, &p->rate, &p->squares)
                                               : host->proportion(host, p->answer.customers, p->answer.of);
    put_line(r, table, &l);
  }
}

static journey_status put_all(const jn_retention *r, journey_table *table, int64_t last, jn_retention_answer *answer,
                              journey_error *err) {
  pool *pools = journey_host_alloc(r->host, r->rows, sizeof *pools);
  if (!pools) return jn_retention_no_memory(r, err);
  for (uint32_t c = 0; c < r->cohorts; c++) {
    if (r->size[c] == 0) continue;
    jn_retention_settle(r, c, answer);
    pool_cohort(r, pools, c, last, answer);
  }
  put_pools(r, table, pools);
  journey_host_free(r->host, pools, r->rows, sizeof *pools);
  return JOURNEY_OK;
}

journey_status jn_retention_finish(void *state, journey_table *table, journey_error *err) {
  jn_retention *r = state;
  int64_t first, last;
  add_columns(r, table);
  if (r->host->time_range(r->host, &first, &last) != JOURNEY_OK) return JOURNEY_OK;
  jn_retention_answer *answer = journey_host_alloc(r->host, r->rows, sizeof *answer);
  if (!answer) return jn_retention_no_memory(r, err);
  for (uint32_t c = 0; r->value && c < r->cohorts; c++) {
    if (r->value[c]) jn_retention_settle_values(r, r->value[c]);
  }
  journey_status status = JOURNEY_OK;
  if (r->average != JN_RETENTION_NO_AVERAGE) status = put_all(r, table, last, answer, err);
  for (uint32_t c = 0; status == JOURNEY_OK && c < r->cohorts; c++) {
    if (r->size[c] == 0) continue;
    jn_retention_settle(r, c, answer);
    put_cohort(r, table, c, last, answer);
  }
  journey_host_free(r->host, answer, r->rows, sizeof *answer);
  return status;
}
