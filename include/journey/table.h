/**
 * @file table.h
 * @brief Tables: the result of everything that is measured.
 */
#ifndef JOURNEY_TABLE_H
#define JOURNEY_TABLE_H

#include "journey/arrow.h"
#include "journey/base.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** Typed, named columns of equal length, with notes. Immutable once finished, reference-counted. */
typedef struct journey_table journey_table;

#define JOURNEY_TYPE_INT64 1    /**< int64_t. */
#define JOURNEY_TYPE_FLOAT64 2  /**< double. */
#define JOURNEY_TYPE_STRING 3   /**< UTF-8. */
#define JOURNEY_TYPE_TIME 4     /**< int64_t microseconds since 1970 UTC. */
#define JOURNEY_TYPE_DURATION 5 /**< int64_t microseconds. */

#define JOURNEY_UNIT_NONE 0    /**< A plain number or text. */
#define JOURNEY_UNIT_SHARE 1   /**< 0.1741, shown to people as 17.41 %. */
#define JOURNEY_UNIT_SECONDS 2 /**< A FLOAT64 number of seconds, shown to people as a duration. */
#define JOURNEY_UNIT_SCORE 3   /**< A score such as NPS, shown with one decimal. */

/**
 * @name Formats
 * All but the text for people hold every cell exactly: whole numbers in full, a FLOAT64 as the shortest decimal that
 * reads back as the same double. In CSV and JSON a TIME is ISO 8601 with 0, 3 or 6 digits of fraction
 * (`2024-01-31T12:30:05.250Z`) and a DURATION is a decimal number of seconds, exact to the microsecond (`90061.5`), as a
 * FLOAT64 of the unit SECONDS is. Strings are UTF-8 in all of them.
 * @{
 */
/**
 * For people: aligned columns, numbers to the right, a rule under the header, notes below. A share is `17.41 %`,
 * seconds and durations `3d 4h`, a score has one decimal, other FLOAT64 six significant digits, a missing cell is `-`.
 * Control characters, line separators and marks that turn the direction of writing are shown as `\n` or `\u001b`. Wide
 * and combining characters are counted roughly; a cell wider than 80 columns is written whole and shifts the rest of
 * its row.
 */
#define JOURNEY_FORMAT_TEXT 1
/**
 * RFC 4180 with a header; lines end in CR LF. A missing cell is empty, an empty string is `""`; in a table of one
 * column a missing cell is `""` too, because readers skip empty lines. An infinite number is `inf`. Without notes.
 */
#define JOURNEY_FORMAT_CSV 2
/**
 * One object: `{"name": ..., "notes": {...}, "columns": [{"name": ..., "type": ..., "unit": ...}], "rows": [[...]]}`, a
 * line for each row. Types are "int64", "float64", "string", "time", "duration"; units "none", "share", "seconds",
 * "score". A missing cell is `null`, an infinite number `1e999`.
 */
#define JOURNEY_FORMAT_JSON 3
/** One object a row, with all columns, cells as in JSON. Without notes. */
#define JOURNEY_FORMAT_JSONL 4
/** An Arrow IPC stream with the types and metadata of journey_table_arrow(), in batches of 65536 rows. */
#define JOURNEY_FORMAT_ARROW 5
/** @} */

/**
 * @brief Start a table.
 * @param context Where memory comes from.
 * @param name Its name, NUL-terminated UTF-8, copied; the metric's id, for example.
 * @param[out] out The table; owned by the caller.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (the name is not UTF-8).
 * @note One owner until journey_table_finish(); then safe to read from many threads.
 * @since 0.1
 */
JOURNEY_API journey_status journey_table_new(journey_context *context, const char *name, journey_table **out,
                                             journey_error *err);

/**
 * @brief Add a column, before the first cell. Errors stick until journey_table_finish().
 * @param table An unfinished table.
 * @param name The column's name, NUL-terminated UTF-8, copied; unique within the table.
 * @param type JOURNEY_TYPE_...
 * @param unit JOURNEY_UNIT_...; other than JOURNEY_UNIT_NONE only for FLOAT64.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API void journey_table_add_column(journey_table *table, const char *name, int32_t type, int32_t unit);

/**
 * @brief Put the next cell (left to right, row after row) of an INT64, TIME or DURATION column.
 * @param table An unfinished table.
 * @param x The number; times and durations in microseconds.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API void journey_table_put_int64(journey_table *table, int64_t x);

/**
 * @brief Put the next cell of a FLOAT64 column; NaN becomes a missing cell.
 * @param table An unfinished table.
 * @param x The number.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API void journey_table_put_float64(journey_table *table, double x);

/**
 * @brief Put the next cell of a STRING column.
 * @param table An unfinished table.
 * @param s UTF-8, copied; NULL puts a missing cell. Bytes that are not UTF-8 are an error that sticks.
 * @param n Its bytes; SIZE_MAX: up to the NUL.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API void journey_table_put_text(journey_table *table, const char *s, size_t n);

/**
 * @brief Put a missing cell into a column of any type.
 * @param table An unfinished table.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API void journey_table_put_null(journey_table *table);

/**
 * @brief Attach a note, such as the method of an interval; a repeated key replaces.
 * @param table An unfinished table.
 * @param key NUL-terminated UTF-8, copied.
 * @param value NUL-terminated UTF-8, copied.
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API void journey_table_add_note(journey_table *table, const char *key, const char *value);

/**
 * @brief End the building; reports the first error that stuck.
 * @param table The table; immutable from here on: what is put or added later is ignored.
 * @param[out] err What went wrong, with the row and the column from 1 and their names in the message; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (a cell of the wrong type, an incomplete row, a column twice, text
 *         that is not UTF-8, a column after the first cell).
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API journey_status journey_table_finish(journey_table *table, journey_error *err);

/**
 * @brief Take another reference.
 * @param table A finished table.
 * @return The same table; give it back with journey_table_free().
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_table *journey_table_ref(journey_table *table);

/**
 * @brief Give up a reference.
 * @param table A table or NULL.
 * @note Thread-safe on a finished table.
 * @since 0.1
 */
