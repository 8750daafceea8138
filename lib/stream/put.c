/* Taking rows, in batches. Room for a whole batch is made first, so a batch is taken or it is not. */
#include "stream/internal.h"

/* The loop over rows is compiled twice, with and without what few inputs need. */
#define INLINE static inline __attribute__((always_inline))

enum { AHEAD = 16, FIRST_ROWS = 256, GROWTH = 4 };

/* What a batch brings. */
typedef struct batch {
  const jn_stream_row *row;
  size_t n; /* rows before the first that is refused */
  size_t id_bytes, name_bytes, values;
  bool linking, hashed, plain;
} batch;

/* ---- where rows go ------------------------------------------------------------------------------------------------- */

/* Attributes may have been declared since. */
static journey_status follow_declarations(jn_stream_writer *writer, journey_error *err) {
  size_t attributes = writer->builder->attributes;
  if (attributes == writer->attributes) return JOURNEY_OK;
  journey_status status =
      jn_base_grow(writer->context, &writer->texts, &writer->texts_capacity, attributes, sizeof *writer->texts, err);
  if (status) return status;
  while (writer->attributes < attributes)
    jn_stream_dictionary_init(&writer->texts[writer->attributes++], writer->context);
  return JOURNEY_OK;
}

static journey_status reserve_cells(jn_stream_writer *writer, jn_stream_segment *segment, journey_error *err) {
  size_t old = segment->cells_count, n = writer->attributes;
  if (old >= n) return JOURNEY_OK;
  jn_stream_cells *cells = jn_base_reallocate(writer->context, segment->cells, old * sizeof *cells, n * sizeof *cells);
  if (!cells) return jn_base_no_memory(err);
  memset(cells + old, 0, (n - old) * sizeof *cells);
  segment->cells = cells;
  segment->cells_count = n;
  return JOURNEY_OK;
}

/* The segment that takes the next rows. */
static journey_status current_segment(jn_stream_writer *writer, jn_stream_segment **out, journey_error *err) {
  uint32_t capacity = FIRST_ROWS;
  if (writer->segments) {
    *out = writer->segment[writer->segments - 1];
    if ((*out)->rows < (*out)->capacity) return JOURNEY_OK;
    capacity = (*out)->capacity < JN_STREAM_SEGMENT_ROWS ? (*out)->capacity * GROWTH : JN_STREAM_SEGMENT_ROWS;
  }
  journey_status status = jn_base_grow(writer->context, &writer->segment, &writer->segment_capacity,
                                       writer->segments + 1, sizeof *writer->segment, err);
  if (!status) status = jn_stream_segment_new(writer->context, capacity, out, err);
  if (!status) writer->segment[writer->segments++] = *out;
  return status;
}

/* ---- rows: making room --------------------------------------------------------------------------------------------- */

/* 1 for a row that is to be refused. */
static inline size_t is_wrong(const jn_stream_row *r) {
  size_t id = r->customer.length | r->anonymous.length, name = r->name.length;
  return (size_t)!id | (size_t)!name | (id | name) >> 31;
}

/* Up to the first row that is to be refused. Without jumps, as this is done for every row of every input. */
static batch survey(const jn_stream_row *row, size_t n) {
  size_t wrong = 0, ids = 0, names = 0, anonymous = 0, hashed = 0, values = 0, both = 0;
  for (size_t i = 0; i < n; i++) wrong |= is_wrong(&row[i]);
  for (size_t i = 0; wrong && i < n; i++)
    if (is_wrong(&row[i])) n = i;
  for (size_t i = 0; i < n; i++) {
    ids += row[i].customer.length + row[i].anonymous.length;
    names += row[i].name.length;
    anonymous |= row[i].anonymous.length;
    hashed |= row[i].id.length;
    values += row[i].value == row[i].value;
  }
  for (size_t i = 0; anonymous && i < n; i++) both |= row[i].customer.length && row[i].anonymous.length;
  return (batch){row, n, ids, names, values, both != 0, hashed != 0, !anonymous};
}

