# The public headers in C99: each compiles by itself without a warning, and an application links the archive and runs.
set -euo pipefail
out=$BUILD/consumer/c99
flags='-std=c99 -Wall -Wextra -Wpedantic -Werror -Iinclude'
mkdir -p "$out"
for header in include/journey/*.h include/*.h; do
  name=${header#include/}
  grep -q "\"$name\"" include/journey.h || [ "${name%/*}" = "$name" ] || [ "$name" = journey/arrow.h ] ||
    { echo "include/journey.h leaves out $name"; exit 1; }
  printf '#include "%s"\ntypedef int not_empty;\n' "$name" >"$out/header.c"
  $CC $flags -fsyntax-only "$out/header.c"
done
$CC $flags -o "$out/consumer" tests/consumer/consumer.c "$BUILD/libjourney.a" $ALL_LIBS
"$out/consumer" summary
