/* The parser of times: a quick way for the usual forms, eight characters at a time, and iso.c and number.c for all. */
#include "time/internal.h"

/* ---- the careful way -------------------------------------------------------------------------------------------- */

static bool looks_like_date(const jn_time_reader *r) {
  bool sign = r->n > 0 && (r->s[0] == '+' || r->s[0] == '-');
  size_t digits = jn_time_count_digits(r, sign);
  char next = sign + digits < r->n ? r->s[sign + digits] : '\0';
  if (sign) return digits == 6 && next == '-';
  return digits == 8 || digits == 14 || (digits == 4 && (next == '-' || next == '/'));
}

static bool looks_like_number(const jn_time_reader *r) {
  size_t sign = r->s[0] == '-', end = sign + jn_time_count_digits(r, sign);
  return end > sign && (end == r->n || r->s[end] == '.' || r->s[end] == ',');
}

static bool read_with_care(const jn_time_parser *parser, jn_time_reader *r, int64_t *out) {
  static const char *const forms =
      "a time is written 2024-01-31 12:30:05, 2024-01-31T12:30:05Z or as a number since 1970";
  if (r->n == 0) return jn_time_fail(r, 0, "it is empty");
  if (parser->kind == JN_TIME_ISO) return jn_time_read_iso(r, parser->zone, out);
  if (parser->kind != JN_TIME_AUTO) return jn_time_read_number(r, parser->kind, out);
  if (looks_like_date(r)) return jn_time_read_iso(r, parser->zone, out);
  if (looks_like_number(r)) return jn_time_read_number(r, JN_TIME_AUTO, out);
  return jn_time_fail(r, 0, forms);
}

journey_status jn_time_parse_error(const jn_time_parser *parser, const char *s, size_t n, journey_error *err) {
  jn_time_reader r = {s, 0, n, NULL};
  int64_t unused;
  if (read_with_care(parser, &r, &unused)) return JOURNEY_OK;
  return jn_base_fail_at(err, JOURNEY_EPARSE, 0, 0, (int64_t)r.at, "%s", r.why);
}

/* ---- eight characters at a time --------------------------------------------------------------------------------- */

