/* Counts, rejected rows and the first error, in the order of the input whatever the threads did. */
#include "io/settle.h"

#include <string.h>

void jn_io_place(const char *name, journey_error *err) {
  enum { SHOWN = 120 };
  char message[JOURNEY_ERROR_MESSAGE_SIZE];
  size_t n = strlen(name);
  const char *cut = n > SHOWN ? "..." : "";
  memcpy(message, err->message, sizeof message);
  if (n > SHOWN) name += n - SHOWN;
  if (err->row > 0) {
    jn_base_fail_at(err, err->code, err->row, err->column, err->offset, "%s%s:%lld: %s", cut, name, (long long)err->row,
                    message);
  } else {
    jn_base_fail_at(err, err->code, err->row, err->column, err->offset, "%s%s: %s", cut, name, message);
  }
}

/* ---- bad rows --------------------------------------------------------------------------------------------------- */

static journey_status keep_rejected(const jn_io_job *job, jn_io_part *part, const journey_error *where,
                                    const char *bytes, size_t n, journey_error *err) {
  journey_status status = jn_base_grow(job->context, &part->rejected, &part->rejected_capacity,
                                       part->rejected_count + 1, sizeof *part->rejected, err);
  if (status) return status;
  size_t reason = strlen(where->message) + 1;
  if (!part->text.context) jn_base_text_init(&part->text, job->context);
  jn_base_text_add(&part->text, bytes, n);
  jn_base_text_add(&part->text, where->message, reason);
  if (part->text.status) return jn_base_no_memory(err);
  part->rejected[part->rejected_count++] = (jn_io_rejected){.line = where->row, .bytes = n, .reason = reason};
  return JOURNEY_OK;
}

bool jn_io_bad_row(const jn_io_job *job, jn_io_part *part, const journey_error *where, const char *bytes, size_t n) {
  if (job->options.on_error != JOURNEY_ON_ERROR_SKIP) {
    part->error = *where;
    return false;
  }
  part->skipped++;
  if (!part->first_skipped.code) part->first_skipped = *where;
  return !job->options.reject || job->handed || !keep_rejected(job, part, where, bytes, n, &part->error);
}

/* ---- in order --------------------------------------------------------------------------------------------------- */

static void fail(jn_io_settled *settled, const journey_error *error) {
  settled->status = error->code;
  settled->stop = 0;
  if (!settled->err) return;
  *settled->err = *error;
  if (error->row > 0) settled->err->row += settled->lines;
}

static journey_status hand_rejected(jn_io_settled *settled, const jn_io_part *part) {
  const jn_io_job *job = settled->job;
  const char *bytes = part->text.bytes;
  for (size_t i = 0; i < part->rejected_count; i++) {
    const jn_io_rejected *row = &part->rejected[i];
    journey_status status = job->options.reject(job->options.reject_user, job->name, settled->lines + row->line, bytes,
                                                row->bytes, bytes + row->bytes);
    if (status) return status;
    bytes += row->bytes + row->reason;
  }
  return JOURNEY_OK;
}

static void add_counts(jn_io_settled *settled, const jn_io_part *part) {
  journey_read_counts *counts = &settled->job->counts;
  counts->rows += part->rows;
  counts->events += part->events;
  counts->links += part->links;
  counts->skipped += part->skipped;
  if (part->done > counts->bytes) counts->bytes = part->done;
  if (!part->first_skipped.code || counts->first_skipped.code) return;
  counts->first_skipped = part->first_skipped;
  counts->first_skipped.row += settled->lines;
  jn_io_place(settled->job->name, &counts->first_skipped);
}

static void settle_one(jn_io_settled *settled, jn_io_part *part) {
  journey_error error = {0};
  const jn_io_job *job = settled->job;
  add_counts(settled, part);
  journey_status refused = hand_rejected(settled, part);
  if (refused) {
    jn_base_fail(&error, refused, "stopped by the receiver of rejected rows");
  } else if (part->error.code) {
    error = part->error;
  } else {
    jn_base_progress(job->context, "reading", part->done, jn_io_source_size(job->source), &error);
  }
  if (error.code) fail(settled, &error);
  settled->lines += part->lines;
}

void jn_io_settle(jn_io_settled *settled) {
  for (;;) {
    jn_io_part *part = &settled->parts[settled->next % settled->window];
    if (!part->finished) return;
    if (!settled->status) settle_one(settled, part);
    jn_io_part_clear(settled->job, part);
    settled->next++;
  }
}

void jn_io_part_clear(const jn_io_job *job, jn_io_part *part) {
  jn_base_free(job->context, part->rejected, part->rejected_capacity, sizeof *part->rejected);
  if (part->text.context) jn_base_text_clear(&part->text);
  memset(part, 0, sizeof *part);
}
