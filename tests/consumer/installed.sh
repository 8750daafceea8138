# An installed library, found through pkg-config: shared, static, and gone without a trace after `make uninstall`.
set -euo pipefail
out=$(realpath "$BUILD")/consumer/installed
rm -rf "$out" && mkdir -p "$out"
command -v pkg-config >/dev/null || { echo "SKIP: pkg-config is not installed (make bootstrap)"; exit 0; }
make -s install prefix="$out/usr" DESTDIR=
export PKG_CONFIG_PATH=$out/usr/lib/pkgconfig
[ "$(pkg-config --modversion journey)" = "$VERSION" ]

$CC -std=c99 -o "$out/shared" tests/consumer/consumer.c $(pkg-config --cflags --libs journey)
readelf -d "$out/shared" | grep -F "[libjourney.so.$MAJOR]"
LD_LIBRARY_PATH=$out/usr/lib "$out/shared" summary

$CC -std=c99 -o "$out/static" tests/consumer/consumer.c $(pkg-config --cflags journey) \
  $(pkg-config --static --libs journey | sed 's/-ljourney\b/-l:libjourney.a/')
if readelf -d "$out/static" | grep -F libjourney; then echo "the static program wants the shared library"; exit 1; fi
"$out/static" summary

if [ -x "$out/usr/bin/journey" ]; then "$out/usr/bin/journey" version; fi

make -s uninstall prefix="$out/usr" DESTDIR=
left=$(find "$out/usr" ! -type d)
[ -z "$left" ] || { echo "uninstall left: $left"; exit 1; }
