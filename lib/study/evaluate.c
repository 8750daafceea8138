/* Evaluates compiled predicates over ranges of events: block by block, each test a loop over a column to bytes 0, 1. */
#include <math.h>
#include <string.h>

#include "study/internal.h"

void jn_study_evaluator_free(jn_study_evaluator *evaluator) {
  journey_context *context = evaluator->study->context;
  jn_study_room_free(context, &evaluator->stack[0]);
  jn_study_room_free(context, &evaluator->stack[1]);
  jn_study_room_free(context, &evaluator->wide);
  jn_study_room_free(context, &evaluator->touchpoint);
}

/* ---- codes ------------------------------------------------------------------------------------------------------- */

/* One loop a width. */
void jn_study_look_up(const void *codes, uint32_t width, int64_t first, int64_t n, const uint8_t *table, uint8_t *out) {
  const uint8_t *narrow = (const uint8_t *)codes + first;
  const uint16_t *middle = (const uint16_t *)codes + first;
  const uint32_t *wide = (const uint32_t *)codes + first;
  if (width == 1) {
    for (int64_t i = 0; i < n; i++) out[i] = table[narrow[i]];
  } else if (width == 2) {
    for (int64_t i = 0; i < n; i++) out[i] = table[middle[i]];
  } else {
    for (int64_t i = 0; i < n; i++) out[i] = table[wide[i]];
  }
}

void jn_study_look_up_wide(const void *codes, uint32_t width, int64_t first, int64_t n, const uint16_t *table,
                           uint16_t *out) {
  const uint8_t *narrow = (const uint8_t *)codes + first;
  const uint16_t *middle = (const uint16_t *)codes + first;
  const uint32_t *wide = (const uint32_t *)codes + first;
  if (width == 1) {
    for (int64_t i = 0; i < n; i++) out[i] = table[narrow[i]];
  } else if (width == 2) {
    for (int64_t i = 0; i < n; i++) out[i] = table[middle[i]];
  } else {
    for (int64_t i = 0; i < n; i++) out[i] = table[wide[i]];
  }
}

