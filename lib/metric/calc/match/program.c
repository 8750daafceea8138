/* Makes a program of a tree: positions that take one event each, and gaps between them (a position automaton).
 *
 * A part of the pattern is known by the positions that may begin and end it, and by whether it may be left out.
 * Repetitions are written out. A part that is left out takes the link before it along; when it comes first, the link
 * after it. */
#include <string.h>

#include "internal.h"

const jn_match_link jn_match_any_link = {.most = INT64_MAX, .other = INT64_MAX};

typedef struct part {
  uint64_t first, last;
  int32_t optional;
} part;

typedef struct compiler {
  const journey_host *host;
  const jn_match_tree *tree;
  jn_match_draft *draft;
  journey_error *err;
} compiler;

static journey_status too_large(compiler *c, const char *what) {
  return c->host->fail(c->host, c->err, JOURNEY_ELIMIT, what);
}

static journey_status add_gap(compiler *c, uint64_t from, uint64_t to, const jn_match_link *link) {
  jn_match_program *program = c->draft->program;
  const jn_match_gap gap = {.from = from, .to = to, .link = *link};
  for (uint32_t g = 0; g < program->gaps; g++) {
    const jn_match_gap *other = &c->draft->gap[g];
    if (other->from == from && other->to == to && !memcmp(&other->link, link, sizeof *link)) return JOURNEY_OK;
  }
  if (program->gaps == JN_MATCH_MOST) {
    return too_large(c, "option pattern: more than 64 links when its repetitions are written out");
  }
  c->draft->gap[program->gaps++] = gap;
  return JOURNEY_OK;
}

static journey_status add_position(compiler *c, uint32_t condition, uint32_t element, uint64_t *out) {
  jn_match_program *program = c->draft->program;
  if (program->positions == JN_MATCH_MOST) {
    return too_large(c, "option pattern: more than 64 events when its repetitions are written out");
  }
  uint32_t p = program->positions++;
  *out = UINT64_C(1) << p;
  program->of_condition[condition] |= *out;
  program->element_of[p] = (uint8_t)(element + 1);
  program->condition_of[element] = (uint8_t)condition;
  return JOURNEY_OK;
}

static journey_status compile_step(compiler *c, const jn_match_node *node, part *out) {
  journey_status status = add_position(c, node->condition, node->element, &out->first);
  out->last = out->first;
  out->optional = 0;
  return status;
}

static journey_status join_parts(compiler *c, part *left, const part *right, const jn_match_link *link) {
  journey_status status = add_gap(c, left->last, right->first, link);
  if (left->optional) left->first |= right->first;
  left->last = right->last | (right->optional ? left->last : 0);
  left->optional = left->optional && right->optional;
  return status;
}

static journey_status compile(compiler *c, const jn_match_node *node, part *out);

static journey_status compile_two(compiler *c, const jn_match_node *node, part *out) {
  part right;
  journey_status status = compile(c, &c->tree->node[node->left], out);
  if (status == JOURNEY_OK) status = compile(c, &c->tree->node[node->right], &right);
  if (status != JOURNEY_OK) return status;
  if (node->kind == JN_MATCH_THEN) return join_parts(c, out, &right, &node->link);
  out->first |= right.first;
  out->last |= right.last;
  out->optional |= right.optional;
  return JOURNEY_OK;
}

/* x{2,4} is x x (x (x)?)?. A repetition of what may be left out is one of the same that may not, from none on. */
static journey_status compile_repeat(compiler *c, const jn_match_node *node, part *out) {
  const jn_match_node *child = &c->tree->node[node->left];
  journey_status status = compile(c, child, out);
  if (status != JOURNEY_OK) return status;
  uint32_t least = out->optional ? 0 : node->minimum;
  uint32_t copies = node->limit ? node->limit : least ? least : 1;
  part copy = *out;
  uint64_t last = least <= 1 ? out->last : 0;
  for (uint32_t i = 2; i <= copies; i++) {
    uint64_t before = copy.last;
    status = compile(c, child, &copy);
    if (status == JOURNEY_OK) status = add_gap(c, before, copy.first, &node->link);
    if (status != JOURNEY_OK) return status;
    if (i >= least) last |= copy.last;
  }
  out->last = last;
  out->optional = least == 0;
  return node->limit ? JOURNEY_OK : add_gap(c, copy.last, copy.first, &node->link);
}

/* A position that may end a part and also go on within it (`after`; else: begin it, and be come to within it) gets a
 * twin that only ends it, for the guard. `gaps`: those before the part's own. */
