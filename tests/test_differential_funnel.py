"""Differential test: `funnel_customers` against ClickHouse's windowFunnel in all its modes and their combinations, on random
events with many ties. A case is one customer under one combination of modes; JOURNEY_CASES is how many at least (5000).

ClickHouse keeps one chain a level, which is not enough for strict_increase: a newer start at the time of the next step hides
an older one that could go on. Where the two answers differ, all chains are tried, and the library must be right.

Skipped without the package chdb (make bootstrap-peers).
"""
import itertools
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
NAMES = ['home', 'list', 'item', 'cart', 'pay', 'help']
START = 1_700_000_000
STRICT = ['strict_deduplication', 'strict_order', 'strict_increase', 'strict_once']
MODES = [list(m) for n in range(5) for m in itertools.combinations(STRICT, n)]
MODES += [m + ['allow_reentry'] for m in MODES if 'strict_order' in m]


def entries(path, steps, modes):
    """(time, step, row): one for each step that a row satisfies; step 0: none, which strict_order wants to know."""
    found = []
    for row, (time, event) in enumerate(path):
        satisfied = [s + 1 for s, step in enumerate(steps) if event in step]
        if not satisfied and 'strict_order' in modes:
            satisfied = [0]
        found += [(time, s, row) for s in satisfied]
    return sorted(found)


def all_chains(path, steps, window, modes):
    """The definition: every chain is kept. A chain is (start, last time, its rows at the last time)."""
    if len(steps) == 1 and 'strict_order' not in modes:
        return int(any(event in steps[0] for _, event in path))
    chains = [set() for _ in steps]
    level = lambda: sum(map(bool, chains))
    for time, step, row in entries(path, steps, modes):
        if step == 0:
            if chains[0]:
                return level()
        elif step == 1:
            chains[0].add((time, time, frozenset([row])))
        elif 'strict_deduplication' in modes and chains[step - 1]:
            return level()
        elif 'strict_order' in modes and chains[0] and not chains[step - 2]:
            if 'allow_reentry' not in modes:
                return level()
            continue
        else:
            for start, last, rows in list(chains[step - 2]):
                rows = rows if last == time else frozenset()
                if time - start > window or ('strict_increase' in modes and last == time):
                    continue
                if 'strict_once' in modes and row in rows:
                    continue
                chains[step - 1].add((start, time, rows | {row}))
        if chains[-1]:
            return len(steps)
    return level()


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = Library()
        cls.random = random.Random(20250307)

    def stream(self, customers):
        """Few seconds, so that many events are at the same time; rows of a customer in random order of arrival."""
        names = NAMES[:self.random.randint(2, len(NAMES))]
        seconds = self.random.choice([1, 3, 8, 20, 4000])
        most = self.random.randint(1, 12)
        rows = [(c, START + self.random.randrange(seconds), self.random.choice(names))
                for c in range(customers) for _ in range(self.random.randint(1, most))]
        self.random.shuffle(rows)
        return names, seconds, rows

    def clickhouse(self, file, steps, window):
        conditions = ', '.join('event IN (' + ', '.join(f"'{n}'" for n in step) + ')' for step in steps)
        calls = [f"windowFunnel({window}{''.join(f', {m!r}' for m in modes)})(timestamp, {conditions})"
                 for modes in MODES]
        answer = chdb.query(f"SELECT customer_id, {', '.join(calls)} FROM file('{file}', 'CSVWithNames', "
                            "'customer_id UInt32, timestamp UInt32, event String') GROUP BY customer_id", 'CSV')
        rows = (list(map(int, line.split(','))) for line in str(answer).split())
        return {row[0]: row[1:] for row in rows}

    def check_difference(self, paths, customer, steps, window, modes, ours, theirs):
        case = f'customer {paths[customer]}, steps {steps}, window {window}, {"+".join(modes)}'
        self.assertIn('strict_increase', modes, f'{case}: {ours}, ClickHouse says {theirs}')
        self.assertNotIn('strict_once', modes, f'{case}: {ours}, ClickHouse says {theirs}')
        self.assertEqual(ours, all_chains(paths[customer], steps, window, modes), case)

    def check_steps(self, paths, file, study, steps, window):
        theirs = self.clickhouse(file.name, steps, window)
        differences = 0
        for k, modes in enumerate(MODES):
            settings = {'steps': ','.join('|'.join(s) for s in steps), 'window': f'{window}s',
                        'mode': '+'.join(modes) or 'none'}
            ours = self.library.measure(study, 'funnel_customers', {'customer': 'text', 'level': 'int64'}, **settings)
            self.assertEqual(len(ours), len(theirs))
            counts = self.library.measure(study, 'funnel', {'customers': 'int64'}, **settings)
            self.assertEqual([c for c, in counts],
                             [sum(level > s for _, level in ours) for s in range(len(steps))], settings)
            for customer, level in ours:
                customer = int(customer)
                if level != theirs[customer][k]:
                    differences += 1
                    self.check_difference(paths, customer, steps, window, modes, level, theirs[customer][k])
                elif self.random.random() < 0.02:
                    self.assertEqual(level, all_chains(paths[customer], steps, window, modes))
        return differences

    def test_modes(self):
        done = differences = 0
        while done < CASES:
            names, seconds, rows = self.stream(200)
            text = 'customer_id,timestamp,event\n' + ''.join(f'{c},{t},{e}\n' for c, t, e in rows)
            paths = {}
            for c, t, e in rows:
                paths.setdefault(c, []).append((t, e))
            study = self.library.study(text.encode())
            with tempfile.NamedTemporaryFile(suffix='.csv') as file:
                file.write(text.encode())
                file.flush()
                steps = [self.random.sample(names, min(len(names), self.random.choice([1, 1, 1, 2, 3])))
                         for _ in range(self.random.randint(1, 6))]
                window = self.random.choice([0, 1, 2, seconds // 3, 100000])
                differences += self.check_steps(paths, file, study, steps, window)
                done += len(paths) * len(MODES)
            self.library.c.journey_study_free(study)
        print(f'funnel: {done} cases in {len(MODES)} modes; {differences} where ClickHouse hides a chain of '
              f'strict_increase, {done - differences} the same')


if __name__ == '__main__':
    unittest.main()
