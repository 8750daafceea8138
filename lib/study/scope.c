/* The scope of a study over events: the period and the predicate `where`. */
#include <string.h>

#include "study/internal.h"

/* ---- the period -------------------------------------------------------------------------------------------------- */

static journey_status read_end(const journey_study *study, const char *what, const char *text, int64_t *first,
                               int64_t *last, journey_error *err) {
  journey_error wrong;
  journey_status status = journey_time_parse(text, strlen(text), study->zone, first, &wrong);
  if (status) return jn_base_fail_at(err, status, 0, 0, wrong.offset, "%s: %s", what, wrong.message);
  return jn_study_instants(study, text, strlen(text), first, last);
}

/* [from, to): `to` is exclusive, but a date alone is its whole day. */
static journey_status read_period(journey_study *study, journey_error *err) {
  const journey_study_options *scope = &study->scope;
  int64_t first, last;
  journey_status status = JOURNEY_OK;
  study->from = INT64_MIN;
  study->to = INT64_MAX;
  study->timed = scope->from || scope->to;
  if (scope->from) status = read_end(study, "from", scope->from, &study->from, &last, err);
  if (!status && scope->to) {
    status = read_end(study, "to", scope->to, &first, &last, err);
    study->to = first == last ? first : jn_base_add_clamped(last, 1);
  }
  if (status || study->from < study->to) return status;
  return jn_base_fail(err, JOURNEY_EINVAL, "from: '%s' is not before to: '%s'",
                      scope->from ? jn_base_quote(scope->from, strlen(scope->from)).text : "",
                      scope->to ? jn_base_quote(scope->to, strlen(scope->to)).text : "");
}

/* The period as ticks [from_tick, end_tick). */
static void read_ticks(journey_study *study) {
  const jn_stream_columns *columns = study->columns;
  uint64_t base = (uint64_t)columns->time_base, unit = (uint64_t)columns->time_unit;
  uint64_t from = study->from > columns->time_base ? (uint64_t)study->from - base : 0;
  uint64_t end = study->to > columns->time_base ? (uint64_t)study->to - base : 0;
  study->from_tick = from / unit + (from % unit != 0);
  study->end_tick = study->to == INT64_MAX ? UINT64_MAX : end / unit + (end % unit != 0);
}

/* First event of [begin, end) at `tick` or later. */
static int64_t first_at(const jn_stream_columns *columns, int64_t begin, int64_t end, uint64_t tick) {
  while (begin < end) {
    int64_t middle = begin + (end - begin) / 2;
    if (jn_study_tick(columns, middle) < tick)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

void jn_study_narrow(const journey_study *study, int64_t *begin, int64_t *end) {
  const jn_stream_columns *columns = study->columns;
  if (!study->timed || *begin == *end) return;
  if (jn_study_tick(columns, *begin) < study->from_tick) {
    *begin = first_at(columns, *begin, *end, study->from_tick);
  }
  if (*begin < *end && jn_study_tick(columns, *end - 1) >= study->end_tick) {
    *end = first_at(columns, *begin, *end, study->end_tick);
  }
}

journey_status jn_study_time_range(const journey_study *study, int64_t *first, int64_t *last) {
  journey_status status = journey_stream_time_range(study->stream, first, last);
  if (status) return status;
  if (study->scope.from) *first = study->from;
  if (study->scope.to) *last = study->to - 1;
  return *first <= *last ? JOURNEY_OK : JOURNEY_ENOTFOUND;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

journey_status jn_study_scope_new(journey_study *study, journey_error *err) {
  journey_status status = read_period(study, err);
  if (status) return status;
  read_ticks(study);
  study->filtered = study->scope.where != NULL;
  return study->filtered ? jn_study_program_of(study, "where", study->scope.where, false, &study->where, err)
                         : JOURNEY_OK;
}

journey_status jn_study_program_of(journey_study *study, const char *what, const char *text, bool lenient,
                                   jn_study_program *out, journey_error *err) {
  jn_study_arena scratch = {.context = study->context};
  jn_study_compiler compiler = {.study = study, .arena = &study->arena, .what = what, .lenient = lenient};
  jn_study_predicate predicate;
  journey_status status = jn_study_parse_predicate(&scratch, what, text, &predicate, err);
  if (!status) status = jn_study_compile(&compiler, &predicate, out, err);
  jn_study_give_back(&scratch);
  return status;
}

int64_t jn_study_chunk_end(const journey_study *study, int64_t first, int64_t last) {
  const int64_t *offset = study->columns->offset;
  int64_t end = first;
  while (end < last && end - first < study->chunk && offset[end + 1] - offset[first] <= study->chunk) end++;
  return end > first || first == last ? end : first + 1;
}

void jn_study_cut(const journey_study *study, int64_t shards, int64_t *cut) {
  const jn_stream_columns *columns = study->columns;
  int64_t customer = 0, share = columns->events / shards, rest = columns->events % shards, target = 0;
  for (int64_t i = 0; i < shards; i++) {
    int64_t end = columns->customers; /* first customer whose events begin at `target` or later */
    for (int64_t low = customer; low < end;) {
      int64_t middle = low + (end - low) / 2;
      if (columns->offset[middle] < target)
        low = middle + 1;
      else
        end = middle;
    }
    cut[i] = customer = end;
    target += share + (i < rest);
  }
  cut[shards] = columns->customers;
}
