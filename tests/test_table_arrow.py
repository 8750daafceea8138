"""Tables as other people's readers see them: pyarrow on both Arrow forms, Python's csv and json on the others."""
import csv
import ctypes
import io
import json
import math
import os
import random
import struct
import sys
import unittest
from datetime import datetime, timedelta, timezone

try:
    import pyarrow
except ImportError:
    pyarrow = None
    print('SKIP: pyarrow is not installed (make bootstrap)', flush=True)

INT64, FLOAT64, STRING, TIME, DURATION = range(1, 6)
TEXT, CSV, JSON, JSONL, ARROW = range(1, 6)
COLUMNS = [('whole', INT64, 0), ('real', FLOAT64, 0), ('share', FLOAT64, 1), ('text', STRING, 0), ('time', TIME, 0),
           ('duration', DURATION, 0)]
WRITE = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

library = ctypes.CDLL(os.environ.get('JOURNEY_LIBRARY', 'build/libjourney.so'))


def prototype(name, result, *arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


handle, number = ctypes.c_void_p, ctypes.c_int64
context_new = prototype('journey_context_new', ctypes.c_int32, handle, ctypes.POINTER(handle), handle)
context_free = prototype('journey_context_free', None, handle)
table_new = prototype('journey_table_new', ctypes.c_int32, handle, ctypes.c_char_p, ctypes.POINTER(handle), handle)
table_free = prototype('journey_table_free', None, handle)
add_column = prototype('journey_table_add_column', None, handle, ctypes.c_char_p, ctypes.c_int32, ctypes.c_int32)
add_note = prototype('journey_table_add_note', None, handle, ctypes.c_char_p, ctypes.c_char_p)
put_int64 = prototype('journey_table_put_int64', None, handle, number)
put_float64 = prototype('journey_table_put_float64', None, handle, ctypes.c_double)
put_text = prototype('journey_table_put_text', None, handle, ctypes.c_char_p, ctypes.c_size_t)
put_null = prototype('journey_table_put_null', None, handle)
finish = prototype('journey_table_finish', ctypes.c_int32, handle, handle)
write = prototype('journey_table_write', ctypes.c_int32, handle, ctypes.c_int32, WRITE, handle, handle)
arrow = prototype('journey_table_arrow', ctypes.c_int32, handle, handle, handle)

ALPHABET = list('abc ,;"\'\n\r\t\\{}[]:0=') + ['\r\n', '\x01', '\x7f', 'é', '日本', '😀', '\u2028', 'purchase', 'null']


def random_cell(draw, kind):
    if draw.random() < 0.15:
        return None
    if kind == STRING:
        return ''.join(draw.choices(ALPHABET, k=draw.randrange(9)))
    if kind == FLOAT64:
        x = struct.unpack('d', draw.randbytes(8))[0]
        common = draw.choice([0.0, -0.0, 0.1, draw.random(), 1e16])
        return x if math.isfinite(x) and draw.random() < 0.5 else common
    if kind == TIME:
        return draw.randrange(-60_000_000_000_000_000, 250_000_000_000_000_000)
    return draw.randrange(-2**63, 2**63) >> draw.randrange(64)


def put(table, kind, cell):
    if cell is None:
        put_null(table)
    elif kind == STRING:
        data = cell.encode()
        put_text(table, data, len(data))
    elif kind == FLOAT64:
        put_float64(table, cell)
    else:
        put_int64(table, cell)


class Table:
    """A table of random cells, and the same cells as Python lists."""

    def __init__(self, rows, seed):
        draw = random.Random(seed)
        self.context, self.handle = handle(), handle()
        assert context_new(None, ctypes.byref(self.context), None) == 0
        assert table_new(self.context, b'random', ctypes.byref(self.handle), None) == 0
        for name, kind, unit in COLUMNS:
            add_column(self.handle, name.encode(), kind, unit)
        self.rows = [[random_cell(draw, kind) for _, kind, _ in COLUMNS] for _ in range(rows)]
        for row in self.rows:
            for (_, kind, _), cell in zip(COLUMNS, row):
                put(self.handle, kind, cell)
        add_note(self.handle, 'méthode'.encode(), '"Wilson"\n95 %'.encode())
        assert finish(self.handle, None) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.free()
        context_free(self.context)

    def free(self):
        table_free(self.handle)
        self.handle = handle()

    def written(self, form):
        pieces = []

        def receive(_, data, size):
            pieces.append(ctypes.string_at(data, size))
            return 0

        assert write(self.handle, form, WRITE(receive), None, None) == 0
        return b''.join(pieces)

    def reader(self):
        """pyarrow's reader of the C stream."""
        stream = ctypes.create_string_buffer(5 * ctypes.sizeof(handle))
        assert arrow(self.handle, stream, None) == 0
        return pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream))


