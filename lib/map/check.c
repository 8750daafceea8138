/* Findings on a map: what makes it wrong (errors), what makes it weak (warnings), what it could say besides (hints). */
#include <stdio.h>
#include <string.h>

#include "map/internal.h"

enum { LONG_LABEL = 60, MANY_STAGES = 12 };

typedef struct checker {
  journey_table *table;
  jn_base_dictionary *names;  /* of the kind at hand */
  jn_base_dictionary *staged; /* ids of the stages that have a touchpoint */
  journey_status status;      /* of the dictionaries: sticks */
} checker;

/* Whether the text is new to the dictionary. */
static bool is_new(checker *c, jn_base_dictionary *dictionary, const char *text) {
  uint32_t code, before = jn_base_dictionary_count(dictionary);
  if (c->status == JOURNEY_OK) c->status = jn_base_dictionary_add(dictionary, text, strlen(text), &code, NULL);
  return c->status != JOURNEY_OK || code == before;
}

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

static void check_reference(checker *c, const journey_element *element, const journey_field *field,
                            const char *id) {
  char message[240];
  if (journey_map_find(element->map, field->refers_to, id)) return;
  snprintf(message, sizeof message, "refers to the %s \"%s\", which is not in the map", field->refers_to,
           jn_base_quote(id, strlen(id)).text);
  add(c->table, "error", "dangling_reference", element, field->name, message);
}

static void check_field(checker *c, const journey_element *element, const journey_field *field) {
  if (!journey_element_has(element, field->name)) {
    if (field->flags & JOURNEY_FIELD_REQUIRED) add(c->table, "error", "missing_field", element, field->name, "is required");
    return;
  }
  const char *text = journey_element_text(element, field->name);
  if (field->type == JOURNEY_FIELD_REF) check_reference(c, element, field, text);
  for (int32_t i = 0; field->type == JOURNEY_FIELD_REFS && i < journey_element_count(element, field->name); i++) {
    check_reference(c, element, field, journey_element_item(element, field->name, i));
  }
  if (field->flags & JOURNEY_FIELD_REQUIRED && text && *text == '\0') {
    add(c->table, "error", "missing_field", element, field->name, "is required, and empty");
  }
}

static void check_name(checker *c, const journey_element *element) {
  const char *name = journey_element_text(element, "name");
  if (!name) return;
  if (strlen(name) > LONG_LABEL) add(c->table, "warning", "long_label", element, "name", "is too long to be read on a map");
  if (!is_new(c, c->names, name)) {
    add(c->table, "warning", "same_name", element, "name", "is the name of an earlier element too");
  }
}

/* ---- by the meaning of the kinds ---------------------------------------------------------------------------------------- */

static void note_staged(checker *c, const journey_map *map) {
  const jn_map_list *list = jn_map_list_of(map, "touchpoint");
  for (size_t i = 0; i < list->count; i++) {
    const char *stage = journey_element_text(list->element[i], "stage");
    if (stage) is_new(c, c->staged, stage);
  }
}

static void check_persona(checker *c, const journey_element *element) {
  if (!journey_element_has(element, "rule")) {
    add(c->table, "hint", "persona_without_rule", element, "rule", "without a rule no customer is assigned to it");
  }
  const char *evidence = journey_element_text(element, "evidence");
  if (!evidence || strcmp(evidence, "evidence") != 0) {
    add(c->table, "hint", "persona_is_hypothesis", element, "evidence", "is a hypothesis: no evidence is stated");
  }
}

static void check_stage(checker *c, const journey_element *element) {
  const char *id = journey_element_id(element);
  if (jn_base_dictionary_find(c->staged, id, strlen(id)) == JN_BASE_NO_CODE) {
    add(c->table, "warning", "stage_without_touchpoint", element, NULL, "has no touchpoint");
  }
}

static void check_touchpoint(checker *c, const journey_element *element) {
  if (!journey_element_has(element, "stage")) {
    add(c->table, "warning", "touchpoint_without_stage", element, "stage", "belongs to no stage");
  }
  if (!journey_element_has(element, "events")) {
    add(c->table, "warning", "unbound_touchpoint", element, "events", "no event is bound to it, so it cannot be measured");
  }
}

static void check_map(checker *c, const journey_map *map) {
  if (!journey_element_has(map->root, "title")) add(c->table, "hint", "map_without_title", map->root, "title", "is not set");
  if (jn_map_list_of(map, "stage")->count > MANY_STAGES) {
    add(c->table, "hint", "many_stages", map->root, NULL, "has more stages than a reader can follow");
  }
}

typedef void (*check_element)(checker *c, const journey_element *element);

static const struct {
  const char *kind;
  check_element check;
} rules[] = {{"persona", check_persona}, {"stage", check_stage}, {"touchpoint", check_touchpoint}};

static journey_status check_kind(checker *c, const journey_map *map, const jn_map_kind *kind, journey_error *err) {
  const jn_map_list *list = jn_map_list_of(map, kind->name);
  journey_status status = jn_base_dictionary_new(map->context, &c->names, err);
  if (status != JOURNEY_OK) return status;
  for (size_t i = 0; list && i < list->count; i++) {
    for (int32_t f = 0; f < kind->fields; f++) check_field(c, list->element[i], &kind->field[f]);
    check_name(c, list->element[i]);
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
      if (strcmp(rules[r].kind, kind->name) == 0) rules[r].check(c, list->element[i]);
    }
  }
  jn_base_dictionary_free(c->names);
  return c->status == JOURNEY_OK ? JOURNEY_OK : jn_base_no_memory(err);
}

static journey_status check_all(checker *c, const journey_map *map, journey_error *err) {
  const jn_map_kind *kind;
  journey_status status = jn_base_dictionary_new(map->context, &c->staged, err);
  if (status != JOURNEY_OK) return status;
  note_staged(c, map);
  check_map(c, map);
  for (int32_t k = 0; status == JOURNEY_OK && (kind = jn_map_kind_at(k)) != NULL; k++) {
    status = check_kind(c, map, kind, err);
  }
  jn_base_dictionary_free(c->staged);
  return status == JOURNEY_OK ? journey_table_finish(c->table, err) : status;
}

journey_status journey_map_check(const journey_map *map, journey_table **out, journey_error *err) {
  static const char *const columns[] = {"severity", "rule", "kind", "id", "field", "message"};
  checker c = {.status = JOURNEY_OK};
  journey_status status = journey_table_new(map->context, "check", &c.table, err);
  if (status != JOURNEY_OK) return status;
  for (int i = 0; i < 6; i++) journey_table_add_column(c.table, columns[i], JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  status = check_all(&c, map, err);
  if (status == JOURNEY_OK) *out = c.table;
  else journey_table_free(c.table);
  return status;
}
