/* Elements: values by field, checked against the field's table when they are set. */
#include <math.h>
#include <string.h>

#include "map/internal.h"

/* ---- texts ---------------------------------------------------------------------------------------------------------- */

static void free_text(journey_context *context, jn_map_text *text) {
  if (text->bytes) jn_base_free(context, text->bytes, text->length + 1, 1);
  *text = (jn_map_text){0};
}

static journey_status copy_text(journey_context *context, const char *s, size_t n, jn_map_text *out,
                                journey_error *err) {
  char *bytes = jn_base_copy(context, s, n);
  if (!bytes) return jn_base_no_memory(err);
  *out = (jn_map_text){bytes, n};
  return JOURNEY_OK;
}

static bool same_text(const jn_map_text *a, const jn_map_text *b) {
  return a->length == b->length && (a->length == 0 || memcmp(a->bytes, b->bytes, a->length) == 0);
}

static void free_value(journey_context *context, jn_map_value *value) {
  free_text(context, &value->text);
  for (size_t i = 0; i < value->items; i++) free_text(context, &value->item[i]);
  jn_base_free(context, value->item, value->capacity, sizeof *value->item);
  *value = (jn_map_value){0};
}

/* ---- life ------------------------------------------------------------------------------------------------------------ */

journey_status jn_map_element_new(journey_map *map, const jn_map_kind *kind, const char *id, journey_element **out,
                                  journey_error *err) {
  journey_element *element = jn_base_zalloc(map->context, 1, sizeof *element);
  if (!element) return jn_base_no_memory(err);
  element->map = map;
  element->kind = kind;
  element->value = jn_base_zalloc(map->context, (size_t)kind->fields, sizeof *element->value);
  journey_status status = element->value ? copy_text(map->context, id, strlen(id), &element->id, err)
                                         : jn_base_no_memory(err);
  if (status == JOURNEY_OK) *out = element;
  else jn_map_element_free(element);
  return status;
}

void jn_map_element_free(journey_element *element) {
  if (!element) return;
  journey_context *context = element->map->context;
  for (int32_t i = 0; element->value && i < element->kind->fields; i++) free_value(context, &element->value[i]);
  if (element->value) jn_base_free(context, element->value, (size_t)element->kind->fields, sizeof *element->value);
  for (size_t i = 0; i < element->unknowns; i++) {
    free_text(context, &element->unknown[i].name);
    free_text(context, &element->unknown[i].json);
  }
  jn_base_free(context, element->unknown, element->unknown_capacity, sizeof *element->unknown);
  free_text(context, &element->id);
  jn_base_free(context, element, 1, sizeof *element);
}

static journey_status add_item(journey_element *element, jn_map_value *value, const char *s, size_t n,
                               journey_error *err) {
  journey_context *context = element->map->context;
  journey_status status = jn_base_grow(context, &value->item, &value->capacity, value->items + 1, sizeof *value->item,
                                       err);
  if (status == JOURNEY_OK) status = copy_text(context, s, n, &value->item[value->items], err);
  if (status != JOURNEY_OK) return status;
  value->items++;
  value->set = true;
  return JOURNEY_OK;
}

static journey_status copy_value(journey_element *to, jn_map_value *out, const jn_map_value *from,
                                 journey_error *err) {
  journey_status status = JOURNEY_OK;
  out->set = from->set;
  out->number = from->number;
  if (from->text.bytes) status = copy_text(to->map->context, from->text.bytes, from->text.length, &out->text, err);
  for (size_t i = 0; status == JOURNEY_OK && i < from->items; i++) {
    status = add_item(to, out, from->item[i].bytes, from->item[i].length, err);
  }
  return status;
}

journey_status jn_map_element_copy(journey_map *map, const journey_element *from, journey_element **out,
                                   journey_error *err) {
  journey_element *to;
  journey_status status = jn_map_element_new(map, from->kind, from->id.bytes, &to, err);
  if (status != JOURNEY_OK) return status;
  for (int32_t i = 0; status == JOURNEY_OK && i < from->kind->fields; i++) {
    status = copy_value(to, &to->value[i], &from->value[i], err);
  }
  for (size_t i = 0; status == JOURNEY_OK && i < from->unknowns; i++) {
    const jn_map_unknown *kept = &from->unknown[i];
    status = jn_map_keep(to, kept->name.bytes, kept->name.length, kept->json.bytes, kept->json.length, err);
  }
  if (status == JOURNEY_OK) *out = to;
  else jn_map_element_free(to);
  return status;
}

