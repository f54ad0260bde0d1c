"""The reading side: answers per second and how long they take, plain, compressed, and where nothing changed."""

import datetime
import json
import subprocess

from machine import spread
from rig import MANY

WITHIN_SECONDS = 120   # an answer may take long: then that is what is shown
DAYS = 7
WAYS = (("plain", ()), ("gzip", ("--gzip",)), ("gzip, If-None-Match", ("--gzip", "--revalidate")))


def _instant(days):
    at = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0) + datetime.timedelta(days=days)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def targets():
    week = f"pool={MANY}&from={_instant(2)}&to={_instant(2 + DAYS)}"
    return {"/calendar": f"/api/v1/calendar?{week}", "/availability": f"/api/v1/availability?{week}",
            "/reservations": f"/api/v1/reservations?pool={MANY}&limit=100", "/usage": f"/api/v1/usage?pool={MANY}"}


class Reads:
    def __init__(self, rig, program, say):
        self.rig, self.program, self.say = rig, program, say

    def run(self, target, clients, seconds, *flags):
        command = [self.program, "--port", self.rig.port, "--target", target, "--clients", clients, "--seconds", seconds,
                   "--answers-within", WITHIN_SECONDS, "--tokens", self.rig.place / "tokens", *flags]
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds + WITHIN_SECONDS + 30)
        assert done.returncode == 0, done.stderr + self.rig.log("portal")
        return json.loads(done.stdout)

    def all(self, clients, rounds, seconds):
        for name, target in targets().items():
            self.run(target, min(clients, 8), 0.2)   # plans and caches are warm
            runs = {way: [] for way, _ in WAYS}
            for _ in range(rounds):
                for way, flags in WAYS:
                    runs[way].append(self.run(target, clients, seconds, *flags))
            self.say(f"  {name}")
            for way, done in runs.items():
                self._print(way, done)

    def _print(self, way, runs):
        of = lambda field: [run[field] for run in runs]
        good = sum(of("good"))
        said = (f"    {way:20} {spread(of('per_second'), 0)} per s, p50 {spread(of('p50_ms'), 1)}, p99 {spread(of('p99_ms'), 1)} ms, "
                f"{sum(of('body_bytes')) / max(1, good) / 1024:.1f} KiB an answer")
        if "gzip" in way:
            said += f"; {sum(of('compressed')) / max(1, good):.0%} compressed, {sum(of('tagged')) / max(1, good):.0%} with an ETag"
        if "If-None-Match" in way:
            said += f", {sum(of('unchanged')) / max(1, good):.0%} were 304"
        self.say(said)
        for run in runs:
            if run["others"] or run["unanswered"]:
                self.say(f"      neither 200 nor 304: {run['others']}, unanswered {run['unanswered']}: {run['sample'][:300]}")
