/* A table through the Arrow C stream interface: one batch, which points into the table's own columns.
 *
 * A consumer may move a child out of its parent and release either of them first. So each schema and each array, parent
 * or child, holds in private_data all that it points to, with a reference on the table of its own. */
#include <errno.h>

#include "table/internal.h"

/* ---- schema ------------------------------------------------------------------------------------------------------ */

typedef struct schema_parts {
  journey_table *table;
  jn_base_text metadata;
  struct ArrowSchema *children, **pointers; /* NULL in a child */
} schema_parts;

static void put_count(jn_base_text *out, size_t n) { /* in the machine's byte order */
  int32_t count = (int32_t)n;
  if (n > INT32_MAX) out->status = JOURNEY_ENOMEM;
  jn_base_text_add(out, (const char *)&count, sizeof count);
}

static void put_pair(jn_base_text *out, const char *key, const char *key_end, const char *value) {
  put_count(out, strlen(key) + strlen(key_end));
  jn_base_text_put(out, key);
  jn_base_text_put(out, key_end);
  put_count(out, strlen(value));
  jn_base_text_put(out, value);
}

static void free_schema_parts(schema_parts *parts) {
  journey_table *table = parts->table;
  size_t columns = (size_t)table->count;
  jn_base_text_clear(&parts->metadata);
  jn_base_free(table->context, parts->pointers, columns, sizeof *parts->pointers);
  jn_base_free(table->context, parts->children, columns, sizeof *parts->children);
  jn_base_free(table->context, parts, 1, sizeof *parts);
  journey_table_free(table);
}

static void release_schema(struct ArrowSchema *schema) {
  for (int64_t i = 0; i < schema->n_children; i++)
    if (schema->children[i]->release) schema->children[i]->release(schema->children[i]);
  free_schema_parts(schema->private_data);
  schema->release = NULL;
}

static bool new_schema(journey_table *table, struct ArrowSchema *out, const char *format, const char *name) {
  schema_parts *parts = jn_base_zalloc(table->context, 1, sizeof *parts);
  if (!parts) return false;
  parts->table = journey_table_ref(table);
  jn_base_text_init(&parts->metadata, table->context);
  *out = (struct ArrowSchema){.format = format, .name = name, .release = release_schema, .private_data = parts};
  return true;
}

static bool new_field(journey_table *table, const jn_table_column *column, struct ArrowSchema *out) {
  static const char *const formats[] = {"", "l", "g", "U", "tsu:UTC", "tDu"};
  if (!new_schema(table, out, formats[column->type], column->name)) return false;
  schema_parts *parts = out->private_data;
  out->flags = ARROW_FLAG_NULLABLE;
  if (column->unit == JOURNEY_UNIT_NONE) return true;
  put_count(&parts->metadata, 1);
  put_pair(&parts->metadata, JN_TABLE_METADATA_UNIT, "", jn_table_unit_name(column->unit));
  out->metadata = parts->metadata.bytes;
  return !parts->metadata.status;
}

static bool put_metadata(const journey_table *table, struct ArrowSchema *schema) {
  schema_parts *parts = schema->private_data;
  put_count(&parts->metadata, 1 + table->notes_count);
  put_pair(&parts->metadata, JN_TABLE_METADATA_NAME, "", table->name);
  for (size_t i = 0; i < table->notes_count; i++)
    put_pair(&parts->metadata, JN_TABLE_METADATA_NOTE, table->notes[i].key, table->notes[i].value);
  schema->metadata = parts->metadata.bytes;
  return !parts->metadata.status;
}

static bool add_fields(journey_table *table, struct ArrowSchema *schema) {
  schema_parts *parts = schema->private_data;
  parts->children = jn_base_zalloc(table->context, (size_t)table->count, sizeof *parts->children);
  parts->pointers = jn_base_zalloc(table->context, (size_t)table->count, sizeof *parts->pointers);
  if (!parts->children || !parts->pointers) return false;
  schema->children = parts->pointers;
  for (int32_t i = 0; i < table->count; i++) {
    parts->pointers[i] = &parts->children[i];
    schema->n_children = i + 1;
    if (!new_field(table, &table->columns[i], &parts->children[i])) return false;
  }
  return true;
}

/* ---- the batch --------------------------------------------------------------------------------------------------- */

typedef struct array_parts {
  journey_table *table;
  const void *buffers[3];
  char *packed; /* bytes of strings without the NULs between them */
  size_t packed_size;
  struct ArrowArray *children, **pointers; /* NULL in a child */
} array_parts;

static void free_array_parts(array_parts *parts) {
  journey_table *table = parts->table;
  size_t columns = (size_t)table->count;
  jn_base_free(table->context, parts->packed, parts->packed_size, 1);
  jn_base_free(table->context, parts->pointers, columns, sizeof *parts->pointers);
  jn_base_free(table->context, parts->children, columns, sizeof *parts->children);
  jn_base_free(table->context, parts, 1, sizeof *parts);
  journey_table_free(table);
}

