/* For the suites of the room `time`: TZif files made to order. */
#include "tzif_help.h"

#include <string.h>

static unsigned char *put(unsigned char *p, uint64_t x, int bytes) {
  for (int i = bytes - 1; i >= 0; i--) *p++ = (unsigned char)(x >> (8 * i));
  return p;
}

static unsigned char *put_part(unsigned char *p, const test_tzif *file, int bytes) {
  memcpy(p, "TZif", 4);
  p[4] = file->version == 1 ? 0 : (unsigned char)('0' + file->version);
  memset(p + 5, 0, 15);
  p += 20;
  const size_t counts[] = {0, 0, 0, file->times, file->types, 4};
  for (int i = 0; i < 6; i++) p = put(p, counts[i], 4);
  for (size_t i = 0; i < file->times; i++) p = put(p, (uint64_t)file->at[i], bytes);
  for (size_t i = 0; i < file->times; i++) *p++ = file->type[i];
  for (size_t i = 0; i < file->types; i++) p = put(put(p, (uint32_t)file->offset[i], 4), 0, 2);
  memcpy(p, "XXX", 4);
  return p + 4;
}

size_t test_tzif_write(const test_tzif *file, unsigned char *bytes) {
  unsigned char *p = put_part(bytes, file, 4);
  if (file->version == 1) return (size_t)(p - bytes);
  p = put_part(p, file, 8);
  *p++ = '\n';
  size_t n = file->footer ? strlen(file->footer) : 0;
  memcpy(p, file->footer ? file->footer : "", n);
  p[n] = '\n';
  return (size_t)(p - bytes) + n + 1;
}

journey_zone *test_tzif_zone(journey_context *context, const test_tzif *file, journey_status *status) {
  unsigned char bytes[2048];
  journey_zone *zone = NULL;
  *status = jn_time_zone_from_tzif(context, "test", 4, bytes, test_tzif_write(file, bytes), &zone, NULL);
  return zone;
}

journey_zone *test_rule_zone(journey_context *context, const char *rule) {
  journey_status status;
  return test_tzif_zone(context, &(test_tzif){.version = 2, .types = 1, .footer = rule}, &status);
}