def same(a, b):
    """Equal, and the sign of zero too."""
    return a == b and (not isinstance(a, float) or math.copysign(1, a) == math.copysign(1, b))


def moment(text):
    whole, _, fraction = text.rstrip('Z').partition('.')
    time = datetime.strptime(whole, '%Y-%m-%dT%H:%M:%S').replace(tzinfo=timezone.utc) - EPOCH
    return time // timedelta(microseconds=1) + int(fraction.ljust(6, '0') or 0)


def microseconds(text):
    sign, (whole, _, fraction) = (-1 if text.startswith('-') else 1), text.lstrip('-').partition('.')
    return sign * (int(whole) * 1_000_000 + int(fraction.ljust(6, '0') or 0))


READ = {INT64: int, FLOAT64: float, STRING: str, TIME: moment, DURATION: microseconds}


class TableTest(unittest.TestCase):
    def check_rows(self, expected, found):
        self.assertEqual(len(expected), len(found))
        for i, (a, b) in enumerate(zip(expected, found)):
            self.assertTrue(len(a) == len(b) and all(map(same, a, b)), f'row {i}: {a} came back as {b}')


@unittest.skipIf(pyarrow is None, 'pyarrow is not installed')
class ArrowTest(TableTest):
    def check_schema(self, schema):
        self.assertEqual([str(field.type) for field in schema],
                         ['int64', 'double', 'double', 'large_string', 'timestamp[us, tz=UTC]', 'duration[us]'])
        self.assertEqual(schema.names, [name for name, _, _ in COLUMNS])
        self.assertTrue(all(field.nullable for field in schema))
        self.assertEqual(schema.metadata,
                         {b'journey.name': b'random', 'journey.note.méthode'.encode(): b'"Wilson"\n95 %'})
        self.assertEqual([field.metadata for field in schema],
                         [None, None, {b'journey.unit': b'share'}, None, None, None])

    def check_table(self, expected, found):
        self.check_schema(found.schema)
        found.validate(full=True)
        columns = [column.cast(pyarrow.int64()) if kind in (TIME, DURATION) else column
                   for (_, kind, _), column in zip(COLUMNS, found.columns)]
        cells = [column.to_pylist() for column in columns]
        self.check_rows(expected, list(map(list, zip(*cells))))
        for i, column in enumerate(found.columns):
            self.assertEqual(column.null_count, sum(row[i] is None for row in expected))

    def test_c_stream(self):
        for rows in (0, 1, 8, 1000):
            with self.subTest(rows=rows), Table(rows, rows) as table:
                self.check_table(table.rows, table.reader().read_all())

    def test_c_stream_outlives_the_table(self):
        with Table(1000, 1) as table:
            reader = table.reader()
            table.free()
            found = reader.read_all()
            del reader
            self.check_table(table.rows, found)
            column = found.column('text')
            del found
            self.assertEqual(column.to_pylist(), [row[3] for row in table.rows])

    def test_ipc_stream(self):
        for rows in (0, 1, 7, 8, 1000, 65536, 70001):
            with self.subTest(rows=rows), Table(rows, rows) as table:
                reader = pyarrow.ipc.open_stream(table.written(ARROW))
                found = reader.read_all()
                self.check_table(table.rows, found)
                self.assertEqual(len(found.to_batches()), math.ceil(rows / 65536))

    def test_ipc_stream_is_written_alike(self):
        """What we write and what pyarrow writes of the C stream are the same table."""
        with Table(500, 5) as table:
            sink = io.BytesIO()
            with pyarrow.ipc.new_stream(sink, table.reader().schema) as writer:
                for batch in table.reader():
                    writer.write_batch(batch)
            theirs = pyarrow.ipc.open_stream(sink.getvalue()).read_all()
            ours = pyarrow.ipc.open_stream(table.written(ARROW)).read_all()
            self.assertTrue(ours.equals(theirs, check_metadata=True))

    def test_cut_ipc_stream_is_noticed(self):
        """The lengths in the stream are right: a reader that trusts them misses what was cut off."""
        with Table(100, 9) as table:
            whole = table.written(ARROW)
            for cut in (len(whole) - 9, len(whole) // 2, 100):
                with self.assertRaises((pyarrow.ArrowInvalid, OSError)):
                    pyarrow.ipc.open_stream(whole[:cut]).read_all()


class TextFormsTest(TableTest):
    def test_csv(self):
        with Table(2000, 2) as table:
            text = table.written(CSV).decode()
            # Python's reader does not tell an empty field from an empty string
            lines = list(csv.reader(io.StringIO(text, newline=''), strict=True))
            self.assertEqual(lines[0], [name for name, _, _ in COLUMNS])
            found = [[READ[kind](cell) if cell or kind == STRING else None
                      for (_, kind, _), cell in zip(COLUMNS, line)] for line in lines[1:]]
            expected = [['' if cell is None and kind == STRING else cell for (_, kind, _), cell in zip(COLUMNS, row)]
                        for row in table.rows]
            self.check_rows(expected, found)

    def check_json(self, expected, rows):
        found = [[None if cell is None else READ[kind](cell) for (_, kind, _), cell in zip(COLUMNS, row)]
                 for row in rows]
        self.check_rows(expected, found)

    def test_json(self):
        with Table(2000, 3) as table:
            found = json.loads(table.written(JSON), parse_int=str, parse_float=str)
            self.assertEqual(list(found), ['name', 'notes', 'columns', 'rows'])
            self.assertEqual(found['name'], 'random')
            self.assertEqual(found['notes'], {'méthode': '"Wilson"\n95 %'})
            types, units = ['', 'int64', 'float64', 'string', 'time', 'duration'], ['none', 'share']
            self.assertEqual(found['columns'], [{'name': name, 'type': types[kind], 'unit': units[unit]}
                                                for name, kind, unit in COLUMNS])
            self.check_json(table.rows, found['rows'])

    def test_jsonl(self):
        with Table(2000, 4) as table:
            lines = table.written(JSONL).decode().split('\n')
            self.assertEqual(lines.pop(), '')
            found = [json.loads(line, parse_int=str, parse_float=str) for line in lines]
            self.assertTrue(all(list(row) == [name for name, _, _ in COLUMNS] for row in found))
            self.check_json(table.rows, [row.values() for row in found])

    def test_text_keeps_one_line_a_row(self):
        with Table(500, 6) as table:
            lines = table.written(TEXT).decode().split('\n')
            self.assertEqual(len(lines), 2 + 500 + 1 + 1)
            self.assertTrue(all(line.isprintable() for line in lines))
            self.assertEqual(lines[1].replace('-', '').strip(), '')
            self.assertEqual(lines[-2], 'note: méthode: "Wilson"\\n95 %')


if __name__ == '__main__':
    sys.exit(unittest.main())
