"""Tables of pyarrow, of every type that is read, in slices and batches, against what Python says of the same values."""
import csv
import ctypes
import io
import os
import random
import sys
import unittest
from datetime import date, datetime, timezone
from decimal import Decimal

try:
    import pyarrow as pa
except ImportError:
    print('SKIP: pyarrow is not installed (make bootstrap)', flush=True)
    sys.exit(0)

library = ctypes.CDLL(os.environ.get('JOURNEY_LIBRARY', 'build/libjourney.so'))
handle, text = ctypes.c_void_p, ctypes.c_char_p


def prototype(name, result, *arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


class ReadOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('on_error', ctypes.c_int32), ('input', ctypes.c_int32),
                ('separator', ctypes.c_int32)] + [(name, text) for name in (
                    'preset', 'customer', 'anonymous', 'time', 'event', 'value', 'id', 'attributes', 'zone')] + [
                        ('reject', handle), ('reject_user', handle)]


class StudyOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('paths', ctypes.c_int32)] + [(name, text) for name in (
        'where', 'customers', 'begin', 'to', 'by', 'zone')] + [('gap', ctypes.c_int64), ('confidence', ctypes.c_double)]


class Error(ctypes.Structure):  # room for any version's
    _fields_ = [('bytes', ctypes.c_char * 1024)]


context_new = prototype('journey_context_new', ctypes.c_int32, handle, ctypes.POINTER(handle), handle)
context_free = prototype('journey_context_free', None, handle)
builder_new = prototype('journey_builder_new', ctypes.c_int32, handle, ctypes.POINTER(handle), handle)
builder_free = prototype('journey_builder_free', None, handle)
finish = prototype('journey_builder_finish', ctypes.c_int32, handle, ctypes.POINTER(handle), handle)
read_arrow = prototype('journey_read_arrow', ctypes.c_int32, handle, handle, handle, handle, handle)
stream_free = prototype('journey_stream_free', None, handle)
time_range = prototype('journey_stream_time_range', ctypes.c_int32, handle, handle, handle)
study_new = prototype('journey_study_new', ctypes.c_int32, handle, handle, handle, ctypes.POINTER(handle), handle)
study_free = prototype('journey_study_free', None, handle)
measure = prototype('journey_measure', ctypes.c_int32, handle, text, handle, ctypes.c_size_t, ctypes.POINTER(handle),
                    handle)
table_free = prototype('journey_table_free', None, handle)
WRITE = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
write = prototype('journey_table_write', ctypes.c_int32, handle, ctypes.c_int32, WRITE, handle, handle)
TEXT_CSV = 2


