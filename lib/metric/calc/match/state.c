/* match, match_customers: how many customers' paths hold a pattern, how often, and after how long. The life of a state,
 * feeding and joining. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const journey_option options[] = {
    {.name = "pattern",
     .value = "auto",
     .type = JOURNEY_OPTION_TEXT,
     .help = "What to look for, such as 'view then within 1d cart not followed by purchase within 7d'; auto: the "
             "proposed steps, one after another"},
    {.name = "window",
     .value = "none",
     .type = JOURNEY_OPTION_DURATION,
     .help = "Longest time from the first event of a match to its last, its end included"},
    {.name = "syntax",
     .value = "journey",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "journey|clickhouse",
     .help = "Language of the pattern; clickhouse: as sequenceMatch has it, (?1).*(?2)(?t<=3600)(?3), where the "
             "numbers are those of the steps"},
    {.name = "steps",
     .value = "*",
     .type = JOURNEY_OPTION_STEPS,
     .help = "With the syntax clickhouse: the conditions, in order"},
};

static journey_status no_memory(const jn_match *m, journey_error *err) {
  return m->host->fail(m->host, err, JOURNEY_ENOMEM, "out of memory");
}

/* ---- making the program ------------------------------------------------------------------------------------------ */

/* The conditions as steps: what is no condition is blank, so that places in errors are those in the pattern. */
static char *blank_text(const journey_host *host, const char *text, const jn_match_tree *tree) {
  size_t n = strlen(text);
  char *steps = journey_host_alloc(host, n + 1, 1);
  if (!steps) return NULL;
  memset(steps, ' ', n);
  for (uint32_t c = 0; c < tree->conditions; c++) {
    const jn_match_text *at = &tree->condition[c];
    memcpy(steps + at->from, text + at->from, at->to - at->from);
    if (c + 1 < tree->conditions) steps[at->to] = ',';
  }
  return steps;
}

static journey_status compile_conditions(jn_match *m, const char *text, const jn_match_tree *tree, journey_error *err) {
  const journey_host *host = m->host;
  journey_error why;
  char *steps = blank_text(host, text, tree);
  if (!steps) return JOURNEY_ENOMEM;
  journey_status status = host->compile_steps(host, steps, &m->steps, &why);
  journey_host_free(host, steps, strlen(text) + 1, 1);
  if (status == JOURNEY_OK || status == JOURNEY_ENOMEM) return status;
  char message[JOURNEY_ERROR_MESSAGE_SIZE];
  snprintf(message, sizeof message, "option pattern: %.400s", why.message);
  host->fail(host, err, status, message);
  if (err) err->offset = why.offset;
  return status;
}

static journey_status make_own(jn_match *m, const char *text, jn_match_draft *draft, journey_error *err) {
  const journey_host *host = m->host;
  jn_match_tree *tree = journey_host_alloc(host, 1, sizeof *tree);
  if (!tree) return JOURNEY_ENOMEM;
  journey_status status = jn_match_parse(host, text, tree, err);
  if (status == JOURNEY_OK) status = jn_match_compile(host, tree, draft, err);
  if (status == JOURNEY_OK) status = compile_conditions(m, text, tree, err);
  journey_host_free(host, tree, 1, sizeof *tree);
  return status;
}

static journey_status make_draft(jn_match *m, jn_match_draft *draft, journey_error *err) {
  const journey_host *host = m->host;
  const char *text = host->option_text(host, "pattern");
  int32_t foreign = host->option_choice(host, "syntax"), proposed = !strcmp(text, "auto");
  if (!foreign && !proposed) return make_own(m, text, draft, err);
  m->finder.dense = foreign;
  journey_status status =
      foreign ? host->steps(host, "steps", &m->steps, err) : host->compile_steps(host, "auto", &m->steps, err);
  if (status != JOURNEY_OK) return status;
  if (!proposed) return jn_match_clickhouse(host, text, m->steps->count, draft, err);
  jn_match_sequence(m->steps->count, draft);
  return status;
}

static journey_status make_program(jn_match *m, jn_match_draft *draft, journey_error *err) {
  const journey_host *host = m->host;
  int32_t windowed = m->window != UINT64_MAX;
  draft->program = m->program = journey_host_alloc(host, 1, sizeof *m->program);
  if (!m->program) return JOURNEY_ENOMEM;
  journey_status status = make_draft(m, draft, err);
  if (status != JOURNEY_OK) {
    m->program->gaps = 0; /* they are the draft's */
    return status;
  }
  status = jn_match_settle(host, draft, windowed);
  if (status == JOURNEY_OK) status = jn_match_finder_new(&m->finder, host, m->steps, m->program, windowed);
  m->part = journey_host_alloc(host, m->program->elements, sizeof *m->part);
  return m->part ? status : JOURNEY_ENOMEM;
}

