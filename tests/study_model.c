/* A model of streams and predicates, slow and plain, to hold the study against. */
#include "study_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "stream/stream.h"

const char *const model_names[8] = {"view",          "cart", "Order Completed",  "email_open", "email_bit",
                                    "odd, n|a'm[e]", "a*b",  "\xc3\xa9t\xc3\xa9"};
const char *const model_countries[7] = {"DE", "FR", "United States", "it's", "a*", "or", "\xc3\xa9"};
const char *const model_zips[5] = {"01234", "1234", "99", "1e2", "none"};

uint64_t model_next(model_random *random) { /* splitmix64 */
  uint64_t z = random->state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

int model_below(model_random *random, int n) { return (int)(model_next(random) % (uint64_t)n); }

/* ---- events ------------------------------------------------------------------------------------------------------ */

/* Minutes of six days, of which many are equal, or microseconds within a year or a century. */
static int64_t random_time(model_random *random, int times) {
  int64_t day = INT64_C(86400) * 1000000, start = 19723 * day; /* 2024-01-01 */
  if (times == MODEL_MINUTES) return start + model_below(random, 6 * 24 * 60) * INT64_C(60000000);
  int64_t days = times == MODEL_YEAR ? 366 : 36525;
  return start + (int64_t)(model_next(random) % (uint64_t)(days * day)) - days / 4 * day;
}

static void random_event(model_event *event, model_random *random, int customers, int times) {
  *event = (model_event){
      .customer = model_below(random, customers), .name = model_below(random, 8), .touchpoint = -1, .stage = -1};
  event->country = model_below(random, 10) < 3 ? -1 : model_below(random, 7);
  event->zip = model_below(random, 3) ? -1 : model_below(random, 5);
  event->value = model_below(random, 2) ? (double)NAN : model_below(random, 7) - 3;
  event->score = model_below(random, 5) ? (double)NAN : model_below(random, 5) / 2.0;
  event->time = random_time(random, times);
}

static void add(journey_builder *builder, const model_event *event) {
  char id[16];
  journey_attribute attribute[3] = {{.name = "country", .name_length = 7},
                                    {.name = "zip code", .name_length = 8},
                                    {.name = "score", .name_length = 5}};
  journey_event e = {.struct_size = sizeof e,
                     .customer = id,
                     .name = model_names[event->name],
                     .time = event->time,
                     .value = event->value,
                     .attributes = attribute,
                     .attribute_count = 3};
  snprintf(id, sizeof id, "c%d", event->customer);
  e.customer_length = strlen(id);
  e.name_length = strlen(e.name);
  attribute[0].text = event->country < 0 ? "" : model_countries[event->country];
  attribute[1].text = event->zip < 0 ? "" : model_zips[event->zip];
  for (int a = 0; a < 2; a++) attribute[a].text_length = strlen(attribute[a].text);
  attribute[2].number = event->score;
  if (journey_builder_add(builder, &e, NULL)) ck_abort_msg("an event was refused");
}

/* The events of one customer in order of time, ties as they came. */
static int take_customer(const model_event *from, int n, int customer, model_event *to) {
  int count = 0;
  for (int i = 0; i < n; i++) {
    if (from[i].customer != customer) continue;
    int at = count++;
    for (; at > 0 && to[at - 1].time > from[i].time; at--) to[at] = to[at - 1];
    to[at] = from[i];
  }
  return count;
}

static void order_events(model *m, const model_event *event, int n) {
  const jn_stream_columns *columns = jn_stream_get(m->stream);
  m->customers = (int)columns->customers;
  m->offset = calloc((size_t)m->customers + 1, sizeof *m->offset);
  m->customer = calloc((size_t)m->customers + 1, sizeof *m->customer);
  for (int c = 0; c < m->customers; c++) {
    m->customer[c] = atoi(jn_stream_customer(m->stream, (uint32_t)c, NULL) + 1);
    m->offset[c + 1] = m->offset[c] + take_customer(event, n, m->customer[c], m->event + m->offset[c]);
  }
  m->events = m->offset[m->customers];
}

void model_new(model *m, journey_context *context, model_random *random, int n, int customers, int times) {
  journey_builder *builder;
  model_event *event = calloc((size_t)n + 1, sizeof *event);
  m->event = calloc((size_t)n + 1, sizeof *m->event);
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  for (int i = 0; i < n; i++) {
    random_event(&event[i], random, customers, times);
    add(builder, &event[i]);
  }
  ck_assert_int_eq(journey_builder_finish(builder, &m->stream, NULL), JOURNEY_OK);
  journey_builder_free(builder);
  order_events(m, event, n);
  ck_assert_int_eq(m->events, n);
  free(event);
}

void model_free(model *m) {
  journey_stream_free(m->stream);
  free(m->event);
  free(m->offset);
  free(m->customer);
}

/* ---- step patterns ----------------------------------------------------------------------------------------------- */

static const char *const wildcards[] = {"email_*", "*", "*e*", "?ie?", "v*w", "*_b?t", "\\a\\*b", "?t?"};

void model_step_new(model_step *step, model_random *random, bool bound) {
  *step = (model_step){.alternatives = 1 + model_below(random, MODEL_MOST_ALTERNATIVES)};
  for (int a = 0; a < step->alternatives; a++) {
    step->wild[a] = model_below(random, 3) == 0;
    step->pattern[a] = step->wild[a] ? wildcards[model_below(random, 8)] : model_names[model_below(random, 8)];
    if (model_below(random, 3) == 0) step->guard[a] = model_tree_new(random, 2, bound);
  }
}

void model_step_free(model_step *step) {
  for (int a = 0; a < step->alternatives; a++) model_tree_free(step->guard[a]);
}

static void put_pattern(FILE *out, const model_step *step, int a, model_random *random) {
  const char *s = step->pattern[a];
  bool quote = !step->wild[a] && (strpbrk(s, ",*[") || model_below(random, 3) == 0);
  fputs(quote ? "'" : model_below(random, 2) ? " " : "", out);
  for (; *s; s++) {
    if (quote && *s == '\'') fputc('\'', out);
    fputc(*s, out);
  }
  fputs(quote ? "'" : model_below(random, 2) ? "\t" : "", out);
}

char *model_step_text(const model_step *step, model_random *random) {
  char *text;
  size_t n;
  FILE *out = open_memstream(&text, &n);
  for (int a = 0; a < step->alternatives; a++) {
    if (a) fputc('|', out);
    put_pattern(out, step, a, random);
    if (!step->guard[a]) continue;
    char *guard = model_tree_text(step->guard[a], random);
    fprintf(out, "[%s]", guard);
    free(guard);
  }
  fclose(out);
  return text;
}

bool model_step_holds(const model_step *step, const model_event *event) {
  const char *name = model_names[event->name];
  for (int a = 0; a < step->alternatives; a++) {
    bool match = step->wild[a] ? model_like(step->pattern[a], name) : !strcmp(step->pattern[a], name);
    if (match && (!step->guard[a] || model_holds(step->guard[a], event))) return true;
  }
  return false;
}

/* ---- maps -------------------------------------------------------------------------------------------------------- */

static journey_element *element(journey_map *map, const char *kind, const char *prefix, int i) {
  char id[16];
  journey_element *made;
  snprintf(id, sizeof id, "%s%d", prefix, i);
  ck_assert_int_eq(journey_map_add(map, kind, id, &made, NULL), JOURNEY_OK);
  return made;
}

static void set(journey_element *made, const char *field, const char *text) {
  journey_error err;
  ck_assert_msg(journey_element_set_text(made, field, text, &err) == JOURNEY_OK, "%s", err.message);
}

static void bind(const model_map *map, model_event *event) {
  for (int t = 0; t < MODEL_TOUCHPOINTS && event->touchpoint < 0; t++) {
    if (!model_step_holds(&map->binding[t], event)) continue;
    event->touchpoint = t;
    event->stage = map->stage[t];
  }
}

void model_map_new(model_map *map, model *m, journey_context *context, model_random *random) {
  ck_assert_int_eq(journey_map_new(context, &map->map, NULL), JOURNEY_OK);
  for (int s = 0; s < MODEL_STAGES; s++) set(element(map->map, "stage", "s", s), "name", "Stage");
  for (int t = 0; t < MODEL_TOUCHPOINTS; t++) {
    char stage[16];
    journey_element *made = element(map->map, "touchpoint", "t", t);
    model_step_new(&map->binding[t], random, false);
    char *events = model_step_text(&map->binding[t], random);
    set(made, "name", "Touchpoint");
    set(made, "events", events);
    map->stage[t] = model_below(random, MODEL_STAGES + 1) - 1;
    snprintf(stage, sizeof stage, "s%d", map->stage[t]);
    if (map->stage[t] >= 0) set(made, "stage", stage);
    free(events);
  }
  for (int i = 0; i < m->events; i++) bind(map, &m->event[i]);
  for (int p = 0; p < MODEL_PERSONAS; p++) {
    map->rule[p] = model_tree_new(random, 2, true);
    char *rule = model_tree_text(map->rule[p], random);
    set(element(map->map, "persona", "p", p), "rule", rule);
    free(rule);
  }
}

void model_map_free(model_map *map) {
  for (int t = 0; t < MODEL_TOUCHPOINTS; t++) model_step_free(&map->binding[t]);
  for (int p = 0; p < MODEL_PERSONAS; p++) model_tree_free(map->rule[p]);
  journey_map_free(map->map);
}
