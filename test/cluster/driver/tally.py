"""Counting checks, for the tests of the test cluster itself."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from .failures import Failure


class Tally:
    """Counts checks and prints them as they end."""

    def __init__(self) -> None:
        self.passed = self.failed = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def check(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        except (Failure, OSError, KeyError, TypeError) as error:  # The latter two: an answer without what was looked for.
            with self._lock:
                self.failed += 1
                print(f"not ok - {name}: {type(error).__name__} {error}", flush=True)
            return
        with self._lock:
            self.passed += 1
            print(f"ok - {name} ({time.monotonic() - began:.1f} s)", flush=True)


def demand(so: bool, otherwise: str) -> None:
    if not so:
        raise Failure(otherwise)
