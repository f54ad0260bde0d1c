#!/usr/bin/env python3
"""The command line client as scripts use it: exit codes, whose reservation a name means, what a lost answer does, what it
says while nobody moves anything. The reconciler is left out, so that what is waited for is in the test's hands."""

import datetime
import http.client
import http.server
import json
import os
import signal
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
        self.away = False
        self.keys = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if front.away:
                    self.close_connection = True
                    return
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


def book(demo, home, name, start="10:00", *more):
    done = demo.cli("book", "slice-24gb", "--start", f"{DAY} {start}", "--for", "2h", "--name", name, "-o", "json", *more, home=home)
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


def keeping_the_length(demo, tally, ana):
    book(demo, "ana", "kept length")
    done = demo.cli("move", "kept length", "--start", f"{DAY} 15:00", "-o", "json", home="ana")
    moved = json.loads(done.stdout) if done.returncode == 0 else {}
    tally.check((moved.get("start"), moved.get("end")) == (f"{DAY}T15:00:00Z", f"{DAY}T17:00:00Z"), "a new start keeps the length",
                done.stdout + done.stderr)
    done = demo.cli("move", "kept length", "--end", "14:00", home="ana")
    tally.check(done.returncode == 2 and "did you mean" in done.stderr and "+21 h, 16.80 EUR" in done.stderr,
                "an end before the start is not taken for one of the next day", done.stderr.strip())
    demo.cli("cancel", "kept length", home="ana")


def repeating(demo, tally, ana):
    again = ("book", "slice-24gb", "--start", f"{DAY} 08:00", "--for", "1h", "--name", "nightly", "--key", "nightly")
    first = demo.cli(*again, home="ana")
    second = demo.cli(*again, home="ana")
    tally.check((first.returncode, second.returncode) == (0, 0) and len(named(ana, "nightly")) == 1, "a booking is repeated with its key",
                second.stderr)
    demo.cli("cancel", "nightly", home="ana")
    third = demo.cli(*again, home="ana")
    tally.check(third.returncode == 1 and "which was canceled; use a new key" in third.stderr, "what was canceled meanwhile is no success",
                f"{third.returncode}: {third.stderr}")


def teams(demo, tally, ana):
    booked = book(demo, "ana", "of the team", "06:00")
    first = ana.get("/auth/me").body["user"]["teams"][0]
    tally.check(booked["team"] == first, "a booking is for one's first team, as on the page", str(booked["team"]))
    other = book(demo, "ana", "of no team", "06:00", "--no-team")
    tally.check(other["team"] is None, "or for none where that is said", str(other["team"]))
    for one in (booked, other):
        demo.cli("cancel", one["id"], home="ana")


