/* Bytes of an input from a file, a pipe or memory, through gzip where they begin like it. */
#include "io/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FEED = 1 << 18 }; /* stored bytes that gzip gets at once */

struct jn_io_source {
  journey_context *context;
  int fd;              /* -1: memory */
  bool owned;          /* the descriptor is ours to close */
  bool regular;        /* pread works */
  int64_t start, size; /* of the stored bytes in the file; size -1: unknown */
  const char *bytes;   /* of memory */
  int64_t consumed;    /* stored bytes that were read in order */
  jn_io_gzip *gzip;
  char *feed;   /* what gzip gets, FEED bytes */
  size_t first; /* bytes in `feed` by which a pipe was recognised as gzip */
  char *peeked; /* read, but not consumed yet: [peek_from, peek_n) */
  size_t peek_from, peek_n, peek_capacity;
};

/* ---- the system ------------------------------------------------------------------------------------------------- */

/* strerror depends on the locale. */
static const char *reason(int code) {
  static const struct {
    int code;
    const char *text;
  } known[] = {{ENOENT, "there is no such file"},
               {EACCES, "permission denied"},
               {EPERM, "permission denied"},
               {EISDIR, "it is a directory, not a file"},
               {ENOTDIR, "a part of the path is not a directory"},
               {ELOOP, "too many symbolic links"},
               {ENAMETOOLONG, "the name is too long"},
               {EMFILE, "too many open files"},
               {ENFILE, "too many open files"},
               {EIO, "the device reports an error"},
               {ENXIO, "there is no such device"},
               {EBADF, "it is not open for reading"}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (known[i].code == code) return known[i].text;
  }
  return NULL;
}

static journey_status refused(const char *what, int code, journey_error *err) {
  const char *text = reason(code);
  if (text) return jn_base_fail(err, JOURNEY_EIO, "cannot %s: %s", what, text);
  return jn_base_fail(err, JOURNEY_EIO, "cannot %s: system error %d", what, code);
}

/* Stored bytes at an offset; fewer than n only at the end. */
static journey_status read_file_at(const jn_io_source *source, int64_t offset, char *buffer, size_t n, size_t *got,
                                   journey_error *err) {
  *got = 0;
  while (*got < n) {
    ssize_t now = pread(source->fd, buffer + *got, n - *got, (off_t)(source->start + offset + (int64_t)*got));
    if (now == 0) break;
    if (now > 0) {
      *got += (size_t)now;
    } else if (errno != EINTR) {
      return refused("read", errno, err);
    }
  }
  return JOURNEY_OK;
}

static journey_status read_pipe(const jn_io_source *source, char *buffer, size_t n, size_t *got, journey_error *err) {
  *got = 0;
  while (*got < n) {
    ssize_t now = read(source->fd, buffer + *got, n - *got);
    if (now == 0) break;
    if (now > 0) {
      *got += (size_t)now;
    } else if (errno != EINTR) {
      return refused("read", errno, err);
    }
  }
  return JOURNEY_OK;
}

