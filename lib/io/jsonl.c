/* Reads a JSON Lines input: a look at its beginning, then all blocks; once again when something came up late. */
#include <stdio.h>
#include <string.h>

#include "io/formats.h"
#include "io/jsonl.h"

/* Rows are handed to the stream in batches, few at once when each has thousands of cells. */
enum { BATCH = 64, BATCH_CELLS = 1 << 14 };

/* ---- workers ---------------------------------------------------------------------------------------------------- */

static void clear_workers(jn_io_jsonl *jsonl) {
  jn_io_job *job = jsonl->job;
  for (uint32_t i = 0; jsonl->worker && i < job->threads; i++) {
    jn_io_jsonl_worker *w = &jsonl->worker[i];
    jn_io_jsonl_record_clear(&w->record);
    jn_stream_writer_release(w->writer);
    if (w->row) jn_base_free(job->context, w->row, jsonl->batch, sizeof *w->row);
    if (w->cell) jn_base_free(job->context, w->cell, jsonl->batch * jsonl->cells, sizeof *w->cell);
  }
  jn_base_free(job->context, jsonl->worker, job->threads, sizeof *jsonl->worker);
  jsonl->worker = NULL;
}

/* All attributes of the builder begin as missing; only those of this input are filled in. */
static journey_status make_rows(jn_io_jsonl *jsonl, jn_io_jsonl_worker *w, journey_error *err) {
  journey_context *context = jsonl->job->context;
  size_t cells = jsonl->batch * jsonl->cells;
  w->record.columns = (uint32_t)jsonl->columns_n;
  w->record.field = jn_base_zalloc(context, jsonl->columns_n + 1, sizeof *w->record.field);
  w->row = w->record.field ? jn_base_zalloc(context, jsonl->batch, sizeof *w->row) : NULL;
  w->cell = w->row ? jn_base_zalloc(context, cells, sizeof *w->cell) : NULL;
  if (!w->cell) return jn_base_no_memory(err);
  for (size_t i = 0; i < cells; i++) w->cell[i].number = __builtin_nan("");
  for (size_t i = 0; i < jsonl->batch; i++) w->row[i].cell = w->cell + i * jsonl->cells;
  return jn_stream_writer_new(jsonl->job->builder, &w->writer, err);
}

static journey_status make_workers(jn_io_jsonl *jsonl, journey_error *err) {
  jn_io_job *job = jsonl->job;
  bool grow = jsonl->explore || (jsonl->all && !jsonl->whole);
  journey_status status = JOURNEY_OK;
  jsonl->batch = jsonl->cells > BATCH_CELLS / BATCH ? BATCH_CELLS / jsonl->cells + 1 : BATCH;
  jsonl->worker = jn_base_zalloc(job->context, job->threads, sizeof *jsonl->worker);
  if (!jsonl->worker) return jn_base_no_memory(err);
  for (uint32_t i = 0; i < job->threads && !status; i++) {
    jn_io_jsonl_worker *w = &jsonl->worker[i];
    status = jn_io_jsonl_record_init(&w->record, &jsonl->paths, grow, err);
    if (status || jsonl->explore) continue;
    jn_time_parser_init(&w->time, jsonl->zone, jsonl->columns.preset->time_kind);
    status = make_rows(jsonl, w, err);
  }
  return status;
}

static journey_status merge_workers(jn_io_jsonl *jsonl, journey_error *err) {
  uint32_t n = jsonl->job->threads;
  jn_io_paths **from = jn_base_alloc(jsonl->job->context, n, sizeof(jn_io_paths *));
  if (!from) return jn_base_no_memory(err);
  for (uint32_t i = 0; i < n; i++) from[i] = &jsonl->worker[i].record.paths;
  journey_status status = jn_io_paths_merge(&jsonl->paths, from, n, err);
  jn_base_free(jsonl->job->context, from, n, sizeof(jn_io_paths *));
  return status;
}

/* ---- passes over the input -------------------------------------------------------------------------------------- */

/* Strings of JSON hold no newline, so every newline ends a line. */
static size_t cut(void *self, uint32_t look, const char *bytes, size_t n, uint32_t *state) {
  (void)self, (void)look, (void)state;
  const char *newline = memrchr(bytes, '\n', n);
  return newline ? (size_t)(newline - bytes) + 1 : 0;
}

