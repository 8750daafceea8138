/**
 * @file journey_plugin.h
 * @brief The interface of metric calculators: all that a calculator sees, built in or plugged in.
 *
 * A calculator turns paths (each customer's ordered events) into a table. It is a table of functions,
 * journey_calculator. The engine calls `create` for each shard, `feed` with batches of paths, `merge` to join the
 * shards, and `finish` once for each group. The calculator calls back through the journey_host that `create` was
 * given, and through nothing else: a shared object that holds calculators links against no library of ours.
 *
 * A shared object exports one symbol, JOURNEY_PLUGIN_SYMBOL, of type journey_plugin_entry.
 *
 * Rules that every calculator keeps, and the engine's tests check:
 * - `merge` is associative, and joining the shards in customer order gives the same answer for any cut into shards.
 *   Sums of doubles must therefore go through journey_sum (exact), never through a plain `+=`.
 * - No writable static data; all state hangs on the pointer that `create` returned.
 * - Every allocation comes from journey_host.reallocate; on NULL return JOURNEY_ENOMEM.
 * - A path may hold any number of events; times may be equal (ties are in order of arrival) but never decrease.
 * - Rows are put in an order that the data alone decide. Codes of events, and of touchpoints without a map, are in order
 *   of arrival, which differs from machine to machine: sort by a number, and ties by name.
 *
 * Breakdowns (`by`) are the engine's work: it feeds each group's paths to a state of its own and puts the group's
 * column before the calculator's. A calculator never sees groups unless it offers the extension that compares them.
 */
#ifndef JOURNEY_PLUGIN_H
#define JOURNEY_PLUGIN_H

#include "journey/base.h"
#include "journey/stat.h"
#include "journey/table.h"

/** @cond */
JOURNEY_BEGIN
/** @endcond */

/** The revision of this interface. It is frozen: new powers arrive as named extensions. */
#define JOURNEY_CALCULATOR_REVISION 1

/** Type of an option: how its text is read, and what the tools show for it. */
#define JOURNEY_OPTION_INT 1      /**< A whole number. */
#define JOURNEY_OPTION_FLOAT 2    /**< A number. */
#define JOURNEY_OPTION_TEXT 3     /**< Any text. */
#define JOURNEY_OPTION_FLAG 4     /**< "true" or "false"; on the command line its name alone means true. */
#define JOURNEY_OPTION_CHOICE 5   /**< One of journey_option.choices. */
#define JOURNEY_OPTION_DURATION 6 /**< "30m", "7d", or "none". */
#define JOURNEY_OPTION_STEPS 7    /**< Step patterns separated by commas, at most 64; "auto": the study proposes them. */
#define JOURNEY_OPTION_STEP 8     /**< One step pattern; "auto": the last one that the study proposes. */
#define JOURNEY_OPTION_ZONE 9     /**< A time zone: "UTC", "+02:00", "Europe/Berlin". */

/** One option of a calculator. All strings are static. */
typedef struct journey_option {
  const char *name;     /**< Lower-case words joined by "_" ("step_window"); on the command line "--step-window". */
  const char *value;    /**< The default, as text. */
  const char *help;     /**< One sentence without a full stop. */
  const char *choices;  /**< For JOURNEY_OPTION_CHOICE: "day|week|month"; otherwise NULL. */
  const char *unit;     /**< Shown after the name ("events", "share"); or NULL. */
  double minimum;       /**< INT and FLOAT: the least value allowed. */
  double maximum;       /**< INT and FLOAT: the greatest value allowed; minimum == maximum: no bounds. */
  int32_t type;         /**< JOURNEY_OPTION_... */
  int32_t reserved;     /**< 0. */
} journey_option;

/** How journey_host.correct corrects p-values. */
#define JOURNEY_CORRECTION_NONE 0               /**< Not at all. */
#define JOURNEY_CORRECTION_HOLM 1               /**< Holm (1979): the chance of any false finding is kept small. */
#define JOURNEY_CORRECTION_BENJAMINI_HOCHBERG 2 /**< Benjamini and Hochberg (1995): the share of false findings is. */

