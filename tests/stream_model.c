/* A stream by brute force: naive sets, a plain sort, every pair compared. */
#include "stream_model.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

uint64_t model_random(uint64_t *state, uint64_t n) {
  *state += 0x9E3779B97F4A7C15u;
  uint64_t z = *state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return n ? (z ^ (z >> 31)) % n : 0;
}

model_text model_text_of(char kind, int32_t number) {
  static const uint8_t widths[] = {1, 1, 3, 1, 9, 1, 1, 37};
  model_text t = {.bytes = {kind}};
  size_t digits = 1;
  for (int32_t rest = number; rest >= 10; rest /= 10) digits++;
  t.length = 1 + (digits > widths[number % 8] ? digits : widths[number % 8]);
  for (size_t i = t.length; --i > 0; number /= 10) t.bytes[i] = (char)('0' + number % 10);
  return t;
}

/* ---- feeding -------------------------------------------------------------------------------------------------------- */

typedef struct row_texts {
  model_text known, anonymous, name, id, text;
  jn_stream_cell cell[2];
} row_texts;

static jn_stream_string string_of(model_text *t, char kind, int32_t number) {
  if (number < 0) return (jn_stream_string){0};
  *t = model_text_of(kind, number);
  return (jn_stream_string){t->bytes, t->length};
}

static jn_stream_row row_of(const model_op *op, row_texts *texts) {
  texts->cell[0] = (jn_stream_cell){string_of(&texts->text, 't', op->text), __builtin_nan("")};
  texts->cell[1] = (jn_stream_cell){{0}, op->number};
  return (jn_stream_row){
      .customer = string_of(&texts->known, 'i', op->known),
      .anonymous = string_of(&texts->anonymous, 'i', op->anonymous),
      .name = string_of(&texts->name, 'n', op->name),
      .id = string_of(&texts->id, 'e', op->id),
      .time = op->time,
      .value = op->value,
      .cell = texts->cell,
  };
}

static journey_status add_publicly(journey_builder *builder, const model_op *op, journey_error *err) {
  model_text from, to;
  if (op->link) {
    from = model_text_of('i', op->from), to = model_text_of('i', op->known);
    return journey_builder_link(builder, from.bytes, from.length, op->from_anonymous, to.bytes, to.length, err);
  }
  row_texts texts;
  jn_stream_row row = row_of(op, &texts);
  journey_attribute attribute[2];
  size_t attributes = 0;
  if (op->text >= 0) attribute[attributes++] = (journey_attribute){"colour", 6, texts.text.bytes, texts.text.length, 0};
  if (op->number == op->number) attribute[attributes++] = (journey_attribute){"price", 5, NULL, 0, op->number};
  journey_event event = {.struct_size = sizeof event,
                         .customer = row.customer.bytes,
                         .customer_length = row.customer.length,
                         .anonymous = row.anonymous.bytes,
                         .anonymous_length = row.anonymous.length,
                         .name = row.name.bytes,
                         .name_length = row.name.length,
                         .id = row.id.bytes,
                         .id_length = row.id.length,
                         .time = row.time,
                         .value = row.value,
                         .attributes = attributes ? attribute : NULL,
                         .attribute_count = attributes};
  return journey_builder_add(builder, &event, err);
}

enum { BATCH = 100 };

/* Some rows at once, up to the next link. */
static journey_status put_some(jn_stream_writer *writer, const model_op *op, size_t n, bool one, size_t *done,
                               journey_error *err) {
  static row_texts texts[BATCH];
  static jn_stream_row row[BATCH];
  size_t k = 0, taken = 0;
  if (op->link) {
    model_text from = model_text_of('i', op->from), to = model_text_of('i', op->known);
    *done = 1;
    return jn_stream_link(writer, (jn_stream_string){from.bytes, from.length}, op->from_anonymous,
                          (jn_stream_string){to.bytes, to.length}, err);
  }
  while (k < n && k < (one ? 1 : BATCH) && !op[k].link) row[k] = row_of(&op[k], &texts[k]), k++;
  *done = k;
  if (one) return jn_stream_put(writer, &row[0], err);
  journey_status status = jn_stream_put_rows(writer, row, k, &taken, err);
  ck_assert(status || taken == k);
  return status;
}