class Stream:
    """A stream read from a table; `status` tells when there is none."""

    def __init__(self, table, **options):
        self.context, builder, self.handle = handle(), handle(), handle()
        assert context_new(None, ctypes.byref(self.context), None) == 0
        assert builder_new(self.context, ctypes.byref(builder), None) == 0
        chosen = ReadOptions(struct_size=ctypes.sizeof(ReadOptions), **options)
        reader = table.to_reader() if isinstance(table, pa.Table) else table
        self.c_stream = ctypes.create_string_buffer(5 * ctypes.sizeof(handle))
        reader._export_to_c(ctypes.addressof(self.c_stream))
        error = Error()
        self.status = read_arrow(builder, self.c_stream, ctypes.byref(chosen), None, ctypes.byref(error))
        self.error = ctypes.string_at(ctypes.addressof(error) + 32)
        assert not any(self.c_stream.raw[3 * 8:4 * 8]), 'the stream was not released'
        if self.status == 0:
            assert finish(builder, ctypes.byref(self.handle), None) == 0
        builder_free(builder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stream_free(self.handle)
        context_free(self.context)

    def measure(self, metric, **options):
        study, table, pieces = handle(), handle(), []

        def receive(_, data, size):
            pieces.append(ctypes.string_at(data, size))
            return 0

        scope = StudyOptions(struct_size=ctypes.sizeof(StudyOptions), **options)
        assert study_new(self.handle, None, ctypes.byref(scope), ctypes.byref(study), None) == 0, options
        assert measure(study, metric, None, 0, ctypes.byref(table), None) == 0
        assert write(table, TEXT_CSV, WRITE(receive), None, None) == 0
        table_free(table)
        study_free(study)
        return list(csv.DictReader(io.StringIO(b''.join(pieces).decode())))

    def events(self, where=None):
        rows = self.measure(b'summary', where=where.encode() if where else None)
        return int(rows[0]['events']) if rows and rows[0]['events'] else 0

    def times(self):
        first, last = ctypes.c_int64(), ctypes.c_int64()
        assert time_range(self.handle, ctypes.byref(first), ctypes.byref(last)) == 0
        return first.value, last.value


N = 5000
draw = random.Random(7)
CUSTOMERS = [draw.randrange(100) for _ in range(N)]
NAMES = [draw.choice(['start', 'büy', 'a rather long name of an event', 'x']) for _ in range(N)]
SECONDS = [draw.randrange(0, 2_000_000_000) for _ in range(N)]
SMALL = [draw.choice([None, -5, 0, 3, 100]) for _ in range(N)]


def table(customer=None, time=None, event=None, **more):
    columns = dict(more)
    columns['event'] = event if event is not None else pa.array(NAMES)
    columns['timestamp'] = time if time is not None else pa.array(SECONDS, pa.timestamp('s'))
    columns['customer_id'] = customer if customer is not None else pa.array(CUSTOMERS)
    return pa.table(columns)


def texts(values):
    """The same texts in every form that Arrow has for them."""
    yield pa.array(values, pa.string())
    yield pa.array(values, pa.large_string())
    yield pa.array(values, pa.string_view())
    for index in (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()):
        if len(set(values)) > 120 and index in (pa.int8(), pa.uint8()):
            continue
        yield pa.array(values, pa.string()).dictionary_encode().cast(pa.dictionary(index, pa.string()))


class ArrowRead(unittest.TestCase):
    def check(self, stream):
        self.assertEqual(stream.status, 0, stream.error)
        self.assertEqual(stream.events(), N)
        rows = stream.measure(b'touchpoints')
        self.assertEqual({r['touchpoint']: int(r['events']) for r in rows}, {n: NAMES.count(n) for n in set(NAMES)})
        self.assertEqual(int(stream.measure(b'summary')[0]['customers']), len(set(CUSTOMERS)))

    def test_texts(self):
        for event in texts(NAMES):
            with Stream(table(event=event)) as stream:
                self.check(stream)
        for customer in texts([f'customer number {c}' for c in CUSTOMERS]):
            with Stream(table(customer=customer)) as stream:
                self.check(stream)

    def test_customers(self):
        for kind in ('int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64'):
            with Stream(table(customer=pa.array(CUSTOMERS).cast(kind))) as stream:
                self.check(stream)

    def test_times(self):
        first, last = min(SECONDS), max(SECONDS)
        for unit, factor in (('s', 1), ('ms', 10**3), ('us', 10**6), ('ns', 10**9)):
            for zone in (None, 'UTC', 'Europe/Berlin', '+05:30'):
                times = pa.array([s * factor for s in SECONDS], pa.timestamp(unit, zone))
                with Stream(table(time=times)) as stream:
                    self.check(stream)
                    self.assertEqual(stream.times(), (first * 10**6, last * 10**6))
        epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
        for kind in (pa.date32(), pa.date64()):
            days = [date.fromordinal(epoch.toordinal() + s // 86400) for s in SECONDS]
            with Stream(table(time=pa.array(days, kind))) as stream:
                self.check(stream)
                self.assertEqual(stream.times(), (first // 86400 * 86400 * 10**6, last // 86400 * 86400 * 10**6))
        stamps = [datetime.fromtimestamp(s, timezone.utc).isoformat() for s in SECONDS]
        with Stream(table(time=pa.array(stamps))) as stream:
            self.assertEqual(stream.times(), (first * 10**6, last * 10**6))

    def test_numbers(self):
        kinds = ('int8', 'int16', 'int32', 'int64', 'float16', 'float32', 'float64')
        for kind in kinds:
            number = pa.array(SMALL, pa.float64()).cast(pa.float32()).cast(kind) if kind == 'float16' else \
                pa.array(SMALL).cast(kind)
            with Stream(table(value=number, n=number)) as stream:
                self.check(stream)
                for where, holds in (('>=0', lambda x: x >= 0), ('=-5', lambda x: x == -5),
                                     ('=100', lambda x: x == 100)):
                    count = sum(x is not None and holds(x) for x in SMALL)
                    self.assertEqual(stream.events('value' + where), count, kind)
                    self.assertEqual(stream.events('n' + where), count, kind)

    def test_attributes(self):
        words = [draw.choice([None, 'red', 'grün', '', 'a longer word than twelve']) for _ in range(N)]
        for column in texts(words):
            with Stream(table(colour=column)) as stream:
                self.check(stream)
                for word in set(words) - {None, ''}:
                    self.assertEqual(stream.events(f'colour="{word}"'), words.count(word))
        flags = [draw.choice([None, True, False]) for _ in range(N)]
        with Stream(table(flag=pa.array(flags))) as stream:
            self.assertEqual(stream.events('flag="true"'), flags.count(True))
            self.assertEqual(stream.events('flag="false"'), flags.count(False))
        with Stream(table(nothing=pa.nulls(N))) as stream:
            self.check(stream)

    def test_slices_and_batches(self):
        whole = table(value=pa.array(SMALL), word=pa.array(NAMES).dictionary_encode(),
                      flag=pa.array([x == 3 for x in SMALL]))
        for begin, length in ((0, 0), (0, 1), (1, 7), (63, 130), (777, 3001), (N - 1, 1)):
            part = whole.slice(begin, length)
            for size in (1, 64, 1000, None) if length < 200 else (999, None):
                pieces = part.to_batches(max_chunksize=size)
                with Stream(pa.RecordBatchReader.from_batches(whole.schema, pieces)) as stream:
                    self.assertEqual(stream.status, 0, stream.error)
                    self.assertEqual(stream.events(), length)
                    rows = SMALL[begin:begin + length]
                    if not length:
                        continue
                    self.assertEqual(stream.events('value=3'), rows.count(3))
                    self.assertEqual(stream.events('flag="true"'), rows.count(3))
                    names = NAMES[begin:begin + length]
                    self.assertEqual(stream.events('word="x"'), names.count('x'))

    def test_refused_by_name(self):
        columns = {'a list': pa.array([[1]] * N), 'a struct': pa.array([{'x': 1}] * N),
                   'a map': pa.array([[('k', 1)]] * N, pa.map_(pa.string(), pa.int64())),
                   'a decimal': pa.array([Decimal(1)] * N, pa.decimal128(10, 2)), 'binary': pa.array([b'x'] * N),
                   'a dictionary of other things than text': pa.array([1] * N).dictionary_encode()}
        for what, column in columns.items():
            with Stream(table(odd=column)) as stream:
                self.assertNotEqual(stream.status, 0)
                self.assertIn(f'column "odd" is {what}'.encode(), stream.error)
            with Stream(table(odd=column, word=pa.array(NAMES)), attributes=b'word') as stream:
                self.check(stream)


if __name__ == '__main__':
    unittest.main()