/* Characters s[0..8) with s[0] in the lowest byte. */
static inline uint64_t load8(const char *s) {
  uint64_t x;
  memcpy(&x, s, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  x = __builtin_bswap64(x);
#endif
  return x;
}

static inline uint16_t load2(const char *s) {
  uint16_t x;
  memcpy(&x, s, 2);
  return x;
}

/* x is text ^ pattern, so that digits became 0 to 9 and separators 0. Adding `room` (0x76 for a digit, 0x7f for a
 * separator) then sets the high bit of every byte that is more. A carry only comes out of a byte that is wrong. */
static inline bool matches(uint64_t x, uint64_t room) { return ((x | (x + room)) & UINT64_C(0x8080808080808080)) == 0; }

/* Byte i becomes 10 times byte i plus byte i + 1: two digits as a number. */
static inline uint64_t pair_up(uint64_t x) { return x * 10 + (x >> 8); }
static inline int32_t byte_of(uint64_t x, int i) { return (int32_t)(x >> (8 * i) & 0xff); }

#define ZEROS UINT64_C(0x3030303030303030)
#define DIGITS UINT64_C(0x7676767676767676)

/* Of bytes 0 to 9: pairs, then fours, then all eight as one number. */
static inline uint64_t eight_digits(uint64_t x) {
  x = pair_up(x) & UINT64_C(0x00ff00ff00ff00ff);
  x = (x * 100 + (x >> 16)) & UINT64_C(0x0000ffff0000ffff);
  return (x * 10000 + (x >> 32)) & UINT64_C(0xffffffff);
}

/* HH:MM:SS as seconds, or -1 for all that is not plain: also 24:00:00 and a leap second. */
static inline int32_t read_clock(const char *s) {
  uint64_t x = load8(s) ^ UINT64_C(0x30303a30303a3030);
  uint64_t pairs = pair_up(x);
  int32_t hour = byte_of(pairs, 0), minute = byte_of(pairs, 3), second = byte_of(pairs, 6);
  bool good = matches(x, UINT64_C(0x76767f76767f7676)) && hour < 24 && minute < 60 && second < 60;
  return good ? hour * 3600 + minute * 60 + second : -1;
}

/* .ffffff, from the digit before the point, which has been read; or -1. */
static inline int32_t read_micros(const char *s) {
  uint64_t x = load8(s) ^ UINT64_C(0x3030303030302e30);
  uint64_t pairs = pair_up(x);
  if (!matches(x, UINT64_C(0x7676767676767f76))) return -1;
  return byte_of(pairs, 2) * 10000 + byte_of(pairs, 4) * 100 + byte_of(pairs, 6);
}

#define DAYS_TO_1970 719528 /* from 0000-01-01 */

/* YYYY-MM-DD or YYYY/MM/DD as days since 1970; false for what is no date. */
static inline bool read_date(const char *s, int64_t *day) {
  static const int16_t before[] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365}; /* the month */
  const uint64_t dash = UINT64_C(0x2d30302d30303030), slash = UINT64_C(0x2f30302f30303030);
  uint64_t x = load8(s) ^ (s[4] == '/' ? slash : dash), pairs = pair_up(x);
  int32_t ten = s[8] - '0', one = s[9] - '0';
  if (!matches(x, UINT64_C(0x7f76767f76767676)) || (uint32_t)ten > 9 || (uint32_t)one > 9) return false;
  int32_t century = byte_of(pairs, 0), of_century = byte_of(pairs, 2);
  int32_t month = byte_of(pairs, 5), of_month = ten * 10 + one;
  if (month < 1 || month > 12) return false;
  bool leap = (of_century ? of_century : century) % 4 == 0;
  int32_t length = before[month + 1] - before[month] + (leap && month == 2);
  if (of_month < 1 || of_month > length) return false;
  int32_t year = century * 100 + of_century;
  int32_t leaps = (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400; /* in the years 0 to year - 1 */
  *day = year * 365 + leaps + before[month] + (leap && month > 2) + of_month - 1 - DAYS_TO_1970;
  return true;
}

/* ---- the quick way ---------------------------------------------------------------------------------------------- */

/* What the zone makes of the remembered date. In the days after a change of offset (and before one, as far as offsets
 * go) the careful way decides; otherwise all of the day is its midnight plus the time of day. */
static void set_zone_of_day(jn_time_parser *parser, int64_t midnight) {
  int64_t second = midnight - parser->span.offset;
  if (second < parser->span.from || second >= parser->span.until) {
    parser->span = jn_time_zone_span(parser->zone, second);
    second = midnight - parser->span.offset;
  }
  parser->steady = second >= parser->span.from + 2 * JN_TIME_OFFSET_MAX && second + JN_DAY <= parser->span.until;
  parser->day = midnight * JN_MICROS;
  parser->utc_day = second * JN_MICROS;
}

static inline bool learn_date(jn_time_parser *parser, const char *s) {
  int64_t day;
  if (!read_date(s, &day)) return false;
  parser->chars = load8(s);
  parser->last_chars = load2(s + 8);
  set_zone_of_day(parser, day * JN_DAY);
  return true;
}

void jn_time_parser_init(jn_time_parser *parser, const journey_zone *zone, int32_t kind) {
  *parser = (jn_time_parser){.zone = zone, .kind = kind, .span = jn_time_zone_span(zone, 0)};
  learn_date(parser, "1970-01-01"); /* so what is remembered is always a date */
}

/* Date, separator, HH:MM:SS, perhaps a fraction and an offset, n >= 19. false: the careful way shall decide. */
static inline bool read_quickly(jn_time_parser *parser, const char *s, size_t n, int64_t *out) {
  if ((load8(s) != parser->chars || load2(s + 8) != parser->last_chars) && !learn_date(parser, s)) return false;
  int32_t second = read_clock(s + 11);
  if (second < 0 || (s[10] != ' ' && s[10] != 'T' && s[10] != 't')) return false;
  int64_t micros = second * JN_MICROS;
  jn_time_reader r = {s, 19, n, NULL};
  if (n > 19 && (s[19] == '.' || s[19] == ',')) {
    int64_t fraction = n == 26 ? read_micros(s + 18) : -1;
    bool six = fraction >= 0;
    if (!six && !jn_time_read_fraction(&r, &fraction)) return false;
    if (six) r.at = n;
    micros += fraction;
  }
  if (r.at == n) {
    *out = parser->utc_day + micros;
    return parser->steady;
  }
  int32_t offset = 0;
  bool utc = s[r.at] == 'Z' && r.at + 1 == n;
  if (!utc && !jn_time_read_offset(&r, &offset)) return false;
  *out = parser->day + micros - offset * JN_MICROS;
  return true;
}

/* Whole numbers of 9 to 17 digits, but not of 14, which may be a date. */
static inline bool read_number_quickly(int32_t kind, const char *s, size_t n, int64_t *out) {
  static const int64_t factor[] = {[JN_TIME_S] = JN_MICROS, [JN_TIME_MS] = 1000, [JN_TIME_US] = 1};
  uint64_t x = load8(s) ^ ZEROS, whole;
  if (!matches(x, DIGITS)) return false;
  whole = eight_digits(x);
  for (size_t i = 8; i < n; i++) {
    if (!jn_time_is_digit(s[i])) return false;
    whole = whole * 10 + (uint64_t)(s[i] - '0');
  }
  if (kind == JN_TIME_AUTO) kind = s[0] == '0' ? JN_TIME_NS : n <= 11 ? JN_TIME_S : n <= 13 ? JN_TIME_MS : JN_TIME_US;
  return kind != JN_TIME_NS && jn_base_mul((int64_t)whole, factor[kind], out);
}

bool jn_time_parse(jn_time_parser *parser, const char *s, size_t n, int64_t *out) {
  bool date = parser->kind <= JN_TIME_ISO && n >= 19;
  bool number = parser->kind != JN_TIME_ISO && n >= 9 && n <= 17 && n != 14;
  int64_t time;
  if (!(date && read_quickly(parser, s, n, &time)) && !(number && read_number_quickly(parser->kind, s, n, &time))) {
    jn_time_reader r = {s, 0, n, NULL};
    if (!read_with_care(parser, &r, &time)) return false;
  }
  *out = time;
  return true;
}

journey_status journey_time_parse(const char *s, size_t n, const journey_zone *zone, int64_t *out, journey_error *err) {
  jn_time_parser parser;
  jn_time_parser_init(&parser, zone, JN_TIME_AUTO);
  if (jn_time_parse(&parser, s, n, out)) return JOURNEY_OK;
  journey_error why = {0};
  jn_time_parse_error(&parser, s, n, &why);
  return jn_base_fail_at(err, JOURNEY_EPARSE, 0, 0, why.offset, "\"%s\" is not a time: %s", jn_base_quote(s, n).text,
                         why.message);
}
