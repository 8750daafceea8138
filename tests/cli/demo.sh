# `make demo` in a fresh copy of the sources, with a C compiler, make and the usual small tools, and nothing else.
source "$(dirname "$0")/lib.sh"

cd "$ROOT" || exit 1
if ! git ls-files >"$work/files" 2>/dev/null || [ ! -s "$work/files" ]; then
  skip "these sources are not a git checkout"
  finish
fi
mkdir "$work/fresh" "$work/bin"
tar -cf - --ignore-failed-read -T "$work/files" 2>/dev/null | tar -xf - -C "$work/fresh"
for tool in make cc as ld ar ln rm mkdir sed cmp echo sh cat; do
  path=$(command -v "$tool") && [ -x "$path" ] && ln -s "$path" "$work/bin/$tool"
done
cd "$work/fresh" || exit 1

# -O0 because nobody waits for it; without the variables of a make that runs this script.
env -i PATH="$work/bin" HOME="$work" TMPDIR="$work" make demo CFLAGS=-O0 >"$out" 2>"$err"
status=$?
same "exit status of make demo" "$status" 0
same "what the compiler says" "$(cat "$err")" ""
holds "findings" '^ 1\. [0-9.]+ % of [0-9,]+ customers'
holds "where the report is" 'The report is build/report.html'
same "the report" "$(head -c 15 build/report.html; tail -c 8 build/report.html)" "<!DOCTYPE html></html>"
same "without zlib and SQLite" "$(cat build/flags | grep -cE 'JN_HAVE_(ZLIB|SQLITE)')" 0
gzip -c docs/examples/tiny.csv >tiny.csv.gz
JOURNEY=$PWD/build/journey
refuses 1 'tiny\.csv\.gz: .*zlib' measure summary tiny.csv.gz
answers measure summary docs/examples/tiny.csv
finish
