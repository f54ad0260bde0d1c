"""The plain design over HTTP: its packages, and its processes."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys

from rig import ROOT, Child, free_port, wait_for

HERE = pathlib.Path(__file__).resolve().parent
CONNECTIONS = 16   # of all its processes together: they wait for one lock
PROCESSES = (1, 2, 4)


def interpreter():
    """A Python with what the server needs, installed once, by the hashes of plain_requirements.txt; or (None, why not)."""
    wanted = HERE / "plain_requirements.txt"
    mark = hashlib.sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()[:16]
    place = ROOT / ".tools" / f"plain-server-{mark}"
    python = place / "bin" / "python"
    place.parent.mkdir(exist_ok=True)
    with (ROOT / ".tools" / "plain-server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (place / "whole").exists():
            return python, None
        shutil.rmtree(place, ignore_errors=True)
        for command in (["python3", "-m", "venv", place],
                        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:",
                         "--no-deps", "--require-hashes", "--requirement", wanted]):
            done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
            if done.returncode != 0:
                shutil.rmtree(place, ignore_errors=True)
                return None, (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        (place / "whole").touch()
    return python, None


def server_settings(url):
    """host, dbname and user of "host=... dbname=... user=..."."""
    parts = dict(part.split("=", 1) for part in url.split())
    return parts["host"], parts["dbname"], parts["user"]


class PlainServer:
    """Processes of plain_server.py, each on a port of its own: then every client keeps to one, and none has more than its share."""

    def __init__(self, rig, python, processes):
        self.ports = [free_port() for _ in range(processes)]
        self.children = [Child(rig.place / f"plain-{port}.log", python, HERE / "plain_server.py", port,
                               max(1, CONNECTIONS // processes), *server_settings(rig.url("owner"))) for port in self.ports]
        for port, child in zip(self.ports, self.children):
            rig.stack.callback(child.stop)
            assert wait_for(lambda at=port: self._listens(at), 20), (rig.place / f"plain-{port}.log").read_text()[-2000:]

    @staticmethod
    def _listens(port):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    def pids(self):
        return [child.pid for child in self.children]

    def stop(self):
        for child in self.children:
            child.stop()


def processes_to_try():
    return [count for count in PROCESSES if count <= 2 * len(os.sched_getaffinity(0))]
