/**
 * @file read.h
 * @brief Reading events into a builder: CSV and JSON Lines files, Arrow data.
 *
 * **CSV** is RFC 4180, and what real files add: a separator of `,` `;` `|` or tab, found in the header; lines that
 * end in LF, CR LF or CR; a byte order mark; empty lines, which count for nothing. Quoted fields may hold line ends;
 * a quote inside an unquoted field is a character. The first line names the columns. Text must be UTF-8 without NUL.
 * A row has as many fields as the header. An empty field is a value that is not there. Numbers are plain decimal ones
 * (`-12.5e3`); times are what journey_time_parse() reads. A record has at most 256 MB, the header at most 1 MB and
 * 16384 columns.
 *
 * **Columns.** A preset says what the columns of a known export are called; "generic" knows standard names
 * (`customer_id`, `user_id` ...; `timestamp`, `time` ...; `event`, `activity` ...). Needed are a customer or an
 * anonymous id, a time and an event; where a preset names several columns for a time, an event or a value, each row
 * takes the first that is not empty. All other columns become attributes: numbers when all their values are, else
 * text (numbers with leading zeros and whole numbers of more than 15 digits are text too, so that ids stay what they
 * are; a column without any value in the first megabyte is text). An attribute named like an earlier one gets "_2"
 * behind its name, one without a name is "column_3". The type is guessed from the first megabyte; when a later value
 * is no number after all, a file is read again with that column as text, and a pipe, which cannot be, is an error
 * that says what to do.
 *
 * **Errors** are one line: "NAME:LINE: what is wrong". The one that is reported is the first of the input, whatever
 * the number of threads.
 */
#ifndef JOURNEY_READ_H
#define JOURNEY_READ_H

#include "journey/arrow.h"
#include "journey/stream.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

#define JOURNEY_ON_ERROR_STOP 0 /**< The first bad row stops the reading; nothing of the input is kept. */
#define JOURNEY_ON_ERROR_SKIP 1 /**< Bad rows are counted, reported and left out. */

#define JOURNEY_INPUT_AUTO 0  /**< By the name's ending, else by the first bytes. */
#define JOURNEY_INPUT_CSV 1   /**< CSV, TSV or semicolon-separated, perhaps gzipped. */
#define JOURNEY_INPUT_JSONL 2 /**< JSON Lines, perhaps gzipped. */

/**
 * Receives a row that was left out: the file's name, its line from 1, its bytes without the line end, and the reason
 * (one line). In order of lines, each once, from one thread at a time. What it returns other than JOURNEY_OK ends the
 * reading and comes back unchanged.
 */
typedef journey_status (*journey_reject)(void *user, const char *file, int64_t line, const char *bytes, size_t n,
                                         const char *reason);

/**
 * How an input is read. Column names are matched exactly first, then without regard to case. A name left NULL is
 * recognised where exports use standard names, or comes from the preset.
 */
typedef struct journey_read_options {
  uint32_t struct_size; /**< sizeof(journey_read_options). */
  int32_t on_error;     /**< JOURNEY_ON_ERROR_... */
  int32_t input;        /**< JOURNEY_INPUT_... */
  int32_t separator;    /**< CSV: comma, semicolon, bar or tab; 0: the one that is most often in the header. */
  const char *preset;   /**< "segment", "ga4-bigquery" ...; NULL: recognised from the columns. */
  const char *customer; /**< Column of the known id. */
  const char *anonymous; /**< Column of the anonymous id; "" for none. */
  const char *time;     /**< Column of the time. */
  const char *event;    /**< Column of the event name. */
  const char *value;    /**< Column of the value; "" for none. */
  const char *id;       /**< Column of the event id; "" for none. */
  /** Columns to keep as attributes, joined by ",": NULL or "all" is all others, "none" is none. "zip:text" and
      "age:number" say the type as well; "all,zip:text" is all others, and one of them is text. */
  const char *attributes;
  const char *zone;     /**< Zone of times without an offset; NULL: UTC. */
  journey_reject reject; /**< With JOURNEY_ON_ERROR_SKIP: receives what is left out; may be NULL. */
  void *reject_user;    /**< Handed to reject. */
} journey_read_options;

