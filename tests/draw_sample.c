/* Tables and maps to be drawn, of any size, with plain and with hostile names. */
#include "draw_sample.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const hostile[] = {
    "<script>alert(1)</script>&\"'",
    "]]>--><!--",
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd7\xa2\xd7\x95\xd7\x9c\xd7\x9d",
    "\xe2\x80\xaeturned",
    "\xf0\x9f\x91\xa9\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89",
    "a\tb\nc\x01"
    "d\x7f",
    "&amp;&#0;",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "\xef\xbf\xbe"
    "x\xef\xbf\xbf",
    "x",
    "a name of many short words that goes on and on, and then on, for much too long",
    "\xd0\xa9\xd0\x96\xd0\xae\xd0\xa8\xd0\xa9\xd0\x96\xd0\xae\xd0\xa8\xd0\xa9\xd0\x96\xd0\xae\xd0\xa8"};
_Static_assert(sizeof hostile / sizeof *hostile == SAMPLE_HOSTILE, "all of them");

/* ---- tables ------------------------------------------------------------------------------------------------------ */

journey_table *sample_begin(journey_context *in, const char *name, const char *columns, const char *without) {
  journey_table *table;
  char one[64], type;
  if (journey_table_new(in, name, &table, NULL) != JOURNEY_OK) return NULL;
  for (int used; sscanf(columns, " %63[^:]:%c%n", one, &type, &used) == 2; columns += used) {
    int32_t kind = type == 'i' ? JOURNEY_TYPE_INT64 : type == 'f' ? JOURNEY_TYPE_FLOAT64 : JOURNEY_TYPE_STRING;
    if (!without || strcmp(one, without) != 0) journey_table_add_column(table, one, kind, JOURNEY_UNIT_NONE);
  }
  return table;
}

journey_table *sample_end(journey_table *table) {
  if (!table || journey_table_finish(table, NULL) == JOURNEY_OK) return table;
  journey_table_free(table);
  return NULL;
}

journey_table *sample_funnel(journey_context *in, int steps, sample_name name) {
  journey_table *t = sample_begin(in, "funnel", SAMPLE_FUNNEL, NULL);
  for (int i = 0; t && i < steps; i++) {
    double share = 1.0 / (1 + i);
    journey_table_put_int64(t, i + 1);
    journey_table_put_text(t, name(i), SIZE_MAX);
    journey_table_put_int64(t, 12345678 / (1 + i));
    journey_table_put_float64(t, i ? share : NAN);
    journey_table_put_float64(t, share);
    journey_table_put_float64(t, share * 0.9);
    journey_table_put_float64(t, fmin(share * 1.1, 1));
    journey_table_put_float64(t, i ? pow(10, i - 2) : NAN);
  }
  return sample_end(t);
}

const char *sample_plain(int i) {
  static char text[4][16];
  static int last;
  last = (last + 1) % 4;
  snprintf(text[last], sizeof *text, "name%d", i);
  return text[last];
}

const char *sample_hostile(int i) { return hostile[i % SAMPLE_HOSTILE]; }

/* Everybody at a position goes to all names of the next one, in amounts that differ. */
journey_table *sample_flow(journey_context *in, int levels, int names, sample_name name) {
  journey_table *t = sample_begin(in, "steps", SAMPLE_FLOW, NULL);
  for (int level = 1; t && level < levels; level++) {
    for (int a = 0; a < names; a++) {
      for (int b = 0; b <= names; b++) {
        char from[200];
        snprintf(from, sizeof from, "%s", name(a));
        journey_table_put_int64(t, level);
        journey_table_put_text(t, from, SIZE_MAX);
        journey_table_put_text(t, b == names ? "(exit)" : name(b), SIZE_MAX);
        journey_table_put_int64(t, (a * 7 + b * 13 + level * 5) % 97 * 100 / (1 + a * a * b * b)); /* thin ones too */
      }
    }
  }
  return sample_end(t);
}

