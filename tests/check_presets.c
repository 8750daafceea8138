/* Which column plays which part: standard names, presets, options, attributes, and every file of the shared data. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "read_back.h"

static read_back *read(const char *text, journey_read_options options) {
  static read_back r;
  r = (read_back){.options = options};
  read_back_text(&r, text);
  return &r;
}

static void check_ok(const read_back *r) { ck_assert_msg(r->status == JOURNEY_OK, "%s", r->err.message); }

/* ---- one small text for each preset ----------------------------------------------------------------------------- */

static const struct {
  const char *preset, *text, *customer, *path;
  int64_t events, links;
} samples[] = {
    {"generic", "client_id,event,timestamp\nc,a,2020-01-01\n", "c", "a 1577836800\n", 1, 0},
    {"generic", "Customer ID;Event Name;Event Time;Amount\nc;a;2020-01-01;2.5\n", "c", "a 1577836800 2.5\n", 1, 0},
    {"generic", "case:concept:name\tconcept:name\ttime:timestamp\nc\ta\t2020-01-01\n", "c", "a 1577836800\n", 1, 0},
    {"generic", "userId|touchpoint|date\nc|a|2020-01-01\n", "c", "a 1577836800\n", 1, 0},
    {"generic", "device_id,activity,ts\nd,a,1577836800\n", "d", "a 1577836800\n", 1, 0},
    {"segment",
     "anonymousId,userId,timestamp,originalTimestamp,type,event,name,previousId,messageId,properties.revenue,"
     "properties.total\n"
     "x,,2020-01-01,,page,,Home,,1,,\n"
     "x,,,2020-01-02,page,,,,2,,\n"
     "x,u,2020-01-03,,identify,,,,3,,\n"
     "x,u,2020-01-04,,track,Order Completed,,,4,10,12\n"
     ",u,2020-01-05,,track,Order Refunded,,,5,,12\n"
     ",u,2020-01-06,,alias,,,old,6,,\n"
     ",old,2019-12-31,,track,Signed Up,,,7,,\n"
     "y,,2019-12-30,,track,Lurked,,,8,,\n"
     ",u,2020-01-07,,alias,,,y,9,,\n",
     "u",
     "Lurked 1577664000\nSigned Up 1577750400\nHome 1577836800\npage 1577923200\nOrder Completed 1578096000 10\nOrder "
     "Refunded 1578182400 "
     "12\n",
     6, 3},
    {"segment-warehouse",
     "id,received_at,anonymous_id,user_id,timestamp,event,event_text,revenue\n"
     "1,2020-01-01,x,,2020-01-01 00:00:01,signed_up,Signed Up,\n2,2020-01-01,x,u,2020-01-01 00:00:02,bought,Bought,3\n",
     "u", "signed_up 1577836801\nbought 1577836802 3\n", 2, 0},
    {"segment-warehouse", "id,received_at,anonymous_id,user_id,timestamp,path\n1,2020-01-02,x,u,2020-01-01,/a\n", "u",
     "page 1577836800\n", 1, 0},
    {"rudderstack",
     "rudderId,anonymousId,userId,originalTimestamp,timestamp,type,event,messageId\nr,x,u,2020-01-02,2020-01-01,track,"
     "a,1\n",
     "u", "a 1577836800\n", 1, 0},
    {"ga4-bigquery",
     "event_date,event_timestamp,event_name,user_id,user_pseudo_id,event_value_in_usd\n"
     "20200101,1577836800000000,page_view,,p,\n20200101,1577836801000000,purchase,u,p,9.5\n",
     "u", "page_view 1577836800\npurchase 1577836801 9.5\n", 2, 0},
    {"ga4-fivetran",
     "_fivetran_id,name,timestamp,user_id,user_pseudo_id,value_in_usd,ecommerce_purchase_revenue_in_usd\n"
     "1,scroll,2020-01-01,u,p,7,\n",
     "u", "scroll 1577836800 7\n", 1, 0},
    {"snowplow",
     "event_id,user_id,domain_userid,network_userid,collector_tstamp,derived_tstamp,event_name\n"
     "1,,d,n,2020-01-02,2020-01-01,page_ping\n2,u,d,n,2020-01-03,,buy\n3,,,n,2020-01-04,,other\n",
     "u", "page_ping 1577836800\nbuy 1578009600\n", 3, 0},
    {"mixpanel", "distinct_id,time,name,insert_id,device_id\nu,2020-01-01,a,1,\n", "u", "a 1577836800\n", 1, 0},
    {"amplitude",
     "user_id,device_id,amplitude_id,event_time,event_type,uuid\n,d,1,2020-01-01,a,1\nu,d,1,2020-01-02,b,2\n", "u",
     "a 1577836800\nb 1577923200\n", 2, 0},
    {"klaviyo", "id,person_id,datetime,type,metric_id,property_value\n1,u,2020-01-01,Placed Order,m,4\n", "u",
     "Placed Order 1577836800 4\n", 1, 0},
    {"posthog",
     "uuid,event,properties,timestamp,distinct_id,properties.$anon_distinct_id\n"
     "1,$pageview,{},2020-01-01,anon,\n2,$identify,{},2020-01-02,u,anon\n",
     "anon", "$pageview 1577836800\n$identify 1577923200\n", 2,
     0}, /* one customer, who goes by the id that came first */
    {"customer.io", "customer_id,anonymous_id,name,timestamp,data.value\nu,x,a,1577836800,5\n", "u", "a 1577836800 5\n",
     1, 0},
};

