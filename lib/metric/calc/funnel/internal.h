/* What the files of the funnel share: its rules, a path as they see it, and what became of the path. */
#ifndef JN_FUNNEL_INTERNAL_H
#define JN_FUNNEL_INTERNAL_H

#include <stdbool.h>

#include "journey_plugin.h"

enum { MOST_STEPS = 64, MOST_HELD = 3 };

/* ---- rules (rules.c) ------------------------------------------------------------------------------------------------ */

enum { STRICT_DEDUPLICATION = 1, STRICT_ORDER = 2, STRICT_INCREASE = 4, STRICT_ONCE = 8, ALLOW_REENTRY = 16 };
enum { ORDER_STEPS, ORDER_STRICT, ORDER_ANY };
enum { COUNT_CUSTOMERS, COUNT_PASSES, COUNT_SESSIONS };
enum { AT_FIRST = -1, AT_LAST = -2 }; /* where a breakdown reads its attribute; 0 and more: at this step */

/* What the options say. */
typedef struct rules {
  const journey_host *host;
  const journey_steps *steps, *exclusions; /* exclusions: NULL for none */
  uint32_t count;                          /* of steps */
  uint32_t modes;                          /* STRICT_... joined */
  int32_t order, counted;
  uint64_t window, step_window, grace; /* microseconds; UINT64_MAX: none */
  journey_calendar *within;            /* chains lie within one of its periods; NULL: anywhere */
  uint64_t sessions;                   /* chains lie within so many sessions in a row; UINT64_MAX: any number */
  uint64_t optional, first_ever, first_matching; /* steps, as a mask */
  uint8_t from[MOST_STEPS], to[MOST_STEPS];      /* by exclusion: the steps, from 0, between which it forbids */
  bool drop_customer;                            /* ... and what it costs: the customer, or the pass alone */
  uint32_t held, hold[MOST_HELD];                /* attributes that are the same all along a chain */
  bool by_attribute, values;
  uint32_t attribute; /* of the breakdown */
  int32_t at;
  journey_calendar *trend;
  bool detailed;                 /* customer by customer */
  bool lengths_alone;            /* of paths that took one step or none nothing but that is counted */
} rules;

journey_status jn_funnel_read_rules(const journey_host *host, bool detailed, rules *out, journey_error *err);
/* Whether the fast way of fast.c knows these rules. */
bool jn_funnel_is_plain(const rules *r);

/* ---- a path ----------------------------------------------------------------------------------------------------------- */

/* The events [begin, end) of a batch, or those that `index` lists there; windows as ticks of the batch. */
typedef struct view {
  const journey_batch *batch;
  const uint64_t *mask;    /* by step code */
  journey_codes codes;
  const uint64_t *exclude; /* by code of exclusions */
  journey_codes excluded;
  uint64_t window, step_window, grace;
  int64_t begin, end;
  const int64_t *index; /* NULL: the events themselves */
} view;

static inline int64_t view_event(const view *v, int64_t k) { return v->index ? v->index[k] : k; }
static inline uint64_t view_tick(const view *v, int64_t k) { return journey_batch_tick(v->batch, view_event(v, k)); }

/* Why a chain went no further. */
enum {
  COMPLETE, NO_START, PATH_END, WINDOW_OVER, STEP_WINDOW_OVER, PERIOD_OVER, SESSIONS_OVER, EXCLUDED, REPEATED,
  OUT_OF_ORDER, ENDINGS
};

/* What became of a path: how far it came, by which events, and what ended it. */
typedef struct outcome {
  uint32_t level;            /* the last step taken, counted from 1; 0: none */
  uint64_t taken;            /* the steps of the chain: those up to the level, but for optional ones left out */
  int64_t event[MOST_STEPS]; /* by step taken */
  int32_t ended_by;
  int64_t ended_at;          /* event; -1: not known yet */
  bool dropped;              /* an exclusion costs the customer */
} outcome;

/* ---- following chains (chain.c, once.c, order.c, passes.c, fast.c) ------------------------------------------------------- */

typedef struct jn_funnel_walk walk;

/* Room for following paths under these rules; made once a batch. */
journey_status jn_funnel_walk_new(const rules *r, walk **out);
void jn_funnel_walk_free(walk *w);
/* Follows one path: how far it came, by which events, and as far as the chain itself knows, what ended it. */
journey_status jn_funnel_follow(walk *w, const view *v, outcome *out);
/* Follows the pass that begins at *at or later; false: there is none. *at is where the next one may begin. */
bool jn_funnel_next_pass(walk *w, const view *v, int64_t *at, outcome *out);
/* Fills in what ended the chain, where the chain itself does not know. */
void jn_funnel_find_ending(const rules *r, const view *v, outcome *out);