static journey_status feed_writers(journey_builder *builder, const model_op *op, size_t n, size_t writers, size_t block,
                                   uint64_t seed, journey_error *err) {
  jn_stream_writer *writer[8] = {0};
  int64_t sequence = jn_stream_next_sequence(builder);
  journey_status status = JOURNEY_OK;
  for (size_t w = 0; !status && w < writers; w++) status = jn_stream_writer_new(builder, &writer[w], err);
  for (size_t i = 0, end; !status && i < n; i = end) {
    jn_stream_writer *w = writer[model_random(&seed, writers)];
    end = i + 1 + model_random(&seed, block);
    if (end > n) end = n;
    status = jn_stream_begin(w, sequence++, err);
    bool one = model_random(&seed, 3) == 0;
    for (size_t k = i, done; !status && k < end; k += done) status = put_some(w, op + k, end - k, one, &done, err);
  }
  for (size_t w = 0; w < writers; w++) jn_stream_writer_release(writer[w]);
  return status;
}

journey_status model_feed(journey_builder *builder, const model_op *op, size_t n, size_t writers, size_t block,
                          uint64_t seed, journey_error *err) {
  uint32_t index;
  if (!writers) {
    journey_status status = JOURNEY_OK;
    for (size_t i = 0; !status && i < n; i++) status = add_publicly(builder, &op[i], err);
    return status;
  }
  journey_status status = jn_stream_declare(builder, "colour", 6, JOURNEY_ATTRIBUTE_TEXT, &index, err);
  if (!status) status = jn_stream_declare(builder, "price", 5, JOURNEY_ATTRIBUTE_NUMBER, &index, err);
  return status ? status : feed_writers(builder, op, n, writers, block, seed, err);
}

/* ---- the model ------------------------------------------------------------------------------------------------------ */

/* An id is number * 2 + (anonymous). */
typedef struct model {
  const model_op *op;
  size_t n;
  int32_t *ids; /* in order of arrival */
  size_t id_count;
  int32_t *set;     /* of an id: a number; -1: never seen */
  int32_t *refused; /* pairs */
  size_t refusals;
  int32_t *customer; /* of a set; -1: none */
  int32_t *display;  /* id of a customer */
  size_t customers, linked;
  size_t *event; /* ops in the order of the stream */
  size_t events, duplicates;
} model;

static int32_t arrive(model *m, int32_t number, bool anonymous) {
  int32_t id = number * 2 + anonymous;
  if (m->set[id] < 0) {
    m->set[id] = (int32_t)m->id_count;
    m->ids[m->id_count++] = id;
  }
  return id;
}

static bool has_known(const model *m, int32_t set) {
  for (size_t i = 0; i < m->id_count; i++)
    if (m->set[m->ids[i]] == set && !(m->ids[i] & 1)) return true;
  return false;
}

static void refuse(model *m, int32_t a, int32_t b) {
  for (size_t i = 0; i < m->refusals; i++)
    if (m->refused[2 * i] == a && m->refused[2 * i + 1] == b) return;
  m->refused = realloc(m->refused, (m->refusals + 1) * 2 * sizeof *m->refused);
  m->refused[2 * m->refusals] = a, m->refused[2 * m->refusals + 1] = b;
  m->refusals++;
}

static void link_ids(model *m, int32_t a, int32_t b) {
  int32_t old = m->set[a];
  if (old == m->set[b]) return;
  if ((a & 1) && has_known(m, old)) {
    refuse(m, a, b);
    return;
  }
  for (size_t i = 0; i < m->id_count; i++)
    if (m->set[m->ids[i]] == old) m->set[m->ids[i]] = m->set[b];
}

static int32_t id_of(const model_op *op) { return op->known >= 0 ? op->known * 2 : op->anonymous * 2 + 1; }

