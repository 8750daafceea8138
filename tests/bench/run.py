"""Sets the library beside ClickHouse (chdb) and DuckDB on the same generated events, all on as many threads.

    make bench                                   10 million events, 2 threads, 5 runs
    make bench BENCH='--events 1000000 --runs 9'
    make bench BENCH='--scale'                   the library alone, over sizes: seconds an event

Prints medians of the runs and ratios. Engines that are not installed are left out, and it says so.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve() / "tests" / "bench"
ROWS = [
    ("load", "CSV file to a queryable stream"),
    ("funnel", "4-step funnel within 7 days"),
    ("funnel_increase", "the same, strict_increase"),
    ("funnel_once", "the same, strict_once"),
    ("funnel_deduplication", "the same, strict_deduplication"),
    ("funnel_order", "the same, strict_order"),
    ("funnel_reentry", "the same, strict_order+allow_reentry"),
    ("transitions", "transition counts"),
    ("transitions_full", "transitions with customers and medians"),
    ("paths", "distinct paths, the first 100"),
    ("steps", "edges of the first 5 steps"),
    ("steps_full", "the same with mean and median times"),
    ("step_matrix", "step matrix of the first 10 steps"),
    ("retention", "retention by week"),
    ("match", "4-step pattern, sequenceMatch"),
    ("match_times", "4-step pattern, each within 7 days"),
    ("match_words", "pattern with times and negation"),
    ("touchpoints", "touchpoints"),
    ("summary", "summary"),
]


def generate(events):
    path = BUILD / f"events-{events}.csv"
    if not path.exists():
        with open(path.with_suffix(".part"), "wb") as out:
            subprocess.run([BUILD / "generate", str(events)], stdout=out, check=True)
        path.with_suffix(".part").rename(path)
    return path


def figures(command):
    """{name: [seconds of each run]}, or None when the engine is not there."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        why = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"SKIP: {command[-4] if len(command) > 4 else command[0]}: {why}", file=sys.stderr)
        return None
    lines = (line.split() for line in done.stdout.splitlines())
    return {words[0]: [float(w) for w in words[1:]] for words in lines if len(words) > 1}


def show(seconds):
    return "-" if seconds is None else f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def compare(options):
    path = generate(options.events)
    choose, what = (min, "the least") if options.least else (statistics.median, "medians")
    tail = [path, options.threads, options.runs]
    engines = {"libjourney": figures([BUILD / "measure", *tail])}
    for name in ("duckdb", "clickhouse"):
        engines[name] = figures([sys.executable, HERE / "peers.py", name, *tail])
    if engines["libjourney"] is None:
        sys.exit("bench: the library's own program failed")
    peers = [name for name in ("duckdb", "clickhouse") if engines[name]]
    own = engines["libjourney"]
    print(f"{int(own['events'][0]):,} events of {int(own['customers'][0]):,} customers, a CSV file of "
          f"{path.stat().st_size / 1e6:.0f} MB, {options.threads} threads, {what} of {options.runs} runs\n")
    print("| work | libjourney |" + "".join(f" {p} | times |" for p in peers))
    print("|---|---|" + "---|---|" * len(peers))
    for key, label in ROWS:
        mine = choose(own[key])
        row = f"| {label} | {show(mine)} |"
        for peer in peers:
            theirs = choose(engines[peer][key]) if key in engines[peer] else None
            row += f" {show(theirs)} | {'-' if theirs is None else f'{theirs / mine:.1f}'} |"
        print(row)
    print()
    for key, label in [("columns", "names, times and offsets"), ("stream", "the stream with ids"),
                       ("allocator", "all that the context holds"), ("peak", "the most held while loading"),
                       ("process", "the process, resident")]:
        print(f"- bytes an event, {label}: {own['bytes_per_event_' + key][0]:.2f}")
    print()
    subprocess.run([BUILD / "worst"], check=True)


def scale(options):
    print("| events | load | funnel | transitions | paths |\n|---|---|---|---|---|")
    for events in (1_000_000, 10_000_000, 100_000_000):
        own = figures([BUILD / "measure", generate(events), options.threads, options.runs])
        cells = (f"{statistics.median(own[k]) / events * 1e9:.2f} ns" for k in ("load", "funnel", "transitions", "paths"))
        print(f"| {events:,} | " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--least", action="store_true", help="the least time of the runs: for a machine that others use too")
    parser.add_argument("--scale", action="store_true", help="the library alone, at 1, 10 and 100 million events")
    options = parser.parse_args()
    scale(options) if options.scale else compare(options)


if __name__ == "__main__":
    main()
