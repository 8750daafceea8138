/* The page: facts, findings, pictures, and the tables behind them. */
#include <string.h>

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

static void put_table(page *p, int table, int64_t rows) {
  jn_report_put_table(&p->text, p->tables->table[table], p->map, rows);
}

/* ---- facts and findings ------------------------------------------------------------------------------------------ */

static void put_fact(page *p, const char *label, const char *number) {
  jn_base_text_format(&p->text, "<div><dt>%s</dt><dd>%s</dd></div>\n", label, number);
}

static void put_facts(page *p) {
  const journey_table *summary = p->tables->table[JN_REPORT_SUMMARY];
  double median = jn_report_number(summary, 0, "median_events");
  put(p, "<dl class=\"facts\">\n");
  put_fact(p, "Customers", jn_draw_count(jn_report_whole(summary, 0, "customers")).text);
  put_fact(p, "Events", jn_draw_count(jn_report_whole(summary, 0, "events")).text);
  put_fact(p, "Sessions", jn_draw_count(jn_report_whole(summary, 0, "sessions")).text);
  put_fact(p, "Events per customer, median", jn_draw_fixed(median, median != (double)(int64_t)median, false).text);
  put(p, "</dl>\n");
}

static void put_period(page *p) {
  const journey_table *summary = p->tables->table[JN_REPORT_SUMMARY];
  int32_t first = journey_table_find(summary, "first_time"), last = journey_table_find(summary, "last_time");
  char from[JOURNEY_TIME_SIZE], to[JOURNEY_TIME_SIZE];
  if (journey_table_is_null(summary, 0, first)) return;
  jn_time_format(journey_table_int64(summary, 0, first), NULL, from);
  jn_time_format(journey_table_int64(summary, 0, last), NULL, to);
  from[strcspn(from, "T")] = to[strcspn(to, "T")] = '\0';
  jn_base_text_format(&p->text, "<p class=\"soft\">From %s to %s (UTC)</p>\n", from, to);
}

static void put_header(page *p, const char *title) {
  const journey_element *root = p->map ? journey_map_root((journey_map *)(uintptr_t)p->map) : NULL;
  const char *about = root ? journey_element_text(root, "description") : NULL;
  put(p, "<header>\n<h1>");
  jn_report_put_escaped(&p->text, title);
  put(p, "</h1>\n");
  if (about) put(p, "<p>");
  if (about) jn_report_put_escaped(&p->text, about);
  if (about) put(p, "</p>\n");
  put_period(p);
  put_facts(p);
  put(p, "</header>\n");
}

static void put_finding(page *p, const jn_report_finding *f) {
  put(p, "<li><b>");
  jn_report_put_escaped(&p->text, f->number);
  put(p, "</b><div><strong>");
  jn_report_put_escaped(&p->text, f->headline);
  put(p, "</strong><span class=\"soft\">");
  jn_report_put_escaped(&p->text, f->detail);
  put(p, "</span></div></li>\n");
}

static void put_findings(page *p, const jn_report_findings *findings) {
  put(p, "<section>\n<h2>What matters most</h2>\n");
  if (findings->count == 0)
    put(p, "<p>There are too few customers to say anything yet.</p>\n");
  else
    put(p, "<ol class=\"findings\">\n");
  for (int i = 0; i < findings->count && i < JN_REPORT_SHOWN_FINDINGS; i++) put_finding(p, &findings->list[i]);
  put(p, findings->count ? "</ol>\n</section>\n" : "</section>\n");
}

/* ---- pictures ---------------------------------------------------------------------------------------------------- */

static journey_status append(void *user, const char *bytes, size_t n) {
  jn_base_text *text = user;
  jn_base_text_add(text, bytes, n);
  return text->status;
}

static void put_numbers(page *p, int table, int64_t rows) {
  put(p, "</figure>\n<details><summary>The numbers</summary>\n");
  put_table(p, table, rows);
  put(p, "</details>\n</section>\n");
}

typedef journey_status (*draw_table)(const journey_table *, const journey_draw_options *, journey_write, void *,
                                     journey_error *);

/* A picture of a table, with the table itself below. */
static void put_picture(page *p, int table, const char *title, draw_table draw) {
  journey_draw_options options = {.struct_size = sizeof options, .title = "", .width = 1130};
  jn_base_text_format(&p->text, "<section>\n<h2>%s</h2>\n<figure>\n", title);
  if (p->status == JOURNEY_OK) p->status = draw(p->tables->table[table], &options, append, &p->text, p->err);
  put_numbers(p, table, 200);
}

