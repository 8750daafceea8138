# ./configure: switches the optional libraries off, and stops make when it did not succeed. In a copy of the tree.
set -euo pipefail
command -v autoconf >/dev/null || { echo "SKIP: autoconf is not installed (make bootstrap)"; exit 0; }
out=$(realpath "$BUILD")/consumer/configure
rm -rf "$out" && mkdir -p "$out"
tar -cf - --exclude=./build --exclude=./.git --exclude=./config.mk . | tar -xf - -C "$out"
cd "$out"
autoconf
if PKG_CONFIG=false ./configure -q --with-zlib 2>message; then echo "--with-zlib passed without zlib"; exit 1; fi
grep -q 'asked for' message
if MAKEFLAGS= make -s journey.pc >message 2>&1; then echo "make went on after configure failed"; exit 1; fi
grep -q 'configure did not succeed' message
./configure -q --without-zlib --without-sqlite --prefix=/opt/journey CFLAGS=-O0
MAKEFLAGS= make -s -j2 BUILD=build all
grep -qx 'prefix=/opt/journey' build/journey.pc
grep -qx 'Requires.private: ' build/journey.pc
if readelf -d "build/libjourney.so.$MAJOR" | grep -E 'NEEDED.*(libz|sqlite)'; then exit 1; fi
cc -std=c99 -Iinclude -o consumer tests/consumer/consumer.c build/libjourney.a -lm -ldl -pthread
./consumer summary
