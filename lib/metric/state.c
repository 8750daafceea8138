/* Saved numbers: the same bytes on every machine. Whole numbers are zigzag varints, doubles eight bytes, low first. */
#include <string.h>

#include "metric/internal.h"

void jn_metric_save_int64(journey_saver *saver, int64_t x) {
  uint64_t rest = ((uint64_t)x << 1) ^ (uint64_t)(x >> 63);
  char bytes[10];
  size_t n = 0;
  for (; rest >= 0x80; rest >>= 7) bytes[n++] = (char)(rest | 0x80);
  bytes[n++] = (char)rest;
  jn_base_text_add(&saver->text, bytes, n);
}

void jn_metric_save_float64(journey_saver *saver, double x) {
  uint64_t bits;
  char bytes[8];
  memcpy(&bits, &x, sizeof bits);
  for (int i = 0; i < 8; i++) bytes[i] = (char)(bits >> (8 * i));
  jn_base_text_add(&saver->text, bytes, sizeof bytes);
}

void jn_metric_save_bytes(journey_saver *saver, const void *bytes, size_t n) {
  jn_metric_save_int64(saver, (int64_t)n);
  if (n > 0) jn_base_text_add(&saver->text, bytes, n);
}

static void go_wrong(journey_loader *loader, const char *what) {
  if (!loader->wrong) loader->wrong = what;
  loader->at = loader->size;
}

int64_t jn_metric_load_int64(journey_loader *loader) {
  uint64_t rest = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (loader->at >= loader->size) break;
    uint8_t byte = loader->bytes[loader->at++];
    if (shift == 63 && byte > 1) break;
    rest |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return (int64_t)((rest >> 1) ^ (~(rest & 1) + 1));
  }
  go_wrong(loader, "a number is cut off or too long");
  return 0;
}

int64_t jn_metric_load_range(journey_loader *loader, int64_t minimum, int64_t maximum) {
  int64_t x = jn_metric_load_int64(loader);
  if (!loader->wrong && x >= minimum && x <= maximum) return x;
  go_wrong(loader, "a number is out of range");
  return minimum;
}

double jn_metric_load_float64(journey_loader *loader) {
  if (loader->size - loader->at < 8) {
    go_wrong(loader, "a number is cut off");
    return 0;
  }
  uint64_t bits = 0;
  double x;
  for (int i = 0; i < 8; i++) bits |= (uint64_t)loader->bytes[loader->at++] << (8 * i);
  memcpy(&x, &bits, sizeof x);
  return x;
}

const char *jn_metric_load_bytes(journey_loader *loader, size_t *n) {
  int64_t size = jn_metric_load_int64(loader);
  *n = 0;
  if (size < 0 || (uint64_t)size > loader->size - loader->at) {
    go_wrong(loader, "a text is cut off");
    return "";
  }
  const char *bytes = (const char *)loader->bytes + loader->at;
  loader->at += (size_t)size;
  *n = (size_t)size;
  return bytes;
}

journey_status jn_metric_load_status(const journey_loader *loader, journey_error *err) {
  if (!loader->wrong) return JOURNEY_OK;
  return jn_base_fail(err, JOURNEY_ESTATE, "saved state: %s", loader->wrong);
}
