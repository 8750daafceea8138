"""Every `$ journey ...` in the documentation is run, and must print what stands below it.

    python3 tests/test_docs.py            compare
    python3 tests/test_docs.py --update   write what the command prints now, to be read in the diff
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
JOURNEY = os.environ.get("JOURNEY", str(ROOT / "build" / "journey"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(```console\n)(.*?)(```)", re.S)


def run(command):
    """What the shell would show: standard output and error, without blanks at the ends of lines."""
    words = shlex.split(command)
    done = subprocess.run([JOURNEY, *words[1:]], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())


def renew(block):
    """The block with the output of each of its commands as it is now."""
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"{line}\n{run(line[2:])}" for line in commands)


def is_ours(block):
    return all(line.startswith("$ journey ") for line in block.splitlines() if line.startswith("$ "))


class Documentation(unittest.TestCase):
    maxDiff = None

    def test_commands_print_what_the_pages_say(self):
        seen = 0
        for page in PAGES:
            for _, block, _ in BLOCK.findall(page.read_text()):
                if is_ours(block):
                    seen += 1
                    with self.subTest(page=page.name, command=block.splitlines()[0]):
                        self.assertEqual(block, renew(block))
        self.assertGreater(seen, 10)

    def test_every_metric_has_its_section(self):
        listed = [line.split()[0] for line in run("journey metrics").splitlines() if re.match(r"[a-z_]+ {2,}\S", line)]
        page = (ROOT / "docs" / "metrics.md").read_text()
        for metric in listed:
            self.assertRegex(page, rf"(?m)^### .*`{metric}`", metric)
        self.assertGreater(len(listed), 5)


def update():
    for page in PAGES:
        old = page.read_text()
        new = BLOCK.sub(lambda m: m[1] + (renew(m[2]) if is_ours(m[2]) else m[2]) + m[3], old)
        if new != old:
            page.write_text(new)
            print("updated", page.relative_to(ROOT))


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main()
