/* Map documents in JSON: writing. Two spaces of indent, fields in the order of their tables, lists on one line each
 * item, and what was kept of newer documents at the end of its element. */
#include <string.h>

#include "map/map.h"

typedef struct writer {
  jn_base_text text;
  int depth;
  bool first; /* of its level: no comma before it */
} writer;

static void begin_member(writer *w, const char *name) {
  jn_base_text_put(&w->text, w->first ? "\n" : ",\n");
  for (int i = 0; i < w->depth; i++) jn_base_text_put(&w->text, "  ");
  w->first = false;
  if (!name) return;
  jn_base_text_json(&w->text, name, strlen(name));
  jn_base_text_put(&w->text, ": ");
}

static void open_level(writer *w, const char *bracket) {
  jn_base_text_put(&w->text, bracket);
  w->depth++;
  w->first = true;
}

static void close_level(writer *w, const char *bracket) {
  bool empty = w->first;
  w->depth--;
  w->first = true;
  if (!empty) begin_member(w, NULL);
  w->first = false;
  jn_base_text_put(&w->text, bracket);
}

static void put_texts(writer *w, const journey_element *element, const char *name) {
  open_level(w, "[");
  for (int32_t i = 0; i < journey_element_count(element, name); i++) {
    const char *item = journey_element_item(element, name, i);
    begin_member(w, NULL);
    jn_base_text_json(&w->text, item, strlen(item));
  }
  close_level(w, "]");
}

static void put_value(writer *w, const journey_element *element, const journey_field *field) {
  const char *text = journey_element_text(element, field->name);
  switch (field->type) {
    case JOURNEY_FIELD_TEXTS:
    case JOURNEY_FIELD_REFS: put_texts(w, element, field->name); break;
    case JOURNEY_FIELD_NUMBER: jn_base_text_double(&w->text, journey_element_number(element, field->name)); break;
    case JOURNEY_FIELD_FLAG:
      jn_base_text_put(&w->text, journey_element_number(element, field->name) > 0 ? "true" : "false");
      break;
    default: jn_base_text_json(&w->text, text, strlen(text));
  }
}

static void put_fields(writer *w, const journey_element *element) {
  const jn_map_kind *kind = jn_map_element_kind(element);
  for (int32_t i = 0; i < kind->fields; i++) {
    if (!journey_element_has(element, kind->field[i].name)) continue;
    begin_member(w, kind->field[i].name);
    put_value(w, element, &kind->field[i]);
  }
  for (int32_t i = 0; i < jn_map_kept_count(element); i++) {
    const char *json, *name = jn_map_kept(element, i, &json);
    begin_member(w, name);
    jn_base_text_put(&w->text, json);
  }
}

static void put_element(writer *w, const journey_element *element) {
  const char *id = journey_element_id(element);
  begin_member(w, NULL);
  open_level(w, "{");
  begin_member(w, "id");
  jn_base_text_json(&w->text, id, strlen(id));
  put_fields(w, element);
  close_level(w, "}");
}

static void put_list(writer *w, const journey_map *map, const jn_map_kind *kind) {
  int64_t count = journey_map_count(map, kind->name);
  if (count == 0) return;
  begin_member(w, kind->plural);
  open_level(w, "[");
  for (int64_t i = 0; i < count; i++) put_element(w, journey_map_at(map, kind->name, i));
  close_level(w, "]");
}

journey_status journey_map_write_json(const journey_map *map, journey_write write, void *user, journey_error *err) {
  writer w = {0};
  const jn_map_kind *kind;
  jn_base_text_init(&w.text, jn_map_context(map));
  open_level(&w, "{");
  begin_member(&w, "journey_map");
  jn_base_text_put(&w.text, "1");
  put_fields(&w, journey_map_root((journey_map *)map));
  for (int32_t k = 0; (kind = jn_map_kind_at(k)) != NULL; k++) {
    if (kind->plural) put_list(&w, map, kind);
  }
  close_level(&w, "}");
  jn_base_text_put(&w.text, "\n");
  journey_status status = w.text.status == JOURNEY_OK ? JOURNEY_OK : jn_base_no_memory(err);
  if (status == JOURNEY_OK) status = write(user, w.text.bytes, w.text.length);
  if (status < 0 && status != JOURNEY_ENOMEM) jn_base_fail(err, status, "the map could not be written");
  jn_base_text_clear(&w.text);
  return status;
}
