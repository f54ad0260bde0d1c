#!/usr/bin/env python3
"""The reconciler killed after single effects of starting and of stopping a session, on the real API server.

All of them in a row: every life makes one effect and dies. That also tells of what kind each effect is. And one by one: for a
k, one that dies after its k-th effect and then one that is left in peace. Each time the objects must be the same, contents
included, as those of a session that nobody disturbed.

Most of this is waiting, for the Lease of a dead one to run out and for namespaces to go away. So there are several
installations on the one cluster, each with a database, a Lease and nodes of its own, and each takes the next thing to do.

usage: kill_points_test.py BERTH [--all | --row | --seed N]
  --all     every k of starting; otherwise some, as the seed has it. Of stopping it is every one.
  --row     all in a row, of starting and then of stopping, and none one by one
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import threading
import time
import traceback

from clusters import cluster_of
from harness import Api, Demo, Kubernetes, Tally, folder, wait_for
from many_nodes import add_nodes, write_pool
from sessions import ENDPOINT, KINDS, book, owned, ready

FLAVOUR = "openshift"
KILLED = 137            # what a reconciler that was told to die exits with
INSTALLATIONS = 3
INSTALLATIONS_OF_ROW = 1
POLL_SECONDS = 0.4      # each look costs the portal and the database more than it costs us to be late
NODES = 5               # of each, with four slices each: room for a session for every effect of the sample
NODES_FOR_ALL = 13      # the same for every effect
MOST_EFFECTS = 48       # more than any start has: the loop must have an end
MOST_STOPS = 12         # the same for stopping
LEARN_WITHIN_SECONDS = 600
SAMPLED = 4             # kill points of starting, one by one; in a row, every effect is one
SEED = 20261129
SERVER_FIELDS = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "finalizers")


def state_of(api, booked):
    return api.get(f"/reservations/{booked['id']}").body["state"]


class Reconcilers:
    """Reconcilers for one demo that runs without its own."""

    def __init__(self, demo, kubeconfig, log):
        self.command = [demo.berth, "reconciler", "--database-url", demo.addresses()["database_reconciler"],
                        "--kubeconfig", kubeconfig, "--lease-seconds", "2"]
        self.log = log

    def start(self, *arguments):
        return subprocess.Popen([*self.command, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=self.log.open("ab"))

    def dies_after(self, effects, settled, seconds=120):
        """True when it died of its k-th effect, False when all was done before that."""
        process = self.start("--exit-after-effects", str(effects))
        try:
            assert wait_for(lambda: process.poll() is not None or settled(), seconds, POLL_SECONDS), "neither died nor came to an end"
            if process.poll() is None:
                time.sleep(0.2)   # the last effects may come right behind what we see of them
            return process.poll() == KILLED
        finally:
            process.kill()
            process.wait()

    def in_peace(self, settled, seconds=120):
        process = self.start()
        try:
            return wait_for(settled, seconds, POLL_SECONDS)
        finally:
            process.terminate()
            process.wait()


def contents(cluster, space, booked, session_host):
    """Every object that Berth made in a namespace, without what differs from one session to the next."""
    found = {}
    for path in [*KINDS, ENDPOINT[FLAVOUR]]:
        for item in cluster.items(path.format(space)):
            if "berth.dev/session" not in item["metadata"].get("labels", {}):
                continue
            kind = path.rsplit("/", 1)[1]
            meta = {key: value for key, value in item["metadata"].items() if key not in SERVER_FIELDS}
            for key in ("deployment.kubernetes.io/revision", "pv.kubernetes.io/bind-completed"):
                meta.get("annotations", {}).pop(key, None)
            meta["annotations"] = {k: v for k, v in meta.get("annotations", {}).items() if k.startswith("berth.dev/")}
            body = {"metadata": meta, **{k: v for k, v in item.items() if k not in ("metadata", "status")}}
            if kind == "persistentvolumeclaims":
                body["spec"].pop("volumeName", None)
            if kind == "services":
                body["spec"].pop("clusterIP", None)
                body["spec"].pop("clusterIPs", None)
            if kind == "configmaps" and "starts_at" in body["data"]:
                body["data"] = {k: v for k, v in body["data"].items() if k not in ("session", "starts_at", "ends_at")}
            if kind == "resourcequotas":
                hard = body["spec"]["hard"]
                gpus = sorted(hard.pop(key) for key in list(hard) if key.startswith("requests.nvidia.com/"))
                hard["gpus"] = gpus
            text = json.dumps(body, sort_keys=True)
            text = text.replace(space, "SPACE").replace(booked["id"], "RESERVATION").replace(session_host, "HOST")
            text = re.sub(r'"berth.dev/session": "[^"]*"', '"berth.dev/session": "SESSION"', text)
            text = re.sub(r'session\\":\\"[0-9a-f-]{36}', 'session\\":\\"SESSION', text)  # in the text of the gate's list
            text = re.sub(r"nvidia\.com/mig-[^\"]*", "SLICE", text)
            text = re.sub(r"gpu-node-\d+", "NODE", text)
            found[kind, item["metadata"]["name"]] = text
    return found


def look(cluster, demo, booked):
    space, host = demo.sql(f"SELECT namespace_name, host FROM berth.session WHERE reservation = '{booked['id']}'")[0]
    return contents(cluster, space, booked, host)


def difference(wanted, seen):
    for key in sorted(wanted.keys() | seen.keys()):
        if wanted.get(key) != seen.get(key):
            return f"{key}: wanted {str(wanted.get(key))[:1500]}, seen {str(seen.get(key))[:1500]}"
    return ""


class Learnt:
    """What each effect of a row was, seen from outside: what was there after it that was not before."""

    def __init__(self, demo, cluster, booked):
        self.demo, self.cluster, self.booked = demo, cluster, booked
        self.before = self.look()
        self.kinds = []

    def look(self):
        rows = self.demo.sql(f"SELECT namespace_name, phase FROM berth.session WHERE reservation = '{self.booked['id']}'")
        steps = self.demo.sql("SELECT t.name, t.state FROM berth.step t JOIN berth.session s ON s.id = t.session "
                              f"WHERE s.reservation = '{self.booked['id']}'")
        seen = {("a phase", *row) for row in rows} | {("a step", *row) for row in steps}
        if rows:
            space = rows[0][0]
            seen |= {("a namespace", space) for _ in [0] if self.cluster.get(f"/api/v1/namespaces/{space}")[0] == 200}
            seen |= owned(self.cluster, space, FLAVOUR)
        return seen

    def one_more(self):
        now = self.look()
        self.kinds.append(" and ".join(sorted({one[0] for one in now ^ self.before})) or "nothing that is seen")
        self.before = now

    def sample(self, seed):
        """Numbers of effects, from 1."""
        every = range(1, len(self.kinds) + 1)
        return sorted(random.Random(seed).sample(every, min(SAMPLED, len(every))))


class Work:
    """What is to be done, handed out one by one to the installations: the row, every k of stopping, the wanted k of starting.

    Where the kill points of starting are a sample, it is known only when the row has told of what kind each effect is.
    """

    def __init__(self, all_starts, only_row, seed):
        self.seed = seed
        self.only_row = only_row
        self.starts = list(range(1, MOST_EFFECTS)) if all_starts else [] if only_row else None   # none yet: a sample, after the row
        self.learnt = None
        self.row_is_taken = False
        self.next_stop = 1
        self.died = {"starting": set(), "stopping": set()}
        self.ended = {}               # the least k at which one came to its end before so many effects
        self.given_up = False
        self._changed = threading.Condition()

    def next(self):
        """("row", None), ("starting", k), ("stopping", k); None when all is handed out."""
        with self._changed:
            if not self.row_is_taken:
                self.row_is_taken = True
                return "row", None
            if self.only_row:
                return None
            # Before the row has ended there may be more to come.
            until = time.monotonic() + LEARN_WITHIN_SECONDS
            while not self.given_up:
                if self.starts and "starting" not in self.ended:
                    return "starting", self.starts.pop(0)
                if self.next_stop <= MOST_STOPS and "stopping" not in self.ended:
                    self.next_stop += 1
                    return "stopping", self.next_stop - 1
                if self.starts is not None or not self._changed.wait(until - time.monotonic()):
                    break
            return None

    def learn(self, learnt):
        with self._changed:
            self.learnt = learnt
            print(f"# {len(learnt.kinds)} effects in a row: {'; '.join(f'{number} {kind}' for number, kind in enumerate(learnt.kinds, 1))}")
            if self.starts is None:
                self.starts = learnt.sample(self.seed)
                print(f"# kill points of starting, --seed {self.seed}: {', '.join(map(str, self.starts))}", flush=True)
            self._changed.notify_all()

    def note(self, what, effects, died):
        with self._changed:
            if died:
                self.died[what].add(effects)
            else:
                self.ended[what] = min(effects, self.ended.get(what, effects))
            self._changed.notify_all()

    def give_up(self):
        with self._changed:
            self.given_up = True
            self._changed.notify_all()


class Installation:
    """One demo without its own reconciler, and what is tried with it."""

    def __init__(self, demo, kubeconfig, log, tally):
        self.demo, self.tally = demo, tally
        self.cluster = Kubernetes(kubeconfig)
        self.log = log
        self.kubeconfig = kubeconfig
        self.api = self.reconcilers = None
        self.wanted = {}
        self.up = []

    def begin(self):
        self.demo.start()
        self.api = Api(self.demo.port, "ana@berth.local")
        self.reconcilers = Reconcilers(self.demo, self.kubeconfig, self.log)

    def do(self, work):
        """Takes what there is to do until there is nothing more, and ends what it has up then."""
        try:
            self.begin()
            self.undisturbed()
            while it := work.next():
                what, effects = it
                if what == "row":
                    work.learn(self.in_a_row())
                else:
                    work.note(what, effects, getattr(self, what)(effects))
                if self.tally.failed > 2:
                    raise AssertionError("too many faults to go on")
            self.end_the_rest()
        except Exception:   # of a thread: it must show up as a failure with its place
            self.tally.check(False, "the run goes through", traceback.format_exc()[-6000:])
            work.give_up()

    def undisturbed(self):
        reference = self.book()
        self.reconcilers.in_peace(lambda: ready(self.api, reference))
        self.wanted = look(self.cluster, self.demo, reference)
        self.tally.check(len(self.wanted) >= 15, "an undisturbed session has all its objects", f"{len(self.wanted)}")

    def book(self):
        booked = book(self.api, "slice-24gb", "interactive_ml", "one of many")
        self.up.append(booked)
        return booked

    def deaths_until(self, settled, seconds, after_each=lambda: None):
        deaths = 0
        until = time.monotonic() + seconds
        while not settled() and time.monotonic() < until:
            process = self.reconcilers.start("--once", "--exit-after-effects", "1")
            if process.wait(60) == KILLED:
                deaths += 1
                after_each()
        return deaths

    def in_a_row(self):
        """Each life of the reconciler makes one effect and dies; the session comes up and goes away all the same."""
        booked = self.book()
        learnt = Learnt(self.demo, self.cluster, booked)
        deaths = self.deaths_until(lambda: ready(self.api, booked), 300, learnt.one_more)
        fault = difference(self.wanted, look(self.cluster, self.demo, booked)) if ready(self.api, booked) else "not Ready"
        self.tally.check(not fault and deaths > 10, "a reconciler that dies after each effect still brings a session up, with the same objects",
                         f"{deaths} deaths {fault}")
        self.reconcilers.start("--once").wait(60)
        again = difference(self.wanted, look(self.cluster, self.demo, booked))
        self.tally.check(not again, "and one more, left in peace, changes none of them", again)
        self.up.remove(booked)
        self.api.send("DELETE", f"/reservations/{booked['id']}")
        deaths = self.deaths_until(lambda: state_of(self.api, booked) == "COMPLETED", 300)
        self.tally.check(state_of(self.api, booked) == "COMPLETED" and deaths >= 2, "and takes it away again", f"{deaths} deaths")
        self.gone([booked])
        return learnt

    def starting(self, effects):
        """Killed after so many effects of starting. False when the start had ended before."""
        booked = self.book()
        if not self.reconcilers.dies_after(effects, lambda: ready(self.api, booked)):
            return False
        session = self.reconcilers.in_peace(lambda: ready(self.api, booked))
        fault = difference(self.wanted, look(self.cluster, self.demo, booked)) if session else "not Ready"
        sessions = self.demo.sql(f"SELECT count(*) FROM berth.session WHERE reservation = '{booked['id']}'")[0][0]
        spaces = [space for space in self.cluster.session_namespaces()
                  if space["metadata"]["labels"].get("berth.dev/reservation") == booked["id"]]
        self.tally.check(not fault and sessions == "1" and len(spaces) == 1,
                         f"killed after effect {effects} of starting, then the same objects and nothing twice", fault)
        return True

    def stopping(self, effects):
        """A session that is ended by a reconciler which dies after so many effects, and then by one left in peace. False when
        the stop was over before."""
        if not self.up:
            booked = self.book()
            self.reconcilers.in_peace(lambda: ready(self.api, booked))
        one = self.up.pop()
        self.api.send("DELETE", f"/reservations/{one['id']}")
        over = lambda: state_of(self.api, one) == "COMPLETED"
        died = self.reconcilers.dies_after(effects, over)
        if died:
            self.reconcilers.in_peace(over)
        self.gone([one])
        return died

    def end_the_rest(self):
        ended, self.up = self.up, []
        if not ended:
            return
        for one in ended:
            self.api.send("DELETE", f"/reservations/{one['id']}")
        self.reconcilers.in_peace(lambda: all(state_of(self.api, one) == "COMPLETED" for one in ended), 180)
        self.gone(ended)

    def gone(self, ended):
        spaces = [self.demo.sql(f"SELECT namespace_name FROM berth.session WHERE reservation = '{one['id']}'")[0][0] for one in ended]
        left = [space for space in spaces if self.cluster.get(f"/api/v1/namespaces/{space}")[0] != 404]
        states = {state_of(self.api, one) for one in ended}
        self.tally.check(states <= {"COMPLETED"} and not left, f"{len(ended)} ended with nothing left behind", f"{states} {' '.join(left)}")


def every_effect_was_a_kill_point(work, all_starts, tally):
    stops = work.ended.get("stopping")
    tally.check(stops is not None, "a stop has an end")
    if stops is not None:
        tally.check(stops > 3 and work.died["stopping"] >= set(range(1, stops)), "every effect of stopping was a kill point once",
                    f"{stops - 1}")
    starts = work.ended.get("starting")
    if all_starts:
        tally.check(starts is not None, "a start has an end")
    if starts is not None:
        reached = {point for point in (range(1, starts) if all_starts else work.learnt.sample(work.seed)) if point < starts}
        tally.check(starts > 15 and work.died["starting"] >= reached, "every effect of starting was a kill point once", f"{starts - 1}")


def pool_of(place, number, nodes):
    """A pool of the nodes that only installation `number` uses."""
    place.mkdir(mode=0o755)
    path = write_pool(place, nodes)
    path.write_text(re.sub(r"gpu-node-(\d+)", lambda name: f"gpu-node-{number * nodes + int(name[1])}", path.read_text()))
    return path


def run(options, kubeconfig, data, nodes, count, tally):
    work = Work(options.all, options.row, options.seed)
    installations = []
    for number in range(count):
        place = data / str(number)
        pool = pool_of(place, number, nodes)
        demo = Demo(options.berth, place, "--kubeconfig", kubeconfig, "--without-reconciler", "--pool-file", str(pool))
        installations.append(Installation(demo, kubeconfig, place / "reconciler.log", tally))
    try:
        threads = [threading.Thread(target=one.do, args=(work,)) for one in installations]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not work.given_up and not options.row:
            every_effect_was_a_kill_point(work, options.all, tally)
    finally:
        work.give_up()
        for one in installations:
            one.demo.stop()
            if tally.failed and one.log.exists():
                print(one.log.read_text(errors="replace")[-6000:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("berth")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true")
    which.add_argument("--row", action="store_true")
    which.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    tally = Tally()
    nodes, count = NODES_FOR_ALL if options.all else NODES, INSTALLATIONS_OF_ROW if options.row else INSTALLATIONS
    with cluster_of(FLAVOUR, tally) as place:
        if place:
            kubeconfig = str(pathlib.Path(place) / "admin.kubeconfig")
            every = count * nodes
            tally.check(bool(add_nodes(Kubernetes(kubeconfig), every)), f"the cluster has {every} nodes with four slices each")
            with folder() as data:
                run(options, kubeconfig, data, nodes, count, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
