/* Reads Arrow arrays and streams into a builder: what the columns are for, and batches on all threads. */
#include <stdio.h>
#include <string.h>

#include "exec/exec.h"
#include "io/arrow.h"
#include "io/io.h"

enum { RANGE = 1 << 15, MOST_COLUMNS = 16384, BATCH_CELLS = 1 << 14 };

/* ---- options, schema -------------------------------------------------------------------------------------------- */

static journey_status begin(jn_io_arrow *arrow, journey_builder *builder, const journey_read_options *options,
                            journey_error *err) {
  *arrow = (jn_io_arrow){.context = jn_stream_builder_context(builder), .builder = builder};
  arrow->threads = (uint32_t)jn_exec_threads(arrow->context);
  journey_read_options *o = &arrow->options;
  journey_status status = jn_base_options(options, sizeof *o, sizeof *o, o, "journey_read_options", err);
  if (status) return status;
  if (o->on_error < JOURNEY_ON_ERROR_STOP || o->on_error > JOURNEY_ON_ERROR_SKIP) {
    return jn_base_fail(err, JOURNEY_EINVAL, "on_error is %d, not 0 or 1", (int)o->on_error);
  }
  return o->zone ? journey_zone_new(arrow->context, o->zone, strlen(o->zone), &arrow->zone, err) : JOURNEY_OK;
}

static journey_status check_schema(const struct ArrowSchema *schema, journey_error *err) {
  const char *wrong = NULL;
  if (!schema || !schema->release)
    wrong = "it is not there, or released";
  else if (!schema->format || strcmp(schema->format, "+s") != 0)
    wrong = "it is not of a struct, as record batches are";
  else if (schema->n_children < 0 || schema->n_children > MOST_COLUMNS)
    wrong = "its number of columns is out of range";
  else if (schema->n_children && !schema->children)
    wrong = "its columns are not there";
  for (int64_t i = 0; !wrong && i < schema->n_children; i++) {
    if (!schema->children[i] || !schema->children[i]->release) wrong = "a column is not there, or released";
  }
  return wrong ? jn_base_fail(err, JOURNEY_EINVAL, "the Arrow schema is broken: %s", wrong) : JOURNEY_OK;
}

static journey_status check_names(const jn_io_arrow *arrow, journey_error *err) {
  for (size_t i = 0; i < arrow->column_count; i++) {
    if (jn_base_utf8(arrow->names[i].bytes, arrow->names[i].length, NULL)) continue;
    return jn_base_fail(err, JOURNEY_EPARSE, "the name of column %zu is not UTF-8", i + 1);
  }
  return JOURNEY_OK;
}

static journey_status take_types(jn_io_arrow *arrow, const struct ArrowSchema *schema, journey_error *err) {
  size_t n = (size_t)schema->n_children;
  arrow->column = jn_base_zalloc(arrow->context, n, sizeof *arrow->column);
  arrow->names = arrow->column ? jn_base_zalloc(arrow->context, n, sizeof *arrow->names) : NULL;
  arrow->column_count = n;
  if (!arrow->names) return jn_base_no_memory(err);
  for (size_t i = 0; i < n; i++) {
    jn_io_arrow_type(schema->children[i], &arrow->column[i]);
    arrow->names[i] = arrow->column[i].name;
  }
  return check_names(arrow, err);
}

/* ---- what the columns are for ----------------------------------------------------------------------------------- */

static journey_status check_read(const jn_io_arrow_column *column, bool number, journey_error *err) {
  jn_base_quoted name = jn_base_quote(column->name.bytes, column->name.length);
  if (column->kind == JN_IO_ARROW_UNREAD) {
    return jn_base_fail(err, JOURNEY_EUNSUPPORTED,
                        "column \"%s\" is %s, which is not read: name the columns to keep "
                        "with attributes",
                        name.text, column->what);
  }
  if (!number || !jn_io_arrow_is_time(column->kind)) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_EUNSUPPORTED, "column \"%s\" is a %s, which is no number", name.text, column->what);
}

