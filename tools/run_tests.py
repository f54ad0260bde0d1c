#!/usr/bin/env python3
"""Runs every test program and suite and adds them up. The last line is "N passed, N failed".

Programs are GoogleTest binaries listed in <build>/test_programs.txt; suites are commands that end with their own
"N passed, N failed". A program that dies, or finds no test to run, counts as a failure. A test that skips itself is no
test that passed: how many did is said apart.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from gtest_report import counts

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM_LIMIT_SECONDS = 900
CLOSING_LINE = re.compile(r"^(\d+) passed, (\d+) failed$")
SKIPPED_LINE = re.compile(r"^(\d+) skipped$")   # of a suite, before its closing line


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.complaints = []

    def add(self, name, passed, failed, skipped, seconds, code):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        verdict = "ok  " if failed == 0 else "FAIL"
        note = " ".join([f"({skipped} skipped)"] * bool(skipped) + [f"(exit {code})"] * bool(code))
        print(f"{verdict} {name:<44} {passed:>5} passed {failed:>3} failed {seconds:>7.1f} s {note}", flush=True)
        if failed:
            self.complaints.append(name)


def run_program(tally, name, command, environment=None):
    """A GoogleTest binary: its JSON report counts, so a crash in the middle is seen as one."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        output = pathlib.Path(folder) / "output.txt"
        with output.open("wb") as sink:
            try:
                code = subprocess.run(
                    [*command, f"--gtest_output=json:{report}", "--gtest_brief=1"],
                    stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, cwd=ROOT,
                    env={**os.environ, **(environment or {})}, timeout=PROGRAM_LIMIT_SECONDS).returncode
            except subprocess.TimeoutExpired:
                code = "timeout"
        seconds = time.monotonic() - begun
        passed, failed, skipped = counts(report) if report.exists() else (0, 0, 0)
        if code != 0 and failed == 0:
            failed = 1
        if passed + failed == 0:
            failed = 1
        tally.add(name, passed, failed, skipped, seconds, code)
        if failed:
            text = output.read_text(errors="replace").splitlines()
            print("\n".join("     " + line for line in text[-80:]), flush=True)


def run_suite(tally, name, command, limit_seconds, environment=None):
    """Any command whose last line is "N passed, N failed"."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as sink:
        try:
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, cwd=ROOT,
                                  env={**os.environ, **(environment or {})}, timeout=limit_seconds).returncode
        except subprocess.TimeoutExpired:
            code = "timeout"
        sink.seek(0)
        lines = sink.read().decode(errors="replace").rstrip().splitlines()
    passed = failed = skipped = 0
    closing = CLOSING_LINE.match(lines[-1]) if lines else None
    if closing:
        passed, failed = int(closing[1]), int(closing[2])
        apart = SKIPPED_LINE.match(lines[-2]) if len(lines) > 1 else None
        skipped = int(apart[1]) if apart else 0
    if (code != 0 and failed == 0) or passed + failed == 0:
        failed += 1
    tally.add(name, passed, failed, skipped, time.monotonic() - begun, code)
    if failed:
        print("\n".join("     " + line for line in lines[-120:]), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--only-programs", action="store_true", help="leave out the suites that need a real cluster")
    options = parser.parse_args()
    build = options.build if options.build.is_absolute() else ROOT / options.build

    tally = Tally()
    for name in (build / "test_programs.txt").read_text().split():
        run_program(tally, name, [str(build / "bin" / name)])
    if not options.only_programs:
        for suite in json.loads((ROOT / "test" / "suites.json").read_text()):
            command = [part.replace("{build}", str(build)) for part in suite["command"]]
            run_suite(tally, suite["name"], command, suite["limit_seconds"])

    if tally.complaints:
        print("failed: " + ", ".join(tally.complaints))
    if tally.skipped:
        print(f"{tally.skipped} skipped")
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 1 if tally.failed or not tally.passed else 0


sys.exit(main())
