"""Differential test: `retention_steps` against ClickHouse's retention(), customer by customer, and the matrix of
`retention` against SQL in DuckDB, on random events with many ties. A case is one customer (retention_steps) or one cell
of a matrix; JOURNEY_CASES is how many at least (5000).

Skipped without the packages chdb and duckdb (make bootstrap-peers).
"""
import ctypes
import os
import random
import tempfile
import unittest

from library import Library

try:
    import chdb
    import duckdb
except ImportError as missing:
    print(f'SKIP: {missing} (make bootstrap-peers)')
    raise SystemExit(0)

CASES = int(os.environ.get('JOURNEY_CASES', '5000'))
NAMES = ['home', 'list', 'item', 'cart', 'pay', 'help']
START = 1_700_000_000
CUSTOMERS = 400


class Scope(ctypes.Structure):
    """journey_study_options."""
    _fields_ = [('struct_size', ctypes.c_uint32), ('paths', ctypes.c_int32), ('where', ctypes.c_char_p),
                ('customers', ctypes.c_char_p), ('start', ctypes.c_char_p), ('to', ctypes.c_char_p),
                ('by', ctypes.c_char_p), ('zone', ctypes.c_char_p), ('session_gap', ctypes.c_int64),
                ('confidence', ctypes.c_double)]


class Events:
    """A random stream, as a file too; each customer's id is an attribute, so that each can be a group of his own."""

    def __init__(self, library, rng, seconds, by=None):
        self.names = NAMES[:rng.randint(2, len(NAMES))]
        rows = [(c, START + rng.randrange(seconds), rng.choice(self.names))
                for c in range(CUSTOMERS) for _ in range(rng.randint(1, rng.choice([2, 6, 14])))]
        rng.shuffle(rows)
        text = 'customer_id,timestamp,event,who\n' + ''.join(f'{c},{t},{e},w{c}\n' for c, t, e in rows)
        self.file = tempfile.NamedTemporaryFile(suffix='.csv')
        self.file.write(text.encode())
        self.file.flush()
        self.study = self.open(library, text.encode(), by)

    @staticmethod
    def open(library, text, by):
        builder = library.call('journey_builder_new', library.context)
        if library.c.journey_read_memory(builder, b'events', text, ctypes.c_size_t(len(text)), None, None, library.error):
            raise RuntimeError('journey_read_memory')
        stream = library.call('journey_builder_finish', builder)
        scope = Scope(struct_size=ctypes.sizeof(Scope), by=by)
        study = library.call('journey_study_new', stream, None, ctypes.byref(scope))
        library.c.journey_builder_free(builder)
        library.c.journey_stream_free(stream)
        return study


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = Library()
        cls.random = random.Random(20250106)

    def steps(self, names):
        return [self.random.sample(names, min(len(names), self.random.choice([1, 1, 1, 2])))
                for _ in range(self.random.randint(2, 8))]

    def clickhouse(self, file, steps):
        conditions = ', '.join('event IN (' + ', '.join(f"'{n}'" for n in step) + ')' for step in steps)
        answer = chdb.query(f"SELECT who, arrayStringConcat(arrayMap(x -> toString(x), retention({conditions}))) "
                            f"FROM file('{file}', 'CSVWithNames', 'customer_id UInt32, timestamp UInt32, event String, "
                            "who String') GROUP BY who", 'CSV')
        rows = (line.replace('"', '').split(',') for line in str(answer).split())
        return {who: [int(bit) for bit in bits] for who, bits in rows}

    def test_steps(self):
        done = 0
        while done < CASES:
            events = Events(self.library, self.random, self.random.choice([1, 4, 60, 4000]), by=b'who')
            for _ in range(4):
                steps = self.steps(events.names)
                rows = self.library.measure(events.study, 'retention_steps',
                                            {'who': 'text', 'step': 'int64', 'customers': 'int64'},
                                            steps=','.join('|'.join(s) for s in steps))
                ours = {}
                for who, _, customers in rows:
                    ours.setdefault(who, []).append(customers)
                theirs = self.clickhouse(events.file.name, steps)
                self.assertEqual(ours, theirs, f'steps {steps}')
                done += len(theirs)
            self.library.c.journey_study_free(events.study)
        print(f'retention_steps: {done} customers as ClickHouse {chdb.query("SELECT version()", "CSV")}'.strip())

    # In the period of the start, what came before the start counts for nothing: hence `since`.
    QUERY = """
      WITH numbered AS (SELECT *, row_number() OVER () AS arrival,
                          date_trunc('{period}', make_timestamp(timestamp * 1000000)) AS period
                        FROM read_csv('{file}', header = true, parallel = false)),
      starts AS (SELECT customer_id, period AS cohort, min((timestamp, arrival)) AS since
                 FROM numbered WHERE event = '{start}' GROUP BY ALL),
      entered AS (SELECT * FROM starts QUALIFY {every} OR row_number() OVER (PARTITION BY customer_id ORDER BY cohort) = 1),
      active AS (SELECT entered.customer_id, cohort, datediff('{period}', cohort, period) AS k
                 FROM entered JOIN numbered ON entered.customer_id = numbered.customer_id
                   AND event = '{returns}' AND (timestamp, arrival) >= since
                 GROUP BY ALL HAVING count(*) >= {least}),
      grid AS (SELECT cohort, row, count(*) AS size FROM entered, range({periods} + 1) AS r(row) GROUP BY ALL),
      cells AS (SELECT cohort, row, count(DISTINCT customer_id) AS customers
                FROM active, range({periods} + 1) AS r(row) WHERE {counts} GROUP BY ALL)
      SELECT strftime(cohort, '%Y-%m-%d'), row, size, coalesce(customers, 0)
      FROM grid LEFT JOIN cells USING (cohort, row)"""

    KINDS = {'on': 'k = row', 'on_or_after': 'k >= row',
             'on_or_before': 'CASE WHEN row = 0 THEN k = 0 ELSE k BETWEEN 1 AND row END'}

    def matrix(self, file, kind, **question):
        """{(cohort, period): (size, customers)} of all periods, whether the events reach them or not."""
        rows = duckdb.sql(self.QUERY.format(file=file, counts=self.KINDS[kind], **question)).fetchall()
        return {row[:2]: row[2:] for row in rows}

    def test_matrix(self):
        done = 0
        while done < CASES:
            events = Events(self.library, self.random, self.random.choice([3, 30, 90]) * 86400)
            for _ in range(3):
                question = {'period': self.random.choice(['day', 'month']), 'kind': self.random.choice(list(self.KINDS)),
                            'start': self.random.choice(events.names), 'returns': self.random.choice(events.names),
                            'periods': self.random.randint(1, 20), 'least': self.random.randint(1, 2)}
                every = self.random.random() < 0.5
                ours = self.library.measure(
                    events.study, 'retention',
                    {'cohort': 'text', 'period': 'int64', 'size': 'int64', 'customers': 'int64'},
                    cohort='every' if every else 'first', **{k: str(v) for k, v in question.items()})
                theirs = self.matrix(events.file.name, every=every, **question)
                for cohort, period, *cell in ours:
                    label = cohort if question['period'] == 'day' else cohort + '-01'
                    self.assertEqual(tuple(cell), theirs[label, period], f'{question}, every {every}, {cohort} {period}')
                self.assertEqual({row[0] for row in ours},
                                 {c if question['period'] == 'day' else c[:7] for c, _ in theirs})
                done += len(ours)
            self.library.c.journey_study_free(events.study)
        print(f'retention: {done} cells as DuckDB {duckdb.__version__}')


if __name__ == '__main__':
    unittest.main()
