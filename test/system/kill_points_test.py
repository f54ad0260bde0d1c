#!/usr/bin/env python3
"""The reconciler killed after single effects of starting and of stopping a session, on the real API server.

First all of them in a row: every life makes one effect and dies. That also tells of what kind each effect is. Then one by
one: for a k, one that dies after its k-th effect and then one that is left in peace. Each time the objects must be the same,
contents included, as those of a session that nobody disturbed.

usage: kill_points_test.py BERTH [--all | --seed N]
  --all     every k of starting; otherwise the first effect of each kind and some of the others, as the seed has it.
            Of stopping it is always every one.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import time

from clusters import cluster_of
from harness import Api, Demo, Kubernetes, Tally, folder, wait_for
from many_nodes import add_nodes, write_pool
from sessions import ENDPOINT, KINDS, book, owned, ready

FLAVOUR = "openshift"
KILLED = 137            # what a reconciler that was told to die exits with
NODES = 13              # of four slices each: room for a session for every effect
MOST_EFFECTS = 48       # more than any start has, and as many as there is room for: the loop must have an end
MOST_STOPS = 12         # the same for stopping
SAMPLED = 4             # kill points besides the first of each kind
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
            assert wait_for(lambda: process.poll() is not None or settled(), seconds), "neither died nor came to an end"
            if process.poll() is None:
                time.sleep(0.2)   # the last effects may come right behind what we see of them
            return process.poll() == KILLED
        finally:
            process.kill()
            process.wait()

    def in_peace(self, settled, seconds=120):
        process = self.start()
        try:
            return wait_for(settled, seconds)
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
            if kind == "secrets":
                body["data"] = sorted(body["data"])        # the password is another one each time
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
        """Numbers of effects, from 1: the first of each kind, and some of the rest."""
        first = {kind: number for number, kind in reversed(list(enumerate(self.kinds, 1)))}
        rest = sorted(set(range(1, len(self.kinds) + 1)) - set(first.values()))
        return sorted([*first.values(), *random.Random(seed).sample(rest, min(SAMPLED, len(rest)))])


class Run:
    def __init__(self, demo, api, cluster, reconcilers, tally):
        self.demo, self.api, self.cluster, self.reconcilers, self.tally = demo, api, cluster, reconcilers, tally
        self.wanted = {}
        self.up = []

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
        deaths = self.deaths_until(lambda: state_of(self.api, booked) == "COMPLETED", 120)
        self.tally.check(state_of(self.api, booked) == "COMPLETED" and deaths >= 2, "and takes it away again", f"{deaths} deaths")
        self.gone([booked])
        return learnt

    def starting(self, points):
        """Killed after each of these effects. False once a start had ended before so many."""
        begun = time.monotonic()
        for effects in points:
            booked = self.book()
            if not self.reconcilers.dies_after(effects, lambda: ready(self.api, booked)):
                self.tally.check(effects > 15, "every effect of starting was a kill point once",
                                 f"{effects - 1} in {time.monotonic() - begun:.0f} s")
                return False
            session = self.reconcilers.in_peace(lambda: ready(self.api, booked))
            fault = difference(self.wanted, look(self.cluster, self.demo, booked)) if session else "not Ready"
            sessions = self.demo.sql(f"SELECT count(*) FROM berth.session WHERE reservation = '{booked['id']}'")[0][0]
            spaces = [space for space in self.cluster.session_namespaces()
                      if space["metadata"]["labels"].get("berth.dev/reservation") == booked["id"]]
            self.tally.check(not fault and sessions == "1" and len(spaces) == 1,
                             f"killed after effect {effects} of starting, then the same objects and nothing twice", fault)
            if fault and self.tally.failed > 2:
                raise AssertionError("too many faults to go on")
        return True

    def stopping(self):
        """For every k one session that is ended by a reconciler which dies after k effects, and then by one left in peace;
        when a stop is over before so many, all the others go together."""
        ended, self.up = self.up, []
        while len(ended) < MOST_STOPS:
            ended.append(book(self.api, "slice-24gb", "interactive_ml", "one of many"))
        self.reconcilers.in_peace(lambda: all(ready(self.api, one) for one in ended))
        for effects, one in enumerate(ended, 1):
            self.api.send("DELETE", f"/reservations/{one['id']}")
            over = lambda: state_of(self.api, one) == "COMPLETED"
            if not self.reconcilers.dies_after(effects, over):
                self.tally.check(effects > 3, "every effect of stopping was a kill point once", f"{effects - 1}")
                break
            self.reconcilers.in_peace(over)
        else:
            self.tally.check(False, "a stop has an end")
        for one in ended:
            if state_of(self.api, one) != "COMPLETED":
                self.api.send("DELETE", f"/reservations/{one['id']}")
        self.reconcilers.in_peace(lambda: all(state_of(self.api, one) == "COMPLETED" for one in ended), 180)
        self.gone(ended)

    def gone(self, ended):
        spaces = [self.demo.sql(f"SELECT namespace_name FROM berth.session WHERE reservation = '{one['id']}'")[0][0] for one in ended]
        left = [space for space in spaces if self.cluster.get(f"/api/v1/namespaces/{space}")[0] != 404]
        states = {state_of(self.api, one) for one in ended}
        self.tally.check(states == {"COMPLETED"} and not left, f"{len(ended)} ended with nothing left behind", f"{states} {' '.join(left)}")


def run(options, demo, kubeconfig, data, tally):
    demo.start()
    work = Run(demo, Api(demo.port, "ana@berth.local"), Kubernetes(kubeconfig), Reconcilers(demo, kubeconfig, data / "reconciler.log"), tally)
    work.undisturbed()
    learnt = work.in_a_row()
    print(f"# {len(learnt.kinds)} effects in a row: {'; '.join(f'{number} {kind}' for number, kind in enumerate(learnt.kinds, 1))}")
    if options.all:
        if work.starting(range(1, MOST_EFFECTS)):
            tally.check(False, "a start has an end")
    else:
        points = learnt.sample(options.seed)
        print(f"# kill points of starting, --seed {options.seed}: {', '.join(map(str, points))}", flush=True)
        work.starting(points)
    work.stopping()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("berth")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true")
    which.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    tally = Tally()
    with cluster_of(FLAVOUR, tally) as place:
        if place:
            kubeconfig = str(pathlib.Path(place) / "admin.kubeconfig")
            tally.check(bool(add_nodes(Kubernetes(kubeconfig), NODES)), f"the cluster has {NODES} nodes with four slices each")
            with folder() as data:
                demo = Demo(options.berth, data, "--kubeconfig", kubeconfig, "--without-reconciler",
                            "--pool-file", str(write_pool(data, NODES)))
                try:
                    run(options, demo, kubeconfig, data, tally)
                finally:
                    demo.stop()
                    if tally.failed and (data / "reconciler.log").exists():
                        print((data / "reconciler.log").read_text(errors="replace")[-6000:])
    return tally.close()


sys.exit(main())
