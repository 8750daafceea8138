/* Reads a CSV input: header, types, then all blocks; once again if a column was not of the type it seemed to be. */
#include "io/csv.h"

#include <stdio.h>
#include <string.h>

#include "io/formats.h"

/* Rows are handed to the stream in batches, few at once when each has thousands of cells. */
enum { BATCH = 256, BATCH_CELLS = 1 << 14 };

static void clear_workers(jn_io_csv *csv) {
  jn_io_job *job = csv->job;
  for (uint32_t i = 0; csv->worker && i < job->threads; i++) {
    jn_io_csv_worker *w = &csv->worker[i];
    jn_io_csv_splitter_clear(&w->splitter);
    jn_stream_writer_release(w->writer);
    jn_base_free(job->context, w->row, csv->batch, sizeof *w->row);
    jn_base_free(job->context, w->cell, csv->batch * csv->cells, sizeof *w->cell);
  }
  jn_base_free(job->context, csv->worker, job->threads, sizeof *csv->worker);
  csv->worker = NULL;
}

static void clear(jn_io_csv *csv) {
  journey_context *context = csv->job->context;
  jn_base_free(context, csv->is_text, csv->columns.attributes, sizeof *csv->is_text);
  jn_io_columns_clear(&csv->columns);
  jn_io_csv_splitter_clear(&csv->header);
  jn_base_free(context, csv->sample, csv->sample_capacity, 1);
  journey_zone_free(csv->zone);
}

/* All attributes of the builder begin as missing; only those of this input are filled in. */
static journey_status make_rows(jn_io_csv *csv, jn_io_csv_worker *w, journey_error *err) {
  size_t cells = csv->batch * csv->cells;
  w->row = jn_base_zalloc(csv->job->context, csv->batch, sizeof *w->row);
  w->cell = w->row ? jn_base_zalloc(csv->job->context, cells, sizeof *w->cell) : NULL;
  if (!w->cell) return jn_base_no_memory(err);
  for (size_t i = 0; i < cells; i++) w->cell[i].number = __builtin_nan("");
  for (size_t i = 0; i < csv->batch; i++) w->row[i].cell = w->cell + i * csv->cells;
  return JOURNEY_OK;
}

static journey_status make_workers(jn_io_csv *csv, journey_error *err) {
  jn_io_job *job = csv->job;
  csv->batch = csv->cells > BATCH_CELLS / BATCH ? BATCH_CELLS / csv->cells + 1 : BATCH;
  csv->worker = jn_base_zalloc(job->context, job->threads, sizeof *csv->worker);
  if (!csv->worker) return jn_base_no_memory(err);
  for (uint32_t i = 0; i < job->threads; i++) {
    jn_io_csv_worker *w = &csv->worker[i];
    jn_time_parser_init(&w->time, csv->zone, csv->columns.preset->time_kind);
    journey_status status =
        jn_io_csv_splitter_init(&w->splitter, job->context, csv->separator, csv->newline, csv->header.columns, err);
    for (int role = 0; role < JN_IO_ROLES && !status; role++) {
      w->part_field[role] = &w->splitter.field[csv->first[role]];
    }
    if (!status) status = make_rows(csv, w, err);
    if (!status) status = jn_stream_writer_new(job->builder, &w->writer, err);
    if (status) return status;
  }
  return JOURNEY_OK;
}

static journey_status prepare(jn_io_csv *csv, journey_error *err) {
  const char *zone = csv->job->options.zone;
  journey_status status = jn_io_csv_read_header(csv, err);
  if (!status && zone) status = journey_zone_new(csv->job->context, zone, strlen(zone), &csv->zone, err);
  if (!status) status = jn_io_csv_guess_types(csv, err);
  if (status) return status;
  for (int role = 0; role < JN_IO_ROLES; role++) {
    csv->first[role] = csv->columns.candidates[role] ? csv->columns.column[role][0] : csv->header.columns;
    csv->many |= (uint32_t)(csv->columns.candidates[role] > 1) << role;
  }
  if (csv->columns.event) csv->event = (jn_stream_string){csv->columns.event, strlen(csv->columns.event)};
  csv->is_text = jn_base_zalloc(csv->job->context, csv->columns.attributes, sizeof *csv->is_text);
  return csv->is_text ? JOURNEY_OK : jn_base_no_memory(err);
}

static journey_status read_rows(jn_io_csv *csv, journey_error *err) {
  jn_io_job *job = csv->job;
  jn_io_format format = {
      .self = csv, .newline = csv->newline, .look = jn_io_csv_look, .cut = jn_io_csv_cut, .parse = jn_io_csv_parse};
  journey_status status = jn_io_columns_declare(&csv->columns, job->builder, err);
  if (status) return status;
  csv->cells = jn_stream_declared_count(job->builder);
  csv->sequence = jn_stream_next_sequence(job->builder);
  csv->rereadable = jn_io_source_can_rewind(job->source);
  memset(&job->counts, 0, offsetof(journey_read_counts, preset));
  status = jn_io_source_skip(job->source, csv->body, err);
  if (!status) status = make_workers(csv, err);
  if (!status) status = jn_io_blocks_read(job, &format, (int64_t)csv->body, csv->body_lines, err);
  clear_workers(csv);
  return status;
}

/* Columns that turned out to be text are declared so the next time. */
static void correct_types(jn_io_csv *csv) {
  for (size_t i = 0; i < csv->columns.attributes; i++) {
    if (atomic_load(&csv->is_text[i])) csv->columns.attribute[i].type = JN_IO_TYPE_TEXT;
  }
  atomic_store(&csv->again, false);
}

journey_status jn_io_read_csv(jn_io_job *job, journey_error *err) {
  jn_io_csv csv = {.job = job};
  int64_t mark = jn_stream_next_sequence(job->builder);
  journey_status status = prepare(&csv, err);
  if (!status) {
    snprintf(job->counts.preset, sizeof job->counts.preset, "%s", csv.columns.preset->name);
    status = read_rows(&csv, err);
  }
  while (!status && atomic_load(&csv.again)) {
    jn_stream_rollback(job->builder, mark);
    correct_types(&csv);
    job->handed = true;
    jn_io_source_rewind(job->source);
    status = read_rows(&csv, err);
  }
  if (!status && !job->counts.rows) {
    status = jn_base_fail_at(err, JOURNEY_EPARSE, csv.body_lines, 0, -1, "there is a header and no row after it");
  }
  clear(&csv);
  return status;
}