/** What a calculator needs of a batch beside the event codes; members of a batch that nobody asked for are NULL. */
#define JOURNEY_NEED_TIME 1u       /**< The times. */
#define JOURNEY_NEED_VALUE 2u      /**< journey_batch.value. */
#define JOURNEY_NEED_TOUCHPOINT 4u /**< journey_batch.touchpoint. */
#define JOURNEY_NEED_STAGE 8u      /**< journey_batch.stage. */
#define JOURNEY_NEED_SESSION 16u   /**< journey_batch.session. */

/** A column of whole codes, as narrow as its range allows. */
typedef struct journey_codes {
  const void *data; /**< Array of uint8_t, uint16_t or uint32_t. */
  uint32_t width;   /**< 1, 2 or 4 bytes. */
  uint32_t count;   /**< Codes are below this. */
} journey_codes;

/** A column of an attribute. */
typedef struct journey_attribute_column {
  journey_codes code;   /**< Categorical: 0 is "missing", code c >= 1 is name c - 1. data is NULL for a numeric one. */
  const double *number; /**< Numeric: NaN is "missing". NULL for a categorical one. */
} journey_attribute_column;

/**
 * Paths as plain columns. Path p holds the events i in [begin[p], end[p]); all columns are indexed by i.
 * Borrowed: valid during the call of `feed` only. Events of one path are in order of time, ties in order of arrival.
 * Read the columns with the journey_batch_... functions below, or specialise a loop on the width.
 */
typedef struct journey_batch {
  uint32_t struct_size;      /**< sizeof(journey_batch). */
  uint32_t time_high_width;  /**< Bytes of an item of time_high: 0 (none), 2 or 4. */
  int64_t paths;             /**< Number of paths. */
  const int64_t *begin;      /**< First event of each path. */
  const int64_t *end;        /**< One past the last event of each path; equal to begin for a path whose events are all filtered out (such paths are handed out only when the study keeps them: never by default). */
  const uint32_t *customer;  /**< Customer of each path (several paths may have the same one, consecutively). */
  journey_codes event;       /**< Event name of each event: code into journey_host.events. */
  const uint32_t *time_low;  /**< Low 32 bits of each time, in units of time_unit after time_base. */
  const void *time_high;     /**< Higher bits, or NULL. */
  int64_t time_base;         /**< Microseconds since 1970 UTC of time 0. */
  int64_t time_unit;         /**< Microseconds in a unit: 1, 1000, 1000000, ... */
  const double *value;       /**< Value of each event, NaN for none; NULL: not needed, or the stream has no values. */
  const uint16_t *touchpoint; /**< 0: on no touchpoint, else index + 1 into journey_host.touchpoints; the first in map order that binds the event. */
  const uint16_t *stage;     /**< 0: in no stage, else index + 1 into journey_host.stages. */
  const uint32_t *session;   /**< Number of the event's session within its customer, from 0. */
  const journey_attribute_column *attribute; /**< By the index that journey_host.attribute gave. */
} journey_batch;

/**
 * @brief Time of an event as the columns have it.
 * @param batch The batch; time must be among what the calculator needs.
 * @param i Index of the event.
 * @return Units of journey_batch.time_unit after journey_batch.time_base.
 */
static inline uint64_t journey_batch_tick(const journey_batch *batch, int64_t i) {
  uint64_t ticks = batch->time_low[i];
  if (batch->time_high_width == 2) ticks |= (uint64_t)((const uint16_t *)batch->time_high)[i] << 32;
  if (batch->time_high_width == 4) ticks |= (uint64_t)((const uint32_t *)batch->time_high)[i] << 32;
  return ticks;
}

/**
 * @brief Time of an event.
 * @param batch The batch; time must be among what the calculator needs.
 * @param i Index of the event.
 * @return Microseconds since 1970 UTC.
 */
