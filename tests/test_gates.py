"""Each gate fails when what it guards against is planted. The gates run on small trees that are made here."""
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

TOP = Path('.').resolve()
TOOLS = TOP / 'lib/tools'
TABLE = '''\
| room | charter | may use | public headers |
|---|---|---|---|
| base | memory | | |
| time | zones | base | |
| map | elements | base, time | |
| metric | engine | map, base | journey_plugin |
'''
CLEAN = {
    'lib/README.md': TABLE,
    'include/journey.h': '#include "journey/base.h"\n#include "journey/map.h"\n',
    'include/journey_plugin.h': '#include "journey/base.h"\n',
    'include/journey/base.h': '''\
/** @file */
#ifndef JOURNEY_BASE_H
#define JOURNEY_BASE_H
#define JOURNEY_VERSION_MAJOR 0 /**< Major. */
#define JOURNEY_VERSION_MINOR 1 /**< Minor. */
#define JOURNEY_VERSION_PATCH 0 /**< Patch. */
/** @cond */
#define JOURNEY_API __attribute__((visibility("default")))
/** @endcond */
#define JOURNEY_EPARSE (-4) /**< Text. */
/** Two numbers. */
typedef struct journey_pair {
  int first;     /**< One. */
  double second; /**< The other. */
} journey_pair;
/**
 * @brief One of two numbers.
 * @param pair Both.
 * @return The first.
 * @since 0.1
 */
JOURNEY_API int journey_first(const struct journey_pair *pair);
/**
 * @brief Nothing.
 * @since 0.1
 */
JOURNEY_API void journey_nothing(void);
#endif
''',
    'include/journey/map.h': '#include "journey/base.h"\n',
    'lib/base/base.h': '#include "journey/base.h"\nint jn_base_one(void);\n',
    'lib/base/internal.h': 'typedef enum parity { even, odd } parity;\n',
    'lib/base/base.c': '''\
#include "base/base.h"
#include "internal.h"
#include <stddef.h>
#include <stdlib.h>
#ifdef CLOCKS
#include <math.h>
#endif
typedef struct clock { struct clock *clock; int twice; } clock; /* the name of a function of libc, which another file sees */
static int twice(int n) { return 2 * n; }
typedef clock *clocks;
int jn_base_one(void) { clock c = {.twice = twice(1)}; return c.twice / 2 + (int)(offsetof(clock, twice) - sizeof(clocks)) + even + abs(0); }
int journey_first(const struct journey_pair *pair) { return pair->first; }
void journey_nothing(void) {}
''',
    'lib/time/time.h': '#include "base/base.h"\nint jn_time_two(void);\n',
    'lib/time/time.c': '''\
#include <time.h>
#include "time/time.h"
#define twice_of(n) twice(n)
struct item { long other; };
static int twice(int n) { struct item item = {n}; return (int)item.other * 2; }
int jn_time_two(void) { return twice_of(jn_base_one()); }
int jn_time_first(const struct journey_pair *pair); /* a public function that another file calls */
int jn_time_first(const struct journey_pair *pair) { return (int)journey_first(pair); }
''',
    'lib/metric/calc/funnel.c': '#include "journey_plugin.h"\ntypedef int nothing;\n',
    'lib/metric/calc/match/internal.h': 'enum { most = 2 };\n',
    'lib/metric/calc/match/match.c': '#include "internal.h"\n#include "journey_plugin.h"\ntypedef int nothing;\n',
    'bindings/cli/main.c': '#include "journey.h"\n#include "own.h"\n',
    'bindings/cli/own.h': '',
}


class Tree(unittest.TestCase):
    """A small project in a folder of its own."""

    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix='journey-gates-'))
        self.addCleanup(shutil.rmtree, self.top)
        for folder in ('docs', 'tests/abi'):
            (self.top / folder).mkdir(parents=True)
        for path, text in CLEAN.items():
            self.write(path, text)

    def write(self, path, text):
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        (self.top / path).write_text(text)

    def edit(self, path, old, new):
        text = (self.top / path).read_text()
        self.assertIn(old, text)
        self.write(path, text.replace(old, new))

    def run_in(self, *command):
        environment = {**os.environ, 'PYTHONDONTWRITEBYTECODE': '1', 'MAKEFLAGS': '', 'BUILD': 'build', 'WERROR': ''}
        done = subprocess.run(command, cwd=self.top, capture_output=True, text=True, check=False, env=environment)
        return done.returncode, done.stdout + done.stderr

    def tool(self, name, *arguments):
        return self.run_in(TOOLS / name, *arguments)

    def good(self, result):
        self.assertEqual(result[0], 0, result[1])

    def bad(self, result, words):
        self.assertNotEqual(result[0], 0, result[1])
        self.assertIn(words, result[1][-4000:])

    def compile(self):
        self.good(self.run_in('sh', '-c', '''
            rm -f lib.a && cc -fPIC -fvisibility=hidden -Iinclude -Ilib -c lib/base/*.c lib/time/*.c &&
            ar qcs lib.a base.o time.o && cc -shared -o lib.so base.o time.o'''))


