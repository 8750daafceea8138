/* Making a table: its columns, notes and groups, and its end. The cells are put in put.c. */
#include "table/internal.h"

enum { MOST_COLUMNS = 10000 };

static const int32_t store_of[] = {
    [JOURNEY_TYPE_INT64] = JN_TABLE_WHOLE,    [JOURNEY_TYPE_FLOAT64] = JN_TABLE_REAL,
    [JOURNEY_TYPE_STRING] = JN_TABLE_TEXT,    [JOURNEY_TYPE_TIME] = JN_TABLE_WHOLE,
    [JOURNEY_TYPE_DURATION] = JN_TABLE_WHOLE,
};

static bool is_type(int32_t type) { return type >= JOURNEY_TYPE_INT64 && type <= JOURNEY_TYPE_DURATION; }

static jn_base_quoted quote(const char *s) { return jn_base_quote(s, strlen(s)); }
static bool is_utf8(const char *s) { return jn_base_utf8(s, strlen(s), NULL); }

/* Sticks an error about the table as a whole. */
static void refuse(journey_table *table, const char *what) {
  jn_base_fail(&table->error, JOURNEY_EINVAL, "table '%s': %s", quote(table->name).text, what);
}

/* `at` counts from 0. */
static void refuse_column(journey_table *table, int32_t at, const char *name, const char *what) {
  jn_base_fail_at(&table->error, JOURNEY_EINVAL, 0, at + 1, -1, "table '%s', column '%s': %s", quote(table->name).text,
                  quote(name).text, what);
}

static char *copy(journey_table *table, const char *s) {
  char *made = jn_base_copy(table->context, s, strlen(s));
  if (!made) jn_base_no_memory(&table->error);
  return made;
}

static void free_copy(journey_table *table, char *s) {
  if (s) jn_base_free(table->context, s, strlen(s) + 1, 1);
}

