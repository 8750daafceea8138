/* The builder: attributes, the public way of adding events one by one, taking back what a reader took. */
#include "stream/internal.h"

journey_status journey_builder_new(journey_context *context, journey_builder **out, journey_error *err) {
  *out = NULL;
  journey_builder *builder = jn_base_zalloc(context, 1, sizeof *builder);
  if (!builder) return jn_base_no_memory(err);
  builder->context = jn_base_context_ref(context);
  pthread_mutex_init(&builder->lock, NULL);
  *out = builder;
  return JOURNEY_OK;
}

static void drop_attributes(journey_builder *builder, size_t keep) {
  for (; builder->attributes > keep; builder->attributes--) {
    jn_stream_declared *last = &builder->attribute[builder->attributes - 1];
    jn_base_free(builder->context, last->name, last->length + 1, 1);
  }
}

void jn_stream_builder_empty(journey_builder *builder) {
  journey_context *context = builder->context;
  while (builder->writers) {
    jn_stream_writer *writer = builder->writers;
    builder->writers = writer->next;
    jn_stream_writer_free(writer);
  }
  drop_attributes(builder, 0);
  jn_base_reallocate(context, builder->attribute, builder->attribute_capacity * sizeof *builder->attribute, 0);
  jn_base_reallocate(context, builder->cell, builder->cell_capacity * sizeof *builder->cell, 0);
  builder->attribute = NULL, builder->cell = NULL, builder->own = builder->idle = NULL;
  builder->attribute_capacity = builder->cell_capacity = 0;
}

void journey_builder_free(journey_builder *builder) {
  if (!builder) return;
  journey_context *context = builder->context;
  jn_stream_builder_empty(builder);
  pthread_mutex_destroy(&builder->lock);
  jn_base_free(context, builder, 1, sizeof *builder);
  journey_context_free(context);
}

/* ---- attributes ---------------------------------------------------------------------------------------------------- */

static size_t find_attribute(const journey_builder *builder, const char *name, size_t n) {
  size_t i = 0;
  while (i < builder->attributes && (builder->attribute[i].length != n || memcmp(builder->attribute[i].name, name, n)))
    i++;
  return i;
}

static journey_status declare(journey_builder *builder, const char *name, size_t n, int32_t type, int64_t sequence,
                              uint32_t *index, journey_error *err) {
  size_t i = find_attribute(builder, name, n);
  *index = (uint32_t)i;
  if (i < builder->attributes) {
    if (builder->attribute[i].type == type) return JOURNEY_OK;
    return jn_base_fail(err, JOURNEY_EINVAL, "the attribute \"%s\" has numbers and texts", jn_base_quote(name, n).text);
  }
  if (!n || (type != JOURNEY_ATTRIBUTE_TEXT && type != JOURNEY_ATTRIBUTE_NUMBER))
    return jn_base_fail(err, JOURNEY_EINVAL, "an attribute needs a name and a type");
  if (i >= UINT32_MAX) return jn_base_fail(err, JOURNEY_ELIMIT, "too many attributes");
  journey_status status = jn_base_grow(builder->context, &builder->attribute, &builder->attribute_capacity, i + 1,
                                       sizeof *builder->attribute, err);
  if (status) return status;
  char *copy = jn_base_copy(builder->context, name, n);
  if (!copy) return jn_base_no_memory(err);
  builder->attribute[builder->attributes++] = (jn_stream_declared){copy, n, type, sequence};
  return JOURNEY_OK;
}

journey_status jn_stream_declare(journey_builder *builder, const char *name, size_t n, int32_t type, uint32_t *index,
                                 journey_error *err) {
  return declare(builder, name, n, type, jn_stream_next_sequence(builder), index, err);
}

size_t jn_stream_declared_count(const journey_builder *builder) { return builder->attributes; }

journey_context *jn_stream_builder_context(const journey_builder *builder) { return builder->context; }

/* ---- the order of arrival ------------------------------------------------------------------------------------------ */

int64_t jn_stream_next_sequence(const journey_builder *builder) {
  int64_t last = -1;
  for (const jn_stream_writer *w = builder->writers; w; w = w->next)
    if (w->blocks && w->block[w->blocks - 1].sequence > last) last = w->block[w->blocks - 1].sequence;
  if (builder->attributes && builder->attribute[builder->attributes - 1].sequence > last)
    last = builder->attribute[builder->attributes - 1].sequence;
  return last + 1;
}

void jn_stream_rollback(journey_builder *builder, int64_t sequence) {
  size_t keep = builder->attributes;
  while (keep && builder->attribute[keep - 1].sequence >= sequence) keep--;
  drop_attributes(builder, keep);
  for (jn_stream_writer *w = builder->writers; w; w = w->next) jn_stream_writer_cut(w, sequence, keep);
}

/* The builder's own writer, with a block that is the last of all. */
static journey_status own_writer(journey_builder *builder, jn_stream_writer **out, journey_error *err) {
  journey_status status = builder->own ? JOURNEY_OK : jn_stream_writer_new(builder, &builder->own, err);
  *out = builder->own;
  if (status) return status;
  int64_t next = jn_stream_next_sequence(builder);
  const jn_stream_writer *own = builder->own;
  if (own->blocks && own->block[own->blocks - 1].sequence + 1 == next) return JOURNEY_OK;
  return jn_stream_begin(builder->own, next, err);
}