static journey_status check_types(jn_io_arrow *arrow, journey_error *err) {
  jn_io_columns *columns = &arrow->columns;
  journey_status status = JOURNEY_OK;
  for (int role = 0; role < JN_IO_ROLES; role++) {
    for (uint32_t k = 0; k < columns->candidates[role] && !status; k++) {
      status = check_read(&arrow->column[columns->column[role][k]], role == JN_IO_VALUE, err);
    }
  }
  for (size_t i = 0; i < columns->attributes && !status; i++) {
    jn_io_attribute *attribute = &columns->attribute[i];
    const jn_io_arrow_column *column = &arrow->column[attribute->column];
    if (!attribute->fixed) {
      attribute->type = jn_io_arrow_is_number(column->kind) ? JN_IO_TYPE_NUMBER : JN_IO_TYPE_TEXT;
    }
    status = check_read(column, attribute->type == JN_IO_TYPE_NUMBER, err);
  }
  return status;
}

static journey_status make_worker(jn_io_arrow *arrow, jn_io_arrow_worker *w, journey_error *err) {
  size_t cells = arrow->batch * arrow->cells;
  jn_base_text_init(&w->scratch.number, arrow->context);
  jn_time_parser_init(&w->scratch.time, arrow->zone, arrow->columns.preset->time_kind);
  w->scratch.bytes = jn_base_alloc(arrow->context, arrow->scratch_bytes, 1);
  w->row = w->scratch.bytes ? jn_base_zalloc(arrow->context, arrow->batch, sizeof *w->row) : NULL;
  w->cell = w->row ? jn_base_zalloc(arrow->context, cells, sizeof *w->cell) : NULL;
  if (!w->cell) return jn_base_no_memory(err);
  for (size_t i = 0; i < cells; i++) w->cell[i].number = __builtin_nan("");
  for (size_t i = 0; i < arrow->batch; i++) w->row[i].cell = w->cell + i * arrow->cells;
  return jn_stream_writer_new(arrow->builder, &w->writer, err);
}

static journey_status make_workers(jn_io_arrow *arrow, journey_error *err) {
  journey_status status = JOURNEY_OK;
  const jn_io_columns *columns = &arrow->columns;
  size_t texts = columns->attributes;
  for (int role = 0; role < JN_IO_ROLES; role++) texts += columns->candidates[role];
  arrow->cells = jn_stream_declared_count(arrow->builder);
  arrow->batch = JN_IO_ARROW_BATCH;
  if (arrow->cells > BATCH_CELLS / JN_IO_ARROW_BATCH) arrow->batch = BATCH_CELLS / arrow->cells + 1;
  arrow->scratch_bytes = texts * arrow->batch * JN_IO_ARROW_CHARS;
  arrow->worker = jn_base_zalloc(arrow->context, arrow->threads, sizeof *arrow->worker);
  if (!arrow->worker) return jn_base_no_memory(err);
  for (uint32_t i = 0; i < arrow->threads && !status; i++) status = make_worker(arrow, &arrow->worker[i], err);
  return status;
}

static journey_status prepare(jn_io_arrow *arrow, const struct ArrowSchema *schema, journey_error *err) {
  journey_status status = check_schema(schema, err);
  if (!status) status = take_types(arrow, schema, err);
  if (!status) {
    status = jn_io_columns_resolve(arrow->context, arrow->names, (uint32_t)arrow->column_count, &arrow->options,
                                   &arrow->columns, err);
  }
  if (!status) status = check_types(arrow, err);
  if (!status) status = jn_io_columns_declare(&arrow->columns, arrow->builder, err);
  if (status) {
    if (err) err->row = 0;
    return status;
  }
  const char *event = arrow->columns.event, *preset = arrow->columns.preset->name;
  if (event) arrow->event = (jn_stream_string){event, strlen(event)};
  snprintf(arrow->counts.preset, sizeof arrow->counts.preset, "%s", preset);
  arrow->sequence = jn_stream_next_sequence(arrow->builder);
  return make_workers(arrow, err);
}

/* ---- batches ---------------------------------------------------------------------------------------------------- */

