/**
 * @file base.h
 * @brief Status codes, the error record, versions and the context.
 *
 * Nothing here depends on journeys: it is what every other header needs.
 */
#ifndef JOURNEY_BASE_H
#define JOURNEY_BASE_H

#include <stddef.h>
#include <stdint.h>

/** Major version; the shared library's soname carries it. */
#define JOURNEY_VERSION_MAJOR 0
/** Minor version. */
#define JOURNEY_VERSION_MINOR 1
/** Patch version. */
#define JOURNEY_VERSION_PATCH 0

/** @cond */
#if defined(__GNUC__) && !defined(JOURNEY_STATIC)
#define JOURNEY_API __attribute__((visibility("default")))
#else
#define JOURNEY_API
#endif
#ifdef __cplusplus
#define JOURNEY_BEGIN extern "C" {
#define JOURNEY_END }
#else
#define JOURNEY_BEGIN
#define JOURNEY_END
#endif
JOURNEY_BEGIN
/** @endcond */

/** Result of every function that can fail: JOURNEY_OK or a negative code. Codes are only ever appended. */
typedef int32_t journey_status;

#define JOURNEY_OK 0              /**< Done. */
#define JOURNEY_ENOMEM (-1)       /**< No memory: the allocator returned NULL, or the context's limit is reached. */
#define JOURNEY_EINVAL (-2)       /**< An argument or an option is wrong. */
#define JOURNEY_EIO (-3)          /**< The operating system refused to read or write. */
#define JOURNEY_EPARSE (-4)       /**< A text is not what its format demands; row and offset say where. */
#define JOURNEY_ELIMIT (-5)       /**< A limit of the context or of a format would be exceeded. */
#define JOURNEY_ENOTFOUND (-6)    /**< A name (metric, column, zone, element ...) is unknown. */
#define JOURNEY_EEXIST (-7)       /**< A name or an id is taken. */
#define JOURNEY_EUNSUPPORTED (-8) /**< This build, or this format, cannot do it. */
#define JOURNEY_ECANCELLED (-9)   /**< journey_context_cancel() was called. */
#define JOURNEY_ESTATE (-10)      /**< A saved partial state does not fit what it is loaded into. */
#define JOURNEY_EUSER (-100)      /**< Never produced by the library: a callback returns it to stop. */

/** Bytes of journey_error.message, its NUL included. */
#define JOURNEY_ERROR_MESSAGE_SIZE 480

/**
 * What went wrong. The caller owns it (stack, struct, anywhere); the library writes it on failure only
 * and never allocates for it. Its size is fixed for ever (512 bytes).
 */
typedef struct journey_error {
  int32_t code;                             /**< The status that the function returned. */
  int32_t column;                           /**< Column (field) number from 1, or 0 where there is none. */
  int64_t row;                              /**< Line or row number from 1, or 0 where there is none. */
  int64_t offset;                           /**< Byte offset from 0 in the input, or -1 where there is none. */
  int64_t reserved;                         /**< 0. */
  char message[JOURNEY_ERROR_MESSAGE_SIZE]; /**< One line of UTF-8, NUL-terminated; names the offending value. */
} journey_error;

/**
 * @brief Size of journey_error in this library, for bindings that mirror it.
 * @return Bytes.
 * @since 0.1
 */
JOURNEY_API size_t journey_error_size(void);

/**
 * @brief Version of the library that is running.
 * @return major * 1000000 + minor * 1000 + patch.
 * @since 0.1
 */
JOURNEY_API int32_t journey_version(void);

/**
 * @brief Version of the library that is running, as text.
 * @return For example "0.1.0"; static, never freed.
 * @since 0.1
 */
JOURNEY_API const char *journey_version_string(void);

/**
 * @brief Name of a status code.
 * @param status Any value.
 * @return For example "JOURNEY_EPARSE"; "JOURNEY_E?" for a code that this library does not know. Static, never freed.
 * @since 0.1
 */
JOURNEY_API const char *journey_status_name(journey_status status);

/**
 * Memory comes from here and goes back here; there is no other allocation. One function does it all, as in Lua:
 * `reallocate(user, NULL, 0, n)` allocates, `(user, p, n, m)` resizes keeping min(n, m) bytes,
 * `(user, p, n, 0)` frees and returns NULL. The old size is always exact. NULL for a request of n > 0 means
 * "no memory" and leaves the old block as it was. Blocks are aligned as malloc's are.
 * Called from any thread that runs the library's tasks, so it must be thread-safe.
 */
