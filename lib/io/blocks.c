/* Blocks of whole records, cut in order and parsed in parallel. */
#include "io/blocks.h"

#include <pthread.h>
#include <string.h>

#include "exec/exec.h"
#include "io/settle.h"

/* Room before the data of a block for the beginning of its first record, which the block before ends with. */
enum { HEAD = 1 << 16 };

typedef struct worker {
  char *buffer;
  size_t head, capacity; /* data begin at buffer + head; capacity = head + block + 1 + JN_IO_PAD */
  size_t got;            /* bytes of data */
} worker;

/* What one block leaves to the next. Belongs to the thread whose turn it is. */
typedef struct hand {
  uint32_t state;
  char *carry; /* the beginning of a record that has not ended */
  size_t carry_n, carry_capacity;
  int64_t offset; /* of the carry, or of the next block */
  bool ended;     /* the last byte has been seen, or reading has failed */
} hand;

typedef struct run {
  jn_io_job *job;
  const jn_io_format *format;
  bool random;
  int64_t start;
  worker *workers;
  uint32_t window; /* blocks that may be under way at once */
  pthread_mutex_t lock, reading;
  pthread_cond_t moved;
  int64_t taken, turn; /* under lock: number of the next block to take, to cut */
  bool at_end;         /* under lock: a block came up short */
  hand hand;
  jn_io_settled settled; /* under lock */
} run;

/* ---- taking a block --------------------------------------------------------------------------------------------- */

/* The number of the next block, or -1 when there is nothing left to do. */
static int64_t take(run *r) {
  int64_t block = -1;
  pthread_mutex_lock(&r->lock);
  while (r->taken - r->settled.next >= r->window && r->taken < r->settled.stop) {
    pthread_cond_wait(&r->moved, &r->lock);
  }
  if (!r->at_end && r->taken < r->settled.stop) block = r->taken++;
  pthread_mutex_unlock(&r->lock);
  return block;
}

static void note_end(run *r) {
  pthread_mutex_lock(&r->lock);
  r->at_end = true;
  pthread_mutex_unlock(&r->lock);
}

static jn_io_part *part_of(run *r, int64_t block) { return &r->settled.parts[block % r->window]; }

/* Makes the buffer of the size that blocks need; after a very long record that means smaller. */
static journey_status fit_buffer(run *r, worker *w, size_t head, journey_error *err) {
  size_t capacity = head + r->job->block + 1 + JN_IO_PAD;
  if (capacity == w->capacity) return JOURNEY_OK;
  char *buffer = jn_base_reallocate(r->job->context, w->buffer, w->capacity, capacity);
  if (!buffer) return jn_base_no_memory(err);
  memmove(buffer + head, buffer + w->head, head > w->head ? w->got : 0);
  w->buffer = buffer;
  w->head = head;
  w->capacity = capacity;
  return JOURNEY_OK;
}

static void read_block(run *r, worker *w, int64_t block, jn_io_part *part) {
  size_t n = r->job->block;
  w->got = 0;
  journey_status status = fit_buffer(r, w, HEAD, &part->error);
  char *data = status ? NULL : w->buffer + w->head;
  if (!status && r->random) {
    int64_t at = r->start + block * (int64_t)n;
    status = jn_io_source_read_at(r->job->source, at, data, n, &w->got, &part->error);
    part->done = w->got ? at + (int64_t)w->got : 0;
  } else if (!status) {
    status = jn_io_source_read(r->job->source, data, n, &w->got, &part->error);
    part->done = jn_io_source_consumed(r->job->source);
  }
  if (data) memset(data + w->got, 0, 1 + JN_IO_PAD);
  if (status || w->got < n) note_end(r);
}

/* Sources that are no files are read by one thread at a time, in order. */
static int64_t take_and_read(run *r, worker *w) {
  if (!r->random) pthread_mutex_lock(&r->reading);
  int64_t block = take(r);
  if (block >= 0) read_block(r, w, block, part_of(r, block));
  if (!r->random) pthread_mutex_unlock(&r->reading);
  return block;
}

/* ---- cutting, in order ------------------------------------------------------------------------------------------ */

static void wait_for_turn(run *r, int64_t block) {
  pthread_mutex_lock(&r->lock);
  while (r->turn != block) pthread_cond_wait(&r->moved, &r->lock);
  pthread_mutex_unlock(&r->lock);
}

static void pass_turn(run *r) {
  pthread_mutex_lock(&r->lock);
  r->turn++;
  pthread_cond_broadcast(&r->moved);
  pthread_mutex_unlock(&r->lock);
}

static journey_status add_carry(run *r, const char *bytes, size_t n, journey_error *err) {
  hand *h = &r->hand;
  if (n > r->job->most - h->carry_n) {
    return jn_base_fail_at(err, JOURNEY_ELIMIT, 1, 0, h->offset,
                           "a record is longer than %zu bytes (a quote that is never closed?)", r->job->most);
  }
  journey_status status = jn_base_grow(r->job->context, &h->carry, &h->carry_capacity, h->carry_n + n, 1, err);
  if (status || !n) return status;
  memcpy(h->carry + h->carry_n, bytes, n);
  h->carry_n += n;
  return JOURNEY_OK;
}

