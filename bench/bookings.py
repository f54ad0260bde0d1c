"""Bookings beside what they are measured against, in turns on the same server."""

import json
import os
import statistics
import subprocess
import time

import pgbench
from machine import cpu_seconds, cpu_seconds_with_children, spread
from plain import PlainServer, interpreter, processes_to_try
from rig import HORIZON_DAYS, MANY, MANY_CLASS, STEP_SECONDS, USERS

DAY = 86_400
FIRST_DAY = 3
LENGTH_SECONDS = 3600
TRY_CLIENTS = 64
UNBOUNDED_CLIENTS = 64   # at most: one after the other, each takes long with a million rows, and more clients only wait for longer

BERTH, PLAIN, PLAIN_UNBOUNDED, ROWS, ROW, HTTP = "Berth", "(a)", "(a2)", "(b)", "(c)", "(d)"
WHAT = {BERTH: "POST /reservations, 201", PLAIN: "plain design, SQL", PLAIN_UNBOUNDED: "(a) without a longest booking",
        ROWS: "the rows of a booking", ROW: "single-row inserts", HTTP: "plain design, HTTP"}
# By clients: what is to be reached. Printed beside what was measured; nothing fails by it.
WANTED_RATIO = {1: {PLAIN: 1.0, PLAIN_UNBOUNDED: 1.0}, 64: {PLAIN: 10.0, PLAIN_UNBOUNDED: 10.0, ROWS: 0.5}}
WANTED_MILLIS = {1: ("p50_ms", 2.5), 64: ("p99_ms", 50.0)}


class Share:
    """Part of the machine that each took while something ran."""

    def __init__(self, rig, portals):
        self.rig, self.portals, self.begun = rig, portals, time.monotonic()
        self.before = self._now()

    def _now(self):
        return {"portal": sum(cpu_seconds(portal.pid) for portal in self.portals),
                "PostgreSQL": cpu_seconds_with_children(self.rig.postgres.pid)}

    def end(self, **others):
        after, machine = self._now(), (time.monotonic() - self.begun) * len(os.sched_getaffinity(0))
        shares = {name: (after[name] - self.before[name]) / machine for name in after}
        return {**shares, **{name: seconds / machine for name, seconds in others.items()}}


class Load:
    """booking_load, with windows that no earlier run took."""

    def __init__(self, rig, program):
        self.rig, self.program = rig, program
        now = int(time.time()) // STEP_SECONDS * STEP_SECONDS
        last = min(int(rig.days_ahead()), HORIZON_DAYS - 1)
        self.first, self.last = now + FIRST_DAY * DAY, now + last * DAY
        self.sent, self.runs = {}, 0

    def places(self):
        return (self.last - self.first - LENGTH_SECONDS) // STEP_SECONDS

    def run(self, ports, clients, seconds, path=None, log="portal"):
        self.runs += 1
        sent = self.sent.get(path, 0)
        command = [self.program, *(part for port in ports for part in ("--port", port)), "--clients", clients, "--seconds", seconds,
                   "--tokens", self.rig.place / "tokens", "--pool", MANY, "--class", MANY_CLASS, "--from", self.first, "--to", self.last,
                   "--step-seconds", STEP_SECONDS, "--length-seconds", LENGTH_SECONDS, "--run", f"bench-{self.runs}", "--skip", sent]
        done = subprocess.run(list(map(str, [*command, *(("--path", path) if path else ())])), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=seconds + 60)
        assert done.returncode == 0, done.stderr + self.rig.log(log)
        result = json.loads(done.stdout)
        result["refused"] = sum(result["others"].values()) + result["unanswered"]
        result["key"] = f"bench-{self.runs}-"
        self.sent[path] = sent + result["good"] + result["refused"]
        return result

    def stored(self, result):
        """Of one run's bookings, those that the database has with their unit; each has its own key."""
        return int(self.rig.demo.sql(f"""
            SELECT count(DISTINCT i.reservation) FROM berth.idempotency i JOIN berth.reservation r ON r.id = i.reservation
            JOIN berth.reservation_unit c ON c.reservation = r.id WHERE i.key LIKE '{result["key"]}%'""")[0][0])


