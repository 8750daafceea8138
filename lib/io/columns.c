/* Finds out which column plays which part in an event. */
#include "io/columns.h"

#include <stdio.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------------------------ */

static bool same(jn_stream_string a, const char *s, size_t n) { return a.length == n && !memcmp(a.bytes, s, n); }

static unsigned char lower(unsigned char c) { return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c; }

static bool passed_over(unsigned char c) { return c == '_' || c == '-' || c == ' '; }

/* Next byte that counts, 0 at the end; names hold no NUL. */
static unsigned char next_char(const char **s, const char *end, bool loose) {
  while (loose && *s < end && passed_over((unsigned char)**s)) ++*s;
  return *s < end ? lower((unsigned char)*(*s)++) : 0;
}

static bool alike(jn_stream_string a, const char *s, size_t n, bool loose) {
  const char *p = a.bytes, *p_end = p + a.length, *end = s + n;
  for (;;) {
    unsigned char x = next_char(&p, p_end, loose), y = next_char(&s, end, loose);
    if (x != y) return false;
    if (!x) return true;
  }
}

/* How exactly two names must agree: byte by byte, but for case, but for "_" too. */
enum { EXACT, CASE, LOOSE };

static uint32_t find_by(const jn_stream_string *names, uint32_t count, const char *name, size_t n, int how,
                        bool *twice) {
  uint32_t found = UINT32_MAX;
  for (uint32_t i = 0; i < count; i++) {
    if (how == EXACT ? !same(names[i], name, n) : !alike(names[i], name, n, how == LOOSE)) continue;
    if (found == UINT32_MAX) {
      found = i;
    } else {
      *twice = true;
    }
  }
  return found;
}

uint32_t jn_io_column_find(const jn_stream_string *names, uint32_t count, const char *name, size_t n, bool loose,
                           bool *twice) {
  uint32_t found = UINT32_MAX;
  *twice = false;
  for (int how = EXACT; how <= (loose ? LOOSE : CASE) && found == UINT32_MAX; how++) {
    found = find_by(names, count, name, n, how, twice);
  }
  return found;
}

/* ---- presets ---------------------------------------------------------------------------------------------------- */

/* The next of some words separated by `blank`; false at the end. */
static bool next_word(const char **words, char blank, const char **word, size_t *n) {
  while (**words == blank) ++*words;
  *word = *words;
  while (**words && **words != blank) ++*words;
  *n = (size_t)(*words - *word);
  return *n > 0;
}

static bool has_one_of(const jn_stream_string *names, uint32_t count, const char *alternatives, size_t n) {
  const char *end = alternatives + n;
  bool twice;
  while (alternatives < end) {
    const char *bar = memchr(alternatives, '|', (size_t)(end - alternatives));
    size_t length = (size_t)((bar ? bar : end) - alternatives);
    if (find_by(names, count, alternatives, length, EXACT, &twice) != UINT32_MAX) return true;
    alternatives += length + 1;
  }
  return false;
}

static bool recognised(const jn_io_preset *preset, const jn_stream_string *names, uint32_t count) {
  const char *words = preset->sign, *word;
  size_t n;
  while (words && next_word(&words, ' ', &word, &n)) {
    if (!has_one_of(names, count, word, n)) return false;
  }
  return true;
}

static journey_status choose_preset(jn_io_columns *columns, const jn_stream_string *names, const char *wanted,
                                    journey_error *err) {
  const jn_io_preset *preset;
  for (int32_t i = 0; (preset = jn_io_preset_at(i)); i++) {
    if (wanted ? strcmp(wanted, preset->name) == 0 : recognised(preset, names, columns->count)) break;
  }
  columns->preset = preset;
  if (preset) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_EINVAL, "there is no preset \"%s\"", jn_base_quote(wanted, strlen(wanted)).text);
}

/* ---- errors ----------------------------------------------------------------------------------------------------- */

typedef struct role_word {
  const char *what, *option;
  size_t at; /* of the option in journey_read_options */
} role_word;

static const role_word role_words[JN_IO_ROLES] = {
    [JN_IO_CUSTOMER] = {"the customer", "customer", offsetof(journey_read_options, customer)},
    [JN_IO_ANONYMOUS] = {"the anonymous id", "anonymous", offsetof(journey_read_options, anonymous)},
    [JN_IO_TIME] = {"the time", "time", offsetof(journey_read_options, time)},
    [JN_IO_EVENT] = {"the event name", "event", offsetof(journey_read_options, event)},
    [JN_IO_VALUE] = {"the value", "value", offsetof(journey_read_options, value)},
    [JN_IO_ID] = {"the event id", "id", offsetof(journey_read_options, id)},
};

static const char *option_of(const journey_read_options *options, int role) {
  const char *name = NULL;
  if (role_words[role].option) memcpy(&name, (const char *)options + role_words[role].at, sizeof name);
  return name;
}

typedef struct list_text {
  char text[260];
} list_text;

/* The columns there are, as many as fit into a message. */
static list_text list_names(const jn_stream_string *names, uint32_t count) {
  list_text list = {""};
  size_t used = 0;
  for (uint32_t i = 0; i < count; i++) {
    jn_base_quoted name = jn_base_quote(names[i].bytes, names[i].length);
    size_t n = strlen(name.text);
    if (used + n + 40 > sizeof list.text) {
      snprintf(list.text + used, sizeof list.text - used, " and %u more", count - i);
      break;
    }
    used += (size_t)snprintf(list.text + used, sizeof list.text - used, "%s%s", i ? ", " : "", name.text);
  }
  return list;
}

