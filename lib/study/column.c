/* Makes one test of a predicate ready for its column: a table over the column's codes, or ranges of its numbers. */
#include <math.h>
#include <string.h>

#include "study/internal.h"

enum { EVENT, TIME, VALUE, CUSTOMER, TOUCHPOINT, STAGE, ATTRIBUTE };

static const char *const own[] = {"event", "time", "value", "customer", "touchpoint", "stage"};

/* Where the texts of a column come from. */
typedef struct source {
  const jn_study_compiler *compiler;
  int column; /* EVENT ... */
  uint32_t attribute;
  int64_t entries;
} source;

static int column_of(const jn_study_word *name) {
  if (name->quoted) return ATTRIBUTE;
  for (int i = 0; i < ATTRIBUTE; i++) {
    if (!strcmp(name->bytes, own[i])) return i;
  }
  return ATTRIBUTE;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

/* An element is called by its id and by its name. */
static const char *element_text(const journey_study *study, const char *kind, int64_t i, bool by_id, size_t *n) {
  const journey_element *element = journey_map_at(study->map, kind, i);
  const char *s = by_id ? journey_element_id(element) : journey_element_text(element, "name");
  if (s) *n = strlen(s);
  return s;
}

static const char *touchpoint_text(const journey_study *study, int64_t touchpoint, bool by_id, size_t *n) {
  if (study->map) return element_text(study, "touchpoint", touchpoint, by_id, n);
  return by_id ? jn_base_dictionary_string(study->columns->names, (uint32_t)touchpoint, n) : NULL;
}

static const char *stage_text(const journey_study *study, int64_t touchpoint, bool by_id, size_t *n) {
  uint16_t stage = study->map ? study->touchpoint.stage[touchpoint] : 0;
  return stage ? element_text(study, "stage", stage - 1, by_id, n) : NULL;
}

/* Text i of a source, NULL when it is missing; `second`: its other text, if there is one. */
static const char *text_of(const source *from, int64_t i, bool second, size_t *n) {
  const journey_study *study = from->compiler->study;
  const jn_stream_columns *columns = study->columns;
  if (from->column == TOUCHPOINT) return i ? touchpoint_text(study, i - 1, !second, n) : NULL;
  if (from->column == STAGE) return i ? stage_text(study, i - 1, !second, n) : NULL;
  if (second) return NULL;
  if (from->column == EVENT) return jn_base_dictionary_string(columns->names, (uint32_t)i, n);
  if (from->column == CUSTOMER) return jn_stream_customer(study->stream, (uint32_t)i, n);
  return i ? jn_base_dictionary_string(columns->attribute[from->attribute].names, (uint32_t)i - 1, n) : NULL;
}

static uint8_t holds(const source *from, const jn_study_matcher *matcher, int64_t i) {
  bool present = false, hit = false;
  for (int second = 0; second < 2; second++) {
    size_t n = 0;
    const char *s = text_of(from, i, second, &n);
    if (!s) continue;
    present = true;
    hit = hit || jn_study_matches(matcher, s, n);
  }
  return present && hit != matcher->test->negated;
}

static journey_status fill_table(const source *from, const jn_study_test *test, jn_study_check *out,
                                 journey_error *err) {
  journey_context *context = from->compiler->arena->context;
  uint8_t *table = jn_study_take(from->compiler->arena, (size_t)from->entries + 1, 1);
  if (!table) return jn_base_no_memory(err);
  jn_study_matcher matcher;
  journey_status status = jn_study_matcher_new(context, test, &matcher, err);
  if (status) return status;
  for (int64_t i = 0; !status && i < from->entries; i++) {
    table[i] = holds(from, &matcher, i);
    if (i % 65536 == 65535) status = jn_base_cancelled(context, err);
  }
  jn_study_matcher_free(&matcher);
  out->table = table;
  return status;
}

/* Where the event's name alone tells its touchpoint, a table over touchpoints becomes one over event names. */
static journey_status by_name(const jn_study_compiler *compiler, jn_study_check *check, journey_error *err) {
  const journey_study *study = compiler->study;
  const jn_study_touchpoint_table *touchpoint = &study->touchpoint;
  if (touchpoint->bindings) return JOURNEY_OK;
  check->kind = JN_STUDY_OF_EVENT;
  if (!study->map) {
    check->table++; /* event code c is touchpoint c + 1 */
    return JOURNEY_OK;
  }
  uint8_t *table = jn_study_take(compiler->arena, study->events.count, 1);
  if (!table) return jn_base_no_memory(err);
  for (uint32_t code = 0; code < study->events.count; code++) table[code] = check->table[touchpoint->by_name[code]];
  check->table = table;
  return JOURNEY_OK;
}

static journey_status check_touchpoint(source *from, const jn_study_test *test, jn_study_check *out,
                                       journey_error *err) {
  const jn_study_compiler *compiler = from->compiler;
  if (compiler->binding) {
    return jn_study_fail(compiler->what, JOURNEY_EPARSE, test->name.offset, err,
                         "the events of a touchpoint cannot be told by their %s", test->name.bytes);
  }
  from->entries = (int64_t)compiler->study->touchpoint.names.count + 1;
  out->kind = JN_STUDY_OF_TOUCHPOINT;
  journey_status status = fill_table(from, test, out, err);
  return status ? status : by_name(compiler, out, err);
}

/* ---- numbers and times ------------------------------------------------------------------------------------------- */

static journey_status wrong_value(const jn_study_compiler *compiler, const jn_study_test *test,
                                  const jn_study_word *value, const char *kind, journey_error *err) {
  return jn_study_fail(compiler->what, JOURNEY_EPARSE, value->offset, err, "expected %s for %s at byte %u, found '%s'",
                       kind, jn_base_quote(test->name.bytes, test->name.length).text, (unsigned)value->offset,
                       jn_base_quote(value->bytes, value->length).text);
}

static journey_status number_range(const jn_study_compiler *compiler, const jn_study_test *test,
                                   const jn_study_word *value, jn_study_range *out, journey_error *err) {
  double x;
  if (!jn_base_parse_double(value->bytes, value->length, &x)) {
    return wrong_value(compiler, test, value, "a number", err);
  }
  double low = x, high = x;
  if (test->relation == JN_STUDY_LESS || test->relation == JN_STUDY_LESS_EQUAL) low = -INFINITY;
  if (test->relation == JN_STUDY_GREATER || test->relation == JN_STUDY_GREATER_EQUAL) high = INFINITY;
  if (test->relation == JN_STUDY_LESS) high = nextafter(x, -INFINITY);
  if (test->relation == JN_STUDY_GREATER) low = nextafter(x, INFINITY);
  out->low.number = low;
  out->high.number = high;
  return JOURNEY_OK;
}

/* The ticks whose times are within [low, high]; an empty range when there are none. */
static jn_study_range ticks_within(const jn_stream_columns *columns, int64_t low, int64_t high) {
  jn_study_range none = {.low.tick = 1, .high.tick = 0}, range;
  uint64_t base = (uint64_t)columns->time_base, unit = (uint64_t)columns->time_unit;
  if (low > high || high < columns->time_base) return none;
  uint64_t from = low > columns->time_base ? (uint64_t)low - base : 0;
  range.low.tick = from / unit + (from % unit != 0);
  range.high.tick = ((uint64_t)high - base) / unit;
  return range;
}

static journey_status time_range(const jn_study_compiler *compiler, const jn_study_test *test,
                                 const jn_study_word *value, jn_study_range *out, journey_error *err) {
  int64_t first, last, low = INT64_MIN, high = INT64_MAX;
  if (jn_study_instants(compiler->study, value->bytes, value->length, &first, &last)) {
    return wrong_value(compiler, test, value, "a time", err);
  }
  bool empty = false;
  if (test->relation == JN_STUDY_EQUAL) low = first, high = last;
  if (test->relation == JN_STUDY_LESS) empty = !jn_base_add(first, -1, &high);
  if (test->relation == JN_STUDY_LESS_EQUAL) high = last;
  if (test->relation == JN_STUDY_GREATER) empty = !jn_base_add(last, 1, &low);
  if (test->relation == JN_STUDY_GREATER_EQUAL) low = first;
  *out = empty ? ticks_within(compiler->study->columns, 1, 0) : ticks_within(compiler->study->columns, low, high);
  return JOURNEY_OK;
}

static journey_status fill_ranges(const jn_study_compiler *compiler, const jn_study_test *test, jn_study_check *out,
                                  journey_error *err) {
  bool time = out->kind == JN_STUDY_OF_TIME;
  if (test->relation == JN_STUDY_LIKE) {
    return jn_study_fail(compiler->what, JOURNEY_EPARSE, test->name.offset, err, "~ matches texts, but %s is a %s",
                         jn_base_quote(test->name.bytes, test->name.length).text, time ? "time" : "number");
  }
  if (test->values > JN_STUDY_MOST_NUMBERS) {
    return jn_study_fail(compiler->what, JOURNEY_EPARSE, test->value[JN_STUDY_MOST_NUMBERS].offset, err,
                         "more than %d numbers in a list", JN_STUDY_MOST_NUMBERS);
  }
  jn_study_range *range = jn_study_take(compiler->arena, test->values + 1, sizeof *range);
  if (!range) return jn_base_no_memory(err);
  range[0].low.number = -INFINITY; /* of JN_STUDY_PRESENT, which has no value */
  range[0].high.number = INFINITY;
  if (time) range[0] = (jn_study_range){.low.tick = 0, .high.tick = UINT64_MAX};
  journey_status status = JOURNEY_OK;
  for (uint32_t i = 0; !status && i < test->values; i++) {
    status = (time ? time_range : number_range)(compiler, test, &test->value[i], &range[i], err);
  }
  out->range = range;
  out->ranges = test->values ? test->values : 1;
  return status;
}

/* ---- attributes -------------------------------------------------------------------------------------------------- */

static journey_status no_attribute(const jn_study_compiler *compiler, const jn_study_test *test, jn_study_check *out,
                                   journey_error *err) {
  jn_base_quoted name = jn_base_quote(test->name.bytes, test->name.length);
  if (!compiler->lenient) {
    return jn_study_fail(compiler->what, JOURNEY_ENOTFOUND, test->name.offset, err,
                         "the events have no attribute '%s' (byte %u)", name.text, (unsigned)test->name.offset);
  }
  jn_base_log(compiler->arena->context, "%s: the events have no attribute '%s'", compiler->what, name.text);
  out->kind = JN_STUDY_OF_EVENT;
  out->table = jn_study_take(compiler->arena, (size_t)compiler->study->events.count + 1, 1);
  return out->table ? JOURNEY_OK : jn_base_no_memory(err);
}

static journey_status check_attribute(source *from, const jn_study_test *test, jn_study_check *out,
                                      journey_error *err) {
  const journey_study *study = from->compiler->study;
  from->attribute = jn_stream_find_attribute(study->stream, test->name.bytes, test->name.length);
  if (from->attribute == UINT32_MAX) return no_attribute(from->compiler, test, out, err);
  const jn_stream_attribute *attribute = &study->columns->attribute[from->attribute];
  out->attribute = from->attribute;
  out->number = &attribute->number;
  out->kind = attribute->type == JOURNEY_ATTRIBUTE_NUMBER ? JN_STUDY_OF_NUMBER : JN_STUDY_OF_ATTRIBUTE;
  if (out->kind == JN_STUDY_OF_NUMBER) return fill_ranges(from->compiler, test, out, err);
  from->entries = (int64_t)jn_base_dictionary_count(attribute->names) + 1;
  return fill_table(from, test, out, err);
}

journey_status jn_study_check_of(const jn_study_compiler *compiler, const jn_study_test *test, jn_study_check *out,
                                 journey_error *err) {
  const jn_stream_columns *columns = compiler->study->columns;
  source from = {.compiler = compiler, .column = column_of(&test->name)};
  *out = (jn_study_check){.negated = test->negated};
  switch (from.column) {
  case EVENT:
    out->kind = JN_STUDY_OF_EVENT;
    from.entries = compiler->study->events.count;
    return fill_table(&from, test, out, err);
  case CUSTOMER:
    out->kind = JN_STUDY_OF_CUSTOMER;
    from.entries = columns->customers;
    return fill_table(&from, test, out, err);
  case TIME: out->kind = JN_STUDY_OF_TIME; return fill_ranges(compiler, test, out, err);
  case VALUE:
    out->kind = JN_STUDY_OF_NUMBER;
    out->number = &columns->value;
    return fill_ranges(compiler, test, out, err);
  case ATTRIBUTE: return check_attribute(&from, test, out, err);
  default: return check_touchpoint(&from, test, out, err);
  }
}
