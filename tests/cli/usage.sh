# Mistakes in what is typed: exit status 2, one line that helps, and nothing is read or written.
source "$(dirname "$0")/lib.sh"

printf 'user_id,time,event,value,country\na,2025-01-01,x,1,DE\na,2025-01-02,y,,DE\nb,2025-01-02,y,2,FR\n' >e.csv
m() { refuses 2 "$1" measure "${@:2}"; }

# Verbs and files
refuses 2 "what to do\? try 'journey --help'"
refuses 2 'there is no verb "measur".*journey --help' measur
refuses 2 'there is no verb "dance"' help dance
refuses 2 'version takes no argument' version now
refuses 2 '.*page.*-o OUT.html' report e.csv
refuses 2 'no file of events' report -o page.html
refuses 2 'no file of events' report -o page.html --title Shop
refuses 2 'map: new, check, draw, diff or convert' map
refuses 2 'map: there is no "chekc"; there are: new check draw diff convert' map chekc
refuses 2 'map check takes one map' map check
refuses 2 'map diff takes two maps' map diff one.json
refuses 2 'map new takes no file' map new out.json
refuses 2 'there is no stage model "foo".*--model list' map new --model foo
refuses 2 'there is no metric "sumary"; there are: .*summary' metrics sumary
m 'which metric.*journey metrics'
m 'no file of events' summary
m 'there is no metric "e.csv"; there are: .*summary' e.csv summary
m 'e.csv is read' summary e.csv -o e.csv
m 'e.csv is read' summary e.csv --rejects ./e.csv
cp "$ROOT/docs/examples/shop/map.json" map.json
m 'map.json is read' summary e.csv --map map.json -o ./map.json
refuses 2 'map.json is read' map draw map.json -o map.json
refuses 2 'map.json is read' map draw map.json e.csv -o map.json
refuses 2 'map.json is read' map check map.json -o map.json
refuses 2 'map.json is read' map diff map.json map.json -o map.json
m 'new.txt is written twice' summary e.csv -o new.txt --rejects new.txt
touch old.txt
m 'old.txt is written twice' summary e.csv -o old.txt --rejects ./old.txt
rm map.json old.txt

# Names with line ends or worse are still one line.
refuses 2 'there is no verb "a\?b"' $'a\nb'
m 'there is no metric "a\?\[31mb"' $'a\e[31mb' e.csv
m 'metric summary has no option --a\?b' summary e.csv $'--a\nb'
refuses 1 '.*a\?b' measure summary $'a\nb.csv'
refuses 1 '.*a\?b/c: No such file' measure summary e.csv -o $'a\nb/c'

# Options: unknown, of another verb, without a value
m "metric summary has no option --bogus; try 'journey metrics summary'" summary e.csv --bogus 1
m 'metric summary has no option -z' summary e.csv -z
m 'metric summary has no option --title' summary e.csv --title x
m 'metric summary has no option --window' summary e.csv --window 7d
m 'metric summary has no option --quiet=yes' summary e.csv --quiet=yes
refuses 2 "report has no option --window; try 'journey report --help'" report e.csv -o p.html --window 7d
refuses 2 'report has no option --plugin' report e.csv -o p.html --plugin x.so
refuses 2 "metrics has no option -f; try 'journey metrics --help'" metrics -f csv
refuses 2 "map check has no option --where; try 'journey map --help'" map check e.json --where x
refuses 2 'map draw has no option --by' map draw e.json --by country
m 'option --steps needs a value' funnel e.csv --steps
m 'option -o needs a value' summary e.csv -o
m 'option --plugin needs a value' summary e.csv --plugin

