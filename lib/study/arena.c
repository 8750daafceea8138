/* Memory of the room: pieces that are freed together, and buffers that only grow. */
#include <string.h>

#include "study/internal.h"

typedef struct jn_study_piece {
  struct jn_study_piece *next;
  size_t size; /* all of it */
} piece;

_Static_assert(sizeof(piece) % _Alignof(max_align_t) == 0, "what follows a piece's head is aligned");

void *jn_study_take(jn_study_arena *arena, size_t n, size_t size) {
  size_t bytes;
  if (!jn_base_mul_size(n, size, &bytes) || bytes > SIZE_MAX / 2) return NULL;
  bytes += sizeof(piece);
  piece *made = jn_base_zalloc(arena->context, bytes, 1);
  if (!made) return NULL;
  *made = (piece){arena->pieces, bytes};
  arena->pieces = made;
  return made + 1;
}

char *jn_study_take_text(jn_study_arena *arena, const char *s, size_t n) {
  char *copy = jn_study_take(arena, n + 1, 1);
  if (copy) memcpy(copy, s, n);
  return copy;
}

void jn_study_give_back(jn_study_arena *arena) {
  for (piece *p = arena->pieces, *next; p; p = next) {
    next = p->next;
    jn_base_free(arena->context, p, p->size, 1);
  }
  arena->pieces = NULL;
}

journey_status jn_study_room(journey_context *context, jn_study_buffer *buffer, size_t n, size_t size,
                             journey_error *err) {
  size_t bytes;
  if (!jn_base_mul_size(n, size, &bytes)) return jn_base_no_memory(err);
  if (bytes <= buffer->size && buffer->data) return JOURNEY_OK;
  jn_study_room_free(context, buffer);
  if (!bytes) bytes = 1;
  buffer->data = jn_base_alloc(context, bytes, 1);
  if (!buffer->data) return jn_base_no_memory(err);
  buffer->size = bytes;
  return JOURNEY_OK;
}

void jn_study_room_free(journey_context *context, jn_study_buffer *buffer) {
  if (buffer->data) jn_base_free(context, buffer->data, buffer->size, 1);
  *buffer = (jn_study_buffer){0};
}
