"""What the public headers declare, read with universal-ctags. Shared by the tools of this folder."""
import re
import subprocess
from collections import namedtuple
from pathlib import Path

Tag = namedtuple('Tag', 'name kind file line scope type')

BUILDING_BLOCKS = {'JOURNEY_API', 'JOURNEY_BEGIN', 'JOURNEY_END'}  # macros that mean nothing to a user


def public_headers():
    return sorted(str(path) for path in Path('include').rglob('*.h'))


def tags(files, kinds):
    """Tags of the kinds (letters of `ctags --list-kinds=C`), in the order of file and line."""
    if not files:
        return []
    output = subprocess.run(
        ['ctags', '-x', '--sort=no', '--language-force=C', f'--kinds-C={kinds}',
         *(f'-D{word}=' for word in sorted(BUILDING_BLOCKS)), '-D_Atomic(type)=type',
         '--_xformat=%N\t%K\t%F\t%n\t%s\t%t', *files],
        check=True, capture_output=True, text=True).stdout
    rows = [line.split('\t') for line in output.splitlines()]
    found = [Tag(row[0], row[1], row[2], int(row[3]), row[4], row[5]) for row in rows]
    return sorted(found, key=lambda tag: (files.index(tag.file), tag.line))


def prototypes():
    """Tags of all public functions."""
    return tags(public_headers(), 'p')


def names():
    """All names that a user may write: functions, macros, types, enumerators. Arrow's own names are not ours."""
    found = {tag.name for tag in tags(public_headers(), 'pfdtsuge')} - BUILDING_BLOCKS
    return {name for name in found if not re.match(r'__anon|ARROW_|Arrow', name) and not name.endswith('_H')}


def version():
    """(major, minor, patch) of include/journey/base.h."""
    text = Path('include/journey/base.h').read_text()
    return tuple(int(re.search(rf'^#define JOURNEY_VERSION_{part} (\d+)', text, re.M)[1])
                 for part in ('MAJOR', 'MINOR', 'PATCH'))
