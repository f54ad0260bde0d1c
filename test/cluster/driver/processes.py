"""The running parts of a cluster: started in the background, noted in files, ended in reverse order."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import time

from . import node
from .failures import Failure, PartEnded
from .parts import Part, Settings

KILL_DEADLINE_S = 20.0
POLL_S = 0.02
# Memory that may be let grow before Go looks for what is garbage, in percent of what is in use; 100 otherwise. Looking is much
# of what these programs do while several suites want the processors, and there is memory enough.
GARBAGE_PERCENT = "200"
KEEPER = "node"  # the part that holds the namespaces of a real node


@dataclasses.dataclass(frozen=True)
class Running:
    """A started process. Ids are given again, so the time it started (in ticks since boot) is part of who it is."""

    name: str
    pid: int
    started: int
    log: pathlib.Path

    def alive(self) -> bool:
        return start_of(self.pid) == self.started


def start_of(pid: int) -> int | None:
    """Start time of a process, nothing where there is none or where it is dead and only not yet collected."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat[stat.rindex(")") + 2:].split()  # The name before it may hold blanks and brackets.
    return None if fields[0] in "ZX" else int(fields[19])


class Processes:
    """The parts of the cluster in `folder`, in the order in which they were started."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._notes = folder / "pids"
        self._logs = folder / "logs"
        self._folder = folder
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self, part: Part, settings: Settings, *, die_with_us: bool) -> int:
        """Returns its id. `die_with_us`: the kernel kills the part when this process ends, in whatever way."""
        self._notes.mkdir(exist_ok=True)
        self._logs.mkdir(exist_ok=True)
        command = [part.program or str(settings.programs / part.name), *part.arguments]
        if settings.node and part.inside:
            command = [*node.namespaces(self.pid_of(KEEPER), self._folder), *command]
        if die_with_us:
            command = ["setpriv", "--pdeathsig", "KILL", "--", *command]
        log = self._logs / f"{part.name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                # A session of its own: Ctrl-C must not end the parts in an order of its own.
                start_new_session=True,
                # Proxies, locales and credentials of whoever calls have no business here.
                env={**part.environment, "PATH": node.PATH if settings.node else os.defpath, "HOME": str(self._folder), "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
                     "GOGC": GARBAGE_PERCENT})
        self._children.append(process)
        started = start_of(process.pid)
        if started is None:
            raise PartEnded(part.name, log)
        number = len(list(self._notes.iterdir()))
        note = self._notes / f"{number}-{part.name}.json"
        note.write_text(json.dumps({"name": part.name, "pid": process.pid, "started": started}))
        return process.pid

    def pid_of(self, name: str) -> int:
        for process in self.running():
            if process.name == name and process.alive():
                return process.pid
        raise Failure(f"{name}: not running in {self._folder}")

    def running(self) -> list[Running]:
        """Those noted, first started first."""
        if not self._notes.is_dir():
            return []
        notes = sorted(self._notes.iterdir(), key=lambda note: int(note.name.split("-", 1)[0]))
        loaded = [json.loads(note.read_text()) for note in notes]
        return [Running(**fields, log=self._logs / f"{fields['name']}.log") for fields in loaded]

    def check(self) -> None:
        for process in self.running():
            if not process.alive():
                raise PartEnded(process.name, process.log)

    def stop(self) -> None:
        """Ends all, the last started first, each gone before the next: an API server whose store goes first hangs for a
        minute on its port. Killed, not asked: asked, an API server waits for its clients, and there is no state to keep."""
        for process in reversed(self.running()):
            if process.alive():
                try:
                    os.kill(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            end = time.monotonic() + KILL_DEADLINE_S
            while process.alive():
                if time.monotonic() > end:
                    raise Failure(f"{process.name} (process {process.pid}) is still there {KILL_DEADLINE_S:.0f} s after SIGKILL")
                time.sleep(POLL_S)
        for child in self._children:
            child.wait()  # They are dead; this takes them off the table of processes.
        self._children.clear()
        for note in self._notes.iterdir() if self._notes.is_dir() else ():
            note.unlink()
