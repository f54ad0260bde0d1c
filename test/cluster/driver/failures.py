"""What may go wrong, as types: each is answered differently at the edge (../cluster)."""

from __future__ import annotations

import pathlib

LOG_TAIL_LINES = 25


class Failure(Exception):
    """Something did not work; the text says what was tried on what."""


class PartEnded(Failure):
    """A part of the cluster ended by itself; its log says why."""

    def __init__(self, name: str, log: pathlib.Path) -> None:
        super().__init__(f"{name} ended by itself; the end of {log}:\n{tail(log)}")
        self.log = log

    def port_was_taken(self) -> bool:
        return "address already in use" in tail(self.log)


class Cancelled(Exception):
    """A signal asked us to end."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"ended by signal {signum}")
        self.exit_status = 128 + signum


def tail(log: pathlib.Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return "  (no log)"
    return "\n".join("  " + line for line in lines[-LOG_TAIL_LINES:]) or "  (empty)"
