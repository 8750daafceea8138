# The amalgamation: the same bytes each time, no warning, no name but ours, and an application that vendors it runs.
set -euo pipefail
out=$BUILD/consumer/amalgamation
from=$BUILD/amalgamation
mkdir -p "$out"
lib/tools/amalgamate "$out/again"
diff -r "$from" "$out/again"
$CC -std=c11 $HAVE -Wall -Wextra -Werror -pthread -fsyntax-only "$from/journey.c"
$CC -std=c11 -O2 -Wall -Wextra -Werror -pthread -c -o "$out/journey.o" "$from/journey.c"
nm -gP --defined-only "$out/journey.o" | awk '$1 !~ /^(journey_|jn_)/ {print "global name: " $1; bad = 1} END {exit bad}'
$CC -std=c99 -I"$from" -o "$out/consumer" tests/consumer/consumer.c "$out/journey.o" -lm -ldl -pthread
"$out/consumer" summary
$CC -std=c99 -I"$from" -fsyntax-only tests/consumer/plugin.c