static journey_status refuse(const jn_stream_row *r, journey_error *err) {
  if (!r->customer.length && !r->anonymous.length) return jn_base_fail(err, JOURNEY_EINVAL, "the customer is missing");
  if (!r->name.length) return jn_base_fail(err, JOURNEY_EINVAL, "the name of the event is missing");
  return jn_base_fail(err, JOURNEY_ELIMIT, "an id or a name is longer than 2 GiB");
}

static journey_status reserve_hashes(journey_context *context, jn_stream_segment *segment, journey_error *err) {
  if (segment->event) return JOURNEY_OK;
  segment->event = jn_base_alloc(context, segment->capacity, sizeof *segment->event);
  if (!segment->event) return jn_base_no_memory(err);
  memset(segment->event, 0, segment->rows * sizeof *segment->event);
  return JOURNEY_OK;
}

static journey_status reserve_texts(jn_stream_writer *writer, jn_stream_segment *segment, size_t attribute,
                                    const batch *b, journey_error *err) {
  size_t texts = 0, bytes = 0;
  for (size_t i = 0; i < b->n; i++) {
    size_t length = b->row[i].cell ? b->row[i].cell[attribute].text.length : 0;
    if (length > JN_STREAM_LENGTH_MOST) return jn_base_fail(err, JOURNEY_ELIMIT, "an attribute is longer than 2 GiB");
    texts += length != 0;
    bytes += length;
  }
  if (!texts) return JOURNEY_OK;
  jn_stream_dictionary *d = &writer->texts[attribute];
  journey_status status = jn_stream_reserve_marks(d, writer->blocks, err);
  if (!status) status = jn_stream_reserve(d, texts, bytes, err);
  if (!status)
    status = jn_stream_codes_reserve(writer->context, &segment->cells[attribute].code, segment,
                                     (uint64_t)d->count + texts + 1, err);
  return status;
}

static journey_status reserve_numbers(jn_stream_writer *writer, jn_stream_segment *segment, size_t attribute,
                                      const batch *b, journey_error *err) {
  size_t numbers = 0;
  for (size_t i = 0; i < b->n; i++)
    numbers += b->row[i].cell && b->row[i].cell[attribute].number == b->row[i].cell[attribute].number;
  if (!numbers) return JOURNEY_OK;
  return jn_stream_numbers_reserve(writer->context, &segment->cells[attribute].number, segment, numbers, err);
}

static journey_status reserve_attributes(jn_stream_writer *writer, jn_stream_segment *segment, const batch *b,
                                         journey_error *err) {
  journey_status status = reserve_cells(writer, segment, err);
  for (size_t i = 0; !status && i < writer->attributes; i++) {
    bool text = writer->builder->attribute[i].type == JOURNEY_ATTRIBUTE_TEXT;
    status = text ? reserve_texts(writer, segment, i, b, err) : reserve_numbers(writer, segment, i, b, err);
  }
  return status;
}

static journey_status reserve(jn_stream_writer *writer, jn_stream_segment *segment, const batch *b,
                              journey_error *err) {
  size_t ids = b->linking ? 2 * b->n : b->n;
  journey_status status = jn_stream_reserve(&writer->ids, ids, b->id_bytes, err);
  if (!status) status = jn_stream_reserve(&writer->names, b->n, b->name_bytes, err);
  if (!status)
    status = jn_stream_codes_reserve(writer->context, &segment->name, segment, writer->names.count + b->n, err);
  if (!status && !b->plain) status = jn_stream_reserve_links(writer, b->n, ids, err);
  if (!status && b->hashed) status = reserve_hashes(writer->context, segment, err);
  if (!status && b->values)
    status = jn_stream_numbers_reserve(writer->context, &segment->value, segment, b->values, err);
  if (!status && writer->attributes) status = reserve_attributes(writer, segment, b, err);
  return status;
}

/* ---- rows: taking them --------------------------------------------------------------------------------------------- */

/* The keys of a batch's ids, and of the anonymous ids of rows that have both. */
typedef struct keys {
  jn_stream_key id[JN_STREAM_BATCH], other[JN_STREAM_BATCH];
} keys;

/* How to take a batch: `plain` when all rows have a known id and no other, which is known to the compiler. */
typedef struct taking {
  jn_stream_writer *writer;
  const jn_stream_row *row;
  jn_stream_index ids, names; /* copies */
  bool plain, longer;         /* longer: some ids are not in their slots */
} taking;

