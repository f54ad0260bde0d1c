#!/usr/bin/env python3
"""The command line client as a person has it, at a terminal: what Ctrl-C does at each place where one waits, what is said
meanwhile, what is asked before something is booked or lost."""

import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import traceback

from harness import ROOT, Tally, folder, wait_for

PATIENCE_SECONDS = 50  # below the 60 s after which an unanswered request is given up


class Terminal:
    """A command whose terminal is ours: it has it for its own, so that Ctrl-C is a signal to it."""

    def __init__(self, place, berth, *arguments, env=None):
        self.master, self.slave = pty.openpty()
        self.text = b""
        os.set_blocking(self.master, False)
        self.process = subprocess.Popen(
            [str(berth), *arguments], stdin=self.slave, stdout=self.slave, stderr=self.slave, cwd=ROOT, start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "HOME": str(place), "XDG_CONFIG_HOME": str(place), "TZ": "UTC", **(env or {})})

    def said(self):
        try:
            while chunk := os.read(self.master, 65536):
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
        os.close(self.master)
        os.close(self.slave)
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
        except Exception:  # what is not foreseen here must show up as a failure with its place
            tally.check(False, "the run goes through", traceback.format_exc())
    return tally.close()


sys.exit(main(sys.argv[1]))
