#!/usr/bin/env python3
"""One GPU that is on offer whole and as four slices: `berth gpu layout --from-bookings` proposes when it changes, from bookings that
were made through the API.

  proposed_layouts_test.py BERTH"""

import datetime
import json
import pathlib
import sys

import yaml

from harness import ROOT, Api, Demo, Tally, folder, running

DAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)).strftime("%Y-%m-%d")
CARD = "gpu-node-1/gpu0"
WHOLE, SLICES = 1, 2             # ways of the card, as berth gpu plan counts them
ALL_SLICES = ["gpu0-slice0", "gpu0-slice1", "gpu0-slice2", "gpu0-slice3"]


def write_pool(place):
    """The reference pool with its first GPU alone, and the whole of it on offer too."""
    head, second = (ROOT / "deploy" / "pools" / "lab.yaml").read_text().split("      # GPU 1: whole.\n")
    whole = [line for line in second.splitlines() if "device_class: whole-96gb" in line]
    path = place / "one-gpu.yaml"
    path.write_text(head + whole[0] + "\n")
    return path


def at(clock):
    return f"{DAY}T{clock}:00Z"


def book(api, device_class, start, end, name):
    answer = api.send("POST", "/reservations", {"pool": "lab", "device_class": device_class, "units": 1, "start": at(start), "end": at(end),
                                                "name": name})
    assert answer.status == 201, answer.body
    return answer.body["id"]


def propose(demo, *more, home="admin"):
    done = demo.cli("gpu", "layout", "--from-bookings", *more, home=home)
    return done, json.loads(done.stdout) if "json" in more and done.stdout else None


def changes(told):
    return [(one["from"], one["to"], one["start"], one["end"]) for one in told["cards"][0]["changes"]]


def plans(demo, tally, pool):
    ana = Api(demo.port, "ana@berth.local")
    now = ("--now", f"{CARD}={SLICES}", "-o", "json")
    done, told = propose(demo, *now)
    tally.check(done.returncode == 0 and told["cards"][0]["ways"] == [["gpu1"], ALL_SLICES] and changes(told) == [] and told["exact"],
                "without bookings no card changes", done.stdout + done.stderr)

    whole = book(ana, "whole-96gb", "10:00", "12:00", "whole")
    done, told = propose(demo, *now)
    stretch = told["cards"][0]["stretches"][1]
    tally.check(done.returncode == 0 and [one[:2] for one in changes(told)] == [(SLICES, WHOLE)]
                and [(one["unit"], one["start"], one["late_seconds"]) for one in stretch["bookings"]] == [("gpu1", at("10:00"), 0)]
                and whole[:8] in stretch["bookings"][0]["booking"], "a booking of the whole card has it cut so before", str(told["cards"]))

    book(ana, "slice-24gb", "12:00", "14:00", "slice")
    done, told = propose(demo, *now)
    back = changes(told)[-1]
    tally.check(done.returncode == 0 and back == (WHOLE, SLICES, at("12:05"), at("12:15")), "and back for a slice after it", str(changes(told)))
    late = [one["late_seconds"] for one in told["cards"][0]["stretches"][2]["bookings"]]
    tally.check(late == [900], "which follows without a gap, so it begins late", str(told["cards"][0]["stretches"]))
    rendered = demo.cli("gpu", "render", "-f", str(pool))
    mig = next(one for one in yaml.safe_load_all(rendered.stdout) if one["metadata"]["name"] == "custom-mig-config")
    names = set(yaml.safe_load(mig["data"]["config.yaml"])["mig-configs"])
    labels = [one["mig_config"] for one in told["cards"][0]["changes"]]
    tally.check(len(set(labels)) == 2 and set(labels) <= names, "each change names a layout that berth gpu render makes", f"{labels} of {names}")

    done, told = propose(demo, "--late", "14m", *now)
    fault = told["cards"][0]["not_kept"]
    tally.check(done.returncode == 1 and [one["why"] for one in fault] == ["no_gap"], "where it may not, it is told as not kept", str(fault))


def wishes(demo, tally):
    now = ("--now", f"{CARD}={SLICES}")
    wish = ("--wish", "whole-96gb", f"{DAY} 13:00", f"{DAY} 15:00", "--wish", "whole-96gb", f"{DAY} 15:00", "17:00")
    done, told = propose(demo, *wish, *now, "-o", "json")
    answers = [(one["served"], one.get("why"), one.get("unit"), one["start"], one["end"]) for one in told["wishes"]]
    tally.check(done.returncode == 1 and answers == [(False, "taken", None, at("13:00"), at("15:00")), (True, None, "gpu1", at("15:00"), at("17:00"))],
                "wishes are served where a plan serves them, and refused with the reason where none does", str(answers))
    done, _ = propose(demo, *wish, *now)
    tally.check("Wish 1, whole-96gb" in done.stdout and "excludes it" in done.stdout and f"served by gpu1 of {CARD}" in done.stdout
                and "nothing was changed" in done.stdout, "so it says in words", done.stdout + done.stderr)


def refusals(demo, tally, pool):
    done, _ = propose(demo, home="ana")
    tally.check(done.returncode == 4, "the pool's file is an admin's to read", f"{done.returncode}: {done.stderr.strip()}")
    done, _ = propose(demo, "-f", str(pool), "--now", f"{CARD}={SLICES}", home="ana")
    tally.check(done.returncode == 0 and "changes to way 1: gpu1" in done.stdout, "with a file of one's own the calendar will do", done.stdout + done.stderr)
    done, _ = propose(demo)
    tally.check("nobody knows" in done.stdout and "--now" in done.stdout, "how the card is cut is not guessed", done.stdout)
    for more, word in ((("--now", "gpu0=1"), "NODE/DEVICE=WAY"), (("--now", f"{CARD}=9"), "2 ways"), (("--wish", "third", "14:00", "15:00"), "third"),
                       (("--wish", "whole-96gb", "someday", "15:00"), "someday"), (("--wish", "whole-96gb", f"{DAY} 15:00", f"{DAY} 14:00"), "is no time"),
                       (("--change", "0"), "takes some time"), (("--late", "soon"), "soon"), (("--for", "500d"), "400 days")):
        done, _ = propose(demo, *more)
        tally.check(done.returncode == 2 and word in done.stderr and not done.stdout, f"{' '.join(more)} is refused, and it says why",
                    f"{done.returncode}: {done.stdout}{done.stderr.strip()}")
    done = demo.cli("gpu", "layout", home="admin")
    tally.check(done.returncode == 2 and "--from-bookings" in done.stderr, "what it is to be made from has to be said", done.stderr.strip())


def main():
    tally = Tally()
    with folder() as place:
        pool = write_pool(pathlib.Path(place))
        demo = Demo(sys.argv[1], place, "--pool-file", str(pool))
        with running(demo, tally):
            for name in ("admin", "ana"):
                done = demo.login(f"{name}@berth.local", home=name)
                assert done.returncode == 0, done.stderr
            plans(demo, tally, pool)
            wishes(demo, tally)
            refusals(demo, tally, pool)
    return tally.close()


sys.exit(main())
