/* Rows of Arrow batches to events, column by column, 64 rows at a time. Where one of these has something wrong with it,
 * they are taken one by one, which finds the first. */
#include <string.h>

#include "io/arrow.h"

/* ---- parts of an event ------------------------------------------------------------------------------------------ */

static const jn_io_arrow_column *candidate(const jn_io_arrow *arrow, int role, uint32_t k) {
  return &arrow->column[arrow->columns.column[role][k]];
}

/* The first candidate that has something in a row counts. */
static journey_status role_texts(const jn_io_arrow *arrow, jn_io_arrow_worker *w, int role, int64_t from, size_t n,
                                 jn_stream_string *out, journey_error *err) {
  uint32_t candidates = arrow->columns.candidates[role];
  if (!candidates) {
    memset(out, 0, n * sizeof *out);
    return JOURNEY_OK;
  }
  journey_status status = jn_io_arrow_texts(candidate(arrow, role, 0), from, n, &w->scratch, out, err);
  for (uint32_t k = 1; k < candidates; k++) {
    for (size_t i = 0; i < n && !status; i++) {
      if (out[i].length) continue;
      status = jn_io_arrow_texts(candidate(arrow, role, k), from + (int64_t)i, 1, &w->scratch, &out[i], err);
    }
  }
  return status;
}

static journey_status take_ids(const jn_io_arrow *arrow, jn_io_arrow_worker *w, int64_t from, size_t n,
                               journey_error *err) {
  static const struct {
    int role;
    size_t at;
  } parts[] = {{JN_IO_CUSTOMER, offsetof(jn_stream_row, customer)},
               {JN_IO_ANONYMOUS, offsetof(jn_stream_row, anonymous)},
               {JN_IO_EVENT, offsetof(jn_stream_row, name)},
               {JN_IO_ID, offsetof(jn_stream_row, id)}};
  jn_stream_string text[JN_IO_ARROW_BATCH];
  journey_status status = JOURNEY_OK;
  for (size_t k = 0; k < sizeof parts / sizeof parts[0] && !status; k++) {
    status = role_texts(arrow, w, parts[k].role, from, n, text, err);
    for (size_t i = 0; i < n && !status; i++) memcpy((char *)&w->row[i] + parts[k].at, &text[i], sizeof text[i]);
  }
  for (size_t i = 0; i < n && arrow->event.length; i++) w->row[i].name = arrow->event;
  return status;
}

static journey_status take_times(const jn_io_arrow *arrow, jn_io_arrow_worker *w, int64_t from, size_t n, bool *missing,
                                 journey_error *err) {
  int64_t time[JN_IO_ARROW_BATCH];
  journey_status status = jn_io_arrow_times(candidate(arrow, JN_IO_TIME, 0), from, n, &w->scratch, time, missing, err);
  for (uint32_t k = 1; k < arrow->columns.candidates[JN_IO_TIME]; k++) {
    for (size_t i = 0; i < n && !status; i++) {
      if (!missing[i]) continue;
      status = jn_io_arrow_times(candidate(arrow, JN_IO_TIME, k), from + (int64_t)i, 1, &w->scratch, &time[i],
                                 &missing[i], err);
    }
  }
  for (size_t i = 0; i < n && !status; i++) w->row[i].time = time[i];
  return status;
}

static journey_status take_values(const jn_io_arrow *arrow, jn_io_arrow_worker *w, int64_t from, size_t n,
                                  journey_error *err) {
  double value[JN_IO_ARROW_BATCH];
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; i < n; i++) value[i] = __builtin_nan("");
  for (uint32_t k = 0; k < arrow->columns.candidates[JN_IO_VALUE] && !status; k++) {
    const jn_io_arrow_column *column = candidate(arrow, JN_IO_VALUE, k);
    if (!k) status = jn_io_arrow_numbers(column, from, n, value, err);
    for (size_t i = 0; k && i < n && !status; i++) {
      if (value[i] != value[i]) status = jn_io_arrow_numbers(column, from + (int64_t)i, 1, &value[i], err);
    }
  }
  for (size_t i = 0; i < n; i++) w->row[i].value = value[i];
  return status;
}

static journey_status take_attribute(const jn_io_arrow *arrow, jn_io_arrow_worker *w, const jn_io_attribute *attribute,
                                     int64_t from, size_t n, journey_error *err) {
  const jn_io_arrow_column *column = &arrow->column[attribute->column];
  jn_stream_cell *cell = w->cell + attribute->index;
  jn_stream_string text[JN_IO_ARROW_BATCH];
  double number[JN_IO_ARROW_BATCH];
  bool is_text = attribute->type == JN_IO_TYPE_TEXT;
  journey_status status = is_text ? jn_io_arrow_texts(column, from, n, &w->scratch, text, err)
                                  : jn_io_arrow_numbers(column, from, n, number, err);
  for (size_t i = 0; i < n && !status; i++, cell += arrow->cells) {
    if (is_text) {
      cell->text = text[i];
    } else {
      cell->number = number[i];
    }
  }
  return status;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static const char *first_name(const jn_io_arrow *arrow, int role, jn_base_quoted *out) {
  if (role == JN_IO_CUSTOMER && !arrow->columns.candidates[role]) role = JN_IO_ANONYMOUS;
  jn_stream_string name = candidate(arrow, role, 0)->name;
  *out = jn_base_quote(name.bytes, name.length);
  return out->text;
}

static bool is(jn_stream_string s, const char *word) {
  return s.length == strlen(word) && !memcmp(s.bytes, word, s.length);
}

static bool is_link(jn_stream_string kind) { return is(kind, "identify") || is(kind, "alias") || is(kind, "group"); }

/* What each event needs. */
static journey_status check_row(const jn_io_arrow *arrow, const jn_stream_row *row, bool link, bool no_time,
                                journey_error *err) {
  jn_base_quoted name;
  const char *what = NULL;
  int role = JN_IO_CUSTOMER;
  if (!row->customer.length && !row->anonymous.length) {
    what = "customer";
  } else if (!link && !row->name.length) {
    what = "event name", role = JN_IO_EVENT;
  } else if (!link && no_time) {
    what = "time", role = JN_IO_TIME;
  }
  if (!what) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_EPARSE, "no %s: \"%s\" is null or empty", what, first_name(arrow, role, &name));
}

