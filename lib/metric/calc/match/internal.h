/* match and match_customers: patterns over paths. What the files of this folder share.
 *
 * A pattern's text becomes a tree (parse.c), the tree a program (program.c); ClickHouse's patterns become a program at
 * once (clickhouse.c). A program has positions, each of which takes one event, and gaps between them. machine.c runs it
 * over the events of a path, in one direction or the other; path.c finds the matches of a path with it; state.c counts
 * them; result.c puts the tables. */
#ifndef JN_METRIC_MATCH_INTERNAL_H
#define JN_METRIC_MATCH_INTERNAL_H

#include "journey_plugin.h"

enum {
  JN_MATCH_MOST = 64,        /* positions, gaps, conditions, elements: each set of them is one word */
  JN_MATCH_MOST_NODES = 256, /* of a tree */
  JN_MATCH_MOST_GUARDS = 16
};

/* ---- what is written --------------------------------------------------------------------------------------------- */

/* What must lie between two events that follow one another in a match. */
typedef struct jn_match_link {
  int64_t least, most; /* time, microseconds; most INT64_MAX: any */
  int64_t other;       /* the time must not be this; INT64_MAX: no such rule */
  uint64_t without;    /* conditions that no event between satisfies */
  int32_t direct;      /* no event between */
  int32_t inclusive;   /* the gap may begin and end at one event: after a position that takes none */
} jn_match_link;

extern const jn_match_link jn_match_any_link; /* later, anything between */

enum { JN_MATCH_STEP, JN_MATCH_THEN, JN_MATCH_OR, JN_MATCH_REPEAT, JN_MATCH_GUARD };

typedef struct jn_match_node {
  int32_t kind;
  uint32_t left, right;    /* THEN, OR; REPEAT and GUARD have left alone */
  uint32_t condition;      /* STEP, GUARD */
  uint32_t element;        /* STEP, from 0 in order of the text */
  uint32_t minimum, limit; /* REPEAT; limit 0: none */
  int32_t after;           /* GUARD: not followed, else not preceded */
  int64_t within;          /* GUARD */
  jn_match_link link;      /* THEN, REPEAT */
} jn_match_node;

typedef struct jn_match_text {
  size_t from, to;
} jn_match_text;

/* The tree of a text; its root is its last node. */
typedef struct jn_match_tree {
  uint32_t nodes, conditions, elements;
  jn_match_node node[JN_MATCH_MOST_NODES];
  jn_match_text condition[JN_MATCH_MOST]; /* where each stands first */
  uint32_t element[JN_MATCH_MOST];        /* the condition of each */
} jn_match_tree;

journey_status jn_match_parse(const journey_host *host, const char *text, jn_match_tree *tree, journey_error *err);
/* A line that says what was expected at byte `at` of the option "pattern", and what is there. */
journey_status jn_match_expected(const journey_host *host, const char *text, size_t at, const char *what,
                                 journey_error *err);

/* ---- what runs --------------------------------------------------------------------------------------------------- */

/* How a gap keeps what it needs of the events that it begins at; why that is enough stands in machine.c. */
enum { JN_MATCH_FREE, JN_MATCH_NEXT, JN_MATCH_LATEST, JN_MATCH_EARLIEST, JN_MATCH_QUEUE, JN_MATCH_OTHER };

typedef struct jn_match_gap {
  uint64_t from, to; /* positions */
  jn_match_link link;
  int32_t kind;
  uint64_t least, most, other; /* in ticks of the batch at hand */
} jn_match_gap;

/* An event at one of the positions must not be followed (preceded) by one that satisfies the condition. */
typedef struct jn_match_guard {
  uint64_t positions;
  uint32_t condition;
  int32_t after;
  int64_t within;
} jn_match_guard;

/* One direction of a program: forwards, or with everything the other way round. */
typedef struct jn_match_course {
  uint64_t out[JN_MATCH_MOST]; /* gaps that begin at each position */
  uint64_t free, inclusive;    /* gaps of kind FREE, and inclusive ones */
  jn_match_gap *gap;
} jn_match_course;

typedef struct jn_match_program {
  uint32_t positions, gaps, elements, guards;
  int32_t lookahead; /* the last position takes no event: a match ends before it */
  uint64_t first, last; /* positions that may begin and end a match */
  uint64_t at_end;      /* positions that may end one at the last event that matters */
  uint64_t spine[JN_MATCH_MOST]; /* conditions, one of each of which every match satisfies, in this order */
  uint32_t spines;
  uint64_t used;     /* conditions that matter; ~0: any event may */
  uint64_t anything; /* positions that any event fits */
  uint64_t of_condition[JN_MATCH_MOST]; /* positions by condition */
  uint8_t element_of[JN_MATCH_MOST];    /* by position: element + 1, 0 for none */
  uint8_t condition_of[JN_MATCH_MOST];  /* by element */
  jn_match_guard guard[JN_MATCH_MOST_GUARDS];
  jn_match_course forward, backward;
} jn_match_program;

/* A program in the making: its courses are empty. */
typedef struct jn_match_draft {
  jn_match_program *program;
  jn_match_gap gap[JN_MATCH_MOST];
} jn_match_draft;

journey_status jn_match_compile(const journey_host *host, const jn_match_tree *tree, jn_match_draft *draft,
                                journey_error *err);
