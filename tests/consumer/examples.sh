# The programs in docs/examples compile without a warning: plug-ins as shared objects, what is in vendor/ with the
# amalgamation, everything else against the headers and the archive.
set -euo pipefail
out=$BUILD/consumer/examples
flags='-std=c11 -Wall -Wextra -Werror'
shopt -s nullglob
mkdir -p "$out"
files=(docs/examples/*.c docs/examples/vendor/*.c)
[ ${#files[@]} -gt 0 ] || { echo "SKIP: no C file in docs/examples"; exit 0; }
for file in "${files[@]}"; do
  program=$out/$(basename "$file" .c)
  case $file in
  */plugin*.c) $CC $flags -Iinclude -fPIC -shared -Wl,-z,defs -o "$program.so" "$file" -lm ;;
  */vendor/*) $CC $flags -I"$BUILD/amalgamation" -pthread -o "$program" "$file" "$BUILD/amalgamation/journey.c" -lm ;;
  *) $CC $flags -Iinclude -o "$program" "$file" "$BUILD/libjourney.a" $ALL_LIBS ;;
  esac
  echo "$file compiles"
done
