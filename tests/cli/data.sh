# Real exports: each file loads as what it is, and every row is counted, or one line says why not.
source "$(dirname "$0")/lib.sh"

if [ ! -d "$SHARED/data" ]; then
  skip "the shared test data are not there: $SHARED/data"
  finish
fi
cp -R "$SHARED/data" data && chmod -R u+w data && cd data || exit 1
shop=retentioneering_simple_shop/simple-onlineshop.csv

# loads FILE PRESET ROWS EVENTS LINKS SKIPPED [OPTIONS...]: as `--verbose` tells it. Rows are events, links or skipped.
loads() {
  local file=$1 preset=$2 rows=$3 events=$4 links=$5 skipped=$6
  shift 6
  run measure summary "$file" -v "$@"
  same "$file" "$status: $(grep -F " rows as " "$err")" \
    "0: journey: $file: $rows rows as $preset: $events events, $links links of ids, $skipped left out"
  same "$file: rows" "$rows" $((events + links + skipped))
}
no_customer() { refuses 1 "$1:1: no column for the customer is recognised: .*--customer" measure summary "$1"; }

loads amplitude_fivetran/amplitude_event_data.csv amplitude 10 10 0 0
loads ga4_fivetran_export/event_data.csv ga4-fivetran 6 6 0 0
loads klaviyo_fivetran/event.csv klaviyo 4 4 0 0
loads mixpanel_fivetran/event.csv mixpanel 5 5 0 0
loads segment_warehouse_pages/example_segment_pages.csv segment-warehouse 1 1 0 0
loads "$shop" generic 32283 32283 0 0
loads segment_spec_examples/raw_payloads.jsonl segment 13 4 5 4 --on-error skip
refuses 1 'segment_spec_examples/raw_payloads\.jsonl:4: no customer' measure summary segment_spec_examples/raw_payloads.jsonl

# The preset given says the same as the one recognised.
loads amplitude_fivetran/amplitude_event_data.csv amplitude 10 10 0 0 --preset amplitude
loads ga4_fivetran_export/event_data.csv ga4-fivetran 6 6 0 0 --preset ga4-fivetran
loads klaviyo_fivetran/event.csv klaviyo 4 4 0 0 --preset klaviyo
loads mixpanel_fivetran/event.csv mixpanel 5 5 0 0 --preset mixpanel
loads segment_warehouse_pages/example_segment_pages.csv segment-warehouse 1 1 0 0 --preset segment-warehouse
loads segment_spec_examples/raw_payloads.jsonl segment 13 4 5 4 --preset segment --on-error skip

# Logs of something else, whose columns have to be named.
loads eventdataR_patients/patients.csv generic 5442 5442 0 0 --customer patient --event handling --time time
loads qualtrics_fivetran/question_response.csv generic 5 5 0 0 --customer response_id --event question_id \
  --time _fivetran_synced

# Files that hold no events.
no_customer amplitude_fivetran/amplitude_event_type_data.csv
no_customer cdnow/CDNOW_sample.txt
no_customer cdnow/cdnow_customers_summary.csv
no_customer cdnow/donations.csv
no_customer cjml_example/cjml2_site_example.xml
no_customer eventdataR_patients/patients.csv
no_customer klaviyo_fivetran/campaign.csv
no_customer klaviyo_fivetran/flow.csv
no_customer klaviyo_fivetran/metric.csv
no_customer lifelines/gehan.dat
no_customer lifelines/lung.csv
no_customer lifelines/waltons_dataset.csv
no_customer qualtrics_fivetran/block_question.csv
no_customer qualtrics_fivetran/question.csv
no_customer qualtrics_fivetran/question_option.csv
no_customer qualtrics_fivetran/question_response.csv
no_customer qualtrics_fivetran/sub_question.csv
no_customer qualtrics_fivetran/survey_response.csv
no_customer sbg_fader_hardie_2007/sbg.csv
no_customer segment_warehouse_pages/referrer_mapping.csv
refuses 1 'gsa_a11_cx/.*:1: no column for the time' measure summary gsa_a11_cx/sample_cx_responses_upload_head.csv
refuses 1 'gsa_a11_cx/.*:1: no column for the time' measure summary gsa_a11_cx/sample_cx_responses_upload_with_bom.csv
refuses 1 'segment_spec_examples/track_examples.*no column for the time' measure summary segment_spec_examples/track_examples.jsonl
refuses 1 'mermaid_journeys/golden_cases\.json:1: ' measure summary mermaid_journeys/golden_cases.json

# None was forgotten above.
for file in $(find . -type f ! -name SOURCE.txt | sed 's|^\./||'); do
  if grep -qF "$file" "$ROOT/tests/cli/data.sh" || [ "$file" = "$shop" ]; then pass; else fail "no test for $file"; fi
done

# The shop with no option but the file: the report, and every metric.
answers report "$shop" -o page.html
holds "the first finding" '17\.4 % of 3751 customers reach payment_done'
for metric in $(metrics); do answers measure "$metric" "$shop"; done
answers measure funnel "$shop" -f csv
same "funnel" "$(tail -n +2 "$out" | cut -d, -f2,3 | tr -d '\r' | paste -sd' ')" \
  "catalog,3611 cart,1924 delivery_choice,1356 payment_choice,958 payment_done,653"
answers measure conversion "$shop"
holds "conversion" '^ +3751 +653 .*17\.41 % +16\.23 % +18\.66 %'
answers measure summary "$shop"
holds "summary" '^ +3751 +32283 '
finish
