# One command, many ways to say what is read and looked at. Numbers that can be counted by hand or with awk.
source "$(dirname "$0")/lib.sh"

shop=$ROOT/docs/examples/shop/events.csv map=$ROOT/docs/examples/shop/map.json tiny=$ROOT/docs/examples/tiny.csv
csv() { "$JOURNEY" measure "$@" -f csv 2>"$err" | tr -d '\r'; }
# column NAME: of CSV on standard input, its values on one line.
column() { python3 -c 'import csv, sys; print(*(row[sys.argv[1]] for row in csv.DictReader(sys.stdin)))' "$1"; }
command -v python3 >/dev/null || { skip "python3 is not installed"; finish; }

# The same events in other clothes
awk -F, -v OFS='\t' '{$1 = $1} 1' "$tiny" >tiny.tsv
tr , ';' <"$tiny" >semicolon.csv
tr , '|' <"$tiny" >bar.csv
sed 's/$/\r/' "$tiny" >crlf.csv
{ printf '\357\273\277'; cat "$tiny"; } >bom.csv
sed 's/[^,]*/"&"/g' "$tiny" >quoted.csv
cp "$tiny" noending
python3 - "$tiny" tiny.jsonl <<'P'
import csv, json, sys
with open(sys.argv[1]) as source, open(sys.argv[2], 'w') as target:
    for row in csv.DictReader(source):
        print(json.dumps({k: float(v) if k == 'value' else v for k, v in row.items() if v}), file=target)
P
expected=$(csv transitions "$tiny")
for file in tiny.tsv semicolon.csv bar.csv crlf.csv bom.csv quoted.csv noending tiny.jsonl; do
  same "$file" "$(csv transitions $file)" "$expected"
done
same "standard input" "$(csv transitions - <"$tiny")" "$expected"
same "a pipe" "$(cat "$tiny" | "$JOURNEY" measure transitions - -f csv | tr -d '\r')" "$expected"
same "JSON Lines from a pipe" "$(csv transitions - <tiny.jsonl)" "$expected"
gzip -c "$tiny" >tiny.csv.gz
if "$JOURNEY" measure summary tiny.csv.gz 2>&1 | grep -q zlib; then
  skip "this build reads no gzip"
else
  same "gzip" "$(csv transitions tiny.csv.gz)" "$expected"
  same "gzip from a pipe" "$(csv transitions - <tiny.csv.gz)" "$expected"
  gzip -c tiny.jsonl >tiny.jsonl.gz
  same "gzip of JSON Lines" "$(csv transitions tiny.jsonl.gz)" "$expected"
fi
head -1 "$tiny" | sed 's/customer_id/who/; s/timestamp/at/; s/event/what/; s/value/much/' >renamed.csv
tail -n +2 "$tiny" >>renamed.csv
same "named columns" "$(csv transitions renamed.csv --customer who --time at --event what)" "$expected"

# Several files are one stream, in whatever order
{ head -1 "$shop"; sed -n 2,3000p "$shop"; } >one.csv
{ head -1 "$shop"; tail -n +3001 "$shop"; } >two.csv
all=$(csv transitions "$shop")
same "two files" "$(csv transitions one.csv two.csv)" "$all"
same "two files, the other way round" "$(csv summary two.csv one.csv)" "$(csv summary "$shop")"
same "a file and standard input" "$(csv transitions one.csv - <two.csv)" "$all"

# Threads change nothing
for metric in $(metrics); do
  once=$(csv "$metric" "$shop" --threads 1)
  [ -n "$once" ] || fail "$metric says nothing"
  for threads in 2 7; do same "$metric with $threads threads" "$(csv "$metric" "$shop" --threads $threads)" "$once"; done
  same "$metric by groups with 7 threads" "$(csv "$metric" "$shop" --by segment --threads 7)" \
    "$(csv "$metric" "$shop" --by segment --threads 1)"
done

# Scopes, against awk: the rows that have a customer_id, in columns customer, time and event.
awk -F, '
  NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "customer_id,timestamp,event"; next }
  $at["customer_id"] != "" { print $at["customer_id"] "," $at["timestamp"] "," $at["event"] }' "$shop" >plain.csv
count() { awk -F, "NR > 1 && ($1)" plain.csv | wc -l; }
customers() { awk -F, "NR > 1 && ($1) {print \$1}" plain.csv | sort -u | wc -l; }
sum() { tr ' ' '\n' | awk '{n += $1} END {print n}'; }
total=$(count 1)
same "all events" "$(csv summary plain.csv | column events)" "$total"
same "--where" "$(csv summary plain.csv --where 'event=order' | column events)" "$(count "\$3 == \"order\"")"
same "--where not" "$(csv summary plain.csv --where 'event!=order' | column events)" "$(count "\$3 != \"order\"")"
same "--from" "$(csv summary plain.csv --from 2025-04-01 | column events)" "$(count "\$2 >= \"2025-04-01\"")"
same "--to a day includes it" "$(csv summary plain.csv --to 2025-04-01 | column events)" "$(count "\$2 < \"2025-04-02\"")"
same "--from and --to" "$(csv summary plain.csv --from 2025-04-01 --to 2025-04-30 | column events)" \
  "$(count "\$2 >= \"2025-04-01\" && \$2 < \"2025-05-01\"")"
