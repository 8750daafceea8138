/* Pieces of the page: escaped text and the head with its style. */
#include <string.h>

#include "report/internal.h"

void jn_report_put_escaped(jn_base_text *out, const char *s) {
  for (; *s; s++) {
    if (*s == '<')
      jn_base_text_put(out, "&lt;");
    else if (*s == '>')
      jn_base_text_put(out, "&gt;");
    else if (*s == '&')
      jn_base_text_put(out, "&amp;");
    else if (*s == '"')
      jn_base_text_put(out, "&quot;");
    else
      jn_base_text_add(out, s, 1);
  }
}

/* The map and its numbers use the window's full width, and in print a page of their own; all else stays in a column.
 * A picture shrinks to 0.8 of its size and scrolls below that. In print only the details that were opened show. */
static const char style[] =
    "<style>\n"
    ":root{color-scheme:light dark;--bg:#fff;--ink:#1d2330;--soft:#576073;--rule:#d5dbe6;"
    "--card:#f4f6fa;--accent:#2563b8}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#14181f;--ink:#e8ecf4;--soft:#a5afc0;--rule:#343d4c;--card:#1d232d;"
    "--accent:#6ea8fe}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;padding:32px 24px 64px;background:var(--bg);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}\n"
    "header,section,footer{max-width:1132px;margin:0 auto}section.map{max-width:1800px}\n"
    "section.map>h2,section.map>details,section.map>p{max-width:1132px;margin-left:auto;margin-right:auto}\n"
    "h1{font-size:28px;line-height:1.2;margin:0 0 4px}h2{font-size:20px;margin:44px 0 12px}\n"
    "h1,h2,p,li,td,summary{overflow-wrap:anywhere}\n"
    ".soft{color:var(--soft);font-size:13px;margin:4px 0}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0 0;padding:0}\n"
    ".facts div{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:10px 16px;"
    "min-width:130px}\n"
    ".facts dt{color:var(--soft);font-size:12px}.facts dd{margin:0;font-size:20px;font-weight:600}\n"
    "ol.findings{list-style:none;margin:0;padding:0;display:grid;gap:10px}\n"
    "ol.findings li{display:grid;grid-template-columns:110px 1fr;gap:16px;align-items:center;background:var(--card);"
    "border:1px solid var(--rule);border-radius:8px;padding:12px 18px}\n"
    "ol.findings b{font-size:22px;color:var(--accent);text-align:right}ol.findings strong{display:block}\n"
    "figure{margin:0 auto;overflow-x:auto;border:1px solid var(--rule);border-radius:10px;max-width:fit-content}\n"
    "figure svg{display:block;width:100%;height:auto;max-width:var(--jn-width);min-width:calc(var(--jn-width)*.8)}\n"
    "details{margin:10px 0}summary{cursor:pointer;color:var(--accent)}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;margin:8px 0}\n"
    "th,td{padding:5px 14px 5px 0;border-bottom:1px solid var(--rule);text-align:left;white-space:nowrap}\n"
    "th{color:var(--soft);font-weight:600}td.t{white-space:normal;min-width:130px;max-width:560px}"
    ".n{text-align:right;font-variant-numeric:tabular-nums}td small{color:var(--soft);margin-left:6px}\n"
    "footer.soft{margin:48px auto 0;border-top:1px solid var(--rule);padding-top:12px}\n"
    "@media(max-width:640px){body{padding:20px 14px}ol.findings li{grid-template-columns:1fr;gap:2px}"
    "ol.findings b{text-align:left}}\n"
    "@page{size:A4;margin:14mm}@page map{size:A4 landscape;margin:10mm}\n"
    "@media print{body{padding:0;font-size:13px}section.map{page:map;max-width:none}"
    "h2{break-after:avoid;margin-top:28px}"
    "section.map h2{margin-top:0}figure,ol.findings li,tr,.facts{break-inside:avoid}.wide,figure{overflow:visible}"
    "figure{border:0;max-width:none}figure svg{min-width:0;max-height:225mm}section.map figure svg{max-width:none;"
    "max-height:172mm}details:not([open]){display:none}summary{list-style:none;color:var(--soft)}"
    "table{font-size:10px}th,td{padding:3px 8px 3px 0;white-space:normal}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n"
    "</style>\n";

void jn_report_put_head(jn_base_text *out, const char *title) {
  jn_base_text_put(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src "
                        "'unsafe-inline'\">\n<title>");
  jn_report_put_escaped(out, title);
  jn_base_text_put(out, "</title>\n");
  jn_base_text_put(out, style);
  jn_base_text_put(out, "</head>\n");
}