static journey_status create_either(const journey_host *host, int32_t detailed, void **state, journey_error *err) {
  jn_match *m = journey_host_alloc(host, 1, sizeof *m);
  if (!m) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = m;
  m->host = host;
  m->detailed = detailed;
  m->customer = -1;
  m->window = (uint64_t)host->option_duration(host, "window");
  if (m->window == INT64_MAX) m->window = UINT64_MAX;
  jn_match_draft *draft = journey_host_alloc(host, 1, sizeof *draft);
  journey_status status = draft ? make_program(m, draft, err) : JOURNEY_ENOMEM;
  journey_host_free(host, draft, 1, sizeof *draft);
  return status == JOURNEY_ENOMEM ? no_memory(m, err) : status;
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  return create_either(host, 0, state, err);
}

static journey_status create_customers(const journey_host *host, void **state, journey_error *err) {
  return create_either(host, 1, state, err);
}

static void destroy(void *state) {
  jn_match *m = state;
  const journey_host *host = m->host;
  for (uint32_t e = 0; m->part && e < m->program->elements; e++) journey_list_free(host, &m->part[e].wait);
  if (m->part) journey_host_free(host, m->part, m->program->elements, sizeof *m->part);
  journey_list_free(host, &m->duration);
  journey_host_free(host, m->row, m->row_capacity, sizeof *m->row);
  journey_host_free(host, m->ids, m->id_capacity, 1);
  jn_match_finder_free(&m->finder);
  jn_match_program_free(host, m->program);
  journey_host_free(host, m, 1, sizeof *m);
}

/* ---- feeding ----------------------------------------------------------------------------------------------------- */

journey_status jn_match_add_row(jn_match *m, jn_match_row row, const char *id, size_t n) {
  const jn_match_row *last = m->rows ? &m->row[m->rows - 1] : NULL;
  if (journey_host_grow(m->host, &m->row, &m->row_capacity, m->rows + 1, sizeof *m->row)) return JOURNEY_ENOMEM;
  if (last) last = &m->row[m->rows - 1];
  row.id = m->id_bytes;
  row.id_length = n;
  if (last && last->id_length == n && !memcmp(m->ids + last->id, id, n)) { /* the same customer */
    row.id = last->id;
    n = 0;
  }
  if (journey_host_grow(m->host, &m->ids, &m->id_capacity, m->id_bytes + n + 1, 1)) return JOURNEY_ENOMEM;
  memcpy(m->ids + m->id_bytes, id, n);
  m->id_bytes += n;
  m->row[m->rows++] = row;
  return JOURNEY_OK;
}

static journey_status add_rows(jn_match *m, const journey_batch *batch) {
  size_t n;
  const char *id = m->host->customer_id(m->host, (uint32_t)m->customer, &n);
  journey_status status = JOURNEY_OK;
  for (size_t i = 0; status == JOURNEY_OK && i < m->finder.count; i++) {
    const jn_match_taken *taken = &m->finder.taken[i];
    jn_match_row row = {.match = m->number,
                        .time = journey_batch_time(batch, taken->event),
                        .element = taken->element,
                        .event = journey_codes_at(&batch->event, taken->event)};
    status = jn_match_add_row(m, row, id, n);
  }
  return status;
}

/* Elements of the match, with the times from event to event. */
static journey_status count_events(jn_match *m, const journey_batch *batch, uint64_t *has) {
  const jn_match_finder *f = &m->finder;
  journey_status status = JOURNEY_OK;
  int64_t before = 0;
  for (size_t i = 0; status == JOURNEY_OK && i < f->count; i++) {
    const jn_match_taken *taken = &f->taken[i];
    int64_t time = journey_batch_time(batch, taken->event);
    *has |= UINT64_C(1) << taken->element;
    if (i > 0) status = journey_list_add(m->host, &m->part[taken->element].wait, journey_elapsed(before, time));
    before = time;
  }
  return status;
}

