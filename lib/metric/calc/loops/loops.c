/* loops: where customers go in circles, and where they go back. A path is taken apart as by loop erasure (G. F. Lawler,
 * "A self-avoiding random walk", 1980): each event either goes on along the direct way, or closes one loop, which is
 * then forgotten. So no event is in two loops, and the loops' times and the direct way's add up to the path's. */
#include <stdio.h>

#include "internal.h"

static const journey_option options[] = {
    {.name = "goal",
     .value = "auto",
     .type = JOURNEY_OPTION_STEP,
     .help = "Event that is the conversion, compared with the loop and without it"},
    {.name = "steps",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Steps in order, separated by commas: a back-step then goes from one to an earlier one; without them, to any "
             "event that the path already met"},
    {.name = "longest",
     .value = "4",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = MOST_SHOWN,
     .help = "Show loops of up to so many events one by one; longer ones by the event they return to",
     .unit = "events"},
    {.name = "collapse",
     .value = "false",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Take consecutive events of one name as one event, at the time of the first"},
    {.name = "times",
     .value = "true",
     .type = JOURNEY_OPTION_FLAG,
     .help = "Also measure the time lost: needs memory for every loop and back-step"},
    {.name = "most",
     .value = "100",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1e9,
     .help = "Show the so many most frequent loops and back-steps",
     .unit = "loops"},
};

static void destroy(void *state) {
  loops *l = state;
  const journey_host *host = l->host;
  for (size_t i = 0; i < l->count; i++) journey_list_free(host, &l->shapes[i].times);
  journey_host_free(host, l->shapes, l->capacity, sizeof *l->shapes);
  journey_host_free(host, l->codes, l->code_capacity, sizeof *l->codes);
  journey_host_free(host, l->table, l->slots, sizeof *l->table);
  journey_list_free(host, &l->made);
  journey_host_free(host, l->visits, l->visit_capacity, sizeof *l->visits);
  journey_host_free(host, l->names, l->name_slots, sizeof *l->names);
  journey_host_free(host, l->way, l->way_capacity, sizeof *l->way);
  journey_host_free(host, l, 1, sizeof *l);
}

/* Steps that may be missing: a STEPS option has always some. */
static journey_status read_steps(loops *l, journey_error *err) {
  const journey_host *host = l->host;
  const char *text = host->option_text(host, "steps");
  char message[sizeof err->message];
  if (!*text) return JOURNEY_OK;
  journey_status status = host->compile_steps(host, text, &l->steps, err);
  if (status == JOURNEY_OK || status == JOURNEY_ENOMEM || !err) return status;
  snprintf(message, sizeof message, "option steps: %.200s", err->message);
  return host->fail(host, err, status, message);
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  loops *l = journey_host_alloc(host, 1, sizeof *l);
  if (!l) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = l;
  l->host = host;
  l->seed = (uint64_t)(uintptr_t)l * UINT64_C(0x9e3779b97f4a7c15);
  l->longest = (uint32_t)host->option_int(host, "longest");
  l->collapse = host->option_flag(host, "collapse");
  l->timed = host->option_flag(host, "times");
  l->most = host->option_int(host, "most");
  journey_status status = host->steps(host, "goal", &l->goal, err);
  return status == JOURNEY_OK ? read_steps(l, err) : status;
}

extern const journey_calculator jn_metric_loops;

const journey_calculator jn_metric_loops = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "loops",
    .title = "Loops and back-steps",
    .help = "Where customers go in circles: repeats (a > a), returns (a > b > a), longer cycles; and where they go back to "
            "what they already met, or to an earlier step. How often, how many customers, how much time it takes them, "
            "and how many reach the goal with it and without it. Each event closes one loop at most, so the times add "
            "up.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = jn_loops_feed,
    .merge = jn_loops_merge,
    .save = jn_loops_save,
    .load = jn_loops_load,
    .finish = jn_loops_finish,
    .destroy = destroy,
};