static inline int64_t journey_batch_time(const journey_batch *batch, int64_t i) {
  return (int64_t)((uint64_t)batch->time_base + journey_batch_tick(batch, i) * (uint64_t)batch->time_unit);
}

/**
 * @brief Item of a column of codes.
 * @param codes The column.
 * @param i Index of the item.
 * @return The code.
 */
static inline uint32_t journey_codes_at(const journey_codes *codes, int64_t i) {
  if (codes->width == 1) return ((const uint8_t *)codes->data)[i];
  if (codes->width == 2) return ((const uint16_t *)codes->data)[i];
  return ((const uint32_t *)codes->data)[i];
}

/** A list of names. Borrowed from the host; valid until `destroy`. */
typedef struct journey_names {
  uint32_t count;          /**< How many. */
  uint32_t reserved;       /**< 0. */
  const char *const *name; /**< NUL-terminated UTF-8. */
} journey_names;

/**
 * Steps compiled once. For each event of a batch, journey_host.step_codes gives a column of step codes; `mask[code]`
 * has bit s set when the event satisfies step s. Without predicates the step code is the event code, at no cost.
 */
typedef struct journey_steps {
  uint32_t count;          /**< Number of steps, 1 to 64. */
  uint32_t codes;          /**< Size of mask, for the column that step_codes gave last. */
  const char *const *name; /**< Text of each step, as it was written. */
  const uint64_t *mask;    /**< By step code. May move when step_codes is called: read it again for each batch. */
} journey_steps;

typedef struct journey_calendar journey_calendar; /**< Periods (hour, day, week, month, quarter, year) in a zone. */
typedef struct journey_saver journey_saver;       /**< Where `save` writes. */
typedef struct journey_loader journey_loader;     /**< Where `load` reads. */

/**
 * What the engine does for a calculator. Every function takes the host itself first. A host belongs to one state:
 * call it only from the call that the engine is making on that state.
 */
typedef struct journey_host journey_host;
struct journey_host {
  uint32_t struct_size; /**< sizeof(journey_host). */
  uint32_t reserved;    /**< 0. */
  void *self;           /**< Private. */

  /** Event names. */
  const journey_names *events;
  /** Touchpoint names of the map, in its order; without a map: the event names, one touchpoint each. */
  const journey_names *touchpoints;
  /** Stage names of the map, in its order; none without a map. */
  const journey_names *stages;
  /** Stage of each touchpoint, index + 1, 0 for none; NULL without a map. */
  const uint16_t *touchpoint_stage;
  /** The study's confidence level, for example 0.95. */
  double confidence;
  /** z of a two-sided normal interval at that level: 1.9599... for 0.95. */
  double z;

  /** As in journey_allocator: exact old sizes; NULL means no memory. */
  void *(*reallocate)(const journey_host *host, void *block, size_t old_size, size_t new_size);
  /** Write an error and return code. */
  journey_status (*fail)(const journey_host *host, journey_error *err, journey_status code, const char *message);
  /** JOURNEY_OK, or JOURNEY_ECANCELLED: for long work inside one call. */
  journey_status (*cancelled)(const journey_host *host, journey_error *err);

  /** Value of an INT option (checked against its bounds before `create`). */
  int64_t (*option_int)(const journey_host *host, const char *name);
  /** Value of a FLOAT option. */
  double (*option_float)(const journey_host *host, const char *name);
  /** Text of any option, NUL-terminated; valid until `destroy`. */
  const char *(*option_text)(const journey_host *host, const char *name);
  /** Value of a FLAG option. */
  int32_t (*option_flag)(const journey_host *host, const char *name);
  /** Index of a CHOICE option's value among its choices. */
  int32_t (*option_choice)(const journey_host *host, const char *name);
  /** Microseconds of a DURATION option; INT64_MAX for "none". */
  int64_t (*option_duration)(const journey_host *host, const char *name);