static journey_status split_position(compiler *c, uint32_t gaps, uint64_t position, int32_t after, part *out) {
  jn_match_program *program = c->draft->program;
  uint32_t element = program->element_of[__builtin_ctzll(position)] - 1u;
  uint64_t twin;
  journey_status status = add_position(c, program->condition_of[element], element, &twin);
  for (uint32_t g = gaps; status == JOURNEY_OK && g < program->gaps; g++) {
    uint64_t *kept = after ? &c->draft->gap[g].to : &c->draft->gap[g].from;
    if (*kept & position) *kept |= twin;
  }
  for (uint32_t g = 0; status == JOURNEY_OK && g < program->guards; g++) {
    if (program->guard[g].positions & position) program->guard[g].positions |= twin;
  }
  uint64_t *moved = after ? &out->last : &out->first, *shared = after ? &out->first : &out->last;
  if (*shared & position) *shared |= twin;
  *moved = (*moved & ~position) | twin;
  return status;
}

static journey_status split_ends(compiler *c, uint32_t gaps, int32_t after, part *out) {
  journey_status status = JOURNEY_OK;
  uint64_t inner = 0;
  for (uint32_t g = gaps; g < c->draft->program->gaps; g++) {
    inner |= after ? c->draft->gap[g].from : c->draft->gap[g].to;
  }
  for (uint64_t rest = inner & (after ? out->last : out->first); rest && status == JOURNEY_OK; rest &= rest - 1) {
    status = split_position(c, gaps, rest & -rest, after, out);
  }
  return status;
}

static journey_status add_guard(compiler *c, const jn_match_node *node, uint64_t positions) {
  jn_match_program *program = c->draft->program;
  for (uint32_t g = 0; g < program->guards; g++) {
    jn_match_guard *guard = &program->guard[g];
    if (guard->after != node->after || guard->condition != node->condition || guard->within != node->within) continue;
    guard->positions |= positions;
    return JOURNEY_OK;
  }
  if (program->guards == JN_MATCH_MOST_GUARDS) {
    return too_large(c, "option pattern: more than 16 different \"not followed by\" and \"not preceded by\"");
  }
  program->guard[program->guards++] = (jn_match_guard){positions, node->condition, node->after, node->within};
  return JOURNEY_OK;
}

static journey_status compile_guard(compiler *c, const jn_match_node *node, part *out) {
  uint32_t gaps = c->draft->program->gaps;
  journey_status status = compile(c, &c->tree->node[node->left], out);
  if (status == JOURNEY_OK) status = split_ends(c, gaps, node->after, out);
  return status == JOURNEY_OK ? add_guard(c, node, node->after ? out->last : out->first) : status;
}

/* The parser bounds the depth. */
static journey_status compile(compiler *c, const jn_match_node *node, part *out) {
  switch (node->kind) {
    case JN_MATCH_STEP: return compile_step(c, node, out);
    case JN_MATCH_REPEAT: return compile_repeat(c, node, out);
    case JN_MATCH_GUARD: return compile_guard(c, node, out);
    default: return compile_two(c, node, out);
  }
}

/* What every match needs, in order: of a choice, something where both sides are single steps; of what may be left out,
 * nothing. Without regard to times and to what lies between. */
static void add_spine(const jn_match_tree *tree, const jn_match_node *node, jn_match_program *program) {
  const jn_match_node *left = &tree->node[node->left], *right = &tree->node[node->right];
  uint32_t times = node->kind == JN_MATCH_REPEAT ? node->minimum : 1;
  if (node->kind == JN_MATCH_STEP) {
    if (program->spines < JN_MATCH_MOST) program->spine[program->spines++] = UINT64_C(1) << node->condition;
  } else if (node->kind == JN_MATCH_OR) {
    if (left->kind != JN_MATCH_STEP || right->kind != JN_MATCH_STEP || program->spines == JN_MATCH_MOST) return;
    program->spine[program->spines++] = UINT64_C(1) << left->condition | UINT64_C(1) << right->condition;
  } else {
    while (times-- > 0 && program->spines < JN_MATCH_MOST) add_spine(tree, left, program);
    if (node->kind == JN_MATCH_THEN) add_spine(tree, right, program);
  }
}

journey_status jn_match_compile(const journey_host *host, const jn_match_tree *tree, jn_match_draft *draft,
                                journey_error *err) {
  compiler c = {host, tree, draft, err};
  jn_match_program *program = draft->program;
  part whole;
  journey_status status = compile(&c, &tree->node[tree->nodes - 1], &whole);
  if (status != JOURNEY_OK) return status;
  if (whole.optional) return too_large(&c, "option pattern: it also matches no event at all; a part must be there");
  program->first = whole.first;
  program->last = whole.last;
  add_spine(tree, &tree->node[tree->nodes - 1], program);
  program->elements = tree->elements;
  program->used = tree->conditions < 64 ? (UINT64_C(1) << tree->conditions) - 1 : ~UINT64_C(0);
  return JOURNEY_OK;
}