static inline bool has_both(const taking *t, const jn_stream_row *r) {
  return !t->plain && r->customer.length && r->anonymous.length;
}
static inline unsigned space_of(const taking *t, const jn_stream_row *r) { return !t->plain && !r->customer.length; }
static inline jn_stream_string id_of(const taking *t, const jn_stream_row *r) {
  return space_of(t, r) ? r->anonymous : r->customer;
}

INLINE void prepare(taking *t, keys *k, size_t i) {
  const jn_stream_row *r = &t->row[i];
  jn_stream_string id = id_of(t, r);
  jn_stream_key key = jn_stream_key_of(&t->ids, id.bytes, id.length, space_of(t, r));
  jn_stream_fetch(&t->ids, key);
  k->id[i] = key;
  t->longer |= jn_stream_is_long(key);
  if (!has_both(t, r)) return;
  k->other[i] = jn_stream_key_of(&t->ids, r->anonymous.bytes, r->anonymous.length, 1);
  jn_stream_fetch(&t->ids, k->other[i]);
  t->longer |= jn_stream_is_long(k->other[i]);
}

INLINE void fetch_records(const taking *t, const keys *k, size_t i) {
  const jn_stream_row *r = &t->row[i];
  const jn_stream_dictionary *d = &t->writer->ids;
  if (jn_stream_is_long(k->id[i])) jn_stream_fetch_record(d, k->id[i], id_of(t, r).length);
  if (has_both(t, r) && jn_stream_is_long(k->other[i])) jn_stream_fetch_record(d, k->other[i], r->anonymous.length);
}

INLINE uint32_t take_id(const taking *t, const keys *k, size_t i) {
  jn_stream_string s = id_of(t, &t->row[i]);
  return jn_stream_encode(&t->writer->ids, &t->ids, k->id[i], s.bytes, s.length, space_of(t, &t->row[i]));
}

/* The anonymous id of a row that has both; after its known id, as codes are in order of arrival. */
INLINE uint32_t take_other(const taking *t, const keys *k, size_t i) {
  jn_stream_string s = t->row[i].anonymous;
  if (!has_both(t, &t->row[i])) return JN_BASE_NO_CODE;
  return jn_stream_encode(&t->writer->ids, &t->ids, k->other[i], s.bytes, s.length, 1);
}

INLINE uint32_t take_name(const taking *t, size_t i) {
  jn_stream_string s = t->row[i].name;
  return jn_stream_encode(&t->writer->names, &t->names, jn_stream_key_of(&t->names, s.bytes, s.length, 0), s.bytes,
                          s.length, 0);
}

/* Slots of ids are asked for some rows ahead, so that they come from memory while other rows are worked on. */
INLINE void take_all(taking t, size_t n, uint32_t *id, uint32_t *name) {
  keys k;
  uint32_t other[JN_STREAM_BATCH];
  for (size_t row = 0; row < n && row < AHEAD; row++) prepare(&t, &k, row);
  for (size_t row = 0; row < n; row++) {
    if (row + AHEAD < n) prepare(&t, &k, row + AHEAD);
    if (t.longer && row + AHEAD / 2 < n) fetch_records(&t, &k, row + AHEAD / 2);
    id[row] = take_id(&t, &k, row);
    if (!t.plain) other[row] = take_other(&t, &k, row);
    name[row] = take_name(&t, row);
  }
  if (!t.plain) jn_stream_add_links(t.writer, other, id, n);
}

static void take_ids_and_names(jn_stream_writer *writer, jn_stream_segment *segment, const batch *b) {
  uint32_t *id = segment->id + segment->rows, name[JN_STREAM_BATCH];
  taking t = {.writer = writer, .row = b->row, .ids = writer->ids.index, .names = writer->names.index};
  if (b->plain) {
    t.plain = true;
    take_all(t, b->n, id, name);
  } else {
    take_all(t, b->n, id, name);
  }
  jn_stream_store(&segment->name, segment->rows, name, b->n);
}

