/* The door of the room `table`: typed columns, built cell by cell and written as text, CSV, JSON or Arrow.
 * Most of the room is public (journey/table.h); here is what only other rooms need. */
#ifndef JN_TABLE_H
#define JN_TABLE_H

#include "base/base.h"
#include "journey/table.h"

/* ---- breakdowns ------------------------------------------------------------------------------------------------ */

/* One table for several groups, each filled by a calculator that knows nothing of groups:
 *
 *   jn_table_set_prefix(table, "persona");
 *   for each group: jn_table_prefix_value(table, its name, its length), then the calculator's columns and rows.
 *
 * The prefix becomes the table's first column, of type STRING, when the first other column is added; every row then
 * starts with the current value by itself. Until that first column journey_table_columns() is 0, and a later group may
 * declare its columns again: they must be the same, and change nothing. Errors stick, as those of the public
 * functions do. */

/* Before the first column. */
void jn_table_set_prefix(journey_table *table, const char *name);
/* Starts a group, at the beginning of a row. The value is copied; s == NULL: missing; n == SIZE_MAX: up to the NUL. */
void jn_table_prefix_value(journey_table *table, const char *s, size_t n);

/* Whose memory the table lives in. */
journey_context *jn_table_context(const journey_table *table);

/* ---- for people -------------------------------------------------------------------------------------------------- */

/* Appends a cell as JOURNEY_FORMAT_TEXT shows it: "17.41 %", "3d 4h", "-" when missing, control characters made
 * visible. Nothing out of range. */
void jn_table_cell_text(const journey_table *table, int64_t row, int32_t column, jn_base_text *out);
/* Columns of a terminal that UTF-8 text takes: combining marks 0, East Asian wide characters and emoji 2. */
size_t jn_table_text_width(const char *s, size_t n);

#endif
