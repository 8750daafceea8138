/* Time zones: made from a name, asked for offsets. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "time/internal.h"

/* ---- life ------------------------------------------------------------------------------------------------------- */

journey_status jn_time_zone_make(journey_context *context, const char *name, size_t n, size_t spans, journey_zone **out,
                                 journey_error *err) {
  journey_zone *zone = jn_base_zalloc(context, 1, sizeof *zone);
  if (!zone) return jn_base_no_memory(err);
  atomic_init(&zone->references, 1);
  zone->context = jn_base_context_ref(context);
  zone->capacity = spans;
  zone->cycle_until = INT64_MAX;
  zone->name_length = n;
  zone->name = jn_base_copy(context, name, n);
  zone->at = jn_base_alloc(context, spans, sizeof *zone->at);
  zone->offset = jn_base_alloc(context, spans, sizeof *zone->offset);
  if (!zone->name || !zone->at || !zone->offset) {
    journey_zone_free(zone);
    return jn_base_no_memory(err);
  }
  *out = zone;
  return JOURNEY_OK;
}

journey_zone *jn_time_zone_ref(journey_zone *zone) {
  if (zone) atomic_fetch_add_explicit(&zone->references, 1, memory_order_relaxed);
  return zone;
}

void journey_zone_free(journey_zone *zone) {
  if (!zone || atomic_fetch_sub_explicit(&zone->references, 1, memory_order_acq_rel) > 1) return;
  journey_context *context = zone->context;
  if (zone->name) jn_base_free(context, zone->name, zone->name_length + 1, 1);
  if (zone->at) jn_base_free(context, zone->at, zone->capacity, sizeof *zone->at);
  if (zone->offset) jn_base_free(context, zone->offset, zone->capacity, sizeof *zone->offset);
  jn_base_free(context, zone, 1, sizeof *zone);
  journey_context_free(context);
}

