/* Changes of a path before it is looked at: the option "transform" of `paths`. Each change takes the path that the one
 * before left; none leaves nothing of a path that has events. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

enum { COLLAPSE, FIRST, FREQUENCY, HEAD, TAIL, WITHOUT, WITHOUT_LAST, KINDS };

static const struct {
  const char *name;
  int takes_number, takes_step;
} kinds[KINDS] = {
    [COLLAPSE] = {"collapse", 0, 0},
    [FIRST] = {"first", 0, 0},
    [FREQUENCY] = {"frequency", 0, 0},
    [HEAD] = {"head", 1, 0},
    [TAIL] = {"tail", 1, 0},
    [WITHOUT] = {"without", 0, 1},
    [WITHOUT_LAST] = {"without_last", 0, 1},
};

/* ---- reading the option -------------------------------------------------------------------------------------------------- */

static journey_status refuse(const jn_paths_transforms *t, const char *piece, const char *why, journey_error *err) {
  char message[JOURNEY_ERROR_MESSAGE_SIZE];
  snprintf(message, sizeof message, "option transform: \"%.60s\" %s", piece, why);
  return t->host->fail(t->host, err, JOURNEY_EINVAL, message);
}

static int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* A number from 1 on, short enough not to overflow; otherwise 0. */
static int64_t read_number(const char *text) {
  int64_t n = 0;
  size_t i = 0;
  for (; i < 10 && text[i] >= '0' && text[i] <= '9'; i++) n = n * 10 + (text[i] - '0');
  return text[i] ? 0 : n;
}

static journey_status add(jn_paths_transforms *t, jn_paths_transform made, journey_error *err) {
  if (t->count == JN_PATHS_TRANSFORMS) {
    return t->host->fail(t->host, err, JOURNEY_ELIMIT, "option transform: too many changes");
  }
  t->list[t->count++] = made;
  t->counted |= made.kind == FREQUENCY;
  if (t->place || (made.kind != FIRST && made.kind != FREQUENCY)) return JOURNEY_OK;
  t->place = journey_host_alloc(t->host, t->host->events->count, sizeof *t->place);
  return t->place ? JOURNEY_OK : t->host->fail(t->host, err, JOURNEY_ENOMEM, "out of memory");
}

/* The step is read with blanks for all that stands before it, so that a byte told is one of the whole option. */
static journey_status read_step(const jn_paths_transforms *t, char *text, const char *step, const journey_steps **out,
                                journey_error *err) {
  char message[JOURNEY_ERROR_MESSAGE_SIZE];
  journey_error why = {0};
  memset(text, ' ', (size_t)(step - text));
  journey_status status = t->host->compile_steps(t->host, text, out, &why);
  if (status == JOURNEY_OK) return status;
  snprintf(message, sizeof message, "option transform: %.400s", why.message);
  return t->host->fail(t->host, err, status, message);
}

/* "head:3", without spaces around it; a piece of the text. */
static journey_status read_piece(jn_paths_transforms *t, char *text, const char *piece, journey_error *err) {
  size_t n = strcspn(piece, ":"), kind = 0;
  const char *argument = piece[n] ? piece + n + 1 : NULL;
  jn_paths_transform made = {0};
  while (kind < KINDS && (strlen(kinds[kind].name) != n || strncmp(kinds[kind].name, piece, n) != 0)) kind++;
  if (kind == KINDS) {
    return refuse(t, piece, "is none of collapse, first, frequency, head:N, tail:N, without:STEP, without_last:STEP",
                  err);
  }
  made.kind = (int32_t)kind;
  if (!kinds[kind].takes_number && !kinds[kind].takes_step) {
    return argument ? refuse(t, piece, "takes nothing after a colon", err) : add(t, made, err);
  }
  if (kinds[kind].takes_number) {
    made.n = argument ? read_number(argument) : 0;
    return made.n ? add(t, made, err) : refuse(t, piece, "needs a number of events after a colon, from 1 on", err);
  }
  if (!argument || !*argument) return refuse(t, piece, "needs a step after a colon", err);
  journey_status status = read_step(t, text, argument, &made.steps, err);
  return status == JOURNEY_OK ? add(t, made, err) : status;
}

/* End of a piece: a comma that is neither quoted nor within the brackets of a condition, or the end of the text. */
static char *end_of_piece(char *at) {
  char quote = 0;
  int depth = 0;
  for (; *at && (quote || depth || *at != ','); at++) {
    if (quote) {
      if (*at == quote) quote = 0;
    } else if (*at == '"' || *at == '\'') {
      quote = *at;
    } else if (*at == '[') {
      depth++;
    } else if (*at == ']' && depth) {
      depth--;
    }
  }
  return at;
}

/* Cuts the text in place. */
static journey_status read_pieces(jn_paths_transforms *t, char *text, journey_error *err) {
  journey_status status = JOURNEY_OK;
  char *at = text;
  for (int more = 1; status == JOURNEY_OK && more;) {
    while (is_space(*at)) at++;
    char *end = end_of_piece(at), *last = end;
    more = *end == ',';
    while (last > at && is_space(last[-1])) last--;
    *last = '\0';
    status = read_piece(t, text, at, err);
    at = end + 1;
  }
  return status;
}

