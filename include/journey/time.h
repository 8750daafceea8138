/**
 * @file time.h
 * @brief Instants, durations and time zones.
 *
 * A time is an `int64_t`: microseconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar, without leap
 * seconds. A duration is an `int64_t` number of microseconds.
 */
#ifndef JOURNEY_TIME_H
#define JOURNEY_TIME_H

#include "journey/base.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** Bytes that a buffer for journey_time_format() and journey_duration_format() needs, its NUL included. */
#define JOURNEY_TIME_SIZE 48

#define JOURNEY_DURATION_SHORT 0 /**< For people, rounded: `3d 4h`, `12m 5s`, `1.5s`. */
#define JOURNEY_DURATION_EXACT 1 /**< Not rounded: `3d4h12m5s250ms`, as journey_duration_parse() reads it. */

/** A time zone. Immutable, reference-counted, safe to read from many threads. */
typedef struct journey_zone journey_zone;

/**
 * @brief Size of the buffers that this library's journey_time_format() and journey_duration_format() need.
 * @return Bytes (JOURNEY_TIME_SIZE).
 * @since 0.1
 */
JOURNEY_API size_t journey_time_size(void);

/**
 * @brief Make a time zone from its name.
 *
 * "UTC", "Z", "GMT", "Etc/UTC" and "Etc/GMT", offsets ("+02:00", "-0330", "+02") and "UTC+2", "UTC-3:30" need no file.
 * Every other name ("Europe/Berlin") is a file of the system's time zone database, looked for in /usr/share/zoneinfo,
 * /usr/lib/zoneinfo and /etc/zoneinfo. The environment (TZ, TZDIR) is not read. "UTC+2" is east of Greenwich, as in
 * ISO 8601; the database's own "Etc/GMT+2" is west of it.
 *
 * @param context The context; the zone holds a reference on it.
 * @param name The name, UTF-8; copied.
 * @param n Bytes of name.
 * @param[out] out The zone; the caller frees it with journey_zone_free().
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (not a name of a zone), JOURNEY_ENOTFOUND (no such file),
 *         JOURNEY_EIO (the file cannot be read), JOURNEY_EPARSE (it is not a zone file),
 *         JOURNEY_EUNSUPPORTED (it counts leap seconds, as those in "right/" do).
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_zone_new(journey_context *context, const char *name, size_t n, journey_zone **out,
                                            journey_error *err);

/**
 * @brief Give up the caller's reference.
 * @param zone A zone or NULL.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API void journey_zone_free(journey_zone *zone);

/**
 * @brief Name that a zone was made with.
 * @param zone A zone, or NULL for UTC.
 * @return NUL-terminated UTF-8; borrowed from the zone, valid until the caller frees it.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API const char *journey_zone_name(const journey_zone *zone);

/**
 * @brief Offset of a zone's clocks from UTC at an instant.
 * @param zone A zone, or NULL for UTC.
 * @param time Microseconds since 1970 UTC.
 * @return Seconds east of UTC: local time is `time` plus this.
 * @note Thread-safe. Time complexity: logarithmic in the number of the zone's changes.
 * @since 0.1
 */
JOURNEY_API int32_t journey_zone_offset(const journey_zone *zone, int64_t time);

/**
 * @brief Instant at which a zone's clocks show a local time.
 *
 * A local time that the clocks skip is taken as if they had not been put forward yet, so it moves forward by what was
 * skipped (02:30 becomes 03:30). A local time that comes twice is the first of the two.
 *
 * @param zone A zone, or NULL for UTC.
 * @param local What the clocks show, as microseconds since 1970-01-01T00:00:00 local time.
 * @param[out] out Microseconds since 1970 UTC.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ELIMIT (the instant does not fit 64 bits).
 * @note Thread-safe. Time complexity: as journey_zone_offset().
 * @since 0.1
 */
JOURNEY_API journey_status journey_zone_instant(const journey_zone *zone, int64_t local, int64_t *out,
                                                journey_error *err);

/**
 * @brief Read a time.
 *
 * The whole text must be one of:
 * - a date `2024-01-31`, `2024/01/31` or `20240131`: its midnight;
 * - a date, then `T`, `t` or a space, then `12:30`, `12:30:05`, `1230` or `123005`; after seconds may come `.` or `,`
 *   and 1 to 9 digits, of which those finer than a microsecond are cut off (toward the past); then perhaps an offset,
 *   with or without a space before it: `Z`, `z`, `UTC`, `+02`, `+0200`, `+02:00`, `+02:00:00`;
 * - `20240131123005`, the same without separators;
 * - a year of six digits with its sign (`-000043-03-15`, `+012024-01-31`) where the year is not 0000 to 9999;
 * - a number of seconds (up to 11 digits), milliseconds (12 to 14), microseconds (15 to 17) or nanoseconds (18 and
 *   more) since 1970 UTC, perhaps with `-` and a fraction. The number of digits before the point, zeros at the front
 *   aside, decides: no two readings are both within 1980 to 2200. A number of 8 digits without a sign is a date and
 *   one of 14 is a date with a time, or refused.
 *
 * `24:00:00` is the next midnight. A leap second, `23:59:60` UTC, is the start of the next second, fraction or not.
 *
 * @param s The text, UTF-8.
 * @param n Bytes of s.
 * @param zone Zone of a time without offset, see journey_zone_instant() for gaps; NULL for UTC.
 * @param[out] out Microseconds since 1970 UTC.
 * @param[out] err What went wrong and at which byte; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EPARSE.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_time_parse(const char *s, size_t n, const journey_zone *zone, int64_t *out,
                                              journey_error *err);

/**
 * @brief Write a time in ISO 8601 with no, 3 or 6 digits of fraction, as few as are exact.
 *
 * In UTC it ends in `Z` (`2024-01-31T12:30:05.250Z`), in a zone in the offset (`2024-01-31T13:30:05+01:00`). Years
 * outside 0000 to 9999 have a sign and six digits. journey_time_parse() reads all of it back to the same instant.
 *
 * @param time Microseconds since 1970 UTC.
 * @param zone Zone to show it in; NULL for UTC.
 * @param[out] out The text, NUL-terminated.
 * @param size Bytes of out, at least JOURNEY_TIME_SIZE.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (size).
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_time_format(int64_t time, const journey_zone *zone, char *out, size_t size,
                                               journey_error *err);

/**
 * @brief Read a duration such as `30m`, `7d`, `1h30m`, `1.5h` or `500ms`.
 *
 * Units are us, ms, s, m (minutes), h, d (24 hours) and w (7 days). Parts go from large to small, each unit once,
 * perhaps with one space between two parts. The last part may have a fraction of at most 6 digits that comes to whole
 * microseconds. A number without unit is refused, except `0`. There is no sign.
 *
 * @param s The text, UTF-8.
 * @param n Bytes of s.
 * @param[out] out Microseconds, not negative.
 * @param[out] err What went wrong and at which byte; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EPARSE, JOURNEY_ELIMIT (it does not fit 64 bits).
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_duration_parse(const char *s, size_t n, int64_t *out, journey_error *err);

/**
 * @brief Write a duration.
 * @param duration Microseconds; negative ones get a `-`.
 * @param style JOURNEY_DURATION_SHORT or JOURNEY_DURATION_EXACT.
 * @param[out] out The text, NUL-terminated.
 * @param size Bytes of out, at least JOURNEY_TIME_SIZE.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_EINVAL (style, size).
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_duration_format(int64_t duration, int32_t style, char *out, size_t size,
                                                   journey_error *err);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
