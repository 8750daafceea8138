/* The JSON pull reader. `expect` says which tokens may come: it is the whole state beside the stack of levels. */
#include "io/json.h"

#include <string.h>

enum { VALUE, FIRST_VALUE, FIRST_NAME, AFTER_NAME, COMMA, DONE };

void jn_io_json_init(jn_io_json *json, journey_context *context, const char *bytes, size_t n) {
  *json = (jn_io_json){0};
  jn_base_text_init(&json->unescaped, context);
  jn_io_json_restart(json, bytes, n);
}

void jn_io_json_restart(jn_io_json *json, const char *bytes, size_t n) {
  json->begin = json->at = json->start = bytes;
  json->end = bytes + n;
  json->depth = 0;
  json->expect = VALUE;
  json->status = JOURNEY_OK;
  json->what = NULL;
}

void jn_io_json_clear(jn_io_json *json) { jn_base_text_clear(&json->unescaped); }

static int fail(jn_io_json *json, const char *what) {
  if (json->status == JOURNEY_OK) {
    json->status = JOURNEY_EPARSE;
    json->what = what;
  }
  return JN_JSON_ERROR;
}

static void skip_space(jn_io_json *json) {
  const char *at = json->at;
  while (at < json->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
  json->at = at;
}

/* ---- strings ------------------------------------------------------------------------------------------------------ */

/* Eight bytes at a time: the first quote, backslash or control character; *wide is set when a byte is not ASCII. */
static const char *find_special(const char *at, const char *end, bool *wide) {
  const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
  uint64_t seen = 0;
  for (; end - at >= 8; at += 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
    uint64_t special = ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
    if (special & highs) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
      /* what is found too much lies above what is right */
      int bits = __builtin_ctzll(special & highs) & ~7;
      *wide |= ((seen | (word & ((UINT64_C(1) << bits) - 1))) & highs) != 0;
      return at + bits / 8;
#else
      break;
#endif
    }
    seen |= word;
  }
  for (; at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20; at++) seen |= (unsigned char)*at;
  *wide |= (seen & highs) != 0;
  return at;
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* Four hexadecimal digits at `at`, or -1. */
static int32_t read_hex(const jn_io_json *json, const char *at) {
  int32_t code = 0;
  if (json->end - at < 4) return -1;
  for (int i = 0; i < 4; i++) {
    int digit = hex_value(at[i]);
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}

static void add_utf8(jn_base_text *text, int32_t code) {
  char bytes[4];
  size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = n; --i > 0; code >>= 6) bytes[i] = (char)(0x80 | (code & 0x3f));
  bytes[0] = (char)(lead[n] | code);
  jn_base_text_add(text, bytes, n);
}

/* \uXXXX, or a pair of surrogates; json->at is behind the 'u'. */
static bool read_unicode(jn_io_json *json) {
  int32_t code = read_hex(json, json->at);
  if (code < 0) return fail(json, "\\u needs four hexadecimal digits"), false;
  json->at += 4;
  if (code >= 0xd800 && code < 0xdc00 && json->end - json->at >= 6 && json->at[0] == '\\' && json->at[1] == 'u') {
    int32_t low = read_hex(json, json->at + 2);
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      json->at += 6;
    }
  }
  if (code >= 0xd800 && code < 0xe000) return fail(json, "half of a surrogate pair"), false;
  if (code == 0) return fail(json, "\\u0000 is not allowed in a text"), false;
  add_utf8(&json->unescaped, code);
  return true;
}

static bool read_escape(jn_io_json *json) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  char c = json->at < json->end ? *json->at++ : '\0';
  if (c == 'u') return read_unicode(json);
  const char *found = c ? strchr(from, c) : NULL;
  if (!found) return fail(json, "an unknown escape"), false;
  jn_base_text_add(&json->unescaped, &to[found - from], 1);
  return true;
}

/* json->at is at a backslash; the text so far starts at `from`. */
static bool read_escaped(jn_io_json *json, const char *from, bool *wide) {
  json->unescaped.length = 0;
  for (;;) {
    jn_base_text_add(&json->unescaped, from, (size_t)(json->at - from));
    if (json->at == json->end || *json->at != '\\') break;
    json->at++;
    if (!read_escape(json)) return false;
    from = json->at;
    json->at = find_special(from, json->end, wide);
  }
  json->text = json->unescaped.bytes;
  json->length = json->unescaped.length;
  if (json->unescaped.status != JOURNEY_OK) json->status = json->unescaped.status;
  return json->status == JOURNEY_OK;
}

static bool read_string(jn_io_json *json) {
  bool wide = false;
  size_t bad;
  const char *from = ++json->at;
  json->at = find_special(from, json->end, &wide);
  json->text = from;
  json->length = (size_t)(json->at - from);
  if (json->at < json->end && *json->at == '\\' && !read_escaped(json, from, &wide)) return false;
  if (json->at == json->end) return fail(json, "a text does not end"), false;
  if (*json->at != '"') return fail(json, "a control character in a text"), false;
  if (wide && !jn_base_utf8(from, (size_t)(json->at - from), &bad)) {
    json->at = from + bad;
    return fail(json, "a text is not UTF-8"), false;
  }
  json->at++;
  return true;
}

/* ---- numbers and words ------------------------------------------------------------------------------------------------ */

static const char *skip_digits(const char *at, const char *end) {
  while (at < end && *at >= '0' && *at <= '9') at++;
  return at;
}

