#!/usr/bin/env python3
"""Runs the test programs and suites, side by side as far as the machine goes, and adds them up.

Programs are GoogleTest binaries listed in <build>/test_programs.txt; suites are the commands of test/suites.json, which end
with their own "N passed, N failed". A program that dies, or finds no test to run, counts as a failure. A test that skips
itself is no test that passed: how many did is said apart. Each suite's whole output is in <build>/test-logs.

The last line is "N passed, N failed".
"""

import argparse
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "test" / "system"))

import harness  # noqa: E402  (the path has to be set first)
from testrun import empty_postgres, passed, schedule, suites, times  # noqa: E402  (nothing compiled beside the sources)
from testrun.process import POLL_SECONDS, ROOT, Running, complaints  # noqa: E402

SLOWEST = 10
COMPLAINTS = 20
CLUSTERS_STOP_SECONDS = 120


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.complaints = {}   # what failed, by suite
        self.took = {}
        self.processor = {}

    def add(self, run):
        counts, code, seconds, name = run.counts(), run.code(), run.seconds(), run.suite.name
        self.passed += counts.passed
        self.failed += counts.failed
        self.skipped += counts.skipped
        self.took[name] = seconds
        self.processor[name] = run.processor_seconds()
        note = " ".join([f"({counts.skipped} skipped)"] * bool(counts.skipped) + [f"(exit {code})"] * bool(code))
        print(f"{'FAIL' if counts.failed else 'ok  '} {name:<44} {counts.passed:>5} passed {counts.failed:>3} failed "
              f"{seconds:>7.1f} s {self.processor[name]:>6.1f} s of a processor {note}".rstrip(), flush=True)
        if counts.failed:
            self.complaints[name] = complaints(run.output())
            print("\n".join("     " + line for line in run.output()), flush=True)
        return counts.failed == 0


    def leave_out(self, name):
        self.skipped += 1
        print(f"     {name:<44} left out: it has to be run by root", flush=True)

    def add_earlier(self, name, count, skipped):
        self.passed += count
        self.skipped += skipped
        print(f"ok   {name:<44} {count:>5} passed {0:>3} failed  before, on this very tree", flush=True)


def log_of(folder, name):
    return folder / ("".join(it if it.isalnum() else "-" for it in name) + ".log")


def run_all(wanted, kept, processor, machine, logs, tally, has_passed):
    """All of them; `has_passed` is told each that did; what they took is added to `kept` and `processor` where they passed, and returned with what grew."""
    jobs = {suite.name: (suite, suite.job(times.usual(kept, suite.name))) for suite in wanted}
    waiting, running, grown = [job for _, job in jobs.values()], {}, []
    try:
        while waiting or running:
            while job := schedule.next_to_start(waiting, list(running), machine):
                waiting.remove(job)
                running[job] = Running(jobs[job.name][0], log_of(logs, job.name))
            time.sleep(POLL_SECONDS)
            for job, run in [one for one in running.items() if one[1].ended()]:
                del running[job]
                if tally.add(run):
                    has_passed(job.name, run.counts())
                    grown += [line for line in [times.growth(kept, job.name, tally.took[job.name])] if line]
                    kept = times.with_run(kept, job.name, tally.took[job.name])
                    processor = times.with_run(processor, job.name, tally.processor[job.name])
    finally:
        for run in running.values():
            run.stop()
    return kept, processor, grown


def chosen(every, words):
    """Those whose name has one of the words; all without words."""
    found = [suite for suite in every if not words or any(word in suite.name for word in words)]
    silent = [word for word in words if not any(word in suite.name for suite in every)]
    if silent:
        raise SystemExit(f"run_tests: no suite has \"{silent[0]}\" in its name; there are:\n"
                         + "\n".join("  " + suite.name for suite in every))
    return found


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--only-programs", action="store_true", help="leave out the suites of test/suites.json")
    parser.add_argument("--all", action="store_true", help="also the suites that are only for make test-all")
    parser.add_argument("--go-on", action="store_true", help="leave out what passed before on this very tree, and count it")
    parser.add_argument("--sanitized", type=pathlib.Path, action="append", default=[], help="a build whose programs run as well")
    parser.add_argument("--cpu", type=float, help="as if the machine had so many processors; 0.1: one suite after another")
    parser.add_argument("--list", action="store_true", help="print names, needs and times, run nothing")
    parser.add_argument("words", nargs="*", help="only suites that have one of these in their name")
    return parser.parse_args()


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))   # the way out by which the running ones are stopped
    build = (ROOT / options.build).resolve()
    clusters, logs = build / "test-clusters", build / "test-logs"
    path, processor_path = build.parent / "test-times.json", build.parent / "test-processor.json"
    text = suites.SUITES.read_text()
    every = suites.programs(text, build)
    for other in options.sanitized:
        every += suites.programs(text, (ROOT / other).resolve(), other.name)
    if not options.only_programs:
        every += suites.read(text, build, clusters, options.all)
    wanted, kept, machine = chosen(every, options.words), times.read(path), suites.machine(options.cpu)
    processor = times.read(processor_path)
    if options.list:
        for suite in sorted(wanted, key=lambda one: -(times.usual(kept, one.name) or one.seconds)):
            taken = times.usual(processor, suite.name)
            print(f"{times.usual(kept, suite.name, suite.seconds):>7.1f} s  {'' if taken is None else format(taken, '.1f'):>6} s of a processor  "
                  f"cpu {suite.needs.cpu:<4} memory {suite.needs.memory_gib:<4.1f} "
                  f"{suite.needs.cluster or '-':<10} {suite.name}")
        return 0

    logs.mkdir(parents=True, exist_ok=True)
    begun, tally = time.monotonic(), Tally()
    for suite in [one for one in wanted if one.root_only and os.geteuid() != 0]:
        tally.leave_out(suite.name)
        wanted.remove(suite)
    state = passed.tree(ROOT) if options.go_on else ""
    state_path = build.parent / "test-passed.json"
    earlier = passed.read(state_path, state) if options.go_on else {}
    for suite in [one for one in wanted if one.name in earlier]:
        tally.add_earlier(suite.name, *earlier[suite.name])
        wanted.remove(suite)
    print(f"{len(wanted)} suites on {machine.cpu:g} processors and {machine.memory_gib:.0f} GiB", flush=True)
    has_demos = any(not suite.is_program for suite in wanted)
    try:
        with empty_postgres.shared(harness.scratch()) if has_demos else contextlib.nullcontext():
            kept, processor, grown = run_all(wanted, kept, processor, machine, logs, tally,
                                             lambda name, counts: options.go_on and passed.add(state_path, state, name, counts))
    finally:
        said = subprocess.run([suites.SHARED, "stop", "--root", clusters], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              timeout=CLUSTERS_STOP_SECONDS).stdout
    times.write(path, kept)
    times.write(processor_path, processor)

    print(said, end="")
    if len(tally.took) > SLOWEST:
        print(f"{SLOWEST} slowest of {len(tally.took)}, {time.monotonic() - begun:.0f} s in all, "
              f"{sum(tally.processor.values()):.0f} s of a processor:")
        print("\n".join(times.slowest(tally.took, SLOWEST, tally.processor)))
    for line in grown:
        print(f"grown: {line}")
    for name, lines in tally.complaints.items():   # again at the end: whoever keeps only the end of a long log sees what it was
        print("\n".join([f"failed: {name}", *("  " + line for line in lines[:COMPLAINTS])]))
    if tally.skipped:
        print(f"{tally.skipped} skipped")
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 1 if tally.failed or not tally.passed else 0


sys.exit(main())
