"""The published JSON Schema of map documents says what the library's field tables say, and examples satisfy it.

    python3 tests/test_schema.py            compare, validate
    python3 tests/test_schema.py --update   write docs/journey-map.schema.json from the field tables
"""
import ctypes
import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
SCHEMA = ROOT / "docs" / "journey-map.schema.json"
REQUIRED = 1
TEXT, TEXTS, NUMBER, FLAG, CHOICE, REF, REFS, STEP, RULE = range(1, 10)


class Field(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("help", ctypes.c_char_p), ("choices", ctypes.c_char_p),
                ("refers_to", ctypes.c_char_p), ("minimum", ctypes.c_double), ("maximum", ctypes.c_double),
                ("type", ctypes.c_int32), ("flags", ctypes.c_uint32)]


def library():
    path = next(iter(sorted(BUILD.glob("libjourney.so.*"))))
    loaded = ctypes.CDLL(str(path))
    loaded.journey_map_kind.restype = ctypes.c_char_p
    loaded.journey_map_kind.argtypes = [ctypes.c_int32]
    loaded.journey_map_field.restype = ctypes.POINTER(Field)
    loaded.journey_map_field.argtypes = [ctypes.c_char_p, ctypes.c_int32]
    return loaded


def fields(loaded, kind):
    i = 0
    while found := loaded.journey_map_field(kind, i):
        yield found.contents
        i += 1


def describe(field):
    texts = {"type": "array", "items": {"type": "string"}}
    what = {TEXTS: texts, REFS: texts, NUMBER: {"type": "number"}, FLAG: {"type": "boolean"}}.get(
        field.type, {"type": "string"})
    what = dict(what, description=field.help.decode())
    if field.choices:
        what["enum"] = field.choices.decode().split("|")
    if field.minimum < field.maximum:
        what.update(minimum=field.minimum, maximum=field.maximum)
    if field.refers_to:
        what["description"] += f" (the id of a {field.refers_to.decode()})"
    return what


def element(loaded, kind):
    own = list(fields(loaded, kind))
    properties = {"id": {"type": "string", "minLength": 1, "maxLength": 128, "description": "Unique within its kind"}}
    properties.update((f.name.decode(), describe(f)) for f in own)
    return {"type": "object", "required": ["id"], "properties": properties}


def make_schema():
    loaded = library()
    properties = {"journey_map": {"const": 1, "description": "Version of the format"}}
    properties.update((f.name.decode(), describe(f)) for f in fields(loaded, b"map"))
    i = 1
    while kind := loaded.journey_map_kind(i):
        properties[kind.decode() + "s"] = {"type": "array", "items": element(loaded, kind)}
        i += 1
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Journey map",
            "description": "A map of customer journeys, version 1. Members that are not listed are kept as they are.",
            "type": "object", "required": ["journey_map"], "properties": properties}


class Schema(unittest.TestCase):
    def test_it_is_what_the_tables_say(self):
        self.assertEqual(json.loads(SCHEMA.read_text()), make_schema())

    def test_documents_satisfy_it(self):
        try:
            import jsonschema
        except ImportError:
            print("SKIP: jsonschema is not installed")
            self.skipTest("jsonschema is not installed")
        validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
        jsonschema.Draft202012Validator.check_schema(validator.schema)
        journey = os.environ.get("JOURNEY", str(BUILD / "journey"))
        made = subprocess.run([journey, "map", "new"], capture_output=True, check=True, text=True).stdout
        for text in (made, *(p.read_text() for p in (ROOT / "docs" / "examples").glob("*/*.json"))):
            validator.validate(json.loads(text))
        for wrong in ({}, {"journey_map": 2}, {"journey_map": 1, "stages": [{"name": "no id"}]},
                      {"journey_map": 1, "touchpoints": [{"id": "t", "emotion": 3}]}):
            self.assertFalse(validator.is_valid(wrong), wrong)


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        SCHEMA.write_text(json.dumps(make_schema(), indent=2) + "\n")
    else:
        unittest.main()
