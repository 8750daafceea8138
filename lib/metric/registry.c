/* Calculators by name: the built-in ones, and those that an application or a shared object has registered. */
#include <dlfcn.h>
#include <string.h>

#include "metric/internal.h"

typedef struct registry {
  const journey_calculator **calculator;
  size_t calculators, calculator_capacity;
  void **object; /* handles of dlopen */
  size_t objects, object_capacity;
} registry;

static journey_status make_registry(journey_context *context, void **out, journey_error *err) {
  *out = jn_base_zalloc(context, 1, sizeof(registry));
  return *out ? JOURNEY_OK : jn_base_no_memory(err);
}

static void free_registry(journey_context *context, void *content) {
  registry *r = content;
  for (size_t i = 0; i < r->objects; i++) dlclose(r->object[i]);
  jn_base_free(context, r->object, r->object_capacity, sizeof *r->object);
  jn_base_free(context, r->calculator, r->calculator_capacity, sizeof *r->calculator);
  jn_base_free(context, r, 1, sizeof *r);
}

static journey_status get_registry(journey_context *context, registry **out, journey_error *err) {
  void *content;
  journey_status status = jn_base_slot(context, JN_BASE_SLOT_REGISTRY, make_registry, free_registry, &content, err);
  if (status == JOURNEY_OK) *out = content;
  return status;
}

static int32_t count_builtin(void) {
  int32_t n = 0;
  while (jn_metric_builtin(n)) n++;
  return n;
}

const journey_calculator *journey_metric(journey_context *context, int32_t i) {
  int32_t builtin = count_builtin();
  registry *r;
  if (i < 0) return NULL;
  if (i < builtin) return jn_metric_builtin(i);
  if (get_registry(context, &r, NULL) != JOURNEY_OK || (size_t)(i - builtin) >= r->calculators) return NULL;
  return r->calculator[i - builtin];
}

const journey_calculator *jn_metric_find(journey_context *context, const char *id) {
  const journey_calculator *calculator;
  for (int32_t i = 0; (calculator = journey_metric(context, i)) != NULL; i++) {
    if (strcmp(calculator->id, id) == 0) return calculator;
  }
  return NULL;
}

static bool is_name(const char *s) {
  if (!s || *s < 'a' || *s > 'z') return false;
  return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* NULL when the calculator's table is complete, else what it lacks. */
static const char *find_lack(const journey_calculator *c) {
  if (c->struct_size < sizeof *c) return "struct_size is too small";
  if (c->revision == 0) return "revision is 0";
  if (!is_name(c->id)) return "id is not a lower-case name";
  if (!c->title || !c->help) return "title or help is missing";
  if (!c->create || !c->feed || !c->merge || !c->save || !c->load || !c->finish || !c->destroy) {
    return "a function is missing";
  }
  if (c->option_count > JN_METRIC_MOST_OPTIONS) return "more than 256 options";
  if (c->option_count > 0 && !c->options) return "the options are missing";
  for (uint32_t i = 0; i < c->option_count; i++) {
    const journey_option *option = &c->options[i];
    if (!is_name(option->name) || !option->value || !option->help) return "an option lacks a name, a value or a help";
    if (option->type < JOURNEY_OPTION_INT || option->type > JOURNEY_OPTION_ZONE) return "an option's type is unknown";
    if (option->type == JOURNEY_OPTION_CHOICE && !option->choices) return "an option lacks its choices";
  }
  return NULL;
}

static journey_status add(journey_context *context, const journey_calculator *calculator, const char *from,
                          journey_error *err) {
  registry *r;
  if (calculator && calculator->revision > JOURNEY_CALCULATOR_REVISION) {
    return jn_base_fail(err, JOURNEY_EUNSUPPORTED, "%s: needs revision %u of the calculators' interface, this is %d",
                        from, (unsigned)calculator->revision, JOURNEY_CALCULATOR_REVISION);
  }
  const char *lack = calculator ? find_lack(calculator) : "no calculator";
  if (lack) return jn_base_fail(err, JOURNEY_EINVAL, "%s: %s", from, lack);
  if (jn_metric_find(context, calculator->id)) {
    return jn_base_fail(err, JOURNEY_EEXIST, "%s: there is a metric \"%s\" already", from, calculator->id);
  }
  journey_status status = get_registry(context, &r, err);
  if (status != JOURNEY_OK) return status;
  status = jn_base_grow(context, &r->calculator, &r->calculator_capacity, r->calculators + 1, sizeof *r->calculator,
                        err);
  if (status == JOURNEY_OK) r->calculator[r->calculators++] = calculator;
  return status;
}

journey_status journey_register(journey_context *context, const journey_calculator *calculator, journey_error *err) {
  return add(context, calculator, "calculator", err);
}

/* The shared object stays open once one of its calculators is known, whatever comes after. */
static journey_status add_all(journey_context *context, registry *r, void *object, const char *path,
                              journey_error *err) {
  journey_plugin_entry entry;
  *(void **)&entry = dlsym(object, JOURNEY_PLUGIN_SYMBOL); /* POSIX's way around ISO C's rule on function pointers */
  if (!entry) return jn_base_fail(err, JOURNEY_EINVAL, "%s: has no symbol %s", path, JOURNEY_PLUGIN_SYMBOL);
  const journey_calculator *calculator;
  size_t before = r->calculators;
  journey_status status = JOURNEY_OK;
  for (uint32_t i = 0; status == JOURNEY_OK && (calculator = entry(JOURNEY_CALCULATOR_REVISION, i)) != NULL; i++) {
    status = add(context, calculator, path, err);
  }
  if (status == JOURNEY_OK && r->calculators == before) {
    status = jn_base_fail(err, JOURNEY_EINVAL, "%s: holds no calculator", path);
  }
  if (status != JOURNEY_OK) r->calculators = before;
  return status;
}

journey_status journey_load_plugin(journey_context *context, const char *path, journey_error *err) {
  registry *r;
  journey_status status = get_registry(context, &r, err);
  if (status == JOURNEY_OK) {
    status = jn_base_grow(context, &r->object, &r->object_capacity, r->objects + 1, sizeof *r->object, err);
  }
  if (status != JOURNEY_OK) return status;
  void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!object) return jn_base_fail(err, JOURNEY_EIO, "%s", dlerror());
  status = add_all(context, r, object, path, err);
  if (status == JOURNEY_OK) r->object[r->objects++] = object;
  else dlclose(object);
  return status;
}