static void identify(model *m) {
  for (size_t i = 0; i < m->n; i++) {
    const model_op *op = &m->op[i];
    if (op->link) {
      int32_t from = arrive(m, op->from, op->from_anonymous);
      link_ids(m, from, arrive(m, op->known, false));
      continue;
    }
    int32_t known = op->known >= 0 ? arrive(m, op->known, false) : -1;
    int32_t anonymous = op->anonymous >= 0 ? arrive(m, op->anonymous, true) : -1;
    if (known >= 0 && anonymous >= 0) link_ids(m, anonymous, known);
  }
}

static void number_customers(model *m) {
  bool *used = calloc(m->id_count + 1, sizeof *used);
  for (size_t i = 0; i < m->n; i++)
    if (!m->op[i].link) used[m->set[id_of(&m->op[i])]] = true;
  for (size_t i = 0; i < m->id_count; i++) {
    int32_t set = m->set[m->ids[i]];
    if (!used[set]) continue;
    m->linked++;
    if (m->customer[set] < 0) {
      m->display[m->customers] = m->ids[i];
      m->customer[set] = (int32_t)m->customers++;
    } else if ((m->display[m->customer[set]] & 1) && !(m->ids[i] & 1)) {
      m->display[m->customer[set]] = m->ids[i];
    }
  }
  m->linked -= m->customers;
  free(used);
}

static int32_t customer_of(const model *m, size_t op) { return m->customer[m->set[id_of(&m->op[op])]]; }

static const model *sorted; /* for qsort */
static int compare(const void *x, const void *y) {
  size_t a = *(const size_t *)x, b = *(const size_t *)y;
  int32_t ca = customer_of(sorted, a), cb = customer_of(sorted, b);
  if (ca != cb) return ca < cb ? -1 : 1;
  if (sorted->op[a].time != sorted->op[b].time) return sorted->op[a].time < sorted->op[b].time ? -1 : 1;
  return a < b ? -1 : a > b;
}

static bool is_duplicate(const model *m, size_t op) {
  for (size_t i = m->events; m->op[op].id >= 0 && i-- > 0;) {
    const model_op *a = &m->op[m->event[i]], *b = &m->op[op];
    if (customer_of(m, m->event[i]) != customer_of(m, op) || a->time != b->time) return false;
    if (a->id == b->id && a->name == b->name) return true;
  }
  return false;
}

static void order(model *m) {
  size_t *all = malloc((m->n + 1) * sizeof *all), count = 0;
  for (size_t i = 0; i < m->n; i++)
    if (!m->op[i].link) all[count++] = i;
  sorted = m;
  qsort(all, count, sizeof *all, compare);
  for (size_t i = 0; i < count; i++) {
    if (is_duplicate(m, all[i]))
      m->duplicates++;
    else
      m->event[m->events++] = all[i];
  }
  free(all);
}

static model make_model(const model_op *op, size_t n) {
  model m = {.op = op, .n = n};
  m.ids = malloc((2 * n + 1) * sizeof *m.ids);
  m.set = malloc(2 * MODEL_IDS * sizeof *m.set);
  m.customer = malloc((2 * n + 1) * sizeof *m.customer);
  m.display = malloc((2 * n + 1) * sizeof *m.display);
  m.event = malloc((n + 1) * sizeof *m.event);
  for (size_t i = 0; i < 2 * MODEL_IDS; i++) m.set[i] = -1;
  for (size_t i = 0; i < 2 * n; i++) m.customer[i] = -1;
  identify(&m);
  number_customers(&m);
  order(&m);
  return m;
}

static void free_model(model *m) {
  free(m->ids), free(m->set), free(m->refused), free(m->customer), free(m->display), free(m->event);
}

/* ---- comparing ------------------------------------------------------------------------------------------------------ */

/* Codes in order of first arrival, whether the events became duplicates or not. */
static int32_t *codes_by_arrival(const model_op *op, size_t n, bool names, uint32_t *count) {
  int32_t *code = malloc(MODEL_NAMES * sizeof *code);
  for (size_t i = 0; i < MODEL_NAMES; i++) code[i] = -1;
  *count = 0;
  for (size_t i = 0; i < n; i++) {
    int32_t number = op[i].link ? -1 : names ? op[i].name : op[i].text;
    if (number >= 0 && code[number] < 0) code[number] = (int32_t)(*count)++;
  }
  return code;
}

