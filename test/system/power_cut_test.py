#!/usr/bin/env python3
"""Everything dies in one moment, as in a power cut: two portals, the leading and the standing-by reconciler, PostgreSQL, and the
API server with its store, its controllers and its node. Sessions run then, one is starting and one is ending. All of it is
started again: what was answered is so, what ran runs on in the pod that it had, what was on its way arrives, and nothing is
left of what is over.

On a real API server. SIGKILL is all that happens: no machine dies, so what was written is there (docs/testing.md).

usage: power_cut_test.py BERTH [--all]
  --all     the power is cut at three moments of a start; otherwise at one, in the middle
"""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from clusters import CLUSTER, cluster_of
from harness import Api, Demo, Kubernetes, Portal, Role, Tally, Wire, folder, running, wait_for
from sessions import all_applied, as_it_was, book, pods, ready, session_of

FLAVOUR = "plain"
PATIENCE = 300           # seconds, for what takes a few
LOOK = 0.01              # the moment of the cut is between two of these
# 15 s until the Lease of the dead leader has run out, and 2 until it is asked for again; a start takes two or three.
PROMISED_SECONDS = 35
SLACK = 3


class Site:
    """All that is killed, and started again."""

    def __init__(self, berth, place, data, tally):
        self.place = pathlib.Path(place)
        self.kubeconfig = str(self.place / "admin.kubeconfig")
        self.cluster = Kubernetes(self.kubeconfig)
        self.demo = Demo(berth, data, "--kubeconfig", self.kubeconfig, "--without-reconciler")
        self.tally = tally
        self.roles = []

    def begin(self, begin):
        self.portal = Portal(self.demo)
        reconcilers = [Role(self.demo, "reconciler", "--kubeconfig", self.kubeconfig) for _ in range(2)]
        reconcilers[1].path = self.demo.folder / "standby.log"
        self.roles = [self.portal, *reconcilers]
        for role in self.roles:
            begin(role)
        self.api = Api(self.portal.port, "ana@berth.local")

    def processes(self):
        """Of PostgreSQL those that work for a connection too: they would end by themselves, but later."""
        postgres = int((self.demo.folder / "data" / "postgresql" / "postmaster.pid").read_text().split()[0])
        cluster = [json.loads(note.read_text())["pid"] for note in (self.place / "pids").iterdir()]
        return [*(role.process.pid for role in self.roles), self.demo.process.pid, postgres, *children_of(postgres), *cluster]

    def cut(self):
        """Seconds from the first SIGKILL to the last."""
        pids = self.processes()
        begun = time.monotonic()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):   # a child of one that is dead already
                os.kill(pid, signal.SIGKILL)
        took = time.monotonic() - begun
        for role in self.roles:
            role.process.wait()
        self.demo.kill()
        self.tally.check(wait_for(lambda: not [pid for pid in pids if runs(pid)], PATIENCE), "all of it is dead at once",
                         f"{len(pids)} processes within {1000 * took:.1f} ms")

    def again(self):
        """The cluster first: a demo, which brings PostgreSQL, asks it for its facts."""
        cluster = subprocess.Popen([CLUSTER, "resume", "--dir", str(self.place)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        said, _ = cluster.communicate(timeout=PATIENCE)
        self.tally.check(cluster.returncode == 0, "the cluster runs again", said.strip())
        self.demo.start()
        for role in self.roles:   # the demo's PostgreSQL is at another socket each time
            role.environment["BERTH_DATABASE_URL"] = self.demo.addresses()[f"database_{role.name}"]
            role.start()


def children_of(pid):
    return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def runs(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat[stat.rindex(")") + 2] not in "ZX"


def spaces_of(site, booked=None):
    return [space for space in site.cluster.session_namespaces(site.installation)
            if booked is None or space["metadata"]["labels"].get("berth.dev/reservation") == booked["id"]]


MOMENTS = ("its namespace is there", "its quota is there", "its Deployment is there")
KIND_OF = {MOMENTS[1]: "/api/v1/namespaces/{}/resourcequotas", MOMENTS[2]: "/apis/apps/v1/namespaces/{}/deployments"}


def begun(site, booked, how_far):
    spaces = spaces_of(site, booked)
    kind = KIND_OF.get(how_far)
    return bool(spaces) and (not kind or bool(site.cluster.items(kind.format(spaces[0]["metadata"]["name"]))))


def audit(demo):
    """Each row of the audit log, whole."""
    return dict(demo.sql("SELECT id, md5(a::text) FROM berth.audit a"))


def unaudited(demo):
    """Reservations whose changes have not each a row of the audit log, and none more."""
    return demo.sql("""SELECT r.id FROM berth.reservation r WHERE r.version <>
        (SELECT count(*) FROM berth.audit a WHERE a.object_type = 'reservation' AND a.object_id = r.id::text)""")


def one_cut(site, tally, how_far):
    """A cut while a start has come as far as that."""
    api, demo = site.api, site.demo
    when = f"cut where {how_far}"
    # After two cuts every slice is one of those that run: then one of them ends.
    ending = site.live.pop() if len(site.live) > 2 else book(api, "slice-24gb", "interactive_ml", "ending")
    site.tally.check(bool(wait_for(lambda: ready(api, ending), PATIENCE)), f"{when}: one to end is Ready", str(session_of(api, ending)))
    live = [one for one in site.live if tally.check(bool(ready(api, one)), f"{when}: {one['name']} is Ready before")]
    sessions = {one["id"]: session_of(api, one) for one in live}
    before = {one["id"]: as_it_was(api, one) for one in [*live, *site.others]}
    running_in = {one["id"]: pods(site.cluster, sessions[one["id"]]["namespace"]) for one in live}

    answer = api.send("DELETE", f"/reservations/{ending['id']}")
    assert answer.status == 200, answer.body
    gone_space = spaces_of(site, ending)[0]["metadata"]["name"]
    going = lambda: site.cluster.get(f"/api/v1/namespaces/{gone_space}")[1]["metadata"].get("deletionTimestamp")
    assert wait_for(going, PATIENCE, LOOK), "no namespace is being deleted"
    starting = book(api, "slice-24gb", "interactive_ml", "starting")
    assert wait_for(lambda: begun(site, starting, how_far), PATIENCE, LOOK), "nothing starts"
    written = audit(demo)
    site.cut()

    begun_again = time.monotonic()
    site.again()
    up = time.monotonic()
    took = lambda: f"{time.monotonic() - up:.1f} s after all ran again, {up - begun_again:.1f} s later than the power"
    rows = dict(demo.sql("SELECT reservation, phase FROM berth.session ORDER BY created_at"))
    print(f"# the cut met the starting one in {rows.get(starting['id'])}, the ending one in {rows.get(ending['id'])}", flush=True)
    kept = audit(demo)
    tally.check(all(kept.get(row) == text for row, text in written.items()) and len(written) > 20,
                f"{when}: no row of the audit log is lost or changed", f"{len(written)} before, {len(kept)} now")
    tally.check({key: as_it_was(api, {"id": key}) for key in before} == before, f"{when}: every reservation is as it was",
                f"{len(before)}")
    began = wait_for(lambda: ready(api, starting), PATIENCE)
    tally.check(bool(began) and time.monotonic() - up < SLACK * PROMISED_SECONDS,
                f"{when}: the one that was starting is Ready, promised {PROMISED_SECONDS} s", took() if began else str(session_of(api, starting)))
    over = lambda: as_it_was(api, ending)["state"] == "COMPLETED" and site.cluster.get(f"/api/v1/namespaces/{gone_space}")[0] == 404
    tally.check(wait_for(over, PATIENCE), f"{when}: the one that was ending is over", took())
    attempts = demo.sql(f"SELECT count(*) FROM berth.session WHERE reservation = '{starting['id']}'")[0][0]
    tally.check(attempts == "1" and len(spaces_of(site, starting)) == 1, f"{when}: at the first attempt, in one namespace", attempts)
    tally.check(all_applied(site.cluster, began["namespace"], FLAVOUR), f"{when}: with every object")

    for one in live:
        now = session_of(api, one)
        same = all(now[key] == sessions[one["id"]][key] for key in ("namespace", "phase", "attempt") if key in now)
        tally.check(same and pods(site.cluster, now["namespace"]) == running_in[one["id"]],
                    f"{when}: {one['name']} runs on, in the same pod", ", ".join(running_in[one["id"]][0]))
    wanted = {session_of(api, one)["namespace"] for one in [*live, starting]}
    tally.check({space["metadata"]["name"] for space in spaces_of(site)} == wanted, f"{when}: there is a namespace for each of them, and none more")
    tally.check(not unaudited(demo), f"{when}: every change has its row in the audit log", str(unaudited(demo)))
    site.live.append(starting)


def everything_ends(site, tally):
    api = site.api
    for one in site.live:
        api.send("DELETE", f"/reservations/{one['id']}")
    over = lambda: all(as_it_was(api, one)["state"] == "COMPLETED" for one in site.live) and not spaces_of(site)
    tally.check(wait_for(over, PATIENCE), "all of them end, and no namespace is left", str(len(spaces_of(site))))
    left = lambda: [volume["metadata"]["name"] for volume in site.cluster.items("/api/v1/persistentvolumes")
                    if volume["spec"].get("claimRef", {}).get("namespace", "").startswith("berth-s-")]
    tally.check(wait_for(lambda: not left(), PATIENCE), "nor a volume", str(left()))
    # A namespace that takes long to go, as on a machine that does much else, is told until the next sweep.
    findings = site.demo.sql("SELECT kind, object, detail FROM berth.finding WHERE resolved_at IS NULL AND kind <> 'stuck_namespace'")
    tally.check(findings == [], "and nothing was found that should not be", str(findings))
    held = site.demo.sql("SELECT count(*) FROM berth.reservation_unit c JOIN berth.reservation r ON r.id = c.reservation "
                         "WHERE r.state = 'COMPLETED' AND c.live AND upper(c.during) > now()")
    tally.check(held == [["0"]], "no unit is held for what is over", str(held))
    tally.check(not unaudited(site.demo), "every change has its row in the audit log", str(unaudited(site.demo)))


def run(berth, place, data, moments, tally):
    site = Site(berth, place, data, tally)
    with running(site.demo, tally) as begin:
        site.begin(begin)
        site.installation = site.demo.sql("SELECT id FROM berth.installation")[0][0]
        api = site.api
        site.live = [book(api, "slice-24gb", "interactive_ml", "editing"), book(api, "whole-96gb", "inference_containers", "serving")]
        later = api.send("POST", "/reservations", {"pool": "lab", "device_class": "slice-24gb", "units": 2, "name": "later",
                                                   "start": time.strftime("%Y-%m-%dT12:00:00Z", time.gmtime(time.time() + 2 * 86_400)),
                                                   "duration_minutes": 120}).body
        canceled = api.send("POST", "/reservations", {"pool": "lab", "device_class": "slice-24gb", "units": 1, "name": "canceled",
                                                      "start": later["start"], "duration_minutes": 60}).body
        api.send("DELETE", f"/reservations/{canceled['id']}")
        site.others = [later, canceled]
        for one in site.live:
            tally.check(bool(wait_for(lambda: ready(api, one), PATIENCE)), f"{one['name']} is Ready", str(session_of(api, one)))
        for how_far in moments:
            one_cut(site, tally, how_far)
        everything_ends(site, tally)


def main(berth, moments):
    tally = Tally()
    with cluster_of(FLAVOUR, tally) as place:
        if place:
            with folder() as data:
                run(berth, place, data, moments, tally)
    return tally.close()


sys.exit(main(sys.argv[1], MOMENTS if sys.argv[2:] == ["--all"] else MOMENTS[1:2]))
