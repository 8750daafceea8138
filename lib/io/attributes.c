/* Which columns are kept as attributes, what they are called and of what type they are. */
#include <string.h>

#include "io/columns.h"

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* Every name once, with the number to try next behind it. */
typedef struct names_taken {
  journey_context *context;
  jn_base_dictionary *names;
  uint32_t *next;
  size_t capacity;
} names_taken;

static journey_status take_name(names_taken *taken, const char *s, size_t n, uint32_t *code, journey_error *err) {
  uint32_t before = jn_base_dictionary_count(taken->names);
  journey_status status = jn_base_dictionary_add(taken->names, s, n, code, err);
  if (status || *code < before) return status;
  status = jn_base_grow(taken->context, &taken->next, &taken->capacity, (size_t)*code + 1, sizeof *taken->next, err);
  if (!status) taken->next[*code] = 1;
  return status;
}

/* The names of the file are taken from the beginning, so that no made-up name is one of them. */
static journey_status take_all(names_taken *taken, const jn_stream_string *names, uint32_t count, journey_error *err) {
  uint32_t code;
  journey_status status = jn_base_dictionary_new(taken->context, &taken->names, err);
  for (uint32_t i = 0; i < count && !status; i++) {
    status = take_name(taken, names[i].bytes, names[i].length, &code, err);
  }
  return status;
}

/* "x", "x_2", "x_3" ... for columns of the same name. */
static journey_status unique_name(names_taken *taken, jn_stream_string name, uint32_t column, jn_base_text *out,
                                  journey_error *err) {
  uint32_t code = jn_base_dictionary_find(taken->names, name.bytes, name.length), other;
  if (name.length && taken->next[code]++ == 1) {
    jn_base_text_add(out, name.bytes, name.length);
    return out->status ? jn_base_no_memory(err) : JOURNEY_OK;
  }
  for (uint32_t number = name.length ? taken->next[code] - 1 : column + 1;; number++) {
    out->length = 0;
    jn_base_text_add(out, name.bytes, name.length);
    jn_base_text_format(out, name.length ? "_%u" : "column_%u", number);
    if (out->status) return jn_base_no_memory(err);
    if (jn_base_dictionary_find(taken->names, out->bytes, out->length) != JN_BASE_NO_CODE) continue;
    taken->next[code] = number + 1;
    return take_name(taken, out->bytes, out->length, &other, err);
  }
}

static journey_status name_attributes(jn_io_columns *columns, const jn_stream_string *names, journey_error *err) {
  names_taken taken = {.context = columns->context};
  journey_status status = columns->attributes ? take_all(&taken, names, columns->count, err) : JOURNEY_OK;
  for (size_t i = 0; i < columns->attributes && !status; i++) {
    jn_io_attribute *attribute = &columns->attribute[i];
    status = unique_name(&taken, names[attribute->column], attribute->column, &attribute->name, err);
  }
  jn_base_dictionary_free(taken.names);
  jn_base_free(columns->context, taken.next, taken.capacity, sizeof *taken.next);
  return status;
}

/* ---- the option ------------------------------------------------------------------------------------------------- */

static bool plays_a_part(const jn_io_columns *columns, uint32_t column) {
  for (int role = 0; role < JN_IO_ROLES; role++) {
    for (uint32_t i = 0; i < columns->candidates[role]; i++) {
      if (columns->column[role][i] == column) return true;
    }
  }
  return false;
}

static jn_io_attribute *kept(jn_io_columns *columns, uint32_t column) {
  for (size_t i = 0; i < columns->attributes; i++) {
    if (columns->attribute[i].column == column) return &columns->attribute[i];
  }
  return NULL;
}

static journey_status keep(jn_io_columns *columns, uint32_t column, int32_t type, journey_error *err) {
  journey_status status = jn_base_grow(columns->context, &columns->attribute, &columns->attribute_capacity,
                                       columns->attributes + 1, sizeof *columns->attribute, err);
  if (status) return status;
  jn_io_attribute *attribute = &columns->attribute[columns->attributes++];
  *attribute = (jn_io_attribute){.column = column, .type = type, .fixed = type != JN_IO_TYPE_OPEN};
  jn_base_text_init(&attribute->name, columns->context);
  return JOURNEY_OK;
}

static journey_status keep_others(jn_io_columns *columns, journey_error *err) {
  journey_status status = JOURNEY_OK;
  bool some = columns->attributes > 0;
  for (uint32_t i = 0; i < columns->count && !status; i++) {
    if (plays_a_part(columns, i) || (some && kept(columns, i))) continue;
    status = keep(columns, i, JN_IO_TYPE_OPEN, err);
  }
  return status;
}

