/* A writer: its blocks, the links between ids, and taking back. */
#include "stream/internal.h"

/* ---- life ---------------------------------------------------------------------------------------------------------- */

static jn_stream_writer *take_idle(journey_builder *builder) {
  pthread_mutex_lock(&builder->lock);
  jn_stream_writer *idle = builder->idle;
  if (idle) builder->idle = idle->next_idle;
  pthread_mutex_unlock(&builder->lock);
  return idle;
}

static void enlist(jn_stream_writer *writer) {
  pthread_mutex_lock(&writer->builder->lock);
  writer->next = writer->builder->writers;
  writer->builder->writers = writer;
  pthread_mutex_unlock(&writer->builder->lock);
}

journey_status jn_stream_writer_new(journey_builder *builder, jn_stream_writer **out, journey_error *err) {
  *out = take_idle(builder);
  if (*out) return JOURNEY_OK;
  jn_stream_writer *writer = jn_base_zalloc(builder->context, 1, sizeof *writer);
  if (!writer) return jn_base_no_memory(err);
  writer->builder = builder;
  writer->context = builder->context;
  jn_stream_dictionary_init(&writer->ids, builder->context);
  jn_stream_dictionary_init(&writer->names, builder->context);
  enlist(writer);
  *out = writer;
  return JOURNEY_OK;
}

void jn_stream_writer_release(jn_stream_writer *writer) {
  if (!writer) return;
  pthread_mutex_lock(&writer->builder->lock);
  writer->next_idle = writer->builder->idle;
  writer->builder->idle = writer;
  pthread_mutex_unlock(&writer->builder->lock);
}

void jn_stream_writer_free(jn_stream_writer *writer) {
  journey_context *context = writer->context;
  jn_stream_dictionary_clear(&writer->ids);
  jn_stream_dictionary_clear(&writer->names);
  for (size_t i = 0; i < writer->attributes; i++) jn_stream_dictionary_clear(&writer->texts[i]);
  for (size_t i = 0; i < writer->segments; i++) jn_stream_segment_free(context, writer->segment[i]);
  jn_base_reallocate(context, writer->texts, writer->texts_capacity * sizeof *writer->texts, 0);
  jn_base_reallocate(context, writer->segment, writer->segment_capacity * sizeof *writer->segment, 0);
  jn_base_reallocate(context, writer->block, writer->block_capacity * sizeof *writer->block, 0);
  jn_base_reallocate(context, writer->link, writer->link_capacity * sizeof *writer->link, 0);
  jn_base_reallocate(context, writer->partner, writer->partner_capacity * sizeof *writer->partner, 0);
  jn_base_free(context, writer, 1, sizeof *writer);
}

/* ---- blocks -------------------------------------------------------------------------------------------------------- */

static journey_status reserve_block(jn_stream_writer *writer, journey_error *err) {
  size_t marks = writer->blocks + 1;
  journey_status status = jn_stream_reserve_marks(&writer->ids, marks, err);
  if (!status) status = jn_stream_reserve_marks(&writer->names, marks, err);
  for (size_t i = 0; !status && i < writer->attributes; i++)
    status = jn_stream_reserve_marks(&writer->texts[i], marks, err);
  if (!status)
    status = jn_base_grow(writer->context, &writer->block, &writer->block_capacity, marks, sizeof *writer->block, err);
  return status;
}

journey_status jn_stream_begin(jn_stream_writer *writer, int64_t sequence, journey_error *err) {
  if (sequence < 0 || (writer->blocks && sequence <= writer->block[writer->blocks - 1].sequence))
    return jn_base_fail(err, JOURNEY_EINVAL, "a writer's blocks must come in growing order");
  journey_status status = reserve_block(writer, err);
  if (status) return status;
  size_t segment = writer->segments ? writer->segments - 1 : 0;
  uint32_t row = writer->segments ? writer->segment[segment]->rows : 0;
  writer->block[writer->blocks++] = (jn_stream_block){sequence, segment, writer->links, row};
  jn_stream_mark(&writer->ids, writer->blocks);
  jn_stream_mark(&writer->names, writer->blocks);
  for (size_t i = 0; i < writer->attributes; i++) jn_stream_mark(&writer->texts[i], writer->blocks);
  return JOURNEY_OK;
}

/* ---- links --------------------------------------------------------------------------------------------------------- */