static journey_status read_blocks(jn_io_jsonl *jsonl, journey_error *err) {
  jn_io_job *job = jsonl->job;
  jn_io_format format = {.self = jsonl, .newline = '\n', .cut = cut, .parse = jn_io_jsonl_parse};
  memset(&job->counts, 0, offsetof(journey_read_counts, preset));
  atomic_store(&jsonl->again, false);
  journey_status status = jn_io_source_skip(job->source, jsonl->mark, err);
  if (!status) status = make_workers(jsonl, err);
  if (!status) status = jn_io_blocks_read(job, &format, (int64_t)jsonl->mark, 0, err);
  return status ? status : merge_workers(jsonl, err);
}

static journey_status explore(jn_io_jsonl *jsonl, journey_error *err) {
  jsonl->explore = true;
  journey_status status = read_blocks(jsonl, err);
  clear_workers(jsonl);
  jsonl->explore = false;
  jsonl->whole = true;
  jn_io_source_rewind(jsonl->job->source);
  return status;
}

static journey_status read_rows(jn_io_jsonl *jsonl, journey_error *err) {
  jn_io_job *job = jsonl->job;
  int64_t lost = 0;
  snprintf(job->counts.preset, sizeof job->counts.preset, "%s", jsonl->columns.preset->name);
  jsonl->event = (jn_stream_string){"", 0};
  if (jsonl->columns.event) jsonl->event = (jn_stream_string){jsonl->columns.event, strlen(jsonl->columns.event)};
  journey_status status = jn_io_columns_declare(&jsonl->columns, job->builder, err);
  if (status) return status;
  jsonl->cells = jn_stream_declared_count(job->builder);
  jsonl->sequence = jn_stream_next_sequence(job->builder);
  for (size_t i = 0; i < jsonl->paths.count; i++) jsonl->paths.path[i].arrays = 0;
  status = read_blocks(jsonl, err);
  for (uint32_t i = 0; !status && i < job->threads; i++) lost += jsonl->worker[i].lost;
  clear_workers(jsonl);
  return status || atomic_load(&jsonl->again) ? status : jn_io_jsonl_log_lost(jsonl, lost, err);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static journey_status prepare(jn_io_jsonl *jsonl, journey_error *err) {
  const char *zone = jsonl->job->options.zone;
  journey_error why = {0};
  jsonl->rereadable = jn_io_source_can_rewind(jsonl->job->source);
  jn_base_text_init(&jsonl->names, jsonl->job->context);
  journey_status status = jn_io_jsonl_look(jsonl, err);
  if (!status && zone) status = journey_zone_new(jsonl->job->context, zone, strlen(zone), &jsonl->zone, err);
  if (status) return status;
  status = jn_io_jsonl_resolve(jsonl, &why);
  if (status == JOURNEY_ENOTFOUND && !jsonl->whole && jsonl->rereadable) {
    status = explore(jsonl, err);
    if (status) return status;
    status = jn_io_jsonl_resolve(jsonl, &why);
  }
  if (!status) return JOURNEY_OK;
  bool bad = status == JOURNEY_ENOTFOUND && jsonl->first.code;
  if (bad && (jsonl->job->options.on_error == JOURNEY_ON_ERROR_STOP || !jsonl->columns_n)) why = jsonl->first;
  if (err) *err = why;
  return why.code;
}

static void clear(jn_io_jsonl *jsonl) {
  journey_context *context = jsonl->job->context;
  jn_io_columns_clear(&jsonl->columns);
  jn_io_paths_clear(&jsonl->paths);
  jn_base_text_clear(&jsonl->names);
  jn_base_free(context, jsonl->name, jsonl->name_capacity, sizeof *jsonl->name);
  jn_base_free(context, jsonl->path_of, jsonl->path_capacity, sizeof *jsonl->path_of);
  journey_zone_free(jsonl->zone);
}

journey_status jn_io_read_jsonl(jn_io_job *job, journey_error *err) {
  jn_io_jsonl jsonl = {.job = job};
  int64_t mark = jn_stream_next_sequence(job->builder);
  journey_status status = prepare(&jsonl, err);
  if (!status) status = read_rows(&jsonl, err);
  while (!status && atomic_load(&jsonl.again)) {
    jn_stream_rollback(job->builder, mark);
    job->handed = true;
    jn_io_source_rewind(job->source);
    status = jn_io_jsonl_resolve(&jsonl, err);
    if (!status) status = read_rows(&jsonl, err);
  }
  clear(&jsonl);
  return status;
}
