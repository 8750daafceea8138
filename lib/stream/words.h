/* The two widths of words: what words.c makes of words_template.h. */
#ifndef JN_STREAM_WORDS_H
#define JN_STREAM_WORDS_H

#include "stream/work.h"

/* One thread's memory for sorting. */
typedef struct jn_stream_bench {
  jn_stream_work *work;
  void *words; /* as many bytes as the bucket's words */
  size_t words_bytes;
  int64_t *place; /* by customer of the bucket, and one more */
  size_t places;
  uint64_t *row; /* places of rows of one time; the top bit says: a duplicate */
  size_t row_capacity;
  size_t *table; /* for finding duplicates among many */
  size_t table_size;
} jn_stream_bench;

#define JN_STREAM_DUPLICATE (UINT64_C(1) << 63)

/* Sees to it that there is room for words of so many bytes and for so many places. */
journey_status jn_stream_bench_fit(jn_stream_bench *bench, size_t bytes, size_t places, journey_error *err);
/* Flags duplicates among bench->row[0..n): the rows of one customer and time in order of arrival. */
journey_status jn_stream_flag_duplicates(jn_stream_bench *bench, size_t n, journey_error *err);

/* Write a piece's rows to their buckets. */
void jn_stream_scatter_narrow(const jn_stream_work *work, const jn_stream_piece *piece, int64_t *cursor);
void jn_stream_scatter_wide(const jn_stream_work *work, const jn_stream_piece *piece, int64_t *cursor);
/* Sort a bucket, drop its duplicates, and count the events of its customers; *kept is what is left. */
journey_status jn_stream_sort_bucket_narrow(jn_stream_bench *bench, size_t bucket, int64_t *kept, journey_error *err);
journey_status jn_stream_sort_bucket_wide(jn_stream_bench *bench, size_t bucket, int64_t *kept, journey_error *err);
/* Ticks and tails of n words from `first` on; either may be NULL. */
void jn_stream_decode_narrow(const jn_stream_work *work, int64_t first, size_t n, uint64_t *ticks, uint64_t *tails);
void jn_stream_decode_wide(const jn_stream_work *work, int64_t first, size_t n, uint64_t *ticks, uint64_t *tails);

#endif