const char *journey_element_kind(const journey_element *element) { return element->kind->name; }
const char *journey_element_id(const journey_element *element) { return element->id.bytes; }
const jn_map_kind *jn_map_element_kind(const journey_element *element) { return element->kind; }

/* ---- setting ----------------------------------------------------------------------------------------------------------- */

static bool is_choice(const char *choices, const char *s, size_t n) {
  for (const char *at = choices;; at += strcspn(at, "|") + 1) {
    size_t length = strcspn(at, "|");
    if (length == n && memcmp(at, s, n) == 0) return true;
    if (!at[length]) return false;
  }
}

/* The field of that name, if it has one of the types (a set of bits 1 << JOURNEY_FIELD_...). */
static journey_status find_field(const journey_element *element, const char *name, uint32_t types, int32_t *index,
                                 journey_error *err) {
  const jn_map_kind *kind = element->kind;
  *index = jn_map_field_index(kind, name, strlen(name));
  if (*index < 0) {
    return jn_base_fail(err, JOURNEY_ENOTFOUND, "a %s has no field \"%s\"", kind->name,
                        jn_base_quote(name, strlen(name)).text);
  }
  if ((types >> kind->field[*index].type) & 1) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_EINVAL, "field \"%s\" of a %s is of another type", name, kind->name);
}

static journey_status check_text(const journey_field *field, const char *s, size_t n, journey_error *err) {
  size_t bad;
  if (!jn_base_utf8(s, n, &bad)) return jn_base_fail(err, JOURNEY_EINVAL, "%s: not UTF-8", field->name);
  if (field->type == JOURNEY_FIELD_CHOICE && !is_choice(field->choices, s, n)) {
    return jn_base_fail(err, JOURNEY_EINVAL, "%s: must be one of %s, not \"%s\"", field->name, field->choices,
                        jn_base_quote(s, n).text);
  }
  return JOURNEY_OK;
}

enum {
  TEXT_TYPES = 1u << JOURNEY_FIELD_TEXT | 1u << JOURNEY_FIELD_CHOICE | 1u << JOURNEY_FIELD_REF |
               1u << JOURNEY_FIELD_STEP | 1u << JOURNEY_FIELD_RULE,
  LIST_TYPES = 1u << JOURNEY_FIELD_TEXTS | 1u << JOURNEY_FIELD_REFS,
  NUMBER_TYPES = 1u << JOURNEY_FIELD_NUMBER | 1u << JOURNEY_FIELD_FLAG,
  ALL_TYPES = TEXT_TYPES | LIST_TYPES | NUMBER_TYPES
};

journey_status journey_element_set_text(journey_element *element, const char *name, const char *text,
                                        journey_error *err) {
  int32_t i;
  jn_map_text copy = {0};
  journey_status status = find_field(element, name, TEXT_TYPES, &i, err);
  if (status == JOURNEY_OK && !text) return journey_element_unset(element, name, err);
  if (status == JOURNEY_OK) status = check_text(&element->kind->field[i], text, strlen(text), err);
  if (status == JOURNEY_OK) status = copy_text(element->map->context, text, strlen(text), &copy, err);
  if (status != JOURNEY_OK) return status;
  free_text(element->map->context, &element->value[i].text);
  element->value[i].text = copy;
  element->value[i].set = true;
  return JOURNEY_OK;
}

/* NULL sets the empty list, which differs from a list that is not set. */
journey_status journey_element_add_text(journey_element *element, const char *name, const char *text,
                                        journey_error *err) {
  int32_t i;
  journey_status status = find_field(element, name, LIST_TYPES, &i, err);
  if (status == JOURNEY_OK && !text) element->value[i].set = true;
  if (status != JOURNEY_OK || !text) return status;
  status = check_text(&element->kind->field[i], text, strlen(text), err);
  return status == JOURNEY_OK ? add_item(element, &element->value[i], text, strlen(text), err) : status;
}