void jn_match_sequence(uint32_t steps, jn_match_draft *draft) {
  jn_match_program *program = draft->program;
  program->positions = program->elements = steps;
  program->gaps = steps - 1;
  program->first = 1;
  program->last = UINT64_C(1) << (steps - 1);
  program->spines = steps;
  program->used = steps < 64 ? (UINT64_C(1) << steps) - 1 : ~UINT64_C(0);
  for (uint32_t s = 0; s < steps; s++) {
    program->of_condition[s] = program->spine[s] = UINT64_C(1) << s;
    program->element_of[s] = (uint8_t)(s + 1);
    program->condition_of[s] = (uint8_t)s;
    if (s == 0) continue;
    draft->gap[s - 1].from = UINT64_C(1) << (s - 1);
    draft->gap[s - 1].to = UINT64_C(1) << s;
    draft->gap[s - 1].link = jn_match_any_link;
  }
}

/* ---- both directions --------------------------------------------------------------------------------------------- */

/* In a mere sequence each gap leads from one position to the next. */
static int is_sequence(const jn_match_draft *draft) {
  for (uint32_t g = 0; g < draft->program->gaps; g++) {
    const jn_match_gap *gap = &draft->gap[g];
    if (gap->from != UINT64_C(1) << g || gap->to != gap->from << 1 || gap->link.other != INT64_MAX) return 0;
  }
  return draft->program->first == 1;
}

static int32_t kind_of(const jn_match_link *link, int windowed, int sequence) {
  if (link->other != INT64_MAX) return JN_MATCH_OTHER;
  if (link->direct) return JN_MATCH_NEXT;
  if (link->most == INT64_MAX && link->least == 0) return JN_MATCH_FREE;
  if (link->most == INT64_MAX && !windowed) return JN_MATCH_EARLIEST;
  return link->least == 0 && (!windowed || sequence) ? JN_MATCH_LATEST : JN_MATCH_QUEUE;
}

static void settle_course(jn_match_course *course, uint32_t gaps, int windowed, int sequence) {
  for (uint32_t g = 0; g < gaps; g++) {
    jn_match_gap *gap = &course->gap[g];
    uint64_t bit = UINT64_C(1) << g;
    gap->kind = kind_of(&gap->link, windowed, sequence);
    if (gap->kind == JN_MATCH_FREE) course->free |= bit;
    if (gap->link.inclusive) course->inclusive |= bit;
    for (uint64_t from = gap->from; from; from &= from - 1) course->out[__builtin_ctzll(from)] |= bit;
  }
}

/* Backwards the gaps come in reverse order, which matters to inclusive ones. */
journey_status jn_match_settle(const journey_host *host, const jn_match_draft *draft, int windowed) {
  jn_match_program *program = draft->program;
  uint32_t n = program->gaps;
  program->forward.gap = journey_host_alloc(host, n, sizeof *draft->gap);
  program->backward.gap = journey_host_alloc(host, n, sizeof *draft->gap);
  if (!program->forward.gap || !program->backward.gap) return JOURNEY_ENOMEM;
  for (uint32_t g = 0; g < n; g++) {
    const jn_match_gap *gap = &draft->gap[g];
    program->forward.gap[g] = *gap;
    program->backward.gap[n - 1 - g] = (jn_match_gap){.from = gap->to, .to = gap->from, .link = gap->link};
  }
  settle_course(&program->forward, n, windowed, is_sequence(draft));
  settle_course(&program->backward, n, 0, 0);
  return JOURNEY_OK;
}

void jn_match_program_free(const journey_host *host, jn_match_program *program) {
  if (!program) return;
  journey_host_free(host, program->forward.gap, program->gaps, sizeof(jn_match_gap));
  journey_host_free(host, program->backward.gap, program->gaps, sizeof(jn_match_gap));
  journey_host_free(host, program, 1, sizeof *program);
}

/* Whole ticks: at least so many rounded up, at most so many rounded down; a fraction is equal to none. */
static void scale_course(jn_match_course *course, uint32_t gaps, int64_t unit) {
  for (uint32_t g = 0; g < gaps; g++) {
    jn_match_gap *gap = &course->gap[g];
    const jn_match_link *link = &gap->link;
    gap->least = (uint64_t)(link->least / unit + (link->least % unit != 0));
    gap->most = link->most == INT64_MAX ? UINT64_MAX : (uint64_t)(link->most / unit);
    gap->other = link->other % unit ? UINT64_MAX : (uint64_t)(link->other / unit);
  }
}

void jn_match_scale(jn_match_program *program, int64_t unit) {
  scale_course(&program->forward, program->gaps, unit);
  scale_course(&program->backward, program->gaps, unit);
}
