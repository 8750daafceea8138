/* Writing a table: the way out that all formats share, and the choice of the format. */
#include "table/internal.h"

enum { SLACK = 4096 }; /* what one row may add to a full piece before the buffer has to grow */

const char *jn_table_type_name(int32_t type) {
  static const char *const names[] = {"", "int64", "float64", "string", "time", "duration"};
  return names[type];
}

const char *jn_table_unit_name(int32_t unit) {
  static const char *const names[] = {"none", "share", "seconds", "score"};
  return names[unit];
}

/* ---- the way out ------------------------------------------------------------------------------------------------- */

static void hand_over(jn_table_sink *sink, const char *bytes, size_t n) {
  jn_base_text *text = &sink->text;
  if (text->status || !n) return;
  text->status = jn_base_cancelled(text->context, sink->err);
  if (text->status) return;
  text->status = sink->write(sink->user, bytes, n);
  if (text->status)
    jn_base_fail(sink->err, text->status, "table '%s' could not be written: the receiver of the output says %s",
                 jn_base_quote(sink->name, strlen(sink->name)).text, journey_status_name(text->status));
}

void jn_table_flush(jn_table_sink *sink) {
  hand_over(sink, sink->text.bytes, sink->text.length);
  sink->text.length = 0;
}

/* Large things are handed over from where they are, so that the buffer stays small. */
void jn_table_out_large(jn_table_sink *sink, const char *s, size_t n) {
  jn_table_flush(sink);
  for (; n >= JN_TABLE_PIECE; s += JN_TABLE_PIECE, n -= JN_TABLE_PIECE) hand_over(sink, s, JN_TABLE_PIECE);
  jn_table_add(&sink->text, s, n);
}

/* ---- formats ----------------------------------------------------------------------------------------------------- */

typedef void (*writer)(const journey_table *table, jn_table_sink *sink);

static writer writer_of(int32_t format) {
  static const writer writers[] = {
      [JOURNEY_FORMAT_TEXT] = jn_table_write_text, [JOURNEY_FORMAT_CSV] = jn_table_write_csv,
      [JOURNEY_FORMAT_JSON] = jn_table_write_json, [JOURNEY_FORMAT_JSONL] = jn_table_write_jsonl,
      [JOURNEY_FORMAT_ARROW] = jn_table_write_ipc,
  };
  return format >= JOURNEY_FORMAT_TEXT && format <= JOURNEY_FORMAT_ARROW ? writers[format] : NULL;
}

journey_status journey_table_write(const journey_table *table, int32_t format, journey_write write, void *user,
                                   journey_error *err) {
  writer run = writer_of(format);
  if (!run) return jn_base_fail(err, JOURNEY_EINVAL, "%d is none of JOURNEY_FORMAT_...", (int)format);
  if (!table->finished) return jn_table_unfinished(table, err);
  jn_table_sink sink = {.write = write, .user = user, .name = table->name, .err = err};
  jn_base_text *text = &sink.text;
  jn_base_text_init(text, table->context);
  text->status = jn_base_grow(text->context, &text->bytes, &text->capacity, JN_TABLE_PIECE + SLACK, 1, NULL);
  run(table, &sink);
  jn_table_flush(&sink);
  journey_status status = text->status;
  if (status == JOURNEY_ENOMEM) jn_base_no_memory(err);
  jn_base_text_clear(text);
  return status;
}
