"""Differential test: the p-values of `drivers` against exact whole numbers, and against SciPy where it is installed:
large tables, and Benjamini and Hochberg's correction. A case is one p-value; JOURNEY_CASES is how many at least (5000).
"""
import math
import os
import random
import unittest

from library import Library

try:
    import scipy.stats
except ImportError:
    scipy = None

CASES = int(os.environ.get('JOURNEY_CASES', '5000'))
COLUMNS = {'driver': 'text', 'customers': 'int64', 'converted': 'int64', 'others': 'int64',
           'others_converted': 'int64', 'p': 'float64', 'p_adjusted': 'float64'}


def exact(converted, failed, all_converted, all_failed):
    """Fisher's test, two-sided: tables no likelier than this one, but for a rounding error."""
    n = converted + failed
    ways = [math.comb(all_converted, x) * math.comb(all_failed, n - x)
            for x in range(max(0, n - all_failed), min(n, all_converted) + 1)]
    own = math.comb(all_converted, converted) * math.comb(all_failed, failed)
    return sum(w for w in ways if w * 10**7 <= own * (10**7 + 1)) / sum(ways)


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = Library()
        cls.random = random.Random(20250301)

    def events(self, customers, names, most):
        """Each customer does each thing with the chance of that thing, which converters may have more or less often."""
        converting = self.random.choice([0.02, 0.3, 0.5, 0.9])
        chances = [[self.random.random() ** 2 * most] * 2 for _ in range(names)]
        for pair in chances:
            if self.random.random() < 0.5:
                pair[1] = self.random.random() * most
        lines = ['customer_id,timestamp,event']
        for c in range(customers):
            converts = self.random.random() < converting
            lines.append(f'{c},1700000000,home')
            lines += [f'{c},1700000001,e{e}' for e, pair in enumerate(chances) if self.random.random() < pair[converts]]
            if converts:
                lines.append(f'{c},1700000002,pay')
        return '\n'.join(lines).encode()

    def measure(self, text, correction='holm'):
        study = self.library.study(text)
        rows = self.library.measure(study, 'drivers', COLUMNS, goal='pay', least='1', most='1000',
                                    correction=correction)
        self.library.c.journey_study_free(study)
        for _, customers, converted, others, others_converted, p, adjusted in rows:
            s, f = converted, customers - converted
            yield s, f, s + others_converted, f + others - others_converted, p, adjusted

    def test_exact(self):
        done = 0
        while done < CASES:
            for *table, p, _ in self.measure(self.events(self.random.choice([12, 60, 300, 700]), 250, 0.6)):
                done += 1
                self.assertTrue(math.isclose(p, exact(*table), rel_tol=1e-11), (table, p, exact(*table)))

    @unittest.skipUnless(scipy, 'SciPy is not installed')
    def test_large(self):
        for s, f, all_s, all_f, p, _ in self.measure(self.events(60_000, 20, 0.3)):
            expected = scipy.stats.fisher_exact([[s, f], [all_s - s, all_f - f]])[1]
            self.assertTrue(math.isclose(p, expected, rel_tol=1e-7, abs_tol=1e-290), (s, f, all_s, all_f, p, expected))

    @unittest.skipUnless(scipy, 'SciPy is not installed')
    def test_benjamini_hochberg(self):
        for _ in range(10):
            rows = list(self.measure(self.events(200, 100, 0.6), 'bh'))
            expected = scipy.stats.false_discovery_control([row[4] for row in rows])
            for row, adjusted in zip(rows, expected):
                self.assertTrue(math.isclose(row[5], adjusted, rel_tol=1e-12), (row, adjusted))


if __name__ == '__main__':
    unittest.main()
