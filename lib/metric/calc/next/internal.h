/* Private to the calculators `next` and `next_customers`: finding the occurrences of a chain in a path.
 *
 * A path is read forward or backward. Either way it is a row of events at places 0, 1, 2, ..., and an occurrence of a
 * chain of N steps at place k is events k to k + N - 1 that satisfy the steps in order; what follows is event k + N. */
#ifndef JN_NEXT_INTERNAL_H
#define JN_NEXT_INTERNAL_H

#include "journey_plugin.h"

enum { JN_NEXT_EVERY, JN_NEXT_HEAD, JN_NEXT_TAIL, JN_NEXT_FIRST, JN_NEXT_LAST }; /* in order of the choices */

/* Reads the paths of one state, one after the other. */
typedef struct jn_next_reader {
  const journey_host *host;
  const journey_steps *chain, *base_step;
  int32_t base, backward, collapse;
  uint32_t *rank; /* place of each event name in byte order, where ties go by name; otherwise NULL */
  /* the batch at hand */
  const journey_batch *batch;
  journey_codes chain_codes, base_codes;
  int32_t any_base; /* every event satisfies the base step */
  /* the path at hand */
  size_t *order; /* indices of its events, where they are not simply consecutive */
  size_t order_capacity;
  int32_t ordered;
  int64_t first, step, count; /* place k is index first + step * k, of `order` or of the batch */
  int64_t from;               /* the next occurrence begins here or later; count: there is none any more */
} jn_next_reader;

/* The options; `next_customers` has all but the last, `top`. */
enum { JN_NEXT_OPTIONS = 7 };
extern const journey_option jn_next_options[JN_NEXT_OPTIONS];

journey_status jn_next_reader_init(jn_next_reader *r, const journey_host *host, journey_error *err);
void jn_next_reader_free(jn_next_reader *r);
journey_status jn_next_read_batch(jn_next_reader *r, const journey_batch *batch, journey_error *err);
/* JOURNEY_ENOMEM without a message. */
journey_status jn_next_read_path(jn_next_reader *r, int64_t p);
/* Place of the next occurrence; -1: no more. */
int64_t jn_next_find(jn_next_reader *r);

/* Index of the event at a place. */
static inline int64_t jn_next_at(const jn_next_reader *r, int64_t place) {
  int64_t i = r->first + r->step * place;
  return r->ordered ? (int64_t)r->order[i] : i;
}

#endif