  /** Compile a STEPS or STEP option. Only within `create`; the result lives until `destroy`. */
  journey_status (*steps)(const journey_host *host, const char *option, const journey_steps **out, journey_error *err);
  /** Compile steps that a calculator found in the text of another option, written as a STEPS option is. Only within
   * `create`, and each state of a measurement must ask for the same ones; the result lives until `destroy`. */
  journey_status (*compile_steps)(const journey_host *host, const char *text, const journey_steps **out,
                                  journey_error *err);
  /** The step codes of all events of a batch: borrowed until the next call for the same steps. */
  journey_status (*step_codes)(const journey_host *host, const journey_steps *steps, const journey_batch *batch,
                               journey_codes *out, journey_error *err);
  /** Ask for more than the calculator always needs: what an option alone needs. JOURNEY_NEED_... joined by |. Only
   * within `create`. */
  journey_status (*need)(const journey_host *host, uint32_t needs, journey_error *err);
  /** Read a duration ("30m", "1d 12h") that stands in the text of another option: microseconds. */
  journey_status (*parse_duration)(const journey_host *host, const char *text, size_t n, int64_t *out,
                                   journey_error *err);
  /** Ask for an attribute's column. Only within `create`. JOURNEY_ENOTFOUND when the stream has none of that name. */
  journey_status (*attribute)(const journey_host *host, const char *name, uint32_t *index, journey_error *err);
  /** Names of a categorical attribute (code c >= 1 is name c - 1); NULL for a numeric one. */
  const journey_names *(*attribute_names)(const journey_host *host, uint32_t index);
  /** The id of a customer, NUL-terminated; valid until the next call with this host. Only within `feed`. */
  const char *(*customer_id)(const journey_host *host, uint32_t customer, size_t *length);
  /** First and last time in the study's scope (its period, or else its events). JOURNEY_ENOTFOUND when it is empty. */
  journey_status (*time_range)(const journey_host *host, int64_t *first, int64_t *last);

  /** Interval of a proportion (Wilson 1927) at the study's confidence. */
  journey_interval (*proportion)(const journey_host *host, int64_t count, int64_t n);
  /** Interval of a difference of proportions (Newcombe 1998, method 10). */
  journey_interval (*difference)(const journey_host *host, int64_t count1, int64_t n1, int64_t count2, int64_t n2);
  /** Two-sided p-value of the pooled z-test of two proportions; NaN without data on either side. */
  double (*difference_p)(const journey_host *host, int64_t count1, int64_t n1, int64_t count2, int64_t n2);
  /** Correct the p-values of n tests made at once, in place; NaN are no tests. `room` has n items. JOURNEY_CORRECTION_... */
  void (*correct)(const journey_host *host, int32_t method, double *p, size_t *room, size_t n);
  /** Interval of a mean (Student's t) from exact sums of the values and of their squares. */
  journey_interval (*mean)(const journey_host *host, int64_t n, const journey_sum *sum, const journey_sum *squares);
  /** Quantile q in [0, 1] (type 7: linear between order statistics); reorders x. NaN when n is 0. */
  double (*quantile)(const journey_host *host, double *x, size_t n, double q);
  /** The same for whole numbers, such as durations in microseconds. */
  double (*quantile_int64)(const journey_host *host, int64_t *x, size_t n, double q);
  /** Add n values, NaN left out. `squares` may be NULL; otherwise it receives their exact squares. */
  void (*sum_add)(const journey_host *host, journey_sum *sum, journey_sum *squares, const double *x, size_t n);
  /** Add another sum. */
  void (*sum_merge)(const journey_host *host, journey_sum *sum, const journey_sum *other);
  /** The sum, rounded once to the nearest double. */
  double (*sum_value)(const journey_host *host, const journey_sum *sum);