journey_status jn_paths_transforms_init(jn_paths_transforms *t, const journey_host *host, int32_t collapse,
                                        journey_error *err) {
  const char *text = host->option_text(host, "transform");
  size_t size = strlen(text) + 1;
  journey_status status = JOURNEY_OK;
  t->host = host;
  if (collapse) status = add(t, (jn_paths_transform){.kind = COLLAPSE}, err);
  if (status == JOURNEY_OK && *text) {
    char *copy = journey_host_alloc(host, size, 1);
    if (!copy) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
    memcpy(copy, text, size);
    status = read_pieces(t, copy, err);
    journey_host_free(host, copy, size, 1);
  }
  return status;
}

void jn_paths_transforms_free(jn_paths_transforms *t) {
  if (!t->host) return;
  journey_host_free(t->host, t->event, t->capacity, sizeof *t->event);
  journey_host_free(t->host, t->place, t->host->events->count, sizeof *t->place);
}

/* ---- changing ---------------------------------------------------------------------------------------------------------- */

static int64_t collapse(jn_paths_event *event, int64_t n) {
  int64_t kept = 0;
  for (int64_t i = 0; i < n; i++) {
    if (kept == 0 || event[i].code != event[kept - 1].code) event[kept++] = event[i];
  }
  return kept;
}

/* Keeps the first event of each name; when `said`, with how many there were. */
static int64_t keep_first(jn_paths_transforms *t, int64_t n, int said) {
  jn_paths_event *event = t->event;
  int64_t kept = 0;
  for (int64_t i = 0; i < n; i++) {
    uint32_t *place = &t->place[event[i].code], times = event[i].times ? event[i].times : 1;
    if (*place) {
      uint32_t *sum = &event[*place - 1].times;
      if (said) *sum = *sum > UINT32_MAX - times ? UINT32_MAX : *sum + times;
      continue;
    }
    event[kept] = event[i];
    if (said) event[kept].times = times;
    *place = (uint32_t)++kept;
  }
  for (int64_t i = 0; i < kept; i++) t->place[event[i].code] = 0;
  return kept;
}

static int64_t keep_last(jn_paths_event *event, int64_t n, int64_t most) {
  if (n <= most) return n;
  memmove(event, event + (n - most), (size_t)most * sizeof *event);
  return most;
}

static int is_named(const jn_paths_transform *change, const jn_paths_event *event) {
  return change->steps->mask[journey_codes_at(&change->codes, event->at)] != 0;
}

/* Nothing is removed when nothing would be left. */
static int64_t remove_named(const jn_paths_transform *change, jn_paths_event *event, int64_t n) {
  int64_t kept = 0, left = 0;
  for (int64_t i = 0; i < n; i++) left += !is_named(change, &event[i]);
  if (left == 0) return n;
  for (int64_t i = 0; i < n; i++) {
    if (!is_named(change, &event[i])) event[kept++] = event[i];
  }
  return kept;
}

static int64_t remove_named_last(const jn_paths_transform *change, const jn_paths_event *event, int64_t n) {
  int64_t kept = n;
  while (kept > 0 && is_named(change, &event[kept - 1])) kept--;
  return kept ? kept : n;
}

static int64_t apply(jn_paths_transforms *t, const jn_paths_transform *change, int64_t n) {
  switch (change->kind) {
  case COLLAPSE: return collapse(t->event, n);
  case FIRST: return keep_first(t, n, 0);
  case FREQUENCY: return keep_first(t, n, 1);
  case HEAD: return n < change->n ? n : change->n;
  case TAIL: return keep_last(t->event, n, change->n);
  case WITHOUT: return remove_named(change, t->event, n);
  default: return remove_named_last(change, t->event, n);
  }
}

journey_status jn_paths_transform_batch(jn_paths_transforms *t, const journey_batch *batch, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (int32_t i = 0; status == JOURNEY_OK && i < t->count; i++) {
    jn_paths_transform *change = &t->list[i];
    if (change->steps) status = t->host->step_codes(t->host, change->steps, batch, &change->codes, err);
  }
  return status;
}

journey_status jn_paths_transform_path(jn_paths_transforms *t, const journey_batch *batch, int64_t p, int64_t *n) {
  int64_t begin = batch->begin[p];
  *n = batch->end[p] - begin;
  if (journey_host_grow(t->host, &t->event, &t->capacity, (size_t)*n, sizeof *t->event) != JOURNEY_OK) {
    return JOURNEY_ENOMEM;
  }
  for (int64_t i = 0; i < *n; i++) {
    t->event[i] = (jn_paths_event){begin + i, journey_codes_at(&batch->event, begin + i), 0};
  }
  for (int32_t i = 0; i < t->count; i++) *n = apply(t, &t->list[i], *n);
  return JOURNEY_OK;
}