typedef struct journey_allocator {
  uint32_t struct_size; /**< sizeof(journey_allocator). */
  uint32_t reserved;    /**< 0. */
  void *user;           /**< Handed back in each call. */
  /** See above. */
  void *(*reallocate)(void *user, void *block, size_t old_size, size_t new_size);
} journey_allocator;

/** One of n tasks that an executor runs; returns JOURNEY_OK or the code that stops the whole. */
typedef journey_status (*journey_task)(void *work, int64_t index);

/**
 * Runs tasks on the threads of whoever embeds the library. `run` calls `task(work, i)` once for each i in [0, n),
 * on any threads and in any order, and returns when all have returned: JOURNEY_OK, or a code of a task that failed
 * (it may then leave out tasks that have not begun).
 */
typedef struct journey_executor {
  uint32_t struct_size; /**< sizeof(journey_executor). */
  uint32_t threads;     /**< How many tasks can run at once; at least 1. */
  void *user;           /**< Handed back in each call. */
  journey_status (*run)(void *user, int64_t n, journey_task task, void *work); /**< See above. */
} journey_executor;

/**
 * Called now and then while long work runs, from one thread at a time, though not always the same one.
 * `phase` is a short English word ("reading"), `done` of `total` (total -1: unknown) are in the phase's own unit.
 * Return JOURNEY_OK to go on; any other status, best JOURNEY_EUSER, stops the work and comes back unchanged.
 */
typedef journey_status (*journey_progress)(void *user, const char *phase, int64_t done, int64_t total);

/** Receives one line (no newline) about something that is not an error but worth knowing. From one thread at a time. */
typedef void (*journey_log)(void *user, const char *line);

/** Receives the next n bytes of an output; returns JOURNEY_OK, or a code (JOURNEY_EIO, JOURNEY_EUSER ...) to stop. */
typedef journey_status (*journey_write)(void *user, const char *bytes, size_t n);

/**
 * How a context is made. Zero means the default of a member. The two tables inside never grow: their struct_size is
 * their size, or 0 for the default.
 */
typedef struct journey_context_options {
  uint32_t struct_size; /**< sizeof(journey_context_options). */
  int32_t threads;      /**< Threads of the ready-made pool, 1 to 1024; 0: one a processor. Ignored with an executor. */
  journey_allocator allocator; /**< struct_size 0: malloc, realloc and free. */
  journey_executor executor;   /**< struct_size 0: the ready-made pool, started at first need. */
  journey_progress progress;   /**< May be NULL. */
  void *progress_user;         /**< Handed to progress. */
  journey_log log;             /**< May be NULL. */
  void *log_user;              /**< Handed to log. */
  uint64_t hash_seed;          /**< 0: drawn from the system. Never changes an answer. */
  int64_t memory_limit;        /**< Most bytes that the context may hold, itself included; 0: no limit. */
} journey_context_options;

/**
 * What objects share: allocator, threads, callbacks, limits, registered calculators. Two contexts in one program know
 * nothing of each other. Every object made with a context holds a reference on it, so the order of freeing is free.
 */
typedef struct journey_context journey_context;

/**
 * @brief Make a context.
 * @param options How, or NULL for defaults; copied.
 * @param[out] out The context; the caller frees it with journey_context_free().
 * @param[out] err What went wrong; may be NULL.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, JOURNEY_EINVAL (options: the message names the member).
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API journey_status journey_context_new(const journey_context_options *options, journey_context **out,
                                               journey_error *err);

/**
 * @brief Give up the caller's reference. The memory goes when the last object made with the context has gone.
 * @param context A context or NULL.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API void journey_context_free(journey_context *context);

/**
 * @brief Ask all work of this context to stop soon with JOURNEY_ECANCELLED, or allow work again.
 * @param context The context; nothing happens with NULL.
 * @param cancel 1 to stop, 0 to allow work again.
 * @note May be called from any thread and from a signal handler.
 * @since 0.1
 */
JOURNEY_API void journey_context_cancel(journey_context *context, int32_t cancel);

/**
 * @brief Memory that the context and its objects hold, counted to the byte as it was asked of the allocator.
 * @param context The context; with NULL both are 0.
 * @param[out] used Bytes held now; may be NULL.
 * @param[out] peak The most held at once so far; may be NULL.
 * @note Thread-safe.
 * @since 0.1
 */
JOURNEY_API void journey_context_memory(const journey_context *context, int64_t *used, int64_t *peak);

/** @cond */
JOURNEY_END
/** @endcond */
#endif
