/* What the files of the room `study` share: syntax, compiled predicates, touchpoints, groups, the study itself. */
#ifndef JN_STUDY_INTERNAL_H
#define JN_STUDY_INTERNAL_H

#include "study/study.h"

/* ---- memory (arena.c) -------------------------------------------------------------------------------------------- */

/* Pieces of memory that go together. */
typedef struct jn_study_arena {
  journey_context *context;
  struct jn_study_piece *pieces;
} jn_study_arena;

/* n * size cleared bytes; NULL: no memory. Never NULL for n == 0. */
void *jn_study_take(jn_study_arena *arena, size_t n, size_t size);
char *jn_study_take_text(jn_study_arena *arena, const char *s, size_t n); /* a copy, NUL-terminated */
void jn_study_give_back(jn_study_arena *arena);                           /* all of it */

/* A buffer that grows and does not keep its content when it does. */
typedef struct jn_study_buffer {
  void *data;
  size_t size;
} jn_study_buffer;

/* At least n * size bytes. */
journey_status jn_study_room(journey_context *context, jn_study_buffer *buffer, size_t n, size_t size,
                             journey_error *err);
void jn_study_room_free(journey_context *context, jn_study_buffer *buffer);

/* ---- syntax (lex.c, predicate.c, pattern.c) ---------------------------------------------------------------------- */

enum {
  JN_STUDY_MOST_TEXT = 65535,   /* bytes of a predicate or of steps */
  JN_STUDY_MOST_DEPTH = 64,     /* parentheses within parentheses */
  JN_STUDY_MOST_STEPS = 64,     /* bits of a mask */
  JN_STUDY_MOST_PATTERN = 1024, /* bytes of a text with wildcards: matching is quadratic */
  JN_STUDY_MOST_COSTLY = 256,   /* wildcards and predicates among all steps of a text */
  JN_STUDY_MOST_NUMBERS = 1000  /* in a list that is compared with a column of numbers or with times */
};

