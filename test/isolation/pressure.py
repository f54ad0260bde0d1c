"""What somebody inside a workspace can press its gate with, and what is to be seen of the gate meanwhile."""

from __future__ import annotations

import base64
import contextlib
import os
import pathlib
import signal
import socket
import threading
import time

import leftovers

PRESSED_S = 45          # a probe that failed all the while would have been counted: they ask every ten seconds, twice
POURS_AT = 18090        # in the workspace
TUNNELS = 150           # more than there may be

# From as many addresses as loopback has, and the pod's own; each with a head that never ends. What is given up is taken again at once.
FLOOD = """python3 - {0} {1} <<'END'
import select, socket, sys, threading, time
until, count = time.monotonic() + int(sys.argv[2]), 0
def pour(number):
    global count
    kept, ends = {{}}, select.poll()
    while time.monotonic() < until:
        if len(kept) < 600:
            line = socket.socket()
            line.settimeout(5)
            try:
                if number % 2:
                    line.bind((f"127.0.{{number}}.1", 0))
                line.connect((sys.argv[1], 8081))
                line.sendall(b"GET / HTTP/1.1\\r\\nX: ")
            except OSError:
                line.close()
                continue
            kept[line.fileno()] = line
            ends.register(line, select.POLLIN | select.POLLHUP)
            count += 1
        for one, _ in ends.poll(0 if len(kept) < 600 else 50):
            ends.unregister(one)
            kept.pop(one).close()
all = [threading.Thread(target=pour, args=(n,), daemon=True) for n in range(1, 5)]
[each.start() for each in all]
[each.join() for each in all]
print(f"{{count}} connections")
END"""

# Until the time is over, again and again: how often it was tried and how often it was had.
THIEF = """python3 - {0} <<'END'
import socket, sys, time
until, tried, had = time.monotonic() + int(sys.argv[1]), 0, 0
while time.monotonic() < until:
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tried += 1
        try:
            thief.bind(("0.0.0.0", 8081))
            thief.listen()
            had += 1
        except OSError:
            time.sleep(0.002)
print(f"had {{had}} times")
END"""

POUR = ("setsid nohup timeout 120 python3 -c \"import socket, threading, time; s = socket.create_server(('127.0.0.1', {0}), backlog=512)\n"
        "def pour(line):\n    try:\n        while True: line.send(bytes(65536))\n    except OSError: pass\n"
        "while True: threading.Thread(target=pour, args=(s.accept()[0],), daemon=True).start()\" >/dev/null 2>&1 &")


class Gate:
    """The gate's container, as the cluster sees it."""

    def __init__(self, place):
        self.place = place
        self.before = self._seen()

    def _seen(self):
        status = self.place._pod(self.place.owner)["status"]
        gate = next(one for one in status["containerStatuses"] if one["name"] == "gate")
        ready = next(one for one in status["conditions"] if one["type"] == "Ready")
        return gate["restartCount"], gate["ready"], ready["lastTransitionTime"]

    def lived(self):
        now = self._seen()
        return "the same container, Ready all the while" if now == self.before and now[1] else f"before {self.before}, now {now}"


def connections(place):
    gate = Gate(place)
    _, poured = place.terminal(FLOOD.format(place.where.address, PRESSED_S), None, "tenant", PRESSED_S + 60)
    return f"{poured.strip()}: {gate.lived()}"


def processes_of_gate(place):
    """The gate itself, which the first process of its container starts."""
    uid = place._pod(place.owner)["metadata"]["uid"]
    found = {int(pid) for path in leftovers.of_pod(place.node, uid) for file in path.glob("**/cgroup.procs") for pid in file.read_text().split()}
    return [pid for pid in found if b"--kept" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]


def port(place):
    """The gate is killed three times while somebody inside tries to have its port."""
    gate, said = Gate(place), []
    thief = threading.Thread(target=lambda: said.append(place.terminal(THIEF.format(PRESSED_S), None, "tenant", PRESSED_S + 60)[1].strip()))
    thief.start()
    killed = 0
    while thief.is_alive() and killed < 3:
        thief.join(PRESSED_S / 5)
        for pid in processes_of_gate(place):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
    thief.join()
    wait_until = time.monotonic() + 60
    back = ""
    while time.monotonic() < wait_until and not back.startswith("200"):
        back = place.door.said("/healthz")
    restarts = gate._seen()[0] - gate.before[0]
    return f"killed {killed} times, {''.join(said)}, {restarts} containers more, then {back[:3]} and with a pass {place.door.said('/', place.pass_of_owner)[:3]}"


def upgrade(place, path, keep=False):
    line = socket.create_connection(("127.0.0.1", place.door.port), timeout=60)
    line.sendall((f"GET {path} HTTP/1.1\r\nHost: {place.door.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nBerth-Client: x\r\nCookie: {place.pass_of_owner}\r\n\r\n").encode())
    answer = line.recv(400).decode(errors="replace")
    if not keep:
        line.close()
    return answer.partition(" ")[2], line


def tunnels(place):
    """Each is poured into from the workspace, and nobody reads."""
    gate = Gate(place)
    place.terminal(POUR.format(POURS_AT))
    lines, statuses = [], []
    begun = time.monotonic()
    while not lines and time.monotonic() < begun + 30:
        status, line = upgrade(place, f"/_gate/port/{POURS_AT}", keep=True)
        (lines if status.startswith("101") else statuses).append(line)
    statuses.clear()
    for _ in range(TUNNELS):
        status, line = upgrade(place, f"/_gate/port/{POURS_AT}", keep=True)
        statuses.append(status[:3])
        lines.append(line)
    threading.Event().wait(PRESSED_S / 3)
    said = gate.lived()
    for line in lines:
        line.close()
    return f"{statuses.count('101') + 1} tunnels, {statuses.count('503')} refused: {said}"