/** What a reading did; of one that failed, up to the first error. */
typedef struct journey_read_counts {
  uint32_t struct_size;  /**< Set by the caller to sizeof(journey_read_counts). */
  uint32_t reserved;     /**< 0. */
  int64_t rows;          /**< Rows in the input, the header and empty lines not counted. */
  int64_t events;        /**< Rows that became events. */
  int64_t links;         /**< Rows that are only links between ids (identify, alias). */
  int64_t skipped;       /**< Rows left out: rows - events - links. */
  int64_t bytes;         /**< Bytes read, of a gzipped input as it is stored. */
  journey_error first_skipped; /**< Where and why the first row was left out; code 0 for none. */
  char preset[32];       /**< The preset that was used. */
} journey_read_counts;

/**
 * @brief Read a file of events into a builder. Several files may be read into one builder, one after the other.
 * @param builder The builder; as before the call when it fails.
 * @param path A file's path, also of a pipe; "-" is standard input. Gzipped files are known by their first bytes.
 * @param options How, or NULL.
 * @param[out] counts What was done, or NULL. Filled on failure too.
 * @param[out] err row is the line (from 1, the header is line 1; of a row of several lines the first, of a quote that
 *                 is never closed the one where it was opened), column the field from 1, offset the byte; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EIO (the file cannot be read), JOURNEY_EPARSE (a row, the header, damaged gzip, no rows
 *         at all), JOURNEY_ENOTFOUND (a column or a zone), JOURNEY_EINVAL (an option; an attribute that is of another
 *         type in an earlier input), JOURNEY_ENOMEM, JOURNEY_ELIMIT (a record or a header that is too long),
 *         JOURNEY_EUNSUPPORTED (gzip in a build without zlib, a Parquet file ...), JOURNEY_ECANCELLED, JOURNEY_EUSER.
 * @note One owner; uses the context's threads. Holds some megabytes of the text at once, whatever its size: a few for
 *       each thread, or the longest record. Time: linear.
 * @since 0.1
 */
JOURNEY_API journey_status journey_read_file(journey_builder *builder, const char *path,
                                             const journey_read_options *options, journey_read_counts *counts,
                                             journey_error *err);

/**
 * @brief Read text in memory as a file would be read.
 * @param builder The builder; as before the call when it fails.
 * @param name What to call it in messages; its ending counts as a file's does. NULL: "memory".
 * @param bytes The text, perhaps gzipped; not needed after the call.
 * @param n Its bytes.
 * @param options How, or NULL.
 * @param[out] counts What was done, or NULL.
 * @param[out] err As for journey_read_file(); may be NULL.
 * @return As for journey_read_file().
 * @note One owner; uses the context's threads.
 * @since 0.1
 */
JOURNEY_API journey_status journey_read_memory(journey_builder *builder, const char *name, const char *bytes, size_t n,
                                               const journey_read_options *options, journey_read_counts *counts,
                                               journey_error *err);

/**
 * @brief Read an Arrow C stream of record batches into a builder.
 * @param builder The builder; as before the call when it fails.
 * @param stream The stream; always released by this function.
 * @param options How, or NULL; input, separator and reject are not used.
 * @param[out] counts What was done, or NULL.
 * @param[out] err row is the row over all batches, from 1; may be NULL.
 * @return As for journey_read_file(); JOURNEY_EUNSUPPORTED names a column of a type that is not read.
 * @note One owner; uses the context's threads for large batches.
 * @since 0.1
 */
JOURNEY_API journey_status journey_read_arrow(journey_builder *builder, struct ArrowArrayStream *stream,
                                              const journey_read_options *options, journey_read_counts *counts,
                                              journey_error *err);

/**
 * @brief Read one Arrow struct array (a record batch) into a builder.
 * @param builder The builder; as before the call when it fails.
 * @param schema Its schema, not released.
 * @param array The array, not released.
 * @param options How, or NULL.
 * @param[out] counts What was done, or NULL.
 * @param[out] err As for journey_read_arrow(); may be NULL.
 * @return As for journey_read_arrow().
 * @note One owner.
 * @since 0.1
 */
JOURNEY_API journey_status journey_read_arrow_array(journey_builder *builder, const struct ArrowSchema *schema,
                                                    const struct ArrowArray *array,
                                                    const journey_read_options *options, journey_read_counts *counts,
                                                    journey_error *err);

/**
 * @brief Names of the presets.
 * @param i From 0.
 * @param[out] help One line about it; may be NULL.
 * @return The name, static; NULL past the last.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API const char *journey_read_preset(int32_t i, const char **help);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
