# Input that is wrong: one line says where and what, the exit status is 1, and nothing is left behind.
source "$(dirname "$0")/lib.sh"

head=user_id,time,event,value
# file NAME TEXT: with the header before and a good row around it; TEXT is for printf.
file() { printf "$head\na,2025-01-01,x,1\n$2\nb,2025-01-02,y,2\n" >"$1"; }

printf "$head\na,2025-01-01,x,1\nb,2025-01-02,y,2\n" >good.csv
file few.csv 'a,2025-01-01,x'
file many.csv 'a,2025-01-01,x,1,2'
file quote.csv 'a,2025-01-01,"x,1'
file behind.csv 'a,2025-01-01,"x"y,1'
file nul.csv 'a,2025-01-01,x\0y,1'
file utf8.csv 'a,2025-01-01,\377\376,1'
file time.csv 'a,yesterday,x,1'
file day.csv 'a,2025-02-30,x,1'
file number.csv 'a,2025-01-01,x,12x'
file nobody.csv ',2025-01-01,x,1'
file nothing.csv 'a,2025-01-01,,1'
file never.csv 'a,,x,1'
printf 'user_id,event\na,x\n' >missing.csv
printf 'user_id,time,event,event\na,2025-01-01,x,y\n' >twice.csv
printf 'user_id,time,ev\0ent\na,2025-01-01,x\n' >nulhead.csv
: >empty.csv
: >empty.jsonl
printf '%s\n' "$head" >header.csv
printf '\n\n\n' >blank.csv
printf '{"user_id": "a", "time": "2025-01-01", "event": "x"}\n{"user_id": "a", "time": \n' >broken.jsonl
printf '{"user_id": "a", "time": "2025-01-01", "event": "x"}\n[1, 2]\n' >array.jsonl
printf '{"user_id": "a", "time": "2025-01-01", "event": "x"}\n{"user_id": "b", "time": "soon", "event": "x"}\n' >time.jsonl
printf '{"user_id": "a", "time": "2025-01-01", "event": "x"}\n{"user_id": "b", "time": "2025-01-01"}\n' >noevent.jsonl
mkdir folder.csv
head -c 4096 /dev/urandom >noise.bin
gzip -c good.csv >whole.csv.gz 2>/dev/null

refuses 1 'few\.csv:3: 3 fields where the header has 4' measure summary few.csv
refuses 1 'many\.csv:3: 5 fields where the header has 4' measure summary many.csv
refuses 1 'quote\.csv:3: a quote .* never closed, in column "event"' measure summary quote.csv
refuses 1 'behind\.csv:3: text after the closing quote .* in column "event"' measure summary behind.csv
refuses 1 'nul\.csv:3: a NUL byte in column "event"' measure summary nul.csv
refuses 1 'utf8\.csv:3: the byte 0xff is not UTF-8, in column "event"' measure summary utf8.csv
refuses 1 'time\.csv:3: "yesterday" in column "time" is no time' measure summary time.csv
refuses 1 'day\.csv:3: "2025-02-30" in column "time" is no time' measure summary day.csv
refuses 1 'number\.csv:3: "12x" in column "value" is no number' measure summary number.csv
refuses 1 'nobody\.csv:3: no customer: "user_id" is empty' measure summary nobody.csv
refuses 1 'nothing\.csv:3: no event.*: "event" is empty' measure summary nothing.csv
refuses 1 'never\.csv:3: no time: "time" is empty' measure summary never.csv
refuses 1 'missing\.csv:1: no column for the time .*--time.*user_id, event' measure summary missing.csv
refuses 1 'twice\.csv:1: the column "event" is there twice' measure summary twice.csv
refuses 1 'nulhead\.csv:1: a NUL byte in the header' measure summary nulhead.csv
refuses 1 'good\.csv:1: there is no column "shop"' measure summary good.csv --customer shop
refuses 1 'good\.csv:1: there is no column "shop"' measure summary good.csv --attributes shop
refuses 1 'empty\.csv: the file is empty' measure summary empty.csv
refuses 1 'empty\.jsonl: the file is empty' measure summary empty.jsonl
refuses 1 'header\.csv:1: there is a header and no row' measure summary header.csv
refuses 1 'blank\.csv' measure summary blank.csv
refuses 1 'broken\.jsonl:2: ' measure summary broken.jsonl
refuses 1 'array\.jsonl:2: .*not an object' measure summary array.jsonl
refuses 1 'time\.jsonl:2: "soon" in "time" is no time' measure summary time.jsonl
refuses 1 'noevent\.jsonl:2: no event' measure summary noevent.jsonl
refuses 1 'folder\.csv: .*directory' measure summary folder.csv
refuses 1 'nowhere\.csv: .*no such file' measure summary nowhere.csv
refuses 1 'good\.csv:1: ' measure summary --map good.csv good.csv
refuses 1 'nowhere\.json: ' measure summary --map nowhere.json good.csv
refuses 1 'noise\.bin' measure summary noise.bin
refuses 1 '/proc/self/mem: ' measure summary /proc/self/mem
refuses 1 'standard input: the file is empty' measure summary -

