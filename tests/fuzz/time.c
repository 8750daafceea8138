/* Fuzz target of the room `time`. The first byte says what the rest is: a time, a duration, a zone file or a name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "time/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int good) {
  if (!good) abort();
}

static void read_back(int64_t time, const journey_zone *zone) {
  char text[JOURNEY_TIME_SIZE];
  int64_t back;
  size_t n = jn_time_format(time, zone, text);
  must(n < sizeof text && journey_time_parse(text, n, NULL, &back, NULL) == JOURNEY_OK && back == time);
}

static void fuzz_time(int32_t kind, const journey_zone *zone, const char *s, size_t n) {
  jn_time_parser parser;
  int64_t time = 0, again = 0;
  journey_error err = {0};
  jn_time_parser_init(&parser, zone, kind);
  bool read = jn_time_parse(&parser, s, n, &time);
  must(read == (jn_time_parse_error(&parser, s, n, &err) == JOURNEY_OK));
  must(read == jn_time_parse(&parser, s, n, &again) && time == again); /* with the date remembered */
  must(read || (*err.message && err.offset >= 0 && (uint64_t)err.offset <= n));
  if (read) read_back(time, zone);
}

static void fuzz_duration(const char *s, size_t n) {
  int64_t duration, back;
  char text[JOURNEY_TIME_SIZE];
  if (journey_duration_parse(s, n, &duration, NULL) != JOURNEY_OK) return;
  jn_time_duration_short(duration, text);
  jn_time_duration_exact(duration, text);
  must(journey_duration_parse(text, strlen(text), &back, NULL) == JOURNEY_OK && back == duration);
}

static void fuzz_zone(const journey_zone *zone, int64_t time) {
  jn_time_span span = jn_time_zone_span(zone, time / 1000000);
  must(span.from <= time / 1000000 && time / 1000000 < span.until);
  read_back(time, zone);
  for (int32_t unit = 0; unit < JN_TIME_UNITS; unit++) {
    jn_time_calendar calendar;
    char label[JN_TIME_LABEL_SIZE];
    jn_time_calendar_init(&calendar, zone, unit);
    int64_t index = jn_time_period(&calendar, time);
    must(calendar.from <= time && time <= calendar.until);
    must(jn_time_period_start(&calendar, index) == calendar.from);
    must(jn_time_period_label(&calendar, index, label) < sizeof label);
    jn_time_add(&calendar, time, index);
  }
}

static void fuzz_file(journey_context *context, const uint8_t *bytes, size_t n) {
  journey_zone *zone;
  if (jn_time_zone_from_tzif(context, "fuzz", 4, bytes, n, &zone, NULL) != JOURNEY_OK) return;
  for (int bits = 0; bits < 64; bits++) {
    fuzz_zone(zone, INT64_MAX >> bits);
    fuzz_zone(zone, INT64_MIN >> bits);
  }
  journey_zone_free(zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  journey_context *context;
  journey_zone *zone = NULL;
  if (size == 0 || journey_context_new(NULL, &context, NULL) != JOURNEY_OK) return 0;
  const char *s = (const char *)data + 1;
  size_t n = size - 1;
  uint8_t what = data[0] & 15;
  if (what <= JN_TIME_NS) {
    fuzz_time(what, NULL, s, n);
  } else if (what <= 6 + JN_TIME_NS) {
    must(journey_zone_new(context, "-03:30", 6, &zone, NULL) == JOURNEY_OK);
    fuzz_time(what - 6, zone, s, n);
  } else if (what == 12) {
    fuzz_duration(s, n);
  } else if (what == 13) {
    fuzz_file(context, data + 1, n);
  } else if (journey_zone_new(context, s, n, &zone, NULL) == JOURNEY_OK) {
    fuzz_zone(zone, 1706704205123456);
  }
  journey_zone_free(zone);
  journey_context_free(context);
  return 0;
}
