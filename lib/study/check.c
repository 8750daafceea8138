/* Findings on a map with its patterns: step patterns and rules are texts to the room `map`, and are read here. */
#include <string.h>

#include "map/map.h"
#include "study/study.h"

/* Steps of a touchpoint are one step, which may have alternatives. */
static journey_status check_pattern(const journey_map *map, const journey_field *field, const char *text,
                                    journey_error *why) {
  journey_context *context = jn_map_context(map);
  if (field->type == JOURNEY_FIELD_STEP) return jn_study_check_steps(context, text, 1, why);
  return field->type == JOURNEY_FIELD_RULE ? jn_study_check_predicate(context, text, why) : JOURNEY_OK;
}

static void put_row(journey_table *table, const char *const cell[6]) {
  for (int i = 0; i < 6; i++) journey_table_put_text(table, cell[i], SIZE_MAX); /* NULL is a missing cell */
}

static journey_status check_element(journey_table *table, const journey_map *map, const journey_element *element,
                                    journey_error *err) {
  const journey_field *field;
  const char *kind = journey_element_kind(element);
  for (int32_t i = 0; (field = journey_map_field(kind, i)) != NULL; i++) {
    journey_error why = {0};
    const char *text = journey_element_text(element, field->name);
    journey_status status = text ? check_pattern(map, field, text, &why) : JOURNEY_OK;
    if (status == JOURNEY_ENOMEM) return jn_base_no_memory(err);
    if (status == JOURNEY_OK) continue;
    put_row(table, (const char *[]){"error", "bad_pattern", kind, journey_element_id(element), field->name, why.message});
  }
  return JOURNEY_OK;
}

static void copy_rows(journey_table *to, const journey_table *from) {
  for (int64_t row = 0; row < journey_table_rows(from); row++) {
    const char *cell[6];
    for (int32_t c = 0; c < 6; c++) cell[c] = journey_table_text(from, row, c, NULL);
    put_row(to, cell);
  }
}

static journey_status check_elements(journey_table *table, const journey_map *map, journey_error *err) {
  const char *kind;
  journey_status status = JOURNEY_OK;
  for (int32_t k = 0; status == JOURNEY_OK && (kind = journey_map_kind(k)) != NULL; k++) {
    for (int64_t i = 0; status == JOURNEY_OK && i < journey_map_count(map, kind); i++) {
      status = check_element(table, map, journey_map_at(map, kind, i), err);
    }
  }
  return status;
}

journey_status journey_study_check_map(const journey_map *map, journey_table **out, journey_error *err) {
  journey_table *findings, *table = NULL;
  journey_status status = journey_map_check(map, &findings, err);
  if (status != JOURNEY_OK) return status;
  status = journey_table_new(jn_map_context(map), "check", &table, err);
  for (int32_t c = 0; status == JOURNEY_OK && c < journey_table_columns(findings); c++) {
    journey_table_add_column(table, journey_table_column_name(findings, c), JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  }
  if (status == JOURNEY_OK) status = check_elements(table, map, err);
  if (status == JOURNEY_OK) {
    copy_rows(table, findings);
    status = journey_table_finish(table, err);
  }
  journey_table_free(findings);
  if (status == JOURNEY_OK) *out = table;
  else journey_table_free(table);
  return status;
}