START_TEST(presets) {
  char path[1000];
  for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
    read_back *r = read(samples[i].text, (journey_read_options){0});
    ck_assert_msg(r->status == JOURNEY_OK, "%zu: %s", i, r->err.message);
    ck_assert_str_eq(r->counts.preset, samples[i].preset);
    ck_assert_str_eq(read_back_path(r, samples[i].customer, path, sizeof path), samples[i].path);
    ck_assert_int_eq(r->counts.events, samples[i].events);
    ck_assert_int_eq(r->counts.links, samples[i].links);
    ck_assert_int_eq(r->counts.rows, samples[i].events + samples[i].links);
    read_back_free(r);
    r = read(samples[i].text, (journey_read_options){.preset = samples[i].preset});
    check_ok(r);
    ck_assert_int_eq(r->counts.events, samples[i].events);
    read_back_free(r);
  }
}
END_TEST

/* Each preset that is listed has a sample above, and help. */
START_TEST(list_of_presets) {
  const char *name, *help;
  for (int32_t i = 0; (name = journey_read_preset(i, &help)); i++) {
    bool sampled = false;
    for (size_t k = 0; k < sizeof samples / sizeof samples[0]; k++) sampled |= !strcmp(samples[k].preset, name);
    ck_assert_msg(sampled, "%s", name);
    ck_assert_uint_gt(strlen(help), 10);
  }
  ck_assert_ptr_null(journey_read_preset(-1, NULL));
  ck_assert_ptr_null(journey_read_preset(1000, &help));
  ck_assert_ptr_null(help);
}
END_TEST

/* ---- options ---------------------------------------------------------------------------------------------------- */

START_TEST(columns_by_name) {
  char path[200];
  const char *text = "who,when,what,how much,user_id,event\nw,2020-01-01,a,1,x,y\n";
  read_back *r =
      read(text, (journey_read_options){.customer = "WHO", .time = "when", .event = "what", .value = "How Much"});
  check_ok(r);
  ck_assert_str_eq(read_back_path(r, "w", path, sizeof path), "a 1577836800 1\n");
  ck_assert_str_eq(read_back_attribute(r, "user_id", 0), "x");
  read_back_free(r);
  r = read("user_id,anonymous_id,time,event,value,event_id\nu,x,2020-01-01,a,no number,1\nu,x,2020-01-01,a,,1\n",
           (journey_read_options){.anonymous = "", .value = "", .id = ""});
  check_ok(r);
  ck_assert_int_eq(r->columns->events, 2); /* the id does not make them one */
  ck_assert_str_eq(read_back_attribute(r, "value", 0), "no number");
  ck_assert_str_eq(read_back_attribute(r, "anonymous_id", 1), "x");
  read_back_free(r);
}
END_TEST

