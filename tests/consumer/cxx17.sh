# The public headers in C++17, as in c99.sh.
set -euo pipefail
out=$BUILD/consumer/cxx17
flags='-x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude'
mkdir -p "$out"
for header in include/journey/*.h include/*.h; do
  printf '#include "%s"\n' "${header#include/}" >"$out/header.cc"
  $CXX $flags -fsyntax-only "$out/header.cc"
done
$CXX $flags -o "$out/consumer" tests/consumer/consumer.c -x none "$BUILD/libjourney.a" $ALL_LIBS
"$out/consumer" summary
