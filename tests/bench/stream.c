/* How fast the room `stream` alone is: rows into writers, writers into a stream.
 *
 *   stream [rows [threads [time|random|customer [wide|linked]]]]
 *
 * As in the benchmark of the whole: rows / 19 customers with ids of 7 digits, 20 names. The order of arrival is by time,
 * at random, or customer after customer. `wide`: milliseconds, an event id, a value in 1 of 8 and two attributes. `linked`: an
 * anonymous id of 36 characters in each row, the customer's id in every other one. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stream/stream.h"

enum { BATCH = 512, BLOCK = 27000 };

typedef struct feed {
  journey_builder *builder;
  int64_t rows, step;
  uint32_t *customer;
  int64_t *time;
  bool wide, linked;
  atomic_int_fast64_t next, nanoseconds; /* of processor time that putting took */
} feed;

static const char *names[20] = {"page_view", "site_search", "catalog", "product",  "cart",     "ad_click",   "login",
                                "checkout",  "delivery",    "payment", "purchase", "wishlist", "review",     "share",
                                "coupon",    "support",     "return",  "refund",   "survey",   "unsubscribe"};
static const char *channels[5] = {"web", "app", "store", "phone", "mail"};

/* Wall and processor time: on a busy machine only the latter means something. */
typedef struct moment {
  double wall, cpu;
} moment;

static moment now(void) {
  struct timespec wall, cpu;
  clock_gettime(CLOCK_MONOTONIC, &wall);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  return (moment){(double)wall.tv_sec + 1e-9 * (double)wall.tv_nsec, (double)cpu.tv_sec + 1e-9 * (double)cpu.tv_nsec};
}

static moment since(moment start) {
  moment end = now();
  return (moment){end.wall - start.wall, end.cpu - start.cpu};
}

static int64_t thread_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint64_t draw(uint64_t x) {
  x = (x + 1) * UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  return x ^ x >> 31;
}

static void digits(char *out, uint64_t n, int width) {
  for (; width-- > 0; n /= 10) out[width] = (char)('0' + n % 10);
}

static void fill(feed *f, const char *order) {
  uint32_t customers = getenv("CUST") ? (uint32_t)atoi(getenv("CUST")) : (uint32_t)(f->rows / 19 + 1);
  f->customer = malloc((size_t)f->rows * sizeof *f->customer);
  f->time = malloc((size_t)f->rows * sizeof *f->time);
  for (int64_t i = 0; i < f->rows; i++) {
    uint64_t x = draw((uint64_t)i);
    f->customer[i] = *order == 'c' ? (uint32_t)(i / 19) : (uint32_t)(x % customers);
    int64_t at = *order == 't' ? i : *order == 'r' ? (int64_t)(x >> 20) % f->rows : i % 19 * (f->rows / 19);
    f->time[i] = at * (90 * 86400000000 / f->rows) / f->step * f->step;
  }
}

typedef struct text {
  char id[8], event[16], page[16], anonymous[40];
  jn_stream_cell cell[2];
} text;

static void make_row(const feed *f, int64_t i, text *t, jn_stream_row *row) {
  uint64_t x = draw((uint64_t)i * 3);
  const char *name = names[(x & 15) * (x >> 4 & 15) * 20 / 226];
  digits(t->id, f->customer[i] * UINT64_C(7919) % 9000000 + 1000000, 7);
  *row = (jn_stream_row){.customer = {t->id, 7}, .name = {name, strlen(name)}, .time = f->time[i], .value = NAN};
  if (f->linked) {
    memset(t->anonymous, '0', 36);
    digits(t->anonymous + 20, f->customer[i] * UINT64_C(31) + (x >> 62), 16);
    row->anonymous = (jn_stream_string){t->anonymous, 36};
    if (x >> 20 & 1) row->customer.length = 0;
  }
  if (!f->wide) return;
  digits(t->event, (uint64_t)i, 12);
  digits(t->page, (x >> 8) % 5000, 16);
  const char *channel = channels[x % 5];
  row->id = (jn_stream_string){t->event, 12};
  if (!(x >> 13 & 7)) row->value = (double)(x >> 50);
  t->cell[0] = (jn_stream_cell){{channel, strlen(channel)}, NAN};
  t->cell[1] = (jn_stream_cell){{t->page, 16}, NAN};
  row->cell = t->cell;
}