/* `steps`: how many conditions there are. */
journey_status jn_match_clickhouse(const journey_host *host, const char *text, uint32_t steps, jn_match_draft *draft,
                                   journey_error *err);
/* `steps` one after another. */
void jn_match_sequence(uint32_t steps, jn_match_draft *draft);
/* Makes both courses of the draft. `windowed`: whether a match has a longest time. */
journey_status jn_match_settle(const journey_host *host, const jn_match_draft *draft, int windowed);
void jn_match_program_free(const journey_host *host, jn_match_program *program);
/* Times of the program in ticks of so many microseconds. */
void jn_match_scale(jn_match_program *program, int64_t unit);

/* An event that matters to the program. */
typedef struct jn_match_hit {
  uint64_t tick;
  uint64_t fits;       /* positions that it may take */
  uint64_t conditions; /* that it satisfies */
  uint64_t leads;      /* positions from which the end of the match at hand is reached */
  int64_t at;          /* its place: hits are next to each other when their places are */
  int64_t event;       /* index into the batch */
} jn_match_hit;

typedef struct jn_match_entry {
  uint64_t tick, start;
} jn_match_entry;

typedef struct jn_match_queue {
  jn_match_entry *item;
  size_t first, end, capacity;
} jn_match_queue;

/* What a gap keeps. */
typedef struct jn_match_lane {
  uint64_t tick, start;
  int64_t at;
  jn_match_entry two[2];      /* OTHER */
  jn_match_queue young, ripe; /* QUEUE */
} jn_match_lane;

typedef struct jn_match_machine {
  const journey_host *host;
  jn_match_course *course;
  jn_match_lane *lane;
  uint32_t gaps;
  int32_t windowed;
  uint64_t window;               /* ticks */
  uint64_t active;               /* gaps that some event has begun */
  uint64_t awaited;              /* no other positions can be reached now, but by a start */
  uint64_t forbidden;            /* no other conditions end an active gap */
  uint64_t start[JN_MATCH_MOST]; /* windowed: the latest start, by position reached */
} jn_match_machine;

/* Takes one event: *reached is the positions that it takes in a partial match. The only failure is no memory. */
journey_status jn_match_step(jn_match_machine *machine, uint64_t first, const jn_match_hit *hit, uint64_t *reached);
void jn_match_reset(jn_match_machine *machine);
journey_status jn_match_machine_new(jn_match_machine *machine, const journey_host *host, jn_match_course *course,
                                    uint32_t gaps);
void jn_match_machine_free(jn_match_machine *machine);

/* An event of a match. */
typedef struct jn_match_taken {
  int64_t event;
  uint32_t element;
} jn_match_taken;

/* What finds the matches of a path. */
typedef struct jn_match_finder {
  const journey_host *host;
  const jn_match_program *program;
  const journey_steps *steps;
  int32_t dense; /* places count the events that matter, not all */
  jn_match_machine forward, backward;
  uint64_t spine[256]; /* by step code: which of the program's it satisfies */
  int64_t *found;      /* events that matter */
  jn_match_hit *hit;
  jn_match_taken *taken; /* the events of the match at hand */
  size_t found_capacity, hit_capacity, taken_capacity;
  size_t hits, next, count; /* of hit, of hit, of taken */
} jn_match_finder;

journey_status jn_match_finder_new(jn_match_finder *finder, const journey_host *host, const journey_steps *steps,
                                   jn_match_program *program, int32_t windowed);
void jn_match_finder_free(jn_match_finder *finder);
/* Before the paths of a batch: */
void jn_match_prepare(jn_match_finder *finder, const journey_codes *codes);
/* Takes in path p; *matters is 0 when it cannot hold a match. */
journey_status jn_match_open(jn_match_finder *finder, const journey_batch *batch, const journey_codes *codes, int64_t p,
                             int32_t *matters);
/* The next match into finder->taken; *matched is 0 when there is none. */
journey_status jn_match_next(jn_match_finder *finder, int32_t *matched, journey_error *err);

/* ---- what is counted --------------------------------------------------------------------------------------------- */

typedef struct jn_match_part {
  int64_t customers, matches;
  journey_list wait; /* time from the event before in its match */
} jn_match_part;

/* For match_customers: a matched event. */
typedef struct jn_match_row {
  size_t id, id_length; /* in ids */
  int64_t match, time;
  uint32_t element, event;
} jn_match_row;

typedef struct jn_match {
  const journey_host *host;
  const journey_steps *steps;
  jn_match_program *program;
  jn_match_finder finder;
  uint64_t window; /* microseconds, UINT64_MAX: none */
  int32_t detailed;
  int64_t customers, matched, matches;
  journey_list duration;
  jn_match_part *part; /* by element */
  int64_t customer;    /* the one at hand, -1: none */
  int64_t number;      /* of his matches */
  uint64_t had;        /* elements that his matches had */
  jn_match_row *row;
  size_t rows, row_capacity;
  char *ids;
  size_t id_bytes, id_capacity;
} jn_match;

journey_status jn_match_save(void *state, journey_saver *saver, journey_error *err);
journey_status jn_match_load(void *state, journey_loader *loader, journey_error *err);
journey_status jn_match_finish(void *state, journey_table *table, journey_error *err);
journey_status jn_match_finish_customers(void *state, journey_table *table, journey_error *err);
journey_status jn_match_add_row(jn_match *m, jn_match_row row, const char *id, size_t n);

#endif