def completing(demo, tally, ana):
    """What bash offers for a line, in a shell of its own."""
    book(demo, "ana", "completed-name", "09:00")
    script = demo.cli("completion", "bash").stdout
    place = demo.folder / "ana"

    def offered(*line):
        words = " ".join(f"'{word}'" for word in line)
        done = subprocess.run(["bash", "-c", f'{script}\nCOMP_WORDS=({words}); COMP_CWORD={len(line) - 1}; _berth; printf "%s\\n" "${{COMPREPLY[@]}}"'],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              env={**os.environ, "HOME": str(place), "XDG_CONFIG_HOME": str(place),
                                   "PATH": f"{os.path.dirname(os.path.abspath(demo.berth))}:{os.environ['PATH']}"})
        return done.stdout.split()

    for line, wanted in ((("berth", "bo"), ["book"]), (("berth", "book", "sl"), ["slice-24gb"]), (("berth", "book", "--pool", ""), ["lab"]),
                         (("berth", "list", "--state", "a"), ["approved", "active"]), (("berth", "show", "completed"), ["completed-name"]),
                         (("berth", "book", "slice-24gb", "--un"), ["--units"]), (("berth", "book", "--units", ""), []),
                         (("berth", "list", "-o", ""), ["table", "json"]), (("berth", "usage", "-o", ""), ["table", "json", "csv"]),
                         (("berth", "get", "pool", "--output", ""), ["yaml", "json"]), (("berth", "he"), ["help", "here"]), (("berth", "vers"), ["version"]),
                         (("berth", "help", "bo"), ["book"]), (("berth", "cancel", "completed"), ["completed-name"]), (("berth", "end", "completed"), []), (("berth", "get", "pool", ""), ["lab"]),
                         (("berth", "cost", "so"), ["solve", "sourcing"]), (("berth", "completion", ""), ["bash", "zsh", "fish"])):
        found = offered(*line)
        tally.check(found == wanted, f"after {' '.join(line)!r} bash offers {wanted}", str(found))
    for line, wanted in ((("help",), "  book "), (("help", "book"), "--start"), (("help", "get", "pool"), "berth apply"), (("version",), "berth "),
                         (("--log-level", "debug", "version"), "berth "), (("--log-level", "debug", "help", "book"), "--start")):
        done = demo.cli(*line)
        tally.check(done.returncode == 0 and wanted in done.stdout, f"berth {' '.join(line)}", f"{done.returncode}: {done.stdout[:200]}{done.stderr}")
    told = demo.cli("--help").stdout
    tally.check("  help " in told and "  version " in told, "berth --help names them", told[-600:])
    for line, wanted in ((("-v",), 'unknown option "-v" of berth; did you mean --version?'), (("-x",), 'unknown option "-x" of berth'),
                         (("list", "-z"), 'unknown option "-z" of berth list')):
        done = demo.cli(*line)
        tally.check(done.returncode == 2 and wanted in done.stderr, f"berth {' '.join(line)} is named", f"{done.returncode}: {done.stderr}")
    fish = demo.cli("completion", "fish").stdout
    tally.check("-l state -x -a '(berth __words states)'" in fish and "-a '(berth __words classes)'" in fish and "__words classes" in fish
                and "-a __words" not in fish, "fish is told the same", fish[:300])
    demo.cli("cancel", "completed-name", home="ana")


def pool_files(demo, tally, ana):
    del ana
    given = demo.cli("get", "pool", "lab", "-o", "yaml", home="admin")
    tally.check(given.returncode == 0 and "apps_domain: localhost" in given.stdout and "kind: Pool" in given.stdout,
                "berth get pool gives the file", given.stderr)
    again = demo.cli("apply", "-f", "-", home="admin", text=given.stdout)
    tally.check(again.returncode == 0 and again.stdout == "cluster default: as it was\npool lab: as it was\n", "that berth apply finds as it was",
                again.stdout + again.stderr)
    changed = given.stdout.replace("step_minutes: 30", "step_minutes: 15")
    tried = demo.cli("apply", "-f", "-", "--dry-run", home="admin", text=changed)
    tally.check(tried.returncode == 0 and "policy.step_minutes was 30, is 15" in tried.stdout and "nothing was changed" in tried.stdout,
                "berth apply --dry-run says what would change", tried.stdout + tried.stderr)
    tally.check(demo.cli("get", "pool", home="admin").stdout == given.stdout, "and changes nothing")
    for what in ("pool", "lab"), ("cluster", "default"):
        there = demo.cli("get", *what, "-o", "yaml", home="admin")
        tried = demo.cli("apply", "-f", "-", "--dry-run", home="admin", text=there.stdout)
        tally.check(there.returncode == 0 and tried.returncode == 0 and tried.stdout.endswith("No difference: nothing would be changed.\n"),
                    f"berth get {what[0]}, tried by berth apply, is no difference", there.stderr + tried.stdout + tried.stderr)
    missing = demo.cli("get", "cluster", "nowhere", home="admin")
    tally.check(missing.returncode != 0 and "There is no cluster nowhere." in missing.stderr, "a cluster that is none is told", missing.stderr)
    refused = demo.cli("get", "pool", "lab", home="ben")
    tally.check(refused.returncode == 4, "it is for admins", refused.stderr)