/* ---- one event ------------------------------------------------------------------------------------------------------ */

static journey_status text_of(jn_stream_string *out, const char *bytes, size_t n, const char *what,
                              journey_error *err) {
  size_t at;
  if (!n) bytes = NULL; /* none */
  if (!bytes) n = 0;
  *out = (jn_stream_string){bytes, n};
  if (!n || jn_base_utf8(bytes, n, &at)) return JOURNEY_OK;
  return jn_base_fail_at(err, JOURNEY_EINVAL, 0, 0, (int64_t)at, "%s \"%s\" is not UTF-8", what,
                         jn_base_quote(bytes, n).text);
}

static journey_status row_of(const journey_event *event, jn_stream_row *row, journey_error *err) {
  journey_status status = text_of(&row->customer, event->customer, event->customer_length, "the customer", err);
  if (!status) status = text_of(&row->anonymous, event->anonymous, event->anonymous_length, "the anonymous id", err);
  if (!status) status = text_of(&row->name, event->name, event->name_length, "the name of the event", err);
  if (!status) status = text_of(&row->id, event->id, event->id_length, "the id of the event", err);
  row->time = event->time;
  row->value = event->value;
  return status;
}

static bool is_set(const jn_stream_cell *cell) { return cell->text.length || cell->number == cell->number; }

static journey_status set_cell(journey_builder *builder, const journey_attribute *attribute, int64_t sequence,
                               journey_error *err) {
  jn_stream_string name, text;
  uint32_t index = 0;
  journey_status status = text_of(&name, attribute->name, attribute->name_length, "the name of the attribute", err);
  if (!status) status = text_of(&text, attribute->text, attribute->text_length, "the attribute", err);
  int32_t type = attribute->text ? JOURNEY_ATTRIBUTE_TEXT : JOURNEY_ATTRIBUTE_NUMBER;
  if (!status) status = declare(builder, name.bytes, name.length, type, sequence, &index, err);
  if (status) return status;
  jn_stream_cell *cell = &builder->cell[index];
  if (is_set(cell))
    return jn_base_fail(err, JOURNEY_EINVAL, "the attribute \"%s\" is given twice",
                        jn_base_quote(name.bytes, name.length).text);
  *cell = (jn_stream_cell){text, attribute->text ? __builtin_nan("") : attribute->number};
  return JOURNEY_OK;
}

static void clear_cells(journey_builder *builder) {
  for (size_t i = 0; i < builder->cell_capacity; i++) builder->cell[i] = (jn_stream_cell){.number = __builtin_nan("")};
}

static journey_status cells_of(journey_builder *builder, const journey_event *event, int64_t sequence,
                               jn_stream_row *row, journey_error *err) {
  journey_status status = jn_base_grow(builder->context, &builder->cell, &builder->cell_capacity,
                                       builder->attributes + event->attribute_count, sizeof *builder->cell, err);
  if (status) return status;
  clear_cells(builder);
  for (size_t i = 0; !status && i < event->attribute_count; i++)
    status = set_cell(builder, &event->attributes[i], sequence, err);
  row->cell = builder->cell;
  return status;
}

journey_status journey_builder_add(journey_builder *builder, const journey_event *event, journey_error *err) {
  journey_event e = {0};
  jn_stream_row row = {0};
  jn_stream_writer *writer;
  if (!event) return jn_base_fail(err, JOURNEY_EINVAL, "no event is given");
  journey_status status = jn_base_options(event, sizeof e, sizeof e, &e, "journey_event", err);
  if (!status && e.reserved) status = jn_base_fail(err, JOURNEY_EINVAL, "journey_event.reserved is not 0");
  if (!status && e.attribute_count && !e.attributes)
    status = jn_base_fail(err, JOURNEY_EINVAL, "journey_event.attributes is NULL");
  if (!status) status = row_of(&e, &row, err);
  if (!status) status = own_writer(builder, &writer, err);
  if (status) return status;
  size_t attributes = builder->attributes;
  if (e.attribute_count) status = cells_of(builder, &e, writer->block[writer->blocks - 1].sequence, &row, err);
  if (!status) status = jn_stream_put(writer, &row, err);
  if (status && builder->attributes > attributes) {
    drop_attributes(builder, attributes);
    jn_stream_writer_cut(writer, INT64_MAX, attributes);
  }
  return status;
}

journey_status journey_builder_link(journey_builder *builder, const char *id, size_t length, int32_t anonymous,
                                    const char *customer, size_t customer_length, journey_error *err) {
  jn_stream_string from, to;
  jn_stream_writer *writer;
  journey_status status = text_of(&from, id, length, "the id", err);
  if (!status) status = text_of(&to, customer, customer_length, "the customer", err);
  if (!status && (anonymous != 0 && anonymous != 1))
    status = jn_base_fail(err, JOURNEY_EINVAL, "anonymous is %d, not 0 or 1", (int)anonymous);
  if (!status) status = own_writer(builder, &writer, err);
  return status ? status : jn_stream_link(writer, from, anonymous, to, err);
}
