/* Types of Arrow columns, and the buffers of their arrays. */
#include <string.h>

#include "io/arrow.h"
#include "io/scan.h"

/* ---- formats ---------------------------------------------------------------------------------------------------- */

static const struct {
  const char *format;
  int32_t kind;
  const char *what;
} formats[] = {{"n", JN_IO_ARROW_NULL, "null"},
               {"b", JN_IO_ARROW_BOOL, "bool"},
               {"c", JN_IO_ARROW_INT8, "int8"},
               {"C", JN_IO_ARROW_UINT8, "uint8"},
               {"s", JN_IO_ARROW_INT16, "int16"},
               {"S", JN_IO_ARROW_UINT16, "uint16"},
               {"i", JN_IO_ARROW_INT32, "int32"},
               {"I", JN_IO_ARROW_UINT32, "uint32"},
               {"l", JN_IO_ARROW_INT64, "int64"},
               {"L", JN_IO_ARROW_UINT64, "uint64"},
               {"e", JN_IO_ARROW_FLOAT16, "float16"},
               {"f", JN_IO_ARROW_FLOAT32, "float32"},
               {"g", JN_IO_ARROW_FLOAT64, "float64"},
               {"u", JN_IO_ARROW_TEXT, "utf8"},
               {"U", JN_IO_ARROW_LARGE_TEXT, "large_utf8"},
               {"vu", JN_IO_ARROW_VIEW_TEXT, "utf8_view"},
               {"tdD", JN_IO_ARROW_DATE32, "date32"},
               {"tdm", JN_IO_ARROW_DATE64, "date64"}};

/* By how their formats begin. */
static const struct {
  const char *begin, *what;
} unread[] = {{"+s", "a struct"},        {"+l", "a list"},    {"+L", "a large list"},  {"+vl", "a list view"},
              {"+vL", "a list view"},    {"+w", "a list"},    {"+m", "a map"},         {"+u", "a union"},
              {"+r", "run-end encoded"}, {"d:", "a decimal"}, {"z", "binary"},         {"Z", "large binary"},
              {"vz", "binary"},          {"w:", "binary"},    {"tt", "a time of day"}, {"tD", "a duration"},
              {"ti", "an interval"}};

static bool timestamp(const char *format, jn_io_arrow_column *out) {
  static const char units[] = "smun";
  static const int64_t per_second[] = {1, 1000, 1000000, 1000000000};
  if (format[0] != 't' || format[1] != 's' || !format[2] || format[3] != ':') return false;
  const char *unit = strchr(units, format[2]);
  if (!unit) return false;
  out->kind = JN_IO_ARROW_TIME;
  out->what = "timestamp";
  out->per_second = per_second[unit - units];
  out->local = !format[4];
  return true;
}

static void type_of(const char *format, jn_io_arrow_column *out) {
  out->kind = JN_IO_ARROW_UNREAD;
  out->what = "of an unknown type";
  if (!format || timestamp(format, out)) return;
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    if (strcmp(format, formats[i].format) != 0) continue;
    out->kind = formats[i].kind;
    out->what = formats[i].what;
    return;
  }
  for (size_t i = 0; i < sizeof unread / sizeof unread[0]; i++) {
    if (strncmp(format, unread[i].begin, strlen(unread[i].begin)) != 0) continue;
    out->what = unread[i].what;
    return;
  }
}

void jn_io_arrow_type(const struct ArrowSchema *schema, jn_io_arrow_column *out) {
  const char *name = schema->name ? schema->name : "";
  *out = (jn_io_arrow_column){.name = {name, strlen(name)}};
  type_of(schema->format, out);
  if (!schema->dictionary) return;
  int32_t index = out->kind;
  type_of(schema->dictionary->format, out);
  bool fits = index >= JN_IO_ARROW_INT8 && index <= JN_IO_ARROW_UINT64 && jn_io_arrow_is_text(out->kind) &&
              !schema->dictionary->dictionary;
  if (!fits) out->what = "a dictionary of other things than text";
  if (!fits) out->kind = JN_IO_ARROW_UNREAD;
  out->index = index;
}

/* ---- buffers ---------------------------------------------------------------------------------------------------- */