static void release_array(struct ArrowArray *array) {
  for (int64_t i = 0; i < array->n_children; i++)
    if (array->children[i]->release) array->children[i]->release(array->children[i]);
  free_array_parts(array->private_data);
  array->release = NULL;
}

static bool new_array(journey_table *table, struct ArrowArray *out, int64_t buffers) {
  array_parts *parts = jn_base_zalloc(table->context, 1, sizeof *parts);
  if (!parts) return false;
  parts->table = journey_table_ref(table);
  *out = (struct ArrowArray){.length = table->rows,
                             .n_buffers = buffers,
                             .buffers = parts->buffers,
                             .release = release_array,
                             .private_data = parts};
  return true;
}

static bool pack(const journey_table *table, const jn_table_column *column, array_parts *parts) {
  parts->packed_size = (size_t)column->whole[table->rows];
  parts->packed = jn_base_alloc(table->context, parts->packed_size, 1);
  if (!parts->packed) return false;
  for (int64_t row = 0; row < table->rows; row++) {
    size_t n;
    const char *s = jn_table_string(column, row, &n);
    memcpy(parts->packed + column->whole[row], s, n);
  }
  parts->buffers[2] = parts->packed;
  return true;
}

static bool new_column(journey_table *table, const jn_table_column *column, struct ArrowArray *out) {
  bool text = column->store == JN_TABLE_TEXT;
  if (!new_array(table, out, text ? 3 : 2)) return false;
  array_parts *parts = out->private_data;
  out->null_count = column->missing;
  parts->buffers[0] = column->valid;
  parts->buffers[1] = column->whole;
  return !text || pack(table, column, parts);
}

static bool add_columns(journey_table *table, struct ArrowArray *array) {
  array_parts *parts = array->private_data;
  parts->children = jn_base_zalloc(table->context, (size_t)table->count, sizeof *parts->children);
  parts->pointers = jn_base_zalloc(table->context, (size_t)table->count, sizeof *parts->pointers);
  if (!parts->children || !parts->pointers) return false;
  array->children = parts->pointers;
  for (int32_t i = 0; i < table->count; i++) {
    parts->pointers[i] = &parts->children[i];
    array->n_children = i + 1;
    if (!new_column(table, &table->columns[i], &parts->children[i])) return false;
  }
  return true;
}

/* ---- stream ------------------------------------------------------------------------------------------------------ */

typedef struct stream_parts {
  journey_table *table;
  bool done;
  const char *error;
} stream_parts;

static int outcome(stream_parts *stream, bool made) {
  stream->error = made ? NULL : "out of memory";
  return made ? 0 : ENOMEM;
}

static int get_schema(struct ArrowArrayStream *self, struct ArrowSchema *out) {
  stream_parts *stream = self->private_data;
  journey_table *table = stream->table;
  *out = (struct ArrowSchema){.release = NULL};
  if (!new_schema(table, out, "+s", "")) return outcome(stream, false);
  bool made = put_metadata(table, out) && add_fields(table, out);
  if (!made) release_schema(out);
  return outcome(stream, made);
}

/* A table without rows has no batch. */
static int get_next(struct ArrowArrayStream *self, struct ArrowArray *out) {
  stream_parts *stream = self->private_data;
  journey_table *table = stream->table;
  *out = (struct ArrowArray){.release = NULL};
  if (stream->done || !table->rows) return outcome(stream, true);
  if (!new_array(table, out, 1)) return outcome(stream, false);
  stream->done = add_columns(table, out);
  if (!stream->done) release_array(out);
  return outcome(stream, stream->done);
}

static const char *get_last_error(struct ArrowArrayStream *self) {
  const stream_parts *stream = self->private_data;
  return stream->error;
}

static void release_stream(struct ArrowArrayStream *self) {
  stream_parts *stream = self->private_data;
  journey_table *table = stream->table;
  jn_base_free(table->context, stream, 1, sizeof *stream);
  journey_table_free(table);
  self->release = NULL;
}

journey_status journey_table_arrow(journey_table *table, struct ArrowArrayStream *out, journey_error *err) {
  *out = (struct ArrowArrayStream){.release = NULL};
  if (!table->finished) return jn_table_unfinished(table, err);
  stream_parts *stream = jn_base_zalloc(table->context, 1, sizeof *stream);
  if (!stream) return jn_base_no_memory(err);
  stream->table = journey_table_ref(table);
  *out = (struct ArrowArrayStream){.get_schema = get_schema,
                                   .get_next = get_next,
                                   .get_last_error = get_last_error,
                                   .release = release_stream,
                                   .private_data = stream};
  return JOURNEY_OK;
}
