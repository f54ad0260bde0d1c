"""The neighbour, who is asked all the while: its gate from outside, and a service between its own pods from inside."""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import time

from harness import ROOT

PAUSE_S = 0.5
PATIENCE_S = 20    # on a machine that compiles as well; the slowest is printed
CLUSTER = str(ROOT / "test" / "cluster" / "cluster")
# Until its input ends, which is when the test has done.
FROM_INSIDE = """
import json, select, sys, time, urllib.request
asked, failed, slowest = 0, [], 0.0
while True:
    begun = time.monotonic()
    try:
        with urllib.request.urlopen("http://echo/", timeout=%d) as answer:
            answer.read()
    except Exception as error:
        failed.append(f"{time.strftime('%%H:%%M:%%S')} {error}")
    asked, slowest = asked + 1, max(slowest, time.monotonic() - begun)
    if select.select([sys.stdin], [], [], %s)[0] and not sys.stdin.read(1):
        break
print(json.dumps([asked, failed, slowest]))
""" % (PATIENCE_S, PAUSE_S)


class Neighbour:
    def __init__(self, place):
        self.place = place
        self.asked, self.failed, self.slowest = 0, [], 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask_gate)
        self._inside = subprocess.Popen([CLUSTER, "kubectl", "--dir", str(place.node.place), "exec", "-i", "-n", place.neighbour.space, "deployment/workspace", "-c",
                                         "workspace", "--", "python3", "-c", FROM_INSIDE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._thread.start()

    def _ask_gate(self):
        while not self._over.wait(PAUSE_S):
            begun = time.monotonic()
            try:
                status = self.place.neighbours_door.ask("/healthz")[0]
                if status != 200:
                    self.failed.append(f"{time.strftime('%H:%M:%S')} {status}")
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f"{time.strftime('%H:%M:%S')} {error}")
            self.asked, self.slowest = self.asked + 1, max(self.slowest, time.monotonic() - begun)

    def close(self, tally):
        self._over.set()
        self._thread.join(120)
        out, errors = self._inside.communicate(timeout=120)
        self._tell(tally, "gate", self.asked, self.failed, self.slowest)
        try:
            self._tell(tally, "service", *json.loads(out.strip().splitlines()[-1]))
        except (ValueError, IndexError):
            tally.check(False, "the neighbour's service was asked all the while", errors[-500:])

    @staticmethod
    def _tell(tally, what, asked, failed, slowest):
        tally.check(asked > 0 and not failed, f"the neighbour's {what} answered throughout",
                    f"{asked} times asked, {len(failed)} failed, slowest {slowest:.2f} s" + "".join(f"; {one}" for one in failed[:5]))
