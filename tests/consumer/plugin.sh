# A calculator in a shared object, which sees one header and links against nothing, loaded by an application.
set -euo pipefail
out=$BUILD/consumer/plugin
mkdir -p "$out"
$CC -std=c99 -Wall -Wextra -Wpedantic -Werror -Iinclude -fPIC -fvisibility=hidden -shared -nostdlib -Wl,-z,defs \
  -o "$out/longest.so" tests/consumer/plugin.c
[ "$(nm -D --defined-only "$out/longest.so" | awk '{print $NF}')" = journey_plugin_calculator ]
$CXX -x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only tests/consumer/plugin.c
$CC -std=c99 -Iinclude -o "$out/consumer" tests/consumer/consumer.c "$BUILD/libjourney.a" $ALL_LIBS
"$out/consumer" longest_path "$out/longest.so" | tee "$out/answer.csv"
[ "$(tr -d '\r' <"$out/answer.csv" | tail -n 1)" = 3 ]