static journey_status bind_all(jn_io_arrow *arrow, const struct ArrowArray *array, journey_error *err) {
  jn_io_columns *columns = &arrow->columns;
  journey_status status = JOURNEY_OK;
  for (int role = 0; role < JN_IO_ROLES; role++) {
    for (uint32_t k = 0; k < columns->candidates[role] && !status; k++) {
      uint32_t i = columns->column[role][k];
      status = jn_io_arrow_bind(&arrow->column[i], array->children[i], array->offset, array->length, err);
    }
  }
  for (size_t k = 0; k < columns->attributes && !status; k++) {
    uint32_t i = columns->attribute[k].column;
    status = jn_io_arrow_bind(&arrow->column[i], array->children[i], array->offset, array->length, err);
  }
  return status;
}

static journey_status bind(jn_io_arrow *arrow, const struct ArrowArray *array, journey_error *err) {
  const char *wrong = NULL;
  int64_t end = 0;
  if (!array || !array->release)
    wrong = "it is not there, or released";
  else if (array->n_children != (int64_t)arrow->column_count)
    wrong = "its number of columns is not the schema's";
  else if (array->n_children && !array->children)
    wrong = "its columns are not there";
  else if (array->length < 0 || array->offset < 0 || !jn_base_add(array->length, array->offset, &end) ||
           end > INT64_MAX / 32) {
    wrong = "its length or its offset is out of range";
  }
  bool bitmap = !wrong && array->n_buffers == 1 && array->buffers && array->buffers[0];
  if (!wrong && array->null_count > 0 && !bitmap) wrong = "it has nulls and no bitmap";
  if (wrong) return jn_base_fail(err, JOURNEY_EINVAL, "the Arrow array is broken: %s", wrong);
  arrow->rows = (jn_io_arrow_values){.first = array->offset, .length = array->length};
  if (bitmap && array->null_count) arrow->rows.valid = array->buffers[0];
  return bind_all(arrow, array, err);
}

/* Takes ranges until there are no more. Ranges are taken in order, so the first error is in the lowest that has one. */
static journey_status work_on(void *self, int64_t index, journey_error *err) {
  jn_io_arrow *arrow = self;
  jn_io_arrow_worker *w = &arrow->worker[index];
  (void)err;
  for (int64_t range; (range = atomic_fetch_add(&arrow->next, 1)) < arrow->ranges;) {
    int64_t from = range * RANGE, to = from + RANGE < arrow->rows.length ? from + RANGE : arrow->rows.length;
    journey_status status = jn_base_cancelled(arrow->context, &w->error);
    if (!status) status = jn_stream_begin(w->writer, arrow->sequence + range, &w->error);
    if (!status && jn_io_arrow_take(arrow, w, from, to)) continue;
    atomic_store(&arrow->next, arrow->ranges);
    break;
  }
  return JOURNEY_OK;
}

/* Errors without a row end everything just as well. */
static const journey_error *first_error(const jn_io_arrow *arrow) {
  const journey_error *first = NULL;
  for (uint32_t i = 0; i < arrow->threads; i++) {
    const journey_error *error = &arrow->worker[i].error;
    if (error->code && (!first || error->row < first->row)) first = error;
  }
  return first;
}

static void count(jn_io_arrow *arrow) {
  journey_read_counts *counts = &arrow->counts;
  counts->events = counts->links = counts->skipped = 0;
  for (uint32_t i = 0; i < arrow->threads; i++) {
    const jn_io_arrow_worker *w = &arrow->worker[i];
    counts->events += w->events;
    counts->links += w->links;
    counts->skipped += w->skipped;
    bool earlier = !counts->first_skipped.code || w->first_skipped.row < counts->first_skipped.row;
    if (w->first_skipped.code && earlier) counts->first_skipped = w->first_skipped;
  }
}

