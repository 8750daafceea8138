/* Rows as words: writing them to buckets, sorting, taking them apart. Included once for each width, so without a guard:
 * WORD is the type, NAME(x) gives x its name for that width.
 *
 * A word holds, from the top: customer within its bucket, ticks, tail. The order of words without their tails is the
 * order of the stream; everything here is stable, so rows of one customer and time stay in order of arrival. */

enum { NAME(CHUNK) = 256, NAME(INSERTION_MOST) = 48 };

static inline WORD NAME(tail_mask)(const jn_stream_work *work) { return ((WORD)1 << work->tail_bits) - 1; }

/* ---- to the buckets ------------------------------------------------------------------------------------------------ */

static void NAME(tails_of)(const jn_stream_work *work, const jn_stream_piece *piece, size_t row, size_t n, WORD *tail) {
  uint32_t code[NAME(CHUNK)];
  const uint32_t *map = work->names.map ? work->names.map[piece->writer] : NULL;
  if (work->extras) {
    uint64_t place = (uint64_t)piece->segment->number << JN_STREAM_ROW_BITS | row;
    for (size_t i = 0; i < n; i++) tail[i] = place + i;
    return;
  }
  jn_stream_load(&piece->segment->name, row, code, n);
  if (map)
    for (size_t i = 0; i < n; i++) tail[i] = map[code[i]];
  else
    for (size_t i = 0; i < n; i++) tail[i] = code[i];
}

void NAME(jn_stream_scatter)(const jn_stream_work *work, const jn_stream_piece *piece, int64_t *cursor) {
  WORD tail[NAME(CHUNK)], *words = work->words;
  uint64_t least = (uint64_t)work->least;
  uint32_t within = (uint32_t)(((uint64_t)1 << work->customer_bits) - 1);
  int customer_bits = work->customer_bits, tick_bits = work->tick_bits, tail_bits = work->tail_bits;
  jn_stream_unit_of_time unit = work->unit;
  for (size_t done = 0; done < piece->rows; done += NAME(CHUNK)) {
    size_t row = piece->first + done, n = piece->rows - done < NAME(CHUNK) ? piece->rows - done : NAME(CHUNK);
    const uint32_t *customer = piece->segment->id + row;
    const int64_t *time = piece->segment->time + row;
    NAME(tails_of)(work, piece, row, n, tail);
    for (size_t i = 0; i < n; i++) {
      WORD ticks = jn_stream_ticks(&unit, (uint64_t)time[i] - least);
      WORD word = ((WORD)(customer[i] & within) << tick_bits | ticks) << tail_bits | tail[i];
      words[cursor[customer[i] >> customer_bits]++] = word;
    }
  }
}

/* ---- sorting ------------------------------------------------------------------------------------------------------- */

/* tail: a mask. */
static bool NAME(in_order)(const WORD *word, size_t n, WORD tail) {
  for (size_t i = 1; i < n; i++)
    if (word[i - 1] > (word[i] | tail)) return false;
  return true;
}

static void NAME(insert)(const WORD *from, WORD *to, size_t n, WORD tail) {
  for (size_t i = 0; i < n; i++) {
    WORD word = from[i], limit = word | tail;
    size_t j = i;
    for (; j && to[j - 1] > limit; j--) to[j] = to[j - 1];
    to[j] = word;
  }
}

/* Byte by byte from the lowest, leaving out bytes that are the same in all words. The result is in `to`. */
static void NAME(radix)(WORD *from, WORD *to, size_t n, WORD tail) {
  WORD differ = 0, *source = from, *target = to;
  for (size_t i = 1; i < n; i++) differ |= from[i] ^ from[0];
  differ &= ~tail;
  for (size_t shift = 0; shift < sizeof(WORD) * 8; shift += 8) {
    if (!(differ >> shift & 0xFF)) continue;
    WORD digit = ~tail >> shift & 0xFF;
    size_t place[256] = {0};
    for (size_t i = 0; i < n; i++) place[source[i] >> shift & digit]++;
    for (size_t d = 0, next = 0; d < 256; d++) {
      size_t count = place[d];
      place[d] = next;
      next += count;
    }
    for (size_t i = 0; i < n; i++) target[place[source[i] >> shift & digit]++] = source[i];
    WORD *swap = source;
    source = target, target = swap;
  }
  if (source != to) memcpy(to, source, n * sizeof *to);
}

