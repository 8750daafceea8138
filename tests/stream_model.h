/* A stream by brute force, to compare the real one with: events as small numbers, written out as texts. */
#ifndef STREAM_MODEL_H
#define STREAM_MODEL_H

#include "stream/stream.h"

/* An event, or a link (then `from` belongs to `known`). Numbers of texts, -1 for none. */
typedef struct model_op {
  bool link, from_anonymous;
  int32_t from;
  int32_t known, anonymous, name, id;
  int64_t time;
  double value;
  int32_t text;  /* attribute "colour" */
  double number; /* attribute "price" */
} model_op;

/* Numbers below these are used. */
enum { MODEL_IDS = 1 << 17, MODEL_NAMES = 1 << 17 };

/* The text of a number: kind 'i' for ids, 'n' names, 'e' event ids, 't' attributes. Between 1 and 40 bytes. */
typedef struct model_text {
  char bytes[48];
  size_t length;
} model_text;
model_text model_text_of(char kind, int32_t number);

/* Gives the ops to `builder` through `writers` writers: cuts them at random into blocks of at most `block` ops and hands
 * each to a random writer, row by row or in batches. writers 0: through the public functions. */
journey_status model_feed(journey_builder *builder, const model_op *op, size_t n, size_t writers, size_t block,
                          uint64_t seed, journey_error *err);

/* Fails the test unless the stream is what the ops make, to the last column. */
void model_check(const journey_stream *stream, const model_op *op, size_t n);

/* A small generator of random numbers: [0, n). */
uint64_t model_random(uint64_t *state, uint64_t n);

/* Runs tasks on `threads` threads of its own. */
journey_executor model_executor(uint32_t threads);

#endif