/* Cuts ":text" or ":number" off the end. */
static int32_t cut_type(const char *name, size_t *n) {
  static const struct {
    const char *end;
    size_t length;
    int32_t type;
  } ends[] = {{":text", 5, JN_IO_TYPE_TEXT}, {":number", 7, JN_IO_TYPE_NUMBER}};
  for (size_t i = 0; i < 2; i++) {
    if (*n <= ends[i].length || memcmp(name + *n - ends[i].length, ends[i].end, ends[i].length)) continue;
    *n -= ends[i].length;
    return ends[i].type;
  }
  return JN_IO_TYPE_OPEN;
}

static journey_status keep_named(jn_io_columns *columns, const jn_stream_string *names, const char *name, size_t n,
                                 journey_error *err) {
  bool twice;
  size_t length = n;
  int32_t type = JN_IO_TYPE_OPEN;
  uint32_t column = jn_io_column_find(names, columns->count, name, n, false, &twice);
  if (column == UINT32_MAX && n == 3 && !memcmp(name, "all", 3)) return keep_others(columns, err);
  if (column == UINT32_MAX && (type = cut_type(name, &length)) != JN_IO_TYPE_OPEN) {
    column = jn_io_column_find(names, columns->count, name, length, false, &twice);
  }
  if (column == UINT32_MAX) return jn_io_no_column(name, n, "attributes", names, columns->count, err);
  if (twice) return jn_io_column_twice(column, names, err);
  jn_io_attribute *attribute = kept(columns, column);
  if (!attribute) return keep(columns, column, type, err);
  if (type == JN_IO_TYPE_OPEN) return JOURNEY_OK;
  attribute->type = type;
  attribute->fixed = true;
  return JOURNEY_OK;
}

journey_status jn_io_attributes_resolve(jn_io_columns *columns, const jn_stream_string *names, const char *wanted,
                                        journey_error *err) {
  journey_status status = JOURNEY_OK;
  if (!wanted || !strcmp(wanted, "all")) {
    status = keep_others(columns, err);
  } else if (strcmp(wanted, "none") != 0) {
    while (*wanted && !status) {
      size_t n = strcspn(wanted, ",");
      if (n) status = keep_named(columns, names, wanted, n, err);
      wanted += n + (wanted[n] == ',');
    }
  }
  return status ? status : name_attributes(columns, names, err);
}

/* ---- at the builder --------------------------------------------------------------------------------------------- */

static journey_status declare(jn_io_attribute *attribute, journey_builder *builder, journey_error *err) {
  bool number = attribute->type == JN_IO_TYPE_NUMBER;
  int32_t type = number ? JOURNEY_ATTRIBUTE_NUMBER : JOURNEY_ATTRIBUTE_TEXT;
  const jn_base_text *name = &attribute->name;
  journey_status status = jn_stream_declare(builder, name->bytes, name->length, type, &attribute->index, err);
  if (status != JOURNEY_EINVAL) return status;
  if (number && !attribute->fixed) {
    attribute->type = JN_IO_TYPE_TEXT;
    return jn_stream_declare(builder, name->bytes, name->length, JOURNEY_ATTRIBUTE_TEXT, &attribute->index, err);
  }
  return jn_base_fail_at(err, JOURNEY_EINVAL, 1, (int32_t)attribute->column + 1, -1,
                         "the attribute \"%s\" is %s here, unlike in what was read before (say \"%s:text\" in "
                         "attributes for all inputs, or leave it out)",
                         jn_base_quote(name->bytes, name->length).text, number ? "a number" : "text",
                         jn_base_quote(name->bytes, name->length).text);
}

journey_status jn_io_columns_declare(jn_io_columns *columns, journey_builder *builder, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; i < columns->attributes && !status; i++) {
    if (columns->attribute[i].type == JN_IO_TYPE_OPEN) columns->attribute[i].type = JN_IO_TYPE_TEXT;
    status = declare(&columns->attribute[i], builder, err);
  }
  return status;
}

void jn_io_columns_clear(jn_io_columns *columns) {
  for (size_t i = 0; i < columns->attributes; i++) jn_base_text_clear(&columns->attribute[i].name);
  jn_base_free(columns->context, columns->attribute, columns->attribute_capacity, sizeof *columns->attribute);
  columns->attribute = NULL;
  columns->attributes = columns->attribute_capacity = 0;
}
