/* Compiles predicates over a stream: each test becomes a table or ranges, once, before any event is looked at. */
#include <string.h>

#include "study/internal.h"

journey_status jn_study_compile(const jn_study_compiler *compiler, const jn_study_predicate *predicate,
                                jn_study_program *out, journey_error *err) {
  jn_study_instruction *instruction = jn_study_take(compiler->arena, predicate->nodes, sizeof *instruction);
  if (!instruction) return jn_base_no_memory(err);
  *out = (jn_study_program){instruction, predicate->nodes, predicate->depth, true};
  for (uint32_t i = 0; i < predicate->nodes; i++) {
    instruction[i].kind = predicate->node[i].kind;
    if (instruction[i].kind != JN_STUDY_TEST) continue;
    jn_study_check *check = jn_study_take(compiler->arena, 1, sizeof *check);
    if (!check) return jn_base_no_memory(err);
    journey_status status = jn_study_check_of(compiler, predicate->node[i].test, check, err);
    if (status) return status;
    instruction[i].check = check;
    out->by_name = out->by_name && check->kind == JN_STUDY_OF_EVENT;
  }
  return JOURNEY_OK;
}

void jn_study_match_names(const journey_study *study, const jn_study_alternative *alternative, uint8_t *table) {
  const jn_base_dictionary *names = study->columns->names;
  const jn_study_word *name = &alternative->name;
  uint32_t count = study->events.count;
  memset(table, 0, count);
  if (!alternative->wild) {
    uint32_t code = jn_base_dictionary_find(names, name->bytes, name->length);
    if (code != JN_BASE_NO_CODE) table[code] = 1;
    return;
  }
  for (uint32_t code = 0; code < count; code++) {
    size_t n;
    const char *s = jn_base_dictionary_string(names, code, &n);
    table[code] = jn_study_like(name->bytes, name->length, s, n);
  }
}

/* ---- times ------------------------------------------------------------------------------------------------------- */

/* 2024-01-31, 2024/01/31, 20240131 or +002024-01-31, and nothing after it. */
static bool is_date(const char *s, size_t n) {
  size_t digits = 0, signs = 0;
  for (size_t i = 0; i < n; i++) {
    if (s[i] >= '0' && s[i] <= '9')
      digits++;
    else if (s[i] == '-' || s[i] == '/')
      signs++;
    else if (s[i] != '+' || i)
      return false;
  }
  if (digits == 8 && n == 8) return true;
  return (n == 10 && digits == 8 && signs == 2) || (n == 13 && digits == 10 && s[n - 3] == '-');
}

journey_status jn_study_instants(const journey_study *study, const char *s, size_t n, int64_t *first, int64_t *last) {
  jn_time_calendar days;
  journey_status status = journey_time_parse(s, n, study->zone, first, NULL);
  if (status) return status;
  *last = *first;
  if (!is_date(s, n)) return JOURNEY_OK;
  jn_time_calendar_init(&days, study->zone, JN_TIME_DAY);
  *last = jn_time_period_start(&days, jn_time_period(&days, *first) + 1);
  if (*last != INT64_MAX) --*last;
  return JOURNEY_OK;
}
