/* The door of the room `study`: predicates and steps compiled over a stream, and cursors that hand out batches of
 * paths.
 *
 * A study cuts the customers into shards of about equal numbers of events. For each shard a cursor walks over its
 * customers in chunks; each chunk is handed out as one batch a group. Without a filter a batch points straight into the
 * stream's columns; with one, the events in scope are gathered into the cursor's own columns first. */
#ifndef JN_STUDY_H
#define JN_STUDY_H

#include "base/base.h"
#include "journey/study.h"
#include "journey_plugin.h"
#include "stream/stream.h"
#include "time/time.h"

/* ---- what a study knows ------------------------------------------------------------------------------------------ */

journey_context *jn_study_context(const journey_study *study);
const journey_stream *jn_study_stream(const journey_study *study);
const journey_map *jn_study_map(const journey_study *study); /* the study's own copy, or NULL */
/* The options with defaults filled in; texts borrowed from the study. */
const journey_study_options *jn_study_scope(const journey_study *study);
/* Names, built once. Without a map the touchpoints are the event names and there are no stages. */
const journey_names *jn_study_events(const journey_study *study);
const journey_names *jn_study_touchpoints(const journey_study *study);
const journey_names *jn_study_stages(const journey_study *study);
const uint16_t *jn_study_touchpoint_stage(const journey_study *study); /* NULL without a map */
/* Names of the groups; one, "(all)", without a breakdown. */
const journey_names *jn_study_group_names(const journey_study *study);
/* Customers of a group, and a number that orders groups of several studies: of equal numbers the one with more customers
 * comes first, then the one whose name does. INT32_MAX for the group of those who are in no other. */
int64_t jn_study_group_customers(const journey_study *study, uint32_t group);
int32_t jn_study_group_rank(const journey_study *study, uint32_t group);
/* What the groups are by: "persona" or an attribute's name; NULL without a breakdown. */
const char *jn_study_group_key(const journey_study *study);
/* Names of a categorical attribute by stream attribute index, listed when it is first asked for: NULL when there is no
 * memory for that, and for a numeric one. */
const journey_names *jn_study_attribute_names(const journey_study *study, uint32_t attribute);
/* First and last time of the scope: its period, or else the stream's range. */
journey_status jn_study_time_range(const journey_study *study, int64_t *first, int64_t *last);
/* Steps that this study proposes where a calculator's option says "auto": the map's stages in order up to the purchase,
 * or else known names of a shop's steps in order, or else the most reached events in their usual order. Valid as long
 * as the study. */
const char *jn_study_auto_steps(const journey_study *study);
/* The last of them: the goal. Both are NULL when there is no memory, and "*" without events. */
const char *jn_study_auto_goal(const journey_study *study);

/* Customers in scope whom the rules of several personas fit; they are in the first one's group. */
int64_t jn_study_overlaps(const journey_study *study);

/* Cuts the customers in scope into `shards` contiguous ranges of about equal numbers of events: cut[0..shards]. */
void jn_study_cut(const journey_study *study, int64_t shards, int64_t *cut);

/* ---- steps ------------------------------------------------------------------------------------------------------- */

/* Compiled step patterns. Immutable and shared by cursors. */
typedef struct jn_study_steps jn_study_steps;

/* Parses "a|b, email_*, purchase[value>=50 & country=DE]"; "auto" is replaced by the proposal. 1 to `most` steps. */
journey_status jn_study_steps_new(journey_study *study, const char *text, uint32_t most, jn_study_steps **out,
                                  journey_error *err);
/* The same text without a stream: names alone. */
journey_status jn_study_steps_read(journey_context *context, const char *text, uint32_t most, jn_study_steps **out,
                                   journey_error *err);
void jn_study_steps_free(jn_study_steps *steps);
const journey_names *jn_study_steps_names(const jn_study_steps *steps);
/* By event code: which steps the name alone decides. Without predicates this is the whole answer. */
const uint64_t *jn_study_steps_mask(const jn_study_steps *steps);
bool jn_study_steps_plain(const jn_study_steps *steps); /* no predicates: the step code is the event code */

/* ---- cursors ----------------------------------------------------------------------------------------------------- */

typedef struct jn_study_cursor jn_study_cursor;

/* Walks over the customers [first, last). `needs` is JOURNEY_NEED_... joined; `attribute` lists stream attribute
 * indices, which become batch->attribute[0..attributes). */
journey_status jn_study_cursor_new(journey_study *study, int64_t first, int64_t last, uint32_t needs,
                                   const uint32_t *attribute, uint32_t attributes, jn_study_cursor **out,
                                   journey_error *err);
void jn_study_cursor_free(jn_study_cursor *cursor);
/* The next batch and its group; *batch is NULL at the end. Checks for cancelling. Paths without events in scope are not
 * handed out. */
journey_status jn_study_next(jn_study_cursor *cursor, const journey_batch **batch, uint32_t *group, journey_error *err);
/* How many events a cursor takes at once, about (65536 unless said), and never less than one path. For tests: before
 * there are cursors. */
void jn_study_set_chunk(journey_study *study, uint32_t events);
/* Customers behind the cursor so far, for progress. */
int64_t jn_study_cursor_done(const jn_study_cursor *cursor);

/* Step codes of the current batch: of its event names for plain steps, else of (name, predicates' outcomes), made once
 * for a chunk. `mask` is by step code. Borrowed until the next chunk. The steps must outlive the cursor. */
journey_status jn_study_step_codes(jn_study_cursor *cursor, jn_study_steps *steps, journey_codes *codes,
                                   const uint64_t **mask, journey_error *err);

/* ---- predicates -------------------------------------------------------------------------------------------------- */

/* Checks the grammar of a predicate or of steps without a stream, for maps: offset in err is the byte. */
journey_status jn_study_check_predicate(journey_context *context, const char *text, journey_error *err);
journey_status jn_study_check_steps(journey_context *context, const char *text, uint32_t most, journey_error *err);

#endif