static journey_status count_match(jn_match *m, const journey_batch *batch) {
  const jn_match_finder *f = &m->finder;
  uint64_t has = 0;
  m->matches++;
  m->matched += m->number++ == 0;
  journey_status status = count_events(m, batch, &has);
  if (status != JOURNEY_OK) return status;
  for (uint64_t rest = has; rest; rest &= rest - 1) {
    int e = __builtin_ctzll(rest);
    m->part[e].matches++;
    m->part[e].customers += !(m->had >> e & 1);
  }
  m->had |= has;
  if (f->count == 0) return JOURNEY_OK; /* a pattern without numbers: nothing is shown of it */
  int64_t first = journey_batch_time(batch, f->taken[0].event);
  status = journey_list_add(m->host, &m->duration,
                            journey_elapsed(first, journey_batch_time(batch, f->taken[f->count - 1].event)));
  return status == JOURNEY_OK && m->detailed ? add_rows(m, batch) : status;
}

static journey_status feed_path(jn_match *m, const journey_batch *batch, const journey_codes *codes, int64_t p,
                                journey_error *err) {
  int32_t more;
  if (m->customer != batch->customer[p]) {
    m->customer = batch->customer[p];
    m->customers++;
    m->number = 0;
    m->had = 0;
  }
  journey_status status = jn_match_open(&m->finder, batch, codes, p, &more);
  while (status == JOURNEY_OK && more) {
    status = jn_match_next(&m->finder, &more, err);
    if (status == JOURNEY_OK && more) status = count_match(m, batch);
  }
  return status;
}

static journey_status feed(void *state, const journey_batch *batch, journey_error *err) {
  jn_match *m = state;
  journey_codes codes;
  journey_status status = m->host->step_codes(m->host, m->steps, batch, &codes, err);
  if (status != JOURNEY_OK) return status;
  m->finder.forward.window = m->window / (uint64_t)batch->time_unit;
  jn_match_scale(m->program, batch->time_unit);
  jn_match_prepare(&m->finder, &codes);
  for (int64_t p = 0; status == JOURNEY_OK && p < batch->paths; p++) status = feed_path(m, batch, &codes, p, err);
  return status == JOURNEY_ENOMEM ? no_memory(m, err) : status;
}

/* ---- joining ----------------------------------------------------------------------------------------------------- */

static journey_status merge_rows(jn_match *m, const jn_match *o) {
  if (journey_host_grow(m->host, &m->row, &m->row_capacity, m->rows + o->rows, sizeof *m->row) ||
      journey_host_grow(m->host, &m->ids, &m->id_capacity, m->id_bytes + o->id_bytes, 1)) {
    return JOURNEY_ENOMEM;
  }
  for (size_t i = 0; i < o->rows; i++) {
    m->row[m->rows] = o->row[i];
    m->row[m->rows++].id += m->id_bytes;
  }
  if (o->id_bytes) memcpy(m->ids + m->id_bytes, o->ids, o->id_bytes);
  m->id_bytes += o->id_bytes;
  return JOURNEY_OK;
}

static journey_status merge(void *state, void *other, journey_error *err) {
  jn_match *m = state;
  const jn_match *o = other;
  m->customers = journey_add_counts(m->customers, o->customers);
  m->matched = journey_add_counts(m->matched, o->matched);
  m->matches = journey_add_counts(m->matches, o->matches);
  journey_status status = journey_list_append(m->host, &m->duration, &o->duration);
  for (uint32_t e = 0; status == JOURNEY_OK && e < m->program->elements; e++) {
    jn_match_part *part = &m->part[e];
    part->customers = journey_add_counts(part->customers, o->part[e].customers);
    part->matches = journey_add_counts(part->matches, o->part[e].matches);
    status = journey_list_append(m->host, &part->wait, &o->part[e].wait);
  }
  if (status == JOURNEY_OK) status = merge_rows(m, o);
  return status == JOURNEY_OK ? status : no_memory(m, err);
}

extern const journey_calculator jn_metric_match, jn_metric_match_customers;

const journey_calculator jn_metric_match = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "match",
    .title = "Match: how often a pattern of events occurs",
    .help = "Customers whose paths hold the pattern, the matches in them, which do not overlap, and the times from "
            "event to event. A pattern is made of steps and the words then, directly, within, after, without, or, "
            "optionally, times, not followed by, not preceded by. The match that is complete first counts, then the "
            "search goes on after its end.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = feed,
    .merge = merge,
    .save = jn_match_save,
    .load = jn_match_load,
    .finish = jn_match_finish,
    .destroy = destroy,
};

const journey_calculator jn_metric_match_customers = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "match_customers",
    .title = "Match, customer by customer",
    .help = "The events of every match: customer, number of the match, step of the pattern, name and time of the "
            "event. The rules are those of the metric match.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create_customers,
    .feed = feed,
    .merge = merge,
    .save = jn_match_save,
    .load = jn_match_load,
    .finish = jn_match_finish_customers,
    .destroy = destroy,
};
