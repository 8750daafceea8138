/* The page: facts, findings, pictures, and the tables behind them. */
#include <string.h>

#include "draw/draw.h"
#include "report/internal.h"
#include "time/time.h"

typedef struct page {
  jn_base_text text;
  const jn_report_tables *tables;
  const journey_map *map;
  journey_status status;
  journey_error *err;
} page;

static void put(page *p, const char *s) { jn_base_text_put(&p->text, s); }

/* ---- facts and findings ------------------------------------------------------------------------------------------------ */

static void put_fact(page *p, const char *label, const char *column) {
  const journey_table *summary = p->tables->table[JN_REPORT_SUMMARY];
  jn_base_text cell;
  jn_base_text_init(&cell, p->text.context);
  jn_table_cell_text(summary, 0, journey_table_find(summary, column), &cell);
  jn_base_text_format(&p->text, "<div><dt>%s</dt><dd>", label);
  jn_report_put_escaped(&p->text, cell.bytes ? cell.bytes : "");
  put(p, "</dd></div>\n");
  if (cell.status != JOURNEY_OK) p->text.status = cell.status;
  jn_base_text_clear(&cell);
}

static void put_period(page *p) {
  const journey_table *summary = p->tables->table[JN_REPORT_SUMMARY];
  int32_t first = journey_table_find(summary, "first_time"), last = journey_table_find(summary, "last_time");
  char from[JOURNEY_TIME_SIZE], to[JOURNEY_TIME_SIZE];
  if (journey_table_is_null(summary, 0, first)) return;
  jn_time_format(journey_table_int64(summary, 0, first), NULL, from);
  jn_time_format(journey_table_int64(summary, 0, last), NULL, to);
  jn_base_text_format(&p->text, "<p class=\"soft\">From %.10s to %.10s (UTC)</p>\n", from, to);
}

static void put_findings(page *p, const jn_report_findings *findings) {
  put(p, "<h2>What matters most</h2>\n<ol class=\"findings\">\n");
  for (int i = 0; i < findings->count && i < JN_REPORT_SHOWN_FINDINGS; i++) {
    const jn_report_finding *f = &findings->list[i];
    put(p, "<li><b>");
    jn_report_put_escaped(&p->text, f->number);
    put(p, "</b><div><strong>");
    jn_report_put_escaped(&p->text, f->headline);
    put(p, "</strong><span class=\"soft\">");
    jn_report_put_escaped(&p->text, f->detail);
    put(p, "</span></div></li>\n");
  }
  put(p, findings->count ? "</ol>\n" : "<li><b></b><div>There are too few events to say anything yet.</div></li></ol>\n");
}

/* ---- pictures ------------------------------------------------------------------------------------------------------------ */

static journey_status append(void *user, const char *bytes, size_t n) {
  jn_base_text *text = user;
  jn_base_text_add(text, bytes, n);
  return text->status;
}

typedef journey_status (*draw_table)(const journey_table *, const journey_draw_options *, journey_write, void *,
                                     journey_error *);

/* A picture of a table, with the table itself below. */
static void put_picture(page *p, int table, const char *title, draw_table draw) {
  journey_draw_options options = {.struct_size = sizeof options, .title = title, .width = 1100};
  jn_base_text_format(&p->text, "<h2>%s</h2>\n<figure>\n", title);
  if (p->status == JOURNEY_OK) {
    p->status = draw(p->tables->table[table], &options, append, &p->text, p->err);
  }
  put(p, "</figure>\n<details><summary>The numbers</summary>\n");
  jn_report_put_table(&p->text, p->tables->table[table], 200);
  put(p, "</details>\n");
}

static void put_map(page *p) {
  journey_draw_options options = {.struct_size = sizeof options};
  const journey_table *touchpoints = p->tables->table[JN_REPORT_TOUCHPOINTS];
  if (p->map) {
    put(p, "<h2>The map, measured</h2>\n<figure class=\"map\">\n");
    if (p->status == JOURNEY_OK) {
      p->status = journey_draw_map(p->map, touchpoints, &options, append, &p->text, p->err);
    }
    put(p, "</figure>\n<details><summary>The numbers</summary>\n");
  } else {
    put(p, "<h2>Touchpoints</h2>\n");
  }
  jn_report_put_table(&p->text, touchpoints, p->map ? 1000 : 40);
  if (p->map) put(p, "</details>\n");
}

static void put_section(page *p, int table, const char *title, int64_t rows) {
  jn_base_text_format(&p->text, "<h2>%s</h2>\n", title);
  jn_report_put_table(&p->text, p->tables->table[table], rows);
}