/* Puts the carried beginning before the data; a long one is not kept any longer than needed. */
static journey_status join_carry(run *r, worker *w, journey_error *err) {
  hand *h = &r->hand;
  journey_status status = h->carry_n > w->head ? fit_buffer(r, w, h->carry_n, err) : JOURNEY_OK;
  if (status) return status;
  if (h->carry_n) memcpy(w->buffer + w->head - h->carry_n, h->carry, h->carry_n);
  if (h->carry_capacity > 2 * HEAD) {
    jn_base_free(r->job->context, h->carry, h->carry_capacity, 1);
    h->carry = NULL;
    h->carry_capacity = 0;
  }
  h->carry_n = 0;
  return JOURNEY_OK;
}

/* The whole records that this block completes; what comes after them is carried on. */
static journey_status cut(run *r, worker *w, uint32_t look, bool last, jn_io_text *text, journey_error *err) {
  hand *h = &r->hand;
  const char *data = w->buffer + w->head;
  size_t carried = h->carry_n;
  size_t whole = w->got ? r->format->cut(r->format->self, look, data, w->got, &h->state) : 0;
  if (last) whole = w->got;
  text->offset = h->offset;
  if (!whole && !last) return add_carry(r, data, w->got, err);
  journey_status status = join_carry(r, w, err);
  if (status) return status;
  data = w->buffer + w->head;
  text->bytes = data - carried;
  text->n = carried + whole;
  h->offset += (int64_t)text->n;
  return add_carry(r, data + whole, w->got - whole, err);
}

/* The last record need not end in a newline. */
static void close_text(run *r, worker *w, jn_io_text *text) {
  char *end = w->buffer + w->head + w->got;
  if (!text->n || end[-1] == r->format->newline) return;
  *end = r->format->newline;
  text->n++;
}

static void cut_in_turn(run *r, worker *w, int64_t block, jn_io_text *text, jn_io_part *part) {
  uint32_t look = w->got && r->format->look ? r->format->look(r->format->self, w->buffer + w->head, w->got) : 0;
  wait_for_turn(r, block);
  bool last = w->got < r->job->block;
  if (!r->hand.ended && !part->error.code) {
    cut(r, w, look, last, text, &part->error);
    if (last && !part->error.code) close_text(r, w, text);
  }
  r->hand.ended |= last || part->error.code;
  pass_turn(r);
}

/* ---- the tasks -------------------------------------------------------------------------------------------------- */

static bool wanted(run *r, int64_t block) {
  pthread_mutex_lock(&r->lock);
  bool yes = block < r->settled.stop;
  pthread_mutex_unlock(&r->lock);
  return yes;
}

static void finish_part(run *r, int64_t block, jn_io_part *part) {
  pthread_mutex_lock(&r->lock);
  part->finished = true;
  if (part->error.code && block < r->settled.stop) r->settled.stop = block;
  jn_io_settle(&r->settled);
  pthread_cond_broadcast(&r->moved);
  pthread_mutex_unlock(&r->lock);
}

static journey_status work_on(void *self, int64_t index, journey_error *err) {
  (void)err; /* what goes wrong is settled in the order of blocks */
  run *r = self;
  worker *w = &r->workers[index];
  for (int64_t block; (block = take_and_read(r, w)) >= 0;) {
    jn_io_part *part = part_of(r, block);
    jn_io_text text = {.block = block};
    cut_in_turn(r, w, block, &text, part);
    if (!part->error.code) jn_base_cancelled(r->job->context, &part->error);
    if (text.n && !part->error.code && wanted(r, block)) {
      r->format->parse(r->format->self, (uint32_t)index, &text, part);
    }
    finish_part(r, block, part);
  }
  return JOURNEY_OK;
}

static journey_status start(run *r, journey_error *err) {
  jn_io_job *job = r->job;
  r->window = 4 * job->threads + 4;
  r->settled.stop = INT64_MAX;
  r->settled.job = job;
  r->settled.window = r->window;
  r->workers = jn_base_zalloc(job->context, job->threads, sizeof *r->workers);
  r->settled.parts = jn_base_zalloc(job->context, r->window, sizeof *r->settled.parts);
  return r->workers && r->settled.parts ? JOURNEY_OK : jn_base_no_memory(err);
}

static void stop(run *r) {
  jn_io_job *job = r->job;
  for (uint32_t i = 0; r->workers && i < job->threads; i++) {
    jn_base_free(job->context, r->workers[i].buffer, r->workers[i].capacity, 1);
  }
  for (uint32_t i = 0; r->settled.parts && i < r->window; i++) jn_io_part_clear(job, &r->settled.parts[i]);
  jn_base_free(job->context, r->workers, job->threads, sizeof *r->workers);
  jn_base_free(job->context, r->settled.parts, r->window, sizeof *r->settled.parts);
  jn_base_free(job->context, r->hand.carry, r->hand.carry_capacity, 1);
}

journey_status jn_io_blocks_read(jn_io_job *job, const jn_io_format *format, int64_t first, int64_t lines,
                                 journey_error *err) {
  run r = {.job = job, .format = format, .start = first, .random = jn_io_source_is_random(job->source)};
  r.hand.offset = first;
  r.settled.lines = lines;
  r.settled.err = err;
  journey_status status = start(&r, err);
  if (!status) {
    pthread_mutex_init(&r.lock, NULL); /* these three cannot fail where journeys run */
    pthread_mutex_init(&r.reading, NULL);
    pthread_cond_init(&r.moved, NULL);
    status = jn_exec_run(job->context, job->threads, work_on, &r, err);
    pthread_cond_destroy(&r.moved);
    pthread_mutex_destroy(&r.reading);
    pthread_mutex_destroy(&r.lock);
  }
  stop(&r);
  return status ? status : r.settled.status;
}
