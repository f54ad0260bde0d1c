#!/usr/bin/env python3
"""The reconciler killed after each single effect of starting and of stopping a session, on the real API server.

First one by one: for every k, one that dies after its k-th effect and then one that is left in peace; the objects must be
the same, contents included, as those of a session that nobody disturbed. Then all of them in a row: every life makes one
effect and dies."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from harness import Api, Demo, Kubernetes, Tally, folder, wait_for
from sessions import CLUSTER, ENDPOINT, KINDS, book, owned, ready

FLAVOUR = "openshift"
KILLED = 137            # what a reconciler that was told to die exits with
SLICES = 4              # sessions that fit at once
MOST_EFFECTS = 120      # more than any start has: the loop must have an end
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


class OneByOne:
    def __init__(self, demo, api, cluster, reconcilers, tally):
        self.demo, self.api, self.cluster, self.reconcilers, self.tally = demo, api, cluster, reconcilers, tally
        self.up = []
        self.stop_kill = 0
        self.stops_exhausted = False

    def run(self):
        reference = book(self.api, "slice-24gb", "interactive_ml", "one of many")
        self.reconcilers.in_peace(lambda: ready(self.api, reference))
        wanted = look(self.cluster, self.demo, reference)
        self.tally.check(len(wanted) >= 15, "an undisturbed session has all its objects", f"{len(wanted)}")
        self.up.append(reference)
        begun = time.monotonic()
        for effects in range(1, MOST_EFFECTS):
            if len(self.up) == SLICES:
                self.end_all()
            booked = book(self.api, "slice-24gb", "interactive_ml", "one of many")
            self.up.append(booked)
            died = self.reconcilers.dies_after(effects, lambda: ready(self.api, booked))
            if not died:
                self.tally.check(effects > 15, "every effect of starting was a kill point once",
                                 f"{effects - 1} in {time.monotonic() - begun:.0f} s")
                break
            session = self.reconcilers.in_peace(lambda: ready(self.api, booked))
            fault = difference(wanted, look(self.cluster, self.demo, booked)) if session else "not Ready"
            sessions = self.demo.sql(f"SELECT count(*) FROM berth.session WHERE reservation = '{booked['id']}'")[0][0]
            spaces = [space for space in self.cluster.session_namespaces()
                      if space["metadata"]["labels"].get("berth.dev/reservation") == booked["id"]]
            self.tally.check(not fault and sessions == "1" and len(spaces) == 1,
                             f"killed after effect {effects} of starting, then the same objects and nothing twice", fault)
            self.last_words(fault)
        else:
            self.tally.check(False, "a start has an end")
        while self.up:
            self.end_all()

    def last_words(self, fault):
        if fault and self.tally.failed > 2:
            raise AssertionError("too many faults to go on")

    def end_all(self):
        """One of them is ended by a reconciler that dies on the way; then all go."""
        ended, self.up = self.up, []
        spaces = [self.demo.sql(f"SELECT namespace_name FROM berth.session WHERE reservation = '{one['id']}'")[0][0]
                  for one in ended]
        if not self.stops_exhausted:
            self.stop_kill += 1
            self.api.send("DELETE", f"/reservations/{ended[0]['id']}")
            if self.reconcilers.dies_after(self.stop_kill, lambda: state_of(self.api, ended[0]) == "COMPLETED"):
                print(f"# killed after effect {self.stop_kill} of stopping", flush=True)
            else:
                self.stops_exhausted = True
                self.tally.check(self.stop_kill > 2, "every effect of stopping was a kill point once",
                                 f"{self.stop_kill - 1}")
        for one in ended:
            if state_of(self.api, one) != "COMPLETED":
                self.api.send("DELETE", f"/reservations/{one['id']}")
        done = self.reconcilers.in_peace(
            lambda: all(state_of(self.api, one) == "COMPLETED" for one in ended), 120)
        left = [space for space in spaces if self.cluster.get(f"/api/v1/namespaces/{space}")[0] != 404]
        self.tally.check(done and not left, f"{len(ended)} sessions end with nothing left behind", " ".join(left))


def in_a_row(demo, api, cluster, reconcilers, tally):
    """Each life of the reconciler makes one effect and dies; the session comes up and goes away all the same."""
    booked = book(api, "slice-24gb", "interactive_ml", "killed")

    def deaths_until(settled, seconds):
        deaths = 0
        until = time.monotonic() + seconds
        while not settled() and time.monotonic() < until:
            process = reconcilers.start("--once", "--exit-after-effects", "1")
            deaths += process.wait(60) == KILLED
        return deaths

    deaths = deaths_until(lambda: ready(api, booked), 240)
    session = ready(api, booked)
    if not tally.check(bool(session) and deaths > 10, "a reconciler that dies after each effect still brings a session up",
                       f"{deaths} deaths"):
        return
    made = owned(cluster, session["namespace"], FLAVOUR)
    process = reconcilers.start("--once")
    process.wait(60)
    tally.check(made == owned(cluster, session["namespace"], FLAVOUR), "with the same objects as an undisturbed one",
                f"{len(made)} objects")
    api.send("DELETE", f"/reservations/{booked['id']}")
    deaths = deaths_until(lambda: state_of(api, booked) == "COMPLETED", 120)
    tally.check(state_of(api, booked) == "COMPLETED" and deaths >= 2, "and takes it away again", f"{deaths} deaths")
    tally.check(cluster.get(f"/api/v1/namespaces/{session['namespace']}")[0] == 404, "with nothing left behind")


def main(berth):
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="berth-") as place:
        started = subprocess.run([CLUSTER, "start", "--dir", place, f"--{FLAVOUR}"], stdin=subprocess.DEVNULL,
                                 capture_output=True, text=True)
        if not tally.check(started.returncode == 0, "the cluster starts", started.stderr[-2000:]):
            return tally.close()
        try:
            kubeconfig = str(pathlib.Path(place) / "admin.kubeconfig")
            cluster = Kubernetes(kubeconfig)
            with folder() as data:
                demo = Demo(berth, data, "--kubeconfig", kubeconfig, "--without-reconciler")
                try:
                    demo.start()
                    api = Api(demo.port, "ana@berth.local")
                    reconcilers = Reconcilers(demo, kubeconfig, data / "reconciler.log")
                    OneByOne(demo, api, cluster, reconcilers, tally).run()
                    in_a_row(demo, api, cluster, reconcilers, tally)
                except AssertionError as fault:
                    tally.check(False, "the run goes through", str(fault)[-3000:])
                finally:
                    demo.stop()
                    if tally.failed:
                        print((data / "reconciler.log").read_text(errors="replace")[-6000:])
        finally:
            subprocess.run([CLUSTER, "stop", "--dir", place], stdin=subprocess.DEVNULL, capture_output=True)
    return tally.close()


sys.exit(main(sys.argv[1]))
