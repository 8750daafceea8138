# Help: every verb and metric has it, it fits a terminal, and it says the same as the manual page.
source "$(dirname "$0")/lib.sh"

verbs='report measure metrics map version'
options() { grep -oE -- '--[a-z][a-z-]*' | sort -u; }

for verb in $verbs; do
  answers "$verb" --help
  cp "$out" "$work/$verb.txt"
  answers help "$verb"
  same "help $verb" "$(cat "$out")" "$(cat "$work/$verb.txt")"
  same "lines of $verb over 96 characters" "$(grep -cE '.{97}' "$work/$verb.txt")" 0
done
for verb in measure report; do
  answers "$verb" -h
  same "$verb -h" "$(cat "$out")" "$(cat "$work/$verb.txt")"
done
answers --help
cp "$out" "$work/overview.txt"
same "lines over 80 characters" "$(grep -cE '.{81}' "$work/overview.txt")" 0
for verb in $verbs; do holds "the overview names $verb" "journey $verb"; done
answers --version
holds "a version" '^journey [0-9]+\.[0-9]+\.[0-9]+$'

# The manual page has the options of the help, and no other.
same "options" "$(sed 's/\\-/-/g' "$ROOT/docs/journey.1" | options)" "$(cat "$work"/*.txt | options)"
if command -v groff >/dev/null; then
  groff -man -Tutf8 -ww "$ROOT/docs/journey.1" >"$out" 2>"$err"
  same "what groff warns of" "$(cat "$err")" ""
  sed -i 's/.\x08//g; s/\x1b\[[0-9;]*m//g' "$out"
  holds "a page" 'EXIT STATUS'
else
  skip "groff is not installed (make bootstrap)"
fi

# Every option of the help is taken by the command: all of them at once, on a file that is not there.
for verb in "measure summary" "report"; do
  for option in $(sed -n '/^Reading/,$p' "$work/${verb%% *}.txt" | options); do
    case $option in --help | --quiet | --verbose) continue ;; esac
    run $verb nowhere.csv "$option"
    same "$verb $option wants a value" "$status $(cat "$err")" "2 journey: option $option needs a value"
  done
done

# Metrics: each has a title, a text, and options that no option of the command hides.
answers metrics
holds "how to go on" "journey metrics METRIC"
cat "$work"/{report,measure,map}.txt | options >"$work/taken.txt"
for metric in $(metrics); do
  answers metrics "$metric"
  holds "$metric has a title" "^$metric: [A-Z]"
  same "lines of $metric over 96 characters" "$(grep -cE '.{97}' "$out")" 0
  own=$(sed -n '/^Options:/,/^Usage:/p' "$out" | grep -oE '^  --[a-z][a-z-]*' | tr -d ' ' | sort)
  hidden=$(sed -n '/^Reading/,$p' "$work/measure.txt" | options | comm -12 - <(echo "$own"))
  same "options of $metric that are hidden" "$hidden" ""
  cp "$out" "$work/metric.txt"
  answers measure "$metric" --help
  same "measure $metric --help" "$(cat "$out")" "$(cat "$work/metric.txt")"
  if grep -q "\`$metric\`" "$ROOT/docs/metrics.md"; then pass; else fail "$metric is not in docs/metrics.md"; fi
  if grep -Eq "^### .*\`$metric\`" "$ROOT/docs/metrics.md"; then pass; else fail "$metric has no section"; fi
  for page in README.md docs/journey.1; do
    if sed -n '/What it answers/,/From the shell/p; /SH METRICS/,/SH STEPS/p' "$ROOT/$page" | grep -qw "$metric"; then pass
    else fail "$metric is not in $page"; fi
  done
done
answers map new --model list
holds "stage models" '^classic-5 '
finish
