# Questions about behaviour: one mistake of each kind for each metric is one clear line, and the answers of another
# engine, kept in a file, are the answers here.
source "$(dirname "$0")/lib.sh"

cat >e.csv <<'EVENTS'
user_id,time,event,value,country
a,2025-01-01 00:00:00,view,,DE
a,2025-01-01 00:00:10,cart,,DE
a,2025-01-01 00:00:20,order,20,DE
b,2025-01-01 00:00:00,view,,FR
b,2025-01-01 00:01:00,view,,FR
EVENTS

# m EXPRESSION METRIC OPTIONS...: refused with exit status 2.
m() { refuses 2 "$1" measure "$2" e.csv "${@:3}"; }

# nobody METRIC OPTIONS...: a step that nobody has is no mistake: it is said in one line, and the table is printed.
nobody() {
  run measure "$1" e.csv "${@:2}" -f csv
  same "$1, a step that nobody has" "$status $(cat "$err")" "0 journey: note: no event is named 'nobody'"
  if [ -s "$out" ]; then pass; else fail "no table: $*"; fi
}

# A value that is none of the choices
m 'funnel: option mode: must be none, or strict_deduplication, .*' funnel --mode strict_ordre
m 'funnel: option mode: must be none, or .*' funnel --mode strict_once+
m 'option order: must be one of steps\|strict\|any, not "backwards"' funnel --order backwards
m 'option within: must be one of none\|hour\|.*, not "fortnight"' funnel --within fortnight
m 'option count: must be one of .*, not "orders"' funnel_customers --count orders
m 'option trend: must be one of .*, not "decade"' funnel_times --trend decade
m 'option syntax: must be one of journey\|clickhouse, not "sql"' match --syntax sql
m 'option syntax: must be one of journey\|clickhouse, not "sql"' match_customers --syntax sql
m 'option direction: must be one of forward\|backward, not "up"' next --direction up
m 'option base: must be one of .*, not "middle"' next_customers --base middle
m 'paths: option transform: "shuffle" is none of collapse, first, .*' paths --transform shuffle
m 'option top: must be from 1 to 1000000000, not 0' entries --top 0
m 'option least: not a whole number: "x"' transitions --least x
m 'option occurrence: must be one of first\|last, not "middle"' steps --occurrence middle
m 'option depth: must be from 1 to [0-9]+, not 0' step_matrix --depth 0
m 'option longest: must be from 1 to 16, not 0' loops --longest 0
m 'option features: must be one of events\|counts\|pairs, not "smell"' similar --features smell
m 'similar: option clusters: must be a whole number from 1 to 50, or auto' similar --clusters 51
m 'sessions: option histogram: not a list of durations .*' sessions --histogram wide
m 'option kind: must be one of on\|on_or_after\|.*, not "never"' retention --kind never
m 'option ordered: neither true nor false: "perhaps"' retention_steps --ordered=perhaps
m 'option period: must be one of hour\|day\|.*, not "decade"' lifecycle --period decade
m 'option interval: must be one of hour\|day\|.*, not "second"' stickiness --interval second
m 'option windows: must be one of rolling\|calendar, not "moving"' active --windows moving
m 'option show: must be one of sets\|pairs\|combinations, not "all"' overlap --show all
m 'option period: duration "week": .*' impact --treatment view --period week
m 'option late: must be from 0 to 1, not 2' friction --late 2
m 'option correction: must be one of holm\|bh\|none, not "bonferroni"' drivers --correction bonferroni

# A step or a pattern that is wrong: the byte where it is
m 'option steps: .* at byte 10, ' funnel --steps 'view,cart['
m 'funnel: option exclude: .* at byte 5, ' funnel --steps 'view, cart' --exclude 'mail['
m 'option steps: .* at byte 5, ' funnel_customers --steps 'view,['
m 'option steps: .* at byte 5, ' funnel_times --steps 'view,['
m 'match: option pattern: expected a step at byte 9, found the end' match --pattern 'view then'
m "match: option pattern: expected a time .* at byte 17, found 'cart'" match --pattern 'view then within cart'
m "match: option pattern: .* at byte 6, found '3'" match --syntax clickhouse --steps view,cart --pattern '(?1)(?3)'
m "match_customers: option pattern: expected 'then', 'or' or '\)' at byte 15, .*" match_customers --pattern '(view then cart'
m 'option chain: .* at byte 10, ' next --chain 'view,cart['
m 'option base_step: .* at byte 5, ' next_customers --base-step 'view['
m 'paths: option transform: .* at byte 23, ' paths --transform 'collapse, without:view['
m 'steps: option end: .* at byte 5, ' steps --end 'view['
m 'steps: option group: .* at byte 5, ' steps --group 'A := '
m 'step_matrix: option around: .* at byte 5, ' step_matrix --around 'view['
m 'loops: option steps: .* at byte 5, ' loops --steps 'view,['
m 'similar: option goal: .* at byte 5, ' similar --goal 'view['
m 'sessions: option goal: .* at byte 5, ' sessions --goal 'view['
m 'option start: .* at byte 5, ' retention --start 'view['
m 'option steps: .* at byte 5, ' retention_steps --steps 'view,['
m 'option active: .* at byte 5, ' lifecycle --active 'view['
m 'option active: .* at byte 5, ' stickiness --active 'view['
m 'option active: .* at byte 5, ' active --active 'view['
m 'option steps: .* at byte 5, ' overlap --steps 'view,['
m 'option treatment: .* at byte 5, ' impact --treatment 'view['
m 'option errors: .* at byte 5, ' friction --errors 'view['
m 'option start: .* at byte 5, ' drivers --start 'view['