void jn_time_zone_push(journey_zone *zone, int64_t at, int32_t offset) {
  while (zone->count && zone->at[zone->count - 1] >= at) zone->count--;
  if (zone->count && zone->offset[zone->count - 1] == offset) return;
  zone->at[zone->count] = at;
  zone->offset[zone->count++] = offset;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static bool read_two(const char *s, size_t n, size_t *at, int32_t *out) {
  if (n - *at < 2 || !jn_time_is_digit(s[*at]) || !jn_time_is_digit(s[*at + 1])) return false;
  *out = (s[*at] - '0') * 10 + s[*at + 1] - '0';
  *at += 2;
  return true;
}

/* +02:00, +0200, +02; after "UTC" also +2 and +2:00. */
static bool parse_offset(const char *s, size_t n, int32_t *offset) {
  bool utc = n > 3 && memcmp(s, "UTC", 3) == 0;
  size_t at = utc ? 3 : 0;
  int32_t hour, minute = 0;
  if (n <= at || (s[at] != '+' && s[at] != '-')) return false;
  bool west = s[at++] == '-';
  if (!read_two(s, n, &at, &hour)) {
    if (!utc || at == n || !jn_time_is_digit(s[at])) return false;
    hour = s[at++] - '0';
  }
  if (at < n) {
    at += s[at] == ':';
    if (!read_two(s, n, &at, &minute)) return false;
  }
  if (at != n || hour > 23 || minute > 59) return false;
  *offset = hour * 3600 + minute * 60;
  if (west) *offset = -*offset;
  return true;
}

static bool is_utc(const char *s, size_t n) {
  static const char *const names[] = {"UTC", "Z", "GMT", "Etc/UTC", "Etc/GMT"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strlen(names[i]) == n && memcmp(names[i], s, n) == 0) return true;
  return false;
}

/* Letters, digits, '_', '+' and '-' in parts between single '/', so no path leads out of the database. */
static bool is_file_name(const char *s, size_t n) {
  if (n == 0 || n > 100) return false;
  for (size_t i = 0; i < n; i++) {
    bool word = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || jn_time_is_digit(s[i]) || s[i] == '_' ||
                s[i] == '+' || s[i] == '-';
    bool slash = s[i] == '/' && i > 0 && i + 1 < n && s[i - 1] != '/';
    if (!word && !slash) return false;
  }
  return true;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

/* Larger than any real one; a wrong file costs little. */
#define MOST_BYTES 65536

/* Reads up to `size` bytes; their number, or -1. */
static ssize_t read_all(int file, unsigned char *bytes, size_t size) {
  size_t have = 0;
  while (have < size) {
    ssize_t got = read(file, bytes + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    have += (size_t)got;
  }
  return (ssize_t)have;
}

static journey_status load(journey_context *context, const char *name, size_t n, int file, const char *path,
                           journey_zone **out, journey_error *err) {
  size_t size = MOST_BYTES + 1; /* one more shows that the file is too large */
  unsigned char *bytes = jn_base_alloc(context, size, 1);
  if (!bytes) return jn_base_no_memory(err);
  ssize_t got = read_all(file, bytes, size);
  journey_status status = got < 0 ? jn_base_fail(err, JOURNEY_EIO, "%s: cannot be read (system error %d)", path, errno)
                                  : jn_time_zone_from_tzif(context, name, n, bytes, (size_t)got, out, err);
  jn_base_free(context, bytes, size, 1);
  return status;
}

/* The zone in the file `path`. JOURNEY_ENOTFOUND, with *err not written, when there is no such regular file. Opening
 * does not wait, whatever the path names. */
static journey_status open_zone(journey_context *context, const char *name, size_t n, const char *path,
                                journey_zone **out, journey_error *err) {
  struct stat about;
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0 && (errno == ENOENT || errno == ENOTDIR)) return JOURNEY_ENOTFOUND;
  if (file < 0) return jn_base_fail(err, JOURNEY_EIO, "%s: cannot be opened (system error %d)", path, errno);
  journey_status status = JOURNEY_ENOTFOUND;
  if (fstat(file, &about) == 0 && S_ISREG(about.st_mode)) status = load(context, name, n, file, path, out, err);
  close(file);
  return status;
}

static journey_status find_zone(journey_context *context, const char *name, size_t n, journey_zone **out,
                                journey_error *err) {
  static const char *const places[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    char path[160];
    snprintf(path, sizeof path, "%s/%.*s", places[i], (int)n, name);
    journey_status status = open_zone(context, name, n, path, out, err);
    if (status != JOURNEY_ENOTFOUND) return status;
  }
  return jn_base_fail(err, JOURNEY_ENOTFOUND,
                      "time zone \"%.*s\" is not in %s, %s or %s; names look like Europe/Berlin, UTC or +02:00", (int)n,
                      name, places[0], places[1], places[2]);
}

journey_status journey_zone_new(journey_context *context, const char *name, size_t n, journey_zone **out,
                                journey_error *err) {
  int32_t offset = 0;
  if (is_utc(name, n) || parse_offset(name, n, &offset)) {
    journey_status status = jn_time_zone_make(context, name, n, 1, out, err);
    if (status == JOURNEY_OK) jn_time_zone_push(*out, JN_TIME_SECOND_MIN, offset);
    return status;
  }
  if (is_file_name(name, n)) return find_zone(context, name, n, out, err);
  return jn_base_fail(err, JOURNEY_EINVAL, "\"%s\" is not a time zone; names look like Europe/Berlin, UTC or +02:00",
                      jn_base_quote(name, n).text);
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

const char *journey_zone_name(const journey_zone *zone) { return zone ? zone->name : "UTC"; }

/* The last span that starts at `second` or before. Written so that no branch depends on the times. */
static size_t search(const journey_zone *zone, int64_t second) {
  const int64_t *low = zone->at;
  for (size_t n = zone->count; n > 1; n -= n / 2)
    if (low[n / 2] <= second) low += n / 2;
  return (size_t)(low - zone->at);
}

jn_time_span jn_time_zone_span(const journey_zone *zone, int64_t second) {
  const int64_t cycle = (int64_t)JN_DAYS_OF_CYCLE * JN_DAY;
  int64_t shift = 0;
  if (!zone) return (jn_time_span){JN_TIME_SECOND_MIN, JN_TIME_SECOND_MAX, 0};
  if (second >= zone->cycle_until) shift = ((second - zone->cycle_until) / cycle + 1) * cycle;
  size_t i = search(zone, second - shift);
  return (jn_time_span){
      .from = i > 0 ? zone->at[i] + shift : JN_TIME_SECOND_MIN,
      .until = i + 1 < zone->count ? zone->at[i + 1] + shift : JN_TIME_SECOND_MAX,
      .offset = zone->offset[i],
  };
}

int64_t jn_time_zone_to_utc(const journey_zone *zone, int64_t local) {
  const int64_t most = JN_TIME_SECOND_MAX - 2 * JN_TIME_OFFSET_MAX; /* more is beyond all times anyway */
  if (local > most) local = most;
  if (local < -most) local = -most;
  jn_time_span span = jn_time_zone_span(zone, local - JN_TIME_OFFSET_MAX);
  int32_t before = span.offset;
  while (local - span.offset >= span.until) {
    before = span.offset;
    span = jn_time_zone_span(zone, span.until);
  }
  return local - (local - span.offset < span.from ? before : span.offset);
}

int32_t journey_zone_offset(const journey_zone *zone, int64_t time) {
  return jn_time_zone_span(zone, jn_time_second(time)).offset;
}

journey_status journey_zone_instant(const journey_zone *zone, int64_t local, int64_t *out, journey_error *err) {
  int64_t second = jn_time_second(local), micros = jn_time_micros(local);
  if (jn_time_of_second(jn_time_zone_to_utc(zone, second), micros, out)) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_ELIMIT, "local time %lld does not fit into 64 bits in UTC", (long long)local);
}
