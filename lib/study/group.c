/* Groups of customers: personas in the map's order, then "(unassigned)"; or an attribute's values by how many customers
 * have them, the more common first, those of equal number by their bytes, then "(none)". Groups without customers are
 * left out. */
#include <stdio.h>
#include <string.h>

#include "study/scan.h"

enum { MOST_GROUPS = JN_STUDY_OUT }; /* numbers below JN_STUDY_OUT */

/* What a customer may be in: the kinds that were chosen, code 0 for none of them. */
typedef struct choices {
  jn_study_scan *scan;
  jn_base_dictionary *texts; /* of a numeric attribute's values; code + 1 is their choice */
  int64_t *customers;        /* by choice */
  uint32_t count, capacity;  /* of choices, the one for none included */
  uint32_t *order;           /* the choices that somebody has */
  uint32_t groups;
} choices;

/* ---- choices by their codes -------------------------------------------------------------------------------------- */

static journey_status code_of_number(choices *all, double x, uint32_t *code, journey_error *err) {
  jn_base_text text;
  jn_base_text_init(&text, all->scan->study->context);
  jn_base_text_double(&text, x + 0.0); /* -0 is 0 */
  journey_status status = text.status ? jn_base_no_memory(err) : JOURNEY_OK;
  if (!status) status = jn_base_dictionary_add(all->texts, text.bytes, text.length, code, err);
  jn_base_text_clear(&text);
  ++*code;
  return status;
}

/* From the event that was chosen to the code of its attribute. */
static journey_status code_of_event(choices *all, int64_t customer, uint32_t *choice, journey_error *err) {
  const jn_stream_columns *columns = all->scan->study->columns;
  const jn_stream_attribute *attribute = &columns->attribute[all->scan->attribute];
  if (*choice == JN_STUDY_MOST_PLACE) return jn_base_fail(err, JOURNEY_ELIMIT, "a path of 2^32 events has no group");
  int64_t event = columns->offset[customer] + *choice;
  if (attribute->type == JOURNEY_ATTRIBUTE_NUMBER) {
    return code_of_number(all, jn_stream_number(&attribute->number, event), choice, err);
  }
  *choice = jn_study_code(attribute->code, attribute->width, event);
  return JOURNEY_OK;
}

static journey_status to_codes(choices *all, journey_error *err) {
  jn_study_scan *scan = all->scan;
  journey_status status = JOURNEY_OK;
  for (int64_t c = 0; !status && c < scan->study->columns->customers; c++) {
    uint32_t *choice = &scan->choice[c];
    if (*choice == JN_STUDY_NOBODY) continue;
    if (*choice == JN_STUDY_NOTHING || scan->by == JN_STUDY_BY_NOTHING)
      *choice = 0;
    else if (scan->by == JN_STUDY_BY_PERSONA)
      *choice = (*choice & ~JN_STUDY_SEVERAL) + 1;
    else
      status = code_of_event(all, c, choice, err);
  }
  return status;
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

static const char *name_of(const choices *all, uint32_t choice, size_t *n) {
  const jn_study_scan *scan = all->scan;
  if (all->texts) return jn_base_dictionary_string(all->texts, choice - 1, n);
  return jn_base_dictionary_string(scan->study->columns->attribute[scan->attribute].names, choice - 1, n);
}

static bool before(const choices *all, uint32_t a, uint32_t b) {
  if (all->customers[a] != all->customers[b]) return all->customers[a] > all->customers[b];
  size_t n, m;
  const char *s = name_of(all, a, &n), *t = name_of(all, b, &m);
  int order = memcmp(s, t, n < m ? n : m);
  return order ? order < 0 : n < m;
}

/* Lets order[i] sink in the heap of the first n, whose root is the last in order. */
static void sink(const choices *all, uint32_t i, uint32_t n) {
  uint32_t *order = all->order, item = order[i];
  for (uint32_t child; (child = 2 * i + 1) < n; i = child) {
    if (child + 1 < n && before(all, order[child], order[child + 1])) child++;
    if (!before(all, item, order[child])) break;
    order[i] = order[child];
  }
  order[i] = item;
}

static void sort(const choices *all, uint32_t n) {
  for (uint32_t i = n / 2; i-- > 0;) sink(all, i, n);
  while (n > 1) {
    uint32_t last = all->order[--n];
    all->order[n] = all->order[0];
    all->order[0] = last;
    sink(all, 0, n);
  }
}

/* Counts customers by choice, and puts the choices that somebody has in order: "none" last. */
static journey_status count(choices *all, jn_study_arena *scratch, journey_error *err) {
  const jn_study_scan *scan = all->scan;
  all->customers = jn_study_take(scratch, all->count, sizeof *all->customers);
  all->order = jn_study_take(scratch, all->count, sizeof *all->order);
  if (!all->customers || !all->order) return jn_base_no_memory(err);
  for (int64_t c = 0; c < scan->study->columns->customers; c++) {
    if (scan->choice[c] != JN_STUDY_NOBODY) all->customers[scan->choice[c]]++;
  }
  for (uint32_t choice = 1; choice < all->count; choice++) {
    if (all->customers[choice]) all->order[all->groups++] = choice;
  }
  if (scan->by == JN_STUDY_BY_ATTRIBUTE) sort(all, all->groups);
  if (all->customers[0] || !all->groups) all->order[all->groups++] = 0;
  if (all->groups <= MOST_GROUPS) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_ELIMIT, "by: %s has %u values; at most %d can be compared",
                      jn_base_quote(scan->study->scope.by, strlen(scan->study->scope.by)).text, (unsigned)all->groups,
                      MOST_GROUPS);
}

