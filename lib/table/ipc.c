/* A table as an Arrow IPC stream: the schema, batches of rows, the end mark.
 * The format: https://arrow.apache.org/docs/format/Columnar.html, Message.fbs and Schema.fbs of the Arrow project. */
#include "table/flat.h"
#include "table/internal.h"

enum { BATCH_ROWS = 64 * 1024, ALIGNMENT = 8 }; /* rows of a batch but the last: a multiple of 8, for the bits */

/* Numbers of Arrow's schema files. */
enum { VERSION_5 = 4, HEADER_SCHEMA = 1, HEADER_RECORD_BATCH = 3, MICROSECOND = 2, DOUBLE = 2 };

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { BIG_ENDIAN_BODY = 1 }; /* columns are written as they are in memory */
#else
enum { BIG_ENDIAN_BODY = 0 };
#endif

/* ---- messages ---------------------------------------------------------------------------------------------------- */

/* Begins a message in an empty text; returns where the offset of its header goes. */
static size_t begin_message(jn_base_text *out, uint64_t header_type, int64_t body_size) {
  jn_flat_zeros(out, 4);
  jn_flat_table message = jn_flat_open(out, "2148");
  jn_flat_link(out, 0, message.start);
  jn_flat_set(out, message.field[0], VERSION_5, 2);
  jn_flat_set(out, message.field[1], header_type, 1);
  jn_flat_set(out, message.field[3], (uint64_t)body_size, 8);
  return message.field[2];
}

/* Writes the message in its frame, and frees it. */
static void send_message(jn_table_sink *sink, jn_base_text *message) {
  jn_flat_align(message, ALIGNMENT);
  char frame[8] = {'\xFF', '\xFF', '\xFF', '\xFF'};
  for (int i = 0; i < 4; i++) frame[4 + i] = (char)(message->length >> (8 * i) & 0xFF);
  if (message->status && !sink->text.status) {
    sink->text.status = message->status;
    jn_base_fail(sink->err, message->status, "table '%s': its names and notes are too large for an Arrow stream",
                 jn_base_quote(sink->name, strlen(sink->name)).text);
  }
  if (!message->status) {
    jn_table_out(sink, frame, sizeof frame);
    jn_table_out(sink, message->bytes, message->length);
  }
  jn_base_text_clear(message);
}

/* ---- schema ------------------------------------------------------------------------------------------------------ */

static size_t put_pair(jn_base_text *out, const char *key, const char *key_end, const char *value) {
  jn_flat_table pair = jn_flat_open(out, "44");
  jn_flat_link(out, pair.field[0], jn_flat_string(out, key, key_end));
  jn_flat_link(out, pair.field[1], jn_flat_string(out, value, ""));
  return pair.start;
}

/* The table of a type of the union Type. */
typedef struct type_table {
  int32_t number;    /* in the union */
  const char *sizes; /* of its fields */
  uint64_t values[2];
} type_table;

static const type_table types[] = {
    [JOURNEY_TYPE_INT64] = {2, "41", {64, 1}},          /* Int: bits, signed */
    [JOURNEY_TYPE_FLOAT64] = {3, "2", {DOUBLE}},        /* FloatingPoint: precision */
    [JOURNEY_TYPE_STRING] = {20, "", {0}},              /* LargeUtf8 */
    [JOURNEY_TYPE_TIME] = {10, "24", {MICROSECOND, 0}}, /* Timestamp: unit, zone */
    [JOURNEY_TYPE_DURATION] = {18, "2", {MICROSECOND}}, /* Duration: unit */
};

static size_t put_type(jn_base_text *out, int32_t type) {
  const type_table *wanted = &types[type];
  jn_flat_table made = jn_flat_open(out, wanted->sizes);
  for (size_t i = 0; wanted->sizes[i]; i++)
    jn_flat_set(out, made.field[i], wanted->values[i], (size_t)(wanted->sizes[i] - '0'));
  if (type == JOURNEY_TYPE_TIME) jn_flat_link(out, made.field[1], jn_flat_string(out, "UTC", ""));
  return made.start;
}

