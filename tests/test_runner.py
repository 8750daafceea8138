"""The runner of the tests counts what its targets say, and never takes a failure for a success."""
import importlib.machinery
import importlib.util
import sys
import unittest

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader('runner', 'tests/run')
runner = importlib.util.module_from_spec(importlib.util.spec_from_loader('runner', loader))
loader.exec_module(runner)

CHECK = '100%: Checks: 5, Failures: 0, Errors: 0\n'
CASES = [
    # exit status, output, (passed, failed, skipped)
    (0, '', (1, 0, 0)),
    (2, '', (0, 1, 0)),
    (0, 'SKIP: no data\n', (0, 0, 1)),
    (2, 'SKIP: no data\n', (0, 1, 0)),
    (0, 'Running suite(s): x\n' + CHECK, (5, 0, 0)),
    (0, 'SKIP: a\nSKIP: b\n' + CHECK, (3, 0, 2)),
    (0, 'SKIP: a\n' * 9 + CHECK, (0, 0, 5)),
    (2, '60%: Checks: 5, Failures: 1, Errors: 1\n', (3, 2, 0)),
    (2, CHECK, (5, 1, 0)),
    (0, '100%: Checks: 0, Failures: 0, Errors: 0\n', (0, 1, 0)),
    (0, '3 passed, 0 failed\n', (3, 0, 0)),
    (2, 'cli: 3 passed, 1 failed, 2 skipped\n', (3, 1, 2)),
    (0, 'so that 3 passed, 0 failed\n', (1, 0, 0)),
    (0, 'Ran 7 tests in 0.1s\n\nOK\n', (7, 0, 0)),
    (0, 'Ran 7 tests in 0.1s\n\nOK (skipped=2)\n', (5, 0, 2)),
    (2, 'Ran 7 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)\n', (3, 3, 1)),
    (0, 'Ran 0 tests in 0.0s\n\nOK\n', (0, 1, 0)),
    (0, CHECK + '2 passed, 0 failed\n', (7, 0, 0)),
]


class Counting(unittest.TestCase):
    def test_cases(self):
        for status, output, counts in CASES:
            with self.subTest(status=status, output=output):
                self.assertEqual(runner.count(status, output), counts)

    def test_long_output_keeps_both_ends(self):
        lines = [str(i) for i in range(500)]
        short = runner.shortened(lines)
        self.assertEqual((short[0], short[-1], len(short)), ('0', '499', 51))


if __name__ == '__main__':
    unittest.main()
