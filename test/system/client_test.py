#!/usr/bin/env python3
"""The command line client as scripts use it: exit codes, whose reservation a name means, what a lost answer does, what it
says while nobody moves anything. The reconciler is left out, so that what is waited for is in the test's hands."""

import datetime
import http.client
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import traceback

from harness import ROOT, Api, Demo, Tally, folder, wait_for

DAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)).strftime("%Y-%m-%d")
PATIENCE_SECONDS = 30


class CutAnswers:
    """Stands in front of a portal, hands on what it is asked, and loses the answers to the first `cuts` bookings."""

    def __init__(self, port, cuts):
        front = self
        self.cuts = cuts
        self.keys = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                books = self.command == "POST" and self.path == "/api/v1/reservations"
                behind = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                behind.request(self.command, self.path, body, dict(self.headers))
                answer = behind.getresponse()
                data = answer.read()
                behind.close()
                self.close_connection = True
                if books:
                    front.keys.append(self.headers["Idempotency-Key"])
                    if len(front.keys) <= front.cuts:
                        return
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = do_PATCH = handle_one

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Running:
    """A command that goes on, with what it says."""

    def __init__(self, demo, home, *arguments):
        place = demo.folder / home
        self.out, self.err = place / "out.txt", place / "err.txt"
        self.process = subprocess.Popen(
            [demo.berth, *arguments], stdin=subprocess.DEVNULL, stdout=self.out.open("wb"), stderr=self.err.open("wb"), cwd=ROOT,
            env={**os.environ, "HOME": str(place), "XDG_CONFIG_HOME": str(place), "TZ": "UTC"})

    def says(self, text):
        return wait_for(lambda: text in self.err.read_text() or self.process.poll() is not None, PATIENCE_SECONDS) \
            and text in self.err.read_text()

    def end(self):
        try:
            return self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "goes on"


def named(api, name):
    return [one for one in api.get("/reservations?mine=true&limit=500").body["items"] if one["name"] == name]


