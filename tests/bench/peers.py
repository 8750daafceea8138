"""Times another engine on the same file: peers.py ENGINE FILE THREADS RUNS, in the format of measure.c.

Each engine runs in a process of its own, on the same number of threads, with its own best form of each question:
the file is loaded into a table sorted by customer and time first, as the library does.
"""
import sys
import time

# Retention by week: a bit for each week of a customer, then the distinct sets of bits. Of the forms tried that gave the
# right counts (three in DuckDB, three in ClickHouse) it was the fastest in each; optimize_aggregation_in_order made 5 % in
# ClickHouse in one loaded run, and is left out.
STEPS = ["catalog", "product", "cart", "checkout"]
WEEK = 7 * 86400
MODES = {
    "funnel": "",
    "funnel_increase": ", 'strict_increase'",
    "funnel_once": ", 'strict_once'",
    "funnel_deduplication": ", 'strict_deduplication'",
    "funnel_order": ", 'strict_order'",
    "funnel_reentry": ", 'strict_order', 'allow_reentry'",
}


def timed(runs, work):
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return seconds


def show(name, seconds):
    print(name, *("%.6f" % s for s in seconds), flush=True)


def duckdb_engine(path, threads, runs):
    import duckdb

    db = duckdb.connect()
    db.execute(f"SET threads={threads}")

    def load():
        db.execute("DROP TABLE IF EXISTS t")
        db.execute(
            f"CREATE TABLE t AS SELECT customer_id, timestamp, event FROM read_csv('{path}') "
            "ORDER BY customer_id, timestamp"
        )

    show("load", timed((runs + 1) // 2, load))
    print("events", db.execute("SELECT count(*) FROM t").fetchone()[0], flush=True)
    queries = {
        "transitions": "SELECT event, next, count(*) FROM (SELECT event, lead(event) OVER "
        "(PARTITION BY customer_id ORDER BY timestamp) AS next FROM t) GROUP BY ALL",
        "retention": "WITH b AS (SELECT bit_or(1::UINTEGER << (datediff('week', DATE '2024-01-01', timestamp::DATE))::INT)"
        " AS bits FROM t GROUP BY customer_id), g AS (SELECT bits, count(*) AS n FROM b GROUP BY bits) "
        "SELECT c, w - c, sum(n) FROM (SELECT bits, n, bit_count((bits & -bits::BIGINT) - 1) AS c FROM g), "
        "range(32) AS r(w) WHERE (bits >> w::INT) & 1 = 1 GROUP BY ALL",
        "paths": "SELECT p, count(*) AS n FROM (SELECT string_agg(event, '>' ORDER BY timestamp) AS p FROM t "
        "GROUP BY customer_id) GROUP BY p ORDER BY n DESC LIMIT 100",
        "steps": "WITH r AS (SELECT customer_id, timestamp, event, lag(event) OVER (PARTITION BY customer_id "
        "ORDER BY timestamp) AS before FROM t), c AS (SELECT event, row_number() OVER w AS step, lead(event) OVER w "
        "AS next FROM r WHERE before IS DISTINCT FROM event WINDOW w AS (PARTITION BY customer_id ORDER BY timestamp)) "
        "SELECT step, event, next, count(*) FROM c WHERE step < 5 GROUP BY ALL",
    }
    for name, sql in queries.items():
        show(name, timed(runs, lambda sql=sql: db.execute(sql).fetchall()))


def clickhouse_engine(path, threads, runs):
    from chdb import session

    db = session.Session()
    tail = f" SETTINGS max_threads={threads}"

    def load():
        db.query("DROP TABLE IF EXISTS t")
        db.query(
            "CREATE TABLE t (customer_id String, timestamp DateTime, event LowCardinality(String)) "
            "ENGINE=MergeTree ORDER BY (customer_id, timestamp)"
        )
        db.query(
            f"INSERT INTO t SELECT customer_id, timestamp, event FROM file('{path}', CSVWithNames, "
            "'customer_id String, timestamp DateTime, event String') "
            f"SETTINGS max_threads={threads}, max_insert_threads={threads}, date_time_input_format='best_effort'"
        )
        db.query("OPTIMIZE TABLE t FINAL")

    show("load", timed((runs + 1) // 2, load))
    print("events", int(str(db.query("SELECT count() FROM t", "CSV")).strip()), flush=True)
    steps = ", ".join(f"event = '{s}'" for s in STEPS)
    queries = {
        "match": f"SELECT sum(m) FROM (SELECT sequenceMatch('(?1).*(?2).*(?3).*(?4)')(timestamp, {steps}) AS m FROM t "
        "GROUP BY customer_id)",
        "match_times": f"SELECT sum(m) FROM (SELECT sequenceMatch('(?1)(?t<={WEEK})(?2)(?t<={WEEK})(?3)(?t<={WEEK})(?4)')"
        f"(timestamp, {steps}) AS m FROM t GROUP BY customer_id)",
        "transitions": "SELECT event, next, count() FROM (SELECT event, leadInFrame(event) OVER (PARTITION BY customer_id "
        "ORDER BY timestamp ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next FROM t) GROUP BY event, next",
        "retention": "SELECT c, w - c AS k, sum(n) FROM (SELECT bits, count() AS n, bitCount(bitXor(bits, bits - 1)) - 1 AS c, "
        "bitPositionsToArray(bits) AS ws FROM (SELECT groupBitOr(bitShiftLeft(toUInt64(1), toRelativeWeekNum(timestamp) - "
        "2818)) AS bits FROM t GROUP BY customer_id) GROUP BY bits) ARRAY JOIN ws AS w GROUP BY c, k",
        "paths": "SELECT p, count() AS n FROM (SELECT groupArray(event) AS p FROM (SELECT customer_id, event FROM t "
        "ORDER BY customer_id, timestamp) GROUP BY customer_id) GROUP BY p ORDER BY n DESC LIMIT 100",
        "steps": "SELECT s, p[s] AS a, p[s + 1] AS b, sum(n) FROM (SELECT p, count() AS n FROM (SELECT "
        "arraySlice(arrayCompact(groupArray(event)), 1, 5) AS p FROM (SELECT customer_id, event FROM t "
        "ORDER BY customer_id, timestamp) GROUP BY customer_id) GROUP BY p) "
        "ARRAY JOIN arraySlice([1, 2, 3, 4], 1, length(p)) AS s GROUP BY s, a, b",
    }
    for name, modes in MODES.items():
        queries[name] = (f"SELECT level, count() FROM (SELECT windowFunnel({WEEK}{modes})(timestamp, {steps}) AS level "
                         "FROM t GROUP BY customer_id) GROUP BY level")
    for name, sql in queries.items():
        show(name, timed(runs, lambda sql=sql: db.query(sql + tail, "CSV")))


def main():
    engine, path, threads, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    {"duckdb": duckdb_engine, "clickhouse": clickhouse_engine}[engine](path, threads, runs)


if __name__ == "__main__":
    main()
