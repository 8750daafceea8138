"""Differential test: `next_customers` against ClickHouse's sequenceNextNode, every direction with every base that it takes,
on random events with many ties, customer by customer. A case is one customer; JOURNEY_CASES is how many at least (5000).

Skipped without the package chdb (make bootstrap-peers).
"""
import os
import random
import tempfile
import unittest

from library import Library

try:
    import chdb
except ImportError as missing:
    print(f'SKIP: {missing} (make bootstrap-peers)')
    raise SystemExit(0)

CASES = int(os.environ.get('JOURNEY_CASES', '5000'))
# Byte order: a prefix comes first, capitals before small letters, bytes past ASCII last.
NAMES = ['pay', 'cart', 'cart_2', 'Cart', 'item', 'étape']
CHANNELS = ['web', 'app', '']
START = 1_700_000_000
FORMS = [('forward', base) for base in ('head', 'first_match', 'last_match')]
FORMS += [('backward', base) for base in ('tail', 'first_match', 'last_match')]


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = Library()
        cls.random = random.Random(20240608)

    def events(self, customers):
        """A random stream: few seconds, so that many events are at the same time; in random order of arrival."""
        names = self.random.sample(NAMES, self.random.randint(2, len(NAMES)))
        seconds = self.random.choice([1, 4, 15, 60, 4000])
        most = self.random.randint(1, 12)
        rows = [(c, START + self.random.randrange(seconds), self.random.choice(names), self.random.choice(CHANNELS))
                for c in range(customers) for _ in range(self.random.randint(1, most))]
        self.random.shuffle(rows)
        text = 'customer_id,timestamp,event,channel\n' + ''.join(f'{c},{t},{e},{h}\n' for c, t, e, h in rows)
        return names, text.encode()

    def condition(self, names):
        """A step, and the same as a condition in SQL."""
        chosen = self.random.sample(names, min(len(names), self.random.choice([1, 1, 2, 3, 6])))
        channel = self.random.choice(['', '', '', 'web', 'app'])
        guard = f'[channel={channel}]' if channel else ''
        listed = ', '.join(f"'{name}'" for name in chosen)
        return '|'.join(name + guard for name in chosen), f'event IN ({listed})' + (
            f" AND channel = '{channel}'" if channel else '')

    def clickhouse(self, file, direction, base, base_condition, conditions):
        answer = chdb.query(
            f"SELECT customer_id, sequenceNextNode('{direction}', '{base}')(timestamp, event, {base_condition}, "
            f"{', '.join(conditions)}) AS answer FROM file('{file}', 'CSVWithNames', 'customer_id UInt32, "
            "timestamp DateTime, event Nullable(String), channel String') GROUP BY customer_id HAVING answer IS NOT NULL "
            'SETTINGS allow_experimental_funnel_functions = 1, max_threads = 1', 'TSV')
        return {int(customer): name for customer, name in (line.split('\t') for line in str(answer).splitlines())}

    def test_next(self):
        done = answered = 0
        while done < CASES:
            names, text = self.events(400)
            study = self.library.study(text)
            with tempfile.NamedTemporaryFile(suffix='.csv') as file:
                file.write(text)
                file.flush()
                for direction, base in FORMS:
                    chain = [self.condition(names) for _ in range(self.random.choice([1, 1, 2, 2, 3, 5]))]
                    base_step, base_condition = self.random.choice([('*', '1'), self.condition(names)])
                    settings = dict(chain=','.join(step for step, _ in chain), direction=direction, base=base,
                                    base_step=base_step, ties='name')
                    column = 'next' if direction == 'forward' else 'previous'
                    rows = self.library.measure(study, 'next_customers', {'customer': 'text', column: 'text'}, **settings)
                    self.assertEqual(len(rows), len({customer for customer, _ in rows}))
                    ours = {int(customer): name for customer, name in rows if name not in ('(exit)', '(start)')}
                    theirs = self.clickhouse(file.name, direction, base, base_condition, [sql for _, sql in chain])
                    self.assertEqual(ours, theirs, settings)
                    done += 400
                    answered += len(theirs)
            self.library.c.journey_study_free(study)
        self.assertGreater(answered, done // 20)
        print(f'next: {done} customers, {answered} with an answer, as ClickHouse '
              f'{chdb.query("SELECT version()", "CSV")}'.strip())


if __name__ == '__main__':
    unittest.main()