journey_table *sample_retention(journey_context *in, int cohorts) {
  journey_table *t = sample_begin(in, "retention", SAMPLE_RETENTION, NULL);
  for (int c = 0; t && c < cohorts; c++) {
    for (int p = 0; p < cohorts - c && p < 13; p++) {
      char name[32];
      double rate = p ? 0.3 / p : 1;
      snprintf(name, sizeof name, "2025-W%02d", c + 1);
      journey_table_put_text(t, name, SIZE_MAX);
      journey_table_put_int64(t, 1234567);
      journey_table_put_int64(t, p);
      journey_table_put_float64(t, p == 5 ? NAN : rate);
      journey_table_put_float64(t, rate * 0.9);
      journey_table_put_float64(t, fmin(rate * 1.1, 1));
      journey_table_put_int64(t, p < cohorts - c - 1);
    }
  }
  return sample_end(t);
}

/* ---- maps -------------------------------------------------------------------------------------------------------- */

static journey_status set(journey_element *e, const char *field, const char *text) {
  return journey_element_set_text(e, field, text, NULL);
}

static journey_status add_persona(journey_map *map, int i, const char *name) {
  static const char *const lists[] = {"goals", "needs", "pains"};
  char id[16];
  journey_element *e;
  snprintf(id, sizeof id, "p%d", i);
  journey_status status = journey_map_add(map, "persona", id, &e, NULL);
  if (status == JOURNEY_OK) status = set(e, "name", name);
  if (status == JOURNEY_OK) status = set(e, "summary", name);
  if (status == JOURNEY_OK) status = set(e, "quote", name);
  for (int k = 0; status == JOURNEY_OK && k < 6; k++) status = journey_element_add_text(e, lists[k / 2], name, NULL);
  return status;
}

static journey_status add_touchpoint(journey_map *map, int i, int stages, const char *name) {
  char id[16], stage[16];
  journey_element *e;
  snprintf(id, sizeof id, "t%d", i);
  snprintf(stage, sizeof stage, "s%d", (i * 7) % (stages + 1));
  journey_status status = journey_map_add(map, "touchpoint", id, &e, NULL);
  if (status == JOURNEY_OK) status = set(e, "name", name);
  if (status == JOURNEY_OK) status = set(e, "channel", name);
  if (status == JOURNEY_OK && (i * 7) % (stages + 1) < stages) status = set(e, "stage", stage);
  if (status == JOURNEY_OK && i % 3) status = journey_element_set_number(e, "emotion", i % 5 - 2, NULL);
  if (status == JOURNEY_OK && i % 4 == 0) status = journey_element_set_number(e, "moment_of_truth", 1, NULL);
  return status;
}

journey_status sample_map(journey_context *in, int personas, int stages, int touchpoints, sample_name name,
                          journey_map **out) {
  journey_element *e;
  char id[16];
  journey_status status = journey_map_new(in, out, NULL);
  if (status != JOURNEY_OK) return status;
  if (personas) status = set(journey_map_root(*out), "description", name(0));
  for (int i = 0; status == JOURNEY_OK && i < personas; i++) status = add_persona(*out, i, name(i));
  for (int i = 0; status == JOURNEY_OK && i < stages; i++) {
    snprintf(id, sizeof id, "s%d", i);
    status = journey_map_add(*out, "stage", id, &e, NULL);
    if (status == JOURNEY_OK) status = set(e, "name", name(i));
    if (status == JOURNEY_OK) status = set(e, "goal", name(i + 1));
  }
  for (int i = 0; status == JOURNEY_OK && i < touchpoints; i++) status = add_touchpoint(*out, i, stages, name(i));
  if (status != JOURNEY_OK) journey_map_free(*out);
  return status;
}

/* The numbers of every touchpoint but each seventh; scores for some. */
journey_table *sample_numbers(journey_context *in, int touchpoints) {
  journey_table *t = sample_begin(in, "touchpoints", SAMPLE_TOUCHPOINTS, NULL);
  for (int i = touchpoints - 1; t && i >= 0; i--) {
    char id[16];
    bool scored = i % 4 == 1;
    if (i % 7 == 6) continue;
    snprintf(id, sizeof id, "t%d", i);
    journey_table_put_text(t, id, SIZE_MAX);
    journey_table_put_int64(t, 1234567 + i);
    journey_table_put_float64(t, 1.0 / (1 + i));
    journey_table_put_int64(t, scored ? 40 : 0);
    journey_table_put_float64(t, scored ? 1.0 + i % 5 : NAN);
    journey_table_put_float64(t, scored ? 1.0 + i % 5 - 0.4 : NAN);
    journey_table_put_float64(t, scored ? 1.0 + i % 5 + 0.4 : NAN);
  }
  return sample_end(t);
}
