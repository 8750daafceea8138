/* A writer's own dictionary: made for one thread that encodes many strings of which most were seen before.
 *
 * Strings of up to 11 bytes are compared within their slot; a longer one leaves its hash there and lies in the arena.
 * Room is made for a whole batch first (jn_stream_reserve), so encoding cannot fail, and slots are fetched ahead of use.
 * Codes are in order of arrival, so forgetting the latest strings means cutting the arena. */
#ifndef JN_STREAM_DICTIONARY_H
#define JN_STREAM_DICTIONARY_H

#include <string.h>

#include "stream/stream.h"

__extension__ typedef unsigned __int128 jn_stream_wide;

enum { JN_STREAM_SHORT = 11, JN_STREAM_MIDDLE = 16 };
#define JN_STREAM_LONG UINT32_C(0xFF000000)

/* 16 bytes, four to a cache line. tag 0: empty. Short: the string is in key and the low 24 bits of tag, its length and
 * its space in the high 8; `at` is its code. Longer: key is the hash, `at` the place of its record in the arena. */
typedef struct jn_stream_slot {
  uint64_t key;
  uint32_t tag, at;
} jn_stream_slot;

/* What finding takes. Loops copy it, so that it stays in registers. A string's first slot is the top bits of its hash;
 * then come the other three of its cache line, then those of the next line. */
typedef struct jn_stream_index {
  uint64_t seed[2], secret;
  jn_stream_slot *slot; /* aligned to cache lines; NULL: none yet */
  size_t mask;          /* their number - 1 */
  int shift;            /* of a hash, for its first slot */
} jn_stream_index;

enum { JN_STREAM_LINE = 4 }; /* slots */

/* Eight bytes of the arena: a record is a head and then the string, padded. */
typedef union jn_stream_word {
  struct {
    uint32_t code, length; /* length * 2 + space */
  } head;
  char bytes[8];
} jn_stream_word;

typedef struct jn_stream_dictionary {
  journey_context *context;
  jn_stream_index index;
  void *lines; /* of the index's slots: what was allocated */
  uint32_t count;
  uint32_t *at; /* place of each record, in units */
  size_t at_capacity;
  jn_stream_word *arena;
  size_t used, capacity;
  uint32_t *mark; /* count at the beginning of each of the writer's blocks */
  size_t marks, mark_capacity;
} jn_stream_dictionary;

typedef struct jn_stream_key {
  uint64_t key, hash;
  uint32_t tag;
} jn_stream_key;

void jn_stream_dictionary_init(jn_stream_dictionary *d, journey_context *context);
void jn_stream_dictionary_clear(jn_stream_dictionary *d);
/* Frees the slots: from now on the dictionary only gives its strings. */
void jn_stream_dictionary_close(jn_stream_dictionary *d);
/* Room for `strings` more of `bytes` bytes together. On failure nothing has changed but capacities. */
journey_status jn_stream_reserve(jn_stream_dictionary *d, size_t strings, size_t bytes, journey_error *err);
/* Keeps the first `count` strings and `marks` marks. */
void jn_stream_truncate(jn_stream_dictionary *d, uint32_t count, size_t marks);
/* Room for `marks` marks. */
journey_status jn_stream_reserve_marks(jn_stream_dictionary *d, size_t marks, journey_error *err);
/* Puts a new string in, whose slot has its key; room was reserved. */
uint32_t jn_stream_insert(jn_stream_dictionary *d, jn_stream_slot *slot, const char *s, size_t n, unsigned space);

