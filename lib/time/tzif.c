/* TZif files (RFC 9636): the time zone database in the form in which systems install it. */
#include "time/internal.h"

#define HEADER 44
/* Real files have at most some hundred changes and 4 KB. */
#define MOST_BYTES 65536

/* Where the parts of a file are. */
typedef struct tzif {
  const unsigned char *times, *indexes, *types;
  size_t time_count, type_count, time_size; /* bytes of a time: 4 in version 1, then 8 */
  const char *footer;
  size_t footer_size;
} tzif;

static uint32_t load32(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t load_time(const tzif *file, size_t i) {
  const unsigned char *p = file->times + i * file->time_size;
  if (file->time_size == 4) return (int32_t)load32(p);
  return (int64_t)((uint64_t)load32(p) << 32 | load32(p + 4));
}

static int32_t load_offset(const tzif *file, size_t type) { return (int32_t)load32(file->types + type * 6); }

/* The counts in a header, in their order there. */
typedef struct counts {
  size_t utc, standard, leap, time, type, chars;
} counts;

/* Reads the header at `at` and how many bytes its data block has with times of `time_size` bytes. Counts beyond
 * MOST_BYTES cannot fit, and stop here before a sum could wrap. */
static bool read_header(const unsigned char *bytes, size_t n, size_t at, size_t time_size, counts *c, size_t *size) {
  size_t *members[] = {&c->utc, &c->standard, &c->leap, &c->time, &c->type, &c->chars};
  if (n - at < HEADER || memcmp(bytes + at, "TZif", 4) != 0) return false;
  for (size_t i = 0; i < 6; i++) {
    *members[i] = load32(bytes + at + 20 + 4 * i);
    if (*members[i] > MOST_BYTES) return false;
  }
  *size = c->time * (time_size + 1) + c->type * 6 + c->chars + c->leap * (time_size + 4) + c->standard + c->utc;
  return *size <= n - at - HEADER;
}

/* NULL, or what is wrong. */
static const char *check_data(const tzif *file) {
  if (file->type_count < 1 || file->type_count > 256) return "the number of its offsets is not 1 to 256";
  for (size_t i = 0; i < file->type_count; i++) {
    int32_t offset = load_offset(file, i);
    if (offset <= -JN_TIME_OFFSET_MAX || offset >= JN_TIME_OFFSET_MAX) return "an offset is not less than 24 hours";
  }
  for (size_t i = 0; i < file->time_count; i++) {
    if (file->indexes[i] >= file->type_count) return "a change has no offset";
    if (i && load_time(file, i) <= load_time(file, i - 1)) return "its changes are not in order of time";
  }
  return NULL;
}

/* The text between two newlines at the end. NULL, or what is wrong. */
static const char *find_footer(const unsigned char *bytes, size_t n, tzif *file) {
  const unsigned char *end = n && bytes[0] == '\n' ? memchr(bytes + 1, '\n', n - 1) : NULL;
  if (!end) return "its footer is cut off";
  file->footer = (const char *)bytes + 1;
  file->footer_size = (size_t)(end - bytes) - 1;
  return NULL;
}

/* Finds the parts and checks them. From version 2 on, the file has the data twice and the second, with times of 64
 * bits, counts. */
static const char *find_parts(const unsigned char *bytes, size_t n, tzif *file, bool *leap) {
  counts c;
  size_t at = 0, size;
  *file = (tzif){.time_size = 4};
  if (!read_header(bytes, n, 0, 4, &c, &size)) return "it is cut off or no TZif file";
  if (bytes[4]) {
    at = HEADER + size;
    file->time_size = 8;
    if (!read_header(bytes, n, at, 8, &c, &size)) return "its second part is cut off";
  }
  *leap = c.leap != 0;
  file->time_count = c.time;
  file->type_count = c.type;
  file->times = bytes + at + HEADER;
  file->indexes = file->times + c.time * file->time_size;
  file->types = file->indexes + c.time;
  const char *wrong = check_data(file);
  if (wrong || !bytes[4]) return wrong;
  return find_footer(bytes + at + HEADER + size, n - at - HEADER - size, file);
}

/* The years of a rule that are written out: from that of the last change in the file, 400 and one at either end. A
 * file without any change has its rule from 1900 on. */
#define RULE_YEARS 403
#define FIRST_YEAR 1900

static void add_rule(journey_zone *zone, const jn_time_rule *rule, bool has_times) {
  int64_t last = zone->at[zone->count - 1];
  int64_t year = has_times ? jn_time_date_of(jn_time_floor(last, JN_DAY)).year : FIRST_YEAR;
  for (int64_t y = year; y < year + RULE_YEARS; y++) {
    int64_t at[2];
    int32_t offset[2];
    jn_time_rule_year(rule, y, at, offset);
    for (int i = 0; i < 2; i++)
      if (at[i] > last) jn_time_zone_push(zone, at[i], offset[i]);
  }
  zone->cycle_until = jn_time_days(year + RULE_YEARS - 1, 1, 1) * JN_DAY;
}

static void fill(journey_zone *zone, const tzif *file, const jn_time_rule *rule, bool has_rule) {
  int32_t first = has_rule && file->time_count == 0 ? rule->standard : load_offset(file, 0);
  jn_time_zone_push(zone, JN_TIME_SECOND_MIN, first);
  for (size_t i = 0; i < file->time_count; i++) {
    int64_t at = load_time(file, i);
    if (at < JN_TIME_SECOND_MIN) at = JN_TIME_SECOND_MIN;
    if (at > JN_TIME_SECOND_MAX) return; /* the years of the rule are then beyond all times too */
    jn_time_zone_push(zone, at, load_offset(file, file->indexes[i]));
  }
  if (has_rule && rule->has_dst) add_rule(zone, rule, file->time_count > 0);
}

journey_status jn_time_zone_from_tzif(journey_context *context, const char *name, size_t name_length,
                                      const unsigned char *bytes, size_t n, journey_zone **out, journey_error *err) {
  tzif file;
  jn_time_rule rule;
  bool leap = false;
  const char *wrong = n > MOST_BYTES ? "it is too large" : find_parts(bytes, n, &file, &leap);
  bool has_rule = !wrong && file.footer_size > 0;
  if (has_rule && !jn_time_rule_parse(file.footer, file.footer_size, &rule)) wrong = "its footer is no rule";
  if (wrong)
    return jn_base_fail(err, JOURNEY_EPARSE, "time zone \"%s\": the file is damaged: %s",
                        jn_base_quote(name, name_length).text, wrong);
  if (leap)
    return jn_base_fail(err, JOURNEY_EUNSUPPORTED, "time zone \"%s\" counts leap seconds",
                        jn_base_quote(name, name_length).text);
  size_t spans = 1 + file.time_count + (has_rule && rule.has_dst ? 2 * RULE_YEARS : 0);
  journey_status status = jn_time_zone_make(context, name, name_length, spans, out, err);
  if (status == JOURNEY_OK) fill(*out, &file, &rule, has_rule);
  return status;
}