def listing(demo, tally, ana):
    """More reservations than the first page has, most of them newer than the one that is looked for."""
    old = book(demo, "ana", "thesis-defence", "22:00")
    demo.sql("BEGIN; SELECT set_config('berth.actor', 'owner', true); INSERT INTO berth.reservation (pool, device_class, owner, name, units, "
             "cpu_milli, memory_gib, storage_gib, mode, start_at, end_at, state, rate_micros, currency, reason, created_at) "
             "SELECT pool, device_class, owner, 'past ' || n, units, cpu_milli, memory_gib, storage_gib, mode, "
             "start_at - interval '100 days' - n * interval '1 hour', end_at - interval '100 days' - n * interval '1 hour', 'CANCELED', "
             "rate_micros, currency, 'Canceled.', created_at + n * interval '1 ms' FROM berth.reservation, generate_series(1, 600) n "
             f"WHERE id = '{old['id']}'; COMMIT")
    for ref in ("thesis-defence", old["id"][:8]):
        done = demo.cli("show", ref, "--no-follow", home="ana")
        tally.check(done.returncode == 0 and old["id"] in done.stdout, "what is older than a page is found", f"{ref}: {done.stderr.strip()}")
        tally.check("files   none at its start; deleted at its end" in done.stdout, "and what becomes of its files is told", done.stdout)
    done = demo.cli("home", "list", home="ana")
    tally.check(done.returncode == 0 and "no files of yours outlive a session now" in done.stdout, "home list says that there are none", done.stdout + done.stderr)
    done = demo.cli("home", "delete", "night run", "--yes", home="ana")
    tally.check(done.returncode == 5 and 'no files of yours "night run"' in done.stderr, "home delete of what is not there is told", f"{done.returncode} {done.stderr}")
    done = demo.cli("show", "past 590", "--no-follow", home="ana")
    tally.check(done.returncode == 0, "by its name also when it is over", done.stderr.strip())
    done = demo.cli("list", home="ana")
    lines = done.stdout.splitlines()
    tally.check(lines[-1] == "50 shown, more with --all" and "thesis-defence" in done.stdout, "a list says that there is more", lines[-1])
    done = demo.cli("list", "--all", "-o", "json", home="ana")
    items = json.loads(done.stdout)["items"]
    starts = [one["start"] for one in items]
    tally.check(len(items) > 600 and starts == sorted(starts), "the whole list is by start", str(len(items)))
    done = demo.cli("list", "--state", "approved", "--owner", "ana@berth.local", "--from", DAY, "--to", f"{DAY} 23:00", "-o", "json", home="ana")
    found = json.loads(done.stdout)["items"]
    tally.check(old["id"] in [one["id"] for one in found] and all(one["state"] == "APPROVED" and one["start"].startswith(DAY) for one in found),
                "it is filtered by state, owner and time", done.stderr)
    for typed, told in ((("--owner", "anna@berth.local"), "did you mean ana@berth.local?"), (("--owner", "zoe@example.org"), "zoe@example.org"),
                        (("--team", "vison"), "did you mean vision?"), (("--pool", "lap"), "did you mean lab?"),
                        (("--from", "2027-03-01 09:00", "--to", "2027-03-01 08:00"), "nothing is in between")):
        done = demo.cli("list", *typed, home="ana")
        tally.check(done.returncode == 2 and told in done.stderr and done.stdout == "", f"berth list {' '.join(typed)} does not pass for an answer",
                    f"{done.returncode}: {done.stdout[:200]}{done.stderr.strip()}")
    for typed in (("--owner", "ana@berth.local", "--to", "2020-01-01"), ("--owner", "ana@berth.local", "--from", "2031-01-01"), ("--text", "no such words"),
                  ("--pool", "lab", "--to", "2020-01-01")):
        done = demo.cli("list", *typed, home="ana")
        tally.check(done.returncode == 0 and done.stdout == "No reservations.\n", f"berth list {' '.join(typed)} finds none, and says so",
                    f"{done.returncode}: {done.stdout[:200]}{done.stderr.strip()}")
    done = demo.cli("list", "--state", "running", home="ana")
    tally.check(done.returncode == 2 and "APPROVED, ACTIVE" in done.stderr, "a state that is none is told with those that there are", done.stderr)
    done = demo.cli("cancel", "thesis-defence", home="ana")
    tally.check(done.returncode == 0, "and canceled by its name", done.stderr)