START_TEST(zone_of_times) {
  char path[200];
  const char *text = "user_id,time,event\nu,2020-07-01 12:00:00,a\nu,2020-07-01T12:00:00Z,b\n";
  read_back *r = read(text, (journey_read_options){.zone = "+02:00"});
  check_ok(r);
  ck_assert_str_eq(read_back_path(r, "u", path, sizeof path), "a 1593597600\nb 1593604800\n");
  read_back_free(r);
}
END_TEST

/* ---- attributes ------------------------------------------------------------------------------------------------- */

START_TEST(types_of_attributes) {
  read_back *r = read("user_id,time,event,n,zip,big,t,empty,some\n"
                      "u,2020-01-01,a,1,01234,1234567890123456,x,,\n"
                      "u,2020-01-02,b,-2.5e3,98765,1,1,,7\n",
                      (journey_read_options){0});
  check_ok(r);
  ck_assert_int_eq(read_back_type(r, "n"), JOURNEY_ATTRIBUTE_NUMBER);
  ck_assert_int_eq(read_back_type(r, "some"), JOURNEY_ATTRIBUTE_NUMBER);
  ck_assert_int_eq(read_back_type(r, "zip"), JOURNEY_ATTRIBUTE_TEXT); /* a number would lose its zero */
  ck_assert_int_eq(read_back_type(r, "big"), JOURNEY_ATTRIBUTE_TEXT); /* and this its last digit */
  ck_assert_int_eq(read_back_type(r, "t"), JOURNEY_ATTRIBUTE_TEXT);
  ck_assert_int_eq(read_back_type(r, "empty"), JOURNEY_ATTRIBUTE_TEXT);
  ck_assert(read_back_number(r, "n", 1) == -2500);
  ck_assert(isnan(read_back_number(r, "some", 0)));
  ck_assert_str_eq(read_back_attribute(r, "zip", 0), "01234");
  ck_assert_str_eq(read_back_attribute(r, "t", 1), "1");
  read_back_free(r);
}
END_TEST

START_TEST(choice_of_attributes) {
  const char *text = "user_id,time,event,a,b,b,,\"x,y\"\nu,2020-01-01,e,1,p,q,r,2\n";
  static const struct {
    const char *wanted, *names;
  } cases[] = {{NULL, "a:2 b:1 b_2:1 column_7:1 x,y:2 "},
               {"all", "a:2 b:1 b_2:1 column_7:1 x,y:2 "},
               {"none", ""},
               {"a", "a:2 "},
               {"A,a", "a:2 "},
               {"a:text", "a:1 "},
               {"a:number", "a:2 "},
               {"a:text,all", "a:1 b:1 b_2:1 column_7:1 x,y:2 "},
               {"all,a:text", "a:1 b:1 b_2:1 column_7:1 x,y:2 "},
               {"user_id", "user_id:1 "}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char names[200] = "";
    read_back *r = read(text, (journey_read_options){.attributes = cases[i].wanted});
    check_ok(r);
    for (uint32_t k = 0; k < journey_stream_attributes(r->stream); k++) {
      int32_t type;
      const char *name = journey_stream_attribute(r->stream, k, &type);
      sprintf(names + strlen(names), "%s:%d ", name, (int)type);
    }
    ck_assert_str_eq(names, cases[i].names);
    read_back_free(r);
  }
}
END_TEST