JOURNEY_API void journey_table_free(journey_table *table);

/**
 * @brief Name of the table.
 * @param table The table.
 * @return Borrowed from the table.
 * @since 0.1
 */
JOURNEY_API const char *journey_table_name(const journey_table *table);

/**
 * @brief Number of complete rows.
 * @param table The table.
 * @return Rows.
 * @since 0.1
 */
JOURNEY_API int64_t journey_table_rows(const journey_table *table);

/**
 * @brief Number of columns.
 * @param table The table.
 * @return Columns.
 * @since 0.1
 */
JOURNEY_API int32_t journey_table_columns(const journey_table *table);

/**
 * @brief Name of a column.
 * @param table The table.
 * @param column From 0; NULL comes back for a number out of range.
 * @return Borrowed from the table.
 * @since 0.1
 */
JOURNEY_API const char *journey_table_column_name(const journey_table *table, int32_t column);

/**
 * @brief Type of a column.
 * @param table The table.
 * @param column From 0.
 * @return JOURNEY_TYPE_..., or 0 for a number out of range.
 * @since 0.1
 */
JOURNEY_API int32_t journey_table_column_type(const journey_table *table, int32_t column);

/**
 * @brief Unit of a column.
 * @param table The table.
 * @param column From 0.
 * @return JOURNEY_UNIT_..., or 0 for a number out of range.
 * @since 0.1
 */
JOURNEY_API int32_t journey_table_column_unit(const journey_table *table, int32_t column);

/**
 * @brief Find a column by name.
 * @param table The table.
 * @param name NUL-terminated.
 * @return From 0, or -1.
 * @since 0.1
 */
JOURNEY_API int32_t journey_table_find(const journey_table *table, const char *name);

/**
 * @brief Whether a cell is missing.
 * @param table The table.
 * @param row From 0.
 * @param column From 0.
 * @return 1 when missing or out of range, else 0.
 * @since 0.1
 */
JOURNEY_API int32_t journey_table_is_null(const journey_table *table, int64_t row, int32_t column);

/**
 * @brief Cell of an INT64, TIME or DURATION column.
 * @param table The table.
 * @param row From 0.
 * @param column From 0.
 * @return The number; 0 when missing, out of range or of another type.
 * @since 0.1
 */
JOURNEY_API int64_t journey_table_int64(const journey_table *table, int64_t row, int32_t column);

/**
 * @brief Cell of a column of numbers, as a double.
 * @param table The table.
 * @param row From 0.
 * @param column From 0.
 * @return The number; NaN when missing, out of range or not a number.
 * @since 0.1
 */
JOURNEY_API double journey_table_float64(const journey_table *table, int64_t row, int32_t column);

/**
 * @brief Cell of a STRING column.
 * @param table The table.
 * @param row From 0.
 * @param column From 0.
 * @param[out] n Its bytes; may be NULL.
 * @return NUL-terminated, borrowed from the table; NULL when missing, out of range or of another type.
 * @since 0.1
 */
JOURNEY_API const char *journey_table_text(const journey_table *table, int64_t row, int32_t column, size_t *n);

/**
 * @brief Number of notes.
 * @param table The table.
 * @return Notes.
 * @since 0.1
 */
JOURNEY_API int32_t journey_table_notes(const journey_table *table);

/**
 * @brief A note.
 * @param table The table.
 * @param i From 0.
 * @param[out] value Its value, borrowed from the table; may be NULL.
 * @return Its key, borrowed from the table; NULL out of range.
 * @since 0.1
 */
JOURNEY_API const char *journey_table_note(const journey_table *table, int32_t i, const char **value);

/**
 * @brief Write a finished table.
 * @param table The table.
 * @param format JOURNEY_FORMAT_...
 * @param write Receives the bytes, in pieces of some kilobytes; after a failure it is not called again.
 * @param user Handed to write.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (the format is unknown, the table not finished),
 *         JOURNEY_ECANCELLED, or what write returned.
 * @note Thread-safe. Time: linear in the cells.
 * @since 0.1
 */
JOURNEY_API journey_status journey_table_write(const journey_table *table, int32_t format, journey_write write,
                                               void *user, journey_error *err);

/**
 * @brief Hand a finished table out through the Arrow C stream interface, without copying its columns.
 *
 * The stream has one batch of all rows, or none when there are no rows. Its numbers, offsets and validity are those of
 * the table; only the bytes of strings are packed anew, because the table's own strings end in a NUL. All fields are
 * nullable; one with a unit has the metadata `journey.unit` ("share" ...). The schema's metadata are `journey.name`
 * and, for each note, `journey.note.KEY`.
 *
 * @param table The table; the stream and all that comes out of it hold references on it, so any may go first.
 * @param[out] out Filled; the consumer calls its release.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (the table is not finished).
 * @note Thread-safe. INT64 is "l", FLOAT64 "g", STRING "U", TIME "tsu:UTC", DURATION "tDu".
 * @since 0.1
 */
JOURNEY_API journey_status journey_table_arrow(journey_table *table, struct ArrowArrayStream *out,
                                               journey_error *err);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
