"""Differential test: `funnel` against ClickHouse's windowFunnel, `transitions` against DuckDB's lead(), on random events
with many ties. A case is one customer (funnel) or one transition of a stream; JOURNEY_CASES is how many at least (5000).

Skipped without the packages chdb and duckdb (make bootstrap-peers).
"""
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


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = Library()
        cls.random = random.Random(20240607)

    def events(self, customers):
        """A random stream: few seconds, so that many events are at the same time; in random order of arrival."""
        names = NAMES[:self.random.randint(2, len(NAMES))]
        seconds = self.random.choice([1, 4, 15, 60, 4000])
        most = self.random.randint(1, 14)
        rows = [(c, START + self.random.randrange(seconds), self.random.choice(names))
                for c in range(customers) for _ in range(self.random.randint(1, most))]
        self.random.shuffle(rows)
        text = 'customer_id,timestamp,event\n' + ''.join(f'{c},{t},{e}\n' for c, t, e in rows)
        return names, seconds, text.encode()

    def steps(self, names):
        return [self.random.sample(names, min(len(names), self.random.choice([1, 1, 1, 2, 3])))
                for _ in range(self.random.randint(1, 6))]

    def clickhouse(self, file, steps, window):
        conditions = ', '.join('event IN (' + ', '.join(f"'{n}'" for n in step) + ')' for step in steps)
        answer = chdb.query(f"SELECT customer_id, windowFunnel({window})(timestamp, {conditions}) FROM file('{file}', "
                            "'CSVWithNames', 'customer_id UInt32, timestamp UInt32, event String') "
                            'GROUP BY customer_id', 'CSV')
        return dict(map(int, line.split(',')) for line in str(answer).split())

    def test_funnel(self):
        done = 0
        while done < CASES:
            names, seconds, text = self.events(400)
            study = self.library.study(text)
            with tempfile.NamedTemporaryFile(suffix='.csv') as file:
                file.write(text)
                file.flush()
                for _ in range(3):
                    steps, window = self.steps(names), self.random.choice([0, 1, 2, seconds // 3, 100000])
                    ours = self.library.measure(study, 'funnel_customers', {'customer': 'text', 'level': 'int64'},
                                                steps=','.join('|'.join(s) for s in steps), window=f'{window}s')
                    ours = {int(customer): level for customer, level in ours}
                    theirs = self.clickhouse(file.name, steps, window)
                    self.assertEqual(ours, theirs, f'steps {steps}, window {window}')
                    done += len(theirs)
            self.library.c.journey_study_free(study)
        print(f'funnel: {done} customers as ClickHouse {chdb.query("SELECT version()", "CSV")}'.strip())

    def test_transitions(self):
        done = 0
        query = """
          WITH numbered AS (SELECT *, row_number() OVER () AS arrival FROM read_csv('{}', header = true, parallel = false)),
          pairs AS (SELECT customer_id, event, timestamp,
                      lag(event) OVER path AS before, lag(timestamp) OVER path AS since,
                      lead(event) OVER path AS after
                    FROM numbered WINDOW path AS (PARTITION BY customer_id ORDER BY timestamp, arrival)),
          edges AS (SELECT coalesce(before, '(start)') AS source, event AS target, customer_id, timestamp - since AS gap
                    FROM pairs
                    UNION ALL SELECT event, '(exit)', customer_id, NULL FROM pairs WHERE after IS NULL)
          SELECT source, target, count(*), count(DISTINCT customer_id), coalesce(avg(gap), -1),
            coalesce(quantile_cont(gap, 0.5), -1), coalesce(quantile_cont(gap, 0.9), -1)
          FROM edges GROUP BY ALL"""
        while done < CASES // 50:
            _, _, text = self.events(400)
            study = self.library.study(text)
            columns = {'from': 'text', 'to': 'text', 'count': 'int64', 'customers': 'int64', 'mean_seconds': 'float64',
                       'median_seconds': 'float64', 'p90_seconds': 'float64'}
            ours = self.library.measure(study, 'transitions', columns)
            ours = sorted((*row[:4], *(-1.0 if x != x else round(x, 9) for x in row[4:])) for row in ours)
            with tempfile.NamedTemporaryFile(suffix='.csv') as file:
                file.write(text)
                file.flush()
                theirs = sorted((*row[:4], *(round(x, 9) for x in row[4:]))
                                for row in duckdb.sql(query.format(file.name)).fetchall())
            self.assertEqual(ours, theirs)
            self.library.c.journey_study_free(study)
            done += len(theirs)
        print(f'transitions: {done} as DuckDB {duckdb.__version__}')


if __name__ == '__main__':
    unittest.main()