static size_t put_field(jn_base_text *out, const jn_table_column *column) {
  bool has_unit = column->unit != JOURNEY_UNIT_NONE;
  jn_flat_table field = jn_flat_open(out, has_unit ? "4114044" : "411404");
  jn_flat_link(out, field.field[0], jn_flat_string(out, column->name, ""));
  jn_flat_set(out, field.field[1], 1, 1); /* nullable */
  jn_flat_set(out, field.field[2], (uint64_t)types[column->type].number, 1);
  jn_flat_link(out, field.field[3], put_type(out, column->type));
  jn_flat_link(out, field.field[5], jn_flat_vector(out, 0, 4)); /* children */
  if (has_unit) {
    size_t metadata = jn_flat_vector(out, 1, 4);
    jn_flat_link(out, field.field[6], metadata);
    jn_flat_link(out, metadata + 4, put_pair(out, JN_TABLE_METADATA_UNIT, "", jn_table_unit_name(column->unit)));
  }
  return field.start;
}

static void put_metadata(jn_base_text *out, const journey_table *table, size_t slot) {
  size_t pairs = jn_flat_vector(out, 1 + table->notes_count, 4), at = pairs + 4;
  jn_flat_link(out, slot, pairs);
  jn_flat_link(out, at, put_pair(out, JN_TABLE_METADATA_NAME, "", table->name));
  for (size_t i = 0; i < table->notes_count; i++) {
    const jn_table_note *note = &table->notes[i];
    jn_flat_link(out, at += 4, put_pair(out, JN_TABLE_METADATA_NOTE, note->key, note->value));
  }
}

static void write_schema(const journey_table *table, jn_table_sink *sink) {
  jn_base_text out;
  jn_base_text_init(&out, table->context);
  size_t header = begin_message(&out, HEADER_SCHEMA, 0);
  jn_flat_table schema = jn_flat_open(&out, "244");
  jn_flat_link(&out, header, schema.start);
  jn_flat_set(&out, schema.field[0], BIG_ENDIAN_BODY, 2);
  size_t fields = jn_flat_vector(&out, (size_t)table->count, 4);
  jn_flat_link(&out, schema.field[1], fields);
  for (int32_t i = 0; i < table->count; i++)
    jn_flat_link(&out, fields + 4 + 4 * (size_t)i, put_field(&out, &table->columns[i]));
  put_metadata(&out, table, schema.field[2]);
  send_message(sink, &out);
}

/* ---- batches ----------------------------------------------------------------------------------------------------- */

typedef struct batch {
  const journey_table *table;
  int64_t from, rows;
} batch;

/* Sizes of the buffers of one column in a batch. */
typedef struct buffers {
  int64_t missing;
  int64_t size[3];
  int count;
} buffers;

static int64_t bit_bytes(const batch *of) { return (of->rows + 7) / 8; }