static bool read_number(jn_io_json *json) {
  const char *at = json->at, *end = json->end, *digits;
  if (at < end && *at == '-') at++;
  digits = at;
  at = skip_digits(at, end);
  if (at == digits || (*digits == '0' && at - digits > 1)) return fail(json, "not a number"), false;
  if (at < end && *at == '.') {
    digits = ++at;
    at = skip_digits(at, end);
    if (at == digits) return fail(json, "a number ends with its point"), false;
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < end && (*at == '+' || *at == '-')) at++;
    digits = at;
    at = skip_digits(at, end);
    if (at == digits) return fail(json, "a number's exponent has no digits"), false;
  }
  json->text = json->at;
  json->length = (size_t)(at - json->at);
  json->at = at;
  return true;
}

static int read_word(jn_io_json *json, const char *word, int token) {
  size_t n = strlen(word);
  if ((size_t)(json->end - json->at) < n || memcmp(json->at, word, n) != 0) return fail(json, "not a JSON value");
  json->at += n;
  return token;
}

/* ---- tokens -------------------------------------------------------------------------------------------------------------- */

static bool in_object(const jn_io_json *json) {
  int32_t d = json->depth - 1;
  return (json->objects[d >> 6] >> (d & 63)) & 1;
}

static int open_level(jn_io_json *json, bool object) {
  if (json->depth == JN_JSON_MOST_DEPTH) return fail(json, "nested too deeply");
  uint64_t bit = UINT64_C(1) << (json->depth & 63), *word = &json->objects[json->depth >> 6];
  *word = object ? *word | bit : *word & ~bit;
  json->depth++;
  json->at++;
  json->expect = object ? FIRST_NAME : FIRST_VALUE;
  return object ? JN_JSON_OBJECT : JN_JSON_ARRAY;
}

static int close_level(jn_io_json *json, bool object) {
  json->depth--;
  json->at++;
  json->expect = json->depth ? COMMA : DONE;
  return object ? JN_JSON_OBJECT_END : JN_JSON_ARRAY_END;
}

static int read_name(jn_io_json *json) {
  json->start = json->at;
  if (json->at == json->end || *json->at != '"') return fail(json, "a member's name is missing");
  if (!read_string(json)) return JN_JSON_ERROR;
  skip_space(json);
  if (json->at == json->end || *json->at != ':') return fail(json, "a ':' is missing");
  json->at++;
  json->expect = AFTER_NAME;
  return JN_JSON_NAME;
}

static int read_value(jn_io_json *json) {
  int token;
  char c = json->at < json->end ? *json->at : '\0';
  if (c == '{' || c == '[') return open_level(json, c == '{');
  if (c == '"') token = read_string(json) ? JN_JSON_STRING : JN_JSON_ERROR;
  else if (c == 't') token = read_word(json, "true", JN_JSON_TRUE);
  else if (c == 'f') token = read_word(json, "false", JN_JSON_FALSE);
  else if (c == 'n') token = read_word(json, "null", JN_JSON_NULL);
  else if (c == '-' || (c >= '0' && c <= '9')) token = read_number(json) ? JN_JSON_NUMBER : JN_JSON_ERROR;
  else return fail(json, json->at == json->end ? "it ends too early" : "not a JSON value");
  json->expect = json->depth ? COMMA : DONE;
  return token;
}

static int after_value(jn_io_json *json) {
  bool object = in_object(json);
  char c = json->at < json->end ? *json->at : '\0';
  if (c == (object ? '}' : ']')) return close_level(json, object);
  if (c != ',') {
    return fail(json, json->at == json->end ? "it ends too early" : object ? "a ',' or '}' is missing"
                                                                           : "a ',' or ']' is missing");
  }
  json->at++;
  skip_space(json);
  json->start = json->at;
  return object ? read_name(json) : read_value(json);
}

int jn_io_json_next(jn_io_json *json) {
  if (json->status != JOURNEY_OK) return JN_JSON_ERROR;
  skip_space(json);
  json->start = json->at;
  bool more = json->at < json->end;
  switch (json->expect) {
    case FIRST_NAME: return more && *json->at == '}' ? close_level(json, true) : read_name(json);
    case FIRST_VALUE: return more && *json->at == ']' ? close_level(json, false) : read_value(json);
    case COMMA: return after_value(json);
    case DONE: return more ? fail(json, "text after the end of the value") : JN_JSON_END;
    default: return read_value(json);
  }
}

bool jn_io_json_skip(jn_io_json *json, const char **end) {
  int32_t depth = json->depth;
  if (json->expect == FIRST_NAME || json->expect == FIRST_VALUE) {
    while (json->depth >= depth) {
      if (jn_io_json_next(json) == JN_JSON_ERROR) return false;
    }
  }
  if (end) *end = json->at;
  return json->status == JOURNEY_OK;
}

jn_io_json_mark jn_io_json_tell(const jn_io_json *json) {
  return (jn_io_json_mark){json->at, json->depth, json->expect};
}

void jn_io_json_return(jn_io_json *json, jn_io_json_mark mark) {
  json->at = mark.at;
  json->depth = mark.depth;
  json->expect = mark.expect;
}

/* ---- errors ---------------------------------------------------------------------------------------------------------------- */

int64_t jn_io_json_line(const jn_io_json *json, const char *at) {
  int64_t line = 1;
  for (const char *c = json->begin; c < at && (c = memchr(c, '\n', (size_t)(at - c))) != NULL; c++) line++;
  return line;
}

journey_status jn_io_json_fail(const jn_io_json *json, int64_t row, int64_t offset, journey_error *err) {
  if (json->status == JOURNEY_ENOMEM) return jn_base_no_memory(err);
  int64_t line = jn_io_json_line(json, json->at);
  return jn_base_fail_at(err, JOURNEY_EPARSE, row + line - 1, 0, offset + (json->at - json->begin), "JSON: %s",
                         json->what ? json->what : "not valid");
}
