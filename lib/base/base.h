/* The door of the room `base`: memory, errors, text, hashing, checked arithmetic. Knows nothing of journeys. */
#ifndef JN_BASE_H
#define JN_BASE_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "journey/base.h"

/* ---- errors --------------------------------------------------------------------------------------------------- */

/* Writes *err (if not NULL) and returns code. row and column from 1 (0: none), offset from 0 (-1: none). The message
 * becomes one clean line: control bytes and what is not UTF-8 turn into '?', and it is cut between characters. Never
 * format a double with %f or %g: they depend on the locale. */
journey_status jn_base_fail(journey_error *err, journey_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
journey_status jn_base_fail_at(journey_error *err, journey_status code, int64_t row, int32_t column, int64_t offset,
                               const char *format, ...) __attribute__((format(printf, 6, 7)));
/* "out of memory", always worded alike. */
journey_status jn_base_no_memory(journey_error *err);

/* The options rule: struct_size at least `least` (the size in 0.1) and no non-zero byte past `known`. `options` may be
 * NULL. On success copies the known part into `out`, which the caller has zeroed, so older callers read as zeros. */
journey_status jn_base_options(const void *options, size_t least, size_t known, void *out, const char *name,
                               journey_error *err);

/* A value fit to be shown in a message: at most 40 bytes of s, control and non-UTF-8 bytes as '?', cut with "...".
 * Without quotation marks: write "unknown zone '%s'", jn_base_quote(s, n).text. */
typedef struct jn_base_quoted {
  char text[64];
} jn_base_quoted;
jn_base_quoted jn_base_quote(const char *s, size_t n);

/* ---- context and memory ---------------------------------------------------------------------------------------- */

/* Things of other rooms that live as long as the context; each room owns its slot. */
enum { JN_BASE_SLOT_POOL, JN_BASE_SLOT_REGISTRY, JN_BASE_SLOTS };

/* Makes a slot's content; called under a lock of the context, once. The content must not hold a reference on the
 * context (it would keep it alive for ever); it is freed with the context, the last slot first. */
typedef journey_status (*jn_base_slot_make)(journey_context *context, void **out, journey_error *err);
typedef void (*jn_base_slot_free)(journey_context *context, void *content);

/* The slot's content, made by `make` at first need; after a failure the next call tries again. */
journey_status jn_base_slot(journey_context *context, int slot, jn_base_slot_make make, jn_base_slot_free destroy,
                            void **out, journey_error *err);

/* One more reference; give it up with journey_context_free(). Returns context. */
journey_context *jn_base_context_ref(journey_context *context);
/* Complete: threads is at least 1 (an executor's, if there is one), allocator and hash_seed are filled in;
 * executor.struct_size is 0 without one. */
const journey_context_options *jn_base_context_options(const journey_context *context);
uint64_t jn_base_seed(const journey_context *context); /* never 0 */
/* JOURNEY_ECANCELLED after journey_context_cancel(). Cheap; call it every few thousand items. */
journey_status jn_base_cancelled(const journey_context *context, journey_error *err);
/* Calls the progress callback, if there is one, one thread at a time; returns what it returned (or
 * JOURNEY_ECANCELLED). */
journey_status jn_base_progress(journey_context *context, const char *phase, int64_t done, int64_t total,
                                journey_error *err);
/* One line, no newline, to the log callback, if there is one. */
void jn_base_log(journey_context *context, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Lua's one function. NULL for new_size > 0: no memory, or the limit is reached; the old block is then as it was. */
void *jn_base_reallocate(journey_context *context, void *block, size_t old_size, size_t new_size);
/* n * size bytes, not cleared / cleared; NULL when that overflows or there is no memory. n == 0 gives a block of one
 * byte: NULL always means "no memory". Free with the same n and size; NULL may be freed. */
void *jn_base_alloc(journey_context *context, size_t n, size_t size);
void *jn_base_zalloc(journey_context *context, size_t n, size_t size);
void jn_base_free(journey_context *context, void *block, size_t n, size_t size);

/* Makes room for `need` items of `size` bytes in an array: `items` is the address of the pointer to it, *capacity its
 * capacity in items, both 0 at first. Grows by half. On failure both are as they were. Free the array with
 * jn_base_reallocate(context, array, capacity * size, 0). */
journey_status jn_base_grow(journey_context *context, void *items, size_t *capacity, size_t need, size_t size,
                            journey_error *err);

/* ---- checked arithmetic ---------------------------------------------------------------------------------------- */

/* false when the result does not fit; *out is then unspecified. */
static inline bool jn_base_add(int64_t a, int64_t b, int64_t *out) { return !__builtin_add_overflow(a, b, out); }
static inline bool jn_base_mul(int64_t a, int64_t b, int64_t *out) { return !__builtin_mul_overflow(a, b, out); }
static inline bool jn_base_mul_size(size_t a, size_t b, size_t *out) { return !__builtin_mul_overflow(a, b, out); }
/* The sum, held at the ends of the range instead of wrapping: for window ends. */
static inline int64_t jn_base_add_clamped(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? INT64_MAX : INT64_MIN;
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

/* A growing text. Appending never fails loudly: the first failure stays in `status` and later calls do nothing, so a
 * writer is checked once, at its end. `bytes` is always NUL-terminated once something was added (or NULL). */
typedef struct jn_base_text {
  journey_context *context;
  char *bytes;
  size_t length, capacity;
  journey_status status;
} jn_base_text;

void jn_base_text_init(jn_base_text *text, journey_context *context);
void jn_base_text_clear(jn_base_text *text); /* frees */
void jn_base_text_add(jn_base_text *text, const char *s, size_t n);
void jn_base_text_put(jn_base_text *text, const char *s); /* NUL-terminated */
void jn_base_text_format(jn_base_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Shortest decimal that reads back as the same double, the closest of them: "0.1", "3", "-0", "1e16", "2.5e-7" (plain
 * from 0.0001 to below 1e16); "nan", "inf", "-inf". Independent of the locale. */
void jn_base_text_double(jn_base_text *text, double x);
/* s as a JSON string, quotes included; s is UTF-8. */
void jn_base_text_json(jn_base_text *text, const char *s, size_t n);
/* Copies s, NUL-terminated, into memory of the context; free with jn_base_free(context, p, n + 1, 1). */
char *jn_base_copy(journey_context *context, const char *s, size_t n);
/* True when s is valid UTF-8 (no surrogates, no overlong forms); otherwise *at (may be NULL) is where the first bad
 * character begins. */
bool jn_base_utf8(const char *s, size_t n, size_t *at);
/* A decimal number that fills all of s[0..n): sign, digits, fraction, exponent, all optional but one digit ("5.", ".5",
 * "+1e9"), rounded exactly (ties to even). Refused: inf, nan, hexadecimal, spaces, and what is too large for a double;
 * what is too small becomes 0. Independent of the locale. *out is written on success only. */
bool jn_base_parse_double(const char *s, size_t n, double *out);
/* A sign (optional) and decimal digits that fill all of s[0..n) and fit. */
bool jn_base_parse_int64(const char *s, size_t n, int64_t *out);

/* ---- dictionary -------------------------------------------------------------------------------------------------- */

/* Strings to codes 0, 1, 2, ... in order of insertion; seeded hash, so hostile keys do not collide on purpose. A
 * string is any bytes. Many threads may find at once; adding wants one alone. Holds a reference on the context. */
typedef struct jn_base_dictionary jn_base_dictionary;
#define JN_BASE_NO_CODE UINT32_MAX

journey_status jn_base_dictionary_new(journey_context *context, jn_base_dictionary **out, journey_error *err);
void jn_base_dictionary_free(jn_base_dictionary *dictionary);
uint32_t jn_base_dictionary_count(const jn_base_dictionary *dictionary);
/* The code of s, new if need be. JOURNEY_ELIMIT at 2^32 - 1 entries, and for a string of 4 GiB. */
journey_status jn_base_dictionary_add(jn_base_dictionary *dictionary, const char *s, size_t n, uint32_t *code,
                                      journey_error *err);
/* The same for n strings at once, twice as fast when the dictionary is larger than the caches. After a failure some of
 * them are in the dictionary. */
journey_status jn_base_dictionary_add_many(jn_base_dictionary *dictionary, const char *const *strings,
                                           const size_t *lengths, size_t n, uint32_t *codes, journey_error *err);
/* JN_BASE_NO_CODE when s is not there. */
uint32_t jn_base_dictionary_find(const jn_base_dictionary *dictionary, const char *s, size_t n);
/* NUL-terminated, *n (may be NULL) its length; borrowed until the next addition or the end of the dictionary. */
const char *jn_base_dictionary_string(const jn_base_dictionary *dictionary, uint32_t code, size_t *n);
size_t jn_base_dictionary_bytes(const jn_base_dictionary *dictionary); /* memory held */

/* 64-bit seeded hash of bytes (wyhash-like mixing: fast, well spread, not cryptographic). */
uint64_t jn_base_hash(const void *bytes, size_t n, uint64_t seed);

#endif
