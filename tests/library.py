"""The library in Python, as far as tests that compare it with other engines need it."""
import ctypes
import os
from pathlib import Path

LIBRARY = os.environ.get('JOURNEY_LIBRARY', str(Path(__file__).resolve().parent.parent / 'build/libjourney.so.0'))


class Setting(ctypes.Structure):
    _fields_ = [('name', ctypes.c_char_p), ('value', ctypes.c_char_p)]


class StudyOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('paths', ctypes.c_int32), ('where', ctypes.c_char_p),
                ('customers', ctypes.c_char_p), ('start', ctypes.c_char_p), ('end', ctypes.c_char_p),
                ('by', ctypes.c_char_p), ('zone', ctypes.c_char_p), ('session_gap', ctypes.c_int64),
                ('confidence', ctypes.c_double)]


class Library:
    """As much of the library as is needed here."""

    def __init__(self):
        self.c = ctypes.CDLL(LIBRARY)
        self.c.journey_error_size.restype = ctypes.c_size_t
        self.c.journey_table_rows.restype = self.c.journey_table_int64.restype = ctypes.c_int64
        self.c.journey_table_text.restype = ctypes.c_char_p
        self.c.journey_table_float64.restype = ctypes.c_double
        self.error = ctypes.create_string_buffer(self.c.journey_error_size())
        self.context = self.call('journey_context_new', None)

    def call(self, function, *arguments):
        """What a function puts into its last parameter but one."""
        out = ctypes.c_void_p()
        status = getattr(self.c, function)(*arguments, ctypes.byref(out), self.error)
        if status:
            raise RuntimeError(f'{function}: {status}: {self.error.raw[32:].split(bytes(1))[0].decode()}')
        return out

    def study(self, text, zone=None):
        builder = self.call('journey_builder_new', self.context)
        status = self.c.journey_read_memory(builder, b'events', text, ctypes.c_size_t(len(text)), None, None, self.error)
        if status:
            raise RuntimeError(f'journey_read_memory: {status}')
        stream = self.call('journey_builder_finish', builder)
        options = StudyOptions(struct_size=ctypes.sizeof(StudyOptions), zone=zone.encode() if zone else None)
        study = self.call('journey_study_new', stream, None, ctypes.byref(options))
        self.c.journey_builder_free(builder)
        self.c.journey_stream_free(stream)
        return study

    def measure(self, study, metric, columns, **settings):
        """Rows of the named columns; `columns` maps each to 'text', 'int64' or 'float64'."""
        array = (Setting * len(settings))(*[Setting(k.encode(), v.encode()) for k, v in settings.items()])
        table = self.call('journey_measure', study, metric.encode(), array, ctypes.c_size_t(len(settings)))
        rows = []
        for row in range(self.c.journey_table_rows(table)):
            cells = []
            for name, kind in columns.items():
                at = (table, ctypes.c_int64(row), self.c.journey_table_find(table, name.encode()))
                cell = getattr(self.c, f'journey_table_{kind}')(*at, *([None] if kind == 'text' else []))
                cells.append(cell.decode() if kind == 'text' else cell)
            rows.append(tuple(cells))
        self.c.journey_table_free(table)
        return rows
