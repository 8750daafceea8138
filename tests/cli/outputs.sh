# What is written appears only when it is complete: full disks, limits, links, permissions, pipes.
source "$(dirname "$0")/lib.sh"

events=$ROOT/docs/examples/shop/events.csv map=$ROOT/docs/examples/shop/map.json
full='No space left on device' large='File too large'

# A device that is full
refuses 1 "/dev/full: $full" measure summary "$events" -o /dev/full
refuses 1 "/dev/full: $full" report "$events" -o /dev/full
refuses 1 "/dev/full: $full" map draw "$map" -o /dev/full
refuses 1 "/dev/full: $full" map convert "$map" -o /dev/full
sed '2,$s/,/,x,/' "$events" | head -5000 >bad.csv
refuses 1 "/dev/full: $full" measure summary bad.csv --rejects /dev/full
to_full() {
  "$JOURNEY" "$@" >/dev/full 2>"$err"
  status=$?
  : >"$out"
  if [ "$status" = 1 ] && one_line "standard output: $full"; then pass; else fail "to /dev/full: journey $*"; fi
}
for format in text csv json jsonl arrow; do to_full measure transitions "$events" -f $format; done
to_full --help
to_full metrics
to_full metrics funnel
to_full version
to_full map new
to_full map check "$map"
to_full map draw "$map"

# A file that may not grow: nothing new, and the old file as it was
echo old >old.html
limited() {
  local before
  before=$(listing)
  (ulimit -f 2; "$JOURNEY" "$@" >"$out" 2>"$err")
  status=$?
  if [ $status = 1 ] && one_line ".*: $large" && [ "$before" = "$(listing)" ]; then pass; else fail "limited: $*"; fi
}
limited report "$events" -o new.html
limited report "$events" -o old.html
limited measure paths "$events" --most 100000 -o new.csv
limited map draw "$map" -o new.svg
limited measure summary bad.csv --rejects new.txt
same "the old file" "$(cat old.html)" old

# Targets that cannot be
refuses 1 'no/such/place.csv: No such file' measure summary "$events" -o no/such/place.csv
refuses 1 '\.: Is a directory' measure summary "$events" -o .
mkdir shut
chmod 555 shut
touch kept.csv
chmod 444 kept.csv
if [ "$(id -u)" = 0 ]; then
  skip "root may write anywhere"
else
  refuses 1 'shut/x.csv: Permission denied' measure summary "$events" -o shut/x.csv
  refuses 1 'kept.csv: Permission denied' measure summary "$events" -o kept.csv
fi

# Targets that can
answers measure summary "$events" -f csv
cp "$out" expected.csv
echo old >target.csv
chmod 640 target.csv
ln -s target.csv link.csv
answers measure summary "$events" -f csv -o link.csv
same "through a link" "$(cat target.csv)" "$(cat expected.csv)"
same "the link" "$(readlink link.csv)" target.csv
same "its mode" "$(stat -c %a target.csv)" 640
(umask 027; "$JOURNEY" measure summary "$events" -f csv -o masked.csv)
same "a new file's mode" "$(stat -c %a masked.csv)" 640
answers measure summary "$events" -f csv -o /dev/null
same "through a pipe" "$("$JOURNEY" measure summary "$events" -f csv -o /dev/stdout | cat)" "$(cat expected.csv)"
mkfifo pipe
"$JOURNEY" measure summary "$events" -f csv -o pipe &
same "through a named pipe" "$(cat pipe)" "$(cat expected.csv)"
wait $! && pass || fail "exit status of a named pipe"
"$JOURNEY" measure paths "$events" --most 100000 -f csv 2>"$err" | head -1 >"$out"
same "what a reader that goes away hears" "$(cat "$err")" ""
cp "$map" same.json
answers map convert same.json -o same.json
same "temporary files" "$(ls | grep -cE '\.[A-Za-z0-9]{6}$')" 0
finish
