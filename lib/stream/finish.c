/* From a builder to a stream: the order of the work. */
#include "stream/work.h"

/* ---- what there is -------------------------------------------------------------------------------------------------- */

static journey_status list_writers(jn_stream_work *work, journey_error *err) {
  for (jn_stream_writer *w = work->builder->writers; w; w = w->next) work->writers++;
  work->writer = jn_base_zalloc(work->context, work->writers, sizeof *work->writer);
  if (!work->writer) return jn_base_no_memory(err);
  size_t i = 0;
  for (jn_stream_writer *w = work->builder->writers; w; w = w->next) work->writer[i++] = w;
  return JOURNEY_OK;
}

static journey_status list_segments(jn_stream_work *work, journey_error *err) {
  for (size_t w = 0; w < work->writers; w++) work->segments += work->writer[w]->segments;
  if (work->segments >= UINT32_MAX) return jn_base_fail(err, JOURNEY_ELIMIT, "too many events");
  work->segment = jn_base_zalloc(work->context, work->segments, sizeof *work->segment);
  work->segment_writer = jn_base_zalloc(work->context, work->segments, sizeof *work->segment_writer);
  if (!work->segment || !work->segment_writer) return jn_base_no_memory(err);
  work->extras = work->builder->attributes > 0;
  uint32_t number = 0;
  for (size_t w = 0; w < work->writers; w++)
    for (size_t i = 0; i < work->writer[w]->segments; i++, number++) {
      jn_stream_segment *segment = work->writer[w]->segment[i];
      work->segment[number] = segment;
      work->segment_writer[number] = w;
      segment->number = number;
      work->rows += segment->rows;
      work->events_hashed |= segment->event != NULL;
      work->extras |= segment->event || segment->value.bits;
    }
  return JOURNEY_OK;
}

/* Merges the sorted runs [begin, middle) and [middle, end). */
static void merge(const jn_stream_arrival *from, jn_stream_arrival *to, size_t begin, size_t middle, size_t end) {
  for (size_t a = begin, b = middle, i = begin; i < end; i++) {
    bool left = b >= end || (a < middle && from[a].sequence <= from[b].sequence);
    to[i] = from[left ? a++ : b++];
  }
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static journey_status sort_arrivals(jn_stream_work *work, journey_error *err) {
  size_t n = work->arrivals;
  jn_stream_arrival *scratch = jn_base_alloc(work->context, n, sizeof *scratch);
  if (!scratch) return jn_base_no_memory(err);
  for (size_t run = 1; run < n; run *= 2) {
    for (size_t i = 0; i < n; i += 2 * run) merge(work->arrival, scratch, i, least(i + run, n), least(i + 2 * run, n));
    jn_stream_arrival *swap = work->arrival;
    work->arrival = scratch, scratch = swap;
  }
  jn_base_free(work->context, scratch, n, sizeof *scratch);
  return JOURNEY_OK;
}

static journey_status list_arrivals(jn_stream_work *work, journey_error *err) {
  for (size_t w = 0; w < work->writers; w++) work->arrivals += work->writer[w]->blocks;
  work->arrival = jn_base_zalloc(work->context, work->arrivals, sizeof *work->arrival);
  if (!work->arrival) return jn_base_no_memory(err);
  size_t i = 0;
  for (size_t w = 0; w < work->writers; w++)
    for (size_t b = 0; b < work->writer[w]->blocks; b++)
      work->arrival[i++] = (jn_stream_arrival){work->writer[w]->block[b].sequence, w, b};
  return sort_arrivals(work, err);
}

static journey_status add_piece(jn_stream_work *work, size_t writer, size_t segment, uint32_t first, uint32_t end,
                                journey_error *err) {
  if (first >= end) return JOURNEY_OK;
  journey_status status =
      jn_base_grow(work->context, &work->piece, &work->piece_capacity, work->pieces + 1, sizeof *work->piece, err);
  if (!status)
    work->piece[work->pieces++] = (jn_stream_piece){work->writer[writer]->segment[segment], first, end - first, writer};
  return status;
}

static journey_status list_pieces(jn_stream_work *work, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; !status && i < work->arrivals; i++) {
    const jn_stream_arrival *at = &work->arrival[i];
    const jn_stream_writer *w = work->writer[at->writer];
    const jn_stream_block *from = &w->block[at->block];
    bool last = at->block + 1 == w->blocks;
    size_t end = last ? w->segments : from[1].segment;
    uint32_t row = from->row;
    for (size_t s = from->segment; !status && s < end; s++, row = 0)
      status = add_piece(work, at->writer, s, row, w->segment[s]->rows, err);
    if (!status && !last && w->segments) status = add_piece(work, at->writer, end, row, from[1].row, err);
  }
  return status;
}

/* ---- dictionaries --------------------------------------------------------------------------------------------------- */

/* which: SIZE_MAX the ids, SIZE_MAX - 1 the names, else an attribute. */
static jn_stream_dictionary *dictionary_of(jn_stream_writer *w, size_t which) {
  if (which == SIZE_MAX) return &w->ids;
  if (which == SIZE_MAX - 1) return &w->names;
  return which < w->attributes ? &w->texts[which] : NULL;
}

/* Slots are of no more use after joining. */
static journey_status join(jn_stream_work *work, size_t which, jn_stream_join *out, journey_error *err) {
  jn_stream_dictionary **d = jn_base_zalloc(work->context, work->writers, sizeof *d);
  if (!d) return jn_base_no_memory(err);
  for (size_t w = 0; w < work->writers; w++) d[w] = dictionary_of(work->writer[w], which);
  journey_status status = jn_stream_join_dictionaries(work, d, out, err);
  for (size_t w = 0; w < work->writers; w++)
    if (d[w]) jn_stream_dictionary_close(d[w]);
  jn_base_free(work->context, d, work->writers, sizeof *d);
  return status;
}