static journey_status take_array(jn_io_arrow *arrow, const struct ArrowArray *array, int64_t total,
                                 journey_error *err) {
  journey_status status = bind(arrow, array, err);
  if (status) return status;
  arrow->ranges = (array->length + RANGE - 1) / RANGE;
  atomic_store(&arrow->next, 0);
  int64_t tasks = arrow->ranges < arrow->threads ? arrow->ranges : arrow->threads;
  status = jn_exec_run(arrow->context, tasks, work_on, arrow, err);
  const journey_error *error = first_error(arrow);
  arrow->base += array->length;
  arrow->counts.rows = arrow->base;
  count(arrow);
  if (status) return status;
  if (error) {
    if (err) *err = *error;
    return error->code;
  }
  arrow->sequence += arrow->ranges;
  return jn_base_progress(arrow->context, "reading", arrow->base, total, err);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void clear(jn_io_arrow *arrow) {
  journey_context *context = arrow->context;
  for (uint32_t i = 0; arrow->worker && i < arrow->threads; i++) {
    jn_io_arrow_worker *w = &arrow->worker[i];
    jn_stream_writer_release(w->writer);
    if (w->scratch.bytes) jn_base_text_clear(&w->scratch.number);
    jn_base_free(context, w->scratch.bytes, arrow->scratch_bytes, 1);
    jn_base_free(context, w->row, arrow->batch, sizeof *w->row);
    jn_base_free(context, w->cell, arrow->batch * arrow->cells, sizeof *w->cell);
  }
  jn_base_free(context, arrow->worker, arrow->threads, sizeof *arrow->worker);
  jn_base_free(context, arrow->column, arrow->column_count, sizeof *arrow->column);
  jn_base_free(context, arrow->names, arrow->column_count, sizeof *arrow->names);
  jn_io_columns_clear(&arrow->columns);
  journey_zone_free(arrow->zone);
}

static void give_counts(const jn_io_arrow *arrow, journey_read_counts *counts) {
  if (!counts) return;
  size_t head = offsetof(journey_read_counts, rows), size = counts->struct_size;
  size_t n = size < sizeof *counts ? size : sizeof *counts;
  if (n > head) memcpy((char *)counts + head, (const char *)&arrow->counts + head, n - head);
}

journey_status journey_read_arrow_array(journey_builder *builder, const struct ArrowSchema *schema,
                                        const struct ArrowArray *array, const journey_read_options *options,
                                        journey_read_counts *counts, journey_error *err) {
  jn_io_arrow arrow;
  int64_t mark = jn_stream_next_sequence(builder);
  journey_status status = begin(&arrow, builder, options, err);
  if (!status) status = prepare(&arrow, schema, err);
  if (!status) status = take_array(&arrow, array, array ? array->length : 0, err);
  give_counts(&arrow, counts);
  clear(&arrow);
  if (status) jn_stream_rollback(builder, mark);
  return status;
}

/* ---- streams ---------------------------------------------------------------------------------------------------- */

static journey_status stream_failed(struct ArrowArrayStream *stream, int code, journey_error *err) {
  const char *why = stream->get_last_error ? stream->get_last_error(stream) : NULL;
  return jn_base_fail(err, JOURNEY_EIO, "the Arrow stream failed with %d: %s", code, why ? why : "it does not say why");
}

static journey_status take_stream(jn_io_arrow *arrow, struct ArrowArrayStream *stream, journey_error *err) {
  journey_status status = JOURNEY_OK;
  while (!status) {
    struct ArrowArray array = {0};
    int code = stream->get_next(stream, &array);
    if (code) return stream_failed(stream, code, err);
    if (!array.release) break;
    status = take_array(arrow, &array, -1, err);
    if (array.release) array.release(&array);
  }
  return status;
}

static journey_status read_stream(jn_io_arrow *arrow, struct ArrowArrayStream *stream, journey_error *err) {
  struct ArrowSchema schema = {0};
  int code = stream->get_schema(stream, &schema);
  if (code) return stream_failed(stream, code, err);
  journey_status status = prepare(arrow, &schema, err);
  if (!status) status = take_stream(arrow, stream, err);
  if (schema.release) schema.release(&schema);
  return status;
}

journey_status journey_read_arrow(journey_builder *builder, struct ArrowArrayStream *stream,
                                  const journey_read_options *options, journey_read_counts *counts,
                                  journey_error *err) {
  jn_io_arrow arrow;
  if (!stream || !stream->release || !stream->get_schema || !stream->get_next) {
    if (stream && stream->release) stream->release(stream);
    return jn_base_fail(err, JOURNEY_EINVAL, "the Arrow stream is not there, or released");
  }
  int64_t mark = jn_stream_next_sequence(builder);
  journey_status status = begin(&arrow, builder, options, err);
  if (!status) status = read_stream(&arrow, stream, err);
  stream->release(stream);
  give_counts(&arrow, counts);
  clear(&arrow);
  if (status) jn_stream_rollback(builder, mark);
  return status;
}