journey_status jn_stream_reserve_links(jn_stream_writer *writer, size_t links, size_t ids, journey_error *err) {
  journey_status status = jn_base_grow(writer->context, &writer->link, &writer->link_capacity, writer->links + links,
                                       sizeof *writer->link, err);
  if (!status)
    status = jn_base_grow(writer->context, &writer->partner, &writer->partner_capacity, writer->ids.count + ids,
                          sizeof *writer->partner, err);
  return status;
}

/* The same link again changes nothing: an anonymous id never leaves its customer, and was refused or not before. */
static void add_link(jn_stream_writer *writer, uint32_t id, uint32_t customer, bool anonymous) {
  if (writer->partner[id] == customer) return;
  writer->partner[id] = customer;
  writer->link[writer->links++] = (jn_stream_linked){id, customer, anonymous};
}

static void follow_ids(jn_stream_writer *writer) {
  while (writer->partners < writer->ids.count) writer->partner[writer->partners++] = JN_BASE_NO_CODE;
}

void jn_stream_add_links(jn_stream_writer *writer, const uint32_t *id, const uint32_t *customer, size_t n) {
  follow_ids(writer);
  for (size_t i = 0; i < n; i++)
    if (id[i] != JN_BASE_NO_CODE) __builtin_prefetch(&writer->partner[id[i]], 1);
  for (size_t i = 0; i < n; i++)
    if (id[i] != JN_BASE_NO_CODE) add_link(writer, id[i], customer[i], true);
}

static uint32_t encode(jn_stream_dictionary *d, jn_stream_string s, unsigned space) {
  jn_stream_key key = jn_stream_key_of(&d->index, s.bytes, s.length, space);
  return jn_stream_encode(d, &d->index, key, s.bytes, s.length, space);
}

journey_status jn_stream_link(jn_stream_writer *writer, jn_stream_string id, bool anonymous, jn_stream_string customer,
                              journey_error *err) {
  if (!writer->blocks) return jn_base_fail(err, JOURNEY_EINVAL, "a writer begins with a block");
  if (!id.length || !customer.length) return jn_base_fail(err, JOURNEY_EINVAL, "a link needs two ids");
  if (id.length > JN_STREAM_LENGTH_MOST || customer.length > JN_STREAM_LENGTH_MOST)
    return jn_base_fail(err, JOURNEY_ELIMIT, "an id is longer than 2 GiB");
  journey_status status = jn_stream_reserve(&writer->ids, 2, id.length + customer.length, err);
  if (!status) status = jn_stream_reserve_links(writer, 1, 2, err);
  if (status) return status;
  uint32_t from = encode(&writer->ids, id, anonymous), to = encode(&writer->ids, customer, 0);
  follow_ids(writer);
  add_link(writer, from, to, anonymous);
  return JOURNEY_OK;
}

/* ---- taking back --------------------------------------------------------------------------------------------------- */

static void cut_texts(jn_stream_writer *writer, size_t block, size_t attributes) {
  for (size_t i = 0; i < writer->attributes; i++) {
    jn_stream_dictionary *d = &writer->texts[i];
    if (i >= attributes)
      jn_stream_dictionary_clear(d);
    else if (block < d->marks)
      jn_stream_truncate(d, d->mark[block], block);
  }
  if (writer->attributes > attributes) writer->attributes = attributes;
}

static void cut_rows(jn_stream_writer *writer, const jn_stream_block *from, size_t attributes) {
  while (writer->segments > from->segment + 1)
    jn_stream_segment_free(writer->context, writer->segment[--writer->segments]);
  for (size_t i = 0; i < writer->segments; i++) {
    uint32_t rows = i < from->segment ? writer->segment[i]->rows : from->row;
    jn_stream_segment_cut(writer->context, writer->segment[i], rows, attributes);
  }
}

/* Forgets the blocks from `sequence` on, and all attributes but the first ones. */
void jn_stream_writer_cut(jn_stream_writer *writer, int64_t sequence, size_t attributes) {
  size_t block = writer->blocks;
  while (block && writer->block[block - 1].sequence >= sequence) block--;
  jn_stream_block end = {.segment = writer->segments ? writer->segments - 1 : 0,
                         .link = writer->links,
                         .row = writer->segments ? writer->segment[writer->segments - 1]->rows : 0};
  jn_stream_block from = block < writer->blocks ? writer->block[block] : end;
  cut_rows(writer, &from, attributes);
  cut_texts(writer, block, attributes);
  if (block == writer->blocks) return;
  jn_stream_truncate(&writer->ids, writer->ids.mark[block], block);
  jn_stream_truncate(&writer->names, writer->names.mark[block], block);
  writer->links = from.link;
  writer->partners = 0;
  writer->blocks = block;
}