/* ---- the study's groups ------------------------------------------------------------------------------------------ */

static const char *title(const choices *all, uint32_t choice) {
  const jn_study_scan *scan = all->scan;
  journey_study *study = scan->study;
  if (scan->by == JN_STUDY_BY_NOTHING) return "(all)";
  if (scan->by == JN_STUDY_BY_PERSONA) {
    return choice ? journey_element_id(journey_map_at(study->map, "persona", choice - 1)) : "(unassigned)";
  }
  if (!choice) return "(none)";
  size_t n;
  const char *name = name_of(all, choice, &n);
  return jn_study_take_text(&study->arena, name, n);
}

/* Personas are in the map's order; values of an attribute are ordered by their customers. */
static int32_t rank_of(const choices *all, uint32_t choice) {
  if (!choice) return INT32_MAX;
  return all->scan->by == JN_STUDY_BY_PERSONA ? (int32_t)choice : 0;
}

static journey_status assign(choices *all, journey_error *err) {
  const jn_study_scan *scan = all->scan;
  journey_study *study = scan->study;
  const char **name = jn_study_take(&study->arena, all->groups, sizeof *name);
  int64_t *customers = jn_study_take(&study->arena, all->groups, sizeof *customers);
  int32_t *rank = jn_study_take(&study->arena, all->groups, sizeof *rank);
  study->group = jn_study_take(&study->arena, (size_t)study->columns->customers, sizeof *study->group);
  if (!name || !customers || !rank || !study->group) return jn_base_no_memory(err);
  for (uint32_t g = 0; g < all->groups; g++) {
    name[g] = title(all, all->order[g]);
    if (!name[g]) return jn_base_no_memory(err);
    customers[g] = all->customers[all->order[g]];
    rank[g] = rank_of(all, all->order[g]);
    all->customers[all->order[g]] = g; /* now the choice's group */
  }
  study->groups = (journey_names){.count = all->groups, .name = name};
  study->group_customers = customers;
  study->group_rank = rank;
  for (int64_t c = 0; c < study->columns->customers; c++) {
    uint32_t choice = scan->choice[c];
    study->group[c] = choice == JN_STUDY_NOBODY ? JN_STUDY_OUT : (uint16_t)all->customers[choice];
  }
  return JOURNEY_OK;
}

static journey_status make_groups(jn_study_scan *scan, jn_study_arena *scratch, journey_error *err) {
  const journey_study *study = scan->study;
  choices all = {.scan = scan, .count = 1};
  journey_status status = JOURNEY_OK;
  const jn_stream_attribute *attribute =
      scan->by == JN_STUDY_BY_ATTRIBUTE ? &study->columns->attribute[scan->attribute] : NULL;
  bool numeric = attribute && attribute->type == JOURNEY_ATTRIBUTE_NUMBER;
  if (numeric) status = jn_base_dictionary_new(study->context, &all.texts, err);
  if (!status) status = to_codes(&all, err);
  if (scan->by == JN_STUDY_BY_PERSONA) all.count += scan->personas;
  if (!status && attribute) all.count += jn_base_dictionary_count(numeric ? all.texts : attribute->names);
  if (!status) status = count(&all, scratch, err);
  if (!status) status = assign(&all, err);
  if (all.texts) jn_base_dictionary_free(all.texts);
  return status;
}

/* ---- what the options ask for ------------------------------------------------------------------------------------ */