static void *put_blocks(void *argument) {
  feed *f = argument;
  jn_stream_writer *writer = NULL;
  journey_error err;
  int64_t block, spent = 0;
  if (jn_stream_writer_new(f->builder, &writer, &err)) exit(1);
  while ((block = atomic_fetch_add(&f->next, 1)) * BLOCK < f->rows) {
    int64_t end = (block + 1) * BLOCK < f->rows ? (block + 1) * BLOCK : f->rows;
    if (jn_stream_begin(writer, block, &err)) exit(1);
    for (int64_t i = block * BLOCK; i < end; i += BATCH) {
      text texts[BATCH];
      jn_stream_row row[BATCH];
      size_t n = end - i < BATCH ? (size_t)(end - i) : BATCH, taken = 0;
      for (size_t k = 0; k < n; k++) make_row(f, i + (int64_t)k, &texts[k], &row[k]);
      spent -= thread_time();
      if (jn_stream_put_rows(writer, row, n, &taken, &err)) exit(1);
      spent += thread_time();
    }
  }
  atomic_fetch_add(&f->nanoseconds, spent);
  return NULL;
}

static void feed_all(feed *f, int threads) {
  pthread_t thread[64];
  atomic_store(&f->next, 0), atomic_store(&f->nanoseconds, 0);
  for (int i = 1; i < threads; i++) pthread_create(&thread[i], NULL, put_blocks, f);
  put_blocks(f);
  for (int i = 1; i < threads; i++) pthread_join(thread[i], NULL);
}

static void run(feed *f, int threads) {
  journey_context_options options = {.struct_size = sizeof options, .threads = threads};
  journey_context *context;
  journey_stream *stream;
  journey_error err;
  uint32_t index;
  int64_t events, total, used, peak, filled;
  if (journey_context_new(&options, &context, &err) || journey_builder_new(context, &f->builder, &err)) exit(1);
  if (f->wide && (jn_stream_declare(f->builder, "channel", 7, JOURNEY_ATTRIBUTE_TEXT, &index, &err) ||
                  jn_stream_declare(f->builder, "page", 4, JOURNEY_ATTRIBUTE_TEXT, &index, &err)))
    exit(1);
  feed_all(f, threads);
  journey_context_memory(context, &filled, NULL);
  moment start = now();
  if (journey_builder_finish(f->builder, &stream, &err)) {
    printf("%s\n", err.message);
    exit(1);
  }
  moment finish = since(start);
  double rows = (double)f->rows;
  journey_stream_memory(stream, &events, &total);
  journey_context_memory(context, &used, &peak);
  printf("put %5.1f ns cpu a row; finish %4.0f ms wall, %5.1f ns cpu a row; bytes a row: %.1f in the "
         "writers, %.1f at the peak, %.2f of events, %.2f in all\n",
         (double)atomic_load(&f->nanoseconds) / rows, finish.wall * 1e3, finish.cpu * 1e9 / rows, (double)filled / rows,
         (double)peak / rows, (double)events / rows, (double)total / rows);
  journey_stream_free(stream);
  journey_builder_free(f->builder);
  journey_context_free(context);
}

int main(int argc, char **argv) {
  feed f = {.rows = argc > 1 ? atoll(argv[1]) : 10000000};
  int threads = argc > 2 ? atoi(argv[2]) : 2;
  const char *order = argc > 3 ? argv[3] : "time";
  f.wide = argc > 4 && *argv[4] == 'w';
  f.linked = argc > 4 && *argv[4] == 'l';
  f.step = f.wide ? 1000 : 1000000;
  if (f.rows < 1 || threads < 1 || threads > 64) return 2;
  fill(&f, order);
  for (int i = 0; i < 3; i++) run(&f, threads);
  free(f.customer), free(f.time);
  return 0;
}