def costs(demo, tally, ana):
    done = demo.cli("cost", "breakeven", "--cloud-input-price", "0.59", "--cloud-output-price", "0.79")
    tally.check(done.returncode == 0 and "never pays the machines back within their life of 5 years" in done.stdout and
                "months, with" not in done.stdout, "a payback beyond the life is never", done.stdout[:600])
    said = [line for line in done.stdout.splitlines() if line.startswith("At 1,000 million tokens a month")]
    done = demo.cli("cost", "solve", "--cloud-input-price", "0.59", "--cloud-output-price", "0.79")
    tally.check(len(said) == 1 and said[0] in done.stdout.splitlines() and "but the cloud costs 38.9 %" in done.stdout,
                "the verdict names what is cheaper, in the words of the break-even", done.stdout[:600])


def words(demo, tally, ana):
    done = demo.cli("book", "slice-24gb", "--start", f"{DAY} 14:10", "--for", "1h", home="ana")
    tally.check(done.returncode == 2 and done.stderr.count("not on a step") == 1 and f"{DAY}T" not in done.stderr,
                "a refusal is told once, in local time", done.stderr.strip())
    done = demo.cli("apply", "-f", "-", home="admin", text="hello\n")
    tally.check(done.returncode == 2 and "no pool" in done.stderr, "what is no pool file is told so", f"{done.returncode}: {done.stderr.strip()}")
    for typed, code, said in ((["bok"], 2, 'unknown command "bok"; did you mean book?'), (["help", "bok"], 2, 'unknown command "bok"'),
                              (["free", "--fro", "2h"], 2, 'unknown option "--fro" of berth free; did you mean --from?'),
                              (["book"], 2, "class is required"), ([], 0, "Usage: berth"), (["help"], 0, "Usage: berth"),
                              (["help", "book"], 0, "--units"), (["help", "cost", "unit"], 0, "--utilisation"), (["version"], 0, "berth ")):
        done = demo.cli(*typed)
        tally.check(done.returncode == code and said in done.stdout + done.stderr, f"berth {' '.join(typed)} says {said}",
                    f"{done.returncode}: {(done.stdout + done.stderr)[:300]}")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([demo.berth, "list"], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, cwd=ROOT,
                              env={**os.environ, "HOME": str(demo.folder / "ana"), "XDG_CONFIG_HOME": str(demo.folder / "ana")})
    tally.check(done.returncode == 1, "a list that cannot be written is no success", str(done.returncode))
    done = demo.cli("login", f"http://127.0.0.1:{demo.port}", "--email", "ana@berth.local", "--password-stdin", home="crlf",
                    text="berth-demo\r\n")
    tally.check(done.returncode == 0, "a password that ends in CRLF is the password", done.stderr.strip())


def nothing_said(demo, tally, ana):
    """A word that is empty, as "$ID" is in a script that has none, means nothing: least of all the one that has no name."""
    nameless = ana.send("POST", "/reservations", {"pool": "lab", "device_class": "slice-24gb", "units": 1, "start": "now", "duration_minutes": 30})
    assert nameless.status == 201, nameless.body
    for line in (["end", ""], ["cancel", ""], ["end", " "], ["show", "", "--no-follow"], ["move", "", "--for", "1h"], ["extend", ""], ["open", ""],
                 ["share", ""], ["share", "eval", ""], ["unshare", "eval", ""], ["user", "disable", ""], ["user", "reset-password", ""],
                 ["team", "member", "research", ""], ["team", "remove", "", "ana@berth.local"], ["token", "revoke", ""], ["token", "make", ""],
                 ["book", "", "--for", "1h"], ["book", "slice-24gb", "--for", "1h", "--key", ""], ["list", "--owner", ""], ["list", "--pool="],
                 ["usage", "--from", ""], ["get", "pool", ""], ["apply", "-f", ""], ["audit", "--person", ""]):
        done = demo.cli(*line, home="ana")
        tally.check(done.returncode == 2 and "is an empty word" in done.stderr, f"berth {' '.join(word or repr(word) for word in line)} is refused",
                    f"{done.returncode}: {done.stdout[:200]}{done.stderr[:200]}")
    tally.check(ana.get(f"/reservations/{nameless.body['id']}").body["state"] in ("APPROVED", "ACTIVE"), "and the one without a name is as it was")
    ana.send("DELETE", f"/reservations/{nameless.body['id']}")


