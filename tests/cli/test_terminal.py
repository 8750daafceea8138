"""The command on a terminal, and when it is interrupted: the progress bar comes and goes, no half-written file stays."""
import os
import pathlib
import pty
import select
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
JOURNEY = os.environ.get('JOURNEY', str(ROOT / 'build' / 'journey'))
HEADER = 'customer_id,timestamp,event\n'
CLEAR = '\r\x1b[K'
PATIENCE = 60  # seconds until a test gives up; none waits for time to pass alone


class Slow:
    """The command, reading from a pipe that we feed, with standard error on a terminal (or not)."""

    def __init__(self, folder, *arguments, terminal=True, environment=None):
        self.pipe = os.path.join(folder, 'events')
        os.mkfifo(self.pipe)
        self.ours, theirs = pty.openpty() if terminal else os.pipe()
        self.process = subprocess.Popen([JOURNEY, 'measure', 'summary', self.pipe, *arguments], cwd=folder,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
                                        env={**os.environ, 'TERM': 'xterm', **(environment or {})})
        os.close(theirs)
        self.feed = open(self.pipe, 'w')
        self.said = ''

    def listen(self, enough, seconds=PATIENCE):
        """Reads what is said until `enough` of it is there, or the end."""
        end = time.monotonic() + seconds
        while not enough(self.said) and time.monotonic() < end:
            if not select.select([self.ours], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self.ours, 4096)
            except OSError:  # the other end of a terminal is closed
                return
            if not data:
                return
            self.said += data.decode()

    def send(self, rows, since=0):
        for i in range(since, since + rows):
            self.feed.write(f'c{i % 1000},{1700000000 + i},event {i % 7}\n')
        self.feed.flush()

    def work(self, seconds=PATIENCE):
        """Feeds rows until something is said, for so long at most."""
        end, sent = time.monotonic() + seconds, 0
        self.feed.write(HEADER)
        while not self.said and time.monotonic() < end:
            self.send(50000, sent)
            sent += 50000
            self.listen(bool, 0.05)

    def finish(self):
        """The exit status after the end of the input."""
        self.feed.close()
        self.listen(lambda _: False)
        self.process.communicate()
        os.close(self.ours)
        return self.process.returncode


class Terminal(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def test_bar_is_drawn_and_cleared(self):
        slow = Slow(self.folder)
        slow.work()
        self.assertEqual(slow.finish(), 0)
        self.assertIn('reading', slow.said)
        self.assertTrue(slow.said.endswith(CLEAR), repr(slow.said[-80:]))
        self.assertNotIn('\n', slow.said)

    def test_error_begins_a_clean_line(self):
        slow = Slow(self.folder)
        slow.work()
        slow.feed.write('too,few\n')
        self.assertEqual(slow.finish(), 1)
        last = slow.said.rindex(CLEAR)
        self.assertRegex(slow.said[last + len(CLEAR):], r'^journey: .*: 2 fields where the header has 3\r\n$')

    def test_no_bar_without_terminal(self):
        slow = Slow(self.folder, terminal=False)
        slow.work(2)
        self.assertEqual(slow.finish(), 0)
        self.assertEqual(slow.said, '')

    def test_no_bar_when_quiet_or_on_a_dumb_terminal(self):
        for arguments, environment in ((('--quiet',), {}), ((), {'TERM': 'dumb'})):
            with self.subTest(arguments=arguments), tempfile.TemporaryDirectory() as folder:
                slow = Slow(folder, *arguments, environment=environment)
                slow.work(2)
                self.assertEqual(slow.finish(), 0)
                self.assertEqual(slow.said, '')

    def interrupt(self, number):
        """What is left in the folder after a signal in the middle of the work."""
        (pathlib.Path(self.folder) / 'rejects').write_text('old')
        slow = Slow(self.folder, '--rejects', 'rejects', '-o', 'table')
        slow.work()
        os.kill(slow.process.pid, number)
        slow.process.wait(PATIENCE)
        try:
            slow.finish()
        except BrokenPipeError:
            pass
        self.assertEqual(slow.process.returncode, -number)
        self.assertTrue(slow.said.endswith(CLEAR), repr(slow.said[-80:]))
        self.assertEqual((pathlib.Path(self.folder) / 'rejects').read_text(), 'old')
        return sorted(os.listdir(self.folder))

    def test_interrupted(self):
        self.assertEqual(self.interrupt(signal.SIGINT), ['events', 'rejects'])

    def test_terminated(self):
        self.assertEqual(self.interrupt(signal.SIGTERM), ['events', 'rejects'])

    def test_a_signal_that_is_ignored_stays_so(self):
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            slow = Slow(self.folder)
        finally:
            signal.signal(signal.SIGINT, before)
        slow.feed.write(HEADER)
        slow.send(10)
        os.kill(slow.process.pid, signal.SIGINT)
        self.assertEqual(slow.finish(), 0)


if __name__ == '__main__':
    unittest.main()
