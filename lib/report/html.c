/* Pieces of the page: escaped text, tables, the head with its style. */
#include <string.h>

#include "report/internal.h"

void jn_report_put_escaped(jn_base_text *out, const char *s) {
  for (; *s; s++) {
    if (*s == '<') jn_base_text_put(out, "&lt;");
    else if (*s == '>') jn_base_text_put(out, "&gt;");
    else if (*s == '&') jn_base_text_put(out, "&amp;");
    else if (*s == '"') jn_base_text_put(out, "&quot;");
    else jn_base_text_add(out, s, 1);
  }
}

static bool is_number(const journey_table *table, int32_t column) {
  return journey_table_column_type(table, column) != JOURNEY_TYPE_STRING;
}

/* "of_previous_low" reads "of previous low". */
static void put_name(jn_base_text *out, const char *name) {
  for (; *name; name++) jn_base_text_add(out, *name == '_' ? " " : name, 1);
}

static void put_cell(jn_base_text *out, const journey_table *table, int64_t row, int32_t column) {
  jn_base_text cell;
  jn_base_text_init(&cell, out->context);
  jn_table_cell_text(table, row, column, &cell);
  jn_base_text_put(out, is_number(table, column) ? "<td class=\"n\">" : "<td>");
  if (cell.status == JOURNEY_OK && cell.bytes) jn_report_put_escaped(out, cell.bytes);
  if (cell.status != JOURNEY_OK) out->status = cell.status;
  jn_base_text_clear(&cell);
  jn_base_text_put(out, "</td>");
}

void jn_report_put_table(jn_base_text *out, const journey_table *table, int64_t rows) {
  int32_t columns = journey_table_columns(table);
  int64_t all = journey_table_rows(table), shown = all < rows ? all : rows;
  jn_base_text_put(out, "<div class=\"wide\"><table><thead><tr>");
  for (int32_t c = 0; c < columns; c++) {
    jn_base_text_put(out, is_number(table, c) ? "<th class=\"n\" scope=\"col\">" : "<th scope=\"col\">");
    put_name(out, journey_table_column_name(table, c));
    jn_base_text_put(out, "</th>");
  }
  jn_base_text_put(out, "</tr></thead>\n<tbody>\n");
  for (int64_t r = 0; r < shown; r++) {
    jn_base_text_put(out, "<tr>");
    for (int32_t c = 0; c < columns; c++) put_cell(out, table, r, c);
    jn_base_text_put(out, "</tr>\n");
  }
  jn_base_text_put(out, "</tbody></table></div>\n");
  if (shown < all) {
    jn_base_text_format(out, "<p class=\"soft\">The first %lld of %lld rows.</p>\n", (long long)shown, (long long)all);
  }
  for (int32_t i = 0; i < journey_table_notes(table); i++) {
    const char *value, *key = journey_table_note(table, i, &value);
    jn_base_text_put(out, "<p class=\"soft\">");
    put_name(out, key);
    jn_base_text_put(out, ": ");
    jn_report_put_escaped(out, value);
    jn_base_text_put(out, "</p>\n");
  }
}

static const char style[] =
    "<style>\n"
    ":root{color-scheme:light dark;--bg:#fff;--ink:#1d2330;--soft:#576073;--rule:#d5dbe6;--card:#f4f6fa;--accent:#2563b8}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#14181f;--ink:#e8ecf4;--soft:#a5afc0;--rule:#343d4c;--card:#1d232d;"
    "--accent:#6ea8fe}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:1180px;padding:32px 24px 64px;background:var(--bg);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}\n"
    "h1{font-size:28px;line-height:1.2;margin:0 0 4px}h2{font-size:20px;margin:44px 0 12px}\n"
    ".soft{color:var(--soft);font-size:13px;margin:4px 0}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0 0;padding:0}\n"
    ".facts div{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:10px 16px;min-width:130px}\n"
    ".facts dt{color:var(--soft);font-size:12px}.facts dd{margin:0;font-size:20px;font-weight:600}\n"
    "ol.findings{list-style:none;margin:0;padding:0;display:grid;gap:10px}\n"
    "ol.findings li{display:grid;grid-template-columns:110px 1fr;gap:16px;align-items:center;background:var(--card);"
    "border:1px solid var(--rule);border-radius:8px;padding:12px 18px;overflow-wrap:anywhere}\n"
    "ol.findings b{font-size:22px;color:var(--accent);text-align:right}ol.findings strong{display:block}\n"
    "figure{margin:0;overflow-x:auto}figure svg{max-width:100%;height:auto}\n"
    "figure.map svg{max-width:none}\n"
    "details{margin:10px 0}summary{cursor:pointer;color:var(--accent)}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;margin:8px 0}\n"
    "th,td{padding:5px 12px 5px 0;border-bottom:1px solid var(--rule);text-align:left;white-space:nowrap}\n"
    "td:first-child{white-space:normal;min-width:120px}.n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "footer{margin-top:48px;border-top:1px solid var(--rule);padding-top:12px}\n"
    "@media(max-width:640px){body{padding:20px 14px}ol.findings li{grid-template-columns:1fr;gap:2px}"
    "ol.findings b{text-align:left}figure svg{max-width:none}}\n"
    "@media print{body{max-width:none;padding:0}h2{break-after:avoid}figure,ol.findings li{break-inside:avoid}"
    "figure.map svg{max-width:100%}details>*{display:block}}\n"
    "</style>\n";

void jn_report_put_head(jn_base_text *out, const char *title) {
  jn_base_text_put(out,
                   "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src "
                   "'unsafe-inline'\">\n<title>");
  jn_report_put_escaped(out, title);
  jn_base_text_put(out, "</title>\n");
  jn_base_text_put(out, style);
  jn_base_text_put(out, "</head>\n");
}
