/* The whole loop in one program: read events, lay them over a map, measure, print, draw.
 *
 *   cc embed.c $(pkg-config --cflags --libs journey) -o embed
 *   ./embed docs/examples/shop/events.csv docs/examples/shop/map.json map.svg */
#include <stdio.h>

#include <journey.h>

/* Where the library's output goes: any sink will do. */
static journey_status to_file(void *user, const char *bytes, size_t n) {
  return fwrite(bytes, 1, n, user) == n ? JOURNEY_OK : JOURNEY_EIO;
}

typedef struct work {
  journey_context *context;
  journey_builder *builder;
  journey_stream *stream;
  journey_map *map;
  journey_study *study;
  journey_table *funnel, *touchpoints;
} work;

static journey_status load(work *w, const char *events, const char *map, journey_error *err) {
  journey_status status = journey_context_new(NULL, &w->context, err);
  if (status == JOURNEY_OK) status = journey_builder_new(w->context, &w->builder, err);
  if (status == JOURNEY_OK) status = journey_read_file(w->builder, events, NULL, NULL, err);
  if (status == JOURNEY_OK) status = journey_builder_finish(w->builder, &w->stream, err);
  if (status == JOURNEY_OK) status = journey_map_read_file(w->context, map, &w->map, err);
  return status == JOURNEY_OK ? journey_study_new(w->stream, w->map, NULL, &w->study, err) : status;
}

static journey_status answer(work *w, const char *picture, journey_error *err) {
  const journey_setting settings[] = {{"steps", "product_view, cart_add, checkout_start, order"}, {"window", "7d"}};
  journey_status status = journey_measure(w->study, "funnel", settings, 2, &w->funnel, err);
  if (status == JOURNEY_OK) status = journey_table_write(w->funnel, JOURNEY_FORMAT_TEXT, to_file, stdout, err);
  if (status == JOURNEY_OK) status = journey_measure(w->study, "touchpoints", NULL, 0, &w->touchpoints, err);
  FILE *file = status == JOURNEY_OK ? fopen(picture, "w") : NULL;
  if (status == JOURNEY_OK && !file) {
    perror(picture);
    return JOURNEY_EIO;
  }
  if (status == JOURNEY_OK) status = journey_draw_map(w->map, w->touchpoints, NULL, to_file, file, err);
  if (file) fclose(file);
  return status;
}

int main(int argc, char **argv) {
  work w = {0};
  journey_error err = {0};
  if (argc != 4) {
    fprintf(stderr, "usage: %s EVENTS.csv MAP.json PICTURE.svg\n", argv[0]);
    return 2;
  }
  journey_status status = load(&w, argv[1], argv[2], &err);
  if (status == JOURNEY_OK) status = answer(&w, argv[3], &err);
  if (status != JOURNEY_OK) fprintf(stderr, "%s: %s\n", argv[0], err.message);
  journey_table_free(w.touchpoints); /* in any order: each object keeps what it needs */
  journey_table_free(w.funnel);
  journey_study_free(w.study);
  journey_map_free(w.map);
  journey_stream_free(w.stream);
  journey_builder_free(w.builder);
  journey_context_free(w.context);
  return status == JOURNEY_OK ? 0 : 1;
}