  /** A calendar of periods "hour", "day", "week", "month", "quarter" or "year" in the zone of a ZONE option (NULL: the study's). Only within `create`; lives until `destroy`. */
  journey_status (*calendar)(const journey_host *host, const char *period, const char *zone_option,
                             journey_calendar **out, journey_error *err);
  /** Index of the period of each of n times; consecutive periods have consecutive indices. */
  void (*period_index)(const journey_host *host, journey_calendar *calendar, const int64_t *time, size_t n,
                       int64_t *index);
  /** Start of period `index`, microseconds since 1970 UTC. */
  int64_t (*period_start)(const journey_host *host, journey_calendar *calendar, int64_t index);
  /** Label of period `index` ("2024-01-31", "2024-W05", "2024-01"), NUL-terminated, at most 31 bytes. */
  void (*period_label)(const journey_host *host, journey_calendar *calendar, int64_t index, char label[32]);

  /** Add a column to the result. Call it for all columns before the first cell. Errors stick to the table. */
  void (*column)(const journey_host *host, journey_table *table, const char *name, int32_t type, int32_t unit);
  /** Three FLOAT64 columns for put_interval: `name`, `name`_low, `name`_high. */
  void (*column_interval)(const journey_host *host, journey_table *table, const char *name, int32_t unit);
  /** Cells are put from left to right, row after row. A put of the wrong type sticks as an error. */
  void (*put_int64)(const journey_host *host, journey_table *table, int64_t x);
  /** Put a FLOAT64 cell; NaN is put as missing. */
  void (*put_float64)(const journey_host *host, journey_table *table, double x);
  /** Put a STRING cell of n bytes; n = SIZE_MAX: up to the NUL. */
  void (*put_text)(const journey_host *host, journey_table *table, const char *s, size_t n);
  /** Put a missing cell. */
  void (*put_null)(const journey_host *host, journey_table *table);
  /** Put the three cells of an interval. */
  void (*put_interval)(const journey_host *host, journey_table *table, journey_interval interval);
  /** Attach a note ("method": "Wilson 95 %"); repeated keys keep the last. */
  void (*note)(const journey_host *host, journey_table *table, const char *key, const char *value);

  /** Saved numbers are the same bytes on every machine. Errors stick and are reported by the engine. */
  void (*save_int64)(const journey_host *host, journey_saver *saver, int64_t x);
  /** Save a double. */
  void (*save_float64)(const journey_host *host, journey_saver *saver, double x);
  /** Save n bytes with their length. */
  void (*save_bytes)(const journey_host *host, journey_saver *saver, const void *bytes, size_t n);
  /** Save an exact sum. */
  void (*save_sum)(const journey_host *host, journey_saver *saver, const journey_sum *sum);
  /** Load what save_int64 saved; 0 after an error. Codes of events, touchpoints and stages have their own. */
  int64_t (*load_int64)(const journey_host *host, journey_loader *loader);
  /** Load a number in [minimum, maximum], as for sizes and indices; anything else is an error, and gives minimum. */
  int64_t (*load_range)(const journey_host *host, journey_loader *loader, int64_t minimum, int64_t maximum);
  /** Load what save_float64 saved; 0 after an error. */
  double (*load_float64)(const journey_host *host, journey_loader *loader);
  /** Load what save_bytes saved: borrowed until `load` returns. */
  const void *(*load_bytes)(const journey_host *host, journey_loader *loader, size_t *n);
  /** Load what save_sum saved. */
  void (*load_sum)(const journey_host *host, journey_loader *loader, journey_sum *sum);
  /** Load an event code that save_int64 saved, as a code of this host: dictionaries of two machines may differ. */
  uint32_t (*load_event)(const journey_host *host, journey_loader *loader);
  /** Load a touchpoint's index + 1 (0: none) likewise. */
  uint32_t (*load_touchpoint)(const journey_host *host, journey_loader *loader);
  /** Load a stage's index + 1 (0: none) likewise. */
  uint32_t (*load_stage)(const journey_host *host, journey_loader *loader);
  /** JOURNEY_OK while nothing was wrong with the saved bytes; otherwise the sticking error. */
  journey_status (*load_status)(const journey_host *host, journey_loader *loader, journey_error *err);