def canceling(demo, tally, ana):
    booked = book(demo, "ana", "eval")
    done = demo.cli("end", "eval", home="ana")
    tally.check(done.returncode == 3 and "berth cancel" in done.stderr, "berth end of one that has not begun points to cancel",
                done.stderr.strip())
    done = demo.cli("cancel", "eval", home="ana")
    tally.check(done.returncode == 0 and "CANCELED" in done.stdout, "berth cancel cancels it", done.stderr.strip())
    tally.check(ana.get(f"/reservations/{booked['id']}").body["state"] == "CANCELED", "and so says the server")
    done = demo.cli("cancel", "eval", home="ana")
    tally.check(done.returncode == 0 and "CANCELED" in done.stdout, "canceling twice is as good as once", done.stderr.strip())
    done = demo.cli("end", "eval", home="ana")
    tally.check(done.returncode == 3 and "it is CANCELED and cannot be ended" in done.stderr and done.stdout == "",
                "what never ran was not ended", f"{done.returncode}: {done.stderr.strip()}")
    done = demo.cli("show", "eval", home="ana")
    tally.check(done.returncode == 0, "looking at what was canceled is no failure", done.stderr.strip())


def names(demo, tally, ana):
    hers = book(demo, "ana", "shared name", "10:00", "--no-team")
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


def waiting_for_a_start(demo, tally, ana):
    wait = Running(demo, "ana", "book", "slice-24gb", "--start", f"{DAY} 04:00", "--for", "1h", "--name", "starts later", "--wait")
    tally.check(wait.says("waiting for its start") and wait.process.poll() is None, "berth book --wait waits for the start",
                wait.err.read_text().strip())
    wait.process.terminate()
    tally.check(wait.end() == -signal.SIGTERM, "until it is told to stop", str(wait.process.returncode))
    demo.cli("cancel", "starts later", home="ana")


def lost_questions(demo, tally, ana):
    """Following goes on when the portal is away for a while."""
    front = CutAnswers(demo.port, 0)
    try:
        demo.cli("login", f"http://127.0.0.1:{front.port}", "--email", "ana@berth.local", "--password-stdin", home="cut", text="berth-demo\n")
        booked = book(demo, "ana", "followed", "02:00")
        demo.sql("BEGIN; SELECT set_config('berth.actor', 'owner', true); UPDATE berth.reservation SET start_at = now() + interval '20 seconds' "
                 f"WHERE id = '{booked['id']}'; COMMIT")
        shown = Running(demo, "cut", "show", "followed")
        wait_for(lambda: "followed" in shown.out.read_text(), PATIENCE_SECONDS)
        front.away = True
        tally.check(shown.says("no answer; asking again"), "a lost question is asked again", shown.err.read_text().strip())
        front.away = False
        ana.send("DELETE", f"/reservations/{booked['id']}")
        tally.check(shown.end() == 1 and "CANCELED" in shown.err.read_text(), "and following goes on",
                    f"{shown.process.returncode}: {shown.err.read_text().strip()}")
    finally:
        front.close()


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
    done = demo.cli("logout", home="ana")
    tally.check((done.returncode, done.stdout, done.stderr) == (0, "nobody is signed in here\n", ""), "signing out twice says one thing",
                f"{done.returncode}: {done.stdout}{done.stderr}")


def run(demo, tally):
    demo.start()
    for email, home in (("ana@berth.local", "ana"), ("admin@berth.local", "admin"), ("ben@berth.local", "ben")):
        done = demo.login(email, home=home)
        assert done.returncode == 0, done.stderr
    ana = Api(demo.port, "ana@berth.local")
    for part in (moving, keeping_the_length, nothing_said, canceling, repeating, names, teams, completing, pool_files, costs, words, waiting, waiting_for_a_start, lost_answers, lost_questions,
                 listing):
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