static journey_status read_personas(jn_study_scan *scan, journey_error *err) {
  journey_study *study = scan->study;
  if (!study->map) return jn_base_fail(err, JOURNEY_EINVAL, "by: persona needs a map");
  int64_t count = journey_map_count(study->map, "persona");
  if (count >= MOST_GROUPS) return jn_base_fail(err, JOURNEY_ELIMIT, "by: more than %d personas", MOST_GROUPS - 1);
  jn_study_program *program = jn_study_take(&study->arena, (size_t)count, sizeof *program);
  if (!program) return jn_base_no_memory(err);
  journey_status status = JOURNEY_OK;
  for (int64_t i = 0; !status && i < count; i++) {
    const journey_element *persona = journey_map_at(study->map, "persona", i);
    const char *rule = journey_element_text(persona, "rule"), *id = journey_element_id(persona);
    char what[128];
    snprintf(what, sizeof what, "rule of persona '%s'", jn_base_quote(id, strlen(id)).text);
    if (rule) status = jn_study_program_of(study, what, rule, true, &program[i], err);
  }
  scan->by = JN_STUDY_BY_PERSONA;
  study->group_key = "persona";
  scan->persona = program;
  scan->personas = (uint32_t)count;
  return status;
}

/* NAME, NAME:first, NAME:last; a name in quotation marks may hold anything. */
static journey_status read_attribute(jn_study_scan *scan, jn_study_arena *scratch, journey_error *err) {
  journey_study *study = scan->study;
  const char *by = study->scope.by, *touch = strrchr(by, ':');
  jn_study_lexer lexer;
  journey_status status = jn_study_lexer_new(&lexer, scratch, "by", by, err);
  if (status) return status;
  if (*by == '\'' || *by == '"') {
    status = jn_study_lex_quoted(&lexer, err);
    touch = by + lexer.at;
  } else {
    if (!touch || (strcmp(touch, ":first") && strcmp(touch, ":last"))) touch = by + lexer.length;
    jn_study_lex_take(&lexer, 0, (size_t)(touch - by));
  }
  if (status) return status;
  if (*touch && strcmp(touch, ":first") && strcmp(touch, ":last")) {
    return jn_study_fail("by", JOURNEY_EPARSE, (size_t)(touch - by), err,
                         "expected :first, :last or the end, found '%s'", jn_base_quote(touch, strlen(touch)).text);
  }
  scan->by = JN_STUDY_BY_ATTRIBUTE;
  scan->last = !strcmp(touch, ":last");
  scan->attribute = jn_stream_find_attribute(study->stream, lexer.word.bytes, lexer.word.length);
  if (scan->attribute == UINT32_MAX) {
    return jn_base_fail(err, JOURNEY_ENOTFOUND, "by: the events have no attribute '%s'",
                        jn_base_quote(lexer.word.bytes, lexer.word.length).text);
  }
  study->group_key = study->columns->attribute[scan->attribute].name;
  return JOURNEY_OK;
}

static journey_status read_options(jn_study_scan *scan, jn_study_arena *scratch, journey_error *err) {
  journey_study *study = scan->study;
  const journey_study_options *scope = &study->scope;
  journey_status status = JOURNEY_OK;
  scan->selective = scope->customers != NULL;
  if (scope->customers) {
    status = jn_study_program_of(study, "customers", scope->customers, false, &scan->customers, err);
  }
  if (status || !scope->by) return status;
  return strcmp(scope->by, "persona") ? read_attribute(scan, scratch, err) : read_personas(scan, err);
}

static const char *const everybody[] = {"(all)"};

journey_status jn_study_group_new(journey_study *study, journey_error *err) {
  const journey_study_options *scope = &study->scope;
  jn_study_arena scratch = {.context = study->context};
  jn_study_scan scan = {.study = study};
  study->groups = (journey_names){.count = 1, .name = everybody};
  if (!scope->customers && !scope->by) return JOURNEY_OK;
  journey_status status = read_options(&scan, &scratch, err);
  if (!status) {
    scan.choice = jn_study_take(&scratch, (size_t)study->columns->customers, sizeof *scan.choice);
    if (!scan.choice) status = jn_base_no_memory(err);
  }
  if (!status) status = jn_study_scan_all(&scan, &study->overlaps, err);
  if (!status) status = make_groups(&scan, &scratch, err);
  if (!status && study->overlaps) {
    jn_base_log(study->context, "%lld customers fit more than one persona; the first in the map's order has them",
                (long long)study->overlaps);
  }
  jn_study_give_back(&scratch);
  return status;
}
