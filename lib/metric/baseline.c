/* The extension "journey.baseline": which group the others are compared with. */
#include <stdio.h>
#include <string.h>

#include "metric/internal.h"

static const journey_baseline *extension_of(const journey_calculator *calculator) {
  if (!calculator->extension) return NULL;
  const journey_baseline *baseline = calculator->extension(JOURNEY_EXTENSION_BASELINE);
  return baseline && baseline->struct_size >= sizeof *baseline ? baseline : NULL;
}

static journey_status refuse_group(const char *group, const journey_names *names, journey_error *err) {
  char known[360] = "";
  size_t used = 0;
  for (uint32_t g = 0; g < names->count; g++) {
    jn_base_quoted name = jn_base_quote(names->name[g], strlen(names->name[g]));
    if (used + strlen(name.text) + 8 > sizeof known) {
      memcpy(known + used, ", ...", 6);
      break;
    }
    used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", g ? ", " : "", name.text);
  }
  return jn_base_fail(err, JOURNEY_ENOTFOUND, "option baseline: there is no group \"%s\"; there are: %s",
                      jn_base_quote(group, strlen(group)).text, known);
}

journey_status jn_metric_baseline_find(const jn_metric_measurement *m, const journey_names *names,
                                       jn_metric_baseline *out, journey_error *err) {
  const jn_metric_value *value = jn_metric_option(m, "baseline", JOURNEY_OPTION_TEXT);
  *out = (jn_metric_baseline){0};
  if (!value || value->length == 0) return JOURNEY_OK;
  const journey_baseline *extension = extension_of(m->calculator);
  if (!extension) return JOURNEY_OK; /* an option of the calculator's own, then */
  if (!m->by) {
    return jn_base_fail(err, JOURNEY_EINVAL, "option baseline: there are no groups to compare without a breakdown (by)");
  }
  for (uint32_t g = 0; names && g < names->count; g++) {
    if (strcmp(names->name[g], value->text) != 0) continue;
    *out = (jn_metric_baseline){extension, g};
    return JOURNEY_OK;
  }
  return names ? refuse_group(value->text, names, err) : JOURNEY_OK;
}