static void put_map(page *p, bool measured) {
  journey_draw_options options = {.struct_size = sizeof options, .title = ""};
  const journey_table *touchpoints = measured ? p->tables->table[JN_REPORT_TOUCHPOINTS] : NULL;
  jn_base_text_format(&p->text, "<section class=\"map\">\n<h2>The map%s</h2>\n<figure>\n",
                      measured ? ", measured" : "");
  if (p->status == JOURNEY_OK) p->status = journey_draw_map(p->map, touchpoints, &options, append, &p->text, p->err);
  if (measured)
    put_numbers(p, JN_REPORT_TOUCHPOINTS, 1000);
  else
    put(p, "</figure>\n</section>\n");
}

static void put_section(page *p, const journey_table *table, const char *title, int64_t rows) {
  jn_base_text_format(&p->text, "<section>\n<h2>%s</h2>\n", title);
  jn_report_put_table(&p->text, table, p->map, rows);
  put(p, "</section>\n");
}

/* Scores are shown where there are any. */
static void put_scores(page *p) {
  static const struct {
    int table;
    const char *title;
  } scores[] = {
      {JN_REPORT_CSAT, "Satisfaction (CSAT)"}, {JN_REPORT_NPS, "Net promoter score"}, {JN_REPORT_CES, "Effort (CES)"}};
  for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
    const journey_table *t = p->tables->table[scores[i].table];
    if (jn_report_whole(t, 0, "n") > 0) put_section(p, t, scores[i].title, 50);
  }
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static void put_measured(page *p) {
  const jn_report_tables *t = p->tables;
  if (p->map) put_map(p, true);
  put_picture(p, JN_REPORT_FUNNEL, "Funnel", journey_draw_funnel);
  if (t->groups) put_section(p, t->groups, "Conversion by group", 200);
  if (!p->map) put_section(p, t->table[JN_REPORT_TOUCHPOINTS], "Touchpoints", 40);
  put_picture(p, JN_REPORT_STEPS, "What customers do first", journey_draw_flow);
  put_picture(p, JN_REPORT_RETENTION, "Who comes back", journey_draw_retention);
  put_scores(p);
  put_section(p, t->table[JN_REPORT_TRANSITIONS], "What follows what", 25);
  put_section(p, t->table[JN_REPORT_PATHS], "The most frequent paths", 20);
}

/* Without events there is nothing to see but what the map believes. */
static void put_page(page *p, const char *title, const char *source, const jn_report_findings *findings) {
  jn_report_put_head(&p->text, title);
  put(p, "<body>\n");
  put_header(p, title);
  put(p, "<main>\n");
  put_findings(p, findings);
  if (jn_report_whole(p->tables->table[JN_REPORT_SUMMARY], 0, "events") > 0)
    put_measured(p);
  else if (p->map)
    put_map(p, false);
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
  if (status == JOURNEY_OK)
    *out = table;
  else
    journey_table_free(table);
  return status;
}

static const char *find_title(const journey_map *map, const char *given) {
  const char *own = map ? journey_element_text(journey_map_root((journey_map *)(uintptr_t)map), "title") : NULL;
  return given ? given : own ? own : "Customer journeys";
}

static journey_status hand_out(page *p, journey_write write, void *user) {
  journey_status status = write(user, p->text.bytes, p->text.length);
  return status == JOURNEY_OK ? status : jn_base_fail(p->err, status, "the report could not be written");
}

journey_status journey_report_write(journey_study *study, const journey_report_options *given, journey_write write,
                                    void *user, journey_table **summary, journey_error *err) {
  journey_report_options options = {0};
  jn_report_tables tables;
  jn_report_findings findings;
  journey_table *found = NULL;
  if (summary) *summary = NULL;
  journey_status status =
      jn_base_options(given, sizeof options, sizeof options, &options, "journey_report_options", err);
  if (status == JOURNEY_OK) status = jn_report_measure(study, options.steps, &tables, err);
  if (status != JOURNEY_OK) return status;
  page p = {.tables = &tables, .map = tables.map, .err = err};
  jn_base_text_init(&p.text, jn_study_context(study));
  jn_report_find(&tables, &findings);
  put_page(&p, find_title(p.map, options.title), options.source, &findings);
  status = p.status;
  if (status == JOURNEY_OK && p.text.status != JOURNEY_OK) status = jn_base_no_memory(err);
  if (status == JOURNEY_OK && summary) status = make_summary(jn_study_context(study), &findings, &found, err);
  if (status == JOURNEY_OK) status = hand_out(&p, write, user);
  if (status == JOURNEY_OK && summary)
    *summary = found;
  else
    journey_table_free(found);
  jn_base_text_clear(&p.text);
  jn_report_tables_free(&tables);
  return status;
}