  /** A named extension of the host, or NULL. */
  const void *(*extension)(const journey_host *host, const char *name);
};

/** A metric calculator. Static and constant. */
typedef struct journey_calculator {
  uint32_t struct_size;          /**< sizeof(journey_calculator). */
  uint32_t revision;             /**< JOURNEY_CALCULATOR_REVISION. */
  const char *id;                /**< Name of the metric: lower-case words joined by "_". */
  const char *title;             /**< A few words for a heading. */
  const char *help;              /**< What it measures, by which rules: a paragraph. */
  const journey_option *options; /**< Its options, or NULL. */
  uint32_t option_count;         /**< How many. */
  uint32_t needs;                /**< JOURNEY_NEED_... joined by |. */
  /** Make an empty state for one shard of one group, never NULL. The host outlives the state. When this fails after
   * *state was set, `destroy` is called for it. [any thread] */
  journey_status (*create)(const journey_host *host, void **state, journey_error *err);
  /** Take in a batch of whole paths. Batches come in customer order. [one thread at a time for one state] */
  journey_status (*feed)(void *state, const journey_batch *batch, journey_error *err);
  /** Add `other`, which holds later customers, to `state`. `other` may be emptied; it is destroyed afterwards. */
  journey_status (*merge)(void *state, void *other, journey_error *err);
  /** Write the state. */
  journey_status (*save)(void *state, journey_saver *saver, journey_error *err);
  /** Fill an empty state from what `save` wrote, which may be hostile. */
  journey_status (*load)(void *state, journey_loader *loader, journey_error *err);
  /** Add the columns, if this is the table's first group (the table has none), and put the rows. Called once. */
  journey_status (*finish)(void *state, journey_table *table, journey_error *err);
  /** Free the state. */
  void (*destroy)(void *state);
  /** A named extension of this calculator, or NULL. The member itself may be NULL. */
  const void *(*extension)(const char *name);
} journey_calculator;

/** Name of the extension of calculators that compare groups with one of them: a journey_baseline. */
#define JOURNEY_EXTENSION_BASELINE "journey.baseline"

/**
 * What journey_calculator.extension gives for JOURNEY_EXTENSION_BASELINE: each group of a breakdown is compared with one
 * of them. Static and constant.
 *
 * The calculator has a TEXT option "baseline" whose default is empty. While it is empty, nothing changes. Otherwise it
 * names a group, and the engine calls `finish_against` for every group where it would have called `finish`. It refuses
 * the option without a breakdown (JOURNEY_EINVAL), and a name that no group has (JOURNEY_ENOTFOUND, with the names).
 */
typedef struct journey_baseline {
  uint32_t struct_size; /**< sizeof(journey_baseline). */
  uint32_t reserved;    /**< 0. */
  /** As journey_calculator.finish, once for each group. `baseline` is the state of the baseline's group; it is `state`
   * itself for that group, an empty state when nobody in scope is in it, and the same for all groups, so that it must
   * stay as good as it was: its rows are put in their turn, which may be after those of other groups. */
  journey_status (*finish_against)(void *state, void *baseline, journey_table *table, journey_error *err);
} journey_baseline;

/* For calculators: the few lines that every one of them would write again. */

/**
 * @brief Memory, all zero.
 * @param host The host.
 * @param n How many items; 0 gives a block too.
 * @param size Bytes of an item, at least 1.
 * @return The block, to be freed with journey_host_free() and the same n and size; NULL without memory or when
 *         n * size overflows.
 */
static inline void *journey_host_alloc(const journey_host *host, size_t n, size_t size) {
  if (n > SIZE_MAX / size) return NULL;
  size_t bytes = n > 0 ? n * size : size;
  unsigned char *block = (unsigned char *)host->reallocate(host, NULL, 0, bytes);
  for (size_t i = 0; block && i < bytes; i++) block[i] = 0;
  return block;
}