/* A made-up name is never one that is in the file. */
START_TEST(names_of_twins) {
  read_back *r =
      read("user_id,time,event,x,x_2,x,x,column_9,\nu,2020-01-01,e,1,2,3,4,5,6\n", (journey_read_options){0});
  check_ok(r);
  ck_assert(read_back_number(r, "x", 0) == 1);
  ck_assert(read_back_number(r, "x_2", 0) == 2);
  ck_assert(read_back_number(r, "x_3", 0) == 3);
  ck_assert(read_back_number(r, "x_4", 0) == 4);
  ck_assert(read_back_number(r, "column_9", 0) == 5);
  ck_assert(read_back_number(r, "column_10", 0) == 6);
  read_back_free(r);
}
END_TEST

/* Later inputs follow the types of earlier ones, or say that they cannot. */
START_TEST(attributes_of_two_inputs) {
  const char *text = "user_id,time,event,a\nu,2020-01-01,e,x\n", *number = "user_id,time,event,a\nu,2020-01-02,e,1\n";
  journey_context *context;
  journey_builder *builder;
  journey_error err;
  ck_assert_int_eq(journey_context_new(NULL, &context, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_read_memory(builder, "text", text, strlen(text), NULL, NULL, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_read_memory(builder, "number", number, strlen(number), NULL, NULL, NULL), JOURNEY_OK);
  journey_builder_free(builder);
  ck_assert_int_eq(journey_builder_new(context, &builder, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_read_memory(builder, "number", number, strlen(number), NULL, NULL, NULL), JOURNEY_OK);
  ck_assert_int_eq(journey_read_memory(builder, "text", text, strlen(text), NULL, NULL, &err), JOURNEY_EINVAL);
  ck_assert_msg(strstr(err.message, "text:1: ") == err.message && strstr(err.message, "\"a:text\""), "%s", err.message);
  ck_assert_int_eq(err.column, 4);
  journey_builder_free(builder);
  journey_context_free(context);
}
END_TEST

/* ---- the shared data -------------------------------------------------------------------------------------------- */

/* Facts counted by other means. Events: -1 for files that are no events. */
static const struct {
  const char *file, *preset;
  int64_t events, customers;
  const char *says; /* of those without events; of the others an event and its value */
} shared[] = {
    {"retentioneering_simple_shop/simple-onlineshop.csv", "generic", 32283, 3751, "catalog"},
    {"mixpanel_fivetran/event.csv", "mixpanel", 5, 3, "playthrough_30"},
    {"ga4_fivetran_export/event_data.csv", "ga4-fivetran", 6, 3, "add_to_cart"},
    {"amplitude_fivetran/amplitude_event_data.csv", "amplitude", 10, 7, "watch_test_amplitude_3"},
    {"klaviyo_fivetran/event.csv", "klaviyo", 4, 2, "Placed Order"},
    {"segment_warehouse_pages/example_segment_pages.csv", "segment-warehouse", 1, 1, "page"},
    {"amplitude_fivetran/amplitude_event_type_data.csv", NULL, -1, 0, "customer (--customer)"},
    {"cdnow/CDNOW_sample.txt", NULL, -1, 0, "customer (--customer)"},
    {"cdnow/cdnow_customers_summary.csv", NULL, -1, 0, "customer (--customer)"},
    {"cdnow/donations.csv", NULL, -1, 0, "customer (--customer)"},
    {"eventdataR_patients/patients.csv", NULL, -1, 0, "customer (--customer)"},
    {"gsa_a11_cx/sample_cx_responses_upload_head.csv", NULL, -1, 0, "time (--time)"},
    {"gsa_a11_cx/sample_cx_responses_upload_with_bom.csv", NULL, -1, 0, "time (--time); the columns are external_id,"},
    {"klaviyo_fivetran/campaign.csv", NULL, -1, 0, "customer (--customer)"},
    {"klaviyo_fivetran/flow.csv", NULL, -1, 0, "customer (--customer)"},
    {"klaviyo_fivetran/metric.csv", NULL, -1, 0, "customer (--customer)"},
    {"lifelines/gehan.dat", NULL, -1, 0, "customer (--customer)"},
    {"lifelines/lung.csv", NULL, -1, 0, "customer (--customer)"},
    {"lifelines/waltons_dataset.csv", NULL, -1, 0, "customer (--customer)"},
    {"qualtrics_fivetran/block_question.csv", NULL, -1, 0, "customer (--customer)"},
    {"qualtrics_fivetran/question.csv", NULL, -1, 0, "customer (--customer)"},
    {"qualtrics_fivetran/question_option.csv", NULL, -1, 0, "customer (--customer)"},
    {"qualtrics_fivetran/question_response.csv", NULL, -1, 0, "customer (--customer)"},
    {"qualtrics_fivetran/sub_question.csv", NULL, -1, 0, "customer (--customer)"},
    {"qualtrics_fivetran/survey_response.csv", NULL, -1, 0, "customer (--customer)"},
    {"sbg_fader_hardie_2007/sbg.csv", NULL, -1, 0, "customer (--customer)"},
    {"segment_warehouse_pages/referrer_mapping.csv", NULL, -1, 0, "customer (--customer)"},
};

static void check_shared_file(size_t i, const char *path) {
  read_back r = {.threads = 2, .tuning = {.block = 1000}};
  read_back_from(&r, path, NULL, 0);
  if (shared[i].events < 0) {
    ck_assert_int_eq(r.status, JOURNEY_ENOTFOUND);
    ck_assert_int_eq(r.err.row, 1);
    ck_assert_msg(strstr(r.err.message, shared[i].says) && !strchr(r.err.message, '\n'), "%s", r.err.message);
  } else {
    check_ok(&r);
    bool there = false;
    for (uint32_t k = 0; k < journey_stream_event_names(r.stream); k++) {
      there |= !strcmp(journey_stream_event_name(r.stream, k), shared[i].says);
    }
    ck_assert_msg(there, "%s", shared[i].says);
    ck_assert_str_eq(r.counts.preset, shared[i].preset);
    ck_assert_int_eq(r.counts.rows, shared[i].events);
    ck_assert_int_eq(r.columns->events, shared[i].events);
    ck_assert_int_eq(r.columns->customers, shared[i].customers);
  }
  read_back_free(&r);
}

START_TEST(shared_files) {
  for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
    char name[128], path[600];
    snprintf(name, sizeof name, "data/%s", shared[i].file);
    if (!check_shared(name, path, sizeof path)) return;
    check_shared_file(i, path);
  }
}
END_TEST

START_TEST(shared_patients) {
  char path[600];
  if (!check_shared("data/eventdataR_patients/patients.csv", path, sizeof path)) return;
  read_back r = {.options = {.customer = "patient", .event = "handling"}};
  read_back_from(&r, path, NULL, 0);
  check_ok(&r);
  ck_assert_int_eq(r.columns->events, 5442);
  ck_assert_int_eq(r.columns->customers, 500);
  ck_assert_int_eq(journey_stream_event_names(r.stream), 7);
  ck_assert_int_eq(read_back_type(&r, ".order"), JOURNEY_ATTRIBUTE_NUMBER);
  read_back_free(&r);
}
END_TEST

Suite *presets_suite(void);
Suite *presets_suite(void) {
  Suite *suite = suite_create("presets");
  TCase *tcase = tcase_create("columns");
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, presets);
  tcase_add_test(tcase, list_of_presets);
  tcase_add_test(tcase, columns_by_name);
  tcase_add_test(tcase, zone_of_times);
  tcase_add_test(tcase, types_of_attributes);
  tcase_add_test(tcase, choice_of_attributes);
  tcase_add_test(tcase, names_of_twins);
  tcase_add_test(tcase, attributes_of_two_inputs);
  tcase_add_test(tcase, shared_files);
  tcase_add_test(tcase, shared_patients);
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(presets_suite()); }
