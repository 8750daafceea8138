"""Every metric in every format: each parses with somebody else's reader, and all hold the same cells."""
import csv
import datetime
import io
import json
import os
import pathlib
import re
import subprocess
import unittest

try:
    import pyarrow
except ImportError:
    pyarrow = None

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
JOURNEY = os.environ.get('JOURNEY', str(ROOT / 'build' / 'journey'))
SHOP = str(ROOT / 'docs' / 'examples' / 'shop' / 'events.csv')
# Names that need quotes, and characters that a format may not take as they are.
ODD = 'customer_id,timestamp,event,value\n' + ''.join(
    f'c{i},2025-01-{i + 1:02} 10:00:00.{i},"{name}",{i}.5\n' for i, name in enumerate(
        ['a,b', 'say ""hi""', 'line\nend', 'tab\there', 'back\\slash', 'null', '-', 'größe €', '日本', '=1+1', ' x ',
         '\U0001f600', '\u202eleft']))


def run(*arguments, text=None):
    """The bytes that the command prints."""
    return subprocess.run([JOURNEY, *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=True).stdout


def metrics():
    lines = run('metrics').decode().splitlines()
    return [line.split()[0] for line in lines if re.match(r'[a-z_]+ {2,}\S', line)]


def from_csv(data, types):
    """The rows of CSV as JSON would have them."""
    rows = list(csv.reader(io.StringIO(data.decode(), newline='')))

    def cell(text, kind):
        if kind in ('string', 'time'):
            return text or None
        return (int(text) if kind == 'int64' else float(text)) if text else None

    return rows[0], [[cell(text, kind) for text, kind in zip(row, types, strict=True)] for row in rows[1:]]


def from_arrow(data):
    table = pyarrow.ipc.open_stream(data).read_all()

    def cell(value):
        if isinstance(value, datetime.datetime):
            return value.astimezone(datetime.timezone.utc)
        return value.total_seconds() if isinstance(value, datetime.timedelta) else value

    columns = [[cell(value) for value in column.to_pylist()] for column in table.columns]
    return table.column_names, [list(row) for row in zip(*columns)]


def with_times(rows, types):
    """Times as Python has them."""
    return [[datetime.datetime.fromisoformat(cell.replace('Z', '+00:00')) if kind == 'time' and cell else cell
             for cell, kind in zip(row, types)] for row in rows]


def empty_as_none(rows):
    """CSV readers in Python do not tell an empty text from none."""
    return [[None if cell == '' else cell for cell in row] for row in rows]


class Formats(unittest.TestCase):
    maxDiff = 2000

    def check(self, *arguments, text=None):
        data = {name: run('measure', *arguments, '-f', name, text=text)
                for name in ('text', 'csv', 'json', 'jsonl', 'arrow')}
        document = json.loads(data['json'])
        names = [column['name'] for column in document['columns']]
        types = [column['type'] for column in document['columns']]
        rows = document['rows']
        self.assertEqual(document['name'], arguments[0])
        self.assertEqual(len(set(names)), len(names), 'columns named twice')
        self.assertEqual((names, empty_as_none(rows)), from_csv(data['csv'], types), 'csv')
        lines = [json.loads(line) for line in data['jsonl'].decode().split('\n')[:-1]]
        self.assertEqual([dict(zip(names, row)) for row in rows], lines, 'jsonl')
        for line in lines:
            self.assertEqual(list(line), names)
        shown = data['text'].decode().splitlines()
        self.assertEqual(shown[0].split(), names, 'text')
        self.assertEqual(len([line for line in shown[2:] if not line.startswith('note: ') and line != '(no rows)']),
                         len(rows), 'lines of the text')
        if pyarrow:
            self.assertEqual((names, with_times(rows, types)), from_arrow(data['arrow']), 'arrow')
        return rows

    def test_every_metric(self):
        for metric in metrics():
            with self.subTest(metric):
                self.assertTrue(self.check(metric, SHOP))

    def test_by_groups(self):
        for metric in metrics():
            with self.subTest(metric):
                self.assertTrue(self.check(metric, SHOP, '--by', 'segment'))

    def test_no_events(self):
        for metric in metrics():
            with self.subTest(metric):
                self.check(metric, SHOP, '--from', '2100-01-01')

    def test_odd_names(self):
        for metric in metrics():
            with self.subTest(metric):
                self.check(metric, '-', text=ODD.encode())
        rows = self.check('touchpoints', '-', text=ODD.encode())
        self.assertEqual(sorted(row[0] for row in rows), sorted(row[2] for row in csv.reader(
            io.StringIO(ODD, newline='')) if row[2] != 'event'))

    def test_arrow_reader(self):
        if not pyarrow:
            print('SKIP: pyarrow is not installed (make bootstrap)')
            self.skipTest('pyarrow is not installed')


if __name__ == '__main__':
    unittest.main()