static inline uint64_t jn_stream_mix(uint64_t a, uint64_t b) {
  jn_stream_wide product = (jn_stream_wide)a * b;
  return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

static inline uint64_t jn_stream_load8(const char *s) {
  uint64_t word;
  memcpy(&word, s, 8);
  return word;
}

/* Little-endian on any machine: which byte lands where decides what may be cut off. */
static inline uint32_t jn_stream_load4(const char *s) {
  uint32_t word;
  memcpy(&word, s, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap32(word);
#endif
  return word;
}

static inline uint64_t jn_stream_hash_short(const jn_stream_index *x, uint64_t key, uint32_t tag) {
  return jn_stream_mix(key ^ x->seed[tag >> 31], tag ^ x->secret);
}

static inline bool jn_stream_is_long(jn_stream_key key) { return key.tag == JN_STREAM_LONG; }

/* For n <= 11; exact, with the length in the tag. From 4 bytes on without a jump that depends on the length: lengths
 * come at random. */
static inline jn_stream_key jn_stream_key_of_short(const jn_stream_index *x, const char *s, size_t n, unsigned space) {
  jn_stream_key k = {.tag = (uint32_t)(n | space << 7) << 24};
  if (n >= 4) {
    size_t second = n >> 3 << 2; /* 0 or 4: three loads cover all */
    k.key = (uint64_t)jn_stream_load4(s) << 32 | jn_stream_load4(s + second);
    k.tag |= jn_stream_load4(s + n - 4) >> 8;
  } else {
    const unsigned char *u = (const unsigned char *)s;
    k.key = (uint64_t)u[0] << 16 | (uint64_t)u[n / 2] << 8 | u[n - 1];
  }
  k.hash = jn_stream_hash_short(x, k.key, k.tag);
  return k;
}

/* space: 0 or 1; equal strings of two spaces are two strings. n >= 1. */
static inline jn_stream_key jn_stream_key_of(const jn_stream_index *x, const char *s, size_t n, unsigned space) {
  if (__builtin_expect(n <= JN_STREAM_SHORT, 1)) return jn_stream_key_of_short(x, s, n, space);
  uint64_t hash = n <= JN_STREAM_MIDDLE
                      ? jn_stream_mix(jn_stream_load8(s) ^ x->seed[space], jn_stream_load8(s + n - 8) ^ x->secret)
                      : jn_base_hash(s, n, x->seed[space]);
  return (jn_stream_key){hash, hash, JN_STREAM_LONG};
}

/* The i-th slot to look at. */
static inline jn_stream_slot *jn_stream_slot_at(const jn_stream_index *x, size_t first, size_t i) {
  if (i < JN_STREAM_LINE) return &x->slot[first ^ i];
  return &x->slot[((first + (i & ~(size_t)(JN_STREAM_LINE - 1))) & x->mask) ^ (i & (JN_STREAM_LINE - 1))];
}

static inline jn_stream_key jn_stream_key_of_slot(const jn_stream_index *x, const jn_stream_slot *slot) {
  uint64_t hash = slot->tag == JN_STREAM_LONG ? slot->key : jn_stream_hash_short(x, slot->key, slot->tag);
  return (jn_stream_key){slot->key, hash, slot->tag};
}

static inline void jn_stream_fetch(const jn_stream_index *x, jn_stream_key key) {
  __builtin_prefetch(&x->slot[key.hash >> x->shift]);
}

/* For a string of n bytes that is not short, when its slot has had time to arrive: its record, from both ends. */
static inline void jn_stream_fetch_record(const jn_stream_dictionary *d, jn_stream_key key, size_t n) {
  size_t first = key.hash >> d->index.shift;
  for (size_t i = 0; i < JN_STREAM_LINE; i++) {
    const jn_stream_slot *slot = &d->index.slot[first ^ i];
    if (slot->key != key.key || slot->tag != key.tag) continue;
    __builtin_prefetch(&d->arena[slot->at]);
    __builtin_prefetch(&d->arena[slot->at + n / 8]);
    return;
  }
}

/* The code of a short string, JN_BASE_NO_CODE when it is not there. */
static inline uint32_t jn_stream_find_short(const jn_stream_index *x, jn_stream_key key) {
  size_t first = key.hash >> x->shift;
  for (size_t i = 0;; i++) {
    const jn_stream_slot *slot = jn_stream_slot_at(x, first, i);
    if (slot->key == key.key && slot->tag == key.tag) return slot->at;
    if (!slot->tag) return JN_BASE_NO_CODE;
  }
}

/* The code of s, new if need be. Room was reserved; x is the dictionary's index or a copy of it. */
static inline uint32_t jn_stream_encode(jn_stream_dictionary *d, const jn_stream_index *x, jn_stream_key key,
                                        const char *s, size_t n, unsigned space) {
  size_t first = key.hash >> x->shift;
  for (size_t i = 0;; i++) {
    jn_stream_slot *slot = jn_stream_slot_at(x, first, i);
    if (slot->key == key.key && slot->tag == key.tag) {
      if (!jn_stream_is_long(key)) return slot->at;
      const jn_stream_word *record = &d->arena[slot->at];
      if (record->head.length == (n << 1 | space) && !memcmp(record + 1, s, n)) return record->head.code;
    } else if (!slot->tag) {
      slot->key = key.key, slot->tag = key.tag;
      return jn_stream_insert(d, slot, s, n, space);
    }
  }
}

static inline jn_stream_string jn_stream_string_of(const jn_stream_dictionary *d, uint32_t code) {
  const jn_stream_word *record = &d->arena[d->at[code]];
  return (jn_stream_string){record[1].bytes, record->head.length >> 1};
}

/* To where the strings go that the writer's blocks before the marks-th brought. Room was reserved. */
static inline void jn_stream_mark(jn_stream_dictionary *d, size_t marks) {
  while (d->marks < marks) d->mark[d->marks++] = d->count;
}

static inline unsigned jn_stream_space_of(const jn_stream_dictionary *d, uint32_t code) {
  return d->arena[d->at[code]].head.length & 1;
}

#endif
