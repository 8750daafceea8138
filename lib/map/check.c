/* Findings on a map: what makes it wrong (errors), what makes it weak (warnings), what it could say besides (hints). */
#include <stdio.h>
#include <string.h>

#include "map/internal.h"

enum { LONG_LABEL = 60, MANY_STAGES = 12 };

static void add(journey_table *table, const char *severity, const char *rule, const journey_element *element,
                const char *field, const char *message) {
  journey_table_put_text(table, severity, SIZE_MAX);
  journey_table_put_text(table, rule, SIZE_MAX);
  journey_table_put_text(table, journey_element_kind(element), SIZE_MAX);
  journey_table_put_text(table, journey_element_id(element), SIZE_MAX);
  if (field) journey_table_put_text(table, field, SIZE_MAX);
  else journey_table_put_null(table);
  journey_table_put_text(table, message, SIZE_MAX);
}

/* ---- by the field tables ------------------------------------------------------------------------------------------------ */

static void check_reference(journey_table *table, const journey_element *element, const journey_field *field,
                            const char *id) {
  char message[240];
  if (journey_map_find(element->map, field->refers_to, id)) return;
  snprintf(message, sizeof message, "refers to the %s \"%s\", which is not in the map", field->refers_to,
           jn_base_quote(id, strlen(id)).text);
  add(table, "error", "dangling_reference", element, field->name, message);
}

static void check_field(journey_table *table, const journey_element *element, const journey_field *field) {
  if (!journey_element_has(element, field->name)) {
    if (field->flags & JOURNEY_FIELD_REQUIRED) add(table, "error", "missing_field", element, field->name, "is required");
    return;
  }
  const char *text = journey_element_text(element, field->name);
  if (field->type == JOURNEY_FIELD_REF) check_reference(table, element, field, text);
  for (int32_t i = 0; field->type == JOURNEY_FIELD_REFS && i < journey_element_count(element, field->name); i++) {
    check_reference(table, element, field, journey_element_item(element, field->name, i));
  }
  if (field->flags & JOURNEY_FIELD_REQUIRED && text && *text == '\0') {
    add(table, "error", "missing_field", element, field->name, "is required, and empty");
  }
}

static void check_name(journey_table *table, const jn_map_list *list, size_t i) {
  const journey_element *element = list->element[i];
  const char *name = journey_element_text(element, "name");
  if (!name) return;
  if (strlen(name) > LONG_LABEL) add(table, "warning", "long_label", element, "name", "is too long to be read on a map");
  for (size_t k = 0; k < i; k++) {
    const char *other = journey_element_text(list->element[k], "name");
    if (!other || strcmp(name, other) != 0) continue;
    add(table, "warning", "same_name", element, "name", "is the name of an earlier element too");
    return;
  }
}

/* ---- by the meaning of the kinds ---------------------------------------------------------------------------------------- */

static bool has_touchpoint(const journey_map *map, const char *stage) {
  const jn_map_list *list = jn_map_list_of(map, "touchpoint");
  for (size_t i = 0; i < list->count; i++) {
    const char *own = journey_element_text(list->element[i], "stage");
    if (own && strcmp(own, stage) == 0) return true;
  }
  return false;
}

static void check_persona(journey_table *table, const journey_element *element) {
  if (!journey_element_has(element, "rule")) {
    add(table, "hint", "persona_without_rule", element, "rule", "without a rule no customer is assigned to it");
  }
  const char *evidence = journey_element_text(element, "evidence");
  if (!evidence || strcmp(evidence, "evidence") != 0) {
    add(table, "hint", "persona_is_hypothesis", element, "evidence", "is a hypothesis: no evidence is stated");
  }
}

static void check_stage(journey_table *table, const journey_element *element) {
  if (!has_touchpoint(element->map, journey_element_id(element))) {
    add(table, "warning", "stage_without_touchpoint", element, NULL, "has no touchpoint");
  }
}

static void check_touchpoint(journey_table *table, const journey_element *element) {
  if (!journey_element_has(element, "stage")) {
    add(table, "warning", "touchpoint_without_stage", element, "stage", "belongs to no stage");
  }
  if (!journey_element_has(element, "events")) {
    add(table, "warning", "unbound_touchpoint", element, "events", "no event is bound to it, so it cannot be measured");
  }
}

static void check_map(journey_table *table, const journey_map *map) {
  if (!journey_element_has(map->root, "title")) add(table, "hint", "map_without_title", map->root, "title", "is not set");
  if (jn_map_list_of(map, "stage")->count > MANY_STAGES) {
    add(table, "hint", "many_stages", map->root, NULL, "has more stages than a reader can follow");
  }
}

typedef void (*check_element)(journey_table *table, const journey_element *element);

static const struct {
  const char *kind;
  check_element check;
} rules[] = {{"persona", check_persona}, {"stage", check_stage}, {"touchpoint", check_touchpoint}};

static void check_kind(journey_table *table, const journey_map *map, const jn_map_kind *kind) {
  const jn_map_list *list = jn_map_list_of(map, kind->name);
  for (size_t i = 0; list && i < list->count; i++) {
    for (int32_t f = 0; f < kind->fields; f++) check_field(table, list->element[i], &kind->field[f]);
    check_name(table, list, i);
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
      if (strcmp(rules[r].kind, kind->name) == 0) rules[r].check(table, list->element[i]);
    }
  }
}

journey_status journey_map_check(const journey_map *map, journey_table **out, journey_error *err) {
  static const char *const columns[] = {"severity", "rule", "kind", "id", "field", "message"};
  journey_table *table;
  const jn_map_kind *kind;
  journey_status status = journey_table_new(map->context, "check", &table, err);
  if (status != JOURNEY_OK) return status;
  for (int i = 0; i < 6; i++) journey_table_add_column(table, columns[i], JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  check_map(table, map);
  for (int32_t k = 0; (kind = jn_map_kind_at(k)) != NULL; k++) check_kind(table, map, kind);
  status = journey_table_finish(table, err);
  if (status == JOURNEY_OK) *out = table;
  else journey_table_free(table);
  return status;
}
