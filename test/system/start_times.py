#!/usr/bin/env python3
"""How long it takes from a window's start to a VS Code that answers its owner through the gate, on the test cluster's real node with
the image there: many starts one after another, p50 and p99 of the whole and of each step, as a table for docs/workspace-start.md.
As root, on a quiet machine.

  start_times.py BERTH IMAGE [--starts N]     IMAGE: a folder as images/build gives it"""

import argparse
import collections
import contextlib
import datetime
import math
import pathlib
import sys
import tempfile
import time

from harness import Api, Demo, Tally, running, wait_for
from real_node import Door, Node, pool_file
from sessions import ready, session_of

PATIENCE = 300


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def at(values, part):
    """The smallest of them that so great a part of all are not above."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def booked_when_free(api, name):
    """Slices of sessions that ended are still being cleaned."""
    def attempt():
        answer = api.send("POST", "/reservations", {"pool": "lab", "device_class": "slice-24gb", "units": 1, "start": "now",
                                                    "duration_minutes": 60, "mode": "interactive_ml", "name": name})
        assert answer.status in (201, 409), answer.body
        return answer.body if answer.status == 201 else None
    return wait_for(attempt, PATIENCE, 1)


def one_start(node, ana, number, tally):
    """Seconds of each step, of the gate's answer after Ready, and of all."""
    booked = booked_when_free(ana, f"start-{number}")
    if not tally.check(bool(booked), f"start {number} is booked"):
        return None
    session = wait_for(lambda: ready(ana, booked), PATIENCE, 0.05)
    if not tally.check(bool(session), f"start {number} is Ready", str(session_of(ana, booked))[:2000] if not session else ""):
        return None
    door = Door(node, session)
    cookie = wait_for(lambda: door.enter(ana, booked), PATIENCE, 0.05)
    answers = cookie and wait_for(lambda: door.ask("/", cookie)[0] in (200, 302), PATIENCE, 0.05)
    answered = time.time()
    tally.check(bool(answers), f"start {number}: VS Code answers its owner")
    began, took, before = instant(booked["start"]), {}, instant(booked["start"])
    for step in sorted((step for step in session["steps"] if step["finished_at"]), key=lambda step: instant(step["finished_at"])):
        took[step["name"]] = instant(step["finished_at"]) - before
        before = instant(step["finished_at"])
    took["opened"] = answered - before
    took["all"] = answered - began
    ana.send("DELETE", f"/reservations/{booked['id']}")
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("berth", type=pathlib.Path)
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--starts", type=int, default=20)
    given = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="berth-", dir="/var/tmp") as where, contextlib.ExitStack() as stack:
        place = pathlib.Path(where)
        (place / "node").mkdir()
        node = Node(place / "node", given.image.resolve())
        stack.callback(node.stop)
        demo = Demo(given.berth.resolve(), place, "--kubeconfig", str(place / "node" / "admin.kubeconfig"),
                    "--pool-file", str(pool_file(node.facts, place / "pool.yaml")))
        with running(demo, tally):
            ana = Api(demo.port, "ana@berth.local")
            steps = collections.defaultdict(list)
            for number in range(1, given.starts + 1):
                for name, seconds in (one_start(node, ana, number, tally) or {}).items():
                    steps[name].append(seconds)
            print(f"\n| step | p50 s | p99 s |  of {len(steps['all'])} starts\n|---|---:|---:|")
            for name, values in steps.items():
                print(f"| {name} | {at(values, 0.5):.2f} | {at(values, 0.99):.2f} |")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
