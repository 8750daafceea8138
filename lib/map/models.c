/* Built-in stage models. They are data: a map takes one as its first stages and changes them as it likes. Each stage
 * names its neutral phase, by which the models can be compared. */
#include <string.h>

#include "map/internal.h"

typedef struct stage {
  const char *id, *name, *phase;
} stage;

typedef struct model {
  const char *name, *help;
  stage stage[8]; /* ends with a NULL id */
} model;

static const model models[] = {
    {"exposure-8", "From exposure to the end of use, with sharing among customers",
     {{"exposure", "Exposure", "discover"},
      {"nurture", "Nurture", "nurture"},
      {"consideration", "Purchase consideration", "consider"},
      {"purchase", "Purchase", "purchase"},
      {"use", "Use", "use"},
      {"follow_up", "Follow-up", "retain"},
      {"sharing", "Information sharing", "advocate"},
      {"rejection", "Rejection", "end"}}},
    {"classic-5", "Awareness, consideration, purchase, retention, advocacy",
     {{"awareness", "Awareness", "discover"},
      {"consideration", "Consideration", "consider"},
      {"purchase", "Purchase", "purchase"},
      {"retention", "Retention", "retain"},
      {"advocacy", "Advocacy", "advocate"}}},
    {"buyer-5", "The buyer's journey: acquisition to recommendation",
     {{"acquisition", "Acquisition", "discover"},
      {"consideration", "Consideration", "consider"},
      {"buying_decision", "Buying decision", "decide"},
      {"loyalty", "Customer loyalty", "retain"},
      {"recommendation", "Recommendation", "advocate"}}},
    {"glossary-5", "Decision and purchase apart, then post-purchase",
     {{"awareness", "Awareness", "discover"},
      {"consideration", "Consideration", "consider"},
      {"decision", "Decision", "decide"},
      {"purchase", "Purchase", "purchase"},
      {"post_purchase", "Post-purchase", "use"}}},
    {"discovery-4", "From discovery to the loyal customer",
     {{"discovery", "Discovery", "discover"},
      {"consideration", "Consideration", "consider"},
      {"purchase", "Purchase", "purchase"},
      {"loyalty", "Loyalty", "retain"}}},
};

enum { MODELS = sizeof models / sizeof *models, MOST_STAGES = 8 };

const char *journey_stage_model(int32_t i, const char **help) {
  if (i < 0 || i >= MODELS) return NULL;
  if (help) *help = models[i].help;
  return models[i].name;
}

static const model *find_model(const char *name) {
  for (int i = 0; name && i < MODELS; i++) {
    if (strcmp(models[i].name, name) == 0) return &models[i];
  }
  return NULL;
}

static journey_status add_stage(journey_map *map, const stage *from, journey_error *err) {
  journey_element *element;
  journey_status status = journey_map_add(map, "stage", from->id, &element, err);
  if (status != JOURNEY_OK) return status;
  status = journey_element_set_text(element, "name", from->name, err);
  if (status == JOURNEY_OK) status = journey_element_set_text(element, "phase", from->phase, err);
  if (status != JOURNEY_OK) journey_map_remove(map, element);
  return status;
}

/* All of the stages or none. */
journey_status journey_map_add_stage_model(journey_map *map, const char *name, journey_error *err) {
  const model *from = find_model(name);
  int64_t before = journey_map_count(map, "stage");
  journey_status status = JOURNEY_OK;
  if (!from) {
    return jn_base_fail(err, JOURNEY_ENOTFOUND, "there is no stage model \"%s\"",
                        jn_base_quote(name ? name : "", name ? strlen(name) : 0).text);
  }
  for (int i = 0; status == JOURNEY_OK && i < MOST_STAGES && from->stage[i].id; i++) {
    status = add_stage(map, &from->stage[i], err);
  }
  while (status != JOURNEY_OK && journey_map_count(map, "stage") > before) {
    journey_map_remove(map, journey_map_at(map, "stage", before));
  }
  return status;
}