/* The fast way (fast.c), prepared for a batch. */
enum { MOST_FAST_STEPS = 8, MOST_CODES = 4 };
typedef struct fast {
  uint8_t code[MOST_FAST_STEPS][MOST_CODES], codes[MOST_FAST_STEPS]; /* that satisfy each step, and how many */
  uint8_t bits[256]; /* by code: the steps that it satisfies */
  const rules *rules;
  int64_t end;   /* of the batch's events */
  bool possible; /* at all */
  bool few;      /* no step has more than MOST_CODES codes, and the machine can compare many at once */
  bool same;     /* an event may serve several steps */
} fast;
void jn_funnel_fast_begin(const rules *r, const view *v, fast *out);
/* How far the path came and by which events. False: this path is not for the fast way. */
bool jn_funnel_fast(const fast *f, const view *v, outcome *out);
/* Follows paths from *p on, and counts those that took no step or one, until there is one that took more (its outcome is
 * told) or is not for the fast way. */
enum { FAST_END, FAST_OUTCOME, FAST_NOT };
int jn_funnel_fast_next(const fast *f, view *v, int64_t *p, int64_t short_paths[2], outcome *out);

/* ---- counting (account.c) -------------------------------------------------------------------------------------------------- */

/* What is counted of a step. */
typedef struct step_account {
  int64_t skipped; /* paths that went further without it */
  int64_t valued;
  journey_list lap;   /* times from the step taken before */
  journey_list whole; /* times from the first step, from the third step on: of the second they are the laps */
} step_account;

/* What is counted of the paths of one period, or of one value of the breakdown. */
typedef struct account {
  int64_t period; /* its index */
  char *name;     /* of the value; NULL without a breakdown */
  size_t length;
  int64_t *ended;  /* paths by the last step that they took, counted from 1; 0: none */
  int64_t dropped; /* customers that an exclusion cost */
  step_account *step;
  journey_sum *sum; /* by step: of the values of its events, and of their squares; NULL: not asked for */
} account;

typedef struct accounts {
  account *item;
  size_t count, capacity;
  uint32_t *table; /* open addressing: account + 1; a power of two of slots, half of them free */
  size_t slots;
} accounts;

/* An account of nobody. */
journey_status jn_funnel_add_empty(const rules *r, accounts *all);
journey_status jn_funnel_count(const rules *r, accounts *all, const view *v, const outcome *o);
/* Paths that took no step, and one step, where nothing else of them is counted. */
journey_status jn_funnel_count_short(const rules *r, accounts *all, const int64_t short_paths[2]);
/* Paths, and those that took a step. */
int64_t jn_funnel_paths(const rules *r, const account *a);
int64_t jn_funnel_reached(const rules *r, const account *a, uint32_t step);
journey_status jn_funnel_merge_accounts(const rules *r, accounts *to, const accounts *from);
void jn_funnel_save_accounts(const rules *r, const accounts *all, journey_saver *saver);
journey_status jn_funnel_load_accounts(const rules *r, accounts *all, journey_loader *loader, journey_error *err);
void jn_funnel_free_accounts(const rules *r, accounts *all);
/* Which come first in tables. */
typedef struct sorted {
  const rules *rules;
  const accounts *all;
} sorted;
int jn_funnel_comes_before(const void *sorted, size_t a, size_t b);

/* ---- customers (customers.c) ---------------------------------------------------------------------------------------------- */

typedef struct customer {
  size_t id, id_length; /* in ids */
  uint32_t level;
  uint64_t taken;
  int32_t ended_by;
  uint32_t ended_event;
  int64_t ended_time;
} customer;

typedef struct customers {
  customer *item;
  size_t count, capacity;
  journey_list stamps; /* times and names (codes) of the steps taken, customer after customer */
  char *ids;
  size_t id_bytes, id_capacity;
} customers;

journey_status jn_funnel_add_customer(const rules *r, customers *all, const view *v, const outcome *o, uint32_t code);
journey_status jn_funnel_merge_customers(const rules *r, customers *to, const customers *from);
void jn_funnel_save_customers(const rules *r, const customers *all, journey_saver *saver);
journey_status jn_funnel_load_customers(const rules *r, customers *all, journey_loader *loader, journey_error *err);
void jn_funnel_free_customers(const rules *r, customers *all);
void jn_funnel_put_customers(const rules *r, const customers *all, journey_table *table);

/* ---- tables (tables.c) --------------------------------------------------------------------------------------------------------- */

/* `base`: the funnel that is compared with, NULL without a comparison; `all` itself is not compared. */
void jn_funnel_put_steps(const rules *r, const accounts *all, const accounts *base, const size_t *order,
                         journey_table *table);
void jn_funnel_put_times(const rules *r, const accounts *all, const accounts *base, const size_t *order,
                         journey_table *table);

#endif
