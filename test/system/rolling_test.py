#!/usr/bin/env python3
"""A rolling update under load, on the real API server: two portals behind a Service and two reconcilers are replaced one by one by those of the next
release, whose migration runs while the old ones serve (and while somebody dumps the database), and then back again. Meanwhile people book, extend,
cancel and read, pages hold their event streams, sessions run, begin and end. No request is lost, no stream has a hole, no session is touched.

  rolling_test.py OLDER NEWER   two programs: of this release and the made-up next one (berth_next), or of the release before and this one"""

import collections
import concurrent.futures
import contextlib
import datetime
import http.client
import json
import pathlib
import subprocess
import sys
import threading
import time
import traceback

from clusters import cluster_of
from harness import PASSWORD_AT, Api, Demo, Kubernetes, Portal, Role, Tally, Wire, folder, running, wait_for
from history import seconds
from service import Service, Watcher
from sessions import KINDS, book, ready

DRAIN_SECONDS = 3
PATIENCE = 180                   # on a machine that is ten times as busy
DUMP_SECONDS = 4
PEOPLE = ("ana", "ben", "lead", "finance", "admin")
DAY = 86_400


def instant(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def knows(program, option, command):
    return option in subprocess.run([program, command, "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60).stdout


class Program:
    """One version of it, and how its portal is told to end."""

    def __init__(self, name, path):
        self.name, self.path = name, str(pathlib.Path(path).resolve())
        self.made_up = pathlib.Path(path).name == "berth_next"   # with the migration of test/rolling
        self.drains = knows(self.path, "--drain-seconds", "portal")

    def portal(self, demo):
        role = self._of(Portal(demo, *(["--drain-seconds", str(DRAIN_SECONDS)] if self.drains else [])))
        role.start = lambda: Portal.start(role, PATIENCE)   # beside all that load
        return role

    def reconciler(self, demo, kubeconfig, number):
        role = self._of(Role(demo, "reconciler", "--kubeconfig", kubeconfig, "--lease-seconds", "6"))
        role.path = demo.folder / f"reconciler-{self.name}-{number}.log"
        return role

    def _of(self, role):
        role.command[0] = self.path
        role.program = self
        return role

    def migrate(self, demo):
        """As the init container does it."""
        return subprocess.run([self.path, "migrate", "--wait-seconds=60", "--unless-newer"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE, env={"BERTH_DATABASE_URL": demo.addresses()["database_owner"]})


class Person(threading.Thread):
    """Books, reads, extends and cancels in days that nobody else books in, so that each answer is known beforehand."""

    def __init__(self, number, port, token, keeps):
        super().__init__(name=f"person-{number}", daemon=True)
        self.number, self.wire, self.keeps = number, Wire(port, token), keeps
        self.first = (time.time() // DAY + 2 + 10 * number) * DAY
        self.over = threading.Event()
        self.answers = collections.Counter()
        self.faults, self.told, self.slowest = [], {}, 0.0

    def run(self):
        turn = 0
        try:
            while not self.over.is_set():
                self.turn(turn)
                turn += 1
                self.over.wait(0.02)
        except Exception:   # a fault of it must end the test, not only its thread
            self.faults.append(traceback.format_exc())
        finally:
            self.wire.close()

    def ask(self, method, path, wanted, body=None):
        begun = time.monotonic()
        try:
            answer = self.wire.send(method, path, body)
        except Wire.CUT as problem:
            self.faults.append(f"{method} {path}: {type(problem).__name__} {problem}")
            return None
        if not self.keeps:
            self.wire.close()
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.answers[f"{method} {answer.status}"] += 1
        if answer.status != wanted:
            self.faults.append(f"{method} {path}: {answer.status} {str(answer.body)[:300]}")
            return None
        return answer.body

    def turn(self, turn):
        start = self.first + turn % 24 * 7_200
        made = self.ask("POST", "/reservations", 201, {"pool": "lab", "device_class": "slice-24gb", "units": 1, "start": instant(start),
                                                       "end": instant(start + 3_600), "name": f"turn-{self.number}-{turn}"})
        if made is None:
            return
        one = f"/reservations/{made['id']}"
        self.told[made["id"]] = ("APPROVED", made["end"])
        longer = self.ask("POST", one + "/extend", 200, {"version": made["version"], "minutes": 30})
        if longer:
            self.told[made["id"]] = ("APPROVED", longer["end"])
        self.ask("GET", f"/availability?pool=lab&from={instant(start)}&to={instant(start + DAY)}", 200)
        self.ask("GET", "/reservations?mine=true", 200)
        if self.ask("DELETE", one, 200) is not None:
            self.told[made["id"]] = ("CANCELED", None)


class Starter(threading.Thread):
    """Somebody who books for now, waits until it is Ready, ends it, and begins anew."""

    def __init__(self, port, token):
        super().__init__(name="starter", daemon=True)
        self.api = Api(port)
        self.api.token = token
        self.over = threading.Event()
        self.took, self.fault = [], None

    def run(self):
        try:
            while not self.over.is_set():
                begun = time.monotonic()
                one = book(self.api, "slice-24gb", "interactive_ml", f"now-{len(self.took)}")
                assert wait_for(lambda: ready(self.api, one), PATIENCE, 0.3), f"not Ready in {PATIENCE} s: {self.api.get('/reservations/' + one['id']).body}"
                self.took.append(time.monotonic() - begun)
                ended = self.api.send("DELETE", f"/reservations/{one['id']}")
                assert ended.status == 200, ended.body
                state = lambda: self.api.get(f"/reservations/{one['id']}").body["state"]
                assert wait_for(lambda: state() == "COMPLETED", PATIENCE, 0.3), f"not over in {PATIENCE} s: {state()}"
        except Exception:   # a fault of it must end the test, not only its thread
            self.fault = traceback.format_exc()


def touched(cluster, space):
    """Of a session's objects what would be another if somebody had made, begun or ended anything of it anew."""
    found = {}
    for path in [*KINDS, "/api/v1/namespaces/{}/pods"]:
        for item in cluster.items(path.format(space)):
            meta, status = item["metadata"], item.get("status", {})
            found[path.rsplit("/", 1)[1], meta["name"]] = (meta["uid"], meta.get("generation"), [
                (one["name"], one["restartCount"], one.get("containerID")) for one in status.get("containerStatuses", [])])
    found["namespace", space] = cluster.get(f"/api/v1/namespaces/{space}")[1]["metadata"]["uid"]
    return found


@contextlib.contextmanager
def dumping(demo):
    """Somebody reads all tables, as pg_dump does, for a while."""
    tables = ", ".join(row[0] for row in demo.sql("SELECT format('berth.%I', tablename) FROM pg_tables WHERE schemaname = 'berth' ORDER BY tablename"))
    process = subprocess.Popen(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", demo.addresses()["database_owner"], "-c",
                                f"BEGIN; LOCK TABLE {tables} IN ACCESS SHARE MODE; SELECT pg_sleep({DUMP_SECONDS}); COMMIT"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        holds = wait_for(lambda: process.poll() is not None or int(demo.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessShareLock' AND pid IN "
                                 "(SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep')")[0][0]) > 0, PATIENCE, 0.1)
        assert holds and process.poll() is None, process.stderr.read()
        yield
        assert process.wait(PATIENCE) == 0, process.stderr.read()
    finally:
        process.kill()
        process.wait()


class Platform:
    """Two Deployments, of portals and of reconcilers, two of each."""

    def __init__(self, demo, kubeconfig, service, begin):
        self.demo, self.kubeconfig, self.service, self.begin = demo, kubeconfig, service, begin
        self.portals, self.reconcilers, self.number, self.exits = [], [], 0, []

    def routed_to(self, portal):
        """It is one of those that people are sent to, as soon as it says so."""
        self.service.add(portal)
        assert wait_for(lambda: self.service.sends_to(portal), PATIENCE, 0.1), "not ready:\n" + portal.log()[-3000:]
        self.portals.append(portal)

    def retire_portal(self):
        portal = self.portals.pop(0)
        self.service.take_out_soon(portal)
        if not portal.program.drains:   # as the hook in its pod did
            assert wait_for(lambda: not self.service.sends_to(portal), PATIENCE, 0.1)
        self.exits.append(portal.stop(PATIENCE))

    def add_reconciler(self, program):
        self.number += 1
        self.reconcilers.append(self.begin(program.reconciler(self.demo, self.kubeconfig, self.number)))

    def roll(self, program, begun=()):
        """One of the new ones first, then one of the old ones goes; both Deployments at once. `begun`: portals that run already."""
        with concurrent.futures.ThreadPoolExecutor() as beside:
            reconcilers = beside.submit(self._roll_reconcilers, program)
            begun = list(begun)
            for _ in list(self.portals):
                self.routed_to(begun.pop() if begun else self.begin(program.portal(self.demo)))
                self.retire_portal()
            reconcilers.result()

    def _roll_reconcilers(self, program):
        for _ in list(self.reconcilers):
            self.add_reconciler(program)
            self.exits.append(self.reconcilers.pop(0).stop(PATIENCE))

    def all_are(self, program):
        return all(role.program is program and role.alive() for role in self.portals + self.reconcilers) and len(self.portals) == len(self.reconcilers) == 2


def unready(portal):
    """The code with which it says so; none where it does not answer yet, or is ready."""
    with contextlib.suppress(*Wire.CUT):
        connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=10)
        connection.request("GET", "/readyz")
        return json.loads(connection.getresponse().read()).get("code")
    return None


def rolled_on(platform, newer, tally):
    begun = time.monotonic()
    early = newer.portal(platform.demo)
    early.start = lambda: Role.start(early)   # which does not wait until it is ready
    platform.begin(early)
    said = wait_for(lambda: unready(early), PATIENCE, 0.1)
    tally.check(said == "schema_behind", "a portal of the next release is not ready before its schema is there, and says why", str(said))
    with dumping(platform.demo):
        done = newer.migrate(platform.demo)
    tally.check(done.returncode == 0 and "applied" in done.stdout, "its migrations run while all are served and somebody dumps the database",
                f"{time.monotonic() - begun:.1f} s: {done.stdout.strip()} {done.stderr.strip()}")
    platform.roll(newer, [early])
    tally.check(platform.all_are(newer), "rolled on", f"{time.monotonic() - begun:.1f} s")


def rolled_back(platform, older, tally):
    begun = time.monotonic()
    done = older.migrate(platform.demo)
    tally.check(done.returncode == 0 and "applied" not in done.stdout, "back: the release before leaves the newer schema as it is",
                done.stdout.strip() + done.stderr.strip())
    platform.roll(older)
    tally.check(platform.all_are(older), "rolled back", f"{time.monotonic() - begun:.1f} s")


def load(service, demo, keeps):
    tokens = {name: Api(service.port, f"{name}@berth.local").token for name in PEOPLE}
    people = [Person(number, service.port, tokens[name], keeps) for number, name in enumerate(PEOPLE)]
    watchers = [Watcher(service.port, tokens[name], name) for name in ("ana", "finance")]
    return people, watchers, Starter(service.port, tokens["ben"]), tokens


def judged(people, watchers, starter, service, demo, tally):
    answers = sum((one.answers for one in people), collections.Counter())
    faults = [fault for one in people for fault in one.faults]
    count = sum(answers.values())
    tally.check(count > 300 and not faults and not service.nowhere, "no request is lost, and each is answered as it has to be",
                f"{count}: {dict(answers)}; slowest {max(one.slowest for one in people):.2f} s; {len(faults)} not: {faults[:3]}")
    rows = {row[0]: (row[1], float(row[2])) for row in demo.sql("SELECT id, state, extract(epoch FROM end_at) FROM berth.reservation")}
    told = {one: what for person in people for one, what in person.told.items()}
    wrong = [(one, state, end, rows.get(one)) for one, (state, end) in told.items()
             if one not in rows or rows[one][0] != state or (end and rows[one][1] != seconds(end))]
    tally.check(not wrong, "what people were told is what is so", str(wrong[:3]))
    tally.check(not starter.fault and len(starter.took) >= 2, "sessions begin and end meanwhile",
                f"{len(starter.took)}, Ready after {', '.join(f'{one:.1f}' for one in starter.took)} s {starter.fault or ''}")
    for watcher in watchers:
        last = watcher.seen[-1] if watcher.seen else 0
        wanted = [int(row[0]) for row in demo.sql(f"SELECT id FROM berth.event WHERE id > {watcher.first or 0} AND id <= {last} ORDER BY id")]
        otherwise = [end for end in watcher.ends if end != "whole"]
        tally.check(watcher.seen == wanted and len(wanted) > 100 and not watcher.faults and not otherwise and len(watcher.ends) >= 2,
                    f"{watcher.name}: each event came once, in order, over all streams, of which each was ended properly",
                    f"{len(watcher.seen)} of {len(wanted)} events, {len(watcher.ends)} streams ended {otherwise[:2]} {watcher.faults[:2]}")


def run(demo, kubeconfig, older, newer, tally, begin, service):
    cluster, platform = Kubernetes(kubeconfig), Platform(demo, kubeconfig, service, begin)
    for _ in range(2):
        platform.routed_to(begin(older.portal(demo)))
        platform.add_reconciler(older)
    PASSWORD_AT[service.port] = PASSWORD_AT[demo.port]
    people, watchers, starter, tokens = load(service, demo, older.drains and newer.drains)
    ana = Api(service.port)
    ana.token = tokens["ana"]
    booked = [book(ana, "slice-24gb", "interactive_ml", f"stays-{number}") for number in range(2)]
    there = [wait_for(lambda: ready(ana, one), PATIENCE, 0.2) for one in booked]
    assert all(there), f"no sessions: {there}"
    spaces = [one["namespace"] for one in there]
    before = {space: touched(cluster, space) for space in spaces}
    tally.check(all(any(kind == "pods" for kind, _ in one) for one in before.values()), f"two sessions run; of all programs {older.name} ones")

    for thread in (*people, *watchers, starter):
        thread.start()
    assert wait_for(lambda: starter.took, PATIENCE, 0.2), starter.fault
    rolled_on(platform, newer, tally)
    extended = ana.send("POST", f"/reservations/{booked[0]['id']}/extend", {"version": ana.get(f"/reservations/{booked[0]['id']}").body["version"], "minutes": 30})
    tally.check(extended.status == 200, "a running session is extended by the next release", str(extended.body)[:200] if extended.status != 200 else "")
    count = len(starter.took)
    assert wait_for(lambda: len(starter.took) > count or starter.fault, PATIENCE, 0.2)

    rolled_back(platform, older, tally)
    count = len(starter.took)
    assert wait_for(lambda: len(starter.took) > count or starter.fault, PATIENCE, 0.2)

    for thread in (*people, starter):
        thread.over.set()
    for thread in (*people, starter):
        thread.join(PATIENCE)
    newest = int(demo.sql("SELECT max(id) FROM berth.event")[0][0])
    wait_for(lambda: all(one.seen and one.seen[-1] >= newest for one in watchers), PATIENCE, 0.1)
    for watcher in watchers:
        watcher.stop()
    for watcher in watchers:
        watcher.join(PATIENCE)
    judged(people, watchers, starter, service, demo, tally)
    after = {space: touched(cluster, space) for space in spaces}
    differ = [(space, key, before[space].get(key), after[space].get(key)) for space in spaces for key in {**before[space], **after[space]}
              if before[space].get(key) != after[space].get(key)]
    tally.check(not differ, "no session was touched: its namespace, its objects, its pods are those from before", str(differ[:3]))
    phases = [ready(ana, one) for one in booked]
    tally.check(all(phases), "both are Ready")
    tally.check(platform.exits and not any(platform.exits), "each program ended with status 0", str(platform.exits))
    if newer.made_up:
        missed, noted = (int(one) for one in demo.sql("SELECT count(*) FILTER (WHERE n.reservation IS NULL), count(*) FILTER (WHERE NOT n.was_there)"
                                                      " FROM berth.reservation r LEFT JOIN berth.next_booking n ON n.reservation = r.id")[0])
        tally.check(missed == 0 and noted > 0, "what the migration brought holds for what the older programs wrote too, before it and after",
                    f"{noted} after, {missed} missed")


def main(older, newer):
    tally = Tally()
    service = Service()
    with cluster_of("plain", tally) as place, folder() as data:
        if place:
            kubeconfig = str(pathlib.Path(place) / "admin.kubeconfig")
            older, newer = Program("older", older), Program("newer", newer)
            demo = Demo(older.path, data, "--kubeconfig", kubeconfig, "--without-reconciler")
            with running(demo, tally) as begin:
                run(demo, kubeconfig, older, newer, tally, begin, service)
    service.close()
    return tally.close()


sys.exit(main(*sys.argv[1:]))
