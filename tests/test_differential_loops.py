"""Differential test: `loops` against DuckDB: repeats are a name equal to lag()'s, back-steps go to a name that an earlier
event of the path had. Random events with many ties; a case is one row of a table; JOURNEY_CASES is how many at least,
times 50 (5000).

Skipped without the package duckdb (make bootstrap-peers).
"""
import os
import random
import tempfile
import unittest

from library import Library

try:
    import duckdb
except ImportError as missing:
    print(f'SKIP: {missing} (make bootstrap-peers)')
    raise SystemExit(0)

CASES = int(os.environ.get('JOURNEY_CASES', '5000')) // 50
NAMES = ['home', 'list', 'item', 'cart', 'pay', 'help']
COLUMNS = {'kind': 'text', 'loop': 'text', 'count': 'int64', 'customers': 'int64', 'median_seconds': 'float64',
           'before_goal': 'int64', 'converted_with': 'float64'}
QUERY = """
  WITH numbered AS (SELECT *, row_number() OVER () AS arrival FROM read_csv('{}', header = true, parallel = false)),
  seen AS (SELECT customer_id, event, timestamp, row_number() OVER path AS place, lag(event) OVER path AS before,
             lag(timestamp) OVER (PARTITION BY customer_id, event ORDER BY timestamp, arrival) AS since
           FROM numbered WINDOW path AS (PARTITION BY customer_id ORDER BY timestamp, arrival)),
  goals AS (SELECT customer_id, min(place) AS goal FROM seen WHERE event = 'pay' GROUP BY ALL),
  found AS (SELECT if(event = before, 'repeat', 'back_step') AS kind, before || ' > ' || event AS loop, customer_id,
              timestamp - since AS lost, place < coalesce(goal, 1000000) AS early, goal IS NOT NULL AS converted
            FROM seen LEFT JOIN goals USING (customer_id) WHERE since IS NOT NULL)
  SELECT kind, loop, count(*), count(DISTINCT customer_id), quantile_cont(lost, 0.5),
    count(DISTINCT customer_id) FILTER (early),
    coalesce(count(DISTINCT customer_id) FILTER (early AND converted) / nullif(count(DISTINCT customer_id) FILTER (early), 0), -1)
  FROM found GROUP BY ALL"""


class Differential(unittest.TestCase):
    def events(self, rng):
        names, seconds, most = NAMES[:rng.randint(2, 6)], rng.choice([1, 4, 15, 60, 4000]), rng.randint(1, 14)
        rows = [(c, 1_700_000_000 + rng.randrange(seconds), rng.choice(names))
                for c in range(400) for _ in range(rng.randint(1, most))]
        rng.shuffle(rows)
        return ('customer_id,timestamp,event\n' + ''.join(f'{c},{t},{e}\n' for c, t, e in rows)).encode()

    def test_repeats_and_back_steps(self):
        done, library, rng = 0, Library(), random.Random(20240608)
        while done < CASES:
            text = self.events(rng)
            study = library.study(text)
            rows = library.measure(study, 'loops', COLUMNS, goal='pay', most='1000000')
            ours = sorted((*row[:6], -1.0 if row[6] != row[6] else row[6])
                          for row in rows if row[0] in ('repeat', 'back_step'))
            with tempfile.NamedTemporaryFile(suffix='.csv') as file:
                file.write(text)
                file.flush()
                theirs = sorted(duckdb.sql(QUERY.format(file.name)).fetchall())
            self.assertEqual(ours, theirs)
            library.c.journey_study_free(study)
            done += len(theirs)
        print(f'loops: {done} as DuckDB {duckdb.__version__}')


if __name__ == '__main__':
    unittest.main()