/* For loops over events: Check's own macros leave a mark for each call, which takes long. */
#define EXPECT(condition)                                                                                              \
  do {                                                                                                                 \
    if (!(condition)) ck_abort_msg("%s", #condition);                                                                  \
  } while (0)

static uint32_t width_of(uint64_t count) { return count <= 256 ? 1 : count <= 65536 ? 2 : 4; }

static uint32_t code_at(const void *codes, uint32_t width, int64_t i) {
  if (width == 1) return ((const uint8_t *)codes)[i];
  if (width == 2) return ((const uint16_t *)codes)[i];
  return ((const uint32_t *)codes)[i];
}

static void check_text(const char *s, size_t length, char kind, int32_t number) {
  model_text t = model_text_of(kind, number);
  EXPECT(length == t.length && !memcmp(s, t.bytes, length + 1));
}

static void check_customers(const journey_stream *stream, const model *m) {
  const jn_stream_columns *c = jn_stream_get(stream);
  ck_assert_int_eq(c->customers, (int64_t)m->customers);
  ck_assert_int_eq(c->offset[0], 0);
  ck_assert_int_eq(c->offset[c->customers], (int64_t)m->events);
  for (uint32_t i = 0; i < m->customers; i++) {
    size_t length;
    const char *id = jn_stream_customer(stream, i, &length);
    check_text(id, length, 'i', m->display[i] / 2);
  }
  for (int64_t k = 0, i = 0; i < c->customers; i++) {
    EXPECT(c->offset[i] == k);
    while (k < (int64_t)m->events && customer_of(m, m->event[k]) == i) k++;
  }
}

static void check_names(const journey_stream *stream, const model *m) {
  const jn_stream_columns *c = jn_stream_get(stream);
  uint32_t count;
  int32_t *code = codes_by_arrival(m->op, m->n, true, &count);
  ck_assert_uint_eq(journey_stream_event_names(stream), count);
  ck_assert_uint_eq(c->code_width, width_of(count));
  for (size_t i = 0; i < m->events; i++) {
    uint32_t got = code_at(c->code, c->code_width, (int64_t)i);
    EXPECT((int32_t)got == code[m->op[m->event[i]].name]);
  }
  for (int32_t i = 0; i < MODEL_NAMES; i++)
    if (code[i] >= 0) {
      const char *name = journey_stream_event_name(stream, (uint32_t)code[i]);
      check_text(name, strlen(name), 'n', i);
    }
  ck_assert_ptr_null(journey_stream_event_name(stream, count));
  free(code);
}

static void check_unit(const jn_stream_columns *c, const model *m, int64_t least, int64_t most) {
  static const int64_t units[] = {86400000000, 3600000000, 60000000, 1000000, 1000, 1};
  for (size_t u = 0; units[u] != c->time_unit; u++) {
    bool divides = true;
    for (size_t i = 0; i < m->n; i++)
      if (!m->op[i].link && ((uint64_t)m->op[i].time - (uint64_t)least) % (uint64_t)units[u]) divides = false;
    ck_assert_msg(!divides, "a greater unit would do");
  }
  uint64_t ticks = ((uint64_t)most - (uint64_t)least) / (uint64_t)c->time_unit;
  ck_assert_uint_eq(c->time_high_width, ticks >> 32 == 0 ? 0 : ticks >> 48 == 0 ? 2 : 4);
}

static void check_times(const journey_stream *stream, const model *m) {
  const jn_stream_columns *c = jn_stream_get(stream);
  int64_t least = INT64_MAX, most = INT64_MIN, first = 0, last = 0;
  for (size_t i = 0; i < m->events; i++) {
    int64_t time = m->op[m->event[i]].time;
    EXPECT(jn_stream_time(c, (int64_t)i) == time);
    least = time < least ? time : least, most = time > most ? time : most;
  }
  ck_assert_int_eq(journey_stream_time_range(stream, &first, &last), m->events ? JOURNEY_OK : JOURNEY_ENOTFOUND);
  if (!m->events) return;
  ck_assert(first == least && last == most);
  check_unit(c, m, least, most);
}

static void check_number(double got, double expected) { EXPECT(expected == expected ? got == expected : got != got); }

static void check_attributes(const journey_stream *stream, const model *m) {
  const jn_stream_columns *c = jn_stream_get(stream);
  uint32_t colour = jn_stream_find_attribute(stream, "colour", 6), price = jn_stream_find_attribute(stream, "price", 5);
  uint32_t count;
  int32_t *code = codes_by_arrival(m->op, m->n, false, &count);
  ck_assert(count == 0 || colour < journey_stream_attributes(stream));
  if (colour != UINT32_MAX) ck_assert_uint_eq(c->attribute[colour].width, width_of(count + 1));
  for (size_t i = 0; i < m->events; i++) {
    const model_op *op = &m->op[m->event[i]];
    check_number(jn_stream_number(&c->value, (int64_t)i), op->value);
    if (price == UINT32_MAX)
      EXPECT(op->number != op->number);
    else
      check_number(jn_stream_number(&c->attribute[price].number, (int64_t)i), op->number);
    if (colour == UINT32_MAX) continue;
    const jn_stream_attribute *a = &c->attribute[colour];
    uint32_t got = code_at(a->code, a->width, (int64_t)i);
    EXPECT((int32_t)got == (op->text < 0 ? 0 : code[op->text] + 1));
    if (!got) continue;
    size_t length;
    const char *text = jn_base_dictionary_string(a->names, got - 1, &length);
    check_text(text, length, 't', op->text);
  }
  free(code);
}

void model_check(const journey_stream *stream, const model_op *op, size_t n) {
  model m = make_model(op, n);
  journey_stream_counts counts = {.struct_size = sizeof counts};
  ck_assert_int_eq(journey_stream_get_counts(stream, &counts), JOURNEY_OK);
  ck_assert_int_eq(counts.events, (int64_t)m.events);
  ck_assert_int_eq(counts.duplicates, (int64_t)m.duplicates);
  ck_assert_int_eq(counts.taken, (int64_t)(m.events + m.duplicates));
  ck_assert_int_eq(counts.customers, (int64_t)m.customers);
  ck_assert_int_eq(counts.linked_ids, (int64_t)m.linked);
  ck_assert_int_eq(counts.shared_ids, (int64_t)m.refusals);
  ck_assert_int_eq(jn_stream_get(stream)->events, (int64_t)m.events);
  check_customers(stream, &m);
  check_names(stream, &m);
  check_times(stream, &m);
  check_attributes(stream, &m);
  free_model(&m);
}

/* ---- threads -------------------------------------------------------------------------------------------------------- */

typedef struct crew {
  int64_t n;
  journey_task task;
  void *work;
  atomic_int_fast64_t next;
  atomic_int status;
} crew;

static void *crew_thread(void *argument) {
  crew *c = argument;
  int64_t i;
  while (!atomic_load(&c->status) && (i = atomic_fetch_add(&c->next, 1)) < c->n) {
    journey_status status = c->task(c->work, i);
    if (status) atomic_store(&c->status, status);
  }
  return NULL;
}

static journey_status crew_run(void *user, int64_t n, journey_task task, void *work) {
  crew c = {.n = n, .task = task, .work = work};
  pthread_t thread[16];
  size_t threads = (size_t)(uintptr_t)user;
  atomic_init(&c.next, 0), atomic_init(&c.status, 0);
  for (size_t i = 1; i < threads; i++) pthread_create(&thread[i], NULL, crew_thread, &c);
  crew_thread(&c);
  for (size_t i = 1; i < threads; i++) pthread_join(thread[i], NULL);
  return atomic_load(&c.status);
}

journey_executor model_executor(uint32_t threads) {
  return (journey_executor){sizeof(journey_executor), threads, (void *)(uintptr_t)threads, crew_run};
}
