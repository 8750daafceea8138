/* Filling the error record, the rule for options structs, and the names of codes and versions. */
#include <stdio.h>

#include "base/internal.h"

enum { OPTIONS_MOST = 1 << 16 }; /* no options struct is larger: a size beyond is garbage */

size_t journey_error_size(void) { return sizeof(journey_error); }

int32_t journey_version(void) {
  return JOURNEY_VERSION_MAJOR * 1000000 + JOURNEY_VERSION_MINOR * 1000 + JOURNEY_VERSION_PATCH;
}

#define JN_TEXT_OF(x) #x
#define JN_TEXT(x) JN_TEXT_OF(x)

const char *journey_version_string(void) {
  return JN_TEXT(JOURNEY_VERSION_MAJOR) "." JN_TEXT(JOURNEY_VERSION_MINOR) "." JN_TEXT(JOURNEY_VERSION_PATCH);
}

const char *journey_status_name(journey_status status) {
  static const char *const names[] = {
      "JOURNEY_OK",           "JOURNEY_ENOMEM",     "JOURNEY_EINVAL",    "JOURNEY_EIO",
      "JOURNEY_EPARSE",       "JOURNEY_ELIMIT",     "JOURNEY_ENOTFOUND", "JOURNEY_EEXIST",
      "JOURNEY_EUNSUPPORTED", "JOURNEY_ECANCELLED", "JOURNEY_ESTATE",
  };
  if (status == JOURNEY_EUSER) return "JOURNEY_EUSER";
  if (status > 0 || status <= -(int)(sizeof names / sizeof *names)) return "JOURNEY_E?";
  return names[-status];
}

size_t jn_base_line(char *line, size_t size, const char *format, va_list arguments) {
  line[0] = '\0';
  int length = vsnprintf(line, size, format, arguments);
  size_t n = strlen(line);
  if (length >= 0 && (size_t)length >= size) n = jn_base_whole(line, n);
  line[n] = '\0';
  jn_base_clean(line, n);
  return n;
}

journey_status jn_base_fail(journey_error *err, journey_status code, const char *format, ...) {
  if (!err) return code;
  *err = (journey_error){.code = code, .offset = -1};
  va_list arguments;
  va_start(arguments, format);
  jn_base_line(err->message, sizeof err->message, format, arguments);
  va_end(arguments);
  return code;
}

journey_status jn_base_fail_at(journey_error *err, journey_status code, int64_t row, int32_t column, int64_t offset,
                               const char *format, ...) {
  if (!err) return code;
  *err = (journey_error){.code = code, .column = column, .row = row, .offset = offset};
  va_list arguments;
  va_start(arguments, format);
  jn_base_line(err->message, sizeof err->message, format, arguments);
  va_end(arguments);
  return code;
}

journey_status jn_base_no_memory(journey_error *err) { return jn_base_fail(err, JOURNEY_ENOMEM, "out of memory"); }

journey_status jn_base_options(const void *options, size_t least, size_t known, void *out, const char *name,
                               journey_error *err) {
  if (!options) return JOURNEY_OK;
  const unsigned char *bytes = options;
  size_t size = jn_base_load4(bytes);
  if (size < least || size > OPTIONS_MOST)
    return jn_base_fail(err, JOURNEY_EINVAL, "%s: struct_size is %zu, expected at least %zu", name, size, least);
  for (size_t i = known; i < size; i++)
    if (bytes[i]) {
      const char *message = "%s: byte %zu is set, but journey %s knows only %zu bytes of it";
      return jn_base_fail(err, JOURNEY_EINVAL, message, name, i, journey_version_string(), known);
    }
  memcpy(out, options, size < known ? size : known);
  return JOURNEY_OK;
}

jn_base_quoted jn_base_quote(const char *s, size_t n) {
  enum { MOST = 40 };
  jn_base_quoted quoted = {{0}};
  size_t shown = n > MOST ? jn_base_whole(s, MOST) : n;
  if (shown) memcpy(quoted.text, s, shown);
  jn_base_clean(quoted.text, shown);
  if (shown < n) memcpy(quoted.text + shown, "...", 4);
  return quoted;
}
