/* The log: windows that are kept one by one, because their customers have others, too, because the times of their edges
 * are asked for, or because rare edges are led to (other), which depends on the whole of a path. */
#include "internal.h"

void jn_steps_log_free(jn_steps_log *log) {
  journey_host_free(log->host, log->row, log->row_capacity, sizeof *log->row);
  journey_host_free(log->host, log->node, log->node_capacity, sizeof *log->node);
  journey_host_free(log->host, log->time, log->time_capacity, sizeof *log->time);
}

static journey_status make_room(jn_steps_log *log, size_t rows, size_t nodes, size_t times) {
  const journey_host *host = log->host;
  journey_status status = journey_host_grow(host, &log->row, &log->row_capacity, log->rows + rows, sizeof *log->row);
  if (status == JOURNEY_OK) {
    status = journey_host_grow(host, &log->node, &log->node_capacity, log->nodes + nodes, sizeof *log->node);
  }
  if (status != JOURNEY_OK || !log->timed) return status;
  return journey_host_grow(host, &log->time, &log->time_capacity, log->times + times, sizeof *log->time);
}

journey_status jn_steps_log_add(jn_steps_log *log, const jn_steps_window *w, const journey_batch *batch,
                                int32_t again) {
  uint32_t count = (uint32_t)(w->high - w->low + 1);
  if (make_room(log, 1, count, count) != JOURNEY_OK) return JOURNEY_ENOMEM;
  log->row[log->rows++] = (jn_steps_row){(uint16_t)w->low, (uint16_t)count, (uint16_t)again};
  for (int32_t s = w->low; s <= w->high; s++) log->node[log->nodes++] = w->node[s];
  for (int32_t s = w->low; log->timed && s < w->high; s++) {
    log->time[log->times++] =
        journey_elapsed(journey_batch_time(batch, w->event[s]), journey_batch_time(batch, w->event[s + 1]));
  }
  return JOURNEY_OK;
}

/* Customers of two logs are different ones: the first row of the other begins a new one, as every log's does. */
journey_status jn_steps_log_merge(jn_steps_log *log, jn_steps_log *other) {
  if (log->rows == 0) {
    jn_steps_log empty = *log;
    *log = *other;
    *other = empty;
    other->host = log->host; /* each state has its own */
    log->host = empty.host;
    return JOURNEY_OK;
  }
  if (make_room(log, other->rows, other->nodes, other->times) != JOURNEY_OK) return JOURNEY_ENOMEM;
  for (size_t i = 0; i < other->rows; i++) log->row[log->rows++] = other->row[i];
  for (size_t i = 0; i < other->nodes; i++) log->node[log->nodes++] = other->node[i];
  for (size_t i = 0; i < other->times; i++) log->time[log->times++] = other->time[i];
  return JOURNEY_OK;
}

/* ---- partial state ----------------------------------------------------------------------------------------------- */

/* For each row its number of nodes, its slot, whether its customer is that of the row before, its nodes and times. 0
 * ends the log. */
void jn_steps_log_save(const jn_steps_log *log, const jn_steps_view *view, journey_saver *saver) {
  const journey_host *host = log->host;
  const uint32_t *node = log->node;
  const int64_t *time = log->time;
  for (size_t i = 0; i < log->rows; i++) {
    const jn_steps_row *r = &log->row[i];
    host->save_int64(host, saver, r->count);
    host->save_int64(host, saver, r->low);
    host->save_int64(host, saver, r->again);
    for (int k = 0; k < r->count; k++) jn_steps_save_node(view, saver, *node++);
    for (int k = 1; log->timed && k < r->count; k++) host->save_int64(host, saver, *time++);
  }
  host->save_int64(host, saver, 0);
}

static journey_status load_row(jn_steps_log *log, const jn_steps_view *view, int64_t count, journey_loader *loader,
                               journey_error *err) {
  const journey_host *host = log->host;
  int64_t low = host->load_range(host, loader, 0, view->slots - count);
  int64_t again = host->load_range(host, loader, 0, log->rows > 0);
  if (make_room(log, 1, (size_t)count, (size_t)count) != JOURNEY_OK) {
    return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  }
  for (int64_t k = 0; k < count; k++) log->node[log->nodes + (size_t)k] = jn_steps_load_node(view, loader);
  for (int64_t k = 1; log->timed && k < count; k++) {
    log->time[log->times + (size_t)k - 1] = host->load_range(host, loader, 0, INT64_MAX);
  }
  if (host->load_status(host, loader, err) != JOURNEY_OK) return JOURNEY_OK; /* the caller asks again */
  log->row[log->rows++] = (jn_steps_row){(uint16_t)low, (uint16_t)count, (uint16_t)again};
  log->nodes += (size_t)count;
  if (log->timed) log->times += (size_t)count - 1;
  return JOURNEY_OK;
}

journey_status jn_steps_log_load(jn_steps_log *log, const jn_steps_view *view, journey_loader *loader,
                                 journey_error *err) {
  const journey_host *host = log->host;
  journey_status status = JOURNEY_OK;
  int64_t count;
  while (status == JOURNEY_OK && (count = host->load_range(host, loader, 0, view->slots)) > 0) {
    status = load_row(log, view, count, loader, err);
  }
  return status == JOURNEY_OK ? host->load_status(host, loader, err) : status;
}
