/**
 * @file stream.h
 * @brief Events: a builder takes them in any order, the stream it makes is immutable.
 */
#ifndef JOURNEY_STREAM_H
#define JOURNEY_STREAM_H

#include "journey/base.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** Takes events. One owner. */
typedef struct journey_builder journey_builder;
/** All events, by customer and then time. Immutable, reference-counted, safe to read from many threads. */
typedef struct journey_stream journey_stream;

#define JOURNEY_ATTRIBUTE_TEXT 1   /**< Categorical: a dictionary of texts. */
#define JOURNEY_ATTRIBUTE_NUMBER 2 /**< Numbers (double). */

/** An attribute of one event. */
typedef struct journey_attribute {
  const char *name;   /**< UTF-8. */
  size_t name_length; /**< Bytes of name. */
  const char *text;   /**< For a categorical attribute: UTF-8; NULL for a numeric one. */
  size_t text_length; /**< Bytes of text. */
  double number;      /**< For a numeric attribute. */
} journey_attribute;

/**
 * One event. At least one of customer and anonymous is given. An event that gives both links the two ids: all events
 * of that anonymous id then belong to the customer (unless the anonymous id was linked to another customer before).
 */
typedef struct journey_event {
  uint32_t struct_size;     /**< sizeof(journey_event). */
  uint32_t reserved;        /**< 0. */
  const char *customer;     /**< Known id, UTF-8; NULL for none. */
  size_t customer_length;   /**< Its bytes; 0 is the same as none. */
  const char *anonymous;    /**< Anonymous id (device, cookie), UTF-8; NULL for none. */
  size_t anonymous_length;  /**< Its bytes; 0 is the same as none. */
  const char *name;         /**< Event name, UTF-8, not empty. */
  size_t name_length;       /**< Its bytes. */
  const char *id;           /**< Event id for dropping duplicates; NULL for none. */
  size_t id_length;         /**< Its bytes; 0 is the same as none. */
  int64_t time;             /**< Microseconds since 1970 UTC. */
  double value;             /**< NaN for none. */
  const journey_attribute *attributes; /**< May be NULL. A name has one type within a stream: that of its first use. */
  size_t attribute_count;   /**< How many. */
} journey_event;

/** What became of the events that a builder took. Every one of them is counted here once. */
typedef struct journey_stream_counts {
  uint32_t struct_size;     /**< Set by the caller to sizeof(journey_stream_counts). */
  uint32_t reserved;        /**< 0. */
  int64_t taken;            /**< Events given to the builder. */
  int64_t duplicates;       /**< Dropped: same event id, customer, time and name as an earlier one. */
  int64_t events;           /**< In the stream: taken - duplicates. */
  int64_t customers;        /**< Customers that have events. */
  int64_t linked_ids;       /**< Ids that are another id's customer: ids of customers that have events - customers. */
  int64_t shared_ids;       /**< Different links from an anonymous id to a second customer, which were not followed. */
} journey_stream_counts;

/**
 * @brief Start a builder.
 * @param context Where memory and threads come from.
 * @param[out] out The builder; the caller frees it with journey_builder_free().
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK or JOURNEY_ENOMEM.
 * @since 0.1
 */
JOURNEY_API journey_status journey_builder_new(journey_context *context, journey_builder **out, journey_error *err);

/**
 * @brief Free a builder and all that it holds; streams made by it live on.
 * @param builder A builder or NULL.
 * @since 0.1
 */
JOURNEY_API void journey_builder_free(journey_builder *builder);

/**
 * @brief Take an event. The order of calls is the order of arrival, which orders events of equal time.
 * @param builder The builder.
 * @param event The event; copied.
 * @param[out] err What went wrong; may be NULL. The event is then not taken and the builder is as before.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (no id, no name, invalid UTF-8, an attribute of another type or
 *         given twice), JOURNEY_ELIMIT.
 * @note One owner. Time: constant.
 * @since 0.1
 */
JOURNEY_API journey_status journey_builder_add(journey_builder *builder, const journey_event *event,
                                               journey_error *err);

/**
 * @brief State that two ids are one customer's (an alias).
 * @param builder The builder.
 * @param id An id, UTF-8.
 * @param length Its bytes.
 * @param anonymous 1 when it is an anonymous id, 0 for a known one.
 * @param customer The known id it belongs to, UTF-8.
 * @param customer_length Its bytes.
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL.
 * @note One owner. Links between two known ids are always followed.
 * @since 0.1
 */
JOURNEY_API journey_status journey_builder_link(journey_builder *builder, const char *id, size_t length,
                                                int32_t anonymous, const char *customer, size_t customer_length,
                                                journey_error *err);

/**
 * @brief Make the stream. The builder is empty afterwards, also when this fails.
 * @param builder The builder.
 * @param[out] out The stream; the caller gives it back with journey_stream_free().
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_ELIMIT, JOURNEY_ECANCELLED, JOURNEY_EUSER (from progress).
 * @note One owner; uses the context's threads. Time: linear in the events but for a sort within each customer.
 * @since 0.1
 */
JOURNEY_API journey_status journey_builder_finish(journey_builder *builder, journey_stream **out, journey_error *err);

/**
 * @brief Take another reference.
 * @param stream The stream.
 * @return The same stream.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_stream *journey_stream_ref(journey_stream *stream);

/**
 * @brief Give up a reference.
 * @param stream A stream or NULL.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API void journey_stream_free(journey_stream *stream);

/**
 * @brief What became of the events.
 * @param stream The stream.
 * @param[out] counts Filled as far as its struct_size goes.
 * @return JOURNEY_OK or JOURNEY_EINVAL (struct_size).
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_stream_get_counts(const journey_stream *stream, journey_stream_counts *counts);

/**
 * @brief First and last time.
 * @param stream The stream.
 * @param[out] first Microseconds since 1970 UTC.
 * @param[out] last Microseconds since 1970 UTC.
 * @return JOURNEY_OK, or JOURNEY_ENOTFOUND when there are no events.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_stream_time_range(const journey_stream *stream, int64_t *first, int64_t *last);

/**
 * @brief Bytes that the stream holds: event columns, and the rest (ids, names, values, attributes).
 * @param stream The stream.
 * @param[out] events Bytes of names' codes, times and offsets; may be NULL.
 * @param[out] total Bytes of everything; may be NULL.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API void journey_stream_memory(const journey_stream *stream, int64_t *events, int64_t *total);

/**
 * @brief Number of distinct event names. They are numbered in order of first arrival.
 * @param stream The stream.
 * @return Names.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API uint32_t journey_stream_event_names(const journey_stream *stream);

/**
 * @brief An event name.
 * @param stream The stream.
 * @param code From 0.
 * @return NUL-terminated, borrowed from the stream; NULL out of range.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API const char *journey_stream_event_name(const journey_stream *stream, uint32_t code);

/**
 * @brief Number of attributes.
 * @param stream The stream.
 * @return Attributes.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API uint32_t journey_stream_attributes(const journey_stream *stream);

/**
 * @brief An attribute.
 * @param stream The stream.
 * @param i From 0.
 * @param[out] type JOURNEY_ATTRIBUTE_...; may be NULL.
 * @return Its name, borrowed from the stream; NULL out of range.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API const char *journey_stream_attribute(const journey_stream *stream, uint32_t i, int32_t *type);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