# The same for the report, which would have written a page; several files, of which the second is bad.
refuses 1 'time\.csv:3: ' report time.csv -o page.html
refuses 1 'time\.csv:3: ' report good.csv time.csv -o page.html
refuses 1 'number\.csv:3: ' measure summary good.csv number.csv -o table.csv
refuses 1 'number\.csv:3: ' measure summary good.csv number.csv --rejects rejects.txt --on-error stop

# gzip: whole, cut off, damaged.
if "$JOURNEY" measure summary whole.csv.gz 2>&1 | grep -q zlib; then
  skip "this build reads no gzip"
else
  for _ in $(seq 2000); do printf '%s,2025-01-01,x%s,1\n' $RANDOM $RANDOM; done >>good.csv
  gzip -c good.csv >whole.csv.gz
  head -c 3000 whole.csv.gz >cut.csv.gz
  { head -c 3000 whole.csv.gz; head -c 100 /dev/zero; tail -c +3101 whole.csv.gz; } >damaged.csv.gz
  answers measure summary whole.csv.gz
  refuses 1 'cut\.csv\.gz: .*cut off' measure summary cut.csv.gz
  refuses 1 'damaged\.csv\.gz: .*gzip' measure summary damaged.csv.gz
fi

# A field of 100 MB is a long name and no more.
{ printf "$head\na,2025-01-01,"; head -c 100000000 /dev/zero | tr '\0' x; printf ',1\n'; } >long.csv
answers measure summary long.csv
{ printf "$head\na,2025-01-01,\""; head -c 100000000 /dev/zero | tr '\0' '\n'; } >open.csv
refuses 1 'open\.csv:2: a quote .* never closed' measure summary open.csv
rm long.csv open.csv

# Bad rows are left out, counted and kept.
printf "$head\na,2025-01-01,x,1\na,soon,x,1\nb,2025-01-02,y,z\nb,2025-01-02\nb,2025-01-03,y,2\n" >mixed.csv
run measure summary mixed.csv --on-error skip --format csv
same "exit status with skipped rows" "$status" 0
same "events that are left" "$(cut -d, -f2 "$out" | tail -1 | tr -d '\r')" 2
same "what is said of skipped rows" "$(sed -E 's/first: .*/first/' "$err")" \
  "journey: mixed.csv: 3 of 5 rows left out; the first"
run measure summary mixed.csv --rejects rejects.txt
same "lines of rejected rows" "$(sed -E 's/^(mixed\.csv:[0-9]+): .*: (.*)$/\1 \2/' rejects.txt)" \
  "mixed.csv:3 a,soon,x,1
mixed.csv:4 b,2025-01-02,y,z
mixed.csv:5 b,2025-01-02"
cp rejects.txt rejects.before
run measure summary mixed.csv --rejects rejects.txt --threads 7
same "rejected rows, seven threads" "$(cat rejects.txt)" "$(cat rejects.before)"
finish
