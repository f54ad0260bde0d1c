"""One suite as a process group of its own: started, watched, ended, and its count read."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time

from gtest_report import counts

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
END_SECONDS = 60          # for what was told to stop, to take away what it started
CLOSING_LINE = re.compile(r"^(\d+) passed, (\d+) failed$")
SKIPPED_LINE = re.compile(r"^(\d+) skipped$")   # of a suite, before its closing line


class Counts:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def with_exit(self, code):
        """Dying, or finding nothing to run, is a failure too."""
        failed = self.failed + ((code != 0 and self.failed == 0) or self.passed + self.failed == 0)
        return Counts(self.passed, failed, self.skipped)


def counts_of_suite(lines):
    """From a suite's last line, "N passed, N failed", and the one before it."""
    closing = CLOSING_LINE.match(lines[-1]) if lines else None
    if not closing:
        return Counts()
    skipped = SKIPPED_LINE.match(lines[-2]) if len(lines) > 1 else None
    return Counts(int(closing[1]), int(closing[2]), int(skipped[1]) if skipped else 0)


class Running:
    """`log` gets all that it prints. A program writes its report beside it."""

    def __init__(self, suite, log):
        self.suite = suite
        self.log = log
        self.report = log.with_suffix(".json")
        self.report.unlink(missing_ok=True)
        self.begun = time.monotonic()
        self.timed_out = False
        command = list(suite.command)
        if suite.is_program:
            command += [f"--gtest_output=json:{self.report}", "--gtest_brief=1"]
        self.process = None
        with log.open("wb") as sink:
            try:
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, cwd=ROOT,
                                                env={**os.environ, **suite.environment}, start_new_session=True)
            except OSError as fault:
                sink.write(f"it cannot be started: {fault}\n".encode())

    def seconds(self):
        return time.monotonic() - self.begun

    def ended(self):
        """Whether it is over. One that is past its limit is told to stop, and is over when it has stopped."""
        if self.process is None or self.process.poll() is not None:
            return True
        if self.seconds() <= self.suite.limit_seconds:
            return False
        self.timed_out = True
        self.stop()
        return True

    def stop(self):
        """Like Ctrl-C at a prompt first, so that it can take away what it started; then for good, with what it left."""
        if self.process is None:
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            self._tell(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(END_SECONDS / 2)
                break
        self._tell(signal.SIGKILL)
        self.process.wait()

    def _tell(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def code(self):
        if self.process is None:
            return "not started"
        return "timeout" if self.timed_out else self.process.returncode

    def output(self):
        return self.log.read_text(errors="replace").rstrip().splitlines()

    def counts(self):
        if not self.suite.is_program:
            return counts_of_suite(self.output()).with_exit(self.code())
        try:
            return Counts(*counts(self.report)).with_exit(self.code())
        except (OSError, ValueError, KeyError):   # it died before it wrote one
            return Counts().with_exit(self.code())