def book(demo, home, name, start="10:00"):
    done = demo.cli("book", "slice-24gb", "--start", f"{DAY} {start}", "--for", "2h", "--name", name, "-o", "json", home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def moving(demo, tally, ana):
    train = book(demo, "ana", "train")
    done = demo.cli("move", "train", "--start", f"{DAY} 12:00", "--for", "3h", "--name", "night train", "-o", "json", home="ana")
    moved = json.loads(done.stdout) if done.returncode == 0 else {}
    tally.check(moved.get("start") == f"{DAY}T12:00:00Z" and moved.get("end") == f"{DAY}T15:00:00Z" and moved["id"] == train["id"],
                "berth move moves a reservation", done.stderr.strip())
    tally.check(ana.get(f"/reservations/{train['id']}").body["name"] == "night train", "and renames it")
    done = demo.cli("move", "night train", home="ana")
    tally.check(done.returncode == 2 and "--start" in done.stderr, "berth move without a change says what can be", done.stderr.strip())
    done = demo.cli("move", "night train", "--units", "5", home="ana")
    tally.check(done.returncode == 2 and "units" in done.stderr, "berth move to what cannot be says which field", done.stderr.strip())


def canceling(demo, tally, ana):
    booked = book(demo, "ana", "eval")
    done = demo.cli("end", "eval", home="ana")
    tally.check(done.returncode == 3 and "berth cancel" in done.stderr, "berth end of one that has not begun points to cancel",
                done.stderr.strip())
    done = demo.cli("cancel", "eval", home="ana")
    tally.check(done.returncode == 0 and "CANCELED" in done.stdout, "berth cancel cancels it", done.stderr.strip())
    tally.check(ana.get(f"/reservations/{booked['id']}").body["state"] == "CANCELED", "and so says the server")
    done = demo.cli("cancel", "eval", home="ana")
    tally.check(done.returncode == 0, "canceling twice is as good as once", done.stderr.strip())
    done = demo.cli("show", "eval", home="ana")
    tally.check(done.returncode == 0, "looking at what was canceled is no failure", done.stderr.strip())


def names(demo, tally, ana):
    hers = book(demo, "ana", "shared name")
    for command in (["cancel"], ["end"], ["move", "--for", "1h"]):
        done = demo.cli(command[0], "shared name", *command[1:], home="admin")
        tally.check(done.returncode == 2 and "not yours" in done.stderr and hers["id"] in done.stderr,
                    f"an admin's berth {command[0]} does not take another's name", done.stderr.strip())
    own = book(demo, "admin", "shared name")
    done = demo.cli("cancel", "shared name", "-o", "json", home="admin")
    tally.check(done.returncode == 0 and json.loads(done.stdout)["id"] == own["id"], "their own of that name is meant", done.stderr.strip())
    done = demo.cli("cancel", "shared name", home="admin")
    state = ana.get(f"/reservations/{hers['id']}").body
    tally.check(state["state"] == "APPROVED" and state["version"] == hers["version"], "and the other's stays as it was", str(state))
    done = demo.cli("show", "shared name", "--no-follow", home="ben")
    tally.check(done.returncode == 5, "what one may not see is not found", done.stderr.strip())
    done = demo.cli("cancel", hers["id"][:8], home="admin")
    tally.check(done.returncode == 0 and ana.get(f"/reservations/{hers['id']}").body["state"] == "CANCELED",
                "by its id an admin cancels another's", done.stderr.strip())


def waiting(demo, tally, ana):
    wait = Running(demo, "ana", "book", "slice-24gb", "--start", "now", "--for", "1h", "--name", "waited for", "--wait")
    booked = wait_for(lambda: named(ana, "waited for"), PATIENCE_SECONDS)
    tally.check(wait.says("has never reported"), "berth book --wait says that no reconciler reports", wait.err.read_text().strip())
    tally.check(wait.process.poll() is None, "and waits on")
    ana.send("DELETE", f"/reservations/{booked[0]['id']}")
    tally.check(wait.end() == 1 and "CANCELED" in wait.err.read_text(), "berth book --wait exits 1 when it is canceled",
                f"{wait.process.returncode}: {wait.err.read_text().strip()}")

    demo.sql("INSERT INTO berth.heartbeat (cluster, holder, epoch, at, cycle_millis, sessions) "
             "SELECT DISTINCT cluster, 'gone', 1, clock_timestamp() - interval '5 minutes', 10, 0 FROM berth.pool")
    done = demo.cli("book", "slice-24gb", "--start", "now", "--for", "1h", "--name", "will fail", "-o", "json", home="ana")
    booked = json.loads(done.stdout)
    shown = Running(demo, "ana", "show", "will fail")
    tally.check(shown.says("has not reported for 5 min"), "berth show says for how long the reconciler is silent", shown.err.read_text().strip())
    time.sleep(2)  # several looks: it is said once
    tally.check(shown.err.read_text().count("has not reported") == 1, "and says it once a minute", shown.err.read_text().strip())
    demo.sql("BEGIN; SELECT set_config('berth.actor', 'owner', true); UPDATE berth.reservation SET state = 'FAILED', "
             f"reason = 'The image was not found.', version = version + 1 WHERE id = '{booked['id']}'; COMMIT")
    tally.check(shown.end() == 1 and "FAILED. The image was not found." in shown.err.read_text(),
                "berth show exits 1 when it fails meanwhile", f"{shown.process.returncode}: {shown.err.read_text().strip()}")


def lost_answers(demo, tally, ana):
    for cuts, what in ((1, "once"), (2, "twice")):
        front = CutAnswers(demo.port, cuts)
        try:
            demo.cli("login", f"http://127.0.0.1:{front.port}", "--email", "ana@berth.local", "--password-stdin", home="cut",
                     text="berth-demo\n")
            name = f"answer lost {what}"
            done = demo.cli("book", "slice-24gb", "--start", f"{DAY} 18:00", "--for", "1h", "--name", name, home="cut")
            tally.check(done.returncode == 0 and "asking again" in done.stderr, f"a booking whose answer is lost {what} succeeds",
                        done.stderr.strip())
            tally.check(len(front.keys) == cuts + 1 and len(set(front.keys)) == 1 and front.keys[0], "it was asked with one key", str(front.keys))
            tally.check(len(named(ana, name)) == 1, "and booked once", str(len(named(ana, name))))
        finally:
            front.close()
    front = CutAnswers(demo.port, 99)
    try:
        demo.cli("login", f"http://127.0.0.1:{front.port}", "--email", "ana@berth.local", "--password-stdin", home="cut", text="berth-demo\n")
        done = demo.cli("book", "slice-24gb", "--start", f"{DAY} 20:00", "--for", "1h", "--name", "never answered", home="cut")
        tally.check(done.returncode == 6 and f"--key {front.keys[0]}" in done.stderr, "one that is never answered says how to repeat it",
                    done.stderr.strip())
        done = demo.cli("book", "slice-24gb", "--start", f"{DAY} 20:00", "--for", "1h", "--name", "never answered", "--key", front.keys[0],
                        home="ana")
        tally.check(done.returncode == 0 and len(named(ana, "never answered")) == 1, "and repeated so it is booked once", done.stderr.strip())
    finally:
        front.close()


def leaving(demo, tally):
    kept = demo.folder / "ana" / "berth" / "cli.json"
    token = json.loads(kept.read_text())["token"]
    done = demo.cli("logout", home="ana")
    tally.check(done.returncode == 0 and "signed out" in done.stdout and not kept.exists(), "berth logout forgets the token", done.stderr.strip())
    stranger = Api(demo.port)
    stranger.token = token
    answer = stranger.get("/auth/me")
    tally.check(answer.status == 401 and answer.body["code"] == "token_revoked", "and revokes it", str(answer.body))
    done = demo.cli("list", home="ana")
    tally.check(done.returncode == 4, "afterwards one is told to sign in", done.stderr.strip())


def run(demo, tally):
    demo.start()
    for email, home in (("ana@berth.local", "ana"), ("admin@berth.local", "admin"), ("ben@berth.local", "ben")):
        done = demo.login(email, home=home)
        assert done.returncode == 0, done.stderr
    ana = Api(demo.port, "ana@berth.local")
    for part in (moving, canceling, names, waiting, lost_answers):
        part(demo, tally, ana)
    leaving(demo, tally)


def main(berth):
    tally = Tally()
    with folder() as place:
        demo = Demo(berth, place, "--without-reconciler")
        try:
            run(demo, tally)
        except Exception:  # what is not foreseen here must show up as a failure with its place
            tally.check(False, "the run goes through", traceback.format_exc())
            print(demo.log()[-6000:])
        finally:
            demo.stop()
            demo.kill()
    return tally.close()


sys.exit(main(sys.argv[1]))
