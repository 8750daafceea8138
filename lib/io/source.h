/* Where the bytes of an input come from: a file, a pipe, memory, any of them gzipped. */
#ifndef JN_IO_SOURCE_H
#define JN_IO_SOURCE_H

#include <stdbool.h>

#include "base/base.h"

typedef struct jn_io_source jn_io_source;

/* Opens a file ("-": standard input) or memory, which must outlive the source. gzip is known by its first bytes. */
journey_status jn_io_source_open(journey_context *context, const char *path, jn_io_source **out, journey_error *err);
journey_status jn_io_source_memory(journey_context *context, const char *bytes, size_t n, jn_io_source **out,
                                   journey_error *err);
void jn_io_source_close(jn_io_source *source);

/* The first `want` bytes, fewer only at the end. They are not consumed. Borrowed until the next peek. */
journey_status jn_io_source_peek(jn_io_source *source, size_t want, const char **bytes, size_t *n, journey_error *err);

/* Leaves out the next n bytes, fewer only at the end; few enough to be held at once. */
journey_status jn_io_source_skip(jn_io_source *source, size_t n, journey_error *err);

/* Fills a buffer from where the last call stopped; *got < n only at the end. One thread at a time. */
journey_status jn_io_source_read(jn_io_source *source, char *buffer, size_t n, size_t *got, journey_error *err);

bool jn_io_source_is_gzip(const jn_io_source *source);
/* Where this is true, jn_io_source_read_at works, from many threads. */
bool jn_io_source_is_random(const jn_io_source *source);
journey_status jn_io_source_read_at(const jn_io_source *source, int64_t offset, char *buffer, size_t n, size_t *got,
                                    journey_error *err);

/* Back to the first byte; not for a pipe. */
bool jn_io_source_can_rewind(const jn_io_source *source);
void jn_io_source_rewind(jn_io_source *source);

/* Bytes of the input as it is stored: all (-1: unknown) and those consumed by jn_io_source_read. */
int64_t jn_io_source_size(const jn_io_source *source);
int64_t jn_io_source_consumed(const jn_io_source *source);

/* ---- gzip ------------------------------------------------------------------------------------------------------- */

/* Hands out some more stored bytes, borrowed until the next call; *n is 0 at the end. */
typedef journey_status (*jn_io_feed)(void *from, const char **bytes, size_t *n, journey_error *err);

typedef struct jn_io_gzip jn_io_gzip;
bool jn_io_is_gzip(const char *bytes, size_t n);
/* JOURNEY_EUNSUPPORTED in a build without zlib. */
journey_status jn_io_gzip_new(journey_context *context, jn_io_feed feed, void *from, jn_io_gzip **out,
                              journey_error *err);
void jn_io_gzip_free(jn_io_gzip *gzip);
/* From the beginning again. */
void jn_io_gzip_reset(jn_io_gzip *gzip);
journey_status jn_io_gzip_read(jn_io_gzip *gzip, char *buffer, size_t n, size_t *got, journey_error *err);

#endif
