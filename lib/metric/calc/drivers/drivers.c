/* drivers: what converters do, or are, more often than the others on their way from the start to the goal: the odds
 * ratio of each event name and of each value of some attributes, corrected for the many comparisons. */
#include <string.h>

#include "internal.h"

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
    {.name = "values_of",
     .value = "",
     .type = JOURNEY_OPTION_TEXT,
     .help = "Attributes whose values are looked at, too, separated by commas"},
    {.name = "correction",
     .value = "holm",
     .type = JOURNEY_OPTION_CHOICE,
     .choices = "holm|bh|none",
     .help = "For many comparisons: Holm (hardly any false finding), Benjamini-Hochberg (few among them) or none"},
    {.name = "least",
     .value = "25",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 9e15,
     .help = "Leave out what fewer customers have, unless they are --least-share of all"},
    {.name = "least_share",
     .value = "0.02",
     .type = JOURNEY_OPTION_FLOAT,
     .minimum = 0,
     .maximum = 1,
     .help = "Share of all customers that is enough where it is less than --least"},
    {.name = "most",
     .value = "20",
     .type = JOURNEY_OPTION_INT,
     .minimum = 1,
     .maximum = 1e9,
     .help = "How many drivers to show"},
};

journey_status jn_drivers_no_memory(const drivers *d, journey_error *err) {
  return d->host->fail(d->host, err, JOURNEY_ENOMEM, "out of memory");
}

static void destroy(void *state) {
  drivers *d = state;
  const journey_host *host = d->host;
  for (uint32_t a = 0; a < d->attribute_count; a++) {
    jn_drivers_tallies_free(host, &d->attributes[a].tallies);
  }
  jn_drivers_free_loaded(d);
  journey_host_free(host, d->text, d->text_size, 1);
  jn_drivers_tallies_free(host, &d->events);
  journey_host_free(host, d, 1, sizeof *d);
}

/* ---- attributes -------------------------------------------------------------------------------------------------- */

static journey_status add_attribute(drivers *d, const char *name, journey_error *err) {
  const journey_host *host = d->host;
  attribute made = {.name = name};
  for (uint32_t a = 0; a < d->attribute_count; a++) {
    if (strcmp(d->attributes[a].name, name) == 0) return JOURNEY_OK; /* named twice */
  }
  if (d->attribute_count == MOST_ATTRIBUTES) {
    return host->fail(host, err, JOURNEY_ELIMIT, "option values_of: more than 64 attributes");
  }
  journey_status status = host->attribute(host, name, &made.index, err);
  if (status != JOURNEY_OK) return status;
  made.values = host->attribute_names(host, made.index);
  jn_drivers_tallies_init(&made.tallies, made.values ? (size_t)made.values->count + 1 : 0);
  d->attributes[d->attribute_count++] = made;
  return JOURNEY_OK;
}

static int is_blank(char c) { return c == ' ' || c == '\t'; }

/* Cuts the text at its commas, in place. */
static journey_status add_attributes(drivers *d, journey_error *err) {
  journey_status status = JOURNEY_OK;
  for (char *name = d->text, *next; name && status == JOURNEY_OK; name = next) {
    char *end = strchr(name, ',');
    next = end ? end + 1 : NULL;
    if (!end) end = name + strlen(name);
    while (is_blank(*name)) name++;
    while (end > name && is_blank(end[-1])) end--;
    *end = '\0';
    if (!*name) return d->host->fail(d->host, err, JOURNEY_EINVAL, "option values_of: a name is missing");
    status = add_attribute(d, name, err);
  }
  return status;
}

static journey_status read_attributes(drivers *d, journey_error *err) {
  const char *text = d->host->option_text(d->host, "values_of");
  if (!*text) return JOURNEY_OK;
  d->text_size = strlen(text) + 1;
  d->text = journey_host_alloc(d->host, d->text_size, 1);
  if (!d->text) return jn_drivers_no_memory(d, err);
  memcpy(d->text, text, d->text_size);
  return add_attributes(d, err);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static journey_status create(const journey_host *host, void **state, journey_error *err) {
  drivers *d = journey_host_alloc(host, 1, sizeof *d);
  if (!d) return host->fail(host, err, JOURNEY_ENOMEM, "out of memory");
  *state = d;
  d->host = host;
  d->window = host->option_duration(host, "window");
  d->correction = host->option_choice(host, "correction");
  d->least = host->option_int(host, "least");
  d->least_share = host->option_float(host, "least_share");
  d->most = host->option_int(host, "most");
  jn_drivers_tallies_init(&d->events, host->events->count);
  journey_status status = host->steps(host, "goal", &d->goal, err);
  if (status == JOURNEY_OK) status = host->steps(host, "start", &d->start, err);
  return status == JOURNEY_OK ? read_attributes(d, err) : status;
}

extern const journey_calculator jn_metric_drivers;

const journey_calculator jn_metric_drivers = {
    .struct_size = sizeof(journey_calculator),
    .revision = JOURNEY_CALCULATOR_REVISION,
    .id = "drivers",
    .title = "Drivers: what goes with conversion",
    .help = "For each event name between the start and the goal, and for each value of the attributes asked for, its "
            "odds ratio with conversion, the interval of that, and a p-value corrected for the many comparisons. Those "
            "that make the greatest difference, either way, come first. An association, not a cause.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .needs = JOURNEY_NEED_TIME,
    .create = create,
    .feed = jn_drivers_feed,
    .merge = jn_drivers_merge,
    .save = jn_drivers_save,
    .load = jn_drivers_load,
    .finish = jn_drivers_finish,
    .destroy = destroy,
};