/**
 * @brief Free what journey_host_alloc() or journey_host_grow() gave.
 * @param host The host.
 * @param block The block; NULL is nothing.
 * @param n How many items it was made for.
 * @param size Bytes of an item.
 */
static inline void journey_host_free(const journey_host *host, void *block, size_t n, size_t size) {
  if (block) host->reallocate(host, block, n > 0 ? n * size : size, 0);
}

/**
 * @brief Make room in an array; it grows by half.
 * @param host The host.
 * @param items Pointer to the array's pointer, which may be NULL.
 * @param capacity The array's capacity in items.
 * @param need How many items there must be room for.
 * @param size Bytes of an item.
 * @return JOURNEY_OK, or JOURNEY_ENOMEM with everything as it was.
 */
static inline journey_status journey_host_grow(const journey_host *host, void *items, size_t *capacity, size_t need,
                                               size_t size) {
  void **array = (void **)items;
  if (need <= *capacity) return JOURNEY_OK;
  size_t wanted = *capacity + *capacity / 2 + 16;
  if (wanted < need) wanted = need;
  if (wanted > SIZE_MAX / size) return JOURNEY_ENOMEM;
  void *block = host->reallocate(host, *array, *capacity * size, wanted * size);
  if (!block) return JOURNEY_ENOMEM;
  *array = block;
  *capacity = wanted;
  return JOURNEY_OK;
}

/**
 * @brief Add counts; a sum that does not fit is held at INT64_MAX, for numbers of a hostile saved state must not wrap.
 * @param a A count, not negative.
 * @param b Another one.
 * @return The sum.
 */
static inline int64_t journey_add_counts(int64_t a, int64_t b) { return a > INT64_MAX - b ? INT64_MAX : a + b; }

/**
 * @brief Time between two events, held at INT64_MAX: they may lie further apart than fits.
 * @param from A time in microseconds.
 * @param to The same or a later time.
 * @return Microseconds.
 */
static inline int64_t journey_elapsed(int64_t from, int64_t to) {
  uint64_t elapsed = (uint64_t)to - (uint64_t)from;
  return elapsed > INT64_MAX ? INT64_MAX : (int64_t)elapsed;
}

/** A growing list of whole numbers, such as times. All zero, it is empty. */
typedef struct journey_list {
  int64_t *item;   /**< The numbers. */
  size_t count;    /**< How many. */
  size_t capacity; /**< How many there is room for. */
} journey_list;

/**
 * @brief Add a number at the end.
 * @param host The host.
 * @param list The list.
 * @param item The number.
 * @return JOURNEY_OK, or JOURNEY_ENOMEM with everything as it was.
 */
static inline journey_status journey_list_add(const journey_host *host, journey_list *list, int64_t item) {
  if (list->count == list->capacity) {
    void *items = list->item;
    journey_status status = journey_host_grow(host, &items, &list->capacity, list->count + 1, sizeof item);
    if (status != JOURNEY_OK) return status;
    list->item = (int64_t *)items;
  }
  list->item[list->count++] = item;
  return JOURNEY_OK;
}

/**
 * @brief Add all numbers of another list at the end.
 * @param host The host.
 * @param list The list.
 * @param other The other list; may be empty.
 * @return JOURNEY_OK, or JOURNEY_ENOMEM with everything as it was.
 */
static inline journey_status journey_list_append(const journey_host *host, journey_list *list,
                                                 const journey_list *other) {
  void *items = list->item;
  if (list->count > SIZE_MAX - other->count) return JOURNEY_ENOMEM;
  journey_status status =
      journey_host_grow(host, &items, &list->capacity, list->count + other->count, sizeof *list->item);
  if (status != JOURNEY_OK) return status;
  list->item = (int64_t *)items;
  for (size_t i = 0; i < other->count; i++) list->item[list->count++] = other->item[i];
  return JOURNEY_OK;
}