/* Scores are shown where there are any. */
static void put_scores(page *p) {
  static const struct {
    int table;
    const char *title;
  } scores[] = {{JN_REPORT_CSAT, "Satisfaction (CSAT)"}, {JN_REPORT_NPS, "Net promoter score"}, {JN_REPORT_CES, "Effort (CES)"}};
  for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
    const journey_table *t = p->tables->table[scores[i].table];
    int32_t n = journey_table_find(t, "n");
    if (journey_table_rows(t) > 0 && journey_table_int64(t, 0, n) > 0) put_section(p, scores[i].table, scores[i].title, 50);
  }
}

/* ---- the page --------------------------------------------------------------------------------------------------------------- */

static void put_body(page *p, const char *title, const char *source, const jn_report_findings *findings) {
  jn_report_put_head(&p->text, title);
  put(p, "<body>\n<header>\n<h1>");
  jn_report_put_escaped(&p->text, title);
  put(p, "</h1>\n");
  put_period(p);
  put(p, "<dl class=\"facts\">\n");
  put_fact(p, "Customers", "customers");
  put_fact(p, "Events", "events");
  put_fact(p, "Sessions", "sessions");
  put_fact(p, "Events per customer, median", "median_events");
  put(p, "</dl>\n</header>\n<main>\n");
  put_findings(p, findings);
  put_map(p);
  put_picture(p, JN_REPORT_FUNNEL, "Funnel", journey_draw_funnel);
  if (p->tables->groups) {
    put(p, "<h2>Conversion by group</h2>\n");
    jn_report_put_table(&p->text, p->tables->groups, 200);
  }
  put_picture(p, JN_REPORT_STEPS, "What customers do first", journey_draw_flow);
  put_picture(p, JN_REPORT_RETENTION, "Who comes back", journey_draw_retention);
  put_scores(p);
  put_section(p, JN_REPORT_TRANSITIONS, "What follows what", 25);
  put_section(p, JN_REPORT_PATHS, "The most frequent paths", 20);
  put(p, "</main>\n<footer class=\"soft\">");
  if (source) put(p, "Events: ");
  if (source) jn_report_put_escaped(&p->text, source);
  jn_base_text_format(&p->text, "%slibjourney %s</footer>\n</body>\n</html>\n", source ? ". " : "",
                      journey_version_string());
}

static journey_status make_summary(journey_context *context, const jn_report_findings *findings, journey_table **out,
                                   journey_error *err) {
  static const char *const columns[] = {"finding", "number", "detail"};
  journey_table *table;
  journey_status status = journey_table_new(context, "report", &table, err);
  if (status != JOURNEY_OK) return status;
  for (int i = 0; i < 3; i++) journey_table_add_column(table, columns[i], JOURNEY_TYPE_STRING, JOURNEY_UNIT_NONE);
  for (int i = 0; i < findings->count; i++) {
    journey_table_put_text(table, findings->list[i].headline, SIZE_MAX);
    journey_table_put_text(table, findings->list[i].number, SIZE_MAX);
    journey_table_put_text(table, findings->list[i].detail, SIZE_MAX);
  }
  status = journey_table_finish(table, err);
  if (status == JOURNEY_OK) *out = table;
  else journey_table_free(table);
  return status;
}

static const char *find_title(const journey_map *map, const char *given) {
  const char *own = map ? journey_element_text(journey_map_root((journey_map *)(uintptr_t)map), "title") : NULL;
  return given ? given : own ? own : "Customer journeys";
}

journey_status journey_report_write(journey_study *study, const journey_report_options *given, journey_write write,
                                    void *user, journey_table **summary, journey_error *err) {
  journey_report_options options = {0};
  jn_report_tables tables;
  jn_report_findings findings;
  if (summary) *summary = NULL;
  journey_status status = jn_base_options(given, sizeof options, sizeof options, &options, "journey_report_options", err);
  if (status == JOURNEY_OK) status = jn_report_measure(study, options.steps, &tables, err);
  if (status != JOURNEY_OK) return status;
  page p = {.tables = &tables, .map = jn_study_map(study), .err = err};
  jn_base_text_init(&p.text, jn_study_context(study));
  jn_report_find(&tables, p.map, &findings);
  put_body(&p, find_title(p.map, options.title), options.source, &findings);
  status = p.status;
  if (p.text.status != JOURNEY_OK) status = jn_base_no_memory(err);
  if (status == JOURNEY_OK && summary) status = make_summary(jn_study_context(study), &findings, summary, err);
  if (status == JOURNEY_OK) {
    status = write(user, p.text.bytes, p.text.length);
    if (status != JOURNEY_OK) {
      jn_base_fail(err, status, "the report could not be written");
      if (summary) journey_table_free(*summary), *summary = NULL;
    }
  }
  jn_base_text_clear(&p.text);
  jn_report_tables_free(&tables);
  return status;
}