same "--customers" "$(csv summary plain.csv --customers event=order | column customers)" "$(customers "\$3 == \"order\"")"
same "a zone moves the day" "$(csv summary plain.csv --from 2025-04-01 --zone America/New_York | column events)" \
  "$(csv summary plain.csv --from 2025-04-01T04:00:00Z | column events)"
same "no event is left" "$(csv summary plain.csv --from 2100-01-01 | column events)" 0
for metric in $(metrics); do answers measure "$metric" "$shop" --from 2100-01-01; done

# Groups sum to the total; sessions are at least as many as customers
groups=$(csv summary "$shop" --by segment)
same "groups" "$(column customers <<<"$groups" | sum)" "$(csv summary "$shop" | column customers)"
same "events of the groups" "$(column events <<<"$groups" | sum)" "$(csv summary "$shop" | column events)"
groups=$(csv summary "$shop" --map "$map" --by persona)
same "personas" "$(column customers <<<"$groups" | sum)" "$(csv summary "$shop" | column customers)"
answers measure summary "$shop" --by segment:last
sessions=$(csv summary "$shop" | column sessions)
entries() { csv transitions "$shop" "$@" | grep -E '^"?\(start\)' | cut -d, -f3 | sum; }
same "paths are customers" "$(entries)" "$(csv summary "$shop" | column customers)"
same "paths are sessions" "$(entries --paths sessions)" "$sessions"
same "a gap that is never reached" "$(entries --paths sessions --session-gap 1000w)" "$(entries)"
same "the gap of sessions" "$(entries --paths sessions --session-gap 1d)" \
  "$(csv summary "$shop" --session-gap 1d | column sessions)"
wide=$(csv conversion "$shop" --goal order --confidence 0.99 | column rate_high)
narrow=$(csv conversion "$shop" --goal order | column rate_high)
same "a wider interval" "$(awk "BEGIN {print ($wide > $narrow)}" </dev/null)" 1

# A step that no event has is said once, whatever the number of threads.
run measure funnel "$tiny" --steps 'visit, prodcut' -f csv
same "a step that no event has" "$status $(cat "$err")" "0 journey: note: no event is named 'prodcut'"

# Calendars follow the zone
printf 'user_id,time,event\na,2025-01-01T00:30:00Z,x\n' >night.csv
same "cohort in UTC" "$(csv retention night.csv --period day | column cohort | cut -d' ' -f1)" 2025-01-01
same "cohort in New York" "$(csv retention night.csv --period day --zone America/New_York | column cohort | cut -d' ' -f1)" 2024-12-31
printf 'user_id,time,event\na,2025-01-01 00:30:00,x\n' >local.csv
same "times without offset" "$(csv summary local.csv --zone Asia/Tokyo | column first_time)" 2024-12-31T15:30:00Z

# The report and the map
answers report "$shop" --map "$map" -o page.html
same "a page" "$(head -c 15 page.html; tail -c 8 page.html)" "<!DOCTYPE html></html>"
same "outside references" "$(grep -cE '(src|href)="?(https?:)?//' page.html)" 0
answers report "$shop" -o page.html -f csv
same "findings as a table" "$(head -1 "$out" | tr -d '\r')" finding,number,detail
answers report "$shop" -o page.html --title 'A & B <c>' --steps 'product_view, order' --by segment --where 'event!=x'
same "a title with marks" "$(grep -c '<title>A &amp; B &lt;c&gt;</title>' page.html)" 1
"$JOURNEY" report "$shop" -o - -q 2>/dev/null | head -c 15 >"$out"
same "a page on standard output" "$(cat "$out")" "<!DOCTYPE html>"
same "its end" "$("$JOURNEY" report "$shop" -o - 2>/dev/null | tail -c 8)" "</html>"
answers map draw "$map" "$shop" -o map.svg
answers map new --model list
for model in $(cut -d' ' -f1 "$out"); do
  answers map new --model "$model" --title "$model" -o new.json
  answers map convert new.json -o again.json
  same "$model, written anew" "$(cat again.json)" "$(cat new.json)"
  run map check new.json
  same "$model has no errors" "$status" 0
done
answers map diff "$map" "$map" -f csv
same "a map and itself" "$(wc -l <"$out")" 1
finish
