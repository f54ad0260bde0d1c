#!/usr/bin/env python3
"""The commands about the platform, a running session and what is declared, as a person and a script have them: status, whoami,
findings, audit, extend, open, get and apply. The demo has its reconciler, so that there is a workspace to open."""

import datetime
import json
import os
import subprocess
import sys
import time
import traceback

from harness import ROOT, Api, Demo, Tally, folder, wait_for

DAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)).strftime("%Y-%m-%d")


def book(demo, home, name, *more):
    done = demo.cli("book", "slice-24gb", "--name", name, "-o", "json", *more, home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def oneself(demo, tally, ana):
    done = demo.cli("whoami", home="ana")
    tally.check(done.returncode == 0 and "ana@berth.local" in done.stdout and "member" in done.stdout and f":{demo.port}" in done.stdout
                and "until" in done.stdout, "berth whoami says who, where and until when", done.stdout + done.stderr)
    told = json.loads(demo.cli("whoami", "-o", "json", home="ana").stdout)
    tally.check(told["user"]["email"] == "ana@berth.local" and told["token"]["name"].startswith("berth on "), "and so it does as JSON", str(told))
    done = demo.cli("whoami", home="nobody")
    tally.check(done.returncode == 4 and "berth login" in done.stderr, "who is not signed in is told how", done.stderr.strip())


def glance(demo, tally, ana):
    runs = book(demo, "ana", "runs", "--start", "now", "--for", "1h")
    assert demo.cli("show", "runs", home="ana").returncode == 0
    later = book(demo, "ana", "later", "--start", f"{DAY} 10:00", "--for", "1h")
    done = demo.cli("status", home="ana")
    text = done.stdout
    tally.check(done.returncode == 0 and "answers" in text and "reports, last" in text, "berth status says that portal and reconciler are well",
                text + done.stderr)
    told = json.loads(demo.cli("status", "-o", "json", home="ana").stdout)
    slices = next(one for one in told["pools"][0]["device_classes"] if one["device_class"] == "slice-24gb")
    tally.check((slices["free"], slices["reserved"], slices["total"]) == (3, 1, 4), "how many units are free and reserved now", str(slices))
    tally.check([one["id"] for one in told["reservations"]] == [runs["id"], later["id"]] and "ends in" in text and "starts in" in text,
                "what one has, and when it ends or begins", text)
    tally.check(told["findings"] is None and "findings" not in text, "findings are not a member's to read", text)
    told = json.loads(demo.cli("status", "-o", "json", home="admin").stdout)
    tally.check(told["findings"] == {"count": 0, "more": False}, "and are counted for an admin", str(told["findings"]))


def records(demo, tally, ana):
    demo.sql("INSERT INTO berth.finding (cluster, kind, object, detail, planned_action, first_seen_at) VALUES ('elsewhere', 'foreign', "
             "'Namespace/x', 'not made by Berth', 'none', now())")
    done = demo.cli("findings", home="admin")
    tally.check(done.returncode == 0 and "Namespace/x" in done.stdout and "not made by Berth" in done.stdout, "berth findings lists them",
                done.stdout + done.stderr)
    tally.check("findings" in demo.cli("status", home="admin").stdout, "and berth status says that there are some")
    for command in ("findings", "audit"):
        done = demo.cli(command, home="ana")
        tally.check(done.returncode == 4, f"berth {command} is for admins", f"{done.returncode}: {done.stderr.strip()}")
    booked = book(demo, "ben", "audited", "--start", f"{DAY} 06:00", "--for", "1h")
    demo.cli("cancel", "audited", home="ben")
    rows = json.loads(demo.cli("audit", "--object", booked["id"], "-o", "json", home="admin").stdout)["items"]
    tally.check([row["action"] for row in rows] == ["reservation.canceled", "reservation.created"]
                and {row["actor_email"] for row in rows} == {"ben@berth.local"}, "berth audit says who did what to a thing", str(rows)[:300])
    named = json.loads(demo.cli("audit", "--object", "audited", "-o", "json", home="admin").stdout)["items"]
    tally.check(named == rows, "a reservation by its name too", str(named)[:300])
    done = demo.cli("audit", "--object", "nobodys", home="admin")
    tally.check(done.returncode == 5 and "nobodys" in done.stderr, "and a name that none has is told", f"{done.returncode} {done.stderr.strip()}")
    done = demo.cli("audit", "--token", "nobodys", home="admin")
    tally.check(done.returncode == 5 and "token list" in done.stderr and "^[" not in done.stderr, "a token's name that none has is told, and how its id is found",
                f"{done.returncode} {done.stderr.strip()}")
    done = demo.cli("token", "revoke", "nobodys", home="admin")
    tally.check(done.returncode == 5 and "nobodys" in done.stderr, "berth token revoke exits as not found", f"{done.returncode} {done.stderr.strip()}")
    kubeconfig = demo.addresses()["kubeconfig"]
    for option, value in (("--time-zone", "Europa/Berlin"), ("--currency", "euro")):
        done = demo.cli("discover", "--kubeconfig", kubeconfig, option, value, home="admin")
        tally.check(done.returncode == 2 and not done.stdout and option[2:].replace("-", "_") in done.stderr.replace("-", "_"),
                    f"what berth discover was told wrongly is no pool file: {option}", f"{done.returncode} {done.stdout[:200]} {done.stderr.strip()[-300:]}")
    rows = json.loads(demo.cli("audit", "--person", "ben@berth.local", "--kind", "reservation", "--all", "-o", "json", home="admin").stdout)["items"]
    tally.check(rows and {(row["actor_email"], row["object_type"]) for row in rows} == {("ben@berth.local", "reservation")},
                "it is filtered by person and kind", str(rows)[:300])
    done = demo.cli("audit", "--from", "tomorrow", home="admin")
    tally.check(done.returncode == 0 and "No audit rows." in done.stdout, "and by time", done.stdout + done.stderr)
    done = demo.cli("audit", "--limit", "2", home="admin")
    tally.check(done.stdout.splitlines()[-1] == "2 shown, more with --all" and len(done.stdout.splitlines()) == 4, "a part says that there is more",
                done.stdout)
    done = demo.cli("audit", "--person", "nobody@berth.local", home="admin")
    tally.check(done.returncode == 2 and "There is no account" in done.stderr, "somebody who is none is no empty log", done.stderr.strip())
    done = demo.cli("audit", "--kind", "pol", home="admin")
    tally.check(done.returncode == 2 and "did you mean pool?" in done.stderr and done.stdout == "", "nor is a kind that is none",
                f"{done.returncode}: {done.stdout[:200]}{done.stderr.strip()}")
    done = demo.cli("audit", "--kind", "team_member", "--to", "2020-01-01", home="admin")
    tally.check(done.returncode == 0 and "No audit rows." in done.stdout, "one that there is may have none", done.stderr.strip())
    done = demo.cli("audit", "--action", "reservation.canceld", home="admin")
    tally.check(done.returncode == 0 and "did you mean reservation.canceled?" in done.stderr, "of an action that never was the log says so",
                f"{done.returncode}: {done.stderr.strip()}")
    done = demo.cli("audit", "--from", "today 09:00", "--to", "today 08:00", home="admin")
    tally.check(done.returncode == 2 and "nothing is in between" in done.stderr, "nor a time that ends before it begins", done.stderr.strip())
    done = demo.cli("audit", "--from", "yesterday", "-o", "json", home="admin")
    tally.check(done.returncode == 0 and json.loads(done.stdout)["items"], "yesterday is a time", done.stderr.strip())


def going_on(demo, tally, ana):
    runs = ana.get("/reservations?mine=true&state=ACTIVE").body["items"][0]
    done = demo.cli("extend", "runs", home="ana")
    tally.check(done.returncode == 0 and "could go on until" in done.stdout, "berth extend alone says how far it could go", done.stdout + done.stderr)
    tally.check(ana.get(f"/reservations/{runs['id']}").body["end"] == runs["end"], "and changes nothing")
    done = demo.cli("extend", "runs", "--by", "1h", "--dry-run", home="ana")
    tally.check(done.returncode == 0 and "change     0.80 EUR" in done.stdout, "with --dry-run what more it would cost", done.stdout + done.stderr)
    done = demo.cli("extend", "runs", "--by", "1h", "-o", "json", home="ana")
    longer = json.loads(done.stdout)
    hours = [datetime.datetime.fromisoformat(one["end"].replace("Z", "+00:00")) for one in (runs, longer)]
    tally.check(done.returncode == 0 and hours[1] - hours[0] == datetime.timedelta(hours=1), "berth extend --by extends it", done.stdout + done.stderr)

    # All four slices from a day on which the fourth cannot go further.
    far = hours[1] + datetime.timedelta(hours=6)
    wall = book(demo, "ben", "wall", "--units", "4", "--start", far.strftime("%Y-%m-%dT%H:%M:%SZ"), "--for", "1h")
    done = demo.cli("extend", "runs", "--until", (far + datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ"), home="ana")
    tally.check(done.returncode == 3 and "could go on until" in done.stderr, "what cannot be is refused with how far it could go",
                f"{done.returncode}: {done.stderr}")
    done = demo.cli("extend", "runs", "--max", "-o", "json", home="ana")
    most = json.loads(done.stdout) if done.returncode == 0 else {}
    tally.check(most.get("end") == wall["start"], "--max goes as far as that", done.stdout + done.stderr)
    done = demo.cli("extend", "runs", "--max", home="ana")
    tally.check(done.returncode == 3 and "cannot go on after" in done.stderr, "and no further", f"{done.returncode}: {done.stderr}")
    done = demo.cli("extend", "runs", "--by", "1h", "--max", home="ana")
    tally.check(done.returncode == 2, "two ways at once are refused", done.stderr.strip())

    done = demo.cli("open", "runs", home="ana")
    url = ana.get(f"/reservations/{runs['id']}/session").body["endpoints"][0]["url"]
    tally.check(done.returncode == 0 and done.stdout.startswith(url + "_gate/open?t="), "berth open prints a way into the workspace", done.stdout + done.stderr)
    done = demo.cli("open", runs["id"], home="ben")
    tally.check(done.returncode != 0, "who was not let in gets no way in", done.stdout + done.stderr)
    done = demo.cli("share", "runs", "ben@berth.local", home="ana")
    tally.check(done.returncode == 0 and "ben@berth.local may open" in done.stdout, "berth share lets somebody in", done.stdout + done.stderr)
    done = demo.cli("open", runs["id"], home="ben")
    tally.check(done.returncode == 0 and done.stdout.startswith(url + "_gate/open?t="), "who then opens it", done.stdout + done.stderr)
    done = demo.cli("share", "runs", home="ana")
    tally.check(done.returncode == 0 and done.stdout.startswith("ben@berth.local"), "and is told by berth share", done.stdout + done.stderr)
    done = demo.cli("share", "runs", "nobody@berth.local", home="ana")
    tally.check(done.returncode == 2 and "nobody here" in done.stderr, "whom there is not is told", f"{done.returncode}: {done.stderr}")
    done = demo.cli("unshare", "runs", "ben@berth.local", home="ana")
    tally.check(done.returncode == 0 and demo.cli("open", runs["id"], home="ben").returncode != 0, "berth unshare puts them out", done.stdout + done.stderr)
    done = demo.cli("open", "later", home="ana")
    tally.check(done.returncode == 3 and "has not begun: it starts" in done.stderr, "of what has not begun it says when it does",
                f"{done.returncode}: {done.stderr}")
    browser = demo.folder / "browser"
    browser.write_text(f"#!/bin/sh\nsleep 1  # browsers are slow: the terminal is gone by then\necho \"$1\" >{demo.folder}/opened\n")
    browser.chmod(0o755)
    place = demo.folder / "ana"
    subprocess.run(["script", "-qec", f"{demo.berth} open runs", "/dev/null"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, cwd=ROOT,
                   env={**os.environ, "HOME": str(place), "XDG_CONFIG_HOME": str(place), "BROWSER": str(browser)})
    opened = demo.folder / "opened"
    for _ in range(300):
        if opened.exists() and opened.read_text():
            break
        time.sleep(0.1)
    tally.check(opened.exists() and opened.read_text().startswith(url + "_gate/open?t="), "on a desktop the browser shows it")
    demo.cli("cancel", wall["id"], home="ben")


def closing(demo, tally, ana):
    """A unit is taken out of service, and out of the pool, under a booking."""
    demo.cli("cancel", "later", home="ana")
    demo.cli("end", "runs", home="ana")
    assert wait_for(lambda: not ana.get("/reservations?mine=true&state=ACTIVE,APPROVED").body["items"], 60), "runs is not over"
    booked = book(demo, "ana", "closed under", "--start", f"{DAY} 14:00", "--for", "2h")
    unit = booked["unit_names"][0]
    given = demo.cli("get", "pool", "lab", "-o", "json", home="admin")
    documents = json.loads(given.stdout)["documents"]

    def units(change):
        kept = json.loads(given.stdout)["documents"]
        for node in kept[1]["nodes"]:
            for device in node.get("devices", []):
                device["units"] = [one for one in device["units"] if one["name"] != unit or change(one)]
            node["devices"] = [device for device in node.get("devices", []) if device["units"]]
        return "---\n".join(json.dumps(one) + "\n" for one in kept)

    def close(one):
        one["out_of_service"] = True
        return True

    def unit_now():
        return ana.get(f"/reservations/{booked['id']}").body["unit_names"][0]

    tried = demo.cli("apply", "-f", "-", "--dry-run", home="admin", text=units(close))
    tally.check(tried.returncode == 0 and f"Unit {unit}" in tried.stdout and "out_of_service was false, is true" in tried.stdout
                and "closed under" in tried.stdout and "could be moved to" in tried.stdout and "nothing was changed" in tried.stdout,
                "berth apply --dry-run says which bookings are on a unit that goes out of service", tried.stdout + tried.stderr)
    tally.check(demo.cli("get", "pool", "lab", "-o", "json", home="admin").stdout == given.stdout, "and changes nothing")
    done = demo.cli("apply", "-f", "-", home="admin", text=units(lambda _: False))
    lines = done.stderr.splitlines()
    tally.check(done.returncode == 3 and "1 booking holds units" in lines[0] and "closed under" in done.stderr and "--move" in done.stderr
                and f"{DAY}T" not in done.stderr, "a unit that is booked is not removed, and why is readable", done.stderr)
    done = demo.cli("apply", "-f", "-", "-o", "json", home="admin", text=units(lambda _: False))
    problem = json.loads(done.stdout)
    tally.check(done.returncode == 3 and problem["code"] == "pool_in_use" and problem["affected"][0]["reservation"] == booked["id"],
                "for scripts it is JSON", done.stdout[:300])
    done = demo.cli("apply", "-f", "-", home="admin", text=units(close))
    tally.check(done.returncode == 0 and "--move" in done.stdout and unit_now() == unit, "out of service it goes all the same, nobody is moved unasked",
                done.stdout + done.stderr)
    done = demo.cli("apply", "-f", "-", "--move", home="admin", text=units(close))
    tally.check(done.returncode == 0 and "moved to" in done.stdout and unit_now() != unit, "with --move it is moved", done.stdout + done.stderr)
    done = demo.cli("apply", "-f", "-", "--move", home="admin", text=units(lambda _: False))
    tally.check(done.returncode == 0 and "- Unit" in done.stdout, "then the unit may go", done.stdout + done.stderr)
    done = demo.cli("apply", "-f", "-", home="admin", text="---\n".join(json.dumps(one) + "\n" for one in documents))
    tally.check(done.returncode == 0 and "+ Unit" in done.stdout, "and come back", done.stdout + done.stderr)
    demo.cli("cancel", "closed under", home="ana")


def ending(demo, tally, ana):
    done = demo.cli("book", "slice-24gb", "--start", "now", "--for", "30m", "--name", "ran", "--wait", home="ana")
    assert done.returncode == 0, done.stderr
    ran = next(one for one in ana.get("/reservations?mine=true&state=ACTIVE").body["items"] if one["name"] == "ran")
    for _ in range(2):
        done = demo.cli("end", "ran", home="ana")
        tally.check(done.returncode == 0 and "state" in done.stdout, "ending twice is as good as once", f"{done.returncode}: {done.stderr.strip()}")
    wait_for(lambda: ana.get(f"/reservations/{ran['id']}").body["state"] == "COMPLETED", 60)
    done = demo.cli("end", "ran", home="ana")
    tally.check(done.returncode == 0 and "COMPLETED" in done.stdout, "also when it is over", f"{done.returncode}: {done.stderr.strip()}")
    done = demo.cli("cancel", "ran", home="ana")
    tally.check(done.returncode == 3 and "it is COMPLETED and cannot be canceled" in done.stderr and done.stdout == "",
                "what ran was not canceled", f"{done.returncode}: {done.stderr.strip()}")


def writing(demo, tally, ana):
    """Whatever is printed and cannot be written is no success."""
    del ana
    place = demo.folder / "admin"
    for line in (["list"], ["pools"], ["free"], ["status"], ["whoami"], ["findings"], ["audit"], ["usage"], ["usage", "-o", "csv"], ["get", "pool"],
                 ["user", "list"], ["team", "list"], ["token", "list"], ["completion", "bash"], ["help"], ["version"], ["cost", "inputs"],
                 ["show", "runs", "--no-follow"], ["open", "runs"], ["extend", "runs"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([demo.berth, *line, *(["-o", "json"] if line == ["show", "runs", "--no-follow"] else [])],
                                  stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, timeout=120,
                                  env={**os.environ, "HOME": str(place), "XDG_CONFIG_HOME": str(demo.folder / ("ana" if "runs" in line else "admin"))})
        tally.check(done.returncode == 1 and b"cannot write" in done.stderr, f"berth {' '.join(line)} > /dev/full is no success",
                    f"{done.returncode}: {done.stderr.decode()[:200]}")


def not_promised(demo, tally, ana):
    """What a workspace does not have yet is neither in the help nor guessed at."""
    del ana
    told = demo.cli("--help").stdout
    for word in ("ssh", "logs"):
        done = demo.cli(word, "x")
        tally.check(done.returncode == 2 and f'unknown command "{word}"' in done.stderr and f" {word} " not in told, f"there is no berth {word}",
                    done.stderr.strip())
    for word in ("whoami", "status", "findings", "audit", "extend", "open", "shell", "port-forward", "kubeconfig", "here", "get", "apply"):
        tally.check(f"  {word} " in told, f"berth --help has {word}", told[:200] if f"  {word} " not in told else "")


def main(berth):
    tally = Tally()
    with folder() as place:
        demo = Demo(berth, place)
        try:
            demo.start()
            for email, home in (("ana@berth.local", "ana"), ("admin@berth.local", "admin"), ("ben@berth.local", "ben")):
                assert demo.login(email, home=home).returncode == 0
            ana = Api(demo.port, "ana@berth.local")
            for part in (oneself, glance, going_on, records, ending, writing, closing, not_promised):
                part(demo, tally, ana)
        except Exception:  # what is not foreseen here must show up as a failure with its place
            tally.check(False, "the run goes through", traceback.format_exc())
            print(demo.log()[-6000:])
        finally:
            demo.stop()
            demo.kill()
    return tally.close()


sys.exit(main(sys.argv[1]))
