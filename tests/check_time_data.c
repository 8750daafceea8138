/* The times in exports of real products: each column of times of each sample file is read, to the last value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "time/time.h"

Suite *time_data_suite(void);

static const struct column {
  const char *file, *name;
  int values; /* that are not empty */
} columns[] = {
    {"retentioneering_simple_shop/simple-onlineshop.csv", "timestamp", 32283},
    {"eventdataR_patients/patients.csv", "time", 5442},
    {"mixpanel_fivetran/event.csv", "time", 0},
    {"mixpanel_fivetran/event.csv", "_fivetran_synced", 0},
    {"ga4_fivetran_export/event_data.csv", "date", 0},
    {"ga4_fivetran_export/event_data.csv", "timestamp", 0},
    {"ga4_fivetran_export/event_data.csv", "user_first_touch_timestamp", 0},
    {"amplitude_fivetran/amplitude_event_data.csv", "server_upload_time", 0},
    {"amplitude_fivetran/amplitude_event_data.csv", "client_event_time", 0},
    {"amplitude_fivetran/amplitude_event_data.csv", "event_time", 0},
    {"amplitude_fivetran/amplitude_event_data.csv", "user_creation_time", 0},
    {"klaviyo_fivetran/event.csv", "datetime", 0},
    {"klaviyo_fivetran/event.csv", "timestamp", 0},
    {"klaviyo_fivetran/flow.csv", "created", 0},
    {"klaviyo_fivetran/campaign.csv", "send_time", 0},
    {"klaviyo_fivetran/campaign.csv", "sent_at", 0},
    {"klaviyo_fivetran/metric.csv", "updated", 0},
    {"segment_warehouse_pages/example_segment_pages.csv", "timestamp", 0},
    {"segment_warehouse_pages/example_segment_pages.csv", "received_at", 0},
    {"qualtrics_fivetran/survey_response.csv", "start_date", 0},
    {"qualtrics_fivetran/survey_response.csv", "recorded_date", 0},
    {"qualtrics_fivetran/question_response.csv", "_fivetran_synced", 0},
};

/* One field of a CSV file into out; the character after it (',', '\n' or EOF). */
static int read_field(FILE *file, char *out, size_t size) {
  size_t n = 0;
  int c = getc(file), quoted = c == '"';
  if (quoted) c = getc(file);
  for (; c != EOF; c = getc(file)) {
    if (quoted && c == '"' && (c = getc(file)) != '"') quoted = 0;
    if (!quoted && (c == ',' || c == '\n' || c == EOF)) break;
    if (n + 1 < size && c != '\r') out[n++] = (char)c;
  }
  out[n] = '\0';
  return c;
}

START_TEST(reads_every_time) {
  const struct column *column = &columns[_i];
  char path[1000], name[200], field[200];
  snprintf(name, sizeof name, "data/%s", column->file);
  if (!check_shared(name, path, sizeof path)) return;
  FILE *file = fopen(path, "rb");
  ck_assert_ptr_nonnull(file);
  int at = -1, values = 0, end = ',';
  for (int i = 0; end == ','; i++) {
    end = read_field(file, field, sizeof field);
    if (strcmp(field, column->name) == 0) at = i;
  }
  ck_assert_int_ge(at, 0);
  jn_time_parser parser;
  jn_time_parser_init(&parser, NULL, JN_TIME_AUTO);
  for (int i = 0; end != EOF; i = end == ',' ? i + 1 : 0) {
    int64_t time;
    end = read_field(file, field, sizeof field);
    if (i != at || !*field) continue;
    ck_assert_msg(jn_time_parse(&parser, field, strlen(field), &time), "%s, column %s: %s", path, column->name, field);
    int64_t year = jn_time_date_of(time / 86400 / 1000000).year;
    ck_assert_msg(year >= 1990 && year < 2030, "%s", field);
    values++;
  }
  fclose(file);
  ck_assert_int_gt(values, 0);
  if (column->values) ck_assert_int_eq(values, column->values);
}
END_TEST

Suite *time_data_suite(void) {
  Suite *suite = suite_create("time_data");
  TCase *tcase = tcase_create("time_data");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, reads_every_time, 0, sizeof columns / sizeof *columns);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(time_data_suite()); }
