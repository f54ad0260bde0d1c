#!/usr/bin/env python3
"""The demo where its machine is not as it should be: no folder to write in, no port, and a PostgreSQL that dies."""

import os
import pathlib
import signal
import socket
import subprocess
import sys

from harness import ROOT, Api, Demo, Tally, folder, free_port, wait_for

PATIENCE = 120  # seconds, for what takes one to three


def tried(berth, *arguments):
    return subprocess.run([str(berth), "demo", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT)


def refused(done, code, *said):
    return done.returncode == code and done.stderr.count("\n") == 1 and all(word in done.stderr for word in said)


def places(berth, tally, place):
    # Nobody makes a file in /proc, root neither.
    for data in ("/proc/self", "/proc/self/no-such-folder"):
        done = tried(berth, "--data", data, "--listen", f"127.0.0.1:{free_port()}")
        tally.check(refused(done, 1, "cannot write in the data folder " + data, "--data"), f"the demo says that it cannot write in {data}",
                    f"{done.returncode}: {done.stderr.strip()}")
    (place / "file").write_text("")
    done = tried(berth, "--data", str(place / "file"), "--listen", f"127.0.0.1:{free_port()}")
    tally.check(refused(done, 1, str(place / "file"), "--data"), "and that a file is no folder", f"{done.returncode}: {done.stderr.strip()}")
    if os.geteuid() == 0:
        done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", str(berth), "demo", "--data", str(place / "mine")],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, cwd="/")
        tally.check(refused(done, 1, "Permission denied", str(place / "mine")), "and that another user's folder is closed to it",
                    f"{done.returncode}: {done.stderr.strip()}")
    (place / "broken.yaml").write_text("kind: [Pool\n")
    done = tried(berth, "--data", str(place / "other"), "--listen", f"127.0.0.1:{free_port()}", "--pool-file", str(place / "broken.yaml"))
    tally.check(refused(done, 2, str(place / "broken.yaml"), "line"), "a pool file that is no YAML is named, with the place",
                f"{done.returncode}: {done.stderr.strip()}")
    tally.check(not (place / "other").exists(), "and no folder is left of it")
    (place / "work").mkdir()
    (place / "work" / "thesis.txt").write_text("x")
    done = tried(berth, "--data", str(place / "work"), "--listen", f"127.0.0.1:{free_port()}")
    tally.check(refused(done, 2, str(place / "work"), "other things in it (thesis.txt)", "--data") and [one.name for one in (place / "work").iterdir()] == ["thesis.txt"],
                "a folder of other things is left as it is", f"{done.returncode}: {done.stderr.strip()}")


def ports(berth, tally, place):
    port = free_port()
    for taken in (port, port + 1):
        with socket.socket() as other:
            other.bind(("127.0.0.1", taken))
            other.listen()
            done = tried(berth, "--data", str(place / "ports"), "--listen", f"127.0.0.1:{port}")
        tally.check(refused(done, 1, f"cannot listen on port {taken}", f"{port} for the portal", f"next one, {port + 1}", "--listen", "LISTEN="),
                    f"the demo names {'its own' if taken == port else 'the next'} port where that is taken, both, and what chooses others",
                    f"{done.returncode}: {done.stderr.strip()}")
        tally.check(not (place / "ports").exists(), "and leaves no folder")
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        done = subprocess.run([str(berth), "portal", "--listen", f"127.0.0.1:{port}", "--database-url", "host=/nowhere dbname=berth user=nobody"],
                              capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT)
    tally.check(done.returncode == 1 and str(port) in done.stderr.splitlines()[-1] and "--listen" in done.stderr.splitlines()[-1],
                "the portal says what chooses another one too", done.stderr.strip().splitlines()[-1])


def postmaster(demo):
    found = subprocess.run(["pgrep", "-f", f"postgres -D {demo.folder}/"], capture_output=True, text=True, check=False).stdout.split()
    return int(found[0])


def postgresql_dies(berth, tally, place):
    demo = Demo(berth, place)
    try:
        demo.start()
        api = Api(demo.port, "ana@berth.local")
        tally.check(api.get("/pools").status == 200, "the demo runs")
        os.kill(postmaster(demo), signal.SIGKILL)
        tally.check(wait_for(lambda: "PostgreSQL has ended" in demo.log(), PATIENCE), "its terminal says that PostgreSQL has ended")
        tally.check(wait_for(lambda: "PostgreSQL runs again" in demo.log(), PATIENCE), "and that it runs again")
        tally.check(wait_for(lambda: api.get("/pools").status == 200, PATIENCE), "and requests are answered again, with the token of before")
        logged = (place / "data" / "berth.log").read_text()
        tally.check("PostgreSQL has ended" in logged and "PostgreSQL runs again" in logged, "the log says both too")

        control = place / "data" / "postgresql" / "global" / "pg_control"
        control.rename(control.with_suffix(".away"))
        os.kill(postmaster(demo), signal.SIGKILL)
        code = demo.process.wait(PATIENCE)
        end = demo.log()
        tally.check(code == 1 and "PostgreSQL has ended and does not go on" in end and "pg_control" in end and str(place / "data") in end,
                    "one that cannot start again ends the demo, which says why and where the data are", f"{code}: {end[-500:]}")
        control.with_suffix(".away").rename(control)
        demo.process = None
        demo.start()
        tally.check(Api(demo.port, "ana@berth.local").get("/pools").status == 200, "the next start goes on")
        tally.check(demo.stop() == 0, "and stops as ever")
    except AssertionError as fault:
        tally.check(False, "the run goes through", str(fault))
    finally:
        demo.kill()


def main(berth):
    tally = Tally()
    with folder() as place:
        places(berth, tally, place)
        ports(berth, tally, place)
        postgresql_dies(berth, tally, place)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