class Rooms(Tree):
    def test_clean(self):
        self.good(self.tool('rooms'))

    def test_planted(self):
        cases = [
            ('lib/base/x.c', '#include "time/time.h"\n', 'room base may not use room time'),
            ('lib/base/x.c', ' #  include  <time/time.h>\n', 'room base may not use room time'),
            ('lib/time/x.c', '#include "base/internal.h"\n', 'is inside another room'),
            ('lib/time/x.c', '#include "../base/internal.h"\n', 'is inside another room'),
            ('lib/time/x.c', '#include "base/nothing.h"\n', 'is not there'),
            ('lib/time/x.c', '#include "journey.h"\n', 'for applications'),
            ('lib/time/x.c', '#include "journey/map.h"\n', 'does not reach room map'),
            ('lib/attic/x.c', '\n', 'is no room'),
            ('lib/metric/calc/x.c', '#include "journey/base.h"\n', 'a calculator includes'),
            ('lib/metric/calc/x.c', '#include "base/base.h"\n', 'a calculator includes'),
            ('lib/metric/calc/x.c', '#include "x/internal.h"\n', 'a calculator includes'),
            ('lib/metric/calc/x/x.c', '#include "base/base.h"\n', 'a calculator includes'),
            ('bindings/cli/x.c', '#include "../../lib/base/base.h"\n', 'public headers only'),
            ('bindings/cli/x.c', '#include "base/base.h"\n', 'public headers only'),
            ('include/journey/map.h', '#include "base/base.h"\n', 'public headers only'),
            ('include/journey/base.h', '#include "journey/map.h"\n', 'does not reach room map'),
            ('include/journey/odd.h', '\n', 'belongs to no room'),
            ('lib/README.md', TABLE.replace('memory | |', 'memory | map |'), 'cycle'),
        ]
        for path, text, words in cases:
            with self.subTest(path=path, text=text):
                self.write(path, text)
                self.bad(self.tool('rooms'), words)
            if path in CLEAN:
                self.write(path, CLEAN[path])
            else:
                (self.top / path).unlink()
        self.good(self.tool('rooms'))


class Symbols(Tree):
    def setUp(self):
        super().setUp()
        self.good(self.tool('symbols', 'update'))
        self.compile()

    def check(self):
        return self.tool('symbols', 'check', 'lib.so', 'lib.a')

    def test_clean(self):
        self.good(self.check())

    def test_new_function_that_nobody_listed(self):
        self.edit('include/journey/base.h', 'JOURNEY_API int',
                  '/** @since 0.1 */\nJOURNEY_API int journey_new(void);\nJOURNEY_API int')
        self.bad(self.check(), 'exports: journey_new is missing')
        self.bad(self.check(), 'docs/symbols-in-versions is not up to the headers')

    def test_export_that_is_in_no_header(self):
        self.edit('lib/base/base.c', 'typedef', 'JOURNEY_API int journey_more;\ntypedef')
        self.compile()
        self.bad(self.check(), 'journey_more is not in the headers')

    def test_foreign_global(self):
        self.edit('lib/base/base.c', 'static int twice', 'int twice')
        self.compile()
        self.bad(self.check(), 'twice is global')

    def test_constant_that_the_ledger_lacks(self):
        self.edit('include/journey/base.h', '#define JOURNEY_EPARSE', '#define JOURNEY_ENEW 1\n#define JOURNEY_EPARSE')
        self.bad(self.check(), 'symbols-in-versions is not up')

    def test_comment_without_since(self):
        self.edit('include/journey/base.h', '@since 0.1', '')
        self.bad(self.check(), 'no @since')

    def test_foreign_public_name(self):
        self.edit('include/journey/base.h', 'typedef struct', 'typedef int count;\ntypedef struct')
        self.bad(self.check(), 'count does not start with')

    def test_a_released_name_is_kept_in_the_ledger(self):
        self.edit('include/journey/base.h', 'MINOR 1 ', 'MINOR 2 ')
        self.edit('include/journey/base.h', '#define JOURNEY_EPARSE (-4) /**< Text. */\n', '')
        self.good(self.tool('symbols', 'update'))
        self.assertRegex((self.top / 'docs/symbols-in-versions').read_text(), r'JOURNEY_EPARSE +0\.1\.0 +- +0\.1\.0')
        self.assertIn('LIBJOURNEY_0.2 {', (self.top / 'lib/libjourney.map').read_text())
        self.good(self.check())


