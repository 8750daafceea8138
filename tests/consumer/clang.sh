# The library and the command compile without a warning with clang too.
set -euo pipefail
command -v clang >/dev/null || { echo "SKIP: clang is not installed"; exit 0; }
make -s BUILD="$BUILD/clang" CC=clang CFLAGS=-O0 WERROR=1 all
