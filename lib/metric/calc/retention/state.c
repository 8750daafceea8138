/* Joining states, and taking them to other machines. */
#include "internal.h"

/* Values of a cohort are made room for when it gets its first customer. */
journey_status jn_retention_need_values(jn_retention *r, uint32_t cohort, journey_error *err) {
  if (r->values == JN_RETENTION_NO_VALUES || r->value[cohort]) return JOURNEY_OK;
  r->value[cohort] = journey_host_alloc(r->host, r->rows, sizeof **r->value);
  return r->value[cohort] ? JOURNEY_OK : jn_retention_no_memory(r, err);
}

static void add_counts(int64_t *to, const int64_t *from, size_t n) {
  for (size_t i = 0; to && i < n; i++) to[i] = journey_add_counts(to[i], from[i]);
}

journey_status jn_retention_merge(void *state, void *other, journey_error *err) {
  jn_retention *r = state;
  const jn_retention *o = other;
  size_t cells = (size_t)r->cohorts * r->rows;
  journey_status status = JOURNEY_OK;
  add_counts(r->size, o->size, r->cohorts);
  add_counts(r->cell, o->cell, cells);
  add_counts(r->pair, o->pair, cells);
  for (uint32_t c = 0; status == JOURNEY_OK && r->value && c < r->cohorts; c++) {
    if (!o->value[c]) continue;
    status = jn_retention_need_values(r, c, err);
    for (uint32_t k = 0; status == JOURNEY_OK && k < r->rows; k++) {
      jn_retention_add_value(r, &r->value[c][k], &o->value[c][k]);
    }
  }
  return status;
}

/* ---- saving --------------------------------------------------------------------------------------------------------------- */

static void save_values(const jn_retention *r, journey_saver *saver, const jn_retention_value *value) {
  const journey_host *host = r->host;
  for (uint32_t k = 0; k < r->rows; k++) {
    host->save_int64(host, saver, value[k].n);
    if (value[k].n == 0) continue;
    host->save_sum(host, saver, &value[k].sum);
    if (r->values == JN_RETENTION_MEAN) host->save_sum(host, saver, &value[k].squares);
  }
}

/* Cohorts are saved by the index of their period, since another machine's scope may begin elsewhere. */
journey_status jn_retention_save(void *state, journey_saver *saver, journey_error *err) {
  const jn_retention *r = state;
  const journey_host *host = r->host;
  (void)err;
  for (uint32_t c = 0; c < r->cohorts; c++) {
    size_t at = (size_t)c * r->rows;
    if (r->size[c] == 0) continue;
    host->save_int64(host, saver, 1);
    host->save_int64(host, saver, r->first + c);
    host->save_int64(host, saver, r->size[c]);
    for (uint32_t k = 0; k < r->rows; k++) host->save_int64(host, saver, r->cell[at + k]);
    for (uint32_t k = 0; r->pair && k < r->rows; k++) host->save_int64(host, saver, r->pair[at + k]);
    if (r->value) save_values(r, saver, r->value[c]);
  }
  host->save_int64(host, saver, 0);
  return JOURNEY_OK;
}

/* ---- loading --------------------------------------------------------------------------------------------------------------- */

static void load_counts(const jn_retention *r, journey_loader *loader, int64_t *count, int64_t size) {
  for (uint32_t k = 0; count && k < r->rows; k++) {
    count[k] = journey_add_counts(count[k], r->host->load_range(r->host, loader, 0, size));
  }
}

static void load_values(const jn_retention *r, journey_loader *loader, jn_retention_value *value) {
  const journey_host *host = r->host;
  for (uint32_t k = 0; k < r->rows; k++) {
    jn_retention_value loaded = {.n = host->load_range(host, loader, 0, INT64_MAX)};
    if (loaded.n == 0) continue;
    host->load_sum(host, loader, &loaded.sum);
    if (r->values == JN_RETENTION_MEAN) host->load_sum(host, loader, &loaded.squares);
    jn_retention_add_value(r, &value[k], &loaded);
  }
}

static journey_status load_cohort(jn_retention *r, journey_loader *loader, journey_error *err) {
  const journey_host *host = r->host;
  int64_t index = host->load_range(host, loader, r->first, r->first + r->cohorts - 1);
  int64_t size = host->load_range(host, loader, 1, INT64_MAX / 1024);
  uint32_t cohort = (uint32_t)(index - r->first);
  size_t at = (size_t)cohort * r->rows;
  r->size[cohort] = journey_add_counts(r->size[cohort], size);
  load_counts(r, loader, r->cell + at, size);
  load_counts(r, loader, r->pair ? r->pair + at : NULL, size);
  if (!r->value) return JOURNEY_OK;
  journey_status status = jn_retention_need_values(r, cohort, err);
  if (status == JOURNEY_OK) load_values(r, loader, r->value[cohort]);
  return status;
}

journey_status jn_retention_load(void *state, journey_loader *loader, journey_error *err) {
  jn_retention *r = state;
  const journey_host *host = r->host;
  while (r->cohorts > 0 && host->load_range(host, loader, 0, 1) == 1) {
    journey_status status = load_cohort(r, loader, err);
    if (status == JOURNEY_OK) status = host->load_status(host, loader, err);
    if (status != JOURNEY_OK) return status;
  }
  if (r->cohorts == 0) host->load_range(host, loader, 0, 0);
  return host->load_status(host, loader, err);
}