/* Writes err with the byte `offset` of the text `what` ("where", "steps"; NULL: not named). */
journey_status jn_study_fail(const char *what, journey_status code, size_t offset, journey_error *err,
                             const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A word or a quoted text, unquoted and NUL-terminated. */
typedef struct jn_study_word {
  const char *bytes;
  uint32_t length, offset;
  bool quoted;
} jn_study_word;

enum {
  JN_STUDY_END,
  JN_STUDY_WORD,
  JN_STUDY_OPEN,
  JN_STUDY_CLOSE,
  JN_STUDY_COMMA,
  JN_STUDY_BRACKET, /* ] */
  JN_STUDY_NOT,
  JN_STUDY_AND,
  JN_STUDY_OR,
  JN_STUDY_EQUAL, /* here on: relations */
  JN_STUDY_NOT_EQUAL,
  JN_STUDY_LESS,
  JN_STUDY_LESS_EQUAL,
  JN_STUDY_GREATER,
  JN_STUDY_GREATER_EQUAL,
  JN_STUDY_LIKE,
  JN_STUDY_NOT_LIKE,
  JN_STUDY_PRESENT, /* no token: a name alone */
  JN_STUDY_TEST,    /* no token: a node */
  JN_STUDY_STRANGE
};

typedef struct jn_study_lexer {
  const char *what, *text;
  size_t length, at; /* `at` is behind the current token */
  char *pool;        /* where the next word goes */
  int token;
  size_t offset;      /* of the current token */
  jn_study_word word; /* of a JN_STUDY_WORD */
} jn_study_lexer;

/* Checks length and UTF-8, and takes room for all words. */
journey_status jn_study_lexer_new(jn_study_lexer *lexer, jn_study_arena *arena, const char *what, const char *text,
                                  journey_error *err);
journey_status jn_study_lex(jn_study_lexer *lexer, journey_error *err); /* the next token */
void jn_study_skip(jn_study_lexer *lexer);                              /* white space */
/* A quoted text at lexer->at. */
journey_status jn_study_lex_quoted(jn_study_lexer *lexer, journey_error *err);
/* Copies text[from, to) into the pool as lexer->word. */
void jn_study_lex_take(jn_study_lexer *lexer, size_t from, size_t to);
/* JOURNEY_EPARSE: "expected ..., found ..." at the current token. */
journey_status jn_study_expected(const jn_study_lexer *lexer, const char *expected, journey_error *err);
bool jn_study_keyword(const jn_study_lexer *lexer, const char *keyword);

typedef struct jn_study_test {
  jn_study_word name;
  int relation; /* JN_STUDY_PRESENT, _EQUAL, _LESS ... _LIKE */
  bool negated;
  const jn_study_word *value; /* several after "in" */
  uint32_t values;
} jn_study_test;

/* A predicate in postfix order. */
typedef struct jn_study_node {
  int kind; /* JN_STUDY_TEST, _NOT, _AND, _OR */
  const jn_study_test *test;
} jn_study_node;

typedef struct jn_study_predicate {
  const jn_study_node *node;
  uint32_t nodes, depth; /* depth of the stack that evaluating it takes */
} jn_study_predicate;

/* Room for whatever one text can hold, taken once. */
typedef struct jn_study_parser {
  jn_study_lexer lexer;
  jn_study_node *node;
  jn_study_test *test;
  jn_study_word *value;
  uint32_t nodes, tests, values;
} jn_study_parser;

journey_status jn_study_parser_new(jn_study_parser *parser, jn_study_arena *arena, const char *what, const char *text,
                                   journey_error *err);
/* From the lexer's current token to `last` (JN_STUDY_END or _BRACKET), which becomes the current token. */
journey_status jn_study_parse_until(jn_study_parser *parser, int last, jn_study_predicate *out, journey_error *err);
journey_status jn_study_parse_predicate(jn_study_arena *arena, const char *what, const char *text,
                                        jn_study_predicate *out, journey_error *err);

typedef struct jn_study_alternative {
  jn_study_word name;
  bool wild;
  bool guarded; /* there is a predicate */
  jn_study_predicate predicate;
} jn_study_alternative;

typedef struct jn_study_step {
  const char *name; /* its label, or as it was written */
  const jn_study_alternative *alternative;
  uint32_t alternatives;
} jn_study_step;

typedef struct jn_study_pattern {
  const jn_study_step *step;
  uint32_t steps;
} jn_study_pattern;

journey_status jn_study_parse_steps(jn_study_arena *arena, const char *what, const char *text, uint32_t most,
                                    jn_study_pattern *out, journey_error *err);
/* Adds an event name as a step pattern that means just this name. */
void jn_study_put_name(jn_base_text *text, const char *name, size_t n);

/* ---- matching texts (match.c) ------------------------------------------------------------------------------------ */

/* * is any text, ? one character, \ takes the next character as it is. */
bool jn_study_like(const char *pattern, size_t pattern_length, const char *s, size_t n);
/* Unicode-blind shortcut: whether a bare name means a pattern. */
bool jn_study_wild(const char *s, size_t n);

/* A test made ready for texts. */
typedef struct jn_study_matcher {
  const jn_study_test *test;
  jn_base_dictionary *texts, *numbers; /* for JN_STUDY_EQUAL; numbers as 8 bytes */
  bool numeric;                        /* for an order: the value is a number */
  double number;
} jn_study_matcher;

journey_status jn_study_matcher_new(journey_context *context, const jn_study_test *test, jn_study_matcher *out,
                                    journey_error *err);
void jn_study_matcher_free(jn_study_matcher *matcher);
/* Whether the test holds for s, before it is negated. */
bool jn_study_matches(const jn_study_matcher *matcher, const char *s, size_t n);

/* ---- compiled predicates (compile.c, column.c) ------------------------------------------------------------------- */

enum {
  JN_STUDY_OF_EVENT,      /* table by event code */
  JN_STUDY_OF_TOUCHPOINT, /* table by touchpoint, 0 for none */
  JN_STUDY_OF_ATTRIBUTE,  /* table by the attribute's code */
  JN_STUDY_OF_CUSTOMER,   /* table by customer */
  JN_STUDY_OF_NUMBER,     /* ranges of a column of numbers */
  JN_STUDY_OF_TIME        /* ranges of ticks */
};

/* Ends included. */
typedef struct jn_study_range {
  union {
    double number;
    uint64_t tick;
  } low, high;
} jn_study_range;

/* A test over a column of the stream. A number that is missing is in no range, and fails negated ones, too. */
typedef struct jn_study_check {
  int kind;
  bool negated; /* of ranges; a table has it in its items */
  const uint8_t *table;
  uint32_t attribute;             /* of JN_STUDY_OF_ATTRIBUTE */
  const jn_stream_sparse *number; /* of JN_STUDY_OF_NUMBER */
  const jn_study_range *range;
  uint32_t ranges;
} jn_study_check;

typedef struct jn_study_instruction {
  int kind; /* JN_STUDY_TEST, _NOT, _AND, _OR */
  const jn_study_check *check;
} jn_study_instruction;

typedef struct jn_study_program {
  const jn_study_instruction *instruction;
  uint32_t instructions, depth;
  bool by_name; /* the event's name alone decides */
} jn_study_program;

typedef struct jn_study_compiler {
  const journey_study *study;
  jn_study_arena *arena;
  const char *what;
  bool lenient; /* an attribute that the stream has not is missing everywhere, instead of an error */
  bool binding; /* touchpoints are being bound: they cannot be asked for yet */
} jn_study_compiler;

journey_status jn_study_compile(const jn_study_compiler *compiler, const jn_study_predicate *predicate,
                                jn_study_program *out, journey_error *err);
/* The check of one test over a column of the stream (column.c). */
journey_status jn_study_check_of(const jn_study_compiler *compiler, const jn_study_test *test, jn_study_check *out,
                                 journey_error *err);
/* For each event name, whether an alternative's name matches: 0 or 1 into table[names]. */
void jn_study_match_names(const journey_study *study, const jn_study_alternative *alternative, uint8_t *table);
/* The first and the last instant that a text means: a date alone is a day. */
journey_status jn_study_instants(const journey_study *study, const char *s, size_t n, int64_t *first, int64_t *last);

/* ---- evaluating (evaluate.c) ------------------------------------------------------------------------------------- */

enum { JN_STUDY_BLOCK = 4096 };

/* Scratch of one thread. */
typedef struct jn_study_evaluator {
  const journey_study *study;
  jn_study_buffer stack[2], wide, touchpoint;
  int level;       /* 1 within touchpoints, which a predicate of level 0 may ask for */
  bool over_names; /* "events" are all event names in order of their codes */
} jn_study_evaluator;

void jn_study_evaluator_free(jn_study_evaluator *evaluator);
/* Whether the predicate holds, 0 or 1, for the events [first, first + n) of the stream. */
journey_status jn_study_evaluate(jn_study_evaluator *evaluator, const jn_study_program *program, int64_t first,
                                 int64_t n, uint8_t *out, journey_error *err);
/* The outcome for each event name of a program that is by_name, into out[names]. */
journey_status jn_study_evaluate_names(jn_study_evaluator *evaluator, const jn_study_program *program, uint8_t *out,
                                       journey_error *err);
/* Item i of a column of codes of 1, 2 or 4 bytes. */
static inline uint32_t jn_study_code(const void *codes, uint32_t width, int64_t i) {
  if (width == 1) return ((const uint8_t *)codes)[i];
  if (width == 2) return ((const uint16_t *)codes)[i];
  return ((const uint32_t *)codes)[i];
}

static inline uint64_t jn_study_tick(const jn_stream_columns *columns, int64_t i) {
  uint64_t tick = columns->time_low[i];
  if (columns->time_high_width == 2) return tick | (uint64_t)((const uint16_t *)columns->time_high)[i] << 32;
  if (columns->time_high_width == 4) return tick | (uint64_t)((const uint32_t *)columns->time_high)[i] << 32;
  return tick;
}

/* table[code] of the events [first, first + n), into out. */
void jn_study_look_up(const void *codes, uint32_t width, int64_t first, int64_t n, const uint8_t *table, uint8_t *out);
void jn_study_look_up_wide(const void *codes, uint32_t width, int64_t first, int64_t n, const uint16_t *table,
                           uint16_t *out);

/* Numbers of the events [first, first + n), NaN for none. */
void jn_study_dense(const jn_stream_sparse *column, int64_t first, int64_t n, double *out);
/* Number of the customer that an event belongs to. */
int64_t jn_study_customer_of(const jn_stream_columns *columns, int64_t event);

/* ---- touchpoints (touchpoint.c) ---------------------------------------------------------------------------------- */

/* Binds by name and predicate: what names alone do not decide. */
typedef struct jn_study_binding {
  uint16_t touchpoint; /* index + 1 */
  const uint8_t *names;
  jn_study_program program;
} jn_study_binding;

typedef struct jn_study_touchpoint_table {
  journey_names names, stages;
  const uint16_t *stage;     /* by touchpoint: index + 1 */
  uint16_t *by_name;         /* by event code: touchpoint index + 1 as far as names alone decide; NULL without a map */
  jn_study_binding *binding; /* in the map's order */
  size_t binding_capacity;
  uint32_t bindings;
} jn_study_touchpoint_table;

journey_status jn_study_bind(journey_study *study, journey_error *err);
/* Touchpoints of the events [first, first + n), index + 1 or 0. */
journey_status jn_study_touchpoints_of(jn_study_evaluator *evaluator, int64_t first, int64_t n, uint16_t *out,
                                       journey_error *err);

/* ---- steps (steps.c, codes.c) ------------------------------------------------------------------------------------ */

/* A predicate of a step: when it holds, events of these names satisfy the step, too. */
typedef struct jn_study_guard {
  jn_study_program program;
  const uint8_t *names; /* by event code, 0 or 1 */
  uint64_t bit;
} jn_study_guard;

struct jn_study_steps {
  jn_study_arena arena;
  journey_study *study;
  journey_names names;
  uint64_t *mask; /* by event code */
  jn_study_guard *guard;
  size_t guard_capacity;
  uint32_t guards;
};

/* ---- the study --------------------------------------------------------------------------------------------------- */

#define JN_STUDY_OUT UINT16_MAX /* group of a customer who is not in scope */

struct journey_study {
  jn_study_arena arena;
  atomic_int_fast64_t references;
  journey_context *context;
  journey_stream *stream;
  const jn_stream_columns *columns;
  journey_map *map;
  journey_zone *zone;
  journey_study_options scope;

  journey_names events;
  struct jn_study_values *_Atomic *attribute_names; /* by attribute */
  jn_study_touchpoint_table touchpoint;

  bool filtered, timed; /* there is a `where`; there is a period */
  jn_study_program where;
  int64_t from, to;             /* the period [from, to) */
  uint64_t from_tick, end_tick; /* the same in ticks */

  uint16_t *group; /* by customer, or JN_STUDY_OUT; NULL: all in group 0 */
  journey_names groups;
  const int64_t *group_customers; /* by group; NULL: all are in group 0 */
  const int32_t *group_rank;
  const char *group_key; /* "persona", or the name of an attribute of the stream; NULL without a breakdown */
  int64_t overlaps;      /* customers in scope that fit several personas */

  struct jn_study_proposal *_Atomic proposal; /* made at first need */
  uint32_t chunk;                             /* events that a cursor hands out at once, about */
};

/* Names of a dictionary as an array. */
journey_status jn_study_list(jn_study_arena *arena, const jn_base_dictionary *dictionary, journey_names *out,
                             journey_error *err);
/* The in-scope part of a path by time: narrows [*begin, *end). */
void jn_study_narrow(const journey_study *study, int64_t *begin, int64_t *end);
/* Parses and compiles a predicate for as long as the study lives. */
journey_status jn_study_program_of(journey_study *study, const char *what, const char *text, bool lenient,
                                   jn_study_program *out, journey_error *err);
/* The end of a chunk of customers from `first`: study->chunk events at most, but one customer at least. */
int64_t jn_study_chunk_end(const journey_study *study, int64_t first, int64_t last);
/* from, to, where: what an event must be to be in scope. */
journey_status jn_study_scope_new(journey_study *study, journey_error *err);
/* customers, by: which customers are in scope, and in which groups. */
journey_status jn_study_group_new(journey_study *study, journey_error *err);
void jn_study_proposal_free(const journey_study *study, struct jn_study_proposal *proposal);

#endif