static void NAME(sort_path)(WORD *from, WORD *to, size_t n, WORD tail) {
  if (n <= NAME(INSERTION_MOST))
    NAME(insert)(from, to, n, tail);
  else if (NAME(in_order)(from, n, tail))
    memcpy(to, from, n * sizeof *to);
  else
    NAME(radix)(from, to, n, tail);
}

static void NAME(sort_paths)(jn_stream_bench *bench, WORD *word, size_t n, size_t customers, const int64_t *count) {
  WORD *scratch = bench->words, tail = NAME(tail_mask)(bench->work);
  int shift = bench->work->tick_bits + bench->work->tail_bits;
  int64_t *place = bench->place;
  place[0] = 0;
  for (size_t c = 0; c < customers; c++) place[c + 1] = place[c] + count[c];
  for (size_t i = 0; i < n; i++) scratch[place[(size_t)(word[i] >> shift)]++] = word[i];
  for (size_t c = 0, begin = 0; c < customers; begin += (size_t)count[c++])
    NAME(sort_path)(scratch + begin, word + begin, (size_t)count[c], tail);
}

/* ---- duplicates ---------------------------------------------------------------------------------------------------- */

/* The rows word[0..n) have one customer and time. Returns how many are left, moved to `to`. */
static journey_status NAME(drop_among)(jn_stream_bench *bench, const WORD *word, size_t n, WORD *to, size_t *left,
                                       journey_error *err) {
  WORD tail = NAME(tail_mask)(bench->work);
  *left = 0;
  journey_status status =
      jn_base_grow(bench->work->context, &bench->row, &bench->row_capacity, n, sizeof *bench->row, err);
  if (status) return status;
  for (size_t i = 0; i < n; i++) bench->row[i] = (uint64_t)(word[i] & tail);
  status = jn_stream_flag_duplicates(bench, n, err);
  for (size_t i = 0; !status && i < n; i++)
    if (!(bench->row[i] & JN_STREAM_DUPLICATE)) to[(*left)++] = word[i];
  return status;
}

static journey_status NAME(drop)(jn_stream_bench *bench, WORD *word, size_t n, int64_t *count, int64_t *kept,
                                 journey_error *err) {
  int tail_bits = bench->work->tail_bits, shift = bench->work->tick_bits + tail_bits;
  journey_status status = JOURNEY_OK;
  size_t to = 0;
  for (size_t i = 0, end, left; !status && i < n; i = end) {
    for (end = i + 1; end < n && word[end] >> tail_bits == word[i] >> tail_bits;) end++;
    size_t customer = (size_t)(word[i] >> shift);
    left = 1;
    if (end - i > 1)
      status = NAME(drop_among)(bench, word + i, end - i, word + to, &left, err);
    else
      word[to] = word[i];
    to += left;
    count[customer] -= (int64_t)(end - i - left);
  }
  *kept = (int64_t)to;
  return status;
}

journey_status NAME(jn_stream_sort_bucket)(jn_stream_bench *bench, size_t bucket, int64_t *kept, journey_error *err) {
  jn_stream_work *work = bench->work;
  WORD *word = (WORD *)work->words + work->bucket[bucket];
  size_t n = (size_t)(work->bucket[bucket + 1] - work->bucket[bucket]), first = bucket << work->customer_bits;
  size_t customers = (size_t)1 << work->customer_bits;
  if (customers > work->customers - first) customers = work->customers - first;
  int64_t *count = work->count + first;
  int shift = work->tick_bits + work->tail_bits;
  for (size_t i = 0; i < n; i++) count[(size_t)(word[i] >> shift)]++;
  *kept = (int64_t)n;
  if (!NAME(in_order)(word, n, NAME(tail_mask)(work))) {
    journey_status status = jn_stream_bench_fit(bench, n * sizeof *word, customers + 1, err);
    if (status) return status;
    NAME(sort_paths)(bench, word, n, customers, count);
  }
  return work->events_hashed ? NAME(drop)(bench, word, n, count, kept, err) : JOURNEY_OK;
}

/* ---- taking apart -------------------------------------------------------------------------------------------------- */

void NAME(jn_stream_decode)(const jn_stream_work *work, int64_t first, size_t n, uint64_t *ticks, uint64_t *tails) {
  const WORD *word = (const WORD *)work->words + first;
  WORD tail = NAME(tail_mask)(work);
  uint64_t tick = work->tick_bits ? UINT64_MAX >> (64 - work->tick_bits) : 0;
  for (size_t i = 0; ticks && i < n; i++) ticks[i] = (uint64_t)(word[i] >> work->tail_bits) & tick;
  for (size_t i = 0; tails && i < n; i++) tails[i] = (uint64_t)(word[i] & tail);
}
