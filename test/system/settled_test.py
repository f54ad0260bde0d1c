#!/usr/bin/env python3
"""50 sessions (--sessions N) on a real API server, and then nothing to do: cycles must not write, to Kubernetes or PostgreSQL, save the
Lease and the one heartbeat row. Then all of them end at once, and nothing is left."""

import collections
import json
import pathlib
import sys
import time

from clusters import cluster_of
from harness import Api, Demo, Kubernetes, Portal, Role, Tally, folder, running, wait_for
from many_nodes import add_nodes, write_pool

SESSIONS = int(sys.argv[3]) if sys.argv[2:3] == ["--sessions"] else 50
NODES = 13                       # of four slices each
CYCLE_SECONDS = 6                # what the reconciler is told; 30 otherwise. More than the 5 that are between two beats at
                                 # least, so that every cycle beats
QUIET_SECONDS = 20               # more than three cycles, all of whose rows are counted
READY_WITHIN_SECONDS = 600
LOOK_SECONDS = 2                 # each look is a program and a process of PostgreSQL; a cycle's beat stands for longer
STATISTICS_SECONDS = 11          # an idle process of PostgreSQL hands its counts over after ten
GONE_WITHIN_SECONDS = 600
WRITING = {"create", "update", "patch", "delete", "deletecollection"}
CLUSTER_WIDE = ["/api/v1/namespaces", "/api/v1/persistentvolumes", "/apis/rbac.authorization.k8s.io/v1/clusterroles",
                "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
                "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
                "/apis/admissionregistration.k8s.io/v1beta1/mutatingadmissionpolicies",
                "/apis/admissionregistration.k8s.io/v1beta1/mutatingadmissionpolicybindings"]


class Writes:
    """What the API server's audit log says was written since a moment, by whom."""

    def __init__(self, place):
        self.path = pathlib.Path(place) / "logs" / "audit.jsonl"
        self.from_byte = self.path.stat().st_size

    def lines(self):
        with self.path.open("rb") as file:
            file.seek(self.from_byte)
            whole = file.read().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def of_berth(self):
        """Verb, resource, namespace/name and answer of each write of a Berth program, the Lease's apart."""
        others, lease = collections.Counter(), 0
        for line in self.lines():
            if line["verb"] not in WRITING or not line.get("userAgent", "").startswith("berth"):
                continue
            where = line.get("objectRef", {})
            if where.get("resource") == "leases" and where.get("namespace") == "berth-system":
                lease += 1
            else:
                others[f"{line['verb']} {where.get('resource')} {where.get('namespace', '')}/{where.get('name', '')} "
                       f"{line['responseStatus']['code']}"] += 1
        return others, lease

    def by_program(self):
        return dict(collections.Counter(line.get("userAgent", "?").split("/")[0] for line in self.lines()
                                        if line["verb"] in WRITING).most_common(6))


def rows_written(demo):
    """Per table, how many rows were ever inserted, changed and deleted; of what is older than STATISTICS_SECONDS for certain."""
    return {row[0]: int(row[1]) for row in
            demo.sql("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE schemaname = 'berth'")}


def changed(before, after):
    return {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}


def wal(demo):
    return int(demo.sql("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")[0][0])


def phases(demo):
    return {row[0]: int(row[1]) for row in demo.sql("SELECT phase, count(*) FROM berth.session GROUP BY phase")}


def heartbeat(demo):
    row = demo.sql("SELECT extract(epoch FROM at), cycle_millis, sessions, problem, epoch FROM berth.heartbeat")
    return (float(row[0][0]), int(row[0][1]), int(row[0][2]), row[0][3], int(row[0][4])) if row else None


