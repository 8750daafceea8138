"""Differential test: `lifecycle`, `stickiness`, `active` and `overlap` against the same questions in DuckDB's SQL, on
random events in zones whose clocks change. A case is a cell of a table; JOURNEY_CASES is how many at least of each
(5000).

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

CASES = int(os.environ.get('JOURNEY_CASES', '5000'))
NAMES = ['home', 'list', 'item', 'cart', 'pay', 'help']
ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata']
START = 1_711_000_000  # ten days before the clocks of Europe change
LABELS = {'day': '%Y-%m-%d', 'week': '%G-W%V', 'month': '%Y-%m', 'year': '%Y'}

# Civil times of the events that count, and every period of the scope.
ACTIVE = """
  CREATE OR REPLACE TEMP TABLE civil AS
    SELECT customer_id AS customer, event, timezone('{zone}', to_timestamp(timestamp)) AS moment
    FROM read_csv('{file}');
  CREATE OR REPLACE TEMP TABLE active AS SELECT * FROM civil WHERE event IN ({active})"""

LIFECYCLE = """
  WITH met AS (SELECT DISTINCT customer, date_trunc('{period}', moment) AS p FROM active),
  periods AS (SELECT unnest(generate_series(min(date_trunc('{period}', moment)), max(date_trunc('{period}', moment)),
                                            INTERVAL 1 {period})) AS p FROM civil),
  firsts AS (SELECT customer, min(p) AS first FROM met GROUP BY customer),
  kinds AS (SELECT m.customer, m.p, f.first = m.p AS new, b.p IS NOT NULL AS returning
            FROM met m JOIN firsts f USING (customer)
            LEFT JOIN met b ON b.customer = m.customer AND b.p = m.p - INTERVAL 1 {period}),
  gone AS (SELECT m.p + INTERVAL 1 {period} AS p, count(*) AS dormant
           FROM met m ANTI JOIN met a ON a.customer = m.customer AND a.p = m.p + INTERVAL 1 {period} GROUP BY ALL)
  SELECT strftime(p.p, '{label}'), count(k.p), count(*) FILTER (k.new), count(*) FILTER (k.returning),
         count(*) FILTER (NOT k.new AND NOT k.returning), coalesce(any_value(g.dormant), 0)
  FROM periods p LEFT JOIN kinds k ON k.p = p.p LEFT JOIN gone g ON g.p = p.p GROUP BY p.p ORDER BY p.p"""

STICKINESS = """
  WITH days AS (SELECT customer, date_trunc('{period}', moment) AS p,
                       count(DISTINCT date_trunc('{interval}', moment)) AS days
                FROM active GROUP BY ALL),
  k AS (SELECT p, unnest(generate_series(1, 31)) AS k FROM (SELECT DISTINCT p FROM days))
  SELECT strftime(p, '{label}'), k, (SELECT count(*) FROM days d WHERE d.p = k.p AND d.days = k.k),
         (SELECT count(*) FROM days d WHERE d.p = k.p AND d.days >= k.k)
  FROM k ORDER BY p, k"""

ROLLING = """
  WITH days AS (SELECT unnest(generate_series(min(moment::DATE), max(moment::DATE), INTERVAL 1 DAY))::DATE AS d
                FROM civil),
  met AS (SELECT DISTINCT customer, moment::DATE AS a FROM active)
  SELECT strftime(d, '%Y-%m-%d'), count(DISTINCT customer) FILTER (a = d), count(DISTINCT customer) FILTER (a > d - 7),
         count(DISTINCT customer)
  FROM days LEFT JOIN met ON a > d - 30 AND a <= d GROUP BY d ORDER BY d"""

CALENDAR = """
  WITH days AS (SELECT unnest(generate_series(min(moment::DATE), max(moment::DATE), INTERVAL 1 DAY))::DATE AS d
                FROM civil),
  met AS (SELECT DISTINCT customer, moment::DATE AS a FROM active)
  SELECT strftime(d, '%Y-%m-%d'), (SELECT count(DISTINCT customer) FROM met WHERE a = d),
         (SELECT count(DISTINCT customer) FROM met WHERE date_trunc('week', a) = date_trunc('week', d)),
         (SELECT count(DISTINCT customer) FROM met WHERE date_trunc('month', a) = date_trunc('month', d))
  FROM days ORDER BY d"""

COMBINATIONS = """
  WITH sets AS (SELECT customer, {sets} AS sets FROM civil GROUP BY customer)
  SELECT sets, count(*) FROM sets GROUP BY sets ORDER BY sets"""


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = Library()
        cls.random = random.Random(20241027)
        cls.duckdb = duckdb.connect()
        cls.duckdb.execute("SET timezone = 'UTC'")

    def stream(self, zone):
        """A study of random events in a zone, with some counting as being active; the same in DuckDB."""
        days, most = self.random.choice([3, 20, 60, 400]), self.random.randint(1, 14)
        rows = [(c, START + self.random.randrange(days * 86400), self.random.choice(NAMES))
                for c in range(120) for _ in range(self.random.randint(1, most))]
        self.random.shuffle(rows)
        text = ('customer_id,timestamp,event\n' + ''.join(f'{c},{t},{e}\n' for c, t, e in rows)).encode()
        self.names = self.random.sample(NAMES, self.random.randint(1, len(NAMES)))
        with tempfile.NamedTemporaryFile(suffix='.csv') as file:
            file.write(text)
            file.flush()
            active = ', '.join(f"'{name}'" for name in self.names)
            self.duckdb.execute(ACTIVE.format(zone=zone, file=file.name, active=active))
        return self.library.study(text, zone=zone)

    def compare(self, metric, columns, query, prepare=lambda rows: rows, **settings):
        """How many cells agree."""
        ours = self.library.measure(self.study, metric, columns, **settings)
        theirs = prepare(self.duckdb.execute(query).fetchall())
        self.assertEqual(prepare(ours), theirs, f'{metric} {settings}')
        return len(theirs) * (len(columns) - 1)

    def repeat(self, what, ask):
        """Asks about one stream after another until there are enough cases."""
        done = 0
        while done < CASES:
            self.study = self.stream(self.random.choice(ZONES))
            done += sum(ask() for _ in range(4))
            self.library.c.journey_study_free(self.study)
        print(f'{what}: {done} as DuckDB {duckdb.__version__}')

    def ask_lifecycle(self):
        period = self.random.choice(list(LABELS))
        columns = {'period': 'text', 'active': 'int64', 'new': 'int64', 'returning': 'int64', 'resurrecting': 'int64',
                   'dormant': 'int64'}
        return self.compare('lifecycle', columns, LIFECYCLE.format(period=period, label=LABELS[period]),
                            period=period, active='|'.join(self.names))

    def ask_stickiness(self):
        interval, period = self.random.choice([('day', 'week'), ('day', 'month'), ('week', 'month')])
        columns = {'period': 'text', 'intervals': 'int64', 'exactly': 'int64', 'at_least': 'int64'}
        query = STICKINESS.format(interval=interval, period=period, label=LABELS[period])
        return self.compare('stickiness', columns, query, lambda rows: [row for row in rows if row[3] > 0],
                            interval=interval, period=period, active='|'.join(self.names))

    def ask_active(self):
        windows = self.random.choice(['rolling', 'calendar'])
        columns = {'day': 'text', 'dau': 'int64', 'wau': 'int64', 'mau': 'int64'}
        return self.compare('active', columns, ROLLING if windows == 'rolling' else CALENDAR, windows=windows,
                            active='|'.join(self.names))

    def ask_overlap(self):
        """Combinations are written by SQL as they are in the table."""
        sets = [self.random.sample(NAMES, self.random.randint(1, 2)) for _ in range(self.random.randint(1, 6))]
        names = ['|'.join(names) for names in sets]
        parts = [f"CASE WHEN bool_or(event IN ({', '.join(repr(n) for n in names)})) THEN '{step}' END"
                 for names, step in zip(sets, names)]
        written = f"coalesce(nullif(concat_ws(' & ', {', '.join(parts)}), ''), '(none)')"
        return self.compare('overlap', {'combination': 'text', 'customers': 'int64'},
                            COMBINATIONS.format(sets=written), sorted, steps=','.join(names), show='combinations',
                            most='1000')

    def test_lifecycle(self):
        self.repeat('lifecycle', self.ask_lifecycle)

    def test_stickiness(self):
        self.repeat('stickiness', self.ask_stickiness)

    def test_active(self):
        self.repeat('active', self.ask_active)

    def test_overlap(self):
        self.repeat('overlap', self.ask_overlap)


if __name__ == '__main__':
    unittest.main()
