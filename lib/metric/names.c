/* A growing list of distinct names: dictionaries of several machines become one. */
#include "metric/internal.h"

journey_status jn_metric_list_new(journey_context *context, jn_metric_list *list, journey_error *err) {
  *list = (jn_metric_list){0};
  return jn_base_dictionary_new(context, &list->dictionary, err);
}

void jn_metric_list_free(journey_context *context, jn_metric_list *list) {
  jn_base_dictionary_free(list->dictionary);
  jn_base_free(context, list->name, list->capacity, sizeof *list->name);
  *list = (jn_metric_list){0};
}

journey_status jn_metric_list_add(jn_metric_list *list, const char *s, size_t n, uint32_t *index, journey_error *err) {
  return jn_base_dictionary_add(list->dictionary, s, n, index, err);
}

/* Strings of a dictionary may move while it grows, so the pointers are taken at the end. */
journey_status jn_metric_list_seal(journey_context *context, jn_metric_list *list, journey_error *err) {
  uint32_t count = jn_base_dictionary_count(list->dictionary);
  journey_status status = jn_base_grow(context, &list->name, &list->capacity, count, sizeof *list->name, err);
  if (status != JOURNEY_OK) return status;
  for (uint32_t i = 0; i < count; i++) list->name[i] = jn_base_dictionary_string(list->dictionary, i, NULL);
  list->names = (journey_names){.count = count, .name = list->name};
  return JOURNEY_OK;
}