/**
 * @brief Free a list; it is empty afterwards.
 * @param host The host.
 * @param list The list.
 */
static inline void journey_list_free(const journey_host *host, journey_list *list) {
  journey_list empty = {NULL, 0, 0};
  journey_host_free(host, list->item, list->capacity, sizeof *list->item);
  *list = empty;
}

/**
 * @brief Save a list: its count, then its numbers.
 * @param host The host.
 * @param saver Where to.
 * @param list The list.
 */
static inline void journey_list_save(const journey_host *host, journey_saver *saver, const journey_list *list) {
  host->save_int64(host, saver, (int64_t)list->count);
  for (size_t i = 0; i < list->count; i++) host->save_int64(host, saver, list->item[i]);
}

/**
 * @brief Load a list after what it holds. The count is believed only as far as numbers follow.
 * @param host The host.
 * @param loader Where from.
 * @param list The list.
 * @param least Numbers below this are an error.
 * @param err Says what was wrong; NULL is allowed.
 * @return JOURNEY_OK, JOURNEY_ENOMEM, or the loader's error.
 */
static inline journey_status journey_list_load(const journey_host *host, journey_loader *loader, journey_list *list,
                                               int64_t least, journey_error *err) {
  int64_t n = host->load_range(host, loader, 0, INT64_MAX);
  while (n-- > 0 && host->load_status(host, loader, err) == JOURNEY_OK) {
    if (journey_list_add(host, list, host->load_range(host, loader, least, INT64_MAX))) return JOURNEY_ENOMEM;
  }
  return host->load_status(host, loader, err);
}

/** Whether item a of what is sorted comes before item b: a strict order, the same whatever the codes are. */
typedef int (*journey_before)(const void *state, size_t a, size_t b);

/**
 * @brief Let an item sink in a heap whose top comes last in order: a part of journey_sort_first().
 * @param heap The items.
 * @param n How many.
 * @param at Index of the item that sinks.
 * @param before The order.
 * @param state Handed to before.
 */
static inline void journey_sift_down(size_t *heap, size_t n, size_t at, journey_before before, const void *state) {
  size_t item = heap[at];
  for (size_t child; (child = 2 * at + 1) < n; at = child) {
    if (child + 1 < n && before(state, heap[child], heap[child + 1])) child++;
    if (!before(state, item, heap[child])) break;
    heap[at] = heap[child];
  }
  heap[at] = item;
}

/**
 * @brief Bring the first n of some items to the front, in order. No recursion, no memory.
 * @param items Indices of what is sorted.
 * @param count How many.
 * @param n How many to bring to the front, at most count; n = count sorts them all.
 * @param before The order.
 * @param state Handed to before.
 */
static inline void journey_sort_first(size_t *items, size_t count, size_t n, journey_before before,
                                      const void *state) {
  for (size_t i = n / 2; i-- > 0;) journey_sift_down(items, n, i, before, state);
  for (size_t i = n; n > 0 && i < count; i++) {
    if (!before(state, items[i], items[0])) continue;
    size_t moved = items[0];
    items[0] = items[i];
    items[i] = moved;
    journey_sift_down(items, n, 0, before, state);
  }
  for (size_t end = n; end > 1;) {
    size_t moved = items[0];
    items[0] = items[--end];
    items[end] = moved;
    journey_sift_down(items, end, 0, before, state);
  }
}

/** What a plug-in's one exported symbol returns: the i-th of its calculators (from 0), or NULL past the last. */
typedef const journey_calculator *(*journey_plugin_entry)(uint32_t revision, uint32_t i);

/** Name of the symbol that a plug-in exports. */
#define JOURNEY_PLUGIN_SYMBOL "journey_plugin_calculator"

/** @cond */
JOURNEY_END
/** @endcond */
#endif
