/* match, match_customers: partial states, and the tables. */
#include "internal.h"

static journey_status no_memory(const jn_match *m, journey_error *err) {
  return m->host->fail(m->host, err, JOURNEY_ENOMEM, "out of memory");
}

/* ---- partial state ----------------------------------------------------------------------------------------------- */

static void save_rows(const jn_match *m, journey_saver *saver) {
  const journey_host *host = m->host;
  host->save_int64(host, saver, (int64_t)m->rows);
  for (size_t i = 0; i < m->rows; i++) {
    const jn_match_row *row = &m->row[i];
    host->save_bytes(host, saver, m->ids + row->id, row->id_length);
    host->save_int64(host, saver, row->match);
    host->save_int64(host, saver, row->time);
    host->save_int64(host, saver, row->element);
    host->save_int64(host, saver, row->event);
  }
}

journey_status jn_match_save(void *state, journey_saver *saver, journey_error *err) {
  const jn_match *m = state;
  const journey_host *host = m->host;
  (void)err;
  host->save_int64(host, saver, m->customers);
  host->save_int64(host, saver, m->matched);
  host->save_int64(host, saver, m->matches);
  journey_list_save(host, saver, &m->duration);
  for (uint32_t e = 0; e < m->program->elements; e++) {
    host->save_int64(host, saver, m->part[e].customers);
    host->save_int64(host, saver, m->part[e].matches);
    journey_list_save(host, saver, &m->part[e].wait);
  }
  save_rows(m, saver);
  return JOURNEY_OK;
}

static journey_status load_rows(jn_match *m, journey_loader *loader, journey_error *err) {
  const journey_host *host = m->host;
  int64_t n = host->load_range(host, loader, 0, INT64_MAX), most = m->program->elements;
  while (n-- > 0 && host->load_status(host, loader, err) == JOURNEY_OK) {
    size_t length;
    jn_match_row row = {0};
    const char *id = host->load_bytes(host, loader, &length);
    row.match = host->load_range(host, loader, 1, INT64_MAX);
    row.time = host->load_int64(host, loader);
    row.element = (uint32_t)host->load_range(host, loader, 0, most ? most - 1 : 0);
    row.event = host->load_event(host, loader);
    if (host->load_status(host, loader, err) != JOURNEY_OK) break;
    if (most && jn_match_add_row(m, row, id, length) != JOURNEY_OK) return JOURNEY_ENOMEM;
  }
  return host->load_status(host, loader, err);
}

journey_status jn_match_load(void *state, journey_loader *loader, journey_error *err) {
  jn_match *m = state;
  const journey_host *host = m->host;
  m->customers = host->load_range(host, loader, 0, INT64_MAX);
  m->matched = host->load_range(host, loader, 0, m->customers);
  m->matches = host->load_range(host, loader, m->matched, INT64_MAX);
  journey_status status = journey_list_load(host, loader, &m->duration, 0, err);
  for (uint32_t e = 0; status == JOURNEY_OK && e < m->program->elements; e++) {
    m->part[e].customers = host->load_range(host, loader, 0, m->matched);
    m->part[e].matches = host->load_range(host, loader, 0, m->matches);
    status = journey_list_load(host, loader, &m->part[e].wait, 0, err);
  }
  if (status == JOURNEY_OK) status = load_rows(m, loader, err);
  return status == JOURNEY_ENOMEM ? no_memory(m, err) : status;
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static void put_row(jn_match *m, journey_table *table, int64_t step, const char *name, const jn_match_part *part) {
  const journey_host *host = m->host;
  host->put_int64(host, table, step);
  host->put_text(host, table, name, SIZE_MAX);
  host->put_int64(host, table, part->customers);
  host->put_int64(host, table, m->customers);
  host->put_interval(host, table, host->proportion(host, part->customers, m->customers));
  host->put_int64(host, table, part->matches);
  host->put_float64(host, table, host->quantile_int64(host, part->wait.item, part->wait.count, 0.5) / 1e6);
  host->put_float64(host, table, host->quantile_int64(host, part->wait.item, part->wait.count, 0.9) / 1e6);
}

journey_status jn_match_finish(void *state, journey_table *table, journey_error *err) {
  jn_match *m = state;
  const journey_host *host = m->host;
  const jn_match_part whole = {m->matched, m->matches, m->duration};
  (void)err;
  host->column(host, table, "step", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "name", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "customers", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "in_scope", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column_interval(host, table, "rate", JOURNEY_UNIT_SHARE);
  host->column(host, table, "matches", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "median_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->column(host, table, "p90_seconds", JOURNEY_TYPE_FLOAT64, JOURNEY_UNIT_SECONDS);
  host->note(host, table, "method",
             "rate: customers / in_scope, Wilson interval; seconds: of the whole match, and from the matched event "
             "before");
  put_row(m, table, 0, "(match)", &whole);
  for (uint32_t e = 0; e < m->program->elements; e++) {
    put_row(m, table, e + 1, m->steps->name[m->program->condition_of[e]], &m->part[e]);
  }
  return JOURNEY_OK;
}

journey_status jn_match_finish_customers(void *state, journey_table *table, journey_error *err) {
  const jn_match *m = state;
  const journey_host *host = m->host;
  (void)err;
  host->column(host, table, "customer", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "match", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "step", JOURNEY_TYPE_INT64, JOURNEY_UNIT_NONE);
  host->column(host, table, "name", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "event", JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  host->column(host, table, "time", JOURNEY_TYPE_TIME, JOURNEY_UNIT_NONE);
  for (size_t i = 0; i < m->rows; i++) {
    const jn_match_row *row = &m->row[i];
    host->put_text(host, table, m->ids + row->id, row->id_length);
    host->put_int64(host, table, row->match);
    host->put_int64(host, table, row->element + 1);
    host->put_text(host, table, m->steps->name[m->program->condition_of[row->element]], SIZE_MAX);
    host->put_text(host, table, host->events->name[row->event], SIZE_MAX);
    host->put_int64(host, table, row->time);
  }
  return JOURNEY_OK;
}