int64_t jn_study_customer_of(const jn_stream_columns *columns, int64_t event) {
  int64_t low = 0, high = columns->customers; /* offset[low] <= event < offset[high] */
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    if (columns->offset[middle] <= event)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static void look_up_customers(const jn_stream_columns *columns, int64_t first, int64_t n, const uint8_t *table,
                              uint8_t *out) {
  int64_t customer = jn_study_customer_of(columns, first);
  for (int64_t i = 0; i < n; customer++) {
    int64_t end = columns->offset[customer + 1] - first;
    if (end > n) end = n;
    if (end > i) memset(out + i, table[customer], (size_t)(end - i));
    if (end > i) i = end;
  }
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

void jn_study_dense(const jn_stream_sparse *column, int64_t first, int64_t n, double *out) {
  int64_t i = 0;
  for (; i < n && (!column->bits || (first + i) & 63); i++) out[i] = jn_stream_number(column, first + i);
  for (; n - i >= 64; i += 64) {
    int64_t w = (first + i) >> 6;
    uint64_t word = column->bits[w];
    const double *number = column->number + column->rank[w];
    if (word == UINT64_MAX) {
      memcpy(out + i, number, 64 * sizeof *number);
      continue;
    }
    for (int j = 0; j < 64; j++) out[i + j] = NAN;
    for (; word; word &= word - 1) out[i + __builtin_ctzll(word)] = *number++;
  }
  for (; i < n; i++) out[i] = jn_stream_number(column, first + i);
}

/* NaN compares false with everything: no missing number is within or without a range. */
static void in_numbers(const jn_study_check *check, const double *x, int64_t n, uint8_t *out) {
  memset(out, check->negated, (size_t)n);
  for (uint32_t r = 0; r < check->ranges; r++) {
    double low = check->range[r].low.number, high = check->range[r].high.number;
    if (check->negated) {
      for (int64_t i = 0; i < n; i++) out[i] &= (uint8_t)((x[i] < low) | (x[i] > high));
    } else {
      for (int64_t i = 0; i < n; i++) out[i] |= (uint8_t)((x[i] >= low) & (x[i] <= high));
    }
  }
}

/* ---- times ------------------------------------------------------------------------------------------------------- */

static void in_low_ticks(const jn_study_check *check, const uint32_t *tick, int64_t n, uint8_t *out) {
  memset(out, 0, (size_t)n);
  for (uint32_t r = 0; r < check->ranges; r++) {
    if (check->range[r].low.tick > UINT32_MAX || check->range[r].low.tick > check->range[r].high.tick) continue;
    uint32_t low = (uint32_t)check->range[r].low.tick;
    uint32_t high = check->range[r].high.tick > UINT32_MAX ? UINT32_MAX : (uint32_t)check->range[r].high.tick;
    for (int64_t i = 0; i < n; i++) out[i] |= (uint8_t)((tick[i] >= low) & (tick[i] <= high));
  }
}

static void in_ticks(const jn_study_check *check, const uint64_t *tick, int64_t n, uint8_t *out) {
  memset(out, 0, (size_t)n);
  for (uint32_t r = 0; r < check->ranges; r++) {
    uint64_t low = check->range[r].low.tick, high = check->range[r].high.tick;
    for (int64_t i = 0; i < n; i++) out[i] |= (uint8_t)((tick[i] >= low) & (tick[i] <= high));
  }
}

static void join_ticks(const jn_stream_columns *columns, int64_t first, int64_t n, uint64_t *out) {
  const uint32_t *low = columns->time_low + first;
  const uint16_t *narrow = (const uint16_t *)columns->time_high + first;
  const uint32_t *wide = (const uint32_t *)columns->time_high + first;
  if (columns->time_high_width == 2) {
    for (int64_t i = 0; i < n; i++) out[i] = (uint64_t)narrow[i] << 32 | low[i];
  } else {
    for (int64_t i = 0; i < n; i++) out[i] = (uint64_t)wide[i] << 32 | low[i];
  }
}

/* ---- one block --------------------------------------------------------------------------------------------------- */

/* Items of the stack are whole blocks, so these may run on to a multiple of LANE: compilers then take many at once. */
enum { LANE = 64 };
_Static_assert(JN_STUDY_BLOCK % LANE == 0, "a block is a multiple of a lane");

static void negate(uint8_t *out, int64_t n) {
  for (int64_t i = 0; i < n; i += LANE) {
    for (int k = 0; k < LANE; k++) out[i + k] ^= 1;
  }
}

static void test_times(const jn_study_evaluator *evaluator, const jn_study_check *check, int64_t first, int64_t n,
                       uint8_t *out) {
  const jn_stream_columns *columns = evaluator->study->columns;
  if (columns->time_high_width) {
    join_ticks(columns, first, n, evaluator->wide.data);
    in_ticks(check, evaluator->wide.data, n, out);
  } else {
    in_low_ticks(check, columns->time_low + first, n, out);
  }
  if (check->negated) negate(out, n);
}

static journey_status test(jn_study_evaluator *evaluator, const jn_study_check *check, int64_t first, int64_t n,
                           uint8_t *out, journey_error *err) {
  const jn_stream_columns *columns = evaluator->study->columns;
  const jn_stream_attribute *attribute = columns->attribute + check->attribute;
  switch (check->kind) {
  case JN_STUDY_OF_EVENT:
    if (evaluator->over_names)
      memcpy(out, check->table + first, (size_t)n);
    else
      jn_study_look_up(columns->code, columns->code_width, first, n, check->table, out);
    break;
  case JN_STUDY_OF_ATTRIBUTE: jn_study_look_up(attribute->code, attribute->width, first, n, check->table, out); break;
  case JN_STUDY_OF_CUSTOMER: look_up_customers(columns, first, n, check->table, out); break;
  case JN_STUDY_OF_TIME: test_times(evaluator, check, first, n, out); break;
  case JN_STUDY_OF_NUMBER:
    jn_study_dense(check->number, first, n, evaluator->wide.data);
    in_numbers(check, evaluator->wide.data, n, out);
    break;
  default: {
    journey_status status = jn_study_touchpoints_of(evaluator, first, n, evaluator->touchpoint.data, err);
    if (status) return status;
    jn_study_look_up(evaluator->touchpoint.data, 2, 0, n, check->table, out);
  }
  }
  return JOURNEY_OK;
}

static void join(int kind, uint8_t *restrict a, const uint8_t *restrict b, int64_t n) {
  if (kind == JN_STUDY_AND) {
    for (int64_t i = 0; i < n; i += LANE) {
      for (int k = 0; k < LANE; k++) a[i + k] &= b[i + k];
    }
  } else {
    for (int64_t i = 0; i < n; i += LANE) {
      for (int k = 0; k < LANE; k++) a[i + k] |= b[i + k];
    }
  }
}

/* The stack's items are JN_STUDY_BLOCK bytes each. */
static journey_status run_block(jn_study_evaluator *evaluator, const jn_study_program *program, int64_t first,
                                int64_t n, journey_error *err) {
  uint8_t *top = evaluator->stack[evaluator->level].data; /* behind the last item */
  for (uint32_t i = 0; i < program->instructions; i++) {
    const jn_study_instruction *instruction = &program->instruction[i];
    if (instruction->kind == JN_STUDY_TEST) {
      journey_status status = test(evaluator, instruction->check, first, n, top, err);
      if (status) return status;
      top += JN_STUDY_BLOCK;
    } else if (instruction->kind == JN_STUDY_NOT) {
      negate(top - JN_STUDY_BLOCK, n);
    } else {
      top -= JN_STUDY_BLOCK;
      join(instruction->kind, top - JN_STUDY_BLOCK, top, n);
    }
  }
  return JOURNEY_OK;
}

static journey_status take_room(jn_study_evaluator *evaluator, uint32_t depth, journey_error *err) {
  journey_context *context = evaluator->study->context;
  journey_status status = jn_study_room(context, &evaluator->stack[evaluator->level], depth, JN_STUDY_BLOCK, err);
  if (!status) status = jn_study_room(context, &evaluator->wide, JN_STUDY_BLOCK, sizeof(uint64_t), err);
  if (!status) status = jn_study_room(context, &evaluator->touchpoint, JN_STUDY_BLOCK, sizeof(uint16_t), err);
  return status;
}

journey_status jn_study_evaluate(jn_study_evaluator *evaluator, const jn_study_program *program, int64_t first,
                                 int64_t n, uint8_t *out, journey_error *err) {
  journey_status status = take_room(evaluator, program->depth, err);
  for (int64_t done = 0; !status && done < n; done += JN_STUDY_BLOCK) {
    int64_t some = n - done < JN_STUDY_BLOCK ? n - done : JN_STUDY_BLOCK;
    status = run_block(evaluator, program, first + done, some, err);
    if (!status) memcpy(out + done, evaluator->stack[evaluator->level].data, (size_t)some);
  }
  return status;
}

journey_status jn_study_evaluate_names(jn_study_evaluator *evaluator, const jn_study_program *program, uint8_t *out,
                                       journey_error *err) {
  evaluator->over_names = true;
  journey_status status = jn_study_evaluate(evaluator, program, 0, evaluator->study->events.count, out, err);
  evaluator->over_names = false;
  return status;
}