journey_status journey_table_new(journey_context *context, const char *name, journey_table **out, journey_error *err) {
  *out = NULL;
  if (!is_utf8(name))
    return jn_base_fail(err, JOURNEY_EINVAL, "the name of a table is not valid UTF-8: '%s'", quote(name).text);
  journey_table *table = jn_base_zalloc(context, 1, sizeof *table);
  if (!table) return jn_base_no_memory(err);
  table->name = jn_base_copy(context, name, strlen(name));
  if (!table->name) {
    jn_base_free(context, table, 1, sizeof *table);
    return jn_base_no_memory(err);
  }
  table->context = jn_base_context_ref(context);
  jn_base_text_init(&table->prefix, context);
  atomic_init(&table->references, 1);
  *out = table;
  return JOURNEY_OK;
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

/* What is wrong with a new column, or NULL. */
static const char *column_fault(const journey_table *table, const char *name, int32_t type, int32_t unit) {
  if (table->rows || table->cursor) return "a column cannot be added after the first cell";
  if (!is_utf8(name)) return "the name is not valid UTF-8";
  if (!is_type(type)) return "the type is none of JOURNEY_TYPE_...";
  if (unit < JOURNEY_UNIT_NONE || unit > JOURNEY_UNIT_SCORE) return "the unit is none of JOURNEY_UNIT_...";
  if (unit != JOURNEY_UNIT_NONE && type != JOURNEY_TYPE_FLOAT64) return "only a column of type FLOAT64 has a unit";
  if (journey_table_find(table, name) >= 0) return "there is a column of this name already";
  if (table->count >= MOST_COLUMNS) return "there are too many columns";
  return NULL;
}

static void add(journey_table *table, const char *name, int32_t type, int32_t unit) {
  const char *fault = column_fault(table, name, type, unit);
  if (fault) {
    refuse_column(table, table->count, name, fault);
    return;
  }
  size_t need = (size_t)table->count + 1;
  if (jn_base_grow(table->context, &table->columns, &table->columns_capacity, need, sizeof *table->columns,
                   &table->error))
    return;
  char *own = copy(table, name);
  if (!own) return;
  table->columns[table->count++] = (jn_table_column){.name = own, .type = type, .unit = unit, .store = store_of[type]};
}

/* A later group declares the columns that the first one made. */
static void declare_again(journey_table *table, const char *name, int32_t type, int32_t unit) {
  int32_t i = table->redeclared + 1; /* column 0 is the prefix */
  const jn_table_column *column = i < table->count ? &table->columns[i] : NULL;
  if (table->cursor || !column || strcmp(column->name, name) != 0 || column->type != type || column->unit != unit)
    refuse_column(table, i, name, "a later group declares other columns than the first");
  else
    table->redeclared++;
}

void journey_table_add_column(journey_table *table, const char *name, int32_t type, int32_t unit) {
  if (jn_table_stopped(table)) return;
  if (table->groups > 1 && table->count) {
    declare_again(table, name, type, unit);
    return;
  }
  if (table->prefix_name && !table->count) add(table, table->prefix_name, JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  if (!table->error.code) add(table, name, type, unit);
}

/* ---- groups and notes -------------------------------------------------------------------------------------------- */

void jn_table_set_prefix(journey_table *table, const char *name) {
  if (jn_table_stopped(table)) return;
  if (table->count || table->prefix_name)
    refuse(table, "the column of groups must be set once and first");
  else
    table->prefix_name = copy(table, name);
}

/* What is wrong with beginning a group, or NULL. */
static const char *group_fault(const journey_table *table, const char *s, size_t n) {
  if (!table->prefix_name) return "a group needs jn_table_set_prefix() first";
  if (table->cursor) return "the group before ends with an incomplete row";
  if (s && !jn_base_utf8(s, n, NULL)) return "the name of a group is not valid UTF-8";
  return NULL;
}

void jn_table_prefix_value(journey_table *table, const char *s, size_t n) {
  if (jn_table_stopped(table)) return;
  if (s && n == SIZE_MAX) n = strlen(s);
  const char *fault = group_fault(table, s, n);
  if (fault) {
    refuse(table, fault);
    return;
  }
  table->groups++;
  table->redeclared = 0;
  table->prefix_missing = !s;
  table->prefix.length = 0;
  if (s) jn_base_text_add(&table->prefix, s, n);
  if (table->prefix.status) jn_base_no_memory(&table->error);
}

static char **find_note(journey_table *table, const char *key) {
  for (size_t i = 0; i < table->notes_count; i++)
    if (strcmp(table->notes[i].key, key) == 0) return &table->notes[i].value;
  return NULL;
}

void journey_table_add_note(journey_table *table, const char *key, const char *value) {
  if (jn_table_stopped(table)) return;
  if (!is_utf8(key) || !is_utf8(value)) {
    refuse(table, "a note is not valid UTF-8");
    return;
  }
  char *own_value = copy(table, value), **old = find_note(table, key);
  if (own_value && old) {
    free_copy(table, *old);
    *old = own_value;
    return;
  }
  char *own_key = own_value ? copy(table, key) : NULL;
  if (!own_key || jn_base_grow(table->context, &table->notes, &table->notes_capacity, table->notes_count + 1,
                               sizeof *table->notes, &table->error)) {
    free_copy(table, own_key);
    free_copy(table, own_value);
    return;
  }
  table->notes[table->notes_count++] = (jn_table_note){own_key, own_value};
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* Gives back what growing took too much of. An allocator that cannot make a block smaller is forgiven. */
static void trim(journey_table *table, void *items, size_t *capacity, size_t need, size_t size) {
  void *block;
  memcpy(&block, items, sizeof block);
  if (!block || !need || need >= *capacity) return;
  block = jn_base_reallocate(table->context, block, *capacity * size, need * size);
  if (!block) return;
  memcpy(items, &block, sizeof block);
  *capacity = need;
}

static void trim_column(journey_table *table, jn_table_column *column) {
  size_t rows = (size_t)table->rows, bits = (rows + 7) / 8;
  bool text = column->store == JN_TABLE_TEXT;
  if (text && column->bytes)
    trim(table, &column->bytes, &column->bytes_capacity, (size_t)column->whole[rows] + rows, 1);
  trim(table, &column->whole, &column->cells, rows + text, sizeof *column->whole);
  trim(table, &column->valid, &column->valid_capacity, bits, 1);
}

journey_status journey_table_finish(journey_table *table, journey_error *err) {
  if (table->finished) return JOURNEY_OK;
  if (!table->error.code && table->cursor)
    jn_base_fail_at(&table->error, JOURNEY_EINVAL, table->rows + 1, table->cursor + 1, -1,
                    "table '%s', row %lld, column '%s': the row ends before this cell", quote(table->name).text,
                    (long long)table->rows + 1, quote(table->columns[table->cursor].name).text);
  if (table->error.code) {
    if (err) *err = table->error;
    return table->error.code;
  }
  for (int32_t i = 0; i < table->count; i++) trim_column(table, &table->columns[i]);
  table->finished = true;
  return JOURNEY_OK;
}

journey_status jn_table_unfinished(const journey_table *table, journey_error *err) {
  return jn_base_fail(err, JOURNEY_EINVAL, "table '%s' is not finished", quote(table->name).text);
}

static void free_column(journey_table *table, jn_table_column *column) {
  free_copy(table, column->name);
  jn_base_free(table->context, column->whole, column->cells, sizeof *column->whole);
  jn_base_free(table->context, column->bytes, column->bytes_capacity, 1);
  jn_base_free(table->context, column->valid, column->valid_capacity, 1);
}

static void free_note(journey_table *table, jn_table_note *note) {
  free_copy(table, note->key);
  free_copy(table, note->value);
}

static void destroy(journey_table *table) {
  journey_context *context = table->context;
  for (int32_t i = 0; i < table->count; i++) free_column(table, &table->columns[i]);
  for (size_t i = 0; i < table->notes_count; i++) free_note(table, &table->notes[i]);
  jn_base_free(context, table->columns, table->columns_capacity, sizeof *table->columns);
  jn_base_free(context, table->notes, table->notes_capacity, sizeof *table->notes);
  jn_base_text_clear(&table->prefix);
  free_copy(table, table->prefix_name);
  free_copy(table, table->name);
  jn_base_free(context, table, 1, sizeof *table);
  journey_context_free(context);
}

journey_table *journey_table_ref(journey_table *table) {
  atomic_fetch_add_explicit(&table->references, 1, memory_order_relaxed);
  return table;
}

void journey_table_free(journey_table *table) {
  if (table && atomic_fetch_sub_explicit(&table->references, 1, memory_order_acq_rel) == 1) destroy(table);
}
