/* Rows as words of 64 bits, or of 128 where 64 do not hold them. */
#include "stream/words.h"

#define WORD uint64_t
#define NAME(x) x##_narrow
#include "stream/words_template.h"
#undef WORD
#undef NAME

#define WORD jn_stream_wide
#define NAME(x) x##_wide
#include "stream/words_template.h"
#undef WORD
#undef NAME

void jn_stream_sort_numbers(uint64_t *number, uint64_t *scratch, size_t n) {
  if (!n) return;
  radix_narrow(number, scratch, n, 0);
  memcpy(number, scratch, n * sizeof *number);
}