def fill(demo, api, tally):
    begun = time.monotonic()
    ids = []
    for i in range(SESSIONS):
        answer = api.send("POST", "/reservations", {"pool": "lab", "device_class": "slice-24gb", "units": 1, "start": "now",
                                                    "duration_minutes": 120, "name": f"session-{i}"})
        assert answer.status == 201, answer.body
        ids.append(answer.body["id"])
    booked = time.monotonic() - begun
    wait_for(lambda: phases(demo) == {"Ready": SESSIONS}, READY_WITHIN_SECONDS, LOOK_SECONDS)
    took = time.monotonic() - begun
    tally.check(phases(demo) == {"Ready": SESSIONS}, f"{SESSIONS} sessions become Ready",
                f"{took:.1f} s from the first booking; booking them took {booked:.1f} s; {phases(demo)}")
    row = demo.sql("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x), max(x), count(*) FROM "
                   "(SELECT extract(epoch FROM ready_at - created_at) AS x FROM berth.session) s")[0]
    print(f"  from the session's row to Ready: median {float(row[0]):.1f} s, longest {float(row[1]):.1f} s; {row[2]} attempts")
    return ids


def is_quiet(demo):
    """No event for five seconds."""
    last = demo.sql("SELECT max(id) FROM berth.event")
    for _ in range(5):
        time.sleep(1)
        now = demo.sql("SELECT max(id) FROM berth.event")
        if now != last:
            return False
    return True


def new_leader(demo, place, reconciler, rows, tally):
    """A leader that begins: its first cycle, its sweep and its maintenance find nothing to do. `rows`: what was written till now."""
    writes, epoch = Writes(place), heartbeat(demo)[4]
    reconciler.stop()
    reconciler.start()
    leads = wait_for(lambda: heartbeat(demo)[4] > epoch, 60)
    time.sleep(STATISTICS_SECONDS)   # the sweep and the maintenance come right after the first cycle
    others, lease = writes.of_berth()
    # Its Lease's namespace is asked for once, at the start of the program: that it is there already is the answer.
    started = [one for one in others if one.startswith("create namespaces") and "berth-system" in one and one.endswith(" 409")]
    rest = {one: count for one, count in others.items() if one not in started}
    tally.check(bool(leads) and not rest and lease > 0, "a new leader's first cycle and sweep write nothing to Kubernetes but the Lease",
                f"Lease {lease} times, {dict(others)}")
    difference = changed(rows, rows_written(demo))
    tally.check(set(difference) <= {"heartbeat", "leader"} and difference.get("leader") == 1,
                "and to PostgreSQL its epoch and the heartbeat", str(difference))


def nothing_is_written(demo, place, portal, reconciler, tally):
    """The rows written in all until its end."""
    time.sleep(STATISTICS_SECONDS)
    rows, writes, log_at = rows_written(demo), Writes(place), wal(demo)
    began_rows = time.monotonic()
    beats = {}
    # The rows that QUIET_SECONDS wrote are all told of only later, so the rest is looked at until then too.
    until = time.monotonic() + QUIET_SECONDS + STATISTICS_SECONDS
    while time.monotonic() < until:
        at, millis, sessions, problem, _ = heartbeat(demo)
        beats[at] = (millis, sessions, problem)
        time.sleep(LOOK_SECONDS)
    grown = wal(demo) - log_at
    rows_at_end = rows_written(demo)
    difference = changed(rows, rows_at_end)
    lasted = time.monotonic() - began_rows
    others, lease = writes.of_berth()
    cycles = len(beats) - 1
    tally.check(cycles >= 3, f"{QUIET_SECONDS} s and more of a settled cluster have three cycles and more",
                f"{cycles} in {lasted:.0f} s, of {', '.join(str(one[0]) for one in beats.values())} ms with {SESSIONS} sessions")
    tally.check({one[1:] for one in beats.values()} == {(SESSIONS, "")}, "each cycle looked at all sessions and had no trouble",
                str({one[1:] for one in beats.values()}))
    tally.check(not others and lease > 0, "in that time nothing is written to Kubernetes but the Lease",
                f"Lease {lease} times, others {dict(others)}; all writers: {writes.by_program()}")
    tally.check(set(difference) == {"heartbeat"} and difference["heartbeat"] <= lasted / CYCLE_SECONDS + 2,
                "and in PostgreSQL only the heartbeat row changes", f"{difference}; {grown} bytes of write-ahead log")
    for name, role in (("portal", portal), ("reconciler", reconciler)):
        rss, highest = role.memory()
        print(f"  memory of the {name}: {rss:.0f} MiB resident, {highest:.0f} MiB at its highest")
    return rows_at_end