static journey_status join_ids(jn_stream_work *work, journey_error *err) {
  journey_status status = join(work, SIZE_MAX, &work->ids, err);
  if (!status) status = jn_stream_identify(work, err);
  for (size_t w = 0; !status && w < work->writers; w++) jn_stream_dictionary_clear(&work->writer[w]->ids);
  return status;
}

static journey_status name_attribute(jn_stream_work *work, size_t i, journey_error *err) {
  const jn_stream_declared *declared = &work->builder->attribute[i];
  char *name;
  journey_status status = jn_stream_own(work->stream, declared->length + 1, 1, false, &name, err);
  if (status) return status;
  memcpy(name, declared->name, declared->length + 1);
  work->stream->attribute[i].name = name;
  work->stream->attribute[i].type = declared->type;
  work->stream->columns.attribute_count = (uint32_t)i + 1;
  return JOURNEY_OK;
}

static journey_status join_attribute(jn_stream_work *work, size_t i, journey_error *err) {
  journey_status status = name_attribute(work, i, err);
  if (status || work->stream->attribute[i].type != JOURNEY_ATTRIBUTE_TEXT) return status;
  status = join(work, i, &work->texts[i], err);
  jn_base_dictionary *names = NULL;
  if (!status) status = jn_stream_join_copy(work, &work->texts[i], &names, err);
  work->stream->attribute[i].names = names;
  for (size_t w = 0; !status && w < work->writers; w++)
    if (i < work->writer[w]->attributes) jn_stream_dictionary_clear(&work->writer[w]->texts[i]);
  return status;
}

static journey_status join_attributes(jn_stream_work *work, journey_error *err) {
  work->attributes = work->builder->attributes;
  work->texts = jn_base_zalloc(work->context, work->attributes, sizeof *work->texts);
  if (!work->texts) return jn_base_no_memory(err);
  journey_stream *stream = work->stream;
  journey_status status =
      jn_stream_own(stream, work->attributes, sizeof *stream->attribute, false, &stream->attribute, err);
  if (status) return status;
  memset(stream->attribute, 0, work->attributes * sizeof *stream->attribute);
  stream->columns.attribute = stream->attribute;
  for (size_t i = 0; !status && i < work->attributes; i++) status = join_attribute(work, i, err);
  return status;
}

static journey_status join_names(jn_stream_work *work, journey_error *err) {
  journey_status status = join(work, SIZE_MAX - 1, &work->names, err);
  if (!status) status = jn_stream_join_copy(work, &work->names, &work->stream->names, err);
  work->stream->columns.names = work->stream->names;
  return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

static void fill_counts(jn_stream_work *work) {
  journey_stream *stream = work->stream;
  stream->columns.customers = work->customers;
  stream->first = work->least, stream->last = work->most;
  stream->counts = (journey_stream_counts){
      .struct_size = sizeof stream->counts,
      .taken = work->rows,
      .duplicates = work->rows - stream->columns.events,
      .events = stream->columns.events,
      .customers = work->customers,
      .linked_ids = work->linked_ids,
      .shared_ids = work->shared_ids,
  };
}

static void clear_work(jn_stream_work *work) {
  journey_context *context = work->context;
  size_t ids = work->ids.count;
  jn_base_free(context, work->customer, ids, sizeof *work->customer);
  jn_base_free(context, work->display, ids, sizeof *work->display);
  jn_stream_join_clear(context, &work->ids);
  jn_stream_join_clear(context, &work->names);
  for (size_t i = 0; work->texts && i < work->attributes; i++) jn_stream_join_clear(context, &work->texts[i]);
  jn_base_free(context, work->texts, work->attributes, sizeof *work->texts);
  if (work->place != work->words) jn_base_free(context, work->place, (size_t)work->rows, sizeof *work->place);
  jn_base_free(context, work->words, (size_t)work->rows, work->wide ? 16 : 8);
  jn_base_free(context, work->bucket, work->buckets + 1, sizeof *work->bucket);
  jn_base_free(context, work->kept, work->buckets, sizeof *work->kept);
  jn_base_free(context, work->arrival, work->arrivals, sizeof *work->arrival);
  jn_base_reallocate(context, work->piece, work->piece_capacity * sizeof *work->piece, 0);
  jn_base_free(context, work->segment, work->segments, sizeof *work->segment);
  jn_base_free(context, work->segment_writer, work->segments, sizeof *work->segment_writer);
  jn_base_free(context, work->writer, work->writers, sizeof *work->writer);
}

static journey_status finish(jn_stream_work *work, journey_error *err) {
  typedef journey_status (*step)(jn_stream_work *, journey_error *);
  static const step steps[] = {list_writers,  list_segments,   list_arrivals,  list_pieces,         join_ids,
                               join_names,    join_attributes, jn_stream_plan, jn_stream_partition, jn_stream_sort,
                               jn_stream_emit};
  journey_status status = jn_base_progress(work->context, "sorting", 0, -1, err);
  if (!status) status = jn_stream_new(work->context, &work->stream, err);
  for (size_t i = 0; !status && i < sizeof steps / sizeof *steps; i++) {
    status = steps[i](work, err);
    if (!status) status = jn_base_cancelled(work->context, err);
  }
  if (!status) fill_counts(work);
  return status;
}

journey_status journey_builder_finish(journey_builder *builder, journey_stream **out, journey_error *err) {
  jn_stream_work work = {.context = builder->context, .builder = builder};
  *out = NULL;
  journey_status status = finish(&work, err);
  clear_work(&work);
  jn_stream_builder_empty(builder);
  if (status)
    journey_stream_free(work.stream);
  else
    *out = work.stream;
  return status;
}
