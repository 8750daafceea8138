/* Checking UTF-8, and making text safe to show. */
#include "base/internal.h"

static const uint64_t high_bits = UINT64_C(0x8080808080808080);

/* Length of the character at s[0..n), 0 when it is not valid. The second byte's range shuts out overlong forms,
 * surrogates and what lies beyond U+10FFFF (Unicode, table 3-7). */
static size_t character(const unsigned char *s, size_t n) {
  unsigned lead = s[0];
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (n < length) return 0;
  unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (s[1] < low || s[1] > high) return 0;
  for (size_t i = 2; i < length; i++)
    if ((s[i] & 0xC0) != 0x80) return 0;
  return length;
}

bool jn_base_utf8(const char *s, size_t n, size_t *at) {
  const unsigned char *bytes = (const unsigned char *)s;
  size_t i = 0;
  while (i < n) {
    if (n - i >= 8 && !(jn_base_load8(bytes + i) & high_bits)) {
      i += 8;
      continue;
    }
    size_t length = character(bytes + i, n - i);
    if (!length) {
      if (at) *at = i;
      return false;
    }
    i += length;
  }
  return true;
}

void jn_base_clean(char *s, size_t n) {
  for (size_t i = 0; i < n;) {
    size_t length = character((const unsigned char *)s + i, n - i);
    bool control = length == 1 && ((unsigned char)s[i] < 0x20 || s[i] == 0x7F);
    if (!length || control) s[i] = '?';
    i += length ? length : 1;
  }
}

size_t jn_base_whole(const char *s, size_t n) {
  for (size_t back = 1; back <= 3 && back <= n; back++) {
    unsigned char byte = (unsigned char)s[n - back];
    if ((byte & 0xC0) == 0x80) continue;
    size_t length = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return length > back ? n - back : n;
  }
  return n;
}