def all_end(demo, api, cluster, ids, volumes, tally):
    namespaces = {row[0] for row in demo.sql("SELECT namespace_name FROM berth.session")}
    begun = time.monotonic()
    answers = [api.send("DELETE", f"/reservations/{one}").status for one in ids]
    tally.check(answers == [200] * SESSIONS, "all of them are told to end")
    wait_for(lambda: phases(demo) == {"Gone": SESSIONS}, GONE_WITHIN_SECONDS, LOOK_SECONDS)
    tally.check(phases(demo) == {"Gone": SESSIONS}, "all sessions are Gone", f"{time.monotonic() - begun:.1f} s; {phases(demo)}")
    states = demo.sql("SELECT state, count(*) FROM berth.reservation GROUP BY state")
    tally.check(states == [["COMPLETED", str(SESSIONS)]], "and COMPLETED", str(states))

    def left():
        found = []
        for path in CLUSTER_WIDE:
            for item in cluster.items(path):
                text = json.dumps(item)
                if "berth.dev/session" in item["metadata"].get("labels", {}) or any(name in text for name in namespaces):
                    found.append(f"{path.rsplit('/', 1)[1]}/{item['metadata']['name']}")
        return found
    # Volumes are the cluster's own to take back, after their claims.
    nothing = wait_for(lambda: not left(), 60, 1)
    tally.check(len(namespaces) == SESSIONS and bool(nothing), "nothing is left of them in the cluster, cluster-wide objects included",
                f"looked for {len(namespaces)} namespaces' names in {len(CLUSTER_WIDE)} kinds; left: {left()[:5]}")
    pods = cluster.items("/api/v1/pods")
    claims = demo.sql("SELECT count(*) FROM berth.reservation_unit WHERE live AND upper(during) > clock_timestamp()")[0][0]
    holds = demo.sql("SELECT count(*) FROM berth.hold WHERE released_at IS NULL")[0][0]
    tally.check((claims, holds) == ("0", "0") and not pods, "every unit is free again, no pod runs", f"{len(pods)} pods, {volumes} volumes before")


def settled(berth, place, kubeconfig, tally):
    cluster = Kubernetes(kubeconfig)
    tally.check(bool(add_nodes(cluster, NODES)), f"the cluster has {NODES} nodes with four slices each")
    with folder() as data:
        demo = Demo(berth, data, "--kubeconfig", kubeconfig, "--without-reconciler", "--pool-file", str(write_pool(data, NODES)))
        with running(demo, tally) as begin:
            portal = begin(Portal(demo))
            reconciler = begin(Role(demo, "reconciler", "--kubeconfig", kubeconfig, "--cycle-seconds", str(CYCLE_SECONDS)))
            tally.check(bool(wait_for(lambda: heartbeat(demo), 60)), "portal and reconciler run as processes of their own")
            volumes = len(cluster.items("/api/v1/persistentvolumes"))
            api = Api(portal.port, "ana@berth.local")
            ids = fill(demo, api, tally)
            tally.check(bool(wait_for(lambda: is_quiet(demo), 60)), "then it is quiet")
            rows = nothing_is_written(demo, place, portal, reconciler, tally)
            new_leader(demo, place, reconciler, rows, tally)
            all_end(demo, api, cluster, ids, volumes, tally)
            tally.check(portal.alive() and reconciler.alive(), "portal and reconciler ran to the end")


def main(berth):
    tally = Tally()
    with cluster_of("plain", tally, "--audit") as place:
        if place:
            settled(berth, place, str(pathlib.Path(place) / "admin.kubeconfig"), tally)
    return tally.close()


sys.exit(main(sys.argv[1]))
