# What the scripts in this folder share: a folder of their own to work in, ways to run $JOURNEY, and counting.
#
# A script begins with `source "$(dirname "$0")/lib.sh"`, works in an empty folder that is removed in the end, and ends
# with `finish`. After `run`, $status is the exit status, and $out and $err are the files with what was printed.
set -u
: "${JOURNEY:?is the command to test}"
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SHARED=${JOURNEY_SHARED:-$ROOT/../shared}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/here"
cd "$work/here" || exit 1
out=$work/out err=$work/err passed=0 failed=0 skipped=0 status=0

pass() { passed=$((passed + 1)); }

# fail WHAT: with what was printed last.
fail() {
  failed=$((failed + 1))
  echo "FAILED: $*"
  head -c 2000 "$out" "$err" 2>/dev/null | sed 's/^/    /'
}

skip() {
  skipped=$((skipped + 1))
  echo "SKIP: $*"
}

finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  exit $((failed > 0))
}

run() {
  "$JOURNEY" "$@" >"$out" 2>"$err" </dev/null
  status=$?
}

# The files that are here, with sizes and times: to see that nothing was left behind and nothing was touched.
listing() { ls -lAR --full-time; }

# One line on standard error that begins with "journey: " and matches the expression; nothing on standard output.
one_line() {
  [ "$(wc -l <"$err")" = 1 ] && [ ! -s "$out" ] && grep -Eq -- "^journey: $1" "$err"
}

# refuses STATUS EXPRESSION ARGUMENTS...: says why in one line and leaves everything as it was.
refuses() {
  local expected=$1 expression=$2 before
  shift 2
  before=$(listing)
  run "$@"
  if [ "$status" != "$expected" ]; then fail "exit status $status, not $expected: journey $*"
  elif ! one_line "$expression"; then fail "no single line with '$expression': journey $*"
  elif [ "$before" != "$(listing)" ]; then fail "files changed: journey $*"
  else pass; fi
}

# answers ARGUMENTS...: exit status 0 and nothing on standard error.
answers() {
  run "$@"
  if [ "$status" = 0 ] && [ ! -s "$err" ]; then pass; else fail "exit status $status: journey $*"; fi
}

# same WHAT A B: two texts are equal.
same() {
  if [ "$2" = "$3" ]; then pass; else fail "$1: $(diff <(echo "$2") <(echo "$3") | head -5)"; fi
}

# holds WHAT EXPRESSION: what was printed last on standard output has a line with it.
holds() {
  if grep -Eq -- "$2" "$out"; then pass; else fail "$1: no line with '$2'"; fi
}

# The names of all metrics.
metrics() { "$JOURNEY" metrics | sed -nE 's/^([a-z][a-z_]*)  +.*/\1/p'; }