static void take_hashes(jn_stream_writer *writer, jn_stream_segment *segment, const batch *b) {
  for (size_t i = 0; i < b->n; i++) {
    jn_stream_string id = b->row[i].id;
    uint64_t *hash = segment->event[segment->rows + i];
    hash[0] = hash[1] = 0;
    if (!id.length) continue;
    hash[0] = jn_base_hash(id.bytes, id.length, writer->ids.index.seed[0]) | 1; /* never 0, which means none */
    hash[1] = jn_base_hash(id.bytes, id.length, writer->ids.index.seed[1]);
  }
}

static void take_number(jn_stream_numbers *numbers, size_t row, double number) {
  if (number != number) return;
  numbers->bits[row / 64] |= UINT64_C(1) << (row & 63);
  numbers->number[numbers->count++] = number;
}

static jn_stream_string text_of(const batch *b, size_t row, size_t attribute) {
  return b->row[row].cell ? b->row[row].cell[attribute].text : (jn_stream_string){0};
}

static void take_texts(jn_stream_writer *writer, jn_stream_segment *segment, size_t attribute, const batch *b) {
  jn_stream_dictionary *d = &writer->texts[attribute];
  jn_stream_key key[JN_STREAM_BATCH];
  uint32_t code[JN_STREAM_BATCH];
  jn_stream_mark(d, writer->blocks);
  for (size_t i = 0; i < b->n; i++) {
    jn_stream_string s = text_of(b, i, attribute);
    if (s.length) jn_stream_fetch(&d->index, key[i] = jn_stream_key_of(&d->index, s.bytes, s.length, 0));
  }
  for (size_t i = 0; i < b->n; i++)
    if (text_of(b, i, attribute).length && jn_stream_is_long(key[i]))
      jn_stream_fetch_record(d, key[i], text_of(b, i, attribute).length);
  for (size_t i = 0; i < b->n; i++) {
    jn_stream_string s = text_of(b, i, attribute);
    code[i] = s.length ? jn_stream_encode(d, &d->index, key[i], s.bytes, s.length, 0) + 1 : 0;
  }
  jn_stream_store(&segment->cells[attribute].code, segment->rows, code, b->n);
}

static void take_attributes(jn_stream_writer *writer, jn_stream_segment *segment, const batch *b) {
  for (size_t j = 0; j < writer->attributes; j++) {
    jn_stream_cells *cells = &segment->cells[j];
    if (cells->code.data) take_texts(writer, segment, j, b);
    for (size_t i = 0; cells->number.bits && i < b->n; i++)
      if (b->row[i].cell) take_number(&cells->number, segment->rows + i, b->row[i].cell[j].number);
  }
}

static void take(jn_stream_writer *writer, jn_stream_segment *segment, const batch *b) {
  for (size_t i = 0; i < b->n; i++) segment->time[segment->rows + i] = b->row[i].time;
  jn_stream_note_times(segment, b->n);
  take_ids_and_names(writer, segment, b);
  if (segment->event) take_hashes(writer, segment, b);
  for (size_t i = 0; b->values && i < b->n; i++) take_number(&segment->value, segment->rows + i, b->row[i].value);
  take_attributes(writer, segment, b);
  segment->rows += (uint32_t)b->n;
}

journey_status jn_stream_put_rows(jn_stream_writer *writer, const jn_stream_row *row, size_t n, size_t *taken,
                                  journey_error *err) {
  *taken = 0;
  if (!writer->blocks) return jn_base_fail(err, JOURNEY_EINVAL, "a writer begins with a block");
  journey_status status = follow_declarations(writer, err);
  while (!status && *taken < n) {
    jn_stream_segment *segment;
    status = current_segment(writer, &segment, err);
    if (status) break;
    size_t room = segment->capacity - segment->rows, left = n - *taken;
    if (left > JN_STREAM_BATCH) left = JN_STREAM_BATCH;
    if (left > room) left = room;
    batch b = survey(row + *taken, left);
    if (b.n) status = reserve(writer, segment, &b, err);
    if (status) break;
    if (b.n) take(writer, segment, &b);
    *taken += b.n;
    if (b.n < left) status = refuse(&b.row[b.n], err);
  }
  return status;
}

journey_status jn_stream_put(jn_stream_writer *writer, const jn_stream_row *row, journey_error *err) {
  size_t taken;
  return jn_stream_put_rows(writer, row, 1, &taken, err);
}
