#!/usr/bin/env python3
"""README's tour as it is printed, on a demo: each command of it, at a terminal, where it asks what it asks a person. What a
reader types is what runs here, with the demo's address; so README cannot promise what is not there."""

import os
import re
import shlex
import subprocess
import sys
import traceback

from harness import ROOT, Demo, PASSWORD, Tally, folder, wait_for
from terminal_test import PATIENCE_SECONDS, Terminal

PRINTED = "http://127.0.0.1:8080"
WALKED = ("Five minutes' tour", "What it costs", "People")
OWN = "a password of one's own"
ELSEWHERE = ("export PATH",)     # of the reader's shell; it is set here
NOT_THERE = 6
# What is no success on a demo, with what is said then: README says so beside it.
SAYS = {
    "berth shell first": (NOT_THERE, "simulated"),
    "berth port-forward first": (NOT_THERE, "simulated"),
    "berth here": (1, "not inside a workspace"),
}


def blocks(heading):
    """The commands that README prints below a heading, block by block, without their comments."""
    text = (ROOT / "README.md").read_text()
    part = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert part, f"README has no heading {heading}"
    return [[line for line in (re.sub(r"\s+#.*|^#.*", "", line) for line in block.splitlines()) if line.strip()]
            for block in re.findall(r"^```sh\n(.*?)^```", part[1], re.MULTILINE | re.DOTALL)]


class Reader:
    """Types a line of README, and answers what is asked."""

    def __init__(self, demo, place):
        self.demo, self.place = demo, place
        self.password = PASSWORD
        self.token = None
        (place / "docs").symlink_to(ROOT / "docs")      # README: "in the clone's folder"

    def here(self, line):
        line = line.replace(PRINTED, f"http://127.0.0.1:{self.demo.port}")
        return line.replace("BERTH_SERVER=https://berth.example.com BERTH_TOKEN=...",
                            f"BERTH_SERVER=http://127.0.0.1:{self.demo.port} BERTH_TOKEN={self.token}")

    def answers(self):
        return {"[y/N] ": "y", "Password now: ": self.password, "New password: ": OWN, "The new one again: ": OWN, "Password: ": self.password}

    def types(self, line):
        """Its exit code and all that it said."""
        terminal = Terminal(self.place, "bash", "-c", f"cd {shlex.quote(str(self.place))} && {self.here(line)}", env={
            "PATH": f"{os.path.dirname(os.path.abspath(self.demo.berth))}:{os.environ['PATH']}", "TERM": "dumb"})
        answered = 0

        def asked():
            said = terminal.said()
            return next((answer for prompt, answer in self.answers().items()
                         if said.endswith(prompt) and len(said) > answered and (prompt == "[y/N] " or not terminal.echoes())), None)

        while wait_for(lambda: asked() or terminal.process.poll() is not None, PATIENCE_SECONDS) and (answer := asked()):
            answered = len(terminal.said())
            terminal.type(answer + "\n")
        code = terminal.end()
        if line == "berth password" and code == 0:
            self.password = OWN
        if line.startswith("berth token make") and code == 0:
            self.token = terminal.said().split()[-1]
        return code, terminal.said()


def walk(reader, tally, heading, lines):
    for line in lines:
        if line.startswith(ELSEWHERE):
            continue
        code, said = reader.types(line)
        wanted, words = next((told for start, told in SAYS.items() if line.startswith(start)), (0, ""))
        shown = [word for word in (OWN, PASSWORD) if word in said]
        tally.check(code == wanted and words in said and not shown, f"{heading}: {line}",
                    "" if code == wanted and not shown else f"{code}: {said[-2000:]}")


def with_curl(reader, tally, lines):
    """One script: its lines share what they keep."""
    done = subprocess.run(["bash", "-ec", reader.here("\n".join(lines))], capture_output=True, text=True, timeout=120, cwd=ROOT,
                          stdin=subprocess.DEVNULL, env={**os.environ, "HOME": str(reader.place)})
    tally.check(done.returncode == 0 and done.stdout.count('"state":') >= 2 and '"csrf_token"' in done.stdout and '"status":4' not in done.stdout,
                "the same with curl", "" if done.returncode == 0 else f"{done.stdout[-2000:]}{done.stderr}")


def run(demo, place, tally):
    reader = Reader(demo, place)
    for heading in WALKED:
        commands, *others = blocks(heading)
        walk(reader, tally, heading, commands)
        for lines in others:
            with_curl(reader, tally, lines)


def main(berth):
    tally = Tally()
    with folder() as place:
        demo = Demo(berth, place)
        try:
            demo.start()
            home = place / "reader"
            home.mkdir()
            run(demo, home, tally)
        except Exception:  # what is not foreseen here must show up as a failure with its place
            tally.check(False, "the run goes through", traceback.format_exc())
        finally:
            demo.stop()
            demo.kill()
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
