"""One suite as a process group of its own: started, watched, ended, its count read and what it took of the processors."""

import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time

from gtest_report import counts

from .collect import SIGNALS

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COLLECT = pathlib.Path(__file__).resolve().parent / "collect.py"
POLL_SECONDS = 0.05
END_SECONDS = 60          # for what was told to stop, to take away what it started
CLOSING_LINE = re.compile(r"^(\d+) passed, (\d+) failed$")
# Suites', GoogleTest's, Playwright's, vitest's, unittest's; and where and why it was, as GoogleTest and Playwright say it.
FAILING_LINE = re.compile(r"^(not ok |\[  FAILED  \] |\S+:\d+: Failure$| *✘ | *FAIL |(FAIL|ERROR): |    ((Timeout)?Error|Page \d+): | *> +\d+ \|)")
COMPLAINT_CHARACTERS = 300
SKIPPED_LINE = re.compile(r"^(\d+) skipped$")   # of a suite, before its closing line


class Counts:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def with_exit(self, code):
        """Dying, or finding nothing to run, is a failure too."""
        failed = self.failed + ((code != 0 and self.failed == 0) or self.passed + self.failed == 0)
        return Counts(self.passed, failed, self.skipped)


def complaints(lines):
    """Those lines of an output that say what failed, each once and no longer than one can read."""
    return list(dict.fromkeys(line.strip()[:COMPLAINT_CHARACTERS] for line in lines if FAILING_LINE.match(line)))


def counts_of_suite(lines):
    """From a suite's last line, "N passed, N failed", and the one before it."""
    closing = CLOSING_LINE.match(lines[-1]) if lines else None
    if not closing:
        return Counts()
    skipped = SKIPPED_LINE.match(lines[-2]) if len(lines) > 1 else None
    return Counts(int(closing[1]), int(closing[2]), int(skipped[1]) if skipped else 0)


def processor_seconds_of(pid):
    """What a process that runs, and those it has waited for, took of the processors; 0 where there is none."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    fields = stat[stat.rindex(")") + 2:].split()   # the name before it may hold blanks and brackets
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def processor_seconds_of_cluster(folder):
    """The same for the parts of a shared test cluster, which belongs to no suite, in the suite's time."""
    taken = 0.0
    for note in folder.glob("pids/*.json") if folder else ():
        with contextlib.suppress(OSError, ValueError, KeyError):   # it may be stopped just now
            taken += processor_seconds_of(json.loads(note.read_text())["pid"])
    return taken


class Running:
    """`log` gets all that it prints. A program writes its report beside it."""

    def __init__(self, suite, log):
        self.suite = suite
        self.log = log
        self.report = log.with_suffix(".json")
        self.report.unlink(missing_ok=True)
        self.begun = time.monotonic()
        self.timed_out = False
        self._taken = 0.0
        self._cluster_at_first = processor_seconds_of_cluster(suite.cluster_folder)
        command = list(suite.command)
        if suite.is_program:
            command += [f"--gtest_output=json:{self.report}", "--gtest_brief=1"]
        # What it is told while it starts must not kill it: it would be no suite that was stopped, but one that left no word.
        held_back = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            with log.open("wb") as sink:
                self.process = subprocess.Popen([sys.executable, "-SE", COLLECT, *command], stdin=subprocess.DEVNULL, stdout=sink,
                                                stderr=subprocess.STDOUT, cwd=ROOT, env={**os.environ, **suite.environment},
                                                start_new_session=True)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held_back)

    def seconds(self):
        return time.monotonic() - self.begun

    def processor_seconds(self):
        """Of it and of all that it waited for, once it is over; with those of its shared cluster meanwhile."""
        of_cluster = processor_seconds_of_cluster(self.suite.cluster_folder) - self._cluster_at_first
        return self._taken + max(0.0, of_cluster)   # less than none: the cluster is another one now

    def _poll(self):
        """Whether it has ended. Nothing else is collected meanwhile, so what is added to the children's use is its own."""
        if self.process.returncode is not None:
            return True
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = self.process.poll() is not None
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._taken += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return ended

    def _wait(self, seconds):
        until = time.monotonic() + seconds
        while not self._poll():
            if time.monotonic() > until:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def ended(self):
        """Whether it is over. One that is past its limit is told to stop, and is over when it has stopped."""
        if self._poll():
            return True
        if self.seconds() <= self.suite.limit_seconds:
            return False
        self.timed_out = True
        self.stop()
        return True

    def stop(self):
        """Like Ctrl-C at a prompt first, so that it can take away what it started; then for good, with what it left."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._tell(number)
            if self._wait(END_SECONDS / 2):
                break
        self._tell(signal.SIGKILL)
        self._wait(float("inf"))

    def _tell(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def code(self):
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