journey_status journey_element_set_number(journey_element *element, const char *name, double number,
                                          journey_error *err) {
  int32_t i;
  journey_status status = find_field(element, name, NUMBER_TYPES, &i, err);
  if (status != JOURNEY_OK) return status;
  if (isnan(number)) return journey_element_unset(element, name, err);
  const journey_field *field = &element->kind->field[i];
  bool flag = field->type == JOURNEY_FIELD_FLAG;
  if (flag ? number != 0 && number != 1 : isinf(number)) {
    return jn_base_fail(err, JOURNEY_EINVAL, "%s: must be %s", field->name, flag ? "0 or 1" : "a finite number");
  }
  if (!flag && field->minimum < field->maximum && (number < field->minimum || number > field->maximum)) {
    return jn_base_fail(err, JOURNEY_EINVAL, "%s: must be from %.15g to %.15g, not %.15g", field->name,
                        field->minimum, field->maximum, number);
  }
  element->value[i].number = number;
  element->value[i].set = true;
  return JOURNEY_OK;
}

journey_status journey_element_unset(journey_element *element, const char *name, journey_error *err) {
  int32_t i;
  journey_status status = find_field(element, name, ALL_TYPES, &i, err);
  if (status == JOURNEY_OK) free_value(element->map->context, &element->value[i]);
  return status;
}

/* ---- getting ------------------------------------------------------------------------------------------------------------ */

static const jn_map_value *get(const journey_element *element, const char *name) {
  int32_t i = jn_map_field_index(element->kind, name, strlen(name));
  return i >= 0 && element->value[i].set ? &element->value[i] : NULL;
}

int32_t journey_element_has(const journey_element *element, const char *field) { return get(element, field) != NULL; }

const char *journey_element_text(const journey_element *element, const char *field) {
  const jn_map_value *value = get(element, field);
  return value ? value->text.bytes : NULL;
}

int32_t journey_element_count(const journey_element *element, const char *field) {
  const jn_map_value *value = get(element, field);
  return value ? (int32_t)value->items : 0;
}

const char *journey_element_item(const journey_element *element, const char *field, int32_t i) {
  const jn_map_value *value = get(element, field);
  return value && i >= 0 && (size_t)i < value->items ? value->item[i].bytes : NULL;
}

double journey_element_number(const journey_element *element, const char *name) {
  int32_t i = jn_map_field_index(element->kind, name, strlen(name));
  if (i < 0 || !element->value[i].set || !((NUMBER_TYPES >> element->kind->field[i].type) & 1)) return NAN;
  return element->value[i].number;
}

/* ---- as a whole ------------------------------------------------------------------------------------------------------------ */

journey_status jn_map_keep(journey_element *element, const char *name, size_t n, const char *json, size_t length,
                           journey_error *err) {
  journey_context *context = element->map->context;
  jn_map_unknown kept = {0};
  journey_status status = jn_base_grow(context, &element->unknown, &element->unknown_capacity, element->unknowns + 1,
                                       sizeof *element->unknown, err);
  if (status == JOURNEY_OK) status = copy_text(context, name, n, &kept.name, err);
  if (status == JOURNEY_OK) status = copy_text(context, json, length, &kept.json, err);
  if (status == JOURNEY_OK) element->unknown[element->unknowns++] = kept;
  else free_text(context, &kept.name);
  return status;
}

int32_t jn_map_kept_count(const journey_element *element) { return (int32_t)element->unknowns; }

const char *jn_map_kept(const journey_element *element, int32_t i, const char **json) {
  *json = element->unknown[i].json.bytes;
  return element->unknown[i].name.bytes;
}

bool jn_map_same_value(const journey_element *a, const journey_element *b, int32_t i) {
  const jn_map_value *x = &a->value[i], *y = &b->value[i];
  if (x->set != y->set || x->items != y->items) return false;
  if (x->number < y->number || x->number > y->number || !same_text(&x->text, &y->text)) return false;
  for (size_t k = 0; k < x->items; k++) {
    if (!same_text(&x->item[k], &y->item[k])) return false;
  }
  return true;
}

void jn_map_value_text(const journey_element *element, int32_t i, jn_base_text *out) {
  const jn_map_value *value = &element->value[i];
  int32_t type = element->kind->field[i].type;
  if (!value->set) return;
  if (type == JOURNEY_FIELD_FLAG) jn_base_text_put(out, value->number != 0 ? "true" : "false");
  else if (type == JOURNEY_FIELD_NUMBER) jn_base_text_double(out, value->number);
  else if ((TEXT_TYPES >> type) & 1) jn_base_text_add(out, value->text.bytes, value->text.length);
  for (size_t k = 0; k < value->items; k++) {
    if (k > 0) jn_base_text_put(out, "; ");
    jn_base_text_add(out, value->item[k].bytes, value->item[k].length);
  }
}
