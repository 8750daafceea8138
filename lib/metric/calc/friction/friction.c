/* friction: where customers struggle, found without being asked for by name, and what it may have cost. A path is
 * looked at from its first start event until its first goal; each kind of friction is looked for at every event or
 * transition of it, and those who met it there are compared with those who came to the same place and did not. */
#include "internal.h"

enum { FIRST_SLOTS = 16 };

static const journey_option options[] = {
    {.name = "goal", .value = "auto", .type = JOURNEY_OPTION_STEP, .help = "Event that is the conversion"},
    {.name = "start",
     .value = "*",
     .type = JOURNEY_OPTION_STEP,
     .help = "Paths are looked at from their first such event; those without one are left out"},
    {.name = "window",
     .value = "none",
     .type = JOURNEY_OPTION_DURATION,
     .help = "Longest time from the start to the goal, its end included; what comes later is not looked at"},
    {.name = "steps",
     .value = "auto",
     .type = JOURNEY_OPTION_STEPS,
     .help = "The usual way, to find back-steps and late drop-offs"},
    {.name = "errors",
     .value = "*error*|*Error*|*fail*|*Fail*|*exception*|*Exception*|*declin*|*Declin*",
     .type = JOURNEY_OPTION_STEP,
     .help = "Events that are errors"},
    {.name = "pause",
     .value = "30m",
     .type = JOURNEY_OPTION_DURATION,
     .help = "A longer gap ends a loop, forgets the step for back-steps, and makes an error an exit"},
    {.name = "rounds",
     .value = "2",
     .type = JOURNEY_OPTION_INT,
     .minimum = 2,
     .maximum = 1000,
     .help = "How often to go from one event to another and back before it is a loop"},
    {.name = "repeats",
     .value = "3",
     .type = JOURNEY_OPTION_INT,
     .minimum = 2,
     .maximum = 100,
     .help = "How often the same event is repeated in anger",
     .unit = "events"},
    {.name = "repeat_within",
     .value = "10s",
     .type = JOURNEY_OPTION_DURATION,
     .help = "Longest time from the first repeat in anger to the last, its end included"},
    {.name = "waits",
     .value = "5",
     .type = JOURNEY_OPTION_FLOAT,
     .minimum = 0,
     .maximum = 1e9,
     .help = "How many times the median of its transition a long wait is longer than; 0: do not look for waits"},
    {.name = "wait_least",
     .value = "10m",
     .type = JOURNEY_OPTION_DURATION,
     .help = "A long wait is longer than this, too"},
    {.name = "late",
     .value = "0.5",
     .type = JOURNEY_OPTION_FLOAT,
     .minimum = 0,
     .maximum = 1,
     .help = "Who got through more than this share of the steps drops off late"},
    {.name = "least",
     .value = "5",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 9e15,
     .help = "Leave out what fewer customers met"},
    {.name = "most",
     .value = "20",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1e9,
     .help = "How many findings to show"},
};

journey_status jn_friction_no_memory(const friction *f, journey_error *err) {
  return f->host->fail(f->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  friction *f = state;
  const journey_host *host = f->host;
  for (size_t i = 0; i < f->count; i++) journey_list_free(host, &f->places[i].gaps);
  journey_host_free(host, f->places, f->capacity, sizeof *f->places);
  journey_host_free(host, f->table, f->slots, sizeof *f->table);
  journey_host_free(host, f, 1, sizeof *f);
}

static void read_options(friction *f) {
  const journey_host *host = f->host;
  f->window = host->option_duration(host, "window");
  f->pause = host->option_duration(host, "pause");
  f->rounds = (uint32_t)host->option_int(host, "rounds");
  f->repeats = (uint32_t)host->option_int(host, "repeats");
  f->within = host->option_duration(host, "repeat_within");
  f->waits = host->option_float(host, "waits");
  f->wait_least = host->option_duration(host, "wait_least");
  f->late = host->option_float(host, "late");
  f->least = host->option_int(host, "least");
  f->most = host->option_int(host, "most");
}

static journey_status compile_options(friction *f, journey_error *err) {
  const journey_host *host = f->host;
  journey_status status = host->steps(host, "goal", &f->goal, err);
  if (status == JOURNEY_OK) status = host->steps(host, "start", &f->start, err);
  if (status == JOURNEY_OK) status = host->steps(host, "steps", &f->steps, err);
  return status == JOURNEY_OK ? host->steps(host, "errors", &f->errors, err) : status;
}

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  friction *f = journey_host_alloc(host, 1, sizeof *f);
  if (!f) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = f;
  f->host = host;
  f->seed = (uint64_t)(uintptr_t)f * UINT64_C(0x9e3779b97f4a7c15);
  read_options(f);
  if (jn_friction_make_table(f, FIRST_SLOTS) != JOURNEY_OK) return jn_friction_no_memory(f, err);
  return compile_options(f, err);
}

extern const journey_calculator jn_metric_friction;

const journey_calculator jn_metric_friction = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "friction",
    .title = "Friction: where customers struggle, and what it may cost",
    .help = "Finds back-steps, late drop-offs, errors followed by an exit, loops, repeats in anger and long waits on "
            "the way to the goal, and ranks them by the conversions lost: how much less often those who met it "
            "converted than those who came to the same place and did not, times how many met it. An association, not "
            "a cause.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = jn_friction_feed,
    .merge = jn_friction_merge,
    .save = jn_friction_save,
    .load = jn_friction_load,
    .finish = jn_friction_finish,
    .destroy = destroy,
};