static size_t copy_memory_at(const jn_io_source *source, int64_t offset, char *buffer, size_t n) {
  size_t left = offset < source->size ? (size_t)(source->size - offset) : 0;
  if (n > left) n = left;
  if (n) memcpy(buffer, source->bytes + offset, n);
  return n;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static journey_status read_at(const jn_io_source *source, int64_t offset, char *buffer, size_t n, size_t *got,
                              journey_error *err) {
  if (source->fd >= 0) return read_file_at(source, offset, buffer, n, got, err);
  *got = copy_memory_at(source, offset, buffer, n);
  return JOURNEY_OK;
}

static bool can_seek(const jn_io_source *source) { return source->fd < 0 || source->regular; }

static journey_status read_stored(jn_io_source *source, char *buffer, size_t n, size_t *got, journey_error *err) {
  journey_status status = can_seek(source) ? read_at(source, source->consumed, buffer, n, got, err)
                                           : read_pipe(source, buffer, n, got, err);
  if (!status) source->consumed += (int64_t)*got;
  return status;
}

static journey_status feed_gzip(void *from, const char **bytes, size_t *n, journey_error *err) {
  jn_io_source *source = from;
  *bytes = source->feed;
  *n = source->first;
  source->first = 0;
  return *n ? JOURNEY_OK : read_stored(source, source->feed, FEED, n, err);
}

static journey_status read_more(jn_io_source *source, char *buffer, size_t n, size_t *got, journey_error *err) {
  return source->gzip ? jn_io_gzip_read(source->gzip, buffer, n, got, err) : read_stored(source, buffer, n, got, err);
}

bool jn_io_source_is_gzip(const jn_io_source *source) { return source->gzip != NULL; }

bool jn_io_source_is_random(const jn_io_source *source) { return can_seek(source) && !source->gzip; }

journey_status jn_io_source_read_at(const jn_io_source *source, int64_t offset, char *buffer, size_t n, size_t *got,
                                    journey_error *err) {
  return read_at(source, offset, buffer, n, got, err);
}

journey_status jn_io_source_peek(jn_io_source *source, size_t want, const char **bytes, size_t *n, journey_error *err) {
  size_t have = source->peek_n - source->peek_from, got = 0;
  journey_status status = JOURNEY_OK;
  if (have < want) {
    status = jn_base_grow(source->context, &source->peeked, &source->peek_capacity, source->peek_from + want, 1, err);
    if (!status) status = read_more(source, source->peeked + source->peek_n, want - have, &got, err);
    if (status) return status;
    source->peek_n += got;
    have += got;
  }
  *bytes = source->peeked + source->peek_from;
  *n = have < want ? have : want;
  return JOURNEY_OK;
}

journey_status jn_io_source_read(jn_io_source *source, char *buffer, size_t n, size_t *got, journey_error *err) {
  size_t have = source->peek_n - source->peek_from;
  if (have > n) have = n;
  if (have) memcpy(buffer, source->peeked + source->peek_from, have);
  source->peek_from += have;
  *got = have;
  if (have == n) return JOURNEY_OK;
  size_t more = 0;
  journey_status status = read_more(source, buffer + have, n - have, &more, err);
  *got += more;
  return status;
}

journey_status jn_io_source_skip(jn_io_source *source, size_t n, journey_error *err) {
  const char *bytes;
  size_t got;
  journey_status status = jn_io_source_peek(source, n, &bytes, &got, err);
  if (!status) source->peek_from += got;
  return status;
}

bool jn_io_source_can_rewind(const jn_io_source *source) { return can_seek(source); }

void jn_io_source_rewind(jn_io_source *source) {
  source->peek_from = source->peek_n = 0;
  source->consumed = 0;
  source->first = 0;
  if (source->gzip) jn_io_gzip_reset(source->gzip);
}

int64_t jn_io_source_size(const jn_io_source *source) { return source->size; }
int64_t jn_io_source_consumed(const jn_io_source *source) { return source->consumed; }

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static journey_status open_path(jn_io_source *source, const char *path, journey_error *err) {
  struct stat about;
  source->owned = strcmp(path, "-") != 0;
  source->fd = source->owned ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
  if (source->fd < 0) return refused("open", errno, err);
  if (fstat(source->fd, &about) != 0) return refused("read", errno, err);
  if (S_ISDIR(about.st_mode)) return refused("read", EISDIR, err);
  source->regular = S_ISREG(about.st_mode);
  if (!source->regular) return JOURNEY_OK;
  off_t here = source->owned ? 0 : lseek(source->fd, 0, SEEK_CUR); /* standard input may be partly read */
  source->start = here > 0 ? here : 0;
  source->size = about.st_size > source->start ? (int64_t)about.st_size - source->start : 0;
  return JOURNEY_OK;
}

static journey_status start_gzip(jn_io_source *source, journey_error *err) {
  const char *bytes;
  size_t n;
  journey_status status = jn_io_source_peek(source, 4, &bytes, &n, err);
  if (status || !jn_io_is_gzip(bytes, n)) return status;
  source->feed = jn_base_alloc(source->context, FEED, 1);
  if (!source->feed) return jn_base_no_memory(err);
  memcpy(source->feed, bytes, n);
  source->first = n;
  source->peek_from = source->peek_n = 0;
  return jn_io_gzip_new(source->context, feed_gzip, source, &source->gzip, err);
}

static journey_status finish_open(jn_io_source *source, journey_status status, jn_io_source **out, journey_error *err) {
  if (!status) status = start_gzip(source, err);
  if (status) {
    jn_io_source_close(source);
    return status;
  }
  *out = source;
  return JOURNEY_OK;
}

journey_status jn_io_source_open(journey_context *context, const char *path, jn_io_source **out, journey_error *err) {
  jn_io_source *source = jn_base_zalloc(context, 1, sizeof *source);
  if (!source) return jn_base_no_memory(err);
  source->context = context;
  source->size = -1;
  return finish_open(source, open_path(source, path, err), out, err);
}

journey_status jn_io_source_memory(journey_context *context, const char *bytes, size_t n, jn_io_source **out,
                                   journey_error *err) {
  jn_io_source *source = jn_base_zalloc(context, 1, sizeof *source);
  if (!source) return jn_base_no_memory(err);
  source->context = context;
  source->fd = -1;
  source->bytes = bytes;
  source->size = (int64_t)n;
  return finish_open(source, JOURNEY_OK, out, err);
}

void jn_io_source_close(jn_io_source *source) {
  if (!source) return;
  jn_io_gzip_free(source->gzip);
  if (source->owned && source->fd >= 0) close(source->fd);
  jn_base_free(source->context, source->feed, FEED, 1);
  jn_base_free(source->context, source->peeked, source->peek_capacity, 1);
  jn_base_free(source->context, source, 1, sizeof *source);
}
