"""Bookings per second beside single-row inserts into the same server, in turns."""

import json
import os
import statistics
import subprocess
import time

from machine import cpu_seconds, cpu_seconds_with_children, percentile, spread
from rig import MANY, MANY_CLASS, ROOT, STEP_SECONDS

DAY = 86_400


def pgbench_program():
    """Debian keeps it beside the server, outside of the PATH."""
    folder = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
    for program in (f"{folder}/pgbench", "/usr/lib/postgresql/15/bin/pgbench"):
        if os.access(program, os.X_OK):
            return program
    raise AssertionError("pgbench is not installed")


class Share:
    """Part of the machine that each took while something ran."""

    def __init__(self, rig):
        self.rig, self.begun = rig, time.monotonic()
        self.before = self._now()

    def _now(self):
        return {"portal": cpu_seconds(self.rig.portal.pid), "PostgreSQL": cpu_seconds_with_children(self.rig.postmaster())}

    def end(self, **others):
        after, machine = self._now(), (time.monotonic() - self.begun) * len(os.sched_getaffinity(0))
        shares = {name: (after[name] - self.before[name]) / machine for name in after}
        return {**shares, **{name: seconds / machine for name, seconds in others.items()}}


class Bookings:
    def __init__(self, rig, load_program, ahead_days, say):
        self.rig, self.load_program, self.say = rig, load_program, say
        now = int(time.time()) // STEP_SECONDS * STEP_SECONDS
        self.window = (now + 3 * DAY, now + int(ahead_days) * DAY)
        self.pgbench = pgbench_program()
        self.sent = 0
        self.runs = 0

    def insert(self, clients, seconds):
        self.runs += 1
        prefix = self.rig.place / f"insert{self.runs}"
        share = Share(self.rig)
        done = subprocess.run([self.pgbench, "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds), "-l",
                               "--log-prefix", str(prefix), "-f", str(ROOT / "bench" / "insert.sql"), self.rig.url("owner")],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds + 60)
        assert done.returncode == 0, done.stderr
        millis = []
        for file in self.rig.place.glob(f"{prefix.name}.*"):
            millis += [int(line.split()[2]) / 1000 for line in file.read_text().splitlines()]
            file.unlink()
        rate = float(next(line.split("=")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("tps")))
        return {"per_second": rate, "p50_ms": percentile(millis, 0.5), "p99_ms": percentile(millis, 0.99), "share": share.end()}

    def book(self, clients, seconds):
        self.runs += 1
        share = Share(self.rig)
        command = (self.load_program, "--port", self.rig.port, "--clients", clients, "--seconds", seconds,
                   "--tokens", self.rig.place / "tokens", "--pool", MANY, "--class", MANY_CLASS,
                   "--from", self.window[0], "--to", self.window[1], "--step-seconds", STEP_SECONDS,
                   "--run", f"bench-{self.runs}", "--skip", self.sent)
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds + 60)
        assert done.returncode == 0, done.stderr + self.rig.log("portal")
        result = json.loads(done.stdout)
        result["refused"] = sum(result["others"].values()) + result["unanswered"]
        self.sent += result["booked"] + result["refused"]
        result["share"] = share.end(generator=result["cpu_seconds"])
        return result

    def compare(self, clients, rounds, seconds):
        """In turns, so that a busy moment of the machine meets both."""
        inserts, books = [], []
        for _ in range(rounds):
            inserts.append(self.insert(clients, seconds))
            books.append(self.book(clients, seconds))
        self._print(clients, inserts, books)

    def _print(self, clients, inserts, books):
        of = lambda runs, name: [run[name] for run in runs]
        ratios = [book["per_second"] / insert["per_second"] for book, insert in zip(books, inserts)]
        slower = [book["p50_ms"] / insert["p50_ms"] for book, insert in zip(books, inserts)]
        self.say(f"  {clients} client{'s' if clients > 1 else ''}")
        self.say(f"    ratio, bookings to inserts per second  {spread(ratios, 3)}")
        self.say(f"    ratio of p50                           {spread(slower, 1)}")
        for name, runs in (("bookings", books), ("inserts", inserts)):
            self.say(f"    {name:8}  {spread(of(runs, 'per_second'), 0)} per s, p50 {spread(of(runs, 'p50_ms'))} ms, "
                     f"p99 {spread(of(runs, 'p99_ms'))} ms")
        shares = {name: statistics.median(book["share"][name] for book in books) for name in books[0]["share"]}
        self.say("    of the machine while booking: " + ", ".join(f"{name} {part:.0%}" for name, part in shares.items()))
        self.say(f"    answers: {sum(of(books, 'booked'))} were 201, {sum(of(books, 'refused'))} were not")
        for book in books:
            if book["refused"]:
                self.say(f"      {book['others']}, unanswered {book['unanswered']}: {book['sample'][:300]}")