class Bookings:
    def __init__(self, rig, load_program, say, warm=None):
        self.rig, self.say, self.warm_seconds = rig, say, warm
        self.load = Load(rig, load_program)
        self.pool = rig.demo.sql(f"SELECT id FROM berth.pool WHERE name = '{MANY}'")[0][0]
        self.places = int(rig.demo.sql("SELECT count(*) FROM bench.place")[0][0])
        self.plain_rows = int(rig.demo.sql("SELECT coalesce(max(id), 0) FROM plain.reservation")[0][0])
        self.first_number = 0
        self.answered = self.found = 0
        self.server = None
        self.designs = {BERTH: self.book, PLAIN: self._plain("plain_book.sql"), PLAIN_UNBOUNDED: self._plain("plain_book_unbounded.sql"),
                        ROWS: self.rows, ROW: lambda clients, seconds: self._pgbench("insert.sql", clients, seconds)}

    def _pgbench(self, script, clients, seconds, **variables):
        return pgbench.run(self.rig, script, clients, seconds, self.warm_seconds, **variables)

    def start_plain_server(self, seconds, quick):
        """With as many processes as book the most."""
        python, why = interpreter()
        if python is None:
            self.say(f"  {HTTP} is left out: its packages cannot be installed here ({why})")
            return
        rates = {}
        for count in processes_to_try()[: 1 if quick else None]:
            self.server = PlainServer(self.rig, python, count)
            self.over_http(TRY_CLIENTS, 1)   # warm
            rates[count] = self.over_http(TRY_CLIENTS, seconds)["per_second"]
            self.server.stop()
        best = max(rates, key=rates.get)
        self.say(f"  {HTTP} with {best} process{'es' if best > 1 else ''}, at {TRY_CLIENTS} clients a second: "
                 + ", ".join(f"{count}: {rate:.0f}" for count, rate in rates.items()))
        self.server = PlainServer(self.rig, python, best)
        self.designs[HTTP] = self.over_http

    # Each of them -----------------------------------------------------------------------------------------------------

    def one_portal(self, clients, seconds):
        share = Share(self.rig, [self.rig.portal])
        result = self.load.run([self.rig.port], clients, seconds)
        result["share"] = share.end(generator=result["cpu_seconds"])
        return result

    def book(self, clients, seconds):
        result = self.one_portal(clients, seconds)
        self.answered += result["good"]
        self.found += self.load.stored(result)
        return result

    def over_http(self, clients, seconds):
        return self._tidied(self.load.run(self.server.ports, clients, seconds, "/reservations", f"plain-{self.server.ports[0]}"))

    def _plain(self, script):
        def run(clients, seconds):
            done = self._pgbench(script, clients, seconds, pool=self.pool, members=USERS, places=self.load.places(),
                                 from_second=self.load.first, step=STEP_SECONDS, length=LENGTH_SECONDS)
            booked = int(self.rig.demo.sql(f"SELECT count(*) FROM plain.reservation WHERE id > {self.plain_rows}")[0][0])
            done["refused"] = max(0, done["good"] - booked)
            done["per_second"] *= booked / max(1, booked + done["refused"])
            done["good"] = booked
            return self._tidied(done)
        return run

    def _tidied(self, result):
        """The next one finds the plain design's table as this one did."""
        self.rig.demo.sql(f"DELETE FROM plain.reservation WHERE id > {self.plain_rows}")
        self.rig.demo.sql("VACUUM plain.reservation")
        return result

    def rows(self, clients, seconds):
        done = self._pgbench("rows.sql", clients, seconds, n=-1, first_number=self.first_number, places=self.places, members=USERS)
        self.first_number += (done["most_of_a_client"] + 1) * clients
        return done

    # In turns ---------------------------------------------------------------------------------------------------------

    def warm(self):
        for run in self.designs.values():   # connections, plans and caches
            run(8, 1)

    def compare(self, clients, rounds, seconds):
        """In turns, so that a busy moment of the machine meets all."""
        designs = {name: run for name, run in self.designs.items() if name != PLAIN_UNBOUNDED or clients <= UNBOUNDED_CLIENTS}
        runs = {name: [] for name in designs}
        for _ in range(rounds):
            for name, run in designs.items():
                runs[name].append(run(clients, seconds))
        self._print(clients, runs)

    def _print(self, clients, runs):
        of = lambda name, field: [run[field] for run in runs[name]]
        self.say(f"  {clients} client{'s' if clients > 1 else ''}")
        for name in runs:
            refused = sum(of(name, "refused"))
            tail = "".join(f", {said} {spread(of(name, field), 1)}" for said, field in (("p99", "p99_ms"), ("p99.9", "p999_ms")))
            if not any(of(name, "good")):
                self.say(f"    {name:5} {WHAT[name]:29} none was done in time")
                continue
            self.say(f"    {name:5} {WHAT[name]:29} {spread(of(name, 'per_second'), 0)} per s, p50 {spread(of(name, 'p50_ms'))}{tail}, "
                     f"highest {max(of(name, 'highest_ms')):.0f} ms"
                     + (f"; {refused} of {refused + sum(of(name, 'good'))} were not booked" if refused else ""))
        for name in runs:
            if name == BERTH:
                continue
            ratios = [berth["per_second"] / other["per_second"] for berth, other in zip(runs[BERTH], runs[name]) if other["per_second"]]
            self.say(f"    ratio, Berth to {name:4} {spread(ratios, 3)}" + wanted(WANTED_RATIO.get(clients, {}).get(name), ratios))
        if clients in WANTED_MILLIS:
            field, most = WANTED_MILLIS[clients]
            measured = of(BERTH, field)
            self.say(f"    {field.removesuffix('_ms')} of Berth {spread(measured)} ms" + wanted(most, measured, at_most=True))
        shares = {name: statistics.median(run["share"][name] for run in runs[BERTH]) for name in runs[BERTH][0]["share"]}
        self.say("    of the machine while Berth books: " + ", ".join(f"{name} {part:.0%}" for name, part in shares.items()))
        for run in runs[BERTH]:
            if run["refused"]:
                self.say(f"      not 201: {run['others']}, unanswered {run['unanswered']}: {run['sample'][:300]}")

    def print_stored(self):
        _say_stored(self.say, self.answered, self.found)

    # Several portals --------------------------------------------------------------------------------------------------

    def portals(self, clients, rounds, seconds):
        """One portal and two on one database, the same load dealt out over them, in turns."""
        second, port = self.rig.start_portal()
        sides = {"one": ([self.rig.portal], [self.rig.port]), "two": ([self.rig.portal, second], [self.rig.port, port])}
        runs = {name: [] for name in sides}
        self.load.run([port], 8, 1)   # the new one is warm too
        answered = found = 0
        for _ in range(rounds):
            for name, (portals, ports) in sides.items():
                share = Share(self.rig, portals)
                result = self.load.run(ports, clients, seconds)
                result["share"] = share.end(generator=result["cpu_seconds"])
                runs[name].append(result)
                answered, found = answered + result["good"], found + self.load.stored(result)
        second.stop()
        for name, done in runs.items():
            shares = {part: statistics.median(run["share"][part] for run in done) for part in done[0]["share"]}
            self.say(f"  {name} portal{'s' if name == 'two' else ' '}  {spread([run['per_second'] for run in done], 0)} bookings per s, p99 "
                     f"{spread([run['p99_ms'] for run in done], 1)} ms, not 201: {sum(run['refused'] for run in done)}; of the machine: "
                     + ", ".join(f"{part} {taken:.0%}" for part, taken in shares.items()))
        ratios = [two["per_second"] / one["per_second"] for one, two in zip(runs["one"], runs["two"]) if one["per_second"]]
        self.say(f"  ratio, two to one {spread(ratios, 2)}" + wanted(1.0, ratios))
        _say_stored(self.say, answered, found)


def _say_stored(say, answered, found):
    same = "" if answered == found else "   NOT THE SAME"
    say(f"  answered with 201: {answered}, in the database with a unit: {found}{same}")


def wanted(value, measured, at_most=False):
    """What is to be reached, beside what was."""
    if value is None or not measured:
        return ""
    middle = statistics.median(measured)
    reached = middle <= value if at_most else middle >= value
    return f"   wanted {'at most' if at_most else 'at least'} {value:g}: {'reached' if reached else 'not reached'}"