static journey_status no_column_for(int role, const jn_stream_string *names, uint32_t count, journey_error *err) {
  const role_word *word = &role_words[role];
  return jn_base_fail_at(err, JOURNEY_ENOTFOUND, 1, 0, -1,
                         "no column for %s is recognised: name one with %s (--%s); the columns are %s", word->what,
                         word->option, word->option, list_names(names, count).text);
}

journey_status jn_io_no_column(const char *name, size_t n, const char *option, const jn_stream_string *names,
                               uint32_t count, journey_error *err) {
  return jn_base_fail_at(err, JOURNEY_ENOTFOUND, 1, 0, -1,
                         "there is no column \"%s\", which the option %s names; the columns are %s",
                         jn_base_quote(name, n).text, option, list_names(names, count).text);
}

journey_status jn_io_column_twice(uint32_t column, const jn_stream_string *names, journey_error *err) {
  return jn_base_fail_at(err, JOURNEY_EPARSE, 1, (int32_t)column + 1, -1,
                         "the column \"%s\" is there twice, so it cannot be used",
                         jn_base_quote(names[column].bytes, names[column].length).text);
}

/* ---- roles ------------------------------------------------------------------------------------------------------ */

static void add_candidate(jn_io_columns *columns, int role, uint32_t column) {
  for (uint32_t i = 0; i < columns->candidates[role]; i++) {
    if (columns->column[role][i] == column) return;
  }
  if (columns->candidates[role] < JN_IO_CHAIN) columns->column[role][columns->candidates[role]++] = column;
}

static journey_status role_from_options(jn_io_columns *columns, int role, const jn_stream_string *names,
                                        const char *option, journey_error *err) {
  bool twice;
  if (!*option) return JOURNEY_OK;
  uint32_t column = jn_io_column_find(names, columns->count, option, strlen(option), false, &twice);
  if (column == UINT32_MAX) {
    return jn_io_no_column(option, strlen(option), role_words[role].option, names, columns->count, err);
  }
  if (twice) return jn_io_column_twice(column, names, err);
  add_candidate(columns, role, column);
  return JOURNEY_OK;
}

/* A column that the options give to one role is not taken for another one. */
static bool chosen_by_options(const jn_io_columns *columns, const journey_read_options *options, uint32_t column) {
  for (int role = 0; role < JN_IO_ROLES; role++) {
    const char *option = option_of(options, role);
    if (option && *option && columns->candidates[role] && columns->column[role][0] == column) return true;
  }
  return false;
}

static journey_status role_from_preset(jn_io_columns *columns, int role, const jn_stream_string *names,
                                       const journey_read_options *options, journey_error *err) {
  const char *words = columns->preset->role[role], *word;
  bool each_row = columns->preset->each_row >> role & 1, twice;
  size_t n;
  while (words && next_word(&words, ' ', &word, &n)) {
    uint32_t column = jn_io_column_find(names, columns->count, word, n, true, &twice);
    if (column == UINT32_MAX || chosen_by_options(columns, options, column)) continue;
    if (twice) return jn_io_column_twice(column, names, err);
    add_candidate(columns, role, column);
    if (!each_row) break;
  }
  return JOURNEY_OK;
}

static journey_status resolve_roles(jn_io_columns *columns, const jn_stream_string *names,
                                    const journey_read_options *options, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (int role = 0; role < JN_IO_ROLES && !status; role++) {
    const char *option = option_of(options, role);
    if (option) status = role_from_options(columns, role, names, option, err);
  }
  for (int role = 0; role < JN_IO_ROLES && !status; role++) {
    if (!option_of(options, role)) status = role_from_preset(columns, role, names, options, err);
  }
  return status;
}

/* The event's name when no column has it, as in a table of pages. */
static void constant_event(jn_io_columns *columns, const jn_stream_string *names) {
  const char *words = columns->preset->witness, *word;
  size_t n;
  bool twice;
  while (words && next_word(&words, ' ', &word, &n)) {
    if (jn_io_column_find(names, columns->count, word, n, true, &twice) != UINT32_MAX) {
      columns->event = columns->preset->event;
    }
  }
}

static journey_status check_needed(jn_io_columns *columns, const jn_stream_string *names, journey_error *err) {
  const uint32_t *has = columns->candidates;
  if (!has[JN_IO_CUSTOMER] && !has[JN_IO_ANONYMOUS]) return no_column_for(JN_IO_CUSTOMER, names, columns->count, err);
  if (!has[JN_IO_TIME]) return no_column_for(JN_IO_TIME, names, columns->count, err);
  if (!has[JN_IO_EVENT]) constant_event(columns, names);
  if (!has[JN_IO_EVENT] && !columns->event) return no_column_for(JN_IO_EVENT, names, columns->count, err);
  return JOURNEY_OK;
}

journey_status jn_io_columns_resolve(journey_context *context, const jn_stream_string *names, uint32_t count,
                                     const journey_read_options *options, jn_io_columns *out, journey_error *err) {
  *out = (jn_io_columns){.context = context, .count = count};
  journey_status status = choose_preset(out, names, options->preset, err);
  if (!status) status = resolve_roles(out, names, options, err);
  if (!status) status = check_needed(out, names, err);
  if (!status) status = jn_io_attributes_resolve(out, names, options->attributes, err);
  if (status) jn_io_columns_clear(out);
  return status;
}