# Values
m '--format must be text, csv, json, jsonl or arrow, not "pdf"' summary e.csv --format pdf
m '--preset: there is no "foo"' summary e.csv --preset foo
m '--separator must be one of' summary e.csv --separator x
m '--on-error must be stop or skip, not "go"' summary e.csv --on-error go
m '--paths must be customers or sessions, not "x"' summary e.csv --paths x
for n in 0 -1 2.5 x 1e3 99999999999 ''; do m '--threads must be a whole number from 1 to 1024' summary e.csv --threads "$n"; done
for n in 0 1 2 -1 x nan inf ''; do m '--confidence must be a number between 0 and 1' summary e.csv --confidence "$n"; done
for n in 7 7q '' 1y -; do m '--session-gap: duration' summary e.csv --session-gap "$n"; done
m '--session-gap: .*64 bits' summary e.csv --session-gap 99999999999999999999d
m '--zone: .*Mars/Base' summary e.csv --zone Mars/Base
m '--zone: .*\.\./etc/passwd' summary e.csv --zone ../etc/passwd
m 'from: "then" is not a time' summary e.csv --from then
m 'to: "2025-13-01" is not a time' summary e.csv --to 2025-13-01
m 'from.*to|to.*from' summary e.csv --from 2025-02-01 --to 2025-01-01
m "by: .*no attribute 'shop'" summary e.csv --by shop
m 'by: persona needs a map' summary e.csv --by persona

# Predicates and steps
for p in 'country=' '=DE' 'country=DE &' '(country=DE' 'country>' 'value>' '&' 'country="DE'; do
  m 'where: .*byte [0-9]+' summary e.csv --where "$p"
done
m 'customers: .*byte' summary e.csv --customers 'country='
m "where: the events have no attribute 'shop'" summary e.csv --where 'shop=1'
for s in 'x[' 'x,,y' ',' 'x[value>]' 'x|' '[value=1]' 'x]'; do m 'option steps: .*byte [0-9]+' funnel e.csv --steps "$s"; done
m 'option steps: more than 64 steps' funnel e.csv --steps "$(seq -s, 65)"
m "option steps: .*no attribute 'shop'" funnel e.csv --steps 'x[shop=1], y'
m 'option goal: .*byte' conversion e.csv --goal 'x['

# Options of metrics
m 'option window: duration "7q"' funnel e.csv --window 7q
m 'option window: .*64 bits' funnel e.csv --window 9223372036854775808us
m 'option period: must be one of day\|week\|month' retention e.csv --period year
m 'option scale: ' csat e.csv --scale ten
m 'option collapse: ' paths e.csv --collapse=perhaps
for n in -1 99999999999 9223372036854775807 99999999999999999999 x; do m 'option length: ' paths e.csv --length "$n"; done
for n in 0 -1 9223372036854775807; do m 'option periods: ' retention e.csv --periods "$n"; done

# Mistakes are told before a file is read, and a file that is not there is a failure.
m 'option window: duration "7q"' funnel nowhere.csv --window 7q
refuses 1 'nowhere.csv' measure funnel nowhere.csv --window 7d
refuses 1 'nowhere.so: ' measure summary e.csv --plugin nowhere.so

# Large but possible
answers measure funnel e.csv --steps 'x, y' --window 9223372036854775807us
answers measure conversion e.csv --goal y --window 9000000000000000000us
answers measure summary e.csv --session-gap 9223372036854775807us
answers measure funnel e.csv --steps "$(printf 'x,%.0s' $(seq 63))y"
answers measure paths e.csv --length 1000000 --most 1000000
answers measure retention e.csv --periods 1000 --period day
answers measure summary e.csv --threads 1024
answers measure summary e.csv --confidence 0.999999999
answers measure summary e.csv --from 0001-01-01 --to 9999-12-31
answers measure transitions e.csv --least 1000000000000

# Other ways to type the same
answers measure summary e.csv -f csv
same "-fcsv" "$("$JOURNEY" measure summary e.csv -fcsv)" "$(cat "$out")"
same "--format=csv" "$("$JOURNEY" measure summary e.csv --format=csv)" "$(cat "$out")"
same "options before the metric" "$("$JOURNEY" measure --format csv -q summary e.csv)" "$(cat "$out")"
same "a file behind --" "$("$JOURNEY" measure summary -fcsv -- e.csv)" "$(cat "$out")"
cp e.csv -- --e.csv
same "a file with dashes" "$("$JOURNEY" measure summary -fcsv -- --e.csv)" "$(cat "$out")"
answers measure funnel_customers e.csv --steps x
finish
