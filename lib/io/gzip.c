/* gzip through zlib, where the build has it: members one after another are one text, as gzip(1) reads them. */
#include <string.h>

#include "io/source.h"

bool jn_io_is_gzip(const char *bytes, size_t n) { return n >= 3 && !memcmp(bytes, "\x1f\x8b\x08", 3); }

#ifndef JN_HAVE_ZLIB

journey_status jn_io_gzip_new(journey_context *context, jn_io_feed feed, void *from, jn_io_gzip **out,
                              journey_error *err) {
  (void)context, (void)feed, (void)from, (void)out;
  return jn_base_fail(err, JOURNEY_EUNSUPPORTED, "the file is gzipped and this build is without zlib: gunzip it first");
}
void jn_io_gzip_free(jn_io_gzip *gzip) { (void)gzip; }
void jn_io_gzip_reset(jn_io_gzip *gzip) { (void)gzip; }
journey_status jn_io_gzip_read(jn_io_gzip *gzip, char *buffer, size_t n, size_t *got, journey_error *err) {
  (void)gzip, (void)buffer, (void)n, (void)got;
  return jn_base_fail(err, JOURNEY_EUNSUPPORTED, "this build is without zlib");
}

#else

#include <limits.h>
#include <zlib.h>

enum { GZIP_ONLY = 15 + 16 }; /* window bits: the largest window, and a gzip header */

struct jn_io_gzip {
  journey_context *context;
  jn_io_feed feed;
  void *from;
  z_stream z;
  bool between; /* a member has ended, none has begun */
  bool ended;
};

/* zlib does not say how large a block was when it gives it back. */
typedef union block_head {
  size_t size;
  max_align_t align;
} block_head;

static void *z_alloc(void *context, unsigned n, unsigned size) {
  size_t bytes;
  if (!jn_base_mul_size(n, size, &bytes) || bytes > SIZE_MAX - sizeof(block_head)) return NULL;
  block_head *block = jn_base_alloc(context, bytes + sizeof *block, 1);
  if (!block) return NULL;
  block->size = bytes + sizeof *block;
  return block + 1;
}

static void z_free(void *context, void *p) {
  block_head *block = (block_head *)p - 1;
  jn_base_free(context, block, block->size, 1);
}

journey_status jn_io_gzip_new(journey_context *context, jn_io_feed feed, void *from, jn_io_gzip **out,
                              journey_error *err) {
  jn_io_gzip *gzip = jn_base_zalloc(context, 1, sizeof *gzip);
  if (!gzip) return jn_base_no_memory(err);
  *gzip = (jn_io_gzip){.context = context, .feed = feed, .from = from};
  gzip->z = (z_stream){.zalloc = z_alloc, .zfree = z_free, .opaque = context};
  if (inflateInit2(&gzip->z, GZIP_ONLY) != Z_OK) {
    jn_base_free(context, gzip, 1, sizeof *gzip);
    return jn_base_no_memory(err);
  }
  *out = gzip;
  return JOURNEY_OK;
}

void jn_io_gzip_free(jn_io_gzip *gzip) {
  if (!gzip) return;
  inflateEnd(&gzip->z);
  jn_base_free(gzip->context, gzip, 1, sizeof *gzip);
}

void jn_io_gzip_reset(jn_io_gzip *gzip) {
  inflateReset(&gzip->z);
  gzip->z.next_in = NULL;
  gzip->z.avail_in = 0;
  gzip->between = gzip->ended = false;
}

static journey_status fill(jn_io_gzip *gzip, journey_error *err) {
  const char *bytes;
  size_t n;
  journey_status status = gzip->feed(gzip->from, &bytes, &n, err);
  if (status) return status;
  memcpy(&gzip->z.next_in, &bytes, sizeof bytes); /* zlib wants it without const */
  gzip->z.avail_in = (unsigned)n;
  if (n) return JOURNEY_OK;
  gzip->ended = gzip->between;
  if (gzip->ended) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_EPARSE, "the gzip data end too early: the file is cut off");
}

/* After a member: zeros pad the file, anything else begins the next member. */
static void skip_padding(jn_io_gzip *gzip) {
  while (gzip->z.avail_in && *gzip->z.next_in == 0) {
    gzip->z.next_in++;
    gzip->z.avail_in--;
  }
  if (!gzip->z.avail_in) return;
  inflateReset(&gzip->z);
  gzip->between = false;
}

static journey_status step(jn_io_gzip *gzip, journey_error *err) {
  switch (inflate(&gzip->z, Z_NO_FLUSH)) {
  case Z_OK:
  case Z_BUF_ERROR: return JOURNEY_OK;
  case Z_STREAM_END: gzip->between = true; return JOURNEY_OK;
  case Z_MEM_ERROR: return jn_base_no_memory(err);
  default:
    return jn_base_fail(err, JOURNEY_EPARSE, "the gzip data are damaged: %s", gzip->z.msg ? gzip->z.msg : "no header");
  }
}

journey_status jn_io_gzip_read(jn_io_gzip *gzip, char *buffer, size_t n, size_t *got, journey_error *err) {
  journey_status status = JOURNEY_OK;
  size_t done = 0;
  while (done < n && !gzip->ended && !status) {
    if (!gzip->z.avail_in) status = fill(gzip, err);
    if (!status && gzip->between) skip_padding(gzip);
    if (status || gzip->between || gzip->ended) continue;
    unsigned room = n - done > UINT_MAX ? UINT_MAX : (unsigned)(n - done);
    gzip->z.next_out = (unsigned char *)buffer + done;
    gzip->z.avail_out = room;
    status = step(gzip, err);
    done += room - gzip->z.avail_out;
  }
  *got = done;
  return status;
}

#endif
