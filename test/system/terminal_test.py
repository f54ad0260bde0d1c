#!/usr/bin/env python3
"""The command line client as a person has it, at a terminal: what Ctrl-C does at each place where one waits, what is said
meanwhile, what is asked before something is booked or lost."""

import datetime
import fcntl
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import traceback

from harness import PASSWORD, ROOT, Api, Demo, Tally, folder, wait_for

PATIENCE_SECONDS = 50  # below the 60 s after which an unanswered request is given up


def take_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs in the background of a script has it ignored


class Terminal:
    """A command whose terminal is ours: it has it for its own, so that Ctrl-C is a signal to it."""

    def __init__(self, place, berth, *arguments, env=None):
        self.master, self.slave = pty.openpty()
        self.text = b""
        os.set_blocking(self.master, False)
        self.process = subprocess.Popen(
            [str(berth), *arguments], stdin=self.slave, stdout=self.slave, stderr=self.slave, cwd=ROOT, start_new_session=True,
            preexec_fn=take_terminal,
            env={**os.environ, "HOME": str(place), "XDG_CONFIG_HOME": str(place), "TZ": "UTC", **(env or {})})

    def said(self):
        try:
            while self.master >= 0 and (chunk := os.read(self.master, 65536)):
                self.text += chunk
        except (BlockingIOError, OSError):
            pass
        return self.text.decode(errors="replace")

    def says(self, text):
        return bool(wait_for(lambda: text in self.said() or self.process.poll() is not None, PATIENCE_SECONDS)) and text in self.said()

    def type(self, text):
        os.write(self.master, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def end(self):
        """The exit code, -2 for one that SIGINT ended, as subprocess has it; a shell says 130."""
        wait_for(lambda: self.said() is None or self.process.poll() is not None, PATIENCE_SECONDS)
        code = self.process.poll()
        if code is None:
            self.process.kill()
            self.process.wait()
        self.said()
        for each in (self.master, self.slave):
            os.close(each)
        self.master = -1
        return "goes on" if code is None else code


class SilentPortal:
    """Takes connections and answers nothing."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def close(self):
        self.socket.close()


def interrupting(berth, place, tally):
    for how, name, wanted in ((lambda t: t.type("\x03"), "Ctrl-C", -signal.SIGINT),
                              (lambda t: t.process.send_signal(signal.SIGTERM), "SIGTERM", -signal.SIGTERM)):
        terminal = Terminal(place, berth, "login", "http://127.0.0.1:9", "--email", "ana@berth.local")
        asked = terminal.says("Password: ")
        silent = wait_for(lambda: not terminal.echoes(), PATIENCE_SECONDS)
        how(terminal)
        wait_for(lambda: terminal.process.poll() is not None, PATIENCE_SECONDS)
        echoes = terminal.echoes()
        code = terminal.end()
        tally.check(asked and silent and code == wanted, f"{name} ends berth at the password", f"{code}")
        tally.check(echoes, "and the terminal shows again what is typed")
    portal = SilentPortal()
    try:
        for how, name, wanted in ((lambda t: t.type("\x03"), "Ctrl-C", -signal.SIGINT),
                                  (lambda t: t.process.send_signal(signal.SIGTERM), "SIGTERM", -signal.SIGTERM)):
            terminal = Terminal(place, berth, "list", env={"BERTH_SERVER": portal.address, "BERTH_TOKEN": "x"})
            tally.check(terminal.says(f"waiting for {portal.address} ..."), "after a while berth says whom it waits for", terminal.said())
            how(terminal)
            code = terminal.end()
            tally.check(code == wanted, f"{name} ends berth while a portal does not answer", f"{code}")
        quiet = subprocess.Popen([str(berth), "list"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
                                 env={**os.environ, "HOME": str(place), "BERTH_SERVER": portal.address, "BERTH_TOKEN": "x"})
        try:
            quiet.wait(5)
        except subprocess.TimeoutExpired:
            quiet.terminate()
        out, err = quiet.communicate()
        tally.check(out == b"" and err == b"" and quiet.returncode == -signal.SIGTERM, "a script that waits reads nothing of it",
                    f"{quiet.returncode}: {err}")
    finally:
        portal.close()


def asking(demo, tally):
    ana = Api(demo.port, "ana@berth.local")
    home = demo.folder / "ana"
    assert demo.login("ana@berth.local", home="ana").returncode == 0

    def states(name):
        return [one["state"] for one in ana.get("/reservations?mine=true&limit=500").body["items"] if one["name"] == name]

    book = ("book", "slice-24gb", "--start", "tomorrow 14:00", "--for", "2h", "--name", "asked")
    for typed, wanted, code in (("n\n", [], 1), ("\n", [], 1), ("\x04", [], 1), ("y\n", ["APPROVED"], 0)):
        terminal = Terminal(home, demo.berth, *book)
        priced = terminal.says("Book it? [y/N]") and "1.60 EUR" in terminal.said()
        none_yet = states("asked") == []
        terminal.type(typed)
        ended = terminal.end()
        tally.check(priced and none_yet and (ended, states("asked")) == (code, wanted), f"berth book shows the price, and {typed!r} is an answer",
                    f"{ended} {states('asked')} {terminal.said()}")
    def length_of(name):
        one = next(one for one in ana.get("/reservations?mine=true&limit=500").body["items"] if one["name"] == name)
        return int((datetime.datetime.fromisoformat(one["end"]) - datetime.datetime.fromisoformat(one["start"])).total_seconds()) // 3600

    for typed, code, hours in (("n\n", 1, 2), ("\n", 1, 2), ("y\n", 0, 10)):
        terminal = Terminal(home, demo.berth, "move", "asked", "--for", "10h")
        priced = terminal.says("Change it? [y/N]") and "8.00 EUR" in terminal.said() and "change  6.40 EUR" in terminal.said()
        kept = length_of("asked") == 2
        terminal.type(typed)
        tally.check(priced and kept and (terminal.end(), length_of("asked")) == (code, hours),
                    f"berth move shows the price and what more it is, and {typed!r} is an answer", terminal.said())
    terminal = Terminal(home, demo.berth, "move", "asked", "--for", "2h", "--yes")
    tally.check(terminal.end() == 0 and length_of("asked") == 2 and "[y/N]" not in terminal.said(), "with --yes it does not ask", terminal.said())
    done = demo.cli("move", "asked", "--for", "3h", home="ana")
    tally.check(done.returncode == 0 and "[y/N]" not in done.stderr and length_of("asked") == 3, "nor does it ask a script", done.stderr)
    terminal = Terminal(home, demo.berth, "cancel", "asked")
    terminal.says("Cancel it? [y/N]")
    terminal.type("n\n")
    tally.check(terminal.end() == 1 and states("asked") == ["APPROVED"], "berth cancel asks first", terminal.said())
    terminal = Terminal(home, demo.berth, "cancel", "asked", "--yes")
    tally.check(terminal.end() == 0 and states("asked") == ["CANCELED"], "with --yes it does not", terminal.said())
    terminal = Terminal(home, demo.berth, "book", "slice-24gb", "--for", "1h", "--name", "runs", "--wait", "--yes")
    tally.check(terminal.end() == 0 and states("runs") == ["ACTIVE"], "berth book --yes books at once", terminal.said())
    terminal = Terminal(home, demo.berth, "end", "runs")
    terminal.says("delete its workspace and files? [y/N]")
    terminal.type("n\n")
    tally.check(terminal.end() == 1 and states("runs") == ["ACTIVE"], "berth end asks first", terminal.said())

    def end_of(name):
        return next(one["end"] for one in ana.get("/reservations?mine=true&limit=500").body["items"] if one["name"] == name)

    before = end_of("runs")
    terminal = Terminal(home, demo.berth, "extend", "runs", "--by", "1h")
    priced = terminal.says("Extend it? [y/N]") and "change  0.80 EUR" in terminal.said()
    terminal.type("n\n")
    tally.check(priced and terminal.end() == 1 and end_of("runs") == before, "berth extend shows the price and asks first", terminal.said())
    terminal = Terminal(home, demo.berth, "extend", "runs", "--by", "1h", "--yes")
    tally.check(terminal.end() == 0 and end_of("runs") != before, "with --yes it does not", terminal.said())
    closing(demo, tally, ana, home)

    for env, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        terminal = Terminal(home, demo.berth, "list", env=env)
        terminal.end()
        tally.check("ACTIVE" in terminal.said() and ("\x1b[32m" in terminal.said()) == coloured, f"colours with {env}: {coloured}", terminal.said())
    done = demo.cli("list", home="ana")
    tally.check("ACTIVE" in done.stdout and "\x1b" not in done.stdout, "a file gets none", done.stdout)
    done = demo.cli("end", "runs", home="ana")
    tally.check(done.returncode == 0, "a script is not asked", done.stderr)


def closing(demo, tally, ana, home):
    """Taking a unit out of service under a booking is asked about."""
    assert demo.login("admin@berth.local", home="admin").returncode == 0
    admin = demo.folder / "admin"
    booked = json.loads(demo.cli("book", "slice-24gb", "--start", "tomorrow 10:00", "--for", "1h", "--name", "on it", "-o", "json", home="ana").stdout)
    unit = booked["unit_names"][0]
    documents = json.loads(demo.cli("get", "pool", "lab", "-o", "json", home="admin").stdout)["documents"]
    for node in documents[1]["nodes"]:
        for device in node["devices"]:
            for one in device["units"]:
                one["out_of_service"] = one["name"] == unit
    file = demo.folder / "closing.yaml"
    file.write_text("---\n".join(json.dumps(one) + "\n" for one in documents))

    def unit_now():
        return ana.get(f"/reservations/{booked['id']}").body["unit_names"][0]

    def asked(*answers):
        terminal = Terminal(admin, demo.berth, "apply", "-f", str(file))
        for question, typed in answers:
            terminal.says(question)
            terminal.type(typed)
        return terminal.end(), terminal.said()

    move, leave = "free units? [y/N]", "leave them where they are? [y/N]"
    code, said = asked((move, "n\n"), (leave, "n\n"))
    given = demo.cli("get", "pool", "lab", home="admin").stdout
    tally.check(code == 1 and "on it" in said and "out_of_service: true" not in given, "berth apply asks about bookings, and no is no", said)
    code, said = asked((move, "n\n"), (leave, "y\n"))
    tally.check(code == 0 and unit_now() == unit, "they may be left", said)
    code, said = asked((move, "y\n"))
    tally.check(code == 0 and unit_now() != unit, "or moved", said)
    for node in documents[1]["nodes"]:
        for device in node["devices"]:
            for one in device["units"]:
                one["out_of_service"] = True
    file.write_text("---\n".join(json.dumps(one) + "\n" for one in documents))
    code, said = asked((leave, "n\n"))
    given = demo.cli("get", "pool", "lab", home="admin").stdout
    tally.check(code == 1 and "free units?" not in said and "nothing was done" in said and given.count("out_of_service: true") == 1,
                "where no booking can be moved it is asked about all the more", said)
    code, said = asked((leave, "y\n"))
    given = demo.cli("get", "pool", "lab", home="admin").stdout
    tally.check(code == 0 and given.count("out_of_service: true") > 1, "and yes is yes", said)
    code, said = asked()
    tally.check(code == 0 and "[y/N]" not in said, "what is so already is not asked about again", said)
    for node in documents[1]["nodes"]:
        for device in node["devices"]:
            for one in device["units"]:
                one["out_of_service"] = False
    runs = ana.get("/reservations?mine=true&state=ACTIVE").body["items"][0]
    for device in documents[1]["nodes"][0]["devices"]:
        device["units"] = [one for one in device["units"] if one["name"] not in (*runs["unit_names"], unit_now())]
    file.write_text("---\n".join(json.dumps(one) + "\n" for one in documents))
    code, said = asked()
    tally.check(code == 3 and "[y/N]" not in said and "in the way" in said, "nor where yes would not help, for one of them has begun", said)
    demo.cli("cancel", booked["id"], home="ana")


def passwords(demo, tally):
    """What is asked for a password shows none, and two that differ change nothing."""
    own, next_one = "her own secret", "another secret of hers"
    home = demo.folder / "eva"
    home.mkdir()
    assert demo.login("admin@berth.local", home="admin").returncode == 0
    made = demo.cli("user", "add", "eva@berth.local", "--name", "Eva", "-o", "json", home="admin")
    given = json.loads(made.stdout)["password"]
    login = ("login", f"http://127.0.0.1:{demo.port}", "--email", "eva@berth.local")

    def asked(*arguments, answers, place=home):
        terminal = Terminal(place, demo.berth, *arguments)
        silent = True
        for question, typed in answers:
            silent = terminal.says(question) and bool(wait_for(lambda: not terminal.echoes(), PATIENCE_SECONDS)) and silent
            terminal.type(typed + "\n")
        code = terminal.end()
        hidden = silent and not any(typed in terminal.said() for _, typed in answers)
        return code, terminal.said(), hidden

    def signs_in(password):
        return Api(demo.port).send("POST", "/auth/login", {"email": "eva@berth.local", "password": password}).status == 200

    code, said, hidden = asked(*login, answers=[("Password: ", given), ("New password: ", own), ("The new one again: ", own + "x")])
    tally.check(code == 2 and "nothing was changed" in said and hidden and signs_in(given),
                "berth login with a given password asks for one's own, twice the same", f"{code}: {said}")
    code, said, hidden = asked(*login, answers=[("Password: ", given), ("New password: ", own), ("The new one again: ", own)])
    tally.check(code == 0 and "signed in as eva@berth.local" in said and hidden and signs_in(own) and not signs_in(given),
                "and then one is signed in with it", f"{code}: {said}")
    for what, now, again, ended, works in (("two that differ change nothing", own, next_one + "x", 2, own),
                                           ("a wrong one of now changes nothing", "no such secret", next_one, 4, own),
                                           ("and else it is changed", own, next_one, 0, next_one)):
        code, said, hidden = asked("password", answers=[("Password now: ", now), ("New password: ", next_one), ("The new one again: ", again)])
        tally.check(code == ended and hidden and signs_in(works), f"berth password asks for three, and shows none: {what}", f"{code}: {said}")
    make = ("token", "make", "ci", "--scope", "read", "--days", "90")
    code, said, hidden = asked(*make, answers=[("Password: ", "no such secret")])
    tally.check(code == 4 and hidden and "berth_" not in said, "berth token make wants one's password", f"{code}: {said}")
    code, said, hidden = asked(*make, answers=[("Password: ", next_one)])
    reader = Api(demo.port)
    reader.token = said.split()[-1]
    tally.check(code == 0 and hidden and reader.get("/pools").status == 200 and reader.send("POST", "/reservations", {}).status == 403,
                "and makes one that does what it was made for", f"{code}: {said}")
    code, said, hidden = asked("user", "set-role", "eva@berth.local", "admin", answers=[("Your own password: ", PASSWORD)],
                               place=demo.folder / "admin")
    tally.check(code == 0 and hidden and "admin" in said, "an admin is made by an admin who types their own", f"{code}: {said}")


def output(berth, place, tally):
    for arguments in (["cost", "inputs"], ["--help"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([str(berth), *arguments], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, cwd=ROOT)
        tally.check(done.returncode == 1 and b"cannot write" in done.stderr, f"berth {' '.join(arguments)} that cannot be written fails",
                    f"{done.returncode}: {done.stderr}")


def main(berth):
    tally = Tally()
    with folder() as place:
        try:
            interrupting(berth, place, tally)
            output(berth, place, tally)
            demo = Demo(berth, place)
            try:
                demo.start()
                asking(demo, tally)
                passwords(demo, tally)
            finally:
                demo.stop()
                demo.kill()
        except Exception:  # what is not foreseen here must show up as a failure with its place
            tally.check(False, "the run goes through", traceback.format_exc())
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