static int64_t padded(int64_t n) { return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

/* Bits after the table's last row are ones, and only its last batch has such. */
static int64_t count_missing(const jn_table_column *column, const batch *of) {
  if (!column->valid) return 0;
  int64_t bytes = bit_bytes(of), there = 0;
  for (int64_t i = 0; i < bytes; i++) there += __builtin_popcount(column->valid[of->from / 8 + i]);
  return bytes * 8 - there;
}

static buffers buffers_of(const jn_table_column *column, const batch *of) {
  bool text = column->store == JN_TABLE_TEXT;
  buffers made = {.missing = count_missing(column, of), .count = text ? 3 : 2};
  made.size[0] = made.missing ? bit_bytes(of) : 0;
  made.size[1] = (of->rows + text) * 8;
  if (text) made.size[2] = column->whole[of->from + of->rows] - column->whole[of->from];
  return made;
}

typedef struct totals {
  size_t buffers;
  int64_t bytes;
} totals;

static totals total(const batch *of) {
  totals sum = {0};
  for (int32_t i = 0; i < of->table->count; i++) {
    buffers one = buffers_of(&of->table->columns[i], of);
    for (int k = 0; k < one.count; k++) sum.bytes += padded(one.size[k]);
    sum.buffers += (size_t)one.count;
  }
  return sum;
}

/* Sets a pair of int64 and moves on. */
static void set_pair(jn_base_text *out, size_t *at, int64_t a, int64_t b) {
  jn_flat_set(out, *at, (uint64_t)a, 8);
  jn_flat_set(out, *at + 8, (uint64_t)b, 8);
  *at += 16;
}

static void put_nodes(jn_base_text *out, const batch *of, size_t nodes, size_t places) {
  int64_t offset = 0;
  for (int32_t i = 0; i < of->table->count; i++) {
    buffers one = buffers_of(&of->table->columns[i], of);
    set_pair(out, &nodes, of->rows, one.missing);
    for (int k = 0; k < one.count; k++) {
      set_pair(out, &places, offset, one.size[k]);
      offset += padded(one.size[k]);
    }
  }
}

static void write_batch_message(const batch *of, jn_table_sink *sink) {
  totals sum = total(of);
  jn_base_text out;
  jn_base_text_init(&out, of->table->context);
  size_t header = begin_message(&out, HEADER_RECORD_BATCH, sum.bytes);
  jn_flat_table body = jn_flat_open(&out, "844");
  jn_flat_link(&out, header, body.start);
  jn_flat_set(&out, body.field[0], (uint64_t)of->rows, 8);
  size_t nodes = jn_flat_vector(&out, (size_t)of->table->count, 16);
  jn_flat_link(&out, body.field[1], nodes);
  size_t places = jn_flat_vector(&out, sum.buffers, 16);
  jn_flat_link(&out, body.field[2], places);
  put_nodes(&out, of, nodes + 4, places + 4);
  send_message(sink, &out);
}

static void write_padding(jn_table_sink *sink, int64_t size) {
  jn_table_out(sink, (const char[ALIGNMENT]){0}, (size_t)(padded(size) - size));
}

static void write_strings(const jn_table_column *column, const batch *of, jn_table_sink *sink) {
  int64_t first = column->whole[of->from], end = of->from + of->rows;
  for (int64_t row = of->from; row <= end; row++) {
    int64_t offset = column->whole[row] - first;
    jn_table_out(sink, (const char *)&offset, sizeof offset);
  }
  for (int64_t row = of->from; row < end; row++) {
    size_t n;
    const char *s = jn_table_string(column, row, &n);
    jn_table_out(sink, s, n);
  }
  write_padding(sink, column->whole[end] - first);
}

static void write_column(const jn_table_column *column, const batch *of, jn_table_sink *sink) {
  int64_t bits = buffers_of(column, of).size[0];
  if (bits) jn_table_out(sink, (const char *)(column->valid + of->from / 8), (size_t)bits);
  write_padding(sink, bits);
  if (column->store == JN_TABLE_TEXT)
    write_strings(column, of, sink);
  else
    jn_table_out(sink, (const char *)(column->whole + of->from), (size_t)of->rows * sizeof *column->whole);
}

static bool write_batch(const batch *of, jn_table_sink *sink) {
  write_batch_message(of, sink);
  for (int32_t i = 0; i < of->table->count && !sink->text.status; i++) write_column(&of->table->columns[i], of, sink);
  return jn_table_row_done(sink);
}

void jn_table_write_ipc(const journey_table *table, jn_table_sink *sink) {
  write_schema(table, sink);
  for (int64_t from = 0; from < table->rows && !sink->text.status; from += BATCH_ROWS) {
    int64_t rows = table->rows - from < BATCH_ROWS ? table->rows - from : BATCH_ROWS;
    if (!write_batch(&(batch){table, from, rows}, sink)) return;
  }
  jn_table_out(sink, "\xFF\xFF\xFF\xFF\0\0\0\0", 8);
}
