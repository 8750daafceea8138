/* The table of presets. Sources: the column map of each product's export, as its own documentation and samples have it.
 * A preset is recognised by columns that no other product writes, so their order here hardly matters. */
#include "io/presets.h"

#include "io/io.h"
#include "journey/read.h"
#include "time/time.h"

#define ROW(role) (1u << (role))
#define CALLS (ROW(JN_IO_TIME) | ROW(JN_IO_EVENT) | ROW(JN_IO_VALUE))
#define REVENUE "properties.revenue properties.value properties.total revenue value total"

static const jn_io_preset presets[] = {
    {.name = "rudderstack",
     .help = "RudderStack calls: userId, anonymousId, originalTimestamp, event",
     .sign = "rudderId|request_ip originalTimestamp anonymousId|userId",
     .role = {[JN_IO_CUSTOMER] = "userId", [JN_IO_ANONYMOUS] = "anonymousId",
              [JN_IO_TIME] = "timestamp originalTimestamp", [JN_IO_EVENT] = "event name type",
              [JN_IO_VALUE] = REVENUE, [JN_IO_ID] = "messageId", [JN_IO_PREVIOUS] = "previousId",
              [JN_IO_KIND] = "type"},
     .each_row = CALLS},
    {.name = "segment",
     .help = "Segment calls: userId, anonymousId, timestamp, event, messageId",
     .sign = "anonymousId|userId messageId|originalTimestamp|receivedAt type|event",
     .role = {[JN_IO_CUSTOMER] = "userId", [JN_IO_ANONYMOUS] = "anonymousId",
              [JN_IO_TIME] = "timestamp originalTimestamp sentAt receivedAt", [JN_IO_EVENT] = "event name type",
              [JN_IO_VALUE] = REVENUE, [JN_IO_ID] = "messageId", [JN_IO_PREVIOUS] = "previousId",
              [JN_IO_KIND] = "type"},
     .each_row = CALLS},
    {.name = "segment-warehouse",
     .help = "Segment tables in a warehouse: user_id, anonymous_id, timestamp, event; a table of pages has no event",
     .sign = "anonymous_id received_at id|event|context_ip",
     .role = {[JN_IO_CUSTOMER] = "user_id", [JN_IO_ANONYMOUS] = "anonymous_id",
              [JN_IO_TIME] = "timestamp original_timestamp sent_at received_at", [JN_IO_EVENT] = "event",
              [JN_IO_VALUE] = "revenue value total", [JN_IO_ID] = "id"},
     .each_row = CALLS,
     .event = "page",
     .witness = "url path"},
    {.name = "ga4-bigquery",
     .help = "Google Analytics 4 in BigQuery: user_id, user_pseudo_id, event_timestamp, event_name",
     .sign = "user_pseudo_id event_timestamp event_name",
     .role = {[JN_IO_CUSTOMER] = "user_id", [JN_IO_ANONYMOUS] = "user_pseudo_id", [JN_IO_TIME] = "event_timestamp",
              [JN_IO_EVENT] = "event_name",
              [JN_IO_VALUE] = "ecommerce.purchase_revenue ecommerce_purchase_revenue event_value_in_usd value"},
     .each_row = CALLS,
     .time_kind = JN_TIME_US},
    {.name = "ga4-fivetran",
     .help = "Google Analytics 4 through Fivetran: user_id, user_pseudo_id, timestamp, name",
     .sign = "user_pseudo_id timestamp name",
     .role = {[JN_IO_CUSTOMER] = "user_id", [JN_IO_ANONYMOUS] = "user_pseudo_id", [JN_IO_TIME] = "timestamp",
              [JN_IO_EVENT] = "name", [JN_IO_VALUE] = "ecommerce_purchase_revenue_in_usd value_in_usd",
              [JN_IO_ID] = "_fivetran_id"},
     .each_row = CALLS},
    {.name = "snowplow",
     .help = "Snowplow canonical events: user_id, domain_userid, derived_tstamp, event_name, event_id",
     .sign = "domain_userid|network_userid collector_tstamp|derived_tstamp event_id",
     .role = {[JN_IO_CUSTOMER] = "user_id", [JN_IO_ANONYMOUS] = "domain_userid network_userid",
              [JN_IO_TIME] = "derived_tstamp collector_tstamp", [JN_IO_EVENT] = "event_name event",
              [JN_IO_VALUE] = "tr_total se_value", [JN_IO_ID] = "event_id"},
     .each_row = CALLS | ROW(JN_IO_ANONYMOUS)},
    {.name = "mixpanel",
     .help = "Mixpanel: distinct_id, time, name or event, insert_id",
     .sign = "distinct_id|properties.distinct_id insert_id|$insert_id|properties.$insert_id|mp_processing_time_ms",
     .role = {[JN_IO_CUSTOMER] = "distinct_id properties.distinct_id",
              [JN_IO_ANONYMOUS] = "distinct_id_before_identity properties.$distinct_id_before_identity device_id "
                                  "properties.$device_id $device_id",
              [JN_IO_TIME] = "time properties.time", [JN_IO_EVENT] = "name event",
              [JN_IO_VALUE] = "properties.$amount $amount properties.amount",
              [JN_IO_ID] = "insert_id $insert_id properties.$insert_id"},
     .each_row = CALLS},
    {.name = "amplitude",
     .help = "Amplitude: user_id, device_id, event_time, event_type, uuid",
     .sign = "amplitude_id|device_id event_type event_time|client_event_time",
     .role = {[JN_IO_CUSTOMER] = "user_id", [JN_IO_ANONYMOUS] = "device_id amplitude_id",
              [JN_IO_TIME] = "event_time client_event_time", [JN_IO_EVENT] = "event_type",
              [JN_IO_VALUE] = "event_properties.$revenue event_properties.revenue revenue $revenue",
              [JN_IO_ID] = "uuid $insert_id _insert_id"},
     .each_row = CALLS},
    {.name = "klaviyo",
     .help = "Klaviyo events: person_id, datetime, type, property_value",
     .sign = "person_id datetime|timestamp metric_id|type",
     .role = {[JN_IO_CUSTOMER] = "person_id", [JN_IO_TIME] = "datetime timestamp", [JN_IO_EVENT] = "type",
              [JN_IO_VALUE] = "property_value", [JN_IO_ID] = "id"},
     .each_row = CALLS},
    {.name = "posthog",
     .help = "PostHog: distinct_id, timestamp, event, uuid; $identify links the anonymous id",
     .sign = "distinct_id event timestamp uuid|properties|elements_chain",
     .role = {[JN_IO_CUSTOMER] = "distinct_id", [JN_IO_TIME] = "timestamp", [JN_IO_EVENT] = "event",
              [JN_IO_VALUE] = "properties.$revenue properties.revenue properties.value", [JN_IO_ID] = "uuid",
              [JN_IO_PREVIOUS] = "properties.$anon_distinct_id $anon_distinct_id"},
     .each_row = CALLS},
    {.name = "customer.io",
     .help = "Customer.io: customer_id, anonymous_id, timestamp in seconds, name",
     .sign = "customer_id timestamp name anonymous_id|data",
     .role = {[JN_IO_CUSTOMER] = "customer_id", [JN_IO_ANONYMOUS] = "anonymous_id", [JN_IO_TIME] = "timestamp",
              [JN_IO_EVENT] = "name", [JN_IO_VALUE] = "data.revenue data.value data.total"},
     .each_row = CALLS},
    {.name = "generic",
     .help = "Standard names: customer_id, user_id ..., timestamp, time ..., event, event_name, activity ...",
     .role = {[JN_IO_CUSTOMER] = "customer_id customer user_id user client_id distinct_id member_id person_id "
                                 "contact_id visitor_id external_id profile_id account_id case_id case:concept:name "
                                 "actor",
              [JN_IO_ANONYMOUS] = "anonymous_id anonymous anon_id device_id cookie_id user_pseudo_id",
              [JN_IO_TIME] = "timestamp time event_time event_timestamp datetime date_time event_datetime occurred_at "
                             "created_at time:timestamp event_date date ts",
              [JN_IO_EVENT] = "event event_name touchpoint activity event_type concept:name action name type",
              [JN_IO_VALUE] = "value event_value amount revenue price", [JN_IO_ID] = "event_id message_id uuid"}},
};

const jn_io_preset *jn_io_preset_at(int32_t i) {
  return i >= 0 && (size_t)i < sizeof presets / sizeof presets[0] ? &presets[i] : NULL;
}

const char *journey_read_preset(int32_t i, const char **help) {
  const jn_io_preset *preset = jn_io_preset_at(i);
  if (help) *help = preset ? preset->help : NULL;
  return preset ? preset->name : NULL;
}
