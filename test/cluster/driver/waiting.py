"""Waits that end: by their condition, by a deadline or by a signal."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .failures import Cancelled, Failure, tail

POLL_S = 0.05
TERM_GRACE_S = 10.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Turns signals into `Cancelled`, raised only where we wait.

    An exception out of a handler could strike between the start of a process and the note of its id, and the process
    would be left behind. `ignore` is called before cleaning up, so that a second Ctrl-C does not cut the cleaning.
    """

    def __init__(self) -> None:
        self._signum: int | None = None
        self._ignored = False
        for signum in SIGNALS:
            if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:  # nohup means it.
                signal.signal(signum, self._note)

    def _note(self, signum: int, _frame: object) -> None:
        self._signum = signum

    def ignore(self) -> None:
        self._ignored = True

    def check(self) -> None:
        if self._signum is not None and not self._ignored:
            raise Cancelled(self._signum)


def wait_until(what: str, condition: Callable[[], bool], deadline_s: float, signals: Signals,
               suspect: pathlib.Path | None = None) -> None:
    """Polls `condition`. It may raise to give up at once; past the deadline a Failure names `what` and ends with the last
    lines of the log of the `suspect`."""
    end = time.monotonic() + deadline_s
    while not condition():
        signals.check()
        if time.monotonic() > end:
            hint = f"; the end of {suspect}:\n{tail(suspect)}" if suspect else ""
            raise Failure(f"{what}: not so after {deadline_s:.0f} s{hint}")
        time.sleep(POLL_S)
    signals.check()


def run_child(command: Sequence[str], deadline_s: float, signals: Signals, *, show_errors: bool = False,
              env: Mapping[str, str] | None = None) -> str:
    """Runs a helper program to its end and returns what it wrote. It has its own process group, so that on a signal it
    and all it started are ended by us, once, and not also by the terminal."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=env,
                             stderr=None if show_errors else subprocess.PIPE, start_new_session=True)
    end = time.monotonic() + deadline_s
    try:
        while True:
            try:
                out, err = child.communicate(timeout=POLL_S)
                break
            except subprocess.TimeoutExpired:
                signals.check()
                if time.monotonic() > end:
                    raise Failure(f"{' '.join(command[:3])}: still running after {deadline_s:.0f} s") from None
    except BaseException:
        end_child(child)
        raise
    signals.check()
    if child.returncode != 0:
        raise Failure(f"{' '.join(command[:3])}: ended with {child.returncode}" + (f":\n{err.strip()}" if err else ""))
    return out


def end_child(child: subprocess.Popen[Any]) -> None:
    """Asks, then kills, the child and, where it leads a process group, all of that."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(child.pid) == child.pid:
                os.killpg(child.pid, signum)
            else:
                child.send_signal(signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=TERM_GRACE_S)
            return