# A step that nobody has
nobody funnel --steps 'view, nobody'
nobody funnel_customers --steps 'nobody, view'
nobody funnel_times --steps 'view, nobody'
nobody match --pattern 'view then nobody'
nobody match_customers --pattern nobody
nobody next --chain nobody
nobody next_customers --chain 'view, nobody'
nobody paths --transform without:nobody
nobody steps --start nobody
nobody step_matrix --around nobody
nobody loops --goal order --steps 'nobody, cart'
nobody similar --goal nobody
nobody sessions --goal nobody
nobody retention --start nobody
nobody retention_steps --steps 'nobody, view'
nobody lifecycle --active nobody
nobody stickiness --active nobody
nobody active --active nobody
nobody overlap --steps 'view, nobody'
nobody impact --treatment nobody
nobody friction --goal nobody --steps 'view, order'
nobody drivers --goal nobody

# Options that do not go together, or not with the data
m 'funnel: option mode: allow_reentry needs strict_order' funnel --mode allow_reentry
m 'funnel: option mode: is for steps in order' funnel --order any --mode strict_order
m 'funnel: option order: strict and any go with a window alone' funnel --order any --exclude view
m 'funnel: option exclude_between: there is nothing to exclude' funnel --exclude-between 1-2
m 'funnel: option exclude_between: must be ranges of steps .*' funnel --exclude view --exclude-between 2-1
m 'funnel: option optional: must be numbers of steps .*' funnel --steps 'view, cart' --optional 3
m 'funnel: option grace: goes with a window alone' funnel --grace 2s --mode strict_order
m 'funnel: option breakdown_at: .*' funnel --steps 'view, cart' --breakdown country --breakdown-at 3
m 'funnel: the events have no attribute "shop"' funnel --hold shop
m 'next: option base: nothing comes before the head of a path; .*' next --base head --direction backward
m 'next: option base: nothing comes after the tail of a path; .*' next --base tail
m 'metric next_customers has no option --top; .*' next_customers --top 3
m 'paths: option transform: "head" needs a number .*' paths --transform head
m 'option baseline: there are no groups to compare without a breakdown .*' transitions --baseline DE
m 'option baseline: there is no group "XX"; there are: DE, FR' transitions --by country --baseline XX
m 'steps: option around: goes with neither start nor end' steps --around view --start cart
m 'step_matrix: option around: goes with neither start nor end' step_matrix --around view --end cart
m 'sessions: options entry, exit, histogram: only one of them at a time' sessions --entry --exit
m 'retention: option brackets: is for the kind brackets' retention --brackets 1-3
m 'retention: option relative: previous says nothing of on_or_before, .*' retention --kind on_or_before --relative previous
m 'stickiness: option interval: must be shorter than the period' stickiness --interval week --period day
m 'impact: option period: must be longer than 0, .*' impact --treatment view --period 0s
m 'drivers: the events have no attribute "shop"' drivers --goal order --values-of shop

# Who has ClickHouse's answers in a file gets the same. The levels are those of ClickHouse 26.9, taken once, of
#   windowFunnel(3, 'strict_once', 'strict_order')(time, event IN ('a', 'b'), event = 'c')
#   windowFunnel(3, 'strict_once', 'strict_order')(time, event IN ('a', 'b'), event IN ('b', 'c'))
#   windowFunnel(3)(time, event IN ('a', 'b'), event IN ('b', 'c'))
# over the customer's events at these seconds. By hand: u03's c comes a second too late; u04's x ends the path; u07's c
# serves after the a of its time; u12's and u13's x comes before the pass that would complete, u10's before any; u14 has
# two events for the two steps of the second column; what u04, u12 and u13 lack in the others they have without a mode.
while read -r customer levels events; do
  echo "$customer $levels" >>levels.txt
  for event in $events; do
    printf '%s,2025-01-01T00:00:%02dZ,%s\n' "$customer" "${event%%:*}" "${event#*:}"
  done
done >events.csv <<'ANSWERS'
u01 2,2,2 0:a 2:c
u02 2,2,2 0:b 3:c
u03 1,1,1 0:a 4:c
u04 1,1,2 0:a 1:x 2:c
u05 1,1,1 0:c 1:a
u06 2,2,2 0:a 5:b 7:c
u07 2,2,2 0:c 0:a
u08 2,2,2 0:a 0:b 0:c
u09 0,0,0 1:x 2:x
u10 2,2,2 0:x 1:b 2:a 3:c
u11 2,2,2 0:c 1:b 2:c
u12 1,1,2 0:a 4:x 5:b 6:c
u13 1,1,2 0:a 3:x 3:c
u14 1,2,2 0:b 1:b
u15 1,2,2 0:a 1:b 2:b
u16 2,2,2 0:c 0:c 1:b 1:a 4:c
ANSWERS
sed -i '1i user_id,time,event' events.csv

# like_clickhouse COLUMN OPTIONS...: the same level for every customer.
like_clickhouse() {
  run measure funnel_customers events.csv --window 3s "${@:2}" --format csv
  same "levels of ${*:2}" "$(tail -n +2 "$out" | cut -d, -f1,2 | tr ',' ' ' | tr -d '\r')" \
    "$(tr ',' ' ' <levels.txt | cut -d' ' -f"1,$(($1 + 1))")"
}
like_clickhouse 1 --steps 'a|b,c' --mode strict_once+strict_order
like_clickhouse 2 --steps 'a|b,b|c' --mode strict_once+strict_order
like_clickhouse 3 --steps 'a|b,b|c'
finish