class Layout(Tree):
    def setUp(self):
        super().setUp()
        self.good(self.tool('layout', 'update', 'cc'))

    def test_clean(self):
        self.good(self.tool('layout', 'check', 'cc'))

    def test_planted(self):
        header = CLEAN['include/journey/base.h']
        for old, new, words in [
                ('int first;', 'long first;', 'journey_pair.first'),
                ('int first;', 'long before; int first;', 'journey_pair.second'),
                ('double second;', 'double second; int third;', 'third'),
                ('(-4)', '(-5)', 'JOURNEY_EPARSE'),
                ('typedef struct', '#define JOURNEY_ENEW 1\ntypedef struct', 'JOURNEY_ENEW')]:
            with self.subTest(new=new):
                self.write('include/journey/base.h', header.replace(old, new))
                self.bad(self.tool('layout', 'check', 'cc'), words)


class Reentrant(Tree):
    def planted(self, code):
        self.write('lib/base/base.c', CLEAN['lib/base/base.c'] + code)
        self.compile()
        return self.tool('reentrant', 'lib.a')

    def test_clean(self):
        self.good(self.planted(''))
        self.good(self.planted('static const char *const names[] = {"a"};\n'
                               'const char *const *jn_names(void) { return names; }\n'))

    def test_planted(self):
        for code, words in [
                ('int jn_x = 1;\n', '.data'),
                ('int *jn_x(void) { static int x; return &x; }\n', '.bss'),
                ('int *jn_x(void) { static _Thread_local int x; return &x; }\n', '.tbss'),
                ('#include <stdio.h>\nvoid jn_x(int n) { printf("%d\\n", n); }\n', 'printf'),
                ('#include <stdlib.h>\nvoid jn_x(void) { abort(); }\n', 'abort'),
                ('#include <stdlib.h>\nvoid *jn_x(void) { return malloc(3); }\n', 'memory comes from the context')]:
            with self.subTest(code=code):
                self.bad(self.planted(code), words)


class MakeTargets(Tree):
    """The gates that are other people's programs, run by the rules of our Makefile."""

    def setUp(self):
        super().setUp()
        for path in ('Makefile', 'journey.pc.in', 'tests/rules.mk', 'docs/Doxyfile'):
            shutil.copy(TOP / path, self.top / path)
        (self.top / 'lib/tools').symlink_to(TOOLS)
        self.write('docs/mainpage.md', '# Nothing')
        self.good(self.tool('symbols', 'update'))

    def need(self, program):
        if not shutil.which(program) and not os.environ.get('CI'):
            self.skipTest(f'{program} is not installed')

    def make(self, target):
        return self.run_in('make', '-s', target)

    def test_docs(self):
        self.need('doxygen')
        self.good(self.make('docs'))
        for old in (' * @param pair Both.\n', ' * @return The first.\n', '/**< One. */', '/**< Text. */'):
            with self.subTest(old=old):
                self.edit('include/journey/base.h', old, '')
                self.bad(self.make('docs'), 'not documented')
                self.write('include/journey/base.h', CLEAN['include/journey/base.h'])

    def test_abi(self):
        self.need('abidiff')
        self.bad(self.make('abi'), 'make abi-update')
        self.good(self.make('abi-update'))
        self.good(self.make('abi'))
        self.edit('lib/base/base.c', '{ struct clock *clock; int twice', '{ struct clock *clock; long twice')  # a private struct
        self.good(self.make('abi'))
        self.write('lib/map/base.h', 'struct planted { int one; };\n')  # its name is a public header's
        self.write('lib/map/map.h', '#include "base.h"\n')
        self.write('lib/map/map.c', '#include "map.h"\n')
        self.good(self.make('abi'))
        self.edit('include/journey/base.h', 'int first;', 'unsigned first;')
        self.bad(self.make('abi'), 'journey_pair')
        self.write('include/journey/base.h', CLEAN['include/journey/base.h'].replace('int journey', 'long journey'))
        self.edit('lib/base/base.c', 'int journey_first', 'long journey_first')
        self.bad(self.make('abi'), 'return type')
        self.edit('lib/base/base.c', 'long journey_first', 'long jn_base_first')
        self.bad(self.make('abi'), 'Removed function')


class Amalgamation(Tree):
    def test_equal_local_names_live_together(self):
        self.good(self.tool('amalgamate', 'out'))
        self.write('main.c', '#include "out/journey.c"\nint main(void) { return jn_time_two() == 2 ? 0 : 1; }\n')
        self.good(self.run_in('sh', '-c', 'cc -DCLOCKS -Wall -Wextra -Werror -Iout -o main main.c && ./main'))

    def test_foreign_name_in_a_door(self):
        self.edit('lib/base/base.h', 'int jn_base_one', 'enum { twice = 2 };\nint jn_base_one')
        self.bad(self.tool('amalgamate', 'out'), 'names in a door start with jn_: twice')


if __name__ == '__main__':
    unittest.main()