static journey_status broken(const jn_io_arrow_column *column, const char *what, journey_error *err) {
  return jn_base_fail(err, JOURNEY_EINVAL, "the Arrow array of column \"%s\" is broken: %s",
                      jn_base_quote(column->name.bytes, column->name.length).text, what);
}

static const char *check_shape(const struct ArrowArray *array, int32_t kind) {
  int64_t buffers = kind == JN_IO_ARROW_NULL ? 0 : jn_io_arrow_is_text(kind) ? 3 : 2, end;
  if (!array || !array->release) return "it is not there, or released";
  if (array->length < 0 || array->offset < 0 || !jn_base_add(array->length, array->offset, &end) ||
      end > INT64_MAX / 32) {
    return "its length or its offset is out of range";
  }
  bool fits = kind == JN_IO_ARROW_VIEW_TEXT ? array->n_buffers >= buffers : array->n_buffers == buffers;
  if (!fits && !(kind == JN_IO_ARROW_NULL && array->n_buffers <= 1))
    return "its number of buffers does not fit its type";
  if (buffers && !array->buffers) return "it has no buffers";
  if (buffers && array->length && !array->buffers[1]) return "its values are not there";
  if (buffers && array->null_count > 0 && array->length && !array->buffers[0]) return "it has nulls and no bitmap";
  return NULL;
}

static int64_t offset_at(const jn_io_arrow_values *v, int64_t i) {
  return v->kind == JN_IO_ARROW_TEXT ? ((const int32_t *)v->data)[i] : ((const int64_t *)v->data)[i];
}

static const char *bind_text(jn_io_arrow_values *v, const struct ArrowArray *array) {
  if (!v->length) return NULL;
  v->bytes = array->buffers[2];
  v->low = offset_at(v, v->first);
  v->high = offset_at(v, v->first + v->length);
  if (v->low < 0 || v->high < v->low) return "its offsets go back";
  if (v->high > v->low && !v->bytes) return "its text is not there";
  if (!v->bytes) v->bytes = "";
  return NULL;
}

static const char *bind_views(jn_io_arrow_values *v, const struct ArrowArray *array) {
  v->buffers = array->n_buffers - 3;
  v->buffer = array->buffers + 2;
  v->size = array->buffers[array->n_buffers - 1];
  return v->buffers && v->length && !v->size ? "the sizes of its buffers are not there" : NULL;
}

static const char *bind_values(jn_io_arrow_values *v, const struct ArrowArray *array, int32_t kind) {
  const char *wrong = check_shape(array, kind);
  if (wrong) return wrong;
  *v = (jn_io_arrow_values){.kind = kind, .first = array->offset, .length = array->length};
  if (kind == JN_IO_ARROW_NULL) return NULL;
  v->valid = array->null_count ? array->buffers[0] : NULL;
  v->data = array->buffers[1];
  if (kind == JN_IO_ARROW_VIEW_TEXT) return bind_views(v, array);
  return jn_io_arrow_is_text(kind) ? bind_text(v, array) : NULL;
}

/* A dictionary that is not much larger than the batch is looked through at once. */
static bool is_plain(const jn_io_arrow_values *words, int64_t rows) {
  if (words->kind == JN_IO_ARROW_VIEW_TEXT || words->length > 4 * rows + 1024) return false;
  return !words->length || jn_io_is_plain(words->bytes + words->low, (size_t)(words->high - words->low));
}

journey_status jn_io_arrow_bind(jn_io_arrow_column *column, const struct ArrowArray *array, int64_t from, int64_t n,
                                journey_error *err) {
  bool coded = column->index != JN_IO_ARROW_UNREAD;
  const char *wrong = bind_values(&column->values, array, coded ? column->index : column->kind);
  if (wrong) return broken(column, wrong, err);
  if (column->values.length < from || column->values.length - from < n) {
    return broken(column, "it is shorter than the batch", err);
  }
  column->values.first += from;
  column->values.length = n;
  if (!coded) return JOURNEY_OK;
  wrong = array->dictionary ? bind_values(&column->words, array->dictionary, column->kind) : "it has no dictionary";
  if (wrong) return broken(column, wrong, err);
  column->plain = is_plain(&column->words, n);
  return JOURNEY_OK;
}
