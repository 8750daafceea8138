/* The kinds of elements and their fields: the tables that everything else reads. */
#include <string.h>

#include "map/internal.h"

#define PHASES "discover|nurture|consider|decide|purchase|use|retain|advocate|end"

static const journey_field map_fields[] = {
    {.name = "title", .type = JOURNEY_FIELD_TEXT, .help = "Heading of the map"},
    {.name = "description", .type = JOURNEY_FIELD_TEXT, .help = "What the map is about, and for whom"},
    {.name = "language", .type = JOURNEY_FIELD_TEXT, .help = "Language of the texts, as in BCP 47"},
    {.name = "journey_type", .type = JOURNEY_FIELD_CHOICE, .choices = "customer|buyer|user|employee",
     .help = "Whose journey it is"},
    {.name = "state", .type = JOURNEY_FIELD_CHOICE, .choices = "as-is|to-be",
     .help = "Whether it shows what is, or what shall be"},
};

static const journey_field persona_fields[] = {
    {.name = "name", .type = JOURNEY_FIELD_TEXT, .flags = JOURNEY_FIELD_REQUIRED, .help = "What people call it"},
    {.name = "summary", .type = JOURNEY_FIELD_TEXT, .help = "One or two sentences"},
    {.name = "quote", .type = JOURNEY_FIELD_TEXT, .help = "A sentence in the persona's own words"},
    {.name = "evidence", .type = JOURNEY_FIELD_CHOICE, .choices = "hypothesis|evidence",
     .help = "Whether the persona is assumed or backed by data"},
    {.name = "rule", .type = JOURNEY_FIELD_RULE, .help = "Predicate that assigns customers to the persona"},
    {.name = "goals", .type = JOURNEY_FIELD_TEXTS, .help = "What the persona wants to reach"},
    {.name = "needs", .type = JOURNEY_FIELD_TEXTS, .help = "What it needs on the way"},
    {.name = "pains", .type = JOURNEY_FIELD_TEXTS, .help = "What bothers it"},
    {.name = "behaviours", .type = JOURNEY_FIELD_TEXTS, .help = "What it usually does"},
    {.name = "preferences", .type = JOURNEY_FIELD_TEXTS, .help = "What it prefers"},
    {.name = "motivations", .type = JOURNEY_FIELD_TEXTS, .help = "Why it comes at all"},
    {.name = "channels", .type = JOURNEY_FIELD_TEXTS, .help = "Where it comes from and looks things up"},
    {.name = "occupation", .type = JOURNEY_FIELD_TEXT, .help = "Its occupation"},
    {.name = "location", .type = JOURNEY_FIELD_TEXT, .help = "Where it lives"},
    {.name = "age_group", .type = JOURNEY_FIELD_TEXT, .help = "Its age, as a range"},
};

static const journey_field stage_fields[] = {
    {.name = "name", .type = JOURNEY_FIELD_TEXT, .flags = JOURNEY_FIELD_REQUIRED, .help = "What the business calls it"},
    {.name = "customer_name", .type = JOURNEY_FIELD_TEXT, .help = "What a customer would call it"},
    {.name = "phase", .type = JOURNEY_FIELD_CHOICE, .choices = PHASES, .help = "The neutral phase it belongs to"},
    {.name = "goal", .type = JOURNEY_FIELD_TEXT, .help = "What the customer wants in it"},
    {.name = "description", .type = JOURNEY_FIELD_TEXT, .help = "What happens in it"},
    {.name = "optional", .type = JOURNEY_FIELD_FLAG, .help = "Whether customers may leave it out"},
};

static const journey_field touchpoint_fields[] = {
    {.name = "name", .type = JOURNEY_FIELD_TEXT, .flags = JOURNEY_FIELD_REQUIRED, .help = "What the business calls it"},
    {.name = "customer_name", .type = JOURNEY_FIELD_TEXT, .help = "What a customer would call it"},
    {.name = "stage", .type = JOURNEY_FIELD_REF, .refers_to = "stage", .help = "The stage it belongs to"},
    {.name = "events", .type = JOURNEY_FIELD_STEP, .help = "Step pattern of the events that happen at it"},
    {.name = "type", .type = JOURNEY_FIELD_TEXT, .help = "Its kind: store, search, phone call, help desk ..."},
    {.name = "channel", .type = JOURNEY_FIELD_TEXT, .help = "The channel it is reached by"},
    {.name = "mode", .type = JOURNEY_FIELD_CHOICE, .choices = "online|offline|direct|phone", .help = "How it is met"},
    {.name = "phase", .type = JOURNEY_FIELD_CHOICE, .choices = "before|during|after",
     .help = "When it is met, told from the purchase"},
    {.name = "owner", .type = JOURNEY_FIELD_TEXT, .help = "Who in the business answers for it"},
    {.name = "description", .type = JOURNEY_FIELD_TEXT, .help = "What happens at it"},
    {.name = "moment_of_truth", .type = JOURNEY_FIELD_FLAG, .help = "Whether it decides about the rest of the journey"},
    {.name = "emotion", .type = JOURNEY_FIELD_NUMBER, .minimum = -2, .maximum = 2,
     .help = "Believed valence of what the customer feels at it"},
};

#define TABLE(fields) fields, (int32_t)(sizeof fields / sizeof *fields)

static const jn_map_kind kinds[] = {
    {"map", NULL, TABLE(map_fields)},
    {"persona", "personas", TABLE(persona_fields)},
    {"stage", "stages", TABLE(stage_fields)},
    {"touchpoint", "touchpoints", TABLE(touchpoint_fields)},
};

_Static_assert(sizeof kinds / sizeof *kinds <= JN_MAP_MOST_KINDS, "a map has a list for each kind");

const jn_map_kind *jn_map_kind_at(int32_t i) {
  return i >= 0 && (size_t)i < sizeof kinds / sizeof *kinds ? &kinds[i] : NULL;
}

static bool same(const char *a, const char *s, size_t n) { return a && strlen(a) == n && memcmp(a, s, n) == 0; }

const jn_map_kind *jn_map_kind_named(const char *name, size_t n) {
  const jn_map_kind *kind;
  for (int32_t i = 0; (kind = jn_map_kind_at(i)) != NULL; i++) {
    if (same(kind->name, name, n)) return kind;
  }
  return NULL;
}

const jn_map_kind *jn_map_kind_plural(const char *name, size_t n) {
  const jn_map_kind *kind;
  for (int32_t i = 0; (kind = jn_map_kind_at(i)) != NULL; i++) {
    if (same(kind->plural, name, n)) return kind;
  }
  return NULL;
}

int32_t jn_map_field_index(const jn_map_kind *kind, const char *name, size_t n) {
  for (int32_t i = 0; i < kind->fields; i++) {
    if (same(kind->field[i].name, name, n)) return i;
  }
  return -1;
}

const char *journey_map_kind(int32_t i) {
  const jn_map_kind *kind = jn_map_kind_at(i);
  return kind ? kind->name : NULL;
}

const journey_field *journey_map_field(const char *kind_name, int32_t i) {
  const jn_map_kind *kind = kind_name ? jn_map_kind_named(kind_name, strlen(kind_name)) : NULL;
  return kind && i >= 0 && i < kind->fields ? &kind->field[i] : NULL;
}