/* Ids of rows that link them. */
typedef struct links {
  jn_stream_string kind[JN_IO_ARROW_BATCH], previous[JN_IO_ARROW_BATCH];
} links;

static journey_status fill(const jn_io_arrow *arrow, jn_io_arrow_worker *w, int64_t from, size_t n, links *l,
                           journey_error *err) {
  bool missing[JN_IO_ARROW_BATCH];
  w->scratch.n = 0;
  for (size_t i = 0; i < n; i++) {
    if (jn_io_arrow_is_valid(&arrow->rows, from + (int64_t)i)) continue;
    return jn_base_fail(err, JOURNEY_EPARSE, "the row is null");
  }
  journey_status status = take_ids(arrow, w, from, n, err);
  if (!status) status = role_texts(arrow, w, JN_IO_KIND, from, n, l->kind, err);
  if (!status) status = role_texts(arrow, w, JN_IO_PREVIOUS, from, n, l->previous, err);
  if (!status) status = take_times(arrow, w, from, n, missing, err);
  if (!status) status = take_values(arrow, w, from, n, err);
  for (size_t i = 0; i < arrow->columns.attributes && !status; i++) {
    status = take_attribute(arrow, w, &arrow->columns.attribute[i], from, n, err);
  }
  for (size_t i = 0; i < n && !status; i++) {
    status = check_row(arrow, &w->row[i], is_link(l->kind[i]), missing[i], err);
  }
  return status;
}

static journey_status link_ids(const jn_io_arrow *arrow, jn_io_arrow_worker *w, size_t i, const links *l,
                               journey_error *err) {
  jn_stream_string customer = w->row[i].customer, old = l->previous[i], anonymous = w->row[i].anonymous;
  journey_status status = JOURNEY_OK;
  if (!customer.length) return JOURNEY_OK;
  if (is_link(l->kind[i]) && anonymous.length) status = jn_stream_link(w->writer, anonymous, true, customer, err);
  if (!status && old.length && arrow->columns.candidates[JN_IO_ANONYMOUS]) {
    status = jn_stream_link(w->writer, old, true, customer, err);
  }
  return status || !old.length ? status : jn_stream_link(w->writer, old, false, customer, err);
}

/* Events in runs between the links, which keep their place in the order of arrival. */
static journey_status put(const jn_io_arrow *arrow, jn_io_arrow_worker *w, size_t n, const links *l,
                          journey_error *err) {
  size_t from = 0, taken;
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; i < n && !status; i++) {
    bool only = is_link(l->kind[i]);
    if (!only && !l->previous[i].length) continue;
    if (i > from) status = jn_stream_put_rows(w->writer, w->row + from, i - from, &taken, err);
    w->events += (int64_t)(i - from);
    if (!status) status = link_ids(arrow, w, i, l, err);
    from = only ? i + 1 : i;
    w->links += only;
  }
  if (!status && n > from) status = jn_stream_put_rows(w->writer, w->row + from, n - from, &taken, err);
  w->events += (int64_t)(n - from);
  return status;
}

/* ---- what is wrong ---------------------------------------------------------------------------------------------- */

/* A row that cannot be taken; false when that ends the reading. */
static bool bad_row(const jn_io_arrow *arrow, jn_io_arrow_worker *w, int64_t row, const journey_error *why) {
  journey_error error;
  int64_t number = arrow->base + row + 1;
  jn_base_fail_at(&error, why->code, number, 0, -1, "row %lld: %s", (long long)number, why->message);
  if (arrow->options.on_error != JOURNEY_ON_ERROR_SKIP) {
    w->error = error;
    return false;
  }
  w->skipped++;
  if (!w->first_skipped.code) w->first_skipped = error;
  return true;
}

static bool take_batch(const jn_io_arrow *arrow, jn_io_arrow_worker *w, int64_t from, size_t n) {
  links l;
  journey_error error = {0};
  journey_status status = fill(arrow, w, from, n, &l, &error);
  if (!status) return !put(arrow, w, n, &l, &w->error);
  if (status == JOURNEY_ENOMEM) {
    w->error = error;
    return false;
  }
  if (n == 1) return bad_row(arrow, w, from, &error);
  bool go_on = true;
  for (size_t i = 0; i < n && go_on; i++) go_on = take_batch(arrow, w, from + (int64_t)i, 1);
  return go_on;
}

bool jn_io_arrow_take(jn_io_arrow *arrow, jn_io_arrow_worker *w, int64_t from, int64_t to) {
  bool go_on = true;
  while (from < to && go_on) {
    size_t n = to - from < (int64_t)arrow->batch ? (size_t)(to - from) : arrow->batch;
    go_on = take_batch(arrow, w, from, n);
    from += (int64_t)n;
  }
  return go_on;
}
