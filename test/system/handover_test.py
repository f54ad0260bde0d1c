#!/usr/bin/env python3
"""Killed while it hands a home on, on the test cluster's real node: each life of the reconciler makes one effect and dies, from the end of one session
to the files in the next, and to their deletion. Then the node is drained under the session, and comes back. As root.

  handover_test.py BERTH IMAGE     IMAGE: a folder as images/build gives it"""

import json
import pathlib
import sys
import time

from harness import Api, Demo, Tally, running, wait_for
from home_test import PATIENCE, WORDS, keeping, told, volume_of
from kill_points_test import KILLED, Reconcilers
from real_node import Door, on_a_real_node
from sessions import book, ready, session_of

MOST_DEATHS = 120


class Lives:
    """Reconcilers of which each makes one effect and dies, until what is waited for has come."""

    def __init__(self, demo, node, place):
        self.reconcilers = Reconcilers(demo, str(node.kubeconfig), place / "reconciler.log")

    def until(self, settled):
        """How many died; None where it did not come."""
        deaths, until = 0, time.monotonic() + PATIENCE
        while time.monotonic() < until and deaths < MOST_DEATHS:
            if settled():
                return deaths
            process = self.reconcilers.start("--once", "--exit-after-effects", "1")
            deaths += process.wait(60) == KILLED
        return None

    def in_peace(self, settled):
        return self.reconcilers.in_peace(settled, PATIENCE)


def homes_volumes(node):
    """Of the cluster, those that Berth marked as somebody's home."""
    items = json.loads(node.kubectl("get", "pv", "-o", "json").stdout)["items"]
    return [one["metadata"]["name"] for one in items if "berth.dev/home" in one["metadata"].get("labels", {})]


def begun(lives, ana, name, tally, killed):
    booked = book(ana, "slice-24gb", "interactive_ml", name)
    deaths = lives.until(lambda: ready(ana, booked)) if killed else lives.in_peace(lambda: ready(ana, booked)) and 0
    ok = tally.check(deaths is not None and bool(ready(ana, booked)), f"{name}: its workspace is Ready", f"{deaths} deaths")
    if not ok:
        raise AssertionError(str(session_of(ana, booked)))
    return booked, session_of(ana, booked)["namespace"]


def gone(node, space):
    return node.kubectl("get", "namespace", space, check=False).returncode != 0


def handed_on(node, demo, lives, ana, tally):
    booked, space = begun(lives, ana, "first", tally, killed=False)
    node.inside(space, "workspace", "sh", "-c", f"echo '{WORDS}' >~/notes.txt")
    volume, folder = volume_of(node, space)
    ana.send("DELETE", f"/reservations/{booked['id']}")
    over = lambda: ana.get(f"/reservations/{booked['id']}").body["state"] == "COMPLETED" and gone(node, space)
    deaths = lives.until(over)
    tally.check(deaths is not None and deaths >= 2, "a session ends under reconcilers that die of each effect", f"{deaths} deaths")
    kept = homes_volumes(node)
    tally.check(kept == [volume] and (folder / "notes.txt").read_text().strip() == WORDS, "and its home is kept, once", str(kept))
    booked, space = begun(lives, ana, "second", tally, killed=True)
    tally.check(volume_of(node, space)[0] == volume, "the next session, begun by such ones, has that volume", str(volume_of(node, space)))
    done = node.inside(space, "workspace", "sh", "-c", "cat ~/notes.txt && echo more >>~/notes.txt", check=False)
    tally.check(done.returncode == 0 and done.stdout.strip() == WORDS, "with the files in it", done.stdout + done.stderr)
    rows = demo.sql("SELECT count(*) FROM berth.home WHERE gone_at IS NULL")
    tally.check(rows == [["1"]] and homes_volumes(node) == [volume], "and there is one row and one volume", f"{rows} {homes_volumes(node)}")
    return booked, space, volume, folder


def drained(node, lives, ana, booked, space, tally):
    """As before maintenance that nobody announced to Berth: the pod is evicted, and there is no other node."""
    session = session_of(ana, booked)
    door = Door(node, session)
    cookie = wait_for(lambda: door.enter(ana, booked), 60, 0.5)
    tally.check(bool(cookie), "a ticket lets its owner in")
    name = node.kubectl("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}").stdout
    process = lives.reconcilers.start()
    try:
        begun_at = time.monotonic()
        done = node.kubectl("drain", name, "--pod-selector=app.kubernetes.io/name=workspace", "--delete-emptydir-data", "--force",
                            "--ignore-daemonsets", "--timeout=120s", check=False, timeout=180)
        tally.check(done.returncode == 0, "the node is drained", (done.stdout + done.stderr)[-400:])
        told_so = wait_for(lambda: (it := session_of(ana, booked)) and it["phase"] == "Degraded" and it, PATIENCE, 0.5)
        tally.check(bool(told_so), "its session is Degraded, and not over", f"{time.monotonic() - begun_at:.1f} s: {(told_so or session_of(ana, booked) or {}).get('reason')}")
        state = ana.get(f"/reservations/{booked['id']}").body["state"]
        tally.check(state == "ACTIVE", "the reservation goes on", state)
        node.kubectl("uncordon", name)
        back = wait_for(lambda: ready(ana, booked), PATIENCE, 0.5)
        tally.check(bool(back) and back["namespace"] == space, "with the node it is Ready again, the same session", f"{session_of(ana, booked)}"[:600] if not back else "")
        tally.check(door.ask("/", cookie)[0] == 401, "the pass of before is none: the gate's pod was another")
        again = wait_for(lambda: door.enter(ana, booked), 60, 0.5)
        tally.check(bool(again) and door.ask("/lab/api/status", again)[0] == 200, "and a new ticket lets in")
        files = node.inside(space, "workspace", "cat", "/home/workspace/notes.txt", check=False)
        tally.check(files.stdout.splitlines() == [WORDS, "more"], "the files are there", files.stdout + files.stderr)
    finally:
        process.terminate()
        process.wait(30)


def deleted(node, lives, ana, booked, space, volume, folder, tally):
    ana.send("DELETE", f"/reservations/{booked['id']}")
    deaths = lives.until(lambda: ana.get(f"/reservations/{booked['id']}").body["state"] == "COMPLETED" and gone(node, space))
    tally.check(deaths is not None, "it ends likewise", f"{deaths} deaths")
    home = told(ana)
    tally.check(len(home) == 1 and home[0]["state"] == "kept", "and its owner has one kept home", str(home))
    tally.check(ana.send("DELETE", f"/homes/{home[0]['id']}").status == 202, "which its owner deletes")
    deaths = lives.until(lambda: not folder.exists() and node.kubectl("get", "pv", volume, check=False).returncode != 0 and told(ana) == [])
    tally.check(deaths is not None, "folder, volume and row go under reconcilers that die of each effect", f"{deaths} deaths, {told(ana)}")


def main(berth, image):
    tally = Tally()
    with on_a_real_node(image) as (node, place):
        demo = Demo(berth, place, "--kubeconfig", str(node.kubeconfig), "--without-reconciler", "--pool-file", str(keeping(node.facts, place / "pool.yaml")))
        with running(demo, tally):
            ana = Api(demo.port, "ana@berth.local")
            lives = Lives(demo, node, place)
            booked, space, volume, folder = handed_on(node, demo, lives, ana, tally)
            drained(node, lives, ana, booked, space, tally)
            deleted(node, lives, ana, booked, space, volume, folder, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])))
